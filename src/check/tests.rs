//! A file, checked whole; and texts that nobody would write, which must not bring the check down.

use rhai::{Engine, OptimizationLevel};

use super::*;

fn compile(source: &str) -> Result<AST, ParseError> {
    let mut engine = Engine::new_raw();
    engine.set_optimization_level(OptimizationLevel::None);
    engine.set_max_expr_depths(128, 128);
    engine.compile(source)
}

fn host() -> HostNames {
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    HostNames {
        functions: set(&["gate", "ip"]),
        namespaces: set(&["maas"]),
        pure: set(&["ip"]),
        ..HostNames::default()
    }
}

fn check(bytes: &[u8], role: Role) -> Checked {
    file("runbooks/p.rhai", bytes, role, &host(), &compile)
}

fn ids(checked: &Checked) -> Vec<&str> {
    checked.found.iter().map(|diagnostic| diagnostic.id.as_str()).collect()
}

const GOOD: &str = r#"//! A sample with a little of everything.
import "net" as net;
const A = [1, #{ b: "c" }];
fn f(x, y) { if x == y { return 1; } else { 2 } }
runbook("p", "A runbook", #{ version: 1 });
step("1", "First", || {
    let hosts = maas::machines("x").filter(|m| m.is_on && m.zone in ["a", "b"]);
    for (host, at) in hosts { gate(`${host.name} ${at + 1} up`, f(host.zone, net::ZONE)[0].a ?? true); }
    switch hosts.len { 0 => gate("none", false), 1..=3 if A != 3 => gate("few", true), _ => { gate("many", !false); } }
    do { f(1, -2); } until f(A[0], 'c') > 0x10;
    while f(1, 2) == 3 { break; }
});
exit_gate("2", "Last", || { gate("there", maas::machine("y")?.is_on); });
"#;

#[test]
fn a_sound_file_is_compiled_under_its_name() {
    let checked = check(GOOD.as_bytes(), Role::Runbook);
    assert_eq!(ids(&checked), Vec::<&str>::new());
    assert!(checked.is_sound());
    let (ast, tree) = checked.script.expect("it compiles");
    assert_eq!((ast.source(), tree.file.as_str()), (Some("runbooks/p.rhai"), "runbooks/p.rhai"));
}

#[test]
fn a_library_is_held_to_other_rules_than_a_runbook() {
    assert!(check(b"fn f() { gate(\"g\", true); }", Role::Library).is_sound());
    assert_eq!(ids(&check(b"fn f() { gate(\"g\", true); }", Role::Runbook)), ["E0107"]);
    assert_eq!(ids(&check(GOOD.as_bytes(), Role::Library)), ["E0106", "E0106", "E0106"]);
}

#[test]
fn a_file_that_is_not_text_or_does_not_compile_is_not_sound() {
    for (bytes, expected) in [
        (&b"\xff\xfe"[..], vec!["E0101"]),
        (b"let a = 1.5;", vec!["E0105"]),
        (b"let a = ;", vec!["E0100"]),
        (b"let a = \"\xc3\xa9\";\nlet b = ;", vec!["E0101", "E0100"]),
    ] {
        let checked = check(bytes, Role::Runbook);
        assert!(!checked.is_sound() && checked.script.is_none(), "{bytes:?}");
        assert_eq!(ids(&checked), expected, "{bytes:?}");
    }
}

/// A small generator of numbers: the same each time, so that a failure comes again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit.max(1)
    }
}

#[test]
fn no_text_brings_the_check_down() {
    let pieces = [
        "`",
        "${",
        "}",
        "{",
        "(",
        ")",
        "[",
        "]",
        "?[",
        "#{",
        "|",
        "||",
        "\"",
        "'",
        "\\",
        "//",
        "/*",
        "*/",
        "\n",
        "fn ",
        "switch ",
        " => ",
        "!in ",
        "..",
        "import ",
        " as ",
        "0x",
        "9e9",
        "\u{e9}",
        ";",
        ",",
        "step",
        "gate(\"x\",",
        "if ",
        " else ",
        "::",
        "?.",
        "#\"",
        "let ",
        "=",
        "try ",
        "\t",
    ];
    let mut dice = Dice(7);
    let mut compiled = 0;
    for _ in 0..1_500 {
        let mut letters: Vec<char> = GOOD.chars().collect();
        for _ in 0..=dice.below(3) {
            let from = dice.below(letters.len());
            let to = (from + dice.below(12)).min(letters.len());
            let piece = if dice.below(3) == 0 { "" } else { pieces[dice.below(pieces.len())] };
            letters.splice(from..to, piece.chars());
        }
        let source: String = letters.into_iter().collect();
        let checked = check(source.as_bytes(), if dice.below(2) == 0 { Role::Runbook } else { Role::Library });
        let mut sources = Sources::default();
        sources.insert("runbooks/p.rhai", source.as_str());
        checked.found.iter().for_each(|diagnostic| assert!(diagnostic.render(&sources, true).ends_with('\n')));
        assert!(checked.script.is_some() || !checked.found.is_empty(), "refused without a word:\n{source}");
        if let Some((_, tree)) = &checked.script {
            compiled += 1;
            let steps = sites::sites(tree, &std::collections::BTreeMap::new(), &|_| sites::Role::Gate);
            assert!(steps.iter().flat_map(|step| &step.sites).all(|site| site.span.is_known()), "{source}");
        }
    }
    assert!(compiled > 100, "only {compiled} of the texts compiled");
}
