//! An installation: the config, the store that it names, and a clock. Actions work on it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use tokio::sync::OnceCell;

use super::{Error, Result, edition_spec::edition_spec, find_schedule::find_schedule};
use crate::{
    base::{
        ids::EditionName,
        language::Language,
        problem::{Problem, Severity},
    },
    config::{Brief, Config, ReadableConfig, Schedule, partial},
    document::brief::Template,
    edition::{Draft, EditionSpec, GateInput, asked_of, figures_for},
    figures::{self, Dataset, Known, Observation, SeriesId, Snapshot, View},
    store::{Edition, Patience, Store, Surroundings},
    time::clock::Clock,
};

/// A config with its store and a clock. Each action asks for the parts of the config that it uses, so that a mistake in
/// another part does not stop it. The store is opened when an action first needs it, so that a store that cannot be opened
/// stops only the actions that use it.
pub struct Installation {
    /// The config, in which parts may be wrong
    pub config: ReadableConfig,
    /// The clock that actions go by
    pub clock: Clock,
    /// How long a server of the store is waited for
    pub patience: Patience,
    /// Told what is to be said of the store besides what comes of the command
    pub on_warning: Box<dyn Fn(&Problem) + Send + Sync>,
    store: OnceCell<Store>,
}

impl Installation {
    /// An installation whose store is not opened yet.
    pub fn new(config: impl Into<ReadableConfig>, clock: Clock) -> Installation {
        Installation {
            config: config.into(),
            clock,
            patience: Patience::default(),
            on_warning: Box::new(|_| {}),
            store: OnceCell::new(),
        }
    }

    /// The present time.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The settings; briefs, schedules, calendars, templates and secrets may be wrong.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn settings(&self) -> Result<&Config> {
        self.config.settings().map_err(Error::Files)
    }

    /// The URL of the store.
    ///
    /// # Errors
    /// It cannot be said which store is meant.
    pub fn store_url(&self) -> Result<&str> {
        Ok(&self.config.store().map_err(Error::Files)?.url)
    }

    /// What stands around the store, as far as the config can be read. A store that is named on the command line is not the one
    /// that made the PDFs.
    pub(super) fn around(&self) -> Surroundings<'_> {
        let config = self.config.settings().ok();
        let is_its_own = self.config.store().is_ok_and(|store| !store.is_typed);
        Surroundings {
            state: config.map(|config| &*config.paths.state),
            reports: config.filter(|_| is_its_own).map(|config| &*config.paths.reports),
            patience: self.patience,
        }
    }

    /// Is there a store, or does anything show that there was one?
    ///
    /// # Errors
    /// It cannot be said which store is meant.
    pub(super) fn has_store(&self) -> Result<bool> {
        Ok(Store::is_there(self.store_url()?, self.around()))
    }

    /// The store, created if it does not exist; but not from a config of which only parts can be read.
    ///
    /// # Errors
    /// It cannot be opened, or it cannot be said which one is meant.
    pub async fn store(&self) -> Result<&Store> {
        let url = self.store_url()?;
        if self.config.is_salvaged() && !self.has_store()? {
            return Err(self.no_store(url).into());
        }
        let open = async || {
            let store = Store::open_in(url, self.around(), self.now()).await?;
            if let Some(second) = store.second_name() {
                (self.on_warning)(&super::error::as_warning(&second));
            }
            Ok::<_, Error>(store)
        };
        self.store.get_or_try_init(open).await
    }

    /// The store, if it exists.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn found_store(&self) -> Result<Option<&Store>> {
        if self.store.initialized() || self.has_store()? { Ok(Some(self.store().await?)) } else { Ok(None) }
    }

    /// As [`found_store`](Self::found_store), for what lists its content: that there is none is told, since a list is empty
    /// then for another reason than that nothing is in it.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) async fn listed_store(&self) -> Result<Option<&Store>> {
        let found = self.found_store().await?;
        if found.is_none() {
            (self.on_warning)(&Problem { severity: Severity::Warning, ..self.no_store(self.store_url()?) });
        }
        Ok(found)
    }

    /// The store, which has to exist: what is to be shown or changed is in it.
    ///
    /// # Errors
    /// It does not exist, or cannot be opened.
    pub async fn existing_store(&self) -> Result<&Store> {
        let url = self.store_url()?;
        Ok(self.found_store().await?.ok_or_else(|| self.no_store(url))?)
    }

    fn no_store(&self, url: &str) -> Problem {
        let place = Store::file_of(url).map_or_else(String::new, |file| format!(" at {}", file.display()));
        let problem = Problem::error(format!("there is no store yet{place}"));
        if self.config.is_salvaged() {
            problem.hint("mend the config first, or name the store: --set store.url=sqlite:PATH")
        } else {
            problem.hint("`greenbrief serve` or `greenbrief send` makes one")
        }
    }

    /// All of the store's figures, or the shipped ones while it has none. What a brief needs of them is
    /// [`figures_for`](Self::figures_for).
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn figures(&self) -> Result<Dataset> {
        match self.store_with_figures().await? {
            Some(store) => Ok(store.figures().dataset().await?),
            None => Ok(figures::shipped::dataset()?),
        }
    }

    /// All units, series and events of the store, or the shipped ones while it has none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn catalogue(&self, known: Known) -> Result<Dataset> {
        match self.store_with_figures().await? {
            Some(store) => Ok(store.figures().catalogue_as(View { published: None, known }).await?),
            None => Ok(Dataset { observations: BTreeMap::new(), ..figures::shipped::dataset()? }),
        }
    }

    /// The observations of these series by both clocks; of the shipped figures while the store has none.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn observations(
        &self,
        view: View,
        series: &BTreeSet<SeriesId>,
    ) -> Result<BTreeMap<SeriesId, Vec<Observation>>> {
        let mut found = match self.store_with_figures().await? {
            Some(store) => return Ok(store.figures().observations_as(view, series).await?),
            None => figures::shipped::dataset()?.observations,
        };
        found.retain(|id, _| series.contains(id));
        let is_known =
            |it: &Observation| view.published.is_none_or(|day| it.vintage.counts_from().is_none_or(|from| from <= day));
        for observations in found.values_mut() {
            observations.retain(is_known);
        }
        found.retain(|_, observations| !observations.is_empty());
        Ok(found)
    }

    /// The figures that a draft asks for, as an edition freezes them; of the shipped ones while nothing was imported.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn figures_for(&self, spec: &EditionSpec, at: DateTime<Utc>, known: Known) -> Result<Dataset> {
        figures_of_draft(self.found_store().await?, spec.draft(at), known).await
    }

    /// The figures that drafts ask for, with all units, series and events; the shipped ones while nothing was imported.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn figures_for_all(&self, drafts: Vec<Draft>, known: Known) -> Result<Dataset> {
        figures_of(self.found_store().await?, drafts, known).await
    }

    /// The store, if figures were imported.
    async fn store_with_figures(&self) -> Result<Option<&Store>> {
        Ok(match self.found_store().await? {
            Some(store) if store.figures().newest_import().await? > 0 => Some(store),
            _ => None,
        })
    }

    /// The brief with this id.
    ///
    /// # Errors
    /// There is none.
    pub fn brief(&self, id: &str) -> Result<&Brief> {
        let briefs = self.config.briefs().map_err(Error::Files)?;
        let unknown =
            || Problem::error(format!("there is no brief `{id}`")).did_you_mean(id, briefs.keys().map(String::as_str));
        Ok(briefs.get(id).ok_or_else(unknown)?)
    }

    /// The schedule `BRIEF/SCHEDULE`, or the only one with this name.
    ///
    /// # Errors
    /// There is none, or several briefs have one.
    pub fn schedule(&self, id: &str) -> Result<&Schedule> {
        find_schedule(self.config.briefs_with_schedules().map_err(Error::Files)?, id)
    }

    /// The briefs with all their schedules: those of the files or, if something is wrong there, those that the daemon keeps in
    /// force.
    ///
    /// # Errors
    /// What is wrong in the files if no daemon keeps others, or the store cannot be read.
    pub async fn briefs_in_force(&self) -> Result<Cow<'_, BTreeMap<String, Brief>>> {
        let problems = match self.config.briefs_with_schedules() {
            Ok(briefs) => return Ok(Cow::Borrowed(briefs)),
            Err(problems) => problems,
        };
        let active = match self.found_store().await? {
            Some(store) => store.activations().newest().await?.and_then(|active| active.files),
            None => None,
        };
        match active.map(|files| partial::briefs_of_kept(&files)) {
            Some(Ok(kept)) => Ok(Cow::Owned(kept)),
            _ => Err(problems.into()),
        }
    }

    /// The briefs by the best that is known: those in force, or what can be read of the files. What is not among them may be
    /// there all the same.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn known_briefs(&self) -> Result<Cow<'_, BTreeMap<String, Brief>>> {
        match self.briefs_in_force().await {
            Err(Error::Files(_) | Error::Refused(_)) => Ok(Cow::Borrowed(self.config.readable_briefs())),
            known => known,
        }
    }

    /// The spec of the brief's editions, in these languages or, if none are given, in all of the brief's.
    ///
    /// # Errors
    /// The template has a mistake, or the brief is not written in one of the languages.
    pub fn edition_spec(&self, brief: &Brief, languages: &[Language]) -> Result<EditionSpec> {
        let template = Template::load(&brief.template, &brief.languages)?;
        let languages = if languages.is_empty() { &brief.languages } else { languages };
        for language in languages {
            if !brief.languages.contains(language) {
                return Err(Problem::error(format!("the brief `{}` is not written in {language}", brief.id))
                    .hint(format!("`languages` in {} says in which it is", brief.file))
                    .into());
            }
        }
        Ok(edition_spec(self.settings()?, brief, Arc::new(template), languages))
    }

    /// What the gate of a brief's next edition knows beside the figures.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) async fn gate_input(&self, brief: &str) -> Result<GateInput> {
        match self.found_store().await? {
            Some(store) => Ok(GateInput::of(store, brief).await?),
            None => Ok(GateInput::default()),
        }
    }

    /// The spec, compared for readers with the last edition before `slot`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub(super) async fn compared(&self, spec: EditionSpec, slot: DateTime<Utc>) -> Result<EditionSpec> {
        Ok(spec.compared(self.found_store().await?, slot).await?)
    }

    /// The edition `BRIEF/N`.
    ///
    /// # Errors
    /// There is none, or no store.
    pub async fn edition(&self, name: &EditionName) -> Result<Edition> {
        let unknown = || {
            Problem::error(format!("there is no edition {name}")).hint("`greenbrief editions list` shows all editions")
        };
        Ok(self.existing_store().await?.editions().named(name).await?.ok_or_else(unknown)?)
    }
}

/// The store's figures that these drafts ask for, or the shipped ones if there is no store or nothing was imported.
///
/// # Errors
/// The store cannot be read.
pub async fn figures_of(store: Option<&Store>, drafts: Vec<Draft>, known: Known) -> Result<Dataset> {
    match store {
        Some(store) if store.figures().newest_import().await? > 0 => Ok(figures_for(store, known, drafts).await?.data),
        _ => Ok(figures::shipped::dataset()?),
    }
}

/// The figures that a draft asks for, as an edition freezes them: a draft and its edition have the same snapshot.
///
/// # Errors
/// The store cannot be read.
pub async fn figures_of_draft(store: Option<&Store>, draft: Draft, known: Known) -> Result<Dataset> {
    match store {
        Some(store) if store.figures().newest_import().await? > 0 => {
            let found = figures_for(store, known, vec![draft]).await?;
            if found.import == 0 {
                let problem = Problem::error("the store knew no figures then");
                return Err(problem.hint("`greenbrief figures imports` lists when it learned which").into());
            }
            Ok(found.data.only(&found.asked))
        }
        _ => Ok(asked_of(&figures::shipped::dataset()?, &[draft]).await?),
    }
}

/// The figures as they are known at `at` in the time zone of the edition.
pub(super) fn snapshot(data: Dataset, spec: &EditionSpec, at: DateTime<Utc>) -> Snapshot {
    Snapshot::new(spec.as_known(at), data)
}
