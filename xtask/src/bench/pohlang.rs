//! `cargo xtask bench --pohlang`: the figures that PohLang's author asked for, on both tiers, and its web server beside
//! those of Node and Python.
//!
//! Method: the time that the program itself runs, as `motet run --stats=time` reports it, without the start of the
//! process and the compilation; the median of interleaved rounds. A server is loaded by a generator on the same machine
//! over connections that stay open; a peer that is not installed is named and left out.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::columns::{Tools, runs};
use super::process::{self, median};

/// Rounds of the programs, when nothing is said.
const ROUNDS: usize = 9;

/// Seconds of load on a route.
const SECONDS: u32 = 5;

/// Connections of the load generator.
const CONNECTIONS: u32 = 32;

/// Longest wait for a server that starts.
const PATIENCE: Duration = Duration::from_secs(10);

/// A row of the table of programs.
struct Row {
    title: &'static str,
    /// Its program, below `benchmarks`.
    file: &'static str,
    size: u32,
    /// How often the program does its work.
    turns: u32,
    /// What it must print.
    expected: &'static str,
}

/// The table of programs.
const PROGRAMS: [Row; 3] = [
    Row { title: "Fibonacci(30)", file: "fib/fib.poh", size: 30, turns: 1, expected: "832040" },
    Row { title: "list sum (100k)", file: "pohlang/list_sum.poh", size: 100_000, turns: 10, expected: "4999950000" },
    Row {
        title: "string concat (10k)",
        file: "pohlang/string_concat.poh",
        size: 10_000,
        turns: 100,
        expected: "10000",
    },
];

/// The route of the row about a web request: one that takes some computing.
const REQUEST: &str = "/primes/10000";

/// The routes that all servers have.
const ROUTES: [(&str, &str); 2] = [("a page", "/hello/World"), ("JSON", "/squares/20")];

/// The tiers, with the word for `--tier`.
const TIERS: [&str; 2] = ["ast", "vm"];

/// Measures everything; gives the tables.
pub fn run(root: &Path, tools: &Tools, rounds: Option<usize>) -> Result<String, Vec<String>> {
    let report = Report { root, tools, rounds: rounds.unwrap_or(ROUNDS).max(1), load: load_generator(root)? };
    let text = report.programs().and_then(|programs| Ok(programs + "\n" + &report.servers()?));
    text.map_err(|e| vec![e])
}

struct Report<'a> {
    root: &'a Path,
    tools: &'a Tools,
    rounds: usize,
    /// The load generator.
    load: std::path::PathBuf,
}

/// What the load generator says about one route of one server.
struct Load {
    per_second: f64,
    median_ms: f64,
    p99_ms: f64,
    failures: u64,
}

impl Report<'_> {
    /// The evaluator beside the interpreter.
    fn programs(&self) -> Result<String, String> {
        let mut out = format!(
            "Time of one turn (a program has 1, 10 and 100), median of {} rounds; the web request is `GET {REQUEST}`, median latency over one connection.\n\n\
             | | ast | vm | factor |\n|---|---:|---:|---:|\n",
            self.rounds
        );
        for program in &PROGRAMS {
            eprintln!("{}", program.title);
            let mut times: [Vec<f64>; 2] = Default::default();
            for _ in 0..self.rounds {
                for (tier, times) in TIERS.iter().zip(&mut times) {
                    times.push(self.once(tier, program)?);
                }
            }
            let [ast, vm] = times.map(median);
            row(&mut out, program.title, ast, vm);
        }
        let mut latency = [0.0; 2];
        for (tier, latency) in TIERS.iter().zip(&mut latency) {
            eprintln!("web request: {tier}");
            let (_server, port) = self.start("poh", &["run", "--tier", tier])?;
            *latency = self.load(port, REQUEST, 1)?.median_ms;
        }
        row(&mut out, "web request", latency[0], latency[1]);
        Ok(out)
    }

    /// Milliseconds of one turn of a program; fails when its output is not the expected one.
    fn once(&self, tier: &str, row: &Row) -> Result<f64, String> {
        let Row { file, size, turns, expected, .. } = row;
        let mut command = Command::new(&self.tools.motet);
        command.args(["run", "--tier", tier, "--stats=time", "--json"]).arg(self.root.join("benchmarks").join(file));
        let ended = process::complete(&mut command, &format!("{size}\n{turns}\n"))?;
        if ended.out.trim_end() != *expected {
            return Err(format!("{file}: printed `{}` instead of `{expected}`", ended.out.trim_end()));
        }
        let stats: Value = serde_json::from_str(&ended.err).map_err(|e| format!("{file}: no figures: {e}"))?;
        let nanos = stats["stats"]["run_nanos"].as_f64();
        nanos.map(|n| n / 1e6 / f64::from(*turns)).ok_or_else(|| format!("{file}: no run time in `{}`", ended.err))
    }

    /// The web server beside its peers.
    fn servers(&self) -> Result<String, String> {
        let mut out = format!(
            "Web servers on the same two routes: {CONNECTIONS} connections that stay open, {SECONDS} seconds each, the load \
             generator on the same machine ({} cores).\n\n\
             | server | route | requests a second | median | 99 % | failures |\n|---|---|---:|---:|---:|---:|\n",
            thread::available_parallelism().map_or(1, usize::from)
        );
        let servers = [("PohLang on Motet", "poh"), ("Node http", "js"), ("Python http.server", "py")];
        for (name, extension) in servers {
            let peer = match extension {
                "js" => Some("node"),
                "py" => Some("python3"),
                _ => None,
            };
            if let Some(peer) = peer.filter(|p| !runs(p)) {
                eprintln!("note: {peer} is not installed; its server is left out (scripts/setup-tools.sh installs it)");
                continue;
            }
            let (_server, port) = self.start(extension, &["run"])?;
            for (title, route) in ROUTES {
                eprintln!("{name}: {title}");
                // The first requests find cold caches and code that was not compiled yet.
                self.load(port, route, CONNECTIONS)?;
                let load = self.load(port, route, CONNECTIONS)?;
                let _ = writeln!(
                    out,
                    "| {name} | {title} | {:.0} | {:.2} ms | {:.2} ms | {} |",
                    load.per_second, load.median_ms, load.p99_ms, load.failures
                );
            }
        }
        Ok(out)
    }

    /// Starts a server on a free port; it is stopped when the value is dropped.
    fn start(&self, extension: &str, motet: &[&str]) -> Result<(Server, u16), String> {
        let file = self.root.join(format!("benchmarks/web/server.{extension}"));
        let free =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr()).map_err(|e| e.to_string())?;
        let port = free.port();
        let mut command = match extension {
            "js" => Command::new("node"),
            "py" => Command::new("python3"),
            _ => Command::new(&self.tools.motet),
        };
        if extension == "poh" {
            command.args(motet).arg(&file);
        } else {
            command.arg(&file).arg(port.to_string());
        }
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::inherit());
        let mut child = command.spawn().map_err(|e| format!("{}: {e}", file.display()))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A server that takes its port from its arguments reads no input.
            let _ = std::io::Write::write_all(&mut stdin, format!("{port}\n").as_bytes());
        }
        let mut server = Server(child);
        let end = Instant::now() + PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Ok(Some(status)) = server.0.try_wait() {
                return Err(format!("{}: {status}", file.display()));
            }
            if Instant::now() > end {
                return Err(format!("{}: no answer on port {port}", file.display()));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok((server, port))
    }

    fn load(&self, port: u16, route: &str, connections: u32) -> Result<Load, String> {
        let mut command = Command::new(&self.load);
        command.arg(format!("http://127.0.0.1:{port}{route}"));
        command.args(["--connections", &connections.to_string(), "--seconds", &SECONDS.to_string(), "--json"]);
        let (text, _) = process::run(&mut command)?;
        let figures: Value =
            serde_json::from_str(&text).map_err(|e| format!("{route}: no figures in `{text}`: {e}"))?;
        let number = |name: &str| figures[name].as_f64().ok_or_else(|| format!("{route}: no `{name}` in `{text}`"));
        Ok(Load {
            per_second: number("per_second")?,
            median_ms: number("median_us")? / 1e3,
            p99_ms: number("p99_us")? / 1e3,
            failures: figures["failures"].as_u64().ok_or_else(|| format!("{route}: no `failures` in `{text}`"))?,
        })
    }
}

fn row(out: &mut String, title: &str, ast: f64, vm: f64) {
    let _ = writeln!(out, "| {title} | {ast:.2} ms | {vm:.2} ms | {:.1}× |", ast / vm);
}

/// A process that ends with its owner.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Builds the load generator.
fn load_generator(root: &Path) -> Result<std::path::PathBuf, Vec<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--quiet", "--package", "motet-web", "--example", "load"])
        .current_dir(root)
        .status()
        .map_err(|e| vec![format!("cargo build: {e}")])?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), std::path::PathBuf::from);
    if status.success() {
        Ok(target.join("release/examples/load"))
    } else {
        crate::fail("the load generator does not build")
    }
}
