//! Everything that can go wrong at every change. All runbooks are tried by `omega test --faults`, which CI runs; here it
//! is held that a trial can fail, and that the quick runbooks stand.

use std::path::Path;
use std::process::Command;

use omega::cases::trials::{self, Ended, Known, Trials};
use omega::cases::{self, Cases};
use omega::runbook::Repo;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn what_goes_wrong_at_any_change_is_told_and_the_next_run_converges() {
    for runbook in
        ["cases/phase-04/", "cases/phase-05/", "cases/octavia-pki/", "cases/osd-blank/", "cases/vault-unseal/"]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_omega"));
        let output = command.args(["test", "--faults", runbook]).current_dir(ROOT).output().expect("omega runs");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && words.contains(" changes, "), "{words}");
    }
}

/// The one trial of the keys: Vault makes them, and the answer never comes.
fn of_the_lost_keys(known: &[Known]) -> Ended {
    let repo = Repo::open(Path::new(ROOT));
    let loaded = cases::load(&repo, "runbooks/phase-02.rhai").expect("it loads");
    let found = cases::find(&repo.root, Some("phase-02/healthy-apply")).expect("cases");
    let cases = Cases::of(&repo, &loaded, "pre-vault");
    let trials = Trials::of(&cases, &found[0].case, known).expect("the case passes as it is");
    let all = trials.all();
    let lost = |name: &str| name.contains("operator init") && name.contains("is done, then hangs");
    let trial = all.iter().find(|trial| lost(&trials.name(trial))).expect("the trial");
    trials.run(trial)
}

#[test]
fn a_stop_that_nobody_listed_fails_its_trial() {
    let work = || {
        let known = trials::known(Path::new(ROOT), "runbooks/phase-02.rhai").expect("listed stops");
        assert!(matches!(of_the_lost_keys(&known), Ended::Stopped(_)));
        match of_the_lost_keys(&[]) {
            Ended::Wrong(why) => assert!(why.concat().contains("the keys of that Vault were never kept"), "{why:?}"),
            other => panic!("{other:?}"),
        }
    };
    let thread = std::thread::Builder::new().stack_size(omega::engine::STACK).spawn(work).expect("a thread");
    thread.join().expect("it holds");
}
