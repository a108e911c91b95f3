//! A key of a config file: what it holds, whether it must be there, and what is in force without it.

/// A key: its name, what it holds, whether it must be there, what is in force without it, and what it is for.
pub(in crate::config) struct Key(
    pub(in crate::config) &'static str,
    pub(in crate::config) Holds,
    pub(in crate::config) Needed,
    pub(in crate::config) Unless,
    pub(in crate::config) &'static str,
);

/// Must a key be there?
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::config) enum Needed {
    Yes,
    No,
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
pub(in crate::config) enum Unless {
    /// Nothing; the key's description says what that means.
    Nothing,
    Text(&'static str),
    Whole(i64),
    Flag(bool),
    /// What depends on other values.
    Like(Like),
}

/// What depends on other values.
#[derive(Clone, Copy)]
pub(in crate::config) enum Like {
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
