//! What stands at a place of a text that may be broken, from its words alone: what an editor asks while somebody types.
//!
//! Only the text before the place counts, so that nothing behind it can mislead; nothing here needs a parse.

use std::collections::{BTreeMap, BTreeSet};

use super::tokens::{Sort, Tokens};

/// A place in a text, with the words before it.
pub struct Cursor<'s> {
    source: &'s str,
    tokens: Tokens<'s>,
    /// The brackets that are open there, outer before inner.
    open: Vec<usize>,
    /// How many tokens stand before the word that is being typed.
    before: usize,
    /// Where that word begins.
    pub start: usize,
    /// The place itself.
    pub offset: usize,
}

/// What may be written at a place.
#[derive(Debug, PartialEq, Eq)]
pub enum Place<'s> {
    /// Nothing that can be known: in a comment, a text, a number.
    Nothing,
    /// The name of a library.
    Import,
    /// What a namespace or a library has, after `::`.
    Path(&'s str),
    /// A field or a method of the expression that ends there.
    Member(usize),
    /// A field of an option map.
    Option(Callee<'s>),
    /// A text that is an argument or an option; the expression before it, where there is one, ends there.
    Argument(Callee<'s>, Option<usize>),
    /// A text that is compared with the expression that ends there.
    Compared(usize),
    /// Any name in sight.
    Name,
}

/// The call whose option map, or whose argument, is being written.
#[derive(Debug, PartialEq, Eq)]
pub struct Callee<'s> {
    /// The name before `::`, if any.
    pub path: Option<&'s str>,
    /// The name.
    pub name: &'s str,
    /// Where the expression before the dot ends, for a method.
    pub receiver: Option<usize>,
    /// Which argument the map is.
    pub argument: usize,
    /// The fields of outer maps that lead to this one.
    pub within: Vec<&'s str>,
    /// The fields that are written already.
    pub given: BTreeSet<&'s str>,
}

/// A part of an expression such as `a::b(c).d[0]`, from left to right.
#[derive(Debug, PartialEq, Eq)]
pub enum Link<'s> {
    /// `name`
    Name(&'s str),
    /// `path::name`
    Path(&'s str, &'s str),
    /// `name(...)`
    Call(&'s str),
    /// `path::name(...)`
    PathCall(&'s str, &'s str),
    /// `.name`
    Field(&'s str),
    /// `.name(...)`
    Method(&'s str),
    /// `[...]`
    Index,
}

impl<'s> Cursor<'s> {
    /// The place at that offset in bytes; past the end, the end.
    #[must_use]
    pub fn of(source: &'s str, offset: usize) -> Self {
        let offset = (0..=offset.min(source.len())).rev().find(|at| source.is_char_boundary(*at)).unwrap_or(0);
        let tokens = Tokens::of(&source[..offset]);
        let count = tokens.iter().count();
        let typed = tokens.iter().last().filter(|token| token.sort == Sort::Word && token.bytes().end == offset);
        let (before, start) = typed.map_or((count, offset), |token| (count - 1, token.bytes().start));
        let is_open = |(_, token): &(usize, &super::tokens::Token)| token.sort == Sort::Open && token.mate().is_none();
        let open = tokens.iter().enumerate().filter(is_open).map(|(at, _)| at).collect();
        Cursor { source, tokens, open, before, start, offset }
    }

    /// What may be written there.
    #[must_use]
    pub fn place(&self) -> Place<'s> {
        let Some(last) = self.before.checked_sub(1) else {
            return if self.in_comment(0) { Place::Nothing } else { Place::Name };
        };
        let (sort, end) = self.tokens.get(last).map_or((Sort::Symbol, 0), |token| (token.sort, token.bytes().end));
        if self.in_text(last) {
            let after_import = last.checked_sub(1).is_some_and(|at| self.tokens.text(at) == "import");
            return if after_import { Place::Import } else { self.word(last) };
        }
        let in_number = sort == Sort::Number && end == self.start;
        if in_number || self.in_template(last) || self.in_comment(end) {
            return Place::Nothing;
        }
        match self.tokens.text(last) {
            "::" => last.checked_sub(1).map_or(Place::Nothing, |at| Place::Path(self.tokens.text(at))),
            "." | "?." => last
                .checked_sub(1)
                .and_then(|at| self.tokens.get(at))
                .map_or(Place::Nothing, |t| Place::Member(t.bytes().end)),
            "let" | "const" | "fn" | "as" | "for" | "|" if self.names_something(last) => Place::Nothing,
            "#{" | "," if self.innermost() == "#{" => self.callee().map_or(Place::Nothing, Place::Option),
            _ => Place::Name,
        }
    }

    /// Where what is being typed begins: a text begins inside its quotes.
    #[must_use]
    pub fn typed_from(&self) -> usize {
        match (self.place(), self.before.checked_sub(1).and_then(|last| self.tokens.get(last))) {
            (Place::Import | Place::Argument(..) | Place::Compared(_), Some(token)) => token.bytes().start + 1,
            _ => self.start,
        }
    }

    /// A new name is the operator's own choice. A bar before a name may begin a closure or split cases: it is one when
    /// what stands before it cannot be an operand.
    fn names_something(&self, last: usize) -> bool {
        let before = last.checked_sub(1).map_or("", |at| self.tokens.text(at));
        self.tokens.text(last) != "|" || matches!(before, "(" | "," | "=" | "" | ";" | "{" | ":")
    }

    fn innermost(&self) -> &'s str {
        self.open.last().map_or("", |at| self.tokens.text(*at))
    }

    /// Whether a quoted text is open: the words end with one that lacks its closing quote.
    fn in_text(&self, last: usize) -> bool {
        let Some(token) = self.tokens.get(last).filter(|token| matches!(token.sort, Sort::Text | Sort::Char)) else {
            return false;
        };
        let text = self.tokens.text(last);
        let Some(inner) = text.strip_prefix(['"', '\'']) else { return token.bytes().end == self.offset };
        let escapes = inner.strip_suffix(['"', '\'']).map(|inner| inner.len() - inner.trim_end_matches('\\').len());
        token.bytes().end == self.offset && escapes.is_none_or(|count| count % 2 == 1)
    }

    fn in_template(&self, last: usize) -> bool {
        let is_piece =
            self.tokens.get(last).is_some_and(|token| token.sort == Sort::Piece && token.bytes().end == self.offset);
        is_piece || self.innermost() == "`"
    }

    fn in_comment(&self, from: usize) -> bool {
        let gap = self.source.get(from..self.start).unwrap_or_default();
        let line = gap.rsplit('\n').next().unwrap_or_default();
        line.contains("//") || gap.matches("/*").count() > gap.matches("*/").count()
    }

    /// The call of whose arguments the innermost map is one, or a part of one.
    fn callee(&self) -> Option<Callee<'s>> {
        let map = *self.open.last()?;
        self.call_around(map, self.open.len() - 1)
    }

    /// The call in whose arguments a value begins, as one or as a part of one; so many brackets are open around it.
    fn call_around(&self, mut begin: usize, mut depth: usize) -> Option<Callee<'s>> {
        let mut within = Vec::new();
        loop {
            let before = begin.checked_sub(1)?;
            depth = depth.checked_sub(1)?;
            let outer = self.open[depth];
            match (self.tokens.text(before), self.tokens.text(outer)) {
                ("(" | ",", "(") => return self.call(outer, begin, within),
                (":", "#{") => within.insert(0, self.tokens.text(before.checked_sub(1)?)),
                ("[" | ",", "[") => {}
                _ => return None,
            }
            begin = outer;
        }
    }

    /// What a text is wanted for: an argument, an option, or a member of a list that is one; or to be compared.
    fn word(&self, text: usize) -> Place<'s> {
        let listed = |at: &&usize| self.tokens.text(**at) == "[";
        let begin = self.open.iter().rev().take_while(listed).last().copied().unwrap_or(text);
        let end_of = |at: Option<usize>| at.and_then(|at| self.tokens.get(at)).map(|token| token.bytes().end);
        let before = begin.checked_sub(1);
        let is_compared = before.is_some_and(|at| matches!(self.tokens.text(at), "==" | "!=" | "in" | "!in"));
        if is_compared {
            return end_of(begin.checked_sub(2)).map_or(Place::Nothing, Place::Compared);
        }
        let follows = before.filter(|at| self.tokens.text(*at) == ",").and(begin.checked_sub(2));
        let callee = self.call_around(text, self.open.len());
        callee.map_or(Place::Nothing, |callee| Place::Argument(callee, end_of(follows)))
    }

    fn call(&self, paren: usize, map: usize, within: Vec<&'s str>) -> Option<Callee<'s>> {
        let name = paren.checked_sub(1).filter(|at| self.tokens.get(*at).is_some_and(|t| t.sort == Sort::Word))?;
        let joint = name.checked_sub(1).map_or("", |at| self.tokens.text(at));
        let left = name.checked_sub(2);
        Some(Callee {
            name: self.tokens.text(name),
            path: left.filter(|_| joint == "::").map(|at| self.tokens.text(at)),
            receiver: left.filter(|_| joint == ".").and_then(|at| self.tokens.get(at)).map(|token| token.bytes().end),
            argument: self.commas(paren, map),
            within,
            given: self.given(),
        })
    }

    /// The commas of a bracket's own level.
    fn commas(&self, open: usize, until: usize) -> usize {
        let mut count = 0;
        let mut at = open + 1;
        while at < until {
            count += usize::from(self.tokens.text(at) == ",");
            at = self.tokens.mate(at).filter(|mate| *mate > at).unwrap_or(at) + 1;
        }
        count
    }

    /// The fields of the innermost map, before the place and behind it.
    fn given(&self) -> BTreeSet<&'s str> {
        let Some(open) = self.open.last() else { return BTreeSet::new() };
        let mut given = keys(&self.tokens, open + 1);
        let rest = self.source.get(self.offset..).unwrap_or_default();
        given.extend(keys(&Tokens::of(rest), 0));
        given
    }

    /// The names that are declared before the place and not out of sight.
    #[must_use]
    pub fn names(&self) -> BTreeSet<&'s str> {
        let mut names = BTreeSet::new();
        let mut open: Vec<usize> = Vec::new();
        for at in 0..self.before {
            let Some(token) = self.tokens.get(at) else { break };
            match (token.sort, self.tokens.text(at)) {
                (Sort::Open, _) => open.push(at),
                (Sort::Close, _) => _ = open.pop(),
                (Sort::Word, word) if self.in_sight(at, &open) => _ = names.insert(word),
                _ => {}
            }
        }
        names
    }

    /// Whether the word there is a new name, after `let`, `const`, `for` or a bar, in a block that is open at the place.
    fn in_sight(&self, at: usize, open: &[usize]) -> bool {
        let before = at.checked_sub(1).map_or("", |at| self.tokens.text(at));
        let first = open.last().and_then(|paren| paren.checked_sub(1)).map_or("", |at| self.tokens.text(at));
        let is_name = matches!(before, "let" | "const" | "for" | "|") && self.tokens.text(at + 1) != "(";
        let outer = &open[..open.len().saturating_sub(usize::from(first == "for"))];
        (is_name || first == "for") && self.open.starts_with(outer)
    }

    /// The parameters of the functions and closures whose bodies are open.
    #[must_use]
    pub fn parameters(&self) -> BTreeSet<&'s str> {
        let mut names = BTreeSet::new();
        for open in self.open.iter().filter(|at| self.tokens.text(**at) == "{") {
            let Some(last) = open.checked_sub(1) else { continue };
            let first = match self.tokens.text(last) {
                ")" => self.tokens.mate(last),
                "|" => (0..last).rev().find(|at| self.tokens.text(*at) == "|"),
                _ => None,
            };
            let words =
                (first.unwrap_or(last)..last).filter(|at| self.tokens.get(*at).is_some_and(|t| t.sort == Sort::Word));
            let is_call = self.tokens.text(last) == ")" && !self.is_declaration(first);
            names.extend(words.filter(|_| !is_call).map(|at| self.tokens.text(at)));
        }
        names
    }

    /// Whether the bracket there holds the parameters of a `fn`, or the names of a `for`.
    fn is_declaration(&self, paren: Option<usize>) -> bool {
        let before = |by: usize| paren.and_then(|at| at.checked_sub(by)).map_or("", |at| self.tokens.text(at));
        before(2) == "fn" || before(1) == "for"
    }

    /// The imports of a text: alias to library.
    #[must_use]
    pub fn imports(source: &'s str) -> BTreeMap<&'s str, &'s str> {
        let tokens = Tokens::of(source);
        let words = (0..tokens.iter().count()).filter(|at| tokens.text(*at) == "import" && tokens.text(at + 2) == "as");
        words.map(|at| (tokens.text(at + 3), tokens.text(at + 1).trim_matches('"'))).collect()
    }

    /// Texts that may compile: what stands before `end`, and what closes it.
    #[must_use]
    pub fn closed(source: &'s str, end: usize, filler: &str) -> Vec<String> {
        let cursor = Cursor::of(source, end);
        let text = &source[..cursor.offset];
        let brackets: Vec<&str> = cursor.open.iter().rev().map(|at| closing(cursor.tokens.text(*at))).collect();
        let inner = brackets.iter().take_while(|close| **close != "}").copied().collect::<String>();
        let outer = brackets.iter().skip_while(|close| **close != "}").copied().collect::<String>();
        let bodies = ["", " {}", " { _ => () }", ";"];
        bodies.iter().map(|body| format!("{text}{filler}{inner}{body}{outer}")).collect()
    }

    /// The parts of the expression that ends there; none when it is not a plain chain.
    #[must_use]
    pub fn chain(source: &'s str, end: usize) -> Vec<Link<'s>> {
        let Some(text) = source.get(..end) else { return Vec::new() };
        let tokens = Tokens::of(text);
        let mut links = Vec::new();
        let mut at = tokens.iter().count();
        while let Some((link, first)) = link(&tokens, at) {
            links.insert(0, link);
            let goes_on = matches!(links.first(), Some(Link::Field(_) | Link::Method(_) | Link::Index));
            at = first;
            if !goes_on {
                return links;
            }
        }
        Vec::new()
    }
}

/// The part of a chain that ends before a token, and where it begins.
fn link<'s>(tokens: &Tokens<'s>, end: usize) -> Option<(Link<'s>, usize)> {
    let mut name = end.checked_sub(1)?;
    let mut called = false;
    match tokens.text(name) {
        "]" => return Some((Link::Index, tokens.mate(name)?)),
        ")" => {
            name = tokens.mate(name)?.checked_sub(1)?;
            called = true;
        }
        _ => {}
    }
    let word = tokens.get(name).filter(|token| token.sort == Sort::Word).map(|_| tokens.text(name))?;
    let joint = name.checked_sub(1).map_or("", |at| tokens.text(at));
    Some(match (joint, called) {
        ("." | "?.", true) => (Link::Method(word), name - 1),
        ("." | "?.", false) => (Link::Field(word), name - 1),
        ("::", _) => {
            let path = tokens.text(name.checked_sub(2)?);
            (if called { Link::PathCall(path, word) } else { Link::Path(path, word) }, name - 2)
        }
        (_, true) => (Link::Call(word), name),
        (_, false) => (Link::Name(word), name),
    })
}

/// The fields of a map from there to its end.
fn keys<'s>(tokens: &Tokens<'s>, from: usize) -> BTreeSet<&'s str> {
    let mut keys = BTreeSet::new();
    let mut at = from;
    while let Some(token) = tokens.get(at) {
        if token.sort == Sort::Close {
            break;
        }
        if token.sort == Sort::Word && tokens.text(at + 1) == ":" {
            keys.insert(tokens.text(at));
        }
        at = token.mate().filter(|mate| *mate > at).unwrap_or(at) + 1;
    }
    keys
}

fn closing(open: &str) -> &'static str {
    match open {
        "(" => ")",
        "[" | "?[" => "]",
        "`" => "`",
        _ => "}",
    }
}

#[cfg(test)]
#[path = "cursor_tests.rs"]
mod tests;
