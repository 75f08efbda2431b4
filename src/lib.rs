//! omega runs versioned, sha256-pinned Rhai runbooks against MAAS, Juju, OpenStack and NetBox through typed primitives.
//!
//! The modules read in the order in which data flows; ARCHITECTURE.md is the map.

pub mod cases;

pub mod mutate;

pub mod cli;

pub mod commands;

pub mod conduct;

pub mod runbook;

pub mod check;

pub mod engine;

pub mod host;

pub mod script;

pub mod primitives;

pub mod transport;

pub mod lab;

pub mod journal;

pub mod verdict;

pub mod deployment;

pub mod reference;

pub mod doc;

pub mod lsp;

pub mod report;

use std::process::ExitCode;

use clap::Parser;

/// Runs the program and answers with its exit status.
pub fn main() -> ExitCode {
    // Scripts nest deeply; the main thread's stack is too small for the worst of them.
    let run = std::thread::Builder::new().stack_size(engine::STACK).spawn(run);
    match run.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(status))) => status.into(),
        Ok(Ok(Err(error))) => {
            tell(&format!("error: {error:#}"));
            commands::status_of(&error).into()
        }
        Ok(Err(_)) => {
            tell("DEFECT: omega broke; what it did is in the journal. Look at the cloud before anything else.");
            70.into()
        }
        Err(error) => {
            tell(&format!("error: cannot start a thread: {error}"));
            70.into()
        }
    }
}

/// Reads what was typed, and does it.
fn run() -> anyhow::Result<u8> {
    match cli::Cli::try_parse() {
        Ok(cli) => commands::run(&cli),
        Err(error) => {
            let _ = error.print();
            Ok(if error.use_stderr() { commands::USAGE } else { 0 })
        }
    }
}

/// Prints a last word on standard error; a reader that has gone away is no error.
fn tell(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
