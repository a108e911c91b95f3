//! What still works while something is wrong: each part of the config is broken in turn, and each command is run. The table of
//! `docs/operating.md` is made from what came of it.

use std::{collections::BTreeMap, fs, path::Path};

use super::{House, Told, copy};

/// A part of the config and how it is broken.
struct Broken {
    /// Its head in the table
    part: &'static str,
    /// The file, the text in it, and what is written instead; nothing instead of a text: the file is deleted
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// What the mistake is called
    said: &'static str,
}

const fn broken(
    part: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    said: &'static str,
) -> Broken {
    Broken { part, file, from, to, said }
}

const BRIEF: &str = "config/briefs/green-economy.toml";
const SETTINGS: &str = "config/greenbrief.toml";
const RELAY: &str = "transport = \"smtp\"\nhost = \"127.0.0.1\"\nport = 1\nusername = \"brief\"\n\
                     password_file = \"/run/credentials/greenbrief.service/smtp-password\"\n";

const BREAKS: [Broken; 8] = [
    broken(
        "a schedule",
        BRIEF,
        "\"0 7 * * Mon\"\n# timezone",
        "\"0 7 * * Montag\"\n# timezone",
        "`Montag` is no weekday",
    ),
    broken("a calendar", "config/calendars/CN.toml", "title = ", "title ", "this is not TOML"),
    broken("a brief", BRIEF, "languages = [\"en\", \"de\", \"zh\"]  ", "languages = [\"en\", \"xy\"]  ", "`xy`"),
    broken("a template", "templates/green-economy/de.md", "", "", "the template has no templates/green-economy/de.md"),
    broken("a secret", SETTINGS, "transport = \"folder\"  ", RELAY, "is there only while its service runs"),
    broken(
        "`[mail]`",
        SETTINGS,
        "from = \"Green Economy Brief <",
        "from = \"Green Economy Brief ",
        "only the address belongs here",
    ),
    broken("the TOML", SETTINGS, "[imprint]\n", "[imprint\n", "this is not TOML"),
    broken(
        "`store.url`",
        SETTINGS,
        "# url = \"sqlite:",
        "url = \"mysql:",
        "`mysql:` is not a database greenbrief knows",
    ),
];

/// Every command that reads the config, in an order in which each finds what it needs. `serve` and `check` are strict.
const COMMANDS: [&str; 53] = [
    "status",
    "subscribers list",
    "editions list",
    "editions show green-economy/1",
    "editions export green-economy/1 --out exported",
    "editions diff green-economy/1 green-economy/2",
    "editions rebuild green-economy/1",
    "editions resume green-economy/2",
    "editions withdraw green-economy/1 --undo",
    "deliveries list",
    "deliveries show 1",
    "deliveries settle 1 --sent",
    "figures list",
    "figures show vw_bev_cn",
    "figures check vw_bev_cn",
    "figures import --shipped",
    "figures export vw_bev_cn",
    "figures evidence cn_ets_close 2022-12",
    "figures keep people.csv",
    // A series without a link: no server is asked.
    "figures links irena_re_added_cn",
    "figures imports",
    "figures undo 2",
    "figures uses vw_bev_cn",
    "figures wrong vw_bev_cn 2024",
    "figures withdraw cn_ets_close 2022-12 unknown --reason wrong",
    "schedules list",
    "schedules pause weekly",
    "schedules resume weekly",
    "schedules history weekly",
    "pause --all",
    "resume",
    "editions correct green-economy/1 --reason wrong --dry-run",
    "stop green-economy/2",
    "subscribers remove anna@example.net",
    "store backup backup.db",
    "store restore backup.db",
    "store migrate",
    "resume",
    "subscribers add ben@example.net --language en",
    "subscribers import people.csv",
    "editions resend green-economy/1 --only failed --dry-run",
    "calendar list",
    "calendar show DE-BW 2026",
    "plan --next 1",
    "backfill green-economy --from 2026-11-02 --to 2026-11-03",
    "build green-economy --language en --out built",
    "new green-solar --like green-economy --languages en",
    "send green-economy --dry-run",
    "rehearse green-economy --at 2026-11-23T06:00:00Z",
    "rehearse green-economy --at 2026-11-23T06:00:00Z --schedule weekly",
    "config show",
    "mail test me@example.net",
    "send green-economy --to me@example.net",
];

impl Broken {
    fn apply(&self, house: &House) {
        let file = house.path(self.file);
        if self.from.is_empty() {
            return fs::remove_file(file).unwrap();
        }
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(self.from), "{}: {}", self.file, self.from);
        fs::write(file, text.replacen(self.from, self.to, 1)).unwrap();
    }
}

/// A house with an edition that is finished and one whose only mail waits.
fn prepared() -> House {
    let house = House::new();
    // The daemon keeps the config that is in force.
    let mut serve = house.serve(&[]);
    serve.wait_for("watching");
    assert_eq!(serve.end(), Some(0));
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    let relay = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", "mail.port=1"];
    let mut words = vec!["send", "green-economy"];
    words.extend(relay.iter().flat_map(|word| ["--set", word]));
    assert!(house.run(&words).out.contains("1 deferred"));
    house.write("people.csv", "address,language\ncarla@example.net,de\n");
    house
}

fn copied(house: &House) -> House {
    let other = House(tempfile::tempdir().unwrap());
    copy(house.path("").as_path(), other.path("").as_path());
    other
}

/// Did the command do its work in spite of what is broken? Either it did and warned once, or it named the mistake.
fn went_on(command: &str, told: &Told, broken: &Broken) -> bool {
    let Told { out, err, .. } = told;
    // Nothing waits for a word on that mail: it was found, and that is what matters.
    let done = (!out.is_empty() && told.code == 0) || err.contains("mail 1 is not unknown") || command == "status";
    let context = format!("{command}, {} is broken: {}\n{out}{err}", broken.part, told.code);
    assert!(!err.contains("panicked"), "{context}");
    if !done {
        assert!(told.code == 3 && out.is_empty(), "{context}");
        assert!(err.contains("error: ") && err.contains(broken.said), "{context}");
        return false;
    }
    if command == "status" {
        // It tells every mistake in full: somebody has to mend it.
        if out.is_empty() {
            return false;
        }
        assert!(err.contains(broken.said) && out.contains("green-economy/2"), "{context}");
        return true;
    }
    assert_eq!(err.matches(broken.said).count(), 1, "{context}");
    assert!(err.contains("= hint: this command does not need that, and goes on"), "{context}");
    true
}

/// What came of each command, in the order of [`BREAKS`].
fn outcomes() -> BTreeMap<usize, Vec<bool>> {
    let base = prepared();
    let columns: Vec<Vec<bool>> = std::thread::scope(|scope| {
        let run = |broken: &'static Broken| {
            let house = copied(&base);
            broken.apply(&house);
            scope.spawn(move || {
                let column = COMMANDS.iter().map(|command| {
                    let words: Vec<&str> = command.split(' ').collect();
                    went_on(command, &house.run(&words), broken)
                });
                column.collect()
            })
        };
        let threads: Vec<_> = BREAKS.iter().map(run).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    (0..COMMANDS.len()).map(|at| (at, columns.iter().map(|column| column[at]).collect())).collect()
}

/// The command without what it is used on: `rehearse --schedule`.
fn name(command: &str) -> String {
    let words = command.split(' ').enumerate();
    let kept = words.filter(|(at, word)| match *word {
        "--schedule" | "--to" if command.starts_with("rehearse") || command.starts_with("send") => true,
        "--dry-run" => command.starts_with("send"),
        "--all" => true,
        word if *at == 0 => !word.is_empty(),
        word => *at == 1 && word.chars().all(|c| c.is_ascii_lowercase()) && !command.starts_with("stop"),
    });
    kept.map(|(_, word)| word).collect::<Vec<_>>().join(" ")
}

/// The table of the docs: commands that need the same stand in one row.
fn table(outcomes: &BTreeMap<usize, Vec<bool>>) -> String {
    let mut rows: Vec<(Vec<bool>, Vec<String>)> = Vec::new();
    for (at, outcome) in outcomes {
        let name = format!("`{}`", name(COMMANDS[*at]));
        match rows.iter_mut().find(|(same, _)| same == outcome) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => rows.push((outcome.clone(), vec![name])),
        }
    }
    let heads: Vec<&str> = BREAKS.iter().map(|broken| broken.part).collect();
    let mut text = format!("| what is wrong: | {} |\n|---|{}\n", heads.join(" | "), "---|".repeat(heads.len()));
    for (outcome, names) in rows {
        let cells: Vec<&str> = outcome.iter().map(|went_on| if *went_on { "goes on" } else { "stops" }).collect();
        text.push_str(&format!("| {} | {} |\n", names.join(", "), cells.join(" | ")));
    }
    text
}

#[test]
fn each_command_needs_only_what_it_uses() {
    let outcomes = outcomes();
    let table = table(&outcomes);
    println!("{table}");
    // The brake, and the view.
    let brakes = ["pause --all", "resume", "stop", "status", "subscribers remove", "schedules pause", "store backup"];
    for (at, outcome) in &outcomes {
        if brakes.contains(&name(COMMANDS[*at]).as_str()) {
            let stops: Vec<&str> =
                BREAKS.iter().zip(outcome).filter(|(_, went_on)| !**went_on).map(|(broken, _)| broken.part).collect();
            assert_eq!(stops, ["`store.url`"], "{}", COMMANDS[*at]);
        }
    }
    let docs = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operating.md")).unwrap();
    assert!(docs.contains(&table), "docs/operating.md shows another table than this:\n{table}");
}

#[test]
fn serve_and_check_need_everything() {
    let base = prepared();
    for broken in &BREAKS {
        let house = copied(&base);
        broken.apply(&house);
        let told = house.refused(&["serve"]);
        assert!(told.contains(broken.said), "{}: {told}", broken.part);
        let told = house.run(&["check"]);
        assert!(told.err.contains(broken.said), "{}: {}", broken.part, told.err);
        // That the service's secret is nobody else's is as it should be.
        let is_secret = broken.part == "a secret";
        assert_eq!(told.code, i32::from(!is_secret), "{}: {}{}", broken.part, told.out, told.err);
        if is_secret {
            assert!(told.err.contains(
                "warning: /run/credentials/greenbrief.service/smtp-password is there only while its service runs\n"
            ));
            assert!(told.err.contains(
                "= hint: only `serve`, and a command that sends mails by itself, reads it: run that as the service's user"
            ));
        }
    }
}

#[test]
fn a_brake_names_the_store_that_it_took_and_never_guesses_one() {
    let house = prepared();
    let settings = fs::read_to_string(house.path(SETTINGS)).unwrap();
    let broken = |store: &str| {
        let text = settings.replace("[imprint]\n", "[imprint\n").replace("[store]\n", store);
        fs::write(house.path(SETTINGS), text).unwrap();
    };
    broken("[store]\n");
    let told = house.run(&["pause", "--all", "--reason", "wrong figures"]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert!(
        told.out.starts_with("Sending and all schedules are paused; `greenbrief resume` ends that."),
        "{}",
        told.out
    );
    let said = "warning: this is not TOML: ";
    assert!(told.err.starts_with(said), "{}", told.err);
    assert!(
        told.err.ends_with(
            "= hint: this command does not need that, and goes on with the store sqlite:var/greenbrief.db\n"
        ),
        "{}",
        told.err
    );
    let told = house.run(&["status"]);
    assert!(told.err.contains("warning: the store is taken to be sqlite:var/greenbrief.db\n"), "{}", told.err);
    assert!(told.out.contains("nothing is sent and no slot is claimed: "), "{}", told.out);

    // The section names another store, in which there is nothing: none is made.
    broken("[store]\nurl = \"sqlite:../elsewhere.db\"\n");
    let told = house.refused(&["pause", "--all"]);
    assert!(told.contains("error: there is no store yet at elsewhere.db\n"), "{told}");
    assert!(told.contains("= hint: mend the config first, or name the store: --set store.url=sqlite:PATH"), "{told}");
    let told = house.refused(&["figures", "import", "--shipped"]);
    assert!(told.contains("error: there is no store yet at elsewhere.db\n"), "{told}");
    assert!(!house.path("elsewhere.db").exists());

    // It cannot be said which store is meant, unless somebody says it.
    broken("[store\nurl = \"sqlite:../var/greenbrief.db\"\n");
    let told = house.refused(&["resume"]);
    assert!(
        told.contains(
            "error: which store is meant cannot be said for certain as long as config/greenbrief.toml is wrong\n   \
             = hint: name it: --set store.url=sqlite:PATH, or the environment variable GREENBRIEF_DATABASE_URL\n"
        ),
        "{told}"
    );
    assert!(told.contains("error: this is not TOML: "), "{told}");
    house.done(&["resume", "--set", "store.url=sqlite:../var/greenbrief.db"]);
    let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
    let done = house.command(&["pause", "--all"]).env("GREENBRIEF_DATABASE_URL", url).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    // Without any config the store has to be named, too.
    fs::remove_file(house.path(SETTINGS)).unwrap();
    assert!(house.mistaken(&["resume"]).contains("which store is meant cannot be said for certain"));
    house.done(&["resume", "--set", "store.url=sqlite:../var/greenbrief.db"]);
}

#[test]
fn a_password_that_only_the_service_has_in_its_environment_stops_nobody_else() {
    let house = prepared();
    let settings = fs::read_to_string(house.path(SETTINGS)).unwrap();
    let relay = "transport = \"smtp\"\nhost = \"127.0.0.1\"\nport = 1\nusername = \"brief\"\n";
    fs::write(house.path(SETTINGS), settings.replacen("transport = \"folder\"  ", relay, 1)).unwrap();
    let missing = "there is no password for this name";
    for command in ["status", "plan", "subscribers list", "figures list", "store backup b.db", "build green-economy"] {
        let told = house.run(&command.split(' ').collect::<Vec<_>>());
        assert!(!told.out.is_empty() && told.err.contains(&format!("warning: {missing}")), "{command}\n{}", told.err);
    }
    for command in ["check", "serve", "mail test me@example.net"] {
        let told = house.run(&command.split(' ').collect::<Vec<_>>());
        let code = if command == "check" { 1 } else { 3 };
        assert!(told.code == code && told.err.contains(&format!("error: {missing}")), "{command}\n{}", told.err);
    }
    // It is asked for before an edition is made that nobody could send.
    let told = house.mistaken(&["send", "green-economy"]);
    assert!(told.contains(&format!("error: {missing}")), "{told}");
    assert!(!house.done(&["editions", "list"]).contains("green-economy/3"));
}

#[test]
fn schedules_are_known_from_what_the_daemon_keeps_in_force() {
    let house = House::new();
    let mut serve = house.serve(&[]);
    serve.wait_for("watching");
    house.change("\"0 7 * * Mon\"\n# timezone", "\"0 7 * * Montag\"\n# timezone");
    let told = house.done(&["schedules", "pause", "weekly"]);
    assert!(told.starts_with("green-economy/weekly is paused: no edition is made for its slots"), "{told}");
    assert!(house.done(&["schedules", "list"]).contains("paused by tester since "));
    house.done(&["schedules", "resume", "weekly"]);
    assert!(house.refused(&["schedules", "pause", "weakly"]).contains("did you mean `weekly`?"));
    assert_eq!(serve.end(), Some(0));
    // Where none ever ran, those that can be read are known, and it is told that others are not.
    let house = House::new();
    house.change("\"0 7 * * Mon\"\n# timezone", "\"0 7 * * Montag\"\n# timezone");
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    let told = house.run(&["schedules", "list"]);
    assert_eq!((told.code, told.out.as_str()), (0, "No schedule can be read.\n"), "{}", told.err);
    assert!(told.err.starts_with("warning: `Montag` is no weekday"), "{}", told.err);
    assert!(told.err.contains("warning: schedules that cannot be read are missing here"), "{}", told.err);
    for command in ["pause", "resume"] {
        let told = house.run(&["schedules", command, "weekly"]);
        assert_eq!(told.code, 4, "{}", told.err);
        assert!(told.err.contains("error: no schedule `weekly` is known among those that can be read"), "{}", told.err);
        assert!(told.err.contains("hint: `greenbrief check` says what is wrong with the others"), "{}", told.err);
    }
    // Another one, which can be read, is paused.
    let file = house.path("config/briefs/green-economy.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}\n[schedules.monthly]\ncron = \"0 8 1 * *\"\n")).unwrap();
    assert!(house.done(&["schedules", "pause", "monthly"]).starts_with("green-economy/monthly is paused"));
    let told = house.done(&["schedules", "list"]);
    assert!(told.contains("green-economy/monthly ") && told.contains("paused by tester since "), "{told}");
    house.done(&["schedules", "resume", "monthly"]);
}

#[test]
fn a_finished_edition_is_not_stopped() {
    let house = House::new();
    for (address, language) in [("anna@example.net", "en"), ("ben@example.net", "de")] {
        house.done(&["subscribers", "add", address, "--language", language]);
    }
    house.done(&["send", "green-economy"]);
    let told = house.refused(&["stop", "green-economy/1"]);
    let finished = "green-economy/1 is finished: all its 2 mails went out; there is nothing to stop";
    assert_eq!(told, format!("error: {finished}\n"));
    assert!(house.done(&["editions", "list"]).contains("green-economy/1  released "));
    let told = house.done(&["editions", "resume", "green-economy/1"]);
    assert_eq!(told, "green-economy/1 was not paused: all its 2 mails went out\n");
}
