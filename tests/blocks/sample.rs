//! A brief with every block in three languages: what the page tests and the benchmark lay out.

use chrono::{TimeZone, Utc};
use greenbrief::{
    base::language::Language,
    document::brief::{
        Attachment, Block, Brief, Cell, Chart, ChartForm, ChartSeries, Column, Direction, Emphasis, Imprint, Inline,
        Item, Milestone, Point, Row, SourceEntry, Strings, Style, Table, Tile, TileChange,
    },
};
use rust_decimal::Decimal;

/// A paragraph with long words.
pub const LONG_EN: &str = "Electrification advances: the office of statistics found an efficient flow of vehicles, batteries and \
    components between both economies, although registrations of battery-electric cars grew at different speeds and \
    the international characterisation of supply chains remains incomplete.";
/// A paragraph with long words.
pub const LONG_DE: &str = "Die Elektrifizierung schreitet voran: Die Wirtschaftszusammenarbeit beider Länder umfasst Fahrzeuge, \
    Batterien und Maschinenbauerzeugnisse, obwohl sich die Neuzulassungen batterieelektrischer Fahrzeuge \
    unterschiedlich entwickelten und die Lieferkettensorgfaltspflichten weiterhin umstritten sind.";
/// A paragraph with long words.
pub const LONG_ZH: &str = "电动化进程加快：中德两国在汽车、电池和机械制造领域的合作不断深化，纯电动车全球销量为74.48万辆，同比下降3.4%；\
    其中中国市场销量20.74万辆，同比增长8.1%。李喆、王堃参加了会议，宁德时代（CATL）与大众汽车集团（中国）签署了合作备忘录。";

/// Plain words.
pub fn words(text: &str) -> Inline {
    Inline::Text { text: text.to_owned(), emphasis: Emphasis::None }
}

fn point(value: i64) -> Option<Point> {
    Some(Point {
        value: Decimal::from(value),
        label: value.to_string(),
        told: value.to_string(),
        detail: "+8.1%".to_owned(),
        provisional: value % 2 == 1,
    })
}

pub fn chart(form: ChartForm, number: &str) -> Block {
    let axis = ["2019", "2020", "2021", "2022", "2023", "2024"].map(str::to_owned).to_vec();
    let labels =
        if form == ChartForm::Bars { ["Europe", "China 中国", "USA"].map(str::to_owned).to_vec() } else { axis };
    let values = [441_400, 207_401, 73_400, 120_000, 90_000, 180_000];
    let points = labels.iter().zip(values).map(|(_, value)| point(value)).collect();
    Block::Chart(Chart {
        form,
        title: "China grew while Europe and the United States fell".to_owned(),
        subtitle: "Battery-electric deliveries, vehicles".to_owned(),
        number: number.to_owned(),
        anchor: number.to_owned(),
        written: None,
        alt: "China grew while Europe and the United States fell: Europe 441,400, China 207,401, USA 73,400".to_owned(),
        labels,
        series: vec![ChartSeries { name: "Volkswagen".to_owned(), points }],
        totals: vec![],
        axis_exponent: 3,
        axis_unit: "thousand vehicles".to_owned(),
        notes: vec![vec![words("Source: annual report."), Inline::Cite(vec![2])]],
        options: Box::default(),
    })
}

/// A brief with every block.
pub fn sample(language: Language) -> Brief {
    let long = match language {
        Language::En => LONG_EN,
        Language::De => LONG_DE,
        Language::Zh => LONG_ZH,
    };
    let mark = if language == Language::De { ("744.800", "−3,4 %", "8,25") } else { ("744,800", "−3.4%", "8.25") };
    let tile = |n: usize| Tile {
        label: ["Battery-electric cars, world, 2024", "Trade in goods between Germany and China, first half-year"]
            [n % 2]
            .to_owned(),
        value: mark.0.to_owned(),
        unit: "vehicles".to_owned(),
        change: (n != 2).then(|| TileChange {
            direction: [Direction::Down, Direction::Up, Direction::Flat][n % 3],
            text: format!("{} on 2023", mark.1),
        }),
        spark: None,
    };
    let row = |n: usize| {
        let cell = |text: &str, cites: &[usize]| Cell { text: text.to_owned(), cites: cites.to_vec(), strong: n == 29 };
        let share = ["8.25", "12.5", "–", "100"][n % 4].replace('.', if language == Language::De { "," } else { "." });
        Row::Body(vec![
            cell(&format!("Region {n} 省份"), &[]),
            cell(mark.0, if n == 1 { &[1, 3] } else { &[] }),
            cell(&share, &[]),
            cell(if n == 2 { long.get(..9).unwrap_or("text") } else { "steady" }, &[]),
        ])
    };
    let heading = |level, text: &str| Block::Heading { level, text: vec![words(text)] };
    let body = |n: usize| Block::Paragraph {
        style: Style::Body,
        text: vec![
            words(long),
            Inline::Cite(vec![1, 3]),
            words(" "),
            Inline::Text { text: "fi office".to_owned(), emphasis: Emphasis::Strong },
            words(" "),
            Inline::Text { text: "efficient flow".to_owned(), emphasis: Emphasis::Emphasis },
            words(&format!(" {n}; ")),
            Inline::Link {
                text: "the annual report of the issuer, with its notes and all of its appendices".to_owned(),
                url: "https://example.org/report?a=1&b=(2)".to_owned(),
            },
            words("."),
            Inline::Break,
            words("喆堃"),
        ],
    };
    Brief {
        language,
        title: "Green Economy Brief".to_owned(),
        headline: "China’s electric-car market grew while Volkswagen’s global sales fell".to_owned(),
        edition: "No. 12".to_owned(),
        date: "4 March 2025".to_owned(),
        subject: "Cited figures on cooperation".to_owned(),
        created: Utc.with_ymd_and_hms(2025, 3, 4, 7, 0, 0).single().unwrap_or_default(),
        known: "4 March 2025".to_owned(),
        snapshot: "0123456789abcdef".repeat(4),
        blocks: vec![
            Block::Paragraph { style: Style::Lead, text: vec![words(long), Inline::Cite(vec![2])] },
            Block::Tiles((0..8).map(tile).collect()),
            heading(2, "What happened"),
            body(1),
            body(2),
            chart(ChartForm::Bars, "Figure 1"),
            heading(3, "In detail"),
            body(3),
            Block::List {
                ordered: false,
                items: vec![
                    Item { text: vec![words("Battery cells")], children: vec![] },
                    Item {
                        text: vec![words(long)],
                        children: vec![Block::List {
                            ordered: true,
                            items: vec![
                                Item { text: vec![words("first")], children: vec![] },
                                Item { text: vec![words("second"), Inline::Cite(vec![3])], children: vec![] },
                            ],
                        }],
                    },
                ],
            },
            Block::Table(Table {
                continued: String::new(),
                anchor: "capacity".to_owned(),
                written: None,
                caption: "Table 1: Installed capacity by region".to_owned(),
                columns: [("Region", false), ("Vehicles", true), ("Share, %", true), ("Remark", false)]
                    .map(|(head, numeric)| Column { head: head.to_owned(), numeric })
                    .to_vec(),
                rows: (0..30).map(row).collect(),
                notes: vec![vec![words("Provisional."), Inline::Cite(vec![1])]],
            }),
            chart(ChartForm::Columns, "Figure 2"),
            heading(2, "Milestones"),
            Block::Timeline(
                (0..6)
                    .map(|n| Milestone {
                        date: format!("{} March 2024", n + 1),
                        text: if n % 2 == 0 { long.to_owned() } else { "A memorandum was signed".to_owned() },
                        cites: vec![2],
                    })
                    .collect(),
            ),
            Block::Paragraph { style: Style::Note, text: vec![words("Rounding differences are possible.")] },
        ],
        sources: (1..=3)
            .map(|n| SourceEntry {
                publisher: if n == 2 { String::new() } else { format!("Publisher {n}") },
                text: "Annual report, 4 March 2025".to_owned(),
                url: Some(format!("https://www.example.org/{n}")),
                remark: if n == 2 { "copy; primary source not found".to_owned() } else { String::new() },
            })
            .collect(),
        imprint: Imprint {
            heading: "Imprint".to_owned(),
            lines: vec![
                vec![words("Example Institute, Berlin")],
                vec![Inline::Link { text: "mail@example.org".to_owned(), url: "mailto:mail@example.org".to_owned() }],
            ],
        },
        attachments: vec![Attachment {
            name: "figures.csv".to_owned(),
            mime: "text/csv".to_owned(),
            description: "The figures of this brief".to_owned(),
            bytes: b"series,period,value\nbev,2024,744800\n".to_vec(),
            stored: false,
        }],
        strings: Strings {
            page: "Page {n} of {m}".to_owned(),
            sources: "Sources".to_owned(),
            snapshot: "Snapshot".to_owned(),
            known: "Data as of {d}".to_owned(),
            values: "Values of {n}".to_owned(),
            no_value: "no value".to_owned(),
            total: "Total".to_owned(),
            range: "from {a} to {b}".to_owned(),
            contents: "Contents".to_owned(),
            back: "Back to the text".to_owned(),
            footnote: "Footnote {n}".to_owned(),
            up: "up".to_owned(),
            down: "down".to_owned(),
            flat: "unchanged".to_owned(),
        },
        footnotes: vec![],
        key_figures: vec![],
        names: Vec::new(),
        phrases: Vec::new(),
    }
}
