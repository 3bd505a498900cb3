//! The op table: one row per instruction. The enum, numbers, encoding,
//! decoding, mnemonics, operand lists, stack effects, flags and the reference
//! table in `docs/bytecode.md` all derive from the row.
//!
//! Invariants: a number, once released, keeps its meaning; new rows take free
//! numbers. Operands are fixed-width and little-endian. The row's documentation
//! is the specification of the op.

use alloc::{string::String, vec::Vec};
use core::fmt::Write as _;

use crate::Module;
use crate::operand::{
    CaptureIdx, ClassIdx, ConstIdx, Count, FuncIdx, GlobalIdx, Imm, Kind, Label, LayoutIdx, LocalIdx, NativeIdx,
    Operand, OperandKind, Slot,
};

/// One entry of a stack effect. Pops are listed bottom to top, so the last one is on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Item {
    /// One value of any type.
    Any,
    /// One `nil`.
    Nil,
    /// One boolean.
    Bool,
    /// One integer.
    Int,
    /// One float.
    Float,
    /// One string.
    Str,
    /// One list.
    List,
    /// One map.
    Map,
    /// One callable.
    Func,
    /// Iteration state.
    Iter,
    /// Pop: one slot of any sort, iteration state included.
    Top,
    /// Push: a value of the type of the value popped first.
    Same,
    /// Push: a copy of the slot that the count operand names.
    Picked,
    /// One value of the constant's type.
    Const,
    /// One value of the kind operand's type.
    Kind,
    /// One value of the local's declared type.
    Local,
    /// One value of the capture's declared type.
    Capture,
    /// One value of the global's declared type.
    Global,
    /// A record of the class operand in its declared layout.
    Record,
    /// One value of the type of the field.
    Slot,
    /// As many values as the count operand says.
    Count,
    /// Twice as many values as the count operand says: key, value, key, value…
    Pairs,
    /// The parameters of the function operand, first one lowest.
    Params,
    /// The captured values of the function operand, first one lowest.
    Captures,
    /// The result of the function or native operand.
    Result,
    /// The values of the layout operand's fields, first name lowest.
    Fields,
    /// The record that the layout operand describes.
    Layout,
    /// One value of the running function's declared result type.
    Return,
}

/// Properties of an op.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// Has a label operand that execution may go on at.
    pub const BRANCHES: Flags = Flags(1);
    /// Execution never goes on at the next instruction.
    pub const TERMINATES: Flags = Flags(2);
    /// May raise a guest error.
    pub const MAY_RAISE: Flags = Flags(4);
    /// May run other guest code or suspend the fiber.
    pub const MAY_CALL: Flags = Flags(8);
    /// May allocate guest memory.
    pub const ALLOCATES: Flags = Flags(16);

    /// Whether all of `other` is set.
    #[must_use]
    pub const fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// All of both.
    #[must_use]
    pub const fn with(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct OpInfo {
    /// The opcode byte.
    pub number: u8,
    /// Name in assembly text.
    pub mnemonic: &'static str,
    /// Name of the [`Op`] variant.
    pub name: &'static str,
    /// Name in listings: the customary one of stack machines, where it differs from `name`.
    pub listed: &'static str,
    /// Name, role and width in bytes of each operand, in order.
    pub operands: &'static [(&'static str, OperandKind, usize)],
    /// Taken from the stack, bottom to top.
    pub pops: &'static [Item],
    /// Left on the stack when execution goes on at the next instruction.
    pub pushes: &'static [Item],
    /// Left on the stack when execution goes on at the label operand.
    pub jump_pushes: &'static [Item],
    /// Properties.
    pub flags: Flags,
    /// What it does, as lines.
    pub docs: &'static [&'static str],
}

impl OpInfo {
    /// Length of the instruction in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        1 + self.operands.iter().map(|o| o.2).sum::<usize>()
    }
}

/// Why bytes are not an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpError {
    /// No op has this number.
    UnknownOpcode(u8),
    /// The code ends within the instruction.
    Truncated,
    /// An operand has bits that mean nothing.
    BadOperand,
}

/// Most operands that any op has.
pub const MAX_OPERANDS: usize = 2;

macro_rules! ops {
    ($(
        $(#[doc = $doc:literal])+
        $number:literal $mnemonic:literal $name:ident $(as $listed:ident)? { $($arg:ident: $ty:ident),* }
        ($($pop:ident)* => $($push:ident)* $(, jump $($jump:ident)*)?)
        [$($flag:ident)*];
    )*) => {
        /// One instruction. See [`TABLE`] for everything known about each op.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        #[repr(u8)]
        pub enum Op {
            $($(#[doc = $doc])+ $name { $($arg: $ty),* } = $number,)*
        }

        /// Every op, by ascending number.
        pub static TABLE: &[OpInfo] = &[$(OpInfo {
            number: $number,
            mnemonic: $mnemonic,
            name: stringify!($name),
            listed: listed(&[stringify!($name), $(stringify!($listed))?]),
            operands: &[$((stringify!($arg), <$ty as Operand>::KIND, <$ty as Operand>::SIZE)),*],
            pops: &[$(Item::$pop),*],
            pushes: &[$(Item::$push),*],
            jump_pushes: &[$($(Item::$jump),*)?],
            flags: Flags(0)$(.with(Flags::$flag))*,
            docs: &[$($doc),+],
        }),*];

        impl Op {
            /// The opcode byte.
            #[must_use]
            #[inline]
            pub fn number(self) -> u8 {
                match self { $(Op::$name { .. } => $number,)* }
            }

            /// The operands' bits in order, and how many there are.
            #[must_use]
            #[inline]
            pub fn raw(self) -> ([u32; MAX_OPERANDS], usize) {
                match self {
                    $(Op::$name { $($arg),* } => pack(&[$($arg.to_raw()),*]),)*
                }
            }

            /// The instruction at byte `pc`, and the offset of the next one.
            ///
            /// # Errors
            /// See [`OpError`].
            #[allow(unused_mut)]
            pub fn decode(code: &[u8], pc: usize) -> Result<(Op, usize), OpError> {
                let number = *code.get(pc).ok_or(OpError::Truncated)?;
                let mut at = pc + 1;
                let op = match number {
                    $($number => Op::$name { $($arg: read::<$ty>(code, &mut at)?),* },)*
                    _ => return Err(OpError::UnknownOpcode(number)),
                };
                Ok((op, at))
            }

            /// The instruction with these operands, if the number and all operands mean something.
            #[must_use]
            #[allow(unused_variables, unused_mut)]
            pub fn from_raw(number: u8, raw: [u32; MAX_OPERANDS]) -> Option<Op> {
                let mut raw = raw.into_iter();
                match number {
                    $($number => Some(Op::$name { $($arg: <$ty as Operand>::from_raw(raw.next()?)?),* }),)*
                    _ => None,
                }
            }
        }
    };
}

/// The second name, if there is one.
const fn listed(names: &[&'static str]) -> &'static str {
    match names {
        [_, listed, ..] | [listed] => listed,
        [] => "",
    }
}

/// The operand at byte `at`, which moves behind it.
#[inline]
fn read<T: Operand>(code: &[u8], at: &mut usize) -> Result<T, OpError> {
    let bytes = code.get(*at..*at + T::SIZE).ok_or(OpError::Truncated)?;
    let bits = match *bytes {
        [a] => u32::from(a),
        [a, b] => u32::from(u16::from_le_bytes([a, b])),
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
        _ => return Err(OpError::BadOperand),
    };
    *at += T::SIZE;
    T::from_raw(bits).ok_or(OpError::BadOperand)
}

fn pack(operands: &[u32]) -> ([u32; MAX_OPERANDS], usize) {
    let mut raw = [0; MAX_OPERANDS];
    for (to, from) in raw.iter_mut().zip(operands) {
        *to = *from;
    }
    (raw, operands.len())
}

ops! {
    // ---- constants
    /// Push `nil`.
    0x01 "nil" Nil as LoadNull {} (=> Nil) [];
    /// Push the "no value yet" marker, which no guest sees.
    0x02 "unset" Unset as LoadUnset {} (=> Any) [];
    /// Push `true`.
    0x03 "true" True as LoadTrue {} (=> Bool) [];
    /// Push `false`.
    0x04 "false" False as LoadFalse {} (=> Bool) [];
    /// Push a small integer.
    0x05 "int" Int as LoadInt { value: Imm } (=> Int) [];
    /// Push a constant; not a selector.
    0x06 "const" Const as LoadConst { index: ConstIdx } (=> Const) [];
    /// Push a function without captures.
    0x07 "func" Func as LoadFunction { func: FuncIdx } (=> Func) [];
    /// Push a native function.
    0x08 "native" Native as LoadNative { native: NativeIdx } (=> Func) [];

    // ---- operand stack
    /// Drop the top slot.
    0x0c "pop" Pop {} (Top =>) [];
    /// Push a copy of the value `depth` below the top; 0 is the top itself.
    0x0d "pick" Pick { depth: Count } (=> Picked) [];

    // ---- variables
    /// Push a local. One that is not of type `any` must have been assigned on every path.
    0x10 "local" Local as LoadLocal { local: LocalIdx } (=> Local) [];
    /// Pop into a local.
    0x11 "set_local" SetLocal as StoreLocal { local: LocalIdx } (Local =>) [];
    /// Push the content of one of the running closure's own cells.
    0x12 "capture" Capture as LoadCapture { capture: CaptureIdx } (=> Capture) [];
    /// Pop into one of the running closure's own cells.
    0x13 "set_capture" SetCapture as StoreCapture { capture: CaptureIdx } (Capture =>) [];
    /// Push a global; if it is unset, the language raises its "undefined" error.
    0x14 "global" Global as LoadGlobal { global: GlobalIdx } (=> Global) [MAY_RAISE];
    /// Push a global, the unset marker included.
    0x15 "global_or_unset" GlobalOrUnset as LoadGlobalOrUnset { global: GlobalIdx } (=> Any) [];
    /// Pop into a global.
    0x16 "set_global" SetGlobal as StoreGlobal { global: GlobalIdx } (Global =>) [];
    /// Whether the value is the unset marker.
    0x17 "is_unset" IsUnset {} (Any => Bool) [];
    /// Leave the value; if it is the unset marker, the language raises its "undefined" error for the name.
    0x18 "check_set" CheckSet { name: ConstIdx } (Any => Same) [MAY_RAISE];

    // ---- control
    /// Go to a label.
    0x20 "jump" Jump { to: Label } (=>) [BRANCHES TERMINATES];
    /// Pop a condition; go to the label if it is true.
    0x21 "jump_if" JumpIf as JumpIfTrue { to: Label } (Bool =>) [BRANCHES];
    /// Pop a condition; go to the label unless it is true.
    0x22 "jump_unless" JumpUnless as JumpIfFalse { to: Label } (Bool =>) [BRANCHES];
    /// The only permitted target of a branch that does not go forward: the place of safepoint and fuel check.
    0x23 "loop_head" LoopHead {} (=>) [];
    /// From `first` and `end` below it on top: if `first < end`, leave `first` and `end - 1` on the stack,
    /// assign `first` to the local and go on; else drop both and go to the label.
    0x24 "range.start" RangeStart { local: LocalIdx, done: Label } (Int Int => Int Int, jump) [BRANCHES];
    /// From `first` and `last` on top: if `first <= last`, leave both on the stack,
    /// assign `first` to the local and go on; else drop both and go to the label.
    0x25 "range.start_inclusive" RangeStartInclusive { local: LocalIdx, done: Label } (Int Int => Int Int, jump) [BRANCHES];
    /// From `current` and `last` on top: if `current < last`, add 1 to `current` on the stack, assign
    /// it to the local and go to the label; else drop both and go on.
    0x26 "range.next" RangeNext { local: LocalIdx, body: Label } (Int Int =>, jump Int Int) [BRANCHES];
    /// Pop a value and push the state of an iteration over it by the language's rule.
    0x27 "iter.start" IterStart {} (Any => Iter) [MAY_RAISE MAY_CALL ALLOCATES];
    /// If the iteration has another value, assign it to the local (of type `any`) and go to the label;
    /// else drop the state and go on.
    0x28 "iter.next" IterNext { local: LocalIdx, body: Label } (Iter =>, jump Iter) [BRANCHES MAY_RAISE MAY_CALL ALLOCATES];
    /// Leave the function with the value.
    0x29 "return" Return {} (Return =>) [TERMINATES];
    /// Raise a guest value.
    0x2a "raise" Raise {} (Any =>) [TERMINATES MAY_RAISE ALLOCATES];
    /// Raise a run-time error of the language with this message.
    0x2b "raise_error" RaiseError { message: ConstIdx } (=>) [TERMINATES MAY_RAISE ALLOCATES];
    /// Hand the value to whoever resumed this generator, then push it again. Generators only.
    0x2c "yield" Yield {} (Any => Any) [MAY_RAISE MAY_CALL];
    /// Wait for a promise by the language's rule.
    0x2d "await" Await {} (Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Leave a boolean and go on; any other value stays on the stack, and execution goes on at the label.
    0x2e "unless_bool" UnlessBool as JumpUnlessBool { to: Label } (Any => Bool, jump Any) [BRANCHES];

    // ---- dynamic operators: int with int as `checked.*`, float with float as `float.*`, str with str as
    // `str.*`; everything else is asked of the language
    /// Sum.
    0x30 "dyn.add" DynAdd as Add {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Difference.
    0x31 "dyn.sub" DynSub as Subtract {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Product.
    0x32 "dyn.mul" DynMul as Multiply {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Quotient; zero divisors are asked of the language.
    0x33 "dyn.div" DynDiv as Divide {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Remainder; zero divisors are asked of the language.
    0x34 "dyn.rem" DynRem as Remainder {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Equal.
    0x35 "dyn.eq" DynEq as Equal {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Not equal.
    0x36 "dyn.ne" DynNe as NotEqual {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Less.
    0x37 "dyn.lt" DynLt as Less {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Less or equal.
    0x38 "dyn.le" DynLe as LessEqual {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Greater.
    0x39 "dyn.gt" DynGt as Greater {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Greater or equal.
    0x3a "dyn.ge" DynGe as GreaterEqual {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Bitwise and.
    0x3b "dyn.and" DynBitAnd as BitAnd {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Bitwise or.
    0x3c "dyn.or" DynBitOr as BitOr {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Bitwise exclusive or.
    0x3d "dyn.xor" DynBitXor as BitXor {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Shift left.
    0x3e "dyn.shl" DynShl as ShiftLeft {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Arithmetic shift right.
    0x3f "dyn.shr" DynShr as ShiftRight {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Logical shift right.
    0x40 "dyn.ushr" DynUshr as ShiftRightLogical {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Negative.
    0x41 "dyn.neg" DynNeg as Negate {} (Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Logical not.
    0x42 "dyn.not" DynNot as Not {} (Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Bitwise not.
    0x43 "dyn.bitnot" DynBitNot as BitNot {} (Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Quotient rounded toward negative infinity; decided for integers only; zero divisors are asked of the language.
    0x44 "dyn.floordiv" DynFloorDiv as FloorDivide {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Remainder with the sign of the divisor; decided for integers only; zero divisors are asked of the language.
    0x45 "dyn.mod" DynMod as Modulo {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];

    // ---- integers, wrapping
    /// Sum, modulo 2^64.
    0x48 "int.add" IntAdd {} (Int Int => Int) [];
    /// Difference, modulo 2^64.
    0x49 "int.sub" IntSub {} (Int Int => Int) [];
    /// Product, modulo 2^64.
    0x4a "int.mul" IntMul {} (Int Int => Int) [];
    /// Quotient, truncated; on a zero divisor and on MIN / -1 the language decides.
    0x4b "int.div" IntDiv {} (Int Int => Int) [MAY_RAISE];
    /// Remainder with the sign of the dividend; on a zero divisor and on MIN / -1 the language decides.
    0x4c "int.rem" IntRem {} (Int Int => Int) [MAY_RAISE];
    /// Equal.
    0x4d "int.eq" IntEq {} (Int Int => Bool) [];
    /// Not equal.
    0x4e "int.ne" IntNe {} (Int Int => Bool) [];
    /// Less.
    0x4f "int.lt" IntLt {} (Int Int => Bool) [];
    /// Less or equal.
    0x50 "int.le" IntLe {} (Int Int => Bool) [];
    /// Greater.
    0x51 "int.gt" IntGt {} (Int Int => Bool) [];
    /// Greater or equal.
    0x52 "int.ge" IntGe {} (Int Int => Bool) [];
    /// Bitwise and.
    0x53 "int.and" IntBitAnd {} (Int Int => Int) [];
    /// Bitwise or.
    0x54 "int.or" IntBitOr {} (Int Int => Int) [];
    /// Bitwise exclusive or.
    0x55 "int.xor" IntBitXor {} (Int Int => Int) [];
    /// Shift left; the count modulo 64.
    0x56 "int.shl" IntShl {} (Int Int => Int) [];
    /// Arithmetic shift right; the count modulo 64.
    0x57 "int.shr" IntShr {} (Int Int => Int) [];
    /// Logical shift right; the count modulo 64.
    0x58 "int.ushr" IntUshr {} (Int Int => Int) [];
    /// Negative, modulo 2^64.
    0x59 "int.neg" IntNeg {} (Int => Int) [];
    /// Bitwise not.
    0x5a "int.bitnot" IntBitNot {} (Int => Int) [];
    /// The nearest float.
    0x5b "int.to_float" IntToFloat {} (Int => Float) [];

    // ---- integers, asking the language on overflow and zero divisors
    /// Sum; on overflow the language decides.
    0x60 "checked.add" CheckedAdd {} (Int Int => Int) [MAY_RAISE];
    /// Difference; on overflow the language decides.
    0x61 "checked.sub" CheckedSub {} (Int Int => Int) [MAY_RAISE];
    /// Product; on overflow the language decides.
    0x62 "checked.mul" CheckedMul {} (Int Int => Int) [MAY_RAISE];
    /// Quotient, truncated; on a zero divisor and on MIN / -1 the language decides.
    0x63 "checked.div" CheckedDiv {} (Int Int => Int) [MAY_RAISE];
    /// Remainder with the sign of the dividend; on a zero divisor and on MIN / -1 the language decides.
    0x64 "checked.rem" CheckedRem {} (Int Int => Int) [MAY_RAISE];
    /// Negative; on overflow the language decides.
    0x65 "checked.neg" CheckedNeg {} (Int => Int) [MAY_RAISE];

    // ---- floats
    /// Sum.
    0x68 "float.add" FloatAdd {} (Float Float => Float) [];
    /// Difference.
    0x69 "float.sub" FloatSub {} (Float Float => Float) [];
    /// Product.
    0x6a "float.mul" FloatMul {} (Float Float => Float) [];
    /// Quotient, by IEEE 754.
    0x6b "float.div" FloatDiv {} (Float Float => Float) [];
    /// Remainder with the sign of the dividend.
    0x6c "float.rem" FloatRem {} (Float Float => Float) [];
    /// Equal.
    0x6d "float.eq" FloatEq {} (Float Float => Bool) [];
    /// Not equal.
    0x6e "float.ne" FloatNe {} (Float Float => Bool) [];
    /// Less.
    0x6f "float.lt" FloatLt {} (Float Float => Bool) [];
    /// Less or equal.
    0x70 "float.le" FloatLe {} (Float Float => Bool) [];
    /// Greater.
    0x71 "float.gt" FloatGt {} (Float Float => Bool) [];
    /// Greater or equal.
    0x72 "float.ge" FloatGe {} (Float Float => Bool) [];
    /// Negative.
    0x73 "float.neg" FloatNeg {} (Float => Float) [];
    /// The integer toward zero; beyond the range the nearest one, NaN becomes 0.
    0x74 "float.to_int" FloatToInt {} (Float => Int) [];
    /// The nearest binary32 number.
    0x75 "float.to_float32" FloatToFloat32 {} (Float => Float) [];

    // ---- strings, booleans, any
    /// The two strings joined.
    0x78 "str.add" StrAdd {} (Str Str => Str) [MAY_RAISE ALLOCATES];
    /// Equal.
    0x79 "str.eq" StrEq {} (Str Str => Bool) [];
    /// Not equal.
    0x7a "str.ne" StrNe {} (Str Str => Bool) [];
    /// Less, by code points.
    0x7b "str.lt" StrLt {} (Str Str => Bool) [];
    /// Less or equal, by code points.
    0x7c "str.le" StrLe {} (Str Str => Bool) [];
    /// Greater, by code points.
    0x7d "str.gt" StrGt {} (Str Str => Bool) [];
    /// Greater or equal, by code points.
    0x7e "str.ge" StrGe {} (Str Str => Bool) [];
    /// The other boolean.
    0x80 "bool.not" BoolNot {} (Bool => Bool) [];
    /// Scalars and strings by value (int and float never equal), heap objects by identity.
    0x81 "same.eq" SameEq {} (Any Any => Bool) [];
    /// The opposite of `same.eq`.
    0x82 "same.ne" SameNe {} (Any Any => Bool) [];
    /// Truth of any value by the language's rule.
    0x83 "truthy" Truthy {} (Any => Bool) [MAY_RAISE MAY_CALL];
    /// Whether the value is `nil`.
    0x84 "is_nil" IsNil {} (Any => Bool) [];
    /// Whether the value is a record of this class, whatever its fields.
    0x85 "is_class" IsClass { class: ClassIdx } (Any => Bool) [];
    /// Whether the value is of this kind.
    0x86 "is_type" IsType { kind: Kind } (Any => Bool) [];
    /// Whether the value is a record of this class in its declared layout.
    0x87 "is_record" IsRecord { class: ClassIdx } (Any => Bool) [];
    /// Leave the value, proven to be of this kind; else the language raises.
    0x88 "cast" Cast { kind: Kind } (Any => Kind) [MAY_RAISE];
    /// Leave the value, proven to be a record of this class in its declared layout; else the language raises.
    0x89 "cast.record" CastRecord { class: ClassIdx } (Any => Record) [MAY_RAISE];
    /// Leave the value; a container of value semantics is marked as having a second holder.
    0x8a "share" Share {} (Any => Same) [];
    /// Display texts of `n` values by the language's conversion, joined.
    0x8b "concat" Concat { n: Count } (Count => Str) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Pop a value just read from the container below it and that; leave the value, which is marked as having a
    /// second holder if the container has one.
    0x8c "share.part" SharePart {} (Any Any => Same) [];

    // ---- data
    /// New list of `n` values.
    0x90 "list" List as BuildList { n: Count } (Count => List) [MAY_RAISE ALLOCATES];
    /// Append `n` values to a list that nobody else holds yet.
    0x91 "list.append" ListAppend { n: Count } (List Count => List) [MAY_RAISE ALLOCATES];
    /// Append all elements of a list; anything else asks the language to raise.
    0x92 "list.extend" ListExtend {} (List Any => List) [MAY_RAISE MAY_CALL ALLOCATES];
    /// New map of `n` entries: key, value, key, value… Later entries win; the first insertion keeps the place.
    0x93 "map" Map as BuildDict { n: Count } (Pairs => Map) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Put `n` entries into a map that nobody else holds yet.
    0x94 "map.put" MapPut { n: Count } (Map Pairs => Map) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Put all entries of a map; anything else asks the language to raise.
    0x95 "map.spread" MapSpread {} (Map Any => Map) [MAY_RAISE MAY_CALL ALLOCATES];
    /// New record.
    0x96 "record" Record as BuildRecord { layout: LayoutIdx } (Fields => Layout) [MAY_RAISE ALLOCATES];
    /// New closure; the values are copied into its private cells.
    0x97 "closure" Closure as BuildClosure { func: FuncIdx } (Captures => Func) [MAY_RAISE ALLOCATES];
    /// New mutable cell that holds the value.
    0x98 "cell.new" CellNew {} (Any => Any) [MAY_RAISE ALLOCATES];
    /// Content of a cell; raises an internal error if it is none.
    0x99 "cell.get" CellGet {} (Any => Any) [MAY_RAISE];
    /// Assign a cell: cell, value; raises an internal error if it is none.
    0x9a "cell.set" CellSet {} (Any Any =>) [MAY_RAISE];

    // ---- parts of values
    /// `base[index]`.
    0xa0 "index" Index {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// `base[index] = value` by reference.
    0xa1 "set_index" SetIndex {} (Any Any Any =>) [MAY_RAISE MAY_CALL ALLOCATES];
    /// `base.name`.
    0xa2 "field" Field { name: ConstIdx } (Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// `base.name = value` by reference.
    0xa3 "set_field" SetField { name: ConstIdx } (Any Any =>) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Field by number.
    0xa4 "slot" Slot { class: ClassIdx, slot: Slot } (Record => Slot) [];
    /// Assign a field by number: record, value.
    0xa5 "set_slot" SetSlot { class: ClassIdx, slot: Slot } (Record Slot =>) [];
    /// Push the local's container; if it has a second holder, first copy it and store the copy back.
    0xa6 "own.local" OwnLocal { local: LocalIdx } (=> Local) [MAY_RAISE ALLOCATES];
    /// Push the capture's container; if it has a second holder, first copy it and store the copy back.
    0xa7 "own.capture" OwnCapture { capture: CaptureIdx } (=> Capture) [MAY_RAISE ALLOCATES];
    /// Push the global's container; if it has a second holder, first copy it and store the copy back.
    /// If it is unset, the language raises its "undefined" error.
    0xa8 "own.global" OwnGlobal { global: GlobalIdx } (=> Global) [MAY_RAISE ALLOCATES];
    /// From container and key: push the element; if it has a second holder, first copy it and store the copy back.
    0xa9 "own.index" OwnIndex {} (Any Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// From a container: push the field; if it has a second holder, first copy it and store the copy back.
    0xaa "own.field" OwnField { name: ConstIdx } (Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// `container[key] = value` with value semantics, in a container that was owned before.
    0xab "place.set_index" PlaceSetIndex {} (Any Any Any =>) [MAY_RAISE MAY_CALL ALLOCATES];
    /// `container.name = value` with value semantics, in a container that was owned before.
    0xac "place.set_field" PlaceSetField { name: ConstIdx } (Any Any =>) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Field by number of whatever record it is; of anything else the language is asked for the field of that name.
    0xad "part" Part { slot: Slot } (Any => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Assign a field by number of whatever record it is: record, value; of anything else the language is asked likewise.
    0xae "set_part" SetPart { slot: Slot } (Any Any =>) [MAY_RAISE MAY_CALL ALLOCATES];

    // ---- calls
    /// Call a known function without captures.
    0xb0 "call" Call { func: FuncIdx } (Params => Result) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Call any value: callee, then `n` arguments; count and types are checked at run time.
    0xb1 "call_value" CallValue { n: Count } (Any Count => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Call a native function with `n` arguments.
    0xb2 "call_native" CallNative { native: NativeIdx, n: Count } (Count => Result) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Send a message: receiver, then `n` arguments; the language looks the selector up.
    0xb3 "send" Send { selector: ConstIdx, n: Count } (Any Count => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Call any value with the elements of a list as arguments.
    0xb4 "call_value.spread" CallValueSpread {} (Any List => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Call a native function with the elements of a list as arguments.
    0xb5 "call_native.spread" CallNativeSpread { native: NativeIdx } (List => Result) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Send a message with the elements of a list as arguments: receiver, list.
    0xb6 "send.spread" SendSpread { selector: ConstIdx } (Any List => Any) [MAY_RAISE MAY_CALL ALLOCATES];
    /// Send a message whose lookup begins elsewhere: where, receiver, then `n` arguments; the language looks the selector up.
    0xb7 "send.from" SendFrom { selector: ConstIdx, n: Count } (Any Any Count => Any) [MAY_RAISE MAY_CALL ALLOCATES];
}

/// Row of each opcode byte, as a position in [`TABLE`] plus one; 0 where there is none.
#[allow(clippy::indexing_slicing, reason = "evaluated at compile time")]
static ROWS: [u8; 256] = {
    let mut rows = [0; 256];
    let mut i = 0;
    while i < TABLE.len() {
        let number = TABLE[i].number as usize;
        assert!(rows[number] == 0, "two rows have one number");
        assert!(i == 0 || TABLE[i - 1].number < TABLE[i].number, "rows are in ascending order");
        rows[number] = i as u8 + 1;
        i += 1;
    }
    rows
};

/// The row of an opcode byte.
#[must_use]
#[inline]
#[allow(clippy::indexing_slicing, reason = "a byte is below 256")]
pub fn info(number: u8) -> Option<&'static OpInfo> {
    usize::from(ROWS[usize::from(number)]).checked_sub(1).and_then(|row| TABLE.get(row))
}

/// The row of a mnemonic.
#[must_use]
pub fn by_mnemonic(mnemonic: &str) -> Option<&'static OpInfo> {
    TABLE.iter().find(|row| row.mnemonic == mnemonic)
}

impl Op {
    /// Everything known about the op.
    #[must_use]
    #[inline]
    pub fn info(self) -> &'static OpInfo {
        info(self.number()).expect("every op has a row")
    }

    /// Appends the instruction's bytes.
    pub fn encode(self, code: &mut Vec<u8>) {
        code.push(self.number());
        let (raw, _) = self.raw();
        for ((_, _, size), bits) in self.info().operands.iter().zip(raw) {
            code.extend_from_slice(bits.to_le_bytes().get(..*size).unwrap_or(&[]));
        }
    }

    /// The operand of this role, if the op has one.
    #[must_use]
    pub fn operand(self, kind: OperandKind) -> Option<u32> {
        let (raw, _) = self.raw();
        let at = self.info().operands.iter().position(|o| o.1 == kind)?;
        raw.get(at).copied()
    }

    /// How many slots the op takes from the stack, when those that depend on a table of the module
    /// (parameters, captures, fields of a layout) are `listed`.
    #[must_use]
    pub fn pops(self, listed: u32) -> u32 {
        let count = self.operand(OperandKind::Count).unwrap_or(0);
        let of = |item: &Item| match item {
            Item::Count => count,
            Item::Pairs => count.saturating_mul(2),
            Item::Params | Item::Captures | Item::Fields => listed,
            Item::Any
            | Item::Nil
            | Item::Bool
            | Item::Int
            | Item::Float
            | Item::Str
            | Item::List
            | Item::Map
            | Item::Func
            | Item::Iter
            | Item::Top
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
            | Item::Return => 1,
        };
        self.info().pops.iter().map(of).fold(0, u32::saturating_add)
    }

    /// How many slots the op takes from the stack in this module; 0 for what an index out of range would name.
    #[must_use]
    pub fn pops_in(self, module: &Module) -> u32 {
        let listed = match self {
            Op::Call { func } => module.functions.get(func.index()).map_or(0, |f| u32::from(f.params)),
            Op::Closure { func } => module.functions.get(func.index()).map_or(0, |f| f.captures.len() as u32),
            Op::Record { layout } => module.layouts.get(layout.index()).map_or(0, |l| l.names.len() as u32),
            _ => 0,
        };
        self.pops(listed)
    }

    /// The label operand, if there is one.
    #[must_use]
    pub fn label(self) -> Option<Label> {
        let row = self.info();
        let (raw, count) = self.raw();
        // It is the last operand of every op that has one.
        let last = || raw.get(count.checked_sub(1)?).copied().map(Label);
        row.flags.has(Flags::BRANCHES).then(last).flatten()
    }
}

/// The instructions of a function's code, each with its offset. Ends after the first error.
pub fn instructions(code: &[u8]) -> impl Iterator<Item = Result<(u32, Op), (u32, OpError)>> + '_ {
    let mut pc = 0;
    core::iter::from_fn(move || {
        if pc >= code.len() {
            return None;
        }
        let at = pc as u32;
        match Op::decode(code, pc) {
            Ok((op, next)) => {
                pc = next;
                Some(Ok((at, op)))
            }
            Err(error) => {
                pc = code.len();
                Some(Err((at, error)))
            }
        }
    })
}

/// The op reference as Markdown, for `docs/bytecode.md`.
#[must_use]
pub fn reference_markdown() -> String {
    let mut out =
        String::from("| number | mnemonic | operands | stack effect | flags | meaning |\n|---|---|---|---|---|---|\n");
    for row in TABLE {
        let _ = write!(out, "| `{:02x}` | `{}` | ", row.number, row.mnemonic);
        let operands: Vec<&str> = row.operands.iter().map(|o| o.1.name()).collect();
        let _ = write!(out, "{} | {} → {}", operands.join(", "), items(row.pops), items(row.pushes));
        if row.flags.has(Flags::BRANCHES) {
            let _ = write!(out, "; jump: {}", items(row.jump_pushes));
        }
        let _ = write!(out, " | {} | ", flags(row.flags));
        let lines: Vec<&str> = row.docs.iter().map(|d| d.trim()).collect();
        let _ = writeln!(out, "{} |", lines.join(" "));
    }
    out
}

fn items(items: &[Item]) -> String {
    let mut out = String::new();
    for (i, item) in items.iter().enumerate() {
        let word = match item {
            Item::Any => "any",
            Item::Nil => "nil",
            Item::Bool => "bool",
            Item::Int => "int",
            Item::Float => "float",
            Item::Str => "str",
            Item::List => "list",
            Item::Map => "map",
            Item::Func => "func",
            Item::Iter => "iter",
            Item::Top => "*slot*",
            Item::Same => "*same*",
            Item::Picked => "*picked*",
            Item::Const => "*type of constant*",
            Item::Kind => "*kind*",
            Item::Local => "*type of local*",
            Item::Capture => "*type of capture*",
            Item::Global => "*type of global*",
            Item::Record => "*record of class*",
            Item::Slot => "*type of field*",
            Item::Count => "any × n",
            Item::Pairs => "(any any) × n",
            Item::Params => "*parameters*",
            Item::Captures => "*captures*",
            Item::Result => "*result*",
            Item::Fields => "*fields*",
            Item::Layout => "*record or any*",
            Item::Return => "*own result*",
        };
        let _ = write!(out, "{}{word}", if i == 0 { "" } else { " " });
    }
    if out.is_empty() {
        out.push('—');
    }
    out
}

fn flags(flags: Flags) -> String {
    let words = [
        (Flags::BRANCHES, "branches"),
        (Flags::TERMINATES, "terminates"),
        (Flags::MAY_RAISE, "raises"),
        (Flags::MAY_CALL, "calls"),
        (Flags::ALLOCATES, "allocates"),
    ];
    let set: Vec<&str> = words.iter().filter(|w| flags.has(w.0)).map(|w| w.1).collect();
    set.join(", ")
}
