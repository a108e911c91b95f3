//! Pages made from their templates. What a page is given its own file knows; here is what all of them have.

use std::sync::LazyLock;

use axum::{
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, VARY},
    },
    response::{IntoResponse, Response},
};
use minijinja::{
    Environment, Error, ErrorKind, State, UndefinedBehavior, Value, context,
    value::{Kwargs, merge_maps},
};
use ring::digest::{SHA256, digest};
use tracing::error;

use super::{marks::mark, visit::Visit, words};
use crate::{
    base::language::Language,
    config::{Brief, Visibility},
    store::sha256,
};

pub(super) const STYLE: &str = include_str!("pages/style.css");
/// What browsers show beside the title.
pub(super) const ICON: &str = include_str!("pages/icon.svg");
/// The look of an edition's whole text.
pub(super) const TEXT_STYLE: &str = include_str!("pages/text.css");
/// The work that the form of joining asks of a browser.
pub(super) const SCRIPT: &str = include_str!("pages/join.js");

const TEMPLATES: &[(&str, &str)] = &[
    ("address.html", include_str!("pages/address.html")),
    ("archive.html", include_str!("pages/archive.html")),
    ("away.html", include_str!("pages/away.html")),
    ("confirm.html", include_str!("pages/confirm.html")),
    ("contact.html", include_str!("pages/contact.html")),
    ("draft.html", include_str!("pages/draft.html")),
    ("draft-text.html", include_str!("pages/draft-text.html")),
    ("edition.html", include_str!("pages/edition.html")),
    ("error.html", include_str!("pages/error.html")),
    ("feed.xml", include_str!("pages/feed.xml")),
    ("feeds.html", include_str!("pages/feeds.html")),
    ("superseded.html", include_str!("pages/superseded.html")),
    ("frame.html", include_str!("pages/frame.html")),
    ("imprint.html", include_str!("pages/imprint.html")),
    ("join.html", include_str!("pages/join.html")),
    ("leave.html", include_str!("pages/leave.html")),
    ("left.html", include_str!("pages/left.html")),
    ("list.html", include_str!("pages/list.html")),
    ("preferences.html", include_str!("pages/preferences.html")),
    ("privacy.html", include_str!("pages/privacy.html")),
    ("said.html", include_str!("pages/said.html")),
    ("text.html", include_str!("pages/text.html")),
    ("withdrawn.html", include_str!("pages/withdrawn.html")),
];

/// A browser keeps style and script until they are others.
pub(super) static STYLE_VERSION: LazyLock<String> = LazyLock::new(|| version(STYLE));
pub(super) static TEXT_STYLE_VERSION: LazyLock<String> = LazyLock::new(|| version(TEXT_STYLE));
pub(super) static SCRIPT_VERSION: LazyLock<String> = LazyLock::new(|| version(SCRIPT));

/// The first characters of a text's hash.
fn version(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    pages.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    pages.add_function("t", text);
    for (name, source) in TEMPLATES {
        if let Err(problem) = pages.add_template(name, source) {
            error!(%problem, name, "a page cannot be read");
        }
    }
    pages
});

/// `t("key", name=value)`: a text in the page's language.
fn text(state: &State<'_, '_>, key: &str, values: Kwargs) -> Result<String, Error> {
    let code = state.lookup("language").and_then(|language| language.as_str().map(str::to_owned));
    let language: Language = code.and_then(|code| code.parse().ok()).unwrap_or(Language::En);
    let given: Vec<(&str, String)> =
        values.args().map(|name| Ok((name, values.get::<Value>(name)?.to_string()))).collect::<Result<_, Error>>()?;
    let value = |name: &str| given.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
    words::text(key, language, value)
        .ok_or_else(|| Error::new(ErrorKind::InvalidOperation, format!("there is no text `{key}`")))
}

/// How long a page may be kept, and by whom found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Everybody's: it may be kept for some minutes, and search engines may show it.
    Public,
    /// For who knows its address: it is kept, but not to be found.
    Link,
    /// One person's, or the answer to a form: nobody keeps it.
    Personal,
}

impl Reach {
    /// How far a brief's pages reach.
    pub const fn of(brief: &Brief) -> Reach {
        match brief.public {
            Visibility::Public => Reach::Public,
            Visibility::Link | Visibility::Off => Reach::Link,
        }
    }

    /// Asks search engines to stay away, if so.
    pub fn tell(self, headers: &mut HeaderMap) {
        if self != Reach::Public {
            headers.insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
        }
    }
}

/// A page in the visitor's language.
pub(super) fn page(visit: &Visit, status: StatusCode, reach: Reach, name: &str, values: Value) -> Response {
    let html = match render(visit, reach, name, values) {
        Ok(html) => html,
        Err(problem) => return too_bad(name, &problem),
    };
    let mark = (reach != Reach::Personal).then(|| HeaderValue::from_str(&mark(&sha256(html.as_bytes()), "")).ok());
    let kept = match reach {
        Reach::Public | Reach::Link => "public, max-age=300",
        Reach::Personal => "no-store",
    };
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_LANGUAGE, visit.language.tag()),
        (CACHE_CONTROL, kept),
        (VARY, "Accept-Language"),
    ];
    let mut response = (status, headers, html).into_response();
    let put = response.headers_mut();
    put.extend(mark.flatten().map(|mark| (ETAG, mark)));
    reach.tell(put);
    response
}

/// A template filled that is no page.
pub(super) fn rendered(name: &str, values: Value) -> Result<String, Error> {
    PAGES.get_template(name)?.render(values)
}

/// A template of ours could not be filled.
pub(super) fn too_bad(name: &str, problem: &Error) -> Response {
    error!(problem = format!("{problem:#}"), name, "a page cannot be made");
    (StatusCode::INTERNAL_SERVER_ERROR, "not possible at the moment\n").into_response()
}

fn render(visit: &Visit, reach: Reach, name: &str, values: Value) -> Result<String, Error> {
    let languages: Vec<Value> = visit
        .versions()
        .into_iter()
        .map(|(other, href)| {
            context! { code => other.code(), tag => other.tag(), name => words::own_name(other), href }
        })
        .collect();
    let frame = context! {
        tag => visit.language.tag(),
        language => visit.language.code(),
        languages,
        home => visit.site.listed().next().is_some(),
        publisher => visit.site.publisher(),
        hidden => reach != Reach::Public,
        style => STYLE_VERSION.as_str(),
    };
    PAGES.get_template(name)?.render(merge_maps([values, frame]))
}

/// A masked address with its dots kept together with what stands behind them: a line may end after dots.
pub(super) fn unbroken(address: &str) -> String {
    address.replace('…', "…\u{2060}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_read_and_every_text_that_one_asks_for_is_there() {
        for (name, source) in TEMPLATES {
            assert!(PAGES.get_template(name).is_ok(), "{name}");
            let calls = source.split("t(\"").skip(1).chain(source.split("label = \"").skip(1));
            for call in calls {
                let key = call.split('"').next().unwrap();
                assert!(words::text(key, Language::En, |_| None).is_some(), "{name}: {key}");
            }
        }
    }
}
