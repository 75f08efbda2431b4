//! Comparison that never lies: unlike types raise, in `==`, `<`, `in` and inside lists alike.

use std::cmp::Ordering;

use rhai::{Array, Dynamic, EvalAltResult, FuncRegistration, ImmutableString, Module, NativeCallContext};

use crate::script::{Absence, Absent, Listing, equal};

type Compared<T> = Result<T, Box<EvalAltResult>>;

/// Registers the comparisons, `+` and `in` over all types.
pub(super) fn register(module: &mut Module) {
    set(module, "==", |context: NativeCallContext, a: Dynamic, b: Dynamic| equals(&context, &a, &b));
    set(module, "!=", |context: NativeCallContext, a: Dynamic, b: Dynamic| {
        equals(&context, &a, &b).map(|equal| !equal)
    });
    ordered(module, "<", Ordering::is_lt);
    ordered(module, "<=", Ordering::is_le);
    ordered(module, ">", Ordering::is_gt);
    ordered(module, ">=", Ordering::is_ge);
    set(module, "+", |context: NativeCallContext, a: Dynamic, b: Dynamic| add(&context, &a, &b));
    set(module, "contains", |context: NativeCallContext, list: Dynamic, value: Dynamic| {
        contains(&context, &list, &value)
    });
}

fn ordered(module: &mut Module, symbol: &'static str, holds: fn(Ordering) -> bool) {
    set(module, symbol, move |context: NativeCallContext, a: Dynamic, b: Dynamic| order(&context, &a, &b).map(holds));
}

fn set<T: Clone + Send + Sync + 'static>(
    module: &mut Module,
    name: &str,
    func: impl Fn(NativeCallContext, Dynamic, Dynamic) -> Compared<T> + Send + Sync + 'static,
) {
    FuncRegistration::new(name).in_global_namespace().set_into_module(module, func);
}

fn unlike<T>(context: &NativeCallContext<'_>, what: &str, a: &Dynamic, b: &Dynamic) -> Compared<T> {
    Err(super::register::raise(context, crate::script::unlike(what, a, b)))
}

/// `x == ()` asks whether a value is absent; the check lets only those ask that may be.
fn equals(context: &NativeCallContext<'_>, a: &Dynamic, b: &Dynamic) -> Compared<bool> {
    match (a.is_unit(), b.is_unit()) {
        (false, true) => Ok(a.read_lock::<Absent>().is_some()),
        _ => same(context, a, b),
    }
}

fn same(context: &NativeCallContext<'_>, a: &Dynamic, b: &Dynamic) -> Compared<bool> {
    equal(a, b, Absence::Raises).map_err(|stop| super::register::raise(context, stop))
}

fn order(context: &NativeCallContext<'_>, a: &Dynamic, b: &Dynamic) -> Compared<Ordering> {
    if let (Ok(a), Ok(b)) = (a.as_int(), b.as_int()) {
        return Ok(a.cmp(&b));
    }
    if let (Some(a), Some(b)) = (a.read_lock::<ImmutableString>(), b.read_lock::<ImmutableString>()) {
        return Ok(a.as_str().cmp(b.as_str()));
    }
    crate::primitives::net::order(a, b).map_or_else(|| unlike(context, "order", a, b), Ok)
}

fn add(context: &NativeCallContext<'_>, a: &Dynamic, b: &Dynamic) -> Compared<Dynamic> {
    if let (Ok(a), Ok(b)) = (a.as_int(), b.as_int()) {
        let overflow = || {
            super::register::raise(context, crate::host::Stop::script(format!("{a} + {b} is too large for a number")))
        };
        return a.checked_add(b).map(Dynamic::from).ok_or_else(overflow);
    }
    if let (Some(a), Some(b)) = (a.read_lock::<ImmutableString>(), b.read_lock::<ImmutableString>()) {
        return Ok(Dynamic::from([a.as_str(), b.as_str()].concat()));
    }
    if let (Some(a), Some(b)) = (a.read_lock::<Array>(), b.read_lock::<Array>()) {
        return Ok(a.iter().chain(b.iter()).cloned().collect::<Array>().into());
    }
    unlike(context, "add", a, b)
}

/// Whether a list holds a value; unlike types raise. What a list or text that is absent holds is absent too: only a gate
/// takes that, and fails.
fn contains(context: &NativeCallContext<'_>, list: &Dynamic, value: &Dynamic) -> Compared<Dynamic> {
    if list.read_lock::<Absent>().is_some() {
        return Ok(list.clone());
    }
    holds(context, list, value).map(Dynamic::from)
}

fn holds(context: &NativeCallContext<'_>, list: &Dynamic, value: &Dynamic) -> Compared<bool> {
    if let (Some(list), Some(name)) = (list.read_lock::<Listing>(), value.read_lock::<ImmutableString>()) {
        return Ok(list.names.iter().any(|known| known == name.as_str()));
    }
    let Some(items) = list.read_lock::<Array>() else { return unlike(context, "look in", list, value) };
    for item in items.iter() {
        if same(context, item, value)? {
            return Ok(true);
        }
    }
    Ok(false)
}
