//! Random sequences of what couriers and people do to the outbox, beside a model of ten lines a rule: no sequence
//! leaves the table of legal moves, and what is sent stays as it is.

use chrono::{DateTime, TimeDelta, Utc};
use greenbrief::{
    base::{ids::MailId, language::Language::En},
    delivery::rules::{DeliveryGuarantee, State},
    store::{Edition, Lease, Move, Recovered, Setting, Store},
};
use proptest::{prelude::*, test_runner::Config};

use super::{Place, minutes, now, operator_mail, released};

const OWNERS: [&str; 3] = ["a", "b", "c"];
/// Four deliveries of an edition, then four of the operators'.
const MAILS: usize = 8;

#[derive(Debug, Clone)]
enum Act {
    Lease { owner: usize, limit: i64, minutes: i64 },
    Settle { owner: usize, moves: Vec<(usize, i64, State, Option<i64>)> },
    Recover { owner: usize, alone: bool, again: bool },
    Stop,
    Hold(bool),
    Pass { minutes: i64 },
}

fn act() -> impl Strategy<Value = Act> {
    let owner = 0..OWNERS.len();
    // Mostly the way a mail goes, sometimes anywhere.
    let to = prop_oneof![
        3 => Just(State::DotWritten),
        3 => Just(State::Sent),
        2 => Just(State::Deferred),
        2 => proptest::sample::select(State::ALL.to_vec()),
    ];
    let behind = prop_oneof![6 => Just(0), 1 => -2..3i64];
    let one = (0..MAILS, behind, to, proptest::option::of(0..40i64));
    prop_oneof![
        6 => (owner.clone(), 0..6i64, -5..60i64).prop_map(|(owner, limit, minutes)| Act::Lease { owner, limit, minutes }),
        12 => (owner.clone(), proptest::collection::vec(one, 1..6)).prop_map(|(owner, moves)| Act::Settle { owner, moves }),
        2 => (owner, any::<bool>(), any::<bool>()).prop_map(|(owner, alone, again)| Act::Recover { owner, alone, again }),
        1 => Just(Act::Stop),
        1 => any::<bool>().prop_map(Act::Hold),
        3 => (1..90i64).prop_map(|minutes| Act::Pass { minutes }),
    ]
}

#[derive(Debug, Clone)]
struct Modelled {
    id: MailId,
    of_edition: bool,
    state: State,
    attempts: i64,
    unknowns: i64,
    /// Claims that came to nothing
    uncounted: i64,
    owner: Option<&'static str>,
    until: DateTime<Utc>,
    due: DateTime<Utc>,
    give_up: DateTime<Utc>,
}

struct Model {
    mails: Vec<Modelled>,
    now: DateTime<Utc>,
    stopped: bool,
    held: bool,
}

impl Model {
    /// The mails that a lease gives, with their attempts.
    fn lease(&mut self, owner: &'static str, limit: usize, length: TimeDelta) -> Vec<(MailId, i64)> {
        let (now, stopped, held) = (self.now, self.stopped, self.held);
        // On hold only the mails to the operators go.
        let waits = |mail: &Modelled| {
            matches!(mail.state, State::Pending | State::Deferred) && mail.due <= now && !(held && mail.of_edition)
        };
        let mut due: Vec<_> = self.mails.iter_mut().filter(|mail| waits(mail)).collect();
        // What brings no edition does not wait behind one.
        due.sort_by_key(|mail| (mail.of_edition, mail.due, mail.id));
        let mut taken = Vec::new();
        for mail in due {
            if taken.len() == limit {
                break;
            }
            if stopped && mail.of_edition {
                mail.state = State::Cancelled;
            } else if mail.give_up <= now {
                mail.state = State::Expired;
            } else {
                (mail.state, mail.owner, mail.until) = (State::Claimed, Some(owner), now + length);
                mail.attempts += 1;
                taken.push((mail.of_edition, mail.id, mail.attempts));
            }
        }
        taken.sort_unstable();
        taken.into_iter().map(|(_, id, attempts)| (id, attempts)).collect()
    }

    fn settle(&mut self, owner: &str, step: &Move) -> bool {
        let Some(mail) = self.mails.iter_mut().find(|mail| mail.id == step.id) else { return false };
        let mine = mail.owner == Some(owner) && mail.attempts == step.attempt;
        // In doubt, and to be sent again.
        let again = step.to == State::Unknown && step.due.is_some();
        let to = if again { State::Deferred } else { step.to };
        if !mine || !mail.state.may_become(to) {
            return false;
        }
        if self.held && mail.of_edition && step.to == State::DotWritten {
            (mail.state, mail.owner) = (State::Pending, None);
            mail.uncounted += 1;
            return false;
        }
        mail.uncounted += i64::from(step.to == State::Pending);
        mail.state = to;
        mail.unknowns += i64::from(step.to == State::Unknown);
        mail.due = step.due.unwrap_or(mail.due);
        if step.to != State::DotWritten {
            mail.owner = None;
        }
        true
    }

    fn recover(&mut self, owner: &str, alone: bool, policy: DeliveryGuarantee) -> Recovered {
        let mut found = Recovered::default();
        for mail in &mut self.mails {
            if mail.owner.is_none_or(|other| other == owner) || !(alone || mail.until < self.now) {
                continue;
            }
            mail.owner = None;
            if mail.state == State::Claimed {
                mail.state = State::Pending;
                found.returned += 1;
            } else {
                mail.state = policy.in_doubt();
                mail.unknowns += 1;
                found.unknown += 1;
            }
        }
        found
    }

    fn stop(&mut self) -> u64 {
        self.stopped = true;
        let mut count = 0;
        for mail in self.mails.iter_mut().filter(|mail| mail.of_edition) {
            if matches!(mail.state, State::Pending | State::Claimed | State::Deferred) {
                (mail.state, mail.owner) = (State::Cancelled, None);
                count += 1;
            }
        }
        count
    }
}

async fn perform(store: &Store, edition: &Edition, model: &mut Model, act: &Act) {
    match act {
        Act::Lease { owner, limit, minutes: length } => {
            let (owner, length) = (OWNERS[*owner], minutes(*length));
            let claims = store.outbox().lease(&Lease { owner, now: model.now, length }, *limit).await.unwrap();
            let got: Vec<_> = claims.iter().map(|claim| (claim.id, claim.attempt)).collect();
            assert_eq!(got, model.lease(owner, usize::try_from(*limit).unwrap(), length));
        }
        Act::Settle { owner, moves } => {
            let owner = OWNERS[*owner];
            let steps: Vec<Move> = moves
                .iter()
                .map(|(n, behind, to, due)| Move {
                    id: model.mails[*n].id,
                    attempt: model.mails[*n].attempts - behind,
                    to: *to,
                    reply: "a word".into(),
                    due: due.map(|after| model.now + minutes(after)),
                })
                .collect();
            let moved = store.outbox().settle(&steps, owner, model.now).await.unwrap();
            let expected: Vec<_> = steps.iter().map(|step| model.settle(owner, step)).collect();
            assert_eq!(moved, expected);
        }
        Act::Recover { owner, alone, again } => {
            let policy = if *again { DeliveryGuarantee::AtLeastOnce } else { DeliveryGuarantee::AtMostOnce };
            let found = store.outbox().recover(OWNERS[*owner], *alone, policy, model.now).await.unwrap();
            assert_eq!(found, model.recover(OWNERS[*owner], *alone, policy));
        }
        Act::Stop => {
            assert_eq!(store.editions().stop(edition, "stopped", model.now).await.unwrap(), model.stop());
        }
        Act::Hold(held) => {
            store.set(Setting::Hold, held.then_some("held")).await.unwrap();
            model.held = *held;
        }
        Act::Pass { minutes: count } => model.now += minutes(*count),
    }
}

/// A mail may have made several moves since it was last seen; each must be in the table.
fn reachable(from: State, to: State) -> bool {
    let mut seen = vec![from];
    let mut at = 0;
    while let Some(state) = seen.get(at).copied() {
        for next in state.moves() {
            if !seen.contains(next) {
                seen.push(*next);
            }
        }
        at += 1;
    }
    seen.contains(&to)
}

async fn play(acts: &[Act]) {
    let place = Place::sqlite();
    let store = place.open().await;
    let edition = released(&store, "model", &["a@e.org", "b@e.org", "c@e.org", "d@e.org"].map(|p| (p, En))).await;
    for n in 0..4 {
        assert!(
            store
                .outbox()
                .enqueue(&operator_mail(&format!("<{n}@example.org>"), now() + minutes(n * 20)))
                .await
                .unwrap()
        );
    }
    let mails = store.outbox().mails(None, None, None, 100).await.unwrap();
    assert_eq!(mails.len(), MAILS);
    let modelled = mails.iter().map(|mail| {
        let of_edition = mail.edition.is_some();
        let due = mail.due.unwrap();
        let give_up = due + minutes(if of_edition { 12 * 60 } else { 24 * 60 });
        Modelled {
            id: mail.id,
            of_edition,
            state: mail.state,
            attempts: 0,
            unknowns: 0,
            uncounted: 0,
            owner: None,
            until: due,
            due,
            give_up,
        }
    });
    let mut model = Model { mails: modelled.collect(), now: now(), stopped: false, held: false };
    let mut before = mails;
    for act in acts {
        perform(&store, &edition, &mut model, act).await;
        let after = store.outbox().mails(None, None, None, 100).await.unwrap();
        let seen: Vec<_> = after.iter().map(|mail| (mail.state, mail.attempts, mail.unknowns)).collect();
        let modelled = model.mails.iter().map(|mail| (mail.state, mail.attempts - mail.uncounted, mail.unknowns));
        assert_eq!(seen, modelled.collect::<Vec<_>>(), "{act:?}");
        for (before, after) in before.iter().zip(&after) {
            assert!(reachable(before.state, after.state), "{act:?}: {} to {}", before.state, after.state);
            if matches!(before.state, State::Sent | State::Cancelled | State::Expired) {
                assert_eq!(before, after, "{act:?}");
            }
        }
        before = after;
    }
    let tally = store.outbox().tally(None).await.unwrap();
    for state in State::ALL {
        assert_eq!(tally.of(state), i64::try_from(before.iter().filter(|mail| mail.state == state).count()).unwrap());
    }
    store.close().await;
}

proptest! {
    #![proptest_config(Config { cases: 48, ..Config::default() })]

    #[test]
    fn no_sequence_leaves_the_legal_moves(acts in proptest::collection::vec(act(), 1..50)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(play(&acts));
    }
}
