//! The pages of the archive: the list of a brief's editions, an edition with its picture and buttons, its text; and its files.
//! Which editions are shown, `actions::archive` knows.

use axum::{
    Extension,
    extract::{Path, RawQuery, rejection::PathRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use minijinja::{Value, context};

use super::{
    feeds,
    language::in_brief,
    notices::{broken, refusal},
    page::{self, Reach, page},
    plan,
    stored::{StoredFile, unpacked},
    visit::Visit,
    words::{archive::extent, quoted},
};
use crate::{
    actions::archive::{self, ArchiveEntry, Found},
    base::language::Language,
    config::Brief,
    store::{self, ArchivedPdf},
};

type Named = Result<Path<String>, PathRejection>;
type NamedPart = Result<Path<(String, String)>, PathRejection>;
type NamedFile = Result<Path<(String, String, String)>, PathRejection>;

/// Editions on one page of the list.
const LISTED: i64 = 25;

/// The list of a brief's editions.
pub(super) async fn list(Extension(visit): Extension<Visit>, brief: Named, RawQuery(query): RawQuery) -> Response {
    let Some(brief) = brief.as_ref().ok().and_then(|Path(id)| visit.site.shown(id)) else {
        return refusal(&visit, StatusCode::NOT_FOUND);
    };
    let before = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "before")
        .and_then(|(_, number)| number.parse::<i64>().ok());
    let chosen = in_brief(brief, visit.language);
    let found = match archive::newest(&visit.site.store, brief, chosen, before, LISTED + 1).await {
        Ok(found) => found,
        Err(problem) => return broken(&visit, &problem),
    };
    let shown: Vec<&ArchiveEntry> = found.iter().take(usize::try_from(LISTED).unwrap_or(0)).collect();
    let earlier = if found.len() > shown.len() { shown.last().map(|last| last.number) } else { None };
    // What was taken back has appeared.
    let taken_back = match visit.site.store.editions().any_taken_back(&brief.id).await {
        Ok(taken_back) => taken_back,
        Err(problem) => return broken(&visit, &problem),
    };
    let editions: Vec<Value> = shown
        .iter()
        .map(|edition| {
            context! {
                href => Value::from_safe_string(address(brief, edition.number, edition.language)),
                headline => &edition.headline,
                issue => &edition.issue,
                date => &edition.date,
                superseded_by => edition.superseded_by,
                corrects => edition.corrects,
            }
        })
        .collect();
    let values = context! {
        id => brief.id.as_str(),
        brief => quoted(brief.title.get(chosen), visit.language),
        chosen => chosen.code(),
        feed_title => brief.title.get(chosen),
        editions,
        empty => if taken_back || before.is_some() { "archive.gone" } else { "archive.none" },
        earlier,
        later => before.is_some(),
    };
    page(&visit, StatusCode::OK, Reach::of(brief), "archive.html", values)
}

/// An id, a number and a code need no escaping.
fn address(brief: &Brief, number: i64, language: Language) -> String {
    format!("/{}/{number}/{language}", brief.id)
}

/// What stands under a brief by one name: an edition's number leads to the reader's language, the others are feeds and the
/// plan.
pub(super) async fn part(Extension(visit): Extension<Visit>, named: NamedPart, headers: HeaderMap) -> Response {
    let site = visit.site.clone();
    let Ok(Path((id, name))) = named else { return refusal(&visit, StatusCode::NOT_FOUND) };
    let Some(brief) = site.shown(&id) else { return refusal(&visit, StatusCode::NOT_FOUND) };
    if name == "plan.ics" {
        return plan::calendar(&visit, brief).await;
    }
    if let Some(number) = number(&name) {
        return lead_on(&visit, brief, number).await;
    }
    let feed = name.split_once('.').and_then(|(code, kind)| Some((code.parse().ok()?, kind)));
    match feed.filter(|(language, _)| brief.languages.contains(language)) {
        Some((language, "atom")) => feeds::atom(&visit, brief, language, &headers).await,
        Some((language, "json")) => feeds::json(&visit, brief, language, &headers).await,
        _ => refusal(&visit, StatusCode::NOT_FOUND),
    }
}

/// A number as it stands in an address: one way to write it.
fn number(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number > 0 && number.to_string() == text).then_some(number)
}

/// Leads to an edition in the reader's language, or one that it has.
async fn lead_on(visit: &Visit, brief: &Brief, number: i64) -> Response {
    let first = in_brief(brief, visit.language);
    for language in [first].into_iter().chain(Language::ALL.into_iter().filter(|other| *other != first)) {
        match archive::find(&visit.site.store, brief, number, language).await {
            Ok(Found::Nothing) => {}
            Ok(Found::Withdrawn { on, newest }) => {
                let visit = visit.clone().of_language(language);
                return withdrawn(&visit, brief, on.as_deref(), newest);
            }
            Ok(Found::Edition(_)) => {
                let to = HeaderValue::from_str(&address(brief, number, language));
                let mut response = StatusCode::FOUND.into_response();
                response.headers_mut().extend(to.ok().map(|to| (LOCATION, to)));
                return response;
            }
            Err(problem) => return broken(visit, &problem),
        }
    }
    refusal(visit, StatusCode::NOT_FOUND)
}

/// The page in the place of an edition that is not there any more. Why it is not, readers are not told.
fn withdrawn(visit: &Visit, brief: &Brief, on: Option<&str>, newest: Option<i64>) -> Response {
    let values = context! {
        id => brief.id.as_str(),
        chosen => visit.language.code(),
        text => if on.is_some() { "withdrawn.on" } else { "withdrawn.text" },
        on,
        newest,
    };
    page(visit, StatusCode::GONE, Reach::Personal, "withdrawn.html", values)
}

/// An edition's page, or one of its files.
pub(super) async fn edition(Extension(visit): Extension<Visit>, named: NamedFile, headers: HeaderMap) -> Response {
    let site = visit.site.clone();
    let Ok(Path((id, edition_number, file))) = named else { return refusal(&visit, StatusCode::NOT_FOUND) };
    let (code, ending) = file.split_once('.').map_or((&*file, None), |(code, ending)| (code, Some(ending)));
    let asked = (|| Some((site.shown(&id)?, number(&edition_number)?, code.parse::<Language>().ok()?)))();
    let Some((brief, number, language)) = asked else { return refusal(&visit, StatusCode::NOT_FOUND) };
    let visit = visit.of_language(language);
    let edition = match archive::find(&site.store, brief, number, language).await {
        Ok(Found::Edition(edition)) => edition,
        Ok(Found::Withdrawn { on, newest }) => return withdrawn(&visit, brief, on.as_deref(), newest),
        Ok(Found::Nothing) => return refusal(&visit, StatusCode::NOT_FOUND),
        Err(problem) => return broken(&visit, &problem),
    };
    match (ending, &edition.files) {
        (None, _) => show(visit, brief, &edition).await,
        (Some("html"), Some(files)) => show_text(visit, brief, &edition, &files.html).await,
        (Some("pdf"), _) => {
            let disposition = named_pdf(&edition.pdf);
            stored(brief, &edition, "application/pdf", &edition.pdf.key, false, disposition)
                .answer(&visit, &headers)
                .await
        }
        (Some("svg"), Some(files)) => {
            stored(brief, &edition, "image/svg+xml", &files.picture, true, "inline".to_owned())
                .answer(&visit, &headers)
                .await
        }
        (Some("csv"), Some(files)) => {
            let name = format!("{}-{number}-{language}.csv", brief.id);
            let disposition = format!("attachment; filename=\"{name}\"");
            stored(brief, &edition, "text/csv; charset=utf-8", &files.figures, true, disposition)
                .answer(&visit, &headers)
                .await
        }
        _ => refusal(&visit, StatusCode::NOT_FOUND),
    }
}

fn stored<'a>(
    brief: &Brief,
    edition: &ArchiveEntry,
    kind: &'static str,
    key: &'a str,
    is_packed: bool,
    disposition: String,
) -> StoredFile<'a> {
    StoredFile { kind, key, is_packed, disposition, language: edition.language, reach: Reach::of(brief) }
}

/// Under which name a PDF is put on a disk (RFC 6266).
pub(super) fn named_pdf(pdf: &ArchivedPdf) -> String {
    let name: String = form_urlencoded::byte_serialize(pdf.name.as_bytes()).collect();
    let name = name.replace('+', "%20").replace('*', "%2A");
    format!("inline; filename=\"{}\"; filename*=UTF-8''{name}", pdf.ascii_name)
}

/// The page of an edition: what it is called, its first page, its files, its neighbours.
async fn show(visit: Visit, brief: &Brief, edition: &ArchiveEntry) -> Response {
    let around = match archive::around(&visit.site.store, brief, edition).await {
        Ok(around) => around,
        Err(problem) => return broken(&visit, &problem),
    };
    let language = edition.language;
    let visit = visit.with_versions(&around.languages, |other| address(brief, edition.number, other));
    let values = context! {
        id => brief.id.as_str(),
        brief => brief.title.get(language),
        quoted => quoted(brief.title.get(language), language),
        feed_title => brief.title.get(language),
        chosen => language.code(),
        base => Value::from_safe_string(address(brief, edition.number, language)),
        headline => &edition.headline,
        summary => &edition.summary,
        issue => &edition.issue,
        date => &edition.date,
        extent => extent(edition.pdf.pages, edition.pdf.bytes, language),
        has_files => edition.files.is_some(),
        earlier => around.earlier,
        later => around.later,
        superseded_by => edition.superseded_by,
        corrects => edition.corrects,
    };
    page(&visit, StatusCode::OK, Reach::of(brief), "edition.html", values)
}

/// The whole text of an edition.
async fn show_text(visit: Visit, brief: &Brief, edition: &ArchiveEntry, key: &str) -> Response {
    let site = visit.site.clone();
    let around = archive::around(&site.store, brief, edition).await;
    let text = site.shelf.file(&site.store, key).await;
    let (around, file) = match (around, text) {
        (Ok(around), Ok(file)) => (around, file),
        (Err(problem), _) | (_, Err(problem)) => return broken(&visit, &problem),
    };
    let text = unpacked(&file).ok().and_then(|text| String::from_utf8(text).ok());
    let Some(text) = text else { return broken(&visit, &store::Error::Corrupt(format!("the text {key}"))) };
    let visit =
        visit.with_versions(&around.languages, |other| format!("{}.html", address(brief, edition.number, other)));
    let values = context! {
        base => Value::from_safe_string(address(brief, edition.number, edition.language)),
        headline => &edition.headline,
        issue => &edition.issue,
        text,
        id => brief.id.as_str(),
        chosen => edition.language.code(),
        superseded_by => edition.superseded_by,
        corrects => edition.corrects,
        text_style => page::TEXT_STYLE_VERSION.as_str(),
    };
    page(&visit, StatusCode::OK, Reach::of(brief), "text.html", values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_one_way() {
        for (text, is) in [("12", Some(12)), ("0", None), ("-1", None), ("+1", None), ("01", None), ("1e3", None)] {
            assert_eq!(number(text), is, "{text}");
        }
        assert_eq!(number("99999999999999999999"), None);
    }
}
