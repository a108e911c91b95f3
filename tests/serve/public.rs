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
                    ("vary", if path == "/nowhere" { "Accept-Language" } else { "Accept-Language, Accept-Encoding" }),
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
    // What browsers ask for by themselves is there, and is no brief.
    let icon = pages.get("/icon.svg");
    assert_eq!((icon.status, icon.header("content-type")), (200, Some("image/svg+xml")));
    assert!(list.text().contains("<link rel=\"icon\" href=\"/icon.svg\""), "{}", list.text());
    assert_eq!((pages.get("/favicon.ico").status, pages.get("/favicon.ico").body.len()), (204, 0));
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
        ("POST", "/green-economy/1/en", 405),
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
    // In the absolute form the host stands in the address, and only there (RFC 9112 §3.2.2).
    let absolute = |host: &str| {
        raw(&format!("GET http://{host}/imprint HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"))
    };
    assert_eq!(
        (absolute(&format!("localhost:{port}")), absolute("evil.example.org"), absolute("localhost")),
        (200, 421, 421)
    );
    // The page that says so is no longer for a longer path.
    let long = pages.get(&format!("/{}", "x".repeat(9_000)));
    assert!(long.status == 404 && long.body.len() < 14_000, "{} bytes", long.body.len());
    // What is too much: lines, bytes, a path, a body.
    let ours = format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n");
    assert_eq!(raw(&format!("{ours}X: {}\r\n\r\n", "x".repeat(20_000))), 431);
    // As many lines as proxies before it may add.
    assert_eq!(raw(&format!("{ours}{}\r\n", "X: y\r\n".repeat(110))), 200);
    assert_eq!(raw(&format!("{ours}{}\r\n", "X: y\r\n".repeat(200))), 431);
    assert!([414, 431].contains(&raw(&format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(70_000)))));
    // Header lines inside a value, or bytes that no header has.
    assert_eq!(raw(&format!("{ours}Accept-Language: de\u{0}\r\n\r\n")), 400);
    let answer = pages.ask("GET", "/?lang=de%0d%0aSet-Cookie:x=1", "", "");
    assert_eq!((answer.status, answer.header("set-cookie")), (200, None));
    let log = pages.serve.log();
    assert!(!log.contains("panicked") && !log.contains("ERROR"), "{log}");
    assert_eq!(pages.serve.end(), Some(0));
}

/// What is kept of mails that people write is told where somebody reads them; what is kept of those that came back, everywhere.
#[test]
fn the_privacy_page_tells_what_is_kept_of_mails_that_come_back() {
    let house = public_house();
    let mut pages = Pages::start(&house);
    let has = |pages: &Pages, code: &str| pages.get(&format!("/privacy?lang={code}")).text().to_owned();
    let all = [
        ("en", "If a mail to you comes back", "If you write to one of the addresses"),
        ("de", "Wenn eine Mail an Sie zurückkommt", "Wenn Sie an eine der Adressen in unseren Mails schreiben"),
        ("zh", "如邮件被退回", "如您向我们邮件中的地址来信"),
    ];
    for (code, bounced, written) in all {
        let text = has(&pages, code);
        assert!(text.contains(bounced) && !text.contains(written), "{text}");
    }
    assert_eq!(pages.serve.end(), Some(0));
    std::fs::create_dir_all(house.path("maildir/new")).unwrap();
    std::fs::create_dir_all(house.path("maildir/cur")).unwrap();
    std::fs::create_dir_all(house.path("maildir/tmp")).unwrap();
    let port = pages.port;
    let maildir = house.path("maildir");
    house.change_settings("[replies]\n", &format!("[replies]\nmaildir = \"{}\"\n", maildir.display()));
    house.change_settings("[retention]\n", "[retention]\nmails = \"400 days\"\n");
    let mut pages = Pages { serve: house.serve(&[]), port };
    pages.serve.wait_for("readers are answered");
    for (code, bounced, written) in all {
        let text = has(&pages, code);
        assert!(text.contains(bounced) && text.contains(written) && text.contains("400"), "{text}");
        assert!(text.len() < 14_000, "{} bytes", text.len());
    }
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

/// Between two requests a connection holds nothing of the first: what follows is read as it comes, all at once or byte by byte.
#[test]
fn a_connection_answers_request_after_request_however_they_come() {
    let house = public_house();
    let mut pages = Pages::start(&house);
    let host = format!("Host: localhost:{}\r\n", pages.port);
    let mut stream = TcpStream::connect(("127.0.0.1", pages.port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut answer = |body: bool| {
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let from = head.len();
            assert!(reader.read_line(&mut head).unwrap() > 0, "it ended: {head}");
            if let Some(value) = head[from..].strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut text = vec![0; if body { length } else { 0 }];
        reader.read_exact(&mut text).unwrap();
        (head[9..12].parse::<u16>().unwrap(), String::from_utf8(text).unwrap())
    };
    let (imprint, robots) =
        (format!("GET /imprint HTTP/1.1\r\n{host}\r\n"), format!("GET /robots.txt HTTP/1.1\r\n{host}\r\n"));
    let post = |body: &str| format!("POST /u/x HTTP/1.1\r\n{host}Content-Length: {}\r\n\r\n{body}", body.len());
    for round in 0..3 {
        // One at a time.
        stream.write_all(imprint.as_bytes()).unwrap();
        assert!(answer(true).1.contains("<h1>Imprint</h1>"), "{round}");
        // All at once, with a body that looks like a request in the middle.
        let all =
            [&*imprint, &post(&robots), &robots, &format!("HEAD /imprint HTTP/1.1\r\n{host}\r\n"), &robots].concat();
        stream.write_all(all.as_bytes()).unwrap();
        assert!(answer(true).1.contains("<h1>Imprint</h1>"));
        assert_eq!(answer(true).0, 404);
        assert!(answer(true).1.starts_with("User-agent: *"));
        assert_eq!(answer(false).0, 200);
        assert!(answer(true).1.starts_with("User-agent: *"));
        // One and the beginning of the next, which comes byte by byte.
        let (first, rest) = robots.split_at(10);
        stream.write_all([&*imprint, first].concat().as_bytes()).unwrap();
        assert!(answer(true).1.contains("<h1>Imprint</h1>"));
        for byte in rest.bytes() {
            stream.write_all(&[byte]).unwrap();
        }
        assert!(answer(true).1.starts_with("User-agent: *"));
        // A body that comes after its head, and is answered without being read: what follows is not taken for a request.
        let late = post(&"x".repeat(20_000)).replacen("/u/", "/c/", 1);
        let (head, body) = late.split_at(late.find("\r\n\r\n").unwrap() + 4);
        if round == 2 {
            stream.write_all(head.as_bytes()).unwrap();
            assert_eq!(answer(true).0, 413);
            let _ = stream.write_all(body.replace('x', "GET / HTTP/1.1\r\n\r\n").as_bytes());
            let mut more = String::new();
            let _ = reader.read_to_string(&mut more);
            assert_eq!(more, "");
            break;
        }
    }
    assert_eq!(pages.serve.end(), Some(0));
}
