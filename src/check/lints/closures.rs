//! What is written into closures, texts and options and passes in silence: changes where somebody only looks, places for
//! values in texts that take none, attestations and waits that cannot be what was meant.

use std::collections::BTreeMap;

use super::super::message::Diagnostic;
use super::super::tree::{Call, Function, Kind, Node, Span, Tree};
use super::super::types::{FEW_LOOKS, Library, Table};
use crate::script::Effect;

/// The libraries of a script, by the name they are imported under.
type Libraries = BTreeMap<String, Library>;

/// What calls its closure to learn something: as often as it likes.
const ASKING: [&str; 5] = ["wait_until", "map", "filter", "any", "all"];

pub(super) fn check(tree: &Tree, libs: &Libraries, table: &Table, found: &mut Vec<Diagnostic>) {
    let mut attested: BTreeMap<&str, Span> = BTreeMap::new();
    let mut secrets: BTreeMap<&str, &Node> = BTreeMap::new();
    tree.walk(&mut |node| match &node.kind {
        Kind::Text(text) if text.as_bytes().windows(2).any(|pair| pair == b"${") => found.extend(no_place(tree, node)),
        Kind::Call(call) => {
            asked(tree, libs, table, call, found);
            match call.plain_name() {
                Some("attest") => found.extend(again(tree, call, &mut attested)),
                Some("secret") => found.extend(one_secret(tree, call, &mut secrets)),
                Some("wait_until") => found.extend(never(tree, call)),
                _ => (),
            }
        }
        Kind::Method { of, call, .. } => {
            asked(tree, libs, table, call, found);
            found.extend(asks_itself(tree, of, call));
        }
        _ => (),
    });
}

/// `"${x}"` stays as it is: only back-ticks take values.
fn no_place(tree: &Tree, node: &Node) -> Option<Diagnostic> {
    tree.text(node.span).starts_with('"').then(|| {
        Diagnostic::error("E0314", "`${` in a text with double quotes stays as it is", &tree.file, node.span)
            .note("the service would get the dollar and the braces")
            .help("write the text in back-ticks: `...${name}...`")
    })
}

fn asked(tree: &Tree, libs: &Libraries, table: &Table, call: &Call, found: &mut Vec<Diagnostic>) {
    if !ASKING.contains(&call.name.text.as_str()) {
        return;
    }
    for arg in &call.args {
        let Kind::Closure { function, .. } = &arg.kind else { continue };
        let Some(function) = tree.closure(function) else { continue };
        for statement in &function.body.statements {
            statement.walk(&mut |node| {
                let Kind::Call(within) = &node.kind else { return };
                if let Some(change) = changing(tree, libs, table, within, 0) {
                    let message = match within.full_name() {
                        name if name == change => format!("{change} is called where {} only asks", call.name.text),
                        name => format!("{name} calls {change}, and {} only asks", call.name.text),
                    };
                    let told = Diagnostic::error("E0316", message, &tree.file, within.name.span)
                        .note("it would be made anew with each look, and its place in the plan would not be told")
                        .help("make the change in a statement of its own: for host in hosts { ... }");
                    found.push(told);
                }
            });
        }
    }
}

/// `own.all(|one| own.len() == 3)`: what a chain of calls begins with is locked until the chain ends.
fn asks_itself(tree: &Tree, of: &Node, call: &Call) -> Option<Diagnostic> {
    let root = of.root().as_variable()?;
    let captures = |arg: &&Node| match &arg.kind {
        Kind::Closure { captures, .. } => captures.iter().any(|name| name.text == root.text),
        _ => false,
    };
    let closure = call.args.iter().find(captures)?;
    let place = mentioned(tree, closure, &root.text).unwrap_or(closure.span);
    let message = format!("`{0}` is asked in a closure that a `{1}` of `{0}` calls", root.text, call.name.text);
    let told = Diagnostic::error("E0370", message, &tree.file, place);
    let told =
        told.note(format!("`{}` is locked until `{}` has ended: the run would stop here", root.text, call.name.text));
    Some(
        told.help(format!(
            "write let same = {0}; before it, and ask `same` in the closure; or take a for loop",
            root.text
        )),
    )
}

/// Where a closure, or one in it, names a variable first.
fn mentioned(tree: &Tree, closure: &Node, variable: &str) -> Option<Span> {
    let Kind::Closure { function, .. } = &closure.kind else { return None };
    let mut place = None;
    for statement in &tree.closure(function)?.body.statements {
        statement.walk(&mut |node| {
            let here = match &node.kind {
                Kind::Variable { path, name } if path.is_empty() && name.text == variable => Some(node.span),
                Kind::Closure { .. } => mentioned(tree, node, variable),
                _ => None,
            };
            place = place.or(here);
        });
    }
    place
}

/// How deep functions that call functions are followed.
const DEEP: usize = 8;

/// The change that a call makes, by itself or through functions of this file and of its libraries.
fn changing(tree: &Tree, libs: &Libraries, table: &Table, call: &Call, depth: usize) -> Option<String> {
    let (home, functions): (&Tree, Vec<&Function>) = match &call.path[..] {
        [] => (tree, tree.named(&call.name.text).collect()),
        [root] if tree.modules().contains_key(root.text.as_str()) => {
            let library = libs.get(tree.modules().get(root.text.as_str())?.as_str())?;
            (&library.tree, library.tree.named(&call.name.text).collect())
        }
        [root] => {
            let known = table.function(&root.text, &call.name.text).filter(|known| known.effect == Effect::Change);
            return known.map(|_| call.full_name());
        }
        _ => return None,
    };
    let mut change = None;
    for statement in functions.iter().filter(|_| depth < DEEP).flat_map(|function| &function.body.statements) {
        statement.walk(&mut |node| {
            if let (None, Kind::Call(within)) = (&change, &node.kind) {
                change = changing(home, libs, table, within, depth + 1);
            }
        });
    }
    change
}

/// An attestation is given by its id: two questions of one id would be answered at once.
fn again<'t>(tree: &'t Tree, call: &'t Call, attested: &mut BTreeMap<&'t str, Span>) -> Option<Diagnostic> {
    let id = call.args.first()?;
    let text = id.as_text()?;
    let before = attested.insert(text, id.span)?;
    let message = format!("the attestation {text:?} is asked twice");
    let told = Diagnostic::error("E0315", message, &tree.file, id.span);
    Some(
        told.note(format!("first on line {}", before.line))
            .help("--attest would answer both: give each question its own id"),
    )
}

/// A secret is asked for once by its name; under another prompt the first answer would come again.
fn one_secret<'t>(tree: &'t Tree, call: &'t Call, known: &mut BTreeMap<&'t str, &'t Node>) -> Option<Diagnostic> {
    let [name, prompt] = &call.args[..] else { return None };
    let text = name.as_text()?;
    let other = known.insert(text, prompt).filter(|other| tree.text(other.span) != tree.text(prompt.span));
    let varies = matches!(&prompt.kind, Kind::Template(parts) if parts.iter().any(is_local));
    let why = match other {
        Some(other) => format!("it is asked for on line {} with another prompt", other.span.line),
        None if varies => "its prompt differs from call to call".to_owned(),
        None => return None,
    };
    let message = format!("the secret {text:?} stands for more than one: {why}");
    let told = Diagnostic::error("E0324", message, &tree.file, name.span);
    Some(
        told.note("a secret is asked for once by its name; the second call gets the first answer")
            .help("give each secret a name of its own"),
    )
}

/// A name that is no constant.
fn is_local(node: &Node) -> bool {
    matches!(&node.kind, Kind::Variable { path, name } if path.is_empty() && name.text.contains(|c: char| c.is_lowercase()))
}

/// Seconds that are written out and cannot be.
fn never(tree: &Tree, call: &Call) -> Option<Diagnostic> {
    let Kind::Map(fields) = &call.args.get(1)?.kind else { return None };
    let seconds = |name: &str| {
        let field = fields.iter().find(|field| field.name.text == name)?;
        match field.value.kind {
            Kind::Int(number) => Some((number, field.value.span)),
            _ => None,
        }
    };
    let (every, at_most) = (seconds("every"), seconds("at_most"));
    // What lies out of its limits is told where these are declared.
    let ((every, span), (at_most, most)) = every.zip(at_most).filter(|((every, _), _)| *every > 0)?;
    if every >= at_most {
        let message = format!("it looks every {every} s and gives up after {at_most} s: it looks once");
        let told = Diagnostic::error("E0317", message, &tree.file, span);
        return Some(told.help("both are seconds; look more often, or wait longer"));
    }
    (at_most / every <= FEW_LOOKS).then(|| {
        let looks = at_most / every + 1;
        let message = format!("it looks every {every} s and gives up after {at_most} s: {looks} looks");
        Diagnostic::warning("W0334", message, &tree.file, most)
            .note("both numbers are seconds; minutes were perhaps meant")
            .help("wait longer, or look more often")
    })
}
