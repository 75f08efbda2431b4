//! Typed lists of handles, sorted by identity. Filtering and walking stay in Rust; a script never copies one.

use std::sync::Arc;

use rhai::Dynamic;

use super::{Handle, Object, Script, Ty};
use crate::host::Stop;

/// A list of handles as a primitive returns it.
pub struct List<T: Object>(Vec<Handle<T>>);

impl<T: Object> List<T> {
    /// The handles in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Handle<T>> {
        self.0.iter()
    }
}

impl<T: Object> FromIterator<Handle<T>> for List<T> {
    /// Sorts the handles by identity.
    fn from_iter<I: IntoIterator<Item = Handle<T>>>(handles: I) -> Self {
        let mut handles: Vec<Handle<T>> = handles.into_iter().collect();
        handles.sort_by(|a, b| a.identity().cmp(b.identity()));
        List(handles)
    }
}

/// The same list as a script holds it: one type for all element types, so that it is registered once.
#[derive(Clone)]
pub struct Listing {
    /// The element type's name.
    pub of: &'static str,
    /// The identities, in order.
    pub names: Arc<[String]>,
    /// The handles, in the same order.
    pub items: Arc<[Dynamic]>,
}

impl Listing {
    /// The elements for which `keep` answers true.
    pub fn filter<E>(&self, mut keep: impl FnMut(&Dynamic) -> Result<bool, E>) -> Result<Self, E> {
        let mut names = Vec::new();
        let mut items = Vec::new();
        for (name, item) in self.names.iter().zip(self.items.iter()) {
            if keep(item)? {
                names.push(name.clone());
                items.push(item.clone());
            }
        }
        Ok(Listing { of: self.of, names: names.into(), items: items.into() })
    }
}

impl<T: Object> Script for List<T> {
    fn ty() -> Ty {
        Ty::List(Box::new(Ty::Named(T::NAME)))
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        let listed = value.read_lock::<Listing>().map(|list| list.items.to_vec());
        match listed {
            Some(items) => items.into_iter().map(Handle::<T>::take).collect(),
            None => Vec::<Handle<T>>::take(value).map(|handles| handles.into_iter().collect()),
        }
    }
    fn give(self) -> Dynamic {
        let names: Arc<[String]> = self.0.iter().map(|handle| handle.identity().to_string()).collect();
        Dynamic::from(Listing { of: T::NAME, names, items: self.0.into_iter().map(Script::give).collect() })
    }
}

/// A list as a fact: the set of its identities.
pub(super) fn canonical(value: &Dynamic) -> Option<serde_json::Value> {
    value.read_lock::<Listing>().map(|list| list.names.iter().map(String::as_str).collect())
}
