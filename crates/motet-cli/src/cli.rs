//! The command line of `motet` itself: one [`clap::Command`] and what it means.

use std::time::Duration;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use motet::{Capabilities, Capability};

use crate::exit;
use crate::profile::Target;

/// Stages that `dump` shows, in pipeline order.
pub const STAGES: [&str; 6] = ["tokens", "ast", "ir", "opt", "bytecode", "regcode"];

/// When to colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// On terminals, unless the environment says otherwise.
    #[default]
    Auto,
    /// Even into files.
    Always,
    /// Never.
    Never,
}

/// How a program is compiled and run.
#[derive(Clone, Debug)]
pub struct RunFlags {
    /// `ast` or `vm`.
    pub tier: motet::Tier,
    /// Optimisation level; `None` takes the command's default.
    pub level: Option<u8>,
    /// Moon without Motet's extensions.
    pub core: bool,
    /// Units of work.
    pub fuel: Option<u64>,
    /// Heap bytes.
    pub max_heap: Option<usize>,
    /// Nested calls.
    pub max_depth: Option<usize>,
    /// Wall-clock time.
    pub timeout: Option<Duration>,
    /// What the program may do.
    pub capabilities: Capabilities,
}

/// The whole command line's grammar.
pub fn command() -> Command {
    let file = || Arg::new("file").required(true).value_name("FILE");
    let compile = |c: Command| c.args(compile_args());
    Command::new("motet")
        .about("Runs, compiles and inspects programs in the languages of Motet")
        .version(env!("CARGO_PKG_VERSION"))
        .styles(styles())
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(false)
        .after_help(exit::HELP)
        .arg(
            Arg::new("color")
                .long("color")
                .global(true)
                .value_name("WHEN")
                .value_parser(["auto", "always", "never"])
                .default_value("auto")
                .help("When to colour diagnostics"),
        )
        .subcommand(
            run_command(
                Command::new("run")
                    .visible_alias("serve")
                    .about("Run a source file or a .pbc module (told apart by content)"),
            )
            .arg(
                flag("watch", "Run again when the program's files change")
                    .short('w')
                    .conflicts_with_all(["stats", "profile"]),
            )
            .args(watch_args().map(|a| a.requires("watch")))
            .arg(
                public_key("require-signed", "Run a .pbc module only if this key signed it: `ed25519:…` or a file")
                    .conflicts_with("watch"),
            )
            .arg(stats())
            .arg(profile())
            .args(image_args())
            .args(cache_args()),
        )
        .subcommand(
            run_command(
                Command::new("watch").about("Run a program, and again when its files change (same as `run --watch`)"),
            )
            .args(watch_args()),
        )
        .subcommand(
            compile(Command::new("build").about("Compile a source file to a .pbc module"))
                .arg(file().help("Source file; `-` reads standard input"))
                .arg(
                    Arg::new("output")
                        .short('o')
                        .long("output")
                        .value_name("FILE")
                        .help("Output file [default: the source's name with .pbc or .c]"),
                )
                .arg(flag("strip", "Leave out names, places and source text"))
                .arg(flag("compress", "Compress what gets shorter (LZ4)"))
                .arg(
                    Arg::new("sign")
                        .long("sign")
                        .value_name("KEY")
                        .help("Sign with the secret key of this file (see `motet key new`)"),
                )
                .arg(
                    flag("standalone", "Make one executable file that holds Motet and the program")
                        .conflicts_with("emit"),
                )
                .arg(
                    Arg::new("vm").long("vm").value_name("FILE").requires("standalone").help(
                        "The motet executable to put into it, such as that of another system [default: this one]",
                    ),
                )
                .arg(
                    Arg::new("emit")
                        .long("emit")
                        .value_name("FORM")
                        .value_parser(["pbc", "c"])
                        .default_value("pbc")
                        .help("What to make: bytecode, or C11 text from a statically typed program"),
                )
                .arg(json())
                .arg(native_errors()),
        )
        .subcommand(
            compile(Command::new("check").about("Report problems without running anything"))
                .arg(file().help("Source file; `-` reads standard input"))
                .arg(json())
                .arg(native_errors()),
        )
        .subcommand(
            compile(Command::new("dump").about("Show what a stage of the pipeline makes of a program"))
                .arg(file().help("Source file or .pbc module"))
                .arg(
                    Arg::new("stage")
                        .long("stage")
                        .value_name("STAGE")
                        .value_parser(STAGES)
                        .default_value("bytecode")
                        .help("Stage to show"),
                )
                .arg(json())
                .arg(native_errors()),
        )
        .subcommand(
            compile(Command::new("disasm").about("Show bytecode beside its source"))
                .arg(file().help("Source file or .pbc module"))
                .arg(
                    Arg::new("style")
                        .long("style")
                        .value_name("STYLE")
                        .value_parser(["listing", "assembly"])
                        .default_value("listing")
                        .help("A listing, or the assembler's text (same as `dump --stage bytecode`)"),
                )
                .arg(json())
                .arg(native_errors()),
        )
        .subcommand(
            Command::new("fmt")
                .about("Show source files in their customary layout")
                .arg(
                    Arg::new("files")
                        .required(true)
                        .num_args(1..)
                        .value_name("FILE")
                        .help("Source files; `-` reads standard input"),
                )
                .arg(flag("write", "Replace the files").short('w').conflicts_with("check"))
                .arg(flag("check", "Name the files that would change, and fail if there are any"))
                .arg(lang())
                .arg(json())
                .arg(native_errors()),
        )
        .subcommand(
            Command::new("verify")
                .about("Check that a .pbc module is well-formed and safe to run")
                .arg(file().help("Module to verify; `-` reads standard input"))
                .arg(public_key("key", "Demand a signature by this key: `ed25519:…` or a file"))
                .arg(json()),
        )
        .subcommand(
            Command::new("sign")
                .about("Sign a .pbc module, in place of whoever signed it before")
                .arg(file().help("Module to sign"))
                .arg(
                    Arg::new("secret")
                        .long("key")
                        .required(true)
                        .value_name("KEY")
                        .help("File with the secret key (see `motet key new`)"),
                )
                .arg(
                    Arg::new("output")
                        .short('o')
                        .long("output")
                        .value_name("FILE")
                        .help("Output file [default: the module itself]"),
                )
                .arg(json()),
        )
        .subcommand(key_command())
        .subcommand(
            Command::new("repl")
                .about("Type programs line by line")
                .arg(lang().required(true))
                .arg(flag("core", "Moon as its author defined it, without Motet's extensions"))
                .args(limit_args())
                .args(capability_args()),
        )
        .subcommand(
            compile(Command::new("test").about("Run the test blocks of a Ruff program"))
                .arg(file().help("Source file"))
                .arg(Arg::new("verbose").short('v').long("verbose").action(ArgAction::SetTrue).help("Name every test"))
                .args(limit_args())
                .args(capability_args())
                .arg(json())
                .arg(native_errors()),
        )
        .subcommands(dev_command())
        .subcommand(
            Command::new("cache")
                .about("Show or empty the folder of compiled programs that `run` keeps")
                .subcommand_required(true)
                .subcommand(Command::new("stats").about("Show where it is and how much it holds").arg(json()))
                .subcommand(Command::new("clear").about("Remove all compiled programs").arg(json())),
        )
        .subcommand(Command::new("languages").about("List the languages of this build").arg(json()))
        .subcommand(
            Command::new("as")
                .about("Act as a language's own tool, e.g. `motet as ruff run a.ruff`; also by the binary's name")
                .disable_help_flag(true)
                .arg(
                    Arg::new("words")
                        .value_name("TOOL [ARGS]")
                        .num_args(1..)
                        .required(true)
                        .allow_hyphen_values(true)
                        .trailing_var_arg(true),
                ),
        )
}

/// What `run` and `watch` have in common.
fn run_command(command: Command) -> Command {
    command
        .arg(Arg::new("file").required(true).value_name("FILE").help("Program to run; `-` reads standard input"))
        .args(compile_args())
        .arg(program_args())
        .args(limit_args())
        .args(capability_args())
        .args(web_args())
        .arg(json())
        .arg(native_errors())
}

/// How web programs are served.
fn web_args() -> Vec<Arg> {
    let args = vec![
        Arg::new("host")
            .long("host")
            .value_name("ADDRESS")
            .value_parser(value_parser!(std::net::IpAddr))
            .help("Address to listen on; 0.0.0.0 lets other machines in [default: $MOTET_HOST or 127.0.0.1]"),
        Arg::new("port")
            .long("port")
            .value_name("N")
            .value_parser(value_parser!(u16))
            .help("Port to listen on instead of the program's; 0 takes any that is free [default: $MOTET_PORT]"),
        Arg::new("workers")
            .long("workers")
            .value_name("N")
            .value_parser(value_parser!(u16).range(1..=4096))
            .help("Handlers that run at once [default: 64]"),
        Arg::new("request-timeout")
            .long("request-timeout")
            .value_name("SECONDS")
            .value_parser(seconds)
            .help("How long a request may wait and its handler run [default: 30]"),
        Arg::new("max-body")
            .long("max-body")
            .value_name("SIZE")
            .value_parser(size)
            .help("Bound on the body of a request [default: 8M]"),
    ];
    let shown = if cfg!(feature = "web") { args } else { Vec::new() };
    shown.into_iter().map(|a| a.help_heading("Web programs")).collect()
}

/// `key`: keys that sign modules.
fn key_command() -> Command {
    Command::new("key")
        .about("Make and show keys that sign .pbc modules")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("new")
                .about("Make a secret key; print its public key")
                .arg(
                    Arg::new("output")
                        .short('o')
                        .long("output")
                        .value_name("PATH")
                        .default_value("motet.key")
                        .help("File for the secret key; only its owner can read it"),
                )
                .arg(flag(
                    "force",
                    "Replace an existing file: what its key signed stays valid, but can be signed no more",
                ))
                .arg(json()),
        )
        .subcommand(
            Command::new("public")
                .about("Print the public key of a secret key's file")
                .arg(Arg::new("file").required(true).value_name("KEY").help("File with the secret key"))
                .arg(json()),
        )
}

/// An option for public keys, which may be given several times.
fn public_key(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).value_name("PUBLIC KEY").action(ArgAction::Append).help(help)
}

/// `dev`, if it is part of this build.
fn dev_command() -> Option<Command> {
    let command = Command::new("dev")
        .about("Serve a local page that shows the programs of a folder, runs and watches them")
        .arg(Arg::new("folder").value_name("DIR").default_value(".").help("Folder with programs"))
        .arg(
            Arg::new("port")
                .long("port")
                .value_name("N")
                .value_parser(value_parser!(u16))
                .default_value("0")
                .help("Port on 127.0.0.1; 0 takes any that is free"),
        )
        .arg(flag("open", "Open the page in the browser"))
        .args(capability_args());
    cfg!(feature = "dev").then_some(command)
}

fn watch_args() -> [Arg; 2] {
    [
        flag("keep", "Let the running program go on with the new functions instead of starting it over"),
        Arg::new("poll")
            .long("poll")
            .value_name("MS")
            .value_parser(value_parser!(u64).range(1..=60_000))
            .help("Look at the files so often instead of trusting the system's reports"),
    ]
}

fn styles() -> Styles {
    Styles::styled()
        .header(AnsiColor::Green.on_default().bold())
        .usage(AnsiColor::Green.on_default().bold())
        .literal(AnsiColor::Cyan.on_default().bold())
        .placeholder(AnsiColor::Cyan.on_default())
}

fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

fn json() -> Arg {
    flag("json", "Print diagnostics as JSON, one document a line, on standard output")
}

fn stats() -> Arg {
    Arg::new("stats")
        .long("stats")
        .value_name("WHAT")
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value("all")
        .value_parser(["all", "time"])
        .help("Print figures about the run when it ends; `time` leaves out those that slow the program down")
}

fn profile() -> Arg {
    Arg::new("profile")
        .long("profile")
        .value_name("FILE")
        .value_parser(Target::parse)
        .help("Write where the time goes: a flame graph (.svg) or a file for www.speedscope.app (.json)")
}

/// Saved states.
fn image_args() -> [Arg; 2] {
    [
        Arg::new("image")
            .long("image")
            .value_name("FILE")
            .conflicts_with("watch")
            .help("Go on in the state that a program saved (Recorz)"),
        Arg::new("save-image")
            .long("save-image")
            .value_name("FILE")
            .conflicts_with("watch")
            .help("Where the program's state is written when the program saves it (Recorz)"),
    ]
}

fn cache_args() -> [Arg; 2] {
    [
        flag("no-cache", "Compile anew, and keep nothing for the next run"),
        flag("verbose", "Say whether the compiled program was found in the cache").short('v'),
    ]
}

fn native_errors() -> Arg {
    flag("native-errors", "Print errors in the form of the language's own tool")
}

fn lang() -> Arg {
    Arg::new("lang").long("lang").value_name("NAME").help("Language, when the file name does not tell")
}

fn program_args() -> Arg {
    Arg::new("args")
        .value_name("ARGS")
        .num_args(0..)
        .trailing_var_arg(true)
        .help("Arguments for the program; `--` in front when the first one begins with `-`")
}

fn compile_args() -> Vec<Arg> {
    vec![
        lang(),
        Arg::new("tier")
            .long("tier")
            .value_name("TIER")
            .value_parser(["ast", "vm"])
            .default_value("vm")
            .help("Engine: the reference evaluator or the register interpreter"),
        Arg::new("level")
            .short('O')
            .value_name("LEVEL")
            .value_parser(["0", "1", "2"])
            .help("Optimisation [default: 1, for build 2]"),
        flag("core", "Moon as its author defined it, without Motet's extensions"),
    ]
}

fn limit_args() -> Vec<Arg> {
    vec![
        Arg::new("fuel")
            .long("fuel")
            .value_name("UNITS")
            .value_parser(value_parser!(u64))
            .help("Stop after so many units of work (a call, a turn of a loop, an element in a builtin)"),
        Arg::new("max-heap")
            .long("max-heap")
            .value_name("SIZE")
            .value_parser(size)
            .help("Bound on the heap, such as 64M or 2G"),
        Arg::new("max-depth")
            .long("max-depth")
            .value_name("CALLS")
            .value_parser(value_parser!(usize))
            .help("Bound on nested calls"),
        Arg::new("timeout")
            .long("timeout")
            .value_name("SECONDS")
            .value_parser(seconds)
            .help("Stop after so much wall-clock time, such as 0.5"),
    ]
}

/// Extra capability flags that stand for several capabilities.
fn capability_args() -> Vec<Arg> {
    let mut args = vec![
        flag("untrusted", "Allow nothing that is not allowed by name").help_heading("Capabilities"),
        flag("allow-all", "Allow everything").help_heading("Capabilities"),
        flag("allow-net", "Allow network clients and servers").help_heading("Capabilities"),
    ];
    args.extend(Capability::ALL.iter().map(|c| {
        let name = c.flag().trim_start_matches("--");
        Arg::new(name)
            .long(name)
            .action(ArgAction::SetTrue)
            .help(format!("Allow {}", c.name()))
            .help_heading("Capabilities")
    }));
    args
}

/// A number of bytes, such as `64M`.
pub fn size(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: usize = digits.parse().map_err(|_| "a number, perhaps with K, M or G, is needed".to_string())?;
    let shift = match text[digits.len()..].to_ascii_lowercase().trim_end_matches("ib").trim_end_matches('b') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        other => return Err(format!("unknown unit `{other}`; use K, M or G")),
    };
    number.checked_mul(1 << shift).ok_or_else(|| "too large".to_string())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.trim_end_matches('s').parse().map_err(|_| "a number of seconds is needed".to_string())?;
    Duration::try_from_secs_f64(number).map_err(|e| e.to_string())
}

/// The run flags of a subcommand; flags that it does not have take their defaults.
pub fn run_flags(matches: &ArgMatches) -> RunFlags {
    let text = |name: &str| matches.try_get_one::<String>(name).ok().flatten();
    RunFlags {
        tier: if text("tier").is_some_and(|t| t == "ast") { motet::Tier::Ast } else { motet::Tier::Vm },
        level: text("level").and_then(|l| l.parse().ok()),
        core: is_set(matches, "core"),
        fuel: matches.try_get_one("fuel").ok().flatten().copied(),
        max_heap: matches.try_get_one("max-heap").ok().flatten().copied(),
        max_depth: matches.try_get_one("max-depth").ok().flatten().copied(),
        timeout: matches.try_get_one("timeout").ok().flatten().copied(),
        capabilities: capabilities(|name| is_set(matches, name)),
    }
}

/// A value that was given; `None` also for those that the subcommand does not have.
#[cfg(feature = "web")]
pub fn value<T: Clone + Send + Sync + 'static>(matches: &ArgMatches, name: &str) -> Option<T> {
    matches.try_get_one(name).ok().flatten().cloned()
}

/// Whether a flag was given; false for flags that the subcommand does not have.
pub fn is_set(matches: &ArgMatches, name: &str) -> bool {
    matches.try_get_one::<bool>(name).ok().flatten().copied().unwrap_or(false)
}

/// What capability flags (asked for without their dashes) grant: everything when none is given.
pub fn capabilities(given: impl Fn(&str) -> bool) -> Capabilities {
    let mut any = given("untrusted");
    let mut set = Capabilities::NONE;
    for capability in Capability::ALL {
        let net = matches!(capability, Capability::NetClient | Capability::NetServer) && given("allow-net");
        if net || given(capability.flag().trim_start_matches("--")) {
            any = true;
            set = set.with(capability);
        }
    }
    if given("allow-all") || !any { Capabilities::ALL } else { set }
}

/// The colour choice.
pub fn colour(matches: &ArgMatches) -> Colour {
    match matches.get_one::<String>("color").map(String::as_str) {
        Some("always") => Colour::Always,
        Some("never") => Colour::Never,
        _ => Colour::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn sizes_and_times_are_read_with_units() {
        let check = |text: &str, expected: Option<usize>| assert_eq!(size(text).ok(), expected, "{text}");
        check("123", Some(123));
        check("4k", Some(4096));
        check("64M", Some(64 << 20));
        check("2GiB", Some(2 << 30));
        check("1x", None);
        check("", None);
        assert_eq!(seconds("0.5").ok(), Some(Duration::from_millis(500)));
        assert!(seconds("-1").is_err());
    }

    #[test]
    fn capability_flags_restrict_only_when_given() {
        let check = |flags: &[&str], reads: bool, writes: bool| {
            let set = capabilities(|name| flags.contains(&name));
            assert_eq!((set.has(Capability::FsRead), set.has(Capability::FsWrite)), (reads, writes), "{flags:?}");
        };
        check(&[], true, true);
        check(&["untrusted"], false, false);
        check(&["allow-fs-read"], true, false);
        check(&["untrusted", "allow-fs-write"], false, true);
        check(&["untrusted", "allow-all"], true, true);
    }
}
