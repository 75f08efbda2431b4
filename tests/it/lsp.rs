//! `omega lsp` as an editor uses it: the real binary, framed messages over its standard input and output, unsaved texts.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value as Json, json};
use tempfile::TempDir;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Long enough for a loaded machine; a message that does not come is a failure, not a hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// An editor with the project's own runbooks in a folder of its own.
struct Editor {
    folder: TempDir,
    child: Child,
    input: Option<ChildStdin>,
    messages: Receiver<Json>,
    next: i64,
    version: i64,
}

impl Editor {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["runbooks", "lib", "bundle.yaml", "SHA256SUMS"] {
            let copied = Command::new("cp").arg("-r").arg(Path::new(ROOT).join(name)).arg(folder.path()).status();
            assert!(copied.expect("cp runs").success(), "{name} is copied");
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_omega"))
            .arg("lsp")
            .current_dir("/")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("omega starts");
        let (sender, messages) = channel();
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        std::thread::spawn(move || read_all(output, |message| sender.send(message).is_ok()));
        let input = child.stdin.take();
        Editor { folder, child, input, messages, next: 0, version: 0 }
    }

    /// Started, and through the handshake.
    fn ready(encodings: &[&str]) -> Self {
        let mut editor = Self::start();
        let capabilities = json!({ "general": { "positionEncodings": encodings } });
        let answer =
            editor.ask("initialize", json!({ "processId": null, "rootUri": null, "capabilities": capabilities }));
        let wanted = if encodings.contains(&"utf-8") { "utf-8" } else { "utf-16" };
        assert_eq!(answer["capabilities"]["positionEncoding"], wanted);
        assert_eq!(answer["serverInfo"]["name"], "omega");
        editor.tell("initialized", json!({}));
        editor
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn uri(&self, file: &str) -> String {
        format!("file://{}", self.path(file).display())
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.path(file)).expect("there")
    }

    fn write(&mut self, message: &Json) {
        let body = message.to_string();
        let input = self.input.as_mut().expect("open");
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).expect("written");
        input.flush().expect("written");
    }

    fn tell(&mut self, method: &str, params: Json) {
        self.write(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn request(&mut self, method: &str, params: Json) -> Json {
        self.next += 1;
        let id = self.next;
        self.write(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        self.await_message(|message| message["id"] == id)
    }

    fn ask(&mut self, method: &str, params: Json) -> Json {
        let answer = self.request(method, params);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].clone()
    }

    fn await_message(&self, is_it: impl Fn(&Json) -> bool) -> Json {
        loop {
            let message = self.messages.recv_timeout(PATIENCE).expect("a message in time");
            if is_it(&message) {
                return message;
            }
        }
    }

    fn open(&mut self, file: &str, text: &str) {
        let uri = self.uri(file);
        self.version += 1;
        let document = json!({ "uri": uri, "languageId": "rhai", "version": self.version, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&mut self, file: &str, changes: Json) {
        self.version += 1;
        let document = json!({ "uri": self.uri(file), "version": self.version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    fn replace(&mut self, file: &str, text: &str) {
        self.change(file, json!([{ "text": text }]));
    }

    /// What is shown for a file at its newest version.
    fn findings(&self, file: &str) -> Vec<Json> {
        let (uri, version) = (self.uri(file), self.version);
        let message = self.await_message(|message| {
            let params = &message["params"];
            message["method"] == "textDocument/publishDiagnostics"
                && params["uri"] == uri
                && params["version"] == version
        });
        message["params"]["diagnostics"].as_array().expect("a list").clone()
    }

    fn at(&self, file: &str, position: Json) -> Json {
        json!({ "textDocument": { "uri": self.uri(file) }, "position": position })
    }

    fn labels(&mut self, file: &str, position: Json) -> Vec<String> {
        let params = self.at(file, position);
        let items = self.ask("textDocument/completion", params);
        let mut items: Vec<Json> = items.as_array().expect("a list").clone();
        items.sort_by_key(|item| item["sortText"].as_str().or(item["label"].as_str()).map(str::to_owned));
        items.iter().map(|item| item["label"].as_str().expect("a label").to_owned()).collect()
    }

    fn hover(&mut self, file: &str, position: Json) -> String {
        let params = self.at(file, position);
        let answer = self.ask("textDocument/hover", params);
        answer["contents"]["value"].as_str().unwrap_or_default().to_owned()
    }

    /// Ends as the protocol has it; answers the exit status.
    fn end(mut self) -> Option<i32> {
        self.ask("shutdown", Json::Null);
        self.tell("exit", Json::Null);
        self.child.wait().expect("it ends").code()
    }
}

fn read_all(mut output: impl BufRead, mut each: impl FnMut(Json) -> bool) {
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if output.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            match line.trim().split_once(": ") {
                Some(("Content-Length", number)) => length = number.parse().expect("a number"),
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        output.read_exact(&mut body).expect("a whole message");
        if !each(serde_json::from_slice(&body).expect("JSON")) {
            return;
        }
    }
}

/// Where a text stands, on the line of its first appearance, as the protocol counts; `within` adds to the column.
fn position(text: &str, what: &str, within: usize) -> Json {
    let at = text.find(what).unwrap_or_else(|| panic!("{what} is there"));
    let line = text[..at].matches('\n').count();
    let column = text[..at].rsplit('\n').next().unwrap_or_default().encode_utf16().count();
    json!({ "line": line, "character": column + within })
}

const PHASE: &str = "runbooks/phase-04.rhai";

#[test]
fn a_wrong_field_is_underlined_at_once_and_gone_when_it_is_right() {
    let mut editor = Editor::ready(&["utf-16"]);
    let right = editor.text(PHASE);
    let wrong = right.replace("network.is_external", "network.is_extrenal");
    editor.open(PHASE, &wrong);
    let found = editor.findings(PHASE);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["range"]["start"], position(&wrong, "is_extrenal", 0));
    assert_eq!(found[0]["range"]["end"], position(&wrong, "is_extrenal", "is_extrenal".len()));
    assert_eq!((&found[0]["code"], &found[0]["severity"]), (&json!("E0204"), &json!(1)));
    assert!(found[0]["message"].as_str().expect("words").contains("did you mean `is_external`?"), "{}", found[0]);
    let range = json!({ "start": position(&wrong, "trenal", 0), "end": position(&wrong, "trenal", 3) });
    editor.change(PHASE, json!([{ "range": range, "text": "ter" }]));
    assert_eq!(editor.findings(PHASE), Vec::<Json>::new());
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn a_broken_text_shows_its_error_and_keeps_what_was_known() {
    let mut editor = Editor::ready(&["utf-16"]);
    let right = editor.text(PHASE);
    editor.open(PHASE, &right);
    assert_eq!(editor.findings(PHASE), Vec::<Json>::new());
    let broken = right.replace("gate(\"external\", network.is_external);", "gate(\"external\", network.");
    editor.replace(PHASE, &broken);
    let found = editor.findings(PHASE);
    assert_eq!(found[0]["code"], "E0100", "{found:?}");
    let labels = editor.labels(PHASE, position(&broken, "\"external\", network.", "\"external\", network.".len()));
    assert!(labels.contains(&"is_external".to_owned()) && labels.contains(&"subnet".to_owned()), "{labels:?}");
    let hover = editor.hover(PHASE, position(&broken, "openstack::ensure_network", 12));
    assert!(hover.contains("openstack::ensure_network("), "{hover}");
    for text in ["", "step(", "}}}", "let x = #{ a: ", "\u{1f600}", "import \"", "`${", "net::"] {
        editor.replace(PHASE, text);
        let _ = editor.labels(PHASE, json!({ "line": 0, "character": text.encode_utf16().count() }));
        let _ = editor.hover(PHASE, json!({ "line": 0, "character": 0 }));
    }
    editor.replace(PHASE, &right);
    assert_eq!(editor.findings(PHASE), Vec::<Json>::new());
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn what_only_all_runbooks_tell_is_told_in_the_editor_too() {
    let mut editor = Editor::ready(&["utf-16"]);
    let right = editor.text(PHASE);
    let twice = right.replacen("runbook(\"phase-04\"", "runbook(\"haproxy-reload\"", 1);
    editor.open(PHASE, &twice);
    let found = editor.findings(PHASE);
    let words = found[0]["message"].as_str().expect("words");
    assert!(
        found.len() == 1 && words.contains("runbooks/haproxy-reload.rhai has the id \"haproxy-reload\" too"),
        "{found:?}"
    );
    assert_eq!(found[0]["range"]["start"], position(&twice, "\"haproxy-reload\"", 0));
    let in_a_circle = right.replacen("after: [", "after: [\"phase-05\", ", 1);
    editor.replace(PHASE, &in_a_circle);
    let found = editor.findings(PHASE).iter().map(|one| one["message"].to_string()).collect::<String>();
    assert!(found.contains("phase-04 waits for itself: phase-04 waits for phase-05"), "{found}");
    editor.replace(PHASE, &right);
    assert_eq!(editor.findings(PHASE), Vec::<Json>::new());
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn hover_tells_signature_and_meaning() {
    let mut editor = Editor::ready(&["utf-16"]);
    let text = editor.text(PHASE);
    editor.open(PHASE, &text);
    for (what, within, wanted) in [
        (
            "openstack::ensure_network",
            12,
            vec![
                "openstack::ensure_network(name: string, spec: #{ ... }) -> Network",
                "*change*",
                "`external: bool` (**required**)",
            ],
        ),
        ("network.is_external", 9, vec!["Network.is_external: bool"]),
        ("provider.reserves", 10, vec!["Subnet.reserves("]),
        ("physnet: \"physnet1\"", 1, vec!["option of `openstack::ensure_network`"]),
        ("net::FIP_POOL", 6, vec!["const FIP_POOL: IpRange", "Floating IPs", "lib/net.rhai:"]),
        ("net::PROVIDER.cidr", 0, vec!["lib/net.rhai", "The planes of the cloud"]),
        ("net::PROVIDER.cidr", 15, vec!["cidr: Cidr"]),
        ("let network", 5, vec!["network: Network"]),
        ("KI-P3-001", 3, vec!["Neutron and MAAS would give one address"]),
        ("exit_gate", 2, vec!["exit_gate(", "the next phase stands on"]),
    ] {
        let hover = editor.hover(PHASE, position(&text, what, within));
        wanted.iter().for_each(|part| assert!(hover.contains(part), "{what}: {part} in\n{hover}"));
    }
    let carve = editor.text("lib/carve.rhai");
    editor.open("lib/carve.rhai", &carve);
    let hover = editor.hover("lib/carve.rhai", position(&carve, "fn interfaces", 4));
    assert!(hover.contains("fn interfaces(host)") && hover.contains("Cards on their planes"), "{hover}");
    let hover = editor.hover("lib/carve.rhai", position(&carve, "host.name", 1));
    assert!(hover.contains("hostname") || hover.contains("host: #{"), "known from the callers: {hover}");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn completion_knows_the_place() {
    let mut editor = Editor::ready(&["utf-16"]);
    let right = editor.text(PHASE);
    editor.open(PHASE, &right);
    let with = |line: &str| right.replace("    gate(\"no DHCP from Neutron\", !subnet.dhcp);", line);
    for (line, first, among, not) in [
        ("    openstack::", "", vec!["ensure_network", "network", "image"], vec!["gate"]),
        ("    gate(\"x\", subnet.po", "", vec!["pools", "gateway"], vec!["ensure_network"]),
        ("    let x = net::", "", vec!["PROVIDER", "FIP_POOL", "vip_columns"], vec!["gate"]),
        (
            "    openstack::ensure_network(\"x\", #{ external: true, ",
            "all_projects",
            vec!["type", "tags"],
            vec!["external"],
        ),
        ("    gate(\"x\", true, #{ ", "", vec!["issue", "means", "next"], vec![]),
        ("    let a = ga", "", vec!["gate", "gate_eq", "network", "subnet", "net", "openstack"], vec![]),
        ("    gate_eq(\"x\", net::PROVIDER.", "", vec!["cidr", "gateway", "vid"], vec![]),
        ("    for s in network.", "", vec!["tags"], vec![]),
        ("    // network.", "", vec![], vec!["tags"]),
        ("    gate(\"x\", maas::machine(\"a\").status == \"", "", vec!["Ready", "Deployed"], vec!["gate", "shut off"]),
        ("    gate_eq(\"x\", maas::machine(\"a\").status, \"Re", "", vec!["Ready"], vec!["gate"]),
        ("    openstack::ensure_network(\"x\", #{ type: \"", "", vec!["flat", "vlan"], vec!["external"]),
        ("    note(\"", "", vec![], vec!["Ready", "gate"]),
    ] {
        let text = with(line);
        editor.replace(PHASE, &text);
        let labels = editor.labels(PHASE, position(&text, line, line.len()));
        among.iter().for_each(|name| assert!(labels.iter().any(|label| label == name), "{line}: {name} in {labels:?}"));
        not.iter()
            .for_each(|name| assert!(labels.iter().all(|label| label != name), "{line}: no {name} in {labels:?}"));
        assert!(
            first.is_empty() || labels.first().is_some_and(|label| label == first),
            "{line}: {first} first in {labels:?}"
        );
    }
    let text = right.replace("import \"net\"", "import \"\"");
    editor.replace(PHASE, &text);
    let labels = editor.labels(PHASE, position(&text, "import \"", 8));
    assert!(labels.contains(&"net".to_owned()) && labels.contains(&"carve".to_owned()), "{labels:?}");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn a_definition_is_in_the_library_or_in_the_file() {
    let mut editor = Editor::ready(&["utf-16"]);
    let (phase, net) = (editor.text(PHASE), editor.text("lib/net.rhai"));
    editor.open(PHASE, &phase);
    for (what, within, file, wanted) in [
        ("net::FIP_POOL", 6, "lib/net.rhai", position(&net, "FIP_POOL", 0)),
        ("net::PROVIDER.cidr", 15, "lib/net.rhai", position(&net, "cidr: cidr(\"10.12.4.0", 0)),
        ("import \"net\"", 9, "lib/net.rhai", json!({ "line": 0, "character": 0 })),
        ("provider.reserves", 2, PHASE, position(&phase, "provider = maas", 0)),
    ] {
        let params = editor.at(PHASE, position(&phase, what, within));
        let found = editor.ask("textDocument/definition", params);
        assert_eq!(found["uri"], editor.uri(file), "{what}: {found}");
        assert_eq!(found["range"]["start"], wanted, "{what}: {found}");
    }
    let params = editor.at(PHASE, position(&phase, "openstack::network", 12));
    assert_eq!(editor.ask("textDocument/definition", params), Json::Null, "the host has no source to show");
    let outline = json!({ "textDocument": { "uri": editor.uri(PHASE) } });
    let outline = editor.ask("textDocument/documentSymbol", outline);
    assert!(outline.to_string().contains("4.9 provider-ext hands out floating IPs"), "{outline}");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn an_unsaved_library_counts_for_the_open_runbook() {
    let mut editor = Editor::ready(&["utf-16"]);
    let (phase, net) = (editor.text(PHASE), editor.text("lib/net.rhai"));
    editor.open(PHASE, &phase);
    assert_eq!(editor.findings(PHASE), Vec::<Json>::new());
    let runbook = editor.version;
    editor.open("lib/net.rhai", &net);
    assert_eq!(editor.findings("lib/net.rhai"), Vec::<Json>::new());
    editor.replace("lib/net.rhai", &net.replace("FIP_POOL", "FLOATING"));
    let uri = editor.uri(PHASE);
    let message = editor.await_message(|message| {
        message["params"]["uri"] == uri
            && message["params"]["version"] == runbook
            && message["params"]["diagnostics"] != json!([])
    });
    let found = &message["params"]["diagnostics"][0];
    assert!(found["message"].as_str().expect("words").contains("no constant `FIP_POOL`"), "{found}");
    // Closed without a save: the file on disk counts again.
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": editor.uri("lib/net.rhai") } }));
    editor.await_message(|message| message["params"]["uri"] == uri && message["params"]["diagnostics"] == json!([]));
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn columns_are_bytes_where_the_client_wants_them() {
    for (encoding, end) in [("utf-16", 4), ("utf-8", 6)] {
        let mut editor = Editor::ready(&[encoding]);
        let text = "/*\u{1f600}*/ // x\n";
        editor.open("runbooks/a.rhai", text);
        let codes = |found: &[Json]| found.iter().map(|one| one["code"].clone()).collect::<Vec<_>>();
        let found = editor.findings("runbooks/a.rhai");
        let range = &found.iter().find(|one| one["code"] == "E0101").expect("the letter is found")["range"];
        assert_eq!((&range["start"]["character"], &range["end"]["character"]), (&json!(2), &json!(end)));
        editor.change("runbooks/a.rhai", json!([{ "range": range, "text": "x" }]));
        assert!(!codes(&editor.findings("runbooks/a.rhai")).contains(&json!("E0101")), "{encoding}");
        assert_eq!(editor.end(), Some(0));
    }
}

#[test]
fn what_is_not_served_is_said_and_the_end_is_told() {
    let mut editor = Editor::ready(&["utf-16"]);
    assert_eq!(editor.request("textDocument/rename", json!({}))["error"]["code"], -32601);
    let nowhere =
        json!({ "textDocument": { "uri": "file:///nowhere.rhai" }, "position": { "line": 0, "character": 0 } });
    assert_eq!(editor.request("textDocument/hover", nowhere)["error"]["code"], -32602);
    assert_eq!(editor.request("textDocument/hover", json!({ "wrong": 1 }))["error"]["code"], -32602);
    editor.ask("shutdown", Json::Null);
    assert_eq!(editor.request("textDocument/hover", json!({}))["error"]["code"], -32600);
    editor.tell("exit", Json::Null);
    assert_eq!(editor.child.wait().expect("it ends").code(), Some(0));
    let mut rude = Editor::ready(&[]);
    rude.tell("exit", Json::Null);
    assert_eq!(rude.child.wait().expect("it ends").code(), Some(1), "no shutdown came before");
    let mut gone = Editor::ready(&[]);
    gone.input = None;
    assert_eq!(gone.child.wait().expect("it ends").code(), Some(1), "the client went away");
}
