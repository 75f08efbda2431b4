//! What is this site's, and where lib/ names it: texts that say a place, and the constants that hold them. It must not ask
//! whether such a place is there.

mod hosts;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use text::{is_loopback, is_place, kind, looks_like_system_id, place};

use text::{SHORTEST, host_name, is_made_up, is_numbered, tells, tells_itself};

use super::message::Diagnostic;
use super::span::Span;
use super::tree::{Kind, Tree};
use super::types::{Constants, Fixed, Library};
use crate::script::Form;

/// Those of them that no name has which everybody resolves.
const INNER: [&str; 6] = ["arpa", "home", "internal", "lan", "local", "maas"];

/// What numbers of constants are told by.
const NUMBERED: [&str; 3] = ["octet", "port", "vid"];

/// Where a value stands among the constants of a library.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// How many lists are around it.
    lists: usize,
    /// The fields, and the numbers in lists, that lead to it.
    steps: Vec<String>,
    /// The constant.
    constant: String,
}

/// One step from a value to a part of it.
enum Step<'v> {
    At(usize),
    Field(&'v str),
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::At(at) => write!(f, "[{at}]"),
            Step::Field(name) => write!(f, ".{name}"),
        }
    }
}

/// Whether it is a field of what stands in a list.
fn is_deep(way: &[Step<'_>]) -> bool {
    matches!(way.last(), Some(Step::Field(_))) && way.iter().any(|step| matches!(step, Step::At(_)))
}

/// The values of a library's exported constants that say a place, by their text.
#[derive(Debug, Default)]
pub struct Places {
    said: BTreeMap<String, Vec<Place>>,
    /// Constants, and fields of them, that are one word each and say no place: `lb-mgmt-net`, `role=provider`.
    names: BTreeMap<String, Vec<String>>,
    /// The texts of addresses, networks and ranges.
    typed: BTreeSet<String>,
}

impl Places {
    /// Those of one library.
    #[must_use]
    pub fn of(tree: &Tree, values: &Constants) -> Self {
        let mut places = Places::default();
        for node in &tree.statements {
            let (inner, outer) = match &node.kind {
                Kind::Let { name, exported: true, .. } => (name, name),
                Kind::Export { name, alias } => (name, alias.as_ref().unwrap_or(name)),
                _ => continue,
            };
            let Some(value) = values.get(inner.text.as_str()) else { continue };
            places.add(value, &outer.text, &mut Vec::new());
            match value {
                Fixed::Map(fields) => fields.iter().for_each(|(field, value)| {
                    places.name(value, || format!("{}.{field}", outer.text));
                }),
                _ => places.name(value, || outer.text.to_string()),
            }
        }
        places.said.values_mut().for_each(|all| all.sort());
        places
    }

    /// Whether a constant, or a field of one, is called so and holds this word.
    #[must_use]
    pub fn is_called(&self, text: &str, asked: &str) -> bool {
        let says = |path: &String| path.rsplit(['_', '.']).next().is_some_and(|noun| noun.eq_ignore_ascii_case(asked));
        self.names.get(text).is_some_and(|paths| paths.iter().any(says))
    }

    /// Whether a constant holds this very text, and it says a place.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        self.said.contains_key(text)
    }

    fn add<'v>(&mut self, value: &'v Fixed, constant: &str, way: &mut Vec<Step<'v>>) {
        match value {
            Fixed::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    way.push(Step::At(at));
                    self.add(item, constant, way);
                    way.pop();
                }
            }
            Fixed::Map(fields) => {
                for (name, field) in fields {
                    way.push(Step::Field(name));
                    self.add(field, constant, way);
                    way.pop();
                }
            }
            // A path among the fields of a list's members is a value like any other.
            Fixed::Text(text) if Form::Path.fits(text) && is_deep(way) => {}
            Fixed::Text(text) if tells(text) || is_numbered(text) && names(way) => self.note(text, constant, way),
            Fixed::Other(_) => value.shown().into_iter().for_each(|text| {
                self.note(&text, constant, way);
                self.typed.insert(text);
            }),
            _ => {}
        }
    }

    fn name(&mut self, value: &Fixed, path: impl FnOnce() -> String) {
        let is_word = |text: &&str| text.len() >= SHORTEST && !text.contains(char::is_whitespace);
        if let Fixed::Int(number) = value {
            let path = path();
            let noun = path.rsplit(['_', '.']).next().unwrap_or_default();
            if NUMBERED.iter().any(|known| noun.eq_ignore_ascii_case(known)) && tells_itself(*number) {
                self.names.entry(number.to_string()).or_default().push(path);
            }
            return;
        }
        if let Some(text) = value.as_text().filter(is_word).filter(|text| !self.said.contains_key(*text)) {
            self.names.entry(text.to_owned()).or_default().push(path());
        }
    }

    fn note(&mut self, text: &str, constant: &str, way: &[Step<'_>]) {
        let lists = way.iter().filter(|step| matches!(step, Step::At(_))).count();
        let steps = way.iter().map(ToString::to_string).collect();
        let place = Place { lists, steps, constant: constant.to_owned() };
        match self.said.get_mut(text) {
            Some(all) => all.push(place),
            None => _ = self.said.insert(text.to_owned(), vec![place]),
        }
    }
}

/// What the libraries that a file imports hold, and those that they import.
pub struct Known<'l> {
    /// The name that the file has for a library, or the library's own, and whether it is imported.
    libs: Vec<(&'l str, &'l Places, bool)>,
}

impl<'l> Known<'l> {
    /// For one file.
    #[must_use]
    pub fn of(tree: &'l Tree, libs: &'l BTreeMap<String, Library>) -> Self {
        let modules = tree.modules();
        let alias = |name: &str| modules.iter().find(|(_, of)| *of == name).map(|(alias, _)| alias.as_str());
        let mut all: Vec<_> = libs
            .iter()
            .filter(|(_, library)| library.tree.file != tree.file)
            .map(|(name, library)| {
                let alias = alias(name);
                (alias.unwrap_or(name), &*library.places, alias.is_some())
            })
            .collect();
        all.sort_by_key(|(_, _, imported)| !imported);
        Known { libs: all }
    }

    /// For the bodies of a library's functions: its own constants too.
    #[must_use]
    pub fn of_functions(tree: &'l Tree, libs: &'l BTreeMap<String, Library>) -> Self {
        let mut known = Known::of(tree, libs);
        let own = libs.values().find(|library| library.tree.file == tree.file);
        known.libs.splice(0..0, own.map(|library| ("global", &*library.places, true)));
        known
    }

    /// One library that is not imported.
    #[must_use]
    pub fn apart(name: &'l str, library: &'l Library) -> Self {
        Known { libs: vec![(name, &library.places, false)] }
    }

    /// Where an imported library holds this very text.
    fn imported(&self, text: &str) -> Option<(&'l str, &'l Place)> {
        // Most texts are words: no place is written without one of these.
        if !text.bytes().any(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'/' | b':' | b'@')) {
            return None;
        }
        let found = self.libs.iter().filter(|(.., imported)| *imported);
        let found = found.filter_map(|(alias, places, _)| Some((*alias, places.said.get(text)?.first()?)));
        found.min_by(|(_, a), (_, b)| a.cmp(b))
    }

    /// Whether an imported library holds this very text.
    #[must_use]
    pub fn has(&self, text: &str) -> bool {
        self.imported(text).is_some()
    }

    /// The constant that is this very name, and how to come to it: of an imported library first. A name that is no more
    /// than a word is the constant's only where the constant is called by what is asked for, as MODEL is for a model.
    #[must_use]
    pub fn name_of(&self, text: &str, asked: &[&str], imported_alone: bool) -> Option<(String, String)> {
        let is_asked = |path: &&String| {
            let noun = path.rsplit(['_', '.']).next().unwrap_or_default();
            asked.iter().any(|asked| asked.eq_ignore_ascii_case(noun))
        };
        let is_telling = is_made_up(text);
        if !is_telling && asked.is_empty() {
            return None;
        }
        let libs = self.libs.iter().filter(|(.., imported)| *imported || !imported_alone);
        let mut found = libs.filter_map(|(alias, places, imported)| {
            let all = places.names.get(text)?;
            let path = all.iter().find(is_asked).or_else(|| all.first().filter(|_| is_telling))?;
            Some((alias, path, *imported))
        });
        let (alias, path, imported) = found.next()?;
        let import = if imported { String::new() } else { format!("import \"{alias}\" as {alias}; and ") };
        let name = format!("{alias}::{path}");
        Some((format!("{import}write {name}"), name))
    }

    /// Whether a constant, or a field of one, is this name.
    #[must_use]
    pub fn has_name(&self, text: &str) -> bool {
        self.libs.iter().any(|(_, places, _)| places.names.contains_key(text))
    }

    /// Whether a constant, or a field of one, is called so and holds this word.
    #[must_use]
    pub fn is_called(&self, text: &str, asked: &str) -> bool {
        self.libs.iter().any(|(_, places, _)| places.is_called(text, asked))
    }

    /// Whether constants hold this word in fields alone, and none is called so itself.
    #[must_use]
    pub fn is_field_alone(&self, text: &str, asked: &str) -> bool {
        let says = |path: &String| path.rsplit(['_', '.']).next().is_some_and(|noun| noun.eq_ignore_ascii_case(asked));
        let mut paths =
            self.libs.iter().filter_map(|(_, places, _)| places.names.get(text)).flatten().filter(|path| says(path));
        let Some(first) = paths.next() else { return false };
        !is_made_up(text) && first.contains('.') && paths.all(|path| path.contains('.'))
    }

    /// The constant that is this number, where it is called as what takes the number: a port, an octet, a tag of a VLAN.
    #[must_use]
    pub fn number_of(&self, number: i64, asked: &str, imported_alone: bool) -> Option<(String, String)> {
        is_numbering(number, asked).then(|| self.name_of(&number.to_string(), &[asked], imported_alone))?
    }

    /// The network that an address of these digits begins in, and how to come to it.
    #[must_use]
    pub fn network_of(&self, begun: &str) -> Option<String> {
        self.begins(begun, |text| text.contains('/'))
    }

    /// The same of addresses and ranges too.
    #[must_use]
    pub fn any_of(&self, begun: &str) -> Option<String> {
        self.begins(begun, |_| true)
    }

    fn begins(&self, begun: &str, is_asked: impl Fn(&str) -> bool) -> Option<String> {
        let mut imported = self.libs.iter().filter(|(.., imported)| *imported);
        imported.find_map(|(alias, places, _)| {
            let mut from = places.said.range(begun.to_owned()..).take_while(|(text, _)| text.starts_with(begun));
            from.find_map(|(text, all)| {
                let is_one = is_asked(text) && places.typed.contains(text);
                let place = all.iter().find(|place| place.lists == 0).filter(|_| is_one)?;
                Some(format!("{alias}::{}{}", place.constant, place.steps.concat()))
            })
        })
    }

    /// A list of an imported library of which all these texts are members, and whether they are all of it.
    pub fn list_of(&self, texts: &[&str]) -> Option<String> {
        let (first, rest) = texts.split_first()?;
        self.libs.iter().filter(|(.., imported)| *imported).find_map(|(alias, places, _)| {
            let list =
                |place: &&Place| place.lists == 1 && place.steps.last().is_some_and(|step| step.starts_with('['));
            let way = |place: &Place| (place.constant.clone(), place.steps[..place.steps.len() - 1].concat());
            let mut lists = places.said.get(*first)?.iter().filter(list).map(way);
            let holds = |other: &&str, wanted: &(String, String)| {
                places.said.get(*other).is_some_and(|all| all.iter().filter(list).any(|place| way(place) == *wanted))
            };
            let found = lists.find(|wanted| rest.iter().all(|other| holds(other, wanted)))?;
            Some(format!("{alias}::{}{}", found.0, found.1))
        })
    }

    /// What to write in its place, or in that of the call that reads it.
    fn instead(&self, text: &str, is_read: bool, asked: &str) -> Option<String> {
        let elsewhere = || {
            let mut others =
                self.libs.iter().filter_map(|(name, places, _)| Some((*name, places.said.get(text)?.first()?)));
            others.next()
        };
        let (found, is_imported): ((&str, &Place), bool) = match self.imported(text) {
            Some(found) => (found, true),
            None => (elsewhere()?, false),
        };
        let (alias, Place { lists, steps, constant }) = found;
        let import = if is_imported { String::new() } else { format!("import \"{alias}\" as {alias}; and ") };
        let (last, before) = steps.split_last().map_or(("", String::new()), |(last, rest)| (last, rest.concat()));
        Some(match lists {
            0 => {
                // One text may be several things of one site: who writes it knows which.
                let held = |library: &&(&str, &Places, bool)| library.0 == alias;
                let all = self.libs.iter().find(held).and_then(|(_, places, _)| places.said.get(text));
                let is_typed = self.libs.iter().find(held).is_some_and(|(_, places, _)| places.typed.contains(text));
                let plain = all.into_iter().flatten().filter(|place| place.lists == 0);
                let names = plain.map(|place| format!("{alias}::{}{}", place.constant, place.steps.concat()));
                let names: Vec<String> = names.collect();
                // Beside a field, what is called as the field is meant.
                let is_called = |name: &&String| {
                    name.rsplit(['_', '.']).next().is_some_and(|noun| noun.eq_ignore_ascii_case(asked))
                };
                let called: Vec<String> = names.iter().filter(is_called).cloned().collect();
                let mut names = if called.is_empty() { names } else { called };
                names.truncate(3);
                let as_text = match (&names[..], is_typed) {
                    (_, true) if is_read => " in place of the call around it".to_owned(),
                    ([only], true) => format!("; where a text is needed, {only}.text()"),
                    (_, true) => "; where a text is needed, with .text() behind it".to_owned(),
                    _ => String::new(),
                };
                format!("{import}write {}{as_text}", names.join(" or "))
            }
            1 if last.starts_with('[') => {
                let list = format!("{alias}::{constant}{before}");
                format!("{import}go through {list}, or write {list}{last}: it is a member of that list")
            }
            _ => {
                format!("{import}go through {alias}::{constant}: it stands there as `{}`", last.trim_start_matches('.'))
            }
        })
    }

    /// What to put into a longer text, in the place of a word of it.
    fn within(&self, text: &str) -> Option<String> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '/' | '_');
        let words = text.split(|c| !is_part(c)).map(|word| word.trim_matches(['.', '/']));
        words.filter(|word| place(word).is_some()).find_map(|word| {
            let (alias, Place { lists: 0, .. }) = self.imported(word)? else { return None };
            let held =
                self.libs.iter().find(|library| library.0 == alias).and_then(|(_, places, _)| places.said.get(word));
            let plain = held.into_iter().flatten().filter(|place| place.lists == 0).take(3);
            // One text may be several things of one site: who writes it knows which.
            let names: Vec<String> =
                plain.map(|place| format!("${{{alias}::{}{}}}", place.constant, place.steps.concat())).collect();
            Some(format!("write {} in place of {word}, in back-ticks", names.join(" or ")))
        })
    }

    /// The constant of a site that is written nearly so, and what it is: who types a place by hand slips by a letter.
    fn near(&self, text: &str) -> Option<(String, &'l str)> {
        let all = self.libs.iter().flat_map(|(alias, places, _)| {
            let plain = |all: &'l Vec<Place>| all.iter().find(|place| place.lists == 0);
            let named = places.said.iter().filter_map(move |(text, all)| Some((text.as_str(), plain(all)?)));
            named.map(move |(text, place)| (*alias, text, place))
        });
        let far = |near: &str| strsim::osa_distance(text, near);
        let most = 1 + text.len() / 12;
        let near = all.filter(|(_, near, _)| near.len().abs_diff(text.len()) <= most && far(near) <= most);
        let (alias, near, place) = near.min_by_key(|(alias, near, place)| (far(near), *alias, &place.constant))?;
        Some((format!("{alias}::{}{}", place.constant, place.steps.concat()), near))
    }

    /// Whether some constant speaks of that host.
    fn mentions(&self, host: &str) -> bool {
        self.libs.iter().any(|(_, places, _)| places.said.keys().any(|text| text.contains(host)))
    }
}

/// Whether a number tells what takes it from others of its kind: a port, an octet, a tag of a VLAN.
#[must_use]
pub fn is_numbering(number: i64, asked: &str) -> bool {
    NUMBERED.contains(&asked) && tells_itself(number)
}

/// What stands in a script and belongs into lib/: `what` ends in what it is called.
#[must_use]
pub fn written_out(known: &Known<'_>, file: &str, what: &str, text: &str, span: Span) -> Diagnostic {
    as_written(known, file, what, (text, false, ""), span)
}

/// The same for a text that `ip(...)`, `cidr(...)` or `ip_range(...)` reads, right there, perhaps beside a field.
#[must_use]
pub fn read_out(known: &Known<'_>, file: &str, what: &str, (text, field): (&str, &str), span: Span) -> Diagnostic {
    as_written(known, file, what, (text, true, field), span)
}

/// What to do with a place of which nobody knows a name.
pub const NAME_IT: &str = "name it in a file of lib/, and import that";

fn as_written(
    known: &Known<'_>,
    file: &str,
    what: &str,
    (text, is_read, field): (&str, bool, &str),
    span: Span,
) -> Diagnostic {
    let told = Diagnostic::error("E0302", format!("{what} is written out here: {text:?}"), file, span)
        .note("written twice, the two drift apart; lib/ is the one place for what is this site's");
    let noun = what.rsplit(' ').next().unwrap_or_default();
    let named = || known.name_of(text, &[noun], false).map(|(help, _)| help);
    let hosted = || {
        known
            .host_in(text)
            .map(|host| if is_read { host } else { format!("{host}; where a text is needed, with .text() behind it") })
    };
    let help = known.instead(text, is_read, field).or_else(|| known.within(text)).or_else(named).or_else(hosted);
    if let Some(help) = help {
        return told.help(help);
    }
    match known.near(text) {
        Some((name, near)) => told.help(format!("did you mean {name}, which is {near:?}? if it is another, {NAME_IT}")),
        None => told.help(NAME_IT),
    }
}

/// Whether it is a name by where it stands: `format: "qcow2"` is none.
fn names(way: &[Step<'_>]) -> bool {
    match way.last() {
        Some(Step::Field(field)) => matches!(*field, "host" | "hostname" | "machine" | "name" | "node"),
        _ => true,
    }
}

/// What prose says of a place of this site: who else's pages are named there is nobody's business.
#[must_use]
pub fn own_place(text: &str, known: &Known<'_>) -> Option<&'static str> {
    let what = place(text)?;
    let is_own = match host_name(text).filter(|_| what == "the name of a host") {
        Some(host) => host.rsplit('.').next().is_some_and(|last| INNER.contains(&last)) || known.mentions(host),
        None => true,
    };
    is_own.then_some(what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_others_are_fine_in_prose() {
        let nobody = Known { libs: Vec::new() };
        assert_eq!(own_place("see https://docs.openstack.org/neutron/latest/", &nobody), None);
        assert_eq!(own_place("see https://maas.example.lan/MAAS", &nobody), Some("the name of a host"));
        assert_eq!(own_place("the old gateway 10.12.8.254 is gone", &nobody), Some("an address"));
    }

    #[test]
    fn names_are_told_by_where_they_stand() {
        assert!(!names(&[Step::Field("format")]) && names(&[Step::Field("name")]) && names(&[Step::At(0)]));
    }
}
