//! An edition that supersedes another goes to exactly those who have that one and have not left since. Who that is, a query of
//! these tests says, written otherwise than the store's.

use greenbrief::{
    base::language::{
        Language::{De, En},
        PerLanguage,
    },
    delivery::rules::State,
    people::subscribers::{Address, SubscriptionState},
    store::{Edition, MadeOn, NewCorrection, NewEdition, Store},
};
use sqlx::{AnyPool, Row};

use super::{address, begun, ending, frozen, inputs, mails, now, text};

const REASON: &str = r#"{"en":"a wrong value","de":"ein falscher Wert","zh":"数值有误"}"#;

/// An edition of the brief that supersedes another, released.
async fn corrected(
    store: &Store,
    brief: &str,
    superseded: &Edition,
) -> Result<(Edition, u64), greenbrief::store::Error> {
    let occurrence = begun(store, brief, &format!("correction {}", now().timestamp())).await;
    let correction = NewCorrection { supersedes: superseded.id, reason: REASON, by: "anna" };
    let new = NewEdition {
        brief,
        snapshot: b"{\"figures\":2}",
        import: 2,
        inputs: &inputs(),
        above: 0,
        now: now(),
        program: "0.1.0",
        made_on: MadeOn { architecture: "x86_64", fonts: "f0" },
        correction: Some(correction),
    };
    let edition = store.editions().freeze(&occurrence, &new).await?;
    let texts = [text(En), text(De)];
    let readers = store.editions().release(&edition, &texts, &ending(&occurrence)).await?.unwrap();
    Ok((edition, readers))
}

async fn run(raw: &AnyPool, statement: String) -> u64 {
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(raw).await.unwrap().rows_affected()
}

async fn ids(raw: &AnyPool, query: String) -> Vec<i64> {
    let rows = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_all(raw).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// The subscribers who should get a correction, without recursion: those who have it under their own number, and those to whom
/// the subscription of one who has it was moved.
async fn should_get(raw: &AnyPool, brief: &str, superseded: &Edition) -> Vec<i64> {
    let (active, edition) = (SubscriptionState::Active.code(), superseded.id);
    let (sent, unknown) = (State::Sent.code(), State::Unknown.code());
    ids(
        raw,
        format!(
            "SELECT DISTINCT s.subscriber FROM subscription s WHERE s.brief = '{brief}' AND s.state = {active}
             AND NOT EXISTS (SELECT 1 FROM suppression x, subscriber u WHERE u.id = s.subscriber
             AND x.address_key = u.address_key)
             AND (s.subscriber IN (SELECT subscriber FROM mail WHERE edition = {edition} AND state IN ({sent}, {unknown}))
             OR s.id IN (SELECT o.moved_to FROM subscription o, mail m WHERE m.subscriber = o.subscriber
             AND m.edition = {edition} AND m.state IN ({sent}, {unknown}) AND o.brief = '{brief}'))
             ORDER BY s.subscriber"
        ),
    )
    .await
}

async fn got(raw: &AnyPool, edition: &Edition) -> Vec<i64> {
    ids(raw, format!("SELECT subscriber FROM mail WHERE edition = {} ORDER BY subscriber", edition.id)).await
}

/// An edition to many readers, of whom each tenth did otherwise.
async fn sent_to_many(store: &Store, raw: &AnyPool, brief: &str, count: usize) -> Edition {
    let all: Vec<Address> = (0..count).map(|n| address(&format!("r{n}@{brief}.example"))).collect();
    let rows = all.iter().enumerate().map(|(n, address)| (address, if n % 3 == 0 { De } else { En }, brief));
    store.people().subscribe_all(rows, now(), || ()).await.unwrap();
    let occurrence = begun(store, brief, "n").await;
    let edition = frozen(store, &occurrence, brief).await;
    let texts = [text(En), text(De)];
    let readers = store.editions().release(&edition, &texts, &ending(&occurrence)).await.unwrap();
    assert_eq!(readers, Some(count as u64));
    let states =
        [State::Sent, State::Sent, State::Unknown, State::Failed, State::Cancelled, State::Expired, State::Sent];
    for (n, state) in states.iter().enumerate() {
        let set = format!("UPDATE mail SET state = {} WHERE edition = {}", state.code(), edition.id);
        run(raw, format!("{set} AND subscriber % {} = {n}", states.len())).await;
    }
    edition
}

pub async fn a_correction_goes_to_who_has_the_other_and_has_not_left(store: &Store, raw: &AnyPool) {
    let (brief, count) = ("mended", 2100);
    let edition = sent_to_many(store, raw, brief, count).await;
    let of = format!("brief = '{brief}'");
    let ended = SubscriptionState::Ended.code();
    // Some leave, some addresses are gone, and others subscribe after it.
    let left = run(raw, format!("UPDATE subscription SET state = {ended} WHERE {of} AND subscriber % 11 = 0")).await;
    let gone = run(
        raw,
        format!(
            "INSERT INTO suppression (address_key, reason, at) SELECT u.address_key, 'bounced', 0
             FROM subscriber u JOIN subscription s ON s.subscriber = u.id WHERE s.{of} AND u.id % 13 = 0"
        ),
    )
    .await;
    let late: Vec<Address> = (0..200).map(|n| address(&format!("late{n}@{brief}.example"))).collect();
    store.people().subscribe_all(late.iter().map(|one| (one, En, brief)), now(), || ()).await.unwrap();
    // Some have moved to one of those addresses.
    let moved = run(
        raw,
        format!(
            "UPDATE subscription SET state = {ended}, moved_to = (SELECT s.id FROM subscription s JOIN subscriber u
             ON u.id = s.subscriber WHERE s.{of} AND u.address_key = 'late' || (subscription.id % 97) || '@{brief}.example')
             WHERE {of} AND subscriber % 17 = 0 AND state <> {ended} AND subscriber NOT IN (SELECT u.id FROM subscriber u
             WHERE u.address_key LIKE 'late%')"
        ),
    )
    .await;
    assert!(left > 100 && gone > 100 && moved > 100, "{left} {gone} {moved}");
    let should = should_get(raw, brief, &edition).await;
    let mut would = 0;
    for language in [En, De] {
        would += store.editions().correction_audience(edition.id, language).await.unwrap();
    }
    let (correction, readers) = corrected(store, brief, &edition).await.unwrap();
    assert!(should.len() > 800 && should.len() < count / 2 + 200, "{}", should.len());
    assert_eq!(got(raw, &correction).await, should);
    assert_eq!((readers, would), (should.len() as u64, should.len() as i64));
    // Who moved is mailed at the new address only.
    let addresses: Vec<String> = mails(store, &correction).await.into_iter().map(|mail| mail.address).collect();
    assert!(addresses.iter().any(|address| address.starts_with("late")));

    // It is recorded, and each edition is superseded once.
    let record = store.editions().superseded_by(edition.id).await.unwrap().unwrap();
    assert_eq!((record.edition, record.supersedes), (correction.name(), edition.name()));
    let reason = PerLanguage { en: "a wrong value".into(), de: "ein falscher Wert".into(), zh: "数值有误".into() };
    assert_eq!((record.reason, record.by.as_str(), record.at, record.in_force), (reason, "anna", now(), true));
    assert_eq!(store.editions().corrects(correction.id).await.unwrap().unwrap().supersedes, edition.name());
    assert_eq!(store.editions().superseded_by(correction.id).await.unwrap(), None);
    let made = store.editions().made_of(correction.id).await.unwrap();
    assert_eq!((made.architecture.as_deref(), made.fonts.as_deref()), (Some("x86_64"), Some("f0")));
    assert_eq!(
        made.files.iter().map(|file| (&*file.name, file.bytes)).collect::<Vec<_>>(),
        [("config/a.toml", 5), ("template/en.md", 7)]
    );
    let occurrence = begun(store, brief, "twice").await;
    let again = NewEdition {
        correction: Some(NewCorrection { supersedes: edition.id, reason: REASON, by: "ben" }),
        brief,
        snapshot: b"{}",
        import: 2,
        inputs: &[],
        above: 0,
        now: now(),
        program: "0.1.0",
        made_on: MadeOn::default(),
    };
    let again = store.editions().freeze(&occurrence, &again).await.unwrap();
    assert_eq!(store.editions().release(&again, &[text(En)], &ending(&occurrence)).await.unwrap(), None);
    assert_eq!(store.editions().superseded_before(again.id).await.unwrap(), Some(correction.name()));
    assert_eq!(store.editions().superseded_before(correction.id).await.unwrap(), None);
    assert_eq!(mails(store, &again).await.len(), 0);
    let made = store.editions().made_of(again.id).await.unwrap();
    assert_eq!((made.architecture, made.fonts, made.files.len()), (None, None, 0));
}
