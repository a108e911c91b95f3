//! The states that need a person, as the store tells them: any process that can read it finds the same.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Attention, table::Code};
use crate::{
    base::plural::counted,
    config::Schedule,
    delivery::rules::State,
    monitoring::overdue::{CALENDAR_NOTICE, Survey, calendar_ends},
    store::{Edition, EditionState, Error, OnHold, Store, Tally},
    time::schedule::Outcome,
};

/// Room on the store's disk below which a person is needed, in bytes.
const LEAST_ROOM: u64 = 100_000_000;
/// Number of editions examined, from the newest.
const EXAMINED: i64 = 20;
/// Number of mails of an edition that did not go from which they are many, if they are also more than a tenth.
const MANY: i64 = 5;
/// Time for which a mail may be due without any being sent.
const STUCK_AFTER: TimeDelta = TimeDelta::minutes(30);
/// Age at which a mail to the operators that did not arrive is no longer recalled.
const RECALLED: TimeDelta = TimeDelta::days(7);

/// Returns what needs a person. `schedules`: those of the config in force.
///
/// # Errors
/// The store cannot be read.
pub async fn of_store(store: &Store, schedules: &[&Schedule], now: DateTime<Utc>) -> Result<Vec<Attention>, Error> {
    let mut found = Vec::new();
    let on_hold = store.on_hold().await?;
    let newest = store.editions().newest(None, EXAMINED).await?;
    of_whole_store(store, &on_hold, &mut found).await?;
    of_schedules(store, schedules, &on_hold, &newest, now, &mut found).await?;
    of_editions(store, &newest, &mut found).await?;
    of_mails(store, &on_hold, now, &mut found).await?;
    Ok(found)
}

/// The disk, the config, and what holds everything up.
async fn of_whole_store(store: &Store, on_hold: &OnHold, found: &mut Vec<Attention>) -> Result<(), Error> {
    if let Some(room) = store.room().filter(|room| *room < LEAST_ROOM) {
        let file = store.file().map_or_else(String::new, |file| file.display().to_string());
        found.push(Attention::new(
            Code::DiskLow,
            "",
            format!("{} MB are left on the disk of {file}", room / 1_000_000),
        ));
    }
    if let Some(refused) = store.activations().refused().await? {
        let (at, errors) = (refused.at.format("%F %T UTC"), counted(refused.errors, "error"));
        let text = format!(
            "the config has been refused since {at}: {errors}, the first {}; what was in force before stays in force",
            refused.first
        );
        found.push(Attention::new(Code::ConfigRefused, "", text).since(refused.at));
    }
    if let Some(reason) = on_hold.why_restored() {
        let attention = Attention::new(Code::RestoreHold, "", format!("nothing is sent: {reason}"));
        found.push(attention.since(on_hold.restored_since));
    }
    if let Some(pause) = &on_hold.paused {
        let text = format!("nothing is sent and no slot is claimed: {pause}");
        found.push(Attention::new(Code::AllPaused, "", text).since(pause.since));
    }
    Ok(())
}

/// Schedules that are overdue, missed, failed or paused, and calendars that end.
async fn of_schedules(
    store: &Store,
    schedules: &[&Schedule],
    on_hold: &OnHold,
    newest: &[Edition],
    now: DateTime<Utc>,
    found: &mut Vec<Attention>,
) -> Result<(), Error> {
    let survey = Survey::of(store, schedules.iter().map(|schedule| &schedule.id)).await?;
    let mut ending = BTreeSet::new();
    for schedule in schedules {
        let id = &schedule.id;
        if let Some(pause) = survey.state(id).and_then(|state| state.paused.as_ref())
            && schedule.paused.is_none()
        {
            let text = format!("{id} is {pause}: no edition is made for its slots");
            found.push(Attention::new(Code::SchedulePaused, id.to_string(), text).since(pause.since));
        }
        if on_hold.paused.is_none() {
            found.extend(of_slots(store, &survey, schedule, newest, now).await?);
        }
        if let Some(text) = calendar_ends(schedule, now) {
            let calendar = schedule.calendar.as_ref().map(|calendar| (calendar.id.clone(), calendar.known_until()));
            ending.extend(calendar.map(|(id, until)| (id, until, text)));
        }
    }
    for (calendar, until, text) in ending {
        // Told once for each of its ends.
        let since = until.and_hms_opt(0, 0, 0).map(|end| end.and_utc() - CALENDAR_NOTICE);
        found.push(Attention::new(Code::CalendarEnds, calendar, text).since(since));
    }
    Ok(())
}

/// What is wrong with the newest slots of a schedule: the worst of it.
async fn of_slots(
    store: &Store,
    survey: &Survey,
    schedule: &Schedule,
    newest: &[Edition],
    now: DateTime<Utc>,
) -> Result<Option<Attention>, Error> {
    let id = &schedule.id;
    let time = |slot: DateTime<Utc>| slot.format("%F %T UTC").to_string();
    if let Some(overdue) = survey.overdue(store, schedule, now).await? {
        let text = format!("{id} of {} is overdue: {}", time(overdue.slot), overdue.why);
        return Ok(Some(Attention::new(Code::ScheduleOverdue, id.to_string(), text).since(overdue.due)));
    }
    if let Some(waiting) = survey.not_begun(schedule, now) {
        let text = format!("the slot of {id} at {} has passed: {}", time(waiting.slot), waiting.why);
        return Ok(Some(Attention::new(Code::SlotNotBegun, id.to_string(), text).since(waiting.due)));
    }
    let Some(last) = survey.newest(id) else { return Ok(None) };
    let (code, what) = match last.outcome {
        Some(Outcome::Failed) => (Code::SlotFailed, "failed at"),
        Some(Outcome::SkippedCatchUp) => (Code::SlotMissed, "was missed at"),
        _ => return Ok(None),
    };
    // An edition that a person made since is what was wanted.
    let made_up = |edition: &Edition| {
        edition.brief == id.brief() && edition.state == EditionState::Released && edition.released > Some(last.slot)
    };
    if newest.iter().any(made_up) {
        return Ok(None);
    }
    let text = format!("{id} {what} {}: {}", time(last.slot), last.reason);
    Ok(Some(Attention::new(code, id.to_string(), text).since(last.slot)))
}

/// Editions that are held or paused, domains that refuse us, and editions of which many mails did not go.
async fn of_editions(store: &Store, newest: &[Edition], found: &mut Vec<Attention>) -> Result<(), Error> {
    for held in store.editions().held().await? {
        let name = held.name.to_string();
        let reason = store.editions().named(&held.name).await?.map_or_else(String::new, |edition| edition.reason);
        found.push(Attention::new(Code::EditionHeld, &*name, format!("{name} is held: {reason}")).since(held.slot));
    }
    for edition in store.editions().paused().await? {
        let Some(pause) = &edition.paused else { continue };
        let name = edition.name().to_string();
        let waiting = counted(store.outbox().tally(Some(edition.id)).await?.open(), "mail");
        let text = format!("{name} is paused and {waiting} wait: {}", pause.why);
        found.push(Attention::new(Code::EditionPaused, name, text).since(pause.since));
    }
    for pause in store.editions().paused_domains(None).await? {
        let (name, domain, waiting) = (&pause.edition, &pause.domain, counted(pause.waiting, "mail"));
        let text = format!("{domain} refuses {name}, {waiting} wait: {}", pause.why);
        found.push(Attention::new(Code::DomainPaused, format!("{name} {domain}"), text).since(pause.since));
    }
    // Of each brief the newest that was released: what is older is over.
    let mut last: BTreeMap<&str, &Edition> = BTreeMap::new();
    for edition in newest.iter().filter(|edition| edition.state == EditionState::Released) {
        last.entry(&edition.brief).or_insert(edition);
    }
    for edition in last.into_values() {
        let tally = store.outbox().tally(Some(edition.id)).await?;
        let name = edition.name().to_string();
        for (code, state, what) in [
            (Code::ManyRefused, State::Failed, "were refused for good"),
            (Code::ManyExpired, State::Expired, "were given up: their time was over"),
        ] {
            if are_many(&tally, state) {
                let text = format!("{} of {} of {name} {what}", tally.of(state), counted(tally.all(), "mail"));
                found.push(Attention::new(code, &*name, text).since(edition.released));
            }
        }
    }
    Ok(())
}

/// Are the mails in this state at least [`MANY`], and more than a tenth of all?
fn are_many(tally: &Tally, state: State) -> bool {
    let count = tally.of(state);
    count >= MANY && count * 10 > tally.all()
}

/// Mails whose fate nobody knows, mails that do not get away, and alarms that reached nobody.
async fn of_mails(
    store: &Store,
    on_hold: &OnHold,
    now: DateTime<Utc>,
    found: &mut Vec<Attention>,
) -> Result<(), Error> {
    let outbox = store.outbox();
    let tally = outbox.tally(None).await?;
    let unknown = tally.of(State::Unknown);
    if unknown > 0 {
        let text = format!("{} may have gone out or not, nobody can say", counted(unknown, "mail"));
        found.push(Attention::new(Code::MailsUnknown, "", text).since(outbox.newest_unknown().await?));
    }
    if let Some(away) = outbox.away().await? {
        let text = format!("{} wait: {}", counted(tally.open(), "mail"), away.why);
        found.push(Attention::new(Code::RelayAway, "", text).since(away.since));
    } else if on_hold.why().is_none()
        && let Some(due) = outbox.next_due().await?
        && now - due > STUCK_AFTER
        && outbox.last_sent().await?.is_none_or(|sent| now - sent > STUCK_AFTER)
    {
        let text = format!(
            "{} wait, the first since {}, and none was sent for half an hour",
            counted(tally.open(), "mail"),
            due.format("%F %T UTC")
        );
        found.push(Attention::new(Code::MailsStuck, "", text).since(due));
    }
    if let Some(lost) = outbox.operator_mails_lost(now - RECALLED).await? {
        let text = format!("{} to the operators did not arrive, the last: {}", counted(lost.count, "mail"), lost.why);
        found.push(Attention::new(Code::OperatorMailFailed, "", text).since(lost.at));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_more_than_a_tenth_and_more_than_a_few() {
        for (failed, sent, many) in
            [(4, 0, false), (5, 0, true), (5, 44, true), (5, 45, false), (142, 149, true), (29, 262, false)]
        {
            let tally = Tally([(State::Failed, failed), (State::Sent, sent)].into());
            assert_eq!(are_many(&tally, State::Failed), many, "{failed} of {}", failed + sent);
        }
    }
}
