//! The pages of joining: a brief's form, the button that confirms, and the form for the link to leave. What joining is,
//! `actions::joining` knows; each form gets the same answer whatever comes of it.

use axum::{
    Extension,
    body::Body,
    extract::{Path, rejection::PathRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use minijinja::{Value, context};
use tracing::error;

use super::{
    form::{self, Form},
    language::in_brief,
    notices::refusal,
    page::{self, Reach, page, unbroken},
    visit::Visit,
    words::{listed, own_name, quoted},
};
use crate::{
    actions::joining::{
        Asked, ConfirmState, ConfirmView, FormProof, JoinError, SignUp, confirm, confirm_view, join_form,
        request_leave_link, sign_up, tell_of_suppressed,
    },
    config::{Brief, Visibility},
    people::{
        joining::{SignUpOutcome, quoted as list_of},
        subscribers::Address,
        tokens::{Token, TokenError},
    },
};

type Named = Result<Path<String>, PathRejection>;

/// The fields of a brief's form.
const JOIN_FIELDS: [&str; 6] = ["address", "challenge", "lang", "language", "nonce", "website"];

/// The script and style of the form come from here, and nothing else.
const WITH_SCRIPT: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; \
                           frame-ancestors 'none'; base-uri 'none'";

/// A brief's form.
pub(super) async fn form(Extension(visit): Extension<Visit>, brief: Named) -> Response {
    match brief.as_ref().ok().and_then(|Path(id)| visit.site.shown(id)) {
        Some(brief) => show_form(&visit, brief, "", None).await,
        None => refusal(&visit, StatusCode::NOT_FOUND),
    }
}

/// The form of a brief, with what was typed and what is wrong with it. Its words, those that the reader agrees to among them,
/// are in the language in which the brief will come.
async fn show_form(visit: &Visit, brief: &Brief, given: &str, problem: Option<&str>) -> Response {
    let chosen = in_brief(brief, visit.language);
    let form = match join_form(visit.site.joining(), &brief.id, chosen, visit.site.clock.now()).await {
        Ok(form) => form,
        Err(error) => return refused(visit, "", &error),
    };
    let others: Vec<Value> = brief
        .languages
        .iter()
        .filter(|other| **other != chosen)
        .map(|other| context! { code => other.code(), tag => other.tag(), name => own_name(*other) })
        .collect();
    let values = context! {
        id => brief.id.as_str(),
        brief => quoted(brief.title.get(chosen), visit.language),
        chosen => chosen.code(),
        comes_in => listed(&[chosen], visit.language),
        others,
        consent => form.consent.text,
        consent_tag => chosen.tag(),
        challenge => form.challenge.as_str(),
        script => page::SCRIPT_VERSION.as_str(),
        given,
        problem,
    };
    let (status, reach) = match (problem, brief.public) {
        (Some(_), _) => (StatusCode::UNPROCESSABLE_ENTITY, Reach::Personal),
        (None, Visibility::Public) => (StatusCode::OK, Reach::Public),
        (None, _) => (StatusCode::OK, Reach::Link),
    };
    let mut response = page(visit, status, reach, "join.html", values);
    let policy = axum::http::HeaderValue::from_static(WITH_SCRIPT);
    response.headers_mut().insert(axum::http::header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// Takes a brief's form.
pub(super) async fn join(
    Extension(mut visit): Extension<Visit>,
    brief: Named,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let site = visit.site.clone();
    let Some(brief) = brief.as_ref().ok().and_then(|Path(id)| site.shown(id)) else {
        return refusal(&visit, StatusCode::NOT_FOUND);
    };
    // Another language is asked for on the page of the form.
    visit.here = format!("/{}", brief.id);
    let form = match read(&headers, body, &JOIN_FIELDS).await {
        Ok(form) => form,
        Err(status) => return refusal(&visit, status),
    };
    let visit = visit.with_form_language(form.get("lang").or_else(|| form.get("language")));
    let language = form.get("language").map_or(Ok(in_brief(brief, visit.language)), str::parse);
    let Some(language) = language.ok().filter(|language| brief.languages.contains(language)) else {
        return refusal(&visit, StatusCode::BAD_REQUEST);
    };
    let given = form.get("address").unwrap_or_default();
    let address = match Address::parse(given.trim()) {
        Ok(address) => address,
        Err(_) => return show_form(&visit, brief, given, Some(what_is_wrong(given))).await,
    };
    let proof = FormProof {
        challenge: form.get("challenge").unwrap_or_default(),
        nonce: form.get("nonce").unwrap_or_default(),
        address: given,
        trap: form.get("website").unwrap_or_default(),
    };
    let request = SignUp {
        brief: &brief.id,
        language,
        address: &address,
        network: Some(visit.network()),
        asked: Asked::Form(proof),
    };
    match sign_up(site.joining(), request, site.clock.now()).await {
        Ok(outcome) => {
            site.vitals.signed_up(outcome);
            // The courier is not called for a mail that waits, or for none.
            if outcome == SignUpOutcome::Queued {
                site.queued.notify_one();
            }
            if outcome.is_mailed() {
                look_at_suppression(&visit, address.clone(), brief.id.clone());
            }
            said(
                &visit,
                StatusCode::OK,
                context! { title => "joined.title", text => "joined.text", more => "joined.waiting" },
            )
        }
        Err(error) => refused(&visit, "", &error),
    }
}

/// Whether an address is suppressed is looked up behind the answer, whose time must not tell it.
pub(super) fn look_at_suppression(visit: &Visit, address: Address, brief: String) {
    let site = visit.site.clone();
    let look = async move {
        if let Err(problem) = tell_of_suppressed(site.joining(), &address, &brief, site.clock.now()).await {
            error!(%problem, "the operators are not told if the address is suppressed");
        }
    };
    if !visit.site.afterwards.do_later(look) {
        error!("too much waits: the operators are not told if an address is suppressed");
    }
}

fn what_is_wrong(given: &str) -> &'static str {
    if given.trim().is_empty() { "form.address_missing" } else { "form.address_wrong" }
}

/// A form of ours, with no other fields than these.
pub(super) async fn read(headers: &HeaderMap, body: Body, fields: &[&str]) -> Result<Form, StatusCode> {
    let form = Form::of(headers, &form::body(headers, body).await?);
    if form.is_ours(fields) { Ok(form) } else { Err(StatusCode::BAD_REQUEST) }
}

/// The page of the link in the mail that asks for a confirmation: a button. Nothing changes.
pub(super) async fn ask(Extension(visit): Extension<Visit>, token: Named) -> Response {
    let Ok(Path(token)) = token else { return refusal(&visit, StatusCode::NOT_FOUND) };
    match confirm_view(visit.site.joining(), &token, visit.site.clock.now()).await {
        Ok(view) if view.state == ConfirmState::Open => {
            let visit = visit.with_known_language(view.language);
            let (title, question, button) = if view.is_address_change {
                ("confirm.address_title", "confirm.address_question", "confirm.address_button")
            } else {
                ("confirm.title", "confirm.question", "confirm.button")
            };
            let values = context! {
                token,
                title,
                question,
                button,
                otherwise => if view.is_address_change { "confirm.address_otherwise" } else { "confirm.otherwise" },
                brief => list_of(visit.language, &view.titles),
                address => unbroken(&view.address),
                consent => view.consent,
                consent_tag => view.language.tag(),
            };
            page(&visit, StatusCode::OK, Reach::Personal, "confirm.html", values)
        }
        Ok(view) => confirmed(visit, &view, "confirmed.before"),
        Err(error) => over(&visit, &token, &error),
    }
}

/// The page of a link whose request is not there any more; of another error, that of the error.
fn over(visit: &Visit, token: &str, error: &JoinError) -> Response {
    if matches!(error, JoinError::Gone) {
        return said(visit, StatusCode::GONE, context! { title => "lapsed.title", text => "lapsed.gone" });
    }
    refused(visit, token, error)
}

/// The button.
pub(super) async fn answer(
    Extension(visit): Extension<Visit>,
    token: Named,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Path(token)) = token else { return refusal(&visit, StatusCode::NOT_FOUND) };
    let body = match form::body(&headers, body).await {
        Ok(body) => body,
        Err(status) => return refusal(&visit, status),
    };
    let form = Form::of(&headers, &body);
    // Nothing but the button is needed: the token says all.
    if !body.is_empty() && !form.is_ours(&["lang"]) {
        return refusal(&visit, StatusCode::BAD_REQUEST);
    }
    let visit = visit.with_form_language(form.get("lang"));
    let site = visit.site.clone();
    match confirm(site.joining(), &token, Some(visit.network()), site.clock.now()).await {
        Ok(done) => {
            site.queued.notify_one();
            let text = match (done.is_new, done.view.is_address_change, done.edition) {
                (false, ..) => "confirmed.before",
                (true, true, _) => "confirmed.address",
                (true, false, true) => "confirmed.text",
                (true, false, false) => "confirmed.none",
            };
            confirmed(visit, &done.view, text)
        }
        Err(error) => over(&visit, &token, &error),
    }
}

/// The page of a sign-up that is not open any more; `text` is said if it is confirmed.
fn confirmed(visit: Visit, view: &ConfirmView, text: &str) -> Response {
    let visit = visit.with_known_language(view.language);
    let (status, title, text) = match view.state {
        ConfirmState::Open | ConfirmState::Confirmed => {
            let title = match (text, view.is_address_change) {
                ("confirmed.before", _) => "confirmed.before_title",
                (_, true) => "confirmed.address_title",
                (_, false) => "confirmed.title",
            };
            (StatusCode::OK, title, text)
        }
        ConfirmState::Lapsed if view.is_address_change => (StatusCode::GONE, "lapsed.title", "lapsed.address"),
        ConfirmState::Lapsed => (StatusCode::GONE, "lapsed.title", "lapsed.text"),
        ConfirmState::LeftSince => (StatusCode::GONE, "lapsed.title", "lapsed.left"),
        ConfirmState::Suppressed => (StatusCode::GONE, "lapsed.title", "lapsed.suppressed"),
        ConfirmState::Superseded => (StatusCode::GONE, "lapsed.title", "lapsed.superseded"),
        ConfirmState::Closed => (StatusCode::GONE, "lapsed.title", "lapsed.closed"),
    };
    let may_ask_again = match view.state {
        ConfirmState::Lapsed => !view.is_address_change,
        state => state == ConfirmState::LeftSince,
    };
    let values = context! {
        title,
        text,
        brief => list_of(visit.language, &view.titles),
        address => unbroken(&view.address),
        again => may_ask_again.then(|| visit.site.shown(&view.brief).map(|brief| brief.id.as_str())).flatten(),
    };
    said(&visit, status, values)
}

/// The form for the link to leave. It is there for every brief, listed or not: who reads one can leave.
pub(super) async fn away(Extension(visit): Extension<Visit>, brief: Named) -> Response {
    match brief.as_ref().ok().and_then(|Path(id)| visit.site.config.briefs.get(id)) {
        Some(brief) => show_away(&visit, Some(brief), "", None),
        None => refusal(&visit, StatusCode::NOT_FOUND),
    }
}

/// The same for whoever does not know which brief.
pub(super) async fn away_from_all(Extension(visit): Extension<Visit>) -> Response {
    show_away(&visit, None, "", None)
}

fn show_away(visit: &Visit, brief: Option<&Brief>, given: &str, problem: Option<&str>) -> Response {
    let values = context! {
        id => brief.map(|brief| brief.id.as_str()),
        title => if brief.is_some() { "away.title" } else { "away.title_all" },
        brief => brief.map(|brief| quoted(brief.title.get(visit.language), visit.language)),
        given,
        problem,
    };
    let (status, reach) = match problem {
        Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, Reach::Personal),
        None => (StatusCode::OK, Reach::Link),
    };
    page(visit, status, reach, "away.html", values)
}

/// Takes the form for the link to leave.
pub(super) async fn send_link(
    Extension(visit): Extension<Visit>,
    brief: Named,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let site = visit.site.clone();
    match brief.as_ref().ok().and_then(|Path(id)| site.config.briefs.get(id)) {
        Some(brief) => take_away(visit, Some(brief), &headers, body).await,
        None => refusal(&visit, StatusCode::NOT_FOUND),
    }
}

/// Takes that of whoever does not know which brief.
pub(super) async fn send_links(Extension(visit): Extension<Visit>, headers: HeaderMap, body: Body) -> Response {
    take_away(visit, None, &headers, body).await
}

/// The answer does not tell whether the address is known, nor does its time: nothing is asked of the store before it.
async fn take_away(visit: Visit, brief: Option<&Brief>, headers: &HeaderMap, body: Body) -> Response {
    let form = match read(headers, body, &["address", "lang"]).await {
        Ok(form) => form,
        Err(status) => return refusal(&visit, status),
    };
    let visit = visit.with_form_language(form.get("lang"));
    let given = form.get("address").unwrap_or_default();
    let Ok(address) = Address::parse(given.trim()) else {
        return show_away(&visit, brief, given, Some(what_is_wrong(given)));
    };
    let (site, brief) = (visit.site.clone(), brief.map(|brief| brief.id.clone()));
    let send = async move {
        match request_leave_link(site.joining(), brief.as_deref(), &address, site.clock.now()).await {
            Ok(()) => site.queued.notify_one(),
            Err(problem) => error!(%problem, "the links to leave could not be sent to whoever asked for them"),
        }
    };
    if !visit.site.afterwards.do_later(send) {
        return refusal(&visit, StatusCode::SERVICE_UNAVAILABLE);
    }
    said(&visit, StatusCode::OK, context! { title => "away.sent_title", text => "away.sent" })
}

/// A page that says one thing.
pub(super) fn said(visit: &Visit, status: StatusCode, values: Value) -> Response {
    page(visit, status, Reach::Personal, "said.html", values)
}

pub(super) fn refused(visit: &Visit, token: &str, error: &JoinError) -> Response {
    let status = match error {
        JoinError::NoBrief(_) | JoinError::Token(_) if !is_old(error) => StatusCode::NOT_FOUND,
        JoinError::Token(_) | JoinError::Gone | JoinError::NoBrief(_) => StatusCode::GONE,
        JoinError::NoLanguage(..) => StatusCode::BAD_REQUEST,
        JoinError::NoWayBack | JoinError::Failed(_) | JoinError::NoRandomNumbers => {
            error!(problem = %error, token = Token::shown(token), "a reader's wish could not be taken");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    refusal(visit, status)
}

/// Was the token good once, or somewhere else?
const fn is_old(error: &JoinError) -> bool {
    matches!(error, JoinError::Token(TokenError::UnknownKey(_) | TokenError::RetiredKey(_)))
}
