//! Which field was meant, where a text is not written as it must be: one beside the field that it is compared with, or beside
//! the one that it comes from.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Node};
use super::super::Type;
use super::super::calls::receiver::SENTENCES;
use super::super::infer::Infer;
use super::Value;
use super::held::plain;
use super::words;
use crate::script::{Form, Vocabulary};

impl<'t> Infer<'t> {
    /// What is compared with a field must be written as the field's texts are. Where another field of the same thing says
    /// it, that one was meant.
    pub(in super::super) fn spell_beside(&mut self, words: &'static Vocabulary, said: &'t Node, written: &'t Node) {
        let since = self.told_so_far();
        self.spell(words, written);
        if self.told_so_far() == since || words.form.is_none() {
            return;
        }
        let Kind::Property { of, name, .. } = &said.kind else { return };
        let texts = self.texts_of(written);
        let owner = self.read_again(of);
        let Some(meant) = self.said_by(&owner, (&name.text, words), written, &texts) else { return };
        let said_text = self.text(said);
        let is_it = |text: &str| texts.contains(&text);
        for told in self.found_so_far()[since..].iter_mut().filter(|told| told.id == "E0225") {
            let Some((text, _)) = told.message.split_once(" is no ") else { continue };
            if is_it(text.trim_matches('"')) {
                let article = if words.of.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
                told.message = format!("`{said_text}` is {article} {}, and {text} is none", words.of);
                told.span = said.span;
                told.label = Some(format!("did you mean `{meant}`?"));
                told.help.clear();
            }
        }
    }

    /// Where what does not fit is a field of a constant, another one of the same constant that fits.
    pub(super) fn kin_that_fits(&mut self, words: &'static Vocabulary, node: &'t Node, since: usize) {
        let Kind::Property { of, name, .. } = &node.kind else { return };
        let Some(known) = self.values(of).filter(|_| words.form.is_some() && self.told_so_far() > since) else {
            return;
        };
        let Type::Map(fields) = self.read_again(of) else { return };
        let fits = |field: &&String| {
            let texts = known.known.iter().map(|value| value.field(field)?.as_text());
            let texts: Option<Vec<&str>> = texts.collect();
            texts.is_some_and(|texts| !texts.is_empty() && texts.iter().all(|text| words.has(text)))
        };
        let mut others = fields.keys().filter(|field| field.as_str() != name.text.as_str()).filter(fits);
        let (Some(other), None) = (others.next(), others.next()) else { return };
        let help = format!("there is {}.{other}, which is one", self.copied(of));
        let last = self.found_so_far()[since..].iter_mut().find(|told| told.id == "E0225");
        last.into_iter().for_each(|told| told.help.push(help.clone()));
    }

    /// `charm.message` beside `"active"`: a word that another field says, where a service puts sentences.
    pub(super) fn word_for_a_sentence(&mut self, said: &'t Node, written: &'t Node) {
        let (Kind::Property { of, name, .. }, Some(text)) = (&said.kind, written.as_text()) else { return };
        let Some(owner) = self.plainly(of).filter(|_| SENTENCES.contains(&name.text.as_str())) else { return };
        let says = |field: &&'static str| {
            let said = self.table.field(&owner, field).map(|field| self.table.given(&field.result));
            said.as_ref()
                .and_then(words::vocabulary)
                .is_some_and(|words| words.form.is_none() && words.words.contains(&text))
        };
        let mut fields = self.table.fields_of(&owner).into_iter().filter(says);
        let (Some(field), None) = (fields.next(), fields.next()) else { return };
        let message = format!("`{}` says sentences, and {text:?} is a word of `{field}`", self.text(said));
        let told = Diagnostic::warning("W0319", message, &self.tree().file, name.span);
        self.tell(told.label(format!("did you mean `{field}`?")));
    }

    /// The field of a thing that says all of these.
    fn said_by(
        &self,
        owner: &Type,
        (name, own): (&str, &Vocabulary),
        written: &Node,
        texts: &[&str],
    ) -> Option<&'static str> {
        let says = |field: &&'static str| {
            let said = self.table.field(owner, field).map(|field| self.table.given(&field.result));
            let words = said.as_ref().and_then(words::vocabulary).filter(|words| tells(own, words));
            *field != name && words.is_some_and(|words| texts.iter().all(|text| words.has(text)))
        };
        let fields: Vec<&'static str> = self.table.fields_of(owner).into_iter().filter(says).collect();
        let is_called = |field: &&&str| matches!(&written.kind, Kind::Property { name, .. } if name.text == **field);
        match &fields[..] {
            _ if texts.is_empty() => None,
            [only] => Some(only),
            _ => fields.iter().find(is_called).copied(),
        }
    }

    /// The known texts of what is written, or of its members.
    fn texts_of(&self, node: &'t Node) -> Vec<&'t str> {
        if let Some(text) = node.as_text() {
            return vec![text];
        }
        let known = self.mapped(node).or_else(|| self.values(node)).map(|values| plain(&values.known));
        known.iter().flatten().filter_map(Value::as_text).collect()
    }
}

/// Whether that a text is one of the other words says something: most texts are written as a name is.
fn tells(own: &Vocabulary, other: &Vocabulary) -> bool {
    let is_of_a_unit = matches!(own.form, Some(Form::Unit | Form::Leader));
    match other.form {
        Some(Form::Application) => is_of_a_unit,
        Some(Form::Host | Form::Machine | Form::Slug | Form::Word) => false,
        _ => !other.is_open,
    }
}
