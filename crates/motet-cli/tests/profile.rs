//! `--profile` and `--stats` as users see them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder that is removed at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("motet-profile-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("temporary folder");
        let folder = Folder(path);
        folder.write("hot.ruff", HOT);
        folder
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("file");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).expect("the file was written")
    }

    fn files(&self) -> Vec<String> {
        let name = |e: std::io::Result<fs::DirEntry>| e.expect("entry").file_name().to_string_lossy().into_owned();
        let mut files: Vec<String> = fs::read_dir(&self.0).expect("folder").map(name).collect();
        files.sort();
        files
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Nearly all time goes into line 4.
const HOT: &str = "func hot(n) {
  mut s := 0
  for i in n {
    s := (s * 31 + i * i + (i % 7) * (s % 5) - i % 3) % 1000003
  }
  return s
}
func cold(n) { return n + 1 }
mut t := 0
for k in 100 { t := cold(t) }
print(hot(1000000) + t)
";

/// Output, errors, exit status.
fn motet(folder: &Path, args: &[&str]) -> (String, String, i32) {
    let output = Command::new(env!("CARGO_BIN_EXE_motet"))
        .args(args)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("MOTET_CACHE", "off")
        .output()
        .expect("the command runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code().unwrap_or(-1))
}

/// Fails unless every element of an XML document is closed where it should be.
fn assert_well_formed(xml: &str) {
    let without_data: String = xml
        .split("<![CDATA[")
        .enumerate()
        .map(|(i, p)| if i == 0 { p } else { p.split_once("]]>").expect("closed").1 })
        .collect();
    let mut open = Vec::new();
    for part in without_data.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag is closed");
        assert!(!text.contains('>'), "{part}");
        for entity in text.split('&').skip(1) {
            assert!(["amp;", "lt;", "gt;", "quot;"].iter().any(|e| entity.starts_with(e)), "{part}");
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if tag.starts_with('?') || tag.ends_with('/') {
            continue;
        }
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{part}"),
            None => open.push(tag.split_whitespace().next().expect("a name")),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Share, in percent, in the title of the box with this label.
fn percent(svg: &str, label: &str) -> f64 {
    let title = svg.split("<title>").find(|t| t.starts_with(label)).unwrap_or_else(|| panic!("no {label} in {svg}"));
    let share = title.split_once(" — ").expect("a share").1.split_once(" %").expect("a share").0;
    share.parse().expect("a number")
}

#[test]
fn a_flame_graph_shows_the_hot_function_and_its_hot_line() {
    let folder = Folder::new("svg");
    folder.write("out.svg", "old");
    let (out, err, status) = motet(&folder.0, &["run", "--profile", "out.svg", "hot.ruff"]);
    assert!(status == 0 && !out.is_empty() && err.starts_with("profile: out.svg ("), "{out} {err}");
    let svg = folder.read("out.svg");
    assert_well_formed(&svg);
    assert!(svg.contains("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    assert!(percent(&svg, "hot (hot.ruff)") >= 60.0, "{svg}");
    assert!(percent(&svg, "hot.ruff:4") >= 60.0, "{svg}");
    assert_eq!(folder.files(), ["hot.ruff", "out.svg"], "nothing is left behind");
}

#[test]
fn a_speedscope_file_has_frames_samples_and_weights() {
    let folder = Folder::new("json");
    let (_, err, status) = motet(&folder.0, &["run", "--profile=out.json", "hot.ruff"]);
    assert_eq!(status, 0, "{err}");
    let json = folder.read("out.json");
    for part in [
        "{\"$schema\":\"https://www.speedscope.app/file-format-schema.json\"",
        "\"type\":\"sampled\"",
        "\"unit\":\"nanoseconds\",\"startValue\":0,\"endValue\":",
        "{\"name\":\"hot\",\"file\":\"hot.ruff\",\"line\":4,\"col\":",
    ] {
        assert!(json.contains(part), "{part}\n{json}");
    }
    let frames: Vec<&str> = json.lines().filter(|l| l.starts_with("{\"name\"")).collect();
    let list = |key: &str, end: &str| json.split_once(key).expect(key).1.split_once(end).expect(end).0;
    let samples: Vec<&str> = list("\"samples\":[[", "]]").split("],[").collect();
    let weights: Vec<u64> = list("\"weights\":[", "]").split(',').map(|w| w.parse().expect("a number")).collect();
    assert_eq!(samples.len(), weights.len());
    let hot = |sample: &&str| {
        let innermost: usize = sample.rsplit(',').next().and_then(|f| f.parse().ok()).expect("a frame");
        frames[innermost].contains("\"name\":\"hot\"") && frames[innermost].contains("\"line\":4")
    };
    let on_line: u64 = samples.iter().zip(&weights).filter(|(s, _)| hot(s)).map(|(_, w)| w).sum();
    assert!(on_line * 10 >= weights.iter().sum::<u64>() * 6, "{json}");
}

#[test]
fn what_cannot_be_written_is_refused_before_the_program_runs() {
    let folder = Folder::new("refused");
    folder.write("a.ruff", "print(\"ran\")\n");
    fs::create_dir(folder.0.join("folder.svg")).expect("folder");
    let check = |args: &[&str], status: i32, parts: &[&str]| {
        let (out, err, got) = motet(&folder.0, args);
        assert_eq!((out.as_str(), got), ("", status), "{args:?}: {err}");
        assert!(parts.iter().all(|p| err.contains(p)), "{args:?}: {err}");
    };
    check(&["run", "--profile", "x.png", "a.ruff"], 2, &["x.png", ".svg", ".json"]);
    check(&["run", "--profile", "profile", "a.ruff"], 2, &[".svg", ".json"]);
    check(&["run", "--profile", "no/x.svg", "a.ruff"], 5, &["cannot write the profile `no/x.svg`", "No such file"]);
    check(&["run", "--profile", "folder.svg", "a.ruff"], 5, &["cannot write the profile `folder.svg`", "folder"]);
    check(&["run", "--profile", "x.svg", "--tier", "ast", "a.ruff"], 2, &["--tier vm"]);
    check(&["run", "--stats=none", "a.ruff"], 2, &["all", "time"]);
    assert_eq!(folder.files(), ["a.ruff", "folder.svg", "hot.ruff"]);
}

#[test]
fn a_program_that_fails_is_profiled_until_then() {
    let folder = Folder::new("fails");
    folder
        .write("a.ruff", "func boom(n) { return 1 / n }\nmut t := 0\nfor i in 300000 { t := (t + i) % 7 }\nboom(0)\n");
    let (_, err, status) = motet(&folder.0, &["run", "--profile", "x.svg", "a.ruff"]);
    assert!(status == 4 && err.contains("Division by zero") && err.contains("profile: x.svg"), "{status} {err}");
    assert_well_formed(&folder.read("x.svg"));
    let (_, err, status) = motet(&folder.0, &["run", "--profile", "y.svg", "--fuel", "1000", "a.ruff"]);
    assert!(status == 124 && err.contains("profile: y.svg"), "{status} {err}");
    assert_well_formed(&folder.read("y.svg"));
}

#[test]
fn figures_are_exact_where_they_can_be() {
    let folder = Folder::new("stats");
    let text = "mut t := 0\nfor i in 100 {\n  p := [i, i]\n  t := t + len(p)\n}\nprint(t)\n";
    folder.write("a.ruff", text);
    folder.write("more.ruff", &text.replace("100", "350"));
    let (out, err, status) = motet(&folder.0, &["run", "--stats", "a.ruff"]);
    assert_eq!((out.as_str(), status), ("200\n", 0), "{err}");
    for part in [
        "time to compile:",
        "time to load:",
        "time to run:",
        "slowed down by counting",
        "of it translation:",
        "of it collections:",
        "(0 pauses)",
        "fuel used:",
        "instructions:",
        "field cache:            not used",
        "method cache:           not used",
        "allocations:",
        " objects, ",
        "heap:",
    ] {
        assert!(err.contains(part), "{part}\n{err}");
    }
    let (_, err, _) = motet(&folder.0, &["run", "--stats=time", "a.ruff"]);
    assert!(err.contains("allocations:") && !err.contains("instructions"), "{err}");
    let (_, err, _) = motet(&folder.0, &["run", "--stats", "--json", "a.ruff"]);
    assert!(err.starts_with("{\"stats\":{\"compile_nanos\":") && err.ends_with("}}\n"), "{err}");
    // Names and texts that the program keeps as constants are objects, too: the same in both programs.
    let allocations = |json: &str| {
        let digits = json.split_once("\"allocations\":").expect("a figure").1.split_once(',').expect("more").0;
        digits.parse::<u64>().expect("a number")
    };
    let (_, more, _) = motet(&folder.0, &["run", "--stats", "--json", "more.ruff"]);
    assert_eq!(allocations(&more) - allocations(&err), 250);
    for part in ["\"calls\":0,", "\"native_calls\":101,", "\"collections\":0,", "\"field_cache_hits\":0,"] {
        assert!(err.contains(part), "{part}\n{err}");
    }
    let (out, err, status) = motet(&folder.0, &["run", "--stats", "--tier", "ast", "a.ruff"]);
    assert_eq!((out.as_str(), status), ("200\n", 0));
    assert!(err.contains("fuel used:") && err.contains("allocations:") && !err.contains("instructions"), "{err}");
}
