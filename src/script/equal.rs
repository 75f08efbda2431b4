//! Equality that never lies: unlike types are an error, however deep they lie. It must not decide what absence means.

use rhai::{Array, Dynamic, Map};

use super::{Absent, canonical, describe};
use crate::host::Stop;

/// What an absent value among what was seen means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// Nothing compares with it: an error.
    Raises,
    /// It is not what is wanted: a gate's answer.
    Differs,
}

/// Whether two values are equal. Unlike types, and values that cannot be compared, are an error.
pub fn equal(seen: &Dynamic, wanted: &Dynamic, absence: Absence) -> Result<bool, Stop> {
    if absence == Absence::Differs && is_absent(seen) {
        return Ok(false);
    }
    if seen.type_id() != wanted.type_id() {
        return Err(unlike("compare", seen, wanted));
    }
    if let (Some(seen), Some(wanted)) = (seen.read_lock::<Array>(), wanted.read_lock::<Array>()) {
        let pairs = seen.iter().zip(wanted.iter()).map(|(seen, wanted)| equal(seen, wanted, absence));
        return Ok(all(pairs)? && seen.len() == wanted.len());
    }
    if let (Some(seen), Some(wanted)) = (seen.read_lock::<Map>(), wanted.read_lock::<Map>()) {
        let pairs = seen.iter().filter_map(|(key, seen)| Some(equal(seen, wanted.get(key)?, absence)));
        return Ok(all(pairs)? && seen.keys().eq(wanted.keys()));
    }
    match (canonical(seen), canonical(wanted)) {
        (Some(left), Some(right)) if !seen.is_unit() && !is_absent(seen) => Ok(left == right),
        _ => Err(unlike("compare", seen, wanted)),
    }
}

/// The error of an operation on two values that it does not fit.
pub fn unlike(what: &str, a: &Dynamic, b: &Dynamic) -> Stop {
    Stop::script(format!("cannot {what} {} and {}: they are of unlike types", describe(a), describe(b)))
}

fn is_absent(value: &Dynamic) -> bool {
    value.read_lock::<Absent>().is_some()
}

/// Asks every pair, so that an unlike one is told even behind an unequal one.
fn all(pairs: impl Iterator<Item = Result<bool, Stop>>) -> Result<bool, Stop> {
    Ok(pairs.collect::<Result<Vec<bool>, Stop>>()?.into_iter().all(|equal| equal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: Vec<Dynamic>) -> Dynamic {
        items.into()
    }

    fn map(key: &str, value: Dynamic) -> Dynamic {
        Dynamic::from(Map::from([(key.into(), value)]))
    }

    fn absent() -> Dynamic {
        Dynamic::from(Absent { what: "gateway".to_string() })
    }

    #[test]
    fn unlike_types_raise_however_deep() {
        let (one, text) = (Dynamic::from(1_i64), Dynamic::from("1"));
        for (a, b) in [
            (one.clone(), text.clone()),
            (list(vec![one.clone()]), list(vec![text.clone()])),
            (list(vec![true.into(), one.clone()]), list(vec![false.into(), text.clone()])),
            (map("a", one.clone()), map("a", text.clone())),
            (Dynamic::UNIT, Dynamic::UNIT),
        ] {
            assert!(equal(&a, &b, Absence::Differs).is_err(), "{a} {b}");
        }
        assert!(equal(&map("a", one.clone()), &map("a", one.clone()), Absence::Raises).expect("alike"));
        assert!(!equal(&map("a", one.clone()), &map("b", one.clone()), Absence::Raises).expect("alike"));
        assert!(!equal(&list(vec![one.clone()]), &list(vec![one.clone(), one]), Absence::Raises).expect("alike"));
    }

    #[test]
    fn an_absent_value_is_never_equal() {
        assert!(equal(&absent(), &absent(), Absence::Raises).is_err());
        assert!(!equal(&absent(), &absent(), Absence::Differs).expect("an answer"));
        assert!(!equal(&list(vec![absent()]), &list(vec![absent()]), Absence::Differs).expect("an answer"));
        assert!(equal(&Dynamic::from("x"), &absent(), Absence::Differs).is_err());
    }
}
