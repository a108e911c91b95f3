//! A new brief, made like another one: config, texts, mails and blocks in the languages asked for, with a comment where to write.
//! It builds at once.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{Error, Installation, Result};
use crate::{
    base::{
        archive,
        language::Language,
        problem::{Problem, Problems},
    },
    config::new_brief,
    document::brief::Template,
};

/// What the new brief is to be.
#[derive(Debug)]
pub struct NewBriefRequest {
    /// Its id
    pub brief: String,
    /// The brief that it is made like
    pub like: String,
    /// Its languages; all of the other's if there are none
    pub languages: Vec<Language>,
}

/// A brief that was made.
#[derive(Debug, Serialize)]
pub struct NewBrief {
    /// Its id
    pub brief: String,
    /// Its languages
    pub languages: Vec<Language>,
    /// The files that were written, the config first
    pub files: Vec<PathBuf>,
}

/// Makes a brief.
///
/// # Errors
/// Its id cannot be one, the other brief is not there or has a mistake, it lacks a language, or files of the new one are there
/// already.
pub fn new_brief(installation: &Installation, request: &NewBriefRequest) -> Result<NewBrief> {
    let NewBriefRequest { brief: id, like, languages } = request;
    new_brief::check_brief_id(id)?;
    let other = installation.brief(like)?;
    let settings = installation.settings()?;
    let mut languages = if languages.is_empty() { other.languages.clone() } else { languages.clone() };
    let mut seen = BTreeSet::new();
    languages.retain(|language| seen.insert(*language));
    for language in &languages {
        if !other.languages.contains(language) {
            let problem = Problem::error(format!("the brief `{like}` is not written in {language}"));
            let spoken: Vec<&str> = other.languages.iter().map(|language| language.code()).collect();
            return Err(problem.hint(format!("it is written in {}", spoken.join(", "))).into());
        }
    }
    let config = settings.paths.config.join("briefs").join(format!("{id}.toml"));
    let folder = settings.paths.templates.join(id);
    for path in [&config, &folder] {
        if fs::symlink_metadata(path).is_ok() {
            let problem = Problem::error(format!("{} is there already", path.display()));
            return Err(problem.hint("choose another id, or delete it: nothing is written over").into());
        }
    }
    let source = settings.files.get(&format!("briefs/{like}.toml")).map(Vec::as_slice).unwrap_or_default();
    let text =
        new_brief::like(&String::from_utf8_lossy(source), (id, like), |language| title(id, language), &languages);
    let template = Template::load(&other.template, &languages)?;
    let mut files = vec![config.clone()];
    let written = || -> io::Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for (name, bytes) in &template.files {
            let path = folder.join(name);
            let bytes = match std::str::from_utf8(bytes) {
                Ok(text) if name == "words.toml" => of_languages(text, &languages).into_bytes(),
                _ => commented(name, bytes, id, like),
            };
            if bytes.is_empty() {
                continue;
            }
            archive::write_atomically(&path, &bytes)?;
            written.push(path);
        }
        // Last: a daemon takes a brief by its config, and then looks for its template.
        archive::write_atomically(&config, text.as_bytes())?;
        Ok(written)
    };
    match written() {
        Ok(written) => files.extend(written),
        Err(error) => {
            // What was begun is of no use; the error that matters is the first one.
            let _ = fs::remove_dir_all(&folder);
            return Err(unwritten(&folder, &error));
        }
    }
    Ok(NewBrief { brief: id.clone(), languages, files })
}

fn unwritten(path: &Path, error: &io::Error) -> Error {
    let problem = Problem::error(format!("{} cannot be written: {error}", path.display()));
    Error::Failed(Problems::from(problem).into())
}

/// `third-markets` becomes `Third markets`. Ids are English words, so that other titles say what to write.
fn title(id: &str, language: Language) -> String {
    let words = match language {
        Language::En => id.replace('-', " "),
        Language::De => "Titel auf Deutsch".to_owned(),
        Language::Zh => "中文标题".to_owned(),
    };
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The rows of `words.toml` in these languages, with the comments before them: no text of the brief names the others.
fn of_languages(text: &str, languages: &[Language]) -> String {
    let (mut out, mut held, mut keep) = (String::new(), String::new(), true);
    for line in text.split_inclusive('\n') {
        // A comment and the blank lines before it belong to the row behind them.
        if line.trim().is_empty() || line.starts_with('#') {
            held.push_str(line);
            continue;
        }
        if let Some(row) = line.trim().strip_prefix('[') {
            keep = languages.iter().any(|language| row.starts_with(&format!("{language}.")));
        }
        let before = std::mem::take(&mut held);
        if keep {
            out.push_str(&before);
            out.push_str(line);
        }
    }
    out
}

/// A file of the template with a comment that says where to write.
fn commented(name: &str, bytes: &[u8], id: &str, like: &str) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(bytes) else { return bytes.to_vec() };
    let what = format!("this is the text of `{like}`, which stands here as an example");
    let made = match name.rsplit_once('.') {
        Some((stem, "md")) => {
            let end =
                text.strip_prefix("+++\n").and_then(|rest| rest.find("\n+++\n").map(|at| at + "+++\n\n+++\n".len()));
            let (front, body) = text.split_at(end.unwrap_or_default());
            let more = if stem.starts_with("mail.") {
                format!("`greenbrief preview {id}` shows the mail below the pages.")
            } else {
                format!(
                    "`greenbrief preview {id}` shows the pages while you write; docs/templates.md shows every block."
                )
            };
            format!("{front}{{# WRITE HERE: {what}.\n   {more} #}}\n{body}")
        }
        _ if name == "blocks.toml" => {
            let (schema, rest) = match text.split_once('\n').filter(|(first, _)| first.starts_with("#:schema")) {
                Some((first, rest)) => (format!("{first}\n"), rest),
                None => (String::new(), text),
            };
            format!(
                "{schema}# WRITE HERE: these are the blocks of `{like}`. Each that a text names stands here; `greenbrief figures list` names the\n\
                 # series.\n{rest}"
            )
        }
        _ => return bytes.to_vec(),
    };
    made.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_comment_stands_behind_the_front_matter() {
        assert_eq!(title("third-markets", Language::En), "Third markets");
        assert_eq!(title("third-markets", Language::De), "Titel auf Deutsch");
        let words = "# Words.\n\n[de.they]\nup = \"a\"\n\n# A row.\n[en.so]\nup = \"b\"\n[zh.so]\nup = \"c\"\n";
        assert_eq!(of_languages(words, &[Language::En]), "\n# A row.\n[en.so]\nup = \"b\"\n");
        assert_eq!(of_languages(words, &[Language::En, Language::De]), words.replace("[zh.so]\nup = \"c\"\n", ""));
        let made = commented("en.md", b"+++\nheadline = \"A\"\n+++\nText.\n", "solar", "green");
        let made = String::from_utf8(made).unwrap();
        assert!(made.starts_with("+++\nheadline = \"A\"\n+++\n{# WRITE HERE: this is the text of `green`"), "{made}");
        assert!(made.ends_with("docs/templates.md shows every block. #}\nText.\n"), "{made}");
        let made = String::from_utf8(commented("blocks.toml", b"#:schema x\n# A.\n", "solar", "green")).unwrap();
        assert!(
            made.starts_with("#:schema x\n# WRITE HERE: these are the blocks of `green`.")
                && made.ends_with("\n# A.\n")
        );
        assert_eq!(commented("logo.png", b"\x89PNG", "solar", "green"), b"\x89PNG");
        assert_eq!(commented("theme.toml", b"# t\n", "solar", "green"), b"# t\n");
    }
}
