//! The settings that `serve` requires before mails leave the machine: who sends, who is responsible, how to leave.

use crate::{
    base::problem::{Problem, Problems, Severity},
    config::{model::Config, settings::mail::Transport},
};

impl Config {
    /// What `serve` refuses to start without, and what should be looked at, if mails leave the machine; nothing with the
    /// folder transport.
    pub fn ready_to_serve(&self) -> Problems {
        check(self, Severity::Error)
    }

    /// The same of a config that may still be written on: values that stand there as they were shipped are warnings.
    pub fn nearly_ready_to_serve(&self) -> Problems {
        check(self, Severity::Warning)
    }
}

fn check(config: &Config, placeholders: Severity) -> Problems {
    let mut problems = Problems::new();
    let Transport::Smtp(_) = config.mail.transport else { return problems };
    let place = config.mail.place_of_transport.clone();
    let mut report = |mut problem: Problem| {
        problem.place = place.clone();
        problems.push(problem);
    };
    match &config.imprint {
        None => report(
            Problem::error("with smtp, every mail says who is responsible: [imprint] is missing")
                .hint("write [imprint] and below it name, address, contact and privacy_url"),
        ),
        Some(imprint) if imprint.privacy_url.is_none() => report(
            Problem::error(
                "with smtp, every mail says what is kept about its reader: `imprint.privacy_url` is missing",
            )
            .hint("write privacy_url = \"https://…\" below [imprint]"),
        ),
        Some(_) => {}
    }
    if config.mail.unsubscribe_mailbox.is_none() {
        report(
            Problem::error("with smtp, every mail says how to leave: `mail.unsubscribe_mailbox` is missing")
                .hint("write unsubscribe_mailbox = \"unsubscribe@…\" below [mail]: a mailbox that somebody reads"),
        );
    }
    if config.public_web.is_none() && !config.replies.are_read() {
        report(
            Problem::warning(
                "readers leave by hand only: there is no page for leaving, and no mailbox that is read here; Gmail and Yahoo want one click (RFC 8058)",
            )
            .hint("write [web.public] and below it url = \"https://…\", or [replies]; until then somebody reads `mail.unsubscribe_mailbox` and runs `greenbrief subscribers remove --token TOKEN`"),
        );
    }
    if config.operators.is_empty() {
        report(
            Problem::warning("nobody is told when something goes wrong: `operators.email` is missing")
                .hint("write [operators] and below it email = \"you@…\""),
        );
    }
    let shipped = config.placeholders.0.iter().cloned();
    problems.extend(shipped.map(|problem| Problem { severity: placeholders, ..problem }));
    problems
}
