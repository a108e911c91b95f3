//! Threads that make letters ahead, for signatures that take long (RSA: 0.25 ms). They are fewer than the processors and
//! give way to all others, so that what is signed is sent meanwhile.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, available_parallelism},
};

use tokio::sync::oneshot;
use tracing::error;

use super::letters::{Error, Letter, Letterhead};
use crate::{delivery::mail::message::EncodedMessage, store::Claim};

/// How far they give way, as nice(1) has it: beside a thread that is always busy each still gets a quarter.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

/// A letter that is being made.
pub(super) struct Making(oneshot::Receiver<Result<Letter, Error>>);

impl Making {
    pub async fn letter(self) -> Result<Letter, Error> {
        self.0.await.unwrap_or(Err(Error::BrokeOff))
    }
}

/// A letter that is to be made.
pub(super) struct Order {
    pub claim: Claim,
    made: oneshot::Sender<Result<Letter, Error>>,
}

impl Order {
    pub fn of(claim: Claim) -> (Order, Making) {
        let (made, making) = oneshot::channel();
        (Order { claim, made }, Making(making))
    }

    pub fn is_given_up(&self) -> bool {
        self.made.is_closed()
    }

    pub fn fill(self, letter: Result<Letter, Error>) {
        // Whoever is gone does not need it.
        let _ = self.made.send(letter);
    }
}

/// Letters to be signed one after the other, each before the body that it shares.
type Sheaf = Vec<(Order, EncodedMessage)>;

/// The threads; they end once nobody can give them anything any more.
pub(super) struct Signing(Sender<Sheaf>);

impl Signing {
    /// Half as many threads as there are processors.
    ///
    /// # Errors
    /// The system gives not even one.
    pub fn start(letterhead: &Arc<Letterhead>) -> io::Result<Signing> {
        let (sender, sheaves) = mpsc::channel();
        let sheaves = Arc::new(Mutex::new(sheaves));
        let threads = (available_parallelism().map_or(1, usize::from) / 2).max(1);
        let mut started = Ok(());
        for number in 0..threads {
            let (letterhead, sheaves) = (letterhead.clone(), sheaves.clone());
            let thread =
                thread::Builder::new().name("signing".to_owned()).spawn(move || sign_all(&letterhead, &sheaves));
            match thread {
                Ok(_) => {}
                // Fewer do, too.
                Err(_) if number > 0 => break,
                Err(refused) => started = Err(refused),
            }
        }
        started.map(|()| Signing(sender))
    }

    pub fn sign(&self, sheaf: Sheaf) {
        // Where no thread is left, dropping the orders tells those that wait.
        let _ = self.0.send(sheaf);
    }
}

fn sign_all(letterhead: &Letterhead, sheaves: &Mutex<Receiver<Sheaf>>) {
    #[cfg(target_os = "linux")]
    // Where it is not allowed, signatures are only less polite.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE);
    loop {
        // One waits for the next, the others for that one.
        let next = sheaves.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(sheaf) = next else { return };
        for (order, pressed) in sheaf {
            if order.is_given_up() {
                continue;
            }
            match catch_unwind(AssertUnwindSafe(|| letterhead.letter(&order.claim, pressed))) {
                Ok(letter) => order.fill(letter.map_err(Error::Message)),
                Err(_) => error!(mail = order.claim.id.get(), "making this mail broke off"),
            }
        }
    }
}
