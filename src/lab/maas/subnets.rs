//! Subnets: their reads, who holds an address in them, and which addresses are taken.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde_json::{Map, Value, json};

use super::addresses::{Holder, holders};
use super::{Answered, Call, Done, Refused, render};
use crate::lab::State;

/// `subnets read`
pub(super) fn read(call: &mut Call<'_>) -> Answered {
    let all = call.state.maas.subnets.iter();
    call.list(all.map(|(cidr, subnet)| (cidr.to_string(), render::subnet(call.state, cidr, subnet))).collect())
}

/// `subnet read ID`
pub(super) fn read_one(call: &mut Call<'_>) -> Answered {
    let cidr = found(call)?;
    Ok(Done::Json(render::subnet_at(call.state, Some(cidr))))
}

/// `subnet update ID`
pub(super) fn update(call: &mut Call<'_>) -> Answered {
    let cidr = found(call)?;
    if !call.is_admin() {
        return Err(Refused::Words("This method is reserved for admin users.".into()));
    }
    let gateway = call.value("gateway_ip").map(|text| gateway(cidr, text)).transpose()?;
    let servers = call.value("dns_servers").map(dns_servers).transpose()?;
    let name = call.value("name").map(ToString::to_string);
    if let Some(subnet) = call.state.maas.subnets.get_mut(&cidr) {
        subnet.gateway_ip = gateway.unwrap_or(subnet.gateway_ip);
        subnet.dns_servers = servers.unwrap_or_else(|| subnet.dns_servers.clone());
        subnet.name = name.unwrap_or_else(|| subnet.name.clone());
    }
    Ok(Done::Json(render::subnet_at(call.state, Some(cidr))))
}

fn gateway(cidr: Ipv4Net, text: &str) -> Result<Option<Ipv4Addr>, Refused> {
    if text.is_empty() {
        return Ok(None);
    }
    let address = text.parse().map_err(|_| Refused::field("gateway_ip", "Enter a valid IPv4 or IPv6 address."))?;
    if !cidr.contains(&address) {
        return Err(Refused::field("gateway_ip", "Gateway IP must be within CIDR range."));
    }
    Ok(Some(address))
}

fn dns_servers(text: &str) -> Result<Vec<Ipv4Addr>, Refused> {
    let words = text.split([' ', ',']).filter(|word| !word.is_empty());
    words
        .map(|word| word.parse().map_err(|_| Refused::field("dns_servers", format!("Invalid IP address: {word}."))))
        .collect()
}

/// `subnet ip-addresses ID`
pub(super) fn ip_addresses(call: &mut Call<'_>) -> Answered {
    let cidr = found(call)?;
    let wants = |name: &str| call.value(name).is_none() || call.says_yes(name);
    let (with_summary, with_username, with_nodes) =
        (wants("with_summary"), wants("with_username"), wants("with_node_summary"));
    let rows = holders(call.state).into_iter().filter(|(address, _)| cidr.contains(address));
    let rows = rows.map(|(address, holder)| {
        holder_row(call.state, address, &holder, with_summary && with_nodes, with_summary && with_username)
    });
    Ok(Done::Json(Value::Array(rows.collect())))
}

fn holder_row(state: &State, address: Ipv4Addr, holder: &Holder, with_nodes: bool, with_user: bool) -> Value {
    let time = render::long_time(holder.since);
    let mut row = Map::from_iter([
        ("ip".to_string(), json!(address)),
        ("alloc_type".to_string(), json!(holder.alloc_type)),
        ("created".to_string(), json!(time)),
        ("updated".to_string(), json!(time)),
    ]);
    if let (true, Some(user)) = (with_user, &holder.user) {
        row.insert("user".into(), json!(user));
    }
    if let (true, Some((machine, interface))) = (with_nodes, &holder.machine) {
        row.insert("node_summary".into(), node_summary(state, machine, interface));
    }
    if let (true, Some(name)) = (with_nodes, &holder.hostname) {
        row.insert("dns_records".into(), json!([{"id": 1, "name": name, "domain": "maas"}]));
    }
    if with_nodes && !holder.powers.is_empty() {
        row.insert("bmcs".into(), bmcs(state, &holder.powers));
    }
    Value::Object(row)
}

fn node_summary(state: &State, hostname: &str, interface: &str) -> Value {
    json!({
        // A record may outlive its machine; then it names none.
        "system_id": state.maas.machines.get(hostname).map_or("", |machine| machine.system_id.as_str()),
        "node_type": 0,
        "fqdn": format!("{hostname}.maas"),
        "hostname": hostname,
        "is_container": false,
        "via": interface,
    })
}

fn bmcs(state: &State, hostnames: &[String]) -> Value {
    let machines = hostnames.iter().filter_map(|name| Some((name, state.maas.machines.get(name)?)));
    let nodes: Vec<Value> =
        machines.clone().map(|(name, machine)| json!({"system_id": machine.system_id, "hostname": name})).collect();
    let power_type = machines.map(|(_, machine)| machine.power.kind.as_str()).next();
    json!([{"id": 1, "power_type": power_type, "nodes": nodes}])
}

/// `subnet reserved-ip-ranges ID`
pub(super) fn reserved(call: &mut Call<'_>) -> Answered {
    let cidr = found(call)?;
    let rows = taken(call.state, cidr).into_iter().map(|span| {
        let mut row = span_row(span.start, span.end);
        row.insert("purpose".into(), json!(span.purpose));
        Value::Object(row)
    });
    Ok(Done::Json(Value::Array(rows.collect())))
}

/// `subnet unreserved-ip-ranges ID`
pub(super) fn unreserved(call: &mut Call<'_>) -> Answered {
    let cidr = found(call)?;
    let rows = free(call.state, cidr).into_iter().map(|(start, end)| Value::Object(span_row(start, end)));
    Ok(Done::Json(Value::Array(rows.collect())))
}

fn span_row(start: u32, end: u32) -> Map<String, Value> {
    Map::from_iter([
        ("start".to_string(), json!(Ipv4Addr::from(start))),
        ("end".to_string(), json!(Ipv4Addr::from(end))),
        ("num_addresses".to_string(), json!(u64::from(end - start) + 1)),
    ])
}

/// A run of addresses that are taken, and for what.
struct Span {
    start: u32,
    end: u32,
    purpose: BTreeSet<&'static str>,
}

/// What is taken in a subnet. Of equal runs the first purpose stands; runs that overlap become one with all purposes.
fn taken(state: &State, cidr: Ipv4Net) -> Vec<Span> {
    let mut runs: BTreeMap<(u32, u32), &'static str> = BTreeMap::new();
    let mut add = |start: Ipv4Addr, end: Ipv4Addr, purpose| {
        runs.entry((start.into(), end.into())).or_insert(purpose);
    };
    if let Some(subnet) = state.maas.subnets.get(&cidr) {
        subnet.gateway_ip.iter().for_each(|gateway| add(*gateway, *gateway, "gateway-ip"));
        let servers = subnet.dns_servers.iter().filter(|server| cidr.contains(*server));
        servers.for_each(|server| add(*server, *server, "dns-server"));
    }
    let ranges = state.maas.ranges.iter().filter(|(start, _)| cidr.contains(*start));
    ranges.for_each(|(start, range)| add(*start, range.end, range.kind.word()));
    let held = holders(state).into_iter().filter(|(address, _)| cidr.contains(address));
    held.for_each(|(address, _)| add(address, address, "assigned-ip"));
    merged(runs)
}

fn merged(runs: BTreeMap<(u32, u32), &'static str>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for ((start, end), purpose) in runs {
        match spans.last_mut() {
            Some(last) if start <= last.end => {
                last.end = last.end.max(end);
                last.purpose.insert(purpose);
            }
            _ => spans.push(Span { start, end, purpose: BTreeSet::from([purpose]) }),
        }
    }
    spans
}

/// What is left between the taken runs.
pub(super) fn free(state: &State, cidr: Ipv4Net) -> Vec<(u32, u32)> {
    let mut next = u32::from(cidr.network()) + 1;
    let last = u32::from(cidr.broadcast()) - 1;
    let mut gaps = Vec::new();
    for span in taken(state, cidr) {
        if span.start > next {
            gaps.push((next, span.start - 1));
        }
        next = next.max(span.end + 1);
    }
    if next <= last {
        gaps.push((next, last));
    }
    gaps
}

/// The subnet that the first argument names.
fn found(call: &Call<'_>) -> Result<Ipv4Net, Refused> {
    named(call.state, &call.at[0]).ok_or(Refused::NoSuch("Subnet"))
}

/// A subnet by id, CIDR, `cidr:CIDR` or `name:NAME`.
pub(super) fn named(state: &State, text: &str) -> Option<Ipv4Net> {
    let (kind, rest) = text.split_once(':').unwrap_or(("", text));
    let mut all = state.maas.subnets.iter();
    let found = match kind {
        "name" => all.find(|(_, subnet)| subnet.name == rest),
        "id" => all.find(|(_, subnet)| subnet.id.to_string() == rest),
        _ => {
            let cidr = rest.parse::<Ipv4Net>().ok().map(|cidr| cidr.trunc());
            all.find(|(at, subnet)| Some(**at) == cidr || subnet.id.to_string() == rest)
        }
    };
    found.map(|(cidr, _)| *cidr)
}
