//! A wrong script for each rule, with the whole message as a golden file, and right ones that must be quiet.

use super::*;
use crate::check::{
    Sources,
    message::summary,
    testing::{golden, tree},
};

fn host() -> HostNames {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let functions = [
        "gate",
        "gate_eq",
        "gate_set",
        "gate_all",
        "step",
        "exit_gate",
        "runbook",
        "ip",
        "cidr",
        "ip_range",
        "fail",
        "note",
        "len",
        "secret",
    ];
    HostNames {
        functions: set(&functions),
        namespaces: set(&["maas", "juju", "openstack", "netbox", "pki"]),
        pure: set(&["ip", "cidr", "ip_range", "pki::name"]),
        ..HostNames::default()
    }
}

const HEAD: &str = "runbook(\"phase-04\", \"Network carve\", #{ version: 3 });\n";

fn findings(is_library: bool, source: &str) -> Vec<Diagnostic> {
    let file = if is_library { "lib/net.rhai" } else { "runbooks/phase-04.rhai" };
    let tree = tree(file, source);
    if is_library { library(&tree, &host()) } else { runbook(&tree, &host()) }
}

fn ids(is_library: bool, source: &str) -> Vec<String> {
    findings(is_library, source).into_iter().map(|d| format!("{} {}:{}", d.id, d.span.line, d.span.column)).collect()
}

fn rendered(is_library: bool, source: &str) -> String {
    let found = findings(is_library, source);
    let mut sources = Sources::default();
    sources.insert(if is_library { "lib/net.rhai" } else { "runbooks/phase-04.rhai" }, source);
    let texts: String = found.iter().map(|d| d.render(&sources, false)).collect();
    format!("{texts}{}", summary(&found, 14))
}

const GOOD: &str = r#"//! Phase 04.
import "net" as net;
const POOL = ip_range("10.12.5.0", "10.12.7.254");
const BOTH = [POOL, doubled(2), [1, 2].map(|x| doubled(x))];
const CA = pki::name("x");
fn doubled(x) { x + x }
fn checked(network) { gate("external", network.is_external); }

runbook("phase-04", "Network carve", #{ version: 3, needs: ["maas: read"] });

step("4.0", "MAAS holds the plane", || {
    let provider = maas::subnet(net::PROVIDER.cidr);
    gate_eq("gateway", provider.gateway, net::PROVIDER.gateway);
    for host in net::HOSTS {
        gate("powered", maas::machine(host).is_on, #{ subject: host });
        gate(`${host} deployed`, true);
    }
    if provider.managed { gate("dhcp", true); } else { gate("dhcp", provider.dhcp); }
    switch provider.kind { "a" => gate("kind", true), _ => gate("kind", false) }
    let twice = provider.ranges.filter(|r| r.kind == "reserved").map(|r| doubled(r.size));
});
exit_gate("4.9", "Hands out addresses", || { gate("external", true); checked(openstack::network("x")); });
"#;

#[test]
fn a_right_runbook_and_a_right_library_are_quiet() {
    assert_eq!(ids(false, GOOD), Vec::<String>::new());
    let library = "import \"hosts\" as hosts;\nconst A = cidr(\"10.0.0.0/8\");\nexport const B = #{ c: A };\nexport A as C;\n/// Carves.\nfn carve(x) { gate(\"carved\", openstack::network(x).is_external); hosts::all() }\nprivate fn inner() { global::A }";
    assert_eq!(ids(true, library), Vec::<String>::new());
}

/// Name of the golden file, whether it is a library, the script.
const WRONG: [(&str, bool, &str); 26] = [
    ("e0106-let", false, "let x = 1;\n{HEAD}"),
    ("e0106-typo", false, "{HEAD}stp(\"4.0\", \"x\", || {});"),
    ("e0106-library", true, "step(\"4.0\", \"x\", || {});\nif true { 1 }"),
    ("e0107-none", false, "step(\"4.0\", \"x\", || {});"),
    ("e0107-late-and-twice", false, "step(\"4.0\", \"x\", || {});\n{HEAD}{HEAD}"),
    ("e0108", false, "const ID = \"x\";\nrunbook(ID, \"Title\", #{});\n"),
    ("e0109-id", false, "{HEAD}step(4.to_string(), \"x\", || {});"),
    (
        "e0109-body",
        false,
        "{HEAD}fn body() {}\nstep(\"4.0\", \"x\", body);\nstep(\"4.1\", \"x\", |a| {});\nstep(\"4.2\", \"\", || {});",
    ),
    (
        "e0110-nested",
        false,
        "{HEAD}step(\"4.0\", \"x\", || {\n    step(\"4.1\", \"y\", || {});\n});\nfn f() { exit_gate(\"4.2\", \"z\", || {}) }",
    ),
    ("e0111", false, "{HEAD}step(\"4.0\", \"x\", || {});\nexit_gate(\"4.0\", \"y\", || {});"),
    ("e0112", false, "import \"a\" + \"b\" as a;\nimport \"c\";\n{HEAD}"),
    ("e0113", false, "{HEAD}step(\"4.0\", \"x\", || { import \"net\" as net; });\nfn f() { import \"net\" as net; }"),
    ("e0114", false, "import \"net\" as openstack;\nimport \"a\" as b;\nimport \"c\" as b;\n{HEAD}"),
    ("e0115", false, "{HEAD}fn gate(id, ok) {}\nprivate fn  len() { 99 }"),
    ("e0115-library", true, "fn exit_gate(a, b, c) {}"),
    (
        "e0116",
        false,
        "const M = maas::machines();\nconst S = secret(\"x\");\nconst F = [|| 1];\nconst H = [1].map(|x| maas::machine(x));\nfn quiet() { openstack::networks() }\nconst Q = quiet();\n{HEAD}",
    ),
    ("e0117", false, "const G = gate(\"x\", true);\n{HEAD}"),
    (
        "e0118",
        false,
        "{HEAD}step(\"4.0\", \"x\", || {\n    gate(\"up\", true);\n    [1].map(|x| gate(\"up\", x == 1));\n    if true { gate_eq(\"up\", 1, 1, #{ issue: \"KI-1\" }); }\n});",
    ),
    (
        "e0119",
        false,
        "{HEAD}step(\"4.0\", \"x\", || {\n    for host in [\"a\", \"b\"] { gate(\"up\", host == \"a\"); }\n});",
    ),
    (
        "e0120",
        false,
        "import \"net\" as net;\n{HEAD}step(\"4.0\", \"x\", || {\n    mas::subnet(1);\n    let a = nett::PROVIDER.cidr;\n    [1].map(|x| quite::other(x));\n});",
    ),
    (
        "e0121",
        false,
        "{HEAD}fn f() { eval(\"1\") }\nstep(\"4.0\", \"x\", || {\n    let g = Fn(\"gate\");\n    g.call(\"x\", true);\n    let p = curry(g, 1);\n    f!();\n});",
    ),
    ("e0122", false, "{HEAD}step(\"4.0\", \"x\", || { try { openstack::networks(); } catch (e) { throw e; } });"),
    ("e0116-in-header", false, "runbook(\"phase-04\", \"t\", #{ needs: juju::models() });"),
    ("many", false, "let x = 1;\nstep(\"1\", \"a\", || { hostt::f(); });\nstep(\"1\", \"b\", || { try {} catch {} });"),
    (
        "e0106-flow",
        false,
        "{HEAD}for x in [1] { x; }\nwhile false {}\nX.a();\nconst X = #{ a: 1 };\nX.a += 1;\n{ let y = 2; }",
    ),
    ("e0109-count", false, "{HEAD}step(\"4.0\", \"x\", #{ after: 1 }, || {});\nexit_gate();"),
];

#[test]
fn each_wrong_script_has_its_message() {
    for (name, is_library, source) in WRONG {
        let source = source.replace("{HEAD}", HEAD);
        golden(name, &rendered(is_library, &source));
        let expected = name.get(..5).unwrap_or_default().to_uppercase();
        let found = ids(is_library, &source);
        assert!(!found.is_empty(), "{name}: nothing was found");
        assert!(name == "many" || found.iter().all(|id| id.starts_with(&expected)), "{name}: {found:?}");
    }
}

#[test]
fn each_rule_of_the_shape_has_a_wrong_script() {
    for rule in crate::check::rules::RULES.iter().filter(|rule| rule.id >= "E0106" && rule.id < "E0123") {
        assert!(WRONG.iter().any(|(name, ..)| name.starts_with(&rule.id.to_lowercase())), "{} has none", rule.id);
    }
}

#[test]
fn places_are_exact() {
    let source = format!("{HEAD}step(\"4.0\", \"x\", || {{\n    mas::subnet(1);\n}});");
    assert_eq!(ids(false, &source), ["E0120 3:5"]);
    let source = format!("{HEAD}private fn  len(a) {{ a }}");
    assert_eq!(ids(false, &source), ["E0115 2:13"]);
}

#[test]
fn an_import_of_nothing_is_found() {
    let tree = tree("lib/a.rhai", "import \"nett\" as net;\nimport \"hosts\" as hosts;");
    let there = ["net", "hosts"].map(|name| (name.to_owned(), ()));
    let found = imports(&tree, &there.into());
    assert_eq!(found.len(), 1);
    let mut sources = Sources::default();
    sources.insert("lib/a.rhai", &*tree.source);
    golden("e0124", &found[0].render(&sources, false));
}
