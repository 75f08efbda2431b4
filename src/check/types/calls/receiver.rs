//! What stands before the dot and what stands behind it: a thing that is asked about itself, and two texts of which the
//! known one is asked about the other.

use std::borrow::Cow;

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Node};
use super::super::Type;
use super::super::infer::Infer;
use super::super::values::Value;
use crate::script::Form;

/// Questions that a thing always answers alike about itself.
const ABOUT_ITSELF: [&str; 6] = ["contains", "contains_net", "covers", "overlaps", "starts_with", "ends_with"];

/// Questions about a part of a text.
const OF_A_TEXT: [&str; 4] = ["contains", "ends_with", "split", "starts_with"];

/// Questions whether one network, range or address lies in another.
const OF_PLACES: [&str; 4] = ["contains", "contains_net", "contains_range", "covers"];

/// Fields that hold whole sentences: no constant is searched for one.
pub(in super::super) const SENTENCES: [&str; 3] = ["message", "stderr", "stdout"];

/// Texts that are longer are not gone through letter by letter.
const LONG: usize = 512;

/// Whether a part of the text is written so. What any word may be is looked for where the text has several.
fn has_one(text: &str, form: Form) -> bool {
    if matches!(form, Form::Application | Form::Host | Form::Slug | Form::Word) {
        return text.bytes().any(|byte| !byte.is_ascii_alphanumeric());
    }
    let ends = |from: usize| (from + 1..=text.len()).any(|to| text.get(from..to).is_some_and(|part| form.fits(part)));
    text.len() > LONG || (0..text.len()).any(ends)
}

/// Whether it is one word, perhaps with a sign before or behind it, or the begin of a number: neither a list of things nor an
/// address.
fn is_one_word(text: &str) -> bool {
    if text.ends_with('.') && text.len() < 8 || is_series(text) {
        return true;
    }
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_numbered = text.len() > 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    !is_numbered && text.split(|c| !is_of_word(c)).filter(|word| !word.is_empty()).count() < 2
}

/// `1.8`: what the numbers of versions begin with. A service says a whole one, which stands in no shorter text.
fn is_series(text: &str) -> bool {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    matches!(text.split('.').count(), 2 | 3) && text.split('.').all(is_number)
}

/// `-----BEGIN CERTIFICATE-----`: a line that a file begins with, and no list of words.
fn is_mark(text: &str) -> bool {
    let is_sign = |sign: &u8| sign.is_ascii_punctuation();
    matches!(text.as_bytes(), [a, b, c, .., z] if a == b && b == c && c == z && is_sign(a))
}

fn is_free(node: &Node) -> bool {
    matches!(&node.kind, Kind::Property { name, .. } if SENTENCES.contains(&name.text.as_str()))
}

impl<'t> Infer<'t> {
    /// `network.contains_net(network)` says nothing of the network, and `"vault:ha".contains(relation)` looks for the
    /// longer one in the shorter.
    pub(super) fn asked_the_wrong_way(&mut self, of: &'t Node, ty: &Type, call: &'t Call) {
        let ([arg], name) = (&call.args[..], call.name.text.as_str()) else { return };
        if !ABOUT_ITSELF.contains(&name) && name != "split" || of.is_literal() && arg.is_literal() {
            return;
        }
        if self.tree().text(of.span) == self.tree().text(arg.span) {
            let why = format!("`{}` is asked about itself", self.text(of));
            self.known_answer(true, of.span.to(arg.span), &why);
            return;
        }
        if !ty.is_text() || !OF_A_TEXT.contains(&name) || !self.is_plainly_known(of) || self.is_plainly_known(arg) {
            return;
        }
        if self.written_text(of).is_none_or(|text| self.may_hold(&text, arg, name)) {
            return;
        }
        let [short, long] = [of, arg].map(|node| self.copied(node));
        let message = format!("`{}` and `{}` are in each other's place", self.text(of), self.text(arg));
        let told = Diagnostic::warning("W0326", message, &self.tree().file, of.span.to(arg.span));
        let told = told.note("the text before the dot is searched, and what is looked for stands behind it");
        self.tell(told.help(format!("write {long}.{name}({short})")));
    }

    /// A known text, with what its places come to.
    fn written_text(&self, node: &'t Node) -> Option<Cow<'t, str>> {
        let node = self.made_of(node);
        match &node.kind {
            Kind::Template(parts) => {
                let parts: Option<Vec<_>> = parts.iter().map(|part| self.written_text(part)).collect();
                Some(Cow::Owned(parts?.concat()))
            }
            Kind::Block(block) => match &block.statements[..] {
                [only] => self.written_text(only),
                _ => None,
            },
            _ => self.known_text(node).map(Cow::Borrowed),
        }
    }

    /// Whether what is looked for may be a part of the known text: then it is rightly searched.
    fn may_hold(&mut self, text: &str, part: &'t Node, question: &str) -> bool {
        let known = self.values(part);
        let is_as_short = |value: &Value<'_>| value.as_text().is_none_or(|part| part.len() <= text.len());
        let (is_handed, is_short) =
            known.map_or((false, false), |known| (!known.asked.is_empty(), known.known.iter().any(is_as_short)));
        let ty = self.read_again(part);
        // What is handed over may be any text, unless a service says how it is written.
        let is_formed = matches!(ty.present(), Type::Word(words) if words.form.is_some());
        if is_short || is_handed && !is_formed {
            return true;
        }
        match ty.present() {
            Type::Word(words) if words.form.is_some() => words.form.is_some_and(|form| has_one(text, form)),
            Type::Word(words) => {
                let is_longest = words.words.iter().all(|word| word.len() < text.len());
                is_longest || words.words.iter().any(|word| !word.is_empty() && text.contains(word))
            }
            _ => !is_free(part) && !is_one_word(text) && (question == "contains" || !is_mark(text)),
        }
    }

    /// A text that is written out, or a constant.
    fn is_plainly_known(&self, node: &'t Node) -> bool {
        match &self.made_of(node).kind {
            Kind::Text(_) => true,
            Kind::Template(parts) => parts.iter().all(|part| self.is_plainly_known(part)),
            Kind::Block(block) => matches!(&block.statements[..], [only] if self.is_plainly_known(only)),
            _ => self.is_constant(node),
        }
    }

    /// `inner.covers(outer)` of constants: what it asks is false of each, before anything runs.
    pub(in super::super) fn never_holds(&mut self, asked: &'t Node) -> bool {
        let Kind::Method { of, call, .. } = &asked.kind else { return false };
        let ([arg], name) = (&call.args[..], call.name.text.as_str()) else { return false };
        if !OF_PLACES.contains(&name) {
            return false;
        }
        let (Some(outer), Some(inner)) = (self.known_places(of), self.known_places(arg)) else { return false };
        if outer.iter().any(|outer| inner.iter().any(|inner| outer.holds(inner))) {
            return false;
        }
        let [holder, held] = [of, arg].map(|node| self.text(node));
        let message = format!("the gate never passes: no `{holder}` holds `{held}`");
        let told = self.error("E0320", message, asked.span);
        let told = match inner.iter().any(|inner| outer.iter().any(|outer| inner.holds(outer))) {
            true => told.help(format!("the other way round: {}.{name}({})", self.copied(arg), self.copied(of))),
            false => told.help("ask of another network, or of another range"),
        };
        self.tell(told);
        true
    }
}
