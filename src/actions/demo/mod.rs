//! One edition of the built-in brief for three sample subscribers, through every station of the real way: a store that is
//! thrown away afterwards, an occurrence, PDFs, the outbox. The caller runs the courier that empties the outbox.

mod brief;
mod pages;

pub use self::{
    brief::{PUBLIC_URL, pages_url},
    pages::pages_config,
};

use std::path::Path;

use anyhow::{Context as _, anyhow};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use super::{Error, Result, build::BuiltPdf, prepare::prepare};
use crate::{
    base::language::Language,
    edition::{self, LedgerEntry, Made},
    people::{
        subscribers::Address,
        tokens::{InvalidKeyId, KeySecret},
    },
    store::{Edition, Lease, Store},
};

/// A sample subscriber of each language.
const SUBSCRIBERS: [(&str, Language); 3] =
    [("anna@example.net", Language::En), ("bernd@example.net", Language::De), ("chen@example.net", Language::Zh)];
/// The id of the demo's store. It is always the same, so that a second demo writes the same files.
const STORE_ID: &str = "demo";
/// The key of the demo's tokens. Nobody keeps it secret: its store is thrown away.
const TOKEN_KEY: &str = "demo";
/// Maximum time that making the edition may take.
const LEASE: TimeDelta = TimeDelta::minutes(5);
/// Maximum number of mails told.
const MAILS: i64 = 100;

/// The demo's edition, released in the demo's store.
#[derive(Debug)]
pub struct DemoEdition {
    /// The store, to be thrown away
    pub store: Store,
    /// The edition
    pub edition: Edition,
    /// The day up to which its figures are known
    pub as_known: NaiveDate,
    /// Its PDFs
    pub pdfs: Vec<BuiltPdf>,
}

/// Makes and releases the edition. The store is made in `folder`, the PDFs go to `out`. The pages that its mails name are at
/// `url`.
///
/// # Errors
/// A file cannot be written, or the store breaks.
pub async fn release(out: &Path, folder: &Path, owner: &str, url: &str, now: DateTime<Utc>) -> Result<DemoEdition> {
    let store = Store::open(&format!("sqlite:{}", folder.join("demo.db").display()), now).await?;
    prepare(&store, STORE_ID, now).await?;
    let (key, secret) = (TOKEN_KEY.parse().map_err(|bad: InvalidKeyId| anyhow!(bad))?, KeySecret::ZERO);
    store.token_keys().put(key, &secret, STORE_ID, now).await?;
    let spec = brief::edition_spec(out, url)?;
    for (address, language) in SUBSCRIBERS {
        let address = Address::parse(address).map_err(|bad| anyhow!(bad))?;
        store.people().subscribe(&address, language, &spec.brief, now).await?;
    }
    let lease = Lease { owner, now, length: LEASE };
    let occurrence = store.ledger().manual_occurrence(&spec.brief, now, owner, "demo", &lease).await?;
    let edition = match edition::make(&store, &spec, &occurrence, LedgerEntry::ON_TIME, now).await? {
        Made::Released { edition, .. } => edition,
        Made::Held { problems, .. } => return Err(problems.into()),
        Made::Skipped { since } => return Err(Error::refused(format!("it would say what {since} says"))),
        Made::Superseded { .. } | Made::TakenOver => {
            return Err(Error::refused("another process is using the demo's store"));
        }
    };
    let mut pdfs = Vec::new();
    for language in &spec.languages {
        let text = store.editions().text(edition.id, *language).await?.context("a language is missing")?;
        let name = format!("{}-{}-{language}.pdf", edition.brief, edition.number);
        let path = out.join(&edition.brief).join(edition.number.to_string()).join(name);
        let pages = usize::try_from(text.pages).context("the number of pages")?;
        pdfs.push(BuiltPdf::new(*language, &path, &text.pdf, pages));
    }
    Ok(DemoEdition { as_known: spec.as_known(now), store, edition, pdfs })
}

/// A mail of the demo that the courier has written to a file.
#[derive(Debug, Serialize)]
pub struct DemoMail {
    /// The file
    pub path: String,
    /// The reader's address
    pub address: String,
    /// The mail's subject
    pub subject: String,
}

/// The mails, once the courier has emptied the outbox.
///
/// # Errors
/// The store breaks.
pub async fn mails(demo: &DemoEdition) -> Result<Vec<DemoMail>> {
    let mut mails = Vec::new();
    for mail in demo.store.outbox().mails(Some(demo.edition.id), None, None, MAILS).await? {
        let text = demo.store.editions().text(demo.edition.id, mail.language).await?;
        mails.push(DemoMail {
            path: mail.reply.trim_start_matches("written to ").to_owned(),
            address: mail.address,
            subject: text.map_or_else(String::new, |text| text.subject),
        });
    }
    Ok(mails)
}
