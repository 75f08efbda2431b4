//! Types as a script sees them.

use std::fmt;

use super::declare::OptionField;
use super::{Limits, Vocabulary};

/// The type of a parameter, a field or a result, in the words of the reference.
#[derive(Clone, Debug, PartialEq)]
pub enum Ty {
    /// No value.
    Unit,
    /// `true` or `false`.
    Bool,
    /// A whole number of 64 bits.
    Int,
    /// Text.
    Text,
    /// A whole number between these limits.
    Within(&'static Limits),
    /// Text that is one of these words.
    Word(&'static Vocabulary),
    /// Any plain value, list or handle: gates take these.
    Any,
    /// A closure or function.
    Function,
    /// A list of one type.
    List(Box<Ty>),
    /// A value that the service may not have; only gates and `has_...` take it as it is.
    Maybe(Box<Ty>),
    /// A parameter that takes a value which a service may not have.
    OrAbsent(Box<Ty>),
    /// An object map with known fields.
    Options(Vec<OptionField>),
    /// A type of the host, by its name: `Network`, `Cidr`, `Secret`.
    Named(&'static str),
}

impl Ty {
    /// The words that its texts may be.
    pub fn vocabulary(&self) -> Option<&'static Vocabulary> {
        match self {
            Ty::Word(words) => Some(words),
            Ty::List(of) | Ty::Maybe(of) | Ty::OrAbsent(of) => of.vocabulary(),
            _ => None,
        }
    }

    /// The limits of its numbers.
    pub fn limits(&self) -> Option<&'static Limits> {
        match self {
            Ty::Within(limits) => Some(limits),
            Ty::List(of) | Ty::Maybe(of) | Ty::OrAbsent(of) => of.limits(),
            _ => None,
        }
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ty::Unit => f.write_str("()"),
            Ty::Bool => f.write_str("bool"),
            Ty::Int | Ty::Within(_) => f.write_str("int"),
            Ty::Text | Ty::Word(_) => f.write_str("string"),
            Ty::Any => f.write_str("value"),
            Ty::Function => f.write_str("closure"),
            Ty::List(of) => write!(f, "[{of}]"),
            Ty::Maybe(of) | Ty::OrAbsent(of) => write!(f, "{of}?"),
            Ty::Named(name) => f.write_str(name),
            Ty::Options(fields) => {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|field| format!("{}{}: {}", field.name, if field.required { "" } else { "?" }, field.ty))
                    .collect();
                write!(f, "#{{ {} }}", fields.join(", "))
            }
        }
    }
}
