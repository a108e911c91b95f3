//! What operators are told of mails that came back: that a server refused us later, and that so many came back that an
//! edition, or a domain for it, waits.

use chrono::{DateTime, Utc};

use super::OperatorMailer;
use crate::{
    delivery::rules::EnhancedStatus,
    store::{BounceBrake, Error, Mail},
};

/// What becomes of mails that wait.
const UNTIL_THEN: &str = "Mails that wait too long are given up, as the brief's give_up_after says; `greenbrief status` shows where things stand.";

impl OperatorMailer {
    /// Tells that a mail came back for a reason that is about us: once for each edition, domain and status.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn refused_later(
        &self,
        mail: &Mail,
        status: Option<EnhancedStatus>,
        said: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let domain = mail.address.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
        let of = mail.edition.as_ref().map_or_else(|| "a mail".to_owned(), ToString::to_string);
        let status = status.map_or_else(String::new, |status| status.to_string());
        let key = format!("returned.{}.{domain}.{status}", of.replace(['/', ' '], "."));
        let text = format!(
            "A mail of {of} came back from {domain}, for a reason that is about us and not about the reader:\n\n  {said}\n\n\
             It is about who sends: the records for SPF, DKIM and DMARC, a list on which our server's address stands, or what the\n\
             mail says. Nothing is held against the reader. More of the kind are counted, and told no further:\n  \
             greenbrief replies list --kind bounce\n"
        );
        self.notify(&format!("{domain} refuses {of}"), &text, &key, now).await
    }

    /// Pauses the edition, or the domain for it, of which too many mails came back, and tells why. Returns what was done.
    ///
    /// # Errors
    /// Fails if the database does.
    pub async fn too_many_bounces(&self, brake: &BounceBrake, now: DateTime<Utc>) -> Result<String, Error> {
        let BounceBrake { edition, domain, bounced, went_out } = brake;
        let editions = self.store.editions();
        let name = editions.name(*edition).await?.map_or_else(String::new, |name| name.to_string());
        let at = domain.as_ref().map_or_else(String::new, |domain| format!(" to {domain}"));
        let why = format!("{bounced} of {went_out} mails{at} came back");
        let paused = match domain {
            Some(domain) => editions.pause_domain(*edition, domain, &why, &[], now).await?,
            None => editions.pause(*edition, &why, &[], now).await?,
        };
        let mend = "An address list that is old or was not gathered by consent does that, and a sender who goes on is refused by all.\n\
                    Look at what came back:\n  greenbrief replies list --kind bounce";
        let (subject, done, next) = match (paused, domain) {
            (true, Some(domain)) => (
                format!("{name} is paused for {domain}"),
                "paused for that domain",
                format!(
                    "No mail of it goes to {domain} any more. Once that is understood:\n  greenbrief editions resume {name} --domain {domain}\n\n{UNTIL_THEN}"
                ),
            ),
            (true, None) => (
                format!("{name} is paused"),
                "the edition is paused",
                format!(
                    "Nothing more of it is sent. Once that is understood:\n  greenbrief editions resume {name}\n\n{UNTIL_THEN}"
                ),
            ),
            (false, _) => (
                format!("many mails of {name} came back"),
                "it is paused already, or over",
                "It is paused already, or over: nothing else was done.".to_owned(),
            ),
        };
        let key = format!("bounces.{}.{}.{bounced}", name.replace('/', "."), domain.as_deref().unwrap_or("all"));
        self.notify(&subject, &format!("{name}: {why}.\n\n{mend}\n\n{next}\n"), &key, now).await?;
        Ok(format!("{why}: {done}"))
    }
}
