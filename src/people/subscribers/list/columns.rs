//! Which columns of a list hold the address, the language and the brief: by the names that people and their programs give
//! them in English, German and Chinese.

use crate::base::{
    csv_table::CsvColumn,
    problem::{Place, Problem, Problems},
};

/// Names of columns of mail addresses, as [`plain`] writes them.
const MAIL_ADDRESS: &[&str] = &[
    "email",
    "mail",
    "emailaddress",
    "mailaddress",
    "emailadresse",
    "mailadresse",
    // Google and Outlook, which number them
    "email1value",
    "email1address",
    "emailadresse1",
    "邮箱",
    "邮箱地址",
    "电子邮箱",
    "电子邮箱地址",
    "电子邮件",
    "电子邮件地址",
    "邮件",
    "邮件地址",
    "電子郵件",
];
/// Names that may also stand above streets: they count if there is no other.
const ADDRESS: &[&str] = &["address", "adresse", "地址"];
const LANGUAGE: &[&str] = &[
    "language",
    "lang",
    "locale",
    "preferredlanguage",
    "sprache",
    "korrespondenzsprache",
    "bevorzugtesprache",
    "语言",
    "语种",
    "首选语言",
    "語言",
];
const BRIEF: &[&str] = &["brief", "简报"];
/// Where the consent of a row's person comes from.
const CONSENT: &[&str] =
    &["consent", "consentsource", "einwilligung", "einwilligungsquelle", "同意", "同意来源", "授权来源"];

/// How to say where consent comes from.
pub(super) const CONSENT_HINT: &str = "say it for all with `--consent TEXT`, such as `--consent \"form at the fair of 2026\"`, \
     or in a column `consent`; it is recorded with each subscription";

/// Maximum length of a name that is shown, in characters.
const SHOWN: usize = 40;

/// Where in a row the three stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Columns {
    pub address: usize,
    pub language: Option<usize>,
    pub brief: Option<usize>,
    pub consent: Option<usize>,
}

/// What is given for all rows, so that no column needs to say it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub language: bool,
    pub consent: bool,
    /// Empty if the brief is given
    pub briefs: &'a [&'a str],
}

impl Columns {
    /// Finds the columns of a head.
    ///
    /// # Errors
    /// Every problem of the head.
    pub fn of(head: &[CsvColumn], place: &Place, given: Given<'_>) -> Result<Columns, Problems> {
        if let Some(column) = head.iter().find(|column| column.name.contains('@')) {
            let problem = Problem::error("the first line holds an address instead of the names of columns");
            return Err(problem
                .at(column.place.clone())
                .hint("put a line with their names above it, such as `address,language`")
                .into());
        }
        let mut problems = Problems::new();
        let address = one_of(head, MAIL_ADDRESS, &mut problems).or_else(|| one_of(head, ADDRESS, &mut problems));
        let language = one_of(head, LANGUAGE, &mut problems);
        let brief = one_of(head, BRIEF, &mut problems);
        let consent = one_of(head, CONSENT, &mut problems);
        if problems.has_errors() {
            return Err(problems);
        }
        if address.is_none() {
            let problem = Problem::error("no column of this head holds mail addresses").at(place.clone());
            problems.push(
                near(problem, head, "address")
                    .hint("names such as `address`, `E-Mail`, `Mail` or `邮箱` are understood"),
            );
        }
        if language.is_none() && !given.language {
            let problem = Problem::error("no column of this head tells the language").at(place.clone());
            problems.push(near(problem, head, "language").hint(
                "names such as `language`, `Sprache` or `语言` are understood; or give one for all with `--language L`",
            ));
        }
        if brief.is_none() && !given.briefs.is_empty() {
            let known: Vec<String> = given.briefs.iter().map(|id| format!("`{id}`")).collect();
            let problem = Problem::error("no column of this head tells the brief").at(place.clone());
            let hint = format!("name it `brief`, or give one for all: `--brief` with one of {}", known.join(", "));
            problems.push(near(problem, head, "brief").hint(hint));
        }
        if consent.is_none() && !given.consent {
            let what = "nothing says where the consent of these people comes from";
            problems.push(Problem::error(what).at(place.clone()).hint(CONSENT_HINT));
        }
        match address {
            Some(address) if !problems.has_errors() => Ok(Columns { address, language, brief, consent }),
            _ => Err(problems),
        }
    }

    /// The names of the columns that are not read, shortened.
    pub fn left_out(self, head: &[CsvColumn]) -> Vec<String> {
        let read = [Some(self.address), self.language, self.brief, self.consent];
        let others =
            head.iter().enumerate().filter(|(at, column)| !read.contains(&Some(*at)) && !column.name.is_empty());
        others.map(|(_, column)| shortened(&column.name)).collect()
    }
}

fn shortened(name: &str) -> String {
    let mut shown: String = name.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if name.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

/// The column with one of the names. Two of them are a problem.
fn one_of(head: &[CsvColumn], names: &[&str], problems: &mut Problems) -> Option<usize> {
    let mut found = head.iter().enumerate().filter(|(_, column)| names.contains(&plain(&column.name).as_str()));
    let (at, first) = found.next()?;
    if let Some((_, second)) = found.next() {
        let what = format!("`{}` and `{}` could both be meant", shortened(&first.name), shortened(&second.name));
        problems.push(Problem::error(what).at(second.place.clone()).hint("rename the one that is not to be read"));
    }
    Some(at)
}

/// A name without case, spaces and signs: `E-Mail Address` is `emailaddress`.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Asks whether a similar name was meant.
fn near(problem: Problem, head: &[CsvColumn], word: &str) -> Problem {
    let is_near = |name: &str| strsim::damerau_levenshtein(&plain(name), word) <= word.len() / 3;
    match head.iter().find(|column| column.name.len() <= 2 * word.len() && is_near(&column.name)) {
        Some(column) => problem.hint(format!("is `{}` meant to be `{word}`?", column.name)),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::csv_table::CsvReader;

    fn columns(head: &str, given: Given<'_>) -> Result<Columns, String> {
        let reader = CsvReader::new("list.csv", head.as_bytes()).unwrap();
        Columns::of(reader.head(), &reader.head_place(), given).map_err(|problems| problems.to_string())
    }

    const ONE_BRIEF: Given<'_> = Given { language: false, consent: true, briefs: &[] };

    #[test]
    fn heads_as_people_and_programs_write_them() {
        for (head, address, language) in [
            ("address,language", 0, 1),
            ("Sprache;E-Mail", 1, 0),
            ("Name,Email Address,Language", 1, 2),
            ("Mail\tName\tSPRACHE", 0, 2),
            ("姓名,邮箱,语言", 1, 2),
            ("e-mail-adresse;Lang", 0, 1),
            ("E-mail Address,Preferred Language", 0, 1),
            // Where there is a column of mail addresses, the other is a street.
            ("Name,Address,E-Mail,Language", 2, 3),
        ] {
            let found = columns(head, ONE_BRIEF).unwrap();
            assert_eq!((found.address, found.language, found.brief), (address, Some(language), None), "{head}");
        }
        assert_eq!(
            columns("mail,brief", Given { language: true, consent: true, briefs: &["a", "b"] }).unwrap().brief,
            Some(1)
        );
    }

    #[test]
    fn a_head_that_is_not_understood_is_told_alone() {
        assert_eq!(
            columns("Vorname;Nachname;Ort", ONE_BRIEF).unwrap_err(),
            "error: no column of this head holds mail addresses\n --> list.csv:1:1\n   |\n 1 | Vorname;Nachname;Ort\n   | \
             ^^^^^^^^^^^^^^^^^^^^\n   = hint: names such as `address`, `E-Mail`, `Mail` or `邮箱` are understood\n\n\
             error: no column of this head tells the language\n --> list.csv:1:1\n   |\n 1 | Vorname;Nachname;Ort\n   | \
             ^^^^^^^^^^^^^^^^^^^^\n   = hint: names such as `language`, `Sprache` or `语言` are understood; or give one for \
             all with `--language L`"
        );
        for (head, what) in [
            ("adress,langage", "hint: is `adress` meant to be `address`?"),
            ("E-Mail,Sprache,Mail", "error: `E-Mail` and `Mail` could both be meant\n --> list.csv:1:16\n"),
            ("anna@example.org,de", "error: the first line holds an address instead of the names of columns\n"),
        ] {
            let told = columns(head, ONE_BRIEF).unwrap_err();
            assert!(told.contains(what), "{told}");
        }
        let told = columns("mail,sprache", Given { language: false, consent: true, briefs: &["a", "b"] }).unwrap_err();
        assert!(told.contains("no column of this head tells the brief") && told.contains("one of `a`, `b`"), "{told}");
    }

    #[test]
    fn a_list_says_where_consent_comes_from() {
        let none = Given { consent: false, ..ONE_BRIEF };
        let told = columns("Mail,Sprache", none).unwrap_err();
        assert!(
            told.starts_with("error: nothing says where the consent of these people comes from\n --> list.csv:1:1\n")
        );
        assert!(told.contains("`--consent \"form at the fair of 2026\"`"), "{told}");
        assert_eq!(columns("Mail,Sprache,Einwilligung", none).unwrap().consent, Some(2));
    }

    #[test]
    fn columns_that_are_not_read_are_named() {
        let reader = CsvReader::new("l", "Name;Mail;Sprache;;Firma".as_bytes()).unwrap();
        let found = Columns::of(reader.head(), &reader.head_place(), ONE_BRIEF).unwrap();
        assert_eq!(found.left_out(reader.head()), ["Name", "Firma"]);
    }
}
