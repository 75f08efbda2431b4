//! The first phases of a night through real processes: omega's live transport, the lab's executables on the path.

use std::path::Path;
use std::process::Output;

use omega::lab::{Lab, shims};

use super::readme;

struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn at(stage: &str) -> Self {
        let shop = Shop { folder: tempfile::tempdir().expect("a folder") };
        for made in ["home", "repository", "elsewhere"] {
            std::fs::create_dir(shop.folder.path().join(made)).expect("made");
        }
        readme::copy(&shop.folder.path().join("repository"));
        Lab::create(&shop.lab(), stage).expect("a lab");
        std::fs::write(shop.lab().join(shims::STRIDE_FILE), "1800").expect("written");
        shims::write(&shop.lab(), Path::new(env!("CARGO_BIN_EXE_omega"))).expect("shims");
        shop
    }

    fn lab(&self) -> std::path::PathBuf {
        self.folder.path().join("lab")
    }

    fn secret(&self, name: &str, text: &str) {
        let path = self.folder.path().join("elsewhere").join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
    }

    /// omega, started in another folder than the repository.
    fn run(&self, runbook: &str, more: &[&str]) -> Output {
        let root = self.folder.path().join("repository");
        std::process::Command::new(env!("CARGO_BIN_EXE_omega"))
            .arg("--root")
            .arg(&root)
            .arg("run")
            .arg(root.join("runbooks").join(runbook))
            .args(more)
            .current_dir(self.folder.path().join("elsewhere"))
            .env_clear()
            .env("HOME", self.folder.path().join("home"))
            .env("USER", "operator")
            .env("PATH", format!("{}:/usr/bin:/bin", self.lab().join("bin").display()))
            .output()
            .expect("omega runs")
    }
}

#[track_caller]
fn ends(output: &Output, status: i32, words: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(status) && said.contains(words), "{:?}: {said}", output.status.code());
}

#[test]
fn lost_machines_are_enrolled_and_disks_made_anew_through_real_processes() {
    let shop = Shop::at("lost");
    shop.secret("power", "not-a-real-password");
    shop.secret("maas", "consumer:token:not-a-real-key");
    let given = ["--secret-file", "power-password=power", "--secret-file", "maas-api-key=maas"];
    let apply = [&["--apply", "--yes"], &given[..]].concat();
    ends(&shop.run("phase-00b.rhai", &[]), 0, "PLANNED");
    ends(&shop.run("phase-00b.rhai", &apply), 0, "61 changes made");
    ends(&shop.run("phase-00b.rhai", &apply), 0, "nothing was changed");
    let apply = ["--apply", "--yes", "--irreversible", "omega-osd-disks"];
    ends(&shop.run("phase-00.rhai", &apply), 0, "6 changes made");
    ends(&shop.run("phase-00.rhai", &apply), 0, "nothing was changed");
    let state = Lab::on_disk(&shop.lab()).expect("a lab").state().expect("a state");
    assert_eq!(state.maas.machines.len(), 4);
}
