//! The settings that `serve` requires before mails leave the machine: who sends, who is responsible, how to leave.

use crate::{
    base::problem::{Problem, Problems},
    config::{model::Config, settings::mail::Transport},
    people::subscribers::Address,
};

impl Config {
    /// What `serve` refuses to start without, and what should be looked at, if mails leave the machine; nothing with the
    /// folder transport.
    pub fn ready_to_serve(&self) -> Problems {
        check(self)
    }
}

fn check(config: &Config) -> Problems {
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
    if config.operators.is_empty() {
        report(
            Problem::warning("nobody is told when something goes wrong: `operators.email` is missing")
                .hint("write [operators] and below it email = \"you@…\""),
        );
    }
    let addresses = [
        ("mail.from", Some(&config.mail.from_address)),
        ("mail.unsubscribe_mailbox", config.mail.unsubscribe_mailbox.as_ref()),
    ];
    let operators = config.operators.iter().map(|address| ("operators.email", Some(address)));
    for (key, address) in addresses.into_iter().chain(operators) {
        if let Some(address) = address.filter(|address| is_example(address)) {
            report(
                Problem::warning(format!("`{key}` is still the example {address}: no mail reaches it"))
                    .hint("put your own address there"),
            );
        }
    }
    problems
}

/// A domain that is reserved for examples (RFC 2606 §3).
fn is_example(address: &Address) -> bool {
    ["example.org", "example.com", "example.net"].iter().any(|example| {
        address.domain().strip_suffix(example).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}
