//! "Did you mean": the nearest of several words or file names.

use std::path::Path;

/// The candidate that is nearest to `word`, if it is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|c| (distance(&word.to_lowercase(), &c.to_lowercase()), c))
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, _)| *d)
        .map(|(_, c)| c)
}

/// An existing file that the missing `path` may have meant: another name in the same folder, or the
/// same name with one of the known `extensions`.
pub fn nearest_file(path: &str, extensions: &[&str]) -> Option<String> {
    for extension in extensions {
        let with = format!("{path}.{extension}");
        if Path::new(&with).is_file() {
            return Some(with);
        }
    }
    let path = Path::new(path);
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let wanted = path.file_name()?.to_str()?;
    let names: Vec<String> = std::fs::read_dir(folder.unwrap_or(Path::new(".")))
        .ok()?
        .take(10_000)
        .flatten()
        .filter(|e| e.path().is_file())
        .filter_map(|e| e.file_name().into_string().ok())
        .collect();
    let stem = path.file_stem().and_then(|s| s.to_str());
    let same_stem = names.iter().find(|n| {
        let other = Path::new(n);
        other.file_stem().and_then(|s| s.to_str()) == stem
            && other.extension().and_then(|e| e.to_str()).is_some_and(|e| extensions.contains(&e))
    });
    let name = nearest(wanted, names.iter().map(String::as_str)).or(same_stem.map(String::as_str))?;
    Some(folder.map_or_else(|| name.to_string(), |f| f.join(name).display().to_string()))
}

/// The first file in a folder, by name, with one of the extensions.
pub fn first_in(folder: &str, extensions: &[&str]) -> Option<String> {
    let entries = std::fs::read_dir(folder).ok()?.take(10_000).flatten().map(|e| e.path());
    let found = entries.filter(|p| p.extension().and_then(|e| e.to_str()).is_some_and(|e| extensions.contains(&e)));
    found.min().map(|p| p.display().to_string())
}

/// Number of inserted, removed, changed or swapped characters between two words (optimal alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len() > 256 || b.len() > 256 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_words_are_suggested() {
        let check = |word: &str, expected: Option<&str>| {
            assert_eq!(nearest(word, ["run", "build", "check", "disasm"]), expected, "{word}");
        };
        check("rnu", Some("run"));
        check("biuld", Some("build"));
        check("dissasm", Some("disasm"));
        check("CHECK", Some("check"));
        check("frobnicate", None);
        check("", None);
    }
}
