//! Octavia through its charm: the resources that it makes once, the interface of its health manager, amphora images.

use serde::Deserialize;

use super::juju::unit::WORKLOAD;
use super::juju::{action, exec, status};
use super::openstack;
use crate::handle;
use crate::host::{Call, Ensure, Stop};
use crate::primitives::forms;
use crate::primitives::reply::outcome;
use crate::script::{Answer, Declared, Handle, Primitive, Source, Vocabulary};

/// The states of a link in the kernel (RFC 2863), and that there is none.
pub static OPERSTATE: Vocabulary = Vocabulary::closed(
    "state of an interface",
    &["UP", "UNKNOWN", "DOWN", "LOWERLAYERDOWN", "DORMANT", "NOTPRESENT", "TESTING", "absent"],
);

/// The interface of the health manager on the management network.
const INTERFACE: &str = "o-hm0";

handle! {
    /// Whether the charm of Octavia has made what it needs.
    OctaviaCharm("octavia charm") by unit {
        /// The unit.
        unit: String,
        /// Whether its resources are configured: it no longer waits for configure-resources.
        is_configured: bool,
        /// The state of its workload.
        workload in WORKLOAD: String,
        /// What it says.
        message: String,
    }
}

handle! {
    /// The health manager's interface on a unit of Octavia.
    HealthInterface("octavia interface") by unit {
        /// The unit.
        unit: String,
        /// Its state in the kernel's words: an internal port of Open vSwitch is `UNKNOWN`; `absent` where there is no such
        /// interface.
        state in OPERSTATE: String,
        /// Its addresses, sorted; that of the link among them.
        addresses: Vec<String>,
    }
}

handle! {
    /// The amphora images of a tag that load balancers can be made of.
    Amphora("octavia amphora") by tag {
        /// The tag.
        tag: String,
        /// Whether there is an active one.
        has_active: bool,
        /// The names of the active ones, sorted.
        active: Vec<String>,
    }
}

#[derive(Deserialize)]
struct LinkRow {
    operstate: String,
    addr_info: Vec<AddressRow>,
}

#[derive(Deserialize)]
struct AddressRow {
    local: String,
}

fn charm(call: &Call<'_>, unit: &str) -> Result<Option<Handle<OctaviaCharm>>, Stop> {
    call.find(unit, || {
        let status = status::one(call)?;
        let found = status::unit(&status, unit)?;
        let now = found.now()?;
        let workload = now.workload.as_ref().map_err(|stop| (**stop).clone())?.word().to_string();
        let message = now.message.clone().map_err(|stop| *stop)?;
        let is_waiting = message.starts_with("Awaiting");
        if workload != "active" && !is_waiting {
            return Err(Stop::failed(format!("{unit} is {workload}: {message}"))
                .with("means", "neither ready nor waiting for configure-resources")
                .with("next", "the unit must be put right first: juju status, juju debug-log"));
        }
        let charm = OctaviaCharm { unit: unit.to_string(), is_configured: !is_waiting, workload, message };
        Ok(Some(Handle::seen(charm, status.source())))
    })
}

fn configure(call: &Call<'_>, unit: &str) -> Result<(), Stop> {
    let run = action::change_request(call, unit, "configure-resources", 20, None)?;
    let work = Ensure::new(unit, "load balancers need a management network", || charm(call, unit))
        .equal("is_configured", true)
        .touches("juju *")
        .touches("openstack *")
        .touches("octavia interface")
        .by(|_| Ok(vec![run.clone()]))
        .then(&[], |replies| {
            let reply = replies.first().ok_or_else(|| Stop::defect("an action without an answer"))?;
            action::ran(reply, "configure-resources", &[]).map(|()| Vec::new())
        });
    call.ensure(work).map(drop)
}

fn interface(call: &Call<'_>, unit: &str) -> Result<Handle<HealthInterface>, Stop> {
    let found = call.find(unit, || {
        let request = exec::ssh_request(call, unit, &["ip", "-j", "addr", "show", INTERFACE], None)?;
        let source = Source::from(request.to_string());
        let (state, mut addresses) = match outcome(call, &request)? {
            Ok(stdout) => {
                let rows: [LinkRow; 1] = call.parse(&request, &stdout)?;
                let [row] = rows;
                (row.operstate, row.addr_info.into_iter().map(|address| address.local).collect())
            }
            Err(refused) if refused.stderr.contains("does not exist") => ("absent".to_string(), Vec::new()),
            Err(refused) => return Err(super::juju::judge(refused, &request)),
        };
        addresses.sort();
        Ok(Some(Handle::seen(HealthInterface { unit: unit.to_string(), state, addresses }, source)))
    })?;
    found.ok_or_else(|| Stop::defect("an interface that is neither there nor absent"))
}

/// An address of the private IPv6 range; that of the link is always there and proves nothing.
fn has_ula(interface: &Handle<HealthInterface>) -> Result<Answer, Stop> {
    let now = interface.now()?;
    let is_ula = |address: &&String| {
        address.parse::<std::net::Ipv6Addr>().is_ok_and(|address| address.segments()[0] & 0xfe00 == 0xfc00)
    };
    let found: Vec<&String> = now.addresses.iter().filter(is_ula).collect();
    let seen = if now.addresses.is_empty() { "no address".to_string() } else { now.addresses.join(", ") };
    Ok(Answer {
        holds: !found.is_empty(),
        wanted: "an address of fc00::/7".to_string(),
        seen,
        source: interface.source().to_string(),
    })
}

fn amphora(call: &Call<'_>, tag: &str) -> Result<Option<Handle<Amphora>>, Stop> {
    call.find(tag, || {
        let (active, source) = openstack::active_images(call, tag)?;
        let found = Amphora { tag: tag.to_string(), has_active: !active.is_empty(), active };
        Ok(Some(Handle::seen(found, source)))
    })
}

/// The charm does not make the same image twice: that it is there already is no failure.
fn retrofit(call: &Call<'_>, unit: &str, tag: &str) -> Result<(), Stop> {
    let run = action::change_request(call, unit, "retrofit-image", 30, None)?;
    let work = Ensure::new(tag, "load balancers are made of it", || amphora(call, tag))
        .equal("has_active", true)
        .touches("openstack image")
        .touches("juju *")
        .by(|_| Ok(vec![run.clone()]))
        .then(&[], |replies| {
            let reply = replies.first().ok_or_else(|| Stop::defect("an action without an answer"))?;
            action::ran(reply, "retrofit-image", &["already exists"]).map(|()| Vec::new())
        });
    call.ensure(work).map(drop)
}

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<OctaviaCharm>().object::<HealthInterface>().object::<Amphora>().with(functions())
}

fn functions() -> Vec<Primitive> {
    crate::primitives! { "octavia";
        /// Whether Octavia's charm has made its resources, or waits for them; any other trouble of the unit is an error.
        read fn charm(call, unit in forms::OCTAVIA_UNIT: String) -> Handle<OctaviaCharm> {
            charm(call, &unit)?.ok_or_else(|| Stop::defect("a charm that is neither there nor missing"))
        }
        /// Has the charm make the management network, its groups and ports, where it waits for that.
        #[seen_by(
            "OctaviaCharm.is_configured" = (true), "OctaviaCharm.workload", "octavia::health_interface",
            "openstack::has_network" = true, "openstack::networks_tagged", "openstack::subnets_tagged", "openstack::security_groups_tagged",
            "JujuStatus.all_active", "JujuStatus.settled", "Unit.workload", "Unit.message",
        )]
        change fn configure(call, unit in forms::OCTAVIA_UNIT: String) { configure(call, &unit) }
        /// The health manager's interface on a unit; one that is not there is an answer.
        read fn health_interface(call, unit in forms::OCTAVIA_UNIT: String) -> Handle<HealthInterface> { interface(call, &unit) }
        /// Whether it has an address of fc00::/7. The link's own is always there and proves nothing.
        read fn has_private_address on HealthInterface(call, interface: Handle<HealthInterface>) -> Answer { has_ula(&interface) }
        /// The active images with the tag; none is an answer.
        read fn amphora(call, tag: String) -> Handle<Amphora> {
            amphora(call, &tag)?.ok_or_else(|| Stop::defect("images that are neither there nor missing"))
        }
        /// Has the charm make an amphora image out of the newest base image, where none with the tag is active.
        #[seen_by("octavia::amphora", "Amphora.has_active" = (true), "openstack::images")]
        change fn retrofit(call, unit in forms::RETROFIT_UNIT: String, tag: String) { retrofit(call, &unit, &tag) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interface(addresses: &[&str]) -> Handle<HealthInterface> {
        let addresses = addresses.iter().map(|address| (*address).to_string()).collect();
        let interface = HealthInterface { unit: "octavia/0".into(), state: "UNKNOWN".into(), addresses };
        Handle::seen(interface, Source::from("ip"))
    }

    #[test]
    fn the_address_of_the_link_proves_nothing() {
        assert!(!has_ula(&interface(&["fe80::f816:3eff:fe0d:5a11"])).unwrap().holds);
        assert!(!has_ula(&interface(&[])).unwrap().holds);
        for address in ["fc00:9d3b::1", "fd12::1"] {
            assert!(has_ula(&interface(&["fe80::1", address])).unwrap().holds, "{address}");
        }
    }

    #[test]
    fn captured_interfaces_parse() {
        let Some(captures) = std::env::var_os("OMEGA_CAPTURES") else {
            eprintln!("OMEGA_CAPTURES is not set: captured interfaces were not read");
            return;
        };
        for (file, state) in [("netdev-tap", "UNKNOWN"), ("vswitchd-stopped-DOWN", "DOWN")] {
            let path = std::path::Path::new(&captures).join(format!("domain/ip/addr-o-hm0-{file}.json"));
            let [row]: [LinkRow; 1] = serde_json::from_slice(&std::fs::read(path).expect("a capture")).expect("a link");
            assert_eq!(row.operstate, state);
        }
    }
}
