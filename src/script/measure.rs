//! What numbers are counted in: sizes and times. It must not convert one: whoever writes a number does.

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Quantity {
    Size,
    Time,
}

/// A unit: how much of the smallest it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measure {
    quantity: Quantity,
    of_smallest: i64,
}

/// The units that have a name, and the words by which names of constants and variables end in them.
const NAMED: [(Measure, &str, &[&str]); 10] = [
    (Measure::BYTES, "bytes", &["bytes"]),
    (Measure::of(Quantity::Size, 1 << 10), "KiB", &["kib"]),
    (Measure::of(Quantity::Size, 1 << 20), "MiB", &["mib"]),
    (Measure::GIB, "GiB", &["gib"]),
    (Measure::of(Quantity::Size, 1 << 40), "TiB", &["tib"]),
    (Measure::SECONDS, "seconds", &["seconds", "secs"]),
    (Measure::MINUTES, "minutes", &["minutes", "mins"]),
    (Measure::of(Quantity::Time, 3_600), "hours", &["hours"]),
    (Measure::DAYS, "days", &["days"]),
    (Measure::YEARS, "years", &["years"]),
];

impl Measure {
    /// Bytes.
    pub const BYTES: Measure = Measure::of(Quantity::Size, 1);
    /// 1024 MiB.
    pub const GIB: Measure = Measure::of(Quantity::Size, 1 << 30);
    /// Seconds.
    pub const SECONDS: Measure = Measure::of(Quantity::Time, 1);
    /// Minutes.
    pub const MINUTES: Measure = Measure::of(Quantity::Time, 60);
    /// Days.
    pub const DAYS: Measure = Measure::of(Quantity::Time, 86_400);
    /// Years of 365 days.
    pub const YEARS: Measure = Measure::of(Quantity::Time, 365 * 86_400);

    const fn of(quantity: Quantity, of_smallest: i64) -> Self {
        Measure { quantity, of_smallest }
    }

    /// The unit that a name ends in: `OSD_GIB`, `days_left` tells none.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Measure> {
        Measure::of_word(name.rsplit('_').next()?)
    }

    /// The unit that the name of a variable says: `used_mib`, `size_gb`; by the latter many mean GiB.
    #[must_use]
    pub fn of_variable(name: &str) -> Option<Measure> {
        let (_, last) = name.rsplit_once('_').unwrap_or(("", name));
        let thousands = [("kb", "kib"), ("mb", "mib"), ("gb", "gib"), ("tb", "tib")];
        let meant = thousands.iter().find(|(short, _)| short.eq_ignore_ascii_case(last));
        Measure::of_word(meant.map_or(last, |(_, long)| long))
    }

    /// The smaller unit that a number of these became: `60 * 24` of days are hours. Factors that lead to this one from
    /// a larger unit tell nothing: `24 * 30` days are two years in months.
    #[must_use]
    pub fn multiplied(self, number: i64, factor: i64) -> Option<Measure> {
        let is_of_calendar = matches!(number, 7 | 12 | 28..=31 | 52 | 365 | 366);
        let leads = match self {
            Measure::YEARS => factor == 365,
            Measure::DAYS => matches!(factor, 1_440 | 86_400) || factor == 24 && !is_of_calendar,
            Measure::GIB => factor == 1 << 30,
            _ => self.quantity == Quantity::Time && self.of_smallest == 3_600 && factor == 3_600,
        };
        self.times(factor).filter(|_| leads)
    }

    /// The unit that a word says: `GiB`, `days`.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Measure> {
        let is_it = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        NAMED.iter().find(|(_, _, words)| is_it(words)).map(|(unit, ..)| *unit)
    }

    /// What a number of this unit is counted in when it is multiplied: `gib * 1024` are MiB.
    #[must_use]
    pub fn times(self, factor: i64) -> Option<Measure> {
        let divides = factor > 0 && self.of_smallest % factor == 0;
        divides.then(|| Measure::of(self.quantity, self.of_smallest / factor))
    }

    /// The smaller size that a power of 1000 was meant to lead to, and how many of it make one of this.
    #[must_use]
    pub fn by_thousands(self, factor: i64) -> Option<(Measure, i64)> {
        let (mut thousands, mut true_factor) = (1_i64, 1_i64);
        while thousands < factor {
            (thousands, true_factor) = (thousands.checked_mul(1000)?, true_factor.checked_mul(1024)?);
        }
        let smaller = self.times(true_factor).filter(|_| self.quantity == Quantity::Size && thousands == factor);
        smaller.filter(|_| factor > 1).map(|smaller| (smaller, true_factor))
    }

    /// What it is counted in when it is divided.
    #[must_use]
    pub fn per(self, divisor: i64) -> Option<Measure> {
        let of_smallest = self.of_smallest.checked_mul(divisor).filter(|_| divisor > 0)?;
        Some(Measure::of(self.quantity, of_smallest))
    }

    /// How many of the other make one of this, where that is a whole number.
    #[must_use]
    pub fn holds(self, other: Measure) -> Option<i64> {
        let divides = self.quantity == other.quantity && self.of_smallest % other.of_smallest == 0;
        divides.then(|| self.of_smallest / other.of_smallest)
    }

    /// How many of this a number may have been meant to be that is counted in a smaller unit, the smallest first.
    pub fn meant(self, number: i64) -> impl Iterator<Item = (&'static str, i64)> {
        let smaller = NAMED.iter().filter(move |(unit, ..)| unit.of_smallest < self.of_smallest);
        let smaller = smaller.filter_map(move |(unit, name, _)| Some((*name, self.holds(*unit)?)));
        let smallest = (self == Measure::SECONDS).then_some(("milliseconds", 1000));
        let is_whole = move |factor: i64| number > 0 && number % factor == 0;
        smallest
            .into_iter()
            .chain(smaller)
            .filter_map(move |(name, factor)| is_whole(factor).then_some((name, number / factor)))
    }

    /// What a person calls it; a multiple without a name is on the way to one that has a name, and tells nothing.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMED.iter().find(|(unit, ..)| *unit == self).map(|(_, name, _)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_unit_and_a_product_another() {
        let gib = Measure::of_name("OSD_GIB").expect("a unit");
        assert_eq!(gib, Measure::GIB);
        assert_eq!(gib.times(1024).and_then(Measure::name), Some("MiB"));
        assert_eq!(gib.times(1 << 30), Some(Measure::BYTES));
        assert_eq!(gib.times(1 << 31), None);
        assert_eq!(gib.by_thousands(1_000_000_000), Some((Measure::BYTES, 1 << 30)));
        assert_eq!(gib.by_thousands(1_000).map(|(unit, factor)| (unit.name(), factor)), Some((Some("MiB"), 1024)));
        assert_eq!((gib.by_thousands(1), gib.by_thousands(1024), gib.by_thousands(0)), (None, None, None));
        assert_eq!((Measure::DAYS.by_thousands(1000), Measure::BYTES.by_thousands(1000)), (None, None));
        assert_eq!(Measure::BYTES.per(1 << 30), Some(Measure::GIB));
        assert_eq!(Measure::DAYS.holds(Measure::SECONDS), Some(86_400));
        assert_eq!(Measure::DAYS.holds(Measure::BYTES), None);
        assert_eq!(gib.times(4096).and_then(Measure::name), None);
        assert_eq!(Measure::of_variable("size_gb"), Some(Measure::GIB));
        assert_eq!(Measure::DAYS.multiplied(60, 24).and_then(Measure::name), Some("hours"));
        assert_eq!((Measure::DAYS.multiplied(24, 60), Measure::DAYS.multiplied(30, 24)), (None, None));
        assert_eq!(Measure::MINUTES.multiplied(15, 60), None);
        assert_eq!(
            (Measure::of_name("days_left"), Measure::of_name("units"), Measure::of_name("")),
            (None, None, None)
        );
    }
}
