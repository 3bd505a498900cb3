//! Every corpus program and example in every mode: one test each.
//!
//! `MOTET_BLESS=1` writes golden files from what the reference evaluator did.

use libtest_mimic::{Arguments, Failed, Trial};
use motet_testkit::{Case, Mode, check, corpus, observe, repository};

fn main() {
    let arguments = Arguments::from_args();
    let root = repository();
    let mut cases = Vec::new();
    // Below `examples` there is a folder for each language; what the C programs load is tested with these.
    let examples = motet::LANGUAGES.iter().map(|l| format!("examples/{}", l.name));
    for folder in examples.chain(["corpus".into()]) {
        match corpus(&root.join(&folder)) {
            Ok(found) => cases.extend(found),
            Err(problems) => {
                eprintln!("{}", problems.join("\n"));
                std::process::exit(101);
            }
        }
    }
    let scratch = std::env::temp_dir().join(format!("motet-corpus-{}", std::process::id()));
    // Programs that write files do so in a folder that is thrown away.
    let moved = std::fs::create_dir_all(&scratch).and_then(|()| std::env::set_current_dir(&scratch));
    if let Err(e) = moved {
        eprintln!("{}: {e}", scratch.display());
        std::process::exit(101);
    }
    let bless = std::env::var_os("MOTET_BLESS").is_some();
    let trials = cases.into_iter().flat_map(|case| if bless { vec![blessing(case)] } else { modes(case) }).collect();
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
