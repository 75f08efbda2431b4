//! Whether a gate looks at what a change did: it follows a reading that tells of it, and that is about the same thing.
//! Where it is not known what one of the two is about, it is taken for a look.

use super::super::super::shape::GATES;
use super::super::about::Note;
use super::super::infer::Infer;
pub(in super::super) use super::super::table::element;
use super::super::values::fixed::Fixed;
use super::super::values::held::plain;
use super::super::values::{Value, Values};
use super::super::{Reach, Unseen, Use};
use crate::primitives::net::{Cidr, Ip, IpRange};
use crate::script::{Absence, Effect, Param, Primitive, Ty, equal};

/// Whether a reading is about what a change is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    /// It is.
    Same,
    /// Nobody knows.
    Perhaps,
    /// It is about something else.
    Other,
}

impl<'t> Infer<'t> {
    /// Changes at which no gate looks.
    pub(in super::super) fn sights(&self, steps: &mut [Reach]) {
        let unread = self.unread();
        // What is given a name that nobody reads is looked at by nobody.
        let is_read = |call: &Use| !unread.iter().any(|(file, value)| **file == *call.file && value.holds(call.span));
        for at in 0..steps.len() {
            let changes = steps[at].uses.iter().enumerate().filter(|(_, call)| is_change(call));
            let unseen = changes.filter_map(|(place, change)| {
                let mut of_another = None;
                let behind = std::iter::once((true, &steps[at].uses[place + 1..]));
                let behind = behind.chain(steps[at + 1..].iter().map(|step| (false, &step.uses[..])));
                let is_seen = behind.clone().any(|calls| self.looks(change, calls, &is_read, &mut of_another));
                let left_out = if is_seen { self.looked_past(change, behind, &is_read) } else { Vec::new() };
                let is_told = (!is_seen || !left_out.is_empty()) && !self.is_exchanged(change);
                let asked_by = || self.asked_by(change);
                is_told.then(|| Unseen { place, of_another: of_another.cloned(), asked_by: asked_by(), left_out })
            });
            steps[at].unseen = unseen.collect();
        }
    }

    /// Whether what a change is given is told to be in each other's place: what it is about follows from that.
    fn is_exchanged(&self, change: &Use) -> bool {
        let within = about(change).map_or(change.span, |about| self.abouts[about].span);
        self.is_told_of("W0326", &change.file, within)
    }

    /// Whether a gate among these calls follows a reading that tells of the change, or a person attests it. A reading that
    /// tells of another one is kept.
    fn looks<'u>(
        &self,
        change: &Use,
        (is_own, calls): (bool, &'u [Use]),
        is_read: &dyn Fn(&Use) -> bool,
        of_another: &mut Option<&'u Use>,
    ) -> bool {
        if is_attested(calls, is_own) {
            return true;
        }
        let mut read = false;
        for call in calls {
            if read && is_gate(call) {
                return true;
            }
            let tells = || change.primitive.seen_by.iter().any(|sight| call.primitive.is(sight.reading));
            if !read && self.table.is_sight(call.primitive) && tells() && is_read(call) {
                read = self.relation(change, call.primitive, about(call)) != Relation::Other;
                *of_another = of_another.or(Some(call).filter(|_| !read));
            }
        }
        false
    }

    /// How what a reading is about is related to what a change is about.
    pub(super) fn relation(&self, change: &Use, reading: &'static Primitive, of: Option<usize>) -> Relation {
        let (Some(made), Some(of)) = (about(change), of) else {
            let is_of_all = reading.receiver.is_none() && reading.params.is_empty();
            return if is_of_all { Relation::Same } else { Relation::Perhaps };
        };
        if made == of {
            return Relation::Same;
        }
        let (made, of) = (&self.abouts[made], &self.abouts[of]);
        let kind = element(&made.primitive.result);
        let is_of_kind = std::ptr::eq(of.primitive, reading) || kind.is_some() && kind == element(&of.primitive.result);
        let mut relation = None;
        for (param, a) in made.primitive.params.iter().zip(&made.args) {
            for (other, b) in of.primitive.params.iter().zip(&of.args) {
                if !is_named_alike(param, other, is_of_kind) {
                    continue;
                }
                match (self.compared_names(a.as_ref(), b.as_ref()), relation) {
                    (Relation::Other, _) => return Relation::Other,
                    (Relation::Same, None | Some(Relation::Same)) => relation = Some(Relation::Same),
                    _ => relation = Some(Relation::Perhaps),
                }
            }
        }
        let is_made_alike = || made.made.iter().any(|one| of.made.contains(one));
        relation.unwrap_or_else(|| if is_made_alike() { Relation::Same } else { Relation::Perhaps })
    }

    fn compared_names(&self, a: Option<&Values<'t>>, b: Option<&Values<'t>>) -> Relation {
        let known = |values: Option<&Values<'t>>| self.settled(values?).map(|values| plain(&values));
        let (Some(a), Some(b)) = (known(a), known(b)) else { return Relation::Perhaps };
        match () {
            () if b.iter().all(|b| a.iter().any(|a| same(a, b) == Some(true))) => Relation::Same,
            () if a.iter().all(|a| b.iter().all(|b| apart(a, b))) => Relation::Other,
            () => Relation::Perhaps,
        }
    }
}

pub(in super::super) fn is_change(call: &Use) -> bool {
    call.primitive.effect == Effect::Change
}

pub(super) fn is_gate(call: &Use) -> bool {
    call.primitive.receiver.is_none() && GATES.contains(&call.primitive.name)
}

/// Whether a person who attests among these calls has looked at a change before them. One who attests speaks of what the
/// step has changed until then; where it has changed nothing, of what the steps before it changed.
pub(super) fn is_attested(calls: &[Use], is_own: bool) -> bool {
    let attests = |call: &Use| call.primitive.receiver.is_none() && call.primitive.name == "attest";
    let mut spoken = calls.iter().take_while(|call| is_own || !is_change(call));
    spoken.any(attests)
}

/// What a call is about.
pub(in super::super) fn about(call: &Use) -> Option<usize> {
    match call.note {
        Note::About(at) => Some(at),
        Note::None | Note::Claims(..) => None,
    }
}

/// Whether two parameters name one thing: by a name that both have, by the way in which they are written, or as
/// addresses.
pub(in super::super) fn is_named_alike(param: &Param, other: &Param, is_of_kind: bool) -> bool {
    let form = |param: &Param| param.ty.vocabulary().and_then(|words| words.form);
    let is_range = |param: &Param| matches!(param.ty, Ty::Named("Ip" | "IpRange"));
    is_of_kind && (param.name == other.name || is_range(param) && is_range(other))
        || form(param).is_some() && form(param) == form(other)
}

/// Whether two plain values are one; nothing where that cannot be told, or where only letters are larger or smaller.
pub(super) fn same(a: &Value<'_>, b: &Value<'_>) -> Option<bool> {
    if let (Some(a), Some(b)) = (a.as_text(), b.as_text()) {
        return (a == b || !a.eq_ignore_ascii_case(b)).then_some(a == b);
    }
    if let (Value::Fixed(_, _, Fixed::Other(a)), Value::Fixed(_, _, Fixed::Other(b))) = (a, b) {
        return equal(a, b, Absence::Differs).ok();
    }
    let text = |value: &Value<'_>| value.as_text().map(str::to_owned).or_else(|| value.shown());
    Some(text(a)? == text(b)?)
}

/// Whether two names are certainly names of two things; ranges that share an address are not, nor are an application and
/// a unit of it.
fn apart(a: &Value<'_>, b: &Value<'_>) -> bool {
    if let (Some(a), Some(b)) = (range(a), range(b)) {
        return !a.overlaps(&b);
    }
    let of_unit = |a: &Value<'_>, b: &Value<'_>| {
        let (application, _) = a.as_text()?.rsplit_once('/')?;
        Some(b.as_text()? == application)
    };
    same(a, b) == Some(false) && of_unit(a, b) != Some(true) && of_unit(b, a) != Some(true)
}

/// The addresses that a value stands for.
fn range(value: &Value<'_>) -> Option<IpRange> {
    let one = |Ip(address): Ip| IpRange { start: address, end: address };
    let all = |Cidr(net): Cidr| IpRange { start: net.network(), end: net.broadcast() };
    match value {
        Value::Fixed(_, _, Fixed::Other(value)) => {
            let range = value.read_lock::<IpRange>().map(|range| *range);
            let address = || value.read_lock::<Ip>().map(|address| one(*address));
            range.or_else(address).or_else(|| value.read_lock::<Cidr>().map(|net| all(*net)))
        }
        _ => {
            let text = value.as_text().filter(|text| text.starts_with(|c: char| c.is_ascii_digit()))?;
            let range = text.parse::<IpRange>().ok();
            range.or_else(|| text.parse().ok().map(one)).or_else(|| text.parse().ok().map(all))
        }
    }
}
