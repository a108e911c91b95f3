//! The search for numbers typed by hand: digits and number words in a template's prose that are neither a figure nor
//! marked by `[[…]]`. Each is a problem, since nobody could tell where it comes from.

use super::web_address;
use crate::base::{
    language::Language,
    problem::{Problem, Problems, Source},
};

const EN: &[&str] = &[
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "dozen", "hundred",
    "thousand", "million", "billion", "half", "third", "quarter", "twice", "double", "doubled", "triple",
];
const DE: &[&str] = &[
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dutzend",
    "hundert",
    "tausend",
    "million",
    "millionen",
    "milliarde",
    "milliarden",
    "hälfte",
    "drittel",
    "viertel",
    "verdoppelt",
    "doppelt",
    "dreifach",
];
const ZH: &[&str] = &["两", "三", "四", "五", "六", "七", "八", "九", "十", "百", "千", "万", "亿", "半", "倍"];

/// Every number typed by hand in a file of a template.
pub(super) fn check(source: &Source, language: Language) -> Problems {
    let text = source.text();
    let mut problems = Problems::new();
    let prose = blank(text);
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut start = None;
    for (at, c) in prose.char_indices().chain([(prose.len(), ' ')]) {
        let part = match (c.is_ascii_digit(), start) {
            (true, _) => true,
            (false, Some(_)) => {
                (c == '.' || c == ',')
                    && prose.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            }
            (false, None) => false,
        };
        match (part, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push((from, at));
                start = None;
            }
            _ => {}
        }
    }
    match language {
        Language::Zh => {
            for word in ZH {
                // A character is a numeral only before what it counts; elsewhere it is part of a word (百姓, 千方百计).
                let counted = ["个", "家", "年", "倍", "成", "分之", "万", "亿", "辆", "项", "次", "天", "月"];
                found.extend(
                    prose
                        .match_indices(word)
                        .filter(|(at, _)| {
                            counted.iter().any(|c| prose.get(at + word.len()..).is_some_and(|rest| rest.starts_with(c)))
                        })
                        .map(|(at, w)| (at, at + w.len())),
                );
            }
        }
        _ => {
            let words = if language == Language::En { EN } else { DE };
            let mut at = 0;
            for word in prose.split_inclusive(|c: char| !c.is_alphabetic()) {
                let bare = word.trim_end_matches(|c: char| !c.is_alphabetic());
                if words.contains(&bare.to_lowercase().as_str()) {
                    found.push((at, at + bare.len()));
                }
                at += word.len();
            }
        }
    }
    found.sort_unstable();
    for (from, to) in found {
        let word = text.get(from..to).unwrap_or_default();
        problems.push(
            Problem::error(format!("`{word}` is a number typed by hand"))
                .at(source.place(from..to))
                .hint(format!("a number comes from the store: {{{{ fig(\"series\", \"period\") }}}}; a year, a date or a name is marked: [[{word}]]")),
        );
    }
    problems
}

/// The text with everything that is not prose blanked out, byte for byte: expressions, tags, marked typed_numbers, link
/// targets, bare addresses, the marks of footnotes, the numbers of lists, the keys and ids of fenced blocks, comments.
fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // An opening that is not closed in the rest is not looked for again, since a text full of openings would take hours.
    let mut closed = vec![("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("[[", "]]"), ("](", ")"), ("[^", "]")];
    let mut before = None;
    while let Some(c) = rest.chars().next() {
        if web_address::may_follow(before.replace(c))
            && let Some(address) = web_address::length(rest)
        {
            out.extend(std::iter::repeat_n(' ', address));
            rest = rest.get(address..).unwrap_or_default();
            continue;
        }
        let opened = closed.iter().copied().find(|(open, _)| rest.starts_with(open));
        let end = opened.and_then(|(open, close)| rest.get(open.len()..).and_then(|inside| inside.find(close)));
        if let Some((open, _)) = opened
            && end.is_none()
        {
            closed.retain(|(other, _)| *other != open);
        }
        if let (Some((open, close)), Some(end)) = (opened, end) {
            let len = open.len() + end + close.len();
            out.extend(std::iter::repeat_n(' ', len));
            rest = rest.get(len..).unwrap_or_default();
            continue;
        }
        out.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    let mut lines = String::with_capacity(text.len());
    let (mut fenced, mut front) = (false, false);
    for line in out.split_inclusive('\n') {
        let bare = line.trim_end();
        let hidden = if bare == "+++" {
            front = !front;
            line.len()
        } else if bare.starts_with("```") {
            fenced = !fenced;
            line.len()
        } else if fenced || front {
            if bare.starts_with('#') { line.len() } else { line.find('=').map_or(0, |at| at + 1) }
        } else {
            list_number(line)
                .unwrap_or_else(|| line.find("# ").filter(|_| line.starts_with('#')).map_or(0, |at| at + 1))
        };
        let hidden = hidden.min(line.trim_end_matches('\n').len());
        lines.extend(std::iter::repeat_n(' ', hidden));
        lines.push_str(line.get(hidden..).unwrap_or_default());
    }
    lines
}

/// The byte at which the number of a list item ends (`  12. text`, also in a call-out), if the line begins with one.
fn list_number(line: &str) -> Option<usize> {
    let number = line.trim_start_matches([' ', '>', '-', '*']);
    let after = number.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_list = after.len() < number.len() && (after.starts_with(". ") || after.starts_with(") "));
    is_list.then_some(line.len() - after.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, language: Language) -> Vec<String> {
        let source = Source::new("en.md", text);
        check(&source, language).into_iter().map(|p| p.what).collect()
    }

    #[test]
    fn unmarked_numbers_are_found_and_marked_ones_are_not() {
        let text = "Sales were 744,800 in [[2024]], {{ fig(\"a\", \"2024\") }}; two of [[ID.4]].\n";
        assert_eq!(
            words(text, Language::En),
            ["`744,800` is a number typed by hand", "`two` is a number typed by hand"]
        );
        assert_eq!(words("Zwei Drittel, zweifellos.\n", Language::De).len(), 2);
        assert_eq!(words("百姓三家企业\n", Language::Zh), ["`三` is a number typed by hand"]);
    }

    #[test]
    fn the_numbers_of_lists_and_footnotes_are_no_figures() {
        let text = "Text[^1].\n\n1. one\n   2) more\n> 3. three\n\n[^1]: 4 of them\n";
        assert_eq!(words(text, Language::En), ["`three` is a number typed by hand", "`4` is a number typed by hand"]);
    }

    #[test]
    fn digits_of_an_address_are_no_figures() {
        let text =
            "From https://example.org/{{ year }}/08-2024.html, www.example.org/7 and <https://example.org/9>, 5 of 6\n";
        assert_eq!(words(text, Language::En), ["`5` is a number typed by hand", "`6` is a number typed by hand"]);
        assert_eq!(words("见https://example.org/7，第8期\n", Language::Zh), ["`8` is a number typed by hand"]);
    }

    #[test]
    fn keys_are_no_prose_but_their_values_are() {
        assert_eq!(
            words("```chart nev2\ntitle2 = \"in 5 years\"\n```\n", Language::En),
            ["`5` is a number typed by hand"]
        );
    }
}
