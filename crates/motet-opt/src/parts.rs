//! Parts of locals, such as `p.items`, `pair[0]` or `nodes[i]`, which a function
//! can give up while it goes on using the rest.
//!
//! A part is named by the local that holds the container and the steps to it.
//! `last_use.rs` treats parts as further locals, numbered behind the real ones.
//! Only the parts that some `Share` reads are worth a number. Two names may mean
//! the same part (`a[i]` and `a[j]`), so a read counts for every part that it
//! might touch, and an assignment only for those that it certainly replaces.
//!
//! Giving a part up needs the local to be the only holder of its container that
//! is not marked: see [`owners`]. Whether the container is marked is known at
//! run time only; `SharePart` asks it.

use alloc::{boxed::Box, string::String, vec, vec::Vec};

use motet_ir::{
    BinOp, ClassIdx, Expr, ExprKind, Family, Function, GlobalIdx, LocalIdx, Native, PlaceRoot, PlaceStep, Type, build,
};

use crate::rewrite::{self, NewLocals};

/// Most parts of one local.
const MAX_OF_LOCAL: usize = 16;

/// Most parts in a function.
const MAX_PARTS: usize = 1_000;

/// Longest path.
const MAX_STEPS: usize = 6;

/// One step from a container to a part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    Field(String),
    Slot(ClassIdx, u32),
    Int(i64),
    Str(String),
    /// The element that the local's value names.
    Local(LocalIdx),
    /// The element that arithmetic on numbers and locals names.
    Computed(Vec<Token>),
    /// An element named by something else.
    Other,
}

/// Arithmetic in prefix form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    Operator(Family, BinOp),
    Int(i64),
    Local(LocalIdx),
}

/// Whether the expression is arithmetic that gives the same value as long as no local changes. Dynamic operators
/// may be overloaded, so their operands must be numbers by their type, except for the constant.
fn tokens(expr: &Expr, out: &mut Vec<Token>) -> bool {
    if out.len() > 16 {
        return false;
    }
    match &expr.kind {
        ExprKind::Int(n) => out.push(Token::Int(*n)),
        ExprKind::Local(l) => out.push(Token::Local(*l)),
        ExprKind::Cast(Type::Int, inner) => return tokens(inner, out),
        ExprKind::Binary(family @ (Family::Int | Family::IntChecked), op, a, b) => {
            out.push(Token::Operator(*family, *op));
            return tokens(a, out) && tokens(b, out);
        }
        _ => return false,
    }
    true
}

impl Step {
    fn index(index: &Expr) -> Self {
        match &index.kind {
            ExprKind::Int(n) => Step::Int(*n),
            ExprKind::Str(s) => Step::Str(String::from(&**s)),
            ExprKind::Local(l) => Step::Local(*l),
            ExprKind::Binary(..) => {
                let mut computed = Vec::new();
                if tokens(index, &mut computed) { Step::Computed(computed) } else { Step::Other }
            }
            _ => Step::Other,
        }
    }

    /// Whether the two certainly lead to different parts of one container.
    fn differs(&self, other: &Step) -> bool {
        match (self, other) {
            (Step::Field(a), Step::Field(b)) | (Step::Str(a), Step::Str(b)) => a != b,
            (Step::Slot(_, a), Step::Slot(_, b)) => a != b,
            // Negative indices may count from the end.
            (Step::Int(a), Step::Int(b)) => a != b && *a >= 0 && *b >= 0,
            _ => false,
        }
    }

    /// Whether the two certainly lead to the same part, as long as no local changes.
    fn equals(&self, other: &Step) -> bool {
        self == other && *self != Step::Other
    }
}

/// The container that the node reads a part of, and the step; `None` if it reads no part.
fn step_of<'a>(natives: &[Native], node: &'a Expr) -> Option<(&'a Expr, Step)> {
    match &node.kind {
        ExprKind::Field(base, name) => Some((base, Step::Field(String::from(&**name)))),
        ExprKind::Slot(base, class, slot) => Some((base, Step::Slot(*class, *slot))),
        ExprKind::Index(base, index) => Some((base, Step::index(index))),
        ExprKind::CallNative(native, args) if natives[native.index()].effects.part => match args.as_slice() {
            [base, index] if !base.spread && !index.spread => Some((&base.expr, Step::index(&index.expr))),
            _ => None,
        },
        _ => None,
    }
}

/// The operand of a check that leaves the value as it is.
fn unchecked(mut node: &Expr) -> &Expr {
    while let ExprKind::Cast(_, inner) | ExprKind::CheckSet(inner, _) = &node.kind {
        node = inner;
    }
    node
}

/// The local and the steps that the node reads; no steps for the local itself.
pub(crate) fn path(natives: &[Native], node: &Expr) -> Option<(LocalIdx, Vec<Step>)> {
    let mut steps = Vec::new();
    let mut at = unchecked(node);
    loop {
        if let ExprKind::Local(local) = at.kind {
            steps.reverse();
            return Some((local, steps));
        }
        let (base, step) = step_of(natives, at)?;
        steps.push(step);
        at = unchecked(base);
    }
}

/// As [`path`], for the root alone.
pub(crate) fn root(natives: &[Native], node: &Expr) -> Option<LocalIdx> {
    let mut at = unchecked(node);
    loop {
        if let ExprKind::Local(local) = at.kind {
            return Some(local);
        }
        at = unchecked(step_of(natives, at)?.0);
    }
}

/// The global that the node reads, or reads a part of.
pub(crate) fn global_root(natives: &[Native], node: &Expr) -> Option<GlobalIdx> {
    let mut at = unchecked(node);
    loop {
        if let ExprKind::Global(global) = at.kind {
            return Some(global);
        }
        at = unchecked(step_of(natives, at)?.0);
    }
}

/// Per local: whether it is no further name of a value that something else holds without a mark. What a loop hands
/// out counts: what it iterates stays as it is, or is marked.
pub(crate) fn held(natives: &[Native], function: &Function) -> Vec<bool> {
    let mut held = vec![true; function.locals.len()];
    function.body.walk(|node| {
        if let ExprKind::SetLocal(local, value) = &node.kind {
            held[local.index()] &= is_owned(natives, value);
        }
        if let ExprKind::Choose { cond, var, .. } = &node.kind {
            held[var.index()] &= is_owned(natives, cond);
        }
    });
    held
}

/// The steps of a place.
pub(crate) fn place_path(steps: &[PlaceStep]) -> Vec<Step> {
    let step = |step: &PlaceStep| match step {
        PlaceStep::Index(index) => Step::index(index),
        PlaceStep::Field(name) => Step::Field(String::from(&**name)),
    };
    steps.iter().map(step).collect()
}

/// The numbered parts of a function's locals.
pub(crate) struct Parts {
    first: u32,
    /// The steps of each.
    parts: Vec<Vec<Step>>,
    /// Per local: its parts.
    of_local: Vec<Vec<LocalIdx>>,
    /// Per local: the parts of others that it is an index of.
    indexed_by: Vec<Vec<LocalIdx>>,
}

impl Parts {
    /// The parts of the locals in `owned` that some `Share` reads.
    pub(crate) fn of(natives: &[Native], function: &Function, owned: &[bool]) -> Self {
        let count = function.locals.len();
        let mut parts = Self {
            first: count as u32,
            parts: Vec::new(),
            of_local: vec![Vec::new(); count],
            indexed_by: vec![Vec::new(); count],
        };
        function.body.walk(|node| {
            if let ExprKind::Share(value) = &node.kind
                && !matches!(value.kind, ExprKind::Local(_))
                && let Some((root, path)) = path(natives, value)
                && owned[root.index()]
            {
                parts.add(root, path);
            }
        });
        parts
    }

    fn add(&mut self, root: LocalIdx, path: Vec<Step>) {
        let full = self.of_local[root.index()].len() >= MAX_OF_LOCAL || self.parts.len() >= MAX_PARTS;
        let plain = !path.is_empty() && path.len() <= MAX_STEPS && !path.contains(&Step::Other);
        if full || !plain || self.number(root, &path).is_some() {
            return;
        }
        let number = LocalIdx(self.first + self.parts.len() as u32);
        for step in &path {
            let (one, many) = match step {
                Step::Local(index) => (Some(*index), &[][..]),
                Step::Computed(tokens) => (None, tokens.as_slice()),
                Step::Field(_) | Step::Slot(..) | Step::Int(_) | Step::Str(_) | Step::Other => (None, &[][..]),
            };
            let locals = many.iter().filter_map(|t| if let Token::Local(l) = t { Some(*l) } else { None });
            for index in one.into_iter().chain(locals) {
                let names = &mut self.indexed_by[index.index()];
                if !names.contains(&number) {
                    names.push(number);
                }
            }
        }
        self.of_local[root.index()].push(number);
        self.parts.push(path);
    }

    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    /// The steps of a part.
    fn part(&self, number: LocalIdx) -> &[Step] {
        &self.parts[(number.0 - self.first) as usize]
    }

    /// The number of exactly this part.
    pub(crate) fn number(&self, root: LocalIdx, path: &[Step]) -> Option<LocalIdx> {
        self.of_local.get(root.index())?.iter().copied().find(|&n| self.part(n) == path)
    }

    /// All parts of a local.
    pub(crate) fn of_local(&self, local: LocalIdx) -> &[LocalIdx] {
        self.of_local.get(local.index()).map_or(&[], Vec::as_slice)
    }

    /// Parts of other locals whose name means something else when the local changes.
    pub(crate) fn indexed_by(&self, local: LocalIdx) -> &[LocalIdx] {
        self.indexed_by.get(local.index()).map_or(&[], Vec::as_slice)
    }

    /// The parts that a read of the path may touch, or touch something of.
    pub(crate) fn touched(&self, root: LocalIdx, path: &[Step]) -> Vec<LocalIdx> {
        let touches = |n: &LocalIdx| self.part(*n).iter().zip(path).all(|(a, b)| !a.differs(b));
        self.of_local(root).iter().copied().filter(touches).collect()
    }

    /// The parts that an assignment to the path may update inside.
    pub(crate) fn updated(&self, root: LocalIdx, path: &[Step]) -> Vec<LocalIdx> {
        let inside = |n: &LocalIdx| {
            let part = self.part(*n);
            part.len() < path.len() && part.iter().zip(path).all(|(a, b)| !a.differs(b))
        };
        self.of_local(root).iter().copied().filter(inside).collect()
    }

    /// The parts that an assignment to the path certainly replaces.
    pub(crate) fn replaced(&self, root: LocalIdx, path: &[Step]) -> Vec<LocalIdx> {
        let replaced = |n: &LocalIdx| {
            let part = self.part(*n);
            part.len() >= path.len() && part.iter().zip(path).all(|(a, b)| a.equals(b))
        };
        self.of_local(root).iter().copied().filter(replaced).collect()
    }
}

/// Longest list of what a local may be another name of.
const MAX_ALIASES: usize = 16;

/// Unmarked further names of values, which lowering makes where it only looks at them: per local, what it may hold
/// without a mark. A read of the local counts as a read of that.
pub(crate) struct Aliases(Vec<Vec<(LocalIdx, Vec<Step>)>>);

impl Aliases {
    /// Locals with too many names are no longer `tracked`.
    pub(crate) fn of(natives: &[Native], function: &Function, tracked: &mut [bool]) -> Self {
        let mut all: Vec<Vec<(LocalIdx, Vec<Step>)>> = vec![Vec::new(); function.locals.len()];
        let mut names: Vec<LocalIdx> = Vec::new();
        function.body.walk(|node| {
            if let ExprKind::SetLocal(name, value) = &node.kind
                && tracked[name.index()]
            {
                let held = &mut all[name.index()];
                let had = !held.is_empty();
                values(value, &mut |value| {
                    if let Some((root, path)) = path(natives, value)
                        && root != *name
                        && tracked[root.index()]
                        && !held.contains(&(root, path.clone()))
                    {
                        held.push((root, path));
                    }
                });
                if !had && !held.is_empty() {
                    names.push(*name);
                }
            }
        });
        // Names of names.
        for &name in &names {
            let mut next = 0;
            while next < all[name.index()].len() && next <= MAX_ALIASES {
                let root = all[name.index()][next].0;
                next += 1;
                for further in all[root.index()].clone() {
                    if further.0 != name && !all[name.index()].contains(&further) {
                        all[name.index()].push(further);
                    }
                }
            }
            if all[name.index()].len() > MAX_ALIASES {
                for (root, _) in core::mem::take(&mut all[name.index()]) {
                    tracked[root.index()] = false;
                }
            }
        }
        Self(all)
    }

    /// What the local may hold without a mark.
    pub(crate) fn of_local(&self, local: LocalIdx) -> &[(LocalIdx, Vec<Step>)] {
        self.0.get(local.index()).map_or(&[], Vec::as_slice)
    }
}

/// The expressions whose value the expression may have.
pub(crate) fn values<'a>(expr: &'a Expr, f: &mut dyn FnMut(&'a Expr)) {
    let mut stack = vec![expr];
    while let Some(node) = stack.pop() {
        match &node.kind {
            ExprKind::CheckSet(a, _) | ExprKind::Cast(_, a) => stack.push(a),
            ExprKind::Block(parts) => stack.extend(parts.last()),
            ExprKind::If(_, a, b) | ExprKind::Try { body: a, handler: b, .. } => stack.extend([&**a, &**b]),
            ExprKind::Choose { then, else_, other, .. } => stack.extend([&**then, &**else_, &**other]),
            _ => f(node),
        }
    }
}

/// Per local: whether it is the only unmarked holder of its value, so that it can give parts of it up. A
/// parameter that the function would otherwise only look at counts if a part of it is updated in place: the
/// callers' borrowing is worth more than anything else.
pub(crate) fn owners(natives: &[Native], function: &Function, tracked: &[bool]) -> Vec<bool> {
    let params = function.params as usize;
    let mut wanted: Vec<bool> = (0..function.locals.len()).map(|local| local >= params).collect();
    let mut owners = tracked.to_vec();
    function.body.walk(|node| match &node.kind {
        ExprKind::SetLocal(local, value) => {
            wanted[local.index()] = true;
            owners[local.index()] &= is_owned(natives, value);
        }
        ExprKind::SetPlace(PlaceRoot::Local(local), ..) => wanted[local.index()] = true,
        ExprKind::CallNative(native, args) if natives[native.index()].effects.consumes_first => {
            if let Some(first) = args.first()
                && let ExprKind::Share(value) = &first.expr.kind
                && let Some(root) = root(natives, value)
            {
                wanted[root.index()] = true;
            }
        }
        _ => {}
    });
    owners.iter().zip(wanted).map(|(&owner, wanted)| owner && wanted).collect()
}

/// Whether whoever takes the value is its only unmarked holder.
fn is_owned(natives: &[Native], value: &Expr) -> bool {
    let mut owned = true;
    values(value, &mut |value| {
        owned &= match &value.kind {
            ExprKind::Local(_)
            | ExprKind::Capture(_)
            | ExprKind::Global(_)
            | ExprKind::GlobalOrUnset(_)
            | ExprKind::CellGet(_)
            | ExprKind::Index(..)
            | ExprKind::Field(..)
            | ExprKind::Slot(..)
            | ExprKind::Part(..)
            | ExprKind::Yield(_)
            | ExprKind::Await(_) => crate::share::is_scalar(value.ty),
            ExprKind::CallNative(native, _) => !natives[native.index()].effects.part,
            _ => true,
        };
    });
    owned
}

/// The read of a part, marked only if a container on its way is marked. `None` if the function has too many
/// locals already.
pub(crate) fn give_up(natives: &[Native], read: &Expr, new: &mut NewLocals) -> Option<Expr> {
    let (ty, span) = (read.ty, read.span);
    if let ExprKind::Cast(to, inner) = &read.kind {
        return Some(build::expr(ExprKind::Cast(*to, Box::new(give_up(natives, inner, new)?)), ty, span));
    }
    if let ExprKind::CheckSet(inner, name) = &read.kind {
        let inner = Box::new(give_up(natives, inner, new)?);
        return Some(build::expr(ExprKind::CheckSet(inner, name.clone()), ty, span));
    }
    let container = unchecked(step_of(natives, read)?.0);
    if matches!(container.kind, ExprKind::Local(_)) {
        let kind = ExprKind::SharePart(Box::new(container.clone()), Box::new(read.clone()));
        return Some(build::expr(kind, ty, span));
    }
    let temp = new.add(container.ty)?;
    let holder = build::local(temp, container.ty, container.span);
    let set = rewrite::assign(temp, give_up(natives, container, new)?, container.span);
    let mut read = read.clone();
    replace_container(&mut read, holder.clone());
    let part = build::expr(ExprKind::SharePart(Box::new(holder), Box::new(read)), ty, span);
    Some(build::block(vec![set, part], span))
}

/// Puts another expression in the place of the container of a read, checks around it left as they are.
fn replace_container(read: &mut Expr, container: Expr) {
    match &mut read.kind {
        ExprKind::Field(base, _) | ExprKind::Slot(base, ..) | ExprKind::Index(base, _) => replace(base, container),
        ExprKind::CallNative(_, args) => {
            if let Some(base) = args.first_mut() {
                replace(&mut base.expr, container);
            }
        }
        _ => {}
    }
}

fn replace(at: &mut Expr, container: Expr) {
    match &mut at.kind {
        ExprKind::Cast(_, inner) | ExprKind::CheckSet(inner, _) => replace(inner, container),
        _ => *at = container,
    }
}
