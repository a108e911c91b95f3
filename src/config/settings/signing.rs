//! `[signing]`: the key that PDFs of editions are signed with. How is in `pdf_signature`.

use std::sync::Arc;

use crate::{
    base::pdf_signature::{SigningKey, SigningKeyError},
    config::{
        part::Part,
        reading::{
            context::Context,
            secret_file::SecretFile,
            table_reader::{TableReader, TextValue},
        },
    },
};

const KEY_FILE: SecretFile = SecretFile {
    kind: "key",
    most: 16 * 1024,
    hint: "the file holds the private key in PEM, as `greenbrief signing new FILE` writes it; its path is relative to this file",
};

/// How PDFs are signed.
#[derive(Debug, Clone, PartialEq)]
pub struct Signing {
    /// The key; `None` if it could not be read, and somebody went on without it: then no edition is made.
    pub key: Option<Arc<SigningKey>>,
}

/// Reads the section. Without a key nothing is signed.
pub(in crate::config) fn read(section: TableReader<'_>, context: &Context<'_>) -> Option<Signing> {
    let mut section = section;
    let file = section.text("key_file");
    section.finish();
    let file = file?;
    let key = context.sink.about(Part::Secrets, || key(&file, context));
    Some(Signing { key: key.map(Arc::new) })
}

fn key(file: &TextValue<'_>, context: &Context<'_>) -> Option<SigningKey> {
    let (bytes, shown) = KEY_FILE.read(file, context)?;
    match SigningKey::from_pem(&bytes) {
        Ok(key) => Some(key),
        Err(refused) => {
            let hint = match refused {
                SigningKeyError::NoKey => "a key begins with -----BEGIN PRIVATE KEY-----",
                SigningKeyError::Kind => "keys of DKIM may be RSA; this one is Ed25519, and used for nothing else",
            };
            let problem = file.error(format!("{shown} cannot sign: {refused}")).hint(hint);
            context.sink.push(problem.hint("`greenbrief signing new FILE` makes one"));
            None
        }
    }
}
