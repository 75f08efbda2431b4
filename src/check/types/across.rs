//! What the runbooks say of one thing together: what a change of one makes, and what a gate of another wants. It only
//! notes; the repository as a whole compares.

use std::sync::Arc;

use super::super::message::Diagnostic;
use super::super::tree::Span;
use super::Reach;
use super::about::{Claim, Claimed, Given};
use super::gates::sights::{about, element, is_change, is_named_alike};
use super::infer::Infer;
use super::values::held::plain;
use super::values::{Value, Values};
use crate::script::{Param, Primitive, Says};

/// What a runbook makes, and what it asks.
#[derive(Clone, Default)]
pub struct Across {
    made: Vec<Made>,
    asked: Vec<Asked>,
}

/// What a call is about: its parameters, with what they are given.
type Things = Vec<(&'static Param, Vec<String>)>;

/// What a change gives a reading.
#[derive(Clone)]
struct Made {
    change: &'static Primitive,
    reading: &'static str,
    about: Things,
    /// What the reading says then; nothing where that is not known.
    says: Option<String>,
    file: Arc<str>,
    line: u32,
}

/// What a gate wants of a reading.
#[derive(Clone)]
struct Asked {
    reading: &'static Primitive,
    giver: &'static Primitive,
    about: Things,
    wants: String,
    text: String,
    file: String,
    span: Span,
    /// The whole gate.
    within: Span,
}

impl Made {
    fn is_read_by(&self, asked: &Asked) -> bool {
        asked.reading.is(self.reading)
    }

    /// Whether the two are certainly about one thing.
    fn is_of(&self, asked: &Asked) -> bool {
        let kind = element(&self.change.result);
        let is_of_kind = kind.is_some() && kind == element(&asked.giver.result);
        let pairs = self.about.iter().flat_map(|(param, a)| {
            let alike = asked.about.iter().filter(move |(other, _)| is_named_alike(param, other, is_of_kind));
            alike.map(move |(_, b)| b.iter().all(|b| a.contains(b)))
        });
        let pairs: Vec<bool> = pairs.collect();
        !pairs.is_empty() && pairs.into_iter().all(|same| same)
    }

    fn is_against(&self, asked: &Asked) -> bool {
        self.says.as_ref().is_some_and(|says| !says.eq_ignore_ascii_case(&asked.wants))
    }
}

impl Across {
    /// Gates that want otherwise than another runbook makes it; of what this one changes itself nothing is told.
    #[must_use]
    pub fn against(&self, others: &[&Across]) -> Vec<Diagnostic> {
        let told = self.asked.iter().filter_map(|asked| {
            if self.made.iter().any(|made| made.is_read_by(asked)) {
                return None;
            }
            let made: Vec<&Made> =
                others.iter().flat_map(|other| &other.made).filter(|made| made.is_read_by(asked)).collect();
            let first = made.iter().find(|made| made.is_of(asked))?;
            made.iter().all(|made| made.is_against(asked)).then(|| (asked, asked.otherwise(first)))
        });
        let mut all: Vec<(Span, Diagnostic)> = Vec::new();
        for (asked, told) in told {
            // What one gate wants otherwise is one mistake.
            match all.iter_mut().find(|(within, first)| *within == asked.within && first.file == asked.file) {
                Some((_, first)) => first.notes.push(told.message),
                None => all.push((asked.within, told)),
            }
        }
        all.into_iter().map(|(_, told)| told).collect()
    }
}

impl Asked {
    fn otherwise(&self, made: &Made) -> Diagnostic {
        let says = made.says.as_deref().unwrap_or_default();
        let message = format!("{} makes `{}` {says}, and this gate wants {}", made.file, self.text, self.wants);
        let told = Diagnostic::warning("W0354", message, &self.file, self.span);
        let place = format!("{} is called at {}:{}", made.change.full_name(), made.file, made.line);
        told.note(place).help("one of the two is wrong; a constant of lib/ in both places keeps them alike")
    }
}

impl<'t> Infer<'t> {
    /// What others may hold against this runbook, or it against others.
    pub(super) fn across(&self, steps: &[Reach]) -> Across {
        let changes = steps.iter().flat_map(|step| &step.uses).filter(|call| is_change(call));
        let mut made = Vec::new();
        for (call, at) in changes.filter_map(|call| Some((call, about(call)?))) {
            let of = &self.abouts[at];
            let given = |part: &str| match &of.given.iter().find(|(name, _)| *name == part)?.1 {
                Given::Values(values) => self.one_of(values),
                Given::LeftOut | Given::Unknown => None,
            };
            made.extend(call.primitive.seen_by.iter().filter_map(|sight| {
                let Some(Says::Given(part)) = sight.says else { return None };
                Some(Made {
                    change: call.primitive,
                    reading: sight.reading,
                    about: self.things(at),
                    says: given(part),
                    file: call.file.clone(),
                    line: call.span.line,
                })
            }));
        }
        Across { made, asked: self.claims.iter().filter_map(|claim| self.asked_of_all(claim)).collect() }
    }

    fn asked_of_all(&self, claim: &Claim<'t>) -> Option<Asked> {
        let Claimed::Equals(wanted, true) = &claim.says else { return None };
        let tree = self.sources[claim.home].tree;
        let at = claim.about?;
        Some(Asked {
            reading: claim.reading,
            giver: self.abouts[at].primitive,
            about: self.things(at),
            wants: self.one_of(wanted)?,
            text: tree.text(claim.seen.span).to_owned(),
            file: tree.file.clone(),
            span: claim.seen.span,
            within: claim.within,
        })
    }

    fn things(&self, at: usize) -> Things {
        let of = &self.abouts[at];
        let known = of.primitive.params.iter().zip(&of.args);
        known.filter_map(|(param, values)| Some((param, self.shown_of(values.as_ref()?)?))).collect()
    }

    fn one_of(&self, values: &Values<'t>) -> Option<String> {
        let shown = self.shown_of(values)?;
        if let [one] = &shown[..] { Some(one.clone()) } else { None }
    }

    fn shown_of(&self, values: &Values<'t>) -> Option<Vec<String>> {
        plain(&self.settled(values)?).iter().map(Value::shown).collect()
    }
}
