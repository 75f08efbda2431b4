//! Tags and the machines that bear them.

use serde_json::json;

use super::{Answered, Call, Done, Refused, Tag, machines, render};

/// `tags read`
pub(super) fn read(call: &mut Call<'_>) -> Answered {
    let all = call.state.maas.tags.iter();
    call.list(all.map(|(name, tag)| (name.clone(), render::tag(name, tag))).collect())
}

/// `tag read NAME`
pub(super) fn read_one(call: &mut Call<'_>) -> Answered {
    let name = found(call)?;
    Ok(Done::Json(render::tag(&name, &call.state.maas.tags[&name])))
}

/// `tag machines NAME`
pub(super) fn machines(call: &mut Call<'_>) -> Answered {
    let tag = found(call)?;
    machines::those(call, |_, machine| machine.tags.contains(&tag))
}

/// `tags create`
pub(super) fn create(call: &mut Call<'_>) -> Answered {
    call.admin_only()?;
    let name = call.value("name").unwrap_or_default().to_string();
    if name.is_empty() {
        return Err(Refused::field("name", "This field is required."));
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c)) {
        return Err(Refused::field("name", "Enter a valid value."));
    }
    if call.state.maas.tags.contains_key(&name) {
        return Err(Refused::field("name", "Tag with this Name already exists."));
    }
    let text = |field| call.value(field).unwrap_or_default().to_string();
    let tag = Tag { comment: text("comment"), definition: text("definition"), kernel_opts: text("kernel_opts") };
    let printed = render::tag(&name, &tag);
    call.state.maas.tags.insert(name, tag);
    Ok(Done::Json(printed))
}

/// `tag update-nodes NAME`: an unknown system_id is skipped in silence, and one that bears the tag counts again.
pub(super) fn update_nodes(call: &mut Call<'_>) -> Answered {
    let tag = found(call)?;
    call.admin_only()?;
    let owned = |name| call.values(name).into_iter().map(ToString::to_string).collect::<Vec<_>>();
    let (add, remove) = (owned("add"), owned("remove"));
    let (mut added, mut removed) = (0, 0);
    for machine in call.state.maas.machines.values_mut() {
        if add.contains(&machine.system_id) {
            machine.tags.insert(tag.clone());
            added += 1;
        }
        if remove.contains(&machine.system_id) {
            machine.tags.remove(&tag);
            removed += 1;
        }
    }
    Ok(Done::Json(json!({"added": added, "removed": removed})))
}

fn found(call: &Call<'_>) -> Result<String, Refused> {
    let name = &call.at[0];
    if call.state.maas.tags.contains_key(name) { Ok(name.clone()) } else { Err(Refused::NoSuch("Tag")) }
}
