//! Vault behind its application: sealed or not, its shares and tokens, and what the charm says of it.
//!
//! The client runs inside the unit; the listener there is plain HTTP, so the client must be told. What the charm says
//! lags behind what Vault is: it looks again at the next update-status, or after an action.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::documents::{Model, Status};
use super::rollout::Rolling;
use crate::lab::State;
use crate::lab::answer::Effect;
use crate::lab::hosts::Outcome;

/// How often the charm looks by itself, in seconds.
const UPDATE_STATUS: u64 = 300;

/// The Vault behind the application. As it is by default nobody has initialised it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vault {
    /// PEM of the root certificate, once it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_ca: Option<String>,
    /// What it was initialised with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Keys>,
    /// Whether it is open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsealed: bool,
    /// Shares given since it was sealed.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub given: BTreeSet<String>,
    /// Whether the charm may use it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub authorized: bool,
    /// Child tokens, and the second of the lab's clock at which each ends.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tokens: BTreeMap<String, u64>,
    /// When the charm looked last by itself, in seconds of the lab's clock.
    #[serde(default)]
    pub looked: u64,
    /// Whether nothing listens.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub down: bool,
}

/// What a Vault was initialised with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The shares of the key, in base64.
    pub shares: Vec<String>,
    /// How many of them open it.
    pub threshold: usize,
    /// The root token.
    pub root_token: String,
}

impl Vault {
    fn is_sealed(&self) -> bool {
        self.keys.is_none() || !self.unsealed
    }

    fn seal(&mut self) {
        self.unsealed = false;
        self.given.clear();
    }

    /// Whether the token may do anything now.
    pub(super) fn accepts(&self, token: &str, seconds: u64) -> bool {
        let is_root = self.keys.as_ref().is_some_and(|keys| keys.root_token == token);
        !self.is_sealed() && (is_root || self.tokens.get(token).is_some_and(|ends| *ends > seconds))
    }
}

/// What the charm says when it looks.
pub(super) fn workload(model: &Model) -> Status {
    let vault = model.vault.clone().unwrap_or_default();
    let (word, text) = match vault {
        Vault { down: true, .. } => ("blocked", "Vault service not running"),
        Vault { keys: None, .. } => ("blocked", "Vault needs to be initialized"),
        Vault { unsealed: false, .. } => ("blocked", "Unit is sealed"),
        Vault { authorized: false, .. } => ("blocked", "Vault charm not yet authorized: run authorize-charm action."),
        Vault { root_ca: None, .. } => ("blocked", "Missing CA cert"),
        _ => ("active", "Unit is ready (active: true, mlock: disabled)"),
    };
    Status { current: Some(word.to_string()), message: Some(text.to_string()), ..Status::default() }
}

/// The charm looks and says.
pub(super) fn look(state: &mut State, name: &str) {
    let now = state.clock.now();
    let Some(model) = state.juju.models.get_mut(name) else { return };
    let says = workload(model);
    let units = model.applications.get_mut("vault").into_iter().flat_map(|app| app.units.values_mut());
    for unit in units {
        let is_other = (&unit.workload.current, &unit.workload.message) != (&says.current, &says.message);
        let is_installed = unit.workload.current.as_deref() != Some("maintenance")
            && unit.agent.current.as_deref() != Some("allocating");
        if is_other && is_installed && unit.workload.current.as_deref() != Some("error") {
            unit.workload = Status { since: Some(now), ..says.clone() };
        }
    }
}

/// The charm looks by itself every few minutes, once the deploy is over.
pub(super) fn pass_time(state: &mut State) {
    let seconds = state.clock.seconds;
    let rolls = |model: &Model| model.rollout.as_ref().is_some_and(|rollout| rollout.what == Rolling::Deploy);
    let is_due = |model: &Model| {
        let looked = model.vault.as_ref().map(|vault| vault.looked / UPDATE_STATUS);
        !rolls(model) && looked.is_some_and(|looked| seconds / UPDATE_STATUS > looked)
    };
    let names: Vec<String> =
        state.juju.models.iter().filter(|(_, model)| is_due(model)).map(|(name, _)| name.clone()).collect();
    for name in names {
        look(state, &name);
        vault_mut(state, &name).into_iter().for_each(|vault| vault.looked = seconds);
    }
}

/// The model whose Vault the unit is.
fn model_of(state: &State, unit: &str) -> Option<String> {
    let is_vault = |model: &&Model| {
        model.unit(unit).is_some_and(|(application, _)| model.applications[application].charm == "vault")
    };
    let (name, _) = state.juju.models.iter().find(|(_, model)| is_vault(model))?;
    Some(name.clone())
}

/// The machine was started again, or the service: Vault comes up sealed.
pub(in crate::lab) fn restarted(state: &mut State, unit: &str) {
    let Some(name) = model_of(state, unit) else { return };
    let vault = state.juju.models.get_mut(&name).and_then(|model| model.vault.as_mut());
    vault.into_iter().for_each(Vault::seal);
}

/// `hooks/update-status` on the unit.
pub(in crate::lab) fn update_status(state: &mut State, unit: &str) -> Option<Outcome> {
    let name = model_of(state, unit)?;
    look(state, &name);
    Some(Outcome { effect: Effect::Acts, status: 0, stdout: String::new(), stderr: String::new() })
}

// ------------------------------------------------------------------------------------------------ the client

/// `vault ...` inside a unit.
pub(in crate::lab) fn client(state: &mut State, unit: &str, args: &[String], stdin: Option<&str>) -> Option<Outcome> {
    let name = model_of(state, unit)?;
    let address = value(args, "address").unwrap_or("https://127.0.0.1:8200");
    let words: Vec<&str> = args.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let vault = state.juju.models.get(&name)?.vault.clone().unwrap_or_default();
    if let Some(trouble) = unreachable(&vault, address, &words) {
        return Some(trouble);
    }
    let is_json = value(args, "format") == Some("json");
    match words.as_slice() {
        ["status"] => Some(ended(if vault.is_sealed() { 2 } else { 0 }, shown(&vault, is_json), "")),
        ["operator", "init"] if args.iter().any(|word| word.trim_start_matches('-') == "status") => {
            Some(if vault.keys.is_some() {
                ended(0, "Vault is initialized\n", "")
            } else {
                ended(2, "Vault is not initialized\n", "")
            })
        }
        ["operator", "init"] if is_json => init(state, &name, args),
        ["operator", "unseal"] => {
            let words = "Error asking for user input: failed to read password: inappropriate ioctl for device\n";
            Some(ended(1, "Unseal Key (will be hidden): ", words))
        }
        ["operator", "unseal", share] => Some(unseal(state, &name, share, is_json)),
        ["write", "sys/unseal", "key=-"] => Some(unseal(state, &name, stdin.unwrap_or_default(), is_json)),
        ["operator", "seal"] => None,
        _ => None,
    }
}

fn value<'a>(args: &'a [String], name: &str) -> Option<&'a str> {
    args.iter().find_map(|word| {
        word.trim_start_matches('-')
            .split_once('=')
            .filter(|(key, _)| *key == name && word.starts_with('-'))
            .map(|(_, value)| value)
    })
}

fn ended(status: i32, stdout: impl Into<String>, stderr: &str) -> Outcome {
    Outcome { effect: Effect::Read, status, stdout: stdout.into(), stderr: stderr.to_string() }
}

fn unreachable(vault: &Vault, address: &str, words: &[&str]) -> Option<Outcome> {
    let what = match words {
        ["status"] => "checking seal status: Get",
        ["operator", "init", ..] => "initializing: Put",
        _ => "unsealing: Put",
    };
    let why = match (vault.down, address) {
        (true, _) => "dial tcp 127.0.0.1:8200: connect: connection refused",
        (false, "http://127.0.0.1:8200") => return None,
        (false, "https://127.0.0.1:8200") => "http: server gave HTTP response to HTTPS client",
        (false, _) => "dial tcp: connect: connection refused",
    };
    let path = if words == ["status"] { "seal-status" } else { words.last().copied().unwrap_or_default() };
    Some(ended(1, "", &format!("Error {what} \"{address}/v1/sys/{path}\": {why}\n")))
}

/// The seal's state, as `status` and an unseal print it.
fn shown(vault: &Vault, is_json: bool) -> String {
    let keys = vault.keys.as_ref();
    let (threshold, shares) = keys.map_or((0, 0), |keys| (keys.threshold, keys.shares.len()));
    let mut object = json!({
        "type": "shamir",
        "initialized": keys.is_some(),
        "sealed": vault.is_sealed(),
        "t": threshold,
        "n": shares,
        "progress": vault.given.len(),
        "nonce": if vault.given.is_empty() { "" } else { "2f8f1a52-4f0e-0b1c-6a2b-5b9d2f5f3c11" },
        "version": "1.8.8",
        "migration": false,
        "recovery_seal": false,
        "storage_type": "mysql",
        "ha_enabled": false,
        "active_time": "0001-01-01T00:00:00Z",
    });
    if !vault.is_sealed() {
        object["cluster_name"] = json!("vault-cluster-5d0f1c2e");
        object["cluster_id"] = json!("5d0f1c2e-8a64-4b0e-9d3b-0f6c3a1b7e20");
    }
    if is_json {
        return serde_json::to_string_pretty(&object).unwrap_or_default() + "\n";
    }
    let rows = [
        ("Seal Type", "shamir".to_string()),
        ("Initialized", keys.is_some().to_string()),
        ("Sealed", vault.is_sealed().to_string()),
        ("Total Shares", shares.to_string()),
        ("Threshold", threshold.to_string()),
        ("Version", "1.8.8".to_string()),
        ("Storage Type", "mysql".to_string()),
        ("HA Enabled", "false".to_string()),
    ];
    let lines = rows.iter().map(|(key, value)| format!("{key:<16} {value}\n"));
    std::iter::once("Key              Value\n---              -----\n".to_string()).chain(lines).collect()
}

fn vault_mut<'a>(state: &'a mut State, name: &str) -> Option<&'a mut Vault> {
    state.juju.models.get_mut(name).map(|model| model.vault.get_or_insert_with(Default::default))
}

fn init(state: &mut State, name: &str, args: &[String]) -> Option<Outcome> {
    let number = |key: &str, default: usize| value(args, key).map_or(Some(default), |text| text.parse().ok());
    let (shares, threshold) = (number("key-shares", 5)?, number("key-threshold", 3)?);
    if vault_mut(state, name)?.keys.is_some() {
        let words = "Error initializing: Error making API request.\n\nURL: PUT http://127.0.0.1:8200/v1/sys/init\nCode: 400. Errors:\n\n* Vault is already initialized\n";
        return Some(ended(2, "", words).with(Effect::Change));
    }
    let Keys { shares, root_token, .. } = new_keys(state, shares, threshold);
    let printed = json!({
        "unseal_keys_b64": shares,
        "unseal_keys_hex": shares.iter().map(|share| hex_of(share)).collect::<Vec<_>>(),
        "unseal_shares": shares.len(),
        "unseal_threshold": threshold,
        "recovery_keys_b64": [],
        "recovery_keys_hex": [],
        "recovery_keys_shares": 5,
        "recovery_keys_threshold": 3,
        "root_token": root_token,
    });
    vault_mut(state, name)?.keys = Some(Keys { shares, threshold, root_token });
    let text = serde_json::to_string_pretty(&printed).unwrap_or_default() + "\n";
    Some(ended(0, text, "").with(Effect::Change))
}

/// The lab's own keys, which a person can know beforehand, where as many are asked for; others otherwise.
fn new_keys(state: &mut State, shares: usize, threshold: usize) -> Keys {
    let usual = super::charmhub::keys().filter(|keys| keys.shares.len() == shares && keys.threshold == threshold);
    usual.unwrap_or_else(|| Keys {
        shares: (0..shares).map(|_| base64(&state.seed.draw())).collect(),
        threshold,
        root_token: format!("s.{}", &state.seed.hex32()[..24]),
    })
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine;
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn hex_of(share: &str) -> String {
    use ::base64::Engine;
    let bytes = ::base64::engine::general_purpose::STANDARD.decode(share).unwrap_or_default();
    crate::lab::seed::hex(&bytes)
}

/// A wrong share is noticed only when there are enough of them.
fn unseal(state: &mut State, name: &str, share: &str, is_json: bool) -> Outcome {
    let trouble = |code: u16, why: &str| {
        let words = format!(
            "Error writing data to sys/unseal: Error making API request.\n\nURL: PUT http://127.0.0.1:8200/v1/sys/unseal\nCode: {code}. Errors:\n\n* {why}\n"
        );
        Outcome { effect: Effect::Change, status: 2, stdout: String::new(), stderr: words }
    };
    let Some(vault) = vault_mut(state, name) else { return trouble(500, "no vault") };
    let Some(keys) = vault.keys.clone() else { return trouble(400, "Vault is not initialized") };
    if share.trim().is_empty() {
        return trouble(400, "'key' must be specified in request body as JSON, or 'reset' set to true");
    }
    if !vault.unsealed {
        vault.given.insert(share.trim().to_string());
        if vault.given.len() >= keys.threshold {
            let are_right = vault.given.iter().all(|given| keys.shares.contains(given));
            vault.given.clear();
            if !are_right {
                return trouble(400, "failed to decrypt keyring: cipher: message authentication failed");
            }
            vault.unsealed = true;
        }
    }
    ended(0, shown(vault, is_json), "").with(Effect::Change)
}

// ------------------------------------------------------------------------------------------------ its API

/// `curl ... http://127.0.0.1:8200/v1/...` inside the unit, with headers from standard input.
pub(in crate::lab) fn api(state: &mut State, unit: &str, args: &[String], stdin: Option<&str>) -> Option<Outcome> {
    let name = model_of(state, unit)?;
    let url = args.iter().find(|word| word.starts_with("http://127.0.0.1:8200/"))?;
    if url.strip_prefix("http://127.0.0.1:8200") != Some("/v1/auth/token/create") {
        return None;
    }
    let mut pairs = args.windows(2);
    let headers_from_stdin = pairs.any(|pair| pair[0] == "-H" && pair[1] == "@-");
    let token = stdin
        .filter(|_| headers_from_stdin)
        .into_iter()
        .flat_map(str::lines)
        .find_map(|line| line.strip_prefix("X-Vault-Token:"))
        .map(|token| token.trim().to_string());
    let body: Value = args
        .windows(2)
        .find(|pair| pair[0] == "-d")
        .and_then(|pair| serde_json::from_str(&pair[1]).ok())
        .unwrap_or_else(|| json!({}));
    let seconds = state.clock.seconds;
    let vault = state.juju.models.get(&name)?.vault.clone().unwrap_or_default();
    if vault.down {
        return Some(ended(7, "", "curl: (7) Failed to connect to 127.0.0.1 port 8200: Connection refused\n"));
    }
    if vault.is_sealed() {
        return Some(ended(0, "{\"errors\":[\"Vault is sealed\"]}\n", ""));
    }
    if !token.is_some_and(|token| vault.accepts(&token, seconds)) {
        return Some(ended(0, "{\"errors\":[\"permission denied\"]}\n", ""));
    }
    let ttl = seconds_of(body["ttl"].as_str().unwrap_or("768h"))?;
    let child = format!("s.{}", &state.seed.hex32()[..24]);
    vault_mut(state, &name)?.tokens.insert(child.clone(), seconds + ttl);
    let printed = json!({
        "request_id": "0a5c1f6e-5b1c-9d63-3f0a-6a1d6c1d2f10", "lease_id": "", "renewable": false, "lease_duration": 0,
        "data": null, "wrap_info": null, "warnings": null,
        "auth": {
            "client_token": child, "accessor": "R0JtVqcX0iYkVn4cGm1bq3Qk", "policies": ["root"],
            "token_policies": ["root"], "metadata": null, "lease_duration": ttl, "renewable": true, "entity_id": "",
            "token_type": "service", "orphan": false,
        },
    });
    Some(ended(0, format!("{printed}\n"), "").with(Effect::Acts))
}

/// `10m`, `600s`, `768h` in seconds.
fn seconds_of(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let number: u64 = number.parse().ok()?;
    Some(match unit {
        "" | "s" => number,
        "m" => number * 60,
        "h" => number * 3600,
        _ => return None,
    })
}
