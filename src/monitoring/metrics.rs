//! The metrics: what each is called, what it means, and its values, in the order in which they are shown. The text
//! itself, and the escaping in it, are prometheus-client's. Times are Unix seconds, amounts stand in base units
//! (<https://prometheus.io/docs/practices/naming/>).

use std::fmt;

use chrono::{DateTime, Utc};
use prometheus_client::{
    collector::Collector,
    encoding::{self, DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
    registry::Registry,
};
use tokio::time::Instant;

use crate::{
    base::ids::ScheduleId,
    delivery::rules::State,
    monitoring::{
        attention::{SeenAttention, table::Code},
        monitored_config::MonitoredConfig,
        store_status::StoreStatus,
        vitals::{Activity, Relay, Signs},
    },
    people::joining::SignUpOutcome,
    store::{MailKind, OutcomeCount},
    time::schedule::Outcome,
};

/// How the text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus' text format 0.0.4, which everybody reads
    Prometheus,
    /// OpenMetrics 1.0
    OpenMetrics,
}

impl Format {
    /// Returns the format for a client that sends this `Accept`.
    pub fn for_accept(accept: &str) -> Format {
        if accept.contains("application/openmetrics-text") { Format::OpenMetrics } else { Format::Prometheus }
    }

    /// Returns the value of `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Format::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The data from which the metrics are computed.
pub(super) struct Input<'a> {
    pub now: DateTime<Utc>,
    /// The same on tokio's clock
    pub instant: Instant,
    pub start: Instant,
    pub started: DateTime<Utc>,
    pub ready: bool,
    pub config: &'a MonitoredConfig,
    pub config_problems: usize,
    pub signs: &'a Signs,
    /// `None` while the store does not answer
    pub store: Option<&'a StoreStatus>,
    pub attention: &'a [SeenAttention],
}

type Labels = Vec<(&'static str, String)>;

/// One metric.
#[derive(Debug)]
struct Family {
    /// Without the `_total` of a counter and the `_info` of an info
    name: &'static str,
    help: &'static str,
    samples: Samples,
}

#[derive(Debug)]
enum Samples {
    Counter(Vec<(Labels, u64)>),
    Gauge(Vec<(Labels, f64)>),
    Info(Labels),
}

impl Samples {
    const fn is_empty(&self) -> bool {
        match self {
            Samples::Counter(samples) => samples.is_empty(),
            Samples::Gauge(samples) => samples.is_empty(),
            Samples::Info(_) => false,
        }
    }
}

#[derive(Debug)]
struct Page(Vec<Family>);

/// The whole text.
pub(super) fn text(input: &Input<'_>, format: Format) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Page(families(input))));
    let mut text = String::new();
    // A string takes everything.
    let _ = match format {
        Format::Prometheus => encoding::prometheus_text::encode(&mut text, &registry),
        Format::OpenMetrics => encoding::text::encode(&mut text, &registry),
    };
    text
}

impl Collector for Page {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        for Family { name, help, samples } in &self.0 {
            match samples {
                Samples::Counter(samples) => {
                    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
                    for (labels, value) in samples {
                        ConstCounter::new(*value).encode(family.encode_family(labels)?)?;
                    }
                }
                Samples::Gauge(samples) => {
                    let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
                    for (labels, value) in samples {
                        ConstGauge::new(*value).encode(family.encode_family(labels)?)?;
                    }
                }
                Samples::Info(labels) => {
                    encoder.encode_descriptor(name, help, None, MetricType::Info)?.encode_info(labels)?;
                }
            }
        }
        Ok(())
    }
}

fn families(input: &Input<'_>) -> Vec<Family> {
    let mut all = process_metrics(input);
    all.extend(courier_metrics(&input.signs.relays));
    all.push(intake_metrics(input.signs));
    // Each from the beginning, at 0: a rate needs a value before the first.
    let count = |outcome: SignUpOutcome| input.signs.sign_ups.get(&outcome).copied().unwrap_or(0);
    let sign_ups = SignUpOutcome::ALL.into_iter().map(|outcome| (label("outcome", outcome.word()), count(outcome)));
    all.push(Family {
        name: "greenbrief_signups",
        help: "Forms and mails with which somebody asked to join, since this process started, by what came of them.",
        samples: Samples::Counter(sign_ups.collect()),
    });
    all.extend(schedule_metrics(input));
    all.extend(input.store.iter().flat_map(|store| store_metrics(store, input.config)));
    // What has no value yet is not announced.
    all.retain(|family| !family.samples.is_empty());
    all
}

fn process_metrics(input: &Input<'_>) -> Vec<Family> {
    let alive =
        |activity: Activity| truth(activity.last.is_some() && activity.silent(input.start, input.instant).is_none());
    let build = [("version", env!("CARGO_PKG_VERSION")), ("tzdata", chrono_tz::IANA_TZDB_VERSION)];
    let mut all = vec![
        Family {
            name: "greenbrief_build",
            help: "The program's version, and that of its time zones (IANA tz database).",
            samples: Samples::Info(build.map(|(name, value)| (name, value.to_owned())).into()),
        },
        one("process_start_time_seconds", "When the process started.", unix(input.started)),
    ];
    all.extend(resident().map(|bytes| one("process_resident_memory_bytes", "Resident memory.", bytes)));
    all.extend([
        one("greenbrief_ready", "1 if it is ready for work, as /health/ready says.", truth(input.ready)),
        one("greenbrief_timekeeper_up", "1 while the timekeeper does its work.", alive(input.signs.timekeeper)),
        one("greenbrief_courier_up", "1 while the courier does its work.", alive(input.signs.courier)),
        one("greenbrief_store_up", "1 if the store answers.", truth(input.store.is_some())),
        one(
            "greenbrief_config_activation",
            "The number under which this process activated its config.",
            input.config.activation as f64,
        ),
        one(
            "greenbrief_config_problems",
            "Errors in the config, templates or calendars as they stand now; while there are any, the last good ones are in force.",
            input.config_problems as f64,
        ),
    ]);
    let states = Code::ALL.map(|code| {
        let count = input.attention.iter().filter(|seen| seen.attention.code == code).count();
        (label("code", code.word()), count as f64)
    });
    all.push(Family {
        name: "greenbrief_attention",
        help: "States that need a person, by code, as docs/operating.md lists them: how many of each hold.",
        samples: Samples::Gauge(states.into()),
    });
    all.extend(input.config.loaded.map(|time| {
        one(
            "greenbrief_config_loaded_timestamp_seconds",
            "When this process took the config, templates and calendars that are in force.",
            unix(time),
        )
    }));
    all
}

fn courier_metrics(relays: &[Relay]) -> Vec<Family> {
    let by_relay = |value: fn(&Relay) -> f64| {
        Samples::Gauge(relays.iter().map(|relay| (label("relay", &relay.name), value(relay))).collect())
    };
    let attempts = relays.iter().flat_map(|relay| {
        let ends = [
            (State::Sent, relay.sent),
            (State::Deferred, relay.deferred),
            (State::Failed, relay.failed),
            (State::Unknown, relay.unknown),
        ];
        ends.map(|(end, count)| (vec![("relay", relay.name.clone()), ("outcome", end.word().to_owned())], count))
    });
    vec![
        Family {
            name: "greenbrief_mail_attempts",
            help: "Attempts to send a mail by this process since its start, by relay and by how they ended.",
            samples: Samples::Counter(attempts.collect()),
        },
        Family {
            name: "greenbrief_relay_connections",
            help: "Connections to the relay that are open.",
            samples: by_relay(|relay| relay.connections as f64),
        },
        Family {
            name: "greenbrief_relay_up",
            help: "0 if the last attempt to reach the relay got no connection.",
            samples: by_relay(|relay| truth(!relay.away)),
        },
    ]
}

fn intake_metrics(signs: &Signs) -> Family {
    let samples = signs.intake.iter().flat_map(|(way, of_way)| {
        let ends = [("taken", of_way.taken), ("refused", of_way.refused), ("deferred", of_way.deferred)];
        ends.map(|(end, count)| (vec![("way", (*way).to_owned()), ("outcome", end.to_owned())], count))
    });
    Family {
        name: "greenbrief_replies",
        help: "Mails that came back to this process since its start, by the way in and by how they ended.",
        samples: Samples::Counter(samples.collect()),
    }
}

fn schedule_metrics(input: &Input<'_>) -> Vec<Family> {
    let gauge = |name, help, value: &dyn Fn(&crate::config::Schedule) -> Option<f64>| {
        let schedules = input.config.schedules.iter();
        let samples = schedules.filter_map(|schedule| Some((label("schedule", &schedule.id), value(schedule)?)));
        Family { name, help, samples: Samples::Gauge(samples.collect()) }
    };
    let of_store = |id: &ScheduleId| input.store.and_then(|store| store.schedules.get(id));
    let mut all = vec![
        gauge("greenbrief_schedule_next_slot_timestamp_seconds", "When the schedule is due next.", &|schedule| {
            Some(unix(schedule.timetable().next(input.now)?.due))
        }),
        gauge(
            "greenbrief_schedule_overdue",
            "1 if an edition is not released although the schedule's alarm_after has passed.",
            &|schedule| Some(truth(input.signs.overdue.contains(schedule.id.as_str()))),
        ),
    ];
    if input.store.is_none() {
        return all;
    }
    let outcomes = input.config.schedules.iter().flat_map(|schedule| {
        let (_, last) = of_store(&schedule.id)?.last?;
        let labels =
            |outcome: Outcome| vec![("schedule", schedule.id.to_string()), ("outcome", outcome.word().to_owned())];
        Some(Outcome::ALL.map(|outcome| (labels(outcome), truth(last == Some(outcome)))))
    });
    all.extend([
        gauge("greenbrief_schedule_paused", "1 if the config or a person pauses the schedule.", &|schedule| {
            let by_person = of_store(&schedule.id).is_some_and(|state| state.paused);
            Some(truth(schedule.paused.is_some() || by_person))
        }),
        gauge(
            "greenbrief_schedule_last_slot_timestamp_seconds",
            "The schedule's newest slot that came.",
            &|schedule| {
                let (slot, _) = of_store(&schedule.id)?.last?;
                Some(unix(slot))
            },
        ),
        Family {
            name: "greenbrief_schedule_last_outcome",
            help: "1 for how the newest slot ended; none is 1 while its edition is being made.",
            samples: Samples::Gauge(outcomes.flatten().collect()),
        },
    ]);
    all
}

fn store_metrics(store: &StoreStatus, config: &MonitoredConfig) -> Vec<Family> {
    let mails = MailKind::ALL.into_iter().flat_map(|kind| {
        State::ALL.into_iter().map(move |state| {
            let found = store.mails.iter().find(|found| (found.kind, found.state) == (kind, state));
            let labels = vec![("kind", kind.word().to_owned()), ("state", state.word().to_owned())];
            (labels, found.map_or(0, |found| found.count) as f64)
        })
    });
    // What can happen is there with 0 before it does, so that its first time is input as a rise.
    let mut outcomes: Vec<(Labels, u64)> = Vec::new();
    let of = |schedule: &str, outcome: Outcome| {
        vec![("schedule", schedule.to_owned()), ("outcome", outcome.word().to_owned())]
    };
    for schedule in &config.schedules {
        outcomes.extend(Outcome::ALL.map(|outcome| (of(&schedule.id, outcome), 0)));
    }
    for OutcomeCount { schedule, outcome, count } in &store.outcomes {
        let (labels, count) = (of(schedule, *outcome), u64::try_from(*count).unwrap_or(0));
        match outcomes.iter_mut().find(|(known, _)| *known == labels) {
            Some((_, value)) => *value = count,
            None => outcomes.push((labels, count)),
        }
    }
    let by_brief = |count: &dyn Fn(&str) -> i64| {
        let mut briefs: Vec<&str> = config.schedules.iter().map(|schedule| schedule.id.brief()).collect();
        briefs.extend(store.held.iter().map(|held| held.name.brief.as_str()));
        briefs.extend(store.paused.iter().map(|paused| paused.brief.as_str()));
        briefs.sort_unstable();
        briefs.dedup();
        Samples::Gauge(briefs.into_iter().map(|brief| (label("brief", brief), count(brief) as f64)).collect())
    };
    let mut all = vec![
        Family {
            name: "greenbrief_mails",
            help: "Mails in the store by kind and state. Old ones leave it, as [retention] says.",
            samples: Samples::Gauge(mails.collect()),
        },
        one("greenbrief_mails_per_second", "Mails sent by all processes over the last minute.", store.rate),
    ];
    all.extend(store.last_sent.map(|time| {
        one("greenbrief_last_sent_timestamp_seconds", "When the last mail was sent, by any process.", unix(time))
    }));
    all.extend([
        Family {
            name: "greenbrief_occurrences",
            help: "Slots of a schedule, or editions of a brief that a person asked for, by how they ended.",
            samples: Samples::Counter(outcomes),
        },
        Family {
            name: "greenbrief_editions_held",
            help: "Editions that did not pass and wait for a person; not those that a later one made moot.",
            samples: by_brief(&|brief| {
                store.held.iter().filter(|held| held.name.brief == brief).fold(0, |count, _| count + 1)
            }),
        },
        Family {
            name: "greenbrief_editions_paused",
            help: "Editions that are paused since the mail server refuses us.",
            samples: by_brief(&|brief| {
                store.paused.iter().filter(|paused| paused.brief == brief).map(|paused| paused.count).sum()
            }),
        },
        one("greenbrief_paused", "1 if a person paused everything.", truth(store.on_hold.paused.is_some())),
        one(
            "greenbrief_restore_hold",
            "1 if nothing is sent after a restore until a person says so.",
            truth(store.on_hold.restored.is_some()),
        ),
        one(
            "greenbrief_config_newest_activation",
            "The number of the newest config that any process activated.",
            store.newest_activation as f64,
        ),
    ]);
    all
}

/// A metric with a single value.
fn one(name: &'static str, help: &'static str, value: f64) -> Family {
    Family { name, help, samples: Samples::Gauge(vec![(Vec::new(), value)]) }
}

fn label(name: &'static str, value: &str) -> Labels {
    vec![(name, value.to_owned())]
}

const fn truth(is_so: bool) -> f64 {
    if is_so { 1.0 } else { 0.0 }
}

fn unix(time: DateTime<Utc>) -> f64 {
    time.timestamp_millis() as f64 / 1000.0
}

/// Of this process; `None` where Linux' proc(5) is not there.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some((kibibytes * 1024) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_label_is_escaped() {
        let relay = Relay { name: "a\"b\\c\nd".into(), sent: 7, ..Relay::default() };
        let signs = Signs { relays: vec![relay], ..Signs::default() };
        let (now, instant) = (DateTime::UNIX_EPOCH, Instant::now());
        let config = MonitoredConfig::default();
        let input = Input {
            now,
            instant,
            start: instant,
            started: now,
            ready: false,
            config: &config,
            config_problems: 0,
            signs: &signs,
            store: None,
            attention: &[],
        };
        for (format, end) in [(Format::Prometheus, "\n"), (Format::OpenMetrics, "\n# EOF\n")] {
            let text = text(&input, format);
            assert!(text.contains(r#"greenbrief_mail_attempts_total{relay="a\"b\\c\nd",outcome="sent"} 7"#), "{text}");
            assert!(text.ends_with(end) && text.contains("greenbrief_store_up 0.0\n"), "{text}");
            assert!(!text.contains("greenbrief_schedule_overdue"), "there is no schedule: {text}");
        }
    }

    #[test]
    fn openmetrics_is_written_if_it_is_asked_for() {
        assert_eq!(Format::for_accept("application/openmetrics-text;version=1.0.0,*/*;q=0.1"), Format::OpenMetrics);
        for accept in ["", "*/*", "text/plain;version=0.0.4", "application/json"] {
            assert_eq!(Format::for_accept(accept), Format::Prometheus);
        }
    }
}
