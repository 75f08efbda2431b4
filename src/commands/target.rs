//! What an apply is about to touch: shown and recorded before anything else, and held to the deployment it belongs to.

use std::cell::RefCell;
use std::sync::Arc;

use crate::conduct::evaluate;
use crate::deployment::{Deployment, State};
use crate::host::{Clock, Header, Session, Setting, Stop};
use crate::journal::{Bound, Event, Target};

/// What tells one model from another.
const MODELS: &str = "juju::models().map(|model| [model.name, model.controller, model.uuid])";

/// The deployment that a run belongs to.
pub(super) struct Belongs<'s> {
    state: Option<&'s State>,
    deployment: RefCell<Option<Deployment>>,
    /// Whether the deployment begins with this run.
    opens: bool,
}

impl<'s> Belongs<'s> {
    /// The open deployment; for an apply of a runbook that opens one, perhaps a new one. Nothing is written yet.
    pub(super) fn of(state: Option<&'s State>, header: &Header, apply: bool) -> anyhow::Result<Self> {
        let Some(kept) = state else {
            return Ok(Belongs { state, deployment: RefCell::new(None), opens: false });
        };
        let open = kept.deployment()?;
        let now = Clock::now();
        let deployment = match &header.opens {
            Some(name) if apply => Some(kept.opened_by(&header.id, name, now.get(..10).unwrap_or(&now))?),
            _ => open.clone(),
        };
        let opens = deployment != open;
        Ok(Belongs { state, deployment: RefCell::new(deployment), opens })
    }

    /// Its name, for the journal.
    pub(super) fn name(&self) -> Option<String> {
        self.deployment.borrow().as_ref().map(|deployment| deployment.name.clone())
    }

    /// Shows and records what the apply is about to touch. A model of the same name that is another model is refused.
    pub(super) fn admit(&self, header: &Header, session: &Arc<Session>) -> Result<(), Stop> {
        let setting = |namespace: &str, setting: Setting| {
            let given = session.settings.get(setting).filter(|_| header.allows(namespace, false));
            given.map(str::to_string)
        };
        let model = setting("juju", Setting::JujuModel);
        let bound = model.as_deref().map(|model| look(session, model)).transpose()?.flatten();
        let target = Target {
            deployment: self.name(),
            opens: self.opens,
            model,
            bound: bound.clone(),
            profile: setting("maas", Setting::MaasProfile),
            cloud: header.allows("openstack", false).then(|| session.transport.cloud()).flatten(),
        };
        session.journal.record(Event::Target(Box::new(target.clone())));
        // The model that is there when a deployment begins is the one before it.
        if header.opens.is_some() { Ok(()) } else { self.hold(&target, bound) }
    }

    /// Opens the deployment that begins with this run: before its first change, or when it passed with nothing to do.
    pub(super) fn open(&self) -> Result<(), Stop> {
        if self.opens { self.keep().map_err(|error| unkept(&error)) } else { Ok(()) }
    }

    /// The deployment keeps to the first model that it meets.
    fn hold(&self, target: &Target, bound: Option<Bound>) -> Result<(), Stop> {
        let mut deployment = self.deployment.borrow_mut();
        let (Some(open), Some(seen)) = (deployment.as_mut(), bound) else { return Ok(()) };
        match &open.model {
            Some(held) if *held == seen => Ok(()),
            Some(held) => Err(Stop::precondition(format!(
                "the model {} is not the one that deployment {} is bound to",
                target.model.as_deref().unwrap_or_default(),
                open.name
            ))
            .with("wanted", format!("{} on {}", held.uuid, held.controller))
            .with("seen", format!("{} on {}", seen.uuid, seen.controller))
            .with(
                "next",
                "select the right controller; a rebuilt cloud begins with the runbook that opens its deployment",
            )),
            None => {
                open.model = Some(seen);
                drop(deployment);
                self.keep().map_err(|error| unkept(&error))
            }
        }
    }

    fn keep(&self) -> anyhow::Result<()> {
        match (self.state, &*self.deployment.borrow()) {
            (Some(state), Some(deployment)) => state.keep_deployment(deployment),
            _ => Ok(()),
        }
    }
}

/// The model as the controller tells it; none when there is no such model.
fn look(session: &Arc<Session>, model: &str) -> Result<Option<Bound>, Stop> {
    let models = evaluate(session.clone(), &Arc::default(), MODELS)?;
    let rows = models.json.map(serde_json::from_value::<Vec<[String; 3]>>).transpose();
    let rows = rows.map_err(|error| Stop::defect(format!("the models were read and cannot be told: {error}")))?;
    let found = rows.into_iter().flatten().find(|[name, ..]| name == model);
    Ok(found.map(|[_, controller, uuid]| Bound { controller, uuid }))
}

fn unkept(error: &anyhow::Error) -> Stop {
    Stop::precondition(format!("the deployment could not be kept: {error:#}"))
        .with("next", "free the state folder or give another with --state; nothing was changed")
}
