//! Handles: immutable objects of a cloud, shared by an `Arc`, whose every field is seen, promised or known only after
//! a step.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::Dynamic;

use super::{FieldDecl, Script, Ty};
use crate::host::Stop;

/// Where a fact came from: the request, as a person would type it.
pub type Source = Arc<str>;

/// A kind of object that scripts hold handles of. Made by `handle!`.
pub trait Object: Sized + Send + Sync + 'static {
    /// The script's name of the type, e.g. `Network`.
    const NAME: &'static str;
    /// The namespace and the thing, e.g. `openstack network`.
    const KIND: &'static str;
    /// What the type is, for the reference.
    const DOC: &'static str;
    /// The operator's key: a name, a CIDR, a hostname; never a position, and an id only where nothing else is unique.
    fn identity(&self) -> String;
    /// The fields that scripts may read.
    fn fields() -> Vec<FieldDecl<Self>>;
}

/// A shared, immutable object.
pub struct Handle<T: Object>(Arc<Held<T>>);

impl<T: Object> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Handle(self.0.clone())
    }
}

impl<T: Object> std::fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.label())
    }
}

struct Held<T> {
    identity: String,
    /// What was read; none for an object that a planned change will make.
    seen: Option<(T, Source)>,
    /// What a planned change will confirm by reading again.
    promised: BTreeMap<&'static str, Dynamic>,
    /// The step of that change.
    step: Option<String>,
}

/// How a field of a handle is known.
pub(crate) enum Known<'a, T> {
    /// Read from the service.
    Seen(&'a T, &'a Source),
    /// What a planned change will confirm.
    Promised(&'a Dynamic),
    /// Only after the change of this step.
    After(&'a str),
}

impl<T: Object> Handle<T> {
    /// An object that was read.
    pub fn seen(value: T, source: Source) -> Self {
        let identity = value.identity();
        Handle(Arc::new(Held { identity, seen: Some((value, source)), promised: BTreeMap::new(), step: None }))
    }

    /// An object as a planned change of `step` will leave it: `promised` over what is there now.
    pub fn planned(
        identity: &str,
        now: Option<&Handle<T>>,
        promised: BTreeMap<&'static str, Dynamic>,
        step: &str,
    ) -> Self
    where
        T: Clone,
    {
        let seen = now.and_then(|now| now.0.seen.clone());
        Handle(Arc::new(Held { identity: identity.to_string(), seen, promised, step: Some(step.to_string()) }))
    }

    /// The operator's key of the object.
    pub fn identity(&self) -> &str {
        &self.0.identity
    }

    /// The kind and the key, e.g. `network provider-ext`.
    pub fn label(&self) -> String {
        let thing = T::KIND.split_once(' ').map_or(T::KIND, |(_, thing)| thing);
        format!("{thing} {}", self.0.identity)
    }

    /// The object as it was read; a deferral when a planned change makes it.
    pub fn now(&self) -> Result<&T, Stop> {
        match (&self.0.seen, &self.0.step) {
            (Some((value, _)), _) => Ok(value),
            (None, Some(step)) => Err(Stop::deferred(self.label(), step)),
            (None, None) => Err(Stop::defect(format!("{} is neither seen nor planned", self.label()))),
        }
    }

    /// Where it was read.
    pub fn source(&self) -> Source {
        self.0.seen.as_ref().map_or_else(|| Arc::from("a planned change"), |(_, source)| source.clone())
    }

    /// The step whose planned change makes or alters the object.
    pub fn planned_in(&self) -> Option<&str> {
        self.0.step.as_deref()
    }

    /// An argument that holds a part of the object, such as its id: printed in a plan, known in an apply.
    pub fn arg(&self, what: &str, part: impl Fn(&T) -> String) -> crate::transport::Arg {
        match (&self.0.seen, &self.0.step) {
            (Some((value, _)), _) => part(value).into(),
            (None, step) => crate::transport::Arg::After {
                what: format!("{what} of {}", self.label()),
                step: step.clone().unwrap_or_default(),
            },
        }
    }

    pub(crate) fn known(&self, field: &str) -> Known<'_, T> {
        if let Some(value) = self.0.promised.get(field) {
            return Known::Promised(value);
        }
        match (&self.0.seen, &self.0.step) {
            (Some((value, source)), _) => Known::Seen(value, source),
            (None, step) => Known::After(step.as_deref().unwrap_or("?")),
        }
    }
}

impl<T: Object> Script for Handle<T> {
    fn ty() -> Ty {
        Ty::Named(T::NAME)
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        match value.read_lock::<Handle<T>>() {
            Some(handle) => Ok(handle.clone()),
            None => Err(Stop::script(format!("expected {}, found {}", T::NAME, super::value::describe(&value)))),
        }
    }
    fn give(self) -> Dynamic {
        Dynamic::from(self)
    }
}
