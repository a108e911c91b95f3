//! `tokens list`, `rotate` and `retire`.

use super::{arguments::TokensCommand, context::Context, ending::Ending};
use crate::{actions::tokens, store::KeptKey};

pub(super) async fn run(context: &Context, command: &TokensCommand) -> anyhow::Result<Ending> {
    let (installation, output) = (context.installation()?, context.output);
    match command {
        TokensCommand::List => {
            let keys = tokens::list(&installation).await?;
            output.table(&["KEY", "STATE", "MADE (UTC)", "BY"], &keys, row)?;
            if keys.is_empty() {
                output.say("There is no key yet: the first mail with a token makes one.")?;
            }
        }
        TokensCommand::Rotate => {
            let done = tokens::rotate(&installation, &context.actor()).await?;
            output.result(&done, || {
                let id = done.id;
                format!("the key {id} signs tokens from now on; those of earlier keys are accepted as before")
            })?;
        }
        TokensCommand::Retire { id } => {
            let done = tokens::retire(&installation, &context.actor(), *id).await?;
            output.result(&done, || format!("tokens of the key {} are not accepted any more", done.id))?;
        }
    }
    Ok(Ending::Done)
}

fn row(key: &KeptKey) -> Vec<String> {
    let state = match (&key.retired, &key.retired_by) {
        (Some(at), by) => {
            let by = by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
            format!("retired {}{by}", at.format("%F"))
        }
        (None, _) if key.signs => "signs".to_owned(),
        (None, _) => "accepted".to_owned(),
    };
    let by = if key.made_by.is_empty() { "its first use".to_owned() } else { key.made_by.clone() };
    vec![key.id.to_string(), state, key.made.format("%F %T").to_string(), by]
}
