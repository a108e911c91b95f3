//! The keys of `greenbrief.toml`.

use super::super::settings::{mail, pace, paths, ping, relays, retention};
use super::key::{
    DefaultValue, Derived,
    Holds::{self, Database, Flag, FlagOr, Length, Named, Path, Rate, Secret, Table, Text, Texts, Whole, Words},
    Key,
};

const ANY: Holds = Text(None, None);
/// A relay's name, as `relays` takes it.
const LABEL: &str = "^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$";
/// A domain, as `pace` takes it.
const DOMAIN: &str = "^[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})+$";
/// A selector, as `dkim` takes it.
const SELECTOR: &str = "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$";

/// `greenbrief.toml`
pub(in crate::config) const SETTINGS: &[Key] = &[
    Key::optional("paths", Table(PATHS), "The folders, each relative to this file."),
    Key::optional("store", Table(STORE), "The database."),
    Key::required("mail", Table(MAIL), "Who sends, over which relays and how fast."),
    Key::optional(
        "imprint",
        Table(IMPRINT),
        "Who is responsible. It stands in every mail, PDF and page; `serve` with smtp does not start without it.",
    ),
    Key::optional("operators", Table(OPERATORS), "Who is told when something goes wrong."),
    Key::optional(
        "web",
        Table(WEB),
        "Where `serve` answers those who watch it (without `listen`, nowhere), and the public pages.",
    ),
    Key::optional(
        "replies",
        Table(REPLIES),
        "How `serve` gets the mails that come back: bounces, complaints, requests to leave, answers. Without it, not at all.",
    ),
    Key::optional("retention", Table(RETENTION), "How long things are kept. Without a key, for ever."),
    Key::optional(
        "signing",
        Table(SIGNING),
        "The key that PDFs of editions are signed with. Without it, they are not signed.",
    ),
];

const PATHS: &[Key] = &[
    Key::with_default(
        "config",
        Path,
        DefaultValue::Text(paths::DEFAULT_CONFIG),
        "The folder that holds briefs/*.toml.",
    ),
    Key::with_default(
        "calendars",
        Path,
        DefaultValue::Derived(Derived::Calendars),
        "Days off: the folder with a file for each calendar.",
    ),
    Key::with_default(
        "templates",
        Path,
        DefaultValue::Text(paths::DEFAULT_TEMPLATES),
        "The folder that holds a folder for each template.",
    ),
    Key::with_default(
        "state",
        Path,
        DefaultValue::Text(paths::DEFAULT_STATE),
        "The folder of the database and its lock.",
    ),
    Key::with_default(
        "reports",
        Path,
        DefaultValue::Text(paths::DEFAULT_REPORTS),
        "The folder of finished PDFs; with the folder transport, mails become files in its outbox/.",
    ),
];

const STORE: &[Key] = &[Key::with_default(
    "url",
    Database,
    DefaultValue::Derived(Derived::Database),
    "\"sqlite:PATH\", or \"postgres://HOST/DATABASE\". The environment variable GREENBRIEF_DATABASE_URL wins over it: a \
     URL with a password in it belongs there.",
)];

const MAIL: &[Key] = &[
    Key::with_default(
        "transport",
        Words(&mail::TRANSPORTS),
        DefaultValue::Text(mail::DEFAULT_TRANSPORT),
        "\"folder\": mails become files in reports/outbox/, nothing is sent; \"smtp\": they go out.",
    ),
    Key::required("from", ANY, "The From of every mail: \"Green Economy Brief <brief@example.org>\"."),
    Key::optional("reply_to", ANY, "The Reply-To of every mail. Without it, answers go to `from`."),
    Key::optional(
        "unsubscribe_mailbox",
        ANY,
        "The address to which a mail that ends a subscription goes; somebody reads it. `serve` with smtp does not start \
         without it. With [replies], `subscribe+BRIEF.LANG@` and `confirm+TOKEN@` of its domain are read as well.",
    ),
    Key::optional(
        "bounce_mailbox",
        ANY,
        "The address to which mails come back that cannot be delivered. Each mail goes out with a token in it \
         (`bounce+TOKEN@…`), so that what comes back says which mail it was. Without it, they come back to `from`.",
    ),
    Key::with_default(
        "unknown",
        Words(&mail::UNKNOWN),
        DefaultValue::Text("at_most_once"),
        "What becomes of a mail of which nobody can say whether it went out: \"at_most_once\" leaves it to a person, it \
         may be missing, never double; \"at_least_once\" sends it again, it may be double, never missing.",
    ),
    HOST,
    TLS,
    PORT,
    USERNAME,
    Key::optional(
        "password_file",
        Path,
        "The file that holds the password (chmod 600). The environment variable GREENBRIEF_SMTP_PASSWORD wins over it.",
    ),
    HELO,
    CONNECTIONS,
    WEIGHT,
    Key::with_default(
        "mails_per_connection",
        Whole(1, pace::MOST_MAILS),
        DefaultValue::Whole(pace::DEFAULT_MAILS_PER_CONNECTION as i64),
        "After this many mails a connection is closed and another one opened.",
    ),
    Key::optional("rate", Rate, "How fast mails go over all relays. Without it, as fast as they take them."),
    Key::optional(
        "domain_connections",
        Whole(1, pace::MOST),
        "How many mails at once to any one domain. Without it, as many as there are connections.",
    ),
    Key::optional("relays", Named(LABEL, RELAY), "Further relays, by names of your choice."),
    Key::optional("domains", Named(DOMAIN, DOMAINS), "How fast mails go to single domains of recipients."),
    Key::optional(
        "warm_up",
        Table(WARM_UP),
        "A sender that is new: how many mails a day go to each domain of recipients at first. Days are those of UTC.",
    ),
    Key::optional(
        "dkim",
        Named(SELECTOR, DKIM),
        "The keys that mails are signed with (DKIM), by their selectors. Without one the relay may sign.",
    ),
];

const WARM_UP: &[Key] = &[
    Key::required("begins", Holds::Date, "The first day on which the new address sends."),
    Key::optional(
        "first_day",
        Whole(1, pace::MOST_FIRST_DAY),
        "How many mails go to each domain on that day. Without it, 50.",
    ),
    Key::optional(
        "growth",
        Whole(0, pace::MOST_GROWTH),
        "By how many percent that grows from day to day. Without it, 50.",
    ),
    Key::optional("days", Whole(1, pace::MOST_WARM_UP_DAYS), "After so many days there is no limit. Without it, 30."),
];

const RELAY: &[Key] = &[
    Key::required("host", ANY, "The name or the IP address of the relay."),
    TLS,
    PORT,
    USERNAME,
    Key::optional("password_file", Path, "The file that holds the password (chmod 600)."),
    HELO,
    CONNECTIONS,
    WEIGHT,
];

const HOST: Key = Key::optional("host", ANY, "The name or the IP address of the relay, for transport = \"smtp\".");
const TLS: Key = Key::with_default(
    "tls",
    Words(&relays::TLS),
    DefaultValue::Text("implicit"),
    "\"implicit\": TLS from the first byte; \"starttls\": plain, then TLS; \"none\": only to this machine.",
);
const PORT: Key = Key::with_default(
    "port",
    Whole(1, 65_535),
    DefaultValue::Derived(Derived::Port),
    "Without it, 465 for tls = \"implicit\", 587 for \"starttls\", 25 for \"none\".",
);
const USERNAME: Key = Key::optional("username", ANY, "The user name to log in with. Without it, no login.");
const HELO: Key = Key::optional("helo", ANY, "The name in EHLO. Without it, the name of this machine.");
const CONNECTIONS: Key = Key::with_default(
    "connections",
    Whole(1, relays::MOST_CONNECTIONS),
    DefaultValue::Whole(relays::DEFAULT_CONNECTIONS),
    "How many connections at once.",
);
const WEIGHT: Key = Key::with_default(
    "weight",
    Whole(0, relays::MOST_WEIGHT),
    DefaultValue::Whole(relays::DEFAULT_WEIGHT as i64),
    "Its share of the mails beside other relays; 0: it is used only while no other can be reached.",
);

const DOMAINS: &[Key] = &[
    Key::optional("connections", Whole(1, pace::MOST), "How many mails at once. Without it, as to any other domain."),
    Key::optional("rate", Rate, "How fast mails go there. Without it, no limit of its own."),
];

const DKIM: &[Key] = &[
    Key::required("key_file", Path, "The file that holds the private key in PEM (chmod 600)."),
    Key::with_default(
        "domain",
        ANY,
        DefaultValue::Derived(Derived::Domain),
        "The domain that signs. Without it, that of `from`.",
    ),
];

const IMPRINT: &[Key] = &[
    Key::required("name", ANY, "A person or an organisation."),
    Key::required("address", ANY, "A postal address, in one line."),
    Key::required("contact", ANY, "A mail address or a telephone number."),
    Key::optional(
        "privacy_url",
        Text(Some("^https?://[^\\s<>\"\\\\]+$"), None),
        "Where it says what is kept about subscribers. `serve` with smtp does not start without it.",
    ),
];

const OPERATORS: &[Key] = &[
    Key::required("email", Texts, "Their addresses."),
    Key::with_default(
        "after_edition",
        FlagOr(&["problems"]),
        DefaultValue::Flag(true),
        "A mail on how each edition went; \"problems\": only if some mails did not go.",
    ),
    Key::optional(
        "ping",
        Secret,
        "The URL that `serve` asks for as long as all is well: a monitor elsewhere raises an alarm when it hears nothing. \
         The environment variable GREENBRIEF_PING_URL wins over it.",
    ),
    Key::optional("ping_file", Path, "The file that holds that URL instead (chmod 600)."),
    Key::with_default("ping_every", Length, DefaultValue::Text(ping::DEFAULT_EVERY), "How often, 10 seconds to a day."),
];

const WEB: &[Key] = &[
    Key::optional("listen", ANY, "An IP address of this machine with a port, such as \"127.0.0.1:4748\"."),
    Key::with_default(
        "from_elsewhere",
        Flag,
        DefaultValue::Flag(false),
        "True: the address may be one that other machines reach, such as \"0.0.0.0:4748\".",
    ),
    Key::optional("public", Table(PUBLIC), "The pages for readers: to join, to leave, to read. Without it, none."),
];

const PUBLIC: &[Key] = &[
    Key::required(
        "url",
        Text(Some("^https?://[^\\s<>\"\\\\/?#@]+/?$"), None),
        "The address under which readers find the pages, without a path: \"https://briefs.example.org\". The links in mails \
         lead there.",
    ),
    Key::optional(
        "listen",
        ANY,
        "An IP address of this machine with a port, such as \"127.0.0.1:8080\". Without it, this `serve` answers no readers.",
    ),
    Key::optional(
        "proxies",
        Texts,
        "Addresses and networks of the proxies in front of it, whose X-Forwarded-For is believed. Without it, this machine.",
    ),
    Key::optional("certificate_file", Path, "The file that holds the certificate in PEM. Without it, HTTP."),
    Key::optional("key_file", Path, "The file that holds its private key in PEM (chmod 600)."),
];

const REPLIES: &[Key] = &[
    Key::optional(
        "lmtp",
        ANY,
        "Where the mail server hands them over by LMTP: an IP address of this machine with a port, such as \"127.0.0.1:2424\".",
    ),
    Key::with_default(
        "lmtp_from_elsewhere",
        Flag,
        DefaultValue::Flag(false),
        "True: the address may be one that other machines reach, such as \"0.0.0.0:2424\".",
    ),
    Key::optional(
        "maildir",
        Path,
        "A maildir, the folder that holds new/ and cur/: new mails are read, and then moved.",
    ),
    Key::optional("imap", Table(IMAP), "A mailbox at an IMAP server: new mails are read, and then marked as read."),
];

// Without the table nothing is read: its defaults stand in the words, since a default that is shown can be put on.
const IMAP: &[Key] = &[
    Key::required("host", ANY, "The name or the IP address of the IMAP server."),
    Key::optional(
        "tls",
        Words(&relays::TLS),
        "\"implicit\": TLS from the first byte; \"starttls\": plain, then TLS; \"none\": only on this machine. Without it, \
         \"implicit\".",
    ),
    Key::optional(
        "port",
        Whole(1, 65_535),
        "Without it, 993 for tls = \"implicit\", 143 for \"starttls\" and \"none\".",
    ),
    Key::required("username", ANY, "The user name to log in with."),
    Key::optional(
        "password_file",
        Path,
        "The file that holds the password (chmod 600). The environment variable GREENBRIEF_IMAP_PASSWORD wins over it.",
    ),
    Key::optional("folder", ANY, "The folder that is read, as the server writes its name. Without it, \"INBOX\"."),
];

const SIGNING: &[Key] = &[Key::optional(
    "key_file",
    Path,
    "The file that holds the private Ed25519 key in PEM (chmod 600); `greenbrief signing new FILE` makes one.",
)];

const RETENTION: &[Key] = &[
    Key::optional("mails", Length, "What became of each mail. At least a day."),
    Key::optional("pdfs", Length, "PDFs in reports/; the database keeps them. At least a day."),
    Key::optional("eml", Length, "Mails as files in reports/outbox/. At least a day."),
    Key::with_default(
        "networks",
        Length,
        DefaultValue::Text(retention::DEFAULT_NETWORKS),
        "From which networks readers asked to join, and confirmed. At least a day.",
    ),
];
