//! Runs the command line.

use std::process::ExitCode;

// A daemon that made an edition gives the memory back; the system's allocator keeps it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    greenbrief::cli::run()
}
