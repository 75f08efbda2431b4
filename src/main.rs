//! Parses what was typed, runs it, exits with its code.

use std::process::ExitCode;

fn main() -> ExitCode {
    omega::main()
}
