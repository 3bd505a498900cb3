//! Binary operators.

use motet_bytecode::Op as P;

use super::{Sym, TAG_NIL, Translator, bin, branch::Cond};
use crate::Op;

const NIL: Sym = Sym::Imm(TAG_NIL, 0);

impl Translator<'_> {
    pub(super) fn dyn_binary(&mut self, op: u8, next: [Option<P>; 2]) -> usize {
        let (b, a) = (self.pop(), self.pop());
        let comparison = (bin::EQ..=bin::GE).contains(&op);
        let branch = Self::coming_branch(next, true).map(|(sense, target, used)| (sense, target, None, used));
        let choice = || self.coming_choice(next).map(|(sense, target, other, used)| (sense, target, Some(other), used));
        if comparison
            && !self.far
            && let Some((sense, target, other, used)) = branch.or_else(choice)
        {
            self.settle_from(0);
            let ra = self.reg(a);
            self.max_reg = self.max_reg.max(a.reg + 1);
            if b.sym == NIL && matches!(op, bin::EQ | bin::NE) {
                self.branch(Cond::DynNil(op, ra, a.reg), sense, target, other);
                return used;
            }
            let rb = self.operand(b);
            self.branch(Cond::Dyn(op, ra, rb, a.reg), sense, target, other);
            return used;
        }
        let ra = self.reg(a);
        let short = match op {
            bin::ADD => Some(Op::AddI),
            bin::SUB => Some(Op::SubI),
            bin::MUL => Some(Op::MulI),
            bin::DIV => Some(Op::DivI),
            bin::REM => Some(Op::RemI),
            bin::FLOORDIV => Some(Op::FloorDivI),
            bin::MOD => Some(Op::ModI),
            _ => None,
        };
        if let (Some(short), Some(n)) = (short, self.imm16(b)) {
            let (dst, used) = self.dst(next);
            self.emit(short, dst, ra, n as u16 as u32);
            return used;
        }
        let rb = self.reg(b);
        let (dst, used) = self.dst(next);
        let plain = [Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Rem, Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge];
        match plain.get(usize::from(op)) {
            _ if op == bin::FLOORDIV => self.emit(Op::FloorDiv, dst, ra, rb),
            _ if op == bin::MOD => self.emit(Op::Mod, dst, ra, rb),
            Some(&plain) => self.arithmetic(plain, dst, ra, rb),
            None => {
                self.emit(Op::Bin, dst, ra, rb);
                self.ext(u64::from(op));
            }
        }
        used
    }

    pub(super) fn int_binary(&mut self, op: u8, checked: bool, next: [Option<P>; 2]) -> usize {
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
                self.branch(Cond::Int(op, ra, rb), sense, target, None);
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

    pub(super) fn float_binary(&mut self, op: u8, next: [Option<P>; 2]) -> usize {
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
            self.branch(Cond::Float(op, ra, rb), sense, target, None);
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
        self.arithmetic(plain, dst, ra, rb);
        used
    }

    /// Sameness (`eq`) or its opposite: a branch, or the op that makes a boolean.
    pub(super) fn same(&mut self, eq: bool, plain: (Op, Option<u64>), next: [Option<P>; 2]) -> usize {
        let Some((sense, target, used)) = Self::coming_branch(next, false).filter(|_| !self.far) else {
            return self.plain2(plain.0, plain.1, next);
        };
        let (b, a) = (self.pop(), self.pop());
        self.settle_from(0);
        let ra = self.reg(a);
        if b.sym == NIL {
            self.branch(Cond::Nil(ra), sense == eq, target, None);
        } else {
            let rb = self.reg(b);
            self.branch(Cond::Same(ra, rb), sense == eq, target, None);
        }
        used
    }
}
