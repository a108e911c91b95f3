//! What a list and an operator's commands do with what readers chose and asked for themselves: a language stays, requests are
//! shown, and what an erasure would take is told as it is.

use super::{
    House,
    public::{Pages, public_house},
    public_joining::{filled, link},
    public_leaving::{preferences_token_of, subscribe},
};

/// A reader joins by the form, in German.
fn joins(house: &House, pages: &Pages, address: &str) {
    assert_eq!(pages.post("/green-economy/join", &filled(pages, address)).status, 200);
    assert_eq!(pages.post(&link(house, pages, address, "/c/"), "lang=de").status, 200);
}

fn language_of(house: &House, address: &str) -> String {
    let all = house.objects(&["subscribers", "list"]);
    all.iter().find(|one| one["address"] == address).unwrap()["language"].as_str().unwrap().to_owned()
}

#[test]
fn a_list_changes_no_language_that_a_reader_chose() {
    let house = public_house();
    for address in ["anna@example.net", "bernd@example.net"] {
        subscribe(&house, address, "de");
    }
    let mut pages = Pages::start(&house);
    let path = format!("/p/{}", preferences_token_of(&house, "anna@example.net"));
    assert_eq!(pages.post(&path, "lang=de&change=language&language=zh").status, 200);
    joins(&house, &pages, "joined@example.net");
    let joined = language_of(&house, "joined@example.net");
    assert_ne!(joined, "en");
    let rows = ["anna@example.net", "bernd@example.net", "joined@example.net", "new@example.net"];
    house.write("list.csv", &format!("address,language\n{},en\n", rows.join(",en\n")));
    let import = ["subscribers", "import", "list.csv", "--consent", "a list"];
    let rehearse = [&import[..], &["--dry-run"]].concat();
    let keep = "2 readers keep the language that they chose themselves\n";
    assert_eq!(
        house.done(&rehearse),
        format!(
            "1 new, 1 changed, 0 unchanged (nothing was imported)\n  bernd@example.net would get green-economy in en, not in \
             de\n{keep}"
        )
    );
    let told = &house.objects(&rehearse)[0];
    assert_eq!(
        told["changes"],
        serde_json::json!([{ "address": "bernd@example.net", "brief": "green-economy", "from": "de", "to": "en" }])
    );
    assert_eq!(house.done(&import), format!("1 new, 1 changed, 0 unchanged\n{keep}"));
    let told = &house.objects(&import)[0];
    assert_eq!((&told["kept"], &told["unchanged"]), (&2.into(), &2.into()));
    let languages = rows.map(|address| language_of(&house, address));
    assert_eq!(languages, ["zh", "en", &joined, "en"]);
    let history = house.done(&["subscribers", "show", "anna@example.net"]);
    assert!(!history.contains(": import"), "{history}");

    // An operator who names the reader means them; from then on the language is the operator's.
    subscribe(&house, "anna@example.net", "de");
    assert_eq!(language_of(&house, "anna@example.net"), "de");
    let one = "1 reader keeps the language that they chose themselves\n";
    assert_eq!(house.done(&import), format!("0 new, 1 changed, 2 unchanged\n{one}"));
    assert_eq!(language_of(&house, "anna@example.net"), "en");
    // And the reader has the last word again.
    assert_eq!(pages.post(&path, "lang=de&change=language&language=zh").status, 200);
    assert_eq!(house.done(&import), format!("0 new, 0 changed, 2 unchanged\n{keep}"));
    assert_eq!(pages.serve.end(), Some(0));
}

#[test]
fn a_rehearsal_names_whose_language_would_change() {
    let house = House::new();
    let list = |language: &str| {
        let rows: String = (10..35).map(|n| format!("reader{n}@example.net,{language}\n")).collect();
        house.write("list.csv", &format!("address,language\n{rows}"));
    };
    list("de");
    house.done(&["subscribers", "import", "list.csv"]);
    list("zh");
    let rehearse = ["subscribers", "import", "list.csv", "--dry-run"];
    let told = house.done(&rehearse);
    assert_eq!(told.matches(" would get green-economy in zh, not in de\n").count(), 20, "{told}");
    assert!(
        told.ends_with("  reader29@example.net would get green-economy in zh, not in de\n  … and 5 more\n"),
        "{told}"
    );
    assert_eq!(house.objects(&rehearse)[0]["changes"].as_array().unwrap().len(), 25);
    assert_eq!(language_of(&house, "reader10@example.net"), "de");
    assert!(house.objects(&["subscribers", "import", "list.csv"])[0].get("changes").is_none());
}

/// What waits to be confirmed is told where nobody is subscribed yet, and a change of address is told from a wish to join.
#[test]
fn what_waits_to_be_confirmed_is_listed_as_what_it_is() {
    let house = public_house();
    let mut pages = Pages::start(&house);
    let list = ["subscribers", "list"];
    assert!(house.done(&list).starts_with("There are no subscribers yet: "));
    assert_eq!(pages.post("/green-economy/join", &filled(&pages, "one@example.net")).status, 200);
    link(&house, &pages, "one@example.net", "/c/");
    let waits = "request waits for its confirmation: `greenbrief subscribers list --state pending`\n";
    assert_eq!(house.done(&list), format!("1 {waits}"));
    assert_eq!(house.done(&["subscribers", "list", "--state", "ended"]), "There are no such subscribers.\n");
    subscribe(&house, "anna@example.net", "de");
    let path = format!("/p/{}", preferences_token_of(&house, "anna@example.net"));
    pages.post(&path, "lang=de&change=address&address=new%40example.net");
    link(&house, &pages, "new@example.net", "/c/");
    let pending = house.objects(&["subscribers", "list", "--state", "pending"]);
    let told: Vec<_> = pending.iter().map(|one| (&one["address"], &one["kind"], one.get("id").is_some())).collect();
    assert_eq!(
        told,
        [
            (&"one@example.net".into(), &"join".into(), false),
            (&"new@example.net".into(), &"address_change".into(), true)
        ]
    );
    let table = house.done(&["subscribers", "list", "--state", "pending"]);
    assert_eq!(table.matches("pending, new address").count(), 1, "{table}");
    assert_eq!(pages.serve.end(), Some(0));
}

#[test]
fn a_suppressed_subscription_is_listed_as_such_for_people_and_programs() {
    let house = House::new();
    for address in ["anna@example.net", "bernd@example.net"] {
        subscribe(&house, address, "en");
    }
    let suppress = |address: &str| house.done(&["subscribers", "suppress", address, "--reason", "asked"]);
    let unknown = "nothing is known of this address; it is suppressed all the same\n";
    assert!(!suppress("anna@example.net").contains(unknown));
    assert!(suppress("never@example.org").ends_with(unknown));
    let listed = |state: &str| {
        let all = house.objects(&["subscribers", "list", "--state", state]);
        all.iter().map(|one| format!("{} {}", one["address"], one["state"])).collect::<Vec<_>>()
    };
    assert_eq!(listed("suppressed"), ["\"anna@example.net\" \"suppressed\""]);
    assert_eq!(listed("active"), ["\"bernd@example.net\" \"active\""]);
    let table = house.done(&["subscribers", "list"]);
    let states: Vec<_> = table.lines().skip(1).filter_map(|line| line.split_whitespace().nth(3)).collect();
    assert_eq!(states, ["suppressed", "active"]);
    assert!(house.fails_with(2, &["subscribers", "list", "--state", "gone"]).contains("suppressed"));
}

/// What an erasure would take is what it takes, former addresses included.
#[test]
fn an_erasure_is_told_as_it_will_be() {
    let house = public_house();
    subscribe(&house, "erika@example.net", "de");
    house.done(&["send", "green-economy"]);
    let mut pages = Pages::start(&house);
    let path = format!("/p/{}", preferences_token_of(&house, "erika@example.net"));
    pages.post(&path, "lang=de&change=address&address=new%40example.net");
    assert_eq!(pages.post(&link(&house, &pages, "new@example.net", "/c/"), "lang=de").status, 200);
    assert_eq!(pages.serve.end(), Some(0));
    let forget = ["subscribers", "forget", "new@example.net"];
    let told = house.refused(&forget);
    let what = told.strip_prefix("error: new@example.net with erika@example.net (").unwrap();
    let what = what.split_once(") would be erased for good").unwrap().0;
    assert!(what.starts_with("1 subscription, ") && what.contains(" 1 request, "), "{told}");
    assert_eq!(house.refused(&forget), told, "nothing has changed");
    assert_eq!(
        house.done(&[&forget[..], &["--yes"]].concat()).lines().next(),
        Some(&*format!("new@example.net with erika@example.net is erased: {what}"))
    );
    let told = house.refused(&["subscribers", "forget", "never@example.org"]);
    assert!(told.starts_with("error: never@example.org would be erased for good"), "{told}");
}
