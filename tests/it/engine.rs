//! What a script can see and do, and what stops it: the traps that the language sets, and attacks on the sandbox.

use std::collections::BTreeSet;

use crate::desk::{Desk, FLAT, READ_ONLY};

/// A handle to play with, and a gate so that a step that runs to its end would pass.
const HANDLE: &str = "let s = maas::subnet(\"10.12.4.0/22\");\nlet open = maas::subnet(\"10.12.12.0/22\");\n";

/// The body must stop with these words, whatever follows it.
#[track_caller]
fn stops(body: &str, words: &str) {
    let done = Desk::reading(&format!("{HANDLE}{body};\ngate(\"reached\", true);")).run().done();
    assert!(matches!(done.status, Some(1 | 4)), "{:?} for\n{body}\n{}", done.status, done.stderr);
    assert!(done.stderr.contains(words), "{words:?} is not said of\n{body}\n{}", done.stderr);
}

/// The body must run, and every gate in it pass.
#[track_caller]
fn passes(body: &str) {
    let done = Desk::reading(&format!("{HANDLE}{body};\ngate(\"reached\", true);")).run().done();
    assert_eq!(done.status, Some(0), "for\n{body}\n{}", done.stderr);
}

#[test]
fn the_sandbox_is_what_the_golden_file_lists() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/visible.txt");
    let seen = omega::engine::visible().join("\n") + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &seen).expect("written");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == seen, "what scripts can see has changed; read the difference, then UPDATE_GOLDEN=1\n{seen}");
}

#[test]
fn what_a_guest_must_not_have_is_not_there() {
    for word in ["eval(\"1\")", "print(\"x\")", "debug(\"x\")", "Fn(\"ip\")", "type_of(1)", "is_def_var(\"s\")"] {
        stops(&format!("let x = {word}"), "");
    }
    for word in ["sleep(1)", "exit()", "parse_json(\"{}\")", "timestamp()", "rand()", "open_file(\"/etc/passwd\")"] {
        stops(&format!("let x = {word}"), "");
        stops(&format!("[1].map(|x| {word})"), "");
    }
    for text in ["try { fail(\"x\") } catch { }", "try { 1 / 0 } catch (e) { }", "throw \"x\""] {
        stops(text, "");
    }
}

#[test]
fn values_of_unlike_types_do_not_compare() {
    let pairs =
        ["1 == \"1\"", "true == 1", "() == 0", "s.cidr == \"10.12.4.0/22\"", "1 != \"1\"", "[1] == 1", "#{} == []"];
    for pair in pairs {
        stops(&format!("let x = {pair}"), "unlike types");
        stops(&format!("gate(\"compared\", {pair})"), "unlike types");
        stops(&format!("let x = [1].filter(|v| {pair})"), "unlike types");
    }
    for pair in ["1 < \"2\"", "() < 1", "ip(\"10.0.0.1\") < 3", "\"a\" >= 1", "true > false", "[1] < [2]"] {
        stops(&format!("let x = {pair}"), "unlike types");
    }
    stops("let x = [1, [2]] == [1, [\"2\"]]", "unlike types");
    stops("let x = #{ a: 1 } == #{ a: \"1\" }", "unlike types");
    stops("let x = [#{ a: [ip(\"10.0.0.1\")] }] == [#{ a: [\"10.0.0.1\"] }]", "unlike types");
    stops("let x = s == open", "compare");
    stops("let x = \"1\" in [1]", "unlike types");
    stops("let x = [1].contains(\"1\")", "unlike types");
    stops("let x = 1 in \"123\"", "");
    stops("let x = 7 in s.cidr", "");
}

#[test]
fn values_of_one_type_compare() {
    passes("gate(\"all\", 1 == 1 && \"a\" != \"b\" && [1, 2] == [1, 2] && #{ a: 1 } == #{ a: 1 } && 2 in [1, 2])");
    passes("gate(\"order\", 1 < 2 && \"a\" < \"b\" && ip(\"10.0.0.1\") < ip(\"10.0.0.10\") && 3 >= 3)");
    passes("gate(\"sizes\", [1] != [1, 2] && #{ a: 1 } != #{ a: 2 } && #{ a: 1 } != #{ b: 1 })");
    passes("let n = 1; n += 2; n -= 1; n *= 6; n /= 4; gate_eq(\"sum\", n, 3); gate_eq(\"rest\", 7 % 4, 3)");
    passes("let t = \"a\"; t += \"b\"; gate_eq(\"text\", t + \"c\", \"abc\")");
}

#[test]
fn a_gate_compares_like_with_like_however_deep() {
    stops("gate_eq(\"g\", 1, \"1\")", "unlike types");
    stops("gate_eq(\"g\", [1], [\"1\"])", "unlike types");
    stops("gate_eq(\"g\", [s.cidr], [\"10.12.4.0/22\"])", "unlike types");
    stops("gate_eq(\"g\", #{ a: 1 }, #{ a: \"1\" })", "unlike types");
    stops("gate_eq(\"g\", (), ())", "");
    stops("gate_set(\"g\", [\"1\"], [1])", "unlike types");
    stops("gate_set(\"g\", [s.cidr], [\"10.12.4.0/22\"])", "unlike types");
    stops("gate_set(\"g\", [], [])", "empty");
    stops("gate_set(\"g\", \"a\", [\"a\"])", "two lists");
    stops("gate(\"g\", 1)", "true, false or an answer");
    stops("gate(\"g\", ())", "true, false or an answer");
    stops("gate(\"g\", || true)", "true, false or an answer");
    let lists = Desk::reading("gate_set(\"g\", [[\"a\", \"b\"]], [[\"a, b\"]]);").run().done();
    assert_eq!(lists.gates().get("g").map(String::as_str), Some("failed"), "{}", lists.stderr);
}

#[test]
fn an_absent_value_passes_no_gate_and_compares_with_nothing() {
    let absent = "let bare = maas::subnets().filter(|n| n.cidr.text() == \"10.12.12.0/22\");\n\
                  for net in bare { gate_eq(\"gateway\", net.gateway, net.gateway); gate_eq(\"listed\", [net.gateway], [net.gateway]); }";
    let done = Desk::reading(absent).run().done();
    assert_ne!(done.status, Some(0), "{}", done.stderr);
    assert!(done.gates().values().all(|ruling| ruling != "passed"), "{}", done.stderr);
    let body = |expression: &str| {
        format!("for net in maas::subnets() {{ if net.cidr.text() == \"10.12.12.0/22\" {{ {expression} }} }}")
    };
    for expression in ["let x = net.gateway == ip(\"10.12.12.1\");", "let x = net.gateway + \"\";"] {
        stops(&body(expression), "unlike types");
    }
    passes(&body(
        "gate(`none of ${net.cidr}`, net.gateway == ()); gate(`asked of ${net.cidr}`, !(net.gateway != ()));",
    ));
    stops(&body("let x = () == net.gateway;"), "unlike types");
    stops(&body("let x = `${net.gateway}`;"), "put into text");
    stops(&body("if net.gateway { }"), "");
    stops(&body("let x = net.gateway.text();"), "");
}

#[test]
fn what_is_no_plain_value_is_not_put_into_text() {
    let values = [
        "s",
        "maas::subnets()",
        "()",
        "[1]",
        "#{ a: 1 }",
        "|| 1",
        "s.reserves(ip_range(\"10.12.5.0-10.12.7.254\"))",
        "[s]",
        "0..3",
    ];
    for value in values {
        stops(&format!("let v = {value};\nlet x = `${{v}}`"), "put into text");
        stops(&format!("let v = {value};\nlet x = \"a\" + v"), "");
        stops(&format!("let x = [1].map(|i| {{ let v = {value}; `${{v}}` }})"), "put into text");
    }
    passes(
        "gate_eq(\"text\", `${1} ${true} ${\"a\"} ${s.cidr} ${ip(\"10.0.0.1\")}`, \"1 true a 10.12.4.0/22 10.0.0.1\")",
    );
}

#[test]
fn a_wrong_name_stops_with_the_right_one() {
    stops("let m = #{ alpha: 1 };\nlet x = m.alpa", "did you mean `alpha`");
    stops("let m = #{ alpha: 1 };\nlet x = m[\"alpa\"]", "did you mean `alpha`");
    stops("let m = #{ alpha: 1 };\nlet x = m?.alpa", "alpa");
    stops("let m = #{ alpha: 1 };\nlet x = m.alpa ?? 1", "alpa");
    stops("let x = s.gatewy", "gatewy");
    stops("let x = s.gatewy()", "gatewy");
    stops("let x = maas::subnt(\"10.12.4.0/22\")", "subnt");
    stops("let x = mas::subnet(\"10.12.4.0/22\")", "mas");
    stops("let x = [1].map(|v| mas::subnet(\"10.12.4.0/22\"))", "mas");
    stops("let x = maas::NOTHING", "NOTHING");
    stops("let x = nothing(1)", "nothing");
    stops("let x = unknown", "unknown");
    stops("let x = [1].map(|v| unknown)", "unknown");
    stops("let x = maas::subnet()", "subnet");
    stops("let x = maas::subnet(1, 2)", "subnet");
    stops("let x = maas::subnet(7)", "expected Cidr, found the number 7");
    stops("let x = maas::subnet(\"10.12.4.1/22\")", "host bits");
    stops("let x = 99999999999999999999", "");
    stops("let x = 1.5", "");
}

#[test]
fn an_option_that_is_not_there_is_told_with_its_place() {
    let done = Desk::reading("gate(\"a\", true, #{\n    isue: \"KI-1\" });").run().done().exits(1);
    done.says("did you mean `issue`?").says("runbooks/it.rhai:4:5");
    stops("gate(\"a\", true, #{ warn: 1 })", "option `warn`: expected");
    stops("let o = #{ isue: \"x\" };\ngate(\"a\", true, o)", "did you mean `issue`?");
    let missing = format!("openstack::ensure_network(\"x\", {});", FLAT.replace("external: true, ", ""));
    let done = Desk::step(&missing).run().done().exits(1);
    done.says("`external: bool` is missing");
}

#[test]
fn nothing_of_a_handle_can_be_set() {
    stops("s.vid = 7", "");
    stops("s.nothing = 7", "");
    stops("s.dns[0] = \"10.0.0.1\"", "cannot be set");
    stops("s.dns += [\"10.0.0.1\"]", "cannot be set");
    stops("maas::subnet(\"10.12.4.0/22\").vid = 3", "");
    passes("let d = s.dns; gate(\"len\", s.dns.len() == d.len()); gate(\"again\", s.dns.map(|a| a).len() == d.len())");
    passes("let first = s.dns[0]; gate_eq(\"first\", s.dns[0], first)");
    passes("let d = s.dns; d[0] = \"10.9.9.9\"; gate(\"a copy\", s.dns[0] != d[0])");
}

#[test]
fn a_closure_that_fails_is_not_swallowed() {
    for list in ["[1, 2]", "maas::subnets()"] {
        for method in ["filter", "map", "all", "any"] {
            stops(&format!("let x = {list}.{method}(|v| {{ fail(\"boom\"); true }})"), "boom");
            stops(&format!("let x = {list}.{method}(|v| 1 / 0)"), "ivision by zero");
        }
        for method in ["filter", "all", "any"] {
            stops(&format!("let x = {list}.{method}(|v| 1)"), "true or false");
            stops(&format!("let x = {list}.{method}(|v| ())"), "true or false");
        }
    }
    stops("let x = [].all(|v| true)", "proves nothing");
    stops("let x = maas::subnets().filter(|n| false).all(|n| true)", "proves nothing");
    for method in ["sort", "dedup", "reduce", "find", "pop", "get", "push", "drain"] {
        stops(&format!("let a = [2, 1];\nlet x = a.{method}(|a, b| fail(\"boom\"))"), "");
    }
    stops("wait_until(\"it\", #{ at_most: 5 }, || { fail(\"boom\"); true })", "boom");
    stops("wait_until(\"it\", #{ at_most: 5 }, || 1)", "true, false or an answer");
}

#[test]
fn arithmetic_that_is_wrong_raises() {
    for text in
        ["9223372036854775807 + 1", "1 / 0", "1 % 0", "[1][5]", "[][0]", "\"abc\"[7]", "-(-9223372036854775807 - 1)"]
    {
        stops(&format!("let x = {text}"), "");
    }
    stops("if 1 { }", "");
    stops("let x = true && 1", "");
    stops("let x = !1", "");
    stops("let a = 1;\nlet a = 2", "");
    stops("const A = #{ a: 1 };\nA.a = 2", "");
}

#[test]
fn a_function_cannot_take_the_place_of_the_hosts() {
    for name in ["gate", "gate_eq", "gate_set", "step", "attest", "fail", "len", "filter", "ip", "wait_until", "note"] {
        let text = format!("{READ_ONLY}fn {name}(a, b) {{ }}\nstep(\"1\", \"One\", || {{ gate(\"x\", false); }});\n");
        Desk::with(&text).run().done().exits(4).says("bears the name");
    }
    let hidden = format!(
        "import \"net\" as openstack;\n{READ_ONLY}step(\"1\", \"One\", || {{ gate(\"x\", openstack::has_network(\"a\")); }});\n"
    );
    Desk::with(&hidden)
        .library("net", "fn has_network(n) { true }\n")
        .run()
        .done()
        .exits(4)
        .says("hides the namespace");
}

#[test]
fn imports_reach_lib_alone() {
    let outside = tempfile::tempdir().expect("a folder");
    std::fs::write(outside.path().join("evil.rhai"), "export const X = 1;\n").expect("written");
    let absolute = outside.path().join("evil").display().to_string();
    for path in [absolute.as_str(), "../evil", "../../etc/passwd", "./net", "lib/net", "net.rhai", "/net", ""] {
        let text =
            format!("import \"{path}\" as evil;\n{READ_ONLY}step(\"1\", \"One\", || {{ gate(\"x\", true); }});\n");
        let desk = Desk::with(&text).file("evil.rhai", "export const X = 1;\n").library("net", "export const X = 1;\n");
        desk.run().done().exits(4);
        let by_library =
            Desk::with(&format!("import \"a\" as a;\n{READ_ONLY}step(\"1\", \"One\", || gate(\"x\", true));\n"));
        by_library.library("a", &format!("import \"{path}\" as b;\nexport const Y = 1;\n")).run().done().exits(4);
    }
    stops("import \"net\" as net", "");
    stops("let n = \"ne\";\nimport n + \"t\" as net", "");
}

#[test]
fn an_import_cycle_is_refused() {
    let text = format!("import \"a\" as a;\n{READ_ONLY}step(\"1\", \"One\", || gate(\"x\", true));\n");
    let desk = Desk::with(&text).library("a", "import \"b\" as b;\n").library("b", "import \"a\" as a;\n");
    let done = desk.run().done().says("imports itself");
    assert!(matches!(done.status, Some(1 | 4)), "{done:?}");
    let done = Desk::with(&text).library("a", "import \"a\" as a;\n").run().done().says("imports itself");
    assert!(matches!(done.status, Some(1 | 4)), "{done:?}");
}

#[test]
fn deep_nesting_ends_with_an_error_and_never_with_an_abort() {
    let deep = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(3000), close.repeat(3000));
    let bodies = [
        format!("let x = {}", deep("(", "1", ")")),
        format!("let x = {}", deep("[", "1", "]")),
        format!("let x = {}", deep("#{a:", "1", "}")),
        deep("{", "1;", "}"),
        deep("if true {", "1;", "}"),
        format!("let x = {}", deep("|| ", "1", "")),
        format!("let x = {}", deep("`${", "1", "}`")),
        format!("let x = s{}", ".map(|v| v)".repeat(3000)),
        format!("let x = 1{}", " + 1".repeat(3000)),
        format!("let x = {}1", "-".repeat(3000)),
        deep("switch 1 { 1 => ", "2", ", _ => 3 }"),
    ];
    for body in bodies {
        stops(&body, "");
    }
}

#[test]
fn values_that_grow_without_bound_are_stopped() {
    stops("let a = \"x\";\nfor i in 0..64 { a += a; }", "");
    stops("let a = \"x\";\nfor i in 0..64 { a = `${a}${a}`; }", "");
    stops("let a = [1];\nfor i in 0..64 { a += a; }", "");
    stops("let a = [1];\nfor i in 0..64 { a = a + a; }", "");
    stops("let a = [1];\nfor i in 0..64 { a = [a, a]; }", "");
    stops("let a = \"aaaaaaaaaa\";\nfor i in 0..64 { a = a.replaced(\"a\", a); }", "");
    stops("let a = \"x\";\nfor i in 0..64 { a = [a, a, a, a].join(a); }", "");
    stops("let a = \"x,\";\nfor i in 0..18 { a += a; }\nlet parts = a.split(\"\");\nfor p in parts { }", "");
    stops("let m = #{};\nfor i in 0..100000 { m[`k${i}`] = i; }", "");
}

#[test]
fn loops_and_recursion_without_end_are_stopped() {
    stops("loop { }", "");
    stops("while true { }", "");
    stops("for i in 0..9000000000 { }", "");
    stops("let f = || 1;\nloop { f = || 1; }", "");
    let recursion =
        format!("{READ_ONLY}fn down(n) {{ down(n + 1) }}\nstep(\"1\", \"One\", || {{ gate(\"x\", down(0)); }});\n");
    let done = Desk::with(&recursion).run().done().exits(1);
    done.says("tack overflow");
    let by_closure = format!(
        "{READ_ONLY}fn down(n) {{ [n].map(|v| down(v)) }}\nstep(\"1\", \"One\", || {{ gate(\"x\", down(0)); }});\n"
    );
    Desk::with(&by_closure).run().done().exits(1);
}

#[test]
fn nested_values_and_chains_of_closures_do_not_abort() {
    let chain = "let f = || 1;\nfor i in 0..200000 { let g = f; f = || g; }";
    let nested = "let a = [];\nfor i in 0..4000 { a = [a]; }\nlet b = a;\nlet same = a == b;\ngate_eq(\"g\", a, b)";
    for body in [chain, nested] {
        let done = Desk::reading(&format!("{body};\ngate(\"x\", true);")).run().done();
        assert!(done.status.is_some_and(|status| status != 70), "{:?}\n{}", done.status, done.stderr);
    }
}

#[test]
fn every_declared_name_can_be_written() {
    let mut names: BTreeSet<String> = BTreeSet::new();
    for line in omega::engine::visible().iter().filter(|line| !line.starts_with("operator")) {
        let signature = line.trim_start_matches("read that leaves a record").trim();
        let signature = signature.split_once(' ').map_or(signature, |(effect, rest)| match effect {
            "pure" | "flow" | "read" | "change" => rest.trim(),
            _ => signature,
        });
        let (head, rest) = signature.split_at(signature.find(['(', ':']).unwrap_or(signature.len()));
        let path = if rest.starts_with("::") { signature.split('(').next().unwrap_or(signature) } else { head };
        names.extend(path.split(['.', ':']).map(str::to_string));
        let options = rest.split("#{").skip(1).filter_map(|map| map.split_once('}')).map(|(fields, _)| fields);
        names.extend(
            options.flat_map(|fields| fields.split(", ")).filter_map(|field| {
                field.split_once(':').map(|(name, _)| name.trim().trim_end_matches('?').to_string())
            }),
        );
    }
    let plain = |name: &&String| name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && !name.is_empty();
    let names: Vec<&String> = names.iter().filter(plain).collect();
    assert!(names.len() > 60 && names.iter().any(|name| *name == "all_projects"), "{names:?}");
    let engine = omega::engine::build(&omega::engine::Sources::default(), None);
    for name in names {
        for text in [format!("let x = #{{}}; x.{name}"), format!("let x = #{{{name}: 1}};"), format!("|| ns::{name}()")]
        {
            assert!(engine.compile(&text).is_ok(), "{name} is a reserved word: {text}");
        }
    }
}

/// Plans a runbook that a desk holds: whether it opens, and its journal.
fn planned(
    desk: &Desk,
    transport: Box<dyn omega::transport::Transport>,
    deadline: std::time::Duration,
    ahead: bool,
) -> (bool, String) {
    use omega::conduct::{Agreement, Conduct};
    use omega::host::{Answers, Asked, Session};
    use omega::journal::{Begin, Journal};
    use omega::runbook::{Repo, Site};
    use omega::transport::{Interrupt, Secret};

    struct Nobody;
    impl Answers for Nobody {
        fn attest(&self, _: &str, _: &str) -> Asked {
            Asked::Nobody
        }
        fn secret(&self, _: &str, _: &str) -> anyhow::Result<Option<Secret>> {
            Ok(None)
        }
    }
    let loaded =
        Repo::open(&desk.path("")).load_draft("runbooks/it.rhai", &Site::default()).expect("it passes the check");
    let journal = std::sync::Arc::new(Journal::in_memory(Vec::new()));
    let mut session = Session::new(transport, journal.clone(), Box::new(Nobody), Interrupt::new());
    session.deadline = deadline;
    let conduct = Conduct {
        loaded: &loaded,
        session: std::sync::Arc::new(session),
        begin: Begin::default(),
        only: None,
        ahead,
        agree: &|_| Agreement::PlanOnly,
        admit: &|_| Ok(()),
        commit: &|| Ok(()),
    };
    let verdict = conduct.run();
    (verdict.opens(), serde_json::to_string(&journal.lines()).expect("JSON"))
}

fn settled() -> omega::lab::Lab {
    omega::lab::Lab::embedded("settled").expect("the lab")
}

/// A run that is beyond its wall time stops, whatever its script does, and says so.
#[test]
fn a_run_beyond_its_wall_time_stops() {
    let desk = Desk::reading("gate(\"there\", maas::subnets().len() > 0);");
    let within = |deadline| planned(&desk, Box::new(settled()), deadline, false);
    assert!(within(std::time::Duration::from_secs(60)).0);
    let (opens, lines) = within(std::time::Duration::ZERO);
    assert!(!opens && lines.contains("the run took longer than its 0 minutes"), "{lines}");
}

/// Each turn of a loop over a constant asks of its own thing: what one asks does not wait for the answer of another.
#[test]
fn turns_of_a_loop_over_a_constant_are_read_side_by_side() {
    use omega::transport::{Failure, Reply, Request, Transport};
    use std::sync::{Arc, Condvar, Mutex};
    use std::time::Duration;

    /// Answers `stat` when two have asked, or after a while.
    struct Meeting(omega::lab::Lab, Arc<(Mutex<usize>, Condvar)>);
    impl Transport for Meeting {
        fn read(&self, request: &Request) -> Result<Reply, Failure> {
            if request.to_string().starts_with("stat ") {
                let (asked, came) = &*self.1;
                *asked.lock().expect("asked") += 1;
                came.notify_all();
                let all = asked.lock().expect("asked");
                let (_all, waited) =
                    came.wait_timeout_while(all, Duration::from_secs(20), |asked| *asked < 2).expect("waited");
                assert!(!waited.timed_out(), "one turn waits for another");
            }
            self.0.read(request)
        }
        fn change(&self, request: &Request, permit: omega::host::Permit) -> Result<Reply, Failure> {
            self.0.change(request, permit)
        }
        fn describe(&self) -> String {
            self.0.describe()
        }
        fn is_simulated(&self) -> bool {
            true
        }
        fn now(&self) -> Option<i64> {
            self.0.now()
        }
    }
    let runbook = r#"import "logins" as logins;
runbook("it", "A test", #{ version: 1, omega: "0.1", stage: "settled", needs: ["jumphost: read"] });
step("1", "One", || {
    for login in logins::LOGINS { gate("no such file", !jumphost::has_file(login.file), #{ subject: login.client }); }
});
"#;
    let logins = "export const LOGINS = [#{ client: \"a\", file: \"/home/operator/a\" }, #{ client: \"b\", file: \"/home/operator/b\" }];\n";
    let desk = Desk::with(runbook).library("logins", logins);
    let meeting = Meeting(settled(), Arc::default());
    let (opens, lines) = planned(&desk, Box::new(meeting), Duration::from_secs(60), true);
    assert!(opens, "{lines}");
    assert_eq!(lines.matches("stat -c").count(), 2, "each is asked once: {lines}");
}
