//! The lab's maas.
