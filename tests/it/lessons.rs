//! Faults that runbooks have had before. Each bears a name (`fixtures/lessons.json`), and is met by a case or a test that
//! bears it too: a case by its `lesson`, a test by a line `Lesson: NAME.` above it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value as Json;

use super::desk::Desk;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn files(folder: &Path, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path, ending)),
            false if path.extension().is_some_and(|found| found == ending) => {
                found.push(std::fs::read_to_string(&path).expect("text"));
            }
            false => (),
        }
    }
    found
}

#[test]
fn every_lesson_has_a_case_or_a_test_that_bears_its_name() {
    let list = std::fs::read_to_string(Path::new(ROOT).join("fixtures/lessons.json")).expect("the list");
    let list: BTreeMap<String, String> = serde_json::from_str(&list).expect("names and words");
    let cases = files(&Path::new(ROOT).join("fixtures/cases"), "json");
    let cases =
        cases.iter().filter_map(|text| serde_json::from_str::<Json>(text).ok()?["lesson"].as_str().map(str::to_string));
    let sources = ["src", "tests"].map(|folder| files(&Path::new(ROOT).join(folder), "rs")).concat();
    let tests = sources
        .iter()
        .flat_map(|text| text.lines())
        .filter_map(|line| line.trim_start().strip_prefix("/// Lesson: ")?.strip_suffix('.').map(str::to_string));
    let borne: BTreeSet<String> = cases.chain(tests).collect();
    let listed: BTreeSet<String> = list.keys().cloned().collect();
    let (unmet, unknown) =
        (listed.difference(&borne).collect::<Vec<_>>(), borne.difference(&listed).collect::<Vec<_>>());
    assert!(unmet.is_empty() && unknown.is_empty(), "nothing meets {unmet:?}; not in the list: {unknown:?}");
    assert!(list.len() >= 25, "the list lost names");
}

/// Lesson: columns-in-any-order.
#[test]
fn answers_of_the_openstack_client_are_asked_for_in_json_and_files_lie_at_home() {
    let done = Desk::reading("openstack::network(\"nothing\");").run().done();
    let asked = done.events().filter_map(|event| match event {
        omega::journal::Event::Call { request, .. } => Some(request.clone()),
        _ => None,
    });
    let asked: Vec<String> = asked.filter(|request| request.starts_with("openstack ")).collect();
    assert!(!asked.is_empty() && asked.iter().all(|request| request.contains("json")), "{asked:?}");
    let header = super::desk::HEADER.replace("\"openstack: change\"", "\"jumphost: change\"");
    let body = "jumphost::ensure_download(\"/tmp/x.img\", #{ url: \"https://a.example/x.img\", sums: \"https://a.example/SUMS\" });";
    let runbook = format!("{header}step(\"1\", \"One\", || {{\n{body}\n}});\n");
    Desk::with(&runbook).run().done().says("clients in snaps read under the home directory alone");
}

/// Lesson: token-kept-by-juju.
#[test]
fn what_juju_keeps_of_an_action_is_a_child_token() {
    let root = Path::new(ROOT);
    let case = std::fs::read_to_string(root.join("fixtures/cases/phase-02/healthy-apply.json")).expect("a case");
    let secrets = serde_json::from_str::<Json>(&case).expect("JSON")["secrets"].clone();
    let secrets: BTreeMap<String, String> = serde_json::from_value(secrets).expect("secrets");
    let folder = tempfile::tempdir().expect("a folder");
    super::readme::copy(folder.path());
    let mut words =
        vec!["run", "runbooks/phase-02.rhai", "--lab", "lab", "--apply", "--yes", "--irreversible", "omega-vault"];
    words.extend(["--attest", "vault-keys-saved", "--attest", "root-ca-saved"]);
    let mut files = Vec::new();
    for (name, secret) in &secrets {
        std::fs::write(folder.path().join(name), secret).expect("written");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(folder.path().join(name), mode).expect("set");
        files.extend(["--secret-file".to_string(), format!("{name}={name}")]);
    }
    let omega = |args: &[&str], more: &[String]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_omega"));
        command.args(args).args(more).current_dir(folder.path()).output().expect("omega runs")
    };
    let run = omega(&words, &files);
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let kept = omega(&["lab", "show", "lab", "/juju/models/openstack/operations"], &[]);
    let kept = String::from_utf8(kept.stdout).expect("text");
    assert!(kept.contains("authorize-charm") && kept.contains("\"token\""), "the action is on record: {kept}");
    assert!(!kept.contains(&secrets["vault-root-token"]), "Juju keeps the root token");
}
