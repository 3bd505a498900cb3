//! Every program in the documentation runs and prints what the page shows.

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use motet_testkit::{Mode, check, repository, snippets};

fn main() {
    let arguments = Arguments::from_args();
    let root = repository();
    let mut pages = vec![root.join("README.md"), root.join("ARCHITECTURE.md"), root.join("CONTRIBUTING.md")];
    walk(&root.join("docs"), &mut pages);
    pages.sort();
    let mut trials = Vec::new();
    for page in pages {
        let name = page.strip_prefix(&root).unwrap_or(&page).display().to_string();
        let Ok(text) = std::fs::read_to_string(&page) else { continue };
        for case in snippets(&name, &text) {
            for mode in [Mode::Ast, Mode::O1, Mode::O2] {
                let case = case.clone();
                let title = format!("{}::{}", case.name, mode.name());
                trials.push(Trial::test(title, move || check(&case, mode).map_err(Failed::from)));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn walk(folder: &Path, pages: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() {
            walk(&path, pages);
        } else if path.extension().is_some_and(|e| e == "md") {
            pages.push(path);
        }
    }
}
