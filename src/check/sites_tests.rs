//! The call graph, on runbooks and libraries with every way to reach a gate.

use super::*;
use crate::check::{shape::GATES, testing::tree};

fn role(call: &Call) -> Role {
    match call.path.first().map(|name| name.text.as_str()) {
        None if GATES.contains(&call.name.text.as_str()) && !call.is_method => Role::Gate,
        Some("maas" | "openstack") if call.name.text.starts_with("ensure") => Role::Change,
        Some("maas" | "openstack") => Role::Read,
        _ => Role::Other,
    }
}

fn libs(files: &[(&str, &str)]) -> BTreeMap<String, Arc<Tree>> {
    files
        .iter()
        .map(|(name, source)| ((*name).to_owned(), Arc::new(tree(&format!("lib/{name}.rhai"), source))))
        .collect()
}

/// `file:line name` of each site, with `?` where it is conditional and `*` where it is in a loop.
fn found(source: &str, files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let show = |site: &Site| {
        let name = site.name.clone().unwrap_or_else(|| site.function.clone());
        let marks = format!("{}{}", if site.conditional { "?" } else { "" }, if site.in_loop { "*" } else { "" });
        format!("{}:{} {name}{marks}", site.file.trim_start_matches("lib/"), site.span.line)
    };
    let steps = sites(&tree("r", source), &libs(files), &role);
    steps.iter().map(|step| step.sites.iter().map(show).collect()).collect()
}

fn in_step(body: &str) -> Vec<String> {
    let found = found(&format!("step(\"1\", \"t\", || {{ let a = 1; {body} }});"), &[]);
    found.concat().iter().map(|site| site.trim_start_matches("r:1 ").to_owned()).collect()
}

#[test]
fn each_construct_says_whether_its_gate_must_be_asked() {
    for (body, expected) in [
        ("gate(\"g\", true)", "g"),
        ("if gate(\"g\", true) {}", "g"),
        ("if a == 1 { gate(\"g\", true) }", "g?"),
        ("if a == 1 {} else { gate(\"g\", true) }", "g?"),
        ("if a == 1 {} else if gate(\"g\", true) {}", "g?"),
        ("switch gate(\"g\", true) { _ => 1 }", "g"),
        ("switch a { 1 => gate(\"g\", true), _ => 1 }", "g?"),
        ("switch a { 1 if gate(\"g\", true) => 1, _ => 1 }", "g?"),
        ("gate(\"g\", true) && a == 1", "g"),
        ("a == 1 && gate(\"g\", true)", "g?"),
        ("a == 1 || gate(\"g\", true)", "g?"),
        ("a ?? gate(\"g\", true)", "g?"),
        ("while a == 1 { gate(\"g\", true) }", "g?*"),
        ("while gate(\"g\", true) {}", "g*"),
        ("for x in [1] { gate(\"g\", true) }", "g*"),
        ("for x in gate(\"g\", true) {}", "g"),
        ("loop { gate(\"g\", true); break; }", "g*"),
        ("do { gate(\"g\", true); } while a == 2", "g*"),
        ("do { } until gate(\"g\", true)", "g*"),
        ("[1].map(|x| gate(\"g\", x))", "g"),
        ("[1].map(|x| [2].map(|y| gate(\"g\", x + y + a)))", "g"),
        ("let x = #{ a: [`${gate(\"g\", true)}`] };", "g"),
        ("let x = { gate(\"g\", true) };", "g"),
        ("a = gate(\"g\", true);", "g"),
        ("[1][gate(\"g\", true)]", "g"),
        ("a?.f(gate(\"g\", true))", "g?"),
        ("a.f(gate(\"g\", true)).g", "g"),
        ("return gate(\"g\", true);", "g"),
        ("!gate(\"g\", true)", "g"),
        ("gate(\"g\", true) in [true]", "g"),
        ("try { gate(\"g\", true) } catch { }", "g"),
        ("a.gate(\"g\", true)", ""),
        ("\"gate(g)\"", ""),
    ] {
        assert_eq!(in_step(body).join(" "), expected, "{body}");
    }
}

const MAIN: &str = r#"import "net" as n;
import "hosts" as hosts;
fn own() { gate("own", true); }
fn unused() { gate("unused", true); }
fn again(x) { if x > 0 { again(x - 1); gate("again", true); } }
runbook("p", "t", #{});
step("1", "one", || {
    let network = maas::subnet("10.0.0.0/8", #{ tags: ["a", 1] });
    own();
    n::carve(network);
    openstack::ensure_network("ext", #{ mtu: 1500 });
});
exit_gate("2", "two", || { again(3); [1].map(own); [1].map(n::each); hosts::carve(1); if n::ok() { own(); } own(); });
"#;

const NET: &str = r#"import "hosts" as hosts;
fn carve(x) { gate("carved", x); hosts::all(|h| gate("inner", h)); }
fn carve(x, y) { gate("other arity", x); }
fn each(x) { gate("each", x); }
fn ok() { true }
"#;

const HOSTS: &str = "fn all(f) { for h in openstack::servers() { f.call(h); gate(\"host\", h); } }\nfn carve(x) { gate(\"hosts carve\", x); }";

#[test]
fn gates_are_followed_through_functions_libraries_and_closures() {
    let steps = found(MAIN, &[("net", NET), ("hosts", HOSTS)]);
    assert_eq!(
        steps[0],
        [
            "r:8 10.0.0.0/8",
            "r:3 own",
            "net.rhai:2 carved",
            "net.rhai:2 inner",
            "hosts.rhai:1 openstack::servers",
            "hosts.rhai:1 host*",
            "r:11 ext",
        ]
    );
    assert_eq!(steps[1], ["r:5 again?", "r:3 own", "net.rhai:4 each", "hosts.rhai:2 hosts carve"]);
}

#[test]
fn a_site_carries_what_a_report_and_a_read_ahead_need() {
    let main = tree("runbooks/p.rhai", MAIN);
    let steps = sites(&main, &libs(&[("net", NET), ("hosts", HOSTS)]), &role);
    assert_eq!((steps[0].id.as_str(), steps[0].title.as_str(), steps[0].is_exit), ("1", "one", false));
    assert_eq!((steps[1].id.as_str(), steps[1].is_exit, steps[1].span.line), ("2", true, 13));
    let read = steps[0].of(Role::Read).next().expect("a read");
    assert_eq!((read.function.as_str(), read.span.line, read.span.column), ("maas::subnet", 8, 25));
    assert_eq!(read.args, ["\"10.0.0.0/8\"", "#{ tags: [\"a\", 1] }"]);
    assert!(read.call.args.iter().all(Node::is_literal));
    assert_eq!(read.to_string(), "maas::subnet \"10.0.0.0/8\"  runbooks/p.rhai:8");
    let change = steps[0].of(Role::Change).next().expect("a change");
    assert_eq!((change.function.as_str(), change.args[1].as_str()), ("openstack::ensure_network", "#{ mtu: 1500 }"));
}

#[test]
fn a_missing_library_hides_only_its_own_gates() {
    let steps = found(MAIN, &[("hosts", HOSTS)]);
    assert_eq!(steps[0], ["r:8 10.0.0.0/8", "r:3 own", "r:11 ext"]);
}

#[test]
fn a_long_way_round_ends() {
    let chain: String = (0..60).map(|at| format!("fn f{at}() {{ f{0}(); f{0}(); }}\n", at + 1)).collect();
    let source = format!("{chain}fn f60() {{ gate(\"end\", true); f0(); }}\nstep(\"1\", \"t\", || {{ f0(); }});");
    assert_eq!(found(&source, &[]), [["r:61 end"]]);
}

#[test]
fn a_site_stands_where_the_run_says_it_stands() {
    use std::sync::{Arc, Mutex};

    use rhai::{Engine, FnPtr, Module, NativeCallContext, OptimizationLevel};

    let seen: Arc<Mutex<Vec<(u32, u32)>>> = Arc::default();
    let mut engine = Engine::new();
    engine.set_optimization_level(OptimizationLevel::None);
    engine.register_fn("step", |context: NativeCallContext, _: &str, _: &str, body: FnPtr| {
        body.call_within_context::<rhai::Dynamic>(&context, ())
    });
    let asked = Arc::clone(&seen);
    let place = move |context: &NativeCallContext| {
        let at = super::super::span::place_of(context.call_position());
        asked.lock().map(|mut list| list.push(at)).is_ok()
    };
    let read = place.clone();
    engine.register_fn("gate", move |context: NativeCallContext, _: &str, _: bool| place(&context));
    let mut maas = Module::new();
    maas.set_native_fn("subnet", move |context: NativeCallContext, _: &str| Ok(read(&context)));
    engine.register_static_module("maas", maas.into());
    let source = "fn own(x) {\n  gate(\"a\", x)\n}\nstep(\"1\", \"t\", || {\n  let n = `${1}` + maas::subnet(\"b\");\n  [1].map(|x|\n    gate(\"c\", true) );\n  !maas::subnet(\"d\") || gate(\"e\", true);\n  own(true);\n});";
    engine.run(source).expect("it runs");
    let mut run = seen.lock().expect("no test thread panics here").clone();
    let steps = sites(&tree("r", source), &BTreeMap::new(), &role);
    let mut text: Vec<_> = steps[0].sites.iter().map(|site| (site.span.line, site.span.column)).collect();
    run.sort_unstable();
    text.sort_unstable();
    assert_eq!(text, run);
    assert_eq!(text.len(), 5);
}

#[test]
fn a_loop_over_a_constant_says_over_what_it_turns() {
    let text = r#"import "net" as n;
runbook("p", "t", #{});
step("1", "one", || {
    for plane in n::PLANES { maas::subnet(plane.cidr); maas::ranges(1); }
    for plane in n::PLANES { for name in maas::names() { maas::machine(name); } }
    [1].map(|plane| maas::machine(plane));
});
"#;
    let steps = sites(&tree("runbooks/p.rhai", text), &libs(&[("net", NET)]), &role);
    let turns: Vec<_> = steps[0].of(Role::Read).map(|site| (site.args.join(""), site.turns.clone())).collect();
    let plane = Some(("plane".to_owned(), "n::PLANES".to_owned()));
    let wanted = [("plane.cidr", plane), ("1", None), ("", None), ("name", None), ("plane", None)];
    assert_eq!(turns, wanted.map(|(args, turns)| (args.to_owned(), turns)));
}
