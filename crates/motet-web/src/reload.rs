//! What browsers hear of changes: pages load themselves again, and show why a new version does not run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::body::Bytes;
use tokio::sync::{mpsc, watch};

use crate::content::Content;
use crate::server::stopped;

/// Tells in JSON whether files changed since it was asked last.
pub const CHECK_PATH: &str = "/__reload_check";
/// Events as soon as something changes.
pub const EVENTS_PATH: &str = "/__reload_events";

/// A line that tells nothing, so that connections to clients that are gone end.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// What pages are to know.
#[derive(Clone, Debug)]
struct State {
    /// Number of what is served now: larger than all before, also those of earlier processes.
    version: u64,
    /// Why the newest version does not run.
    problem: Option<Arc<str>>,
}

/// The far end of the pages' connections.
pub(crate) struct Live {
    state: watch::Sender<State>,
    /// Something changed since [`CHECK_PATH`] was asked.
    changed: AtomicBool,
}

impl Live {
    pub(crate) fn new() -> Self {
        let state = State { version: milliseconds(), problem: None };
        Self { state: watch::Sender::new(state), changed: AtomicBool::new(false) }
    }

    /// What is served is new.
    pub(crate) fn renew(&self) {
        self.changed.store(true, Ordering::SeqCst);
        self.state.send_modify(|s| *s = State { version: milliseconds().max(s.version + 1), problem: None });
    }

    /// The newest version does not run, for this reason; `None`: what is served is the newest.
    pub(crate) fn set_problem(&self, problem: Option<&str>) {
        self.state.send_modify(|s| s.problem = problem.map(Arc::from));
    }

    /// The answer for [`CHECK_PATH`].
    pub(crate) fn check(&self) -> String {
        let changed = self.changed.swap(false, Ordering::SeqCst);
        format!("{{\"changed\":{changed},\"timestamp\":{}}}", milliseconds())
    }

    /// The body for [`EVENTS_PATH`]: an event now and for each change, until the server stops.
    pub(crate) fn events(&self, mut stopping: watch::Receiver<bool>) -> Content {
        let (sender, receiver) = mpsc::channel(4);
        let mut state = self.state.subscribe();
        let tell = async move {
            loop {
                let event = state.borrow_and_update().event();
                if sender.send(event).await.is_err() {
                    return;
                }
                loop {
                    tokio::select! {
                        changed = state.changed() => match changed {
                            Ok(()) => break,
                            Err(_) => return,
                        },
                        () = stopped(&mut stopping) => return,
                        () = tokio::time::sleep(HEARTBEAT) => {
                            if sender.send(Bytes::from_static(b":\n\n")).await.is_err() {
                                return;
                            }
                        }
                    }
                }
            }
        };
        tokio::spawn(tell);
        Content::Stream(receiver, None)
    }

    /// A page with the script that keeps it up to date before its last `</body>`; `None` if it has none.
    pub(crate) fn with_script(&self, page: &[u8]) -> Option<Vec<u8>> {
        const END: &[u8] = b"</body>";
        let at = page.windows(END.len()).rposition(|w| w.eq_ignore_ascii_case(END))?;
        let version = self.state.borrow().version;
        let script = format!("<script data-version=\"{version}\">{}</script>\n", include_str!("reload.js"));
        Some([&page[..at], script.as_bytes(), &page[at..]].concat())
    }
}

impl State {
    fn event(&self) -> Bytes {
        let mut data = format!("{{\"version\":{},\"problem\":", self.version);
        match &self.problem {
            Some(problem) => motet::web::push_json_text(problem, &mut data),
            None => data.push_str("null"),
        }
        Bytes::from(format!("retry: 300\ndata: {data}}}\n\n"))
    }
}

fn milliseconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}
