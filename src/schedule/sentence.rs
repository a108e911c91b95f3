//! A cron rule as an English sentence, for people who look at a plan. Times and days only; the zone is not in it.

/// One sentence without a full stop.
pub(super) fn describe(pattern: &croner::Cron) -> String {
    pattern.describe().trim_end_matches('.').to_owned()
}
