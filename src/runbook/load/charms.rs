//! Units of the bundle that are of another charm than a call takes.

use super::bundle::Words;
use crate::check::Diagnostic;
use crate::check::types::Charmed;
use crate::script::Charm;

impl Words {
    /// Where the bundle has units of the charm, and these are of another one for certain.
    pub(super) fn of_units(&self, units: &[Charmed]) -> Vec<Diagnostic> {
        units.iter().filter_map(|units| self.of_another_charm(units)).collect()
    }

    fn of_another_charm(&self, units: &Charmed) -> Option<Diagnostic> {
        let Charmed { units: names, is_list, otherwise, charm, who, file, span, place } = units;
        let own = |name: &String| self.facts.charm(name.split('/').next()?);
        let is_wrong = |name: &&String| match *charm {
            Charm::Only(charm) => own(name).is_some_and(|own| own != charm),
            Charm::Not(charm) => own(name) == Some(charm),
        };
        let mut wrong = names.iter().filter(is_wrong);
        let name = wrong.next().filter(|_| *is_list || 1 + wrong.count() == names.len())?;
        let (wanted, help) = match *charm {
            Charm::Only(charm) => {
                (format!("of {charm}"), format!("name units of {}", self.facts.of_charm(charm).next()?))
            }
            Charm::Not(charm) => (format!("of others than {charm}"), "name units of another charm".to_owned()),
        };
        let own = own(name)?;
        let message = format!("{name:?} is of the charm {own} in the bundle, and {who} takes units {wanted}");
        let told = Diagnostic::warning("W0332", message, file, *span);
        let is_here = place.rsplit_once(':').is_some_and(|(other, _)| other == file);
        let told = if is_here { told } else { told.note(format!("it is written at {place}")) };
        let told = told.note("on another unit it fails in the midst of a run, or tells of something else");
        let told = told.help(help);
        Some(otherwise.iter().fold(told, |told, other| told.help(format!("or call {other}"))))
    }
}

/// The name of a charm of the store; a file has none.
pub(super) fn charm(text: &str) -> Option<&str> {
    let name = text.strip_prefix("ch:").unwrap_or(text);
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (!name.is_empty() && name.bytes().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUNDLE: &str =
        "applications:\n  kv:\n    charm: ch:vault\n  lb:\n    charm: octavia\n  own:\n    charm: ./vault.charm\n";

    fn told(texts: &[&str], applications: &[&str], charm: &'static str) -> Vec<String> {
        told_of(texts, applications, Charm::Only(charm), false)
    }

    fn told_of(texts: &[&str], applications: &[&str], charm: Charm, is_list: bool) -> Vec<String> {
        let units = Charmed {
            units: applications.iter().map(|name| format!("{name}/0")).collect(),
            is_list,
            otherwise: None,
            charm,
            who: "vault::status".to_owned(),
            file: "runbooks/a.rhai".to_owned(),
            span: Default::default(),
            place: "lib/site.rhai:3".to_owned(),
        };
        Words::of(texts.iter().copied()).of_units(&[units]).into_iter().map(|told| told.message).collect()
    }

    #[test]
    fn a_unit_is_of_another_charm_only_where_the_one_bundle_says_so() {
        let message = "\"lb/0\" is of the charm octavia in the bundle, and vault::status takes units of vault";
        assert_eq!(told(&[BUNDLE], &["lb"], "vault"), [message]);
        for (texts, applications, charm) in [
            (&[BUNDLE][..], &["kv"][..], "vault"),
            (&[BUNDLE], &["own"], "vault"),
            (&[BUNDLE], &["gone"], "vault"),
            (&[BUNDLE], &["lb", "kv"], "vault"),
            (&[BUNDLE], &["lb"], "ceph-mon"),
            (&[BUNDLE, BUNDLE], &["lb"], "vault"),
            (&[], &["lb"], "vault"),
        ] {
            assert_eq!(told(texts, applications, charm), [""; 0], "{applications:?}");
        }
    }

    #[test]
    fn all_units_of_a_list_are_held_to_the_charm() {
        let vault = Charm::Only("vault");
        assert_eq!(told_of(&[BUNDLE], &["kv", "lb"], vault, true), told(&[BUNDLE], &["lb"], "vault"));
        let message =
            "\"lb/0\" is of the charm octavia in the bundle, and vault::status takes units of others than octavia";
        assert_eq!(told_of(&[BUNDLE], &["kv", "lb"], Charm::Not("octavia"), true), [message]);
        for applications in [&["kv"][..], &["own"], &["gone", "kv"]] {
            assert_eq!(told_of(&[BUNDLE], applications, Charm::Not("octavia"), true), [""; 0], "{applications:?}");
        }
    }
}
