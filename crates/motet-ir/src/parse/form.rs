//! From `(op operand…)` to a node.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec::{self, Vec},
};

use motet_source::Span;

use crate::{
    Arg, BinOp, CaptureIdx, ClassIdx, Elem, Entry, Expr, ExprKind, Family, FuncIdx, GlobalIdx, Label, LocalIdx,
    NativeIdx, PlaceRoot, PlaceStep, Type, UnOp, print,
};

/// A node whose operands are still being read.
pub(super) struct Form<'a> {
    pub(super) op: &'a str,
    pub(super) ty: Option<Type>,
    pub(super) span: Span,
    pub(super) items: Vec<Item<'a>>,
}

/// What can stand between parentheses.
pub(super) enum Item<'a> {
    Expr(Expr),
    /// A name, number or label: what it is depends on where it stands.
    Word {
        text: &'a str,
        ty: Option<Type>,
        span: Span,
    },
    Mark(&'a str),
}

/// The type that a word names.
pub(super) fn type_of(word: &str) -> Option<Type> {
    if let Some(class) = index_of(word, '*') {
        return Some(Type::Record(ClassIdx(class)));
    }
    let plain = [
        Type::Never,
        Type::Any,
        Type::Nil,
        Type::Bool,
        Type::Int,
        Type::Float,
        Type::Str,
        Type::List,
        Type::Map,
        Type::Func,
    ];
    plain.into_iter().find(|ty| print::type_word(*ty) == word)
}

/// The number after the sigil of a name.
pub(super) fn index_of(word: &str, sigil: char) -> Option<u32> {
    word.rsplit_once(sigil)?.1.parse().ok()
}

/// An atom by its text alone.
fn atom(word: &str) -> Option<ExprKind> {
    Some(match word {
        "nil" => ExprKind::Nil,
        "unset" => ExprKind::Unset,
        "true" => ExprKind::Bool(true),
        "false" => ExprKind::Bool(false),
        _ => {
            let bits = word.strip_prefix("f0x").and_then(|bits| u64::from_str_radix(bits, 16).ok());
            if let Some(bits) = bits {
                return Some(ExprKind::Float(f64::from_bits(bits)));
            }
            let sigil = word.chars().rev().find(|c| !c.is_ascii_digit());
            let index = |c| index_of(word, c);
            match sigil {
                Some('%') => ExprKind::Local(LocalIdx(index('%')?)),
                Some('^') => ExprKind::Capture(CaptureIdx(index('^')?)),
                Some('#') => ExprKind::Global(GlobalIdx(index('#')?)),
                Some('&') => ExprKind::Func(FuncIdx(index('&')?)),
                Some('~') => ExprKind::Native(NativeIdx(index('~')?)),
                None | Some('-') if !word.contains('e') => ExprKind::Int(word.parse().ok()?),
                Some('.' | 'e' | '-') => ExprKind::Float(word.parse().ok()?),
                _ => return None,
            }
        }
    })
}

impl Item<'_> {
    /// The item as an operand.
    pub(super) fn into_expr(self) -> Result<Expr, String> {
        match self {
            Item::Expr(expr) => Ok(expr),
            Item::Word { text, ty, span } => {
                let kind = atom(text).ok_or_else(|| format!("`{text}` is no expression"))?;
                let ty = ty.unwrap_or_else(|| print::usual_type(&kind));
                Ok(Expr { kind, ty, span })
            }
            Item::Mark(mark) => Err(format!("`{mark}` is no expression")),
        }
    }
}

type Built<T> = Result<T, String>;

impl Form<'_> {
    /// The node.
    pub(super) fn build(self) -> Built<Expr> {
        let mut items = Items { items: self.items.into_iter().peekable() };
        let kind = items.node(self.op)?;
        if items.items.next().is_some() {
            return Err(format!("`{}` has too many operands", self.op));
        }
        let ty = self.ty.unwrap_or_else(|| print::usual_type(&kind));
        Ok(Expr { kind, ty, span: self.span })
    }
}

struct Items<'a> {
    items: core::iter::Peekable<vec::IntoIter<Item<'a>>>,
}

impl<'a> Items<'a> {
    fn next(&mut self) -> Built<Item<'a>> {
        self.items.next().ok_or_else(|| "an operand is missing".to_string())
    }

    fn has_next(&mut self) -> bool {
        self.items.peek().is_some()
    }

    fn expr(&mut self) -> Built<Expr> {
        self.next()?.into_expr()
    }

    fn boxed(&mut self) -> Built<Box<Expr>> {
        self.expr().map(Box::new)
    }

    fn exprs(&mut self) -> Built<Vec<Expr>> {
        let mut exprs = Vec::new();
        while self.has_next() {
            exprs.push(self.expr()?);
        }
        Ok(exprs)
    }

    fn word(&mut self) -> Built<&'a str> {
        match self.next()? {
            Item::Word { text, .. } => Ok(text),
            Item::Expr(_) | Item::Mark(_) => Err("expected a name".into()),
        }
    }

    fn text(&mut self) -> Built<String> {
        match self.next()? {
            Item::Expr(Expr { kind: ExprKind::Str(text), .. }) => Ok(text),
            Item::Expr(_) | Item::Word { .. } | Item::Mark(_) => Err("expected a string".into()),
        }
    }

    /// Takes the mark if it is next.
    fn mark(&mut self, want: &str) -> bool {
        self.items.next_if(|item| matches!(item, Item::Mark(mark) if *mark == want)).is_some()
    }

    fn demand_mark(&mut self, want: &str) -> Built<()> {
        if self.mark(want) { Ok(()) } else { Err(format!("expected `{want}`")) }
    }

    fn reference(&mut self, sigil: char) -> Built<u32> {
        let word = self.word()?;
        index_of(word, sigil).ok_or_else(|| format!("`{word}` has no `{sigil}`"))
    }

    fn local(&mut self) -> Built<LocalIdx> {
        self.reference('%').map(LocalIdx)
    }

    fn class(&mut self) -> Built<ClassIdx> {
        self.reference('*').map(ClassIdx)
    }

    fn label(&mut self) -> Built<Label> {
        let word = self.word()?;
        let number = word.strip_prefix('L').and_then(|n| n.parse().ok());
        number.map(Label).ok_or_else(|| format!("`{word}` is no label"))
    }

    fn slot(&mut self) -> Built<u32> {
        self.word()?.parse().map_err(|_| "expected a field number".to_string())
    }

    fn ty(&mut self) -> Built<Type> {
        let word = self.word()?;
        type_of(word).ok_or_else(|| format!("`{word}` is no type"))
    }

    fn args(&mut self) -> Built<Vec<Arg>> {
        let mut args = Vec::new();
        while self.has_next() {
            let spread = self.mark("...");
            args.push(Arg { expr: self.expr()?, spread });
        }
        Ok(args)
    }

    fn node(&mut self, op: &str) -> Built<ExprKind> {
        Ok(match op {
            "set" => self.set()?,
            "maybe" => ExprKind::GlobalOrUnset(GlobalIdx(self.reference('#')?)),
            "isunset" => ExprKind::IsUnset(self.boxed()?),
            "checkset" => {
                let name = self.text()?;
                ExprKind::CheckSet(self.boxed()?, name)
            }
            "and" => ExprKind::And(self.boxed()?, self.boxed()?),
            "or" => ExprKind::Or(self.boxed()?, self.boxed()?),
            "truthy" => ExprKind::Truthy(self.boxed()?),
            "isnil" => ExprKind::IsNil(self.boxed()?),
            "isclass" => {
                let class = self.class()?;
                ExprKind::IsClass(self.boxed()?, class)
            }
            "istype" => {
                let ty = self.ty()?;
                ExprKind::IsType(self.boxed()?, ty)
            }
            "cast" => ExprKind::Cast(self.ty()?, self.boxed()?),
            "share" => ExprKind::Share(self.boxed()?),
            "sharepart" => ExprKind::SharePart(self.boxed()?, self.boxed()?),
            "concat" => ExprKind::Concat(self.exprs()?),
            "list" => ExprKind::List(self.elems()?),
            "map" => ExprKind::Map(self.entries()?),
            "record" => ExprKind::Record(self.class()?, self.fields()?),
            "closure" => ExprKind::Closure(FuncIdx(self.reference('&')?), self.exprs()?),
            "newcell" => ExprKind::NewCell(self.boxed()?),
            "cellget" => ExprKind::CellGet(self.boxed()?),
            "cellset" => ExprKind::CellSet(self.boxed()?, self.boxed()?),
            "index" => ExprKind::Index(self.boxed()?, self.boxed()?),
            "setindex" => ExprKind::SetIndex(self.boxed()?, self.boxed()?, self.boxed()?),
            "field" => {
                let name = self.text()?;
                ExprKind::Field(self.boxed()?, name)
            }
            "setfield" => {
                let name = self.text()?;
                ExprKind::SetField(self.boxed()?, name, self.boxed()?)
            }
            "slot" => {
                let (class, slot) = (self.class()?, self.slot()?);
                ExprKind::Slot(self.boxed()?, class, slot)
            }
            "setslot" => {
                let (class, slot) = (self.class()?, self.slot()?);
                ExprKind::SetSlot(self.boxed()?, class, slot, self.boxed()?)
            }
            "part" => {
                let part = self.slot()?;
                ExprKind::Part(self.boxed()?, part)
            }
            "setpart" => {
                let part = self.slot()?;
                ExprKind::SetPart(self.boxed()?, part, self.boxed()?)
            }
            "setplace" => ExprKind::SetPlace(self.root()?, self.steps()?, self.boxed()?),
            "call" => self.call()?,
            "callvalue" => ExprKind::CallValue(self.boxed()?, self.args()?),
            "send" => {
                let name = self.text()?;
                ExprKind::Send(self.boxed()?, name, self.args()?)
            }
            "sendfrom" => {
                let name = self.text()?;
                ExprKind::SendFrom(self.boxed()?, self.boxed()?, name, self.exprs()?)
            }
            _ => return self.control(op),
        })
    }

    fn control(&mut self, op: &str) -> Built<ExprKind> {
        Ok(match op {
            "do" => ExprKind::Block(self.exprs()?),
            "if" => ExprKind::If(self.boxed()?, self.boxed()?, self.boxed()?),
            "choose" => {
                let var = self.local()?;
                let (cond, then, else_) = (self.boxed()?, self.boxed()?, self.boxed()?);
                ExprKind::Choose { cond, then, else_, var, other: self.boxed()? }
            }
            "while" => {
                let label = self.label()?;
                let endless = self.items.next_if(|item| matches!(item, Item::Word { text: "_", .. })).is_some();
                let cond = if endless { None } else { Some(self.boxed()?) };
                let body = self.boxed()?;
                let step = if self.has_next() { Some(self.boxed()?) } else { None };
                ExprKind::While { label, cond, body, step }
            }
            "for" | "forincl" => ExprKind::ForRange {
                label: self.label()?,
                var: self.local()?,
                from: self.boxed()?,
                to: self.boxed()?,
                inclusive: op == "forincl",
                body: self.boxed()?,
            },
            "foreach" => {
                ExprKind::ForEach { label: self.label()?, var: self.local()?, iter: self.boxed()?, body: self.boxed()? }
            }
            "break" => ExprKind::Break(self.label()?),
            "continue" => ExprKind::Continue(self.label()?),
            "return" => ExprKind::Return(self.boxed()?),
            "raise" => ExprKind::Raise(self.boxed()?),
            "raiseerror" => ExprKind::RaiseError(self.text()?),
            "try" => {
                let var = self.local()?;
                ExprKind::Try { body: self.boxed()?, var, handler: self.boxed()? }
            }
            "yield" => ExprKind::Yield(self.boxed()?),
            "await" => ExprKind::Await(self.boxed()?),
            _ => return self.operator(op),
        })
    }

    fn operator(&mut self, op: &str) -> Built<ExprKind> {
        let unknown = || format!("there is no `{op}`");
        let (family, op) = op.split_once('.').ok_or_else(unknown)?;
        let family = FAMILIES.into_iter().find(|f| print::family_word(*f) == family).ok_or_else(unknown)?;
        if let Some(op) = BINARY.into_iter().find(|b| print::binop_word(*b) == op) {
            return Ok(ExprKind::Binary(family, op, self.boxed()?, self.boxed()?));
        }
        let unary = [UnOp::Neg, UnOp::Not, UnOp::BitNot, UnOp::ToFloat, UnOp::ToInt, UnOp::ToFloat32];
        let op = unary.into_iter().find(|u| print::unop_word(*u) == op).ok_or_else(unknown)?;
        Ok(ExprKind::Unary(family, op, self.boxed()?))
    }

    fn set(&mut self) -> Built<ExprKind> {
        let root = self.root()?;
        let value = self.boxed()?;
        Ok(match root {
            PlaceRoot::Local(l) => ExprKind::SetLocal(l, value),
            PlaceRoot::Capture(c) => ExprKind::SetCapture(c, value),
            PlaceRoot::Global(g) => ExprKind::SetGlobal(g, value),
        })
    }

    fn root(&mut self) -> Built<PlaceRoot> {
        let word = self.word()?;
        match atom(word) {
            Some(ExprKind::Local(l)) => Ok(PlaceRoot::Local(l)),
            Some(ExprKind::Capture(c)) => Ok(PlaceRoot::Capture(c)),
            Some(ExprKind::Global(g)) => Ok(PlaceRoot::Global(g)),
            _ => Err(format!("`{word}` is no variable")),
        }
    }

    fn steps(&mut self) -> Built<Vec<PlaceStep>> {
        let mut steps = Vec::new();
        loop {
            if self.mark("[") {
                steps.push(PlaceStep::Index(self.expr()?));
                self.demand_mark("]")?;
            } else if self.mark(".") {
                steps.push(PlaceStep::Field(self.text()?));
            } else {
                return Ok(steps);
            }
        }
    }

    fn elems(&mut self) -> Built<Vec<Elem>> {
        let mut elems = Vec::new();
        while self.has_next() {
            let spread = self.mark("...");
            let value = self.expr()?;
            elems.push(if spread { Elem::Spread(value) } else { Elem::One(value) });
        }
        Ok(elems)
    }

    fn entries(&mut self) -> Built<Vec<Entry>> {
        let mut entries = Vec::new();
        while self.has_next() {
            if self.mark("...") {
                entries.push(Entry::Spread(self.expr()?));
                continue;
            }
            let key = self.expr()?;
            self.demand_mark("=")?;
            entries.push(Entry::One(key, self.expr()?));
        }
        Ok(entries)
    }

    fn fields(&mut self) -> Built<Vec<(String, Expr)>> {
        let mut fields = Vec::new();
        while self.has_next() {
            self.demand_mark(".")?;
            fields.push((self.text()?, self.expr()?));
        }
        Ok(fields)
    }

    fn call(&mut self) -> Built<ExprKind> {
        let word = self.word()?;
        match atom(word) {
            Some(ExprKind::Func(f)) => Ok(ExprKind::Call(f, self.exprs()?)),
            Some(ExprKind::Native(n)) => Ok(ExprKind::CallNative(n, self.args()?)),
            _ => Err(format!("`{word}` is no function")),
        }
    }
}

const FAMILIES: [Family; 8] = [
    Family::Dyn,
    Family::Grow,
    Family::Int,
    Family::IntChecked,
    Family::Float,
    Family::Str,
    Family::Bool,
    Family::Same,
];

const BINARY: [BinOp; 19] = [
    BinOp::Add,
    BinOp::Sub,
    BinOp::Mul,
    BinOp::Div,
    BinOp::Rem,
    BinOp::Eq,
    BinOp::Ne,
    BinOp::Lt,
    BinOp::Le,
    BinOp::Gt,
    BinOp::Ge,
    BinOp::BitAnd,
    BinOp::BitOr,
    BinOp::BitXor,
    BinOp::Shl,
    BinOp::Shr,
    BinOp::Ushr,
    BinOp::FloorDiv,
    BinOp::Mod,
];
