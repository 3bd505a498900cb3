//! Branches: what a condition is, and how a conditional jump is emitted.

use motet_bytecode::Op as P;

use super::{Fix, Pad, Slot, Sym, Translator, bin};
use crate::Op;

/// A condition that a branch tests.
pub(super) enum Cond {
    /// A boolean register.
    Bool(u32),
    /// A register of any kind.
    Truthy(u32),
    /// Whether a register holds nil.
    Nil(u32),
    /// Whether a register holds a value of a kind.
    Type(u32, u32),
    /// Whether two registers hold the same.
    Same(u32, u32),
    /// Dynamic `==` or `!=` with nil; the last is the register for the slow path's result.
    DynNil(u8, u32, u32),
    /// Integers.
    Int(u8, u32, Operand),
    /// Floats: `Lt` or `Le`.
    Float(u8, u32, u32),
    /// Dynamic comparison; the last is the register for the slow path's result.
    Dyn(u8, u32, Operand, u32),
}

#[derive(Clone, Copy)]
pub(super) enum Operand {
    Reg(u32),
    Imm(i16),
}

impl Translator<'_> {
    /// Goes to `target` if the condition is `sense`, and to `other`, if given, if it is no boolean: then its value lies in the
    /// register for the slow path's result. All slots must be settled.
    pub(super) fn branch(&mut self, cond: Cond, sense: bool, target: u32, other: Option<u32>) {
        if target <= self.pc {
            // Going back is a safepoint. The common conditions have ops that are one.
            if !self.far {
                match cond {
                    Cond::Int(op, a, b) => {
                        return self.int_branch(&INT_LOOP, if sense { op } else { negated(op) }, a, b, target);
                    }
                    Cond::Float(op, a, b) if sense => {
                        let op = if op == bin::LT { Op::FloatJLtLoop } else { Op::FloatJLeLoop };
                        return self.jump16(op, a, b, target);
                    }
                    Cond::Dyn(op, a, b, result) if sense => return self.dyn_loop(op, a, b, result, target, other),
                    Cond::Float(..) | Cond::Dyn(..) | Cond::Bool(_) | Cond::Truthy(_) => {}
                    Cond::Nil(_) | Cond::Type(..) | Cond::Same(..) | Cond::DynNil(..) => {}
                }
            }
            let skip = self.fresh_label();
            self.branch_forward(cond, !sense, skip, other);
            self.jump32(Op::Loop, 0, target);
            self.labels.insert(skip, self.here());
        } else {
            self.branch_forward(cond, sense, target, other);
        }
    }

    /// A label that is no code offset.
    fn fresh_label(&mut self) -> u32 {
        self.fresh += 1;
        u32::MAX - self.fresh
    }

    /// Goes to `target` if a register is `sense`, to `other` if it holds no boolean, else on.
    pub(super) fn choose(&mut self, r: u32, sense: bool, target: u32, other: u32) {
        if target <= self.pc {
            let skip = self.fresh_label();
            self.choose_forward(r, !sense, skip, other);
            self.jump32(Op::Loop, 0, target);
            self.labels.insert(skip, self.here());
        } else {
            self.choose_forward(r, sense, target, other);
        }
    }

    fn choose_forward(&mut self, r: u32, sense: bool, target: u32, other: u32) {
        self.fixes.push((self.here(), target, Fix::Middle));
        self.jump16_other(if sense { Op::ChooseNot } else { Op::Choose }, r, other);
    }

    fn jump16_other(&mut self, op: Op, r: u32, other: u32) {
        let other = if other <= self.pc { self.pad((r, r), other) } else { other };
        self.fixes.push((self.here(), other, Fix::Short));
        self.emit(op, r, 0, 0);
    }

    /// A label that leads to `target` by way of a move.
    pub(super) fn pad(&mut self, moved: (u32, u32), target: u32) -> u32 {
        let (label, back) = (self.fresh_label(), target <= self.pc);
        self.pads.push(Pad { label, moved, target, back });
        label
    }

    /// Emits the pads, behind everything else.
    pub(super) fn put_pads(&mut self) {
        for Pad { label, moved: (from, to), target, back } in core::mem::take(&mut self.pads) {
            self.labels.insert(label, self.here());
            if from != to {
                self.emit(Op::Move, to, from, 0);
            }
            self.jump32(if back { Op::Loop } else { Op::Jump }, 0, target);
        }
    }

    /// Behind a comparison whose slow path left its result in a register: what it decides.
    fn decide(&mut self, result: u32, sense: bool, target: u32, other: Option<u32>) {
        match other {
            Some(other) => self.choose_forward(result, sense, target, other),
            None => self.jump32(if sense { Op::JumpTruthy } else { Op::JumpFalsy }, result, target),
        }
    }

    fn branch_forward(&mut self, cond: Cond, sense: bool, target: u32, other: Option<u32>) {
        match cond {
            Cond::Bool(r) => self.jump32(if sense { Op::JumpIf } else { Op::JumpUnless }, r, target),
            Cond::Truthy(r) => self.jump32(if sense { Op::JumpTruthy } else { Op::JumpFalsy }, r, target),
            Cond::Nil(r) => self.jump32(if sense { Op::JumpNil } else { Op::JumpNotNil }, r, target),
            Cond::Type(r, kind) => self.jump16(if sense { Op::JType } else { Op::JTypeNot }, r, kind, target),
            Cond::Same(a, b) => self.jump16(if sense { Op::JSame } else { Op::JSameNot }, a, b, target),
            Cond::DynNil(op, a, result) => {
                let jump = match (op == bin::EQ, sense) {
                    (true, true) => Op::JEqNil,
                    (true, false) => Op::JEqNilNot,
                    (false, true) => Op::JNeNil,
                    (false, false) => Op::JNeNilNot,
                };
                self.jump32(jump, a, target);
                self.decide(result, sense, target, other);
            }
            Cond::Int(op, a, b) => self.int_branch(&INT_BRANCH, if sense { op } else { negated(op) }, a, b, target),
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
                self.decide(result, sense, target, other);
            }
        }
    }

    /// Goes back if the dynamic comparison holds. The slow path leaves its result in a register and goes on behind.
    fn dyn_loop(&mut self, op: u8, a: u32, b: Operand, result: u32, target: u32, other: Option<u32>) {
        let at = usize::from(op - bin::EQ);
        match b {
            Operand::Reg(b) => self.jump16(DYN_LOOP[at], a, b, target),
            Operand::Imm(n) => self.jump16(DYN_LOOP[at + 6], a, n as u16 as u32, target),
        }
        let skip = self.fresh_label();
        self.decide(result, false, skip, other);
        self.jump32(Op::Loop, 0, target);
        self.labels.insert(skip, self.here());
    }

    fn int_branch(&mut self, ops: &[Op; 10], op: u8, a: u32, b: Operand, target: u32) {
        match b {
            Operand::Reg(b) => {
                let (at, a, b) = match op {
                    bin::GT => (2, b, a),
                    bin::GE => (3, b, a),
                    _ => (usize::from(op - bin::EQ), a, b),
                };
                self.jump16(ops[at], a, b, target);
            }
            Operand::Imm(n) => self.jump16(ops[usize::from(op - bin::EQ) + 4], a, n as u16 as u32, target),
        }
    }

    /// If the instructions behind a comparison are a conditional jump (after `truthy`, when `truth`): its sense, target
    /// and how many instructions it takes.
    pub(super) fn coming_branch(next: [Option<P>; 2], truth: bool) -> Option<(bool, u32, usize)> {
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

    /// If the instructions behind a value are a three-way branch: sense and target of the boolean part, where other values
    /// go, and how many instructions it takes.
    pub(super) fn coming_choice(&self, next: [Option<P>; 2]) -> Option<(bool, u32, u32, usize)> {
        match next {
            [Some(P::UnlessBool { to: other }), Some(P::JumpIf { to })] => Some((true, to.0, other.0, 2)),
            [Some(P::UnlessBool { to: other }), Some(P::JumpUnless { to })] => Some((false, to.0, other.0, 2)),
            _ => None,
        }
    }

    pub(super) fn imm16(&self, slot: Slot) -> Option<i16> {
        match slot.sym {
            Sym::Int(n) => i16::try_from(n).ok(),
            _ => None,
        }
    }

    pub(super) fn operand(&mut self, slot: Slot) -> Operand {
        match self.imm16(slot) {
            Some(n) => Operand::Imm(n),
            None => Operand::Reg(self.reg(slot)),
        }
    }

    /// A loop step that goes back to `body`.
    pub(super) fn step_back(&mut self, op: Op, state: u32, local: u32, body: u32) {
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

/// Their forms that go back to a loop head, for conditions that must hold: registers, immediate.
static DYN_LOOP: [Op; 12] = [
    Op::JEqLoop,
    Op::JNeLoop,
    Op::JLtLoop,
    Op::JLeLoop,
    Op::JGtLoop,
    Op::JGeLoop,
    Op::JEqILoop,
    Op::JNeILoop,
    Op::JLtILoop,
    Op::JLeILoop,
    Op::JGtILoop,
    Op::JGeILoop,
];

/// Integer compare-and-branch ops: `== != < <=` of registers, then `== != < <= > >=` with an immediate.
static INT_BRANCH: [Op; 10] = [
    Op::IntJEq,
    Op::IntJNe,
    Op::IntJLt,
    Op::IntJLe,
    Op::IntJEqI,
    Op::IntJNeI,
    Op::IntJLtI,
    Op::IntJLeI,
    Op::IntJGtI,
    Op::IntJGeI,
];

/// Their forms that go back to a loop head.
static INT_LOOP: [Op; 10] = [
    Op::IntJEqLoop,
    Op::IntJNeLoop,
    Op::IntJLtLoop,
    Op::IntJLeLoop,
    Op::IntJEqILoop,
    Op::IntJNeILoop,
    Op::IntJLtILoop,
    Op::IntJLeILoop,
    Op::IntJGtILoop,
    Op::IntJGeILoop,
];
