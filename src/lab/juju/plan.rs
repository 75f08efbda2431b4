//! What a deploy would change, in order, and the client's line for each change.

use std::collections::{BTreeMap, BTreeSet};

use super::bundle::{Bundle, Entry};
use super::charmhub;
use super::documents::Model;

/// One change of a deploy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Fetches a charm into the controller.
    Charm { charm: String, channel: String, base: String },
    /// Makes an application.
    Application { name: String, charm: String, channel: String, base: String },
    /// Asks for a machine.
    Machine { id: String, key: String },
    /// Relates two endpoints.
    Relation { ends: [String; 2] },
    /// Asks for a container on a machine.
    Container { id: String },
    /// Makes a unit.
    Unit { name: String, place: String },
}

impl Step {
    /// The client's line, without the dash.
    pub(super) fn words(&self) -> String {
        let short = |base: &str| base.to_string();
        match self {
            Step::Charm { charm, channel, base } => match charmhub::charm(charm) {
                Some(known) => format!(
                    "upload charm {charm} from charm-hub for base {base} with revision {} with architecture=amd64",
                    known.revision
                ),
                None => format!(
                    "upload charm {charm} from charm-hub for base {base} from channel {channel} with architecture=amd64"
                ),
            },
            Step::Application { name, charm, channel, base } => {
                let using = if name == charm { String::new() } else { format!(" using {charm}") };
                format!("deploy application {name} from charm-hub on {} with {channel}{using}", short(base))
            }
            Step::Machine { id, key } if id == key => format!("add new machine {id}"),
            Step::Machine { id, key } => format!("add new machine {id} (bundle machine {key})"),
            Step::Relation { ends: [a, b] } => format!("add relation {a} - {b}"),
            Step::Container { id } => {
                format!("add lxd container {id} on new machine {}", id.split('/').next().unwrap_or_default())
            }
            Step::Unit { name, place } if place.contains('/') => format!("add unit {name} to {place}"),
            Step::Unit { name, place } => format!("add unit {name} to new machine {place}"),
        }
    }
}

/// What is missing in the model, in the order in which the client goes about it.
pub(super) fn missing(bundle: &Bundle, model: &Model) -> Vec<Step> {
    let mut steps = applications(bundle, model);
    let (machines, containers, units) = placed(bundle, model);
    steps.extend(machines);
    steps.extend(relations(bundle, model));
    steps.extend(containers);
    steps.extend(units);
    steps
}

fn applications(bundle: &Bundle, model: &Model) -> Vec<Step> {
    let (mut steps, mut uploaded) = (Vec::new(), BTreeSet::new());
    for (name, entry) in bundle.applications.iter().filter(|(name, _)| !model.applications.contains_key(*name)) {
        let (charm, channel, base) =
            (entry.charm().to_string(), entry.channel().to_string(), bundle.default_base.clone());
        if uploaded.insert((charm.clone(), channel.clone())) {
            steps.push(Step::Charm { charm: charm.clone(), channel: channel.clone(), base: base.clone() });
        }
        steps.push(Step::Application { name: name.clone(), charm, channel, base });
    }
    steps
}

fn relations(bundle: &Bundle, model: &Model) -> Vec<Step> {
    let is_there = |ends: &[String; 2]| {
        let wanted: BTreeSet<&String> = ends.iter().collect();
        model.relations.iter().any(|relation| relation.endpoints.iter().collect::<BTreeSet<_>>() == wanted)
    };
    bundle.relations.iter().filter(|ends| !is_there(ends)).map(|ends| Step::Relation { ends: ends.clone() }).collect()
}

/// Machine keys in their natural order (8, 9, 10, 11) become ids; what a unit is placed on becomes a place.
fn placed(bundle: &Bundle, model: &Model) -> (Vec<Step>, Vec<Step>, Vec<Step>) {
    let has_units = |name: &String| model.applications.get(name).is_some_and(|app| !app.units.is_empty());
    let open: Vec<(&String, &Entry)> =
        bundle.applications.iter().filter(|(name, entry)| entry.num_units > 0 && !has_units(name)).collect();
    if open.is_empty() {
        return Default::default();
    }
    let mut keys: Vec<&String> = bundle.machines.keys().collect();
    keys.sort_by_key(|key| (key.parse::<u64>().unwrap_or(u64::MAX), (*key).clone()));
    let first = model.machines.keys().filter_map(|id| id.parse::<usize>().ok()).max().map_or(0, |last| last + 1);
    let ids: BTreeMap<&str, String> =
        keys.iter().zip(first..).map(|(key, id)| (key.as_str(), id.to_string())).collect();
    let machines =
        keys.iter().map(|key| Step::Machine { id: ids[key.as_str()].clone(), key: (*key).clone() }).collect();
    let (mut containers, mut units) = (Vec::new(), Vec::new());
    let mut filled: BTreeMap<String, usize> = BTreeMap::new();
    for (name, entry) in open {
        for at in 0..entry.num_units {
            let Some(to) = entry.to.get(at).or(entry.to.last()) else { continue };
            let key = to.strip_prefix("lxd:").unwrap_or(to);
            let Some(machine) = ids.get(key) else { continue };
            let mut place = machine.clone();
            if to.starts_with("lxd:") {
                let next = filled.entry(machine.clone()).or_default();
                place = format!("{machine}/lxd/{next}");
                *next += 1;
                containers.push(Step::Container { id: place.clone() });
            }
            units.push(Step::Unit { name: format!("{name}/{at}"), place });
        }
    }
    (machines, containers, units)
}
