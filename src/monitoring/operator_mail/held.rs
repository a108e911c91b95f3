//! The mail about an edition that its gate holds.

use chrono::{DateTime, Utc};

use super::OperatorMailer;
use crate::{
    base::problem::Problems,
    store::{Edition, Error},
};

/// Maximum size of all PDFs that a mail brings, in bytes: many servers take mails of 10 MB, and base64 adds a third.
const MOST_PAGES: usize = 7_000_000;

impl OperatorMailer {
    /// Queues the mail about a held edition, once: why it is held, its PDFs if it was made, and how it is settled, a sentence
    /// for each way. `by` names the person who had it made; `None` if a schedule had.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn held(
        &self,
        edition: &Edition,
        problems: &Problems,
        settle: &[String],
        by: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let name = edition.name();
        let texts = self.store.editions().texts(edition.id).await?;
        let size: usize = texts.iter().map(|text| text.pdf.len()).sum();
        let pages = match size {
            0 => "",
            size if size > MOST_PAGES => "\nIts PDFs are too large for a mail.\n",
            _ => "\nIts PDFs are attached as they would go out.\n",
        };
        let made = by.map_or_else(String::new, |by| format!("\n{by} had it made."));
        let settle = settle.join("\n");
        let text = format!("{name} was not sent.{made}\n\n{problems}\n{pages}\n{settle}\n");
        let key = format!("held.{}.{}", name.brief, name.number);
        let (subject, ids) = (format!("greenbrief: {name} is held"), self.message_ids(&key).await?);
        for mail in self.mails(&subject, &self.signed(&text), &ids, now) {
            if (1..=MOST_PAGES).contains(&size) {
                self.store.outbox().enqueue_with_pages(&mail, edition.id).await?;
            } else {
                self.store.outbox().enqueue(&mail).await?;
            }
        }
        Ok(())
    }
}
