//! How far a value reaches into a brief: it is filled and laid out once as it was, and once with another value in that place. The
//! pages that differ are those on which the value stands, or something that follows from it.

use rust_decimal::Decimal;

use crate::{
    base::{language::Language, problem::Problems},
    document::{
        brief::Filled,
        layout::{self, document::Document},
        svg,
    },
    figures::{Identity, Snapshot},
};

use super::rebuild::Kept;

/// How far a value reaches in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The language
    pub language: Language,
    /// Whether it is printed, and so stands among the attached figures; else only something follows from it
    pub printed: bool,
    /// The pages that would say something else, from 1; `None` if that cannot be found out
    pub pages: Option<Vec<usize>>,
    /// Whether the text of the mail would
    pub in_mail: bool,
}

impl Reach {
    /// Whether the value does anything in this language.
    pub fn is_some(&self) -> bool {
        self.printed || self.in_mail || self.pages.as_ref().is_none_or(|pages| !pages.is_empty())
    }
}

/// How far a value reaches in each of these languages.
///
/// # Errors
/// The brief cannot be filled as it was: this program reads its template otherwise.
pub fn reach(kept: &Kept, languages: &[Language], value: &Identity) -> Result<Vec<Reach>, Problems> {
    let other = with_another(&kept.snapshot, value);
    languages.iter().map(|language| one(kept, &other, *language)).collect()
}

fn one(kept: &Kept, other: &Snapshot, language: Language) -> Result<Reach, Problems> {
    let Kept { template, snapshot, frame } = kept;
    let was = template.fill(snapshot, language, frame)?;
    let laid_out = layout::lay_out(&was.brief, &template.theme)?;
    // With another value a template may not be filled: it may compare what only one of them allows.
    let Ok(mut would_be) = template.fill(other, language, frame) else {
        return Ok(Reach { language, printed: true, pages: None, in_mail: true });
    };
    // The snapshot's id stands at the foot of each page.
    would_be.brief.snapshot.clone_from(&was.brief.snapshot);
    let pages = layout::lay_out(&would_be.brief, &template.theme).ok().map(|other| differing(&laid_out, &other));
    Ok(Reach { language, printed: attached(&was) != attached(&would_be), pages, in_mail: was.mail != would_be.mail })
}

/// The attached figures.
fn attached(filled: &Filled) -> Option<&[u8]> {
    filled.brief.attachments.first().map(|attachment| &*attachment.bytes)
}

/// The pages that look otherwise.
fn differing(was: &Document, would_be: &Document) -> Vec<usize> {
    let pages = 0..was.pages.len();
    pages.filter(|page| svg::page(was, *page) != svg::page(would_be, *page)).map(|page| page + 1).collect()
}

/// The figures with another value in one place: larger by a few per cent, so that it rounds to other digits, and of as many
/// digits if that is possible, so that lines break where they did.
fn with_another(snapshot: &Snapshot, (series, period, vintage): &Identity) -> Snapshot {
    let mut other = snapshot.clone();
    let observations = other.data.observations.get_mut(series).into_iter().flatten();
    for observation in observations.filter(|it| it.period == *period && it.vintage == *vintage) {
        observation.value = another(observation.value);
    }
    other
}

fn another(value: Decimal) -> Decimal {
    let digits = |value: Decimal| value.trunc().abs().to_string().len();
    let times = |hundredths: i64| (value * Decimal::new(hundredths, 2)).round_dp(value.scale());
    let changed = [113, 87].map(times).into_iter().find(|other| digits(*other) == digits(value) && *other != value);
    changed.unwrap_or_else(|| value + Decimal::new(1, value.scale()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_value_has_as_many_digits() {
        for (value, other) in [("744800", "841624"), ("9.5", "8.3"), ("-3.4", "-3.8"), ("0", "1"), ("0.0", "0.1")] {
            assert_eq!(another(value.parse().unwrap()).to_string(), other, "{value}");
        }
    }
}
