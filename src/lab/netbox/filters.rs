//! Lists: which filters a kind knows, what they mean, in what order and in which pages results come.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::Refused;
use super::documents::{Kind, NetboxState, Record};
use super::render;
use crate::lab::web::Url;

/// `GET /api/KIND/?...`.
pub(super) fn list(netbox: &NetboxState, url: &Url, base: &str, kind: Kind) -> Result<Value, Refused> {
    let query = pairs(&url.query);
    let mut found: Vec<&String> = Vec::new();
    refuse_bad_choices(netbox, kind, &query)?;
    for (key, record) in netbox.of(kind) {
        if holds(netbox, kind, key, record, &query) {
            found.push(key);
        }
    }
    found.sort_by_key(|key| order(netbox, kind, key));
    let count = found.len();
    let (limit, offset) = page(netbox, &query);
    let brief = query.iter().any(|(name, value)| name == "brief" && truth(value));
    let shown: Vec<Value> = found
        .into_iter()
        .skip(offset)
        .take(limit)
        .map(|key| if brief { render::brief(netbox, kind, key, base) } else { render::record(netbox, kind, key, base) })
        .collect();
    let here = format!("{base}/api/{}/", kind.path());
    Ok(json!({
        "count": count,
        "next": (offset + limit < count).then(|| link(&here, &query, limit, offset + limit)),
        "previous": (offset > 0).then(|| link(&here, &query, limit, offset.saturating_sub(limit))),
        "results": shown,
    }))
}

fn link(here: &str, query: &[(String, String)], limit: usize, offset: usize) -> String {
    let kept = query.iter().filter(|(name, _)| !matches!(name.as_str(), "limit" | "offset"));
    let mut parts: Vec<String> = kept.map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    parts.push(format!("limit={limit}"));
    if offset > 0 {
        parts.push(format!("offset={offset}"));
    }
    format!("{here}?{}", parts.join("&"))
}

fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

/// Limit and offset: what is not a number is ignored, 0 means as many as are allowed.
fn page(netbox: &NetboxState, query: &[(String, String)]) -> (usize, usize) {
    let number = |wanted: &str| query.iter().find(|(name, _)| name == wanted).and_then(|(_, value)| value.parse().ok());
    let limit = match number("limit") {
        None => netbox.page_size,
        Some(0) => netbox.max_page_size,
        Some(limit) => limit.min(netbox.max_page_size),
    };
    (limit.max(1), number("offset").unwrap_or(0))
}

/// Name and value of a query, decoded.
fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[at], hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A known filter whose value can be none of the choices is refused; an unknown filter is ignored.
fn refuse_bad_choices(netbox: &NetboxState, kind: Kind, query: &[(String, String)]) -> Result<(), Refused> {
    for (name, value) in query {
        let known = match name.as_str() {
            "status" if !kind.statuses().is_empty() => kind.statuses().contains(&value.as_str()),
            "site" if matches!(kind, Kind::Prefix | Kind::Vlan) => netbox.sites.contains_key(value),
            "role" if !matches!(kind, Kind::Site | Kind::Role | Kind::IpAddress) => netbox.roles.contains_key(value),
            "site_id" if matches!(kind, Kind::Prefix | Kind::Vlan) => id_known(netbox, Kind::Site, value),
            "role_id" if !matches!(kind, Kind::Site | Kind::Role | Kind::IpAddress) => {
                id_known(netbox, Kind::Role, value)
            }
            _ => true,
        };
        if !known {
            let words = format!("Select a valid choice. {value} is not one of the available choices.");
            return Err((400, json!({name: [words]})));
        }
    }
    Ok(())
}

fn id_known(netbox: &NetboxState, kind: Kind, value: &str) -> bool {
    value.parse().ok().and_then(|id| netbox.key_of(kind, id)).is_some()
}

/// Whether an object passes: different filters all must hold, of one filter given twice either value will do.
fn holds(netbox: &NetboxState, kind: Kind, key: &str, record: &Record, query: &[(String, String)]) -> bool {
    query.iter().all(|(name, _)| {
        let mut values = query.iter().filter(|(other, _)| other == name).map(|(_, value)| value);
        values.any(|value| one(netbox, kind, key, record, name, value))
    })
}

fn one(netbox: &NetboxState, kind: Kind, key: &str, record: &Record, name: &str, value: &str) -> bool {
    let is_address = matches!(kind, Kind::Prefix | Kind::IpRange | Kind::IpAddress);
    match (kind, name) {
        (_, "id") => record.id.to_string() == value,
        (_, "status") if !kind.statuses().is_empty() => render::status_of(record) == value,
        (_, "description") => record.description == value,
        (Kind::Site | Kind::Role | Kind::Vlan, "name") => record.name == value,
        (Kind::Site | Kind::Role, "slug") => key == value,
        (Kind::Vlan, "vid") => record.vid.is_some_and(|vid| vid.to_string() == value),
        (Kind::Prefix | Kind::Vlan, "site") => record.site.as_deref() == Some(value),
        (Kind::Prefix | Kind::Vlan, "site_id") => refers(netbox, Kind::Site, record.site.as_deref(), value),
        (Kind::Prefix | Kind::Vlan | Kind::IpRange, "role") => record.role.as_deref() == Some(value),
        (Kind::Prefix | Kind::Vlan | Kind::IpRange, "role_id") => {
            refers(netbox, Kind::Role, record.role.as_deref(), value)
        }
        (Kind::Prefix, "vlan_vid") => vid_of(netbox, record).is_some_and(|vid| vid.to_string() == value),
        (Kind::Prefix, "vlan_id") => refers(netbox, Kind::Vlan, record.vlan.as_deref(), value),
        (Kind::Prefix, "is_pool") => record.is_pool == truth(value),
        (Kind::Prefix, "prefix" | "within" | "within_include" | "contains") => prefix_holds(key, name, value),
        (Kind::IpRange, "start_address") => same_address(record.start_address.as_deref(), value),
        (Kind::IpRange, "end_address") => same_address(record.end_address.as_deref(), value),
        (Kind::IpRange, "contains") => range_contains(record, value),
        (Kind::IpRange, "parent") => {
            inside(record.start_address.as_deref(), value) && inside(record.end_address.as_deref(), value)
        }
        (Kind::IpAddress, "parent") => inside(record.address.as_deref(), value),
        (Kind::IpAddress, "address") => same_address(record.address.as_deref(), value),
        (Kind::IpAddress, "dns_name") => record.dns_name == value,
        (_, "family") if is_address => render::family_of(key).to_string() == value,
        _ => true,
    }
}

fn truth(value: &str) -> bool {
    matches!(value.to_ascii_lowercase().as_str(), "true" | "1" | "yes")
}

fn refers(netbox: &NetboxState, kind: Kind, key: Option<&str>, id: &str) -> bool {
    key.and_then(|key| netbox.of(kind).get(key)).is_some_and(|found| found.id.to_string() == id)
}

fn vid_of(netbox: &NetboxState, record: &Record) -> Option<u16> {
    netbox.vlans.get(record.vlan.as_ref()?)?.vid
}

/// `within` is strict, `within_include` is not; an address without a mask counts as a host.
fn prefix_holds(key: &str, name: &str, value: &str) -> bool {
    let (Ok(own), Some(wanted)) = (key.parse::<IpNet>(), network(value)) else { return false };
    match name {
        "prefix" => own == wanted,
        "within" => wanted.contains(&own) && wanted != own,
        "within_include" => wanted.contains(&own),
        _ => own.contains(&wanted),
    }
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// With a mask both must be the same; without one, the address alone.
fn same_address(own: Option<&str>, value: &str) -> bool {
    own.is_some_and(|own| own == value || !value.contains('/') && own.split('/').next() == Some(value))
}

fn inside(own: Option<&str>, parent: &str) -> bool {
    match (own.and_then(render::bare_address), network(parent)) {
        (Some(own), Some(parent)) => parent.contains(&own),
        _ => false,
    }
}

/// NetBox compares with the mask: `10.12.6.1/22` finds the range, `10.12.6.1` finds none.
fn range_contains(record: &Record, value: &str) -> bool {
    let mask = |text: &str| text.split_once('/').map(|(_, mask)| mask.to_string());
    let (Some(start), Some(end)) = (record.start_address.as_deref(), record.end_address.as_deref()) else {
        return false;
    };
    let (Some(first), Some(last)) = (render::bare_address(start), render::bare_address(end)) else { return false };
    render::bare_address(value).is_some_and(|asked| first <= asked && asked <= last) && mask(value) == mask(start)
}

/// Sites, roles by name; the rest by number.
fn order(netbox: &NetboxState, kind: Kind, key: &str) -> (Option<IpNet>, u16, String) {
    let record = netbox.of(kind).get(key);
    let name = record.map(|record| record.name.clone()).unwrap_or_default();
    let vid = record.and_then(|record| record.vid).unwrap_or_default();
    match kind {
        Kind::Prefix | Kind::IpRange | Kind::IpAddress => (network(key), 0, key.to_string()),
        _ => (None, vid, name),
    }
}
