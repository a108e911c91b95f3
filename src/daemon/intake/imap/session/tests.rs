//! Sessions with a server that says what it is told to.

use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split};

use super::*;

/// A server that answers each line with the next of these; `TAG` is that of the line. What it heard is returned.
async fn play(answers: Vec<String>, mut stream: DuplexStream) -> Vec<String> {
    let (mut heard, mut input, mut tag) = (Vec::new(), Vec::new(), String::new());
    for (at, answer) in answers.iter().enumerate() {
        if at > 0 {
            while !input.contains(&b'\n') {
                if stream.read_buf(&mut input).await.unwrap_or(0) == 0 {
                    return heard;
                }
            }
            let end = input.iter().position(|byte| *byte == b'\n').unwrap();
            let line = String::from_utf8(input.drain(..=end).collect()).unwrap().trim_end().to_owned();
            if let Some(first) = line.split(' ').next().filter(|first| first.starts_with('g')) {
                tag = first.to_owned();
            }
            heard.push(line);
        }
        let _ = stream.write_all(answer.replace("TAG", &tag).as_bytes()).await;
    }
    heard
}

async fn with<T>(
    answers: &[&str],
    talk: impl AsyncFnOnce(Session<DuplexStream>) -> Result<T, Fault>,
) -> (Result<T, Fault>, Vec<String>) {
    let (ours, theirs) = duplex(1 << 20);
    let server = tokio::spawn(play(answers.iter().map(|&answer| answer.to_owned()).collect(), theirs));
    let done = match Session::greeted(ours).await {
        Ok(session) => talk(session).await,
        Err(fault) => Err(fault),
    };
    (done, server.await.unwrap())
}

const CAN: &str = "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN IDLE] ready\r\n";

#[tokio::test]
async fn a_login_goes_the_way_that_the_server_offers_and_is_never_repeated() {
    let talk = async |mut session: Session<DuplexStream>| session.log_in("brief", "pass\"word").await;
    let (done, heard) = with(&[CAN, "+ \r\n", "TAG OK in\r\n"], talk).await;
    assert_eq!(done, Ok(()));
    assert_eq!(heard, ["g1 AUTHENTICATE PLAIN", "AGJyaWVmAHBhc3Mid29yZA=="]);
    let (done, heard) = with(&["* OK hi\r\n", "* CAPABILITY IMAP4rev1\r\nTAG OK\r\n", "TAG OK in\r\n"], talk).await;
    assert_eq!(done, Ok(()));
    assert_eq!(heard, ["g1 CAPABILITY", "g2 LOGIN \"brief\" \"pass\\\"word\""]);
    // Another command's end is not its end.
    let (done, _) = with(&[CAN, "+ \r\n", "g77 NO late\r\nTAG OK in\r\n"], talk).await;
    assert_eq!(done, Ok(()));
    for (answers, what) in [
        (&[CAN, "+ \r\n", "TAG NO [AUTHENTICATIONFAILED] wrong\r\n"][..], "the login of `brief` is refused: wrong"),
        (&[CAN, "TAG NO not now\r\n"], "the login of `brief` is refused: not now"),
        (
            &[CAN, "+ \r\n", "TAG BAD what is AGJyaWVmAHBhc3Mid29yZA==?\r\n"],
            "the login of `brief` is refused: (the text repeats the login)",
        ),
        (&["* OK hi\r\n", "* CAPABILITY LOGINDISABLED\r\nTAG OK\r\n"], "it offers no login by a password here"),
        (&["* BYE too many\r\n"], "it turns us away: too many"),
        (&["220 mail.example.org ESMTP\r\n"], "it is no IMAP server: it does not greet as one"),
        (&[CAN, "* BYE idle\r\n"], "it ends the session: idle"),
        (&[CAN, ""], "it has closed the connection"),
    ] {
        let (done, _) = with(answers, talk).await;
        assert_eq!(done.unwrap_err().to_string(), what);
    }
    let (done, heard) = with(&["* PREAUTH hi\r\n"], talk).await;
    assert!(done.is_ok() && heard.is_empty());
}

#[tokio::test]
async fn encryption_is_begun_only_where_nothing_was_said_before() {
    let talk = async |session: Session<DuplexStream>| session.starttls().await.map(drop);
    let can = "* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n";
    assert_eq!(with(&[can, "TAG OK go\r\n"], talk).await.0, Ok(()));
    for (answers, what) in [
        (&[can, "TAG OK go\r\n* OK injected\r\n"][..], "it goes on after STARTTLS without encryption"),
        (&[CAN], "it does not offer STARTTLS"),
        (&["* PREAUTH hi\r\n"], "it knows us before the connection is encrypted"),
        (&[can, "TAG NO\r\n"], "it refuses STARTTLS: "),
    ] {
        assert_eq!(with(answers, talk).await.0.unwrap_err().to_string(), what);
    }
}

#[tokio::test]
async fn a_folder_is_opened_to_be_written_to() {
    let talk = async |mut session: Session<DuplexStream>| session.open("a \"b\"").await;
    let opened = "* 3 EXISTS\r\n* OK [UIDVALIDITY 17] valid\r\nTAG OK [READ-WRITE] done\r\n";
    let (done, heard) = with(&[CAN, opened], talk).await;
    assert_eq!((done, heard), (Ok(17), vec!["g1 SELECT \"a \\\"b\\\"\"".to_owned()]));
    for (answer, what) in [
        (&[CAN, "TAG NO [NONEXISTENT] no such folder\r\n"], "the folder `a \"b\"` cannot be opened: no such folder"),
        (&[CAN, "TAG OK [READ-ONLY] done\r\n"], "the folder `a \"b\"` is read-only: no mail could be marked as read"),
    ] {
        assert_eq!(with(answer, talk).await.0.unwrap_err().to_string(), what);
    }
}

#[tokio::test]
async fn a_mail_is_taken_out_of_whatever_the_server_says() {
    let talk = async |mut session: Session<DuplexStream>| {
        let mail = session.content(7).await?;
        // The connection can be used further.
        session.noop().await?;
        Ok(mail.map(|mail| mail.size()))
    };
    let noop = "TAG OK\r\n";
    for (answer, size) in [
        ("* 1 FETCH (UID 7 BODY[] {5}\r\na\r\nb))\r\nTAG OK\r\n", Some(5)),
        ("* 1 FETCH (BODY[] {5}\r\n{9}\r\n UID 7)\r\nTAG OK\r\n", Some(5)),
        ("* 1 FETCH (BODY[] ~{2+}\r\nab FLAGS ())\r\n* 1 FETCH (UID 7)\r\nTAG OK\r\n", Some(2)),
        ("* 1 FETCH (UID 7 BODY[] \"a b\")\r\nTAG OK\r\n", Some(3)),
        ("* 1 FETCH (UID 7 BODY[] {0}\r\n)\r\nTAG OK\r\n", Some(0)),
        ("* 1 FETCH (UID 7 BODY[] NIL)\r\nTAG OK\r\n", None),
        ("* OK look {5}\r\n* 2 FETCH (X {3}\r\nabc)\r\nTAG OK gone {5}\r\n", None),
        ("TAG OK\r\n", None),
    ] {
        let answers = [CAN, answer, noop];
        assert_eq!(with(&answers, talk).await.0, Ok(size), "{answer}");
    }
    for (answer, what) in [
        ("* 1 FETCH (BODY[] {10000001}\r\n", "a mail is longer than 10000000 octets"),
        ("* 1 FETCH (BODY[] {99999999999999999999}\r\n", "a mail is longer than 10000000 octets"),
        ("* 1 FETCH (X {500000000}\r\n", "it says more than can be an answer"),
        (
            "* 1 FETCH (UID 8 BODY[] {1}\r\na)\r\nTAG OK\r\n",
            "it hands over another mail than the one that was asked for",
        ),
        ("* 1 FETCH (BODY[] {1}\r\na BODY[] {1}\r\nb)\r\nTAG OK\r\n", "it hands over two mails for one"),
        ("TAG NO not now\r\n", "it refuses UID FETCH: not now"),
        ("+ more\r\n", "it waits for more where nothing follows"),
        ("* 1 FETCH (BODY[] {9}\r\nabc", "it has closed the connection"),
    ] {
        let answers = [CAN, answer];
        assert_eq!(with(&answers, talk).await.0.unwrap_err().to_string(), what, "{answer}");
    }
}

#[tokio::test]
async fn what_is_new_is_said_or_looked_for() {
    let (done, heard) =
        with(&[CAN, "+ idling\r\n* OK still here\r\n* 4 EXISTS\r\n", "TAG OK done\r\n"], async |mut session| {
            assert!(session.can("IDLE").await? && session.idle().await?);
            session.news().await?;
            session.done().await
        })
        .await;
    assert_eq!((done, heard), (Ok(()), vec!["g1 IDLE".to_owned(), "DONE".to_owned()]));
    for refused in ["TAG BAD\r\n", "TAG NO not here\r\n"] {
        let answers = [CAN, refused];
        assert_eq!(with(&answers, async |mut session| session.idle().await).await.0, Ok(false));
    }
    let found = async |mut session: Session<DuplexStream>| session.unseen().await;
    let (done, _) = with(&[CAN, "* SEARCH 9 2\r\n* SEARCH 2 4\r\nTAG OK\r\n"], found).await;
    assert_eq!(done, Ok(vec![2, 4, 9]));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_waited_for_without_end_and_no_answer_is_too_long_for_our_memory() {
    // A server that says nothing, and one that says little by little.
    let (ours, theirs) = duplex(64);
    let greeted = Session::greeted(ours).await.map(drop);
    assert_eq!(greeted.unwrap_err().to_string(), "it has not answered within 60s");
    drop(theirs);
    let (ours, theirs) = duplex(1 << 16);
    let (mut reads, mut writes) = split(theirs);
    let listens = tokio::spawn(async move {
        let mut heard = Vec::new();
        let _ = reads.read_to_end(&mut heard).await;
    });
    let drips = tokio::spawn(async move {
        let _ = writes.write_all(CAN.as_bytes()).await;
        while writes.write_all(b"* OK x\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    let mut session = Session::greeted(ours).await.unwrap();
    assert_eq!(session.noop().await.unwrap_err().to_string(), "it has not answered within 60s");
    drop(session);
    listens.await.unwrap();
    drips.await.unwrap();
    // A line without an end.
    let (ours, mut theirs) = duplex(1 << 16);
    let talks = tokio::spawn(async move {
        let mut written = 0_usize;
        while theirs.write_all(&[b'x'; 4096]).await.is_ok() {
            written += 4096;
        }
        written
    });
    assert_eq!(Session::greeted(ours).await.map(drop).unwrap_err().to_string(), "it says more than can be an answer");
    assert!(talks.await.unwrap() < 5 * 1024 * 1024);
}
