//! The mails of the outbox: they are listed, one is shown in full, and unknown ones are settled by a person.

use chrono::{DateTime, Utc};
use serde::Serialize;
use tracing::info;

use super::{
    Actor, Installation, Result,
    editions::{known_brief, refuse_superseded},
    subscribers::parse_address,
};
use crate::{
    base::{
        ids::{EditionName, MailId},
        problem::{Problem, Problems},
    },
    delivery::rules::State,
    store::{KeptBounce, KeptReply, Mail, MailQuery, ReplyQuery, Unknown},
};

/// Number of mails read at a time.
const PAGE: i64 = 1000;

/// Which mails are listed; all that are not named are.
#[derive(Debug, Default)]
pub struct ListRequest {
    /// Those of this edition
    pub edition: Option<EditionName>,
    /// Those in this state
    pub state: Option<State>,
    /// Those of this brief's editions
    pub brief: Option<String>,
    /// Those to this address
    pub address: Option<String>,
    /// The newest, at most so many
    pub last: Option<usize>,
}

/// Hands mails to `on_page`, a part at a time, the oldest first.
///
/// # Errors
/// There is no such edition or brief, the address is none, or `on_page` failed.
pub async fn list(
    installation: &Installation,
    request: &ListRequest,
    mut on_page: impl FnMut(&[Mail]) -> anyhow::Result<()>,
) -> Result<()> {
    let address = request.address.as_deref().map(parse_address).transpose()?;
    let edition = match &request.edition {
        Some(name) => Some(installation.edition(name).await?.id),
        None => None,
    };
    known_brief(installation, request.brief.as_deref()).await?;
    let Some(store) = installation.listed_store().await? else { return Ok(()) };
    let query = MailQuery { edition, state: request.state, brief: request.brief.as_deref(), address: address.as_ref() };
    let mut after = match request.last {
        Some(last) => store.outbox().before_last(&query, i64::try_from(last).unwrap_or(i64::MAX)).await?,
        None => None,
    };
    loop {
        let mails = store.outbox().listed(&query, after, PAGE).await?;
        let Some(last) = mails.last() else { return Ok(()) };
        after = Some(last.id);
        on_page(&mails)?;
    }
}

/// Maximum number of mails about one that are shown.
const REPLIES: i64 = 100;

/// Everything that is known of one mail.
#[derive(Debug, Serialize)]
pub struct DeliveryDetails {
    /// The mail
    #[serde(flatten)]
    pub mail: Mail,
    /// How it failed, at once or later
    pub bounce: Option<KeptBounce>,
    /// What came back about it: bounces, complaints, answers; the newest first
    pub came_back: Vec<KeptReply>,
}

/// Everything that is known of one mail.
///
/// # Errors
/// There is no such mail, or no store.
pub async fn show(installation: &Installation, id: MailId) -> Result<DeliveryDetails> {
    let unknown =
        || Problem::error(format!("there is no mail {id}")).hint("`greenbrief deliveries list` shows their numbers");
    let store = installation.existing_store().await?;
    let mail = store.outbox().mail(id).await?.ok_or_else(unknown)?;
    let about = ReplyQuery { mail: Some(id), ..ReplyQuery::default() };
    let came_back = store.replies().list(about, REPLIES).await?;
    Ok(DeliveryDetails { mail, bounce: store.bounces().of_mail(id).await?, came_back })
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
        let edition = store.outbox().mail(*id).await?.and_then(|mail| mail.edition);
        if let Some(edition) = edition.as_ref().filter(|_| !sent)
            && let Err(refused) = refuse_superseded(installation, &installation.edition(edition).await?).await
        {
            settlement.refused.extend(refused.into_problems()?);
            continue;
        }
        let give_up_at = match edition {
            Some(edition) => give_up_at(installation, &edition.brief).await?,
            None => None,
        };
        let which = Unknown::Mail(*id);
        if store.outbox().settle_unknown(which, sent, actor.name(), installation.now(), give_up_at).await? > 0 {
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

/// Until when a mail that is sent again is tried; `None` if its brief is gone, and what was said before holds.
async fn give_up_at(installation: &Installation, brief: &str) -> Result<Option<DateTime<Utc>>> {
    let briefs = installation.known_briefs().await?;
    Ok(briefs.get(brief).map(|brief| installation.now() + brief.give_up_after))
}

/// The outcome of [`settle_edition`].
#[derive(Debug, Serialize)]
pub struct SettledEdition {
    /// `BRIEF/N`
    pub edition: EditionName,
    /// Its unknown mails
    pub mails: u64,
    /// They arrived; otherwise they wait to be sent again
    pub sent: bool,
    /// It was done; otherwise they were only counted
    pub done: bool,
}

/// Records that all unknown mails of an edition arrived or, if not `sent`, has them sent again with the same Message-ID. They
/// are only counted unless a person said `yes`.
///
/// # Errors
/// There is no such edition, or no store.
pub async fn settle_edition(
    installation: &Installation,
    actor: &Actor,
    edition: &EditionName,
    sent: bool,
    yes: bool,
) -> Result<SettledEdition> {
    let edition = installation.edition(edition).await?;
    let outbox = installation.existing_store().await?.outbox();
    let name = edition.name();
    if !sent {
        refuse_superseded(installation, &edition).await?;
    }
    let mails = if yes {
        let (which, give_up_at) = (Unknown::OfEdition(edition.id), give_up_at(installation, &edition.brief).await?);
        let mails = outbox.settle_unknown(which, sent, actor.name(), installation.now(), give_up_at).await?;
        info!(by = %actor, edition = %name, mails, sent, "the unknown mails of an edition are settled");
        mails
    } else {
        outbox.tally(Some(edition.id)).await?.of(State::Unknown).cast_unsigned()
    };
    Ok(SettledEdition { edition: name, mails, sent, done: yes })
}
