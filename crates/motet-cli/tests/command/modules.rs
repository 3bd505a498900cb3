//! The life of a `.pbc` file on the command line: built, compressed, signed, verified, run, damaged, listed, and put into
//! an executable.

use std::fs;
use std::process::Command;

use super::{Folder, Seen, check, motet};

const PROGRAM: &str = "func double(n) { return n * 2 }\n# says it\nprint(\"twice\", double(21))\n";

fn folder(name: &str) -> Folder {
    Folder::new(name).with("app.ruff", PROGRAM)
}

/// Makes a key; tells the public one.
fn new_key(folder: &Folder, name: &str) -> String {
    let seen = motet(&folder.0, &["key", "new", "-o", name], "");
    assert_eq!(seen.status, 0, "{}", seen.err);
    fs::write(folder.0.join(name).with_extension("pub"), &seen.out).expect("written");
    seen.out.trim().to_string()
}

/// The command succeeds and says nothing.
fn quiet(folder: &Folder, args: &[&str]) {
    check(folder, args, "", 0, "", "");
}

#[test]
fn a_key_is_made_once_and_for_its_owner_only() {
    let folder = folder("keys");
    let public = new_key(&folder, "my.key");
    assert!(public.starts_with("ed25519:") && public.len() == 8 + 64, "{public}");
    let file = folder.0.join("my.key");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&file).expect("written").permissions().mode() & 0o777, 0o600);
    }
    let before = fs::read_to_string(&file).expect("written");
    check(&folder, &["key", "new", "-o", "my.key"], "", 5, "", "`my.key` exists already\n  = help: name another file");
    assert_eq!(fs::read_to_string(&file).expect("written"), before);
    check(&folder, &["key", "public", "my.key"], "", 0, &format!("{public}\n"), "");
    assert_eq!(motet(&folder.0, &["key", "new", "-o", "my.key", "--force"], "").status, 0);
    assert_ne!(fs::read_to_string(&file).expect("written"), before);
    assert_eq!(motet(&folder.0, &["key", "new"], "").status, 0);
    assert!(folder.0.join("motet.key").is_file());
    check(&folder, &["key", "public", "app.ruff"], "", 2, "", "`app.ruff`: this is not a key");
    check(&folder, &["key", "public", "my.pub"], "", 2, "", "`my.pub`: this is a public key");
    check(&folder, &["key", "public", "none.key"], "", 5, "", "cannot read the key `none.key`");
    check(&folder, &["build", "--sign", "my.pub", "app.ruff"], "", 2, "", "signing needs the secret one");
    assert!(!folder.0.join("app.pbc").exists());
}

#[test]
fn a_signed_program_runs_for_those_who_trust_its_key() {
    let folder = folder("signed");
    let (one, two) = (new_key(&folder, "one.key"), new_key(&folder, "two.key"));
    quiet(&folder, &["build", "app.ruff", "-o", "plain.pbc"]);
    quiet(&folder, &["build", "--compress", "--sign", "one.key", "app.ruff"]);
    let out = "twice 42\n";
    check(&folder, &["run", "app.pbc"], "", 0, out, "");
    check(&folder, &["run", "--require-signed", "one.pub", "app.pbc"], "", 0, out, "");
    check(&folder, &["run", "--require-signed", &one, "app.pbc"], "", 0, out, "");
    check(&folder, &["run", "--require-signed", &two, "--require-signed", &one, "app.pbc"], "", 0, out, "");
    fs::write(folder.0.join("all.pub"), format!("# everybody\n{two} the second\n{one}\n")).expect("written");
    check(&folder, &["run", "--require-signed", "all.pub", "app.pbc"], "", 0, out, "");
    check(
        &folder,
        &["run", "--require-signed", "two.pub", "app.pbc"],
        "",
        7,
        "",
        "error: app.pbc: the file is signed with another key",
    );
    check(
        &folder,
        &["run", "--require-signed", &one, "plain.pbc"],
        "",
        7,
        "",
        "plain.pbc: the file is not signed\n  = help: sign it",
    );
    check(&folder, &["run", "--require-signed", &one, "app.ruff"], "", 7, "", "app.ruff: source files are not signed");
    check(&folder, &["run", "--require-signed", "one.key", "app.pbc"], "", 2, "", "`one.key`: this is a secret key");
    check(&folder, &["run", "--require-signed", "ed25519:12", "app.pbc"], "", 2, "", "this is not a key");
    check(&folder, &["run", "--require-signed", "none.pub", "app.pbc"], "", 5, "", "cannot read the key `none.pub`");
    // Options go on working: arguments, other engines.
    check(&folder, &["run", "--require-signed", &one, "--fuel", "1", "app.pbc"], "", 124, "", "fuel");
    let verify = |args: &[&str], part: &str| {
        let seen = motet(&folder.0, args, "");
        assert!(seen.status == 0 && seen.out.contains(part), "{args:?}: {}{}", seen.out, seen.err);
    };
    verify(&["verify", "app.pbc"], ", compressed, signed with key ");
    verify(&["verify", "app.pbc"], "which was not checked: add --key");
    verify(&["verify", "app.pbc", "--key", "one.pub"], &format!(", compressed, signed by {one})"));
    verify(&["verify", "app.pbc", "--json", "--key", &one], "\"compressed\":true,\"key_id\":\"");
    check(&folder, &["verify", "app.pbc", "--key", &two], "", 7, "", "signed with another key");
    check(&folder, &["verify", "plain.pbc", "--key", &two], "", 7, "", "not signed");
}

#[test]
fn a_signature_survives_packing_and_not_stripping() {
    let folder = folder("repack");
    let one = new_key(&folder, "one.key");
    quiet(&folder, &["build", "--sign", "one.key", "app.ruff", "-o", "big.pbc"]);
    quiet(&folder, &["build", "--compress", "big.pbc", "-o", "small.pbc"]);
    quiet(&folder, &["build", "small.pbc", "-o", "again.pbc"]);
    let size = |name: &str| fs::read(folder.0.join(name)).expect("built");
    assert!(size("small.pbc").len() < size("big.pbc").len());
    assert_eq!(size("again.pbc"), size("big.pbc"));
    check(&folder, &["run", "--require-signed", &one, "small.pbc"], "", 0, "twice 42\n", "");
    check(&folder, &["build", "--strip", "big.pbc", "-o", "bare.pbc"], "", 0, "", "note: the result is not signed");
    check(&folder, &["run", "--require-signed", &one, "bare.pbc"], "", 7, "", "not signed");
    quiet(&folder, &["sign", "bare.pbc", "--key", "one.key"]);
    check(&folder, &["run", "--require-signed", &one, "bare.pbc"], "", 0, "twice 42\n", "");
    let two = new_key(&folder, "two.key");
    quiet(&folder, &["sign", "bare.pbc", "--key", "two.key", "-o", "other.pbc"]);
    check(&folder, &["run", "--require-signed", &two, "other.pbc"], "", 0, "twice 42\n", "");
    check(&folder, &["run", "--require-signed", &one, "bare.pbc"], "", 0, "twice 42\n", "");
    check(&folder, &["sign", "app.ruff", "--key", "one.key"], "", 1, "", "app.ruff: this is not a .pbc file");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder.0.join("one.key"), fs::Permissions::from_mode(0o644)).expect("mine");
        check(
            &folder,
            &["sign", "bare.pbc", "--key", "one.key"],
            "",
            0,
            "",
            "warning: other users can read the secret key",
        );
    }
}

#[test]
fn every_way_of_being_broken_is_told_with_advice() {
    let folder = folder("broken");
    quiet(&folder, &["build", "--compress", "app.ruff"]);
    let good = fs::read(folder.0.join("app.pbc")).expect("built");
    let head = u32::from_le_bytes([good[12], good[13], good[14], good[15]]) as usize;
    let broken = |change: &dyn Fn(&mut Vec<u8>), message: &str, help: &str| {
        let mut bytes = good.clone();
        change(&mut bytes);
        fs::write(folder.0.join("bad.pbc"), bytes).expect("written");
        for command in ["run", "verify", "disasm"] {
            check(&folder, &[command, "bad.pbc"], "", 1, "", &format!("error: bad.pbc: {message}"));
            check(&folder, &[command, "bad.pbc"], "", 1, "", &format!("\n  = help: {help}"));
        }
    };
    broken(&|b| b[0] = b'Q', "this is not a .pbc file", "`motet build FILE` makes");
    broken(&|b| b.clear(), "this is not a .pbc file", "`motet build FILE` makes");
    broken(&|b| b[4] = 3, "the file was made by a newer Motet: it has format version 3", "use a newer Motet");
    broken(&|b| b[4] = 0, "the file was made by an older Motet: it has format version 0", "build the file again");
    broken(&|b| b[9] = 1, "the header asks for features that this program does not know", "use a newer Motet");
    broken(
        &|b| b.truncate(3),
        "the file is cut short: the head of the file needs 16 bytes, 3 are there",
        "copy or download",
    );
    broken(&|b| b.truncate(head), "the file is cut short: the head of the file needs ", "copy or download");
    broken(&|b| b.truncate(head + 33), "the file is cut short: the section `program` needs ", "copy or download");
    broken(&|b| b[20] ^= 1, "the content hash of the head of the file does not match", "the file was damaged");
    broken(
        &|b| *b.last_mut().expect("not empty") ^= 1,
        "the content hash of the section `debug` does not",
        "the file was damaged",
    );
    broken(&|b| b.push(0), "bytes are left over", "the hashes are right");
    check(&folder, &["run", "--json", "bad.pbc"], "", 1, &motet(&folder.0, &["run", "--json", "bad.pbc"], "").out, "");
    let json = motet(&folder.0, &["run", "--json", "bad.pbc"], "").out;
    assert!(json.contains("\"message\":\"bad.pbc: bytes are left over") && json.contains("\"help\":\""), "{json}");
}

#[test]
fn disassembly_is_a_listing_or_assembly() {
    let folder = folder("listing");
    quiet(&folder, &["build", "-O0", "app.ruff"]);
    let listing = motet(&folder.0, &["disasm", "app.pbc"], "").out;
    let expected = "=== app.pbc ===\nVersion: 2\nConstants: 1\n  [0] String(\"twice\")\nNatives: 1\n  [0] ruff.print\n\n\
                    Code (5 instructions):\n  # app.ruff:3 | print(\"twice\", double(21))\n\
                    \x20 0000  LoadConst 0         # \"twice\"\n  0001  LoadInt 21\n  0002  Call 1              # double\n\
                    \x20 0003  CallNative 0, 2     # ruff.print\n  0004  Return\n\n\
                    Function 1: double(n)\nCode (4 instructions):\n  # app.ruff:1 | func double(n) { return n * 2 }\n\
                    \x20 0000  LoadLocal 0         # n\n  0001  LoadInt 2\n  0002  Multiply\n  0003  Return\n";
    assert_eq!(listing, expected);
    let assembly = motet(&folder.0, &["disasm", "--style", "assembly", "app.pbc"], "").out;
    assert!(assembly.contains("module \"app.ruff\"") && assembly == motet(&folder.0, &["dump", "app.pbc"], "").out);
    quiet(&folder, &["build", "--strip", "app.ruff"]);
    let bare = motet(&folder.0, &["disasm", "app.pbc"], "").out;
    assert!(!bare.contains("app.ruff") && bare.contains("Function 1: double(local 0)"), "{bare}");
}

/// Runs an executable of the folder.
fn execute(folder: &Folder, name: &str, args: &[&str]) -> Seen {
    let output = Command::new(folder.0.join(name)).args(args).current_dir(&folder.0).env("NO_COLOR", "1").output();
    let output = output.unwrap_or_else(|e| panic!("{name} starts: {e}"));
    Seen {
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        status: output.status.code().unwrap_or(-1),
    }
}

#[test]
fn a_standalone_program_is_the_program_and_nothing_else() {
    let folder = Folder::new("standalone")
        .with("app.ruff", "print(\"hello\")\n")
        .with("args.ruff", "print(args())\nthrow(\"enough\")\n");
    new_key(&folder, "my.key");
    quiet(&folder, &["build", "--standalone", "app.ruff"]);
    let run = |name: &str, args: &[&str]| execute(&folder, name, args);
    let seen = run(&format!("app{}", std::env::consts::EXE_SUFFIX), &["--help", "run", "--stats"]);
    assert_eq!((seen.status, seen.out.as_str(), seen.err.as_str()), (0, "hello\n", ""));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(folder.0.join("app")).expect("built").permissions().mode() & 0o777, 0o755);
    }
    // Out of a standalone program comes the executable only; a name of a tool changes nothing.
    quiet(
        &folder,
        &[
            "build",
            "--standalone",
            "--vm",
            "app",
            "--compress",
            "--strip",
            "--sign",
            "my.key",
            "app.ruff",
            "-o",
            "ruff",
        ],
    );
    assert_eq!(run("ruff", &["check"]).out, "hello\n");
    let size = |name: &str| fs::metadata(folder.0.join(name)).expect("built").len();
    assert!(
        size("ruff") < size("app") && size("ruff") > fs::metadata(env!("CARGO_BIN_EXE_motet")).expect("is there").len()
    );
    quiet(&folder, &["build", "--standalone", "args.ruff"]);
    let seen = run("args", &["one", "--two", "--", "-3"]);
    assert_eq!((seen.status, seen.out.as_str()), (4, "[one, --two, --, -3]\n"), "{}", seen.err);
    assert!(seen.err.contains("enough") && seen.err.contains("args.ruff:2"), "{}", seen.err);
    // Modules work as well as source files.
    quiet(&folder, &["build", "app.ruff"]);
    quiet(&folder, &["build", "--standalone", "app.pbc", "-o", "from-module"]);
    assert_eq!(run("from-module", &[]).out, "hello\n");

    let whole = fs::read(folder.0.join("app")).expect("built");
    let damaged = |change: &dyn Fn(&mut Vec<u8>), message: &str| {
        let mut bytes = whole.clone();
        change(&mut bytes);
        fs::copy(folder.0.join("app"), folder.0.join("bad")).expect("copied");
        fs::write(folder.0.join("bad"), bytes).expect("written");
        let seen = run("bad", &[]);
        assert_eq!((seen.status, seen.out.as_str()), (1, ""), "{}", seen.err);
        assert!(seen.err.starts_with("error: bad: ") && seen.err.contains(message), "{}", seen.err);
        fs::remove_file(folder.0.join("bad")).expect("removed");
    };
    let end = whole.len();
    damaged(&|b| b.truncate(end - 1), "its footer is missing");
    damaged(&|b| b.truncate(end - 500), "its footer is missing");
    damaged(&|b| b.push(0), "its footer is missing");
    damaged(&|b| b[end - 72] ^= 1, "its footer is missing");
    damaged(&|b| b[end - 45] ^= 1, "its footer and its size contradict each other");
    damaged(&|b| b[end - 1] ^= 1, "the module is not the one of its footer");
    damaged(&|b| b[end - 73] ^= 1, "the content hash of the section `debug` does not match");
    check(
        &folder,
        &["build", "--standalone", "--vm", "app.ruff", "app.ruff"],
        "",
        5,
        "",
        "is not an executable of Motet",
    );
    check(&folder, &["build", "--standalone", "app.ruff", "-o", "app.ruff"], "", 2, "", "would replace its source");
}
