//! What systemd is told (sd_notify(3)): that the daemon is ready once it is, how it stands, that it ends, and, at half of
//! the watchdog's time, that it lives. Nothing, if nobody asked for it by `NOTIFY_SOCKET`.

use std::{sync::atomic::Ordering, time::Duration};

use sd_notify::NotifyState;
use tokio::{sync::watch, time::sleep};
use tracing::warn;

use super::Monitor;
use crate::base::shutdown::Shutdown;

/// So many occurrences of a schedule are looked at for one that has an edition.
const LOOKED_AT: usize = 100;

/// How often it is looked whether it is ready, until it is.
const SOON: Duration = Duration::from_millis(200);
/// And how often after that it is looked how it stands.
const LOOK: Duration = Duration::from_secs(5);

impl Monitor {
    /// Tells systemd how it stands, until it is dropped, the shutdown included.
    pub async fn tell_systemd(&self, shutdown: Shutdown) {
        if std::env::var_os("NOTIFY_SOCKET").is_none() {
            return;
        }
        let (say_ready, ready) = watch::channel(false);
        tokio::join!(self.tell_state(shutdown, say_ready), self.tell_life(ready));
    }

    /// Tells systemd that the config is read anew; not before it was told that we are ready.
    pub fn reloading(&self) {
        let since = NotifyState::monotonic_usec_now();
        if let (true, Ok(since)) = (self.told_systemd.load(Ordering::Relaxed), since) {
            say(&[NotifyState::Reloading, since], &mut true);
        }
    }

    /// And that this is over, however it ended.
    pub fn reloaded(&self) {
        if self.told_systemd.load(Ordering::Relaxed) {
            say(&[NotifyState::Ready], &mut true);
        }
    }

    async fn tell_state(&self, shutdown: Shutdown, say_ready: watch::Sender<bool>) {
        let (mut told, mut deaf) = (Told::default(), false);
        loop {
            let ending = shutdown.is_requested();
            let (ready, well) = if ending { (true, Ok(())) } else { (self.ready().await.is_ok(), self.well().await) };
            let news = told.news(ready, ending, status(ending, well, || self.next()));
            if !news.is_empty() {
                say(&news.iter().map(News::state).collect::<Vec<_>>(), &mut deaf);
            }
            if told.ready {
                say_ready.send_replace(true);
                self.told_systemd.store(true, Ordering::Relaxed);
            }
            tokio::select! {
                () = sleep(if told.ready { LOOK } else { SOON }) => {}
                () = shutdown.requested(), if !ending => {}
            }
        }
    }

    /// A daemon that hangs is ended and started anew by systemd.
    async fn tell_life(&self, mut ready: watch::Receiver<bool>) {
        let Some(every) = sd_notify::watchdog_enabled().map(|time| time / 2).filter(|every| !every.is_zero()) else {
            return;
        };
        if ready.wait_for(|ready| *ready).await.is_err() {
            return;
        }
        let (mut lived, mut deaf) = (true, false);
        loop {
            match self.lives() {
                Ok(()) => {
                    lived = true;
                    say(&[NotifyState::Watchdog], &mut deaf);
                }
                Err(why) => {
                    if std::mem::take(&mut lived) {
                        warn!(why, "systemd is not told any more that we live");
                    }
                }
            }
            sleep(every).await;
        }
    }

    /// `green-economy/weekly on 2026-11-30 at 07:00 CET`.
    fn next(&self) -> Option<String> {
        let (plan, now) = (self.plan(), self.clock.now());
        let next = plan.schedules.iter().filter(|schedule| schedule.paused.is_none());
        let next = next.filter_map(|schedule| {
            let mut coming = schedule.timetable().upcoming(now).take(LOOKED_AT);
            Some((coming.find(|coming| coming.runs())?.due, schedule))
        });
        let (due, schedule) = next.min_by_key(|(due, _)| *due)?;
        let local = due.with_timezone(&schedule.rule.timezone);
        Some(format!("{} on {}", schedule.id, local.format("%F at %R %Z")))
    }
}

/// How it stands, on one line.
fn status(ending: bool, well: Result<(), String>, next: impl FnOnce() -> Option<String>) -> String {
    let status = match (ending, well) {
        (true, _) => "ending: what is under way is finished first".to_owned(),
        (false, Err(why)) => format!("not well: {why}"),
        (false, Ok(())) => {
            next().map_or_else(|| "at work; nothing is planned".to_owned(), |next| format!("next: {next}"))
        }
    };
    status.replace(char::is_control, " ")
}

/// What was told.
#[derive(Debug, Default)]
struct Told {
    ready: bool,
    ending: bool,
    status: String,
}

#[derive(Debug, PartialEq, Eq)]
enum News {
    Ready,
    Stopping,
    Status(String),
}

impl News {
    fn state(&self) -> NotifyState<'_> {
        match self {
            News::Ready => NotifyState::Ready,
            News::Stopping => NotifyState::Stopping,
            News::Status(status) => NotifyState::Status(status),
        }
    }
}

impl Told {
    /// What is to be told now: what was not told yet.
    fn news(&mut self, ready: bool, ending: bool, status: String) -> Vec<News> {
        let mut news = Vec::new();
        if ready && !ending && !std::mem::replace(&mut self.ready, true) {
            news.push(News::Ready);
        }
        if ending && !std::mem::replace(&mut self.ending, true) {
            news.push(News::Stopping);
        }
        if status != self.status {
            self.status.clone_from(&status);
            news.push(News::Status(status));
        }
        news
    }
}

/// That nobody hears it is logged once.
fn say(states: &[NotifyState<'_>], deaf: &mut bool) {
    match sd_notify::notify(states) {
        Ok(()) => *deaf = false,
        Err(error) => {
            if !std::mem::replace(deaf, true) {
                warn!(%error, "systemd cannot be told how we are");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_told_once() {
        let mut told = Told::default();
        let status = |text: &str| News::Status(text.to_owned());
        assert_eq!(told.news(false, false, "a".into()), [status("a")]);
        assert_eq!(told.news(false, false, "a".into()), []);
        assert_eq!(told.news(true, false, "b".into()), [News::Ready, status("b")]);
        assert_eq!(told.news(true, false, "b".into()), []);
        // Not ready for a while: systemd knows no word for that, people read the status.
        assert_eq!(told.news(false, false, "c".into()), [status("c")]);
        assert_eq!(told.news(true, false, "b".into()), [status("b")]);
        assert_eq!(told.news(true, true, "d".into()), [News::Stopping, status("d")]);
        assert_eq!(told.news(true, true, "d".into()), []);
        // One that ends before it was ready was never ready.
        let mut told = Told::default();
        assert_eq!(told.news(true, true, String::new()), [News::Stopping]);
    }

    #[test]
    fn a_status_is_one_line() {
        let none = || None;
        assert_eq!(status(false, Err("a\nREADY=1".into()), none), "not well: a READY=1");
        assert_eq!(status(false, Ok(()), none), "at work; nothing is planned");
        assert_eq!(status(false, Ok(()), || Some("b/s on x".into())), "next: b/s on x");
        assert_eq!(status(true, Err("x".into()), none), "ending: what is under way is finished first");
    }
}
