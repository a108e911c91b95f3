//! `figures export`, and its way back into another store.

use std::fs;

use super::House;

const HEAD: &str = "series,period,vintage,value,status,publisher,carrier,published_on,url,quality,page,quote,read_on\n";

#[test]
fn what_is_exported_gives_another_store_the_same_figures() {
    let house = House::new();
    house.write(
        "new.csv",
        &format!(
            "{HEAD}vw_bev_cn,2025,2026-03-10,125500,restated,VW,,2026-03-10,https://example.org/a,report,\"page 4, table 2\",\"China: 125,500\",2026-03-11\n"
        ),
    );
    house.done(&["figures", "import", "new.csv"]);
    house.done(&["figures", "withdraw", "vw_bev_cn", "2025", "2026-01-21", "--reason", "typed wrong"]);
    let other = House::new();
    for layout in ["own", "sdmx"] {
        let folder = format!("out/{layout}");
        let told = house.done(&["figures", "export", "--out", &folder, "--layout", layout]);
        assert!(told.starts_with("328 observations, 100 series, "), "{told}");
        let observations = if layout == "own" { "observations.csv" } else { "observations.sdmx.csv" };
        let mut wanted = ["events.csv", "publishers.csv", "series.csv", "units.csv", observations];
        wanted.sort_unstable();
        assert_eq!(house.names(&folder), wanted);
        for name in wanted {
            fs::copy(house.path(&folder).join(name), other.path(name)).unwrap();
        }
        let mut words = vec!["figures", "import"];
        words.extend(wanted);
        let told = other.done(&words);
        let new = if layout == "own" { "1 new, 0 changed" } else { "0 new, 0 changed" };
        assert!(told.contains(new), "{told}");
    }
    // The other store had taken the shipped figures first: the withdrawn value is one of them.
    other.done(&["figures", "withdraw", "vw_bev_cn", "2025", "2026-01-21", "--reason", "typed wrong"]);
    for part in ["units", "series", "observations", "events", "publishers"] {
        let words = ["figures", "export", "--part", part];
        assert_eq!(house.done(&words), other.done(&words), "{part}");
    }
    let refused = house.refused(&["figures", "export", "--out", "out/own"]);
    assert!(refused.contains("out/own is not empty\n   = hint: name a folder that is new or empty"), "{refused}");
}

#[test]
fn what_was_read_is_kept_and_shown() {
    let house = House::new();
    house.write("table.csv", "China,125500\n");
    let told = house.done(&["figures", "keep", "table.csv"]);
    let hash = told.split_whitespace().next().unwrap().to_owned();
    assert_eq!((hash.len(), told.ends_with("  table.csv\n")), (64, true), "{told}");
    let head = HEAD.replace("read_on", "read_on,evidence,source_title");
    let other = "0".repeat(64);
    let row = |publisher: &str, hash: &str| {
        format!(
            "{head}vw_bev_cn,2025,2026-03-10,125500,final,{publisher},,2026-03-10,https://example.org/a,report,\"page 4\",\"China: 125,500\",2026-03-11,{hash},Deliveries\n"
        )
    };
    house.write("new.csv", &row("VW", &hash));
    house.write("more.csv", &row("VW", &other));
    house.done(&["figures", "import", "new.csv"]);
    let told = house.done(&["figures", "show", "vw_bev_cn"]);
    let line = format!(
        "2025 (2026-03-10), VW: “Deliveries”, page 4, “China: 125,500”, read on 2026-03-11, evidence {}\n",
        &hash[..12]
    );
    assert!(told.contains(&line), "{told}");
    let told = house.done(&["figures", "evidence", "vw_bev_cn", "2025", "--out", "out"]);
    let wanted = format!(
        "vw_bev_cn 2025 (2026-03-10): 125500\n  source    VW, published 2026-03-10\n  title     Deliveries\n  \
         page      page 4\n  quote     China: 125,500\n  url       https://example.org/a\n  read on   2026-03-11\n  \
         evidence  {hash} (kept, 13 bytes)\n"
    );
    assert!(told.ends_with(&wanted) && told.contains("  evidence  none\n"), "{told}");
    assert_eq!(fs::read_to_string(house.path("out").join(&hash)).unwrap(), "China,125500\n");
    assert!(house.done(&["figures", "export", "vw_bev_cn"]).contains(&hash));
    house.done(&["figures", "import", "more.csv", "--replace"]);
    assert!(house.done(&["figures", "evidence", "vw_bev_cn", "2025"]).contains(&format!("{other} (not kept: ")));
    let refused = house.refused(&["figures", "evidence", "vw_bev_cn", "1999"]);
    assert!(refused.contains("vw_bev_cn has no value for 1999\n   = hint: there are values for "), "{refused}");
    house.write("bad.csv", &row("VW", "report.pdf"));
    let told = house.mistaken(&["figures", "import", "bad.csv"]);
    assert!(told.contains("error: `report.pdf` is no hash of a file\n --> bad.csv:2:"), "{told}");
    // The day on which it was read is a day, and past.
    for (day, wanted) in [("2062-01-01", "`2062-01-01` is in the future"), ("2026-03", "`2026-03` is not a day")] {
        house.write("bad.csv", &row("VW", &hash).replace(",2026-03-11,", &format!(",{day},")));
        assert!(house.mistaken(&["figures", "import", "bad.csv"]).contains(wanted));
    }
}

#[test]
fn a_part_is_exported_as_it_was_known() {
    let house = House::new();
    house.write(
        "new.csv",
        "series,period,vintage,value,status,publisher,carrier,published_on,url,quality\n\
         vw_bev_cn,2025,2026-03-10,125500,restated,VW,,2026-03-10,,report\n",
    );
    house.done(&["figures", "import", "new.csv"]);
    let rows = |more: &[&str]| {
        let told = house.done(&[&["figures", "export", "vw_bev_cn"], more].concat());
        assert!(told.starts_with("series,period,vintage,value,"), "{told}");
        told.lines().skip(1).map(|line| line.split(',').take(4).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let new = "vw_bev_cn 2025 2026-03-10 125500".to_owned();
    assert!(rows(&[]).contains(&new));
    assert!(!rows(&["--as-known", "1"]).contains(&new));
    assert!(!rows(&["--as-published", "2026-03-09"]).contains(&new));
    assert!(rows(&["--as-published", "2026-03-10", "--as-known", "2"]).contains(&new));
    // Series by their beginning; the one of which another is the change comes with it.
    let ids = |words: &[&str]| {
        let told = house.done(&[&["figures", "export", "--part", "series"], words].concat());
        let mut reader = csv::Reader::from_reader(told.as_bytes());
        reader.records().map(|record| record.unwrap()[0].to_owned()).collect::<Vec<_>>()
    };
    let found = ids(&["vw_bev_*"]);
    assert!(found.len() > 2 && found.iter().all(|id| id.starts_with("vw_bev_")), "{found:?}");
    assert_eq!(ids(&["de_cn_imports_yoy"]).len(), 2);
    let refused = house.refused(&["figures", "export", "vw_bev_xn"]);
    assert!(refused.contains("there is no series `vw_bev_xn`\n   = hint: did you mean `vw_bev_cn`?"), "{refused}");
    let refused = house.run(&["figures", "export", "--format", "json"]);
    assert!(refused.code == 4 && refused.err.contains("name a folder: `--out DIR`"), "{}", refused.err);
    let told = house.objects(&["figures", "export", "vw_bev_cn", "--out", "out"]);
    assert_eq!((&told[0]["series"], &told[0]["events"]), (&1.into(), &0.into()));
}
