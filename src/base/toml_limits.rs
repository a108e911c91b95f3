//! How much of TOML a file may hold. Its parser needs a hundred times the memory of what it reads where every letter is a
//! table, and goes on after each mistake; so a text is counted through, sign by sign, before it is parsed. No file that a
//! person writes comes near these limits. How large a file may be is known to those who read it.

use std::ops::Range;

use toml_parser::{Source as Signs, lexer::TokenKind};

use super::problem::Problem;

/// Maximum length of a line in bytes: a list of a thousand addresses.
pub const MAX_LINE: usize = 64 << 10;
/// Maximum number of brackets, braces and dots of keys that open a table or a list: five thousand days of a calendar.
pub const MAX_TABLES: usize = 20_000;
/// Maximum number of parts of a dotted key. Ours have three.
pub const MAX_PARTS: usize = 32;

/// The first thing in a text that is beyond a limit, in bytes, and its problem without a place.
pub fn exceeded(text: &str) -> Option<(Range<usize>, Problem)> {
    long_line(text).or_else(|| many_tables(text))
}

fn long_line(text: &str) -> Option<(Range<usize>, Problem)> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(carriage_return) = lone_carriage_return(line) {
            let at = start + carriage_return;
            let problem = Problem::error("a carriage return stands here without a line feed");
            return Some((at..at + 1, problem.hint("save the file with line ends of Unix (LF) or Windows (CRLF)")));
        }
        if line.len() > MAX_LINE {
            let problem = Problem::error(format!("this line has {} bytes; at most {MAX_LINE} are read", line.len()));
            return Some((start..start + 1, problem.hint("break it: a list may stand on several lines")));
        }
        start += line.len();
    }
    None
}

/// The byte of a carriage return that ends no line. TOML has none, and each would be a mistake of its own.
fn lone_carriage_return(line: &str) -> Option<usize> {
    let rest = line.strip_suffix('\n').unwrap_or(line);
    let rest = rest.strip_suffix('\r').unwrap_or(rest);
    rest.find('\r')
}

fn many_tables(text: &str) -> Option<(Range<usize>, Problem)> {
    let (mut tables, mut parts) = (0, 1);
    for sign in Signs::new(text).lex() {
        match sign.kind() {
            TokenKind::Dot => parts += 1,
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => parts = 1,
            TokenKind::Newline | TokenKind::Comma | TokenKind::Equals => {
                parts = 1;
                continue;
            }
            _ => continue,
        }
        tables += 1;
        let at = sign.span().start()..sign.span().end();
        if parts > MAX_PARTS {
            let problem = Problem::error(format!("this key has more than {MAX_PARTS} parts"));
            return Some((at, problem.hint("look for what got into the file by mistake")));
        }
        if tables > MAX_TABLES {
            let problem = Problem::error(format!("this file has more than {MAX_TABLES} tables, lists and dotted keys"));
            return Some((at, problem.hint("split it, or look for what got into it by mistake")));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::problem::Source;

    fn told(text: &str) -> Option<String> {
        let (at, problem) = exceeded(text)?;
        Some(problem.at(Source::new("a.toml", text).place(at)).to_string())
    }

    #[test]
    fn what_is_beyond_a_limit_is_told_at_its_place() {
        let line = format!("a = 1\nb = [{}]\n", "\"a@b.example\",".repeat(5_000));
        let begins = |text: &str, what: &str| {
            let told = told(text).unwrap_or_default();
            assert!(told.starts_with(what), "{told}");
            assert!(told.len() < 1_000, "{told}");
        };
        begins(&line, "error: this line has 70007 bytes; at most 65536 are read\n --> a.toml:2:1\n");
        begins(&"[[days]]\n".repeat(20_000), "error: this file has more than 20000 tables, lists and dotted keys\n");
        begins(&"a.b = 1\n".repeat(20_001), "error: this file has more than 20000 tables, lists and dotted keys\n");
        begins(&"a = [\n{},\n".repeat(20_000), "error: this file has more than 20000 tables");
        begins(
            &format!("[x]\n{}b = 1\n", "a.".repeat(32)),
            "error: this key has more than 32 parts\n --> a.toml:2:64\n",
        );
        begins("a = 1\rb = 2\r", "error: a carriage return stands here without a line feed\n --> a.toml:1:6\n");
        let hint = told("a = 1\rb = 2\r").unwrap_or_default();
        assert!(hint.ends_with("hint: save the file with line ends of Unix (LF) or Windows (CRLF)"), "{hint}");
    }

    #[test]
    fn what_people_write_is_within_the_limits() {
        for text in [
            "a = 1\r\nb = 2\r\n".to_owned(),
            // Words are not counted, whatever they hold.
            format!("a = \"\"\"\n{}\n\"\"\"\n", "One. [Two], {three}.\n".repeat(5_000)),
            format!("# {}\n", "[a.b.c]".repeat(5_000)),
            format!("a = [{}]\n", "1.5, ".repeat(10_000)),
            "[[days]]\ndate = \"2026-01-01\"\nname = \"a\"\n".repeat(9_000),
            include_str!("../../config/greenbrief.toml").to_owned(),
        ] {
            assert_eq!(told(&text), None);
        }
    }
}
