//! Texts that are put together, compared with constants: each part of the text is written as its field is, and where a
//! constant has something else in that place, the two never meet.

use super::super::super::message::{Diagnostic, written_at};
use super::super::super::tree::{Kind, Node, Span};
use super::super::Type;
use super::super::infer::Infer;
use super::Value;
use crate::script::{Form, Ty, Vocabulary};

/// Names are looked for up to this number.
const COUNTED: usize = 100;

/// More functions that hand a value on than anybody writes.
const DEEP: usize = 4;

/// A part of a text that is put together.
enum Piece<'t> {
    /// As it is written.
    Plain(&'t str),
    /// A field, with its words.
    Field(Span, &'static Vocabulary),
    /// Of which nothing is known.
    Any,
}

impl<'t> Infer<'t> {
    /// `own.map(|one| `${one.interface} ${one.url}`)` beside texts that end in no URL.
    pub(in super::super) fn unlike_pattern(&mut self, seen: &'t Node, wanted: &'t Node) {
        let Some(pieces) = self.pieces(self.made_of(seen)) else { return };
        let Some(members) = self.members(wanted) else { return };
        let is_odd = |words: &'static Vocabulary, own: &str| {
            !words.has(own) && (!words.is_open || self.said_beside(words, own).is_some())
        };
        let odd = |value: &Value<'t>| Some((*value, misfit(&pieces, value.as_text()?, &is_odd)?));
        let Some(odd) = members.known.iter().map(odd).collect::<Option<Vec<_>>>() else { return };
        let Some((value, (part, field, words))) = odd.first() else { return };
        let message = format!("{part:?} is no {}, which stands there in what is seen", words.of);
        let told = Diagnostic::error("E0225", message, &self.tree().file, wanted.span);
        let told = told.note(format!("what is seen has `{}` in this place", self.tree().text(*field)));
        let told = words.form.into_iter().fold(told, |told, form| told.note(form.told()));
        let beside = self.said_beside(words, part).map(|field| format!("`{field}` says {part:?}"));
        let told = beside.into_iter().fold(told, Diagnostic::help);
        self.tell(
            told.note(written_at(&self.place_of(value)))
                .help("put together what the constant is made of, or compare another"),
        );
    }

    /// The field beside the one of these words that says that one, where all of its words are known.
    fn said_beside(&self, words: &'static Vocabulary, said: &str) -> Option<&'static str> {
        let neighbours = self.table.neighbours(words);
        neighbours.into_iter().find(|(_, other)| other.is_listed() && other.has(said)).map(|(field, _)| field)
    }

    /// Names of a list that are one word each, beside texts of several words.
    pub(in super::super) fn names_of_one_word(&mut self, (seen, words): (&'t Node, &Type), wanted: &'t Node) {
        let Type::Word(words) = words else { return };
        let one_word = words.form.filter(|form| !form.fits(&format!("{0} {0}", form.example())));
        let Some(text) = one_word.and_then(|_| self.several_words(self.home, wanted, 0)) else { return };
        let message = format!("the names of `{}` are one word each, and these texts are several", self.text(seen));
        let told = Diagnostic::error("E0225", message, &self.tree().file, wanted.span);
        let told = told.note(format!("each is made of {text}; a {} holds no blank", words.of));
        let Kind::Property { of, .. } = &seen.kind else { return self.tell(told) };
        let owner = self.read_again(of);
        let gives = |name: &&str| self.table.method(&owner, name).is_some_and(|method| gives_lines(&method.result));
        let lines: Vec<&str> = self.table.methods_of(&owner).into_iter().filter(gives).collect();
        let of = self.copied(of);
        let written: Vec<String> = lines.iter().take(3).map(|name| format!("{of}.{name}()")).collect();
        self.tell(match written.is_empty() {
            true => told,
            false => told.help(format!("lines are given by {}", written.join(", "))),
        });
    }

    fn pieces(&self, seen: &'t Node) -> Option<Vec<Piece<'t>>> {
        let Kind::Method { call, .. } = &seen.kind else { return None };
        let ("map", [closure]) = (call.name.text.as_str(), &call.args[..]) else { return None };
        let Kind::Closure { function, .. } = &closure.kind else { return None };
        let [param] = &self.tree().closure(function)?.params[..] else { return None };
        let Kind::Template(parts) = &self.only_statement(closure)?.kind else { return None };
        let own =
            self.variables.iter().rev().find(|variable| variable.span == param.span && variable.home == self.home)?;
        let field = |node: &'t Node| {
            let Kind::Property { of, name, .. } = &node.kind else { return None };
            let is_own =
                matches!(&of.kind, Kind::Variable { path, name } if path.is_empty() && name.text == param.text);
            let words = self.table.field(&own.ty, &name.text).filter(|_| is_own)?.result.vocabulary()?;
            Some(Piece::Field(node.span, words))
        };
        let piece = |part: &'t Node| match &part.kind {
            Kind::Text(text) => Piece::Plain(text),
            Kind::Block(block) => match &block.statements[..] {
                [only] => field(only).unwrap_or(Piece::Any),
                _ => Piece::Any,
            },
            _ => field(part).unwrap_or(Piece::Any),
        };
        let pieces: Vec<Piece<'t>> = parts.iter().map(piece).collect();
        pieces.iter().any(|piece| matches!(piece, Piece::Field(..))).then_some(pieces)
    }

    /// Lines that are made of parts, and cannot be written as they must, whatever the parts are.
    pub(super) fn spell_made(&mut self, words: &'static Vocabulary, node: &'t Node) {
        let Some(form) = words.form.filter(|form| form.words() > 1) else { return };
        let Some((home, parts, span)) = self.made_of_parts(self.home, self.made_of(node), 0) else { return };
        let plain = || parts.iter().filter_map(Node::as_text);
        let blanks = plain().flat_map(str::bytes).filter(|byte| *byte == b' ').count();
        let has_colons = form.example().contains(':') || form == Form::Link;
        let is_part = |c: char| matches!(c, ' ' | '-' | '.' | '/' | '_') || c == ':' && has_colons;
        let is_odd = |c: char| !c.is_ascii_alphanumeric() && !is_part(c);
        if blanks < form.words() && !plain().any(|text| text.contains(is_odd)) {
            return;
        }
        let text = self.sources[home].tree.text(span);
        let told = Diagnostic::error("E0225", format!("{text} is no {}", words.of), &self.tree().file, node.span);
        let told = told.note(form.told());
        let file = &self.sources[home].tree.file;
        self.tell(match node.span.holds(span) && home == self.home {
            true => told,
            false => told.note(written_at(&format!("{file}:{}", span.line))),
        });
    }

    /// `node${number}` for a host, where a constant holds the names that this makes.
    pub(super) fn counted_up(&mut self, words: &'static Vocabulary, node: &'t Node) {
        let (Some(Form::Host), Kind::Template(parts)) = (words.form, &node.kind) else { return };
        let [begin, number] = &parts[..] else { return };
        let Some(begin) = begin.as_text().filter(|begin| begin.len() > 2 && self.home == 0) else { return };
        if !self.read_again(number).is_int() {
            return;
        }
        let names = (0..COUNTED).map(|number| format!("{begin}{number}")).filter(|name| self.site.has(name));
        let names: Vec<String> = names.collect();
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let (Some(list), true) = (self.site.list_of(&all), all.len() > 1) else { return };
        let message = format!("{} makes {:?} out of a number, and {list} holds it", self.text(node), all[0]);
        let told = Diagnostic::warning("W0347", message, &self.tree().file, node.span);
        self.tell(told.help(format!("go through {list}")));
    }

    /// What each text of a list is made of, when there is a blank in it whatever its values are.
    fn several_words(&self, home: usize, node: &'t Node, deep: usize) -> Option<&'t str> {
        let (home, parts, span) = self.made_of_parts(home, node, deep)?;
        let has_blank = parts.iter().any(|part| part.as_text().is_some_and(|text| text.contains(' ')));
        has_blank.then(|| self.sources[home].tree.text(span))
    }

    /// The parts that each text of a list is made of, and where that stands.
    fn made_of_parts(&self, home: usize, node: &'t Node, deep: usize) -> Option<(usize, &'t [Node], Span)> {
        let tree = self.sources[home].tree;
        match &node.kind {
            Kind::Call(call) if deep < DEEP => {
                let home = match &call.path[..] {
                    [] => home,
                    [root] => self.library(&root.text).filter(|_| home == self.home)?,
                    _ => return None,
                };
                let function = self.sources[home].tree.function(&call.name.text, call.args.len())?;
                self.made_of_parts(home, function.body.statements.last()?, deep + 1)
            }
            Kind::Method { call, .. } if call.name.text == "map" => {
                let Kind::Closure { function, .. } = &call.args.first()?.kind else { return None };
                let [Node { kind: Kind::Template(parts), span }] = &tree.closure(function)?.body.statements[..] else {
                    return None;
                };
                Some((home, parts, *span))
            }
            _ => None,
        }
    }
}

/// Whether it is a list of texts, of several words each as far as that is known.
fn gives_lines(ty: &Ty) -> bool {
    let Ty::List(of) = ty else { return false };
    let form = of.vocabulary().and_then(|words| words.form);
    **of == Ty::Text || form.is_some_and(|form| form.words() > 1)
}

/// Whether a word may hold that text.
fn holds(words: &Vocabulary, text: &str) -> bool {
    words.words.iter().any(|word| word.contains(text)) || words.form.is_some_and(|form| form.fits(&format!("a{text}b")))
}

/// The part of a text that is not written as the field in its place is.
fn misfit<'t>(
    pieces: &[Piece<'_>],
    text: &'t str,
    is_odd: &impl Fn(&'static Vocabulary, &str) -> bool,
) -> Option<(&'t str, Span, &'static Vocabulary)> {
    let mut rest = text;
    for (at, piece) in pieces.iter().enumerate() {
        let own = match (piece, pieces.get(at + 1)) {
            (Piece::Plain(plain), _) => {
                rest = rest.strip_prefix(plain)?;
                continue;
            }
            // What may hold the text behind it itself has no known end.
            (Piece::Field(_, words), Some(Piece::Plain(next))) if !holds(words, next) => &rest[..rest.find(next)?],
            (_, Some(_)) => return None,
            (_, None) => rest,
        };
        if let Piece::Field(field, words) = piece
            && is_odd(words, own)
        {
            return Some((own, *field, words));
        }
        rest = &rest[own.len()..];
    }
    None
}
