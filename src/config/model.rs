//! The whole config, checked.

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

use crate::{
    base::problem::Problems,
    config::{
        briefs::Brief,
        calendars,
        settings::{
            imprint::Imprint,
            mail::{Mail, Transport},
            operators::AfterEdition,
            paths::Paths,
            ping::Ping,
            public_web::PublicWeb,
            replies::Replies,
            retention::Retention,
            signing::Signing,
            store::Store,
            web::Web,
        },
    },
    people::subscribers::Address,
    time::calendar::Calendar,
};

/// Everything that operators decide, checked.
#[derive(Clone)]
pub struct Config {
    /// `greenbrief.toml` as it was named.
    pub file: PathBuf,
    /// The folders.
    pub paths: Paths,
    /// The database.
    pub store: Store,
    /// Who sends, and how.
    pub mail: Mail,
    /// Who is responsible; stands in every mail, PDF and page.
    pub imprint: Option<Imprint>,
    /// Who is told when something goes wrong.
    pub operators: Vec<Address>,
    /// Are they told how each edition went?
    pub after_edition: AfterEdition,
    /// The outside monitor that hears from us while all is well.
    pub ping: Option<Ping>,
    /// Where `serve` answers those who watch it.
    pub web: Option<Web>,
    /// The pages for readers: where they are, and who answers there.
    pub public_web: Option<PublicWeb>,
    /// The ways in for mails that come back.
    pub replies: Replies,
    /// How long things are kept.
    pub retention: Retention,
    /// The key that PDFs are signed with.
    pub signing: Option<Signing>,
    /// The briefs by id.
    pub briefs: BTreeMap<String, Brief>,
    /// The calendars by id: those of Germany, which are computed, and those that have a file.
    pub calendars: BTreeMap<String, Arc<Calendar>>,
    /// The bytes of every config file by the name it is shown with, and what `--set` said under `--set`; passwords are
    /// masked, so that an edition can keep them.
    pub sources: Arc<BTreeMap<String, Vec<u8>>>,
    /// The same by a name that does not depend on where the folder is, such as `briefs/ID.toml`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The files of passwords, keys and certificates that it names.
    pub secrets: Vec<PathBuf>,
    /// What still stands in it as it was shipped, each with its place, as errors.
    pub(super) placeholders: Problems,
    /// Why secrets could not be read, if somebody went on without them.
    pub(super) unread_secrets: Problems,
    /// SHA-256 of `files`, in hexadecimal
    pub(super) digest: String,
}

impl Config {
    /// SHA-256 of all config files and of what `--set` said, in hexadecimal: the same content gives the same, wherever the
    /// folder is. Passwords do not count.
    pub fn hash(&self) -> String {
        self.digest.clone()
    }

    /// The calendar with this id.
    ///
    /// # Errors
    /// There is none; the problem says which there are.
    pub fn calendar(&self, id: &str) -> Result<&Calendar, Problems> {
        let unknown = || calendars::unknown(id, self.calendars.keys().map(String::as_str)).into();
        self.calendars.get(id).map(Arc::as_ref).ok_or_else(unknown)
    }

    /// The folder into which mails are written; `None` if a server sends them.
    pub fn outbox_folder(&self) -> Option<PathBuf> {
        matches!(self.mail.transport, Transport::Folder).then(|| self.paths.outbox())
    }

    /// Are the passwords and keys there? Who sends asks first.
    ///
    /// # Errors
    /// Why one could not be read.
    pub fn secrets(&self) -> Result<(), Problems> {
        self.unread_secrets.clone().into_result(())
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("file", &self.file)
            .field("paths", &self.paths)
            .field("store", &self.store)
            .field("mail", &self.mail)
            .field("imprint", &self.imprint)
            .field("operators", &self.operators)
            .field("after_edition", &self.after_edition)
            .field("ping", &self.ping)
            .field("web", &self.web)
            .field("public_web", &self.public_web)
            .field("replies", &self.replies)
            .field("retention", &self.retention)
            .field("signing", &self.signing)
            .field("briefs", &self.briefs)
            .field("calendars", &self.calendars.keys())
            .field("sources", &self.sources.keys())
            .field("hash", &self.digest)
            .finish()
    }
}
