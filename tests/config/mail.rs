//! `[mail]`: relays, pace and what `serve` needs before it sends.

use std::fs;

use greenbrief::{
    base::problem::Severity,
    config::{self, Tls, Transport},
    delivery::rules::DeliveryGuarantee,
};

use super::{BRIEF, SMTP, golden, load, load_with, make_private, project, refused, shown};

#[test]
fn what_becomes_of_a_mail_in_doubt_is_one_of_two_words() {
    let folder = project(SMTP, &[("green-economy.toml", BRIEF)]);
    let environment = |name: &str| (name == config::SMTP_PASSWORD).then(|| "hunter2".to_owned());
    for (set, wanted) in [
        (&[][..], DeliveryGuarantee::AtMostOnce),
        (&[("mail.unknown", "at_most_once")][..], DeliveryGuarantee::AtMostOnce),
        (&[("mail.unknown", "at_least_once")][..], DeliveryGuarantee::AtLeastOnce),
    ] {
        assert_eq!(load_with(&folder, set, &environment).unwrap().0.mail.unknown, wanted);
    }
    let problems = load_with(&folder, &[("mail.unknown", "at_leastonce")], &environment).unwrap_err();
    assert_eq!(
        problems.to_string(),
        "error: this is none of \"at_most_once\", \"at_least_once\"\n --> --set mail.unknown=…:1:14\n   |\n 1 | \
         mail.unknown=at_leastonce\n   |              ^^^^^^^^^^^^\n   = hint: did you mean `at_least_once`?"
    );
}

#[test]
fn serve_with_smtp_needs_an_imprint_and_a_way_to_leave() {
    let bare = "[mail]\ntransport = \"smtp\"\nfrom = \"brief@example.org\"\nhost = \"smtp.example.org\"\n";
    let folder = project(bare, &[("green-economy.toml", BRIEF)]);
    let (config, _) = load(&folder, &[]).unwrap();
    let problems = config.ready_to_serve();
    assert!(problems.has_errors());
    golden("config-not-ready", &shown(&folder, &problems));
    let only_warnings = SMTP.replace("greenbrief.dev", "example.org").replace("username = \"brief\"\n", "");
    let folder = project(&only_warnings, &[("green-economy.toml", BRIEF)]);
    let (config, _) = load(&folder, &[]).unwrap();
    // Each at its own line: an error for who sends, a warning for who checks.
    let (errors, warnings) = (config.ready_to_serve(), config.nearly_ready_to_serve());
    let told: Vec<String> =
        errors.0.iter().map(|problem| format!("{} {}", problem.place.as_ref().unwrap().line, problem.what)).collect();
    assert_eq!(
        told,
        [
            "3 `mail.from` is still an example",
            "4 `mail.unsubscribe_mailbox` is still an example",
            "5 `mail.host` is still an example",
            "10 `imprint.contact` is still an example",
            "11 `imprint.privacy_url` is still an example",
            "14 `operators.email` is still an example",
        ]
    );
    assert!(errors.0.iter().all(|problem| problem.severity == Severity::Error), "{errors}");
    assert!(warnings.0.len() == 6 && !warnings.has_errors(), "{warnings}");
    let street = SMTP.replace("Street 1, Berlin", "Example Street 1, Berlin").replace("username = \"brief\"\n", "");
    let folder = project(&street, &[("green-economy.toml", BRIEF)]);
    let (config, _) = load(&folder, &[]).unwrap();
    assert_eq!(
        shown(&folder, &config.ready_to_serve()),
        "error: `imprint.address` is still an example\n --> config/greenbrief.toml:9:11\n   |\n \
         9 | address = \"Example Street 1, Berlin\"\n   |           ^^^^^^^^^^^^^^^^^^^^^^^^^^\n   \
         = hint: put your own here: mails leave the machine with transport = \"smtp\""
    );
    // Nothing leaves the machine with the folder.
    let folder = project(&street.replace("\"smtp\"", "\"folder\""), &[("green-economy.toml", BRIEF)]);
    assert!(load(&folder, &[]).unwrap().0.ready_to_serve().is_empty());
}

#[test]
fn further_relays_and_the_pace_are_read() {
    let more = "
[mail.relays.second]
host = \"smtp2.greenbrief.dev\"
tls = \"starttls\"
username = \"two\"
password_file = \"../two\"
connections = 4
weight = 3

[mail.relays.reserve]
host = \"smtp3.greenbrief.dev\"
weight = 0

[mail.domains.\"QQ.com\"]
connections = 1
rate = \"60 per minute\"

[mail.domains.\"gmx.de\"]
";
    let folder = project(&format!("{SMTP}{more}"), &[("green-economy.toml", BRIEF)]);
    fs::write(folder.path().join("two"), "hunter3\n").unwrap();
    make_private(&folder.path().join("two"));
    let environment = |name: &str| (name == config::SMTP_PASSWORD).then(|| "hunter2".to_owned());
    let overrides =
        [("mail.rate", "10 per second"), ("mail.mails_per_connection", "7"), ("mail.domain_connections", "3")];
    let (config, warnings) =
        load_with(&folder, &overrides, &environment).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(warnings.is_empty(), "{warnings}");
    assert!(!format!("{config:?}").contains("hunter"));
    let Transport::Smtp(first) = &config.mail.transport else { panic!() };
    assert_eq!((first.weight, first.login.as_ref().unwrap().password.as_ref().unwrap().expose()), (1, "hunter2"));
    let [("reserve", reserve), ("second", second)] =
        &*config.mail.relays.iter().map(|(name, relay)| (name.as_str(), relay)).collect::<Vec<_>>()
    else {
        panic!()
    };
    assert_eq!((reserve.weight, reserve.connections, reserve.port, &reserve.login), (0, 2, 465, &None));
    assert_eq!((second.weight, second.connections, second.port, second.tls), (3, 4, 587, Tls::Starttls));
    // The environment's password is the first relay's.
    assert_eq!(second.login.as_ref().unwrap().password.as_ref().unwrap().expose(), "hunter3");
    let pace = &config.mail.pace;
    let second = std::time::Duration::from_secs(1);
    assert_eq!(pace.rate, Some(config::Rate { mails: 10, per: second }));
    assert_eq!((pace.mails_per_connection, pace.domain_connections), (7, Some(3)));
    let minutely = Some(config::Rate { mails: 60, per: 60 * second });
    assert_eq!(pace.domains["qq.com"], config::DomainPace { connections: Some(1), rate: minutely });
    assert_eq!(pace.domains["gmx.de"], config::DomainPace { connections: None, rate: None });

    let (plain, _) = load_with(&project(SMTP, &[("green-economy.toml", BRIEF)]), &[], &environment).unwrap();
    assert!(plain.mail.relays.is_empty());
    let pace = &plain.mail.pace;
    assert_eq!((pace.mails_per_connection, pace.rate, pace.domain_connections), (100, None, None));
}

#[test]
fn what_is_wrong_with_relays_and_pace_is_told_at_once() {
    let settings = "
[mail]
transport = \"smtp\"
from = \"Brief <brief@greenbrief.dev>\"
host = \"smtp.greenbrief.dev\"
weight = -1
rate = \"fast\"
mails_per_connection = 0
domain_connections = \"two\"

[mail.relays.first]
host = \"smtp1.greenbrief.dev\"

[mail.relays.second]
weight = 1
user = \"two\"

[mail.relays.\"a b\"]
host = \"smtp3.greenbrief.dev\"
username = \"three\"
password = \"hunter2\"

[mail.relays.fourth]
host = \"smtp4.greenbrief.dev\"
username = \"four\"

[mail.relays.fifth]
host = \"smtp5.greenbrief.dev\"
password_file = \"five\"

[mail.domains.qq.com]
connections = 1

[mail.domains.\"me@163.com\"]
rate = \"1 per second\"

[mail.domains.\"gmx.de\"]
connections = 0
rate = 60

[mail.domains.\"web.de\"]
rate = \"60 per fortnight\"
";
    let folder = project(settings, &[("green-economy.toml", BRIEF)]);
    let text = refused(&folder, &[]);
    assert!(!text.contains("hunter2"));
    golden("config-relays", &text);

    let none = SMTP.replace("username = \"brief\"\n", "weight = 0\n");
    let both = format!("{none}\n[mail.relays.second]\nhost = \"smtp2.greenbrief.dev\"\nweight = 0\n");
    for (settings, what) in [(none, "the only relay has weight 0"), (both, "all relays have weight 0")] {
        let text = refused(&project(&settings, &[("green-economy.toml", BRIEF)]), &[]);
        assert!(text.starts_with(&format!("error: {what}")) && text.contains("weight = 0\n"), "{text}");
        assert!(text.ends_with("give a weight of 1 or more to the one that mails usually go by"), "{text}");
    }
}
