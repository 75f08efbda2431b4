//! Between which numbers an argument or a field lies, and in which unit. It must not correct one: it refuses.

use super::{Measure, Ty};

/// The least and the most of a number, declared where the argument or the field is.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limits {
    /// What the number is: `minutes of a token`.
    pub of: &'static str,
    /// The least.
    pub least: i64,
    /// The most.
    pub most: i64,
    /// What it is counted in, where that is a measure.
    pub unit: Option<Measure>,
    /// Numbers from 1 up to this one, which is none of them, are next to nothing: who writes one means another unit.
    pub tiny: i64,
    /// Whether it names something, as a port does, and so is counted in nothing.
    pub names: bool,
    /// Whether it is measured anew at each look, so that it is never exactly what somebody wrote.
    pub measured: bool,
}

impl Limits {
    /// A number between these two, both allowed.
    pub const fn between(of: &'static str, least: i64, most: i64) -> Self {
        Limits { of, least, most, unit: None, tiny: 0, names: false, measured: false }
    }

    /// A number that is never less.
    pub const fn from(of: &'static str, least: i64) -> Self {
        Limits::between(of, least, i64::MAX)
    }

    /// The same, counted in that.
    pub const fn counted_in(self, unit: Measure) -> Self {
        Limits { unit: Some(unit), ..self }
    }

    /// The same, of which a smaller number but 0 is next to nothing.
    pub const fn not_below(self, tiny: i64) -> Self {
        Limits { tiny, ..self }
    }

    /// The same, which names something and measures nothing.
    pub const fn naming(self) -> Self {
        Limits { names: true, ..self }
    }

    /// The same, measured anew at each look.
    pub const fn measured(self) -> Self {
        Limits { measured: true, ..self }
    }

    /// Whether the number is one.
    pub const fn has(&self, number: i64) -> bool {
        self.least <= number && number <= self.most
    }

    /// Where the numbers lie: `1 to 255`.
    pub fn range(&self) -> String {
        let Limits { least, most, .. } = self;
        if *most == i64::MAX { format!("{least} or more") } else { format!("{least} to {most}") }
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
