//! A daemon in the middle of a campaign: suspended while the server hangs up, and with a database that cannot grow. What
//! the server has is what the outbox says.

use std::{process::Command, time::Duration};

use sqlx::{Connection, Executor, Row, SqliteConnection};
use tokio::time::sleep;

use super::{House, PATIENCE, SOON, Serve};
use crate::mail::server::{Answer, Running, Server};

const READERS: usize = 60;
const CONNECTIONS: usize = 4;

/// 50 ms a mail and connection.
async fn slow() -> Running {
    let late = Answer::Late(Vec::new(), 50, b"250 2.0.0 queued\r\n".to_vec());
    Server { offers: vec!["PIPELINING"], answers: vec![(".", late)], ..Server::default() }.start().await
}

/// Readers of the brief, which is due soon, and what `serve` needs to send to this server.
fn campaign(house: &House, port: u16) -> Vec<String> {
    let readers: String = (0..READERS).map(|number| format!("reader{number}@example.net,de\n")).collect();
    house.write("readers.csv", &format!("address,language\n{readers}"));
    house.due_in(SOON);
    let (port, connections) = (format!("mail.port={port}"), format!("mail.connections={CONNECTIONS}"));
    ["mail.transport=smtp", "mail.host=127.0.0.1", "mail.tls=none", &port, &connections]
        .iter()
        .flat_map(|set| ["--set".to_owned(), (*set).to_owned()])
        .collect()
}

/// The Message-IDs that the server has, as they came.
#[derive(Default)]
struct Arrived(Vec<String>);

impl Arrived {
    fn more(&mut self, running: &mut Running) -> usize {
        let mails = running.heard().into_iter().filter(|text| text.ends_with("\r\n.\r\n"));
        let id = |text: String| text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_owned();
        self.0.extend(mails.map(id));
        self.0.len()
    }

    async fn at_least(&mut self, mails: usize, running: &mut Running, serve: &Serve) {
        let begun = std::time::Instant::now();
        while self.more(running) < mails {
            assert!(begun.elapsed() < PATIENCE, "{} of {mails} arrived:\n{}", self.0.len(), serve.log());
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until nothing moves, then holds what arrived against the outbox: nothing is lost and nothing is there twice.
    /// What is deferred does not wait for its time. Gives how many are unknown.
    async fn hold_against(&mut self, outbox: &mut SqliteConnection, running: &mut Running, serve: &Serve) -> usize {
        let begun = std::time::Instant::now();
        let rows = loop {
            // The daemon writes beside us: who finds it busy looks again.
            let _ = outbox.execute("UPDATE mail SET due_at = 0 WHERE state = 4").await;
            let rows = outbox.fetch_all("SELECT message_id, state, unknowns FROM mail WHERE kind = 'edition'").await;
            let rows = rows.unwrap_or_default();
            if rows.len() == READERS && rows.iter().all(|row| [3, 6].contains(&row.get::<i64, _>("state"))) {
                break rows;
            }
            assert!(begun.elapsed() < PATIENCE, "the outbox does not become quiet:\n{}", serve.log());
            sleep(Duration::from_millis(100)).await;
        };
        self.more(running);
        let mut unknown = 0;
        for row in rows {
            let (id, state): (String, i64) = (row.get("message_id"), row.get("state"));
            let count = self.0.iter().filter(|arrived| **arrived == id).count();
            assert_eq!(row.get::<i64, _>("unknowns"), i64::from(state == 6), "{id}");
            assert!(count == 1 || (count == 0 && state == 6), "{id} arrived {count} times and is in state {state}");
            unknown += usize::from(state == 6);
        }
        unknown
    }
}

async fn outbox(house: &House) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite:{}", house.path("var/greenbrief.db").display())).await.unwrap()
}

fn signal(serve: &Serve, name: &str) {
    let kill = format!("kill -{name} {}", serve.child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_is_suspended_while_the_server_hangs_up_loses_and_doubles_nothing() {
    let (house, mut running, mut arrived) = (House::new(), slow().await, Arrived::default());
    let sets = campaign(&house, running.port);
    house.done(&["subscribers", "import", "readers.csv"]);
    let mut serve = house.serve(&sets.iter().map(String::as_str).collect::<Vec<_>>());
    for mails in [8, 25, 40] {
        arrived.at_least(mails, &mut running, &serve).await;
        signal(&serve, "STOP");
        running.cut();
        sleep(Duration::from_secs(2)).await;
        signal(&serve, "CONT");
    }
    let mut outbox = outbox(&house).await;
    let unknown = arrived.hold_against(&mut outbox, &mut running, &serve).await;
    assert!(unknown <= 3 * CONNECTIONS, "{unknown}");
    assert_eq!(serve.end(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_cannot_grow_for_a_while_costs_time_and_no_mail() {
    let (house, mut running, mut arrived) = (House::new(), slow().await, Arrived::default());
    let sets = campaign(&house, running.port);
    house.done(&["subscribers", "import", "readers.csv"]);
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" serve \"$@\"", env!("CARGO_BIN_EXE_greenbrief")]).args(sets);
    command.current_dir(house.path("")).env("USER", "tester");
    let mut serve = Serve::start(command);
    // No file of the process may be longer: a write fails with EFBIG, as on a full disk with ENOSPC.
    let longest = |serve: &Serve, octets: &str| {
        let (pid, limit) = (serve.child.id().to_string(), format!("--fsize={octets}:unlimited"));
        assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap().success());
    };
    arrived.at_least(8, &mut running, &serve).await;
    longest(&serve, "4096");
    serve.wait_for("nothing more is sent until it can");
    // What had passed the gate goes out.
    sleep(Duration::from_secs(1)).await;
    let before = arrived.more(&mut running);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(arrived.more(&mut running), before, "nothing goes out that cannot be noted:\n{}", serve.log());
    assert!(before < READERS && serve.log().contains("disk I/O error"), "{}", serve.log());
    longest(&serve, "unlimited");
    let mut outbox = outbox(&house).await;
    let unknown = arrived.hold_against(&mut outbox, &mut running, &serve).await;
    assert_eq!(unknown, 0, "{}", serve.log());
    assert_eq!(serve.end(), Some(0));
}
