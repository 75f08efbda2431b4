//! Gates that the runbook's own change makes fail: a change says what a reading shows when it is made, and a gate behind it
//! wants something else of the same thing. Where one of the two is not known, or where another change may have made it
//! right again, nothing is told.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Node, Span, Tree};
use super::super::about::{Claim, Claimed, Given, Note};
use super::super::infer::Infer;
use super::super::values::fixed::Fixed;
use super::super::values::held::plain;
use super::super::values::{Value, Values};
use super::super::{Reach, Use};
use super::sights::{Relation, about, is_change, same};
use crate::script::Says;

/// A change that is made before a gate, and what it says of what the gate asks.
pub(super) struct Made<'u> {
    pub(super) change: &'u Use,
    pub(super) says: Says,
    pub(super) relation: Relation,
}

/// What a reading shows, or a part of it.
enum Shown<'t> {
    Holds(bool),
    Word(&'static str),
    Value(Value<'t>),
}

impl<'t> Infer<'t> {
    /// Gates that cannot pass when the changes before them are done.
    pub(in super::super) fn afterwards(&mut self, steps: &[Reach]) {
        if self.claims.is_empty() {
            return;
        }
        let mut told = Vec::new();
        let (mut past, mut changes): (Vec<&Use>, Vec<usize>) = (Vec::new(), Vec::new());
        for step in steps {
            for call in &step.uses {
                if let (Note::Claims(from, to), false) = (call.note, changes.is_empty()) {
                    let claims = self.claims[from..to].iter();
                    told.extend(as_one(claims.filter_map(|claim| self.against(step, claim, &past, &changes))));
                }
                changes.extend(Some(past.len()).filter(|_| is_change(call)));
                past.push(call);
            }
        }
        told.into_iter().for_each(|told| self.tell(told));
    }

    /// All changes that may be about it leave it otherwise than the gate wants it, and one of them certainly is.
    fn against(&self, step: &Reach, claim: &Claim<'t>, past: &[&Use], changes: &[usize]) -> Option<Diagnostic> {
        let sights = changes.iter().flat_map(|at| {
            let sights = past[*at].primitive.seen_by.iter().filter(|sight| claim.reading.is(sight.reading));
            sights.filter_map(|sight| Some((*at, sight.says?)))
        });
        let mut sights = sights.peekable();
        sights.peek()?;
        let read = past.iter().rposition(|call| self.is_read_by(call, claim))?;
        let made = sights.filter(|(at, _)| *at <= read).map(|(at, says)| {
            let relation = self.relation(past[at], claim.reading, claim.about);
            Made { change: past[at], says, relation }
        });
        let made: Vec<Made<'_>> = made.filter(|made| made.relation != Relation::Other).collect();
        let last = made.iter().rev().find(|made| made.relation == Relation::Same)?;
        let is_against = |made: &Made<'_>| self.is_against(made, &claim.says) == Some(true);
        let is_told = made.iter().all(is_against) && !self.are_apart(last.change, claim);
        (is_told && !self.follows(last.change, claim)).then(|| self.cannot_pass(step, claim, last))
    }

    /// Whether a call gave what the gate asks: what was read before a change shows nothing of it.
    fn is_read_by(&self, call: &Use, claim: &Claim<'t>) -> bool {
        let giver = claim.about.map_or(claim.reading, |about| self.abouts[about].primitive);
        std::ptr::eq(call.primitive, giver) && about(call) == claim.about
    }

    /// Whether something else is wrong with the change or with the gate: it follows from that then.
    fn follows(&self, change: &Use, claim: &Claim<'t>) -> bool {
        let within = about(change).map_or(change.span, |about| self.abouts[about].span);
        self.is_blamed(&change.file, within) || self.is_blamed(&self.sources[claim.home].tree.file, claim.within)
    }

    /// Whether the gate fails, as far as that is known.
    pub(super) fn is_against(&self, made: &Made<'_>, claimed: &Claimed<'t>) -> Option<bool> {
        let shown = self.shown_then(made)?;
        match (made.says, claimed) {
            (_, Claimed::Holds(wanted)) => {
                let holds = shown.iter().map(Shown::holds).collect::<Option<Vec<bool>>>()?;
                Some(!holds.is_empty() && !holds.contains(wanted))
            }
            (_, Claimed::Equals(wanted, true)) => {
                Some(!shown.is_empty() && !self.are_there(&shown, wanted)?.contains(&true))
            }
            (_, Claimed::Equals(wanted, false)) => {
                Some(shown.len() == 1 && !self.are_there(&shown, wanted)?.contains(&false))
            }
            (Says::Given(_), Claimed::Has(items, true)) => {
                let there = self.are_there(&shown, items)?;
                // Every member of a list has its turn; what comes by several calls may come with a change of its own.
                Some(if items.asked.is_empty() { there.contains(&false) } else { !there.contains(&true) })
            }
            (Says::Given(_) | Says::Among(_), Claimed::Has(items, false))
            | (Says::Without(_), Claimed::Has(items, true)) => Some(!self.are_there(&shown, items)?.contains(&false)),
            (Says::Only(_), Claimed::Lists(wanted)) => {
                Some(shown.len() == 1 && self.are_there(&shown, wanted)?.contains(&false))
            }
            (Says::Given(_) | Says::Among(_), Claimed::Lists(wanted)) => {
                let wanted: Vec<Shown<'_>> = self.plain_of(wanted)?.into_iter().map(Shown::Value).collect();
                let values = shown.iter().filter_map(Shown::value);
                let there = values.map(|value| among(&wanted, value)).collect::<Option<Vec<bool>>>()?;
                Some(there.contains(&false))
            }
            _ => None,
        }
    }

    /// What the reading shows behind the change, or what is among it; nothing where a part of that is not known.
    fn shown_then(&self, made: &Made<'_>) -> Option<Vec<Shown<'t>>> {
        let part = match made.says {
            Says::Holds(holds) => return Some(vec![Shown::Holds(holds)]),
            Says::Word(word) => return Some(vec![Shown::Word(word)]),
            Says::Given(part) | Says::Only(part) | Says::Among(part) | Says::Without(part) => part,
        };
        let about = &self.abouts[about(made.change)?];
        match &about.given.iter().find(|(name, _)| *name == part)?.1 {
            Given::LeftOut => Some(Vec::new()),
            Given::Unknown => None,
            Given::Values(values) => Some(self.plain_of(values)?.into_iter().map(Shown::Value).collect()),
        }
    }

    fn plain_of(&self, values: &Values<'t>) -> Option<Vec<Value<'t>>> {
        self.settled(values).map(|values| plain(&values))
    }

    /// Of each of these whether it is there.
    fn are_there(&self, shown: &[Shown<'t>], wanted: &Values<'t>) -> Option<Vec<bool>> {
        self.plain_of(wanted)?.iter().map(|wanted| among(shown, wanted)).collect()
    }

    /// Whether a change and a gate stand in ways of which only one is gone.
    fn are_apart(&self, change: &Use, claim: &Claim<'t>) -> bool {
        let tree = self.sources[claim.home].tree;
        tree.file == *change.file && is_either(tree, change.span, claim.seen.span)
    }

    fn cannot_pass(&self, step: &Reach, claim: &Claim<'t>, made: &Made<'_>) -> Diagnostic {
        let tree = self.sources[claim.home].tree;
        let name = made.change.primitive.full_name();
        let (is, wants) = (self.is_then(made, &claim.says), self.wants(made, &claim.says));
        let message = format!("after {name} `{}` {is}, and this gate wants {wants}", tree.text(claim.seen.span));
        let told = Diagnostic::error("E0360", message, &tree.file, claim.seen.span);
        let told = told.note(format!("{name} is called at {}:{}", made.change.file, made.change.span.line));
        let told = match claim.home {
            0 => told,
            _ => told.note(format!("step {} of {} asks it", step.id, self.sources[0].tree.file)),
        };
        told.help("one of the two is wrong: what is made, or what is asked of it")
    }

    /// What is there, in words.
    fn is_then(&self, made: &Made<'_>, claimed: &Claimed<'t>) -> String {
        let there = listed(self.shown_then(made).unwrap_or_default().iter());
        match (made.says, claimed) {
            (Says::Without(_), _) => format!("does not hold {there}"),
            (_, Claimed::Has(..) | Claimed::Lists(_)) => format!("holds {there}"),
            _ => format!("is {there}"),
        }
    }

    /// What the gate wants, in words; of what is to be in a list, what is missing.
    fn wants(&self, made: &Made<'_>, claimed: &Claimed<'t>) -> String {
        let all = |values: &Values<'t>| self.plain_of(values).unwrap_or_default();
        let shown = |values: Vec<Value<'t>>| listed(values.into_iter().map(Shown::Value).collect::<Vec<_>>().iter());
        match claimed {
            Claimed::Holds(wanted) => wanted.to_string(),
            Claimed::Equals(values, true) => shown(all(values)),
            Claimed::Equals(values, false) => format!("anything but {}", shown(all(values))),
            Claimed::Lists(values) => format!("[{}]", shown(all(values))),
            Claimed::Has(values, false) => format!("it without {}", shown(all(values))),
            Claimed::Has(values, true) => {
                let there = self.shown_then(made).filter(|_| matches!(made.says, Says::Given(_))).unwrap_or_default();
                let lacking = all(values).into_iter().filter(|value| among(&there, value) == Some(false));
                let wanted: Vec<Value<'t>> = lacking.collect();
                format!("{} in it", shown(if wanted.is_empty() { all(values) } else { wanted }))
            }
        }
    }
}

/// What one gate wants otherwise is one mistake.
fn as_one(mut all: impl Iterator<Item = Diagnostic>) -> Option<Diagnostic> {
    let first = all.next()?;
    Some(all.fold(first, |first, other| {
        let what = other.message.split_once('`').map_or(other.message.as_str(), |(_, rest)| rest);
        let note = format!("so too: `{what}");
        Diagnostic { span: first.span.to(other.span), ..first.note(note) }
    }))
}

impl<'t> Shown<'t> {
    fn holds(&self) -> Option<bool> {
        match self {
            Shown::Holds(holds) => Some(*holds),
            Shown::Word(_) => None,
            Shown::Value(value) => as_bool(value),
        }
    }

    fn value(&self) -> Option<&Value<'t>> {
        if let Shown::Value(value) = self { Some(value) } else { None }
    }

    fn is(&self, wanted: &Value<'t>) -> Option<bool> {
        match self {
            Shown::Holds(holds) => as_bool(wanted).map(|wanted| wanted == *holds),
            Shown::Word(word) => wanted.as_text().map(|wanted| wanted == *word),
            Shown::Value(value) => same(value, wanted),
        }
    }

    fn text(&self) -> Option<String> {
        match self {
            Shown::Holds(holds) => Some(holds.to_string()),
            Shown::Word(word) => Some(format!("{word:?}")),
            Shown::Value(value) => value.shown(),
        }
    }
}

/// Each once, in the order of the text.
fn listed<'t>(all: impl Iterator<Item = &'t Shown<'t>>) -> String {
    let mut shown: Vec<String> = Vec::new();
    for text in all.filter_map(Shown::text) {
        if !shown.contains(&text) {
            shown.push(text);
        }
    }
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
}

/// Whether one of them is this one; nothing where that cannot be told of each.
fn among<'t>(all: &[Shown<'t>], one: &Value<'t>) -> Option<bool> {
    let same: Option<Vec<bool>> = all.iter().map(|shown| shown.is(one)).collect();
    same.map(|same| same.contains(&true))
}

fn as_bool(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Written(_, Node { kind: Kind::Bool(holds), .. }) | Value::Fixed(_, _, Fixed::Bool(holds)) => {
            Some(*holds)
        }
        _ => None,
    }
}

/// Whether two places stand in two ways of one `if` or one `switch`.
fn is_either(tree: &Tree, a: Span, b: Span) -> bool {
    let mut is_either = false;
    let apart = |ways: &[Span]| {
        let way = |span: Span| ways.iter().position(|way| way.holds(span));
        matches!((way(a), way(b)), (Some(a), Some(b)) if a != b)
    };
    tree.walk(&mut |node| match &node.kind {
        Kind::If { then, otherwise: Some(otherwise), .. } => is_either |= apart(&[then.span, otherwise.span]),
        Kind::Switch { arms, .. } => {
            is_either |= apart(&arms.iter().map(|arm| arm.body.span).collect::<Vec<_>>());
        }
        _ => {}
    });
    is_either
}
