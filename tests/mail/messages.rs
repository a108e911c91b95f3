//! Mails as bytes: the headers that are owed, the parts read back, the same bytes each time, and for any text lines that
//! every server takes.

use greenbrief::delivery::mail::{
    folder,
    message::{self, Attachment, Content, Error, Recipient},
};
use proptest::prelude::*;

use super::{content, pressed, recipient};

fn whole(content: &Content<'_>) -> String {
    let pressed = message::encode(content).unwrap();
    let bytes = [pressed.head(&recipient()).unwrap(), pressed.plain_body().into_owned()].concat();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_mail_has_the_headers_that_bulk_mail_owes() {
    let head = String::from_utf8(pressed().head(&recipient()).unwrap()).unwrap();
    for line in [
        "From: =?utf-8?b?R3LDvG5lIFdpcnRzY2hhZnQ=?=\r\n <brief@example.org>",
        "Reply-To: office@example.org",
        "Subject: =?utf-8?b?R3LDvG5lIFdpcnRzY2hhZnQgTnIuIDEyIOKAkyDnu7/oibLnu48=?=\r\n =?utf-8?b?5rWO?=",
        "To: anna@example.net",
        "Date: Mon, 23 Nov 2026 06:00:00 +0000",
        "Message-ID: <12.7@example.org>",
        "List-Unsubscribe: <mailto:leave@example.org?subject=leave>",
        "List-Id: <green-economy.example.org>",
        "Auto-Submitted: auto-generated",
        "Content-Language: de",
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed;\r\n boundary=\"=_",
    ] {
        assert!(format!("\r\n{head}").contains(&format!("\r\n{line}")), "{line}\n\n{head}");
    }
    assert!(head.ends_with("\r\n\r\n") && head.matches("\r\n\r\n").count() == 1);
}

/// RFC 8058 §3.1: one click needs an https address, and the header that says so.
#[test]
fn one_click_stands_beside_a_mailbox() {
    let head = |recipient: &Recipient<'_>| String::from_utf8(pressed().head(recipient).unwrap()).unwrap();
    let url = Some("https://briefs.example.org/u/utoken");
    assert!(head(&Recipient { leave_url: url, ..recipient() }).contains(
        "\r\nList-Unsubscribe: <https://briefs.example.org/u/utoken>,\r\n <mailto:leave@example.org?subject=leave>\r\n\
         List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    ));
    let alone = head(&Recipient { leave_url: url, unsubscribe: None, ..recipient() });
    assert!(alone.contains("\r\nList-Unsubscribe: <https://briefs.example.org/u/utoken>\r\nList-Unsubscribe-Post: "));
    // On this machine without encryption: a link, but not for one click.
    let plain = head(&Recipient { leave_url: Some("http://localhost:8080/u/utoken"), ..recipient() });
    assert!(plain.contains("<http://localhost:8080/u/utoken>,\r\n <mailto:") && !plain.contains("-Post"), "{plain}");
    assert!(!head(&recipient()).contains("-Post"));
    assert!(!head(&Recipient { unsubscribe: None, ..recipient() }).contains("List-Unsubscribe"));
    for bad in ["https://a/u/x>\r\nX: y", "https://a/u/x y", "https://a/u/<x"] {
        assert!(pressed().head(&Recipient { leave_url: Some(bad), ..recipient() }).is_err(), "{bad}");
    }
}

#[test]
fn the_parts_are_text_html_and_pdf() {
    let mail = whole(&content());
    let types: Vec<&str> = mail.lines().filter(|line| line.starts_with("Content-Type:")).collect();
    assert!(types[0].contains("multipart/mixed") && types[1].contains("multipart/alternative"), "{types:?}");
    assert_eq!(
        types[2..],
        [
            "Content-Type: text/plain; charset=utf-8",
            "Content-Type: text/html; charset=utf-8",
            "Content-Type: application/pdf;"
        ]
    );
    assert!(mail.contains(
        "Content-Disposition: attachment;\r\n filename*=utf-8''Gr%C3%BCne-Wirtschaft-Nr-12.pdf;\r\n \
         filename=\"Gruene-Wirtschaft-Nr-12.pdf\"\r\n"
    ));
    // JVBERi0 is %PDF-.
    assert!(mail.contains("\r\n\r\nJVBERi0xLjcKLgouLgolJUVPRgo=\r\n--=_"), "{mail}");
}

#[test]
fn a_mail_to_an_operator_is_one_plain_part() {
    let mail = whole(&Content {
        from: "brief@example.org",
        subject: "Edition 12 is held",
        text: "One gate failed.\n.\nSee `status`.\n",
        language: "en",
        ..Content::default()
    });
    let (head, body) = mail.split_once("\r\n\r\n").unwrap();
    assert!(head.ends_with("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit"), "{head}");
    assert!(!head.contains("List-Id") && head.contains("Subject: Edition 12 is held\r\n"));
    assert_eq!(body, "One gate failed.\r\n.\r\nSee `status`.\r\n");
}

#[test]
fn dots_are_doubled_on_the_wire_only() {
    let content = Content { text: ".\n..\na\n", html: "", attachments: &[], ..content() };
    let pressed = message::encode(&content).unwrap();
    assert_eq!(pressed.body(), b"..\r\n...\r\na\r\n");
    assert_eq!(&*pressed.plain_body(), b".\r\n..\r\na\r\n");
    assert_eq!(pressed.size(), pressed.plain_body().len());
}

#[test]
fn the_same_content_gives_the_same_bytes_and_other_content_another_boundary() {
    assert_eq!(pressed().body(), pressed().body());
    let boundary = |content: &Content<'_>| {
        let mail = whole(content);
        mail.split("boundary=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert_eq!(boundary(&content()), boundary(&content()));
    assert_ne!(boundary(&content()), boundary(&Content { text: "another", ..content() }));
}

#[test]
fn what_cannot_stand_in_a_header_is_refused() {
    let broken = "a\r\nBcc: c@example.org";
    let pdf = content().attachments[0];
    for content in [
        Content { from: "a@example.org\r\nBcc: c@example.org", ..content() },
        Content { reply_to: Some(broken), ..content() },
        Content { subject: broken, ..content() },
        Content { subject: "a\0b", ..content() },
        Content { language: broken, ..content() },
        Content { list_id: Some(broken), ..content() },
        Content { attachments: &[Attachment { name: broken, ..pdf }], ..content() },
        Content { attachments: &[Attachment { mime: broken, ..pdf }], ..content() },
    ] {
        assert!(matches!(message::encode(&content), Err(Error::LineBreak | Error::Value { .. })), "{content:?}");
    }
    let pressed = pressed();
    for recipient in [
        Recipient { to: "b@example.net\nX: y", ..recipient() },
        Recipient { message_id: "<1@example.org>\r\nX: y", ..recipient() },
        Recipient { unsubscribe: Some("mailto:a@example.org>\r\nX: y"), ..recipient() },
    ] {
        assert!(matches!(pressed.head(&recipient), Err(Error::LineBreak)), "{recipient:?}");
    }
    for recipient in [
        Recipient { message_id: "1@example.org", ..recipient() },
        Recipient { message_id: "<>", ..recipient() },
        Recipient { unsubscribe: Some("mailto:a b"), ..recipient() },
    ] {
        assert!(matches!(pressed.head(&recipient), Err(Error::Value { .. })), "{recipient:?}");
    }
    assert!(matches!(pressed.head(&Recipient { to: "nobody", ..recipient() }), Err(Error::Address(..))));
    assert!(matches!(pressed.head(&Recipient { to: "a@grün.example", ..recipient() }), Err(Error::NotAscii(_))));
}

#[test]
fn a_folder_holds_the_mail_as_mail_programs_read_it() {
    let folder = tempfile::tempdir().unwrap();
    let pressed = pressed();
    let head = pressed.head(&recipient()).unwrap();
    let path = folder::deliver(folder.path(), "green-economy/12 anna", &head, &pressed.plain_body()).unwrap();
    assert_eq!(path.file_name().unwrap(), "green-economy-12-anna.eml");
    assert_eq!(std::fs::read_to_string(path).unwrap(), whole(&content()));
}

/// Names and texts that go wrong more often than chance would have it.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,300}",
        "[.\r\n =?ä绿a]{0,60}",
        "[a-z]{0,2000}",
        "(=\\?utf-8\\?q\\?a\\?= ?){0,5}",
        "[绿色经济]{0,200}",
    ]
}

fn lines_hold(bytes: &[u8], stuffed: bool) -> Result<(), TestCaseError> {
    prop_assert!(bytes.is_ascii() && bytes.ends_with(b"\r\n") && !bytes.contains(&0));
    for line in bytes.strip_suffix(b"\r\n").unwrap().split(|b| *b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        prop_assert!(line.len() <= 998, "a line of {}", line.len());
        prop_assert!(!line.contains(&b'\r'));
        prop_assert!(!stuffed || line != b".");
    }
    let breaks = bytes.iter().filter(|b| **b == b'\n').count();
    prop_assert_eq!(breaks, bytes.windows(2).filter(|two| two == b"\r\n").count());
    Ok(())
}

proptest! {
    #[test]
    fn any_words_give_lines_that_every_server_takes(
        subject in words(), name in words(), text in words(), html in words(), file in words(), bytes: Vec<u8>,
    ) {
        let from = format!("\"{}\" <a@example.org>", name.replace(['\\', '"'], ""));
        let ascii = message::ascii_name(&file, "brief.pdf");
        let attachment = Attachment { name: &file, ascii_name: &ascii, mime: "application/pdf", bytes: &bytes };
        for attachments in [&[][..], &[attachment], &[attachment, attachment]] {
            let content = Content { from: &from, subject: &subject, text: &text, html: &html, attachments, ..content() };
            let Ok(pressed) = message::encode(&content) else { continue };
            prop_assert!(![&subject, &name].iter().any(|field| field.contains(['\r', '\n', '\0'])));
            lines_hold(pressed.body(), true)?;
            let head = pressed.head(&recipient()).unwrap();
            lines_hold(&head, true)?;
            let head = String::from_utf8(head).unwrap();
            // Nothing became a header of its own, and nothing ended them.
            prop_assert_eq!(head.matches("\r\n\r\n").count(), 1);
            prop_assert!(head.lines().all(|line| {
                line.is_empty() || line.starts_with(' ') && !line.trim().is_empty() || HEADERS.iter().any(|h| line.starts_with(h))
            }), "{}", head);
        }
    }
}

const HEADERS: [&str; 14] = [
    "From: ",
    "Reply-To: ",
    "Subject: ",
    "To: ",
    "Date: ",
    "Message-ID: ",
    "List-Unsubscribe: ",
    "List-Id: ",
    "Auto-Submitted: ",
    "Content-Language: ",
    "MIME-Version: ",
    "Content-Type: ",
    "Content-Transfer-Encoding: ",
    "Content-Disposition: ",
];

/// Through other people's eyes: Python's `email`, strict policy.
#[cfg(feature = "real-parts")]
#[test]
fn another_reader_finds_the_parts_the_names_and_the_text() {
    const READ: &str = r#"
import email, email.policy, json, sys
m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.SMTP)
parts = [p for p in m.walk() if not p.is_multipart()]
json.dump({
    "defects": [str(d) for p in m.walk() for d in p.defects],
    "subject": m["subject"], "from": m["from"].addresses[0].display_name, "types": [p.get_content_type() for p in parts],
    "names": [p.get_filename() for p in parts], "text": parts[0].get_content(), "html": parts[1].get_content(),
    "pdf": parts[2].get_content().hex(), "date": m["date"].datetime.isoformat(), "id": m["message-id"],
}, sys.stdout)
"#;
    for name in ["Grüne-Wirtschaft-Nr-12.pdf", "绿色经济简报第十二期绿色经济简报第十二期-12.pdf", "plain.pdf"]
    {
        let ascii = message::ascii_name(name, "green-economy-12-zh.pdf");
        let pdf = Attachment { name, ascii_name: &ascii, ..content().attachments[0] };
        let content = Content { attachments: &[pdf], ..content() };
        let mut python = std::process::Command::new("python3")
            .args(["-c", READ])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        std::io::Write::write_all(&mut python.stdin.take().unwrap(), whole(&content).as_bytes()).unwrap();
        let found: serde_json::Value = serde_json::from_slice(&python.wait_with_output().unwrap().stdout).unwrap();
        assert_eq!(found["defects"], serde_json::json!([]), "{found}");
        assert_eq!(found["subject"], content.subject);
        assert_eq!(found["from"], "Grüne Wirtschaft");
        assert_eq!(found["types"], serde_json::json!(["text/plain", "text/html", "application/pdf"]));
        assert_eq!(found["names"], serde_json::json!([null, null, name]));
        assert_eq!(found["text"], content.text);
        assert_eq!(found["html"], content.html);
        let hex: String = super::BYTES.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found["pdf"], hex);
        assert_eq!((&found["date"], &found["id"]), (&"2026-11-23T06:00:00+00:00".into(), &"<12.7@example.org>".into()));
    }
}
