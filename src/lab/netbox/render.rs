//! Objects as NetBox prints them.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use super::documents::{Kind, NetboxState, Record};

/// The API's root: where each application is.
pub(super) fn root(base: &str) -> Value {
    let applications = [
        "circuits",
        "core",
        "dcim",
        "extras",
        "ipam",
        "plugins",
        "status",
        "tenancy",
        "users",
        "virtualization",
        "vpn",
        "wireless",
    ];
    applications
        .iter()
        .map(|name| ((*name).to_string(), format!("{base}/api/{name}/").into()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// `GET /api/status/`.
pub(super) fn status(netbox: &NetboxState) -> Value {
    json!({
        "django-version": "6.0.8",
        "hostname": "netbox",
        "installed_apps": {"django_filters": "26.1", "rest_framework": "3.17.1"},
        "netbox-version": netbox.version,
        "netbox-full-version": netbox.version,
        "plugins": {},
        "python-version": "3.12.1",
        "rq-workers-running": 1,
    })
}

/// An object in full.
pub(super) fn record(netbox: &NetboxState, kind: Kind, key: &str, base: &str) -> Value {
    let Some(found) = netbox.of(kind).get(key) else { return Value::Null };
    let mut shown = json!({
        "id": found.id,
        "url": url(base, kind, found.id),
        "display_url": format!("{base}/{}/{}/", kind.path(), found.id),
        "display": display(kind, key, found),
        "description": found.description,
        "owner": null,
        "comments": found.comments,
        "tags": [],
        "custom_fields": {},
        "created": stamp(found.created),
        "last_updated": stamp(found.last_updated),
    });
    if !kind.statuses().is_empty() {
        shown["status"] = choice(status_of(found));
    }
    add(&mut shown, own_fields(netbox, kind, key, found, base));
    shown
}

/// `2026-11-20T22:09:13.382436Z`.
fn stamp(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// What `brief=true` shows.
pub(super) fn brief(netbox: &NetboxState, kind: Kind, key: &str, base: &str) -> Value {
    let Some(found) = netbox.of(kind).get(key) else { return Value::Null };
    let mut shown = json!({
        "id": found.id,
        "url": url(base, kind, found.id),
        "display": display(kind, key, found),
        "description": found.description,
    });
    let own = match kind {
        Kind::Site | Kind::Role => json!({"name": found.name, "slug": key}),
        Kind::Vlan => json!({"vid": found.vid, "name": found.name}),
        Kind::Prefix => json!({"family": family(key), "prefix": key, "_depth": depth(netbox, key)}),
        Kind::IpRange => {
            json!({"family": family(key), "start_address": found.start_address, "end_address": found.end_address})
        }
        Kind::IpAddress => json!({"family": family(key), "address": found.address}),
    };
    add(&mut shown, own);
    shown
}

fn add(shown: &mut Value, own: Value) {
    if let (Value::Object(shown), Value::Object(own)) = (shown, own) {
        shown.extend(own);
    }
}

fn url(base: &str, kind: Kind, id: u64) -> String {
    format!("{base}/api/{}/{id}/", kind.path())
}

/// The status' value.
pub(super) fn status_of(record: &Record) -> &str {
    record.status.as_deref().unwrap_or("active")
}

fn choice(value: &str) -> Value {
    let label = match value {
        "dhcp" | "slaac" => value.to_uppercase(),
        _ => value.chars().take(1).flat_map(char::to_uppercase).chain(value.chars().skip(1)).collect(),
    };
    json!({"value": value, "label": label})
}

/// 4 or 6, by the text of an address or prefix.
pub(super) fn family_of(text: &str) -> u8 {
    if text.contains(':') { 6 } else { 4 }
}

fn family(text: &str) -> Value {
    let number = family_of(text);
    json!({"value": number, "label": format!("IPv{number}")})
}

fn nested(netbox: &NetboxState, kind: Kind, key: Option<&String>, base: &str) -> Value {
    key.map_or(Value::Null, |key| brief(netbox, kind, key, base))
}

fn own_fields(netbox: &NetboxState, kind: Kind, key: &str, found: &Record, base: &str) -> Value {
    let role = nested(netbox, Kind::Role, found.role.as_ref(), base);
    let site = nested(netbox, Kind::Site, found.site.as_ref(), base);
    match kind {
        Kind::Site => site_fields(netbox, key, found),
        Kind::Role => json!({
            "name": found.name,
            "slug": key,
            "weight": 1000,
            "prefix_count": netbox.prefixes.values().filter(|other| other.role.as_deref() == Some(key)).count(),
            "vlan_count": netbox.vlans.values().filter(|other| other.role.as_deref() == Some(key)).count(),
            "asn_count": 0,
        }),
        Kind::Vlan => json!({
            "site": site,
            "group": null,
            "vid": found.vid,
            "name": found.name,
            "tenant": null,
            "role": role,
            "qinq_role": null,
            "qinq_svlan": null,
            "l2vpn_termination": null,
            "prefix_count": netbox.prefixes.values().filter(|other| other.vlan.as_deref() == Some(key)).count(),
        }),
        Kind::Prefix => json!({
            "family": family(key),
            "prefix": key,
            "vrf": null,
            "scope_type": found.site.as_ref().map(|_| "dcim.site"),
            "scope_id": found.site.as_ref().and_then(|slug| netbox.sites.get(slug)).map(|site| site.id),
            "scope": site,
            "tenant": null,
            "vlan": nested(netbox, Kind::Vlan, found.vlan.as_ref(), base),
            "role": role,
            "is_pool": found.is_pool,
            "mark_utilized": found.mark_utilized,
            "children": children(netbox, key),
            "_depth": depth(netbox, key),
        }),
        Kind::IpRange => json!({
            "family": family(key),
            "start_address": found.start_address,
            "end_address": found.end_address,
            "size": size(found),
            "vrf": null,
            "tenant": null,
            "role": role,
            "mark_populated": false,
            "mark_utilized": found.mark_utilized,
        }),
        Kind::IpAddress => json!({
            "family": family(key),
            "address": found.address,
            "vrf": null,
            "tenant": null,
            "role": null,
            "assigned_object_type": null,
            "assigned_object_id": null,
            "assigned_object": null,
            "nat_inside": null,
            "nat_outside": [],
            "dns_name": found.dns_name,
        }),
    }
}

fn site_fields(netbox: &NetboxState, key: &str, found: &Record) -> Value {
    let here = |other: &&Record| other.site.as_deref() == Some(key);
    json!({
        "name": found.name,
        "slug": key,
        "region": null,
        "group": null,
        "tenant": null,
        "facility": "",
        "time_zone": null,
        "physical_address": "",
        "shipping_address": "",
        "latitude": null,
        "longitude": null,
        "asns": [],
        "circuit_count": 0,
        "device_count": 0,
        "prefix_count": netbox.prefixes.values().filter(here).count(),
        "rack_count": 0,
        "virtualmachine_count": 0,
        "vlan_count": netbox.vlans.values().filter(here).count(),
    })
}

fn display(kind: Kind, key: &str, found: &Record) -> String {
    match kind {
        Kind::Site | Kind::Role => found.name.clone(),
        Kind::Vlan => format!("{} ({})", found.name, found.vid.unwrap_or_default()),
        Kind::Prefix => key.to_string(),
        Kind::IpRange => range_display(found),
        Kind::IpAddress => found.address.clone().unwrap_or_default(),
    }
}

/// `10.12.5.0-7.254/22`: the end without the octets that it shares with the start.
pub(super) fn range_display(found: &Record) -> String {
    let (start, end) = (text(&found.start_address), text(&found.end_address));
    let (first, mask) = start.split_once('/').unwrap_or((start, "32"));
    let last = end.split('/').next().unwrap_or_default();
    let separator = if first.contains(':') { ':' } else { '.' };
    let shared = first.split(separator).zip(last.split(separator)).take_while(|(a, b)| a == b).count();
    let parts: Vec<&str> = last.split(separator).collect();
    let shown = parts[shared.min(parts.len().saturating_sub(1))..].join(&separator.to_string());
    format!("{first}-{shown}/{mask}")
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or_default()
}

/// The address before the mask.
pub(super) fn bare_address(text: &str) -> Option<IpAddr> {
    text.split('/').next()?.parse().ok()
}

fn size(found: &Record) -> Value {
    match (bare_address(text(&found.start_address)), bare_address(text(&found.end_address))) {
        (Some(IpAddr::V4(a)), Some(IpAddr::V4(b))) => (i64::from(u32::from(b)) - i64::from(u32::from(a)) + 1).into(),
        (Some(IpAddr::V6(a)), Some(IpAddr::V6(b))) => {
            u64::try_from(u128::from(b).saturating_sub(u128::from(a)) + 1).unwrap_or(u64::MAX).into()
        }
        _ => Value::Null,
    }
}

fn depth(netbox: &NetboxState, key: &str) -> usize {
    counted(netbox, key, |own, other| other.contains(own))
}

fn children(netbox: &NetboxState, key: &str) -> usize {
    counted(netbox, key, |own, other| own.contains(other))
}

fn counted(netbox: &NetboxState, key: &str, holds: impl Fn(&IpNet, &IpNet) -> bool) -> usize {
    let Ok(own) = key.parse::<IpNet>() else { return 0 };
    let others = netbox.prefixes.keys().filter(|other| other.as_str() != key).filter_map(|other| other.parse().ok());
    others.filter(|other| holds(&own, other)).count()
}
