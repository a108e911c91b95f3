//! Takes mails from the mail server by LMTP (RFC 2033): each recipient has an answer of its own after the final dot, and 250
//! means that everything which follows from the mail is committed. Encryption and logins are not here: it listens to this
//! machine, or to a network that the operators keep closed.
//!
//! | file | what lives there |
//! |---|---|
//! | `session` | the steps of a connection, and what is answered |
//! | `command` | reads one command |
//! | `lines` | lines and contents out of the connection, within their limits |
//! | `content` | where a mail's content ends |

pub mod command;
pub mod content;
mod lines;
mod session;

use std::{io, sync::Arc, time::Duration};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tracing::{debug, warn};

use self::session::Session;
use super::Intake;
use crate::base::shutdown::Shutdown;

/// The name of this way in.
pub(super) const LMTP: &str = "lmtp";
/// Connections at a time. Postfix opens up to 20 to one destination (`default_destination_concurrency_limit`).
const CONNECTIONS: usize = 50;
/// Time until the next try, if no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(500);
/// Time for mails under way when the daemon ends.
const END_TIME: Duration = Duration::from_secs(10);

/// Takes mails until the shutdown, then finishes those that have come whole.
pub(super) async fn answer(listener: TcpListener, intake: Arc<Intake>, shutdown: Shutdown) {
    let mut connections = JoinSet::new();
    let mut is_failing = false;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            () = shutdown.requested() => break,
        };
        match accepted {
            Ok((stream, _)) => {
                if std::mem::take(&mut is_failing) {
                    intake.works(LMTP);
                }
                if connections.len() >= CONNECTIONS {
                    // A task of its own: nobody waits for a client that does not read.
                    connections.spawn(turn_away(stream));
                } else {
                    connections.spawn(connection(stream, intake.clone(), shutdown.clone()));
                }
            }
            Err(problem) => {
                if !std::mem::replace(&mut is_failing, true) {
                    warn!(%problem, "no connection can be taken by LMTP; trying again");
                }
                intake.fails(LMTP, &problem.to_string());
                sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    let _ = timeout(END_TIME, async { while connections.join_next().await.is_some() {} }).await;
}

async fn connection(stream: TcpStream, intake: Arc<Intake>, shutdown: Shutdown) {
    let _ = stream.set_nodelay(true);
    if let Err(problem) = Session::new(stream, intake).run(&shutdown).await {
        debug!(%problem, "an LMTP connection broke off");
    }
}

async fn turn_away(mut stream: TcpStream) {
    let refuse = async {
        stream.write_all(b"421 4.3.2 localhost has too many connections, try again later\r\n").await?;
        stream.shutdown().await
    };
    let _: Result<io::Result<()>, _> = timeout(Duration::from_secs(1), refuse).await;
}
