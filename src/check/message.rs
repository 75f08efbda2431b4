//! What was found wrong, and how it reads: one look for mistakes found before a run and for errors during one.
//!
//! A diagnostic is facts; this module words the frame around them and never decides whether something is wrong.
//! Script text and replies may hold anything, so no control character of theirs reaches the terminal.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    sync::Arc,
};

use anstyle::{AnsiColor, Style};

use super::tree::Span;

pub use super::near::nearest;
pub(super) use super::once::written_at;
pub use super::once::{once, sort};
pub use super::reports::{json, sarif};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The runbook does not run, or the run has ended.
    Error,
    /// It runs; a person should look.
    Warning,
    /// A comment with a reason allows it: it is counted.
    Allowed,
}

impl Severity {
    const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Allowed => "allowed",
        }
    }
}

/// One step on the way to the place of an error: a runbook's step, or a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What was running: `step 4.1`, `carve()`.
    pub what: String,
    /// The file in which it stands.
    pub file: String,
    /// Where in it.
    pub span: Span,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable id such as `E0107`, for `omega explain`.
    pub id: String,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// The file.
    pub file: String,
    /// Where in it; unknown for what concerns a file as a whole.
    pub span: Span,
    /// What stands beside the underline: mostly ``did you mean `name`?``.
    pub label: Option<String>,
    /// Facts that help to see why.
    pub notes: Vec<String>,
    /// How to write it instead.
    pub help: Vec<String>,
    /// How a run came here, innermost first.
    pub frames: Vec<Frame>,
    /// What is safe to do now.
    pub next: Vec<String>,
}

/// Most of what is looked at has no mistake: what leads to a finding is kept out of the way of what looks for one.
impl Diagnostic {
    /// An error at that place.
    #[cold]
    #[must_use]
    pub fn error(id: &str, message: impl Into<String>, file: &str, span: Span) -> Self {
        Self {
            id: id.to_owned(),
            severity: Severity::Error,
            message: message.into(),
            file: file.to_owned(),
            span,
            label: None,
            notes: Vec::new(),
            help: Vec::new(),
            frames: Vec::new(),
            next: Vec::new(),
        }
    }

    /// A warning at that place.
    #[cold]
    #[must_use]
    pub fn warning(id: &str, message: impl Into<String>, file: &str, span: Span) -> Self {
        Self { severity: Severity::Warning, ..Self::error(id, message, file, span) }
    }

    /// With that text beside the underline.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.label = Some(text.into());
        self
    }

    /// With "did you mean", when one of the names is near to what was written.
    #[must_use]
    pub fn suggest<'n>(self, written: &str, names: impl IntoIterator<Item = &'n str>) -> Self {
        match nearest(written, names) {
            Some(name) => self.label(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// With one more fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// With one more way to write it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// With one more frame, outwards.
    #[must_use]
    pub fn frame(mut self, what: impl Into<String>, file: &str, span: Span) -> Self {
        self.frames.push(Frame { what: what.into(), file: file.to_owned(), span });
        self
    }

    /// With one more thing to do.
    #[must_use]
    pub fn next(mut self, text: impl Into<String>) -> Self {
        self.next.push(text.into());
        self
    }

    /// The message for a person. `sources` gives the excerpt; without the file's text there is none.
    #[must_use]
    pub fn render(&self, sources: &Sources, colour: bool) -> String {
        Renderer { sources, colour, out: String::new() }.all(self)
    }
}

/// The texts of the files that messages quote.
#[derive(Clone, Debug, Default)]
pub struct Sources(BTreeMap<String, Arc<str>>);

impl Sources {
    /// Adds a file's text.
    pub fn insert(&mut self, file: impl Into<String>, text: impl Into<Arc<str>>) {
        self.0.insert(file.into(), text.into());
    }

    /// The text of a file.
    #[must_use]
    pub fn get(&self, file: &str) -> Option<&str> {
        self.0.get(file).map(|text| &**text)
    }

    /// The extent of the word at a place, for an error that comes with a bare place.
    #[must_use]
    pub fn span(&self, file: &str, line: u32, column: u32) -> Span {
        let bare = Span::at(line, column);
        self.get(file)
            .map_or(bare, |text| super::extent::Extents::of(text, super::tokens::Tokens::of(text)).token(line, column))
    }

    fn line(&self, file: &str, line: u32) -> Option<&str> {
        self.get(file)?.split('\n').nth(line.checked_sub(1)? as usize)
    }
}

/// The last line under a list of findings: how many, in how many files, and that nothing runs.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic], files: usize) -> String {
    let of = |severity| diagnostics.iter().filter(move |d| d.severity == severity);
    let errors: Vec<_> = of(Severity::Error).collect();
    let warnings = of(Severity::Warning).count();
    let warned = if warnings > 0 { format!(", {}", count(warnings, "warning")) } else { String::new() };
    let allowed = of(Severity::Allowed).count();
    let warned = if allowed > 0 { format!("{warned}, {allowed} allowed by a comment") } else { warned };
    let Some(first) = errors.first() else {
        let none = if warnings > 0 { "no error" } else { "no mistake" };
        return format!("{none} in {}{warned}\n", count(files, "file"));
    };
    let named: BTreeSet<_> = errors.iter().map(|d| &d.file).collect();
    let verb = if named.len() == 1 { "the runbook does not run" } else { "the runbooks do not run" };
    // A mistake may lie in a library that was not asked about.
    let of = count(files.max(named.len()), "file");
    let text = format!("error: {} in {} of {of}{warned}; {verb}", count(errors.len(), "mistake"), named.len());
    format!("{text}         omega explain {}\n", first.id)
}

fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// A line of a script, and what is underlined in it.
struct Excerpt {
    shown: String,
    before: String,
    marks: String,
}

impl Excerpt {
    fn of(line: &str, span: Span) -> Self {
        let (shown, column) = window(line.trim_end(), span.column as usize);
        let room = shown.chars().count().saturating_sub(column - 1).max(1);
        let wanted =
            if span.end_line > span.line { room } else { span.end_column.saturating_sub(span.column) as usize };
        Excerpt { shown, before: " ".repeat(column - 1), marks: "^".repeat(wanted.clamp(1, room)) }
    }
}

/// A place in a text as messages show it, for an error of a run: the line and what is underlined in it.
#[must_use]
pub fn quote(text: &str, span: Span) -> Option<String> {
    let line = text.lines().nth(span.line.checked_sub(1)? as usize).map(clean)?;
    let Excerpt { shown, before, marks } = Excerpt::of(&line, span);
    Some(format!("{:>5} | {shown}\n{:>5} | {before}{marks}", span.line, ""))
}

/// The widest excerpt; longer lines are shown around the place.
const WIDTH: usize = 110;

struct Renderer<'s> {
    sources: &'s Sources,
    colour: bool,
    out: String,
}

impl Renderer<'_> {
    fn all(mut self, diagnostic: &Diagnostic) -> String {
        self.head(diagnostic);
        self.excerpt(diagnostic);
        self.lines("", &diagnostic.notes);
        self.lines("help: ", &diagnostic.help);
        self.frames(&diagnostic.frames);
        self.lines("next: ", &diagnostic.next);
        self.out
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn accent(severity: Severity) -> Style {
        let colour = match severity {
            Severity::Error => AnsiColor::Red,
            Severity::Warning => AnsiColor::Yellow,
            Severity::Allowed => AnsiColor::Cyan,
        };
        colour.on_default().bold()
    }

    fn put(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn head(&mut self, diagnostic: &Diagnostic) {
        let word = format!("{}[{}]", diagnostic.severity.word(), clean(&diagnostic.id));
        let word = self.paint(Self::accent(diagnostic.severity), &word);
        let message = hanging(&diagnostic.message, "       ");
        let message = self.paint(Style::new().bold(), &message);
        self.put(&format!("{word}: {message}"));
        if !diagnostic.file.is_empty() {
            self.put(&format!("  {}", place(&diagnostic.file, diagnostic.span)));
        }
    }

    fn excerpt(&mut self, diagnostic: &Diagnostic) {
        let span = diagnostic.span;
        let line = self.sources.line(&diagnostic.file, span.line).map(clean);
        let Some(line) = line.filter(|_| span.is_known()) else {
            return self.lines("", diagnostic.label.as_slice());
        };
        let Excerpt { shown, before, marks } = Excerpt::of(&line, span);
        let label = diagnostic.label.as_deref().map_or(String::new(), |label| format!(" {}", clean(label)));
        let gutter = self.paint(Style::new().dimmed(), &format!("{:>5} |", span.line));
        let blank = self.paint(Style::new().dimmed(), &format!("{:>5} |", ""));
        let marked = self.paint(Self::accent(diagnostic.severity), &format!("{marks}{label}"));
        self.put(&format!("{gutter} {shown}"));
        self.put(&format!("{blank} {before}{marked}"));
    }

    fn lines(&mut self, lead: &str, texts: &[String]) {
        for text in texts {
            let indent = " ".repeat(3 + lead.len());
            let line = format!("   {lead}{}", hanging(text, &indent));
            self.put(&line);
        }
    }

    fn frames(&mut self, frames: &[Frame]) {
        let width = frames.iter().map(|frame| clean(&frame.what).chars().count()).max().unwrap_or(0);
        for frame in frames {
            let mut line = String::new();
            let what = clean(&frame.what);
            // Writing to a string cannot fail.
            _ = write!(line, "   in {what:<width$}   {}", place(&frame.file, frame.span));
            self.put(line.trim_end());
        }
    }
}

fn place(file: &str, span: Span) -> String {
    let file = clean(file);
    if span.is_known() { format!("{file}:{}:{}", span.line, span.column) } else { file }
}

/// Every control character as a blank, so that columns stay and no terminal is steered.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_direction(c) { ' ' } else { c }).collect()
}

/// Characters that turn the reading direction around, and with it what a reader believes to see.
const fn is_direction(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn hanging(text: &str, indent: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join(&format!("\n{indent}"))
}

/// A part of a long line around a column, and the column in that part.
fn window(line: &str, column: usize) -> (String, usize) {
    let letters: Vec<char> = line.chars().collect();
    let column = column.clamp(1, letters.len() + 1);
    if letters.len() <= WIDTH {
        return (line.to_owned(), column);
    }
    let from = (column - 1).saturating_sub(WIDTH / 2).min(letters.len() - WIDTH);
    let to = from + WIDTH;
    let lead = if from > 0 { "..." } else { "" };
    let tail = if to < letters.len() { "..." } else { "" };
    let shown: String = letters[from..to].iter().collect();
    (format!("{lead}{shown}{tail}"), column - from + lead.len())
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
