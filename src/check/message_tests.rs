//! How messages look, on a terminal and for programs.

use super::*;
use crate::check::testing::golden;

const RUNBOOK: &str =
    "import \"net\" as net;\n\nstep(\"4.1\", \"x\", || {\n    gate(\"external\", network.externl);\n});\n";

fn sources() -> Sources {
    let mut sources = Sources::default();
    sources.insert("runbooks/phase-04.rhai", RUNBOOK);
    sources
        .insert("lib/odd.rhai", format!("{}\tlet x = \"\u{1b}[31m\u{202e}\"; // {}\n", " ".repeat(70), "y".repeat(90)));
    sources
}

fn span(line: u32, column: u32, width: u32) -> Span {
    Span { line, column, end_line: line, end_column: column + width }
}

/// The sample of the specification: a field that is not there.
fn field() -> Diagnostic {
    let fields = ["id", "name", "is_external", "type", "physnet", "for_all_projects", "tags"];
    Diagnostic::error("E0213", "Network has no field `externl`", "runbooks/phase-04.rhai", span(4, 30, 7))
        .suggest("externl", fields)
        .note(format!("fields: {}", fields.join(", ")))
}

fn at_run_time() -> Diagnostic {
    Diagnostic::error(
        "E0301",
        "openstack network show said:\nNo Network found for ext\n(status 1)",
        "lib/net.rhai",
        span(12, 5, 20),
    )
    .frame("carve()", "lib/net.rhai", span(12, 5, 20))
    .frame("step 4.1", "runbooks/phase-04.rhai", span(3, 1, 4))
    .next("omega run runbooks/phase-04.rhai")
    .help("make the network first")
}

#[test]
fn a_mistake_looks_as_specified() {
    let found = [field()];
    golden("message-field", &format!("{}{}", found[0].render(&sources(), false), summary(&found, 14)));
}

#[test]
fn an_error_at_run_time_shows_its_way_and_what_to_do() {
    golden("message-run", &at_run_time().render(&sources(), false));
}

#[test]
fn colour_adds_nothing_but_colour() {
    let coloured = field().render(&sources(), true);
    assert!(coloured.contains("\u{1b}[1m\u{1b}[31merror[E0213]\u{1b}[0m"), "{coloured:?}");
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = &rest[rest.find('m').map_or(rest.len(), |end| end + 1)..];
    }
    plain.push_str(rest);
    assert_eq!(plain, field().render(&sources(), false));
}

#[test]
fn a_script_cannot_steer_the_terminal() {
    let odd = Diagnostic::warning("E0104", "seen \u{1b}]0;x\u{7} and \u{202e}", "lib/odd.rhai", span(1, 84, 1))
        .label("\u{8}here");
    let text = odd.render(&sources(), false);
    assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || is_direction(c)), "{text:?}");
    golden("message-odd", &text);
}

#[test]
fn the_underline_stays_within_its_line() {
    let long = Diagnostic::error(
        "E0106",
        "x",
        "runbooks/phase-04.rhai",
        Span { line: 3, column: 1, end_line: 5, end_column: 3 },
    );
    assert!(
        long.render(&sources(), false).contains(&format!("| {}\n", "^".repeat(21))),
        "{}",
        long.render(&sources(), false)
    );
    for (line, column) in [(4, 900), (900, 1), (0, 0), (1, 0), (5, 3), (6, 1)] {
        let text =
            Diagnostic::error("E0106", "x", "runbooks/phase-04.rhai", span(line, column, 4)).render(&sources(), false);
        assert!(text.starts_with("error[E0106]: x\n  runbooks/phase-04.rhai"), "{text}");
    }
    assert_eq!(
        Diagnostic::error("E1", "x", "", Span::default()).label("y").render(&sources(), false),
        "error[E1]: x\n   y\n"
    );
}

#[test]
fn a_bare_place_becomes_the_word_there() {
    assert_eq!(sources().span("runbooks/phase-04.rhai", 4, 30), span(4, 30, 7));
    assert_eq!(sources().span("runbooks/phase-04.rhai", 4, 31), span(4, 31, 0));
    assert_eq!(sources().span("unknown", 4, 30), span(4, 30, 0));
}

#[test]
fn programs_get_every_fact() {
    let found = [field(), at_run_time()];
    let pretty =
        |value: &serde_json::Value| serde_json::to_string_pretty(value).map(|text| text + "\n").unwrap_or_default();
    golden("message-json", &pretty(&json(&found)));
    golden("message-sarif", &pretty(&sarif(&found)).replace(env!("CARGO_PKG_VERSION"), "VERSION"));
    assert_eq!(json(&[])["schema"], "omega.diagnostics/1");
}

#[test]
fn the_summary_counts() {
    let warning = Diagnostic::warning("W1", "x", "b", Span::default());
    assert_eq!(summary(&[], 1), "no mistake in 1 file\n");
    assert_eq!(summary(std::slice::from_ref(&warning), 3), "no error in 3 files, 1 warning\n");
    let text = summary(&[field(), field(), Diagnostic::error("E1", "x", "a", Span::default()), warning], 3);
    assert!(text.starts_with("error: 3 mistakes in 2 of 3 files, 1 warning; the runbooks do not run"), "{text}");
}

#[test]
fn a_constant_that_is_wrong_where_it_stands_is_not_told_by_its_readers() {
    let wrong = || Diagnostic::error("E0321", "`octet` is 0 to 255", "lib/hosts.rhai", Span::at(9, 35));
    let reader = |id| {
        Diagnostic::error(id, "the octets are 0 to 255", "lib/carve.rhai", Span::at(15, 72))
            .note(written_at("lib/hosts.rhai:9"))
    };
    let mut found = vec![reader("E0321"), reader("E0210"), wrong(), wrong()];
    once(&mut found);
    let told: Vec<_> = found.iter().map(|told| (&*told.id, &*told.file)).collect();
    assert_eq!(told, [("E0210", "lib/carve.rhai"), ("E0321", "lib/hosts.rhai")]);
    let mut alone = vec![reader("E0321")];
    once(&mut alone);
    assert_eq!(alone.len(), 1);
}

#[test]
fn what_is_used_by_nobody_is_told_last() {
    let mut found = vec![
        Diagnostic::warning("W0221", "`password` is read by nobody", "a.rhai", Span::at(3, 5)),
        Diagnostic::error("E0210", "option `power_pass`", "a.rhai", Span::at(8, 5)),
    ];
    once(&mut found);
    assert_eq!(found[0].id, "E0210");
}

#[test]
fn many_members_that_are_wrong_in_one_place_are_one_mistake() {
    let wrong = |word: &str, line| {
        Diagnostic::error("E0319", format!("{word:?} is no interface of an endpoint"), "a.rhai", Span::at(line, 5))
    };
    let few = ["compute", "identity", "image"].map(|word| wrong(word, 3));
    let many = ["compute", "identity", "image", "network"].map(|word| wrong(word, 8));
    let mut found =
        [few.as_slice(), &many, &[Diagnostic::error("E0319", "another", "a.rhai", Span::at(8, 5))]].concat();
    once(&mut found);
    let told: Vec<_> = found.iter().map(|told| (told.span.line, told.message.as_str())).collect();
    let is = |word: &str| format!("{word:?} is no interface of an endpoint");
    let [compute, identity, image] = ["compute", "identity", "image"].map(is);
    assert_eq!(told, [(3, &*compute), (3, &identity), (3, &image), (8, &compute), (8, "another")]);
    assert_eq!(found[3].notes, ["the same of \"identity\", \"image\", \"network\""]);
}
