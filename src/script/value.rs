//! Conversion between Rust values and script values, and their canonical form for facts, gates and digests.

use rhai::{Array, Dynamic, FnPtr, ImmutableString};
use serde_json::json;

use super::{Absent, Ty};
use crate::host::Stop;
use crate::transport::Secret;

/// A Rust type that can cross into a script or out of it.
pub trait Script: Sized {
    /// How the type is called in signatures.
    fn ty() -> Ty;
    /// Takes it from a script. The error says what was found; the caller adds the place.
    fn take(value: Dynamic) -> Result<Self, Stop>;
    /// Gives it to a script.
    fn give(self) -> Dynamic;
}

/// Any value, for gates.
#[derive(Clone, Debug)]
pub struct Value(pub Dynamic);

/// A closure of a script.
#[derive(Clone, Debug)]
pub struct Block(pub FnPtr);

/// A predicate's answer that carries what was wanted, what was seen and where from. Gates and `!` know it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Whether it holds.
    pub holds: bool,
    /// What was wanted, in words.
    pub wanted: String,
    /// What was seen, in words.
    pub seen: String,
    /// The request that told it.
    pub source: String,
}

fn unexpected<T: Script>(value: &Dynamic) -> Stop {
    Stop::script(format!("expected {}, found {}", T::ty(), describe(value)))
}

/// What a value is, for an error: its type and, where short and harmless, itself.
pub(crate) fn describe(value: &Dynamic) -> String {
    if let Some(absent) = value.read_lock::<Absent>() {
        return absent.to_string();
    }
    match value.type_name() {
        "string" => format!("the string {:?}", value.to_string()),
        "i64" | "bool" => format!("{} {value}", if value.is_int() { "the number" } else { "the bool" }),
        "()" => "no value".to_string(),
        name => name.rsplit("::").next().unwrap_or(name).trim_end_matches('>').to_string(),
    }
}

macro_rules! plain {
    ($type:ty, $ty:expr, $take:expr) => {
        impl Script for $type {
            fn ty() -> Ty {
                $ty
            }
            fn take(value: Dynamic) -> Result<Self, Stop> {
                let take: fn(&Dynamic) -> Option<$type> = $take;
                take(&value).ok_or_else(|| unexpected::<$type>(&value))
            }
            fn give(self) -> Dynamic {
                Dynamic::from(self)
            }
        }
    };
}

plain!(bool, Ty::Bool, |value| value.as_bool().ok());
plain!(i64, Ty::Int, |value| value.as_int().ok());
plain!(Secret, Ty::Named("Secret"), |value| value.clone().try_cast());
plain!(Answer, Ty::Named("Answer"), |value| value.clone().try_cast());

impl Script for String {
    fn ty() -> Ty {
        Ty::Text
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        match value.read_lock::<ImmutableString>() {
            Some(text) => Ok(text.to_string()),
            None => Err(unexpected::<String>(&value)),
        }
    }
    fn give(self) -> Dynamic {
        self.into()
    }
}

impl Script for () {
    fn ty() -> Ty {
        Ty::Unit
    }
    fn take(_: Dynamic) -> Result<Self, Stop> {
        Ok(())
    }
    fn give(self) -> Dynamic {
        Dynamic::UNIT
    }
}

impl Script for Value {
    fn ty() -> Ty {
        Ty::Any
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        Ok(Value(value.flatten()))
    }
    fn give(self) -> Dynamic {
        self.0
    }
}

impl Script for Block {
    fn ty() -> Ty {
        Ty::Function
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        value.clone().try_cast::<FnPtr>().map(Block).ok_or_else(|| unexpected::<Block>(&value))
    }
    fn give(self) -> Dynamic {
        Dynamic::from(self.0)
    }
}

impl<T: Script> Script for Vec<T> {
    fn ty() -> Ty {
        Ty::List(Box::new(T::ty()))
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        let array = match value.read_lock::<Array>() {
            Some(array) => array.clone(),
            None => return Err(unexpected::<Vec<T>>(&value)),
        };
        array.into_iter().map(T::take).collect()
    }
    fn give(self) -> Dynamic {
        self.into_iter().map(T::give).collect::<Array>().into()
    }
}

/// In a field or result: present or an [`Absent`]. As a parameter: given or not.
impl<T: Script> Script for Option<T> {
    fn ty() -> Ty {
        Ty::Maybe(Box::new(T::ty()))
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        if value.is_unit() { Ok(None) } else { T::take(value).map(Some) }
    }
    fn give(self) -> Dynamic {
        match self {
            Some(value) => value.give(),
            None => Dynamic::from(Absent { what: "value".to_string() }),
        }
    }
}

/// A parameter that takes a value which a service may not have.
pub struct OrAbsent<T>(pub Result<T, Absent>);

impl<T: Script> Script for OrAbsent<T> {
    fn ty() -> Ty {
        Ty::OrAbsent(Box::new(T::ty()))
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        let absent = value.read_lock::<Absent>().map(|absent| absent.clone());
        absent.map_or_else(|| T::take(value).map(|value| OrAbsent(Ok(value))), |absent| Ok(OrAbsent(Err(absent))))
    }
    fn give(self) -> Dynamic {
        self.0.map_or_else(Dynamic::from, T::give)
    }
}

/// A field that the service may have been unable to tell: reading it then stops with the reason.
pub type Told<T> = Result<T, Box<Stop>>;

impl<T: Script> Script for Told<T> {
    fn ty() -> Ty {
        T::ty()
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        T::take(value).map(Ok)
    }
    fn give(self) -> Dynamic {
        match self {
            Ok(value) => value.give(),
            Err(stop) => Dynamic::from(*stop),
        }
    }
}

/// The canonical form of a script value: equal values give equal JSON, unlike types never do. `None` for a value that
/// has no such form (a closure, a secret).
pub fn canonical(value: &Dynamic) -> Option<serde_json::Value> {
    if let Some(text) = value.read_lock::<ImmutableString>() {
        return Some(json!(text.as_str()));
    }
    if let Ok(number) = value.as_int() {
        return Some(json!(number));
    }
    if let Ok(flag) = value.as_bool() {
        return Some(json!(flag));
    }
    if let Some(array) = value.read_lock::<Array>() {
        return array.iter().map(canonical).collect::<Option<Vec<_>>>().map(Into::into);
    }
    if let Some(map) = value.read_lock::<rhai::Map>() {
        let fields: Option<serde_json::Map<_, _>> =
            map.iter().map(|(key, value)| Some((key.to_string(), canonical(value)?))).collect();
        return fields.map(Into::into);
    }
    if let Some(absent) = value.read_lock::<Absent>() {
        return Some(json!({ "absent": absent.what }));
    }
    if let Some(answer) = value.read_lock::<Answer>() {
        return Some(json!(answer.holds));
    }
    crate::primitives::net::canonical(value).or_else(|| super::list::canonical(value))
}

/// A value as a person reads it: text without quotes, lists in brackets.
pub fn shown(value: &Dynamic) -> String {
    if let Some(absent) = value.read_lock::<Absent>() {
        return absent.to_string();
    }
    match canonical(value) {
        Some(json) => shown_json(&json),
        None => describe(value),
    }
}

pub(crate) fn shown_json(json: &serde_json::Value) -> String {
    match json {
        serde_json::Value::String(text) if text.is_empty() => "\"\"".to_string(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) if items.is_empty() => "none".to_string(),
        serde_json::Value::Array(items) => items.iter().map(shown_json).collect::<Vec<_>>().join(", "),
        serde_json::Value::Object(fields) if fields.len() == 1 && fields.values().all(|v| v.is_string()) => {
            fields.iter().map(|(key, value)| format!("{key} {}", shown_json(value))).collect()
        }
        other => other.to_string(),
    }
}
