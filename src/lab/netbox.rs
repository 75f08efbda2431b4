//! The lab's netbox.

use serde::{Deserialize, Serialize};

/// NetBox.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetboxState {}
