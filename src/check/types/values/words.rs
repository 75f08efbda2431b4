//! Words: a text that is compared with a field, or handed over, must be one that is ever said there.
//!
//! A literal is looked at where it stands. What stands in a variable, in a list or comes through a parameter is looked at
//! when everything was read: by then it is known with what it was compared.

use std::collections::BTreeMap;
use std::fmt;

use super::super::super::message::{Diagnostic, nearest, written_at};
use super::super::super::places::{is_loopback, looks_like_system_id, place, written_out};
use super::super::super::tree::{Block, Call, Kind, Node, Span};
use super::super::Type;
use super::super::infer::Infer;
use super::held::Bound;
use crate::script::{Form, Ty, Vocabulary};

/// What is remembered of words until all is read. Variables are known by their numbers.
#[derive(Default)]
pub(in super::super) struct Words<'t> {
    /// What a variable was compared with.
    demands: BTreeMap<usize, Vec<&'static Vocabulary>>,
    /// What is said of the first is said of the second.
    links: Vec<(usize, usize)>,
    /// What a parameter was given, and the file where that stands.
    handed: Vec<(usize, usize, &'t Node)>,
}

/// The words of a type's texts.
#[must_use]
pub fn vocabulary(ty: &Type) -> Option<&'static Vocabulary> {
    match ty {
        Type::Word(words) => Some(words),
        Type::Maybe(of) | Type::List(of) => vocabulary(of),
        Type::Either(types) => types.iter().find_map(vocabulary),
        _ => None,
    }
}

impl<'t> Infer<'t> {
    /// Two values are compared: what is written on one side must be among the words of the other.
    pub(in super::super) fn compared(&mut self, at: Span, left: (&'t Node, &Type), right: (&'t Node, &Type)) {
        self.another_field(left.0, right.0);
        match (vocabulary(left.1), vocabulary(right.1)) {
            (Some(words), None) => self.spell_beside(words, left.0, right.0),
            (None, Some(words)) => self.spell_beside(words, right.0, left.0),
            (Some(a), Some(b)) => {
                self.unlike_words(at, a, b);
                self.unlike_forms(at, (left, a), (right, b));
            }
            (None, None) => {
                self.word_for_a_sentence(left.0, right.0);
                self.word_for_a_sentence(right.0, left.0);
            }
        }
    }

    /// Two lists that are written out are compared member by member.
    pub(in super::super) fn compared_members(&mut self, at: Span, left: &'t [Node], right: &'t [Node]) {
        for (a, b) in left.iter().zip(right) {
            let types = (self.node(a, true), self.node(b, true));
            self.compared(at, (a, &types.0), (b, &types.1));
        }
    }

    fn unlike_words(&mut self, at: Span, a: &'static Vocabulary, b: &'static Vocabulary) {
        if !a.is_listed() || !b.is_listed() || a.words.iter().any(|word| b.has(word)) {
            return;
        }
        let message = format!("a {} never equals a {}", a.of, b.of);
        let diagnostic = Diagnostic::error("E0319", message, &self.tree().file, at);
        self.tell(diagnostic.note(format!("{}: {a}", a.of)).note(format!("{}: {b}", b.of)));
    }

    /// Texts of two forms that no text has both; two lists are alike where both are empty.
    fn unlike_forms(
        &mut self,
        at: Span,
        (left, a): ((&'t Node, &Type), &'static Vocabulary),
        (right, b): ((&'t Node, &Type), &'static Vocabulary),
    ) {
        let (Some(first), Some(second)) = (a.form, b.form) else { return };
        if is_mixed(left.1) || is_mixed(right.1) {
            return;
        }
        if !first.is_apart(second) || !is_filled(left.0, left.1) && !is_filled(right.0, right.1) {
            return;
        }
        let article = |of: &str| if of.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
        let message = format!("{} {} never equals {} {}", article(a.of), a.of, article(b.of), b.of);
        let told = Diagnostic::error("E0225", message, &self.tree().file, at);
        let seen = |(node, _): (&Node, &Type), words: &Vocabulary, form: Form| {
            format!("`{}`: {}, as {}", self.text(node), words.of, form.example())
        };
        self.tell(told.note(seen(left, a, first)).note(seen(right, b, second)));
    }

    /// A name of one thing where that of another is wanted: `unit.application` for a unit.
    pub(in super::super) fn another_form(
        &mut self,
        wanted: &Ty,
        given: &Type,
        node: &'t Node,
        what: fmt::Arguments<'_>,
    ) {
        let given = if let Type::List(of) = given { of } else { given };
        let (Some(words), Type::Word(own)) = (wanted.vocabulary(), given) else { return };
        let is_apart = words.form.zip(own.form).is_some_and(|(wanted, given)| wanted.is_apart(given));
        if is_apart && !self.is_blamed(&self.tree().file, node.span) {
            let one = |of: &str| if of.starts_with('i') { format!("an {of}") } else { format!("a {of}") };
            let message = format!("{what} is {}; `{}` is {}", one(words.of), self.text(node), one(own.of));
            let told = self.error("E0225", message, node.span);
            self.tell(words.form.into_iter().fold(told, |told, form| told.note(form.told())));
        }
    }

    /// Looks at what is written in a node, or remembers to.
    pub(in super::super) fn spell(&mut self, words: &'static Vocabulary, node: &'t Node) {
        // A list of names and addresses may be gone through for its addresses: they are held to other forms alone.
        if matches!(words.form, Some(Form::Address | Form::Network)) {
            return;
        }
        let since = self.told_so_far();
        let mut written = Vec::new();
        literals(node, &mut written);
        for (text, span) in written {
            let file = &self.tree().file;
            match misspelt(&[words], text, file, span) {
                Some(diagnostic) => self.tell(self.word_of(words, text, diagnostic)),
                None => {
                    self.belongs_elsewhere(words, text, self.home, span);
                    self.of_a_neighbour(words, text, span);
                }
            }
        }
        match &node.kind {
            Kind::Variable { path, name } if path.is_empty() => {
                if let Some(at) = self.lookup(&name.text) {
                    self.demand_words(at, words);
                }
            }
            _ => {}
        }
        self.spell_made(words, node);
        self.counted_up(words, node);
        self.hold(node, Bound::Words(words));
        self.kin_that_fits(words, node, since);
    }

    /// Whose word it is, where it is no near one of these.
    fn word_of(&self, words: &'static Vocabulary, text: &str, told: Diagnostic) -> Diagnostic {
        if told.label.is_some() || words.form.is_some() {
            return told;
        }
        let neighbours = self.table.neighbours(words);
        match neighbours.into_iter().find(|(_, other)| other.words.contains(&text)) {
            Some((field, other)) => told.help(format!("`{field}` says {text:?}: the {}", other.of)),
            None => told,
        }
    }

    /// What is written in one place and used in another.
    pub(in super::super) fn spell_value(
        &mut self,
        words: &'static Vocabulary,
        home: usize,
        value: &'t Node,
        used: Span,
    ) {
        let mut written = Vec::new();
        literals(value, &mut written);
        for (text, span) in written {
            if let Some(diagnostic) = misspelt(&[words], text, &self.tree().file, used) {
                let file = &self.sources[home].tree.file;
                self.tell(diagnostic.note(written_at(&format!("{file}:{}", span.line))));
            }
        }
    }

    /// A word that is not among the known ones of a field, and is among those of a field beside it.
    fn of_a_neighbour(&mut self, words: &'static Vocabulary, text: &str, span: Span) {
        if !words.is_open || words.has(text) {
            return;
        }
        let says = self.table.neighbours(words).into_iter().find(|(_, other)| other.words.contains(&text));
        let Some((field, other)) = says else { return };
        let message = format!("{text:?} is no {} that is known", words.of);
        let told = Diagnostic::warning("W0319", message, &self.tree().file, span);
        let told = told.label(format!("`{field}` says it: the {}", other.of));
        self.tell(told.note(format!("the words there are: {words}")));
    }

    /// A host that a runbook writes out, wherever it is used or compared.
    fn belongs_elsewhere(&mut self, words: &'static Vocabulary, text: &str, home: usize, span: Span) {
        let is_host = matches!(words.form, Some(Form::Host | Form::Destination));
        let is_runbook = home == 0 && self.sources[0].values.is_none();
        // What a constant holds already, and what looks like a place by itself, is told of each text.
        let is_id = looks_like_system_id(text) || text.bytes().all(|b| b.is_ascii_digit());
        if is_host && is_runbook && !is_id && place(text).is_none() && !is_loopback(text) && !self.site.has(text) {
            self.tell(written_out(&self.site, &self.sources[0].tree.file, "a host", text, span));
        }
    }

    fn demand_words(&mut self, variable: usize, words: &'static Vocabulary) {
        let demands = self.words.demands.entry(variable).or_default();
        if !demands.contains(&words) {
            demands.push(words);
        }
    }

    /// A variable gets its value: from another variable, or as it is written.
    pub(in super::super) fn holds(&mut self, variable: usize, value: &'t Node) {
        self.variables[variable].value = Some(value);
        self.link(variable, value);
    }

    fn link(&mut self, variable: usize, value: &'t Node) {
        let Kind::Variable { path, name } = &value.kind else { return };
        if let (true, Some(from)) = (path.is_empty(), self.lookup(&name.text)) {
            self.words.links.push((variable, from));
        }
    }

    /// A function of a script was called; `first` is the variable of its first parameter.
    pub(in super::super) fn handed(&mut self, first: usize, call: &'t Call) {
        for (at, arg) in call.args.iter().enumerate() {
            match &arg.kind {
                Kind::Text(_) | Kind::Array(_) => self.words.handed.push((first + at, self.home, arg)),
                Kind::Variable { .. } => self.link(first + at, arg),
                _ => {}
            }
            // What is not known is handed too: a parameter then holds others than those that are.
            let values = self.values(arg).unwrap_or_default();
            self.handed.entry(first + at).or_default().push(values);
        }
    }

    /// A part of a text that is asked for must be in one of its words.
    pub(in super::super) fn fragment(&mut self, words: &'static Vocabulary, how: &str, arg: &'t Node) {
        let Some(part) = arg.as_text() else { return };
        if let Some(form) = words.form.filter(|form| form.is_one_word() && part.contains(' ')) {
            let message = format!("no {} can {how} {part:?}: it has no blank", words.of);
            let told = Diagnostic::error("E0319", message, &self.tree().file, arg.span).note(form.told());
            return self.tell(told.help("ask the field that holds such a text, as `message` does"));
        }
        if !words.is_listed() {
            return;
        }
        let fits = |word: &str| match how {
            "start with" => word.starts_with(part),
            "end with" => word.ends_with(part),
            _ => word.contains(part),
        };
        if !words.words.iter().any(|word| fits(word)) {
            let message = format!("no {} can {how} {part:?}", words.of);
            let diagnostic = Diagnostic::error("E0319", message, &self.tree().file, arg.span);
            self.tell(diagnostic.note(format!("the words there are: {words}")));
        }
    }

    /// What variables and parameters hold, now that it is known what they were compared with.
    pub(in super::super) fn spelling(&mut self) {
        let Words { mut demands, links, handed } = std::mem::take(&mut self.words);
        if demands.is_empty() {
            return;
        }
        while flow(&mut demands, &links) {}
        let mut wrong = Vec::new();
        let mut hosts = Vec::new();
        let mut look = |home: usize, words: &[&'static Vocabulary], node: &'t Node| {
            let mut written = Vec::new();
            literals(node, &mut written);
            let file = &self.sources[home].tree.file;
            for (text, span) in written {
                match (misspelt(words, text, file, span), words) {
                    (Some(told), _) => wrong.push(told),
                    (None, [first, ..]) => hosts.push((*first, text, home, span)),
                    (None, []) => {}
                }
            }
        };
        for (at, words) in &demands {
            let variable = &self.variables[*at];
            if let Some(value) = variable.value.filter(|_| !variable.set) {
                look(variable.home, words, value);
            }
        }
        for (param, home, node) in handed {
            if let Some(words) = demands.get(&param) {
                look(home, words, node);
            }
        }
        wrong.into_iter().for_each(|diagnostic| self.tell(diagnostic));
        for (words, text, home, span) in hosts {
            self.belongs_elsewhere(words, text, home, span);
        }
    }
}

/// Whether texts of several kinds may be there.
fn is_mixed(ty: &Type) -> bool {
    match ty {
        Type::Either(_) => true,
        Type::Maybe(of) | Type::List(of) => is_mixed(of),
        _ => false,
    }
}

/// Whether it is a text, or a list that certainly has one.
fn is_filled(node: &Node, ty: &Type) -> bool {
    match (&node.kind, ty.present()) {
        (Kind::Array(items), Type::List(of)) => items.iter().any(|item| is_filled(item, of)),
        (_, ty) => ty.is_text(),
    }
}

/// Carries demands one link further; answers whether anything was new.
fn flow(demands: &mut BTreeMap<usize, Vec<&'static Vocabulary>>, links: &[(usize, usize)]) -> bool {
    let mut grown = false;
    for (to, from) in links {
        for words in demands.get(to).cloned().unwrap_or_default() {
            let known = demands.entry(*from).or_default();
            if !known.contains(&words) {
                known.push(words);
                grown = true;
            }
        }
    }
    grown
}

/// The texts that an expression may give, as they are written.
fn literals<'t>(node: &'t Node, found: &mut Vec<(&'t str, Span)>) {
    let last = |block: &'t Block, found: &mut Vec<(&'t str, Span)>| {
        block.statements.last().into_iter().for_each(|node| literals(node, found));
    };
    match &node.kind {
        Kind::Text(text) => found.push((text, node.span)),
        Kind::Array(items) => items.iter().for_each(|item| literals(item, found)),
        Kind::If { then, otherwise, .. } => {
            last(then, found);
            otherwise.iter().for_each(|block| last(block, found));
        }
        Kind::Switch { arms, .. } => arms.iter().for_each(|arm| literals(&arm.body, found)),
        Kind::Block(block) => last(block, found),
        _ => {}
    }
}

/// The finding for a text that is none of the words. Of words that are not all known, only what is near to one is wrong.
pub(super) fn misspelt(all: &[&'static Vocabulary], text: &str, file: &str, span: Span) -> Option<Diagnostic> {
    if all.iter().any(|words| words.has(text)) {
        return None;
    }
    if let Some(form) = all.first().and_then(|words| words.form) {
        let message = format!("{text:?} is no {}", all[0].of);
        let diagnostic = Diagnostic::error("E0225", message, file, span);
        let led = form.led(text).map(|unit| format!("where a unit is meant, write {unit:?}"));
        return Some(led.into_iter().fold(diagnostic.note(form.told()), Diagnostic::help));
    }
    let near = meant(all, text);
    let is_open = all.iter().any(|words| !words.is_listed());
    let (words, near) = match near {
        Some((words, word)) => (words, Some(word)),
        None => (*all.first().filter(|_| !is_open)?, None),
    };
    let message = format!("{text:?} is no {}", words.of);
    let diagnostic = match is_open {
        true => Diagnostic::warning("W0319", message, file, span),
        false => Diagnostic::error("E0319", message, file, span),
    };
    let diagnostic = match near {
        Some(word) => diagnostic.label(format!("did you mean `{word}`?")),
        None => diagnostic,
    };
    Some(diagnostic.note(format!("the words there are: {words}")))
}

/// The nearest word: in another case, with letters left out at its end, or with others. Of words that are not all known
/// only a near and long one is meant.
fn meant(all: &[&'static Vocabulary], text: &str) -> Option<(&'static Vocabulary, &'static str)> {
    let words = || {
        let all = all.iter().flat_map(|words| words.words.iter().map(|word| (*words, *word)));
        all.filter(|(_, word)| !word.is_empty())
    };
    if let Some(same) = words().find(|(_, word)| word.eq_ignore_ascii_case(text)) {
        return Some(same);
    }
    let begun = words().find(|(words, word)| !words.is_open && text.len() > 1 && word.starts_with(text));
    let slip = |word: &str| strsim::damerau_levenshtein(word, text) <= 1 + word.len() / 8;
    let long = |(words, word): &(&'static Vocabulary, &'static str)| {
        !words.is_open || word.len() > 3 && text.len() > 3 && slip(word)
    };
    begun.or_else(|| {
        let near = nearest(text, words().filter(long).map(|(_, word)| word))?;
        words().find(|(_, word)| *word == near)
    })
}
