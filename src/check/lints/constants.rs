//! Constants of a library, by their values: what stands in a list twice, numbers that cannot be what their name says, a
//! gateway outside its network.

use std::collections::BTreeSet;

use super::super::message::Diagnostic;
use super::super::tree::{Kind, Node, Span, Tree};
use super::super::types::{Constants, Fixed, FixedMap};
use crate::primitives::net::{Cidr, Ip, IpRange};

/// Fields that tell the members of a list apart.
const TELLING: [&str; 8] = ["address", "boot_mac", "cidr", "hostname", "mac", "name", "octet", "vid"];

/// The VID of a plane without a tag, of which there may be many.
const UNTAGGED: &str = "0";

/// Fields whose numbers lie between bounds, whatever the list.
const BOUNDS: [(&str, i64, i64); 4] = [("mtu", 68, 65_535), ("octet", 0, 255), ("port", 1, 65_535), ("vid", 0, 4_094)];

pub(super) fn check(tree: &Tree, values: &Constants, found: &mut Vec<Diagnostic>) {
    let mut told = BTreeSet::new();
    for node in &tree.statements {
        let Kind::Let { name, value: Some(written), .. } = &node.kind else { continue };
        let Some(value) = values.get(name.text.as_str()) else { continue };
        let mut look = Look { tree, constant: &name.text, written, told: &mut told, found };
        look.value(value);
    }
}

struct Look<'t, 'f> {
    tree: &'t Tree,
    constant: &'t str,
    written: &'t Node,
    /// Constants are made of others: what was told of one is not told again.
    told: &'f mut BTreeSet<String>,
    found: &'f mut Vec<Diagnostic>,
}

impl Look<'_, '_> {
    fn value(&mut self, value: &Fixed) {
        match value {
            Fixed::List(items) => {
                self.members(items);
                self.fields(items);
                items.iter().for_each(|item| self.value(item));
            }
            Fixed::Map(fields) => {
                self.map(fields);
                fields.values().for_each(|field| self.value(field));
            }
            Fixed::Text(text) if text.starts_with("~/") && !text.contains(' ') => {
                let message = format!("{:?} begins with ~, which only a shell reads", text.as_str());
                self.wrong(
                    "E0225",
                    message,
                    text,
                    Some("write the path from the root, as in /home/operator/keys.json"),
                );
            }
            _ => {}
        }
    }

    /// Plain members that are there twice. Words of a command may be.
    fn members(&mut self, items: &[Fixed]) {
        let plain: Vec<&str> = items.iter().filter_map(Fixed::as_text).collect();
        if plain.len() < items.len() || plain.iter().any(|text| text.starts_with('-')) {
            return;
        }
        let mut seen = BTreeSet::new();
        let twice = plain.iter().find(|text| !seen.insert(**text));
        if let Some(text) = twice {
            self.twice(format!("{text:?} stands twice in {}", self.constant), text);
        }
    }

    /// Members that bear one name, or one address.
    fn fields(&mut self, items: &[Fixed]) {
        let maps: Vec<&FixedMap> = items
            .iter()
            .filter_map(|item| match item {
                Fixed::Map(fields) => Some(fields),
                _ => None,
            })
            .collect();
        for field in TELLING.iter().filter(|_| maps.len() > 1) {
            let shown = maps.iter().filter_map(|map| map.get(*field)?.shown());
            let shown: Vec<String> = shown.filter(|shown| *field != "vid" || shown != UNTAGGED).collect();
            let mut seen = BTreeSet::new();
            let twice: Vec<&String> = shown.iter().filter(|shown| !seen.insert(shown.as_str())).collect();
            // Where many are alike the field does not tell them apart, and is not meant to.
            let is_many = shown.len() > 2 || *field == "vid" && maps.len() > 2;
            if let ([twice], true) = (&twice[..], is_many) {
                let message = format!("two members of {} have the {field} {twice}", self.constant);
                self.twice(message, twice.trim_matches('"'));
            }
        }
    }

    fn map(&mut self, fields: &FixedMap) {
        for (name, least, most) in BOUNDS {
            let Some(Fixed::Int(number)) = fields.get(name) else { continue };
            if !(least..=most).contains(number) {
                let message = format!("`{name}` is {least} to {most}; this is {number}");
                self.wrong("E0321", message, &number.to_string(), None);
            }
        }
        self.ranges(fields);
        let (Some(Fixed::Other(network)), Some(Fixed::Other(gateway))) = (fields.get("cidr"), fields.get("gateway"))
        else {
            return;
        };
        let (Some(network), Some(gateway)) = (network.read_lock::<Cidr>(), gateway.read_lock::<Ip>()) else { return };
        if !network.0.contains(&gateway.0) {
            let message = format!("the gateway {} lies outside {}", *gateway, *network);
            let help = "a gateway is an address of its own network";
            self.wrong("E0340", message, &gateway.to_string(), Some(help));
        }
    }

    /// Told where it is written, and not again for each constant that is made of that one.
    fn wrong(&mut self, id: &str, message: String, text: &str, help: Option<&str>) {
        let place = self.written.written(text);
        if !self.told.insert(message.clone()) && place.is_none() {
            return;
        }
        let told = Diagnostic::error(id, message, &self.tree.file, place.unwrap_or(self.written.span));
        self.tell(help.into_iter().fold(told, Diagnostic::help));
    }

    /// Ranges outside the network beside them, or outside that of the one plane that they are kept with.
    fn ranges(&mut self, fields: &FixedMap) {
        let own = |fields: &FixedMap| match fields.get("cidr") {
            Some(Fixed::Other(value)) => value.read_lock::<Cidr>().map(|network| *network),
            _ => None,
        };
        let mut inner = fields.values().filter_map(|field| match field {
            Fixed::Map(fields) => own(fields),
            _ => None,
        });
        let network = own(fields).or_else(|| inner.next().filter(|_| inner.next().is_none()));
        let Some(network) = network else { return };
        for (name, field) in fields {
            let Fixed::Other(value) = field else { continue };
            let Some(range) = value.read_lock::<IpRange>() else { continue };
            if network.0.contains(&range.start) && network.0.contains(&range.end) {
                continue;
            }
            let message = format!("`{name}`: the range {} lies outside {network}", *range);
            let help = "give a range of that network, or keep it with the plane that it belongs to";
            self.wrong("E0340", message, &range.to_string(), Some(help));
        }
    }

    fn twice(&mut self, message: String, text: &str) {
        let place = self.place(text);
        let told = Diagnostic::warning("W0331", message, &self.tree.file, place);
        self.tell(told.note("what is gone through twice is asked, or changed, twice; mostly another one was meant"));
    }

    fn tell(&mut self, told: Diagnostic) {
        let key = format!("{}:{}", told.span.line, told.message.split(" of ").next().unwrap_or_default());
        if self.told.insert(key) {
            self.found.push(told);
        }
    }

    /// Where it is written last, else the constant.
    fn place(&self, text: &str) -> Span {
        self.written.written(text).unwrap_or(self.written.span)
    }
}
