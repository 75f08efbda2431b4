//! Documents of a healthy run and their mutants.

use std::sync::Arc;

use serde_json::Value;

use super::part::{self, Act, Part};
use super::survey::{Kind, Sketch};
use super::world::{Altered, Brought, Document};
use crate::transport::{Failure, FailureKind, Reply};

/// Where a text is in a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Standard output of a command.
    Output,
    /// Its error output.
    Errors,
    /// The body of an HTTP answer.
    Body,
    /// A header of it.
    Header(usize),
}

/// What mutants are made from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A reply.
    Reply(Document),
    /// A file that the run reads.
    File(String, Arc<[u8]>),
}

impl Origin {
    /// The request or the path, as a person reads it.
    pub fn asked(&self) -> &str {
        match self {
            Origin::Reply(document) => &document.asked,
            Origin::File(path, _) => path,
        }
    }

    /// The change after which it came first; files are there from the start.
    pub fn since(&self) -> Option<&str> {
        match self {
            Origin::Reply(document) => document.since.as_deref(),
            Origin::File(..) => None,
        }
    }

    /// Its texts: a failed command says on both outputs what went wrong, a good one only on the first.
    pub fn texts(&self) -> Vec<(Side, String)> {
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_string);
        let kept = match self {
            Origin::File(_, bytes) => vec![(Side::Output, text(bytes))],
            Origin::Reply(document) => match &document.brought {
                Ok(Reply::Command { status, stdout, stderr }) => {
                    let errors = if *status == 0 { None } else { text(stderr) };
                    vec![(Side::Output, text(stdout)), (Side::Errors, errors)]
                }
                Ok(Reply::Http { headers, body, .. }) => {
                    let headers =
                        headers.iter().enumerate().map(|(at, (_, value))| (Side::Header(at), Some(value.clone())));
                    [(Side::Body, text(body))].into_iter().chain(headers).collect()
                }
                Err(_) => Vec::new(),
            },
        };
        kept.into_iter().filter_map(|(side, text)| Some((side, text?))).filter(|(_, text)| !text.is_empty()).collect()
    }

    /// How a side of it is named in lists.
    pub fn side(&self, side: Side) -> String {
        match (side, self) {
            (Side::Header(at), Origin::Reply(Document { brought: Ok(Reply::Http { headers, .. }), .. })) => {
                format!("header {}", headers.get(at).map_or("", |(name, _)| name))
            }
            (Side::Errors, _) => "error output".to_string(),
            _ => String::new(),
        }
    }

    /// What comes with this text in place of the other.
    pub fn with(&self, side: Side, text: String) -> Changed {
        match self {
            Origin::File(path, _) => Changed::File(path.clone(), Arc::from(text.into_bytes())),
            Origin::Reply(document) => {
                let mut to = document.brought.clone();
                match (&mut to, side) {
                    (Ok(Reply::Command { stdout, .. }), Side::Output) => *stdout = text.into_bytes(),
                    (Ok(Reply::Command { stderr, .. }), Side::Errors) => *stderr = text.into_bytes(),
                    (Ok(Reply::Http { body, .. }), Side::Body) => *body = text.into_bytes(),
                    (Ok(Reply::Http { headers, .. }), Side::Header(at)) => headers[at].1 = text,
                    _ => (),
                }
                Changed::Reply(self.altered(to))
            }
        }
    }

    fn altered(&self, to: Brought) -> Option<Altered> {
        let Origin::Reply(Document { key, brought, .. }) = self else { return None };
        Some(Altered { key: key.clone(), from: brought.clone(), to })
    }

    /// What comes when the reply itself is another one.
    pub fn instead(&self, whole: Whole) -> Option<Changed> {
        let Origin::Reply(document) = self else { return None };
        let to = match (whole, &document.brought) {
            (Whole::Silent, _) => Err(Failure::new(FailureKind::TimedOut, "no answer within the time limit")),
            (Whole::Refused, Ok(Reply::Command { status: 0, .. })) => {
                Ok(Reply::Command { status: 1, stdout: Vec::new(), stderr: b"ERROR something went wrong\n".to_vec() })
            }
            (Whole::Refused, Ok(Reply::Command { stdout, stderr, .. })) => {
                Ok(Reply::Command { status: 0, stdout: stdout.clone(), stderr: stderr.clone() })
            }
            (Whole::Refused, Ok(Reply::Http { headers, .. })) => {
                Ok(Reply::Http { status: 500, headers: headers.clone(), body: b"Internal Server Error".to_vec() })
            }
            (Whole::Refused, Err(_)) => return None,
        };
        let altered = self.altered(to)?;
        (altered.from != altered.to).then_some(Changed::Reply(Some(altered)))
    }
}

/// What is done to a reply as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whole {
    /// It does not come.
    Silent,
    /// It is an error; where it was one, it is none.
    Refused,
}

/// What a run meets in place of the healthy document.
pub enum Changed {
    /// A reply.
    Reply(Option<Altered>),
    /// A file.
    File(String, Arc<[u8]>),
}

/// One mutant.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// Its document, by number.
    pub origin: usize,
    /// Where in it.
    pub place: Place,
}

/// Where a mutant differs.
#[derive(Clone, Debug)]
pub enum Place {
    /// In a text.
    Text(Side, Sketch),
    /// As a whole.
    Whole(Whole),
}

impl Mutant {
    /// What it is an instance of.
    pub fn kind(&self) -> Kind {
        match &self.place {
            Place::Text(_, sketch) => sketch.kind,
            Place::Whole(_) => Kind::Whole,
        }
    }

    /// What is done, in one word.
    pub fn word(&self) -> &'static str {
        match &self.place {
            Place::Text(_, sketch) => sketch.word,
            Place::Whole(Whole::Silent) => "silent",
            Place::Whole(Whole::Refused) => "refused",
        }
    }

    /// The part, within its document.
    pub fn path(&self) -> &[Part] {
        match &self.place {
            Place::Text(_, sketch) => &sketch.path,
            Place::Whole(_) => &[],
        }
    }

    /// The part's class with its side, as lists of survivors say it.
    pub fn class(&self, origin: &Origin) -> String {
        let Place::Text(side, sketch) = &self.place else { return String::new() };
        match (origin.side(*side), sketch.class.as_str()) {
            (side, class) if side.is_empty() => class.to_string(),
            (side, "") => side,
            (side, class) => format!("{side}: {class}"),
        }
    }

    /// The part itself with its side.
    pub fn part(&self, origin: &Origin) -> String {
        let Place::Text(side, sketch) = &self.place else { return String::new() };
        let place = [origin.side(*side), part::shown(&sketch.path)];
        let place: Vec<&str> = place.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        place.join(": ")
    }

    /// What the run meets.
    pub fn made(&self, origin: &Origin, parsed: &mut Parsed) -> Option<Changed> {
        match &self.place {
            Place::Whole(whole) => origin.instead(*whole),
            Place::Text(side, sketch) => origin_text(origin, *side, sketch, parsed),
        }
    }

    /// What it does, as a person reads it.
    pub fn shown(&self, origin: &Origin) -> String {
        match &self.place {
            Place::Whole(Whole::Silent) => "no answer".to_string(),
            Place::Whole(Whole::Refused) => "another status".to_string(),
            Place::Text(_, Sketch { act, .. }) => {
                let part = self.part(origin);
                format!("{} {act}", if part.is_empty() { "all of it" } else { &part })
            }
        }
    }
}

/// A text that was parsed before, so that a mutant of it costs no parse.
#[derive(Default)]
pub struct Parsed {
    of: Option<(usize, Side)>,
    text: String,
    value: Option<Value>,
}

impl Parsed {
    /// Makes the document of this number ready.
    pub fn ready(&mut self, number: usize, side: Side, origin: &Origin) {
        if self.of != Some((number, side)) {
            self.of = Some((number, side));
            self.text =
                origin.texts().into_iter().find(|(known, _)| *known == side).map(|(_, text)| text).unwrap_or_default();
            self.value = serde_json::from_str(&self.text).ok();
        }
    }
}

fn origin_text(origin: &Origin, side: Side, sketch: &Sketch, parsed: &mut Parsed) -> Option<Changed> {
    let in_json = matches!(sketch.path.first(), Some(Part::Key(_) | Part::Index(_)));
    let text = match (&mut parsed.value, &sketch.act) {
        (Some(value), act) if in_json && !matches!(act, Act::Truncate | Act::Empty) => {
            part::alter_parsed(value, &sketch.path, act)
        }
        (_, act) => part::alter(&parsed.text, &sketch.path, act),
    }?;
    Some(origin.with(side, text))
}
