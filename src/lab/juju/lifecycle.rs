//! Models made and destroyed, and their spaces read from MAAS.

use std::collections::BTreeMap;

use super::arguments::Arguments;
use super::documents::{ConfigValue, Model, Space, SpaceSubnet, Status};
use super::words::{error, model_name};
use crate::lab::State;
use crate::lab::answer::{Answer, Effect};
use crate::lab::maas::life;
use crate::transport::{Command, Input};

/// `juju add-model NAME [CLOUD[/REGION]] [--no-switch]`. The controller reads the spaces while it makes the model.
pub(super) fn add_model(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let (name, cloud) = match arguments.words.as_slice() {
        [name] => (name.clone(), None),
        [name, cloud] => (name.clone(), Some(cloud.clone())),
        _ => return Some(Answer::ended(Effect::Read, 2, "", "ERROR model name is required\n")),
    };
    let (controller_name, controller) = state.juju.controller()?;
    let (user, region) = (controller.user.clone(), controller.region.clone());
    let cloud = cloud.unwrap_or_else(|| controller.cloud.clone());
    let cloud = cloud.split('/').next().unwrap_or_default().to_string();
    if state.juju.models.contains_key(&name) {
        return Some(error(
            Effect::Change,
            format!("failed to create new model: model \"{name}\" for {user} already exists (already exists)"),
        ));
    }
    let Some(found) = state.juju.clouds.get(&cloud) else {
        return Some(error(Effect::Change, format!("{controller_name:?} is not a cloud: cloud {cloud} not found")));
    };
    let words =
        format!("Added '{name}' model on {cloud}/{region} with credential '{}' for user '{user}'\n", found.credential);
    let model = new_model(state, &cloud, &user, &region)?;
    state.juju.models.insert(name.clone(), model);
    if !arguments.has("no-switch") {
        state.juju.current_model = Some(name);
    }
    Some(Answer::ended(Effect::Change, 0, "", words))
}

fn new_model(state: &mut State, cloud: &str, owner: &str, region: &str) -> Option<Model> {
    let agent_version = state.juju.controller()?.1.agent_version.clone();
    let mut config = state.juju.models.get("controller").map(|model| model.config.clone()).unwrap_or_default();
    for (key, set) in &state.juju.clouds.get(cloud)?.model_defaults {
        let (value, source) = match (&set.controller, &set.default) {
            (Some(value), _) => (value.clone(), "controller"),
            (None, Some(value)) => (value.clone(), "default"),
            (None, None) => continue,
        };
        // What Juju works out by itself stays: an empty default of the cloud does not undo it.
        if source == "controller" || !config.contains_key(key) {
            config.insert(key.clone(), ConfigValue { value, source: source.to_string() });
        }
    }
    let now = state.clock.now();
    Some(Model {
        uuid: state.seed.uuid(),
        owner: owner.to_string(),
        cloud: cloud.to_string(),
        region: region.to_string(),
        agent_version,
        status: Status { current: Some("available".to_string()), since: Some(now), ..Status::default() },
        config,
        spaces: spaces(state),
        machines: BTreeMap::new(),
        applications: BTreeMap::new(),
        relations: Vec::new(),
        operations: BTreeMap::new(),
        vault: None,
        rollout: None,
    })
}

/// MAAS's spaces in Juju's form, `alpha` first.
fn spaces(state: &State) -> BTreeMap<String, Space> {
    let mut found = BTreeMap::from([("alpha".to_string(), Space { id: "0".to_string(), subnets: BTreeMap::new() })]);
    for (id, name) in (1..).zip(state.maas.spaces.keys()) {
        let subnets = state.maas.subnets.iter().filter_map(|(cidr, subnet)| {
            let fabric = state.maas.fabrics.get(&subnet.vlan.fabric)?;
            let vlan = fabric.vlans.get(&subnet.vlan.vid)?;
            let shown = SpaceSubnet {
                provider_id: subnet.id.to_string(),
                vlan_tag: subnet.vlan.vid,
                zones: vec!["default".to_string()],
            };
            (vlan.space.as_deref() == Some(name)).then(|| (cidr.to_string(), shown))
        });
        let name = name.to_lowercase().replace([' ', '_'], "-");
        found.insert(name, Space { id: id.to_string(), subnets: subnets.collect() });
    }
    found
}

/// `juju reload-spaces`: reads MAAS again; a space that is in use is never dropped. Prints nothing.
pub(super) fn reload_spaces(state: &mut State, arguments: &Arguments) -> Option<Answer> {
    let name = match model_name(&state.juju, arguments) {
        Ok(name) => name,
        Err(Answer { reply, .. }) => return Some(Answer { effect: Effect::Acts, reply }),
    };
    let mut fresh = spaces(state);
    let model = state.juju.models.get_mut(&name)?;
    for (space, known) in &model.spaces {
        // A space keeps the id that it has.
        fresh.entry(space.clone()).and_modify(|found| found.id.clone_from(&known.id));
        let is_default = model.config.get("default-space").is_some_and(|value| value.value == space.as_str());
        let is_bound = model.applications.values().any(|app| app.bindings.values().any(|bound| bound == space));
        if is_default || is_bound {
            fresh.entry(space.clone()).or_insert_with(|| known.clone());
        }
    }
    model.spaces = fresh;
    Some(Answer::ended(Effect::Acts, 0, "", ""))
}

/// `juju destroy-model NAME --no-prompt [--force [--no-wait]]`. The client waits until the model is gone.
pub(super) fn destroy_model(state: &mut State, arguments: &Arguments, command: &Command) -> Option<Answer> {
    let [name] = arguments.words.as_slice() else { return None };
    let short = name.rsplit([':', '/']).next().unwrap_or(name).to_string();
    let controller = state.juju.current_controller.clone().unwrap_or_default();
    let user = state.juju.controller().map(|(_, controller)| controller.user.clone()).unwrap_or_default();
    if arguments.has("no-wait") && !arguments.has("force") {
        return Some(Answer::ended(Effect::Read, 2, "", "ERROR --no-wait without --force not valid\n"));
    }
    let Some(model) = state.juju.models.get(&short) else {
        let words = format!("ERROR cannot read model info: model {controller}:{user}/{short} not found\n");
        return Some(Answer::ended(Effect::Change, 1, "", words));
    };
    let prompt = format!(
        "WARNING This command will destroy the {short:?} model and affect the following resources. It cannot be stopped.\n\nTo continue, enter the name of the model to be destroyed: "
    );
    let typed = match &command.stdin {
        Some(Input::Text(text)) => text.trim() == short,
        _ => false,
    };
    if !arguments.has("no-prompt") && !typed {
        return Some(Answer::ended(Effect::Change, 1, "", format!("{prompt}\nERROR model destruction: aborted\n")));
    }
    let words = format!(
        "Destroying model\nWaiting for model to be removed, {} machine(s), {} application(s)...\nWaiting for model to be removed...\nModel destroyed.\n",
        model.machines.len(),
        model.applications.len()
    );
    let loses_machines = arguments.has("destroy-storage");
    remove(state, &short, loses_machines);
    Some(Answer::ended(Effect::Change, 0, "", words))
}

/// Takes the model away with all that it ran, and releases its machines. Disks keep what is on them.
fn remove(state: &mut State, name: &str, loses_machines: bool) {
    let Some(model) = state.juju.models.remove(name) else { return };
    if state.juju.current_model.as_deref() == Some(name) {
        state.juju.current_model = None;
    }
    let hosts: Vec<String> = model.machines.values().map(|machine| machine.hostname.clone()).collect();
    for host in &hosts {
        let composed = state.maas.machines.get(host).is_some_and(|found| found.power.kind == "virsh");
        if loses_machines && composed {
            // What the flag did to the lab once: virtual machines and their records were gone.
            state.maas.machines.remove(host);
            let domains = state.hosts.remote.values_mut().filter_map(|remote| remote.hypervisor.as_mut());
            domains.for_each(|hypervisor| drop(hypervisor.domains.remove(host)));
        } else {
            life::release_machine(state, host);
        }
    }
    state.hosts.units.clear();
    super::rollout::clear_cloud(state);
}
