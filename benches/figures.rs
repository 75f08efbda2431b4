//! The figures that omega is held to, as ratios within one run: start-up, check, a lab run, and preflight against a bash
//! script that makes the same calls. `cargo bench --bench figures` (`-- keystroke` for the editor's alone); nothing here fails for being slow.
//!
//! CPU is user and system time of a process and all that it waited for. The called programs are shell scripts that
//! print what the lab's clients printed; their own cost is measured alone and left out on both sides.

#![expect(clippy::disallowed_methods, reason = "a bench starts and times processes itself")]

#[path = "figures/keystroke.rs"]
mod keystroke;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The program as an operator has it: copied. What the linker has just written lies in small pieces in the kernel's memory,
/// and each start of it takes a tenth longer.
static OMEGA: OnceLock<PathBuf> = OnceLock::new();

fn install(folder: &Path) -> Outcome<()> {
    let program = folder.join("omega");
    std::fs::write(&program, std::fs::read(env!("CARGO_BIN_EXE_omega"))?)?;
    run(Command::new("chmod").arg("755").arg(&program))?;
    OMEGA.set(program).map_err(|_| "omega is installed already".into())
}

fn main() -> Outcome<()> {
    if std::env::args().any(|word| word == "keystroke") {
        return keystroke::figures();
    }
    let desk = Desk::set_up()?;
    let start = median(40, || cpu(&mut omega(&["--version"])))?;
    let nothing = median(40, || cpu(&mut Command::new("true")))?;
    row("start-up", start, nothing, "true", "at most 3");
    alone(
        "check of the whole repository",
        median(20, || cpu(omega(&["check"]).current_dir(&desk.repository)))?,
        "under 20 ms",
    );
    let phase = ["run", "runbooks/phase-04.rhai", "--lab"];
    run(omega(&phase).current_dir(&desk.repository))?;
    alone("lab run of phase-04", median(20, || cpu(omega(&phase).current_dir(&desk.repository)))?, "under 30 ms");
    keystroke::figures()?;
    preflight(&desk)?;
    // Last: what is not pinned keeps every other runbook from running.
    desk.write_long_runbook()?;
    let long = median(20, || cpu(omega(&["check", "runbooks/long.rhai"]).current_dir(&desk.repository)))?;
    let short = median(20, || cpu(omega(&["check", "runbooks/short.rhai"]).current_dir(&desk.repository)))?;
    alone("check of a runbook, 300 lines more", long.saturating_sub(short), "under 3 ms");
    Ok(())
}

fn preflight(desk: &Desk) -> Outcome<()> {
    let calls = median(20, || cpu(&mut desk.bash(&desk.calls_alone)))?;
    let empty = median(20, || cpu(&mut desk.bash(&desk.no_calls)))?;
    let clients = calls.saturating_sub(empty);
    let ours = median(20, || cpu(&mut desk.preflight()))?.saturating_sub(clients);
    let bash = median(20, || cpu(&mut desk.bash(Path::new("benches/preflight.sh"))))?.saturating_sub(clients);
    row("preflight", ours, bash, &format!("bash and {}", first_line("jq", &["--version"])), "at most 0.2");
    std::fs::write(desk.folder.path().join("latency"), "0.3\n")?;
    let wall = median(5, || {
        let begun = Instant::now();
        let _ = desk.preflight().output()?;
        Ok(begun.elapsed())
    })?;
    // Who holds an address is asked of the subnet that it lies in, whose id is asked first.
    let chain = Duration::from_millis(600);
    row("preflight at 300 ms a call, wall", wall, chain, "its longest chain, two calls", "at most 1.5");
    Ok(())
}

/// A copy of the repository, and programs that print what the lab's clients print.
struct Desk {
    folder: tempfile::TempDir,
    repository: PathBuf,
    calls_alone: PathBuf,
    no_calls: PathBuf,
}

impl Desk {
    fn set_up() -> Outcome<Self> {
        let folder = tempfile::tempdir()?;
        let root = folder.path();
        install(root)?;
        let repository = root.join("repository");
        std::fs::create_dir_all(repository.join("overlays"))?;
        for name in ["runbooks", "lib", "bundle.yaml", "SHA256SUMS", "benches"] {
            run(Command::new("cp").args(["-r", name]).arg(&repository))?;
        }
        run(Command::new("cp").arg("fixtures/lab/overlays/octavia-pki.yaml").arg(repository.join("overlays")))?;
        let desk = Desk { calls_alone: root.join("calls.sh"), no_calls: root.join("nothing.sh"), repository, folder };
        desk.make_programs()?;
        Ok(desk)
    }

    /// A runbook of 60 steps of five lines, and one of a single step: the difference is what the lines cost.
    fn write_long_runbook(&self) -> Outcome<()> {
        for (name, steps) in [("long", 61), ("short", 1)] {
            let header = format!(
                "import \"net\" as net;\nrunbook({name:?}, \"Many steps\", #{{\n    version: 1, omega: \"0.1\", stage: \"settled\",\n    needs: [\"maas: read\"],\n}});\n"
            );
            let steps = (1..=steps).map(|number| {
                format!(
                    "step(\"{number}\", \"Step {number}\", || {{\n    let subnet = maas::subnet(net::PROVIDER.cidr);\n    gate_eq(\"gateway\", subnet.gateway, net::PROVIDER.cidr.host(1), #{{ next: `look at ${{subnet.cidr}}` }});\n    gate(\"no DHCP\", !subnet.dhcp);\n}});\n"
                )
            });
            let text: String = std::iter::once(header).chain(steps).collect();
            std::fs::write(self.repository.join(format!("runbooks/{name}.rhai")), text)?;
        }
        Ok(())
    }

    /// Runs preflight once against the lab's own executables, then cans what each call printed.
    fn make_programs(&self) -> Outcome<()> {
        let (root, lab) = (self.folder.path(), self.folder.path().join("lab"));
        run(omega(&["lab", "shims"]).arg(&lab).args(["--stage", "ready"]))?;
        let path = format!("{}:/usr/bin:/bin", lab.join("bin").display());
        run(self.preflight().env("PATH", &path))?;
        let mut programs: BTreeMap<String, String> = BTreeMap::new();
        let mut calls = String::new();
        for (index, words) in self.recorded()?.iter().enumerate() {
            let output = Command::new(lab.join("bin").join(&words[0]))
                .args(&words[1..])
                .env("PATH", &path)
                .stdin(Stdio::null())
                .output()?;
            let canned = root.join(format!("reply-{index}"));
            std::fs::write(&canned, &output.stdout)?;
            let case = format!("'{}') exec cat {} ;;\n", words[1..].join(" ").replace('\'', r"'\''"), canned.display());
            programs.entry(words[0].clone()).or_default().push_str(&case);
            calls.push_str(&format!("{} > /dev/null\n", shlex::try_join(words.iter().map(String::as_str))?));
        }
        let bin = root.join("bin");
        std::fs::create_dir_all(&bin)?;
        for (program, cases) in programs {
            let wait = format!("[ -e {0} ] && read -r s < {0} && sleep \"$s\"\n", root.join("latency").display());
            let path = bin.join(program);
            std::fs::write(
                &path,
                format!("#!/bin/sh\n{wait}case \"$*\" in\n{cases}*) echo \"not canned: $*\" >&2; exit 99 ;;\nesac\n"),
            )?;
            run(Command::new("chmod").arg("755").arg(&path))?;
        }
        std::fs::write(&self.calls_alone, calls)?;
        std::fs::write(&self.no_calls, "")?;
        let check = self.preflight().output()?;
        if !check.status.success() {
            return Err(format!(
                "preflight does not pass on the canned replies:\n{}",
                String::from_utf8_lossy(&check.stderr)
            )
            .into());
        }
        Ok(())
    }

    /// The calls of the last run, from its journal.
    fn recorded(&self) -> Outcome<Vec<Vec<String>>> {
        let journals = self.folder.path().join("state/journals");
        let journal = std::fs::read_dir(journals)?.next().ok_or("preflight left no journal")??.path();
        let mut calls = Vec::new();
        for line in std::fs::read_to_string(journal)?.lines() {
            let event: serde_json::Value = serde_json::from_str(line)?;
            if event["event"] == "call" {
                let request = event["request"].as_str().ok_or("a call without its request")?;
                calls.push(shlex::split(request).ok_or("a request that cannot be split")?);
            }
        }
        Ok(calls)
    }

    fn preflight(&self) -> Command {
        let mut command = omega(&["run", "runbooks/preflight.rhai", "--state"]);
        command.arg(self.folder.path().join("state")).current_dir(&self.repository).env("PATH", self.path());
        command
    }

    fn bash(&self, script: &Path) -> Command {
        let mut command = Command::new("bash");
        command.arg(script).current_dir(&self.repository).env("PATH", self.path());
        command
    }

    fn path(&self) -> String {
        format!("{}:/usr/bin:/bin", self.folder.path().join("bin").display())
    }
}

fn omega(args: &[&str]) -> Command {
    let mut command = Command::new(OMEGA.get().expect("omega is installed first"));
    command.args(args);
    command
}

fn run(command: &mut Command) -> Outcome<Output> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(
            format!("{command:?} ended with {}:\n{}", output.status, String::from_utf8_lossy(&output.stderr)).into()
        );
    }
    Ok(output)
}

/// User and system time of one run, with all that it waited for.
fn cpu(command: &mut Command) -> Outcome<Duration> {
    let before = children()?;
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    Ok(children()? - before)
}

fn children() -> Outcome<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(micros)?))
}

fn median(times: usize, mut once: impl FnMut() -> Outcome<Duration>) -> Outcome<Duration> {
    let mut all = (0..times).map(|_| once()).collect::<Outcome<Vec<_>>>()?;
    all.sort();
    Ok(all[times / 2])
}

fn row(what: &str, ours: Duration, other: Duration, name: &str, wanted: &str) {
    let ratio = ours.as_secs_f64() / other.as_secs_f64();
    println!("{what:<36} {ours:>10.2?}  {ratio:>6.2} x {name} ({other:.2?})   wanted: {wanted}");
}

fn alone(what: &str, ours: Duration, wanted: &str) {
    println!("{what:<36} {ours:>10.2?}   wanted: {wanted}");
}

fn first_line(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    output
        .ok()
        .and_then(|output| Some(String::from_utf8_lossy(&output.stdout).lines().next()?.to_string()))
        .unwrap_or_else(|| format!("no {program}"))
}
