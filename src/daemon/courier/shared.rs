//! State that all tasks of a courier share.

use std::sync::{Arc, Mutex};

use ring::rand::{SecureRandom, SystemRandom};

use super::{
    counter::Counter, dispatch::Dispatch, dot_journal::DotJournal, ledger::Ledger, message_builder::MessageBuilder,
    refusals::Refusals, return_path::ReturnPath, taken_back::TakenBack,
};
use crate::{
    delivery::rules::{DeliveryGuarantee, WarmUp},
    monitoring::{operator_mail::OperatorMailer, vitals::Vitals},
    store::Store,
    time::clock::Clock,
};

pub(super) struct Shared {
    pub store: Store,
    pub clock: Clock,
    pub random: SystemRandom,
    pub messages: MessageBuilder,
    pub return_path: ReturnPath,
    /// The ramp of a sender that is new
    pub warm_up: Option<WarmUp>,
    pub guarantee: DeliveryGuarantee,
    pub ledger: Ledger,
    pub journal: Arc<DotJournal>,
    pub dispatch: Dispatch,
    /// Mails that are claimed and whose end is not durable
    pub under_way: Counter,
    /// Maximum number of mails on one connection
    pub mails_per_connection: u32,
    pub operator_mailer: OperatorMailer,
    pub vitals: Arc<Vitals>,
    pub refusals: Mutex<Refusals>,
    pub taken_back: Arc<TakenBack>,
}

impl Shared {
    /// A random number, evenly from 0 to 1.
    pub fn random(&self) -> f64 {
        let mut bytes = [0; 4];
        // Without randomness retries only lose their jitter.
        let _ = self.random.fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }
}
