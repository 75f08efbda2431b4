//! Machines and their interfaces, as the region prints them.

use serde_json::{Value, json};

use super::{Answered, Call, Disk, Done, Machine, Refused, Status, render};
use crate::lab::State;

/// `machines read`, with the filters by hostname, system_id, MAC address, tag, zone, pool and status.
pub(super) fn read(call: &mut Call<'_>) -> Answered {
    let statuses = call.values("status").into_iter().map(status).collect::<Result<Vec<_>, _>>()?;
    let owned = |name| call.values(name).into_iter().map(ToString::to_string).collect::<Vec<String>>();
    let (hostnames, ids, macs) = (owned("hostname"), owned("id"), owned("mac_address"));
    let (tags, zones, pools) = (owned("tags"), owned("zone"), owned("pool"));
    let any = |wanted: &[String], seen: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == seen);
    those(call, |hostname, machine| {
        any(&hostnames, hostname)
            && any(&ids, &machine.system_id)
            && any(&zones, &machine.zone)
            && any(&pools, &machine.pool)
            && (macs.is_empty() || machine.interfaces.values().any(|found| macs.contains(&found.mac)))
            && tags.iter().all(|tag| machine.tags.contains(tag))
            && (statuses.is_empty() || statuses.contains(&machine.status))
    })
}

fn status(word: &str) -> Result<Status, Refused> {
    let spelt = word.replace('_', " ").to_lowercase();
    let known = (0..=22).filter_map(by_number);
    let mut known = known.filter(|status| render::status(*status).to_lowercase() == spelt);
    known.next().ok_or_else(|| {
        Refused::field("status", format!("Select a valid choice. {word} is not one of the available choices."))
    })
}

fn by_number(number: i64) -> Option<Status> {
    use Status::*;
    let all = [
        New,
        Commissioning,
        FailedCommissioning,
        Missing,
        Ready,
        Reserved,
        Deployed,
        Retired,
        Broken,
        Deploying,
        Allocated,
        FailedDeployment,
        Releasing,
        ReleasingFailed,
        DiskErasing,
        FailedDiskErasing,
        RescueMode,
        EnteringRescueMode,
        FailedEnteringRescueMode,
        ExitingRescueMode,
        FailedExitingRescueMode,
        Testing,
        FailedTesting,
    ];
    all.into_iter().find(|status| status.number() == number)
}

/// Machines that fulfil a condition, as a list.
pub(super) fn those(call: &Call<'_>, wanted: impl Fn(&str, &Machine) -> bool) -> Answered {
    let found = call.state.maas.machines.iter().filter(|(hostname, machine)| wanted(hostname, machine));
    call.list(found.map(|(hostname, machine)| (hostname.clone(), whole(call.state, hostname, machine))).collect())
}

/// `machine read SYSTEM_ID`
pub(super) fn read_one(call: &mut Call<'_>) -> Answered {
    let (hostname, machine) = call.state.maas.machine(&call.at[0]).ok_or(Refused::NoSuch("Machine"))?;
    Ok(Done::Json(whole(call.state, hostname, machine)))
}

/// `machine query-power-state SYSTEM_ID`
pub(super) fn power_state(call: &mut Call<'_>) -> Answered {
    let (_, machine) = call.state.maas.machine(&call.at[0]).ok_or(Refused::NoSuch("Node"))?;
    Ok(Done::Json(json!({"state": machine.power_state})))
}

/// `machine power-parameters SYSTEM_ID`. The real one prints the password too, which is why the host never asks.
pub(super) fn power_parameters(call: &mut Call<'_>) -> Answered {
    call.admin_only()?;
    let (_, machine) = call.state.maas.machine(&call.at[0]).ok_or(Refused::NoSuch("Node"))?;
    let power = &machine.power;
    Ok(Done::Json(json!({"power_address": power.address, "power_id": power.id, "power_pass": power.pass})))
}

/// `interfaces read SYSTEM_ID`
pub(super) fn interfaces(call: &mut Call<'_>) -> Answered {
    let (_, machine) = call.state.maas.machine(&call.at[0]).ok_or(Refused::NoSuch("Node"))?;
    let all = machine.interfaces.keys();
    call.list(all.map(|name| (name.clone(), render::interface(call.state, machine, name))).collect())
}

/// `interface read SYSTEM_ID ID|NAME`
pub(super) fn interface(call: &mut Call<'_>) -> Answered {
    let (_, machine) = call.state.maas.machine(&call.at[0]).ok_or(Refused::NoSuch("Node"))?;
    let mut all = machine.interfaces.iter();
    let found = all.find(|(name, interface)| **name == call.at[1] || interface.id.to_string() == call.at[1]);
    let (name, _) = found.ok_or(Refused::NoSuch("Interface"))?;
    Ok(Done::Json(render::interface(call.state, machine, name)))
}

/// The machine of that hostname, or null.
pub(super) fn shown(state: &State, hostname: &str) -> Value {
    state.maas.machines.get(hostname).map_or(Value::Null, |machine| whole(state, hostname, machine))
}

/// The whole machine. The region prints some seventy keys; those that say nothing here have the values of a machine
/// that passed its commissioning.
fn whole(state: &State, hostname: &str, machine: &Machine) -> Value {
    let mut value = inert();
    let names: Vec<&String> = machine.interfaces.keys().collect();
    let interfaces: Vec<Value> = names.iter().map(|name| render::interface(state, machine, name)).collect();
    let disks: Vec<Value> = machine.disks.iter().map(|(name, found)| disk(machine, name, found)).collect();
    let zone = state.maas.zones.get(&machine.zone);
    let pool = state.maas.pools.get(&machine.pool);
    let own = json!({
        "hostname": hostname,
        "fqdn": format!("{hostname}.maas"),
        "system_id": machine.system_id,
        "status": machine.status.number(),
        "status_name": machine.status,
        "power_state": machine.power_state,
        "power_type": machine.power.kind,
        "architecture": machine.architecture,
        "owner": machine.owner,
        "locked": machine.locked,
        "pod": machine.pod,
        "virtualmachine_id": machine.virtualmachine_id,
        "cpu_count": machine.cpu_count,
        "memory": machine.memory,
        "storage": megabytes(machine),
        "osystem": machine.osystem,
        "distro_series": machine.distro_series,
        "hwe_kernel": machine.hwe_kernel,
        "tag_names": machine.tags,
        "zone": zone.map(|zone| render::zone(&machine.zone, zone)),
        "pool": pool.map(|pool| render::pool(&machine.pool, pool)),
        "boot_interface": render::interface(state, machine, &machine.boot_interface),
        "interface_set": interfaces,
        "boot_disk": disks.first(),
        "blockdevice_set": disks,
        "physicalblockdevice_set": disks,
        "netboot": machine.status != Status::Deployed,
        "resource_uri": format!("/MAAS/api/2.0/machines/{}/", machine.system_id),
    });
    if let (Some(value), Value::Object(own)) = (value.as_object_mut(), own) {
        value.extend(own);
    }
    let (number, word) = commissioning(machine);
    value["commissioning_status"] = json!(number);
    value["commissioning_status_name"] = json!(word);
    value
}

/// What the region says of a machine's last commissioning.
fn commissioning(machine: &Machine) -> (i64, &'static str) {
    match machine.status {
        Status::Commissioning => (1, "Running"),
        Status::FailedCommissioning => (3, "Failed"),
        _ if machine.commissioned => (2, "Passed"),
        _ => (-1, "Unknown"),
    }
}

/// Megabytes (of a million bytes) on all disks, which is how the region counts.
fn megabytes(machine: &Machine) -> f64 {
    machine.disks.values().map(|disk| disk.size).sum::<u64>() as f64 / 1e6
}

fn disk(machine: &Machine, name: &str, disk: &Disk) -> Value {
    json!({
        "firmware_version": null,
        "numa_node": 0,
        "block_size": 512,
        "type": "physical",
        "serial": disk.serial,
        "id": disk.id,
        "id_path": format!("/dev/{name}"),
        "filesystem": null,
        "used_for": "Unused",
        "model": disk.model,
        "available_size": disk.size.saturating_sub(8 << 20),
        "name": name,
        "tags": [],
        "partition_table_type": null,
        "storage_pool": null,
        "uuid": null,
        "path": format!("/dev/disk/by-dname/{name}"),
        "used_size": 0,
        "size": disk.size,
        "system_id": machine.system_id,
        "partitions": [],
        "resource_uri": format!("/MAAS/api/2.0/nodes/{}/blockdevices/{}/", machine.system_id, disk.id),
    })
}

/// Keys of a machine that the lab does not vary.
fn inert() -> Value {
    let mut value = json!({
        "cache_sets": [], "volume_groups": [], "raids": [], "bcaches": [], "special_filesystems": [],
        "virtualblockdevice_set": [], "workload_annotations": {}, "owner_data": {}, "numanode_set":
            [{"index": 0, "memory": 0, "cores": [], "hugepages_set": []}],
        "hardware_info": hardware(),
        "domain": {
            "authoritative": true, "ttl": null, "name": "maas", "is_default": true, "id": 0,
            "resource_record_count": 0, "resource_uri": "/MAAS/api/2.0/domains/0/",
        },
        "default_gateways": {
            "ipv4": {"gateway_ip": null, "link_id": null}, "ipv6": {"gateway_ip": null, "link_id": null},
        },
        "commissioning_status": 2, "commissioning_status_name": "Passed",
        "current_commissioning_result_id": 1, "current_testing_result_id": null,
        "current_installation_result_id": null, "status_message": null, "status_action": null,
        "error_description": "", "description": "", "bios_boot_method": null, "min_hwe_kernel": "",
        "address_ttl": null, "parent": null, "sync_interval": null, "last_sync": null, "next_sync": null,
        "enable_hw_sync": false, "ephemeral_deploy": false, "disable_ipv4": false, "node_type": 0,
        "node_type_name": "Machine", "cpu_speed": 2400, "swap_size": null, "hardware_uuid": null,
    });
    for part in ["cpu", "memory", "storage", "network", "interface", "other"] {
        value[format!("{part}_test_status")] = json!(-1);
        value[format!("{part}_test_status_name")] = json!("Unknown");
    }
    value["testing_status"] = json!(-1);
    value["testing_status_name"] = json!("Unknown");
    value
}

fn hardware() -> Value {
    const PARTS: &[&str] = &[
        "system_vendor",
        "system_product",
        "system_family",
        "system_version",
        "system_sku",
        "system_serial",
        "cpu_model",
        "mainboard_vendor",
        "mainboard_product",
        "mainboard_serial",
        "mainboard_version",
        "mainboard_firmware_vendor",
        "mainboard_firmware_date",
        "mainboard_firmware_version",
        "chassis_vendor",
        "chassis_type",
        "chassis_serial",
        "chassis_version",
    ];
    PARTS.iter().map(|part| (part.to_string(), json!("Unknown"))).collect::<serde_json::Map<_, _>>().into()
}
