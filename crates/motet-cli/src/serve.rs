//! Programs that start web servers: `run` goes on to serve them, `run --watch` serves them while their files change.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use clap::ArgMatches;
use motet::web::Application;
use motet::{Engine, Gate, Isolate, ModuleHandle, Program, Shared, Stop};
use motet_watch::{Compiler, Refusal, Saved};
use motet_web::{Follow, Options, Screen, Server, Setting, Site};

use crate::session::Session;
use crate::watch::{Watch, line, refuse};
use crate::{cli, exit};

/// Where and within which limits programs serve.
#[derive(Clone, Debug, Default)]
pub struct Web {
    host: Option<IpAddr>,
    port: Option<u16>,
    workers: Option<usize>,
    request_timeout: Option<Duration>,
    max_body: Option<usize>,
}

impl Web {
    /// What the command line says.
    pub fn of(matches: &ArgMatches) -> Web {
        Web {
            host: cli::value(matches, "host"),
            port: cli::value(matches, "port"),
            workers: cli::value::<u16>(matches, "workers").map(usize::from),
            request_timeout: cli::value(matches, "request-timeout"),
            max_body: cli::value(matches, "max-body"),
        }
    }

    /// Takes ports for programs. What the command line does not say the environment may: `MOTET_HOST`, `MOTET_PORT`.
    pub fn gate(&self) -> Gate {
        fn variable<T: std::str::FromStr>(name: &str) -> Option<T> {
            std::env::var(name).ok()?.trim().parse().ok()
        }
        let host = self.host.or_else(|| variable("MOTET_HOST")).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Gate::new(host, self.port.or_else(|| variable("MOTET_PORT")))
    }

    fn options(&self, session: &Session) -> Options {
        let default = Options::default();
        Options {
            workers: self.workers.unwrap_or(default.workers),
            request_timeout: self.request_timeout.unwrap_or(default.request_timeout),
            max_body: self.max_body.unwrap_or(default.max_body),
            max_heap: session.max_heap.unwrap_or(default.max_heap),
            ..default
        }
    }
}

fn setting(session: &Session, engine: &Engine) -> Setting {
    Setting {
        engine: engine.clone(),
        tier: session.tier,
        capabilities: session.capabilities,
        limits: session.limits(),
        natives: Vec::new(),
        args: session.args.clone(),
    }
}

/// Serves what a program set up, until a signal ends it. Returns the exit status.
pub fn serve(
    session: &Session,
    engine: &Engine,
    program: &Program,
    application: Application,
    gate: &Shared<Gate>,
) -> u8 {
    let options = session.web.options(session);
    let site = match Site::new(setting(session, engine), program.clone(), application, &options) {
        Ok(site) => site,
        Err(e) => return session.fail(&e.to_string(), exit::FAILED),
    };
    let served = gate.take().ok_or_else(|| std::io::Error::other("the program took no port")).and_then(|listener| {
        let server = Server::start(site, listener, options, false)?;
        server.announce();
        server.wait()?;
        server.stop();
        Ok(())
    });
    match served {
        Ok(()) => exit::OK,
        Err(e) => session.fail(&format!("Failed to start server: {e}"), exit::IO),
    }
}

/// Whether a program that is to be watched is one for [`watch`]. One that does not compile is judged by its words.
pub fn is_web(compiler: &Compiler) -> bool {
    // Most programs need not be compiled to know that.
    let language = compiler.language.or_else(|| compiler.engine.language_of_path(&compiler.path).ok());
    let is_module = || std::fs::read(&compiler.path).is_ok_and(|content| Program::is_pbc(&content));
    if language.is_some_and(|language| !language.may_serve()) && !is_module() {
        return false;
    }
    match compiler.compile().result {
        Ok(version) => version.program.may_serve(),
        Err(Refusal::Errors(_, compilation)) => {
            compilation.sources.iter().any(|(_, s)| s.text.to_ascii_lowercase().contains("start server"))
        }
        Err(_) => false,
    }
}

/// `run --watch` of a web program.
pub fn watch(session: &Session, what: &Watch<'_>, compiler: Compiler) -> u8 {
    let engine = compiler.engine.clone();
    let follow = Follow {
        compiler,
        poll: what.poll,
        setting: setting(session, &engine),
        options: session.web.options(session),
        gate: session.web.gate(),
    };
    match motet_web::follow(follow, &mut Terminal { session }) {
        Ok(()) => exit::OK,
        Err(e) => session.fail(&e.to_string(), exit::IO),
    }
}

struct Terminal<'a> {
    session: &'a Session,
}

impl Screen for Terminal<'_> {
    fn refused(&mut self, refusal: &Refusal, saved: &Saved) {
        refuse(self.session, refusal, saved);
    }

    fn stopped(&mut self, isolate: &Isolate, module: ModuleHandle, stop: &Stop) {
        self.session.report(isolate, module, stop, exit::FAILED);
    }

    fn note(&mut self, text: &str) {
        line(self.session, text);
    }
}
