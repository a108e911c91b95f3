//! `[gate]` of a brief, what findings of checks mean for its editions, and `[release]`, how many people release one. What the
//! checks are is in `figures::checks`.

use crate::{
    config::reading::table_reader::TableReader,
    figures::checks::{Check, GateRules, Verdict},
};

/// What a check may be told to do.
pub(in crate::config) const VERDICTS: [&str; 3] = [Verdict::Hold.word(), Verdict::Warn.word(), Verdict::Pass.word()];

/// Reads the table; a check that is not named keeps its default.
pub(in crate::config) fn read(reader: TableReader<'_>) -> Option<GateRules> {
    let mut reader = reader;
    let words = Verdict::ALL.map(|verdict| (verdict.word(), verdict));
    let mut rules = GateRules::default();
    let mut is_whole = true;
    // News is no check of the gate: each schedule says what becomes of an edition without any.
    for check in Check::ALL.into_iter().filter(|check| *check != Check::News) {
        match reader.choice(check.word(), check.default_verdict(), &words) {
            Some(verdict) if verdict != check.default_verdict() => rules.set(check, verdict),
            Some(_) => {}
            None => is_whole = false,
        }
    }
    reader.finish();
    is_whole.then_some(rules)
}

/// The most people that a brief may ask for.
pub(in crate::config) const MOST_APPROVALS: i64 = 5;

/// Reads `[release]`: the number of people who must release each edition.
pub(in crate::config) fn approvals(reader: TableReader<'_>) -> Option<u32> {
    let mut reader = reader;
    let given = reader.get("approvals").is_some();
    let approvals = if given { reader.whole("approvals", 0..=MOST_APPROVALS) } else { Some(0) };
    reader.finish();
    approvals.and_then(|approvals| u32::try_from(approvals).ok())
}
