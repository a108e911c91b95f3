//! Blocks of header fields, as they stand at the head of a mail, in a delivery status and in a feedback report: names and
//! unfolded values. Read from anything: a line that is no field goes on with the one before it, since some servers do not
//! indent the lines of a long reply.

/// Maximum number of fields that are read of one text.
const MAX_FIELDS: usize = 1_000;
/// Maximum number of octets of a value: a hundred addresses with tokens and names have room in one.
const MAX_VALUE: usize = 16_000;

/// Header fields in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first value of a field, whose name is given in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields of the first block.
    pub fn head(text: &str) -> Fields {
        blocks(text, 1).pop().unwrap_or_default()
    }

    /// The fields of each block; blank lines part them.
    pub fn blocks(text: &str) -> Vec<Fields> {
        blocks(text, usize::MAX)
    }

    /// Parts that begin where one of these fields comes a second time, for servers that leave the blank line out.
    pub fn parted_at(self, names: &[&str]) -> Vec<Fields> {
        let mut parts: Vec<Fields> = vec![Fields::default()];
        for (name, value) in self.0 {
            let again = names.contains(&name.as_str()) && parts.last().is_some_and(|part| part.get(&name).is_some());
            if again {
                parts.push(Fields::default());
            }
            parts.last_mut().into_iter().for_each(|part| part.0.push((name.clone(), value.clone())));
        }
        parts
    }
}

fn blocks(text: &str, most: usize) -> Vec<Fields> {
    let mut blocks: Vec<Fields> = Vec::new();
    let (mut fields, mut is_open) = (0, false);
    for line in text.split('\n') {
        let line = line.trim_end_matches('\r');
        if line.trim().is_empty() {
            if is_open && blocks.len() >= most {
                break;
            }
            is_open = false;
            continue;
        }
        let folded = line.starts_with([' ', '\t']);
        match field(line).filter(|_| !folded) {
            Some((name, value)) => {
                if fields >= MAX_FIELDS {
                    break;
                }
                fields += 1;
                if !is_open {
                    blocks.push(Fields::default());
                    is_open = true;
                }
                let value = bounded(value.trim());
                blocks.last_mut().into_iter().for_each(|block| block.0.push((name.clone(), value.to_owned())));
            }
            None if is_open => {
                let last = blocks.last_mut().and_then(|block| block.0.last_mut());
                if let Some((_, value)) = last.filter(|(_, value)| value.len() < MAX_VALUE) {
                    if !value.is_empty() {
                        value.push(' ');
                    }
                    value.push_str(bounded(line.trim()));
                }
            }
            None => {}
        }
    }
    blocks
}

/// `Name: value`. A name has letters, digits and hyphens, and begins with a letter: `550-5.1.1 <a@b>: no` is none.
fn field(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim_end();
    let is_name = name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    is_name.then(|| (name.to_ascii_lowercase(), value))
}

fn bounded(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_VALUE)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_parted_by_blank_lines_and_values_unfolded() {
        let text = "Reporting-MTA: dns; mx\r\n\r\n \r\nFinal-Recipient: rfc822; a@b\r\nDiagnostic-Code: smtp; 550-5.1.1 one\r\n\
                    550-5.1.1 <a@b>: two\r\n  three\r\n";
        let blocks = Fields::blocks(text);
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[1].get("diagnostic-code"), Some("smtp; 550-5.1.1 one 550-5.1.1 <a@b>: two three"));
        assert_eq!(Fields::head(text).get("reporting-mta"), Some("dns; mx"));
        assert_eq!(Fields::head(text).get("final-recipient"), None);
    }

    #[test]
    fn a_missing_blank_line_does_not_join_two_recipients() {
        let text = "Final-Recipient: rfc822; a@b\nAction: failed\nFinal-Recipient: rfc822; c@d\nAction: delayed\n";
        let parts = Fields::head(text).parted_at(&["final-recipient"]);
        let actions: Vec<_> = parts.iter().map(|part| part.get("action")).collect();
        assert_eq!(actions, [Some("failed"), Some("delayed")]);
    }

    #[test]
    fn nothing_grows_without_bound() {
        let long = format!("A: {}\n{}", "x".repeat(100_000), " more\n".repeat(100_000));
        assert!(Fields::head(&long).get("a").unwrap().len() < 3 * MAX_VALUE);
        assert_eq!(Fields::blocks(&"B: 1\n\n".repeat(50_000)).len(), MAX_FIELDS);
        assert!(Fields::head(": x\nü: y\n").is_empty());
    }
}
