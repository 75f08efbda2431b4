//! The lab's juju.

use serde::{Deserialize, Serialize};

/// The model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JujuState {}

/// Answers one command.
pub(super) fn command(_state: &mut super::State, command: &crate::transport::Command) -> super::Answer {
    super::Answer::unknown(crate::transport::Request::from(command.clone()))
}
