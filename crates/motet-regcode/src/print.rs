//! Register code as text.

use alloc::{format, string::String};
use core::fmt::Write as _;

use crate::{Op, RegFunction, Role};

/// One line per instruction: word number, byte of the portable code, mnemonic, operands; jumps show
/// their target word. Handlers follow.
#[must_use]
pub fn print(function: &RegFunction) -> String {
    let mut out = format!("registers {}\n", function.regs);
    let mut at = 0;
    let mut last_pc = u32::MAX;
    while let Some(&word) = function.words.get(at) {
        let Some(&op) = Op::ALL.get((word & 0xffff) as usize) else { break };
        let pc = function.pc_of(at as u32);
        let shown = if pc == last_pc { String::new() } else { format!("@{pc}") };
        last_pc = pc;
        let mut line = format!("{at:5}  {shown:<7} {:<16}", op.row().mnemonic);
        let fields = [(word >> 16) as u16, (word >> 32) as u16, (word >> 48) as u16];
        for (i, role) in op.row().roles.iter().enumerate() {
            let x = fields[i];
            let wide = (word >> (16 * (i + 1))) as u32;
            let _ = match role {
                Role::No | Role::High => Ok(()),
                Role::In | Role::Out | Role::Regs => write!(line, " r{}", x / 2),
                Role::Imm => write!(line, " {}", x as i16),
                Role::Num => write!(line, " {x}"),
                Role::Jump => write!(line, " ->{}", at as i64 + i64::from(x as i16)),
                Role::Low => write!(line, " #{}", wide as i32),
                Role::JumpLow => write!(line, " ->{}", at as i64 + i64::from(wide as i32)),
            };
        }
        for e in 1..op.words() {
            let word = function.words.get(at + e).copied().unwrap_or(0);
            let _ = if op == Op::RangeStart {
                write!(line, " ->{}", at as i64 + word as i64)
            } else {
                write!(line, " [{:#x}]", word)
            };
        }
        out.push_str(line.trim_end());
        out.push('\n');
        at += op.words();
    }
    for h in &function.handlers {
        let _ = writeln!(out, "handler {}..{} ->{} r{}", h.start, h.end, h.handler, h.reg);
    }
    out
}
