//! A runbook as one page of HTML.

use std::fmt::Write;

use super::document::{Document, Item, Reached, Step};
use super::page::{Entry, escaped, page, prose, sentence};
use super::said::Said;

/// The whole document.
#[must_use]
pub fn html(document: &Document) -> String {
    let header = &document.header;
    let title = format!("{}: {}", header.id, header.title);
    let mut body = format!("<h1>{}</h1>\n", escaped(&title));
    if !document.about.is_empty() {
        let _ = writeln!(body, "<p class=\"about\">{}</p>", prose(&document.about));
    }
    facts(&mut body, document);
    summary(&mut body, document);
    document.steps.iter().for_each(|step| self::step(&mut body, step));
    body.push_str("<section id=\"carry-it-out\">\n<h2>Carry it out</h2>\n<ul>\n");
    for (command, why) in document.commands() {
        let _ = writeln!(body, "<li><code>{}</code> {}</li>", escaped(&command), escaped(why));
    }
    body.push_str("</ul>\n</section>\n");
    page(&title, &contents(document), &body)
}

fn contents(document: &Document) -> Vec<Entry> {
    let entry = |anchor: &str, words: &str| Entry { anchor: anchor.to_owned(), words: words.to_owned() };
    let steps = document.steps.iter().map(|step| {
        let kind = if step.is_exit { "exit gate " } else { "" };
        Entry { anchor: anchor(step), words: format!("{} {kind}{}", step.id, step.title) }
    });
    [entry("what-it-changes", "What it changes")]
        .into_iter()
        .chain(steps)
        .chain([entry("carry-it-out", "Carry it out")])
        .collect()
}

/// Ids of steps hold anything; an anchor holds letters, digits and marks.
fn anchor(step: &Step) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || letter == '.' { letter } else { '-' };
    format!("step-{}", step.id.chars().map(plain).collect::<String>())
}

fn facts(body: &mut String, document: &Document) {
    let header = &document.header;
    let list = |items: &[String]| if items.is_empty() { "nothing".to_owned() } else { escaped(&items.join(", ")) };
    let runbook =
        format!("<code>{}</code>, version {}, sha256 {}", escaped(&document.path), header.version, document.sum);
    let mut rows = vec![
        ("Runbook", runbook),
        ("Must have passed before", list(&header.after)),
        ("May use, and nothing else", list(&header.needs)),
        ("Rehearsed from the lab's stage", escaped(&header.stage)),
    ];
    rows.extend(header.refuses_again.as_ref().map(|guard| ("Applied again, it refuses by", escaped(guard))));
    body.push_str("<table>\n");
    rows.iter().for_each(|(name, value)| _ = writeln!(body, "<tr><th>{name}</th><td>{value}</td></tr>"));
    body.push_str("</table>\n");
}

fn summary(body: &mut String, document: &Document) {
    for (step, what, about, name) in document.irreversible() {
        let (step, what, about, name) = (escaped(step), sentence(what), prose(about), escaped(&name.plain()));
        let typed = format!("Confirmed by typing <code>{name}</code>.");
        let _ = writeln!(body, "<p class=\"stop\">CANNOT BE UNDONE, step {step}: {what} {about} {typed}</p>");
    }
    let asked = document.all(&|item| matches!(item, Item::Attest { .. } | Item::Secret { .. }));
    let asked: Vec<String> = asked.iter().filter_map(|(step, item)| question(step, item)).collect();
    list(body, "you-will-be-asked", "You will be asked", &asked);
    let changes = document.all(&|item| matches!(item, Item::Change { .. }));
    let changes: Vec<String> = changes
        .iter()
        .filter_map(|(step, item)| match item {
            Item::Change { what, about, .. } => {
                Some(format!("step {}: {} {}", escaped(step), sentence(what), prose(about)))
            }
            _ => None,
        })
        .collect();
    let nothing = vec!["Nothing: it only reads and judges.".to_owned()];
    list(body, "what-it-changes", "What it changes", if changes.is_empty() { &nothing } else { &changes });
}

fn question(step: &str, item: &Item) -> Option<String> {
    let (words, told, option) = match item {
        Item::Attest { id, question } => ("attest: ", question, format!("--attest {}", id.plain())),
        Item::Secret { name, prompt } => ("the secret: ", prompt, format!("--secret-file {}=PATH", name.plain())),
        _ => return None,
    };
    let (step, told, option) = (escaped(step), sentence(told), escaped(&option));
    Some(format!("step {step}: {words}<em>{told}</em> (<code>{option}</code> off a terminal)"))
}

fn list(body: &mut String, id: &str, heading: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(body, "<section id=\"{id}\">\n<h2>{heading}</h2>\n<ul>");
    lines.iter().for_each(|line| _ = writeln!(body, "<li>{line}</li>"));
    body.push_str("</ul>\n</section>\n");
}

fn step(body: &mut String, step: &Step) {
    let (kind, class) = if step.is_exit { ("Exit gate", " class=\"exit\"") } else { ("Step", "") };
    let anchor = anchor(step);
    let _ = writeln!(body, "<section id=\"{anchor}\"{class}>\n<article>");
    let _ = writeln!(body, "<h2>{kind} {}: {}</h2>", escaped(&step.id), escaped(&step.title));
    if step.is_exit {
        body.push_str("<p>The next phase stands on this: it opens only when every gate here passes.</p>\n");
    }
    if !step.about.is_empty() {
        let _ = writeln!(body, "<p class=\"about\">{}</p>", prose(&step.about));
    }
    items(body, &step.items, 0);
    body.push_str("</article>\n</section>\n");
}

fn items(body: &mut String, list: &[Item], opened: usize) {
    if list.is_empty() {
        return;
    }
    body.push_str("<ol class=\"do\">\n");
    for item in list {
        let _ = write!(body, "<li class=\"{}\">{}", class(item), told(item, opened));
        facts_of(item).into_iter().for_each(|fact| _ = write!(body, "<div class=\"more\">{fact}</div>"));
        match item {
            Item::Procedure { items: inner, .. } if opened > 0 => closed(body, inner),
            Item::Procedure { items: inner, .. } => items(body, inner, opened + 1),
            other => items(body, other.inner(), opened),
        }
        body.push_str("</li>\n");
    }
    body.push_str("</ol>\n");
}

const fn class(item: &Item) -> &'static str {
    match item {
        Item::Gate { .. } => "gate",
        Item::Change { irreversible: Some(_), .. } => "stop",
        Item::Change { .. } => "change",
        Item::Attest { .. } | Item::Secret { .. } => "ask",
        _ => "plain",
    }
}

fn kind(word: &str) -> String {
    format!("<span class=\"kind\">{word}</span>")
}

fn told(item: &Item, opened: usize) -> String {
    match item {
        Item::Text(comment) => format!("<em>{}</em>", prose(comment)),
        Item::Read { what, name, about, leaves_record } => {
            let name = name.as_ref().map_or(String::new(), |name| format!(" as <code>{}</code>", escaped(name)));
            let record = if *leaves_record { " (the service keeps a record of this)" } else { "" };
            format!("{}{}{name}{record} <span class=\"soft\">{}</span>", kind("Read"), sentence(what), prose(about))
        }
        Item::Change { what, about, irreversible, name, .. } => {
            let word = if irreversible.is_some() { "Change that cannot be undone" } else { "Change" };
            let name =
                name.as_ref().map_or(String::new(), |name| format!(" (its result: <code>{}</code>)", escaped(name)));
            format!("{}{}{name} {}", kind(word), sentence(what), prose(about))
        }
        Item::Name { name, value } => format!("{}<code>{}</code>: {}", kind("Call it"), escaped(name), sentence(value)),
        Item::Gate { name, expected, subject, warns, .. } => {
            let subject = subject.as_ref().map_or(String::new(), |subject| format!(" ({})", sentence(subject)));
            let word = if *warns { "Gate that only warns" } else { "Gate" };
            format!("{}<b>{}</b>{subject}: expected {}", kind(word), sentence(name), sentence(expected))
        }
        Item::Attest { question, .. } => format!("{}{}", kind("A person attests"), sentence(question)),
        Item::Secret { prompt, .. } => format!("{}{}", kind("A secret is asked for"), sentence(prompt)),
        Item::Wait { what, until, pace } => {
            format!("{}{}. Until {}; {}.", kind("Wait"), sentence(what), sentence(until), escaped(pace))
        }
        Item::Say { kind: word, text } => {
            let word = match word.as_str() {
                "fail" => "Ends here as failed",
                "warn" => "Warns",
                _ => "Notes",
            };
            format!("{}{}", kind(word), sentence(text))
        }
        Item::Each { over, .. } => format!("{}:", sentence(over)),
        Item::When { condition, .. } => format!("{}:", sentence(condition)),
        Item::Procedure { call, place, about, items } => {
            let reached =
                if opened > 0 { format!(" It reaches {}.", Reached::by(items).words()) } else { String::new() };
            let (call, place, about) = (sentence(call), escaped(place), prose(about));
            format!("{}{call} <span class=\"soft\">{place}</span> {about}{reached}", kind("Procedure"))
        }
    }
}

fn facts_of(item: &Item) -> Vec<String> {
    let fact = |label: &str, text: &Option<Said>| text.as_ref().map(|text| format!("{label}: {}", sentence(text)));
    match item {
        Item::Gate { about, issue, means, next, .. } => {
            let about = about.as_ref().map(|about| format!("asked: {}", prose(about)));
            let issue = issue.as_ref().map(|issue| format!("known issue: {}", prose(issue)));
            [about, issue, fact("a failure means", means), fact("then", next)].into_iter().flatten().collect()
        }
        Item::Change { options, irreversible, .. } => {
            let typed = irreversible.as_ref().map(|name| {
                let name = escaped(&name.plain());
                format!("confirmed by typing <code>{name}</code>, or <code>--irreversible {name}</code>; --yes does not cover it")
            });
            let options = options.iter().map(|(name, value)| format!("{}: {}", escaped(name), sentence(value)));
            typed.into_iter().chain(options).collect()
        }
        _ => Vec::new(),
    }
}

/// What may not stay hidden in a procedure that is not opened.
fn closed(body: &mut String, items: &[Item]) {
    Item::walk(items, &mut |item| {
        if matches!(item, Item::Change { .. } | Item::Attest { .. } | Item::Secret { .. }) {
            let _ = write!(body, "<div class=\"{}\">{}</div>", class(item), told(item, 1));
        }
    });
}
