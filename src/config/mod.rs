//! What operators write: `greenbrief.toml`, one file for each brief and one for each calendar, read strictly, with all
//! problems of all files at once.
//! Templates are only looked for here; their contents are read in `document::brief`. Nothing here knows the store or the
//! mail.
//!
//! | folder or file | what lives there |
//! |---|---|
//! | `source`, `load`, `model` | where the config stands, how it is read, and the whole of it as a type |
//! | `part`, `readable` | the parts of a config, and a config in which some of them are wrong |
//! | `settings`, `briefs`, `calendars` | the three kinds of files: each section with the type that it is read into |
//! | `values` | values as people write them: lengths of time, rates, time zones |
//! | `reading` | files, TOML with places, tables read key by key |
//! | `keys`, `schema` | the table of all keys, and the JSON Schemas that are made from it |
//! | `effective` | each key with its value and where that comes from, for `config show` |
//! | [`difference`] | what differs between two configs |
//! | [`partial`] | the briefs of another config, without what only sending needs |
//! | `serve_requirements` | what must be there before mails leave the machine |
//! | `secret`, `environment` | secrets, and the environment variables that hold them |

mod briefs;
mod calendars;
pub mod difference;
mod effective;
mod environment;
mod keys;
mod linked_pages;
mod load;
mod model;
pub mod new_brief;
mod part;
pub mod partial;
mod readable;
mod reading;
mod schema;
mod secret;
mod serve_requirements;
mod settings;
mod source;
mod values;

pub use self::{
    briefs::{Attach, Brief, Visibility, schedules::Schedule},
    effective::{ComesFrom, Literal, Setting, Shown, ShownTable},
    environment::{DATABASE_URL, IMAP_PASSWORD, PING_URL, SMTP_PASSWORD},
    load::{load, show},
    model::Config,
    part::Part,
    readable::ReadableConfig,
    schema::{Kind, schema},
    secret::Secret,
    settings::{
        imap::Imap,
        imprint::Imprint,
        login::Login,
        mail::{Mail, Transport},
        operators::AfterEdition,
        pace::{DomainPace, Pace},
        paths::Paths,
        ping::Ping,
        public_web::{PublicUrl, PublicWeb},
        relays::{FIRST_RELAY, Smtp, Tls},
        replies::Replies,
        retention::Retention,
        signing::Signing,
        store::Store,
        web::Web,
    },
    source::ConfigSource,
    values::{networks::Network, rates::Rate},
};
