//! Backslashes in TOML: between double quotes they begin an escape, which who writes a path of Windows does not mean.

/// What to do about a line of TOML in which a text in double quotes holds a backslash that begins no escape (TOML 1.1, Basic
/// String).
pub fn hint(line: &str) -> Option<&'static str> {
    let mut quoted = false;
    let mut rest = line;
    while let Some(at) = rest.find(['"', '\\', '\'', '#']) {
        let found = rest.as_bytes().get(at);
        rest = rest.get(at + 1..).unwrap_or_default();
        match found {
            Some(b'"') => quoted = !quoted,
            Some(b'\\') if quoted => match rest.chars().next() {
                Some(c @ ('x' | 'u' | 'U')) if has_digits(rest, c) => {}
                Some('b' | 't' | 'n' | 'f' | 'r' | 'e' | '"' | '\\') => rest = rest.get(1..).unwrap_or_default(),
                // The line may end there: the text goes on in the next one.
                None => {}
                Some(_) => return Some(SINGLE_QUOTES),
            },
            Some(b'\'') if !quoted => {
                let end = rest.find('\'').map_or(rest.len(), |end| end + 1);
                rest = rest.get(end..).unwrap_or_default();
            }
            Some(b'#') if !quoted => return None,
            _ => {}
        }
    }
    None
}

/// How a text with backslashes is written.
pub const SINGLE_QUOTES: &str = "between double quotes a backslash begins an escape; write a text with backslashes between single quotes: 'C:\\Users\\me'";

/// Do the digits stand there that this escape needs?
fn has_digits(rest: &str, escape: char) -> bool {
    let wanted = match escape {
        'x' => 2,
        'u' => 4,
        _ => 8,
    };
    rest.chars().skip(1).take(wanted).filter(char::is_ascii_hexdigit).count() == wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_windows_is_told_from_an_escape() {
        for line in [
            r#"state = "C:\Users\me""#,
            r#"state = "D:\data""#,
            r#"a = 'x' b = "C:\Users""#,
            r#"a = "\u12""#,
            r#"x = "a\"b\c""#,
        ] {
            let line = line.replace("\\\\", "\\");
            assert_eq!(hint(&line), Some(SINGLE_QUOTES), "{line}");
        }
        for line in [
            r#"state = 'C:\Users\me'"#,
            r#"a = "\t\n\"\\ \u00e4 \U0001F600 \x41""#,
            r#"a = 1 # "C:\Users""#,
            "a = b",
            r#"a = """x\"#,
            "",
        ] {
            assert_eq!(hint(line), None, "{line}");
        }
    }
}
