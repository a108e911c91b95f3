//! As much of HTTP/1.1 as the tests need: one request a connection, and a stream of news.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::Instant,
};

use serde_json::Value;

use super::PATIENCE;

pub(super) struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// Sends a request with the usual Host.
pub(super) fn ask(port: u16, method: &str, path: &str, body: &str) -> Answer {
    say(port, method, path, &format!("127.0.0.1:{port}"), body)
}

pub(super) fn get(port: u16, path: &str) -> Answer {
    ask(port, "GET", path, "")
}

pub(super) fn say(port: u16, method: &str, path: &str, host: &str, body: &str) -> Answer {
    let mut stream = open(port, method, path, host, body);
    let (status, head) = head(&mut stream);
    let mut body = Vec::new();
    match header(&head, "content-length").map(|length| length.parse().unwrap()) {
        Some(_) if method == "HEAD" => {}
        Some(length) => drop(stream.take(length).read_to_end(&mut body).unwrap()),
        None => drop(stream.read_to_end(&mut body).unwrap()),
    }
    Answer { status, head, body }
}

/// Sends these bytes, and reads the one answer.
pub(super) fn exchange(port: u16, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // The server may refuse before it has read all.
    let _ = stream.write_all(request);
    let mut stream = BufReader::new(stream);
    let (status, head) = head(&mut stream);
    let mut body = Vec::new();
    match header(&head, "content-length").map(|length| length.parse().unwrap()) {
        Some(_) if request.starts_with(b"HEAD") => drop(stream.read_to_end(&mut body)),
        Some(length) => drop(stream.take(length).read_to_end(&mut body).unwrap()),
        None => drop(stream.read_to_end(&mut body)),
    }
    Answer { status, head, body }
}

/// Connections that say nothing, as many as are asked for.
pub(super) fn idle(port: u16, count: usize) -> Vec<TcpStream> {
    (0..count).map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap()).collect()
}

/// The status of the answer to a request as it is written.
pub(super) fn raw(port: u16, request: &str) -> u16 {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    head(&mut BufReader::new(stream)).0
}

fn open(port: u16, method: &str, path: &str, host: &str, body: &str) -> BufReader<TcpStream> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let length = body.len();
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all((head + body).as_bytes()).unwrap();
    BufReader::new(stream)
}

fn head(stream: &mut BufReader<TcpStream>) -> (u16, String) {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(stream.read_line(&mut head).unwrap() > 0, "the answer breaks off: {head}");
    }
    (head[9..12].parse().unwrap(), head)
}

/// News as they come: server-sent events in a chunked body.
pub(super) struct Events {
    stream: BufReader<TcpStream>,
    text: String,
}

impl Events {
    pub fn of(port: u16, path: &str) -> Events {
        let mut stream = open(port, "GET", path, &format!("127.0.0.1:{port}"), "");
        let (status, head) = head(&mut stream);
        assert_eq!((status, header(&head, "content-type")), (200, Some("text/event-stream")));
        Events { stream, text: String::new() }
    }

    /// The data of the next event. Comments that keep the connection alive are not news.
    fn next(&mut self, begun: Instant) -> Value {
        loop {
            assert!(begun.elapsed() < PATIENCE, "no such news");
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let data = event.lines().find_map(|line| line.strip_prefix("data: ")).map(|data| data.parse().unwrap());
                self.text = rest.to_owned();
                match data {
                    Some(data) => return data,
                    None => continue,
                }
            }
            let mut size = String::new();
            self.stream.read_line(&mut size).unwrap();
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            let mut chunk = vec![0; size + 2];
            self.stream.read_exact(&mut chunk).unwrap();
            self.text += std::str::from_utf8(&chunk[..size]).unwrap();
        }
    }

    /// The first one for which this holds.
    pub fn until(&mut self, holds: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let state = self.next(begun);
            if holds(&state) {
                return state;
            }
        }
    }
}
