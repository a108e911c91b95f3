//! What a person says who answers a mail of ours that asks for a yes. An answer may be empty; but only an empty one, or one of
//! few words that mean yes, is taken for a yes. A sentence of words that mean no, and nothing else, is a no. A word of a no
//! keeps all else from being a yes, wherever it stands outside of what is quoted from our mail; but "I am not here until
//! Monday" is no answer, so that a person reads it. "Take me off your list" has no end of forms, and so have the notices of
//! programs that do not say that they are programs. What counts as our mail is decided by its words, not by how it is indented.

use super::{
    answer_words::{
        ASKING, BESIDE, BESIDE_NO, CHINESE_BESIDE, CHINESE_BESIDE_NO, CHINESE_DENY, CHINESE_ENDING, CHINESE_NO,
        CHINESE_NOT_GOT, CHINESE_YES, CLOSINGS, DENIED, DENY, DEVICES, ENDING, FIELDS, GREETINGS, INTRODUCED, NO,
        NO_SIGNS, ONLY_BESIDE, SEPARATORS, TITLES, YES,
    },
    words::{says_leave, without_prefixes},
};

/// What an answer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It is empty, or means yes.
    Yes,
    /// It says no, and nothing else.
    No,
    /// A sentence of it says no; others are for a person.
    NoAndMore,
    /// It holds a word of a no, and may mean something else.
    LikeNo,
    /// It says something else.
    Unclear,
}

impl Answer {
    const fn is_no(self) -> bool {
        matches!(self, Answer::No | Answer::NoAndMore)
    }
}

/// An answer, until it is held against the mail that asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answered {
    /// The subject
    pub(super) subject: String,
    /// The text that counts
    pub(super) text: String,
    /// The same in other forms, and what else it holds as text: only a no counts there
    pub(super) others: String,
    /// Whether all of it was read
    pub(super) is_whole: bool,
    /// Whether it holds what no program reads as text: pictures, files, what is encrypted
    pub(super) has_more: bool,
}

/// Number of words from which a line that is not indented can be known as one of ours wherever it stands.
const KNOWN_BY: usize = 6;
/// The same of Chinese characters.
const KNOWN_BY_CHINESE: usize = 10;
/// Maximum number of lines of a signature.
const SIGNATURE: usize = 8;

impl Answered {
    /// What it says to a mail of ours with this subject and text.
    pub fn to(&self, subject: &str, text: &str) -> Answer {
        let asked = Asked {
            words: words(&format!("{subject}\n{text}")),
            lines: text.lines().map(words).collect(),
            subject: words(subject),
        };
        let (text, says_so) = asked.of_text(&self.text);
        let (elsewhere, _) = asked.of_text(&self.others);
        match (asked.of_subject(&self.subject), text) {
            // Whoever says yes as well is asked by a person what they mean.
            (Answer::No, Answer::Yes) if !says_so => Answer::No,
            (Answer::No, text) if !says_so && text != Answer::Yes => {
                if text == Answer::No {
                    Answer::No
                } else {
                    Answer::NoAndMore
                }
            }
            (Answer::Yes, no) if no.is_no() => no,
            (_, no) if no.is_no() => Answer::NoAndMore,
            _ if elsewhere.is_no() || elsewhere == Answer::LikeNo => Answer::LikeNo,
            (Answer::No | Answer::LikeNo, _) | (_, Answer::LikeNo) => Answer::LikeNo,
            // A no may stand in what cannot be read.
            _ if !self.is_whole || (self.has_more && !says_so) => Answer::Unclear,
            (Answer::Yes, Answer::Yes) => Answer::Yes,
            // Whoever says yes may write any subject but that of a notice, with its number.
            (Answer::Unclear, Answer::Yes) if says_so && !has_number(&self.subject) => Answer::Yes,
            _ => Answer::Unclear,
        }
    }
}

/// The mail that asked, as its words.
struct Asked {
    words: Vec<String>,
    /// Those of each line
    lines: Vec<Vec<String>>,
    subject: Vec<String>,
}

/// What was read of an answer so far.
#[derive(Default)]
struct Read {
    /// Where our own mail goes on, if the last line was of it
    at: Option<usize>,
    is_introduced: bool,
    /// Number of lines like `From: …` behind which nothing of our mail has come yet
    fields: usize,
    has_yes: bool,
    /// A sentence that says no, and nothing else
    has_no: bool,
    /// A word of a no
    is_like_no: bool,
    has_signature: bool,
    has_closed: bool,
    /// Number of lines of a signature, if one has begun
    signature: Option<usize>,
    is_unclear: bool,
}

impl Read {
    /// Takes a line that holds a word of a no. What is indented is another's, or what an answer quotes of itself.
    fn refuse(&mut self, line: &str, is_indented: bool) {
        let sentences = line.split_inclusive(['.', '!', '?', ';', '。', '！', '？', '；']);
        for sentence in sentences.map(str::trim).filter(|sentence| sentence.contains(char::is_alphanumeric)) {
            if !is_indented && says_only_no(sentence) {
                self.has_no = true;
            } else if !is_indented && says_yes(sentence) {
                self.has_yes = true;
            } else if is_indented || !words(sentence).iter().all(|word| BESIDE.contains(&&**word)) {
                self.is_like_no = true;
            }
        }
    }
}

impl Asked {
    fn of_subject(&self, subject: &str) -> Answer {
        let mut own = without_prefixes(subject);
        for mark in ["[ext]", "[external]", "[extern]"] {
            if own.to_lowercase().starts_with(mark) {
                own = without_prefixes(own.get(mark.len()..).unwrap_or_default());
            }
        }
        let own_words = words(own);
        if own_words.is_empty() || own_words == self.subject {
            Answer::Yes
        } else if says_leave(own) || says_only_no(own) {
            Answer::No
        } else if says_no(own) {
            Answer::LikeNo
        } else if find(&self.subject, &own_words).is_some() || says_yes(own) || is_title(own) {
            Answer::Yes
        } else {
            Answer::Unclear
        }
    }

    /// What a text says, and whether it does so in words.
    fn of_text(&self, text: &str) -> (Answer, bool) {
        let mut read = Read::default();
        for line in text.lines() {
            let bare = line.trim_start_matches(['>', ' ', '\t', '\u{a0}']).trim();
            let is_indented = line.trim_start().starts_with('>');
            let bare = without_links(bare);
            if bare.chars().any(char::is_alphanumeric) {
                if self.holds(&bare, is_indented, &mut read) {
                    continue;
                }
                read.at = None;
                if says_no(&self.without_address(&bare)) && !self.is_our_subject(&bare) {
                    read.refuse(&bare, is_indented);
                    continue;
                }
                if !is_indented {
                    self.judge(&bare, &mut read);
                }
            } else if bare == "--" && !is_indented {
                // "-- " has lost its space where lines were trimmed. That of our own mail ends with the next line of it.
                read.signature = Some(0);
            } else if !is_indented && is_no_sign(&bare) {
                read.has_no = true;
            } else if !is_indented && !bare.chars().all(is_ornament) {
                // Another sign may mean anything.
                read.is_unclear = true;
            }
        }
        // A program may have put a name and an address there that nobody typed; but it may be a sentence, too.
        let is_signed_only = read.has_signature && !read.has_yes;
        let is_cut = read.is_introduced || read.fields > 0;
        let is_clear = !read.is_unclear && !is_cut && !is_signed_only;
        let answer = match is_clear {
            _ if read.has_no && !read.has_yes && (read.is_unclear || read.is_like_no) => Answer::NoAndMore,
            _ if read.has_no && !read.has_yes => Answer::No,
            _ if read.has_no || read.is_like_no => Answer::LikeNo,
            true => Answer::Yes,
            false => Answer::Unclear,
        };
        (answer, read.has_yes)
    }

    /// Is a line one of our mail?
    fn holds(&self, line: &str, is_indented: bool, read: &mut Read) -> bool {
        let words = words(line);
        // A few words can be anybody's.
        let is_short_no = words.len() <= 3 && says_no(line);
        let goes_on = read.at.filter(|at| self.words.get(*at..).is_some_and(|rest| rest.starts_with(&words)));
        let least = if line.chars().any(is_chinese) { KNOWN_BY_CHINESE } else { KNOWN_BY };
        let at = match goes_on {
            Some(at) if is_indented || !is_short_no || self.lines.contains(&words) => Some(at),
            _ if is_short_no => None,
            _ if is_indented || words.len() >= least => find(&self.words, &words),
            _ => None,
        };
        if let Some(at) = at {
            // What began like "On Monday, …" was a sentence; and one line like `Date: …` is no head of a mail.
            read.is_unclear |= read.is_introduced || read.fields == 1;
            read.is_introduced = false;
            read.fields = 0;
            read.at = Some(at + words.len());
            read.signature = None;
        }
        at.is_some()
    }

    /// What a line adds that is neither of our mail nor a no.
    fn judge(&self, line: &str, read: &mut Read) {
        let lower = line.to_lowercase();
        let is_letter = |known: &[&str]| {
            let bare = lower.trim_end_matches([',', '.', '!', '，', '。', '！']).trim();
            known.contains(&bare)
        };
        if let Some(introduces) = introduction(&lower, read.is_introduced) {
            read.is_introduced = introduces;
            read.signature = None;
        } else if read.is_introduced {
            // What began like "On Monday, …" was a sentence.
            read.is_introduced = false;
            read.is_unclear = true;
        } else if is_separator(&lower) {
            read.signature = None;
        } else if self.is_field(line) {
            read.fields += 1;
            read.signature = None;
        } else if is_device(&lower) || is_letter(GREETINGS) {
        } else if let Some(lines) = read.signature.filter(|lines| *lines < SIGNATURE && !line.ends_with(['?', '!'])) {
            read.signature = Some(lines + 1);
            read.has_signature = true;
        } else if says_yes(line) {
            read.has_yes = true;
        } else if (read.has_yes || read.has_no) && is_letter(CLOSINGS) {
            read.has_closed = true;
        } else if read.has_closed && is_name(line) {
            // Once.
            read.has_closed = false;
        } else {
            read.is_unclear = true;
        }
    }

    /// `From: …` and the like, between an answer and what it quotes.
    fn is_field(&self, line: &str) -> bool {
        let Some((name, value)) = line.split_once([':', '：']) else { return false };
        let name = name.trim_matches(['*', ' ']).to_lowercase();
        let value = words(value.trim_matches(['*', ' ']));
        FIELDS.contains(&&*name) && (self.is_our_subject(line) || value.len() <= 16)
    }

    /// The subject of our mail, with its prefixes or without.
    fn is_our_subject(&self, line: &str) -> bool {
        let Some((name, value)) = line.split_once([':', '：']) else { return false };
        let name = name.trim_matches(['*', ' ']).to_lowercase();
        let value = words(value.trim_matches(['*', ' ']));
        let own = value.iter().skip_while(|word| Some(*word) != self.subject.first());
        let is_subject = ["subject", "betreff", "主题", "主旨"].contains(&&*name);
        is_subject && !value.is_empty() && own.clone().eq(self.subject.iter())
    }

    /// A line of the head of a mail without addresses, in which `no-reply` says nothing.
    fn without_address(&self, line: &str) -> String {
        if !self.is_field(line) {
            return line.to_owned();
        }
        line.split_whitespace().filter(|word| !word.contains('@')).collect::<Vec<_>>().join(" ")
    }
}

/// The line, or the first or the second of two lines, above what is quoted; `Some(true)` if another one follows.
fn introduction(lower: &str, is_introduced: bool) -> Option<bool> {
    let says_who = lower.contains('@') || lower.contains('<');
    let names = says_who || lower.contains(|c: char| c.is_ascii_digit());
    let tells = INTRODUCED.iter().any(|word| lower.contains(word));
    let count = lower.split_whitespace().count();
    let ends = lower.ends_with([':', '：']) && (tells || (is_introduced && says_who && count <= 3));
    if ends && count <= 25 && (names || is_introduced) {
        return Some(false);
    }
    let begins = ["on ", "am ", "在 ", "le "].iter().any(|begin| lower.starts_with(begin));
    let has_digit = lower.contains(|c: char| c.is_ascii_digit());
    let goes_on = says_who || tells || lower.ends_with(',');
    (begins && count <= 25 && has_digit && goes_on).then_some(true)
}

fn has_number(subject: &str) -> bool {
    subject.contains(|c: char| c.is_ascii_digit() || c == '#')
}

fn is_separator(lower: &str) -> bool {
    let is_drawn = |c: char| ['-', '_', '=', '*'].contains(&c);
    let inner = lower.trim_matches(|c: char| is_drawn(c) || c.is_whitespace());
    lower.starts_with(is_drawn) && lower.ends_with(is_drawn) && SEPARATORS.contains(&inner)
}

fn is_device(lower: &str) -> bool {
    let is_one = !lower.trim_end_matches('.').contains(['.', ',', '?', '!', '。', '，', '？', '！']);
    let is_short = lower.split_whitespace().count() <= 8 && lower.chars().count() <= 60;
    is_one && is_short && DEVICES.iter().any(|(begin, holds)| lower.starts_with(begin) && lower.contains(holds))
}

/// Up to three words with capitals, or up to four Chinese characters.
fn is_name(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_written = |word: &&str| word.chars().next().is_some_and(char::is_uppercase);
    let is_latin = (1..=3).contains(&words.len()) && words.iter().all(is_written);
    let is_han = line.chars().all(is_chinese) && line.chars().count() <= 4;
    (is_latin || is_han) && !line.ends_with(['?', '!'])
}

/// Is it one of the signs that mean no, once or more often? Behind it may stand the colour of a skin, and how it is to be drawn.
fn is_no_sign(line: &str) -> bool {
    let is_beside = |c: char| is_ornament(c) || c == '!' || ('\u{1f3fb}'..='\u{1f3ff}').contains(&c) || c == '\u{fe0f}';
    line.contains(NO_SIGNS) && line.chars().all(|c| NO_SIGNS.contains(&c) || is_beside(c))
}

/// What is drawn between paragraphs, and says nothing.
fn is_ornament(c: char) -> bool {
    c.is_whitespace()
        || ['-', '_', '=', '*', '~', '.', '·', '•', '–', '—', '|', '\u{200b}', '\u{feff}', '\u{a0}'].contains(&c)
}

fn says_yes(line: &str) -> bool {
    if line.ends_with(['?', '？']) {
        return false;
    }
    let words = words(line);
    let mut chinese: String = line.chars().filter(|c| c.is_alphanumeric()).collect();
    for politeness in CHINESE_BESIDE {
        if chinese != *politeness {
            chinese = chinese.replace(politeness, "");
        }
    }
    let is_known = |word: &String| YES.contains(&&**word) || BESIDE.contains(&&**word);
    let means_yes = words.iter().all(is_known) && words.iter().any(|word| YES.contains(&&**word));
    means_yes || CHINESE_YES.contains(&&*chinese)
}

/// What a person writes above a mail that holds nothing.
fn is_title(subject: &str) -> bool {
    let bare = subject.trim().trim_end_matches(['.', '!', '。', '！']).to_lowercase();
    GREETINGS.contains(&&*bare) || TITLES.contains(&&*bare)
}

/// All words that stand in a no.
const NO_WORDS: &[&[&str]] = &[NO, DENY, ENDING];
/// Words that end something only beside others, such as "off".
const TAKING: &[&str] = &["take", "streichen"];

fn says_no(line: &str) -> bool {
    let line = line.to_lowercase().replace('’', "'");
    let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '\'').map(|word| word.trim_matches('\''));
    words.any(|word| NO_WORDS.iter().any(|known| known.contains(&word)))
        || CHINESE_NO.iter().any(|word| line.contains(word))
}

/// Does a sentence say no, and nothing else? All its words are known: so "not here until Monday" is none. In no clause of it is
/// a no denied ("do not remove me"), and a word that stands in a yes, such as "confirm", is.
fn says_only_no(sentence: &str) -> bool {
    let ends_like_question = sentence.ends_with(['?', '？']);
    let clauses = || sentence.split([',', '，', '、', '–', '—']).filter(|part| part.contains(char::is_alphanumeric));
    if ends_like_question || !says_no(sentence) || clauses().any(denies_itself) {
        return false;
    }
    if sentence.contains(is_chinese) {
        let mut rest: String = sentence.chars().filter(|c| c.is_alphanumeric()).collect();
        for known in CHINESE_BESIDE_NO.iter().chain(CHINESE_BESIDE).chain(CHINESE_NO) {
            rest = rest.replace(known, "");
        }
        return rest.is_empty();
    }
    let words = latin_words(sentence);
    let holds = |known: &[&str]| words.iter().any(|word| known.contains(&&**word));
    let is_known =
        |word: &String| [BESIDE, BESIDE_NO, DENIED].iter().chain(NO_WORDS).any(|known| known.contains(&&**word));
    let is_alone = ONLY_BESIDE.iter().any(|(word, beside)| holds(&[word]) && !holds(beside));
    words.iter().all(is_known) && !is_alone
}

/// Is a clause no "no", since it denies one ("this is not spam"), since it holds a yes that nothing denies, or since it asks?
fn denies_itself(clause: &str) -> bool {
    if clause.contains(is_chinese) {
        let holds = |known: &[&str]| known.iter().any(|word| clause.contains(word));
        return holds(CHINESE_DENY) && holds(CHINESE_ENDING) || holds(CHINESE_NOT_GOT);
    }
    let words = latin_words(clause);
    let holds = |known: &[&str]| words.iter().any(|word| known.contains(&&**word));
    let asks = match words.as_slice() {
        [first, second, ..] => ASKING.contains(&&**first) && !DENY.contains(&&**second),
        _ => false,
    };
    let is_denied = holds(DENY) && (holds(ENDING) || holds(TAKING));
    asks || is_denied || (holds(DENIED) && !holds(DENY) && !holds(ENDING) && !holds(TAKING))
}

fn latin_words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase().replace('’', "'");
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').map(|word| word.trim_matches('\''));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The words of a text in lower case; each Chinese character is one.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for c in text.chars() {
        let is_part = c.is_alphanumeric();
        if is_part && is_open && !is_chinese(c) {
            words.last_mut().into_iter().for_each(|word| word.extend(c.to_lowercase()));
        } else if is_part {
            words.push(c.to_lowercase().collect());
        }
        is_open = is_part && !is_chinese(c);
    }
    words
}

fn is_chinese(c: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&c)
}

/// Where the words stand next to each other.
fn find(all: &[String], words: &[String]) -> Option<usize> {
    (!words.is_empty()).then(|| all.windows(words.len()).position(|window| window == words)).flatten()
}

/// A line without the addresses that mail programs add to what looks like one: `a@b.c <mailto:a@b.c>`.
fn without_links(line: &str) -> String {
    let mut rest = line;
    let mut bare = String::new();
    while let Some((before, behind)) = ["<mailto:", "<http"].iter().find_map(|begin| rest.split_once(begin)) {
        let Some((_, after)) = behind.split_once('>') else { break };
        bare.push_str(before.trim_end());
        rest = after;
    }
    bare.push_str(rest);
    bare
}

#[cfg(test)]
mod tests;
