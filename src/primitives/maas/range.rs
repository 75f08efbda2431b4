//! Address ranges of MAAS: reserved (nobody gets them) or dynamic (DHCP hands them out).

use serde::Deserialize;

use super::subnet::MaasSubnet;
use super::{command, read};
use crate::handle;
use crate::host::{Call, Deed, Ensure, Member, Stop, Verb};
use crate::primitives::net::{Cidr, Ip, IpRange};
use crate::script::{Answer, Handle, Vocabulary};
use crate::transport::Request;

handle! {
    /// An address range of MAAS.
    AddressRange("maas range") by range {
        /// Its first and last address.
        range: IpRange,
        /// Whether MAAS hands it out by DHCP, or keeps off it.
        kind as "type" in KIND: String,
        /// The comment.
        comment: String,
        /// The subnet it lies in.
        subnet: Cidr,
    } hidden {
        /// Its id: evidence, never a key.
        id: i64,
    }
}

#[derive(Deserialize)]
pub(super) struct Row {
    id: i64,
    #[serde(rename = "type")]
    kind: Kind,
    start_ip: String,
    end_ip: String,
    #[serde(default)]
    comment: String,
    subnet: SubnetRef,
}

#[derive(Deserialize)]
struct SubnetRef {
    cidr: String,
}

/// The types that MAAS has; another is an error, not a guess.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Reserved,
    Dynamic,
}

impl Kind {
    const fn word(&self) -> &'static str {
        match self {
            Kind::Reserved => "reserved",
            Kind::Dynamic => "dynamic",
        }
    }
}

/// The words of [`Kind`].
pub static KIND: Vocabulary =
    Vocabulary::closed("type of a range of MAAS", &[Kind::Reserved.word(), Kind::Dynamic.word()]);

/// An IPv4 range; those of IPv6 lie in no plane.
pub(super) fn address_range(row: Row) -> Result<Option<AddressRange>, Stop> {
    if row.subnet.cidr.contains(':') {
        return Ok(None);
    }
    let unsound = |words: String| Stop::unanswered(format!("maas range {}: {words}", row.id));
    let ends: (Ip, Ip) = (row.start_ip.parse().map_err(unsound)?, row.end_ip.parse().map_err(unsound)?);
    Ok(Some(AddressRange {
        range: IpRange { start: ends.0.0, end: ends.1.0 },
        kind: row.kind.word().to_string(),
        subnet: row.subnet.cidr.parse().map_err(unsound)?,
        comment: row.comment,
        id: row.id,
    }))
}

/// Every range.
pub(super) fn all(call: &Call<'_>) -> Result<Vec<Handle<AddressRange>>, Stop> {
    let (rows, source) = read::<Vec<Row>>(call, &["ipranges", "read"])?;
    let mut ranges = Vec::new();
    for row in rows {
        ranges.extend(address_range(row)?);
    }
    Ok(ranges.into_iter().map(|range| Handle::seen(range, source.clone())).collect())
}

/// The ranges of one subnet.
pub(super) fn of_subnet(call: &Call<'_>, cidr: &str) -> Result<Vec<Handle<AddressRange>>, Stop> {
    let mut ranges = all(call)?;
    ranges.retain(|range| range.now().is_ok_and(|range| range.subnet.to_string() == cidr));
    Ok(ranges)
}

/// Reserves a range; told by its first address, since older bands end earlier.
pub(super) fn ensure(
    call: &Call<'_>,
    subnet: &Handle<MaasSubnet>,
    range: &IpRange,
    purpose: &str,
) -> Result<Handle<AddressRange>, Stop> {
    let cidr = subnet.now()?.cidr;
    if !(cidr.0.contains(&range.start) && cidr.0.contains(&range.end)) {
        return Err(Stop::script(format!("{range} does not lie in {cidr}")));
    }
    let known = || of_subnet(call, subnet.identity());
    let begins = |known: Vec<Handle<AddressRange>>| {
        known.into_iter().find(|known| known.now().is_ok_and(|known| known.range.start == range.start))
    };
    let work = Ensure::new(&range.to_string(), &format!("{purpose}, on {cidr}"), || Ok(begins(known()?)))
        .equal("type", "reserved".to_string())
        .by(|draft| match draft.now {
            None => {
                refuse_overlap(&known()?, range)?;
                Ok(vec![create(call, subnet, range, purpose)?])
            }
            Some(now) => Err(Stop::refused(format!("{} is a dynamic range: DHCP hands these out", now.identity()))
                .with("from", now.source().to_string())
                .with("next", "move the dynamic range by hand first")),
        });
    call.ensure(work)
}

fn refuse_overlap(known: &[Handle<AddressRange>], range: &IpRange) -> Result<(), Stop> {
    for other in known {
        let now = other.now()?;
        if now.range.overlaps(range) {
            return Err(Stop::refused(format!("{range} meets {} ({}, {:?})", now.range, now.kind, now.comment))
                .with("from", other.source().to_string())
                .with("next", "MAAS takes no ranges that overlap; find out what the other is for"));
        }
    }
    Ok(())
}

fn create(call: &Call<'_>, subnet: &Handle<MaasSubnet>, range: &IpRange, purpose: &str) -> Result<Request, Stop> {
    let words = [
        "ipranges".to_string(),
        "create".to_string(),
        "type=reserved".to_string(),
        format!("start_ip={}", range.start),
        format!("end_ip={}", range.end),
        format!("subnet={}", subnet.now()?.id),
        format!("comment={purpose}"),
    ];
    command(call, words)
}

/// Deletes a reserved range that is exactly this one. One that only shares addresses with it is somebody else's.
pub(super) fn remove(call: &Call<'_>, range: &IpRange) -> Result<(), Stop> {
    let members = || {
        call.forget_reads();
        let mut state = "gone".to_string();
        for known in all(call)? {
            let now = known.now()?;
            if now.range == *range {
                state = format!("{} ({:?})", now.kind, now.comment);
            } else if now.range.overlaps(range) {
                return Err(Stop::refused(format!("{} is there ({:?}), and not {range}", now.range, now.comment))
                    .with("from", known.source().to_string())
                    .with("next", "only an exact match is deleted; find out what that range is for"));
            }
        }
        Ok(vec![Member { name: range.to_string(), done: state == "gone", state }])
    };
    let deed = Deed::new("maas range", &range.to_string(), Verb::Remove, "gone", members)
        .because("nothing reserves these addresses any more; MAAS may hand them out")
        .by(|_| {
            let found = all(call)?.into_iter().find(|known| known.now().is_ok_and(|now| now.range == *range));
            let found = found.ok_or_else(|| Stop::defect(format!("the range {range} was there and is not")))?;
            let now = found.now()?;
            if now.kind != Kind::Reserved.word() {
                return Err(Stop::refused(format!("{range} is a dynamic range: DHCP hands these out"))
                    .with("from", found.source().to_string())
                    .with("next", "have DHCP use another range first, by hand"));
            }
            Ok(vec![command(call, ["iprange", "delete", &now.id.to_string()])?])
        });
    call.undertake(&deed).map(drop)
}

/// Whether a reserved range begins at this address.
pub(super) fn reserves_from(call: &Call<'_>, subnet: &Handle<MaasSubnet>, start: Ip) -> Result<Answer, Stop> {
    call.unless_touched("maas range", "the ranges of MAAS")?;
    let ranges = of_subnet(call, subnet.identity())?;
    let source = ranges.first().map_or_else(|| "maas ipranges read".to_string(), |range| range.source().to_string());
    let known = ranges.iter().map(Handle::now).collect::<Result<Vec<_>, _>>()?;
    let found = known.iter().find(|range| range.kind == "reserved" && range.range.start == start.0);
    let seen = match found {
        Some(range) => format!("{} (maas range {}, reserved)", range.range, range.id),
        None => match known.iter().find(|range| range.range.contains(start.0)) {
            Some(range) => format!("{} lies in {} ({})", start, range.range, range.kind),
            None => format!("no range of {} holds {start}", subnet.identity()),
        },
    };
    let answer =
        Answer { holds: found.is_some(), wanted: format!("a reserved range that begins at {start}"), seen, source };
    call.tell(
        &format!("maas subnet|{}|reserves from {start}", subnet.identity()),
        "reserve",
        &rhai::Dynamic::from(answer.holds),
        &answer.source,
    );
    Ok(answer)
}
