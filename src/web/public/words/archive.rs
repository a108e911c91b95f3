//! The words of the archive, the feeds and the plan.

use super::three::three;
use crate::base::language::{Language, PerLanguage};

/// `8 pages, 240 kB`
pub(in crate::web::public) fn extent(pages: i64, bytes: i64, language: Language) -> String {
    let kilobytes = bytes.max(0).unsigned_abs().div_ceil(1000);
    match (language, pages) {
        (Language::En, 1) => format!("1 page, {kilobytes} kB"),
        (Language::En, _) => format!("{pages} pages, {kilobytes} kB"),
        (Language::De, 1) => format!("1 Seite, {kilobytes} kB"),
        (Language::De, _) => format!("{pages} Seiten, {kilobytes} kB"),
        (Language::Zh, _) => format!("{pages}页，{kilobytes} kB"),
    }
}

pub(super) const WORDS: &[(&str, PerLanguage<&str>)] = &[
    // The list of editions
    ("archive.title", three("All editions of {brief}", "Alle Ausgaben von {brief}", "{brief}往期")),
    ("archive.link", three("All editions", "Alle Ausgaben", "往期简报")),
    (
        "archive.none",
        three(
            "No edition has appeared yet. The first one will be found here.",
            "Es ist noch keine Ausgabe erschienen. Die erste finden Sie dann hier.",
            "目前尚未发布任何一期，首期发布后可在此查阅。",
        ),
    ),
    (
        "archive.gone",
        three(
            "No edition is available at the moment.",
            "Zurzeit ist keine Ausgabe abrufbar.",
            "目前没有可查看的期数。",
        ),
    ),
    ("archive.earlier", three("Earlier editions", "Frühere Ausgaben", "更早的简报")),
    ("archive.newest", three("The newest editions", "Die neuesten Ausgaben", "最新简报")),
    ("archive.follow", three("Follow without mail", "Ohne Mail verfolgen", "其他关注方式")),
    ("archive.atom", three("Atom feed", "Atom-Feed", "Atom订阅源")),
    ("archive.json", three("JSON feed", "JSON-Feed", "JSON订阅源")),
    ("archive.plan", three("Coming editions as a calendar", "Kommende Ausgaben als Kalender", "出版日历")),
    // An edition
    ("edition.pdf", three("PDF ({extent})", "PDF ({extent})", "PDF（{extent}）")),
    ("edition.text", three("Read as a web page", "Als Webseite lesen", "网页版")),
    ("edition.data", three("Data (CSV)", "Daten (CSV)", "数据（CSV）")),
    ("edition.picture", three("The first page of the PDF", "Die erste Seite des PDF", "PDF首页")),
    (
        "edition.old",
        three(
            "There is only the PDF of this edition: it appeared before these pages kept text, data and a picture.",
            "Von dieser Ausgabe gibt es nur das PDF: Sie erschien, bevor hier auch Text, Daten und ein Bild aufbewahrt wurden.",
            "本期仅提供PDF：发布时本网站尚未保存网页文本、数据和首页图片。",
        ),
    ),
    ("edition.others", three("Other editions", "Weitere Ausgaben", "其他各期")),
    ("edition.before", three("Previous: No. {n}", "Vorige: Nr. {n}", "上一期：第{n}期")),
    ("edition.after", three("Next: No. {n}", "Nächste: Nr. {n}", "下一期：第{n}期")),
    ("edition.join", three("Subscribe to {brief}", "{brief} abonnieren", "订阅{brief}")),
    ("edition.page", three("This edition: PDF and data", "Diese Ausgabe: PDF und Daten", "本期PDF及数据")),
    (
        "superseded.text",
        three(
            "This edition is superseded by a correction, No. {n}. Please use that one.",
            "Diese Ausgabe ist durch eine Korrektur ersetzt, Nr. {n}. Bitte verwenden Sie jene.",
            "本期已被更正后的第{n}期取代，请以该期为准。",
        ),
    ),
    (
        "corrects.text",
        three(
            "This edition corrects No. {n} and supersedes it.",
            "Diese Ausgabe korrigiert und ersetzt Nr. {n}.",
            "本期更正并取代第{n}期。",
        ),
    ),
    ("corrects.link", three("To No. {n}", "Zu Nr. {n}", "查看第{n}期")),
    (
        "archive.superseded",
        three("superseded by No. {n}, which see", "ersetzt durch Nr. {n}, siehe dort", "已由第{n}期取代，请参阅该期"),
    ),
    ("archive.corrects", three("corrects No. {n}", "korrigiert Nr. {n}", "更正第{n}期")),
    (
        "feed.superseded",
        three("{title} (superseded by No. {n})", "{title} (ersetzt durch Nr. {n})", "{title}（已由第{n}期取代）"),
    ),
    ("feed.corrects", three("{title} (corrects No. {n})", "{title} (korrigiert Nr. {n})", "{title}（更正第{n}期）")),
    ("superseded.link", three("To the correction: No. {n}", "Zur Korrektur: Nr. {n}", "查看更正：第{n}期")),
    // The draft of an edition
    ("draft.mark", three("Draft, not published", "Entwurf, nicht veröffentlicht", "草稿，尚未发布")),
    (
        "draft.text",
        three(
            "The publisher is still looking at this edition: figures and text may change, or it may never appear. Please do not pass it on. This link ends on {day}.",
            "Der Herausgeber prüft diese Ausgabe noch: Zahlen und Text können sich ändern, oder sie erscheint nie. Bitte geben Sie sie nicht weiter. Dieser Link gilt bis zum {day}.",
            "发布方仍在审阅本期：数据和文字可能修改，也可能不予发布。请勿转发。本链接有效期至{day}。",
        ),
    ),
    (
        "draft.published",
        three("This edition has appeared since.", "Diese Ausgabe ist inzwischen erschienen.", "本期现已发布。"),
    ),
    ("draft.was", three("Draft of a published edition", "Entwurf einer erschienenen Ausgabe", "已发布简报的草稿")),
    ("draft.published_link", three("To the edition", "Zur Ausgabe", "查看正式版")),
    ("draft.over_title", three("This link has ended", "Dieser Link gilt nicht mehr", "链接已失效")),
    (
        "draft.over",
        three(
            "Its time is over, or the publisher has taken the draft back. Whoever sent you the link can send a new one.",
            "Seine Zeit ist abgelaufen, oder der Herausgeber hat den Entwurf zurückgenommen. Wer Ihnen den Link geschickt hat, kann einen neuen schicken.",
            "链接已过期，或发布方已撤回该草稿。如仍需查看，请联系发送者获取新链接。",
        ),
    ),
    ("draft.back", three("PDF and data of this draft", "PDF und Daten dieses Entwurfs", "本草稿PDF及数据")),
    ("withdrawn.title", three("This edition was withdrawn", "Diese Ausgabe wurde zurückgezogen", "本期已撤回")),
    (
        "withdrawn.text",
        three(
            "The publisher has taken it back. Please do not pass it on.",
            "Der Herausgeber hat sie zurückgenommen. Bitte geben Sie sie nicht weiter.",
            "发布方已将本期撤回，请勿继续传播。",
        ),
    ),
    (
        "withdrawn.on",
        three(
            "The publisher took it back on {day}. Please do not pass it on.",
            "Der Herausgeber hat sie am {day} zurückgenommen. Bitte geben Sie sie nicht weiter.",
            "发布方已于{day}将本期撤回，请勿继续传播。",
        ),
    ),
    ("withdrawn.newest", three("The newest edition: No. {n}", "Die neueste Ausgabe: Nr. {n}", "最新一期：第{n}期")),
    // The plan
    ("plan.title", three("{brief}: coming editions", "{brief}: kommende Ausgaben", "{brief}：出版日历")),
    ("plan.moved", three("Moved from {day}.", "Verschoben vom {day}.", "原定{day}，已调整。")),
    ("plan.none", three("No edition on this day.", "An diesem Tag erscheint keine Ausgabe.", "当日不出版。")),
    (
        "plan.paused",
        three(
            "Paused at the moment: whether this edition appears is open.",
            "Zurzeit ausgesetzt: Ob diese Ausgabe erscheint, ist offen.",
            "目前暂停出版，本期是否发布待定。",
        ),
    ),
    (
        "plan.uncertain",
        three(
            "The date may still change, since the holidays of that time are not known yet.",
            "Der Termin kann sich noch ändern, denn die Feiertage dieser Zeit stehen noch nicht fest.",
            "届时的节假日安排尚未公布，日期可能调整。",
        ),
    ),
];
