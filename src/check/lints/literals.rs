//! Literals that die: ids of objects, and addresses and names of hosts outside lib/.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::super::Role;
use super::super::message::Diagnostic;
use super::super::shape::structure;
use super::super::tree::{Call, Kind, Node, Span, Tree};
use super::super::types::{Library, Table};
use crate::primitives::forms::PORT;
use crate::script::{Effect, Form, Primitive, Ty};

/// Parameters that name a host.
const HOSTS: [&str; 3] = ["hostname", "host", "destination"];

/// Methods that are asked for a unit.
const OF_A_UNIT: [&str; 2] = ["machine_of", "unit"];

/// Parameters that name what is looked for or made.
const NAMING: [&str; 6] = ["application", "host", "hostname", "name", "tag", "unit"];

/// Shorter names are near to too many others.
const SHORTEST: usize = 6;

/// Methods that look for something by its name.
const LOOKUPS: [&str; 5] = ["application", "interface", "subnet", "unit", "units_of"];

/// Endings of names that only hosts have.
const DOMAINS: [&str; 12] =
    ["arpa", "com", "de", "dev", "home", "internal", "io", "lan", "local", "maas", "net", "org"];

pub(super) fn check(
    tree: &Tree,
    libs: &BTreeMap<String, Library>,
    table: &Table,
    role: Role,
    found: &mut Vec<Diagnostic>,
) {
    let mut names = Names::default();
    let titles: Vec<Span> = structure(tree).flat_map(|call| call.args.iter().take(2)).map(|arg| arg.span).collect();
    tree.walk(&mut |node| {
        found.extend(port(tree, node));
        if let Kind::Text(text) = &node.kind {
            if holds_id(text) {
                found.push(id(tree, text, node.span));
            } else if let (Role::Runbook, Some(what)) = (role, place(text))
                && !titles.contains(&node.span)
            {
                found.push(address(tree, what, text, node.span));
            }
        }
        if let Kind::Call(call) | Kind::Method { call, .. } = &node.kind {
            arguments(tree, table, role, call, found);
        }
        if let Kind::Operator { symbol, operands, .. } = &node.kind
            && let [left, right] = &operands[..]
        {
            found.extend(number_compared(tree, symbol, left, right));
        }
        if let (Kind::Call(call) | Kind::Method { call, .. }, Role::Runbook) = (&node.kind, role) {
            names.note(table, call);
        }
    });
    found.extend(names.slips(tree, libs));
}

/// Names of things as a runbook writes them: what it makes, and what it looks for.
#[derive(Default)]
struct Names<'t> {
    made: BTreeSet<&'t str>,
    sought: Vec<(&'t str, Span)>,
}

impl<'t> Names<'t> {
    fn note(&mut self, table: &Table, call: &'t Call) {
        let is_method = call.is_method && LOOKUPS.contains(&call.name.text.as_str());
        let Some(name) = call.args.first().and_then(Node::as_text) else { return };
        if is_method {
            self.sought.push((name, call.args[0].span));
        }
        let [root] = &call.path[..] else { return };
        let Some(primitive) = table.function(&root.text, &call.name.text) else { return };
        let names = primitive.params.first().is_some_and(|param| NAMING.contains(&param.name));
        match primitive.effect {
            Effect::Change if names => _ = self.made.insert(name),
            Effect::Read | Effect::Acts if names => self.sought.push((name, call.args[0].span)),
            _ => {}
        }
    }

    /// What is sought, is neither made here nor named by a library, and is one letter away from what is.
    fn slips(&self, tree: &Tree, libs: &BTreeMap<String, Library>) -> Vec<Diagnostic> {
        if self.sought.is_empty() {
            return Vec::new();
        }
        let mut known: Vec<&str> = self.made.iter().copied().collect();
        for library in libs.values() {
            for node in library.tree.statements.iter().filter(|node| matches!(node.kind, Kind::Let { .. })) {
                node.walk(&mut |node| known.extend(node.as_text().filter(|text| text.len() >= SHORTEST)));
            }
        }
        let unknown = self.sought.iter().filter(|(name, _)| name.len() >= SHORTEST && !known.contains(name));
        let slips = unknown.filter_map(|(name, span)| {
            let near = known.iter().find(|known| is_slip(name, known))?;
            let message = format!("{name:?} is one letter away from {near:?}");
            let told =
                Diagnostic::warning("W0325", message, &tree.file, *span).label(format!("did you mean `{near}`?"));
            Some(told.note("nothing of this name is made here, and no library names it"))
        });
        slips.collect()
    }
}

/// One letter more, less, another, or two in the other's place; numbers tell things apart on purpose.
fn is_slip(written: &str, known: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    written.len().abs_diff(known.len()) < 2
        && strsim::damerau_levenshtein(written, known) == 1
        && letters(written) != letters(known)
}

/// Texts that are read as a host or as an id because of the parameter that takes them.
fn arguments(tree: &Tree, table: &Table, role: Role, call: &Call, found: &mut Vec<Diagnostic>) {
    if let ([unit], true) = (&call.args[..], call.is_method && OF_A_UNIT.contains(&call.name.text.as_str())) {
        found.extend(
            unit.as_text().filter(|_| role == Role::Runbook).and_then(|text| of_form(tree, Form::Unit, text, unit)),
        );
    }
    let [root] = &call.path[..] else { return };
    let Some(primitive) = table.function(&root.text, &call.name.text) else { return };
    for (param, arg) in primitive.params.iter().zip(&call.args).filter(|_| role == Role::Runbook) {
        listed(tree, &param.ty, arg, found);
    }
    for (param, arg) in primitive.params.iter().zip(&call.args) {
        let Some(text) = arg.as_text() else { continue };
        let is_host = HOSTS.contains(&param.name);
        let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let is_system_id = root.text == "maas" && is_host && looks_like_system_id(text);
        if is_number && matches!(param.name, "name" | "hostname" | "unit") || is_system_id {
            found.push(id(tree, text, arg.span));
        } else if is_host && role == Role::Runbook && place(text).is_none() {
            found.push(address(tree, "a host", text, arg.span));
        } else if role == Role::Runbook
            && root.text == "juju"
            && is_model(primitive, param.name)
            && !text.trim().is_empty()
        {
            found.push(address(tree, "the name of a model", text, arg.span));
        }
    }
}

/// Hosts in a list, and units anywhere: in an argument, or in an option of it.
fn listed(tree: &Tree, ty: &Ty, arg: &Node, found: &mut Vec<Diagnostic>) {
    if let (Ty::Options(fields), Kind::Map(given)) = (ty, &arg.kind) {
        for one in given {
            let field = fields.iter().find(|field| field.name == one.name.text);
            field.into_iter().for_each(|field| listed(tree, &field.ty, &one.value, found));
        }
    }
    let Some(form) = ty.vocabulary().and_then(|words| words.form) else { return };
    let texts = match &arg.kind {
        Kind::Array(items) => &items[..],
        // One host by itself is known by the name of its parameter.
        _ if form == Form::Host => &[],
        _ => std::slice::from_ref(arg),
    };
    let of_form = |node| of_form(tree, form, Node::as_text(node)?, node);
    found.extend(texts.iter().filter_map(of_form));
}

/// A host or a unit that is written out.
fn of_form(tree: &Tree, form: Form, text: &str, node: &Node) -> Option<Diagnostic> {
    let what = match form {
        Form::Host => "a host",
        Form::Unit | Form::Leader if Form::Unit.fits(text) => "a unit",
        _ => return None,
    };
    place(text).is_none().then(|| address(tree, what, text, node.span))
}

/// Machines of Juju are numbered as they come: `machine.id == "0"`, `"0" in status.machines()`.
fn number_compared(tree: &Tree, symbol: &str, left: &Node, right: &Node) -> Option<Diagnostic> {
    let number =
        |node: &Node| node.as_text().is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let is_id = |node: &Node| matches!(&node.kind, Kind::Property { name, .. } if matches!(name.text.as_str(), "id" | "machine"));
    let machines = |node: &Node| matches!(&node.kind, Kind::Method { call, .. } if call.name.text == "machines");
    let literal = match symbol {
        "==" | "!=" if number(right) && is_id(left) => right,
        "==" | "!=" if number(left) && is_id(right) => left,
        "in" | "!in" if number(left) && machines(right) => left,
        _ => return None,
    };
    Some(id(tree, literal.as_text()?, literal.span))
}

/// Whether a parameter names a model.
fn is_model(primitive: &Primitive, param: &str) -> bool {
    primitive.effect == Effect::Change && primitive.name.ends_with("model") && matches!(param, "name" | "confirm")
}

fn id(tree: &Tree, text: &str, span: Span) -> Diagnostic {
    Diagnostic::error("E0301", format!("`{text}` looks like an id"), &tree.file, span)
        .note("ids die when an object is made anew; then the runbook asks for what is not there, or for another's")
        .help("find the object by its name, its CIDR or its hostname, and hand the object over")
}

fn address(tree: &Tree, what: &str, text: &str, span: Span) -> Diagnostic {
    Diagnostic::error("E0302", format!("{what} is written out here: {text:?}"), &tree.file, span)
        .note("written twice, the two drift apart; lib/ is the one place for what is this site's")
        .help("name it in a file of lib/, and import that")
}

/// A port that no machine has, in the address of a page or behind an address.
fn port(tree: &Tree, node: &Node) -> Option<Diagnostic> {
    let number = match &node.kind {
        Kind::Text(text) => port_beyond(text)?.to_owned(),
        // What stands alone in one of the parts is told there.
        Kind::Template(parts)
            if parts.iter().filter_map(Node::as_text).any(|part| part.contains("://"))
                && parts.iter().all(|part| part.as_text().and_then(port_beyond).is_none()) =>
        {
            let whole: Vec<&str> = parts.iter().map(|part| part.as_text().unwrap_or("value")).collect();
            port_beyond(&whole.concat())?.to_owned()
        }
        _ => return None,
    };
    let message = format!("the {} are {}; this is {number}", PORT.of, PORT.range());
    Some(Diagnostic::error("E0321", message, &tree.file, node.span))
}

/// A number behind `scheme://host:` or `10.12.4.1:` that is no port.
fn port_beyond(text: &str) -> Option<&str> {
    if !text.contains(':') {
        return None;
    }
    let authorities = text.split("://").skip(1).map(|rest| {
        let host = rest.split(|c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | ',')).next();
        host.unwrap_or_default()
    });
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':');
    let words = text.split(|c: char| !is_part(c)).filter(|word| {
        let address = word.split_once(':').map(|(address, _)| address);
        address.is_some_and(|address| address.parse::<Ipv4Addr>().is_ok())
    });
    let ports = authorities.chain(words).filter_map(|place| place.rsplit_once(':').map(|(_, port)| port));
    let is_number = |port: &&str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let mut ports = ports.filter(is_number);
    ports.find(|port| port.parse().map_or(true, |number| !PORT.has(number)))
}

/// An id, alone or in a longer text.
fn holds_id(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_hexdigit() || c == '-';
    text.len() >= 32 && text.split(|c| !is_part(c)).any(|word| is_id(word.trim_matches('-')))
}

/// A UUID, with or without dashes.
fn is_id(text: &str) -> bool {
    if !matches!(text.len(), 32 | 36) {
        return false;
    }
    let hex = |part: &str| part.chars().all(|c| c.is_ascii_hexdigit());
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    let plain = text.len() == 32 && text.chars().any(|c| c.is_ascii_digit());
    text.split('-').all(hex) && (lengths == [8, 4, 4, 4, 12] || plain && !text.contains('-'))
}

/// MAAS's own key of a machine: six letters and digits, mixed as no name of a host is.
fn looks_like_system_id(text: &str) -> bool {
    let plain = text.len() == 6 && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let name = text.trim_end_matches(|c: char| c.is_ascii_digit());
    plain && name.chars().any(|c| c.is_ascii_digit())
}

/// What a text says of a place in the network.
fn place(text: &str) -> Option<&'static str> {
    if text.contains(':') && text.split(|c: char| c.is_whitespace() || c == ',').any(ends_in_a_mac) {
        return Some("a MAC address");
    }
    if !text.contains('.') {
        return None;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/');
    let words = text.split(|c: char| !is_part(c)).map(|word| word.trim_start_matches('/').trim_end_matches(['.', '/']));
    for word in words {
        let (address, length) = word.split_once('/').map_or((word, None), |(address, length)| (address, Some(length)));
        let parts: Vec<&str> = address.split('-').collect();
        if parts.iter().all(|part| part.parse::<Ipv4Addr>().is_ok()) {
            return Some(match (parts.len(), length) {
                (1, Some(length)) if length.chars().all(|c| c.is_ascii_digit()) && !length.is_empty() => "a network",
                (1, _) => "an address",
                _ => "a range of addresses",
            });
        }
    }
    is_host_name(text).then_some("the name of a host")
}

/// A MAC address, alone or behind what has it: `br-ex:52:54:00:12:ab:cd`.
fn ends_in_a_mac(word: &str) -> bool {
    let Some((before, mac)) = word.len().checked_sub(17).and_then(|at| word.split_at_checked(at)) else { return false };
    Form::AnyMac.fits(mac) && !before.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// A name with a domain, alone, in a URL or behind `user@`.
fn is_host_name(text: &str) -> bool {
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest);
    let bare = bare.split(['/', ':']).next().unwrap_or_default();
    let bare = bare.rsplit('@').next().unwrap_or_default();
    let labels: Vec<&str> = bare.split('.').collect();
    let sane = |label: &&str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    labels.len() > 1 && labels.iter().all(sane) && labels.last().is_some_and(|last| DOMAINS.contains(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_names() {
        for text in ["6f70656e-7374-6163-6b20-726f636b7321", "6f70656e737461636b20726f636b7321"] {
            assert!(is_id(text), "{text}");
        }
        for text in ["provider-ext", "role=provider", "deadbeef", "openstack-dashboard", ""] {
            assert!(!is_id(text), "{text}");
        }
        assert!(looks_like_system_id("4y3h7n") && !looks_like_system_id("node01") && !looks_like_system_id("nodeab"));
    }

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
            ("152:54:00:4c:00:07", None),
            ("version 1.2.3", None),
            ("omega.yaml", None),
            ("role=provider", None),
            ("What is net?", None),
            ("a.b", None),
        ] {
            assert_eq!(place(text), wanted, "{text}");
        }
    }
}
