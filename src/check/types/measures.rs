//! Numbers that are compared or added: within the limits of what a service says, and counted in one unit. A number that
//! nobody can tell before the run is left alone.

use super::super::message::Diagnostic;
use super::super::tree::{Kind, Node, Span};
use super::Type;
use super::answers::{mirrored, number};
use super::blame::Odd;
use super::held::beyond;
use super::infer::Infer;
use crate::script::{Limits, Measure};

impl<'t> Infer<'t> {
    /// A comparison whose answer the limits of one side tell: a count is never below 0, a status of HTTP never 2000.
    pub(super) fn out_of_limits(&mut self, symbol: &str, at: Span, left: (&'t Node, &Type), right: (&'t Node, &Type)) {
        self.one_unit("compared with", at, left, right);
        let (node, limits, symbol, wanted) = match (left.1.limits(), right.1.limits()) {
            (Some(limits), None) => (left.0, limits, symbol, right.0),
            (None, Some(limits)) => (right.0, limits, mirrored(symbol), left.0),
            _ => return,
        };
        let Some(wanted_number) = self.known_number(wanted) else { return };
        if self.few_bytes(limits, node, (wanted, wanted_number)) {
            return;
        }
        let Some(answer) = always(limits, symbol, wanted_number) else { return };
        if self.is_handed_over(node) {
            return;
        }
        let is_slip = !limits.has(wanted_number) && (wanted_number >= 0 || limits.least < 0);
        if let Some(told) = beyond(limits, wanted_number, &self.tree().file, wanted.span).filter(|_| is_slip) {
            let told = told.note(format!("the comparison is always {answer}"));
            let told = self.blamed(told, wanted, &Odd::Any);
            self.tell(told);
            return;
        }
        let is_count = limits.least == 0 && wanted_number <= 0;
        let (why, help) = match is_count {
            true => (
                format!("`{}` is never less than 0", self.text(node)),
                "write > 0 when there must be some, == 0 when there must be none",
            ),
            false => (
                format!("the {} are {}", limits.of, limits.range()),
                "take out what never decides, or ask what was meant",
            ),
        };
        let told = self.error("E0320", format!("this is always {answer}: {why}"), node.span.to(wanted.span));
        self.tell(told.help(help));
    }

    /// No disk and no image is so small: another unit is meant, or a part of a hundred.
    fn few_bytes(&mut self, limits: &Limits, sized: &'t Node, (wanted, number): (&'t Node, i64)) -> bool {
        let is_told = unit(wanted, &Type::Int).is_some();
        if limits.unit != Some(Measure::BYTES) || !(1..1024).contains(&number) || is_told {
            return false;
        }
        let message = format!("`{}` is in bytes, and {number} bytes are next to nothing", self.text(sized));
        let told = self.error("E0343", message, wanted.span);
        let sized = self.copied(sized);
        let told = told.help(format!("GiB are {number} * 1073741824"));
        self.tell(told.help(format!("a part of a hundred: {sized} * 100 / the whole")));
        true
    }

    /// A parameter is another number in each call.
    fn is_handed_over(&self, node: &Node) -> bool {
        let Kind::Variable { path, name } = &node.kind else { return false };
        path.is_empty() && self.lookup(&name.text).is_some_and(|at| !self.variables[at].declared)
    }

    /// A number that is written out, or that a constant came to.
    fn known_number(&self, node: &'t Node) -> Option<i64> {
        number(node).or_else(|| {
            let values = self.is_constant(node).then(|| self.values(node))??;
            match &values.known[..] {
                [value] if values.whole && values.asked.is_empty() => value.as_int(),
                _ => None,
            }
        })
    }

    /// What a number comes to that is written out, a constant, or calculated from such.
    pub(super) fn comes_to(&self, node: &'t Node) -> Option<i64> {
        let node = self.made_of(node);
        let Kind::Operator { symbol, operands, .. } = &node.kind else {
            let own = || self.definition_of(node).filter(|(home, value)| *home == self.home && !value.is_literal());
            return self.known_number(node).or_else(|| self.comes_to(own()?.1));
        };
        let calculate = match (symbol.as_str(), &operands[..]) {
            ("-", [only]) => return self.comes_to(only)?.checked_neg(),
            ("+", [_, _]) => i64::checked_add,
            ("-", [_, _]) => i64::checked_sub,
            ("*", [_, _]) => i64::checked_mul,
            ("/", [_, _]) => i64::checked_div,
            _ => return None,
        };
        calculate(self.comes_to(&operands[0])?, self.comes_to(&operands[1])?)
    }

    /// Sizes are counted by 1024: a thousand of the next smaller ones are no GiB.
    pub(super) fn by_thousands(&mut self, at: Span, left: (&'t Node, &Type), right: (&'t Node, &Type)) {
        for ((sized, ty), factor) in [(left, right.0), (right, left.0)] {
            let Some((unit, factor)) = unit(sized, ty).zip(self.comes_to(factor)) else { continue };
            let Some((smaller, true_factor)) = unit.by_thousands(factor) else { continue };
            let Some((unit, smaller)) = unit.name().zip(smaller.name()) else { continue };
            let message = format!("1 {unit} is {true_factor} {smaller}, not {factor}");
            let told = self.error("E0343", message, at);
            let told = told.note(format!("`{}` is in {unit}", self.text(sized)));
            let help = format!("in {smaller}: {} * {true_factor}", self.copied(sized));
            return self.tell(told.help(help));
        }
    }

    /// Two numbers that are counted in different units.
    pub(super) fn one_unit(&mut self, verb: &str, at: Span, left: (&'t Node, &Type), right: (&'t Node, &Type)) {
        if !left.1.present().is_int() || !right.1.present().is_int() {
            return;
        }
        let Some(a) = unit(left.0, left.1) else { return };
        let Some(b) = unit(right.0, right.1).filter(|b| *b != a) else { return };
        let Some((a_name, b_name)) = a.name().zip(b.name()) else { return };
        let message = format!("{a_name} are {verb} {b_name}");
        // A gate blames what is wanted, an operator both sides.
        let span = if at == right.0.span { at } else { left.0.span.to(right.0.span) };
        let told = self.error("E0343", message, span);
        let shown = |node| self.text(node);
        let told = told.note(format!("`{}` is in {a_name}", shown(left.0)));
        let told = told.note(format!("`{}` is in {b_name}", shown(right.0)));
        let larger = if a.holds(b).is_some() { (a.holds(b), left.0, b_name) } else { (b.holds(a), right.0, a_name) };
        self.tell(match larger {
            (Some(factor), node, unit) => told.help(format!("in {unit}: {} * {factor}", self.copied(node))),
            _ => told,
        });
    }

    /// A number that is given where another unit is asked for.
    pub(super) fn in_another_unit(&self, limits: &Limits, node: &'t Node) -> Option<Diagnostic> {
        let wanted = limits.unit?;
        // Of what a service says the type tells more than the name; here it is a constant, or a product of one.
        let given = unit(node, &Type::Int).filter(|given| *given != wanted)?;
        let (given_name, wanted_name) = given.name().zip(wanted.name())?;
        let message = format!("`{}` is in {given_name}; {wanted_name} are asked for", self.text(node));
        let told = self.error("E0343", message, node.span);
        if let Some(others) = self.counted_in(wanted, node) {
            return Some(told.help(format!("in {wanted_name}: {others}")));
        }
        let factor = given.holds(wanted).map(|factor| format!("* {factor}"));
        let is_plain = !matches!(node.kind, Kind::Operator { .. });
        let factor = factor.or_else(|| wanted.holds(given).filter(|_| is_plain).map(|divisor| format!("/ {divisor}")));
        let help = factor.map(|factor| format!("in {wanted_name}: {} {factor}", self.copied(node)));
        Some(help.into_iter().fold(told, Diagnostic::help))
    }

    /// The constants of the same library, and of a name that begins alike, that are counted in that.
    fn counted_in(&self, wanted: Measure, node: &Node) -> Option<String> {
        let Kind::Variable { path, name } = &node.kind else { return None };
        let [root] = &path[..] else { return None };
        let begin = |name: &str| name.split('_').next().map(str::to_owned);
        let exports = self.sources[self.library(&root.text)?].exports.keys();
        let others =
            exports.filter(|other| Measure::of_name(other) == Some(wanted) && begin(other) == begin(&name.text));
        let others: Vec<String> = others.map(|other| format!("{}::{other}", root.text)).collect();
        (!others.is_empty()).then(|| others.join(" or "))
    }
}

/// What a number is counted in: by its declaration, by the end of its name, or by what it is a product of.
fn unit(node: &Node, ty: &Type) -> Option<Measure> {
    let declared = ty.limits().map(|limits| limits.unit);
    if let Some(declared) = declared {
        return declared;
    }
    match &node.kind {
        Kind::Variable { name, .. } | Kind::Property { name, .. } => Measure::of_name(&name.text),
        Kind::Operator { symbol, operands, .. } => match (&operands[..], symbol.as_str()) {
            ([a, b], "*") => match (number(a), number(b)) {
                (None, Some(factor)) => unit(a, &Type::Int)?.times(factor),
                (Some(factor), None) => unit(b, &Type::Int)?.times(factor),
                _ => None,
            },
            ([a, b], "/") => unit(a, &Type::Int)?.per(number(b)?),
            ([a, b], "+" | "-") => unit(a, &Type::Int).filter(|one| unit(b, &Type::Int) == Some(*one)),
            _ => None,
        },
        _ => None,
    }
}

/// What a comparison with a number answers when it cannot answer otherwise.
fn always(limits: &Limits, symbol: &str, number: i64) -> Option<bool> {
    let Limits { least, most, .. } = *limits;
    match symbol {
        ">=" if number <= least => Some(true),
        ">=" if number > most => Some(false),
        ">" if number < least => Some(true),
        ">" if number >= most => Some(false),
        "<" if number <= least => Some(false),
        "<" if number > most => Some(true),
        "<=" if number < least => Some(false),
        "<=" if number >= most => Some(true),
        "==" if !limits.has(number) => Some(false),
        "!=" if !limits.has(number) => Some(true),
        _ => None,
    }
}
