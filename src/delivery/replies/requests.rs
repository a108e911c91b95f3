//! To which of our mailboxes a mail came, and what it asks for by that: to leave (`unsubscribe+TOKEN@`), to join
//! (`subscribe+BRIEF.LANG@`), to confirm that (`confirm+TOKEN@`), or nothing (`bounce+TOKEN@`). Tokens are read as they stand;
//! who keeps the keys verifies them.

use super::{
    Envelope,
    answer_words::INTRODUCED,
    fields::Fields,
    open::Opened,
    words::{addresses, says_leave},
};

/// Maximum number of recipients that are looked at.
const MAX_RECIPIENTS: usize = 1_000;
/// Maximum number of tokens of a purpose that are read of one mail.
const MAX_TOKENS: usize = 20;
/// Maximum number of tokens for leaving by which one mail ends subscriptions. One more is read: it says that there are more, and
/// that a person has to look.
pub const MAX_LEAVES: usize = 100;

/// Our mailboxes, each an address without a tag; `None` for what is not read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mailboxes {
    /// For requests to leave.
    pub leave: Option<String>,
    /// For requests to join.
    pub join: Option<String>,
    /// For answers that confirm what somebody asked for.
    pub confirm: Option<String>,
    /// The envelope's sender of our mails.
    pub bounce: Option<String>,
}

/// By what a reader who leaves is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaveRequest {
    /// The tokens in the addresses, in the subject and in the writer's own lines; at least one, and no more than [`MAX_LEAVES`]
    /// and one.
    Tokens(Vec<String>),
    /// Only the address that the mail claims to come from, which anybody can write.
    Sender,
}

impl Mailboxes {
    /// Is the address that of one of these mailboxes, with or without a tag?
    pub fn has(&self, address: &str) -> bool {
        self.all().any(|mailbox| tag(address, Some(mailbox)).is_some())
    }

    /// The tag in an address of one of these mailboxes.
    pub fn tag_of(&self, address: &str) -> Option<String> {
        self.all().find_map(|mailbox| tag(address, Some(mailbox))).flatten()
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        [&self.leave, &self.join, &self.confirm, &self.bounce].into_iter().filter_map(|mailbox| mailbox.as_deref())
    }
}

/// What somebody wants to get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinRequest {
    /// The brief's id, as it was written; empty if none was.
    pub brief: String,
    /// The language, as it was written; empty if none was.
    pub language: String,
}

/// What the addresses say to which a mail came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tagged {
    /// The tags of the mailbox for bounces
    pub bounces: Vec<String>,
    pub join: Option<JoinRequest>,
    /// The tokens of what is confirmed
    pub confirms: Vec<String>,
    /// Did it come to the mailbox for leaving?
    is_to_leave: bool,
    /// The tokens of what is left
    leaves: Vec<String>,
}

/// Fields that name the envelope's recipient, the surest first.
const RECIPIENTS: &[&str] = &[
    "x-original-to",
    "delivered-to",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "x-forwarded-to",
    "x-forwarded-for",
    "to",
    "cc",
    "bcc",
    "resent-to",
    "resent-cc",
    "resent-bcc",
    "apparently-to",
];

/// The envelope counts before the headers. Where an alias led to a mailbox of ours, or took away what stood behind the plus
/// sign, only the headers still say to which address the mail was written.
pub(super) fn tagged(opened: &Opened, envelope: &Envelope, mailboxes: &Mailboxes) -> Tagged {
    let known: Vec<String> =
        envelope.recipients.iter().map(|address| address.trim_matches(['<', '>']).to_owned()).collect();
    let named = named(&opened.head);
    let mut tagged = Tagged::default();
    known.iter().take(MAX_RECIPIENTS).for_each(|address| tagged.add(address, mailboxes));
    let is_named = |address: &String| named.iter().any(|named| named.eq_ignore_ascii_case(address));
    if known.is_empty() || (!tagged.has_tag() && !known.iter().any(is_named)) {
        named.iter().for_each(|address| tagged.add(address, mailboxes));
    }
    tagged
}

impl Tagged {
    fn add(&mut self, address: &str, mailboxes: &Mailboxes) {
        let keep = |tags: &mut Vec<String>, tag: Option<String>, most: usize| {
            // The case of an address is changed on the way.
            let is_new = |tag: &String| !tags.iter().any(|known| known.eq_ignore_ascii_case(tag));
            if let Some(tag) = tag.filter(is_new).filter(|_| tags.len() < most) {
                tags.push(tag);
            }
        };
        if let Some(tag) = tag(address, mailboxes.bounce.as_deref()) {
            keep(&mut self.bounces, tag, MAX_TOKENS);
        }
        if let Some(tag) = tag(address, mailboxes.leave.as_deref()) {
            self.is_to_leave = true;
            keep(&mut self.leaves, tag, MAX_LEAVES + 1);
        }
        if let Some(tag) = tag(address, mailboxes.confirm.as_deref()) {
            keep(&mut self.confirms, tag, MAX_TOKENS);
        }
        if let Some(tag) = tag(address, mailboxes.join.as_deref()) {
            let tag = tag.unwrap_or_default();
            // A brief's id holds no dot.
            let (brief, language) = tag.split_once('.').unwrap_or((&tag, ""));
            let request = JoinRequest { brief: brief.to_owned(), language: language.to_lowercase() };
            // One that names a brief says more.
            if !request.brief.is_empty() || self.join.is_none() {
                self.join = Some(request);
            }
        }
    }

    fn has_tag(&self) -> bool {
        self.join.as_ref().is_some_and(|join| !join.brief.is_empty())
            || [&self.bounces, &self.confirms, &self.leaves].iter().any(|tags| !tags.is_empty())
    }

    /// The tokens of what is left: in the addresses and, wherever the mail came, in the subject. If somebody wants to leave and
    /// names none there, those that they wrote into the text.
    pub fn leave_tokens(&self, opened: &Opened) -> Vec<String> {
        let mut tokens = self.leaves.clone();
        let mut add = |token: String| {
            if tokens.len() <= MAX_LEAVES && !tokens.iter().any(|known| known.eq_ignore_ascii_case(&token)) {
                tokens.push(token);
            }
        };
        of_subject(&opened.subject).for_each(&mut add);
        if self.is_to_leave || says_leave(&opened.subject) {
            of_own_lines(&opened.text()).for_each(&mut add);
        }
        tokens
    }

    /// Does it come to the mailbox for leaving without saying of which subscription?
    pub fn asks_to_leave(&self) -> bool {
        self.is_to_leave
    }
}

/// Fields of reports and of mails that came back which hold the envelope's sender: RFC 5965 §3.2, Postfix, RFC 5321 §4.4.
const SENDERS: &[&str] = &["original-mail-from", "x-postfix-sender", "return-path"];

/// The tags of the bounce mailbox that stand within a report.
pub(super) fn quoted_tags(opened: &Opened, mailboxes: &Mailboxes) -> Vec<String> {
    let reports = opened.own(&["message/delivery-status", "message/global-delivery-status", "message/feedback-report"]);
    let blocks: Vec<Fields> = reports.flat_map(Fields::blocks).chain(opened.returned.iter().cloned()).collect();
    let senders = blocks.iter().flat_map(|block| SENDERS.iter().flat_map(|name| block.all(name))).flat_map(addresses);
    senders.filter_map(|address| tag(&address, mailboxes.bounce.as_deref())?).take(MAX_TOKENS).collect()
}

/// Tokens in List-Unsubscribe of the mails that came back within a report: in a page's address, a mail's address or subject.
/// Whether they are ours is found out where the keys are.
pub(super) fn quoted_leave_tokens(opened: &Opened) -> Vec<String> {
    let values = opened.returned.iter().flat_map(|head| head.all("list-unsubscribe"));
    let words = values.flat_map(|value| value.split(|c: char| !c.is_ascii_alphanumeric()));
    // `%20` in front of it ends in a digit that is none of its own.
    let words = words.map(|word| word.strip_prefix("20").unwrap_or(word));
    words.filter(|word| looks_like_token(word)).map(str::to_owned).take(MAX_TOKENS).collect()
}

fn named(head: &Fields) -> Vec<String> {
    let values = RECIPIENTS.iter().flat_map(|name| head.all(name));
    values.flat_map(addresses).take(MAX_RECIPIENTS).collect()
}

/// `Some(tag)` if an address is that of a mailbox: `Some(None)` without a tag.
fn tag(address: &str, mailbox: Option<&str>) -> Option<Option<String>> {
    let (local, domain) = address.rsplit_once('@')?;
    let (own_local, own_domain) = mailbox?.rsplit_once('@')?;
    if !domain.eq_ignore_ascii_case(own_domain) {
        return None;
    }
    let (name, tag) = match local.get(..own_local.len()) {
        // The mailbox itself may hold a plus sign.
        Some(name) if local.get(own_local.len()..).is_some_and(|rest| rest.is_empty() || rest.starts_with('+')) => {
            (name, local.get(own_local.len() + 1..))
        }
        _ => return None,
    };
    name.eq_ignore_ascii_case(own_local).then(|| tag.filter(|tag| !tag.is_empty()).map(str::to_owned))
}

/// Length of a token (`people::tokens`).
const TOKEN: usize = 37;
/// Maximum number of own lines of a mail that says to leave by a token in its text: a longer one may quote ours without a mark.
const OWN_LINES: usize = 6;
/// Maximum number of words of a line that is a token with what names it.
const TOKEN_LINE: usize = 6;

/// The tokens of a subject such as `unsubscribe TOKEN`, as the `mailto:` of a mail has it, and what people and programs make of
/// it: `Re: Unsubscribe: TOKEN`, `unsubscribe=TOKEN`, two of them, a link. Whether they are ours is found out where the keys
/// are; a word of a person has another form.
fn of_subject(subject: &str) -> impl Iterator<Item = String> {
    let says_so = subject.to_lowercase().contains("unsubscribe");
    tokens_of(subject).filter(move |token| says_so || is_whole_token(token))
}

/// The tokens that somebody wrote into a text themselves: above all that may be quoted, since our mails hold the token of their
/// reader. Not every quotation bears a mark: so a text that is long, asks something or holds a token of another purpose, as our
/// mails do, names none.
fn of_own_lines(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let own: Vec<&str> = lines.take_while(|line| !begins_quotation(line)).take(OWN_LINES + 1).collect();
    let asks = own.iter().any(|line| tokens_of(line).count() == 0 && line.contains(['?', '？']));
    let is_ours = own.iter().flat_map(|line| tokens_of(line)).any(|token| !is_whole_token(&token));
    let counts = own.len() <= OWN_LINES && !asks && !is_ours;
    let named = own.into_iter().filter(move |line| counts && line.split_whitespace().count() <= TOKEN_LINE);
    named.flat_map(|line| tokens_of(line).collect::<Vec<_>>()).collect::<Vec<_>>().into_iter()
}

/// Does a line begin what is quoted, or forwarded?
fn begins_quotation(line: &str) -> bool {
    let lower = line.to_lowercase();
    let names = ["from:", "von:", "sent:", "gesendet:", "发件人", "寄件者"];
    line.starts_with(['>', '|'])
        || line.starts_with("--")
        || line.starts_with("__")
        || names.iter().any(|name| lower.trim_start_matches('*').starts_with(name))
        || (lower.ends_with([':', '：']) && INTRODUCED.iter().any(|word| lower.contains(word)))
        || ["on ", "am ", "在 ", "le "].iter().any(|begin| lower.starts_with(begin))
}

/// What has the form of a token in a text: alone, in an address, in a link.
fn tokens_of(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words.map(without_what_is_glued).filter(|word| looks_like_token(word)).take(MAX_LEAVES + 1).map(str::to_owned)
}

/// A word without what a program has glued to the token in it: `%20` ends in a digit that is none of its own, and a space that
/// was lost leaves `unsubscribeTOKEN`.
fn without_what_is_glued(word: &str) -> &str {
    let Some(at) = word.len().checked_sub(TOKEN) else { return word };
    match word.split_at_checked(at) {
        Some((glued, token)) if glued == "20" || glued.eq_ignore_ascii_case("unsubscribe") => token,
        _ => word,
    }
}

/// Has it the length of a token for leaving, and its letter?
fn is_whole_token(text: &str) -> bool {
    text.len() == TOKEN && text.starts_with(['u', 'U'])
}

/// Has it the form of a token: base32 (RFC 4648), longer than any word?
fn looks_like_token(text: &str) -> bool {
    let is_base32 = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'2'..=b'7');
    text.len() >= 30 && text.bytes().all(is_base32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_stands_behind_the_mailbox() {
        let mailbox = Some("bounce@example.org");
        for (address, wanted) in [
            ("bounce+abc@example.org", Some(Some("abc"))),
            ("BOUNCE+AbC@EXAMPLE.ORG", Some(Some("AbC"))),
            ("bounce@example.org", Some(None)),
            ("bounce+@example.org", Some(None)),
            ("bouncer@example.org", None),
            ("bounce+abc@example.com", None),
            ("ü@example.org", None),
            ("bounce", None),
        ] {
            assert_eq!(tag(address, mailbox), wanted.map(|tag| tag.map(str::to_owned)), "{address}");
        }
        assert_eq!(tag("a+b+c@x.y", Some("a+b@x.y")), Some(Some("c".to_owned())));
        assert_eq!(tag("bounce+abc@example.org", None), None);
    }

    #[test]
    fn a_subject_may_hold_the_token() {
        let token = format!("u{}", "ab27".repeat(9));
        let of = |subject: &str| of_subject(subject).collect::<Vec<_>>();
        for subject in [
            format!("unsubscribe {token}"),
            format!("Re: Unsubscribe {token}"),
            format!("AW: unsubscribe <{token}>"),
            format!("unsubscribe: {token}"),
            format!("Unsubscribe={token}"),
            format!("unsubscribe{token}"),
            format!("Re: UNSUBSCRIBE{}", token.to_uppercase()),
            format!("unsubscribe%20{token}"),
            format!("unsubscribe+{token}@example.org"),
            format!("https://briefs.example.org/u/{token}?x"),
            token.to_uppercase(),
        ] {
            assert_eq!(
                of(&subject).iter().map(|one| one.to_lowercase()).collect::<Vec<_>>(),
                [token.as_str()],
                "{subject}"
            );
        }
        let other = format!("u{}", "cd34".repeat(9));
        assert_eq!(of(&format!("unsubscribe {token} unsubscribe {other}")), [token.as_str(), &other]);
        assert!(of(&format!("resubscribe{token}")).is_empty());
        assert!(of("unsubscribe me from all of these please").is_empty());
        assert!(of(&format!("unsubscribe {}1", &token[1..])).is_empty());
        assert!(of(&format!("about {}", &token[1..])).is_empty());
    }

    #[test]
    fn a_text_holds_a_token_only_above_what_it_quotes() {
        let token = format!("u{}", "ab27".repeat(9));
        let of = |text: &str| of_own_lines(text).collect::<Vec<_>>();
        for text in [
            token.clone(),
            format!("Hello,\n\nunsubscribe {token}\n"),
            format!("please: https://briefs.example.org/u/{token}\n> On Monday"),
        ] {
            assert_eq!(of(&text), [token.as_str()], "{text}");
        }
        for text in [
            format!("How do I read the table?\n> To leave: https://briefs.example.org/u/{token}"),
            format!("What does this link mean?\n\nhttps://briefs.example.org/u/{token}"),
            format!(
                "I want to keep it.\n\nOp ma 30 nov. 2026 schreef Brief:\n\nGood day\n\nThis ends it:\n{token}\n\nBrief\nBerlin"
            ),
            format!("I keep it.\n\nThis ends it:\n{token}\nAnd this changes it:\np{}", &token[1..]),
            format!("Why?\n\nOn Monday, Brief <b@example.org> wrote:\n\nunsubscribe+{token}@example.org"),
            format!("Frage\n-----Ursprüngliche Nachricht-----\n{token}"),
            format!("Frage\nVon: Brief\n{token}"),
            format!("{}{token}", "line\n".repeat(20)),
            format!("a long line of ours that has the token {token}"),
        ] {
            assert!(of(&text).is_empty(), "{text}");
        }
    }

    #[test]
    fn what_came_back_names_the_token_to_leave() {
        let token = format!("u{}", "ab27".repeat(9));
        for value in [
            format!("<https://briefs.example.org/u/{token}>, <mailto:unsubscribe@example.org?subject=unsubscribe>"),
            format!("<mailto:unsubscribe+{token}@example.org>"),
            format!("<mailto:unsubscribe@example.org?subject=unsubscribe%20{token}>"),
        ] {
            let head = Fields::head(&format!("List-Unsubscribe: {value}\r\n"));
            let opened = Opened { returned: vec![head], ..Opened::default() };
            assert_eq!(quoted_leave_tokens(&opened), [token.as_str()], "{value}");
        }
    }

    #[test]
    fn a_subject_may_only_say_it() {
        for (subject, wanted) in [
            ("unsubscribe", true),
            ("Re: AW: Unsubscribe me", true),
            ("unsubscribe green-economy.12.345.k3x9", true),
            ("Abmelden", true),
            ("回复：退订此邮件", true),
            ("how do I unsubscribe from this.list", false),
            ("unsubscribed?", false),
            ("Re: Re Re", false),
            ("", false),
        ] {
            assert_eq!(says_leave(subject), wanted, "{subject}");
        }
        assert_eq!(of_subject("unsubscribe green-economy.12.345.k3x9").count(), 0);
    }

    #[test]
    fn every_token_counts_and_there_are_not_too_many() {
        let mailboxes = Mailboxes { leave: Some("leave@example.org".into()), ..Mailboxes::default() };
        let many: String = (0..500).map(|n| format!("a{n}@example.net, ")).collect();
        let to: String = (0..120).map(|n| format!("leave+{n:037}@example.org, leave+{n:037}@EXAMPLE.ORG, ")).collect();
        let opened = Opened { head: Fields::head(&format!("To: {}\nCc: {to}\n", &many[..3_000])), ..Opened::default() };
        let tokens = tagged(&opened, &Envelope::default(), &mailboxes).leave_tokens(&opened);
        assert_eq!(tokens, (0..=MAX_LEAVES).map(|n| format!("{n:037}")).collect::<Vec<_>>());
    }

    #[test]
    fn the_headers_count_where_an_alias_led_here() {
        let mailboxes = Mailboxes { leave: Some("leave@example.org".into()), ..Mailboxes::default() };
        let tokens = |recipient: &str, head: &str| {
            let opened = Opened { head: Fields::head(head), ..Opened::default() };
            let envelope = Envelope { sender: None, recipients: vec![recipient.to_owned()] };
            tagged(&opened, &envelope, &mailboxes).leave_tokens(&opened)
        };
        let to = "To: leave+abc@example.org\nCc: brief@example.org\n";
        // The plus sign was taken away, or another mailbox stands behind the alias.
        assert_eq!(tokens("leave@example.org", to), ["abc"]);
        assert_eq!(tokens("office@example.org", to), ["abc"]);
        assert_eq!(tokens("leave+def@example.org", to), ["def"]);
        // A mailbox at a provider passes it on.
        assert_eq!(tokens("office@example.org", "X-Forwarded-To: leave+abc@example.org\nTo: a@example.net\n"), ["abc"]);
        // This copy is for another of those that are named.
        assert!(tokens("brief@example.org", to).is_empty());
    }
}
