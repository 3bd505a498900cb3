//! The `motet` command.
//!
//! Invariants: nothing but the program's own output, and what was asked for,
//! goes to standard output; every failure has a documented exit status
//! (`exit`); output files are replaced as a whole.
#![deny(unsafe_code)]

mod allocator;
mod cache;
mod cli;
#[cfg(feature = "dev")]
mod dev;
mod exit;
mod fmt;
mod input;
mod json;
mod keys;
mod personality;
mod profile;
mod repl;
#[cfg(feature = "web")]
mod serve;
mod session;
mod standalone;
mod stats;
mod suggest;
mod testing;
mod watch;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use clap::ArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::input::{Content, Input};
use crate::personality::{TOOLS, Tool};
use crate::session::{Build, Session, Style};
use crate::stats::Measure;

#[global_allocator]
static ALLOCATOR: allocator::SizeClasses = allocator::SizeClasses;

fn main() -> ExitCode {
    let mut words = Vec::new();
    for word in std::env::args_os() {
        match word.into_string() {
            Ok(word) => words.push(word),
            Err(word) => {
                eprintln!("error: an argument is not UTF-8: {}", word.to_string_lossy());
                return ExitCode::from(exit::USAGE);
            }
        }
    }
    // Nothing that is still allocated is worth freeing: heaps of large programs take long to walk.
    std::process::exit(i32::from(start(&words)));
}

fn start(words: &[String]) -> u8 {
    match standalone::program() {
        Ok(None) => {}
        Ok(Some(program)) => return standalone::run(&program, words.get(1..).unwrap_or_default()),
        Err(problem) => return Session::default().fail_with(&problem.message, problem.help, problem.status),
    }
    if let Some(tool) = words.first().and_then(|name| Tool::of_program(name)) {
        return tool.run(&words[1..]);
    }
    if let [_, first, tool, rest @ ..] = words
        && first == "as"
        && let Some((_, tool)) = TOOLS.iter().find(|t| t.0 == tool)
    {
        return tool.run(rest);
    }
    match cli::command().try_get_matches_from(words) {
        Ok(matches) => dispatch(&matches),
        Err(error) => refuse(&error),
    }
}

fn dispatch(matches: &ArgMatches) -> u8 {
    let Some((name, matches)) = matches.subcommand() else { return exit::USAGE };
    let mut session = session(matches);
    if let Err(status) = keys::require(matches, &mut session) {
        return status;
    }
    match name {
        "languages" => return languages(session.json),
        "as" => {
            let tool = matches.get_many::<String>("words").and_then(|mut w| w.next().cloned()).unwrap_or_default();
            let known: Vec<&str> = TOOLS.iter().map(|t| t.0).collect();
            eprintln!("error: no tool `{tool}`; there are: {}", known.join(", "));
            return exit::USAGE;
        }
        #[cfg(feature = "dev")]
        "dev" => return dev::serve(matches, &session),
        "repl" => return repl::run(&text(matches, "lang"), &session),
        "fmt" => return fmt::run(&fmt_line(matches), &session),
        "key" => return keys::run(matches, &session),
        "cache" => return cache::command(matches, &session),
        _ => {}
    }
    let path = text(matches, "file");
    if name == "watch" || cli::is_set(matches, "watch") {
        return watched(matches, &session, &path);
    }
    if matches!(name, "verify" | "sign") {
        return module_command(name, matches, &session, &path);
    }
    let input = match input::read(&path, matches.try_get_one::<String>("lang").ok().flatten().map(String::as_str)) {
        Ok(input) => input,
        Err(status) => return status,
    };
    match name {
        "run" => session.run(&input),
        "build"
            if text(matches, "emit") == "c" && (cli::is_set(matches, "compress") || matches.contains_id("sign")) =>
        {
            session.fail("C text is neither compressed nor signed", exit::USAGE)
        }
        "build" if text(matches, "emit") == "c" => session.build_c(&input, &output_name(matches, &path, "c")),
        "build" => build(matches, &session, &input, &path),
        "check" => session.check(&input, false, true, |_| eprintln!("no problems in {path}")),
        "dump" => session.dump(&input, &text(matches, "stage")),
        "disasm" => session.disassemble(&input, text(matches, "style") == "assembly"),
        _ => testing::run(&input, &session, cli::is_set(matches, "verbose")),
    }
}

/// `build`, other than to C.
fn build(matches: &ArgMatches, session: &Session, input: &Input, path: &str) -> u8 {
    let key = match matches.get_one::<String>("sign").map(|path| keys::secret(path, session)).transpose() {
        Ok(key) => key,
        Err(status) => return status,
    };
    let build = Build { strip: cli::is_set(matches, "strip"), compress: cli::is_set(matches, "compress"), key };
    if cli::is_set(matches, "standalone") {
        let output = output_name(matches, path, std::env::consts::EXE_EXTENSION);
        if output == path {
            return session.fail_with(
                "the program would replace its source",
                "name another file with `-o FILE`",
                exit::USAGE,
            );
        }
        return standalone::build(session, input, &build, matches.get_one::<String>("vm").map(String::as_str), &output);
    }
    session.build(input, &output_name(matches, path, "pbc"), &build)
}

/// `verify`, `sign`: whatever the file is, it has to be a module.
fn module_command(name: &str, matches: &ArgMatches, session: &Session, path: &str) -> u8 {
    let input = match input::read_module(path) {
        Ok(input) => input,
        Err(status) => return status,
    };
    if name == "verify" {
        return session.verify(&input);
    }
    let output = match text(matches, "output") {
        name if name.is_empty() => path.to_string(),
        name => name,
    };
    match keys::secret(&text(matches, "secret"), session) {
        Ok(key) => session.sign(&input, &output, &key),
        Err(status) => status,
    }
}

fn fmt_line(matches: &ArgMatches) -> fmt::Line {
    fmt::Line {
        files: matches.get_many::<String>("files").map(|f| f.cloned().collect()).unwrap_or_default(),
        language: matches.get_one::<String>("lang").cloned(),
        write: cli::is_set(matches, "write"),
        check: cli::is_set(matches, "check"),
    }
}

/// `watch FILE`, `run --watch FILE`.
fn watched(matches: &ArgMatches, session: &Session, path: &str) -> u8 {
    if path == "-" {
        return session.fail("standard input cannot be watched; name a file", exit::USAGE);
    }
    // A file that is missing or has no language now is most likely a slip of the pen.
    let language = match input::read(path, matches.get_one::<String>("lang").map(String::as_str)) {
        Ok(Input { content: Content::Source { language, .. }, .. }) => motet::Engine::new().language(&language).ok(),
        Ok(Input { content: Content::Module(_), .. }) => None,
        Err(status) => return status,
    };
    let poll = matches.get_one::<u64>("poll").copied().map(Duration::from_millis);
    watch::watch(session, &watch::Watch { path, language, keep: cli::is_set(matches, "keep"), poll })
}

fn text(matches: &ArgMatches, name: &str) -> String {
    matches.try_get_one::<String>(name).ok().flatten().cloned().unwrap_or_default()
}

/// Where `build` writes: `-o`, else the source's name with this extension.
fn output_name(matches: &ArgMatches, path: &str, extension: &str) -> String {
    match text(matches, "output") {
        name if !name.is_empty() => name,
        _ if path == "-" => "-".into(),
        _ => Path::new(path).with_extension(extension).display().to_string(),
    }
}

/// A value that not all commands take.
fn optional(matches: &ArgMatches, name: &str) -> Option<String> {
    matches.try_get_one::<String>(name).ok().flatten().cloned()
}

fn session(matches: &ArgMatches) -> Session {
    let flags = cli::run_flags(matches);
    let native = cli::is_set(matches, "native-errors");
    let args = matches.try_get_many::<String>("args").ok().flatten();
    Session {
        tier: flags.tier,
        level: flags.level,
        core: flags.core,
        fuel: flags.fuel,
        max_heap: flags.max_heap,
        max_depth: flags.max_depth,
        timeout: flags.timeout,
        capabilities: flags.capabilities,
        args: args.map(|a| a.cloned().collect()).unwrap_or_default(),
        style: if native { Style::Native } else { Style::Rich },
        json: cli::is_set(matches, "json"),
        colour: cli::colour(matches),
        stats: matches.try_get_one::<String>("stats").ok().flatten().map(|what| match what.as_str() {
            "time" => Measure::Time,
            _ => Measure::All,
        }),
        profile: matches.try_get_one("profile").ok().flatten().cloned(),
        kind_word: None,
        cache: cache::Choice {
            on: !cli::is_set(matches, "no-cache"),
            verbose: cli::is_set(matches, "verbose"),
            ..cache::Choice::default()
        },
        image: optional(matches, "image"),
        save_image: optional(matches, "save-image"),
        #[cfg(feature = "web")]
        web: serve::Web::of(matches),
        ..Session::default()
    }
}

fn languages(json: bool) -> u8 {
    for language in motet::LANGUAGES {
        if json {
            let extensions: Vec<String> = language.extensions.iter().map(|e| json::string(e)).collect();
            println!(
                "{{\"name\":{},\"title\":{},\"extensions\":[{}]}}",
                json::string(language.name),
                json::string(language.title),
                extensions.join(",")
            );
        } else {
            let extensions: Vec<String> = language.extensions.iter().map(|e| format!(".{e}")).collect();
            println!("{:10} {:10} {}", language.name, language.title, extensions.join(" "));
        }
    }
    exit::OK
}

/// A command line that clap refused, or `--help` and `--version`.
fn refuse(error: &clap::Error) -> u8 {
    // Nobody is left to tell when the terminal is gone.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => exit::OK,
        ErrorKind::InvalidSubcommand => {
            if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) {
                if Path::new(word).is_file() {
                    eprintln!("\n  = help: to run this file: motet run {word}");
                } else if TOOLS.iter().any(|t| t.0 == word) {
                    eprintln!("\n  = help: to act as this tool: motet as {word} …");
                } else if error.get(ContextKind::SuggestedSubcommand).is_none() {
                    let command = cli::command();
                    if let Some(near) = suggest::nearest(word, command.get_subcommands().map(clap::Command::get_name)) {
                        eprintln!("\n  = help: did you mean `motet {near}`?");
                    }
                }
            }
            exit::USAGE
        }
        _ => exit::USAGE,
    }
}
