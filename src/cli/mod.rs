//! One command = one call below: the command line, what each command does, and how it speaks. The rules themselves
//! are in the rooms below.

pub mod arguments;
mod build;
mod check;
mod demo;
mod figures;
mod output;
mod shipped;

use std::{process::ExitCode, time::SystemTime};

use chrono::{DateTime, Utc};
use clap::Parser;

use self::{
    arguments::{Arguments, Command},
    output::Output,
};
use crate::problem::{Problem, Problems};

/// Parses the command line, runs the command, prints what went wrong. Exit codes: 0 done, 1 a problem, 2 wrong usage
/// (clap's).
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let output = Output::new(arguments.global.format);
    let now: DateTime<Utc> = SystemTime::now().into();
    let done = match arguments.command {
        Command::Demo { out } => demo::run(output, &out, now),
        Command::Check { templates, figures } => check::run(output, &templates, &figures, now),
        Command::Build { brief, languages, at, out, templates } => {
            build::run(output, &brief, &languages, at.unwrap_or(now), &out, &templates)
        }
        Command::Figures(command) => figures::run(output, &command, now),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            if error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe) {
                return ExitCode::SUCCESS;
            }
            match error.downcast::<Problems>() {
                Ok(problems) => output.problems(&problems),
                Err(error) => output.problems(&Problem::error(format!("{error:#}")).into()),
            }
            ExitCode::FAILURE
        }
    }
}
