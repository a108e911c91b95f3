//! The coming editions of a brief as a calendar that a reader's own program reads (RFC 5545). Which they are, and whether they
//! appear, `actions::public_plan` knows.

use axum::{
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, VARY},
    },
    response::{IntoResponse, Response},
};

use super::{language::in_brief, marks::mark, notices::broken, page::Reach, visit::Visit, words};
use crate::{
    actions::public_plan::{PublicOccurrence, PublicPlan, PublicStanding, public_plan},
    base::language::Language,
    config::Brief,
    document::brief::dates,
    store::sha256,
    time::calendar::ics::{Standing, TimedEvent, write},
};

/// The calendar of a brief.
pub(super) async fn calendar(visit: &Visit, brief: &Brief) -> Response {
    let site = &visit.site;
    let plan = match public_plan(&site.config, &site.store, &brief.id, site.clock.now()).await {
        Ok(plan) => plan,
        Err(problem) => return broken(visit, &problem),
    };
    let language = in_brief(brief, visit.language);
    let title = brief.title.get(language);
    let name = word("plan.title", language, |name| (name == "brief").then_some(title));
    let events: Vec<TimedEvent> =
        plan.occurrences.iter().map(|planned| event(visit, brief, &plan, planned, language)).collect();
    let text = write(&name, language.tag(), &events);
    let mark = mark(&sha256(text.as_bytes()), "");
    let mut response = text.into_response();
    let put = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=300"),
        (CONTENT_DISPOSITION, "inline; filename=\"plan.ics\""),
        (VARY, "Accept-Language"),
    ] {
        put.insert(name, HeaderValue::from_static(value));
    }
    put.extend(HeaderValue::from_str(&mark).ok().map(|mark| (ETAG, mark)));
    Reach::of(brief).tell(put);
    response
}

fn event(
    visit: &Visit,
    brief: &Brief,
    plan: &PublicPlan,
    planned: &PublicOccurrence,
    language: Language,
) -> TimedEvent {
    let web = &visit.site.web.url;
    let mut said = Vec::new();
    if let Some(from) = planned.moved_from {
        let day = dates::day(from, language);
        said.push(word("plan.moved", language, |name| (name == "day").then_some(&*day)));
    }
    let mut say = |key| said.push(word(key, language, |_| None));
    let mut standing = Standing::Confirmed;
    if planned.uncertain {
        standing = Standing::Tentative;
        say("plan.uncertain");
    }
    match planned.standing {
        PublicStanding::Appears => {}
        PublicStanding::Paused => {
            standing = Standing::Tentative;
            say("plan.paused");
        }
        PublicStanding::Skipped => {
            standing = Standing::Cancelled;
            say("plan.none");
        }
    }
    let slot = planned.slot.format("%Y%m%dT%H%M%SZ");
    let host = web.authority().replace(':', ".");
    TimedEvent {
        uid: format!("{}.{}.{slot}@{host}", brief.id, planned.schedule),
        at: planned.due,
        changed: plan.revised,
        sequence: u32::try_from(plan.revision).unwrap_or(u32::MAX),
        standing,
        summary: brief.title.get(language).clone(),
        description: said.join("\n"),
        url: web.link(&format!("/{}/archive?lang={language}", brief.id)),
    }
}

fn word<'a>(key: &str, language: Language, value: impl Fn(&str) -> Option<&'a str>) -> String {
    words::text(key, language, value).unwrap_or_default()
}
