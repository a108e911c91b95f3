//! `store backup`, `restore`, `new` and `migrate`.

use super::{arguments::StoreCommand, context::Context, ending::Ending};
use crate::{
    actions::store,
    base::plural::counted,
    store::{CarriedOver, Missing},
};

pub(super) async fn run(context: &Context, command: &StoreCommand) -> anyhow::Result<Ending> {
    let (installation, actor, output) = (context.installation()?, context.actor(), context.output);
    match command {
        StoreCommand::Backup { file } => {
            let done = store::backup(&installation, &actor, file).await?;
            output.result(&done, || format!("{} holds the store as of now", file.display()))?;
        }
        StoreCommand::Restore { file } => {
            match file {
                Some(file) => {
                    let done = store::restore_file(&installation, &actor, file).await?;
                    output.result(&done, || format!("restored from {}", file.display()))?;
                    if let Some(kept) = done.kept {
                        output.say(format!("what was there is kept in {}", kept.display()))?;
                        output.say(carried_over(done.carried_over))?;
                    }
                    if let Some(missing) = done.missing {
                        output.say(came_since(&missing))?;
                    }
                }
                None => store::after_restore(&installation, &actor).await?,
            }
            output.say(
                "Unfinished mails are unknown, no slot is made up, and nothing is sent until `greenbrief resume`.",
            )?;
        }
        StoreCommand::New => {
            let done = store::begin_anew(&installation, &actor).await?;
            output.result(&done, || {
                let what = if done.before.is_some() { "a new store is begun" } else { "a store is made" };
                format!("{what}: it has no subscribers, editions or figures yet")
            })?;
            if let Some(kept) = done.kept {
                output.say(format!("what was there is kept in {}", kept.display()))?;
            }
        }
        StoreCommand::Migrate => {
            let schema = store::migrate(&installation, &actor).await?;
            output.result(&schema, || {
                if schema.before == schema.after {
                    format!("the store has schema {} already", schema.after)
                } else {
                    format!("the store's schema is now {} (it was {})", schema.after, schema.before)
                }
            })?;
        }
    }
    Ok(Ending::Done)
}

/// Who is not in the backup, and how they come back.
fn came_since(missing: &Missing) -> String {
    let Missing { subscriptions, first, list } = missing;
    let more = subscriptions.saturating_sub(u64::try_from(first.len()).unwrap_or(u64::MAX));
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let list = list.display();
    format!(
        "{} came since the backup and {} not in it: {}{more}. The list is {list}; `greenbrief subscribers import {list}` \
         brings them back.",
        counted(*subscriptions, "subscription"),
        if *subscriptions == 1 { "is" } else { "are" },
        first.join(", "),
    )
}

fn carried_over(carried: Option<CarriedOver>) -> String {
    let Some(CarriedOver { removals, suppressions, consents, erased }) = carried else {
        return "It cannot be read: who left since the backup is not known. `greenbrief subscribers remove --file LIST` \
                removes them again."
            .to_owned();
    };
    let addresses = if suppressions == 1 { "address" } else { "addresses" };
    let mut parts = vec![counted(removals, "removal"), format!("{suppressions} suppressed {addresses}")];
    if consents > 0 {
        parts.push(counted(consents, "confirmed subscription"));
    }
    if erased > 0 {
        parts.push(counted(erased, "erasure"));
    }
    let last = parts.pop().unwrap_or_default();
    format!("{} and {last} were carried over from it.", parts.join(", "))
}
