//! How far things reach in a source text: the parser tells where a call, a closure or a `switch` starts, the tokens tell
//! where it ends.
//!
//! Every question has an answer: where the text does not fit, the extent is the place that was asked about.

use super::{
    tokens::{Sort, Tokens},
    tree::Span,
};

/// A source text that can be asked for extents.
pub(super) struct Extents<'s> {
    source: &'s str,
    tokens: Tokens<'s>,
}

/// A function as it was declared with `fn`.
#[derive(Debug)]
pub(super) struct Declared {
    name: String,
    this_type: Option<String>,
    /// Its name's place.
    pub(super) name_span: Span,
    /// Its parameters' places.
    pub(super) params: Vec<Span>,
    /// From `fn` to the closing brace.
    pub(super) span: Span,
    /// From brace to brace.
    pub(super) body: Span,
}

impl Declared {
    /// Whether it is the function of that name, number of parameters and type of `this`.
    #[must_use]
    pub(super) fn is(&self, name: &str, arity: usize, this_type: Option<&str>) -> bool {
        // Rhai gives whole numbers their Rust name.
        let same_type = this_type == self.this_type.as_deref().map(|name| if name == "int" { "i64" } else { name });
        self.name == name && self.params.len() == arity && same_type
    }
}

/// A closure's places.
#[derive(Debug, Default)]
pub(super) struct ClosureExtent {
    /// Its parameters' places.
    pub(super) params: Vec<Span>,
    /// From the first `|` to its end.
    pub(super) span: Span,
    /// What stands behind the second `|`.
    pub(super) body: Span,
}

/// A `switch`'s places.
#[derive(Debug)]
pub(super) struct SwitchExtent {
    /// From `switch` to the closing brace.
    pub(super) span: Span,
    /// For each arm, the cases before its `if` or `=>`.
    pub(super) cases: Vec<Vec<Span>>,
}

impl<'s> Extents<'s> {
    /// Reads the source.
    #[must_use]
    pub(super) fn of(source: &'s str, tokens: Tokens<'s>) -> Self {
        Self { source, tokens }
    }

    /// The token that the parser puts at that place, or the bare place.
    #[must_use]
    pub(super) fn token(&self, line: u32, column: u32) -> Span {
        self.tokens.find(line, column).map_or(Span::at(line, column), |at| self.span(at))
    }

    /// The text of the token with that extent.
    #[must_use]
    pub(super) fn text_at(&self, span: Span) -> &'s str {
        self.at(span).map_or("", |at| self.tokens.text(at))
    }

    /// The text between the first and the last token of that extent.
    #[must_use]
    pub(super) fn slice(&self, span: Span) -> &'s str {
        let first = self.tokens.get(self.tokens.from((span.line, span.column)));
        let last = self.tokens.from((span.end_line, span.end_column)).checked_sub(1).and_then(|at| self.tokens.get(at));
        first
            .zip(last)
            .and_then(|(first, last)| self.source.get(first.bytes().start..last.bytes().end))
            .unwrap_or_default()
    }

    /// From the bracket at that place to its partner.
    #[must_use]
    pub(super) fn bracket(&self, open: Span) -> Span {
        self.at(open).and_then(|at| self.tokens.mate(at)).map_or(open, |close| open.to(self.span(close)))
    }

    /// A literal: one token, or a minus and a number, or `()`, or a whole back-tick string.
    #[must_use]
    pub(super) fn literal(&self, start: Span) -> Span {
        let Some(at) = self.at(start) else { return start };
        match (self.tokens.text(at), self.tokens.get(at + 1).map(|next| next.sort)) {
            ("-", Some(Sort::Number)) => start.to(self.span(at + 1)),
            ("(" | "`", _) => self.bracket(start),
            _ => start,
        }
    }

    /// From a function's name to the end of its arguments.
    #[must_use]
    pub(super) fn call(&self, name: Span) -> Span {
        let Some(at) = self.at(name) else { return name };
        let open = if self.tokens.text(at + 1) == "!" { at + 2 } else { at + 1 };
        if self.tokens.text(open) != "(" {
            return name;
        }
        self.tokens.mate(open).map_or(name, |close| name.to(self.span(close)))
    }

    /// Up to the bracket that closes right after that extent.
    #[must_use]
    pub(super) fn closed_after(&self, span: Span) -> Span {
        let mut at = self.tokens.from((span.end_line, span.end_column));
        while self.tokens.get(at).is_some_and(|token| token.sort != Sort::Close) {
            at += 1;
        }
        span.to(self.span(at))
    }

    /// Whether that extent is what stands in a `${ }`.
    #[must_use]
    pub(super) fn is_interpolation(&self, span: Span) -> bool {
        let opening = self.tokens.from((span.line, span.column)).checked_sub(1);
        opening.is_some_and(|at| self.tokens.text(at) == "${" && self.span(at).column + 1 == span.column)
    }

    /// The closure whose first `|` stands there.
    #[must_use]
    pub(super) fn closure(&self, start: Span) -> ClosureExtent {
        let Some(first) = self.at(start) else { return ClosureExtent { span: start, ..Default::default() } };
        let mut params = Vec::new();
        let mut at = first + 1;
        if self.tokens.text(first) == "|" {
            while !matches!(self.tokens.text(at), "|" | "") {
                params.extend(self.tokens.get(at).filter(|t| t.sort == Sort::Word).map(|t| t.span));
                at += 1;
            }
            at += 1;
        }
        let end = match self.tokens.text(at) {
            "{" => self.tokens.mate(at).unwrap_or(at),
            _ => self.tokens.expression_end(at),
        };
        let body = self.span(at).to(self.span(end));
        ClosureExtent { params, span: start.to(body), body }
    }

    /// The `switch` at that place with that many arms.
    #[must_use]
    pub(super) fn switch(&self, start: Span, arms: usize) -> Option<SwitchExtent> {
        let first = self.at(start)?;
        let mut at = first + 1;
        loop {
            let token = self.tokens.get(at)?;
            if self.tokens.text(at) == "{" {
                let arrows = self.arrows(at);
                if arrows.len() == arms {
                    let cases = arrows.iter().map(|arrow| self.cases(at, *arrow)).collect();
                    return Some(SwitchExtent { span: start.to(self.span(token.mate()?)), cases });
                }
            }
            at = token.mate().filter(|mate| *mate > at).unwrap_or(at) + 1;
        }
    }

    /// The `=>` of the block's own level.
    fn arrows(&self, open: usize) -> Vec<usize> {
        let mut arrows = Vec::new();
        let end = self.tokens.mate(open).unwrap_or(open);
        let mut at = open + 1;
        while at < end {
            if self.tokens.text(at) == "=>" {
                arrows.push(at);
            }
            at = self.tokens.mate(at).filter(|mate| *mate > at).unwrap_or(at) + 1;
        }
        arrows
    }

    /// The cases before an arrow: back to the comma or the block before them, up to `if`, split at `|`.
    fn cases(&self, open: usize, arrow: usize) -> Vec<Span> {
        let mut first = arrow;
        while first > open + 1 {
            let before = first - 1;
            let is_block = self.tokens.text(before) == "}" && self.opening_text(before) == "{";
            if self.tokens.text(before) == "," || is_block {
                break;
            }
            first = self.tokens.mate(before).filter(|mate| *mate < before).unwrap_or(before);
        }
        let mut cases = vec![Span::default()];
        let mut at = first;
        while at < arrow && self.tokens.text(at) != "if" {
            if self.tokens.text(at) == "|" {
                cases.push(Span::default());
            } else if let Some(case) = cases.last_mut() {
                *case = case.to(self.span(at));
            }
            at += 1;
        }
        cases.retain(|span| span.is_known());
        cases
    }

    fn opening_text(&self, close: usize) -> &'s str {
        self.tokens.mate(close).map_or("", |open| self.tokens.text(open))
    }

    /// All functions declared with `fn`, in order.
    #[must_use]
    pub(super) fn declared(&self) -> Vec<Declared> {
        let words = self.tokens.iter().enumerate().filter(|(_, token)| token.sort == Sort::Word);
        words.filter(|(at, _)| self.tokens.text(*at) == "fn").filter_map(|(at, _)| self.declaration(at)).collect()
    }

    fn declaration(&self, at: usize) -> Option<Declared> {
        let is_typed = self.tokens.text(at + 2) == ".";
        let this_type = is_typed.then(|| self.tokens.text(at + 1).trim_matches('"').to_owned());
        let name = if is_typed { at + 3 } else { at + 1 };
        let open = name + 1;
        if self.tokens.text(open) != "(" {
            return None;
        }
        let close = self.tokens.mate(open)?;
        let body = self.bracket(self.tokens.get(close + 1)?.span);
        let params = (open..close).filter_map(|at| self.tokens.get(at).filter(|t| t.sort == Sort::Word));
        let params = params.map(|token| token.span).collect();
        Some(Declared {
            name: self.tokens.text(name).to_owned(),
            name_span: self.span(name),
            this_type,
            params,
            span: self.span(at).to(body),
            body,
        })
    }

    fn at(&self, span: Span) -> Option<usize> {
        self.tokens.position((span.line, span.column))
    }

    fn span(&self, at: usize) -> Span {
        self.tokens.get(at).map_or(Span::default(), |token| token.span)
    }
}
