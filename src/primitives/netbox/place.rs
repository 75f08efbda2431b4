//! VLANs, sites and roles: what prefixes refer to.

use serde::Deserialize;

use super::form::{Named, choice};
use super::{Asked, list};
use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::primitives::reply::nullable;
use crate::script::{Handle, List, Primitive};
use crate::{handle, options};

handle! {
    /// A VLAN of NetBox, by tag and name.
    NetboxVlan("netbox vlan") by key {
        /// Its tag and name, e.g. `103 metal-internal`; two may share them.
        key: String,
        /// Its name.
        name: String,
        /// Its 802.1Q tag.
        vid in forms::TAG: i64,
        /// Its state in NetBox's words.
        status in super::words::VLAN: String,
        /// The slug of its site.
        site: Option<String>,
        /// The slug of its role.
        role: Option<String>,
    }
}

handle! {
    /// A site of NetBox.
    #[derive(Deserialize)]
    NetboxSite("netbox site") by slug {
        /// Its slug.
        slug: String,
        /// Its name.
        name: String,
    }
}

handle! {
    /// A role of prefixes and VLANs.
    #[derive(Deserialize)]
    NetboxRole("netbox role") by slug {
        /// Its slug.
        slug: String,
        /// Its name.
        name: String,
    }
}

options! {
    /// Which VLANs; all of them without any.
    VlanFilter {
        /// The 802.1Q tag.
        vid in super::words::VID: Option<i64> = None,
        /// The slug of the site.
        site in forms::SLUG: Option<String> = None,
        /// The slug of the role.
        role in forms::SLUG: Option<String> = None,
        /// The status.
        status in super::words::VLAN: Option<String> = None,
    }
}

#[derive(Deserialize)]
pub(super) struct VlanRow {
    name: String,
    vid: i64,
    #[serde(deserialize_with = "choice")]
    status: String,
    #[serde(deserialize_with = "nullable")]
    site: Option<Named>,
    #[serde(deserialize_with = "nullable")]
    role: Option<Named>,
}

impl From<VlanRow> for NetboxVlan {
    fn from(row: VlanRow) -> Self {
        NetboxVlan {
            key: format!("{} {}", row.vid, row.name),
            name: row.name,
            vid: row.vid,
            status: row.status,
            site: row.site.map(Named::key),
            role: row.role.map(Named::key),
        }
    }
}

impl NetboxVlan {
    fn fits(&self, filter: &str, value: &str) -> bool {
        match filter {
            "vid" => self.vid.to_string() == value,
            "site" => self.site.as_deref() == Some(value),
            "role" => self.role.as_deref() == Some(value),
            "status" => self.status == value,
            _ => false,
        }
    }
}

fn vlans(call: &Call<'_>, asked: &Asked) -> Result<Vec<Handle<NetboxVlan>>, Stop> {
    let (rows, source) = list::<VlanRow>(call, "ipam/vlans", asked)?;
    let checked = rows.into_iter().map(NetboxVlan::from).map(|vlan| {
        asked.check("VLAN", &vlan.key, |filter, value| vlan.fits(filter, value), &source)?;
        Ok(Handle::seen(vlan, source.clone()))
    });
    checked.collect()
}

fn asked(filter: &VlanFilter) -> Asked {
    Asked::default()
        .by("vid", filter.vid.as_ref())
        .by("site", filter.site.as_ref())
        .by("role", filter.role.as_ref())
        .by("status", filter.status.as_ref())
}

fn all<T>(call: &Call<'_>, path: &str) -> Result<Vec<Handle<T>>, Stop>
where
    T: crate::script::Object + serde::de::DeserializeOwned,
{
    let (rows, source) = list::<T>(call, path, &Asked::default())?;
    Ok(rows.into_iter().map(|row| Handle::seen(row, source.clone())).collect())
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "netbox";
        /// The VLANs that a filter selects, or all; checked against the filter.
        read fn vlans(call, filter: Option<VlanFilter>) -> List<NetboxVlan> {
            let asked = filter.as_ref().map(asked).unwrap_or_default();
            call.list(&format!("vlans{}", asked.query()), || vlans(call, &asked))
        }
        /// All sites.
        read fn sites(call) -> List<NetboxSite> { call.list("sites", || all(call, "dcim/sites")) }
        /// All roles.
        read fn roles(call) -> List<NetboxRole> { call.list("roles", || all(call, "ipam/roles")) }
    }
}
