//! What the parser refused, in our words: where, what it met, and how to write it instead.

use std::collections::BTreeSet;

use rhai::{LexError, ParseError, ParseErrorType as Refusal};

use super::{
    message::Diagnostic,
    shape::HostNames,
    slips::{self, Slip},
    span::{narrow, place_of},
    tokens::{Sort, Tokens},
    tree::Span,
};

/// The diagnostic for a script that did not compile.
#[must_use]
pub(super) fn refused(
    file: &str,
    source: &str,
    tokens: &Tokens<'_>,
    error: &ParseError,
    host: &HostNames,
) -> Diagnostic {
    let span = place(tokens, source, error);
    let refusal = error.err_type();
    if let Some(slip) = meant(tokens, error).filter(|_| id(refusal) == "E0100") {
        let help = field_meant(tokens, slip.span, host).unwrap_or(slip.help);
        let diagnostic = Diagnostic::error("E0100", slip.message, file, slip.span).help(help);
        return slip.note.into_iter().fold(diagnostic, Diagnostic::note);
    }
    if let Some(slip) = slips::no_pattern(tokens, (span.line, span.column)).filter(|_| is_pattern(refusal)) {
        let told = Diagnostic::error("E0100", slip.message, file, slip.span).help(slip.help);
        return slip.note.into_iter().fold(told, Diagnostic::note);
    }
    let diagnostic = Diagnostic::error(id(refusal), worded(refusal), file, span);
    advised(diagnostic, refusal, tokens, host)
}

/// Whether a quote is missing where the parser stumbled: what follows was then read as text where it is script, and as
/// script where it is text.
pub(super) fn lacks_a_quote(tokens: &Tokens<'_>, error: &ParseError) -> bool {
    let is_open = matches!(error.err_type(), Refusal::BadInput(LexError::UnterminatedString));
    is_open || slips::unpaired(tokens, place_of(error.position()).0).is_some()
}

/// What was meant, where the parser stumbled over something else.
fn meant(tokens: &Tokens<'_>, error: &ParseError) -> Option<Slip> {
    let of_brackets = match error.err_type() {
        Refusal::UnexpectedEOF | Refusal::MissingToken(..) | Refusal::PropertyExpected => true,
        Refusal::BadInput(LexError::UnexpectedInput(text)) => matches!(text.as_str(), ")" | "]" | "}"),
        _ => false,
    };
    match place_of(error.position()) {
        (_, 0) => of_brackets.then(|| slips::unclosed(tokens)).flatten(),
        (line, column) => {
            let column = tokens.find(line, column).and_then(|at| tokens.get(at)).map_or(column, |t| t.span.column);
            match error.err_type() {
                Refusal::AssignmentToInvalidLHS(_) => slips::assigned(tokens, line, column),
                refusal if of_word(refusal) && slips::no_field(tokens, line, column).is_some() => {
                    slips::no_field(tokens, line, column)
                }
                _ => slips::slip(tokens, line, column, of_brackets),
            }
        }
    }
}

/// Whether it asks for what is written out, as an arm of a `switch` does.
fn is_pattern(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::ExprExpected(what) if what.ends_with("literal"))
}

/// Whether it is about one word that stands where it cannot.
fn of_word(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::PropertyExpected | Refusal::Reserved(_)) || word(refusal).is_some()
}

/// The parser gives a place; the token there gives its width. The end of the file is after its last token.
fn place(tokens: &Tokens<'_>, source: &str, error: &ParseError) -> Span {
    let (line, column) = place_of(error.position());
    if matches!(error.err_type(), Refusal::MissingToken(..)) && line > 0 {
        // What is missing is missing behind the word before.
        let before = tokens.from((line, column.max(1))).checked_sub(1);
        if let Some(token) = before.and_then(|at| tokens.get(at)) {
            return Span::at(token.span.end_line, token.span.end_column);
        }
    }
    match (line, column) {
        (0, _) => {
            let line = source.trim_end().lines().count().max(1);
            let column = source.trim_end().lines().last().map_or(0, |last| last.chars().count()) + 1;
            Span::at(narrow(line), narrow(column))
        }
        (_, 0) => Span::at(line, 1),
        _ => tokens.find(line, column).and_then(|at| tokens.get(at)).map_or(Span::at(line, column), |token| token.span),
    }
}

fn id(refusal: &Refusal) -> &'static str {
    match word(refusal) {
        Some("try" | "catch" | "throw") => return "E0122",
        Some("eval" | "Fn" | "curry" | "call") => return "E0121",
        _ => {}
    }
    match refusal {
        Refusal::ModuleUndefined(_) => "E0120",
        Refusal::BadInput(LexError::MalformedNumber(_)) => "E0105",
        _ => "E0100",
    }
}

/// The word that the language does not have.
fn word(refusal: &Refusal) -> Option<&str> {
    let word = match refusal {
        Refusal::Reserved(word) => word,
        Refusal::BadInput(LexError::ImproperSymbol(word, _) | LexError::UnexpectedInput(word)) => word,
        _ => return None,
    };
    word.starts_with(|c: char| c.is_alphabetic()).then_some(word)
}

fn worded(refusal: &Refusal) -> String {
    match refusal {
        Refusal::BadInput(LexError::ImproperSymbol(symbol, _)) if symbol == "=" => {
            "`=` gives a value; two values are compared with `==`".to_owned()
        }
        Refusal::UnexpectedEOF => "the file ends in the middle of something".to_owned(),
        Refusal::MissingToken(token, why) => format!("`{token}` is missing {why}"),
        Refusal::VariableUndefined(name) => format!("nothing here is called `{name}`"),
        Refusal::ModuleUndefined(name) => format!("no module or namespace is called {name}"),
        Refusal::VariableExists(name) => format!("`{name}` is declared already"),
        Refusal::AssignmentToConstant(name) if name.is_empty() => "a constant cannot be changed".to_owned(),
        Refusal::AssignmentToConstant(name) => format!("`{name}` is a constant and cannot be changed"),
        Refusal::FnDuplicatedDefinition(name, count) => format!("fn {name} with {count} parameters is declared twice"),
        Refusal::DuplicatedProperty(name) => format!("the field `{name}` is written twice"),
        Refusal::BadInput(LexError::MalformedNumber(number)) => format!("`{number}` is not a number of the language"),
        Refusal::BadInput(LexError::UnterminatedString) => "a text without its closing quote".to_owned(),
        Refusal::LiteralTooLarge(what, most) => format!("{} is above {most}", what.to_lowercase()),
        other => match word(other) {
            Some(word) => format!("`{word}` is a reserved word, or is not in the language here"),
            None => other.to_string(),
        },
    }
}

fn advised(diagnostic: Diagnostic, refusal: &Refusal, tokens: &Tokens<'_>, host: &HostNames) -> Diagnostic {
    match refusal {
        Refusal::VariableUndefined(name) if is_set(tokens, diagnostic.span) => diagnostic
            .suggest(name, declared(tokens).into_iter().filter(|known| known != name))
            .help(format!("to declare it, write let {name} = ...")),
        Refusal::VariableUndefined(name) if further_down(tokens, diagnostic.span, name).is_some() => {
            let line = further_down(tokens, diagnostic.span, name).unwrap_or_default();
            diagnostic.help(format!("{name} is declared further down, on line {line}: this belongs below it"))
        }
        Refusal::VariableUndefined(name) if after(tokens, &["const"]).contains(name.as_str()) => {
            diagnostic.help(format!("a constant of this file is seen in a fn as global::{name}"))
        }
        Refusal::VariableUndefined(_) if dashed(tokens, diagnostic.span, host).is_some() => {
            let name = dashed(tokens, diagnostic.span, host).unwrap_or_default();
            diagnostic.help(format!("write {name}"))
        }
        Refusal::VariableUndefined(name)
            if host.namespaces.contains(name) || aliases(tokens).contains(name.as_str()) =>
        {
            diagnostic.help(format!("{name} has functions and constants behind ::, as in {name}::name"))
        }
        Refusal::VariableUndefined(name) => {
            let given = given_before(tokens, diagnostic.span);
            let known = declared(tokens).into_iter().chain(given).filter(|known| known != name);
            let diagnostic = diagnostic.suggest(name, known);
            let there = of_that_case(tokens, name);
            let diagnostic = match &diagnostic.label {
                None if !there.is_empty() => diagnostic.note(format!("named in this file: {}", there.join(", "))),
                _ => diagnostic,
            };
            diagnostic.note("a fn sees its own arguments, and constants of the file as global::NAME")
        }
        Refusal::ModuleUndefined(name) if after(tokens, &["let", "const", "for"]).contains(name.as_str()) => {
            diagnostic.suggest(name, aliases(tokens)).help(no_module(name))
        }
        Refusal::ModuleUndefined(name) => {
            let known = host.namespaces.iter().map(String::as_str).chain(aliases(tokens));
            let diagnostic = diagnostic.suggest(name, known);
            let import = format!("for a file of lib/, write import \"{name}\" as {name}; at the top");
            if diagnostic.label.is_some() { diagnostic } else { diagnostic.help(import) }
        }
        Refusal::BadInput(LexError::ImproperSymbol(symbol, _)) if symbol == "=" => {
            diagnostic.help("write ==; to give a variable a value, make that a statement of its own")
        }
        Refusal::BadInput(LexError::UnterminatedString) if tokens.line(diagnostic.span.line).contains('`') => {
            diagnostic.help("a text begins and ends alike: two quotes, or two back-ticks where values are put into it")
        }
        Refusal::VariableExists(_) => diagnostic.help("choose another name; one name means one thing"),
        Refusal::AssignmentToConstant(_) => diagnostic.help("to change it, declare it with let, inside a step or a fn"),
        _ if matches!(word(refusal), Some("print" | "debug")) => {
            diagnostic.help("write note(\"text\"), which the journal keeps")
        }
        Refusal::Reserved(word) if diagnostic.id == "E0100" && is_key(tokens, diagnostic.span) => {
            let meant = host.meant_by(word, true);
            let diagnostic = match meant.is_empty() {
                true => diagnostic,
                false => diagnostic.help(format!("what a service calls {word} is {}", meant.join(", "))),
            };
            diagnostic.help("no option and no field has this name: omega doc shows those that there are")
        }
        Refusal::Reserved(_) if diagnostic.id == "E0100" => diagnostic.help("choose another name"),
        _ if diagnostic.id == "E0122" => {
            diagnostic.help("an error ends the run and cannot be caught; to end it yourself, write fail(\"why\")")
        }
        _ if diagnostic.id == "E0121" => {
            diagnostic.help("call a function by its name, or hand over a closure: |x| name(x)")
        }
        _ => diagnostic,
    }
}

/// For a value that is written as if it were a module.
pub(super) fn no_module(name: &str) -> String {
    format!("{name} is a value: what it has stands behind a dot, as in {name}.field")
}

/// The line on which a constant is declared that the top level uses before.
fn further_down(tokens: &Tokens<'_>, place: Span, name: &str) -> Option<u32> {
    let at = tokens.from((place.line, place.column));
    let mut behind = (at + 1..tokens.iter().count()).filter(|at| tokens.text(at - 1) == "const");
    let declared = behind.find(|at| tokens.text(*at) == name)?;
    (!slips::in_function(tokens, at)).then(|| tokens.get(declared).map(|token| token.span.line)).flatten()
}

/// A function whose name is written with a dash: `exit-gate`.
fn dashed(tokens: &Tokens<'_>, word: Span, host: &HostNames) -> Option<String> {
    let at = tokens.from((word.line, word.column));
    let name = format!("{}_{}", tokens.text(at), tokens.text(at + 2));
    (tokens.text(at + 1) == "-" && host.functions.contains(&name)).then_some(name)
}

/// Whether the word there is a key of a map.
fn is_key(tokens: &Tokens<'_>, word: Span) -> bool {
    tokens.text(tokens.from((word.line, word.column)) + 1) == ":"
}

/// The field that a service calls by a word that is reserved here.
fn field_meant(tokens: &Tokens<'_>, word: Span, host: &HostNames) -> Option<String> {
    let at = tokens.from((word.line, word.column));
    let is_field = at.checked_sub(1).is_some_and(|before| tokens.text(before) == ".");
    let meant = host.meant_by(tokens.text(at), false);
    (is_field && !meant.is_empty()).then(|| format!("what a service calls {} is {}", tokens.text(at), meant.join(", ")))
}

/// Whether a value is given to the name there.
fn is_set(tokens: &Tokens<'_>, name: Span) -> bool {
    let at = tokens.from((name.line, name.column));
    let first = at.checked_sub(1).map_or("", |before| tokens.text(before));
    tokens.text(at + 1) == "=" && matches!(first, "" | ";" | "{" | "}")
}

/// The names that the file gives to something.
fn declared<'s>(tokens: &Tokens<'s>) -> BTreeSet<&'s str> {
    after(tokens, &["let", "const", "fn", "for", "as"])
}

/// What the last function and the last closure before a place take: mostly it stands within them.
fn given_before<'s>(tokens: &Tokens<'s>, place: Span) -> Vec<&'s str> {
    let end = tokens.from((place.line, place.column));
    let names = |from: usize| {
        let is_name = |at: &usize| tokens.get(*at).is_some_and(|token| token.sort == Sort::Word);
        (from..end).step_by(2).take_while(is_name).map(|at| tokens.text(at)).collect::<Vec<_>>()
    };
    let closure = (0..end).rev().map(|at| (at, names(at + 1))).find(|(at, names)| {
        let last = at + 2 * names.len();
        tokens.text(*at) == "|" && !names.is_empty() && tokens.text(last) == "|"
    });
    let function = (0..end).rev().find(|at| tokens.text(*at) == "fn").map(|at| names(at + 3));
    closure.into_iter().flat_map(|(_, names)| names).chain(function.unwrap_or_default()).collect()
}

/// The values that the file names: its constants for a name in capitals, its variables else.
fn of_that_case<'s>(tokens: &Tokens<'s>, name: &str) -> Vec<&'s str> {
    let is_constant = |name: &str| !name.bytes().any(|byte| byte.is_ascii_lowercase());
    let keywords: &[&str] = if is_constant(name) { &["const"] } else { &["let", "for"] };
    after(tokens, keywords).into_iter().filter(|known| *known != name).take(MOST_NAMES).collect()
}

/// As many names as a reader takes in.
const MOST_NAMES: usize = 24;

fn aliases<'s>(tokens: &Tokens<'s>) -> BTreeSet<&'s str> {
    after(tokens, &["as"])
}

fn after<'s>(tokens: &Tokens<'s>, keywords: &[&str]) -> BTreeSet<&'s str> {
    let count = tokens.iter().count();
    let pairs = (1..count).filter(|at| keywords.contains(&tokens.text(at - 1)));
    pairs.filter(|at| tokens.get(*at).is_some_and(|t| t.sort == Sort::Word)).map(|at| tokens.text(at)).collect()
}

#[cfg(test)]
#[path = "syntax_tests.rs"]
mod tests;
