//! The lab's hosts.

use serde::{Deserialize, Serialize};

/// Hosts over ssh and the hypervisor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostsState {}

/// Answers one command.
pub(super) fn command(_state: &mut super::State, command: &crate::transport::Command) -> super::Answer {
    super::Answer::unknown(crate::transport::Request::from(command.clone()))
}
