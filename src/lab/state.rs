//! The lab's state as typed documents.
