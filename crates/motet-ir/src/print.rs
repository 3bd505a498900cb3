//! The printer: modules as text that [`crate::parse_module`] reads back.
//!
//! An expression is an atom or `(op operand…)`, either with `:type` when its
//! type is not the usual one of its kind, and `@start-end` when spans are
//! asked for. Variables and functions are `name` sigil `index`, where only the
//! index counts: `x%2` a local, `x^0` a capture, `x#1` a global, `f&3` a
//! function, `push~1` a native function, `Point*0` a class; `L0` is a label.
//! A `(do …)` and the like put every operand on a line of its own. A float that is not finite is the
//! bits of its representation, `f0x7ff0000000000000`.
//!
//! Printing takes time linear in the size of the module.

use alloc::string::String;
use core::fmt::Write as _;

use motet_source::Span;

use crate::{
    Arg, BinOp, ClassIdx, ClassKind, Elem, Entry, Expr, ExprKind, Family, FuncIdx, Function, FunctionKind, GlobalIdx,
    GlobalInit, LocalIdx, Module, NativeIdx, PlaceRoot, PlaceStep, Type, UnOp, build,
};

/// What to print besides the program itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PrintOptions {
    /// Spans of all nodes and functions.
    pub spans: bool,
    /// The texts of the source files, not only their names.
    pub texts: bool,
}

/// The module without spans and source texts.
#[must_use]
pub fn print_module(module: &Module) -> String {
    print_module_with(module, PrintOptions::default())
}

/// The module; with all options on, parsing the text gives an equal module.
#[must_use]
pub fn print_module_with(module: &Module, options: PrintOptions) -> String {
    let mut printer = Printer::new(module, options);
    printer.tables();
    for (index, function) in module.functions.iter().enumerate() {
        printer.function(index, function);
    }
    printer.out
}

/// One expression of `function`, without spans.
#[must_use]
pub fn print_expr(module: &Module, function: &Function, expr: &Expr) -> String {
    let mut printer = Printer::new(module, PrintOptions::default());
    printer.function = Some(function);
    printer.expr(expr, 0);
    printer.out
}

/// Deepest indentation, in levels: beyond it lines stay in the same column, so that output stays linear.
const MAX_INDENT: usize = 40;

struct Printer<'a> {
    module: &'a Module,
    function: Option<&'a Function>,
    options: PrintOptions,
    out: String,
}

macro_rules! put {
    ($printer:expr, $($arg:tt)*) => {
        // Writing to a string cannot fail.
        let _ = write!($printer.out, $($arg)*);
    };
}

impl<'a> Printer<'a> {
    fn new(module: &'a Module, options: PrintOptions) -> Self {
        Self { module, function: None, options, out: String::new() }
    }

    fn tables(&mut self) {
        let module = self.module;
        put!(self, "module ");
        self.string(&module.name);
        for language in &module.languages {
            put!(self, "\nlanguage ");
            self.string(language);
        }
        for (_, file) in module.sources.iter() {
            put!(self, "\nsource ");
            self.string(&file.name);
            if self.options.texts {
                put!(self, " ");
                self.string(&file.text);
            }
        }
        for (i, native) in module.natives.iter().enumerate() {
            put!(self, "\nnative ~{i} ");
            self.string(&native.name);
            put!(self, " ");
            self.ty(native.result);
            let effects = native.effects;
            for (name, on) in [
                ("pure", effects.pure),
                ("consumes", effects.consumes_first),
                ("retains", effects.retains),
                ("part", effects.part),
            ] {
                if on {
                    put!(self, " {name}");
                }
            }
        }
        for i in 0..module.globals.len() {
            self.global(i);
        }
        for i in 0..module.classes.len() {
            self.class(i);
        }
        put!(self, "\ninit ");
        self.func(module.init);
        if let Some(main) = module.main {
            put!(self, "\nmain ");
            self.func(main);
        }
        for (i, global) in module.live.iter().enumerate() {
            put!(self, "\nlive #{i} source {}", global.source.0);
            if let Some(initializer) = global.initializer {
                put!(self, " ");
                self.func(initializer);
            }
        }
        for test in &module.tests {
            put!(self, "\ntest ");
            self.string(&test.name);
            put!(self, " ");
            self.func(test.func);
        }
        put!(self, "\n");
    }

    fn global(&mut self, index: usize) {
        let global = &self.module.globals[index];
        put!(self, "\nglobal #{index} ");
        self.string(&global.name);
        put!(self, " ");
        self.ty(global.ty);
        put!(self, " ");
        match global.init {
            GlobalInit::Unset => self.out.push_str("unset"),
            GlobalInit::Nil => self.out.push_str("nil"),
            GlobalInit::Func(f) => self.func(f),
            GlobalInit::Native(n) => self.native(n),
        }
    }

    fn class(&mut self, index: usize) {
        let class = &self.module.classes[index];
        put!(self, "\nclass *{index} ");
        self.string(&class.name);
        self.out.push_str(match class.kind {
            ClassKind::Struct => " struct",
            ClassKind::Variant => " variant",
        });
        if class.language != 0 {
            put!(self, " language {}", class.language);
        }
        for field in &class.fields {
            put!(self, "\n  field ");
            self.string(&field.name);
            put!(self, " ");
            self.ty(field.ty);
        }
        for (name, method) in &class.methods {
            put!(self, "\n  method ");
            self.string(name);
            put!(self, " ");
            self.func(*method);
        }
    }

    fn function(&mut self, index: usize, function: &'a Function) {
        self.function = Some(function);
        put!(self, "\nfunction &{index} ");
        self.string(&function.name);
        if function.language != 0 {
            put!(self, " language {}", function.language);
        }
        if function.source.0 != 0 {
            put!(self, " source {}", function.source.0);
        }
        self.out.push_str(match function.kind {
            FunctionKind::Normal => "",
            FunctionKind::Generator => " generator",
            FunctionKind::Async => " async",
        });
        if function.hidden {
            self.out.push_str(" hidden");
        }
        put!(self, " ");
        self.ty(function.result);
        self.span(function.span);
        for (i, local) in function.locals.iter().enumerate() {
            let required = function.params.saturating_sub(function.optional) as usize;
            let word = match i {
                _ if i < required => "param",
                _ if i < function.params as usize => "optional",
                _ => "local",
            };
            put!(self, "\n  {word} %{i} ");
            self.string(&local.name);
            put!(self, " ");
            self.ty(local.ty);
        }
        for (i, capture) in function.captures.iter().enumerate() {
            put!(self, "\n  capture ^{i} ");
            self.string(&capture.name);
            put!(self, " ");
            self.ty(capture.ty);
        }
        put!(self, "\n  ");
        self.expr(&function.body, 1);
        put!(self, "\n");
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                c if c.is_control() => {
                    put!(self, "\\u{{{:x}}}", c as u32);
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    /// What of a name can stand before a sigil.
    fn word(&mut self, name: &str) {
        let letters = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.'));
        self.out.extend(letters.skip_while(|&c| c == '.').take(40));
    }

    fn func(&mut self, f: FuncIdx) {
        self.word(self.module.functions.get(f.index()).map_or("", |f| &f.name));
        put!(self, "&{}", f.0);
    }

    fn native(&mut self, n: NativeIdx) {
        self.word(self.module.natives.get(n.index()).map_or("", |n| &n.name));
        put!(self, "~{}", n.0);
    }

    fn class_name(&mut self, c: ClassIdx) {
        self.word(self.module.classes.get(c.index()).map_or("", |c| &c.name));
        put!(self, "*{}", c.0);
    }

    fn global_name(&mut self, g: GlobalIdx) {
        self.word(self.module.globals.get(g.index()).map_or("", |g| &g.name));
        put!(self, "#{}", g.0);
    }

    fn local(&mut self, l: LocalIdx) {
        let function = self.function;
        self.word(function.and_then(|f| f.locals.get(l.index())).map_or("", |l| &l.name));
        put!(self, "%{}", l.0);
    }

    fn capture(&mut self, c: crate::CaptureIdx) {
        let function = self.function;
        self.word(function.and_then(|f| f.captures.get(c.index())).map_or("", |c| &c.name));
        put!(self, "^{}", c.0);
    }

    fn ty(&mut self, ty: Type) {
        match ty {
            Type::Record(c) => self.class_name(c),
            Type::Never
            | Type::Any
            | Type::Nil
            | Type::Bool
            | Type::Int
            | Type::Float
            | Type::Str
            | Type::List
            | Type::Map
            | Type::Func => self.out.push_str(type_word(ty)),
        }
    }

    fn span(&mut self, span: Span) {
        if self.options.spans {
            put!(self, "@{}-{}", span.start, span.end);
        }
    }

    /// Type and span of a node, where they are to be seen.
    fn suffix(&mut self, node: &Expr) {
        if node.ty != usual_type(&node.kind) {
            self.out.push(':');
            self.ty(node.ty);
        }
        self.span(node.span);
    }

    fn open(&mut self, word: &str, node: &Expr) {
        self.out.push('(');
        self.out.push_str(word);
        self.suffix(node);
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        for _ in 0..indent.min(MAX_INDENT) {
            self.out.push_str("  ");
        }
    }

    fn expr(&mut self, node: &Expr, indent: usize) {
        if self.atom(node) {
            self.suffix(node);
            return;
        }
        self.open_node(node);
        if let ExprKind::SetPlace(_, steps, value) = &node.kind {
            self.steps(steps, indent);
            self.operand(value, indent);
        } else if breaks_lines(&node.kind) {
            self.lines(node, indent + 1);
        } else if !self.marked_operands(node, indent) {
            node.for_each_child(|child| self.operand(child, indent));
        }
        self.out.push(')');
    }

    fn operand(&mut self, node: &Expr, indent: usize) {
        self.out.push(' ');
        self.expr(node, indent);
    }

    fn lines(&mut self, node: &Expr, indent: usize) {
        let simple = |e: &Expr| !breaks_lines(&e.kind);
        match &node.kind {
            ExprKind::If(cond, then, otherwise) => {
                self.operand(cond, indent);
                if simple(cond) && simple(then) && simple(otherwise) {
                    self.operand(then, indent);
                    self.operand(otherwise, indent);
                    return;
                }
                for part in [then, otherwise] {
                    self.line(indent);
                    self.expr(part, indent);
                }
            }
            ExprKind::While { cond, body, step, .. } => {
                match cond {
                    Some(cond) => self.operand(cond, indent),
                    None => self.out.push_str(" _"),
                }
                self.line(indent);
                self.expr(body, indent);
                if let Some(step) = step {
                    self.line(indent);
                    self.expr(step, indent);
                }
            }
            ExprKind::ForRange { from, to, body, .. } => {
                self.operand(from, indent);
                self.operand(to, indent);
                self.line(indent);
                self.expr(body, indent);
            }
            ExprKind::ForEach { iter, body, .. } => {
                self.operand(iter, indent);
                self.line(indent);
                self.expr(body, indent);
            }
            _ => node.for_each_child(|child| {
                self.line(indent);
                self.expr(child, indent);
            }),
        }
    }

    fn steps(&mut self, steps: &[PlaceStep], indent: usize) {
        for step in steps {
            match step {
                PlaceStep::Index(index) => {
                    self.out.push_str(" [");
                    self.expr(index, indent);
                    self.out.push(']');
                }
                PlaceStep::Field(name) => {
                    self.out.push_str(" .");
                    self.string(name);
                }
            }
        }
    }

    fn args(&mut self, args: &[Arg], indent: usize) {
        for arg in args {
            self.out.push_str(if arg.spread { " ..." } else { " " });
            self.expr(&arg.expr, indent);
        }
    }

    /// Operands that are more than expressions; `false` if the node has none such.
    fn marked_operands(&mut self, node: &Expr, indent: usize) -> bool {
        match &node.kind {
            ExprKind::List(elems) => {
                for elem in elems {
                    let (mark, value) = match elem {
                        Elem::One(value) => (" ", value),
                        Elem::Spread(value) => (" ...", value),
                    };
                    self.out.push_str(mark);
                    self.expr(value, indent);
                }
            }
            ExprKind::Map(entries) => {
                for entry in entries {
                    match entry {
                        Entry::One(key, value) => {
                            self.operand(key, indent);
                            self.out.push_str(" =");
                            self.operand(value, indent);
                        }
                        Entry::Spread(value) => {
                            self.out.push_str(" ...");
                            self.expr(value, indent);
                        }
                    }
                }
            }
            ExprKind::Record(_, fields) => {
                for (name, value) in fields {
                    self.out.push_str(" .");
                    self.string(name);
                    self.operand(value, indent);
                }
            }
            ExprKind::CallNative(_, args) => self.args(args, indent),
            ExprKind::CallValue(base, args) | ExprKind::Send(base, _, args) => {
                self.operand(base, indent);
                self.args(args, indent);
            }
            _ => return false,
        }
        true
    }

    /// Prints a node that has no operands and needs no parentheses.
    fn atom(&mut self, node: &Expr) -> bool {
        match &node.kind {
            ExprKind::Nil => self.out.push_str("nil"),
            ExprKind::Unset => self.out.push_str("unset"),
            ExprKind::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            ExprKind::Int(value) => {
                put!(self, "{value}");
            }
            ExprKind::Float(value) if value.is_finite() => {
                put!(self, "{value:?}");
            }
            ExprKind::Float(value) => {
                put!(self, "f0x{:016x}", value.to_bits());
            }
            ExprKind::Str(text) => self.string(text),
            ExprKind::Func(f) => self.func(*f),
            ExprKind::Native(n) => self.native(*n),
            ExprKind::Local(l) => self.local(*l),
            ExprKind::Capture(c) => self.capture(*c),
            ExprKind::Global(g) => self.global_name(*g),
            _ => return false,
        }
        true
    }

    /// `(op` with type, span, and those operands that are no expressions.
    fn open_node(&mut self, node: &Expr) {
        match &node.kind {
            ExprKind::Unary(family, op, _) => {
                self.out.push('(');
                put!(self, "{}.{}", family_word(*family), unop_word(*op));
                self.suffix(node);
            }
            ExprKind::Binary(family, op, _, _) => {
                self.out.push('(');
                put!(self, "{}.{}", family_word(*family), binop_word(*op));
                self.suffix(node);
            }
            _ => self.open(op_word(&node.kind), node),
        }
        match &node.kind {
            ExprKind::SetLocal(l, _) => self.spaced(|p| p.local(*l)),
            ExprKind::SetCapture(c, _) => self.spaced(|p| p.capture(*c)),
            ExprKind::SetGlobal(g, _) | ExprKind::GlobalOrUnset(g) => self.spaced(|p| p.global_name(*g)),
            ExprKind::CheckSet(_, name) | ExprKind::Send(_, name, _) | ExprKind::SendFrom(_, _, name, _) => {
                self.spaced(|p| p.string(name))
            }
            ExprKind::Field(_, name) | ExprKind::SetField(_, name, _) => self.spaced(|p| p.string(name)),
            ExprKind::RaiseError(message) => self.spaced(|p| p.string(message)),
            ExprKind::IsClass(_, c) | ExprKind::Record(c, _) => self.spaced(|p| p.class_name(*c)),
            ExprKind::IsType(_, ty) | ExprKind::Cast(ty, _) => self.spaced(|p| p.ty(*ty)),
            ExprKind::Slot(_, c, slot) | ExprKind::SetSlot(_, c, slot, _) => {
                self.spaced(|p| p.class_name(*c));
                put!(self, " {slot}");
            }
            ExprKind::Closure(f, _) | ExprKind::Call(f, _) => self.spaced(|p| p.func(*f)),
            ExprKind::CallNative(n, _) => self.spaced(|p| p.native(*n)),
            ExprKind::SetPlace(root, _, _) => self.spaced(|p| match root {
                PlaceRoot::Local(l) => p.local(*l),
                PlaceRoot::Capture(c) => p.capture(*c),
                PlaceRoot::Global(g) => p.global_name(*g),
            }),
            ExprKind::While { label, .. } | ExprKind::Break(label) | ExprKind::Continue(label) => {
                put!(self, " L{}", label.0);
            }
            ExprKind::ForRange { label, var, .. } | ExprKind::ForEach { label, var, .. } => {
                put!(self, " L{} ", label.0);
                self.local(*var);
            }
            ExprKind::Try { var, .. } | ExprKind::Choose { var, .. } => self.spaced(|p| p.local(*var)),
            ExprKind::Part(_, part) | ExprKind::SetPart(_, part, _) => {
                put!(self, " {part}");
            }
            _ => {}
        }
    }

    fn spaced(&mut self, print: impl FnOnce(&mut Self)) {
        self.out.push(' ');
        print(self);
    }
}

/// Nodes whose operands go on lines of their own.
fn breaks_lines(kind: &ExprKind) -> bool {
    match kind {
        ExprKind::Block(parts) => !parts.is_empty(),
        ExprKind::If(..)
        | ExprKind::Choose { .. }
        | ExprKind::While { .. }
        | ExprKind::ForRange { .. }
        | ExprKind::ForEach { .. }
        | ExprKind::Try { .. } => true,
        _ => false,
    }
}

/// The type that is not printed: what the kind and the operands' types suggest.
pub(crate) fn usual_type(kind: &ExprKind) -> Type {
    match kind {
        ExprKind::Nil => Type::Nil,
        ExprKind::Bool(_)
        | ExprKind::IsUnset(_)
        | ExprKind::And(..)
        | ExprKind::Or(..)
        | ExprKind::Truthy(_)
        | ExprKind::IsNil(_)
        | ExprKind::IsClass(..)
        | ExprKind::IsType(..) => Type::Bool,
        ExprKind::Int(_) => Type::Int,
        ExprKind::Float(_) => Type::Float,
        ExprKind::Str(_) | ExprKind::Concat(_) => Type::Str,
        ExprKind::Func(_) | ExprKind::Native(_) | ExprKind::Closure(..) => Type::Func,
        ExprKind::List(_) => Type::List,
        ExprKind::Map(_) => Type::Map,
        ExprKind::Record(class, _) => Type::Record(*class),
        ExprKind::Unset
        | ExprKind::Local(_)
        | ExprKind::Capture(_)
        | ExprKind::Global(_)
        | ExprKind::GlobalOrUnset(_)
        | ExprKind::NewCell(_)
        | ExprKind::CellGet(_)
        | ExprKind::Index(..)
        | ExprKind::Field(..)
        | ExprKind::Slot(..)
        | ExprKind::Part(..)
        | ExprKind::SendFrom(..)
        | ExprKind::Call(..)
        | ExprKind::CallValue(..)
        | ExprKind::CallNative(..)
        | ExprKind::Send(..)
        | ExprKind::Yield(_)
        | ExprKind::Await(_) => Type::Any,
        ExprKind::SetLocal(_, a) | ExprKind::SetCapture(_, a) | ExprKind::SetGlobal(_, a) => {
            build::statement_type(&[a])
        }
        ExprKind::CellSet(..)
        | ExprKind::SetIndex(..)
        | ExprKind::SetField(..)
        | ExprKind::SetSlot(..)
        | ExprKind::SetPart(..)
        | ExprKind::SetPlace(..)
        | ExprKind::While { .. }
        | ExprKind::ForRange { .. }
        | ExprKind::ForEach { .. } => Type::Nil,
        ExprKind::CheckSet(a, _) | ExprKind::Share(a) | ExprKind::SharePart(_, a) => a.ty,
        ExprKind::Cast(ty, _) => *ty,
        ExprKind::Unary(family, op, _) => build::unary_type(*family, *op),
        ExprKind::Binary(family, op, _, _) => build::binary_type(*family, *op),
        ExprKind::Block(parts) => match parts.iter().any(|part| part.ty == Type::Never) {
            true => Type::Never,
            false => parts.last().map_or(Type::Nil, |last| last.ty),
        },
        ExprKind::If(_, a, b) | ExprKind::Try { body: a, handler: b, .. } => a.ty.join(b.ty),
        ExprKind::Choose { then, else_, other, .. } => then.ty.join(else_.ty).join(other.ty),
        ExprKind::Break(_)
        | ExprKind::Continue(_)
        | ExprKind::Return(_)
        | ExprKind::Raise(_)
        | ExprKind::RaiseError(_) => Type::Never,
    }
}

/// Name of a type that is no record.
pub(crate) fn type_word(ty: Type) -> &'static str {
    match ty {
        Type::Never => "never",
        Type::Any => "any",
        Type::Nil => "nil",
        Type::Bool => "bool",
        Type::Int => "int",
        Type::Float => "float",
        Type::Str => "str",
        Type::List => "list",
        Type::Map => "map",
        Type::Record(_) => "record",
        Type::Func => "func",
    }
}

/// Name of a family in an operator such as `int.add`.
pub(crate) fn family_word(family: Family) -> &'static str {
    match family {
        Family::Dyn => "dyn",
        Family::Grow => "grow",
        Family::Int => "int",
        Family::IntChecked => "checked",
        Family::Float => "float",
        Family::Str => "str",
        Family::Bool => "bool",
        Family::Same => "same",
    }
}

/// Name of a binary operator.
pub(crate) fn binop_word(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "add",
        BinOp::Sub => "sub",
        BinOp::Mul => "mul",
        BinOp::Div => "div",
        BinOp::Rem => "rem",
        BinOp::Eq => "eq",
        BinOp::Ne => "ne",
        BinOp::Lt => "lt",
        BinOp::Le => "le",
        BinOp::Gt => "gt",
        BinOp::Ge => "ge",
        BinOp::BitAnd => "and",
        BinOp::BitOr => "or",
        BinOp::BitXor => "xor",
        BinOp::Shl => "shl",
        BinOp::Shr => "shr",
        BinOp::Ushr => "ushr",
        BinOp::FloorDiv => "floordiv",
        BinOp::Mod => "mod",
    }
}

/// Name of a prefix operator; none is that of a binary one.
pub(crate) fn unop_word(op: UnOp) -> &'static str {
    match op {
        UnOp::Neg => "neg",
        UnOp::Not => "not",
        UnOp::BitNot => "inv",
        UnOp::ToFloat => "tofloat",
        UnOp::ToInt => "toint",
        UnOp::ToFloat32 => "tofloat32",
    }
}

/// First word of a node in parentheses; operators are named by family and operator instead.
fn op_word(kind: &ExprKind) -> &'static str {
    match kind {
        ExprKind::Nil
        | ExprKind::Unset
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Str(_)
        | ExprKind::Func(_)
        | ExprKind::Native(_)
        | ExprKind::Local(_)
        | ExprKind::Capture(_)
        | ExprKind::Global(_)
        | ExprKind::Unary(..)
        | ExprKind::Binary(..) => "",
        ExprKind::SetLocal(..) | ExprKind::SetCapture(..) | ExprKind::SetGlobal(..) => "set",
        ExprKind::GlobalOrUnset(_) => "maybe",
        ExprKind::IsUnset(_) => "isunset",
        ExprKind::CheckSet(..) => "checkset",
        ExprKind::And(..) => "and",
        ExprKind::Or(..) => "or",
        ExprKind::Truthy(_) => "truthy",
        ExprKind::IsNil(_) => "isnil",
        ExprKind::IsClass(..) => "isclass",
        ExprKind::IsType(..) => "istype",
        ExprKind::Cast(..) => "cast",
        ExprKind::Share(_) => "share",
        ExprKind::SharePart(..) => "sharepart",
        ExprKind::Concat(_) => "concat",
        ExprKind::List(_) => "list",
        ExprKind::Map(_) => "map",
        ExprKind::Record(..) => "record",
        ExprKind::Closure(..) => "closure",
        ExprKind::NewCell(_) => "newcell",
        ExprKind::CellGet(_) => "cellget",
        ExprKind::CellSet(..) => "cellset",
        ExprKind::Index(..) => "index",
        ExprKind::SetIndex(..) => "setindex",
        ExprKind::Field(..) => "field",
        ExprKind::SetField(..) => "setfield",
        ExprKind::Slot(..) => "slot",
        ExprKind::SetSlot(..) => "setslot",
        ExprKind::Part(..) => "part",
        ExprKind::SetPart(..) => "setpart",
        ExprKind::SetPlace(..) => "setplace",
        ExprKind::Call(..) | ExprKind::CallNative(..) => "call",
        ExprKind::CallValue(..) => "callvalue",
        ExprKind::Send(..) => "send",
        ExprKind::SendFrom(..) => "sendfrom",
        ExprKind::Block(_) => "do",
        ExprKind::If(..) => "if",
        ExprKind::Choose { .. } => "choose",
        ExprKind::While { .. } => "while",
        ExprKind::ForRange { inclusive: false, .. } => "for",
        ExprKind::ForRange { inclusive: true, .. } => "forincl",
        ExprKind::ForEach { .. } => "foreach",
        ExprKind::Break(_) => "break",
        ExprKind::Continue(_) => "continue",
        ExprKind::Return(_) => "return",
        ExprKind::Raise(_) => "raise",
        ExprKind::RaiseError(_) => "raiseerror",
        ExprKind::Try { .. } => "try",
        ExprKind::Yield(_) => "yield",
        ExprKind::Await(_) => "await",
    }
}
