//! Every corpus program and example in every mode: one test each.
//!
//! `MOTET_BLESS=1` writes golden files from what the reference evaluator did.

use libtest_mimic::{Arguments, Failed, Trial};
use motet_testkit::{Case, Mode, case, check, corpus, observe, repository};

fn main() {
    let arguments = Arguments::from_args();
    let root = repository();
    let folders = ["corpus", "examples"].map(|folder| root.join(folder));
    // A runner that starts a process for each test names it; the rest of the corpus need not be read then.
    let wanted = arguments.filter.as_deref().filter(|_| arguments.exact).and_then(|name| name.rsplit_once("::"));
    let found: Result<Vec<Vec<Case>>, _> = match wanted {
        Some((name, _)) => folders.iter().map(|f| Ok(case(f, name)?.into_iter().collect())).collect(),
        None => folders.iter().map(|folder| corpus(folder)).collect(),
    };
    let cases = match found {
        Ok(found) => found.into_iter().flatten(),
        Err(problems) => {
            eprintln!("{}", problems.join("\n"));
            std::process::exit(101);
        }
    };
    let scratch = std::env::temp_dir().join(format!("motet-corpus-{}", std::process::id()));
    // Programs that write files do so in a folder that is thrown away.
    let moved = std::fs::create_dir_all(&scratch).and_then(|()| std::env::set_current_dir(&scratch));
    if let Err(e) = moved {
        eprintln!("{}: {e}", scratch.display());
        std::process::exit(101);
    }
    let bless = std::env::var_os("MOTET_BLESS").is_some();
    let trials = cases.flat_map(|case| if bless { vec![blessing(case)] } else { modes(case) }).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let _ = std::env::set_current_dir(std::env::temp_dir());
    let _ = std::fs::remove_dir_all(&scratch);
    conclusion.exit();
}

fn modes(case: Case) -> Vec<Trial> {
    let trial = |mode: Mode| {
        let ignored = case.skip.contains_key(mode.name());
        let case = case.clone();
        Trial::test(format!("{}::{}", case.name, mode.name()), move || check(&case, mode).map_err(Failed::from))
            .with_ignored_flag(ignored)
    };
    Mode::ALL.into_iter().map(trial).collect()
}

fn blessing(case: Case) -> Trial {
    Trial::test(case.name.clone(), move || {
        let seen = observe(&case, Mode::Ast);
        case.bless(&seen).map_err(|e| Failed::from(e.to_string()))
    })
}
