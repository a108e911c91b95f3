//! `new`: makes a brief like another one, and tells its files.

use super::{context::Context, ending::Ending};
use crate::actions::new_brief::{NewBriefRequest, new_brief};

pub(super) fn run(context: &Context, request: &NewBriefRequest) -> anyhow::Result<Ending> {
    let made = new_brief(&context.installation()?, request)?;
    context.output.result(&made, || {
        let files: Vec<String> = made.files.iter().map(|file| format!("  {}", file.display())).collect();
        let id = &made.brief;
        format!(
            "The brief {id}, made like {}; its schedules are paused until you have written it:\n{}\n\
             The config, each text and blocks.toml say WRITE HERE where to begin. Then:\n  greenbrief check\n  greenbrief preview {id}",
            request.like,
            files.join("\n")
        )
    })?;
    Ok(Ending::Done)
}
