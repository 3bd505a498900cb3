//! The cache of compiled programs, as the command uses it: when, where, and what is said about it.

use std::fmt;

use clap::ArgMatches;
use motet::{CompileOptions, Program, Tier};
use motet_cache::{Build, Cache, DEFAULT_LIMIT, Key, Lookup, Miss, Recorder, Refused, default_folder};

use crate::input::{Content, Input};
use crate::session::{Session, print_err};
use crate::{cli, exit, json};

/// Programs of one file with less text than this, in bytes, are compiled each time: that is as fast as reading and proving
/// an entry (`docs/cache.md` has the figures).
const LEAST_SOURCE: usize = 512;

/// What front ends are told by the environment.
const ENVIRONMENT: [&str; 1] = ["POHLANG_STDLIB"];

/// What the command line says about the cache.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// Use it, unless the environment or the kind of run says otherwise.
    pub on: bool,
    /// Say on standard error what came of it.
    pub verbose: bool,
    /// Also for programs that are too small to be worth it.
    pub small: bool,
    /// Is told what came of it.
    pub told: Option<fn(&Outcome)>,
}

impl Default for Choice {
    fn default() -> Self {
        Choice { on: true, verbose: false, small: false, told: None }
    }
}

/// What the cache did for a run.
#[derive(Debug)]
pub enum Outcome {
    /// The program was compiled before.
    Hit,
    /// It was compiled now, for the reason given, and is there for the next run.
    Stored(Miss),
    /// It was compiled now, and could not be stored.
    NotStored(Refused),
    /// It is too small to be worth it.
    Small,
    /// There is no cache, or it is not for such runs.
    Off(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Hit => write!(f, "hit"),
            Outcome::Stored(miss) => match miss {
                Miss::Unknown => write!(f, "compiled and stored"),
                Miss::Changed(None) => write!(f, "compiled and stored: the program changed"),
                Miss::Changed(Some(path)) => write!(f, "compiled and stored: `{path}` changed"),
                Miss::Damaged => write!(f, "compiled and stored: the entry was damaged"),
                Miss::Unreadable(why) => write!(f, "compiled and stored: the entry cannot be read: {why}"),
            },
            Outcome::NotStored(refused) => match refused {
                Refused::Unsettled => write!(f, "compiled, not stored: files changed meanwhile"),
                Refused::TooLarge => write!(f, "compiled, not stored: larger than the whole cache"),
                Refused::Io(e) => write!(f, "compiled, not stored: {e}"),
                Refused::Program(e) => write!(f, "compiled, not stored: {e}"),
            },
            Outcome::Small => write!(f, "compiled: too small to be worth an entry"),
            Outcome::Off(why) => write!(f, "off: {why}"),
        }
    }
}

/// One run's use of the cache.
pub struct Attempt<'a> {
    session: &'a Session,
    text: &'a str,
    found: Result<(Cache, Key), String>,
    miss: Miss,
}

impl<'a> Attempt<'a> {
    /// Finds out whether there is a cache for this run.
    pub fn new(session: &'a Session, input: &'a Input, options: &CompileOptions) -> Attempt<'a> {
        let (text, found) = match &input.content {
            Content::Source { language, text } => {
                let open = || Ok((usable(session, input)?, key(input, language, options)?));
                (text.as_str(), open())
            }
            Content::Module(_) => ("", Err("a module is compiled already".to_string())),
        };
        Attempt { session, text, found, miss: Miss::Unknown }
    }

    /// The program, if it was compiled before and nothing changed.
    pub fn find(&mut self) -> Option<Program> {
        let Ok((cache, key)) = &self.found else { return None };
        match cache.lookup(*key, self.text) {
            Lookup::Hit(program) => {
                self.tell(&Outcome::Hit);
                Some(*program)
            }
            Lookup::Miss(miss) => {
                self.miss = miss;
                None
            }
        }
    }

    /// Stores a program that was compiled now; gives the one to run.
    pub fn keep(self, recorder: &Recorder, program: Program) -> Program {
        let (outcome, program) = match &self.found {
            Err(why) => (Outcome::Off(why.clone()), program),
            Ok(_) if !self.session.cache.small && self.is_small(&program) => (Outcome::Small, program),
            Ok((cache, key)) => match cache.store(*key, self.text, recorder, program) {
                Ok(program) => (Outcome::Stored(self.miss.clone()), program),
                Err((refused, program)) => (Outcome::NotStored(refused), program),
            },
        };
        self.tell(&outcome);
        program
    }

    /// Other files are its imports, and those that a language brings along.
    fn is_small(&self, program: &Program) -> bool {
        self.text.len() < LEAST_SOURCE && program.sources().iter().nth(1).is_none()
    }

    fn tell(&self, outcome: &Outcome) {
        let choice = &self.session.cache;
        if choice.verbose || std::env::var_os("MOTET_CACHE_LOG").is_some_and(|v| !v.is_empty() && v != "0") {
            print_err(&format!("cache: {outcome}\n"));
        }
        if let Some(told) = choice.told {
            told(outcome);
        }
    }
}

/// The cache for a run, or why there is none.
fn usable(session: &Session, input: &Input) -> Result<Cache, String> {
    if !session.cache.on {
        return Err("the command line says so".into());
    }
    if session.tier == Tier::Ast {
        return Err("the reference evaluator needs the source".into());
    }
    if session.image.is_some() {
        return Err("the program goes on in a saved state".into());
    }
    if session.profile.is_some() || session.stats.is_some() {
        return Err("this run is measured".into());
    }
    if input.name == "<stdin>" {
        return Err("the program comes from standard input".into());
    }
    open().map_err(|e| e.to_string())
}

/// The cache that the environment names.
fn open() -> Result<Cache, String> {
    let off = ["0", "off", "no", "false"];
    if std::env::var("MOTET_CACHE").is_ok_and(|v| off.iter().any(|word| v.eq_ignore_ascii_case(word))) {
        return Err("MOTET_CACHE says so".into());
    }
    let limit = match std::env::var("MOTET_CACHE_SIZE") {
        Ok(text) if !text.is_empty() => {
            cli::size(&text).map_err(|e| format!("MOTET_CACHE_SIZE is `{text}`: {e}"))? as u64
        }
        _ => DEFAULT_LIMIT,
    };
    let folder = default_folder(|name| std::env::var_os(name));
    folder.ok_or(motet_cache::Problem::NoFolder).and_then(|f| Cache::open(f, limit)).map_err(|e| e.to_string())
}

fn key(input: &Input, language: &str, options: &CompileOptions) -> Result<Key, String> {
    let build = Build::current().ok_or("this build cannot be told from others")?;
    let folder = std::env::current_dir().map_err(|e| e.to_string())?;
    let values: Vec<(&str, String)> = ENVIRONMENT
        .iter()
        .filter_map(|name| Some((*name, std::env::var_os(name)?.to_string_lossy().into_owned())))
        .collect();
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Ok(Key::new(&build, &folder, &input.name, language, options, &values))
}

/// `motet cache stats|clear`.
pub fn command(matches: &ArgMatches, session: &Session) -> u8 {
    let Some((action, matches)) = matches.subcommand() else { return exit::USAGE };
    let as_json = cli::is_set(matches, "json");
    let session = Session { json: as_json, ..session.clone() };
    let cache = match open() {
        Ok(cache) => cache,
        Err(why) if action == "stats" => {
            println!(
                "{}",
                if as_json { format!("{{\"problem\":{}}}", json::string(&why)) } else { format!("off: {why}") }
            );
            return exit::OK;
        }
        Err(why) => return session.fail(&format!("there is no cache: {why}"), exit::FAILED),
    };
    let folder = cache.folder().display().to_string();
    let found = if action == "clear" { cache.clear() } else { cache.usage() };
    let found = match found {
        Ok(found) => found,
        Err(e) => return session.fail(&format!("`{folder}`: {e}"), exit::IO),
    };
    let (entries, bytes, limit) = (found.entries, found.bytes, cache.limit());
    match (action, as_json) {
        ("clear", true) => {
            println!("{{\"folder\":{},\"removed\":{entries},\"bytes\":{bytes}}}", json::string(&folder));
        }
        ("clear", false) => println!("removed {entries} entries, {} from {folder}", mebibytes(bytes)),
        (_, true) => {
            let folder = json::string(&folder);
            println!("{{\"folder\":{folder},\"entries\":{entries},\"bytes\":{bytes},\"limit\":{limit}}}");
        }
        (_, false) => {
            println!("folder   {folder}");
            println!("entries  {entries}");
            println!("size     {} of {}", mebibytes(bytes), mebibytes(limit));
        }
    }
    exit::OK
}

fn mebibytes(bytes: u64) -> String {
    if bytes < 1 << 20 {
        format!("{:.1} KiB", bytes as f64 / 1024.0)
    } else {
        format!("{:.1} MiB", bytes as f64 / 1_048_576.0)
    }
}
