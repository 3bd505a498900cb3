//! Programs of the corpus, compiled on the desk or on the board itself, and run there: their output must be that of their
//! golden files.
//!
//! All programs go into one pack in the flash, so that one boot runs them all.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use motet_board::pack::Entry;
use motet_testkit::{Case, Mode};

use super::framed;
use super::machine::Machine;

/// Programs that are left out, with the reason: `name<tab>reason`, one a line; a name that ends in `*` stands for all
/// that begin so.
const LEFT_OUT: &str = include_str!("left_out.txt");

/// Most boots: each program that takes the board down costs one.
const BOOTS: usize = 8;

/// Most work of a program, in units of the engine's fuel: the board is a slow machine.
const WORK: u64 = 100_000;

/// What the board gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Modules that were compiled on the desk.
    Modules,
    /// Source texts.
    Sources,
}

/// A program for the board.
struct Item {
    case: Case,
    /// Name in the pack.
    name: String,
    content: Vec<u8>,
}

/// What a program did on the board.
struct Seen {
    out: String,
    status: i32,
    peak: usize,
}

/// Problems of up to `share` programs of each language; prints a summary.
pub fn run(image: &Path, form: Form, share: usize) -> Vec<String> {
    let begin = Instant::now();
    let languages = languages(image, form);
    let items = match items(form, share, &languages) {
        Ok(items) => items,
        Err(problems) => return problems,
    };
    let mut problems = Vec::new();
    let mut seen = BTreeMap::new();
    let mut rest: Vec<&Item> = items.iter().collect();
    for _ in 0..BOOTS {
        if rest.is_empty() {
            break;
        }
        let entries = rest.iter().map(|item| Entry { name: &item.name, content: &item.content }).collect();
        // A program that takes the board down ends up at the prompt, where the input ends.
        let text = Machine::start(image, Some(&framed(entries))).and_then(|mut machine| {
            machine.send(b"\x04");
            machine.end()
        });
        let text = match text {
            Ok((text, _)) => text,
            Err(e) => return vec![format!("golden: {e}")],
        };
        let known = seen.len();
        let down = parse(&text, &mut seen);
        if let Some(name) = &down {
            let report: String =
                text.rsplit('\x02').next().unwrap_or("").lines().take(12).map(|l| format!("  {l}\n")).collect();
            problems.push(format!("golden: {name} takes the board down:\n{report}"));
        } else if seen.len() == known {
            problems.push(format!("golden: nothing was run; the board wrote\n{text}"));
            break;
        }
        rest.retain(|item| !seen.contains_key(&item.name) && down.as_ref() != Some(&item.name));
    }
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut peak = (0, "");
    for Item { case, name, .. } in &items {
        let count = counts.entry(&case.language).or_default();
        count.1 += 1;
        let Some(seen) = seen.get(name) else { continue };
        peak = peak.max((seen.peak, name));
        let wanted = case.exit.unwrap_or(0);
        let status_fits = seen.status == wanted || case.exit.is_none() && case.err.is_some() && seen.status != 0;
        if seen.out != case.out {
            problems.push(format!(
                "golden: {}: {}",
                case.name,
                motet_testkit::difference("output", &case.out, &seen.out)
            ));
        } else if !status_fits {
            problems.push(format!("golden: {}: status {} instead of {wanted}", case.name, seen.status));
        } else {
            count.0 += 1;
        }
    }
    for (language, (same, all)) in &counts {
        println!("golden: {language}, {form:?}: {same} of {all} programs print what they should");
    }
    println!("golden: at most {} bytes of heap ({}); {:.1} s", peak.0, peak.1, begin.elapsed().as_secs_f32());
    problems
}

/// Takes the output apart: `\x02NAME\n`, what the program wrote, `\x03STATUS PEAK\n`. Returns the program that did not come
/// to its end.
fn parse(text: &str, seen: &mut BTreeMap<String, Seen>) -> Option<String> {
    for part in text.split('\x02').skip(1) {
        let (name, rest) = part.split_once('\n')?;
        let Some((out, figures)) = rest.rsplit_once('\x03') else { return Some(name.to_string()) };
        let mut figures = figures.split_whitespace().map(|n| n.parse().unwrap_or(usize::MAX));
        let (status, peak) = (figures.next().unwrap_or(usize::MAX), figures.next().unwrap_or(0));
        seen.insert(name.to_string(), Seen { out: out.to_string(), status: i32::try_from(status).unwrap_or(-1), peak });
    }
    None
}

/// The languages that an image can run in a form.
fn languages(image: &Path, form: Form) -> Vec<&'static str> {
    let recorz_only = form == Form::Sources && image.file_stem().is_some_and(|s| s == "recorz");
    motet::LANGUAGES.iter().map(|l| l.name).filter(|l| !recorz_only || *l == "recorz").collect()
}

/// The programs of the corpus that the board can run.
fn items(form: Form, share: usize, languages: &[&str]) -> Result<Vec<Item>, Vec<String>> {
    let mut cases = motet_testkit::corpus(&motet_testkit::repository().join("corpus"))?;
    cases.retain(|case| is_for_the_board(case, form));
    let mut taken = Vec::new();
    for language in languages {
        let own: Vec<&Case> = cases.iter().filter(|c| c.language == *language).collect();
        // Evenly through the topics.
        let step = own.len().div_ceil(share).max(1);
        taken.extend(own.into_iter().step_by(step).cloned());
    }
    Ok(motet_testkit::on_large_stack(move || taken.into_iter().filter_map(|case| item(case, form)).collect()))
}

/// A program that the desk runs as it should, without much work; `None` for others.
fn item(case: Case, form: Form) -> Option<Item> {
    let program = motet_testkit::compile(&case, Mode::O1).ok()?;
    let outcome = motet_testkit::run_program(&case, &program, Mode::O1, WORK);
    if outcome.trap.is_some() || case.mismatch(&outcome.seen, true).is_some() {
        return None;
    }
    let extension = case.path.extension()?.to_str()?;
    match form {
        Form::Modules => Some(Item { name: case.name.clone(), content: program.to_pbc(true).ok()?, case }),
        Form::Sources => {
            // Programs of one file; some languages look for the others only when they run.
            if ["import ", "Import "].iter().any(|word| case.text.contains(word)) {
                return None;
            }
            motet::Engine::new().compile(&case.language, "main", &case.text).ok()?;
            Some(Item { name: format!("{}.{extension}", case.name), content: case.text.clone().into_bytes(), case })
        }
    }
}

/// What a Recorz program says that compiles text while it runs.
const COMPILES: [&str; 6] = ["fileIn", "installMethodSource", "evaluate:", "subclass:", "compile:", "VariableNames:"];

/// Programs with input, arguments or files of their own need a desk, and modules that compile text need a compiler.
fn is_for_the_board(case: &Case, form: Form) -> bool {
    let plain = case.input.is_empty() && case.args.is_empty() && !case.files && !case.core && !case.evaluate;
    let mut left_out = LEFT_OUT.lines().filter_map(|l| l.split_once('\t'));
    let is_left_out = left_out.any(|(name, _)| match name.strip_suffix('*') {
        Some(start) => case.name.starts_with(start),
        None => case.name == name,
    });
    let compiles = form == Form::Modules && case.language == "recorz" && COMPILES.iter().any(|w| case.text.contains(w));
    plain && !case.skip.contains_key("pbc") && !is_left_out && !compiles
}
