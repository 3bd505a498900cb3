//! Hot reload: a server whose program's files change.
//!
//! A new version runs in an isolate of its own until it starts its server; then it replaces the one before in a moment,
//! while the listener and all connections stay. What does not compile, fails, or does not come to its start changes
//! nothing: it is reported in the terminal, and by the pages.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use motet::{Config, Error, Gate, Isolate, ModuleHandle, Program, Stop};
use motet_watch::{Change, Compiler, Follower, Reads, Refusal, Saved, Version};

use crate::host::HandlerHost;
use crate::server::Stopper;
use crate::{CHECK_PATH, Options, Server, Setting, Site};

/// A program to serve while it changes.
pub struct Follow {
    /// How it is compiled.
    pub compiler: Compiler,
    /// Look at the files so often instead of trusting the system's reports.
    pub poll: Option<Duration>,
    /// How it runs.
    pub setting: Setting,
    /// Limits.
    pub options: Options,
    /// Where it listens.
    pub gate: Gate,
}

/// Shows what happens.
pub trait Screen {
    /// The files do not make a program.
    fn refused(&mut self, refusal: &Refusal, saved: &Saved);

    /// A version stopped before it started its server.
    fn stopped(&mut self, isolate: &Isolate, module: ModuleHandle, stop: &Stop);

    /// A line about what is done.
    fn note(&mut self, line: &str);
}

/// Serves a program, and its next versions, until a signal ends it. Returns when the server stopped.
///
/// # Errors
/// Those of the system.
pub fn follow(follow: Follow, screen: &mut dyn Screen) -> io::Result<()> {
    let folder = folder_of(&follow.compiler.path);
    announce(&folder);
    let mut follower = Follower::new(follow.compiler.clone(), follow.poll).with_assets(folder);
    let stopper = Stopper::start(follower.waker())?;
    let mut serving = Serving { follow, server: None, port: None, program: None };
    loop {
        let change = follower.next_change();
        if let Some(why) = follower.complaint() {
            screen.note(&format!("the system reports no changes of files: {why}"));
        }
        match change {
            Change::Woken => break,
            Change::Refused(saved, refusal) => {
                screen.refused(&refusal, &saved);
                serving.fail(&refusal.text(&serving.follow.compiler.path, false), screen);
            }
            Change::Ready(saved, version) => {
                let Version { program, .. } = *version;
                serving.take(Some(program), &saved, screen)?;
            }
            // A file that the program reads when it starts may have changed, or one that pages load.
            Change::Same(saved) if saved.compiling > Duration::ZERO => serving.take(None, &saved, screen)?,
            Change::Same(saved) => screen.note(&format!("no change in {}", saved.what())),
        }
    }
    drop(stopper);
    if let Some(server) = serving.server {
        server.stop();
    }
    Ok(())
}

/// The folder of a program.
fn folder_of(path: &str) -> PathBuf {
    let parent = Path::new(path).parent().filter(|p| !p.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_path_buf()
}

/// The lines that PohLang's own tool prints.
fn announce(folder: &Path) {
    let count = Reads::default().note_assets(folder);
    let name = folder.display().to_string();
    println!("[LiveReload] Tracking {count} files");
    println!("[LiveReload] Tracker initialized");
    println!("[LiveReload] Watching: {:?}", [&name]);
    println!("[LiveReload] Polling endpoint: GET {CHECK_PATH}");
    println!("🔥 Hot reload enabled! Changes will be detected automatically.");
    println!("💡 Watching: {name}");
}

struct Serving {
    follow: Follow,
    server: Option<Server>,
    /// The port that the version that is served asked for.
    port: Option<u16>,
    /// The newest version that compiled.
    program: Option<Program>,
}

impl Serving {
    /// Serves a version, or the newest one again.
    fn take(&mut self, program: Option<Program>, saved: &Saved, screen: &mut dyn Screen) -> io::Result<()> {
        self.program = program.or(self.program.take());
        let Some(program) = self.program.clone() else { return Ok(()) };
        let gate = Arc::new(match self.port {
            Some(port) => self.follow.gate.kept(port),
            None => self.follow.gate.fresh(),
        });
        match self.launch(program, &gate, screen) {
            Ok(site) => self.serve(site, &gate, saved, screen),
            Err(problem) => {
                self.fail(&problem, screen);
                Ok(())
            }
        }
    }

    /// Runs a version until it starts its server. The error is for the pages; the screen shows it.
    fn launch(&self, program: Program, gate: &Arc<Gate>, screen: &mut dyn Screen) -> Result<Site, String> {
        let Follow { setting, options, .. } = &self.follow;
        let host = HandlerHost::new(setting.args.clone(), Some(gate.clone()));
        let config = Config::new(host).tier(setting.tier).limits(setting.limits);
        let config = config.capabilities(setting.capabilities).natives(&setting.natives);
        let mut isolate = setting.engine.isolate(config);
        let limit = u64::try_from(options.start_timeout.as_nanos()).unwrap_or(u64::MAX);
        let runtime = isolate.runtime_mut();
        runtime.limits.deadline_nanos = Some(runtime.host.monotonic_nanos().saturating_add(limit));
        let mut other = |e: &Error| {
            screen.note(&e.to_string());
            e.to_string()
        };
        let module = isolate.load(&program).map_err(|e| other(&e))?;
        let result = isolate.run(module);
        if let Some(application) = isolate.application(module).map_err(|e| other(&e))? {
            return Site::new(setting.clone(), program, application, options).map_err(|e| other(&e));
        }
        match result {
            Err(Error::Stopped(stop)) if !matches!(*stop, Stop::Exit(_)) => {
                screen.stopped(&isolate, module, &stop);
                Err(isolate.explain(module, &stop, false))
            }
            Err(Error::Stopped(_)) | Ok(_) => Err("the program ended without starting its server".into()),
            Err(e) => Err(other(&e)),
        }
    }

    fn serve(&mut self, site: Site, gate: &Gate, saved: &Saved, screen: &mut dyn Screen) -> io::Result<()> {
        self.port = Some(site.port());
        let listener = gate.take();
        let Some(server) = &mut self.server else {
            let listener = listener.ok_or_else(|| io::Error::other("the program took no port"))?;
            let server = Server::start(site, listener, self.follow.options.clone(), true)?;
            server.announce();
            self.server = Some(server);
            return Ok(());
        };
        if let Some(listener) = listener {
            server.move_to(listener)?;
            server.announce();
        }
        server.replace(site);
        let time = saved.since.elapsed().as_secs_f64() * 1e3;
        screen.note(&format!("reloaded {} in {time:.1} ms", saved.what()));
        Ok(())
    }

    /// Tells why the newest version is not served.
    fn fail(&self, problem: &str, screen: &mut dyn Screen) {
        match &self.server {
            Some(server) => {
                server.set_problem(Some(problem));
                screen.note("the version before goes on");
            }
            None => screen.note("waiting for changes"),
        }
    }
}
