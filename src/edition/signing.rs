//! The signature of an edition's PDFs: as an attachment, which is filled once the file is written.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    base::{
        ids::EditionName,
        language::Language,
        pdf_signature::{SigningKey, Statement, sign, sign_as, statement},
    },
    document::brief::Attachment,
};

/// The name of the attachment.
const NAME: &str = "signature.txt";

/// How the PDFs of an edition are signed.
#[derive(Debug)]
pub enum Signing {
    /// Not at all.
    None,
    /// The edition of this name, with this key.
    With(EditionName, Arc<SigningKey>),
    /// As these files are, which were signed before: with what theirs say, and their signatures.
    As(BTreeMap<Language, Vec<u8>>),
}

impl Signing {
    /// The attachment that will hold the signature. `snapshot` is the id of the frozen figures.
    pub fn attachment(&self, language: Language, snapshot: &str) -> Option<Attachment> {
        let statement = match self {
            Signing::None => return None,
            Signing::With(edition, key) => Statement::new(edition.to_string(), language, snapshot, key.public()),
            Signing::As(files) => statement(files.get(&language)?).ok()?,
        };
        let description = match language {
            Language::En => "Signature of this file: `greenbrief verify` checks it",
            Language::De => "Signatur dieser Datei: `greenbrief verify` prüft sie",
            Language::Zh => "本文件的数字签名，可用greenbrief verify验证",
        };
        Some(Attachment {
            name: NAME.to_owned(),
            mime: "text/plain".to_owned(),
            description: description.to_owned(),
            bytes: statement.unsigned().into_bytes(),
            stored: true,
        })
    }

    /// Signs the finished file.
    pub fn sign(&self, language: Language, pdf: &mut [u8]) {
        match self {
            Signing::None => {}
            Signing::With(_, key) => sign(pdf, key),
            Signing::As(files) => {
                if let Some(file) = files.get(&language) {
                    sign_as(pdf, file);
                }
            }
        }
    }
}
