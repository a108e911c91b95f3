//! What came of looking at links is kept, on both databases.

use chrono::TimeDelta;
use greenbrief::figures::links::{LinkRecord, LinkResult, Look};

use super::{Place, now};

fn look(result: LinkResult, detail: &str) -> Look {
    Look { result, detail: detail.to_owned(), moved_to: None }
}

async fn keep_what_came_of_looks(place: &Place) {
    let store = place.open().await;
    let figures = store.figures();
    assert!(figures.links().await.unwrap().is_empty());
    // Longer than what an index of PostgreSQL takes.
    let long = format!("https://example.org/{}", (0..2000).map(|at| format!("{at:x}")).collect::<String>());
    let gone = look(LinkResult::Gone, "the server answered 404");
    let next_day = now() + TimeDelta::days(1);
    for at in [now(), next_day] {
        figures.keep_look(&long, gone.clone(), at).await.unwrap();
    }
    let moved_to = Some("https://example.org/new?a=1&b=“2”".to_owned());
    let moved = Look { moved_to, ..look(LinkResult::Moved, "") };
    let kept = figures.keep_look("https://example.org/old", moved.clone(), now()).await.unwrap();
    assert_eq!(kept, LinkRecord::after(None, moved, now()));
    figures.keep_look("https://example.org/once", gone.clone(), now()).await.unwrap();

    let known = figures.links().await.unwrap();
    let first = LinkRecord::after(None, gone.clone(), now());
    let twice = LinkRecord::after(Some(&first), gone.clone(), next_day);
    assert_eq!(
        (known.len(), &known["https://example.org/old"], &known["https://example.org/once"]),
        (3, &kept, &first)
    );
    assert_eq!((&known[&long], twice.confirmed_at), (&twice, Some(next_day)));
    assert_eq!(figures.dead_links().await.unwrap(), [(long.clone(), twice)].into());
    // It is there again.
    figures.keep_look(&long, look(LinkResult::Ok, ""), next_day).await.unwrap();
    assert!(figures.dead_links().await.unwrap().is_empty());
}

#[tokio::test]
async fn looks_are_kept_on_sqlite() {
    keep_what_came_of_looks(&Place::sqlite()).await;
}

#[tokio::test]
async fn looks_are_kept_on_postgres() {
    if let Some(place) = Place::postgres("links").await {
        keep_what_came_of_looks(&place).await;
    }
}
