//! What the client says when it is called wrongly: a usage text on standard error, the reason on its last line.

use super::{Action, Answer, Effect, State};

/// Resources that the lab answers for, with every action that the real client offers there. An action that is here but
/// not in the table of actions is real, and the lab says that it does not answer it.
const KNOWN: &[(&str, &[&str])] = &[
    ("discoveries", &["by-unknown-ip", "by-unknown-ip-and-mac", "by-unknown-mac", "clear", "read", "scan"]),
    ("fabric", &["delete", "read", "update"]),
    ("fabrics", &["create", "read"]),
    (
        "interface",
        &[
            "add-tag",
            "delete",
            "disconnect",
            "link-subnet",
            "read",
            "remove-tag",
            "set-default-gateway",
            "unlink-subnet",
            "update",
        ],
    ),
    ("interfaces", &["create-bond", "create-bridge", "create-physical", "create-vlan", "read"]),
    ("ipaddresses", &["read", "release", "reserve"]),
    ("iprange", &["delete", "read", "update"]),
    ("ipranges", &["create", "read"]),
    (
        "machine",
        &[
            "abort",
            "clear-default-gateways",
            "commission",
            "delete",
            "deploy",
            "details",
            "exit-rescue-mode",
            "get-curtin-config",
            "get-token",
            "lock",
            "mark-broken",
            "mark-fixed",
            "mount-special",
            "override-failed-testing",
            "power-off",
            "power-on",
            "power-parameters",
            "query-power-state",
            "read",
            "release",
            "rescue-mode",
            "restore-default-configuration",
            "restore-networking-configuration",
            "restore-storage-configuration",
            "set-owner-data",
            "set-storage-layout",
            "test",
            "unlock",
            "unmount-special",
            "update",
        ],
    ),
    (
        "machines",
        &[
            "accept",
            "accept-all",
            "add-chassis",
            "allocate",
            "clone",
            "create",
            "is-registered",
            "list-allocated",
            "power-parameters",
            "read",
            "release",
            "set-zone",
        ],
    ),
    ("resource-pools", &["create", "read"]),
    ("space", &["delete", "read", "update"]),
    ("spaces", &["create", "read"]),
    (
        "subnet",
        &["delete", "ip-addresses", "read", "reserved-ip-ranges", "statistics", "unreserved-ip-ranges", "update"],
    ),
    ("subnets", &["create", "read"]),
    (
        "tag",
        &[
            "delete",
            "devices",
            "machines",
            "nodes",
            "rack-controllers",
            "read",
            "rebuild",
            "region-controllers",
            "update",
            "update-nodes",
        ],
    ),
    ("tags", &["create", "read"]),
    ("users", &["create", "read", "whoami"]),
    ("version", &["read"]),
    ("vlan", &["delete", "read", "update"]),
    ("vlans", &["create", "read"]),
    ("zones", &["create", "read"]),
];

/// Resources of the real client that the lab does not answer for.
const OTHERS: &[&str] = &[
    "account",
    "block-device",
    "block-devices",
    "boot-resource",
    "boot-resources",
    "boot-source",
    "boot-sources",
    "commissioning-scripts",
    "device",
    "devices",
    "discovery",
    "dnsresource",
    "dnsresources",
    "domain",
    "domains",
    "events",
    "maas",
    "node",
    "nodes",
    "partition",
    "partitions",
    "pod",
    "pods",
    "rack-controller",
    "rack-controllers",
    "region-controller",
    "region-controllers",
    "resource-pool",
    "sshkey",
    "sshkeys",
    "static-route",
    "static-routes",
    "user",
    "vm-host",
    "vm-hosts",
    "zone",
];

/// The real actions of a resource that the lab answers for.
pub(super) fn actions_of(resource: &str) -> Option<&'static [&'static str]> {
    KNOWN.iter().find(|(name, _)| *name == resource).map(|(_, actions)| *actions)
}

/// The usage of the program itself, which names every profile and its URL.
pub(super) fn top(state: &State, last: &str) -> Answer {
    let profiles: Vec<String> = state
        .maas
        .profiles
        .iter()
        .map(|(name, login)| format!("    {name:<9} Interact with {}\n", login.url))
        .collect();
    let text = format!(
        "usage: maas [-h] COMMAND ...\n\noptions:\n  -h, --help  show this help message and exit\n\ndrill down:\n  \
         COMMAND\n    login     Log in to an API.\n    logout    Log out of an API.\n    list      List APIs that are \
         logged in to.\n    refresh   Refresh the API descriptions.\n{}\nhttps://maas.io/\n\n{last}\n",
        profiles.concat()
    );
    Answer::ended(Effect::Read, 2, "", text)
}

/// A profile that does not exist, or a command that is none.
pub(super) fn no_profile(state: &State, word: &str) -> Answer {
    let choices = ["login", "logout", "list", "refresh"].into_iter();
    let profiles = state.maas.profiles.keys().map(String::as_str);
    top(state, &invalid(word, choices.chain(profiles)))
}

/// The usage of a profile.
pub(super) fn profile(state: &State, profile: &str, last: &str) -> Answer {
    let url = state.maas.profiles.get(profile).map_or("", |login| login.url.as_str());
    let names: Vec<String> = resources().into_iter().map(|name| format!("    {name}\n")).collect();
    let text = format!(
        "usage: maas {profile} [-h] COMMAND ...\n\nIssue commands to the region at {url}.\n\ndrill down:\n  \
         COMMAND\n{}\n{last}\n",
        names.concat()
    );
    Answer::ended(Effect::Read, 2, "", text)
}

/// A resource that does not exist; `None` if it exists but the lab does not answer for it.
pub(super) fn no_resource(state: &State, name: &str, word: &str) -> Option<Answer> {
    if OTHERS.contains(&word) {
        return None;
    }
    Some(profile(state, name, &invalid(word, resources().into_iter())))
}

/// The usage of a resource.
pub(super) fn resource(profile: &str, resource: &str, known: &[&str], last: &str) -> Answer {
    let names: Vec<String> = known.iter().map(|name| format!("    {name}\n")).collect();
    let text = format!(
        "usage: maas {profile} {resource} [-h] COMMAND ...\n\ndrill down:\n  COMMAND\n{}\n{last}\n",
        names.concat()
    );
    Answer::ended(Effect::Read, 2, "", text)
}

/// An action that does not exist.
pub(super) fn no_action(profile: &str, name: &str, known: &[&str], word: &str) -> Answer {
    resource(profile, name, known, &invalid(word, known.iter().copied()))
}

/// Positional arguments that are missing. The client counts its optional `data` among them.
pub(super) fn missing(profile: &str, action: &Action, missing: &[&str]) -> Answer {
    let text = format!(
        "usage: maas {profile} {} {} [--help] [-d] [-k] {} [data ...]\n\nthe following arguments are required: {}, \
         data\n",
        action.resource,
        action.name,
        action.positionals.join(" "),
        missing.join(", ")
    );
    Answer::ended(Effect::Read, 2, "", text)
}

/// An argument that is not `name=value`.
pub(super) fn not_a_pair(word: &str) -> String {
    format!("'{word}' is not a name=value or name@=filename pair\n")
}

fn resources() -> Vec<&'static str> {
    let mut names: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).chain(OTHERS.iter().copied()).collect();
    names.sort_unstable();
    names
}

fn invalid<'a>(word: &str, choices: impl Iterator<Item = &'a str>) -> String {
    let choices: Vec<String> = choices.map(|choice| format!("'{choice}'")).collect();
    format!("argument COMMAND: invalid choice: '{word}' (choose from {})", choices.join(", "))
}
