//! `[replies.imap]`: the mailbox out of which mails that come back are read. Reading it is not here.

use crate::{
    base::problem::Problem,
    config::{
        environment::IMAP_PASSWORD,
        reading::{
            context::Context,
            table_reader::{TableReader, TextValue},
        },
        settings::{
            login::{GivenLogin, Login, PasswordSource},
            relays::{TLS, Tls},
        },
        values::{
            hostnames::{self, is_loopback},
            words,
        },
    },
};

/// A mailbox at an IMAP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imap {
    /// The server's name or IP address.
    pub host: String,
    /// 993 or 143 unless it is given.
    pub port: u16,
    /// How the connection is encrypted; not at all only on this machine.
    pub tls: Tls,
    /// Who logs in.
    pub login: Login,
    /// The folder that is read, as the server writes its name: printable ASCII.
    pub folder: String,
}

const DEFAULT_FOLDER: &str = "INBOX";
/// Maximum length of a folder's name, in characters.
const MAX_FOLDER: usize = 255;
const PASSWORD: PasswordSource = PasswordSource { variable: Some(IMAP_PASSWORD), file: "imap-password" };
const EXAMPLE: &str = "imap.example.org";

/// Reads the section. Returns `None` if something in it cannot be read; that was reported.
pub(in crate::config) fn read(section: TableReader<'_>, context: &Context<'_>) -> Option<Imap> {
    let mut section = section;
    let host = section.needed_text("host", "host = \"imap.example.org\": the name of the IMAP server");
    let host = host.and_then(|given| Some((hostnames::read(&given, EXAMPLE, context.sink)?, given.place())));
    let tls_given = section.text("tls");
    let tls = Tls::named(words::read(tls_given.as_ref(), &TLS, context.sink));
    let port = section.whole("port", 1..=65_535).and_then(|port| u16::try_from(port).ok());
    section.need("username", "username = \"brief@example.org\": who logs in");
    let given = GivenLogin::read(&mut section, PASSWORD, context);
    let folder = section.text("folder");
    if let Some(file) = given.unused_file() {
        let what = "`replies.imap.password_file` is not used: there is no `replies.imap.username`";
        context.sink.push(Problem::warning(what).at(file.place()));
    }
    section.finish();
    let login = given.login(context);
    let folder = folder.map_or_else(|| Some(DEFAULT_FOLDER.to_owned()), |given| folder_name(&given, context));
    let (host, place) = host?;
    if tls == Tls::None && !is_loopback(&host) {
        let place = tls_given.as_ref().map_or(place, TextValue::place);
        let problem = Problem::error(format!("the password would go to {host} without encryption")).at(place);
        let hint = "write tls = \"implicit\" (port 993) or tls = \"starttls\" (port 143)";
        context.sink.push(problem.hint(hint));
        return None;
    }
    Some(Imap { host, port: port.unwrap_or(tls.usual_imap_port()), tls, login: login?, folder: folder? })
}

/// A folder's name goes to the server as it stands here.
fn folder_name(given: &TextValue<'_>, context: &Context<'_>) -> Option<String> {
    let text = given.text;
    if text.len() <= MAX_FOLDER && text.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
        return Some(text.to_owned());
    }
    let problem = given.error("this is not the name of a folder, as an IMAP server writes it");
    let hint = "up to 255 letters of ASCII; others in modified UTF-7 (RFC 3501, 5.1.3), such as \"R&APw-cklauf\"";
    context.sink.push(problem.hint(hint));
    None
}
