//! Portable stack code → register code.
//!
//! The operand stack is kept *symbolically*: a slot may be a local or a
//! constant that was pushed but not yet moved anywhere, so that
//! `local a; local b; add; set_local c` becomes one instruction (Ertl and
//! Gregg call this static stack caching). Slot `k` has a register of its own
//! behind the locals (its canonical register); at block boundaries every slot
//! is brought there.

use alloc::{collections::BTreeMap, vec::Vec};

use motet_bytecode::{Const, FuncIdx, Function, Kind, LocalIdx, Module, Op as P, StackType};
use motet_verify::{FunctionFacts, VerifiedModule};

use crate::{Op, Role};

/// Binary operators in the numbering of the run side: `Add Sub Mul Div Rem Eq Ne Lt Le Gt Ge And Or Xor Shl Shr Ushr`.
mod bin {
    pub const ADD: u8 = 0;
    pub const SUB: u8 = 1;
    pub const MUL: u8 = 2;
    pub const DIV: u8 = 3;
    pub const REM: u8 = 4;
    pub const EQ: u8 = 5;
    pub const NE: u8 = 6;
    pub const LT: u8 = 7;
    pub const LE: u8 = 8;
    pub const GT: u8 = 9;
    pub const GE: u8 = 10;
    pub const AND: u8 = 11;
    pub const OR: u8 = 12;
    pub const XOR: u8 = 13;
    pub const SHL: u8 = 14;
    pub const SHR: u8 = 15;
    pub const USHR: u8 = 16;
}

/// Where the module's tables went in the isolate.
pub struct Link<'a> {
    /// Isolate id of function 0.
    pub func_base: u32,
    /// Isolate index of global 0.
    pub global_base: u32,
    /// Isolate index of constant 0.
    pub const_base: u32,
    /// Isolate ids of the natives.
    pub natives: &'a [u32],
    /// Isolate class id and shape id of each class.
    pub classes: &'a [(u32, u32)],
    /// Isolate shape id and permutation (`u32::MAX`: none) of each layout.
    pub layouts: &'a [(u32, u32)],
    /// Symbol of each constant that is a string or selector.
    pub symbols: &'a [u32],
}

/// A protected range, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// First word.
    pub start: u32,
    /// Just past the last word.
    pub end: u32,
    /// First word of the handler.
    pub handler: u32,
    /// Register that receives the exception value.
    pub reg: u32,
}

/// One function in register code.
#[derive(Clone, Debug)]
pub struct RegFunction {
    /// Instructions and extension words.
    pub words: Vec<u64>,
    /// Number of registers.
    pub regs: u32,
    /// Innermost first.
    pub handlers: Vec<Handler>,
    /// From this word on, up to the next entry, code comes from this byte of the portable code.
    pub pcs: Vec<(u32, u32)>,
}

impl RegFunction {
    /// Byte of the portable code that a word comes from.
    #[must_use]
    pub fn pc_of(&self, word: u32) -> u32 {
        let after = self.pcs.partition_point(|p| p.0 <= word);
        after.checked_sub(1).and_then(|i| self.pcs.get(i)).map_or(0, |p| p.1)
    }
}

/// Why a verified function cannot be translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TranslateError {
    /// It needs more than 32,767 registers.
    TooManyRegisters,
    /// Its code needs more than 2^31 words.
    TooLong,
}

/// Translates one function.
///
/// # Errors
/// When the function exceeds what register code can address.
pub fn translate(module: &VerifiedModule, func: FuncIdx, link: &Link<'_>) -> Result<RegFunction, TranslateError> {
    let facts = module.facts(func);
    match Translator::new(module, func, link, false).run(facts) {
        Err(Problem::Far) => match Translator::new(module, func, link, true).run(facts) {
            Ok(f) => Ok(f),
            Err(Problem::Far) => Err(TranslateError::TooLong),
            Err(Problem::Error(e)) => Err(e),
        },
        Ok(f) => Ok(f),
        Err(Problem::Error(e)) => Err(e),
    }
}

enum Problem {
    /// A short jump does not reach.
    Far,
    Error(TranslateError),
}

/// A slot of the operand stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sym {
    /// In its canonical register.
    Temp,
    Local(u32),
    Const(u32),
    Int(i32),
    /// Tag and payload of an immediate (nil, unset, booleans).
    Imm(u16, u16),
    Func(u32),
    Native(u32),
    /// Iteration state in two registers.
    Iter,
}

#[derive(Clone, Copy)]
struct Slot {
    sym: Sym,
    reg: u32,
}

const TAG_NIL: u16 = 2;
const TAG_BOOL: u16 = 3;
const TAG_UNSET: u16 = 4;

/// A condition that a branch tests.
enum Cond {
    /// A boolean register.
    Bool(u32),
    /// A register of any kind.
    Truthy(u32),
    /// Integers.
    Int(u8, u32, Operand),
    /// Floats: `Lt` or `Le`.
    Float(u8, u32, u32),
    /// Dynamic comparison; the last is the register for the slow path's result.
    Dyn(u8, u32, Operand, u32),
}

#[derive(Clone, Copy)]
enum Operand {
    Reg(u32),
    Imm(i16),
}

enum Fix {
    /// Operand c, 16 bits.
    Short,
    /// Operands b and c, 32 bits.
    Long,
    /// The word itself; the number is relative to the word before it.
    Ext,
}

struct Translator<'a> {
    module: &'a Module,
    function: &'a Function,
    link: &'a Link<'a>,
    far: bool,
    words: Vec<u64>,
    pcs: Vec<(u32, u32)>,
    stack: Vec<Slot>,
    max_reg: u32,
    labels: BTreeMap<u32, u32>,
    fixes: Vec<(u32, u32, Fix)>,
    pc: u32,
    /// A local that got the current op's result directly and is to be marked as shared then.
    share: Option<u32>,
}

impl<'a> Translator<'a> {
    fn new(module: &'a VerifiedModule, func: FuncIdx, link: &'a Link<'a>, far: bool) -> Self {
        let module: &'a Module = module;
        let function = &module.functions[func.index()];
        Self {
            module,
            function,
            link,
            far,
            words: Vec::new(),
            pcs: Vec::new(),
            stack: Vec::new(),
            max_reg: function.locals.len() as u32,
            labels: BTreeMap::new(),
            fixes: Vec::new(),
            pc: 0,
            share: None,
        }
    }

    // ---- emission

    /// Emits an instruction; register operands are given as plain numbers.
    fn emit(&mut self, op: Op, a: u32, b: u32, c: u32) {
        let fold = |role: Role, x: u32| match role {
            Role::In | Role::Out | Role::Regs => (x * 2) as u16,
            _ => x as u16,
        };
        let [ra, rb, rc] = op.row().roles;
        let word = u64::from(op as u16)
            | u64::from(fold(ra, a)) << 16
            | u64::from(fold(rb, b)) << 32
            | u64::from(fold(rc, c)) << 48;
        if self.pcs.last().is_none_or(|p| p.1 != self.pc) {
            self.pcs.push((self.words.len() as u32, self.pc));
        }
        self.words.push(word);
    }

    fn ext(&mut self, word: u64) {
        self.words.push(word);
    }

    /// An op whose operands b and c are one 32-bit number.
    fn emit32(&mut self, op: Op, a: u32, n: u32) {
        self.emit(op, a, n & 0xffff, n >> 16);
    }

    fn here(&self) -> u32 {
        self.words.len() as u32
    }

    fn jump32(&mut self, op: Op, a: u32, target: u32) {
        self.fixes.push((self.here(), target, Fix::Long));
        self.emit(op, a, 0, 0);
    }

    fn jump16(&mut self, op: Op, a: u32, b: u32, target: u32) {
        self.fixes.push((self.here(), target, Fix::Short));
        self.emit(op, a, b, 0);
    }

    // ---- symbolic stack

    fn next_reg(&self) -> u32 {
        self.stack.last().map_or(self.function.locals.len() as u32, |s| s.reg + if s.sym == Sym::Iter { 2 } else { 1 })
    }

    fn push(&mut self, sym: Sym) -> u32 {
        let reg = self.next_reg();
        self.stack.push(Slot { sym, reg });
        self.max_reg = self.max_reg.max(reg + 2);
        reg
    }

    fn pop(&mut self) -> Slot {
        self.stack.pop().unwrap_or(Slot { sym: Sym::Temp, reg: 0 })
    }

    fn load(&mut self, sym: Sym, to: u32) {
        match sym {
            Sym::Temp | Sym::Iter => {}
            Sym::Local(l) => {
                if l != to {
                    self.emit(Op::Move, to, l, 0);
                }
            }
            Sym::Const(k) => self.emit32(Op::LoadK, to, self.link.const_base + k),
            Sym::Int(n) => self.emit32(Op::LoadInt, to, n as u32),
            Sym::Imm(tag, payload) => self.emit(Op::LoadImm, to, u32::from(tag), u32::from(payload)),
            Sym::Func(f) => self.emit32(Op::LoadFunc, to, f),
            Sym::Native(n) => self.emit32(Op::LoadNative, to, n),
        }
    }

    /// Register that holds the slot's value, loading it if it is in none.
    fn reg(&mut self, slot: Slot) -> u32 {
        match slot.sym {
            Sym::Temp | Sym::Iter => slot.reg,
            Sym::Local(l) => l,
            _ => {
                self.load(slot.sym, slot.reg);
                slot.reg
            }
        }
    }

    fn pop_reg(&mut self) -> u32 {
        let slot = self.pop();
        self.reg(slot)
    }

    fn settle(&mut self, index: usize) {
        let Slot { sym, reg } = self.stack[index];
        if !matches!(sym, Sym::Temp | Sym::Iter) {
            self.load(sym, reg);
            self.stack[index].sym = Sym::Temp;
        }
    }

    /// Brings the slots from `from` on to their own registers.
    fn settle_from(&mut self, from: usize) {
        for i in from..self.stack.len() {
            self.settle(i);
        }
    }

    /// Before a local changes: slots that stand for its old value get their own copy.
    fn detach(&mut self, local: u32) {
        for i in 0..self.stack.len() {
            if self.stack[i].sym == Sym::Local(local) {
                self.settle(i);
            }
        }
    }

    /// The top `n` slots in consecutive registers; drops them and returns the first register.
    fn pop_regs(&mut self, n: usize) -> u32 {
        let from = self.stack.len().saturating_sub(n);
        self.settle_from(from);
        let first = self.stack.get(from).map_or_else(|| self.next_reg(), |s| s.reg);
        self.stack.truncate(from);
        self.max_reg = self.max_reg.max(first + 1);
        first
    }

    // ---- driver

    fn run(mut self, facts: &FunctionFacts) -> Result<RegFunction, Problem> {
        let ops: Vec<(u32, P)> = motet_bytecode::instructions(&self.function.code).map_while(Result::ok).collect();
        for &LocalIdx(local) in facts.init_locals() {
            self.emit(Op::LoadImm, u32::from(local), u32::from(TAG_UNSET), 0);
        }
        let starts: Vec<u32> = facts.blocks().map(|b| b.start).collect();
        let leads = |pc: u32| starts.binary_search(&pc).is_ok();
        let mut end = 0;
        let mut i = 0;
        while let Some(&(pc, op)) = ops.get(i) {
            self.pc = pc;
            if let Some(block) = facts.block_at(pc) {
                if end == pc {
                    // Control may fall into this block.
                    self.settle_from(0);
                }
                self.labels.insert(pc, self.here());
                self.stack.clear();
                for &slot in block.stack {
                    self.push(if slot == StackType::Iter { Sym::Iter } else { Sym::Temp });
                }
                end = block.end;
            }
            if pc >= end {
                // No block: this instruction cannot be reached.
                i += 1;
                continue;
            }
            // The following instructions, as long as no jump can land on them.
            let free = |n: usize| ops.get(i + n).filter(|o| !leads(o.0)).map(|o| o.1);
            let next = [free(1), free(1).and_then(|_| free(2))];
            let used = self.one(op, next);
            if let Some(local) = self.share.take() {
                self.emit(Op::Share, local, 0, 0);
            }
            if op.info().flags.has(motet_bytecode::ops::Flags::TERMINATES) {
                end = pc;
            }
            if self.max_reg > 32_000 {
                return Err(Problem::Error(TranslateError::TooManyRegisters));
            }
            i += 1 + used;
        }
        self.labels.insert(self.function.code.len() as u32, self.here());
        self.patch()?;
        // A range may begin or end in code that cannot be reached: the next label is meant.
        let word = |pc: u32| self.labels.range(pc..).next().map_or(self.here(), |l| *l.1);
        let handlers = self
            .function
            .handlers
            .iter()
            .filter_map(|h| {
                let block = facts.block_at(h.handler)?;
                let below = block.stack.iter().take(usize::from(h.depth));
                let wide = below.filter(|s| **s == StackType::Iter).count() as u32;
                let reg = self.function.locals.len() as u32 + u32::from(h.depth) + wide;
                Some(Handler { start: word(h.start), end: word(h.end), handler: word(h.handler), reg })
            })
            .collect();
        Ok(RegFunction { words: self.words, regs: self.max_reg + 2, handlers, pcs: self.pcs })
    }

    fn patch(&mut self) -> Result<(), Problem> {
        for (at, target, fix) in core::mem::take(&mut self.fixes) {
            let to = i64::from(self.labels.get(&target).copied().unwrap_or(0));
            let base = if matches!(fix, Fix::Ext) { i64::from(at) - 1 } else { i64::from(at) };
            let off = to - base;
            let word = &mut self.words[at as usize];
            match fix {
                Fix::Short => {
                    let off = i16::try_from(off).map_err(|_| Problem::Far)?;
                    *word |= u64::from(off as u16) << 48;
                }
                Fix::Long => {
                    let off = i32::try_from(off).map_err(|_| Problem::Error(TranslateError::TooLong))?;
                    *word |= u64::from(off as u32) << 32;
                }
                Fix::Ext => *word = off as u64,
            }
        }
        Ok(())
    }

    /// Where the result of the current op goes: the local of a `set_local` right behind it, or the next slot's
    /// register. The second is how many instructions that used up.
    fn dst(&mut self, next: [Option<P>; 2]) -> (u32, usize) {
        let (local, used) = match next {
            [Some(P::SetLocal { local }), _] => (Some(u32::from(local.0)), 1),
            [Some(P::Share {}), Some(P::SetLocal { local })] => (Some(u32::from(local.0)), 2),
            _ => (None, 0),
        };
        if let Some(local) = local
            && !self.stack.iter().any(|s| s.sym == Sym::Local(local))
        {
            self.share = (used == 2).then_some(local);
            return (local, used);
        }
        (self.push(Sym::Temp), 0)
    }

    // ---- branches

    /// Goes to `target` if the condition is `sense`. All slots must be settled.
    fn branch(&mut self, cond: Cond, sense: bool, target: u32) {
        if target <= self.pc {
            // Only `Loop` goes back: it is the safepoint.
            let skip = self.fresh_label();
            self.branch_forward(cond, !sense, skip);
            self.jump32(Op::Loop, 0, target);
            self.labels.insert(skip, self.here());
        } else {
            self.branch_forward(cond, sense, target);
        }
    }

    /// A label that is no code offset.
    fn fresh_label(&self) -> u32 {
        u32::MAX - self.fixes.len() as u32 - self.labels.len() as u32
    }

    fn branch_forward(&mut self, cond: Cond, sense: bool, target: u32) {
        match cond {
            Cond::Bool(r) => self.jump32(if sense { Op::JumpIf } else { Op::JumpUnless }, r, target),
            Cond::Truthy(r) => self.jump32(if sense { Op::JumpTruthy } else { Op::JumpFalsy }, r, target),
            Cond::Int(op, a, b) => self.int_branch(if sense { op } else { negated(op) }, a, b, target),
            Cond::Float(op, a, b) => {
                let op = match (op, sense) {
                    (bin::LT, true) => Op::FloatJLt,
                    (bin::LT, false) => Op::FloatJLtNot,
                    (_, true) => Op::FloatJLe,
                    (_, false) => Op::FloatJLeNot,
                };
                self.jump16(op, a, b, target);
            }
            Cond::Dyn(op, a, b, result) => {
                let at = usize::from(op - bin::EQ) + if sense { 0 } else { 6 };
                match b {
                    Operand::Reg(b) => self.jump16(DYN_BRANCH[at], a, b, target),
                    Operand::Imm(n) => self.jump16(DYN_BRANCH[at + 12], a, n as u16 as u32, target),
                }
                self.jump32(if sense { Op::JumpTruthy } else { Op::JumpFalsy }, result, target);
            }
        }
    }

    fn int_branch(&mut self, op: u8, a: u32, b: Operand, target: u32) {
        match b {
            Operand::Reg(b) => {
                let (op, a, b) = match op {
                    bin::GT => (Op::IntJLt, b, a),
                    bin::GE => (Op::IntJLe, b, a),
                    bin::EQ => (Op::IntJEq, a, b),
                    bin::NE => (Op::IntJNe, a, b),
                    bin::LT => (Op::IntJLt, a, b),
                    _ => (Op::IntJLe, a, b),
                };
                self.jump16(op, a, b, target);
            }
            Operand::Imm(n) => {
                let op = match op {
                    bin::EQ => Op::IntJEqI,
                    bin::NE => Op::IntJNeI,
                    bin::LT => Op::IntJLtI,
                    bin::LE => Op::IntJLeI,
                    bin::GT => Op::IntJGtI,
                    _ => Op::IntJGeI,
                };
                self.jump16(op, a, n as u16 as u32, target);
            }
        }
    }

    /// If the instructions behind a comparison are a conditional jump (after `truthy`, when `truth`): its sense, target
    /// and how many instructions it takes.
    fn coming_branch(next: [Option<P>; 2], truth: bool) -> Option<(bool, u32, usize)> {
        let (jump, used) = match (truth, next) {
            (true, [Some(P::Truthy {}), Some(jump)]) => (jump, 2),
            (false, [Some(jump), _]) => (jump, 1),
            _ => return None,
        };
        match jump {
            P::JumpIf { to } => Some((true, to.0, used)),
            P::JumpUnless { to } => Some((false, to.0, used)),
            _ => None,
        }
    }

    fn imm16(&self, slot: Slot) -> Option<i16> {
        match slot.sym {
            Sym::Int(n) => i16::try_from(n).ok(),
            _ => None,
        }
    }

    fn operand(&mut self, slot: Slot) -> Operand {
        match self.imm16(slot) {
            Some(n) => Operand::Imm(n),
            None => Operand::Reg(self.reg(slot)),
        }
    }

    // ---- operators

    fn dyn_binary(&mut self, op: u8, next: [Option<P>; 2]) -> usize {
        let (b, a) = (self.pop(), self.pop());
        let comparison = (bin::EQ..=bin::GE).contains(&op);
        if comparison
            && !self.far
            && let Some((sense, target, used)) = Self::coming_branch(next, true)
        {
            self.settle_from(0);
            let ra = self.reg(a);
            let rb = self.operand(b);
            self.max_reg = self.max_reg.max(a.reg + 1);
            self.branch(Cond::Dyn(op, ra, rb, a.reg), sense, target);
            return used;
        }
        let ra = self.reg(a);
        let short = [Op::AddI, Op::SubI, Op::MulI, Op::DivI, Op::RemI];
        if let (Some(&short), Some(n)) = (short.get(usize::from(op)), self.imm16(b)) {
            let (dst, used) = self.dst(next);
            self.emit(short, dst, ra, n as u16 as u32);
            return used;
        }
        let rb = self.reg(b);
        let (dst, used) = self.dst(next);
        let plain = [Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Rem, Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge];
        match plain.get(usize::from(op)) {
            Some(&plain) => self.emit(plain, dst, ra, rb),
            None => {
                self.emit(Op::Bin, dst, ra, rb);
                self.ext(u64::from(op));
            }
        }
        used
    }

    fn int_binary(&mut self, op: u8, checked: bool, next: [Option<P>; 2]) -> usize {
        let (mut b, mut a) = (self.pop(), self.pop());
        let mut op = op;
        if self.imm16(a).is_some() && self.imm16(b).is_none() {
            // Put the constant on the right.
            let mirrored = match op {
                bin::ADD | bin::MUL | bin::EQ | bin::NE => Some(op),
                bin::LT => Some(bin::GT),
                bin::LE => Some(bin::GE),
                bin::GT => Some(bin::LT),
                bin::GE => Some(bin::LE),
                _ => None,
            };
            // Addition and multiplication that may overflow keep the order for the language's message.
            if let Some(m) = mirrored
                && !(checked && matches!(op, bin::ADD | bin::MUL))
            {
                op = m;
                core::mem::swap(&mut a.sym, &mut b.sym);
                core::mem::swap(&mut a.reg, &mut b.reg);
            }
        }
        if (bin::EQ..=bin::GE).contains(&op) {
            if !self.far
                && let Some((sense, target, used)) = Self::coming_branch(next, false)
            {
                self.settle_from(0);
                let ra = self.reg(a);
                let rb = self.operand(b);
                self.branch(Cond::Int(op, ra, rb), sense, target);
                return used;
            }
            let (ra, rb) = (self.reg(a), self.reg(b));
            let (plain, ra, rb) = match op {
                bin::EQ => (Op::IntEq, ra, rb),
                bin::NE => (Op::IntNe, ra, rb),
                bin::LT => (Op::IntLt, ra, rb),
                bin::LE => (Op::IntLe, ra, rb),
                bin::GT => (Op::IntLt, rb, ra),
                _ => (Op::IntLe, rb, ra),
            };
            let (dst, used) = self.dst(next);
            self.emit(plain, dst, ra, rb);
            return used;
        }
        let ra = self.reg(a);
        if let Some(n) = self.imm16(b) {
            let short = match (op, checked) {
                (bin::ADD, false) => Some(Op::IntAddI),
                (bin::SUB, false) => Some(Op::IntSubI),
                (bin::MUL, false) => Some(Op::IntMulI),
                (bin::ADD, true) => Some(Op::ChkAddI),
                (bin::SUB, true) => Some(Op::ChkSubI),
                (bin::MUL, true) => Some(Op::ChkMulI),
                (bin::DIV, _) if n != 0 && n != -1 => Some(Op::IntDivI),
                (bin::REM, _) if n != 0 && n != -1 => Some(Op::IntRemI),
                _ => None,
            };
            if let Some(short) = short {
                let (dst, used) = self.dst(next);
                self.emit(short, dst, ra, n as u16 as u32);
                return used;
            }
        }
        let rb = self.reg(b);
        let plain = match (op, checked) {
            (bin::ADD, false) => Op::IntAdd,
            (bin::SUB, false) => Op::IntSub,
            (bin::MUL, false) => Op::IntMul,
            (bin::ADD, true) => Op::ChkAdd,
            (bin::SUB, true) => Op::ChkSub,
            (bin::MUL, true) => Op::ChkMul,
            (bin::DIV, _) => Op::IntDiv,
            (bin::REM, _) => Op::IntRem,
            (bin::AND, _) => Op::IntAnd,
            (bin::OR, _) => Op::IntOr,
            (bin::XOR, _) => Op::IntXor,
            (bin::SHL, _) => Op::IntShl,
            (bin::SHR, _) => Op::IntShr,
            _ => Op::IntUshr,
        };
        let (dst, used) = self.dst(next);
        self.emit(plain, dst, ra, rb);
        used
    }

    fn float_binary(&mut self, op: u8, next: [Option<P>; 2]) -> usize {
        let (b, a) = (self.pop(), self.pop());
        let (op, a, b) = match op {
            bin::GT => (bin::LT, b, a),
            bin::GE => (bin::LE, b, a),
            _ => (op, a, b),
        };
        if matches!(op, bin::LT | bin::LE)
            && !self.far
            && let Some((sense, target, used)) = Self::coming_branch(next, false)
        {
            self.settle_from(0);
            let (ra, rb) = (self.reg(a), self.reg(b));
            self.branch(Cond::Float(op, ra, rb), sense, target);
            return used;
        }
        let (ra, rb) = (self.reg(a), self.reg(b));
        let plain = match op {
            bin::ADD => Op::FloatAdd,
            bin::SUB => Op::FloatSub,
            bin::MUL => Op::FloatMul,
            bin::DIV => Op::FloatDiv,
            bin::REM => Op::FloatRem,
            bin::EQ => Op::FloatEq,
            bin::NE => Op::FloatNe,
            bin::LT => Op::FloatLt,
            _ => Op::FloatLe,
        };
        let (dst, used) = self.dst(next);
        self.emit(plain, dst, ra, rb);
        used
    }

    fn plain2(&mut self, op: Op, ext: Option<u64>, next: [Option<P>; 2]) -> usize {
        let (b, a) = (self.pop(), self.pop());
        let (ra, rb) = (self.reg(a), self.reg(b));
        let (dst, used) = self.dst(next);
        self.emit(op, dst, ra, rb);
        if let Some(word) = ext {
            self.ext(word);
        }
        used
    }

    fn plain1(&mut self, op: Op, c: u32, ext: Option<u64>, next: [Option<P>; 2]) -> usize {
        let ra = self.pop_reg();
        let (dst, used) = self.dst(next);
        self.emit(op, dst, ra, c);
        if let Some(word) = ext {
            self.ext(word);
        }
        used
    }

    fn load32(&mut self, op: Op, n: u32, next: [Option<P>; 2]) -> usize {
        let (dst, used) = self.dst(next);
        self.emit32(op, dst, n);
        used
    }

    fn regs_op(&mut self, op: Op, n: usize, count: usize, ext: Option<u64>, next: [Option<P>; 2]) -> usize {
        let first = self.pop_regs(n);
        let (dst, used) = self.dst(next);
        self.emit(op, dst, first, count as u32);
        if let Some(word) = ext {
            self.ext(word);
        }
        used
    }

    /// Register of the top slot, which stays: ops that check or mark a value without moving it.
    fn top_reg(&mut self) -> u32 {
        let slot = self.pop();
        let reg = self.reg(slot);
        let sym = if let Sym::Local(_) = slot.sym { slot.sym } else { Sym::Temp };
        self.stack.push(Slot { sym, reg: slot.reg });
        reg
    }

    fn symbol(&self, index: motet_bytecode::ConstIdx) -> u64 {
        u64::from(self.link.symbols[index.index()])
    }

    /// One instruction; returns how many of the following ones it covered.
    #[allow(clippy::too_many_lines)] // One arm per op.
    fn one(&mut self, op: P, next: [Option<P>; 2]) -> usize {
        match op {
            P::Nil {} => {
                self.push(Sym::Imm(TAG_NIL, 0));
            }
            P::Unset {} => {
                self.push(Sym::Imm(TAG_UNSET, 0));
            }
            P::True {} => {
                self.push(Sym::Imm(TAG_BOOL, 1));
            }
            P::False {} => {
                self.push(Sym::Imm(TAG_BOOL, 0));
            }
            P::Int { value } => {
                self.push(Sym::Int(value.0));
            }
            P::Const { index } => {
                let sym = match self.module.constants[index.index()] {
                    Const::Nil => Sym::Imm(TAG_NIL, 0),
                    Const::Bool(b) => Sym::Imm(TAG_BOOL, u16::from(b)),
                    Const::Int(n) if i32::try_from(n).is_ok() => Sym::Int(n as i32),
                    Const::Func(f) => Sym::Func(self.link.func_base + f.0),
                    Const::Int(_) | Const::Float(_) | Const::Str(_) | Const::Selector(_) => Sym::Const(index.0),
                };
                self.push(sym);
            }
            P::Func { func } => {
                self.push(Sym::Func(self.link.func_base + func.0));
            }
            P::Native { native } => {
                self.push(Sym::Native(self.link.natives[native.index()]));
            }
            P::Pop {} => {
                self.pop();
            }
            P::Pick { depth } => {
                let from = self.stack[self.stack.len() - 1 - depth.index()];
                match from.sym {
                    Sym::Temp | Sym::Iter => {
                        let to = self.push(from.sym);
                        self.emit(Op::Move, to, from.reg, 0);
                        if from.sym == Sym::Iter {
                            self.emit(Op::Move, to + 1, from.reg + 1, 0);
                        }
                    }
                    sym => {
                        self.push(sym);
                    }
                }
            }

            P::Local { local } => {
                self.push(Sym::Local(u32::from(local.0)));
            }
            P::SetLocal { local } => {
                let local = u32::from(local.0);
                let slot = self.pop();
                self.detach(local);
                match slot.sym {
                    Sym::Temp | Sym::Iter => self.emit(Op::Move, local, slot.reg, 0),
                    sym => self.load(sym, local),
                }
            }
            P::Capture { capture } => {
                let (dst, used) = self.dst(next);
                self.emit(Op::GetCapture, dst, u32::from(capture.0), 0);
                return used;
            }
            P::SetCapture { capture } => {
                let r = self.pop_reg();
                self.emit(Op::SetCapture, r, u32::from(capture.0), 0);
            }
            P::Global { global } => return self.load32(Op::GetGlobal, self.link.global_base + global.0, next),
            P::GlobalOrUnset { global } => {
                return self.load32(Op::GetGlobalRaw, self.link.global_base + global.0, next);
            }
            P::SetGlobal { global } => {
                let r = self.pop_reg();
                self.emit32(Op::SetGlobal, r, self.link.global_base + global.0);
            }
            P::IsUnset {} => return self.plain1(Op::IsUnset, 0, None, next),
            P::CheckSet { name } => {
                let r = self.top_reg();
                self.emit32(Op::CheckSet, r, self.link.const_base + name.0);
            }

            P::Jump { to } => {
                self.settle_from(0);
                self.jump32(if to.0 <= self.pc { Op::Loop } else { Op::Jump }, 0, to.0);
            }
            P::JumpIf { to } | P::JumpUnless { to } => {
                let sense = matches!(op, P::JumpIf { .. });
                let slot = self.pop();
                if let Sym::Imm(TAG_BOOL, b) = slot.sym {
                    self.settle_from(0);
                    if (b == 1) == sense {
                        self.jump32(if to.0 <= self.pc { Op::Loop } else { Op::Jump }, 0, to.0);
                    }
                    return 0;
                }
                self.settle_from(0);
                let r = self.reg(slot);
                self.branch(Cond::Bool(r), sense, to.0);
            }
            P::LoopHead {} => {}
            P::RangeStart { local, done } | P::RangeStartInclusive { local, done } => {
                self.detach(u32::from(local.0));
                self.settle_from(0);
                let first = self.stack[self.stack.len() - 2].reg;
                let inclusive = u32::from(matches!(op, P::RangeStartInclusive { .. }));
                self.emit(Op::RangeStart, first, u32::from(local.0), inclusive);
                self.fixes.push((self.here(), done.0, Fix::Ext));
                self.ext(0);
            }
            P::RangeNext { local, body } => {
                self.settle_from(0);
                self.pop();
                let first = self.pop().reg;
                self.step_back(Op::RangeNext, first, u32::from(local.0), body.0);
            }
            P::IterStart {} => {
                let r = self.pop_reg();
                let to = self.push(Sym::Iter);
                self.emit(Op::IterStart, to, r, 0);
            }
            P::IterNext { local, body } => {
                self.detach(u32::from(local.0));
                self.settle_from(0);
                let state = self.pop().reg;
                self.step_back(Op::IterNext, state, u32::from(local.0), body.0);
            }
            P::Return {} => {
                let r = self.pop_reg();
                self.emit(Op::Return, r, 0, 0);
            }
            P::Raise {} => {
                let r = self.pop_reg();
                self.emit(Op::Raise, r, 0, 0);
            }
            P::RaiseError { message } => self.emit32(Op::RaiseError, 0, self.link.const_base + message.0),
            P::Yield {} => return self.plain1(Op::Yield, 0, None, next),
            P::Await {} => return self.plain1(Op::Await, 0, None, next),

            P::DynAdd {} => return self.dyn_binary(bin::ADD, next),
            P::DynSub {} => return self.dyn_binary(bin::SUB, next),
            P::DynMul {} => return self.dyn_binary(bin::MUL, next),
            P::DynDiv {} => return self.dyn_binary(bin::DIV, next),
            P::DynRem {} => return self.dyn_binary(bin::REM, next),
            P::DynEq {} => return self.dyn_binary(bin::EQ, next),
            P::DynNe {} => return self.dyn_binary(bin::NE, next),
            P::DynLt {} => return self.dyn_binary(bin::LT, next),
            P::DynLe {} => return self.dyn_binary(bin::LE, next),
            P::DynGt {} => return self.dyn_binary(bin::GT, next),
            P::DynGe {} => return self.dyn_binary(bin::GE, next),
            P::DynBitAnd {} => return self.dyn_binary(bin::AND, next),
            P::DynBitOr {} => return self.dyn_binary(bin::OR, next),
            P::DynBitXor {} => return self.dyn_binary(bin::XOR, next),
            P::DynShl {} => return self.dyn_binary(bin::SHL, next),
            P::DynShr {} => return self.dyn_binary(bin::SHR, next),
            P::DynUshr {} => return self.dyn_binary(bin::USHR, next),
            P::DynNeg {} => return self.plain1(Op::Un, 0, None, next),
            P::DynNot {} => return self.plain1(Op::Un, 1, None, next),
            P::DynBitNot {} => return self.plain1(Op::Un, 2, None, next),

            P::IntAdd {} => return self.int_binary(bin::ADD, false, next),
            P::IntSub {} => return self.int_binary(bin::SUB, false, next),
            P::IntMul {} => return self.int_binary(bin::MUL, false, next),
            P::IntDiv {} | P::CheckedDiv {} => return self.int_binary(bin::DIV, false, next),
            P::IntRem {} | P::CheckedRem {} => return self.int_binary(bin::REM, false, next),
            P::IntEq {} => return self.int_binary(bin::EQ, false, next),
            P::IntNe {} => return self.int_binary(bin::NE, false, next),
            P::IntLt {} => return self.int_binary(bin::LT, false, next),
            P::IntLe {} => return self.int_binary(bin::LE, false, next),
            P::IntGt {} => return self.int_binary(bin::GT, false, next),
            P::IntGe {} => return self.int_binary(bin::GE, false, next),
            P::IntBitAnd {} => return self.int_binary(bin::AND, false, next),
            P::IntBitOr {} => return self.int_binary(bin::OR, false, next),
            P::IntBitXor {} => return self.int_binary(bin::XOR, false, next),
            P::IntShl {} => return self.int_binary(bin::SHL, false, next),
            P::IntShr {} => return self.int_binary(bin::SHR, false, next),
            P::IntUshr {} => return self.int_binary(bin::USHR, false, next),
            P::IntNeg {} => return self.plain1(Op::IntNeg, 0, None, next),
            P::IntBitNot {} => return self.plain1(Op::IntBitNot, 0, None, next),
            P::IntToFloat {} => return self.plain1(Op::IntToFloat, 0, None, next),
            P::CheckedAdd {} => return self.int_binary(bin::ADD, true, next),
            P::CheckedSub {} => return self.int_binary(bin::SUB, true, next),
            P::CheckedMul {} => return self.int_binary(bin::MUL, true, next),
            P::CheckedNeg {} => return self.plain1(Op::ChkNeg, 0, None, next),

            P::FloatAdd {} => return self.float_binary(bin::ADD, next),
            P::FloatSub {} => return self.float_binary(bin::SUB, next),
            P::FloatMul {} => return self.float_binary(bin::MUL, next),
            P::FloatDiv {} => return self.float_binary(bin::DIV, next),
            P::FloatRem {} => return self.float_binary(bin::REM, next),
            P::FloatEq {} => return self.float_binary(bin::EQ, next),
            P::FloatNe {} => return self.float_binary(bin::NE, next),
            P::FloatLt {} => return self.float_binary(bin::LT, next),
            P::FloatLe {} => return self.float_binary(bin::LE, next),
            P::FloatGt {} => return self.float_binary(bin::GT, next),
            P::FloatGe {} => return self.float_binary(bin::GE, next),
            P::FloatNeg {} => return self.plain1(Op::FloatNeg, 0, None, next),

            P::StrAdd {} => return self.plain2(Op::StrAdd, None, next),
            P::StrEq {} => return self.plain2(Op::StrCmp, Some(bin::EQ.into()), next),
            P::StrNe {} => return self.plain2(Op::StrCmp, Some(bin::NE.into()), next),
            P::StrLt {} => return self.plain2(Op::StrCmp, Some(bin::LT.into()), next),
            P::StrLe {} => return self.plain2(Op::StrCmp, Some(bin::LE.into()), next),
            P::StrGt {} => return self.plain2(Op::StrCmp, Some(bin::GT.into()), next),
            P::StrGe {} => return self.plain2(Op::StrCmp, Some(bin::GE.into()), next),
            P::BoolNot {} => return self.plain1(Op::Not, 0, None, next),
            P::SameEq {} => return self.plain2(Op::Same, None, next),
            P::SameNe {} => return self.plain2(Op::SameNot, None, next),
            P::Truthy {} => {
                if let Some((sense, target, used)) = Self::coming_branch(next, false) {
                    let slot = self.pop();
                    self.settle_from(0);
                    let r = self.reg(slot);
                    self.branch(Cond::Truthy(r), sense, target);
                    return used;
                }
                return self.plain1(Op::Truthy, 0, None, next);
            }
            P::IsNil {} => return self.plain1(Op::IsNil, 0, None, next),
            P::IsClass { class } => {
                let (id, _) = self.link.classes[class.index()];
                return self.plain1(Op::IsClass, 0, Some(u64::from(id)), next);
            }
            P::IsRecord { class } => {
                let (_, shape) = self.link.classes[class.index()];
                return self.plain1(Op::IsRecord, 0, Some(u64::from(shape)), next);
            }
            P::IsType { kind } => return self.plain1(Op::IsType, kind_number(kind), None, next),
            P::Cast { kind } => {
                let r = self.top_reg();
                self.emit(Op::Cast, r, kind_number(kind), 0);
            }
            P::CastRecord { class } => {
                let (id, shape) = self.link.classes[class.index()];
                let r = self.top_reg();
                self.emit(Op::CastRecord, r, 0, 0);
                self.ext(u64::from(shape) | u64::from(id) << 32);
            }
            P::Share {} => {
                if matches!(self.stack.last(), Some(Slot { sym: Sym::Temp | Sym::Local(_), .. })) {
                    let r = self.top_reg();
                    self.emit(Op::Share, r, 0, 0);
                }
            }
            P::Concat { n } => return self.regs_op(Op::Concat, n.index(), n.index(), None, next),

            P::List { n } => return self.regs_op(Op::List, n.index(), n.index(), None, next),
            P::ListAppend { n } => {
                let first = self.pop_regs(n.index());
                let list = self.top_reg();
                self.emit(Op::ListAppend, list, first, u32::from(n.0));
            }
            P::ListExtend {} => {
                let from = self.pop_reg();
                let list = self.top_reg();
                self.emit(Op::ListExtend, list, from, 0);
            }
            P::Map { n } => return self.regs_op(Op::Map, n.index() * 2, n.index(), None, next),
            P::MapPut { n } => {
                let first = self.pop_regs(n.index() * 2);
                let map = self.top_reg();
                self.emit(Op::MapPut, map, first, u32::from(n.0));
            }
            P::MapSpread {} => {
                let from = self.pop_reg();
                let map = self.top_reg();
                self.emit(Op::MapSpread, map, from, 0);
            }
            P::Record { layout } => {
                let n = self.module.layouts[layout.index()].names.len();
                let (shape, permutation) = self.link.layouts[layout.index()];
                let word = u64::from(shape) | u64::from(permutation) << 32;
                return self.regs_op(Op::Record, n, n, Some(word), next);
            }
            P::Closure { func } => {
                let n = self.module.functions[func.index()].captures.len();
                return self.regs_op(Op::Closure, n, n, Some(u64::from(self.link.func_base + func.0)), next);
            }
            P::CellNew {} => return self.plain1(Op::CellNew, 0, None, next),
            P::CellGet {} => return self.plain1(Op::CellGet, 0, None, next),
            P::CellSet {} => {
                let (v, cell) = (self.pop(), self.pop());
                let (cell, v) = (self.reg(cell), self.reg(v));
                self.emit(Op::CellSet, cell, v, 0);
            }

            P::Index {} => return self.plain2(Op::Index, None, next),
            P::SetIndex {} | P::PlaceSetIndex {} => {
                let (v, k, base) = (self.pop(), self.pop(), self.pop());
                let (base, k, v) = (self.reg(base), self.reg(k), self.reg(v));
                self.emit(Op::SetIndex, base, k, v);
            }
            P::Field { name } => {
                let used = self.plain1(Op::Field, 0, Some(u64::from(u32::MAX)), next);
                self.ext(self.symbol(name));
                return used;
            }
            P::SetField { name } | P::PlaceSetField { name } => {
                let (v, base) = (self.pop(), self.pop());
                let (base, v) = (self.reg(base), self.reg(v));
                self.emit(Op::SetField, base, v, 0);
                self.ext(u64::from(u32::MAX));
                self.ext(self.symbol(name));
            }
            P::Slot { slot, .. } => return self.plain1(Op::Slot, u32::from(slot.0), None, next),
            P::SetSlot { slot, .. } => {
                let (v, base) = (self.pop(), self.pop());
                let (base, v) = (self.reg(base), self.reg(v));
                self.emit(Op::SetSlot, base, u32::from(slot.0), v);
            }
            P::OwnLocal { local } => {
                self.detach(u32::from(local.0));
                let dst = self.push(Sym::Temp);
                self.emit(Op::Own, dst, u32::from(local.0), 0);
            }
            P::OwnCapture { capture } => {
                let dst = self.push(Sym::Temp);
                self.emit(Op::OwnCapture, dst, u32::from(capture.0), 0);
            }
            P::OwnGlobal { global } => {
                let dst = self.push(Sym::Temp);
                self.emit32(Op::OwnGlobal, dst, self.link.global_base + global.0);
            }
            P::OwnIndex {} => return self.plain2(Op::OwnIndex, None, next),
            P::OwnField { name } => return self.plain1(Op::OwnField, 0, Some(self.symbol(name)), next),

            P::Call { func } => {
                let n = usize::from(self.module.functions[func.index()].params);
                let first = self.pop_regs(n);
                let (dst, used) = self.dst(next);
                self.emit(Op::Call, first, dst, 0);
                self.ext(u64::from(self.link.func_base + func.0));
                return used;
            }
            P::CallValue { n } => {
                let first = self.pop_regs(n.index() + 1);
                let (dst, used) = self.dst(next);
                self.emit(Op::CallValue, first, u32::from(n.0), dst);
                return used;
            }
            P::CallNative { native, n } => {
                let first = self.pop_regs(n.index());
                let (dst, used) = self.dst(next);
                self.emit(Op::CallNative, first, u32::from(n.0), dst);
                self.ext(u64::from(self.link.natives[native.index()]));
                return used;
            }
            P::Send { selector, n } => {
                let first = self.pop_regs(n.index() + 1);
                let (dst, used) = self.dst(next);
                self.emit(Op::Send, first, u32::from(n.0), dst);
                self.ext(u64::from(u32::MAX));
                self.ext(self.symbol(selector));
                return used;
            }
            P::CallValueSpread {} => return self.spread(Op::CallValueSpread, None, next),
            P::CallNativeSpread { native } => {
                let list = self.pop_reg();
                let (dst, used) = self.dst(next);
                self.emit(Op::CallNativeSpread, list, dst, 0);
                self.ext(u64::from(self.link.natives[native.index()]));
                return used;
            }
            P::SendSpread { selector } => return self.spread(Op::SendSpread, Some(self.symbol(selector)), next),
        }
        0
    }

    fn spread(&mut self, op: Op, ext: Option<u64>, next: [Option<P>; 2]) -> usize {
        let (list, callee) = (self.pop(), self.pop());
        let (callee, list) = (self.reg(callee), self.reg(list));
        let (dst, used) = self.dst(next);
        self.emit(op, callee, list, dst);
        if let Some(word) = ext {
            self.ext(word);
        }
        used
    }

    /// A loop step that goes back to `body`.
    fn step_back(&mut self, op: Op, state: u32, local: u32, body: u32) {
        if self.far {
            // Step over a jump that leaves, to one that reaches.
            self.emit(op, state, local, 2);
            let out = self.fresh_label();
            self.jump32(Op::Jump, 0, out);
            self.jump32(Op::Loop, 0, body);
            self.labels.insert(out, self.here());
        } else {
            self.jump16(op, state, local, body);
        }
    }
}

/// The comparison that holds exactly when `op` does not (integers).
fn negated(op: u8) -> u8 {
    match op {
        bin::EQ => bin::NE,
        bin::NE => bin::EQ,
        bin::LT => bin::GE,
        bin::GE => bin::LT,
        bin::GT => bin::LE,
        _ => bin::GT,
    }
}

/// Number of a kind in `cast` and `is_type`, as the run side counts tags.
fn kind_number(kind: Kind) -> u32 {
    match kind {
        Kind::Nil => 0,
        Kind::Bool => 1,
        Kind::Int => 2,
        Kind::Float => 3,
        Kind::Str => 4,
        Kind::List => 5,
        Kind::Map => 6,
        Kind::Func => 7,
    }
}

/// Dynamic compare-and-branch ops: registers, registers negated, immediate, immediate negated.
static DYN_BRANCH: [Op; 24] = [
    Op::JEq,
    Op::JNe,
    Op::JLt,
    Op::JLe,
    Op::JGt,
    Op::JGe,
    Op::JEqNot,
    Op::JNeNot,
    Op::JLtNot,
    Op::JLeNot,
    Op::JGtNot,
    Op::JGeNot,
    Op::JEqI,
    Op::JNeI,
    Op::JLtI,
    Op::JLeI,
    Op::JGtI,
    Op::JGeI,
    Op::JEqINot,
    Op::JNeINot,
    Op::JLtINot,
    Op::JLeINot,
    Op::JGtINot,
    Op::JGeINot,
];
