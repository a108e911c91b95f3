//! The mails of the outbox: they are listed, one is shown in full, and unknown ones are settled by a person.

use serde::Serialize;
use tracing::info;

use super::{Actor, Installation, Result};
use crate::{
    base::{
        ids::{EditionName, MailId},
        problem::{Problem, Problems},
    },
    delivery::rules::State,
    store::Mail,
};

/// Number of mails read at a time.
const PAGE: i64 = 1000;

/// Hands mails to `on_page`, a part at a time: all, or only those of an edition or in a state.
///
/// # Errors
/// There is no such edition, or `on_page` failed.
pub async fn list(
    installation: &Installation,
    edition: Option<&EditionName>,
    state: Option<State>,
    mut on_page: impl FnMut(&[Mail]) -> anyhow::Result<()>,
) -> Result<()> {
    let edition = match edition {
        Some(name) => Some(installation.edition(name).await?.id),
        None => None,
    };
    let Some(store) = installation.found_store().await? else { return Ok(()) };
    let mut after = None;
    loop {
        let mails = store.outbox().mails(edition, state, after, PAGE).await?;
        let Some(last) = mails.last() else { return Ok(()) };
        after = Some(last.id);
        on_page(&mails)?;
    }
}

/// Everything that is known of one mail.
///
/// # Errors
/// There is no such mail, or no store.
pub async fn show(installation: &Installation, id: MailId) -> Result<Mail> {
    let unknown =
        || Problem::error(format!("there is no mail {id}")).hint("`greenbrief deliveries list` shows their numbers");
    Ok(installation.existing_store().await?.outbox().mail(id).await?.ok_or_else(unknown)?)
}

/// A mail whose fate a person has settled.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Settled {
    /// The mail
    pub id: MailId,
    /// It arrived; otherwise it waits to be sent again
    pub sent: bool,
}

/// The outcome of [`settle`].
#[derive(Debug)]
pub struct Settlement {
    /// Mails that are settled
    pub settled: Vec<Settled>,
    /// One problem for each mail that was not unknown
    pub refused: Problems,
}

/// Records that unknown mails arrived or, if not `sent`, has them sent again with the same Message-ID. Each mail is settled
/// on its own.
///
/// # Errors
/// There is no store.
pub async fn settle(installation: &Installation, actor: &Actor, ids: &[MailId], sent: bool) -> Result<Settlement> {
    let store = installation.existing_store().await?;
    let mut settlement = Settlement { settled: Vec::new(), refused: Problems::new() };
    for id in ids {
        if store.outbox().settle_unknown(*id, sent, actor.name(), installation.now()).await? {
            info!(by = %actor, mail = %id, sent, "an unknown mail is settled");
            settlement.settled.push(Settled { id: *id, sent });
        } else {
            settlement.refused.push(
                Problem::error(format!("mail {id} is not unknown"))
                    .hint("`greenbrief deliveries list --state unknown` names those that are"),
            );
        }
    }
    Ok(settlement)
}
