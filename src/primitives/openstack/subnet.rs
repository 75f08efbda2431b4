//! Subnets of Neutron, read from the one listing that carries all their fields.

use serde::{Deserialize, Deserializer};

use super::{Network, json_command, plain_command, read};
use crate::host::{Call, Draft, Ensure, Stop};
use crate::primitives::net::{Cidr, Ip, IpRange};
use crate::primitives::reply::{sorted, text_or_none};
use crate::script::{Handle, Primitive};
use crate::transport::{Arg, Request};
use crate::{handle, options};

handle! {
    /// A subnet of Neutron, found by its name within its network.
    #[derive(Deserialize)]
    Subnet("openstack subnet") by name {
        /// Its name.
        #[serde(rename = "Name")]
        name: String,
        /// Its network in CIDR notation.
        #[serde(rename = "Subnet")]
        cidr: Cidr,
        /// The gateway's address, if it has one.
        #[serde(rename = "Gateway", deserialize_with = "address")]
        gateway: Option<Ip>,
        /// Whether Neutron answers DHCP on it.
        #[serde(rename = "DHCP")]
        dhcp: bool,
        /// Allocation pools, sorted.
        #[serde(rename = "Allocation Pools", deserialize_with = "ranges")]
        pools: Vec<IpRange>,
        /// Its tags, sorted.
        #[serde(rename = "Tags", deserialize_with = "sorted")]
        tags: Vec<String>,
        /// DNS servers given to hosts, sorted.
        #[serde(rename = "Name Servers", deserialize_with = "sorted")]
        dns: Vec<String>,
    } hidden {
        /// Its id.
        #[serde(rename = "ID")]
        id: String,
    }
}

options! {
    /// What a subnet must be.
    SubnetSpec {
        /// Its network; cannot be changed later.
        cidr: Cidr,
        /// The gateway's address.
        gateway: Ip,
        /// Whether Neutron answers DHCP on it.
        dhcp: bool,
        /// The one allocation pool.
        pool: IpRange,
        /// Tags that it must bear; others may be there too.
        tags: Vec<String> = Vec::new(),
    }
}

/// `""` and null mean that there is no gateway.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Ip>, D::Error> {
    let text = text_or_none(deserializer)?;
    text.map(|text| text.parse()).transpose().map_err(serde::de::Error::custom)
}

/// Pools are objects in newer clients, `first-last` in older ones.
fn ranges<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpRange>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Pool {
        Ends { start: Ip, end: Ip },
        Text(IpRange),
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Pools {
        List(Vec<Pool>),
        Text(String),
    }
    let mut ranges = match Pools::deserialize(deserializer)? {
        Pools::List(pools) => pools
            .into_iter()
            .map(|pool| match pool {
                Pool::Ends { start, end } => IpRange { start: start.0, end: end.0 },
                Pool::Text(range) => range,
            })
            .collect(),
        Pools::Text(text) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::parse).collect::<Result<Vec<IpRange>, String>>().map_err(serde::de::Error::custom)?
        }
    };
    ranges.sort();
    Ok(ranges)
}

/// All subnets of a network; a network that is only planned has none.
pub(super) fn read_all(call: &Call<'_>, network: &Handle<Network>) -> Result<Vec<Handle<Subnet>>, Stop> {
    let Ok(now) = network.now() else { return Ok(Vec::new()) };
    let request = json_command(["subnet", "list", "--network", &now.id, "--long"]);
    let (subnets, source) = read::<Vec<Subnet>>(call, &request)?;
    Ok(subnets.into_iter().map(|subnet| Handle::seen(subnet, source.clone())).collect())
}

/// The one subnet of that name; several are an error.
pub(super) fn read_one(call: &Call<'_>, network: &Handle<Network>, name: &str) -> Result<Option<Handle<Subnet>>, Stop> {
    let mut named: Vec<Handle<Subnet>> =
        read_all(call, network)?.into_iter().filter(|subnet| subnet.identity() == name).collect();
    if named.len() > 1 {
        return Err(Stop::failed(format!(
            "network {} has {} subnets called {name}; the name must tell one",
            network.identity(),
            named.len()
        ))
        .with("from", named[0].source().to_string()));
    }
    Ok(named.pop())
}

fn pool_words(pool: &IpRange) -> [Arg; 2] {
    ["--allocation-pool".into(), format!("start={},end={}", pool.start, pool.end).into()]
}

fn create(name: &str, network: &Handle<Network>, spec: &SubnetSpec) -> Request {
    let mut words: Vec<Arg> =
        vec!["subnet".into(), "create".into(), "--network".into(), network.arg("id", |network| network.id.clone())];
    words.extend([
        "--subnet-range".into(),
        spec.cidr.to_string().into(),
        "--gateway".into(),
        spec.gateway.to_string().into(),
    ]);
    words.push(if spec.dhcp { "--dhcp" } else { "--no-dhcp" }.into());
    words.extend(pool_words(&spec.pool));
    words.extend(spec.tags.iter().flat_map(|tag| ["--tag".into(), tag.into()]));
    words.push(name.into());
    json_command(words)
}

fn set(draft: &Draft<'_, Subnet>, now: &Handle<Subnet>, spec: &SubnetSpec) -> Result<Vec<Request>, Stop> {
    if draft.differs("cidr") {
        return Err(Stop::refused(format!(
            "subnet {} is not {} and cannot be changed to it",
            now.identity(),
            spec.cidr
        ))
        .with("from", now.source().to_string())
        .with("next", "find out who made it and what uses it; it would have to be made anew by hand"));
    }
    let mut words: Vec<Arg> = vec!["subnet".into(), "set".into()];
    if draft.differs("gateway") {
        words.extend(["--gateway".into(), spec.gateway.to_string().into()]);
    }
    if draft.differs("dhcp") {
        words.push(if spec.dhcp { "--dhcp" } else { "--no-dhcp" }.into());
    }
    if draft.differs("pools") {
        words.push("--no-allocation-pool".into());
        words.extend(pool_words(&spec.pool));
    }
    if draft.differs("tags") {
        words.extend(spec.tags.iter().flat_map(|tag| ["--tag".into(), tag.into()]));
    }
    words.push(now.arg("id", |subnet| subnet.id.clone()));
    Ok(vec![plain_command(words)])
}

fn ensure(call: &Call<'_>, name: &str, network: &Handle<Network>, spec: &SubnetSpec) -> Result<Handle<Subnet>, Stop> {
    let work = Ensure::new(name, &format!("on network {}", network.identity()), || read_one(call, network, name))
        .equal("cidr", spec.cidr)
        .equal("gateway", spec.gateway)
        .equal("dhcp", spec.dhcp)
        .equal("pools", vec![spec.pool])
        .includes("tags", spec.tags.clone())
        .touches("openstack network")
        .by(|draft| match draft.now {
            None => Ok(vec![create(name, network, spec)]),
            Some(now) => set(draft, now, spec),
        });
    call.ensure(work)
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "openstack";
        /// Makes the subnet on the network, or corrects it; confirmed by reading it again. The CIDR of a subnet that
        /// is there is never changed: a difference is refused.
        #[seen_by(
            "Network.subnet", "Network.subnets", "openstack::subnets_tagged", "Subnet.cidr" = cidr,
            "Subnet.gateway" = gateway, "Subnet.dhcp" = dhcp, "Subnet.pools" = [pool], "Subnet.tags" = tags,
        )]
        change fn ensure_subnet(call, name: String, network: Handle<Network>, spec: SubnetSpec) -> Handle<Subnet> {
            ensure(call, &name, &network, &spec)
        }
    }
}
