//! `briefs/*.toml`: one file a brief. Its template is looked for, not read.

pub(in crate::config) mod attach;
pub(in crate::config) mod gate;
mod quiet_hours;
pub(in crate::config) mod schedules;
mod templates;

pub use self::attach::Attach;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::{
    base::{
        file_name,
        ids::ScheduleId,
        language::{Language, PerLanguage},
        problem::{Place, Problem},
    },
    config::{
        briefs::schedules::Schedule,
        calendars::Calendars,
        part::Part,
        reading::{
            loader::{Loader, ParsedFile},
            problem_sink::ProblemSink,
            table_reader::{TableReader, TextValue},
        },
        settings::paths::{OUTBOX, Paths},
        values::{durations, languages, timezones},
    },
    figures::checks::GateRules,
};

/// A brief: what is made, in which languages, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// The name of its file without `.toml`.
    pub id: String,
    /// For each of its languages; for another language it is that of the first.
    pub title: PerLanguage<String>,
    /// The zone of its dates, and of its schedules unless they have their own.
    pub timezone: Tz,
    /// The template's folder; it holds a file for each language.
    pub template: PathBuf,
    /// At least one, none twice, in the order of the file.
    pub languages: Vec<Language>,
    /// No mail of an edition is sent later.
    pub give_up_after: TimeDelta,
    /// Who finds its pages.
    pub public: Visibility,
    /// How readers get its PDFs.
    pub attach: Attach,
    /// Where that is written, if it is.
    pub place_of_attach: Option<Place>,
    /// Number of people who must release each edition; 0 if it goes out by itself.
    pub approvals: u32,
    /// What findings of checks mean for its editions.
    pub gate: GateRules,
    /// By id.
    pub schedules: Vec<Arc<Schedule>>,
    /// The file as it is shown.
    pub file: String,
    /// Where the template is named, or the head of the file.
    pub place_of_template: Place,
}

/// Who finds the pages of a brief. The links in its mails work in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// It is listed, and search engines may show it.
    Public,
    /// Whoever knows its address.
    Link,
    /// Nobody: it has no pages, and nobody can join by one.
    Off,
}

/// The longest id, in characters: it stands in file names and in mails' headers.
const LONGEST_ID: usize = 64;
/// Maximum number of schedules of a brief. To see that a rule never fires, three thousand years are looked at: 5 ms.
const MOST_SCHEDULES: usize = 500;
/// The longest title, in characters: it stands in subjects.
pub(in crate::config) const LONGEST_TITLE: usize = 200;
pub(in crate::config) const DEFAULT_GIVE_UP_AFTER: &str = "24h";
pub(in crate::config) const VISIBILITIES: [&str; 3] = ["public", "link", "off"];
/// What stands at the root of the public pages beside the briefs.
const OTHER_PAGES: [&str; 7] = ["c", "draft", "imprint", "leave", "p", "privacy", "u"];
/// What was not meant for everybody is not shown to everybody because somebody switched the pages on.
pub(in crate::config) const DEFAULT_VISIBILITY: &str = "off";

/// Reads every brief. `known` says that the paths are valid, so that a template that is not found there is missing.
pub(in crate::config) fn read(
    paths: &Paths,
    known: bool,
    calendars: &Calendars,
    loader: &mut Loader<'_>,
) -> BTreeMap<String, Brief> {
    let folder = paths.config.join("briefs");
    let folder = folder.strip_prefix(".").unwrap_or(&folder);
    let sink = loader.sink;
    let mut files: Vec<PathBuf> = match loader.list(folder, "briefs") {
        Ok(files) => files.into_iter().filter(|path| is_brief(path)).collect(),
        Err(error) => {
            if known {
                sink.push(
                    Problem::error(format!("the briefs' folder {} cannot be read: {error}", folder.display()))
                        .hint("it holds a file for each brief; another place for it is `paths.config`"),
                );
            }
            return BTreeMap::new();
        }
    };
    if files.is_empty() && known {
        sink.push(
            Problem::warning(format!("there is no brief in {}", folder.display()))
                .hint("each brief is a file there, such as green-economy.toml"),
        );
    }
    files.sort();
    let mut briefs = BTreeMap::new();
    for path in files {
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let named = id_is_good(&id);
        if !named {
            let why = if file_name::is_device(&id) { ": Windows keeps this name for a device" } else { "" };
            sink.push(
                Problem::error(format!("`{id}` cannot be the id of a brief ({}){why}", path.display()))
                    .hint(id_hint(&id, "name the file")),
            );
        }
        let role = format!("briefs/{id}.toml");
        let Some(document) = loader.read(&path, &role) else { continue };
        let aside = ProblemSink::default();
        let sink = if document.whole { sink } else { &aside };
        if let Some(brief) = brief(&id, &document, &paths.templates, known, calendars, sink).filter(|_| named) {
            briefs.insert(id, brief);
        }
        loader.done(&role, document.origin, document.table);
    }
    briefs
}

fn is_brief(path: &Path) -> bool {
    let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
    !hidden && path.extension().is_some_and(|ending| ending == "toml")
}

pub(in crate::config) fn id_is_good(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= LONGEST_ID
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !id.starts_with('-')
        && !id.ends_with('-')
        && !is_taken(id)
}

/// Whether the folder of this name among the reports, in which a brief's PDFs lie, is not one for them.
fn is_taken(id: &str) -> bool {
    file_name::is_device(id) || id == OUTBOX
}

/// How to write an id, and a good one that is near to `id`.
pub(in crate::config) fn id_hint(id: &str, what: &str) -> String {
    let mut good = String::new();
    for c in id.to_lowercase().chars() {
        if c.is_ascii_alphanumeric() {
            good.push(c);
        } else if !good.is_empty() && !good.ends_with('-') {
            good.push('-');
        }
    }
    good.truncate(LONGEST_ID);
    let good = good.trim_end_matches('-');
    let good = if is_taken(good) { format!("{good}-brief") } else { good.to_owned() };
    let rule = format!("{what} with lower-case letters, digits and hyphens inside, at most {LONGEST_ID} characters");
    if good.is_empty() { rule } else { format!("{rule}, such as `{good}`") }
}

fn brief(
    id: &str,
    document: &ParsedFile,
    folders: &Path,
    known: bool,
    calendars: &Calendars,
    sink: &ProblemSink,
) -> Option<Brief> {
    let head = document.origin.place(0..0);
    let mut root = TableReader::new(&document.table, "", head.clone(), sink);
    let timezone =
        root.needed_text("timezone", "timezone = \"Europe/Berlin\"").and_then(|given| timezones::read(&given, sink));
    root.need("languages", "languages = [\"en\", \"de\", \"zh\"]");
    let languages_place = root.place_of("languages");
    let languages =
        root.texts("languages").and_then(|given| languages::read(&given, languages_place.as_ref(), None, sink));
    let spoken: Vec<Language> = languages.iter().flatten().map(|(language, _)| *language).collect();
    root.need("title", "[title] and below it a title for each language: en = \"Green Economy Brief\"");
    let title = root.section("title").and_then(|section| title(section, &spoken, sink));
    let template = root.text("template");
    let place_of_template = template.as_ref().map_or(head, TextValue::place);
    let template = templates::name(id, template.as_ref(), sink).map(|name| {
        let folder = folders.join(&name);
        if known {
            let languages = languages.as_deref().unwrap_or_default();
            sink.about(Part::Templates, || {
                templates::look_for_files(folders, &name, &place_of_template, languages, sink);
            });
        }
        folder
    });
    let give_up_after = durations::read_key(&mut root, "give_up_after", DEFAULT_GIVE_UP_AFTER, true, sink);
    let public = visibility(id, &mut root, sink);
    let attach = attach::read(&mut root);
    let approvals = root.section("release").map_or(Some(0), gate::approvals);
    let gate = root.section("gate").map_or_else(|| Some(GateRules::default()), gate::read);
    let mut found: Vec<Arc<Schedule>> = Vec::new();
    sink.about(Part::Schedules, || {
        let Some(mut section) = root.section("schedules") else { return };
        for (number, (entry, reader)) in section.named().into_iter().enumerate() {
            if number == MOST_SCHEDULES {
                let problem = Problem::error(format!("a brief has at most {MOST_SCHEDULES} schedules"));
                return sink.push(problem.at(entry.span.place()).hint("make several briefs of it"));
            }
            if !id_is_good(&entry.key) {
                sink.push(
                    Problem::error(format!("`{}` cannot be the id of a schedule", entry.key))
                        .at(entry.span.place())
                        .hint(id_hint(&entry.key, "write it")),
                );
            }
            let id = ScheduleId::new(id, &entry.key);
            let schedule = schedules::read(id, reader, timezone, &spoken, give_up_after, calendars, sink);
            found.extend(schedule.map(Arc::new));
        }
    });
    root.finish();
    found.sort_by(|a, b| a.id.cmp(&b.id));
    Some(Brief {
        id: id.to_owned(),
        title: title?,
        timezone: timezone?,
        template: template?,
        languages: spoken,
        give_up_after: give_up_after?,
        public: public?,
        attach: attach.as_ref()?.0,
        place_of_attach: attach?.1,
        approvals: approvals?,
        gate: gate?,
        schedules: found,
        file: document.origin.name().to_owned(),
        place_of_template,
    })
}

fn visibility(id: &str, root: &mut TableReader<'_>, sink: &ProblemSink) -> Option<Visibility> {
    let words = [("public", Visibility::Public), ("link", Visibility::Link), ("off", Visibility::Off)];
    let public = root.choice("public", Visibility::Off, &words)?;
    if public != Visibility::Off && OTHER_PAGES.contains(&id) {
        let problem = Problem::error(format!("this brief can have no pages: /{id} is another page's address"));
        let place = root.place_of("public").unwrap_or_else(|| root.place().clone());
        sink.push(problem.at(place).hint("name the brief's file otherwise, or write public = \"off\""));
        return None;
    }
    Some(public)
}

/// A title for each language of the brief; another language gets the first one's, which nobody sees.
fn title(section: TableReader<'_>, spoken: &[Language], sink: &ProblemSink) -> Option<PerLanguage<String>> {
    let mut section = section;
    let mut texts = BTreeMap::new();
    for language in Language::ALL {
        if spoken.contains(&language) {
            section.need(language.code(), &format!("{language} = \"…\": the brief is made in `{language}`"));
        }
        let Some(given) = section.text(language.code()) else { continue };
        if given.text.chars().count() > LONGEST_TITLE {
            sink.push(given.error(format!("this title is longer than {LONGEST_TITLE} characters")));
        }
        texts.insert(language, given.text.trim().to_owned());
    }
    section.finish();
    let first = spoken.first().and_then(|language| texts.get(language))?.clone();
    let mut take = |language| texts.remove(&language).unwrap_or_else(|| first.clone());
    Some(PerLanguage { en: take(Language::En), de: take(Language::De), zh: take(Language::Zh) })
}
