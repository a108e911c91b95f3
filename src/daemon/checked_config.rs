//! Everything that operators write, read and checked together: config, calendars, and templates with the figures in them.
//! The same is done at the start and at each change.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};
use ring::digest::{Context, SHA256};

use crate::{
    actions::{edition_spec::edition_spec, figures_of},
    base::{
        language::Language,
        plural::counted,
        problem::{Problem, Problems, Severity},
    },
    config::{Brief, Config, ConfigSource},
    daemon::timekeeper::PlannedSchedule,
    document::brief::Template,
    edition::{Draft, EditionSpec},
    figures::{Dataset, Known, Snapshot},
    store::Store,
};

/// The config, its calendars and templates, without a mistake of the person who wrote them.
pub struct CheckedConfig {
    /// The config
    pub config: Config,
    /// The schedules with what their editions are made from
    pub planned: Vec<Arc<PlannedSchedule>>,
    /// Warnings of all files, and what is wrong with the briefs on hold
    pub warnings: Problems,
    /// The briefs that cannot be made with the figures there are, although their template was in force: with what is wrong in
    /// words. Everything else goes on
    pub held: BTreeMap<String, String>,
    templates: CheckedTemplates,
}

/// What was in force before a config is read.
pub enum Before<'a> {
    /// A daemon starts: the fingerprints of templates that were in force, as the store keeps them.
    Start(BTreeSet<String>),
    /// The daemon is at work with this.
    Running(&'a CheckedConfig),
}

impl CheckedConfig {
    /// Reads and checks it. Templates that passed before, with the same figures, are not checked again. One that was in force
    /// and does not pass any more lacks a figure, which is no mistake in the files: its briefs are on hold.
    ///
    /// # Errors
    /// Returns every problem that keeps it from coming into force.
    pub fn read(
        source: &ConfigSource,
        figures: Arc<Dataset>,
        before: Before<'_>,
        now: DateTime<Utc>,
    ) -> Result<CheckedConfig, Problems> {
        let (config, mut warnings) = source.load()?;
        warnings.extend(config.ready_to_serve());
        if warnings.has_errors() {
            return Err(warnings);
        }
        let (known, in_force) = match before {
            Before::Start(in_force) => (None, in_force),
            Before::Running(before) => (
                Some(&before.templates).filter(|known| known.figures == figures),
                before.templates.in_force.iter().cloned().chain(before.fingerprints()).collect(),
            ),
        };
        let mut templates = CheckedTemplates { figures, good: BTreeMap::new(), in_force };
        let (mut planned, mut problems, mut held) = (Vec::new(), Problems::new(), BTreeMap::new());
        for brief in config.briefs.values() {
            let whole = |template| edition_spec(&config, brief, template, &brief.languages);
            match templates.template(known, whole, brief, now) {
                Ok((template, found)) => {
                    match why_held(&found).filter(|_| templates.was_in_force(&template, &brief.languages)) {
                        Some(why) => {
                            held.insert(brief.id.clone(), why);
                            warnings.extend(found.0.into_iter().map(as_warning));
                        }
                        None => problems.extend(found),
                    }
                    let mut specs: Vec<Arc<EditionSpec>> = Vec::new();
                    planned.extend(brief.schedules.iter().map(|schedule| {
                        let languages =
                            if schedule.languages.is_empty() { &brief.languages } else { &schedule.languages };
                        let same = |spec: &&Arc<EditionSpec>| {
                            spec.languages == *languages
                                && spec.quiet_hours == schedule.quiet_hours
                                && spec.if_unchanged == schedule.if_unchanged
                        };
                        let spec = specs.iter().find(same).cloned().unwrap_or_else(|| {
                            let spec = edition_spec(&config, brief, template.clone(), languages);
                            let (quiet_hours, if_unchanged) = (schedule.quiet_hours, schedule.if_unchanged);
                            let spec = Arc::new(EditionSpec { quiet_hours, if_unchanged, ..spec });
                            specs.push(spec.clone());
                            spec
                        });
                        Arc::new(PlannedSchedule { schedule: schedule.clone(), spec })
                    }));
                }
                Err(found) => problems.extend(found),
            }
        }
        if problems.has_errors() {
            return Err(problems.each_once());
        }
        warnings.extend(problems);
        Ok(CheckedConfig { config, planned, warnings: warnings.each_once(), held, templates })
    }

    /// Returns a fingerprint of each template in force: of its files, and of the languages made from it.
    pub fn fingerprints(&self) -> BTreeSet<String> {
        self.templates.good.iter().map(|((_, languages), good)| fingerprint(&good.template, languages)).collect()
    }

    /// Returns a draft of each scheduled brief, whose figures it needs.
    pub fn drafts(&self, now: DateTime<Utc>) -> Vec<Draft> {
        let mut specs: Vec<&Arc<EditionSpec>> = Vec::new();
        for PlannedSchedule { spec, .. } in self.planned.iter().map(Arc::as_ref) {
            if !specs.iter().any(|other| Arc::ptr_eq(other, spec)) {
                specs.push(spec);
            }
        }
        specs.into_iter().map(|spec| spec.draft(now)).collect()
    }

    /// Returns the scheduled briefs that cannot be made with these figures, with what is wrong in words. With the figures with
    /// which they came into force it is those that came on hold.
    pub fn held_with(&self, figures: &Dataset, now: DateTime<Utc>) -> BTreeMap<String, String> {
        let (mut held, mut seen): (_, Vec<&Arc<EditionSpec>>) = (BTreeMap::new(), Vec::new());
        if *self.templates.figures == *figures {
            return self.held.clone();
        }
        for PlannedSchedule { spec, .. } in self.planned.iter().map(Arc::as_ref) {
            if held.contains_key(&spec.brief) || seen.iter().any(|other| Arc::ptr_eq(other, spec)) {
                continue;
            }
            seen.push(spec);
            let snapshot = Snapshot::new(spec.as_known(now), figures.clone());
            let problems = spec.check(&snapshot, &spec.frame(None, now));
            held.extend(why_held(&problems).map(|why| (spec.brief.clone(), why)));
        }
        held
    }

    /// Returns the ids of the briefs whose template differs.
    pub fn changed_templates(&self, before: &CheckedConfig) -> BTreeSet<String> {
        let of = |config: &CheckedConfig| -> BTreeMap<String, Arc<Template>> {
            config.planned.iter().map(|it| (it.spec.brief.clone(), it.spec.template.clone())).collect()
        };
        let before = of(before);
        let other = |(id, template): (String, Arc<Template>)| {
            before.get(&id).is_some_and(|before| !Arc::ptr_eq(before, &template) && *before != template).then_some(id)
        };
        of(self).into_iter().filter_map(other).collect()
    }
}

/// What keeps nothing but its brief from going on.
fn as_warning(problem: Problem) -> Problem {
    Problem { severity: Severity::Warning, ..problem }
}

/// The number of errors and the first of them, in words; `None` if there are only warnings.
fn why_held(problems: &Problems) -> Option<String> {
    let errors: Vec<&Problem> = problems.0.iter().filter(|it| it.severity == Severity::Error).collect();
    let first = errors.first()?;
    Some(format!("{}, the first {}", counted(errors.len(), "error"), first.on_one_line()))
}

/// Lengths stand before the bytes, so that no two sets of files give the same.
fn fingerprint(template: &Template, languages: &[Language]) -> String {
    let mut context = Context::new(&SHA256);
    let codes: Vec<&str> = languages.iter().map(|language| language.code()).collect();
    context.update(format!("{}\n", codes.join(" ")).as_bytes());
    for (name, bytes) in &template.files {
        context.update(format!("{name}\n{}\n", bytes.len()).as_bytes());
        context.update(bytes);
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads the figures that the briefs of these files ask for. Files with mistakes ask for nothing: they are told with their
/// mistakes.
///
/// # Errors
/// The store cannot be read.
pub async fn figures_of_config(store: &Store, source: &ConfigSource, now: DateTime<Utc>) -> anyhow::Result<Dataset> {
    let mut drafts = Vec::new();
    if let Ok((config, _)) = source.load() {
        for brief in config.briefs.values() {
            let Ok(template) = Template::load(&brief.template, &brief.languages) else { continue };
            drafts.push(edition_spec(&config, brief, Arc::new(template), &brief.languages).draft(now));
        }
    }
    Ok(figures_of(Some(store), drafts, Known::Now).await?)
}

/// The templates that passed or are on hold, with these figures.
struct CheckedTemplates {
    figures: Arc<Dataset>,
    good: BTreeMap<TemplateKey, CheckedTemplate>,
    /// Fingerprints of templates that were in force before
    in_force: BTreeSet<String>,
}

/// A template's folder, and the languages made from it.
type TemplateKey = (PathBuf, Vec<Language>);

/// A template, and the as-known days for which it passed.
#[derive(Clone)]
struct CheckedTemplate {
    template: Arc<Template>,
    days: BTreeSet<NaiveDate>,
}

impl CheckedTemplates {
    fn was_in_force(&self, template: &Template, languages: &[Language]) -> bool {
        self.in_force.contains(&fingerprint(template, languages))
    }

    /// Returns a brief's template, read and checked once however many briefs share it. The brief's title, and what else the
    /// config puts into it, were checked with the config.
    fn template(
        &mut self,
        known: Option<&CheckedTemplates>,
        spec: impl FnOnce(Arc<Template>) -> EditionSpec,
        brief: &Brief,
        now: DateTime<Utc>,
    ) -> Result<(Arc<Template>, Problems), Problems> {
        let key = (brief.template.clone(), brief.languages.clone());
        if !self.good.contains_key(&key) {
            let read = Template::load(&brief.template, &brief.languages)?;
            let same = known.and_then(|known| known.good.get(&key)).filter(|good| *good.template == read);
            let good =
                same.cloned().unwrap_or_else(|| CheckedTemplate { template: Arc::new(read), days: BTreeSet::new() });
            self.good.insert(key.clone(), good);
        }
        let Some(good) = self.good.get_mut(&key) else { return Err(Problems::new()) };
        let spec = spec(good.template.clone());
        let as_known = spec.as_known(now);
        let mut problems = Problems::new();
        if !good.days.contains(&as_known) {
            let snapshot = Snapshot::new(as_known, Dataset::clone(&self.figures));
            problems = spec.check(&snapshot, &spec.frame(None, now));
            if !problems.has_errors() {
                good.days.insert(as_known);
            }
        }
        Ok((good.template.clone(), problems))
    }
}
