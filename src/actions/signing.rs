//! The key that PDFs are signed with: made, its public half published; and a PDF is verified against one.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use ring::rand::SystemRandom;
use serde::Serialize;

use super::{Error, Installation, Result};
use crate::base::{
    bounded_file,
    pdf_signature::{self, NotGenuine, PublicKey, SigningKey, SigningKeyError},
    problem::Problem,
};

/// Maximum size of a PDF that is verified.
const LARGEST_PDF: u64 = 256 << 20;
/// Maximum size of a file with a key.
const LARGEST_KEY: u64 = 16 << 10;

/// A public key as it is published.
#[derive(Debug, Serialize)]
pub struct PublishedKey {
    /// The file of its private half, if it was just made
    pub file: Option<PathBuf>,
    /// The SHA-256 of the key, by which people compare keys
    pub fingerprint: String,
    /// The key in PEM
    pub pem: String,
}

impl PublishedKey {
    fn new(key: PublicKey, file: Option<PathBuf>) -> PublishedKey {
        PublishedKey { file, fingerprint: key.fingerprint(), pem: key.to_pem() }
    }
}

/// Makes a key and writes its private half into a new file that nobody else may read.
///
/// # Errors
/// The file is there already, or cannot be written.
pub fn new_key(file: &Path) -> Result<PublishedKey> {
    let pem =
        SigningKey::make(&SystemRandom::new()).map_err(|_| anyhow::anyhow!("the system has no random numbers"))?;
    let key = SigningKey::from_pem(pem.as_bytes()).map_err(anyhow::Error::new)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let shown = file.display();
    let written = options.open(file).and_then(|mut opened| {
        opened.write_all(pem.as_bytes())?;
        opened.sync_all()
    });
    match written {
        Ok(()) => Ok(PublishedKey::new(key.public(), Some(file.to_owned()))),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let problem = Problem::error(format!("{shown} is there already"));
            Err(problem.hint("name a new file: what a key has signed is verified by its public half for ever").into())
        }
        Err(error) => Err(Error::Failed(anyhow::Error::new(error).context(format!("{shown} could not be written")))),
    }
}

/// The public half of the key that the config names.
///
/// # Errors
/// It names none, or one that cannot be read.
pub fn public_key(installation: &Installation) -> Result<PublishedKey> {
    Ok(PublishedKey::new(configured(installation)?, None))
}

fn configured(installation: &Installation) -> Result<PublicKey> {
    let config = installation.settings()?;
    match &config.signing {
        Some(signing) => match &signing.key {
            Some(key) => Ok(key.public()),
            None => Err(config.secrets().err().map_or_else(|| Error::refused("the key cannot be read"), Error::Files)),
        },
        None => Err(Problem::error("no key is configured: greenbrief signs no PDF")
            .hint("`greenbrief signing new FILE` makes one; write [signing] and below it key_file = \"FILE\"")
            .into()),
    }
}

/// What came of a verification.
#[derive(Debug, Serialize)]
pub struct VerifiedFile {
    /// The file
    pub file: PathBuf,
    /// Whether every byte is as it was signed with this key
    pub genuine: bool,
    /// Why not
    pub why: Option<String>,
    /// `BRIEF/N`; of a file that is not genuine nothing is told
    pub edition: Option<String>,
    /// The language
    pub language: Option<String>,
    /// The id of the frozen figures, whose beginning stands at the foot of each page
    pub snapshot: Option<String>,
    /// The fingerprint of the key it was verified against
    pub key: String,
}

/// Verifies a PDF against the public key in a file. It needs neither config nor store.
///
/// # Errors
/// One of the files cannot be read, or there is no key in it.
pub fn verify_against(file: &Path, key: &Path) -> Result<VerifiedFile> {
    let shown = key.display();
    let pem = read(key, LARGEST_KEY)?;
    let key = PublicKey::from_pem(&pem).map_err(|refused| {
        let what = match refused {
            SigningKeyError::NoKey => "it holds no public key in PEM".to_owned(),
            kind @ SigningKeyError::Kind => kind.to_string(),
        };
        let problem = Problem::error(format!("{shown} cannot verify: {what}"));
        Error::of_file(
            problem.hint("a public key begins with -----BEGIN PUBLIC KEY-----: `greenbrief signing key` prints it"),
        )
    })?;
    verified(file, key)
}

/// Verifies a PDF against the public half of the key that the config names.
///
/// # Errors
/// As [`verify_against`] and [`public_key`].
pub fn verify(installation: &Installation, file: &Path) -> Result<VerifiedFile> {
    verified(file, configured(installation)?)
}

fn verified(file: &Path, key: PublicKey) -> Result<VerifiedFile> {
    let found: std::result::Result<_, NotGenuine> = pdf_signature::verify(&read(file, LARGEST_PDF)?, key);
    let why = found.as_ref().err().map(ToString::to_string);
    let (genuine, said) = (found.is_ok(), found.ok());
    let said = |part: fn(&pdf_signature::Statement) -> &String| said.as_ref().map(|said| part(said).clone());
    Ok(VerifiedFile {
        file: file.to_owned(),
        genuine,
        why,
        edition: said(|said| &said.edition),
        language: said(|said| &said.language),
        snapshot: said(|said| &said.snapshot),
        key: key.fingerprint(),
    })
}

fn read(file: &Path, most: u64) -> Result<Vec<u8>> {
    bounded_file::read(file, most)
        .map_err(|unread| Error::of_file(Problem::error(format!("{} {unread}", file.display()))))
}
