//! The register op table. Each row: mnemonic, variant, roles of the operands
//! a, b and c, number of extension words, and what the op does.

/// What an operand means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Not used.
    No,
    /// A register that is read (or updated in place).
    In,
    /// A register that is written.
    Out,
    /// The first of several registers.
    Regs,
    /// A signed 16-bit number.
    Imm,
    /// A jump: words from this instruction to the target, signed 16 bits.
    Jump,
    /// A count, index or flag.
    Num,
    /// Low half of a signed 32-bit number or table index; the next operand is the high half.
    Low,
    /// High half of a 32-bit number.
    High,
    /// Low half of a 32-bit jump; the next operand is the high half.
    JumpLow,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct OpRow {
    /// Name in dumps.
    pub mnemonic: &'static str,
    /// Roles of a, b, c.
    pub roles: [Role; 3],
    /// Extension words.
    pub ext: usize,
}

macro_rules! reg_ops {
    ($($(#[doc = $doc:literal])+ $mnemonic:literal $name:ident ($a:ident $b:ident $c:ident) $ext:literal;)*) => {
        /// Register ops.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u16)]
        pub enum Op { $($(#[doc = $doc])+ $name,)* }

        /// Rows in op order.
        pub static OPS: &[OpRow] = &[$(OpRow {
            mnemonic: $mnemonic, roles: [Role::$a, Role::$b, Role::$c], ext: $ext,
        },)*];

        impl Op {
            /// Every op, in order.
            pub const ALL: &'static [Op] = &[$(Op::$name),*];
        }

        /// Calls a macro with the list of all ops, in order.
        #[macro_export]
        macro_rules! for_each_reg_op {
            ($m:ident) => { $m! { $($name)* } };
        }
    };
}

/// Whether the op of this number is an accumulator form.
#[inline(always)]
#[must_use]
pub fn is_accumulator_form(op: u16) -> bool {
    (Op::AddL as u16..=Op::FloatDivR as u16).contains(&op)
}

impl Op {
    /// Its row.
    #[must_use]
    pub fn row(self) -> &'static OpRow {
        &OPS[self as usize]
    }

    /// Words that an instruction of this op takes.
    #[must_use]
    pub fn words(self) -> usize {
        1 + self.row().ext
    }
}

reg_ops! {
    /// Leaves the interpreter.
    "halt" Halt (No No No) 0;
    /// Asks for the translation of the function, then runs it.
    "translate" Translate (No No No) 0;
    /// Entry of a generator: makes a suspended fiber of the call and returns it
    "enter.generator" EnterGenerator (No No No) 0;
    /// Entry of an async function: its result goes through `async.end`
    "enter.async" EnterAsync (No No No) 0;
    /// Where a generator's body returns to
    "fiber.end" FiberEnd (No No No) 0;
    /// Where an async function's body returns to
    "async.end" AsyncEnd (No No No) 0;

    // ---- data
    /// a = b
    "move" Move (Out In No) 0;
    /// a = constant
    "const" LoadK (Out Low High) 0;
    /// a = integer
    "int" LoadInt (Out Low High) 0;
    /// a = immediate of tag b and payload c
    "imm" LoadImm (Out Num Num) 0;
    /// a = function
    "func" LoadFunc (Out Low High) 0;
    /// a = native function
    "native" LoadNative (Out Low High) 0;
    /// a = global; unset: the language raises
    "global" GetGlobal (Out Low High) 0;
    /// a = global or unset
    "global.raw" GetGlobalRaw (Out Low High) 0;
    /// global = a
    "set_global" SetGlobal (In Low High) 0;
    /// a = own cell b
    "capture" GetCapture (Out Num No) 0;
    /// own cell b = a
    "set_capture" SetCapture (In Num No) 0;
    /// a = whether b is unset
    "is_unset" IsUnset (Out In No) 0;
    /// a unset: the language raises "undefined" for the name (constant in b, c)
    "check_set" CheckSet (In Low High) 0;

    // ---- jumps
    /// go to
    "jump" Jump (No JumpLow High) 0;
    /// go back to a loop head: safepoint
    "loop" Loop (No JumpLow High) 0;
    /// a is true: go to
    "jump_if" JumpIf (In JumpLow High) 0;
    /// a is false: go to
    "jump_unless" JumpUnless (In JumpLow High) 0;
    /// a counts as true in the language: go to
    "jump_truthy" JumpTruthy (In JumpLow High) 0;
    /// a counts as false in the language: go to
    "jump_falsy" JumpFalsy (In JumpLow High) 0;

    /// a is no boolean: go to
    "jump_unless_bool" JumpUnlessBool (In JumpLow High) 0;
    /// a is false: go to b; a is no boolean: go to c
    "choose" Choose (In Jump Jump) 0;
    /// a is true: go to b; a is no boolean: go to c
    "choose.not" ChooseNot (In Jump Jump) 0;
    /// a is of kind b: go to
    "jtype" JType (In Num Jump) 0;
    /// a is not of kind b: go to
    "jtype.not" JTypeNot (In Num Jump) 0;
    /// a is nil: go to
    "jump_nil" JumpNil (In JumpLow High) 0;
    /// a is not nil: go to
    "jump_not_nil" JumpNotNil (In JumpLow High) 0;
    /// a same as b: go to
    "jsame" JSame (In In Jump) 0;
    /// a not same as b: go to
    "jsame.not" JSameNot (In In Jump) 0;

    // ---- dynamic operators
    /// a = b + c
    "add" Add (Out In In) 0;
    /// a = b - c
    "sub" Sub (Out In In) 0;
    /// a = b * c
    "mul" Mul (Out In In) 0;
    /// a = b / c
    "div" Div (Out In In) 0;
    /// a = b % c
    "rem" Rem (Out In In) 0;
    /// a = b divided by c, rounded down
    "floordiv" FloorDiv (Out In In) 0;
    /// a = b modulo c, of c's sign
    "mod" Mod (Out In In) 0;
    /// a = b + immediate
    "add.i" AddI (Out In Imm) 0;
    /// a = b - immediate
    "sub.i" SubI (Out In Imm) 0;
    /// a = b * immediate
    "mul.i" MulI (Out In Imm) 0;
    /// a = b / immediate
    "div.i" DivI (Out In Imm) 0;
    /// a = b % immediate
    "rem.i" RemI (Out In Imm) 0;
    /// a = b divided by immediate, rounded down
    "floordiv.i" FloorDivI (Out In Imm) 0;
    /// a = b modulo immediate, of its sign
    "mod.i" ModI (Out In Imm) 0;
    /// a = b == c
    "eq" Eq (Out In In) 0;
    /// a = b != c
    "ne" Ne (Out In In) 0;
    /// a = b < c
    "lt" Lt (Out In In) 0;
    /// a = b <= c
    "le" Le (Out In In) 0;
    /// a = b > c
    "gt" Gt (Out In In) 0;
    /// a = b >= c
    "ge" Ge (Out In In) 0;
    /// a = b op c; the extension word is the operator
    "bin" Bin (Out In In) 1;
    /// a = op b; c is the operator
    "un" Un (Out In Num) 0;
    // Compare and branch. The next instruction is a `jump_truthy`, `jump_falsy`, `choose` or `choose.not` on the register
    // that the slow path puts the result into; the fast path jumps past it.
    /// a == b: go to
    "jeq" JEq (In In Jump) 0;
    /// a != b: go to
    "jne" JNe (In In Jump) 0;
    /// a < b: go to
    "jlt" JLt (In In Jump) 0;
    /// a <= b: go to
    "jle" JLe (In In Jump) 0;
    /// a > b: go to
    "jgt" JGt (In In Jump) 0;
    /// a >= b: go to
    "jge" JGe (In In Jump) 0;
    /// not a == b: go to
    "jeq.not" JEqNot (In In Jump) 0;
    /// not a != b: go to
    "jne.not" JNeNot (In In Jump) 0;
    /// not a < b: go to
    "jlt.not" JLtNot (In In Jump) 0;
    /// not a <= b: go to
    "jle.not" JLeNot (In In Jump) 0;
    /// not a > b: go to
    "jgt.not" JGtNot (In In Jump) 0;
    /// not a >= b: go to
    "jge.not" JGeNot (In In Jump) 0;
    /// a == immediate: go to
    "jeq.i" JEqI (In Imm Jump) 0;
    /// a != immediate: go to
    "jne.i" JNeI (In Imm Jump) 0;
    /// a < immediate: go to
    "jlt.i" JLtI (In Imm Jump) 0;
    /// a <= immediate: go to
    "jle.i" JLeI (In Imm Jump) 0;
    /// a > immediate: go to
    "jgt.i" JGtI (In Imm Jump) 0;
    /// a >= immediate: go to
    "jge.i" JGeI (In Imm Jump) 0;
    /// not a == immediate: go to
    "jeq.i.not" JEqINot (In Imm Jump) 0;
    /// not a != immediate: go to
    "jne.i.not" JNeINot (In Imm Jump) 0;
    /// not a < immediate: go to
    "jlt.i.not" JLtINot (In Imm Jump) 0;
    /// not a <= immediate: go to
    "jle.i.not" JLeINot (In Imm Jump) 0;
    /// not a > immediate: go to
    "jgt.i.not" JGtINot (In Imm Jump) 0;
    /// not a >= immediate: go to
    "jge.i.not" JGeINot (In Imm Jump) 0;

    /// a == nil: go to
    "jeq.nil" JEqNil (In JumpLow High) 0;
    /// not a == nil: go to
    "jeq.nil.not" JEqNilNot (In JumpLow High) 0;
    /// a != nil: go to
    "jne.nil" JNeNil (In JumpLow High) 0;
    /// not a != nil: go to
    "jne.nil.not" JNeNilNot (In JumpLow High) 0;
    // Compare and go back to a loop head: safepoint. Behind it stand a `jump_falsy` or `choose` on the slow path's result and a `loop`;
    // when the fast path finds that the loop ends it goes on behind these.
    /// a == b: go back
    "jeq.loop" JEqLoop (In In Jump) 0;
    /// a != b: go back
    "jne.loop" JNeLoop (In In Jump) 0;
    /// a < b: go back
    "jlt.loop" JLtLoop (In In Jump) 0;
    /// a <= b: go back
    "jle.loop" JLeLoop (In In Jump) 0;
    /// a > b: go back
    "jgt.loop" JGtLoop (In In Jump) 0;
    /// a >= b: go back
    "jge.loop" JGeLoop (In In Jump) 0;
    /// a == immediate: go back
    "jeq.i.loop" JEqILoop (In Imm Jump) 0;
    /// a != immediate: go back
    "jne.i.loop" JNeILoop (In Imm Jump) 0;
    /// a < immediate: go back
    "jlt.i.loop" JLtILoop (In Imm Jump) 0;
    /// a <= immediate: go back
    "jle.i.loop" JLeILoop (In Imm Jump) 0;
    /// a > immediate: go back
    "jgt.i.loop" JGtILoop (In Imm Jump) 0;
    /// a >= immediate: go back
    "jge.i.loop" JGeILoop (In Imm Jump) 0;

    // Accumulator forms: the left (or right) operand, b (or c), is the register that the instruction before wrote, and its
    // payload is in the accumulator. Behind each stands the plain form, for other kinds; whoever does not come from the
    // instruction before enters there.
    /// a = b + c
    "add.l" AddL (Out In In) 0;
    /// a = b - c
    "sub.l" SubL (Out In In) 0;
    /// a = b - c
    "sub.r" SubR (Out In In) 0;
    /// a = b * c
    "mul.l" MulL (Out In In) 0;
    /// a = b / c
    "div.l" DivL (Out In In) 0;
    /// a = b / c
    "div.r" DivR (Out In In) 0;
    /// a = b + c
    "float.add.l" FloatAddL (Out In In) 0;
    /// a = b - c
    "float.sub.l" FloatSubL (Out In In) 0;
    /// a = b - c
    "float.sub.r" FloatSubR (Out In In) 0;
    /// a = b * c
    "float.mul.l" FloatMulL (Out In In) 0;
    /// a = b / c
    "float.div.l" FloatDivL (Out In In) 0;
    /// a = b / c
    "float.div.r" FloatDivR (Out In In) 0;

    // ---- integers
    /// a = b + c, wrapping
    "int.add" IntAdd (Out In In) 0;
    /// a = b - c, wrapping
    "int.sub" IntSub (Out In In) 0;
    /// a = b * c, wrapping
    "int.mul" IntMul (Out In In) 0;
    /// a = b / c; zero and MIN / -1: the language
    "int.div" IntDiv (Out In In) 0;
    /// a = b % c; zero and MIN % -1: the language
    "int.rem" IntRem (Out In In) 0;
    /// a = b + immediate, wrapping
    "int.add.i" IntAddI (Out In Imm) 0;
    /// a = b - immediate, wrapping
    "int.sub.i" IntSubI (Out In Imm) 0;
    /// a = b * immediate, wrapping
    "int.mul.i" IntMulI (Out In Imm) 0;
    /// a = b / immediate, which is neither 0 nor -1
    "int.div.i" IntDivI (Out In Imm) 0;
    /// a = b % immediate, which is neither 0 nor -1
    "int.rem.i" IntRemI (Out In Imm) 0;
    /// a = b & c
    "int.and" IntAnd (Out In In) 0;
    /// a = b | c
    "int.or" IntOr (Out In In) 0;
    /// a = b ^ c
    "int.xor" IntXor (Out In In) 0;
    /// a = b << c
    "int.shl" IntShl (Out In In) 0;
    /// a = b >> c
    "int.shr" IntShr (Out In In) 0;
    /// a = b >>> c
    "int.ushr" IntUshr (Out In In) 0;
    /// a = -b, wrapping
    "int.neg" IntNeg (Out In No) 0;
    /// a = ~b
    "int.bitnot" IntBitNot (Out In No) 0;
    /// a = float of b
    "int.to_float" IntToFloat (Out In No) 0;
    /// a = b == c
    "int.eq" IntEq (Out In In) 0;
    /// a = b != c
    "int.ne" IntNe (Out In In) 0;
    /// a = b < c
    "int.lt" IntLt (Out In In) 0;
    /// a = b <= c
    "int.le" IntLe (Out In In) 0;
    /// a == b: go to
    "int.jeq" IntJEq (In In Jump) 0;
    /// a != b: go to
    "int.jne" IntJNe (In In Jump) 0;
    /// a < b: go to
    "int.jlt" IntJLt (In In Jump) 0;
    /// a <= b: go to
    "int.jle" IntJLe (In In Jump) 0;
    /// a == immediate: go to
    "int.jeq.i" IntJEqI (In Imm Jump) 0;
    /// a != immediate: go to
    "int.jne.i" IntJNeI (In Imm Jump) 0;
    /// a < immediate: go to
    "int.jlt.i" IntJLtI (In Imm Jump) 0;
    /// a <= immediate: go to
    "int.jle.i" IntJLeI (In Imm Jump) 0;
    /// a > immediate: go to
    "int.jgt.i" IntJGtI (In Imm Jump) 0;
    /// a >= immediate: go to
    "int.jge.i" IntJGeI (In Imm Jump) 0;

    // Compare and go back to a loop head: safepoint.
    /// a == b: go back
    "int.jeq.loop" IntJEqLoop (In In Jump) 0;
    /// a != b: go back
    "int.jne.loop" IntJNeLoop (In In Jump) 0;
    /// a < b: go back
    "int.jlt.loop" IntJLtLoop (In In Jump) 0;
    /// a <= b: go back
    "int.jle.loop" IntJLeLoop (In In Jump) 0;
    /// a == immediate: go back
    "int.jeq.i.loop" IntJEqILoop (In Imm Jump) 0;
    /// a != immediate: go back
    "int.jne.i.loop" IntJNeILoop (In Imm Jump) 0;
    /// a < immediate: go back
    "int.jlt.i.loop" IntJLtILoop (In Imm Jump) 0;
    /// a <= immediate: go back
    "int.jle.i.loop" IntJLeILoop (In Imm Jump) 0;
    /// a > immediate: go back
    "int.jgt.i.loop" IntJGtILoop (In Imm Jump) 0;
    /// a >= immediate: go back
    "int.jge.i.loop" IntJGeILoop (In Imm Jump) 0;

    // ---- integers, asking the language on overflow
    /// a = b + c
    "chk.add" ChkAdd (Out In In) 0;
    /// a = b - c
    "chk.sub" ChkSub (Out In In) 0;
    /// a = b * c
    "chk.mul" ChkMul (Out In In) 0;
    /// a = b + immediate
    "chk.add.i" ChkAddI (Out In Imm) 0;
    /// a = b - immediate
    "chk.sub.i" ChkSubI (Out In Imm) 0;
    /// a = b * immediate
    "chk.mul.i" ChkMulI (Out In Imm) 0;
    /// a = -b
    "chk.neg" ChkNeg (Out In No) 0;

    // ---- floats
    /// a = b + c
    "float.add" FloatAdd (Out In In) 0;
    /// a = b - c
    "float.sub" FloatSub (Out In In) 0;
    /// a = b * c
    "float.mul" FloatMul (Out In In) 0;
    /// a = b / c
    "float.div" FloatDiv (Out In In) 0;
    /// a = b % c
    "float.rem" FloatRem (Out In In) 0;
    /// a = -b
    "float.neg" FloatNeg (Out In No) 0;
    /// a = integer of b, toward zero
    "float.to_int" FloatToInt (Out In No) 0;
    /// a = b rounded to binary32
    "float.to_float32" FloatToFloat32 (Out In No) 0;
    /// a = b == c
    "float.eq" FloatEq (Out In In) 0;
    /// a = b != c
    "float.ne" FloatNe (Out In In) 0;
    /// a = b < c
    "float.lt" FloatLt (Out In In) 0;
    /// a = b <= c
    "float.le" FloatLe (Out In In) 0;
    /// a < b: go to
    "float.jlt" FloatJLt (In In Jump) 0;
    /// a <= b: go to
    "float.jle" FloatJLe (In In Jump) 0;
    /// not a < b: go to
    "float.jlt.not" FloatJLtNot (In In Jump) 0;
    /// not a <= b: go to
    "float.jle.not" FloatJLeNot (In In Jump) 0;

    /// a < b: go back to a loop head: safepoint
    "float.jlt.loop" FloatJLtLoop (In In Jump) 0;
    /// a <= b: go back to a loop head: safepoint
    "float.jle.loop" FloatJLeLoop (In In Jump) 0;

    // ---- strings, booleans, any
    /// a = b joined with c
    "str.add" StrAdd (Out In In) 0;
    /// a = b op c on strings; the extension word is the operator
    "str.cmp" StrCmp (Out In In) 1;
    /// a = not b
    "not" Not (Out In No) 0;
    /// a = b same as c
    "same" Same (Out In In) 0;
    /// a = b not same as c
    "same.not" SameNot (Out In In) 0;
    /// a = truth of b
    "truthy" Truthy (Out In No) 0;
    /// a = whether b is nil
    "is_nil" IsNil (Out In No) 0;
    /// a = whether b is a record of the class in the extension word
    "is_class" IsClass (Out In No) 1;
    /// a = whether b is a record of the class in the extension word, in its declared layout
    "is_record" IsRecord (Out In No) 1;
    /// a = whether b is of kind c
    "is_type" IsType (Out In Num) 0;
    /// a not of kind b: the language raises
    "cast" Cast (In Num No) 0;
    /// a = b, which must be of kind c
    "cast.move" CastMove (Out In Num) 0;
    /// a not a record of the shape and class in the extension word: the language raises
    "cast.record" CastRecord (In No No) 1;
    /// a has a second holder
    "share" Share (In No No) 0;
    /// a = c, which has a second holder if b has one
    "share.part" SharePart (Out In In) 0;
    /// a = joined texts of c registers from b
    "concat" Concat (Out Regs Num) 0;

    // ---- data structures
    /// a = list of c registers from b
    "list" List (Out Regs Num) 0;
    /// list a gets c registers from b
    "list.append" ListAppend (In Regs Num) 0;
    /// list a gets the elements of b
    "list.extend" ListExtend (In In No) 0;
    /// a = map of c pairs of registers from b
    "map" Map (Out Regs Num) 0;
    /// map a gets c pairs of registers from b
    "map.put" MapPut (In Regs Num) 0;
    /// map a gets the entries of b
    "map.spread" MapSpread (In In No) 0;
    /// a = record of c registers from b; the extension word: shape, permutation
    "record" Record (Out Regs Num) 1;
    /// a = closure with c registers from b as cells; the extension word: function
    "closure" Closure (Out Regs Num) 1;
    /// a = new cell holding b
    "cell.new" CellNew (Out In No) 0;
    /// a = content of cell b
    "cell.get" CellGet (Out In No) 0;
    /// content of cell a = b
    "cell.set" CellSet (In In No) 0;
    /// a = b[c]
    "index" Index (Out In In) 0;
    /// a = b[c], which has a second holder then. Behind it stands a `share` for the slow path
    "index.share" IndexShare (Out In In) 0;
    /// a = b[c], which has a second holder then if b has. Behind it stands a `share.part` for the slow path
    "index.part" IndexPart (Out In In) 0;
    /// a = b[c], which must be of the kind in the extension word
    "index.cast" IndexCast (Out In In) 1;
    /// a = b[c], which must be a record of the shape and class in the extension word
    "index.record" IndexRecord (Out In In) 1;
    /// a[b] = c
    "set_index" SetIndex (In In In) 0;
    /// a[b] = c after making a the only holder of its container
    "set_index.own" SetIndexOwn (In In In) 0;
    /// a = b.name; extension words: cached shape and slot; name
    "field" Field (Out In No) 2;
    /// a.name = b; extension words: cached shape and slot; name
    "set_field" SetField (In In No) 2;
    /// a.name = b, after making a the only holder of its container; extension words likewise
    "set_field.own" SetFieldOwn (In In No) 2;
    /// a = field c of record b
    "slot" Slot (Out In Num) 0;
    /// field b of record a = c
    "set_slot" SetSlot (In Num In) 0;
    /// a = field c of record b, which may be elsewhere
    "slot.apart" SlotApart (Out In Num) 0;
    /// field b of record a, which may be elsewhere, = c
    "set_slot.apart" SetSlotApart (In Num In) 0;
    /// a = field c of b, if that is a record
    "part" Part (Out In Num) 0;
    /// field b of a = c, if that is a record
    "set_part" SetPart (In Num In) 0;
    /// a = b, after making b the only holder of its container
    "own" Own (Out In No) 0;
    /// a = own cell b, likewise
    "own.capture" OwnCapture (Out Num No) 0;
    /// a = global, likewise
    "own.global" OwnGlobal (Out Low High) 0;
    /// a = b[c], likewise; the copy is stored back
    "own.index" OwnIndex (Out In In) 0;
    /// a = b.name, likewise; extension words: cached shape and slot; name
    "own.field" OwnField (Out In No) 2;

    // ---- calls; the callee's frame begins at the first argument
    /// b = call of the function in the extension word, arguments from a
    "call" Call (Regs Out No) 1;
    /// c = call of the value in a with b arguments behind it
    "call_value" CallValue (Regs Num Out) 0;
    /// c = call of the native in the extension word with b arguments from a
    "call_native" CallNative (Regs Num Out) 1;
    /// c = call of the native in the extension word with a
    "call_native1" CallNative1 (In No Out) 1;
    /// c = call of the native in the extension word with a and b
    "call_native2" CallNative2 (In In Out) 1;
    // Inline forms of natives. For other kinds of arguments the native in the extension word is called.
    /// c = number of elements of list a
    "len" Len (In No Out) 1;
    /// list a gets b; c = nil
    "push" Push (In In Out) 1;
    /// unshared list a gets b, which has a second holder then; c = a
    "append" Append (In In Out) 1;
    /// c = a, which is not nil
    "not_nil" NotNil (In No Out) 1;
    /// c = a, which is a record; extension words: the native, which rejects nil; shape and class
    "not_nil.record" NotNilRecord (In No Out) 2;
    /// c = true if map a has the key b
    "has" Has (In In Out) 1;
    /// c = 1 if map a has the key b
    "has.int" HasInt (In In Out) 1;
    /// c = the largest integer that is not greater than float a, as a float
    "floor" Floor (In No Out) 1;
    /// c = send to the receiver in a with b arguments behind it; extension words: selector; cached keys and callees
    "send" Send (Regs Num Out) 3;
    /// c = send to the receiver behind a, with b arguments behind that, the lookup beginning at a; likewise
    "send.from" SendFrom (Regs Num Out) 3;
    /// c = call of a with the elements of b
    "call_value.spread" CallValueSpread (In In Out) 0;
    /// b = call of the native in the extension word with the elements of a
    "call_native.spread" CallNativeSpread (In Out No) 1;
    /// c = send to a with the elements of b; extension word: selector
    "send.spread" SendSpread (In In Out) 1;
    /// leave the function with a
    "return" Return (In No No) 0;
    /// raise a
    "raise" Raise (In No No) 0;
    /// raise an error with the message in the constant
    "raise_error" RaiseError (No Low High) 0;
    /// hand out b; a = b on resumption
    "yield" Yield (Out In No) 0;
    /// a = b awaited
    "await" Await (Out In No) 0;

    // ---- iteration; state in two registers from a
    /// a, a+1 hold first and end; c: whether end is included. Local b = first, or go to (extension word) if empty
    "range.start" RangeStart (Regs Out Num) 1;
    /// next number to local b and go back to c (safepoint), or go on
    "range.next" RangeNext (Regs Out Jump) 0;
    /// a, a+1 = iteration over b
    "iter.start" IterStart (Regs In No) 0;
    /// next value to local b and go back to c (safepoint), or go on
    "iter.next" IterNext (Regs Out Jump) 0;
}

/// Cached methods of a send.
pub const SEND_WAYS: usize = 2;
/// Where they lie in the instruction, in words. Each is a word: the key in its low half (see
/// `motet_runtime::send_key`), the callee in the high one.
pub const SEND_CACHE: usize = 2;
/// Words of a send.
pub const SEND_WORDS: usize = SEND_CACHE + SEND_WAYS;
const _: () = assert!(OPS[Op::Send as usize].ext + 1 == SEND_WORDS && OPS[Op::SendFrom as usize].ext + 1 == SEND_WORDS);
/// A cached method that is none: no key is like this.
pub const NO_METHOD: u64 = u32::MAX as u64;
/// Added to the key under which a native function is remembered, so that a look for a function finds nothing.
pub const NATIVE_KEY: u32 = 1 << 30;
