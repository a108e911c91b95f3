//! Notifies systemd (sd_notify(3)) that the daemon is ready, how it is, that it stops, and, at half of
//! the watchdog's time, that it lives. Does nothing without `NOTIFY_SOCKET`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sd_notify::NotifyState;
use tokio::{sync::watch, time::sleep};
use tracing::warn;

use crate::{base::shutdown::Shutdown, monitoring::health::Monitor};

/// Interval between looks until the daemon is ready.
const UNTIL_READY: Duration = Duration::from_millis(200);
/// Interval between looks after that.
const INTERVAL: Duration = Duration::from_secs(5);

/// Tells systemd the state of the daemon that `monitor` watches.
pub struct SystemdNotifier {
    monitor: Arc<Monitor>,
    /// True once systemd was told that the daemon is ready
    told_ready: AtomicBool,
}

impl SystemdNotifier {
    /// For the daemon that `monitor` watches.
    pub const fn new(monitor: Arc<Monitor>) -> SystemdNotifier {
        SystemdNotifier { monitor, told_ready: AtomicBool::new(false) }
    }

    /// Tells systemd the state of the daemon until the shutdown, and that it lives until this is dropped.
    pub async fn run(&self, shutdown: Shutdown) {
        if std::env::var_os("NOTIFY_SOCKET").is_none() {
            return;
        }
        let (say_ready, ready) = watch::channel(false);
        tokio::join!(self.notify_state(shutdown, say_ready), self.notify_watchdog(ready));
    }

    /// Tells systemd that the config is being reloaded, if it was told before that the daemon is ready.
    pub fn reloading(&self) {
        let since = NotifyState::monotonic_usec_now();
        if let (true, Ok(since)) = (self.told_ready.load(Ordering::Relaxed), since) {
            send(&[NotifyState::Reloading, since], &mut true);
        }
    }

    /// Tells systemd that the reload is over, whether it succeeded or not.
    pub fn reloaded(&self) {
        if self.told_ready.load(Ordering::Relaxed) {
            send(&[NotifyState::Ready], &mut true);
        }
    }

    /// Tells systemd that the daemon stops. Called by whoever stops it, since a task might be dropped before it can.
    pub fn stopping(&self) {
        send(&[NotifyState::Stopping, NotifyState::Status("stopping: work under way is finished first")], &mut false);
    }

    async fn notify_state(&self, shutdown: Shutdown, say_ready: watch::Sender<bool>) {
        let (mut told, mut failing) = (Notified::default(), false);
        loop {
            let ready = self.monitor.check_ready().await.is_ok();
            let status = status(self.monitor.check_well().await, || self.monitor.next_edition());
            // What is told from now on would hide that the daemon stops.
            if shutdown.is_requested() {
                return;
            }
            let notifications = told.update(ready, status);
            if !notifications.is_empty() {
                send(&notifications.iter().map(Notification::state).collect::<Vec<_>>(), &mut failing);
            }
            if told.ready {
                say_ready.send_replace(true);
                self.told_ready.store(true, Ordering::Relaxed);
            }
            tokio::select! {
                () = sleep(if told.ready { INTERVAL } else { UNTIL_READY }) => {}
                () = shutdown.requested() => return,
            }
        }
    }

    /// Sends the watchdog's keep-alive while the daemon lives: systemd ends a daemon that hangs and starts it anew.
    async fn notify_watchdog(&self, mut ready: watch::Receiver<bool>) {
        let Some(every) = sd_notify::watchdog_enabled().map(|time| time / 2).filter(|every| !every.is_zero()) else {
            return;
        };
        if ready.wait_for(|ready| *ready).await.is_err() {
            return;
        }
        let (mut lived, mut failing) = (true, false);
        loop {
            match self.monitor.check_alive() {
                Ok(()) => {
                    lived = true;
                    send(&[NotifyState::Watchdog], &mut failing);
                }
                Err(why) => {
                    if std::mem::take(&mut lived) {
                        warn!(why, "the systemd watchdog is no longer fed");
                    }
                }
            }
            sleep(every).await;
        }
    }
}

/// Returns the state of the daemon on one line.
fn status(well: Result<(), String>, next: impl FnOnce() -> Option<String>) -> String {
    let status = match well {
        Err(why) => format!("not well: {why}"),
        Ok(()) => next().map_or_else(|| "at work; nothing is planned".to_owned(), |next| format!("next: {next}")),
    };
    status.replace(char::is_control, " ")
}

/// The notifications that systemd has had so far.
#[derive(Debug, Default)]
struct Notified {
    ready: bool,
    status: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Notification {
    Ready,
    Status(String),
}

impl Notification {
    fn state(&self) -> NotifyState<'_> {
        match self {
            Notification::Ready => NotifyState::Ready,
            Notification::Status(status) => NotifyState::Status(status),
        }
    }
}

impl Notified {
    /// Returns what systemd does not know yet, and notes it as told.
    fn update(&mut self, ready: bool, status: String) -> Vec<Notification> {
        let mut notifications = Vec::new();
        if ready && !std::mem::replace(&mut self.ready, true) {
            notifications.push(Notification::Ready);
        }
        if status != self.status {
            self.status.clone_from(&status);
            notifications.push(Notification::Status(status));
        }
        notifications
    }
}

/// Sends notifications. Logs only the first of several failures in a row; `failing` remembers them.
fn send(states: &[NotifyState<'_>], failing: &mut bool) {
    match sd_notify::notify(states) {
        Ok(()) => *failing = false,
        Err(error) => {
            if !std::mem::replace(failing, true) {
                warn!(%error, "systemd cannot be notified");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_told_once() {
        let mut told = Notified::default();
        let status = |text: &str| Notification::Status(text.to_owned());
        assert_eq!(told.update(false, "a".into()), [status("a")]);
        assert_eq!(told.update(false, "a".into()), []);
        assert_eq!(told.update(true, "b".into()), [Notification::Ready, status("b")]);
        assert_eq!(told.update(true, "b".into()), []);
        // Not ready for a while: systemd knows no word for that, people read the status.
        assert_eq!(told.update(false, "c".into()), [status("c")]);
        assert_eq!(told.update(true, "b".into()), [status("b")]);
    }

    #[test]
    fn a_status_is_one_line() {
        let none = || None;
        assert_eq!(status(Err("a\nREADY=1".into()), none), "not well: a READY=1");
        assert_eq!(status(Ok(()), none), "at work; nothing is planned");
        assert_eq!(status(Ok(()), || Some("b/s on x".into())), "next: b/s on x");
    }
}
