//! Programs of the corpus, compiled on the desk and run on the board: their output must be that of their golden files.
//!
//! All modules go into one pack in the flash, so that one boot runs them all.

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

/// Most programs of one language.
const SHARE: usize = 250;

/// Most work of a program, in units of the engine's fuel: the board is a slow machine.
const WORK: u64 = 100_000;

/// What a program did on the board.
struct Seen {
    out: String,
    status: i32,
    peak: usize,
}

/// Problems of all programs; prints a summary.
pub fn run(image: &Path) -> Vec<String> {
    let begin = Instant::now();
    let modules = match modules() {
        Ok(modules) => modules,
        Err(problems) => return problems,
    };
    let mut problems = Vec::new();
    let mut seen = BTreeMap::new();
    let mut rest: Vec<&(Case, Vec<u8>)> = modules.iter().collect();
    for _ in 0..BOOTS {
        if rest.is_empty() {
            break;
        }
        let entries = rest.iter().map(|(case, pbc)| Entry { name: &case.name, content: pbc }).collect();
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
        rest.retain(|(case, _)| !seen.contains_key(&case.name) && down.as_ref() != Some(&case.name));
    }
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let mut peak = (0, "");
    for (case, _) in &modules {
        let count = counts.entry(&case.language).or_default();
        count.1 += 1;
        let Some(seen) = seen.get(&case.name) else { continue };
        peak = peak.max((seen.peak, &case.name));
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
        println!("golden: {language}: {same} of {all} programs print the same as on the desk");
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

/// Every program of the corpus that the board can run, and its module.
fn modules() -> Result<Vec<(Case, Vec<u8>)>, Vec<String>> {
    let mut cases = motet_testkit::corpus(&motet_testkit::repository().join("corpus"))?;
    cases.retain(is_for_the_board);
    let mut taken = Vec::new();
    for language in motet_languages(&cases) {
        let own: Vec<&Case> = cases.iter().filter(|c| c.language == language).collect();
        // Evenly through the topics.
        let step = own.len().div_ceil(SHARE).max(1);
        taken.extend(own.into_iter().step_by(step).cloned());
    }
    let compile = move || {
        let compiled = taken.into_iter().filter_map(|case| {
            let program = motet_testkit::compile(&case, Mode::O1).ok()?;
            let short = motet_testkit::run_program(&case, &program, Mode::O1, WORK).trap.is_none();
            short.then_some(())?;
            Some((case, program.to_pbc(true).ok()?))
        });
        compiled.collect::<Vec<_>>()
    };
    Ok(motet_testkit::on_large_stack(compile))
}

fn motet_languages(cases: &[Case]) -> Vec<String> {
    let mut names: Vec<String> = cases.iter().map(|c| c.language.clone()).collect();
    names.sort();
    names.dedup();
    names
}

/// Programs with input, arguments or files of their own need a desk.
fn is_for_the_board(case: &Case) -> bool {
    let plain = case.input.is_empty() && case.args.is_empty() && !case.files && !case.skip.contains_key("pbc");
    plain
        && !LEFT_OUT.lines().filter_map(|l| l.split_once('\t')).any(|(name, _)| match name.strip_suffix('*') {
            Some(start) => case.name.starts_with(start),
            None => case.name == name,
        })
}
