//! Leaving by the link of a mail: looking changes nothing, however often and by whatever program; a POST leaves at once, in
//! whatever form it comes.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use chrono::Utc;
use greenbrief::{
    people::tokens::Purpose,
    store::{Store, SubscriberQuery},
};
use ring::rand::SystemRandom;
use sqlx::{AnyConnection, Connection as _, Executor as _};

use super::{
    House, PATIENCE,
    public::{Pages, public_house},
    public_joining::link,
};

/// One more reader.
pub(super) fn subscribe(house: &House, address: &str, language: &str) {
    house.done(&["subscribers", "add", address, "--language", language]);
}

/// The token in the links of that reader's mails.
pub(super) fn token_of(house: &House, address: &str) -> String {
    issued(house, address, Purpose::Leave)
}

/// The token with which that reader changes what they get.
pub(super) fn preferences_token_of(house: &House, address: &str) -> String {
    issued(house, address, Purpose::Preferences)
}

/// The token in the links of that reader's mails, from the store at `url`.
pub(super) fn token_at(url: &str, address: &str) -> String {
    issued_at(url, address, Purpose::Leave)
}

fn issued(house: &House, address: &str, purpose: Purpose) -> String {
    issued_at(&format!("sqlite:{}", house.path("var/greenbrief.db").display()), address, purpose)
}

fn issued_at(url: &str, address: &str, purpose: Purpose) -> String {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let store = Store::open(url, Utc::now()).await.unwrap();
        let keys = store.token_keys().keys(&SystemRandom::new(), Utc::now()).await.unwrap();
        let all = store.people().subscribers(SubscriberQuery::default(), 0, 1000).await.unwrap();
        let reader = all.iter().find(|reader| reader.address == address).unwrap();
        let token = keys.issue(purpose, reader.subject()).as_str().to_owned();
        store.close().await;
        token
    })
}

/// How many get the brief.
pub(super) fn active(house: &House) -> usize {
    house.objects(&["subscribers", "list", "--state", "active"]).len()
}

#[test]
fn looking_at_a_link_changes_nothing_and_its_button_leaves() {
    let house = public_house();
    for (address, language) in [("anna@example.net", "en"), ("bernd@example.net", "de"), ("chen@example.net", "zh")] {
        subscribe(&house, address, language);
    }
    let mut pages = Pages::start(&house);
    let [anna, bernd, chen] =
        ["anna@example.net", "bernd@example.net", "chen@example.net"].map(|address| token_of(&house, address));
    // A scanner that follows every link in every way.
    for _ in 0..20 {
        for method in ["GET", "HEAD"] {
            for headers in ["", "Purpose: prefetch\r\n", "User-Agent: scanner\r\nCookie: a=b\r\n"] {
                for query in ["", "?lang=de", "?scope=all&List-Unsubscribe=One-Click"] {
                    let answer = pages.ask(method, &format!("/u/{anna}{query}"), headers, "");
                    assert_eq!(answer.status, 200);
                }
            }
        }
    }
    assert_eq!(active(&house), 3);
    // The page is in the language of the subscription, unless another one is asked for, and names nobody.
    let page = pages.get(&format!("/u/{bernd}"));
    let text = page.text();
    assert!(
        text.contains("<html lang=\"de\">") && text.contains("Möchten Sie „Grüne Wirtschaft“ nicht mehr erhalten?"),
        "{text}"
    );
    assert!(text.contains("b…\u{2060}@example.net") && !text.contains("bernd"), "{text}");
    assert!(text.contains("name=\"scope\" value=\"brief\"") && text.contains("value=\"all\""), "{text}");
    assert_eq!((page.header("cache-control"), page.header("x-robots-tag")), (Some("no-store"), Some("noindex")));
    assert!(pages.get(&format!("/u/{chen}?lang=en")).text().contains("Would you like to stop receiving"));
    // A button, twice: a double click.
    for said in [
        "Wir schicken „Grüne Wirtschaft“ nicht mehr an b…\u{2060}@example.net.",
        "Sie hatten „Grüne Wirtschaft“ bereits abbestellt.",
    ] {
        let answer = pages.post(&format!("/u/{bernd}"), "lang=de&scope=brief");
        assert_eq!(answer.status, 200);
        assert!(answer.text().contains(said), "{}", answer.text());
        assert_eq!(active(&house), 2);
    }
    assert!(pages.get(&format!("/u/{bernd}")).text().contains("bereits abbestellt"));
    let all = pages.post(&format!("/u/{chen}"), "lang=zh&scope=all");
    assert!(all.text().contains("我们不会再向c…\u{2060}@example.net发送任何简报。"), "{}", all.text());
    assert_eq!(active(&house), 1);
    let log = pages.serve.log();
    for secret in [&*anna, &*bernd, &*chen, "example.net"] {
        assert!(!log.contains(secret), "{secret}\n{log}");
    }
    assert!(log.contains(&format!("/u/{}…", &bernd[..6])), "{log}");
    assert_eq!(pages.serve.end(), Some(0));
}

/// RFC 8058, and what providers make of it.
#[test]
fn one_click_leaves_in_whatever_form_it_comes() {
    let house = public_house();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let parts = "Content-Type: multipart/form-data; boundary=x\r\n";
    let part = "--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
    let ways = [
        (form, "List-Unsubscribe=One-Click"),
        (parts, part),
        ("", ""),
        (form, "List-Unsubscribe=One-Click&List-Unsubscribe=One-Click&more=1"),
        ("Content-Type: text/plain\r\nOrigin: null\r\nCookie: a=b\r\n", "\u{0}nonsense"),
        (form, "scope=brief&scope=all"),
    ];
    for number in 0..ways.len() {
        subscribe(&house, &format!("reader{number}@example.net"), "en");
    }
    let mut pages = Pages::start(&house);
    for (number, (headers, body)) in ways.into_iter().enumerate() {
        let token = token_of(&house, &format!("reader{number}@example.net"));
        // Under the name of an older address, too, and in capitals, as some mail programs write links.
        let (token, headers) = match number {
            0 => (token.to_uppercase(), format!("Host: old.example.org\r\n{headers}")),
            _ => (token, headers.to_owned()),
        };
        let answer = pages.ask("POST", &format!("/u/{token}"), &headers, body);
        assert_eq!((answer.status, answer.text()), (200, "unsubscribed\n"), "{body}");
        assert_eq!(active(&house), ways.len() - 1 - number);
    }
    assert_eq!(pages.serve.end(), Some(0));
}

#[test]
fn a_token_that_is_none_leaves_nobody_and_is_told_how_it_goes_otherwise() {
    let house = public_house();
    subscribe(&house, "anna@example.net", "en");
    let mut pages = Pages::start(&house);
    let token = token_of(&house, "anna@example.net");
    let other = |at: usize, with: char| {
        let mut letters: Vec<char> = token.chars().collect();
        letters[at] = if letters[at] == with { 'a' } else { with };
        letters.into_iter().collect::<String>()
    };
    for (broken, status) in [
        (token[..20].to_owned(), 404),
        (format!("{token}a"), 404),
        (other(5, 'b'), 404),
        (other(0, 'c'), 404),
        (other(token.len() - 1, 'b'), 410),
        ("x".to_owned(), 404),
        ("%00".to_owned(), 404),
    ] {
        for method in ["GET", "POST"] {
            let answer = pages.ask(method, &format!("/u/{broken}?lang=de"), "", "");
            assert_eq!(answer.status, status, "{method} {broken}");
            assert!(answer.text().starts_with("<!doctype html>\n<html lang=\"de\">"), "{}", answer.text());
        }
    }
    assert_eq!(active(&house), 1);
    assert!(!pages.serve.log().contains("ERROR"), "{}", pages.serve.log());
    assert_eq!(pages.serve.end(), Some(0));
}

/// A body that is too long, breaks off, never ends or is none at all: the token says all.
#[test]
fn one_click_leaves_though_its_body_cannot_be_read() {
    let house = public_house();
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let long = "x=".to_owned() + &"y".repeat(20_000);
    let huge = "scope=all&x=".to_owned() + &"y".repeat(3 << 20);
    // The head behind the first lines, the body, and whether the sender then closes.
    let ways = [
        (format!("{form}Content-Length: {}\r\n", long.len()), long, false),
        (format!("{form}Content-Length: {}\r\n", huge.len()), huge, false),
        (format!("{form}Content-Length: 100\r\n"), "List-Unsubscribe=One-Cl".to_owned(), true),
        (format!("{form}Content-Length: 100\r\n"), "List-Unsubscribe=One-Cl".to_owned(), false),
        (format!("{form}Transfer-Encoding: chunked\r\n"), "zz\r\nnonsense".to_owned(), false),
        (format!("{form}Transfer-Encoding: chunked\r\n"), "5\r\nscope\r\n".to_owned(), true),
    ];
    for number in 0..ways.len() {
        subscribe(&house, &format!("reader{number}@example.net"), "en");
    }
    let mut pages = Pages::start(&house);
    for (number, (headers, body, closes)) in ways.into_iter().enumerate() {
        let token = token_of(&house, &format!("reader{number}@example.net"));
        let mut client = TcpStream::connect(("127.0.0.1", pages.port)).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        let host = format!("localhost:{}", pages.port);
        let head = format!("POST /u/{token} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n");
        // Who sends very much may be cut short.
        let _ = client.write_all((head + &body).as_bytes());
        if closes {
            client.shutdown(std::net::Shutdown::Write).unwrap();
        }
        let mut answer = String::new();
        let read = client.read_to_string(&mut answer);
        assert!(answer.starts_with("HTTP/1.1 200") || (number == 1 && read.is_err()), "{number}: {answer}");
        let begun = Instant::now();
        while active(&house) > 5 - number {
            assert!(begun.elapsed() < PATIENCE, "{number}: {}", pages.serve.log());
        }
    }
    assert_eq!(pages.serve.end(), Some(0));
}

/// Mail programs take what stands behind a link for a part of it.
#[test]
fn a_link_works_with_what_a_mail_program_adds() {
    let house = public_house();
    let added = ["/", ".", ",", ")", "%3E", "%E3%80%82", "%E9%80%80%E8%AE%A2", "./"];
    for number in 0..added.len() {
        subscribe(&house, &format!("reader{number}@example.net"), "en");
    }
    let mut pages = Pages::start(&house);
    for (number, added) in added.into_iter().enumerate() {
        let reader = format!("reader{number}@example.net");
        let (token, preferences) = (token_of(&house, &reader), preferences_token_of(&house, &reader));
        for path in [format!("/u/{token}"), format!("/p/{preferences}"), "/leave/green-economy".to_owned()] {
            assert_eq!(pages.get(&format!("{path}{added}?lang=de")).status, 200, "{path}{added}");
        }
        // What the page leads to is the address as it was written.
        let page = pages.get(&format!("/u/{token}{added}"));
        assert!(page.text().contains(&format!("action=\"/u/{token}\"")), "{}", page.text());
        assert_eq!(active(&house), 8 - number);
        let answer = pages.post(&format!("/u/{token}{added}"), "List-Unsubscribe=One-Click");
        assert_eq!((answer.status, answer.text()), (200, "unsubscribed\n"), "{added}");
        assert_eq!(active(&house), 7 - number);
    }
    assert_eq!(pages.serve.end(), Some(0));
}

/// A proxy or a mail program wrote the address in another way: the token says all. Other methods leave nobody.
#[test]
fn a_no_counts_though_its_address_is_mangled() {
    let house = public_house();
    let ways = ["//u/T", "/U/T", "/u//T", "/u/T/x", "/u/T&utm=1", "///U///T///", "/u/T%20Abmelden"];
    for number in 0..ways.len() {
        subscribe(&house, &format!("reader{number}@example.net"), "en");
    }
    let mut pages = Pages::start(&house);
    for (number, way) in ways.into_iter().enumerate() {
        let path = way.replace('T', &token_of(&house, &format!("reader{number}@example.net")));
        for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"] {
            let answer = pages.ask(method, &path, "", "");
            let allow = answer.header("allow").unwrap_or_default().to_owned();
            assert_eq!(
                (answer.status, allow.contains("GET") && allow.contains("POST")),
                (405, true),
                "{method} {allow}"
            );
        }
        assert_eq!(pages.get(&path).status, 200, "{path}");
        assert_eq!(active(&house), ways.len() - number);
        let answer = pages.ask("POST", &path, &"X-Proxy: one of many\r\n".repeat(100), "List-Unsubscribe=One-Click");
        assert_eq!((answer.status, answer.text()), (200, "unsubscribed\n"), "{path}");
        assert_eq!(active(&house), ways.len() - 1 - number);
    }
    assert!(!pages.serve.log().contains("example.net"), "{}", pages.serve.log());
    assert_eq!(pages.serve.end(), Some(0));
}

/// A link whose key was retired, that was cut off or that is another installation's leads to a form for new ones, and looks the
/// same whoever is known.
#[test]
fn a_dead_link_leads_to_a_form_for_new_ones() {
    let house = public_house();
    subscribe(&house, "anna@example.net", "de");
    let (token, preferences) = (token_of(&house, "anna@example.net"), preferences_token_of(&house, "anna@example.net"));
    house.done(&["tokens", "rotate"]);
    house.done(&["tokens", "retire", &token[33..]]);
    let mut pages = Pages::start(&house);
    let form = format!("href=\"http://localhost:{}/leave?lang=", pages.port);
    for (code, word) in [("en", "Send me the link"), ("de", "Link zuschicken"), ("zh", "发送链接")] {
        for (path, status) in [
            (format!("/u/{token}"), 410),
            (format!("/p/{preferences}"), 410),
            (format!("/c/c{}", &token[1..]), 410),
            (format!("/u/{}bbbb", &token[..33]), 410),
            (format!("/u/{}", &token[..20]), 404),
            ("/c/x".to_owned(), 404),
            ("/leave/nothing".to_owned(), 404),
        ] {
            let page = pages.get(&format!("{path}?lang={code}"));
            assert_eq!(page.status, status, "{path}");
            assert!(page.text().contains(&format!("{form}{code}\">{word}</a>")), "{}", page.text());
        }
        let page = pages.get(&format!("/leave?lang={code}"));
        assert!(page.status == 200 && page.text().contains("action=\"/leave\""), "{}", page.text());
    }
    assert!(!pages.get("/nowhere").text().contains("/leave"));
    // A POST by the old link leaves nobody, and is told the same way out.
    let posted = pages.post(&format!("/u/{token}"), "List-Unsubscribe=One-Click");
    assert!(posted.status == 410 && posted.text().contains(&form), "{}", posted.text());
    assert_eq!(active(&house), 1);
    let known = pages.post("/leave", "lang=de&address=anna%40example.net");
    let unknown = pages.post("/leave", "lang=de&address=nobody%40example.net");
    assert_eq!((known.status, known.text()), (200, unknown.text()));
    let leave = link(&house, &pages, "anna@example.net", "/u/");
    assert_eq!(pages.post(&leave, "").status, 200);
    assert_eq!(active(&house), 0);
    assert_eq!(pages.serve.end(), Some(0));
}

/// Somebody asks for the links while the database is busy: the answer waits for nothing, known or not.
#[test]
fn the_form_for_the_links_answers_as_quickly_for_everybody() {
    let house = public_house();
    subscribe(&house, "anna@example.net", "de");
    let mut pages = Pages::start(&house);
    let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    sqlx::any::install_default_drivers();
    let mut other = runtime.block_on(AnyConnection::connect(&url)).unwrap();
    runtime.block_on(other.execute("BEGIN IMMEDIATE")).unwrap();
    // While this goes on nothing can be written, so that who waits for it gets no answer.
    let answers = ["anna", "nobody", "anna", "other"].map(|name| {
        let answer = pages.post("/leave/green-economy", &format!("lang=de&address={name}%40example.net"));
        (answer.status, answer.text().to_owned())
    });
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.0 == 200), "{answers:?}");
    runtime.block_on(other.execute("COMMIT")).unwrap();
    link(&house, &pages, "anna@example.net", "/u/");
    assert_eq!(pages.serve.end(), Some(0));
}

/// A program that posts and does not wait: its "no" waits for the database, and is kept when that is free.
#[test]
fn a_no_counts_even_if_whoever_sent_it_is_gone() {
    let house = public_house();
    subscribe(&house, "anna@example.net", "en");
    let token = token_of(&house, "anna@example.net");
    let mut pages = Pages::start(&house);
    let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    sqlx::any::install_default_drivers();
    let mut other = runtime.block_on(AnyConnection::connect(&url)).unwrap();
    runtime.block_on(other.execute("BEGIN IMMEDIATE")).unwrap();
    let mut client = TcpStream::connect(("127.0.0.1", pages.port)).unwrap();
    let head = format!("POST /u/{token} HTTP/1.1\r\nHost: localhost:{}\r\nContent-Length: 0\r\n\r\n", pages.port);
    client.write_all(head.as_bytes()).unwrap();
    // It is being answered: nothing comes.
    client.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    assert!(client.read(&mut [0; 16]).is_err());
    drop(client);
    // A later request shows that the daemon has seen the other one go.
    for _ in 0..20 {
        assert_eq!(pages.get("/imprint").status, 200);
    }
    assert_eq!(active(&house), 1);
    runtime.block_on(other.execute("COMMIT")).unwrap();
    let begun = Instant::now();
    while active(&house) > 0 {
        assert!(begun.elapsed() < PATIENCE, "{}", pages.serve.log());
    }
    assert_eq!(pages.serve.end(), Some(0));
}

/// A program that closes the connection, or its half of it, behind a whole request has said "no" as well.
#[test]
fn a_no_counts_though_its_connection_is_closed_at_once() {
    let house = public_house();
    let readers = ["anna", "bernd", "chen", "dora", "emil", "fritz"].map(|name| format!("{name}@example.net"));
    for reader in &readers {
        subscribe(&house, reader, "en");
    }
    let tokens = readers.each_ref().map(|reader| token_of(&house, reader));
    let mut pages = Pages::start(&house);
    for (number, token) in tokens.iter().enumerate() {
        let mut client = TcpStream::connect(("127.0.0.1", pages.port)).unwrap();
        let (host, body) = (format!("localhost:{}", pages.port), "List-Unsubscribe=One-Click");
        let kind = "Content-Type: application/x-www-form-urlencoded";
        let length = body.len();
        let request =
            format!("POST /u/{token} HTTP/1.1\r\nHost: {host}\r\n{kind}\r\nContent-Length: {length}\r\n\r\n{body}");
        client.write_all(request.as_bytes()).unwrap();
        if number % 2 == 0 {
            client.shutdown(std::net::Shutdown::Write).unwrap();
            client.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut answer = String::new();
            client.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        }
    }
    let begun = Instant::now();
    while active(&house) > 0 {
        assert!(begun.elapsed() < PATIENCE, "{}", pages.serve.log());
    }
    assert_eq!(pages.serve.end(), Some(0));
}
