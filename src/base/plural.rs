//! Counts with their noun in English.

/// `1 mail`, `2 mails`.
pub fn counted(count: impl TryInto<i64>, noun: &str) -> String {
    // A count that does not fit is surely not one.
    let count = count.try_into().unwrap_or(i64::MAX);
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
