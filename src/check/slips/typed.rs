//! Slips of the fingers: a keyword with letters in the wrong order, the slash that a comment lacks, marks that a merge
//! left. It must not guess where the words around it fit no keyword.

use super::super::tokens::{Sort, Tokens};
use super::{Slip, slip_of};

/// The slip at a place that the parser stumbled over, or a word or two before it.
pub(super) fn typed(tokens: &Tokens<'_>, at: usize, line: u32) -> Option<Slip> {
    mark_of_a_merge(tokens, line).or_else(|| half_a_comment(tokens, at)).or_else(|| {
        let near = [at, at.wrapping_sub(1), at.wrapping_sub(2)].into_iter();
        near.filter(|at| tokens.get(*at).is_some()).find_map(|at| misspelt(tokens, at))
    })
}

/// What stands where both sides of a merge were left.
const MARKS: [&str; 4] = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"];

fn mark_of_a_merge(tokens: &Tokens<'_>, line: u32) -> Option<Slip> {
    let written = tokens.line(line);
    MARKS.iter().find(|mark| written.trim_start().starts_with(**mark))?;
    let first = tokens.iter().find(|token| token.span.line == line)?;
    let message = "a merge left its mark here";
    Some(slip_of(
        message,
        first.span,
        "keep one of its two sides, and leave out the lines with <<<<<<<, ======= and >>>>>>>",
    ))
}

/// One slash where a line begins.
fn half_a_comment(tokens: &Tokens<'_>, at: usize) -> Option<Slip> {
    let token = tokens.get(at).filter(|_| tokens.text(at) == "/")?;
    let is_first = tokens.line(token.span.line).trim_start().starts_with('/');
    let begins = at.checked_sub(1).is_none_or(|before| matches!(tokens.text(before), ";" | "{" | "}"));
    (is_first && begins).then(|| slip_of("a comment begins with two slashes", token.span, "write // here"))
}

/// A word at the start of a statement, or behind a block, that is a keyword but for a letter or two.
fn misspelt(tokens: &Tokens<'_>, at: usize) -> Option<Slip> {
    let token = tokens.get(at).filter(|token| token.sort == Sort::Word)?;
    let before = at.checked_sub(1).map_or("", |before| tokens.text(before));
    let next = tokens.get(at + 1).filter(|next| next.span.line == token.span.line)?;
    let written = tokens.text(at);
    let meant = match (before, tokens.text(at + 1), tokens.text(at + 2)) {
        ("}", "if" | "{", _) => "else",
        ("" | ";" | "{" | "}" | "export" | "private", name, then) => match (next.sort, name, then) {
            (_, "const" | "let", _) => "export",
            (Sort::Word, _, "(") if heads_a_block(tokens, at + 2) => "fn",
            (Sort::Word, _, "=") => nearest_of(written, &["let", "const"])?,
            (Sort::Word, _, "in") => "for",
            (Sort::Text, _, "as") => "import",
            (Sort::Word, ..) => nearest_of(written, &["if", "while", "switch", "return"])?,
            _ => return None,
        },
        _ => return None,
    };
    let long: &[&str] = if meant == "fn" { &["fn", "function", "func"] } else { &[meant] };
    let is_it = written != meant && nearest_of(written, long).is_some();
    is_it.then(|| {
        let help = format!("did you mean `{meant}`?");
        slip_of(&format!("`{written}` is no word of the language"), token.span, &help)
    })
}

/// Whether parentheses are followed by a block.
fn heads_a_block(tokens: &Tokens<'_>, open: usize) -> bool {
    tokens.mate(open).is_some_and(|close| tokens.text(close + 1) == "{")
}

/// The word that is written with one letter too few, too many, exchanged or another one; two in a long word.
fn nearest_of<'w>(written: &str, words: &[&'w str]) -> Option<&'w str> {
    let is_near = |word: &&&str| {
        let allowed = if word.len() > 4 { 2 } else { 1 };
        written.len() > 1 && strsim::damerau_levenshtein(written, word) <= allowed
    };
    words.iter().find(is_near).copied()
}
