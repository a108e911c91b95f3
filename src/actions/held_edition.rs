//! What a person decides about an edition that its gate held: it is released as it is, or discarded. Who, when and why are kept.

use std::collections::BTreeSet;

use serde::Serialize;
use tracing::info;

use super::{Actor, Error, Installation, Result, send::Sender};
use crate::{
    base::{
        ids::EditionName,
        problem::{Problem, Problems},
    },
    edition::{self, EditionSpec},
    store::{Approval, Edition, EditionState, Store},
};

/// What came of a person's word for a held edition.
#[derive(Debug)]
pub enum HeldOutcome {
    /// It goes out.
    Released {
        /// The edition
        edition: Box<Edition>,
        /// Number of its mails
        deliveries: u64,
        /// Sends them
        sender: Sender,
    },
    /// Others must release it, too.
    Approved(ApprovedEdition),
}

/// A held edition that waits for more people.
#[derive(Debug, Serialize)]
pub struct ApprovedEdition {
    /// `BRIEF/N`
    pub edition: EditionName,
    /// Who has approved it as it is
    pub approvals: Vec<Approval>,
    /// How many must
    pub needed: u32,
}

/// A held edition that was discarded.
#[derive(Debug, Serialize)]
pub struct DiscardedEdition {
    /// `BRIEF/N`
    pub edition: EditionName,
    /// What is kept: who, and why
    pub why: String,
}

/// Releases a held edition with the figures and PDFs that it was held with, to those who are subscribed now; where its brief asks
/// for several people, once all of them have said so.
///
/// # Errors
/// It is not held, was never made, a later one went out, the reason is empty, or sending waits for a person.
pub async fn release(
    installation: &Installation,
    actor: &Actor,
    edition: &EditionName,
    reason: &str,
) -> Result<HeldOutcome> {
    let edition = held(installation, edition, "released").await?;
    let name = edition.name();
    let why = why(actor, "released", reason)?;
    let store = installation.existing_store().await?;
    if !store.editions().is_made(edition.id).await? {
        let problem = Problem::error(format!("{name} cannot be released: it could not be made"));
        return Err(problem
            .hint(format!(
                "`greenbrief editions show {name}` names what to mend; `greenbrief send {}` makes another one",
                name.brief
            ))
            .into());
    }
    refuse_if_later(store, &name).await?;
    let brief = installation.brief(&name.brief)?;
    if let Some(waits) = approve(installation, actor, &edition, reason, brief.approvals).await? {
        return Ok(HeldOutcome::Approved(waits));
    }
    let spec = installation.edition_spec(brief, &[])?;
    let schedule = store.editions().schedule(edition.id).await?;
    let schedule = schedule.and_then(|id| brief.schedules.iter().find(|schedule| schedule.id.as_str() == id));
    let spec = EditionSpec { quiet_hours: schedule.and_then(|schedule| schedule.quiet_hours), ..spec };
    let sender = Sender::prepare(installation).await?;
    let released = edition::release_held(store, &spec, &edition, &why, installation.now()).await?;
    let Some(deliveries) = released else {
        // Somebody else decided meanwhile, about this one or about a later one.
        refuse_if_later(store, &name).await?;
        if let Some(by) = store.editions().superseded_before(edition.id).await? {
            let problem = Problem::error(format!("{by} came first, and supersedes the same edition as {name} would"));
            return Err(problem
                .hint(format!("`greenbrief editions discard {name} --reason TEXT` drops {name}"))
                .into());
        }
        return Err(Error::refused(format!("{name} is not held any more")));
    };
    info!(by = %actor, edition = %name, deliveries, reason, "a held edition is released");
    Ok(HeldOutcome::Released { edition: Box::new(installation.edition(&name).await?), deliveries, sender })
}

/// Refuses an edition if a later one went out.
async fn refuse_if_later(store: &Store, name: &EditionName) -> Result<()> {
    let Some(later) = store.editions().last_released(&name.brief).await?.filter(|it| it.number > name.number) else {
        return Ok(());
    };
    let problem =
        Problem::error(format!("{} went out since: readers would get older figures after newer ones", later.name()));
    Err(problem.hint(format!("`greenbrief editions discard {name} --reason TEXT` drops {name}")).into())
}

/// A name as it is compared with others: signs, blanks and case make nobody another person.
fn person(name: &str) -> String {
    name.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Notes an approval where several people are needed. Returns what is still waited for.
async fn approve(
    installation: &Installation,
    actor: &Actor,
    edition: &Edition,
    reason: &str,
    needed: u32,
) -> Result<Option<ApprovedEdition>> {
    if needed < 2 {
        return Ok(None);
    }
    let (name, editions) = (edition.name(), installation.existing_store().await?.editions());
    let pdfs = editions.pdfs(edition.id).await?;
    let given = Approval { by: actor.name().to_owned(), at: installation.now(), reason: reason.trim().to_owned() };
    let before = editions.approvals(edition.id, &pdfs).await?;
    let has_approved = before.iter().any(|approval| person(&approval.by) == person(&given.by));
    if !has_approved {
        editions.approve(edition.id, &pdfs, &given).await?;
    }
    let approvals = editions.approvals(edition.id, &pdfs).await?;
    // Two may have come at the same time.
    let people: BTreeSet<String> = approvals.iter().map(|approval| person(&approval.by)).collect();
    if people.len() >= usize::try_from(needed).unwrap_or(usize::MAX) {
        return Ok(None);
    }
    if has_approved {
        let problem = Problem::error(format!("{actor} has approved {name} already: {} of {needed}", approvals.len()));
        return Err(problem.hint("`[release]` of its brief asks for different people").into());
    }
    info!(by = %actor, edition = %name, approvals = approvals.len(), needed, "an edition is approved");
    Ok(Some(ApprovedEdition { edition: name, approvals, needed }))
}

/// Discards a held edition: nothing of it is ever sent, and its number stays.
///
/// # Errors
/// It is not held, or the reason is empty.
pub async fn discard(
    installation: &Installation,
    actor: &Actor,
    edition: &EditionName,
    reason: &str,
) -> Result<DiscardedEdition> {
    let edition = held(installation, edition, "discarded").await?;
    let (name, why) = (edition.name(), why(actor, "discarded", reason)?);
    let store = installation.existing_store().await?;
    if !store.editions().discard(&edition, &why, installation.now()).await? {
        return Err(Error::refused(format!("{name} is not held any more")));
    }
    info!(by = %actor, edition = %name, reason, "a held edition is discarded");
    Ok(DiscardedEdition { edition: name, why })
}

async fn held(installation: &Installation, edition: &EditionName, wish: &str) -> Result<Edition> {
    let edition = installation.edition(edition).await?;
    if edition.state == EditionState::Held {
        return Ok(edition);
    }
    let decided = edition.decided.as_ref().map_or_else(String::new, |decision| format!(": it was {}", decision.why));
    let (name, state) = (edition.name(), edition.state);
    Err(Problem::error(format!("{name} is {state}{decided}"))
        .hint(format!("only an edition that its gate holds can be {wish}"))
        .into())
}

fn why(actor: &Actor, what: &str, reason: &str) -> Result<String> {
    match reason.trim() {
        "" => {
            Err(Error::Refused(Problems::from(Problem::error("a decision has a reason, which is kept: --reason TEXT"))))
        }
        reason => Ok(format!("{what} by {actor}: {reason}")),
    }
}
