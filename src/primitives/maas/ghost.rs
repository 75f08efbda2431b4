//! The ghost: a commissioning host leaves a discovered record on its own address, which then counts as in use.
//!
//! It is released only where the evidence says that it is this host's own. Evidence that is missing or empty is neither
//! a match nor the lack of a conflict: it stops.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::address::{Kind, Row};
use super::machine::Machine;
use super::subnet::MaasSubnet;
use super::{command, read};
use crate::host::{Call, Deed, Member, Stop, Verb};
use crate::primitives::net::Ip;
use crate::script::Handle;

#[derive(Deserialize)]
pub(super) struct Seen {
    ip: String,
    #[serde(default)]
    mac_address: Option<String>,
}

/// Whose an address is, for one host.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// Nobody's, or given to this host already.
    Free,
    /// This host's own ghost, with the evidence.
    Own(String),
    /// Somebody else's, or nobody can tell: why.
    Other(String),
}

/// A host by what records may name it by.
pub(super) struct Host {
    pub(super) system_id: String,
    pub(super) macs: BTreeSet<String>,
}

/// Judges the records of MAAS and what its racks saw on the wire.
pub(super) fn judge(address: &str, host: &Host, rows: &[Row], seen: &[Seen]) -> Holder {
    let rows: Vec<&Row> = rows.iter().filter(|row| row.ip == address).collect();
    if rows.is_empty() {
        return Holder::Free;
    }
    let evidence = rows.iter().map(|row| row.evidence()).collect::<Vec<_>>().join("; ");
    let id = |row: &Row| row.node_summary.as_ref().and_then(|node| node.system_id.clone()).filter(|id| !id.is_empty());
    let ids: Vec<String> = rows.iter().filter_map(|row| id(row)).collect();
    let given = rows.iter().any(|row| row.alloc_type != Kind::Discovered);
    if given {
        let own = rows.iter().all(|row| id(row).as_deref() == Some(host.system_id.as_str()));
        return if own { Holder::Free } else { Holder::Other(format!("it was given away: {evidence}")) };
    }
    if ids.iter().any(|id| *id != host.system_id) {
        return Holder::Other(format!("the record names another host: {evidence}"));
    }
    let seen: Vec<&Seen> = seen.iter().filter(|seen| seen.ip == address).collect();
    let macs: Vec<String> =
        seen.iter().filter_map(|seen| seen.mac_address.as_ref()).map(|mac| mac.to_lowercase()).collect();
    if let Some(mac) = macs.iter().find(|mac| !host.macs.contains(*mac)) {
        return Holder::Other(format!("it was seen on {mac}, which is no card of this host; {evidence}"));
    }
    if ids.is_empty() && macs.is_empty() {
        let words = "neither the record nor what was seen on the wire tells whose it is";
        return Holder::Other(format!("{words}: {evidence}"));
    }
    let wire = if macs.is_empty() { String::new() } else { format!("; seen on {}", macs.join(", ")) };
    Holder::Own(format!("{evidence}{wire}"))
}

/// The host as records may name it.
fn host(machine: &Machine) -> Host {
    let cards = machine.interfaces.0.iter().filter(|(interface, _)| interface.kind == "physical");
    let macs = cards.filter_map(|(interface, _)| interface.mac.clone()).collect();
    Host { system_id: machine.system_id.clone(), macs }
}

/// Releases the host's own ghost on the address; any other holder is refused.
pub(super) fn lay(
    call: &Call<'_>,
    machine: &Handle<Machine>,
    subnet: &Handle<MaasSubnet>,
    address: Ip,
) -> Result<(), Stop> {
    let now = machine.now()?;
    let (text, id) = (address.to_string(), subnet.now()?.id.to_string());
    let look = || {
        let (rows, _) = read::<Vec<Row>>(call, &["subnet", "ip-addresses", &id])?;
        // What was seen on the wire matters only where there is a record.
        let seen = match rows.iter().any(|row| row.ip == text) {
            true => read::<Vec<Seen>>(call, &["discoveries", "read"])?.0,
            false => Vec::new(),
        };
        Ok(judge(&text, &host(now), &rows, &seen))
    };
    let member = |holder: Holder| {
        let (state, done) = match holder {
            Holder::Free => ("free".to_string(), true),
            Holder::Own(evidence) => (evidence, false),
            Holder::Other(why) => {
                return Err(Stop::refused(format!("{text} cannot be given to {}: {why}", now.hostname))
                    .with("from", format!("maas subnet ip-addresses {id}; maas discoveries read"))
                    .with(
                        "next",
                        format!("maas::who_holds(ip(\"{text}\")) tells what MAAS knows; settle it by hand"),
                    ));
            }
        };
        Ok(vec![Member { name: text.clone(), state, done }])
    };
    // An address that is free needs no word of its own in the plan.
    if look()? == Holder::Free {
        return Ok(());
    }
    let words = ["ipaddresses".to_string(), "release".to_string(), format!("ip={text}")];
    let words = words.into_iter().chain(["force=true".to_string(), "discovered=true".to_string()]);
    let request = command(call, words)?;
    let deed = Deed::new("maas address", &text, Verb::Remove, "free", || member(look()?))
        .because(&format!("the record that {} left when it commissioned", now.hostname))
        .by(|_| Ok(vec![request.clone()]));
    call.undertake(&deed).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Row> {
        serde_json::from_str(text).expect("rows")
    }

    fn ghost(id: &str) -> Vec<Row> {
        rows(&format!(
            r#"[{{"ip": "10.12.8.41", "alloc_type": 6, "node_summary": {{"system_id": "{id}", "hostname": "openstack1", "via": "enp7s0"}}}}]"#
        ))
    }

    fn seen(mac: &str) -> Vec<Seen> {
        serde_json::from_str(&format!(r#"[{{"ip": "10.12.8.41", "mac_address": "{mac}"}}]"#)).expect("seen")
    }

    fn judged(rows: &[Row], seen: &[Seen]) -> Holder {
        let host = Host { system_id: "abc".to_string(), macs: BTreeSet::from(["52:54:00:4c:01:07".to_string()]) };
        judge("10.12.8.41", &host, rows, seen)
    }

    #[test]
    fn own_by_its_id_by_its_card_or_by_both() {
        let mac = seen("52:54:00:4C:01:07");
        for (rows, seen) in [(ghost("abc"), &mac[..]), (ghost(""), &mac[..]), (ghost("abc"), &[][..])] {
            assert!(matches!(judged(&rows, seen), Holder::Own(_)), "{:?}", judged(&rows, seen));
        }
    }

    #[test]
    fn another_id_or_another_card_stops_even_where_the_other_fits() {
        let own = seen("52:54:00:4c:01:07");
        let other = seen("52:54:00:4c:02:07");
        assert!(matches!(judged(&ghost("xyz"), &own), Holder::Other(why) if why.contains("another host")));
        assert!(matches!(judged(&ghost("abc"), &other), Holder::Other(why) if why.contains("no card of this host")));
    }

    #[test]
    fn an_empty_id_without_a_card_is_no_evidence() {
        let none: Vec<Seen> = serde_json::from_str(r#"[{"ip": "10.12.8.41", "mac_address": null}]"#).expect("seen");
        let bare = rows(r#"[{"ip": "10.12.8.41", "alloc_type": 6}]"#);
        for (rows, seen) in [(ghost(""), &[][..]), (ghost(""), &none[..]), (bare, &[][..])] {
            assert!(matches!(judged(&rows, seen), Holder::Other(why) if why.contains("neither the record nor")));
        }
    }

    #[test]
    fn what_was_given_is_no_ghost() {
        let given = |id: &str| {
            rows(&format!(
                r#"[{{"ip": "10.12.8.41", "alloc_type": 1, "node_summary": {{"system_id": "{id}", "hostname": "h"}}}}]"#
            ))
        };
        assert_eq!(judged(&given("abc"), &[]), Holder::Free);
        assert!(matches!(judged(&given("xyz"), &[]), Holder::Other(why) if why.contains("given away")));
        let user = rows(r#"[{"ip": "10.12.8.41", "alloc_type": 4, "user": "anna"}]"#);
        assert!(matches!(judged(&user, &[]), Holder::Other(_)));
        assert_eq!(judged(&rows(r#"[{"ip": "10.12.8.4", "alloc_type": 4}]"#), &[]), Holder::Free);
    }
}
