//! Reads one command of LMTP (RFC 2033 §4, RFC 5321 §4.1). Pure.

use crate::delivery::replies::MAX_SIZE;

/// Maximum number of characters of an address: RFC 5321 §4.5.3.1.3 says 256 octets with the brackets, and a token or
/// SMTPUTF8 may need some more.
pub const MAX_ADDRESS: usize = 320;

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The client greets
    Lhlo,
    /// The envelope's sender; empty for the null sender
    Mail(String),
    /// A recipient
    Rcpt(String),
    /// The content follows
    Data,
    /// The envelope is dropped
    Rset,
    /// Nothing
    Noop,
    /// The client goes
    Quit,
    /// Is there such a mailbox?
    Vrfy,
    /// What the answer to a command is that is none, or is wrong
    Wrong(&'static str),
}

/// Reads a line, without its end.
pub fn read(line: &[u8]) -> Command {
    let Ok(line) = std::str::from_utf8(line) else { return Command::Wrong("500 5.5.2 a command is written in UTF-8") };
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim_matches([' ', '\t']);
    match verb.trim_end().to_ascii_uppercase().as_str() {
        "LHLO" if rest.is_empty() => Command::Wrong("501 5.5.4 LHLO names the client"),
        "LHLO" => Command::Lhlo,
        // RFC 2033 §4.1
        "HELO" | "EHLO" => Command::Wrong("500 5.5.1 this is LMTP: say LHLO"),
        "MAIL" => envelope(rest, "FROM:", sender),
        "RCPT" => envelope(rest, "TO:", recipient),
        "DATA" if rest.is_empty() => Command::Data,
        "RSET" if rest.is_empty() => Command::Rset,
        "QUIT" if rest.is_empty() => Command::Quit,
        "DATA" | "RSET" | "QUIT" => Command::Wrong("501 5.5.4 nothing follows this command"),
        "NOOP" => Command::Noop,
        "VRFY" => Command::Vrfy,
        "EXPN" | "HELP" | "TURN" | "ETRN" | "AUTH" | "STARTTLS" | "BDAT" => {
            Command::Wrong("502 5.5.1 this command is not offered")
        }
        _ => Command::Wrong("500 5.5.2 no such command"),
    }
}

fn envelope(rest: &str, word: &str, read: fn(String, &str) -> Command) -> Command {
    let Some(rest) =
        rest.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word)).and(rest.get(word.len()..))
    else {
        return Command::Wrong("501 5.5.4 write MAIL FROM:<address> or RCPT TO:<address>");
    };
    match path(rest.trim_start()) {
        Some((address, parameters)) => read(address, parameters),
        None => Command::Wrong("501 5.1.7 that is no address in angle brackets"),
    }
}

fn sender(address: String, parameters: &str) -> Command {
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match name.to_ascii_uppercase().as_str() {
            "SIZE" => match value.parse::<u64>() {
                Ok(size) if size > MAX_SIZE as u64 => return Command::Wrong(TOO_LARGE),
                Ok(_) => {}
                Err(_) => return Command::Wrong("501 5.5.4 SIZE has no number"),
            },
            "BODY" if ["7BIT", "8BITMIME"].iter().any(|known| value.eq_ignore_ascii_case(known)) => {}
            "SMTPUTF8" if value.is_empty() => {}
            _ => return Command::Wrong(NO_PARAMETER),
        }
    }
    Command::Mail(address)
}

fn recipient(address: String, parameters: &str) -> Command {
    match (address.is_empty(), parameters.is_empty()) {
        (true, _) => Command::Wrong("501 5.1.3 a recipient has an address"),
        (_, false) => Command::Wrong(NO_PARAMETER),
        _ => Command::Rcpt(address),
    }
}

/// What is said of a mail that is too large.
pub(super) const TOO_LARGE: &str = "552 5.3.4 the mail is larger than is taken";
const NO_PARAMETER: &str = "555 5.5.4 a parameter that is not known here";

/// The address in `<…>`, without a source route and without quotes, and what stands behind it.
fn path(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('<')?;
    let (mut address, mut is_quoted, mut is_escaped) = (String::new(), false, false);
    for (at, c) in inside.char_indices() {
        match c {
            c if c.is_control() => return None,
            c if is_escaped => {
                is_escaped = false;
                address.push(c);
            }
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            '>' if !is_quoted => {
                let rest = inside.get(at + 1..)?;
                let is_apart = rest.is_empty() || rest.starts_with(' ');
                return (is_apart && address.len() <= MAX_ADDRESS).then(|| (without_route(address), rest.trim()));
            }
            ' ' if !is_quoted => return None,
            c => address.push(c),
        }
    }
    None
}

/// `@one.example,@two.example:somebody@example.org`: RFC 5321 §4.1.2 says to leave the route out.
fn without_route(address: String) -> String {
    match address.starts_with('@').then(|| address.split_once(':')).flatten() {
        Some((_, address)) => address.to_owned(),
        None => address,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn commands_are_read_as_clients_write_them() {
        let mail = |address: &str| Command::Mail(address.to_owned());
        let rcpt = |address: &str| Command::Rcpt(address.to_owned());
        for (line, wanted) in [
            ("LHLO mail.example.org", Command::Lhlo),
            ("lhlo [127.0.0.1]", Command::Lhlo),
            ("MAIL FROM:<>", mail("")),
            ("mail from:<a@example.org> SIZE=1000 BODY=8BITMIME SMTPUTF8", mail("a@example.org")),
            ("MAIL FROM: <a@example.org>", mail("a@example.org")),
            ("MAIL FROM:<ü@example.org> SMTPUTF8", mail("ü@example.org")),
            ("RCPT TO:<bounce+abc@example.org>", rcpt("bounce+abc@example.org")),
            ("RCPT TO:<\"bounce+abc\"@example.org>", rcpt("bounce+abc@example.org")),
            ("RCPT TO:<\"a>\\\"b\"@example.org>", rcpt("a>\"b@example.org")),
            ("RCPT TO:<@one.example,@two.example:a@example.org>", rcpt("a@example.org")),
            ("DATA", Command::Data),
            ("data ", Command::Data),
            ("NOOP whatever", Command::Noop),
            ("VRFY a", Command::Vrfy),
            ("QUIT", Command::Quit),
        ] {
            assert_eq!(read(line.as_bytes()), wanted, "{line}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let large = format!("MAIL FROM:<> SIZE={}", MAX_SIZE + 1);
        let long = format!("RCPT TO:<{}@example.org>", "a".repeat(MAX_ADDRESS));
        for (line, code) in [
            ("EHLO mail.example.org", "500 5.5.1"),
            ("LHLO", "501 5.5.4"),
            ("MAIL a@example.org", "501 5.5.4"),
            ("MAIL FROM:a@example.org", "501 5.1.7"),
            ("MAIL FROM:<a@example.org", "501 5.1.7"),
            ("MAIL FROM:<a@example.org>SIZE=1", "501 5.1.7"),
            ("MAIL FROM:<a b@example.org>", "501 5.1.7"),
            ("MAIL FROM:<> SIZE=x", "501 5.5.4"),
            ("MAIL FROM:<> BODY=BINARYMIME", "555 5.5.4"),
            ("RCPT TO:<>", "501 5.1.3"),
            ("RCPT TO:<a@example.org> NOTIFY=NEVER", "555 5.5.4"),
            ("DATA now", "501 5.5.4"),
            ("STARTTLS", "502 5.5.1"),
            ("GET / HTTP/1.1", "500 5.5.2"),
            ("", "500 5.5.2"),
            (&large, "552 5.3.4"),
            (&long, "501 5.1.7"),
        ] {
            let Command::Wrong(told) = read(line.as_bytes()) else { panic!("{line}") };
            assert!(told.starts_with(code), "{line}: {told}");
        }
        assert!(matches!(read(b"MAIL FROM:<\xff@example.org>"), Command::Wrong(told) if told.starts_with("500 5.5.2")));
    }

    proptest! {
        #[test]
        fn no_line_breaks_it(line in proptest::collection::vec(any::<u8>(), 0..200), verb in "(MAIL FROM:<|RCPT TO:<\"|LHLO )?") {
            let _ = read(&[verb.as_bytes(), &line].concat());
        }
    }
}
