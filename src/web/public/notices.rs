//! The pages that are about nobody: the list of briefs, imprint, privacy, and what is wrong with a request.

use axum::{
    Extension,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use minijinja::{Value, context};
use tracing::error;

use super::{
    links,
    page::{Reach, page},
    visit::Visit,
    words,
};
use crate::{
    config::{Brief, Imprint},
    people::joining::LAPSES_AFTER,
    store,
};

pub(super) async fn list(Extension(visit): Extension<Visit>) -> Response {
    let language = visit.language;
    let languages = |brief: &Brief| words::listed(&brief.languages, language);
    let briefs: Vec<Value> = visit
        .site
        .listed()
        .map(|brief| context! { id => brief.id.as_str(), title => brief.title.get(language), languages => languages(brief) })
        .collect();
    page(&visit, StatusCode::OK, Reach::Public, "list.html", context! { briefs })
}

pub(super) async fn imprint(Extension(visit): Extension<Visit>) -> Response {
    let imprint = visit.site.config.imprint.as_ref().map(shown);
    page(&visit, StatusCode::OK, Reach::Public, "imprint.html", context! { imprint })
}

pub(super) async fn privacy(Extension(visit): Extension<Visit>) -> Response {
    let config = &visit.site.config;
    let days =
        |kept: Option<std::time::Duration>| kept.map(|kept| words::days(kept.as_secs() / 86_400, visit.language));
    let own = visit.site.web.url.link("/privacy");
    let more = config.imprint.as_ref().and_then(|imprint| imprint.privacy_url.as_deref()).filter(|url| *url != own);
    let values = context! {
        imprint => config.imprint.as_ref().map(shown),
        contact => contact(&visit),
        replies_long => if config.replies.are_read() { "privacy.long.written" } else { "privacy.long.bounced" },
        replies_ever => if config.replies.are_read() { "privacy.long.written_ever" } else { "privacy.long.bounced_ever" },
        kept => context! {
            replies => config.replies.are_read(),
            mails => days(config.retention.mails),
            eml => days(config.retention.eml),
            networks => days(config.retention.networks),
            lapsed => words::days(LAPSES_AFTER.num_days().unsigned_abs(), visit.language),
        },
        more,
    };
    page(&visit, StatusCode::OK, Reach::Public, "privacy.html", values)
}

/// The imprint; its contact is a link if it is a mail address.
fn shown(imprint: &Imprint) -> Value {
    let mail = Some(&imprint.contact).filter(|contact| contact.contains('@'));
    context! { name => &imprint.name, address => &imprint.address, contact => &imprint.contact, mail }
}

/// Whom one can ask.
fn contact(visit: &Visit) -> String {
    let config = &visit.site.config;
    config.imprint.as_ref().map_or_else(|| config.mail.from_address.to_string(), |imprint| imprint.contact.clone())
}

/// What is wrong with a request, or with us, on a page in the reader's language: by its status, one of those that have their
/// words.
pub(super) fn refusal(visit: &Visit, status: StatusCode) -> Response {
    let number = status.as_u16();
    // Who came here to leave is told another way.
    let mailbox = visit
        .here
        .starts_with("/u/")
        .then(|| visit.site.config.mail.unsubscribe_mailbox.as_ref().map(ToString::to_string))
        .flatten();
    // A link that does not work any more leads to nothing, but to where new ones are sent: in full, since one that leaves is
    // answered under other names, too.
    let is_dead = links::is_of_mail(&visit.here) && matches!(status, StatusCode::NOT_FOUND | StatusCode::GONE);
    let form = is_dead.then(|| visit.site.web.url.link(&format!("/leave?lang={}", visit.language)));
    let values = context! {
        form => form.map(Value::from_safe_string),
        title => format!("error.{number}.title"),
        text => format!("error.{number}.text"),
        url => visit.site.web.url.to_string(),
        contact => contact(visit),
        mailbox,
    };
    let mut response = page(visit, status, Reach::Personal, "error.html", values);
    if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
        response.headers_mut().insert(RETRY_AFTER, axum::http::HeaderValue::from_static("120"));
    }
    response
}

/// The store could not be asked.
pub(super) fn broken(visit: &Visit, problem: &store::Error) -> Response {
    error!(%problem, "a page cannot be read from the store");
    refusal(visit, StatusCode::SERVICE_UNAVAILABLE)
}

/// The public half of the key that PDFs are signed with, in PEM, if there is one.
pub(super) async fn key(Extension(visit): Extension<Visit>) -> Response {
    let key = visit.site.config.signing.as_ref().and_then(|signing| signing.key.as_ref());
    let Some(key) = key else { return refusal(&visit, StatusCode::NOT_FOUND) };
    let head = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "public, max-age=300")];
    (head, key.public().to_pem()).into_response()
}

/// An address that is no page.
pub(super) async fn nowhere(Extension(visit): Extension<Visit>) -> Response {
    refusal(&visit, StatusCode::NOT_FOUND)
}

/// A method that the page does not know.
pub(super) async fn not_so(Extension(visit): Extension<Visit>) -> Response {
    refusal(&visit, StatusCode::METHOD_NOT_ALLOWED).into_response()
}
