//! Parses what was typed, runs it, exits with its code.

use std::process::ExitCode;

/// A check asks for memory a hundred thousand times, on a thread that is not the first: the system's own takes an eighth of
/// its time, and a third of that in the kernel.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    omega::main()
}
