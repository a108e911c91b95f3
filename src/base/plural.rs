//! Counts with their noun in English.

/// `1 mail`, `2 mails`; `1 entry`, `2 entries`; `1 address`, `2 addresses`; `1 series`, `2 series`.
pub fn counted(count: impl TryInto<i64>, noun: &str) -> String {
    // A count that does not fit is surely not one.
    let count = count.try_into().unwrap_or(i64::MAX);
    if count == 1 { format!("1 {noun}") } else { format!("{count} {}", plural(noun)) }
}

/// The plural of a regular noun, and of the irregular ones that this program counts.
fn plural(noun: &str) -> String {
    if noun.ends_with("series") {
        return noun.to_owned();
    }
    if let Some(stem) = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u'])) {
        return format!("{stem}ies");
    }
    let ending = if ["s", "x", "ch", "sh"].iter().any(|end| noun.ends_with(end)) { "es" } else { "s" };
    format!("{noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_and_its_noun_agree() {
        for (noun, one, many) in [
            ("mail", "1 mail", "2 mails"),
            ("time", "1 time", "2 times"),
            ("row", "1 row", "2 rows"),
            ("entry", "1 entry", "2 entries"),
            ("day", "1 day", "2 days"),
            ("address", "1 address", "2 addresses"),
            ("series", "1 series", "2 series"),
            ("branch", "1 branch", "2 branches"),
            ("time series", "1 time series", "2 time series"),
        ] {
            assert_eq!((counted(1, noun), counted(2, noun)), (one.to_owned(), many.to_owned()));
        }
        assert_eq!(counted(0, "mail"), "0 mails");
        assert_eq!(counted(u64::MAX, "mail"), format!("{} mails", i64::MAX));
    }
}
