//! Stages that are played: what an operator asks, in order, and the time that passes meanwhile.

use std::time::Duration;

use anyhow::{Context, bail};

use super::{Answer, State, catch_up, dispatch};
use crate::transport::{Command, Reply, Request};

/// Sends a command as an operator would; anything but status 0 is an error of the stage.
fn ask(state: &mut State, line: &str) -> anyhow::Result<()> {
    let words = shlex::split(line).with_context(|| format!("`{line}` is no command line"))?;
    let (program, args) = words.split_first().with_context(|| format!("`{line}` is empty"))?;
    let Answer { reply, .. } = dispatch(state, &Request::from(Command::new(program, args)));
    match reply {
        Ok(Reply::Command { status: 0, .. }) => Ok(()),
        Ok(Reply::Command { stdout, stderr, .. }) => {
            bail!("`{line}`: {}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr))
        }
        other => bail!("`{line}`: {other:?}"),
    }
}

fn ask_all(state: &mut State, lines: &[&str]) -> anyhow::Result<()> {
    lines.iter().try_for_each(|line| ask(state, line))
}

/// The bundle is deployed, and everyone waits for Vault.
pub(super) fn pre_vault(state: &mut State) -> anyhow::Result<()> {
    ask_all(
        state,
        &[
            "juju add-model openstack omega-maas",
            "juju deploy ./bundle.yaml --overlay overlays/octavia-pki.yaml -m openstack",
        ],
    )?;
    state.clock.advance(Duration::from_secs(3600));
    catch_up(state);
    Ok(())
}

/// The external network is there.
pub(super) fn carved(state: &mut State) -> anyhow::Result<()> {
    ask_all(
        state,
        &[
            "openstack network create --external --provider-network-type flat --provider-physical-network physnet1 \
             --no-share --tag role=provider provider-ext",
            "openstack subnet create --network provider-ext --subnet-range 10.12.4.0/22 --gateway 10.12.4.1 --no-dhcp \
             --allocation-pool start=10.12.5.0,end=10.12.7.254 --tag role=provider \
             --tag netbox-iprange=10.12.5.0-10.12.7.254 provider-ext-fip",
        ],
    )
}

/// Load balancers can be made: management network, and an amphora image.
pub(super) fn octavia(state: &mut State) -> anyhow::Result<()> {
    ask(state, "juju run octavia/0 configure-resources -m openstack --format json")?;
    let (folder, _) = BASE_IMAGE.rsplit_once('/').context("the image lies in a folder")?;
    ask(state, &format!("install -d -m 700 {folder}"))?;
    ask(
        state,
        &format!("curl --silent --fail --continue-at - --output {BASE_IMAGE} {}", super::web::mirror::IMAGE_URL),
    )?;
    ask(
        state,
        &format!(
            "openstack image create --disk-format qcow2 --container-format bare --public --file {BASE_IMAGE} \
             --property architecture=x86_64 --property os_distro=ubuntu --property os_version=22.04 \
             --property product_name=com.ubuntu.cloud:server:22.04:amd64 --property version_name=20260115 \
             ubuntu-22.04-server-amd64-20260115"
        ),
    )?;
    ask(state, "juju run octavia-diskimage-retrofit/0 retrofit-image -m openstack --format json")
}

/// Where the base image was downloaded to.
const BASE_IMAGE: &str = "/home/operator/omega/ubuntu-22.04-server-cloudimg-amd64.img";
