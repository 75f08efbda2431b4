//! Between which numbers an argument lies. It must not correct one: it refuses.

use super::Ty;

/// The least and the most of a number, declared where the argument is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limits {
    /// What the number is: `minutes of a token`.
    pub of: &'static str,
    /// The least.
    pub least: i64,
    /// The most.
    pub most: i64,
}

impl Limits {
    /// A number between these two, both allowed.
    pub const fn between(of: &'static str, least: i64, most: i64) -> Self {
        Limits { of, least, most }
    }

    /// Whether the number is one.
    pub const fn has(&self, number: i64) -> bool {
        self.least <= number && number <= self.most
    }

    /// The type whose numbers lie there.
    pub(super) fn on(&'static self, ty: Ty) -> Ty {
        match ty {
            Ty::Int => Ty::Within(self),
            Ty::List(of) => Ty::List(Box::new(self.on(*of))),
            Ty::Maybe(of) => Ty::Maybe(Box::new(self.on(*of))),
            Ty::OrAbsent(of) => Ty::OrAbsent(Box::new(self.on(*of))),
            other => other,
        }
    }
}
