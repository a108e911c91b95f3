//! `[operators]`: who is told when something goes wrong. The ping of an outside monitor, below the same section, is read in
//! `ping`.

use crate::{
    base::problem::Problem,
    config::{
        reading::{problem_sink::ProblemSink, table_reader::TableReader, toml_tree::Value},
        values::mailboxes,
    },
    people::subscribers::Address,
};

/// When the operators get a mail on how an edition went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AfterEdition {
    /// After each.
    #[default]
    Always,
    /// If some mails did not go.
    Problems,
    /// Never.
    Never,
}

/// Reads the addresses, and after which editions they get a mail.
pub(in crate::config) fn read(section: TableReader<'_>, sink: &ProblemSink) -> (Vec<Address>, AfterEdition) {
    let mut section = section;
    section.need("email", "email = \"you@example.org\"");
    let mut found: Vec<Address> = Vec::new();
    for given in section.texts("email").unwrap_or_default() {
        let Some(address) = mailboxes::read_address(&given, sink) else { continue };
        if found.iter().any(|other| other.key() == address.key()) {
            sink.push(given.error(format!("`{address}` appears here a second time")));
        } else {
            found.push(address);
        }
    }
    let after_edition =
        section.get("after_edition").map_or_else(AfterEdition::default, |entry| match &entry.node.value {
            Value::Boolean(true) => AfterEdition::Always,
            Value::Boolean(false) => AfterEdition::Never,
            Value::Text(word) if word == "problems" => AfterEdition::Problems,
            _ => {
                let problem = Problem::error("`operators.after_edition` must be true, \"problems\" or false");
                sink.push(problem.at(entry.node.span.place()));
                AfterEdition::default()
            }
        });
    section.finish();
    (found, after_edition)
}
