//! The words and sentences that the program itself writes into a brief, in each language.

use super::Strings;
use crate::base::language::{Language, PerLanguage};

pub(super) const fn three(en: &'static str, de: &'static str, zh: &'static str) -> PerLanguage<&'static str> {
    PerLanguage { en, de, zh }
}

pub(super) const DRAFT: PerLanguage<&str> = three("Draft", "Entwurf", "草稿");
pub(super) const NUMBER: PerLanguage<&str> = three("No. {n}", "Nr. {n}", "第{n}期");
/// What an edition is that supersedes another: the heading of the block that says so, and what the subject of its mail begins with.
pub(super) const CORRECTION: PerLanguage<&str> = three("Correction", "Korrektur", "更正");
pub(super) const CORRECTED_SUBJECT: PerLanguage<&str> = three("Correction: {s}", "Korrektur: {s}", "更正：{s}");
pub(super) const SUPERSEDES: PerLanguage<&str> = three(
    "This edition replaces {n} of {d}. Please use it instead, and do not pass the earlier one on.",
    "Diese Ausgabe ersetzt {n} vom {d}. Bitte verwenden Sie nur noch sie, und geben Sie die frühere nicht weiter.",
    "本期取代{d}发布的{n}，请以本期为准，勿再传播前期。",
);
pub(super) const WHY_CORRECTED: PerLanguage<&str> = three("Reason: {r}", "Grund: {r}", "更正原因：{r}");
/// What has changed since the last edition: the heading, the line below it, what a mail says in its place, and the beginning of
/// each line.
pub(super) const SINCE: PerLanguage<&str> = three("Since the last edition", "Seit der letzten Ausgabe", "与上期相比");
pub(super) const SINCE_EDITION: PerLanguage<&str> = three(
    "What has changed in the figures of this brief since {n} of {d}.",
    "Was sich an den Zahlen dieses Berichts seit {n} vom {d} geändert hat.",
    "本期数据与{d}发布的{n}相比有以下变化。",
);
pub(super) const SINCE_IN_MAIL: PerLanguage<&str> = three(
    "Since the last edition ({n} of {d}):",
    "Seit der letzten Ausgabe ({n} vom {d}):",
    "与上期（{d}发布的{n}）相比：",
);
pub(super) const REVISED: PerLanguage<&str> = three("Revised:", "Revidiert:", "修订：");
pub(super) const WITHDRAWN: PerLanguage<&str> = three("Withdrawn:", "Zurückgezogen:", "撤回：");
pub(super) const PRINTED_NEW: PerLanguage<&str> = three("New:", "Neu:", "新增：");
pub(super) const PRINTED_FIRST: PerLanguage<&str> = three("New in this brief:", "Neu in diesem Bericht:", "首次收录：");
pub(super) const AND_MORE: PerLanguage<&str> = three("and {n} more", "und {n} weitere", "另有{n}项");
pub(super) const FIGURE: PerLanguage<&str> = three("Figure {n}", "Abbildung {n}", "图{n}");
pub(super) const TILES: PerLanguage<&str> = three("Key figures", "Kennzahlen", "关键数据");
pub(super) const TEXT: PerLanguage<&str> = three("Text", "Text", "正文");
pub(super) const TABLE: PerLanguage<&str> = three("Table {n}", "Tabelle {n}", "表{n}");
/// The caption of a table on its following pages.
pub(super) const CONTINUED: PerLanguage<&str> = three("{t} (continued)", "{t} (Fortsetzung)", "{t}（续）");
pub(super) const DASH: PerLanguage<&str> = three("–: no value", "–: kein Wert", "–：无数据");
pub(super) const NO_SUM: PerLanguage<&str> = three(
    "{s} {p}: no sum, since a value is missing ({n})",
    "{s} {p}: keine Summe, da ein Wert fehlt ({n})",
    "{s}{p}：缺少数据（{n}），不作合计",
);
pub(super) const TIP: PerLanguage<&str> = three("Tip", "Tipp", "提示");
pub(super) const IMPORTANT: PerLanguage<&str> = three("Important", "Wichtig", "重要");
pub(super) const WARNING: PerLanguage<&str> = three("Warning", "Warnung", "注意");
pub(super) const SOURCE: PerLanguage<&str> = three("Source:", "Quelle:", "来源：");
pub(super) const SOURCES: PerLanguage<&str> = three("Sources:", "Quellen:", "来源：");
pub(super) const SERIES: PerLanguage<&str> = three("Figure", "Größe", "指标");
pub(super) const ON: PerLanguage<&str> = three("{c} on {p}", "{c} gegenüber {p}", "较{p}{c}");
pub(super) const CHANGE: PerLanguage<&str> = three("Change on {p}", "Veränderung zu {p}", "较{p}");
pub(super) const NO_VALUE: PerLanguage<&str> = three("no value", "kein Wert", "无数据");
/// In a chart and a table, in place of a missing value.
pub(super) const NOT_AVAILABLE: PerLanguage<&str> = three("n/a", "k.\u{a0}A.", "无数据");
pub(super) const FORECAST: PerLanguage<&str> = three("forecast", "Prognose", "预测");
pub(super) const TOTAL: PerLanguage<&str> = three("Total", "Insgesamt", "合计");
pub(super) const GAP: PerLanguage<&str> = three("no value for {p}", "kein Wert für {p}", "缺少{p}数据");
pub(super) const AS_RESTATED: PerLanguage<&str> = three("{p} as restated", "{p} revidiert", "{p}为修订值");
pub(super) const AS_RESTATED_ON: PerLanguage<&str> =
    three("{p} as restated on {d}", "{p} in der Fassung vom {d}", "{p}为{d}修订值");
pub(super) const AS_RESTATED_IN: PerLanguage<&str> =
    three("{p} as restated in {d}", "{p} in der Fassung von {d}", "{p}为{d}修订值");
pub(super) const PROVISIONAL_LIGHT: PerLanguage<&str> =
    three("{p} provisional (lighter)", "{p} vorläufig (heller)", "{p}为初步数据（浅色）");
pub(super) const PROVISIONAL_HOLLOW: PerLanguage<&str> =
    three("{p} provisional (hollow mark)", "{p} vorläufig (hohle Marke)", "{p}为初步数据（空心标记）");
/// What the two say of the picture.
pub(super) const PROVISIONAL_LOOKS: PerLanguage<[&str; 2]> = PerLanguage {
    en: [" (lighter)", " (hollow mark)"],
    de: [" (heller)", " (hohle Marke)"],
    zh: ["（浅色）", "（空心标记）"],
};
/// Behind a provisional value in a table or beside a bar, as in official statistics.
pub(super) const PROVISIONAL_MARK: &str = "\u{a0}p";
pub(super) const PROVISIONAL: PerLanguage<&str> = three("p: provisional", "p: vorläufig", "p：初步数据");
/// Behind a value in a text, or behind the label of a tile.
pub(super) const IS_PROVISIONAL: PerLanguage<&str> = three("\u{a0}(provisional)", "\u{a0}(vorläufig)", "（初步数据）");
pub(super) const RESTATED: PerLanguage<&str> = three("r: restated since", "r: seither berichtigt", "r：此后已修订");
pub(super) const COPY: PerLanguage<&str> = three(
    "seen in a copy; primary source not found",
    "nach einer Kopie; Primärquelle nicht gefunden",
    "转引，未找到原始来源",
);
pub(super) const UNDATED: PerLanguage<&str> = three("undated", "ohne Datum", "日期不详");
pub(super) const VIA: PerLanguage<&str> = three("via {b}", "nach {b}", "转引自{b}");
pub(super) const IMPRINT: PerLanguage<&str> = three("Imprint", "Impressum", "出版信息");
pub(super) const ATTACHMENT: PerLanguage<&str> = three(
    "The figures of this brief with their sources",
    "Die Zahlen dieses Berichts mit ihren Quellen",
    "本期简报的数据及来源",
);
pub(super) const PRIVACY: PerLanguage<&str> = three("Privacy", "Datenschutz", "隐私政策");
pub(super) const LEAVE: PerLanguage<&str> = three("Unsubscribe", "Abbestellen", "退订");
pub(super) const EDITION_PAGE: PerLanguage<&str> =
    three("This edition on the web", "Diese Ausgabe im Web", "本期网页版");
pub(super) const EDITION_PDF: PerLanguage<&str> = three("This edition as PDF", "Diese Ausgabe als PDF", "本期PDF");
/// What a mail says of the edition after it.
pub(super) const NEXT: PerLanguage<&str> = three(
    "The next edition is due on {d}.",
    "Die nächste Ausgabe erscheint voraussichtlich am {d}.",
    "下一期预计于{d}发布。",
);
/// Read out in place of a chart's picture in a mail, below its title.
pub(super) const CHART_PICTURE: PerLanguage<&str> = three(
    "Chart: {s}. Its values stand in the table below.",
    "Diagramm: {s}. Die Werte stehen in der Tabelle darunter.",
    "图表：{s}。数值见下表。",
);
pub(super) const PREFERENCES: PerLanguage<&str> = three(
    "Change language, publication or address",
    "Sprache, Publikation oder Adresse ändern",
    "更改语言、简报或地址",
);

/// The words that layout writes.
pub(super) fn strings(language: Language) -> Strings {
    let word = |words: PerLanguage<&'static str>| (*words.get(language)).to_owned();
    Strings {
        page: word(three("Page {n} of {m}", "Seite {n} von {m}", "第{n}页，共{m}页")),
        sources: word(three("Sources", "Quellen", "来源")),
        snapshot: word(three("Snapshot", "Datenstand", "数据快照")),
        known: word(three("Data as of {d}", "Stand der Daten: {d}", "数据截至{d}")),
        values: word(three("Values of {n}", "Werte zu {n}", "{n}的数值")),
        no_value: word(NO_VALUE),
        total: word(TOTAL),
        range: word(three("from {a} to {b}", "von {a} bis {b}", "{a}至{b}")),
        contents: word(three("Contents", "Inhalt", "目录")),
        back: word(three("Back to the text", "Zurück zum Text", "返回正文")),
        footnote: word(three("Footnote {n}", "Fußnote {n}", "脚注{n}")),
        up: word(three("up", "gestiegen um", "上升")),
        down: word(three("down", "gesunken um", "下降")),
        flat: word(three("unchanged", "unverändert", "持平")),
    }
}

/// A unit in powers of ten, for an axis: `thousand vehicles`, `Mio. Fahrzeuge`, `万辆`.
pub(super) fn scaled(power: u32, label: &str, language: Language) -> String {
    match (power, language) {
        (0, _) => label.to_owned(),
        (3, Language::En) => format!("thousand {label}"),
        (6, Language::En) => format!("million {label}"),
        (3, _) => format!("Tausend {label}"),
        (6, _) => format!("Mio. {label}"),
        (4, _) => format!("万{label}"),
        _ => format!("亿{label}"),
    }
}
