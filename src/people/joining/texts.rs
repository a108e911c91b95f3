//! The words of joining in three languages: what a person agrees to, and the mails that ask for it. They hold nothing that
//! could count as advertising (BGH I ZR 164/09): who asks, what for, one link, and what happens without it.

use crate::base::language::Language;

/// The version of the words below that a person agrees to. A change of any of them is a new one.
const VERSION: &str = "2026-11";

/// What a person agrees to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsentText {
    /// The version of the words, with their language: `2026-11/de`.
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
            "Ich möchte „{title}“ von {sender} per E-Mail an diese Adresse bekommen. Ich kann das jederzeit beenden, mit dem Link in jeder Mail."
        ),
        Language::Zh => {
            format!("我希望通过此邮箱地址接收{sender}的《{title}》。我可以随时通过每封邮件中的链接退订。")
        }
    };
    ConsentText { version: format!("{VERSION}/{language}"), text }
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
        text.push_str("\n\n-- \n");
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
    /// By a mail to this address, where no page is reached.
    Mail(&'a str),
}

impl ConfirmBy<'_> {
    /// Asks for the one thing that confirms, and names where.
    fn ask(self, language: Language) -> String {
        match (self, language) {
            (ConfirmBy::Page(url), Language::En) => {
                format!("To confirm, open this page and press its button:\n\n{url}")
            }
            (ConfirmBy::Page(url), Language::De) => {
                format!("Zum Bestätigen öffnen Sie diese Seite und drücken dort den Knopf:\n\n{url}")
            }
            (ConfirmBy::Page(url), Language::Zh) => format!("请打开以下页面并点击其中的按钮进行确认：\n\n{url}"),
            (ConfirmBy::Mail(address), Language::En) => {
                format!("To confirm, send a mail to this address; it may be empty:\n\n{address}")
            }
            (ConfirmBy::Mail(address), Language::De) => {
                format!("Zum Bestätigen senden Sie eine Mail an diese Adresse, sie darf leer sein:\n\n{address}")
            }
            (ConfirmBy::Mail(address), Language::Zh) => {
                format!("请向以下地址发送一封邮件进行确认，内容可以为空：\n\n{address}")
            }
        }
    }
}

/// What happens without the click.
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
pub fn confirmation(language: Language, title: &str, way: ConfirmBy<'_>, sender: Sender<'_>) -> JoinMail {
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
    JoinMail::new(subject, &[why, way.ask(language), otherwise(language)], sender)
}

/// The mail that asks at a new address whether a subscription may be moved to it.
pub fn confirm_address(language: Language, title: &str, way: ConfirmBy<'_>, sender: Sender<'_>) -> JoinMail {
    let (subject, why) = match language {
        Language::En => (
            format!("Please confirm your new address: {title}"),
            format!("Somebody – you, we suppose – asked to have “{title}” sent to this address from now on."),
        ),
        Language::De => (
            format!("Bitte neue Adresse bestätigen: {title}"),
            format!("Jemand – vermutlich Sie – möchte „{title}“ künftig an dieser Adresse bekommen."),
        ),
        Language::Zh => {
            (format!("请确认新地址：{title}"), format!("有人（可能是您）申请今后将《{title}》发送到此地址。"))
        }
    };
    JoinMail::new(subject, &[why, way.ask(language), otherwise(language)], sender)
}

/// The mail that tells the old address that the subscription moved, to an address that is shown in part only.
pub fn address_changed(language: Language, title: &str, masked: &str, sender: Sender<'_>) -> JoinMail {
    let (subject, what) = match language {
        Language::En => (
            format!("Your address was changed: {title}"),
            format!("“{title}” goes to {masked} from now on. If that was not you, answer this mail."),
        ),
        Language::De => (
            format!("Ihre Adresse wurde geändert: {title}"),
            format!("„{title}“ geht von jetzt an {masked}. Waren Sie das nicht, dann antworten Sie auf diese Mail."),
        ),
        Language::Zh => (
            format!("您的地址已更改：{title}"),
            format!("《{title}》今后将发送到{masked}。如果不是您本人操作，请回复此邮件。"),
        ),
    };
    JoinMail::new(subject, &[what], sender)
}

/// A brief that somebody gets, and the link with which that ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaveLink {
    /// The brief's title.
    pub title: String,
    /// A web address, or a mail address where there is no page.
    pub link: String,
}

/// The mail with the links that end subscriptions, for somebody who has no mail of ours at hand.
pub fn leave_links(language: Language, links: &[LeaveLink], sender: Sender<'_>) -> JoinMail {
    let (subject, why, not_you) = match language {
        Language::En => (
            "Your link to leave",
            "Somebody – you, we suppose – asked how to end what is sent to this address. This ends it:",
            "If that was not you, do nothing: nothing changes.",
        ),
        Language::De => (
            "Ihr Link zum Abmelden",
            "Jemand – vermutlich Sie – hat gefragt, wie sich das Abonnement dieser Adresse beenden lässt. Damit endet es:",
            "Waren Sie es nicht, dann tun Sie nichts: Es ändert sich nichts.",
        ),
        Language::Zh => (
            "您的退订链接",
            "有人（可能是您）询问如何退订发送到此地址的邮件。通过以下链接退订：",
            "如果不是您本人操作，请忽略此邮件：不会有任何更改。",
        ),
    };
    let mut paragraphs = vec![why.to_owned()];
    paragraphs.extend(links.iter().map(|LeaveLink { title, link }| format!("{title}\n{link}")));
    paragraphs.push(not_you.to_owned());
    JoinMail::new(subject.to_owned(), &paragraphs, sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://brief.example.org/c/cabcdefghijklmnopqrstuvwxyz234567";

    fn mails(language: Language) -> [JoinMail; 4] {
        let lines = ["greenbrief".to_owned(), "Street 1, Berlin".to_owned(), "brief@example.org".to_owned()];
        let (title, sender) = ("Green\r\nBrief", Sender { lines: &lines });
        let links = [LeaveLink { title: title.to_owned(), link: URL.to_owned() }];
        [
            confirmation(language, title, ConfirmBy::Page(URL), sender),
            confirm_address(language, title, ConfirmBy::Mail("confirm+x@example.org"), sender),
            address_changed(language, title, "a…@example.net", sender),
            leave_links(language, &links, sender),
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
    fn what_is_agreed_to_has_a_version_and_a_language() {
        let texts = Language::ALL.map(|language| consent_text(language, "Green Brief", "greenbrief"));
        let versions: Vec<&str> = texts.iter().map(|text| text.version.as_str()).collect();
        assert_eq!(versions, ["2026-11/en", "2026-11/de", "2026-11/zh"]);
        assert!(texts.iter().all(|text| text.text.contains("Green Brief") && text.text.contains("greenbrief")));
    }
}
