//! The name of a gate or a wait is that of another field or method of the very thing that is asked.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Node};
use super::super::Type;
use super::super::infer::Infer;
use super::called::{AFFIRMING, ASKING, BEING, BESIDE, NOT, content, place};
use crate::script::{Primitive, Ty};

/// Questions that tell something of a text.
const TELLING: [&str; 3] = ["contains", "ends_with", "starts_with"];

impl<'t> Infer<'t> {
    /// `gate("machines started", status.containers_started(n))`: the name is that of another method of the same thing.
    pub(super) fn says_another(
        &self,
        what: &str,
        (name, lower): (&Node, &[String]),
        asked: &Node,
    ) -> Option<Diagnostic> {
        let node = told_of(asked);
        let (of, reading) = match &node.kind {
            Kind::Property { of, name, .. } => (of, name.text.as_str()),
            Kind::Method { of, call, .. } => (of, call.name.text.as_str()),
            _ => return None,
        };
        if content(reading).all(|word| place(lower, word).is_some()) {
            let other = self.field_said_longer(&self.plainly(of)?, reading, lower)?;
            return Some(self.asks_otherwise(what, name, node, other));
        }
        let owner = self.plainly(of)?;
        let member = |name: &str| self.table.field(&owner, name).or_else(|| self.table.method(&owner, name));
        let own = member(reading)?;
        let other = windows(lower).find_map(|name| member(&name));
        let other = other.or_else(|| self.field_at_the_head(&owner, of, lower));
        let other = other.or_else(|| self.field_said_so(&owner, own, lower));
        let other = other.or_else(|| self.all_fields(&owner, lower).into_iter().next());
        let other = other.or_else(|| self.answer_of_a_sibling(&owner, own, lower));
        let short = other.is_none().then(|| self.field_in_capitals(&owner, name)).flatten();
        let other = other.or(short)?;
        let takes = |primitive: &Primitive| primitive.params.iter().map(|param| param.ty.clone()).collect::<Vec<_>>();
        let is_text = |primitive: &Primitive| self.table.given(&primitive.result).is_text();
        let is_said_twice = self.all_fields(&owner, lower).len() > 1;
        let is_plain = |field: &Primitive| is_text(field) || self.table.given(&field.result).is_int();
        let is_whole = lower.iter().map(String::as_str).eq(other.name.split('_')) && is_plain(own) && is_plain(other);
        let is_like = own.result == other.result || is_text(own) && is_text(other) || is_said_twice || is_whole;
        let is_like = is_like && takes(own) == takes(other);
        if std::ptr::eq(own, other) || !is_like || own.is_field != other.is_field && short.is_none() {
            return None;
        }
        Some(self.asks_otherwise(what, name, node, other))
    }

    fn asks_otherwise(&self, what: &str, name: &Node, asked: &Node, other: &Primitive) -> Diagnostic {
        let message = format!("the {what} is called {}, and asks `{}`", self.text(name), self.text(asked));
        let told = Diagnostic::warning("W0357", message, &self.tree().file, name.span);
        let help = format!("ask `{}`, or call the {what} what it asks", other.name);
        told.note(format!("there is {}", other.signature())).help(help)
    }

    /// `machines with their constraints` over `machines`, where there are `machine_constraints`: the one field of which the
    /// name says every word, and more of them than of the one that is asked.
    fn field_said_longer(&self, owner: &Type, own: &str, lower: &[String]) -> Option<&'static Primitive> {
        let asked = self.table.field(owner, own).filter(|_| content(own).next().is_some())?;
        let is_said = |word: &str| lower.iter().any(|said| said == word || said.strip_suffix('s') == Some(word));
        let is_longer = |field: &&'static str| {
            let is_own = content(own).all(|word| {
                let singular = word.strip_suffix('s').unwrap_or(word);
                content(field).any(|other| other == word || other == singular)
            });
            is_own && content(field).count() > content(own).count() && content(field).all(is_said)
        };
        let mut longer = self.table.fields_of(owner).into_iter().filter(is_longer);
        let only = longer.next().filter(|_| longer.next().is_none())?;
        self.table.field(owner, only).filter(|other| other.result == asked.result)
    }

    /// `DHCP on the metal plane`: a field that the first word of a name says in capitals, which is no word of prose.
    fn field_in_capitals(&self, owner: &Type, name: &Node) -> Option<&'static Primitive> {
        let first = name.as_text()?.split(' ').next().filter(|first| first.len() > 1)?;
        let is_short = first.bytes().all(|byte| byte.is_ascii_uppercase());
        is_short.then(|| self.table.field(owner, &first.to_ascii_lowercase()))?
    }

    /// `vault is active` over `vault::status(unit).is_sealed`: an answer that another reading of the same module gives.
    fn answer_of_a_sibling(&self, owner: &Type, own: &Primitive, lower: &[String]) -> Option<&'static Primitive> {
        let Type::Named(kind) = owner else { return None };
        let asked = lower.windows(2).find(|two| ASKING.contains(&two[0].as_str()))?.join("_");
        let reader = self.table.reader_of(&Ty::Named(kind)).filter(|_| own.result == Ty::Bool)?;
        let is_module = |word: &String| word == reader.namespace;
        if own.name == asked || !lower.iter().any(is_module) {
            return None;
        }
        let readers = self.table.functions_of(reader.namespace).into_iter();
        let given = readers.filter_map(|name| self.table.function(reader.namespace, name));
        let mut said = given.filter_map(|reader| self.table.field(&self.table.given(&reader.result), &asked));
        said.find(|field| field.result == Ty::Bool)
    }

    /// `root certificate` over `is_authorised`, where the reference says of `has_root_ca`: whether there is a root certificate.
    fn field_said_so(&self, owner: &Type, own: &Primitive, lower: &[String]) -> Option<&'static Primitive> {
        let says = |field: &Primitive, word: &String| {
            field.doc.split(|letter: char| !letter.is_alphanumeric()).any(|said| said.eq_ignore_ascii_case(word))
        };
        let is_content = |word: &&String| {
            let word = word.as_str();
            !BESIDE.contains(&word) && !BEING.contains(&word) && !NOT.contains(&word) && !AFFIRMING.contains(&word)
        };
        let words: Vec<&String> = lower.iter().filter(is_content).collect();
        if words.len() < 2 || own.result != Ty::Bool || words.iter().any(|word| says(own, word)) {
            return None;
        }
        let all = self.table.fields_of(owner).into_iter().filter_map(|field| self.table.field(owner, field));
        let mut said = all.filter(|field| field.result == Ty::Bool && words.iter().all(|word| says(field, word)));
        said.next().filter(|_| said.next().is_none())
    }

    /// `shares and threshold`: every word of the name is a field of the thing; nothing where one is not.
    fn all_fields(&self, owner: &Type, lower: &[String]) -> Vec<&'static Primitive> {
        let words = lower.iter().filter(|word| !BESIDE.contains(&word.as_str()) && *word != "and");
        let fields: Option<Vec<_>> = words.map(|word| self.table.field(owner, word)).collect();
        fields.filter(|fields| fields.len() > 1).unwrap_or_default()
    }

    /// `version of Vault`: a field that the first word of a name says, of the very thing that the other words say. By its
    /// name a thing is told from others, whatever is asked of it.
    fn field_at_the_head(&self, owner: &Type, of: &Node, lower: &[String]) -> Option<&'static Primitive> {
        let (head, rest) = lower.split_first().filter(|(_, rest)| !rest.is_empty())?;
        let Type::Named(kind) = owner else { return None };
        let field = self.table.field(owner, head).filter(|_| !self.table.is_identity(kind, head))?;
        let namespace = || self.table.reader_of(&Ty::Named(kind)).map(|reader| reader.namespace);
        let is_it = |word: &String| {
            let word = word.as_str();
            BESIDE.contains(&word)
                || kind.eq_ignore_ascii_case(word)
                || of.as_variable().is_some_and(|of| of.text == word)
                || namespace() == Some(word)
        };
        rest.iter().all(is_it).then_some(field)
    }
}

/// The text of which a question tells something: `seal.version` of `seal.version.starts_with("1.8.")`.
fn told_of(node: &Node) -> &Node {
    match &node.kind {
        Kind::Method { of, call, .. }
            if matches!(of.kind, Kind::Property { .. }) && TELLING.contains(&&*call.name.text) =>
        {
            of
        }
        _ => node,
    }
}

/// What readings may be called so: the whole name, and each run of two or three words of it.
fn windows(words: &[String]) -> impl Iterator<Item = String> + '_ {
    let parts = (2..=3).rev().flat_map(|count| words.windows(count));
    let whole = words.join("_");
    let asked = ["is", "has"].into_iter().map({
        let whole = whole.clone();
        move |word| format!("{word}_{whole}")
    });
    [whole].into_iter().chain(asked).chain(parts.map(|part| part.join("_")))
}
