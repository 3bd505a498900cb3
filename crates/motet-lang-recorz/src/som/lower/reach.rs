//! Which methods of the built-in library a program can reach: those whose selectors it, or a method that it reaches,
//! mentions. The others are not compiled. A program that looks at classes or computes selectors reaches all.

use alloc::{collections::BTreeSet, vec::Vec};

use super::super::program::Unit;
use crate::ast::{Body, Expr, ExprKind, Literal, Method};

/// What runs without being mentioned: the beginning, the hooks, and what native functions send.
const ROOTS: &[&str] = &[
    "initialize:",
    "run",
    "run:",
    "println",
    "asString",
    "joinedWith:",
    "doesNotUnderstand:arguments:",
    "escapedBlock:",
    "unknownGlobal:",
];

/// Messages with which a program may learn of, or send, messages that it does not mention.
const COMPUTED: &[&str] = &[
    "perform:",
    "perform:withArguments:",
    "perform:inSuperclass:",
    "perform:withArguments:inSuperclass:",
    "invokeOn:with:",
    "methods",
    "selectors",
    "hasMethod:",
    "respondsTo:",
    "asSymbol",
    "load:",
    "resolve:",
];

/// Selectors that a program reaches.
pub(super) struct Reach<'a> {
    /// All of them.
    everything: bool,
    selectors: BTreeSet<&'a str>,
}

impl<'a> Reach<'a> {
    /// What the classes reach; `called` is a selector that is sent besides.
    pub fn of(units: &'a [Unit<'a>], called: Option<&'a str>) -> Self {
        let mut reach = Reach { everything: false, selectors: ROOTS.iter().copied().chain(called).collect() };
        for unit in units.iter().filter(|unit| !unit.built_in) {
            for method in methods(unit) {
                reach.body(&method.body);
            }
        }
        reach.everything = COMPUTED.iter().any(|selector| reach.selectors.contains(selector));
        let mut waiting: Vec<&Method<'a>> = units.iter().filter(|unit| unit.built_in).flat_map(methods).collect();
        while !reach.everything {
            let before = waiting.len();
            waiting.retain(|method| {
                let reached = reach.selectors.contains(method.selector.as_str());
                if reached {
                    reach.body(&method.body);
                }
                !reached
            });
            if waiting.len() == before {
                break;
            }
        }
        reach
    }

    /// Whether a method of the library may run.
    pub fn contains(&self, selector: &str) -> bool {
        self.everything || self.selectors.contains(selector)
    }

    fn body(&mut self, body: &'a Body<'a>) {
        for statement in &body.statements {
            self.expr(&statement.value);
        }
    }

    fn expr(&mut self, expr: &'a Expr<'a>) {
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(literal),
            ExprKind::Name(_) => {}
            ExprKind::Assign(_, value) => self.expr(value),
            ExprKind::Send(receiver, message) => {
                self.selectors.insert(&message.selector);
                self.expr(receiver);
                message.args.iter().for_each(|arg| self.expr(arg));
            }
            ExprKind::Cascade(receiver, _) => self.expr(receiver),
            ExprKind::Block(block) => self.body(&block.body),
            ExprKind::Brace(items) => items.iter().for_each(|item| self.expr(item)),
        }
    }

    fn literal(&mut self, literal: &'a Literal<'a>) {
        match literal {
            Literal::Symbol(name) => {
                self.selectors.insert(name);
            }
            Literal::Array(items) => items.iter().for_each(|item| self.literal(item)),
            _ => {}
        }
    }
}

fn methods<'a>(unit: &'a Unit<'a>) -> impl Iterator<Item = &'a Method<'a>> {
    unit.class.instance.methods.iter().chain(&unit.class.class.methods)
}
