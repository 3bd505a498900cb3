//! Connections: accepting, limits, the end.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use motet_watch::Waker;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinHandle;

use crate::answer::answer;
use crate::reload::Live;
use crate::stream::Patient;
use crate::{Options, Site};

/// How long nobody is accepted after the system refused to, for lack of file handles for example.
const PAUSE: Duration = Duration::from_millis(50);

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) options: Options,
    site: RwLock<Arc<Site>>,
    /// One for each handler that may run.
    pub(crate) permits: Arc<Semaphore>,
    /// Requests that wait for a handler to end.
    pub(crate) waiting: AtomicUsize,
    connections: Arc<Semaphore>,
    pub(crate) live: Option<Live>,
    pub(crate) stopping: watch::Sender<bool>,
}

impl Shared {
    /// What is served now.
    pub(crate) fn site(&self) -> Arc<Site> {
        self.site.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A server that runs until it is stopped.
pub struct Server {
    shared: Arc<Shared>,
    runtime: Runtime,
    accepting: JoinHandle<()>,
    address: SocketAddr,
}

impl Server {
    /// Serves a site. With `live`, pages are told about changes.
    ///
    /// # Errors
    /// Those of the system.
    pub fn start(site: Site, listener: TcpListener, options: Options, live: bool) -> io::Result<Self> {
        let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 16);
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            // Handlers, and a few for files.
            .max_blocking_threads(options.workers + 8)
            .thread_name("motet-web")
            .enable_io()
            .enable_time()
            .build()?;
        let shared = Arc::new(Shared {
            site: RwLock::new(Arc::new(site)),
            permits: Arc::new(Semaphore::new(options.workers)),
            waiting: AtomicUsize::new(0),
            connections: Arc::new(Semaphore::new(options.connections)),
            live: live.then(Live::new),
            stopping: watch::Sender::new(false),
            options,
        });
        let address = listener.local_addr()?;
        let accepting = accept_from(&runtime, &shared, listener)?;
        Ok(Self { shared, runtime, accepting, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for users: `http://localhost:PORT` on this machine only.
    #[must_use]
    pub fn url(&self) -> String {
        let ip = self.address.ip();
        if ip.is_loopback() {
            format!("http://localhost:{}", self.address.port())
        } else {
            format!("http://{}", self.address)
        }
    }

    /// Serves another site from the next request on; requests that run go on with the one that they began with.
    pub fn replace(&self, site: Site) {
        let site = Arc::new(site);
        let old = std::mem::replace(&mut *self.shared.site.write().unwrap_or_else(PoisonError::into_inner), site);
        drop(old);
        if let Some(live) = &self.shared.live {
            live.renew();
        }
    }

    /// Tells pages why the newest version does not run; `None`: what is served is the newest.
    pub fn set_problem(&self, problem: Option<&str>) {
        if let Some(live) = &self.shared.live {
            live.set_problem(problem);
        }
    }

    /// Listens elsewhere. Connections that are open stay.
    ///
    /// # Errors
    /// Those of the system; it listens where it did then.
    pub fn move_to(&mut self, listener: TcpListener) -> io::Result<()> {
        let address = listener.local_addr()?;
        let accepting = accept_from(&self.runtime, &self.shared, listener)?;
        std::mem::replace(&mut self.accepting, accepting).abort();
        self.address = address;
        Ok(())
    }

    /// Tells the user where it listens.
    pub fn announce(&self) {
        let mut out = io::stdout().lock();
        // A closed output leaves nobody to tell.
        let _ = writeln!(out, "🚀 Server listening on {}", self.url()).and_then(|()| out.flush());
    }

    /// Waits for SIGINT or SIGTERM (Ctrl-C elsewhere).
    ///
    /// # Errors
    /// Those of the system.
    pub fn wait(&self) -> io::Result<()> {
        self.runtime.block_on(signal())
    }

    /// Accepts nobody any more, lets requests that run end, within [`Options::grace`], and gives up the rest. A second
    /// signal does so at once. Whether all ended.
    pub fn stop(self) -> bool {
        let Self { shared, runtime, accepting, .. } = self;
        accepting.abort();
        shared.stopping.send_replace(true);
        let all = u32::try_from(shared.options.connections).unwrap_or(u32::MAX);
        let grace = shared.options.grace;
        let ended = runtime.block_on(async {
            tokio::select! {
                ended = tokio::time::timeout(grace, shared.connections.acquire_many(all)) => ended.is_ok(),
                _ = signal() => false,
            }
        });
        runtime.shutdown_background();
        ended
    }
}

/// Waits for a signal on a thread of its own, until dropped.
pub(crate) struct Stopper(Option<Runtime>);

impl Stopper {
    /// Wakes somebody when a signal comes.
    pub(crate) fn start(waker: Waker) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("motet-signal").enable_io().build()?;
        runtime.spawn(async move {
            if signal().await.is_ok() {
                waker.wake();
            }
        });
        Ok(Self(Some(runtime)))
    }
}

impl Drop for Stopper {
    fn drop(&mut self) {
        self.0.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

/// Waits until the server stops.
pub(crate) async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Without a server there is nothing to wait for either.
    let _ = stopping.wait_for(|s| *s).await;
}

#[cfg(unix)]
async fn signal() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn signal() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

fn accept_from(runtime: &Runtime, shared: &Arc<Shared>, listener: TcpListener) -> io::Result<JoinHandle<()>> {
    listener.set_nonblocking(true)?;
    let _inside = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let shared = shared.clone();
    Ok(runtime.spawn(async move {
        loop {
            let Ok(permit) = shared.connections.clone().acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(serve(shared.clone(), stream, permit))),
                // The client is gone again.
                Err(e) if e.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }))
}

/// One connection, from its first request to its last.
async fn serve(shared: Arc<Shared>, stream: TcpStream, permit: OwnedSemaphorePermit) {
    // Only makes small responses faster.
    let _ = stream.set_nodelay(true);
    let stream = TokioIo::new(Patient::new(stream, shared.options.write_timeout));
    let mut stopping = shared.stopping.subscribe();
    let service = service_fn(|request| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(answer(&shared, request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.options.read_timeout)
        .max_buf_size(shared.options.max_header.max(8192))
        .serve_connection(stream, service);
    tokio::pin!(connection);
    // Errors are the client's: it went away, was too slow, or speaks no HTTP.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stopped(&mut stopping) => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
    drop(permit);
}
