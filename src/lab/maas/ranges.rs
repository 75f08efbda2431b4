//! Reserved and dynamic ranges, with the checks that the region makes.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use super::addresses::holders;
use super::{Answered, Call, Done, Range, RangeKind, Refused, render, subnets};
use crate::lab::State;

/// `ipranges read`
pub(super) fn read(call: &mut Call<'_>) -> Answered {
    let all = call.state.maas.ranges.iter();
    call.list(all.map(|(start, range)| (start.to_string(), render::range(call.state, *start, range))).collect())
}

/// `iprange read ID`
pub(super) fn read_one(call: &mut Call<'_>) -> Answered {
    let start = found(call)?;
    Ok(shown(call.state, start))
}

/// `ipranges create`
pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let kind = wanted_kind(call)?;
    if kind == RangeKind::Dynamic && !call.is_admin() {
        return Err(Refused::Words("Unable to create dynamic IP range. You don't have sufficient privileges.".into()));
    }
    let start = address(call, "start_ip")?;
    let end = address(call, "end_ip")?;
    let cidr = wanted_subnet(call, start)?;
    check(call.state, cidr, start, end, kind, None)?;
    let last = &mut call.state.maas.last_ids.range;
    *last += 1;
    let id = *last;
    let comment = call.value("comment").unwrap_or_default().to_string();
    let range = Range { id, end, kind, comment, user: Some(call.user.clone()) };
    call.state.maas.ranges.insert(start, range);
    Ok(shown(call.state, start))
}

/// `iprange update ID`
pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let was = found(call)?;
    let mut range = call.state.maas.ranges[&was].clone();
    if !call.is_admin() && range.user.as_ref() != Some(&call.user) {
        return Err(Refused::Words(
            "Unable to modify IP range. You don't have sufficient privileges to modify this range.".into(),
        ));
    }
    let start = if call.value("start_ip").is_some() { address(call, "start_ip")? } else { was };
    if call.value("end_ip").is_some() {
        range.end = address(call, "end_ip")?;
    }
    if let Some(comment) = call.value("comment") {
        range.comment = comment.to_string();
    }
    let cidr = subnet_of(call.state, was)?;
    check(call.state, cidr, start, range.end, range.kind, Some(was))?;
    call.state.maas.ranges.remove(&was);
    call.state.maas.ranges.insert(start, range);
    Ok(shown(call.state, start))
}

/// `iprange delete ID`
pub(super) fn delete(call: &mut Call<'_>) -> Answered {
    let start = found(call)?;
    let owner = call.state.maas.ranges[&start].user.clone();
    if !call.is_admin() && owner.as_ref() != Some(&call.user) {
        return Err(Refused::Words(
            "Unable to delete IP range. You don't have sufficient privileges to delete this range.".into(),
        ));
    }
    call.state.maas.ranges.remove(&start);
    Ok(Done::Nothing)
}

fn found(call: &Call<'_>) -> Result<Ipv4Addr, Refused> {
    let mut all = call.state.maas.ranges.iter();
    let found = all.find(|(_, range)| range.id.to_string() == call.at[0]);
    found.map(|(start, _)| *start).ok_or(Refused::NoSuch("IPRange"))
}

fn shown(state: &State, start: Ipv4Addr) -> Done {
    let found = state.maas.ranges.get(&start);
    Done::Json(found.map_or(serde_json::Value::Null, |range| render::range(state, start, range)))
}

fn wanted_kind(call: &Call<'_>) -> Result<RangeKind, Refused> {
    match call.value("type") {
        None | Some("") => Err(Refused::field("type", "This field is required.")),
        Some("reserved") => Ok(RangeKind::Reserved),
        Some("dynamic") => Ok(RangeKind::Dynamic),
        Some(other) => {
            Err(Refused::field("type", format!("Select a valid choice. {other} is not one of the available choices.")))
        }
    }
}

fn address(call: &Call<'_>, field: &'static str) -> Result<Ipv4Addr, Refused> {
    let text = call.value(field).filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| Refused::field(field, "This field is required."))?;
    text.parse().map_err(|_| Refused::field(field, "Enter a valid IPv4 or IPv6 address."))
}

fn wanted_subnet(call: &Call<'_>, start: Ipv4Addr) -> Result<Ipv4Net, Refused> {
    let Some(text) = call.value("subnet") else { return subnet_of(call.state, start) };
    let none = "Select a valid choice. That choice is not one of the available choices.";
    subnets::named(call.state, text).ok_or_else(|| Refused::field("subnet", none))
}

fn subnet_of(state: &State, start: Ipv4Addr) -> Result<Ipv4Net, Refused> {
    let found = state.maas.subnet_of(start).map(|(cidr, _)| cidr);
    found.ok_or_else(|| Refused::field("subnet", "This field is required."))
}

/// The checks in the region's order; `but` is the range that is being changed.
fn check(
    state: &State,
    cidr: Ipv4Net,
    start: Ipv4Addr,
    end: Ipv4Addr,
    kind: RangeKind,
    but: Option<Ipv4Addr>,
) -> Result<(), Refused> {
    if !cidr.contains(&start) || !cidr.contains(&end) {
        return both(format!("IP addresses must be within subnet: {cidr}."));
    }
    if end < start {
        return Err(Refused::field("end_ip", "End IP address must not be less than Start IP address."));
    }
    for (what, address) in [("Start", start), ("End", end)] {
        if address == cidr.network() || address == cidr.broadcast() {
            let field = if what == "Start" { "start_ip" } else { "end_ip" };
            let end = if address == cidr.network() { "network" } else { "broadcast" };
            return Err(Refused::field(field, format!("{end} address cannot be in IP range.")));
        }
    }
    if meets_range(state, start, end, but) || (kind == RangeKind::Dynamic && meets_address(state, cidr, start, end)) {
        let also = if kind == RangeKind::Dynamic { "IP address or " } else { "" };
        return both(format!("Requested {} range conflicts with an existing {also}range.", kind.word()));
    }
    Ok(())
}

fn both(words: String) -> Result<(), Refused> {
    Err(Refused::Fields(vec![("start_ip", words.clone()), ("end_ip", words)]))
}

fn meets_range(state: &State, start: Ipv4Addr, end: Ipv4Addr, but: Option<Ipv4Addr>) -> bool {
    let mut others = state.maas.ranges.iter().filter(|(other, _)| Some(**other) != but);
    others.any(|(other, range)| *other <= end && start <= range.end)
}

/// A dynamic range may hold neither the gateway nor a server nor an address that somebody holds.
fn meets_address(state: &State, cidr: Ipv4Net, start: Ipv4Addr, end: Ipv4Addr) -> bool {
    let subnet = state.maas.subnets.get(&cidr);
    let own = subnet.iter().flat_map(|subnet| subnet.gateway_ip.iter().chain(&subnet.dns_servers)).copied();
    let discovered = |address: &Ipv4Addr| state.maas.addresses.get(address).map(|held| held.how);
    let held = holders(state).into_keys().filter(|address| discovered(address) != Some(super::HeldHow::Discovered));
    own.chain(held).any(|address| start <= address && address <= end)
}
