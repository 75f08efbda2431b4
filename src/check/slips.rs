//! Slips of the pen that a parser blames on what comes after them: a bracket that is never closed, a word of another
//! language. What was meant is told where it stands.

mod typed;

use super::tokens::{Sort, Token, Tokens};
use super::tree::Span;

/// What was meant.
pub(super) struct Slip {
    /// What is wrong, in one line.
    pub(super) message: String,
    /// Where.
    pub(super) span: Span,
    /// What else helps to see it.
    pub(super) note: Option<String>,
    /// What to write.
    pub(super) help: String,
}

/// For the words that other languages have for it.
const NOTHING: &str =
    "to ask whether a service has a value, write == () or != (); an option that is not known is left out";

/// Words and symbols of other languages: what they are here.
const FOREIGN: [(&str, &str, &str); 25] = [
    ("not", "`not` is no word of the language", "write !, as in !list.is_empty() or !(a == b)"),
    ("and", "`and` is no word of the language", "write &&"),
    ("or", "`or` is no word of the language", "write ||"),
    ("is", "`is` is no word of the language", "write =="),
    ("elif", "`elif` is no word of the language", "write else if"),
    ("elsif", "`elsif` is no word of the language", "write else if"),
    ("then", "`then` is no word of the language", "write what is done in braces: if a == b { ... }"),
    ("def", "`def` is no word of the language", "write fn name(a, b) { ... }"),
    ("func", "`func` is no word of the language", "write fn name(a, b) { ... }"),
    ("function", "`function` is no word of the language", "write fn name(a, b) { ... }"),
    ("lambda", "`lambda` is no word of the language", "write a closure: |x| x.name"),
    ("var", "`var` is no word of the language", "write let"),
    ("null", "there is no null", NOTHING),
    ("nil", "there is no nil", NOTHING),
    ("None", "there is no None", NOTHING),
    ("True", "`True` is no word of the language", "write true"),
    ("False", "`False` is no word of the language", "write false"),
    ("===", "`===` is no operator", "write =="),
    ("!==", "`!==` is no operator", "write !="),
    ("++", "`++` is no operator", "write += 1"),
    ("--", "`--` is no operator", "write -= 1"),
    ("->", "`->` is no operator", "what a value has stands behind a dot: network.gateway"),
    ("?", "`?` is no operator", "write if a == b { 1 } else { 2 }, which gives a value"),
    ("~", "`~` is no operator", "write !"),
    ("#", "a comment does not begin with #", "write // before it"),
];

/// The slip behind an error at that place.
pub(super) fn slip(tokens: &Tokens<'_>, line: u32, column: u32, is_of_brackets: bool) -> Option<Slip> {
    let at = tokens.from((line, column));
    if let Some(told) = typed::typed(tokens, at, line) {
        return Some(told);
    }
    if let Some(told) = is_of_brackets.then(|| headless(tokens, at)).flatten() {
        return Some(told);
    }
    // A dollar stands in texts alone: what is in braces before it still goes on.
    let value = around(tokens, at).filter(|open| tokens.text(at) == "$" && tokens.text(*open) == "${");
    if let Some(open) = value {
        return Some(at_the_end(tokens, open));
    }
    let near = || [at, at.wrapping_sub(1), at + 1, at.wrapping_sub(2)].into_iter();
    let told = near().find_map(|at| foreign(tokens, at)).or_else(|| near().find_map(|at| form(tokens, at)));
    let told = unpaired(tokens, line)
        .or_else(|| run_on(tokens, line))
        .or(told)
        .or_else(|| is_of_brackets.then(|| bare_else(tokens).or_else(|| colon(tokens))).flatten());
    told.or_else(|| is_of_brackets.then(|| unclosed(tokens)).flatten())
}

/// The `=` behind a chain that begins at that place, where values are compared.
pub(super) fn assigned(tokens: &Tokens<'_>, line: u32, column: u32) -> Option<Slip> {
    let begin = tokens.from((line, column));
    let behind = tokens.iter().enumerate().skip(begin);
    let (at, _) = behind.take_while(|(at, _)| tokens.text(*at) != ";").find(|(at, _)| tokens.text(*at) == "=")?;
    form(tokens, at)
}

/// A line with an odd number of quotes: what one of them should have closed is taken for script, or script for a text.
pub(super) fn unpaired(tokens: &Tokens<'_>, line: u32) -> Option<Slip> {
    let written = tokens.line(line);
    let is_odd = written.replace("\\\"", "").matches('"').count() % 2 == 1;
    if !is_odd || written.contains(['`', '\'']) || written.contains("//") {
        return None;
    }
    let texts = || tokens.iter().enumerate().filter(|(_, token)| token.sort == Sort::Text && token.span.line == line);
    // Behind a text stands no word: the quote before it ends another.
    let before_word = |(at, _): &(usize, &Token)| {
        tokens.get(at + 1).is_some_and(|next| matches!(next.sort, Sort::Word | Sort::Number) && next.span.line == line)
    };
    let (_, token) = texts().find(before_word).or_else(|| texts().last())?;
    Some(slip_of("a quote is missing on this line", token.span, "write the \" that is missing"))
}

/// A text in back-ticks that lacks its end takes that of the next one, some lines below, and what stands behind that is
/// no script.
fn run_on(tokens: &Tokens<'_>, line: u32) -> Option<Slip> {
    let ends_here = |token: &&Token| {
        let end = token.mate().and_then(|mate| tokens.get(mate)).map(|mate| mate.span.line);
        token.span.line < line && end == Some(line)
    };
    let ticks = tokens.iter().enumerate().filter(|(at, _)| tokens.text(*at) == "`").map(|(_, token)| token);
    let token = ticks.filter(|token| token.sort == Sort::Open).find(ends_here)?;
    let told = slip_of("this back-tick is never closed", token.span, "write its back-tick where the text ends");
    Some(Slip {
        note: Some(format!("the next one, on line {line}, was met first: it belongs to another text")),
        ..told
    })
}

/// A name where an arm of a `switch` says what it is for.
pub(super) fn no_pattern(tokens: &Tokens<'_>, place: (u32, u32)) -> Option<Slip> {
    let begin = tokens.from(place);
    let is_of_a_name = |at: &usize| tokens.get(*at).is_some_and(|t| t.sort == Sort::Word) || tokens.text(*at) == "::";
    let end = (begin..tokens.iter().count()).find(|at| !is_of_a_name(at)).filter(|end| *end > begin)?;
    if !matches!(tokens.text(end), "=>" | "|" | "if") {
        return None;
    }
    let name: String = (begin..end).map(|at| tokens.text(at)).collect();
    let is_rest = end == begin + 1 && !name.contains(|letter: char| letter.is_ascii_uppercase());
    let help = match is_rest {
        true => "for all that is left, write _ => ... as the last arm".to_owned(),
        false => {
            format!("write its value out; or ask with `if ... == {name}`; the arm for all that is left is _ => ...")
        }
    };
    let told = slip_of(&format!("`{name}` is a name, and no pattern of a switch"), tokens.get(begin)?.span, &help);
    let note = "an arm is for what is written out: a text, a number, a range; a name takes nothing in here";
    Some(Slip { note: Some(note.to_owned()), ..told })
}

/// A word of the language behind a dot.
pub(super) fn no_field(tokens: &Tokens<'_>, line: u32, column: u32) -> Option<Slip> {
    let at = tokens.from((line, column));
    let is_word = |at: &usize| tokens.get(*at).is_some_and(|token| token.sort == Sort::Word);
    let behind_dot = |at: &usize| at.checked_sub(1).is_some_and(|before| matches!(tokens.text(before), "." | "?."));
    let at = [at, at + 1].into_iter().filter(is_word).find(behind_dot)?;
    let message = format!("`{}` is a reserved word, and no field", tokens.text(at));
    Some(slip_of(&message, tokens.get(at)?.span, "look for the field in the reference"))
}

/// A loop or a branch whose block has no opening brace: its first statement stands where the brace should.
fn headless(tokens: &Tokens<'_>, at: usize) -> Option<Slip> {
    let before = at.checked_sub(1)?;
    let is_split = tokens.get(at)?.span.line > tokens.get(before)?.span.line;
    let head = (0..at).rev().take_while(|at| !matches!(tokens.text(*at), ";" | "{" | "}"));
    let keyword = head.filter(|at| matches!(tokens.text(*at), "for" | "if" | "while" | "loop")).last()?;
    let is_closed = (keyword..at).all(|at| tokens.mate(at).is_some() || tokens.get(at).is_some_and(is_no_bracket));
    if !is_split || !is_closed || tokens.text(before) == ":" || tokens.text(at) == "{" {
        return None;
    }
    let word = tokens.text(keyword);
    let help = format!("write {{ at the end of the line, behind `{}`", tokens.text(before));
    Some(slip_of(&format!("this `{word}` has no `{{`"), tokens.get(keyword)?.span, &help))
}

fn is_no_bracket(token: &Token) -> bool {
    !matches!(token.sort, Sort::Open | Sort::Close)
}

/// A block that begins with a colon, as in other languages.
fn colon(tokens: &Tokens<'_>) -> Option<Slip> {
    let is_lone =
        |(at, token): &(usize, &Token)| token.sort == Sort::Symbol && tokens.text(*at) == ":" && !in_map(tokens, *at);
    let (at, token) = tokens.iter().enumerate().find(is_lone)?;
    if let Some(open) = around(tokens, at).filter(|open| tokens.text(*open) == "${") {
        return Some(at_the_end(tokens, open));
    }
    Some(slip_of("a block does not begin with `:`", token.span, "write { ... }"))
}

/// An `else` without braces: the parser takes the next closing brace for another's.
fn bare_else(tokens: &Tokens<'_>) -> Option<Slip> {
    let is_bare = |(at, _): &(usize, &Token)| tokens.text(*at) == "else" && !matches!(tokens.text(at + 1), "{" | "if");
    let (_, token) = tokens.iter().enumerate().find(is_bare)?;
    Some(slip_of("this `else` has no braces", token.span, "write else { ... }"))
}

/// The bracket that is never closed, or closed by another. A brace that closes one of another indentation closes the
/// wrong one.
pub(super) fn unclosed(tokens: &Tokens<'_>) -> Option<Slip> {
    let mut open: Vec<usize> = Vec::new();
    let mut odd = None;
    for (at, token) in tokens.iter().enumerate() {
        match token.sort {
            Sort::Open => open.push(at),
            Sort::Close => match open.pop() {
                Some(mate) if fits(tokens.text(mate), tokens.text(at)) => {
                    odd = odd.or_else(|| is_askew(tokens, mate, at).then_some((mate, at)));
                }
                Some(mate) => return Some(never_closed(tokens, odd.unwrap_or((mate, at)))),
                None => return Some(never_opened(tokens, token, at)),
            },
            _ => {}
        }
    }
    let left = open.pop()?;
    // A place for a value that is not closed leaves its back-ticks without their partner too.
    let left = open.pop().filter(|before| (tokens.text(*before), tokens.text(left)) == ("${", "`")).unwrap_or(left);
    let (left, by) = odd.map_or((left, None), |(mate, at)| (mate, Some(at)));
    Some(by.map_or_else(|| at_the_end(tokens, left), |by| never_closed(tokens, (left, by))))
}

fn fits(open: &str, close: &str) -> bool {
    let wanted = match open {
        "(" => ")",
        "[" | "?[" => "]",
        "{" | "#{" | "${" => "}",
        other => other,
    };
    wanted == close
}

/// A bracket that begins its line, and stands elsewhere than the line that it closes began.
fn is_askew(tokens: &Tokens<'_>, open: usize, close: usize) -> bool {
    let column_of = |at: usize| tokens.get(at).map(|token| (token.span.line, token.span.column));
    let first = |line: u32| tokens.iter().find(|token| token.span.line == line).map(|token| token.span.column);
    let (Some((from, _)), Some((to, column))) = (column_of(open), column_of(close)) else { return false };
    from != to && first(to) == Some(column) && first(from) != Some(column)
}

fn never_closed(tokens: &Tokens<'_>, (open, by): (usize, usize)) -> Slip {
    let line = tokens.get(by).map_or(0, |token| token.span.line);
    let text = named(tokens.text(by));
    Slip {
        note: Some(format!("the {text} on line {line} was met first: it belongs to another")),
        ..at_the_end(tokens, open)
    }
}

fn at_the_end(tokens: &Tokens<'_>, open: usize) -> Slip {
    let text = tokens.text(open);
    let partner = match text {
        "(" => ")",
        "[" | "?[" => "]",
        "`" => "`",
        _ => "}",
    };
    Slip {
        message: format!("this {} is never closed", named(text)),
        span: tokens.get(open).map_or_else(Span::default, |token| token.span),
        note: None,
        help: format!("write its {} where it ends", named(partner)),
    }
}

/// A bracket as a message shows it.
fn named(bracket: &str) -> String {
    if bracket == "`" { "back-tick".to_owned() } else { format!("`{bracket}`") }
}

fn never_opened(tokens: &Tokens<'_>, token: &Token, at: usize) -> Slip {
    let text = named(tokens.text(at));
    if let Some((early, open)) = closed_early(tokens, at) {
        let line = token.span.line;
        let begun = tokens.get(open).map_or(0, |open| open.span.line);
        let span = tokens.get(early).map_or(token.span, |early| early.span);
        let help = "leave it out, or begin a line with it where the block ends";
        let told = slip_of(&format!("this `}}` closes the block of line {begun}"), span, help);
        return Slip { note: Some(format!("the {text} on line {line} then has nothing to close")), ..told };
    }
    Slip {
        message: format!("this {text} closes nothing"),
        span: token.span,
        note: None,
        help: "leave it out, or write what it closes; every bracket before it has its partner".to_owned(),
    }
}

/// The brace before that place that ends a block of several lines in the midst of a line, and where the block began.
fn closed_early(tokens: &Tokens<'_>, end: usize) -> Option<(usize, usize)> {
    let line_of = |at: usize| tokens.get(at).map(|token| token.span.line);
    let is_block = |open: &usize| tokens.text(*open) == "{" && line_of(*open) < line_of(open + 1);
    let blocks = (0..end).filter(is_block).filter_map(|open| Some((tokens.mate(open)?, open)));
    let in_the_midst = |(close, _): &(usize, usize)| {
        *close < end && close.checked_sub(1).is_some_and(|at| line_of(at) == line_of(*close))
    };
    blocks.rev().find(in_the_midst)
}

fn foreign(tokens: &Tokens<'_>, at: usize) -> Option<Slip> {
    let token = tokens.get(at).filter(|token| matches!(token.sort, Sort::Word | Sort::Symbol))?;
    let text = tokens.text(at);
    if text == "not" && tokens.text(at + 1) == "in" {
        let span = tokens.get(at + 1).map_or(token.span, |next| token.span.to(next.span));
        return Some(slip_of("`not in` is no operator", span, "write !in, as in \"a\" !in names"));
    }
    let (_, message, help) = FOREIGN.iter().find(|(word, ..)| *word == text)?;
    Some(slip_of(message, token.span, help))
}

fn slip_of(message: &str, span: Span, help: &str) -> Slip {
    Slip { message: message.to_owned(), span, note: None, help: help.to_owned() }
}

/// What is written in another form here.
fn form(tokens: &Tokens<'_>, at: usize) -> Option<Slip> {
    let token = tokens.get(at)?;
    let around =
        [tokens.text(at.wrapping_sub(2)), tokens.text(at.wrapping_sub(1)), tokens.text(at), tokens.text(at + 1)];
    let is = |at: usize, sort: Sort| tokens.get(at).is_some_and(|token| token.sort == sort);
    let span = token.span;
    Some(match around {
        [_, "import", name, _] if token.sort == Sort::Word => {
            slip_of("an import names its file in quotes", span, &format!("write import \"{name}\" as {name};"))
        }
        ["import", name, alias, _]
            if token.sort == Sort::Word && alias != "as" && is(at.wrapping_sub(1), Sort::Text) =>
        {
            slip_of("an import has its name behind `as`", span, &format!("write import {name} as {alias};"))
        }
        ["fn", name, "{", _] => {
            slip_of(&format!("fn {name} lacks its parentheses"), span, &format!("write fn {name}() {{ ... }}"))
        }
        ["for", _, "of", _] => slip_of("`of` is no word of the language", span, "write for x in list { ... }"),
        [_, "for", "(", _] => {
            let help = "write for x in list { ... }; or for (x, number) in list { ... }";
            slip_of("a `for` takes no parentheses around it", span, help)
        }
        ["export", name, "=", _] => {
            slip_of("an export says what is exported", span, &format!("write export const {name} = ..."))
        }
        [_, name, "=", _] if is(at.wrapping_sub(1), Sort::Word) && in_map(tokens, at) => {
            slip_of("a field of a map has its value behind `:`", span, &format!("write {name}: value"))
        }
        ["{", name, ":", _] if is(at.wrapping_sub(1), Sort::Word) || is(at.wrapping_sub(1), Sort::Text) => {
            slip_of("a map begins with #{", span, &format!("write #{{ {name}: value }}"))
        }
        [_, "<", ">", _] => {
            let begin = tokens.get(at.wrapping_sub(1)).map_or(span, |before| before.span);
            slip_of("`<>` is no operator", begin.to(span), "write !=")
        }
        [_, _, "=", _] if in_call(tokens, at) => {
            let help = "write ==; to give a variable a value, make that a statement of its own";
            slip_of("`=` gives a value; two values are compared with `==`", span, help)
        }
        [_, _, "=>", _] if !in_switch(tokens, at) => {
            slip_of("`=>` belongs to the cases of a switch", span, "write a closure: |x| x.name")
        }
        [_, _, text, "||"] if token.sort == Sort::Text && tokens.text(at + 2) == "{" => {
            let help = format!("write {text}, || {{ ... }}");
            slip_of("a comma is missing before the closure", Span::at(span.end_line, span.end_column), &help)
        }
        [_, _, "f", _] if is(at + 1, Sort::Text) => {
            slip_of("`f` makes no text with places for values", span, "write it in back-ticks: `mtu ${network.mtu}`")
        }
        [_, _, text, _] if token.sort == Sort::Char && text.chars().count() != 3 => {
            let help = format!("write \"{}\"", text.trim_matches('\''));
            slip_of("a text stands in double quotes", span, &help)
        }
        _ => return None,
    })
}

/// The innermost bracket around a token.
fn around(tokens: &Tokens<'_>, at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for before in (0..at).rev() {
        match tokens.get(before)?.sort {
            Sort::Close => depth += 1,
            Sort::Open if depth == 0 => return Some(before),
            Sort::Open => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Whether a token stands in the body of a declared function.
pub(super) fn in_function(tokens: &Tokens<'_>, at: usize) -> bool {
    let outer = std::iter::successors(around(tokens, at), |open| around(tokens, *open));
    let params = |open: usize| tokens.mate(open.checked_sub(1)?);
    let declares = |open: usize| params(open)?.checked_sub(2).map(|at| tokens.text(at) == "fn");
    outer.filter(|open| tokens.text(*open) == "{").any(|open| declares(open).unwrap_or(false))
}

/// Among arguments or members, where no statement can be.
fn in_call(tokens: &Tokens<'_>, at: usize) -> bool {
    around(tokens, at).is_some_and(|open| matches!(tokens.text(open), "(" | "["))
}

fn in_map(tokens: &Tokens<'_>, at: usize) -> bool {
    around(tokens, at).is_some_and(|open| tokens.text(open) == "#{")
}

/// Whether the braces around are a `switch`'s: nothing but its value stands between.
fn in_switch(tokens: &Tokens<'_>, at: usize) -> bool {
    let Some(open) = around(tokens, at).filter(|open| tokens.text(*open) == "{") else { return false };
    let is_end = |at: &usize| matches!(tokens.text(*at), ";" | "{" | "}");
    (0..open).rev().take_while(|at| !is_end(at)).any(|at| tokens.text(at) == "switch")
}
