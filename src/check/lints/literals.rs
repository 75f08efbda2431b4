//! Literals that die: ids of objects, and addresses and names of hosts outside lib/.

mod advised;
mod beside;
mod compared;
mod kept;
mod names;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use super::super::Role;
use super::super::message::Diagnostic;
use super::super::places::{
    Known, NAME_IT, is_loopback, kind, looks_like_system_id, own_place, place, read_out, written_out,
};
use super::super::shape::{GATES, structure};
use super::super::tree::{Call, Kind, Node, Span, Tree};
use super::super::types::{Library, Table};
use super::{Elsewhere, factors};
use crate::primitives::forms::PORT;
use crate::script::{Form, Primitive, Ty};
use compared::{compared, number_compared};
use kept::is_cut_id;
use names::Names;

/// Parameters that name a host.
const HOSTS: [&str; 3] = ["hostname", "host", "destination"];

/// Shorter names are near to too many others.
const SHORTEST: usize = 6;

/// Functions whose texts are for people.
pub const PROSE: [&str; 4] = ["attest", "fail", "note", "warn"];

/// Fields whose texts are for people.
pub const ADVICE: [&str; 2] = ["means", "next"];

/// Parameters that name a card or a bridge.
const CARDS: [&str; 4] = ["bridge", "card", "interface", "parent"];

/// Ports and protocols are written like units.
const PROTOCOLS: [&str; 6] = ["http", "icmp", "ipv", "sctp", "tcp", "udp"];

pub(super) fn check(
    tree: &Tree,
    libs: &BTreeMap<String, Library>,
    table: &Table,
    (role, elsewhere): (Role, Elsewhere<'_>),
    found: &mut Vec<Diagnostic>,
) {
    let mut names = Names::default();
    let titles = structure(tree).flat_map(|call| call.args.iter().take(2)).map(|arg| arg.span).collect();
    let mut look = Look {
        tree,
        libs,
        known: Known::of(tree, libs),
        inner: Known::of_functions(tree, libs),
        elsewhere,
        role,
        titles,
        prose: Vec::new(),
        told: Vec::new(),
        read: Vec::new(),
        found,
    };
    tree.walk(&mut |node| {
        look.node(node);
        look.found.extend(port(tree, node));
        look.found.extend(factors::odd(tree, node));
        if let Kind::Call(call) | Kind::Method { call, .. } = &node.kind {
            look.arguments(table, call);
        }
        if let Some((symbol, left, right)) = compared(node) {
            look.found.extend(number_compared(tree, symbol, left, right));
            look.compared(symbol, left, right);
        }
        if let (Kind::Call(call) | Kind::Method { call, .. }, Role::Runbook) = (&node.kind, role) {
            names.note(table, call);
        }
    });
    found.extend(names.slips(tree, libs));
}

/// A file that is gone through, outer before inner.
struct Look<'t, 'f> {
    tree: &'t Tree,
    libs: &'t BTreeMap<String, Library>,
    known: Known<'t>,
    /// The same with the constants of this very library: in the bodies of its functions.
    inner: Known<'t>,
    elsewhere: Elsewhere<'t>,
    role: Role,
    /// What steps are called.
    titles: Vec<Span>,
    /// What people read.
    prose: Vec<Span>,
    /// What was told, with all that stands in it.
    told: Vec<Span>,
    /// Texts that are read as an address, a network or a range where they stand, and the field beside them.
    read: Vec<(Span, &'t str)>,
    found: &'f mut Vec<Diagnostic>,
}

/// A call that reads an address, a network or a range from its text.
fn is_reader(call: &Call) -> bool {
    matches!(call.plain_name(), Some("ip" | "cidr" | "ip_range"))
}

impl<'t> Look<'t, '_> {
    fn node(&mut self, node: &'t Node) {
        match &node.kind {
            Kind::Text(text) => self.text(text, node.span),
            Kind::Array(items) => self.list(items, node.span),
            Kind::Operator { symbol, .. } if symbol == "+" => self.put_together(node),
            Kind::Template(parts) => {
                self.put_together(node);
                self.begun(parts);
                self.numbered(parts);
            }
            Kind::Call(call) if call.path.is_empty() && !call.is_method => self.note_prose(call),
            Kind::Map(fields) => {
                for field in fields {
                    if let Kind::Call(call) = &field.value.kind
                        && is_reader(call)
                    {
                        self.read.extend(call.args.iter().map(|arg| (arg.span, field.name.text.as_str())));
                    }
                }
                let advice = fields.iter().filter(|field| ADVICE.contains(&field.name.text.as_str()));
                for field in advice {
                    texts(&field.value, &mut self.prose);
                    if field.name.text == "next" {
                        self.advised(&field.value);
                    }
                }
            }
            _ => {}
        }
    }

    fn note_prose(&mut self, call: &Call) {
        let name = call.name.text.as_str();
        if let (true, [Node { kind: Kind::Text(_), span }]) = (is_reader(call), &call.args[..]) {
            self.read.push((*span, ""));
        }
        let count = match name {
            _ if PROSE.contains(&name) => call.args.len(),
            _ if GATES.contains(&name) || name == "wait_until" => 1,
            _ => 0,
        };
        call.args.iter().take(count).for_each(|arg| texts(arg, &mut self.prose));
    }

    fn text(&mut self, text: &str, span: Span) {
        if holds_id(text) || is_id_of_juju(text) {
            self.found.push(id(self.tree, text, span));
            return;
        }
        let is_runbook = self.role == Role::Runbook;
        if self.begins_addresses(text, span) {
            return;
        }
        let is_known = self.known_at(span).has(text);
        if !is_runbook && !is_known {
            return if self.is_elsewhere(text, span) {
                self.held_elsewhere(text, span)
            } else {
                self.held_among_words(text, span);
                self.named(text, &[], span)
            };
        }
        let what = match place(text) {
            Some(what) => what,
            None if is_known => kind(text),
            None if is_runbook && is_unit(text) => "a unit",
            None => return self.named(text, &[], span),
        };
        let holds = |all: &[Span]| all.iter().any(|outer| outer.holds(span));
        if holds(&self.titles) || holds(&self.told) {
            return;
        }
        if !holds(&self.prose) || own_place(text, &self.known).is_some() {
            self.tell(what, text, span);
        }
    }

    /// Whether it stands in a title, in what people read, or in what was told.
    fn is_passed_over(&self, span: Span) -> bool {
        [&self.titles, &self.prose, &self.told].iter().any(|all| all.iter().any(|outer| outer.holds(span)))
    }

    /// A name that a library holds: whoever changes it there does not find it here. `asked` is what is asked for.
    fn named(&mut self, text: &str, asked: &[&str], span: Span) {
        let Some((help, constant)) = self.known_at(span).name_of(text, asked, self.role == Role::Library) else {
            if !self.of_a_vlan(text, span) {
                self.nearly_named(text, span);
            }
            return;
        };
        if self.is_passed_over(span) {
            return;
        }
        self.told.push(span);
        let message = format!("{text:?} is {constant}, written out");
        let told = Diagnostic::warning("W0347", message, &self.tree.file, span);
        self.found.push(told.help(help));
    }

    fn tell(&mut self, what: &str, text: &str, span: Span) {
        self.told.push(span);
        let told = match self.read.iter().any(|(read, _)| *read == span) {
            true => {
                let field = self.read.iter().find(|(read, field)| *read == span && !field.is_empty());
                read_out(self.known_at(span), &self.tree.file, what, (text, field.map_or("", |(_, field)| field)), span)
            }
            false => written_out(self.known_at(span), &self.tree.file, what, text, span),
        };
        let is_runbook = self.role == Role::Runbook;
        let own = beside::made_of_its_network(self.tree, self.libs, text, span);
        self.found.push(match own.filter(|_| is_runbook && told.help == [NAME_IT]) {
            Some(help) => Diagnostic { help: vec![help], ..told },
            None => told,
        });
    }

    /// The members of a constant, one by one.
    fn list(&mut self, items: &[Node], span: Span) {
        let texts: Option<Vec<&str>> = items.iter().map(Node::as_text).collect();
        let Some(texts) = texts.filter(|texts| texts.len() > 1) else { return };
        let Some(list) = self.known_at(span).list_of(&texts) else { return };
        self.told.push(span);
        let message = format!("members of {list} are written out here");
        let told = Diagnostic::error("E0302", message, &self.tree.file, span);
        let told = told.note("written twice, the two drift apart; lib/ is the one place for what is this site's");
        self.found.push(told.help(format!("write {list}, or what is meant of it: {list}.filter(|one| ...)")));
    }

    /// `"vault" + "/0"`: what parts that are all written out make together.
    fn put_together(&mut self, node: &'t Node) {
        let mut whole = String::new();
        if self.told.iter().any(|outer| outer.holds(node.span)) || !joined(node, &mut whole) {
            return;
        }
        let before = self.found.len();
        self.text(&whole, node.span);
        if self.found.len() > before {
            self.told.push(node.span);
        }
    }
}

impl<'t> Look<'t, '_> {
    /// Texts that are read as a host or as an id because of the parameter that takes them.
    fn arguments(&mut self, table: &Table, call: &'t Call) {
        let is_runbook = self.role == Role::Runbook;
        if let (true, [Node { kind: Kind::Int(number), span }]) = (call.is_method, &call.args[..]) {
            let takes = table.methods_named(&call.name.text).filter_map(|method| Some(method.params.first()?.name));
            return takes.take(1).collect::<Vec<_>>().into_iter().for_each(|param| self.number(*number, param, *span));
        }
        let [root] = &call.path[..] else { return };
        let Some(primitive) = table.function(&root.text, &call.name.text) else { return };
        for (param, arg) in primitive.params.iter().zip(&call.args) {
            if is_runbook {
                self.listed(&param.ty, arg);
            }
            self.numbers(param, arg);
        }
        for (param, arg) in primitive.params.iter().zip(&call.args) {
            let Some(text) = arg.as_text() else { continue };
            let is_host = HOSTS.contains(&param.name);
            let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
            let is_system_id = root.text == "maas" && is_host && looks_like_system_id(text);
            let is_cut = param.name == "name" && is_cut_id(text);
            if is_number && matches!(param.name, "name" | "hostname" | "unit") || is_system_id || is_cut {
                self.found.push(id(self.tree, text, arg.span));
            } else if CARDS.contains(&param.name) && Form::AnyMac.fits(text) {
                self.told.push(arg.span);
                self.found.push(no_card(self.tree, primitive, param.name, text, arg.span));
            } else if is_host && is_runbook && place(text).is_none() && !is_loopback(text) {
                self.tell("a host", text, arg.span);
            } else if is_runbook && root.text == "juju" && is_model(primitive, param.name) && !text.trim().is_empty() {
                self.tell("the name of a model", text, arg.span);
            } else {
                let noun = call.name.text.rsplit('_').next().unwrap_or_default();
                // A field of a constant is called as what many services take.
                let is_word = |asked: &&str| self.known.is_field_alone(text, asked);
                let asked = [param.name, noun].into_iter().filter(|asked| !is_word(asked)).collect::<Vec<_>>();
                self.named(text, &asked, arg.span);
            }
        }
    }

    /// Hosts in a list: in an argument, or in an option of it.
    fn listed(&mut self, ty: &Ty, arg: &'t Node) {
        if let (Ty::Options(fields), Kind::Map(given)) = (ty, &arg.kind) {
            for one in given {
                let field = fields.iter().find(|field| field.name == one.name.text);
                field.into_iter().for_each(|field| self.listed(&field.ty, &one.value));
            }
        }
        let of_hosts = ty.vocabulary().is_some_and(|words| words.form == Some(Form::Host));
        let (true, Kind::Array(items)) = (of_hosts, &arg.kind) else { return };
        self.list(items, arg.span);
        if self.told.iter().any(|told| told.holds(arg.span)) {
            return;
        }
        for (text, span) in items.iter().filter_map(|item| Some((item.as_text()?, item.span))) {
            if place(text).is_none() {
                self.tell("a host", text, span);
            }
        }
    }
}

/// Whether a parameter names a model.
fn is_model(primitive: &Primitive, param: &str) -> bool {
    primitive.name.ends_with("model") && param == "name"
}

fn id(tree: &Tree, text: &str, span: Span) -> Diagnostic {
    Diagnostic::error("E0301", format!("`{text}` looks like an id"), &tree.file, span)
        .note("ids die when an object is made anew; then the runbook asks for what is not there, or for another's")
        .help("find the object by its name, its CIDR or its hostname, and hand the object over")
}

/// The texts that an expression is put together of; what is called for them is no prose.
fn texts(node: &Node, found: &mut Vec<Span>) {
    match &node.kind {
        Kind::Text(_) => found.push(node.span),
        Kind::Template(parts) | Kind::Operator { operands: parts, .. } => {
            parts.iter().for_each(|part| texts(part, found));
        }
        _ => {}
    }
}

/// A card is known by its name: `enp7s0`.
fn no_card(tree: &Tree, primitive: &Primitive, param: &str, text: &str, span: Span) -> Diagnostic {
    let message = format!("{text:?} is a MAC address; `{param}` is the name of a card or a bridge");
    Diagnostic::error("E0225", message, &tree.file, span)
        .note(primitive.signature())
        .help("write its name as MAAS shows it, such as enp7s0, or the constant of lib/ that holds it")
}

/// What an expression comes to, when every part of it is written out.
fn joined(node: &Node, whole: &mut String) -> bool {
    let plain = |whole: &mut String, text: &str| {
        whole.push_str(text);
        true
    };
    match &node.kind {
        Kind::Text(text) => plain(whole, text),
        Kind::Int(number) => plain(whole, &number.to_string()),
        Kind::Template(parts) => parts.iter().all(|part| joined(part, whole)),
        Kind::Block(block) => matches!(&block.statements[..], [only] if joined(only, whole)),
        Kind::Operator { symbol, operands, .. } if symbol == "+" => {
            let is_text = |node: &Node| matches!(node.kind, Kind::Text(_) | Kind::Template(_) | Kind::Operator { .. });
            operands.iter().any(is_text) && operands.iter().all(|operand| joined(operand, whole))
        }
        _ => false,
    }
}

/// A unit, and no port of a protocol.
fn is_unit(text: &str) -> bool {
    let name = || text.split(|c: char| c == '/' || c.is_ascii_digit()).next().unwrap_or_default();
    text.as_bytes().contains(&b'/') && Form::Unit.fits(text) && !PROTOCOLS.contains(&name())
}

/// `3/lxd/4`, and `juju-4c1e52-3-lxd-4`: a container by its number, and what the provider calls it.
fn is_id_of_juju(text: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_container = |parts: &[&str]| {
        let kinds = parts.iter().skip(1).step_by(2).all(|kind| matches!(*kind, "lxd" | "kvm" | "lxc"));
        parts.len() > 2 && parts.len() % 2 == 1 && kinds && parts.iter().step_by(2).all(|part| number(part))
    };
    if text.as_bytes().contains(&b'/') {
        return is_container(&text.split('/').collect::<Vec<_>>());
    }
    let Some((model, rest)) = text.strip_prefix("juju-").and_then(|rest| rest.split_once('-')) else { return false };
    let parts: Vec<&str> = rest.split('-').collect();
    model.len() == 6
        && model.bytes().all(|b| b.is_ascii_hexdigit())
        && (is_container(&parts) || parts.len() == 1 && number(rest))
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
    if !text.as_bytes().windows(2).any(|pair| pair[0] == b':' && pair[1].is_ascii_digit()) {
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
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    let mut words = text.as_bytes().split(|byte| !is_part(byte)).filter(|word| word.len() >= 32);
    text.len() >= 32 && words.any(|word| std::str::from_utf8(word).is_ok_and(|word| is_id(word.trim_matches('-'))))
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
    }
}
