//! The states that NetBox brings. A site may add its own (FIELD_CHOICES), so none of these sets is closed.

use crate::script::{Limits, Vocabulary};

/// The tags of 802.1Q.
pub static VID: Limits = Limits::between("VLAN tags", 1, 4094).naming();

/// The states of a prefix.
pub static PREFIX: Vocabulary =
    Vocabulary::open("status of a prefix in NetBox", &["container", "active", "reserved", "deprecated"]);

/// The states of a range.
pub static RANGE: Vocabulary = Vocabulary::open("status of a range in NetBox", &["active", "reserved", "deprecated"]);

/// The states of a VLAN.
pub static VLAN: Vocabulary = Vocabulary::open("status of a VLAN in NetBox", &["active", "reserved", "deprecated"]);
