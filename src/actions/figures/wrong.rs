//! A value is wrong: which editions it reached, on which pages in which languages, how many readers have them, and the commands
//! that correct them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Serialize;

use super::known_series;
use crate::{
    actions::{Installation, Result},
    base::{
        ids::EditionName,
        language::{Language, PerLanguage},
        problem::Problem,
    },
    edition::{
        reach::{Reach, reach},
        rebuild::{Kept, kept_or_near},
    },
    figures::{Identity, Known, Observation, Period, Published, Series, SeriesId},
    store::{Edition, EditionQuery, EditionState, Store},
};

/// A value that is wrong.
#[derive(Debug, Serialize)]
pub struct WrongValue {
    /// The series
    pub series: SeriesId,
    /// Its English title
    pub title: String,
    /// The period
    pub period: Period,
    /// The editions that it reached, oldest first
    pub editions: Vec<ReachedEdition>,
    /// The commands that would correct them, as drafts: `--dry-run` is to be taken off
    pub corrections: Vec<String>,
    /// The commands that drop the editions that are held, which nobody has yet
    pub discards: Vec<String>,
}

/// An edition that a wrong value reached.
#[derive(Debug, Serialize)]
pub struct ReachedEdition {
    /// Its name
    pub edition: EditionName,
    /// Its state
    pub state: EditionState,
    /// The slot that it was made for
    pub slot: DateTime<Utc>,
    /// The correction by which it is superseded already
    pub superseded_by: Option<EditionName>,
    /// Its languages
    pub languages: Vec<ReachedLanguage>,
}

/// A wrong value in one language of an edition.
#[derive(Debug, Serialize)]
pub struct ReachedLanguage {
    /// The language
    pub language: Language,
    /// The vintage
    pub vintage: Published,
    /// The value
    pub value: Decimal,
    /// Whether it is printed; else only something that follows from it is
    pub printed: bool,
    /// The pages on which it stands, or something that follows from it; `None` if that cannot be found out
    pub pages: Option<Vec<usize>>,
    /// Whether it does in the text of the mail
    pub in_mail: bool,
    /// Readers to whom it was sent
    pub sent: i64,
    /// Readers to whom it may have been
    pub unknown: i64,
}

/// Finds every edition that went out with a value, and those that are held with it. Without a vintage, all vintages of the period are meant.
///
/// # Errors
/// There is no such series, or the store cannot be read.
pub async fn wrong(
    installation: &Installation,
    id: &str,
    period: Period,
    vintage: Option<Published>,
) -> Result<WrongValue> {
    let data = installation.catalogue(Known::Now).await?;
    let series = known_series(&data, id)?;
    let mut search = Search { store: installation.existing_store().await?, series: &series.id, found: HashMap::new() };
    let (mut editions, mut corrections, mut discards) = (Vec::new(), Vec::new(), Vec::<String>::new());
    let mut known = false;
    for edition in search.store.editions().listed(EditionQuery::default(), i64::MAX).await?.into_iter().rev() {
        // What is held and could not be made has no pages.
        let is_held = edition.state == EditionState::Held && search.store.editions().is_made(edition.id).await?;
        if edition.released.is_none() && !is_held {
            continue;
        }
        let kept = kept_or_near(search.store, &edition).await?;
        for wrong in of_period(&kept, &series.id, period, vintage) {
            known = true;
            let languages = search.languages(&edition, &kept, &wrong).await?;
            if languages.is_empty() {
                continue;
            }
            let superseded_by = search.store.editions().superseded_by(edition.id).await?.map(|it| it.edition);
            if is_held {
                discards.push(format!("greenbrief editions discard {} --reason 'a wrong value'", edition.name()));
            } else if superseded_by.is_none() && languages.iter().any(|it| it.sent + it.unknown > 0) {
                corrections.push(draft(&edition.name(), series, &wrong));
            }
            let (name, state, slot) = (edition.name(), edition.state, edition.slot);
            editions.push(ReachedEdition { edition: name, state, slot, superseded_by, languages });
        }
    }
    if !known {
        let vintage = vintage.map_or_else(String::new, |vintage| format!(" in the vintage {vintage}"));
        let problem = Problem::error(format!("no edition was frozen with a value of {id} for {period}{vintage}"));
        return Err(problem.hint(format!("`greenbrief figures show {id}` lists its values")).into());
    }
    discards.dedup();
    let (series, title) = (series.id.clone(), series.title.en.clone());
    Ok(WrongValue { series, title, period, editions, corrections, discards })
}

/// The values of a period that an edition was frozen with.
fn of_period(kept: &Kept, series: &SeriesId, period: Period, vintage: Option<Published>) -> Vec<Observation> {
    let all = kept.snapshot.data.observations.get(series).into_iter().flatten();
    let meant = all.filter(|it| it.period == period && vintage.is_none_or(|vintage| it.vintage == vintage));
    meant.cloned().collect()
}

/// The search of editions. Many have the same template and the same figures.
struct Search<'a> {
    store: &'a Store,
    series: &'a SeriesId,
    /// How far a value reaches, by its vintage, the snapshot, and the keys of the template's files
    found: HashMap<(Published, String, Vec<String>), Vec<Reach>>,
}

impl Search<'_> {
    async fn languages(&mut self, edition: &Edition, kept: &Kept, wrong: &Observation) -> Result<Vec<ReachedLanguage>> {
        let languages = self.store.editions().languages(&edition.brief, edition.number).await?;
        let inputs = self.store.editions().inputs(edition.id).await?;
        let template = inputs.into_iter().filter(|(name, _)| name.starts_with("template/")).map(|(_, key)| key);
        let key = (wrong.vintage, edition.snapshot.clone(), template.collect());
        let reaches = match self.found.get(&key) {
            Some(found) => found.clone(),
            None => {
                let value: Identity = (self.series.clone(), wrong.period, wrong.vintage);
                // A brief that cannot be filled any more: nobody can say that it does not reach it.
                let unknown =
                    |language: &Language| Reach { language: *language, printed: true, pages: None, in_mail: true };
                let found = reach(kept, &languages, &value);
                let found = found.unwrap_or_else(|_| languages.iter().map(unknown).collect());
                self.found.insert(key, found.clone());
                found
            }
        };
        let readers: BTreeMap<Language, (i64, i64)> = self.store.editions().readers(edition.id).await?;
        let reached = reaches.into_iter().filter(Reach::is_some).map(|Reach { language, printed, pages, in_mail }| {
            let (sent, unknown) = readers.get(&language).copied().unwrap_or_default();
            let (vintage, value) = (wrong.vintage, wrong.value);
            ReachedLanguage { language, vintage, value, printed, pages, in_mail, sent, unknown }
        });
        Ok(reached.collect())
    }
}

/// The command that would correct an edition, with a reason in each language that is to be read again by a person.
fn draft(edition: &EditionName, series: &Series, wrong: &Observation) -> String {
    let Observation { period, value, .. } = wrong;
    let title = &series.title;
    let reason = PerLanguage {
        en: format!("{}, {period}: {value} was wrong.", title.en),
        de: format!("{}, {period}: {value} war falsch.", title.de),
        zh: format!("{}（{period}）：{value}有误。", title.zh),
    };
    let [en, de, zh] = [&reason.en, &reason.de, &reason.zh].map(|text| text.replace('\'', "’"));
    format!(
        "greenbrief editions correct {edition} --reason '{en}' --reason-in 'de={de}' --reason-in 'zh={zh}' --dry-run"
    )
}
