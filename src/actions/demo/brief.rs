//! The built-in brief of the demo: its template, embedded, and what stands around it (title, imprint).

use std::{collections::BTreeMap, path::Path, sync::Arc};

use chrono::TimeDelta;
use chrono_tz::Europe::Berlin;

use crate::{
    base::{
        language::{Language, PerLanguage},
        problem::Problems,
    },
    document::brief::{ImprintLine, LeaveLinks, PdfComes, Template},
    edition::{Appearance, EditionSpec},
    figures::checks::GateRules,
    people::tokens::{PLACEHOLDER, PREFERENCES_PLACEHOLDER},
    time::schedule::{Cron, DstGap, DstOverlap, IfUnchanged, OwnedTimetable, Rule, Timetable},
};

pub(super) const FILES: [(&str, &str); 9] = [
    ("en.md", include_str!("../../../templates/green-economy/en.md")),
    ("de.md", include_str!("../../../templates/green-economy/de.md")),
    ("zh.md", include_str!("../../../templates/green-economy/zh.md")),
    ("mail.en.md", include_str!("../../../templates/green-economy/mail.en.md")),
    ("mail.de.md", include_str!("../../../templates/green-economy/mail.de.md")),
    ("mail.zh.md", include_str!("../../../templates/green-economy/mail.zh.md")),
    ("blocks.toml", include_str!("../../../templates/green-economy/blocks.toml")),
    ("theme.toml", include_str!("../../../templates/green-economy/theme.toml")),
    ("words.toml", include_str!("../../../templates/green-economy/words.toml")),
];

/// The address of the public pages that the demo's mails name if none are shown. Nobody answers there.
pub const PUBLIC_URL: &str = "https://briefs.example.org";

/// The address of pages of this machine.
pub fn pages_url(port: u16) -> String {
    format!("http://localhost:{port}")
}

/// Mondays at seven, as the shipped config says.
fn weekly() -> Option<Appearance> {
    let cron = Cron::parse("0 7 * * Mon").ok()?;
    let rule = Rule { cron, timezone: Berlin, dst_gap: DstGap::After, dst_overlap: DstOverlap::First };
    let timetable = OwnedTimetable::of(Timetable::plain("green-economy/weekly", &rule), None);
    Some(Appearance { timetable, languages: Language::ALL.to_vec() })
}

/// The embedded brief, its PDFs going to `reports`, its pages at `url`.
pub(super) fn edition_spec(reports: &Path, url: &str) -> Result<EditionSpec, Problems> {
    let files: BTreeMap<String, Vec<u8>> =
        FILES.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect();
    Ok(EditionSpec {
        brief: "green-economy".to_owned(),
        title: PerLanguage {
            en: "Green Economy Brief".into(),
            de: "Grüne Wirtschaft".into(),
            zh: "绿色经济简报".into(),
        },
        timezone: Berlin,
        languages: Language::ALL.to_vec(),
        template: Arc::new(Template::from_files("templates/green-economy", files)?),
        imprint: vec![
            ImprintLine::plain("greenbrief"),
            ImprintLine { text: "brief@example.org".into(), url: Some("mailto:brief@example.org".into()) },
        ],
        privacy_url: None,
        leave: LeaveLinks {
            for_all: format!("{url}/leave/green-economy"),
            in_mail: format!("{url}/u/{PLACEHOLDER}"),
            change: Some(format!("{url}/p/{PREFERENCES_PLACEHOLDER}")),
        },
        editions_url: Some(format!("{url}/green-economy")),
        pdf: PdfComes::Both,
        appearances: weekly().into_iter().collect(),
        domain: "example.org".to_owned(),
        give_up_after: TimeDelta::days(1),
        quiet_hours: None,
        approvals: 0,
        gate: GateRules::default(),
        if_unchanged: IfUnchanged::Send,
        reports: reports.to_path_buf(),
        keeps_reports: false,
        config: Arc::default(),
        supersedes: None,
        since: None,
        signing_key: None,
    })
}
