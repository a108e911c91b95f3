//! The mail about an edition that its gate holds.

use chrono::{DateTime, Utc};

use super::OperatorMailer;
use crate::{
    base::{ids::EditionName, problem::Problems},
    store::Error,
};

impl OperatorMailer {
    /// Queues the mail about a held edition, once: why it is held, and how it is settled, a sentence for each way. `by` names
    /// the person who had it made; `None` if a schedule had.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn held(
        &self,
        name: &EditionName,
        problems: &Problems,
        settle: &[String],
        by: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let made = by.map_or_else(String::new, |by| format!("\n{by} had it made."));
        let settle = settle.join("\n");
        let text =
            format!("{name} was not sent: the figures or the template did not pass.{made}\n\n{problems}\n\n{settle}\n");
        let key = format!("held.{}.{}", name.brief, name.number);
        self.notify(&format!("{name} is held"), &text, &key, now).await
    }
}
