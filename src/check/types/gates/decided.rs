//! What constants alone decide: a condition that no run ever finds otherwise, a loop over members of which none is left.
//! A flag of a library, a constant beside a value, and whether a list has members, are switches between sites: those are
//! meant.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Node};
use super::super::Use;
use super::super::calls::arguments::is_gate;
use super::super::infer::Infer;
use super::super::values::Value;
use super::answers::mirrored;
use super::constant::compares;
use super::sights::is_change;

impl<'t> Infer<'t> {
    /// An `if` of which one way is never taken, and what was used there.
    pub(in super::super) fn never_taken(&mut self, condition: &'t Node, (then, otherwise): ((usize, usize), usize)) {
        let does =
            |uses: Option<&[Use]>| uses.unwrap_or_default().iter().any(|one| is_gate(one.primitive) || is_change(one));
        let is_dead = match self.answer_of(condition) {
            Some(true) => does(self.uses.get(otherwise..)),
            Some(false) => does(self.uses.get(then.0..then.1)),
            None => return,
        };
        if !is_dead {
            return;
        }
        let holds = self.answer_of(condition) == Some(true);
        let (answer, way) = if holds { ("always", "the `else`") } else { ("never", "it") };
        let message = format!("`{}` {answer} holds: constants alone decide it", self.text(condition));
        let told = Diagnostic::warning("W0362", message, &self.tree().file, condition.span);
        let note = format!("what stands in {way} is never asked and never done");
        self.tell(told.note(note).help("take the condition out, or let it ask what a service says"));
    }

    /// The answer of a condition where the number of a constant's members is compared, or of a name of this place that is
    /// given true or false once.
    fn answer_of(&self, node: &'t Node) -> Option<bool> {
        if let (Kind::Variable { name, .. }, Some(made)) = (&node.kind, self.made_at(node))
            && let Kind::Bool(holds) = made.kind
        {
            // What a function is for stands at its beginning, to be set by hand: a name in capitals is such a switch.
            let is_switch = name.text.chars().any(|letter| letter.is_ascii_uppercase());
            return (!is_switch).then_some(holds);
        }
        let node = self.made_of(node);
        match &node.kind {
            Kind::Operator { symbol, operands, .. } => match (symbol.as_str(), &operands[..]) {
                ("!", [only]) => self.answer_of(only).map(|answer| !answer),
                ("<" | "<=" | ">" | ">=", [left, right]) => {
                    let [a, b] = [left, right].map(|side| self.count(side));
                    // Whether there are any, or more than one, is asked of a site.
                    let is_switch = |number: Option<i64>| number.is_some_and(|number| number < 2);
                    if a.is_some() == b.is_some() {
                        return None;
                    }
                    let (count, other, symbol) = if a.is_some() {
                        (a, self.comes_to(right), symbol.as_str())
                    } else {
                        (b, self.comes_to(left), mirrored(symbol))
                    };
                    if is_switch(other) { None } else { Some(compares(symbol, count?, other?)) }
                }
                _ => None,
            },
            Kind::Lazy { symbol: symbol @ ("&&" | "||"), operands, .. } => {
                let decides = *symbol == "||";
                operands.iter().any(|operand| self.answer_of(operand) == Some(decides)).then_some(decides)
            }
            _ => None,
        }
    }

    /// How many members a constant of a library has.
    fn count(&self, node: &'t Node) -> Option<i64> {
        let Kind::Method { of, call, safe: false } = &self.made_of(node).kind else { return None };
        if call.name.text != "len" || !call.args.is_empty() || !self.is_constant(of) || of.is_literal() {
            return None;
        }
        let values = self.values(of).filter(|values| values.whole && values.asked.is_empty())?;
        let [only] = &values.known[..] else { return None };
        i64::try_from(only.len()?).ok()
    }

    /// A loop over what a filter leaves of a constant, where it leaves nothing.
    pub(in super::super) fn never_turns(&mut self, over: &'t Node) {
        let Kind::Method { of, call, safe: false } = &self.made_of(over).kind else { return };
        let ("filter", [closure]) = (call.name.text.as_str(), &call.args[..]) else { return };
        let Some((param, body)) = self.each(closure) else { return };
        let parts = match &body.kind {
            Kind::Lazy { symbol: "&&", operands, .. } => &operands[..],
            _ => std::slice::from_ref(body),
        };
        let never = "the loop over it never turns: what stands in it is never asked and never done";
        for part in parts {
            if matches!(&part.kind, Kind::Operator { symbol, .. } if symbol == "==") {
                let file = self.tree().file.clone();
                let is_it = |told: &&mut Diagnostic| {
                    told.id == "W0337" && told.file == file && part.span.holds(told.span) && told.notes.len() < 2
                };
                if let Some(told) = self.found_so_far().iter_mut().find(is_it) {
                    told.notes.push(never.to_owned());
                }
            } else if self.is_constant(of) && !of.is_literal() && self.fits_no_member(of, param, part) {
                let message = format!("`{}` holds for no member of `{}`", self.text(part), self.text(of));
                let told = Diagnostic::warning("W0362", message, &self.tree().file, part.span);
                let help = "ask for what a member has; or allow it, where another site has other members";
                self.tell(told.note(never).help(help));
                return;
            }
        }
    }

    /// `one.octet > 100`, where every member's is less; `one.ends_with("-x")`, where none does.
    fn fits_no_member(&self, list: &'t Node, param: &str, part: &'t Node) -> bool {
        let Some(members) = self.members(list).filter(|all| all.whole && all.asked.is_empty()) else { return false };
        let at = |member: &Value<'t>, node: &'t Node| match path_of(node, param) {
            Some(path) => member.behind(&path).first().copied(),
            None => self.one_value(node),
        };
        let is_left_out = |member: &Value<'t>| self.answer(part, &|node| at(member, node)) == Some(false);
        !members.known.is_empty() && members.known.iter().all(is_left_out)
    }
}

/// The fields behind the name of a closure's parameter.
fn path_of<'t>(node: &'t Node, param: &str) -> Option<Vec<&'t str>> {
    match &node.kind {
        Kind::Variable { path, name } => (path.is_empty() && name.text == param).then(Vec::new),
        Kind::Property { of, name, safe: false } => {
            let mut path = path_of(of, param)?;
            path.push(name.text.as_str());
            Some(path)
        }
        _ => None,
    }
}
