//! Planted runbooks: a gate that is there notices, and one that is missing or too wide leaves a survivor.

use std::path::Path;

use super::{Report, Study};
use crate::cases::{self, Case, Cases};
use crate::runbook::Repo;

const HEADER: &str = r#"//! Planted.
import "net" as net;

runbook("planted", "Planted", #{
    version: 1, omega: "0.1", stage: "carved", after: [], needs: ["openstack: read"],
});

exit_gate("1", "The provider network", || {
    let network = openstack::network("provider-ext");
"#;

/// What mutants of a healthy run of these gates come to.
fn study(gates: &str) -> Report {
    let root = tempfile::tempdir().expect("a folder");
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir_all(root.path().join("runbooks")).expect("made");
    std::fs::create_dir_all(root.path().join("lib")).expect("made");
    std::fs::copy(own.join("lib/net.rhai"), root.path().join("lib/net.rhai")).expect("copied");
    std::fs::write(root.path().join("runbooks/planted.rhai"), format!("{HEADER}{gates}\n}});\n")).expect("written");
    let repo = Repo::open(root.path());
    let loaded = cases::load(&repo, "runbooks/planted.rhai").expect("it passes the check");
    let cases = Cases::of(&repo, &loaded, "carved");
    let case: Case =
        serde_json::from_str(r#"{"case": 1, "about": "planted", "expect": {"verdict": "pass"}}"#).expect("a case");
    Study::of(&cases, &case).expect("it is healthy").report(9).expect("a report")
}

/// Survivors as `class: word`, each once.
fn survivors(report: &Report) -> Vec<String> {
    let mut all: Vec<String> = report.survivors.iter().map(|one| format!("{}: {}", one.class, one.word)).collect();
    all.dedup();
    all
}

const SOUND: &str = r#"
    gate("external", network.is_external);
    gate("not open to all projects", !network.for_all_projects);
    let subnet = network.subnet("provider-ext-fip");
    gate_eq("CIDR", subnet.cidr, net::PROVIDER.cidr);
    gate_set("allocation pools", subnet.pools, [net::FIP_POOL]);"#;

#[test]
fn sound_gates_notice_all_that_they_read() {
    let report = study(SOUND);
    assert_eq!(survivors(&report), [] as [String; 0], "{:#?}", report.survivors);
    assert!(report.mutants > 20 && report.noticed == report.mutants, "{report:?}");
    assert!(report.unread > 20, "{report:?}");
}

#[test]
fn a_gate_that_is_gone_leaves_a_survivor() {
    let gone = SOUND.replace(r#"gate_eq("CIDR", subnet.cidr, net::PROVIDER.cidr);"#, "note(`CIDR ${subnet.cidr}`);");
    let report = study(&gone);
    let left = survivors(&report);
    assert!(left.iter().any(|one| one.contains("Subnet") && one.ends_with("foreign")), "{left:?}");
    let one = &report.survivors[0];
    assert!(one.asked.starts_with("openstack subnet"), "{one:?}");
    assert_eq!((one.steps.as_slice(), one.gate.starts_with("1 ")), (&["1".to_string()][..], true), "{one:?}");
}

#[test]
fn a_gate_that_is_too_wide_leaves_a_survivor() {
    let wide = SOUND.replace(
        r#"gate_set("allocation pools", subnet.pools, [net::FIP_POOL]);"#,
        r#"gate("pools", subnet.pools.len() > 0);"#,
    );
    let left = survivors(&study(&wide));
    assert!(left.iter().any(|one| one.contains("ools")), "{left:?}");
}

#[test]
fn a_field_that_no_gate_is_told_of_is_counted_apart() {
    let fewer = SOUND.replace(r#"gate("not open to all projects", !network.for_all_projects);"#, "");
    let report = study(&fewer);
    assert_eq!(survivors(&report), [] as [String; 0]);
    assert!(report.untold_classes.iter().any(|class| class.ends_with(": shared")), "{:?}", report.untold_classes);
}

/// A case of the repository's own runbooks.
fn own(runbook: &str, case: &str, with: impl FnOnce(Study<'_>)) {
    let repo = Repo::open(Path::new(env!("CARGO_MANIFEST_DIR")));
    let path = format!("runbooks/{runbook}.rhai");
    let loaded = cases::load(&repo, &path).expect("it passes the check");
    let cases = Cases::of(&repo, &loaded, &loaded.header.stage);
    let found = cases::find(&repo.root, Some(&format!("{runbook}/{case}"))).expect("cases");
    with(Study::of(&cases, &found.first().expect("the case").case).expect("it is healthy"));
}

#[test]
fn documents_come_in_an_order_that_no_secret_of_the_process_moves() {
    own("vault-unseal", "after-a-reboot.json", |study| {
        let asked = study.asked();
        let shares = asked.iter().filter(|asked| asked.contains("unseal")).count();
        assert!(shares >= 3, "{asked:?}");
        assert!(asked.is_sorted(), "{asked:?}");
    });
}

#[test]
fn a_run_of_the_steps_that_meet_a_mutant_comes_to_what_the_whole_run_comes_to() {
    // The first makes changes, the second waits as well.
    for (runbook, case) in [("phase-04", "healthy-apply.json"), ("vault-unseal", "after-a-reboot.json")] {
        own(runbook, case, |mut study| {
            let (ran, others) = study.in_parts_and_whole(1).expect("both run");
            assert!(ran > 15, "{runbook}: {ran}");
            assert_eq!(others, [] as [String; 0], "{runbook}");
        });
    }
}
