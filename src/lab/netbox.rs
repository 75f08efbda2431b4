//! The lab's netbox.
