//! Mails that come back: what each of the corpus in `tests/cases/replies` is, and that nothing that comes in takes time or
//! memory without bound. Each mail of the corpus was written for these tests, after a public shape that its first field
//! names. What is done about them is in `tests/store/replies.rs`.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use greenbrief::delivery::{
    replies::{
        Answer, Envelope, Failure, KINDS, LeaveRequest, MAX_READ, Mailboxes, Reply, ReplyKind, Unreadable, read,
    },
    rules::BounceClass,
};
use proptest::prelude::*;

/// The mailboxes of the corpus.
pub fn mailboxes() -> Mailboxes {
    let at = |local: &str| Some(format!("{local}@example.org"));
    Mailboxes { leave: at("unsubscribe"), join: at("subscribe"), confirm: at("confirm"), bounce: at("bounce") }
}

/// The names and octets of the corpus, in the order of their names.
pub fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases/replies");
    let mut mails: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
        })
        .collect();
    mails.sort();
    mails
}

/// One mail of the corpus.
pub fn case(name: &str) -> Vec<u8> {
    corpus().into_iter().find(|(known, _)| known == name).unwrap().1
}

fn look(bytes: &[u8]) -> Result<Reply, Unreadable> {
    read(bytes, &Envelope::default(), &mailboxes())
}

fn failure(failure: &Failure) -> String {
    let recipient = failure.recipient.as_deref().unwrap_or("-");
    let status = failure.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
    let code = failure.code.map_or_else(|| "-".to_owned(), |code| code.to_string());
    let said: String = failure.said.chars().take(60).collect();
    format!("{} {code} {status} {recipient} “{said}”", failure.class)
}

/// What it says to the mail that the corpus answers.
fn answer(reply: &Reply) -> &'static str {
    let text = "To confirm, answer this mail.\n\nWaren Sie es nicht, dann tun Sie nichts.\n";
    match reply.answered.to("Bitte bestätigen: Grüne Wirtschaft", text) {
        Answer::Yes => ", a yes",
        Answer::No => ", a no",
        Answer::NoAndMore => ", a no and more",
        Answer::LikeNo => ", like a no",
        Answer::Unclear => ", something else",
    }
}

fn verdict(reply: &Reply) -> String {
    let mut text = reply.kind.word().to_owned();
    match &reply.kind {
        ReplyKind::Bounce(failures) => {
            failures.iter().for_each(|one| write!(text, "\n    {}", failure(one)).unwrap());
        }
        ReplyKind::Complaint(feedback) | ReplyKind::OtherReport(feedback) => {
            write!(text, " {} by {}", feedback.feedback_type, feedback.user_agent).unwrap();
        }
        ReplyKind::Leave(LeaveRequest::Tokens(tokens)) => write!(text, " token {}", tokens.join(", ")).unwrap(),
        ReplyKind::Leave(LeaveRequest::Sender) => write!(text, " sender {:?}", reply.sender).unwrap(),
        ReplyKind::Join(join) => write!(text, " {} in `{}`", join.brief, join.language).unwrap(),
        ReplyKind::Confirm(tokens) => write!(text, " token {}{}", tokens.join(", "), answer(reply)).unwrap(),
        ReplyKind::Person => write!(text, " “{}”", reply.text.lines().next().unwrap_or_default()).unwrap(),
        ReplyKind::Delayed | ReplyKind::Delivered | ReplyKind::AutoReply => {}
    }
    let about = &reply.about;
    for (name, signs) in [
        ("token", about.bounce_tags.clone()),
        ("quoted token", about.quoted_tags.clone()),
        ("leave token", about.leave_tokens.clone()),
        ("envelope id", about.envelope_ids.clone()),
        ("message id", about.message_ids.clone()),
        ("address", about.addresses.clone()),
    ] {
        if !Vec::is_empty(&signs) {
            write!(text, "\n    by {name}: {}", signs.join(", ")).unwrap();
        }
    }
    text
}

#[test]
fn each_mail_of_the_corpus_is_what_it_is() {
    let mails = corpus();
    assert!(mails.len() >= 40, "{} mails", mails.len());
    let mut text = String::new();
    for (name, bytes) in &mails {
        assert!(bytes.starts_with(b"X-Shape: "), "{name} names the source of its shape");
        writeln!(text, "{name}: {}", verdict(&look(bytes).unwrap())).unwrap();
    }
    insta::with_settings!({ snapshot_path => "golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("replies", text);
    });
}

/// The structure of a mail: its kinds of parts, and what their octets are written in.
fn structure(part: &mail_parser::MessagePart<'_>, mail: &mail_parser::Message<'_>) -> String {
    use mail_parser::{MimeHeaders as _, PartType};

    let Some(kind) = part.content_type() else { return "no type".to_owned() };
    let of = |name: &str| kind.attribute(name).unwrap_or_default().to_lowercase();
    let name = format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_lowercase();
    let encoding = part.content_transfer_encoding().unwrap_or_default().to_lowercase();
    let charset = of("charset");
    let written = [charset.as_str(), encoding.as_str()]
        .into_iter()
        .filter(|word| word.starts_with("gb") || ["base64", "quoted-printable"].contains(word));
    let parts: Vec<String> = match &part.body {
        PartType::Multipart(parts) => {
            parts.iter().filter_map(|part| Some(structure(mail.part(*part)?, mail))).collect()
        }
        _ => Vec::new(),
    };
    let words: Vec<String> = [name, of("report-type")].into_iter().chain(written.map(str::to_owned)).collect();
    let words = words.join(" ").trim_end().to_owned();
    if parts.is_empty() { words } else { format!("{words} [{}]", parts.join(", ")) }
}

#[test]
fn the_corpus_has_forty_reports_in_fifteen_structures_each_with_a_public_source() {
    let (mut reports, mut structures) = (0, BTreeMap::<String, usize>::new());
    for (name, bytes) in corpus() {
        let text = String::from_utf8_lossy(&bytes);
        let source = text.lines().next().unwrap();
        let is_public = ["RFC ", "http://", "https://", "sisimai/set-of-emails", "Microsoft 365,"];
        assert!(is_public.iter().any(|sign| source.contains(sign)), "{name}: {source}");
        // Nobody's address: reserved names (RFC 2606), and a mail server's own.
        for address in text.split(|c: char| c.is_whitespace() || "<>,;:()\"".contains(c)) {
            let Some((local, domain)) = address.rsplit_once('@').filter(|(local, _)| !local.is_empty()) else {
                continue;
            };
            let domain = domain.split(['?', '\'', ']', '}', '{', '"', '=']).next().unwrap_or_default();
            let domain = domain.trim_end_matches('.').to_lowercase();
            let reserved = ["example", "example.org", "example.net", "example.com"];
            let is_reserved =
                domain.is_empty() || reserved.iter().any(|end| domain == *end || domain.ends_with(&format!(".{end}")));
            assert!(is_reserved || local.eq_ignore_ascii_case("mailer-daemon"), "{name}: {address}");
        }
        if ["bounce", "delayed", "delivered", "complaint", "report"].contains(&look(&bytes).unwrap().kind.word()) {
            let mail = mail_parser::MessageParser::default().parse(&bytes).unwrap();
            *structures.entry(structure(mail.root_part(), &mail)).or_default() += 1;
            reports += 1;
        }
    }
    for (structure, count) in &structures {
        println!("{count:2} {structure}");
    }
    assert!(reports >= 40 && structures.len() >= 15, "{reports} reports in {} structures", structures.len());
}

#[test]
fn the_envelope_counts_before_the_headers() {
    let mail = case("person-answer");
    let to = |recipient: &str| Envelope { sender: None, recipients: vec![recipient.to_owned()] };
    let kind = |envelope: &Envelope| read(&mail, envelope, &mailboxes()).unwrap().kind;
    assert_eq!(
        kind(&to("unsubscribe+abc@example.org")),
        ReplyKind::Leave(LeaveRequest::Tokens(vec!["abc".to_owned()]))
    );
    assert_eq!(kind(&to("<Unsubscribe@Example.org>")), ReplyKind::Leave(LeaveRequest::Sender));
    assert_eq!(kind(&to("brief@example.org")), ReplyKind::Person);
    // What has no sender was not written by a person.
    let null = Envelope { sender: Some(String::new()), recipients: vec!["brief@example.org".to_owned()] };
    assert_eq!(kind(&null), ReplyKind::AutoReply);
    // No mailbox is read: nobody leaves by its name.
    let none = read(&mail, &to("unsubscribe+abc@example.org"), &Mailboxes::default()).unwrap();
    assert_eq!(none.kind, ReplyKind::Person);
}

#[test]
fn what_is_no_mail_is_refused() {
    assert_eq!(look(b""), Err(Unreadable::Empty));
    assert_eq!(look(b" \r\n\r\n"), Err(Unreadable::Empty));
    assert_eq!(look(b"\r\nonly a body"), Err(Unreadable::NoHeader));
    assert_eq!(look(&[0xff; 1000]), Err(Unreadable::NoHeader));
}

#[test]
fn a_large_bounce_says_what_it_says_at_its_beginning() {
    let mut mail = case("postfix-unknown-user");
    let end = mail.len();
    // A copy of 50 MB within the report.
    let insert = b"attachment\r\n".repeat(50_000_000 / 12);
    let at = mail.windows(14).position(|bytes| bytes == b"Key figures of").unwrap();
    mail.splice(at..at, insert);
    assert!(mail.len() > end + 49_000_000);
    let reply = look(&mail).unwrap();
    let ReplyKind::Bounce(failures) = &reply.kind else { panic!("{reply:?}") };
    assert_eq!(failures[0].class, BounceClass::Gone);
    assert!(reply.is_cut && reply.text.len() < MAX_READ);
}

#[test]
fn deep_and_many_parts_are_cut_off() {
    let mut deep = b"From: MAILER-DAEMON@a.example\nSubject: Undelivered\n".to_vec();
    for level in 0..1_000 {
        let part = format!("Content-Type: multipart/mixed; boundary=\"b{level}\"\n\n--b{level}\n");
        deep.extend_from_slice(part.as_bytes());
    }
    deep.extend_from_slice(
        b"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\n",
    );
    assert!(look(&deep).unwrap().is_cut);
    let mails = [b"From: a@b.example\n".to_vec(), b"Content-Type: message/rfc822\n\n".repeat(9_000)].concat();
    assert!(look(&mails).unwrap().is_cut);
    let recipients = "Final-Recipient: rfc822; a@b.example\nAction: failed\n\n".repeat(4_000);
    let many = format!(
        "From: a@b.example\nContent-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n{recipients}\n--b--\n"
    );
    let ReplyKind::Bounce(failures) = look(many.as_bytes()).unwrap().kind else { panic!() };
    assert!(failures.len() <= 100, "{}", failures.len());
    let header = format!("From: a@b.example\nTo: {}\n\nHi\n", "a@b.example, ".repeat(15_000));
    assert!(look(header.as_bytes()).unwrap().about.addresses.len() <= 20);
}

/// Mails of the corpus with pieces taken out, doubled, or put into each other.
fn changed() -> impl Strategy<Value = Vec<u8>> {
    let mails = corpus();
    let count = mails.len();
    (0..count, 0..count, any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 0..4u8).prop_map(
        move |(one, other, at, to, octet, how)| {
            let (mut bytes, other) = (mails[one].1.clone(), &mails[other].1);
            let (at, to) = (at.index(bytes.len()), to.index(bytes.len()));
            let (from, to) = (at.min(to), at.max(to));
            match how {
                0 => drop(bytes.drain(from..to)),
                1 => bytes[at] = octet,
                2 => drop(bytes.splice(from..to, other.iter().copied())),
                _ => {
                    let piece = bytes[from..to].to_vec();
                    bytes.splice(from..from, piece);
                }
            }
            bytes
        },
    )
}

proptest! {
    #[test]
    fn any_mail_is_read_within_its_bounds(bytes in changed()) {
        if let Ok(reply) = look(&bytes) {
            prop_assert!(KINDS.contains(&reply.kind.word()));
            prop_assert!(reply.text.chars().count() <= 8_000 && !reply.subject.contains('\n'));
            prop_assert!(reply.about.addresses.len() <= 20 && reply.about.message_ids.len() <= 20);
            if let ReplyKind::Bounce(failures) = &reply.kind {
                prop_assert!(!failures.is_empty());
                prop_assert!(failures.iter().all(|failure| !failure.said.chars().any(char::is_control)));
            }
        }
    }
}
