//! The status of 10,000 units: parse and walk against `serde_json::from_slice::<IgnoredAny>` on the same bytes, and
//! the memory it takes against the size of the document. Ratios of one run; `--check` fails where a bound is passed.

#![expect(clippy::disallowed_methods, reason = "a bench takes times")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use omega::primitives::juju::status::{JujuStatus, read};
use omega::transport::{Command, Request};
use peak_alloc::PeakAlloc;
use serde::de::IgnoredAny;

const UNITS: usize = 10_000;
const ROUNDS: usize = 40;
const TIME_BOUND: f64 = 5.0;
const MEMORY_BOUND: f64 = 4.0;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// A model as the 3.6 client prints it: 5,000 principals in containers, a subordinate in each.
fn document() -> String {
    let since = "13 May 2025 13:30:24Z";
    let (mut machines, mut units) = (String::new(), String::new());
    for n in 0..UNITS / 2 {
        let address = format!("10.{}.{}.{}", n / 65536, n / 256 % 256, n % 256);
        let comma = if n == 0 { "" } else { "," };
        let _ = write!(
            machines,
            r#"{comma}"{n}":{{"juju-status":{{"current":"started","since":"{since}","version":"3.6.5"}},"hostname":"juju-{n}","dns-name":"{address}","ip-addresses":["{address}"],"instance-id":"juju-{n}","machine-status":{{"current":"running","message":"Running","since":"{since}"}},"modification-status":{{"current":"idle","since":"{since}"}},"base":{{"name":"ubuntu","channel":"22.04"}},"network-interfaces":{{"eth0":{{"ip-addresses":["{address}"],"mac-address":"00:16:3e:00:00:00","gateway":"10.0.0.1","space":"alpha","is-up":true}}}},"constraints":"arch=amd64","hardware":"arch=amd64 cores=0 mem=0M"}}"#
        );
        let _ = write!(
            units,
            r#"{comma}"web/{n}":{{"workload-status":{{"current":"active","message":"Unit is ready","since":"{since}"}},"juju-status":{{"current":"idle","since":"{since}","version":"3.6.5"}},"machine":"{n}","open-ports":["80/tcp"],"public-address":"{address}","subordinates":{{"agent/{n}":{{"workload-status":{{"current":"active","message":"Unit is ready","since":"{since}"}},"juju-status":{{"current":"idle","since":"{since}","version":"3.6.5"}},"public-address":"{address}"}}}}}}"#
        );
    }
    let application = r#""charm-origin":"charmhub","charm-rev":1,"charm-channel":"latest/stable","base":{"name":"ubuntu","channel":"22.04"},"exposed":false,"application-status":{"current":"active"}"#;
    format!(
        r#"{{"model":{{"name":"big","type":"iaas","controller":"c","cloud":"maas","version":"3.6.5"}},"machines":{{{machines}}},"applications":{{"web":{{"charm":"web","charm-name":"web",{application},"relations":{{"juju-info":[{{"related-application":"agent","interface":"juju-info","scope":"container"}}]}},"units":{{{units}}}}},"agent":{{"charm":"agent","charm-name":"agent",{application},"subordinate-to":["web"]}}}},"storage":{{}},"controller":{{"timestamp":"14:22:35Z"}}}}"#
    )
}

/// What a settle rule looks at: every unit's state, agent and machine.
fn walk(status: &JujuStatus) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for unit in status.units().expect("all applications are told") {
        let unit = unit.now().expect("it was read");
        assert!(unit.machine.as_ref().is_ok_and(Option::is_some));
        let settled = unit.is_settled().expect("it has a state");
        *counts.entry(if settled { "settled" } else { "not settled" }).or_default() += 1;
    }
    counts
}

/// The least disturbed of some rounds.
fn least(mut work: impl FnMut()) -> Duration {
    let timed = |_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    };
    (0..ROUNDS).map(timed).min().unwrap_or_default()
}

fn main() -> std::process::ExitCode {
    let text = document();
    let bytes = text.as_bytes();
    let request = Request::from(Command::new("juju", ["status", "--format", "json", "--utc"]));
    let counts = walk(&read(&request, bytes).expect("the document is sound"));
    assert_eq!(counts, BTreeMap::from([("settled", UNITS)]));

    let ignored = least(|| drop(black_box(serde_json::from_slice::<IgnoredAny>(black_box(bytes)))));
    let read_and_walked = least(|| {
        let status = read(&request, black_box(bytes)).expect("the document is sound");
        black_box(walk(&status));
    });
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let status = read(&request, bytes).expect("the document is sound");
    black_box(walk(&status));
    let peak = MEMORY.peak_usage() - before;

    let time = read_and_walked.as_secs_f64() / ignored.as_secs_f64();
    let memory = peak as f64 / bytes.len() as f64;
    println!("status of {UNITS} units, {} kB", bytes.len() / 1024);
    println!("  IgnoredAny      {:>8.2} ms", ignored.as_secs_f64() * 1e3);
    println!("  parse and walk  {:>8.2} ms   {time:.2}x  (bound {TIME_BOUND}x)", read_and_walked.as_secs_f64() * 1e3);
    println!("  peak memory     {:>8} kB   {memory:.2}x  (bound {MEMORY_BOUND}x of the document)", peak / 1024);
    let is_checked = std::env::args().any(|arg| arg == "--check");
    if is_checked && (time > TIME_BOUND || memory > MEMORY_BOUND) { 1.into() } else { 0.into() }
}
