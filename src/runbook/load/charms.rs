//! Units of the bundle that are of another charm than a call takes.

use super::bundle::Words;
use crate::check::Diagnostic;
use crate::check::types::Charmed;

impl Words {
    /// Where the bundle has units of the charm, and these are of another one for certain.
    pub(super) fn of_units(&self, units: &[Charmed]) -> Vec<Diagnostic> {
        units.iter().filter_map(|units| self.of_another_charm(units)).collect()
    }

    fn of_another_charm(&self, units: &Charmed) -> Option<Diagnostic> {
        let Charmed { unit, charm, who, file, span, place, .. } = units;
        let charms: Option<Vec<&str>> = units.applications.iter().map(|name| self.facts.charm(name)).collect();
        let charms = charms.filter(|charms| !charms.contains(charm))?;
        let right = self.facts.of_charm(charm).next()?;
        let own = charms.first()?;
        let message = format!("{unit:?} is of the charm {own} in the bundle, and {who} takes a unit of {charm}");
        let told = Diagnostic::warning("W0332", message, file, *span);
        let is_here = place.rsplit_once(':').is_some_and(|(other, _)| other == file);
        let told = if is_here { told } else { told.note(format!("it is written at {place}")) };
        let told = told.note("on another unit it fails in the midst of a run, or tells of something else");
        Some(told.help(format!("name a unit of {right}")))
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
        let units = Charmed {
            unit: format!("{}/0", applications[0]),
            applications: applications.iter().map(|name| (*name).to_owned()).collect(),
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
        let message = "\"lb/0\" is of the charm octavia in the bundle, and vault::status takes a unit of vault";
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
}
