//! The page by which a reader leaves, and the mail provider's button (RFC 8058). What leaving is, `actions::leaving` knows.

use axum::{
    Extension,
    body::Body,
    extract::{Path, rejection::PathRejection},
    http::{HeaderMap, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use minijinja::context;
use tracing::error;

use super::{
    form,
    notices::refusal,
    page::{Reach, page, unbroken},
    visit::Visit,
    words::quoted,
};
use crate::{
    actions::leaving::{self, LeaveError, LeaveView, Scope, Way},
    people::tokens::{Token, TokenError},
};

type Named = Result<Path<String>, PathRejection>;

/// What the token is about, with a button for each way to leave. Nothing changes.
pub(super) async fn look(Extension(visit): Extension<Visit>, token: Named) -> Response {
    let Ok(Path(token)) = token else { return refusal(&visit, StatusCode::NOT_FOUND) };
    match leaving::look_up(&visit.site.store, &token).await {
        Ok(view) if view.is_active => {
            let visit = visit.with_known_language(view.language);
            let brief = quoted(&visit.site.title(&view.brief, visit.language), visit.language);
            let values = context! { token, id => view.brief.as_str(), brief, address => unbroken(&view.address) };
            page(&visit, StatusCode::OK, Reach::Personal, "leave.html", values)
        }
        Ok(view) => gone(visit, &token, &view, "left.before", false),
        Err(error) => refused(&visit, &token, &error),
    }
}

/// Leaves. The token is all that is needed: the body decides only how much is left and how the answer looks. One that is
/// unknown, too long, too slow or broken off means this brief: a "no" is not refused for its form.
pub(super) async fn leave(
    Extension(visit): Extension<Visit>,
    token: Named,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Path(token)) = token else { return refusal(&visit, StatusCode::NOT_FOUND) };
    let form = form::fields_if_any(&headers, body).await;
    let visit = visit.with_form_language(form.get("lang"));
    let (scope, is_page) = match form.get("scope") {
        Some("all") => (Scope::AllBriefs, true),
        Some(_) => (Scope::ThisBrief, true),
        None => (Scope::ThisBrief, false),
    };
    let way = if is_page { Way::Page } else { Way::OneClick };
    let now = visit.site.clock.now();
    match leaving::leave(&visit.site.store, &token, scope, way, now).await {
        // A program asks: it reads the status.
        Ok(_) if !is_page => (StatusCode::OK, [(CACHE_CONTROL, "no-store")], "unsubscribed\n").into_response(),
        Ok(outcome) => {
            let what = match (outcome.had_left(), scope) {
                (true, _) => "left.before",
                (false, Scope::AllBriefs) => "left.all",
                (false, Scope::ThisBrief) => "left.one",
            };
            let mut view = outcome.before;
            if scope == Scope::AllBriefs {
                view.others.clear();
            }
            gone(visit, &token, &view, what, outcome.at_dot > 0)
        }
        Err(error) => refused(&visit, &token, &error),
    }
}

/// The page of somebody who has left.
fn gone(visit: Visit, token: &str, view: &LeaveView, what: &str, at_dot: bool) -> Response {
    let visit = visit.with_known_language(view.language);
    let brief = quoted(&visit.site.title(&view.brief, visit.language), visit.language);
    let values = context! {
        token,
        what,
        brief,
        address => unbroken(&view.address),
        at_dot,
        others => !view.others.is_empty(),
        again => visit.site.shown(&view.brief).map(|brief| brief.id.as_str()),
    };
    page(&visit, StatusCode::OK, Reach::Personal, "left.html", values)
}

fn refused(visit: &Visit, token: &str, error: &LeaveError) -> Response {
    let status = match error {
        LeaveError::Token(TokenError::UnknownKey(_) | TokenError::RetiredKey(_)) | LeaveError::Gone => StatusCode::GONE,
        LeaveError::Token(_) => StatusCode::NOT_FOUND,
        LeaveError::Store(problem) => {
            error!(%problem, token = Token::shown(token), "a reader could not leave");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    refusal(visit, status)
}
