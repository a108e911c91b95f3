//! The DNS records by which others check the signatures of our mails.

use serde::Serialize;

use super::Result;
use crate::{base::problem::Problem, config::Config};

/// A TXT record that the domain of a key has to publish.
#[derive(Debug, Serialize)]
pub struct DkimRecord {
    /// The key's algorithm
    pub algorithm: &'static str,
    /// The signing domain
    pub domain: String,
    /// The record's name
    pub name: String,
    /// The key's selector
    pub selector: String,
    /// The record's text, cut into strings as DNS wants it
    pub strings: Vec<String>,
    /// The record's text
    pub text: String,
    /// The record's type: `TXT`
    #[serde(rename = "type")]
    pub record_type: &'static str,
    /// The record as a line of a zone file
    #[serde(skip)]
    pub zone_line: String,
}

/// The records of all keys that the config names.
///
/// # Errors
/// It names none.
pub fn dkim_records(config: &Config) -> Result<Vec<DkimRecord>> {
    let signers = &config.mail.signers;
    if signers.is_empty() {
        return Err(Problem::error("no key is configured: greenbrief signs no mail")
            .hint(
                "write [mail.dkim.SELECTOR], such as [mail.dkim.brief2026], and below it key_file = \"dkim.pem\"; \
                 openssl genrsa -out dkim.pem 2048 makes a key",
            )
            .into());
    }
    let records = signers.iter().map(|signer| {
        let record = signer.record();
        DkimRecord {
            algorithm: signer.algorithm(),
            domain: signer.domain().to_owned(),
            selector: signer.selector().to_owned(),
            strings: record.strings().map(str::to_owned).collect(),
            record_type: "TXT",
            zone_line: record.to_string(),
            name: record.name,
            text: record.text,
        }
    });
    Ok(records.collect())
}
