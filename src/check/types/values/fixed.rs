//! What a constant of a library is: its value, taken apart so that a check can look into lists and maps.

use std::collections::BTreeMap;

use rhai::{Dynamic, Identifier, ImmutableString};

/// The values of a file's constants, by name.
pub type Constants = BTreeMap<String, Fixed>;

/// The fields of a map.
pub type FixedMap = BTreeMap<Identifier, Fixed>;

/// A value that was evaluated.
#[derive(Clone, Debug)]
pub enum Fixed {
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Text.
    Text(ImmutableString),
    /// A list.
    List(Vec<Fixed>),
    /// A map.
    Map(FixedMap),
    /// A value of the host: an address, a network.
    Other(Dynamic),
}

impl Fixed {
    /// Takes a value apart.
    #[must_use]
    pub fn of(value: &Dynamic) -> Self {
        if let Some(items) = value.read_lock::<rhai::Array>() {
            return Fixed::List(items.iter().map(Self::of).collect());
        }
        if let Some(map) = value.read_lock::<rhai::Map>() {
            return Fixed::Map(map.iter().map(|(name, value)| (name.clone(), Self::of(value))).collect());
        }
        if let Some(text) = value.read_lock::<ImmutableString>() {
            return Fixed::Text(text.clone());
        }
        match (value.as_int(), value.as_bool()) {
            (Ok(number), _) => Fixed::Int(number),
            (_, Ok(holds)) => Fixed::Bool(holds),
            _ => Fixed::Other(value.clone()),
        }
    }

    /// Its text, when it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Fixed::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What a reader knows it by, and what it is compared by.
    #[must_use]
    pub fn shown(&self) -> Option<String> {
        match self {
            Fixed::Bool(holds) => Some(holds.to_string()),
            Fixed::Int(number) => Some(number.to_string()),
            Fixed::Text(text) => Some(format!("{:?}", text.as_str())),
            Fixed::Other(value) => Some(crate::script::shown(value)),
            Fixed::List(_) | Fixed::Map(_) => None,
        }
    }
}
