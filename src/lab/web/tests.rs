//! Tests of the lab's web.
