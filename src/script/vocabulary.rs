//! The words that a field or an argument may hold. It must not refuse what a service says: replies are read whatever
//! their words, only what a script writes is held to them.

use std::fmt;

use super::{Form, Limits, Script, Ty, did_you_mean};
use crate::host::Stop;

/// A set of words, or a way of writing, declared once, where the field or the argument is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vocabulary {
    /// Whose words they are: `status of a machine`.
    pub of: &'static str,
    /// The words, in an order that helps a reader; "" is an answer where the service has none.
    pub words: &'static [&'static str],
    /// Whether the service, its configuration or another version of it may have more.
    pub is_open: bool,
    /// The way of writing, where words cannot be listed.
    pub form: Option<Form>,
    /// The charm of which a unit must be, or must not be.
    pub charm: Option<Charm>,
}

/// The units that a call takes, by their charm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Charm {
    /// Units of this one alone.
    Only(&'static str),
    /// Units of any other one.
    Not(&'static str),
}

impl Vocabulary {
    /// These words and no others.
    pub const fn closed(of: &'static str, words: &'static [&'static str]) -> Self {
        Vocabulary { of, words, is_open: false, form: None, charm: None }
    }

    /// These words, and perhaps others.
    pub const fn open(of: &'static str, words: &'static [&'static str]) -> Self {
        Vocabulary { of, words, is_open: true, form: None, charm: None }
    }

    /// Every word that is written so.
    pub const fn written(of: &'static str, form: Form) -> Self {
        Vocabulary { of, words: &[], is_open: false, form: Some(form), charm: None }
    }

    /// The same, of units of that charm alone.
    pub const fn of_charm(self, charm: &'static str) -> Self {
        Vocabulary { charm: Some(Charm::Only(charm)), ..self }
    }

    /// The same, of units of every other charm.
    pub const fn not_of_charm(self, charm: &'static str) -> Self {
        Vocabulary { charm: Some(Charm::Not(charm)), ..self }
    }

    /// Whether the word is one of them.
    pub fn has(&self, word: &str) -> bool {
        self.form.map_or_else(|| self.words.contains(&word), |form| form.fits(word))
    }

    /// Whether every word is known.
    pub const fn is_listed(&self) -> bool {
        !self.is_open && self.form.is_none()
    }

    /// The words as the reference tells them.
    pub(super) fn sentence(&self) -> String {
        if let Some(form) = self.form {
            return form.sentence();
        }
        let word = |word: &&str| if word.is_empty() { "\"\"".to_string() } else { format!("`{word}`") };
        let all: Vec<String> = self.words.iter().map(word).collect();
        format!("One of {}{}", all.join(", "), if self.is_open { " ..." } else { "." })
    }
}

impl fmt::Display for Vocabulary {
    /// `Ready, Deployed, ""`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.words.iter().map(|word| if word.is_empty() { "\"\"" } else { word }).collect();
        f.write_str(&words.join(", "))?;
        f.write_str(if self.is_open { ", ..." } else { "" })
    }
}

/// What values are held to.
pub trait Bound: 'static {
    /// The type of which only such values are meant: in a list, and where the value may be absent, too.
    fn on(&'static self, ty: Ty) -> Ty;
}

impl Bound for Vocabulary {
    fn on(&'static self, ty: Ty) -> Ty {
        match ty {
            Ty::Text => Ty::Word(self),
            Ty::List(of) => Ty::List(Box::new(self.on(*of))),
            Ty::Maybe(of) => Ty::Maybe(Box::new(self.on(*of))),
            Ty::OrAbsent(of) => Ty::OrAbsent(Box::new(self.on(*of))),
            other => other,
        }
    }
}

impl Bound for Limits {
    fn on(&'static self, ty: Ty) -> Ty {
        Limits::on(self, ty)
    }
}

/// The type, held to that.
pub fn bounded<B: Bound>(ty: Ty, bound: &'static B) -> Ty {
    bound.on(ty)
}

/// A value that is held to something: what a variable holds is known when the line runs.
pub trait Held<B>: Script {
    /// What is wrong with it.
    fn complaint(&self, bound: &B) -> Option<String>;
}

impl Held<Vocabulary> for String {
    /// How a text is written is looked at by who uses it.
    fn complaint(&self, words: &Vocabulary) -> Option<String> {
        (words.is_listed() && !words.has(self))
            .then(|| format!("{self:?} is no {}{}; they are {words}", words.of, did_you_mean(self, words.words)))
    }
}

impl Held<Limits> for i64 {
    fn complaint(&self, limits: &Limits) -> Option<String> {
        (!limits.has(*self)).then(|| format!("the {} are {}, not {self}", limits.of, limits.range()))
    }
}

impl<B, T: Held<B>> Held<B> for Option<T> {
    fn complaint(&self, bound: &B) -> Option<String> {
        self.iter().find_map(|value| value.complaint(bound))
    }
}

impl<B, T: Held<B>> Held<B> for Vec<T> {
    fn complaint(&self, bound: &B) -> Option<String> {
        self.iter().find_map(|value| value.complaint(bound))
    }
}

/// Refuses what is out of bounds, before it reaches a service or waits for ever.
pub fn held<B, T: Held<B>>(value: T, name: &str, bound: &B) -> Result<T, Stop> {
    match value.complaint(bound) {
        None => Ok(value),
        Some(complaint) => Err(Stop::script(format!("`{name}`: {complaint}")).about_field(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static STATES: Vocabulary = Vocabulary::closed("state of a thing", &["on", "off", ""]);
    static PORTS: Limits = Limits::between("ports", 1, 65_535);
    static KINDS: Vocabulary = Vocabulary::open("kind of a thing", &["a"]);

    #[test]
    fn words_reach_the_texts_of_a_type() {
        let list = bounded(Ty::Maybe(Box::new(Ty::List(Box::new(Ty::Text)))), &STATES);
        assert_eq!(list, Ty::Maybe(Box::new(Ty::List(Box::new(Ty::Word(&STATES))))));
        assert_eq!(bounded(Ty::Int, &STATES), Ty::Int);
        assert_eq!(bounded(Ty::Int, &PORTS), Ty::Within(&PORTS));
        assert_eq!(list.vocabulary(), Some(&STATES));
        assert_eq!((STATES.to_string(), KINDS.to_string()), ("on, off, \"\"".to_owned(), "a, ...".to_owned()));
    }

    #[test]
    fn a_word_that_is_none_is_refused_where_the_words_are_all_known() {
        assert!(held("off".to_string(), "state", &STATES).is_ok());
        assert!(held(None::<String>, "state", &STATES).is_ok());
        assert!(held("b".to_string(), "kind", &KINDS).is_ok());
        assert!(held(0, "port", &PORTS).unwrap_err().to_string().contains("the ports are 1 to 65535, not 0"));
        assert!(held(vec!["on".to_string()], "state", &STATES).is_ok());
        let wrong = held(Some("of".to_string()), "state", &STATES).unwrap_err().to_string();
        assert!(wrong.contains("did you mean `off`") && wrong.contains("on, off"), "{wrong}");
    }
}
