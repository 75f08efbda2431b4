//! A runbook as Markdown.

use std::fmt::Write;

use super::document::{Document, Item, Reached, Step};
use super::said::{Piece, Said};

/// The whole document.
#[must_use]
pub fn markdown(document: &Document) -> String {
    let header = &document.header;
    let mut text = format!("# {}: {}\n\n", words(&header.id), words(&header.title));
    if !document.about.is_empty() {
        let _ = write!(text, "{}\n\n", words(&document.about));
    }
    facts(&mut text, document);
    summary(&mut text, document);
    document.steps.iter().for_each(|step| self::step(&mut text, step));
    let _ = write!(text, "\n## Carry it out\n\n");
    for (command, why) in document.commands() {
        let _ = writeln!(text, "- `{command}`: {why}");
    }
    text
}

fn facts(text: &mut String, document: &Document) {
    let header = &document.header;
    let list = |items: &[String], none: &str| if items.is_empty() { none.to_owned() } else { items.join(", ") };
    let _ = writeln!(text, "- Runbook: `{}`, version {}, sha256 {}", document.path, header.version, document.sum);
    let _ = writeln!(text, "- Must have passed before: {}", list(&header.after, "nothing"));
    let _ = writeln!(text, "- May use, and nothing else: {}", list(&header.needs, "nothing"));
    let _ = writeln!(text, "- Rehearsed from the lab's stage: {}", header.stage);
    if let Some(guard) = &header.refuses_again {
        let _ = writeln!(text, "- Applied again, it refuses by: {guard}");
    }
}

/// What a person must know before the first command.
fn summary(text: &mut String, document: &Document) {
    for (step, what, about, name) in document.irreversible() {
        let (what, about, name) = (said(what), words(about), name.plain());
        let _ = write!(text, "\n> **CANNOT BE UNDONE**, step {step}: {what} {about} Confirmed by typing `{name}`.\n");
    }
    let mut lines = Vec::new();
    for (step, item) in document.all(&|item| matches!(item, Item::Attest { .. } | Item::Secret { .. })) {
        lines.push(match item {
            Item::Attest { id, question } => {
                format!("step {step}: attest *{}* (`--attest {}` off a terminal)", said(question), id.plain())
            }
            Item::Secret { name, prompt } => {
                format!(
                    "step {step}: the secret *{}* (`--secret-file {}=PATH` off a terminal)",
                    said(prompt),
                    name.plain()
                )
            }
            _ => continue,
        });
    }
    list(text, "You will be asked", &lines);
    let changes = document.all(&|item| matches!(item, Item::Change { .. }));
    let changes: Vec<String> = changes
        .into_iter()
        .filter_map(|(step, item)| match item {
            Item::Change { what, about, .. } => Some(format!("step {step}: {} {}", said(what), words(about))),
            _ => None,
        })
        .collect();
    if changes.is_empty() {
        let _ = write!(text, "\n## What it changes\n\nNothing: it only reads and judges.\n");
    }
    list(text, "What it changes", &changes);
}

fn list(text: &mut String, heading: &str, lines: &[String]) {
    if !lines.is_empty() {
        let _ = write!(text, "\n## {heading}\n\n");
        lines.iter().for_each(|line| _ = writeln!(text, "- {line}"));
    }
}

fn step(text: &mut String, step: &Step) {
    let kind = if step.is_exit { "Exit gate" } else { "Step" };
    let _ = write!(text, "\n## {kind} {}: {}\n\n", words(&step.id), words(&step.title));
    if step.is_exit {
        let _ = write!(text, "The next phase stands on this: it opens only when every gate here passes.\n\n");
    }
    if !step.about.is_empty() {
        let _ = write!(text, "{}\n\n", words(&step.about));
    }
    items(text, &step.items, 0, 0);
}

/// `level` is how far a list is indented, `opened` how many procedures are open around it.
fn items(text: &mut String, list: &[Item], level: usize, opened: usize) {
    for item in list {
        line(text, level, &told(item, opened));
        facts_of(item).into_iter().for_each(|fact| line(text, level + 1, &fact));
        if let Item::Procedure { items: inner, .. } = item
            && opened > 0
        {
            closed(inner).into_iter().for_each(|fact| line(text, level + 1, &fact));
            continue;
        }
        let opens = usize::from(matches!(item, Item::Procedure { .. }));
        items(text, item.inner(), level + 1, opened + opens);
    }
}

fn line(text: &mut String, level: usize, words: &str) {
    let indent = "  ".repeat(level);
    let _ = writeln!(text, "{indent}- {}", words.trim_end().replace('\n', &format!("\n{indent}  ")));
}

fn told(item: &Item, opened: usize) -> String {
    match item {
        Item::Text(comment) => format!("*{}*", words(comment)),
        Item::Read { what, name, about, leaves_record } => {
            let name = name.as_ref().map_or(String::new(), |name| format!(" as `{name}`"));
            let record = if *leaves_record { " (the service keeps a record of this)" } else { "" };
            format!("Read{name}: {}{record} {}", said(what), words(about))
        }
        Item::Change { what, about, irreversible, name, .. } => {
            let kind = if irreversible.is_some() { "**CHANGE THAT CANNOT BE UNDONE**" } else { "**Change**" };
            let name = name.as_ref().map_or(String::new(), |name| format!(", its result as `{name}`"));
            format!("{kind}{name}: {} {}", said(what), words(about))
        }
        Item::Name { name, value } => format!("Call it `{name}`: {}", said(value)),
        Item::Gate { name, expected, subject, warns, .. } => {
            let subject = subject.as_ref().map_or(String::new(), |subject| format!(" ({})", said(subject)));
            let kind = if *warns { "Gate that only warns" } else { "**Gate**" };
            format!("{kind} \"{}\"{subject}: expected {}", said(name), said(expected))
        }
        Item::Attest { question, .. } => format!("**A person attests**: {}", said(question)),
        Item::Secret { prompt, .. } => format!("**A secret is asked for**: {}", said(prompt)),
        Item::Wait { what, until, pace } => format!("Wait: {}. Until {}; {pace}.", said(what), said(until)),
        Item::Say { kind, text } => match kind.as_str() {
            "fail" => format!("**Ends here as failed**: {}", said(text)),
            "warn" => format!("Warns: {}", said(text)),
            _ => format!("Notes: {}", said(text)),
        },
        Item::Each { over, .. } => format!("{}:", capital(&said(over))),
        Item::When { condition, .. } => format!("{}:", capital(&said(condition))),
        Item::Procedure { call, place, about, items } => {
            let reached =
                if opened > 0 { format!(" It reaches {}.", Reached::by(items).words()) } else { String::new() };
            format!("Procedure {} ({place}): {}{reached}", said(call), words(about))
        }
    }
}

/// What stands under an item.
fn facts_of(item: &Item) -> Vec<String> {
    let fact = |label: &str, text: &Option<Said>| text.as_ref().map(|text| format!("{label}: {}", said(text)));
    match item {
        Item::Gate { about, issue, means, next, .. } => {
            let about = about.as_ref().map(|about| format!("asked: {}", words(about)));
            let issue = issue.as_ref().map(|issue| format!("known issue: {}", words(issue)));
            [about, issue, fact("a failure means", means), fact("then", next)].into_iter().flatten().collect()
        }
        Item::Change { options, irreversible, .. } => {
            let typed = irreversible.as_ref().map(|name| {
                format!("confirmed by typing `{0}`, or `--irreversible {0}`; `--yes` does not cover it", name.plain())
            });
            let options = options.iter().map(|(name, value)| format!("{name}: {}", said(value)));
            typed.into_iter().chain(options).collect()
        }
        _ => Vec::new(),
    }
}

/// What may not stay hidden in a procedure that is not opened: changes, and what a person is asked for.
fn closed(items: &[Item]) -> Vec<String> {
    let mut lines = Vec::new();
    Item::walk(items, &mut |item| {
        if matches!(item, Item::Change { .. } | Item::Attest { .. } | Item::Secret { .. }) {
            lines.push(told(item, 1));
        }
    });
    lines
}

/// A sentence.
fn said(said: &Said) -> String {
    said.0
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => words(text),
            Piece::Code(code) => fenced(code),
        })
        .collect()
}

/// Script between as many back-ticks as it needs.
fn fenced(code: &str) -> String {
    if code.contains('`') { format!("`` {code} ``") } else { format!("`{code}`") }
}

/// Words of a runbook, none of which becomes markup; back-ticks stay what they mean.
fn words(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for (at, part) in text.split('`').enumerate() {
        if at > 0 {
            safe.push('`');
        }
        if at % 2 == 1 {
            safe.push_str(part);
            continue;
        }
        for letter in part.chars() {
            if matches!(letter, '*' | '_' | '<' | '>' | '[' | ']' | '\\' | '|') {
                safe.push('\\');
            }
            safe.push(letter);
        }
    }
    safe
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_runbook_are_no_markup() {
        assert_eq!(words("a *b* <c> `d_e`"), "a \\*b\\* \\<c\\> `d_e`");
        assert_eq!(fenced("`a`"), "`` `a` ``");
    }
}
