//! Conditions and loops.

use alloc::format;
use alloc::string::String;

use motet_ir::{Expr, ExprKind, Label, LocalIdx};
use motet_source::Span;

use crate::body::{Body, Loop, Val};
use crate::simple::DEPTH;
use crate::typing::Ty;

/// Bounds and body of a counting loop.
pub(crate) struct Range<'e> {
    pub(crate) label: Label,
    pub(crate) var: LocalIdx,
    pub(crate) from: &'e Expr,
    pub(crate) to: &'e Expr,
    pub(crate) inclusive: bool,
    pub(crate) body: &'e Expr,
}

impl Body<'_, '_> {
    /// A conditional; its value goes to `target`, if there is one. Whether control gets past it.
    pub(crate) fn if_(&mut self, e: &Expr, target: Option<(&str, Ty)>) -> bool {
        let mut next = e;
        let mut passes = false;
        let mut head = String::from("if");
        // `else if` instead of deeper blocks, as long as conditions need no statements of their own.
        while let ExprKind::If(cond, then, otherwise) = &next.kind {
            if head != "if" && !self.is_simple(cond, DEPTH) {
                break;
            }
            let Some(cond) = self.value(cond) else { return passes };
            if head == "if" {
                self.open(next.span, &format!("if ({}) {{", cond.text));
            } else {
                self.close(next.span, &format!("}} else if ({}) {{", cond.text));
                self.indent += 1;
            }
            passes |= self.assign_to(then, target);
            head = String::from("else if");
            next = otherwise;
        }
        if self.is_nothing(next) {
            self.close(next.span, "}");
            return true;
        }
        self.close(next.span, "} else {");
        self.indent += 1;
        passes |= self.assign_to(next, target);
        self.close(e.span, "}");
        passes
    }

    /// Evaluates into a variable, or for effect. Whether control gets past it.
    pub(crate) fn assign_to(&mut self, e: &Expr, target: Option<(&str, Ty)>) -> bool {
        let Some((name, ty)) = target else { return self.effect(e) };
        if let ExprKind::If(..) = &e.kind
            && !self.is_simple(e, DEPTH)
        {
            return self.if_(e, target);
        }
        if let ExprKind::Block(parts) = &e.kind
            && let Some((last, first)) = parts.split_last()
        {
            return first.iter().all(|part| self.effect(part)) && self.assign_to(last, target);
        }
        let Some(value) = self.value_of(e, ty) else { return false };
        self.line(e.span, &format!("{name} = {};", value.text));
        true
    }

    /// `and` and `or` whose right operand needs statements.
    pub(crate) fn and_or(&mut self, a: &Expr, b: &Expr, decides: bool, span: Span) -> Option<Val> {
        let left = self.value(a)?;
        let name = self.temporary(Ty::Bool, &left.text, span).text;
        let test = if decides { format!("if (!{name}) {{") } else { format!("if ({name}) {{") };
        self.open(span, &test);
        self.assign_to(b, Some((&name, Ty::Bool)));
        self.close(span, "}");
        Some(Val::stable(name))
    }

    fn is_nothing(&self, e: &Expr) -> bool {
        match &e.kind {
            ExprKind::Nil => true,
            ExprKind::Block(parts) => parts.is_empty(),
            _ => false,
        }
    }

    fn open_loop(&mut self, label: Label) {
        self.loop_count += 1;
        let number = self.loop_count;
        self.loops.push(Loop { label, number, breaks: false, continues: false });
    }

    /// The target of `continue`, if anything goes there.
    fn continue_label(&mut self, span: Span) {
        if let Some(number) = self.loops.last().filter(|l| l.continues).map(|l| l.number) {
            self.line(span, &format!("next{number}:;"));
        }
    }

    /// Closes the innermost loop; whether something breaks out of it.
    fn close_loop(&mut self, span: Span) -> bool {
        let Some(closed) = self.loops.pop() else { return false };
        if closed.breaks {
            self.line(span, &format!("end{}:;", closed.number));
        }
        closed.breaks
    }

    /// `while`. Whether control gets past it.
    pub(crate) fn while_(
        &mut self,
        label: Label,
        cond: Option<&Expr>,
        body: &Expr,
        step: Option<&Expr>,
        span: Span,
    ) -> bool {
        let cond = match cond {
            Some(Expr { kind: ExprKind::Bool(true), .. }) => None,
            other => other,
        };
        self.open_loop(label);
        let mut ends = cond.is_some();
        match cond {
            Some(cond) if self.is_simple(cond, DEPTH) => {
                let cond = self.simple(cond);
                self.open(span, &format!("while ({}) {{", cond.text));
            }
            Some(cond) => {
                self.open(span, "for (;;) {");
                match self.value(cond) {
                    Some(value) => self.line(cond.span, &format!("if (!{}) break;", value.text)),
                    None => ends = false,
                }
            }
            None => self.open(span, "for (;;) {"),
        }
        self.effect(body);
        self.continue_label(span);
        if let Some(step) = step {
            self.effect(step);
        }
        self.close(span, "}");
        self.close_loop(span) || ends
    }

    /// A counting loop. Whether control gets past it.
    pub(crate) fn for_range(&mut self, range: &Range<'_>, span: Span) -> bool {
        let Some(bounds) = self.operands(&[range.from, range.to]) else { return false };
        let [from, to] = bounds.as_slice() else { return false };
        let (from, to) = (from.text.clone(), to.text.clone());
        let var = self.local_name(range.var);
        self.open(span, "{");
        let counter = self.temporary(Ty::Int, &from, span).text;
        let last = self.temporary(Ty::Int, &to, span).text;
        self.open_loop(range.label);
        if range.inclusive {
            self.open(span, &format!("if ({counter} <= {last}) for (;; {counter}++) {{"));
        } else {
            self.open(span, &format!("for (; {counter} < {last}; {counter}++) {{"));
        }
        self.line(span, &format!("{var} = {counter};"));
        self.effect(range.body);
        self.continue_label(span);
        if range.inclusive {
            self.line(span, &format!("if ({counter} == {last}) break;"));
        }
        self.close(span, "}");
        self.close_loop(span);
        self.close(span, "}");
        true
    }

    /// Leaves a loop, or goes on with its next turn.
    pub(crate) fn jump(&mut self, label: Label, leaves: bool, span: Span) {
        let Some(found) = self.loops.iter_mut().rev().find(|l| l.label == label) else { return };
        let number = found.number;
        let target = if leaves {
            found.breaks = true;
            format!("goto end{number};")
        } else {
            found.continues = true;
            format!("goto next{number};")
        };
        self.line(span, &target);
    }
}
