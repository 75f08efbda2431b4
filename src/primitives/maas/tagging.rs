//! Tags on machines.

use serde::Deserialize;

use super::life::named;
use super::{command, machine, read};
use crate::host::{Call, Deed, Member, Stop, Verb};
use crate::transport::{Arg, Request};

#[derive(Deserialize)]
struct Row {
    name: String,
}

/// Puts the tag on the hosts that lack it. MAAS skips an id that it does not know without a word, so it is read again.
pub(super) fn ensure(call: &Call<'_>, tag: &str, hosts: &[String]) -> Result<(), Stop> {
    let members = || {
        let machines = named(call, hosts)?;
        machines
            .iter()
            .map(|machine| {
                let done = machine.planned_in().is_none() && machine.now()?.tags.iter().any(|known| known == tag);
                let state = if done { "tagged" } else { "not tagged" };
                Ok(Member { name: machine.identity().to_string(), state: state.to_string(), done })
            })
            .collect()
    };
    let deed = Deed::new("maas tag", tag, Verb::Set, "tagged", members)
        .because("found again by it")
        .touches("maas machine")
        .by(|left| requests(call, tag, left));
    call.undertake(&deed).map(drop)
}

fn requests(call: &Call<'_>, tag: &str, left: &[Member]) -> Result<Vec<Request>, Stop> {
    let (known, _) = read::<Vec<Row>>(call, &["tags", "read"])?;
    let mut requests = Vec::new();
    if !known.iter().any(|row| row.name == tag) {
        requests.push(command(call, ["tags".to_string(), "create".to_string(), format!("name={tag}")])?);
    }
    let mut words = vec![Arg::from("tag"), Arg::from("update-nodes"), Arg::from(tag)];
    for member in left {
        let machine = machine::one(call, &member.name)?;
        words.push(machine.arg("id", |machine| format!("add={}", machine.system_id)));
    }
    requests.push(command(call, words)?);
    Ok(requests)
}
