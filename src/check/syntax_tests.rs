//! Scripts that the parser refuses, under the options that omega's engine sets.

use rhai::{Engine, OptimizationLevel};

use super::*;
use crate::check::{Sources, testing::golden};

fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(OptimizationLevel::None).set_strict_variables(true).set_allow_shadowing(false);
    for word in ["eval", "try", "catch", "throw", "Fn", "print"] {
        engine.disable_symbol(word);
    }
    engine
}

fn diagnosed(source: &str) -> Diagnostic {
    let host = HostNames { namespaces: ["maas".to_owned()].into(), ..HostNames::default() };
    match engine().compile(source) {
        Ok(_) => panic!("it compiles: {source}"),
        Err(error) => super::refused("runbooks/p.rhai", source, &Tokens::of(source), &error, &host),
    }
}

#[test]
fn each_refusal_has_its_words_and_its_place() {
    let mut all = String::new();
    for source in [
        "const A = 1;\nlet b = A\nlet c = 2;",
        "step(\"4.0\", \"x\", || {\n    gate(1);\n",
        "const POOL = 1;\nconst B = POL;",
        "maos::subnet(1);",
        "nowhere::f();",
        "let a = 1;\nlet a = 2;",
        "const A = 1;\nA = 2;",
        "fn f(a) {}\nfn f(b) {}",
        "let m = #{ a: 1, a: 2 };",
        "let m = #{ shared: true };",
        "let t = \"abc;\nlet u = 1;",
        "let t = 99999999999999999999;",
        "try { f(); } catch { }",
        "throw 1;",
        "let x = eval(\"1\");",
        "let x = Fn(\"f\");",
        "print(\"x\");",
        "let x = 1 +;",
        "let x = ;",
        "let n = 1;\nif n = 1 { f(); }",
        "step(\"1\", \"A\", || {\n    if maas::machines().is_empty() {\n        note(\"x\");\n});\nstep(\"2\", \"B\", || {\n    note(\"y\");\n});",
        "step(\"1\", \"A\", || {\n    note(\"y\";\n});",
        "let x = [1, 2;\nlet y = 3;",
        "gate(\"y\", true, #{ subject: \"x\" );",
        "f());",
        "if not a.is_empty() { f(); }",
        "if true and false { f(); }",
        "gate(\"a\", true or false);",
        "gate(\"a\", 1 not in [1]);",
        "gate(\"a\", \"a\" is \"b\");",
        "# a comment\nlet x = 1;",
        "let network = 1;\ngate(\"external\", network.is_external)\ngate(\"b\", true);",
        "let network = 1;\ngate(\"external\", network.is_external;\nlet n = 1;",
        "let unit = 1;\ngate(\"a\", true, #{ subject: unit.name, subject: 1 });",
        "let unit = 1;\ngate(\"a\", true, #{ subject: unit.name means: 1 });",
        "let n = 1;\ngate(\"a\", n.shared);",
        "for unit in [1]\n    note(`${unit}:${unit}`);\n}",
        "if true\n    note(\"x\");\n}",
        "let a = #{ b: 1 };\nnote(`${a.b: ${a.b}`);",
        "let a = #{ b: 1 };\nnote(`${a.b; ${a.b}`);",
        "gate(\"a\", 1 != null);",
        "f(1); # behind",
        "import net;",
        "import net as net;",
        "import \"net\" net;",
        "fn foo { 1 }",
        "def foo() { 1 }",
        "if true { f(); } elif false { g(); }",
        "let x = null;",
        "let x = None;",
        "f('x y');",
        "let x = 1; x++;",
        "let x = true ? 1 : 2;",
        "let x = { a: 1 };",
        "let x = #{ a = 1 };",
        "for x of [1] { f(); }",
        "for (x in [1]) { f(); }",
        "let y = [1].map(x => x + 1);",
        "step(\"1\", \"A\" || {\n    f();\n});",
        "let x = f(f\"x {1}\");",
        "gate(\"x\", 1 === 1);",
        "x = 1;",
        ": 1",
        "= 2; #{",
        "f(1)\ng(2);",
        "lt x = 1;",
        "if true { f(); } esle { g(); }",
        "fro x in [1] { f(); }",
        "fucntion f() {\n    1\n}",
        "exprot const A = 1;",
        "<<<<<<< HEAD\nlet x = 1;\n=======",
        "let n = 1;\ngate(\"a\", n->b);",
        "/ a comment\nlet x = 1;",
        "step(\"1\", \"A\", || {\n    f();;})\n    g();\n});",
        "note(\"a ${b}`);",
    ] {
        let mut sources = Sources::default();
        sources.insert("runbooks/p.rhai", source);
        let diagnostic = diagnosed(source);
        assert!(diagnostic.span.is_known(), "{source}");
        all.push_str(&diagnostic.render(&sources, false));
        all.push('\n');
    }
    golden("syntax", &all);
}

#[test]
fn what_a_function_or_a_closure_takes_is_meant_too() {
    for (script, wanted) in [
        ("let a = [1]; a.all(|units| unit > 0);", Some("did you mean `units`?")),
        ("let a = [1]; a.map(|one, member| membr > 0);", Some("did you mean `member`?")),
        ("fn wired(octet) { octett + 1 }", Some("did you mean `octet`?")),
        ("fn wired(octet) { octet + 1 } fn other(vid) { vid + octett }", None),
    ] {
        let found = diagnosed(script);
        assert_eq!(found.label.as_deref(), wanted, "{script}");
    }
}
