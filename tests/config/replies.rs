//! `[replies]`: nobody on another machine hands over made-up mails unless the config says so.

use tempfile::TempDir;

use super::{BRIEF, SETTINGS, load, project, refused};

fn with(replies: &str) -> TempDir {
    project(&format!("{SETTINGS}[replies]\n{replies}\n"), &[("green-economy.toml", BRIEF)])
}

#[test]
fn mails_come_in_at_an_address_of_this_machine_or_from_a_folder() {
    assert!(!load(&with(""), &[]).unwrap().0.replies.are_read());
    for listen in ["127.0.0.1:2424", "[::1]:24"] {
        let (config, warnings) = load(&with(&format!("lmtp = \"{listen}\"")), &[]).unwrap();
        assert_eq!((config.replies.lmtp.unwrap().to_string(), warnings.is_empty()), (listen.to_owned(), true));
        assert!(config.replies.are_read());
    }
    let elsewhere = with("lmtp = \"0.0.0.0:2424\"\nlmtp_from_elsewhere = true");
    assert!(load(&elsewhere, &[]).unwrap().0.replies.lmtp.is_some());
    let folder = with("maildir = \"../Maildir\"");
    let config = load(&folder, &[]).unwrap().0;
    assert_eq!(config.replies.maildir.as_ref().unwrap(), &folder.path().join("Maildir"));
    assert!(config.replies.are_read());
}

#[test]
fn what_is_wrong_with_them_is_told_with_the_way_to_mend_it() {
    for (replies, told) in [
        ("lmtp = \"0.0.0.0:2424\"", "other machines could hand over made-up mails at 0.0.0.0:2424"),
        ("lmtp = \"0.0.0.0:2424\"", "write lmtp_from_elsewhere = true beside it"),
        ("lmtp = \"localhost:2424\"", "hint: write 127.0.0.1:2424"),
        ("lmtp = \"2424\"", "such as \"127.0.0.1:2424\""),
        ("lmtp = \"127.0.0.1:0\"", "write a port, such as 2424"),
        ("maildir = \" \"", "`replies.maildir` is empty"),
        ("maildirs = \"x\"", "did you mean `maildir`?"),
    ] {
        let problems = refused(&with(replies), &[]);
        assert!(problems.contains(told), "{replies}: {problems}");
    }
    for (replies, told) in [
        ("lmtp_from_elsewhere = true", "is not used: there is no `replies.lmtp`"),
        ("lmtp = \"127.0.0.1:2424\"\nlmtp_from_elsewhere = true", "127.0.0.1:2424 is reached from this machine only"),
    ] {
        let warnings = load(&with(replies), &[]).unwrap().1.to_string();
        assert!(warnings.contains(told), "{replies}: {warnings}");
    }
}
