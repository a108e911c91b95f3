//! Leaving by the link of a mail: looking changes nothing, however often and by whatever program; a POST leaves at once, in
//! whatever form it comes.

use chrono::Utc;
use greenbrief::{
    people::tokens::Purpose,
    store::{Store, SubscriberQuery},
};
use ring::rand::SystemRandom;

use super::{
    House,
    public::{Pages, public_house},
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

fn issued(house: &House, address: &str, purpose: Purpose) -> String {
    let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let store = Store::open(&url, Utc::now()).await.unwrap();
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
        (format!("{token}/x"), 404),
        ("%00".to_owned(), 404),
    ] {
        for method in ["GET", "POST"] {
            let answer = pages.ask(method, &format!("/u/{broken}?lang=de"), "", "");
            assert_eq!(answer.status, status, "{method} {broken}");
            assert!(answer.text().starts_with("<!doctype html>\n<html lang=\"de\">"), "{}", answer.text());
        }
    }
    // Too much, and too little: more is promised than comes, so that the end is not there.
    let long = "x=".to_owned() + &"y".repeat(20_000);
    assert_eq!(pages.post(&format!("/u/{token}"), &long).status, 413);
    assert_eq!(active(&house), 1);
    assert!(!pages.serve.log().contains("ERROR"), "{}", pages.serve.log());
    assert_eq!(pages.serve.end(), Some(0));
}
