//! The language server: what `omega check` knows, while somebody types.
//!
//! It speaks the Language Server Protocol with one client over one connection. Findings come from the very check that
//! runs before a run; hover, completion and definition read the same declarations and the same types. It runs no
//! script, makes no call and writes no file.

mod completion;
mod definition;
mod describe;
mod documents;
mod findings;
mod hover;
mod names;
mod positions;
mod request;
mod server;
mod target;
mod workspace;

pub use server::{Options, serve};
