//! What bears a tag, by name: for things of which there must be exactly one however they are called.

use serde::Deserialize;

use super::{json_command, read};
use crate::host::{Call, Stop};
use crate::script::{Primitive, Script};

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "Name")]
    name: String,
}

/// The names of all of a kind with the tag, sorted; two of one name are two.
fn tagged(call: &Call<'_>, kind: &str, words: &[&str], tag: &str) -> Result<Vec<String>, Stop> {
    call.unless_touched(&format!("openstack {kind}"), &format!("the {kind}s tagged {tag}"))?;
    let request = json_command(words.iter().copied().chain(["list", "--tags", tag]));
    let (rows, source) = read::<Vec<Row>>(call, &request)?;
    let mut names: Vec<String> = rows.into_iter().map(|row| row.name).collect();
    names.sort();
    call.tell(&format!("openstack {kind}|*|tagged {tag}"), &format!("{kind}s"), &names.clone().give(), &source);
    Ok(names)
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "openstack";
        /// The names of the networks with the tag; none is an answer.
        read fn networks_tagged(call, tag: String) -> Vec<String> { tagged(call, "network", &["network"], &tag) }
        /// The names of the subnets with the tag; none is an answer.
        read fn subnets_tagged(call, tag: String) -> Vec<String> { tagged(call, "subnet", &["subnet"], &tag) }
        /// The names of the routers with the tag; none is an answer.
        read fn routers_tagged(call, tag: String) -> Vec<String> { tagged(call, "router", &["router"], &tag) }
        /// The names of the security groups with the tag; none is an answer.
        read fn security_groups_tagged(call, tag: String) -> Vec<String> { tagged(call, "security group", &["security", "group"], &tag) }
    }
}
