//! Mails from people that operators are not told of one by one, since so many came at once: one mail lists them.

use chrono::{DateTime, Utc};

use super::OperatorMailer;
use crate::{
    base::plural::counted,
    store::{Error, Gathered, WHOLE_PER_HOUR},
};

/// Number of characters of a subject that are listed.
const SUBJECT: usize = 100;

impl OperatorMailer {
    /// Tells of mails that were gathered, once, and notes that.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn gathered(&self, gathered: &Gathered, now: DateTime<Utc>) -> Result<(), Error> {
        let key = format!("gathered.{}", gathered.first.get(..16).unwrap_or(&gathered.first));
        let mails = counted(gathered.number.unsigned_abs(), "more mail");
        self.notify(&format!("{mails} that people wrote"), &text(gathered), &key, now).await?;
        self.store.replies().gathered_are_told(gathered.until, now).await
    }
}

fn text(gathered: &Gathered) -> String {
    let (since, until) = (gathered.since.format("%F %H:%M"), gathered.until.format("%H:%M UTC"));
    let mut text = format!(
        "From {since} to {until} more than {WHOLE_PER_HOUR} mails an hour came that go to you, and {} of them were not sent on\n\
         one by one. Each is kept with its text:\n  greenbrief replies show NUMBER\n\nNUMBER  TIME      FROM: SUBJECT\n",
        gathered.number
    );
    for mail in &gathered.listed {
        let number = mail.reply.map_or_else(|| "-".to_owned(), |number| number.to_string());
        let from = if mail.sender.is_empty() { "somebody" } else { &mail.sender };
        let subject: String = mail.subject.chars().take(SUBJECT).collect();
        text.push_str(&format!("{number:>6}  {}  {from}: {subject}\n", mail.at.format("%H:%M:%S")));
    }
    let left_out = gathered.number - i64::try_from(gathered.listed.len()).unwrap_or(i64::MAX);
    if left_out > 0 {
        text.push_str(&format!(
            "\n{left_out} further ones are listed by\n  greenbrief replies list --last {}\n",
            gathered.number
        ));
    }
    text
}
