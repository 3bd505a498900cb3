//! The run side of a language: what happens off the fast paths.

use alloc::{format, string::String};
use core::ops::RangeInclusive;

use crate::{BinOp, Control, FuncId, NativeDef, NativeResult, Runtime, Symbol, Thrown, Trap, TypeTag, UnOp, Value};

/// A language's rules at run time. Methods are asked only where an engine's inline paths (documented at
/// [`crate::ops`]) do not apply. None may call guest code; where guest code must run, return
/// [`Control::Call`], and the call's result becomes the result of the operation.
pub trait Semantics: Sync {
    /// Name of the language: lower case.
    fn name(&self) -> &'static str;

    /// The native library, by qualified name.
    fn natives(&self) -> &'static [NativeDef];

    /// `a op b` where the inline paths do not apply: mixed kinds, overflow, zero divisors, overloading.
    ///
    /// # Errors
    /// The language's error, or a call of an overloading method. For typed families
    /// (`Int`, `IntChecked`) the result must have the family's result type.
    fn binary(&self, rt: &mut Runtime, op: BinOp, a: Value, b: Value) -> NativeResult;

    /// The message that a binary operator sends to its left operand off the inline paths, if [`Semantics::binary`] does
    /// just that: then engines may look its method up as that of a send, and remember it.
    fn operator(&self, op: BinOp) -> Option<&'static str> {
        let _ = op;
        None
    }

    /// Whether `int op float` (either order) means that of the integer's float, so that engines may do it inline: all
    /// of `+ - * / % < <= > >=`, zero divisors excepted.
    fn promotes(&self) -> bool {
        false
    }

    /// Whether a number counts as true exactly when it is not zero, so that engines need not ask.
    fn zero_is_false(&self) -> bool {
        false
    }

    /// Whether a float as the index of a list means the integer that it is when cut toward zero, so that engines may read
    /// elements by floats inline.
    fn cuts_indices(&self) -> bool {
        false
    }

    /// Whether a method of this name may stand for an operator. Records of classes without such methods are equal to
    /// nil never.
    fn is_operator(&self, method: &str) -> bool {
        let _ = method;
        true
    }

    /// `op a` likewise.
    ///
    /// # Errors
    /// As for [`Semantics::binary`].
    fn unary(&self, rt: &mut Runtime, op: UnOp, a: Value) -> NativeResult;

    /// Truth of a value that is not a boolean.
    fn truthy(&self, rt: &Runtime, v: Value) -> bool;

    /// Display text, as in interpolation and output.
    fn display(&self, rt: &Runtime, v: Value, out: &mut String);

    /// `base[index]` where the inline paths (list by int in range, map by present key) do not apply.
    ///
    /// # Errors
    /// The language's error.
    fn index(&self, rt: &mut Runtime, base: Value, index: Value) -> NativeResult;

    /// `base[index] = value` by reference, or on a container that nobody else holds: changes `base` in
    /// place. The result is ignored. Inline path: list by int in range, map by present key.
    ///
    /// # Errors
    /// The language's error.
    fn set_index(&self, rt: &mut Runtime, base: Value, index: Value, value: Value) -> NativeResult;

    /// `base.name` where the inline path (own field of a record) does not apply.
    ///
    /// # Errors
    /// The language's error.
    fn field(&self, rt: &mut Runtime, base: Value, name: Symbol) -> NativeResult;

    /// `base.name = value`: changes `base` in place (see [`Runtime::set_field`] for records). The result is
    /// ignored. Inline path: existing field of a record.
    ///
    /// # Errors
    /// The language's error.
    fn set_field(&self, rt: &mut Runtime, base: Value, name: Symbol, value: Value) -> NativeResult;

    /// `recv.name(args)`: the language looks the method up and usually returns [`Control::Call`].
    ///
    /// # Errors
    /// The language's error, or the call to make.
    fn send(&self, rt: &mut Runtime, recv: Value, name: Symbol, args: &[Value]) -> NativeResult;

    /// Method that `recv.name(…)` calls with the receiver as first argument whenever the receiver has
    /// the same key (see [`crate::Heap::send_key`]: layout of a record, kind of a foreign object, tag of anything else),
    /// if that is so; engines remember it until [`Runtime::methods_changed`]. A native function checks itself how many
    /// arguments it gets.
    fn method(&self, rt: &Runtime, recv: Value, name: Symbol) -> Option<Value>;

    /// A send whose lookup begins at `start`, a value of the language's choice (see `motet_ir::ExprKind::SendFrom`);
    /// `args` begins with the receiver.
    ///
    /// # Errors
    /// The language's error, or the call to make.
    fn send_from(&self, rt: &mut Runtime, start: Value, name: Symbol, args: &[Value]) -> NativeResult {
        match (self.method_from(rt, start, name), args) {
            (Some(callee), args) => Err(Control::call(callee, args.to_vec())),
            (None, [recv, args @ ..]) => self.send(rt, *recv, name, args),
            (None, []) => Err(Control::Trap(Trap::Corrupt)),
        }
    }

    /// The method that a send beginning at `start` calls, with the receiver as first argument, whenever the start has
    /// the key (see [`Semantics::method`]) of this one, if that is so.
    fn method_from(&self, rt: &Runtime, start: Value, name: Symbol) -> Option<Value> {
        let _ = (rt, start, name);
        None
    }

    /// What a loop over `v` iterates: a list (live, by position), an int `n` (0 to n-1), a string
    /// (characters), a map (keys), or a generator.
    ///
    /// # Errors
    /// The language's error for values that cannot be iterated.
    fn iterate(&self, rt: &mut Runtime, v: Value) -> NativeResult;

    /// A call of something that cannot be called.
    fn not_callable(&self, rt: &mut Runtime, v: Value) -> Control;

    /// A call with the wrong number of arguments. The numbers that `expected` holds are right; the last is that of
    /// all parameters. A call that it asks for is made instead.
    fn wrong_arity(&self, rt: &mut Runtime, callee: &str, expected: RangeInclusive<usize>, got: usize) -> Control;

    /// Reading a variable that has no value yet.
    fn undefined(&self, rt: &mut Runtime, name: &str) -> Control;

    /// Whether [`Semantics::coerce`] ever answers.
    fn coerces(&self) -> bool {
        false
    }

    /// What a cast to `want` gives for a value of another kind, instead of an error. It takes effect only in languages
    /// that say so with [`Semantics::coerces`], and for other kinds than records.
    fn coerce(&self, rt: &mut Runtime, want: TypeTag, got: Value) -> Option<Value> {
        let _ = (rt, want, got);
        None
    }

    /// A value of another kind where `want` was demanded.
    fn cast_failed(&self, rt: &mut Runtime, want: TypeTag, got: Value) -> Control;

    /// A spread of something that is not a list (`map`: not a map).
    fn bad_spread(&self, rt: &mut Runtime, v: Value, map: bool) -> Control;

    /// A key that a map constructor cannot take, or the key to use instead.
    ///
    /// # Errors
    /// The language's error.
    fn map_key(&self, _rt: &mut Runtime, key: Value) -> NativeResult {
        Ok(key)
    }

    /// Too many nested calls.
    fn stack_overflow(&self, rt: &mut Runtime, callee: &str, limit: usize) -> Control;

    /// The value that a handler receives. `calls` lists the functions of the active calls at the throw, innermost
    /// first, possibly without the outermost ones; see also [`Semantics::is_plain_field`].
    fn exception(&self, rt: &mut Runtime, thrown: Thrown, calls: &[FuncId]) -> Value;

    /// Whether the field `name` of what [`Semantics::exception`] gives is the same whatever `calls` are. When a handler
    /// looks at no other part, `calls` may be empty.
    fn is_plain_field(&self, name: &str) -> bool {
        let _ = name;
        false
    }

    /// Whether programs raise again what [`Semantics::exception`] made of an error, and the host is to show the first
    /// raise then: its trace and message.
    fn keeps_trace(&self) -> bool {
        false
    }

    /// Message of an uncaught error.
    fn uncaught(&self, rt: &Runtime, thrown: &Thrown) -> String {
        match thrown {
            Thrown::Error(e) => e.message.clone(),
            Thrown::Value(v) => {
                let mut out = String::new();
                self.display(rt, *v, &mut out);
                format!("uncaught exception: {out}")
            }
        }
    }

    /// Result of an async function.
    fn wrap_async(&self, _rt: &mut Runtime, v: Value) -> Value {
        v
    }

    /// Waits for a promise.
    ///
    /// # Errors
    /// The language's error for rejected promises.
    fn wait(&self, _rt: &mut Runtime, v: Value) -> NativeResult {
        Ok(v)
    }

    /// Exit status that the program's result asks for, if the language has that.
    fn exit_status(&self, _rt: &Runtime, _v: Value) -> Option<i32> {
        None
    }

    /// Text to print for the program's result, if the language prints it.
    fn result_text(&self, _rt: &Runtime, _v: Value) -> Option<String> {
        None
    }
}
