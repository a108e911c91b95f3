//! `completions` and `man`: what shells and `man` must know of the command line, made from its one definition.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use anyhow::Context as _;
use clap::CommandFactory;
use clap_complete::Shell;

use super::arguments::Arguments;

pub(super) fn completions(shell: Shell) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "greenbrief", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// The page of the program itself, or a page for each command in a folder.
pub(super) fn man(out: Option<&Path>) -> anyhow::Result<ExitCode> {
    match out {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            io::stdout().lock().write_all(&page)?;
        }
        Some(out) => {
            let written = || format!("the pages cannot be written to {}", out.display());
            std::fs::create_dir_all(out).with_context(written)?;
            clap_mangen::generate_to(Arguments::command(), out).with_context(written)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
