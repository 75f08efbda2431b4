//! The words that a field or an argument may hold. It must not refuse what a service says: replies are read whatever
//! their words, only what a script writes is held to them.

use std::fmt;

use super::{Script, Ty, did_you_mean};
use crate::host::Stop;

/// A set of words, declared once, where the field or the argument is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Vocabulary {
    /// Whose words they are: `status of a machine`.
    pub of: &'static str,
    /// The words, in an order that helps a reader; "" is an answer where the service has none.
    pub words: &'static [&'static str],
    /// Whether the service, its configuration or another version of it may have more.
    pub is_open: bool,
}

impl Vocabulary {
    /// These words and no others.
    pub const fn closed(of: &'static str, words: &'static [&'static str]) -> Self {
        Vocabulary { of, words, is_open: false }
    }

    /// These words, and perhaps others.
    pub const fn open(of: &'static str, words: &'static [&'static str]) -> Self {
        Vocabulary { of, words, is_open: true }
    }

    /// Whether the word is one of them.
    pub fn has(&self, word: &str) -> bool {
        self.words.contains(&word)
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

/// The type whose texts are those words: in a list, and where the text may be absent, too.
pub fn worded(ty: Ty, words: &'static Vocabulary) -> Ty {
    match ty {
        Ty::Text => Ty::Word(words),
        Ty::List(of) => Ty::List(Box::new(worded(*of, words))),
        Ty::Maybe(of) => Ty::Maybe(Box::new(worded(*of, words))),
        other => other,
    }
}

/// A text that must be one of the words: what a variable holds is known when the line runs.
pub trait Spelled: Script {
    /// The texts in it.
    fn texts(&self) -> Vec<&str>;
}

impl Spelled for String {
    fn texts(&self) -> Vec<&str> {
        vec![self]
    }
}

impl<T: Spelled> Spelled for Option<T> {
    fn texts(&self) -> Vec<&str> {
        self.iter().flat_map(T::texts).collect()
    }
}

/// Refuses a word that is not of a closed vocabulary, before it reaches a service or waits for ever.
pub fn spelled<T: Spelled>(value: T, name: &str, words: &'static Vocabulary) -> Result<T, Stop> {
    let wrong = value.texts().into_iter().find(|text| !words.is_open && !words.has(text));
    match wrong {
        None => Ok(value),
        Some(word) => Err(Stop::script(format!(
            "`{name}`: {word:?} is no {}{}; they are {words}",
            words.of,
            did_you_mean(word, words.words)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static STATES: Vocabulary = Vocabulary::closed("state of a thing", &["on", "off", ""]);
    static KINDS: Vocabulary = Vocabulary::open("kind of a thing", &["a"]);

    #[test]
    fn words_reach_the_texts_of_a_type() {
        let list = worded(Ty::Maybe(Box::new(Ty::List(Box::new(Ty::Text)))), &STATES);
        assert_eq!(list, Ty::Maybe(Box::new(Ty::List(Box::new(Ty::Word(&STATES))))));
        assert_eq!(worded(Ty::Int, &STATES), Ty::Int);
        assert_eq!(list.vocabulary(), Some(&STATES));
        assert_eq!((STATES.to_string(), KINDS.to_string()), ("on, off, \"\"".to_owned(), "a, ...".to_owned()));
    }

    #[test]
    fn a_word_that_is_none_is_refused_where_the_words_are_all_known() {
        assert!(spelled("off".to_string(), "state", &STATES).is_ok());
        assert!(spelled(None::<String>, "state", &STATES).is_ok());
        assert!(spelled("b".to_string(), "kind", &KINDS).is_ok());
        let wrong = spelled(Some("of".to_string()), "state", &STATES).unwrap_err().to_string();
        assert!(wrong.contains("did you mean `off`") && wrong.contains("on, off"), "{wrong}");
    }
}
