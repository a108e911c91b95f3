//! The feeds of a brief in one language: Atom (RFC 4287) and JSON Feed 1.1. An entry's id depends on the installation's store,
//! the brief, the number and the language: it stays when the pages move to another address.

use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, ETAG},
    },
    response::{IntoResponse, Response},
};
use chrono::{DateTime, SecondsFormat, Utc};
use minijinja::{Value, context};
use serde_json::json;

use super::{
    marks::{is_known, mark},
    notices::broken,
    page::{Reach, rendered, too_bad},
    visit::Visit,
    words,
};
use crate::{
    actions::archive::{self, ArchiveEntry},
    base::language::Language,
    config::Brief,
    store::{Error, Setting, sha256},
};

/// Editions in a feed.
const ENTRIES: i64 = 30;

/// A feed, as its formats write it.
#[derive(Debug)]
struct Feed {
    id: String,
    title: String,
    /// RFC 3339
    updated: String,
    /// The feed's own address
    here: String,
    /// The page of the archive
    home: String,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    id: String,
    title: String,
    summary: String,
    released: String,
    /// RFC 3339: when it was released or superseded
    changed: String,
    page: String,
    pdf: String,
    bytes: i64,
}

/// The feed as Atom.
pub(super) async fn atom(visit: &Visit, brief: &Brief, language: Language, headers: &HeaderMap) -> Response {
    let feed = match read(visit, brief, language, "atom").await {
        Ok(feed) => feed,
        Err(problem) => return broken(visit, &problem),
    };
    let entries: Vec<Value> = feed
        .entries
        .iter()
        .map(|Entry { id, title, summary, released, changed, page, pdf, bytes }| {
            let [page, pdf] = [page, pdf].map(|address| Value::from_safe_string(address.clone()));
            context! { id, title, summary, released, changed, page, pdf, bytes => *bytes }
        })
        .collect();
    let Feed { id, title, updated, here, home, .. } = &feed;
    let [here, home] = [here, home].map(|address| Value::from_safe_string(address.clone()));
    let values = context! {
        tag => language.tag(), publisher => visit.site.publisher(), id, title, updated, here, home, entries,
    };
    match rendered("feed.xml", values) {
        Ok(text) => answer(brief, headers, "application/atom+xml; charset=utf-8", text),
        Err(problem) => too_bad("feed.xml", &problem),
    }
}

/// The feed as JSON Feed.
pub(super) async fn json(visit: &Visit, brief: &Brief, language: Language, headers: &HeaderMap) -> Response {
    let feed = match read(visit, brief, language, "json").await {
        Ok(feed) => feed,
        Err(problem) => return broken(visit, &problem),
    };
    let items: Vec<serde_json::Value> = feed
        .entries
        .iter()
        .map(|entry| {
            json!({
                "id": entry.id,
                "url": entry.page,
                "title": entry.title,
                "content_text": if entry.summary.is_empty() { &entry.title } else { &entry.summary },
                "date_published": entry.released,
                "date_modified": entry.changed,
                "attachments": [{ "url": entry.pdf, "mime_type": "application/pdf", "size_in_bytes": entry.bytes }],
            })
        })
        .collect();
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": feed.home,
        "feed_url": feed.here,
        "language": language.tag(),
        "authors": [{ "name": visit.site.publisher() }],
        "items": items,
    });
    answer(brief, headers, "application/feed+json; charset=utf-8", feed.to_string())
}

async fn read(visit: &Visit, brief: &Brief, language: Language, ending: &str) -> Result<Feed, Error> {
    let site = &visit.site;
    let store_id = site.store.setting(Setting::StoreId).await?.unwrap_or_default();
    let editions = archive::newest(&site.store, brief, language, None, ENTRIES).await?;
    let name = format!("{store_id}/{}/{language}", brief.id);
    let link = |path: &str| site.web.url.link(&format!("/{}/{path}", brief.id));
    let entry = |edition: &ArchiveEntry| {
        let page = link(&format!("{}/{language}", edition.number));
        Entry {
            id: urn(&format!("{name}/{}", edition.number)),
            title: title(edition),
            summary: edition.summary.clone(),
            released: written(edition.released),
            changed: written(edition.changed),
            pdf: format!("{page}.pdf"),
            page,
            bytes: edition.pdf.bytes,
        }
    };
    Ok(Feed {
        id: urn(&name),
        title: brief.title.get(language).clone(),
        updated: written(archive::changed(&site.store, brief, &editions, site.clock.now()).await?),
        here: link(&format!("{language}.{ending}")),
        home: link(&format!("archive?lang={language}")),
        entries: editions.iter().map(entry).collect(),
    })
}

/// What an entry is called: that it is superseded, and what it corrects, is said where only titles are read.
fn title(edition: &ArchiveEntry) -> String {
    let mut title = format!("{}: {}", edition.issue, edition.headline);
    for (key, number) in [("feed.corrects", edition.corrects), ("feed.superseded", edition.superseded_by)] {
        let Some(number) = number.map(|number| number.to_string()) else { continue };
        let value = |name: &str| match name {
            "n" => Some(&*number),
            _ => Some(&*title),
        };
        title = words::text(key, edition.language, value).unwrap_or(title);
    }
    title
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A UUID of a name, of version 8 (RFC 9562 §5.8): the first bits of its SHA-256.
fn urn(name: &str) -> String {
    let hash = sha256(name.as_bytes());
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-8{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

fn answer(brief: &Brief, headers: &HeaderMap, kind: &'static str, text: String) -> Response {
    let mark = mark(&sha256(text.as_bytes()), "");
    let mut response =
        if is_known(headers, &mark) { StatusCode::NOT_MODIFIED.into_response() } else { text.into_response() };
    let put = response.headers_mut();
    put.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    put.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    put.extend(HeaderValue::from_str(&mark).ok().map(|mark| (ETAG, mark)));
    Reach::of(brief).tell(put);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_id() {
        let id = urn("demo/green-economy/en/1");
        assert_eq!(id, urn("demo/green-economy/en/1"));
        assert_ne!(id, urn("demo/green-economy/en/2"));
        assert_eq!(id.len(), "urn:uuid:".len() + 36);
        assert_eq!((id.get(23..24), id.get(28..29)), (Some("8"), Some("a")));
    }
}
