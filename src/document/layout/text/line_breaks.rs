//! Where no line may begin, beyond what the Unicode line breaking algorithm (UAX #14) knows: it forbids breaks inside a
//! number and at punctuation, also Chinese (classes OP, CL, EX, IN, B2, NS), but does not know that `246.3 billion`, `Nr.
//! 12` and `74.48万辆` are one thing to a reader. Where a word may be broken is in `hyphenation`.

use super::invisible::WORD_JOINER;

/// Words that never begin a line after a number or another unit and a space. In every language, since texts name things
/// of the others.
const UNITS: &[&str] = &[
    "thousand",
    "million",
    "billion",
    "trillion",
    "percent",
    "percentage",
    "per",
    "Tausend",
    "Million",
    "Millionen",
    "Mio.",
    "Milliarde",
    "Milliarden",
    "Mrd.",
    "Billionen",
    "Bio.",
    "Prozent",
    "Prozentpunkte",
    "Prozentpunkten",
    "euro",
    "euros",
    "Euro",
    "dollar",
    "dollars",
    "Dollar",
    "yuan",
    "Yuan",
    "EUR",
    "USD",
    "CNY",
    "RMB",
    "€",
    "$",
    "¥",
    "%",
    "‰",
    "°C",
    "W",
    "kW",
    "MW",
    "GW",
    "TW",
    "Wh",
    "kWh",
    "MWh",
    "GWh",
    "TWh",
    "g",
    "kg",
    "t",
    "Mt",
    "Gt",
    "m",
    "km",
    "m²",
    "km²",
    "ha",
    "h",
];

/// Words that never end a line before a space and a number.
const BEFORE_NUMBERS: &[&str] = &[
    "No.",
    "Nos.",
    "Nr.",
    "Nrn.",
    "S.",
    "p.",
    "pp.",
    "Art.",
    "Abs.",
    "Fig.",
    "Abb.",
    "Tab.",
    "Vol.",
    "Bd.",
    "Kap.",
    "Ch.",
    "Figure",
    "Table",
    "Page",
    "Abbildung",
    "Tabelle",
    "Seite",
    "§",
    "§§",
    "EUR",
    "USD",
    "CNY",
    "RMB",
    "€",
    "$",
    "¥",
];

/// Words that never begin a line after the number of a day.
const MONTHS: &[&str] = &[
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
    "Januar",
    "Februar",
    "März",
    "Mai",
    "Juni",
    "Juli",
    "Oktober",
    "Dezember",
];

/// Chinese units, which follow the powers of ten: `74.48万辆`, `2463亿欧元`, `1.9个百分点`.
const COUNTED: &[&str] = &[
    "个百分点",
    "平方公里",
    "平方米",
    "千瓦时",
    "吉瓦时",
    "人民币",
    "千瓦",
    "吉瓦",
    "兆瓦",
    "欧元",
    "美元",
    "公里",
    "千克",
    "家企业",
    "辆",
    "台",
    "家",
    "个",
    "人",
    "吨",
    "元",
    "倍",
    "项",
    "次",
    "年",
    "月",
    "日",
];

/// Returns the bytes of `text` before which no line may begin, in rising order.
pub(super) fn forbidden(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    // Without a digit or a full stop there is nothing to find.
    if text.contains(|c: char| c.is_ascii_digit()) {
        numbers(text, &mut found);
    }
    if text.contains('.') {
        initials(text, &mut found);
    }
    // The label of a note's sources is one word.
    found.extend(text.match_indices("来源：").map(|(at, label)| at + label.chars().next().map_or(0, char::len_utf8)));
    // A spaced dash ends its line rather than beginning one; UAX #14 sees the space only.
    for dash in ["– ", "— ", "… "] {
        found.extend(
            text.match_indices(dash)
                .map(|(at, _)| at)
                .filter(|at| text.get(..*at).is_some_and(|before| before.ends_with(' '))),
        );
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn numbers(text: &str, found: &mut Vec<usize>) {
    let mut at = 0;
    while let Some(start) =
        text.get(at..).and_then(|rest| rest.find(|c: char| c.is_ascii_digit())).map(|next| at + next)
    {
        let end = number_end(text, start, found);
        before_number(text, start, found);
        behind_number(text, start, end, found);
        at = end;
    }
}

/// Returns where a number ends; `2021–2024` is one.
fn number_end(text: &str, start: usize, found: &mut Vec<usize>) -> usize {
    let mut end = start;
    for (at, c) in text.get(start..).unwrap_or_default().char_indices() {
        let at = start + at;
        match c {
            '0'..='9' => {
                // UAX #14 lets a line end behind a dash (class BA).
                if text.get(..at).is_some_and(|before| before.ends_with('–')) {
                    found.push(at);
                }
                end = at + 1;
            }
            '.' | ',' | '/' | '-' | '–' | '\u{202f}' if at - end == 0 => {}
            _ => break,
        }
    }
    end
}

fn before_number(text: &str, start: usize, found: &mut Vec<usize>) {
    let before = text.get(..start).unwrap_or_default();
    let signed = before.trim_end_matches(['−', '+', '±']);
    match signed.strip_suffix(' ') {
        Some(words) => {
            let word = words.rsplit([' ', '\u{a0}', '(', '\n']).next().unwrap_or_default();
            if stands_before_numbers(word) {
                found.push(signed.len());
            }
        }
        // 第12期, 图2
        None if signed.ends_with(['第', '图', '表']) => found.push(signed.len()),
        None => {}
    }
}

fn behind_number(text: &str, start: usize, end: usize, found: &mut Vec<usize>) {
    let rest = text.get(end..).unwrap_or_default();
    if rest.starts_with(is_han) {
        return behind_han(text, end, found);
    }
    // `24 February`, `24. Februar`
    let day = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(' '));
    if let Some(month) = day.filter(|_| end - start <= 2)
        && MONTHS.contains(&word(month))
    {
        found.push(text.len() - month.len());
    }
    let mut rest = rest;
    while let Some(next) = rest.strip_prefix([' ', '\u{a0}']) {
        let unit = word(next);
        if !is_unit(unit) {
            break;
        }
        found.push(text.len() - next.len());
        rest = next.get(unit.len()..).unwrap_or_default();
        if unit == "per" && rest.starts_with(" cent") {
            found.push(text.len() - rest.len() + 1);
        }
    }
}

fn behind_han(text: &str, end: usize, found: &mut Vec<usize>) {
    found.push(end);
    let mut at = end;
    while let Some(power) = text.get(at..).and_then(|rest| rest.chars().next()).filter(|c| "十百千万亿".contains(*c))
    {
        found.push(at);
        at += power.len_utf8();
    }
    let rest = text.get(at..).unwrap_or_default();
    if let Some(unit) = COUNTED.iter().find(|unit| rest.starts_with(**unit)) {
        found.extend(unit.char_indices().map(|(inside, _)| at + inside));
        // 2月24日
        let day = rest.strip_prefix('月').unwrap_or_default();
        if day.starts_with(|c: char| c.is_ascii_digit())
            && day.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('日')
        {
            found.push(text.len() - day.len());
        }
    }
}

/// Returns the bytes of `text` before which a line may begin if the one before cannot be filled otherwise, in rising order: between
/// a number in 万 or 亿 and its unit; and inside a unit.
pub(super) fn loose(text: &str) -> [Vec<usize>; 2] {
    let powers = |c: char| "十百千万亿".contains(c);
    let (mut before, mut inside) = (Vec::new(), Vec::new());
    for (digit, last) in text.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
        let rest = text.get(digit + last.len_utf8()..).unwrap_or_default();
        let unit = rest.trim_start_matches(powers);
        let at = text.len() - unit.len();
        let Some(known) = COUNTED.iter().find(|known| unit.starts_with(**known)) else { continue };
        if unit.len() < rest.len() {
            before.push(at);
        }
        inside.extend(known.char_indices().skip(1).map(|(inner, _)| at + inner));
    }
    [before, inside]
}

/// Returns the bytes of a Chinese text at which a line may end beside a quotation mark, in rising order. UAX #14 takes such a mark
/// for one of either side and lets no line end between it and a Latin word.
pub(super) fn beside_quotes(text: &str) -> Vec<usize> {
    let wide = |c: char| is_han(c) || "，。、；：！？".contains(c);
    let mut last: [Option<char>; 2] = [None, None];
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        let [before, quote] = last;
        if matches!(quote, Some('”' | '’')) && before.is_some_and(wide) && c.is_ascii_alphanumeric() {
            found.push(at);
        }
        if matches!(c, '“' | '‘')
            && quote.is_some_and(|before| before.is_ascii_alphanumeric())
            && text.get(at + c.len_utf8()..).is_some_and(|after| after.starts_with(is_han))
        {
            found.push(at);
        }
        last = [quote, Some(c)];
    }
    found
}

/// Returns how many bytes of a text that begins with an amount, or with what is left of one, are part of it; word joiners hold it
/// together.
pub(super) fn amount(text: &str) -> usize {
    let mut joined = true;
    let end = text.find(|c: char| {
        let ends = is_han(c) && !joined;
        joined = c == WORD_JOINER;
        ends || !(is_han(c) || joined || c.is_ascii_digit() || "（“‘《「.,–-/+−±".contains(c))
    });
    end.unwrap_or(text.len())
}

/// Keeps the initials of a name together (`J. W. Goethe`), and abbreviations of the same kind (`z. B.`, `i. d. R.`).
fn initials(text: &str, found: &mut Vec<usize>) {
    for (dot, _) in text.match_indices(". ") {
        let single = |word: &str| {
            let mut letters = word.chars();
            letters.next().filter(|c| c.is_alphabetic()).filter(|_| letters.next().is_none())
        };
        let before = text.get(..dot).unwrap_or_default();
        let Some(first) = single(before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()) else {
            continue;
        };
        let next = text.get(dot + 2..).unwrap_or_default();
        let shortened = next.split_once('.').is_some_and(|(word, _)| single(word).is_some());
        if shortened || (first.is_uppercase() && next.starts_with(char::is_uppercase)) {
            found.push(dot + 2);
        }
    }
}

/// Returns whether a word is a unit that stands after a number.
pub(super) fn is_unit(word: &str) -> bool {
    UNITS.contains(&word)
}

/// Returns whether a word stands before a number, such as `Abbildung`.
pub(super) fn stands_before_numbers(word: &str) -> bool {
    BEFORE_NUMBERS.contains(&word)
}

/// Returns the word that a text begins with, without the punctuation after it.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && !".!?%‰°€$¥".contains(c)).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    if is_unit(word) { word } else { word.trim_end_matches(['.', '!', '?']) }
}

/// Returns whether a character is Han: a unified ideograph, also of an extension, or a sign that stands for one.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with `×` where no line may begin.
    fn shown(text: &str) -> String {
        let mut shown = text.to_owned();
        forbidden(text).into_iter().rev().for_each(|at| shown.insert(at, '×'));
        shown
    }

    #[test]
    fn a_number_and_its_unit_are_one() {
        for (text, wanted) in [
            ("EUR 246.3 billion euros in 2024.", "EUR ×246.3 ×billion ×euros in 2024."),
            ("fell by 3.4 percentage points, 8 per cent.", "fell by 3.4 ×percentage points, 8 ×per ×cent."),
            ("246,3 Mrd. Euro und 3,4 % (5 Prozent).", "246,3 ×Mrd. ×Euro und 3,4 ×% (5 ×Prozent)."),
            ("about −3 GW, 12 houses, 7 of them", "about −3 ×GW, 12 houses, 7 of them"),
            ("744,800 vehicles", "744,800 vehicles"),
            ("2021–2024 and 2024/25", "2021–×2024 and 2024/25"),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }

    #[test]
    fn days_numbered_things_and_initials_are_one() {
        for (text, wanted) in [
            ("on 24 February 2025, am 24. Februar", "on 24 ×February 2025, am 24. ×Februar"),
            ("2024 March figures", "2024 March figures"),
            ("Nr. 12, S. 3–4 und (Abb. 2)", "Nr. ×12, S. ×3–×4 und (Abb. ×2)"),
            ("see Figure 2 and § 5", "see Figure ×2 and § ×5"),
            ("J. W. Goethe, z. B. so, i. d. R. so", "J. ×W. ×Goethe, z. ×B. so, i. ×d. ×R. so"),
            ("The end. Then it began.", "The end. Then it began."),
            ("one – two — three … four", "one ×– two ×— three ×… four"),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }

    #[test]
    fn a_line_may_begin_with_the_unit_of_a_large_amount_if_need_be() {
        for (text, wanted) in [
            ("为74.48万辆，2463亿欧元", "为74.48万/辆，2463亿/欧:元"),
            ("546家企业，1.9个百分点", "546家:企:业，1.9个:百:分:点"),
            ("8.1%，2025年2月24日，9辆", "8.1%，2025年2月24日，9辆"),
        ] {
            let [before, inside] = loose(text);
            let mut marks: Vec<(usize, char)> = before.into_iter().map(|at| (at, '/')).collect();
            marks.extend(inside.into_iter().map(|at| (at, ':')));
            marks.sort_unstable();
            let mut shown = text.to_owned();
            marks.into_iter().rev().for_each(|(at, mark)| shown.insert(at, mark));
            assert_eq!(shown, wanted);
        }
        let held = "2463\u{2060}亿\u{2060}欧\u{2060}元";
        assert_eq!(amount(&format!("{held}，占")), held.len());
        assert_eq!(amount("百\u{2060}分\u{2060}点，"), "百\u{2060}分\u{2060}点".len());
        assert_eq!(amount("合作"), "合".len());
    }

    #[test]
    fn a_chinese_line_may_end_between_a_quotation_and_a_latin_word() {
        for (text, wanted) in [
            ("他说：“好。”Volkswagen与", "他说：“好。”/Volkswagen与"),
            ("CATL“合作”是", "CATL/“合作”是"),
            ("VW’s “ID” ‘是’，是", "VW’s “ID” ‘是’，是"),
        ] {
            let mut shown = text.to_owned();
            beside_quotes(text).into_iter().rev().for_each(|at| shown.insert(at, '/'));
            assert_eq!(shown, wanted);
        }
    }

    #[test]
    fn chinese_numbers_keep_what_they_count() {
        for (text, wanted) in [
            ("销量为74.48万辆，", "销量为74.48×万×辆，"),
            ("2463亿欧元和546家企业", "2463×亿×欧×元和546×家×企×业"),
            ("上升1.9个百分点至2025年2月24日", "上升1.9×个×百×分×点至2025×年2×月×24×日"),
            ("第12期，见图2", "第×12×期，见图×2"),
            ("2月和24家，12月24日", "2×月和24×家，12×月×24×日"),
            ("缺少数据。来源：[3]", "缺少数据。来×源：[3]"),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }
}
