//! What operators write: `greenbrief.toml`, one file a brief and one a calendar, read strictly, with all problems of all
//! files at once.
//! Templates are only looked for here; what stands in them is `brief`'s. Nothing here knows the store or the mail.
//! What the files may hold is read key by key, and stands in the table `keys` for the schemas and `config show`.
//!
//! Long, since the types of the whole config stand together, with what reads it: most lines say what a value means.
//!
//! Order of what wins: `--set`, then the environment (for the three secrets only), then the file, then the default.

mod briefs;
mod calendars;
pub mod difference;
mod dkim;
mod documents;
mod durations;
mod imprint;
mod keys;
mod mail;
mod mailbox;
mod origin;
mod pace;
mod ping;
mod quiet_hours;
mod rates;
mod reader;
mod ready;
pub mod recall;
mod relays;
mod schedules;
mod schema;
mod secret;
mod secret_file;
mod settings;
mod shown;
mod source;
mod templates;
mod timezones;
mod tree;
mod web;

use std::{
    collections::BTreeMap,
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use ring::digest::{Context, SHA256};

use self::{
    documents::{Documents, Tree},
    reader::Sink,
};
pub use self::{
    schema::{Kind, schema},
    secret::Secret,
    shown::{ComesFrom, Literal, Setting, Shown, ShownTable},
    source::ConfigSource,
};
use crate::{
    base::{
        ids::ScheduleId,
        language::{Language, PerLanguage},
        problem::{Place, Problem, Problems},
    },
    delivery::{dkim::Signer, rules::DeliveryGuarantee},
    people::subscribers::Address,
    time::{
        calendar::Calendar,
        schedule::{CatchUp, DstGap, DstOverlap, OnHoliday, OnUnknown, Overlap, QuietHours, Rule, Timetable},
    },
};

/// The environment variable that holds the SMTP password; it wins over `mail.password_file`.
pub const SMTP_PASSWORD: &str = "GREENBRIEF_SMTP_PASSWORD";
/// What the relay of `[mail]` itself is called beside others.
pub const FIRST_RELAY: &str = "first";
/// The environment variable that holds the database's URL; it wins over `store.url` in the file, not over `--set`.
pub const DATABASE_URL: &str = "GREENBRIEF_DATABASE_URL";

/// The environment variable that holds the URL of the outside monitor; it wins over `operators.ping` and its file.
pub const PING_URL: &str = "GREENBRIEF_PING_URL";

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
    /// How long things are kept.
    pub retention: Retention,
    /// The briefs by id.
    pub briefs: BTreeMap<String, Brief>,
    /// The calendars by id: those of Germany, which are computed, and those that have a file.
    pub calendars: BTreeMap<String, Arc<Calendar>>,
    /// The bytes of every config file by the name it is shown with, and what `--set` said under `--set`; passwords are
    /// masked, so that an edition can keep them.
    pub sources: Arc<BTreeMap<String, Vec<u8>>>,
    /// The same by a name that does not depend on where the folder is, such as `briefs/ID.toml`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The files of passwords and keys that it names.
    pub secrets: Vec<PathBuf>,
    digest: String,
}

/// An outside monitor that raises an alarm when it hears nothing (a dead man's switch).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ping {
    /// `https://…`; plain HTTP to this machine only. Who knows it could ping in our place.
    pub url: Secret,
    /// 10 seconds to a day.
    pub every: Duration,
}

/// Where `serve` answers those who watch it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// An address of this machine; one that others reach only if the config says so explicitly.
    pub listen: SocketAddr,
    /// Where it is given, to show it in a problem.
    pub place: Option<Place>,
}

/// When the operators get a mail on how an edition went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AfterEdition {
    /// After each.
    #[default]
    Always,
    /// If some mails did not go.
    Problems,
    /// Never.
    Never,
}

/// The folders, each as it is found from the working directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Holds `briefs/*.toml`.
    pub config: PathBuf,
    /// Holds a file for each calendar that is not computed.
    pub calendars: PathBuf,
    /// Holds a folder for each template.
    pub templates: PathBuf,
    /// The figures.
    pub data: PathBuf,
    /// The SQLite database and its lock.
    pub state: PathBuf,
    /// Finished PDFs, and the outbox of the folder transport.
    pub reports: PathBuf,
}

/// The database.
#[derive(Clone, PartialEq, Eq)]
pub struct Store {
    /// `sqlite:PATH`, the path found from the working directory, or `postgres://…`. May hold a password: for messages
    /// there is [`Store::shown`].
    pub url: String,
}

impl Store {
    /// The URL without its password.
    pub fn shown(&self) -> String {
        secret::masked(&self.url)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("url", &self.shown()).finish()
    }
}

/// Who sends, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Mail {
    /// Where mails go.
    pub transport: Transport,
    /// Further relays by name; they are used with that of the transport.
    pub relays: BTreeMap<String, Smtp>,
    /// How fast mails go.
    pub pace: Pace,
    /// The From header: `"Name" <address>` or an address.
    pub from: String,
    /// The address in it: the envelope's sender.
    pub from_address: Address,
    /// The Reply-To header.
    pub reply_to: Option<String>,
    /// Where a mail that ends a subscription is sent to.
    pub unsubscribe_mailbox: Option<Address>,
    /// What becomes of a mail of which nobody can say whether it went out.
    pub unknown: DeliveryGuarantee,
    /// What every mail is signed with, in the order of the file; nothing if the relay signs, or nobody.
    pub signers: Vec<Signer>,
    /// Where the transport is chosen, to show it in a problem.
    pub place_of_transport: Option<Place>,
}

/// Where mails go.
#[derive(Debug, Clone, PartialEq)]
pub enum Transport {
    /// Files in `reports/outbox/`: nothing leaves the machine.
    Folder,
    /// A relay.
    Smtp(Smtp),
}

/// The relay that mails are handed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Its name or IP address.
    pub host: String,
    /// 465, 587 or 25 unless it is given.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// Who logs in, if the relay asks for it.
    pub login: Option<Login>,
    /// The name in EHLO; the machine's if there is none.
    pub helo: Option<String>,
    /// How many connections at once, 1 to 50.
    pub connections: usize,
    /// Its share of the mails beside those of other relays; 0: it is used only while no other can be reached.
    pub weight: u32,
}

/// How fast mails go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pace {
    /// After so many mails a connection is ended and another one opened, 1 to 10,000.
    pub mails_per_connection: u32,
    /// Over all relays; `None`: as fast as they take them.
    pub rate: Option<Rate>,
    /// How many mails at once to any one domain; `None`: as many as there are connections.
    pub domain_connections: Option<usize>,
    /// What holds for single domains of recipients instead; by the domain in lower case.
    pub domains: BTreeMap<String, DomainPace>,
}

/// How fast mails go to one domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DomainPace {
    /// How many at once; `None`: as for any other.
    pub connections: Option<usize>,
    /// How many in a time; `None`: no limit.
    pub rate: Option<Rate>,
}

/// So many mails in so much time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// 1 to 1,000,000.
    pub mails: u32,
    /// A second, a minute, an hour or a day.
    pub per: Duration,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// TLS from the first byte (RFC 8314).
    Implicit,
    /// Plain, then STARTTLS; without it nothing is sent (RFC 3207).
    Starttls,
    /// Not at all.
    None,
}

impl Tls {
    /// What the word in the config means, or what is so without one.
    fn named(word: Option<&str>) -> Tls {
        match word {
            None | Some("implicit") => Tls::Implicit,
            Some("starttls") => Tls::Starttls,
            Some(_) => Tls::None,
        }
    }

    /// The port of a relay that is asked for it.
    const fn usual_port(self) -> u16 {
        match self {
            Tls::Implicit => 465,
            Tls::Starttls => 587,
            Tls::None => 25,
        }
    }
}

/// A name and its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub username: String,
    /// From the environment or a file, never from the config.
    pub password: Secret,
}

/// Who is responsible for the mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imprint {
    /// A person or an organisation.
    pub name: String,
    /// A postal address, in one line.
    pub address: String,
    /// A mail address or a telephone number.
    pub contact: String,
    /// Where it says what is kept about subscribers.
    pub privacy_url: Option<String>,
}

/// How long things are kept; `None` is for ever.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retention {
    /// What became of each mail.
    pub mails: Option<Duration>,
    /// PDFs in `reports/`.
    pub pdfs: Option<Duration>,
    /// Mails as files in `reports/outbox/`.
    pub eml: Option<Duration>,
}

/// A brief: what is made, in which languages, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// The name of its file without `.toml`.
    pub id: String,
    /// For each of its languages; for another language it is that of the first.
    pub title: PerLanguage<String>,
    /// The zone of its dates, and of its schedules unless they have their own.
    pub timezone: Tz,
    /// The template's folder; it holds a file for each language.
    pub template: PathBuf,
    /// At least one, none twice, in the order of the file.
    pub languages: Vec<Language>,
    /// No mail of an edition is sent later.
    pub give_up_after: TimeDelta,
    /// By id.
    pub schedules: Vec<Arc<Schedule>>,
    /// The file as it is shown.
    pub file: String,
    /// Where the template is named, or the head of the file.
    pub place_of_template: Place,
}

/// When an edition is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// `brief/schedule`
    pub id: ScheduleId,
    /// The times, and what becomes of them when clocks change.
    pub rule: Rule,
    /// Some or all of the brief's.
    pub languages: Vec<Language>,
    /// There is no slot before.
    pub starts: Option<DateTime<Utc>>,
    /// There is no slot behind.
    pub ends: Option<DateTime<Utc>>,
    /// Which days are days off; nothing if it knows none.
    pub calendar: Option<Arc<Calendar>>,
    /// What becomes of slots on them.
    pub on_holiday: OnHoliday,
    /// What becomes of slots on days of which it knows nothing.
    pub calendar_unknown: OnUnknown,
    /// So long at most an edition is put off; whole seconds.
    pub jitter: TimeDelta,
    /// What becomes of slots that were missed.
    pub catch_up: CatchUp,
    /// How late an edition that was missed is still made.
    pub catch_up_window: TimeDelta,
    /// What becomes of a slot while the edition of an earlier one is being made.
    pub overlap: Overlap,
    /// If the edition is not released by then, operators are told.
    pub alarm_after: TimeDelta,
    /// When no mail of its editions goes out.
    pub quiet_hours: Option<QuietHours>,
    /// Where the file pauses it, if it does.
    pub paused: Option<Place>,
}

impl Schedule {
    /// What decides when it is due.
    pub fn timetable(&self) -> Timetable<'_> {
        Timetable {
            id: &self.id,
            rule: &self.rule,
            starts: self.starts,
            ends: self.ends,
            calendar: self.calendar.as_deref(),
            on_holiday: self.on_holiday,
            calendar_unknown: self.calendar_unknown,
            jitter: self.jitter,
            catch_up: self.catch_up,
            catch_up_window: self.catch_up_window,
        }
    }

    /// What decides when it is due, as a text: if it changes, the schedule begins anew and nothing is made up from before.
    /// What is as ever is not in it, and neither are days that a calendar gains.
    pub fn timing(&self) -> String {
        let mut text = format!("{} {}", self.rule.timezone.name(), self.rule.cron.text());
        let mut add = |differs: bool, word: String| {
            if differs {
                text.push_str("; ");
                text.push_str(&word);
            }
        };
        add(self.rule.dst_gap != DstGap::After, format!("dst_gap {:?}", self.rule.dst_gap));
        add(self.rule.dst_overlap != DstOverlap::First, format!("dst_overlap {:?}", self.rule.dst_overlap));
        add(self.starts.is_some(), format!("starts {:?}", self.starts));
        add(self.ends.is_some(), format!("ends {:?}", self.ends));
        add(!self.jitter.is_zero(), format!("jitter {}", self.jitter.num_seconds()));
        if let Some(calendar) = self.calendar.as_ref().filter(|_| self.on_holiday != OnHoliday::Run) {
            add(true, format!("{:?} {} {:?}", self.on_holiday, calendar.id, self.calendar_unknown));
        }
        text
    }
}

/// Reads the config: `file` (`greenbrief.toml`), what `--set` said as key and value, the calendars and the briefs.
/// `environment` gives the value of an environment variable. Password files are read too, if they are needed, and keys.
///
/// The second value of the result are warnings.
///
/// # Errors
/// Every problem of every file.
pub fn load(
    file: &Path,
    overrides: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<(Config, Problems), Problems> {
    read(file, overrides, environment, None)
}

/// The config as [`load`] reads it: each key of each file with its value and where that comes from. Secrets are masked.
///
/// # Errors
/// Every problem of every file.
pub fn show(
    file: &Path,
    overrides: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<(Vec<Shown>, Problems), Problems> {
    let mut trees = Vec::new();
    let (config, problems) = read(file, overrides, environment, Some(&mut trees))?;
    Ok((shown::all(&config, &trees, environment), problems))
}

/// `trees` gets all that was read, if it is to be shown.
fn read(
    file: &Path,
    overrides: &[(String, String)],
    environment: &dyn Fn(&str) -> Option<String>,
    trees: Option<&mut Vec<Tree>>,
) -> Result<(Config, Problems), Problems> {
    let sink = Sink::default();
    let mut documents = Documents::shown(&sink, trees);
    let settings = settings::read(file, overrides, environment, &mut documents);
    let calendars = calendars::read(
        &settings.paths.calendars,
        settings.place_of_calendars.as_ref().filter(|_| settings.known),
        &mut documents,
    );
    let briefs = briefs::read(&settings.paths, settings.known, &calendars, &mut documents);
    let Documents { sources, order, digests, .. } = documents;
    let mut problems = sink.into_problems();
    let rank = |problem: &Problem| {
        let place = problem.place.as_ref();
        place.map(|place| (order.iter().position(|name| *name == place.file), place.line, place.column))
    };
    problems.0.sort_by_key(rank);
    if problems.has_errors() {
        return Err(problems);
    }
    let (Some(store), Some(mail)) = (settings.store, settings.mail) else {
        // Cannot be: each is missing only with a problem.
        return Err(Problem::error(format!("{} cannot be read", file.display())).into());
    };
    let config = Config {
        file: file.to_owned(),
        paths: settings.paths,
        store,
        mail,
        imprint: settings.imprint,
        operators: settings.operators,
        after_edition: settings.after_edition,
        ping: settings.ping,
        web: settings.web,
        retention: settings.retention,
        briefs,
        calendars: calendars.all,
        sources: Arc::new(sources),
        digest: digest(&digests),
        files: digests,
        secrets: settings.secrets,
    };
    Ok((config, problems))
}

/// Lengths stand before the bytes, so that no two sets of files give the same.
fn digest(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut context = Context::new(&SHA256);
    for (name, bytes) in files {
        context.update(format!("{name}\n{}\n", bytes.len()).as_bytes());
        context.update(bytes);
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
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

    /// What `serve` refuses to start without, and what should be looked at, if mails leave the machine; nothing with the
    /// folder transport.
    pub fn ready_to_serve(&self) -> Problems {
        ready::check(self)
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
            .field("retention", &self.retention)
            .field("briefs", &self.briefs)
            .field("calendars", &self.calendars.keys())
            .field("sources", &self.sources.keys())
            .field("hash", &self.digest)
            .finish()
    }
}
