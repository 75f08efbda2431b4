//! Numbers that are compared or added: within the limits of what a service says, and counted in one unit. A number that
//! nobody can tell before the run is left alone.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Node, Span};
use super::super::Type;
use super::super::gates::answers::{mirrored, number};
use super::super::infer::Infer;
use super::blame::Odd;
use super::held::beyond;
use crate::script::{Limits, Measure};

impl<'t> Infer<'t> {
    /// A comparison whose answer the limits of one side tell: a count is never below 0, a status of HTTP never 2000.
    pub(in super::super) fn out_of_limits(
        &mut self,
        symbol: &str,
        at: Span,
        left: (&'t Node, &Type),
        right: (&'t Node, &Type),
    ) {
        self.one_unit("compared with", at, left, right);
        self.of_no_unit(at, left, right);
        self.note_measured(left);
        self.part_of_a_hundred(left.0, right.0);
        let (node, limits, symbol, wanted) = match (left.1.limits(), right.1.limits()) {
            (Some(limits), None) => (left.0, limits, symbol, right.0),
            (None, Some(limits)) => (right.0, limits, mirrored(symbol), left.0),
            _ => return,
        };
        let Some(wanted_number) = self.steady_number(wanted).or_else(|| self.kept_number(wanted)) else { return };
        if self.next_to_nothing(limits, node, (wanted, wanted_number)) {
            return;
        }
        if limits.measured && symbol == "==" && wanted_number > 0 {
            return self.never_exactly(node, wanted, wanted_number);
        }
        let Some(answer) = always(limits, symbol, wanted_number) else { return };
        if self.is_handed_over(node) {
            return;
        }
        let is_slip = !limits.has(wanted_number) && (wanted_number >= 0 || limits.least < 0);
        if let Some(told) = beyond(limits, wanted_number, &self.tree().file, wanted.span).filter(|_| is_slip) {
            let told = told.note(format!("the comparison is always {answer}"));
            let told = self.blamed(told, wanted, &Odd::Any);
            return self.tell_of(wanted, told);
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
        self.tell_of(wanted, told.help(help));
    }

    /// A VID beside a constant that is counted in GiB: what names something is counted in nothing.
    fn of_no_unit(&mut self, at: Span, left: (&'t Node, &Type), right: (&'t Node, &Type)) {
        for ((named, ty), other) in [(left, right), (right, left)] {
            let Some(limits) = ty.present().limits().filter(|limits| limits.names) else { continue };
            let Some(unit) = self.unit(other.0, other.1).and_then(Measure::name) else { continue };
            let message = format!("{} are compared with {unit}", limits.of);
            let span = if at == right.0.span { at } else { left.0.span.to(right.0.span) };
            let told = self.error("E0343", message, span);
            let told = told.note(format!("`{}` is in {unit}", self.text(other.0)));
            return self.tell(told.help(format!("compare `{}` with a number that names one", self.text(named))));
        }
    }

    /// What is in use is measured: it is another number at each look.
    fn never_exactly(&mut self, seen: &'t Node, wanted: &'t Node, number: i64) {
        let message = format!("`{}` is measured, and never exactly {number}", self.text(seen));
        let told = Diagnostic::error("E0320", message, &self.tree().file, wanted.span);
        let help = "compare it with < or >; or compare what does not change, such as the size that was asked for";
        self.tell_of(wanted, told.help(help));
    }

    /// No disk and no image is so small, no link so narrow: another unit is meant, or a part of a hundred.
    fn next_to_nothing(&mut self, limits: &Limits, seen: &'t Node, (wanted, number): (&'t Node, i64)) -> bool {
        let is_told = self.unit(wanted, &Type::Int).is_some();
        if !(1..limits.tiny).contains(&number) || is_told {
            return false;
        }
        let (shown, copied) = (self.text(seen), self.copied(seen));
        let told = match limits.unit == Some(Measure::BYTES) {
            true => {
                let bytes = if number == 1 { "byte is" } else { "bytes are" };
                let message = format!("`{shown}` is in bytes, and {number} {bytes} next to nothing");
                let told = self.error("E0343", message, wanted.span);
                told.help(format!("{number} GiB: {}; {number} MiB: {}", number << 30, number << 20))
                    .help(format!("a part of a hundred: {copied} * 100 / the whole"))
            }
            false => {
                let message = format!("the {} are {} or more, or 0: not {number}", limits.of, limits.tiny);
                let told = self.error("E0321", message, wanted.span);
                told.help("write the whole number: kilobytes are not what a service shows")
            }
        };
        self.tell_of(wanted, told);
        true
    }

    /// What rests on a number that a variable holds is told when nothing changes that one.
    fn tell_of(&mut self, wanted: &'t Node, told: Diagnostic) {
        match &wanted.kind {
            Kind::Variable { path, name } if path.is_empty() => self.tell_if_kept(&name.text, told),
            _ => self.tell(told),
        }
    }

    /// `used / size < 90`: a quotient of two sizes is 0 until the one is as large as the other.
    fn part_of_a_hundred(&mut self, left: &'t Node, right: &'t Node) {
        for (part, wanted) in [(left, right), (right, left)] {
            let Some([a, b]) = quotient(part).filter(|[a, b]| self.parts.contains(&(self.home, a.span.to(b.span))))
            else {
                continue;
            };
            if !self.steady_number(wanted).is_some_and(|number| (2..=100).contains(&number)) {
                continue;
            }
            let message = format!("`{}` is a whole number: 0, or how often the one holds the other", self.text(part));
            let told = self.error("E0343", message, part.span.to(wanted.span));
            let help = format!("a part of a hundred: {} * 100 / {}", self.copied(a), self.copied(b));
            return self.tell(told.help(help));
        }
    }

    /// What a product or a quotient is counted in, and whether it is a part of a size.
    pub(in super::super) fn note_unit(&mut self, symbol: &str, left: (&'t Node, &Type), right: (&'t Node, &Type)) {
        if !matches!(symbol, "*" | "/") {
            return;
        }
        let key = (self.home, left.0.span.to(right.0.span));
        let sized = |ty: &Type| ty.limits().is_some_and(|limits| limits.unit == Some(Measure::BYTES));
        match symbol {
            "/" if sized(left.1) && sized(right.1) => _ = self.parts.insert(key),
            "*" => self.divided_too_early(left.0, right.0),
            _ => {}
        }
        let own = |(node, ty): (&'t Node, &Type)| match ty.limits() {
            Some(limits) => limits.unit,
            None => self.counted.get(&(self.home, extent(node)?)).copied(),
        };
        let made = match symbol {
            "/" => self.leading(right.0).and_then(|divisor| own(left)?.per(divisor)),
            _ => match self.factor_of([left.0, right.0]) {
                Some((0, factor)) => own(left).and_then(|unit| unit.times(factor)),
                Some((_, factor)) => own(right).and_then(|unit| unit.times(factor)),
                None => None,
            },
        };
        if let Some(made) = made {
            self.counted.insert(key, made);
        }
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

    /// The same of what is calculated; nothing of a variable, which may be given another value later.
    fn steady_number(&self, node: &'t Node) -> Option<i64> {
        let Kind::Operator { .. } = &node.kind else { return self.known_number(node) };
        let mut is_steady = true;
        node.walk(&mut |node| is_steady &= !matches!(&node.kind, Kind::Variable { path, .. } if path.is_empty()));
        self.comes_to(node).filter(|_| is_steady)
    }

    /// The number that a variable was given, and holds as long as nothing gives it another.
    fn kept_number(&self, node: &'t Node) -> Option<i64> {
        let made = self.made_of(node);
        if std::ptr::eq(made, node) { None } else { self.steady_number(made) }
    }

    /// What a number comes to that is written out, a constant, or calculated from such.
    pub(in super::super) fn comes_to(&self, node: &'t Node) -> Option<i64> {
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
    pub(in super::super) fn by_thousands(&mut self, at: Span, left: (&'t Node, &Type), right: (&'t Node, &Type)) {
        for ((sized, ty), factor) in [(left, right.0), (right, left.0)] {
            let Some((unit, factor)) = self.unit(sized, ty).zip(self.comes_to(factor)) else { continue };
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
    pub(in super::super) fn one_unit(
        &mut self,
        verb: &str,
        at: Span,
        left: (&'t Node, &Type),
        right: (&'t Node, &Type),
    ) {
        if !left.1.present().is_int() || !right.1.present().is_int() {
            return;
        }
        let Some(a) = self.unit(left.0, left.1) else { return };
        let Some(b) = self.unit(right.0, right.1).filter(|b| *b != a) else { return };
        let Some((a_name, b_name)) = a.name().zip(b.name()) else { return };
        let message = format!("{a_name} are {verb} {b_name}");
        // A gate blames what is wanted, an operator both sides.
        let span = if at == right.0.span { at } else { left.0.span.to(right.0.span) };
        let told = self.error("E0343", message, span);
        let shown = |node| self.text(node);
        let told = told.note(format!("`{}` is in {a_name}", shown(left.0)));
        let told = told.note(format!("`{}` is in {b_name}", shown(right.0)));
        let of_right = || Some((self.counted_beside(a, right.0, left.0)?, a_name));
        if let Some((others, unit)) = of_right().or_else(|| Some((self.counted_beside(b, left.0, right.0)?, b_name))) {
            return self.tell(told.help(format!("in {unit}: {others}")));
        }
        let larger = if a.holds(b).is_some() { (a.holds(b), left.0, b_name) } else { (b.holds(a), right.0, a_name) };
        self.tell(match larger {
            (Some(factor), node, unit) => told.help(format!("in {unit}: {}", self.times(node, factor))),
            _ => told,
        });
    }

    /// An expression so many times: `gib * 1048576` a thousand times is `gib * 1073741824`.
    fn times(&self, node: &Node, factor: i64) -> String {
        if let Kind::Operator { symbol, operands, .. } = &node.kind
            && let ("*", [one, Node { kind: Kind::Int(number), .. }]) = (symbol.as_str(), &operands[..])
            && let Some(product) = number.checked_mul(factor)
        {
            return format!("{} * {product}", self.copied(one));
        }
        format!("{} * {factor}", self.copied(node))
    }

    /// A number that is given where another unit is asked for.
    pub(in super::super) fn in_another_unit(&self, limits: &Limits, node: &'t Node) -> Option<Diagnostic> {
        let Some(wanted) = limits.unit else { return self.in_some_unit(limits, node) };
        // Of what a service says the type tells more than the name; here it is a constant, or a product of one.
        let given = self.unit(node, &Type::Int).filter(|given| *given != wanted)?;
        let (given_name, wanted_name) = given.name().zip(wanted.name())?;
        let message = format!("`{}` is in {given_name}; {wanted_name} are asked for", self.text(node));
        let told = self.error("E0343", message, node.span);
        if let Some(others) = self.counted_in(wanted, node) {
            return Some(told.help(format!("in {wanted_name}: {others}")));
        }
        if let Some(counted) = self.factor_in(wanted, node) {
            return Some(told.help(format!("in {wanted_name}: {counted}")));
        }
        let factor = given.holds(wanted).map(|factor| format!("* {factor}"));
        let is_plain = !matches!(node.kind, Kind::Operator { .. });
        let factor = factor.or_else(|| wanted.holds(given).filter(|_| is_plain).map(|divisor| format!("/ {divisor}")));
        let help = factor.map(|factor| format!("in {wanted_name}: {} {factor}", self.copied(node)));
        Some(help.into_iter().fold(told, Diagnostic::help))
    }

    /// What is multiplied, or divided, where that is counted in the unit by itself.
    pub(super) fn factor_in(&self, wanted: Measure, node: &'t Node) -> Option<String> {
        let Kind::Operator { symbol, operands, .. } = &node.kind else { return None };
        let ([a, b], "*" | "/") = (&operands[..], symbol.as_str()) else { return None };
        let is_it = |one: &&&'t Node| self.unit(one, &Type::Int) == Some(wanted);
        [a, b].iter().find(is_it).map(|one| self.copied(one))
    }

    /// A size or a time that is given where something is named by a number.
    fn in_some_unit(&self, limits: &Limits, node: &'t Node) -> Option<Diagnostic> {
        let given = self.unit(node, &Type::Int).filter(|_| limits.names)?.name()?;
        let message = format!("`{}` is in {given}; one of the {} is asked for", self.text(node), limits.of);
        Some(self.error("E0343", message, node.span))
    }

    /// The same; where one of them is called as what it is compared with, that one alone.
    fn counted_beside(&self, wanted: Measure, node: &Node, other: &Node) -> Option<String> {
        let all = self.counted_in(wanted, node)?;
        let text = self.tree().text(other.span).to_ascii_lowercase();
        let says = |name: &&str| {
            let own = name.rsplit("::").next().unwrap_or_default().rsplit_once('_').map_or("", |(own, _)| own);
            own.split('_').skip(1).any(|word| text.contains(&word.to_ascii_lowercase()))
        };
        let mut called = all.split(" or ").filter(says);
        match (called.next(), called.next()) {
            (Some(only), None) => Some(only.to_owned()),
            _ => Some(all),
        }
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

impl<'t> Infer<'t> {
    /// What a number is counted in: by its declaration, by the end of its name, or by what it is a product of.
    pub(super) fn unit(&self, node: &'t Node, ty: &Type) -> Option<Measure> {
        let declared = ty.limits().map(|limits| limits.unit);
        if let Some(declared) = declared {
            return declared;
        }
        let of = |node: &'t Node| self.unit(node, &Type::Int);
        match &node.kind {
            Kind::Variable { name, .. } => Measure::of_name(&name.text).filter(|_| self.leading(node).is_none()),
            Kind::Property { name, .. } => Measure::of_name(&name.text),
            Kind::Operator { symbol, operands, .. } => {
                let noted = extent(node).and_then(|extent| self.counted.get(&(self.home, extent)).copied());
                noted.or_else(|| match (&operands[..], symbol.as_str()) {
                    ([a, b], "*") => {
                        let (of_what, factor) = self.factor_of([a, b])?;
                        of([a, b][of_what])?.times(factor)
                    }
                    ([a, b], "/") => of(a)?.per(self.leading(b)?),
                    ([a, b], "+" | "-") => of(a).filter(|one| of(b) == Some(*one)),
                    _ => None,
                })
            }
            _ => None,
        }
    }
}

/// From the one operand to the other, without braces.
fn extent(node: &Node) -> Option<Span> {
    match &node.kind {
        Kind::Operator { operands, .. } => match &operands[..] {
            [a, b] => Some(a.span.to(b.span)),
            _ => None,
        },
        _ => None,
    }
}

pub(super) fn quotient(node: &Node) -> Option<[&Node; 2]> {
    match &node.kind {
        Kind::Operator { symbol, operands, .. } if symbol == "/" => match &operands[..] {
            [a, b] => Some([a, b]),
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
