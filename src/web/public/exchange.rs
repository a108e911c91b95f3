//! What HTTP needs of a connection: there from the first byte of a request until its answer is out. In between a connection
//! holds its socket and little more, whereas hyper keeps two buffers of 8 KiB for as long as it is there. Times and encryption
//! are not here.

use std::{
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
};

use axum::{Error, Router, body::Body, response::Response};
use hyper::{
    Request,
    body::{Body as HttpBody, Bytes, Frame, Incoming, SizeHint},
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{guard::Peer, links::as_written};
use crate::base::shutdown::Shutdown;

/// How a connection goes on.
pub(super) enum Next<S> {
    /// Not at all.
    Ended,
    /// It waits for a further request, of which these bytes are there.
    Rests(S, Bytes),
}

/// Answers what comes, and has come (`begun`), until every answer is out.
///
/// # Errors
/// The connection broke, or what came is no HTTP.
pub(super) async fn answer<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    (stream, begun): (S, Bytes),
    peer: SocketAddr,
    http: http1::Builder,
    routes: Router,
    shutdown: Shutdown,
) -> io::Result<Next<S>> {
    let progress = Arc::new(Progress::default());
    let (routes, seen) = (TowerToHyperService::new(routes), progress.clone());
    let service = service_fn(move |request: Request<Incoming>| {
        seen.asked(&request);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer.ip()));
        *request.uri_mut() = as_written(std::mem::take(request.uri_mut()));
        let (answer, progress) = (routes.call(request), seen.clone());
        async move { answer.await.map(|response: Response| response.map(|body| Answer { body, progress })) }
    });
    let io = TokioIo::new(Watched { stream, begun, progress: progress.clone() });
    let mut connection = http.serve_connection(io, service);
    let (mut requested, mut is_ending) = (pin!(shutdown.requested()), false);
    let ended = poll_fn(|cx| {
        if !is_ending && requested.as_mut().poll(cx).is_ready() {
            is_ending = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        match Pin::new(&mut connection).poll(cx) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending if progress.is_all_out() && !is_ending => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await;
    match ended {
        Some(ended) => ended.map(|()| Next::Ended).map_err(io::Error::other),
        None => {
            let parts = connection.into_parts();
            // Also an empty one holds the whole buffer that it is a part of.
            let begun = if parts.read_buf.is_empty() { Bytes::new() } else { parts.read_buf };
            Ok(Next::Rests(parts.io.into_inner().stream, begun))
        }
    }
}

/// How far requests and answers have come.
#[derive(Default)]
struct Progress {
    asked: AtomicUsize,
    /// Answers whose body hyper has taken over as a whole
    answered: AtomicUsize,
    /// The last request has a body, of which some may be on its way
    has_body: AtomicBool,
    /// Something may not be written to the socket yet
    unwritten: AtomicBool,
}

impl Progress {
    fn asked(&self, request: &Request<Incoming>) {
        self.has_body.store(!request.body().is_end_stream(), Relaxed);
        self.asked.fetch_add(1, Relaxed);
        self.unwritten.store(true, Relaxed);
    }

    /// Is every request answered, and every answer written? Then hyper knows nothing that a new one would not.
    fn is_all_out(&self) -> bool {
        let asked = self.asked.load(Relaxed);
        asked > 0
            && asked == self.answered.load(Relaxed)
            && !self.has_body.load(Relaxed)
            && !self.unwritten.load(Relaxed)
    }
}

/// A body that tells when hyper is done with it. What hyper took of it is then in hyper's buffer, and not yet written.
struct Answer {
    body: Body,
    progress: Arc<Progress>,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.progress.unwritten.store(true, Relaxed);
        self.progress.answered.fetch_add(1, Relaxed);
    }
}

/// A connection that tells when all is written: hyper flushes it only when its own buffer is empty.
struct Watched<S> {
    stream: S,
    /// What was read before
    begun: Bytes,
    progress: Arc<Progress>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.begun.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let count = self.begun.len().min(buf.remaining());
        buf.put_slice(&self.begun.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.progress.unwritten.store(true, Relaxed);
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if matches!(flushed, Poll::Ready(Ok(()))) {
            self.progress.unwritten.store(false, Relaxed);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
