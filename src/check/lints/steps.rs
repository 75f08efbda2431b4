//! The order of a phase: it changes, it looks, and its exit gate comes last.

use super::super::message::Diagnostic;
use super::super::shape::{GATES, structure};
use super::super::tree::{Kind, Span, Tree};
use super::super::types::{Reach, Use};
use crate::script::Effect;

pub(super) fn check(tree: &Tree, reached: &[Reach], found: &mut Vec<Diagnostic>) {
    let mut exit: Option<&Reach> = None;
    for (at, step) in reached.iter().enumerate() {
        if let Some(change) = step.uses.iter().find(|call| is_change(call)) {
            if step.is_exit || exit.is_some() {
                found.push(late(tree, step, change, exit));
            }
            found.extend(unseen(tree, reached, at));
        }
        if step.is_exit {
            exit = exit.or(Some(step));
            if !step.uses.iter().any(is_gate) {
                found.push(mute(tree, step));
            }
        }
    }
    found.extend(no_exit(tree).filter(|_| exit.is_none()));
}

fn is_change(call: &Use) -> bool {
    call.primitive.effect == Effect::Change
}

fn is_gate(call: &Use) -> bool {
    call.primitive.receiver.is_none() && (GATES.contains(&call.primitive.name) || call.primitive.name == "attest")
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

/// A change at which nobody looks afterwards: a gate in its own step behind it, or a later step that reads that service.
fn unseen(tree: &Tree, reached: &[Reach], at: usize) -> Option<Diagnostic> {
    let step = &reached[at];
    let behind = step.uses.iter().rev().take_while(|call| !is_change(call));
    if behind.into_iter().any(is_gate) {
        return None;
    }
    let changes: Vec<&Use> = step.uses.iter().filter(|call| is_change(call)).collect();
    let later = || reached[at + 1..].iter().filter(|step| step.uses.iter().any(is_gate));
    let looks = |change: &Use| {
        later().any(|step| step.uses.iter().any(|call| call.primitive.namespace == change.primitive.namespace))
    };
    let change = changes.into_iter().find(|change| !looks(change))?;
    let name = change.primitive.full_name();
    let message = format!("no later gate looks at what step {} changes: {name}", step.id);
    Some(
        Diagnostic::warning("W0306", message, &tree.file, step.span)
            .note(format!("it is called at {}:{}", change.file, change.span.line))
            .note("a change that reports success and did not work would be found by the next phase")
            .help("ask a gate about it, behind it in this step or in the exit gate"),
    )
}

/// A runbook that may change something ends with an exit gate.
fn no_exit(tree: &Tree) -> Option<Diagnostic> {
    let header = structure(tree).find(|call| call.name.text == "runbook")?;
    let Kind::Map(fields) = &header.args.get(2)?.kind else { return None };
    let needs = fields.iter().find(|field| field.name.text == "needs")?;
    let Kind::Array(items) = &needs.value.kind else { return None };
    let change = items.iter().find(|item| item.as_text().is_some_and(|need| need.ends_with(": change")))?;
    let place = Span { ..change.span };
    Some(
        Diagnostic::error("E0304", "this runbook may change the cloud and has no exit gate", &tree.file, place)
            .note("without one, nothing says when its work is done, and the next phase stands on hope")
            .help("end it with exit_gate(\"9\", \"what must hold now\", || { gate(\"...\", ...); });"),
    )
}
