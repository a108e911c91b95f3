//! A mailbox as it stands in From and Reply-To: an address with or without a name (RFC 5322 §3.4).

use crate::{
    config::reading::{problem_sink::ProblemSink, table_reader::TextValue},
    people::subscribers::Address,
};

/// An address with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::config) struct Mailbox {
    /// As a header takes it: `"Green Economy Brief" <brief@example.org>`, or the address alone.
    pub(in crate::config) text: String,
    pub(in crate::config) address: Address,
}

/// Reads `Name <address>`, `"Name" <address>` or `address`; the error is what is wrong and how to mend it.
pub(in crate::config) fn parse(text: &str) -> Result<Mailbox, (String, String)> {
    let text = text.trim();
    let Some(open) = text.find('<') else {
        let address = Address::parse(text).map_err(|bad| (bad.what, bad.hint))?;
        return Ok(Mailbox { text: address.ascii().to_owned(), address });
    };
    let how = || "write Name <address>, such as \"Green Economy Brief <brief@example.org>\"".to_owned();
    let (name, rest) = text.split_at(open);
    let inside = rest
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
        .ok_or_else(|| ("the address does not end with `>`".to_owned(), how()))?;
    let address = Address::parse(inside).map_err(|bad| (bad.what, bad.hint))?;
    let name = name.trim();
    let name = name.strip_prefix('"').and_then(|name| name.strip_suffix('"')).unwrap_or(name).trim();
    if name.contains(['"', '\\', '<', '>']) {
        return Err(("the name of a mailbox holds none of \" \\ < >".to_owned(), how()));
    }
    // Quoted always: a comma, a dot or a colon in it would end it otherwise.
    let text = if name.is_empty() { address.ascii().to_owned() } else { format!("\"{name}\" <{}>", address.ascii()) };
    Ok(Mailbox { text, address })
}

/// Reads an address. What is wrong with it is reported.
pub(in crate::config) fn read_address(given: &TextValue<'_>, sink: &ProblemSink) -> Option<Address> {
    match Address::parse(given.text) {
        Ok(address) => Some(address),
        Err(bad) => {
            sink.push(given.error(bad.what).hint(bad.hint));
            None
        }
    }
}

/// Reads a mailbox. What is wrong with it is reported.
pub(in crate::config) fn read(given: &TextValue<'_>, sink: &ProblemSink) -> Option<Mailbox> {
    match parse(given.text) {
        Ok(mailbox) => Some(mailbox),
        Err((what, hint)) => {
            sink.push(given.error(what).hint(hint));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_and_the_address_is_as_an_envelope_takes_it() {
        for (given, text) in [
            ("brief@example.org", "brief@example.org"),
            ("<brief@example.org>", "brief@example.org"),
            ("Brief, Example <brief@example.org>", "\"Brief, Example\" <brief@example.org>"),
            ("\"Brief\" <brief@example.org>", "\"Brief\" <brief@example.org>"),
            ("绿色经济简报 <brief@example.org>", "\"绿色经济简报\" <brief@example.org>"),
        ] {
            let mailbox = parse(given).unwrap();
            assert_eq!(mailbox.text, text);
            assert_eq!(mailbox.address.as_str(), "brief@example.org");
            let _: lettre::message::Mailbox = text.parse().unwrap();
        }
        for bad in ["", "Brief", "Brief <brief@example.org", "a\"b <brief@example.org>", "Brief <brief>", "<<a@b.org>>"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
