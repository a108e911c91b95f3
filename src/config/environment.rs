//! The environment variables that hold secrets of the config.

/// The environment variable that holds the SMTP password; it wins over `mail.password_file`.
pub const SMTP_PASSWORD: &str = "GREENBRIEF_SMTP_PASSWORD";
/// The environment variable that holds the IMAP password; it wins over `replies.imap.password_file`.
pub const IMAP_PASSWORD: &str = "GREENBRIEF_IMAP_PASSWORD";
/// The environment variable that holds the database's URL; it wins over `store.url` in the file, not over `--set`.
pub const DATABASE_URL: &str = "GREENBRIEF_DATABASE_URL";
/// The environment variable that holds the URL of the outside monitor; it wins over `operators.ping` and its file.
pub const PING_URL: &str = "GREENBRIEF_PING_URL";
