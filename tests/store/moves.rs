//! No "no" is ever lost, and no consent is made up: whatever comes between asking and confirming, and whichever address a
//! reader went to since.

use chrono::TimeDelta;
use greenbrief::{
    actions::leaving::{Scope, Way, leave, look_up},
    base::language::Language::{De, En},
    delivery::rules::{DeliveryGuarantee, State},
    people::{
        subscribers::SubscriptionState,
        tokens::{Purpose, Subject},
    },
    store::{
        ArchivePart, Claim, Confirmation, Confirming, Edition, Move, NewSignUp, Removal, Resend, Resent,
        SignUpStanding, SignedUp, Store, Unknown,
    },
    time::schedule::QuietSpan,
};
use ring::rand::SystemRandom;

use super::{
    address, begun, ending, frozen,
    joining::{asked, confirmation},
    mails, minutes, now, released, text,
};

/// The briefs that an address gets.
async fn gets(store: &Store, who: &str) -> Vec<String> {
    store.people().subscriptions_of(who).await.unwrap().into_iter().map(|one| one.brief).collect()
}

async fn subscribe(store: &Store, who: &str, briefs: &[&str]) {
    for brief in briefs {
        store.people().subscribe(&address(who), En, brief, now()).await.unwrap();
    }
}

/// The reader of `from` asks for the address `to`, so many minutes later.
async fn asks(store: &Store, id: i64, from: &str, to: &str, later: i64) -> SignedUp {
    let own = store.people().subscriptions_of(from).await.unwrap();
    let (subscriber, moves) = (Some(own[0].subscriber), own.iter().map(|one| one.brief.clone()).collect());
    let new = NewSignUp { subscriber, moves, now: now() + minutes(later), ..asked(id, to, &own[0].brief, "") };
    store.people().sign_up(new).await.unwrap()
}

async fn confirmed(store: &Store, id: i64, later: i64) -> Confirming {
    store.people().confirm(confirmation(id, later)).await.unwrap()
}

async fn says_no(store: &Store, who: &str, brief: Option<&str>, later: i64) -> u64 {
    let removal = Removal { brief, actor: "reader", reason: "one click" };
    store.people().remove([&address(who)], removal, now() + minutes(later)).await.unwrap().ended
}

async fn token(store: &Store, who: &str, brief: &str) -> String {
    let keys = store.token_keys().keys(&SystemRandom::new(), now()).await.unwrap();
    let own = store.people().subscriptions_of(who).await.unwrap();
    let own = own.into_iter().find(|one| one.brief == brief).unwrap();
    keys.issue(Purpose::Leave, Subject::new(own.id, own.made)).as_str().to_owned()
}

const LEFT: Confirming = Confirming::Over(SignUpStanding::LeftSince);

/// What the new address left since it was asked does not come back with the old one's subscriptions.
pub async fn an_address_change_takes_no_no_back(store: &Store) {
    let (old, new) = ("old@back.example", "new@back.example");
    subscribe(store, old, &["bx", "by"]).await;
    subscribe(store, new, &["by", "bz"]).await;
    // What it left before it was asked was named to it, and comes back.
    assert_eq!(says_no(store, new, Some("by"), 0).await, 1);
    asks(store, 501, old, new, 1).await;
    assert_eq!(says_no(store, new, Some("bx"), 2).await, 0);
    assert!(matches!(confirmed(store, 501, 3).await, Confirming::Now { .. }));
    assert_eq!(gets(store, new).await, ["by", "bz"]);
    assert_eq!(gets(store, old).await, [""; 0], "nor does the old address get what nobody wants");
    assert!(store.people().left(&address(new), Some("bx")).await.unwrap().is_some());
    // A no to all of it: nothing is moved.
    let (old, new) = ("old2@back.example", "new2@back.example");
    subscribe(store, old, &["bx", "by"]).await;
    asks(store, 502, old, new, 1).await;
    says_no(store, new, None, 2).await;
    assert_eq!(confirmed(store, 502, 3).await, LEFT);
    assert_eq!((gets(store, old).await, gets(store, new).await), (vec!["bx".to_owned(), "by".to_owned()], vec![]));
    // Nor is anything moved of who left since at the old one.
    asks(store, 503, old, "new3@back.example", 4).await;
    says_no(store, old, Some("bx"), 5).await;
    says_no(store, old, Some("by"), 5).await;
    assert_eq!(confirmed(store, 503, 6).await, LEFT);
    assert_eq!(gets(store, "new3@back.example").await, [""; 0]);
}

/// What was not named when it was asked stays where it is.
pub async fn only_what_was_named_moves(store: &Store) {
    let (old, new) = ("old@named.example", "new@named.example");
    subscribe(store, old, &["nx"]).await;
    asks(store, 511, old, new, 1).await;
    subscribe(store, old, &["ny"]).await;
    assert!(matches!(confirmed(store, 511, 2).await, Confirming::Now { .. }));
    assert_eq!((gets(store, old).await, gets(store, new).await), (vec!["ny".to_owned()], vec!["nx".to_owned()]));
    let proof = store.people().sign_up_of(511).await.unwrap().unwrap();
    assert_eq!(proof.moves, ["nx"]);
    // Asked for once more, the rest follows.
    asks(store, 512, old, new, 60 * 25).await;
    assert!(matches!(confirmed(store, 512, 60 * 25 + 1).await, Confirming::Now { .. }));
    assert_eq!((gets(store, old).await, gets(store, new).await.len()), (vec![], 2));
}

/// The token of a mail to an address of before ends what lives on at the one that the reader has now; so does an operator, and
/// a complaint, by the old address.
pub async fn a_no_in_an_old_mail_ends_what_lives_on(store: &Store) {
    let chain = ["one@lives.example", "two@lives.example", "three@lives.example", "four@lives.example"];
    let [one, two, three, four] = chain;
    for who in [one, two, three] {
        subscribe(store, who, &["lives", "other"]).await;
    }
    let old = token(store, one, "lives").await;
    // Two and three are known, four is not.
    for (id, from, to) in [(521, one, two), (522, two, three), (523, three, four)] {
        asks(store, id, from, to, 1).await;
        assert!(matches!(confirmed(store, id, 2).await, Confirming::Now { .. }), "{to}");
    }
    let view = look_up(store, &old).await.unwrap();
    assert_eq!((view.is_active, &*view.address, view.others), (true, "f…@lives.example", vec!["other".to_owned()]));
    let done = leave(store, &old, Scope::ThisBrief, Way::OneClick, now() + minutes(3)).await.unwrap();
    assert_eq!((done.ended, done.had_left()), (1, false));
    assert_eq!(gets(store, four).await, ["other"]);
    assert!(leave(store, &old, Scope::ThisBrief, Way::Mail, now() + minutes(4)).await.unwrap().had_left());
    // By the address of before.
    assert_eq!(store.people().beyond(&address(one), Some("other"), now()).await.unwrap().moved.len(), 1);
    assert_eq!(says_no(store, one, Some("other"), 5).await, 1);
    assert_eq!(gets(store, four).await, [""; 0]);
    // Of the last address, which has its number from the one before.
    subscribe(store, "five@lives.example", &["lives"]).await;
    asks(store, 524, "five@lives.example", "six@lives.example", 1).await;
    confirmed(store, 524, 2).await;
    assert_eq!(says_no(store, "five@lives.example", None, 3).await, 1);
    assert_eq!(gets(store, "six@lives.example").await, [""; 0]);
    // So does what went on from an address that has something else still; and "all" in an old mail is all.
    for (id, by_token) in [(527, false), (529, true)] {
        let (old, new) = (&*format!("old{id}@goes.example"), &*format!("new{id}@goes.example"));
        subscribe(store, old, &["lives", "other"]).await;
        let leaves = token(store, old, "other").await;
        let own = store.people().subscriptions_of(old).await.unwrap();
        let moving = |id, to, brief: &str, later| {
            let (subscriber, moves) = (Some(own[0].subscriber), vec![brief.to_owned()]);
            NewSignUp { subscriber, moves, now: now() + minutes(later), ..asked(id, to, brief, "") }
        };
        let later = 10;
        store.people().sign_up(moving(id, new, "lives", later)).await.unwrap();
        assert!(matches!(confirmed(store, id, later + 1).await, Confirming::Now { .. }));
        assert_eq!((gets(store, old).await, gets(store, new).await), (vec!["other".into()], vec!["lives".to_owned()]));
        let ended = match by_token {
            false => says_no(store, old, None, later + 2).await,
            true => {
                let done = leave(store, &leaves, Scope::AllBriefs, Way::Page, now() + minutes(later + 2)).await;
                done.unwrap().ended
            }
        };
        assert_eq!((ended, gets(store, old).await.len(), gets(store, new).await.len()), (2, 0, 0));
        let record = store.people().record(&address(new)).await.unwrap();
        let reason = &record.removals.last().unwrap().reason;
        assert_eq!(
            reason,
            if by_token { "public page" } else { "one click (with o…@goes.example, where it had come from)" }
        );
    }
    // Who joins anew at the old address is somebody on their own.
    for who in ["seven@lives.example", "eight@lives.example"] {
        subscribe(store, who, &["lives"]).await;
    }
    asks(store, 525, "seven@lives.example", "eight@lives.example", 1).await;
    confirmed(store, 525, 2).await;
    let anew = NewSignUp { now: now() + minutes(3), ..asked(526, "seven@lives.example", "lives", "") };
    store.people().sign_up(anew).await.unwrap();
    confirmed(store, 526, 4).await;
    let own = token(store, "seven@lives.example", "lives").await;
    assert_eq!(leave(store, &own, Scope::ThisBrief, Way::Page, now() + minutes(5)).await.unwrap().ended, 1);
    assert_eq!(gets(store, "eight@lives.example").await, ["lives"]);
}

/// A confirmation brings back what was left before it was asked for, and nothing else.
pub async fn the_newest_no_counts(store: &Store) {
    let (people, who) = (store.people(), "anna@newest.example");
    subscribe(store, who, &["newest"]).await;
    let token = token(store, who, "newest").await;
    let leaves = async |later| leave(store, &token, Scope::ThisBrief, Way::OneClick, now() + minutes(later)).await;
    assert_eq!(leaves(1).await.unwrap().ended, 1);
    let since = people.left(&address(who), Some("newest")).await.unwrap().unwrap().since;
    let asks = async |id, brief, later| {
        let new = NewSignUp { now: now() + minutes(later), ..asked(id, who, brief, "") };
        people.sign_up(new).await.unwrap()
    };
    assert_eq!(asks(531, "newest", 2).await, SignedUp::Queued);
    assert!(leaves(3).await.unwrap().had_left());
    assert_eq!(confirmed(store, 531, 4).await, LEFT);
    assert_eq!(people.left(&address(who), Some("newest")).await.unwrap().unwrap().since, since, "it holds since then");
    // Asked for again, the mail that is there already will do.
    assert_eq!(asks(532, "newest", 5).await, SignedUp::Repeated);
    assert!(matches!(confirmed(store, 531, 6).await, Confirming::Now { .. }));
    assert_eq!(gets(store, who).await, ["newest"]);
    // A no to all counts for what was asked for before, also if the reader came back to something else since.
    let day = 60 * 25;
    assert_eq!(asks(533, "another", day).await, SignedUp::Queued);
    says_no(store, who, None, day + 1).await;
    assert_eq!(asks(534, "newest", day * 2).await, SignedUp::Queued);
    assert!(matches!(confirmed(store, 534, day * 2 + 1).await, Confirming::Now { .. }));
    assert_eq!(confirmed(store, 533, day * 2 + 2).await, LEFT);
    assert_eq!(gets(store, who).await, ["newest"]);
}

/// An operator's word ends what is asked for at an address, and of two new addresses the one that was asked for last counts.
pub async fn what_is_over_is_not_confirmed(store: &Store) {
    let people = store.people();
    for (id, who) in [(541, "removed@over.example"), (542, "suppressed@over.example"), (543, "mended@over.example")] {
        people.sign_up(asked(id, who, "over", "")).await.unwrap();
    }
    let removed = address("removed@over.example");
    assert_eq!(people.beyond(&removed, Some("over"), now()).await.unwrap().requests, 1);
    assert_eq!(people.beyond(&removed, Some("else"), now()).await.unwrap().requests, 0);
    people.remove([&removed], Removal { brief: None, actor: "dora", reason: "" }, now() + minutes(1)).await.unwrap();
    assert_eq!(confirmed(store, 541, 2).await, LEFT);
    for who in ["suppressed@over.example", "mended@over.example"] {
        people.suppress_by(&address(who), "asked", "dora", now() + minutes(1)).await.unwrap();
    }
    people.unsuppress(&address("mended@over.example"), "a mistake", "dora", now() + minutes(2)).await.unwrap();
    for id in [542, 543] {
        assert_eq!(confirmed(store, id, 3).await, Confirming::Over(SignUpStanding::Suppressed), "{id}");
    }
    for who in ["removed", "suppressed", "mended"] {
        assert_eq!(gets(store, &format!("{who}@over.example")).await, [""; 0]);
    }
    let [old, one, other] = ["old@over.example", "one@over.example", "other@over.example"];
    subscribe(store, old, &["over"]).await;
    asks(store, 544, old, one, 1).await;
    asks(store, 545, old, other, 2).await;
    assert_eq!(confirmed(store, 544, 3).await, Confirming::Over(SignUpStanding::Superseded));
    // Back to the first.
    assert_eq!(asks(store, 546, old, one, 4).await, SignedUp::Repeated);
    assert_eq!(confirmed(store, 545, 5).await, Confirming::Over(SignUpStanding::Superseded));
    assert!(matches!(confirmed(store, 544, 6).await, Confirming::Now { .. }));
    assert_eq!(confirmed(store, 545, 7).await, Confirming::Over(SignUpStanding::Superseded));
    assert_eq!(gets(store, one).await, ["over"]);
}

/// Who joins while an edition waits for all gets the one before it at once, and that one with all; the archive does not show it
/// before.
pub async fn a_new_reader_gets_no_edition_before_the_others(store: &Store) {
    let first = released(store, "waits", &[("early@waits.example", En)]).await;
    let occurrence = begun(store, "waits", "second").await;
    let second = frozen(store, &occurrence, "waits").await;
    let quiet = [QuietSpan { from: now() - minutes(60), until: now() + minutes(180) }];
    let release = greenbrief::store::Release { quiet: &quiet, ..ending(&occurrence) };
    store.editions().release(&second, &[text(En), text(De)], &release).await.unwrap().unwrap();
    store.people().sign_up(asked(551, "new@waits.example", "waits", "")).await.unwrap();
    let Confirming::Now { edition: true, .. } = confirmed(store, 551, 5).await else { panic!("nothing goes out") };
    let of_new = async |edition| {
        let all = mails(store, edition).await;
        all.into_iter().filter(|mail| mail.address == "new@waits.example").map(|mail| (mail.state, mail.due)).collect()
    };
    let (at_once, with_all): (Vec<_>, Vec<_>) = (of_new(&first).await, of_new(&second).await);
    assert_eq!(at_once, [(State::Pending, Some(now() + minutes(5)))]);
    assert_eq!(with_all, [(State::Pending, Some(now() + minutes(180)))]);
    let urgent = store.outbox().lease_urgent(&super::lease("waits", now() + minutes(6)), 1000).await.unwrap();
    let urgent: Vec<_> = urgent.iter().filter_map(|claim| claim.edition).collect();
    assert!(urgent.contains(&first.id) && !urgent.contains(&second.id), "{urgent:?}");
    let archived = store.editions().archived("waits", En, ArchivePart::Newest, 9).await.unwrap();
    assert!(archived.iter().all(|edition| edition.number != second.number), "{archived:?}");
    // Who joins when there is only one that waits gets that with all.
    let occurrence = begun(store, "waits-only", "n").await;
    let only = frozen(store, &occurrence, "waits-only").await;
    let release = greenbrief::store::Release { quiet: &quiet, ..ending(&occurrence) };
    store.editions().release(&only, &[text(En)], &release).await.unwrap().unwrap();
    store.people().sign_up(asked(552, "only@waits.example", "waits-only", "")).await.unwrap();
    assert!(matches!(confirmed(store, 552, 5).await, Confirming::Now { edition: false, .. }));
    assert_eq!(mails(store, &only).await[0].due, Some(now() + minutes(180)));
}

/// With a person their former addresses are erased; one that somebody uses again is not.
pub async fn former_addresses_are_erased_too(store: &Store) {
    let people = store.people();
    let [one, two, three] = ["one@former.example", "two@former.example", "three@former.example"];
    subscribe(store, one, &["former"]).await;
    subscribe(store, two, &["former"]).await;
    for (id, from, to) in [(561, one, two), (562, two, three)] {
        asks(store, id, from, to, 1).await;
        assert!(matches!(confirmed(store, id, 2).await, Confirming::Now { .. }));
    }
    let all = people.addresses_of_person(&address(three)).await.unwrap();
    assert_eq!(all.iter().map(|one| one.as_str()).collect::<Vec<_>>(), [three, one, two]);
    let erased = people.erase(&address(three), "secret", now() + minutes(3)).await.unwrap();
    assert_eq!((erased.former, erased.subscriptions, erased.sign_ups), (vec![one.to_owned(), two.to_owned()], 2, 2));
    assert!(erased.moves > 2 && erased.kept.is_empty());
    for who in [one, two, three] {
        let record = people.record(&address(who)).await.unwrap();
        assert!(record.is_empty() && record.erased, "{record:?}");
    }
    // By the old address, while the new one lives on; and one that is used again.
    let [old, new] = ["old@former.example", "new@former.example"];
    subscribe(store, old, &["former"]).await;
    asks(store, 563, old, new, 1).await;
    confirmed(store, 563, 2).await;
    let erased = people.erase(&address(old), "secret", now() + minutes(3)).await.unwrap();
    assert_eq!((erased.lives_on, gets(store, new).await), (vec![new.to_owned()], vec!["former".to_owned()]));
    let [old, new] = ["again@former.example", "next@former.example"];
    subscribe(store, old, &["former"]).await;
    asks(store, 564, old, new, 1).await;
    confirmed(store, 564, 2).await;
    let anew = NewSignUp { now: now() + minutes(3), ..asked(565, old, "former", "") };
    people.sign_up(anew).await.unwrap();
    confirmed(store, 565, 4).await;
    let erased = people.erase(&address(new), "secret", now() + minutes(5)).await.unwrap();
    assert_eq!((erased.kept, erased.former), (vec![old.to_owned()], vec![]));
    assert_eq!(gets(store, old).await, ["former"]);
    assert_eq!(people.record(&address(old)).await.unwrap().subscriptions[0].state, SubscriptionState::Active);
}

/// A press that comes later than seven days after the mail confirms nothing, however often it was asked for again.
pub async fn asking_again_makes_no_mail_good_for_longer(store: &Store) {
    store.people().sign_up(asked(571, "late@again.example", "again", "")).await.unwrap();
    let again = NewSignUp { now: now() + TimeDelta::hours(23), ..asked(572, "late@again.example", "again", "") };
    assert_eq!(store.people().sign_up(again).await.unwrap(), SignedUp::Repeated);
    let late = Confirmation { now: now() + TimeDelta::days(7) + minutes(1), ..confirmation(571, 0) };
    assert_eq!(store.people().confirm(late).await.unwrap(), Confirming::Over(SignUpStanding::Lapsed));
}

/// A mail of an edition whose reader changes the address while it is claimed, at its dot, unknown or refused: whatever has to
/// wait after that goes to the new address.
pub async fn what_waits_again_goes_to_the_new_address(store: &Store) {
    let cases = [
        // How far its courier was, what became of it, and where it waits
        ("claimed", None, None),
        ("deferred", Some(State::Deferred), Some(now() + minutes(9))),
        ("in-doubt", Some(State::Unknown), Some(now() + minutes(9))),
        ("unknown", Some(State::Unknown), None),
        ("failed", Some(State::Failed), None),
        ("gone", None, None),
        ("sent", Some(State::Sent), None),
    ];
    for (number, (case, to, due)) in cases.into_iter().enumerate() {
        let (brief, id) = (&*format!("dot-{case}"), 580 + i64::try_from(number).unwrap());
        let (old, new) = (&*format!("old@{brief}.example"), &*format!("new@{brief}.example"));
        let edition = released(store, brief, &[(old, En), (&format!("other@{brief}.example"), En)]).await;
        let address_now = async || {
            let mine = mails(store, &edition).await.into_iter().find(|mail| !mail.address.starts_with("other@"));
            mine.map(|mail| (mail.address, mail.state)).unwrap()
        };
        let claim = claimed(store, &edition, old, case).await;
        let step = |to| Move { id: claim.id, attempt: claim.attempt, to, reply: format!("to {to}"), due: None };
        if case != "claimed" {
            assert_eq!(store.outbox().settle(&[step(State::DotWritten)], case, now()).await.unwrap(), [true], "{case}");
        }
        asks(store, id, old, new, 1).await;
        assert!(matches!(confirmed(store, id, 2).await, Confirming::Now { .. }), "{case}");
        if case == "claimed" {
            assert_eq!(address_now().await, (new.to_owned(), State::Pending));
            assert_eq!(store.outbox().settle(&[step(State::DotWritten)], case, now()).await.unwrap(), [false]);
        } else {
            assert_eq!(address_now().await, (old.to_owned(), State::DotWritten), "{case}: it is told as it is");
        }
        if let Some(to) = to {
            let settled = store.outbox().settle(&[Move { due, ..step(to) }], case, now()).await.unwrap();
            assert_eq!(settled, [true], "{case}");
        }
        match case {
            "unknown" => {
                assert_eq!(address_now().await, (old.to_owned(), State::Unknown));
                let which = Unknown::Mail(claim.id);
                assert_eq!(store.outbox().settle_unknown(which, false, "dora", now(), None).await.unwrap(), 1);
            }
            "failed" => {
                assert_eq!(address_now().await, (old.to_owned(), State::Failed));
                // Why the reader changed it.
                store.people().suppress_by(&address(old), "gone", "dora", now() + minutes(3)).await.unwrap();
                let resend = Resend {
                    edition: edition.id,
                    only: State::Failed,
                    by: "dora",
                    now: now() + minutes(4),
                    give_up_at: now() + minutes(600),
                    dry_run: false,
                };
                assert_eq!(store.outbox().resend(&resend).await.unwrap(), Resent { again: 1, left_out: 0 });
            }
            "gone" => {
                let policy = DeliveryGuarantee::AtLeastOnce;
                store.outbox().recover("another", true, policy, now() + minutes(3)).await.unwrap();
            }
            "sent" => {
                assert_eq!(address_now().await, (old.to_owned(), State::Sent), "it went there");
                continue;
            }
            _ => {}
        }
        assert_eq!(address_now().await.0, new, "{case}");
        let lease = super::lease("later", now() + minutes(10));
        let claims = store.outbox().lease(&lease, 1000).await.unwrap();
        let again =
            claims.iter().find(|again| again.id == claim.id).unwrap_or_else(|| panic!("{case} is not sent again"));
        assert_eq!(again.address, new, "{case}");
    }
}

/// Where the new address is known already, the old subscription ends: what is put off after that goes to the new address once,
/// and nowhere if the new one has left since.
pub async fn what_waits_again_goes_to_the_address_that_was_known(store: &Store) {
    for (brief, id, leaves) in [("dot-join", 590, false), ("dot-left", 591, true)] {
        let (old, new) = (&*format!("old@{brief}.example"), &*format!("new@{brief}.example"));
        subscribe(store, new, &["dot-else"]).await;
        let edition = released(store, brief, &[(old, En)]).await;
        let claim = claimed(store, &edition, old, brief).await;
        let step = |to| Move { id: claim.id, attempt: claim.attempt, to, reply: String::new(), due: None };
        assert_eq!(store.outbox().settle(&[step(State::DotWritten)], brief, now()).await.unwrap(), [true]);
        asks(store, id, old, new, 1).await;
        assert!(matches!(confirmed(store, id, 2).await, Confirming::Now { .. }));
        let wait = Move { due: Some(now() + minutes(9)), ..step(State::Deferred) };
        assert_eq!(store.outbox().settle(&[wait], brief, now()).await.unwrap(), [true]);
        if leaves {
            assert_eq!(says_no(store, new, Some(brief), 5).await, 1);
        }
        let mut claims = Vec::new();
        for later in [10, 11] {
            let leased = store.outbox().lease(&super::lease("later", now() + minutes(later)), 1000).await.unwrap();
            claims.extend(leased.into_iter().filter(|claim| claim.edition == Some(edition.id)));
        }
        let all: Vec<_> = mails(store, &edition).await.into_iter().map(|mail| (mail.address, mail.state)).collect();
        let ended = (old.to_owned(), State::Cancelled);
        if leaves {
            assert!(claims.is_empty(), "{claims:?}");
            assert_eq!(all, [ended]);
        } else {
            assert!(claims.len() == 1 && claims[0].address == new && !claims[0].urgent, "{claims:?}");
            assert_ne!(claims[0].message_id, claim.message_id);
            assert_eq!(all, [ended, (new.to_owned(), State::Claimed)]);
        }
    }
}

/// Claims what is due for a courier, and returns the mail of an edition to an address.
async fn claimed(store: &Store, edition: &Edition, who: &str, owner: &str) -> Claim {
    let claims = store.outbox().lease(&super::lease(owner, now()), 1000).await.unwrap();
    claims.into_iter().find(|claim| claim.edition == Some(edition.id) && claim.address == who).unwrap()
}
