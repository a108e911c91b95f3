//! `attach` of a brief: how readers get its PDF. Whether there are pages for a link to lead to, `linked_pages` looks.

use crate::{base::problem::Place, config::reading::table_reader::TableReader};

/// How readers get the PDF of an edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attach {
    /// It is attached to the mail.
    Pdf,
    /// The mail has a link to it, and nothing is attached.
    Link,
    /// It is attached, and there is a link.
    Both,
}

const WORDS: [(&str, Attach); 3] = [("pdf", Attach::Pdf), ("link", Attach::Link), ("both", Attach::Both)];
/// The words of the key.
pub(in crate::config) const ATTACH: [&str; 3] = ["pdf", "link", "both"];
pub(in crate::config) const DEFAULT_ATTACH: &str = "pdf";

/// The way, and where it is written.
pub(super) fn read(root: &mut TableReader<'_>) -> Option<(Attach, Option<Place>)> {
    let way = root.choice("attach", Attach::Pdf, &WORDS)?;
    Some((way, root.place_of("attach")))
}
