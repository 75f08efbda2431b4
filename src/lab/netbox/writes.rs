//! POST, PATCH, PUT and DELETE, with NetBox's words for what does not validate.

use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::Refused;
use super::documents::{Kind, NetboxState, Record};
use super::render;

/// Creates one object, or all of a list or none.
pub(super) fn create(
    netbox: &mut NetboxState,
    kind: Kind,
    body: &Value,
    now: Timestamp,
    base: &str,
) -> Result<Value, Refused> {
    let Value::Array(list) = body else {
        let key = create_one(netbox, kind, body, now).map_err(|words| (400, words.into()))?;
        return Ok(render::record(netbox, kind, &key, base));
    };
    let mut scratch = netbox.clone();
    let made: Vec<Result<String, Map<String, Value>>> =
        list.iter().map(|body| create_one(&mut scratch, kind, body, now)).collect();
    if made.iter().any(Result::is_err) {
        let words = made.into_iter().map(|made| made.err().unwrap_or_default().into()).collect();
        return Err((400, Value::Array(words)));
    }
    *netbox = scratch;
    let keys = made.into_iter().flatten();
    Ok(Value::Array(keys.map(|key| render::record(netbox, kind, &key, base)).collect()))
}

/// Words by field.
type Words = Map<String, Value>;

fn words(field: &str, text: impl Into<String>) -> Words {
    Map::from_iter([(field.to_string(), json!([text.into()]))])
}

fn create_one(netbox: &mut NetboxState, kind: Kind, body: &Value, now: Timestamp) -> Result<String, Words> {
    require(kind, body)?;
    let mut record = Record { created: now, last_updated: now, ..Record::default() };
    let wanted = fill(netbox, kind, body, &mut record)?;
    let key = validate(netbox, kind, &record, wanted, None)?;
    record.id = netbox.of(kind).values().map(|other| other.id).max().unwrap_or(0) + 1;
    netbox.of_mut(kind).insert(key.clone(), record);
    Ok(key)
}

/// Changes the fields that were sent; `whole` demands those that must be there.
pub(super) fn update(
    netbox: &mut NetboxState,
    kind: Kind,
    key: &str,
    body: &Value,
    whole: bool,
    now: Timestamp,
    base: &str,
) -> Result<Value, Refused> {
    let refuse = |words: Words| (400, Value::Object(words));
    if whole {
        require(kind, body).map_err(refuse)?;
    }
    let mut record = netbox.of(kind).get(key).cloned().unwrap_or_default();
    let wanted = fill(netbox, kind, body, &mut record).map_err(refuse)?;
    let new_key =
        validate(netbox, kind, &record, wanted.or_else(|| Some(key.to_string())), Some(key)).map_err(refuse)?;
    record.last_updated = now;
    netbox.of_mut(kind).remove(key);
    netbox.of_mut(kind).insert(new_key.clone(), record);
    Ok(render::record(netbox, kind, &new_key, base))
}

/// Removes an object that nothing else stands on.
pub(super) fn delete(netbox: &mut NetboxState, kind: Kind, key: &str) -> Result<(), Refused> {
    let uses = |record: &&Record| match kind {
        // Roles and VLANs are let go of by what refers to them; a site holds its VLANs and prefixes.
        Kind::Site => record.site.as_deref() == Some(key),
        _ => false,
    };
    let held: Vec<&Record> = netbox.vlans.values().filter(uses).collect();
    if let Some(first) = held.first() {
        let words = format!(
            "Unable to delete object. {} dependent objects were found: {} ({})",
            held.len(),
            first.name,
            first.id
        );
        return Err((409, json!({"detail": words})));
    }
    netbox.of_mut(kind).remove(key);
    let forget = |field: &mut Option<String>| {
        if field.as_deref() == Some(key) {
            *field = None;
        }
    };
    for record in netbox.prefixes.values_mut().chain(netbox.ip_ranges.values_mut()).chain(netbox.vlans.values_mut()) {
        match kind {
            Kind::Role => forget(&mut record.role),
            Kind::Vlan => forget(&mut record.vlan),
            Kind::Site => forget(&mut record.site),
            _ => {}
        }
    }
    Ok(())
}

fn require(kind: Kind, body: &Value) -> Result<(), Words> {
    let required: &[&str] = match kind {
        Kind::Site | Kind::Role => &["name", "slug"],
        Kind::Vlan => &["vid", "name"],
        Kind::Prefix => &["prefix"],
        Kind::IpRange => &["start_address", "end_address"],
        Kind::IpAddress => &["address"],
    };
    let missing = required.iter().filter(|field| body.get(**field).is_none());
    let found: Words = missing.map(|field| ((*field).to_string(), json!(["This field is required."]))).collect();
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// Takes the known fields of the body into the record; unknown ones are dropped, as NetBox does. The answer is the
/// natural key that the body names: slug, VID, CIDR or address.
fn fill(netbox: &NetboxState, kind: Kind, body: &Value, record: &mut Record) -> Result<Option<String>, Words> {
    let text = |field: &str| body.get(field).and_then(Value::as_str).map(str::to_string);
    text("name").into_iter().for_each(|value| record.name = value);
    text("description").into_iter().for_each(|value| record.description = value);
    text("comments").into_iter().for_each(|value| record.comments = value);
    text("dns_name").into_iter().for_each(|value| record.dns_name = value);
    body.get("is_pool").and_then(Value::as_bool).into_iter().for_each(|value| record.is_pool = value);
    body.get("mark_utilized").and_then(Value::as_bool).into_iter().for_each(|value| record.mark_utilized = value);
    if let Some(status) = body.get("status").filter(|_| !kind.statuses().is_empty()) {
        let known = status.as_str().filter(|status| kind.statuses().contains(status));
        let shown = status.as_str().map_or_else(|| status.to_string(), str::to_string);
        let status = known.ok_or_else(|| words("status", format!("{shown} is not a valid choice.")))?;
        record.status = Some(status.to_string());
    }
    references(netbox, kind, body, record)?;
    numbers(kind, body, record)
}

fn references(netbox: &NetboxState, kind: Kind, body: &Value, record: &mut Record) -> Result<(), Words> {
    if let Some(role) = body.get("role").filter(|_| !matches!(kind, Kind::Site | Kind::Role | Kind::IpAddress)) {
        record.role = related(netbox, Kind::Role, "role", role)?;
    }
    if let Some(vlan) = body.get("vlan").filter(|_| kind == Kind::Prefix) {
        record.vlan = related(netbox, Kind::Vlan, "vlan", vlan)?;
    }
    // A prefix has a scope since 4.2; a `site` sent with one is dropped without a word.
    if let Some(site) = body.get("site").filter(|_| kind == Kind::Vlan) {
        record.site = related(netbox, Kind::Site, "site", site)?;
    }
    if kind == Kind::Prefix && body.get("scope_type").and_then(Value::as_str) == Some("dcim.site") {
        record.site = related(netbox, Kind::Site, "scope_id", body.get("scope_id").unwrap_or(&Value::Null))?;
    }
    if kind == Kind::Prefix && body.get("scope_type").is_some_and(Value::is_null) {
        record.site = None;
    }
    Ok(())
}

/// An id, or an object with attributes that name one.
fn related(netbox: &NetboxState, kind: Kind, field: &str, value: &Value) -> Result<Option<String>, Words> {
    if value.is_null() {
        return Ok(None);
    }
    let found = match (value.as_u64(), value.get("slug").and_then(Value::as_str)) {
        (Some(id), _) => netbox.key_of(kind, id),
        (None, Some(slug)) => netbox.of(kind).contains_key(slug).then(|| slug.to_string()),
        (None, None) => None,
    };
    found.map(Some).ok_or_else(|| match value {
        Value::Object(_) => words(field, format!("Related object not found using the provided attributes: {value}")),
        value => words(field, format!("Related object not found using the provided numeric ID: {value}")),
    })
}

fn numbers(kind: Kind, body: &Value, record: &mut Record) -> Result<Option<String>, Words> {
    let text = |field: &str| body.get(field).and_then(Value::as_str);
    match kind {
        Kind::Site | Kind::Role => Ok(text("slug").map(str::to_string)),
        Kind::Vlan => {
            let Some(vid) = body.get("vid") else { return Ok(None) };
            record.vid = Some(vid_of(vid)?);
            Ok(record.vid.map(|vid| vid.to_string()))
        }
        Kind::Prefix => text("prefix").map(prefix).transpose(),
        Kind::IpRange => {
            if let Some(start) = text("start_address") {
                record.start_address = Some(masked("start_address", start)?);
            }
            if let Some(end) = text("end_address") {
                record.end_address = Some(masked("end_address", end)?);
            }
            Ok(record.start_address.as_deref().and_then(render::bare_address).map(|start| start.to_string()))
        }
        Kind::IpAddress => {
            let Some(address) = text("address") else { return Ok(None) };
            record.address = Some(masked("address", address)?);
            Ok(render::bare_address(address).map(|address| address.to_string()))
        }
    }
}

fn vid_of(value: &Value) -> Result<u16, Words> {
    let number = value.as_i64().ok_or_else(|| words("vid", "A valid integer is required."))?;
    match number {
        ..1 => Err(words("vid", "Ensure this value is greater than or equal to 1.")),
        4095.. => Err(words("vid", "Ensure this value is less than or equal to 4094.")),
        number => u16::try_from(number).map_err(|_| words("vid", "A valid integer is required.")),
    }
}

fn prefix(text: &str) -> Result<String, Words> {
    let invalid = || words("prefix", format!("Invalid IP prefix format: {text}"));
    let parsed: IpNet = if text.contains('/') {
        text.parse().map_err(|_| invalid())?
    } else {
        text.parse::<IpAddr>().map(IpNet::from).map_err(|_| invalid())?
    };
    if parsed.trunc() != parsed {
        let right = parsed.trunc();
        return Err(words("prefix", format!("{parsed} is not a valid prefix. Did you mean {right}?")));
    }
    Ok(parsed.to_string())
}

/// An address with a mask; without one NetBox takes it for a host.
fn masked(field: &str, text: &str) -> Result<String, Words> {
    let invalid = || words(field, format!("Invalid IP address format: {text}"));
    if text.contains('/') {
        return text.parse::<IpNet>().map(|net| net.to_string()).map_err(|_| invalid());
    }
    text.parse::<IpAddr>().map(|address| IpNet::from(address).to_string()).map_err(|_| invalid())
}

/// What two objects may not share. The answer is the key that the object gets.
fn validate(
    netbox: &NetboxState,
    kind: Kind,
    record: &Record,
    wanted: Option<String>,
    own: Option<&str>,
) -> Result<String, Words> {
    let wanted = wanted.unwrap_or_default();
    let taken = own != Some(wanted.as_str()) && netbox.of(kind).contains_key(&wanted);
    match kind {
        Kind::Site | Kind::Role => unique_name(netbox, kind, record, &wanted, taken, own)?,
        Kind::Vlan if taken => return Ok(format!("{wanted} again {}", netbox.vlans.len() + 1)),
        Kind::Prefix if taken => {
            return Err(words("prefix", format!("Duplicate prefix found in global table: {wanted}")));
        }
        Kind::IpAddress if taken => {
            let found = netbox.ip_addresses.get(&wanted).and_then(|other| other.address.clone()).unwrap_or_default();
            return Err(words("address", format!("Duplicate IP address found in global table: {found}")));
        }
        Kind::IpRange => range_is_sound(netbox, record, own)?,
        _ => {}
    }
    Ok(wanted)
}

fn unique_name(
    netbox: &NetboxState,
    kind: Kind,
    record: &Record,
    slug: &str,
    taken: bool,
    own: Option<&str>,
) -> Result<(), Words> {
    let noun = kind.name().to_lowercase();
    let mut found = Words::new();
    let others = netbox.of(kind).iter().filter(|(key, _)| Some(key.as_str()) != own);
    if others.clone().any(|(_, other)| other.name == record.name) {
        found.extend(words("name", format!("{noun} with this name already exists.")));
    }
    if taken {
        found.extend(words("slug", format!("{noun} with this slug already exists.")));
    }
    if slug.is_empty() {
        found.extend(words("slug", "This field may not be blank."));
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

fn range_is_sound(netbox: &NetboxState, record: &Record, own: Option<&str>) -> Result<(), Words> {
    let ends = |record: &Record| {
        let address = |text: &Option<String>| text.as_deref().and_then(render::bare_address);
        address(&record.start_address).zip(address(&record.end_address))
    };
    let mask = |text: &Option<String>| text.as_deref().and_then(|text| text.split('/').nth(1).map(str::to_string));
    let Some((start, end)) = ends(record) else { return Ok(()) };
    if mask(&record.start_address) != mask(&record.end_address) {
        return Err(words("end_address", "Starting and ending IP address masks must match"));
    }
    if end < start {
        let from = record.start_address.as_deref().unwrap_or_default();
        let text = format!("Ending address must be greater than or equal to the starting address ({from})");
        return Err(words("end_address", text));
    }
    let mut others = netbox.ip_ranges.iter().filter(|(key, _)| Some(key.as_str()) != own).map(|(_, other)| other);
    let overlap = others.find(|other| ends(other).is_some_and(|(first, last)| start <= last && first <= end));
    match overlap {
        None => Ok(()),
        Some(other) => {
            let text = format!("Defined addresses overlap with range {} in VRF None", render::range_display(other));
            Err(words("__all__", text))
        }
    }
}
