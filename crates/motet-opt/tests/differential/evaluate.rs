//! A small evaluator of the nodes that the generator uses. Where the language
//! is asked it is lenient, so that random programs get somewhere: only missing
//! operands, overflow and division by zero raise.

use std::{cell::Cell, cell::RefCell, rc::Rc};

use motet_ir::{BinOp, Elem, Expr, ExprKind, Family, Label, Module, PlaceRoot, PlaceStep, UnOp};

#[derive(Clone)]
enum Value {
    Unset,
    Nil,
    Bool(bool),
    Int(i64),
    Str(String),
    List(Rc<List>),
}

struct List {
    shared: Cell<bool>,
    items: RefCell<Vec<Value>>,
}

enum Exit {
    Break(Label),
    Continue(Label),
    Return(Value),
    Raise(String),
    OutOfFuel,
}

type Eval = Result<Value, Exit>;

/// Everything shown, then how the program ends; `None` if it takes more than `fuel` steps.
pub fn evaluate(module: &Module, fuel: u32) -> Option<Vec<String>> {
    let globals = module.globals.iter().map(|_| Value::Nil).collect();
    let mut machine = Machine { module, globals, output: Vec::new(), fuel };
    let end = match machine.call(module.init.index(), Vec::new()) {
        Ok(value) => format!("value {}", show(&value)),
        Err(Exit::Raise(message)) => format!("raised {message}"),
        Err(Exit::OutOfFuel) => return None,
        Err(_) => unreachable!("a jump leaves its function"),
    };
    machine.output.push(end);
    Some(machine.output)
}

struct Machine<'a> {
    module: &'a Module,
    globals: Vec<Value>,
    output: Vec<String>,
    fuel: u32,
}

fn list(items: Vec<Value>) -> Value {
    Value::List(Rc::new(List { shared: Cell::new(false), items: RefCell::new(items) }))
}

fn share(value: &Value) {
    if let Value::List(list) = value {
        list.shared.set(true);
    }
}

/// The list itself if it has one holder, else a copy whose elements have two.
fn own(value: &Value) -> Option<Rc<List>> {
    let Value::List(old) = value else { return None };
    if !old.shared.get() {
        return Some(old.clone());
    }
    let items = old.items.borrow().clone();
    items.iter().for_each(share);
    match list(items) {
        Value::List(new) => Some(new),
        _ => None,
    }
}

fn show(value: &Value) -> String {
    let mut text = String::new();
    show_into(value, &mut text, 12);
    text
}

/// Lists can share parts so often that their text would be exponential: it is cut.
fn show_into(value: &Value, text: &mut String, depth: u32) {
    if text.len() > 2_000 || depth == 0 {
        return text.push('~');
    }
    match value {
        Value::Unset => text.push_str("unset"),
        Value::Nil => text.push_str("nil"),
        Value::Bool(b) => text.push_str(&b.to_string()),
        Value::Int(n) => text.push_str(&n.to_string()),
        Value::Str(inner) => text.push_str(&format!("{inner:?}")),
        Value::List(list) => {
            text.push('[');
            for item in list.items.borrow().iter().take(40) {
                show_into(item, text, depth - 1);
                text.push(' ');
            }
            text.push(']');
        }
    }
}

fn raise(node: &Expr) -> Eval {
    Err(Exit::Raise(format!("error at {}", node.span.start)))
}

fn truth(value: &Value) -> bool {
    !matches!(value, Value::Unset | Value::Nil | Value::Bool(false) | Value::Int(0))
}

impl Machine<'_> {
    fn call(&mut self, func: usize, args: Vec<Value>) -> Eval {
        let function = &self.module.functions[func];
        let mut locals = vec![Value::Unset; function.locals.len()];
        for (local, arg) in locals.iter_mut().zip(args) {
            *local = arg;
        }
        match self.eval(&function.body, &mut locals) {
            Err(Exit::Return(value)) => Ok(value),
            other => other,
        }
    }

    fn all<'e>(&mut self, parts: impl Iterator<Item = &'e Expr>, locals: &mut [Value]) -> Result<Vec<Value>, Exit> {
        parts.map(|part| self.eval(part, locals)).collect()
    }

    fn eval(&mut self, node: &Expr, locals: &mut [Value]) -> Eval {
        self.fuel = self.fuel.checked_sub(1).ok_or(Exit::OutOfFuel)?;
        Ok(match &node.kind {
            ExprKind::Nil => Value::Nil,
            ExprKind::Unset => Value::Unset,
            ExprKind::Bool(b) => Value::Bool(*b),
            ExprKind::Int(n) => Value::Int(*n),
            ExprKind::Str(text) => Value::Str(text.clone()),
            ExprKind::Local(l) => locals[l.index()].clone(),
            ExprKind::SetLocal(l, value) => {
                locals[l.index()] = self.eval(value, locals)?;
                Value::Nil
            }
            ExprKind::Global(g) => self.globals[g.index()].clone(),
            ExprKind::SetGlobal(g, value) => {
                self.globals[g.index()] = self.eval(value, locals)?;
                Value::Nil
            }
            ExprKind::Share(a) => {
                let value = self.eval(a, locals)?;
                share(&value);
                value
            }
            ExprKind::SharePart(container, part) => {
                let container = self.eval(container, locals)?;
                let part = self.eval(part, locals)?;
                if let Value::List(list) = &container
                    && list.shared.get()
                {
                    share(&part);
                }
                part
            }
            ExprKind::Truthy(a) => Value::Bool(truth(&self.eval(a, locals)?)),
            ExprKind::IsNil(a) => Value::Bool(matches!(self.eval(a, locals)?, Value::Nil)),
            ExprKind::And(a, b) => match truth(&self.eval(a, locals)?) {
                true => self.eval(b, locals)?,
                false => Value::Bool(false),
            },
            ExprKind::Or(a, b) => match truth(&self.eval(a, locals)?) {
                false => self.eval(b, locals)?,
                true => Value::Bool(true),
            },
            ExprKind::Unary(Family::Bool, UnOp::Not, a) => Value::Bool(!truth(&self.eval(a, locals)?)),
            ExprKind::Binary(family, op, a, b) => {
                let (a, b) = (self.eval(a, locals)?, self.eval(b, locals)?);
                return binary(node, *family, *op, &a, &b);
            }
            ExprKind::List(elems) => {
                let elems = elems.iter().map(|elem| match elem {
                    Elem::One(value) | Elem::Spread(value) => value,
                });
                list(self.all(elems, locals)?)
            }
            ExprKind::Index(base, index) => {
                let (base, index) = (self.eval(base, locals)?, self.eval(index, locals)?);
                match (base, index) {
                    (Value::List(list), Value::Int(at)) => {
                        list.items.borrow().get(at as usize).cloned().unwrap_or(Value::Int(0))
                    }
                    (Value::Unset, _) => return raise(node),
                    _ => Value::Int(1),
                }
            }
            ExprKind::SetPlace(root, steps, value) => return self.set_place(*root, steps, value, locals),
            ExprKind::Call(func, args) => {
                let args = self.all(args.iter(), locals)?;
                self.call(func.index(), args)?
            }
            ExprKind::CallNative(native, args) => {
                let args = self.all(args.iter().map(|arg| &arg.expr), locals)?;
                return self.native(native.index(), &args);
            }
            ExprKind::Return(value) => return Err(Exit::Return(self.eval(value, locals)?)),
            ExprKind::Raise(value) => {
                let value = self.eval(value, locals)?;
                return Err(Exit::Raise(show(&value)));
            }
            ExprKind::Break(label) => return Err(Exit::Break(*label)),
            ExprKind::Continue(label) => return Err(Exit::Continue(*label)),
            _ => return self.control(node, locals),
        })
    }

    fn control(&mut self, node: &Expr, locals: &mut [Value]) -> Eval {
        match &node.kind {
            ExprKind::Block(parts) => {
                let mut last = Value::Nil;
                for part in parts {
                    last = self.eval(part, locals)?;
                }
                Ok(last)
            }
            ExprKind::If(cond, then, otherwise) => match truth(&self.eval(cond, locals)?) {
                true => self.eval(then, locals),
                false => self.eval(otherwise, locals),
            },
            ExprKind::Choose { cond, then, else_, var, other } => match self.eval(cond, locals)? {
                Value::Bool(true) => self.eval(then, locals),
                Value::Bool(false) => self.eval(else_, locals),
                value => {
                    locals[var.index()] = value;
                    self.eval(other, locals)
                }
            },
            ExprKind::While { label, cond, body, step } => {
                while cond.as_ref().map_or(Ok(true), |cond| self.eval(cond, locals).map(|v| truth(&v)))? {
                    if self.turn(*label, body, locals)? {
                        break;
                    }
                    if let Some(step) = step {
                        self.eval(step, locals)?;
                    }
                }
                Ok(Value::Nil)
            }
            ExprKind::ForRange { label, var, from, to, inclusive, body } => {
                let (from, to) = (self.eval(from, locals)?, self.eval(to, locals)?);
                let (Value::Int(mut at), Value::Int(to)) = (from, to) else { return raise(node) };
                while at < to || (*inclusive && at == to) {
                    locals[var.index()] = Value::Int(at);
                    if self.turn(*label, body, locals)? {
                        break;
                    }
                    at += 1;
                }
                Ok(Value::Nil)
            }
            ExprKind::ForEach { label, var, iter, body } => {
                let Value::List(list) = self.eval(iter, locals)? else { return Ok(Value::Nil) };
                let mut at = 0;
                loop {
                    let item = list.items.borrow().get(at).cloned();
                    let Some(item) = item else { break };
                    share(&item);
                    locals[var.index()] = item;
                    if self.turn(*label, body, locals)? {
                        break;
                    }
                    at += 1;
                }
                Ok(Value::Nil)
            }
            ExprKind::Try { body, var, handler } => match self.eval(body, locals) {
                Err(Exit::Raise(message)) => {
                    locals[var.index()] = Value::Str(message);
                    self.eval(handler, locals)
                }
                other => other,
            },
            _ => unreachable!("the generator does not make this node"),
        }
    }

    /// One turn of a loop; whether it was the last.
    fn turn(&mut self, label: Label, body: &Expr, locals: &mut [Value]) -> Result<bool, Exit> {
        match self.eval(body, locals) {
            Ok(_) => Ok(false),
            Err(Exit::Continue(to)) if to == label => Ok(false),
            Err(Exit::Break(to)) if to == label => Ok(true),
            Err(exit) => Err(exit),
        }
    }

    fn set_place(&mut self, root: PlaceRoot, steps: &[PlaceStep], value: &Expr, locals: &mut [Value]) -> Eval {
        let value = self.eval(value, locals)?;
        let mut indices = Vec::new();
        for step in steps {
            let PlaceStep::Index(index) = step else { unreachable!("the generator makes no field steps") };
            indices.push(self.eval(index, locals)?);
        }
        let old = match root {
            PlaceRoot::Local(l) => locals[l.index()].clone(),
            PlaceRoot::Global(g) => self.globals[g.index()].clone(),
            PlaceRoot::Capture(_) => unreachable!("the generator makes no captures"),
        };
        let Some(mut container) = own(&old) else { return Ok(Value::Nil) };
        let new = Value::List(container.clone());
        match root {
            PlaceRoot::Local(l) => locals[l.index()] = new,
            PlaceRoot::Global(g) => self.globals[g.index()] = new,
            PlaceRoot::Capture(_) => {}
        }
        for (i, index) in indices.iter().enumerate() {
            let Value::Int(at) = index else { return Ok(Value::Nil) };
            let at = *at as usize;
            if at >= container.items.borrow().len() {
                container.items.borrow_mut().push(value);
                return Ok(Value::Nil);
            }
            if i + 1 == indices.len() {
                container.items.borrow_mut()[at] = value;
                return Ok(Value::Nil);
            }
            let part = container.items.borrow()[at].clone();
            let Some(inner) = own(&part) else { return Ok(Value::Nil) };
            container.items.borrow_mut()[at] = Value::List(inner.clone());
            container = inner;
        }
        Ok(Value::Nil)
    }

    fn native(&mut self, native: usize, args: &[Value]) -> Eval {
        match (native, args) {
            (0, [first, value]) => {
                let Some(list) = own(first) else { return Ok(list(vec![value.clone()])) };
                list.items.borrow_mut().push(value.clone());
                Ok(Value::List(list))
            }
            (1, [Value::List(list)]) => Ok(Value::Int(list.items.borrow().len() as i64)),
            (1, _) => Ok(Value::Int(-1)),
            (_, args) => {
                let texts: Vec<String> = args.iter().map(show).collect();
                self.output.push(texts.join(" "));
                Ok(Value::Nil)
            }
        }
    }
}

fn binary(node: &Expr, family: Family, op: BinOp, a: &Value, b: &Value) -> Eval {
    let value = match (a, b) {
        (Value::Int(a), Value::Int(b)) => {
            let number = match op {
                BinOp::Add if family == Family::Int => Some(a.wrapping_add(*b)),
                BinOp::Mul if family == Family::Int => Some(a.wrapping_mul(*b)),
                BinOp::Add => a.checked_add(*b),
                BinOp::Sub => a.checked_sub(*b),
                BinOp::Mul => a.checked_mul(*b),
                BinOp::Div => a.checked_div(*b),
                BinOp::Lt => return Ok(Value::Bool(a < b)),
                BinOp::Eq => return Ok(Value::Bool(a == b)),
                _ => None,
            };
            number.map(Value::Int)
        }
        (Value::Str(a), Value::Str(b)) if op == BinOp::Add => {
            Some(Value::Str(format!("{a}{b}").chars().take(50).collect()))
        }
        (Value::Str(a), Value::Str(b)) if op == BinOp::Eq => Some(Value::Bool(a == b)),
        (Value::Str(a), Value::Str(b)) if op == BinOp::Lt => Some(Value::Bool(a < b)),
        _ if op == BinOp::Eq => Some(Value::Bool(show(a) == show(b))),
        (Value::Unset, _) => None,
        (Value::List(a), _) => Some(Value::Int(a.items.borrow().len() as i64)),
        _ => Some(Value::Int(2)),
    };
    value.map_or_else(|| raise(node), Ok)
}
