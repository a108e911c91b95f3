//! An edition that an operator withdraws: what readers find in its place, and who still gets it.

use super::{
    public_archive::{wait_until, with_edition},
    public_joining::{filled, link},
};

/// An operator takes an edition out of the archive, and shows it again.
#[test]
fn a_withdrawn_edition_is_gone_from_archive_and_feeds_and_goes_to_nobody() {
    let (house, pages) = with_edition();
    house.done(&["send", "green-economy"]);
    wait_until(&pages, "/green-economy/2/en", 200);
    assert!(house.refused(&["editions", "withdraw", "green-economy/2", "--reason", " "]).contains("has a reason"));
    assert!(house.refused(&["editions", "withdraw", "green-economy/9", "--reason", "x"]).contains("no edition"));
    let told = house.done(&["editions", "withdraw", "green-economy/2", "--reason", "a wrong chart"]);
    assert!(told.starts_with("green-economy/2 is withdrawn from the archive"), "{told}");
    let again = house.done(&["editions", "withdraw", "green-economy/2", "--reason", "twice"]);
    assert_eq!(again, "green-economy/2 was withdrawn already\n");
    for (code, words, newest) in [
        ("en", "The publisher took it back on ", "The newest edition: No. 1"),
        ("de", "Der Herausgeber hat sie am ", "Die neueste Ausgabe: Nr. 1"),
        ("zh", "发布方已于", "最新一期：第1期"),
    ] {
        for path in ["/green-economy/2", &format!("/green-economy/2/{code}"), &format!("/green-economy/2/{code}.pdf")] {
            let page = pages.get(&format!("{path}?lang={code}"));
            assert_eq!(page.status, 410, "{path}");
            let link = format!("href=\"/green-economy/1/{code}\">{newest}</a>");
            assert!(page.text().contains(words) && page.text().contains(&link), "{}", page.text());
            assert!(!page.text().contains("a wrong chart"), "{}", page.text());
        }
        let archive = pages.get(&format!("/green-economy/archive?lang={code}"));
        assert!(archive.text().contains("/green-economy/1/") && !archive.text().contains("/green-economy/2/"));
        let feed = pages.get(&format!("/green-economy/{code}.atom"));
        assert!(feed.text().matches("<entry>").count() == 1, "{}", feed.text());
        let newer = feed.text().split("<updated>").nth(1) > feed.text().split("<published>").nth(1);
        assert!(newer, "the withdrawal is a change of the feed: {}", feed.text());
        assert_eq!(pages.get(&format!("/green-economy/{code}.json")).json()["items"].as_array().unwrap().len(), 1);
    }
    let shown = house.done(&["editions", "show", "green-economy/2"]);
    assert!(shown.contains("\nwithdrawn  20") && shown.contains(" UTC by tester: a wrong chart\n"), "{shown}");
    assert!(shown.starts_with("green-economy/2  withdrawn\n"), "{shown}");
    let listed = house.done(&["editions", "list"]);
    assert!(listed.contains("green-economy/2  withdrawn"), "{listed}");
    // Who joins now gets the one before; nobody gets the withdrawn one again.
    let form = filled(&pages, "dora@example.net");
    assert_eq!(pages.post("/green-economy/join", &form).status, 200);
    let confirm = link(&house, &pages, "dora@example.net", "/c/");
    assert_eq!(pages.post(&confirm, "lang=de").status, 200);
    let mails = house.objects(&["deliveries", "list", "--address", "dora@example.net"]);
    assert!(mails.iter().any(|mail| mail["edition"] == "green-economy/1"), "{mails:?}");
    assert!(!mails.iter().any(|mail| mail["edition"] == "green-economy/2"), "{mails:?}");
    let refused = house.refused(&["editions", "resend", "green-economy/2", "--only", "failed"]);
    assert!(refused.contains("green-economy/2 was withdrawn"), "{refused}");
    let undone = house.done(&["editions", "withdraw", "green-economy/2", "--undo"]);
    assert_eq!(undone, "green-economy/2 is shown in the archive again\n");
    let shown = house.done(&["editions", "show", "green-economy/2"]);
    assert!(shown.contains(" UTC by tester: a wrong chart; shown again ") && shown.contains(" by tester\n"), "{shown}");
    assert_eq!(pages.get("/green-economy/2/en").status, 200);
    assert!(pages.get("/green-economy/en.atom").text().matches("<entry>").count() == 2);
}
