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
        let word = name.rsplit('_').next()?;
        let is_it = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        NAMED.iter().find(|(_, _, words)| is_it(words)).map(|(unit, ..)| *unit)
    }

    /// What a number of this unit is counted in when it is multiplied: `gib * 1024` are MiB.
    #[must_use]
    pub fn times(self, factor: i64) -> Option<Measure> {
        let divides = factor > 0 && self.of_smallest % factor == 0;
        divides.then(|| Measure::of(self.quantity, self.of_smallest / factor))
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

    /// What a person calls it; a multiple without a name tells what it is a multiple of.
    #[must_use]
    pub fn name(self) -> String {
        let named = NAMED.iter().find(|(unit, ..)| *unit == self).map(|(_, name, _)| (*name).to_owned());
        let smallest = if self.quantity == Quantity::Size { "bytes" } else { "seconds" };
        named.unwrap_or_else(|| format!("units of {} {smallest}", self.of_smallest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_unit_and_a_product_another() {
        let gib = Measure::of_name("OSD_GIB").expect("a unit");
        assert_eq!(gib, Measure::GIB);
        assert_eq!(gib.times(1024).map(Measure::name).as_deref(), Some("MiB"));
        assert_eq!(gib.times(1 << 30), Some(Measure::BYTES));
        assert_eq!(gib.times(1 << 31), None);
        assert_eq!(Measure::BYTES.per(1 << 30), Some(Measure::GIB));
        assert_eq!(Measure::DAYS.holds(Measure::SECONDS), Some(86_400));
        assert_eq!(Measure::DAYS.holds(Measure::BYTES), None);
        assert_eq!(gib.times(4096).map(Measure::name).as_deref(), Some("units of 262144 bytes"));
        assert_eq!(
            (Measure::of_name("days_left"), Measure::of_name("units"), Measure::of_name("")),
            (None, None, None)
        );
    }
}
