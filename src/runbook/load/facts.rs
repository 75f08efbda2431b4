//! What a bundle file gives its applications: channels, options, spaces, machines. It reads lines as bundles are written,
//! and is silent of what it cannot read.

mod otherwise;

use std::collections::BTreeMap;

use super::charms::charm;
use crate::check::tree::{Field, Kind, Span};

/// Shorter names of options begin several others.
const LONG: usize = 8;

/// Words that are true, false or nothing to some readers of YAML.
const VAGUE: [&str; 6] = ["~", "no", "null", "off", "on", "yes"];

/// An application.
#[derive(Debug, Default)]
struct Application {
    charm: Option<String>,
    channel: Option<String>,
    units: Option<i64>,
    options: BTreeMap<String, String>,
    bindings: BTreeMap<String, String>,
}

/// A part of a bundle that is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Section {
    Variables,
    Machines,
    Applications,
    #[default]
    Other,
}

/// A part of an application that is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Part {
    Options,
    Bindings,
    #[default]
    Other,
}

/// What one bundle says; of two bundles nothing is held against a library.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// How many files have applications.
    files: usize,
    applications: BTreeMap<String, Application>,
    /// Machines by their keys, with their constraints.
    machines: BTreeMap<String, String>,
    containers: i64,
    /// Whether every placement could be read.
    is_placed: bool,
    anchors: BTreeMap<String, String>,
    section: Section,
    part: Part,
    /// The application, or the machine, whose lines are read.
    open: String,
    application: Application,
}

impl Facts {
    /// A section begins, or the file ends.
    pub(super) fn section(&mut self, line: &str) {
        self.close();
        self.section = match line {
            "variables:" => Section::Variables,
            "machines:" => Section::Machines,
            "applications:" => Section::Applications,
            _ => Section::Other,
        };
        if self.section == Section::Applications {
            self.files += 1;
            self.is_placed = self.files == 1;
        }
    }

    /// One line of a section, without its comment.
    pub(super) fn line(&mut self, line: &str) {
        if self.section == Section::Other {
            return;
        }
        let indent = line.bytes().take_while(|byte| *byte == b' ').count();
        let text = &line[indent..];
        let Some((key, value)) = text.split_once(':').filter(|(_, rest)| rest.is_empty() || rest.starts_with(' '))
        else {
            return;
        };
        let (key, value) = (unquoted(key), value.trim_start());
        match (self.section, indent) {
            (Section::Variables, _) => {
                if let Some((anchor, value)) = value.strip_prefix('&').and_then(|rest| rest.split_once(' ')) {
                    self.anchors.insert(anchor.to_owned(), unquoted(value.trim_start()).to_owned());
                }
            }
            (Section::Machines, 2) => {
                key.clone_into(&mut self.open);
                self.machines.insert(key.to_owned(), String::new());
            }
            (Section::Machines, 4) if key == "constraints" => {
                if let Some(machine) = self.machines.get_mut(&self.open) {
                    unquoted(value).clone_into(machine);
                }
            }
            (Section::Applications, 2) => {
                self.close();
                key.clone_into(&mut self.open);
            }
            (Section::Applications, 4) => self.of_application(key, value),
            (Section::Applications, 6) => self.of_part(key, value),
            _ => {}
        }
    }

    /// The lines of an application end.
    fn close(&mut self) {
        self.part = Part::Other;
        let name = std::mem::take(&mut self.open);
        if self.section == Section::Applications && !name.is_empty() {
            self.applications.insert(name, std::mem::take(&mut self.application));
        }
    }

    /// What a scalar is, behind an alias too.
    fn scalar<'v>(&'v self, value: &'v str) -> &'v str {
        match value.strip_prefix('*') {
            Some(anchor) => self.anchors.get(anchor).map_or("", String::as_str),
            None => unquoted(value),
        }
    }

    fn of_application(&mut self, key: &str, value: &str) {
        self.part = Part::Other;
        match key {
            "options" => self.part = Part::Options,
            "bindings" => self.part = Part::Bindings,
            "channel" => {
                self.application.channel = Some(self.scalar(value).to_owned()).filter(|value| !value.is_empty())
            }
            "charm" => self.application.charm = charm(self.scalar(value)).map(str::to_owned),
            "num_units" => self.application.units = value.parse().ok(),
            "to" => {
                self.is_placed &= value.starts_with('[') && value.ends_with(']');
                self.containers += i64::try_from(value.matches("lxd:").count()).unwrap_or_default();
            }
            _ => {}
        }
    }

    fn of_part(&mut self, key: &str, value: &str) {
        if self.part == Part::Other {
            return;
        }
        // What goes on over several lines, or means another word to another reader, is not held against anybody.
        let is_plain = !matches!(value.bytes().next(), None | Some(b'|' | b'>' | b'&' | b'{' | b'[' | b'!'));
        if !is_plain || VAGUE.iter().any(|vague| vague.eq_ignore_ascii_case(value)) {
            return;
        }
        let (key, value) = (key.to_owned(), self.scalar(value).to_owned());
        match self.part {
            Part::Options => _ = self.application.options.insert(key, value),
            Part::Bindings => _ = self.application.bindings.insert(key, value),
            Part::Other => {}
        }
    }

    /// Whether the bundle files have any application.
    pub(super) fn is_empty(&self) -> bool {
        self.applications.is_empty()
    }

    /// Whether they have that application.
    pub(super) fn has(&self, application: &str) -> bool {
        self.applications.contains_key(application)
    }

    /// The names of the applications.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.applications.keys().map(String::as_str)
    }

    /// The charm of an application of the only bundle, where it is one of the store.
    pub(super) fn charm(&self, application: &str) -> Option<&str> {
        self.applications.get(application).filter(|_| self.files == 1)?.charm.as_deref()
    }

    /// The applications of a charm.
    pub(super) fn of_charm<'a>(&'a self, charm: &'a str) -> impl Iterator<Item = &'a str> {
        let of_it = self.applications.iter().filter(move |(_, of)| of.charm.as_deref() == Some(charm));
        of_it.map(|(name, _)| name.as_str())
    }

    /// The number of an application's units, where it has one of its own.
    pub(super) fn units(&self, application: &str) -> Option<i64> {
        self.applications.get(application)?.units
    }

    /// Numbers of machines and of containers, which a map counts beside the relations.
    pub(super) fn counted(&self, fields: &[Field]) -> Option<(String, i64, Span)> {
        let is_plan = fields.iter().any(|field| field.name.text == "relations");
        let machines = i64::try_from(self.machines.len()).unwrap_or_default();
        let counts = [("machines", machines), ("containers", if self.is_placed { self.containers } else { 0 })];
        if self.files != 1 || !is_plan {
            return None;
        }
        counts.into_iter().filter(|(_, count)| *count > 0).find_map(|(name, count)| {
            let field = fields.iter().find(|field| field.name.text == name)?;
            match field.value.kind {
                Kind::Int(number) if number != count => Some((name.to_owned(), count, field.value.span)),
                _ => None,
            }
        })
    }

    /// What an option is given.
    pub(super) fn option(&self, application: &str, option: &str) -> Option<&str> {
        let of = self.applications.get(application).filter(|_| self.files == 1)?;
        of.options.get(option).map(String::as_str)
    }

    /// Whether some application is given it.
    pub(super) fn has_option(&self, option: &str) -> bool {
        self.applications.values().any(|of| of.options.contains_key(option))
    }

    /// The option whose name goes on where this one was cut off within a word: `reserved-host-mem`.
    pub(super) fn cut_off(&self, option: &str) -> Option<&str> {
        let goes_on = |known: &&str| {
            let rest = known.strip_prefix(option).filter(|_| option.len() >= LONG);
            rest.is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_lowercase()))
        };
        self.applications.values().flat_map(|of| of.options.keys()).map(String::as_str).find(goes_on)
    }
}

fn unquoted(text: &str) -> &str {
    let inner = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('"').or_else(|| inner('\'')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> Facts {
        let mut facts = Facts::default();
        for text in texts {
            for line in text.lines() {
                if line.starts_with(' ') { facts.line(line) } else { facts.section(line) }
            }
            facts.section("");
        }
        facts
    }

    const BUNDLE: &str = "variables:\n  origin: &origin cloud:jammy\n  channel: &channel 1.8/stable\nmachines:\n  \"8\":\n    constraints: tags=x\n  \"9\":\napplications:\n  vault:\n    channel: *channel\n    num_units: 3\n    to: [\"lxd:8\", \"lxd:9\", \"9\"]\n    options:\n      source: *origin\n      device: \"None\"\n      debug: off\n      text: >-\n        more: of it\n    bindings:\n      \"\": inner\nrelations:\n";

    #[test]
    fn what_a_bundle_gives_is_read_as_bundles_are_written() {
        let facts = read(&[BUNDLE]);
        assert_eq!((facts.has("vault"), facts.units("vault"), facts.units("other")), (true, Some(3), None));
        assert_eq!(facts.applications["vault"].channel.as_deref(), Some("1.8/stable"));
        assert_eq!(facts.applications["vault"].bindings[""], "inner");
        assert_eq!((facts.containers, facts.is_placed), (2, true));
        assert_eq!((facts.machines["8"].as_str(), facts.machines["9"].as_str()), ("tags=x", ""));
        let option = |name| facts.option("vault", name);
        assert_eq!((option("source"), option("device")), (Some("cloud:jammy"), Some("None")));
        assert_eq!((option("debug"), option("text"), option("more")), (None, None, None));
    }

    #[test]
    fn of_two_bundles_nothing_is_held_against_anybody() {
        let facts = read(&[BUNDLE, "applications:\n  vault:\n    options:\n      device: other\n"]);
        assert_eq!(facts.option("vault", "device"), None);
        assert!(facts.has("vault"));
    }
}
