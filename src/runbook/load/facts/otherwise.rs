//! Where the constants of a library repeat what a bundle file gives, and say it otherwise.

use std::collections::BTreeSet;

use super::Facts;
use crate::check::tree::{Kind, Node, Tree};
use crate::check::types::{Constants, Fixed, FixedMap};
use crate::check::{Diagnostic, nearest};
use crate::primitives::net::Ip;

/// Fewer addresses in a list do not show what they have in common.
const MANY: usize = 4;

impl Facts {
    /// What the constants of a library say otherwise.
    pub(in super::super) fn check(&self, tree: &Tree, values: &Constants) -> Vec<Diagnostic> {
        let mut look = Look { facts: self, tree, values, told: BTreeSet::new(), found: Vec::new() };
        if self.files != 1 {
            return look.found;
        }
        for node in &tree.statements {
            let Kind::Let { name, value: Some(written), .. } = &node.kind else { continue };
            if let Some(value) = values.get(name.text.as_str()) {
                look.value(written, value);
            }
        }
        look.found
    }

    /// The application that has this address as its VIP.
    fn vip_of(&self, address: Ip) -> Option<&str> {
        let shown = address.to_string();
        let vips = self.applications.iter().filter_map(|(name, of)| Some((name, of.options.get("vip")?)));
        vips.filter(|(_, vips)| vips.split(' ').any(|vip| vip == shown)).map(|(name, _)| name.as_str()).next()
    }
}

struct Look<'v, 'f> {
    facts: &'f Facts,
    tree: &'v Tree,
    values: &'v Constants,
    /// Constants are made of others: what was told of one is not told again.
    told: BTreeSet<String>,
    found: Vec<Diagnostic>,
}

impl Look<'_, '_> {
    fn value(&mut self, written: &Node, value: &Fixed) {
        match value {
            Fixed::List(items) => {
                self.stray_vip(written, items);
                items.iter().for_each(|item| self.value(written, item));
            }
            Fixed::Map(fields) => {
                self.map(written, fields);
                fields.values().for_each(|field| self.value(written, field));
            }
            Fixed::Text(text) if text.len() > 3 => self.text(written, text),
            _ => {}
        }
    }

    fn map(&mut self, written: &Node, fields: &FixedMap) {
        let text = |name: &str| fields.get(name).and_then(Fixed::as_text);
        if let Some(application) = text("application") {
            self.option(written, fields, application);
            if let (Some(endpoint), Some(space)) = (text("endpoint"), text("space")) {
                self.bound(written, application, endpoint, space);
            }
        } else if let Some(Fixed::Int(octet)) = fields.get("octet") {
            text("name").into_iter().for_each(|name| self.octet(written, *octet, name));
        } else if let Some(channel) = text("channel") {
            self.channel(written, fields, channel);
        }
    }

    fn option(&mut self, written: &Node, fields: &FixedMap, application: &str) {
        let (Some(option), Some(wanted)) = (fields.get("option").and_then(Fixed::as_text), fields.get("value")) else {
            return;
        };
        let Some(given) = self.facts.option(application, option) else {
            return self.turned(written, application, option, wanted);
        };
        let shown = match wanted {
            Fixed::Text(text) if text.as_str() != given => text.to_string(),
            Fixed::Int(number) if number.to_string() != given => number.to_string(),
            Fixed::Bool(holds) if holds.to_string() != given => holds.to_string(),
            _ => return,
        };
        let message = format!("the bundle gives {option} of {application} the value {given:?}, not {shown:?}");
        self.tell(written, message, &shown);
    }

    /// `option: "true", value: "use-ssl"`: no option is called so, and what is wanted is one.
    fn turned(&mut self, written: &Node, application: &str, option: &str, wanted: &Fixed) {
        let Some(meant) = wanted.as_text() else { return };
        let Some(given) = self.facts.option(application, meant) else { return };
        let is_no_name = option.parse::<bool>().is_ok() || option.parse::<i64>().is_ok();
        if is_no_name || given == option {
            let message =
                format!("`option` and `value` are in each other's place: {meant} is an option of {application}");
            self.tell_with(written, message, meant, Some(format!("write option: {meant:?}, value: {option:?}")));
        }
    }

    fn bound(&mut self, written: &Node, application: &str, endpoint: &str, space: &str) {
        let Some(of) = self.facts.applications.get(application) else { return };
        let Some(bound) = of.bindings.get(endpoint).or_else(|| of.bindings.get("")) else { return };
        if bound != space {
            let shown = if endpoint.is_empty() { "what has no binding of its own" } else { endpoint };
            let message = format!("the bundle binds {shown} of {application} to {bound:?}, not to {space:?}");
            let others = || of.bindings.keys().map(String::as_str);
            let meant = others().all(|known| known != endpoint).then(|| nearest(endpoint, others())).flatten();
            let meant = meant.map(|meant| format!("did you mean the endpoint {meant:?}?"));
            let row = row(written, application, endpoint).unwrap_or(written);
            self.tell_with(row, message, space, meant);
        }
    }

    fn channel(&mut self, written: &Node, fields: &FixedMap, channel: &str) {
        let Some(Fixed::List(names)) = fields.get("applications") else { return };
        let follows = |name: &Fixed| {
            let own = self.facts.applications.get(name.as_text()?)?.channel.as_deref()?;
            (own != channel).then(|| (name.as_text().unwrap_or_default().to_owned(), own.to_owned()))
        };
        let odd: Vec<(String, String)> = names.iter().filter_map(follows).collect();
        let Some((first, own)) = odd.first() else { return };
        let message = format!("{first} follows {own} in the bundle, not {channel}");
        let place = if odd.len() == names.len() { channel } else { first };
        let (message, place) = (message.clone(), place.to_owned());
        self.tell(written, message, &place);
    }

    /// The last octet of an application's VIPs.
    fn octet(&mut self, written: &Node, octet: i64, name: &str) {
        let Some(vips) = self.facts.option(name, "vip") else { return };
        let shown = octet.to_string();
        let mut last = vips.split(' ').map(|vip| vip.rsplit('.').next().unwrap_or_default());
        let Some(first) = last.next().filter(|first| *first != shown && last.all(|other| other == *first)) else {
            return;
        };
        let message = format!("the VIPs of {name} in the bundle end in {first}, not in {octet}");
        self.tell(written, message, &shown);
    }

    /// `9 tags=x`: a machine of the bundle with its constraints. `app/3 on 4`: where the plan puts a unit.
    fn text(&mut self, written: &Node, text: &str) {
        if !text.as_bytes()[0].is_ascii_digit() {
            return self.placed(written, text);
        }
        let Some((key, wanted)) = text.split_once(' ').filter(|(_, wanted)| wanted.contains('=')) else { return };
        let Some(given) = self.facts.machines.get(key).filter(|given| *given != wanted) else { return };
        let message = match given.is_empty() {
            true => format!("machine {key} of the bundle has no constraints"),
            false => format!("machine {key} of the bundle has the constraints {given:?}, not {wanted:?}"),
        };
        self.tell(written, message, text);
    }

    fn placed(&mut self, written: &Node, text: &str) {
        let Some((application, unit)) = text.split_once('/') else { return };
        let Some((unit, machine)) = unit.split_once(" on ") else { return };
        let count = self.facts.machines.len();
        let (Ok(unit), Ok(machine)) = (unit.parse::<i64>(), machine.parse::<usize>()) else { return };
        let Some(units) = self.facts.applications.get(application).and_then(|of| of.units) else { return };
        if machine >= count && count > 0 {
            let message =
                format!("the bundle has {count} machines, and a plan numbers them 0 to {}: not {machine}", count - 1);
            self.tell(written, message, text);
        } else if unit >= units {
            let message = format!("{application} has {units} units in the bundle, 0 to {}: not {unit}", units - 1);
            self.tell(written, message, text);
        }
    }

    /// Addresses of which one alone is the VIP of an application, and bears another's name.
    fn stray_vip(&mut self, written: &Node, items: &[Fixed]) {
        let address = |item: &Fixed| match item {
            Fixed::Other(value) => value.read_lock::<Ip>().map(|address| *address),
            _ => None,
        };
        if items.len() < MANY || !matches!(items[0], Fixed::Other(_)) {
            return;
        }
        let all: Vec<Ip> = items.iter().filter_map(address).collect();
        if all.len() < items.len() {
            return;
        }
        let mut vips = all.iter().filter_map(|address| Some((*address, self.facts.vip_of(*address)?)));
        let (Some((address, application)), None) = (vips.next(), vips.next()) else { return };
        let is_it = |value: &Fixed| matches!(value, Fixed::Other(value) if value.read_lock::<Ip>().is_some_and(|ip| *ip == address));
        let Some((name, _)) = self.values.iter().find(|(_, value)| is_it(value)) else { return };
        let bears = |word: &str| application.split('-').any(|part| part.eq_ignore_ascii_case(word));
        if name.split('_').any(bears) {
            return;
        }
        let message = format!("{name} is {address}, which is the VIP of {application} in the bundle");
        self.tell(written, message, &address.to_string());
    }

    fn tell(&mut self, written: &Node, message: String, text: &str) {
        self.tell_with(written, message, text, None);
    }

    /// Where it is written; what another library holds is told there.
    fn tell_with(&mut self, written: &Node, message: String, text: &str, help: Option<String>) {
        let own = written.written(text);
        let anywhere = || self.tree.statements.iter().find_map(|node| node.written(text));
        let Some(place) = own.or_else(anywhere).or_else(|| is_of_this_file(written).then_some(written.span)) else {
            return;
        };
        if self.told.insert(message.clone()) {
            let told = Diagnostic::warning("W0332", message, &self.tree.file, place);
            let told = help.into_iter().fold(told, Diagnostic::help);
            self.found.push(told.help("write what the bundle says; or correct the bundle, and review it"));
        }
    }
}

/// The row of a list that is written with both.
fn row<'t>(written: &'t Node, application: &str, endpoint: &str) -> Option<&'t Node> {
    let mut row = None;
    written.walk(&mut |node| {
        let Kind::Map(fields) = &node.kind else { return };
        let says = |name: &str, text| {
            fields.iter().any(|field| field.name.text == name && field.value.as_text() == Some(text))
        };
        if says("application", application) && says("endpoint", endpoint) {
            row = Some(node);
        }
    });
    row
}

/// Whether it is made of what stands in this file alone.
fn is_of_this_file(written: &Node) -> bool {
    let mut own = true;
    written.walk(&mut |node| own &= !matches!(&node.kind, Kind::Variable { path, .. } if !path.is_empty()));
    own
}
