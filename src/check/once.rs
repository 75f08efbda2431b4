//! What is told, and how often: in the order of a reader, each mistake once.

use std::collections::{BTreeMap, BTreeSet};

use super::message::{Diagnostic, Severity};
use super::span::Span;

/// Orders findings as a reader meets them: by file, then by place. What is used by nobody comes last: mostly a mistake
/// elsewhere should have used it.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(|a, b| key(a).cmp(&key(b)));
}

/// Sorted, and each once: what a library gets wrong is found again by each runbook that calls it, and is one mistake.
pub fn once(diagnostics: &mut Vec<Diagnostic>) {
    sort(diagnostics);
    diagnostics.dedup_by(|b, a| {
        let is_same = key(a) == key(b);
        if is_same {
            name_others(a, others(b).into_iter());
        }
        is_same
    });
    // What is wrong where it is written is not told again by each who reads it.
    let of_place = |diagnostic: &Diagnostic, place: &str| format!("{} {place}", diagnostic.id);
    let told: BTreeSet<String> =
        diagnostics.iter().map(|told| of_place(told, &format!("{}:{}", told.file, told.span.line))).collect();
    diagnostics.retain(|diagnostic| {
        let mut written = diagnostic.notes.iter().filter_map(|note| note.strip_prefix(WRITTEN_AT));
        !written.any(|place| told.contains(&of_place(diagnostic, place)))
    });
    // Members that contradict each other are no news where one of them is an error.
    let errors = diagnostics.iter().filter(|told| told.severity == Severity::Error);
    let errors: BTreeSet<(String, Span)> = errors.map(|told| (told.file.clone(), told.span)).collect();
    let is_news = |told: &Diagnostic| told.id != "W0348" || !errors.contains(&(told.file.clone(), told.span));
    diagnostics.retain(is_news);
    right_constants_alone(diagnostics);
    by_their_constant(diagnostics);
    by_their_place(diagnostics);
}

/// Nobody is led to write a constant whose value is an error itself.
fn right_constants_alone(diagnostics: &mut Vec<Diagnostic>) {
    let is_of_a_constant = |told: &&Diagnostic| {
        told.severity == Severity::Error && told.notes.iter().any(|note| note.starts_with(WRITTEN_AT))
    };
    let wrong = diagnostics.iter().filter(is_of_a_constant).filter_map(quoted);
    let wrong: BTreeSet<String> = wrong.map(|(value, _)| value.to_owned()).collect();
    let is_led = |told: &Diagnostic| told.id == "W0347" && quoted(told).is_some_and(|(value, _)| wrong.contains(value));
    diagnostics.retain(|told| wrong.is_empty() || !is_led(told));
}

/// One constant that is wrong is told by its first reader, who names the others.
fn by_their_constant(diagnostics: &mut Vec<Diagnostic>) {
    let mut kept: Vec<Diagnostic> = Vec::new();
    let mut first: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for told in diagnostics.drain(..) {
        let place = told.notes.iter().find_map(|note| note.strip_prefix(WRITTEN_AT));
        let Some(place) = place.filter(|_| told.severity == Severity::Error) else {
            kept.push(told);
            continue;
        };
        let key = (told.id.clone(), gist(&told).to_owned(), place.to_owned());
        if let Some(first) = first.get(&key) {
            let own = BTreeSet::from([format!("{}:{}", told.file, told.span.line)]);
            name_others(&mut kept[*first], own.into_iter().chain(others(&told)));
            continue;
        }
        first.insert(key, kept.len());
        kept.push(told);
    }
    *diagnostics = kept;
}

/// Many members of one list that are wrong in one place are one mistake: what is read there is not what was meant.
fn by_their_place(diagnostics: &mut Vec<Diagnostic>) {
    let alike = |a: &Diagnostic, b: &Diagnostic| {
        (&a.file, a.span, &a.id) == (&b.file, b.span, &b.id)
            && quoted(a).is_some_and(|(_, rest)| quoted(b).is_some_and(|(_, other)| rest == other))
    };
    if !diagnostics.chunk_by(alike).any(|group| group.len() > FEW) {
        return;
    }
    let one = |group: &[Diagnostic]| {
        let [first, others @ ..] = group else { return Vec::new() };
        if group.len() <= FEW {
            return group.to_vec();
        }
        let named: Vec<&str> = others.iter().filter_map(|other| Some(quoted(other)?.0)).collect();
        let told = first.clone().note(format!("the same of {}", named.join(", ")));
        vec![told.help("all of them are of another kind: mostly another field or constant is meant")]
    };
    *diagnostics = diagnostics.chunk_by(alike).flat_map(one).collect();
}

/// So many findings of one place are told each by itself.
const FEW: usize = 3;

/// The text in quotes that a message begins with, and the rest.
fn quoted(told: &Diagnostic) -> Option<(&str, &str)> {
    let end = told.message.strip_prefix('"')?.find('"')? + 2;
    told.message.split_at_checked(end)
}

const SO_TOO: &str = "so too at ";

/// The other places that a finding names.
fn others(told: &Diagnostic) -> BTreeSet<String> {
    let note = told.notes.iter().find_map(|note| note.strip_prefix(SO_TOO));
    note.into_iter().flat_map(|places| places.split(", ")).map(str::to_owned).collect()
}

fn name_others(told: &mut Diagnostic, more: impl Iterator<Item = String>) {
    let own = format!("{}:{}", told.file, told.span.line);
    let places: BTreeSet<String> = others(told).into_iter().chain(more).filter(|place| *place != own).collect();
    let mut places: Vec<String> = places.into_iter().collect();
    let numbered = |place: &String| {
        place.rsplit_once(':').map(|(file, line)| (file.to_owned(), line.parse::<usize>().unwrap_or_default()))
    };
    places.sort_by_cached_key(numbered);
    told.notes.retain(|note| !note.starts_with(SO_TOO));
    if !places.is_empty() {
        told.notes.push(format!("{SO_TOO}{}", places.join(", ")));
    }
}

/// What two findings of a rule about one value have in common.
fn gist(told: &Diagnostic) -> &str {
    let message = told.message.as_str();
    let part = match &*told.id {
        "E0321" => message.rsplit_once("; ").map(|(_, seen)| seen),
        "E0340" => message.split_once(": ").map(|(_, why)| why.split(',').next().unwrap_or(why)),
        _ => None,
    };
    part.unwrap_or(message)
}

const WRITTEN_AT: &str = "it is written at ";

/// The note that names the place where a value is written, for a finding where it is read.
pub fn written_at(place: &str) -> String {
    format!("{WRITTEN_AT}{place}")
}

fn key(diagnostic: &Diagnostic) -> (&str, bool, Span, &str, &str) {
    let is_unused = matches!(&*diagnostic.id, "W0221" | "W0222" | "W0223" | "E0226");
    (&diagnostic.file, is_unused, diagnostic.span, &diagnostic.id, &diagnostic.message)
}
