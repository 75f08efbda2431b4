//! Answers that follow from how a value was made: a member of the very list that it is looked for in, what a filter has
//! kept or left out, a question that was asked a moment before. What a service decides is never among them.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Node, Span};
use super::super::Type;
use super::super::infer::Infer;
use super::super::values::Value;
use crate::script::Effect;

/// More names that stand for each other than anybody writes.
const DEEP: usize = 6;

/// What stands for the parameter of a closure.
const ONE: &str = "\u{1}";

/// An expression as it is told from others: its text, and the variables in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    text: String,
    names: Vec<usize>,
}

/// Gates and names of a block between which nothing may have changed.
#[derive(Default)]
pub(in super::super) struct Run<'t> {
    gates: Vec<Asked<'t>>,
    /// What was given a name.
    names: Vec<&'t str>,
}

/// A gate that was asked in this block: its call, what is seen, as it is written and with what its names stand for, and
/// what is wanted.
struct Asked<'t> {
    call: &'t Call,
    seen: &'t str,
    resolved: Option<String>,
    wanted: Option<&'t Node>,
}

/// What a gate sees, and what it is compared with.
fn question(call: &Call) -> Option<(&Node, Option<&Node>)> {
    match (call.name.text.as_str(), &call.args[..]) {
        ("gate", [_, holds, ..]) => match &holds.kind {
            Kind::Operator { symbol, operands, .. } if symbol == "==" => Some((operands.first()?, operands.get(1))),
            _ => Some((holds, None)),
        },
        (_, [_, seen, wanted, ..]) => Some((seen, Some(wanted))),
        _ => None,
    }
}

impl<'t> Infer<'t> {
    /// What a name stands for that is given once; the expression itself else.
    pub(in super::super) fn made_of(&self, node: &'t Node) -> &'t Node {
        let mut node = node;
        for _ in 0..DEEP {
            let Kind::Variable { path, name } = &node.kind else { break };
            let variable = self.only(&name.text).filter(|_| path.is_empty()).map(|at| &self.variables[at]);
            let value = variable.filter(|v| v.home == self.home && !v.set && v.from.is_none()).and_then(|v| v.value);
            let Some(value) = value else { break };
            node = value;
        }
        node
    }

    /// The variable of a name that nothing in sight hides.
    pub(in super::super) fn only(&self, name: &str) -> Option<usize> {
        let mut all = self.scope.iter().rev().filter(|at| self.variables[**at].name == name);
        all.next().copied().filter(|_| all.next().is_none())
    }

    /// What tells an expression from others; nothing where a name in it is given another value, or is hidden.
    pub(super) fn key_of(&self, node: &'t Node) -> Option<Key> {
        let mut names = Vec::new();
        let mut is_sure = true;
        node.walk(&mut |node| match &node.kind {
            Kind::Variable { path, name } if path.is_empty() => {
                let found = self.only(&name.text).filter(|at| !self.variables[*at].set);
                is_sure &= found.is_some();
                names.extend(found);
            }
            Kind::Closure { .. } => is_sure = false,
            _ => {}
        });
        is_sure.then(|| Key { text: squeezed(self.tree().text(node.span)).collect(), names })
    }

    /// A list, and those that it was filtered from: who is a member of it is one of each.
    fn lists_of(&self, list: &'t Node) -> Vec<Key> {
        let mut all = Vec::new();
        let mut node = list;
        for _ in 0..DEEP {
            all.extend(self.key_of(node));
            let made = self.made_of(node);
            if !std::ptr::eq(made, node) {
                all.extend(self.key_of(made));
            }
            let Some((of, _)) = filtered(made) else { break };
            node = of;
        }
        all
    }

    /// The variable that was declared last is a member of this list.
    pub(in super::super) fn draw(&mut self, list: Option<&'t Node>) {
        if let Some(variable) = self.variables.last_mut() {
            variable.from = list;
        }
    }

    /// `x in list` where x is gone through as a member of the list, or was filtered out of it.
    pub(in super::super) fn sure_member(&mut self, item: &'t Node, list: &'t Node) {
        let span = item.span.to(list.span);
        if let Kind::Variable { path, name } = &item.kind
            && let Some(at) = self.lookup(&name.text).filter(|_| path.is_empty())
            && let Some(from) = self.variables[at].from
        {
            let made = self.made_of(list);
            let lists = self.lists_of(from);
            let same = |key: Option<Key>| key.is_some_and(|key| lists.contains(&key));
            if same(self.key_of(list)) || same(self.key_of(made)) {
                let why = format!("`{}` is gone through as a member of `{}`", name.text, self.text(list));
                self.known_answer(true, span, &why);
                return;
            }
        }
        let mut made = self.made_of(list);
        if filtered(made).is_none() {
            return;
        }
        let wanted = squeezed(self.tree().text(item.span)).collect::<String>();
        while let Some((of, closure)) = filtered(made) {
            let parts = self.conjuncts(closure).unwrap_or_default();
            if parts.iter().any(|part| *part == format!("{ONE}!={wanted}") || *part == format!("{wanted}!={ONE}")) {
                let why = format!("`{}` was filtered out of `{}`", self.text(item), self.text(list));
                self.known_answer(false, span, &why);
                return;
            }
            made = self.made_of(of);
        }
    }

    /// `list.all(question)` of a list that was filtered by that question.
    pub(in super::super) fn kept_so(&mut self, of: &'t Node, call: &'t Call) {
        let ("all", [closure]) = (call.name.text.as_str(), &call.args[..]) else { return };
        let Some(asked) = self.conjuncts(closure) else { return };
        let mut kept = Vec::new();
        let mut made = self.made_of(of);
        while let Some((of, closure)) = filtered(made) {
            kept.extend(self.conjuncts(closure).unwrap_or_default());
            made = self.made_of(of);
        }
        if !asked.is_empty() && asked.iter().all(|part| kept.contains(part)) {
            let why = format!("`{}` holds only those of which this is true", self.text(of));
            self.known_answer(true, call.name.span, &why);
        }
    }

    /// `state.is_empty()` of a text that is one of some words.
    pub(in super::super) fn never_empty(&mut self, ty: &Type, of: &'t Node, call: &'t Call) {
        let (Type::Word(words), "is_empty") = (ty, call.name.text.as_str()) else { return };
        if words.is_listed() && !words.has("") {
            let why = format!("`{}` is one of {words}", self.text(of));
            self.known_answer(false, of.span.to(call.name.span), &why);
        }
    }

    /// What a filter leaves, compared with members that it does not leave.
    pub(super) fn left_out(&mut self, seen: &'t Node, wanted: &'t Node) {
        let made = self.made_of(seen);
        let Some((_, closure)) = filtered(made) else { return };
        let Some((how, part)) = self.part_asked(closure) else { return };
        let fits = |text: &str| match how {
            "starts_with" => text.starts_with(part),
            "ends_with" => text.ends_with(part),
            _ => text.contains(part),
        };
        let Some(members) = self.members(wanted).filter(|all| all.whole && all.asked.is_empty()) else { return };
        let Some(lost) = members.known.iter().filter_map(Value::as_text).find(|text| !fits(text)) else { return };
        let why = format!("`{}` never leaves {lost:?}", self.text(seen));
        let message = format!("the gate never passes: {why}");
        let told = self.error("E0320", message, wanted.span);
        self.tell(told.help(format!("compare it with those that {} {part:?}, or filter by another part", said(how))));
    }

    /// The part of a text that a filter asks for.
    fn part_asked(&self, closure: &'t Node) -> Option<(&'t str, &'t str)> {
        let Kind::Method { of, call, .. } = &self.only_statement(closure)?.kind else { return None };
        let (Kind::Variable { .. }, [part]) = (&of.kind, &call.args[..]) else { return None };
        let how = call.name.text.as_str();
        matches!(how, "starts_with" | "ends_with" | "contains").then_some(())?;
        Some((how, part.as_text()?))
    }

    /// The length of a list, and of the names of its members.
    pub(super) fn same_length(&self, left: &'t Node, right: &'t Node) -> bool {
        fn counted(node: &Node) -> Option<&Node> {
            let Kind::Method { of, call, .. } = &node.kind else { return None };
            let mut of = (call.name.text == "len").then_some(&**of)?;
            while let Kind::Method { of: inner, call, .. } = &of.kind {
                if !matches!(call.name.text.as_str(), "map" | "names") {
                    break;
                }
                of = inner;
            }
            Some(of)
        }
        let key = |node| counted(node).and_then(|of| self.key_of(of));
        key(left).is_some_and(|left| key(right).is_some_and(|right| left == right))
    }

    /// The questions of a closure that must all hold, with its parameter made alike.
    fn conjuncts(&self, closure: &'t Node) -> Option<Vec<String>> {
        let Kind::Closure { function, .. } = &closure.kind else { return None };
        let [param] = &self.tree().closure(function)?.params[..] else { return None };
        let body = self.only_statement(closure)?;
        let parts = match &body.kind {
            Kind::Lazy { symbol: "&&", operands, .. } => &operands[..],
            _ => std::slice::from_ref(body),
        };
        let text = |part: &Node| renamed(&squeezed(self.tree().text(part.span)).collect::<String>(), &param.text);
        Some(parts.iter().map(text).collect())
    }

    /// Whether the list that a variable is gone through as a member of was filtered by `one.field != ()`.
    pub(in super::super) fn is_left_with(&self, variable: usize, names: &[&str]) -> bool {
        let Some(from) = self.variables[variable].from else { return false };
        let wanted = format!("{ONE}.{}!=()", names.join("."));
        let is_kept = |list: &Node| match &list.kind {
            Kind::Variable { name, .. } => !self.is_given_another(&name.text),
            _ => true,
        };
        let mut list = from;
        while let Some((of, closure)) = filtered(self.made_of(list)).filter(|_| is_kept(list)) {
            if self.conjuncts(closure).is_some_and(|parts| parts.contains(&wanted)) {
                return true;
            }
            list = of;
        }
        false
    }

    pub(in super::super) fn known_answer(&mut self, answer: bool, span: Span, why: &str) {
        let message = format!("this asks nothing: it is always {answer}, for {why}");
        let told = self.error("E0320", message, span);
        self.tell(told.help("ask of another list, or of another value: one that a service says"));
    }

    /// A gate of this block that asks what one before it asked, or what no answer passes beside it.
    pub(in super::super) fn asked_before(&mut self, node: &'t Node, run: &mut Run<'t>) {
        match &node.kind {
            Kind::Call(call) => match call.plain_name() {
                Some("gate" | "gate_eq" | "gate_set") => self.asked_again(node.span, call, run),
                Some("note" | "warn" | "attest") => {}
                _ => *run = Run::default(),
            },
            Kind::Let { name, value: Some(value), .. } if !self.may_change(value) => run.names.push(&name.text),
            _ => *run = Run::default(),
        }
    }

    /// What else is wrong in such a gate is its repair, so this waits until all was read.
    fn asked_again(&mut self, within: Span, call: &'t Call, run: &mut Run<'t>) {
        let (Some(name), Some((seen, wanted))) = (call.args.first(), question(call)) else { return };
        let written = |node: &Node| self.tree().text(node.span);
        // What is compared with itself is told by itself.
        if seen.is_literal() || wanted.is_some_and(|wanted| written(wanted) == written(seen)) {
            return;
        }
        let text = self.tree().text(seen.span);
        let resolved = self.resolved(seen, &run.names).filter(|resolved| resolved != text);
        let is_same = |one: &&Asked<'t>| {
            let [a, b] = [&one.resolved, &resolved].map(Option::as_deref);
            alike(one.seen, text) || (a.is_some() || b.is_some()) && alike(a.unwrap_or(one.seen), b.unwrap_or(text))
        };
        let is_it = |one: &&Asked<'t>| one.wanted.is_some() == wanted.is_some() && is_same(one);
        let before = run.gates.iter().rev().find(is_it).map(|one| (one.call, one.wanted));
        run.gates.push(Asked { call, seen: text, resolved, wanted });
        // What a name holds may be another value by now.
        let Some((before, other)) = before.filter(|_| self.key_of(seen).is_some()) else { return };
        let line = before.name.span.line;
        let Some(first) = before.args.first() else { return };
        let is_same = match (wanted, other) {
            (Some(wanted), Some(other)) => alike(written(wanted), written(other)),
            _ => wanted.is_none(),
        };
        if is_same && written(first) != written(name) {
            let message = format!("gate {} asks what gate {} asked on line {line}", self.text(name), self.text(first));
            let told = Diagnostic::warning("W0346", message, &self.tree().file, seen.span);
            self.tell_late(told.help("ask what its name says; or take one of the two out"), within);
        } else if let (false, Some(wanted), Some(other)) = (is_same, wanted, other)
            && let (Some(a), Some(b)) = (self.plain_members(other), self.plain_members(wanted))
            && a != b
        {
            let seen_text = self.text(seen);
            let message = format!("the gate never passes beside the one on line {line}: `{seen_text}` is not both");
            let told = self.error("E0320", message, seen.span);
            let note = format!("line {line} wants {}", self.text(other));
            self.tell_late(told.note(note).help("look at another value, or want the same of it"), within);
        }
    }

    /// What is seen, with what the names of this run stand for; nothing where none of them is in it.
    fn resolved(&self, node: &'t Node, names: &[&str]) -> Option<String> {
        let text = |node: &'t Node| self.tree().text(node.span).to_owned();
        match &node.kind {
            Kind::Variable { path, name } if path.is_empty() && names.contains(&name.text.as_str()) => {
                let made = self.made_of(node);
                let is_read = matches!(made.kind, Kind::Call(_) | Kind::Method { .. } | Kind::Property { .. });
                is_read.then(|| self.resolved(made, names).unwrap_or_else(|| text(made)))
            }
            Kind::Property { of, name, safe: false, .. } => {
                Some(format!("{}.{}", self.resolved(of, names)?, name.text))
            }
            Kind::Method { of, call, safe: false } => {
                let args: Vec<String> =
                    call.args.iter().map(|arg| self.resolved(arg, names).unwrap_or_else(|| text(arg))).collect();
                Some(format!("{}.{}({})", self.resolved(of, names)?, call.name.text, args.join(",")))
            }
            _ => None,
        }
    }

    /// What is wanted, as plain texts: the members of a list in order, or the value.
    pub(super) fn plain_members(&self, node: &'t Node) -> Option<Vec<String>> {
        let values = self.values(node).filter(|all| all.whole && all.asked.is_empty())?;
        let [value] = &values.known[..] else { return None };
        if value.len().is_none() {
            return value.shown().map(|one| vec![one]);
        }
        let members = self.members(node).filter(|all| all.whole && all.asked.is_empty())?;
        let mut shown: Vec<String> = members.known.iter().map(Value::shown).collect::<Option<_>>()?;
        shown.sort_unstable();
        Some(shown)
    }

    /// Whether reading it may change what services say.
    fn may_change(&self, node: &'t Node) -> bool {
        let mut changes = false;
        node.walk(&mut |node| match &node.kind {
            Kind::Call(call) => {
                let root = call.path.first().map_or("", |root| root.text.as_str());
                let primitive = self.table.function(root, &call.name.text);
                changes |= primitive.is_none_or(|primitive| !matches!(primitive.effect, Effect::Read | Effect::Pure));
            }
            Kind::Closure { .. } => changes = true,
            _ => {}
        });
        changes
    }
}

/// What a list was filtered from, and by what.
fn filtered(node: &Node) -> Option<(&Node, &Node)> {
    let Kind::Method { of, call, .. } = &node.kind else { return None };
    let [closure] = &call.args[..] else { return None };
    (call.name.text == "filter").then_some((of, closure))
}

fn said(how: &str) -> &str {
    match how {
        "starts_with" => "start with",
        "ends_with" => "end with",
        _ => "contain",
    }
}

/// Whether two texts differ in their blanks alone.
fn alike(a: &str, b: &str) -> bool {
    // Most differ in their last word already.
    ending(a).eq(ending(b)) && (a == b || squeezed(a).eq(squeezed(b)))
}

/// The last letters, from the end.
fn ending(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().rev().filter(|byte| !byte.is_ascii_whitespace()).take(12)
}

/// A text without the blanks between its words; those within quotes stay.
fn squeezed(text: &str) -> impl Iterator<Item = char> {
    let mut quote = None;
    let keep = move |c: &char| {
        match quote {
            Some(open) if *c == open => quote = None,
            None if matches!(c, '"' | '`') => quote = Some(*c),
            _ => {}
        }
        quote.is_some() || !c.is_whitespace()
    };
    text.chars().filter(keep)
}

/// The same with another name for the parameter.
fn renamed(text: &str, param: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut made = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(word);
        made.push_str(if name == param && !made.ends_with('.') { ONE } else { name });
        let gap = behind.find(is_part).unwrap_or(behind.len());
        made.push_str(&behind[..gap]);
        rest = &behind[gap..];
    }
    made
}

#[cfg(test)]
mod tests {
    use super::{ONE, renamed, squeezed};

    #[test]
    fn questions_are_told_apart_whatever_their_parameter_is_called() {
        assert_eq!(renamed("image.status==images", "image"), format!("{ONE}.status==images"));
        assert_eq!(renamed("x.image==image", "image"), format!("x.image=={ONE}"));
        assert_eq!(squeezed("a == \"b  c\" && d").collect::<String>(), "a==\"b  c\"&&d");
    }
}
