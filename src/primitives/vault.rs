//! Vault through its unit: the client and the API run inside it, so that no key crosses a network in the clear and
//! none stands on a command line. Key material goes straight into a 0600 file; nothing of it is told but counts.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::juju::unit::Unit;
use super::juju::{action, exec};
use crate::host::{Call, Ensure, Stop, excerpt};
use crate::primitives::forms;
use crate::script::{Declared, Handle, Limits, Measure, Primitive, Source, Vocabulary};
use crate::transport::{Command, Input, Reply, Request, Secret};
use crate::{handle, options};

/// Into how many parts a key can be cut.
pub static SHARES: Limits = Limits::between("shares of a key", 1, 255);

/// A child token is for one action.
pub static MINUTES: Limits = Limits::between("minutes of a child token", 1, 60).counted_in(Measure::MINUTES);

/// What Vault keeps its data in.
static STORAGE: Vocabulary = Vocabulary::open(
    "storage of Vault",
    &["cockroachdb", "consul", "dynamodb", "etcd", "file", "inmem", "mysql", "postgresql", "raft", "zookeeper"],
);

/// The states of a seal.
pub static SEAL: Vocabulary = Vocabulary::closed("state of a Vault", &["uninitialised", "sealed", "unsealed"]);

/// The listener inside the unit speaks plain HTTP; the client's own default is TLS.
const ADDRESS: &str = "-address=http://127.0.0.1:8200";
const TOKENS: &str = "http://127.0.0.1:8200/v1/auth/token/create";

handle! {
    /// The seal of the Vault in a unit.
    Seal("vault seal") by unit {
        /// The unit.
        unit: String,
        /// Whether it was initialised: its keys exist somewhere.
        is_initialised: bool,
        /// Whether it is sealed; one that was never initialised is.
        is_sealed: bool,
        /// In a word.
        state in SEAL: String,
        /// Shares of the key; 0 before it was initialised.
        shares in forms::COUNT: i64,
        /// Shares that open it.
        threshold in forms::COUNT: i64,
        /// Shares that were given since it was sealed.
        progress in forms::COUNT: i64,
        /// Its version.
        version: String,
        /// Whether several Vaults share the work; false is right on MySQL.
        is_ha: bool,
        /// Where it keeps its data, e.g. `mysql`.
        storage in STORAGE: String,
    }
}

handle! {
    /// A file with the key material of a Vault. What is in it is counted and never told.
    KeyFile("vault key-file") by path {
        /// Its path.
        path in forms::PATH: String,
        /// Its permissions in octal.
        mode in forms::MODE: String,
        /// Shares in it.
        shares in forms::COUNT: i64,
        /// Whether a root token is in it, by its form: whether it is the right one only Vault can tell.
        has_root_token: bool,
    }
}

handle! {
    /// What the charm has made of its Vault.
    VaultCharm("vault charm") by unit {
        /// The unit.
        unit: String,
        /// Whether the charm may use the Vault.
        is_authorised: bool,
        /// Whether there is a root certificate.
        has_root_ca: bool,
        /// Whether it is active.
        is_active: bool,
        /// What it says.
        message: String,
    }
}

options! {
    /// How a Vault is initialised.
    InitSpec {
        /// Shares of the key.
        shares in SHARES: i64,
        /// Shares that open it.
        threshold in SHARES: i64,
        /// The file for the key material, under the home directory; mode 600, and it may not be there yet.
        keys in forms::HOME: String,
        /// What a person types to confirm it.
        confirm: String,
    }
}

options! {
    /// How the charm is let in.
    AuthoriseSpec {
        /// The file for the action's parameters, under the home directory; emptied afterwards.
        params in forms::HOME: String,
        /// Minutes that the child token lives.
        minutes in MINUTES: i64 = 10,
    }
}

#[derive(Deserialize)]
struct SealRow {
    initialized: bool,
    sealed: bool,
    t: i64,
    n: i64,
    progress: i64,
    version: String,
    ha_enabled: bool,
    storage_type: String,
}

fn client(call: &Call<'_>, unit: &str, words: &[&str], stdin: Option<Input>) -> Result<Request, Stop> {
    let words: Vec<&str> = std::iter::once("vault").chain(words.iter().copied()).collect();
    exec::ssh_request(call, unit, &words, stdin)
}

/// The seal. Status 2 is an answer: sealed, or never initialised.
fn read(call: &Call<'_>, unit: &str) -> Result<Option<Handle<Seal>>, Stop> {
    call.find(unit, || {
        let request = client(call, unit, &["status", ADDRESS, "-format=json"], None)?;
        let reply = call.ask(request.clone())?;
        match &*reply {
            Reply::Command { status: status @ (0 | 2), stdout, .. } if !stdout.trim_ascii().is_empty() => {
                let row: SealRow = call.parse(&request, stdout)?;
                if row.sealed != (*status == 2) {
                    let what = format!("vault status ends {status} and says sealed: {}", row.sealed);
                    return Err(Stop::unanswered(what)
                        .with("asked", request.to_string())
                        .with("means", "it ends 0 when unsealed and 2 when sealed: one of the two is wrong"));
                }
                Ok(Some(Handle::seen(seal(unit, row), Source::from(request.to_string()))))
            }
            other => Err(unanswered(&request, other)),
        }
    })
}

fn unanswered(request: &Request, reply: &Reply) -> Stop {
    let stop = Stop::unanswered("Vault did not answer for its seal").with("asked", request.to_string());
    match reply {
        Reply::Command { status, stdout, stderr } => {
            stop.with("status", status.to_string()).with("stdout", excerpt(stdout)).with("stderr", excerpt(stderr))
        }
        Reply::Http { .. } => stop,
    }
}

fn seal(unit: &str, row: SealRow) -> Seal {
    let state = match (row.initialized, row.sealed) {
        (false, _) => "uninitialised",
        (true, true) => "sealed",
        (true, false) => "unsealed",
    };
    Seal {
        unit: unit.to_string(),
        is_initialised: row.initialized,
        is_sealed: row.sealed,
        state: state.to_string(),
        shares: row.n,
        threshold: row.t,
        progress: row.progress,
        version: row.version,
        is_ha: row.ha_enabled,
        storage: row.storage_type,
    }
}

fn must_be_there<T: crate::script::Object>(found: Option<Handle<T>>) -> Result<Handle<T>, Stop> {
    found.ok_or_else(|| Stop::defect("a Vault that is neither there nor missing"))
}

// ---------------------------------------------------------------------------------------------- init and unseal

#[derive(Deserialize)]
struct KeysRow {
    unseal_keys_b64: Vec<String>,
    root_token: String,
}

/// A 0600 file of the jumphost with that content.
fn write(path: &str, text: Input) -> Request {
    Command::new("install", ["-m", "600", "/dev/stdin", path]).stdin(text).into()
}

/// The same, and proof that the content is there.
fn keep(path: &str, text: &Input) -> Vec<Request> {
    let proof = Command::new("cmp", ["-s", "-", path]).stdin(text.clone()).into();
    vec![write(path, text.clone()), proof]
}

fn init(call: &Call<'_>, unit: &str, spec: &InitSpec) -> Result<Handle<Seal>, Stop> {
    if spec.threshold < 1 || spec.shares < spec.threshold || !spec.keys.starts_with("/home/") || spec.confirm.is_empty()
    {
        return Err(Stop::script(
            "a Vault is initialised with as many shares as the threshold or more, into a file under /home, and a name to confirm by",
        ));
    }
    let (shares, threshold) = (format!("-key-shares={}", spec.shares), format!("-key-threshold={}", spec.threshold));
    let shown: Vec<String> =
        keep(&spec.keys, &Input::Secret(Secret::new("keys"))).iter().map(Request::to_string).collect();
    let work =
        Ensure::new(unit, "a fresh Vault gets its keys; whoever loses them loses all it holds", || read(call, unit))
            .equal("is_initialised", true)
            .irreversible(&spec.confirm)
            .touches("vault *")
            .touches("juju *")
            .by(|_| {
                let may_hold = "it may hold the keys of another Vault";
                super::jumphost::must_be_free(call, &spec.keys, may_hold)?;
                // The empty file proves that the keys can be kept before there are any.
                let init =
                    client(call, unit, &["operator", "init", &shares, &threshold, ADDRESS, "-format=json"], None)?;
                Ok(vec![write(&spec.keys, Input::Text(String::new())), init])
            })
            .then(&shown, |replies| keys(replies, spec))
            .insist();
    call.ensure(work)
}

/// The key material, from the answer straight into its file. Only its form is looked at.
fn keys(replies: &[Reply], spec: &InitSpec) -> Result<Vec<Request>, Stop> {
    let Some(Reply::Command { stdout, .. }) = replies.last() else {
        return Err(Stop::defect("an init without an answer"));
    };
    let text = String::from_utf8(stdout.clone())
        .map_err(|_| Stop::unconfirmed("Vault was initialised, and its answer is no text: the keys are lost"))?;
    // What came is kept whatever it is: it may be all there will ever be. That it is not whole shows when it is checked.
    Ok(keep(&spec.keys, &Input::Secret(Secret::new(text))))
}

/// What it means that the key file could not be read.
fn no_file(path: &str, request: &Request, reply: &Reply) -> Stop {
    match reply {
        Reply::Command { status: 1, stderr, .. } if String::from_utf8_lossy(stderr).contains("No such file") => {
            Stop::failed(format!("the jumphost has no key file {path}"))
                .with("from", request.to_string())
                .with("next", "the keys were saved elsewhere and moved away, or another jumphost holds them")
        }
        _ => unanswered(request, reply),
    }
}

/// The key material in a file: counted, never told.
fn kept(call: &Call<'_>, path: &str) -> Result<Handle<KeyFile>, Stop> {
    let request = Request::from(Command::new("cat", [path]));
    let reply = call.ask(request.clone())?;
    let Reply::Command { status: 0, stdout, .. } = &*reply else { return Err(no_file(path, &request, &reply)) };
    if stdout.is_empty() {
        return Err(Stop::failed(format!("{path} is empty: the keys of that Vault were never kept"))
            .with("means", "they were in an answer that never came; a Vault without its keys is never opened again")
            .with(
                "next",
                "find out whether somebody has them; else it holds nothing yet, and is destroyed and deployed anew",
            ));
    }
    // Nothing of it is quoted, whatever it is.
    let row = serde_json::from_slice::<KeysRow>(stdout)
        .map_err(|_| Stop::failed(format!("{path} holds no key material of Vault")))?;
    let mode = super::jumphost::mode(call, path)?;
    let file = KeyFile {
        path: path.to_string(),
        mode,
        shares: shares_in(&row.unseal_keys_b64),
        has_root_token: is_token(&row.root_token),
    };
    Ok(Handle::seen(file, Source::from(request.to_string())))
}

/// Shares that are whole: base64, and each different. One that is there twice opens no more than one.
fn shares_in(shares: &[String]) -> i64 {
    let whole = |share: &&String| STANDARD.decode(share).is_ok_and(|bytes| !bytes.is_empty());
    shares.iter().filter(whole).collect::<BTreeSet<_>>().len() as i64
}

/// Whether a text has the form of a service token: `s.` and letters and digits, or `hvs.` from Vault 1.10 on.
fn is_token(text: &str) -> bool {
    let body = text.strip_prefix("s.").or_else(|| text.strip_prefix("hvs."));
    body.is_some_and(|body| body.len() >= 24 && body.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)))
}

fn unseal(call: &Call<'_>, unit: &str, shares: &[Secret]) -> Result<Handle<Seal>, Stop> {
    let work = Ensure::new(unit, "a sealed Vault gives nothing to anybody", || read(call, unit))
        .equal("is_sealed", false)
        .touches("vault *")
        .touches("juju *")
        .by(|draft| {
            if draft
                .now
                .is_some_and(|now| now.planned_in().is_none() && now.now().is_ok_and(|seal| !seal.is_initialised))
            {
                return Err(Stop::refused(format!(
                    "the Vault in {unit} was never initialised: there is nothing to unseal"
                ))
                .with("next", "phase-02 initialises it"));
            }
            let give = |share: &Secret| {
                let words = ["write", ADDRESS, "-format=json", "sys/unseal", "key=-"];
                client(call, unit, &words, Some(Input::Secret(share.clone())))
            };
            shares.iter().map(give).collect()
        });
    call.ensure(work)
}

// ---------------------------------------------------------------------------------------------- the charm

/// What the charm says once it has looked again: by itself it looks every few minutes alone.
fn charm(call: &Call<'_>, unit: &str) -> Result<Option<Handle<VaultCharm>>, Stop> {
    call.find(unit, || {
        exec::on_units(call, &[unit.to_string()], &["hooks/update-status"])?;
        call.forget_reads();
        let status = super::juju::status::one(call)?;
        let found = super::juju::status::unit(&status, unit)?;
        Ok(Some(Handle::seen(vault_charm(unit, found.now()?)?, status.source())))
    })
}

fn vault_charm(unit: &str, now: &Unit) -> Result<VaultCharm, Stop> {
    let told = |stop: &Stop| stop.clone();
    let workload = now.workload.as_ref().map_err(|stop| told(stop))?.word();
    let message = now.message.as_ref().map_err(|stop| told(stop))?.clone();
    // The four states before the end, in the charm's words; in each of them all that comes later is missing too.
    let before = ["Vault needs to be initialized", "Unit is sealed", "Vault charm not yet authorized"];
    let is_before = before.iter().any(|words| message.starts_with(words));
    let is_without_ca = message.starts_with("Missing CA cert");
    let is_active = workload == "active";
    if !is_active && !is_before && !is_without_ca {
        return Err(Stop::unanswered(format!("{unit} says {workload} {message:?}, which tells nothing of its Vault"))
            .with("next", "look at the unit by hand: juju status, juju debug-log"));
    }
    Ok(VaultCharm { unit: unit.to_string(), is_authorised: !is_before, has_root_ca: is_active, is_active, message })
}

#[derive(Deserialize)]
struct TokenReply {
    #[serde(default)]
    errors: Vec<String>,
    #[serde(default)]
    auth: Option<TokenRow>,
}

#[derive(Deserialize)]
struct TokenRow {
    client_token: String,
    lease_duration: i64,
}

/// A child of the token: Juju keeps what an action is given, so the root token never goes there.
fn authorise(call: &Call<'_>, unit: &str, root: &Secret, spec: &AuthoriseSpec) -> Result<Handle<VaultCharm>, Stop> {
    if !(1..=60).contains(&spec.minutes) || !spec.params.starts_with("/home/") {
        return Err(Stop::script("a child token lives 1 to 60 minutes, and its file lies under /home"));
    }
    let seconds = spec.minutes * 60;
    let body = format!("{{\"ttl\": \"{seconds}s\"}}");
    let run = action::change_request(call, unit, "authorize-charm", 5, Some(&spec.params))?;
    let given = write(&spec.params, Input::Secret(Secret::new("token")));
    let work = Ensure::new(unit, "the charm makes certificates for all others", || charm(call, unit))
        .equal("is_authorised", true)
        .touches("vault charm")
        .touches("juju *")
        .by(|_| {
            let words = ["curl", "-sS", "-X", "POST", "-H", "@-", "-d", &body, TOKENS];
            let header = Secret::new(format!("X-Vault-Token: {}\n", root.expose().trim()));
            Ok(vec![exec::ssh_request(call, unit, &words, Some(Input::Secret(header)))?])
        })
        .then(&[given.to_string(), run.to_string()], |replies| match replies {
            [reply] => {
                let token = child(reply, seconds)?;
                let text = Secret::new(format!("token: {}\n", token.expose()));
                Ok(vec![write(&spec.params, Input::Secret(text)), run.clone()])
            }
            _ => Err(Stop::defect("one token was asked for")),
        })
        .finally(keep(&spec.params, &Input::Text(String::new())));
    call.ensure(work)
}

fn child(reply: &Reply, seconds: i64) -> Result<Secret, Stop> {
    let Reply::Command { stdout, .. } = reply else { return Err(Stop::defect("a token that is no command's")) };
    // Nothing of the answer is quoted: it may hold a token.
    let unreadable = || Stop::unanswered("Vault's answer to the request for a token does not fit");
    let row: TokenReply = serde_json::from_slice(stdout).map_err(|_| unreadable())?;
    match row.auth {
        Some(auth) if auth.lease_duration == seconds && !auth.client_token.is_empty() => {
            Ok(Secret::new(auth.client_token))
        }
        Some(auth) => {
            Err(Stop::failed(format!("the child token would live {} s in place of {seconds}", auth.lease_duration)))
        }
        None => Err(Stop::failed("Vault gave no child token").with("seen", row.errors.join("; "))),
    }
}

fn generate_root_ca(call: &Call<'_>, unit: &str) -> Result<Handle<VaultCharm>, Stop> {
    let run = action::change_request(call, unit, "generate-root-ca", 5, None)?;
    let work = Ensure::new(unit, "every certificate of the cloud is signed with it", || charm(call, unit))
        .equal("has_root_ca", true)
        .touches("juju *")
        .by(|_| Ok(vec![run.clone()]))
        .then(&[], |replies| {
            let reply = replies.first().ok_or_else(|| Stop::defect("an action without an answer"))?;
            action::ran(reply, "generate-root-ca", &[]).map(|()| Vec::new())
        });
    call.ensure(work)
}

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<Seal>().object::<VaultCharm>().object::<KeyFile>().with(functions())
}

fn functions() -> Vec<Primitive> {
    crate::primitives! { "vault";
        /// The seal of the Vault in that unit. Sealed, or never initialised, is an answer; no answer is an error.
        read fn status(call, unit in forms::VAULT_UNIT: String) -> Handle<Seal> { must_be_there(read(call, &unit)?) }
        /// What the charm has made of its Vault, after it was asked to look again; Juju records an operation.
        acts fn charm(call, unit in forms::VAULT_UNIT: String) -> Handle<VaultCharm> { must_be_there(charm(call, &unit)?) }
        /// The key material in a file of the jumphost: how many shares, and whether the root token is with them.
        read fn keys(call, path: String) -> Handle<KeyFile> {
            call.find(&path, || kept(call, &path).map(Some))?.ok_or_else(|| Stop::defect("key material that is neither there nor missing"))
        }
        /// Initialises a fresh Vault: cannot be undone, so a person types the name. The keys go from the answer straight
        /// into a 0600 file, which may not be there before, and nowhere else.
        #[seen_by(
            "vault::keys", "Seal.is_initialised" = (true), "Seal.state", "Seal.is_sealed", "Seal.shares" = shares,
            "Seal.threshold" = threshold, "KeyFile.shares" = shares,
        )]
        change fn init(call, unit in forms::VAULT_UNIT: String, spec: InitSpec) -> Handle<Seal> { init(call, &unit, &spec) }
        /// Unseals the Vault with shares of its key, each over standard input. A wrong one is noticed only when there
        /// are enough of them.
        #[seen_by(
            "Seal.is_sealed" = (false), "Seal.state" = ("unsealed"), "VaultCharm.is_active", "JujuStatus.all_active",
            "JujuStatus.settled", "Unit.message",
        )]
        change fn unseal(call, unit in forms::VAULT_UNIT: String, shares: Vec<Secret>) -> Handle<Seal> { unseal(call, &unit, &shares) }
        /// Lets the charm use its Vault, with a short-lived child of the token: Juju keeps the parameters of actions.
        #[seen_by(
            "VaultCharm.is_authorised" = (true), "VaultCharm.is_active", "VaultCharm.message", "JujuStatus.all_active",
            "JujuStatus.settled", "Unit.message",
        )]
        change fn authorise(call, unit in forms::VAULT_UNIT: String, root: Secret, spec: AuthoriseSpec) -> Handle<VaultCharm> { authorise(call, &unit, &root, &spec) }
        /// Has the charm make the root certificate, once.
        #[seen_by(
            "VaultCharm.has_root_ca" = (true), "VaultCharm.is_active", "VaultCharm.message", "JujuStatus.all_active",
            "JujuStatus.settled", "Unit.message", "juju::ask_action",
        )]
        change fn generate_root_ca(call, unit in forms::VAULT_UNIT: String) -> Handle<VaultCharm> { generate_root_ca(call, &unit) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_that_is_there_twice_or_is_no_key_material_does_not_count() {
        let shares = |texts: &[&str]| shares_in(&texts.iter().map(|text| (*text).to_string()).collect::<Vec<_>>());
        assert_eq!(shares(&["AQID", "BAUG", "BwgJ"]), 3);
        assert_eq!(shares(&["AQID", "AQID", "BwgJ"]), 2);
        assert_eq!(shares(&["AQID", "foreign-BAUG", ""]), 1);
    }

    #[test]
    fn a_token_is_told_by_its_form() {
        assert!(is_token("s.4813494d137e1631bba301d5") && is_token("hvs.CAESIJ_x-0123456789abcdefghij"));
        for bad in ["", "s.", "s.short", "b.4813494d137e1631bba301d5", "s.4813494d137e1631bba3 1d5"] {
            assert!(!is_token(bad), "{bad:?}");
        }
    }
}
