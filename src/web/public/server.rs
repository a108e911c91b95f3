//! The connections of the pages: how many there are, how long each step may take, whether they are encrypted, and how they end
//! with the daemon. What is asked over them is not here.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body, serve::Listener};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::JoinSet,
    time::timeout,
};
use tracing::{debug, warn};

use super::{guard::Peer, routes::routes, site::PublicSite};
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
/// The head of a request: its lines, and all of it in bytes.
const MOST_HEADERS: usize = 64;
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
    let _ = timeout(END_TIME, async { while connections.join_next().await.is_some() {} }).await;
}

async fn connection(stream: Seated, peer: SocketAddr, routes: Router, site: Arc<PublicSite>, shutdown: Shutdown) {
    let certificate = site.current().web.certificate.clone();
    let ended = match certificate {
        None => requests(stream, peer, routes, shutdown).await,
        Some(certificate) => match timeout(HANDSHAKE_TIME, certificate.accept(stream)).await {
            Ok(Ok(stream)) => requests(stream, peer, routes, shutdown).await,
            Ok(Err(problem)) => Err(problem),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        },
    };
    if let Err(problem) = ended {
        debug!(%problem, "a reader's connection broke off");
    }
}

async fn requests(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: SocketAddr,
    routes: Router,
    shutdown: Shutdown,
) -> io::Result<()> {
    let routes = TowerToHyperService::new(routes);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer.ip()));
        routes.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LONGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = shutdown.requested() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    ended.map_err(io::Error::other)
}
