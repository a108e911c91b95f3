//! What the fuzzers call, and the tests with the fuzzers' corpus: a template's files from any bytes, and a brief of any
//! blocks laid out and written. Nothing may panic; whether it is refused or rendered is not asked.
#![allow(dead_code, reason = "each user of this file calls one or all of the functions")]

use std::{collections::BTreeMap, sync::LazyLock};

use arbitrary::{Result, Unstructured};
use greenbrief::{
    base::language::{Language, PerLanguage},
    document::{
        brief::{
            Attachment, Block, Brief, CalloutKind, Cell, Chart, ChartForm, ChartOptions, ChartSeries, Column,
            Direction, Emphasis, Forecast, Frame, Highlight, Imprint, ImprintLine, Inline, Item, LeaveLinks, MailFacts,
            Milestone, Point, Reference, Row, SourceEntry, Sparkline, Strings, Style, Table, Template, Theme, Tile,
            TileChange,
        },
        layout, pdf,
    },
    figures::{Snapshot, shipped},
};
use rust_decimal::Decimal;

/// Parts the files of one input.
const FILES: &str = "\n=====\n";

const MAIL: &[u8] = b"+++\nsubject = \"s\"\n+++\n\n{{ key_figures }}\n\n{{ imprint }}\n";

static SNAPSHOT: LazyLock<Option<Snapshot>> = LazyLock::new(|| {
    let day = chrono::NaiveDate::from_ymd_opt(2026, 11, 23)?;
    Some(Snapshot::new(day, shipped::dataset().ok()?))
});

fn frame() -> Frame {
    let created = chrono::DateTime::from_timestamp(1_795_410_000, 0).unwrap_or_default();
    Frame {
        title: PerLanguage { en: "Brief".into(), de: "Bericht".into(), zh: "简报".into() },
        edition: None,
        date: created.date_naive(),
        created,
        imprint: vec![ImprintLine::plain("Office")],
        privacy_url: None,
        leave: LeaveLinks::both("mailto:leave@example.org"),
        editions_url: None,
        supersedes: None,
        since: None,
        mail: MailFacts::default(),
    }
}

/// `en.md`, `blocks.toml`, `theme.toml`, parted by a line `=====`: read, checked, filled, and if that passes, laid out and
/// written.
pub fn template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split(FILES);
    let mut files = BTreeMap::from([("mail.en.md".to_owned(), MAIL.to_vec())]);
    for name in ["en.md", "blocks.toml", "theme.toml"] {
        files.insert(name.to_owned(), parts.next().unwrap_or_default().as_bytes().to_vec());
    }
    let Some(snapshot) = SNAPSHOT.as_ref() else { return };
    let Ok(template) = Template::from_files("templates/fuzz", files) else { return };
    let problems = template.check(snapshot, &frame(), &[Language::En]);
    let _ = problems.to_string();
    if let Ok(filled) = template.fill(snapshot, Language::En, &frame())
        && let Ok(document) = layout::lay_out(&filled.brief, &template.theme)
    {
        let _ = pdf::write(&document);
    }
}

/// A brief of any blocks.
pub fn layout(bytes: &[u8]) {
    let mut source = Unstructured::new(bytes);
    let Ok((brief, theme)) = brief(&mut source) else { return };
    match layout::lay_out(&brief, &theme) {
        Ok(document) => drop(pdf::write(&document)),
        Err(problems) => drop(problems.to_string()),
    }
}

/// Words, most of which can be set.
fn text(u: &mut Unstructured<'_>) -> Result<String> {
    const WORDS: [&str; 28] = [
        "a",
        "office",
        "Zusammenarbeit",
        "744,800",
        "−3.4%",
        "3,4\u{a0}%",
        "中国",
        "，",
        "。",
        "（",
        "）",
        "“",
        "”",
        "[",
        "\u{ad}",
        "\u{a0}",
        "\u{202f}",
        "\u{2060}",
        "e\u{301}",
        "\u{200b}",
        "ffi",
        "Straße",
        "喆堃",
        "——",
        "EUR",
        "\n",
        "\u{202e}",
        "😀",
    ];
    let mut text = String::new();
    for _ in 0..u.int_in_range(0..=12)? {
        match u.int_in_range(0..=9)? {
            0 => text.push(u.arbitrary()?),
            1 => text.push_str(&u.choose(&WORDS)?.repeat(u.int_in_range(1..=400)?)),
            _ => text.push_str(u.choose(&WORDS)?),
        }
        if u.arbitrary()? {
            text.push(' ');
        }
    }
    Ok(text)
}

fn many<T>(u: &mut Unstructured<'_>, most: usize, one: impl Fn(&mut Unstructured<'_>) -> Result<T>) -> Result<Vec<T>> {
    let count = u.int_in_range(0..=most)?;
    (0..count).map(|_| one(u)).collect()
}

fn cites(u: &mut Unstructured<'_>) -> Result<Vec<usize>> {
    many(u, 3, |u| u.int_in_range(0..=4))
}

fn inline(u: &mut Unstructured<'_>) -> Result<Inline> {
    let emphasis = *u.choose(&[Emphasis::None, Emphasis::Strong, Emphasis::Emphasis])?;
    Ok(match u.int_in_range(0..=10)? {
        0 => Inline::Link { text: text(u)?, url: format!("https://example.org/{}", text(u)?) },
        1 => Inline::Cite(cites(u)?),
        2 => Inline::Footnote(u.int_in_range(0..=4)?),
        3 => Inline::Reference { text: text(u)?, to: (*u.choose(&["a", "b", "c"])?).to_owned() },
        4 => Inline::Break,
        6 => Inline::Phrase {
            text: text(u)?,
            emphasis,
            language: u.arbitrary::<bool>()?.then_some("zh"),
            means: u.arbitrary::<bool>()?.then(|| text(u)).transpose()?,
        },
        5 => Inline::Source { text: text(u)?, to: u.int_in_range(0..=4)?, numbers: cites(u)? },
        _ => Inline::Text { text: text(u)?, emphasis },
    })
}

fn inlines(u: &mut Unstructured<'_>) -> Result<Vec<Inline>> {
    many(u, 6, inline)
}

fn cell(u: &mut Unstructured<'_>) -> Result<Cell> {
    Ok(Cell { text: text(u)?, cites: cites(u)?, strong: u.arbitrary()? })
}

fn decimal(u: &mut Unstructured<'_>) -> Result<Decimal> {
    let digits: i64 = u.arbitrary()?;
    Ok(Decimal::try_from_i128_with_scale(i128::from(digits), u.int_in_range(0..=18)?).unwrap_or_default())
}

fn point(u: &mut Unstructured<'_>) -> Result<Point> {
    Ok(Point { value: decimal(u)?, label: text(u)?, told: text(u)?, detail: text(u)?, provisional: u.arbitrary()? })
}

fn tile(u: &mut Unstructured<'_>) -> Result<Tile> {
    let direction = *u.choose(&[Direction::Up, Direction::Flat, Direction::Down])?;
    let spark = |u: &mut Unstructured<'_>| -> Result<Sparkline> {
        let values = many(u, 12, |u| if u.arbitrary()? { Ok(Some(decimal(u)?)) } else { Ok(None) })?;
        Ok(Sparkline { values, first: text(u)?, last: text(u)?, alt: text(u)? })
    };
    Ok(Tile {
        label: text(u)?,
        value: text(u)?,
        unit: text(u)?,
        change: if u.arbitrary()? { Some(TileChange { direction, text: text(u)? }) } else { None },
        spark: if u.arbitrary()? { Some(spark(u)?) } else { None },
    })
}

fn table(u: &mut Unstructured<'_>) -> Result<Table> {
    let columns = many(u, 8, |u| Ok(Column { head: text(u)?, numeric: u.arbitrary()? }))?;
    let cells = |u: &mut Unstructured<'_>| columns.iter().map(|_| cell(u)).collect::<Result<Vec<_>>>();
    let rows = many(u, 20, |u| {
        Ok(match u.int_in_range(0..=4)? {
            0 => Row::Group(text(u)?),
            1 => Row::Total(cells(u)?),
            _ => Row::Body(cells(u)?),
        })
    })?;
    let anchor = (*u.choose(&["a", "b"])?).to_owned();
    Ok(Table {
        caption: text(u)?,
        continued: text(u)?,
        anchor,
        written: None,
        columns,
        rows,
        notes: many(u, 2, inlines)?,
    })
}

fn chart(u: &mut Unstructured<'_>) -> Result<Chart> {
    let labels = many(u, 40, text)?;
    let points = |u: &mut Unstructured<'_>| -> Result<ChartSeries> {
        let points = labels.iter().map(|_| if u.arbitrary()? { Ok(Some(point(u)?)) } else { Ok(None) });
        let points = points.collect::<Result<Vec<_>>>()?;
        Ok(ChartSeries { name: text(u)?, points })
    };
    let series = many(u, 5, points)?;
    Ok(Chart {
        form: *u.choose(ChartForm::ALL)?,
        title: text(u)?,
        subtitle: text(u)?,
        number: text(u)?,
        anchor: (*u.choose(&["a", "c"])?).to_owned(),
        written: None,
        alt: text(u)?,
        totals: many(u, 4, text)?,
        labels,
        series,
        axis_exponent: u.int_in_range(-12..=12)?,
        axis_unit: text(u)?,
        notes: many(u, 2, inlines)?,
        options: Box::new(chart_options(u)?),
    })
}

fn chart_options(u: &mut Unstructured<'_>) -> Result<ChartOptions> {
    let index = |u: &mut Unstructured<'_>| u.int_in_range(0..=12usize);
    let chosen = many(u, 3, index)?;
    let highlight = match u.int_in_range(0..=2)? {
        0 => None,
        1 => Some(Highlight::Series(chosen)),
        _ => Some(Highlight::Labels(chosen)),
    };
    let forecast = if u.arbitrary()? { Some(Forecast { from: index(u)?, word: text(u)? }) } else { None };
    let reference = if u.arbitrary()? { Some(Reference { value: decimal(u)?, label: text(u)? }) } else { None };
    let range = |u: &mut Unstructured<'_>| if u.arbitrary()? { Ok(Some((decimal(u)?, decimal(u)?))) } else { Ok(None) };
    Ok(ChartOptions {
        highlight,
        multiples: u.arbitrary()?,
        half: u.arbitrary()?,
        missing: text(u)?,
        gaps: many(u, 6, |u| Ok((index(u)?, index(u)?)))?,
        forecast,
        reference,
        ranges: many(u, 12, range)?,
    })
}

fn block(u: &mut Unstructured<'_>, depth: usize) -> Result<Block> {
    let inner = |u: &mut Unstructured<'_>| many(u, 3, |u| block(u, depth + 1));
    let kinds = if depth > 6 { 1 } else { 9 };
    Ok(match u.int_in_range(0..=kinds)? {
        0 => Block::Heading { level: u.int_in_range(2..=3)?, text: inlines(u)? },
        1 => Block::Paragraph {
            style: *u.choose(&[Style::Lead, Style::Body, Style::Note, Style::Attribution])?,
            text: inlines(u)?,
        },
        2 => Block::List {
            ordered: u.arbitrary()?,
            items: many(u, 4, |u| Ok(Item { text: inlines(u)?, children: inner(u)? }))?,
        },
        3 => Block::Tiles(many(u, 7, tile)?),
        4 => Block::Table(table(u)?),
        5 => Block::Chart(chart(u)?),
        6 => Block::Timeline(many(u, 8, |u| Ok(Milestone { date: text(u)?, text: text(u)?, cites: cites(u)? }))?),
        7 => Block::Callout {
            kind: *u.choose(&[CalloutKind::Tip, CalloutKind::Important, CalloutKind::Warning])?,
            title: text(u)?,
            blocks: inner(u)?,
        },
        8 => Block::KeyMessages(many(u, 5, inlines)?),
        _ => Block::Quote(inner(u)?),
    })
}

fn brief(u: &mut Unstructured<'_>) -> Result<(Brief, Theme)> {
    let theme = Theme {
        margin_side: *u.choose(&[20.0, 56.0, 160.0])?,
        body_size: *u.choose(&[6.0, 9.3, 16.0])?,
        columns: u.int_in_range(1..=2)?,
        ..Theme::default()
    };
    let brief = Brief {
        language: *u.choose(&Language::ALL)?,
        title: text(u)?,
        headline: text(u)?,
        edition: text(u)?,
        date: text(u)?,
        subject: text(u)?,
        created: chrono::DateTime::from_timestamp(1_795_410_000, 0).unwrap_or_default(),
        known: String::new(),
        snapshot: "0123456789abcdef".into(),
        blocks: many(u, 24, |u| block(u, 0))?,
        sources: many(u, 3, |u| {
            Ok(SourceEntry { publisher: text(u)?, text: text(u)?, url: Some(text(u)?), remark: text(u)? })
        })?,
        imprint: Imprint { heading: text(u)?, lines: many(u, 2, inlines)? },
        attachments: vec![Attachment {
            name: "figures.csv".into(),
            mime: "text/csv".into(),
            description: text(u)?,
            bytes: Vec::new(),
            stored: false,
        }],
        strings: Strings {
            page: text(u)?,
            sources: text(u)?,
            snapshot: text(u)?,
            known: String::new(),
            values: String::new(),
            no_value: String::new(),
            total: String::new(),
            range: String::new(),
            contents: text(u)?,
            back: text(u)?,
            footnote: text(u)?,
            up: text(u)?,
            down: text(u)?,
            flat: text(u)?,
        },
        footnotes: many(u, 4, inlines)?,
        key_figures: Vec::new(),
        names: many(u, 3, text)?,
        phrases: many(u, 3, |u| {
            let (text, language) = (text(u)?, u.choose(&[None, Some("de"), Some("zh")]).copied()?);
            Ok(Inline::Phrase { text, emphasis: Emphasis::None, language, means: None })
        })?,
    };
    Ok((brief, theme))
}
