//! Prose does not mix periods, and a provisional value is marked wherever it is printed.

use greenbrief::{
    base::language::Language,
    document::brief::{Block, Inline, Template},
    figures::{Observation, Period, Published, SeriesId, Snapshot, Status},
};
use rust_decimal::Decimal;

use crate::{frame, snapshot, template};

/// The figures with a value of BYD for 2026, which CATL does not have yet.
fn with_byd_2026() -> Snapshot {
    let mut snapshot = snapshot();
    let all = snapshot.data.observations.get_mut(&SeriesId::new("byd_share").unwrap()).unwrap();
    let mut newer = all.last().unwrap().clone();
    newer.period = Period::Year(2026);
    newer.vintage = Published::Day("2026-11-10".parse().unwrap());
    newer.value = Decimal::new(165, 1);
    all.push(newer);
    snapshot
}

fn template_with(language: Language, body: &str) -> Template {
    let mut files = template().files;
    let text = format!("+++\nheadline = \"H\"\nsubject = \"S\"\n+++\n{body}\n");
    // Words that only the text names which is replaced.
    let words = String::from_utf8(files["words.toml"].clone()).unwrap();
    files.insert("words.toml".to_owned(), words.split("[de.they_to]").next().unwrap().into());
    files.insert(format!("{language}.md"), text.into_bytes());
    Template::from_files("t", files).unwrap()
}

#[test]
fn a_sentence_that_mixes_periods_is_warned_of() {
    let bodies = [
        (
            Language::En,
            "In {{ latest(\"catl_share\").period }} CATL held {{ latest(\"catl_share\") }}, BYD {{ latest(\"byd_share\") }}.",
            "t/en.md",
        ),
        (
            Language::De,
            "Von CATL stammten [[2025]] {{ latest(\"catl_share\") }}, von BYD {{ latest(\"byd_share\") }}. Ende.",
            "t/de.md",
        ),
        (
            Language::Zh,
            "{{ latest(\"catl_share\").period }}，宁德时代占{{ latest(\"catl_share\") }}，比亚迪占{{ latest(\"byd_share\") }}。",
            "t/zh.md",
        ),
    ];
    for (language, body, file) in bodies {
        let at = body.rfind("{{ latest(\"byd_share\")").unwrap();
        let place = format!("{file}:5:{}", body[..at].chars().count() + 1);
        let template = template_with(language, body);
        assert_eq!(template.check(&snapshot(), &frame(), &[language]).to_string(), "", "{body}");
        let told = template.check(&with_byd_2026(), &frame(), &[language]).to_string();
        let wanted = "warning: this sentence speaks of 2025, and the value of `byd_share` is for 2026\n";
        assert!(told.starts_with(&format!("{wanted} --> {place}\n")), "{told}");
        assert!(told.contains("hint: let the sentence say it, as in {{ latest(\"byd_share\").period }}"), "{told}");
        assert_eq!(told.matches("warning: ").count(), 1, "{told}");
    }
}

#[test]
fn two_latest_values_and_a_computed_period_are_warned_of() {
    for (body, warnings) in [
        ("CATL holds {{ latest(\"catl_share\") }}, BYD {{ latest(\"byd_share\") }}.", 2),
        ("CATL holds {{ latest(\"catl_share\") }}. BYD holds {{ latest(\"byd_share\") }}.", 0),
        (
            "In {{ latest(\"catl_share\").period }} BYD gained {{ change(\"byd_share\", latest(\"byd_share\").year|string) }}.",
            1,
        ),
        ("In [[2023]] it was {{ fig(\"catl_share\", \"2023\")|past }}, now it is {{ latest(\"byd_share\") }}.", 1),
        (
            "In [[2023]] it was {{ fig(\"catl_share\", \"2023\")|past }}, in [[2024]] it was {{ fig(\"byd_share\", \"2024\")|past }}.",
            0,
        ),
        ("- one: {{ latest(\"catl_share\") }}\n- other: {{ latest(\"byd_share\") }}", 0),
        (
            "```chart nev\ntitle = '''{{ latest(\"catl_share\").period }}: {{ latest(\"byd_share\")|nocite }}'''\nnames.cn_nev_sales = \"S\"\n```",
            1,
        ),
    ] {
        let told = template_with(Language::En, body).check(&with_byd_2026(), &frame(), &[Language::En]).to_string();
        assert_eq!(told.matches("warning: ").count(), warnings, "{body}\n{told}");
        assert!(!told.contains("error: "), "{body}\n{told}");
    }
}

/// The words of all paragraphs.
fn words(snapshot: &Snapshot, language: Language) -> String {
    let brief = template().fill(snapshot, language, &frame()).unwrap().brief;
    let texts = brief.blocks.iter().filter_map(|block| match block {
        Block::Paragraph { text, .. } => Some(text),
        _ => None,
    });
    let word = |inline: &Inline| match inline {
        Inline::Text { text, .. } => text.clone(),
        _ => String::new(),
    };
    texts.map(|text| text.iter().map(word).collect::<String>() + "\n").collect()
}

#[test]
fn the_shipped_texts_stay_in_one_year_when_newer_figures_come_in_one_by_one() {
    let known = snapshot();
    // One series after the other has a value for a year that no other has.
    for id in known.data.series.keys() {
        let Some(last) = known.latest(id, None).filter(|last| matches!(last.period, Period::Year(_))) else { continue };
        let mut newer = known.clone();
        let next = Observation {
            period: Period::Year(2026),
            vintage: Published::Day("2026-11-20".parse().unwrap()),
            ..last.clone()
        };
        // And the year before, from which its change is computed.
        let before = Observation { period: Period::Year(2025), ..next.clone() };
        let all = newer.data.observations.get_mut(id).unwrap();
        if !all.iter().any(|observation| observation.period == before.period) {
            all.push(before);
        }
        all.push(next);
        all.sort_by_key(|observation| (observation.period, observation.vintage));
        let told = template().check(&newer, &frame(), &Language::ALL).to_string();
        assert_eq!(told, "", "{id}");
    }
    let (before, after) = (snapshot(), with_byd_2026());
    for language in Language::ALL {
        assert_eq!(words(&before, language), words(&after, language), "{language}");
    }
}

/// The figures with one value as its publisher calls it provisional.
fn provisional(series: &str, year: i32) -> Snapshot {
    let mut snapshot = snapshot();
    let all = snapshot.data.observations.get_mut(&SeriesId::new(series).unwrap()).unwrap();
    all.iter_mut().filter(|o| o.period == Period::Year(year)).for_each(|o| o.status = Status::Provisional);
    snapshot
}

#[test]
fn a_provisional_value_is_marked_in_prose_with_what_rests_on_it() {
    let marks =
        [(Language::En, "\u{a0}(provisional)"), (Language::De, "\u{a0}(vorläufig)"), (Language::Zh, "（初步数据）")];
    let snapshot = provisional("vw_bev_cn", 2024);
    for (language, mark) in marks {
        let fill = |body: &str| -> String {
            let filled = template_with(language, body).fill(&snapshot, language, &frame()).unwrap();
            let Block::Paragraph { text, .. } = &filled.brief.blocks[0] else { panic!() };
            text.iter().map(|inline| if let Inline::Text { text, .. } = inline { text.as_str() } else { "" }).collect()
        };
        for (body, marked) in [
            ("{{ fig(\"vw_bev_cn\", \"2024\") }}", true),
            ("{{ fig(\"vw_bev_cn\", \"2024\")|full|nocite }}", true),
            ("{{ fig(\"vw_bev_cn\", \"2024\")|bare }}", true),
            ("{{ change(\"vw_bev_cn\", \"2024\")|abs }}", true),
            ("{{ diff(\"vw_bev_cn\", \"2025\", \"2024\") }}", true),
            ("{{ ratio(fig(\"vw_bev_us\", \"2024\"), fig(\"vw_bev_cn\", \"2024\")) }}", true),
            ("{{ fig(\"vw_bev_cn\", \"2023\") }}", false),
            ("{{ fig(\"vw_bev_us\", \"2024\") }}", false),
        ] {
            assert_eq!(fill(body).ends_with(mark), marked, "{language} {body}: {}", fill(body));
        }
    }
}

#[test]
fn a_provisional_value_is_marked_in_tiles_tables_charts_the_mail_and_the_csv() {
    // The second tile shows its change on 2024.
    let snapshot = provisional("vw_bev_cn", 2024);
    for (language, mark) in
        [(Language::En, "(provisional)"), (Language::De, "(vorläufig)"), (Language::Zh, "（初步数据）")]
    {
        let filled = template().fill(&snapshot, language, &frame()).unwrap();
        let blocks = &filled.brief.blocks;
        let tiles = blocks.iter().find_map(|block| if let Block::Tiles(tiles) = block { Some(tiles) } else { None });
        let labels: Vec<bool> = tiles.unwrap().iter().map(|tile| tile.label.ends_with(mark)).collect();
        assert_eq!(labels, [false, true, false, false, false], "{language}");
        let marked = filled.brief.key_figures.iter().filter(|figure| figure.label.ends_with(mark)).count();
        assert_eq!(marked, 1, "{:?}", filled.brief.key_figures);
        assert!(filled.mail.text.contains(mark), "{}", filled.mail.text);
        let table = blocks.iter().find_map(|block| if let Block::Table(table) = block { Some(table) } else { None });
        let cells: String = format!("{:?}", table.unwrap().rows);
        // The value of 2024, and the change of 2025 on it.
        assert_eq!(cells.matches("\\u{a0}p\"").count(), 2, "{cells}");
        let notes = format!("{:?}", table.unwrap().notes);
        assert!(notes.contains(if language == Language::Zh { "p：初步数据" } else { "p: " }), "{notes}");
    }
    let snapshot = provisional("cn_nev_sales", 2025);
    let brief = template().fill(&snapshot, Language::En, &frame()).unwrap().brief;
    let nev = brief.blocks.iter().find_map(|block| match block {
        Block::Chart(chart) if chart.anchor == "nev" => Some(chart),
        _ => None,
    });
    let nev = nev.unwrap();
    assert!(nev.title.contains("(provisional)"), "{}", nev.title);
    assert_eq!(nev.alt.matches("(provisional)").count(), 2, "{}", nev.alt);
    assert!(format!("{:?}", nev.notes).contains("2025 provisional (lighter)"), "{:?}", nev.notes);
    let csv = String::from_utf8(brief.attachments[0].bytes.clone()).unwrap();
    assert!(
        csv.starts_with("series,period,value,unit,vintage,publisher,carrier,published_on,url,quality,status,title,"),
        "{csv}"
    );
    let rows: Vec<&str> = csv.lines().filter(|line| line.contains(",provisional,")).collect();
    assert!(!rows.is_empty() && rows.iter().all(|row| row.starts_with("cn_nev_sales,2025,")), "{rows:?}");
}

#[test]
fn a_change_on_a_provisional_year_is_marked_in_a_table() {
    let snapshot = provisional("vw_bev_us", 2024);
    let brief = template().fill(&snapshot, Language::En, &frame()).unwrap().brief;
    let table = brief.blocks.iter().find_map(|block| if let Block::Table(table) = block { Some(table) } else { None });
    let cells = format!("{:?}", table.unwrap().rows);
    // The value of 2024, and the change of 2025 on it.
    assert_eq!(cells.matches("\\u{a0}p\"").count(), 2, "{cells}");
}

/// The figures with another observation of a series.
fn with(series: &str, period: &str, value: i64) -> Snapshot {
    let mut snapshot = snapshot();
    let all = snapshot.data.observations.get_mut(&SeriesId::new(series).unwrap()).unwrap();
    let mut newer = all.last().unwrap().clone();
    newer.period = period.parse().unwrap();
    newer.value = Decimal::from(value);
    all.push(newer);
    all.sort_by_key(|observation| (observation.period, observation.vintage));
    snapshot
}

/// The first paragraph of a body.
fn paragraph(body: &str, snapshot: &Snapshot, language: Language) -> String {
    let filled = template_with(language, body).fill(snapshot, language, &frame()).unwrap_or_else(|e| panic!("{e}"));
    let Block::Paragraph { text, .. } = &filled.brief.blocks[0] else { panic!() };
    text.iter().map(|inline| if let Inline::Text { text, .. } = inline { text.as_str() } else { "" }).collect()
}

#[test]
fn the_latest_value_goes_by_the_frequency_of_its_series() {
    // A half year of the newest year, and of the one before, beside years.
    let mut both = with("vw_bev_cn", "2025-H1", 59_400);
    let all = both.data.observations.get_mut(&SeriesId::new("vw_bev_cn").unwrap()).unwrap();
    let before = Observation { period: "2024-H1".parse().unwrap(), value: Decimal::from(90_600), ..all[0].clone() };
    all.push(before);
    for language in Language::ALL {
        assert_eq!(words(&snapshot(), language), words(&both, language), "{language}");
        let subject = |snapshot: &Snapshot| template().fill(snapshot, language, &frame()).unwrap().mail.subject;
        assert_eq!(subject(&snapshot()), subject(&both));
        let told = template().check(&both, &frame(), &[language]).to_string();
        assert_eq!(told, "", "{language}");
    }
    for (body, wanted) in [
        ("{{ latest(\"vw_bev_cn\").period }}", "2025"),
        ("{{ latest(\"vw_bev_cn\", freq=\"half\").period }}", "H1 2025"),
        ("{{ latest(\"vw_bev_cn\", freq=\"half\") }}", "59,400"),
        // A change takes the period of the figure, and compares it with the same half of the year before.
        ("{{ change(\"vw_bev_cn\", latest(\"vw_bev_cn\", freq=\"half\")) }}", "−34.4 %"),
        ("{{ change(\"vw_bev_cn\", latest(\"vw_bev_cn\", freq=\"half\").period) }}", "−34.4 %"),
        (
            "{{ fig(\"vw_bev_cn\", latest(\"vw_bev_us\")) }}",
            &paragraph("{{ latest(\"vw_bev_cn\") }}", &both, Language::En),
        ),
    ] {
        let told = paragraph(body, &both, Language::En);
        assert_eq!(told.replace(['\u{a0}', '\u{202f}'], " ").replace(" %", "%"), wanted.replace(" %", "%"), "{body}");
    }
}

#[test]
fn unequal_periods_are_not_compared() {
    let both = with("vw_bev_cn", "2025-H1", 59_400);
    for (body, told) in [
        (
            "{{ diff(\"vw_bev_cn\", \"2025-H1\", \"2024\") }}",
            "error: 2025-H1 is a half and 2024 is a year: a change compares equal periods\n --> t/en.md:5:34\n",
        ),
        (
            "{{ ratio(fig(\"vw_bev_cn\", \"2025-H1\"), fig(\"vw_bev_cn\", \"2024\")) }}",
            "warning: 2025-H1 is a half and 2024 is a year: this ratio compares unequal periods\n --> t/en.md:5:4\n",
        ),
        ("{{ latest(\"vw_bev_cn\", freq=\"hlaf\") }}", "error: `hlaf` is no length of a period\n --> t/en.md:5:30\n"),
        (
            "{{ latest(\"vw_bev_cn\", freq=\"month\") }}",
            "error: `vw_bev_cn` has no value for a month that is known by then\n --> t/en.md:5:30\n",
        ),
    ] {
        let found = template_with(Language::En, body).check(&both, &frame(), &[Language::En]).to_string();
        assert!(found.starts_with(told), "{body}\n{found}");
    }
}

#[test]
fn a_latest_value_that_stands_still_is_warned_of() {
    // Newer months, years after the last year: whoever reads “latest” would not know.
    let months = with("vw_bev_cn", "2027-03", 9_000);
    let body = "{{ latest(\"vw_bev_cn\") }}";
    let found = template_with(Language::En, body).check(&months, &frame(), &[Language::En]).to_string();
    let told =
        "warning: the latest value of `vw_bev_cn` is for 2025, and there is one for 2027-03\n --> t/en.md:5:12\n";
    assert!(found.starts_with(told) && found.contains("latest(\"vw_bev_cn\", freq=\"month\")"), "{found}");
}

#[test]
fn a_headline_and_a_subject_do_not_mix_periods() {
    let mix = "{{ latest(\\\"catl_share\\\").period }}: {{ latest(\\\"byd_share\\\")|nocite }}";
    for (key, other) in [("headline", "subject"), ("subject", "headline")] {
        let mut files = template().files;
        files.insert("en.md".into(), format!("+++\n{other} = \"S\"\n{key} = \"{mix}\"\n+++\nText.\n").into_bytes());
        let told = Template::from_files("t", files).unwrap().check(&with_byd_2026(), &frame(), &[Language::En]);
        assert!(
            told.to_string().starts_with(
                "warning: this sentence speaks of 2025, and the value of `byd_share` is for 2026\n --> t/en.md:3:"
            ),
            "{told}"
        );
    }
    let mut files = template().files;
    files.insert("mail.en.md".into(), format!("+++\nsubject = \"{mix}\"\n+++\nText.\n").into_bytes());
    let told = Template::from_files("t", files).unwrap().check(&with_byd_2026(), &frame(), &[Language::En]);
    assert!(told.to_string().contains("--> t/mail.en.md:2:"), "{told}");
}

#[test]
fn the_words_for_a_period_bring_their_preposition() {
    for (period, wanted) in [
        ("2025", ["In 2025", "Im Jahr 2025", "2025年"]),
        ("2025-H1", ["In H1 2025", "Im 1. Halbjahr 2025", "2025年上半年"]),
        ("2025-Q3", ["In Q3 2025", "Im 3. Quartal 2025", "2025年第3季度"]),
        ("2025-06", ["In June 2025", "Im Juni 2025", "2025年6月"]),
    ] {
        for (language, wanted) in Language::ALL.into_iter().zip(wanted) {
            let figures = with("vw_bev_cn", period, 100);
            let body = format!("{{{{ fig(\"vw_bev_cn\", \"{period}\").in_period|capitalize }}}}");
            assert_eq!(paragraph(&body, &figures, language), wanted);
        }
    }
    assert_eq!(paragraph("{{ \"aB c\"|capitalize }}", &snapshot(), Language::En), "Ab c");
}

#[test]
fn the_change_beside_a_bar_is_marked_and_explained() {
    // What the change rests on is provisional, not the value itself.
    let snapshot = provisional("vw_bev_cn", 2023);
    for (language, explained, spoken) in [
        (Language::En, "p: provisional.", "(provisional)"),
        (Language::De, "p: vorläufig.", "(vorläufig)"),
        (Language::Zh, "p：初步数据。", "（初步数据）"),
    ] {
        let mut files = template().files;
        let blocks = String::from_utf8(files["blocks.toml"].clone()).unwrap();
        let (before, rest) = blocks.split_once("[markets]\n").unwrap();
        let (_, after) = rest.split_once("[deliveries]\n").unwrap();
        let row = |id: &str| format!("[[markets.row]]\nkey = \"{id}\"\nseries = \"{id}\"\n");
        let rows: String = ["vw_bev_eu", "vw_bev_cn", "vw_bev_us"].map(row).concat();
        let keys = "kind = \"chart\"\nform = \"bars\"\nperiods = [\"2024\"]\ndetail = \"change\"\n";
        let bars = format!("{before}[markets]\n{keys}{rows}[deliveries]\n{after}");
        files.insert("blocks.toml".into(), bars.into_bytes());
        let template = Template::from_files("t", files).unwrap();
        let brief = template.fill(&snapshot, language, &frame()).unwrap().brief;
        let chart = brief.blocks.iter().find_map(|block| match block {
            Block::Chart(chart) if chart.anchor == "markets" => Some(chart),
            _ => None,
        });
        let chart = chart.unwrap();
        let details: Vec<&str> =
            chart.series.iter().flat_map(|one| &one.points).flatten().map(|point| point.detail.as_str()).collect();
        assert_eq!(details.iter().filter(|detail| detail.ends_with("\u{a0}p")).count(), 1, "{details:?}");
        let notes = format!("{:?}", chart.notes);
        assert!(notes.contains(explained), "{notes}");
        assert_eq!(chart.alt.matches(spoken).count(), 1, "{}", chart.alt);
    }
}

#[test]
fn figures_are_not_compared_as_texts_are() {
    for (body, at) in [
        ("{% if change(\"vw_bev_cn\", \"2024\") > 0 %}a{% endif %}", "change("),
        ("{% if 0 < fig(\"vw_bev_cn\", \"2024\")|past %}a{% endif %}", "fig("),
        ("{{ [fig(\"vw_bev_cn\", \"2024\"), fig(\"vw_bev_cn\", \"2025\")]|max }}", "fig("),
    ] {
        let told = template_with(Language::En, body).fill(&snapshot(), Language::En, &frame()).unwrap_err().to_string();
        assert!(told.starts_with("error: a figure is not compared in a template\n"), "{body}: {told}");
        assert!(told.contains(at) && told.contains("= hint: pick(change(…), "), "{body}: {told}");
    }
    // Attributes may be.
    let body = "{% if latest(\"vw_bev_cn\").year > 2000 %}a{% endif %}{% set y = [latest(\"catl_share\").year, latest(\"byd_share\").year]|min %}b";
    template_with(Language::En, body).fill(&snapshot(), Language::En, &frame()).unwrap();
}

#[test]
fn values_from_both_sides_of_a_break_make_no_ratio() {
    let mut snapshot = snapshot();
    let [old, new] = ["vw_bev_cn", "vw_bev_us"].map(|id| SeriesId::new(id).unwrap());
    snapshot.data.series.get_mut(&new).unwrap().predecessor = Some(old);
    let body = "{{ ratio(fig(\"vw_bev_us\", \"2024\"), fig(\"vw_bev_cn\", \"2024\")) }}";
    let told = template_with(Language::En, body).fill(&snapshot, Language::En, &frame()).unwrap_err().to_string();
    assert!(told.starts_with("error: `vw_bev_us` goes on `vw_bev_cn` after a break\n"), "{told}");
    let body = "{{ change(\"vw_bev_us\", \"2019\") }}";
    let told = template_with(Language::En, body).fill(&snapshot, Language::En, &frame()).unwrap_err().to_string();
    assert!(told.contains("until a break there was `vw_bev_cn`, whose values are not compared with these"), "{told}");
}
