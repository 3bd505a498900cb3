//! Portable stack code → register code.
//!
//! The operand stack is kept *symbolically*: a slot may be a local or a
//! constant that was pushed but not yet moved anywhere, so that
//! `local a; local b; add; set_local c` becomes one instruction (Ertl and
//! Gregg call this static stack caching). Slot `k` has a register of its own
//! behind the locals (its canonical register); at block boundaries every slot
//! is brought there.

use alloc::{collections::BTreeMap, vec::Vec};

use motet_bytecode::{FuncIdx, Function, LocalIdx, Module, Op as P, StackType};
use motet_verify::{FunctionFacts, VerifiedModule};

use crate::{Op, Role};

mod branch;
mod instruction;
mod operators;

use branch::Cond;

/// Binary operators in the numbering of the run side: `Add Sub Mul Div Rem Eq Ne Lt Le Gt Ge And Or Xor Shl Shr Ushr
/// FloorDiv Mod`.
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
    pub const FLOORDIV: u8 = 17;
    pub const MOD: u8 = 18;
}

/// Where the module's tables went in the isolate.
pub struct Link<'a> {
    /// Isolate id of each function.
    pub funcs: &'a [u32],
    /// Isolate index of each global.
    pub globals: &'a [u32],
    /// Isolate index of each constant.
    pub consts: &'a [u32],
    /// Isolate ids of the natives, and the op that does a native's work inline, if there is one.
    pub natives: &'a [(u32, Option<Op>)],
    /// Isolate class id and shape id of each class.
    pub classes: &'a [(u32, u32)],
    /// Of each class: whether records may not have the form of their shape.
    pub apart: &'a [bool],
    /// Isolate shape id and permutation (`u32::MAX`: none) of each layout.
    pub layouts: &'a [(u32, u32)],
    /// Symbol of each constant that the function's code takes for a name.
    pub symbols: &'a BTreeMap<u32, u32>,
    /// Isolate index of the function's language.
    pub language: u32,
    /// Whether a cast may replace the value that it looks at (`motet_runtime::Semantics::coerces`).
    pub coerces: bool,
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

    /// Puts instructions in front of the code. Jumps are relative, so only tables of positions change.
    pub fn prepend(&mut self, words: &[u64]) {
        let n = words.len() as u32;
        self.words.splice(0..0, words.iter().copied());
        for h in &mut self.handlers {
            h.start += n;
            h.end += n;
            h.handler += n;
        }
        for p in &mut self.pcs {
            p.0 += n;
        }
    }
}

/// Whether the instruction leaves its result's payload (register a) in the accumulator, or goes on behind an
/// accumulator form.
fn accumulates(op: Op) -> bool {
    matches!(
        op,
        Op::Add
            | Op::Sub
            | Op::Mul
            | Op::Div
            | Op::FloatAdd
            | Op::FloatSub
            | Op::FloatMul
            | Op::FloatDiv
            | Op::IntToFloat
            | Op::FloatToFloat32
            | Op::Field
            | Op::Slot
            | Op::Part
            | Op::CellGet
            | Op::Index
            | Op::IndexCast
    )
}

/// Ranges of code offsets, first and last, that lie in a loop; sorted and apart.
fn loops(ops: &[(u32, P)]) -> Vec<(u32, u32)> {
    let back = |&(pc, op): &(u32, P)| {
        let to = match op {
            P::Jump { to } | P::JumpIf { to } | P::JumpUnless { to } | P::UnlessBool { to } => to.0,
            P::RangeNext { body, .. } | P::IterNext { body, .. } => body.0,
            _ => return None,
        };
        (to <= pc).then_some((to, pc))
    };
    let mut found: Vec<(u32, u32)> = ops.iter().filter_map(back).collect();
    found.sort_unstable();
    let mut apart: Vec<(u32, u32)> = Vec::new();
    for (start, end) in found {
        match apart.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => apart.push((start, end)),
        }
    }
    apart
}

/// Code offsets, sorted, that jumps and exceptions lead to or protected ranges begin or end at; empty where nobody asks: in
/// functions without three-way branches.
fn landings(function: &Function, ops: &[(u32, P)]) -> Vec<u32> {
    if !ops.iter().any(|o| matches!(o.1, P::UnlessBool { .. })) {
        return Vec::new();
    }
    let mut found: Vec<u32> = ops.iter().filter_map(|o| o.1.label()).map(|label| label.0).collect();
    found.extend(function.handlers.iter().flat_map(|h| [h.start, h.end, h.handler]));
    found.sort_unstable();
    found
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
    /// In another register, which keeps the value as long as the slot lives: a local, or a slot below.
    Local(u32),
    /// A local whose container is to be made unshared before use.
    Owned(u32),
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

enum Fix {
    /// Operand c, 16 bits.
    Short,
    /// Operand b, 16 bits.
    Middle,
    /// Operands b and c, 32 bits.
    Long,
    /// The word itself; the number is relative to the word before it.
    Ext,
}

/// Code behind the function's end that puts a value where a label expects it, and goes there.
struct Pad {
    label: u32,
    /// From a register to another one.
    moved: (u32, u32),
    target: u32,
    /// Whether that is back to a loop's head.
    back: bool,
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
    pads: Vec<Pad>,
    /// Labels given out that are no code offsets.
    fresh: u32,
    pc: u32,
    /// A local that got the current op's result directly and is to be marked as shared then.
    share: Option<u32>,
    /// Register whose payload is in the accumulator at the next instruction, if that is reached from the one before.
    accumulated: Option<u32>,
    /// Whether the current op lies in a loop.
    in_loop: bool,
    /// Constants that loops use. Each gets a register of its own, loaded once at the function's entry.
    pool: Vec<Sym>,
    /// Operands that name a pool entry: word, field (0 = a), entry.
    pooled: Vec<(u32, u32, u32)>,
}

/// Register numbers from here on stand for pool entries until the frame's size is known.
const POOL: u32 = 1 << 20;
/// Most constants that a function keeps in registers.
const MAX_POOL: usize = 32;

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
            pads: Vec::new(),
            fresh: 0,
            pc: 0,
            share: None,
            accumulated: None,
            in_loop: false,
            pool: Vec::new(),
            pooled: Vec::new(),
        }
    }

    // ---- emission

    /// Emits an instruction; register operands are given as plain numbers.
    fn emit(&mut self, op: Op, a: u32, b: u32, c: u32) {
        let fold = |role: Role, x: u32| match role {
            Role::In if x >= POOL => 0,
            Role::In | Role::Out | Role::Regs => (x * 2) as u16,
            _ => x as u16,
        };
        let [ra, rb, rc] = op.row().roles;
        self.accumulated = accumulates(op).then_some(a);
        let word = u64::from(op as u16)
            | u64::from(fold(ra, a)) << 16
            | u64::from(fold(rb, b)) << 32
            | u64::from(fold(rc, c)) << 48;
        if self.pcs.last().is_none_or(|p| p.1 != self.pc) {
            self.pcs.push((self.words.len() as u32, self.pc));
        }
        for (field, (role, x)) in (0..).zip([(ra, a), (rb, b), (rc, c)]) {
            if role == Role::In && x >= POOL {
                self.pooled.push((self.words.len() as u32, field, x - POOL));
            }
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
            Sym::Owned(l) => self.emit(Op::Own, to, l, 0),
            Sym::Const(k) => self.emit32(Op::LoadK, to, self.link.consts[k as usize]),
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
            Sym::Owned(l) => {
                self.emit(Op::Own, l, l, 0);
                l
            }
            _ => match self.pool_entry(slot.sym) {
                Some(entry) => POOL + entry,
                None => {
                    self.load(slot.sym, slot.reg);
                    slot.reg
                }
            },
        }
    }

    /// The pool entry for a constant that is used in a loop.
    fn pool_entry(&mut self, sym: Sym) -> Option<u32> {
        if !self.in_loop {
            return None;
        }
        let found = self.pool.iter().position(|&s| s == sym);
        if found.is_none() && self.pool.len() == MAX_POOL {
            return None;
        }
        Some(found.unwrap_or_else(|| {
            self.pool.push(sym);
            self.pool.len() - 1
        }) as u32)
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
            if matches!(self.stack[i].sym, Sym::Local(l) | Sym::Owned(l) if l == local) {
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
        let landings = landings(self.function, &ops);
        let follows = |n: usize| n.checked_sub(1).is_some_and(|at| matches!(ops[at].1, P::UnlessBool { .. }));
        let loops = loops(&ops);
        let mut end = 0;
        let mut i = 0;
        while let Some(&(pc, op)) = ops.get(i) {
            self.pc = pc;
            self.in_loop = loops.partition_point(|l| l.0 <= pc).checked_sub(1).is_some_and(|at| pc <= loops[at].1);
            if let Some(block) = facts.block_at(pc) {
                if end == pc {
                    // Control may fall into this block.
                    self.settle_from(0);
                }
                self.labels.insert(pc, self.here());
                self.accumulated = None;
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
            let free = |n: usize| {
                let o = ops.get(i + n)?;
                let only_from_above = follows(i + n) && landings.binary_search(&o.0).is_err();
                (only_from_above || !leads(o.0)).then_some(o.1)
            };
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
        self.put_pads();
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
                let pool = self.pool.len() as u32;
                let reg = self.function.locals.len() as u32 + pool + u32::from(h.depth) + wide;
                Some(Handler { start: word(h.start), end: word(h.end), handler: word(h.handler), reg })
            })
            .collect();
        let prologue = self.load_pool();
        let mut reg = RegFunction { words: self.words, regs: self.max_reg + 2, handlers, pcs: self.pcs };
        reg.prepend(&prologue);
        Ok(reg)
    }

    /// Gives the pool its registers, between the locals and the operand stack (a callee's frame covers what lies
    /// behind its arguments); returns the code that fills them.
    fn load_pool(&mut self) -> Vec<u64> {
        let (first, n) = (self.function.locals.len() as u32, self.pool.len() as u32);
        if n == 0 {
            return Vec::new();
        }
        self.max_reg += n;
        let mut at = 0;
        while let Some(word) = self.words.get_mut(at) {
            let op = Op::ALL[usize::from(*word as u16)];
            for (shift, role) in [16, 32, 48].into_iter().zip(op.row().roles) {
                let moves = matches!(role, Role::In | Role::Out | Role::Regs);
                if moves && u32::from((*word >> shift) as u16) >= first * 2 {
                    *word += u64::from(n * 2) << shift;
                }
            }
            at += op.words();
        }
        for &(word, field, entry) in &self.pooled {
            let shift = 16 * (field + 1);
            let word = &mut self.words[word as usize];
            *word = *word & !(0xffff << shift) | u64::from((first + entry) * 2) << shift;
        }
        let (body, pcs) = (core::mem::take(&mut self.words), core::mem::take(&mut self.pcs));
        for (i, sym) in core::mem::take(&mut self.pool).into_iter().enumerate() {
            self.load(sym, first + i as u32);
        }
        self.pcs = pcs;
        core::mem::replace(&mut self.words, body)
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
                Fix::Middle => {
                    let off = i16::try_from(off).map_err(|_| Problem::Far)?;
                    *word |= u64::from(off as u16) << 32;
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
            && !self.stack.iter().any(|s| matches!(s.sym, Sym::Local(l) | Sym::Owned(l) if l == local))
        {
            self.share = (used == 2).then_some(local);
            return (local, used);
        }
        (self.push(Sym::Temp), 0)
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
        if let Sym::Local(local) = slot.sym {
            self.stack.push(slot);
            return local;
        }
        self.load(slot.sym, slot.reg);
        self.stack.push(Slot { sym: Sym::Temp, reg: slot.reg });
        slot.reg
    }

    /// Whether the stack holds `container container index`, the container being one local, which the op after the next
    /// does not assign.
    fn is_part_of_local(&self, after: Option<P>) -> bool {
        match self.stack.as_slice() {
            [.., Slot { sym: Sym::Local(a), .. }, Slot { sym: Sym::Local(b), .. }, _] => {
                a == b && !matches!(after, Some(P::SetLocal { local }) if u32::from(local.0) == *a)
            }
            _ => false,
        }
    }

    /// Shape and class, as extension words hold them.
    fn class_word(&self, class: motet_bytecode::ClassIdx) -> u64 {
        let (id, shape) = self.link.classes[class.index()];
        u64::from(shape) | u64::from(id) << 32
    }

    fn symbol(&self, index: motet_bytecode::ConstIdx) -> u64 {
        u64::from(self.link.symbols.get(&index.0).copied().unwrap_or(u32::MAX))
    }

    /// An arithmetic operator; in its accumulator form first, when an operand is the result of the instruction before.
    fn arithmetic(&mut self, op: Op, dst: u32, a: u32, b: u32) {
        if let Some(last) = self.accumulated {
            let forms = match op {
                Op::Add => Some((Op::AddL, Op::AddL)),
                Op::Sub => Some((Op::SubL, Op::SubR)),
                Op::Mul => Some((Op::MulL, Op::MulL)),
                Op::Div => Some((Op::DivL, Op::DivR)),
                Op::FloatAdd => Some((Op::FloatAddL, Op::FloatAddL)),
                Op::FloatSub => Some((Op::FloatSubL, Op::FloatSubR)),
                Op::FloatMul => Some((Op::FloatMulL, Op::FloatMulL)),
                Op::FloatDiv => Some((Op::FloatDivL, Op::FloatDivR)),
                _ => None,
            };
            match forms {
                Some((left, _)) if a == last => self.emit(left, dst, a, b),
                // Sums and products of floats are the same either way.
                Some((left, right)) if b == last && left == right => self.emit(left, dst, b, a),
                Some((_, right)) if b == last => self.emit(right, dst, a, b),
                _ => {}
            }
        }
        self.emit(op, dst, a, b);
    }
}
