//! One verb a file. A verb answers with its exit status; words for people go to standard error.

mod answers;
mod check;
mod doc;
mod doctor;
mod eval;
mod explain;
mod lab;
mod list;
mod log;
mod lsp;
mod man;
mod mutate;
mod pin;
mod place;
mod run;
mod status;
mod target;
mod test;
mod trials;
mod watch;

use crate::cli::{Cli, Verb};

/// The exit status of a usage error.
pub const USAGE: u8 = 64;

/// The exit status of a verb that could not do its work: a reason to stop says its own, all else is usage.
pub fn status_of(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<crate::host::Stop>() {
        Some(stop) => eval::status(stop),
        None => USAGE,
    }
}

/// Runs what was typed.
pub fn run(cli: &Cli) -> anyhow::Result<u8> {
    match &cli.command {
        Verb::Run(args) => run::run(cli, args),
        Verb::Check(args) => check::run(cli, args),
        Verb::Pin => pin::run(cli),
        Verb::Test(args) if args.mutate => mutate::run(cli, args),
        Verb::Test(args) => test::run(cli, args),
        Verb::List => list::run(cli),
        Verb::Status => status::run(cli),
        Verb::Log { run } => log::run(cli, run.as_deref()),
        Verb::Watch(args) => watch::run(cli, args),
        Verb::Eval(args) => eval::run(cli, args),
        Verb::Doc(args) => doc::run(cli, args),
        Verb::Explain { id } => explain::run(cli, id),
        Verb::Doctor(place) => doctor::run(cli, place),
        Verb::Lab(verb) => lab::run(verb),
        Verb::Lsp { site } => lsp::run(site.as_deref()),
        Verb::Completions { shell } => man::completions(*shell),
        Verb::Man { directory } => man::run(directory.as_deref()),
    }
}

/// Prints one line on standard output; a reader that has gone away is no error.
fn say(text: impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints one line for a person on standard error.
fn tell(text: impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
