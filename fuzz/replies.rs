//! What the fuzzer of replies calls, and the tests with its corpus: any bytes as an SMTP server's replies, in any pieces.
//! They are read without a panic, in bounded memory and alike however they are split; and a session that is answered
//! with them takes a mail for sent only if the answer to its final dot was 2xx.

use std::time::Duration;

use greenbrief::mail::{
    reply::{Fault, LONGEST_LINE, LONGEST_TEXT, MOST_LINES, Reader, Said},
    session::{Failure, Relay, Reply, Session, Timeouts, Tls, Trust},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// Octets that a session reads at once.
const CHUNK: usize = 4096;
/// Parts what the server says at one command from what it says at the next; GBK and UTF-8 do not use it.
const NEXT: u8 = 0xff;

/// All replies in bytes that come in pieces of this size; the fault that ended them, with what may be known all the same.
pub fn read(bytes: &[u8], piece: usize) -> (Vec<Said>, Option<(Fault, Option<Said>)>) {
    let mut reader = Reader::default();
    let mut said = Vec::new();
    for part in bytes.chunks(piece) {
        let mut taken = reader.feed(part).and_then(|()| reader.take());
        while let Ok(Some(one)) = taken {
            said.push(one);
            taken = reader.take();
        }
        if let Err(fault) = taken {
            return (said, Some((fault, reader.verdict())));
        }
    }
    (said, None)
}

/// The first octet says how large the pieces are; the others are what a server says.
pub fn replies(bytes: &[u8]) {
    let Some((size, bytes)) = bytes.split_first() else { return };
    let whole = read(bytes, CHUNK);
    for piece in [1, usize::from(*size) + 2] {
        assert_eq!(read(bytes, piece), whole, "in pieces of {piece}");
    }
    for one in &whole.0 {
        assert!((200..=599).contains(&one.code) && one.lines.len() <= MOST_LINES);
        assert!(one.lines.iter().all(|line| line.len() <= LONGEST_LINE));
        let text = one.reply().text;
        assert!(text.chars().count() <= LONGEST_TEXT && !text.chars().any(char::is_control));
    }
    converse(bytes);
}

/// A session with a server that says these bytes, a part after each command, and then hangs up.
fn converse(bytes: &[u8]) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async {
        let Ok(listener) = TcpListener::bind("127.0.0.1:0").await else { return };
        let Ok(here) = listener.local_addr() else { return };
        let (at_dot, sent) = tokio::join!(serve(listener, bytes), send(here.port()));
        let known = at_dot.and_then(code);
        if let Ok(reply) = &sent {
            assert!(reply.is_positive() && known == Some(reply.code), "sent: {reply}, but {at_dot:?} was said");
        }
        let short = at_dot.is_some_and(|said| said.len() < CHUNK && said.split(|b| *b == b'\n').count() < MOST_LINES);
        if short && known.is_some_and(|code| code / 100 == 2) {
            assert!(sent.is_ok(), "{sent:?}, but {at_dot:?} was said");
        }
    });
}

/// Gives what was said at the final dot, if one came.
async fn serve(listener: TcpListener, bytes: &[u8]) -> Option<&[u8]> {
    let (mut stream, _) = listener.accept().await.ok()?;
    let mut parts = bytes.split(|b| *b == NEXT);
    let mut say = parts.next().unwrap_or_default().to_vec();
    let (mut asked, mut heard, mut in_mail) = (1, Vec::new(), false);
    loop {
        stream.write_all(&say).await.ok()?;
        if read(&say, CHUNK).0.len() < asked {
            // Nobody need wait for what never comes.
            stream.shutdown().await.ok()?;
        }
        (say, asked) = (Vec::new(), 0);
        while asked == 0 {
            if stream.read_buf(&mut heard).await.ok()? == 0 {
                return None;
            }
            while !in_mail && let Some(end) = heard.windows(2).position(|two| two == b"\r\n") {
                let line: Vec<u8> = heard.drain(..end + 2).collect();
                say.extend_from_slice(parts.next().unwrap_or_default());
                asked += 1;
                in_mail = line == b"DATA\r\n";
            }
            if in_mail && heard.ends_with(b"\r\n.\r\n") {
                let last = parts.next().unwrap_or_default();
                stream.write_all(last).await.ok();
                stream.shutdown().await.ok();
                return Some(last);
            }
        }
    }
}

async fn send(port: u16) -> Result<Reply, Failure> {
    let time = Duration::from_secs(10);
    let timeouts = Timeouts { connect: time, greeting: time, command: time, data: time, block: time, dot: time };
    let relay = Relay { host: "127.0.0.1".into(), port, tls: Tls::None, login: None, helo: None, timeouts };
    // Nobody is trusted, nobody is asked.
    let Ok(trust) = Trust::with_roots(b"") else { unreachable!("no certificate is wrong") };
    let mut session = Session::open(&relay, &trust).await?;
    session.offer("a@example.org", "b@example.net", 5).await?;
    session.write(&[b"Hi.\r\n"]).await?;
    session.finish().await
}

/// The code of the first reply (RFC 5321 §4.2.1), read once more and in another way: all lines have it, and the last has
/// no hyphen.
fn code(said: &[u8]) -> Option<u16> {
    let mut first = None;
    for line in said.split_inclusive(|b| *b == b'\n') {
        let digits = line.get(..3).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        let code: u16 = std::str::from_utf8(digits).ok()?.parse().ok()?;
        if *first.get_or_insert(code) != code {
            return None;
        }
        match line.get(3)? {
            b'-' => {}
            b' ' | b'\r' | b'\n' => return Some(code),
            _ => return None,
        }
    }
    None
}
