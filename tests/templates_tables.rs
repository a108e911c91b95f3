//! Tables of a template: groups, totals and marks as they come out in each language, and the mistakes that are told.

use std::collections::BTreeMap;

use greenbrief::{
    base::language::Language,
    document::brief::{Block, Brief, Cell, Inline, Row, Table, Template},
    figures::{Period, SeriesId, Snapshot, Status},
};

use crate::{frame, snapshot, template};

const ROWS: &str = r#"
[[deliveries.row]]
group = "abroad"

[[deliveries.row]]
key = "cn"
series = "vw_bev_cn"

[[deliveries.row]]
key = "us"
series = "vw_bev_us"

[[deliveries.row]]
key = "sum"
total = true

[[deliveries.row]]
group = "home"

[[deliveries.row]]
key = "eu"
series = "vw_bev_eu"

[[deliveries.row]]
key = "all"
total = ["sum", "eu"]
"#;

const NAMES: &str = r#"caption = "Deliveries"
names.abroad = "Overseas"
names.sum = "Overseas together"
names.home = "At home"
names.all = "All three"
names.cn = "China"
names.us = "USA"
names.eu = "Europe"
"#;

/// The shipped template with another table in place of its own.
fn files(keys: &str, rows: &str, names: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = template().files;
    let mut replaced = |name: &str, from: &str, to: &str, new: &str| {
        let text = String::from_utf8(files[name].clone()).unwrap();
        let (before, rest) = text.split_once(from).unwrap();
        let (_, after) = rest.split_once(to).unwrap();
        files.insert(name.to_owned(), format!("{before}{from}{new}{to}{after}").into_bytes());
    };
    replaced("blocks.toml", "[deliveries]\n", "# Exports are part", &format!("kind = \"table\"\n{keys}\n{rows}\n"));
    for name in ["en.md", "de.md", "zh.md"] {
        replaced(name, "```table deliveries\n", "```\n", names);
    }
    files
}

fn filled(files: BTreeMap<String, Vec<u8>>, snapshot: &Snapshot, language: Language) -> Brief {
    let template = Template::from_files("t", files).unwrap_or_else(|problems| panic!("{problems}"));
    template.fill(snapshot, language, &frame()).unwrap_or_else(|problems| panic!("{problems}")).brief
}

fn table(brief: &Brief) -> &Table {
    let mut tables = brief.blocks.iter().filter_map(|block| match block {
        Block::Table(table) => Some(table),
        _ => None,
    });
    tables.next_back().unwrap()
}

fn texts(row: &Row) -> Vec<&str> {
    match row {
        Row::Group(text) => vec![text],
        Row::Body(cells) | Row::Total(cells) => cells.iter().map(|cell: &Cell| cell.text.as_str()).collect(),
    }
}

fn problems(keys: &str, rows: &str, names: &str) -> String {
    match Template::from_files("t", files(keys, rows, names)) {
        Ok(template) => template.check(&snapshot(), &frame(), &[Language::En]).to_string(),
        Err(problems) => problems.to_string(),
    }
}

const YEARS: &str = "columns = [\"2022\", \"2024\", \"2025\"]\nchange = true";

#[test]
fn groups_and_totals_are_exact_in_every_language() {
    let wanted = [
        (Language::En, ["187,500", "930,300", "+32.0%"]),
        (Language::De, ["187.500", "930.300", "+32,0\u{a0}%"]),
        (Language::Zh, ["18.75", "93.03", "+32.0%"]),
    ];
    for (language, [sum, all, change]) in wanted {
        let brief = filled(files(YEARS, ROWS, NAMES), &snapshot(), language);
        let rows: Vec<Vec<&str>> = table(&brief).rows.iter().map(texts).collect();
        assert_eq!(rows[0], ["Overseas"]);
        assert_eq!(rows[3][0], "Overseas together");
        // China's 2022 is missing: so are the sums in which it would be.
        assert_eq!((rows[3][1], rows[6][1]), ("–", "–"));
        assert_eq!((rows[3][3], rows[6][3], rows[6][4]), (sum, all, change));
        let [_, explained] = &table(&brief).notes[..] else { panic!("{:?}", table(&brief).notes) };
        let [Inline::Text { text, .. }] = &explained[..] else { panic!("{explained:?}") };
        let told = match language {
            Language::En => "no sum, since a value is missing (",
            Language::De => "keine Summe, da ein Wert fehlt (",
            Language::Zh => "2022：缺少数据（",
        };
        assert!(text.contains(told), "{text}");
        let kinds: Vec<bool> = table(&brief).rows.iter().map(|row| matches!(row, Row::Total(_))).collect();
        assert_eq!(kinds, [false, false, false, true, false, false, true]);
        // The figures that were summed are cited under the table, and in the attached file.
        assert!(matches!(table(&brief).notes[0].last(), Some(Inline::Source { numbers, .. }) if numbers.len() >= 3));
        let csv = String::from_utf8(brief.attachments[0].bytes.clone()).unwrap();
        for line in ["vw_bev_cn,2024,207400", "vw_bev_us,2025,72000", "vw_bev_eu,2024,447900"] {
            assert!(csv.contains(line), "{csv}");
        }
    }
}

#[test]
fn german_numbers_follow_din_5008_where_the_theme_says_so() {
    let mut files = files(YEARS, ROWS, NAMES);
    files.insert("theme.toml".into(), b"[numbers]\nde = \"din\"\n".to_vec());
    let german = filled(files.clone(), &snapshot(), Language::De);
    assert_eq!(texts(&table(&german).rows[6])[3..], ["930\u{202f}300", "+32,0\u{a0}%"]);
    let Some(Block::Tiles(tiles)) = german.blocks.iter().find(|block| matches!(block, Block::Tiles(_))) else {
        panic!("no tiles");
    };
    assert_eq!(tiles[0].value, "983\u{202f}100");
    assert_eq!(texts(&table(&filled(files, &snapshot(), Language::En)).rows[6])[3], "930,300");
}

#[test]
fn what_is_not_the_last_word_is_marked_and_explained() {
    let mut snapshot = snapshot();
    let observations = snapshot.data.observations.get_mut(&SeriesId::new("vw_bev_us").unwrap()).unwrap();
    observations.iter_mut().filter(|o| o.period == Period::Year(2024)).for_each(|o| o.status = Status::Provisional);
    let rows = format!("{ROWS}[[deliveries.row]]\nkey = \"world\"\nseries = \"vw_bev_world\"\n");
    let keys = "columns = [\"2024\"]\nas_known = \"2025-03-04\"";
    for (language, note) in [
        (Language::En, "p: provisional; r: restated since"),
        (Language::De, "p: vorläufig; r: seither berichtigt"),
        (Language::Zh, "p：初步数据；r：此后已修订"),
    ] {
        let brief = filled(files(keys, &rows, NAMES), &snapshot, language);
        let marks: Vec<Option<&str>> = table(&brief)
            .rows
            .iter()
            .map(|row| texts(row).get(1).and_then(|cell| cell.split_once('\u{a0}')).map(|(_, marks)| marks))
            .collect();
        // A sum with a provisional value is provisional; the world's 744,800 became 744,600.
        assert_eq!(marks, [None, None, Some("p"), Some("p"), None, None, Some("p"), Some("r")]);
        assert!(
            matches!(&table(&brief).notes[1][0], Inline::Text { text, .. } if text == note),
            "{:?}",
            table(&brief).notes
        );
    }
    let plain = filled(files(YEARS, ROWS, NAMES), &crate::snapshot(), Language::En);
    // A dash and the sums that lack a part are explained, no marks.
    assert_eq!(table(&plain).notes.len(), 2);
}

#[test]
fn mistakes_in_rows_are_told_at_their_place() {
    let row = |lines: &str| format!("{ROWS}\n[[deliveries.row]]\n{lines}\n");
    for (lines, wanted) in [
        ("key = \"x\"", "error: a row lacks `series`"),
        ("series = \"vw_bev_us\"", "error: a row lacks `key`"),
        ("group = \"home\"\nkey = \"x\"", "error: a group has no `key`"),
        ("group = \"home\"\nseries = \"vw_bev_us\"", "error: a row is a series, a group or a total"),
        ("key = \"all\"\ntotal = [\"cn\", \"uss\"]", "error: no row `uss` stands above this total"),
        ("key = \"all\"\ntotal = []", "error: there is no row to add up"),
        ("group = \"home\"\n[[deliveries.row]]\nkey = \"all\"\ntotal = true", "error: there is no row to add up"),
        ("key = \"all\"\ntotal = false", "error: `total` is true or a list of keys"),
        ("key = \"all\"\ntotals = true", "error: unknown key `totals` in a row"),
        (
            "key = \"share\"\nseries = \"vw_bev_share\"\n[[deliveries.row]]\nkey = \"all\"\ntotal = [\"cn\", \"share\"]",
            "error: `cn` is in vehicles and `share` in percent",
        ),
    ] {
        let text = problems(YEARS, &row(lines), NAMES);
        assert!(text.contains(wanted), "{lines}\n{text}");
        let told = text.split("\n\n").find(|problem| problem.starts_with(wanted)).unwrap();
        assert!(told.contains("--> t/blocks.toml:") && told.contains("hint: "), "{told}");
    }
    assert!(problems(YEARS, &row("key = \"all\"\ntotal = [\"cn\", \"uss\"]"), NAMES).contains("did you mean `us`?"));
    let text = problems(YEARS, ROWS, &NAMES.replace("names.home = \"At home\"\n", ""));
    assert!(text.starts_with("error: this table has no name for `home`\n  --> t/en.md:42:1"), "{text}");
    assert!(text.contains("hint: write names.home = \"…\" in this block"), "{text}");
}

#[test]
fn a_table_that_is_too_wide_says_where_and_by_how_much() {
    let years: Vec<String> = (1986..2026).map(|year| format!("\"{year}\"")).collect();
    let keys = format!("columns = [{}]", years.join(", "));
    let files = files(&keys, ROWS, NAMES);
    let brief = filled(files, &snapshot(), Language::En);
    let problems = greenbrief::document::layout::lay_out(&brief, &template().theme).unwrap_err().to_string();
    assert!(
        problems.starts_with("error: the table “Table 1  Deliveries (vehicles)” is too wide for the page\n"),
        "{problems}"
    );
    assert!(problems.contains("--> t/en.md:42:1\n"), "{problems}");
    assert!(problems.contains(" mm too wide: leave out the columns 1986 to "), "{problems}");
}
