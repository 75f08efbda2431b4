//! The lab's MAAS: what the `maas` client prints on a pipe against a region of 3.5.
//!
//! An action is one row of `ACTIONS`: its resource, its name, its positional arguments, what it does, and the
//! function that answers. The files beside this one answer a noun each.

mod addresses;
pub(super) mod api;
mod carve;
mod enlist;
mod hardware;
pub(super) mod life;
mod machines;
mod networks;
mod ranges;
mod render;
mod state;
mod subnets;
mod tags;
mod usage;

use serde_json::{Value, json};

use super::answer::{Answer, Effect};
use super::{State, print};
use crate::transport::{Command, Request};
pub use hardware::*;
pub use state::*;

/// One action of the API as the client offers it.
struct Action {
    resource: &'static str,
    name: &'static str,
    positionals: &'static [&'static str],
    effect: Effect,
    run: fn(&mut Call<'_>) -> Answered,
}

/// What an action works on.
struct Call<'a> {
    state: &'a mut State,
    /// The user whose key the profile holds.
    user: String,
    at: Vec<String>,
    data: Vec<(String, String)>,
}

/// A 2xx answer.
enum Done {
    Json(Value),
    Text(String),
    Nothing,
}

/// An answer that is not 2xx. The client ends with 2 and prints the words on standard output.
enum Refused {
    /// 404, `No Subnet matches the given query.`
    NoSuch(&'static str),
    /// 400 with messages by field.
    Fields(Vec<(&'static str, String)>),
    /// 400 with several messages on one field.
    Several(&'static str, Vec<String>),
    /// 400 with several messages by field.
    PerField(Vec<(&'static str, Vec<String>)>),
    /// Plain words.
    Words(String),
    /// 403 or a locked machine: not one byte.
    Silent,
}

type Answered = Result<Done, Refused>;

const fn action(
    resource: &'static str,
    name: &'static str,
    positionals: &'static [&'static str],
    effect: Effect,
    run: fn(&mut Call<'_>) -> Answered,
) -> Action {
    Action { resource, name, positionals, effect, run }
}

const ACTIONS: &[Action] = &[
    action("discoveries", "read", &[], Effect::Read, addresses::discoveries),
    action("fabric", "read", &["id"], Effect::Read, networks::fabric),
    action("fabrics", "read", &[], Effect::Read, networks::fabrics),
    action("interface", "delete", &["system_id", "id"], Effect::Change, carve::delete),
    action("interface", "link-subnet", &["system_id", "id"], Effect::Change, carve::link_subnet),
    action("interface", "read", &["system_id", "id"], Effect::Read, machines::interface),
    action("interface", "unlink-subnet", &["system_id", "id"], Effect::Change, carve::unlink_subnet),
    action("interface", "update", &["system_id", "id"], Effect::Change, carve::update),
    action("interfaces", "create-bridge", &["system_id"], Effect::Change, carve::create_bridge),
    action("interfaces", "create-vlan", &["system_id"], Effect::Change, carve::create_vlan),
    action("interfaces", "read", &["system_id"], Effect::Read, machines::interfaces),
    action("ipaddresses", "read", &[], Effect::Read, addresses::read),
    action("ipaddresses", "release", &[], Effect::Change, addresses::release),
    action("ipaddresses", "reserve", &[], Effect::Change, addresses::reserve),
    action("iprange", "delete", &["id"], Effect::Change, ranges::delete),
    action("iprange", "read", &["id"], Effect::Read, ranges::read_one),
    action("iprange", "update", &["id"], Effect::Change, ranges::update),
    action("ipranges", "create", &[], Effect::Change, ranges::create),
    action("ipranges", "read", &[], Effect::Read, ranges::read),
    action("machine", "abort", &["system_id"], Effect::Change, life::abort),
    action("machine", "commission", &["system_id"], Effect::Change, life::commission),
    action("machine", "delete", &["system_id"], Effect::Change, life::delete),
    action("machine", "deploy", &["system_id"], Effect::Change, life::deploy_one),
    action("machine", "lock", &["system_id"], Effect::Change, life::lock),
    action("machine", "power-off", &["system_id"], Effect::Change, life::power_off),
    action("machine", "power-on", &["system_id"], Effect::Change, life::power_on),
    action("machine", "power-parameters", &["system_id"], Effect::Read, machines::power_parameters),
    action("machine", "query-power-state", &["system_id"], Effect::Read, machines::power_state),
    action("machine", "read", &["system_id"], Effect::Read, machines::read_one),
    action("machine", "release", &["system_id"], Effect::Change, life::release),
    action("machine", "unlock", &["system_id"], Effect::Change, life::unlock),
    action("machines", "allocate", &[], Effect::Change, life::allocate),
    action("machines", "create", &[], Effect::Change, enlist::create),
    action("machines", "read", &[], Effect::Read, machines::read),
    action("machines", "release", &[], Effect::Change, life::release_many),
    action("resource-pools", "read", &[], Effect::Read, networks::pools),
    action("space", "read", &["id"], Effect::Read, networks::space),
    action("spaces", "read", &[], Effect::Read, networks::spaces),
    action("subnet", "ip-addresses", &["id"], Effect::Read, subnets::ip_addresses),
    action("subnet", "read", &["id"], Effect::Read, subnets::read_one),
    action("subnet", "reserved-ip-ranges", &["id"], Effect::Read, subnets::reserved),
    action("subnet", "unreserved-ip-ranges", &["id"], Effect::Read, subnets::unreserved),
    action("subnet", "update", &["id"], Effect::Change, subnets::update),
    action("subnets", "read", &[], Effect::Read, subnets::read),
    action("tag", "machines", &["name"], Effect::Read, tags::machines),
    action("tag", "read", &["name"], Effect::Read, tags::read_one),
    action("tag", "update-nodes", &["name"], Effect::Change, tags::update_nodes),
    action("tags", "create", &[], Effect::Change, tags::create),
    action("tags", "read", &[], Effect::Read, tags::read),
    action("users", "whoami", &[], Effect::Read, whoami),
    action("version", "read", &[], Effect::Read, version),
    action("vlan", "read", &["fabric_id", "vid"], Effect::Read, networks::vlan),
    action("vlans", "read", &["fabric_id"], Effect::Read, networks::vlans),
    action("zones", "read", &[], Effect::Read, networks::zones),
];

/// Actions whose help documents no parameters.
const WITHOUT_PARAMETERS: &[(&str, &str)] = &[
    ("fabric", "read"),
    ("interface", "delete"),
    ("interface", "read"),
    ("interfaces", "read"),
    ("iprange", "delete"),
    ("iprange", "read"),
    ("machine", "delete"),
    ("machine", "read"),
    ("resource-pools", "read"),
    ("spaces", "read"),
    ("subnet", "read"),
    ("subnet", "reserved-ip-ranges"),
    ("subnets", "read"),
    ("tags", "read"),
    ("vlans", "read"),
    ("zones", "read"),
];

/// Answers one command.
pub(super) fn command(state: &mut State, command: &Command) -> Answer {
    let args = command.argv();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => usage::top(state, "too few arguments"),
        ["list", ..] => list(state),
        ["login" | "logout" | "refresh", ..] => Answer::unknown(Request::from(command.clone())),
        [profile, ..] if !state.maas.profiles.contains_key(*profile) => usage::no_profile(state, profile),
        [profile] => usage::profile(state, profile, "too few arguments"),
        [profile, resource, rest @ ..] => {
            let request = || Request::from(command.clone());
            let Some(known) = usage::actions_of(resource) else {
                return usage::no_resource(state, profile, resource).unwrap_or_else(|| Answer::unknown(request()));
            };
            let [name, rest @ ..] = rest else { return usage::resource(profile, resource, known, "too few arguments") };
            let found = ACTIONS.iter().find(|action| action.resource == *resource && action.name == *name);
            match found {
                Some(action) => run(state, profile, action, rest),
                None if known.contains(name) => Answer::unknown(request()),
                None => usage::no_action(profile, resource, known, name),
            }
        }
    }
}

fn run(state: &mut State, profile: &str, action: &Action, rest: &[&str]) -> Answer {
    let rest: Vec<&str> = rest.iter().copied().filter(|word| !matches!(*word, "-k" | "--insecure")).collect();
    if let Some(option) = rest.iter().find(|word| word.starts_with('-')) {
        let last = format!("unrecognized arguments: {option}");
        return usage::top(state, &last);
    }
    if rest.len() < action.positionals.len() {
        return usage::missing(profile, action, &action.positionals[rest.len()..]);
    }
    let (at, data) = rest.split_at(action.positionals.len());
    if state.maas.client_is_strict && !data.is_empty() && WITHOUT_PARAMETERS.contains(&(action.resource, action.name)) {
        return usage::top(state, &format!("unrecognized arguments: {}", data.join(" ")));
    }
    let pairs: Result<Vec<(String, String)>, &&str> = data.iter().map(|word| pair(word).ok_or(word)).collect();
    let data = match pairs {
        Ok(data) => data,
        Err(word) => return ended(action.effect, 1, "", &usage::not_a_pair(word)),
    };
    let login = &state.maas.profiles[profile];
    if !state.maas.listening {
        return usage::top(state, "[Errno 111] Connection refused");
    }
    if !login.key_is_valid {
        return ended(action.effect, 2, "Authorization Error: Invalid API key.", "");
    }
    let user = login.user.clone();
    let mut call = Call { state, user, at: at.iter().map(ToString::to_string).collect(), data };
    let answered = (action.run)(&mut call);
    let printed = match answered {
        Ok(Done::Json(value)) => (0, print::pretty(&value, 4, Some(&state.seed))),
        Ok(Done::Text(text)) => (0, text),
        Ok(Done::Nothing) => (0, String::new()),
        Err(refused) => (2, refused.words()),
    };
    ended(action.effect, printed.0, &printed.1, "")
}

fn ended(effect: Effect, status: i32, stdout: &str, stderr: &str) -> Answer {
    Answer::ended(effect, status, stdout, stderr)
}

fn pair(word: &str) -> Option<(String, String)> {
    let (name, value) = word.split_once('=')?;
    // `name@=file` makes the client send a file. The region's forms take no field from a file: it is as if not given.
    (!name.is_empty()).then(|| (name.to_string(), value.to_string()))
}

fn on_field(field: &str, words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|words| json!(words).to_string()).collect();
    format!("{}: [{}]", json!(field), words.join(", "))
}

impl Refused {
    fn words(&self) -> String {
        match self {
            Refused::NoSuch(what) => format!("No {what} matches the given query."),
            Refused::Words(words) => words.clone(),
            Refused::Silent => String::new(),
            Refused::Several(field, words) => format!("{{{}}}", on_field(field, words)),
            Refused::PerField(fields) => {
                let parts: Vec<String> = fields.iter().map(|(field, words)| on_field(field, words)).collect();
                format!("{{{}}}", parts.join(", "))
            }
            Refused::Fields(fields) => {
                let parts: Vec<String> =
                    fields.iter().map(|(field, words)| format!("{}: [{}]", json!(field), json!(words))).collect();
                format!("{{{}}}", parts.join(", "))
            }
        }
    }

    fn field(field: &'static str, words: impl Into<String>) -> Refused {
        Refused::Fields(vec![(field, words.into())])
    }
}

impl Call<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        self.data.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn values(&self, name: &str) -> Vec<&str> {
        self.data.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    fn says_yes(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| matches!(value.to_lowercase().as_str(), "true" | "1" | "yes" | "on" | "t"))
    }

    fn is_admin(&self) -> bool {
        self.state.maas.users.get(&self.user).is_some_and(|user| user.is_superuser)
    }

    fn admin_only(&self) -> Result<(), Refused> {
        if self.is_admin() { Ok(()) } else { Err(Refused::Silent) }
    }

    /// A list in the order in which this server happens to give it.
    fn list(&self, mut items: Vec<(String, Value)>) -> Answered {
        items.sort_by_key(|(key, _)| self.state.seed.rank(key));
        Ok(Done::Json(Value::Array(items.into_iter().map(|(_, value)| value).collect())))
    }
}

fn whoami(call: &mut Call<'_>) -> Answered {
    Ok(Done::Json(render::user(call.state, Some(&call.user))))
}

/// One line, in this order, as the region writes it by hand.
fn version(call: &mut Call<'_>) -> Answered {
    let capabilities = [
        "networks-management",
        "static-ipaddresses",
        "ipv6-deployment-ubuntu",
        "devices-management",
        "storage-deployment-ubuntu",
        "network-deployment-ubuntu",
        "bridging-interface-ubuntu",
        "bridging-automatic-ubuntu",
        "authenticate-api",
    ];
    let quoted: Vec<String> = capabilities.iter().map(|word| format!("\"{word}\"")).collect();
    let version = &call.state.maas.version;
    Ok(Done::Text(format!(
        "{{\"capabilities\": [{}], \"version\": \"{version}\", \"subversion\": \"\"}}",
        quoted.join(", ")
    )))
}

/// The real client prints the keys of all profiles. That is why the host never lets a runbook ask.
fn list(state: &State) -> Answer {
    let lines: Vec<String> =
        state.maas.profiles.iter().map(|(name, login)| format!("{name} {} {}\n", login.url, login.key)).collect();
    Answer::ended(Effect::Read, 0, lines.concat(), "")
}

#[cfg(test)]
mod life_tests;
#[cfg(test)]
mod tests;
