//! What the fuzzer of replies calls, and the tests with its corpus: any bytes as an SMTP server's replies, in any pieces.
//! They are read without a panic, in bounded memory and alike however they are split; and a session that is answered
//! with them takes a mail for sent only if the answer to its final dot was 2xx.

use std::time::Duration;

use greenbrief::delivery::mail::{
    reply::{MAX_LINE_LENGTH, MAX_LINES, MAX_TEXT_LENGTH, RawReply, ReplyError, ReplyReader},
    session::{Failure, Relay, Reply, Session, Timeouts, Tls, TlsClient},
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
pub fn read(bytes: &[u8], piece: usize) -> (Vec<RawReply>, Option<(ReplyError, Option<RawReply>)>) {
    let mut reader = ReplyReader::default();
    let mut said = Vec::new();
    for part in bytes.chunks(piece) {
        let mut taken = reader.feed(part).and_then(|()| reader.next_reply());
        while let Ok(Some(one)) = taken {
            said.push(one);
            taken = reader.next_reply();
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
        assert!((200..=599).contains(&one.code) && one.lines.len() <= MAX_LINES);
        assert!(one.lines.iter().all(|line| line.len() <= MAX_LINE_LENGTH));
        let text = one.reply().text;
        assert!(text.chars().count() <= MAX_TEXT_LENGTH && !text.chars().any(char::is_control));
    }
    converse(bytes);
}

/// A session with a server that says these bytes, a part after each command, and then hangs up. Two mails go over it, the
/// second one's envelope with the first one's dot.
fn converse(bytes: &[u8]) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async {
        let Ok(listener) = TcpListener::bind("127.0.0.1:0").await else { return };
        let Ok(here) = listener.local_addr() else { return };
        let mut sent = Vec::new();
        let (at_dots, _) = tokio::join!(serve(listener, bytes), send(here.port(), &mut sent));
        for (number, sent) in sent.iter().enumerate() {
            let said = at_dots.get(number).map(Vec::as_slice);
            let known = said.and_then(code);
            if let Ok(reply) = sent {
                assert!(reply.is_positive() && known == Some(reply.code), "sent: {reply}, but {said:?} was said");
            }
            let short = said.is_some_and(|said| said.len() < CHUNK && said.split(|b| *b == b'\n').count() < MAX_LINES);
            // Where what follows shows that the answers are out of order, nobody knows which was the dot's.
            let muddled = matches!(sent, Err(failure) if failure.to_string().ends_with("answers out of order"));
            if short && !muddled && known.is_some_and(|code| code / 100 == 2) {
                assert!(sent.is_ok(), "{sent:?}, but {said:?} was said");
            }
        }
    });
}

/// Gives for each final dot that came what was said from then on, up to the next command that was waited for.
async fn serve(listener: TcpListener, bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut at_dots = Vec::new();
    let Ok((mut stream, _)) = listener.accept().await else { return at_dots };
    let mut parts = bytes.split(|b| *b == NEXT);
    let mut say = parts.next().unwrap_or_default().to_vec();
    let (mut asked, mut heard, mut in_mail) = (1, Vec::new(), false);
    // What was asked in one write is heard and answered in one: nobody could tell an answer before its command from that
    // to another one.
    while stream.write_all(&say).await.is_ok() {
        if read(&say, CHUNK).0.len() < asked && stream.shutdown().await.is_err() {
            // Nobody need wait for what never comes.
            break;
        }
        (say, asked) = (Vec::new(), 0);
        let mut dot = None;
        while asked == 0 {
            heard.reserve(CHUNK);
            if !matches!(stream.read_buf(&mut heard).await, Ok(1..)) {
                return at_dots;
            }
            loop {
                let end: &[u8] = if in_mail { b"\r\n.\r\n" } else { b"\r\n" };
                let Some(at) = heard.windows(end.len()).position(|bytes| bytes == end) else { break };
                let command: Vec<u8> = heard.drain(..at + end.len()).collect();
                if in_mail {
                    dot = Some(say.len());
                }
                say.extend_from_slice(parts.next().unwrap_or_default());
                asked += 1;
                in_mail = !in_mail && command == b"DATA\r\n";
            }
        }
        at_dots.extend(dot.and_then(|dot| say.get(dot..)).map(<[u8]>::to_vec));
    }
    at_dots
}

/// What became of each mail whose dot was written; what ended it before that.
async fn send(port: u16, sent: &mut Vec<Result<Reply, Failure>>) -> Result<(), Failure> {
    let time = Duration::from_secs(10);
    let timeouts = Timeouts { connect: time, greeting: time, command: time, data: time, block: time, dot: time };
    let relay = Relay { host: "127.0.0.1".into(), port, tls: Tls::None, login: None, helo: None, timeouts };
    // Nobody is trusted, nobody is asked.
    let Ok(tls_client) = TlsClient::with_roots(b"") else { unreachable!("no certificate is wrong") };
    let mut session = Session::open(&relay, &tls_client).await?;
    let (from, to, next, mail) = ("a@example.org", "b@example.net", "c@example.net", b"Hi.\r\n");
    session.offer(from, to, mail.len()).await?;
    session.write(&[mail]).await?;
    sent.push(session.finish_with(from, next, mail.len()).await);
    session.offer(from, next, mail.len()).await?;
    session.write(&[mail]).await?;
    sent.push(session.finish().await);
    Ok(())
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
