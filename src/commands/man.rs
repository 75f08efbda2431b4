//! Completion scripts and manual pages, from the one declaration of the command line.

use std::path::Path;

use clap::CommandFactory;

use crate::cli::Cli;

/// Prints a completion script.
pub(super) fn completions(shell: clap_complete::Shell) -> anyhow::Result<u8> {
    clap_complete::generate(shell, &mut Cli::command(), "omega", &mut std::io::stdout());
    Ok(0)
}

/// Prints the main page, or writes all pages into a folder.
pub(super) fn run(directory: Option<&Path>) -> anyhow::Result<u8> {
    match directory {
        Some(directory) => {
            std::fs::create_dir_all(directory)?;
            clap_mangen::generate_to(Cli::command(), directory)?;
        }
        None => clap_mangen::Man::new(Cli::command()).render(&mut std::io::stdout())?,
    }
    Ok(0)
}
