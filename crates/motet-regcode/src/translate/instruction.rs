//! One portable instruction at a time.

use motet_bytecode::{Const, Kind, Op as P};

use super::{Cond, Fix, Slot, Sym, TAG_BOOL, TAG_NIL, TAG_UNSET, Translator, bin};
use crate::{NO_METHOD, Op, Role, SEND_WAYS};

impl Translator<'_> {
    /// One instruction; returns how many of the following ones it covered.
    #[allow(clippy::too_many_lines)] // One arm per op.
    pub(super) fn one(&mut self, op: P, next: [Option<P>; 2]) -> usize {
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
                    Const::Func(f) => Sym::Func(self.link.funcs[f.index()]),
                    Const::Int(_) | Const::Float(_) | Const::Str(_) | Const::Selector(_) => Sym::Const(index.0),
                };
                self.push(sym);
            }
            P::Func { func } => {
                self.push(Sym::Func(self.link.funcs[func.index()]));
            }
            P::Native { native } => {
                self.push(Sym::Native(self.link.natives[native.index()].0));
            }
            P::Pop {} => {
                self.pop();
            }
            P::Pick { depth } => {
                let from = self.stack[self.stack.len() - 1 - depth.index()];
                match from.sym {
                    Sym::Temp => {
                        self.push(Sym::Local(from.reg));
                    }
                    Sym::Iter => {
                        let to = self.push(from.sym);
                        self.emit(Op::Move, to, from.reg, 0);
                        self.emit(Op::Move, to + 1, from.reg + 1, 0);
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
            P::Global { global } => return self.load32(Op::GetGlobal, self.link.globals[global.index()], next),
            P::GlobalOrUnset { global } => {
                return self.load32(Op::GetGlobalRaw, self.link.globals[global.index()], next);
            }
            P::SetGlobal { global } => {
                let r = self.pop_reg();
                self.emit32(Op::SetGlobal, r, self.link.globals[global.index()]);
            }
            P::IsUnset {} => return self.plain1(Op::IsUnset, 0, None, next),
            P::CheckSet { name } => {
                let r = self.top_reg();
                self.emit32(Op::CheckSet, r, self.link.consts[name.index()]);
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
                self.branch(Cond::Bool(r), sense, to.0, None);
            }
            P::UnlessBool { to } => {
                let slot = self.pop();
                if let (false, [Some(jump @ (P::JumpIf { to: target } | P::JumpUnless { to: target })), _]) =
                    (self.far, next)
                {
                    self.settle_from(0);
                    let r = self.reg(slot);
                    self.max_reg = self.max_reg.max(slot.reg + 1);
                    let other = if r == slot.reg { to.0 } else { self.pad((r, slot.reg), to.0) };
                    self.choose(r, matches!(jump, P::JumpIf { .. }), target.0, other);
                    return 1;
                }
                self.stack.push(slot);
                self.settle_from(0);
                let r = slot.reg;
                if to.0 <= self.pc {
                    let back = self.pad((r, r), to.0);
                    self.jump32(Op::JumpUnlessBool, r, back);
                } else {
                    self.jump32(Op::JumpUnlessBool, r, to.0);
                }
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
            P::RaiseError { message } => self.emit32(Op::RaiseError, 0, self.link.consts[message.index()]),
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
            P::DynFloorDiv {} => return self.dyn_binary(bin::FLOORDIV, next),
            P::DynMod {} => return self.dyn_binary(bin::MOD, next),
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
            P::FloatToInt {} => return self.plain1(Op::FloatToInt, 0, None, next),
            P::FloatToFloat32 {} => return self.plain1(Op::FloatToFloat32, 0, None, next),

            P::StrAdd {} => return self.plain2(Op::StrAdd, None, next),
            P::StrEq {} => return self.same(true, (Op::StrCmp, Some(bin::EQ.into())), next),
            P::StrNe {} => return self.same(false, (Op::StrCmp, Some(bin::NE.into())), next),
            P::StrLt {} => return self.plain2(Op::StrCmp, Some(bin::LT.into()), next),
            P::StrLe {} => return self.plain2(Op::StrCmp, Some(bin::LE.into()), next),
            P::StrGt {} => return self.plain2(Op::StrCmp, Some(bin::GT.into()), next),
            P::StrGe {} => return self.plain2(Op::StrCmp, Some(bin::GE.into()), next),
            P::BoolNot {} => return self.plain1(Op::Not, 0, None, next),
            P::SameEq {} => return self.same(true, (Op::Same, None), next),
            P::SameNe {} => return self.same(false, (Op::SameNot, None), next),
            P::Truthy {} => {
                if let Some((sense, target, used)) = Self::coming_branch(next, false) {
                    let slot = self.pop();
                    self.settle_from(0);
                    let r = self.reg(slot);
                    self.branch(Cond::Truthy(r), sense, target, None);
                    return used;
                }
                return self.plain1(Op::Truthy, 0, None, next);
            }
            P::IsNil {} => {
                if let Some((sense, target, used)) = Self::coming_branch(next, false) {
                    let slot = self.pop();
                    self.settle_from(0);
                    let r = self.reg(slot);
                    self.branch(Cond::Nil(r), sense, target, None);
                    return used;
                }
                return self.plain1(Op::IsNil, 0, None, next);
            }
            P::IsClass { class } => {
                let (id, _) = self.link.classes[class.index()];
                return self.plain1(Op::IsClass, 0, Some(u64::from(id)), next);
            }
            P::IsRecord { class } => {
                let (_, shape) = self.link.classes[class.index()];
                return self.plain1(Op::IsRecord, 0, Some(u64::from(shape)), next);
            }
            P::IsType { kind } => {
                if !self.far
                    && let Some((sense, target, used)) = Self::coming_branch(next, false)
                {
                    let slot = self.pop();
                    self.settle_from(0);
                    let r = self.reg(slot);
                    self.branch(Cond::Type(r, kind_number(kind)), sense, target, None);
                    return used;
                }
                return self.plain1(Op::IsType, kind_number(kind), None, next);
            }
            P::Cast { kind } => {
                if let Some(Slot { sym: Sym::Local(from), .. }) = self.stack.last()
                    && (matches!(next[0], Some(P::SetLocal { .. })) || self.link.coerces)
                {
                    let from = *from;
                    self.pop();
                    let (dst, used) = self.dst(next);
                    self.emit(Op::CastMove, dst, from, kind_number(kind));
                    return used;
                }
                let r = self.top_reg();
                self.emit(Op::Cast, r, kind_number(kind), 0);
            }
            P::CastRecord { class } => {
                let word = self.class_word(class);
                let r = self.top_reg();
                self.emit(Op::CastRecord, r, 0, 0);
                self.ext(word);
            }
            P::Share {} => {
                if matches!(self.stack.last(), Some(Slot { sym: Sym::Temp | Sym::Local(_), .. })) {
                    let r = self.top_reg();
                    self.emit(Op::Share, r, 0, 0);
                }
            }
            P::SharePart {} => return self.plain2(Op::SharePart, None, next),
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
                return self.regs_op(Op::Closure, n, n, Some(u64::from(self.link.funcs[func.index()])), next);
            }
            P::CellNew {} => return self.plain1(Op::CellNew, 0, None, next),
            P::CellGet {} => return self.plain1(Op::CellGet, 0, None, next),
            P::CellSet {} => {
                let (v, cell) = (self.pop(), self.pop());
                let (cell, v) = (self.reg(cell), self.reg(v));
                self.emit(Op::CellSet, cell, v, 0);
            }

            P::Index {} => {
                let (op, ext) = match next[0] {
                    Some(P::Cast { kind }) if kind != Kind::Func => (Op::IndexCast, kind_word(kind)),
                    Some(P::CastRecord { class }) => (Op::IndexRecord, self.class_word(class)),
                    // The container of `share.part` lies below the one of `index`.
                    Some(P::SharePart {}) if self.is_part_of_local(next[1]) => {
                        let (b, a) = (self.pop(), self.pop());
                        self.pop();
                        let (ra, rb) = (self.reg(a), self.reg(b));
                        let (dst, used) = self.dst([next[1], None]);
                        self.emit(Op::IndexPart, dst, ra, rb);
                        self.emit(Op::SharePart, dst, ra, dst);
                        return used + 1;
                    }
                    Some(P::Share {}) => {
                        let (b, a) = (self.pop(), self.pop());
                        let (ra, rb) = (self.reg(a), self.reg(b));
                        let (dst, used) = self.dst([next[1], None]);
                        self.emit(Op::IndexShare, dst, ra, rb);
                        // For the slow path; the fast one jumps past.
                        self.emit(Op::Share, dst, 0, 0);
                        return used + 1;
                    }
                    _ => return self.plain2(Op::Index, None, next),
                };
                return 1 + self.plain2(op, Some(ext), [next[1], None]);
            }
            P::SetIndex {} | P::PlaceSetIndex {} => {
                let (v, k, base) = (self.pop(), self.pop(), self.pop());
                let (k, v) = (self.reg(k), self.reg(v));
                match base.sym {
                    Sym::Owned(local) => self.emit(Op::SetIndexOwn, local, k, v),
                    _ => {
                        let base = self.reg(base);
                        self.emit(Op::SetIndex, base, k, v);
                    }
                }
            }
            P::Field { name } => {
                let used = self.plain1(Op::Field, 0, Some(u64::from(u32::MAX)), next);
                self.ext(self.symbol(name));
                return used;
            }
            P::SetField { name } | P::PlaceSetField { name } => {
                let (v, base) = (self.pop(), self.pop());
                let v = self.reg(v);
                match base.sym {
                    Sym::Owned(local) => self.emit(Op::SetFieldOwn, local, v, 0),
                    _ => {
                        let base = self.reg(base);
                        self.emit(Op::SetField, base, v, 0);
                    }
                }
                self.ext(u64::from(u32::MAX));
                self.ext(self.symbol(name));
            }
            P::Slot { class, slot } if self.link.apart[class.index()] => {
                return self.plain1(Op::SlotApart, u32::from(slot.0), None, next);
            }
            P::SetSlot { class, slot } if self.link.apart[class.index()] => {
                let (v, base) = (self.pop(), self.pop());
                let (base, v) = (self.reg(base), self.reg(v));
                self.emit(Op::SetSlotApart, base, u32::from(slot.0), v);
            }
            P::Slot { slot, .. } => return self.plain1(Op::Slot, u32::from(slot.0), None, next),
            P::SetSlot { slot, .. } => {
                let (v, base) = (self.pop(), self.pop());
                let (base, v) = (self.reg(base), self.reg(v));
                self.emit(Op::SetSlot, base, u32::from(slot.0), v);
            }
            P::Part { slot } => return self.plain1(Op::Part, u32::from(slot.0), None, next),
            P::SetPart { slot } => {
                let (v, base) = (self.pop(), self.pop());
                let (base, v) = (self.reg(base), self.reg(v));
                self.emit(Op::SetPart, base, u32::from(slot.0), v);
            }
            P::OwnLocal { local } => {
                // Slots that stand for the container as it is must not see the copy.
                self.detach(u32::from(local.0));
                self.push(Sym::Owned(u32::from(local.0)));
            }
            P::OwnCapture { capture } => {
                let dst = self.push(Sym::Temp);
                self.emit(Op::OwnCapture, dst, u32::from(capture.0), 0);
            }
            P::OwnGlobal { global } => {
                let dst = self.push(Sym::Temp);
                self.emit32(Op::OwnGlobal, dst, self.link.globals[global.index()]);
            }
            P::OwnIndex {} => return self.plain2(Op::OwnIndex, None, next),
            P::OwnField { name } => {
                let used = self.plain1(Op::OwnField, 0, Some(u64::from(u32::MAX)), next);
                self.ext(self.symbol(name));
                return used;
            }

            P::Call { func } => {
                let n = usize::from(self.module.functions[func.index()].params);
                let first = self.pop_regs(n);
                let (dst, used) = self.dst(next);
                self.emit(Op::Call, first, dst, 0);
                self.ext(u64::from(self.link.funcs[func.index()]));
                return used;
            }
            P::CallValue { n } => {
                let first = self.pop_regs(n.index() + 1);
                let (dst, used) = self.dst(next);
                self.emit(Op::CallValue, first, u32::from(n.0), dst);
                return used;
            }
            P::CallNative { native, n } => {
                let (id, inline) = self.link.natives[native.index()];
                if let (Some(Op::NotNil), 1, Some(P::CastRecord { class })) = (inline, n.index(), next[0]) {
                    let word = self.class_word(class);
                    let a = self.pop_reg();
                    let (dst, used) = self.dst([next[1], None]);
                    self.emit(Op::NotNilRecord, a, 0, dst);
                    self.ext(u64::from(id));
                    self.ext(word);
                    return used + 1;
                }
                let used = match n.index() {
                    1 => {
                        let a = self.pop_reg();
                        let (dst, used) = self.dst(next);
                        self.emit(
                            inline.filter(|op| op.row().roles[1] == Role::No).unwrap_or(Op::CallNative1),
                            a,
                            0,
                            dst,
                        );
                        used
                    }
                    2 => {
                        let (b, a) = (self.pop(), self.pop());
                        let (a, b) = (self.reg(a), self.reg(b));
                        let (dst, used) = self.dst(next);
                        self.emit(
                            inline.filter(|op| op.row().roles[1] == Role::In).unwrap_or(Op::CallNative2),
                            a,
                            b,
                            dst,
                        );
                        used
                    }
                    count => {
                        let first = self.pop_regs(count);
                        let (dst, used) = self.dst(next);
                        self.emit(Op::CallNative, first, count as u32, dst);
                        used
                    }
                };
                self.ext(u64::from(id));
                return used;
            }
            P::Send { selector, n } => {
                let first = self.pop_regs(n.index() + 1);
                let (dst, used) = self.dst(next);
                self.emit(Op::Send, first, u32::from(n.0), dst);
                self.send_words(selector, 0);
                return used;
            }
            P::SendFrom { selector, n } => {
                let first = self.pop_regs(n.index() + 2);
                let (dst, used) = self.dst(next);
                self.emit(Op::SendFrom, first, u32::from(n.0), dst);
                self.send_words(selector, 1);
                return used;
            }
            P::CallValueSpread {} => return self.spread(Op::CallValueSpread, None, next),
            P::CallNativeSpread { native } => {
                let list = self.pop_reg();
                let (dst, used) = self.dst(next);
                self.emit(Op::CallNativeSpread, list, dst, 0);
                self.ext(u64::from(self.link.natives[native.index()].0));
                return used;
            }
            P::SendSpread { selector } => return self.spread(Op::SendSpread, Some(self.symbol(selector)), next),
        }
        0
    }

    /// What lies behind a send: what methods are found by beside the key (the selector, above it twice the language's index,
    /// plus 1 where the lookup begins elsewhere), no cached methods.
    fn send_words(&mut self, selector: motet_bytecode::ConstIdx, elsewhere: u32) {
        self.ext(self.symbol(selector) & u64::from(u32::MAX) | u64::from(self.link.language * 2 + elsewhere) << 32);
        for _ in 0..SEND_WAYS {
            self.ext(NO_METHOD);
        }
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

/// Extension word of `index.cast`: the kind's number, above it the tag that values of the kind have.
fn kind_word(kind: Kind) -> u64 {
    let tag = match kind {
        Kind::Int => 0,
        Kind::Float => 1,
        Kind::Nil => 2,
        Kind::Bool => 3,
        Kind::Str => 7,
        Kind::List => 8,
        Kind::Map => 9,
        // More than one tag: no value has this one.
        Kind::Func => 0xff,
    };
    u64::from(kind_number(kind)) | tag << 32
}
