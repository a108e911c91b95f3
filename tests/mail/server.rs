//! An SMTP server that does what it is told: by default all that is right, at one step what a test wants.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// What the server does when a step is reached.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Says it, CRLF included.
    Say(Vec<u8>),
    /// Says it and closes.
    Last(Vec<u8>),
    /// Says it, a byte every so many milliseconds.
    Drip(Vec<u8>, u64),
    /// Says the start of a line and then this many octets more.
    Endless(&'static str, usize),
    /// Says it, and after so many milliseconds something more.
    Late(Vec<u8>, u64, Vec<u8>),
    /// Says nothing any more.
    Hang,
    /// Closes without a word.
    Close,
    /// Goes on in TLS.
    Upgrade(Vec<u8>),
}

pub fn say(line: &str) -> Answer {
    Answer::Say(format!("{line}\r\n").into_bytes())
}

pub type Answers = Vec<(&'static str, Answer)>;

/// The words of EHLO, and what is done at which step: a verb, the start of a line such as `RCPT TO:<a@`, `greeting`,
/// `.` for the end of a mail, or `To: a@` for the end of a mail with such a header.
#[derive(Clone, Default)]
pub struct Server {
    pub offers: Vec<&'static str>,
    pub answers: Answers,
    /// So many connections at a time; further ones are sent away
    pub most: Option<usize>,
    /// What it was told since, instead of `answers`
    pub told: Arc<Mutex<Option<Answers>>>,
    pub tls: Option<Arc<ServerConfig>>,
    /// In TLS from the first byte
    pub implicit: bool,
}

/// Where it listens, and what it heard: command lines and whole mails.
pub struct Running {
    pub port: u16,
    heard: mpsc::UnboundedReceiver<Vec<u8>>,
    told: Arc<Mutex<Option<Answers>>>,
    cut: watch::Sender<()>,
}

impl Running {
    /// Closes all connections in the middle of whatever they do; new ones are taken.
    pub fn cut(&self) {
        self.cut.send_replace(());
    }

    /// From now on it does that.
    pub fn tell(&self, answers: Answers) {
        *self.told.lock().unwrap() = Some(answers);
    }

    pub fn heard(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.heard.try_recv().ok())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }
}

impl Server {
    pub async fn start(self) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (say, heard) = mpsc::unbounded_channel();
        let told = self.told.clone();
        let (cut, mut cutting) = watch::channel(());
        tokio::spawn(async move {
            let open = Arc::new(());
            while let Ok((mut stream, _)) = listener.accept().await {
                let (server, say, open) = (self.clone(), say.clone(), open.clone());
                cutting.mark_unchanged();
                let mut cutting = cutting.clone();
                tokio::spawn(async move {
                    if server.most.is_some_and(|most| Arc::strong_count(&open) - 2 >= most) {
                        return stream.write_all(b"421 4.7.0 too many connections\r\n").await.ok();
                    }
                    let end = tokio::select! {
                        end = server.connection(stream, say) => end,
                        _ = cutting.changed() => None,
                    };
                    drop(open);
                    end
                });
            }
        });
        Running { port, heard, told, cut }
    }

    async fn connection(self, mut stream: TcpStream, heard: mpsc::UnboundedSender<Vec<u8>>) -> Option<()> {
        if self.implicit {
            let mut stream = TlsAcceptor::from(self.tls.clone()?).accept(stream).await.ok()?;
            self.perform(&mut stream, "greeting", b"").await?;
            return self.converse(&mut stream, &heard).await.map(|_| ());
        }
        self.perform(&mut stream, "greeting", b"").await?;
        self.converse(&mut stream, &heard).await?;
        let mut stream = TlsAcceptor::from(self.tls.clone()?).accept(stream).await.ok()?;
        self.converse(&mut stream, &heard).await.map(|_| ())
    }

    /// Until the other side closes, or `Some` when TLS begins.
    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        heard: &mpsc::UnboundedSender<Vec<u8>>,
    ) -> Option<()> {
        // Nobody says anything into a handshake's beginning: what is read ahead is never TLS.
        let stream = &mut BufReader::new(stream);
        let mut in_mail = false;
        let mut bytes = Vec::new();
        loop {
            bytes.push(stream.read_u8().await.ok()?);
            let ends: &[u8] = if in_mail { b"\r\n.\r\n" } else { b"\r\n" };
            if !bytes.ends_with(ends) {
                continue;
            }
            let line = std::mem::take(&mut bytes);
            heard.send(line.clone()).ok()?;
            let verb = if in_mail { ".".to_owned() } else { verb(&line) };
            let said = self.perform(stream, &verb, &line).await?;
            if matches!(said, Answer::Upgrade(_)) {
                return Some(());
            }
            in_mail = verb == "DATA"
                && matches!(&said, Answer::Say(text) | Answer::Late(_, _, text) if text.starts_with(b"354"));
        }
    }

    fn answers(&self) -> Answers {
        self.told.lock().unwrap().clone().unwrap_or_else(|| self.answers.clone())
    }

    async fn perform<S: AsyncWrite + Unpin>(&self, stream: &mut S, step: &str, line: &[u8]) -> Option<Answer> {
        let has_header =
            |name: &str| name.starts_with("To: ") && String::from_utf8_lossy(line).contains(&format!("\r\n{name}"));
        let is_it = |name: &str| {
            name == step
                || (name.contains(' ') && line.starts_with(name.as_bytes()))
                || (step == "." && has_header(name))
        };
        let answer = self.answers().iter().find(|(name, _)| is_it(name)).map(|(_, answer)| answer.clone());
        let answer = answer.unwrap_or_else(|| self.usual(step));
        match &answer {
            Answer::Say(bytes) | Answer::Upgrade(bytes) => stream.write_all(bytes).await.ok()?,
            Answer::Last(bytes) => {
                stream.write_all(bytes).await.ok()?;
                stream.shutdown().await.ok()?;
                return None;
            }
            Answer::Drip(bytes, pause) => {
                for byte in bytes {
                    stream.write_all(&[*byte]).await.ok()?;
                    stream.flush().await.ok()?;
                    tokio::time::sleep(Duration::from_millis(*pause)).await;
                }
            }
            Answer::Endless(start, more) => {
                stream.write_all(start.as_bytes()).await.ok()?;
                for _ in 0..more / 1000 {
                    stream.write_all(&[b'a'; 1000]).await.ok()?;
                }
                stream.write_all(b"\r\n").await.ok()?;
            }
            Answer::Late(now, pause, later) => {
                stream.write_all(now).await.ok()?;
                stream.flush().await.ok()?;
                tokio::time::sleep(Duration::from_millis(*pause)).await;
                stream.write_all(later).await.ok()?;
            }
            Answer::Hang => std::future::pending().await,
            Answer::Close => return None,
        }
        stream.flush().await.ok()?;
        Some(answer)
    }

    fn usual(&self, step: &str) -> Answer {
        let refuses = self.answers().iter().any(|(name, answer)| {
            ["MAIL", "RCPT"].contains(name)
                && matches!(answer, Answer::Say(text) if text.starts_with(b"4") || text.starts_with(b"5"))
        });
        match step {
            "greeting" => say("220 mx.example.net ready"),
            "EHLO" => {
                let mut lines = vec!["mx.example.net"];
                lines.extend(&self.offers);
                let last = lines.pop().unwrap();
                Answer::Say(
                    lines
                        .iter()
                        .map(|l| format!("250-{l}\r\n"))
                        .chain([format!("250 {last}\r\n")])
                        .collect::<String>()
                        .into(),
                )
            }
            "DATA" if refuses => say("554 5.5.1 no valid recipients"),
            "DATA" => say("354 go on"),
            "." => say("250 2.0.0 Ok: queued as 4F"),
            "QUIT" => Answer::Last(b"221 2.0.0 bye\r\n".to_vec()),
            _ => say("250 2.1.0 ok"),
        }
    }
}

fn verb(line: &[u8]) -> String {
    String::from_utf8_lossy(line).split([' ', '\r']).next().unwrap_or_default().to_owned()
}
