//! Exit statuses of the `motet` command; `docs/cli.md` and `--help` list them.
//!
//! A program's own errors use the statuses that its language defines, so that
//! scripts see the same numbers whatever runs them.

use motet::Trap;

/// Everything went well.
pub const OK: u8 = 0;
/// Some tests failed, a file does not verify, or the language says so.
pub const FAILED: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 2;
/// A file could not be read or written.
pub const IO: u8 = 5;
/// An invariant of Motet does not hold.
pub const INTERNAL: u8 = 6;
/// A file is not signed by a key that was asked for.
pub const UNSIGNED: u8 = 7;
/// A limit stopped the program (the number that `timeout` uses).
pub const LIMIT: u8 = 124;
/// The program was interrupted (128 + SIGINT).
pub const INTERRUPTED: u8 = 130;

/// The text of `--help` about statuses.
pub const HELP: &str = "\
Exit status:
  0    success; otherwise the number that the program gave to `exit`
  1    failed tests, a .pbc file that is damaged or does not verify, any error of a Moon, Rae, PohLang or Recorz program
  2    wrong command line
  3    lexical or syntax error in a Ruff program
  4    compile-time or run-time error of a Ruff program
  5    a file cannot be read or written
  6    internal error
  7    a file is not signed by a key that was asked for
  124  the fuel or time limit stopped the program
  130  interrupted";

/// Status for a program that a trap stopped.
pub fn of_trap(trap: Trap) -> u8 {
    match trap {
        Trap::OutOfFuel | Trap::Deadline => LIMIT,
        Trap::Interrupted => INTERRUPTED,
        // Only hosts that run programs in slices see the former.
        Trap::Waiting | Trap::Corrupt => INTERNAL,
    }
}
