//! Lists as people keep them: what is read, and what is told of each mistake.

use super::*;

const BRIEFS: &[&str] = &["green-economy", "hydrogen"];
const OPTIONS: ListOptions<'_> =
    ListOptions { briefs: BRIEFS, brief: Some("hydrogen"), language: None, consent: Some("fair") };

fn checked(csv: &[u8], options: ListOptions<'_>) -> Result<CheckedList, Problems> {
    check(&mut CsvInput::from_bytes("list.csv", csv.to_vec()), options, |_| {})
}

fn told(problems: Problems) -> Vec<String> {
    let line = |problem: Problem| {
        let place = problem.place.map(|place| format!("{}:{} ", place.line, place.column)).unwrap_or_default();
        format!("{place}{} | {}", problem.what, problem.hints.join(" | "))
    };
    problems.into_iter().map(line).collect()
}

fn problems(csv: &str) -> Vec<String> {
    told(checked(csv.as_bytes(), OPTIONS).unwrap().problems)
}

fn rows(csv: &str, options: ListOptions<'_>) -> Vec<(String, Language, String)> {
    assert_eq!(told(checked(csv.as_bytes(), options).unwrap().problems), [""; 0]);
    let mut list = SubscriberList::new("list.csv", csv.as_bytes(), options).unwrap();
    let mut rows = Vec::new();
    while let Some(row) = list.next_row().unwrap() {
        let row = row.subscriber.unwrap();
        rows.push((row.address.ascii().to_owned(), row.language, row.brief.to_owned()));
    }
    rows
}

#[test]
fn a_list_is_read() {
    let csv = "\u{feff}address,language,brief\r\n anna@example.org ,de,green-economy\r\n\"li@例子.中国\",ZH,\r\n";
    let row = |address: &str, language, brief: &str| (address.to_owned(), language, brief.to_owned());
    assert_eq!(
        rows(csv, OPTIONS),
        [
            row("anna@example.org", Language::De, "green-economy"),
            row("li@xn--fsqu00a.xn--fiqs8s", Language::Zh, "hydrogen")
        ]
    );
    assert_eq!(rows("language,address\nen,a@b.org", OPTIONS).len(), 1);
    assert_eq!(rows("address,language\n", OPTIONS), []);
    let two = "address,language,brief\na@b.org,en,hydrogen\na@b.org,en,green-economy";
    assert_eq!(rows(two, OPTIONS).len(), 2);
}

#[test]
fn each_row_may_say_where_its_consent_comes_from() {
    let csv = "mail,language,consent\na@b.org,en,form of 2019\nc@d.org,en,\n";
    let mut list = SubscriberList::new("list.csv", csv.as_bytes(), OPTIONS).unwrap();
    let first = list.next_row().unwrap().unwrap().subscriber.unwrap();
    assert_eq!(first.consent, "form of 2019");
    assert_eq!(list.next_row().unwrap().unwrap().subscriber.unwrap().consent, "");
    let options = ListOptions { consent: None, ..OPTIONS };
    let found = told(checked(csv.as_bytes(), options).unwrap().problems);
    assert!(
        found[0].starts_with("3:12 the row does not say where the consent comes from | say it for all"),
        "{found:?}"
    );
}

#[test]
fn a_list_from_a_spreadsheet_is_read() {
    let csv = "\u{feff}Name;E-Mail;Sprache;;\r\n\"Müller; Anna\";anna@example.org;deutsch;;\r\n;;;;\r\nLi;li@example.org;中文;;\r\nBo;bo@example.org;;;\r\n";
    let options = ListOptions { language: Some(Language::En), ..OPTIONS };
    let languages: Vec<Language> = rows(csv, options).into_iter().map(|(_, language, _)| language).collect();
    assert_eq!(languages, [Language::De, Language::Zh, Language::En]);
    let checked = checked(csv.as_bytes(), options).unwrap();
    assert_eq!((checked.left_out, checked.separator, checked.rows), (vec!["Name".to_owned()], Separator::Semicolon, 3));
    assert_eq!(problems(csv), ["5:19 the language is missing | known here: `en`, `de`, `zh`"]);
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
    let head = |csv: &[u8]| told(checked(csv, OPTIONS).unwrap_err());
    assert_eq!(
        head(b"adress,language\nx,en\n"),
        [
            "1:1 no column of this head holds mail addresses | is `adress` meant to be `address`? | names such as `address`, `E-Mail`, `Mail` or `邮箱` are understood"
        ]
    );
    assert_eq!(head(b""), ["list.csv is empty | its first line names the columns"]);
    assert!(checked(b"address,language\n\xff", OPTIONS).is_err());
    // A row is no worse for what stands in columns that are not read.
    let notes = format!("address,language,notes\na@b.org,en,{}\n", "x".repeat(20_000));
    assert_eq!(problems(&notes), [""; 0]);
}

#[test]
fn all_bad_rows_are_counted_and_the_first_told() {
    let many = format!("address,language\n{}", "x,en\n".repeat(5000));
    let list = checked(many.as_bytes(), OPTIONS).unwrap();
    assert_eq!((list.rows, list.bad, list.problems.0.len()), (5000, 5000, MAX_PROBLEMS));
    let same = format!("address,language\n{}", "x@y.org,en\n".repeat(5000));
    let list = checked(same.as_bytes(), OPTIONS).unwrap();
    assert_eq!((list.rows, list.bad, list.problems.0.len(), list.repeats.len()), (5000, 4999, MAX_PROBLEMS, 4999));
    assert_eq!(list.repeats[0], Repeat { line: 3, first: 2 });
}
