//! `machines create`: a machine enlisted by an administrator commissions at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Answered, Call, Done, Machine, Power, PowerState, Refused, Status, life, machines};
use crate::lab::State;
use crate::lab::hosts::Card;

const POWER_TYPES: &[&str] = &[
    "amt", "apc", "dli", "eaton", "hmc", "hmcz", "ipmi", "lxd", "manual", "moonshot", "mscm", "msftocs", "nova",
    "openbmc", "proxmox", "raritan", "recs_box", "redfish", "sm15k", "ucsm", "vmware", "virsh", "webhook", "wedge",
];

/// `machines create hostname= architecture= mac_addresses= ... power_type= power_parameters_...=`
pub(super) fn create(call: &mut Call<'_>) -> Answered {
    let macs: Vec<String> = call.values("mac_addresses").into_iter().map(str::to_lowercase).collect();
    let wrong = complaints(call, &macs);
    if !wrong.is_empty() {
        return Err(Refused::PerField(wrong));
    }
    let seed = &mut call.state.seed;
    let system_id = system_id(seed.draw());
    let hostname = call.value("hostname").map_or_else(|| named(system_id.as_str()), ToString::to_string);
    let machine = machine(call, system_id, &macs);
    call.state.maas.machines.insert(hostname.clone(), machine);
    let commissions = call.is_admin() && call.value("commission").is_none_or(call_yes);
    // An error in starting is swallowed: the machine then stays New.
    let _ = commissions && life::begin_commissioning(call.state, &hostname);
    Ok(Done::Json(machines::shown(call.state, &hostname)))
}

fn call_yes(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "true" | "1" | "yes" | "on" | "t")
}

fn named(id: &str) -> String {
    format!("machine-{id}")
}

/// Six letters and digits that are not easily mistaken.
fn system_id(bytes: [u8; 32]) -> String {
    const LETTERS: &[u8] = b"4678abcdefghkmnpqrstwxy3";
    bytes[..6].iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}

type Complaints = Vec<(&'static str, Vec<String>)>;

fn complaints(call: &Call<'_>, macs: &[String]) -> Complaints {
    let mut wrong: Complaints = Vec::new();
    let required = || vec!["This field is required.".to_string()];
    match call.value("architecture") {
        None | Some("") => wrong.push(("architecture", required())),
        Some("amd64/generic" | "amd64") => {}
        Some(other) => wrong.push((
            "architecture",
            vec![format!("'{other}' is not a valid architecture.  It should be one of: 'amd64/generic'.")],
        )),
    }
    if let Some(name) = call.value("hostname")
        && call.state.maas.machines.contains_key(name)
    {
        wrong.push(("hostname", vec!["Node with this Hostname already exists.".to_string()]));
    }
    let taken: Vec<String> = macs.iter().flat_map(|mac| holder(call.state, mac)).collect();
    if macs.is_empty() {
        wrong.push(("mac_addresses", required()));
    } else if !taken.is_empty() {
        wrong.push(("mac_addresses", taken));
    }
    match call.value("power_type") {
        None | Some("") => {}
        Some(kind) if !POWER_TYPES.contains(&kind) => {
            let words = format!("Select a valid choice. {kind} is not one of the available choices.");
            wrong.push(("power_type", vec![words]));
        }
        Some("virsh") if parameter(call, "power_address").is_none() || parameter(call, "power_id").is_none() => {
            wrong.push(("power_parameters", required()));
        }
        Some(_) => {}
    }
    wrong
}

/// The words for a MAC address that is taken, twice as the form says them.
fn holder(state: &State, mac: &str) -> Vec<String> {
    let has = |machine: &Machine| machine.interfaces.values().any(|found| found.mac.eq_ignore_ascii_case(mac));
    let held = state.maas.machines.iter().find(|(_, machine)| has(machine));
    held.map_or(Vec::new(), |(name, _)| vec![format!("MAC address {mac} already in use on {name}."); 2])
}

/// A power parameter, given by itself or within the JSON of `power_parameters`.
fn parameter(call: &Call<'_>, name: &str) -> Option<String> {
    let own = call.value(&format!("power_parameters_{name}")).map(ToString::to_string);
    own.filter(|text| !text.is_empty()).or_else(|| {
        let all: Value = serde_json::from_str(call.value("power_parameters")?).ok()?;
        all[name].as_str().map(ToString::to_string)
    })
}

/// The machine as it is enlisted: cards by the MAC addresses that were given, called eth0 and on.
fn machine(call: &mut Call<'_>, system_id: String, macs: &[String]) -> Machine {
    let power = Power {
        kind: call.value("power_type").unwrap_or_default().to_string(),
        address: parameter(call, "power_address").unwrap_or_default(),
        id: parameter(call, "power_id").unwrap_or_default(),
        pass: parameter(call, "power_pass").unwrap_or_default(),
    };
    let mut interfaces = BTreeMap::new();
    for (at, mac) in macs.iter().enumerate() {
        let last = &mut call.state.maas.last_ids.interface;
        *last += 1;
        let card = Card { mac: mac.clone(), wire: None, takes: None };
        interfaces.insert(format!("eth{at}"), life::physical(*last, &card));
    }
    Machine {
        system_id,
        status: Status::New,
        power_state: PowerState::Unknown,
        power,
        architecture: "amd64/generic".to_string(),
        owner: None,
        locked: false,
        pod: None,
        virtualmachine_id: None,
        cpu_count: 0,
        memory: 0,
        osystem: String::new(),
        distro_series: String::new(),
        hwe_kernel: None,
        tags: BTreeSet::new(),
        zone: "default".to_string(),
        pool: "default".to_string(),
        boot_interface: "eth0".to_string(),
        interfaces,
        disks: BTreeMap::new(),
        commissioned: false,
        until: None,
    }
}
