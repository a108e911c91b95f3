//! One connection to a server, spoken over in whole commands and heard in whole replies, each within its time. Which
//! command comes when is in `hello` and `session`.

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
    reply::{Fault, Reader, Said},
    tls::Wire,
};

/// Octets read at once.
const CHUNK: usize = 4096;
const CLOSED: &str = "the server closed the connection";

pub(super) struct Line {
    pub(super) wire: Wire,
    reader: Reader,
    /// What waits after the last reply is not to be understood: no command may follow.
    pub(super) ended: bool,
    pub(super) here: SocketAddr,
    pub(super) there: SocketAddr,
}

impl Line {
    /// Connects to the first address of the host that answers. Each address has its share of the time, so that one that
    /// is silent does not use up that of the next.
    pub(super) async fn connect(relay: &Relay) -> Result<Line, Failure> {
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
                Ok(Ok(stream)) => return Line::over(stream).map_err(|error| broken(&error)),
                Ok(Err(error)) => broken(&format!("{address}: {error}")),
                Err(_) => broken(&format!("{address} did not answer in {share:?}")),
            };
        }
        Err(failure)
    }

    fn over(stream: TcpStream) -> io::Result<Line> {
        // A mail is several writes with one answer: waiting for full packets costs 40 ms each time.
        stream.set_nodelay(true)?;
        let (here, there) = (stream.local_addr()?, stream.peer_addr()?);
        Ok(Line { wire: Wire::Plain(stream), reader: Reader::default(), ended: false, here, there })
    }

    /// Writes all of it within the time.
    pub(super) async fn say(&mut self, step: Step, bytes: &[u8], limit: Duration) -> Result<(), Failure> {
        self.say_all(step, &mut [IoSlice::new(bytes)], limit).await
    }

    /// Writes all of these, one after the other, within the time.
    pub(super) async fn say_all(
        &mut self,
        step: Step,
        parts: &mut [IoSlice<'_>],
        limit: Duration,
    ) -> Result<(), Failure> {
        match timeout(limit, self.wire.write(parts)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::broken(step, lost(&error))),
            Err(_) => Err(Failure::broken(step, format!("nothing could be written for {limit:?}"))),
        }
    }

    /// The next whole reply, all of it within the time. At the final dot the code alone is enough: a text without end
    /// or a connection that closes too early must not make an accepted mail an unknown one.
    pub(super) async fn hear(&mut self, step: Step, limit: Duration) -> Result<Said, Failure> {
        let failure = match timeout(limit, self.whole_reply()).await {
            Ok(Ok(said)) => return Ok(said),
            Ok(Err(what)) => Failure::Broken { step, what },
            Err(_) => Failure::broken(step, format!("no reply in {limit:?}")),
        };
        self.ended = true;
        match self.reader.verdict() {
            Some(said) if step == Step::Dot => Ok(said),
            _ => Err(failure),
        }
    }

    /// The next whole reply if it comes until then. What has come of it by then stays for the next call.
    pub(super) async fn hear_until(&mut self, end: Instant) -> Option<Result<Said, String>> {
        timeout_at(end, self.whole_reply()).await.ok()
    }

    async fn whole_reply(&mut self) -> Result<Said, String> {
        let mut chunk = [0; CHUNK];
        loop {
            if let Some(said) = self.reader.take().map_err(|fault| fault.to_string())? {
                return Ok(said);
            }
            let read = self.wire.read(&mut chunk).await.map_err(|error| lost(&error))?;
            if read == 0 {
                return Err(CLOSED.to_owned());
            }
            self.fed(&chunk, read).map_err(|fault| fault.to_string())?;
        }
    }

    fn fed(&mut self, chunk: &[u8], read: usize) -> Result<(), Fault> {
        self.reader.feed(chunk.get(..read).unwrap_or_default())
    }

    /// Makes sure that the server has said nothing since its last reply: what it said on its own would be taken for the
    /// answer to the next command, and a mail for accepted that never was.
    pub(super) async fn silence(&mut self, step: Step) -> Result<(), Failure> {
        let mut chunk = [0; CHUNK];
        match self.wire.peek(&mut chunk).await {
            None if self.reader.is_empty() => return Ok(()),
            None => {}
            Some(Ok(0)) => return Err(Failure::broken(step, CLOSED)),
            Some(Ok(read)) => self.fed(&chunk, read).map_err(|fault| Failure::broken(step, fault))?,
            Some(Err(error)) => return Err(Failure::broken(step, lost(&error))),
        }
        Err(match self.reader.take() {
            Ok(Some(said)) if said.code == 421 => Failure::Refused { step, reply: said.reply() },
            Ok(Some(said)) => Failure::broken(step, format!("the server spoke unasked: {}", said.reply())),
            _ => Failure::broken(step, "the server spoke unasked"),
        })
    }

    /// One command, one reply.
    pub(super) async fn ask(&mut self, step: Step, command: &str, limit: Duration) -> Result<Said, Failure> {
        self.silence(step).await?;
        self.say(step, format!("{command}\r\n").as_bytes(), limit).await?;
        self.hear(step, limit).await
    }
}

/// However a system words it.
fn lost(error: &io::Error) -> String {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => CLOSED.to_owned(),
        _ => error.to_string(),
    }
}

/// The reply if it is of this class (2 or 3), else the failure that it means.
pub(super) fn expect(step: Step, said: Said, class: u16) -> Result<Said, Failure> {
    match said.code / 100 {
        found if found == class => Ok(said),
        4 | 5 => Err(Failure::Refused { step, reply: said.reply() }),
        _ => Err(Failure::broken(step, format!("a reply that does not belong there: {}", said.reply()))),
    }
}
