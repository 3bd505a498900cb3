//! The cache of compiled programs, through the command: what a run shows does not depend on it, and nothing that
//! happens to processes or files makes it show anything wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A folder that is removed at the end of the test, with a cache in it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("motet-cli-cache-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("temporary folder");
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("has a folder")).expect("folder");
        fs::write(path, text).expect("file");
    }

    fn with(self, name: &str, text: &str) -> Folder {
        self.write(name, text);
        self
    }

    fn cache(&self) -> PathBuf {
        self.0.join("cache")
    }

    /// The command in this folder, with a cache that says what it does.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_motet"));
        command.args(args).current_dir(&self.0).env("NO_COLOR", "1").env("MOTET_CACHE_DIR", self.cache());
        for name in ["MOTET_CACHE", "MOTET_CACHE_SIZE", "POHLANG_STDLIB"] {
            command.env_remove(name);
        }
        command.env("MOTET_CACHE_LOG", "1").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str]) -> Seen {
        Seen::of(&mut self.command(args))
    }

    /// Names of files in the cache.
    fn names(&self) -> Vec<String> {
        let found = fs::read_dir(self.cache()).into_iter().flatten().flatten();
        found.map(|e| e.file_name().to_string_lossy().into_owned()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Seen {
    out: String,
    /// Without what the cache says.
    err: String,
    /// What the cache says.
    cache: String,
    status: Option<i32>,
}

impl Seen {
    fn of(command: &mut Command) -> Seen {
        let output = command.output().expect("the command runs");
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        let (cache, err): (Vec<&str>, Vec<&str>) = err.lines().partition(|line| line.starts_with("cache: "));
        Seen {
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: err.join("\n"),
            cache: cache.join("\n").replace("cache: ", ""),
            status: output.status.code(),
        }
    }

    fn without_cache(self) -> Seen {
        Seen { cache: String::new(), ..self }
    }
}

/// Comments that make a program worth an entry.
fn filler() -> String {
    "// a comment that fills the program\n".repeat(30)
}

fn ruff(text: &str) -> String {
    format!("{text}\n{}", "# a comment that fills the program\n".repeat(30))
}

#[test]
fn a_run_shows_the_same_with_and_without_the_cache() {
    let folder = Folder::new("same")
        .with("good.moon", &format!("import \"lib/m\";\nprint(m.twice(21));\n{}5\n", filler()))
        .with("lib/m.moon", "fn twice(n: Int) -> Int { n * 2 }\n")
        .with("index.moon", &format!("{}fn f(n: Int) -> Int {{ [1][n] }}\nprint(1);\nf(4)\n", filler()))
        .with("throw.ruff", &ruff("from inner import fail\nprint(\"é\")\nfail(2)"))
        .with("inner.ruff", "export func fail(x) {\n    throw(\"no \" + x)\n}\n")
        .with("leave.ruff", &ruff("print(1)\nexit(7)"))
        .with("wrong.ruff", &ruff("func ( {"))
        .with("types.moon", &format!("{}let a: Int = \"x\";\n", filler()))
        .with("late.ruff", &ruff("print(1)\nfrom broken import x\nprint(2)"))
        .with("broken.ruff", "print(0)\nfunc (")
        .with(
            "shop.poh",
            &format!(
                "Start Program\nImport \"fees\"\nWrite fee(3)\nImport system \"not_there\"\nSet x to missing\n{}End Program\n",
                "# filler\n".repeat(90)
            ),
        )
        .with("fees.poh", "Start Program\nMake fee with n\n    Return n times 7\nEnd\nEnd Program\n")
        .with("one.rae", &format!("func main() ret Int {{\n  log(\"hi\")\n  ret 3\n}}\n{}", "# filler\n".repeat(90)));
    let cases: [&[&str]; 18] = [
        &["run", "good.moon"],
        &["run", "shop.poh"],
        &["run", "-O0", "good.moon"],
        &["as", "moon", "vm", "good.moon"],
        &["as", "moon", "run", "index.moon"],
        &["run", "index.moon"],
        &["run", "--json", "index.moon"],
        &["run", "throw.ruff"],
        &["run", "--native-errors", "throw.ruff"],
        &["run", "--json", "throw.ruff"],
        &["run", "--fuel", "10", "throw.ruff"],
        &["as", "ruff", "run", "throw.ruff"],
        &["as", "ruff", "run", "--json-runtime-diagnostics", "throw.ruff"],
        &["run", "leave.ruff"],
        &["run", "wrong.ruff"],
        &["run", "types.moon"],
        &["run", "late.ruff"],
        &["as", "rae", "run", "one.rae"],
    ];
    for args in cases {
        let plain = Seen::of(folder.command(args).env("MOTET_CACHE", "off"));
        let fresh = folder.run(args);
        let again = folder.run(args);
        let expected = if fresh.cache.is_empty() { "" } else { "hit" };
        assert_eq!(again.cache, expected, "{args:?}: {fresh:?}");
        assert_eq!(fresh.cache.is_empty(), plain.cache.is_empty(), "{args:?}: errors are found each time");
        let plain = plain.without_cache();
        assert_eq!(fresh.without_cache(), plain, "{args:?}, first run");
        assert_eq!(again.without_cache(), plain, "{args:?}, second run");
    }
    let changed = folder.run(&["run", "good.moon"]);
    assert_eq!((changed.cache.as_str(), changed.out.as_str()), ("hit", "42\n5\n"));
    folder.write("lib/m.moon", "fn twice(n: Int) -> Int { n * 3 }\n");
    let changed = folder.run(&["run", "good.moon"]);
    assert!(changed.cache.contains("lib/m.moon` changed"), "{changed:?}");
    assert_eq!(changed.out, "63\n5\n");
}

#[test]
fn programs_that_gain_nothing_are_compiled_each_time() {
    let folder =
        Folder::new("kinds").with("tiny.moon", "print(1);\n").with("a.moon", &format!("{}print(2);\n", filler()));
    assert_eq!(folder.run(&["build", "a.moon"]).cache, "", "what is built is always compiled");
    let cases: [(&[&str], &str); 7] = [
        (&["run", "tiny.moon"], "too small"),
        (&["run", "--no-cache", "a.moon"], "off: the command line"),
        (&["run", "--tier", "ast", "a.moon"], "off: the reference evaluator"),
        (&["run", "--stats=time", "a.moon"], "off: this run is measured"),
        (&["run", "--profile", "p.json", "a.moon"], "off: this run is measured"),
        (&["run", "a.pbc"], ""),
        (&["run", "--lang", "moon", "-"], "off: the program comes from standard input"),
    ];
    for (args, expected) in cases {
        for _ in 0..2 {
            let seen = folder.run(args);
            assert!(
                seen.cache.contains(expected) && seen.cache.is_empty() == expected.is_empty(),
                "{args:?}: {seen:?}"
            );
            assert_eq!(seen.status, Some(0), "{args:?}: {seen:?}");
        }
    }
    assert_eq!(folder.names(), Vec::<String>::new());
    let quiet = Seen::of(folder.command(&["run", "a.moon"]).env_remove("MOTET_CACHE_LOG"));
    assert_eq!((quiet.cache.as_str(), quiet.err.as_str()), ("", ""));
    let told = Seen::of(folder.command(&["run", "--verbose", "a.moon"]).env_remove("MOTET_CACHE_LOG"));
    assert_eq!((told.cache.as_str(), told.err.as_str()), ("hit", ""));
}

#[test]
fn without_a_usable_folder_programs_run_in_silence() {
    let folder = Folder::new("broken").with("a.moon", &format!("{}print(2);\n", filler())).with("file", "");
    let check = |what: &str, change: &dyn for<'a> Fn(&'a mut Command) -> &'a mut Command, expected: &str| {
        let mut command = folder.command(&["run", "a.moon"]);
        change(&mut command);
        let seen = Seen::of(&mut command);
        assert_eq!((seen.out.as_str(), seen.err.as_str(), seen.status), ("2\n", "", Some(0)), "{what}");
        assert!(seen.cache.contains(expected), "{what}: {}", seen.cache);
    };
    check("a file", &|c| c.env("MOTET_CACHE_DIR", folder.0.join("file")), "off: ");
    check("below a file", &|c| c.env("MOTET_CACHE_DIR", folder.0.join("file/x")), "off: ");
    check("no home", &|c| c.env_remove("MOTET_CACHE_DIR").env_remove("HOME").env_remove("XDG_CACHE_HOME"), "off: ");
    check("a size that is none", &|c| c.env("MOTET_CACHE_SIZE", "many"), "off: MOTET_CACHE_SIZE");
    check("no room", &|c| c.env("MOTET_CACHE_SIZE", "100"), "not stored: larger");
    if cfg!(target_os = "linux") {
        check("a folder in which nothing can be made", &|c| c.env("MOTET_CACHE_DIR", "/proc/motet"), "not stored: ");
        check(
            "a home that cannot be written",
            &|c| c.env_remove("MOTET_CACHE_DIR").env_remove("XDG_CACHE_HOME").env("HOME", "/proc/nobody"),
            "not stored: ",
        );
    }
    check("a new folder in a new folder", &|c| c.env("MOTET_CACHE_DIR", folder.0.join("x/y")), "stored");
    check("the same", &|c| c.env("MOTET_CACHE_DIR", folder.0.join("x/y")), "hit");
}

#[test]
fn entries_belong_to_one_build_one_folder_and_one_set_of_choices() {
    let folder = Folder::new("keys").with("a.moon", &format!("{}2\n", filler()));
    folder.write("other/a.moon", &format!("{}2\n", filler()));
    assert_eq!(folder.run(&["run", "a.moon"]).cache, "compiled and stored");
    assert_eq!(folder.run(&["run", "a.moon", "argument"]).cache, "hit");
    for args in [&["run", "-O2", "a.moon"][..], &["run", "--core", "a.moon"], &["run", "./a.moon"]] {
        assert_eq!(folder.run(args).cache, "compiled and stored", "{args:?}");
        assert_eq!(folder.run(args).cache, "hit", "{args:?}");
    }
    let elsewhere = Seen::of(folder.command(&["run", "a.moon"]).current_dir(folder.0.join("other")));
    assert_eq!(elsewhere.cache, "compiled and stored");
    // A copy stands for another build: the file is another one.
    let copy = folder.0.join(if cfg!(windows) { "copy.exe" } else { "copy" });
    fs::copy(env!("CARGO_BIN_EXE_motet"), &copy).expect("copied");
    let mut command = Command::new(&copy);
    command.args(["run", "a.moon"]).current_dir(&folder.0).env("MOTET_CACHE_DIR", folder.cache());
    assert_eq!(Seen::of(command.env("MOTET_CACHE_LOG", "1")).cache, "compiled and stored");
}

#[test]
fn the_cache_can_be_looked_at_and_emptied() {
    let folder = Folder::new("command").with("a.moon", &format!("{}print(2);\n", filler()));
    let stats = |folder: &Folder| folder.run(&["cache", "stats", "--json"]).out;
    assert!(stats(&folder).contains("\"entries\":0,\"bytes\":0,\"limit\":268435456"), "{}", stats(&folder));
    folder.run(&["run", "a.moon"]);
    assert!(stats(&folder).contains("\"entries\":1,"), "{}", stats(&folder));
    let text = folder.run(&["cache", "stats"]).out;
    assert!(text.contains("entries  1") && text.contains("256.0 MiB"), "{text}");
    folder.write("cache/.x.motet.1.0.tmp", "half");
    let cleared = folder.run(&["cache", "clear", "--json"]).out;
    assert!(cleared.contains("\"removed\":1,"), "{cleared}");
    assert_eq!(folder.names(), Vec::<String>::new());
    assert_eq!(folder.run(&["cache", "clear"]).status, Some(0));
    let off = Seen::of(folder.command(&["cache", "stats"]).env("MOTET_CACHE", "off"));
    assert_eq!((off.out.as_str(), off.status), ("off: MOTET_CACHE says so\n", Some(0)));
    assert_eq!(Seen::of(folder.command(&["cache", "clear"]).env("MOTET_CACHE", "0")).status, Some(1));
    assert_eq!(folder.run(&["cache"]).status, Some(2));
}

/// Numbers that look random and repeat from run to run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A program of many functions that prints a number and what its import says.
fn long_program(number: usize, functions: usize) -> String {
    let mut text = "from version import version\n".to_string();
    for f in 0..functions {
        text += &format!(
            "func f{f}(a) {{\n    let b := a * {number} + {f}\n    if b > {f} {{\n        return b - {f}\n    }}\n    return a\n}}\n"
        );
    }
    text + &format!("print({number}, f1(1), version())\n")
}

fn version(number: u64) -> String {
    format!("export func version() {{\n    return \"version {number}\"\n}}\n")
}

/// Replaces a file as a whole.
fn replace(path: &Path, text: &str) {
    let other = path.with_extension("new");
    fs::write(&other, text).and_then(|()| fs::rename(&other, path)).expect("replaced");
}

fn seconds(default: u64) -> Duration {
    let chosen = std::env::var("MOTET_STRESS_SECONDS").ok().and_then(|n| n.parse().ok());
    Duration::from_secs(chosen.unwrap_or(default))
}

#[test]
fn many_processes_that_are_killed_at_random_never_see_anything_wrong() {
    const PROGRAMS: usize = 6;
    let folder = Folder::new("stress");
    for number in 1..=PROGRAMS {
        folder.write(&format!("p{number}.ruff"), &long_program(number, 20 + number * 40));
    }
    let import = folder.0.join("version.ruff");
    replace(&import, &version(0));
    let end = Instant::now() + seconds(8);
    // What every process sees is at least `settled` and at most `begun`.
    let (settled, begun) = (AtomicU64::new(0), AtomicU64::new(0));
    let (done, killed, hits) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while Instant::now() < end {
                std::thread::sleep(Duration::from_millis(700));
                let next = begun.fetch_add(1, Ordering::SeqCst) + 1;
                replace(&import, &version(next));
                settled.store(next, Ordering::SeqCst);
            }
        });
        for thread in 0..32u64 {
            let (folder, settled, begun) = (&folder, &settled, &begun);
            let (done, killed, hits) = (&done, &killed, &hits);
            scope.spawn(move || {
                let mut random = Random(thread * 977 + 3);
                while Instant::now() < end {
                    let number = random.below(PROGRAMS as u64) + 1;
                    let mut command = folder.command(&["run", &format!("p{number}.ruff")]);
                    // Some are short of room, and throw away what others stored.
                    if thread % 8 == 0 {
                        command.env("MOTET_CACHE_SIZE", "40k");
                    }
                    let least = settled.load(Ordering::SeqCst);
                    if random.below(3) == 0 {
                        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
                        std::thread::sleep(Duration::from_micros(random.below(150_000)));
                        child.kill().expect("killed");
                        child.wait().expect("gone");
                        killed.fetch_add(1, Ordering::Relaxed);
                        continue;
                    }
                    let seen = Seen::of(&mut command);
                    let most = begun.load(Ordering::SeqCst);
                    let said = seen.out.trim_end().strip_prefix(&format!("{number} {number} version "));
                    let version: Option<u64> = said.and_then(|v| v.parse().ok());
                    assert!(version.is_some_and(|v| (least..=most).contains(&v)), "{least}..={most}: {seen:?}");
                    assert_eq!((seen.err.as_str(), seen.status), ("", Some(0)));
                    assert!(!seen.cache.contains("damaged"), "{seen:?}");
                    hits.fetch_add(usize::from(seen.cache == "hit"), Ordering::Relaxed);
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let (done, killed, hits) = (done.into_inner(), killed.into_inner(), hits.into_inner());
    println!("{done} runs to the end, {hits} of them from the cache, {killed} killed");
    assert!(done > 32 && killed > 16, "{done} {killed}");
    for number in 1..=PROGRAMS {
        let name = format!("p{number}.ruff");
        folder.run(&["run", &name]);
        assert_eq!(folder.run(&["run", &name]).cache, "hit", "{name}");
    }
    assert_eq!(folder.run(&["cache", "clear"]).status, Some(0));
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
#[ignore = "takes minutes: a thousand processes are killed"]
fn a_process_killed_at_any_moment_leaves_the_old_content_or_the_new_one() {
    let points: u64 = std::env::var("MOTET_KILL_POINTS").ok().and_then(|n| n.parse().ok()).unwrap_or(1000);
    let folder = Folder::new("kill");
    folder.write("p.ruff", &long_program(5, 400));
    let built: Vec<Vec<u8>> = (0..2)
        .map(|n| {
            folder.write("version.ruff", &version(n));
            assert_eq!(folder.run(&["build", "p.ruff", "-o", "expected.pbc"]).status, Some(0));
            fs::read(folder.0.join("expected.pbc")).expect("built")
        })
        .collect();
    let measure = |args: &[&str]| {
        let start = Instant::now();
        folder.run(args);
        u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)
    };
    let (run_time, build_time) = (measure(&["run", "p.ruff"]), measure(&["build", "p.ruff", "-o", "out.pbc"]));
    let mut random = Random(12345);
    let (mut stored, mut before) = (0, 0);
    for point in 0..points {
        // The version changes, so that the killed process has something to store.
        folder.write("version.ruff", &version(point % 2));
        let mut kill = |args: &[&str], time: u64| {
            let mut child = folder.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
            std::thread::sleep(Duration::from_micros(random.below(time + time / 4)));
            child.kill().expect("killed");
            child.wait().expect("gone");
        };
        kill(&["run", "p.ruff"], run_time);
        let seen = folder.run(&["run", "p.ruff"]);
        assert_eq!((seen.out, seen.err), (format!("5 5 version {}\n", point % 2), String::new()), "point {point}");
        match seen.cache.as_str() {
            "hit" => stored += 1,
            other => {
                assert!(other.contains("compiled and stored") && !other.contains("damaged"), "point {point}: {other}");
                before += 1;
            }
        }
        assert_eq!(folder.run(&["run", "p.ruff"]).cache, "hit", "point {point}");
        kill(&["build", "p.ruff", "-o", "out.pbc"], build_time);
        let now = fs::read(folder.0.join("out.pbc")).expect("it was there before");
        assert!(built.contains(&now), "point {point}: a mixture of {} bytes", now.len());
    }
    println!("{points} points: {before} before the entry was stored, {stored} after");
    let left = folder.names().iter().filter(|n| n.ends_with(".tmp")).count();
    println!("{left} unfinished files to sweep");
    assert_eq!(folder.run(&["cache", "clear"]).status, Some(0));
    assert_eq!(folder.names(), Vec::<String>::new());
}
