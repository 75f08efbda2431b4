//! The life of machines: enlisted with their power, waited for, tagged, released.

use form_urlencoded::Serializer;
use sha2::{Digest, Sha256};

use super::machine::{self, Machine};
use super::{command, tagging};
use crate::host::{Call, Clock, Deed, Ensure, Member, Stop, Verb};
use crate::options;
use crate::primitives::forms;
use crate::script::{Answer, Handle, Primitive};
use crate::transport::{Arg, Command, Input, Request, Secret};

options! {
    /// How a machine is enlisted.
    Enlisting {
        /// MAC address of the card that it starts from.
        mac in forms::ANY_MAC: String,
        /// Where its power is driven, e.g. `qemu+ssh://USER@ADDRESS/system`.
        power_address: String,
        /// What it is called there.
        power_id: String,
        /// The password of that user.
        power_pass: Secret,
        /// The region's address, e.g. `http://10.0.0.2:5240/MAAS`: a password cannot pass through the client, which
        /// would show it on its command line.
        region: String,
        /// The API key of an administrator, in its three parts.
        api_key: Secret,
    }
}

/// States in which a machine stays until a person does something.
const STUCK: [&str; 10] = [
    // Somebody holds it, and lets go of it only when asked.
    "Allocated",
    "Deployed",
    // A commissioning that could not begin leaves it so, without a word.
    "New",
    "Failed commissioning",
    "Failed testing",
    "Failed deployment",
    "Releasing failed",
    "Failed disk erasing",
    "Broken",
    "Missing",
];

/// States from which MAAS releases nothing.
const NOT_RELEASED: [&str; 7] =
    ["New", "Commissioning", "Testing", "Failed commissioning", "Failed testing", "Missing", "Retired"];

fn ensure_machine(call: &Call<'_>, hostname: &str, spec: &Enlisting) -> Result<Handle<Machine>, Stop> {
    let mac = spec.mac.to_lowercase();
    let reason = format!("{} drives its power at {}; it commissions at once", spec.power_id, spec.power_address);
    let read = || crate::primitives::reply::the_one(machine::all(call)?, hostname);
    let work = Ensure::new(hostname, &reason, read)
        .equal("boot_mac", Some(mac.clone()))
        .equal("power_type", Some("virsh".to_string()))
        .touches("maas address")
        .by(|draft| match draft.now {
            None => Ok(vec![enlist(hostname, &mac, spec)]),
            Some(now) => Err(another(now, &draft.differing)),
        });
    call.ensure(work)
}

fn another(now: &Handle<Machine>, differing: &[&str]) -> Stop {
    Stop::refused(format!("MAAS has another machine {}: it differs in {}", now.identity(), differing.join(", ")))
        .with("from", now.source().to_string())
        .with(
            "next",
            "find out which machine that is; it would have to be deleted by hand (its id, links and tags die)",
        )
}

/// The request that enlists, through curl. Password and key are in its configuration, which it reads from standard input:
/// never on its command line, where others could see them.
fn enlist(hostname: &str, mac: &str, spec: &Enlisting) -> Request {
    let body = Serializer::new(String::new())
        .append_pair("hostname", hostname)
        .append_pair("architecture", "amd64/generic")
        .append_pair("mac_addresses", mac)
        .append_pair("power_type", "virsh")
        .append_pair("power_parameters_power_address", &spec.power_address)
        .append_pair("power_parameters_power_id", &spec.power_id)
        .append_pair("power_parameters_power_pass", spec.power_pass.expose())
        .finish();
    let url = format!("{}/api/2.0/machines/", spec.region.trim_end_matches('/'));
    let awaited = [&spec.api_key, &spec.power_pass].into_iter().find(|secret| secret.is_awaited());
    let configuration = awaited.cloned().unwrap_or_else(|| {
        let key = signed(&spec.api_key, hostname).replace('\\', "\\\\").replace('"', "\\\"");
        Secret::new(format!("request = \"POST\"\nheader = \"Authorization: {key}\"\ndata = \"{body}\"\n"))
    });
    Command::new("curl", ["--silent", "--show-error", "--fail-with-body", "--config", "-", &url])
        .stdin(Input::Secret(configuration))
        .time_limit(std::time::Duration::from_secs(120))
        .into()
}

/// OAuth as MAAS wants it: PLAINTEXT, signed by the key's last part.
fn signed(key: &Secret, about: &str) -> String {
    let mut parts = key.expose().trim().splitn(3, ':').map(str::to_string);
    let mut part = || parts.next().unwrap_or_default();
    let (consumer, token, secret) = (part(), part(), part());
    let now = Clock::seconds();
    // A nonce is used once: host and moment make it so.
    let nonce = crate::journal::hex(&Sha256::digest(format!("{about} {now} {token}").as_bytes()));
    format!(
        "OAuth oauth_version=\"1.0\", oauth_signature_method=\"PLAINTEXT\", oauth_consumer_key=\"{consumer}\", \
         oauth_token=\"{token}\", oauth_signature=\"%26{secret}\", oauth_nonce=\"{}\", oauth_timestamp=\"{now}\"",
        &nonce[..32]
    )
}

/// The machines of these hostnames, in this order; one that is missing is an error.
pub(super) fn named(call: &Call<'_>, hosts: &[String]) -> Result<Vec<Handle<Machine>>, Stop> {
    if hosts.is_empty() {
        return Err(Stop::script(format!("{} was given no hosts", call.primitive.full_name())));
    }
    hosts.iter().map(|host| machine::one(call, host)).collect()
}

/// Whether all hosts are in a state: counts by state, and who is not there yet. One that is stuck ends the wait.
fn settled(call: &Call<'_>, hosts: &[String], state: &str) -> Result<Answer, Stop> {
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    let mut waiting = Vec::new();
    let mut source = String::new();
    for machine in named(call, hosts)? {
        if let Some(step) = machine.planned_in() {
            return Err(Stop::deferred(format!("the state of {}", machine.label()), step));
        }
        let now = machine.now()?;
        if STUCK.contains(&now.status.as_str()) && now.status != state {
            return Err(stuck(&machine, &now.status));
        }
        source = machine.source().to_string();
        *counts.entry(now.status.clone()).or_default() += 1;
        if now.status != state {
            waiting.push(format!("{} {}", now.hostname, now.status));
        }
    }
    let counted: Vec<String> = counts.iter().map(|(status, number)| format!("{number} {status}")).collect();
    let blocks = if waiting.is_empty() { String::new() } else { format!("; blocks: {}", waiting.join(", ")) };
    let seen = format!("{} of {} {state} ({}){blocks}", hosts.len() - waiting.len(), hosts.len(), counted.join(", "));
    call.tell(&format!("maas machines|{}|{state}", hosts.join(",")), "machines", &seen.clone().into(), &source);
    Ok(Answer { holds: waiting.is_empty(), wanted: format!("all {state}"), seen, source })
}

fn stuck(machine: &Handle<Machine>, status: &str) -> Stop {
    let next = match status {
        "New" => {
            "its commissioning did not begin: its power address, id or password may be wrong; delete it and run again"
        }
        "Allocated" | "Deployed" => "somebody holds it; phase-00 releases it",
        _ => "read its events and scripts in MAAS; put the cause right, then commission or release it by hand",
    };
    Stop::failed(format!("{} is in the state {status:?}, which no waiting ends", machine.label()))
        .with("from", machine.source().to_string())
        .with("next", next)
}

fn release(call: &Call<'_>, hosts: &[String]) -> Result<(), Stop> {
    let members = || {
        let machines = named(call, hosts)?;
        machines
            .iter()
            .map(|machine| {
                let now = machine.now()?;
                let done = matches!(now.status.as_str(), "Ready" | "Releasing");
                Ok(Member { name: now.hostname.clone(), state: now.status.clone(), done })
            })
            .collect()
    };
    let deed = Deed::new("maas machine", &hosts.join(", "), Verb::Run, "released", members)
        .because("released side by side; their interfaces, tags and disks stay as they are")
        .touches("juju *")
        .touches("libvirt disk")
        .touches("libvirt domain")
        .by(|left| {
            if let Some(member) = left.iter().find(|member| NOT_RELEASED.contains(&member.state.as_str())) {
                return Err(Stop::refused(format!(
                    "{} is {}: MAAS releases none in that state",
                    member.name, member.state
                ))
                .with("next", "wait until it is Ready, or look after it by hand"));
            }
            let ids =
                left.iter().map(|member| machine::one(call, &member.name)?.now().map(|now| now.system_id.clone()));
            let words = ids.map(|id| Ok(Arg::from(format!("machines={}", id?)))).collect::<Result<Vec<Arg>, Stop>>()?;
            Ok(vec![command(call, [Arg::from("machines"), Arg::from("release")].into_iter().chain(words))?])
        });
    if call.undertake(&deed)? {
        for machine in named(call, hosts)? {
            call.promise(machine::released(&machine, &call.step()));
        }
    }
    Ok(())
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "maas";
        /// Enlists the machine with virsh power and the MAC address that it starts from; MAAS commissions it at once.
        /// One of that hostname with another MAC address is refused, never altered. The password goes to the region in
        /// the body of a request.
        #[seen_by(
            "maas::settled", "Machine.status", "Machine.hostname", "Machine.boot_mac" = mac,
            "Machine.power_type" = "virsh", "Machine.power",
        )]
        change fn ensure_machine(call, hostname in forms::HOST: String, spec: Enlisting) -> Handle<Machine> { ensure_machine(call, &hostname, &spec) }
        /// Whether all hosts are in the state: counts by state and what blocks. Made for `wait_until`: a host in a
        /// state that needs a person ends the wait.
        read fn settled(call, hosts in forms::HOST: Vec<String>, state in machine::STATUS: String) -> Answer { settled(call, &hosts, &state) }
        /// Releases the hosts side by side; those that are Ready are passed over. Wait for Ready with `settled`.
        #[seen_by("maas::settled", "Machine.status", "Machine.power")]
        change fn release(call, hosts in forms::HOST: Vec<String>) { release(call, &hosts) }
        /// Makes the tag if need be, and puts it on each of the hosts that lacks it.
        #[seen_by("maas::tag", "Machine.tags" = ([name, ..]))]
        change fn ensure_tag(call, name: String, hosts in forms::HOST: Vec<String>) { tagging::ensure(call, &name, &hosts) }
    }
}
