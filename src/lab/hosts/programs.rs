//! The programs that the lab knows inside a host, with what each prints.
//!
//! Known: `sudo`, `sh -c` with a pipeline, `echo`, `printf`, `hostname`, `true`, `cat`, `cmp`, `install`, `stat`, `test`,
//! `systemctl`, `ip -j addr`, `ss -H -ltn`, `getent`, `haproxy -c`, `nc -U`, `curl` of the dashboard's statistics,
//! `qemu-img info`, `virsh`, `vault` and its API, `hooks/update-status`, `reboot`.

use serde_json::json;

use super::{Host, Outcome, Place, Systemd, disks, files, haproxy};
use crate::lab::State;
use crate::lab::answer::Effect;
use crate::lab::juju::vault;

/// A script that asks the dashboard's statistics page with the password from the unit's own configuration, so that the
/// password stays on the unit, has both of these in it.
const DASHBOARD_STATISTICS: [&str; 2] = ["stats auth", "http://127.0.0.1:8888/;csv"];

/// Runs words in a place.
pub(super) fn run(state: &mut State, place: &Place, words: &[String], stdin: Option<&str>) -> Option<Outcome> {
    let root = matches!(place, Place::Unit(_));
    evaluate(state, place, words, stdin, root)
}

fn evaluate(state: &mut State, place: &Place, words: &[String], stdin: Option<&str>, root: bool) -> Option<Outcome> {
    let (program, args) = words.split_first()?;
    let program = program.rsplit('/').next()?;
    if super::host(state, place)?.missing_programs.iter().any(|missing| missing == program) {
        return Some(Outcome::failed(127, format!("sh: 1: {program}: not found\n")));
    }
    match (program, args) {
        ("sudo", args) => {
            let inner = args.iter().position(|arg| arg != "-n" && arg != "--")?;
            evaluate(state, place, &args[inner..], stdin, true)
        }
        ("sh" | "bash", [flag, script]) if flag == "-c" => script_run(state, place, script, stdin, root),
        ("vault", args) => vault::client(state, unit_of(place)?, args, stdin),
        ("update-status", []) => vault::update_status(state, unit_of(place)?),
        ("reboot", []) if root => reboot(state, place),
        ("curl", args) if unit_of(place).is_some() && args.iter().any(|word| word.contains("127.0.0.1:8200/")) => {
            vault::api(state, unit_of(place)?, args, stdin)
        }
        ("install", args) => files::install(state, place, args, root, stdin),
        ("systemctl", args) => systemctl(state, place, args, root),
        ("qemu-img" | "virsh", args) => disks::run(state, place, program, args, root),
        ("stat", args) => files::stat(super::host(state, place)?, args, state.clock.epoch),
        (program, args) => reading(super::host(state, place)?, program, args, stdin, root),
    }
}

fn unit_of(place: &Place) -> Option<&str> {
    match place {
        Place::Unit(unit) => Some(unit),
        Place::Jumphost | Place::Remote(_) => None,
    }
}

/// Services come up again; a Vault comes up sealed.
fn reboot(state: &mut State, place: &Place) -> Option<Outcome> {
    let unit = unit_of(place)?.to_string();
    vault::restarted(state, &unit);
    Some(Outcome::changed())
}

/// Programs that only read.
fn reading(host: &Host, program: &str, args: &[String], stdin: Option<&str>, root: bool) -> Option<Outcome> {
    match program {
        "true" => Some(Outcome::printed("")),
        "echo" => Some(Outcome::printed(format!("{}\n", args.join(" ")))),
        "printf" => printf(args),
        "hostname" => Some(Outcome::printed(format!("{}\n", host.hostname))),
        "cat" => Some(files::cat(host, args, root, stdin)),
        "cmp" => files::cmp(host, args, root, stdin),
        "sha256sum" => Some(files::sha256sum(host, args, root)),
        "test" => files::test(host, args),
        "ss" => ss(host, args),
        "ip" => ip(host, args),
        "getent" => getent(host, args),
        "haproxy" => haproxy::program(host, args),
        "nc" => haproxy::socket(host, args, stdin, root),
        "curl" => haproxy::curl(host, args),
        _ => None,
    }
}

/// A pipeline of known programs; no other shell grammar is known but the dashboard's statistics.
fn script_run(state: &mut State, place: &Place, script: &str, stdin: Option<&str>, root: bool) -> Option<Outcome> {
    if DASHBOARD_STATISTICS.iter().all(|part| script.contains(part)) {
        return Some(haproxy::dashboard_statistics(super::host(state, place)?, root));
    }
    let words = super::split(script)?;
    let mut carried = stdin.map(str::to_string);
    let (mut effect, mut stderr, mut last) = (Effect::Read, String::new(), None);
    for command in words.split(|word| word == "|") {
        let outcome = evaluate(state, place, command, carried.as_deref(), root)?;
        effect = if outcome.effect == Effect::Change { Effect::Change } else { effect };
        stderr += &outcome.stderr;
        carried = Some(outcome.stdout.clone());
        last = Some(outcome);
    }
    last.map(|outcome| Outcome { effect, stderr, ..outcome })
}

fn printf(args: &[String]) -> Option<Outcome> {
    let (format, rest) = args.split_first()?;
    let format = format.replace("\\n", "\n");
    let text =
        if format.contains("%s") { rest.iter().map(|word| format.replace("%s", word)).collect() } else { format };
    Some(Outcome::printed(text))
}

/// `ss -H -ltn`.
fn ss(host: &Host, args: &[String]) -> Option<Outcome> {
    let flags: String = args.iter().map(|arg| arg.trim_start_matches('-')).collect();
    if !args.iter().all(|arg| arg.starts_with('-')) || !flags.contains('l') || flags.contains('p') {
        return None;
    }
    let title = "State  Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess\n";
    let lines = host.listen.iter().map(|socket| {
        let peer = if socket.starts_with('*') {
            "*:*"
        } else if socket.starts_with('[') {
            "[::]:*"
        } else {
            "0.0.0.0:*"
        };
        format!("LISTEN 0      511    {socket:>20} {peer:>14}\n")
    });
    let title = if flags.contains('H') { "" } else { title };
    Some(Outcome::printed(std::iter::once(title.to_string()).chain(lines).collect::<String>()))
}

/// `ip -j addr show [dev] NAME`, or all.
fn ip(host: &Host, args: &[String]) -> Option<Outcome> {
    let words: Vec<&str> =
        args.iter().map(String::as_str).filter(|word| !matches!(*word, "show" | "dev" | "list")).collect();
    let name = match words.as_slice() {
        ["-j", "addr" | "address" | "a"] => None,
        ["-j", "addr" | "address" | "a", name] => Some(*name),
        _ => return None,
    };
    let Some(name) = name else {
        return Some(Outcome::printed(format!(
            "{}\n",
            json!(host.links.keys().filter_map(|name| link(host, name)).collect::<Vec<_>>())
        )));
    };
    Some(match link(host, name) {
        Some(link) => Outcome::printed(format!("{}\n", json!([link]))),
        None => Outcome::failed(1, format!("Device \"{name}\" does not exist.\n")),
    })
}

fn link(host: &Host, name: &str) -> Option<serde_json::Value> {
    let link = host.links.get(name)?;
    let flags: &[&str] = match link.state.as_str() {
        "DOWN" => &["NO-CARRIER", "BROADCAST", "MULTICAST", "UP"],
        _ => &["BROADCAST", "MULTICAST", "UP", "LOWER_UP"],
    };
    let addresses = link.addresses.iter().filter_map(|address| address.split_once('/')).map(|(local, length)| {
        json!({
            "family": if local.contains(':') { "inet6" } else { "inet" },
            "local": local,
            "prefixlen": length.parse::<u8>().unwrap_or_default(),
            "scope": if local.starts_with("fe80:") { "link" } else { "global" },
            "valid_life_time": u32::MAX,
            "preferred_life_time": u32::MAX,
        })
    });
    Some(json!({
        "ifindex": link.index,
        "ifname": name,
        "flags": flags,
        "mtu": 1500,
        "qdisc": "noqueue",
        "operstate": link.state,
        "group": "default",
        "txqlen": 1000,
        "link_type": "ether",
        "address": link.mac,
        "broadcast": "ff:ff:ff:ff:ff:ff",
        "addr_info": addresses.collect::<Vec<_>>(),
    }))
}

/// `getent ahostsv4 NAME`, `getent hosts NAME`; status 2 when the name is not known.
fn getent(host: &Host, args: &[String]) -> Option<Outcome> {
    let [database, name] = args else { return None };
    let addresses = host.names.get(name);
    let Some(addresses) = addresses.filter(|addresses| !addresses.is_empty()) else {
        return Some(Outcome::failed(2, ""));
    };
    let mut text = String::new();
    for (at, address) in addresses.iter().enumerate() {
        match database.as_str() {
            "hosts" => text += &format!("{address:<15} {name}\n"),
            "ahostsv4" => {
                let shown = if at == 0 { name.as_str() } else { "" };
                text += &format!("{address:<15} STREAM {shown}\n{address:<15} DGRAM  \n{address:<15} RAW    \n");
            }
            _ => return None,
        }
    }
    Some(Outcome::printed(text))
}

/// `systemctl is-active`, `show -p`, `reload`, `restart`, `start`, `stop`.
fn systemctl(state: &mut State, place: &Place, args: &[String], root: bool) -> Option<Outcome> {
    let (verb, rest) = args.split_first()?;
    let host = super::host(state, place)?;
    match verb.as_str() {
        "is-active" => Some(is_active(host, rest)),
        "show" => show(host, rest),
        "reload" | "restart" | "start" | "stop" => {
            let [service] = rest else { return None };
            Some(manage(state, place, verb, bare(service), root)?.with(Effect::Change))
        }
        _ => None,
    }
}

fn bare(service: &str) -> &str {
    service.strip_suffix(".service").unwrap_or(service)
}

fn is_active(host: &Host, services: &[String]) -> Outcome {
    let states: Vec<Systemd> = services
        .iter()
        .map(|name| host.services.get(bare(name)).map_or(Systemd::Inactive, |found| found.active))
        .collect();
    let text: String = states.iter().map(|state| format!("{}\n", state.word())).collect();
    Outcome { status: if states.contains(&Systemd::Active) { 0 } else { 3 }, ..Outcome::printed(text) }
}

fn show(host: &Host, args: &[String]) -> Option<Outcome> {
    let (mut service, mut wanted) = (None, Vec::new());
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        if arg == "-p" || arg == "--property" {
            wanted.extend(rest.next()?.split(',').map(str::to_string));
        } else if let Some(names) = arg.strip_prefix("--property=").or_else(|| arg.strip_prefix("-p")) {
            wanted.extend(names.split(',').map(str::to_string));
        } else if !arg.starts_with('-') {
            service = Some(bare(arg));
        }
    }
    let found = host.services.get(service?);
    let active = found.map_or(Systemd::Inactive, |found| found.active);
    let value = |key: &str| match key {
        "Id" => Some(format!("{}.service", service.unwrap_or_default())),
        "LoadState" => Some(if found.is_some() { "loaded" } else { "not-found" }.to_string()),
        "ActiveState" => Some(active.word().to_string()),
        "SubState" => Some(active.sub().to_string()),
        "UnitFileState" => Some(if found.is_some() { "enabled" } else { "" }.to_string()),
        _ => None,
    };
    let all = ["Id", "LoadState", "ActiveState", "SubState", "UnitFileState"].map(str::to_string);
    let wanted = if wanted.is_empty() { all.to_vec() } else { wanted };
    Some(Outcome::printed(wanted.iter().filter_map(|key| Some(format!("{key}={}\n", value(key)?))).collect::<String>()))
}

fn manage(state: &mut State, place: &Place, verb: &str, service: &str, root: bool) -> Option<Outcome> {
    if !root {
        let words = format!("Failed to {verb} {service}.service: Interactive authentication required.\n");
        return Some(Outcome::failed(1, words));
    }
    let host = super::host_mut(state, place)?;
    let Some(found) = host.services.get_mut(service) else {
        return Some(Outcome::failed(
            5,
            format!("Failed to {verb} {service}.service: Unit {service}.service not found.\n"),
        ));
    };
    if verb == "stop" {
        found.active = Systemd::Inactive;
        return Some(Outcome::changed());
    }
    if service == "haproxy" && host.haproxy.as_ref().is_some_and(|haproxy| haproxy.complaint.is_some()) {
        return Some(Outcome::failed(1, job_failed(service)));
    }
    if verb == "reload" && found.active != Systemd::Active {
        return Some(Outcome::failed(1, format!("{service}.service is not active, cannot reload.\n")));
    }
    found.active = Systemd::Active;
    match service {
        "haproxy" => host.haproxy.iter_mut().for_each(haproxy::reload),
        "apache2" => restart_dashboard(host),
        _ => {}
    }
    if let ("vault", "restart" | "start", Some(unit)) = (service, verb, unit_of(place)) {
        vault::restarted(state, unit);
    }
    Some(Outcome::changed())
}

fn job_failed(service: &str) -> String {
    format!(
        "Job for {service}.service failed because the control process exited with error code.\n\
         See \"systemctl status {service}.service\" and \"journalctl -xeu {service}.service\" for details.\n"
    )
}

/// The dashboard reads its settings anew: the main file, then the overrides in their order.
fn restart_dashboard(host: &mut Host) {
    let main = host.files.iter().filter(|(path, _)| path.ends_with("/local_settings.py"));
    let overrides = host.files.iter().filter(|(path, _)| path.contains("/local_settings.d/") && path.ends_with(".py"));
    // An override that is not ASCII raises in Horizon, which logs it and goes on without.
    let texts = main.chain(overrides.filter(|(_, file)| file.text.is_ascii())).map(|(_, file)| file.text.as_str());
    let lines: Vec<&str> = texts.flat_map(str::lines).collect();
    let secure = |name: &str| {
        let mut values =
            lines.iter().rev().filter_map(|line| line.split_once('=')).filter(|(key, _)| key.trim() == name);
        values.next().is_some_and(|(_, value)| value.trim() == "True")
    };
    let (csrf, session) = (secure("CSRF_COOKIE_SECURE"), secure("SESSION_COOKIE_SECURE"));
    if let Some(horizon) = &mut host.horizon {
        horizon.csrf_cookie_secure = csrf;
        horizon.session_cookie_secure = session;
    }
}
