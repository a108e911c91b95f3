//! `editions export`, the names of attachments, and what a terminal is shown of names that come from elsewhere.

use std::fs;

use ring::digest::{SHA256, digest};

use super::House;

fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_edition_is_exported_as_its_readers_got_it() {
    let house = House::new();
    assert!(
        house.refused(&["editions", "export", "green-economy/1", "--out", "out"]).contains("there is no store yet")
    );
    for (address, language) in [("anna@example.net", "en"), ("bernd@example.net", "de")] {
        house.done(&["subscribers", "add", address, "--language", language]);
    }
    house.done(&["send", "green-economy"]);
    let told = house.done(&["editions", "export", "green-economy/1", "--out", "export/first"]);
    assert!(told.starts_with("green-economy/1 is exported to export/first:\n  figures.json  "), "{told}");
    let mut wanted = vec!["figures.json".to_owned(), "manifest.json".to_owned()];
    wanted.extend(["README.md", "datapackage.json"].map(str::to_owned));
    for language in ["de", "en", "zh"] {
        wanted.extend(["html", "pdf", "txt"].map(|ending| format!("green-economy-1-{language}.{ending}")));
        wanted.push(format!("figures-{language}.csv"));
    }
    wanted.sort();
    assert_eq!(house.names("export/first"), wanted);

    // The manifest knows each file, the PDFs are those in reports/, and the figures are the snapshot.
    let bytes = |name: &str| fs::read(house.path("export/first").join(name)).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&bytes("manifest.json")).unwrap();
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.len(), wanted.len() - 1);
    for file in files {
        let content = bytes(file["name"].as_str().unwrap());
        assert_eq!((&file["bytes"], &file["sha256"]), (&content.len().into(), &sha256(&content).into()), "{file}");
    }
    assert_eq!(manifest["snapshot"], sha256(&bytes("figures.json")));
    let pdf = "green-economy-1-de.pdf";
    assert_eq!(bytes(pdf), fs::read(house.path("reports/green-economy/1").join(pdf)).unwrap());
    let figures: serde_json::Value = serde_json::from_slice(&bytes("figures.json")).unwrap();
    assert!(figures["data"]["observations"]["vw_bev_cn"].is_array());
    let german = manifest["languages"].as_array().unwrap().iter().find(|one| one["language"] == "de").unwrap();
    assert!(german["attachment"].as_str().unwrap().ends_with(".pdf") && german["pages"].as_i64() > Some(1), "{german}");
    assert!(german["subject"].as_str().unwrap().contains("Volkswagen"), "{german}");
    for name in &wanted {
        let content = bytes(name);
        for address in ["anna@example.net", "bernd@example.net"] {
            assert!(!content.windows(address.len()).any(|part| part == address.as_bytes()), "{address} in {name}");
        }
    }

    let refused = house.refused(&["editions", "export", "green-economy/1", "--out", "export/first"]);
    assert!(refused.contains("export/first is not empty\n   = hint: name a folder that is new or empty"), "{refused}");
    assert!(house.refused(&["editions", "export", "green-economy/2", "--out", "x"]).contains("no edition"));
    house.write("file", "");
    assert!(house.refused(&["editions", "export", "green-economy/1", "--out", "file"]).contains("is not a folder"));
    // An empty folder is taken; for programs the same comes as JSON.
    fs::create_dir(house.path("empty")).unwrap();
    let told = house.objects(&["editions", "export", "green-economy/1", "--out", "empty"]);
    assert_eq!((&told[0]["edition"], told[0]["files"].as_array().map(Vec::len)), (&"green-economy/1".into(), Some(16)));
    assert_eq!(fs::read(house.path("empty/green-economy-1-zh.pdf")).unwrap(), bytes("green-economy-1-zh.pdf"));
}

/// The rules of a tabular data package that concern us (specs.frictionlessdata.io, profile 1): whatever a validator reads
/// from `datapackage.json` is so of the files.
#[test]
fn the_figures_of_an_edition_are_a_data_package() {
    let house = House::new();
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    house.done(&["editions", "export", "green-economy/1", "--out", "out"]);
    let read = |name: &str| fs::read(house.path("out").join(name)).unwrap();
    let package: serde_json::Value = serde_json::from_slice(&read("datapackage.json")).unwrap();
    assert_eq!((&package["profile"], &package["name"]), (&"tabular-data-package".into(), &"green-economy-1".into()));
    let resources = package["resources"].as_array().unwrap();
    assert_eq!(resources.len(), 3);
    let mut printed = Vec::new();
    for resource in resources {
        let bytes = read(resource["path"].as_str().unwrap());
        assert_eq!(resource["bytes"], bytes.len());
        assert_eq!(resource["hash"], format!("sha256:{}", sha256(&bytes)));
        let mut table = csv::Reader::from_reader(&*bytes);
        let fields = resource["schema"]["fields"].as_array().unwrap();
        let names: Vec<&str> = fields.iter().map(|field| field["name"].as_str().unwrap()).collect();
        assert_eq!(table.headers().unwrap().iter().collect::<Vec<_>>(), names);
        let mut of_language = Vec::new();
        for row in table.records() {
            // One row a value: as many cells as fields, each of its type and among its words.
            let row = row.unwrap();
            for (cell, field) in row.iter().zip(fields) {
                let words = field["constraints"]["enum"].as_array();
                assert!(words.is_none_or(|words| words.contains(&cell.into())), "{cell}: {field}");
                assert!(field["type"] != "number" || cell.parse::<f64>().is_ok(), "{cell}: {field}");
                assert!(field["description"].as_str().is_some_and(|text| !text.is_empty()), "{field}");
            }
            let of = |name: &str| row[names.iter().position(|known| *known == name).unwrap()].to_owned();
            assert!(
                ["series", "title", "geography", "unit", "publisher", "used_in"].iter().all(|it| !of(it).is_empty()),
                "{row:?}"
            );
            of_language.push([of("series"), of("period"), of("vintage"), of("value"), of("standing")]);
        }
        let mut once = of_language.clone();
        once.dedup();
        assert_eq!(once, of_language, "one row a value");
        printed.push(of_language);
    }
    assert!(printed.iter().all(|rows| rows.len() > 50), "{}", printed[0].len());
    let english = String::from_utf8(read("figures-en.csv")).unwrap();
    assert!(
        english.contains(",Figure 1") && english.contains("Table 1") && english.contains("Key figures"),
        "{english}"
    );
    assert!(english.contains(",current,") && english.contains(",superseded,"), "{english}");
    let readme = String::from_utf8(read("README.md")).unwrap();
    assert!(readme.contains("| `figures-zh.csv` | zh |") && readme.contains("| standing | "), "{readme}");
    // The PDF carries the same.
    let pdf = lopdf::Document::load_mem(&read("green-economy-1-en.pdf")).unwrap();
    let carried = pdf.objects.values().filter_map(|object| object.as_stream().ok());
    let carried = carried.filter(|stream| stream.dict.has_type(b"EmbeddedFile"));
    let carried: Vec<Vec<u8>> =
        carried.map(|stream| stream.decompressed_content().unwrap_or_else(|_| stream.content.clone())).collect();
    assert_eq!(carried, [read("figures-en.csv")]);
}

#[test]
fn an_attachment_has_a_name_that_every_system_takes() {
    let house = House::new();
    let title = format!("What is \\\"green\\\" <now>? A|B * C/D: {}", "绿色经济".repeat(40));
    house.change("en = \"Green Economy Brief\"", &format!("en = \"{title}\""));
    house.done(&["subscribers", "add", "anna@example.net", "--language", "en"]);
    house.done(&["send", "green-economy"]);
    house.done(&["editions", "export", "green-economy/1", "--out", "out"]);
    let manifest = fs::read_to_string(house.path("out/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let english = manifest["languages"].as_array().unwrap().iter().find(|one| one["language"] == "en").unwrap();
    let name = english["attachment"].as_str().unwrap();
    assert!(name.len() <= 255 && !name.contains(['?', '"', '<', '>', '|', '*', '/', '\\', ':']), "{name}");
    assert!(name.starts_with("What-is-green-now-A-B-C-D-绿色经济") && name.contains("-No-1-2"), "{name}");
    assert!(name.ends_with(".pdf"), "{name}");
    let mail = house.outbox();
    let mail = fs::read_to_string(house.path("reports/outbox").join(&mail[0])).unwrap();
    assert!(mail.contains("filename*0*=utf-8''What-is-green-now-A-B-C-D-%E7%BB%BF"), "{}", &mail[..2000]);
}

#[test]
fn the_name_of_a_file_does_not_act_on_the_terminal() {
    let house = House::new();
    let evil = "config/briefs/x\u{1b}]0;owned\u{7}\u{9b}31m.toml";
    fs::copy(house.path("config/briefs/green-economy.toml"), house.path(evil)).unwrap();
    for format in ["text", "json"] {
        let told = house.run(&["check", "--format", format]);
        assert_ne!(told.code, 0);
        let acts = |c: char| c.is_control() && c != '\n';
        assert!(!told.out.contains(acts) && !told.err.contains(acts), "{:?}", told.err);
        let shown =
            if format == "json" { "\\u001b]0;owned\\u0007\\u009b31m" } else { "x\\u{1b}]0;owned\\u{7}\\u{9b}31m" };
        assert!(told.err.contains(shown), "{}", told.err);
    }
}
