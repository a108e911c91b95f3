//! The built-in brief: its template, embedded, and what stands around it (title, imprint).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use chrono_tz::Europe::Berlin;

use crate::{
    brief::{Frame, Template},
    figures::{Dataset, Snapshot},
    language::PerLanguage,
    problem::Problems,
};

const FILES: [(&str, &str); 7] = [
    ("en.md", include_str!("../../templates/green-economy/en.md")),
    ("de.md", include_str!("../../templates/green-economy/de.md")),
    ("zh.md", include_str!("../../templates/green-economy/zh.md")),
    ("mail.en.md", include_str!("../../templates/green-economy/mail.en.md")),
    ("mail.de.md", include_str!("../../templates/green-economy/mail.de.md")),
    ("mail.zh.md", include_str!("../../templates/green-economy/mail.zh.md")),
    ("blocks.toml", include_str!("../../templates/green-economy/blocks.toml")),
];

/// The brief's id.
pub(super) const BRIEF: &str = "green-economy";

/// The embedded template.
pub(super) fn template() -> Result<Template, Problems> {
    let files: BTreeMap<String, Vec<u8>> =
        FILES.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    Template::from_files("templates/green-economy", files)
}

/// Title, date and imprint of a draft made at `at`; the date is Berlin's.
pub(super) fn frame(at: DateTime<Utc>) -> Frame {
    Frame {
        title: PerLanguage {
            en: "Green Economy Brief".into(),
            de: "Grüne Wirtschaft".into(),
            zh: "绿色经济简报".into(),
        },
        edition: None,
        date: at.with_timezone(&Berlin).date_naive(),
        created: at,
        imprint: vec![
            ("greenbrief".into(), None),
            ("brief@example.org".into(), Some("mailto:brief@example.org".into())),
        ],
        privacy_url: None,
        unsubscribe: "mailto:unsubscribe@example.org?subject=unsubscribe".into(),
    }
}

/// The figures as they were known at `at`.
pub(super) fn snapshot(data: Dataset, at: DateTime<Utc>) -> Snapshot {
    Snapshot { as_known: at.with_timezone(&Berlin).date_naive(), data }
}
