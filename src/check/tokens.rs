//! The words of a source text with their exact extent, for what the parser's tree leaves out: where a call, a closure
//! or a block ends, how a `switch` case was written, which operator stood there.
//!
//! It knows Rhai's lexical grammar and nothing of its meaning. It takes any text, broken ones too, and never fails:
//! an unterminated string simply runs to the end.

use std::ops::Range;

use super::span::{Span, narrow};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// An identifier or a keyword.
    Word,
    /// A number, as written.
    Number,
    /// A quoted string, raw strings included.
    Text,
    /// A character literal.
    Char,
    /// Literal text inside a back-tick string.
    Piece,
    /// An opening bracket: `( [ ?[ { #{ ${` or a back-tick.
    Open,
    /// Its closing partner.
    Close,
    /// Any other symbol or operator.
    Symbol,
}

/// One token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    /// What it is.
    pub(super) sort: Sort,
    /// Where it starts in the source, in bytes.
    start: u32,
    /// Where it ends in the source, in bytes.
    end: u32,
    /// Where it stands.
    pub(super) span: Span,
    /// The index of the bracket's partner.
    mate: Option<u32>,
    /// The column that the Rhai parser counts for it (it loses one at each `\${` of a line).
    column: u32,
}

impl Token {
    /// Where it stands in the source, in bytes.
    pub(super) const fn bytes(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The index of the bracket's partner.
    pub(super) fn mate(&self) -> Option<usize> {
        self.mate.map(|mate| mate as usize)
    }
}

/// The tokens of a source, in order.
#[derive(Clone, Debug)]
pub(super) struct Tokens<'s> {
    source: &'s str,
    list: Vec<Token>,
    /// The first token of each line or of one after it, so that a place is looked for in its own line alone.
    lines: Vec<u32>,
    /// Where each line starts in the source.
    starts: Vec<usize>,
}

impl<'s> Tokens<'s> {
    /// Reads the whole source.
    #[must_use]
    pub(super) fn of(source: &'s str) -> Self {
        let mut scanner = Scanner::of(source);
        scanner.run();
        Self { source, list: scanner.tokens, lines: scanner.lines, starts: scanner.starts }
    }

    /// Where each line starts in the source.
    pub(super) fn line_starts(&self) -> &[usize] {
        &self.starts
    }

    /// The token of that index.
    #[must_use]
    pub(super) fn get(&self, index: usize) -> Option<&Token> {
        self.list.get(index)
    }

    /// The token's text; empty past the end.
    #[must_use]
    pub(super) fn text(&self, index: usize) -> &'s str {
        self.list.get(index).map_or("", |token| &self.source[token.bytes()])
    }

    /// A line of the source, from 1; empty past the end.
    #[must_use]
    pub(super) fn line(&self, number: u32) -> &'s str {
        number.checked_sub(1).and_then(|before| self.source.lines().nth(before as usize)).unwrap_or_default()
    }

    /// All tokens.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Token> {
        self.list.iter()
    }

    /// The token that the Rhai parser puts at that place.
    #[must_use]
    pub(super) fn find(&self, line: u32, column: u32) -> Option<usize> {
        let (first, tokens) = self.of_line(line);
        tokens.binary_search_by_key(&column, |token| token.column).ok().map(|at| first + at)
    }

    /// The first token that starts at that place of the text or after it.
    #[must_use]
    pub(super) fn from(&self, (line, column): (u32, u32)) -> usize {
        let (first, tokens) = self.of_line(line);
        first + tokens.partition_point(|token| token.span.column < column)
    }

    /// The token that starts at that place of the text.
    #[must_use]
    pub(super) fn position(&self, (line, column): (u32, u32)) -> Option<usize> {
        let (first, tokens) = self.of_line(line);
        tokens.binary_search_by_key(&column, |token| token.span.column).ok().map(|at| first + at)
    }

    /// The tokens that start in a line, and the index of the first.
    fn of_line(&self, line: u32) -> (usize, &[Token]) {
        let line = line as usize;
        let start = |line: usize| self.lines.get(line).map_or(self.list.len(), |first| *first as usize);
        (start(line), &self.list[start(line)..start(line + 1)])
    }

    /// The index of the partner of the bracket at `open`.
    #[must_use]
    pub(super) fn mate(&self, open: usize) -> Option<usize> {
        self.list.get(open)?.mate()
    }

    /// The last token of the expression that starts at `from`: it ends before a comma, a semicolon or a closing bracket
    /// of its own level.
    #[must_use]
    pub(super) fn expression_end(&self, from: usize) -> usize {
        let mut at = from;
        let mut last = from;
        while let Some(token) = self.list.get(at) {
            let ends = token.sort == Sort::Close || matches!(self.text(at), "," | ";");
            if ends {
                break;
            }
            last = token.mate().unwrap_or(at);
            at = last + 1;
        }
        last.min(self.list.len().saturating_sub(1))
    }
}

/// Reads characters into tokens.
struct Scanner<'s> {
    source: &'s str,
    /// Where it stands in the source, in bytes.
    at: usize,
    line: u32,
    column: u32,
    /// How many columns the Rhai parser is behind on this line.
    skew: u32,
    tokens: Vec<Token>,
    open: Vec<u32>,
    lines: Vec<u32>,
    starts: Vec<usize>,
}

/// Tokens of a longer file than most: one after the other takes the same place in memory then.
const ROOM: usize = 2048;

/// Longest first, so that the first match is the right one.
const SYMBOLS: [&str; 37] = [
    "<<=", ">>=", "**=", "..=", "...", "!==", "===", "::", "=>", "->", "<-", "==", "!=", "<=", ">=", "&&", "||", "??",
    "?.", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<", ">>", "**", "..", "++", "--", "|>", "<|", ":=", ":;",
];

impl<'s> Scanner<'s> {
    fn of(source: &'s str) -> Self {
        let (tokens, open) = (Vec::with_capacity(ROOM), Vec::new());
        Self { source, at: 0, line: 1, column: 1, skew: 0, tokens, open, lines: vec![0], starts: vec![0] }
    }

    fn run(&mut self) {
        if self.ahead().starts_with("#!") {
            self.skip_line();
        }
        while let Some(letter) = self.peek() {
            match letter {
                ' ' => self.pass(|byte| byte == b' '),
                _ if letter.is_whitespace() => _ = self.step(),
                '/' if self.ahead().starts_with("//") => self.skip_line(),
                '/' if self.ahead().starts_with("/*") => self.skip_comment(),
                _ => self.token(letter),
            }
        }
    }

    fn token(&mut self, letter: char) {
        match letter {
            'a'..='z' | 'A'..='Z' | '_' => self.take(Sort::Word, Self::word),
            '0'..='9' => self.take(Sort::Number, Self::number),
            '"' | '\'' => self.take(if letter == '"' { Sort::Text } else { Sort::Char }, |s| s.quoted(letter)),
            '#' if self.raw_hashes().is_some() => self.take(Sort::Text, Self::raw),
            '`' => {
                self.open(1);
                self.template();
            }
            '(' | '[' | '{' => self.open(1),
            '#' if self.ahead().starts_with("#{") => self.open(2),
            '?' if self.ahead().starts_with("?[") => self.open(2),
            ')' | ']' | '}' => self.close(),
            _ if letter.is_alphabetic() => self.take(Sort::Word, Self::word),
            _ => self.take(Sort::Symbol, Self::symbol),
        }
    }

    fn peek(&self) -> Option<char> {
        match self.source.as_bytes().get(self.at)? {
            byte if byte.is_ascii() => Some(char::from(*byte)),
            _ => self.ahead().chars().next(),
        }
    }

    fn ahead(&self) -> &'s str {
        &self.source[self.at..]
    }

    fn step(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += letter.len_utf8();
        if letter == '\n' {
            (self.line, self.column, self.skew) = (self.line + 1, 1, 0);
            self.starts.push(self.at);
        } else {
            self.column += 1;
        }
        Some(letter)
    }

    /// Passes over bytes that are characters of their own, none of them the end of a line.
    fn pass(&mut self, is_passed: impl Fn(u8) -> bool) {
        let passed = self.source.as_bytes()[self.at..].iter().take_while(|b| b.is_ascii() && is_passed(**b)).count();
        self.at += passed;
        self.column += narrow(passed);
    }

    fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.step();
        }
    }

    fn take(&mut self, sort: Sort, read: impl FnOnce(&mut Self)) {
        let start = self.at;
        let (line, column, skewed) = (self.line, self.column, self.column - self.skew);
        read(self);
        let span = Span { line, column, end_line: self.line, end_column: self.column };
        if self.at > start {
            if self.lines.len() <= line as usize {
                self.lines.resize(line as usize + 1, narrow(self.tokens.len()));
            }
            let (start, end) = (narrow(start), narrow(self.at));
            self.tokens.push(Token { sort, start, end, span, mate: None, column: skewed });
        }
    }

    fn open(&mut self, length: usize) {
        self.take(Sort::Open, |s| s.steps(length));
        self.open.push(narrow(self.tokens.len() - 1));
    }

    fn close(&mut self) {
        self.take(Sort::Close, |s| s.steps(1));
        let closing = self.tokens.len() - 1;
        let Some(opening) = self.open.pop() else { return };
        self.tokens[closing].mate = Some(opening);
        let token = &mut self.tokens[opening as usize];
        token.mate = Some(narrow(closing));
        if &self.source[token.bytes()] == "${" {
            self.template();
        }
    }

    /// The text of a back-tick string up to its end or to the next `${`.
    fn template(&mut self) {
        self.take(Sort::Piece, Self::piece);
        match self.peek() {
            Some('`') => self.close(),
            Some(_) => self.open(2),
            None => {}
        }
    }

    fn piece(&mut self) {
        while self.peek().is_some() {
            self.pass(|byte| !matches!(byte, b'`' | b'\\' | b'$' | b'\n'));
            let ahead = self.ahead();
            if ahead.starts_with("``") {
                self.steps(2);
            } else if ahead.starts_with("\\${") {
                self.steps(3);
                self.skew += 1;
            } else if ahead.starts_with('`') || ahead.starts_with("${") {
                return;
            } else {
                self.step();
            }
        }
    }

    fn quoted(&mut self, mark: char) {
        self.step();
        loop {
            self.pass(|byte| !matches!(byte, b'"' | b'\'' | b'\\' | b'\n'));
            let Some(letter) = self.peek() else { return };
            let doubled = letter == mark && self.ahead()[1..].starts_with(mark);
            self.step();
            if letter == '\\' || doubled {
                self.step();
            } else if letter == mark {
                return;
            }
        }
    }

    /// How many `#` open a raw string here, if one starts.
    fn raw_hashes(&mut self) -> Option<usize> {
        let ahead = self.ahead();
        let hashes = ahead.chars().take_while(|c| *c == '#').count();
        ahead[hashes..].starts_with('"').then_some(hashes)
    }

    fn raw(&mut self) {
        let hashes = self.raw_hashes().unwrap_or_default();
        let end = format!("\"{}", "#".repeat(hashes));
        self.steps(hashes + 1);
        while self.peek().is_some() && !self.ahead().starts_with(&end) {
            self.step();
        }
        self.steps(hashes + 1);
    }

    /// A number as a reader sees it: `1.5` and `1e9` too, which the language has not.
    fn number(&mut self) {
        let digits = |s: &mut Self| s.pass(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let scientific = |s: &str| s.ends_with(['e', 'E']) && !s.starts_with("0x");
        let start = self.at;
        digits(self);
        let mut after = self.ahead().chars();
        if after.next() == Some('.') && after.next().is_some_and(|c| c.is_ascii_digit()) {
            self.step();
            digits(self);
        }
        if scientific(&self.source[start..self.at]) && self.ahead().starts_with(['+', '-']) {
            self.step();
            digits(self);
        }
    }

    fn word(&mut self) {
        loop {
            self.pass(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
            if !self.peek().is_some_and(char::is_alphanumeric) {
                return;
            }
            self.step();
        }
    }

    fn symbol(&mut self) {
        let ahead = self.ahead();
        let not_in = ahead.starts_with("!in") && !ahead[3..].starts_with(|c: char| c == '_' || c.is_alphanumeric());
        // Most symbols stand alone: what follows them cannot belong to a longer one.
        let goes_on = ahead.as_bytes().get(1).is_some_and(|next| b"=<>.&|?*+-:;".contains(next));
        let longer = || SYMBOLS.iter().find(|s| ahead.starts_with(**s)).map_or(1, |s| s.len());
        let length = if goes_on { longer() } else { 1 };
        self.steps(if not_in { 3 } else { length });
    }

    fn skip_line(&mut self) {
        let ahead = self.ahead();
        let line = &ahead[..ahead.find('\n').unwrap_or(ahead.len())];
        self.at += line.len();
        self.column += narrow(line.chars().count());
    }

    fn skip_comment(&mut self) {
        let mut depth = 0_usize;
        while self.peek().is_some() {
            let ahead = self.ahead();
            if ahead.starts_with("/*") {
                depth += 1;
                self.steps(2);
            } else if ahead.starts_with("*/") {
                depth -= 1;
                self.steps(2);
            } else {
                self.step();
            }
            if depth == 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<String> {
        let tokens = Tokens::of(source);
        (0..tokens.list.len()).map(|at| tokens.text(at).to_owned()).collect()
    }

    #[test]
    fn comments_strings_and_operators_are_told_apart() {
        let source = "let a /* x /* y */ z */ = \"b // \\\" c\" + 'd'; // end\n!in ??x..=3 #\"r\\\"#";
        assert_eq!(
            words(source),
            ["let", "a", "=", "\"b // \\\" c\"", "+", "'d'", ";", "!in", "??", "x", "..=", "3", "#\"r\\\"#"]
        );
    }

    #[test]
    fn an_interpolation_closes_where_its_brace_closes() {
        let source = "`a ${ #{b: `c ${d}`}.b } e` + f";
        let tokens = Tokens::of(source);
        let last = tokens.mate(0).expect("the back-tick is closed");
        assert_eq!(tokens.text(last + 1), "+");
        assert_eq!(tokens.get(last).map(|t| t.span.column), Some(27));
    }

    #[test]
    fn a_broken_text_is_read_to_its_end() {
        for source in [
            "\"abc",
            "`abc ${",
            "(((",
            ")))",
            "#",
            "'",
            "/* x",
            "`",
            "1.",
            "?[",
            "\\${`",
            "#\"",
            "\u{e9}\u{1f600}`\u{e9}${\u{e9}",
        ] {
            assert!(Tokens::of(source).list.len() <= source.len(), "{source}");
        }
    }
}
