//! Where the sentences of a text end. An abbreviation or an ordinal number ends none; ISO and CLDR have no list that covers
//! the words of economic reports, so the common ones stand here.

use std::ops::Range;

/// Words that end with a full stop inside a sentence, in small letters and without it.
const ABBREVIATIONS: [&str; 30] = [
    "abs", "art", "bn", "bzw", "ca", "co", "corp", "dr", "etc", "evtl", "fig", "ggf", "inc", "inkl", "ltd", "max",
    "min", "mio", "mr", "mrd", "ms", "nr", "no", "prof", "rd", "sog", "st", "vgl", "vs", "zzgl",
];
/// German months, before which a number with a full stop is a day.
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"];

/// The sentences of a text, in bytes, each with its stop and what closes behind it; the blanks between them belong to the
/// next.
pub(super) fn sentences(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut from) = (Vec::new(), 0);
    for (at, c) in text.char_indices() {
        if at < from || !matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？') {
            continue;
        }
        let after = text.get(at + c.len_utf8()..).unwrap_or_default();
        let rest = after.trim_start_matches(['”', '’', '“', '»', '«', '"', ')', '）', '」', '』']);
        let is_wide = matches!(c, '。' | '！' | '？');
        let before = text.get(from..at).unwrap_or_default();
        if is_wide || rest.is_empty() || rest.starts_with(char::is_whitespace) && !(c == '.' && goes_on(before, rest)) {
            let end = text.len() - rest.len();
            found.push(from..end);
            from = end;
        }
    }
    if from < text.len() || found.is_empty() {
        found.push(from..text.len());
    }
    found
}

/// Whether a full stop between these words belongs to the word before it.
fn goes_on(before: &str, after: &str) -> bool {
    let next = after.trim_start();
    let word =
        before.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '-' | '\u{a0}')).next().unwrap_or_default();
    let ordinal = !word.is_empty() && word.len() < 3 && word.bytes().all(|byte| byte.is_ascii_digit());
    let abbreviation = ABBREVIATIONS.contains(&word.to_lowercase().as_str());
    let initial = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    abbreviation
        || initial
        || next.starts_with(char::is_lowercase)
        || ordinal && MONTHS.iter().any(|month| next.starts_with(month))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        sentences(text).into_iter().map(|at| &text[at]).collect()
    }

    #[test]
    fn sentences_end_at_their_stops() {
        assert_eq!(cut("One 1.5 two. Three? Four"), ["One 1.5 two.", " Three?", " Four"]);
        assert_eq!(cut("一。二！三"), ["一。", "二！", "三"]);
        assert_eq!(cut("“One.” (Two.) Three."), ["“One.”", " (Two.)", " Three."]);
        assert_eq!(cut("他说：“一。”二。"), ["他说：“一。”", "二。"]);
        assert_eq!((cut(""), cut(" ")), (vec![""], vec![" "]));
    }

    #[test]
    fn abbreviations_and_days_end_none() {
        for whole in [
            "Es waren 16,49 Mio. Autos, z. B. solche mit Akku.",
            "Am 29. November galt er.",
            "Art. 5 vs. the rest, i.e. all, approx. five.",
        ] {
            assert_eq!(cut(whole), [whole]);
        }
        assert_eq!(cut("Es stieg auf 2,0. Danach fiel es."), ["Es stieg auf 2,0.", " Danach fiel es."]);
        assert_eq!(cut("It came to 12. Then it fell."), ["It came to 12.", " Then it fell."]);
    }
}
