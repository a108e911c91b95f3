//! Lists of people as they come: from spreadsheets, with mistakes, with readers who have left; and what is asked of them.

use std::{
    fs,
    io::Write as _,
    process::{Output, Stdio},
};

use super::House;

/// A list as German Excel writes it, of 300 rows, twelve of which have a mistake.
fn spreadsheet() -> String {
    let languages = ["deutsch", "englisch", "中文", "de-DE", "English"];
    let mut text = "\u{feff}Name;E-Mail;Sprache;Firma;;\r\n".to_owned();
    for n in 0..300 {
        let mut address = format!("leser{n}@example.net");
        let mut language = languages[n % 5];
        match n {
            20 => address = "leser20(at)example.net".to_owned(),
            45 => address = "Anna Müller <leser45@example.net>".to_owned(),
            70 => address = String::new(),
            95 => language = "französisch",
            120 => language = "",
            145 => address = "leser7@example.net".to_owned(),
            170 => address = "leser170@example".to_owned(),
            195 => address = "leser195@example.net, leser195@example.org".to_owned(),
            220 => address = "müller220@example.net".to_owned(),
            245 => address = "LESER8@EXAMPLE.NET".to_owned(),
            270 => address = "leser 270@example.net".to_owned(),
            295 => language = "zh-TW",
            _ => {}
        }
        text.push_str(&format!("\"Müller; {n}\";{address};{language};Firma {n};;\r\n"));
        if n % 50 == 49 {
            text.push_str(";;;;;\r\n");
        }
    }
    text
}

#[test]
fn a_list_from_a_spreadsheet_comes_in() {
    let house = House::new();
    house.write("leser.csv", &spreadsheet());
    let import = ["subscribers", "import", "leser.csv"];
    let told = house.refused(&import);
    assert_eq!(told.matches("error: ").count(), 13, "{told}");
    for line in [
        "error: `leser20(at)example.net` has no @\n  --> leser.csv:22:14\n",
        "error: `französisch` is not a language of a brief\n  --> leser.csv:98:34\n",
        "error: the language is missing\n",
        "error: `leser7@example.net` appears here twice\n",
        "hint: it is in line 9; leave out one of them\n",
        "error: 12 of 300 rows of leser.csv have mistakes: nothing was imported\n",
        "import the other 288 and get these in a file with the reason beside each: `--skip-bad REJECTS.csv`",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    // A rehearsal says what the others would change.
    let told = house.refused(&[&import[..], &["--dry-run"]].concat());
    assert!(told.contains("= hint: of the other 288: 288 new, 0 changed, 0 unchanged\n"), "{told}");
    assert_eq!(house.objects(&["subscribers", "list"]).len(), 0);

    let skip = [&import[..], &["--skip-bad", "rejects.csv"]].concat();
    let told = house.done(&[&skip[..], &["--dry-run"]].concat());
    assert_eq!(
        told,
        "288 new, 0 changed, 0 unchanged (nothing was imported)\n12 rows of 300 with mistakes would be left out\n2 columns \
         are not read: `Name`, `Firma`\n"
    );
    assert!(!house.path("rejects.csv").exists());
    assert_eq!(
        house.done(&skip),
        "288 new, 0 changed, 0 unchanged\n12 rows of 300 with mistakes: rejects.csv says what is wrong with each\n2 columns \
         are not read: `Name`, `Firma`\n"
    );
    assert_eq!(house.objects(&["subscribers", "list"]).len(), 288);
    assert_eq!(house.objects(&["subscribers", "list", "--language", "zh"]).len(), 60);

    // As they were written, with the reason in a column of its own.
    let rejects = fs::read_to_string(house.path("rejects.csv")).unwrap();
    let lines: Vec<&str> = rejects.lines().collect();
    assert_eq!(lines.len(), 13, "{rejects}");
    assert_eq!(lines[0], "\u{feff}Name;E-Mail;Sprache;Firma;;;reason");
    assert_eq!(
        lines[1],
        "\"Müller; 20\";leser20(at)example.net;deutsch;Firma 20;;;\"`leser20(at)example.net` has no @ (for example \
         name@example.org)\""
    );
    assert!(lines[6].ends_with("\"`leser7@example.net` appears here twice (it is in line 9; leave out one of them)\""));
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&fs::metadata(house.path("rejects.csv")).unwrap().permissions()) & 0o77,
        0
    );
    // It is written once; mended, it comes in as any other list.
    let told = house.refused(&skip);
    assert!(told.contains("error: rejects.csv exists already\n"), "{told}");
    house.write("mended.csv", &rejects.replace("(at)", "@"));
    let told = house.done(&["subscribers", "import", "mended.csv", "--skip-bad", "again.csv"]);
    assert!(told.starts_with("1 new, 1 changed, 1 unchanged\n9 rows of 12 with mistakes: again.csv "), "{told}");
    assert!(told.ends_with("3 columns are not read: `Name`, `Firma`, `reason`\n"), "{told}");

    let object = &house.objects(&[&import[..], &["--skip-bad", "new.csv"]].concat())[0];
    assert_eq!(
        *object,
        serde_json::json!({
            "new": 0, "again": 0, "changed": 1, "unchanged": 287, "kept": 0, "left": 0, "suppressed": 0, "unwritten": 0,
            "rows": 300, "rejected": 12, "rejects": "new.csv", "columns_left_out": ["Name", "Firma"], "dry_run": false,
        })
    );
}

#[test]
fn a_list_names_what_it_does_not_say() {
    let house = House::new();
    house.write("mails.csv", "Mail\nanna@example.net\nbernd@example.net\n");
    let told = house.refused(&["subscribers", "import", "mails.csv"]);
    assert!(told.starts_with("error: no column of this head tells the language\n --> mails.csv:1:1\n"), "{told}");
    assert_eq!(told.matches("error: ").count(), 1, "{told}");
    assert_eq!(
        house.done(&["subscribers", "import", "mails.csv", "--language", "de"]),
        "2 new, 0 changed, 0 unchanged\n"
    );
    let brief = fs::read_to_string(house.path("config/briefs/green-economy.toml")).unwrap();
    house.write("config/briefs/hydrogen.toml", &brief);
    let told = house.refused(&["subscribers", "import", "mails.csv", "--language", "de"]);
    assert!(told.starts_with("error: no column of this head tells the brief\n"), "{told}");
    assert!(told.contains("`--brief` with one of `green-economy`, `hydrogen`"), "{told}");
    let hydrogen = ["subscribers", "import", "mails.csv", "--language", "de", "--brief", "hydrogen"];
    assert_eq!(house.done(&hydrogen), "2 new, 0 changed, 0 unchanged\n");
    assert_eq!(house.objects(&["subscribers", "list", "--brief", "hydrogen"]).len(), 2);
    let told = house.refused(&["subscribers", "import", "mails.csv", "--language", "de", "--brief", "hydrogn"]);
    assert!(told.contains("did you mean `hydrogen`?"), "{told}");
    assert_eq!(house.done(&["subscribers", "list", "--state", "ended"]), "There are no such subscribers.\n");

    // One brief is left, or all.
    assert_eq!(
        house.done(&["subscribers", "remove", "anna@example.net", "--brief", "hydrogen"]),
        "anna@example.net gets hydrogen no longer: 1 subscription ended\n"
    );
    assert_eq!(house.done(&hydrogen).lines().next(), Some("0 new, 0 changed, 1 unchanged"));
    let active = house.objects(&["subscribers", "list", "--state", "active"]);
    let of = |address: &str| active.iter().filter(|row| row["address"] == address).count();
    assert_eq!((of("anna@example.net"), of("bernd@example.net")), (1, 2));
}

fn piped(house: &House, words: &[&str], input: &[u8]) -> Output {
    let mut command = house.command(words);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn what_is_no_list_is_refused_before_it_is_read() {
    let house = House::new();
    let import = |name: &str| house.mistaken(&["subscribers", "import", name]);
    assert_eq!(import("/dev/zero"), "error: /dev/zero is a device, not a file\n");
    assert_eq!(import("config"), "error: config is a folder, not a file\n");
    fs::File::create(house.path("large.csv")).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(import("large.csv"), "error: large.csv is larger than 256 MiB\n   = hint: import it in parts\n");
    #[cfg(unix)]
    {
        assert!(std::process::Command::new("mkfifo").arg(house.path("pipe")).status().unwrap().success());
        assert!(import("pipe").starts_with("error: pipe is a named pipe, not a file\n"));
        assert!(
            house.mistaken(&["figures", "import", "pipe"]).starts_with("error: pipe is a named pipe, not a file\n")
        );
    }
    // What comes through a pipe is kept, and no more of it is read.
    let mut child = house.command(&["subscribers", "import", "-"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    while pipe.write_all(&[0; 64 << 10]).is_ok() {}
    let told = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert_eq!(
        told,
        "error: standard input is larger than 64 MiB\n   = hint: write it into a file, which may have 256 MiB, and name that\n"
    );
    let head = ["a,"; 5000].concat();
    house.write("wide.csv", &head);
    for words in [["subscribers", "import", "wide.csv"], ["figures", "import", "wide.csv"]] {
        let told = house.mistaken(&words);
        assert!(told.starts_with("error: the head names 5001 columns; at most 256 are read\n"), "{told}");
        assert!(told.len() < 1000, "{told}");
    }
    let done = piped(&house, &["subscribers", "import", "-"], b"mail;sprache\na@example.net;en\n");
    assert_eq!(String::from_utf8(done.stdout).unwrap(), "1 new, 0 changed, 0 unchanged\n");
    let done = piped(&house, &["subscribers", "import", "-"], b"\xff\xfem\0");
    assert!(String::from_utf8(done.stderr).unwrap().starts_with("error: standard input is UTF-16, not UTF-8\n"));
}

#[test]
fn who_has_left_stays_away_until_they_ask() {
    let house = House::new();
    house.write("list.csv", "address,language\nanna@example.net,en\nbernd@example.net,de\n");
    let import = ["subscribers", "import", "list.csv"];
    house.done(&import);
    house.done(&["subscribers", "remove", "anna@example.net", "--reason", "wrote on Monday", "--as", "Dora"]);
    let kept = "0 new, 0 changed, 1 unchanged\n1 reader has left and stays away; if they ask for it again: `--again --reason \
                TEXT`\n";
    assert_eq!(house.done(&import), kept);
    let add = ["subscribers", "add", "Anna@example.net", "--language", "en"];
    let told = house.refused(&add);
    assert!(told.starts_with("error: Anna@example.net has left green-economy on 20"), "{told}");
    assert!(
        told.contains(", says Dora: wrote on Monday\n   = hint: if they ask for it again: `--again --reason TEXT`")
    );
    let told = house.refused(&["subscribers", "remove", "anna@example.net"]);
    assert!(told.starts_with("error: anna@example.net has no active subscription: it left on 20"), "{told}");
    assert_eq!(house.run(&[&add[..], &["--again"]].concat()).code, 2, "a reason is needed");
    assert_eq!(house.run(&[&add[..], &["--again", "--reason", ""]].concat()).code, 2);
    assert_eq!(house.run(&[&import[..], &["--reason", "x"]].concat()).code, 2);
    let again = [&import[..], &["--again", "--reason", "phoned"]].concat();
    assert_eq!(
        house.done(&[&again[..], &["--dry-run"]].concat()),
        "0 new, 0 changed, 1 unchanged, 1 again (nothing was imported)\n"
    );
    assert_eq!(house.done(&import), kept);
    assert_eq!(house.done(&again), "0 new, 0 changed, 1 unchanged, 1 again\n");
    assert_eq!(house.objects(&["subscribers", "list", "--state", "active"]).len(), 2);

    // A file of readers who leave: all of it or nothing, and those who are not there stay away, too.
    house.write("gone.txt", "anna@example.net\nCHEN@example.net\nbernd(at)example.net\n");
    let told = house.refused(&["subscribers", "remove", "--file", "gone.txt"]);
    assert!(told.starts_with("error: `bernd(at)example.net` has no @\n --> gone.txt:3:1\n"), "{told}");
    assert_eq!(house.objects(&["subscribers", "list", "--state", "active"]).len(), 2);
    house.write("gone.txt", "anna@example.net\nCHEN@example.net\n");
    assert_eq!(
        house.done(&["subscribers", "remove", "--file", "gone.txt"]),
        "1 subscription ended, of 2 addresses in the file\n1 were not subscribed, and stay away from imports, too\n"
    );
    let again = &house.objects(&["subscribers", "remove", "--file", "gone.txt"])[0];
    assert_eq!((&again["addresses"], &again["ended"], &again["before"]), (&2.into(), &0.into(), &2.into()));
    assert!(
        house
            .refused(&["subscribers", "add", "chen@example.net", "--language", "zh"])
            .contains("has left green-economy")
    );
    assert_eq!(house.run(&["subscribers", "remove"]).code, 2);
    assert_eq!(house.run(&["subscribers", "remove", "anna@example.net", "--file", "gone.txt"]).code, 2);
}

#[test]
fn a_reader_leaves_by_the_token_of_a_mail() {
    let house = House::new();
    for address in ["anna@example.net", "bernd@example.net"] {
        house.done(&["subscribers", "add", address, "--language", "en"]);
    }
    house.done(&["send", "green-economy"]);
    let mails = house.objects(&["deliveries", "list", "--address", "Bernd@example.net"]);
    assert_eq!(mails.len(), 1);
    let id = mails[0]["message_id"].as_str().unwrap();
    let token = id.trim_start_matches('<').split('@').next().unwrap();
    let remove = |token: &str| house.run(&["subscribers", "remove", "--token", token]);
    let told = remove(&format!("unsubscribe {token}"));
    assert_eq!(told.out, "bernd@example.net gets no further mail: 1 subscription ended\n", "{}", told.err);
    let told = remove(token);
    assert!(told.err.contains("bernd@example.net has no active subscription: it left on 20"), "{}", told.err);
    assert!(remove("green-economy.1.1.elsewhere").err.contains("was not sent from this store"));
    // The subject that List-Unsubscribe asks for now.
    house.done(&["send", "green-economy"]);
    let outbox = house.path("reports/outbox");
    let files = fs::read_dir(outbox).unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let mail = files.into_iter().find(|mail| mail.contains("Message-ID: <green-economy.2.1.")).unwrap();
    let wanted = "\r\nList-Unsubscribe: <mailto:unsubscribe@greenbrief.dev?subject=unsubscribe%20u";
    assert!(mail.contains(wanted), "{mail}");
    let own = format!("u{}", &mail.split(wanted).nth(1).unwrap()[..36]);
    assert!(remove(&own[..30]).err.contains("the token is cut off: it has 30 of 37 characters"));
    let told = house.run(&["subscribers", "remove", "--token", &own, "--brief", "other"]);
    assert!(told.err.contains("the token is for leaving green-economy"), "{}", told.err);
    let told = remove(&format!("https://briefs.example.org/u/{own}"));
    assert_eq!(told.out, "anna@example.net gets green-economy no longer: 1 subscription ended\n", "{}", told.err);
    for text in [own.to_uppercase(), format!("unsubscribe {own}"), format!("<unsubscribe+{own}@example.org>")] {
        assert!(remove(&text).err.contains("anna@example.net has no active subscription: it left on 20"), "{text}");
    }
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en", "--again", "--reason", "asked"]);

    // Keys are made anew and retired.
    let keys = house.objects(&["tokens", "list"]);
    assert_eq!((keys.len(), &keys[0]["signs"]), (1, &true.into()));
    let first = keys[0]["id"].as_str().unwrap().to_owned();
    assert!(own.ends_with(&first));
    assert!(
        house.refused(&["tokens", "retire", &first]).contains("`greenbrief tokens rotate` makes another one first")
    );
    let second = house.objects(&["tokens", "rotate"])[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        house.done(&["tokens", "retire", &first]),
        format!("tokens of the key {first} are not accepted any more\n")
    );
    assert!(remove(&own).err.contains(&format!("the token was made with the key {first}, which was retired")));
    assert!(house.refused(&["tokens", "retire", &first]).contains("was retired before"));
    assert!(house.done(&["tokens", "list"]).contains(&format!("{second}  signs ")));
    let other = token.replacen(".2.", ".77.", 1);
    assert!(remove(&other).err.contains("the store has no subscriber 77"), "{}", remove(&other).err);
    assert!(remove("Hello").err.contains("`Hello` is not the token of a mail"));
    assert_eq!(house.objects(&["subscribers", "list", "--state", "active"]).len(), 1);
}

#[test]
fn lists_name_what_is_asked_for() {
    let house = House::new();
    for address in ["anna@example.net", "bernd@example.net"] {
        house.done(&["subscribers", "add", address, "--language", "en"]);
    }
    for _ in 0..3 {
        house.done(&["send", "green-economy"]);
    }
    let mails = |words: &[&str]| house.objects(&[&["deliveries", "list"], words].concat());
    let ids = |words: &[&str]| mails(words).iter().map(|mail| mail["id"].as_i64().unwrap()).collect::<Vec<_>>();
    assert_eq!(ids(&[]), [1, 2, 3, 4, 5, 6]);
    assert_eq!(ids(&["--last", "3"]), [4, 5, 6]);
    assert_eq!(ids(&["--last", "9"]).len(), 6);
    assert_eq!(ids(&["--address", "ANNA@example.net"]), [1, 3, 5]);
    assert_eq!(ids(&["--address", "anna@example.net", "--last", "2"]), [3, 5]);
    assert_eq!(ids(&["--brief", "green-economy", "--state", "sent"]).len(), 6);
    assert!(house.refused(&["deliveries", "list", "--brief", "hydrogen"]).contains("there is no brief `hydrogen`"));
    assert!(house.fails_with(2, &["deliveries", "list", "--address", "anna"]).contains("has no @"));
    let editions = |words: &[&str]| {
        let rows = house.objects(&[&["editions", "list"], words].concat());
        rows.iter().map(|row| row["number"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(editions(&["--last", "2"]), [3, 2]);
    assert_eq!(editions(&["--brief", "green-economy", "--state", "released"]), [3, 2, 1]);
    assert_eq!(editions(&["--state", "held"]), [0; 0]);
    assert_eq!(house.done(&["editions", "list", "--state", "held"]), "There are no such editions.\n");
    assert_eq!(house.run(&["editions", "list", "--state", "sent"]).code, 2);
}

#[tokio::test]
async fn all_unknown_mails_of_an_edition_are_settled_at_once() {
    let house = super::operators::with_failed(6).await;
    let settle = ["deliveries", "settle", "--edition", "green-economy/1", "--as", "Anna"];
    assert_eq!(
        house.done(&[&settle[..], &["--not-sent"]].concat()),
        "2 unknown mails of green-economy/1 would be sent again; --yes does it\n"
    );
    assert_eq!(house.objects(&["deliveries", "list", "--state", "unknown"]).len(), 2);
    assert_eq!(
        house.done(&[&settle[..], &["--not-sent", "--yes"]].concat()),
        "2 unknown mails of green-economy/1 wait to be sent again\n"
    );
    let mails = house.objects(&["deliveries", "list", "--state", "pending"]);
    assert_eq!((mails.len(), &mails[0]["reply"]), (2, &"not sent, says Anna".into()));
    assert_eq!(house.done(&[&settle[..], &["--sent", "--yes"]].concat()), "green-economy/1 has no unknown mail\n");
    assert_eq!(house.run(&["deliveries", "settle", "--edition", "green-economy/1"]).code, 2);
    assert_eq!(house.run(&["deliveries", "settle", "1", "--edition", "green-economy/1", "--sent"]).code, 2);
    let object = &house.objects(&[&settle[..], &["--sent"]].concat())[0];
    assert_eq!(*object, serde_json::json!({ "edition": "green-economy/1", "mails": 0, "sent": true, "done": false }));
}

#[tokio::test]
async fn a_restored_store_knows_who_left_since_its_backup() {
    let house = House::new();
    house.write(
        "list.csv",
        "address,language\nanna@example.net,en\nbernd@example.net,de\nchen@example.net,zh\ndora@example.net,en\n",
    );
    let import = ["subscribers", "import", "list.csv"];
    house.done(&import);
    house.done(&["subscribers", "remove", "dora@example.net"]);
    house.done(&["store", "backup", "kept.db"]);
    house.done(&["subscribers", "remove", "anna@example.net", "--reason", "wrote on Monday", "--as", "Emil"]);
    house.done(&["subscribers", "remove", "bernd@example.net"]);
    house.done(&["subscribers", "add", "bernd@example.net", "--language", "de", "--again", "--reason", "phoned"]);
    let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
    let mut raw = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    let suppressed = "INSERT INTO suppression (address_key, reason, at) VALUES ('chen@example.net', 'complained', 1)";
    sqlx::query(suppressed).execute(&mut raw).await.unwrap();
    sqlx::Connection::close(raw).await.unwrap();

    let told = house.done(&["store", "restore", "kept.db"]);
    assert!(told.contains("\n1 removal and 1 suppressed address were carried over from it.\n"), "{told}");
    let all = house.objects(&["subscribers", "list"]);
    let active: Vec<_> = all.iter().filter(|one| one["state"] != "ended").collect();
    assert_eq!(active.iter().map(|row| &row["address"]).collect::<Vec<_>>(), ["bernd@example.net", "chen@example.net"]);
    let told = house.done(&import);
    assert!(told.starts_with("0 new, 0 changed, 2 unchanged\n2 readers have left and stay away; "), "{told}");
    assert!(
        told.contains("\n1 address is suppressed: nothing is mailed there; `greenbrief subscribers show ADDRESS`"),
        "{told}"
    );
    let told = house.refused(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    assert!(told.contains(", says Emil: wrote on Monday\n"), "{told}");

    // Where there was nothing, or nothing that the backup does not know, nothing is said of it.
    let objects = house.objects(&["store", "restore", "kept.db"]);
    assert_eq!(
        objects[0]["carried_over"],
        serde_json::json!({ "removals": 1, "suppressions": 1, "consents": 0, "erased": 0 })
    );
    for name in house.names("var").iter().filter(|name| name.starts_with("greenbrief.db")) {
        fs::remove_file(house.path("var").join(name)).unwrap();
    }
    let told = house.done(&["store", "restore", "kept.db"]);
    assert!(!told.contains("carried over") && !told.contains("is not known"), "{told}");
    // Of a store that is broken nobody knows who left.
    fs::write(house.path("var/greenbrief.db"), vec![7; 40_000]).unwrap();
    let told = house.done(&["store", "restore", "kept.db"]);
    assert!(told.contains("It cannot be read: who left since the backup is not known."), "{told}");
}

/// Every file of the house that holds an address, in whatever case.
fn holding(house: &House, address: &str) -> Vec<String> {
    fn look(folder: &std::path::Path, address: &str, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, address, found);
            } else if String::from_utf8_lossy(&fs::read(&path).unwrap()).to_ascii_lowercase().contains(address) {
                found.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["var", "reports"] {
        look(&house.path(folder), address, &mut found);
    }
    found.sort();
    found
}

#[test]
fn nothing_in_any_file_names_who_is_erased() {
    let house = House::new();
    let rows: String = (0..3000).map(|n| format!("reader{}@example.net,en\n", n * 7919 % 3000)).collect();
    house.write("list.csv", &format!("address,language\n{rows}"));
    house.done(&["subscribers", "import", "list.csv", "--consent", "form of reader77@example.net"]);
    house.done(&["subscribers", "add", "Gerd@erased.example", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    house.done(&["subscribers", "suppress", "gerd@erased.example", "--reason", "550 <gerd@erased.example> unknown"]);
    let told = house.refused(&["subscribers", "suppress", "gerd@erased.example", "--reason", "again"]);
    assert!(told.contains("gerd@erased.example is suppressed since"), "{told}");
    // Whoever adds it all the same is told that nothing comes of it.
    let told = house.done(&["subscribers", "add", "gerd@erased.example", "--language", "en"]);
    let why =
        "already gets green-economy in en, but nothing is mailed there, since the address is suppressed: 550 <gerd@";
    assert!(told.contains(why) && told.contains("subscribers unsuppress gerd@erased.example"), "{told}");
    house.done(&["subscribers", "unsuppress", "gerd@erased.example", "--reason", "a mistake"]);
    house.refused(&["subscribers", "unsuppress", "gerd@erased.example", "--reason", "again"]);
    let shown = house.done(&["subscribers", "show", "gerd@erased.example"]);
    for part in [
        "green-economy in en: active since",
        "by tester: add; consent: asked by mail",
        "suppressed from",
        "mail 3001: green-economy/1, sent",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let exported = &house.objects(&["subscribers", "export", "gerd@erased.example"])[0];
    assert_eq!(exported["subscriptions"][0]["history"][0]["consent"], "asked by mail");
    assert!(holding(&house, "gerd@erased.example").len() >= 2);

    // Nobody can be asked here.
    let refused = house.bare(&["subscribers", "forget", "gerd@erased.example"]).output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr);
    let would = " (1 subscription, 1 history entry, 0 requests, 1 refusal, 1 mail, 0 replies, 1 file)";
    assert!(said.contains(would) && said.contains("--yes"), "{said}");
    assert_eq!(refused.status.code(), Some(4), "{said}");
    assert!(holding(&house, "gerd@erased.example").len() >= 2);
    let told = house.done(&["subscribers", "forget", "gerd@erased.example", "--yes"]);
    let kinds = "1 subscription, 1 history entry, 0 requests, 1 refusal, 1 mail, 0 replies, 1 file\n";
    assert!(told.starts_with(&format!("gerd@erased.example is erased: {kinds}")), "{told}");
    assert_eq!(holding(&house, "gerd@erased.example"), [""; 0]);
    let shown = house.done(&["subscribers", "show", "gerd@erased.example"]);
    assert_eq!(shown, "Nothing is known of gerd@erased.example.\nIt was erased: no import subscribes it.\n");
    let told = house.done(&["subscribers", "forget", "gerd@erased.example", "--yes"]);
    assert!(told.starts_with("nothing was known of gerd@erased.example"), "{told}");
    // One of a list that was written in parts, with a mail among thousands.
    house.done(&["subscribers", "forget", "reader77@example.net", "--yes"]);
    assert_eq!(holding(&house, "reader77@example.net"), [""; 0]);
    let told = house.done(&["subscribers", "import", "list.csv"]);
    assert!(told.starts_with("0 new, 0 changed, 2999 unchanged\n1 reader has left and stays away"), "{told}");
    house.refused(&["subscribers", "add", "gerd@erased.example", "--language", "en"]);
}

#[test]
fn a_list_without_a_word_on_consent_is_refused() {
    let house = House::new();
    house.write("list.csv", "address,language\nanna@example.net,en\n");
    let told = |words: &[&str]| {
        let done = house.bare(words).output().unwrap();
        assert!(!done.status.success());
        String::from_utf8(done.stderr).unwrap()
    };
    let list = told(&["subscribers", "import", "list.csv"]);
    assert!(
        list.starts_with("error: nothing says where the consent of these people comes from\n --> list.csv:1:1\n"),
        "{list}"
    );
    assert!(list.contains("--consent"), "{list}");
    let one = told(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    assert!(one.starts_with("error: nothing says where the consent of anna@example.net comes from\n"), "{one}");
    assert_eq!(
        house.done(&["subscribers", "list"]),
        "There are no subscribers yet: `greenbrief subscribers add ADDRESS --language L --consent TEXT`.\n"
    );
}
