//! greenbrief's side of `benches/peers`: the neutral document as a brief, laid out and written again for every line that
//! is asked for, each time with another number woven into every paragraph, cell and title. The other side is in
//! `compare.py`.

use std::{
    fs,
    io::{BufRead, Write},
    path::Path,
    time::Instant,
};

use greenbrief::{
    base::language::Language,
    document::{
        brief::{
            Block, Brief, Cell, Chart, ChartForm, ChartSeries, Column, Emphasis, Inline, Item, Point, Row, Style,
            Table, Theme,
        },
        layout, pdf,
    },
};
use rust_decimal::Decimal;
use serde::Deserialize;

#[derive(Deserialize)]
struct Document {
    language: Language,
    title: String,
    sections: Vec<Section>,
}

#[derive(Deserialize)]
struct Section {
    heading: String,
    paragraphs: Vec<String>,
    #[serde(default)]
    items: Vec<String>,
    table: Option<Grid>,
    bars: Option<Bars>,
}

#[derive(Deserialize)]
struct Grid {
    caption: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct Bars {
    title: String,
    subtitle: String,
    labels: Vec<String>,
    values: Vec<i64>,
}

/// Reads `LANGUAGE NUMBER [FILE]` from standard input and answers `MILLISECONDS BYTES PAGES`, line by line. The time is
/// that from the neutral document's texts to the bytes of the PDF.
pub fn serve(path: &Path, frame: impl Fn(Language) -> Brief) {
    let documents: Vec<Document> = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let theme = Theme::default();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let mut words = line.split_whitespace();
        let (language, number) = (words.next().unwrap(), words.next().unwrap());
        let document = documents.iter().find(|document| document.language.to_string() == language).unwrap();
        let around = frame(document.language);
        let start = Instant::now();
        let laid_out = layout::lay_out(&brief(document, number, around), &theme).unwrap();
        let bytes = pdf::write(&laid_out).unwrap();
        let milliseconds = start.elapsed().as_secs_f64() * 1000.0;
        println!("{milliseconds:.3} {} {}", bytes.len(), laid_out.pages.len());
        std::io::stdout().flush().unwrap();
        if let Some(file) = words.next() {
            fs::write(file, bytes).unwrap();
        }
    }
}

/// `frame` says what stands around the blocks.
fn brief(document: &Document, number: &str, frame: Brief) -> Brief {
    let woven = |text: &str| text.replace("{n}", number);
    let words = |text: &str| vec![Inline::Text { text: woven(text), emphasis: Emphasis::None }];
    let mut blocks = Vec::new();
    for (nth, section) in document.sections.iter().enumerate() {
        blocks.push(Block::Heading { level: 2, text: words(&section.heading) });
        let paragraph = |text: &String| Block::Paragraph { style: Style::Body, text: words(text) };
        blocks.extend(section.paragraphs.iter().map(paragraph));
        if !section.items.is_empty() {
            let items = section.items.iter().map(|text| Item { text: words(text), children: Vec::new() }).collect();
            blocks.push(Block::List { ordered: false, items });
        }
        if let Some(grid) = &section.table {
            let cell = |text: &String| Cell { text: woven(text), cites: Vec::new(), strong: false };
            blocks.push(Block::Table(Table {
                continued: String::new(),
                caption: woven(&grid.caption),
                columns: grid
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(n, head)| Column { head: woven(head), numeric: n > 0 })
                    .collect(),
                anchor: format!("t{nth}"),
                written: None,
                rows: grid.rows.iter().map(|row| Row::Body(row.iter().map(cell).collect())).collect(),
                notes: Vec::new(),
            }));
        }
        if let Some(bars) = &section.bars {
            let point = |value: &i64| {
                let (value, label) = (Decimal::from(*value), value.to_string());
                Some(Point { value, told: label.clone(), label, detail: String::new(), provisional: false })
            };
            blocks.push(Block::Chart(Chart {
                form: ChartForm::Bars,
                title: woven(&bars.title),
                subtitle: woven(&bars.subtitle),
                number: String::new(),
                anchor: format!("c{nth}"),
                written: None,
                totals: Vec::new(),
                alt: format!("{}: {}", woven(&bars.title), bars.labels.join(", ")),
                labels: bars.labels.iter().map(|label| woven(label)).collect(),
                series: vec![ChartSeries { name: String::new(), points: bars.values.iter().map(point).collect() }],
                axis_exponent: 0,
                axis_unit: String::new(),
                notes: Vec::new(),
                options: Box::default(),
            }));
        }
    }
    Brief {
        title: woven(&document.title),
        headline: woven(&document.title),
        blocks,
        sources: Vec::new(),
        attachments: Vec::new(),
        ..frame
    }
}
