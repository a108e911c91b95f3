//! The words of the pages in their three languages. Which of them stand on a page its template says; what a person sees of a
//! brief in mails and PDFs is in `document::brief`. Long, since it is one table.

pub(super) mod archive;
mod three;

use self::three::three;
use crate::base::language::{Language, PerLanguage};

/// The text with this key, with `{name}` replaced by the value of that name. `None` if there is no such text.
pub(super) fn text<'a>(key: &str, language: Language, value: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let texts = all().find(|(known, _)| *known == key).map(|(_, texts)| texts)?;
    let (mut rest, mut text) = (*texts.get(language), String::new());
    while let Some((before, name, after)) = placeholder(rest) {
        text.push_str(before);
        text.push_str(value(name).unwrap_or_default());
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

fn all() -> impl Iterator<Item = &'static (&'static str, PerLanguage<&'static str>)> {
    WORDS.iter().chain(archive::WORDS)
}

/// What stands before the first `{name}`, the name, and what stands behind it.
fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

/// A title as it stands inside a sentence.
pub(super) fn quoted(title: &str, language: Language) -> String {
    match language {
        Language::En => format!("“{title}”"),
        Language::De => format!("„{title}“"),
        Language::Zh => format!("《{title}》"),
    }
}

/// A number of days in words.
pub(super) fn days(days: u64, language: Language) -> String {
    match (language, days) {
        (Language::En, 1) => "1 day".to_owned(),
        (Language::En, _) => format!("{days} days"),
        (Language::De, 1) => "1 Tag".to_owned(),
        (Language::De, _) => format!("{days} Tagen"),
        (Language::Zh, _) => format!("{days}天"),
    }
}

/// What a language is called in another.
const fn named(language: Language, reader: Language) -> &'static str {
    match (language, reader) {
        (Language::En, Language::En) => "English",
        (Language::En, Language::De) => "Englisch",
        (Language::En, Language::Zh) => "英文",
        (Language::De, Language::En) => "German",
        (Language::De, Language::De) => "Deutsch",
        (Language::De, Language::Zh) => "德文",
        (Language::Zh, Language::En) => "Chinese",
        (Language::Zh, Language::De) => "Chinesisch",
        (Language::Zh, Language::Zh) => "中文",
    }
}

/// Languages in a sentence, by what the reader calls them: `English, German and Chinese`.
pub(super) fn listed(languages: &[Language], reader: Language) -> String {
    let (comma, and) = match reader {
        Language::En => (", ", " and "),
        Language::De => (", ", " und "),
        Language::Zh => ("、", "和"),
    };
    let names: Vec<&str> = languages.iter().map(|language| named(*language, reader)).collect();
    match names.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{}{and}{last}", before.join(comma)),
        _ => names.concat(),
    }
}

/// What a language calls itself.
pub(super) const fn own_name(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::De => "Deutsch",
        Language::Zh => "中文",
    }
}

const WORDS: &[(&str, PerLanguage<&str>)] = &[
    // Around every page
    ("frame.languages", three("Language", "Sprache", "语言")),
    ("frame.imprint", three("Imprint", "Impressum", "出版信息")),
    ("frame.privacy", three("Privacy", "Datenschutz", "隐私政策")),
    ("frame.home", three("All publications", "Alle Publikationen", "全部简报")),
    ("frame.skip", three("Skip to the content", "Zum Inhalt springen", "跳至正文")),
    // The list
    ("list.title", three("Our publications", "Unsere Publikationen", "我们的简报")),
    (
        "list.none",
        three(
            "Nothing is published here at the moment. If you have received a mail from us, the link in it lets you unsubscribe.",
            "Zurzeit ist hier nichts veröffentlicht. Wenn Sie eine Mail von uns bekommen haben, können Sie sich über den Link darin abmelden.",
            "目前这里没有公开的简报。如果您收到过我们的邮件，可点击邮件中的链接退订。",
        ),
    ),
    ("list.languages", three("Available in {languages}", "Erscheint auf {languages}", "语言版本：{languages}")),
    // Leaving by a link
    ("leave.title", three("Unsubscribe", "Abmelden", "退订")),
    (
        "leave.question",
        three(
            "Would you like to stop receiving {brief}?",
            "Möchten Sie {brief} nicht mehr erhalten?",
            "您确定不再接收{brief}吗？",
        ),
    ),
    ("leave.address", three("Mail address: {address}", "Mailadresse: {address}", "邮箱地址：{address}")),
    (
        "leave.still",
        three(
            "Nothing has changed yet. You are unsubscribed when you press one of the buttons.",
            "Noch ist nichts geschehen. Abgemeldet sind Sie erst, wenn Sie auf eine der Schaltflächen drücken.",
            "目前尚未作任何更改，点击下方按钮后才会退订。",
        ),
    ),
    ("leave.one", three("Unsubscribe from {brief}", "{brief} abbestellen", "退订{brief}")),
    ("leave.all", three("Unsubscribe from everything", "Alles abbestellen", "退订全部简报")),
    (
        "leave.change",
        three(
            "Rather change language, publication or address? We send you a link.",
            "Lieber Sprache, Publikation oder Adresse ändern? Wir schicken Ihnen einen Link.",
            "只想更改语言、简报或地址？我们会把链接发给您。",
        ),
    ),
    ("left.title", three("You are unsubscribed", "Sie sind abgemeldet", "您已退订")),
    (
        "left.one",
        three(
            "We will not send {brief} to {address} any more.",
            "Wir schicken {brief} nicht mehr an {address}.",
            "我们不会再向{address}发送{brief}。",
        ),
    ),
    (
        "left.all",
        three(
            "We will not send anything to {address} any more.",
            "Wir schicken nichts mehr an {address}.",
            "我们不会再向{address}发送任何简报。",
        ),
    ),
    (
        "left.before",
        three(
            "You had already unsubscribed from {brief}. We do not send it to {address}.",
            "Sie hatten {brief} bereits abbestellt. Wir schicken nichts mehr davon an {address}.",
            "您此前已经退订{brief}，我们不会再向{address}发送。",
        ),
    ),
    (
        "left.at_dot",
        three(
            "One mail was being handed over at this very moment and may still arrive. It is the last one.",
            "Eine Mail wurde in genau diesem Augenblick übergeben und kann noch ankommen. Sie ist die letzte.",
            "有一封邮件正在投递，可能仍会送达；此后不会再有邮件。",
        ),
    ),
    ("left.again", three("Subscribe again", "Wieder abonnieren", "重新订阅")),
    (
        "left.rest",
        three("Unsubscribe from everything else as well?", "Auch alles andere abbestellen?", "是否同时退订其他简报？"),
    ),
    // Leaving without a mail at hand
    ("away.title", three("Unsubscribe from {brief}", "{brief} abbestellen", "退订{brief}")),
    ("away.title_all", three("Unsubscribe", "Abmelden", "退订")),
    (
        "away.lead",
        three(
            "The quickest way is the link at the end of each mail. If you have none at hand, enter your address here: we will send you the link, and one with which you change language, publication or address.",
            "Am schnellsten geht es über den Link am Ende jeder Mail. Haben Sie keine zur Hand, geben Sie hier Ihre Adresse ein: Wir schicken Ihnen den Link und einen, mit dem Sie Sprache, Publikation oder Adresse ändern.",
            "最快捷的方式是点击每封邮件末尾的退订链接。如果手边没有邮件，请在此填写您的邮箱地址，我们会把退订链接以及用于更改语言、简报或地址的链接发给您。",
        ),
    ),
    ("away.button", three("Send me the link", "Link zuschicken", "发送链接")),
    ("away.sent_title", three("Please check your mail", "Bitte sehen Sie in Ihr Postfach", "请查收邮件")),
    (
        "away.sent",
        three(
            "If this address receives one of our publications, a mail with the link is on its way. To protect readers, this page does not say whether it does.",
            "Wenn an diese Adresse eine unserer Publikationen geht, ist eine Mail mit dem Link unterwegs. Ob das so ist, verraten wir hier niemandem.",
            "如果该地址订阅了我们的简报，带有链接的邮件已在发送途中。为保护隐私，本页不显示该地址是否已订阅。",
        ),
    ),
    // Forms
    ("form.address", three("Your mail address", "Ihre Mailadresse", "您的邮箱地址")),
    (
        "form.address_wrong",
        three(
            "This is not a complete mail address. It looks like name@example.org.",
            "Das ist keine vollständige Mailadresse. Sie sieht so aus: name@example.org.",
            "邮箱地址不完整，格式应类似 name@example.org。",
        ),
    ),
    (
        "form.address_missing",
        three("Please enter your mail address.", "Bitte geben Sie Ihre Mailadresse ein.", "请填写您的邮箱地址。"),
    ),
    ("form.trap", three("Please leave this field empty", "Bitte lassen Sie dieses Feld leer", "请勿填写此栏")),
    ("form.error", three("Something is missing", "Es fehlt noch etwas", "填写有误")),
    // Joining
    ("join.title", three("Subscribe to {brief}", "{brief} abonnieren", "订阅{brief}")),
    (
        "join.lead",
        three(
            "Each edition comes by mail, as a PDF with all its sources. You can unsubscribe at any time with one click.",
            "Jede Ausgabe kommt per Mail, als PDF mit allen Quellen. Abmelden können Sie sich jederzeit mit einem Klick.",
            "每期简报以PDF形式通过邮件发送，并附全部数据来源。您可随时一键退订。",
        ),
    ),
    ("join.language", three("In which language?", "In welcher Sprache?", "选择语言版本")),
    (
        "join.in",
        three(
            "You receive it in {language_name}.",
            "Sie erhalten die Publikation auf {language_name}.",
            "您将收到{language_name}版。",
        ),
    ),
    ("join.others", three("Other languages:", "Weitere Sprachen:", "其他语言版本：")),
    ("join.leave", three("Unsubscribe", "Abmelden", "退订")),
    ("join.button", three("Subscribe", "Abonnieren", "订阅")),
    (
        "join.next",
        three(
            "First we send you one mail with a link. You receive the publication only after you have confirmed there.",
            "Zuerst schicken wir Ihnen eine Mail mit einem Link. Erst wenn Sie dort bestätigen, erhalten Sie die Publikation.",
            "我们会先给您发送一封带有确认链接的邮件，您在链接页面确认后才会收到简报。",
        ),
    ),
    ("joined.title", three("Please check your mail", "Bitte sehen Sie in Ihr Postfach", "请查收邮件")),
    (
        "joined.text",
        three(
            "A mail goes to the address you entered. Open the link in it and confirm; only then does the subscription begin.",
            "An die angegebene Adresse geht eine Mail. Öffnen Sie den Link darin und bestätigen Sie; erst dann beginnt das Abonnement.",
            "我们会向您填写的地址发送邮件。请打开其中的链接并确认，订阅随即生效。",
        ),
    ),
    (
        "joined.waiting",
        three(
            "It can take some minutes. If nothing arrives, please check your spam folder. We send at most one such mail a day to each address.",
            "Das kann einige Minuten dauern. Kommt nichts an, sehen Sie bitte im Spam-Ordner nach. An jede Adresse geht höchstens eine solche Mail am Tag.",
            "邮件可能需要几分钟送达。如未收到，请检查垃圾邮件箱。每个地址每天最多发送一封确认邮件。",
        ),
    ),
    ("confirm.title", three("Confirm your subscription", "Abonnement bestätigen", "确认订阅")),
    (
        "confirm.question",
        three(
            "Shall we send {brief} to {address}?",
            "Sollen wir {brief} an {address} schicken?",
            "确认向{address}发送{brief}吗？",
        ),
    ),
    ("confirm.address_title", three("Confirm your new address", "Neue Adresse bestätigen", "确认新地址")),
    (
        "confirm.address_question",
        three(
            "Shall we send {brief} to {address} from now on?",
            "Sollen wir {brief} künftig an {address} schicken?",
            "今后是否向{address}发送{brief}？",
        ),
    ),
    ("confirm.button", three("Yes, subscribe", "Ja, abonnieren", "确认订阅")),
    ("confirm.address_button", three("Yes, change my address", "Ja, Adresse ändern", "确认更改地址")),
    (
        "confirm.address_otherwise",
        three(
            "If you did not ask for it, simply close this page: nothing will be changed.",
            "Wenn Sie das nicht veranlasst haben, schließen Sie diese Seite einfach: Es wird nichts geändert.",
            "如果这不是您本人的操作，请直接关闭本页，不会作任何更改。",
        ),
    ),
    (
        "confirm.otherwise",
        three(
            "If you did not ask for it, simply close this page: nothing will be sent.",
            "Wenn Sie das nicht veranlasst haben, schließen Sie diese Seite einfach: Es wird nichts verschickt.",
            "如果这不是您本人的操作，请直接关闭本页，我们不会发送任何简报。",
        ),
    ),
    ("confirmed.title", three("You are subscribed", "Ihr Abonnement ist bestätigt", "订阅成功")),
    (
        "confirmed.text",
        three(
            "{brief} now goes to {address}. The latest edition is on its way.",
            "{brief} geht jetzt an {address}. Die neueste Ausgabe ist unterwegs.",
            "{brief}将发送至{address}，最新一期已在发送途中。",
        ),
    ),
    (
        "confirmed.none",
        three(
            "{brief} now goes to {address}. You get the next edition.",
            "{brief} geht jetzt an {address}. Sie erhalten die nächste Ausgabe.",
            "{brief}将发送至{address}，下一期将会发给您。",
        ),
    ),
    (
        "confirmed.address",
        three(
            "From now on we send {brief} to {address}. We will let the old address know, too.",
            "Ab jetzt schicken wir {brief} an {address}. Die alte Adresse erhält eine Nachricht darüber.",
            "今后{brief}将发送至{address}，我们也会通知原地址。",
        ),
    ),
    ("confirmed.address_title", three("Your address is changed", "Ihre Adresse ist geändert", "地址已更改")),
    ("confirmed.before_title", three("Already confirmed", "Bereits bestätigt", "此前已确认")),
    ("lapsed.title", three("This link is no longer valid", "Dieser Link gilt nicht mehr", "链接已失效")),
    (
        "lapsed.text",
        three(
            "The subscription was not confirmed within seven days. You can simply subscribe again.",
            "Das Abonnement wurde nicht innerhalb von sieben Tagen bestätigt. Sie können einfach noch einmal abonnieren.",
            "该订阅未在7天内确认。您可以重新订阅。",
        ),
    ),
    (
        "lapsed.left",
        three(
            "You have since unsubscribed. If you would like to receive it again, please subscribe anew.",
            "Sie haben sich inzwischen abgemeldet. Möchten Sie die Publikation wieder erhalten, abonnieren Sie sie bitte neu.",
            "您此后已退订。如需再次接收，请重新订阅。",
        ),
    ),
    (
        "lapsed.address",
        three(
            "The new address was not confirmed within seven days, and nothing was changed. You can ask for it again by the link to change your subscription.",
            "Die neue Adresse wurde nicht innerhalb von sieben Tagen bestätigt; geändert wurde nichts. Über den Link, mit dem Sie Ihr Abonnement ändern, können Sie sie noch einmal angeben.",
            "新地址未在7天内确认，未作任何更改。您可以通过更改订阅的链接重新申请。",
        ),
    ),
    (
        "lapsed.superseded",
        three(
            "You have since asked for another address. Only the newest request counts: please use the link in the newer mail.",
            "Sie haben inzwischen eine andere Adresse angegeben. Es gilt nur die neueste Anfrage: Bitte nehmen Sie den Link in der neueren Mail.",
            "您此后又申请了其他地址。仅以最新的申请为准，请使用较新邮件中的链接。",
        ),
    ),
    (
        "lapsed.suppressed",
        three(
            "We send nothing to {address} any more. If you would like to receive {brief} there, please write to us: the imprint says how.",
            "Wir schicken nichts mehr an {address}. Möchten Sie {brief} dort erhalten, schreiben Sie uns bitte: Wie, steht im Impressum.",
            "我们已不再向{address}发送任何邮件。如希望在该地址接收{brief}，请按出版信息中的联系方式与我们联系。",
        ),
    ),
    (
        "lapsed.closed",
        three(
            "{brief} can no longer be subscribed to here. Nothing will be sent to {address}.",
            "{brief} lässt sich hier nicht mehr abonnieren. An {address} wird nichts geschickt.",
            "{brief}已不再开放订阅，我们不会向{address}发送任何邮件。",
        ),
    ),
    (
        "lapsed.gone",
        three(
            "What it asked you to confirm is no longer there, and nothing was changed. If you would like to subscribe, please use the form again.",
            "Was Sie damit bestätigen sollten, gibt es nicht mehr; geändert wurde nichts. Möchten Sie abonnieren, füllen Sie das Formular bitte noch einmal aus.",
            "该链接对应的申请已不存在，未作任何更改。如需订阅，请重新填写表单。",
        ),
    ),
    // What a reader gets
    ("preferences.title", three("Your subscription", "Ihr Abonnement", "我的订阅")),
    ("preferences.now", three("{brief} goes to {address}.", "{brief} geht an {address}.", "{brief}发送至{address}。")),
    ("preferences.language", three("Change language", "Sprache ändern", "更改语言")),
    ("preferences.other", three("Another publication instead", "Stattdessen eine andere Publikation", "改订其他简报")),
    ("preferences.brief", three("Change publication", "Publikation wechseln", "更改简报")),
    ("preferences.new_address", three("New mail address", "Neue Mailadresse", "新邮箱地址")),
    ("preferences.address", three("Change address", "Adresse ändern", "更改地址")),
    (
        "preferences.address_note",
        three(
            "We first ask at the new address; nothing changes until you confirm there. We will let the old address know.",
            "Wir fragen zuerst bei der neuen Adresse nach; bis dort bestätigt wird, ändert sich nichts. Die alte Adresse wird benachrichtigt.",
            "我们会先向新地址发送确认邮件，确认前不会作任何更改，并会通知原地址。",
        ),
    ),
    (
        "preferences.moves",
        three(
            "With the address all that you get there moves: {brief}.",
            "Mit der Adresse zieht alles um, was Sie dort erhalten: {brief}.",
            "您在该地址接收的全部简报将一并转移：{brief}。",
        ),
    ),
    (
        "preferences.saved",
        three(
            "Changed. This takes effect with the next edition.",
            "Geändert. Das gilt ab der nächsten Ausgabe.",
            "已更改，从下一期起生效。",
        ),
    ),
    (
        "preferences.asked",
        three(
            "A mail goes to the new address, at most one a day. Please confirm there.",
            "An die neue Adresse geht eine Mail, höchstens eine am Tag. Bitte bestätigen Sie dort.",
            "确认邮件会发送到新地址，每天最多一封，请在邮件中确认。",
        ),
    ),
    (
        "confirmed.before",
        three(
            "You had already confirmed: we send {brief} to {address}. Nothing has changed.",
            "Sie hatten das bereits bestätigt: Wir schicken {brief} an {address}. Es hat sich nichts geändert.",
            "您此前已经确认：我们会向{address}发送{brief}。未作任何更改。",
        ),
    ),
    // What is wrong, by status
    ("error.400.title", three("This request cannot be read", "Diese Anfrage ist nicht lesbar", "无法识别的请求")),
    (
        "error.400.text",
        three(
            "Please go back to the page and send the form again.",
            "Bitte gehen Sie zurück und schicken Sie das Formular noch einmal ab.",
            "请返回上一页重新提交表单。",
        ),
    ),
    ("error.404.title", three("There is no such page", "Diese Seite gibt es nicht", "页面不存在")),
    (
        "error.404.text",
        three(
            "Perhaps the address was cut off. Please copy the whole link from the mail.",
            "Vielleicht wurde die Adresse abgeschnitten. Bitte kopieren Sie den ganzen Link aus der Mail.",
            "地址可能不完整，请从邮件中复制完整链接。",
        ),
    ),
    ("error.405.title", three("This cannot be done here", "Das geht hier nicht", "此处不支持该操作")),
    (
        "error.405.text",
        three(
            "Please open the page in a browser and use the buttons on it.",
            "Bitte öffnen Sie die Seite in einem Browser und benutzen Sie die Schaltflächen darauf.",
            "请在浏览器中打开页面并使用页面上的按钮。",
        ),
    ),
    ("error.408.title", three("That took too long", "Das hat zu lange gedauert", "请求超时")),
    (
        "error.408.text",
        three(
            "The request did not arrive in time. Please try again.",
            "Die Anfrage ist nicht rechtzeitig angekommen. Bitte versuchen Sie es noch einmal.",
            "请求未能及时到达，请重试。",
        ),
    ),
    ("error.410.title", three("This link is no longer valid", "Dieser Link gilt nicht mehr", "链接已失效")),
    (
        "error.410.text",
        three(
            "It comes from an old mail or from an earlier system. The link in a newer mail works.",
            "Er stammt aus einer alten Mail oder aus einem früheren System. Der Link in einer neueren Mail funktioniert.",
            "该链接来自旧邮件或旧系统，请使用较新邮件中的链接。",
        ),
    ),
    ("error.413.title", three("That is too long", "Das ist zu lang", "内容过长")),
    (
        "error.413.text",
        three(
            "The form holds more text than it can take. Please shorten it.",
            "Das Formular enthält mehr Text, als es aufnehmen kann. Bitte kürzen Sie ihn.",
            "表单内容超出限制，请缩短后重试。",
        ),
    ),
    ("error.421.title", three("This address leads elsewhere", "Diese Adresse führt woandershin", "地址有误")),
    (
        "error.421.text",
        three("These pages are found under {url}.", "Diese Seiten finden Sie unter {url}.", "请访问 {url}。"),
    ),
    ("error.429.title", three("Too many requests", "Zu viele Anfragen", "请求过于频繁")),
    (
        "error.429.text",
        three(
            "Too much was asked from your network in a short time. Please try again later.",
            "Aus Ihrem Netz kamen in kurzer Zeit zu viele Anfragen. Bitte versuchen Sie es später noch einmal.",
            "您所在的网络短时间内请求过多，请稍后再试。",
        ),
    ),
    ("error.503.title", three("Not possible at the moment", "Das ist im Augenblick nicht möglich", "暂时无法处理")),
    (
        "error.503.text",
        three(
            "Something went wrong on our side, and nothing was changed. Please try again in a few minutes.",
            "Bei uns ist etwas schiefgegangen; geändert wurde nichts. Bitte versuchen Sie es in einigen Minuten noch einmal.",
            "系统出现问题，未作任何更改。请几分钟后重试。",
        ),
    ),
    (
        "error.form",
        three(
            "We can send you new links, to unsubscribe or to change what you receive: your mail address is enough.",
            "Neue Links zum Abmelden oder Ändern schicken wir Ihnen gern: Ihre Mailadresse genügt.",
            "填写邮箱地址，即可重新获取用于退订或更改订阅的链接。",
        ),
    ),
    (
        "error.leave",
        three(
            "To unsubscribe you can also write to {mailbox}.",
            "Abmelden können Sie sich auch mit einer Mail an {mailbox}.",
            "您也可以发送邮件至{mailbox}退订。",
        ),
    ),
    ("error.ask", three("Questions? {contact}", "Fragen? {contact}", "如有疑问，请联系：{contact}")),
    // Imprint
    ("imprint.title", three("Imprint", "Impressum", "出版信息")),
    (
        "imprint.who",
        three(
            "Responsible for this site and its mails",
            "Verantwortlich für diese Seiten und ihre Mails",
            "本网站及邮件的责任方",
        ),
    ),
    ("imprint.contact", three("Contact", "Kontakt", "联系方式")),
    ("imprint.none", three("Nothing is entered here yet.", "Hier ist noch nichts eingetragen.", "此处尚未填写。")),
    // Privacy
    ("privacy.title", three("Privacy", "Datenschutz", "隐私政策")),
    ("privacy.who", three("Who is responsible", "Wer verantwortlich ist", "责任方")),
    ("privacy.kept", three("What we keep, and why", "Was wir speichern und wozu", "我们保存哪些信息及其用途")),
    (
        "privacy.kept.address",
        three(
            "Your mail address, the language and the publication you chose, so that you receive it.",
            "Ihre Mailadresse, die Sprache und die Publikation, die Sie gewählt haben, damit Sie sie bekommen.",
            "您的邮箱地址、所选语言和简报，用于向您发送简报。",
        ),
    ),
    (
        "privacy.kept.consent",
        three(
            "How the subscription came about: when and from which network it was asked for and confirmed, and the text you agreed to; if it did not begin on these pages or by a mail to us, what we know of your consent. The law asks us to be able to show that.",
            "Wie das Abonnement zustande kam: wann und aus welchem Netz es angefordert und bestätigt wurde und welchem Text Sie zugestimmt haben; begann es nicht auf diesen Seiten oder mit einer Mail an uns, was wir über Ihre Zustimmung wissen. Das müssen wir nachweisen können.",
            "订阅的由来：申请和确认的时间及所在网络，以及您同意的文本；如订阅并非始于本网站或您的来信，则为我们所掌握的同意情况。法律要求我们能够提供证明。",
        ),
    ),
    (
        "privacy.kept.mails",
        three(
            "For each mail: when your provider’s server took it, or what it said if it did not.",
            "Zu jeder Mail: wann der Server Ihres Anbieters sie angenommen hat oder mit welcher Begründung er sie abgelehnt hat.",
            "每封邮件的投递结果：收件服务器何时接收，或拒收时的答复。",
        ),
    ),
    (
        "privacy.kept.bounced",
        three(
            "If a mail to you comes back: what your provider reported about your address, so that we write no more to addresses that do not exist. If your provider tells us that you marked a mail as spam: that this happened, so that none follows.",
            "Wenn eine Mail an Sie zurückkommt: was Ihr Anbieter über Ihre Adresse gemeldet hat, damit wir nicht weiter an Adressen schreiben, die es nicht gibt. Meldet Ihr Anbieter, dass Sie eine Mail als Spam gekennzeichnet haben: dass das geschah, damit keine weitere folgt.",
            "如邮件被退回：您的邮件服务商就您的地址所反馈的信息，以免继续向不存在的地址发信。如邮件服务商告知您将邮件标记为垃圾邮件：这一事实，以免继续向您发信。",
        ),
    ),
    (
        "privacy.kept.written",
        three(
            "If you write to one of the addresses in our mails: your address, the subject and what you wrote, so that somebody can answer you. Of a mail that only unsubscribes, subscribes or confirms we keep that it came, but not its text.",
            "Wenn Sie an eine der Adressen in unseren Mails schreiben: Ihre Adresse, den Betreff und was Sie schreiben, damit Ihnen jemand antworten kann. Von einer Mail, mit der Sie sich nur ab- oder anmelden oder etwas bestätigen, halten wir fest, dass sie kam, aber nicht ihren Text.",
            "如您向我们邮件中的地址来信：您的邮箱地址、邮件主题及内容，以便有人答复您。仅用于退订、订阅或确认的来信，我们只记录收到这一事实，不保存其内容。",
        ),
    ),
    (
        "privacy.kept.left",
        three(
            "If you unsubscribe: that you did and when, so that nothing is sent to you again by mistake.",
            "Wenn Sie sich abmelden: dass und wann das war, damit Ihnen nicht versehentlich wieder etwas geschickt wird.",
            "如您退订：退订这一事实及时间，以免误再发送。",
        ),
    ),
    ("privacy.long", three("How long", "Wie lange", "保存期限")),
    (
        "privacy.long.mails",
        three(
            "What became of each mail is deleted after {days}.",
            "Was aus jeder Mail wurde, wird nach {days} gelöscht.",
            "每封邮件的投递结果在{days}后删除。",
        ),
    ),
    (
        "privacy.long.mails_ever",
        three(
            "What became of each mail is kept until you ask us to delete it.",
            "Was aus jeder Mail wurde, bleibt gespeichert, bis Sie uns bitten, es zu löschen.",
            "每封邮件的投递结果将一直保存，直至您要求删除。",
        ),
    ),
    (
        "privacy.long.bounced",
        three(
            "Reports of mails that came back are deleted after {days}; that an address takes no mail or wants none stays until you ask us to delete it.",
            "Meldungen über Mails, die zurückkamen, werden nach {days} gelöscht; dass eine Adresse keine Mails annimmt oder keine will, bleibt gespeichert, bis Sie uns bitten, es zu löschen.",
            "退信反馈在{days}后删除；某地址无法收信或不愿收信这一记录将一直保存，直至您要求删除。",
        ),
    ),
    (
        "privacy.long.bounced_ever",
        three(
            "Reports of mails that came back are kept until you ask us to delete them.",
            "Meldungen über Mails, die zurückkamen, bleiben gespeichert, bis Sie uns bitten, sie zu löschen.",
            "退信反馈将一直保存，直至您要求删除。",
        ),
    ),
    (
        "privacy.long.written",
        three(
            "What you wrote to us and reports of mails that came back are deleted here after {days}; that an address takes no mail or wants none stays until you ask us to delete it.",
            "Was Sie uns geschrieben haben und Meldungen über Mails, die zurückkamen, werden hier nach {days} gelöscht; dass eine Adresse keine Mails annimmt oder keine will, bleibt gespeichert, bis Sie uns bitten, es zu löschen.",
            "您的来信和退信反馈在{days}后从本系统删除；某地址无法收信或不愿收信这一记录将一直保存，直至您要求删除。",
        ),
    ),
    (
        "privacy.long.written_ever",
        three(
            "What you wrote to us and reports of mails that came back are kept until you ask us to delete them.",
            "Was Sie uns geschrieben haben und Meldungen über Mails, die zurückkamen, bleiben gespeichert, bis Sie uns bitten, sie zu löschen.",
            "您的来信和退信反馈将一直保存，直至您要求删除。",
        ),
    ),
    (
        "privacy.long.eml",
        three(
            "Copies of mails that are kept as files are deleted after {days}.",
            "Kopien von Mails, die als Dateien abgelegt sind, werden nach {days} gelöscht.",
            "以文件形式保存的邮件副本在{days}后删除。",
        ),
    ),
    (
        "privacy.long.networks",
        three(
            "The network from which you asked and confirmed, without the part that names your device, is deleted after {days}.",
            "Das Netz, aus dem Anmeldung und Bestätigung kamen, ohne den Teil, der Ihr Gerät bezeichnet, wird nach {days} gelöscht.",
            "您申请和确认时所在的网络（不含标识您设备的部分）在{days}后删除。",
        ),
    ),
    (
        "privacy.long.networks_ever",
        three(
            "The network from which you asked and confirmed, without the part that names your device, is kept with that proof.",
            "Das Netz, aus dem Anmeldung und Bestätigung kamen, ohne den Teil, der Ihr Gerät bezeichnet, bleibt bei diesem Nachweis gespeichert.",
            "您申请和确认时所在的网络（不含标识您设备的部分）随该证明一并保存。",
        ),
    ),
    (
        "privacy.long.lapsed",
        three(
            "A request that nobody confirms is deleted after {days}.",
            "Eine Anmeldung, die niemand bestätigt, wird nach {days} gelöscht.",
            "未经确认的申请在{days}后删除。",
        ),
    ),
    (
        "privacy.long.rest",
        three(
            "The rest is kept while you are subscribed. After that we keep what shows that you had agreed and that you left, until you ask us to erase it. Then only a code stays that cannot be turned back into your address, so that no list brings it back by mistake.",
            "Das Übrige bleibt gespeichert, solange Sie abonniert haben. Danach behalten wir, was Ihre Zustimmung und Ihre Abmeldung belegt, bis Sie uns bitten, es zu löschen. Dann bleibt nur ein Code, aus dem sich Ihre Adresse nicht zurückgewinnen lässt, damit keine Liste sie versehentlich wieder hereinbringt.",
            "其余信息在您订阅期间保存。退订后，我们仅保留您曾同意及退订的证明，直至您要求删除。删除后只留下一个无法还原出您地址的代码，以免您的地址因名单导入而被误加回来。",
        ),
    ),
    ("privacy.pages", three("On these pages", "Auf diesen Seiten", "关于本网站")),
    (
        "privacy.pages.text",
        three(
            "These pages set no cookies, count no visitors and load nothing from anybody else. The log says which kind of page was asked for and when, but not by whom. The mails hold no hidden pictures and do not tell us whether you read them.",
            "Diese Seiten setzen keine Cookies, zählen keine Besuche und laden nichts von Dritten. Das Protokoll hält fest, welche Art von Seite wann abgerufen wurde, aber nicht von wem. Die Mails enthalten keine versteckten Bilder und verraten uns nicht, ob Sie sie lesen.",
            "本网站不使用Cookie，不统计访问量，也不从第三方加载任何内容。日志只记录何时请求了哪类页面，不记录访问者。邮件中没有隐藏图片，我们不会得知您是否阅读。",
        ),
    ),
    ("privacy.rights", three("Your rights", "Ihre Rechte", "您的权利")),
    (
        "privacy.rights.text",
        three(
            "You can withdraw your consent at any time: unsubscribing is enough. You can ask us what we know about you and for a copy of it, have it corrected or erased, and complain to a data protection authority. To do so, write to {contact}.",
            "Ihre Einwilligung können Sie jederzeit widerrufen: Die Abmeldung genügt. Sie können Auskunft darüber verlangen, was wir über Sie gespeichert haben, eine Kopie davon bekommen, es berichtigen oder löschen lassen und sich bei einer Datenschutzbehörde beschweren. Schreiben Sie dazu an {contact}.",
            "您可随时撤回同意，退订即可。您有权查询、更正、获取或要求删除我们保存的关于您的信息，也可向数据保护机构投诉。如需行使上述权利，请联系：{contact}。",
        ),
    ),
    (
        "privacy.more",
        three(
            "The publisher’s full privacy notice",
            "Die vollständige Datenschutzerklärung des Herausgebers",
            "发布方的完整隐私政策",
        ),
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_text_has_the_same_names_in_all_languages_and_no_key_comes_twice() {
        let mut keys = BTreeSet::new();
        for (key, texts) in all() {
            assert!(keys.insert(key), "{key}");
            let names = |language: Language| {
                let (mut rest, mut names) = (*texts.get(language), BTreeSet::new());
                while let Some((_, name, after)) = placeholder(rest) {
                    names.insert(name);
                    rest = after;
                }
                assert!(!rest.contains(['{', '}']), "{key}");
                names
            };
            assert_eq!(names(Language::En), names(Language::De), "{key}");
            assert_eq!(names(Language::En), names(Language::Zh), "{key}");
            for language in Language::ALL {
                let text = texts.get(language);
                assert!(!text.contains("  ") && text.trim() == *text, "{key}: {text}");
                assert!(
                    language != Language::Zh || !text.contains(['，', '。']) || !text.contains(", "),
                    "{key}: {text}"
                );
            }
        }
    }

    #[test]
    fn languages_are_named_in_the_reader_s() {
        let all = |reader| listed(&Language::ALL, reader);
        assert_eq!(all(Language::En), "English, German and Chinese");
        assert_eq!(all(Language::De), "Englisch, Deutsch und Chinesisch");
        assert_eq!(all(Language::Zh), "英文、德文和中文");
        assert_eq!(
            (listed(&[Language::Zh], Language::De), listed(&[], Language::De)),
            ("Chinesisch".into(), String::new())
        );
    }

    #[test]
    fn a_value_is_put_in_where_its_name_stands() {
        let value = |name: &str| (name == "brief").then_some("„{x}“");
        assert_eq!(text("leave.one", Language::De, value).as_deref(), Some("„{x}“ abbestellen"));
        assert_eq!(text("leave.none", Language::De, value), None);
    }
}
