//! A secret goes where it must and shows nowhere.

use std::path::Path;

use base64::Engine;
use serde_json::json;

use crate::desk::{Desk, Done, FLAT, READ_ONLY};

/// With characters that each encoding writes in its own way.
const CANARY: &str = "Can4ry/+&<\"'\\ é%=?~Ω";

/// The canary in the forms that texts and logs give it.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    let json = json.trim_matches('"').to_string();
    let ascii: String =
        json.chars().map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) }).collect();
    let percent = |keep: &str, upper: bool| -> String {
        let byte = |b: u8| match char::from(b) {
            c if c.is_ascii_alphanumeric() || keep.contains(c) => c.to_string(),
            _ if upper => format!("%{b:02X}"),
            _ => format!("%{b:02x}"),
        };
        secret.bytes().map(byte).collect()
    };
    let hex: String = secret.bytes().map(|b| format!("{b:02x}")).collect();
    let html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    let standard = base64::engine::general_purpose::STANDARD;
    let url = base64::engine::general_purpose::URL_SAFE;
    vec![
        secret.to_string(),
        json,
        ascii,
        percent("-._~", true),
        percent("-._~/", true),
        percent("-._~", false),
        percent("-._~", true).replace("%20", "+"),
        hex.to_uppercase(),
        hex,
        html.replace('\'', "&#39;"),
        html,
        standard.encode(secret),
        standard.encode(secret).trim_end_matches('=').to_string(),
        url.encode(secret),
        standard.encode(format!("admin:{secret}")),
        secret.replace('\'', "'\\''"),
        format!("{secret:?}").trim_matches('"').to_string(),
    ]
}

/// Every file below a folder, as one text.
fn all_files(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            text += &all_files(&path);
        } else {
            text += &String::from_utf8_lossy(&std::fs::read(&path).expect("read"));
        }
    }
    text
}

#[track_caller]
fn shows_nowhere(desk: &Desk, done: &Done, secret: &str) {
    let state = all_files(&desk.path("state"));
    let cassette = std::fs::read_to_string(desk.path("cassette")).unwrap_or_default();
    for form in forms(secret) {
        for (place, text) in [
            ("stdout", &done.stdout),
            ("stderr", &done.stderr),
            ("the state folder", &state),
            ("the cassette", &cassette),
        ] {
            assert!(!text.contains(&form), "{place} shows {form:?}\n{text}");
        }
    }
}

fn secret_file(desk: Desk) -> Desk {
    use std::os::unix::fs::PermissionsExt;
    let desk = desk.file("secret", format!("{CANARY}\n"));
    std::fs::set_permissions(desk.path("secret"), std::fs::Permissions::from_mode(0o600)).expect("set");
    desk
}

#[test]
fn a_script_cannot_make_a_secret_show() {
    let uses = [
        "note(`${s}`);",
        "note(\"a\" + s);",
        "note(s);",
        "fail(s);",
        "gate(\"x\", s);",
        "gate_eq(\"x\", s, s);",
        "gate_eq(\"x\", s, \"guess\");",
        "gate_set(\"x\", [s], [\"guess\"]);",
        "gate_eq(\"x\", [s], [s]);",
        "let x = s == \"guess\";",
        "let x = s == s;",
        "let x = s < s;",
        "let x = s in [s];",
        "let x = [s].contains(s);",
        "let x = [s].join(\"\");",
        "let x = #{ a: s } == #{ a: s };",
        "let x = s.len();",
        "let x = s.text();",
        "let x = s.to_string();",
        "let x = s[0];",
        "let x = s.expose();",
        "for c in s { note(c); }",
        "switch s { \"guess\" => gate(\"x\", true), _ => note(`${s}`) }",
        "let x = openstack::network(s);",
        "let x = maas::subnet(s);",
        "let m = #{}; m[s] = 1;",
        "let x = [1][s];",
        "let x = nothing(s);",
        "let x = -s;",
        "let x = s + s;",
        "gate(\"x\", true, #{ means: s });",
        "gate(\"x\", true, s);",
        "attest(s, \"q\");",
        "let x = [s].map(|v| `${v}`);",
        "let x = [s].filter(|v| v == s);",
        "let x = wait_until(\"w\", #{ at_most: 2 }, || s);",
        "let x = s.nothing;",
    ];
    for body in uses {
        let desk =
            secret_file(Desk::reading(&format!("let s = secret(\"key\", \"The key\"); {body} gate(\"end\", true);")));
        let done = desk.run().arg("--secret-file").arg("key=secret").done();
        assert!(!done.gates().contains_key("end"), "{body}\n{}", done.stderr);
        assert!(matches!(done.status, Some(1 | 4)), "{body}: {:?}\n{}", done.status, done.stderr);
        shows_nowhere(&desk, &done, CANARY);
    }
    let desk = secret_file(Desk::reading("let s = secret(\"key\", \"The key\"); gate(\"x\", true);"));
    let done = desk.run().arg("--secret-file").arg("key=secret").done().exits(0);
    shows_nowhere(&desk, &done, CANARY);
}

#[test]
fn an_expression_does_not_print_a_secret() {
    let desk = secret_file(Desk::new());
    for expression in [
        "secret(\"key\", \"\")",
        "[secret(\"key\", \"\")]",
        "#{ a: secret(\"key\", \"\") }",
        "`${secret(\"key\", \"\")}`",
    ] {
        let done = desk.omega(["eval", expression, "--lab", "--secret-file", "key=secret"]).done();
        shows_nowhere(&desk, &done, CANARY);
    }
}

#[test]
fn a_secret_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let desk = secret_file(Desk::reading("let s = secret(\"key\", \"The key\"); gate(\"x\", true);"));
    std::fs::set_permissions(desk.path("secret"), std::fs::Permissions::from_mode(0o640)).expect("set");
    let done = desk.run().arg("--secret-file").arg("key=secret").done().exits(3).says("chmod 600");
    shows_nowhere(&desk, &done, CANARY);
    desk.run().done().exits(3).says("--secret-file key=PATH");
}

/// A desk whose openrc bears the canary as its password, and whose client shows what `stderr` says.
fn leaking(reply: serde_json::Value) -> Desk {
    use std::os::unix::fs::PermissionsExt;
    let body = format!("openstack::ensure_network(\"n\", {FLAT}); gate(\"x\", openstack::network(\"n\").is_external);");
    let desk = Desk::step(&body).lab().shims().faults(json!([{ "on": "openstack", "what": { "reply": reply } }]));
    let openrc = std::fs::read_to_string(desk.path("lab/openrc")).expect("an openrc");
    let openrc: String = openrc
        .lines()
        .map(|line| match line.starts_with("export OS_PASSWORD=") {
            true => format!("export OS_PASSWORD='{}'\n", CANARY.replace('\'', "'\\''")),
            false => format!("{line}\n"),
        })
        .collect();
    let desk = desk.file("lab/openrc", openrc);
    std::fs::set_permissions(desk.path("lab/openrc"), std::fs::Permissions::from_mode(0o600)).expect("set");
    desk
}

/// Lesson: password-printed.
#[test]
fn a_client_that_prints_a_password_does_not_give_it_away() {
    let all = forms(CANARY).join("\n");
    let quoted = serde_json::Value::from(CANARY).to_string();
    for reply in [
        json!({ "status": 1, "stderr": format!("DEBUG auth {{'password': '{CANARY}'}}\n{all}\n(HTTP 500)") }),
        json!({ "status": 0, "stdout": format!("not json {all}") }),
        json!({ "status": 0, "stdout": quoted }),
    ] {
        let desk = leaking(reply);
        let done = desk.run_on_shims().arg("--record").arg("cassette").arg("--format").arg("json").done();
        assert_ne!(done.status, Some(0), "{}", done.stderr);
        shows_nowhere(&desk, &done, CANARY);
    }
}

#[test]
fn a_cloud_that_keeps_a_password_in_its_data_does_not_give_it_away() {
    let network = json!({
        "id": "1", "name": "n", "router:external": true, "provider:network_type": "flat",
        "provider:physical_network": CANARY, "shared": false, "tags": [CANARY], "status": "ACTIVE", "mtu": 1500,
    });
    let desk = leaking(json!({ "status": 0, "stdout": network.to_string() }));
    let done = desk.run_on_shims().arg("--record").arg("cassette").arg("--format").arg("json").done();
    shows_nowhere(&desk, &done, CANARY);
    let show = format!(
        "{READ_ONLY}step(\"1\", \"One\", || {{ let n = openstack::network(\"n\"); gate_eq(\"tags\", n.tags, [\"x\"]); note(n.physnet); }});\n"
    );
    let desk = leaking(json!({ "status": 0, "stdout": network.to_string() })).file("runbooks/it.rhai", show);
    let done = desk.run_on_shims().arg("--format").arg("junit").done();
    assert_ne!(done.status, Some(0), "{}", done.stderr);
    shows_nowhere(&desk, &done, CANARY);
}

#[test]
fn a_secret_that_was_only_read_from_its_file_is_hidden_too() {
    let network = json!({
        "id": "1", "name": "n", "router:external": true, "provider:network_type": "flat", "provider:physical_network": "p",
        "shared": false, "tags": [CANARY], "status": "ACTIVE", "mtu": 1500,
    });
    let body = "let s = secret(\"key\", \"The key\"); gate_set(\"tags\", openstack::network(\"n\").tags, [\"x\"]);";
    let reply = json!([{ "on": "openstack network show n", "what": { "reply": { "status": 0, "stdout": network.to_string() } } }]);
    let desk = secret_file(Desk::reading(body).lab().faults(reply));
    let run = desk.run_on_disk().arg("--secret-file").arg("key=secret").arg("--record").arg("cassette");
    let done = run.arg("--format").arg("json").done().exits(1);
    assert!(desk.path("cassette").exists());
    shows_nowhere(&desk, &done, CANARY);
}
