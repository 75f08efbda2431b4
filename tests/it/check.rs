//! What `omega check` exits with.

use crate::desk::Desk;

const HEADER: &str = r#"runbook("it", "A test", #{ version: 1, omega: "0.1", stage: "settled", needs: ["openstack: read"] });
"#;

fn titled(second: &str) -> Desk {
    Desk::with(&format!(
        "{HEADER}step(\"1\", \"One\", || {{ gate(\"a\", openstack::has_network(\"x\")); }});\n\
         step(\"2\", \"{second}\", || {{ gate(\"b\", !openstack::has_network(\"y\")); }});\n"
    ))
}

/// With all that the check looks for.
#[track_caller]
fn exits(desk: &Desk, words: &[&str], status: i32, says: &str) {
    let mut command = desk.omega(["check"]).command();
    let output = command.args(words).env_remove("OMEGA_TEST_GUARD_ALONE").output().expect("omega starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(status) && text.contains(says), "{}\n{text}", output.status);
}

#[test]
fn a_warning_has_its_own_status() {
    exits(&titled("Two"), &[], 0, "no mistake in 1 file");
    let warned = titled("One");
    exits(&warned, &[], 2, "no error in 1 file, 1 warning");
    exits(&warned, &["--warn-as", "pass"], 0, "W0355");
    exits(&warned, &["--warn-as", "fail"], 1, "W0355");
    exits(&warned, &["--sha"], 4, "no error in 1 file, 1 warning");
    let wrong = titled("One").file("lib/wrong.rhai", "export const X = ;\n");
    exits(&wrong, &[], 4, "E01");
    exits(&wrong, &["--warn-as", "pass"], 4, "E01");
}
