//! Machines of MAAS with their interfaces and links, all from the one reply of `machines read`.

use serde::{Deserialize, Deserializer};

use super::read_all;
use super::subnet::Vlan;
use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::primitives::net::{Cidr, Ip};
use crate::primitives::reply::{nullable, present, sorted, text_or_none, the_one};
use crate::script::{Absent, Handle, List, Primitive, Script, Source, Told, Ty, Vocabulary};

/// The states of a machine, as MAAS names them from 2.x to 3.8.
pub static STATUS: Vocabulary = Vocabulary::closed(
    "status of a machine of MAAS",
    &[
        "New",
        "Commissioning",
        "Failed commissioning",
        "Missing",
        "Ready",
        "Reserved",
        "Allocated",
        "Deploying",
        "Deployed",
        "Retired",
        "Broken",
        "Failed deployment",
        "Releasing",
        "Releasing failed",
        "Disk erasing",
        "Failed disk erasing",
        "Rescue mode",
        "Entering rescue mode",
        "Failed to enter rescue mode",
        "Exiting rescue mode",
        "Failed to exit rescue mode",
        "Testing",
        "Failed testing",
    ],
);

/// The power states of MAAS.
pub static POWER: Vocabulary =
    Vocabulary::closed("power state of a machine of MAAS", &["on", "off", "unknown", "error"]);

/// The drivers that MAAS brings.
pub static POWER_TYPE: Vocabulary =
    Vocabulary::open("power driver of MAAS", &["virsh", "lxd", "ipmi", "redfish", "webhook", "manual"]);

/// The interfaces that MAAS knows.
pub static INTERFACE: Vocabulary =
    Vocabulary::closed("type of an interface in MAAS", &["physical", "bridge", "vlan", "bond", "alias", "unknown"]);

/// The bridges that MAAS makes.
pub static BRIDGE: Vocabulary = Vocabulary::closed("type of a bridge in MAAS", &["standard", "ovs"]);

/// The modes of a link.
pub static LINK: Vocabulary = Vocabulary::closed("mode of a link in MAAS", &["static", "auto", "dhcp", "link_up"]);

handle! {
    /// A machine of MAAS, found by hostname.
    Machine("maas machine") by hostname {
        /// Its hostname.
        hostname in forms::HOST: String,
        /// The status in MAAS's words.
        status in STATUS: String,
        /// Whether it is under power, as MAAS saw it last.
        power in POWER: String,
        /// How MAAS drives its power; none when MAAS does not tell.
        power_type in POWER_TYPE: Option<String>,
        /// Its tags, sorted.
        tags: Vec<String>,
        /// Its interfaces by name.
        interfaces: Interfaces,
        /// MAC address of the card that it starts from, in lower case.
        boot_mac in forms::MAC: Option<String>,
        /// Whether MAAS composed it on a VM host: then deleting the machine destroys it.
        is_composed: Told<bool>,
    } hidden {
        /// Its system id: dies when the host is enrolled anew.
        system_id: String,
    }
}

handle! {
    /// A network interface of a machine, by name.
    Interface("maas interface") by name {
        /// Its name.
        name in forms::CARD: String,
        /// What it is.
        kind as "type" in INTERFACE: String,
        /// Its MAC address, in lower case; a VLAN interface shows its parent's.
        mac in forms::MAC: Option<String>,
        /// Names of the interfaces it is made on.
        parents: Vec<String>,
        /// How a bridge is made, where it tells.
        bridge_type in BRIDGE: Option<String>,
        /// The 802.1Q tag of its VLAN; none when it is in no VLAN.
        vid in forms::TAG: Option<i64>,
        /// Its links to subnets.
        links: Links,
        /// Whether it is in use.
        enabled: bool,
    } hidden {
        /// Its id: dies with the machine's.
        id: Option<i64>,
        /// The fabric of its VLAN.
        fabric: Option<String>,
    }
}

handle! {
    /// A link of an interface to a subnet, by CIDR.
    Link("maas link") by cidr {
        /// The subnet's CIDR.
        cidr: Cidr,
        /// How it comes to its address.
        mode in LINK: String,
        /// The address; an `auto` link has none before the deploy.
        address: Option<Ip>,
    }
}

/// A machine's interfaces, as a field.
#[derive(Clone, Debug)]
pub struct Interfaces(pub(super) Vec<(Interface, Source)>);

/// An interface's links, as a field.
#[derive(Clone, Debug)]
pub struct Links(pub(super) Vec<(Link, Source)>);

macro_rules! list_field {
    ($name:ident of $item:ident) => {
        impl Script for $name {
            fn ty() -> Ty {
                List::<$item>::ty()
            }
            fn take(_: rhai::Dynamic) -> Result<Self, Stop> {
                Err(Stop::script("this list is read, never given"))
            }
            fn give(self) -> rhai::Dynamic {
                self.0.into_iter().map(|(item, source)| Handle::seen(item, source)).collect::<List<$item>>().give()
            }
        }
    };
}

list_field!(Interfaces of Interface);
list_field!(Links of Link);

#[derive(Deserialize)]
pub(super) struct Row {
    hostname: String,
    system_id: String,
    status_name: String,
    power_state: String,
    #[serde(default)]
    power_type: Option<String>,
    #[serde(deserialize_with = "sorted")]
    tag_names: Vec<String>,
    interface_set: Vec<InterfaceRow>,
    #[serde(default, deserialize_with = "present")]
    pod: Option<Option<serde_json::Value>>,
    #[serde(default, deserialize_with = "present")]
    virtualmachine_id: Option<Option<i64>>,
    #[serde(default)]
    boot_interface: Option<BootRow>,
}

#[derive(Deserialize)]
struct BootRow {
    #[serde(default)]
    mac_address: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct InterfaceRow {
    #[serde(default)]
    id: Option<i64>,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(deserialize_with = "text_or_none")]
    mac_address: Option<String>,
    parents: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    vlan: Option<Vlan>,
    links: Vec<LinkRow>,
    enabled: bool,
    #[serde(default, deserialize_with = "params")]
    params: Params,
}

#[derive(Deserialize, Default)]
struct Params {
    #[serde(default)]
    bridge_type: Option<String>,
}

#[derive(Deserialize)]
struct LinkRow {
    mode: String,
    #[serde(default)]
    ip_address: Option<String>,
    #[serde(default)]
    subnet: Option<SubnetRef>,
}

#[derive(Deserialize)]
struct SubnetRef {
    cidr: String,
}

/// `params` is an object, or a text (mostly "") that holds none of them.
fn params<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Params, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Object(Params),
        Text(#[expect(dead_code, reason = "whatever it says, it names no parameter")] String),
    }
    match Option::deserialize(deserializer)? {
        Some(Either::Object(params)) => Ok(params),
        Some(Either::Text(_)) | None => Ok(Params::default()),
    }
}

/// A link to an IPv4 subnet. A bridge that was just made has one without a subnet.
fn link(row: LinkRow) -> Result<Option<Link>, Stop> {
    let Some(subnet) = row.subnet.filter(|subnet| !subnet.cidr.contains(':')) else { return Ok(None) };
    let address = row.ip_address.filter(|text| !text.is_empty()).map(|text| text.parse::<Ip>()).transpose();
    let cidr = subnet.cidr.parse().map_err(Stop::unanswered)?;
    Ok(Some(Link { cidr, mode: row.mode, address: address.map_err(Stop::unanswered)? }))
}

pub(super) fn interface(row: InterfaceRow, source: &Source) -> Result<Interface, Stop> {
    let links: Vec<Option<Link>> = row.links.into_iter().map(link).collect::<Result<_, Stop>>()?;
    Ok(Interface {
        name: row.name,
        kind: row.kind,
        mac: row.mac_address.map(|mac| mac.to_lowercase()),
        parents: row.parents,
        bridge_type: row.params.bridge_type,
        vid: row.vlan.as_ref().map(|vlan| vlan.vid),
        fabric: row.vlan.map(|vlan| vlan.fabric),
        id: row.id,
        links: Links(links.into_iter().flatten().map(|link| (link, source.clone())).collect()),
        enabled: row.enabled,
    })
}

/// Newer versions tell it twice, older ones by the pod alone. With neither it is not known, and never "no".
fn is_composed(row: &Row) -> Told<bool> {
    if row.pod.is_none() && row.virtualmachine_id.is_none() {
        let words = format!("machine {} says neither `pod` nor `virtualmachine_id`", row.hostname);
        return Err(Box::new(Stop::unanswered(format!("{words}: whether a pod composed it is not known"))));
    }
    Ok(matches!(&row.pod, Some(Some(pod)) if !pod.is_null()) || matches!(row.virtualmachine_id, Some(Some(_))))
}

pub(super) fn machine(row: Row, source: &Source) -> Result<Machine, Stop> {
    let is_composed = is_composed(&row);
    let interfaces =
        row.interface_set.into_iter().map(|row| interface(row, source).map(|interface| (interface, source.clone())));
    Ok(Machine {
        hostname: row.hostname,
        status: row.status_name,
        power: row.power_state,
        power_type: row.power_type.filter(|kind| !kind.is_empty()),
        tags: row.tag_names,
        interfaces: Interfaces(interfaces.collect::<Result<_, Stop>>()?),
        boot_mac: row.boot_interface.and_then(|boot| boot.mac_address).map(|mac| mac.to_lowercase()),
        is_composed,
        system_id: row.system_id,
    })
}

pub(super) fn all(call: &Call<'_>) -> Result<Vec<Handle<Machine>>, Stop> {
    read_all(call, &["machines", "read"], machine)
}

/// The machine as a planned release leaves it.
pub(super) fn released(machine: &Handle<Machine>, step: &str) -> Handle<Machine> {
    let promised = [("status", "Ready"), ("power", "off")];
    let promised = promised.map(|(field, word)| (field, rhai::Dynamic::from(word.to_string())));
    Handle::planned(machine.identity(), Some(machine), promised.into(), step)
}

pub(super) fn one(call: &Call<'_>, hostname: &str) -> Result<Handle<Machine>, Stop> {
    let found = call.find(hostname, || the_one(all(call)?, hostname))?;
    found.ok_or_else(|| Stop::failed(format!("MAAS has no machine {hostname}")).with("from", "maas machines read"))
}

/// The links of all interfaces in one spelling, which a runbook can make from its constants.
pub(super) fn link_texts(machine: &Machine) -> Vec<String> {
    let of = |interface: &Interface, link: &Link| {
        let address = link.address.filter(|_| link.mode == "static").map(|address| address.to_string());
        format!("{} {} {}", interface.name, address.unwrap_or_else(|| link.mode.clone()), link.cidr)
    };
    let interfaces = machine.interfaces.0.iter();
    let mut links: Vec<String> = interfaces
        .flat_map(|(interface, _)| interface.links.0.iter().map(move |(link, _)| of(interface, link)))
        .collect();
    links.sort();
    links
}

/// The one of that name in a list that an object holds; an [`Absent`] otherwise.
fn named<T: crate::script::Object + Clone>(items: &[(T, Source)], name: &str, what: String) -> rhai::Dynamic {
    match items.iter().find(|(item, _)| item.identity() == name) {
        Some((item, source)) => Handle::seen(item.clone(), source.clone()).give(),
        None => rhai::Dynamic::from(Absent { what }),
    }
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "maas";
        /// The machine of that hostname; an error when there is none.
        read fn machine(call, hostname in forms::HOST: String) -> Handle<Machine> { one(call, &hostname) }
        /// All machines.
        read fn machines(call) -> List<Machine> { call.list("all", || all(call)) }
        /// The machine's interface of that name; an error when there is none.
        read fn interface on Machine(call, machine: Handle<Machine>, name: String) -> Handle<Interface> {
            call.unless_touched("maas host interface", &format!("the interfaces of {}", machine.label()))?;
            let what = format!("interface {name} of machine {}", machine.identity());
            Handle::<Interface>::take(named(&machine.now()?.interfaces.0, &name, what.clone())).map_err(|_| Stop::failed(format!("there is no {what}")).with("from", machine.source().to_string()))
        }
        /// The machines that bear the tag; none is an answer.
        read fn tag(call, name: String) -> List<Machine> {
            call.list(&format!("tag {name}"), || {
                let mut tagged = Vec::new();
                for machine in all(call)? {
                    if machine.now()?.tags.contains(&name) { tagged.push(machine); }
                }
                Ok(tagged)
            })
        }
        /// Every link of every interface as `INTERFACE ADDRESS CIDR`, sorted; a link that is not static shows its mode
        /// where the address would be.
        read fn links on Machine(call, machine: Handle<Machine>) -> Vec<String> where forms::LINK {
            call.unless_touched("maas host link", &format!("the links of {}", machine.label()))?;
            let links = link_texts(machine.now()?);
            let key = format!("maas machine|{}|links", machine.identity());
            call.tell(&key, &format!("links of {}", machine.label()), &links.clone().give(), &machine.source());
            Ok(links)
        }
        /// The address that the interface has on the subnet; absent when it is not linked to it.
        read fn address_on on Interface(call, interface: Handle<Interface>, cidr: Cidr) -> Option<Ip> {
            let links = &interface.now()?.links.0;
            Ok(links.iter().find(|(link, _)| link.cidr == cidr).and_then(|(link, _)| link.address))
        }
    }
}
