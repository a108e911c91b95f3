//! What happens around a courier in the middle of a campaign: its database is cut off, its clock is set. No mail is lost
//! and none is sent twice.

use std::{env, time::Duration};

use chrono::TimeDelta;
use greenbrief::delivery::rules::State;
use sqlx::{AssertSqlSafe, Executor, PgPool};
use tokio::time::sleep;

use super::{Heard, Office, campaigns::slow, until};
use crate::store::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_cuts_all_connections_and_takes_none_costs_time_and_no_mail() {
    let Some(place) = Place::postgres("cut_off").await else { return };
    let office = Office::over(&place.url, tempfile::tempdir().unwrap()).await;
    office.release(80).await;
    let (mut running, mut heard) = (slow().start().await, Heard::default());
    let working = office.smtp(running.port, 3);
    let server = PgPool::connect(&env::var("GREENBRIEF_TEST_POSTGRES").unwrap()).await.unwrap();
    let name = place.url.rsplit_once('/').unwrap().1.to_owned();
    for round in [10, 30] {
        until("some mails are sent", async || heard.more(&mut running) >= round).await;
        server.execute(AssertSqlSafe(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"))).await.unwrap();
        let cut = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
        server.execute(AssertSqlSafe(cut)).await.unwrap();
        // What had passed the gate goes out.
        sleep(Duration::from_secs(1)).await;
        let before = heard.more(&mut running);
        sleep(Duration::from_secs(2)).await;
        assert_eq!(heard.more(&mut running), before, "nothing goes out that cannot be noted");
        assert!(before < 80);
        server.execute(AssertSqlSafe(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"))).await.unwrap();
        until("it goes on", async || {
            office.clock.jump(TimeDelta::seconds(30));
            working.wake.notify_one();
            heard.more(&mut running) > before
        })
        .await;
    }
    office.all_sent(&working).await;
    working.end().await;
    heard.more(&mut running);
    heard.assert_each_once(80);
    assert!(office.mails().await.iter().all(|mail| mail.unknowns == 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_forward_and_back_an_hour_doubles_nothing() {
    let office = Office::open().await;
    office.release(90).await;
    let (mut running, mut heard) = (slow().start().await, Heard::default());
    let working = office.smtp(running.port, 2);
    let hour = TimeDelta::hours(1);
    for (sent, by) in [(10, hour), (25, -hour), (40, -hour)] {
        until("some mails are sent", async || heard.more(&mut running) >= sent).await;
        office.clock.jump(by);
    }
    // An hour before they were put in, mails are not due: those that were claimed go, the others wait.
    until("nothing is under way", async || {
        let tally = office.tally().await;
        tally.of(State::Claimed) + tally.of(State::DotWritten) == 0
    })
    .await;
    let waiting = office.tally().await.of(State::Pending);
    assert_eq!(waiting + i64::try_from(heard.more(&mut running)).unwrap(), 90);
    assert!(waiting > 0);
    office.clock.jump(hour);
    working.wake.notify_one();
    office.quiet().await;
    working.end().await;
    heard.more(&mut running);
    heard.assert_each_once(90);
    let mails = office.mails().await;
    assert!(mails.iter().all(|mail| (mail.state, mail.attempts, mail.unknowns) == (State::Sent, 1, 0)));
}
