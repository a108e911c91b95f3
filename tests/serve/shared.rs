//! Links to the draft of a held edition: who has one reads it on the public pages, nobody else, and only for a time.

use super::{
    House,
    public::{Pages, public_house},
    public_leaving::subscribe,
};

const HEAD: &str = "series,period,vintage,value,status,publisher,carrier,published_on,url,quality\n";
/// 98 billion cars.
const ABSURD: &str =
    "vw_bev_cn,2026,2026-11-20,98000000000,final,Volkswagen Group,,2026-11-20,https://example.org/a,report\n";

/// The path of a link that was made.
fn shared(house: &House, edition: &str) -> String {
    let told = house.done(&["editions", "share", edition]);
    assert!(told.contains(&format!("shows the draft of {edition} to everybody who has this link, until ")), "{told}");
    let url = told.lines().next().unwrap();
    let path = url.split_once("/draft/").unwrap().1;
    format!("/draft/{path}")
}

#[test]
fn a_held_draft_is_read_by_who_has_its_link_until_the_link_ends() {
    let house = public_house();
    subscribe(&house, "anna@example.net", "en");
    subscribe(&house, "bernd@example.net", "de");
    house.write("absurd.csv", &format!("{HEAD}{ABSURD}"));
    house.done(&["figures", "import", "absurd.csv"]);
    assert_eq!(house.run(&["send", "green-economy"]).code, 5);
    let pages = Pages::start(&house);

    let link = shared(&house, "green-economy/1");
    let led = pages.ask("GET", &link, "Accept-Language: de\r\n", "");
    assert_eq!((led.status, led.header("location")), (302, Some(&*format!("{link}/de"))));
    for (code, mark, quote) in
        [("en", "Draft, not published", "This link ends on"), ("de", "Entwurf, nicht veröffentlicht", "Link gilt bis")]
    {
        let page = pages.get(&format!("{link}/{code}"));
        let text = page.text();
        assert_eq!((page.status, page.header("cache-control")), (200, Some("no-store")), "{text}");
        assert_eq!(page.header("x-robots-tag"), Some("noindex"));
        assert!(text.contains(mark) && text.contains(quote) && text.len() < 14_000, "{text}");
        for (part, kind) in [
            ("pdf", "application/pdf"),
            ("html", "text/html; charset=utf-8"),
            ("svg", "image/svg+xml"),
            ("csv", "text/csv; charset=utf-8"),
        ] {
            let file = pages.get(&format!("{link}/{code}.{part}"));
            assert_eq!((file.status, file.header("content-type")), (200, Some(kind)));
            assert_eq!(
                (file.header("cache-control"), file.header("x-robots-tag")),
                (Some("no-store"), Some("noindex"))
            );
        }
    }
    // The draft is nowhere else, and its token opens nothing else; another one opens nothing.
    assert_eq!(pages.get("/green-economy/1/en").status, 404);
    let token = link.strip_prefix("/draft/").unwrap();
    for path in [format!("/u/{token}"), format!("/c/{token}"), format!("/p/{token}")] {
        assert_eq!(pages.get(&path).status, 404, "{path}");
    }
    let forged = format!("{}a{}", &link[..12], &link[13..]);
    let no_such = [format!("{link}/fr"), format!("{link}/de.exe"), forged, "/draft/x/de".to_owned()];
    assert!(no_such.iter().all(|path| pages.get(path).status == 404), "{no_such:?}");
    assert_eq!(pages.post(&link, "").status, 405);
    let shown = house.done(&["editions", "show", "green-economy/1"]);
    assert!(shown.contains("shared     by tester until "), "{shown}");
    let log = pages.serve.log();
    assert!(!log.contains(token) && !shown.contains(token), "a link stands in the log or in `show`");

    // Ended by hand, for all who have one.
    let second = shared(&house, "green-economy/1");
    assert!(house.done(&["editions", "share", "green-economy/1", "--end"]).contains("2 links to the draft of"));
    assert_eq!([&link, &second].map(|path| pages.get(path).status), [410, 410]);
    assert!(house.done(&["editions", "share", "green-economy/1", "--end"]).contains("no link to a draft of"));
    // Ended with the draft.
    let third = shared(&house, "green-economy/1");
    assert_eq!(pages.get(&format!("{third}/en")).status, 200);
    house.done(&["editions", "discard", "green-economy/1", "--reason", "a typing mistake"]);
    let over = pages.get(&format!("{third}/en"));
    assert!(over.status == 410 && over.text().contains("the publisher has taken the draft back"), "{}", over.text());
    let refused = house.refused(&["editions", "share", "green-economy/1"]);
    assert!(refused.contains("green-economy/1 is discarded: only a draft that its gate holds is shared"), "{refused}");
}

#[test]
fn the_draft_of_a_released_edition_says_so_and_leads_to_it() {
    let house = public_house();
    subscribe(&house, "anna@example.net", "en");
    house.write("absurd.csv", &format!("{HEAD}{ABSURD}"));
    house.done(&["figures", "import", "absurd.csv"]);
    assert_eq!(house.run(&["send", "green-economy"]).code, 5);
    let pages = Pages::start(&house);
    let link = shared(&house, "green-economy/1");
    house.done(&["editions", "release", "green-economy/1", "--reason", "a drill"]);
    let text = pages.get(&format!("{link}/en")).text().to_owned();
    for wanted in ["Draft of a published edition", "has appeared since", "href=\"/green-economy/1/en\""] {
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
    assert!(!text.contains("not published"), "{text}");
}

#[test]
fn a_draft_is_not_shared_without_pages() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    subscribe(&house, "anna@example.net", "en");
    house.write("absurd.csv", &format!("{HEAD}{ABSURD}"));
    house.done(&["figures", "import", "absurd.csv"]);
    assert_eq!(house.run(&["send", "green-economy"]).code, 5);
    let refused = house.refused(&["editions", "share", "green-economy/1"]);
    assert!(refused.contains("a draft of green-economy/1 cannot be shared: there are no public pages"), "{refused}");
    assert!(refused.contains("`greenbrief editions export green-economy/1 --out DIR` writes the draft"), "{refused}");
    let refused = house.run(&["editions", "share", "green-economy/1", "--days", "91"]);
    assert!(refused.code == 2 && refused.err.contains("91 is not in 1..=90"), "{}", refused.err);
}
