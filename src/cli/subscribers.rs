//! `subscribers add`, `import`, `list` and `remove`.

use std::{path::Path, process::ExitCode};

use anyhow::{Context as _, bail};
use indicatif::ProgressBar;

use super::{arguments::Subscribers, context::Context, mail};
use crate::{
    base::{
        plural::counted,
        problem::{Problem, Problems},
    },
    config::Config,
    people::subscribers,
    store::Added,
};

/// How many subscriptions are read at a time.
const PAGE: i64 = 1000;

pub(super) async fn run(context: &Context, command: &Subscribers) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let output = context.output;
    match command {
        Subscribers::Add { address, language, brief } => {
            let address = mail::address(address)?;
            let brief = match brief {
                Some(brief) => context.brief(&config, brief)?.id.clone(),
                None => only_brief(&config)?,
            };
            let store = context.store(&config).await?;
            let added = store.subscribe(&address, *language, &brief, context.now()).await?;
            let told = serde_json::json!({ "address": address.as_str(), "brief": brief, "language": language, "result": added });
            output.result(&told, || match added {
                Added::New => format!("{address} gets {brief} in {language}"),
                Added::Changed => format!("{address} gets {brief} in {language} from now on"),
                Added::Unchanged => format!("{address} already gets {brief} in {language}"),
            })?;
        }
        Subscribers::Import { file } => import(context, &config, file).await?,
        Subscribers::List => {
            let store = context.found_store(&config).await?;
            let mut after = 0;
            while let Some(store) = &store {
                let page = store.subscribers(after, PAGE).await?;
                let Some((last, _)) = page.last() else { break };
                let heads: &[&str] =
                    if after == 0 { &["ADDRESS", "BRIEF", "LANGUAGE", "STATE", "SINCE (UTC)"] } else { &[] };
                after = *last;
                let rows: Vec<_> = page.into_iter().map(|(_, subscriber)| subscriber).collect();
                output.table(heads, &rows, |row| {
                    vec![
                        row.address.clone(),
                        row.brief.clone(),
                        row.language.to_string(),
                        row.state.to_string(),
                        row.since.format("%F %T").to_string(),
                    ]
                })?;
            }
            if after == 0 {
                output.say("There are no subscribers yet: `greenbrief subscribers add ADDRESS --language L`.")?;
            }
        }
        Subscribers::Remove { address } => {
            let address = mail::address(address)?;
            let store = context.needed_store(&config).await?;
            let ended = store.unsubscribe(&address, context.now()).await?;
            if ended == 0 {
                bail!("{address} has no active subscription");
            }
            output.result(&serde_json::json!({ "address": address.as_str(), "ended": ended }), || {
                format!("{address} gets no further mail: {} ended", counted(ended, "subscription"))
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn only_brief(config: &Config) -> Result<String, Problems> {
    let mut ids = config.briefs.keys();
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id.clone()),
        _ => {
            let known: Vec<String> = config.briefs.keys().map(|id| format!("`{id}`")).collect();
            Err(Problem::error("to which brief?").hint(format!("--brief with one of {}", known.join(", "))).into())
        }
    }
}

async fn import(context: &Context, config: &Config, file: &Path) -> anyhow::Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let briefs: Vec<&str> = config.briefs.keys().map(String::as_str).collect();
    let rows = subscribers::read_csv(&file.display().to_string(), &bytes, &briefs)?;
    let default = if rows.iter().any(|row| row.brief.is_none()) { only_brief(config)? } else { String::new() };
    let store = context.store(config).await?;
    // indicatif draws nothing where standard error is no terminal.
    let bar = ProgressBar::new(rows.len() as u64);
    let told = rows.iter().map(|row| (&row.address, row.language, row.brief.as_deref().unwrap_or(&default)));
    let [new, changed, unchanged] = store.subscribe_all(told, context.now(), || bar.inc(1)).await?;
    bar.finish_and_clear();
    let object = serde_json::json!({ "new": new, "changed": changed, "unchanged": unchanged });
    context.output.result(&object, || format!("{new} new, {changed} changed, {unchanged} unchanged"))
}
