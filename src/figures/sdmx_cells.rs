//! What is said of rows of SDMX-CSV by those who write and those who read them: the structure, and several values in one cell.

/// The first column without what stands between values of one cell.
pub const STRUCTURE: &str = "STRUCTURE";
/// What stands between values of one cell.
pub const SEPARATOR: char = '|';
/// The structure of our rows.
pub const STRUCTURE_ID: &str = "GREENBRIEF:FIGURES(1.0)";
/// The vintage of a value whose day of publication is not known.
pub const NO_VINTAGE: &str = "_U";

/// Values in one cell. One that holds the separator or a quote is quoted.
pub fn joined(values: impl Iterator<Item = String>) -> String {
    let quoted = |value: String| {
        if value.contains([SEPARATOR, '"']) { format!("\"{}\"", value.replace('"', "\"\"")) } else { value }
    };
    values.map(quoted).collect::<Vec<_>>().join(&SEPARATOR.to_string())
}

/// The values of one cell; a quote that is not closed goes to its end.
pub fn parts(cell: &str, separator: char) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut quoted, mut at_start) = (false, true);
    let mut letters = cell.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                part.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if at_start => quoted = true,
            letter if letter == separator && !quoted => {
                parts.push(std::mem::take(&mut part));
                at_start = true;
                continue;
            }
            letter => part.push(letter),
        }
        at_start = false;
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_one_cell_are_told_apart() {
        for values in [vec!["a", "b"], vec!["", ""], vec![""], vec!["a|b", "say \"x\"", "\"", "|", "plain"]] {
            let cell = joined(values.iter().map(|value| (*value).to_owned()));
            assert_eq!(parts(&cell, SEPARATOR), values, "{cell}");
        }
    }
}
