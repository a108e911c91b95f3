//! The gate of an edition: what the checks find in the figures that it prints, and whether it prints anything that its last
//! one did not. What a finding means is in the spec.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use chrono::{DateTime, Utc};

use super::{check::within_time, spec::EditionSpec};
use crate::{
    base::{
        gzip,
        ids::EditionName,
        language::Language,
        problem::{Problem, Problems, Severity},
    },
    document::brief::{Frame, Template},
    figures::{
        Period, SeriesId, Snapshot,
        checks::{self, Check, CheckFailure, Finding, GateRules, LastEdition, PrintedValue, Subject, Verdict},
        links::{DeadLinks, LinkRecord},
    },
    store::{Edition, Error, Store},
};

/// Maximum size of the figures of an edition, unpacked.
pub(super) const MOST_FIGURES: u64 = 64 << 20;

/// What the gate knows beside the figures.
#[derive(Debug, Clone, Default)]
pub struct GateInput {
    /// The last edition of the brief that was released, if there is one
    pub last: Option<LastPrinted>,
    /// Links that count as dead
    pub dead_links: DeadLinks,
}

impl GateInput {
    /// For the next edition of a brief.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn of(store: &Store, brief: &str) -> anyhow::Result<GateInput> {
        Ok(GateInput { last: LastPrinted::of(store, brief).await?, ..GateInput::of_correction(store).await? })
    }

    /// For a correction: it is made to print something else than what it corrects.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn of_correction(store: &Store) -> anyhow::Result<GateInput> {
        Ok(GateInput { last: None, dead_links: store.figures().dead_links().await? })
    }
}

/// What the last edition of a brief was made from, and what it printed.
#[derive(Debug, Clone)]
pub struct LastPrinted {
    /// `BRIEF/N`
    pub name: EditionName,
    /// Why it cannot be read back, if so
    content: Result<Content, String>,
}

#[derive(Debug, Clone)]
struct Content {
    snapshot: Snapshot,
    /// When the snapshot was taken
    taken: DateTime<Utc>,
    /// `None` of an edition from before there was an archive
    printed: Option<BTreeSet<PrintedValue>>,
    /// The figures as CSV, by language
    figures: BTreeMap<Language, Vec<u8>>,
    /// The files of its template
    template: BTreeMap<String, Vec<u8>>,
}

impl LastPrinted {
    /// Reads the last edition of a brief that was released.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn of(store: &Store, brief: &str) -> anyhow::Result<Option<LastPrinted>> {
        let Some(edition) = store.editions().last_released(brief).await? else { return Ok(None) };
        // One that is damaged holds the next edition, which a person may release; a store that is away is asked again.
        let content = match Content::read(store, &edition).await {
            Ok(content) => Ok(content),
            Err(error) if error.downcast_ref::<Error>().is_some_and(|error| !matches!(error, Error::Corrupt(_))) => {
                return Err(error.context(format!("{} cannot be read", edition.name())));
            }
            Err(error) => Err(format!("{error:#}")),
        };
        Ok(Some(LastPrinted { name: edition.name(), content }))
    }

    fn as_last<'a>(&'a self, name: &'a str) -> Option<LastEdition<'a>> {
        let content = self.content.as_ref().ok()?;
        Some(LastEdition { name, snapshot: &content.snapshot, printed: content.printed.as_ref() })
    }

    /// Whether a brief of this template with these figures prints what this edition did.
    fn is_same(&self, template: &Template, figures: &BTreeMap<Language, Vec<u8>>) -> bool {
        self.content.as_ref().is_ok_and(|content| {
            content.template == template.files
                && figures.iter().all(|(language, csv)| {
                    content.figures.get(language).is_some_and(|had| had == csv || unnumbered(had) == unnumbered(csv))
                })
        })
    }
}

impl Content {
    async fn read(store: &Store, edition: &Edition) -> anyhow::Result<Content> {
        let snapshot = Snapshot::from_bytes(&store.blob(&edition.snapshot).await?)?;
        let mut figures = BTreeMap::new();
        for (language, key) in store.editions().figures(edition.id).await? {
            figures.insert(language, gzip::unpack(&store.blob(&key).await?, MOST_FIGURES)?);
        }
        let mut template = BTreeMap::new();
        for (name, key) in store.editions().inputs(edition.id).await? {
            if let Some(name) = name.strip_prefix("template/") {
                template.insert(name.to_owned(), store.blob(&key).await?);
            }
        }
        let printed = (!figures.is_empty()).then(|| figures.values().flat_map(|csv| values_of(csv)).collect());
        Ok(Content { snapshot, taken: edition.snapshot_at, printed, figures, template })
    }
}

/// The values that a list of figures holds.
fn values_of(csv: &[u8]) -> Vec<PrintedValue> {
    let mut reader = csv::Reader::from_reader(csv);
    let value = |record: csv::StringRecord| {
        let (series, period) = (SeriesId::new(record.get(0)?)?, record.get(1)?.parse::<Period>().ok()?);
        Some((series, period))
    };
    reader.records().filter_map(|record| value(record.ok()?)).collect()
}

/// A list of figures without the numbers of their sources, which move when a source is cited earlier.
fn unnumbered(csv: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv);
    let numbers = reader.headers().ok().and_then(|heads| heads.iter().position(|head| head == "sources"));
    let cells = |record: csv::StringRecord| {
        let other = record.iter().enumerate().filter(|(nth, _)| Some(*nth) != numbers);
        other.map(|(_, cell)| cell.to_owned()).collect()
    };
    reader.records().filter_map(|record| Some(cells(record.ok()?))).collect()
}

/// What a brief prints, in all its languages.
pub(super) struct Printed {
    values: BTreeSet<PrintedValue>,
    figures: BTreeMap<Language, Vec<u8>>,
    /// What is warned of in the template
    warnings: Problems,
}

impl Printed {
    /// What a draft prints. An error of its template is told by `Err`.
    pub(super) fn by(
        template: &Template,
        snapshot: &Snapshot,
        languages: &[Language],
        frame: &Frame,
    ) -> Result<Printed, Problems> {
        let texts: Vec<_> = languages.iter().map(|language| template.check_text(snapshot, *language, frame)).collect();
        let (mut values, mut figures) = (BTreeSet::new(), BTreeMap::new());
        for text in &texts {
            let Some(filled) = &text.filled else { continue };
            values.extend(filled.printed.iter().cloned());
            let csv = filled.brief.attachments.first().map(|attachment| attachment.bytes.clone());
            figures.insert(text.language, csv.unwrap_or_default());
        }
        let warnings = template.check_together(texts).without_errors()?;
        Ok(Printed { values, figures, warnings })
    }
}

/// What the gate has found, what holds first.
#[derive(Debug, Clone, Default)]
pub struct Findings(pub Vec<Finding>);

impl Findings {
    /// Whether one of them holds the edition.
    pub fn hold(&self) -> bool {
        self.0.iter().any(|finding| finding.verdict == Verdict::Hold)
    }

    /// As problems.
    pub fn into_problems(self) -> Problems {
        self.0.into_iter().collect()
    }
}

/// What the checks find in what a brief prints, also that it is nothing new.
pub(super) fn examine(
    rules: &GateRules,
    template: &Template,
    snapshot: &Snapshot,
    printed: &Printed,
    input: &GateInput,
) -> Findings {
    let GateInput { last, dead_links } = input;
    let last = last.as_ref();
    let name = last.map(|last| last.name.to_string()).unwrap_or_default();
    let as_last = last.and_then(|last| last.as_last(&name));
    let mut found = checks::run(
        &Subject { snapshot, printed: Some(&printed.values), last: as_last, dead_links: Some(dead_links) },
        rules,
    );
    // What the last edition had, too, was sent by its gate or by a person: nobody decides it twice. A check that fails does not
    // say of what.
    let known = known_before(rules, input).unwrap_or_default();
    for finding in found.iter_mut().filter(|finding| !finding.series.is_empty()) {
        if known.contains(&what(finding)) {
            finding.verdict = finding.verdict.max(Verdict::Warn);
        }
    }
    if let Some(Err(why)) = last.map(|last| &last.content) {
        found.push(Finding::failed(Check::Revised, &CheckFailure::new(format!("{name} cannot be read: {why}"))));
    }
    found.extend(prose(&printed.warnings, rules));
    if last.is_some_and(|last| last.is_same(template, &printed.figures)) {
        let text = format!("nothing that it prints has changed since {name}");
        found.push(rules.judged(Finding::of_brief(Check::News, text)));
    }
    found.sort_by_key(|finding| finding.verdict);
    Findings(found)
}

/// What is told with an edition: what holds it, what its template says, and what the checks would not have found in the last
/// edition as it was made. Nobody is told the same with each edition; of the first one, `figures check` tells.
pub(super) fn told(found: Findings, rules: &GateRules, input: &GateInput) -> Findings {
    let known = known_before(rules, input);
    let is_told = |finding: &Finding| {
        finding.verdict == Verdict::Hold
            || finding.check == Check::Prose
            || known.as_ref().is_some_and(|known| !known.contains(&what(finding)))
    };
    let is_no_pass = |finding: &Finding| finding.verdict != Verdict::Pass;
    Findings(found.0.into_iter().filter(|finding| is_no_pass(finding) && is_told(finding)).collect())
}

/// What the checks would have found in the last edition as it was made; `None` if there is none.
fn known_before(rules: &GateRules, input: &GateInput) -> Option<BTreeSet<About>> {
    let last = input.last.as_ref()?.content.as_ref().ok()?;
    let was_dead = |link: &LinkRecord| link.confirmed_at.is_some_and(|at| at <= last.taken);
    let dead_links = input.dead_links.iter().filter(|(_, link)| was_dead(link));
    let dead_links = dead_links.map(|(url, link)| (url.clone(), link.clone())).collect();
    let subject =
        Subject { snapshot: &last.snapshot, printed: last.printed.as_ref(), last: None, dead_links: Some(&dead_links) };
    Some(checks::run(&subject, rules).iter().map(what).collect())
}

type About = (Check, String);

/// What a finding says.
fn what(finding: &Finding) -> About {
    (finding.check, finding.text.clone())
}

fn prose(warnings: &Problems, rules: &GateRules) -> Vec<Finding> {
    let told = warnings.0.iter().filter(|problem| problem.severity == Severity::Warning);
    let finding = |problem: &Problem| {
        let finding = Finding::of_brief(Check::Prose, problem.what.clone());
        let finding = Finding { place: problem.place.clone(), ..finding };
        rules.judged(problem.hints.iter().fold(finding, |finding, hint| finding.hint(hint)))
    };
    told.map(finding).filter(|finding| finding.verdict != Verdict::Pass).collect()
}

impl EditionSpec {
    /// All that the gate would find in an edition of `slot` with these figures.
    ///
    /// # Errors
    /// What a person must mend in the template, or filling it stopped.
    pub async fn examined(
        &self,
        snapshot: Snapshot,
        slot: DateTime<Utc>,
        input: GateInput,
    ) -> anyhow::Result<Findings> {
        let (template, languages, rules) = (self.template.clone(), self.languages.clone(), self.gate.clone());
        let frame = self.frame(None, slot);
        let work = move || {
            let printed = Printed::by(&template, &snapshot, &languages, &frame)?;
            Ok::<_, Problems>(examine(&rules, &template, &snapshot, &printed, &input))
        };
        Ok(in_time(work).await??)
    }

    /// What would be told with an edition of `slot` with these figures.
    ///
    /// # Errors
    /// As [`examined`](Self::examined).
    pub async fn gate_findings(
        &self,
        snapshot: Snapshot,
        slot: DateTime<Utc>,
        input: GateInput,
    ) -> anyhow::Result<Findings> {
        let found = self.examined(snapshot, slot, input.clone()).await?;
        Ok(told(found, &self.gate, &input))
    }

    /// The last edition, if one that prints these figures would print nothing else.
    pub(super) async fn unchanged_since(
        &self,
        snapshot: &Snapshot,
        slot: DateTime<Utc>,
        last: Option<&LastPrinted>,
    ) -> anyhow::Result<Option<EditionName>> {
        let Some(last) = last.cloned() else { return Ok(None) };
        let (template, languages, snapshot) = (self.template.clone(), self.languages.clone(), snapshot.clone());
        let frame = self.frame(None, slot);
        let work = move || {
            // What is wrong with it is told when it is made.
            let printed = Printed::by(&template, &snapshot, &languages, &frame).ok()?;
            last.is_same(&template, &printed.figures).then_some(last.name)
        };
        in_time(work).await
    }
}

/// Does the work away from the async threads, in the time that a check may take.
async fn in_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
    let done =
        tokio::task::spawn_blocking(move || within_time(work)).await.context("the checks stopped unexpectedly")?;
    done.context("the checks take too long")
}
