//! The keys that sign the tokens in links and addresses of mails: they are listed, made anew, and retired.

use ring::rand::SystemRandom;
use serde::Serialize;
use tracing::info;

use super::{Actor, Error, Installation, Result};
use crate::{
    base::problem::Problem,
    people::tokens::KeyId,
    store::{KeptKey, Retirement},
};

/// All keys, the newest first, without their secrets.
///
/// # Errors
/// The store cannot be read.
pub async fn list(installation: &Installation) -> Result<Vec<KeptKey>> {
    match installation.listed_store().await? {
        Some(store) => Ok(store.token_keys().list().await?),
        None => Ok(Vec::new()),
    }
}

/// The outcome of [`rotate`].
#[derive(Debug, Serialize)]
pub struct Rotated {
    /// The new key, which signs from now on
    pub id: KeyId,
}

/// Makes a new key, which signs all tokens from now on; the tokens of the others are accepted as before.
///
/// # Errors
/// There is no store, or the machine gives no random numbers.
pub async fn rotate(installation: &Installation, actor: &Actor) -> Result<Rotated> {
    let keyring = installation.existing_store().await?.token_keys();
    let id = keyring.rotate(&SystemRandom::new(), actor.name(), installation.now()).await?;
    info!(by = %actor, key = %id, "a new key signs tokens");
    Ok(Rotated { id })
}

/// The outcome of [`retire`].
#[derive(Debug, Serialize)]
pub struct Retired {
    /// The key whose tokens are not accepted any more
    pub id: KeyId,
}

/// Retires a key: its tokens are not accepted any more, and its secret is erased.
///
/// # Errors
/// There is no such key, it was retired before, or it is the one that signs.
pub async fn retire(installation: &Installation, actor: &Actor, id: KeyId) -> Result<Retired> {
    let keyring = installation.existing_store().await?.token_keys();
    match keyring.retire(id, actor.name(), installation.now()).await? {
        Retirement::Done => {}
        Retirement::Before => return Err(Error::refused(format!("the key {id} was retired before"))),
        Retirement::Unknown => {
            let problem = Problem::error(format!("there is no key {id}"));
            return Err(problem.hint("`greenbrief tokens list` shows all keys").into());
        }
        Retirement::Signs => {
            let problem = Problem::error(format!("the key {id} signs the tokens of new mails"));
            return Err(problem.hint("`greenbrief tokens rotate` makes another one first").into());
        }
    }
    info!(by = %actor, key = %id, "a key for tokens is retired");
    Ok(Retired { id })
}
