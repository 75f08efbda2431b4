//! Parses what was typed, runs it, exits with its code.

use std::process::ExitCode;

/// A check asks for memory a hundred thousand times: the system's own takes an eighth of its time, and gets the memory from
/// the kernel a small page at a time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    omega::main()
}
