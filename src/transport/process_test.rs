//! The live transport against real processes: small scripts that stand on the search path as programs of the table.
#![expect(clippy::disallowed_methods, reason = "how long a call really takes is what is tested")]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use super::*;

struct Bench {
    directory: tempfile::TempDir,
    variables: BTreeMap<String, String>,
    interrupt: Interrupt,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("directory");
        let path = format!("{}:/usr/bin:/bin", directory.path().display());
        Bench { directory, variables: [("PATH".into(), path)].into(), interrupt: Interrupt::new() }
    }

    fn script(self, program: &str, body: &str) -> Self {
        let path = self.directory.path().join(program);
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("mode set");
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    fn live(&self) -> Live {
        Live::with_environment(self.variables.clone(), self.interrupt.clone())
    }

    fn read(&self, command: Command) -> Result<Reply, Failure> {
        self.live().read(&command.into())
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.directory.path().join(name)
    }

    /// True when the process whose number stands in the file has gone; one that is dying may take a moment.
    fn is_gone(&self, file: &str) -> bool {
        let pid = std::fs::read_to_string(self.path(file)).expect("the script wrote its number");
        let until = Instant::now() + Duration::from_secs(3);
        while Instant::now() < until {
            match std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())) {
                Ok(stat) if !stat.contains(") Z ") => std::thread::yield_now(),
                _ => return true,
            }
        }
        false
    }
}

fn stat(args: &[&str]) -> Command {
    Command::new("stat", args.iter().copied())
}

fn printed(reply: Result<Reply, Failure>) -> (i32, String, String) {
    match reply.expect("a reply") {
        Reply::Command { status, stdout, stderr } => {
            (status, String::from_utf8(stdout).expect("text"), String::from_utf8(stderr).expect("text"))
        }
        other => panic!("not a command's reply: {other:?}"),
    }
}

fn failed(reply: Result<Reply, Failure>, kind: FailureKind) -> Failure {
    let failure = reply.expect_err("a failure");
    assert_eq!(failure.kind, kind, "{failure:?}");
    failure
}

#[test]
fn both_streams_and_the_status_come_back_whole() {
    let bench = Bench::new().script("stat", r#"printf '%s\n' "$@"; echo words >&2; exit 2"#);
    let args = ["a b", "", "$HOME", "*", "'\"", "--x=y", "line\nbreak"];
    let (status, stdout, stderr) = printed(bench.read(stat(&args)));
    assert_eq!((status, stderr.as_str()), (2, "words\n"));
    assert_eq!(stdout, "a b\n\n$HOME\n*\n'\"\n--x=y\nline\nbreak\n");
}

#[test]
fn a_child_killed_by_a_signal_ends_with_128_and_its_number() {
    let bench = Bench::new().script("stat", "kill -9 $$");
    assert_eq!(printed(bench.read(stat(&[]))).0, 137);
    let bench = Bench::new().script("stat", "kill -TERM $$");
    assert_eq!(printed(bench.read(stat(&[]))).0, 143);
}

#[test]
fn both_streams_at_once_do_not_block_each_other() {
    let body = "head -c 3000000 /dev/zero & head -c 2000000 /dev/zero >&2; wait";
    let bench = Bench::new().script("stat", body);
    let Ok(Reply::Command { status: 0, stdout, stderr }) = bench.read(stat(&[])) else { panic!("no reply") };
    assert_eq!((stdout.len(), stderr.len()), (3_000_000, 2_000_000));
}

#[test]
fn endless_output_is_cut_at_the_bound_and_the_group_killed() {
    for redirect in ["", ">&2"] {
        let bench = Bench::new().script("stat", &format!(r#"cd "$1"; echo $$ > child; exec yes {redirect}"#));
        let live = bench.live().with_output_limit(100_000);
        let started = Instant::now();
        let reply = live.read(&stat(&[&bench.directory.path().to_string_lossy()]).into());
        let failure = failed(reply, FailureKind::TooMuchOutput);
        assert!(started.elapsed() < Duration::from_secs(5));
        assert!(failure.detail.contains("100000 bytes"), "{}", failure.detail);
        assert!(failure.output.contains("y\ny\n"));
        assert!(bench.is_gone("child"));
    }
}

#[test]
fn a_hung_child_is_killed_with_the_grandchild_that_holds_the_pipe() {
    let body = r#"cd "$1"; echo before; echo words >&2; sleep 600 & echo $! > grandchild; echo $$ > child; wait"#;
    let bench = Bench::new().script("stat", body);
    let started = Instant::now();
    let command = stat(&[&bench.directory.path().to_string_lossy()]).time_limit(Duration::from_millis(400));
    let failure = failed(bench.read(command), FailureKind::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert_eq!(failure.output, "before\nwords\n");
    assert!(failure.detail.contains("400ms"), "{}", failure.detail);
    assert!(bench.is_gone("child") && bench.is_gone("grandchild"));
}

#[test]
fn a_child_that_ignores_sigterm_is_killed_after_two_seconds() {
    let body = r#"cd "$1"; trap '' TERM; echo $$ > child; while :; do sleep 1; done"#;
    let bench = Bench::new().script("stat", body);
    let started = Instant::now();
    let command = stat(&[&bench.directory.path().to_string_lossy()]).time_limit(Duration::from_millis(200));
    failed(bench.read(command), FailureKind::TimedOut);
    let took = started.elapsed();
    assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(5), "{took:?}");
    assert!(bench.is_gone("child"));
}

#[test]
fn a_grandchild_left_behind_with_the_pipe_does_not_hang_the_reply() {
    let body = r#"cd "$1"; sleep 600 & echo $! > grandchild; echo done; exit 3"#;
    let bench = Bench::new().script("stat", body);
    let started = Instant::now();
    let (status, stdout, _) = printed(bench.read(stat(&[&bench.directory.path().to_string_lossy()])));
    assert_eq!((status, stdout.as_str()), (3, "done\n"));
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(bench.is_gone("grandchild"));
}

#[test]
fn a_daemon_that_left_the_group_with_the_pipe_does_not_hang_the_reply() {
    let bench = Bench::new().script("stat", r#"setsid sleep 5 & echo done"#);
    let started = Instant::now();
    let (status, stdout, _) = printed(bench.read(stat(&[])));
    assert_eq!((status, stdout.as_str()), (0, "done\n"));
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
}

#[test]
fn an_interrupt_ends_the_call_promptly() {
    let bench = Bench::new().script("stat", r#"cd "$1"; echo $$ > child; echo so far; sleep 600"#);
    let interrupt = bench.interrupt.clone();
    let file = bench.path("child");
    let raising = std::thread::spawn(move || {
        while !file.exists() {
            std::thread::yield_now();
        }
        interrupt.raise();
    });
    let started = Instant::now();
    let failure = failed(bench.read(stat(&[&bench.directory.path().to_string_lossy()])), FailureKind::Interrupted);
    raising.join().expect("raised");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    assert!(bench.is_gone("child"));
    assert!(failure.detail.contains("interrupted"));
    let again = failed(bench.read(stat(&["/nowhere"])), FailureKind::Interrupted);
    assert!(again.detail.contains("not started"), "{}", again.detail);
}

#[test]
fn standard_input_is_what_was_given_or_nothing() {
    let bench = Bench::new().script("stat", "cat; echo end");
    assert_eq!(printed(bench.read(stat(&[]))).1, "end\n");
    let text = "x".repeat(300_000);
    let given = stat(&[]).stdin(Input::Text(text.clone()));
    assert_eq!(printed(bench.read(given)).1, format!("{text}end\n"));
    let secret = stat(&[]).stdin(Input::Secret(Secret::new("hush\n")));
    assert_eq!(printed(bench.read(secret)).1, "hush\nend\n");
}

#[test]
fn a_child_that_does_not_read_its_input_is_no_error() {
    let bench = Bench::new().script("stat", "exec 0<&-; echo unread");
    let given = stat(&[]).stdin(Input::Text("y".repeat(1_000_000)));
    assert_eq!(printed(bench.read(given)).1, "unread\n");
}

#[test]
fn the_environment_is_the_allow_list_and_no_more() {
    let mut bench = Bench::new().script("stat", "env").script("openstack", "env").script("juju", "env");
    for (name, value) in [
        ("HOME", "/home/op"),
        ("USER", "op"),
        ("LOGNAME", "op"),
        ("XDG_RUNTIME_DIR", "/run/user/1"),
        ("LANG", "de_DE.UTF-8"),
        ("LC_ALL", "de_DE.UTF-8"),
        ("LC_MESSAGES", "de_DE.UTF-8"),
        ("TZ", "Asia/Bangkok"),
        ("LD_PRELOAD", "/nowhere/evil.so"),
        ("LD_LIBRARY_PATH", "/nowhere"),
        ("PYTHONPATH", "/nowhere"),
        ("BASH_ENV", "/nowhere"),
        ("ENV", "/nowhere"),
        ("IFS", "/"),
        ("OS_PASSWORD", "p"),
        ("OS_AUTH_URL", "u"),
        ("JUJU_DATA", "/d"),
        ("JUJU_MODEL", "wrong"),
        ("JUJU_CONTROLLER", "wrong"),
        ("SSH_AUTH_SOCK", "/s"),
        ("SNAP", "/snap/x"),
        ("http_proxy", "http://proxy"),
        ("AWS_SECRET_ACCESS_KEY", "k"),
    ] {
        bench = bench.variable(name, value);
    }
    let all = ["HOME=/home/op", "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "LOGNAME=op", "TZ=UTC", "USER=op"];
    let path = format!("PATH={}", bench.variables["PATH"]);
    let expect = |more: &[&str]| {
        let mut lines: Vec<String> = all.iter().chain(more).map(|line| line.to_string()).collect();
        lines.extend([path.clone(), "XDG_RUNTIME_DIR=/run/user/1".into()]);
        lines.sort();
        lines
    };
    assert_eq!(seen(&bench, "stat"), expect(&[]));
    assert_eq!(seen(&bench, "openstack"), expect(&["OS_AUTH_URL=u", "OS_PASSWORD=p", "http_proxy=http://proxy"]));
    assert_eq!(seen(&bench, "juju"), expect(&["JUJU_DATA=/d", "SSH_AUTH_SOCK=/s", "http_proxy=http://proxy"]));
}

/// The variables a program saw, without those the shell makes itself.
fn seen(bench: &Bench, program: &str) -> Vec<String> {
    let (_, stdout, _) = printed(bench.read(Command::new(program, [""; 0])));
    let own = |line: &&str| !["PWD=", "OLDPWD=", "SHLVL=", "_="].iter().any(|name| line.starts_with(name));
    let mut lines: Vec<String> = stdout.lines().filter(own).map(str::to_string).collect();
    lines.sort();
    lines
}

#[test]
fn a_request_adds_variables_but_none_that_loads_code() {
    let bench = Bench::new().script("stat", "echo $WORD $TZ");
    let mut command = stat(&[]);
    command.env.insert("WORD".into(), Input::Secret(Secret::new("hush")));
    command.env.insert("TZ".into(), Input::Text("X".into()));
    assert_eq!(printed(bench.read(command.clone())).1, "hush X\n");
    for name in ["LD_PRELOAD", "PYTHONPATH", "BASH_ENV", "IFS"] {
        let mut command = command.clone();
        command.env.insert(name.into(), Input::Text("x".into()));
        assert!(failed(bench.read(command), FailureKind::Start).detail.contains(name));
    }
}

#[test]
fn an_openrc_takes_the_place_of_every_inherited_os_variable() {
    let bench = Bench::new().script("openstack", "env").script("stat", "env");
    let bench = bench.variable("OS_REGION_NAME", "other").variable("OS_PASSWORD", "other");
    let rc = bench.path("openrc");
    std::fs::write(&rc, "export OS_AUTH_URL=https://k:5000/v3\nexport OS_PASSWORD='pass word'\n").expect("written");
    std::fs::set_permissions(&rc, std::fs::Permissions::from_mode(0o600)).expect("mode set");
    let live = bench.live().with_openrc(OpenRc::load(&rc).expect("read"));
    let os = |program: &str| {
        let (_, stdout, _) = printed(live.read(&Command::new(program, [""; 0]).into()));
        let mut lines: Vec<_> = stdout.lines().filter(|line| line.starts_with("OS_")).map(str::to_string).collect();
        lines.sort();
        lines
    };
    assert_eq!(os("openstack"), ["OS_AUTH_URL=https://k:5000/v3", "OS_PASSWORD=pass word"]);
    assert!(os("stat").is_empty());
    assert_eq!(live.secrets().iter().map(Secret::expose).collect::<Vec<_>>(), ["pass word"]);
}

#[test]
fn a_link_runs_under_the_name_it_was_called_by() {
    let bench = Bench::new().script("one-for-all", r#"echo "${0##*/}""#);
    std::os::unix::fs::symlink("one-for-all", bench.path("openstack")).expect("link");
    assert_eq!(printed(bench.read(Command::new("openstack", [""; 0]))).1, "openstack\n");
}

#[test]
fn what_cannot_be_started_says_why() {
    let bench = Bench::new().script("stat", "echo");
    std::fs::write(bench.path("virsh"), "no script, no program").expect("written");
    std::fs::set_permissions(bench.path("virsh"), std::fs::Permissions::from_mode(0o755)).expect("mode set");
    let failure = failed(bench.read(Command::new("virsh", [""; 0])), FailureKind::Start);
    assert!(failure.detail.contains("virsh"), "{}", failure.detail);
    let mut command = stat(&[]);
    command.cwd = Some("/nowhere/at/all".into());
    assert!(failed(bench.read(command), FailureKind::Start).detail.contains("/nowhere/at/all"));
    let after = stat(&[]).arg(Arg::After { what: "id of network n".into(), step: "4.1".into() });
    assert!(failed(bench.read(after), FailureKind::Start).detail.contains("known after step 4.1"));
    assert!(failed(bench.read(stat(&["a\0b"])), FailureKind::Start).detail.contains("NUL"));
    let absent = Bench::new().variable("PATH", "/nowhere");
    assert!(failed(absent.read(stat(&[])), FailureKind::Missing).detail.contains("no program stat"));
}

#[test]
fn many_calls_at_once_each_get_their_own_answer() {
    let bench = Bench::new().script("stat", r#"echo "$1""#);
    let live = bench.live();
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..24)
            .map(|n| {
                let live = &live;
                scope.spawn(move || printed(live.change(&stat(&[&n.to_string()]).into(), Permit::for_test())).1)
            })
            .collect();
        for (n, call) in calls.into_iter().enumerate() {
            assert_eq!(call.join().expect("ended"), format!("{n}\n"));
        }
    });
}

/// Lesson: prompt-swallowed.
#[test]
fn a_child_that_stops_to_ask_on_the_terminal_is_ended_at_once() {
    let bench = Bench::new().script("stat", "echo login: ; kill -TTIN $$; echo never");
    let started = Instant::now();
    let failure = failed(bench.read(stat(&[])), FailureKind::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
    assert!(failure.detail.contains("terminal"), "{}", failure.detail);
    assert!(failure.output.starts_with("login:\n"), "{}", failure.output);
}
