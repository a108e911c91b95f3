//! `store backup`, `restore` and `migrate`.

use std::process::ExitCode;

use anyhow::bail;

use super::{arguments::StoreCommand, context::Context};
use crate::store::Store;

pub(super) async fn run(context: &Context, command: &StoreCommand) -> anyhow::Result<ExitCode> {
    let config = context.config()?;
    let (output, url) = (context.output, &config.store.url);
    match command {
        StoreCommand::Backup { file } => {
            let store = context.needed_store(&config).await?;
            store.backup(file).await?;
            let told = serde_json::json!({ "backup": file });
            output.result(&told, || format!("{} holds the store as of now", file.display()))?;
        }
        StoreCommand::Restore { file } => {
            if let Some(store) = context.found_store(&config).await?
                && store.file().is_some()
            {
                let lock = store.lock_courier()?;
                store.close().await;
                if lock.is_none() {
                    bail!("`greenbrief serve` is at work on this store: end it first");
                }
                // Let go of again: the restore replaces the file, and nobody but a person starts the daemon meanwhile.
            }
            match file {
                Some(file) => {
                    let kept = Store::restore(url, file, context.now()).await?;
                    let told = serde_json::json!({ "restored": file, "kept": kept });
                    output.result(&told, || format!("restored from {}", file.display()))?;
                    if let Some(kept) = kept {
                        output.say(format!("what was there is kept in {}", kept.display()))?;
                    }
                }
                None => {
                    let store = context.store(&config).await?;
                    if store.file().is_some() {
                        bail!("name the backup: `greenbrief store restore FILE`");
                    }
                    store.after_restore(context.now()).await?;
                }
            }
            output.say(
                "Unfinished mails are unknown, no slot is made up, and nothing is sent until `greenbrief resume`.",
            )?;
        }
        StoreCommand::Migrate => {
            let (before, after) = Store::migrate(url, context.now()).await?;
            output.result(&serde_json::json!({ "before": before, "after": after }), || {
                if before == after {
                    format!("the store has schema {after} already")
                } else {
                    format!("the store's schema is now {after} (it was {before})")
                }
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
