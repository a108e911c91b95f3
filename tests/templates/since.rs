//! What has changed since the last edition, as its readers are told.

use greenbrief::{
    base::language::Language,
    document::{
        brief::{Block, Brief, EarlierEdition, Frame, Inline, Item, Template},
        layout, pdf,
    },
    figures::{Observation, Period, SeriesId, Snapshot, Status},
};

use super::with;
use crate::{frame, snapshot, template};

/// What the shipped brief printed with these figures, in all its languages.
fn printed(snapshot: &Snapshot) -> EarlierEdition {
    let lists = Language::ALL.map(|language| {
        let brief = template().fill(snapshot, language, &frame()).unwrap().brief;
        brief.attachments[0].bytes.clone()
    });
    EarlierEdition::read(11, "2026-11-16".parse().unwrap(), lists.iter().map(Vec::as_slice))
}

fn since(earlier: EarlierEdition) -> Frame {
    Frame { since: Some(earlier), ..frame() }
}

fn words(item: &Item) -> String {
    let word = |inline: &Inline| match inline {
        Inline::Text { text, .. } => text.clone(),
        Inline::Cite(numbers) => format!("{numbers:?}"),
        other => panic!("{other:?}"),
    };
    item.text.iter().map(word).collect()
}

/// The lines of the section, without the numbers of their sources.
fn told(brief: &Brief) -> Vec<String> {
    let heading = ["Since the last edition", "Seit der letzten Ausgabe", "与上期相比"];
    let is_heading = |block: &Block| matches!(block, Block::Heading { text, .. } if matches!(&text[..], [Inline::Text { text, .. }] if heading.contains(&text.as_str())));
    let Some(at) = brief.blocks.iter().position(is_heading) else { return Vec::new() };
    let Block::List { items, ordered: false } = &brief.blocks[at + 2] else { panic!("{:?}", brief.blocks[at + 2]) };
    items.iter().map(|item| words(item).split('[').next().unwrap().trim_end().to_owned()).collect()
}

fn id(name: &str) -> SeriesId {
    SeriesId::new(name).unwrap()
}

fn year(number: i32) -> Period {
    Period::Year(number)
}

/// The last edition: one value was another, one was not there yet, one is gone, one series was not printed.
fn before() -> EarlierEdition {
    let mut earlier = printed(&snapshot());
    earlier.values.retain(|it| !(it.series == id("cn_nev_sales") && it.period == year(2025)));
    earlier.values.retain(|it| it.series != id("catl_share"));
    let revised =
        earlier.values.iter_mut().find(|it| it.series == id("de_cn_imports") && it.period == year(2024)).unwrap();
    revised.value = "155.9".parse().unwrap();
    let mut gone = earlier.values.iter().find(|it| it.series == id("vw_bev_us")).unwrap().clone();
    (gone.period, gone.value) = (year(2019), "4700".parse().unwrap());
    earlier.values.push(gone);
    earlier
}

#[test]
fn changes_are_told_in_each_language_those_of_values_first() {
    let said = Language::ALL.map(|language| {
        let filled = template().fill(&snapshot(), language, &since(before())).unwrap();
        told(&filled.brief).join("\n")
    });
    insta::with_settings!({ snapshot_path => "../golden", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("since", said.join("\n\n"));
    });
}

#[test]
fn the_mail_tells_the_same_without_sources() {
    for language in Language::ALL {
        let filled = template().fill(&snapshot(), language, &since(before())).unwrap();
        let text: String = filled.mail.text.split_whitespace().collect();
        for line in told(&filled.brief) {
            let line: String = line.split_whitespace().collect();
            assert!(text.contains(&line), "{language}: {line} is missing in\n{}", filled.mail.text);
        }
        assert!(filled.mail.html.contains("<li><strong>"), "{}", filled.mail.html);
        assert!(!filled.mail.html.contains('\u{e006}') && !text.contains('\u{e006}'));
        let quiet = template().fill(&snapshot(), language, &since(printed(&snapshot()))).unwrap();
        assert_eq!(quiet.mail, template().fill(&snapshot(), language, &frame()).unwrap().mail);
    }
}

#[test]
fn nothing_is_told_where_nothing_has_changed_and_in_a_first_edition() {
    for language in Language::ALL {
        let first = template().fill(&snapshot(), language, &frame()).unwrap().brief;
        assert_eq!(told(&first), Vec::<String>::new());
        assert_eq!(template().fill(&snapshot(), language, &since(printed(&snapshot()))).unwrap().brief, first);
    }
}

#[test]
fn a_template_without_a_place_for_it_tells_nothing() {
    let template =
        Template::from_files("t", with(&[("en.md", "```since\n```\n", ""), ("mail.en.md", "{{ since }}\n", "")]));
    let filled = template.unwrap().fill(&snapshot(), Language::En, &since(before())).unwrap();
    assert_eq!(told(&filled.brief), Vec::<String>::new());
    assert!(!filled.mail.text.contains("last edition"));
}

#[test]
fn many_changes_are_counted() {
    let mut earlier = printed(&snapshot());
    for value in &mut earlier.values {
        value.value += rust_decimal::Decimal::ONE;
    }
    let count = earlier.values.len();
    let lines = told(&template().fill(&snapshot(), Language::En, &since(earlier)).unwrap().brief);
    assert_eq!(lines.len(), 13);
    assert_eq!(lines[12], format!("and {} more", count - 12));
    assert!(lines[..12].iter().all(|line| line.starts_with("Revised: ")), "{lines:?}");
}

#[test]
fn what_a_pin_keeps_is_no_change_and_another_unit_is_not_compared() {
    let mut earlier = printed(&snapshot());
    // The brief prints the world total of 2024 as known then, and as restated.
    let world =
        earlier.values.iter_mut().find(|it| it.series == id("vw_bev_world") && it.period == year(2024)).unwrap();
    world.value = "744800".parse().unwrap();
    let share = earlier.values.iter_mut().find(|it| it.series == id("ahk_stay")).unwrap();
    (share.value, share.unit) = ("1".parse().unwrap(), "companies".to_owned());
    let lines = told(&template().fill(&snapshot(), Language::En, &since(earlier)).unwrap().brief);
    let title = "Volkswagen Group: battery-electric deliveries, world";
    assert_eq!(lines, [format!("Revised: {title}, 2024: 744,800\u{a0}vehicles →\u{a0}744,600\u{a0}vehicles")]);
}

#[test]
fn a_provisional_value_is_marked_in_the_list() {
    let mut figures = snapshot();
    let rows = figures.data.observations.get_mut(&id("de_cn_imports")).unwrap();
    let is_newest = |row: &&mut Observation| row.period == year(2025);
    rows.iter_mut().filter(is_newest).for_each(|row| row.status = Status::Provisional);
    let mut earlier = printed(&figures);
    earlier.values.retain(|it| !(it.series == id("de_cn_imports") && it.period == year(2025)));
    let lines = told(&template().fill(&figures, Language::De, &since(earlier)).unwrap().brief);
    assert!(lines[0].contains("Mrd.\u{a0}Euro\u{a0}(vorläufig) ("), "{lines:?}");
}

#[test]
fn the_pages_are_the_same_bytes_each_time() {
    for language in Language::ALL {
        let write = || {
            let frame = since(before());
            let kept: Frame = serde_json::from_slice(&serde_json::to_vec(&frame).unwrap()).unwrap();
            let filled = template().fill(&snapshot(), language, &kept).unwrap();
            pdf::write(&layout::lay_out(&filled.brief, &template().theme).unwrap()).unwrap()
        };
        let bytes = write();
        assert_eq!(bytes, write());
        assert_eq!(crate::lint::lint(&bytes), [], "{language}");
        if let Some(folder) = std::env::var_os("GREENBRIEF_PAGES") {
            std::fs::write(std::path::Path::new(&folder).join(format!("since-{language}.pdf")), &bytes).unwrap();
        }
    }
}

#[test]
fn a_place_with_words_of_its_own_is_a_mistake() {
    let files = with(&[("en.md", "```since\n```\n", "```since last\ntitle = \"News\"\n```\n")]);
    let told = super::problems(files).to_string();
    assert!(told.contains("error: a block `since` has neither a name nor words of its own"), "{told}");
    assert!(told.contains("templates/green-economy/en.md:27:1"), "{told}");
}
