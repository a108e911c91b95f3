//! One binary for all tests from outside; each file is one subject. Those behind `real-parts` need poppler, qpdf,
//! PostgreSQL, Python, Postfix, Dovecot and Chromium, which `scripts/test` installs.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what is wrong by failing"
)]

mod blocks;
mod brief;
mod broken;
mod calendars;
mod colours;
mod command;
mod config;
mod corpus;
mod courier;
#[cfg(target_os = "linux")]
mod disk;
mod figures;
mod figures_export;
mod house;
mod joining;
mod lint;
mod mail;
mod manual;
mod page;
mod pictures;
#[cfg(feature = "real-parts")]
mod readers;
mod replies;
mod schema;
mod serve;
mod store;
mod svg;
mod templates;
mod templates_tables;
mod timekeeper;
mod torture;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use greenbrief::{
    base::language::{Language, PerLanguage},
    document::{
        brief::{Frame, ImprintLine, LeaveLinks, MailFacts, Standard, Template},
        layout::{self, document::Document},
        pdf,
    },
    figures::{Snapshot, shipped},
};
use page_validation::{ValidationOptions, ValidationProfile, validate_pdf_bytes};

/// A moment at which all shipped figures are known.
fn moment() -> DateTime<Utc> {
    "2026-11-23T06:00:00Z".parse().unwrap()
}

fn snapshot() -> Snapshot {
    Snapshot::new(moment().date_naive(), shipped::dataset().unwrap())
}

fn template() -> Template {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates/green-economy");
    Template::load(&folder, &Language::ALL).unwrap()
}

fn frame() -> Frame {
    Frame {
        title: PerLanguage {
            en: "Green Economy Brief".into(),
            de: "Grüne Wirtschaft".into(),
            zh: "绿色经济简报".into(),
        },
        edition: Some(12),
        date: moment().date_naive(),
        created: moment(),
        imprint: vec![ImprintLine::plain("Example Office, Example Street, Berlin")],
        privacy_url: Some("https://example.org/privacy".into()),
        leave: LeaveLinks::both("mailto:leave@example.org"),
        editions_url: None,
        supersedes: None,
        since: None,
        mail: MailFacts::default(),
    }
}

/// The pages of the shipped brief.
fn pages(language: Language) -> Document {
    let filled = template().fill(&snapshot(), language, &frame()).unwrap();
    layout::lay_out(&filled.brief, &template().theme).unwrap()
}

/// The bytes of the shipped brief.
fn pdf(language: Language) -> Vec<u8> {
    pdf::write(&pages(language)).unwrap()
}

/// The bytes of a document by a standard.
fn pdf_by(document: &Document, standard: Standard) -> Vec<u8> {
    let mut document = document.clone();
    document.meta.standard = standard;
    pdf::write(&document).unwrap()
}

/// The lint finds nothing in a document, by either standard, and page_validation nothing by that of PDF 1.7.
fn conforms(document: &Document, name: &str) {
    assert_eq!(lint::lint(&pdf_by(document, Standard::Ua2)), [], "{name}");
    let bytes = pdf_by(document, Standard::Ua1);
    assert_eq!(lint::lint(&bytes), [], "{name}");
    for profile in [ValidationProfile::PdfUa1, ValidationProfile::PdfA3a] {
        let report = validate_pdf_bytes(&bytes, &ValidationOptions::default().profile(profile)).unwrap();
        assert!(report.is_compliant, "{name} {profile:?}: {:#?}", report.failures);
    }
}
