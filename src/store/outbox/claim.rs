//! How mails that are due are claimed for a courier. Each is looked at again first: one that must not be sent any more ends
//! here, one whose edition waits is due later.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{Any, AnyConnection, Connection as _, Row, Transaction, any::AnyRow};

use super::{
    Outbox,
    mail::{Claim, MailKind, claim},
    paused_domains::{self, PausedDomains},
    quiet_hours::QuietHours,
    sql::{ON_HOLD, due, due_on_hold, is_urgent_due, list, origins_of, to_put_aside, to_put_off},
    warm_up::Warming,
};
use crate::{
    base::ids::{EditionId, MailId},
    delivery::rules::{State, WarmUp},
    people::subscribers,
    store::{
        Result,
        columns::{micros, time},
        dialect::sql,
        editions::EditionState,
        hold::GATE,
        lease::Lease,
        outbox::take_back::{LEFT, STOPPED, SUPPRESSED},
        people::{is_by_bounce, send_on_left},
    },
};

/// Maximum number of rounds in which a lease looks for more mails, because some that it found were settled instead. Keeps
/// the end of an edition with a million mails from becoming one long transaction.
const ROUNDS: usize = 20;

/// Maximum number of mails of a paused or quiet edition that are made due later in one step, so that a large edition does
/// not hold up the others.
const POSTPONED_AT_ONCE: i64 = 2_000;

/// Mails that are due, by what is done with each.
#[derive(Default)]
struct Sorted {
    claims: Vec<Claim>,
    /// Mails that end here, by their state and the reason
    ended: Vec<((State, &'static str), Vec<MailId>)>,
    /// Paused editions
    paused: BTreeSet<EditionId>,
    /// Mails to domains that are paused for their edition
    to_paused_domains: Vec<MailId>,
    /// Editions in their quiet hours, with the end of those in UTC microseconds
    quiet: BTreeMap<EditionId, i64>,
}

impl Sorted {
    fn of(rows: &[AnyRow], quiet_hours: &QuietHours, domains: &PausedDomains, now: i64) -> Result<Sorted> {
        let mut sorted = Sorted::default();
        for row in rows {
            let edition: Option<EditionId> = row.try_get("edition")?;
            if let Some(end) = end_of(row, now)? {
                sorted.end(end, row.try_get("id")?);
            } else if row.try_get::<Option<i64>, _>("edition_paused")?.is_some() {
                sorted.paused.extend(edition);
            } else if let Some(edition) = edition
                && domains.contains(edition, &row.try_get::<String, _>("address")?)
            {
                sorted.to_paused_domains.push(row.try_get("id")?);
            } else if row.try_get::<i64, _>("urgent")? == 1 {
                // Its reader waits for it: quiet hours are for those who sleep.
                sorted.claims.push(claim(row)?);
            } else if let Some((edition, until)) = edition.and_then(|it| Some((it, quiet_hours.until(it)?))) {
                sorted.quiet.insert(edition, until);
            } else {
                let quiet_from = edition.and_then(|edition| quiet_hours.next(edition)).map(time).transpose()?;
                sorted.claims.push(Claim { quiet_from, ..claim(row)? });
            }
        }
        Ok(sorted)
    }

    fn end(&mut self, end: (State, &'static str), mail: MailId) {
        match self.ended.iter_mut().find(|(known, _)| *known == end) {
            Some((_, mails)) => mails.push(mail),
            None => self.ended.push((end, vec![mail])),
        }
    }

    /// May every mail go that was found?
    fn is_all_claims(&self) -> bool {
        self.ended.is_empty() && self.paused.is_empty() && self.to_paused_domains.is_empty() && self.quiet.is_empty()
    }
}

impl Outbox<'_> {
    /// Claims up to `limit` mails that are due, the urgent ones first. A mail whose subscription ended, whose address is
    /// suppressed, whose edition was stopped or whose time is over is settled instead. A mail of a paused edition or to a
    /// domain that is paused for it is put aside, and one of an edition in its quiet hours is put off until they end. While the
    /// store is on hold, only mails to the operators are claimed.
    pub async fn lease(self, lease: &Lease<'_>, limit: i64) -> Result<Vec<Claim>> {
        self.lease_warming_up(lease, limit, None).await
    }

    /// As `lease`, for a sender that is new: no more mails go to a domain than its ramp allows today. The others are due
    /// tomorrow, or given up before. Urgent mails do not wait for it.
    pub async fn lease_warming_up(self, lease: &Lease<'_>, limit: i64, warm_up: Option<&WarmUp>) -> Result<Vec<Claim>> {
        self.lease_which(lease, limit, Warming::of(warm_up, lease.now), &[true, false]).await
    }

    /// As `lease`, but claims urgent mails only.
    pub async fn lease_urgent(self, lease: &Lease<'_>, limit: i64) -> Result<Vec<Claim>> {
        let due = sqlx::query(sql(is_urgent_due(self.store.dialect))).persistent(false).bind(micros(lease.now));
        if due.fetch_optional(&self.store.pool).await?.is_none() {
            return Ok(Vec::new());
        }
        self.lease_which(lease, limit, None, &[true]).await
    }

    async fn lease_which(
        self,
        lease: &Lease<'_>,
        limit: i64,
        warming: Option<Warming>,
        urgencies: &[bool],
    ) -> Result<Vec<Claim>> {
        let until = self.store.lease_times(lease).await?.until;
        let mut writer = self.store.writer().await?;
        let claimed = self.lease_with(writer.connection()?, lease, until, limit, warming, urgencies).await;
        writer.release(claimed)
    }

    async fn lease_with(
        self,
        connection: &mut AnyConnection,
        lease: &Lease<'_>,
        until: i64,
        limit: i64,
        mut warming: Option<Warming>,
        urgencies: &[bool],
    ) -> Result<Vec<Claim>> {
        let now = micros(lease.now);
        let mut urgencies = urgencies.iter();
        let Some(mut urgent) = urgencies.next() else { return Ok(Vec::new()) };
        let mut claims: Vec<Claim> = Vec::new();
        let mut tx = connection.begin_with(self.store.dialect.begin()).await?;
        let is_on_hold = sqlx::query(ON_HOLD).fetch_optional(&mut *tx).await?.is_some();
        let quiet_hours = QuietHours::read(&mut tx, now).await?;
        let domains = PausedDomains::read(&mut tx).await?;
        for _ in 0..ROUNDS {
            let left = limit - i64::try_from(claims.len()).unwrap_or(limit);
            // Planned anew each time (not `persistent`): PostgreSQL would keep the plan that was good for an empty outbox.
            let due = match is_on_hold && !*urgent {
                true => due_on_hold(self.store.dialect),
                false => due(self.store.dialect, *urgent),
            };
            let rows = sqlx::query(sql(due)).persistent(false).bind(now).bind(left).fetch_all(&mut *tx).await?;
            let mut sorted = Sorted::of(&rows, &quiet_hours, &domains, now)?;
            let all_may_go = match &mut warming {
                Some(warming) if !*urgent => warming.admit(self.store, &mut tx, &mut sorted.claims).await?,
                _ => true,
            };
            take(&mut tx, &sorted.claims, lease, until).await?;
            for (end, mails) in &sorted.ended {
                settle(&mut tx, *end, mails, now).await?;
                if *end == (State::Cancelled, LEFT) {
                    send_on_left(&mut tx, mails, lease.now).await?;
                }
            }
            for edition in &sorted.paused {
                self.put_aside(&mut tx, *edition, now).await?;
            }
            paused_domains::put_aside(self.store, &mut tx, &sorted.to_paused_domains).await?;
            for (edition, until) in &sorted.quiet {
                self.put_off(&mut tx, *edition, now, *until).await?;
            }
            claims.append(&mut sorted.claims);
            if all_may_go && sorted.is_all_claims() {
                match urgencies.next() {
                    Some(next) if i64::try_from(claims.len()).unwrap_or(limit) < limit => urgent = next,
                    _ => break,
                }
            }
        }
        tx.commit().await?;
        claims.sort_by_key(|claim| (!claim.urgent, claim.id));
        Ok(claims)
    }

    /// Makes mails of a paused edition that are due wait until they are given up: until then they are not looked at again.
    async fn put_aside(self, tx: &mut Transaction<'_, Any>, edition: EditionId, now: i64) -> Result<()> {
        self.store.one_at_a_time(tx, GATE).await?;
        let mails = to_put_aside(self.store.dialect);
        sqlx::query(sql(format!("UPDATE mail SET due_at = give_up_at WHERE id IN ({mails})")))
            .persistent(false)
            .bind(now)
            .bind(POSTPONED_AT_ONCE)
            .bind(edition)
            .execute(&mut **tx)
            .await?;
        Ok(())
    }

    /// Makes mails of an edition that are due wait until then, or until they are given up.
    async fn put_off(self, tx: &mut Transaction<'_, Any>, edition: EditionId, now: i64, until: i64) -> Result<()> {
        sqlx::query(sql(format!(
            "UPDATE mail SET due_at = CASE WHEN give_up_at < $4 THEN give_up_at ELSE $4 END WHERE id IN ({})",
            to_put_off(self.store.dialect)
        )))
        .persistent(false)
        .bind(now)
        .bind(POSTPONED_AT_ONCE)
        .bind(edition)
        .bind(until)
        .execute(&mut **tx)
        .await?;
        Ok(())
    }
}

/// Writes down whose the claimed mails are.
async fn take(tx: &mut Transaction<'_, Any>, claims: &[Claim], lease: &Lease<'_>, until: i64) -> Result<()> {
    if claims.is_empty() {
        return Ok(());
    }
    let ids = list(claims.iter().map(|claim| claim.id.get()));
    sqlx::query(sql(format!(
        "UPDATE mail SET state = {}, owner = $1, lease_until = $2, attempts = attempts + 1, changed_at = $3
         WHERE id IN ({ids})",
        State::Claimed.code()
    )))
    .persistent(false)
    .bind(lease.owner.to_owned())
    .bind(until)
    .bind(micros(lease.now))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Ends mails that must not be sent after all.
async fn settle(
    tx: &mut Transaction<'_, Any>,
    (state, why): (State, &'static str),
    mails: &[MailId],
    now: i64,
) -> Result<()> {
    let (ids, origins) = (list(mails.iter().map(|mail| mail.get())), origins_of(state));
    sqlx::query(sql(format!(
        "UPDATE mail SET state = $1, reply = $2, changed_at = $3 WHERE id IN ({ids}) AND state IN ({origins})"
    )))
    .persistent(false)
    .bind(state.code())
    .bind(why)
    .bind(now)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Is the mail's address suppressed for it? Who asked for a mail to confirm, or for the links to leave, is sent that even if
/// mails to them came back: if it arrives, the address is there again.
fn is_suppressed(row: &AnyRow) -> Result<bool> {
    let reason: Option<String> = row.try_get("suppressed")?;
    let actor: Option<String> = row.try_get("suppressed_by")?;
    let is_asked_for = row.try_get::<String, _>("kind")? == MailKind::Confirmation.word();
    Ok(reason.is_some_and(|reason| !(is_asked_for && is_by_bounce(&reason, &actor.unwrap_or_default()))))
}

/// The state in which a mail that is due ends instead of being sent, and the reason, if it must not be sent any more.
fn end_of(row: &AnyRow, now: i64) -> Result<Option<(State, &'static str)>> {
    let give_up: i64 = row.try_get("give_up_at")?;
    let suppressed = is_suppressed(row)?;
    let edition: Option<String> = row.try_get("edition_state")?;
    let subscription: Option<i64> = row.try_get("subscription_state")?;
    let has_subscriber = row.try_get::<Option<i64>, _>("subscriber")?.is_some();
    Ok(if edition.as_deref() == Some(EditionState::Stopped.word()) {
        Some((State::Cancelled, STOPPED))
    } else if suppressed {
        Some((State::Cancelled, SUPPRESSED))
    } else if has_subscriber && subscription != Some(subscribers::SubscriptionState::Active.code()) {
        Some((State::Cancelled, LEFT))
    } else if give_up <= now {
        Some((State::Expired, "the time in which it was worth sending is over"))
    } else {
        None
    })
}
