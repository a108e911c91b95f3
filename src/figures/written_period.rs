//! Periods as publishers write them, in English, German and Chinese: `KW 7/2026`, `H1 2026`, `1. Halbjahr 2026`,
//! `2026年上半年`, `Jan-Nov 2025`. What may mean two things is none: a year of two digits, a day whose month may stand first.

use chrono::NaiveDate;

use super::Period;

/// The longest text that is read as a period, in bytes.
const LONGEST: usize = 64;

/// Names of months by their first letters, without accents: three are enough but for March, May, June and July.
const MONTHS: [&[&str]; 12] = [
    &["jan", "january", "januar", "jän", "jänner"],
    &["feb", "february", "februar"],
    &["mar", "mär", "mrz", "march", "märz"],
    &["apr", "april"],
    &["may", "mai"],
    &["jun", "june", "juni"],
    &["jul", "july", "juli"],
    &["aug", "august"],
    &["sep", "sept", "september"],
    &["oct", "okt", "october", "oktober"],
    &["nov", "november"],
    &["dec", "dez", "december", "dezember"],
];
const HALVES: [&str; 5] = ["h", "hj", "halbjahr", "half", "semester"];
const QUARTERS: [&str; 3] = ["q", "quartal", "quarter"];
const WEEKS: [&str; 5] = ["w", "kw", "kalenderwoche", "week", "woche"];
/// Words that say nothing: `January to November of 2025`, `1. Halbjahr des Jahres 2026`.
const SILENT: [&str; 7] = ["of", "des", "jahres", "year", "jahr", "im", "in"];
const RANGE: &str = "-";

/// Reads a period as the own files or a publisher writes it; `None` for any other text.
pub fn read(text: &str) -> Option<Period> {
    let text = text.trim();
    if let Ok(period) = text.parse() {
        return Some(period);
    }
    if text.len() > LONGEST {
        return None;
    }
    let plain = plain(text);
    let period = if plain.contains('年') { chinese(&plain) } else { latin(&plain) };
    // Through the text, which knows what a period is.
    period?.to_string().parse().ok()
}

/// In lower case, with ASCII digits and one sign for all that stands between the ends of a range.
fn plain(text: &str) -> String {
    let one = |c: char| match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '‐'..='―' | '−' | '～' | '〜' | '~' | '－' | '至' | '到' => '-',
        '／' => '/',
        c if c.is_whitespace() => ' ',
        c => c,
    };
    text.chars().map(one).collect::<String>().to_lowercase()
}

fn year(text: &str) -> Option<i32> {
    (text.len() == 4 && text.bytes().all(|digit| digit.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn small(text: &str, most: u32) -> Option<u32> {
    let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten().filter(|number| (1..=most).contains(number))
}

/// The number before 月, 季度 or 周, in digits or as a character.
fn counted(text: &str, most: u32) -> Option<u32> {
    let words = ["一", "二", "三", "四"];
    let word = words.iter().position(|word| *word == text).and_then(|at| u32::try_from(at + 1).ok());
    word.or_else(|| small(text, most)).filter(|number| *number <= most)
}

fn chinese(text: &str) -> Option<Period> {
    let text: String = text.chars().filter(|c| *c != ' ').collect();
    let (first, rest) = text.split_once('年')?;
    let year_of = year(first)?;
    let ordinal = rest.strip_prefix('第').unwrap_or(rest);
    if let Some(number) = ordinal.strip_suffix("季度") {
        return match number {
            "前三" => Some(Period::Months { from: (year_of, 1), to: (year_of, 9) }),
            number => counted(number, 4).map(|quarter| Period::Quarter(year_of, quarter)),
        };
    }
    if let Some(number) = ordinal.strip_suffix('周') {
        return small(number, 53).map(|week| Period::Week(year_of, week));
    }
    match rest {
        "" | "全年" | "度" => return Some(Period::Year(year_of)),
        "上半年" => return Some(Period::Half(year_of, 1)),
        "下半年" => return Some(Period::Half(year_of, 2)),
        _ => {}
    }
    let month = |text: &str| small(text.strip_suffix('月').unwrap_or(text), 12);
    if let Some((from, to)) = rest.split_once('-') {
        let (end_year, to) = match to.split_once('年') {
            Some((end, to)) => (year(end)?, to),
            None => (year_of, to),
        };
        let to = small(to.strip_suffix('月')?, 12)?;
        return Some(Period::Months { from: (year_of, month(from)?), to: (end_year, to) });
    }
    let (number, day) = rest.split_once('月')?;
    let number = small(number, 12)?;
    match day.strip_suffix('日') {
        None if day.is_empty() => Some(Period::Month(year_of, number)),
        None => None,
        Some(day) => NaiveDate::from_ymd_opt(year_of, number, small(day, 31)?).map(Period::Day),
    }
}

/// A text as numbers and words, each without the signs around it: `kw`, `7`, `2026`; `jan`, `-`, `nov`, `2025`.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let kind = |c: char| {
        if c.is_ascii_digit() {
            1
        } else if c.is_alphabetic() {
            2
        } else {
            0
        }
    };
    let mut before = 0;
    for c in text.chars() {
        match (kind(c), tokens.last_mut()) {
            (0, _) if c == '-' => tokens.push(RANGE.to_owned()),
            (0, _) => {}
            (same, Some(token)) if same == before => token.push(c),
            (_, _) => tokens.push(c.to_string()),
        }
        before = kind(c);
    }
    let says = |word: &str| match word {
        "to" | "bis" | "through" => RANGE.to_owned(),
        word => word.to_owned(),
    };
    tokens.iter().map(|token| says(token)).filter(|token| !SILENT.contains(&token.as_str())).collect()
}

fn month(word: &str) -> Option<u32> {
    let at = MONTHS.iter().position(|names| names.contains(&word))?;
    u32::try_from(at + 1).ok()
}

fn latin(text: &str) -> Option<Period> {
    if let Some(period) = numeric(text) {
        return Some(period);
    }
    let tokens = tokens(text);
    let words: Vec<&str> = tokens.iter().map(String::as_str).collect();
    match words[..] {
        [from, RANGE, to, end] if month(from).is_some() => {
            let end = year(end)?;
            Some(Period::Months { from: (end, month(from)?), to: (end, month(to)?) })
        }
        [from, begin, RANGE, to, end] if month(from).is_some() => {
            Some(Period::Months { from: (year(begin)?, month(from)?), to: (year(end)?, month(to)?) })
        }
        // `4 March 2025`, `4. März 2025`
        [day, name, of] if month(name).is_some() => {
            NaiveDate::from_ymd_opt(year(of)?, month(name)?, small(day, 31)?).map(Period::Day)
        }
        [name, of] | [of, name] if month(name).is_some() => Some(Period::Month(year(of)?, month(name)?)),
        // `2025M07`, `2025-M07`; `9M 2025` are the first nine months.
        [of, "m", number] | [of, RANGE, "m", number] if year(of).is_some() => {
            Some(Period::Month(year(of)?, small(number, 12)?))
        }
        [count, "m", of] => {
            Some(Period::Months { from: (year(of)?, 1), to: (year(of)?, small(count, 12).filter(|count| *count > 1)?) })
        }
        // `h1 2026`, `2026 h1`, `1. halbjahr 2026`, `2026-s1`
        [of, RANGE, word, number] | [word, number, RANGE, of] if year(of).is_some() => part(word, number, of),
        [a, b, c] => part(a, b, c).or_else(|| part(b, a, c)).or_else(|| part(b, c, a)),
        _ => None,
    }
}

/// A half, quarter or week by its word, number and year.
fn part(word: &str, number: &str, of: &str) -> Option<Period> {
    let of = year(of)?;
    if HALVES.contains(&word) || word == "s" {
        return small(number, 2).map(|half| Period::Half(of, half));
    }
    if QUARTERS.contains(&word) {
        return small(number, 4).map(|quarter| Period::Quarter(of, quarter));
    }
    WEEKS.contains(&word).then(|| small(number, 53)).flatten().map(|week| Period::Week(of, week))
}

/// `31.12.2024`, `12/2024`, `12.2024`, `2024/2025`: German days have dots, and no day has slashes here, where the month may
/// stand first.
fn numeric(text: &str) -> Option<Period> {
    let split = |sign: char| text.split(sign).map(str::trim).collect::<Vec<_>>();
    if let [first, second] = split('/')[..] {
        return match (year(first), year(second)) {
            (Some(from), Some(to)) => (to == from + 1).then_some(Period::Season(from)),
            (None, Some(of)) => small(first, 12).map(|month| Period::Month(of, month)),
            _ => None,
        };
    }
    match split('.')[..] {
        [day, month, of] => NaiveDate::from_ymd_opt(year(of)?, small(month, 12)?, small(day, 31)?).map(Period::Day),
        [month, of] => Some(Period::Month(year(of)?, small(month, 12)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_period_is_read() {
        for (period, ways) in [
            (
                "2026-W07",
                &[
                    "KW 7/2026",
                    "KW 07 2026",
                    "KW7/2026",
                    "2026W07",
                    "week 7, 2026",
                    "Week 7 of 2026",
                    "W07 2026",
                    "7. Kalenderwoche 2026",
                    "2026年第7周",
                    "2026-W07",
                ][..],
            ),
            (
                "2026-H1",
                &[
                    "1. Halbjahr 2026",
                    "H1 2026",
                    "1H 2026",
                    "1H2026",
                    "2026H1",
                    "2026-S1",
                    "HJ 1/2026",
                    "2026年上半年",
                    "2026 年 上半年",
                    "1. Hj. 2026",
                ],
            ),
            ("2026-H2", &["2026年下半年", "2. Halbjahr 2026", "H2/2026"]),
            (
                "2025-Q3",
                &[
                    "Q3 2025",
                    "3. Quartal 2025",
                    "3Q 2025",
                    "3Q2025",
                    "Q3/2025",
                    "2025Q3",
                    "2025 Q3",
                    "2025年第3季度",
                    "2025年三季度",
                    "2025年第三季度",
                    "2025年3季度",
                ],
            ),
            (
                "2025-07",
                &[
                    "July 2025",
                    "Jul. 2025",
                    "Juli 2025",
                    "07/2025",
                    "7/2025",
                    "07.2025",
                    "2025年7月",
                    "２０２５年７月",
                    "2025M07",
                    "2025-M07",
                    "2025 July",
                ],
            ),
            ("2025-03", &["März 2025", "Mrz 2025", "March 2025", "Mar 2025"]),
            (
                "2025-01/2025-11",
                &[
                    "Jan-Nov 2025",
                    "Jan–Nov 2025",
                    "Januar bis November 2025",
                    "January to November 2025",
                    "January–November 2025",
                    "2025年1—11月",
                    "2025年1-11月",
                    "2025年1月至11月",
                    "2025年1～11月",
                    "11M 2025",
                ],
            ),
            ("2025-01/2025-09", &["9M 2025", "2025年前三季度"]),
            ("2024-11/2025-02", &["Nov 2024 - Feb 2025", "November 2024 bis Februar 2025", "2024年11月至2025年2月"]),
            ("2025", &["2025", "2025年", "2025年全年", "2025年度", " 2025 "]),
            ("2024/25", &["2024/25", "2024/2025"]),
            ("2025-03-04", &["4 March 2025", "4. März 2025", "04.03.2025", "2025年3月4日"]),
        ] {
            for way in ways {
                assert_eq!(read(way).map(|it| it.to_string()).as_deref(), Some(period), "{way}");
            }
        }
    }

    #[test]
    fn what_may_mean_two_things_is_no_period() {
        for text in [
            "",
            "25",
            "03/04/2025",
            "Q5 2025",
            "KW 54/2025",
            "KW 53/2025",
            "H3 2026",
            "Jan 25",
            "Nov-Jan 2025",
            "31.02.2024",
            "2025年13月",
            "2025年11—1月",
            "2025年第五季度",
            "2024/2026",
            "13/2025",
            "Q3",
            "1M 2025",
            "planned",
            "三月",
            "2025年春",
            "2025 2026",
            "- -",
            "KW/2026",
            "99M 2025",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&"1".repeat(1000)), None);
    }
}
