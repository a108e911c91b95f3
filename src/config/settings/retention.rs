//! `[retention]`: how long things are kept.

use std::time::Duration;

use crate::config::{
    reading::{problem_sink::ProblemSink, table_reader::TableReader},
    values::durations,
};

/// How long things are kept; `None` is for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// What became of each mail.
    pub mails: Option<Duration>,
    /// PDFs in `reports/`.
    pub pdfs: Option<Duration>,
    /// Mails as files in `reports/outbox/`.
    pub eml: Option<Duration>,
    /// From which networks readers asked to join, and confirmed.
    pub networks: Option<Duration>,
}

/// The time for which networks are kept if nothing is said.
pub(in crate::config) const DEFAULT_NETWORKS: &str = "90 days";

impl Default for Retention {
    fn default() -> Retention {
        Retention { mails: None, pdfs: None, eml: None, networks: Some(Duration::from_secs(90 * 86_400)) }
    }
}

/// Reads the section.
pub(in crate::config) fn read(section: TableReader<'_>, sink: &ProblemSink) -> Retention {
    let mut section = section;
    let mut keep = |key| {
        let given = section.length(key)?;
        let length = durations::read(&given, sink)?;
        if length < Duration::from_secs(86_400) {
            sink.push(given.error("this is shorter than a day").hint("leave the key out to keep everything"));
            return None;
        }
        Some(length)
    };
    let retention = Retention {
        mails: keep("mails"),
        pdfs: keep("pdfs"),
        eml: keep("eml"),
        networks: keep("networks").or(Retention::default().networks),
    };
    section.finish();
    retention
}
