//! The lab's openstack.
