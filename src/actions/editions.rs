//! The numbered editions: what became of their mails; one is stopped, goes on after a pause, or has mails sent again.

use std::collections::BTreeMap;

use serde::Serialize;
use tracing::info;

use super::{
    Actor, Error, Installation, Result,
    progress::{Progress, wait_for_answers},
};
use crate::{
    base::{
        ids::EditionName,
        problem::{Problem, Problems},
    },
    delivery::rules::State,
    monitoring::operator_mail::{ReasonGroup, group_by_reason},
    store::{
        Approval, CorrectionRecord, DomainPause, Edition, EditionQuery, EditionState, EditionWithdrawal, MadeOf, Mail,
        Resend, Share, Tally,
    },
};

/// Maximum number of unknown mails shown of an edition.
const UNKNOWN_SHOWN: i64 = 20;

/// An edition with the number of its mails in each state.
#[derive(Debug, Serialize)]
pub struct ListedEdition {
    /// The edition
    #[serde(flatten)]
    pub edition: Edition,
    /// Its mails
    pub mails: Tally,
    /// The edition that it corrects, if it is released
    pub corrects: Option<EditionName>,
    /// The correction by which it is superseded
    pub superseded_by: Option<EditionName>,
}

/// The newest editions of a query, newest first.
///
/// # Errors
/// The store cannot be read.
pub async fn list(installation: &Installation, query: EditionQuery<'_>, last: usize) -> Result<Vec<ListedEdition>> {
    let mut editions = Vec::new();
    if let Some(store) = installation.listed_store().await? {
        for edition in store.editions().listed(query, i64::try_from(last).unwrap_or(i64::MAX)).await? {
            let mails = store.outbox().tally(Some(edition.id)).await?;
            let corrects =
                store.editions().corrects(edition.id).await?.filter(|it| it.in_force).map(|it| it.supersedes);
            let superseded_by = store.editions().superseded_by(edition.id).await?.map(|it| it.edition);
            editions.push(ListedEdition { edition, mails, corrects, superseded_by });
        }
    }
    if editions.is_empty() {
        known_brief(installation, query.brief).await?;
    }
    Ok(editions)
}

/// Checks that a brief is one of the config or, since its editions outlive it, one that has some.
pub(super) async fn known_brief(installation: &Installation, brief: Option<&str>) -> Result<()> {
    let Some(id) = brief else { return Ok(()) };
    let query = EditionQuery { brief, state: None };
    if let Some(store) = installation.listed_store().await?
        && !store.editions().listed(query, 1).await?.is_empty()
    {
        return Ok(());
    }
    installation.brief(id).map(drop)
}

/// The state of an edition for people: a released edition whose mails wait for a person is `paused`, one that readers are not
/// shown any more is `withdrawn`.
pub fn shown_state(edition: &Edition) -> &'static str {
    match edition.state {
        _ if edition.pause().is_some() => "paused",
        EditionState::Released if edition.withdrawn.is_some() => "withdrawn",
        state => state.word(),
    }
}

/// One edition in full.
#[derive(Debug, Serialize)]
pub struct EditionDetails {
    /// The edition
    #[serde(flatten)]
    pub edition: Edition,
    /// Its mails
    pub mails: Tally,
    /// How far they have come
    pub progress: Progress,
    /// Why mails failed or were deferred, most frequent reason first
    pub reasons: Vec<Reason>,
    /// Domains that refuse us, for which its mails wait
    pub paused_domains: Vec<DomainPause>,
    /// Some of its mails with an unknown fate
    pub unknown: Vec<Mail>,
    /// Mails that failed, at once or later, by what that says of the address
    pub bounces: BTreeMap<String, i64>,
    /// Mails about it that came back, by their kind
    pub came_back: BTreeMap<String, i64>,
    /// What holds it, each with its place and hints, if it is held
    pub problems: Problems,
    /// What it was made of
    pub made_of: MadeOf,
    /// The edition that it corrects, and why
    pub corrects: Option<CorrectionRecord>,
    /// The correction by which it is superseded
    pub superseded_by: Option<CorrectionRecord>,
    /// It is held and can be released as it is
    pub is_made: bool,
    /// Who has approved it as it is held
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Links to its draft that are good
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Share>,
}

/// Mails that were not sent for the same reason.
#[derive(Debug, Serialize)]
pub struct Reason {
    /// Their state
    pub state: State,
    /// Their number
    pub count: u64,
    /// The SMTP reply code
    pub code: Option<u16>,
    /// The enhanced status code (RFC 3463), such as 5.1.1
    pub enhanced: Option<String>,
    /// What the code means
    pub word: String,
    /// One of the addresses
    pub address: String,
    /// The server's reply for that address
    pub reply: String,
    /// Number, state and reason in one line
    #[serde(skip)]
    pub summary: String,
}

impl From<ReasonGroup> for Reason {
    fn from(group: ReasonGroup) -> Reason {
        let address = group.addresses.into_iter().next().unwrap_or_default();
        let summary = format!("{} {}: {}", group.count, group.state, group.reason);
        let enhanced = group.reason.enhanced.map(|status| status.to_string());
        Reason {
            state: group.state,
            count: group.count,
            code: group.reason.code,
            enhanced,
            word: group.reason.word,
            address,
            reply: group.example,
            summary,
        }
    }
}

/// One edition: how far its mails have come, and why some were not sent.
///
/// # Errors
/// There is no such edition.
pub async fn show(installation: &Installation, edition: &EditionName) -> Result<EditionDetails> {
    let edition = installation.edition(edition).await?;
    let (store, id) = (installation.existing_store().await?, edition.id);
    let mails = store.outbox().tally(Some(id)).await?;
    let progress = Progress::new(&mails, store.outbox().rate(Some(id), installation.now()).await?);
    let groups = group_by_reason(store, id, &[State::Failed, State::Deferred], 1).await?;
    let reasons = groups.into_iter().map(Reason::from).collect();
    let unknown = store.outbox().mails(Some(id), Some(State::Unknown), None, UNKNOWN_SHOWN).await?;
    let paused_domains = store.editions().paused_domains(Some(id)).await?;
    let (bounces, came_back) = (store.bounces().of_edition(id).await?, store.replies().of_edition(id).await?);
    let (problems, is_made) = match edition.state {
        EditionState::Held => (store.editions().problems(id).await?, store.editions().is_made(id).await?),
        _ => (Problems::new(), false),
    };
    let mut shares = store.editions().shares(id).await?;
    shares.retain(|share| share.ends > installation.now());
    let approvals = store.editions().approvals(id, &store.editions().pdfs(id).await?).await?;
    Ok(EditionDetails {
        mails,
        progress,
        reasons,
        paused_domains,
        unknown,
        bounces,
        came_back,
        problems,
        made_of: store.editions().made_of(id).await?,
        corrects: store.editions().corrects(id).await?,
        superseded_by: store.editions().superseded_by(id).await?,
        is_made,
        approvals,
        shares,
        edition,
    })
}

/// The outcome of [`stop`].
#[derive(Debug, Serialize)]
pub struct Stopped {
    /// `BRIEF/N`
    pub edition: EditionName,
    /// Mails that are not sent any more
    pub cancelled: u64,
    /// Mails of which a server has the envelope and maybe more, and has not answered yet
    pub at_the_dot: i64,
    /// All mails of the edition
    pub mails: Tally,
}

/// Cancels every mail of an edition that no server has yet. Waits a moment for the answers to the others.
///
/// # Errors
/// There is no such edition, or it has no mails to stop: those of a finished one have gone out.
pub async fn stop(installation: &Installation, actor: &Actor, edition: &EditionName, reason: &str) -> Result<Stopped> {
    let edition = installation.edition(edition).await?;
    let store = installation.existing_store().await?;
    let name = edition.name();
    if !matches!(edition.state, EditionState::Released | EditionState::Stopped) {
        return Err(Error::refused(format!("{name} is {}: there is nothing to stop", edition.state)));
    }
    if edition.state == EditionState::Released
        && let Some(end) = finished(&store.outbox().tally(Some(edition.id)).await?)
    {
        return Err(Error::refused(format!("{name} is finished: {end}; there is nothing to stop")));
    }
    let why = match reason.trim() {
        "" => format!("stopped by {actor}"),
        reason => format!("stopped by {actor}: {reason}"),
    };
    let cancelled = store.editions().stop(&edition, &why, installation.now()).await?;
    info!(by = %actor, edition = %name, cancelled, reason, "an edition is stopped");
    let mails = wait_for_answers(store, Some(edition.id)).await?;
    Ok(Stopped { edition: name, cancelled, at_the_dot: mails.of(State::DotWritten), mails })
}

/// The outcome of [`withdraw`].
#[derive(Debug, Serialize)]
pub struct WithdrawnEdition {
    /// `BRIEF/N`
    pub edition: EditionName,
    /// Whether readers are shown it
    pub shown: bool,
    /// It was so before: nothing has changed
    pub unchanged: bool,
    /// Mails of it that still go out
    pub waiting: i64,
}

/// Takes an edition that went out from the public archive: its pages say that it was withdrawn, feeds leave it out, and nobody
/// who joins gets it. Without a reason it is shown again; that it was withdrawn, and why, stays known.
///
/// # Errors
/// There is no such edition, readers are not shown it, or the reason is empty.
pub async fn withdraw(
    installation: &Installation,
    actor: &Actor,
    edition: &EditionName,
    reason: Option<&str>,
) -> Result<WithdrawnEdition> {
    let edition = installation.edition(edition).await?;
    let (store, name) = (installation.existing_store().await?, edition.name());
    if edition.state != EditionState::Released {
        return Err(Error::refused(format!("{name} is {}: readers are not shown it", edition.state)));
    }
    let withdrawal = match reason.map(str::trim) {
        Some("") => return Err(Error::refused("a withdrawal has a reason, which is kept: --reason TEXT".to_owned())),
        Some(reason) => {
            Some(EditionWithdrawal { at: installation.now(), why: format!("withdrawn by {actor}: {reason}") })
        }
        None => None,
    };
    let ended = edition.withdrawn.as_ref().filter(|_| withdrawal.is_none()).map(|withdrawn| {
        let (from, until) = (withdrawn.at.format("%F %T UTC"), installation.now().format("%F %T UTC"));
        format!("{from}: {}; shown again {until} by {actor}", withdrawn.why)
    });
    let changed = store.editions().withdraw(edition.id, withdrawal.as_ref(), ended.as_deref()).await?;
    let (by, shown) = (actor.name(), withdrawal.is_none());
    info!(by, edition = %name, shown, changed, reason = reason.unwrap_or_default(), "an edition is withdrawn, or shown again");
    let waiting = store.outbox().tally(Some(edition.id)).await?.open();
    Ok(WithdrawnEdition { edition: name, shown, unchanged: !changed, waiting })
}

/// How an edition ended none of whose mails is on its way: `all its 291 mails went out`. `None` while some are.
fn finished(mails: &Tally) -> Option<String> {
    let (all, sent) = (mails.all(), mails.of(State::Sent));
    match (mails.open(), all - sent) {
        (1.., _) => None,
        (_, 0) if all == 0 => Some("it has no mails".to_owned()),
        (_, 0) if all == 1 => Some("its only mail went out".to_owned()),
        (_, 0) => Some(format!("all its {all} mails went out")),
        _ => Some(format!("none of its mails is on its way any more ({mails})")),
    }
}

/// The outcome of [`resume`].
#[derive(Debug, Serialize)]
pub struct ResumedEdition {
    /// `BRIEF/N`
    pub edition: EditionName,
    /// The only domain that goes on, if not the whole edition does
    pub domain: Option<String>,
    /// Why it was paused; `None` if it was not
    pub waited: Option<String>,
    /// Mails that had been put aside and wait to be sent again
    pub back: u64,
    /// How it ended, if none of its mails is on its way
    #[serde(skip)]
    pub finished: Option<String>,
}

/// Goes on with an edition that is paused because the mail server refused the sender, and with all its domains that refused;
/// or only with its mails to `domain`.
///
/// # Errors
/// There is no such edition, or it is not released.
pub async fn resume(
    installation: &Installation,
    actor: &Actor,
    edition: &EditionName,
    domain: Option<&str>,
) -> Result<ResumedEdition> {
    let edition = installation.edition(edition).await?;
    let (store, name, now) = (installation.existing_store().await?, edition.name(), installation.now());
    if edition.state != EditionState::Released {
        return Err(Error::refused(format!("{name} is {}: none of its mails is on its way", edition.state)));
    }
    let finished = || async { store.outbox().tally(Some(edition.id)).await.map(|tally| finished(&tally)) };
    if let Some(domain) = domain {
        let domain = domain.trim_start_matches('@').to_lowercase();
        let resumed = store.editions().resume_domain(&edition, &domain, now).await?;
        let back = resumed.back;
        info!(by = %actor, edition = %name, domain, back, "an edition goes on to a domain");
        let (waited, finished) = (resumed.was, finished().await?);
        return Ok(ResumedEdition { edition: name, domain: Some(domain), waited, back, finished });
    }
    let domains = store.editions().paused_domains(Some(edition.id)).await?;
    let resumed = store.editions().resume(&edition, now).await?;
    let back = resumed.back;
    info!(by = %actor, edition = %name, back, "an edition goes on");
    let waited = resumed.was.map(|pause| pause.why).or_else(|| domains.into_iter().next().map(|domain| domain.why));
    Ok(ResumedEdition { edition: name, domain: None, waited, back, finished: finished().await? })
}

/// The outcome of [`resend`].
#[derive(Debug, Serialize)]
pub struct Resent {
    /// `BRIEF/N`
    pub edition: EditionName,
    /// The state that the mails were in
    pub only: State,
    /// Mails that wait to be sent again, or would
    pub again: u64,
    /// Mails whose reader left or whose address is suppressed
    pub left_out: u64,
    /// Nothing was changed
    pub dry_run: bool,
    /// The edition is paused: its mails wait until it goes on
    #[serde(rename = "paused")]
    pub is_paused: bool,
}

/// Has an edition's mails in the state `only` sent again, with the same Message-ID. With `dry_run` they are only counted.
///
/// # Errors
/// There is no such edition, it has no mails, or it was stopped or withdrawn.
pub async fn resend(
    installation: &Installation,
    actor: &Actor,
    edition: &EditionName,
    only: State,
    dry_run: bool,
) -> Result<Resent> {
    let edition = installation.edition(edition).await?;
    let name = edition.name();
    match edition.state {
        EditionState::Released if edition.withdrawn.is_some() => {
            let problem = Problem::error(format!("{name} was withdrawn: none of its mails is sent again"));
            return Err(problem.hint(format!("`greenbrief editions withdraw {name} --undo` shows it again")).into());
        }
        EditionState::Released => {}
        EditionState::Stopped => {
            let problem = Problem::error(format!("{name} was stopped: none of its mails is sent again"));
            return Err(problem
                .hint(format!("`greenbrief send {}` makes and sends a new edition", edition.brief))
                .into());
        }
        state => return Err(Error::refused(format!("{name} is {state}: it has no mails"))),
    }
    refuse_superseded(installation, &edition).await?;
    let give_up_after = installation.brief(&edition.brief)?.give_up_after;
    let (by, now) = (actor.name(), installation.now());
    let resend = Resend { edition: edition.id, only, by, now, give_up_at: now + give_up_after, dry_run };
    let done = installation.existing_store().await?.outbox().resend(&resend).await?;
    if !dry_run {
        info!(by, edition = %name, %only, again = done.again, "mails are sent again");
    }
    let is_paused = edition.paused.is_some();
    Ok(Resent { edition: name, only, again: done.again, left_out: done.left_out, dry_run, is_paused })
}

/// Refuses to send an edition again that another one supersedes: its readers would get the wrong one after the right one.
///
/// # Errors
/// It is superseded.
pub(super) async fn refuse_superseded(installation: &Installation, edition: &Edition) -> Result<()> {
    let Some(correction) = installation.existing_store().await?.editions().superseded_by(edition.id).await? else {
        return Ok(());
    };
    let newer = correction.edition;
    let problem = Problem::error(format!("{} is superseded by {newer}: it is not sent again", edition.name()));
    Err(problem.hint(format!("`greenbrief editions show {newer}` shows who got the correction")).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_an_edition_ended_is_said_with_its_numbers() {
        let told = |mails: &[(State, i64)]| finished(&Tally(mails.iter().copied().collect()));
        assert_eq!(told(&[(State::Sent, 291)]).as_deref(), Some("all its 291 mails went out"));
        assert_eq!(told(&[(State::Sent, 1)]).as_deref(), Some("its only mail went out"));
        assert_eq!(told(&[]).as_deref(), Some("it has no mails"));
        assert_eq!(
            told(&[(State::Sent, 149), (State::Failed, 142)]).as_deref(),
            Some("none of its mails is on its way any more (149 sent, 142 failed)")
        );
        for open in [State::Pending, State::Claimed, State::DotWritten, State::Deferred] {
            assert_eq!(told(&[(State::Sent, 290), (open, 1)]), None, "{open}");
        }
    }
}
