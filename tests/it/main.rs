//! What omega promises, asked of the real binary: every test writes a repository of its own, runs omega in it with a
//! cleared environment, and looks at the exit status, both outputs, the journal and the lab.

#![expect(clippy::disallowed_methods, reason = "these tests start omega and wait for it as an operator would")]

mod check;
mod deployment;
mod desk;
mod doc;
mod engine;
mod gates;
mod journal;
mod lessons;
mod lsp;
mod pins;
mod readme;
mod secrets;
mod semantics;
mod shims;
mod site;
mod sitting;
mod terminal;
mod trials;
mod watch;
