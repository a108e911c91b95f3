//! `[imprint]`: who is responsible for the mails. Whether it has to be there is asked when mails leave the machine.

use crate::config::{
    reading::{problem_sink::ProblemSink, table_reader::TableReader},
    values::mailboxes,
};

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

/// Reads the section.
pub(in crate::config) fn read(section: TableReader<'_>, sink: &ProblemSink) -> Option<Imprint> {
    let mut section = section;
    let name = section.needed_text("name", "name = \"Example Office\"");
    let street = section.needed_text("address", "address = \"Example Street 1, 10115 Berlin, Germany\"");
    let contact = section.needed_text("contact", "contact = \"brief@example.org\"");
    let privacy = section.text("privacy_url");
    section.finish();
    if let Some(contact) = contact.as_ref().filter(|contact| contact.text.contains('@')) {
        mailboxes::read_address(contact, sink)?;
    }
    if let Some(url) = &privacy
        && !is_web_address(url.text)
    {
        sink.push(url.error("this is not a web address").hint("write \"https://example.org/privacy\""));
        return None;
    }
    Some(Imprint {
        name: name?.text.trim().to_owned(),
        address: street?.text.trim().to_owned(),
        contact: contact?.text.trim().to_owned(),
        privacy_url: privacy.map(|url| url.text.to_owned()),
    })
}

fn is_web_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    !host.is_empty() && !text.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '\\'))
}
