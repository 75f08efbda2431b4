//! Bundles: what a deploy would change, and the deploy. The client's own dry run is the plan; it proves neither spaces
//! nor endpoints, which only the real deploy looks at, change by change and without a way back.

use std::time::Duration;

use super::{in_model, judge};
use crate::handle;
use crate::host::{Call, Ensure, Stop, excerpt};
use crate::primitives::reply::outcome;
use crate::script::{Handle, Primitive, Source};
use crate::transport::{Reply, Request};

/// How long a dry run may take: the store is asked for every charm.
const PLANNING: Duration = Duration::from_secs(10 * 60);
/// How long a deploy may take until the last change is accepted.
const DEPLOYING: Duration = Duration::from_secs(60 * 60);

handle! {
    /// What a deploy of a bundle would change in the run's model, as the client's dry run says.
    DeployPlan("juju deployment") by bundle {
        /// The bundle's path from the root.
        bundle: String,
        /// How many changes there are, uploads of charms apart; none when the model holds the bundle.
        changes: i64,
        /// The applications that it makes, sorted.
        applications: Vec<String>,
        /// The relations, as `a:endpoint - b:endpoint`, the lesser end first, sorted.
        relations: Vec<String>,
        /// How many machines it asks for.
        machines: i64,
        /// How many LXD containers.
        containers: i64,
        /// The units of principals with their places: `ceph-osd/0 on 0`, `vault/0 on 3/lxd/4`, sorted.
        units: Vec<String>,
        /// Applications that it would upgrade, in the client's words.
        upgrades: Vec<String>,
        /// Warnings of the client, one a line.
        warnings: Vec<String>,
    }
}

fn words(path: &str) -> String {
    if path.starts_with('/') { path.to_string() } else { format!("./{path}") }
}

fn command(call: &Call<'_>, bundle: &str, overlays: &[String], flags: &[&str]) -> Result<Request, Stop> {
    let (_, command) = in_model(call, "deploy", [] as [&str; 0])?;
    let overlays = overlays.iter().flat_map(|overlay| ["--overlay".to_string(), words(overlay)]);
    let limit = if flags.contains(&"--dry-run") { PLANNING } else { DEPLOYING };
    Ok(command.arg(words(bundle)).args(overlays).args(flags.iter().copied()).time_limit(limit).into())
}

/// The dry run's plan.
fn plan(call: &Call<'_>, bundle: &str, overlays: &[String]) -> Result<Handle<DeployPlan>, Stop> {
    let request = command(call, bundle, overlays, &["--dry-run"])?;
    // The warnings are on the other stream, so the reply is looked at whole.
    let reply = call.ask(request.clone())?;
    let Reply::Command { status: 0, stdout, stderr } = &*reply else {
        return Err(match outcome(call, &request)? {
            Err(refused) => judge(refused, &request),
            Ok(_) => Stop::defect("a refusal that is none"),
        });
    };
    let plan = read(bundle, &request, stdout, stderr)?;
    Ok(Handle::seen(plan, Source::from(request.to_string())))
}

/// Reads what the client prints. A line that is not known is an error: it may be a change that nobody counted.
fn read(bundle: &str, request: &Request, stdout: &[u8], stderr: &[u8]) -> Result<DeployPlan, Stop> {
    let text = String::from_utf8_lossy(stdout);
    let mut plan = DeployPlan {
        bundle: bundle.to_string(),
        changes: 0,
        applications: Vec::new(),
        relations: Vec::new(),
        machines: 0,
        containers: 0,
        units: Vec::new(),
        upgrades: Vec::new(),
        warnings: warnings(&String::from_utf8_lossy(stderr)),
    };
    let mut lines = text.lines();
    let unreadable = |line: &str| {
        Stop::unanswered("the plan of juju deploy holds a line that omega does not know")
            .with("asked", request.to_string())
            .with("seen", line)
    };
    match lines.next() {
        None => return Ok(plan),
        Some("Changes to deploy bundle:" | "Executing changes:") => {}
        Some(line) => return Err(unreadable(line)),
    }
    for line in lines.filter(|line| !line.trim().is_empty()) {
        let change = line.strip_prefix("- ").ok_or_else(|| unreadable(line))?;
        plan.count(change).ok_or_else(|| unreadable(line))?;
    }
    plan.applications.sort();
    plan.relations.sort();
    plan.units.sort();
    Ok(plan)
}

impl DeployPlan {
    fn count(&mut self, change: &str) -> Option<()> {
        let after = |prefix: &str| change.strip_prefix(prefix);
        if after("upload charm ").is_some() {
            return Some(());
        }
        self.changes += 1;
        if let Some(rest) = after("deploy application ") {
            self.applications.push(rest.split(' ').next()?.to_string());
        } else if let Some(rest) = after("add relation ") {
            let (a, b) = rest.split_once(" - ")?;
            self.relations.push(format!("{} - {}", a.min(b), a.max(b)));
        } else if after("add new machine ").is_some() {
            self.machines += 1;
        } else if after("add lxd container ").is_some() {
            self.containers += 1;
        } else if let Some(rest) = after("add unit ") {
            let (unit, place) = rest.split_once(" to ")?;
            let place = place.strip_prefix("new machine ").unwrap_or(place);
            self.units.push(format!("{unit} on {}", place.split(' ').next()?));
        } else if after("upgrade ").is_some() {
            self.upgrades.push(change.to_string());
        } else if !["set ", "expose "].iter().any(|known| after(known).is_some()) {
            return None;
        }
        Some(())
    }
}

/// Standard error without the progress.
fn warnings(text: &str) -> Vec<String> {
    let progress = |line: &str| {
        line.is_empty()
            || line.starts_with("Located ")
            || line.starts_with("No changes to apply")
            || line.starts_with("Deploy of bundle completed")
    };
    text.lines().map(str::trim).filter(|line| !progress(line)).map(str::to_string).collect()
}

/// Deploys what is missing. A failure leaves what stood before it: the words of the client say where it stopped.
fn deploy(call: &Call<'_>, bundle: &str, overlays: &[String]) -> Result<Handle<DeployPlan>, Stop> {
    let read = || call.find(bundle, || plan(call, bundle, overlays).map(Some));
    let work = Ensure::new(bundle, "the model shall hold the bundle", read)
        .equal("changes", 0_i64)
        .touches("juju *")
        .touches("vault *")
        .by(|_| Ok(vec![command(call, bundle, overlays, &[])?]))
        .then(&[], |replies| match replies {
            [Reply::Command { stderr, .. }]
                if !String::from_utf8_lossy(stderr).contains("Deploy of bundle completed") =>
            {
                Err(Stop::failed("juju deploy ended without saying that it completed").with("stderr", excerpt(stderr)))
            }
            _ => Ok(Vec::new()),
        });
    call.ensure(work)
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "juju";
        /// What a deploy of the bundle, with overlays laid over it, would change: the client's dry run. It needs the
        /// model, and the store to answer. A dry run proves neither spaces nor endpoints: review the bundle first.
        read fn deploy_plan(call, bundle: String, overlays: Vec<String>) -> Handle<DeployPlan> {
            call.find(&bundle, || plan(call, &bundle, &overlays).map(Some))?.ok_or_else(|| Stop::defect("a plan that is neither there nor missing"))
        }
        /// Deploys the bundle with its overlays into the run's model, where it does not hold them yet. There is no
        /// way back: when it fails, what came before the failure stays.
        change fn deploy(call, bundle: String, overlays: Vec<String>) { deploy(call, &bundle, &overlays).map(drop) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Command;

    fn plan_of(stdout: &str, stderr: &str) -> Result<DeployPlan, Stop> {
        read("bundle.yaml", &Request::from(Command::new("juju", ["deploy"])), stdout.as_bytes(), stderr.as_bytes())
    }

    const PLAN: &str = "Changes to deploy bundle:\n\
        - upload charm ceph-osd from charm-hub for base ubuntu@22.04/stable with revision 649 with architecture=amd64\n\
        - deploy application ceph-osd from charm-hub on ubuntu@22.04/stable with squid/stable\n\
        - add new machine 0 (bundle machine 8)\n\
        - add relation vault:certificates - octavia:certificates\n\
        - add lxd container 0/lxd/0 on new machine 0\n\
        - add unit ceph-osd/0 to new machine 0\n\
        - add unit vault/0 to 0/lxd/0 to satisfy [lxd:mysql]\n\
        - set annotations for vault\n";

    #[test]
    fn changes_are_counted_by_kind_and_uploads_are_none() {
        let plan = plan_of(PLAN, "Located charm \"ceph-osd\" in charm-hub, channel squid/stable\n").expect("a plan");
        assert_eq!((plan.changes, plan.machines, plan.containers), (7, 1, 1));
        assert_eq!(plan.relations, ["octavia:certificates - vault:certificates"]);
        assert_eq!(plan.units, ["ceph-osd/0 on 0", "vault/0 on 0/lxd/0"]);
        assert!(plan.warnings.is_empty());
    }

    #[test]
    fn nothing_printed_is_no_change_and_an_unknown_line_is_an_error() {
        assert_eq!(plan_of("", "No changes to apply.\n").expect("a plan").changes, 0);
        assert!(plan_of(&format!("{PLAN}- remove unit x/0\n"), "").is_err());
        assert!(plan_of("something else\n", "").is_err());
    }

    #[test]
    fn a_warning_is_kept() {
        let plan =
            plan_of("", "Located charm \"a\" in charm-hub\nThese fields ... will be ignored during deployment\n");
        assert_eq!(plan.expect("a plan").warnings, ["These fields ... will be ignored during deployment"]);
    }
}
