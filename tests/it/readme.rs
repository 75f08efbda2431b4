//! Every command of the README, run in its order in a copy of the repository, with the lab's executables in place of the
//! real clients. A comment `# exits N` says what a command must exit with; else it is 0.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use omega::lab::{Lab, shims};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The commands of the fenced shell blocks, in order, each with the heading that it stands under.
fn commands(text: &str) -> Vec<(String, String)> {
    let (mut inside, mut heading) = (false, String::new());
    let mut commands = Vec::new();
    for line in text.lines() {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            _ if inside => commands.push((heading.clone(), line.to_string())),
            _ if line.starts_with("## ") => heading = line.to_string(),
            _ => (),
        }
    }
    commands
}

/// The commands under one heading.
pub fn commands_under(text: &str, heading: &str) -> Vec<String> {
    commands(text).into_iter().filter(|(under, _)| under == heading).map(|(_, command)| command).collect()
}

/// What a command may exit with.
pub fn wanted(command: &str) -> Vec<i32> {
    let comment = command.split_once('#').map_or("", |(_, comment)| comment);
    let number = |text: &str| text.trim().chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok();
    match comment.split_once("exits ") {
        Some((_, rest)) => number(rest).into_iter().collect(),
        // doctor answers for the machine it runs on.
        None if command.starts_with("omega doctor") => vec![0, 3],
        None => vec![0],
    }
}

/// Copies what a run reads of the repository.
pub fn copy(to: &Path) {
    for name in ["runbooks", "lib", "fixtures", "bundle.yaml", "SHA256SUMS"] {
        let status = Command::new("cp").arg("-r").arg(Path::new(ROOT).join(name)).arg(to).status();
        assert!(status.expect("cp runs").success(), "{name} is copied");
    }
}

/// Lesson: two-procedures.
#[test]
fn every_command_of_the_readme_does_what_it_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (home, repository, bin) =
        (folder.path().join("home"), folder.path().join("repository"), folder.path().join("bin"));
    for made in [&home, &repository, &bin] {
        std::fs::create_dir(made).expect("made");
    }
    copy(&repository);
    symlink(env!("CARGO_BIN_EXE_omega"), bin.join("omega")).expect("linked");
    Lab::create(&home.join("lab"), "settled").expect("a lab");
    let written = shims::write(&home.join("lab"), Path::new(env!("CARGO_BIN_EXE_omega"))).expect("shims");
    std::fs::rename(written.openrc.expect("an openrc"), home.join("admin-openrc")).expect("moved");
    let path = format!("{}:{}:/usr/bin:/bin", bin.display(), written.bin.display());
    let text = std::fs::read_to_string(Path::new(ROOT).join("README.md")).expect("the README");
    let mut run = 0;
    for (heading, command) in commands(&text) {
        // What runs this test, and the tour, which has a test of its own: it looks harder.
        if command.starts_with("cargo test") || heading == super::sitting::TOUR {
            continue;
        }
        let line = command.replace("cargo run --release --", "omega");
        let output = Command::new("sh")
            .args(["-c", &line])
            .current_dir(&repository)
            .env_clear()
            .envs([("HOME", home.as_os_str()), ("PATH", path.as_ref()), ("USER", "operator".as_ref())])
            .output()
            .expect("sh runs");
        let status = output.status.code().expect("no signal");
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(wanted(&command).contains(&status), "`{command}` exited {status}:\n{words}");
        run += 1;
    }
    assert!(run > 20, "the README holds its tour");
}

#[test]
fn the_committed_reference_is_what_doc_prints() {
    let committed = std::fs::read_to_string(Path::new(ROOT).join("docs/reference.md")).expect("the reference");
    let made = format!("{}\n", omega::reference::markdown());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(Path::new(ROOT).join("docs/reference.md"), &made).expect("written");
        return;
    }
    assert!(
        committed == made,
        "docs/reference.md is not what `omega doc` prints; UPDATE_GOLDEN=1 cargo test writes it anew"
    );
}

#[test]
fn the_changelog_has_this_version() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("CHANGELOG.md")).expect("the changelog");
    assert!(text.contains(&format!("## {}", env!("CARGO_PKG_VERSION"))));
}
