//! Runs the command line, in a process of which no memory is left behind.

use std::process::ExitCode;

/// A brief is laid out and written in many small pieces. A debug build keeps the system's allocator, which other tools know.
#[cfg(not(debug_assertions))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    forbid_core_dumps();
    greenbrief::cli::run()
}

/// Passwords, keys and addresses are in memory: no crash writes them to a disk, and no other process of this user reads them.
#[cfg(target_os = "linux")]
fn forbid_core_dumps() {
    // On a kernel that refuses, there is nothing else to try.
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

#[cfg(not(target_os = "linux"))]
fn forbid_core_dumps() {}
