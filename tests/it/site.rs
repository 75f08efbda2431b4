//! Gates over constants of the site: no state of a cloud makes them fail, only a library that says something else. What
//! the check can tell of them it tells before the run.

use std::process::Command;

use super::readme;

#[test]
fn a_constant_that_breaks_the_plan_of_addresses_fails_preflight() {
    let edits = [
        (
            "ip_range(\"10.12.5.0-10.12.7.254\")",
            "ip_range(\"10.12.4.5-10.12.7.254\")",
            (1, "FAIL", "neither a VIP nor a floating IP"),
        ),
        ("ip(\"10.12.4.7\")", "ip(\"10.12.4.57\")", (1, "FAIL", "neither a VIP nor a floating IP")),
        // What no cloud can mend is told by the check.
        ("cidr(\"10.20.1.0/24\")", "cidr(\"10.21.1.0/24\")", (4, "warning", "does not lie in TENANT_POOL")),
    ];
    for (from, to, (status, how, what)) in edits {
        let folder = tempfile::tempdir().expect("a folder");
        readme::copy(folder.path());
        let path = folder.path().join("lib/net.rhai");
        let text = std::fs::read_to_string(&path).expect("lib/net.rhai");
        assert_eq!(text.matches(from).count(), 1, "{from}");
        std::fs::write(&path, text.replace(from, to)).expect("written");
        let output = Command::new(env!("CARGO_BIN_EXE_omega"))
            .args(["run", "runbooks/preflight.rhai", "--lab", "--unpinned"])
            .current_dir(folder.path())
            .env("XDG_STATE_HOME", folder.path().join("state"))
            .output()
            .expect("omega runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{to}: {said}");
        let failed = said.lines().any(|line| line.trim_start().starts_with(how) && line.contains(what));
        assert!(failed, "{to}: {said}");
    }
}
