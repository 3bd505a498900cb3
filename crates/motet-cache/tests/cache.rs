//! The cache as its callers see it: what is used again, what is not, and what faults do to it.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use motet::files::{Fault, Faults, Files, is_temporary};
use motet::{Capabilities, CaptureHost, CompileOptions, Config, Engine, Error, Loader as _, Program, Stop};
use motet_cache::{Build, Cache, DEFAULT_LIMIT, Key, Lookup, Miss, Problem, Recorder, Refused, Usage};

/// A folder that is removed at the end of the test, with a cache in it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("motet-cache-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("temporary folder");
        Folder(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.0.join(name).parent().expect("has a folder")).expect("folder");
        fs::write(self.0.join(name), text).expect("file");
    }

    fn with(self, name: &str, text: &str) -> Folder {
        self.write(name, text);
        self
    }

    fn cache(&self) -> Cache {
        self.limited(DEFAULT_LIMIT)
    }

    fn limited(&self, limit: u64) -> Cache {
        Cache::open(self.0.join("cache"), limit).expect("usable")
    }

    /// Names in the cache's folder.
    fn names(&self) -> Vec<String> {
        let found = fs::read_dir(self.0.join("cache")).into_iter().flatten().flatten();
        found.map(|e| e.file_name().to_string_lossy().into_owned()).collect()
    }

    fn entry(&self) -> PathBuf {
        let names = self.names();
        let found: Vec<&String> = names.iter().filter(|n| n.ends_with(".motet")).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        self.0.join("cache").join(found[0])
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn key(name: &str) -> Key {
    Key::new(&Build::named("test"), Path::new("/"), name, "", &CompileOptions::default(), &[])
}

/// Compiles a program of a folder, with a record.
fn compile(folder: &Folder, name: &str) -> (String, Recorder, Program) {
    let engine = Engine::new();
    let path = folder.path(name);
    let text = fs::read_to_string(&path).expect("is there");
    let language = engine.language_of_path(&path).expect("known");
    let mut recorder = Recorder::default();
    let mut options = CompileOptions::default();
    options.frontend.whole = true;
    let program = engine.compile_with(language, &path, &text, &mut recorder, &options).expect("compiles");
    (text, recorder, program)
}

fn store(cache: &Cache, folder: &Folder, name: &str) -> Result<Program, Refused> {
    let (text, recorder, program) = compile(folder, name);
    cache.store(key(name), &text, &recorder, program).map_err(|(refused, _)| refused)
}

fn look(cache: &Cache, folder: &Folder, name: &str) -> Result<Program, Miss> {
    let text = fs::read_to_string(folder.path(name)).expect("is there");
    match cache.lookup(key(name), &text) {
        Lookup::Hit(program) => Ok(*program),
        Lookup::Miss(miss) => Err(miss),
    }
}

fn is_hit(found: &Result<Program, Miss>) -> bool {
    found.is_ok()
}

/// All that a run shows: output, result, error in both forms, status.
fn shown(program: &Program) -> String {
    let (host, output) = CaptureHost::new();
    let mut isolate = Engine::new().isolate(Config::new(host).capabilities(Capabilities::ALL));
    let module = isolate.load(program).expect("loads");
    let end = match isolate.run(module) {
        Ok(value) => format!("{:?} {:?}", isolate.result_text(module, value), isolate.exit_status(module, value)),
        Err(Error::Stopped(stop)) => {
            // A value that was thrown has an address, which says nothing.
            let rest = match &*stop {
                Stop::Uncaught { message, trace, .. } => format!("{message} {trace:?}"),
                other => format!("{other:?}"),
            };
            format!("{}\n{}\n{rest}", isolate.report(module, &stop), isolate.explain(module, &stop, false))
        }
        Err(other) => other.to_string(),
    };
    format!("{}{}{end}", output.out(), output.err())
}

/// Programs with imports: names and texts of files, the first is the program.
const PROGRAMS: [&[(&str, &str)]; 6] = [
    &[
        ("f.poh", "Start Program\nImport \"fees\"\nWrite fee(3)\nWrite abs()\nEnd Program\n"),
        ("fees.poh", "Start Program\nMake fee with n\n    Return n times 7\nEnd\nEnd Program\n"),
    ],
    &[
        ("a.ruff", "from lib import triple\nfunc f(x) {\n    return triple(x) + 1\n}\nprint(f(2))\n"),
        ("lib.ruff", "export func triple(x) {\n    return x * 3\n}\n"),
    ],
    &[
        ("b.ruff", "from lib import fail\nprint(\"before\")\nfail(\"é\")\n"),
        ("lib.ruff", "export func fail(x) {\n    return missing_function(x) + [1][7]\n}\n"),
    ],
    &[("c.moon", "fn f(n: Int) -> Int { if n == 0 { [1][n + 5] } else { f(n - 1) } }\nprint(1);\nf(3)\n")],
    &[
        ("d.rae", "import \"lib\"\n\nfunc main() ret Int {\n  log(double(n: 4))\n  ret 7\n}\n"),
        ("lib.rae", "func double(n: copy Int) pub ret Int {\n  ret n * 2\n}\n"),
    ],
    &[("e.ruff", "func f(x) {\n    return f2(x)\n}\nfunc f2(x) {\n    throw(\"no \" + x)\n}\nf(\"way\")\n")],
];

#[test]
fn what_was_stored_behaves_like_what_was_compiled() {
    for files in PROGRAMS {
        let folder = Folder::new("same");
        for (name, text) in files {
            folder.write(name, text);
        }
        let name = files[0].0;
        let fresh = shown(&compile(&folder, name).2);
        let stored = store(&folder.cache(), &folder, name).expect("stored");
        let found = look(&folder.cache(), &folder, name).expect("found");
        assert!(found.ir().is_none(), "{name}: it was not compiled");
        for (what, program) in [("stored", &stored), ("found", &found)] {
            assert_eq!(shown(program), fresh, "{name}, {what}");
            let compiled = compile(&folder, name).2;
            assert_eq!(
                program.to_pbc(true).expect("encodes"),
                compiled.to_pbc(true).expect("encodes"),
                "{name}, {what}"
            );
            assert_eq!(program.language(), compiled.language());
        }
        let entry = fs::read(folder.entry()).expect("is there");
        for (name, text) in files {
            let found = entry.windows(text.len()).any(|part| part == text.as_bytes());
            assert!(!found, "the entry repeats the text of {name}");
        }
    }
}

#[test]
fn any_change_that_the_compilation_could_see_makes_it_miss() {
    type Change = fn(&Folder);
    let cases: [(&str, Change, &str); 5] = [
        ("an import", |f| f.write("lib.ruff", "export func triple(x) {\n    return x * 4\n}\n"), "lib.ruff"),
        ("an import of an import", |f| f.write("deep.ruff", "export func one() {\n    return 2\n}\n"), "deep.ruff"),
        ("an import that is gone", |f| fs::remove_file(f.path("deep.ruff")).expect("removed"), "deep.ruff"),
        ("the program", |f| f.write("a.ruff", "print(1)\n"), "a.ruff"),
        (
            "a link that leads elsewhere",
            |f| {
                fs::remove_file(f.path("lib.ruff")).expect("removed");
                f.write("other.ruff", "from deep import one\nexport func triple(x) {\n    return x * 3 + one()\n}\n");
                #[cfg(unix)]
                std::os::unix::fs::symlink(f.path("other.ruff"), f.path("lib.ruff")).expect("linked");
            },
            "lib.ruff",
        ),
    ];
    for (what, change, changed) in cases {
        let folder = Folder::new("changed")
            .with("a.ruff", "from lib import triple\nprint(triple(2))\n")
            .with("lib.ruff", "from deep import one\nexport func triple(x) {\n    return x * 3 + one()\n}\n")
            .with("deep.ruff", "export func one() {\n    return 1\n}\n");
        store(&folder.cache(), &folder, "a.ruff").expect("stored");
        assert!(is_hit(&look(&folder.cache(), &folder, "a.ruff")), "{what}: before the change");
        change(&folder);
        match look(&folder.cache(), &folder, "a.ruff") {
            Err(Miss::Changed(Some(path))) => assert!(path.ends_with(changed), "{what}: {path}"),
            Err(Miss::Changed(None)) => assert_eq!(changed, "a.ruff", "{what}"),
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[test]
fn files_that_were_looked_for_and_folders_that_were_listed_are_part_of_the_program() {
    let folder = Folder::new("absent").with("main.moon", "1\n").with("lib/a.txt", "");
    let text = "1\n";
    let check = |what: &str, ask: &dyn Fn(&mut Recorder), change: &dyn Fn()| {
        let mut recorder = Recorder::default();
        ask(&mut recorder);
        let (_, _, program) = compile(&folder, "main.moon");
        let cache = folder.cache();
        cache.store(key(what), text, &recorder, program).map_err(|e| e.0).expect("stored");
        let cache = folder.cache();
        assert!(matches!(cache.lookup(key(what), text), Lookup::Hit(_)), "{what}: before");
        change();
        assert!(matches!(cache.lookup(key(what), text), Lookup::Miss(Miss::Changed(Some(_)))), "{what}: after");
    };
    check("read", &|r| assert!(r.read(&folder.path("x")).is_err()), &|| folder.write("x", ""));
    check("exists", &|r| assert!(!r.exists(&folder.path("y"))), &|| folder.write("y", ""));
    let list = |r: &mut Recorder| assert!(!r.list(&folder.path("lib"), "txt").is_empty());
    check("listed, more", &list, &|| folder.write("lib/deep/b.txt", ""));
    check("listed, fewer", &list, &|| fs::remove_file(folder.path("lib/a.txt")).expect("removed"));
    check("canonical", &|r| drop(r.canonical(&folder.path("main.moon"))), &|| {
        fs::remove_file(folder.path("main.moon")).expect("removed");
        folder.write("z", "1\n");
        #[cfg(unix)]
        std::os::unix::fs::symlink(folder.path("z"), folder.path("main.moon")).expect("linked");
    });
}

#[test]
fn what_changed_while_it_was_compiled_is_not_stored() {
    let folder = Folder::new("unsettled").with("a.moon", "1\n").with("x", "old");
    let (text, mut recorder, program) = compile(&folder, "a.moon");
    assert_eq!(recorder.read(&folder.path("x")).as_deref(), Ok("old"));
    folder.write("x", "new");
    assert_eq!(recorder.read(&folder.path("x")).as_deref(), Ok("new"));
    let refused = folder.cache().store(key("a"), &text, &recorder, program).map_err(|e| e.0);
    assert!(matches!(refused, Err(Refused::Unsettled)), "{refused:?}");
    fs::write(folder.path("binary"), [0xff]).expect("written");
    let (text, mut recorder, program) = compile(&folder, "a.moon");
    assert!(recorder.read(&folder.path("binary")).is_err());
    let refused = folder.cache().store(key("a"), &text, &recorder, program).map_err(|e| e.0);
    assert!(matches!(refused, Err(Refused::Unsettled)), "{refused:?}");
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn damaged_entries_are_missed_and_replaced() {
    let folder = Folder::new("damaged").with("a.moon", "print(1 + 2);\n").with("b.moon", "print(7);\n");
    let cache = folder.cache();
    store(&cache, &folder, "b.moon").expect("stored");
    let other = fs::read(folder.entry()).expect("is there");
    let cache = folder.cache();
    cache.clear().expect("cleared");
    store(&cache, &folder, "a.moon").expect("stored");
    let path = folder.entry();
    let good = fs::read(&path).expect("is there");
    let check = |what: &str, bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        assert_eq!(look(&cache, &folder, "a.moon").err(), Some(Miss::Damaged), "{what}");
    };
    for at in (0..good.len()).step_by(3) {
        let mut bad = good.clone();
        bad[at] ^= 1 << (at % 8);
        check(&format!("byte {at}"), &bad);
        check(&format!("cut at {at}"), &good[..at]);
    }
    check("no bytes, as after a loss of power", &vec![0; good.len()]);
    check("an entry of another program", &other);
    check("another file", b"hello");
    store(&cache, &folder, "a.moon").expect("replaced");
    assert_eq!(shown(&look(&cache, &folder, "a.moon").expect("found")), shown(&compile(&folder, "a.moon").2));
    #[cfg(unix)]
    {
        fs::remove_file(&path).expect("removed");
        fs::create_dir(&path).expect("a folder in its place");
        assert!(look(&cache, &folder, "a.moon").is_err());
        assert!(matches!(store(&cache, &folder, "a.moon"), Err(Refused::Io(_))));
    }
}

#[test]
fn a_fault_at_any_step_costs_an_entry_and_nothing_else() {
    let faults = [Fault::Error(io::ErrorKind::PermissionDenied), Fault::Half(io::ErrorKind::StorageFull), Fault::Death];
    for fault in faults {
        // The second limit makes every store remove others.
        for limit in [DEFAULT_LIMIT, 1500] {
            let mut ran_through = false;
            for step in 0..40 {
                let folder = Folder::new("faults").with("a.moon", "print(1);\n").with("b.moon", "print(2);\n");
                let healthy = folder.limited(limit);
                store(&healthy, &folder, "b.moon").expect("stored");
                let plan = Faults::new(step, fault);
                let faulty = folder.limited(limit).with_files(Files::with_faults(plan.clone()));
                let at = format!("{fault:?} at step {step} of {limit}");
                let stored = store(&faulty, &folder, "a.moon");
                let steps = plan.steps();
                let cache = folder.limited(limit);
                for name in ["a.moon", "b.moon"] {
                    match look(&cache, &folder, name) {
                        Ok(program) => assert_eq!(shown(&program), shown(&compile(&folder, name).2), "{at} {steps:?}"),
                        Err(miss) => assert_eq!(miss, Miss::Unknown, "{at} {steps:?}"),
                    }
                }
                let strange: Vec<String> = folder
                    .names()
                    .into_iter()
                    .filter(|n| !(n.ends_with(".motet") && !n.starts_with('.') || n == "usage"))
                    .collect();
                assert!(strange.iter().all(|n| is_temporary(n)), "{at}: {strange:?}");
                assert!(strange.is_empty() || fault == Fault::Death, "{at} left {strange:?}");
                // The next process finds nothing in its way.
                store(&folder.limited(limit), &folder, "a.moon").unwrap_or_else(|e| panic!("{at} {steps:?}: {e:?}"));
                assert!(is_hit(&look(&folder.limited(limit), &folder, "a.moon")), "{at}: {steps:?}");
                if steps.len() <= step {
                    assert!(stored.is_ok(), "{at}: {stored:?}");
                    ran_through = true;
                    break;
                }
            }
            assert!(ran_through, "{fault:?}: there are more steps");
        }
    }
}

#[test]
fn without_a_working_disk_programs_run_all_the_same() {
    let folder = Folder::new("unwritable").with("a.moon", "print(1);\n");
    let (text, recorder, program) = compile(&folder, "a.moon");
    let files = Files::with_faults(Faults::new(0, Fault::Death));
    let (refused, program) = match folder.cache().with_files(files).store(key("a"), &text, &recorder, program) {
        Err(refused) => refused,
        Ok(_) => panic!("it cannot be stored"),
    };
    assert!(matches!(refused, Refused::Io(_)), "{refused:?}");
    assert!(shown(&program).starts_with("1\n"));
}

fn set_age(path: &Path, seconds: i64) {
    let now = SystemTime::now();
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 { now + distance } else { now - distance };
    fs::File::options().write(true).open(path).and_then(|f| f.set_modified(time)).expect("time set");
}

#[test]
fn what_was_used_longest_ago_goes_first_whatever_the_clock_says() {
    let folder = Folder::new("room").with("a.moon", "print(1);\n");
    let (text, recorder, program) = compile(&folder, "a.moon");
    let put = |cache: &Cache, name: &str| {
        cache.store(key(name), &text, &recorder, program.clone()).map_err(|e| e.0).expect("stored");
    };
    put(&folder.cache(), "one");
    let size = fs::metadata(folder.entry()).expect("is there").len();
    folder.cache().clear().expect("cleared");
    let limit = size * 4 + size / 2;
    let ages: [(&str, i64); 4] = [("old", 50_000), ("older", 90_000), ("recent", 10), ("from the future", -900_000)];
    let mut paths: Vec<(&str, PathBuf)> = Vec::new();
    for (name, age) in ages {
        put(&folder.limited(limit), name);
        let mut path =
            folder.names().into_iter().filter(|n| n.ends_with(".motet")).map(|n| folder.0.join("cache").join(n));
        let path = path.find(|p| paths.iter().all(|known| known.1 != *p)).expect("there is a new one");
        set_age(&path, age);
        paths.push((name, path));
    }
    let left = || paths.iter().filter(|p| p.1.exists()).map(|p| p.0).collect::<Vec<_>>();
    assert_eq!(left(), ["old", "older", "recent", "from the future"]);
    put(&folder.limited(limit), "fifth");
    assert_eq!(left(), ["old", "older", "recent"], "nobody has used it yet");
    // To look is to use.
    let cache = folder.limited(limit);
    assert!(matches!(cache.lookup(key("older"), &text), Lookup::Hit(_)));
    put(&cache, "sixth");
    assert_eq!(left(), ["older", "recent"]);
    assert!(cache.usage().expect("read").bytes <= limit);

    // Many entries: the bound holds at each moment.
    for number in 0..600 {
        put(&cache, &format!("number {number}"));
        let usage = cache.usage().expect("read");
        assert!(usage.bytes <= limit, "{number}: {usage:?}");
    }
    assert!(fs::metadata(folder.path("cache/usage")).expect("is there").len() < 4096, "the notes stay short");
    for notes in [b"garbage".as_slice(), &[0xff; 16], &[]] {
        fs::write(folder.path("cache/usage"), notes).expect("written");
        put(&cache, "after garbage");
        assert!(cache.usage().expect("read").bytes <= limit);
        assert!(fs::read(folder.path("cache/usage")).expect("is there").len().is_multiple_of(8));
    }
    let refused = folder.limited(size - 1).store(key("large"), &text, &recorder, program.clone()).map_err(|e| e.0);
    assert!(matches!(refused, Err(Refused::TooLarge)), "{refused:?}");
}

#[test]
fn files_that_were_never_finished_are_swept_and_other_files_stay() {
    let folder = Folder::new("sweep").with("a.moon", "print(1);\n");
    store(&folder.cache(), &folder, "a.moon").expect("stored");
    let name = folder.entry().file_name().expect("has one").to_string_lossy().into_owned();
    let (abandoned, young) = (format!("cache/.{name}.1.0.tmp"), format!("cache/.{name}.2.0.tmp"));
    for file in [&abandoned, &young, "cache/README"] {
        folder.write(file, "x");
    }
    set_age(&folder.0.join(&abandoned), 3600);
    // The next walk through the folder is due when the notes are gone.
    fs::remove_file(folder.path("cache/usage")).expect("removed");
    store(&folder.cache(), &folder, "a.moon").expect("stored");
    let exists = |name: &str| folder.0.join(name).exists();
    assert!(!exists(&abandoned) && exists(&young) && exists("cache/README"));
    let usage = folder.cache().usage().expect("read");
    assert_eq!(folder.cache().clear().expect("cleared"), usage);
    assert_eq!((usage.entries, folder.names()), (1, vec!["README".to_string()]));
    assert_eq!(folder.cache().usage().expect("read"), Usage::default());
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_could_write_into_is_not_used() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
    let folder = Folder::new("trust").with("a.moon", "print(1);\n").with("file", "");
    let path = folder.0.join("cache");
    store(&folder.cache(), &folder, "a.moon").expect("stored");
    assert_eq!(fs::metadata(&path).expect("is there").mode() & 0o777, 0o700);
    let open = || Cache::open(path.clone(), DEFAULT_LIMIT).map(drop);
    for (mode, usable) in [(0o770, false), (0o702, false), (0o777, false), (0o755, true), (0o700, true)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        let expected = if usable { Ok(()) } else { Err(Problem::Writable(path.clone())) };
        assert_eq!(open(), expected, "{mode:o}");
    }
    symlink(&path, folder.0.join("link")).expect("linked");
    let linked = Cache::open(folder.0.join("link"), DEFAULT_LIMIT).expect("a link to one's own folder is fine");
    assert!(is_hit(&look(&linked, &folder, "a.moon")));
    store(&linked, &folder, "a.moon").expect("stored");
    assert!(folder.0.join("link").is_symlink());
    let file = Cache::open(folder.0.join("file"), DEFAULT_LIMIT).map(drop);
    assert!(matches!(file, Err(Problem::Unusable(..))), "{file:?}");
    // Only the administrator can give files away.
    let entry = folder.entry();
    if chown(&entry, Some(12345), None).is_ok() {
        assert_eq!(look(&folder.cache(), &folder, "a.moon").err(), Some(Miss::Damaged), "somebody else's entry");
        chown(&path, Some(12345), None).expect("given away");
        assert_eq!(open(), Err(Problem::Foreign(path.clone())));
    }
}

#[test]
fn threads_that_store_look_and_make_room_see_whole_entries_only() {
    let folder = Folder::new("threads");
    let names: Vec<String> = (0..6).map(|n| format!("p{n}.moon")).collect();
    let mut expected = Vec::new();
    for (number, name) in names.iter().enumerate() {
        folder.write(
            name,
            &format!("fn f(n: Int) -> Int {{ n * {number} }}\nprint(f(10));\n// {}\n", "x".repeat(number * 40)),
        );
        expected.push(shown(&compile(&folder, name).2));
    }
    store(&folder.cache(), &folder, &names[0]).expect("stored");
    let size = folder.cache().usage().expect("read").bytes;
    let hits = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (folder, names, expected, hits) = (&folder, &names, &expected, &hits);
            scope.spawn(move || {
                for turn in 0..60 {
                    let which = (turn * 7 + thread * 3) % names.len();
                    // Room for about four of six.
                    let cache = folder.limited(size * 4);
                    let program = match look(&cache, folder, &names[which]) {
                        Ok(program) => {
                            hits.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                            program
                        }
                        Err(Miss::Unknown) => store(&cache, folder, &names[which]).expect("stored"),
                        Err(other) => panic!("{other:?}"),
                    };
                    assert_eq!(shown(&program), expected[which]);
                }
            });
        }
    });
    assert!(hits.into_inner() > 50, "the cache was of use");
    let usage = folder.limited(size * 4).usage().expect("read");
    // Stores that overlap may each leave one entry more.
    assert!(usage.bytes <= size * 2 * 6, "{usage:?}");
    assert!(folder.names().iter().all(|n| !is_temporary(n)), "{:?}", folder.names());
    io::stderr().flush().expect("flushed");
}
