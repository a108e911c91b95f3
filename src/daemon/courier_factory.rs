//! The courier of a config, and of the next one.

use std::sync::Arc;

use crate::{
    config::Config,
    daemon::courier::{Courier, Letterhead, Transport},
    monitoring::{operator_mail::OperatorMailer, vitals::Vitals},
    store::{CourierLock, Store},
    time::clock::Clock,
};

/// The courier of this config.
///
/// # Errors
/// If the machine's certificates cannot be read.
pub fn courier(
    config: &Config,
    store: &Store,
    clock: &Clock,
    owner: &str,
    lock: &CourierLock,
    vitals: Arc<Vitals>,
) -> anyhow::Result<Courier> {
    of(config, store, clock, owner.to_owned(), lock.is_alone(), vitals)
}

fn of(
    config: &Config,
    store: &Store,
    clock: &Clock,
    owner: String,
    alone: bool,
    vitals: Arc<Vitals>,
) -> anyhow::Result<Courier> {
    Ok(Courier {
        store: store.clone(),
        clock: clock.clone(),
        owner,
        alone,
        letterhead: Letterhead::of(config),
        transport: Transport::of(config)?,
        guarantee: config.mail.unknown,
        operator_mailer: OperatorMailer::of(config, store),
        vitals,
    })
}

/// Gives the couriers that follow.
pub(super) struct Hand {
    pub store: Store,
    pub clock: Clock,
    /// Of the first
    pub owner: String,
    pub vitals: Arc<Vitals>,
    /// How many there were
    pub count: u32,
}

impl Hand {
    /// The next one, with an owner of its own: what another has in hand is not its.
    pub fn next(&mut self, config: &Config) -> anyhow::Result<Courier> {
        self.count += 1;
        let owner = format!("{}.{}", self.owner, self.count);
        of(config, &self.store, &self.clock, owner, false, self.vitals.clone())
    }
}

/// Does it take another courier to send as the other config says?
pub(super) fn is_another(before: &Config, after: &Config) -> bool {
    before.mail != after.mail
        || before.operators != after.operators
        || before.after_edition != after.after_edition
        || before.paths.reports != after.paths.reports
}
