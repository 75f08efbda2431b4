//! The status of the run's model: one reply answers for applications, units, machines and relations.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::application::Application;
use super::document::{ApplicationRow, Document, Entries, MachineRow, Text, owned};
use super::machine::JujuMachine;
use super::unit::{Unit, Workload};
use super::{in_model, judge};
use crate::handle;
use crate::host::{Call, Reads, Stop, parse_noting};
use crate::primitives::forms;
use crate::primitives::reply::outcome;
use crate::script::{Answer, Handle, List, Object, Primitive, Source, Told};
use crate::transport::Request;

handle! {
    /// The status of the run's model, from one call. Units are found by name, applications by name, machines by unit.
    JujuStatus("juju status") by model {
        /// The model's name.
        model: String,
        /// The controller.
        controller: String,
        /// The cloud.
        cloud: String,
        /// The region, if the cloud has some.
        region: Option<String>,
        /// The version of the model's agents.
        version: String,
    } hidden {
        /// Everything in it.
        members: Arc<Members>,
    }
}

/// What a model holds, as handles that its lists share.
pub struct Members {
    units: Vec<Handle<Unit>>,
    applications: Vec<Handle<Application>>,
    request: Request,
    /// The machines as they came: read when one is asked for.
    machine_rows: Box<str>,
    reads: Option<Arc<Reads>>,
    machines: OnceLock<Result<Vec<Handle<JujuMachine>>, Stop>>,
    /// Applications that Juju could not tell of: which units they have is not known.
    untold: Vec<String>,
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} units", self.units.len())
    }
}

/// Words what Juju could not tell, with the version that said so.
pub(super) struct Teller<'a> {
    version: &'a str,
}

impl Teller<'_> {
    /// Juju put an error in the place of an object.
    pub(super) fn untold(&self, what: &str, error: &str) -> Box<Stop> {
        Box::new(Stop::unanswered(format!("Juju could not tell {what}: {error}")).with("version", self.version))
    }

    /// A field that a gate relies on is not there.
    pub(super) fn missing(&self, of: &str, field: &str) -> Box<Stop> {
        Box::new(
            Stop::unanswered(format!("{field} of {of} is missing in the reply of juju status"))
                .with("version", self.version)
                .with("next", "compare the reply with the versions that omega knows (omega doctor)"),
        )
    }

    /// The state of a workload, which must be one that Juju has.
    pub(super) fn workload(&self, unit: &str, current: Option<Text<'_>>) -> Told<Workload> {
        let current = current.ok_or_else(|| self.missing(&format!("unit {unit}"), "workload-status.current"))?;
        Workload::parse(&current.0).ok_or_else(|| {
            let known = Workload::ALL.join(", ");
            let what = format!("workload-status.current of unit {unit} is {:?}, which is none of {known}", current.0);
            Box::new(Stop::unanswered(what).with("version", self.version))
        })
    }
}

/// Reads a reply.
pub fn read(request: &Request, bytes: &[u8]) -> Result<JujuStatus, Stop> {
    read_noting(None, request, bytes)
}

fn read_noting(reads: Option<Arc<Reads>>, request: &Request, bytes: &[u8]) -> Result<JujuStatus, Stop> {
    let Document { model, machines, applications } = parse_noting(reads.as_deref(), request, bytes)?;
    let source = Source::from(request.to_string());
    let teller = Teller { version: &model.version.0 };
    let mut found = Found::default();
    for (name, row) in applications.0 {
        found.application(&teller, &source, name.owned(), row);
    }
    let members = Members {
        units: sorted(found.units),
        applications: sorted(found.applications),
        request: request.clone(),
        machine_rows: machines.get().into(),
        reads,
        machines: OnceLock::new(),
        untold: found.untold,
    };
    Ok(JujuStatus {
        model: model.name.owned(),
        controller: model.controller.owned(),
        cloud: model.cloud.owned(),
        region: owned(model.region),
        version: model.version.owned(),
        members: Arc::new(members),
    })
}

/// Reads the machines and containers of a reply.
fn read_machines(version: &str, members: &Members) -> Result<Vec<Handle<JujuMachine>>, Stop> {
    let source = Source::from(members.request.to_string());
    let rows: Entries<'_, MachineRow<'_>> =
        parse_noting(members.reads.as_deref(), &members.request, members.machine_rows.as_bytes())
            .map_err(|stop| stop.context("machines"))?;
    let mut all = Vec::new();
    for (id, row) in rows.0 {
        JujuMachine::collect(&Teller { version }, &mut all, &source, (id.owned(), row), false);
    }
    Ok(sorted(all))
}

#[derive(Default)]
struct Found {
    units: Vec<Handle<Unit>>,
    applications: Vec<Handle<Application>>,
    untold: Vec<String>,
}

impl Found {
    fn application(&mut self, teller: &Teller<'_>, source: &Source, name: String, mut row: ApplicationRow<'_>) {
        if row.status_error.is_some() {
            self.untold.push(name.clone());
        }
        for (unit, row) in std::mem::take(&mut row.units).0 {
            Unit::collect(teller, &mut self.units, source, (unit.owned(), row), None);
        }
        self.applications.push(Handle::seen(Application::of(teller, name, row), source.clone()));
    }
}

/// Handles by identity, so that one is found by search.
fn sorted<T: Object>(mut handles: Vec<Handle<T>>) -> Vec<Handle<T>> {
    handles.sort_unstable_by(|a, b| a.identity().cmp(b.identity()));
    handles
}

fn by_identity<T: Object>(items: &[Handle<T>], identity: &str) -> Option<Handle<T>> {
    items.binary_search_by(|item| item.identity().cmp(identity)).ok().map(|at| items[at].clone())
}

impl JujuStatus {
    /// All units, principals and subordinates; an error when Juju could not tell of an application.
    pub fn units(&self) -> Result<&[Handle<Unit>], Stop> {
        if self.members.untold.is_empty() {
            return Ok(&self.members.units);
        }
        Err(Stop::unanswered(format!("Juju could not tell the units of {}", self.members.untold.join(", ")))
            .with("version", self.version.clone()))
    }

    /// All machines and containers.
    pub fn machines(&self) -> Result<&[Handle<JujuMachine>], Stop> {
        let read = || read_machines(&self.version, &self.members);
        self.members.machines.get_or_init(read).as_deref().map_err(Clone::clone)
    }

    /// All applications.
    pub fn applications(&self) -> &[Handle<Application>] {
        &self.members.applications
    }
}

pub(crate) fn one(call: &Call<'_>) -> Result<Handle<JujuStatus>, Stop> {
    let (model, request) = in_model(call, "status", ["--format", "json", "--utc"])?;
    let request = Request::from(request);
    let found = call.find(&model, || match outcome(call, &request)? {
        Ok(stdout) => {
            // What is kept of a reply must not hold the run that it came to.
            let reads = || call.host.session.reads.clone().filter(|reads| reads.looks_inside());
            let status = call.made(&request.to_string(), &stdout, || read_noting(reads(), &request, &stdout))?;
            is_of(&status, &model, &request)?;
            Ok(Some(Handle::seen(status, Source::from(request.to_string()))))
        }
        Err(refused) => Err(judge(refused, &request)),
    })?;
    found.ok_or_else(|| Stop::defect("a status answered neither a model nor an error"))
}

/// Every later answer is about the model that was asked for, or about none.
fn is_of(status: &JujuStatus, model: &str, request: &Request) -> Result<(), Stop> {
    let name = model.rsplit(['/', ':']).next().unwrap_or(model);
    if status.model == name {
        return Ok(());
    }
    Err(Stop::failed(format!("asked for the model {name}, juju told of {:?}", status.model))
        .with("asked", request.to_string()))
}

pub(crate) fn unit(status: &Handle<JujuStatus>, name: &str) -> Result<Handle<Unit>, Stop> {
    let now = status.now()?;
    by_identity(&now.members.units, name).ok_or_else(|| not_there(status, &format!("unit {name}")))
}

fn not_there(status: &Handle<JujuStatus>, what: &str) -> Stop {
    Stop::failed(format!("model {} has no {what}", status.identity())).with("from", status.source().to_string())
}

fn machine_of(status: &Handle<JujuStatus>, name: &str) -> Result<Handle<JujuMachine>, Stop> {
    let unit = unit(status, name)?;
    let id = unit.now()?.machine.clone().map_err(|stop| *stop)?;
    let id = id.ok_or_else(|| not_there(status, &format!("machine for unit {name} yet")))?;
    by_identity(status.now()?.machines()?, &id)
        .ok_or_else(|| not_there(status, &format!("machine {id}, though unit {name} is said to be on it")))
}

/// One line a machine, sorted: its hostname, or that it has none.
fn hostnames<'a>(
    call: &Call<'_>,
    status: &Handle<JujuStatus>,
    what: &str,
    machines: impl Iterator<Item = &'a Handle<JujuMachine>>,
) -> Result<Vec<String>, Stop> {
    call.unless_touched("juju machine", "the machines of the model")?;
    let mut names = Vec::new();
    for machine in machines {
        let hostname = machine.now()?.hostname.clone().map_err(|stop| *stop)?.filter(|name| !name.is_empty());
        names.push(hostname.unwrap_or_else(|| format!("machine {} without a hostname", machine.identity())));
    }
    names.sort();
    let key = format!("juju status|{}|{what}", status.identity());
    call.tell(&key, what, &crate::script::Script::give(names.clone()), &status.source());
    Ok(names)
}

fn units_where(
    call: &Call<'_>,
    status: &Handle<JujuStatus>,
    key: &str,
    keep: impl Fn(&Unit) -> bool,
) -> Result<List<Unit>, Stop> {
    call.list(key, || {
        let mut kept = Vec::new();
        for unit in status.now()?.units()? {
            if keep(unit.now()?) {
                kept.push(unit.clone());
            }
        }
        Ok(kept)
    })
}

/// What is told of each unit, and of which applications nothing is.
fn lines(status: &JujuStatus) -> Result<Vec<String>, Stop> {
    let told = status.members.units.iter().map(|unit| unit.now().map(Unit::state));
    let untold = status.members.untold.iter().map(|name| Ok(format!("{name}: Juju could not tell of it")));
    let mut lines = told.chain(untold).collect::<Result<Vec<_>, _>>()?;
    lines.sort();
    Ok(lines)
}

/// Whether every unit but those of some applications is active with an idle agent.
fn all_active(call: &Call<'_>, status: &Handle<JujuStatus>, but: &[String]) -> Result<Answer, Stop> {
    let units = units_where(call, status, "all", |_| true)?;
    let (mut looked_at, mut wrong) = (0, Vec::new());
    for unit in units.iter() {
        let unit = unit.now()?;
        if but.contains(&unit.application) {
            continue;
        }
        looked_at += 1;
        if !unit.is_settled()? {
            wrong.push(unit.state());
        }
    }
    let seen = match (looked_at, wrong.is_empty()) {
        (0, _) => "no unit to look at".to_string(),
        (count, true) => format!("{count} units active and idle"),
        (_, false) => wrong.join("; "),
    };
    let except = if but.is_empty() { String::new() } else { format!(" but those of {}", but.join(", ")) };
    let answer = Answer {
        holds: looked_at > 0 && wrong.is_empty(),
        wanted: format!("every unit active and idle{except}"),
        seen,
        source: status.source().to_string(),
    };
    call.tell(
        &format!("juju status|{}|all active but {}", status.identity(), but.join(",")),
        "units",
        &rhai::Dynamic::from(answer.seen.clone()),
        &answer.source,
    );
    Ok(answer)
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "juju";
        /// The status of the run's model (setting juju-model): one call, whatever is read from it.
        read fn status(call) -> Handle<JujuStatus> { one(call) }
        /// All units, principals and subordinates.
        read fn units on JujuStatus(call, status: Handle<JujuStatus>) -> List<Unit> { units_where(call, &status, "all", |_| true) }
        /// The units of an application, subordinate or not; an error when the model has no such application.
        read fn units_of on JujuStatus(call, status: Handle<JujuStatus>, application in forms::APPLICATION: String) -> List<Unit> {
            let known = by_identity(status.now()?.applications(), &application);
            known.ok_or_else(|| not_there(&status, &format!("application {application}")))?;
            units_where(call, &status, &format!("of {application}"), |unit| unit.application == application)
        }
        /// The names of the units of several applications, sorted; an error when the model lacks one of them.
        read fn unit_names on JujuStatus(call, status: Handle<JujuStatus>, applications: Vec<String>) -> Vec<String> where forms::UNIT {
            for application in &applications {
                let known = by_identity(status.now()?.applications(), application);
                known.ok_or_else(|| not_there(&status, &format!("application {application}")))?;
            }
            let units = units_where(call, &status, &format!("of {}", applications.join(",")), |unit| applications.contains(&unit.application))?;
            Ok(units.iter().map(|unit| unit.identity().to_string()).collect())
        }
        /// The unit of that name, e.g. `octavia/0`; an error when there is none.
        read fn unit on JujuStatus(call, status: Handle<JujuStatus>, name in forms::UNIT: String) -> Handle<Unit> { unit(&status, &name) }
        /// Whether every unit is active with an idle agent, those of the named applications aside; an empty model
        /// does not hold.
        read fn all_active on JujuStatus(call, status: Handle<JujuStatus>, but: Option<Vec<String>>) -> Answer {
            all_active(call, &status, &but.unwrap_or_default())
        }
        /// All applications.
        read fn applications on JujuStatus(call, status: Handle<JujuStatus>) -> List<Application> {
            call.list("all", || Ok(status.now()?.applications().to_vec()))
        }
        /// The application of that name; an error when there is none.
        read fn application on JujuStatus(call, status: Handle<JujuStatus>, name in forms::APPLICATION: String) -> Handle<Application> {
            by_identity(status.now()?.applications(), &name).ok_or_else(|| not_there(&status, &format!("application {name}")))
        }
        /// The machines, without containers.
        read fn machines on JujuStatus(call, status: Handle<JujuStatus>) -> List<JujuMachine> {
            call.list("machines", || Ok(status.now()?.machines()?.iter().filter(|machine| !machine.identity().contains('/')).cloned().collect()))
        }
        /// The hostnames of the machines, sorted; one that has none yet is told by its number.
        read fn hostnames on JujuStatus(call, status: Handle<JujuStatus>) -> Vec<String> where forms::HOST {
            let machines = status.now()?.machines()?.iter().filter(|machine| !machine.identity().contains('/'));
            hostnames(call, &status, "hostnames", machines)
        }
        /// The hostnames of the machines or containers that the units of an application are on, sorted; an error when
        /// the model has no such application, or one of its units no machine yet.
        read fn hosts_of on JujuStatus(call, status: Handle<JujuStatus>, application in forms::APPLICATION: String) -> Vec<String> where forms::HOST {
            let known = by_identity(status.now()?.applications(), &application);
            known.ok_or_else(|| not_there(&status, &format!("application {application}")))?;
            let units = units_where(call, &status, &format!("of {application}"), |unit| unit.application == application)?;
            let machines = units.iter().map(|unit| machine_of(&status, unit.identity())).collect::<Result<Vec<_>, _>>()?;
            hostnames(call, &status, &format!("hosts of {application}"), machines.iter())
        }
        /// The containers on all machines.
        read fn containers on JujuStatus(call, status: Handle<JujuStatus>) -> List<JujuMachine> {
            call.list("containers", || Ok(status.now()?.machines()?.iter().filter(|machine| machine.identity().contains('/')).cloned().collect()))
        }
        /// The machine or container that a unit is on; for a subordinate, its principal's.
        read fn machine_of on JujuStatus(call, status: Handle<JujuStatus>, unit in forms::UNIT: String) -> Handle<JujuMachine> { machine_of(&status, &unit) }
        /// A line for each unit with its states and message, for the record: what Juju could not tell is said in it, and
        /// stops nothing.
        read fn lines on JujuStatus(call, status: Handle<JujuStatus>) -> Vec<String> {
            call.unless_touched("juju unit", "the units of the model")?;
            let lines = lines(status.now()?)?;
            let key = format!("juju status|{}|lines", status.identity());
            call.tell(&key, "units", &crate::script::Script::give(lines.clone()), &status.source());
            Ok(lines)
        }
        /// Every relation as `application:endpoint - application`, seen from both sides.
        read fn relations on JujuStatus(call, status: Handle<JujuStatus>) -> Vec<String> {
            let mut pairs = Vec::new();
            for application in status.now()?.applications() {
                let now = application.now()?;
                let related = now.related.clone().map_err(|stop| *stop)?;
                pairs.extend(related.into_iter().map(|(endpoint, other)| format!("{}:{endpoint} - {other}", now.name)));
            }
            pairs.sort();
            Ok(pairs)
        }
        /// The applications related at an endpoint, sorted; none when the endpoint is not related.
        read fn related on Application(call, application: Handle<Application>, endpoint: String) -> Vec<String> {
            let related = application.now()?.related.clone().map_err(|stop| *stop)?;
            let mut others: Vec<String> = related.into_iter().filter(|(name, _)| *name == endpoint).map(|(_, other)| other).collect();
            others.sort();
            Ok(others)
        }
        /// The space that an endpoint is bound to; an endpoint without a binding of its own takes the default.
        read fn space_of on Application(call, application: Handle<Application>, endpoint: String) -> Option<String> {
            let bindings = application.now()?.bindings.clone().map_err(|stop| *stop)?;
            let bound = |wanted: &str| bindings.iter().find(|(name, _)| name == wanted).map(|(_, space)| space.clone());
            Ok(bound(&endpoint).or_else(|| bound("")))
        }
    }
}
