//! The words of joining in three languages: what a person agrees to, and the mails that ask for it. They hold nothing that
//! could count as advertising (BGH I ZR 164/09): who asks, what for, one link, and what happens without it.

use crate::base::language::Language;

/// The version of the words below that a person agrees to. A change of any of them is a new one.
const VERSION: &str = "2026-12";

/// What a person agrees to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentText {
    /// The version of the words, with their language: `2026-12/de`.
    pub version: String,
    /// The words, one line.
    pub text: String,
}

/// The words with which a person agrees to get a brief, from `sender`.
pub fn consent_text(language: Language, title: &str, sender: &str) -> ConsentText {
    let text = match language {
        Language::En => format!(
            "I want to get “{title}” from {sender} by mail at this address. I can end that at any time, by the link in each mail."
        ),
        Language::De => format!(
            "Ich möchte „{title}“ von {sender} per Mail an diese Adresse bekommen. Ich kann das jederzeit beenden, mit dem Link in jeder Mail."
        ),
        Language::Zh => {
            format!("我希望通过此邮箱地址接收{sender}的《{title}》。我可以随时通过每封邮件中的链接退订。")
        }
    };
    ConsentText { version: format!("{VERSION}/{language}"), text }
}

/// The words with which a person agrees to have briefs sent to another address.
pub fn address_consent_text(language: Language, titles: &[String], sender: &str) -> ConsentText {
    let list = quoted(language, titles);
    let text = match language {
        Language::En => format!(
            "I want to get {list} from {sender} by mail at this address from now on, no longer at the old one. I can end that at any time, by the link in each mail."
        ),
        Language::De => format!(
            "Ich möchte {list} von {sender} künftig per Mail an diese Adresse bekommen, nicht mehr an die alte. Ich kann das jederzeit beenden, mit dem Link in jeder Mail."
        ),
        Language::Zh => {
            format!(
                "我希望今后通过此邮箱地址（不再通过原地址）接收{sender}的{list}。我可以随时通过每封邮件中的链接退订。"
            )
        }
    };
    ConsentText { version: format!("{VERSION}/{language}"), text }
}

/// Titles in the quotation marks of a language: `“A”, “B” and “C”`.
pub fn quoted(language: Language, titles: &[String]) -> String {
    let mark = |title: &String| match language {
        Language::En => format!("“{title}”"),
        Language::De => format!("„{title}“"),
        Language::Zh => format!("《{title}》"),
    };
    let (comma, and) = match language {
        Language::En => (", ", " and "),
        Language::De => (", ", " und "),
        Language::Zh => ("、", "和"),
    };
    let marked: Vec<String> = titles.iter().map(mark).collect();
    match marked.split_last() {
        Some((last, first)) if !first.is_empty() => format!("{}{and}{last}", first.join(comma)),
        _ => marked.concat(),
    }
}

/// A subject that names the title, if there is one only.
fn subject(language: Language, what: &str, titles: &[String]) -> String {
    match titles {
        [title] => format!("{what}{}{title}", if language == Language::Zh { "：" } else { ": " }),
        _ => what.to_owned(),
    }
}

/// Who sends the mails: the imprint.
#[derive(Debug, Clone, Copy)]
pub struct Sender<'a> {
    /// Lines at the end of each mail: name, address, contact, privacy page.
    pub lines: &'a [String],
}

/// A mail of joining: plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinMail {
    /// One line.
    pub subject: String,
    /// The body.
    pub text: String,
}

impl JoinMail {
    fn new(subject: String, paragraphs: &[String], sender: Sender<'_>) -> JoinMail {
        let mut text = paragraphs.join("\n\n");
        text.push_str(if sender.lines.is_empty() { "\n" } else { "\n\n-- \n" });
        sender.lines.iter().for_each(|line| {
            text.push_str(line);
            text.push('\n');
        });
        JoinMail { subject: subject.split_whitespace().collect::<Vec<_>>().join(" "), text }
    }
}

/// How a person confirms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfirmBy<'a> {
    /// By a page.
    Page(&'a str),
    /// By a page at this address, or by an answer to the mail.
    PageOrMail(&'a str),
    /// By a mail to this address, where no page is reached.
    Mail(&'a str),
}

impl ConfirmBy<'_> {
    /// Asks for the one thing that confirms, and names where.
    fn ask(self, language: Language) -> String {
        match (self, language) {
            (ConfirmBy::Page(url), Language::En) => {
                format!("To confirm, open this page and press the button on it:\n\n{url}")
            }
            (ConfirmBy::Page(url), Language::De) => {
                format!("Zum Bestätigen öffnen Sie diese Seite und klicken dort auf die Schaltfläche:\n\n{url}")
            }
            (ConfirmBy::Page(url), Language::Zh) => format!("请打开以下页面并点击其中的按钮进行确认：\n\n{url}"),
            (ConfirmBy::PageOrMail(url), language) => {
                let or = match language {
                    Language::En => "Or just answer this mail; the answer may be empty.",
                    Language::De => "Oder antworten Sie einfach auf diese Mail; die Antwort darf leer sein.",
                    Language::Zh => "也可以直接回复本邮件，内容可以为空。",
                };
                format!("{}\n\n{or}", ConfirmBy::Page(url).ask(language))
            }
            (ConfirmBy::Mail(address), Language::En) => {
                format!("To confirm, answer this mail or write to this address; the mail may be empty:\n\n{address}")
            }
            (ConfirmBy::Mail(address), Language::De) => format!(
                "Zum Bestätigen antworten Sie auf diese Mail oder schreiben an diese Adresse; die Mail darf leer sein:\n\n{address}"
            ),
            (ConfirmBy::Mail(address), Language::Zh) => {
                format!("请直接回复本邮件，或向以下地址发送邮件进行确认，内容可以为空：\n\n{address}")
            }
        }
    }
}

/// What a person agrees to who confirms without having seen a page that says it.
fn agreed(language: Language, way: ConfirmBy<'_>, consent: &ConsentText) -> Option<String> {
    let ConsentText { text, .. } = consent;
    let words = match language {
        Language::En => format!("With that you say: “{}”", text.replace('“', "‘").replace('”', "’")),
        Language::De => format!("Damit erklären Sie: „{}“", text.replace('„', "‚").replace('“', "‘")),
        Language::Zh => format!("确认即表示：“{text}”"),
    };
    (!matches!(way, ConfirmBy::Page(_))).then_some(words)
}

/// What happens without an answer.
fn otherwise(language: Language) -> String {
    match language {
        Language::En => "If that was not you, do nothing: no further mail comes, and the request is deleted after 7 days.",
        Language::De => {
            "Waren Sie es nicht, dann tun Sie nichts: Es kommt keine weitere Mail, und die Anfrage wird nach 7 Tagen gelöscht."
        }
        Language::Zh => "如果不是您本人操作，请忽略此邮件：不会再有邮件发送，该请求将在7天后删除。",
    }
    .to_owned()
}

/// The mail that asks whether somebody really wants to join.
pub fn confirmation(
    language: Language,
    title: &str,
    way: ConfirmBy<'_>,
    consent: &ConsentText,
    sender: Sender<'_>,
) -> JoinMail {
    let (subject, why) = match language {
        Language::En => (
            format!("Please confirm: {title}"),
            format!("Somebody – you, we suppose – asked to have “{title}” sent to this address."),
        ),
        Language::De => (
            format!("Bitte bestätigen: {title}"),
            format!("Jemand – vermutlich Sie – hat „{title}“ für diese Adresse angefordert."),
        ),
        Language::Zh => (format!("请确认：{title}"), format!("有人（可能是您）申请将《{title}》发送到此地址。")),
    };
    asking(subject, why, language, way, consent, sender)
}

/// The mail that asks at a new address whether subscriptions may be moved to it, and names each.
pub fn confirm_address(
    language: Language,
    titles: &[String],
    way: ConfirmBy<'_>,
    consent: &ConsentText,
    sender: Sender<'_>,
) -> JoinMail {
    let list = quoted(language, titles);
    let (what, why) = match language {
        Language::En => (
            "Please confirm your new address",
            format!("Somebody – you, we suppose – asked to have {list} sent to this address from now on."),
        ),
        Language::De => (
            "Bitte neue Adresse bestätigen",
            format!("Jemand – vermutlich Sie – möchte {list} künftig an dieser Adresse bekommen."),
        ),
        Language::Zh => ("请确认新地址", format!("有人（可能是您）申请今后将{list}发送到此地址。")),
    };
    asking(subject(language, what, titles), why, language, way, consent, sender)
}

fn asking(
    subject: String,
    why: String,
    language: Language,
    way: ConfirmBy<'_>,
    consent: &ConsentText,
    sender: Sender<'_>,
) -> JoinMail {
    let paragraphs = [Some(why), Some(way.ask(language)), agreed(language, way, consent), Some(otherwise(language))];
    JoinMail::new(subject, &paragraphs.into_iter().flatten().collect::<Vec<_>>(), sender)
}

/// The answer to somebody who confirmed by mail, if no edition goes out that would be one.
pub fn confirmed(language: Language, titles: &[String], sender: Sender<'_>) -> JoinMail {
    let list = quoted(language, titles);
    let (what, text) = match language {
        Language::En => ("Confirmed", format!("Confirmed: we send {list} to this address from now on.")),
        Language::De => ("Bestätigt", format!("Bestätigt: Wir schicken {list} künftig an diese Adresse.")),
        Language::Zh => ("已确认", format!("已确认：{list}今后将发送到此地址。")),
    };
    JoinMail::new(subject(language, what, titles), &[text], sender)
}

/// The answer to somebody who said no to the mail that asked, or to what came of it.
pub fn refused(language: Language, titles: &[String], sender: Sender<'_>) -> JoinMail {
    let list = quoted(language, titles);
    let (what, text) = match language {
        Language::En => (
            "Declined",
            format!(
                "Understood: we do not send {list} to this address. If you have received it until now, that is over."
            ),
        ),
        Language::De => (
            "Abgelehnt",
            format!(
                "Verstanden: Wir schicken {list} nicht an diese Adresse. Falls Sie es bisher bekommen haben, ist das damit beendet."
            ),
        ),
        Language::Zh => {
            ("已拒绝", format!("已收到您的答复：我们不会向此地址发送{list}。如果您此前一直在接收，现已停止。"))
        }
    };
    JoinMail::new(subject(language, what, titles), &[text], sender)
}

/// The answer to somebody who left by mail.
pub fn has_left(language: Language, title: &str, sender: Sender<'_>) -> JoinMail {
    let (subject, what) = match language {
        Language::En => (format!("You have left “{title}”"), format!("You no longer get “{title}”.")),
        Language::De => (format!("„{title}“ ist abbestellt"), format!("Sie erhalten „{title}“ nicht mehr.")),
        Language::Zh => (format!("已退订《{title}》"), format!("您将不再收到《{title}》。")),
    };
    JoinMail::new(subject, &[what], sender)
}

/// The mail that tells the old address that subscriptions moved, to an address that is shown in part only.
pub fn address_changed(language: Language, titles: &[String], masked: &str, sender: Sender<'_>) -> JoinMail {
    let list = quoted(language, titles);
    let (what, text) = match language {
        Language::En => (
            "Your address was changed",
            format!("We send {list} to another address, {masked}, from now on. If that was not you, answer this mail."),
        ),
        Language::De => (
            "Ihre Adresse wurde geändert",
            format!(
                "Wir schicken {list} ab jetzt an eine andere Adresse, {masked}. Waren Sie das nicht, dann antworten Sie auf diese Mail."
            ),
        ),
        Language::Zh => {
            ("您的地址已更改", format!("{list}今后将发送到另一个地址{masked}。如果不是您本人操作，请回复此邮件。"))
        }
    };
    JoinMail::new(subject(language, what, titles), &[text], sender)
}

/// A brief that somebody gets, and the link with which that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveLink {
    /// The brief's title.
    pub title: String,
    /// A web address, or a mail address where there is no page.
    pub link: String,
    /// The page on which it is changed instead, if there is one.
    pub change: Option<String>,
}

/// The mail with the links that end subscriptions, for somebody who has no mail of ours at hand.
pub fn leave_links(language: Language, links: &[LeaveLink], sender: Sender<'_>) -> JoinMail {
    let are_mails = links.iter().all(|LeaveLink { link, .. }| !link.starts_with("http"));
    let (subject, why, not_you) = match language {
        Language::En => (
            "Your link to leave",
            if are_mails {
                "Somebody – you, we suppose – asked how to end what is sent to this address. A mail to the address under the \
                 title ends it; the mail may be empty:"
            } else {
                "Somebody – you, we suppose – asked how to end what is sent to this address. This ends it:"
            },
            "If that was not you, do nothing: nothing changes.",
        ),
        Language::De => (
            "Ihr Link zum Abmelden",
            if are_mails {
                "Jemand – vermutlich Sie – hat gefragt, wie sich das Abonnement dieser Adresse beenden lässt. Eine Mail an die \
                 Adresse unter dem Titel beendet es; die Mail darf leer sein:"
            } else {
                "Jemand – vermutlich Sie – hat gefragt, wie sich das Abonnement dieser Adresse beenden lässt. Damit endet es:"
            },
            "Waren Sie es nicht, dann tun Sie nichts: Es ändert sich nichts.",
        ),
        Language::Zh => (
            "您的退订链接",
            if are_mails {
                "有人（可能是您）询问如何退订发送到此地址的邮件。发送邮件到标题下方的地址即可退订，邮件可以为空："
            } else {
                "有人（可能是您）询问如何退订发送到此地址的邮件。通过以下链接退订："
            },
            "如果不是您本人操作，请忽略此邮件：不会有任何更改。",
        ),
    };
    let mut paragraphs = vec![why.to_owned()];
    let instead = match language {
        Language::En => "To change language, publication or address instead:",
        Language::De => "Um stattdessen Sprache, Publikation oder Adresse zu ändern:",
        Language::Zh => "如只需更改语言、简报或地址：",
    };
    paragraphs.extend(links.iter().map(|LeaveLink { title, link, change }| {
        let change = change.as_ref().map_or_else(String::new, |page| format!("\n{instead}\n{page}"));
        format!("{title}\n{link}{change}")
    }));
    paragraphs.push(not_you.to_owned());
    JoinMail::new(subject.to_owned(), &paragraphs, sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://brief.example.org/c/cabcdefghijklmnopqrstuvwxyz234567";

    fn mails(language: Language) -> [JoinMail; 7] {
        let lines = ["greenbrief".to_owned(), "Street 1, Berlin".to_owned(), "brief@example.org".to_owned()];
        let (title, sender) = ("Green\r\nBrief", Sender { lines: &lines });
        let consent = consent_text(language, title, "greenbrief");
        let titles = [title.to_owned()];
        let links = [LeaveLink { title: title.to_owned(), link: URL.to_owned(), change: None }];
        [
            confirmation(language, title, ConfirmBy::Page(URL), &consent, sender),
            confirm_address(language, &titles, ConfirmBy::Mail("confirm+x@example.org"), &consent, sender),
            address_changed(language, &titles, "a…@example.net", sender),
            leave_links(language, &links, sender),
            confirmed(language, &titles, sender),
            has_left(language, title, sender),
            refused(language, &titles, sender),
        ]
    }

    #[test]
    fn a_mail_says_why_it_came_and_holds_one_link() {
        for language in Language::ALL {
            for mail in mails(language) {
                assert!(!mail.subject.contains(['\r', '\n']), "{mail:?}");
                let links = mail.text.matches("https://").count() + mail.text.matches("confirm+").count();
                assert!(links <= 1, "{mail:?}");
                assert!(mail.text.ends_with("\n-- \ngreenbrief\nStreet 1, Berlin\nbrief@example.org\n"), "{mail:?}");
            }
            let confirmation = &mails(language)[0];
            assert!(confirmation.text.contains(&format!("\n\n{URL}\n\n")) && confirmation.text.contains('7'));
        }
    }

    #[test]
    fn a_mail_with_a_link_to_leave_says_how_to_change_things_instead() {
        let change = Some("https://brief.example.org/p/x".to_owned());
        let link = LeaveLink { title: "Brief".to_owned(), link: URL.to_owned(), change };
        let mail = leave_links(Language::De, &[link], Sender { lines: &[] });
        let instead = "Um stattdessen Sprache, Publikation oder Adresse zu ändern:\nhttps://brief.example.org/p/x\n\n";
        assert!(mail.text.contains(&format!("Brief\n{URL}\n{instead}")), "{}", mail.text);
    }

    #[test]
    fn a_change_of_address_names_all_that_moves() {
        let titles = ["Green Brief".to_owned(), "Hydrogen".to_owned(), "Rail".to_owned()];
        for (language, list) in [
            (Language::En, "“Green Brief”, “Hydrogen” and “Rail”"),
            (Language::De, "„Green Brief“, „Hydrogen“ und „Rail“"),
            (Language::Zh, "《Green Brief》、《Hydrogen》和《Rail》"),
        ] {
            let (consent, sender) = (address_consent_text(language, &titles, "greenbrief"), Sender { lines: &[] });
            assert!(consent.text.contains(list), "{consent:?}");
            for mail in [
                confirm_address(language, &titles, ConfirmBy::Page(URL), &consent, sender),
                address_changed(language, &titles, "a…@example.net", sender),
                confirmed(language, &titles, sender),
            ] {
                assert!(mail.text.contains(list) && !mail.subject.contains("Rail"), "{mail:?}");
            }
            assert!(confirmed(language, &titles[..1], sender).subject.ends_with("Green Brief"));
        }
    }

    #[test]
    fn what_is_agreed_to_has_a_version_and_a_language() {
        let texts = Language::ALL.map(|language| consent_text(language, "Green Brief", "greenbrief"));
        let versions: Vec<&str> = texts.iter().map(|text| text.version.as_str()).collect();
        assert_eq!(versions, ["2026-12/en", "2026-12/de", "2026-12/zh"]);
        assert!(texts.iter().all(|text| text.text.contains("Green Brief") && text.text.contains("greenbrief")));
    }
}
