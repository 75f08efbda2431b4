//! When what comes up: seconds after a deploy, or after the root certificate was made. Times of a real run of this size,
//! rounded; within them a name decides, so that the same cloud comes up the same way.

/// Where a machine, container or unit has got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// It is being made, or its agent fetched.
    Preparing,
    /// Its agent starts.
    Initialising,
    /// Its charm installs.
    Installing,
    /// The charm is installed and idle; it waits for others.
    Installed,
    /// Hooks run because others came.
    Relating,
    /// It has its end state, and hooks still run.
    Working,
    /// Done.
    Ready,
}

/// When the last unit of a deploy has settled.
pub(super) const SETTLED: u64 = 3000;
/// When the services answer with their certificates.
pub(super) const SERVED: u64 = 400;
/// When the last certificate has arrived.
pub(super) const CERTIFIED: u64 = 480;

type Times = Vec<(u64, Phase)>;

/// A small number that a name always has.
fn rank(name: &str, below: u64) -> u64 {
    name.bytes().fold(17_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))) % below
}

fn number(id: &str) -> u64 {
    id.rsplit('/').next().and_then(|last| last.parse().ok()).unwrap_or(0)
}

fn started(id: &str) -> u64 {
    420 + 25 * number(id)
}

/// A machine: allocated, deployed.
pub(super) fn machine(id: &str) -> Times {
    vec![(30 + 5 * number(id), Phase::Preparing), (started(id), Phase::Ready)]
}

fn contained(id: &str) -> u64 {
    started(id.split('/').next().unwrap_or_default()) + 60 + 40 * number(id)
}

/// A container: created, started.
pub(super) fn container(id: &str) -> Times {
    vec![(contained(id), Phase::Preparing), (contained(id) + 50, Phase::Ready)]
}

fn installed(unit: &str, place: &str) -> u64 {
    let up = if place.contains('/') { contained(place) + 50 } else { started(place) };
    up + 240 + rank(unit, 60)
}

/// From when hooks run that others caused, and when they end.
fn related(unit: &str) -> (u64, u64) {
    match unit.split('/').next().unwrap_or_default() {
        // The database is first: all others wait for it.
        "mysql-innodb-cluster" => (1230, 1380 + 20 * number(unit)),
        "vault" => (1500, 1680),
        _ => (1560 + rank(unit, 120), 2100 + rank(unit, 50) * 14),
    }
}

fn relations(unit: &str) -> Times {
    let (from, to) = related(unit);
    vec![(from, Phase::Relating), (to, Phase::Working), (to + 30, Phase::Ready)]
}

/// A unit on a machine or in a container of its own.
pub(super) fn principal(unit: &str, place: &str) -> Times {
    let installed = installed(unit, place);
    let mut times = vec![
        (installed - 235, Phase::Preparing),
        (installed - 210, Phase::Initialising),
        (installed - 180, Phase::Installing),
        (installed, Phase::Installed),
    ];
    times.extend(relations(unit));
    times
}

/// A unit beside a principal: it comes when that is installed.
pub(super) fn subordinate(unit: &str, principal: &str, place: &str) -> Times {
    let comes = installed(principal, place);
    let mut times = vec![(comes + 30, Phase::Installing), (comes + 120, Phase::Installed)];
    times.extend(relations(unit));
    times
}

/// A unit after the root certificate was made: who takes part, and when it is done.
pub(super) fn certificate(unit: &str, charm: &str) -> Times {
    let done = match charm {
        "ovn-central" => 180 + 15 * number(unit),
        "barbican-vault" => 230,
        "ovn-chassis" => 260 + 10 * number(unit),
        "neutron-api-plugin-ovn" => 320,
        "keystone"
        | "glance"
        | "cinder"
        | "neutron-api"
        | "nova-cloud-controller"
        | "barbican"
        | "magnum"
        | "octavia"
        | "placement"
        | "ceph-radosgw"
        | "openstack-dashboard"
        | "mysql-innodb-cluster"
        | "rabbitmq-server" => 200 + rank(unit, 180),
        _ => return Vec::new(),
    };
    vec![(15 + rank(unit, 40), Phase::Relating), (done, Phase::Working), (done + 30, Phase::Ready)]
}
