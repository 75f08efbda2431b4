//! The lab's openstack.

use serde::{Deserialize, Serialize};

/// The service's state.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpenstackState {}

/// Answers one command.
pub(super) fn command(_state: &mut super::State, command: &crate::transport::Command) -> super::Answer {
    super::Answer::unknown(crate::transport::Request::from(command.clone()))
}
