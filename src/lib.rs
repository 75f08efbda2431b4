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
    let words = match apart(status) {
        Ok(Some(status)) => return status.into(),
        Ok(None) => {
            "DEFECT: omega broke; what it did is in the journal. Look at the cloud before anything else.".to_string()
        }
        Err(error) => format!("error: cannot start a thread: {error}"),
    };
    tell(&words);
    70.into()
}

/// Does it in a thread of its own: scripts nest deeply, and the main thread's stack is too small for the worst of them.
/// None where it broke.
fn apart(work: impl FnOnce() -> u8 + Send + 'static) -> std::io::Result<Option<u8>> {
    let (tells, told) = std::sync::mpsc::channel();
    let work = move || {
        let _ = tells.send(work());
        // A thread that ends gives its memory back piece by piece; the process, which ends now, does so at once.
        std::thread::park();
    };
    std::thread::Builder::new().stack_size(engine::STACK).spawn(work)?;
    Ok(told.recv().ok())
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

#[cfg(test)]
mod tests {
    #[test]
    fn what_breaks_has_no_status() {
        assert_eq!(super::apart(|| 3).expect("a thread"), Some(3));
        assert_eq!(super::apart(|| panic!("on purpose")).expect("a thread"), None);
    }
}
