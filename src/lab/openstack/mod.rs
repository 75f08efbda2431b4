//! The lab's OpenStack: what python-openstackclient 6.6 prints against Keystone, Neutron and Glance of 2024.1.
//!
//! A command is one row of a table: its words, what it takes, what it does, and the function that answers. The files
//! beside this one answer a noun each; `cli` reads the command line and prints, `login` says who asks.

mod cli;
mod group;
mod identity;
mod image;
mod login;
mod network;
mod port;
mod router;
mod state;
mod subnet;

use serde_json::Value;

use super::State;
use super::answer::{Answer, Effect};
use crate::transport::{Command, Request};
use cli::{Asked, Spec};
use login::Caller;
pub use state::*;

/// A command in the middle of being answered.
struct Ask<'a> {
    state: &'a mut State,
    caller: Caller,
    asked: Asked,
}

/// What a command shows when it succeeds.
enum Shown {
    /// One object, `show` and `create`.
    One(Vec<(String, Value)>),
    /// Rows under column titles.
    Rows(Vec<&'static str>, Vec<Vec<Value>>),
    /// Nothing at all: `set`, `unset`, `delete`.
    Nothing,
}

/// Why a command fails, in the client's own words on standard error. The status is 1.
struct Trouble(String);

impl From<String> for Trouble {
    fn from(words: String) -> Self {
        Trouble(words)
    }
}

type Answered = Result<Shown, Trouble>;

/// Which service a command asks; it must be in the catalog and answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// The token alone says it.
    Token,
    Keystone,
    Service(&'static str),
}

/// Answers one command.
pub(super) fn command(state: &mut State, command: &Command) -> Answer {
    let args = command.argv();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    if words == ["--version"] {
        return Answer::ended(Effect::Read, 0, format!("openstack {}\n", state.openstack.client_version), "");
    }
    let Some((spec, rest)) = find(&words) else { return cli::no_command(&words, tables()) };
    let asked = match cli::parse(spec, rest) {
        Ok(asked) => asked,
        Err(cli::Misuse::Usage(words)) => return Answer::ended(Effect::Read, 2, "", words),
        Err(cli::Misuse::Unanswered) => return Answer::unknown(Request::from(command.clone())),
    };
    let caller = match login::caller(state, &command.env) {
        Ok(caller) => caller,
        Err(Trouble(words)) => return Answer::ended(spec.effect, 1, "", format!("{words}\n")),
    };
    answer(Ask { state, caller, asked }, spec)
}

fn answer(mut ask: Ask<'_>, spec: &Spec) -> Answer {
    let shown = login::reaches(ask.state, spec.needs, &ask.caller).and_then(|()| (spec.run)(&mut ask));
    let printed = shown.and_then(|shown| cli::print(shown, &ask.asked));
    // A warning on standard error does not make a failure, hence both.
    match printed {
        Ok(text) => Answer::ended(spec.effect, 0, text, ask.asked.warning),
        Err(Trouble(words)) => Answer::ended(spec.effect, 1, "", format!("{words}\n")),
    }
}

fn tables() -> impl Iterator<Item = &'static Spec> {
    [
        identity::COMMANDS,
        network::COMMANDS,
        subnet::COMMANDS,
        port::COMMANDS,
        router::COMMANDS,
        image::COMMANDS,
        group::COMMANDS,
    ]
    .into_iter()
    .flatten()
}

/// The command with the most words that the line begins with.
fn find<'w>(words: &'w [&'w str]) -> Option<(&'static Spec, &'w [&'w str])> {
    let fits = |spec: &&Spec| spec.words.split(' ').eq(words.iter().copied().take(spec.length()));
    let spec = tables().filter(fits).max_by_key(|spec| spec.length())?;
    Some((spec, &words[spec.length()..]))
}

impl Ask<'_> {
    /// The public address of a service, for words that name a URL.
    fn url(&self, service: &str, path: &str) -> String {
        let found = self.state.openstack.keystone.services.get(service);
        let endpoint = found.and_then(|service| service.endpoints.get(&Plane::Public));
        format!("{}{path}", endpoint.map_or("", |endpoint| endpoint.url.as_str()))
    }

    /// Neutron's refusal as most commands print it.
    fn refused(&self, status: u16, path: &str, words: &str) -> Trouble {
        let kind = exception(status);
        Trouble(format!("{kind}: {status}: Client Error for url: {}, {words}", self.url("neutron", path)))
    }

    fn tags(&self, tags: &std::collections::BTreeSet<String>) -> Value {
        let mut tags: Vec<&String> = tags.iter().collect();
        tags.sort_by_key(|tag| self.state.seed.rank(tag));
        serde_json::json!(tags)
    }
}

/// Neutron's refusal as commands of the `network` family print it.
fn refused_here(status: u16, words: &str) -> Trouble {
    Trouble(format!("Error while executing command: {}: {status}, {words}", exception(status)))
}

fn exception(status: u16) -> &'static str {
    match status {
        403 => "ForbiddenException",
        404 => "NotFoundException",
        409 => "ConflictException",
        _ => "BadRequestException",
    }
}

/// Rows of `(key, value)` from a JSON object, sorted by key as `show` prints them.
fn one(object: Value) -> Shown {
    match object {
        Value::Object(map) => Shown::One(map.into_iter().collect()),
        other => Shown::One(vec![("value".into(), other)]),
    }
}

/// Finds by id, then by name; a name may be borne by none, one or several.
fn by_id_or_name<'a, T>(
    kind: &str,
    wanted: &str,
    all: &'a std::collections::BTreeMap<String, T>,
    name: impl Fn(&T) -> &str,
) -> Result<(&'a String, &'a T), Missing> {
    if let Some(found) = all.get_key_value(wanted) {
        return Ok(found);
    }
    let mut named = all.iter().filter(|(_, thing)| name(thing) == wanted);
    match (named.next(), named.next()) {
        (None, _) => Err(Missing::None(format!("No {kind} found for {wanted}"))),
        (Some(found), None) => Ok(found),
        (Some(_), Some(_)) => Err(Missing::Several(format!("More than one {kind} exists with the name '{wanted}'."))),
    }
}

/// Why a lookup by name found nothing to go on with.
enum Missing {
    None(String),
    Several(String),
}

impl Missing {
    fn words(self) -> String {
        match self {
            Missing::None(words) | Missing::Several(words) => words,
        }
    }

    /// As the `network` family prints it: a prefix before "not found", none before "more than one".
    fn here(self) -> Trouble {
        match self {
            Missing::None(words) => Trouble(format!("Error while executing command: {words}")),
            Missing::Several(words) => Trouble(words),
        }
    }
}

impl From<Missing> for Trouble {
    fn from(missing: Missing) -> Self {
        Trouble(missing.words())
    }
}

/// Deletes what can be deleted, one after the other, and counts what could not, as the client does.
fn delete_each(ask: &mut Ask<'_>, kind: &str, delete: impl Fn(&mut Ask<'_>, &str) -> Result<(), Trouble>) -> Answered {
    let names = ask.asked.positionals.clone();
    let mut lines = Vec::new();
    for name in &names {
        if let Err(Trouble(words)) = delete(ask, name) {
            lines.push(format!("Failed to delete {kind} with name or ID '{name}': {words}"));
        }
    }
    if lines.is_empty() {
        return Ok(Shown::Nothing);
    }
    lines.push(format!("{} of {} {kind}s failed to delete.", lines.len(), names.len()));
    Err(Trouble(lines.join("\n")))
}

/// Changes tags as `--tag`, `--no-tag` ask: without `--no-tag` the new ones are added.
fn retag(tags: &mut std::collections::BTreeSet<String>, asked: &Asked) -> bool {
    let before = tags.clone();
    if asked.has("--no-tag") {
        tags.clear();
    }
    tags.extend(asked.all("--tag").map(ToString::to_string));
    *tags != before
}

/// Takes tags away as `--tag`, `--all-tag` ask; one that is not there is no error.
fn untag(tags: &mut std::collections::BTreeSet<String>, asked: &Asked) -> bool {
    let before = tags.clone();
    if asked.has("--all-tag") {
        tags.clear();
    }
    asked.all("--tag").for_each(|tag| {
        tags.remove(tag);
    });
    *tags != before
}

/// The four tag filters that lists of Neutron take; each a list with commas.
fn tags_fit(tags: &std::collections::BTreeSet<String>, asked: &Asked) -> bool {
    let wanted = |option| asked.one(option).map(|text| text.split(',').map(ToString::to_string).collect::<Vec<_>>());
    let all = |wanted: &[String]| wanted.iter().all(|tag| tags.contains(tag));
    let any = |wanted: &[String]| wanted.iter().any(|tag| tags.contains(tag));
    wanted("--tags").is_none_or(|wanted| all(&wanted))
        && wanted("--any-tags").is_none_or(|wanted| any(&wanted))
        && wanted("--not-tags").is_none_or(|wanted| !all(&wanted))
        && wanted("--not-any-tags").is_none_or(|wanted| !any(&wanted))
}

#[cfg(test)]
mod tests;
