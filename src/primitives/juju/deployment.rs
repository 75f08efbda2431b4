//! Bundles: what a deploy would change, and the deploy. The client's own dry run is the plan; it proves neither spaces
//! nor endpoints, which only the real deploy looks at, change by change and without a way back.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{in_model, judge};
use crate::handle;
use crate::host::{Call, Ensure, Stop, excerpt};
use crate::primitives::forms;
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
        changes in forms::COUNT: i64,
        /// The applications that it makes, sorted.
        applications: Vec<String>,
        /// The relations, as `a:endpoint - b:endpoint`, the lesser end first, sorted.
        relations in forms::RELATION: Vec<String>,
        /// How many machines it asks for.
        machines in forms::COUNT: i64,
        /// How many LXD containers.
        containers in forms::COUNT: i64,
        /// The units of principals with their places: `ceph-osd/0 on 0`, `vault/0 on 3/lxd/4`, sorted.
        units in forms::PLACED: Vec<String>,
        /// The principals with the number of units that each gets, as `APPLICATION COUNT`, sorted.
        unit_counts in forms::UNITS: Vec<String>,
        /// Applications that it would upgrade, in the client's words.
        upgrades: Vec<String>,
        /// The fields of the bundle and its overlays that the client says it ignores, as `FIELD of PART` (`name of
        /// bundle`, `foo of applications`), sorted.
        ignored_fields: Vec<String>,
        /// All other warnings of the client, one a line.
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
    let (ignored_fields, warnings) = said(&String::from_utf8_lossy(stderr));
    let mut plan = DeployPlan {
        bundle: bundle.to_string(),
        changes: 0,
        applications: Vec::new(),
        relations: Vec::new(),
        machines: 0,
        containers: 0,
        units: Vec::new(),
        unit_counts: Vec::new(),
        upgrades: Vec::new(),
        ignored_fields,
        warnings,
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
    plan.unit_counts = counted(&plan.units);
    Ok(plan)
}

/// How many of the units are whose, of lines such as `ceph-osd/0 on 0`.
fn counted(units: &[String]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for application in units.iter().filter_map(|unit| unit.split('/').next()) {
        *counts.entry(application).or_default() += 1;
    }
    counts.into_iter().map(|(application, count)| format!("{application} {count}")).collect()
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

/// Standard error without the progress: the fields that the client ignores, and all other warnings by line.
fn said(text: &str) -> (Vec<String>, Vec<String>) {
    let mut lines = text.lines().map(str::trim).filter(|line| !is_progress(line));
    let (mut ignored, mut warnings) = (Vec::new(), Vec::new());
    while let Some(line) = lines.next() {
        if line.strip_prefix("WARNING ").unwrap_or(line) != BLOCK_BEGINS {
            warnings.push(line.to_string());
            continue;
        }
        loop {
            match lines.next() {
                Some(BLOCK_ENDS) => break,
                Some(line) if is_block_title(line) => {}
                Some(line) => match ignored_field(line) {
                    Some(field) => ignored.push(field),
                    None => warnings.push(line.to_string()),
                },
                None => {
                    warnings.push(format!("the warning {BLOCK_BEGINS:?} breaks off before {BLOCK_ENDS:?}"));
                    break;
                }
            }
        }
    }
    ignored.sort();
    (ignored, warnings)
}

/// The client tells of fields that it does not know in one warning of several lines: this one, a title and a line a
/// field for each file, and the last.
const BLOCK_BEGINS: &str = "These fields";
const BLOCK_ENDS: &str = "will be ignored during deployment";

fn is_progress(line: &str) -> bool {
    line.is_empty()
        || line.starts_with("Located ")
        || line.starts_with("No changes to apply")
        || line.starts_with("Deploy of bundle completed")
}

/// `unmarshal document 0: yaml: unmarshal errors:`
fn is_block_title(line: &str) -> bool {
    line.starts_with("unmarshal document ") && line.ends_with("unmarshal errors:")
}

/// `line 34: field name not found in bundle`
fn ignored_field(line: &str) -> Option<String> {
    let (place, rest) = line.strip_prefix("line ")?.split_once(": field ")?;
    place.parse::<u64>().ok()?;
    let (field, part) = rest.split_once(" not found in ")?;
    Some(format!("{field} of {part}"))
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
        #[seen_by(
            "DeployPlan.changes", "JujuStatus.all_active", "JujuStatus.application", "JujuStatus.applications",
            "JujuStatus.containers_started", "JujuStatus.hostnames", "JujuStatus.machines",
            "JujuStatus.machines_started", "JujuStatus.relations", "JujuStatus.settled", "JujuStatus.unit",
            "JujuStatus.unit_names", "JujuStatus.units", "JujuStatus.units_of",
        )]
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
        assert_eq!(plan.unit_counts, ["ceph-osd 1", "vault 1"]);
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
        let plan = plan_of("", "Located charm \"a\" in charm-hub\nWARNING series are being deprecated\n");
        assert_eq!(plan.expect("a plan").warnings, ["WARNING series are being deprecated"]);
    }

    #[test]
    fn the_fields_that_the_client_ignores_are_told_by_name_and_what_it_cannot_read_is_a_warning() {
        let stderr = "WARNING These fields\n unmarshal document 0: yaml: unmarshal errors:\n  line 34: field name not found in bundle\n  \
            line 55: field variables not found in bundle\n\n unmarshal document 0: yaml: unmarshal errors:\n  \
            line 3: field contstraints not found in applications\nwill be ignored during deployment\n\n\
            Located charm \"a\" in charm-hub, channel stable\n";
        let plan = plan_of("", stderr).expect("a plan");
        let ignored = ["contstraints of applications", "name of bundle", "variables of bundle"];
        assert_eq!((plan.ignored_fields.as_slice(), plan.warnings.len()), (&ignored.map(str::to_string)[..], 0));
        let mistyped = stderr.replace("field variables not found in bundle", "cannot unmarshal !!str `x` into int");
        let plan = plan_of("", &mistyped).expect("a plan");
        assert_eq!(plan.warnings, ["line 55: cannot unmarshal !!str `x` into int"]);
        // Torn before its end: every line is told of, none is taken for progress.
        let torn = plan_of("", "WARNING These fields\n something else\n").expect("a plan");
        let broken = "the warning \"These fields\" breaks off before \"will be ignored during deployment\"";
        assert_eq!(torn.warnings, ["something else", broken]);
        let (whole, _) = stderr.split_once("will be ignored").expect("its last line");
        assert_eq!(
            plan_of("", whole).expect("a plan").warnings,
            [broken],
            "each line is known, but the last is not there"
        );
    }
}
