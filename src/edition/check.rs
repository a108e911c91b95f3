//! The check of a brief as it would be made: each language is filled and laid out, and every problem has its place in a file
//! of the template. It is done away from those who wait for it: what takes too long is given up and is a problem like others.

use std::{
    sync::{
        Arc,
        mpsc::{RecvTimeoutError, channel},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    base::{
        language::Language,
        problem::{Problem, Problems},
    },
    document::{
        brief::{CheckedText, Frame, Template},
        layout,
    },
    figures::Snapshot,
};

/// Maximum time of a check. The shipped brief takes a fiftieth of it.
const MOST_TIME: Duration = Duration::from_secs(10);
/// Maximum time on a machine that is so busy that this process gets hardly any of its time.
const MOST_TIME_WAITING: Duration = Duration::from_secs(120);
/// Time between two looks at the clock.
const LOOK: Duration = Duration::from_millis(50);

/// Every problem that a brief would have if it were made of these, in the order of their places.
pub(super) fn check(template: &Arc<Template>, languages: &[Language], snapshot: &Snapshot, frame: &Frame) -> Problems {
    let work = {
        let (template, languages) = (template.clone(), languages.to_vec());
        let (snapshot, frame) = (snapshot.clone(), frame.clone());
        move || check_texts(&template, &snapshot, &frame, &languages)
    };
    within(MOST_TIME, work).unwrap_or_else(|missed| {
        let what = match missed {
            Missed::TooLong => format!("checking this template takes longer than {} s", MOST_TIME.as_secs()),
            Missed::Stopped => "checking this template stopped unexpectedly".to_owned(),
        };
        let place = languages.first().map(|language| template.text(*language).line(1));
        let problem = Problem::error(what).hint("take out what was added last, above all loops and long tables");
        match place {
            Some(place) => problem.at(place).into(),
            None => problem.into(),
        }
    })
}

fn check_texts(template: &Template, snapshot: &Snapshot, frame: &Frame, languages: &[Language]) -> Problems {
    let check_one = |language: Language| {
        let mut text = template.check_text(snapshot, language, frame);
        if let Some(filled) = &text.filled
            && let Err(found) = layout::lay_out(&filled.brief, &template.theme)
        {
            text.problems.extend(placed(found, template, snapshot, frame, language));
        }
        text
    };
    let texts: Vec<CheckedText> = thread::scope(|scope| {
        let threads: Vec<_> = languages.iter().map(|language| scope.spawn(|| check_one(*language))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    if texts.len() < languages.len() {
        return Problem::error("checking a language of this template stopped unexpectedly").into();
    }
    template.check_together(texts)
}

/// Gives each problem of the layout a place in the text of its language. A character that no font has is shown where it
/// stands there, each in a problem of its own; one that comes from elsewhere, at the first line, with where it comes from.
pub fn placed(
    found: Problems,
    template: &Template,
    snapshot: &Snapshot,
    frame: &Frame,
    language: Language,
) -> Problems {
    let source = template.text(language);
    let mut problems = Problems::new();
    for problem in found {
        let characters = characters(&problem.what);
        if problem.place.is_some() {
            problems.push(problem);
            continue;
        }
        let Some(first) = characters.first() else {
            problems.push(problem.at(source.line(1)));
            continue;
        };
        let places: Vec<_> = characters.iter().filter_map(|c| Some((c, written_at(source.text(), *c)?))).collect();
        if places.is_empty() {
            let problem = match origin(*first, snapshot, frame, language) {
                Some(origin) => problem.hint(format!("{first} comes from {origin}")),
                None => problem,
            };
            problems.push(problem.at(source.line(1)));
            continue;
        }
        for (c, at) in &places {
            let what = format!("no shipped font has the character {c} (U+{:04X})", u32::from(**c));
            let what = if characters.len() == 1 { problem.what.clone() } else { what };
            let hint = "write it in other words: a brief is set in IBM Plex Sans and Noto Sans SC";
            problems.push(Problem::error(what).at(source.place(at.clone())).hint(hint));
        }
    }
    problems
}

/// The characters that a sentence names by their code points: `龍 (U+9F8D)`.
fn characters(what: &str) -> Vec<char> {
    let codes = what.split("U+").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(rest.len());
        u32::from_str_radix(rest.get(..end)?, 16).ok()
    });
    codes.filter_map(char::from_u32).collect()
}

/// The bytes at which a character stands in a text, or its code point in an escape (`\u9f8d`, `&#x9f8d;`).
fn written_at(text: &str, c: char) -> Option<std::ops::Range<usize>> {
    if let Some(at) = text.find(c) {
        return Some(at..at + c.len_utf8());
    }
    let code = format!("{:x}", u32::from(c));
    let lower = text.to_ascii_lowercase();
    let mut escapes = lower.match_indices(&code);
    escapes.find_map(|(at, _)| {
        let before = lower.get(..at)?.trim_end_matches('0');
        ["\\u", "&#x"].iter().any(|escape| before.ends_with(escape)).then_some(at..at + code.len())
    })
}

/// Where a character comes from that does not stand in the text, in words.
fn origin(c: char, snapshot: &Snapshot, frame: &Frame, language: Language) -> Option<String> {
    let data = &snapshot.data;
    if let Some(series) = data.series.values().find(|series| series.title.get(language).contains(c)) {
        return Some(format!("the title of the series `{}`", series.id));
    }
    let units = data.units.values();
    let has = |text: &str| text.contains(c);
    if let Some(unit) = units.clone().find(|unit| has(unit.label.get(language)) || has(unit.pattern.get(language))) {
        return Some(format!("the words of the unit `{}`", unit.id));
    }
    if let Some(event) = data.events.iter().find(|event| event.title.get(language).contains(c)) {
        return Some(format!("the title of the event `{}`", event.id));
    }
    let sources = data.observations.values().flatten().flat_map(|observation| &observation.sources);
    let mut sources = sources.chain(data.events.iter().map(|event| &event.source));
    if let Some(source) = sources.find(|source| has(&source.publisher) || source.carrier.as_deref().is_some_and(has)) {
        return Some(format!("the source “{}”", source.publisher));
    }
    if has(frame.title.get(language)) {
        return Some("the title of the brief in its config".to_owned());
    }
    frame.imprint.iter().any(|line| has(&line.text)).then(|| "[imprint] in the config".to_owned())
}

/// Does the work, unless it takes longer than a check may.
pub(super) fn within_time<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    within(MOST_TIME, work).ok()
}

/// Why there is no result.
#[derive(Debug, PartialEq, Eq)]
enum Missed {
    TooLong,
    Stopped,
}

/// What `work` returns, unless it takes longer than `limit`. Then its thread is left alone: it does not keep the process from
/// ending, and whatever it does for so long is bounded, if not by much.
fn within<T: Send + 'static>(limit: Duration, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Missed> {
    let (send, receive) = channel();
    let started = (Instant::now(), processor_time());
    let thread = thread::Builder::new().name("check".to_owned()).spawn(move || {
        // Nobody may wait any more.
        let _ = send.send(work());
    });
    if thread.is_err() {
        return Err(Missed::Stopped);
    }
    loop {
        match receive.recv_timeout(LOOK) {
            Ok(done) => return Ok(done),
            Err(RecvTimeoutError::Disconnected) => return Err(Missed::Stopped),
            Err(RecvTimeoutError::Timeout) => {}
        }
        let (waited, worked) = (started.0.elapsed(), processor_time().zip(started.1).map(|(now, before)| now - before));
        // A machine that does other things is no mistake of the template.
        if waited > limit.max(MOST_TIME_WAITING) || (waited > limit && worked.is_none_or(|worked| worked > limit)) {
            return Err(Missed::TooLong);
        }
    }
}

/// The time of processors that this process has used, if the system tells it.
#[cfg(target_os = "linux")]
fn processor_time() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

#[cfg(not(target_os = "linux"))]
fn processor_time() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_is_given_up() {
        assert_eq!(within(Duration::from_secs(60), || 7), Ok(7));
        let (stop, stopped) = channel::<()>();
        let spin = move || while stopped.try_recv().is_err() {};
        let begin = Instant::now();
        assert_eq!(within(Duration::from_millis(200), spin), Err(Missed::TooLong));
        assert!(begin.elapsed() >= Duration::from_millis(200));
        stop.send(()).unwrap();
        let broken = || panic!("the thread of a check ends like this");
        assert_eq!(within::<()>(Duration::from_secs(60), broken), Err(Missed::Stopped));
    }

    #[test]
    fn characters_are_found_as_they_are_and_as_escapes() {
        assert_eq!(characters("no font has the characters 龍 (U+9F8D), 😀 (U+1F600)"), ['龍', '😀']);
        assert_eq!(characters("no font has it"), Vec::<char>::new());
        assert_eq!(written_at("a 龍", '龍'), Some(2..5));
        assert_eq!(written_at("9f8d \\u9F8D", '龍'), Some(7..11));
        assert_eq!(written_at("&#x00009f8d;", '龍'), Some(7..11));
        assert_eq!(written_at("9f8d", '龍'), None);
    }
}
