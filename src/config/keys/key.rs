//! A key of a config file: what it holds, whether it must be there, and what is in force without it.

/// A key of a table.
pub(in crate::config) struct Key {
    pub(in crate::config) name: &'static str,
    pub(in crate::config) holds: Holds,
    /// Must it be there?
    pub(in crate::config) required: bool,
    /// What is in force without it
    pub(in crate::config) default: DefaultValue,
    /// What it is for, in the words that the schema shows
    pub(in crate::config) description: &'static str,
}

impl Key {
    /// A key that must be there.
    pub(super) const fn required(name: &'static str, holds: Holds, description: &'static str) -> Key {
        Key { name, holds, required: true, default: DefaultValue::Nothing, description }
    }

    /// A key that may be missing; its description says what that means.
    pub(super) const fn optional(name: &'static str, holds: Holds, description: &'static str) -> Key {
        Key { name, holds, required: false, default: DefaultValue::Nothing, description }
    }

    /// A key without which `default` is in force.
    pub(super) const fn with_default(
        name: &'static str,
        holds: Holds,
        default: DefaultValue,
        description: &'static str,
    ) -> Key {
        Key { name, holds, required: false, default, description }
    }
}

/// What a key holds.
pub(in crate::config) enum Holds {
    /// One line of text that fits a regular expression, if there is one, and is not longer than so many characters, if
    /// that is said.
    Text(Option<&'static str>, Option<usize>),
    /// A folder or a file, relative to the file in which it stands.
    Path,
    /// Several of them, or one without brackets.
    Paths,
    /// The URL of a database. Its password is never shown.
    Database,
    /// A text that is never shown.
    Secret,
    /// One of these.
    Words(&'static [&'static str]),
    /// True, false or one of these.
    FlagOr(&'static [&'static str]),
    Flag,
    /// From the first to the second.
    Whole(i64, i64),
    /// A length of time.
    Length,
    /// A number in a length of time.
    Rate,
    /// A day.
    Date,
    /// A day, or a time on it.
    Time,
    /// A time zone by its IANA name.
    Zone,
    /// Languages, or one without brackets.
    Languages,
    /// Several texts, or one without brackets.
    Texts,
    Table(&'static [Key]),
    /// A table for each name; the names fit a regular expression.
    Named(&'static str, &'static [Key]),
    /// A text for each name.
    NamedTexts,
    /// A list of tables.
    Rows(&'static [Key]),
}

impl Holds {
    /// Has it a head of its own in brackets?
    pub(in crate::config) const fn is_table(&self) -> bool {
        matches!(self, Holds::Table(_) | Holds::Named(..) | Holds::NamedTexts | Holds::Rows(_))
    }
}

/// What is in force without a key.
#[derive(Clone, Copy)]
pub(in crate::config) enum DefaultValue {
    /// Nothing; the key's description says what that means.
    Nothing,
    Text(&'static str),
    Whole(i64),
    Flag(bool),
    /// A value that depends on others.
    Derived(Derived),
}

/// Where a default comes from that depends on other values.
#[derive(Clone, Copy)]
pub(in crate::config) enum Derived {
    /// `calendars` in the folder of the config.
    Calendars,
    /// A file in the folder for the state.
    Database,
    /// The usual port of a relay that is asked for this TLS.
    Port,
    /// The domain that mails come from.
    Domain,
    /// The name of the file.
    Id,
    /// The brief's.
    Brief,
}
