//! Where secrets stand in a text that a person wrote, so that no problem, log or stored copy shows them.

use std::ops::Range;

use crate::config::secret::MASK;

/// Returns the byte ranges of secrets in TOML that may be broken: the values of keys that sound like a password, private
/// keys, and the password of a URL. In order, without overlaps. Rather masks too much than too little: the ranges only
/// decide what is shown.
pub(in crate::config) fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices('=') {
        let before = text.get(..at).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default().trim_end();
        // The key with its dots and quotes: what stands in a table called `password` is no better.
        let key = line.rsplit(|c: char| !in_word(c) && !matches!(c, '.' | '"' | '\'')).next().unwrap_or_default();
        if key.split(|c: char| !in_word(c)).any(sounds_secret) {
            found.push(value_after(text, at + 1));
        }
    }
    found.extend(private_keys(text));
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        // `password: …` and `password "…"` are no TOML, and still nobody else's business.
        let indent = content.len() - content.trim_start_matches(|c: char| !in_word(c)).len();
        let word: String = content.chars().skip_while(|c| !in_word(*c)).take_while(|c| in_word(*c)).collect();
        let comment = content.trim_start().starts_with('#');
        if !comment && !content.contains('=') && sounds_secret(&word) {
            found.push(start + indent + word.len()..start + content.len());
        }
        for (at, mark) in content.match_indices("://") {
            let from = at + mark.len();
            let rest = content.get(from..).unwrap_or_default();
            if let (Some(colon), Some(end)) = (rest.find(':'), rest.rfind('@'))
                && colon < end
            {
                found.push(start + from + colon + 1..start + from + end);
            }
        }
        // A URL whose `//` was forgotten, or that is cut.
        for (at, _) in content.match_indices(':') {
            let rest = content.get(at + 1..).unwrap_or_default();
            let rest = rest.split(char::is_whitespace).next().unwrap_or_default();
            if let Some(end) = rest.rfind('@').filter(|_| !rest.starts_with("//")) {
                found.push(start + at + 1..start + at + 1 + end);
            }
        }
        start += line.len();
    }
    found.retain(|range| !range.is_empty());
    found.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in found {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// Returns the text with every secret replaced by `***`.
pub(in crate::config) fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in secrets(text) {
        out.push_str(text.get(at..range.start).unwrap_or_default());
        out.push_str(MASK);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Private keys in PEM, wherever they stand: up to their last line, or to the end of the text if that is missing.
fn private_keys(text: &str) -> impl Iterator<Item = Range<usize>> {
    const END: &str = "-----END";
    text.match_indices("-----BEGIN").filter_map(|(from, mark)| {
        let rest = text.get(from + mark.len()..)?;
        let (name, _) = rest.split_once("-----")?;
        if name.len() > 40 || !name.ends_with("PRIVATE KEY") {
            return None;
        }
        let end = rest.find(END).map_or(rest.len(), |at| (at + END.len() + name.len() + "-----".len()).min(rest.len()));
        Some(from..text.ceil_char_boundary(from + mark.len() + end))
    })
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

/// Is this the name of a key whose value nobody should see? A misspelt `pasword` is one; `password_file` is not.
fn sounds_secret(key: &str) -> bool {
    const WORDS: [&str; 9] =
        ["secret", "token", "passwd", "pwd", "pass", "passphrase", "passwort", "kennwort", "apikey"];
    let key = key.to_lowercase();
    if key.len() > 64 || key.ends_with("_file") || key.ends_with("-file") {
        return false;
    }
    // Anybody who knows the URL of a ping could ping in our place.
    key == "key"
        || key == "ping"
        || key.contains("passw")
        || key.contains("secret")
        || key.contains("private")
        || key.split(['_', '-']).any(|part| WORDS.contains(&part) || strsim::damerau_levenshtein(part, "password") <= 2)
}

/// The value that begins after `=`: to the end of the line, or of a value that spans several lines.
fn value_after(text: &str, at: usize) -> Range<usize> {
    let rest = text.get(at..).unwrap_or_default();
    let start = at + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.split('\n').next().unwrap_or_default().trim_end().len();
    let close = |open: &str, close: &str| {
        let inside = rest.strip_prefix(open)?;
        Some(open.len() + inside.find(close).map_or(inside.len(), |at| at + close.len()))
    };
    let several = close("\"\"\"", "\"\"\"")
        .or_else(|| close("'''", "'''"))
        .or_else(|| close("[", "]"))
        .or_else(|| close("{", "}"))
        .unwrap_or(0);
    start..start + line.max(several)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_password_is_masked() {
        for text in [
            "password = \"hunter2\"",
            "password=hunter2",
            "\"password\" = 'hunter2' # hunter2",
            "mail.pasword = \"hunter2\"",
            "mail.password.x=hunter2",
            "mail = { host = \"h\", password = \"hunter2\" }",
            "password = \"\"\"\nhunter2\n\"\"\"",
            "password = '''\nhunter2",
            "password = [\n\"hunter2\"]",
            "password: hunter2",
            "  password \"hunter2\"",
            "smtpPassword = \"hunter2\"",
            "api_token = \"hunter2\"",
            "ping = \"https://hc.example.org/hunter2\"",
            "operators.ping=https://hc.example.org/hunter2",
            "url = \"postgres://me:hunter2@db/x\"",
            "url = \"postgres://me:hun@t:/er2@db/x\"",
            "url = \"postgres://db/x?password=hunter2\"",
            "url = \"postgres:me:hunter2@db/x\"",
            "url = \"me:hunter2@db/x\"",
        ] {
            let shown = masked(text);
            assert!(!shown.contains("hunter2") && !shown.contains("er2"), "{shown}");
            assert!(shown.contains(MASK), "{shown}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "password_file = \"smtp-password\"",
            "ping_file = \"ping-url\"\nping_every = \"5m\"",
            "username = \"brief\"",
            "transport = \"smtp\"\nport = 465",
            "privacy_url = \"https://example.org/privacy\"",
            "url = \"postgres://db/greenbrief\"",
            "# PASSWORD, or from the file",
            "email = [\"a@example.org\", \"b@example.org\"]",
        ] {
            assert_eq!(masked(text), text);
        }
    }
}
