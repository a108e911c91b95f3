//! One connection to an SMTP server: commands go out whole and replies come in whole, each within its timeout. Which
//! command comes when is decided in `handshake` and `session`.

use std::{
    fmt,
    io::{self, IoSlice},
    net::SocketAddr,
    time::Duration,
};

use tokio::{
    net::{TcpStream, lookup_host},
    time::{Instant, timeout, timeout_at},
};

use super::{
    failure::{Failure, Step},
    relay::Relay,
    reply::{RawReply, ReplyError, ReplyReader},
    stream::SmtpStream,
};

/// Octets read at once.
const CHUNK: usize = 4096;
const CLOSED: &str = "the server closed the connection";

pub(super) struct Connection {
    pub(super) stream: SmtpStream,
    reader: ReplyReader,
    /// A reply was not read to its end: no further command may be sent.
    pub(super) ended: bool,
    /// Our address
    pub(super) local: SocketAddr,
    /// The server's address
    pub(super) peer: SocketAddr,
}

impl Connection {
    /// Connects to the first address of the host that answers. The time is shared out among the addresses, so that a
    /// silent one does not use up the time of the next.
    pub(super) async fn open(relay: &Relay) -> Result<Connection, Failure> {
        let broken = |what: &dyn fmt::Display| Failure::broken(Step::Connect, what);
        let late = |_| broken(&format!("{} did not answer in {:?}", relay.host, relay.timeouts.connect));
        let end = Instant::now() + relay.timeouts.connect;
        let found = timeout(relay.timeouts.connect, lookup_host((&*relay.host, relay.port))).await.map_err(late)?;
        let addresses: Vec<SocketAddr> =
            found.map_err(|error| broken(&format!("{} was not found: {error}", relay.host)))?.collect();
        let mut failure = broken(&format!("{} has no address", relay.host));
        for (tried, address) in addresses.iter().enumerate() {
            let left = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
            let share = end.saturating_duration_since(Instant::now()) / left;
            failure = match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Connection::over(stream).map_err(|error| broken(&error)),
                Ok(Err(error)) => broken(&format!("{address}: {error}")),
                Err(_) => broken(&format!("{address} did not answer in {share:?}")),
            };
        }
        Err(failure)
    }

    fn over(stream: TcpStream) -> io::Result<Connection> {
        // A mail is several writes with one reply: waiting for full packets costs 40 ms each time.
        stream.set_nodelay(true)?;
        let (local, peer) = (stream.local_addr()?, stream.peer_addr()?);
        let stream = SmtpStream::Plain(stream);
        Ok(Connection { stream, reader: ReplyReader::default(), ended: false, local, peer })
    }

    /// Writes all of it within the time.
    pub(super) async fn send(&mut self, step: Step, bytes: &[u8], limit: Duration) -> Result<(), Failure> {
        self.send_all(step, &mut [IoSlice::new(bytes)], limit).await
    }

    /// Writes all parts, one after the other, within the time.
    pub(super) async fn send_all(
        &mut self,
        step: Step,
        parts: &mut [IoSlice<'_>],
        limit: Duration,
    ) -> Result<(), Failure> {
        match timeout(limit, self.stream.write(parts)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::broken(step, describe(&error))),
            Err(_) => Err(Failure::broken(step, format!("nothing could be written for {limit:?}"))),
        }
    }

    /// Reads the next whole reply within the time. At the final dot the code alone is enough: a text without end, or a
    /// connection that closes too early, must not turn an accepted mail into an unknown one.
    pub(super) async fn reply(&mut self, step: Step, limit: Duration) -> Result<RawReply, Failure> {
        let failure = match timeout(limit, self.whole_reply()).await {
            Ok(Ok(reply)) => return Ok(reply),
            Ok(Err(what)) => Failure::Broken { step, what },
            Err(_) => Failure::broken(step, format!("no reply in {limit:?}")),
        };
        self.ended = true;
        match self.reader.verdict() {
            Some(reply) if step == Step::Dot => Ok(reply),
            _ => Err(failure),
        }
    }

    /// Reads the next whole reply if it arrives by `end`. A part of it that has arrived by then is kept for the next call.
    pub(super) async fn reply_until(&mut self, end: Instant) -> Option<Result<RawReply, String>> {
        timeout_at(end, self.whole_reply()).await.ok()
    }

    async fn whole_reply(&mut self) -> Result<RawReply, String> {
        let mut chunk = [0; CHUNK];
        loop {
            if let Some(reply) = self.reader.next_reply().map_err(|error| error.to_string())? {
                return Ok(reply);
            }
            let read = self.stream.read(&mut chunk).await.map_err(|error| describe(&error))?;
            if read == 0 {
                return Err(CLOSED.to_owned());
            }
            self.feed(&chunk, read).map_err(|error| error.to_string())?;
        }
    }

    fn feed(&mut self, chunk: &[u8], read: usize) -> Result<(), ReplyError> {
        self.reader.feed(chunk.get(..read).unwrap_or_default())
    }

    /// Makes sure that the server has sent nothing since its last reply: whatever it sent unasked would be taken for the
    /// reply to the next command, and so a mail for accepted that never was.
    pub(super) async fn expect_silence(&mut self, step: Step) -> Result<(), Failure> {
        let mut chunk = [0; CHUNK];
        match self.stream.read_available(&mut chunk).await {
            None if self.reader.is_empty() => return Ok(()),
            None => {}
            Some(Ok(0)) => return Err(Failure::broken(step, CLOSED)),
            Some(Ok(read)) => self.feed(&chunk, read).map_err(|error| Failure::broken(step, error))?,
            Some(Err(error)) => return Err(Failure::broken(step, describe(&error))),
        }
        Err(match self.reader.next_reply() {
            Ok(Some(reply)) if reply.code == 421 => Failure::Refused { step, reply: reply.reply() },
            Ok(Some(reply)) => Failure::broken(step, format!("the server sent a reply unasked: {}", reply.reply())),
            _ => Failure::broken(step, "the server sent a reply unasked"),
        })
    }

    /// Sends one command and reads its reply.
    pub(super) async fn command(&mut self, step: Step, command: &str, limit: Duration) -> Result<RawReply, Failure> {
        self.expect_silence(step).await?;
        self.send(step, format!("{command}\r\n").as_bytes(), limit).await?;
        self.reply(step, limit).await
    }
}

/// Describes an error in words that are the same on every system.
fn describe(error: &io::Error) -> String {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => CLOSED.to_owned(),
        _ => error.to_string(),
    }
}

/// Returns the reply if it is of this class (2 or 3), else the failure that it means.
pub(super) fn expect_class(step: Step, reply: RawReply, class: u16) -> Result<RawReply, Failure> {
    match reply.code / 100 {
        found if found == class => Ok(reply),
        4 | 5 => Err(Failure::Refused { step, reply: reply.reply() }),
        _ => Err(Failure::broken(step, format!("an unexpected reply: {}", reply.reply()))),
    }
}
