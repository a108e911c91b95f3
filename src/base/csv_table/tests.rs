//! Files as spreadsheets write them, files that are no CSV, and a property over random bytes.

use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

/// The rows of a text as cells, with their lines.
fn rows(bytes: &[u8]) -> Result<Vec<(usize, Vec<String>)>, String> {
    let mut reader = CsvReader::new("list.csv", bytes).map_err(|problem| problem.to_string())?;
    let mut rows = Vec::new();
    while let Some(record) = reader.next_record().map_err(|problem| problem.to_string())? {
        rows.push((record.line(), (0..record.len()).map(|at| record.text(at).to_owned()).collect()));
    }
    Ok(rows)
}

fn head(bytes: &[u8]) -> Vec<String> {
    CsvReader::new("list.csv", bytes).unwrap().head().iter().map(|column| column.name.clone()).collect()
}

fn row(line: usize, cells: &[&str]) -> (usize, Vec<String>) {
    (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
}

#[test]
fn a_list_from_a_german_spreadsheet_is_read() {
    let text = "\u{feff}E-Mail;Sprache;;\r\nanna@example.org;deutsch;;\r\n;;;\r\n;;\r\n\r\n\"li; 李\";中文;;\r\n";
    assert_eq!(head(text.as_bytes()), ["E-Mail", "Sprache", "", ""]);
    assert_eq!(
        rows(text.as_bytes()).unwrap(),
        [row(2, &["anna@example.org", "deutsch", "", ""]), row(6, &["li; 李", "中文", "", ""])]
    );
}

#[test]
fn the_head_tells_the_separator() {
    for (text, separator) in [
        ("address,language\n", Separator::Comma),
        ("address;language\n", Separator::Semicolon),
        ("address\tlanguage\r", Separator::Tab),
        ("address", Separator::Comma),
        ("\u{feff}\n;;\n\naddress;name, first;language;x\n", Separator::Semicolon),
        ("sep=;\r\naddress;language\r\n", Separator::Semicolon),
        ("\"sep=\t\"\naddress,a\tlanguage,b\n", Separator::Tab),
    ] {
        let reader = CsvReader::new("list.csv", text.as_bytes()).unwrap();
        assert_eq!(reader.separator(), separator, "{text:?}");
        assert!(reader.head()[0].name.starts_with("address"), "{text:?}");
    }
    let told = rows(b"\nname, first;address\na,b;c\n").unwrap_err();
    assert_eq!(
        told,
        "error: it is not clear what separates the columns: the head holds `,` as often as `;`\n --> list.csv:2:1\n   \
         |\n 2 | name, first;address\n   | ^\n   = hint: put names that hold one of them in double quotes"
    );
}

#[test]
fn lines_are_counted_whatever_ends_them() {
    let lines = |text: &str| rows(text.as_bytes()).unwrap().iter().map(|(line, _)| *line).collect::<Vec<_>>();
    assert_eq!(lines("a,b\n1,2\n\n3,4"), [2, 4]);
    assert_eq!(lines("a,b\r\n1,2\r\n\r\n3,4\r\n"), [2, 4]);
    assert_eq!(lines("a,b\r1,2\r\r3,4"), [2, 4]);
    assert_eq!(lines("a,b\n1,\"2\n2\"\n,\n3,4\n"), [2, 5]);
}

#[test]
fn a_file_that_is_no_utf8_is_refused_with_a_way_out() {
    for (bytes, what, hint) in [
        (
            b"address,name\na@b.org,M\xfcller\n".as_slice(),
            "this file is not UTF-8\n --> list.csv:2:10\n",
            "Windows-1252",
        ),
        (b"address,name\na@b.org,\xc0\xee\xc3\xf7\n", "this file is not UTF-8\n --> list.csv:2:9\n", "GBK"),
        (b"Stra\xdfe,address\n", "this file is not UTF-8\n --> list.csv:1:5\n", "Windows-1252"),
        (b"\xff\xfea\0d\0d\0", "list.csv is UTF-16, not UTF-8", "CSV UTF-8"),
        (b"\0a\0d\0d", "list.csv is UTF-16 or no text: it holds zero bytes", "CSV UTF-8"),
        (b"PK\x03\x04\x14", "list.csv is a spreadsheet's own file or an archive, not CSV", "File, Save As"),
        (b"", "list.csv is empty", "its first line names the columns"),
        (b"\xef\xbb\xbf\r\n;;\r\n", "list.csv is empty", "its first line names the columns"),
    ] {
        let told = rows(bytes).unwrap_err();
        assert!(told.starts_with(&format!("error: {what}")) && told.contains(hint), "{told}");
    }
}

#[test]
fn a_head_of_another_size_is_refused_at_once() {
    let told = rows(format!("a{}\n", ";b".repeat(4999)).as_bytes()).unwrap_err();
    assert!(told.starts_with("error: the head names 5000 columns; at most 256 are read\n --> list.csv:1:1"), "{told}");
    assert!(told.len() < 1000, "{told}");
    let told = rows("column,".repeat(10_000).as_bytes()).unwrap_err();
    assert!(told.starts_with("error: the first line of list.csv has more than 16384 bytes\n"), "{told}");
    assert!(rows(format!("a{}\n", ";b".repeat(255)).as_bytes()).is_ok());
}

#[test]
fn a_quote_that_is_not_closed_is_told_where_it_opens() {
    let told = rows(b"a,b\n1,\"2\n3,4\n").unwrap_err();
    assert!(told.starts_with("error: this quote opens a field and is never closed\n --> list.csv:2:3\n"), "{told}");
    assert_eq!(rows(b"a,b\n1,\"2\"").unwrap(), [row(2, &["1", "2"])]);
    let long = format!("a,b\n1,\"{}", "2,3\n".repeat(1 << 20));
    let told = rows(long.as_bytes()).unwrap_err();
    assert!(told.starts_with("error: the row from line 2 on has more than 2097152 bytes"), "{told}");
}

#[test]
fn a_row_needs_a_field_for_each_column_with_a_name() {
    let told = |text: &str| -> Vec<String> {
        let mut reader = CsvReader::new("l", text.as_bytes()).unwrap();
        let mut told = Vec::new();
        while let Some(record) = reader.next_record().unwrap() {
            told.extend(record.length_problem().map(|problem| problem.what));
        }
        told
    };
    assert_eq!(told("a;b;;\n1;2\n1;2;\n1;2;;\n1;2;;;;;\n"), [""; 0]);
    assert_eq!(
        told("a;b;;\n1\n1;2;3;4;5\n"),
        ["this row has 1 fields; the head has 4", "this row has 5 fields; the head has 4"]
    );
    let (table, problems) = CsvTable::read("t.csv", b"a;b;\n1;2;\n1;2;3\n").unwrap();
    assert_eq!((table.rows.len(), problems.0.len()), (1, 1));
    assert!(problems.to_string().contains("this column has no name in the head\n --> t.csv:3:5"), "{problems}");
}

proptest! {
    /// The fields that are found in what was written are those that the library reads, and lines lead to what was written.
    #[test]
    fn fields_lie_where_the_library_reads_them(
        head in select(vec!["a,b", "a;b;c", "a\tb", "\"a\nb\",c"]),
        body in vec(select(b"ab12,;\t\"\" \r\n\xc3\xa4".to_vec()), 0..120),
    ) {
        let bytes = [head.as_bytes(), b"\n", &body].concat();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let mut reader = CsvReader::new("x.csv", text.as_bytes()).unwrap();
        let separator = reader.separator().byte();
        while let Ok(Some(record)) = reader.next_record() {
            prop_assert_eq!(record.written(), &text[record.range()]);
            let found = fields(record.written().as_bytes(), separator);
            prop_assert_eq!(found.ranges.len(), record.len());
            prop_assert_eq!(found.unclosed, None);
            for (at, range) in found.ranges.iter().enumerate() {
                let written = &record.written()[range.clone()];
                if !written.contains('"') {
                    prop_assert_eq!(written.trim(), record.text(at));
                }
                prop_assert!(record.place(at).column > 0);
            }
            let before = &text[..record.range().start];
            let lines = before.replace("\r\n", "\n").replace('\r', "\n").matches('\n').count() + 1;
            prop_assert_eq!(record.line(), lines);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = rows(&bytes);
        let _ = CsvTable::read("x.csv", &bytes);
    }
}
