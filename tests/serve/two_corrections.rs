//! Corrections that are asked for at the same moment, reasons that cannot be, and what is asked for in a place that is none.

use std::process::Stdio;

use super::House;

fn sent() -> House {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    house
}

#[test]
fn of_two_corrections_at_once_one_supersedes() {
    let house = sent();
    let words = ["editions", "correct", "green-economy/1", "--reason", "A value was wrong."];
    let begin = || house.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let both = [begin(), begin()].map(|child| child.wait_with_output().unwrap());
    let mut codes = both.each_ref().map(|ended| ended.status.code());
    codes.sort_unstable();
    let said = both.each_ref().map(|ended| String::from_utf8_lossy(&ended.stderr).into_owned());
    assert_eq!(codes, [Some(0), Some(4)], "{said:?}");
    // It depends on when the second one looks.
    let told = said.concat();
    assert!(
        told.contains(" came first, and supersedes the same edition: ") || told.contains(" is superseded already, by "),
        "{told}"
    );
    let mut states: Vec<String> = house
        .objects(&["editions", "list"])
        .iter()
        .filter_map(|edition| Some(edition["state"].as_str()?.to_owned()))
        .filter(|state| state != "discarded")
        .collect();
    states.sort();
    assert_eq!(states, ["released", "released"]);
    assert_eq!(house.outbox().len(), 2);
}

#[test]
fn a_reason_is_one_line_that_a_reader_can_read() {
    fn correct<'a>(more: &[&'a str]) -> Vec<&'a str> {
        [&["editions", "correct", "green-economy/1"][..], more].concat()
    }
    let house = sent();
    let long = "x".repeat(100_000);
    let told = house.fails_with(2, &correct(&["--reason", &long]));
    let wanted = format!(
        "error: invalid value '{}…' for '--reason <TEXT>': it has 100000 characters, and a reason has at most 500\n",
        "x".repeat(80)
    );
    assert!(told.starts_with(&wanted), "{told}");
    let told = house.fails_with(2, &correct(&["--reason", "a", "--reason-in", "de=ein \u{202e}Wert"]));
    assert!(told.contains("'--reason-in <LANGUAGE=TEXT>': the character U+202E cannot stand in a text"), "{told}");
    assert!(!told.contains('\u{202e}'), "{told}");
    let told = house.fails_with(2, &["pause", "--all", "--reason", "one\ntwo"]);
    assert!(told.contains("it has a line break: write it on one line"), "{told}");
    let told = house.refused(&correct(&["--reason", "a", "--reason-in", "de=b", "--reason-in", "de=c"]));
    assert_eq!(
        told,
        "error: --reason-in gives two reasons in one language: de\n   = hint: give one in each language\n"
    );
}

#[test]
fn a_file_is_no_folder_to_write_into() {
    let house = sent();
    house.write("file.txt", "x");
    for words in [
        &["editions", "rebuild", "green-economy/1", "--out", "file.txt"][..],
        &["figures", "evidence", "vw_bev_cn", "2025", "--out", "file.txt"],
        &["build", "green-economy", "--out", "file.txt/below"],
    ] {
        let told = house.refused(words);
        assert!(told.contains("file.txt") && told.contains(" is not a folder\n"), "{told}");
        assert!(told.ends_with("   = hint: name a folder, which may be new\n"), "{told}");
    }
    house.write("empty.pdf", "");
    let told = house.mistaken(&["figures", "keep", "file.txt", "empty.pdf"]);
    assert_eq!(told, "error: empty.pdf is empty: it proves nothing\n   = hint: save again what was read\n");
}
