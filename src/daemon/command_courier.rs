//! The courier of a command: it sends what the command released while no daemon is there to do so.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Notify, time::sleep};

use super::{courier::Courier, courier_factory};
use crate::{
    base::shutdown::Shutdown,
    config::Config,
    delivery::rules::DeliveryGuarantee,
    mailing::{Letterhead, Transport},
    monitoring::operator_mail::OperatorMailer,
    store::{CourierLock, Store},
    time::clock::Clock,
};

/// Timeout for the operators' mails once an edition is settled. What has not gone then goes with the next courier.
const OPERATOR_MAIL_TIMEOUT: Duration = Duration::from_secs(10);
/// Interval between looks at the operators' mails.
const OPERATOR_MAIL_INTERVAL: Duration = Duration::from_millis(100);
/// Interval between looks at an outbox that is to become empty.
const OUTBOX_INTERVAL: Duration = Duration::from_millis(10);

/// Runs a courier while `settled` waits for what was released, and then until the operators' mails have gone: the reports on
/// these editions, and any alarm on the way to them. Returns what `settled` returned.
///
/// # Errors
/// If a secret or the machine's certificates cannot be read, the store breaks, or `settled` fails.
pub async fn send_until<T>(
    config: &Config,
    store: &Store,
    clock: &Clock,
    owner: &str,
    lock: &CourierLock,
    settled: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    config.secrets()?;
    let courier = courier_factory::build_courier(config, store, clock, owner, lock, Arc::default())?;
    let ((trigger, shutdown), wake) = (Shutdown::channel(), Arc::new(Notify::new()));
    let courier = tokio::spawn(courier.run(wake.clone(), shutdown));
    let outcome = settled.await;
    let operators = mail_operators(config, store, clock, &wake).await;
    trigger.request();
    courier.await?;
    operators?;
    outcome
}

async fn mail_operators(config: &Config, store: &Store, clock: &Clock, wake: &Notify) -> anyhow::Result<()> {
    OperatorMailer::of(config, store).report_editions(clock.now()).await?;
    wake.notify_one();
    for _ in 0..OPERATOR_MAIL_TIMEOUT.as_millis() / OPERATOR_MAIL_INTERVAL.as_millis() {
        if !store.outbox().others_on_their_way().await? || store.outbox().away().await?.is_some() {
            break;
        }
        sleep(OPERATOR_MAIL_INTERVAL).await;
    }
    Ok(())
}

/// Sends everything in the outbox of a store that nobody else uses, and tells no operators.
///
/// # Errors
/// If the store breaks.
pub async fn empty_outbox(
    store: &Store,
    clock: &Clock,
    owner: &str,
    letterhead: Letterhead,
    transport: Transport,
) -> anyhow::Result<()> {
    let courier = courier_alone(store, clock, owner, letterhead, transport);
    let (trigger, shutdown) = Shutdown::channel();
    let courier = tokio::spawn(courier.run(Arc::new(Notify::new()), shutdown));
    while store.outbox().tally(None).await?.open() > 0 {
        sleep(OUTBOX_INTERVAL).await;
    }
    trigger.request();
    Ok(courier.await?)
}

/// A courier for a store that nobody else uses, which tells no operators.
pub(super) fn courier_alone(
    store: &Store,
    clock: &Clock,
    owner: &str,
    letterhead: Letterhead,
    transport: Transport,
) -> Courier {
    Courier {
        store: store.clone(),
        clock: clock.clone(),
        owner: owner.to_owned(),
        alone: true,
        letterhead,
        transport,
        guarantee: DeliveryGuarantee::default(),
        operator_mailer: OperatorMailer::nobody(store.clone()),
        vitals: Arc::default(),
    }
}
