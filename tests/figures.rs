//! Importing figures from outside: every mistake with its place, the texts of the messages, and what is read right.

use greenbrief::figures::{
    Dataset, SeriesId,
    import::{self, ImportFile},
    shipped,
};

const HEAD: &str = "series,period,vintage,value,status,publisher,carrier,published_on,url,quality\n";

fn file(name: &str, bytes: &[u8]) -> ImportFile {
    ImportFile { name: name.to_owned(), bytes: bytes.to_vec() }
}

fn problems(text: &str) -> String {
    import::read(&[file("new.csv", text.as_bytes())], &shipped::dataset().unwrap()).unwrap_err().to_string()
}

#[test]
fn every_mistake_is_shown_at_once() {
    let text = format!(
        "{HEAD}vw_bev_wrld,2024,2025-01-14,\"744,800\",final,VW,,2025-01-14,ftp://x,report\nvw_bev_cn,2024-13,,1,finall,VW,,soon,,copy\n"
    );
    let shown = problems(&text);
    for wanted in [
        "error: `744,800` is not a number\n --> new.csv:2:29\n",
        "= hint: write a point for the decimal mark and no thousands separators: 744800 or 3.4",
        "error: `ftp://x` is not a web address",
        "error: `2024-13` is not a period\n --> new.csv:3:11\n",
        "= hint: did you mean `final`?",
        "error: `soon` is not a date",
    ] {
        assert!(shown.contains(wanted), "{wanted}\n\n{shown}");
    }
}

#[test]
fn unknown_series_and_columns_get_a_hint() {
    let text = format!("{HEAD}vw_bev_wrld,2024,2025-01-14,744800,final,VW,,2025-01-14,,report\n");
    assert!(problems(&text).contains("error: unknown series `vw_bev_wrld`\n --> new.csv:2:1"));
    assert!(problems(&text).contains("did you mean `vw_bev_world`?"));
    let text = HEAD.replace("period", "perriod");
    assert!(
        problems(&text).contains("unknown column `perriod`")
            && problems(&text).contains("the column `period` is missing")
    );
}

#[test]
fn two_values_of_one_vintage_are_a_contradiction() {
    let row = |value: &str, carrier: &str| {
        format!("vw_bev_us,2030,2031-01-01,{value},final,VW,{carrier},2031-01-01,,report\n")
    };
    let shown = problems(&format!("{HEAD}{}{}", row("1", "a"), row("2", "b")));
    assert!(shown.contains("vw_bev_us 2030 is 2 here and 1 in an earlier row of the same vintage"), "{shown}");
}

#[test]
fn odd_files_are_read_right_or_refused_with_the_place() {
    let read = |bytes: Vec<u8>| import::read(&[file("odd.csv", &bytes)], &shipped::dataset().unwrap());
    let quoted = format!("\u{feff}{HEAD}vw_bev_us,2030,,1,final,\"VW\nGroup\",,,,copy\n");
    let data = read(quoted.into_bytes()).unwrap();
    let id = SeriesId::new("vw_bev_us").unwrap();
    assert_eq!(data.observations[&id][0].sources[0].publisher, "VW\nGroup");
    let latin1 = read(b"series,period\nvw,\xe4\n".to_vec()).unwrap_err().to_string();
    assert!(latin1.contains("this file is not UTF-8\n --> odd.csv:2:4"), "{latin1}");
    let long = read(format!("{HEAD}vw_bev_us,2030,,1,final,{},,,,copy\n", "x".repeat(1_000_000)).into_bytes())
        .unwrap_err()
        .to_string();
    assert!(long.contains("this field has 1000000 bytes; at most 10000 are read\n --> odd.csv:2:"), "{long}");
    assert!(long.len() < 1000);
    let short = read(format!("{HEAD}vw_bev_us,2030\n").into_bytes()).unwrap_err().to_string();
    assert!(short.contains("this row has 2 fields; the head has 10"), "{short}");
    assert!(read(Vec::new()).unwrap_err().to_string().contains("odd.csv is empty"));
}

#[test]
fn a_character_lost_in_a_wrong_encoding_is_told_at_its_place() {
    let text = format!(
        "{HEAD}vw_bev_us,2030,,1,final,\"VW, N\u{fffd}rnberg\",,,,copy\nvw_bev_us,2031,,1,final,VW\u{fffd},,,,copy\n"
    );
    let told = problems(&text);
    assert_eq!(
        told.split("\n\n").next().unwrap(),
        "error: the character U+FFFD cannot stand in a text: it stands for one that was lost when the text was read in a \
         wrong encoding\n --> new.csv:2:31\n   |\n \
         2 | vw_bev_us,2030,,1,final,\"VW, N\u{fffd}rnberg\",,,,copy\n   |                               ^\n   \
         = hint: write the lost character again, or save the original file as UTF-8"
    );
    assert!(told.contains(" --> new.csv:3:27\n"), "{told}");
    assert_eq!(told.matches("error: ").count(), 2, "{told}");
}

#[test]
fn a_name_that_tells_no_format_is_read_as_csv() {
    for name in ["data/new.csv", "NEW.CSV", "new.txt", "new", "new.csv.old", "/dev/stdin"] {
        let read = import::read(&[file(name, HEAD.as_bytes())], &shipped::dataset().unwrap());
        assert!(read.is_ok(), "{name}");
    }
}

#[test]
fn an_import_says_what_is_new_changed_and_unchanged() {
    let data = shipped::dataset().unwrap();
    let again = data.compare(&data);
    assert_eq!((again.new.len(), again.changed.len()), (0, 0));
    assert_eq!(again.unchanged, 14 + 91 + 285 + 22);
    assert_eq!(Dataset::default().compare(&data).new.len(), again.unchanged);
    assert_eq!(Dataset::default().merge(data.clone()), data);
}

#[test]
fn a_first_figure_has_two_sources_and_one_vintage() {
    let data = shipped::dataset().unwrap();
    for series in ["vw_bev_world", "vw_bev_us", "vw_bev_cn", "vw_bev_yoy_world", "vw_bev_yoy_us", "vw_bev_yoy_cn"] {
        let first =
            data.observations[&SeriesId::new(series).unwrap()].iter().find(|o| o.period.to_string() == "2024").unwrap();
        assert_eq!(first.sources.len(), 2, "{series}");
        assert!(
            first.sources.iter().any(|s| s.carrier.as_deref() == Some("Global Times (GT Voice commentary)")),
            "{series}"
        );
    }
}
