//! Answers as people, programs and mail programs write them: which are a yes, a no, or neither.

use super::*;

const SUBJECT: &str = "Please confirm: Notes, not news";
const TEXT: &str = "Somebody – you, we suppose – asked to have “Notes, not news” sent to this address.\n\n\
    To confirm, answer this mail or write to this address; the mail may be empty:\n\nconfirm+cabc@example.org\n\n\
    With that you say: “I want to get ‘Notes, not news’ from Example Office by mail at this address. I can end that at \
    any time, by the link in each mail.”\n\n\
    If that was not you, do nothing: no further mail comes, and the request is deleted after 7 days.\n\n-- \n\
    Example Office\nNo Street 5\n";

fn to(subject: &str, text: &str) -> Answer {
    let text = text.replace("QUOTED", &TEXT.lines().map(|line| format!("> {line}\n")).collect::<String>());
    let text = text.replace("WHOLE", TEXT);
    let answered = Answered { subject: subject.to_owned(), text, is_whole: true, ..Answered::default() };
    answered.to(SUBJECT, TEXT)
}

#[test]
fn only_what_is_empty_or_means_yes_is_a_yes() {
    let re = "Re: Please confirm: Notes, not news";
    for text in [
        "",
        "QUOTED",
        "Yes, please\n\nQUOTED",
        "QUOTED\n\nok\n",
        "Ja, gern!\n\nGesendet von meinem Telefon\n",
        "Hallo,\n\nhiermit bestätige ich.\n\nMit freundlichen Grüßen\nAnna Müller\n",
        "确认\n",
        "是的，\n\n发自我的iPhone\n",
        "ok\n-- \nAnna Müller\nBeispielweg 5\n\nQUOTED",
        "ok\n\nOn Mon, 30 Nov 2026 at 07:00, Brief wrote:\nQUOTED",
        "ok\n\nOn Mon, 30 Nov 2026 at 07:00, Green Economy Brief <brief@example.org>\nwrote:\n\nWHOLE",
        "Am 30.11.2026 um 07:00 schrieb Brief <b@example.org>:\nWHOLE",
        "好的\n在 2026-11-30 07:00:00，“Brief” <b@example.org> 写道：\nQUOTED",
        "\n-----Original Message-----\nFrom: Brief <b@example.org>\nSent: Monday, 30 November 2026 07:00\nTo: Anna\n\
         Subject: Please confirm: Notes, not news\n\nWHOLE",
        "> Somebody – you, we suppose – asked to\n> have “Notes, not news” sent to this\n> address.\n",
        "> confirm+cabc@example.org <mailto:confirm+cabc@example.org>\n",
        "Ja\n\nAm Mo., 30. Nov. 2026 um 12:03 Uhr schrieb Green Economy Brief <\nbrief@example.org>:\n\nQUOTED",
        "Am Mo., 30. Nov. 2026 um 12:03 Uhr schrieb Green Economy Brief\n<brief@example.org>:\n\nQUOTED",
        "Am 30.11.26 um 12:03 schrieb Green Economy Brief:\nQUOTED\nJa\n\n-- \nOtto Maier\n",
        "oui, ok\n\nLe lun. 30 nov. 2026 à 12:03, Green Economy Brief <brief@example.org> a\nécrit :\n\nQUOTED",
        "yes\n\nSent with Proton Mail secure email.\n\nOn Monday, November 30th, 2026 at 12:03, Brief <b@example.org> \
         wrote:\n\nQUOTED",
        "确认，谢谢！",
        "您好，我确认订阅。",
        "Passt, danke",
        "Hiermit bestätige ich das Abonnement.",
        "Guten Tag, ja, ich möchte den Newsletter abonnieren.",
        "Yes, I want to subscribe.",
    ] {
        assert_eq!(to(re, text), Answer::Yes, "{text}");
    }
    assert_eq!(to("Re", "ja"), Answer::Yes);
    assert_eq!(to("My newsletter", "Yes, please"), Answer::Yes);
    for subject in [
        "",
        "AW: Re: Please confirm: Notes, not news",
        "[EXT] Re: Please confirm",
        "confirm",
        "确认订阅",
        "Newsletter",
        "Hello",
    ] {
        assert_eq!(to(subject, ""), Answer::Yes, "{subject}");
    }
}

#[test]
fn a_sentence_of_words_that_mean_no_is_one() {
    let re = "Re: Please confirm: Notes, not news";
    for text in [
        "That was not me!",
        "NO\n\nQUOTED",
        "QUOTED\n\nNo, thanks.",
        "WHOLE\nno",
        "I didn’t ask for this",
        "I do not confirm.",
        "Wrong address, please delete it. Thank you",
        "Hello\n\nI have not subscribed, please remove me from your list.\n\nBest regards\nAnna Miller\n",
        "Das war ich nicht.",
        "Nein danke",
        "Guten Tag,\n\nich habe das nicht bestellt. Bitte löschen Sie meine Adresse!\n\nMit freundlichen Grüßen\nAnna Müller",
        "Ich bestätige das nicht.",
        "Kein Interesse",
        "Non merci",
        "拒绝",
        "不是我申请的",
        "我没有订阅，请删除。",
        "否",
        "不用了，谢谢",
        "别发了",
        "算了",
        "非本人操作",
        "Ich lehne ab",
        "Abmeldung",
        "No, delete it",
        "Not mine, please remove me",
        "Is not mine",
        "不，谢谢",
        "take me off your list",
        "Doch nicht.",
        "Lieber nicht",
        "Rather not",
        "n",
        "👎",
        "QUOTED\n\n👎🏽\n",
        "❌❌❌ !!!",
        "-- \nUnsubscribe me",
    ] {
        assert_eq!(to(re, text), Answer::No, "{text}");
    }
    for subject in ["STOP", "Nein", "unsubscribe green-economy", "退订"] {
        assert_eq!(to(subject, ""), Answer::No, "{subject}");
    }
    for text in [
        "Nein danke. Woher haben Sie meine Adresse?",
        "No!\n\nI shall sue whoever typed this.\nQUOTED",
        "WHOLE\nLine\nLine\nLine\nLine\nLine\nLine\nLine\nLine\nLine\nStop this",
    ] {
        assert_eq!(to(re, text), Answer::NoAndMore, "{text}");
    }
    assert_eq!(to("Stop", "Who are you?"), Answer::NoAndMore);
    assert_eq!(to("Who are you?", "No"), Answer::NoAndMore);
}

#[test]
fn a_word_of_a_no_keeps_an_answer_from_being_a_yes() {
    let re = "Re: Please confirm: Notes, not news";
    for text in [
        "ok\n\nQUOTED\nplease remove me",
        "> No",
        "On Mon, 30 Nov 2026 I did not ask, he wrote:\nQUOTED",
        "yes\nno",
        "Yes! No spam, please.",
        "confirm, no spam please",
        "From: anna@example.net, I do not want this",
        "An: ich will das nicht, anna@example.net",
        "发件人：我不要 abc@qq.com",
        "日期：别再给我发邮件了2026 谢谢",
        // No answer at all.
        "I am not in the office until Monday.",
        "I am off.",
        "I did not get the mail.",
        "Not?",
        "Ich bin bis Montag nicht da.",
        "Diese Mail wird nicht gelesen. Bitte nicht antworten.",
        "Please do not reply.",
        "No problem!",
        "没问题",
        "Please do not remove me.",
        "This is not spam.",
        "Don't stop!",
        "Please do not unsubscribe me.",
        "That was not a mistake.",
        "I did not cancel my subscription.",
        "I did not want to unsubscribe",
        "Please do not cancel, I want it",
        "Do not take me off the list",
        "Das ist kein Spam.",
        "Das war kein Irrtum.",
        "Bitte nicht löschen!",
        "Bitte nicht abmelden",
        "这不是垃圾邮件",
        "请不要取消",
        "请勿删除",
        "我没有取消订阅",
        "不要退订",
        "我没收过邮件",
        "No, I confirm.",
        "Did you delete my subscription",
        "Was it not for me",
        "我不在办公室",
        "不好意思",
    ] {
        assert_eq!(to(re, text), Answer::LikeNo, "{text}");
    }
    for subject in ["(no subject)", "[SPAM] Please confirm: Notes, not news", "Ich bin nicht da"] {
        assert_eq!(to(subject, ""), Answer::LikeNo, "{subject}");
    }
    assert_eq!(to("No", "yes"), Answer::LikeNo);
    let others = Answered { others: "No!".to_owned(), text: "yes".to_owned(), is_whole: true, ..Answered::default() };
    assert_eq!(others.to(SUBJECT, TEXT), Answer::LikeNo);
    // Of a mail that is kept no more nothing is known as ours, and its own words are no answer.
    for text in [TEXT.to_owned(), "Waren Sie es nicht, dann tun Sie nichts: Es kommt keine weitere Mail".to_owned()] {
        let quotes = Answered { text, is_whole: true, ..Answered::default() };
        assert_eq!(quotes.to("", ""), Answer::LikeNo);
    }
}

#[test]
fn what_says_something_else_is_for_a_person() {
    let re = "Re: Please confirm: Notes, not news";
    for text in [
        "I am out of the office until Monday.",
        "Ich bin bis zum 7. Dezember im Urlaub.\n\nQUOTED",
        "Your request has been received (ticket 4711).\n\nQUOTED",
        "QUOTED\n\nWho are you?",
        "yes\n\nBut in German please, and from January.",
        "Anna",
        "-- \nWho is this?",
        "yes maybe",
        "请稍等",
        "that was you",
        "Sent from my desk. Leave me alone",
        "Who wrote this:\nQUOTED",
        "Am 30.11. schrieb ich Ihnen schon",
        "Am 30.11.2026 hat jemand ohne mein Wissen meine Adresse anna@example.net bei Ihnen eingetragen.",
        "On 30 Nov somebody signed me up (anna@example.net), please take me out of it.",
        "Le 30 novembre quelqu’un a utilisé mon adresse anna@example.net, arrêtez",
        "On Monday I found 3 of these in my inbox, I am angry,\n\nQUOTED",
        "Date: I have 2 kids and want peace",
        "Date: I have 2 kids and want peace\nQUOTED",
        "-- \nAnna Miller\nLeave me alone.",
        "--\nAnna\nLassen Sie mich in Ruhe.",
        "\n-- \nAnna Müller\nBeispielweg 5\n\nQUOTED",
        "Sent with regret, leave me alone",
        "Gesendet von jemandem, den ich anzeigen werde",
        "Yes\nThanks\nleave me alone",
        "Hello\nOK?\nBest regards\nWho is this",
        "Confirm?",
        "_____ original sin",
        "👎👍",
        "🙂",
        "On 30 November,\nI wrote to you. Please call me.",
        "On 30 November,",
        "QUOTED\n-- \nOtto\nPlease call me first!",
        "谢谢您的来信",
    ] {
        assert_eq!(to(re, text), Answer::Unclear, "{text}");
    }
    for subject in ["[#4711] Your request", "Abwesend bis Montag", "Frage"] {
        assert_eq!(to(subject, ""), Answer::Unclear, "{subject}");
    }
    assert_eq!(to("Ticket 4711", "ok"), Answer::Unclear);
    // What cannot be read may say anything, but beside a yes.
    let beside = |text: &str| Answered { text: text.to_owned(), is_whole: true, has_more: true, ..Answered::default() };
    assert_eq!(beside("").to(SUBJECT, TEXT), Answer::Unclear);
    assert_eq!(beside("yes").to(SUBJECT, TEXT), Answer::Yes);
    // Nor is what was not read to its end.
    assert_eq!(Answered::default().to(SUBJECT, TEXT), Answer::Unclear);
    // Of a mail that is kept no more, nothing is known as ours.
    let text = TEXT.to_owned();
    let quotes = Answered { text, is_whole: true, ..Answered::default() };
    assert_ne!(quotes.to("", ""), Answer::Yes);
}

/// Of a whole mail: what is encrypted, drawn or attached may say no.
#[test]
fn what_is_no_text_confirms_nothing_without_a_yes() {
    let picture = "--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n";
    let mixed = |text: &str, more: &str| format!("multipart/mixed; boundary=b\n\n--b\n\n{text}\n{more}");
    for (wanted, content) in [
        (Answer::Yes, "text/plain\n\n".to_owned()),
        (Answer::Yes, "text/html\n\n<p></p>".to_owned()),
        (Answer::Unclear, "application/pkcs7-mime; smime-type=enveloped-data\n\nMIIB".to_owned()),
        (Answer::Unclear, "text/html\n\n<img alt=\"No thanks\">".to_owned()),
        (Answer::Unclear, "message/rfc822\n\nSubject: No\n\nNo".to_owned()),
        (Answer::Unclear, mixed("", "--b\nContent-Type: application/ms-tnef\n\nx\n--b--\n")),
        (Answer::Unclear, mixed("", "--b\nContent-Type: application/octet-stream\n\nNO\n--b--\n")),
        (Answer::Unclear, mixed("", picture)),
        (Answer::Yes, mixed("Yes, please", picture)),
        (Answer::No, mixed("No", picture)),
    ] {
        let mail = format!("From: anna@example.net\nContent-Type: {content}");
        let opened = super::super::open::open(mail.as_bytes()).unwrap();
        assert_eq!(opened.answered(opened.is_cut).to(SUBJECT, TEXT), wanted, "{mail}");
    }
}
