//! Any bytes as replies: no panic, no memory without bound, and the same whatever the pieces they come in.

use greenbrief::delivery::mail::reply::{MAX_LINE_LENGTH, MAX_LINES, MAX_TEXT_LENGTH, ReplyReader};
use proptest::prelude::*;

use crate::corpus::replies::read;

/// Bytes that look like replies more often than chance would have it.
fn likely() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "[2-5][0-9][0-9][- ][ -~]{0,20}\r\n".prop_map(String::into_bytes),
        "[2-5][0-9][0-9]\r?\n".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..30),
        (1usize..6000).prop_map(|n| [b"250 ".to_vec(), vec![b'x'; n]].concat()),
    ];
    prop::collection::vec(line, 0..20).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_fault_of_ours(bytes in likely(), piece in 1usize..5000) {
        let (said, _) = read(&bytes, piece);
        for one in said {
            prop_assert!((200..=599).contains(&one.code) && one.lines.len() <= MAX_LINES);
            prop_assert!(one.lines.iter().all(|line| line.len() <= MAX_LINE_LENGTH));
            let reply = one.reply();
            prop_assert!(reply.text.chars().count() <= MAX_TEXT_LENGTH);
            prop_assert!(!reply.text.chars().any(char::is_control));
        }
    }

    #[test]
    fn the_pieces_do_not_matter(bytes in likely(), piece in 1usize..4096) {
        prop_assert_eq!(read(&bytes, piece), read(&bytes, 1));
    }
}

#[test]
fn a_flood_that_nobody_takes_is_refused() {
    let mut reader = ReplyReader::default();
    let fed = (0..10_000).take_while(|_| reader.feed(&[b'a'; 1000]).is_ok()).count();
    assert!(fed < 100, "{fed} kB taken");
}
