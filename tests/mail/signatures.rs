//! Signed mails: where signatures stand, that they are the same at every retry, which keys are taken, and, with other
//! people's programs at hand, that those find them good.

use greenbrief::delivery::{
    dkim::{Key, KeyError, Signer},
    mail::message::{self, Content, Recipient},
};

use super::{content, pressed, recipient};

fn pem(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/mail/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn signer(name: &str) -> Signer {
    Signer::new("example.org", name, Key::from_pem(&pem(name)).unwrap())
}

#[test]
fn signatures_stand_before_the_other_headers() {
    let head = pressed().head(&recipient()).unwrap();
    let signers = ["rsa-pkcs1", "ed25519"].map(signer);
    let signed = pressed().signed_head(&recipient(), &signers).unwrap();
    let text = String::from_utf8(signed.clone()).unwrap();
    assert!(text.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org;"), "{text}");
    assert!(text.contains("\r\nDKIM-Signature: v=1; a=ed25519-sha256; "), "{text}");
    assert!(signed.ends_with(&head) && text.matches("DKIM-Signature:").count() == 2, "{text}");
    assert!(text.split("\r\n").all(|line| line.len() <= 78), "{text}");
    let unfolded = text.replace("\r\n ", "");
    for name in ["From:From:", "Subject:Subject:", ":Message-ID:", ":Content-Type:", ":List-Id:", ":List-Unsubscribe:"]
    {
        assert!(unfolded.contains(name), "{name}\n{text}");
    }
    assert_eq!(pressed().signed_head(&recipient(), &signers).unwrap(), signed);
    // Another reader's is another one.
    let value = |recipient: &Recipient<'_>| {
        let head = String::from_utf8(pressed().signed_head(recipient, &signers[1..]).unwrap()).unwrap();
        head.split(" b=").nth(1).unwrap().split("\r\nFrom:").next().unwrap().to_owned()
    };
    assert!(text.contains(&value(&recipient())));
    assert!(!text.contains(&value(&Recipient { to: "bernd@example.net", ..recipient() })));
}

/// What is signed is the body as it is read, not as it goes over the wire with its dots doubled.
#[test]
fn doubled_dots_are_not_signed() {
    let hash = |text: &str| {
        let content = Content { text, html: "", attachments: &[], ..content() };
        let pressed = message::encode(&content).unwrap();
        let head = String::from_utf8(pressed.signed_head(&recipient(), &[signer("ed25519")]).unwrap()).unwrap();
        head.split(" bh=").nth(1).unwrap().split(';').next().unwrap().to_owned()
    };
    // printf '.\r\n' | openssl dgst -sha256 -binary | base64
    assert_eq!(hash(".\n"), DOT);
    assert_ne!(hash(".\n"), hash("..\n"));
}

const DOT: &str = "wKMX9gkQ7tCLv8ezrG5t4bICm/SSLQsNfTdZMToksWw=";

/// What `openssl pkey -pubout -outform DER` says of the same keys.
#[test]
fn the_published_key_is_the_one_of_openssl() {
    for (name, kind, public) in [
        (
            "rsa-pkcs1",
            "rsa",
            "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAoRel6VZP/y+l/T4EYuFSPySDru+mUST7VzCgM/ZPp5wQXcrD5T7c\
             cdaSnyDNosdkKiQ+O3cSpPp1RyPgmhAJecyvbyxYajP9NAIra+Im4y2L0tT2DVugThifIxJFe+baBRxlKxVsJFEM1AbAoXyK\
             bhXt0SnKYuc92fgkOoe34OMu4PuQtmFVbsvdvoDEaSexsTbpblI+RsEXbI1pFVwe6zq/BfCNwwxHdtZTShxW0InhN+1HS/IY\
             oYmoSkxg39vH2kB7lHdRR07c2pVTVl4McHMkGroIv6foy/NF5tvWGcHmPDK5OXm3cq+bZZYVUrNKp6ullqQhYJkSHq7GedeV\
             iwIDAQAB",
        ),
        (
            "rsa-pkcs8",
            "rsa",
            "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEApnCjCmotPv/F4ZhATbwXYc4mGV+FSCW+AQFXoibQjdYXIdiFz62H\
             TFjqJIHt423COenbjL2vaH4CA94CXEIURXJqV81wGr1MTTo/CKKkPCQdWQVWvHYQSHjPfyk1EG0EyL2HbUaeTaV4G5zLtOIm\
             xuNEk7mKM0jcfdFMBV6aAyDwrSEWxMPv1AeSHcNz1vE/UIdtJidzxvrcyp8G0vQ1Qq2LUbxX40hPXGZWrC1goQqOnhbmbako\
             Ha8DQy/po4aEGX5yewAqb89COGweB3l3w05Yfib3aZPpjnZp/xpNw1bkUAavtCMv5EBH9GdxXPyqPZvU70HzA1VQXnwtrjPv\
             jQIDAQAB",
        ),
        ("ed25519", "ed25519", "s6qidHTfCeJU89ub+KdIdH5fXz62n8vX4w25J5QpuLo="),
    ] {
        let record = signer(name).record();
        assert_eq!(record.name, format!("{name}._domainkey.example.org"));
        assert_eq!(record.text, format!("v=DKIM1; k={kind}; p={public}"));
    }
}

#[test]
fn what_is_no_key_is_told_from_what_is_another_key() {
    for (name, why) in [
        ("rsa-1024", KeyError::TooShort),
        ("rsa-4608", KeyError::TooLong),
        ("ec-pkcs8", KeyError::Kind),
        ("ec-sec1", KeyError::Kind),
        ("encrypted", KeyError::Encrypted),
        ("encrypted-pkcs1", KeyError::Encrypted),
        ("public", KeyError::Public),
    ] {
        assert_eq!(Key::from_pem(&pem(name)).unwrap_err(), why, "{name}");
    }
    assert_eq!(Key::from_pem(b"hunter2\n").unwrap_err(), KeyError::NoKey);
    assert_eq!(Key::from_pem(b"").unwrap_err(), KeyError::NoKey);
    let mut cut = pem("rsa-pkcs1");
    cut.drain(200..300);
    assert!(matches!(Key::from_pem(&cut), Err(KeyError::Broken(_) | KeyError::NoKey)));
    assert_eq!(format!("{:?}", Key::from_pem(&pem("rsa-pkcs8")).unwrap()), "Key(rsa-sha256)");
}

#[cfg(feature = "real-parts")]
pub mod verifiers {
    use std::{fs, path::Path, process::Command};

    use greenbrief::{
        delivery::mail::message::{Attachment, OwnTokens},
        people::tokens::{PLACEHOLDER, PREFERENCES_PLACEHOLDER},
    };
    use serde_json::{Value, json};

    use super::*;

    /// What both say of each mail.
    pub fn verdicts(folder: &Path, records: &str, mails: &[Vec<u8>]) -> [(&'static str, Vec<Value>); 2] {
        let Ok(readers) = std::env::var("GREENBRIEF_TEST_READERS") else {
            panic!("`scripts/test` installs the readers and sets GREENBRIEF_TEST_READERS");
        };
        let zone = folder.join("zone");
        fs::write(&zone, records).unwrap();
        let paths: Vec<_> = (0..mails.len()).map(|number| folder.join(format!("{number}.eml"))).collect();
        for (path, mail) in paths.iter().zip(mails) {
            fs::write(path, mail).unwrap();
        }
        [("dkimpy", format!("{readers}/bin/python"), "dkimpy.py"), ("mailauth", "node".into(), "mailauth.mjs")].map(
            |(name, program, script)| {
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/readers").join(script);
                let done = Command::new(program).arg(script).arg(&zone).args(&paths).output().unwrap();
                assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
                let told = String::from_utf8(done.stdout).unwrap();
                (name, told.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
            },
        )
    }

    fn records(signers: &[Signer]) -> String {
        signers.iter().map(|signer| format!("{}\n", signer.record())).collect()
    }

    fn mail(content: &Content<'_>, signers: &[Signer]) -> Vec<u8> {
        let pressed = message::encode(content).unwrap();
        // Long enough ago that no verifier takes it for a mail from the future.
        let recipient = Recipient { date: "2026-01-05T06:00:00Z".parse().unwrap(), ..recipient() };
        [pressed.signed_head(&recipient, signers).unwrap(), pressed.plain_body().into_owned()].concat()
    }

    /// 100 kB that do not repeat.
    fn bytes() -> Vec<u8> {
        (0..25_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()).collect()
    }

    #[test]
    fn two_verifiers_find_every_signature_good() {
        let bytes = bytes();
        let languages = [
            ("en", "Green Economy Brief: batteries", "Good morning,\n\n.a dot  and   blanks \n\n\n", "Brief.pdf"),
            (
                "de",
                "Grüne Wirtschaft: Auslieferungen über 744.800",
                "Guten Tag,\n\nGröße: täglich.\n",
                "Grüne-Wirtschaft.pdf",
            ),
            (
                "zh-Hans",
                "绿色经济简报：电动汽车交付量与电池",
                "您好：\n\n宁德时代 74.48万\n",
                "绿色经济简报-第12期.pdf",
            ),
        ];
        let keys = ["rsa-pkcs1", "rsa-pkcs8", "ed25519"].map(signer);
        let sets = [&keys[..1], &keys[1..2], &keys[2..], &keys[1..]];
        let mut mails = Vec::new();
        let mut wanted = Vec::new();
        for signers in sets {
            for (language, subject, text, name) in languages {
                let attachment = Attachment { name, ascii_name: "brief.pdf", mime: "application/pdf", bytes: &bytes };
                let content = Content { language, subject, text, attachments: &[attachment], ..content() };
                mails.push(mail(&content, signers));
                // A mail of one part as well: its text's encoding stands among the headers.
                mails.push(mail(&Content { html: "", attachments: &[], list_id: None, ..content }, signers));
                let good: Value = signers.iter().map(|signer| (signer.selector().to_owned(), json!("pass"))).collect();
                wanted.extend([good.clone(), good]);
            }
        }
        let folder = tempfile::tempdir().unwrap();
        for (name, told) in verdicts(folder.path(), &records(&keys), &mails) {
            assert_eq!(told, wanted, "{name}");
        }
    }

    /// Every language has an encoding of its own, and the link is broken by soft line breaks at several places.
    #[test]
    fn two_verifiers_find_mails_good_that_have_their_own_link() {
        let keys = ["rsa-pkcs8", "ed25519"].map(signer);
        let pdf = Attachment { bytes: &bytes(), ..content().attachments[0] };
        let link = format!("https://briefs.example.org/u/{PLACEHOLDER}");
        let change = format!("https://briefs.example.org/p/{PREFERENCES_PLACEHOLDER}");
        let (mut mails, mut wanted) = (Vec::new(), Vec::new());
        for words in ["Leave: ", "Größe ändern, täglich, künftig, später: ", "您好：如不愿继续接收，可点此退订 "]
        {
            for blanks in 0..4 {
                let text = format!("{}{words}{link}\n\n.a  dot\n{link}\n{change}\n", "x".repeat(17 * blanks));
                let html = format!("<p>{words}<a href=\"{link}\">{link}</a> {change}</p>\n");
                let (text, html) = (text.as_str(), html.as_str());
                let pressed = message::encode(&Content { text, html, attachments: &[pdf], ..content() }).unwrap();
                assert!(pressed.has_own_body());
                for leave in ["uabcdefghijklmnopqrstuvwxyz234567abcd", "u222222222222222222222222222222222222"] {
                    let preferences = leave.replacen('u', "p", 1);
                    let tokens = Some(OwnTokens { leave, preferences: &preferences });
                    let url = format!("https://briefs.example.org/u/{leave}");
                    let recipient = Recipient {
                        date: "2026-01-05T06:00:00Z".parse().unwrap(),
                        leave_url: Some(&url),
                        tokens,
                        ..recipient()
                    };
                    let head = pressed.signed_head(&recipient, &keys).unwrap();
                    let unfolded = String::from_utf8(head.clone()).unwrap().replace("\r\n ", "");
                    assert_eq!(unfolded.matches(":List-Unsubscribe:List-Unsubscribe-Post:").count(), 2, "{unfolded}");
                    assert_eq!(pressed.body_of(tokens).concat().len(), pressed.body().len());
                    let mail = [head, pressed.plain_body_of(tokens)].concat();
                    let read = String::from_utf8_lossy(&mail).replace("=\r\n", "");
                    assert_eq!((read.matches(leave).count(), read.matches(PLACEHOLDER).count()), (5, 0), "{read}");
                    let own = (read.matches(&*preferences).count(), read.matches(PREFERENCES_PLACEHOLDER).count());
                    assert_eq!(own, (2, 0), "{read}");
                    // With another reader's token in the body, no signature holds.
                    let other = leave.replace(['2', 'a'], "z");
                    let other = Some(OwnTokens { leave: &other, preferences: &preferences });
                    let stolen = [&*pressed.signed_head(&recipient, &keys).unwrap(), &*pressed.plain_body_of(other)];
                    mails.extend([mail, stolen.concat()]);
                    wanted.extend([true, false]);
                }
            }
        }
        let folder = tempfile::tempdir().unwrap();
        for (name, told) in verdicts(folder.path(), &records(&keys), &mails) {
            for ((told, good), mail) in told.iter().zip(&wanted).zip(&mails) {
                for key in &keys {
                    let passes = told[key.selector()] == "pass";
                    assert_eq!(passes, *good, "{name}: {told}\n{}", String::from_utf8_lossy(&mail[..3000]));
                }
            }
        }
    }

    #[test]
    fn two_verifiers_find_out_what_was_changed() {
        let bytes = bytes();
        let pdf = Attachment { bytes: &bytes, ..content().attachments[0] };
        let keys = ["rsa-pkcs8", "ed25519"].map(signer);
        let good = mail(&Content { attachments: &[pdf], ..content() }, &keys);
        let text = String::from_utf8(good.clone()).unwrap();
        let change = |from: &str, to: &str| {
            assert!(text.matches(from).count() > 0, "{from}");
            // In the last place: where it stands among the names in `h=` is not meant.
            let at = text.rfind(from).unwrap();
            format!("{}{to}{}", &text[..at], &text[at + from.len()..]).into_bytes()
        };
        let line = text.lines().rev().find(|line| line.len() == 76).unwrap();
        let other = line.chars().rev().collect::<String>();
        let changed = [
            change(line, &other),
            change("To: anna@example.net", "To: eve@example.net"),
            change("Subject: =?", "Subject: x =?"),
            change("\r\nTo: ", "\r\nSubject: another\r\nTo: "),
            change("\r\nTo: ", "\r\nFrom: eve@example.net\r\nTo: "),
            change("\r\nTo: ", "\r\nReply-To: eve@example.net\r\nTo: "),
            change("<mailto:leave@example.org", "<mailto:eve@example.org"),
            change("multipart/mixed", "multipart/related"),
        ];
        let folder = tempfile::tempdir().unwrap();
        let mails: Vec<_> = std::iter::once(good).chain(changed).collect();
        for (name, told) in verdicts(folder.path(), &records(&keys), &mails) {
            assert_eq!(told.len(), mails.len());
            for (number, told) in told.iter().enumerate() {
                let signatures: Vec<bool> = ["rsa-pkcs8", "ed25519"].iter().map(|key| told[key] == "pass").collect();
                assert_eq!(signatures, [number == 0; 2], "{name}, change {number}: {told}");
                assert_eq!(told.as_object().unwrap().len(), 2, "{name}, change {number}: {told}");
            }
        }
        // A relay that folds otherwise and takes blanks away at the ends of lines changes nothing.
        let folded =
            change("Content-Type: multipart/mixed;\r\n boundary", "content-type:  multipart/mixed;\r\n\t  boundary");
        let folder = tempfile::tempdir().unwrap();
        for (name, told) in verdicts(folder.path(), &records(&keys), &[folded]) {
            assert_eq!(told, [json!({ "rsa-pkcs8": "pass", "ed25519": "pass" })], "{name}");
        }
    }
}
