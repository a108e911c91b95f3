//! `completions` and `man`: what shells and `man` must know of the command line, made from its one definition. And the
//! answer to a shell that asks what may follow.

use std::{io, path::Path};

use anyhow::Context as _;
use clap::CommandFactory;
use clap_complete::{CompleteEnv, Shell, env::Shells};
use serde::Serialize;

use super::{arguments::Arguments, context::Context, ending::Ending};

/// The environment variable by which a shell asks; the script of `completions` sets it.
const ASKED_BY: &str = "GREENBRIEF_COMPLETE";

/// Answers a shell that asks what may follow a typed line; returns whether one did.
pub(super) fn answer_shell() -> bool {
    let folder = std::env::current_dir().ok();
    let completer = CompleteEnv::with_factory(Arguments::command).var(ASKED_BY);
    // A shell shows nothing of what goes wrong, and neither is it to.
    completer.try_complete(std::env::args_os(), folder.as_deref()).unwrap_or(true)
}

/// A text for another program, in a field of an object.
#[derive(Serialize)]
struct Text<'a> {
    text: &'a str,
}

/// A file that was written, for programs.
#[derive(Serialize)]
struct Written<'a> {
    folder: &'a Path,
}

/// The script that has a shell ask this program.
pub(super) fn completions(context: &Context, shell: Shell) -> anyhow::Result<Ending> {
    let shells = Shells::builtins();
    let name = shell.to_string();
    let asked = shells.completer(&name).with_context(|| format!("there are no completions for {name}"))?;
    let mut script = Vec::new();
    asked.write_registration(ASKED_BY, "greenbrief", "greenbrief", "greenbrief", &mut script)?;
    print(context, &script)?;
    Ok(Ending::Done)
}

/// The page of the program itself, or a page for each command in a folder.
pub(super) fn man(context: &Context, out: Option<&Path>) -> anyhow::Result<Ending> {
    match out {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            print(context, &page)?;
        }
        Some(out) => {
            let written = || format!("the pages cannot be written to {}", out.display());
            std::fs::create_dir_all(out).with_context(written)?;
            clap_mangen::generate_to(Arguments::command(), out).with_context(written)?;
            if context.output.is_json() {
                context.output.result(&Written { folder: out }, String::new)?;
            }
        }
    }
    Ok(Ending::Done)
}

fn print(context: &Context, text: &[u8]) -> anyhow::Result<()> {
    if context.output.is_json() {
        return context.output.result(&Text { text: &String::from_utf8_lossy(text) }, String::new);
    }
    io::Write::write_all(&mut io::stdout().lock(), text)?;
    Ok(())
}
