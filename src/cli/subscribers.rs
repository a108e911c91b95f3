//! `subscribers add`, `import`, `list` and `remove`.

use std::{path::Path, process::ExitCode};

use indicatif::ProgressBar;

use super::{arguments::Subscribers, context::Context};
use crate::{
    actions::subscribers::{self, ImportProgress},
    base::{language::Language, plural::counted},
    store::Added,
};

pub(super) async fn run(context: &Context, command: &Subscribers) -> anyhow::Result<ExitCode> {
    match command {
        Subscribers::Add { address, language, brief } => add(context, address, *language, brief.as_deref()).await?,
        Subscribers::Import { file } => import(context, file).await?,
        Subscribers::List => list(context).await?,
        Subscribers::Remove { address } => remove(context, address).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(context: &Context, address: &str, language: Language, brief: Option<&str>) -> anyhow::Result<()> {
    let done = subscribers::add(&context.installation()?, &context.actor(), address, language, brief).await?;
    let (address, brief) = (&done.address, &done.brief);
    context.output.result(&done, || match done.result {
        Added::New => format!("{address} gets {brief} in {language}"),
        Added::Changed => format!("{address} gets {brief} in {language} from now on"),
        Added::Unchanged => format!("{address} already gets {brief} in {language}"),
    })
}

async fn import(context: &Context, file: &Path) -> anyhow::Result<()> {
    // indicatif draws nothing where standard error is no terminal.
    let bar = ProgressBar::new(0);
    let on_progress = |ImportProgress { done, all }| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let done = subscribers::import(&context.installation()?, &context.actor(), file, on_progress).await?;
    bar.finish_and_clear();
    context.output.result(&done, || format!("{} new, {} changed, {} unchanged", done.new, done.changed, done.unchanged))
}

async fn list(context: &Context) -> anyhow::Result<()> {
    let mut is_first = true;
    let print = |page: &[_]| {
        let heads: &[&str] = if is_first { &["ADDRESS", "BRIEF", "LANGUAGE", "STATE", "SINCE (UTC)"] } else { &[] };
        is_first = false;
        context.output.table(heads, page, |row: &crate::store::Subscriber| {
            vec![
                row.address.clone(),
                row.brief.clone(),
                row.language.to_string(),
                row.state.to_string(),
                row.since.format("%F %T").to_string(),
            ]
        })
    };
    subscribers::list(&context.installation()?, print).await?;
    if is_first {
        context.output.say("There are no subscribers yet: `greenbrief subscribers add ADDRESS --language L`.")?;
    }
    Ok(())
}

async fn remove(context: &Context, address: &str) -> anyhow::Result<()> {
    let removed = subscribers::remove(&context.installation()?, &context.actor(), address).await?;
    context.output.result(&removed, || {
        format!("{} gets no further mail: {} ended", removed.address, counted(removed.ended, "subscription"))
    })
}
