//! `omega doc`: the reference, definition files, and runbooks as documents.

use std::path::Path;
use std::process::{Command, Output};

use crate::desk::Desk;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn doc(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_omega"));
    command.arg("doc").args(args).current_dir(ROOT).env_clear().output().expect("omega runs")
}

fn printed(args: &[&str]) -> String {
    let output = doc(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Holds a text to a file beside this one.
fn golden(name: &str, text: &str) {
    let path = Path::new(ROOT).join("tests/it/doc").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, text).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{name} is not what `omega doc` prints; read the difference, then UPDATE_GOLDEN=1\n{text}");
}

#[test]
fn phase_04_reads_as_a_document() {
    let text = printed(&["runbooks/phase-04.rhai"]);
    assert_eq!(text, printed(&["phase-04"]), "by path and by id");
    golden("phase-04.md", &text);
    golden("phase-04.html", &printed(&["phase-04", "--format", "html"]));
}

#[test]
fn what_cannot_be_undone_stands_first_and_loud() {
    let text = printed(&["phase-02"]);
    let (loud, step) = (text.find("> **CANNOT BE UNDONE**, step 2.2"), text.find("## Step 2.0"));
    assert!(loud.expect("it is said") < step.expect("there is a step"), "{text}");
    for part in [
        "--irreversible omega-vault",
        "**CHANGE THAT CANNOT BE UNDONE**",
        "--attest vault-keys-saved",
        "--secret-file vault-share-1=PATH",
        "Procedure `rollout::database_is_up()` (lib/rollout.rhai:",
    ] {
        assert!(text.contains(part), "{part} in\n{text}");
    }
    assert!(printed(&["phase-01"]).contains("Applied again, it refuses by: 1."), "a guard that its header names");
    let page = printed(&["phase-02", "--format", "html"]);
    assert!(page.contains("<p class=\"stop\">CANNOT BE UNDONE, step 2.2:"), "{page}");
}

#[test]
fn every_runbook_has_its_document_with_every_gate() {
    let repo = omega::runbook::Repo::open(Path::new(ROOT));
    let site = omega::runbook::Site::default();
    for path in repo.runbooks() {
        let document = omega::doc::runbook(&repo, &path, &site).unwrap_or_else(|found| panic!("{path}: {found:?}"));
        let loaded = repo.load(&path, &site).unwrap_or_else(|found| panic!("{path}: {found:?}"));
        for (step, sites) in document.steps.iter().zip(loaded.sites()) {
            assert_eq!(step.id, sites.id);
            let mut told = 0;
            omega::doc::Item::walk(&step.items, &mut |item| {
                told += usize::from(matches!(item, omega::doc::Item::Gate { .. } | omega::doc::Item::Attest { .. }));
            });
            let reached = sites.of(omega::check::sites::Role::Gate).count();
            assert!(told >= reached, "{path} {}: {told} of {reached} gates are told", step.id);
            let changes = sites.of(omega::check::sites::Role::Change).count();
            let told = omega::doc::Reached::by(&step.items).changes;
            assert!(told >= changes, "{path} {}: {told} of {changes} changes are told", step.id);
        }
        let page = omega::doc::html(&document);
        for (open, close) in [("<ol", "</ol>"), ("<li", "</li>"), ("<section", "</section>"), ("<code>", "</code>")] {
            assert_eq!(page.matches(open).count(), page.matches(close).count(), "{path}: {open}");
        }
    }
}

#[test]
fn what_a_runbook_says_never_becomes_markup() {
    let text = concat!(
        "// <img src=x onerror=alert(1)>\n",
        "runbook(\"it\", \"<script>alert(1)</script>\", #{ version: 1, omega: \"0.1\", stage: \"settled\", needs: [\"maas: read\"] });\n",
        "// a <b> comment\n",
        "exit_gate(\"1\", \"A & B\", || {\n    // <i>inner</i>\n    gate(\"<u>\", maas::subnets().len() > 0, #{ means: \"<x y='z'>\" });\n});\n",
    );
    let desk = Desk::with(text);
    let page = desk.omega(["doc", "it", "--format", "html"]).done().exits(0).stdout;
    for part in ["<script>alert", "<img", "<b> comment", "<i>", "<u>", "<x"] {
        assert!(!page.contains(part), "{part} in\n{page}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("A &amp; B"), "{page}");
    let text = desk.omega(["doc", "it"]).done().exits(0).stdout;
    assert!(!text.contains("<script>") && text.contains("\\<i\\>inner"), "{text}");
}

#[test]
fn a_wrong_name_is_a_usage_error_with_the_nearest_right_one() {
    for (name, wanted) in [
        ("phase-4", "did you mean `phase-04`?"),
        ("runbooks/phase-4.rhai", "did you mean `phase-04`?"),
        ("maas::subnt", "did you mean `maas::subnet`?"),
        ("gat", "did you mean `gate`?"),
    ] {
        let output = doc(&[name]);
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(64) && words.contains(wanted), "{name}: {words}");
        assert!(output.stdout.is_empty(), "nothing is printed for {name}");
    }
    assert_eq!(doc(&["--definitions", "gate"]).status.code(), Some(64));
}

#[test]
fn a_runbook_that_does_not_pass_the_check_has_no_document() {
    let desk = Desk::reading("let x = ;");
    desk.omega(["doc", "it"]).done().exits(4);
}

#[test]
fn definitions_are_printed_or_written_a_file_a_namespace() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("new/defs");
    printed(&["--definitions", "--out", out.to_str().expect("UTF-8")]);
    let maas = std::fs::read_to_string(out.join("maas.d.rhai")).expect("written");
    assert!(maas.starts_with("module maas;\n\n/// `maas::"), "{maas}");
    assert!(printed(&["--definitions"]).starts_with("module static;\n"));
}

#[test]
fn the_reference_is_one_page() {
    let page = printed(&["--format", "html"]);
    assert!(page.starts_with("<!doctype html>") && page.contains("id=\"openstack::ensure_network\""));
    assert!(printed(&["maas::subnet"]).contains("maas::subnet(cidr: Cidr)"));
}
