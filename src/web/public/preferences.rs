//! The page on which a reader changes what they get: another language, another brief, another address. What a change is,
//! `actions::joining` knows.

use axum::{
    Extension,
    body::Body,
    extract::{Path, rejection::PathRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use minijinja::{Value, context};

use super::{
    joining::{look_at_suppression, read, refused, said},
    notices::refusal,
    page::{Reach, page, unbroken},
    visit::Visit,
    words::{own_name, quoted},
};
use crate::{
    actions::joining::{
        JoinError, PreferencesView, change_brief, change_language, preferences_view, request_address_change,
    },
    people::{joining::quoted as list_of, subscribers::Address},
};

type Named = Result<Path<String>, PathRejection>;

const FIELDS: [&str; 5] = ["address", "brief", "change", "lang", "language"];

/// What the reader gets, with a form for each change. Nothing changes.
pub(super) async fn look(Extension(visit): Extension<Visit>, token: Named) -> Response {
    let Ok(Path(token)) = token else { return refusal(&visit, StatusCode::NOT_FOUND) };
    match preferences_view(visit.site.joining(), &token).await {
        Ok(view) => {
            let visit = visit.with_known_language(view.language);
            show(&visit, &token, &view, Shown::default())
        }
        Err(error) => refused(&visit, &token, &error),
    }
}

/// What stands on the page beside the forms.
#[derive(Default)]
struct Shown<'a> {
    /// What was done
    done: Option<&'a str>,
    /// What is wrong with the address that was typed
    problem: Option<&'a str>,
    given: &'a str,
}

fn show(visit: &Visit, token: &str, view: &PreferencesView, shown: Shown<'_>) -> Response {
    let site = &visit.site;
    let brief = quoted(&site.title(&view.brief, visit.language), visit.language);
    if !view.is_active {
        let again = site.shown(&view.brief).map(|brief| brief.id.as_str());
        let values = context! {
            title => "left.title", text => "left.before", brief, address => unbroken(&view.address), again,
        };
        return said(visit, StatusCode::OK, values);
    }
    let languages = site.config.briefs.get(&view.brief).map(|brief| brief.languages.clone()).unwrap_or_default();
    let choices: Vec<Value> = languages
        .iter()
        .map(|other| context! { code => other.code(), tag => other.tag(), name => own_name(*other) })
        .collect();
    let others: Vec<Value> = site
        .listed()
        .filter(|other| other.id != view.brief && other.languages.contains(&view.language))
        .map(|other| context! { id => other.id.as_str(), title => other.title.get(visit.language) })
        .collect();
    let values = context! {
        token,
        leave => view.leave.as_str(),
        brief,
        address => unbroken(&view.address),
        chosen => view.language.code(),
        moves => (view.all.len() > 1).then(|| list_of(visit.language, &view.all)),
        choices,
        others,
        done => shown.done,
        problem => shown.problem,
        given => shown.given,
    };
    let status = if shown.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(visit, status, Reach::Personal, "preferences.html", values)
}

/// Makes one change, and shows what holds now.
pub(super) async fn change(
    Extension(mut visit): Extension<Visit>,
    token: Named,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Path(token)) = token else { return refusal(&visit, StatusCode::NOT_FOUND) };
    let form = match read(&headers, body, &FIELDS).await {
        Ok(form) => form,
        Err(status) => return refusal(&visit, status),
    };
    visit = visit.with_form_language(form.get("lang"));
    let (site, now) = (visit.site.clone(), visit.site.clock.now());
    let (joining, given) = (site.joining(), form.get("address").unwrap_or_default());
    let (mut token, mut shown) = (token, Shown { given, ..Shown::default() });
    let mut asked = None;
    let done: Result<(), JoinError> = match form.get("change") {
        Some("language") => {
            let Some(language) = form.get("language").and_then(|language| language.parse().ok()) else {
                return refusal(&visit, StatusCode::BAD_REQUEST);
            };
            shown.done = Some("preferences.saved");
            change_language(joining, &token, language, now).await.map(drop)
        }
        Some("brief") => {
            let Some(brief) = form.get("brief").filter(|id| site.shown(id).is_some()) else {
                return refusal(&visit, StatusCode::BAD_REQUEST);
            };
            shown.done = Some("preferences.saved");
            change_brief(joining, &token, brief, now).await.map(|other| {
                if let Some(other) = other {
                    token = other;
                    visit.here = format!("/p/{token}");
                }
            })
        }
        Some("address") => match Address::parse(given.trim()) {
            Ok(address) => {
                shown = Shown { done: Some("preferences.asked"), ..Shown::default() };
                request_address_change(joining, &token, &address, Some(visit.network()), now).await.map(|outcome| {
                    asked = outcome.filter(|outcome| outcome.is_mailed()).map(|_| address);
                })
            }
            Err(_) => {
                shown.problem =
                    Some(if given.trim().is_empty() { "form.address_missing" } else { "form.address_wrong" });
                Ok(())
            }
        },
        _ => return refusal(&visit, StatusCode::BAD_REQUEST),
    };
    if let Err(error) = done {
        return refused(&visit, &token, &error);
    }
    site.queued.notify_one();
    match preferences_view(joining, &token).await {
        Ok(view) => {
            if let Some(address) = asked {
                look_at_suppression(&visit, address, view.brief.clone());
            }
            show(&visit, &token, &view, shown)
        }
        Err(error) => refused(&visit, &token, &error),
    }
}
