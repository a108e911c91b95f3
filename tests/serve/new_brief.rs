//! `new`: a brief like another one passes `check` and builds at once, and nothing is written over.

use std::fs;

use super::House;

#[test]
fn a_new_brief_builds_at_once_and_writes_over_nothing() {
    let house = House::new();
    let text = house.done(&["new", "solar", "--like", "green-economy", "--languages", "en,de"]);
    assert!(text.starts_with("The brief solar, made like green-economy; its schedules are paused"), "{text}");
    assert!(text.contains("templates/solar/mail.de.md") && text.contains("greenbrief preview solar"), "{text}");
    let made = |name: &str| fs::read_to_string(house.path(name));
    for name in ["en.md", "mail.en.md", "de.md", "mail.de.md", "blocks.toml"] {
        assert!(made(&format!("templates/solar/{name}")).unwrap().contains("WRITE HERE"), "{name}");
    }
    assert!(made("templates/solar/theme.toml").is_ok() && made("templates/solar/zh.md").is_err());
    let config = made("config/briefs/solar.toml").unwrap();
    assert!(config.contains("template = \"solar\"") && config.contains("languages = [\"en\", \"de\"]"), "{config}");
    assert!(config.contains("en = \"Solar\"\nde = \"Titel auf Deutsch\"\n"), "{config}");
    assert!(config.contains("paused = true") && !config.contains("paused = false"), "{config}");
    let words = made("templates/solar/words.toml").unwrap();
    assert!(words.contains("[de.they]") && !words.contains("[zh."), "{words}");
    // Right after it both briefs pass, as they are.
    house.done(&["check"]);
    let pdfs = house.objects(&["build", "solar", "--at", "2026-11-23T06:00:00Z"]);
    assert_eq!(pdfs.iter().map(|pdf| pdf["language"].as_str().unwrap()).collect::<Vec<_>>(), ["en", "de"]);
    assert!(house.done(&["plan", "--brief", "solar", "--next", "1"]).contains("paused"));

    let again = house.refused(&["new", "solar", "--like", "green-economy"]);
    assert!(again.contains("solar.toml is there already\n   = hint: choose another id, or delete it"), "{again}");
    assert_eq!(made("config/briefs/solar.toml").unwrap(), config);
    for (words, told) in [
        (
            ["new", "Wind", "--like", "green-economy"].as_slice(),
            "write it with lower-case letters, digits and hyphens inside, at most 64 characters, such as `wind`",
        ),
        (&["new", "wind", "--like", "green"], "there is no brief `green`"),
        (
            &["new", "wind", "--like", "solar", "--languages", "zh"],
            "the brief `solar` is not written in zh\n   = hint: it is written in en, de",
        ),
    ] {
        let refused = house.refused(words);
        assert!(refused.contains(told), "{refused}");
    }
    assert!(made("config/briefs/wind.toml").is_err());
    // A folder among the reports that is not a brief's.
    let refused = house.refused(&["new", "outbox", "--like", "green-economy"]);
    assert!(refused.contains("such as `outbox-brief`"), "{refused}");
    // A language that is named twice is meant once.
    house.done(&["new", "wind", "--like", "green-economy", "--languages", "en,en"]);
    let config = made("config/briefs/wind.toml").unwrap();
    assert!(config.contains("languages = [\"en\"]") && config.contains("# The brief `wind`:"), "{config}");
    house.done(&["check"]);
    // Who asks for another language is not passed over in silence.
    let told = house.done(&["subscribers", "add", "li@example.net", "--brief", "wind", "--language", "zh"]);
    assert!(told.contains("in zh, which it is not written in: they get nothing until it is"), "{told}");
    house.write("more.csv", "address,language\nanna@example.net,en\nben@example.net,de\n");
    let told = house.done(&["subscribers", "import", "more.csv", "--brief", "wind"]);
    assert!(told.contains("1 asks for a language that its brief is not written in"), "{told}");
}
