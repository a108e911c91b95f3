//! `send` where it cannot do what is meant: nobody is subscribed, or no server takes the mails. And what lists take as a state.

use super::House;

#[test]
fn an_edition_to_nobody_is_made_only_if_that_is_wanted() {
    let house = House::new();
    let told = house.refused(&["send", "green-economy"]);
    assert_eq!(
        told,
        "error: nobody is subscribed to green-economy: no edition was made\n   = hint: `greenbrief subscribers add ADDRESS \
         --brief green-economy --language en --consent TEXT` subscribes somebody\n   = hint: `greenbrief send green-economy --to YOU@…` \
         sends a test; --allow-empty makes the edition all the same\n"
    );
    assert_eq!(house.objects(&["editions", "list"]), [0; 0]);
    let told = house.done(&["send", "green-economy", "--allow-empty"]);
    assert_eq!(told, "green-economy/1 is released to 0 subscribers\nno mails\n");
    assert_eq!(house.run(&["send", "green-economy", "--allow-empty", "--dry-run"]).code, 2);
}

#[test]
fn a_state_that_there_is_not_names_all_that_there_are() {
    let house = House::new();
    for (words, all) in [
        (["deliveries", "list"], "pending, claimed, dot_written, sent, deferred, failed, unknown, cancelled, expired"),
        (["editions", "list"], "making, held, failed, released, discarded, stopped"),
        (["subscribers", "list"], "active, ended"),
    ] {
        let told = house.run(&[&words[..], &["--state", "foo"]].concat());
        assert_eq!(told.code, 2);
        assert!(told.err.contains("invalid value 'foo'") && told.err.contains(all), "{}", told.err);
        let help = house.done(&[&words[..], &["--help"]].concat());
        assert!(!help.contains(&format!("possible values: {all}")), "they stand in the sentence: {help}");
    }
    let told = house.run(&["figures", "import", "--decimal", "foo", "x.csv"]);
    assert!(told.code == 2 && told.err.contains("point, comma"), "{}", told.err);
}

#[test]
fn a_send_ends_if_no_server_takes_its_mails_and_says_how_they_go_on() {
    let house = House::new();
    let people: String = (0..5).map(|number| format!("reader{number}@example.net,en\n")).collect();
    house.write("people.csv", &format!("address,language\n{people}"));
    house.done(&["subscribers", "import", "people.csv"]);
    // Nobody listens on port 1. Two connections try, and the other mails are not tried.
    let smtp = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", "mail.port=1"];
    let sets: Vec<&str> = smtp.iter().flat_map(|word| ["--set", word]).collect();
    let told = house.run(&[&["send", "green-economy"], &sets[..]].concat());
    assert_eq!(told.code, 1, "{}{}", told.out, told.err);
    for line in [
        "error: nothing takes the mails of green-economy/1, 5 mails wait: broken at connecting",
        "= hint: `greenbrief serve` goes on with them by itself, and so does the next `greenbrief send`\n",
        "= hint: `greenbrief mail test YOU@…` tries the server step by step\n",
    ] {
        assert!(told.err.contains(line), "{line}\n{}", told.err);
    }
    let waiting = house.objects(&["deliveries", "list"]);
    assert!(waiting.iter().all(|mail| mail["state"] == "pending" || mail["state"] == "deferred"), "{waiting:?}");
}
