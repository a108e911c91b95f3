//! What is known of words, their language and what they stand for, in each place of a template: it is kept where the words are set
//! as text, and an error where they are plain text. Nowhere are the braces printed.

use std::collections::BTreeMap;

use greenbrief::{
    base::language::Language,
    document::{
        brief::{Block, Template, Theme},
        layout::{
            self,
            document::{Document, Item, StructureType},
        },
    },
};

use crate::{frame, snapshot};

const BLOCKS: &str = "[now]\nkind = \"tiles\"\n[[now.tile]]\nkey = \"cn\"\nseries = \"vw_bev_cn\"\n\
    [[now.tile]]\nkey = \"eu\"\nseries = \"vw_bev_eu\"\n\
    [one]\nkind = \"tiles\"\n[[one.tile]]\nkey = \"cn\"\nseries = \"vw_bev_cn\"\n\
    [nev]\nkind = \"chart\"\nform = \"columns\"\nseries = [\"cn_nev_sales\", \"cn_nev_exports\"]\nfrom = \"2022\"\n\
    [power]\nkind = \"table\"\ncolumns = [\"2024\", \"2025\"]\n[[power.row]]\ngroup = \"de\"\n\
    [[power.row]]\nkey = \"wind\"\nseries = \"de_wind_twh\"\n";

const TEXT: &str = r#"+++
headline = '''What the [IW]{lang=de means="Institut der deutschen Wirtschaft"} counts'''
subject = "s"
+++
## The [经济参考报]{lang=zh} counts too

Words.

```tiles now
labels.cn = '''Cars of [VW]{means="Volkswagen"}'''
labels.eu = "Europe"
```

```tiles one
labels.cn = "Called [Absatz]{lang=de}"
```

```chart nev
title = "In the words of [Le Monde]{lang=fr}"
subtitle = "Called [ventes]{lang=fr}"
names.cn_nev_sales = "[Vendite]{lang=it}"
note = "Of the [CAAM]{means=\"China Association of Automobile Manufacturers\"}."
```

```table power
caption = "Called [Strom]{lang=de}"
head = "[Quelle]{lang=de}"
names.de = "[Bundesrepublik]{lang=de}"
names.wind = "[Windkraft]{lang=de}"
```
"#;

fn files(text: &str, mail: &str) -> BTreeMap<String, Vec<u8>> {
    let files = [("en.md", text), ("mail.en.md", mail), ("blocks.toml", BLOCKS)];
    files.into_iter().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect()
}

const MAIL: &str = "+++\nsubject = \"s\"\n+++\n{{ key_figures }}\n\n{{ chart }}\n\n{{ imprint }}\n";

fn painted(document: &Document) -> String {
    let items = document.pages.iter().flat_map(|page| &page.items);
    let runs = items.filter_map(|item| if let Item::Text(run) = item { Some(run) } else { None });
    runs.flat_map(|run| run.glyphs.iter().filter_map(|glyph| run.text.get(glyph.start..glyph.end))).collect()
}

#[test]
fn braces_are_kept_wherever_words_are_set_as_text() {
    let template = Template::from_files("t", files(TEXT, MAIL)).unwrap_or_else(|it| panic!("{it}"));
    let filled = template.fill(&snapshot(), Language::En, &frame()).unwrap_or_else(|it| panic!("{it}"));
    let document = layout::lay_out(&filled.brief, &Theme::default()).unwrap_or_else(|it| panic!("{it}"));
    let spans = document.nodes.iter().filter(|node| node.kind == StructureType::Span);
    let told: Vec<(Option<&str>, Option<&str>)> = spans.map(|it| (it.language, it.means.as_deref())).collect();
    for wanted in [
        (Some("de"), Some("Institut der deutschen Wirtschaft")),
        (Some("zh"), None),
        (None, Some("Volkswagen")),
        (Some("fr"), None),
        (None, Some("China Association of Automobile Manufacturers")),
        (Some("de"), None),
    ] {
        assert!(told.contains(&wanted), "{wanted:?} in {told:?}");
    }
    let count = |language| told.iter().filter(|(of, means)| *of == Some(language) && means.is_none()).count();
    // Title and subtitle; label, caption, head, head of a group and name of a row.
    assert_eq!((count("fr"), count("de")), (2, 5), "{told:?}");
    let painted = painted(&document);
    for words in ["What the IW counts", "Le Monde", "Vendite", "Windkraft", "Bundesrepublik"] {
        assert!(painted.replace('\n', "").contains(words), "{words}: {painted}");
    }
    let chart =
        filled.brief.blocks.iter().find_map(|block| if let Block::Chart(chart) = block { Some(chart) } else { None });
    let chart = chart.unwrap();
    assert_eq!(
        (chart.title.as_str(), filled.brief.headline.as_str()),
        ("In the words of Le Monde", "What the IW counts")
    );
    for text in [&painted, &chart.alt, &filled.mail.text, &filled.mail.html, &format!("{:?}", document.outline)] {
        assert!(!text.contains("{lang") && !text.contains("{means") && !text.contains("]{"), "{text}");
    }
}

#[test]
fn braces_are_an_error_where_words_are_plain_text_or_where_they_say_nothing() {
    let told = |text: &str, mail: &str| match Template::from_files("t", files(text, mail)) {
        Ok(template) => template.check(&snapshot(), &frame(), &[Language::En]).to_string(),
        Err(problems) => problems.to_string(),
    };
    let plain = "error: what a language or an abbreviation is cannot be said in a subject, which is plain text\n";
    let subject = told(&TEXT.replace("subject = \"s\"", "subject = \"The [IW]{lang=de}\""), MAIL);
    assert!(subject.contains(&format!("{plain} --> t/en.md:3:16\n")), "{subject}");
    let mail = told(TEXT, &MAIL.replace("\"s\"", "\"The [IW]{lang=de}\""));
    assert!(mail.contains(&format!("{plain} --> t/mail.en.md:2:16\n")), "{mail}");
    for (from, to, wanted) in [
        ("[Strom]{lang=de}", "[Strom]{lang=xx}", "error: `xx` is no language that words can be of\n  --> t/en.md:26:"),
        (
            "[Absatz]{lang=de}",
            "Absatz{lang=de}",
            "error: `{lang=…}` stands behind no words in brackets\n  --> t/en.md:15:",
        ),
        ("{lang=de means=", "{lang=de mean=", "error: `mean` says nothing of words\n --> t/en.md:2:"),
        (
            "[Windkraft]{lang=de}",
            "[Windkraft]{}",
            "error: these braces say nothing of the words before them\n  --> t/en.md:29:",
        ),
    ] {
        let problems = told(&TEXT.replace(from, to), MAIL);
        assert!(problems.contains(wanted), "{to}: {problems}");
        assert!(problems.contains("= hint: "), "{problems}");
    }
}
