//! `Notice`: what the user is told while a login goes on.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use indicatif::ProgressBar;
use tokio::time::{Instant, sleep};

/// How long a server may be silent before the user is told.
pub(super) const SILENCE: Duration = Duration::from_secs(3);

/// Something that the user may want to know while a login goes on; it has not failed. The text names the server and the
/// proxy, and has no secret.
///
/// ```
/// use counterfoil::client::{Notice, Options};
///
/// let options = Options::device("https://login.example.com", "internal").on_notice(|notice| match notice {
///     Notice::NoAnswer { server, .. } => eprintln!("waiting for {server}"),
///     other => eprintln!("{other}"),
/// });
/// # let _ = options;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The server has not answered for 3 s: a request has no answer, or fails again and again. It is tried on. Once for
    /// each time that it does not answer.
    NoAnswer {
        /// Its host, and its port if the base URL has one.
        server: String,
        /// The proxy in use, without its credentials.
        proxy: Option<String>,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer { server, proxy } => {
                write!(f, "{server} has not answered for {} s", SILENCE.as_secs())?;
                match proxy {
                    Some(proxy) => write!(f, " (through the proxy {proxy}); still trying"),
                    None => f.write_str("; still trying"),
                }
            }
        }
    }
}

/// A function that is given the notices.
pub(super) type Tell = Arc<dyn Fn(&Notice) + Send + Sync>;

/// Hands out the notices of one login.
pub(super) struct Notices {
    tell: Option<Tell>,
    bar: ProgressBar,
}

impl Notices {
    /// `own` is the caller's function. Without it they are lines on standard error, if the prompt is (`printed`).
    pub(super) fn new(own: Option<Tell>, printed: bool) -> Self {
        let tell = own.or_else(|| printed.then(|| Arc::new(print) as Tell));
        Self { tell, bar: ProgressBar::hidden() }
    }

    /// From now on this spinner is hidden while a notice is written.
    pub(super) fn beside(&mut self, bar: &ProgressBar) {
        self.bar = bar.clone();
    }

    pub(super) fn tell(&self, notice: &Notice) {
        if let Some(tell) = &self.tell {
            self.bar.suspend(|| tell(notice));
        }
    }

    /// Returns what `work` does, and tells if it has not finished by `after`.
    pub(super) async fn late<T>(&self, work: impl Future<Output = T>, after: Duration, notice: Notice) -> T {
        let mut work = std::pin::pin!(work);
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = sleep(after) => self.tell(&notice),
        }
        work.await
    }
}

// It has no other place to go to.
#[allow(clippy::print_stderr)]
fn print(notice: &Notice) {
    eprintln!("{notice}");
}

/// For how long the server has given no answer, over several requests.
#[derive(Default)]
pub(super) struct Silence {
    since: Option<Instant>,
    told: bool,
}

impl Silence {
    pub(super) fn ended(&mut self) {
        *self = Self::default();
    }

    /// Counts a request without an answer. Returns `true` if the user is to be told: once, after `SILENCE`.
    pub(super) fn goes_on(&mut self) -> bool {
        let since = *self.since.get_or_insert_with(Instant::now);
        let tell = !self.told && since.elapsed() >= SILENCE;
        self.told |= tell;
        tell
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn no_answer(proxy: Option<&str>) -> Notice {
        Notice::NoAnswer { server: "login.example:8102".into(), proxy: proxy.map(str::to_owned) }
    }

    #[tokio::test]
    async fn only_late_work_is_told_of() {
        // ORDERING: Relaxed; one thread.
        let told = Arc::new(AtomicUsize::new(0));
        let count = told.clone();
        let own: Tell = Arc::new(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        let notices = Notices::new(Some(own), false);
        assert_eq!(notices.late(async { 1 }, Duration::ZERO, no_answer(None)).await, 1);
        assert_eq!(told.load(Ordering::Relaxed), 0);
        let work = sleep(Duration::from_millis(20));
        notices.late(work, Duration::from_millis(1), no_answer(None)).await;
        assert_eq!(told.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_proxy_is_named() {
        let text = no_answer(Some("http://proxy.example:3128")).to_string();
        assert!(text.contains("login.example:8102 has not answered for 3 s (through the proxy http://proxy"), "{text}");
    }
}
