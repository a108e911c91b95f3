//! What the fuzzers of mails that come back call, and the tests with their corpus: any bytes as a mail, as a delivery status
//! and as a feedback report. They are read without a panic and within bounds, and a report that was not refused says of each
//! failure what it was read from.

use greenbrief::delivery::replies::{Envelope, KINDS, Mailboxes, Reply, ReplyKind, read};

/// Any bytes as a mail.
pub fn returned(bytes: &[u8]) {
    look(bytes);
}

/// Any bytes as the status part of a report (RFC 3464).
pub fn dsn(bytes: &[u8]) {
    let Some(reply) = look(&report("delivery-status", bytes)) else { return };
    let kinds = ["bounce", "delayed", "delivered", "auto-reply", "person"];
    assert!(kinds.contains(&reply.kind.word()), "{:?}", reply.kind);
}

/// Any bytes as the report part of a complaint (RFC 5965).
pub fn arf(bytes: &[u8]) {
    let Some(reply) = look(&report("feedback-report", bytes)) else { return };
    assert!(matches!(reply.kind, ReplyKind::Complaint(_) | ReplyKind::OtherReport(_)), "{:?}", reply.kind);
}

fn report(kind: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "From: a@example.net\nContent-Type: multipart/report; report-type={kind}; boundary=\"=_a boundary that is long\"\n\n\
         --=_a boundary that is long\nContent-Type: message/{kind}\n\n"
    );
    let end: &[u8] = b"\n--=_a boundary that is long--\n";
    [head.as_bytes(), bytes, end].concat()
}

fn look(bytes: &[u8]) -> Option<Reply> {
    let at = |local: &str| Some(format!("{local}@example.org"));
    let mailboxes =
        Mailboxes { leave: at("unsubscribe"), join: at("subscribe"), confirm: at("confirm"), bounce: at("bounce") };
    let reply = read(bytes, &Envelope::default(), &mailboxes).ok()?;
    assert!(KINDS.contains(&reply.kind.word()));
    assert!(reply.text.chars().count() <= 8_000 && !reply.subject.chars().any(char::is_control));
    let signs = [&reply.about.envelope_ids, &reply.about.message_ids, &reply.about.addresses];
    assert!(signs.iter().all(|signs| signs.len() <= 20));
    if let ReplyKind::Bounce(failures) = &reply.kind {
        assert!(!failures.is_empty() && failures.len() <= 100);
        assert!(failures.iter().all(|failure| !failure.said.chars().any(char::is_control)));
    }
    Some(reply)
}
