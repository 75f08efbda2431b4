//! The hypervisor: `qemu-img info` and `virsh`, in the words of the real programs.

use serde_json::{Value, json};

use super::{Domain, Hypervisor, Image, Outcome, Place};
use crate::lab::State;
use crate::lab::answer::Effect;

/// Runs `qemu-img` or `virsh` on a host that has virtual machines.
pub(super) fn run(state: &mut State, place: &Place, program: &str, args: &[String], root: bool) -> Option<Outcome> {
    let Place::Remote(address) = place else { return None };
    let hypervisor = state.hosts.remote.get(address)?.hypervisor.as_ref();
    let Some(hypervisor) = hypervisor else {
        return Some(Outcome::failed(127, format!("sh: 1: {program}: not found\n")));
    };
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match program {
        "qemu-img" if words.first() == Some(&"create") => {
            Some(create(state, address, &words[1..], root)?.with(Effect::Change))
        }
        "qemu-img" => info(hypervisor, &words, root),
        _ => match without_connection(&words) {
            ["start" | "shutdown" | "destroy" | "undefine", name] => {
                let verb = without_connection(&words)[0];
                Some(power(state, address, verb, name)?.with(Effect::Change))
            }
            words => virsh(hypervisor, words),
        },
    }
}

fn without_connection<'a, 'b>(words: &'b [&'a str]) -> &'b [&'a str] {
    match words {
        ["-c" | "--connect", _, rest @ ..] => rest,
        words => words,
    }
}

/// `qemu-img create -f qcow2 PATH SIZE`: what was there is gone, unless a running machine holds it.
fn create(state: &mut State, address: &str, words: &[&str], root: bool) -> Option<Outcome> {
    let ["-f", "qcow2", path, size] = words else { return None };
    let hypervisor = state.hosts.remote.get_mut(address)?.hypervisor.as_mut()?;
    let Some(virtual_size) = bytes(size) else {
        let words = format!("qemu-img: {path}: Invalid image size specified: '{size}'\n");
        return Some(Outcome::failed(1, words));
    };
    let said = format!(
        "Formatting '{path}', fmt=qcow2 cluster_size=65536 extended_l2=off compression_type=zlib size={virtual_size} \
         lazy_refcounts=off refcount_bits=16\n"
    );
    let failed = |why: String| Outcome { stdout: said.clone(), ..Outcome::failed(1, why) };
    if !root {
        return Some(failed(format!("qemu-img: {path}: Could not create '{path}': Permission denied\n")));
    }
    if in_use(hypervisor, path) {
        let lock = "Failed to get \"write\" lock";
        return Some(failed(format!("qemu-img: {path}: {lock}\nIs another process using the image [{path}]?\n")));
    }
    let blank = Image { virtual_size, used: BLANK, format: "qcow2".to_string() };
    hypervisor.images.insert((*path).to_string(), blank);
    Some(Outcome::printed(said))
}

/// What a new qcow2 takes on the hypervisor.
const BLANK: u64 = 204_800;

/// Bytes of `512G`, `1T`, `65536`.
fn bytes(size: &str) -> Option<u64> {
    let digits = size.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match &size[digits.len()..] {
        "" | "b" => 0,
        "K" | "k" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_shl(shift)
}

/// `qemu-img info [-U] --output=json PATH`.
fn info(hypervisor: &Hypervisor, words: &[&str], root: bool) -> Option<Outcome> {
    let (verb, rest) = words.split_first()?;
    let (path, flags) = rest.split_last()?;
    let json = flags.contains(&"--output=json") || flags.windows(2).any(|pair| pair == ["--output", "json"]);
    if *verb != "info" || !json {
        return None;
    }
    let cannot = |why: &str| Some(Outcome::failed(1, format!("qemu-img: Could not open '{path}': {why}\n")));
    if !root {
        return cannot(&format!("Could not open '{path}': Permission denied"));
    }
    let Some(image) = hypervisor.images.get(*path) else {
        return cannot(&format!("Could not open '{path}': No such file or directory"));
    };
    let shares = flags.iter().any(|flag| matches!(*flag, "-U" | "--force-share"));
    if !shares && in_use(hypervisor, path) {
        let words = "Failed to get shared \"write\" lock";
        return cannot(&format!("{words}\nIs another process using the image [{path}]?"));
    }
    Some(Outcome::printed(pretty(&image_object(path, image))))
}

fn in_use(hypervisor: &Hypervisor, path: &str) -> bool {
    let mut running = hypervisor.domains.values().filter(|domain| domain.state != "shut off");
    running.any(|domain| domain.disks.values().any(|disk| disk == path))
}

fn image_object(path: &str, image: &Image) -> Value {
    let file = json!({
        "children": [],
        "virtual-size": image.used,
        "filename": path,
        "format": "file",
        "actual-size": image.used,
        "format-specific": {"type": "file", "data": {}},
        "dirty-flag": false,
    });
    let mut shown = json!({
        "children": [{"name": "file", "info": file}],
        "virtual-size": image.virtual_size,
        "filename": path,
        "format": image.format,
        "actual-size": image.used,
        "dirty-flag": false,
    });
    if image.format == "qcow2" {
        shown["cluster-size"] = 65536.into();
        shown["format-specific"] = json!({
            "type": "qcow2",
            "data": {
                "compat": "1.1",
                "compression-type": "zlib",
                "lazy-refcounts": false,
                "refcount-bits": 16,
                "corrupt": false,
                "extended-l2": false,
            },
        });
    }
    shown
}

fn pretty(value: &Value) -> String {
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    // A value of strings, numbers and maps always serializes into memory.
    let _ = serde::Serialize::serialize(value, &mut serializer);
    String::from_utf8_lossy(&bytes).into_owned() + "\n"
}

/// `virsh list | domstate | domblklist | snapshot-list`.
fn virsh(hypervisor: &Hypervisor, words: &[&str]) -> Option<Outcome> {
    let (verb, rest) = words.split_first()?;
    if *verb == "list" {
        return Some(list(hypervisor, rest));
    }
    let (name, flags) = rest.split_first()?;
    let Some(domain) = hypervisor.domains.get(*name) else { return Some(no_domain(name)) };
    match *verb {
        "domstate" => Some(Outcome::printed(format!("{}\n\n", domain.state))),
        "domuuid" => Some(Outcome::printed(format!("{}\n\n", domain.uuid))),
        "domblklist" => Some(disk_list(domain, flags.contains(&"--details"))),
        "snapshot-list" if flags == ["--name"] => {
            Some(Outcome::printed(domain.snapshots.iter().map(|name| format!("{name}\n")).collect::<String>() + "\n"))
        }
        _ => None,
    }
}

fn no_domain(name: &str) -> Outcome {
    Outcome { stdout: "\n".to_string(), ..Outcome::failed(1, format!("error: failed to get domain '{name}'\n")) }
}

fn list(hypervisor: &Hypervisor, flags: &[&str]) -> Outcome {
    let shown = |domain: &Domain| flags.contains(&"--all") || domain.state != "shut off";
    let domains: Vec<(&String, &Domain)> = hypervisor.domains.iter().filter(|(_, domain)| shown(domain)).collect();
    if flags.contains(&"--name") {
        return Outcome::printed(domains.iter().map(|(name, _)| format!("{name}\n")).collect::<String>() + "\n");
    }
    let width = domains.iter().map(|(name, _)| name.len()).max().unwrap_or(4).max(4);
    let mut text = format!(" Id   {:<width$}   State\n{}\n", "Name", "-".repeat(width + 18));
    for (at, (name, domain)) in domains.iter().enumerate() {
        let id = if domain.state == "shut off" { "-".to_string() } else { (at + 1).to_string() };
        text += &format!(" {id:<4} {name:<width$}   {}\n", domain.state);
    }
    Outcome::printed(text + "\n")
}

fn disk_list(domain: &Domain, details: bool) -> Outcome {
    let rows = domain.disks.iter().map(|(target, path)| {
        if details { format!(" file   disk     {target:<6}   {path}\n") } else { format!(" {target:<6}   {path}\n") }
    });
    let title = if details { " Type   Device   Target   Source\n" } else { " Target   Source\n" };
    Outcome::printed(format!("{title}{}\n{}\n", "-".repeat(70), rows.collect::<String>()))
}

fn power(state: &mut State, address: &str, verb: &str, name: &str) -> Option<Outcome> {
    let hypervisor = state.hosts.remote.get_mut(address)?.hypervisor.as_mut()?;
    let Some(domain) = hypervisor.domains.get_mut(name) else { return Some(no_domain(name)) };
    if verb == "undefine" {
        hypervisor.domains.remove(name);
        return Some(Outcome::printed(format!("Domain '{name}' has been undefined\n\n")));
    }
    let running = domain.state != "shut off";
    Some(match (verb, running) {
        ("start", false) => {
            domain.state = "running".to_string();
            Outcome::printed(format!("Domain '{name}' started\n\n"))
        }
        ("start", true) => Outcome::failed(1, "error: Domain is already active\n"),
        (_, false) => Outcome::failed(
            1,
            format!(
                "error: Failed to {verb} domain '{name}'\nerror: Requested operation is not valid: domain is not running\n"
            ),
        ),
        (verb, true) => {
            domain.state = "shut off".to_string();
            let word = if verb == "destroy" { "destroyed" } else { "is being shutdown" };
            Outcome::printed(format!("Domain '{name}' {word}\n\n"))
        }
    })
}
