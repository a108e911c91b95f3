//! Files of figures as they should not be: each is read right, or refused with its place and how to mend it.

use std::{fs, io::Write};

use super::House;

const HEAD: &str = "series,period,vintage,value,status,publisher,carrier,published_on,url,quality\n";

fn row(value: &str, published: &str) -> String {
    format!("de_cn_imports,2019,2020-02-20,{value},final,Destatis,,{published},,report\n")
}

/// UTF-16 with its mark, as Excel writes "Unicode text".
fn utf16(text: &str) -> Vec<u8> {
    [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn what_is_no_figure_is_refused_with_its_place() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    let plain = |value: &str| format!("{HEAD}{}", row(value, "2020-02-20")).into_bytes();
    let wide: String = (0..100_000).map(|n| format!("c{n},")).collect();
    let columns: String = (0..300).map(|n| format!("c{n},")).collect();
    let latin: Vec<u8> =
        [HEAD.as_bytes(), b"de_cn_imports,2019,2020-02-20,96,final,Stat\xe4mt,,2020-02-20,,report\n"].concat();
    let quote = format!("{HEAD}\"{}", "de_cn_imports,2019\n".repeat(200_000));
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        (
            "thousands and a comma",
            plain("1.234.567;89").iter().map(|b| if *b == b';' { b'.' } else { *b }).collect(),
            "`1.234.567.89` is not a number\n --> bad.csv:2:31\n",
            "nothing stands between thousands",
        ),
        (
            "German numbers",
            plain("\"1.234.567,89\""),
            "`1.234.567,89` is not a number\n --> bad.csv:2:31\n",
            "nothing stands between thousands",
        ),
        ("beyond all floats", plain("1e309"), "`1e309` is not a number\n --> bad.csv:2:31\n", "write digits"),
        (
            "not a number",
            plain("NaN"),
            "`NaN` is not a number\n --> bad.csv:2:31\n",
            "a missing value is a gap: leave the row out",
        ),
        ("a typographic minus", plain("\"−3,4\""), "`−3,4` is not a number\n --> bad.csv:2:31\n", "write -3.4"),
        (
            "full-width digits",
            plain("９６．５"),
            "`９６．５` is not a number\n --> bad.csv:2:31\n",
            "write 96.5, with the digits",
        ),
        (
            "a day that is none",
            format!("{HEAD}{}", row("96", "31.02.2024")).into_bytes(),
            "`31.02.2024` is not a date\n --> bad.csv:2:50\n",
            "there is no day 31 in month 2 of 2024",
        ),
        (
            "a German day",
            format!("{HEAD}{}", row("96", "20.2.2020")).into_bytes(),
            "`20.2.2020` is not a date\n --> bad.csv:2:50\n",
            "write 2020-02-20",
        ),
        (
            "a spreadsheet with another name",
            b"PK\x03\x04\x14\0\x06\0".to_vec(),
            "bad.csv is a spreadsheet's own file or an archive, not CSV\n",
            "save it as CSV in UTF-8",
        ),
        ("UTF-16", utf16(HEAD), "bad.csv is UTF-16, not UTF-8\n", "save it as CSV in UTF-8"),
        ("Windows-1252", latin, "this file is not UTF-8\n --> bad.csv:2:44\n", "it may be Windows-1252"),
        (
            "100,000 columns",
            format!("{wide}\n").into_bytes(),
            "the first line of bad.csv has more than 16384 bytes\n",
            "it names the columns",
        ),
        (
            "300 columns",
            format!("{columns}\n").into_bytes(),
            "the head names 301 columns; at most 256 are read\n",
            "leave out the columns",
        ),
        (
            "a row of 100,000 fields",
            format!("{HEAD}{wide}\n").into_bytes(),
            "this row has 100001 fields; the head has 10\n --> bad.csv:2:1\n",
            "put a field that holds a comma",
        ),
        (
            "a quote that takes all that follows",
            quote.into_bytes(),
            "the row from line 2 on has more than 2097152 bytes\n",
            "a quote that opens a field and is not closed",
        ),
    ];
    for (name, bytes, what, hint) in cases {
        fs::write(house.path("bad.csv"), bytes).unwrap();
        let told = house.mistaken(&["figures", "import", "bad.csv"]);
        assert!(told.contains(&format!("error: {what}")) && told.contains(hint), "{name}:\n{told}");
    }
    // Nothing of any of them was taken.
    assert_eq!(house.done(&["figures", "imports"]).lines().count(), 2);
    // Two gigabytes are not read.
    fs::File::create(house.path("bad.csv")).unwrap().set_len(2 << 30).unwrap();
    let told = house.mistaken(&["figures", "import", "bad.csv"]);
    assert_eq!(told, "error: bad.csv is larger than 1 GiB\n   = hint: import it in parts\n");
}

#[test]
fn line_ends_of_all_kinds_are_read_right() {
    let house = House::new();
    let lines = [HEAD.trim_end(), "\r\n"].concat();
    let years = ["2009", "2010", "2011", "2012"].iter().zip(["\n", "\r\n", "\r", ""]);
    let rows: String =
        years.map(|(year, end)| row("56.5", "2020-02-20").trim_end().replace("2019", year) + end).collect();
    house.write("mixed.csv", &(lines + &rows));
    assert!(house.done(&["figures", "import", "mixed.csv"]).ends_with("4 new, 0 changed, 0 unchanged\n"));
    house.write("mixed.csv", &format!("{HEAD}\r\n\r\n{}\r{}", row("56.5", "2020-02-20"), row("x", "2020-02-20")));
    let told = house.mistaken(&["figures", "import", "mixed.csv"]);
    assert!(told.contains("`x` is not a number\n --> mixed.csv:6:31\n"), "{told}");
}

/// More rows than a part has: problems of all parts are told at once, in the order of the file, and nothing is taken.
#[test]
fn a_long_file_is_read_in_parts() {
    let house = House::new();
    house.done(&["figures", "import", "--shipped"]);
    let file = |name: &str, change: &dyn Fn(usize) -> Option<String>| {
        let mut out = std::io::BufWriter::new(fs::File::create(house.path(name)).unwrap());
        out.write_all(HEAD.as_bytes()).unwrap();
        // Rows of the series take turns, so that each part is spread over the file.
        for n in 0..24_000 {
            let series = ["de_cn_imports", "de_cn_exports", "de_cn_trade"][n % 3];
            let day = chrono::NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + chrono::Days::new((n / 3) as u64);
            let value = change(n).unwrap_or_else(|| format!("{}.5", 60 + n % 7));
            writeln!(out, "{series},{day},2026-01-02,{value},final,Destatis,,2026-01-02,,report").unwrap();
        }
    };
    file("long.csv", &|n| {
        [(7, "x"), (20_000, "y"), (11, "z")].iter().find(|(at, _)| *at == n).map(|(_, it)| (*it).to_owned())
    });
    let told = house.mistaken(&["figures", "import", "long.csv"]);
    let at = |place: &str| told.find(place).unwrap_or_else(|| panic!("{place}\n{told}"));
    assert!(at("long.csv:9:") < at("long.csv:13:") && at("long.csv:13:") < at("long.csv:20002:"), "{told}");
    assert_eq!(house.done(&["figures", "imports"]).lines().count(), 2);

    file("long.csv", &|_| None);
    let wanted = "24000 new, 0 changed, 0 unchanged";
    assert!(house.done(&["figures", "import", "long.csv", "--dry-run"]).contains(wanted));
    assert!(house.done(&["figures", "import", "long.csv"]).ends_with(&format!("{wanted}\n")));
    assert!(house.done(&["figures", "import", "long.csv"]).ends_with("0 new, 0 changed, 24000 unchanged\n"));
    // One value is revised, and a series is gone.
    let text = fs::read_to_string(house.path("long.csv")).unwrap();
    let kept: String =
        text.lines().filter(|line| !line.contains("de_cn_trade")).map(|line| format!("{line}\n")).collect();
    fs::write(house.path("long.csv"), kept.replacen(",60.5,", ",61.5,", 1)).unwrap();
    let told = house.done(&["figures", "import", "long.csv", "--replace"]);
    assert!(
        told.contains("revised    observation de_cn_imports 1990-01-01 (2026-01-02): 60.5 → 61.5 (+1.7 %)\n"),
        "{told}"
    );
    assert!(told.ends_with("0 new, 1 changed, 15999 unchanged, 8000 gone from the files\n"), "{told}");
}
