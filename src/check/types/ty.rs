//! The types that a script's values have, and how two ways of a script come together in one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;

use crate::script::{Limits, Vocabulary};

/// The type of an expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// No value comes out: the way ends before.
    Never,
    /// Not known because of a mistake that was told already, or because nobody calls the function: nothing is said.
    Open,
    /// The host does not tell: only gates take it.
    Any,
    /// `()`
    Unit,
    /// `true` or `false`
    Bool,
    /// A whole number.
    Int,
    /// A whole number that lies between these limits.
    Within(&'static Limits),
    /// One character.
    Char,
    /// Text.
    Text,
    /// Text that is one of these words.
    Word(&'static Vocabulary),
    /// `1..3`
    Range,
    /// A type of the host, by its name.
    Named(&'static str),
    /// A list of plain values.
    List(Box<Type>),
    /// The host's list of handles of one type.
    Listing(&'static str),
    /// An object map, with the fields it has.
    Map(Arc<BTreeMap<String, Type>>),
    /// A value that a service may not have.
    Maybe(Box<Type>),
    /// One or the other, as ways of the script have it: what is done with it must suit all.
    Either(BTreeSet<Type>),
    /// A closure, by its place among those that the inference met.
    Closure(usize),
    /// A function of a script that is handed over by its name: the file's place and the name.
    Function(usize, CompactString),
}

impl Type {
    /// A list of that.
    pub fn list(of: Type) -> Type {
        Type::List(Box::new(of))
    }

    /// An object map of these fields.
    pub fn map(fields: impl IntoIterator<Item = (String, Type)>) -> Type {
        Type::Map(Arc::new(fields.into_iter().collect()))
    }

    /// What a value is that comes out of one way or of another.
    #[must_use]
    pub fn join(self, other: Type) -> Type {
        match (self, other) {
            (a, b) if a == b => a,
            (a, b) if a.is_text() && b.is_text() => Type::Text,
            (a, b) if a.is_int() && b.is_int() => Type::Int,
            (Type::Never, b) => b,
            (a, Type::Never) => a,
            (Type::Open, _) | (_, Type::Open) => Type::Open,
            (Type::List(a), Type::List(b)) => Type::list(a.join(*b)),
            (Type::Maybe(a), Type::Maybe(b)) => Type::Maybe(Box::new(a.join(*b))),
            (Type::Maybe(a), b) | (b, Type::Maybe(a)) if *a == b => Type::Maybe(a),
            (Type::Maybe(a), b) | (b, Type::Maybe(a)) if a.is_text() && b.is_text() => {
                Type::Maybe(Box::new(Type::Text))
            }
            (Type::Maybe(a), b) | (b, Type::Maybe(a)) if a.is_int() && b.is_int() => Type::Maybe(Box::new(Type::Int)),
            (Type::Map(a), Type::Map(b)) if a.keys().eq(b.keys()) => {
                let fields = a.iter().zip(b.values());
                Type::map(fields.map(|((name, a), b)| (name.clone(), a.clone().join(b.clone()))))
            }
            (a, b) => either(a.members().into_iter().chain(b.members()).collect()),
        }
    }

    /// Each type that it may be, to look at.
    pub fn each(&self) -> impl Iterator<Item = &Type> {
        let (many, one) = match self {
            Type::Either(types) => (Some(types), None),
            other => (None, Some(other)),
        };
        many.into_iter().flatten().chain(one)
    }

    /// Each type that it may be.
    pub fn members(self) -> Vec<Type> {
        match self {
            Type::Either(types) => types.into_iter().collect(),
            other => vec![other],
        }
    }

    /// Whether it may be that.
    pub fn may_be(&self, wanted: &Type) -> bool {
        match self {
            Type::Either(types) => types.contains(wanted),
            other => other == wanted,
        }
    }

    /// Whether it is text, of whatever words.
    pub const fn is_text(&self) -> bool {
        matches!(self, Type::Text | Type::Word(_))
    }

    /// Whether it is a whole number, of whatever limits.
    pub const fn is_int(&self) -> bool {
        matches!(self, Type::Int | Type::Within(_))
    }

    /// The limits of the number that it is.
    pub fn limits(&self) -> Option<&'static Limits> {
        match self {
            Type::Within(limits) => Some(limits),
            Type::Maybe(of) => of.limits(),
            _ => None,
        }
    }

    /// The type without what is known of its words and limits.
    #[must_use]
    pub fn wordless(self) -> Type {
        match self {
            Type::Word(_) => Type::Text,
            Type::Within(_) => Type::Int,
            Type::List(of) => Type::list(of.wordless()),
            Type::Maybe(of) => Type::Maybe(Box::new(of.wordless())),
            Type::Map(fields) => Type::map(fields.iter().map(|(name, ty)| (name.clone(), ty.clone().wordless()))),
            Type::Either(types) => either(types.into_iter().map(Type::wordless).collect()),
            other => other,
        }
    }

    /// Whether nothing can be said of it.
    pub fn is_open(&self) -> bool {
        matches!(self, Type::Open | Type::Never)
    }

    /// The type when it is present.
    pub fn present(&self) -> &Type {
        match self {
            Type::Maybe(of) => of,
            other => other,
        }
    }

    /// With its article: `an int`, `a string`, `no value`.
    pub fn described(&self) -> String {
        match self {
            Type::Unit => "no value".to_owned(),
            Type::Either(types) => types.iter().map(Type::described).collect::<Vec<_>>().join(" or "),
            Type::Maybe(of) => format!("{} that may be absent", of.described()),
            Type::List(_) | Type::Listing(_) => format!("a list {self}"),
            Type::Map(_) => format!("a map {self}"),
            other => {
                let text = other.to_string();
                let article = if text.starts_with(|c: char| "aeiouAEIO".contains(c)) { "an" } else { "a" };
                format!("{article} {text}")
            }
        }
    }
}

/// Texts of two vocabularies are texts, numbers of two limits numbers.
fn either(mut types: BTreeSet<Type>) -> Type {
    if types.iter().filter(|ty| ty.is_int()).count() > 1 {
        types.retain(|ty| !ty.is_int());
        types.insert(Type::Int);
    }
    if types.iter().filter(|ty| ty.is_text()).count() > 1 {
        types.retain(|ty| !ty.is_text());
        types.insert(Type::Text);
    }
    Type::Either(types)
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Never => f.write_str("nothing"),
            Type::Open => f.write_str("?"),
            Type::Any => f.write_str("value"),
            Type::Unit => f.write_str("()"),
            Type::Bool => f.write_str("bool"),
            Type::Int | Type::Within(_) => f.write_str("int"),
            Type::Char => f.write_str("char"),
            Type::Text | Type::Word(_) => f.write_str("string"),
            Type::Range => f.write_str("range"),
            Type::Named(name) => f.write_str(name),
            Type::List(of) if **of == Type::Never => f.write_str("[]"),
            Type::List(of) => write!(f, "[{of}]"),
            Type::Listing(of) => write!(f, "[{of}]"),
            Type::Maybe(of) => write!(f, "{of}?"),
            Type::Closure(_) | Type::Function(..) => f.write_str("closure"),
            Type::Either(types) => {
                let types: Vec<String> = types.iter().map(ToString::to_string).collect();
                f.write_str(&types.join(" or "))
            }
            Type::Map(fields) => {
                let shown: Vec<String> = fields.iter().take(6).map(|(name, ty)| format!("{name}: {ty}")).collect();
                let more = if fields.len() > 6 { ", ..." } else { "" };
                if shown.is_empty() { f.write_str("#{}") } else { write!(f, "#{{ {}{more} }}", shown.join(", ")) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_come_together() {
        let maybe = |of| Type::Maybe(Box::new(of));
        for (a, b, joined) in [
            (Type::Int, Type::Int, "int"),
            (Type::Never, Type::Text, "string"),
            (Type::Open, Type::Text, "?"),
            (Type::Int, Type::Text, "int or string"),
            (maybe(Type::Text), Type::Text, "string?"),
            (Type::list(Type::Never), Type::list(Type::Int), "[int]"),
            (Type::Text, Type::Unit, "() or string"),
        ] {
            assert_eq!(a.clone().join(b.clone()).to_string(), joined);
            assert_eq!(b.join(a).to_string(), joined);
        }
    }
}
