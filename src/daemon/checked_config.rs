//! Everything that operators write, read and checked together: config, calendars, and templates with the figures in them.
//! The same is done at the start and at each change.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    actions::edition_spec::edition_spec,
    base::{
        language::Language,
        plural::counted,
        problem::{Problem, Problems, Severity},
    },
    config::{Brief, Config, ConfigSource},
    daemon::timekeeper::PlannedSchedule,
    document::brief::Template,
    edition::EditionSpec,
    figures::{Dataset, Snapshot},
};

/// The config, its calendars and templates, without a mistake.
pub struct CheckedConfig {
    /// The config
    pub config: Config,
    /// The schedules with what their editions are made from
    pub planned: Vec<Arc<PlannedSchedule>>,
    /// Warnings of all files
    pub warnings: Problems,
    templates: CheckedTemplates,
}

impl CheckedConfig {
    /// Reads and checks it. Templates that passed in `before`, with the same figures, are not checked again.
    ///
    /// # Errors
    /// Returns every problem that keeps it from coming into force.
    pub fn read(
        source: &ConfigSource,
        figures: Arc<Dataset>,
        before: Option<&CheckedConfig>,
        now: DateTime<Utc>,
    ) -> Result<CheckedConfig, Problems> {
        let (config, mut warnings) = source.load()?;
        warnings.extend(config.ready_to_serve());
        if warnings.has_errors() {
            return Err(warnings);
        }
        let known = before.map(|before| &before.templates).filter(|known| known.figures == figures);
        let (mut templates, mut problems) = (CheckedTemplates { figures, good: BTreeMap::new() }, Problems::new());
        let mut planned = Vec::new();
        for brief in config.briefs.values() {
            let whole = |template| edition_spec(&config, brief, template, &brief.languages);
            match templates.template(known, whole, brief, now) {
                Ok((template, found)) => {
                    problems.extend(found);
                    let mut specs: Vec<Arc<EditionSpec>> = Vec::new();
                    planned.extend(brief.schedules.iter().map(|schedule| {
                        let languages =
                            if schedule.languages.is_empty() { &brief.languages } else { &schedule.languages };
                        let same = |spec: &&Arc<EditionSpec>| {
                            spec.languages == *languages && spec.quiet_hours == schedule.quiet_hours
                        };
                        let spec = specs.iter().find(same).cloned().unwrap_or_else(|| {
                            let spec = edition_spec(&config, brief, template.clone(), languages);
                            let spec = Arc::new(EditionSpec { quiet_hours: schedule.quiet_hours, ..spec });
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
        Ok(CheckedConfig { config, planned, warnings, templates })
    }

    /// Returns the scheduled briefs that cannot be made with these figures, with what is wrong in words. With the figures with
    /// which they came into force there are none.
    pub fn held_with(&self, figures: &Dataset, now: DateTime<Utc>) -> BTreeMap<String, String> {
        let (mut held, mut seen): (_, Vec<&Arc<EditionSpec>>) = (BTreeMap::new(), Vec::new());
        if *self.templates.figures == *figures {
            return held;
        }
        for PlannedSchedule { spec, .. } in self.planned.iter().map(Arc::as_ref) {
            if held.contains_key(&spec.brief) || seen.iter().any(|other| Arc::ptr_eq(other, spec)) {
                continue;
            }
            seen.push(spec);
            let snapshot = Snapshot { as_known: spec.as_known(now), data: figures.clone() };
            let problems = spec.check(&snapshot, &spec.frame(None, now));
            let errors: Vec<&Problem> = problems.0.iter().filter(|it| it.severity == Severity::Error).collect();
            if let Some(first) = errors.first() {
                let why = format!("{}, the first {}", counted(errors.len(), "error"), first.on_one_line());
                held.insert(spec.brief.clone(), why);
            }
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

/// The templates that passed, with these figures.
struct CheckedTemplates {
    figures: Arc<Dataset>,
    good: BTreeMap<TemplateKey, CheckedTemplate>,
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
            let snapshot = Snapshot { as_known, data: Dataset::clone(&self.figures) };
            problems = spec.check(&snapshot, &spec.frame(None, now));
            if !problems.has_errors() {
                good.days.insert(as_known);
            }
        }
        Ok((good.template.clone(), problems))
    }
}
