//! Constants of one library, held against each other: ranges that cross, networks that overlap, one address among its
//! siblings that is nobody's, a name that another constant has otherwise. What stands alone is left alone.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::super::message::Diagnostic;
use super::super::tree::{Kind, Node, Span, Tree};
use super::super::types::{Constants, Fixed, FixedMap};
use crate::primitives::net::{Cidr, IpRange};

/// Fewer siblings do not show what is usual among them.
const MANY: usize = 4;

/// Fewer members of a list do not either.
const SOME: usize = 3;

/// Fields whose number a constant of a member's name repeats: `OCTAVIA_OCTET` beside `#{ name: "octavia", octet: 57 }`.
const REPEATED: [&str; 4] = ["mtu", "octet", "port", "vid"];

/// Words of a constant that is kept because it is wrong now.
const FORMER: [&str; 5] = ["FORMER", "LEGACY", "OBSOLETE", "OLD", "STALE"];

pub(super) fn check(tree: &Tree, values: &Constants, found: &mut Vec<Diagnostic>) {
    let mut look =
        Look { tree, values, ranges: Vec::new(), planes: Vec::new(), typed: None, told: BTreeSet::new(), found };
    for (name, value) in values {
        look.value(name, value);
        look.named(name, value);
    }
    look.narrow();
    look.crossing();
}

struct Look<'v, 'f> {
    tree: &'v Tree,
    values: &'v Constants,
    /// Every range, once, with the constant that holds it.
    ranges: Vec<(&'v str, IpRange)>,
    /// Lists of networks that have a VLAN of their own, with the constant that holds them.
    planes: Vec<(&'v str, Vec<(&'v FixedMap, Cidr)>)>,
    /// Members of lists that are of a type, with their names.
    typed: Option<Vec<(&'v str, &'v str)>>,
    /// Constants are made of others: what was told of one is not told again.
    told: BTreeSet<String>,
    found: &'f mut Vec<Diagnostic>,
}

impl<'v> Look<'v, '_> {
    fn value(&mut self, constant: &'v str, value: &'v Fixed) {
        match value {
            Fixed::List(items) => {
                self.list(constant, items);
                items.iter().for_each(|item| self.value(constant, item));
            }
            Fixed::Map(fields) => {
                self.port(fields);
                fields.values().for_each(|field| self.value(constant, field));
            }
            Fixed::Other(_) => {
                let range = range(value).filter(|range| self.ranges.iter().all(|(_, other)| other != range));
                self.ranges.extend(range.map(|range| (constant, range)));
            }
            _ => {}
        }
    }

    fn list(&mut self, constant: &'v str, items: &'v [Fixed]) {
        let maps = || items.iter().filter_map(as_map);
        if items.len() < 2 || !matches!(items[0], Fixed::Map(_)) {
            return;
        }
        // Routes and permissions may lie within each other; what has a VLAN of its own may not.
        let plane = |map: &'v FixedMap| map.get("vid").and_then(|_| Some((map, network(map.get("cidr")?)?)));
        if let Some(planes) = maps().map(plane).collect::<Option<Vec<_>>>() {
            self.networks(constant, &planes);
            self.planes.push((constant, planes));
        }
        let maps: Vec<&FixedMap> = maps().collect();
        self.unlike(constant, &maps);
        if let ([first, ..], true) = (&maps[..], maps.len() >= SOME) {
            self.inner_ranges(&maps, first);
        }
        if let ([first, ..], true) = (&maps[..], maps.len() >= MANY) {
            let rows = first.iter().filter(|(_, value)| !places(value).is_empty()).map(|(field, _)| field.as_str());
            rows.for_each(|field| self.rows(constant, &maps, field));
        }
    }

    /// A text among numbers, or a number among texts.
    fn unlike(&mut self, constant: &str, maps: &[&FixedMap]) {
        let Some(first) = maps.first().filter(|_| maps.len() >= SOME) else { return };
        for field in first.keys() {
            let values: Vec<&Fixed> = maps.iter().filter_map(|map| map.get(field)).collect();
            let (texts, rest): (Vec<&Fixed>, Vec<&Fixed>) =
                values.iter().copied().partition(|value| value.as_text().is_some());
            let are_numbers = rest.iter().all(|value| matches!(value, Fixed::Int(_)));
            if values.len() < maps.len() || !are_numbers {
                continue;
            }
            let (message, text) = match (&texts[..], &rest[..]) {
                ([Fixed::Text(text)], _) if rest.len() > 1 => (
                    format!("`{field}` is a text here, {text:?}, and a number in the rest of {constant}"),
                    text.to_string(),
                ),
                (_, [Fixed::Int(number)]) if texts.len() > 1 => (
                    format!("`{field}` is a number here, {number}, and a text in the rest of {constant}"),
                    number.to_string(),
                ),
                _ => continue,
            };
            if self.told.insert(format!("{field} {text}")) {
                let place = self.place_alone(&text, matches!(texts[..], [_]), constant);
                let told = Diagnostic::warning("W0348", message, &self.tree.file, place);
                self.found.push(told.help("write it as in the other members"));
            }
        }
    }

    /// Members of a list whose networks share addresses: planes, mostly.
    fn networks(&mut self, constant: &str, all: &[(&FixedMap, Cidr)]) {
        for (at, (map, a)) in all.iter().enumerate() {
            let shares = |b: &Cidr| a != b && (a.0.contains(&b.0) || b.0.contains(&a.0));
            let Some((other, b)) = all[at + 1..].iter().find(|(_, b)| shares(b)) else { continue };
            let called = |map: &FixedMap, network: &Cidr| match map.get("name").and_then(Fixed::as_text) {
                Some(name) => format!("{network} ({name})"),
                None => network.to_string(),
            };
            let wider = if a.0.prefix_len() < b.0.prefix_len() { a } else { b };
            // What another library holds is told there, and one pair once.
            let Some(place) = self.anywhere(&wider.to_string()) else { continue };
            let (a, b) = (called(map, a), called(other, b));
            if self.told.insert(format!("{a} {b}")) && self.told.insert(wider.to_string()) {
                let message = format!("two networks of {constant} overlap: {a} and {b}");
                let told = Diagnostic::warning("W0348", message, &self.tree.file, place);
                let help = "an address belongs to one network: correct the prefix length, or the network";
                self.found.push(told.help(help));
            }
        }
    }

    /// A network that is narrower than all beside it, where a range of this file lies right outside it.
    fn narrow(&mut self) {
        let lists = std::mem::take(&mut self.planes);
        let usual = |planes: &[(&FixedMap, Cidr)], at: usize| {
            let mut widths =
                planes.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, (_, net))| net.0.prefix_len());
            let first = widths.next()?;
            widths.all(|width| width == first).then_some(first)
        };
        for (constant, planes) in lists.iter().filter(|(_, planes)| planes.len() >= MANY) {
            for (at, (_, network)) in planes.iter().enumerate() {
                let Some(width) = usual(planes, at).filter(|width| *width < network.0.prefix_len()) else { continue };
                let Ok(wide) = ipnet::Ipv4Net::new(network.0.network(), width) else { continue };
                let is_beside = |range: &IpRange| {
                    let holds = |net: &ipnet::Ipv4Net| net.contains(&range.start) && net.contains(&range.end);
                    holds(&wide) && !holds(&network.0)
                };
                let Some((name, range)) = self.ranges.iter().find(|(_, range)| is_beside(range)).copied() else {
                    continue;
                };
                let message = format!(
                    "{network} is narrower than every other network of {constant}, and {range} of {name} lies outside it"
                );
                let help = format!("as wide as the others it holds the range: {}", Cidr(wide.trunc()));
                self.tell(message, &network.to_string(), "", &help);
            }
        }
    }

    /// Two ranges of each member, of which one lies within the other in all members but this one.
    fn inner_ranges(&mut self, maps: &[&FixedMap], first: &FixedMap) {
        let fields: Vec<&str> =
            first.iter().filter(|(_, value)| range(value).is_some()).map(|(name, _)| name.as_str()).collect();
        for outer in &fields {
            for inner in fields.iter().filter(|inner| inner != &outer) {
                let pair = |map: &&FixedMap| Some((range(map.get(*outer)?)?, range(map.get(*inner)?)?));
                let Some(pairs) = maps.iter().map(pair).collect::<Option<Vec<_>>>() else { continue };
                let mut odd = pairs.iter().filter(|(outer, inner)| !outer.covers(inner));
                let (Some((a, b)), None) = (odd.next(), odd.next()) else { continue };
                self.told.extend([format!("{a} {b}"), format!("{b} {a}")]);
                let message = format!("`{inner}` {b} does not lie in the `{outer}` {a} beside it");
                let help =
                    format!("in every other member of the list `{outer}` holds `{inner}`: correct one of the two");
                self.tell(message, &a.to_string(), "", &help);
            }
        }
    }

    /// Rows of places, one for each plane: the addresses of a row end alike, and those of a column begin alike.
    fn rows(&mut self, constant: &str, maps: &[&FixedMap], field: &str) {
        let rows: Vec<Vec<Place<'_>>> = maps.iter().filter_map(|map| map.get(field)).map(places).collect();
        if rows.len() < maps.len() || rows.iter().any(|row| row.len() < SOME) {
            return;
        }
        let is_odd = |row: &[Place<'_>]| row.iter().any(|place| last(place.address) != last(row[0].address));
        let mut odd = rows.iter().filter(|row| is_odd(row));
        if let (Some(row), None) = (odd.next(), odd.next())
            && let Some(place) = stray(row, |place| last(place.address))
        {
            let usual =
                row.iter().find(|other| last(other.address) != last(place.address)).map(|one| last(one.address));
            let message = format!(
                "{} ends in {}, and the addresses beside it in {}",
                place.address,
                last(place.address),
                usual.unwrap_or_default()
            );
            let help = format!("in every other row of {constant} they end alike: correct the address");
            self.tell(message, place.text, constant, &help);
        }
        let words: BTreeSet<&str> = rows.iter().flatten().map(|place| place.word).collect();
        for word in words {
            let column: Vec<Place<'_>> = rows.iter().flatten().filter(|place| place.word == word).copied().collect();
            let Some(place) = stray(&column, |place| begin(place.address)) else { continue };
            let Some(usual) = column.iter().find(|other| begin(other.address) != begin(place.address)) else {
                continue;
            };
            let [a, b, c] = begin(usual.address);
            let message =
                format!("{} is no address of {a}.{b}.{c}, where every other {word:?} of {constant} is", place.address);
            self.tell(message, place.text, constant, "correct the address, or the word before it");
        }
    }

    /// The page of a host on another port than the one that stands beside it.
    fn port(&mut self, fields: &FixedMap) {
        let Some(Fixed::Int(port)) = fields.get("port") else { return };
        let Some(host) = fields.get("host").and_then(Fixed::as_text) else { return };
        let host = host.rsplit('@').next().unwrap_or(host);
        let is_url = |name: &str| name == "url" || name.ends_with("_url");
        let urls = fields.iter().filter(|(name, _)| is_url(name));
        for (name, url) in urls.filter_map(|(name, value)| Some((name, value.as_text()?))) {
            let Some((_, rest)) = url.split_once("://") else { continue };
            let place = rest.split(['/', '?']).next().unwrap_or_default();
            let Some((of, written)) = place.rsplit_once(':').filter(|(of, _)| *of == host) else { continue };
            if written.parse::<i64>().is_ok_and(|written| written != *port) {
                let message = format!("`{name}` is on port {written} of {of}, and `port` beside it is {port}");
                self.tell(message, url, "", "give both the port that the host listens on");
            }
        }
    }

    /// What the name of a constant says of others.
    fn named(&mut self, name: &str, value: &Fixed) {
        let Some((before, kind)) = name.rsplit_once('_') else { return };
        match value {
            Fixed::Int(number) => self.repeated(name, before, kind, *number),
            Fixed::Text(text) => self.member(name, before, kind, text),
            Fixed::Other(_) if kind == "POOL" => self.of_the_pool(name, before, value),
            _ => {}
        }
    }

    /// A number that a member of a list has too: `OCTAVIA_OCTET`, and the `octet` of octavia.
    fn repeated(&mut self, constant: &str, before: &str, kind: &str, number: i64) {
        let Some(field) = REPEATED.iter().find(|field| kind.eq_ignore_ascii_case(field)) else { return };
        let is_it =
            |map: &&FixedMap| map.get("name").and_then(Fixed::as_text).is_some_and(|name| is_same(name, before));
        let Some(map) = self.values.values().flat_map(members).find(is_it) else { return };
        let Some(Fixed::Int(other)) =
            map.get(*field).filter(|other| !matches!(other, Fixed::Int(same) if *same == number))
        else {
            return;
        };
        let name = map.get("name").and_then(Fixed::as_text).unwrap_or_default();
        let message = format!("{constant} is {number}, and the `{field}` of {name} in this file is {other}");
        self.tell(message, &number.to_string(), constant, "write the one that is right in both places");
    }

    /// A name that a list has otherwise: `METAL_BRIDGE`, and a member of type `bridge` whose name holds `metal`.
    fn member(&mut self, constant: &str, before: &str, kind: &str, text: &str) {
        let values = self.values;
        let all = self.typed.get_or_insert_with(|| {
            let named = |map: &'v FixedMap| Some((map.get("type")?.as_text()?, map.get("name")?.as_text()?));
            values.values().flat_map(members).filter_map(named).collect()
        });
        let mut names = all.iter().filter(|(of, _)| of.eq_ignore_ascii_case(kind)).map(|(_, name)| *name);
        let holds = |name: &&str| name.split(['-', '_']).any(|part| part.eq_ignore_ascii_case(before));
        let mut of_word = names.by_ref().filter(holds);
        let Some(name) = of_word.next().filter(|name| *name != text && of_word.all(|other| other == *name)) else {
            return;
        };
        let message =
            format!("{constant} is {text:?}, and the {} of that name in this file is {name:?}", kind.to_lowercase());
        self.tell(message, text, constant, &format!("write {name:?}, or what is meant in both places"));
    }

    /// What bears a pool's name lies in it: `TENANT_NETWORKS` in `TENANT_POOL`.
    fn of_the_pool(&mut self, constant: &str, before: &str, value: &Fixed) {
        let Some(pool) = network(value) else { return };
        let others =
            self.values.iter().filter(|(name, _)| name.strip_prefix(before).is_some_and(|rest| rest.starts_with('_')));
        let lost = others.flat_map(|(name, value)| {
            let items = if let Fixed::List(items) = value { &items[..] } else { std::slice::from_ref(value) };
            items.iter().filter_map(network).map(move |network| (name, network))
        });
        let lost: Vec<_> = lost.filter(|(_, network)| !pool.0.contains(&network.0)).collect();
        let rest = self.values.iter().filter(|(name, _)| !name.starts_with(before));
        let holds = |value: &&Fixed| {
            as_map(value).and_then(|map| network(map.get("cidr")?)).filter(|of| pool.0.contains(&of.0))
        };
        let inside = rest.clone().find_map(|(name, value)| Some((name, holds(&value)?)));
        if let Some((name, network)) = inside {
            let message = format!("{constant} is {pool}, which holds {network} of {name} too");
            self.tell(message, &pool.to_string(), constant, "a pool is kept for one purpose: make it smaller");
        }
        for (name, network) in lost {
            let message = format!("{network} of {name} does not lie in {constant}, which is {pool}");
            self.tell(message, &pool.to_string(), constant, "correct the pool, or take the network out of it");
        }
    }

    /// Ranges that share some of their addresses, and neither is a part of the other.
    fn crossing(&mut self) {
        let ranges = std::mem::take(&mut self.ranges);
        let is_former = |name: &str| name.split('_').any(|word| FORMER.contains(&word));
        for (at, (name, a)) in ranges.iter().enumerate().filter(|(_, (name, _))| !is_former(name)) {
            let crosses = |b: &IpRange| a.overlaps(b) && !a.covers(b) && !b.covers(a);
            for (other, b) in ranges[at + 1..].iter().filter(|(other, b)| crosses(b) && !is_former(other)) {
                if self.told.contains(&format!("{a} {b}")) {
                    continue;
                }
                let message = format!("two ranges share addresses: {a} of {name} and {b} of {other}");
                let place = self.place(&b.to_string(), other);
                let told = Diagnostic::warning("W0348", message, &self.tree.file, place);
                let own = self.place(&a.to_string(), name).line;
                let told = told.note(format!("{a} stands on line {own}"));
                self.found
                    .push(told.help("an address is kept for one purpose: end the one range before the other begins"));
            }
        }
    }

    fn tell(&mut self, message: String, text: &str, constant: &str, help: &str) {
        if self.told.insert(message.clone()) {
            let place = self.place(text, constant);
            self.found.push(Diagnostic::warning("W0348", message, &self.tree.file, place).help(help));
        }
    }

    /// Where a text, or a number, is written that looks the same: in the constant, else in this file.
    fn place_alone(&self, wanted: &str, is_text: bool, constant: &str) -> Span {
        let written = |node: &Node| {
            let mut found = None;
            node.walk(&mut |node| match &node.kind {
                Kind::Text(text) if is_text && text == wanted => found = Some(node.span),
                Kind::Int(number) if !is_text && number.to_string() == wanted => found = Some(node.span),
                _ => {}
            });
            found
        };
        let anywhere = || self.tree.roots().find_map(written);
        self.value_of(constant).and_then(written).or_else(anywhere).unwrap_or_else(|| self.place(wanted, constant))
    }

    /// What stands behind the `=` of a constant.
    fn value_of(&self, constant: &str) -> Option<&Node> {
        self.tree.statements.iter().find_map(|node| match &node.kind {
            Kind::Let { name, value: Some(value), .. } if name.text == constant => Some(&**value),
            _ => None,
        })
    }

    fn anywhere(&self, text: &str) -> Option<Span> {
        self.tree.statements.iter().find_map(|node| node.written(text))
    }

    /// Where it is written: in the constant, else in this file; the constant else.
    fn place(&self, text: &str, constant: &str) -> Span {
        let own = self.value_of(constant);
        let anywhere = || self.anywhere(text);
        own.and_then(|node| node.written(text)).or_else(anywhere).or(own.map(|node| node.span)).unwrap_or_default()
    }
}

/// `public 10.12.4.50:5000`: a place, and what it is called.
#[derive(Clone, Copy)]
struct Place<'v> {
    text: &'v str,
    word: &'v str,
    address: Ipv4Addr,
}

/// The places of a list that holds nothing else.
fn places(value: &Fixed) -> Vec<Place<'_>> {
    let Fixed::List(items) = value else { return Vec::new() };
    items.iter().map(|item| place(item.as_text()?)).collect::<Option<_>>().unwrap_or_default()
}

fn place(text: &str) -> Option<Place<'_>> {
    let (word, rest) = text.split_once(' ')?;
    let address = rest.split_once(':').map_or(rest, |(address, _)| address).parse().ok()?;
    Some(Place { text, word, address })
}

/// The one that differs from all others, which are alike.
fn stray<'p, 'v, T: PartialEq>(all: &'p [Place<'v>], of: impl Fn(&Place<'v>) -> T) -> Option<&'p Place<'v>> {
    let (first, second, third) = (all.first()?, all.get(1)?, all.get(2)?);
    let usual = if of(first) == of(second) || of(first) == of(third) { of(first) } else { of(second) };
    let mut odd = all.iter().filter(|place| of(place) != usual);
    odd.next().filter(|_| odd.next().is_none())
}

const fn last(address: Ipv4Addr) -> u8 {
    address.octets()[3]
}

const fn begin(address: Ipv4Addr) -> [u8; 3] {
    let [a, b, c, _] = address.octets();
    [a, b, c]
}

/// `neutron-api`, as a constant spells it: `NEUTRON_API`.
fn is_same(name: &str, upper: &str) -> bool {
    let plain = |c: u8| if c == b'-' { b'_' } else { c.to_ascii_uppercase() };
    name.len() == upper.len() && name.bytes().map(plain).eq(upper.bytes())
}

const fn as_map(value: &Fixed) -> Option<&FixedMap> {
    match value {
        Fixed::Map(fields) => Some(fields),
        _ => None,
    }
}

/// The maps of a list.
fn members(value: &Fixed) -> impl Iterator<Item = &FixedMap> {
    let items = if let Fixed::List(items) = value { &items[..] } else { &[] };
    items.iter().filter_map(as_map)
}

fn network(value: &Fixed) -> Option<Cidr> {
    let Fixed::Other(value) = value else { return None };
    value.read_lock::<Cidr>().map(|network| *network)
}

fn range(value: &Fixed) -> Option<IpRange> {
    let Fixed::Other(value) = value else { return None };
    value.read_lock::<IpRange>().map(|range| *range)
}
