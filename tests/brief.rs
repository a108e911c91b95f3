//! The shipped brief says what the figures say: no problem in its template, its eight first figures in every language,
//! and every sentence turns when the changes turn.

use std::collections::{BTreeMap, BTreeSet};

use greenbrief::{
    base::language::Language,
    document::brief::{Block, Brief, Inline, Template},
    figures::{Observation, Period, Snapshot},
};
use rust_decimal::Decimal;

use crate::{frame, snapshot, template};

fn words(text: &[Inline]) -> String {
    text.iter()
        .map(|inline| match inline {
            Inline::Text { text, .. }
            | Inline::Phrase { text, .. }
            | Inline::Link { text, .. }
            | Inline::Reference { text, .. }
            | Inline::Source { text, .. } => text.as_str(),
            Inline::Cite(_) | Inline::Footnote(_) | Inline::Break => "",
        })
        .collect()
}

fn all_words(brief: &Brief) -> String {
    let mut all = brief.headline.clone();
    for block in &brief.blocks {
        all.push('\n');
        match block {
            Block::Heading { text, .. } | Block::Paragraph { text, .. } => all.push_str(&words(text)),
            Block::KeyMessages(messages) => messages.iter().for_each(|it| all.push_str(&words(it))),
            Block::List { items, .. } => items.iter().for_each(|item| all.push_str(&words(&item.text))),
            Block::Chart(chart) => all.push_str(&format!("{}\n{}", chart.title, chart.alt)),
            Block::Tiles(tiles) => tiles.iter().for_each(|t| {
                all.push_str(&format!("{} {} {}\n", t.label, t.value, t.change.as_ref().map_or("", |c| &c.text)));
            }),
            Block::Table(table) => all.push_str(&table.caption),
            Block::Timeline(_) | Block::Callout { .. } | Block::Quote(_) => {}
        }
    }
    all
}

#[test]
fn the_shipped_template_has_no_problem() {
    let problems = template().check(&snapshot(), &frame(), &Language::ALL);
    assert!(problems.is_empty(), "{problems}");
}

#[test]
fn the_first_figures_stand_in_every_language() {
    let wanted = [
        (Language::En, ["744,800", "−3.4%", "49,400", "−30.5%", "207,400", "+8.1%", "92%", "51%"]),
        (
            Language::De,
            ["744.800", "−3,4\u{a0}%", "49.400", "−30,5\u{a0}%", "207.400", "+8,1\u{a0}%", "92\u{a0}%", "51\u{a0}%"],
        ),
        (Language::Zh, ["74.48万", "−3.4%", "4.94万", "−30.5%", "20.74万", "+8.1%", "92%", "51%"]),
    ];
    for (language, figures) in wanted {
        let text = all_words(&template().fill(&snapshot(), language, &frame()).unwrap().brief);
        for figure in figures {
            assert!(text.contains(figure), "{language}: {figure} is missing");
        }
    }
}

#[test]
fn no_figure_stands_without_its_source() {
    for language in Language::ALL {
        let brief = template().fill(&snapshot(), language, &frame()).unwrap().brief;
        let cited: Vec<usize> = brief
            .blocks
            .iter()
            .flat_map(|block| match block {
                Block::Timeline(all) => all.iter().flat_map(|m| m.cites.clone()).collect::<Vec<_>>(),
                Block::Paragraph { text, .. } => {
                    let numbers = |it: &Inline| match it {
                        Inline::Cite(numbers) | Inline::Source { numbers, .. } => numbers.clone(),
                        _ => vec![],
                    };
                    text.iter().flat_map(numbers).collect()
                }
                _ => vec![],
            })
            .collect();
        assert!(cited.len() > 30);
        assert!(cited.iter().all(|n| (1..=brief.sources.len()).contains(n)));
    }
}

#[test]
fn sources_of_a_publisher_stand_together_and_figures_know_their_numbers() {
    let snapshot = snapshot();
    for language in Language::ALL {
        let brief = template().fill(&snapshot, language, &frame()).unwrap().brief;
        let heads: Vec<&str> =
            brief.sources.iter().map(|it| it.publisher.as_str()).filter(|it| !it.is_empty()).collect();
        let once: BTreeSet<&str> = heads.iter().copied().collect();
        assert!(heads.len() == once.len() && heads.len() * 2 < brief.sources.len(), "{language}: {heads:?}");
        assert!(brief.sources.iter().all(|it| !it.text.is_empty()));
        let publisher = |number: usize| {
            let upto = brief.sources[..number].iter().rev();
            upto.map(|it| it.publisher.as_str()).find(|it| !it.is_empty()).unwrap()
        };
        let mut reader = csv::Reader::from_reader(&*brief.attachments[0].bytes);
        let column = |name: &str, heads: &csv::StringRecord| heads.iter().position(|head| head == name).unwrap();
        let heads = reader.headers().unwrap().clone();
        let (named, numbers) = (column("publisher", &heads), column("sources", &heads));
        for record in reader.records().map(Result::unwrap) {
            let names: Vec<&str> = record[named].split(" | ").collect();
            let names: Vec<&str> = names.iter().map(|it| snapshot.data.publisher_name(it, language)).collect();
            for number in record[numbers].split("; ").filter(|it| !it.is_empty()) {
                let found = publisher(number.parse().unwrap());
                assert!(names.contains(&found), "{language}: {number} is of {found}, not of {names:?}");
            }
        }
    }
}

/// The same figures with every change turned around: values are mirrored in the year before, printed changes negated.
fn turned(snapshot: &Snapshot) -> Snapshot {
    let mut turned = snapshot.clone();
    let data = &mut turned.data;
    let printed: Vec<_> = data.series.values().filter(|s| s.change_of.is_some()).map(|s| s.id.clone()).collect();
    for (id, observations) in &mut data.observations {
        if printed.contains(id) {
            for o in observations.iter_mut() {
                o.value = -o.value;
            }
            continue;
        }
        // Reversing the values over the periods turns every rise into a fall; ties in the newest vintage only.
        let newest: BTreeMap<Period, Decimal> =
            observations.iter().map(|o: &Observation| (o.period, o.value)).collect();
        let values: Vec<Decimal> = newest.values().copied().collect();
        let (low, high) =
            (values.iter().min().copied().unwrap_or_default(), values.iter().max().copied().unwrap_or_default());
        for o in observations.iter_mut() {
            o.value = low + high - o.value;
        }
    }
    turned
}

#[test]
fn every_sentence_turns_with_its_figures() {
    let directions =
        [(Language::En, ["fell", "rose"]), (Language::De, ["sank", "stieg"]), (Language::Zh, ["下降", "增长"])];
    for (language, [down, up]) in directions {
        let now = template().fill(&snapshot(), language, &frame()).unwrap();
        let other = template().fill(&turned(&snapshot()), language, &frame()).unwrap();
        assert!(now.brief.headline.contains(down), "{language}: {}", now.brief.headline);
        assert!(
            other.brief.headline.contains(up) && !other.brief.headline.contains(down),
            "{language}: {}",
            other.brief.headline
        );
        assert_ne!(now.mail.subject, other.mail.subject);
        assert!(
            now.mail.subject.contains(down) && other.mail.subject.contains(up),
            "{language}: {}",
            other.mail.subject
        );
        let charts = |brief: &Brief| -> Vec<(String, String)> {
            brief
                .blocks
                .iter()
                .filter_map(|b| if let Block::Chart(c) = b { Some((c.title.clone(), c.alt.clone())) } else { None })
                .collect()
        };
        for ((before, alt), (after, other_alt)) in charts(&now.brief).iter().zip(&charts(&other.brief)) {
            assert_ne!(before, after, "{language}: the title does not turn");
            assert!(alt.starts_with(before.as_str()) && other_alt.starts_with(after.as_str()));
        }
    }
}

#[test]
fn every_conclusion_turns_with_its_figures() {
    let conclusions: [(Language, &[[&str; 2]]); 3] = [
        (
            Language::En,
            &[
                ["Volkswagen has ground to win back", "The partners build on growing volumes"],
                ["in Europe they rose by 65.9%", "in Europe they fell by 65.9%"],
                ["The decline is not confined", "The growth is not confined"],
                ["That share fell sharply once", "That share rose sharply once"],
                ["within two years grew by 2 percentage", "within two years declined by 2 percentage"],
                ["as their reason rose by 8", "as their reason fell by 8"],
                ["up 7.5 percentage points", "down 7.5 percentage points"],
                ["The gap is widening", "The gap is narrowing"],
                ["deliveries had risen by 8.1%", "deliveries had fallen by 8.1%"],
                ["goes on rising", "stops falling"],
                ["find a floor", "hold their growth"],
            ],
        ),
        (
            Language::De,
            &[
                ["Volkswagen muss Boden gutmachen", "Die Partner können auf steigende Stückzahlen"],
                ["Der Rückgang beschränkt sich", "Das Wachstum beschränkt sich"],
                ["sank in der Umfrage 2022/23 einmal stark", "stieg in der Umfrage 2022/23 einmal sprunghaft"],
                ["mehr investieren wollten, wuchs um 2", "mehr investieren wollten, fiel um 2"],
                ["8 Prozentpunkte mehr als im Jahr zuvor", "8 Prozentpunkte weniger als im Jahr zuvor"],
                ["zählen, stieg 2025/26 um 7,5", "zählen, sank 2025/26 um 7,5"],
                ["Die Schere geht weiter auf", "Die Schere schließt sich"],
                ["auf 207.400 gestiegen", "gesunken, in den USA"],
                ["weiter steigt", "nicht weiter sinkt"],
                ["einen Boden finden", "weiter zulegen"],
            ],
        ),
        (
            Language::Zh,
            &[
                ["大众须先收复失地", "合作可借交付上升之势推进"],
                ["可见下滑不限于", "可见增长不限于"],
                ["曾大幅下降，从71%", "曾大幅上升，从51%"],
                ["较上年上升2个百分点", "较上年下降2个百分点"],
                ["较上年度上升8", "较上年度下降8"],
                ["进出口差距扩大", "进出口差距缩小"],
                ["较2023年增长8.1%", "较2023年下降8.1%"],
                ["能否继续上升", "能否不再下降"],
                ["能否企稳", "能否继续增长"],
            ],
        ),
    ];
    for (language, conclusions) in conclusions {
        let text = |snapshot: &Snapshot| {
            let brief = template().fill(snapshot, language, &frame()).unwrap().brief;
            all_words(&brief).replace('\u{a0}', " ")
        };
        let (now, other) = (text(&snapshot()), text(&turned(&snapshot())));
        let wrong = |text: &str, said: &str, not: &str| !text.contains(said) || text.contains(not);
        let wrong: Vec<&[&str; 2]> = conclusions
            .iter()
            .filter(|[said, turned]| wrong(&now, said, turned) || wrong(&other, turned, said))
            .collect();
        assert!(wrong.is_empty(), "{language}: {wrong:#?}\n{now}\n\nTurned:\n{other}");
    }
}

#[test]
fn the_first_page_and_the_mail_lead_with_the_newest_values() {
    for (language, newest, old) in [
        (Language::En, ["983,100", "115,500", "251.8"], "744,800"),
        (Language::De, ["983.100", "115.500", "251,8"], "744.800"),
        (Language::Zh, ["98.31万", "11.55万", "2518亿"], "74.48万"),
    ] {
        let filled = template().fill(&snapshot(), language, &frame()).unwrap();
        let tiles = |block: &Block| if let Block::Tiles(tiles) = block { Some(tiles.clone()) } else { None };
        let all: Vec<_> = filled.brief.blocks.iter().filter_map(tiles).collect();
        let [now, seed] = all.as_slice() else { panic!("{language}: {} blocks of tiles", all.len()) };
        for value in newest {
            assert!(now.iter().any(|tile| tile.value.contains(value)), "{language}: {value}");
        }
        assert!(now.iter().all(|tile| tile.value != old) && seed.iter().any(|tile| tile.value == old), "{language}");
        assert!(filled.mail.text.contains(newest[1]) && !filled.mail.text.contains(old), "{}", filled.mail.text);
    }
}

#[test]
fn changes_in_trade_are_the_publishers() {
    let text = all_words(&template().fill(&snapshot(), Language::En, &frame()).unwrap().brief);
    for said in ["up 2.1%", "grew by 8.8%", "fell by 9.7%", "down 5.0%", "those that Destatis printed"] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert!(!text.contains("9.1%"), "{text}");
}

#[test]
fn every_mistake_of_a_template_is_shown_at_its_place() {
    let mut files = template().files;
    let text = String::from_utf8(files["en.md"].clone()).unwrap();
    let text = text.replacen("\"cn_nev_share\"", "\"cn_nev_shares\"", 1)
        + "\nWe saw 17 plants and {{ 744800 }} cars, {{ fig(\"vw_bev_cn\", \"1999\") }}.\n";
    files.insert("en.md".into(), text.into_bytes());
    let broken = Template::from_files("templates/green-economy", files).unwrap();
    let problems = broken.check(&snapshot(), &frame(), &[Language::En]).to_string();
    for wanted in [
        "error: `17` is a number typed by hand",
        "error: unknown series `cn_nev_shares`",
        "= hint: did you mean `cn_nev_share`?",
        "error: the number 744800 is typed by hand",
        "error: `vw_bev_cn` has no value for 1999 that is known by then",
        "= hint: there are values for 2021, 2023, 2024, 2025",
        "--> templates/green-economy/en.md:",
    ] {
        assert!(problems.contains(wanted), "{wanted}\n\n{problems}");
    }
}
