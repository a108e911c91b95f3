//! The pages for readers as programs meet them: languages, headers, limits, what is refused, and what an edit of the config
//! changes. What they look like in a browser is in `public_browser`; leaving is in `public_leaving`.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use greenbrief::base::tls::TlsClient;

use super::{
    House, PATIENCE, Serve, free_port,
    http::{Answer, exchange},
};

/// A daemon that answers readers under `http://localhost:PORT`.
pub(super) struct Pages {
    pub serve: Serve,
    pub port: u16,
}

impl Pages {
    pub fn start(house: &House) -> Pages {
        let port = free_port();
        let [url, listen] = [format!("http://localhost:{port}"), format!("127.0.0.1:{port}")];
        house.change_settings("[web]\n", &format!("[web]\npublic.url = \"{url}\"\npublic.listen = \"{listen}\"\n"));
        let mut serve = house.serve(&[]);
        serve.wait_for("readers are answered");
        Pages { serve, port }
    }

    /// Asks with these header lines, each with its end.
    pub fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let (port, length) = (self.port, body.len());
        let length = if method == "POST" { format!("Content-Length: {length}\r\n") } else { String::new() };
        let host = if headers.to_lowercase().contains("host:") {
            String::new()
        } else {
            format!("Host: localhost:{port}\r\n")
        };
        let head = format!("{method} {path} HTTP/1.1\r\n{host}Connection: close\r\n{length}{headers}\r\n");
        exchange(port, (head + body).as_bytes())
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", "")
    }

    /// Sends a form as a browser does.
    pub fn post(&self, path: &str, form: &str) -> Answer {
        self.ask("POST", path, "Content-Type: application/x-www-form-urlencoded\r\n", form)
    }
}

/// A house whose brief is listed.
pub(super) fn public_house() -> House {
    let house = House::new();
    house.change("# public = \"off\" ", "public = \"public\" #");
    house
}

#[test]
fn a_reader_gets_pages_in_their_language_and_nothing_from_elsewhere() {
    let house = public_house();
    let pages = Pages::start(&house);
    for (path, titles) in [
        ("/", ["Our publications", "Unsere Publikationen", "我们的简报"]),
        ("/imprint", ["Imprint", "Impressum", "出版信息"]),
        ("/privacy", ["Privacy", "Datenschutz", "隐私政策"]),
        ("/nowhere", ["There is no such page", "Diese Seite gibt es nicht", "页面不存在"]),
    ] {
        for (code, tag, accept, title) in [
            ("en", "en", "fr, en;q=0.5", titles[0]),
            ("de", "de", "de-CH,en;q=0.9", titles[1]),
            ("zh", "zh-Hans", "zh-TW", titles[2]),
        ] {
            let by_browser = pages.ask("GET", path, &format!("Accept-Language: {accept}\r\n"), "");
            let by_address = pages.ask("GET", &format!("{path}?lang={code}"), "Accept-Language: fr\r\n", "");
            for answer in [&by_browser, &by_address] {
                assert_eq!(answer.status, if path == "/nowhere" { 404 } else { 200 });
                let text = answer.text();
                assert!(text.starts_with(&format!("<!doctype html>\n<html lang=\"{tag}\">")), "{text}");
                assert!(text.contains(&format!("<h1>{title}</h1>")), "{text}");
                assert!(text.contains("<title>") && text.contains("· greenbrief</title>"), "{text}");
                assert!(text.len() < 14_000, "{path}: {} bytes", text.len());
                assert!(!text.contains("http") || path == "/privacy", "{text}");
                assert!(!text.contains("<script") && !text.contains("style=") && !text.contains("{{"), "{text}");
                assert_eq!(answer.header("content-language"), Some(tag));
                let policy = answer.header("content-security-policy").unwrap();
                assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
                for (name, value) in [
                    ("content-type", "text/html; charset=utf-8"),
                    ("x-content-type-options", "nosniff"),
                    ("referrer-policy", "no-referrer"),
                    ("vary", "Accept-Language"),
                ] {
                    assert_eq!(answer.header(name), Some(value), "{name}");
                }
                assert_eq!((answer.header("set-cookie"), answer.header("server")), (None, None));
                // A name of this machine has no certificate.
                assert_eq!(answer.header("strict-transport-security"), None);
            }
            assert_eq!(by_browser.text().replace(path, "/"), by_address.text().replace(path, "/"));
        }
    }
    let list = pages.get("/?lang=de");
    assert!(list.text().contains("<a href=\"/green-economy?lang=de\">Grüne Wirtschaft</a>"), "{}", list.text());
    assert_eq!(pages.get("/nowhere").header("x-robots-tag"), Some("noindex"));
    let style = pages.get("/style.css");
    assert_eq!((style.status, style.header("content-type")), (200, Some("text/css; charset=utf-8")));
    assert!(list.body.len() + style.body.len() < 14_000, "{} + {}", list.body.len(), style.body.len());
    assert!(!style.text().contains("url(") && !style.text().contains("@import"));
    let head = pages.ask("HEAD", "/imprint", "", "");
    assert_eq!((head.status, head.body.len(), head.header("content-length").is_some()), (200, 0, true));
    assert!(pages.get("/robots.txt").text().contains("Disallow: /u/\n"));
}

#[test]
fn what_is_no_request_for_these_pages_is_refused_and_breaks_nothing() {
    let house = public_house();
    let mut pages = Pages::start(&house);
    let port = pages.port;
    for (method, path, status) in [
        ("POST", "/", 405),
        ("DELETE", "/imprint", 405),
        ("TRACE", "/", 405),
        ("OPTIONS", "*", 405),
        ("GET", "/..", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("GET", "/u/../imprint", 404),
        ("GET", "//imprint", 404),
        ("GET", "/imprint/", 404),
        ("GET", "/Imprint", 404),
        ("GET", "/%69mprint%00", 404),
        ("GET", "/u/%ff%fe", 404),
        ("GET", "/style.css/..", 404),
        ("GET", "/?lang=%00", 200),
        ("GET", "/?lang=%3Cscript%3Ealert(1)%3C/script%3E", 200),
        ("GET", "/nothing%3Cscript%3Ealert(1)", 404),
        ("GET", "/nothing<script>alert(1)</script>", 400),
    ] {
        let answer = pages.ask(method, path, "", "");
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(!answer.text().contains("<script"), "{path}");
    }
    // Names that are not ours, and requests that name none or two.
    for (host, status) in [
        ("evil.example.org", 421),
        ("localhost", 421),
        (&*format!("LOCALHOST:{port}"), 200),
        (&*format!("localhost:{port}.evil.example.org"), 421),
        ("", 421),
    ] {
        let answer = pages.ask("GET", "/imprint", &format!("Host: {host}\r\n"), "");
        assert_eq!(answer.status, status, "{host}");
        assert!(!answer.text().contains("evil"), "{}", answer.text());
    }
    let raw = |request: &str| exchange(port, request.as_bytes()).status;
    assert_eq!(raw("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"), 400);
    assert_eq!(raw(&format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nHost: x\r\nConnection: close\r\n\r\n")), 400);
    assert_eq!(raw("nonsense\r\n\r\n"), 400);
    // What is too much: lines, bytes, a path, a body.
    let ours = format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n");
    assert_eq!(raw(&format!("{ours}X: {}\r\n\r\n", "x".repeat(20_000))), 431);
    assert_eq!(raw(&format!("{ours}{}\r\n", "X: y\r\n".repeat(100))), 431);
    assert!([414, 431].contains(&raw(&format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(70_000)))));
    // Header lines inside a value, or bytes that no header has.
    assert_eq!(raw(&format!("{ours}Accept-Language: de\u{0}\r\n\r\n")), 400);
    let answer = pages.ask("GET", "/?lang=de%0d%0aSet-Cookie:x=1", "", "");
    assert_eq!((answer.status, answer.header("set-cookie")), (200, None));
    let log = pages.serve.log();
    assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
    assert_eq!(pages.serve.end(), Some(0));
}

#[test]
fn an_edit_of_the_config_is_seen_at_once_and_another_address_needs_a_restart() {
    let house = public_house();
    let mut pages = Pages::start(&house);
    let port = pages.port;
    let has = || pages.get("/?lang=en").text().to_owned();
    let wait = |wanted: &str| {
        let begun = Instant::now();
        while !has().contains(wanted) {
            assert!(begun.elapsed() < PATIENCE, "{wanted}\n{}", pages.serve.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    assert!(has().contains("Green Economy Brief"));
    house.change("public = \"public\" ", "public = \"link\" ");
    wait("Nothing is published here");
    house.change_settings("name = \"greenbrief\"", "name = \"Büro & Söhne <GmbH>\"");
    wait("<title>Our publications · Büro &amp; Söhne &lt;GmbH&gt;</title>");
    let other = free_port();
    house.change_settings(&format!("\"127.0.0.1:{port}\""), &format!("\"127.0.0.1:{other}\""));
    pages
        .serve
        .wait_for(&format!("web.public.listen is still 127.0.0.1:{port}, not 127.0.0.1:{other}: restart to apply it"));
    assert!(pages.get("/").text().contains("Büro"));
    assert_eq!(pages.serve.end(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_told_with_its_place() {
    let house = public_house();
    let pages = Pages::start(&house);
    let told = house.run(&["serve", "--set", "store.url=sqlite:../var/other.db"]);
    assert_eq!(told.code, 3, "{}", told.err);
    let what = format!("error: 127.0.0.1:{} is taken: another program listens there\n", pages.port);
    assert!(told.err.contains(&what) && told.err.contains("public.listen = "), "{}", told.err);
}

/// The same over TLS: its certificate is read anew when its files are.
#[test]
fn a_certificate_of_its_own_is_shown_and_the_next_one_as_soon_as_it_is_there() {
    let house = public_house();
    let port = free_port();
    let pair = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (first, second) = (pair(), pair());
    let install = |pair: &rcgen::CertifiedKey<rcgen::KeyPair>| {
        house.write("config/web.pem", &pair.cert.pem());
        house.write_secret("config/web.key", &pair.signing_key.serialize_pem());
    };
    install(&first);
    house.change_settings(
        "[web]\n",
        &format!(
            "[web]\npublic.url = \"https://localhost:{port}\"\npublic.listen = \"127.0.0.1:{port}\"\n\
             public.certificate_file = \"web.pem\"\npublic.key_file = \"web.key\"\n"
        ),
    );
    let mut serve = house.serve(&[]);
    serve.wait_for("readers are answered");
    // The answer that a client gets who trusts this certificate alone.
    let ask = |pair: &rcgen::CertifiedKey<rcgen::KeyPair>| -> Result<String, std::io::Error> {
        let client = TlsClient::with_roots(pair.cert.pem().as_bytes()).unwrap();
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
            let mut stream = client.encrypt("localhost", stream).await?;
            let request = format!("GET /imprint HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await?;
            Ok(answer)
        })
    };
    let answer = ask(&first).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("<h1>Imprint</h1>"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=31536000\r\n"), "{answer}");
    assert!(ask(&second).is_err());
    install(&second);
    let begun = Instant::now();
    while ask(&second).is_err() {
        assert!(begun.elapsed() < PATIENCE, "the old certificate is still shown\n{}", serve.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(ask(&first).is_err());
    // Who speaks HTTP here, or nothing at all, is no trouble.
    let mut plain = TcpStream::connect(("127.0.0.1", port)).unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    plain.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut nothing = Vec::new();
    let _ = plain.read_to_end(&mut nothing);
    assert!(!nothing.starts_with(b"HTTP"), "{nothing:?}");
    assert!(ask(&second).is_ok());
    assert_eq!(serve.end(), Some(0));
    assert!(!serve.log().contains("ERROR"), "{}", serve.log());
}

/// A request that is being answered when the daemon ends is answered; one that never comes is not waited for.
#[test]
fn the_daemon_ends_without_waiting_for_the_idle_and_the_slow() {
    let house = public_house();
    let mut pages = Pages::start(&house);
    let _idle = super::http::idle(pages.port, 200);
    let mut slow = TcpStream::connect(("127.0.0.1", pages.port)).unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: loc").unwrap();
    let mut kept = TcpStream::connect(("127.0.0.1", pages.port)).unwrap();
    kept.set_read_timeout(Some(PATIENCE)).unwrap();
    kept.write_all(format!("GET /robots.txt HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", pages.port).as_bytes()).unwrap();
    let mut kept = BufReader::new(kept);
    let mut line = String::new();
    kept.read_line(&mut line).unwrap();
    assert_eq!(line, "HTTP/1.1 200 OK\r\n");
    let begun = Instant::now();
    assert_eq!(pages.serve.end(), Some(0));
    // Less than the times after which a connection would end by itself.
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
    let mut rest = Vec::new();
    let _ = kept.read_to_end(&mut rest);
}
