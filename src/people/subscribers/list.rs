//! A list of subscribers as a person keeps it: a CSV file with a column for the address, one for the language and, if
//! needed, one for the brief. All problems are returned at once, each with its place. Writing to the store is not here.

use std::collections::HashMap;

use super::Address;
use crate::base::{
    csv_table::{CsvRow, CsvTable, MAX_PROBLEMS},
    language::Language,
    problem::{Problem, Problems},
};

const COLUMNS: &[&str] = &["address", "language", "brief"];
const NEEDED: &[&str] = &["address", "language"];

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSubscriber {
    /// The subscriber's address.
    pub address: Address,
    /// The language of their mails.
    pub language: Language,
    /// The brief they get; `None` if the file does not say, which leaves it to the importer.
    pub brief: Option<String>,
}

/// Reads a list with the columns `address`, `language` and, optionally, `brief`. `name` is the file's name in messages,
/// `briefs` are the known ids. A file that has only a head is an empty list.
///
/// An address may stand in several rows if each names another brief.
///
/// # Errors
/// Every problem of the file, up to the first [`MAX_PROBLEMS`].
pub fn read_csv(name: &str, bytes: &[u8], briefs: &[&str]) -> Result<Vec<ListedSubscriber>, Problems> {
    let (table, mut problems) = CsvTable::read(name, bytes).map_err(|problem| Problems::from(*problem))?;
    let head = table.check_head(COLUMNS, NEEDED);
    if head.has_errors() {
        problems.extend(head);
        return Err(problems);
    }
    let mut rows = Vec::with_capacity(table.rows.len());
    let mut seen: HashMap<(String, Option<String>), usize> = HashMap::new();
    for cells in &table.rows {
        if problems.0.len() >= MAX_PROBLEMS {
            problems.push(Problem::error(format!("{name} has more problems")).hint("mend these first"));
            break;
        }
        let (address, language, brief) =
            (address(&table, cells), language(&table, cells), brief(&table, cells, briefs));
        match (address, language, brief) {
            (Ok(address), Ok(language), Ok(brief)) => {
                let place = table.place(cells, "address");
                if let Some(first) = seen.get(&(address.key().to_owned(), brief.clone())) {
                    problems.push(
                        Problem::error(format!("`{address}` appears here twice"))
                            .at(place)
                            .hint(format!("it is in line {first}; leave out one of them")),
                    );
                } else {
                    seen.insert((address.key().to_owned(), brief.clone()), place.line);
                    rows.push(ListedSubscriber { address, language, brief });
                }
            }
            (address, language, brief) => {
                problems.extend([address.err(), language.err(), brief.err()].into_iter().flatten().map(|bad| *bad));
            }
        }
    }
    // In the order of the file; what has no place stands last.
    problems.0.sort_by(|a, b| (a.place.is_none(), &a.place).cmp(&(b.place.is_none(), &b.place)));
    problems.into_result(rows)
}

fn address(table: &CsvTable, row: &CsvRow) -> Result<Address, Box<Problem>> {
    let text = table.text(row, "address");
    Address::parse(text).map_err(|bad| Problem::error(bad.what).at(table.place(row, "address")).hint(bad.hint).into())
}

fn language(table: &CsvTable, row: &CsvRow) -> Result<Language, Box<Problem>> {
    let text = table.text(row, "language");
    text.to_ascii_lowercase().parse().map_err(|_| {
        let what = if text.is_empty() {
            "the language is missing".to_owned()
        } else {
            format!("`{text}` is not a language of a brief")
        };
        Problem::error(what)
            .at(table.place(row, "language"))
            .did_you_mean(text, Language::ALL.map(Language::code))
            .into()
    })
}

fn brief(table: &CsvTable, row: &CsvRow, briefs: &[&str]) -> Result<Option<String>, Box<Problem>> {
    let text = table.text(row, "brief");
    if text.is_empty() {
        return Ok(None);
    }
    if briefs.contains(&text) {
        return Ok(Some(text.to_owned()));
    }
    let problem = Problem::error(format!("there is no brief `{text}`")).at(table.place(row, "brief"));
    Err(problem.did_you_mean(text, briefs.iter().copied()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRIEFS: &[&str] = &["green-economy", "hydrogen"];

    fn problems(csv: &str) -> Vec<String> {
        let found = read_csv("list.csv", csv.as_bytes(), BRIEFS).expect_err(csv);
        found
            .into_iter()
            .map(|problem| {
                let place = problem.place.map(|place| format!("{}:{} ", place.line, place.column)).unwrap_or_default();
                format!("{place}{} | {}", problem.what, problem.hints.join(" | "))
            })
            .collect()
    }

    #[test]
    fn a_list_is_read() {
        let csv = "\u{feff}address,language,brief\r\n anna@example.org ,de,green-economy\r\n\"li@例子.中国\",ZH,\r\n";
        let rows = read_csv("list.csv", csv.as_bytes(), BRIEFS).unwrap();
        let rows: Vec<_> = rows.iter().map(|row| (row.address.ascii(), row.language, row.brief.as_deref())).collect();
        assert_eq!(
            rows,
            [
                ("anna@example.org", Language::De, Some("green-economy")),
                ("li@xn--fsqu00a.xn--fiqs8s", Language::Zh, None)
            ]
        );
        assert_eq!(read_csv("l", b"language,address\nen,a@b.org", BRIEFS).unwrap().len(), 1);
        assert_eq!(read_csv("l", b"address,language\n", BRIEFS).unwrap(), []);
        let two = b"address,language,brief\na@b.org,en,hydrogen\na@b.org,en,green-economy";
        assert_eq!(read_csv("l", two, BRIEFS).unwrap().len(), 2);
    }

    #[test]
    fn every_problem_with_its_place() {
        let csv = "address,language,brief\nanna@example.org,de,hydrogen\nAnna <a@b.org>,fr,hydrogn\nANNA@Example.ORG,en,hydrogen\n\"a\nb@c.org\",,\nx,y\n";
        assert_eq!(
            problems(csv),
            [
                "3:1 only the address belongs here, without a name beside it | write only the address: a@b.org",
                "3:16 `fr` is not a language of a brief | known here: `en`, `de`, `zh`",
                "3:19 there is no brief `hydrogn` | did you mean `hydrogen`?",
                "4:1 `ANNA@Example.ORG` appears here twice | it is in line 2; leave out one of them",
                "5:1 an address holds no line break | type it again instead of copying it",
                "6:10 the language is missing | known here: `en`, `de`, `zh`",
                "7:1 this row has 2 fields; the head has 3 | put a field that holds a comma, a quote or a line break in double quotes",
            ]
        );
        assert_eq!(
            problems("address,language\nm\u{fffd}ller@example.org,de\n"),
            [
                "2:2 the character U+FFFD cannot stand in a text: it stands for one that was lost when the text was read in a wrong encoding | write the lost character again, or save the original file as UTF-8"
            ]
        );
        assert_eq!(
            problems("adress,language\nx,en\n"),
            ["1:1 unknown column `adress` | did you mean `address`?", "1:1 the column `address` is missing | ",]
        );
        assert_eq!(problems(""), ["list.csv is empty | its first line names the columns"]);
        assert!(read_csv("l", b"address,language\n\xff", BRIEFS).is_err());
        let many = format!("address,language\n{}", "x,en\n".repeat(5000));
        let told = problems(&many);
        assert_eq!(
            (told.len(), told.last().map(String::as_str)),
            (101, Some("list.csv has more problems | mend these first"))
        );
    }
}
