//! The folder instead of a server.

use greenbrief::{delivery::rules::State, mailing::Transport};

use super::{Office, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_written_defers_and_is_used_once_it_is_mended() {
    let office = Office::open().await;
    office.release(3).await;
    let outbox = office.folder.path().join("reports/outbox");
    std::fs::create_dir(office.folder.path().join("reports")).unwrap();
    // A file where the folder should be: who runs as root may write into any folder.
    std::fs::write(&outbox, "").unwrap();
    let working = office.start("courier", Transport::Folder(outbox.clone()));
    until("all are deferred", async || office.tally().await.of(State::Deferred) == 3).await;
    for mail in office.mails().await {
        let why = format!("{} cannot be written: ", outbox.display());
        assert!(mail.reply.starts_with(&why) && mail.attempts == 1 && mail.unknowns == 0, "{mail:?}");
    }
    std::fs::remove_file(&outbox).unwrap();
    office.all_sent(&working).await;
    working.end().await;
    let mut names: Vec<_> = std::fs::read_dir(&outbox).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["brief.1.1.office.eml", "brief.1.2.office.eml", "brief.1.3.office.eml"]);
    let mails = office.mails().await;
    assert_eq!(mails[0].reply, format!("written to {}", outbox.join("brief.1.1.office.eml").display()));
    let text = std::fs::read_to_string(outbox.join("brief.1.1.office.eml")).unwrap();
    assert!(text.contains("\r\nMessage-ID: <brief.1.1.office@example.org>\r\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_edition_leaves_no_files() {
    let office = Office::open().await;
    let edition = office.release(300).await;
    let outbox = office.folder.path().join("outbox");
    let working = office.start("courier", Transport::Folder(outbox.clone()));
    until("some are written", async || office.tally().await.of(State::Sent) >= 5).await;
    office.store.editions().stop(&edition, "wrong figures", office.clock.now()).await.unwrap();
    office.quiet().await;
    working.end().await;
    let tally = office.tally().await;
    assert!(tally.of(State::Cancelled) > 0, "{tally:?}");
    assert_eq!(std::fs::read_dir(&outbox).unwrap().count() as i64, tally.of(State::Sent), "{tally:?}");
}
