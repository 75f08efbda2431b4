//! The lab's web.
