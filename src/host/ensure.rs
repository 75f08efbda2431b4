//! Reading through the plan's overlay, and changers that read, act on a difference and read again.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::Dynamic;
use serde_json::Value as Json;

use super::guard::{Follow, Sending};
use super::settle::{Left, Outcome};
use super::{Call, Change, Mode, Stop, StopKind, Verb};
use crate::script::{Handle, Known, List, Object, Script, canonical};
use crate::transport::{Reply, Request};

/// How a wanted field compares with what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    Equal,
    Includes,
}

/// One changer's work on one object: what it shall be, and how to make it so.
pub struct Ensure<'e, T: Object> {
    name: String,
    reason: String,
    wanted: Vec<(&'static str, Dynamic, Match)>,
    touches: Vec<String>,
    irreversible: Option<String>,
    read: Box<dyn Fn() -> Result<Option<Handle<T>>, Stop> + 'e>,
    requests: Box<Write<'e, T>>,
    follows: Vec<String>,
    then: Option<Box<Follow<'e>>>,
    tries: u32,
    finally: Vec<Request>,
}

/// Builds the requests for a difference.
type Write<'e, T> = dyn Fn(&Draft<'_, T>) -> Result<Vec<Request>, Stop> + 'e;

/// What a changer's requests are made from.
pub struct Draft<'d, T: Object> {
    /// The object as it is, if it is there.
    pub now: Option<&'d Handle<T>>,
    /// The fields that differ.
    pub differing: Vec<&'static str>,
}

impl<T: Object> Draft<'_, T> {
    /// Whether `field` differs.
    pub fn differs(&self, field: &str) -> bool {
        self.differing.contains(&field)
    }
}

impl<'e, T: Object> Ensure<'e, T> {
    /// Work on the object of this name. `read` finds it as it is now.
    pub fn new(name: &str, reason: &str, read: impl Fn() -> Result<Option<Handle<T>>, Stop> + 'e) -> Self {
        Ensure {
            name: name.to_string(),
            reason: reason.to_string(),
            wanted: Vec::new(),
            touches: Vec::new(),
            irreversible: None,
            read: Box::new(read),
            requests: Box::new(|_| Ok(Vec::new())),
            follows: Vec::new(),
            then: None,
            tries: 1,
            finally: Vec::new(),
        }
    }

    /// The field must have this value.
    pub fn equal(mut self, field: &'static str, value: impl Script) -> Self {
        self.wanted.push((field, value.give(), Match::Equal));
        self
    }

    /// The list field must hold these values, and may hold others.
    pub fn includes(mut self, field: &'static str, values: Vec<String>) -> Self {
        self.wanted.push((field, values.give(), Match::Includes));
        self
    }

    /// Kinds that the change may alter besides its own; without any, its own kind alone.
    pub fn touches(mut self, kind: &str) -> Self {
        self.touches.push(kind.to_string());
        self
    }

    /// The change cannot be undone: a person types this name before it is sent.
    pub fn irreversible(mut self, name: &str) -> Self {
        self.irreversible = Some(name.to_string());
        self
    }

    /// How the requests are made.
    pub fn by(mut self, requests: impl Fn(&Draft<'_, T>) -> Result<Vec<Request>, Stop> + 'e) -> Self {
        self.requests = Box::new(requests);
        self
    }

    /// Looks at the answers: a failure that a program reports as success, or what must be sent next, which a plan shows
    /// as `shown`.
    pub fn then(mut self, shown: &[String], follow: impl Fn(&[Reply]) -> Result<Vec<Request>, Stop> + 'e) -> Self {
        self.follows = shown.to_vec();
        self.then = Some(Box::new(follow));
        self
    }

    /// What is made from the answers is tried more than once: it is all there will ever be, as keys are.
    pub fn insist(mut self) -> Self {
        self.tries = super::guard::INSIST;
        self
    }

    /// Sent at the end however it went, to clear away what must not stay.
    pub fn finally(mut self, requests: Vec<Request>) -> Self {
        self.finally = requests;
        self
    }

    fn current(&self, handle: &Handle<T>, field: &'static str) -> Result<Json, Stop> {
        let value = match handle.known(field) {
            Known::Promised(value) => value.clone(),
            Known::Seen(object, source) => {
                let decl = T::fields().into_iter().find(|decl| decl.name == field);
                let decl = decl.ok_or_else(|| Stop::defect(format!("{} has no field {field} to compare", T::NAME)))?;
                super::call::told((decl.get)(object), source)?
            }
            Known::After(step) => return Err(Stop::deferred(format!("{field} of {}", handle.label()), step)),
        };
        canonical(&value).ok_or_else(|| Stop::defect(format!("the field {field} of {} cannot be compared", T::NAME)))
    }

    /// What the field will be: a list that must include others keeps what it has.
    fn after(&self, wanted: &Dynamic, how: Match, now: Option<&Json>) -> Json {
        let wanted = canonical(wanted).unwrap_or(Json::Null);
        match (how, now, &wanted) {
            (Match::Includes, Some(Json::Array(now)), Json::Array(add)) => {
                let mut all: Vec<Json> = now.iter().chain(add).cloned().collect();
                all.sort_by_key(Json::to_string);
                all.dedup();
                Json::Array(all)
            }
            _ => wanted,
        }
    }

    fn compare(&self, now: Option<&Handle<T>>) -> Result<Comparison, Stop> {
        let mut comparison = Comparison::default();
        for (field, wanted, how) in &self.wanted {
            let before = now.map(|now| self.current(now, field)).transpose()?;
            let after = self.after(wanted, *how, before.as_ref());
            if before.as_ref() != Some(&after) {
                comparison.differing.push(field);
            }
            before.map(|before| comparison.before.insert((*field).to_string(), before));
            comparison.after.insert((*field).to_string(), after);
        }
        Ok(comparison)
    }
}

#[derive(Default)]
struct Comparison {
    differing: Vec<&'static str>,
    before: BTreeMap<String, Json>,
    after: BTreeMap<String, Json>,
}

impl Call<'_> {
    /// Finds one object by its key: a planned change answers for its own object, and makes absence of others of a
    /// touched kind undecided. After a change that touches a whole namespace nothing else of it is known.
    pub fn find<T: Object>(
        &self,
        identity: &str,
        read: impl FnOnce() -> Result<Option<Handle<T>>, Stop>,
    ) -> Result<Option<Handle<T>>, Stop> {
        must_be_a_name(T::KIND, identity)?;
        if let Some(planned) = self.planned::<T>(identity) {
            // That it is there is a promise too.
            self.host.state().predicted = true;
            return Ok(Some(planned));
        }
        let found = read();
        let (touched, swept) = {
            let state = self.host.state();
            (state.touched_by(T::KIND).map(str::to_string), state.swept_by(T::KIND).is_some())
        };
        match (found, touched) {
            (Ok(Some(handle)), Some(step)) if swept => Err(Stop::deferred(handle.label(), &step)),
            (Ok(Some(handle)), _) => Ok(Some(handle)),
            (Ok(None), Some(step)) => Err(Stop::deferred(format!("whether {} {identity} is there", T::KIND), &step)),
            (Err(stop), Some(step)) if stop.kind != StopKind::Interrupted => {
                Err(Stop::deferred(format!("{} {identity}", T::KIND), &step).with("seen", stop.what))
            }
            (Ok(None), None) => {
                self.tell(
                    &format!("{}|{identity}|is there", T::KIND),
                    &format!("{} {identity}", T::KIND),
                    &Dynamic::from(false),
                    "",
                );
                Ok(None)
            }
            (Err(stop), _) => Err(stop),
        }
    }

    /// Reads a list; undecided when a planned change touches its kind.
    pub fn list<T: Object>(
        &self,
        key: &str,
        read: impl FnOnce() -> Result<Vec<Handle<T>>, Stop>,
    ) -> Result<List<T>, Stop> {
        if let Some(step) = self.host.state().touched_by(T::KIND).map(str::to_string) {
            return Err(Stop::deferred(format!("the list of {}s", T::KIND), &step));
        }
        let list: List<T> = read()?.into_iter().collect();
        let names =
            Dynamic::from(list.iter().map(|handle| handle.identity().to_string().into()).collect::<rhai::Array>());
        let from = list.iter().next().map_or_else(String::new, |handle| handle.source().to_string());
        self.tell(&format!("{}|*|{key}", T::KIND), &format!("{}s", T::KIND), &names, &from);
        Ok(list)
    }

    fn planned<T: Object>(&self, identity: &str) -> Option<Handle<T>> {
        let planned = self.host.state().overlay.get(&(T::KIND.to_string(), identity.to_string())).cloned();
        planned.and_then(|planned| planned.downcast::<Handle<T>>().ok()).map(|handle| (*handle).clone())
    }

    /// Makes the object what it shall be: reads, acts on a difference, reads again. In a plan the change is planned.
    pub fn ensure<T: Object + Clone>(&self, work: Ensure<'_, T>) -> Result<Handle<T>, Stop> {
        must_be_a_name(T::KIND, &work.name)?;
        let now = match self.planned::<T>(&work.name) {
            Some(planned) => Some(planned),
            None => (work.read)()?,
        };
        let comparison = work.compare(now.as_ref())?;
        if comparison.differing.is_empty()
            && let Some(now) = now
        {
            self.tell(
                &format!("{}|{}|as wanted", T::KIND, work.name),
                &now.label(),
                &Dynamic::from(true),
                &now.source(),
            );
            self.host.record(crate::journal::Event::AsWanted {
                step: self.step(),
                what: now.label(),
                source: now.source().to_string(),
            });
            return Ok(now);
        }
        let draft = Draft { now: now.as_ref(), differing: comparison.differing.clone() };
        let requests = (work.requests)(&draft)?;
        let change = self.change_of(&work, &comparison, now.is_some(), &requests);
        match self.host.mode {
            Mode::Ahead => Err(Stop::deferred(change.label(), "this pass")),
            Mode::Plan => self.plan_change(&work, change, &requests, now.as_ref(), &comparison),
            Mode::Apply => self.make_change(&work, &change, &requests),
        }
    }

    fn change_of<T: Object>(
        &self,
        work: &Ensure<'_, T>,
        comparison: &Comparison,
        is_there: bool,
        requests: &[Request],
    ) -> Change {
        let mut touches = work.touches.clone();
        touches.push(T::KIND.to_string());
        let all = requests.iter().map(ToString::to_string).chain(work.follows.iter().cloned());
        let all = all.chain(work.finally.iter().map(ToString::to_string)).collect();
        Change {
            step: self.step(),
            primitive: self.primitive.full_name(),
            kind: T::KIND.to_string(),
            name: work.name.clone(),
            verb: if is_there { Verb::Set } else { Verb::Make },
            before: comparison.before.clone(),
            after: comparison.after.clone(),
            requests: all,
            reason: work.reason.clone(),
            touches,
            irreversible: work.irreversible.clone(),
            awaits_secret: requests.iter().any(Request::awaits_secret),
        }
    }

    fn plan_change<T: Object + Clone>(
        &self,
        work: &Ensure<'_, T>,
        change: Change,
        requests: &[Request],
        now: Option<&Handle<T>>,
        comparison: &Comparison,
    ) -> Result<Handle<T>, Stop> {
        requests.iter().try_for_each(super::guard::deny)?;
        self.plan(&change)?;
        let promised = work
            .wanted
            .iter()
            .filter(|(field, _, _)| comparison.differing.contains(field))
            .map(|(field, wanted, _)| (*field, promise(wanted, comparison.after.get(*field))))
            .collect();
        let handle = Handle::planned(&work.name, now, promised, &change.step);
        self.host.state().overlay.insert((T::KIND.to_string(), work.name.clone()), Arc::new(handle.clone()));
        Ok(handle)
    }

    fn make_change<T: Object>(
        &self,
        work: &Ensure<'_, T>,
        change: &Change,
        requests: &[Request],
    ) -> Result<Handle<T>, Stop> {
        let intended = self.intend(change, requests)?;
        let sending = Sending { then: work.then.as_deref(), tries: work.tries, finally: &work.finally };
        let sent = self.carry_out(intended, &sending);
        self.confirm(work, change, sent.err())
    }

    /// Reads again, after a failure too, and says what is there now.
    fn confirm<T: Object>(
        &self,
        work: &Ensure<'_, T>,
        change: &Change,
        failed: Option<Stop>,
    ) -> Result<Handle<T>, Stop> {
        let again = (work.read)();
        let left = match &again {
            Ok(Some(handle)) => work.compare(Some(handle)).map(|comparison| comparison.differing),
            Ok(None) => Ok(vec!["presence"]),
            Err(stop) => Err(stop.clone()),
        };
        let left = left.map(|left| (!left.is_empty()).then(|| Left::differs(change, &left)));
        let source = again.as_ref().ok().and_then(|handle| Some(handle.as_ref()?.source().to_string()));
        self.judge(change, Outcome { failed, left, source, follows: &work.follows })?;
        // What is as wanted is there.
        again?.ok_or_else(|| Stop::defect(format!("{} was confirmed and is not there", change.label())))
    }
}

/// A client would take a name that begins with a dash for an option, and many take an empty one for all there are.
pub(super) fn must_be_a_name(kind: &str, name: &str) -> Result<(), Stop> {
    if !name.is_empty() && !name.starts_with('-') && !name.contains(char::is_control) {
        return Ok(());
    }
    Err(Stop::script(format!("{name:?} cannot name any {kind}"))
        .with("wanted", "a name that is not empty, has no control characters and does not begin with a dash")
        .with("next", "nothing was asked; look at where the name comes from"))
}

/// The promised value as a script sees it: the wanted one, or the joined list.
fn promise(wanted: &Dynamic, after: Option<&Json>) -> Dynamic {
    match after {
        Some(Json::Array(items))
            if items.iter().all(Json::is_string) && wanted.is_array() && canonical(wanted).as_ref() != after =>
        {
            items
                .iter()
                .filter_map(Json::as_str)
                .map(|text| Dynamic::from(text.to_string()))
                .collect::<rhai::Array>()
                .into()
        }
        _ => wanted.clone(),
    }
}
