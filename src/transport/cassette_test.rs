//! A run recorded and replayed, over a transport that answers from a list.

use std::collections::{BTreeMap, VecDeque};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use parking_lot::Mutex;

use super::*;

#[derive(Clone, Default)]
struct Listed {
    answers: std::sync::Arc<Mutex<VecDeque<Result<Reply, Failure>>>>,
    own: Vec<Secret>,
}

impl Listed {
    fn new(answers: impl IntoIterator<Item = Result<Reply, Failure>>) -> Self {
        Listed { answers: std::sync::Arc::new(Mutex::new(answers.into_iter().collect())), own: Vec::new() }
    }
}

impl Transport for Listed {
    fn read(&self, _: &Request) -> Result<Reply, Failure> {
        self.answers.lock().pop_front().expect("as many answers as questions")
    }

    fn change(&self, request: &Request, _: Permit) -> Result<Reply, Failure> {
        self.read(request)
    }

    fn describe(&self) -> String {
        "a list".into()
    }

    fn is_simulated(&self) -> bool {
        true
    }

    fn secrets(&self) -> Vec<Secret> {
        self.own.clone()
    }
}

struct Desk {
    directory: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        Desk { directory: tempfile::tempdir().expect("directory") }
    }

    fn cassette(&self) -> PathBuf {
        self.directory.path().join("run.cassette")
    }

    fn record(&self, inner: Listed) -> Record {
        let clients = BTreeMap::from([("juju".to_string(), "3.6.5".to_string())]);
        let header = Header::new("2026-06-27T14:12:08Z", clients);
        Record::create(&self.cassette(), Box::new(inner), header).expect("begun")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.cassette()).expect("written")
    }

    fn rewritten(&self, change: impl Fn(String) -> String) -> CassetteError {
        std::fs::write(self.cassette(), change(self.text())).expect("written");
        Replay::load(&self.cassette()).expect_err("refused")
    }
}

fn said(status: i32, stdout: impl Into<Vec<u8>>, stderr: &str) -> Result<Reply, Failure> {
    Ok(Reply::Command { status, stdout: stdout.into(), stderr: stderr.into() })
}

fn served(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Reply, Failure> {
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Ok(Reply::Http { status, headers, body: body.into() })
}

fn ask(transport: &dyn Transport, door: Door, request: &Request) -> Result<Reply, Failure> {
    match door {
        Door::Read => transport.read(request),
        Door::Change => transport.change(request, Permit::for_test()),
    }
}

fn command(program: &str, args: &[&str]) -> Request {
    Command::new(program, args.iter().copied()).into()
}

fn secret(text: &str) -> Input {
    Input::Secret(Secret::new(text))
}

/// A whole apply: the plan's reads, the changes, and the reads that confirm them.
fn apply() -> Vec<(Door, Request, Result<Reply, Failure>)> {
    let show = command("openstack", &["network", "show", "provider-ext", "-f", "json"]);
    let make = command("openstack", &["network", "create", "provider-ext", "-f", "json"]);
    let subnets = command("maas", &["admin", "subnets", "read"]);
    let prefixes = Request::from(Http::get("https://netbox/api/ipam/prefixes/?limit=50"));
    let login = Request::from(Http {
        method: Method::Post,
        headers: vec![("Authorization".into(), secret("Token 0123456789abcdef0123"))],
        body: Some(Input::Text("{\"status\": \"active\"}".into())),
        ..Http::get("https://netbox/api/ipam/prefixes/")
    });
    vec![
        (Door::Read, subnets.clone(), said(0, "[{\"cidr\": \"10.12.4.0/22\"}]", "")),
        (Door::Read, show.clone(), said(1, "", "No Network found for provider-ext\n")),
        (Door::Read, prefixes.clone(), served(200, &[("content-type", "application/json")], "{\"count\": 0}")),
        (Door::Read, show.clone(), said(1, "", "No Network found for provider-ext\n")),
        (Door::Change, make.clone(), said(0, "{\"id\": \"n1\"}", "")),
        (Door::Read, show.clone(), said(0, "{\"id\": \"n1\", \"mtu\": 1500}", "")),
        (Door::Change, login, served(201, &[], "{\"id\": 7}")),
        (Door::Read, prefixes, Err(Failure::new(FailureKind::TimedOut, "no answer after 30s"))),
        (Door::Read, command("qemu-img", &["info", "d"]), said(0, vec![0xff, 0x00, 0x80], "")),
        (Door::Change, make, said(1, "", "Conflict\n")),
        (Door::Read, show, said(0, "{\"id\": \"n1\", \"mtu\": 9000}", "")),
        (Door::Read, subnets, said(0, "[]", "")),
    ]
}

fn recorded(desk: &Desk) -> Vec<(Door, Request, Result<Reply, Failure>)> {
    let run = apply();
    let record = desk.record(Listed::new(run.iter().map(|(_, _, answer)| answer.clone())));
    for (door, request, answer) in &run {
        assert_eq!(&ask(&record, *door, request), answer, "a record changes no reply");
    }
    assert_eq!(record.finish().expect("whole"), run.len());
    run
}

#[test]
fn a_whole_apply_replays_as_it_was() {
    let desk = Desk::new();
    let run = recorded(&desk);
    let replay = Replay::load(&desk.cassette()).expect("loaded");
    assert_eq!(replay.unused().len(), run.len());
    for (door, request, answer) in &run {
        assert_eq!(&ask(&replay, *door, request), answer, "{door} {request}");
    }
    assert!(replay.unused().is_empty());
    assert!(replay.is_simulated() && replay.describe().contains("2026-06-27T14:12:08Z from a list"));
    assert_eq!(replay.header().clients["juju"], "3.6.5");
}

#[test]
fn the_order_holds_for_each_request_and_not_among_them() {
    let desk = Desk::new();
    let run = recorded(&desk);
    let replay = Replay::load(&desk.cassette()).expect("loaded");
    let by_key =
        |wanted: &str| run.iter().filter(|(_, request, _)| request.to_string().contains(wanted)).collect::<Vec<_>>();
    for (door, request, answer) in [by_key("subnets read"), by_key("network show")].concat() {
        assert_eq!(&ask(&replay, *door, request), answer);
    }
}

#[test]
fn a_request_asked_once_more_is_not_answered() {
    let desk = Desk::new();
    let run = recorded(&desk);
    let replay = Replay::load(&desk.cassette()).expect("loaded");
    for (door, request, _) in &run {
        let _ = ask(&replay, *door, request);
    }
    for (at, words) in
        [(1, "network show provider-ext -f json` 4 times"), (4, "network create provider-ext -f json` 2 times")]
    {
        let failure = ask(&replay, run[at].0, &run[at].1).expect_err("used up");
        assert_eq!(failure.kind, FailureKind::NotAnswered);
        assert!(failure.detail.contains(words), "{}", failure.detail);
    }
}

#[test]
fn a_request_that_was_not_recorded_is_not_answered() {
    let desk = Desk::new();
    recorded(&desk);
    let replay = Replay::load(&desk.cassette()).expect("loaded");
    let failure = replay.read(&command("maas", &["admin", "machines", "read"])).expect_err("unknown");
    assert_eq!(failure.kind, FailureKind::NotAnswered);
    assert!(failure.detail.contains("no read `maas admin machines read`"), "{}", failure.detail);
    let failure = replay.read(&command("openstack", &["network", "create", "provider-ext", "-f", "json"]));
    assert!(failure.expect_err("the other door").detail.contains("there as a change"));
}

#[test]
fn what_was_never_asked_is_listed_with_its_line() {
    let desk = Desk::new();
    let run = recorded(&desk);
    let replay = Replay::load(&desk.cassette()).expect("loaded");
    for (door, request, _) in &run[..run.len() - 2] {
        let _ = ask(&replay, *door, request);
    }
    let unused = replay.unused();
    let seen: Vec<_> = unused.iter().map(|unused| (unused.line, unused.door, unused.text.as_str())).collect();
    let show = "openstack network show provider-ext -f json";
    assert_eq!(seen, [(12, Door::Read, show), (13, Door::Read, "maas admin subnets read")]);
}

const CANARY: &str = "c4nary/Pa+ss w0rd\"'\u{e9}";

/// The canary as it may come back.
fn disguises() -> Vec<String> {
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    let json = serde_json::to_string(CANARY).expect("json");
    let percent = |kept: &str, upper: bool| -> String {
        let one = |byte: u8| match char::from(byte) {
            c if c.is_ascii_alphanumeric() || kept.contains(c) => c.to_string(),
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        };
        CANARY.bytes().map(one).collect()
    };
    vec![
        CANARY.into(),
        json.clone(),
        serde_json::to_string(&json).expect("json"),
        json.replace('\u{e9}', "\\u00e9"),
        json.replace('/', "\\/"),
        STANDARD.encode(CANARY),
        STANDARD_NO_PAD.encode(CANARY),
        URL_SAFE.encode(CANARY),
        URL_SAFE_NO_PAD.encode(CANARY),
        STANDARD.encode(format!("admin:{CANARY}")),
        STANDARD.encode(format!("user:{CANARY}")),
        percent("", true),
        percent("/", true),
        percent("", false),
        percent("", true).replace("%20", "+"),
        CANARY.replace('"', "&quot;").replace('\'', "&#39;"),
        CANARY.replace('\'', r"'\''"),
        CANARY.bytes().map(|byte| format!("{byte:02x}")).collect(),
        CANARY.bytes().map(|byte| format!("{byte:02X}")).collect(),
    ]
}

#[track_caller]
fn hides_the_canary(text: &str) {
    for disguise in disguises() {
        let kept = serde_json::Value::from(disguise.as_str()).to_string();
        for form in [disguise.as_str(), kept.trim_matches('"')] {
            assert!(!text.contains(form), "{form} stands in:\n{text}");
        }
    }
    for part in ["c4nary", "w0rd"] {
        assert!(!text.to_lowercase().contains(part), "{part} stands in:\n{text}");
    }
}

#[test]
fn a_secret_of_a_request_is_never_written_whatever_way_it_comes_back() {
    let all = disguises().join("\n");
    let mut with_env = Command::new("openstack", ["token", "issue"]);
    with_env.env.insert("OS_PASSWORD".into(), secret(CANARY));
    let with_header = Http { headers: vec![("X-Auth-Token".into(), secret(CANARY))], ..Http::get("http://k/") };
    let with_body = Http { method: Method::Post, body: Some(secret(CANARY)), ..Http::get("http://k/") };
    let requests: [Request; 4] = [
        Command::new("juju", ["login"]).stdin(secret(CANARY)).into(),
        with_env.into(),
        with_header.into(),
        with_body.into(),
    ];
    for request in requests {
        let desk = Desk::new();
        let echoed = Failure { kind: FailureKind::TimedOut, detail: all.clone(), output: all.clone() };
        let bytes = [b"\xff".as_slice(), all.as_bytes()].concat();
        let json = serde_json::json!({ "stdout": all, "list": disguises() }).to_string();
        let answers = [
            said(0, all.clone(), &all),
            said(0, json.clone(), ""),
            said(0, bytes, ""),
            served(200, &[("x-echo", &all)], &json),
            Err(echoed),
        ];
        let record = desk.record(Listed::new(answers));
        for _ in 0..5 {
            let _ = record.read(&request);
        }
        record.finish().expect("whole");
        hides_the_canary(&desk.text());
        let replay = Replay::load(&desk.cassette()).expect("loaded");
        for _ in 0..5 {
            assert!(!matches!(replay.read(&request), Err(Failure { kind: FailureKind::NotAnswered, .. })));
        }
        let Err(failure) = Replay::load(&desk.cassette()).expect("loaded").read(&request).and(replay.read(&request))
        else {
            panic!("asked once more")
        };
        hides_the_canary(&failure.detail);
    }
}

#[test]
fn bytes_that_are_not_text_hide_it_below_base64_too() {
    let desk = Desk::new();
    let bytes = [b"\xff\x00".as_slice(), CANARY.as_bytes()].concat();
    let record = desk.record(Listed::new([said(0, bytes, "")]));
    let _ = record.read(&Command::new("juju", ["login"]).stdin(secret(CANARY)).into());
    let replay = Replay::load(&desk.cassette()).expect("loaded");
    let reply = replay.read(&Command::new("juju", ["login"]).stdin(secret("another")).into());
    assert_eq!(reply, said(0, [b"\xff\x00".as_slice(), b"(secret)"].concat(), ""));
}

#[test]
fn a_secret_that_comes_to_be_known_late_is_taken_out_of_the_lines_before() {
    let desk = Desk::new();
    let record = desk.record(Listed::new([said(0, format!("words {CANARY}"), ""), said(0, "", ""), said(0, "", "")]));
    let generate = command("juju", &["run", "vault/0", "generate"]);
    let _ = record.change(&generate, Permit::for_test());
    let _ = record.change(&Command::new("juju", ["run"]).stdin(secret(CANARY)).into(), Permit::for_test());
    hides_the_canary(&desk.text());
    let _ = record.read(&command("juju", &["status"]));
    assert_eq!(record.finish().expect("whole"), 3);
    assert_eq!(desk.text().lines().count(), 4);
    let mode = std::fs::metadata(desk.cassette()).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "the rewritten file is as private as the first");
    let replay = Replay::load(&desk.cassette()).expect("loaded");
    assert_eq!(replay.change(&generate, Permit::for_test()), said(0, "words (secret)", ""));
}

#[test]
fn secrets_of_the_transport_itself_and_concealed_ones_are_hidden() {
    let desk = Desk::new();
    let typed = "typed-by-hand-77";
    let inner = Listed { own: vec![Secret::new(CANARY)], ..Listed::new([said(1, "", &format!("{CANARY} {typed}"))]) };
    let record = desk.record(inner);
    record.conceal(&Secret::new(typed));
    let _ = record.read(&command("openstack", &["catalog", "list"]));
    hides_the_canary(&desk.text());
    assert!(!desk.text().contains(typed));
}

#[test]
fn secrets_in_known_places_are_hidden_though_nobody_named_them() {
    let desk = Desk::new();
    let key = format!("{}:{}:{}", "c4naryAAAAAAAAAAAA", "c4naryBBBBBBBBBBBB", "c4naryCCCCCCCCCCCCCCCCCCCCCCCCCC");
    let answers = [
        said(0, format!("admin http://maas:5240/MAAS {key}\n"), ""),
        said(0, r#"{"keystone/0":{"results":{"admin-password":"c4nary","stdout":"password: c4nary\n"}}}"#, ""),
        said(0, "-----BEGIN EC PRIVATE KEY-----\nc4nary\n-----END EC PRIVATE KEY-----\n", ""),
        served(
            201,
            &[("x-subject-token", "c4nary"), ("set-cookie", "csrftoken=c4nary; Path=/; Secure")],
            "{\"token\":\"c4nary\"}",
        ),
        Err(Failure::new(FailureKind::Unreachable, "amqp://u:c4nary@h/")),
    ];
    let record = desk.record(Listed::new(answers));
    for _ in 0..5 {
        let _ = record.read(&command("maas", &["list", "--password", "c4nary", "--token=c4nary"]));
    }
    hides_the_canary(&desk.text());
    assert!(desk.text().contains("csrftoken=(secret); Path=/; Secure"), "{}", desk.text());
}

#[test]
fn the_file_is_private_and_never_written_over() {
    let desk = Desk::new();
    recorded(&desk);
    let mode = std::fs::metadata(desk.cassette()).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = desk.text();
    let again = Record::create(&desk.cassette(), Box::new(Listed::default()), Header::new("now", BTreeMap::new()));
    assert!(matches!(again, Err(RecordError::Exists { .. })));
    assert_eq!(desk.text(), before);
    let nowhere =
        Record::create(Path::new("/nowhere/x"), Box::new(Listed::default()), Header::new("now", BTreeMap::new()));
    assert!(matches!(nowhere, Err(RecordError::NotWritten { .. })));
}

#[test]
fn each_interaction_is_on_disk_as_soon_as_it_has_happened() {
    let desk = Desk::new();
    let record = desk.record(Listed::new([said(0, "a", ""), said(0, "b", "")]));
    assert!(desk.text().starts_with("{\"cassette\":1,\"omega\":\""), "{}", desk.text());
    for lines in [2, 3] {
        let _ = record.read(&command("juju", &["status"]));
        assert_eq!(desk.text().lines().count(), lines);
    }
}

#[test]
fn a_torn_last_line_is_refused_with_its_number() {
    let desk = Desk::new();
    let run = recorded(&desk);
    let whole = desk.text();
    let last = whole.trim_end().rfind('\n').expect("several lines") + 1;
    for length in [whole.len() - 1, whole.len() - 7, last + 1] {
        let error = desk.rewritten(|_| whole[..length].to_string());
        assert!(matches!(&error, CassetteError::Torn { place } if place.line == run.len() + 1), "{error}");
        assert!(error.to_string().contains(&format!("run.cassette:{}: ", run.len() + 1)), "{error}");
    }
}

#[test]
fn a_line_that_does_not_fit_is_refused_with_its_number() {
    for broken in ["{}", "not json", "{\"door\":\"read\"}"] {
        let desk = Desk::new();
        recorded(&desk);
        let error = desk.rewritten(|text| {
            let mut lines: Vec<_> = text.lines().collect();
            lines[3] = broken;
            lines.join("\n") + "\n"
        });
        assert!(matches!(&error, CassetteError::Malformed { place, .. } if place.line == 4), "{error}");
    }
    let desk = Desk::new();
    recorded(&desk);
    let error = desk.rewritten(|text| text.replacen("{\"base64\":\"", "{\"base64\":\"?", 1));
    assert!(matches!(&error, CassetteError::Malformed { .. }), "{error}");
    let error = desk.rewritten(|text| text.replacen("\"door\":", "\"dour\":1,\"door\":", 1));
    assert!(matches!(&error, CassetteError::Malformed { .. }), "{error}");
}

#[test]
fn an_unknown_version_and_another_file_are_refused() {
    let desk = Desk::new();
    recorded(&desk);
    let whole = desk.text();
    let error = desk.rewritten(|_| whole.replacen("\"cassette\":1", "\"cassette\":2", 1));
    assert!(matches!(error, CassetteError::UnknownVersion { found: 2, .. }), "{error}");
    for other in ["", "\n", "{}\n", "# cassette\n", "{\"cassette\":\"1\"}\n"] {
        assert!(matches!(desk.rewritten(|_| other.to_string()), CassetteError::NotACassette { .. }), "{other:?}");
    }
    std::fs::remove_file(desk.cassette()).expect("removed");
    assert!(matches!(Replay::load(&desk.cassette()), Err(CassetteError::Unreadable { .. })));
}

#[test]
fn changes_of_a_lab_replay_without_the_lab() {
    let create = "network create --external --provider-network-type flat --provider-physical-network physnet1 \
                  provider-ext -f json";
    let openstack = |words: &str| Request::from(Command::new("openstack", words.split(' ')));
    let run = [
        (Door::Read, command("maas", &["admin", "subnets", "read"])),
        (Door::Read, openstack("network show provider-ext -f json")),
        (Door::Change, openstack(create)),
        (Door::Read, openstack("network show provider-ext -f json")),
        (Door::Read, openstack("network list -f json")),
    ];
    let desk = Desk::new();
    let lab = crate::lab::Lab::embedded("settled").expect("a lab");
    let record = Record::create(&desk.cassette(), Box::new(lab), Header::new("now", BTreeMap::new())).expect("begun");
    let seen: Vec<_> = run.iter().map(|(door, request)| ask(&record, *door, request)).collect();
    assert!(matches!(&seen[2], Ok(Reply::Command { status: 0, .. })), "{:?}", seen[2]);
    assert_ne!(seen[1], seen[3], "the change can be seen");
    assert_eq!(record.finish().expect("whole"), run.len());
    let replay = Replay::load(&desk.cassette()).expect("loaded");
    for ((door, request), seen) in run.iter().zip(&seen) {
        assert_eq!(&ask(&replay, *door, request), seen, "{request}");
    }
    assert!(replay.unused().is_empty());
}
