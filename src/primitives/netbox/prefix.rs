//! Prefixes.

use serde::Deserialize;

use super::form::{Named, VlanRef, choice, given, tags};
use super::{Asked, list};
use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::primitives::net::Cidr;
use crate::primitives::reply::nullable;
use crate::script::{Handle, List, Primitive, Source};
use crate::{handle, options};

handle! {
    /// A prefix of NetBox.
    NetboxPrefix("netbox prefix") by prefix {
        /// The network in CIDR notation, IPv4 or IPv6, as text.
        prefix: String,
        /// The network, where it is IPv4.
        cidr: Option<Cidr>,
        /// Its state in NetBox's words.
        status in super::words::PREFIX: String,
        /// The slug of its role.
        role: Option<String>,
        /// The slug of its site.
        site: Option<String>,
        /// The 802.1Q tag of its VLAN.
        vid in forms::TAG: Option<i64>,
        /// The name of its VRF; none in the global table.
        vrf: Option<String>,
        /// Whether all its addresses may be given out.
        is_pool: bool,
        /// The description.
        description: String,
        /// Its tags by slug, sorted.
        tags: Vec<String>,
    }
}

options! {
    /// Which prefixes; all of them without any.
    PrefixFilter {
        /// This prefix alone.
        prefix: Option<String> = None,
        /// Those inside this network, itself included.
        within: Option<Cidr> = None,
        /// The slug of the site.
        site in forms::SLUG: Option<String> = None,
        /// The slug of the role.
        role in forms::SLUG: Option<String> = None,
        /// The status.
        status in super::words::PREFIX: Option<String> = None,
        /// The slug of a tag.
        tag in forms::SLUG: Option<String> = None,
    }
}

#[derive(Deserialize)]
pub(super) struct Row {
    prefix: String,
    #[serde(deserialize_with = "choice")]
    status: String,
    #[serde(deserialize_with = "nullable")]
    role: Option<Named>,
    #[serde(default, deserialize_with = "given")]
    site: Option<Option<Named>>,
    #[serde(default, deserialize_with = "given")]
    scope_type: Option<Option<String>>,
    #[serde(default)]
    scope: Option<Named>,
    #[serde(deserialize_with = "nullable")]
    vlan: Option<VlanRef>,
    #[serde(deserialize_with = "nullable")]
    vrf: Option<Named>,
    is_pool: bool,
    description: String,
    #[serde(default, deserialize_with = "tags")]
    tags: Vec<String>,
}

/// Up to 4.1 a prefix has a site; from 4.2 a scope, which may be a site.
fn site(row: &Row) -> Result<Option<String>, Stop> {
    match (&row.scope_type, &row.site) {
        (Some(Some(kind)), _) if kind == "dcim.site" => match &row.scope {
            Some(site) => Ok(Some(site.clone().key())),
            None => Err(Stop::unanswered(format!("the prefix {} has scope_type dcim.site and no `scope`", row.prefix))),
        },
        (Some(_), _) => Ok(None),
        (None, Some(site)) => Ok(site.clone().map(Named::key)),
        (None, None) => Err(Stop::unanswered(format!("the prefix {} has neither `site` nor `scope_type`", row.prefix))),
    }
}

impl TryFrom<Row> for NetboxPrefix {
    type Error = Stop;
    fn try_from(row: Row) -> Result<Self, Stop> {
        Ok(NetboxPrefix {
            site: site(&row)?,
            cidr: row.prefix.parse().ok(),
            prefix: row.prefix,
            status: row.status,
            role: row.role.map(Named::key),
            vid: row.vlan.map(|vlan| vlan.vid),
            vrf: row.vrf.map(Named::key),
            is_pool: row.is_pool,
            description: row.description,
            tags: row.tags,
        })
    }
}

impl NetboxPrefix {
    /// Whether it is what a filter asked for.
    pub(super) fn fits(&self, filter: &str, value: &str) -> bool {
        match filter {
            "prefix" => self.prefix == value,
            "within_include" => {
                let outer = value.parse::<Cidr>();
                self.cidr.is_some_and(|cidr| outer.is_ok_and(|outer| outer.0.contains(&cidr.0)))
            }
            "site" => self.site.as_deref() == Some(value),
            "role" => self.role.as_deref() == Some(value),
            "status" => self.status == value,
            "tag" => self.tags.iter().any(|tag| tag == value),
            _ => false,
        }
    }
}

fn asked(filter: &PrefixFilter) -> Asked {
    Asked::default()
        .by("prefix", filter.prefix.as_ref())
        .by("within_include", filter.within.as_ref())
        .by("site", filter.site.as_ref())
        .by("role", filter.role.as_ref())
        .by("status", filter.status.as_ref())
        .by("tag", filter.tag.as_ref())
}

fn read(call: &Call<'_>, asked: &Asked) -> Result<Vec<Handle<NetboxPrefix>>, Stop> {
    let (rows, source) = list::<Row>(call, "ipam/prefixes", asked)?;
    rows.into_iter().map(|row| seen(row, asked, &source)).collect()
}

fn seen(row: Row, asked: &Asked, source: &Source) -> Result<Handle<NetboxPrefix>, Stop> {
    let prefix = NetboxPrefix::try_from(row)?;
    asked.check("prefix", &prefix.prefix, |filter, value| prefix.fits(filter, value), source)?;
    Ok(Handle::seen(prefix, source.clone()))
}

/// The prefix of the global table; none is an answer.
fn one(call: &Call<'_>, cidr: &Cidr) -> Result<Option<Handle<NetboxPrefix>>, Stop> {
    let key = cidr.to_string();
    call.find(&key, || {
        let found = read(call, &Asked::default().by("prefix", Some(&key)))?;
        let mut global = Vec::new();
        for prefix in found {
            if prefix.now()?.vrf.is_none() {
                global.push(prefix);
            }
        }
        match global.len() {
            0 | 1 => Ok(global.pop()),
            several => Err(Stop::failed(format!("NetBox has {several} prefixes {cidr} in the global table"))
                .with("from", global[0].source().to_string())),
        }
    })
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "netbox";
        /// The prefixes that a filter selects, or all; checked against the filter.
        read fn prefixes(call, filter: Option<PrefixFilter>) -> List<NetboxPrefix> {
            let asked = filter.as_ref().map(asked).unwrap_or_default();
            call.list(&format!("prefixes{}", asked.query()), || read(call, &asked))
        }
        /// The prefix of the global table; an error when there is none, or more than one.
        read fn prefix(call, cidr: Cidr) -> Handle<NetboxPrefix> {
            one(call, &cidr)?.ok_or_else(|| Stop::failed(format!("NetBox has no prefix {cidr}")).with("from", "GET ipam/prefixes"))
        }
        /// Whether the global table has the prefix.
        read fn has_prefix(call, cidr: Cidr) -> bool { Ok(one(call, &cidr)?.is_some()) }
    }
}
