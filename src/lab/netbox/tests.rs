//! Tests of the lab's netbox.
