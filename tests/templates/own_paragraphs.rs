//! The placeholders that become several lines of a mail stand in paragraphs of their own; elsewhere each is an error at its place.

use greenbrief::{base::language::Language, document::brief::Template};

use crate::{frame, snapshot};

/// The problems of a brief and a mail with these texts and this subject of the mail.
fn told(brief: &str, subject: &str, mail: &str) -> String {
    let brief = format!("+++\nheadline = \"h\"\nsubject = \"s\"\n+++\n{brief}\n");
    let mail = format!("+++\nsubject = \"{subject}\"\n+++\n{mail}\n");
    let files = [("en.md", brief), ("mail.en.md", mail), ("blocks.toml", String::new())];
    let files = files.map(|(name, text)| (name.to_owned(), text.into_bytes()));
    Template::from_files("t", files.into()).unwrap().check(&snapshot(), &frame(), &[Language::En]).to_string()
}

#[test]
fn a_placeholder_beside_other_words_is_an_error_at_its_place() {
    let wanted = "\
error: `{{ since }}` cannot stand in a line with other words
 --> t/mail.en.md:4:6
   |
 4 | News {{ since }} here.
   |      ^^^^^^^^^^^
   = hint: it stands in a paragraph of its own, with an empty line before it and after it";
    assert_eq!(told("A word.", "s", "News {{ since }} here.").trim_end(), wanted);
    for name in ["since", "key_figures", "imprint"] {
        let first = format!("error: `{{{{ {name} }}}}` cannot stand in a line with other words\n --> t/mail.en.md:4:");
        for (column, mail) in [
            (3, "- {{ X }}"),
            (3, "- {{ X }}\n\n- A word."),
            (3, "**{{ X }}**"),
            (2, "[{{ X }}](https://example.org)"),
            (4, "## {{ X }}"),
            (1, "{{ X }}\nA word."),
            (1, "{{ X }}{{ brief.title }}"),
        ] {
            let text = told("A word.", "s", &mail.replace('X', name));
            assert!(text.starts_with(&format!("{first}{column}\n")), "{mail}: {text}");
            assert_eq!(text.matches("error: ").count(), 1, "{mail}: {text}");
        }
        let link = told("A word.", "s", &"[word]({{ X }})".replace('X', name));
        assert!(link.contains(&format!("{first}8\n")), "{link}");
        let alone = "A word.\n\n{{ X }}\n\n  {{ X }}  \n\n> [!note]\n> {{ X }}\n".replace('X', name);
        assert_eq!(told("A word.", "s", &alone), "", "{name}");
        let condition = "{% if X %}A word.{% endif %}".replace('X', name);
        assert_eq!(told(&condition, "s", &condition), "", "{name}");
    }
}

#[test]
fn a_placeholder_in_a_subject_or_in_a_brief_is_an_error_at_its_place() {
    let wanted = "\
error: `{{ key_figures }}` cannot stand in `subject`, which is one line
 --> t/mail.en.md:2:17
   |
 2 | subject = \"News {{ key_figures }}\"
   |                 ^^^^^^^^^^^^^^^^^
   = hint: it stands in a paragraph of its own in the text of a mail";
    assert_eq!(told("A word.", "News {{ key_figures }}", "A word.").trim_end(), wanted);
    for (name, hint) in [
        ("since", "the place of the changes in a brief is a fenced block: ```since"),
        ("key_figures", "a brief shows figures in a fenced block: ```tiles name"),
        ("imprint", "delete it: a brief ends with its imprint by itself"),
    ] {
        let text = told(&format!("{{{{ {name} }}}}"), "s", "A word.");
        let first = format!("error: `{{{{ {name} }}}}` cannot stand in a brief, only in its mail\n --> t/en.md:5:1\n");
        assert!(text.starts_with(&first) && text.trim_end().ends_with(&format!("= hint: {hint}")), "{text}");
    }
}
