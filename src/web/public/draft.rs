//! The draft of an edition that its gate holds, for who has a link to it. Nobody keeps these pages, and no search engine is to
//! have them. Whom a link is good for, `actions::edition_share` knows.

use axum::{
    Extension,
    extract::{Path, rejection::PathRejection},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, LOCATION},
    },
    response::{IntoResponse, Response},
};
use minijinja::{Value, context};

use super::{
    archive::named_pdf,
    notices::{broken, refusal},
    page::{self, Reach, page},
    stored::{StoredFile, unpacked},
    visit::Visit,
    words::archive::extent,
};
use crate::{
    actions::edition_share::{Draft, Followed, follow},
    base::language::Language,
    document::brief::{dates, issue},
    store::{ArchivedEdition, Error},
};

type Named = Result<Path<String>, PathRejection>;
type NamedFile = Result<Path<(String, String)>, PathRejection>;

/// Leads to the draft in the visitor's language, or one that it has.
pub(super) async fn lead_on(Extension(visit): Extension<Visit>, token: Named) -> Response {
    let Ok(Path(token)) = token else { return refusal(&visit, StatusCode::NOT_FOUND) };
    let draft = match found(&visit, &token).await {
        Ok(draft) => draft,
        Err(response) => return response,
    };
    let language = draft.of(visit.language).or(draft.languages.first()).map_or(visit.language, |it| it.language);
    let mut response = StatusCode::FOUND.into_response();
    let to = HeaderValue::from_str(&address(&token, language));
    let put = response.headers_mut();
    put.extend(to.ok().map(|to| (LOCATION, to)));
    put.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Reach::Personal.tell(put);
    response
}

/// The draft that the link leads to, or what is said instead.
async fn found(visit: &Visit, token: &str) -> Result<Box<Draft>, Response> {
    match follow(&visit.site.store, token, visit.site.clock.now()).await {
        Ok(Followed::Draft(draft)) => Ok(draft),
        Ok(Followed::Over) => {
            let values = context! { title => "draft.over_title", text => "draft.over" };
            Err(page(visit, StatusCode::GONE, Reach::Personal, "said.html", values))
        }
        Ok(Followed::Nothing) => Err(refusal(visit, StatusCode::NOT_FOUND)),
        Err(problem) => Err(broken(visit, &problem)),
    }
}

impl Draft {
    /// The key of what stands before all else.
    const fn mark(&self) -> &'static str {
        if self.is_released { "draft.was" } else { "draft.mark" }
    }
}

/// A token that was followed and a code need no escaping.
fn address(token: &str, language: Language) -> String {
    format!("/draft/{token}/{language}")
}

/// The draft's page in a language, or one of its files.
pub(super) async fn part(Extension(visit): Extension<Visit>, named: NamedFile, headers: HeaderMap) -> Response {
    let Ok(Path((token, file))) = named else { return refusal(&visit, StatusCode::NOT_FOUND) };
    let draft = match found(&visit, &token).await {
        Ok(draft) => draft,
        Err(response) => return response,
    };
    let (code, ending) = file.split_once('.').map_or((&*file, None), |(code, ending)| (code, Some(ending)));
    let Some(edition) = code.parse().ok().and_then(|language| draft.of(language)) else {
        return refusal(&visit, StatusCode::NOT_FOUND);
    };
    let visit = visit.of_language(edition.language);
    let name = format!("{}-{}-{code}", draft.brief, edition.number);
    let (kind, key, is_packed, disposition) = match (ending, &edition.page) {
        (None, _) => return show(visit, &token, &draft, edition),
        (Some("html"), Some(files)) => return show_text(visit, &token, &draft, edition, &files.html).await,
        (Some("pdf"), _) => ("application/pdf", &edition.pdf.key, false, named_pdf(&edition.pdf)),
        (Some("svg"), Some(files)) => ("image/svg+xml", &files.picture, true, "inline".to_owned()),
        (Some("csv"), Some(files)) => {
            ("text/csv; charset=utf-8", &files.figures, true, format!("attachment; filename=\"{name}.csv\""))
        }
        _ => return refusal(&visit, StatusCode::NOT_FOUND),
    };
    let stored = StoredFile { kind, key, is_packed, disposition, language: edition.language, reach: Reach::Personal };
    stored.answer(&visit, &headers).await
}

/// What it is called, its first page, its files.
fn show(visit: Visit, token: &str, draft: &Draft, edition: &ArchivedEdition) -> Response {
    let (language, site) = (edition.language, visit.site.clone());
    let languages: Vec<Language> = draft.languages.iter().map(|other| other.language).collect();
    let visit = visit.with_versions(&languages, |other| address(token, other));
    let zone = site.config.briefs.get(&*draft.brief).map_or(chrono_tz::UTC, |brief| brief.timezone);
    let kept = edition.page.as_ref();
    let values = context! {
        brief => site.title(&draft.brief, language),
        base => Value::from_safe_string(address(token, language)),
        headline => kept.map_or(&edition.subject, |kept| &kept.headline),
        summary => kept.map_or("", |kept| &kept.summary),
        issue => kept.map_or_else(|| issue(edition.number, language), |kept| kept.issue.clone()),
        date => kept.map_or("", |kept| &kept.date),
        extent => extent(edition.pdf.pages, edition.pdf.bytes, language),
        has_files => kept.is_some(),
        mark => draft.mark(),
        text => if draft.is_released { "draft.published" } else { "draft.text" },
        published => (draft.is_released && site.shown(&draft.brief).is_some())
            .then(|| Value::from_safe_string(format!("/{}/{}/{language}", draft.brief, edition.number))),
        // A day stays on its line.
        day => dates::day(draft.ends.with_timezone(&zone).date_naive(), language).replace(' ', "\u{a0}"),
    };
    page(&visit, StatusCode::OK, Reach::Personal, "draft.html", values)
}

/// The whole text.
async fn show_text(visit: Visit, token: &str, draft: &Draft, edition: &ArchivedEdition, key: &str) -> Response {
    let site = visit.site.clone();
    let file = match site.shelf.file(&site.store, key).await {
        Ok(file) => file,
        Err(problem) => return broken(&visit, &problem),
    };
    let text = unpacked(&file).ok().and_then(|text| String::from_utf8(text).ok());
    let Some(text) = text else { return broken(&visit, &Error::Corrupt(format!("the text {key}"))) };
    let languages: Vec<Language> = draft.languages.iter().map(|other| other.language).collect();
    let visit = visit.with_versions(&languages, |other| format!("{}.html", address(token, other)));
    let values = context! {
        base => Value::from_safe_string(address(token, edition.language)),
        headline => edition.page.as_ref().map_or(&edition.subject, |kept| &kept.headline),
        mark => draft.mark(),
        text,
        text_style => page::TEXT_STYLE_VERSION.as_str(),
    };
    page(&visit, StatusCode::OK, Reach::Personal, "draft-text.html", values)
}
