//! Numbers as files write them. The decimal mark is that of a whole file; a number that does not fit it is refused with what
//! to write instead, and no mark is ever guessed from a single cell.

use rust_decimal::Decimal;

use crate::base::word_enum::word_enum;

word_enum! {
    "a decimal mark";
    /// The decimal mark of a file.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum DecimalMark {
        /// `3.4`
        Point = "point",
        /// `3,4`
        Comma = "comma",
    }
}

impl DecimalMark {
    /// The mark itself.
    pub const fn mark(self) -> char {
        match self {
            DecimalMark::Point => '.',
            DecimalMark::Comma => ',',
        }
    }

    /// The other one.
    pub const fn other(self) -> DecimalMark {
        match self {
            DecimalMark::Point => DecimalMark::Comma,
            DecimalMark::Comma => DecimalMark::Point,
        }
    }
}

/// What stands in publishers' tables in the place of a value that is missing.
const MISSING: [&str; 16] =
    ["", "-", "–", "—", "−", ".", "..", "...", ":", "/", "x", "n/a", "#n/a", "na", "nan", "null"];

/// Reads a number.
///
/// # Errors
/// How to write it instead.
pub(super) fn read(text: &str, mark: DecimalMark) -> Result<Decimal, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let ends_in_digits =
        digits.starts_with(|c: char| c.is_ascii_digit()) && digits.ends_with(|c: char| c.is_ascii_digit());
    let is_plain = ends_in_digits && digits.chars().all(|c| c.is_ascii_digit() || c == mark.mark());
    if is_plain && let Ok(value) = Decimal::from_str_exact(&text.replace(mark.mark(), ".")) {
        return Ok(value);
    }
    Err(hint(text, mark))
}

/// Whether the parts between marks are groups of thousands: `1.234.567`.
fn are_thousands<'a>(mut parts: impl Iterator<Item = &'a str>) -> bool {
    let is_group = |part: &str| part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit());
    parts.next().is_some_and(|first| (1..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_digit()))
        && parts.all(is_group)
}

/// The number without marks, if its only mark stands between thousands: `207400` of `207.400`.
pub(super) fn without_thousands(text: &str, mark: char) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (digits.contains(mark) && are_thousands(digits.split(mark))).then(|| text.replace(mark, ""))
}

/// The number with the letters of a keyboard: `−３` with a typographic minus and a wide digit is `-3`.
fn of_keyboard(text: &str) -> String {
    let of_keyboard = |letter: char| match letter {
        '−' | '‐' | '‑' | '–' | '－' | '﹣' => '-',
        '０'..='９' | '．' | '，' => char::from_u32(u32::from(letter) - 0xFEE0).unwrap_or(letter),
        other => other,
    };
    text.chars().map(of_keyboard).collect()
}

fn hint(text: &str, mark: DecimalMark) -> String {
    let (own, other) = (mark.mark(), mark.other().mark());
    let typed = of_keyboard(text);
    if typed != text && !MISSING.contains(&text) {
        return match read(&typed, mark) {
            Ok(_) => format!("write {typed}, with the digits and the minus of a keyboard"),
            Err(hint) => hint,
        };
    }
    if MISSING.contains(&text.to_ascii_lowercase().as_str()) {
        return "a missing value is a gap: leave the row out".to_owned();
    }
    if let Some(bare) = text.strip_suffix('%') {
        return format!("write {}: the unit of the series says per cent", bare.trim_end());
    }
    let bare: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '-').collect();
    let is_space = |c: char| c.is_whitespace() || matches!(c, '\'' | '’' | '_');
    if text.contains(is_space) && text.chars().all(|c| c.is_ascii_digit() || c == '-' || is_space(c)) {
        return format!("nothing stands between thousands: write {bare}");
    }
    let with_own = text.replace(other, &own.to_string());
    match (text.matches(own).count(), text.matches(other).count()) {
        (0, 1) if without_thousands(text, other).is_some() => format!(
            "write {bare} if the {} separates thousands, {with_own} if it is the decimal mark; if all numbers of the file are \
             written like this, `--decimal {}` says so",
            mark.other(),
            mark.other()
        ),
        (0, 1) if read(&with_own, mark).is_ok() => format!(
            "write {with_own}; if all numbers of the file are written like this, `--decimal {}` says so",
            mark.other()
        ),
        (own_count, other_count) if own_count + other_count > 1 => {
            format!("nothing stands between thousands, and a {mark} is the decimal mark: 744800 or 3{own}4")
        }
        _ if bare.len() > 28 => "at most 28 digits are read".to_owned(),
        _ => format!("write digits, a {mark} for the decimal mark, and - for a minus"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_by_the_mark_of_its_file_only() {
        for (text, mark, value) in [
            ("744800", DecimalMark::Point, "744800"),
            ("744800", DecimalMark::Comma, "744800"),
            ("-3.4", DecimalMark::Point, "-3.4"),
            ("-3,4", DecimalMark::Comma, "-3.4"),
            ("207.400", DecimalMark::Point, "207.400"),
            ("207,400", DecimalMark::Comma, "207.400"),
            ("0.10", DecimalMark::Point, "0.10"),
        ] {
            assert_eq!(read(text, mark).unwrap().to_string(), value, "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_told_how_to_write_it() {
        for (text, mark, told) in [
            (
                "207,400",
                DecimalMark::Point,
                "write 207400 if the comma separates thousands, 207.400 if it is the decimal mark",
            ),
            (
                "207.400",
                DecimalMark::Comma,
                "write 207400 if the point separates thousands, 207,400 if it is the decimal mark",
            ),
            (
                "3,4",
                DecimalMark::Point,
                "write 3.4; if all numbers of the file are written like this, `--decimal comma` says so",
            ),
            ("1.234.567", DecimalMark::Point, "nothing stands between thousands, and a point is the decimal mark"),
            ("56.012,00", DecimalMark::Point, "nothing stands between thousands, and a point is the decimal mark"),
            (
                "56.012,00",
                DecimalMark::Comma,
                "nothing stands between thousands, and a comma is the decimal mark: 744800 or 3,4",
            ),
            ("207 400", DecimalMark::Point, "nothing stands between thousands: write 207400"),
            ("207\u{202f}400", DecimalMark::Comma, "nothing stands between thousands: write 207400"),
            ("207'400", DecimalMark::Point, "nothing stands between thousands: write 207400"),
            ("12 %", DecimalMark::Point, "write 12: the unit of the series says per cent"),
            (":", DecimalMark::Point, "a missing value is a gap: leave the row out"),
            ("", DecimalMark::Comma, "a missing value is a gap: leave the row out"),
            ("n/a", DecimalMark::Point, "a missing value is a gap: leave the row out"),
            ("NaN", DecimalMark::Point, "a missing value is a gap: leave the row out"),
            ("−", DecimalMark::Point, "a missing value is a gap: leave the row out"),
            ("−3,4", DecimalMark::Comma, "write -3,4, with the digits and the minus of a keyboard"),
            ("−3,4", DecimalMark::Point, "write -3.4; if all numbers of the file are written like this"),
            ("１２３．４", DecimalMark::Point, "write 123.4, with the digits and the minus of a keyboard"),
            ("1.234.567,89", DecimalMark::Comma, "nothing stands between thousands, and a comma is the decimal mark"),
            ("1e309", DecimalMark::Point, "write digits, a point for the decimal mark, and - for a minus"),
            ("1e6", DecimalMark::Point, "write digits, a point for the decimal mark, and - for a minus"),
            (".5", DecimalMark::Point, "write digits, a point for the decimal mark, and - for a minus"),
            ("+5", DecimalMark::Comma, "write digits, a comma for the decimal mark, and - for a minus"),
            ("99999999999999999999999999999999", DecimalMark::Point, "at most 28 digits are read"),
        ] {
            let hint = read(text, mark).unwrap_err();
            assert!(hint.starts_with(told), "{text}: {hint}");
        }
    }
}
