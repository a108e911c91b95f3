//! Where secrets stand in a text that a person wrote, so that no problem, log or stored copy shows them.

use std::ops::Range;

use crate::config::secret::MASK;

/// Returns the byte ranges of secrets in TOML that may be broken: the values of keys that sound like a password, private
/// keys, and the password of a URL. In order, without overlaps. Rather masks too much than too little: the ranges only
/// decide what is shown.
pub(in crate::config) fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut closings) = (0, Closings::default());
    for line in text.split_inclusive('\n') {
        let content = line.trim_end();
        for (at, _) in content.match_indices('=') {
            let before = content.get(..at).unwrap_or_default().trim_end();
            // The key with its dots and quotes: what stands in a table called `password` is no better.
            let key = before.rsplit(|c: char| !in_word(c) && !matches!(c, '.' | '"' | '\'')).next().unwrap_or_default();
            if key.split(|c: char| !in_word(c)).any(sounds_secret) {
                found.push(value_after(text, start + at + 1, start + content.len(), &mut closings));
            }
        }
        // `password: …` and `password "…"` are no TOML, and still nobody else's business.
        let indent = content.len() - content.trim_start_matches(|c: char| !in_word(c)).len();
        let word: String = content.chars().skip_while(|c| !in_word(*c)).take_while(|c| in_word(*c)).collect();
        let comment = content.trim_start().starts_with('#');
        if !comment && !content.contains('=') && sounds_secret(&word) {
            found.push(start + indent + word.len()..start + content.len());
        }
        // All URLs of a line end at its last `@` here, so that the first of them covers the others.
        if let Some((before, rest)) = content.split_once("://")
            && let (Some(colon), Some(end)) = (rest.find(':'), rest.rfind('@'))
            && colon < end
        {
            let from = start + before.len() + "://".len();
            found.push(from + colon + 1..from + end);
        }
        // A URL whose `//` was forgotten, or that is cut: its first colon covers the others.
        for word in content.split(char::is_whitespace) {
            let Some(end) = word.rfind('@') else { continue };
            let before = word.get(..end).unwrap_or_default();
            let mut colons = before.match_indices(':').map(|(at, _)| at);
            if let Some(colon) = colons.find(|at| !before.get(at + 1..).unwrap_or_default().starts_with("//")) {
                let from = start + (word.as_ptr() as usize - content.as_ptr() as usize);
                found.push(from + colon + 1..from + end);
            }
        }
        start += line.len();
    }
    found.extend(private_keys(text));
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
fn value_after(text: &str, at: usize, line_end: usize, closings: &mut Closings) -> Range<usize> {
    let rest = text.get(at..).unwrap_or_default();
    let start = at + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
    let several = closings.end_of_value(text, start).unwrap_or(start);
    start..line_end.max(several).max(start)
}

/// Where the values that span several lines end. Each end is looked for once, however many values begin before it.
#[derive(Default)]
struct Closings([Option<Range<usize>>; 4]);

impl Closings {
    /// What opens a value, and what closes it.
    const SIGNS: [(&str, &str); 4] = [("\"\"\"", "\"\"\""), ("'''", "'''"), ("[", "]"), ("{", "}")];

    /// The byte after the value that begins here, if it can span several lines; the end of the text if nothing closes it.
    fn end_of_value(&mut self, text: &str, start: usize) -> Option<usize> {
        let rest = text.get(start..)?;
        let (known, (open, close)) =
            self.0.iter_mut().zip(Closings::SIGNS).find(|(_, (open, _))| rest.starts_with(open))?;
        let from = start + open.len();
        let at = match known {
            Some(known) if known.start <= from && from <= known.end => known.end,
            _ => text.get(from..)?.find(close).map_or(text.len(), |at| from + at),
        };
        *known = Some(from.min(at)..at);
        Some((at + close.len()).min(text.len()))
    }
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
    fn the_longest_line_is_looked_at_once() {
        // Each of these took half a minute or more when each sign looked at the whole line anew.
        const MOST: usize = 128 << 10;
        for piece in ["= ", "=", ":", "://", "a:b@", "password=", "password=[", "password=\"\"\"", "token={ "] {
            let text = piece.repeat(MOST / piece.len());
            let ranges = secrets(&text);
            assert!(ranges.iter().all(|range| range.end <= text.len()), "{piece}");
            let (masks, end) = (masked(&text).matches(MASK).count(), ranges.last().map_or(0, |range| range.end));
            let whole = end + piece.len() >= text.len() && masks > 0;
            assert_eq!(whole, piece.contains(['p', 'b', 't']), "{piece}: {masks} masks up to {end}");
        }
        // What closes a value is found for those inside it, too.
        let text = "password = [\n token = [\n \"hunter2\"\n], password = {\n'hunter2'}\n";
        assert!(!masked(text).contains("hunter2"), "{}", masked(text));
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
