//! `signing …` and `verify`: the key that PDFs are signed with, and PDFs that are verified.

use std::path::Path;

use super::{arguments::SigningCommand, context::Context, ending::Ending};
use crate::actions::signing::{VerifiedFile, new_key, public_key, verify, verify_against};

/// `signing …`.
pub(super) fn run(context: &Context, command: &SigningCommand) -> anyhow::Result<Ending> {
    match command {
        SigningCommand::New { file } => {
            let made = new_key(file)?;
            context.output.result(&made, || {
                let file = file.display();
                format!(
                    "{file} holds a new private key; its public half, which is to be published:\n{}",
                    made.pem.trim_end()
                )
            })?;
            context.output.say(format!("fingerprint  {}", made.fingerprint))?;
        }
        SigningCommand::Key => {
            let key = public_key(&context.installation()?)?;
            // As it stands it is a file for `verify --key`.
            context.output.result(&key, || key.pem.trim_end().to_owned())?;
        }
    }
    Ok(Ending::Done)
}

/// `verify`.
pub(super) fn verification(context: &Context, file: &Path, key: Option<&Path>) -> anyhow::Result<Ending> {
    let verified = match key {
        Some(key) => verify_against(file, key)?,
        None => verify(&context.installation()?, file)?,
    };
    context.output.result(&verified, || text(&verified))?;
    Ok(if verified.genuine { Ending::Done } else { Ending::Attention })
}

fn text(verified: &VerifiedFile) -> String {
    let file = verified.file.display();
    if let Some(why) = &verified.why {
        return format!("{file} is NOT verified: {why}");
    }
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    format!(
        "{file} is genuine: every byte is as it was signed\nedition    {}, {}\nsnapshot   {}\nkey        {}",
        said(&verified.edition),
        said(&verified.language),
        said(&verified.snapshot),
        verified.key
    )
}
