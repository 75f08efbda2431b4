//! Address ranges.

use serde::Deserialize;

use super::form::{Named, choice, tags, unmasked};
use super::{Asked, list};
use crate::host::{Call, Stop};
use crate::primitives::net::{Cidr, Ip, IpRange};
use crate::primitives::reply::nullable;
use crate::script::{Handle, List, Primitive, Source};
use crate::{handle, options};

handle! {
    /// An address range of NetBox.
    NetboxRange("netbox range") by name {
        /// First and last address with a dash between, IPv4 or IPv6, without masks.
        name: String,
        /// The range, where it is IPv4.
        range: Option<IpRange>,
        /// Its state in NetBox's words.
        status in super::words::RANGE: String,
        /// The slug of its role.
        role: Option<String>,
        /// The description.
        description: String,
        /// Its tags by slug, sorted.
        tags: Vec<String>,
    }
}

options! {
    /// Which ranges; all of them without any.
    RangeFilter {
        /// Those inside this network.
        parent: Option<Cidr> = None,
        /// The slug of the role.
        role: Option<String> = None,
        /// The status.
        status in super::words::RANGE: Option<String> = None,
        /// The slug of a tag.
        tag: Option<String> = None,
    }
}

#[derive(Deserialize)]
pub(super) struct Row {
    start_address: String,
    end_address: String,
    #[serde(deserialize_with = "choice")]
    status: String,
    #[serde(deserialize_with = "nullable")]
    role: Option<Named>,
    description: String,
    #[serde(default, deserialize_with = "tags")]
    tags: Vec<String>,
}

impl From<Row> for NetboxRange {
    fn from(row: Row) -> Self {
        let (start, end) = (unmasked(&row.start_address), unmasked(&row.end_address));
        let ends = (start.parse::<Ip>().ok(), end.parse::<Ip>().ok());
        NetboxRange {
            name: format!("{start}-{end}"),
            range: ends.0.zip(ends.1).map(|(start, end)| IpRange { start: start.0, end: end.0 }),
            status: row.status,
            role: row.role.map(Named::key),
            description: row.description,
            tags: row.tags,
        }
    }
}

impl NetboxRange {
    /// Whether it is what a filter asked for.
    pub(super) fn fits(&self, filter: &str, value: &str) -> bool {
        match filter {
            "parent" => {
                let net = value.parse::<Cidr>();
                let inside =
                    |range: IpRange| net.is_ok_and(|net| net.0.contains(&range.start) && net.0.contains(&range.end));
                self.range.is_some_and(inside)
            }
            "role" => self.role.as_deref() == Some(value),
            "status" => self.status == value,
            "tag" => self.tags.iter().any(|tag| tag == value),
            _ => false,
        }
    }
}

fn asked(filter: &RangeFilter) -> Asked {
    Asked::default()
        .by("parent", filter.parent.as_ref())
        .by("role", filter.role.as_ref())
        .by("status", filter.status.as_ref())
        .by("tag", filter.tag.as_ref())
}

fn seen(row: Row, asked: &Asked, source: &Source) -> Result<Handle<NetboxRange>, Stop> {
    let range = NetboxRange::from(row);
    asked.check("range", &range.name, |filter, value| range.fits(filter, value), source)?;
    Ok(Handle::seen(range, source.clone()))
}

fn read(call: &Call<'_>, asked: &Asked) -> Result<Vec<Handle<NetboxRange>>, Stop> {
    let (rows, source) = list::<Row>(call, "ipam/ip-ranges", asked)?;
    rows.into_iter().map(|row| seen(row, asked, &source)).collect()
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "netbox";
        /// The address ranges that a filter selects, or all; checked against the filter.
        read fn ip_ranges(call, filter: Option<RangeFilter>) -> List<NetboxRange> {
            let asked = filter.as_ref().map(asked).unwrap_or_default();
            call.list(&format!("ip-ranges{}", asked.query()), || read(call, &asked))
        }
    }
}
