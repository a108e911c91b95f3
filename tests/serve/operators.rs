//! What an operator does about mails, as it is typed: a pause of everything, one mail, mails sent again, the account of an
//! edition.

use std::{fs, io::Write, net::TcpListener};

use super::{House, SOON};

/// A house with an edition of which two mails failed: the transport is a folder, so the outbox is told so by the database.
pub(super) async fn with_failed(state: i64) -> House {
    let house = House::new();
    for address in ["anna@example.net", "bernd@example.net", "chen@example.net"] {
        house.done(&["subscribers", "add", address, "--language", "en"]);
    }
    house.done(&["send", "green-economy"]);
    let url = format!("sqlite:{}", house.path("var/greenbrief.db").display());
    let mut raw = <sqlx::SqliteConnection as sqlx::Connection>::connect(&url).await.unwrap();
    let text = "refused at RCPT TO: 550 5.1.1 no such user";
    sqlx::query("UPDATE mail SET state = $1, reply = $2 WHERE id IN (1, 2)")
        .bind(state)
        .bind(text)
        .execute(&mut raw)
        .await
        .unwrap();
    sqlx::Connection::close(raw).await.unwrap();
    house
}

#[test]
fn everything_is_paused_and_goes_on() {
    let house = House::new();
    assert!(house.refused(&["pause", "--all"]).contains("there is no store yet"));
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    assert_eq!(house.run(&["pause"]).code, 2);
    let told = house.done(&["pause", "--all", "--reason", "wrong figures", "--as", "Anna"]);
    assert_eq!(told, "Sending and all schedules are paused; `greenbrief resume` ends that.\n");
    let again = house.done(&["pause", "--all", "--as", "Bernd"]);
    assert!(
        again.starts_with("Everything is paused by Anna since 20") && again.ends_with("already; nothing changes.\n")
    );
    let status = house.run(&["status"]);
    assert_eq!(status.code, 1);
    let line = status.out.lines().find(|line| line.contains("nothing is sent and no slot is claimed")).unwrap();
    assert!(
        line.contains("paused by Anna since 20") && line.ends_with(": wrong figures; `greenbrief resume` ends that")
    );
    assert!(house.refused(&["send", "green-economy"]).contains("sending waits: paused by Anna"));

    // No slot is claimed, also by a daemon that runs; afterwards it is made up.
    house.due_in(SOON);
    let mut serve = house.serve(&[]);
    serve.wait_for("no slot is claimed until `greenbrief resume`");
    std::thread::sleep(std::time::Duration::from_secs(SOON.cast_unsigned() + 3));
    assert_eq!(house.objects(&["editions", "list"]).len(), 0);
    let told = house.done(&["resume"]);
    assert!(told.starts_with("mails are sent again, and schedules run (they waited: paused by Anna since"), "{told}");
    serve.wait_for("the outbox is quiet");
    assert_eq!(serve.end(), Some(0), "{}", serve.log());
    let list = house.objects(&["editions", "list"]);
    assert_eq!((list.len(), &list[0]["mails"]["sent"]), (1, &1.into()));
    assert_eq!(house.done(&["resume"]), "nothing was waiting\n");
}

#[tokio::test]
async fn refused_mails_are_sent_again_and_each_is_known() {
    let house = with_failed(5).await;
    let show = house.done(&["editions", "show", "green-economy/1"]);
    assert!(
        show.ends_with(
            "mails      1 sent, 2 failed\n  2 failed: 550 5.1.1 no such mailbox\n    such as anna@example.net: \
             refused at RCPT TO: 550 5.1.1 no such user\n"
        ),
        "{show}"
    );
    let rows = house.objects(&["editions", "show", "green-economy/1"]);
    assert_eq!((&rows[0]["progress"]["sent"], &rows[0]["progress"]["failed"]), (&1.into(), &2.into()));
    let reason = &rows[0]["reasons"][0];
    assert_eq!((&reason["count"], &reason["enhanced"], &reason["code"]), (&2.into(), &"5.1.1".into(), &550.into()));

    house.done(&["subscribers", "remove", "bernd@example.net"]);
    let resend = ["editions", "resend", "green-economy/1", "--only", "failed", "--as", "Anna"];
    let dry = house.done(&[&resend[..], &["--dry-run"]].concat());
    assert_eq!(
        dry,
        "1 mail of green-economy/1 would be sent again\n1 mail left out: the reader has left, or the address is \
         suppressed\nNothing was changed.\n"
    );
    assert_eq!(house.objects(&["deliveries", "list", "--state", "failed"]).len(), 2);
    let told = house.done(&resend);
    assert!(told.starts_with("1 mail of green-economy/1 waits to be sent again\n1 mail left out: "), "{told}");
    let mail = house.done(&["deliveries", "show", "1"]);
    for line in [
        "mail       1, edition\n",
        "edition    green-economy/1\n",
        "to         anna@example.net\n",
        "state      pending, since 20",
        "attempts   0\n",
        "gives up   20",
        "id         <green-economy.1.1.",
        "last word  sent again, says Anna; before: refused at RCPT TO: 550 5.1.1 no such user\n",
        "decided    sent again, says Anna at 20",
    ] {
        assert!(mail.contains(line), "{line}\n{mail}");
    }
    let object = &house.objects(&["deliveries", "show", "2"])[0];
    assert_eq!((&object["state"], &object["address"]), (&"failed".into(), &"bernd@example.net".into()));
    for id in ["2", "3"] {
        // A mail that has ended is not given up in the future.
        let ended = house.done(&["deliveries", "show", id]);
        assert!(!ended.contains("gives up") && !ended.contains("given up"), "{ended}");
    }
    assert!(house.refused(&["deliveries", "show", "77"]).contains("there is no mail 77"));
    assert_eq!(house.run(&["editions", "resend", "green-economy/1"]).code, 2);

    house.done(&["stop", "green-economy/1"]);
    let told = house.refused(&resend);
    assert_eq!(
        told,
        "error: green-economy/1 was stopped: none of its mails is sent again\n   = hint: `greenbrief send \
         green-economy` makes and sends a new edition\n"
    );
}

#[tokio::test]
async fn who_sends_unknown_mails_again_is_told_what_that_means() {
    let house = with_failed(6).await;
    let told = house.done(&["editions", "resend", "green-economy/1", "--only", "unknown"]);
    assert_eq!(told, "2 mails of green-economy/1 wait to be sent again (readers who already have it get it twice)\n");
    assert_eq!(house.done(&["editions", "resume", "green-economy/1"]), "green-economy/1 was not paused\n");
}

#[test]
fn a_server_that_refuses_us_ends_a_send_with_a_hint() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("mail.port={}", listener.local_addr().unwrap().port());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let _ = stream.write_all(b"220 mx ready\r\n");
                let lines = std::io::BufReader::new(stream.try_clone().unwrap());
                for line in std::io::BufRead::lines(lines).map_while(Result::ok) {
                    let reply = if line.starts_with("MAIL") { "550 5.7.1 blocked" } else { "250 ok" };
                    let _ = stream.write_all(format!("{reply}\r\n").as_bytes());
                }
            });
        }
    });
    let smtp = ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", &port];
    let mut words = vec!["send", "green-economy"];
    words.extend(smtp.iter().flat_map(|word| ["--set", word]));
    let told = house.run(&words);
    assert_eq!(told.code, 1, "{}{}", told.out, told.err);
    assert!(told.err.contains("green-economy/1 is paused: refused at MAIL FROM: 550 5.7.1 blocked"), "{}", told.err);
    assert!(told.err.contains("`greenbrief editions resume green-economy/1` goes on"), "{}", told.err);
    let status = house.run(&["status"]);
    assert_eq!(status.code, 1);
    assert!(status.out.contains("green-economy/1  paused  1 deferred"), "{}", status.out);
    assert!(house.done(&["editions", "show", "green-economy/1"]).contains("paused     20"));
    let told = house.done(&["editions", "resume", "green-economy/1"]);
    assert!(told.starts_with("green-economy/1 is sent again (it waited: refused at MAIL FROM"), "{told}");
    let alarm = house.objects(&["deliveries", "list"]);
    let alarm = alarm.iter().find(|mail| mail["kind"] == "operator").unwrap();
    assert!(alarm["message_id"].as_str().unwrap().starts_with("<paused.green-economy.1."), "{alarm}");
}

#[test]
fn after_an_edition_the_operators_get_its_account() {
    let house = House::new();
    let config = fs::read_to_string(house.path("config/greenbrief.toml")).unwrap();
    house.write("config/greenbrief.toml", &config.replace("after_edition = false", "after_edition = \"sometimes\""));
    let told = house.mistaken(&["status"]);
    assert!(told.contains("`operators.after_edition` must be true, \"problems\" or false"), "{told}");
    house.write("config/greenbrief.toml", &config.replace("after_edition = false", "# after_edition = false"));
    for address in ["anna@example.net", "bernd@example.net"] {
        house.done(&["subscribers", "add", address, "--language", "en"]);
    }
    // With no daemon beside it, the command itself sees to it.
    house.done(&["send", "green-economy"]);
    let name = house.outbox().into_iter().find(|name| name.starts_with("edition.green-economy.1.0.")).unwrap();
    let mail = fs::read_to_string(house.path("reports/outbox").join(name)).unwrap();
    assert!(mail.contains("\r\nSubject: greenbrief: green-economy/1: all 2 sent\r\n"), "{mail}");
    assert!(mail.contains("2  sent: written into the folder ") && mail.contains("Nothing is left to do."), "{mail}");
    house.done(&["send", "green-economy"]);
    assert_eq!(house.outbox().len(), 6, "one of each edition");
}
