//! The headers of the C API, made from `crates/motet-capi` by cbindgen.

use std::{fmt::Write as _, path::Path};

use cbindgen::{Builder, Config, DocumentationStyle, EnumConfig, ExportConfig, Language, RenameRule, Style};

/// A header and the files that it is made from, in the order of its parts.
struct Header {
    path: &'static str,
    guard: &'static str,
    sources: &'static [&'static str],
    includes: &'static [&'static str],
    /// What stands below the includes: constants that cbindgen cannot read.
    constants: &'static str,
    /// Types that no function mentions.
    also: &'static [&'static str],
    introduction: &'static str,
}

const HEADERS: [Header; 2] = [MOTET, RAE];

const MOTET: Header = Header {
    path: "include/motet.h",
    guard: "MOTET_H",
    sources: &["types", "engine", "config", "program", "isolate", "registry", "values", "callbacks", "errors"],
    includes: &[],
    constants: "
// As a length: the text ends at its first NUL byte.
#define MOTET_NUL_TERMINATED SIZE_MAX",
    also: &["motet_kind", "motet_tier", "motet_capability", "motet_after"],
    introduction: "\
/*
 * The C API of Motet: compile and run programs of several small languages.
 *
 * Generated from crates/motet-capi; change it there, and run `cargo xtask docs`.
 * docs/embedding-c.md explains it; examples/c has complete programs.
 *
 * - Every function that can fail returns a motet_status: 0 is success. motet_error_message() and the functions beside
 *   it say what went wrong. A result parameter is set to nothing (a null handle, nil, 0) first, so it can be read after
 *   a failure.
 * - Handles are numbers in a struct, null by default ({0}). Null, freed and wrong-type handles are errors.
 * - Texts are UTF-8. A pointer argument is null, or valid for what the function reads or writes through it, during the
 *   call; where null means something, that is said. Functions keep no pointer except user data.
 * - Engines and programs may be used in all threads at once. Configs, isolates, and what is in them, belong to the thread
 *   that made them; in others they are errors, except for motet_interrupt() and motet_request_reload(). Each thread has
 *   a last error of its own.
 * - Callbacks must return: no longjmp and no C++ exception may leave them.
 */
",
};

const RAE: Header = Header {
    path: "include/motet_rae.h",
    guard: "MOTET_RAE_H",
    sources: &["rae"],
    includes: &["motet.h"],
    constants: "",
    also: &[],
    introduction: "\
/*
 * The calls of Rae's plan: compile a path, execute an entry of a module, replace a module, register natives. They are a
 * thin layer over motet.h: each thread has one machine, which is made by the first call, and modules go by their names.
 *
 * Generated from crates/motet-capi; change it there, and run `cargo xtask docs`.
 *
 * - Programs of all languages can be compiled, by the extension of the file.
 * - All functions return a motet_status; motet_error_message() and motet_error_report() say what went wrong.
 * - Programs are granted clocks, randomness and standard input, and nothing else. For limits, other capabilities, calls
 *   with arguments or several machines in a thread use motet.h.
 */
",
};

/// All headers: path in the repository, and text.
pub fn all(root: &Path) -> Result<Vec<(&'static str, String)>, String> {
    HEADERS.iter().map(|header| Ok((header.path, generate(root, header)?))).collect()
}

fn generate(root: &Path, header: &Header) -> Result<String, String> {
    let also = header.also.iter().map(|name| (*name).to_string()).collect();
    let config = Config {
        language: Language::C,
        header: Some(header.introduction.trim_end().to_string()),
        include_guard: Some(header.guard.to_string()),
        no_includes: true,
        sys_includes: ["stddef.h", "stdint.h"].map(String::from).to_vec(),
        after_includes: Some(header.constants.to_string()).filter(|c| !c.is_empty()),
        export: ExportConfig { include: also, ..ExportConfig::default() },
        includes: header.includes.iter().map(|i| (*i).to_string()).collect(),
        cpp_compat: true,
        style: Style::Both,
        line_length: 110,
        usize_is_size_t: true,
        documentation_style: DocumentationStyle::C99,
        enumeration: EnumConfig { rename_variants: RenameRule::QualifiedScreamingSnakeCase, ..EnumConfig::default() },
        ..Config::default()
    };
    let mut builder = Builder::new().with_config(config);
    for source in header.sources {
        builder = builder.with_src(root.join(format!("crates/motet-capi/src/{source}.rs")));
    }
    let bindings = builder.generate().map_err(|e| format!("{}: {e}", header.path))?;
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).map_err(|e| format!("{}: {e}", header.path))
}

/// Sections of the table of functions: the file that has them, and a title.
const SECTIONS: [(&str, &str); 9] = [
    ("engine", "Versions and the engine"),
    ("config", "Configs"),
    ("program", "Programs"),
    ("isolate", "Isolates"),
    ("registry", "The registry"),
    ("values", "Lists, maps, records, objects"),
    ("callbacks", "In callbacks, and values to pass"),
    ("errors", "The last error"),
    ("rae", "motet_rae.h"),
];

/// All functions with the first sentence of their description.
pub fn table(root: &Path) -> Result<String, String> {
    let mut out = String::new();
    for (file, title) in SECTIONS {
        let path = root.join(format!("crates/motet-capi/src/{file}.rs"));
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let _ = writeln!(out, "### {title}\n\n| function | what it does |\n|---|---|");
        for (name, sentence) in functions(&text) {
            let _ = writeln!(out, "| `{name}` | {} |", sentence.replace('|', "\\|"));
        }
        out.push('\n');
    }
    Ok(out.trim_end().to_string() + "\n")
}

/// Names of exported functions and the first sentences of their documentation.
fn functions(text: &str) -> Vec<(&str, String)> {
    let mut found = Vec::new();
    let mut documentation = String::new();
    for line in text.lines() {
        if let Some(part) = line.strip_prefix("///") {
            documentation.push_str(part);
        } else if let Some((_, rest)) =
            line.split_once("extern \"C\" fn ").filter(|(before, _)| before.starts_with("pub "))
        {
            let name = rest.split('(').next().unwrap_or(rest);
            let end = documentation.find(". ").map_or(documentation.len(), |at| at + 1);
            found.push((name, documentation[..end].trim().to_string()));
        } else if !line.starts_with("#[") {
            documentation.clear();
        }
    }
    found
}
