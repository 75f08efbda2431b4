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
