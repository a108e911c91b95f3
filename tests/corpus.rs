//! The fuzzers' corpus, replayed: inputs that once reached new code, or broke something. Then the same inputs, changed at
//! random: as many as a run of the tests has time for, and more by `scripts/explore`. An input that fails is written to a
//! file, ready to be added to the corpus.

use std::{
    fmt, fs,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
};

use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};

#[path = "../fuzz/forms.rs"]
mod forms;
#[path = "../fuzz/lmtp.rs"]
mod lmtp;
#[path = "../fuzz/replies.rs"]
pub mod replies;
#[path = "../fuzz/returned.rs"]
mod returned;
#[path = "../fuzz/targets.rs"]
mod targets;
#[path = "../fuzz/tokens.rs"]
mod tokens;

/// Longest input in a message, in characters.
const SHOWN: usize = 400;

/// The corpus of a target, in the order of its names.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut inputs: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            (path, bytes)
        })
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} is empty", folder.display());
    inputs
}

fn replay(target: &str, run: fn(&[u8])) {
    for (path, bytes) in corpus(target) {
        // The name is shown if it panics.
        println!("{}", path.display());
        run(&bytes);
    }
}

#[test]
fn templates() {
    replay("template", targets::template);
}

#[test]
fn layouts() {
    replay("layout", targets::layout);
}

#[test]
fn replies_of_servers() {
    replay("reply", replies::replies);
}

#[test]
fn mails_that_come_back() {
    replay("returned", returned::returned);
    replay("dsn", returned::dsn);
    replay("arf", returned::arf);
}

#[test]
fn tokens_of_mails() {
    const GOOD: [&str; 3] = ["upper-case", "mixed-case", "largest-row"];
    for (path, bytes) in corpus("token") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let is_good = name.starts_with("good-") || GOOD.contains(&name);
        assert_eq!(tokens::accepted(&bytes), usize::from(is_good), "{name}");
    }
}

#[test]
fn forms_of_pages() {
    const JOINS: [&str; 2] = ["long-nonce", "trap-filled"];
    for (path, bytes) in corpus("forms") {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(forms::joins(&bytes), name.starts_with("joins-") || JOINS.contains(&name), "{name}");
    }
}

#[test]
fn what_mail_servers_say() {
    for (path, bytes) in corpus("lmtp") {
        let name = path.file_name().unwrap().to_str().unwrap();
        let sizes: &[usize] = match name {
            "one-mail" => &[27],
            "two-mails" => &[0, 3],
            "lower-case" => &[0],
            _ if name.starts_with("smuggled-") || name == "cr-cr-lf" => {
                assert_eq!(lmtp::contents(&bytes).len(), 1, "{name}");
                continue;
            }
            _ => &[],
        };
        assert_eq!(lmtp::contents(&bytes), sizes, "{name}");
    }
}

/// What a fuzzer does to an input.
#[derive(Clone, Debug)]
enum Change {
    Overwrite(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize, usize),
    /// A piece of another input of the corpus.
    Splice(Index, Index, Index, usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>, corpus: &[(PathBuf, Vec<u8>)]) {
        let start = |index: &Index, bytes: &[u8]| index.index(bytes.len() + 1);
        let piece = |at: usize, length: usize, bytes: &[u8]| bytes[at..bytes.len().min(at + length)].to_vec();
        match self {
            Change::Overwrite(at, new) => {
                let at = start(at, bytes);
                let end = bytes.len().min(at + new.len());
                bytes.splice(at..end, new.iter().copied());
            }
            Change::Insert(at, new) => {
                let at = start(at, bytes);
                bytes.splice(at..at, new.iter().copied());
            }
            Change::Remove(at, length) => {
                let at = start(at, bytes);
                bytes.drain(at..bytes.len().min(at + length));
            }
            Change::Repeat(at, length, times) => {
                let at = start(at, bytes);
                let again = piece(at, *length, bytes).repeat(*times);
                bytes.splice(at..at, again);
            }
            Change::Splice(at, other, from, length) => {
                let (at, other) = (start(at, bytes), &corpus[other.index(corpus.len())].1);
                bytes.splice(at..at, piece(start(from, other), *length, other));
            }
        }
    }
}

fn change() -> impl Strategy<Value = Change> {
    // Octets that mean something to one of the readers, and any others.
    let octet = prop_oneof![3 => select(b"\r\n\xff -.0245|#*>[]{}()%\"'=+\\,:^`<&;".to_vec()), 1 => any::<u8>()];
    let octets = vec(octet, 1..8).boxed();
    prop_oneof![
        (any::<Index>(), octets.clone()).prop_map(|(at, new)| Change::Overwrite(at, new)),
        (any::<Index>(), octets).prop_map(|(at, new)| Change::Insert(at, new)),
        (any::<Index>(), 1..40usize).prop_map(|(at, length)| Change::Remove(at, length)),
        (any::<Index>(), 1..20usize, 1..200usize).prop_map(|(at, length, times)| Change::Repeat(at, length, times)),
        (any::<Index>(), any::<Index>(), any::<Index>(), 1..200usize)
            .prop_map(|(at, other, from, length)| Change::Splice(at, other, from, length)),
    ]
}

struct Input(Vec<u8>);

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: String = self.0.escape_ascii().map(char::from).take(SHOWN).collect();
        write!(f, "{} bytes: {shown}", self.0.len())
    }
}

/// An input of the target's corpus with up to eight changes; one in four is any bytes instead.
fn input(target: &str) -> impl Strategy<Value = Input> {
    let corpus = corpus(target);
    let changed = (any::<Index>(), vec(change(), 1..8)).prop_map(move |(start, changes)| {
        let mut bytes = corpus[start.index(corpus.len())].1.clone();
        for change in changes {
            change.apply(&mut bytes, &corpus);
        }
        Input(bytes)
    });
    prop_oneof![3 => changed, 1 => vec(any::<u8>(), 0..4000).prop_map(Input)]
}

/// Runs the target, and keeps an input that fails in a file. The last one kept is the smallest that was found. The input
/// is written before the target runs, since one that overflows the stack ends the whole program.
fn try_out(target: &str, run: fn(&[u8]), input: &Input) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (running, found) = (folder.join("running"), folder.join("found"));
    fs::create_dir_all(&running).unwrap();
    fs::write(running.join(target), &input.0).unwrap();
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(&input.0))) {
        fs::create_dir_all(&found).unwrap();
        fs::rename(running.join(target), found.join(target)).unwrap();
        println!("to be added as fuzz/corpus/{target}/NAME: {}", found.join(target).display());
        resume_unwind(panic);
    }
    fs::remove_file(running.join(target)).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn changed_mails_that_come_back(input in input("returned")) {
        try_out("returned", returned::returned, &input);
    }

    #[test]
    fn changed_delivery_statuses(input in input("dsn")) {
        try_out("dsn", returned::dsn, &input);
    }

    #[test]
    fn changed_complaints(input in input("arf")) {
        try_out("arf", returned::arf, &input);
    }

    #[test]
    fn changed_replies_of_servers(input in input("reply")) {
        try_out("reply", replies::replies, &input);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn changed_forms(input in input("forms")) {
        try_out("forms", forms::forms, &input);
    }

    #[test]
    fn changed_talk_of_mail_servers(input in input("lmtp")) {
        try_out("lmtp", lmtp::lmtp, &input);
    }

    #[test]
    fn changed_tokens(input in input("token")) {
        try_out("token", tokens::tokens, &input);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn changed_templates(input in input("template")) {
        try_out("template", targets::template, &input);
    }

    #[test]
    fn changed_layouts(input in input("layout")) {
        try_out("layout", targets::layout, &input);
    }
}
