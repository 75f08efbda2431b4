//! Ways of writing that pass in silence: a `switch` without a default, commands glued into a shell, gates over nothing.

use super::super::message::Diagnostic;
use super::super::tree::{Arm, Call, Kind, Node, Span, Tree};

/// Programs that read a text as commands.
const SHELLS: [&str; 5] = ["ash", "bash", "dash", "sh", "zsh"];

pub(super) fn check(tree: &Tree, found: &mut Vec<Diagnostic>) {
    tree.walk(&mut |node| match &node.kind {
        Kind::Switch { arms, .. } => found.extend(open_switch(tree, node, arms)),
        Kind::Array(words) => found.extend(shell(tree, words)),
        Kind::For { over, .. } if is_empty_list(over) => {
            found.push(empty(tree, over.span, "this loop goes through an empty list"));
        }
        Kind::Call(call) => found.extend(empty_set(tree, call)),
        Kind::Method { of, call, .. } if is_empty_list(of) && matches!(call.name.text.as_str(), "all" | "any") => {
            found.push(empty(tree, of.span, "this asks about the members of an empty list"));
        }
        _ => {}
    });
}

fn open_switch(tree: &Tree, node: &Node, arms: &[Arm]) -> Option<Diagnostic> {
    let covered = arms.iter().any(|arm| arm.patterns.is_empty() && arm.guard.is_none());
    (!covered).then(|| {
        Diagnostic::error("E0309", "this `switch` has no default", &tree.file, node.span.word("switch"))
            .note("a value that no case names would pass by in silence")
            .help("add _ => fail(\"...\"), or what is right for all the rest")
    })
}

/// `["sh", "-c", `rm ${path}`]`: what is put in is read as commands.
fn shell(tree: &Tree, words: &[Node]) -> Option<Diagnostic> {
    let is_shell =
        |node: &Node| node.as_text().is_some_and(|text| SHELLS.contains(&text.rsplit('/').next().unwrap_or_default()));
    let from = words.iter().position(is_shell)?;
    let is_flag = |node: &&Node| node.as_text().is_some_and(|text| text.starts_with('-') && text.ends_with('c'));
    let at = from + words[from..].iter().position(|word| is_flag(&word))?;
    let script = words.get(at + 1).filter(|word| word.as_text().is_none())?;
    Some(
        Diagnostic::error("E0310", "values are put into a text that a shell reads", &tree.file, script.span)
            .note("a blank, a quote or a ; in a value becomes a command of its own")
            .help("give each word by itself: [\"cat\", path]; or a plain text and the values behind it: [\"sh\", \"-c\", \"cat \\\"$1\\\"\", \"sh\", path]"),
    )
}

/// An empty list, or what is made of its members.
fn is_empty_list(node: &Node) -> bool {
    match &node.kind {
        Kind::Array(items) => items.is_empty(),
        Kind::Method { of, call, .. } => matches!(call.name.text.as_str(), "map" | "filter") && is_empty_list(of),
        _ => false,
    }
}

fn empty_set(tree: &Tree, call: &Call) -> Option<Diagnostic> {
    let is_set = matches!(call.plain_name(), Some("gate_set" | "gate_all"));
    let list = call.args.iter().skip(1).find(|arg| is_set && is_empty_list(arg))?;
    Some(empty(tree, list.span, "a gate over an empty list"))
}

fn empty(tree: &Tree, span: Span, message: &str) -> Diagnostic {
    Diagnostic::error("E0312", message, &tree.file, span)
        .note("nothing is looked at, so nothing is proved")
        .help("name the members; that a list is empty is asked with gate(\"none left\", list.is_empty());")
}
