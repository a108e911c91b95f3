//! The fuzzers' corpus, replayed: inputs that once reached new code, or broke something.

use std::{fs, path::PathBuf};

#[path = "../fuzz/replies.rs"]
pub mod replies;
#[path = "../fuzz/targets.rs"]
mod targets;

fn replay(target: &str, run: fn(&[u8])) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        // The name is shown if it panics.
        println!("{}", path.display());
        run(&bytes);
        seen += 1;
    }
    assert!(seen > 0, "{} is empty", folder.display());
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
