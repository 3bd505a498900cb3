//! `motet dev`: a page on this machine that shows the programs below a folder, runs them, and follows their files.
//!
//! Invariants: the server is reachable from this machine only and answers only those who know its token (`guard`);
//! only programs below the folder can be reached (`catalogue`); everything that requests and programs can make grow is
//! bounded; the page needs nothing from anywhere else.
#![deny(unsafe_code)]

mod api;
mod catalogue;
mod guard;
mod http;
mod hub;
mod inspect;
mod runs;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use motet::{Capabilities, Engine};
use motet_watch::{Seen, Waker, Watcher};
use serde_json::json;

use crate::api::Api;
use crate::catalogue::{Catalogue, Entry};
use crate::guard::Guard;
use crate::http::{Reply, Request};
use crate::hub::Hub;
use crate::runs::Runs;

/// Events of one save come within this time.
const GATHER: Duration = Duration::from_millis(10);

/// What to serve.
#[derive(Clone, Debug)]
pub struct Options {
    /// The folder.
    pub folder: PathBuf,
    /// The port; 0 for any that is free.
    pub port: u16,
    /// What programs may do.
    pub capabilities: Capabilities,
}

/// A server that is ready to answer.
pub struct Server {
    listener: TcpListener,
    api: Arc<Api>,
    stop: Arc<AtomicBool>,
    port: u16,
}

/// Ends a server from another thread.
#[derive(Clone)]
pub struct Stopper {
    stop: Arc<AtomicBool>,
    api: Arc<Api>,
    port: u16,
    waker: Waker,
}

impl Stopper {
    /// Stops all programs and makes [`Server::run`] return.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.api.runs.stop_all();
        self.api.hub.close();
        self.waker.wake();
        // Wakes the server, which waits for connections.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl Server {
    /// Takes the port and begins to follow the folder.
    ///
    /// # Errors
    /// When the folder is none, the port is taken, or the system has no threads or randomness.
    pub fn new(options: &Options) -> io::Result<(Server, Stopper)> {
        let engine = Engine::new();
        let catalogue = Arc::new(Catalogue::new(&options.folder, engine.clone())?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        let port = listener.local_addr()?.port();
        let hub = Hub::new()?;
        let runs = Arc::new(Runs::new(engine.clone(), catalogue.clone(), hub.clone(), options.capabilities));
        let title = catalogue.real().file_name().map_or_else(|| "/".into(), |n| n.to_string_lossy().into_owned());
        let stop = Arc::new(AtomicBool::new(false));
        let watcher = Watcher::new(None);
        let waker = watcher.waker();
        let (followed, told, ended) = (catalogue.clone(), hub.clone(), stop.clone());
        std::thread::Builder::new()
            .name("motet-dev-files".into())
            .spawn(move || follow(&followed, &told, watcher, &ended))?;
        let api = Arc::new(Api { guard: Guard::new(port)?, engine, catalogue, hub, runs, title });
        let stopper = Stopper { stop: stop.clone(), api: api.clone(), port, waker };
        Ok((Server { listener, api, stop, port }, stopper))
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The secret that requests must know.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.api.guard.token
    }

    /// The address that opens the page.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token())
    }

    /// Answers requests until [`Stopper::stop`].
    pub fn run(&self) {
        let api = self.api.clone();
        let handler: Arc<dyn Fn(Request) -> Reply + Send + Sync> = Arc::new(move |request| api.answer(&request));
        http::serve(&self.listener, &self.stop, &handler);
    }
}

/// Tells the pages which programs were saved, came or went.
fn follow(catalogue: &Catalogue, hub: &Hub, mut watcher: Watcher, stop: &AtomicBool) {
    let by_path = |entries: Vec<Entry>| entries.into_iter().map(|e| (e.path.clone(), e)).collect::<BTreeMap<_, _>>();
    let first = catalogue.list();
    watcher.watch(&first.folders.iter().map(|f| Path::new(f).to_path_buf()).collect::<Vec<_>>());
    let mut known = by_path(first.entries);
    let mut seen = Seen::default();
    while !stop.load(Ordering::SeqCst) {
        watcher.wait(&mut seen);
        while watcher.wait_for(GATHER, &mut seen) && !stop.load(Ordering::SeqCst) {}
        let listing = catalogue.list();
        watcher.watch(&listing.folders);
        let now = by_path(listing.entries);
        let differ = |path: &&String| {
            known.get(*path) != now.get(*path) || seen.touched(Path::new(path)) && known.contains_key(*path)
        };
        let mut changed: Vec<&String> = known.keys().chain(now.keys()).filter(differ).collect();
        changed.sort();
        changed.dedup();
        let tree = known.len() != now.len() || known.keys().ne(now.keys());
        if !changed.is_empty() {
            hub.send(&json!({ "type": "files", "changed": changed, "tree": tree }));
        }
        known = now;
        seen = Seen::default();
    }
}
