//! Fabrics, VLANs, spaces, zones and pools.

use super::{Answered, Call, Done, Refused, VlanRef, render};

/// `fabrics read`
pub(super) fn fabrics(call: &mut Call<'_>) -> Answered {
    let all = call.state.maas.fabrics.iter();
    call.list(all.map(|(name, fabric)| (name.clone(), render::fabric(call.state, name, fabric))).collect())
}

/// `fabric read ID`
pub(super) fn fabric(call: &mut Call<'_>) -> Answered {
    let name = fabric_name(call)?;
    Ok(Done::Json(render::fabric(call.state, &name, &call.state.maas.fabrics[&name])))
}

/// `vlans read FABRIC`
pub(super) fn vlans(call: &mut Call<'_>) -> Answered {
    let fabric = fabric_name(call)?;
    let all = call.state.maas.fabrics[&fabric].vlans.keys();
    let at = all.map(|vid| VlanRef { fabric: fabric.clone(), vid: *vid });
    call.list(at.map(|at| (String::from(at.clone()), render::vlan(call.state, Some(&at)))).collect())
}

/// `vlan read FABRIC VID`
pub(super) fn vlan(call: &mut Call<'_>) -> Answered {
    let fabric = fabric_name(call)?;
    let found = call.at[1].parse().ok().map(|vid| VlanRef { fabric, vid });
    let found = found.filter(|at| call.state.maas.vlan(at).is_some()).ok_or(Refused::NoSuch("VLAN"))?;
    Ok(Done::Json(render::vlan(call.state, Some(&found))))
}

fn fabric_name(call: &Call<'_>) -> Result<String, Refused> {
    let wanted = &call.at[0];
    let mut all = call.state.maas.fabrics.iter();
    let found = all.find(|(name, fabric)| *name == wanted || fabric.id.to_string() == *wanted);
    found.map(|(name, _)| name.clone()).ok_or(Refused::NoSuch("Fabric"))
}

/// `spaces read`
pub(super) fn spaces(call: &mut Call<'_>) -> Answered {
    let all = call.state.maas.spaces.iter();
    call.list(all.map(|(name, space)| (name.clone(), render::space(call.state, name, space))).collect())
}

/// `space read ID`
pub(super) fn space(call: &mut Call<'_>) -> Answered {
    let wanted = &call.at[0];
    let mut all = call.state.maas.spaces.iter();
    let found = all.find(|(name, space)| *name == wanted || space.id.to_string() == *wanted);
    let (name, space) = found.ok_or(Refused::NoSuch("Space"))?;
    Ok(Done::Json(render::space(call.state, name, space)))
}

/// `zones read`
pub(super) fn zones(call: &mut Call<'_>) -> Answered {
    let all = call.state.maas.zones.iter();
    call.list(all.map(|(name, zone)| (name.clone(), render::zone(name, zone))).collect())
}

/// `resource-pools read`
pub(super) fn pools(call: &mut Call<'_>) -> Answered {
    let all = call.state.maas.pools.iter();
    call.list(all.map(|(name, pool)| (name.clone(), render::pool(name, pool))).collect())
}
