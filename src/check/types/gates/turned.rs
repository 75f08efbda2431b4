//! Guards that are turned round: a change that stands only where a reading says that nothing is left of it to do, and a
//! reading that stands only where there is nothing to read. Only what is certain is told: one thing, read right before.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Name, Node};
use super::super::Use;
use super::super::calls::arguments::is_gate;
use super::super::infer::Infer;
use super::sights::is_named_alike;
use crate::script::{Effect, Param, Primitive, Says, Sight, Ty};

/// What holds wherever a block is entered.
struct Fact<'t> {
    /// What is read.
    seen: &'t Node,
    says: Told<'t>,
    /// What the parameter of a closure around it stands for.
    member: Option<(&'t str, &'t Node)>,
}

/// What a reading says there.
enum Told<'t> {
    Holds(bool),
    Equals(&'t Node),
    Has(&'t Node, bool),
}

/// What a reading is about: each parameter of it, and of what gave its thing, with what that is given.
type About<'t> = Vec<(&'static Param, &'t Node)>;

/// The places among the uses where a block is entered.
#[derive(Clone, Copy)]
pub(in super::super) struct Entered {
    /// Behind the condition.
    pub(in super::super) asked: usize,
    /// At the first use of the block.
    pub(in super::super) begun: usize,
}

impl<'t> Infer<'t> {
    /// The statements of a block that is entered where the condition holds, or does not: the names in it are in sight.
    pub(in super::super) fn turned_round(
        &mut self,
        condition: &'t Node,
        holds: bool,
        block: &'t [Node],
        entered: Entered,
    ) {
        let change = block.iter().filter_map(called).find_map(|call| {
            let change = self.of_host(call).filter(|one| one.seen_by.iter().any(|sight| sight.is_all))?;
            Some((call, change))
        });
        let asks_presence = presence_in(condition);
        if change.is_none() && !asks_presence {
            return;
        }
        let mut facts = Vec::new();
        self.facts(condition, holds, None, &mut facts);
        let done = change.and_then(|(call, change)| {
            let fact = facts.iter().find(|fact| self.is_done(fact, call, change, entered))?;
            Some(self.done_already(fact, call, change))
        });
        let told = done.or_else(|| facts.iter().find_map(|fact| self.nothing_to_read(fact, block, entered)));
        told.into_iter().for_each(|told| self.tell(told));
    }

    /// The function of the host that is called.
    fn of_host(&self, call: &Call) -> Option<&'static Primitive> {
        let [root] = &call.path[..] else { return None };
        let known = self.table.function(&root.text, &call.name.text)?;
        self.library(&root.text).is_none().then_some(known)
    }

    /// Takes a condition apart: what is so wherever it holds, or does not.
    fn facts(&self, node: &'t Node, holds: bool, member: Option<(&'t str, &'t Node)>, found: &mut Vec<Fact<'t>>) {
        let mut push = |seen: &'t Node, says: Told<'t>| found.push(Fact { seen, says, member });
        match &node.kind {
            Kind::Operator { symbol, operands, .. } => match (symbol.as_str(), &operands[..]) {
                ("!", [only]) => self.facts(only, !holds, member, found),
                ("==", [seen, Node { kind: Kind::Bool(wanted), .. }]) => {
                    self.facts(seen, *wanted == holds, member, found);
                }
                ("!=", [seen, Node { kind: Kind::Bool(wanted), .. }]) => {
                    self.facts(seen, *wanted != holds, member, found);
                }
                ("==", [seen, wanted]) | ("!=", [seen, wanted]) if (symbol == "==") == holds => {
                    push(seen, Told::Equals(wanted));
                    push(wanted, Told::Equals(seen));
                }
                ("in" | "!in", [item, list]) => push(list, Told::Has(item, holds == (symbol == "in"))),
                _ => {}
            },
            Kind::Lazy { symbol, operands, .. } if *symbol == if holds { "&&" } else { "||" } => {
                operands.iter().for_each(|operand| self.facts(operand, holds, member, found));
            }
            Kind::Method { of, call, safe: false } => match (call.name.text.as_str(), &call.args[..]) {
                ("holds", []) => self.facts(of, holds, member, found),
                ("contains", [item]) => push(of, Told::Has(item, holds)),
                ("all" | "any", [closure]) if member.is_none() && (call.name.text == "all") == holds => {
                    if let Some((param, body)) = self.each(closure) {
                        self.facts(body, holds, Some((param, of)), found);
                    }
                }
                _ => push(node, Told::Holds(holds)),
            },
            Kind::Variable { path, name } if path.is_empty() && member.is_none_or(|(param, _)| name.text != param) => {
                let made = self.made_of(node);
                if !std::ptr::eq(made, node) {
                    self.facts(made, holds, member, found);
                }
            }
            _ => push(node, Told::Holds(holds)),
        }
    }

    /// What a closure asks of each, and what it calls it.
    pub(super) fn each(&self, closure: &'t Node) -> Option<(&'t str, &'t Node)> {
        let Kind::Closure { function, .. } = &closure.kind else { return None };
        let [param] = &self.tree().closure(function)?.params[..] else { return None };
        Some((&param.text, self.only_statement(closure)?))
    }

    /// Whether the fact says that the change has nothing left to do.
    fn is_done(&self, fact: &Fact<'t>, call: &'t Call, change: &'static Primitive, entered: Entered) -> bool {
        let Some((reading, name, about)) = self.reading_in(fact) else { return false };
        let mut all = change.seen_by.iter().filter(|sight| sight.is_all && reading.is(sight.reading));
        let Some(part) = all.find_map(|sight| self.part_so(sight, fact, call, change)) else { return false };
        let is_met = |(param, arg): &(&'static Param, &'t Node)| {
            let mut alike = change.params.iter().zip(&call.args).filter(|(own, _)| is_named_alike(own, param, true));
            alike.next().is_some_and(|(_, own)| self.are_one_thing(own, arg)) && alike.next().is_none()
        };
        (part || !about.is_empty()) && about.iter().all(is_met) && self.is_fresh(name, call, entered)
    }

    /// Whether the fact is what the sight says; and whether it is so of what the change is given.
    fn part_so(&self, sight: &Sight, fact: &Fact<'t>, call: &'t Call, change: &'static Primitive) -> Option<bool> {
        let is_given = |part: &str, node| given(call, change, part).is_some_and(|own| self.are_one_thing(own, node));
        match (sight.says?, &fact.says) {
            (Says::Holds(says), Told::Holds(holds)) => (says == *holds).then_some(false),
            (Says::Word(word), Told::Equals(wanted)) => (wanted.as_text() == Some(word)).then_some(false),
            (Says::Given(part), Told::Equals(wanted)) => is_given(part, *wanted).then_some(true),
            (Says::Among(part), Told::Has(item, true)) | (Says::Without(part), Told::Has(item, false)) => {
                is_given(part, *item).then_some(true)
            }
            _ => None,
        }
    }

    /// The reading of a fact, the call that gave its thing, and what they are about.
    fn reading_in(&self, fact: &Fact<'t>) -> Option<(&'static Primitive, &'t Name, About<'t>)> {
        let mut node = self.made_of(fact.seen);
        if let Kind::Method { of, call, safe: false } = &node.kind
            && call.name.text == "names"
        {
            node = self.made_of(of);
        }
        let mut reading = None;
        let mut about = Vec::new();
        loop {
            let (name, args, of) = match &node.kind {
                Kind::Property { of, name, safe: false } if reading.is_none() => (name, &[][..], Some(&**of)),
                Kind::Method { of, call, safe: false } => (&call.name, &call.args[..], Some(&**of)),
                Kind::Call(call) => (&call.name, &call.args[..], None),
                _ => return None,
            };
            let (primitive, _) = *self.readings.get(&std::ptr::from_ref(name).addr())?;
            let reading = *reading.get_or_insert(primitive);
            about.extend(primitive.params.iter().zip(args));
            let Some(of) = of else {
                let is_each = |(_, arg): &(_, &Node)| fact.member.is_some_and(|(param, _)| names(arg, param));
                return (!about.iter().any(is_each)).then_some((reading, name, about));
            };
            node = match fact.member {
                Some((param, list)) if of.as_variable().is_some_and(|name| name.text == param) => self.made_of(list),
                _ => self.made_of(of),
            };
        }
    }

    /// Whether two arguments are one: by how they are written, or by what they come to. A list of one is that one.
    pub(super) fn are_one_thing(&self, a: &'t Node, b: &'t Node) -> bool {
        let [a, b] = [a, b].map(|node| self.made_of(bare(self.made_of(node))));
        let written = |node| self.key_of(node);
        let known = |node| self.plain_members(node);
        written(a).is_some_and(|a| written(b) == Some(a)) || known(a).is_some_and(|a| known(b) == Some(a))
    }

    /// Whether nothing stands between the reading and the call that may have made it otherwise.
    fn is_fresh(&self, reading: &Name, call: &Call, entered: Entered) -> bool {
        let is_at = |one: &Use, name: &Name| one.span == name.span && *one.file == *self.tree().file;
        let before = self.uses.get(..entered.asked).unwrap_or_default();
        let Some(read) = before.iter().rposition(|one| is_at(one, reading)) else { return false };
        let within = self.uses.get(entered.begun..).unwrap_or_default();
        let Some(called) = within.iter().position(|one| is_at(one, &call.name)) else { return false };
        before[read + 1..].iter().chain(&within[..called]).all(leaves_it)
    }

    fn done_already(&self, fact: &Fact<'t>, call: &Call, change: &'static Primitive) -> Diagnostic {
        let (name, seen) = (change.full_name(), self.text(fact.seen));
        let says = match fact.says {
            Told::Holds(false) | Told::Has(_, false) => "does not hold",
            Told::Holds(true) | Told::Equals(_) | Told::Has(_, true) => "holds",
        };
        let message = match fact.says {
            Told::Holds(_) => format!("{name} stands only where `{seen}` {says}: where it is done already"),
            Told::Equals(wanted) | Told::Has(wanted, _) => {
                format!("{name} stands only where it is done already, by `{seen}` and {}", self.text(wanted))
            }
        };
        let told = Diagnostic::warning("W0359", message, &self.tree().file, fact.seen.span);
        told.note(format!("it is called on line {}; where it is needed, this way is not taken", call.name.span.line))
            .help("turn the condition round; or leave it out: a change that is done already does nothing")
    }

    /// `image(x)` where `has_image(x)` does not hold.
    fn nothing_to_read(&self, fact: &Fact<'t>, block: &'t [Node], entered: Entered) -> Option<Diagnostic> {
        let (Told::Holds(false), None) = (&fact.says, fact.member) else { return None };
        let Kind::Call(asked) = &fact.seen.kind else { return None };
        let presence = self.of_host(asked)?;
        let name = presence.name.strip_prefix("has_")?;
        let mut read = None;
        for node in block {
            at_once(node, &mut |call| {
                let is_it = |one: &&Primitive| one.namespace == presence.namespace && one.name == name;
                let is_read = self.of_host(call).filter(is_it).is_some();
                if read.is_none() && is_read && self.are_given_alike(asked, call) {
                    read = Some(call);
                }
            });
            if read.is_some() || node.leaves() {
                break;
            }
        }
        let read = read.filter(|read| self.is_fresh(&asked.name, read, entered))?;
        let full_name = format!("{}::{name}", presence.namespace);
        let seen = self.text(fact.seen);
        let message = format!("{full_name} stands only where `{seen}` does not hold: there is nothing to read");
        let told = Diagnostic::warning("W0359", message, &self.tree().file, fact.seen.span);
        let line = read.name.span.line;
        Some(
            told.note(format!("it is called on line {line}; the run would stop there"))
                .help("turn the condition round, or put the call on the other way"),
        )
    }

    fn are_given_alike(&self, a: &'t Call, b: &'t Call) -> bool {
        let mut args = a.args.iter().zip(&b.args);
        a.args.len() == b.args.len() && !a.args.is_empty() && args.all(|(a, b)| self.are_one_thing(a, b))
    }
}

/// Whether it changes nothing out there.
fn leaves_it(one: &Use) -> bool {
    let tells = || one.primitive.receiver.is_none() && matches!(one.primitive.name, "note" | "secret" | "warn");
    matches!(one.primitive.effect, Effect::Read | Effect::Pure) || is_gate(one.primitive) || tells()
}

/// Whether a condition asks whether there is something.
fn presence_in(condition: &Node) -> bool {
    let mut asks = false;
    condition.walk(&mut |node| match &node.kind {
        Kind::Call(call) => asks |= call.name.text.starts_with("has_"),
        // What it stands for may.
        Kind::Variable { path, .. } => asks |= path.is_empty(),
        _ => {}
    });
    asks
}

/// Whether a variable of that name is in it.
fn names(node: &Node, name: &str) -> bool {
    let mut is_in = false;
    node.walk(&mut |node| is_in |= node.as_variable().is_some_and(|variable| variable.text == name));
    is_in
}

/// The call that a statement is, or that gives its name a value.
fn called(statement: &Node) -> Option<&Call> {
    match &statement.kind {
        Kind::Call(call) => Some(call),
        Kind::Let { value: Some(value), .. } | Kind::Assign { value, .. } => called(value),
        _ => None,
    }
}

/// Calls of a statement that no condition, turn or closure keeps back.
fn at_once<'t>(node: &'t Node, visit: &mut impl FnMut(&'t Call)) {
    match &node.kind {
        Kind::If { condition, .. } => at_once(condition, visit),
        Kind::For { over, .. } => at_once(over, visit),
        Kind::Switch { value, .. } => at_once(value, visit),
        Kind::Lazy { operands, .. } => operands.first().into_iter().for_each(|first| at_once(first, visit)),
        Kind::While { .. } | Kind::Do { .. } | Kind::Loop { .. } | Kind::Try { .. } | Kind::Block(_) => {}
        kind => {
            if let Kind::Call(call) = kind {
                visit(call);
            }
            node.each_child(&mut |child| at_once(child, visit));
        }
    }
}

/// What a parameter or an option of that name is given.
fn given<'t>(call: &'t Call, primitive: &Primitive, part: &str) -> Option<&'t Node> {
    primitive.params.iter().zip(&call.args).find_map(|(param, arg)| match (&param.ty, &arg.kind) {
        _ if param.name == part => Some(arg),
        (Ty::Options(_), Kind::Map(fields)) => {
            fields.iter().find(|field| field.name.text == part).map(|field| &field.value)
        }
        _ => None,
    })
}

/// Without the brackets of a list of one, and without `.text()`.
fn bare(node: &Node) -> &Node {
    match &node.kind {
        Kind::Array(items) if items.len() == 1 => bare(&items[0]),
        Kind::Method { of, call, safe: false } if call.name.text == "text" && call.args.is_empty() => bare(of),
        _ => node,
    }
}
