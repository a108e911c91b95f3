//! Threads that make messages ahead, for signatures that take long (RSA: 0.25 ms). There are fewer of them than processors,
//! and they run at a lower priority, so that signed mails are sent meanwhile.

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

use super::message::{Message, MessageError, SharedContent};
use crate::{mailing::Letterhead, store::Claim};

/// Niceness of the threads (nice(1)): beside a thread that is always busy each still gets a quarter of the time.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// A message that is being made on another thread.
pub(super) struct PendingMessage(oneshot::Receiver<Result<Message, MessageError>>);

impl PendingMessage {
    pub async fn message(self) -> Result<Message, MessageError> {
        self.0.await.unwrap_or(Err(MessageError::Interrupted))
    }
}

/// The request to make a message.
pub(super) struct SigningJob {
    pub claim: Claim,
    done: oneshot::Sender<Result<Message, MessageError>>,
}

impl SigningJob {
    /// A job for this mail, and where its result arrives.
    pub fn new(claim: Claim) -> (SigningJob, PendingMessage) {
        let (done, pending) = oneshot::channel();
        (SigningJob { claim, done }, PendingMessage(pending))
    }

    /// Does nobody wait for the result any more?
    pub fn is_abandoned(&self) -> bool {
        self.done.is_closed()
    }

    pub fn finish(self, message: Result<Message, MessageError>) {
        // Fails only if nobody waits for it any more.
        let _ = self.done.send(message);
    }
}

/// Jobs that one thread does one after the other, each with the content that it shares.
type SigningBatch = Vec<(SigningJob, SharedContent)>;

/// The threads. They end when this is dropped and everything is done.
pub(super) struct SigningPool(Sender<SigningBatch>);

impl SigningPool {
    /// Starts half as many threads as there are processors.
    ///
    /// # Errors
    /// If not even one thread can be started.
    pub fn start(letterhead: &Arc<Letterhead>) -> io::Result<SigningPool> {
        let (sender, batches) = mpsc::channel();
        let batches = Arc::new(Mutex::new(batches));
        let threads = (available_parallelism().map_or(1, usize::from) / 2).max(1);
        let mut started = Ok(());
        for number in 0..threads {
            let (letterhead, batches) = (letterhead.clone(), batches.clone());
            let thread =
                thread::Builder::new().name("signing".to_owned()).spawn(move || sign_all(&letterhead, &batches));
            match thread {
                Ok(_) => {}
                // Fewer threads do, too.
                Err(_) if number > 0 => break,
                Err(refused) => started = Err(refused),
            }
        }
        started.map(|()| SigningPool(sender))
    }

    pub fn sign(&self, batch: SigningBatch) {
        // Where no thread is left, dropping the jobs tells those that wait.
        let _ = self.0.send(batch);
    }
}

fn sign_all(letterhead: &Letterhead, batches: &Mutex<Receiver<SigningBatch>>) {
    #[cfg(target_os = "linux")]
    // If it is not allowed, signing only competes more with sending.
    let _ = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICENESS);
    loop {
        // One thread waits for the next batch, the others for that thread.
        let next = batches.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(batch) = next else { return };
        for (job, content) in batch {
            if job.is_abandoned() {
                continue;
            }
            match catch_unwind(AssertUnwindSafe(|| Message::of(&job.claim, letterhead, content))) {
                Ok(message) => job.finish(message.map_err(MessageError::Message)),
                Err(_) => error!(mail = job.claim.id.get(), "making this mail stopped unexpectedly"),
            }
        }
    }
}
