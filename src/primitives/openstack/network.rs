//! Networks of Neutron.

use serde::Deserialize;

use super::subnet::{self, Subnet};
use super::{is_the_one, json_command, plain_command, show};
use crate::host::{Call, Draft, Ensure, Stop};
use crate::primitives::forms;
use crate::primitives::reply::{sorted, text_or_none};
use crate::script::{Handle, List, Primitive, Vocabulary};
use crate::transport::Request;
use crate::{handle, options};

/// The types of the drivers that come with Neutron.
pub static TYPE: Vocabulary =
    Vocabulary::closed("type of a provider's network in Neutron", &["flat", "vlan", "geneve", "vxlan", "gre", "local"]);

/// The states of a network.
pub static STATUS: Vocabulary =
    Vocabulary::closed("status of a network in Neutron", &["ACTIVE", "DOWN", "BUILD", "ERROR"]);

handle! {
    /// A network of Neutron, found by name.
    #[derive(Deserialize)]
    Network("openstack network") by name {
        /// Its name.
        name: String,
        /// Whether routers take it as a gateway (router:external).
        #[serde(rename = "router:external")]
        is_external: bool,
        /// What carries it; only an administrator sees it.
        #[serde(rename = "provider:network_type", deserialize_with = "text_or_none")]
        kind as "type" in TYPE: Option<String>,
        /// The physical network it lies on; only an administrator sees it.
        #[serde(rename = "provider:physical_network", deserialize_with = "text_or_none")]
        physnet: Option<String>,
        /// Whether every project may use it (the service's word is shared).
        #[serde(rename = "shared")]
        for_all_projects as "for_all_projects": bool,
        /// Its tags, sorted.
        #[serde(deserialize_with = "sorted")]
        tags: Vec<String>,
        /// Its state in Neutron's words.
        status in STATUS: String,
        /// Its MTU in bytes.
        mtu in forms::MTU: i64,
    } hidden {
        /// Its id.
        id: String,
    }
}

options! {
    /// What a network must be.
    NetworkSpec {
        /// Whether routers take it as a gateway.
        external: bool,
        /// What carries it; cannot be changed later.
        kind as "type" in TYPE: String,
        /// The physical network; cannot be changed later.
        physnet: String,
        /// Whether every project may use it (the service's word is shared).
        all_projects: bool,
        /// Tags that it must bear; others may be there too.
        tags: Vec<String> = Vec::new(),
    }
}

/// The network of that name, as it is now.
fn read_one(call: &Call<'_>, name: &str) -> Result<Option<Handle<Network>>, Stop> {
    let request = json_command(["network", "show", name]);
    let Some((network, source)) = show::<Network>(call, "Network", name, &request)? else { return Ok(None) };
    is_the_one(&request, name, &network.name)?;
    Ok(Some(Handle::seen(network, source)))
}

fn create(name: &str, spec: &NetworkSpec) -> Request {
    let mut words = vec!["network", "create"];
    words.extend(spec.external.then_some("--external"));
    words.extend(["--provider-network-type", &spec.kind, "--provider-physical-network", &spec.physnet]);
    words.push(if spec.all_projects { "--share" } else { "--no-share" });
    words.extend(spec.tags.iter().flat_map(|tag| ["--tag", tag]));
    words.push(name);
    json_command(words)
}

fn set(draft: &Draft<'_, Network>, now: &Handle<Network>, spec: &NetworkSpec) -> Result<Vec<Request>, Stop> {
    for field in ["type", "physnet"] {
        if draft.differs(field) {
            return Err(Stop::refused(format!(
                "the {field} of network {} is not as wanted and cannot be changed",
                now.identity()
            ))
            .with("wanted", format!("{} on {}", spec.kind, spec.physnet))
            .with("from", now.source().to_string())
            .with("next", "find out who made it and what uses it; it would have to be made anew by hand"));
        }
    }
    let mut words: Vec<crate::transport::Arg> = vec!["network".into(), "set".into()];
    if draft.differs("is_external") {
        words.push(if spec.external { "--external" } else { "--internal" }.into());
    }
    if draft.differs("for_all_projects") {
        words.push(if spec.all_projects { "--share" } else { "--no-share" }.into());
    }
    if draft.differs("tags") {
        words.extend(spec.tags.iter().flat_map(|tag| ["--tag".into(), tag.into()]));
    }
    words.push(now.arg("id", |network| network.id.clone()));
    Ok(vec![plain_command(words)])
}

fn ensure(call: &Call<'_>, name: &str, spec: &NetworkSpec) -> Result<Handle<Network>, Stop> {
    let work = Ensure::new(name, "", || read_one(call, name))
        .equal("is_external", spec.external)
        .equal("type", spec.kind.clone())
        .equal("physnet", spec.physnet.clone())
        .equal("for_all_projects", spec.all_projects)
        .includes("tags", spec.tags.clone())
        .by(|draft| match draft.now {
            None => Ok(vec![create(name, spec)]),
            Some(now) => set(draft, now, spec),
        });
    call.ensure(work)
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "openstack";
        /// The network of that name; an error when there is none, or more than one.
        read fn network(call, name: String) -> Handle<Network> {
            let found = call.find(&name, || read_one(call, &name))?;
            found.ok_or_else(|| Stop::failed(format!("there is no network {name}")).with("from", format!("openstack network show {name}")))
        }
        /// Whether there is a network of that name.
        read fn has_network(call, name: String) -> bool { Ok(call.find(&name, || read_one(call, &name))?.is_some()) }
        /// Makes the network, or corrects it; confirmed by reading it again. Type and physical network of a network
        /// that is there are never changed: a difference is refused.
        #[seen_by(
            "openstack::has_network" = true, "openstack::network", "openstack::networks_tagged",
            "Network.is_external" = external, "Network.type" = type, "Network.physnet" = physnet,
            "Network.for_all_projects" = all_projects, "Network.tags" = tags,
        )]
        change fn ensure_network(call, name: String, spec: NetworkSpec) -> Handle<Network> { ensure(call, &name, &spec) }
        /// The network's subnet of that name; an error when there is none, or more than one.
        read fn subnet on Network(call, network: Handle<Network>, name: String) -> Handle<Subnet> {
            let found = call.find(&name, || subnet::read_one(call, &network, &name))?;
            found.ok_or_else(|| Stop::failed(format!("network {} has no subnet {name}", network.identity())))
        }
        /// All subnets of the network.
        read fn subnets on Network(call, network: Handle<Network>) -> List<Subnet> {
            call.list(network.identity(), || subnet::read_all(call, &network))
        }
    }
}
