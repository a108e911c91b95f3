//! A listener that serves so many connections at a time, each for some time if it is to be so. If all seats are taken, the
//! connection on which nothing has moved for the longest leaves its seat to the new one: who says nothing keeps nobody out.

use std::{
    collections::BTreeMap,
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

pub(super) struct Bounded {
    listener: TcpListener,
    seats: Arc<Seats>,
    time: Option<Duration>,
}

impl Bounded {
    pub fn new(listener: TcpListener) -> Bounded {
        Bounded { listener, seats: Arc::default(), time: None }
    }

    /// A connection breaks after this time, whatever it is at.
    pub fn each_for(listener: TcpListener, time: Duration) -> Bounded {
        Bounded { time: Some(time), ..Bounded::new(listener) }
    }
}

impl Listener for Bounded {
    type Io = Seated;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Seated, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // News is short and must not wait for more of it.
        let _ = stream.set_nodelay(true);
        let end = self.time.map(|time| Box::pin(sleep(time)));
        (Seated { stream, end, seat: Seats::take(&self.seats) }, address)
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

    /// A seat, if need be that of the connection on which nothing has moved for the longest.
    fn take(seats: &Arc<Seats>) -> Seat {
        let mut taken = seats.taken();
        if taken.seats.len() >= CONNECTIONS
            && let Some(number) =
                taken.seats.iter().min_by_key(|(_, occupant)| occupant.moved).map(|(number, _)| *number)
            && let Some(Occupant { waker: Some(waker), .. }) = taken.seats.remove(&number)
        {
            waker.wake();
        }
        let number = taken.next;
        taken.next += 1;
        taken.seats.insert(number, Occupant { moved: Instant::now(), waker: None });
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
        if let Some(occupant) = self.seats.taken().seats.get_mut(&self.number) {
            occupant.moved = Instant::now();
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken().seats.remove(&self.number);
    }
}

/// A connection with its seat.
pub(super) struct Seated {
    stream: TcpStream,
    end: Option<Pin<Box<Sleep>>>,
    seat: Seat,
}

impl Seated {
    /// Why it has to go: its time is over, or its seat is another's.
    fn dismissed(&mut self, cx: &mut Context<'_>) -> Option<io::Error> {
        if !self.seat.is_kept(cx) {
            return Some(io::ErrorKind::ConnectionAborted.into());
        }
        let over = self.end.as_mut().is_some_and(|end| end.as_mut().poll(cx).is_ready());
        over.then(|| io::ErrorKind::TimedOut.into())
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
            self.seat.moved();
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
            self.seat.moved();
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
        assert!(served.iter().all(|seated| bounded.seats.taken().seats.contains_key(&seated.seat.number)));
    }
}
