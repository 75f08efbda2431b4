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
    let (tells, told) = std::sync::mpsc::channel();
    let work = move || {
        let _ = tells.send(status());
        // A thread that ends gives its memory back piece by piece; the process, which ends now, does so at once.
        std::thread::park();
    };
    // Scripts nest deeply; the main thread's stack is too small for the worst of them.
    if let Err(error) = std::thread::Builder::new().stack_size(engine::STACK).spawn(work) {
        tell(&format!("error: cannot start a thread: {error}"));
        return 70.into();
    }
    let status = told.recv().unwrap_or_else(|_| {
        tell("DEFECT: omega broke; what it did is in the journal. Look at the cloud before anything else.");
        70
    });
    status.into()
}

/// Does what was typed, and says why where it could not.
fn status() -> u8 {
    run().unwrap_or_else(|error| {
        tell(&format!("error: {error:#}"));
        commands::status_of(&error)
    })
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
