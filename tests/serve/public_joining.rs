//! Joining by the pages: a form that tells everybody the same, one mail, and a button that only a person presses; leaving
//! without a mail at hand; changes of what somebody gets.

use std::{
    fs,
    time::{Duration, Instant},
};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ring::digest::{SHA256, digest};

use super::{
    House, PATIENCE,
    public::{Pages, public_house},
    public_leaving::{active, preferences_token_of, subscribe},
};

/// The value of a hidden field.
pub(super) fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
    rest.split('"').next().unwrap()
}

/// The work of the form's script.
pub(super) fn nonce(challenge: &str, address: &str) -> u32 {
    let fits =
        |nonce: &u32| digest(&SHA256, format!("{challenge}:{address}:{nonce}").as_bytes()).as_ref()[..2] == [0, 0];
    (0..).find(fits).unwrap()
}

/// A form as the script sends it.
pub(super) fn filled(pages: &Pages, address: &str) -> String {
    filled_at(pages.get("/green-economy?lang=de").text(), address)
}

/// The form on this page, as the script sends it.
pub(super) fn filled_at(page: &str, address: &str) -> String {
    let challenge = hidden(page, "challenge");
    let nonce = nonce(challenge, address);
    let address = address.replace('@', "%40").replace('+', "%2B");
    format!("lang=de&language=de&challenge={challenge}&nonce={nonce}&website=&address={address}")
}

fn mails(house: &House) -> Vec<String> {
    let names = house.outbox().into_iter();
    let read = |name| own_text(&fs::read_to_string(house.path("reports/outbox").join::<String>(name)).unwrap());
    names.map(read).collect()
}

/// The path of the link that begins so in a mail that is decoded.
pub(super) fn path_in(mail: &str, start: &str, path: &str) -> String {
    let (_, rest) = mail.split_once(start).unwrap_or_else(|| panic!("{mail}"));
    let token: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    format!("{path}{token}")
}

/// A mail of one part with its text decoded; another one as it is.
pub(super) fn own_text(mail: &str) -> String {
    match mail.split_once("\r\nContent-Transfer-Encoding: base64\r\n\r\n") {
        Some((head, body)) if !head.contains("multipart") => {
            let text = BASE64_STANDARD.decode(body.replace("\r\n", "")).unwrap();
            format!("{head}\r\n\r\n{}", String::from_utf8(text).unwrap())
        }
        _ => mail.to_owned(),
    }
}

/// The link in a mail to that reader, as soon as it is there.
pub(super) fn link(house: &House, pages: &Pages, to: &str, path: &str) -> String {
    let begun = Instant::now();
    let start = format!("http://localhost:{}{path}", pages.port);
    loop {
        let mail =
            mails(house).into_iter().find(|mail| mail.contains(&format!("To: {to}\r\n")) && mail.contains(&start));
        if let Some(mail) = mail {
            return path_in(&mail, &start, path);
        }
        assert!(begun.elapsed() < PATIENCE, "no mail with a link: {:?}\n{}", mails(house), pages.serve.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_reader_joins_by_a_form_a_mail_and_a_button() {
    let house = public_house();
    let mut pages = Pages::start(&house);
    let page = pages.get("/green-economy?lang=de");
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(
        text.contains("<h1>„Grüne Wirtschaft“ abonnieren</h1>")
            && text.contains("Sie erhalten die Publikation auf Deutsch."),
        "{text}"
    );
    assert!(text.contains("Ich möchte „Grüne Wirtschaft“ von greenbrief"), "{text}");
    assert!(text.len() < 14_000 && page.header("set-cookie").is_none());
    assert!(page.header("content-security-policy").unwrap().contains("script-src 'self'; style-src 'self'"));
    let answer = pages.post("/green-economy/join", &filled(&pages, "anna@example.net"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("Bitte sehen Sie in Ihr Postfach"), "{}", answer.text());
    let confirm = link(&house, &pages, "anna@example.net", "/c/");
    // The mail's reader, and every program that reads it for them.
    for _ in 0..20 {
        for method in ["GET", "HEAD"] {
            assert_eq!(pages.ask(method, &confirm, "Purpose: prefetch\r\n", "").status, 200);
        }
    }
    let button = pages.get(&confirm);
    assert!(
        button.text().contains("Sollen wir „Grüne Wirtschaft“ an a…\u{2060}@example.net schicken?"),
        "{}",
        button.text()
    );
    assert_eq!(active(&house), 0);
    for said in ["„Grüne Wirtschaft“ geht jetzt an", "<h1>Bereits bestätigt</h1>"] {
        let done = pages.post(&confirm, "lang=de");
        assert!(done.status == 200 && done.text().contains(said), "{}", done.text());
        assert_eq!(active(&house), 1);
    }
    assert!(pages.get(&confirm).text().contains("Es hat sich nichts geändert."));
    // The link of the old mail does not say so any more once its reader has left.
    house.done(&["subscribers", "remove", "anna@example.net"]);
    for page in [pages.get(&confirm), pages.post(&confirm, "lang=de")] {
        assert!(page.status == 410 && page.text().contains("Sie haben sich inzwischen abgemeldet"), "{}", page.text());
        assert_eq!(active(&house), 0);
    }
    let log = pages.serve.log();
    assert!(!log.contains("anna") && !log.contains("example.net") && !log.contains(&confirm), "{log}");
    assert_eq!(pages.serve.end(), Some(0));
}

#[test]
fn a_form_tells_everybody_the_same_and_takes_nothing_that_is_not_its_own() {
    let house = public_house();
    subscribe(&house, "known@example.net", "de");
    let mut pages = Pages::start(&house);
    let good = filled(&pages, "new@example.net");
    let told = |form: &str| {
        let answer = pages.post("/green-economy/join", form);
        (answer.status, answer.text().to_owned())
    };
    let said = told(&good);
    assert_eq!(said.0, 200);
    for same in [
        filled(&pages, "known@example.net"),
        good.clone(),
        good.replace("nonce=", "nonce=x"),
        good.replace("challenge=", "challenge=x"),
        filled(&pages, "bot@example.net").replace("website=", "website=http://spam.example"),
        "address=slow%40example.net&language=de&lang=de".to_owned(),
    ] {
        assert_eq!(told(&same), said, "{same}");
    }
    for (form, status) in [
        (format!("{good}&more=1"), 400),
        (format!("{good}&address=other%40example.net"), 400),
        (good.replace("language=de", "language=fr"), 400),
        (String::new(), 400),
        ("lang=de&language=de&address=".to_owned(), 422),
        ("lang=de&language=de&address=anna".to_owned(), 422),
        ("lang=de&language=de&address=a%40example.net%0d%0aBcc%3A+b%40example.net".to_owned(), 422),
        ("lang=de&language=de&address=a%40example.net%2C+b%40example.net".to_owned(), 422),
        (format!("lang=de&language=de&address={}%40example.net", "a".repeat(300)), 422),
    ] {
        assert_eq!(told(&form).0, status, "{form}");
    }
    let wrong = told("lang=de&language=de&address=%22%3E%3Cscript%3E").1;
    assert!(
        wrong.contains("Das ist keine vollständige Mailadresse.") && wrong.contains("aria-invalid=\"true\""),
        "{wrong}"
    );
    assert!(!wrong.contains("><script>") && wrong.contains("&lt;script&gt;"), "{wrong}");
    // Leaving without a mail at hand does not tell either who is known.
    let known = pages.post("/leave/green-economy", "lang=de&address=known%40example.net");
    let unknown = pages.post("/leave/green-economy", "lang=de&address=nobody%40example.net");
    assert_eq!((known.status, known.text()), (200, unknown.text()));
    assert_eq!(pages.post("/leave/green-economy", "lang=de&address=nobody").status, 422);
    let leave = link(&house, &pages, "known@example.net", "/u/");
    assert_eq!(pages.get(&leave).status, 200);
    link(&house, &pages, "new@example.net", "/c/");
    let sent = mails(&house);
    for nobody in ["bot@", "nobody@", "slow@"] {
        assert!(!sent.iter().any(|mail| mail.contains(nobody)), "{nobody} was sent a mail");
    }
    assert_eq!(sent.iter().filter(|mail| mail.contains("To: new@example.net\r\n")).count(), 1);
    // A brief that is shown to nobody has no form, but its readers leave.
    house.change("public = \"public\" ", "public = \"off\" ");
    let begun = Instant::now();
    while pages.get("/green-economy").status != 404 {
        assert!(begun.elapsed() < PATIENCE, "{}", pages.serve.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(pages.post("/green-economy/join", &good).status, 404);
    assert_eq!(pages.get("/leave/green-economy").status, 200);
    assert_eq!(pages.get(&leave).status, 200);
    assert_eq!(pages.serve.end(), Some(0));
    assert!(!pages.serve.log().contains("ERROR"), "{}", pages.serve.log());
}

#[test]
fn a_reader_changes_the_language_and_the_address() {
    let house = public_house();
    subscribe(&house, "anna@example.net", "de");
    let mut pages = Pages::start(&house);
    let path = format!("/p/{}", preferences_token_of(&house, "anna@example.net"));
    let page = pages.get(&path);
    assert!(page.text().contains("„Grüne Wirtschaft“ geht an a…\u{2060}@example.net."), "{}", page.text());
    assert!(page.text().contains("value=\"de\" checked"), "{}", page.text());
    assert_eq!((page.header("cache-control"), page.header("x-robots-tag")), (Some("no-store"), Some("noindex")));
    let language = || house.objects(&["subscribers", "list", "--state", "active"])[0]["language"].clone();
    assert_eq!(language(), "de");
    let changed = pages.post(&path, "lang=de&change=language&language=zh");
    assert!(
        changed.text().contains("Geändert.") && changed.text().contains("value=\"zh\" checked"),
        "{}",
        changed.text()
    );
    assert_eq!(language(), "zh");
    for form in ["change=language&language=fr", "change=everything", "change=brief&brief=nothing", "x=1", ""] {
        assert_eq!(pages.post(&path, form).status, 400, "{form}");
    }
    assert_eq!(pages.post(&path, "lang=de&change=address&address=new").status, 422);
    let asked = pages.post(&path, "lang=de&change=address&address=new%40example.net");
    assert!(asked.text().contains("An die neue Adresse geht eine Mail, höchstens eine am Tag."), "{}", asked.text());
    let confirm = link(&house, &pages, "new@example.net", "/c/");
    let page = pages.get(&format!("{confirm}?lang=de"));
    assert!(page.text().contains("Neue Adresse bestätigen"), "{}", page.text());
    assert!(
        page.text().contains("<button>Ja, Adresse ändern</button>") && !page.text().contains("abonnieren</button>")
    );
    let done = pages.post(&confirm, "lang=de");
    // The brief comes in Chinese now, and is called so.
    assert!(done.text().contains("Ab jetzt schicken wir „绿色经济简报“ an n…\u{2060}@example.net."), "{}", done.text());
    assert!(done.text().contains("<h1>Ihre Adresse ist geändert</h1>"), "{}", done.text());
    let again = pages.post(&confirm, "lang=de");
    assert!(again.text().contains("<h1>Bereits bestätigt</h1>") && again.status == 200, "{}", again.text());
    let kinds = house.objects(&["deliveries", "list", "--address", "anna@example.net"]);
    assert_eq!(kinds.last().unwrap()["kind"], "address_changed", "{kinds:?}");
    let now = house.objects(&["subscribers", "list", "--state", "active"]);
    assert_eq!((now.len(), &now[0]["address"]), (1, &serde_json::json!("new@example.net")));
    // A token of one purpose is none of another.
    let token = path.trim_start_matches("/p/");
    for other in ["/u/", "/c/"] {
        assert_eq!(pages.get(&format!("{other}{token}")).status, 404);
    }
    assert_eq!(pages.serve.end(), Some(0));
}

/// An operator's word ends what waits to be confirmed.
#[test]
fn who_is_removed_before_they_confirm_does_not_join() {
    let house = public_house();
    let mut pages = Pages::start(&house);
    let ask = |who: &str| {
        let form = filled(&pages, who);
        assert_eq!(pages.post("/green-economy/join", &form).status, 200);
        link(&house, &pages, who, "/c/")
    };
    let [removed, suppressed, forgotten] = ["rem@example.net", "sup@example.net", "for@example.net"].map(ask);
    let told = house.done(&["subscribers", "remove", "rem@example.net"]);
    let said =
        "rem@example.net gets no further mail: 0 subscriptions ended, 1 request that was not confirmed yet is over\n";
    assert_eq!(told, said);
    let told = house.done(&["subscribers", "suppress", "sup@example.net", "--reason", "asked"]);
    assert!(told.ends_with("1 request that was not confirmed yet is over\n"), "{told}");
    house.done(&["subscribers", "forget", "for@example.net", "--yes"]);
    for (link, said) in [
        (removed, "Sie haben sich inzwischen abgemeldet."),
        (suppressed, "Wir schicken nichts mehr an s…"),
        (forgotten, "gibt es nicht mehr; geändert wurde nichts."),
    ] {
        for page in [pages.get(&format!("{link}?lang=de")), pages.post(&link, "lang=de")] {
            assert!(page.status == 410 && page.text().contains(said), "{said}: {}", page.text());
        }
    }
    assert!(house.objects(&["subscribers", "list", "--state", "active"]).is_empty());
    assert_eq!(pages.serve.end(), Some(0));
    // Somebody of whom nothing is known is a typing error still.
    assert!(house.refused(&["subscribers", "remove", "nobody@example.net"]).contains("has no active subscription"));
}

/// Nothing goes to a suppressed address, whose operators hear of it; the page says the same as to all.
#[test]
fn who_is_suppressed_and_fills_in_a_form_is_told_to_the_operators() {
    let house = public_house();
    house.done(&["store", "new"]);
    house.done(&["subscribers", "suppress", "barred@example.net", "--reason", "asked us to"]);
    let mut pages = Pages::start(&house);
    let [open, barred] = ["open@example.net", "barred@example.net"].map(|who| {
        let said = pages.post("/green-economy/join", &filled(&pages, who));
        assert_eq!(said.status, 200);
        said.text().to_owned()
    });
    assert_eq!(open, barred);
    link(&house, &pages, "open@example.net", "/c/");
    // What waits is done before the daemon ends.
    assert_eq!(pages.serve.end(), Some(0));
    let told = house.objects(&["deliveries", "list", "--address", "operator@greenbrief.dev"]);
    assert_eq!(told.iter().filter(|mail| mail["kind"] == "operator").count(), 1, "{told:?}");
    assert!(mails(&house).iter().all(|mail| !mail.contains("To: barred@example.net\r\n")));
}
