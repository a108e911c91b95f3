//! A template filled from a snapshot in one language: the brief and its mail. The check of a template fills it in each
//! language and keeps the problems. How fenced blocks are filled is in `filling`; what expressions can say, in
//! `expressions`.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    Block, Brief, Chart, Frame, Inline, MailText, Template, Theme, block_keys,
    block_names::{self, BlockNames},
    characters, dates,
    filling::{self, Filler, Since},
    jinja::{self, Front},
    mail_html::MailHead,
    mail_text::{self, Repeated},
    markdown::{self, Medium, Quotes, Text},
    markers, names, own_paragraphs,
    scope::Scope,
    sentence_periods,
    source_map::Rendered,
    told_values, translations, typed_numbers,
};
use crate::{
    base::{
        language::Language,
        problem::{Problem, Problems},
    },
    figures::{Observation, Snapshot, checks::PrintedValue},
};

/// Above so many octets of HTML an author is warned: Gmail cuts a mail off at 102 kB (hteumeuleu/email-bugs, issue 41).
const MOST_HTML: usize = 100_000;

/// A brief in one language with its mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// The brief, ready to be laid out.
    pub brief: Brief,
    /// The mail, ready to be sent.
    pub mail: MailText,
    /// The values that stand in one of them.
    pub printed: BTreeSet<PrintedValue>,
}

/// A template filled in one language, as far as its mistakes allow, with everything that was found.
#[derive(Debug)]
pub struct CheckedText {
    /// Its language.
    pub language: Language,
    /// The brief and its mail; `None` if there is an error.
    pub filled: Option<Filled>,
    /// Errors and warnings.
    pub problems: Problems,
    names: Vec<BlockNames>,
}

impl Template {
    /// Every problem of the texts with these figures in these languages, in the order of their places. Whether they can be
    /// laid out is not looked at.
    pub fn check(&self, snapshot: &Snapshot, frame: &Frame, languages: &[Language]) -> Problems {
        let texts: Vec<CheckedText> =
            languages.iter().map(|language| self.check_text(snapshot, *language, frame)).collect();
        self.check_together(texts)
    }

    /// Fills the template and finds every problem of the texts of this language.
    pub fn check_text(&self, snapshot: &Snapshot, language: Language, frame: &Frame) -> CheckedText {
        let mut problems = Problems::new();
        for name in [format!("{language}.md"), format!("mail.{language}.md")] {
            let source = self.source(&name);
            if markdown::unclosed_fence(source.text()).is_none() {
                problems.extend(typed_numbers::check(&source, language));
            }
        }
        let texts = [format!("{language}.md"), format!("mail.{language}.md")].map(|name| self.source(&name));
        problems.extend(self.words.unused(language, &texts.each_ref().map(|source| source.text())));
        let (filled, names, found) = self.fill_all(snapshot, language, frame);
        let filled = (!found.has_errors()).then_some(filled);
        problems.extend(found);
        CheckedText { language, filled, problems, names }
    }

    /// The problems of all languages, and of what they say differently, each once and in the order of their places.
    pub fn check_together(&self, texts: Vec<CheckedText>) -> Problems {
        let mut problems = Problems::new();
        let names: Vec<(Language, Vec<BlockNames>)> = texts
            .into_iter()
            .map(|text| {
                problems.extend(text.problems);
                (text.language, text.names)
            })
            .collect();
        problems.extend(block_names::missing(&names));
        in_order(problems)
    }

    /// Fills the template.
    ///
    /// # Errors
    /// All problems of the brief and its mail, each once.
    pub fn fill(&self, snapshot: &Snapshot, language: Language, frame: &Frame) -> Result<Filled, Problems> {
        let (filled, _, problems) = self.fill_all(snapshot, language, frame);
        problems.each_once().into_result(filled)
    }

    fn fill_all(&self, snapshot: &Snapshot, language: Language, frame: &Frame) -> (Filled, Vec<BlockNames>, Problems) {
        let scope = Scope {
            snapshot: Arc::new(snapshot.clone()),
            language,
            german: self.theme.german_numbers,
            words: Arc::new(self.words.clone()),
            source: self.source(&format!("{language}.md")),
            gathered: Arc::default(),
        };
        let mail_scope =
            Scope { source: self.source(&format!("mail.{language}.md")), gathered: Arc::default(), ..scope.clone() };
        let blocks = self.source("blocks.toml");
        let mut problems = block_keys::check(&blocks);
        for source in [&blocks, &scope.source, &mail_scope.source] {
            problems.extend(characters::check(source));
        }
        let (mut brief, since, block_names) = self.fill_brief(&scope, frame, &mut problems);
        brief.snapshot = snapshot.id().unwrap_or_default();
        let since = since.map_or_else(Vec::new, |since| since.in_mail(language));
        let links = frame.mail_links(language);
        let head = MailHead {
            title: &brief.title,
            edition: &brief.edition,
            date: &brief.date,
            headline: &brief.headline,
            links: &links,
        };
        let wanted = self.blocks.get("mail_chart").and_then(toml::Value::as_str);
        let (chart, next) = (mail_chart(&brief, wanted), frame.next_in(language));
        let missing = wanted.filter(|_| chart.is_none());
        let repeated = Repeated {
            head,
            correction: &[],
            key_messages: brief.key_messages(),
            key_figures: &brief.key_figures,
            since: &since,
            chart,
            next: next.as_deref(),
        };
        let mail = fill_mail((&mail_scope, &self.theme), frame, repeated, missing, &mut problems);
        let gathered = [&scope, &mail_scope].map(|scope| std::mem::take(&mut scope.gathered().printed));
        let printed = gathered.iter().flatten().map(|it| (it.series.clone(), it.period)).collect();
        (Filled { brief, mail, printed }, block_names, problems)
    }

    fn fill_brief(
        &self,
        scope: &Scope,
        frame: &Frame,
        problems: &mut Problems,
    ) -> (Brief, Option<Since>, Vec<BlockNames>) {
        let (language, snapshot) = (scope.language, &*scope.snapshot);
        let variables = variables(scope, frame, &frame.leave.for_all);
        let (front, body) = jinja::read(&scope.source, scope, &variables, problems);
        let text = read_markdown(&body, scope, Some(&self.blocks), problems);
        let mut filler = Filler::new(scope, self, snapshot, &body);
        let since = filler.changes_since(frame.since.as_ref(), &text.parts);
        let mut blocks = filler.blocks(text.parts, since.as_ref());
        blocks.splice(0..0, frame.correction_in(language));
        let mut footnotes = filler.footnotes(text.footnotes);
        filler.group_sources(&mut blocks, &mut footnotes);
        problems.extend(std::mem::take(&mut filler.problems));
        let mut phrases = std::mem::take(&mut filler.phrases);
        let headline = front_text(&front, "headline", scope, problems);
        let headline =
            match front.get("headline").map(|rendered| markdown::plain(&headline, (rendered, 0), &mut phrases)) {
                Some(Ok(plain)) => plain,
                Some(Err(problem)) => {
                    problems.push(*problem);
                    headline
                }
                None => headline,
            };
        let subject = front_text(&front, "subject", scope, problems);
        scope.check_spans();
        let attachments = vec![filler.attachment(&scope.gathered().printed)];
        let in_blocks: Vec<Observation> = filler.printed_in_blocks().cloned().collect();
        // A block with a mistake prints nothing.
        if !problems.has_errors() {
            told_values::check_single(&scope.gathered().asked, &in_blocks, snapshot, problems);
        }
        scope.gathered().printed.extend(in_blocks);
        problems.extend(std::mem::take(&mut scope.gathered().problems));
        let block_names = std::mem::take(&mut filler.names);
        let brief = Brief {
            language,
            title: frame.title.get(language).clone(),
            headline,
            edition: frame.edition_in(language),
            date: dates::day(frame.date, language),
            subject,
            created: frame.created,
            known: dates::day(snapshot.as_known, language),
            // The scope has a clone of it, which would compute its id anew.
            snapshot: String::new(),
            blocks,
            sources: filler.sources(),
            imprint: frame.imprint_in(language),
            attachments,
            strings: translations::strings(language),
            footnotes,
            key_figures: filler.key_figures(),
            phrases,
            names: names::names(&snapshot.data, language),
        };
        (brief, since, block_names)
    }
}

/// Reads the rendered text. Behind a fence that does not end nothing can be read, and everything looks wrong: only the fence
/// is told. `blocks` are those of blocks.toml; a mail has none.
fn read_markdown(body: &Rendered, scope: &Scope, blocks: Option<&toml::Table>, problems: &mut Problems) -> Text {
    let medium = if blocks.is_some() { Medium::Brief } else { Medium::Mail };
    if let Some(at) = markdown::unclosed_fence(scope.source.text()) {
        let problem = Problem::error("this block does not end").at(scope.source.place(at));
        problems.push(problem.hint("write ``` on a line of its own below its last text"));
        return Text::default();
    }
    match blocks {
        Some(_) => scope.name_references(&filling::numbered(&body.text, scope.language), blocks),
        None => scope.name_references(&[], None),
    }
    match medium {
        Medium::Brief => own_paragraphs::check_brief(body, problems),
        Medium::Mail => own_paragraphs::check_mail(body, problems),
    }
    markdown::read(body, &scope.gathered().insertions, (medium, scope.language), problems)
}

/// The problems, each once, in the order of their places; that there are more of them comes last.
fn in_order(problems: Problems) -> Problems {
    let mut problems = problems.each_once();
    problems.0.sort_by_key(|problem| {
        problem.place.as_ref().map_or((true, String::new(), 0, 0), |it| (false, it.file.clone(), it.line, it.column))
    });
    problems
}

/// Fills the mail, which repeats the brief's key figures and its imprint.
fn fill_mail(
    (scope, theme): (&Scope, &Theme),
    frame: &Frame,
    repeated: Repeated<'_>,
    missing_chart: Option<&str>,
    problems: &mut Problems,
) -> MailText {
    let variables = variables(scope, frame, &frame.leave.in_mail);
    let (front, body) = jinja::read(&scope.source, scope, &variables, problems);
    let text = read_markdown(&body, scope, None, problems);
    if let Some(wanted) = missing_chart.filter(|_| !problems.has_errors()) {
        own_paragraphs::check_chart(&body, wanted, problems);
    }
    scope.check_spans();
    problems.extend(std::mem::take(&mut scope.gathered().problems));
    let subject = frame.subject_in(scope.language, front_text(&front, "subject", scope, problems));
    let correction: Vec<Vec<Inline>> = frame.correction_text(scope.language).into_iter().flatten().collect();
    let repeated = Repeated { correction: &correction, ..repeated };
    let imprint = frame.mail_imprint_in(scope.language);
    let mail = mail_text::write((scope.language, theme), &subject, text.parts, repeated, &imprint.lines);
    if mail.html.len() > MOST_HTML {
        let what = format!("the HTML of this mail has {} kB, and Gmail shows no more than 102", mail.html.len() / 1000);
        let problem = Problem::warning(what).at(scope.source.line(1));
        problems.push(problem.hint("make its text shorter: the brief says the rest"));
    }
    mail
}

/// The chart that the mail shows: the one that blocks.toml names, or the first.
fn mail_chart<'a>(brief: &'a Brief, wanted: Option<&str>) -> Option<&'a Chart> {
    let mut charts = brief.blocks.iter().filter_map(|block| match block {
        Block::Chart(chart) => Some(chart),
        _ => None,
    });
    charts.find(|chart| wanted.is_none_or(|wanted| chart.anchor == wanted))
}

/// The variables that the expressions of a text may name, with the link by which its readers leave.
fn variables(scope: &Scope, frame: &Frame, leave: &str) -> minijinja::Value {
    let language = scope.language;
    let words = |text: &str| scope.insert(text.to_owned(), Vec::new());
    minijinja::context! {
        brief => minijinja::context! {
            title => words(frame.title.get(language)),
            edition => words(&frame.edition_in(language)),
            date => words(&dates::day(frame.date, language)),
            number => words(&frame.edition.map_or(String::new(), |number| number.to_string())),
        },
        key_figures => markers::KEY_FIGURES,
        key_messages => markers::KEY_MESSAGES,
        imprint => markers::IMPRINT,
        since => markers::SINCE,
        chart => markers::CHART,
        next => markers::NEXT,
        attached => frame.attaches_pdf(),
        unsubscribe => words(leave),
    }
}

/// The text of a key of the front matter; an empty one is a problem, and so is one that mixes periods.
fn front_text(front: &Front, key: &str, scope: &Scope, problems: &mut Problems) -> String {
    let written = front.get(key);
    if let Some(rendered) = written {
        let whole = 0..rendered.text.len();
        sentence_periods::check(rendered, &scope.gathered().insertions, whole.clone(), problems);
        told_values::check_pinned(rendered, &scope.gathered().insertions, whole, problems);
        own_paragraphs::check_front(key, rendered, problems);
        if let Some(braces) = markdown::first_braces(&rendered.text).filter(|_| key == "subject") {
            let what = "what a language or an abbreviation is cannot be said in a subject, which is plain text";
            let problem = Problem::error(what).at(rendered.place(braces));
            problems.push(problem.hint(
                "write the words alone here; braces stand in texts, in the headline, and in the texts of blocks",
            ));
        }
    }
    let text = written.map_or("", |rendered| rendered.text.as_str());
    let text = Quotes::new(scope.language).curl(text);
    let text = markers::resolved(&text, &scope.gathered().insertions).trim().to_owned();
    if text.is_empty() {
        problems.push(
            Problem::error(format!("`{key}` is missing"))
                .at(scope.source.line(1))
                .hint(format!("write {key} = \"…\" between the +++ lines")),
        );
    }
    text
}
