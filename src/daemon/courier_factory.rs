//! Builds the courier for a config, and the ones that follow it when the config changes.

use std::sync::Arc;

use crate::{
    config::Config,
    daemon::courier::Courier,
    mailing::{Letterhead, Transport},
    monitoring::{operator_mail::OperatorMailer, vitals::Vitals},
    store::{CourierLock, Store},
    time::clock::Clock,
};

/// Builds the courier for this config.
///
/// # Errors
/// Fails if the machine's certificates cannot be read.
pub fn build_courier(
    config: &Config,
    store: &Store,
    clock: &Clock,
    owner: &str,
    lock: &CourierLock,
    vitals: Arc<Vitals>,
) -> anyhow::Result<Courier> {
    build(config, store, clock, owner.to_owned(), lock.is_alone(), vitals)
}

fn build(
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

/// Builds the couriers that follow the first.
pub(super) struct CourierFactory {
    pub store: Store,
    pub clock: Clock,
    /// The first courier's owner id
    pub owner: String,
    pub vitals: Arc<Vitals>,
    /// Number of couriers built so far
    pub count: u32,
}

impl CourierFactory {
    /// Builds the next courier, with an owner id of its own: mails that another has claimed are not its.
    pub fn next(&mut self, config: &Config) -> anyhow::Result<Courier> {
        self.count += 1;
        let owner = format!("{}.{}", self.owner, self.count);
        build(config, &self.store, &self.clock, owner, false, self.vitals.clone())
    }
}

/// Returns whether the change of config needs another courier.
pub(super) fn is_needed(before: &Config, after: &Config) -> bool {
    before.mail != after.mail
        || before.operators != after.operators
        || before.after_edition != after.after_edition
        || before.paths.reports != after.paths.reports
}
