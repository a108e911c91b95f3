//! Readers join, confirm, change what they get and ask how to leave; a bot asks for an hour. Through `actions`, as the public
//! pages call them, over a real store and the shipped config. The mails are read from the outbox.

use std::{collections::BTreeMap, path::Path, time::Instant};

use chrono::{DateTime, TimeDelta, Utc};
use greenbrief::{
    actions::joining::{
        Asked, ConfirmState, FormProof, JoinError, Joining, SignUp, change_brief, change_language, confirm,
        confirm_view, join_form, preferences_view, request_address_change, request_leave_link, sign_up,
    },
    base::language::Language,
    config::{self, Config},
    people::{
        joining::{Network, SignUpOutcome},
        subscribers::{Address, SubscriptionState},
        tokens::{Purpose, Subject},
    },
    store::{Lease, MailKind, Store, SubscriberQuery},
};
use proptest::prelude::*;

const BRIEF: &str = "green-economy";

/// A folder with a store, and the shipped config with public pages.
struct Place {
    _folder: tempfile::TempDir,
    config: Config,
    store: Store,
}

impl Place {
    async fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/greenbrief.toml");
        let overrides = [("web.public.url", "https://briefs.greenbrief.dev")];
        let overrides: Vec<_> = overrides.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let loaded = config::load(&shipped, &overrides, &|_| None);
        let (mut config, _) = loaded.unwrap_or_else(|problems| panic!("{problems}"));
        config.briefs.get_mut(BRIEF).unwrap().public = config::Visibility::Link;
        let store = Store::open(&format!("sqlite:{}", folder.path().join("s.db").display()), now()).await.unwrap();
        Place { _folder: folder, config, store }
    }

    fn joining(&self) -> Joining<'_> {
        Joining { config: &self.config, store: &self.store, mailbox: None }
    }

    /// Takes the mails that wait out of the outbox: by address, the text.
    async fn mails(&self, now: DateTime<Utc>) -> Vec<(String, String, String)> {
        let lease = Lease { owner: "test", now, length: TimeDelta::minutes(45) };
        let claims = self.store.outbox().lease(&lease, 100_000).await.unwrap();
        let mail = |claim: greenbrief::store::Claim| {
            assert!(claim.kind != MailKind::Edition && claim.kind != MailKind::Operator);
            let own = claim.own.unwrap();
            (claim.address, own.subject, own.text)
        };
        claims.into_iter().map(mail).collect()
    }

    /// Asks to join by a form with work, and returns the token of the mail.
    async fn asked(&self, who: &str, language: Language, now: DateTime<Utc>) -> String {
        let outcome = self.form(who, language, "198.51.100.1", true, now).await;
        assert_eq!(outcome, SignUpOutcome::Queued);
        let (to, _, text) = self.mails(now).await.remove(0);
        assert_eq!(to, who);
        token(&text, "/c/")
    }

    async fn form(&self, who: &str, language: Language, from: &str, works: bool, now: DateTime<Utc>) -> SignUpOutcome {
        let form = join_form(self.joining(), BRIEF, language, now).await.unwrap();
        let nonce = if works { form.challenge.solve(who) } else { String::new() };
        let proof = FormProof { challenge: form.challenge.as_str(), nonce: &nonce, address: who, trap: "" };
        sign_up(self.joining(), request(&address(who), language, from, Asked::Form(proof)), now).await.unwrap()
    }
}

fn now() -> DateTime<Utc> {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn request<'a>(address: &'a Address, language: Language, from: &str, asked: Asked<'a>) -> SignUp<'a> {
    SignUp { brief: BRIEF, language, address, network: Some(Network::of(from.parse().unwrap())), asked }
}

/// The token of the link with this path in a text. It is the only link, but beside the one to leave stands one to change what
/// comes.
fn token(text: &str, path: &str) -> String {
    let link = format!("https://briefs.greenbrief.dev{path}");
    let links = if path == "/u/" { 2 } else { 1 };
    assert_eq!(text.matches("https://briefs.greenbrief.dev").count(), links, "{text}");
    text.split(&link).nth(1).unwrap_or_else(|| panic!("{text}")).lines().next().unwrap().to_owned()
}

#[tokio::test]
async fn a_reader_joins_by_one_mail_and_one_button() {
    let place = Place::new().await;
    let joining = place.joining();
    let token = place.asked("anna@example.net", Language::De, now()).await;
    // Looking, be it a thousand times as scanners do, confirms nothing.
    for _ in 0..1000 {
        let view = confirm_view(joining, &token, now()).await.unwrap();
        assert_eq!((view.state, &*view.address), (ConfirmState::Open, "a…@example.net"));
    }
    let all = SubscriberQuery::default();
    assert_eq!(place.store.people().subscribers(all, 0, 9).await.unwrap(), []);
    let later = now() + TimeDelta::hours(5);
    let network = Some(Network::of("2001:db8::1".parse().unwrap()));
    for _ in 0..2 {
        let confirmed = confirm(joining, &token.to_uppercase(), network, later).await.unwrap();
        assert_eq!(
            (confirmed.view.state, confirmed.edition),
            (ConfirmState::Confirmed, false),
            "there is no edition yet"
        );
    }
    let record = place.store.people().record(&address("anna@example.net")).await.unwrap();
    assert_eq!(record.subscriptions[0].state, SubscriptionState::Active);
    let proof = &record.sign_ups[0];
    assert_eq!((&*proof.asked_network, &*proof.confirmed_network), ("198.51.100.0/24", "2001:db8::/56"));
    assert_eq!((proof.asked_at, proof.confirmed_at), (now(), Some(later)));
    assert!(proof.text.starts_with("Ich möchte „") && proof.text_version.ends_with("/de"), "{proof:?}");
    assert_eq!(record.mails[0].message_id, proof.message_id);
    // The person gets that as JSON; a token of another purpose, or of another store, confirms nothing.
    assert!(serde_json::to_string(&record).unwrap().contains("\"asked_network\":\"198.51.100.0/24\""));
    let other = Place::new().await;
    other.asked("bernd@example.net", Language::En, now()).await;
    assert!(matches!(confirm(other.joining(), &token, None, now()).await, Err(JoinError::Token(_))));
    assert!(matches!(preferences_view(joining, &token).await, Err(JoinError::Token(_))));
}

#[tokio::test]
async fn a_reader_changes_what_they_get_and_asks_how_to_leave() {
    let place = Place::new().await;
    let (joining, people) = (place.joining(), place.store.people());
    let token_of_mail = place.asked("anna@example.net", Language::En, now()).await;
    confirm(joining, &token_of_mail, None, now()).await.unwrap();
    let own = people.subscriptions_of("anna@example.net").await.unwrap().remove(0);
    let keys = place.store.token_keys().known().await.unwrap().unwrap();
    let preferences = keys.issue(Purpose::Preferences, Subject::new(own.id, own.made));
    let preferences = preferences.as_str();
    assert!(preferences_view(joining, preferences).await.unwrap().is_active);
    assert!(change_language(joining, preferences, Language::Zh, now()).await.unwrap());
    assert_eq!(preferences_view(joining, preferences).await.unwrap().language, Language::Zh);
    assert!(matches!(change_brief(joining, preferences, "none", now()).await, Err(JoinError::NoBrief(_))));

    let to = address("anna@new.example");
    assert!(request_address_change(joining, preferences, &to, None, now()).await.unwrap().unwrap().is_mailed());
    let (sent_to, _, text) = place.mails(now()).await.remove(0);
    assert_eq!(sent_to, "anna@new.example");
    let view = confirm_view(joining, &token(&text, "/c/"), now()).await.unwrap();
    assert!(view.is_address_change);
    let moved_at = now() + TimeDelta::minutes(1);
    confirm(joining, &token(&text, "/c/"), None, moved_at).await.unwrap();
    let told = place.mails(moved_at).await.remove(0);
    assert!(told.0 == "anna@example.net" && told.2.contains("a…@new.example"), "{told:?}");
    // Whoever reads the old mailbox has no say any more in what goes to the new one.
    assert!(matches!(preferences_view(joining, preferences).await, Err(JoinError::Gone)));
    let thief = request_address_change(joining, preferences, &address("thief@example.com"), None, moved_at).await;
    assert!(matches!(thief, Err(JoinError::Gone)), "{thief:?}");
    let settled = place.store.people().subscription(own.id).await.unwrap().unwrap().settled;
    assert_eq!(settled, moved_at);
    let preferences = joining_token(&place, Purpose::Preferences, (own.id, settled)).await;
    assert_eq!(preferences_view(joining, &preferences).await.unwrap().address, "a…@new.example");

    // Once a day, and once more for whoever asks about one brief; a brief that they do not get counts as none.
    for (brief, who, count) in [
        (None, "anna@new.example", 1),
        (None, "nobody@example.net", 0),
        (None, "anna@new.example", 0),
        (Some("hydrogen"), "anna@new.example", 0),
        (Some(BRIEF), "anna@new.example", 1),
        (Some(BRIEF), "anna@new.example", 0),
    ] {
        request_leave_link(joining, brief, &address(who), now()).await.unwrap();
        let mails = place.mails(now()).await;
        assert_eq!(mails.len(), count, "{brief:?} {who}: {mails:?}");
        for mail in mails {
            assert_eq!(keys.verify(Purpose::Leave, &token(&mail.2, "/u/")).unwrap().row(), own.id);
        }
    }
}

/// All that a reader gets goes to their new address: the mail, the page and the proof name each.
#[tokio::test]
async fn a_change_of_address_names_all_that_moves() {
    let place = Place::new().await;
    let (joining, people) = (place.joining(), place.store.people());
    for brief in [BRIEF, "hydrogen"] {
        people.subscribe(&address("anna@example.net"), Language::En, brief, now()).await.unwrap();
    }
    let own = people.subscriptions_of("anna@example.net").await.unwrap().remove(0);
    let preferences = joining_token(&place, Purpose::Preferences, (own.id, own.made)).await;
    let title = "Green Economy Brief";
    assert_eq!(preferences_view(joining, &preferences).await.unwrap().all, [title, "hydrogen"]);
    let to = address("anna@new.example");
    request_address_change(joining, &preferences, &to, None, now()).await.unwrap();
    let (_, subject, text) = place.mails(now()).await.remove(0);
    assert!(subject == "Please confirm your new address" && text.contains("“Green Economy Brief” and “hydrogen”"));
    let token = token(&text, "/c/");
    let view = confirm_view(joining, &token, now()).await.unwrap();
    assert!(view.titles == [title, "hydrogen"] && view.consent.contains("“hydrogen”"), "{view:?}");
    assert!(confirm(joining, &token, None, now()).await.unwrap().is_new);
    let again = confirm(joining, &token, None, now()).await.unwrap();
    assert_eq!((again.view.state, again.is_new), (ConfirmState::Confirmed, false));
    let told = place.mails(now()).await.remove(0).2;
    assert!(
        told.starts_with(
            "We send “Green Economy Brief” and “hydrogen” to another address, a…@new.example, from now on."
        ),
        "{told}"
    );
    let record = people.record(&to).await.unwrap();
    assert_eq!(
        (record.subscriptions.len(), &*record.sign_ups[0].moves),
        (2, &[BRIEF.to_owned(), "hydrogen".to_owned()][..])
    );
    // Who has left asks for no other address.
    people.unsubscribe(&to, now()).await.unwrap();
    assert_eq!(
        request_address_change(joining, &preferences, &address("b@example.net"), None, now()).await.unwrap(),
        None
    );
}

/// Who is never to be mailed again does not go on at another address, and what an operator ended stays so, whoever asks again.
#[tokio::test]
async fn what_was_ended_before_it_was_confirmed_stays_so() {
    let place = Place::new().await;
    let (joining, people) = (place.joining(), place.store.people());
    people.subscribe(&address("anna@example.net"), Language::En, BRIEF, now()).await.unwrap();
    let own = people.subscriptions_of("anna@example.net").await.unwrap().remove(0);
    let preferences = joining_token(&place, Purpose::Preferences, (own.id, own.made)).await;
    request_address_change(joining, &preferences, &address("anna@new.example"), None, now()).await.unwrap();
    let asked = token(&place.mails(now()).await.remove(0).2, "/c/");
    people.suppress(&address("anna@example.net"), "complained", now() + TimeDelta::minutes(1)).await.unwrap();
    let done = confirm(joining, &asked, None, now() + TimeDelta::minutes(2)).await.unwrap();
    assert_eq!((done.view.state, done.is_new), (ConfirmState::Suppressed, false));
    assert_eq!(people.subscriptions_of("anna@new.example").await.unwrap(), []);

    let asked = place.asked("bernd@example.net", Language::De, now()).await;
    let removal = greenbrief::store::Removal { brief: None, actor: "dora", reason: "phoned" };
    people.remove([&address("bernd@example.net")], removal, now() + TimeDelta::minutes(1)).await.unwrap();
    let again =
        place.form("bernd@example.net", Language::De, "198.51.100.1", true, now() + TimeDelta::minutes(2)).await;
    assert_eq!(again, SignUpOutcome::Repeated);
    let done = confirm(joining, &asked, None, now() + TimeDelta::minutes(3)).await.unwrap();
    assert!(!done.is_new && done.view.state != ConfirmState::Open, "{done:?}");
    assert_eq!(people.subscriptions_of("bernd@example.net").await.unwrap(), []);
}

async fn joining_token(place: &Place, purpose: Purpose, (row, made): (i64, DateTime<Utc>)) -> String {
    let keys = place.store.token_keys().keys(&ring::rand::SystemRandom::new(), now()).await.unwrap();
    keys.issue(purpose, Subject::new(row, made)).as_str().to_owned()
}

/// What nobody can join any more is not joined by a mail of before.
#[tokio::test]
async fn a_brief_that_is_closed_or_gone_is_not_joined() {
    let place = Place::new().await;
    let token = place.asked("anna@example.net", Language::De, now()).await;
    let [mut closed, mut gone, mut other] = [(); 3].map(|()| place.config.clone());
    closed.briefs.get_mut(BRIEF).unwrap().public = config::Visibility::Off;
    gone.briefs.remove(BRIEF);
    other.briefs.get_mut(BRIEF).unwrap().languages.retain(|language| *language != Language::De);
    for config in [&closed, &gone, &other] {
        let joining = Joining { config, ..place.joining() };
        assert_eq!(confirm_view(joining, &token, now()).await.unwrap().state, ConfirmState::Closed);
        let done = confirm(joining, &token, None, now()).await.unwrap();
        assert_eq!((done.view.state, done.is_new), (ConfirmState::Closed, false));
        assert_eq!(place.store.people().subscriptions_of("anna@example.net").await.unwrap(), []);
    }
    assert!(confirm(place.joining(), &token, None, now()).await.unwrap().is_new, "it is there again");
}

#[tokio::test]
async fn without_a_way_back_nobody_is_asked() {
    let place = Place::new().await;
    let mut config = place.config.clone();
    config.public_web = None;
    let (joining, who) = (Joining { config: &config, ..place.joining() }, address("anna@example.net"));
    let asked = request(&who, Language::En, "192.0.2.1", Asked::Mail);
    assert!(matches!(sign_up(joining, asked, now()).await, Err(JoinError::NoWayBack)));
    // A mailbox that is read is one.
    let mailbox = address("brief@greenbrief.dev");
    let joining = Joining { mailbox: Some(&mailbox), ..joining };
    assert_eq!(sign_up(joining, asked, now()).await.unwrap(), SignUpOutcome::Queued);
    let text = place.mails(now()).await.remove(0).2;
    assert!(text.contains("\n\nconfirm+c") && text.contains("@greenbrief.dev\n\n"), "{text}");
    assert!(text.contains("With that you say: “I want to get ‘Green Economy Brief’ from "), "{text}");
    // With both, the page stands there, and an answer will do.
    let joining = Joining { mailbox: Some(&mailbox), ..place.joining() };
    let who = address("bernd@example.net");
    let asked = request(&who, Language::De, "192.0.2.2", Asked::Mail);
    assert_eq!(sign_up(joining, asked, now()).await.unwrap(), SignUpOutcome::Queued);
    let text = place.mails(now()).await.remove(0).2;
    assert!(text.contains("/c/c") && text.contains("Oder antworten Sie einfach auf diese Mail"), "{text}");
    // Whose network nobody knows are few in an hour.
    let mut outcomes = BTreeMap::new();
    for n in 0..305 {
        let who = address(&format!("forged@d{n}.example"));
        let asked = SignUp { network: None, ..request(&who, Language::En, "192.0.2.2", Asked::Mail) };
        *outcomes.entry(sign_up(joining, asked, now()).await.unwrap().word()).or_insert(0) += 1;
    }
    assert_eq!(outcomes, BTreeMap::from([("queued", 300), ("network_limit", 5)]));
}

/// Somebody's mailbox is to be flooded: by what may stand behind the plus sign, by dots, and by a domain that takes any name.
#[tokio::test]
async fn one_mailbox_is_asked_seldom_and_one_domain_no_more_than_it_confirms() {
    let place = Place::new().await;
    let mailbox = address("brief@greenbrief.dev");
    let joining = Joining { mailbox: Some(&mailbox), ..place.joining() };
    let asks = async |who: &str, asked: Asked<'_>| {
        let who = address(who);
        let asked = SignUp { network: None, ..request(&who, Language::En, "192.0.2.2", asked) };
        sign_up(joining, asked, now()).await.unwrap().word()
    };
    let mut outcomes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for n in 0..130 {
        for (kind, who, asked) in [
            ("tag by mail", format!("anna+{n}@example.net"), Asked::Mail),
            ("tag by form", format!("Anna+{n}@Example.net"), Asked::Form(FormProof::default())),
            ("dots", format!("be{}nd@{}.com", ".".repeat(n % 2), ["gmail", "googlemail"][n / 2 % 2]), Asked::Mail),
            ("any name", format!("any{n}@own.example"), Asked::Form(FormProof::default())),
            ("provider", format!("reader{n}@gmx.de"), Asked::Form(FormProof::default())),
        ] {
            *outcomes.entry((kind, asks(&who, asked).await)).or_default() += 1;
        }
    }
    println!("{outcomes:?}");
    assert_eq!(
        outcomes,
        BTreeMap::from([
            (("any name", "delayed"), 30),
            (("any name", "domain_limit"), 100),
            (("dots", "queued"), 3),
            (("dots", "repeated"), 127),
            (("provider", "delayed"), 130),
            (("tag by form", "repeated"), 130),
            (("tag by mail", "queued"), 3),
            (("tag by mail", "repeated"), 127),
        ])
    );
    // Where those who are asked confirm, more may ask; and who changes their address is counted with them.
    let mails = place.mails(now() + TimeDelta::hours(1)).await;
    for (_, _, text) in mails.iter().filter(|mail| mail.0.ends_with("@own.example")).take(2) {
        let link = "https://briefs.greenbrief.dev/c/";
        let token = text.split(link).nth(1).unwrap().lines().next().unwrap();
        confirm(joining, token, None, now()).await.unwrap();
    }
    let own = place.store.people().subscriptions_of("any0@own.example").await.unwrap().remove(0);
    let keys = place.store.token_keys().known().await.unwrap().unwrap();
    let preferences = keys.issue(Purpose::Preferences, Subject::new(own.id, own.made));
    for (to, wanted) in [
        ("any500@own.example", SignUpOutcome::Queued),
        ("any501@own.example", SignUpOutcome::Queued),
        // Names below a domain are its.
        ("any502@a.own.example", SignUpOutcome::Domain),
        ("anna+x@example.net", SignUpOutcome::Repeated),
        // What others made up does not keep her herself out.
        ("anna@example.net", SignUpOutcome::Queued),
        ("anna@example.net", SignUpOutcome::Repeated),
    ] {
        let asked = request_address_change(joining, preferences.as_str(), &address(to), None, now()).await.unwrap();
        assert_eq!(asked, Some(wanted), "{to}");
    }
}

/// A bot asks for an hour, 8,000 times: from one network without work, with one proof for all from everywhere, for one address
/// from everywhere, and with every field filled in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bots_hour() {
    let place = std::sync::Arc::new(Place::new().await);
    let mut outcomes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let form = join_form(place.joining(), BRIEF, Language::En, now()).await.unwrap();
    let stolen = form.challenge.solve("first@example.net");
    let challenge = form.challenge.as_str().to_owned();
    // A hundred ask at the same time: one after the other, each would wait for its own transaction.
    for hundred in 0..80i64 {
        let asked: Vec<_> = (hundred * 100..(hundred + 1) * 100)
            .map(|n| {
                let at = now() + TimeDelta::milliseconds(n * 450);
                let everywhere = format!("10.{}.{}.1", n / 256 % 256, n % 256);
                let (kind, who, from) = match n % 4 {
                    0 => ("one network", format!("victim{n}@example.net"), "192.0.2.7".to_owned()),
                    1 => ("one proof", format!("victim{n}@example.net"), everywhere),
                    2 => ("one address", "victim@example.net".to_owned(), everywhere),
                    _ => ("trap", format!("victim{n}@example.net"), everywhere),
                };
                let (place, challenge, stolen) = (place.clone(), challenge.clone(), stolen.clone());
                tokio::spawn(async move {
                    let proof = match kind {
                        "one proof" => FormProof { challenge: &challenge, nonce: &stolen, address: &who, trap: "" },
                        "trap" => FormProof { trap: "https://spam.example", ..FormProof::default() },
                        _ => FormProof::default(),
                    };
                    let asked = address(&who);
                    let asked = request(&asked, Language::En, &from, Asked::Form(proof));
                    (kind, sign_up(place.joining(), asked, at).await.unwrap().word())
                })
            })
            .collect();
        for asked in asked {
            *outcomes.entry(asked.await.unwrap()).or_default() += 1;
        }
    }
    println!("{outcomes:?}");
    let of = |kind, outcome| outcomes.get(&(kind, outcome)).copied().unwrap_or(0);
    assert_eq!((of("one network", "delayed"), of("one network", "network_limit")), (5, 1995));
    // What one proof proves for an address, it proves for another by chance, once in 65,536 times.
    let by_chance = 2000 - of("one proof", "bad_work");
    assert!(by_chance <= 5, "{by_chance}");
    assert_eq!((of("one address", "delayed"), of("one address", "repeated")), (1, 1999));
    assert_eq!(of("trap", "trap"), 2000);
    let mails = place.mails(now() + TimeDelta::hours(2)).await;
    assert_eq!(mails.len(), 6 + by_chance, "confirmations in an hour");
}

/// Those who ask at the same time are written together; each is mailed. The rate is printed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_ask_at_the_same_time() {
    const READERS: usize = 1000;
    let place = std::sync::Arc::new(Place::new().await);
    let begin = Instant::now();
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(50));
    let tasks: Vec<_> = (0..READERS)
        .map(|n| {
            let (place, gate) = (place.clone(), gate.clone());
            tokio::spawn(async move {
                let _permit = gate.acquire().await.unwrap();
                let (who, begin) = (address(&format!("reader@d{n}.example")), Instant::now());
                let from = format!("10.{}.{}.1", n / 256, n % 256);
                let asked = request(&who, Language::En, &from, Asked::Mail);
                assert_eq!(sign_up(place.joining(), asked, now()).await.unwrap(), SignUpOutcome::Queued);
                begin.elapsed()
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.push(task.await.unwrap());
    }
    took.sort_unstable();
    let rate = READERS as f64 / begin.elapsed().as_secs_f64();
    println!("{rate:.0} sign-ups a second by 50 at a time, {:?} at the median", took[READERS / 2]);
    let begin = Instant::now();
    for n in 0..50 {
        let who = address(&format!("single@s{n}.example"));
        let from = format!("172.16.{n}.1");
        sign_up(place.joining(), request(&who, Language::En, &from, Asked::Mail), now()).await.unwrap();
    }
    println!("{:?} for each of 50, one after the other", begin.elapsed() / 50);
    assert_eq!(place.mails(now()).await.len(), READERS + 50);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever a form brings, nothing panics, and what goes into a mail stays on its line.
    #[test]
    fn no_form_breaks_anything(who in "[a-z]{1,9}@[a-z]{1,9}\\.example", challenge in ".{0,80}", nonce in ".{0,80}", trap in ".{0,9}", typed in ".{0,300}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let place = Place::new().await;
            let proof = FormProof { challenge: &challenge, nonce: &nonce, address: &typed, trap: &trap };
            let who = address(&who);
            let asked = request(&who, Language::Zh, "2001:db8::1", Asked::Form(proof));
            let outcome = sign_up(place.joining(), asked, now()).await.unwrap();
            let mails = place.mails(now() + TimeDelta::minutes(4)).await;
            assert_eq!(mails.len(), usize::from(outcome.is_mailed()));
            assert!(mails.iter().all(|mail| !mail.1.contains(['\r', '\n'])));
            assert!(confirm_view(place.joining(), &typed, now()).await.is_err());
            place.store.close().await;
        });
    }
}
