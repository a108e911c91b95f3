//! The connections of the pages: how many there are, how long each step may take, whether they are encrypted, and how they end
//! with the daemon. What is asked over them is not here.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, serve::Listener};
use hyper::{body::Bytes, server::conn::http1};
use hyper_util::rt::TokioTimer;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinSet,
    time::timeout,
};
use tracing::{debug, warn};

use super::{
    exchange::{self, Next},
    routes::routes,
    site::PublicSite,
};
use crate::{
    base::{open_files, shutdown::Shutdown},
    web::bounded::{Bounded, Limits, Seated},
};

/// So many at a time; the one on which nothing has moved for the longest gives way to a new one.
const CONNECTIONS: u64 = 10_000;
/// Open files that the rest of the daemon needs: the store, mail servers, the config.
const OTHER_FILES: u64 = 400;
/// For the head of a request, also of the next one on the same connection.
const HEAD_TIME: Duration = Duration::from_secs(15);
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// A connection on which nothing moves for so long ends, whatever it waits for.
const STALL: Duration = Duration::from_secs(30);
/// A connection ends after this time, also one that takes a byte now and then.
const LIFE: Duration = Duration::from_secs(600);
/// The head of a request: its lines, and all of it in bytes. What asks in a reader's name may stand behind several proxies,
/// each of which adds lines.
const MOST_HEADERS: usize = 128;
const LONGEST_HEAD: usize = 16 * 1024;
/// For answers under way when the daemon ends.
const END_TIME: Duration = Duration::from_secs(5);

/// Answers readers until the shutdown, then finishes what is under way.
pub async fn answer(listener: TcpListener, site: Arc<PublicSite>, shutdown: Shutdown) {
    let seats = open_files::raise_limit(CONNECTIONS + OTHER_FILES).saturating_sub(OTHER_FILES).min(CONNECTIONS);
    let seats = usize::try_from(seats).unwrap_or(1).max(16);
    if (seats as u64) < CONNECTIONS {
        warn!(seats, "fewer readers at once than usual: this process may open few files (ulimit -n, LimitNOFILE=)");
    }
    let mut listener = Bounded::limited(listener, Limits { seats, life: Some(LIFE), stall: Some(STALL) });
    let routes = routes(site.clone());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            (stream, peer) = listener.accept() => {
                connections.spawn(connection(stream, peer, routes.clone(), site.clone(), shutdown.clone()));
            }
            Some(_) = connections.join_next() => {}
            () = shutdown.requested() => break,
        }
    }
    drop(listener);
    let afterwards = site.current().afterwards.clone();
    let under_way = async {
        while connections.join_next().await.is_some() {}
        afterwards.all_done().await;
    };
    let _ = timeout(END_TIME, under_way).await;
}

/// A connection from its beginning. Until something comes it holds its seat and nothing more: what it takes to answer has many
/// times the size.
async fn connection(mut stream: Seated, peer: SocketAddr, routes: Router, site: Arc<PublicSite>, shutdown: Shutdown) {
    let has_begun = tokio::select! {
        begun = timeout(HEAD_TIME, stream.first_byte()) => matches!(begun, Ok(Ok(()))),
        () = shutdown.requested() => false,
    };
    if !has_begun {
        return;
    }
    let certificate = site.current().web.certificate.clone();
    drop(site);
    let ended = match certificate {
        None => requests(stream, peer, routes, shutdown).await,
        Some(certificate) => match timeout(HANDSHAKE_TIME, Box::pin(certificate.accept(stream))).await {
            Ok(Ok(stream)) => Box::pin(requests(stream, peer, routes, shutdown)).await,
            Ok(Err(problem)) => Err(problem),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        },
    };
    if let Err(problem) = ended {
        debug!(%problem, "a reader's connection broke off");
    }
}

/// Waits for requests, and answers each.
async fn requests(
    mut stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: SocketAddr,
    routes: Router,
    shutdown: Shutdown,
) -> io::Result<()> {
    let mut begun = Bytes::new();
    loop {
        if begun.is_empty() {
            let mut first = [0; 64];
            let read = tokio::select! {
                read = timeout(HEAD_TIME, stream.read(&mut first)) => read.unwrap_or(Ok(0))?,
                () = shutdown.requested() => 0,
            };
            begun = Bytes::copy_from_slice(first.get(..read).unwrap_or_default());
            if begun.is_empty() {
                return stream.shutdown().await;
            }
        }
        let answered =
            Box::pin(exchange::answer((stream, begun), peer, http(), routes.clone(), shutdown.clone())).await?;
        (stream, begun) = match answered {
            Next::Rests(stream, begun) => (stream, begun),
            Next::Ended => return Ok(()),
        };
    }
}

fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_headers(MOST_HEADERS).max_buf_size(LONGEST_HEAD);
    // Who says no and closes at once has said it: the request is answered, even if nobody waits for that.
    http.half_close(true);
    http
}
