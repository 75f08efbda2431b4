use std::path::Path;

use super::*;
use crate::check::tree::Span;
use crate::runbook::Site;

/// Every name of a file that stands behind a dot or `::`, or is an option of a primitive, with its place.
fn names(read: &Read) -> Vec<(String, Span)> {
    let tree = &read.tree;
    let mut names = Vec::new();
    tree.walk(&mut |node| match &node.kind {
        Kind::Property { name, .. } => names.push((name.text.to_string(), name.span)),
        Kind::Variable { path, name } if !path.is_empty() => names.push((name.text.to_string(), name.span)),
        Kind::Method { call, .. } => names.push((call.name.text.to_string(), call.name.span)),
        Kind::Call(call) => {
            names.extend((!call.path.is_empty()).then(|| (call.name.text.to_string(), call.name.span)));
            let maps = call.args.iter().filter(|_| read.primitive(tree, None, call).is_some());
            let fields = maps.filter_map(|arg| match &arg.kind {
                Kind::Map(fields) => Some(fields),
                _ => None,
            });
            names.extend(fields.flatten().map(|field| (field.name.text.to_string(), field.name.span)));
        }
        _ => {}
    });
    names
}

/// Types each of those names again: it is offered in the text that ends there, and in the text around it.
fn retyped(path: &str) -> usize {
    let mut workspace = Workspace::open(Path::new(env!("CARGO_MANIFEST_DIR")), &Site::default());
    let text = String::from_utf8_lossy(workspace.repo().files.get(path).expect("there")).into_owned();
    let read = workspace.read(path, &text).expect("it compiles");
    let names = names(&read);
    for (name, span) in &names {
        let start = positions::letter(&text, span.line, span.column);
        let rest = &text[start + name.len()..];
        // An option is not offered twice, so its value goes with it.
        let rest = if rest.starts_with(':') { &rest[rest.find(['\n', ',']).unwrap_or(0)..] } else { rest };
        for now in [text[..start].to_owned(), format!("{}{rest}", &text[..start])] {
            let texts = Texts { path, now: &now, sound: Some(&text) };
            let (from, items) = items(&mut workspace, &texts, start);
            let offered: Vec<&str> = items.iter().map(|item| item.label.as_str()).collect();
            assert!(from == start && offered.contains(&name.as_str()), "{path}:{}: {name} in {offered:?}", span.line);
        }
    }
    names.len()
}

#[test]
fn every_name_of_a_runbook_is_offered_where_it_stands() {
    assert!(retyped("runbooks/phase-04.rhai") > 40);
}

#[test]
fn a_library_knows_its_callers() {
    assert!(retyped("lib/osd.rhai") > 15);
}

#[test]
fn a_text_that_is_cut_anywhere_is_answered() {
    let mut workspace = Workspace::open(Path::new(env!("CARGO_MANIFEST_DIR")), &Site::default());
    let path = "runbooks/phase-02.rhai";
    let text = String::from_utf8_lossy(workspace.repo().files.get(path).expect("there")).into_owned();
    for at in (0..text.len()).step_by(41) {
        for sound in [None, Some(text.as_str())] {
            let texts = Texts { path, now: &text[..at], sound };
            let (from, _) = items(&mut workspace, &texts, at);
            assert!(from <= at);
        }
    }
}
