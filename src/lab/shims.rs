//! Executables that stand for the real programs and are answered by a lab on disk, so that the live transport, or any
//! script, can run against the lab through real processes.
//!
//! A shim is a line of shell that starts omega again with its arguments as they are. It must not interpret anything: what
//! the programs say is the services' business.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;

use super::{Door, Lab, State};
use crate::transport::{Command, Failure, FailureKind, Input, Reply, Request, Secret, Transport};

/// The programs a lab stands in for.
pub const PROGRAMS: [&str; 12] =
    ["cmp", "curl", "getent", "install", "juju", "maas", "openstack", "qemu-img", "sha256sum", "ssh", "stat", "virsh"];

/// A file in the lab's directory that holds how many milliseconds each call takes; without it, no time is added.
pub const LATENCY: &str = "latency";

/// How many seconds a call moves the lab's clock while something is under way in it: nobody else does, and an hour's wait
/// is to be a few calls. A file of the name [`STRIDE_FILE`] in the lab's directory says another number.
const STRIDE: u64 = 30;

/// The file that says how far a call moves the clock.
pub const STRIDE_FILE: &str = "stride";

/// What was made.
#[derive(Debug)]
pub struct Written {
    /// The directory to put first on PATH.
    pub bin: PathBuf,
    /// The openrc of the lab's Keystone; none at a stage that has no administrator yet.
    pub openrc: Option<PathBuf>,
}

/// Makes `DIRECTORY/bin` and `DIRECTORY/openrc` for the lab that is kept in the directory. `omega` is the program the
/// shims start.
pub fn write(directory: &Path, omega: &Path) -> anyhow::Result<Written> {
    let state = Lab::on_disk(directory)?.state()?;
    let (directory, omega) = (std::path::absolute(directory)?, std::path::absolute(omega)?);
    let bin = directory.join("bin");
    std::fs::create_dir_all(&bin).with_context(|| format!("cannot make {}", bin.display()))?;
    for program in PROGRAMS {
        put(&bin.join(program), &script(program, &directory, &omega), 0o755)?;
    }
    let openrc = match openrc(&state) {
        Some(text) => {
            let path = directory.join("openrc");
            put(&path, &text, 0o600)?;
            Some(path)
        }
        None => None,
    };
    Ok(Written { bin, openrc })
}

/// Plays one program: answers it from the lab, prints what it would print, and gives its exit status.
pub fn answer(directory: &Path, program: &str, args: Vec<String>) -> u8 {
    let call = Call::of_this_process(directory, program, args);
    let (mut stdout, mut stderr) = (std::io::stdout().lock(), std::io::stderr().lock());
    let end = call.play(&mut stdout, &mut stderr);
    let _ = stdout.flush(); // a reader that has gone away is no matter of ours
    match end {
        Ok(End::Status(status)) => status,
        Ok(End::Hangs) => hang(),
        Err(error) => {
            let _ = writeln!(stderr, "omega lab: {program}: {error:#}");
            255
        }
    }
}

/// A program that was called.
struct Call {
    directory: PathBuf,
    program: String,
    args: Vec<String>,
    env: BTreeMap<String, Input>,
    stdin: Option<Input>,
}

/// How a program ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Status(u8),
    /// The program would never end by itself.
    Hangs,
}

impl Call {
    fn of_this_process(directory: &Path, program: &str, args: Vec<String>) -> Self {
        let env = if program == "openstack" { openstack_variables(std::env::vars()) } else { BTreeMap::new() };
        let stdin = if reads_stdin(program, &args) { piped_stdin() } else { None };
        Call { directory: directory.to_path_buf(), program: program.to_string(), args, env, stdin }
    }

    fn play(self, stdout: &mut impl Write, stderr: &mut impl Write) -> anyhow::Result<End> {
        let lab = Lab::on_disk(&self.directory)?;
        take_time(&self.directory)?;
        if lab.state()?.is_busy() {
            lab.advance(Duration::from_secs(number(&self.directory.join(STRIDE_FILE))?.unwrap_or(STRIDE)));
        }
        let mut command = Command::new(&self.program, &self.args);
        (command.env, command.stdin) = (self.env, self.stdin);
        match ask(&lab, &command.into()) {
            Ok(Reply::Command { status, stdout: out, stderr: err }) => {
                let _ = stdout.write_all(&out);
                let _ = stderr.write_all(&err);
                Ok(End::Status(u8::try_from(status).unwrap_or(255)))
            }
            Ok(Reply::Http { .. }) => anyhow::bail!("the lab answered a command with a page"),
            Err(failure) => Ok(failed(&failure, stderr)),
        }
    }
}

/// A program of its own passes no guard: what it may do to the lab is what the real one may do to the cloud.
fn ask(lab: &Lab, request: &Request) -> Result<Reply, Failure> {
    lab.send(request, Door::Changing)
}

fn failed(failure: &Failure, stderr: &mut impl Write) -> End {
    let _ = stderr.write_all(failure.output.as_bytes());
    if failure.kind == FailureKind::TimedOut {
        return End::Hangs;
    }
    let _ = writeln!(stderr, "{}", failure.detail);
    End::Status(if failure.kind == FailureKind::Missing { 127 } else { 255 })
}

/// The `OS_*` variables; a client without them says so, while the lab within omega would ask as its administrator.
fn openstack_variables(all: impl Iterator<Item = (String, String)>) -> BTreeMap<String, Input> {
    let given = all.filter(|(name, _)| name.starts_with("OS_"));
    let mut variables: BTreeMap<_, _> = given.map(|(name, value)| (name, Input::Secret(Secret::new(value)))).collect();
    variables.entry("OS_AUTH_URL".into()).or_insert_with(|| Input::Text(String::new()));
    variables
}

/// Only what the real program would read is read: in a shell loop, the rest is the loop's input.
fn reads_stdin(program: &str, args: &[String]) -> bool {
    let first = args.first().map_or("", String::as_str);
    match program {
        "ssh" => !args.iter().any(|arg| arg == "-n"),
        "juju" if ["ssh", "login", "register", "change-user-password"].contains(&first) => true,
        _ => args.iter().any(|arg| arg == "-" || arg == "@-" || arg.ends_with("/dev/stdin") || arg.ends_with("@-")),
    }
}

fn piped_stdin() -> Option<Input> {
    let mut input = std::io::stdin().lock();
    if input.is_terminal() {
        return None;
    }
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).ok()?;
    Some(Input::Secret(Secret::new(String::from_utf8_lossy(&bytes))))
}

fn take_time(directory: &Path) -> anyhow::Result<()> {
    if let Some(wanted) = number(&directory.join(LATENCY))? {
        pause(Duration::from_millis(wanted));
    }
    Ok(())
}

/// The number in a file; none without the file.
fn number(path: &Path) -> anyhow::Result<Option<u64>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).context(path.display().to_string()),
    };
    text.trim().parse().map(Some).with_context(|| format!("{}: not a number", path.display()))
}

fn hang() -> u8 {
    loop {
        pause(Duration::from_secs(3600));
    }
}

#[expect(clippy::disallowed_methods, reason = "a shim is a process of its own, and the time it takes is real")]
pub(super) fn pause(time: Duration) {
    std::thread::sleep(time);
}

fn script(program: &str, directory: &Path, omega: &Path) -> String {
    let [directory, omega] = [directory, omega].map(|path| quoted(&path.to_string_lossy()));
    format!(
        "#!/bin/sh\n# Stands for `{program}`; the lab in this directory answers. Made by `omega lab shims`.\n\
         exec {omega} lab answer {directory} {program} -- \"$@\"\n"
    )
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The openrc of the cloud's administrator, if the lab's Keystone has one by now.
fn openrc(state: &State) -> Option<String> {
    let keystone = &state.openstack.keystone;
    let admin = keystone.assignments.iter().find(|row| row.role == "admin" && row.project.is_some())?;
    let (user, user_domain) = admin.user.split_once('@')?;
    let (project, project_domain) = admin.project.as_deref()?.split_once('@')?;
    let password = &keystone.domains.get(user_domain)?.users.get(user)?.password;
    let lines = [
        ("OS_AUTH_TYPE", "password"),
        ("OS_AUTH_URL", &keystone.auth_url),
        ("OS_IDENTITY_API_VERSION", "3"),
        ("OS_PASSWORD", password),
        ("OS_PROJECT_DOMAIN_NAME", project_domain),
        ("OS_PROJECT_NAME", project),
        ("OS_REGION_NAME", &keystone.region),
        ("OS_USERNAME", user),
        ("OS_USER_DOMAIN_NAME", user_domain),
    ];
    Some(lines.iter().map(|(name, value)| format!("export {name}={}\n", quoted(value))).collect())
}

/// Puts a file in place whole: a shim that is being replaced may be starting.
fn put(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new("."))).with_context(cannot)?;
    file.write_all(text.as_bytes()).with_context(cannot)?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(mode)).with_context(cannot)?;
    file.persist(path).with_context(cannot)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{Interrupt, Live, OpenRc};

    struct Desk {
        directory: tempfile::TempDir,
    }

    impl Desk {
        fn new() -> Self {
            let directory = tempfile::tempdir().expect("directory");
            Lab::create(&directory.path().join("it's a lab"), "settled").expect("made");
            Desk { directory }
        }

        fn lab(&self) -> PathBuf {
            self.directory.path().join("it's a lab")
        }

        fn call(&self, program: &str, args: &[&str]) -> Call {
            Call {
                directory: self.lab(),
                program: program.into(),
                args: args.iter().map(ToString::to_string).collect(),
                env: BTreeMap::new(),
                stdin: None,
            }
        }

        fn fault(&self, fault: serde_json::Value) {
            let patch = serde_json::json!([{"op": "add", "path": "/faults", "value": [fault]}]);
            let patch = serde_json::from_value(patch).expect("a patch");
            Lab::on_disk(&self.lab()).expect("opened").patch(&patch).expect("patched");
        }
    }

    fn played(call: Call) -> (End, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let end = call.play(&mut out, &mut err).expect("played");
        (end, String::from_utf8(out).expect("text"), String::from_utf8(err).expect("text"))
    }

    #[test]
    fn a_shim_starts_omega_with_the_arguments_as_they_are() {
        let desk = Desk::new();
        let omega = desk.directory.path().join("om'ega");
        put(&omega, "#!/bin/sh\nprintf '<%s>' \"$@\"\n", 0o755).expect("written");
        let written = write(&desk.lab(), &omega).expect("made");
        let path = format!("{}:/usr/bin:/bin", written.bin.display());
        let live = Live::with_environment([("PATH".to_string(), path)].into(), Interrupt::new());
        for program in PROGRAMS {
            assert_eq!(live.resolve(program).expect("found"), written.bin.join(program));
        }
        let odd = ["admin", "a b", "", "$(x)", "--", "'\"", "line\nbreak"];
        let reply = live.read(&Command::new("maas", odd).into()).expect("a reply");
        let lab = desk.lab().display().to_string();
        let wanted: String =
            ["lab", "answer", &lab, "maas", "--"].iter().chain(&odd).map(|arg| format!("<{arg}>")).collect();
        assert_eq!(reply, Reply::Command { status: 0, stdout: wanted.into_bytes(), stderr: Vec::new() });
    }

    #[test]
    fn the_openrc_is_that_of_the_labs_administrator() {
        let desk = Desk::new();
        let path = write(&desk.lab(), Path::new("/omega")).expect("made").openrc.expect("settled has a Keystone");
        assert_eq!(std::fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        let openrc = OpenRc::load(&path).expect("read");
        assert!(openrc.warnings().is_empty() && openrc.secrets().len() == 1);
        let listing = |env| played(Call { env, ..desk.call("openstack", &["project", "list", "-f", "json"]) });
        let (end, out, err) = listing(openrc.values().clone());
        assert!(end == End::Status(0) && out.contains("admin"), "{out}{err}");
        let mut wrong = openrc.values().clone();
        wrong.insert("OS_PASSWORD".into(), Input::Text("wrong".into()));
        let (end, _, err) = listing(wrong);
        assert!(end == End::Status(1) && err.contains("HTTP 401"), "{err}");
        let (end, _, err) = listing(openstack_variables(std::iter::empty()));
        assert!(end == End::Status(1) && err.contains("auth-url"), "{err}");
    }

    #[test]
    fn a_stage_without_a_keystone_has_no_openrc() {
        let desk = Desk::new();
        let ready = desk.directory.path().join("ready");
        Lab::create(&ready, "ready").expect("made");
        assert!(write(&ready, Path::new("/omega")).expect("made").openrc.is_none());
        assert!(!ready.join("openrc").exists());
    }

    #[test]
    fn shims_are_made_for_a_lab_only_and_may_be_made_again() {
        let desk = Desk::new();
        assert!(write(desk.directory.path(), Path::new("/omega")).is_err());
        assert!(!desk.directory.path().join("bin").exists());
        for _ in 0..2 {
            let written = write(&desk.lab(), Path::new("/omega")).expect("made");
            assert_eq!(std::fs::read_dir(written.bin).expect("there").count(), PROGRAMS.len());
        }
    }

    #[test]
    fn a_call_is_answered_and_changes_the_lab() {
        let desk = Desk::new();
        let (end, out, err) = played(desk.call("maas", &["admin", "subnets", "read"]));
        assert_eq!((end, err.as_str()), (End::Status(0), ""));
        let subnets: Vec<serde_json::Value> = serde_json::from_str(&out).expect("JSON");
        assert!(subnets.iter().any(|subnet| subnet["cidr"] == "10.12.4.0/22"), "{out}");
        let before = Lab::on_disk(&desk.lab()).expect("opened").state().expect("read");
        let reserve = ["admin", "ipranges", "create", "type=reserved", "start_ip=10.12.8.200", "end_ip=10.12.8.201"];
        assert_eq!(played(desk.call("maas", &reserve)).0, End::Status(0));
        let after = Lab::on_disk(&desk.lab()).expect("opened").state().expect("read");
        assert!(after != before, "the lab on disk is as it was");
    }

    #[test]
    fn faults_end_as_programs_do() {
        let desk = Desk::new();
        let read = || desk.call("maas", &["admin", "subnets", "read"]);
        let on = "maas admin subnets read";
        desk.fault(
            serde_json::json!({"on": on, "what": {"reply": {"status": 2, "stdout": "words", "stderr": "more"}}}),
        );
        assert_eq!(played(read()), (End::Status(2), "words".into(), "more".into()));
        desk.fault(serde_json::json!({"on": on, "what": {"missing": true}}));
        assert_eq!(played(read()).0, End::Status(127));
        desk.fault(serde_json::json!({"on": on, "what": {"unreachable": true}}));
        let (end, _, err) = played(read());
        assert!(end == End::Status(255) && !err.is_empty());
        desk.fault(serde_json::json!({"on": on, "what": {"timeout": true}}));
        assert_eq!(played(read()).0, End::Hangs);
    }

    #[test]
    fn a_request_that_the_lab_does_not_know_is_no_answer() {
        let (end, out, err) = played(Desk::new().call("maas", &["admin", "no-such-noun", "read"]));
        assert!(end != End::Status(0), "{out}{err}");
    }

    #[test]
    fn a_lab_that_is_not_there_is_an_error() {
        let mut call = Desk::new().call("maas", &[]);
        call.directory = "/nowhere".into();
        assert!(call.play(&mut Vec::new(), &mut Vec::new()).is_err());
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "how long a call really takes is what is tested")]
    fn calls_take_the_time_that_the_latency_file_says() {
        let desk = Desk::new();
        let file = desk.lab().join(LATENCY);
        std::fs::write(&file, "120\n").expect("written");
        let begun = std::time::Instant::now();
        played(desk.call("maas", &["admin", "subnets", "read"]));
        assert!(begun.elapsed() >= Duration::from_millis(120));
        std::fs::write(&file, "soon").expect("written");
        let error = desk.call("maas", &[]).play(&mut Vec::new(), &mut Vec::new()).expect_err("refused");
        assert!(error.to_string().contains("latency"), "{error}");
    }

    #[test]
    fn standard_input_is_left_to_those_who_read_it() {
        let reads = |program: &str, args: &[&str]| {
            reads_stdin(program, &args.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert!(!reads("maas", &["admin", "subnets", "read"]) && !reads("openstack", &["network", "list"]));
        assert!(reads("ssh", &["host", "cat"]) && !reads("ssh", &["-n", "host", "cat"]));
        assert!(reads("install", &["-m", "600", "/dev/stdin", "x"]) && !reads("install", &["a", "b"]));
        assert!(reads("curl", &["-d", "@-", "http://h/"]) && !reads("curl", &["http://h/"]));
        assert!(reads("juju", &["login"]) && !reads("juju", &["status"]));
    }

    #[test]
    fn a_client_without_an_openrc_does_not_become_the_administrator() {
        let pairs = |pairs: &[(&str, &str)]| {
            let all: Vec<_> = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            openstack_variables(all.into_iter())
        };
        assert_eq!(pairs(&[("HOME", "/h")]).keys().collect::<Vec<_>>(), ["OS_AUTH_URL"]);
        let given = pairs(&[("OS_AUTH_URL", "u"), ("OS_USERNAME", "n"), ("PATH", "p")]);
        assert_eq!(given.keys().collect::<Vec<_>>(), ["OS_AUTH_URL", "OS_USERNAME"]);
        assert!(matches!(&given["OS_AUTH_URL"], Input::Secret(url) if url.expose() == "u"));
    }
}
