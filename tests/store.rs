//! One story over the whole store, told on SQLite always, and by the same function on PostgreSQL if
//! `GREENBRIEF_TEST_POSTGRES` is the URL of a server on which databases may be made (`scripts/test` starts one).

mod corrections;
mod decisions;
mod identity;
mod imports;
pub mod joining;
mod leaving;
mod ledger;
mod links;
mod moves;
mod numbers;
mod operators;
mod outbox;
mod people;
mod places;
mod replies;
mod sequences;
mod tokens;
mod warm_up;
mod watching;

use std::env;

use chrono::{DateTime, TimeDelta, Utc};
use greenbrief::{
    base::{ids::ScheduleId, language::Language},
    people::subscribers::Address,
    store::{
        ConfigFiles, Edition, EditionText, Error, Lease, MadeOn, Mail, MailKind, MessageIds, NewEdition, NewMail,
        Occurrence, RefusedConfig, Release, SCHEMA, SchemaVersions, Setting, Store, Surroundings,
    },
    time::schedule::Outcome,
};
use sqlx::Executor;

/// A new, empty database. SQLite's goes with its folder; PostgreSQL's stays until its server is thrown away.
pub struct Place {
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Place {
    fn sqlite() -> Place {
        let folder = tempfile::tempdir().unwrap();
        Place { url: format!("sqlite:{}", folder.path().join("state/store.db").display()), _folder: Some(folder) }
    }

    /// `None` if there is no server.
    pub async fn postgres(name: &str) -> Option<Place> {
        let Ok(server) = env::var("GREENBRIEF_TEST_POSTGRES") else {
            // Under `scripts/test` this is a failure, not something to pass over.
            if cfg!(feature = "real-parts") {
                panic!("GREENBRIEF_TEST_POSTGRES is not set: run scripts/test");
            }
            return None;
        };
        let name = format!("greenbrief_{name}_{}", std::process::id());
        let pool = sqlx::PgPool::connect(&server).await.unwrap();
        pool.execute(sqlx::AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).await.unwrap();
        pool.execute(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
        let (rest, _) = server.rsplit_once('/').unwrap();
        Some(Place { url: format!("{rest}/{name}"), _folder: None })
    }

    async fn open(&self) -> Store {
        Store::open(&self.url, now()).await.unwrap()
    }

    /// Past the store's own doors.
    async fn raw(&self) -> sqlx::AnyPool {
        sqlx::any::install_default_drivers();
        sqlx::AnyPool::connect(&self.url).await.unwrap()
    }
}

/// The moment of the story: a Monday morning.
fn now() -> DateTime<Utc> {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

fn address(text: &str) -> Address {
    Address::parse(text).unwrap()
}

fn lease<'a>(owner: &'a str, now: DateTime<Utc>) -> Lease<'a> {
    Lease { owner, now, length: minutes(45) }
}

/// A lease that is over when it begins, by any clock.
fn short_lease<'a>(owner: &'a str, now: DateTime<Utc>) -> Lease<'a> {
    Lease { owner, now, length: minutes(-1) }
}

/// Versions of a schema that was this program's already.
const UNCHANGED: SchemaVersions = SchemaVersions { before: SCHEMA, after: SCHEMA };

/// The id of a schedule, or of what is made by hand.
fn id(text: &str) -> ScheduleId {
    text.parse().unwrap()
}

async fn begun(store: &Store, brief: &str, nonce: &str) -> Occurrence {
    store.ledger().manual_occurrence(brief, now(), nonce, "anna", &lease("keeper", now())).await.unwrap()
}

fn inputs() -> Vec<(String, Vec<u8>)> {
    vec![("template/en.md".to_owned(), b"# Hello".to_vec()), ("config/a.toml".to_owned(), b"a = 1".to_vec())]
}

async fn frozen(store: &Store, occurrence: &Occurrence, brief: &str) -> Edition {
    let new = NewEdition {
        brief,
        snapshot: b"{\"figures\":1}",
        import: 1,
        inputs: &inputs(),
        above: 0,
        now: now(),
        program: "0.1.0",
        made_on: MadeOn::default(),
        correction: None,
    };
    store.editions().freeze(occurrence, &new).await.unwrap()
}

fn text(language: Language) -> EditionText {
    EditionText {
        language,
        subject: format!("Brief in {language}"),
        text: "Text – 文本\n".into(),
        html: "<p>Text</p>".into(),
        pdf_name: "Grüne-Wirtschaft-Nr-1.pdf".into(),
        pdf_ascii_name: "green-1.pdf".into(),
        pdf: b"%PDF-1.7 \x00\xff".to_vec(),
        pages: 3,
        attached: true,
    }
}

fn ending<'a>(occurrence: &'a Occurrence) -> Release<'a> {
    Release {
        occurrence,
        outcome: Outcome::Ran,
        reason: "",
        message_ids: MessageIds { domain: "example.org", store_id: "store1" },
        now: now(),
        give_up_after: TimeDelta::hours(12),
        quiet: &[],
        pages: &[],
    }
}

/// A released edition of a brief of its own, in English and German, to these people.
async fn released(store: &Store, brief: &str, people: &[(&str, Language)]) -> Edition {
    for (person, language) in people {
        store.people().subscribe(&address(person), *language, brief, now()).await.unwrap();
    }
    let occurrence = begun(store, brief, "n").await;
    let edition = frozen(store, &occurrence, brief).await;
    let texts = [text(Language::En), text(Language::De)];
    store.editions().release(&edition, &texts, &ending(&occurrence)).await.unwrap().unwrap();
    edition
}

async fn mails(store: &Store, edition: &Edition) -> Vec<Mail> {
    store.outbox().mails(Some(edition.id), None, None, 1000).await.unwrap()
}

fn operator_mail(message_id: &str, now: DateTime<Utc>) -> NewMail<'_> {
    NewMail {
        kind: MailKind::Operator,
        address: "desk@example.org",
        language: Language::En,
        subject: "Something happened",
        text: "It did.\n",
        reply_to: None,
        in_reply_to: None,
        message_id,
        now,
        give_up_at: now + TimeDelta::hours(24),
    }
}

async fn story(place: &Place) {
    let store = place.open().await;
    assert_eq!(Store::migrate(&place.url, Surroundings::default(), now()).await.unwrap(), UNCHANGED);
    numbers::go_in_and_come_out_equal(&store).await;
    numbers::are_withdrawn_and_come_back(&store).await;
    settings_and_activations(&store).await;
    people::are_known_by_their_key(&store).await;
    people::come_in_lists(&store).await;
    people::who_has_left_stays_away(&store).await;
    tokens::a_key_is_made_once_and_rotated(&store).await;
    ledger::a_cursor_moves_once(&store).await;
    ledger::a_slot_is_claimed_once(&store).await;
    ledger::while_one_is_made_others_do_as_asked(&store).await;
    ledger::a_person_pauses_a_schedule(&store).await;
    ledger::a_backfill_is_made_once(&store).await;
    ledger::who_was_taken_over_can_end_nothing(&store).await;
    ledger::numbers_have_no_gap(&store).await;
    ledger::an_edition_is_released_whole_or_not(&store).await;
    ledger::an_edition_that_ends_otherwise(&store).await;
    ledger::damaged_bytes_are_noticed(&store, &place.raw().await).await;
    outbox::only_who_should_gets_a_mail(&store).await;
    outbox::a_mail_goes_its_way(&store).await;
    outbox::two_couriers_share_without_doubles(&store).await;
    outbox::what_must_not_go_is_taken_back(&store).await;
    outbox::in_quiet_hours_mails_wait_for_their_end(&store).await;
    outbox::a_hold_stops_all(&store).await;
    outbox::what_a_dead_courier_left(&store).await;
    outbox::what_is_in_doubt_goes_again_if_that_is_wanted(&store).await;
    leaving::a_token_ends_its_subscription_and_no_other(&store).await;
    leaving::mails_are_cancelled_up_to_their_dot(&store).await;
    leaving::a_number_that_is_given_again_is_not_meant(place, &store).await;
    operators::a_pause_stops_all_at_the_gate(&store).await;
    operators::a_paused_edition_waits_and_others_go(&store).await;
    operators::a_paused_domain_waits_and_others_go(&store).await;
    operators::an_edition_is_withdrawn_and_shown_again(&store).await;
    operators::refused_mails_are_sent_again_by_a_person(&store).await;
    operators::how_fast_and_how_it_went(&store).await;
    watching::monitors_are_told_how_many(&store).await;
    warm_up::no_more_than_the_ramp_allows_go_to_a_domain(&store).await;
    replies::an_address_that_is_gone_is_suppressed(&store).await;
    replies::what_is_made_up_does_nothing(&store).await;
    replies::a_report_that_names_addresses_alone_is_held_against_nobody(&store).await;
    replies::a_full_mailbox_counts_and_heals(&store).await;
    replies::what_is_about_us_is_told_once(&store).await;
    replies::a_complaint_ends_and_suppresses(&store).await;
    replies::the_token_to_leave_proves_what_came_back(&store).await;
    replies::readers_leave_by_mail_and_people_are_heard(&store).await;
    replies::many_bounces_stop_what_is_left(&store).await;
    replies::many_at_once_are_gathered(&store).await;
    refuses_a_newer_schema(place, store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_on_sqlite() {
    story(&Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_story_on_postgres() {
    if let Some(place) = Place::postgres("story").await {
        story(&place).await;
        let store = Place::postgres("restored").await.unwrap().open().await;
        places::after_a_restore_all_is_in_doubt(&store).await;
        leaving::a_token_is_good_after_a_restore(&store).await;
        assert!(store.backup(std::path::Path::new("x")).await.unwrap_err().to_string().contains("pg_dump"));
        assert!(!store.lock_courier().unwrap().unwrap().is_alone());
    }
}

async fn corrections_story(place: &Place) {
    let store = place.open().await;
    let raw = place.raw().await;
    corrections::a_correction_goes_to_who_has_the_other_and_has_not_left(&store, &raw).await;
    store.close().await;
}

/// A story of its own, in whose ledger nothing else is held.
async fn decisions_story(place: &Place) {
    let store = place.open().await;
    decisions::a_held_edition_goes_out_once_as_it_was(&store).await;
    decisions::a_discarded_edition_never_goes_out(&store).await;
    decisions::an_approval_counts_for_the_pdfs_that_it_names(&store).await;
    decisions::an_older_edition_is_not_released_behind_a_later_one(&store).await;
    // Last, since the store waits after it.
    decisions::what_was_held_is_discarded_by_a_restore(&store).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn corrections_on_sqlite() {
    corrections_story(&Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn corrections_on_postgres() {
    if let Some(place) = Place::postgres("corrections").await {
        corrections_story(&place).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_on_sqlite() {
    decisions_story(&Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn decisions_on_postgres() {
    if let Some(place) = Place::postgres("decisions").await {
        decisions_story(&place).await;
    }
}

/// A story of its own, in whose outbox nothing else waits.
async fn joining_story(place: &Place) {
    let store = place.open().await;
    joining::who_asks_is_mailed_once(&store).await;
    joining::who_confirms_gets_the_latest_edition(&store).await;
    joining::readers_change_what_they_get(&store).await;
    joining::nothing_is_left_of_who_is_erased(&store).await;
    joining::a_list_says_where_consent_comes_from(&store).await;
    moves::an_address_change_takes_no_no_back(&store).await;
    moves::only_what_was_named_moves(&store).await;
    moves::a_no_in_an_old_mail_ends_what_lives_on(&store).await;
    moves::the_newest_no_counts(&store).await;
    moves::what_is_over_is_not_confirmed(&store).await;
    moves::a_new_reader_gets_no_edition_before_the_others(&store).await;
    moves::former_addresses_are_erased_too(&store).await;
    moves::asking_again_makes_no_mail_good_for_longer(&store).await;
    moves::what_waits_again_goes_to_the_new_address(&store).await;
    moves::what_waits_again_goes_to_the_address_that_was_known(&store).await;
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_on_sqlite() {
    joining_story(&Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joining_on_postgres() {
    if let Some(place) = Place::postgres("joining").await {
        joining_story(&place).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_committed_with_what_it_says() {
    let place = Place::sqlite();
    let store = place.open().await;
    replies::a_leave_and_its_answer_are_one(&store, &place.raw().await).await;
    store.close().await;
}

async fn settings_and_activations(store: &Store) {
    assert_eq!(store.setting(Setting::Hold).await.unwrap(), None);
    store.set(Setting::Hold, Some("a")).await.unwrap();
    store.set(Setting::Hold, Some("b")).await.unwrap();
    assert_eq!(store.setting(Setting::Hold).await.unwrap().as_deref(), Some("b"));
    store.set(Setting::Hold, None).await.unwrap();
    store.set(Setting::Hold, None).await.unwrap();
    assert_eq!(store.setting(Setting::Hold).await.unwrap(), None);
    assert_eq!(store.id("first").await.unwrap(), "first");
    assert_eq!(store.id("second").await.unwrap(), "first");

    assert_eq!(store.activations().newest_number().await.unwrap(), 0);
    assert_eq!(store.activations().newest().await.unwrap(), None);
    let one = store.activations().activate("a", now()).await.unwrap();
    assert_eq!(store.activations().activate("a", now()).await.unwrap(), one);
    let two = store.activations().activate("b", now()).await.unwrap();
    // A roll-back to earlier content is news.
    let three = store.activations().activate("a", now()).await.unwrap();
    assert!(one < two && two < three);
    assert_eq!(store.activations().newest_number().await.unwrap(), three);
    // What stood in it can be read by any process, if it was kept.
    assert_eq!(
        store.activations().newest().await.unwrap().map(|active| (active.sequence, active.files)),
        Some((three, None))
    );
    let files = |text: &str| ConfigFiles::from([("briefs/a.toml".to_owned(), text.as_bytes().to_vec())]);
    for hash in ["a", "b"] {
        store.activations().keep_files(hash, &files(hash)).await.unwrap();
        store.activations().keep_files(hash, &files("never replaces it")).await.unwrap();
    }
    let active = store.activations().newest().await.unwrap().unwrap();
    assert_eq!((active.at, active.files), (now(), Some(files("a"))));
    for number in 0..12 {
        store.activations().activate(&format!("later {number}"), now()).await.unwrap();
        store.activations().keep_files(&format!("later {number}"), &files("later")).await.unwrap();
    }
    store.activations().activate("b", now()).await.unwrap();
    assert_eq!(store.activations().newest().await.unwrap().unwrap().files, None, "old ones are forgotten");
    let refused = RefusedConfig { at: now(), errors: 2, first: "a.toml:1:2: what".to_owned() };
    store.activations().refuse(Some(&refused)).await.unwrap();
    assert_eq!(store.activations().refused().await.unwrap(), Some(refused));
    store.activations().refuse(None).await.unwrap();
    assert_eq!(store.activations().refused().await.unwrap(), None);
    // Processes that start together with one config get one number.
    let together: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.activations().activate("c", now()).await.unwrap() })
        })
        .collect();
    for task in together {
        assert_eq!(task.await.unwrap(), store.activations().newest_number().await.unwrap());
    }
}

async fn refuses_a_newer_schema(place: &Place, store: Store) {
    let raw = place.raw().await;
    raw.execute("INSERT INTO schema_version (version) VALUES (99)").await.unwrap();
    for result in [
        Store::open(&place.url, now()).await.map(|_| ()),
        Store::migrate(&place.url, Surroundings::default(), now()).await.map(|_| ()),
    ] {
        let error = result.unwrap_err();
        assert!(matches!(error, Error::Newer { found: 99, known: SCHEMA }), "{error}");
        assert_eq!(
            error.to_string(),
            format!("the store has schema 99, this greenbrief knows schemas up to {SCHEMA}: use a newer greenbrief")
        );
    }
    raw.close().await;
    store.close().await;
}
