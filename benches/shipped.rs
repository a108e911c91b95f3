//! What the benches make a brief from: the shipped template and figures, and a frame.
#![expect(clippy::unwrap_used, reason = "the shipped brief builds; else there is nothing to measure")]

use std::path::Path;

use greenbrief::{
    base::language::{Language, PerLanguage},
    document::brief::{Frame, ImprintLine, LeaveLinks, MailFacts, Template},
    figures::{Snapshot, shipped},
};

/// The program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a brief is made from.
pub struct Shipped {
    pub template: Template,
    pub snapshot: Snapshot,
    pub frame: Frame,
}

impl Shipped {
    pub fn open() -> Shipped {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/green-economy");
        let created = chrono::DateTime::from_timestamp(1_795_410_000, 0).unwrap();
        Shipped {
            template: Template::load(&folder, &Language::ALL).unwrap(),
            snapshot: Snapshot::new(created.date_naive(), shipped::dataset().unwrap()),
            frame: Frame {
                title: PerLanguage {
                    en: "Green Economy Brief".into(),
                    de: "Grüne Wirtschaft".into(),
                    zh: "绿色经济简报".into(),
                },
                edition: Some(12),
                date: created.date_naive(),
                created,
                imprint: vec![ImprintLine::plain("Example Office, Example Street 1, Berlin")],
                privacy_url: Some("https://example.org/privacy".into()),
                leave: LeaveLinks::both("mailto:leave@example.org"),
                editions_url: None,
                supersedes: None,
                since: None,
                mail: MailFacts::default(),
            },
        }
    }
}
