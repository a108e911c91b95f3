//! A listener that serves so many connections at a time, each for some time if it is to be so. If all seats are taken, the
//! connection on which nothing has moved for the longest leaves its seat to the new one: who says nothing keeps nobody out.
//! How many and how long the rooms decide.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::poll_fn,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::Duration,
};

use axum::serve::Listener;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Instant, Sleep, sleep},
};

/// A browser opens up to six.
const CONNECTIONS: usize = 48;

/// What a listener and its connections are allowed.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Connections at a time
    pub seats: usize,
    /// A connection breaks after this time, whatever it is at.
    pub life: Option<Duration>,
    /// A connection breaks when nothing has moved on it for this time.
    pub stall: Option<Duration>,
}

pub(super) struct Bounded {
    listener: TcpListener,
    seats: Arc<Seats>,
    limits: Limits,
}

impl Bounded {
    pub fn new(listener: TcpListener) -> Bounded {
        Bounded::limited(listener, Limits { seats: CONNECTIONS, life: None, stall: None })
    }

    /// A connection breaks after this time, whatever it is at.
    pub fn each_for(listener: TcpListener, time: Duration) -> Bounded {
        Bounded::limited(listener, Limits { seats: CONNECTIONS, life: Some(time), stall: None })
    }

    pub fn limited(listener: TcpListener, limits: Limits) -> Bounded {
        Bounded { listener, seats: Arc::default(), limits }
    }
}

impl Listener for Bounded {
    type Io = Seated;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Seated, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // News is short and must not wait for more of it.
        let _ = stream.set_nodelay(true);
        let Limits { seats, life, stall } = self.limits;
        let end = life.map(|time| Box::pin(sleep(time)));
        let stalled = stall.map(|time| Stalled { time, end: Box::pin(sleep(time)) });
        (Seated { stream, end, stalled, seat: Seats::take(&self.seats, seats) }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The seats that are taken, by the order in which they were.
#[derive(Default)]
struct Seats(Mutex<Taken>);

#[derive(Default)]
struct Taken {
    next: u64,
    seats: BTreeMap<u64, Occupant>,
    /// The same by when they last moved: the first is the idlest.
    by_time: BTreeSet<(Instant, u64)>,
}

impl Taken {
    fn leave(&mut self, number: u64) -> Option<Occupant> {
        let occupant = self.seats.remove(&number)?;
        self.by_time.remove(&(occupant.moved, number));
        Some(occupant)
    }
}

/// What is known of the connection on a seat.
struct Occupant {
    /// When it last read or wrote
    moved: Instant,
    /// Wakes the task that serves it
    waker: Option<Waker>,
}

impl Seats {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One of so many seats, if need be that of the connection on which nothing has moved for the longest.
    fn take(seats: &Arc<Seats>, most: usize) -> Seat {
        let mut taken = seats.taken();
        if taken.seats.len() >= most
            && let Some((_, number)) = taken.by_time.first().copied()
            && let Some(Occupant { waker: Some(waker), .. }) = taken.leave(number)
        {
            waker.wake();
        }
        let (number, moved) = (taken.next, Instant::now());
        taken.next += 1;
        taken.seats.insert(number, Occupant { moved, waker: None });
        taken.by_time.insert((moved, number));
        Seat { seats: seats.clone(), number }
    }
}

/// The seat of one connection, free again when this is dropped.
struct Seat {
    seats: Arc<Seats>,
    number: u64,
}

impl Seat {
    /// Notes who is to be woken. Returns false if the seat was given to another connection.
    fn is_kept(&self, cx: &Context<'_>) -> bool {
        match self.seats.taken().seats.get_mut(&self.number) {
            Some(occupant) => {
                occupant.waker = Some(cx.waker().clone());
                true
            }
            None => false,
        }
    }

    fn moved(&self) {
        let (mut taken, now) = (self.seats.taken(), Instant::now());
        let Some(occupant) = taken.seats.get_mut(&self.number) else { return };
        let before = std::mem::replace(&mut occupant.moved, now);
        taken.by_time.remove(&(before, self.number));
        taken.by_time.insert((now, self.number));
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken().leave(self.number);
    }
}

/// A connection with its seat.
pub(super) struct Seated {
    stream: TcpStream,
    end: Option<Pin<Box<Sleep>>>,
    stalled: Option<Stalled>,
    seat: Seat,
}

/// When a connection has stood still for too long; put off whenever something moves.
struct Stalled {
    time: Duration,
    end: Pin<Box<Sleep>>,
}

impl Seated {
    /// Why it has to go: its time is over, or its seat is another's.
    fn dismissed(&mut self, cx: &mut Context<'_>) -> Option<io::Error> {
        if !self.seat.is_kept(cx) {
            return Some(io::ErrorKind::ConnectionAborted.into());
        }
        let ends = self.end.iter_mut().chain(self.stalled.as_mut().map(|stalled| &mut stalled.end));
        let mut over = false;
        // Each is polled, so that each wakes the task.
        for end in ends {
            over |= end.as_mut().poll(cx).is_ready();
        }
        over.then(|| io::ErrorKind::TimedOut.into())
    }

    /// Waits until there is something to read, and reads nothing.
    ///
    /// # Errors
    /// The connection's time is over, its seat is another's, or it broke.
    pub async fn first_byte(&mut self) -> io::Result<()> {
        poll_fn(|cx| match self.dismissed(cx) {
            Some(dismissed) => Poll::Ready(Err(dismissed)),
            None => self.stream.poll_read_ready(cx),
        })
        .await
    }

    /// Something was read or written.
    fn moved(&mut self) {
        self.seat.moved();
        if let Some(Stalled { time, end }) = &mut self.stalled {
            end.as_mut().reset(Instant::now() + *time);
        }
    }
}

impl AsyncRead for Seated {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if let Some(dismissed) = self.dismissed(cx) {
            return Poll::Ready(Err(dismissed));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.moved();
        }
        read
    }
}

impl AsyncWrite for Seated {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(dismissed) = self.dismissed(cx) {
            return Poll::Ready(Err(dismissed));
        }
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if matches!(written, Poll::Ready(Ok(_))) {
            self.moved();
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_says_nothing_is_not_waited_for() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut bounded = Bounded::each_for(listener, Duration::from_secs(30));
        let _silent = TcpStream::connect(address).await.unwrap();
        let (mut seated, _) = bounded.accept().await;
        let begun = Instant::now();
        assert_eq!(seated.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() >= Duration::from_secs(30));
        assert_eq!(seated.write_all(b"late").await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_stands_still_ends_and_one_that_moves_goes_on() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let limits = Limits { seats: 4, life: None, stall: Some(Duration::from_secs(30)) };
        let mut bounded = Bounded::limited(listener, limits);
        let mut client = TcpStream::connect(address).await.unwrap();
        let (mut seated, _) = bounded.accept().await;
        let begun = Instant::now();
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_secs(20)).await;
            client.write_all(b"x").await.unwrap();
            assert_eq!(seated.read_u8().await.unwrap(), b'x');
        }
        assert_eq!(seated.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(begun.elapsed() >= Duration::from_secs(90));
    }

    #[tokio::test]
    async fn the_idlest_leaves_its_seat_to_the_next() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut bounded = Bounded::new(listener);
        let (mut clients, mut served) = (Vec::new(), Vec::new());
        for _ in 0..CONNECTIONS {
            clients.push(TcpStream::connect(address).await.unwrap());
            served.push(bounded.accept().await.0);
        }
        // The first has something to say, the second is waited for when it has to leave.
        clients[0].write_all(b"x").await.unwrap();
        assert_eq!(served[0].read_u8().await.unwrap(), b'x');
        let mut second = served.remove(1);
        let waiting = tokio::spawn(async move { second.read_u8().await.unwrap_err().kind() });
        tokio::task::yield_now().await;
        let _client = TcpStream::connect(address).await.unwrap();
        served.push(bounded.accept().await.0);
        assert_eq!(waiting.await.unwrap(), io::ErrorKind::ConnectionAborted);
        served[0].write_all(b"y").await.unwrap();
        assert_eq!(clients[0].read_u8().await.unwrap(), b'y');
        // Who leaves frees a seat: nobody has to go for the next.
        served.pop();
        let _client = TcpStream::connect(address).await.unwrap();
        served.push(bounded.accept().await.0);
        assert_eq!(bounded.seats.taken().seats.len(), CONNECTIONS);
        assert_eq!(bounded.seats.taken().by_time.len(), CONNECTIONS);
        assert!(served.iter().all(|seated| bounded.seats.taken().seats.contains_key(&seated.seat.number)));
    }
}
