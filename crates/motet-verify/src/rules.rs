//! What one instruction demands: operands (rules V6–V8, V17) and stack types
//! (V13, V15). Types come from the columns of the op table; [`check_operands`]
//! adds what the columns cannot say.

use alloc::vec::Vec;

use motet_bytecode::operand::OperandKind;
use motet_bytecode::ops::Item;
use motet_bytecode::{Const, FuncIdx, Function, FunctionKind, LocalIdx, Module, Op, StackType, Type};

use crate::VerifyErrorKind as Kind;

/// Range and sort of every operand except labels.
pub fn check_operands(module: &Module, function: &Function, op: Op) -> Result<(), Kind> {
    // The most frequent ones first, without the table.
    match op {
        Op::Local { local } | Op::SetLocal { local } => {
            return if local.index() < function.locals.len() { Ok(()) } else { Err(Kind::OperandOutOfRange) };
        }
        Op::Int { .. } | Op::Jump { .. } | Op::JumpIf { .. } | Op::JumpUnless { .. } => return Ok(()),
        _ => {}
    }
    let row = op.info();
    if row.operands.is_empty() && !matches!(op, Op::Yield {}) {
        return Ok(());
    }
    let (raw, _) = op.raw();
    for ((_, kind, _), bits) in row.operands.iter().zip(raw) {
        let len = match kind {
            OperandKind::Local => function.locals.len(),
            OperandKind::Capture => function.captures.len(),
            OperandKind::Const => module.constants.len(),
            OperandKind::Func => module.functions.len(),
            OperandKind::Global => module.globals.len(),
            OperandKind::Class => module.classes.len(),
            OperandKind::Layout => module.layouts.len(),
            OperandKind::Native => module.natives.len(),
            OperandKind::Label | OperandKind::Count | OperandKind::Slot | OperandKind::Imm | OperandKind::Kind => {
                usize::MAX
            }
        };
        if bits as usize >= len {
            return Err(Kind::OperandOutOfRange);
        }
    }
    special(module, function, op)
}

/// Rules that belong to single ops. No wildcard: a new op must be considered here.
fn special(module: &Module, function: &Function, op: Op) -> Result<(), Kind> {
    match op {
        Op::Const { index } => match module.constants.get(index.index()) {
            Some(Const::Selector(_)) | None => Err(Kind::WrongConstant),
            Some(_) => Ok(()),
        },
        Op::CheckSet { name: text }
        | Op::RaiseError { message: text }
        | Op::Field { name: text }
        | Op::SetField { name: text }
        | Op::OwnField { name: text }
        | Op::PlaceSetField { name: text } => match module.constants.get(text.index()) {
            Some(Const::Str(_)) => Ok(()),
            _ => Err(Kind::WrongConstant),
        },
        Op::Send { selector, .. } | Op::SendSpread { selector } | Op::SendFrom { selector, .. } => {
            match module.constants.get(selector.index()) {
                Some(Const::Selector(_)) => Ok(()),
                _ => Err(Kind::WrongConstant),
            }
        }
        Op::Func { func } | Op::Call { func } => no_captures(module, func),
        Op::Slot { class, slot } | Op::SetSlot { class, slot } => match module.classes.get(class.index()) {
            Some(class) if slot.index() < class.fields.len() => Ok(()),
            _ => Err(Kind::OperandOutOfRange),
        },
        Op::RangeStart { local, .. } | Op::RangeStartInclusive { local, .. } | Op::RangeNext { local, .. } => {
            accepts(function, local, Type::Int)
        }
        Op::IterNext { local, .. } => accepts(function, local, Type::Any),
        Op::Yield {} if function.kind != FunctionKind::Generator => Err(Kind::YieldOutsideGenerator),
        Op::Nil {}
        | Op::Unset {}
        | Op::True {}
        | Op::False {}
        | Op::Int { .. }
        | Op::Native { .. }
        | Op::Pop {}
        | Op::Pick { .. }
        | Op::Local { .. }
        | Op::SetLocal { .. }
        | Op::Capture { .. }
        | Op::SetCapture { .. }
        | Op::Global { .. }
        | Op::GlobalOrUnset { .. }
        | Op::SetGlobal { .. }
        | Op::IsUnset {}
        | Op::Jump { .. }
        | Op::JumpIf { .. }
        | Op::JumpUnless { .. }
        | Op::UnlessBool { .. }
        | Op::LoopHead {}
        | Op::IterStart {}
        | Op::Return {}
        | Op::Raise {}
        | Op::Yield {}
        | Op::Await {}
        | Op::DynAdd {}
        | Op::DynSub {}
        | Op::DynMul {}
        | Op::DynDiv {}
        | Op::DynRem {}
        | Op::DynEq {}
        | Op::DynNe {}
        | Op::DynLt {}
        | Op::DynLe {}
        | Op::DynGt {}
        | Op::DynGe {}
        | Op::DynBitAnd {}
        | Op::DynBitOr {}
        | Op::DynBitXor {}
        | Op::DynShl {}
        | Op::DynShr {}
        | Op::DynUshr {}
        | Op::DynNeg {}
        | Op::DynNot {}
        | Op::DynBitNot {}
        | Op::DynFloorDiv {}
        | Op::DynMod {}
        | Op::IntAdd {}
        | Op::IntSub {}
        | Op::IntMul {}
        | Op::IntDiv {}
        | Op::IntRem {}
        | Op::IntEq {}
        | Op::IntNe {}
        | Op::IntLt {}
        | Op::IntLe {}
        | Op::IntGt {}
        | Op::IntGe {}
        | Op::IntBitAnd {}
        | Op::IntBitOr {}
        | Op::IntBitXor {}
        | Op::IntShl {}
        | Op::IntShr {}
        | Op::IntUshr {}
        | Op::IntNeg {}
        | Op::IntBitNot {}
        | Op::IntToFloat {}
        | Op::CheckedAdd {}
        | Op::CheckedSub {}
        | Op::CheckedMul {}
        | Op::CheckedDiv {}
        | Op::CheckedRem {}
        | Op::CheckedNeg {}
        | Op::FloatAdd {}
        | Op::FloatSub {}
        | Op::FloatMul {}
        | Op::FloatDiv {}
        | Op::FloatRem {}
        | Op::FloatEq {}
        | Op::FloatNe {}
        | Op::FloatLt {}
        | Op::FloatLe {}
        | Op::FloatGt {}
        | Op::FloatGe {}
        | Op::FloatNeg {}
        | Op::FloatToInt {}
        | Op::FloatToFloat32 {}
        | Op::StrAdd {}
        | Op::StrEq {}
        | Op::StrNe {}
        | Op::StrLt {}
        | Op::StrLe {}
        | Op::StrGt {}
        | Op::StrGe {}
        | Op::BoolNot {}
        | Op::SameEq {}
        | Op::SameNe {}
        | Op::Truthy {}
        | Op::IsNil {}
        | Op::IsClass { .. }
        | Op::IsType { .. }
        | Op::IsRecord { .. }
        | Op::Cast { .. }
        | Op::CastRecord { .. }
        | Op::Share {}
        | Op::SharePart {}
        | Op::Concat { .. }
        | Op::List { .. }
        | Op::ListAppend { .. }
        | Op::ListExtend {}
        | Op::Map { .. }
        | Op::MapPut { .. }
        | Op::MapSpread {}
        | Op::Record { .. }
        | Op::Closure { .. }
        | Op::CellNew {}
        | Op::CellGet {}
        | Op::CellSet {}
        | Op::Index {}
        | Op::SetIndex {}
        | Op::Part { .. }
        | Op::SetPart { .. }
        | Op::OwnLocal { .. }
        | Op::OwnCapture { .. }
        | Op::OwnGlobal { .. }
        | Op::OwnIndex {}
        | Op::PlaceSetIndex {}
        | Op::CallValue { .. }
        | Op::CallNative { .. }
        | Op::CallValueSpread {}
        | Op::CallNativeSpread { .. } => Ok(()),
    }
}

fn no_captures(module: &Module, func: FuncIdx) -> Result<(), Kind> {
    match module.functions.get(func.index()) {
        Some(f) if f.captures.is_empty() => Ok(()),
        _ => Err(Kind::CapturesMissing),
    }
}

fn accepts(function: &Function, local: LocalIdx, ty: Type) -> Result<(), Kind> {
    match function.locals.get(local.index()) {
        Some(&declared) if ty.fits(declared) => Ok(()),
        _ => Err(Kind::TypeMismatch),
    }
}

/// The operand stack at one instruction, with the floor of the protected range around it.
pub struct Machine<'a> {
    /// The module.
    pub module: &'a Module,
    /// The function.
    pub function: &'a Function,
    /// Slots, bottom first.
    pub stack: Vec<StackType>,
    /// Values below this depth may not be taken (rule V12).
    pub floor: usize,
}

impl Machine<'_> {
    /// Takes what the op takes. Returns the slot that was popped first (for [`Item::Same`]) or picked.
    pub fn pops(&mut self, op: Op) -> Result<StackType, Kind> {
        let mut taken = StackType::Value(Type::Any);
        if let Op::Pick { depth } = op {
            let at = self.stack.len().checked_sub(depth.index() + 1).ok_or(Kind::StackUnderflow)?;
            taken = self.stack.get(at).copied().ok_or(Kind::StackUnderflow)?;
            return if taken == StackType::Iter { Err(Kind::TypeMismatch) } else { Ok(taken) };
        }
        for item in op.info().pops.iter().rev() {
            taken = self.pop_item(*item, op)?;
        }
        Ok(taken)
    }

    /// Leaves what the op leaves.
    pub fn push_items(&mut self, items: &[Item], op: Op, taken: StackType) -> Result<(), Kind> {
        for item in items {
            let slot = match item {
                Item::Same | Item::Picked => taken,
                Item::Iter => StackType::Iter,
                other => StackType::Value(self.one(*other, op)?),
            };
            self.stack.push(slot);
        }
        Ok(())
    }

    #[inline]
    fn pop(&mut self) -> Result<StackType, Kind> {
        if self.stack.len() <= self.floor {
            return Err(if self.stack.is_empty() { Kind::StackUnderflow } else { Kind::HandlerDepth });
        }
        self.stack.pop().ok_or(Kind::StackUnderflow)
    }

    fn pop_value(&mut self, want: Type) -> Result<StackType, Kind> {
        let slot = self.pop()?;
        match slot.value() {
            Some(ty) if ty.fits(want) => Ok(slot),
            _ => Err(Kind::TypeMismatch),
        }
    }

    fn pop_many(&mut self, wants: impl DoubleEndedIterator<Item = Type>) -> Result<StackType, Kind> {
        let mut taken = StackType::Value(Type::Any);
        for want in wants.rev() {
            taken = self.pop_value(want)?;
        }
        Ok(taken)
    }

    fn pop_item(&mut self, item: Item, op: Op) -> Result<StackType, Kind> {
        let module = self.module;
        let count = || op.operand(OperandKind::Count).unwrap_or(0) as usize;
        match item {
            Item::Top => self.pop(),
            Item::Any => self.pop_value(Type::Any),
            Item::Int => self.pop_value(Type::Int),
            Item::Bool => self.pop_value(Type::Bool),
            Item::Iter => match self.pop()? {
                StackType::Iter => Ok(StackType::Iter),
                StackType::Value(_) => Err(Kind::TypeMismatch),
            },
            Item::Count => self.pop_many(core::iter::repeat_n(Type::Any, count())),
            Item::Pairs => self.pop_many(core::iter::repeat_n(Type::Any, count() * 2)),
            Item::Params => {
                let callee = operand(op, OperandKind::Func, &module.functions)?;
                self.pop_many(callee.locals.iter().take(usize::from(callee.params)).copied())
            }
            Item::Captures => {
                let callee = operand(op, OperandKind::Func, &module.functions)?;
                self.pop_many(callee.captures.iter().copied())
            }
            Item::Fields => {
                let layout = operand(op, OperandKind::Layout, &module.layouts)?;
                let fields = &module.classes.get(layout.class.index()).ok_or(Kind::OperandOutOfRange)?.fields;
                if !layout.canonical {
                    return self.pop_many(layout.names.iter().map(|_| Type::Any));
                }
                if layout.names.iter().zip(fields).all(|(name, field)| *name == field.name) {
                    return self.pop_many(fields.iter().map(|f| f.ty));
                }
                let mut types: Vec<(&str, Type)> = fields.iter().map(|f| (f.name.as_str(), f.ty)).collect();
                types.sort_unstable_by_key(|t| t.0);
                let of = |name: &str| match types.binary_search_by_key(&name, |t| t.0) {
                    Ok(at) => types.get(at).map_or(Type::Never, |t| t.1),
                    Err(_) => Type::Never,
                };
                self.pop_many(layout.names.iter().map(|name| of(name)))
            }
            Item::Nil
            | Item::Float
            | Item::Str
            | Item::List
            | Item::Map
            | Item::Func
            | Item::Same
            | Item::Picked
            | Item::Const
            | Item::Kind
            | Item::Local
            | Item::Capture
            | Item::Global
            | Item::Record
            | Item::Slot
            | Item::Result
            | Item::Layout
            | Item::Return => {
                let want = self.one(item, op)?;
                self.pop_value(want)
            }
        }
    }

    /// The type of an item that is one value.
    fn one(&self, item: Item, op: Op) -> Result<Type, Kind> {
        let (module, function) = (self.module, self.function);
        Ok(match item {
            Item::Nil => Type::Nil,
            Item::Bool => Type::Bool,
            Item::Int => Type::Int,
            Item::Float => Type::Float,
            Item::Str => Type::Str,
            Item::List => Type::List,
            Item::Map => Type::Map,
            Item::Func => Type::Func,
            Item::Const => match operand(op, OperandKind::Const, &module.constants)? {
                Const::Nil => Type::Nil,
                Const::Bool(_) => Type::Bool,
                Const::Int(_) => Type::Int,
                Const::Float(_) => Type::Float,
                Const::Str(_) => Type::Str,
                Const::Func(_) => Type::Func,
                Const::Selector(_) => return Err(Kind::WrongConstant),
            },
            Item::Kind => match op {
                Op::Cast { kind } => kind.ty(),
                _ => return Err(Kind::BadOperand),
            },
            Item::Local => match op {
                Op::Local { local } | Op::SetLocal { local } => {
                    *function.locals.get(local.index()).ok_or(Kind::OperandOutOfRange)?
                }
                _ => *operand(op, OperandKind::Local, &function.locals)?,
            },
            Item::Capture => *operand(op, OperandKind::Capture, &function.captures)?,
            Item::Global => operand(op, OperandKind::Global, &module.globals)?.ty,
            Item::Record => match op {
                Op::CastRecord { class } | Op::Slot { class, .. } | Op::SetSlot { class, .. } => Type::Record(class),
                _ => return Err(Kind::BadOperand),
            },
            Item::Slot => {
                let class = operand(op, OperandKind::Class, &module.classes)?;
                operand(op, OperandKind::Slot, &class.fields)?.ty
            }
            Item::Result => match op {
                Op::Call { func } => module.functions.get(func.index()).ok_or(Kind::OperandOutOfRange)?.result,
                _ => operand(op, OperandKind::Native, &module.natives)?.result,
            },
            Item::Layout => {
                let layout = operand(op, OperandKind::Layout, &module.layouts)?;
                if layout.canonical { Type::Record(layout.class) } else { Type::Any }
            }
            Item::Return => function.result,
            Item::Any
            | Item::Top
            | Item::Iter
            | Item::Same
            | Item::Picked
            | Item::Count
            | Item::Pairs
            | Item::Params
            | Item::Captures
            | Item::Fields => Type::Any,
        })
    }
}

fn operand<T>(op: Op, kind: OperandKind, table: &[T]) -> Result<&T, Kind> {
    op.operand(kind).and_then(|index| table.get(index as usize)).ok_or(Kind::OperandOutOfRange)
}
