//! What a text says by its form alone: an address, a host, a name that somebody made up. It must not know what lib/ holds.

use std::net::Ipv4Addr;

use crate::script::Form;

/// Endings of names that only hosts have.
const DOMAINS: [&str; 12] =
    ["arpa", "com", "de", "dev", "home", "internal", "io", "lan", "local", "maas", "net", "org"];

/// Ports that everybody knows by heart.
const KNOWN_PORTS: [i64; 5] = [22, 53, 80, 443, 8080];

/// Shorter names say little.
pub(super) const SHORTEST: usize = 5;

/// What a text is that a constant holds.
#[must_use]
pub fn kind(text: &str) -> &'static str {
    place(text).unwrap_or(match () {
        () if Form::Unit.fits(text) => "a unit",
        () if text.starts_with('/') => "a path",
        () if text.contains('@') => "a destination of ssh",
        () => "a name of this site",
    })
}

/// `openstack0`: a host among others.
pub(super) fn is_numbered(text: &str) -> bool {
    let numbered = text.starts_with(|c: char| c.is_ascii_lowercase()) && text.ends_with(|c: char| c.is_ascii_digit());
    numbered && text.len() >= SHORTEST && Form::Host.fits(text)
}

/// `lb-mgmt-net`, `role=provider`: a name that somebody made up, of words.
pub(super) fn is_made_up(text: &str) -> bool {
    let (mut words, mut has_letters) = (0, false);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => has_letters = true,
            b'0'..=b'9' => {}
            b'-' | b'_' | b'=' | b'.' => words += usize::from(std::mem::take(&mut has_letters)),
            _ => return false,
        }
    }
    text.len() >= SHORTEST && words + usize::from(has_letters) > 1
}

/// A number that somebody chose: others stand for many things.
pub(super) fn tells_itself(number: i64) -> bool {
    number > 1 && !KNOWN_PORTS.contains(&number)
}

/// Whether a text names something by its form: no word of a service is written so.
pub(super) fn tells(text: &str) -> bool {
    text.len() >= SHORTEST
        && !text.contains(char::is_whitespace)
        && (Form::Path.fits(text)
            || Form::Unit.fits(text)
            || text.as_bytes().contains(&b'@') && Form::Destination.fits(text)
            || place(text).is_some())
}

/// Whether a text says by its form what a constant should hold: no word of a service is written so.
#[must_use]
pub fn is_place(text: &str) -> bool {
    tells(text) || is_numbered(text)
}

/// What a text says of a place in the network.
#[must_use]
pub fn place(text: &str) -> Option<&'static str> {
    if text.as_bytes().contains(&b':') && text.split(|c: char| c.is_whitespace() || c == ',').any(ends_in_a_mac) {
        return Some("a MAC address");
    }
    if !text.as_bytes().contains(&b'.') {
        return None;
    }
    if is_begun_address(text) {
        return Some("the beginning of an address");
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/');
    let words = text.split(|c: char| !is_part(c)).map(|word| word.trim_start_matches('/').trim_end_matches(['.', '/']));
    for word in words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit())) {
        let (address, length) = word.split_once('/').map_or((word, None), |(address, length)| (address, Some(length)));
        let parts: Vec<&str> = address.split('-').collect();
        let all: Option<Vec<Ipv4Addr>> = parts.iter().map(|part| part.parse().ok()).collect();
        // Every host has its own loopback.
        if all.is_some_and(|all| !all.iter().all(Ipv4Addr::is_loopback)) {
            return Some(match (parts.len(), length) {
                (1, Some(length)) if length.chars().all(|c| c.is_ascii_digit()) && !length.is_empty() => "a network",
                (1, _) => "an address",
                _ => "a range of addresses",
            });
        }
    }
    host_name(text).map(|_| "the name of a host")
}

/// Whether it is the host itself.
#[must_use]
pub fn is_loopback(text: &str) -> bool {
    let bare = text.rsplit('@').next().unwrap_or(text);
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// MAAS's own key of a machine: six letters and digits, mixed as no name of a host is.
#[must_use]
pub fn looks_like_system_id(text: &str) -> bool {
    let plain = text.len() == 6 && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let name = text.trim_end_matches(|c: char| c.is_ascii_digit());
    plain && name.chars().any(|c| c.is_ascii_digit())
}

/// `https://10.12.4.`: what an address begins with, alone or in a URL.
fn is_begun_address(text: &str) -> bool {
    let (in_url, bare) = text.split_once("://").map_or((false, text), |(_, rest)| (true, rest));
    let Some(bare) = bare.strip_suffix('.') else { return false };
    let parts: Option<Vec<u8>> = bare.split('.').map(|part| part.parse().ok()).collect();
    match parts.as_deref() {
        Some([127, ..]) => false,
        Some([a, b]) => in_url || (*a, *b) == (192, 168),
        Some([a, b, _]) => in_url || *a == 10 || *a == 172 && (16..32).contains(b) || (*a, *b) == (192, 168),
        _ => false,
    }
}

/// A MAC address, alone or behind what has it: `br-ex:52:54:00:12:ab:cd`.
fn ends_in_a_mac(word: &str) -> bool {
    let Some((before, mac)) = word.len().checked_sub(17).and_then(|at| word.split_at_checked(at)) else { return false };
    Form::AnyMac.fits(mac) && !before.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// A name with a domain, alone, in a URL or behind `user@`.
pub(super) fn host_name(text: &str) -> Option<&str> {
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let bare = bare.split(['/', ':']).next().unwrap_or_default();
    let bare = bare.rsplit('@').next().unwrap_or_default();
    let mut labels = bare.split('.');
    let sane = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let last = bare.rsplit('.').next()?;
    (bare.contains('.') && labels.all(sane) && DOMAINS.contains(&last)).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_told_from_prose() {
        for (text, wanted) in [
            ("10.12.4.1", Some("an address")),
            ("10.12.4.0/22", Some("a network")),
            ("10.12.5.0-10.12.7.254", Some("a range of addresses")),
            ("http://10.12.4.58:80/x", Some("an address")),
            ("ask 10.12.4.1.", Some("an address")),
            ("https://maas.example.lan/MAAS", Some("the name of a host")),
            ("root@vault.internal", Some("the name of a host")),
            ("52:54:00:4c:00:07", Some("a MAC address")),
            ("br-ex:52:54:00:4C:00:07", Some("a MAC address")),
            ("https://10.12.4.", Some("the beginning of an address")),
            ("10.12.4.", Some("the beginning of an address")),
            ("152:54:00:4c:00:07", None),
            ("version 1.2.3", None),
            ("3.5.", None),
            ("omega.yaml", None),
            ("role=provider", None),
            ("What is net?", None),
            ("a.b", None),
            ("http://127.0.0.1:8774/", None),
        ] {
            assert_eq!(place(text), wanted, "{text}");
        }
    }

    #[test]
    fn keys_of_maas_are_told_from_names() {
        assert!(looks_like_system_id("4y3h7n") && !looks_like_system_id("node01") && !looks_like_system_id("nodeab"));
    }

    #[test]
    fn names_are_told_by_their_form() {
        assert!(is_numbered("openstack0") && !is_numbered("2024.1") && !is_numbered("v3"));
        for text in ["vault/0", "/dev/vdb", "operator@10.12.64.1", "52:54:00:4c:00:07", "http://10.0.0.1/"] {
            assert!(tells(text), "{text}");
        }
        assert!(is_made_up("lb-mgmt-net") && is_made_up("role=provider") && !is_made_up("openstack"));
        assert!(!is_made_up("2024.1") && !is_made_up("in a row - not") && !is_made_up("20-30") && !is_made_up("v1-2"));
        assert!(is_made_up("bundle.yaml") && is_made_up("dash_secure") && !is_made_up("22.04"));
        for text in ["openstack", "active", "2024.1/stable", "RegionOne", "raw", "os_version=22.04", "v3"] {
            assert!(!tells(text), "{text}");
        }
    }
}
