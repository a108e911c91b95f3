//! A bot's hour against the form, 10,000 times a minute. The clock is an argument, so that the hour is over in a minute; the
//! function is that which the page calls. Work is not done anew for each of the 600,000 forms where it would be good: a wish by
//! mail has the same limits as a form with work, and what the work costs is measured beside it.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Instant};

use chrono::{DateTime, TimeDelta, Utc};
use greenbrief::{
    actions::joining::{Asked, FormProof, Joining, SignUp, join_form, sign_up},
    base::language::Language,
    config::{self, Config},
    people::{
        joining::{Network, SignUpOutcome},
        subscribers::Address,
    },
    store::Store,
};
use tokio::task::JoinSet;

use super::daemon::BRIEF;

const A_MINUTE: usize = 10_000;
const MINUTES: usize = 60;
/// Requests at a time, as of a page.
const AT_A_TIME: usize = 64;

#[derive(Clone, Copy)]
enum Skill {
    /// It does the work for each address.
    Works,
    /// It runs no script.
    NoScript,
    /// It did the work once, and sends it for all.
    OneProof,
    /// It fills in every field.
    FillsAll,
}

struct Bot {
    name: &'static str,
    skill: Skill,
    networks: usize,
    addresses: usize,
}

const MANY: usize = usize::MAX;

const BOTS: [Bot; 9] = [
    Bot { name: "fills in every field", skill: Skill::FillsAll, networks: 1000, addresses: MANY },
    Bot { name: "one proof for all", skill: Skill::OneProof, networks: 1000, addresses: MANY },
    Bot { name: "no script, one address", skill: Skill::NoScript, networks: 1000, addresses: 1 },
    Bot { name: "no script, one network", skill: Skill::NoScript, networks: 1, addresses: MANY },
    Bot { name: "no script, 10 networks", skill: Skill::NoScript, networks: 10, addresses: MANY },
    Bot { name: "does the work, one address", skill: Skill::Works, networks: 1000, addresses: 1 },
    Bot { name: "does the work, one network", skill: Skill::Works, networks: 1, addresses: MANY },
    Bot { name: "does the work, 10 networks", skill: Skill::Works, networks: 10, addresses: MANY },
    Bot { name: "does the work, 1,000 networks", skill: Skill::Works, networks: 1000, addresses: MANY },
];

pub async fn measure(folder: &Path) {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/greenbrief.toml");
    let overrides = [("web.public.url".to_owned(), "https://briefs.greenbrief.dev".to_owned())];
    let (config, _) = config::load(&shipped, &overrides, &|_| None).unwrap();
    let config = Arc::new(config);
    println!("{} forms a minute for {MINUTES} minutes", A_MINUTE);
    println!(
        "{:32} {:>8} {:>9} {:>9} {:>8} {:>8} {:>9} {:>8}",
        "bot", "queued", "delayed", "repeated", "network", "trap", "bad work", "seconds"
    );
    for bot in &BOTS {
        let begun = Instant::now();
        let outcomes = hour(folder, &config, bot).await;
        let of = |outcome| outcomes.get(&outcome).copied().unwrap_or(0);
        println!(
            "{:32} {:>8} {:>9} {:>9} {:>8} {:>8} {:>9} {:>8.0}",
            bot.name,
            of(SignUpOutcome::Queued),
            of(SignUpOutcome::Delayed),
            of(SignUpOutcome::Repeated),
            of(SignUpOutcome::Network),
            of(SignUpOutcome::Trap),
            of(SignUpOutcome::BadWork),
            begun.elapsed().as_secs_f64(),
        );
    }
    cost(folder, &config).await;
}

async fn hour(folder: &Path, config: &Arc<Config>, bot: &Bot) -> BTreeMap<SignUpOutcome, usize> {
    let inside = tempfile::tempdir_in(folder).unwrap();
    let start: DateTime<Utc> = "2026-11-23T06:00:00Z".parse().unwrap();
    let store = Store::open(&format!("sqlite:{}", inside.path().join("s.db").display()), start).await.unwrap();
    let joining = Joining { config, store: &store, mailbox: None };
    let form = join_form(joining, BRIEF, Language::En, start).await.unwrap();
    let (challenge, stolen) =
        (Arc::new(form.challenge.as_str().to_owned()), Arc::new(form.challenge.solve("first@example.net")));
    let mut outcomes = BTreeMap::new();
    let mut asking = JoinSet::new();
    for nth in 0..A_MINUTE * MINUTES {
        if asking.len() >= AT_A_TIME {
            *outcomes.entry(asking.join_next().await.unwrap().unwrap()).or_default() += 1;
        }
        let at = start + TimeDelta::milliseconds((nth * 60_000 / A_MINUTE) as i64);
        let (skill, network, address) = (bot.skill, nth % bot.networks, nth % bot.addresses);
        let (config, store, challenge, stolen) = (config.clone(), store.clone(), challenge.clone(), stolen.clone());
        asking.spawn(async move {
            let address = format!("victim{address}@example.net");
            let asked = match skill {
                Skill::Works => Asked::Mail,
                Skill::NoScript => Asked::Form(FormProof::default()),
                Skill::OneProof => {
                    Asked::Form(FormProof { challenge: &challenge, nonce: &stolen, address: &address, trap: "" })
                }
                Skill::FillsAll => Asked::Form(FormProof { trap: "https://spam.example", ..FormProof::default() }),
            };
            let network = Some(Network::of(format!("10.{}.{}.1", network / 256, network % 256).parse().unwrap()));
            let address = Address::parse(&address).unwrap();
            let wish = SignUp { brief: BRIEF, language: Language::En, address: &address, network, asked };
            sign_up(Joining { config: &config, store: &store, mailbox: None }, wish, at).await.unwrap()
        });
    }
    while let Some(outcome) = asking.join_next().await {
        *outcomes.entry(outcome.unwrap()).or_default() += 1;
    }
    let queued =
        outcomes.iter().filter(|(outcome, _)| outcome.is_mailed()).map(|(_, count)| *count as i64).sum::<i64>();
    assert_eq!(store.outbox().tally(None).await.unwrap().all(), queued);
    store.close().await;
    outcomes
}

/// What the work costs a bot that is written as well as this program.
async fn cost(folder: &Path, config: &Config) {
    let inside = tempfile::tempdir_in(folder).unwrap();
    let start: DateTime<Utc> = "2026-11-23T06:00:00Z".parse().unwrap();
    let store = Store::open(&format!("sqlite:{}", inside.path().join("s.db").display()), start).await.unwrap();
    let form = join_form(Joining { config, store: &store, mailbox: None }, BRIEF, Language::En, start).await.unwrap();
    let begun = Instant::now();
    for nth in 0..100 {
        form.challenge.solve(&format!("victim{nth}@example.net"));
    }
    let each = begun.elapsed().as_secs_f64() * 10.0;
    let cores = each * A_MINUTE as f64 / 60_000.0;
    println!("the work takes {each:.1} ms here: {A_MINUTE} a minute keep {cores:.1} cores busy");
    store.close().await;
}
