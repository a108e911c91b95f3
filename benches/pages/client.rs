//! As much of an HTTP client as is needed: it keeps its connection. And the work that a form asks of a browser.

use ring::digest::{SHA256, digest};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection that is kept.
pub struct Client {
    stream: TcpStream,
    port: u16,
    /// Header lines that each request has, each with its end
    headers: String,
    buffer: Vec<u8>,
}

impl Client {
    pub async fn connect(port: u16) -> Client {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream, port, headers: String::new(), buffer: Vec::with_capacity(16 * 1024) }
    }

    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Behind a proxy that says that the reader is at this address.
    pub fn from(&mut self, address: &str) {
        self.headers = format!("X-Forwarded-For: {address}\r\n");
    }

    pub async fn get(&mut self, path: &str) -> (u16, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost:{}\r\n{}\r\n", self.port, self.headers)).await
    }

    /// Sends a form.
    pub async fn post(&mut self, path: &str, form: &str) -> (u16, String) {
        let (port, headers, length) = (self.port, &self.headers, form.len());
        let kind = "Content-Type: application/x-www-form-urlencoded";
        let head = format!("POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\n{headers}{kind}\r\n");
        self.ask(&format!("{head}Content-Length: {length}\r\n\r\n{form}")).await
    }

    /// Status and body.
    async fn ask(&mut self, request: &str) -> (u16, String) {
        self.stream.write_all(request.as_bytes()).await.unwrap();
        self.buffer.clear();
        loop {
            assert!(self.stream.read_buf(&mut self.buffer).await.unwrap() > 0, "the connection ended");
            let text = String::from_utf8_lossy(&self.buffer);
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() >= length.parse().unwrap() {
                return (head[9..12].parse().unwrap(), body.to_owned());
            }
        }
    }
}

/// The challenge that the form of a brief has at this time.
pub async fn challenge(client: &mut Client, brief: &str) -> String {
    let (status, page) = client.get(&format!("/{brief}")).await;
    assert_eq!(status, 200);
    let after = page.split("name=\"challenge\" value=\"").nth(1).unwrap();
    after.split('"').next().unwrap().to_owned()
}

/// The number with which the work for an address is done.
pub fn work(challenge: &str, address: &str) -> u64 {
    let start = format!("{challenge}:{address}:");
    let is_done = |number: &u64| digest(&SHA256, format!("{start}{number}").as_bytes()).as_ref()[..2] == [0, 0];
    (0..).find(is_done).unwrap()
}

/// The fields of a sign-up whose work is done.
pub fn sign_up(challenge: &str, address: &str, number: u64) -> String {
    format!("lang=en&language=en&challenge={challenge}&nonce={number}&website=&address={address}")
}
