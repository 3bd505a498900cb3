//! Every benchmark program does what it should at its test size, in the modes that differ most.
//!
//! A folder `benchmarks/NAME/` holds the programs and `sizes`: lines `SIZE EXPECTED`, of which one starts with `test`.
//! With a collection at every safepoint a whole run would take too long; there the run ends early, and must have gone
//! right so far.

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use motet::{LANGUAGES, Trap};
use motet_testkit::{Case, Mode, check, compile, on_large_stack, repository, run_program};

/// Modes in which a program runs to its end.
const MODES: [Mode; 4] = [Mode::Ast, Mode::O0, Mode::O2, Mode::Pbc];

/// Fuel of a run with a collection at every safepoint: enough to have made and used the program's structures.
const STRESS_FUEL: u64 = 5_000;

fn main() {
    let arguments = Arguments::from_args();
    let mut folders: Vec<PathBuf> = match fs::read_dir(repository().join("benchmarks")) {
        Ok(entries) => entries.flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect(),
        Err(_) => Vec::new(),
    };
    folders.sort();
    let mut trials = Vec::new();
    for folder in folders {
        let name = folder.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_string();
        match cases(&folder, &name) {
            Ok(cases) => trials.extend(cases.into_iter().flat_map(of_case)),
            Err(problem) => trials.push(Trial::test(name, || Err(Failed::from(problem)))),
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The programs of one folder at the test size; at the first size when there is none for tests.
fn cases(folder: &Path, name: &str) -> Result<Vec<Case>, String> {
    // Other folders hold what the reports measure besides.
    let named = |path: PathBuf| path.file_stem().is_some_and(|stem| stem == name);
    if !fs::read_dir(folder).is_ok_and(|mut entries| entries.any(|e| e.is_ok_and(|e| named(e.path())))) {
        return Ok(Vec::new());
    }
    let file = folder.join("sizes");
    let sizes = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let line = sizes.lines().find_map(|l| l.strip_prefix("test ")).or(sizes.lines().next());
    let Some((size, expected)) = line.and_then(|l| l.split_once(' ')) else {
        return Err(format!("{}: no line `test SIZE EXPECTED`", file.display()));
    };
    let mut cases = Vec::new();
    for language in LANGUAGES {
        let extension = language.extensions.first().copied().unwrap_or(language.name);
        let language = language.name;
        let path = folder.join(format!("{name}.{extension}"));
        // Not every language can express every program.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        // Rae programs read the size from the environment, which the tests of one process share.
        let text = text.replace("getEnv(name: \"SIZE\").toInt()", size);
        cases.push(Case {
            name: format!("{name}/{language}"),
            language: language.to_string(),
            path,
            text,
            out: format!("{expected}\n"),
            args: vec![size.to_string()],
            // PohLang programs have no arguments; they ask for the size.
            input: format!("{size}\n"),
            exit: Some(0),
            ..Case::default()
        });
    }
    if cases.is_empty() { Err(format!("{}: no programs", folder.display())) } else { Ok(cases) }
}

/// The tests of one program.
fn of_case(case: Case) -> Vec<Trial> {
    let mut trials: Vec<Trial> = MODES
        .into_iter()
        .map(|mode| {
            let case = case.clone();
            Trial::test(format!("{}::{}", case.name, mode.name()), move || check(&case, mode).map_err(Failed::from))
        })
        .collect();
    let title = format!("{}::{}", case.name, Mode::GcStress.name());
    trials.push(Trial::test(title, move || on_large_stack(move || stressed(&case)).map_err(Failed::from)));
    trials
}

/// Runs a beginning of the program with a collection at every safepoint.
fn stressed(case: &Case) -> Result<(), String> {
    let program = compile(case, Mode::GcStress).map_err(|seen| seen.err)?;
    let outcome = run_program(case, &program, Mode::GcStress, STRESS_FUEL);
    let (seen, wanted) = (&outcome.seen, &case.out);
    match &outcome.trap {
        Some(trap) if *trap == Trap::OutOfFuel.to_string() && wanted.starts_with(&seen.out) => Ok(()),
        None if seen.exit == 0 && seen.out == *wanted => Ok(()),
        _ => Err(format!("status {}, output `{}`, errors `{}`", seen.exit, seen.out, seen.err)),
    }
}
