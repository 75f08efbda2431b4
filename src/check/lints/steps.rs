//! The order of a phase: it changes, it looks, and its exit gate comes last.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::super::message::Diagnostic;
use super::super::shape::{GATES, structure};
use super::super::tree::{Kind, Node, Span, Tree};
use super::super::types::{Library, Reach, Table, Unseen, Use};
use super::instead;
use crate::script::{Effect, Primitive, Ty};

pub(super) fn check(
    tree: &Tree,
    libs: &BTreeMap<String, Library>,
    table: &Table,
    reached: &[Reach],
    found: &mut Vec<Diagnostic>,
) {
    let mut exit: Option<&Reach> = None;
    let early = early_exit(reached);
    found.extend(early.map(|exit| too_early(tree, exit, reached)));
    for step in reached {
        if let Some(change) = step.uses.iter().find(|call| is_change(call)) {
            if step.is_exit || exit.is_some() && early.is_none() {
                let other = step.is_exit.then(|| instead::asking(tree, libs, table, step)).flatten();
                found.push(other.into_iter().fold(late(tree, step, change, exit), Diagnostic::help));
            }
            found.extend(unseen(tree, step));
        }
        let is_behind = early.is_none() && !step.is_exit && !step.uses.iter().any(is_change);
        if let Some(exit) = exit.filter(|_| is_behind) {
            let message = format!("step {} stands behind the exit gate {}", step.id, exit.id);
            let told = Diagnostic::warning("W0342", message, &tree.file, step.span);
            found.push(told.note("the exit gate has judged already").help("put it before the exit gate"));
        }
        if let Some(exit) = exit.filter(|_| step.is_exit && early.is_none()) {
            let message = format!("step {} is a second exit gate; {} has judged already", step.id, exit.id);
            let told = Diagnostic::warning("W0342", message, &tree.file, step.span);
            found.push(told.note("a phase is left by one exit gate").help("make the first of them a step"));
        }
        if step.is_exit {
            exit = exit.or(Some(step));
            if !step.uses.iter().any(is_gate) {
                found.push(mute(tree, step));
            }
        }
    }
    if exit.is_none() {
        found.extend(no_exit(tree, reached));
    }
    found.extend(out_of_order(tree));
    titled_twice(tree, found);
    reached.iter().for_each(|step| found.extend(two_for_one(tree, step)));
    found.extend(not_awaited(tree, reached));
}

/// Ids are read as an order: 2.3, 2.4, 2.5; a number that falls back was meant otherwise.
fn out_of_order(tree: &Tree) -> Option<Diagnostic> {
    let ids: Vec<(&str, Span)> = structure(tree)
        .filter(|call| call.name.text != "runbook")
        .filter_map(|call| call.args.first())
        .filter_map(|id: &Node| Some((id.as_text()?, id.span)))
        .collect();
    let at = ids.windows(2).position(|pair| falls_back(pair[0].0, pair[1].0))?;
    let ((before, place), (after, span)) = (ids[at], ids[at + 1]);
    // The odd one is the one before, where what stands before that goes on behind it, and it is of another phase.
    let phase = |id: &str| id.split('.').next().map(str::to_owned);
    let goes_on = |earlier: &(&str, Span)| !falls_back(earlier.0, after) && phase(earlier.0) == phase(after);
    if phase(before) != phase(after) && at.checked_sub(1).is_some_and(|earlier| goes_on(&ids[earlier])) {
        let message = format!("step {before} stands between {} and {after}", ids[at - 1].0);
        let told = Diagnostic::warning("W0336", message, &tree.file, place);
        return Some(told.help("number the steps in their order"));
    }
    let message = format!("step {after} stands behind step {before}");
    let told = Diagnostic::warning("W0336", message, &tree.file, span);
    Some(told.note(format!("{before} stands on line {}", place.line)).help("number the steps in their order"))
}

/// Two steps of one title: mostly the second was copied. A step that is there twice is told by its id.
fn titled_twice(tree: &Tree, found: &mut Vec<Diagnostic>) {
    let mut first: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for call in structure(tree).filter(|call| call.name.text != "runbook") {
        let [id, title, ..] = &call.args[..] else { continue };
        let Some((id, text)) = id.as_text().zip(title.as_text()).filter(|(_, text)| !text.trim().is_empty()) else {
            continue;
        };
        match first.entry(text.trim()) {
            Entry::Vacant(entry) => _ = entry.insert((id, title.span)),
            Entry::Occupied(entry) if entry.get().0 != id => {
                let (other, place) = entry.get();
                let message = format!("step {id} bears the title of step {other}");
                let told = Diagnostic::warning("W0355", message, &tree.file, title.span);
                let told = told.note(format!("step {other} stands on line {}", place.line));
                let told = told
                    .note("plans, reports and the printed runbook show a step by its title, and these two look alike");
                found.push(told.help("say what this step is for"));
            }
            Entry::Occupied(_) => {}
        }
    }
}

/// Whether an id's numbers are less than those of the one before it; what is named has no order.
fn falls_back(before: &str, after: &str) -> bool {
    for (one, other) in before.split('.').zip(after.split('.')) {
        let ((a, a_rest), (b, b_rest)) = (numbered(one), numbered(other));
        match (a, b) {
            (Some(a), Some(b)) if a != b => return a > b,
            (Some(_), Some(_)) if a_rest != b_rest => return a_rest.len() == 1 && b_rest.len() < 2 && a_rest > b_rest,
            (Some(_), Some(_)) => {}
            _ if one == other => {}
            _ => return false,
        }
    }
    after.split('.').count() < before.split('.').count()
}

/// The number that a part of an id begins with, and the rest.
fn numbered(part: &str) -> (Option<u64>, &str) {
    let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
    (part[..end].parse().ok(), &part[end..])
}

/// Two changes in one step that cannot be undone: who stops between them has no step to go on from.
fn two_for_one(tree: &Tree, step: &Reach) -> Option<Diagnostic> {
    let mut grave = step.uses.iter().filter(|call| is_change(call) && is_irreversible(call.primitive));
    let first = grave.next()?;
    let second = grave.find(|call| !std::ptr::eq(call.primitive, first.primitive))?;
    let names = [first, second].map(|call| call.primitive.full_name());
    let message = format!("step {} makes two changes that cannot be undone: {} and {}", step.id, names[0], names[1]);
    let told = Diagnostic::warning("W0338", message, &tree.file, step.span);
    Some(
        told.note(format!("the second is called at {}:{}", second.file, second.span.line))
            .note("where the first was made and the second was not, nobody can run one without the other")
            .help("give each a step of its own, with its gates before it"),
    )
}

/// What asks to be confirmed by its name.
fn is_irreversible(primitive: &Primitive) -> bool {
    let by_option = |ty: &Ty| matches!(ty, Ty::Options(fields) if fields.iter().any(|field| field.name == "confirm"));
    primitive.params.iter().any(|param| param.name == "confirm" || by_option(&param.ty))
}

/// Changes that a service only begins: it says yes, and works on for minutes.
const BEGUN: [&str; 3] = ["juju::deploy", "maas::ensure_machine", "maas::release"];

/// A change that goes on after its answer, and no wait behind it.
fn not_awaited(tree: &Tree, reached: &[Reach]) -> Option<Diagnostic> {
    let uses: Vec<(&Reach, &Use)> =
        reached.iter().flat_map(|step| step.uses.iter().map(move |call| (step, call))).collect();
    let begun = uses.iter().rposition(|(_, call)| BEGUN.iter().any(|begun| call.primitive.is(begun)))?;
    let (step, change) = uses[begun];
    let name = change.primitive.full_name();
    if let Some(wait) = uses[begun..].iter().position(|(_, call)| call.primitive.name == "wait_until") {
        return asked_too_soon(tree, change, &uses[begun..begun + wait]);
    }
    let message = format!("nothing waits for what step {} begins: {name}", step.id);
    let told = Diagnostic::warning("W0339", message, &tree.file, step.span);
    Some(
        told.note(format!("it is called at {}:{}", change.file, change.span.line))
            .note("the service answers at once and works on; a gate right behind it looks too early")
            .help("wait_until(\"what\", #{ every: 10, at_most: 900 }, || ...);"),
    )
}

/// A gate over what the change has only begun, and the wait for it behind the gate.
fn asked_too_soon(tree: &Tree, change: &Use, before: &[(&Reach, &Use)]) -> Option<Diagnostic> {
    let tells = |call: &Use| change.primitive.seen_by.iter().any(|sight| call.primitive.is(sight.reading));
    let read = before.iter().position(|(_, call)| tells(call))?;
    let (step, gate) = before[read..].iter().find(|(_, call)| is_gate(call))?;
    let name = change.primitive.full_name();
    let message = format!("step {} asks for what {name} has only begun, before anything waits for it", step.id);
    let place = if *gate.file == *tree.file { gate.span } else { step.span };
    let told = Diagnostic::warning("W0339", message, &tree.file, place);
    Some(
        told.note("the service answers at once and works on").help("wait_until(...) first, and ask the gate behind it"),
    )
}

fn is_change(call: &Use) -> bool {
    call.primitive.effect == Effect::Change
}

fn is_gate(call: &Use) -> bool {
    call.primitive.receiver.is_none() && (GATES.contains(&call.primitive.name) || call.primitive.name == "attest")
}

/// An exit gate that another one follows, with steps between them that change: mostly a step by another name.
fn early_exit(reached: &[Reach]) -> Option<&Reach> {
    let first = reached.iter().position(|step| step.is_exit)?;
    let last = reached.iter().rposition(|step| step.is_exit)?;
    let between = reached.get(first + 1..last)?;
    between.iter().any(|step| !step.is_exit && step.uses.iter().any(is_change)).then(|| &reached[first])
}

fn too_early(tree: &Tree, exit: &Reach, reached: &[Reach]) -> Diagnostic {
    let behind = || reached.iter().skip_while(|step| step.span != exit.span).skip(1);
    let changes = |step: &&Reach| !step.is_exit && step.uses.iter().any(is_change);
    let steps: Vec<&str> = behind().filter(changes).map(|step| step.id.as_str()).collect();
    let others = behind().filter(|step| step.is_exit);
    let others: Vec<String> = others.map(|other| format!("{} on line {}", other.id, other.span.line)).collect();
    let (noun, verb) = if steps.len() == 1 { ("step", "changes") } else { ("steps", "change") };
    let message = format!("{noun} {} {verb} behind the exit gate {}", steps.join(", "), exit.id);
    Diagnostic::error("E0303", message, &tree.file, exit.span)
        .note(format!("it is not the only exit gate: there is {}", others.join(", ")))
        .note("what an exit gate has judged would not be what is there when the next phase begins")
        .help(format!("if it is a step, write step(\"{}\", ...); else put what changes before it", exit.id))
}

fn late(tree: &Tree, step: &Reach, change: &Use, exit: Option<&Reach>) -> Diagnostic {
    let name = change.primitive.full_name();
    let message = match exit {
        Some(_) => format!("step {} changes after an exit gate: {name}", step.id),
        None => format!("the exit gate {} changes: {name}", step.id),
    };
    let diagnostic = Diagnostic::error("E0303", message, &tree.file, step.span)
        .note(format!("it is called at {}:{}", change.file, change.span.line))
        .note("what an exit gate has judged would not be what is there when the next phase begins")
        .help("put the change into a step before the exit gate");
    match exit {
        Some(exit) => diagnostic.note(format!("the exit gate {} stands on line {}", exit.id, exit.span.line)),
        None => diagnostic,
    }
}

fn mute(tree: &Tree, step: &Reach) -> Diagnostic {
    Diagnostic::error("E0305", format!("the exit gate {} asks nothing", step.id), &tree.file, step.span)
        .note("the next phase stands on what it proves")
        .help("ask what must hold before the next phase: gate(\"...\", ...);")
}

/// Changes at which nobody looks afterwards. A service is told once in a step.
fn unseen(tree: &Tree, step: &Reach) -> Vec<Diagnostic> {
    let mut told: Vec<(&Use, Diagnostic)> = Vec::new();
    for unseen in &step.unseen {
        let change = &step.uses[unseen.place];
        match told.iter_mut().find(|(first, _)| first.primitive.namespace == change.primitive.namespace) {
            None => told.push((change, nobody_looks(tree, step, change, unseen))),
            Some((first, told)) if first.primitive.name != change.primitive.name => {
                let other = format!("nor at {}, ", change.primitive.full_name());
                if !told.notes.iter().any(|note| note.starts_with(&other)) {
                    told.notes.push(format!("{other}at {}:{}", change.file, change.span.line));
                }
            }
            Some(_) => {}
        }
    }
    told.into_iter().map(|(_, told)| told).collect()
}

fn nobody_looks(tree: &Tree, step: &Reach, change: &Use, unseen: &Unseen) -> Diagnostic {
    let name = change.primitive.full_name();
    if !unseen.left_out.is_empty() {
        return looked_past(tree, step, change, &unseen.left_out);
    }
    let message = format!("no later gate looks at what step {} changes: {name}", step.id);
    let told = Diagnostic::warning("W0306", message, &tree.file, step.span)
        .note(format!("it is called at {}:{}", change.file, change.span.line))
        .note("a change that reports success and did not work would be found by the next phase")
        .note(format!("it is told of by {}", change.primitive.sights()));
    let told = match &unseen.of_another {
        None => told,
        Some(read) => {
            let name = read.primitive.full_name();
            told.note(format!("{name} at {}:{} is asked about another one", read.file, read.span.line))
        }
    };
    let help = "ask a gate about it, behind it in this step or in the exit gate";
    told.help(match &unseen.asked_by {
        Some(asked) => format!("{help}: {asked}"),
        None => help.to_owned(),
    })
}

/// A change of several things of which gates look at some alone.
fn looked_past(tree: &Tree, step: &Reach, change: &Use, left_out: &[String]) -> Diagnostic {
    let message = format!("no later gate looks at all that step {} changes: {}", step.id, change.primitive.full_name());
    let (named, more) = left_out.split_at(left_out.len().min(FEW));
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    Diagnostic::warning("W0306", message, &tree.file, step.span)
        .note(format!("it is called at {}:{}", change.file, change.span.line))
        .note(format!("it changes {}{more} too, and the gates behind it ask of others alone", named.join(", ")))
        .help("let a gate go through the same list as the change; or change what is asked of alone")
}

/// So many are named one by one.
const FEW: usize = 4;

/// A runbook that may change something ends with an exit gate.
fn no_exit(tree: &Tree, reached: &[Reach]) -> Option<Diagnostic> {
    let header = structure(tree).find(|call| call.name.text == "runbook")?;
    let Kind::Map(fields) = &header.args.get(2)?.kind else { return None };
    let needs = fields.iter().find(|field| field.name.text == "needs")?;
    let Kind::Array(items) = &needs.value.kind else { return None };
    let change = items.iter().find(|item| item.as_text().is_some_and(|need| need.ends_with(": change")))?;
    let last = reached.last().filter(|step| step.uses.iter().any(is_gate) && !step.uses.iter().any(is_change));
    Some(
        Diagnostic::error("E0304", "this runbook may change the cloud and has no exit gate", &tree.file, change.span)
            .note("without one, nothing says when its work is done, and the next phase stands on hope")
            .help(way_out(tree, last.map(|step| (step.id.as_str(), step.span)))),
    )
}

/// How a runbook gets its exit gate. A last step that only asks was one, mostly.
#[must_use]
pub fn way_out(tree: &Tree, last_that_asks: Option<(&str, Span)>) -> String {
    match (tree.commented_out("exit_gate("), last_that_asks) {
        (Some(line), _) => format!("an exit gate stands in a comment on line {line}: take the comment away"),
        (None, Some((id, span))) => {
            format!("step {id} on line {} only asks: if it judges the end, write exit_gate({id:?}, ...)", span.line)
        }
        (None, None) => "end it with exit_gate(\"9\", \"what must hold now\", || { gate(\"...\", ...); });".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::falls_back;

    #[test]
    fn ids_with_numbers_have_an_order() {
        for (before, after) in
            [("2.14", "2.5"), ("3.2b", "3.2a"), ("9", "1"), ("s.9", "s.1"), ("2.1.1", "2.1"), ("0b.9", "0b.1")]
        {
            assert!(falls_back(before, after), "{before} {after}");
        }
        for (before, after) in [
            ("2.4", "2.5"),
            ("2.9", "2.14"),
            ("3.2a", "3.2b"),
            ("3.2", "3.2b"),
            ("3.2b", "3.3"),
            ("verify", "apply"),
            ("0.9", "0b.0"),
            ("r.9", "a.1"),
            ("1", "1.1"),
            ("2", "exit"),
        ] {
            assert!(!falls_back(before, after), "{before} {after}");
        }
    }
}
