//! The keys of `greenbrief.toml`.

use super::super::settings::{mail, pace, relays};
use super::key::{
    Holds::{self, Database, Flag, FlagOr, Length, Named, Path, Rate, Secret, Table, Text, Texts, Whole, Words},
    Key, Like,
    Needed::{No, Yes},
    Unless::{self, Nothing},
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
    Key("paths", Table(PATHS), No, Nothing, "The folders, each relative to this file."),
    Key("store", Table(STORE), No, Nothing, "The database."),
    Key("mail", Table(MAIL), Yes, Nothing, "Who sends, over which relays and how fast."),
    Key(
        "imprint",
        Table(IMPRINT),
        No,
        Nothing,
        "Who is responsible. It stands in every mail, PDF and page; `serve` with smtp does not start without it.",
    ),
    Key("operators", Table(OPERATORS), No, Nothing, "Who is told when something goes wrong."),
    Key("web", Table(WEB), No, Nothing, "Where `serve` answers those who watch it. Without `listen`, nowhere."),
    Key("retention", Table(RETENTION), No, Nothing, "How long things are kept. Without a key, for ever."),
];

const PATHS: &[Key] = &[
    Key("config", Path, No, Unless::Text("."), "The folder that holds briefs/*.toml."),
    Key("calendars", Path, No, Unless::Like(Like::Calendars), "Days off: the folder with a file for each calendar."),
    Key("templates", Path, No, Unless::Text("../templates"), "The folder that holds a folder for each template."),
    Key("data", Path, No, Unless::Text("../data"), "The folder of the figures."),
    Key("state", Path, No, Unless::Text("../var"), "The folder of the database and its lock."),
    Key(
        "reports",
        Path,
        No,
        Unless::Text("../reports"),
        "The folder of finished PDFs; with the folder transport, mails become files in its outbox/.",
    ),
];

const STORE: &[Key] = &[Key(
    "url",
    Database,
    No,
    Unless::Like(Like::Database),
    "\"sqlite:PATH\", or \"postgres://HOST/DATABASE\". The environment variable GREENBRIEF_DATABASE_URL wins over it: a \
     URL with a password in it belongs there.",
)];

const MAIL: &[Key] = &[
    Key(
        "transport",
        Words(&mail::TRANSPORTS),
        No,
        Unless::Text("folder"),
        "\"folder\": mails become files in reports/outbox/, nothing is sent; \"smtp\": they go out.",
    ),
    Key("from", ANY, Yes, Nothing, "The From of every mail: \"Green Economy Brief <brief@example.org>\"."),
    Key("reply_to", ANY, No, Nothing, "The Reply-To of every mail. Without it, answers go to `from`."),
    Key(
        "unsubscribe_mailbox",
        ANY,
        No,
        Nothing,
        "The address to which a mail that ends a subscription goes; somebody reads it. `serve` with smtp does not start \
         without it.",
    ),
    Key(
        "unknown",
        Words(&mail::UNKNOWN),
        No,
        Unless::Text("at_most_once"),
        "What becomes of a mail of which nobody can say whether it went out: \"at_most_once\" leaves it to a person, it \
         may be missing, never double; \"at_least_once\" sends it again, it may be double, never missing.",
    ),
    HOST,
    TLS,
    PORT,
    USERNAME,
    Key(
        "password_file",
        Path,
        No,
        Nothing,
        "The file that holds the password (chmod 600). The environment variable GREENBRIEF_SMTP_PASSWORD wins over it.",
    ),
    HELO,
    CONNECTIONS,
    WEIGHT,
    Key(
        "mails_per_connection",
        Whole(1, pace::MOST_MAILS),
        No,
        Unless::Whole(100),
        "After this many mails a connection is closed and another one opened.",
    ),
    Key("rate", Rate, No, Nothing, "How fast mails go over all relays. Without it, as fast as they take them."),
    Key(
        "domain_connections",
        Whole(1, pace::MOST),
        No,
        Nothing,
        "How many mails at once to any one domain. Without it, as many as there are connections.",
    ),
    Key("relays", Named(LABEL, RELAY), No, Nothing, "Further relays, by names of your choice."),
    Key("domains", Named(DOMAIN, DOMAINS), No, Nothing, "How fast mails go to single domains of recipients."),
    Key(
        "dkim",
        Named(SELECTOR, DKIM),
        No,
        Nothing,
        "The keys that mails are signed with (DKIM), by their selectors. Without one the relay may sign.",
    ),
];

const RELAY: &[Key] = &[
    Key("host", ANY, Yes, Nothing, "The name or the IP address of the relay."),
    TLS,
    PORT,
    USERNAME,
    Key("password_file", Path, No, Nothing, "The file that holds the password (chmod 600)."),
    HELO,
    CONNECTIONS,
    WEIGHT,
];

const HOST: Key = Key("host", ANY, No, Nothing, "The name or the IP address of the relay, for transport = \"smtp\".");
const TLS: Key = Key(
    "tls",
    Words(&relays::TLS),
    No,
    Unless::Text("implicit"),
    "\"implicit\": TLS from the first byte; \"starttls\": plain, then TLS; \"none\": only to this machine.",
);
const PORT: Key = Key(
    "port",
    Whole(1, 65_535),
    No,
    Unless::Like(Like::Port),
    "Without it, 465 for tls = \"implicit\", 587 for \"starttls\", 25 for \"none\".",
);
const USERNAME: Key = Key("username", ANY, No, Nothing, "The user name to log in with. Without it, no login.");
const HELO: Key = Key("helo", ANY, No, Nothing, "The name in EHLO. Without it, the name of this machine.");
const CONNECTIONS: Key =
    Key("connections", Whole(1, relays::MOST_CONNECTIONS), No, Unless::Whole(2), "How many connections at once.");
const WEIGHT: Key = Key(
    "weight",
    Whole(0, relays::MOST_WEIGHT),
    No,
    Unless::Whole(1),
    "Its share of the mails beside other relays; 0: it is used only while no other can be reached.",
);

const DOMAINS: &[Key] = &[
    Key(
        "connections",
        Whole(1, pace::MOST),
        No,
        Nothing,
        "How many mails at once. Without it, as to any other domain.",
    ),
    Key("rate", Rate, No, Nothing, "How fast mails go there. Without it, no limit of its own."),
];

const DKIM: &[Key] = &[
    Key("key_file", Path, Yes, Nothing, "The file that holds the private key in PEM (chmod 600)."),
    Key("domain", ANY, No, Unless::Like(Like::Domain), "The domain that signs. Without it, that of `from`."),
];

const IMPRINT: &[Key] = &[
    Key("name", ANY, Yes, Nothing, "A person or an organisation."),
    Key("address", ANY, Yes, Nothing, "A postal address, in one line."),
    Key("contact", ANY, Yes, Nothing, "A mail address or a telephone number."),
    Key(
        "privacy_url",
        Text(Some("^https?://[^\\s<>\"\\\\]+$"), None),
        No,
        Nothing,
        "Where it says what is kept about subscribers. `serve` with smtp does not start without it.",
    ),
];

const OPERATORS: &[Key] = &[
    Key("email", Texts, Yes, Nothing, "Their addresses."),
    Key(
        "after_edition",
        FlagOr(&["problems"]),
        No,
        Unless::Flag(true),
        "A mail on how each edition went; \"problems\": only if some mails did not go.",
    ),
    Key(
        "ping",
        Secret,
        No,
        Nothing,
        "The URL that `serve` asks for as long as all is well: a monitor elsewhere raises an alarm when it hears nothing. \
         The environment variable GREENBRIEF_PING_URL wins over it.",
    ),
    Key("ping_file", Path, No, Nothing, "The file that holds that URL instead (chmod 600)."),
    Key("ping_every", Length, No, Unless::Text("5m"), "How often, 10 seconds to a day."),
];

const WEB: &[Key] = &[
    Key("listen", ANY, No, Nothing, "An IP address of this machine with a port, such as \"127.0.0.1:4748\"."),
    Key(
        "from_elsewhere",
        Flag,
        No,
        Unless::Flag(false),
        "True: the address may be one that other machines reach, such as \"0.0.0.0:4748\".",
    ),
];

const RETENTION: &[Key] = &[
    Key("mails", Length, No, Nothing, "What became of each mail. At least a day."),
    Key("pdfs", Length, No, Nothing, "PDFs in reports/; the database keeps them. At least a day."),
    Key("eml", Length, No, Nothing, "Mails as files in reports/outbox/. At least a day."),
];
