//! All that operators write, read and checked together: config, calendars, templates with the figures that stand in them.
//! At the start and at each change it is the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use chrono::{DateTime, NaiveDate, Utc};

use crate::{
    actions::order::order,
    base::{language::Language, problem::Problems},
    config::{Brief, Config, ConfigSource},
    daemon::timekeeper::Planned,
    document::brief::Template,
    edition::EditionSpec,
    figures::{Dataset, Snapshot},
};

/// All that operators write, without a mistake.
pub struct Set {
    /// The config
    pub config: Config,
    /// The schedules with what their editions are made from
    pub planned: Vec<Arc<Planned>>,
    /// What should be looked at
    pub warnings: Problems,
    /// What was found to be good with these figures
    checked: Checked,
}

impl Set {
    /// Reads and checks it. What was found to be good in the set before, with the same figures, is not checked again.
    ///
    /// # Errors
    /// Every problem that stops the work.
    pub fn read(
        source: &ConfigSource,
        figures: Arc<Dataset>,
        before: Option<&Set>,
        now: DateTime<Utc>,
    ) -> Result<Set, Problems> {
        let (config, mut warnings) = source.load()?;
        warnings.extend(config.ready_to_serve());
        if warnings.has_errors() {
            return Err(warnings);
        }
        let known = before.map(|before| &before.checked).filter(|known| known.figures == figures);
        let (mut checked, mut problems) = (Checked { figures, good: BTreeMap::new() }, Problems::new());
        let mut planned = Vec::new();
        for brief in config.briefs.values() {
            let whole = |template| order(&config, brief, template, &brief.languages);
            match checked.template(known, whole, brief, now) {
                Ok((template, found)) => {
                    problems.extend(found);
                    let mut orders: Vec<Arc<EditionSpec>> = Vec::new();
                    planned.extend(brief.schedules.iter().map(|schedule| {
                        let languages =
                            if schedule.languages.is_empty() { &brief.languages } else { &schedule.languages };
                        let same = |order: &&Arc<EditionSpec>| {
                            order.languages == *languages && order.quiet_hours == schedule.quiet_hours
                        };
                        let order = orders.iter().find(same).cloned().unwrap_or_else(|| {
                            let order = order(&config, brief, template.clone(), languages);
                            let order = Arc::new(EditionSpec { quiet_hours: schedule.quiet_hours, ..order });
                            orders.push(order.clone());
                            order
                        });
                        Arc::new(Planned { schedule: schedule.clone(), order })
                    }));
                }
                Err(found) => problems.extend(found),
            }
        }
        if problems.has_errors() {
            return Err(problems.each_once());
        }
        warnings.extend(problems);
        Ok(Set { config, planned, warnings, checked })
    }

    /// The briefs whose template is another, by id.
    pub fn other_templates(&self, before: &Set) -> BTreeSet<String> {
        let of = |set: &Set| -> BTreeMap<String, Arc<Template>> {
            set.planned.iter().map(|it| (it.order.brief.clone(), it.order.template.clone())).collect()
        };
        let before = of(before);
        let other = |(id, template): (String, Arc<Template>)| {
            before.get(&id).is_some_and(|before| !Arc::ptr_eq(before, &template) && *before != template).then_some(id)
        };
        of(self).into_iter().filter_map(other).collect()
    }
}

/// Which templates are good, with these figures.
struct Checked {
    figures: Arc<Dataset>,
    good: BTreeMap<Key, Good>,
}

/// A template's folder, and the languages that are made from it.
type Key = (PathBuf, Vec<Language>);

/// A template, and the days as of which its figures were found to be good.
#[derive(Clone)]
struct Good {
    template: Arc<Template>,
    days: BTreeSet<NaiveDate>,
}

impl Checked {
    /// A brief's template, read and checked once however many briefs are made from it. A brief's title, and what else the
    /// config puts into it, are the config's to check.
    fn template(
        &mut self,
        known: Option<&Checked>,
        order: impl FnOnce(Arc<Template>) -> EditionSpec,
        brief: &Brief,
        now: DateTime<Utc>,
    ) -> Result<(Arc<Template>, Problems), Problems> {
        let key = (brief.template.clone(), brief.languages.clone());
        if !self.good.contains_key(&key) {
            let read = Template::load(&brief.template, &brief.languages)?;
            let same = known.and_then(|known| known.good.get(&key)).filter(|good| *good.template == read);
            let good = same.cloned().unwrap_or_else(|| Good { template: Arc::new(read), days: BTreeSet::new() });
            self.good.insert(key.clone(), good);
        }
        let Some(good) = self.good.get_mut(&key) else { return Err(Problems::new()) };
        let order = order(good.template.clone());
        let as_known = order.as_known(now);
        let mut problems = Problems::new();
        if !good.days.contains(&as_known) {
            let snapshot = Snapshot { as_known, data: Dataset::clone(&self.figures) };
            problems = good.template.check(&snapshot, &order.frame(None, now), &order.languages);
            if !problems.has_errors() {
                good.days.insert(as_known);
            }
        }
        Ok((good.template.clone(), problems))
    }
}
