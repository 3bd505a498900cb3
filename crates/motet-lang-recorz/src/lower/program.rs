//! Programs: files of one do-it or of chunks, in order, with what they use of the library; and texts that a running program
//! compiles.

use alloc::{
    collections::BTreeSet,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use core::ops::Range;

use motet_ir::{Expr as Ir, ExprKind as Kind, FuncIdx, Local, LocalIdx, Module, Options, Type, build};
use motet_source::{Code, Diagnostic, FileId, Span};

use super::{Lowered, Lowerer, Model, Target};
use crate::{
    ast::{Body, Expr, ExprKind, Literal, Message, Method},
    chunk::{self, Chunk, ClassHeader},
    live::{Context, Unit},
    parser,
    world::{Definition, words},
};

/// What came of lowering.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// The module, if there is no error.
    pub module: Option<Module>,
    /// The error, and what runs before it is reported.
    pub error: Option<Diagnostic>,
    /// See [`motet_ir::Compilation::before`].
    pub before: Option<Module>,
}

/// A file of the program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File<'a> {
    /// Its id.
    pub id: FileId,
    /// Its text.
    pub text: &'a str,
}

/// A piece of a file that was parsed.
enum Piece<'a> {
    Class(ClassHeader<'a>),
    ClassSide(ClassHeader<'a>),
    Protocol(&'a str),
    Package(&'a str, Option<&'a str>),
    DoIt(Body<'a>, &'a str),
    Method(Method<'a>),
}

/// A piece, or why it is none.
struct Item<'a> {
    file: File<'a>,
    range: Range<usize>,
    piece: Lowered<Piece<'a>>,
}

/// Reads a file, or an expression, which is a do-it whatever it begins with.
fn read<'a>(file: File<'a>, is_expression: bool, items: &mut Vec<Item<'a>>) {
    let text = file.text;
    if is_expression || !chunk::is_chunk_file(text) {
        let piece = parser::parse_do_it(text, 0, text.len(), file.id).map(|body| Piece::DoIt(body, text));
        return items.push(Item { file, range: 0..text.len(), piece });
    }
    for range in chunk::split(text) {
        let piece = match chunk::read(text, range.clone(), file.id) {
            Ok(Chunk::Class(header)) => Ok(Piece::Class(header)),
            Ok(Chunk::ClassSide(header)) => Ok(Piece::ClassSide(header)),
            Ok(Chunk::Protocol(name)) => Ok(Piece::Protocol(name)),
            Ok(Chunk::Package { name, comment }) => Ok(Piece::Package(name, comment)),
            Ok(Chunk::DoIt(range)) => {
                let body = parser::parse_do_it(text, range.start, range.end, file.id);
                body.map(|body| Piece::DoIt(body, text[range].trim_start()))
            }
            Ok(Chunk::Method(range)) => parser::parse_method(text, range.start, range.end, file.id).map(Piece::Method),
            Ok(Chunk::Ignored) => continue,
            Err(error) => Err(error),
        };
        items.push(Item { file, range, piece });
    }
}

/// Lowers a program of several files, the main one last.
pub(crate) fn lower(files: &[File<'_>], options: &Options) -> Outcome {
    let mut items = Vec::new();
    for (at, &file) in files.iter().enumerate() {
        read(file, options.evaluate && at + 1 == files.len(), &mut items);
    }
    let mut model = Model::recorz();
    let mut class = None;
    for item in &items {
        match &item.piece {
            Ok(Piece::Class(header) | Piece::ClassSide(header)) => class = Some(header.definition.name),
            Ok(Piece::Method(method)) => {
                if let Some(class) = class {
                    model.will_define(class, &method.selector);
                }
            }
            Ok(Piece::DoIt(body, _)) => will_compile(body, &mut model),
            Ok(Piece::Protocol(_) | Piece::Package(..)) | Err(_) => {}
        }
    }
    let mut program = Program::new(model);
    let main = files.last().map_or(FileId(0), |file| file.id);
    if files.iter().any(|file| file.text.contains("Workspace")) {
        // The text buffer begins with the program.
        let text = build::str(files.last().map_or("", |file| file.text), Span::default());
        let part = program.lowerer.native_call("program", vec![text], Span::default());
        program.push(part);
    }
    for item in &items {
        let skip = if item.file.id == main { options.replay_until } else { 0 };
        if let Err(error) = program.item(item, skip) {
            let before = if program.parts.is_empty() { None } else { program.finish(Ending::Program).ok() };
            return Outcome { module: None, error: Some(error), before };
        }
    }
    let ending = match (options.evaluate, options.whole) {
        (true, _) => Ending::Shown,
        (false, true) => Ending::Program,
        (false, false) => Ending::Value,
    };
    program.finish(ending).into()
}

impl From<Lowered<Module>> for Outcome {
    fn from(made: Lowered<Module>) -> Self {
        match made {
            Ok(module) => Outcome { module: Some(module), ..Outcome::default() },
            Err(error) => Outcome { error: Some(error), ..Outcome::default() },
        }
    }
}

/// Lowers a text that a running program compiles.
pub(crate) fn lower_live(text: &str, context: &Context) -> Outcome {
    let mut program = Program::new(Model::of(context));
    program.installed = context.installed.iter().cloned().collect();
    for word in &context.needs {
        program.lowerer.words.word(word);
    }
    // Classes that come alive now may have methods of their own for what others were sent before.
    for name in &context.installed {
        if let Some((_, selector)) = name.split_once(">>") {
            program.lowerer.words.word(selector);
        }
    }
    let made = program.live(text, &context.unit);
    made.and_then(|()| program.finish(Ending::Value)).into()
}

/// What the init function does at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// Answers nil.
    Program,
    /// Answers the last value.
    Value,
    /// Prints the last value.
    Shown,
}

/// A program being lowered.
struct Program {
    lowerer: Lowerer,
    /// What the init function does, in order.
    parts: Vec<Ir>,
    /// The class and side that methods go to.
    target: Option<Target>,
    protocol: Option<String>,
    package: Option<String>,
    /// Library methods that the image has.
    installed: BTreeSet<String>,
    /// Methods are not installed.
    is_dormant: bool,
}

impl Program {
    fn new(model: Model) -> Self {
        let lowerer = Lowerer::new("recorz", model);
        Self {
            lowerer,
            parts: Vec::new(),
            target: None,
            protocol: None,
            package: None,
            installed: BTreeSet::new(),
            is_dormant: false,
        }
    }

    /// Adds to the init function what was fetched for something, and then that.
    fn push(&mut self, part: Ir) {
        self.parts.append(&mut self.lowerer.fetches);
        self.parts.push(part);
    }

    fn item(&mut self, item: &Item<'_>, skip: u32) -> Lowered<()> {
        self.lowerer.file = item.file.id;
        let span = Span::new(item.range.start, item.range.end);
        match &item.piece {
            Err(error) => Err(error.clone()),
            Ok(Piece::Class(header)) => self.class(header),
            Ok(Piece::ClassSide(header)) => self.class_side(header),
            Ok(Piece::Protocol(name)) => {
                self.protocol = Some(name.to_string());
                Ok(())
            }
            Ok(Piece::Package(name, comment)) => {
                self.package = Some(name.to_string());
                let args = vec![build::str(*name, span), maybe(*comment, span)];
                let part = self.lowerer.native_call("package", args, span);
                self.push(part);
                Ok(())
            }
            Ok(Piece::DoIt(body, source)) => self.do_it(body, source, skip, span),
            Ok(Piece::Method(method)) => match self.target.clone() {
                Some(target) => {
                    let protocol = self.protocol.clone();
                    self.method(&target, method, protocol.as_deref())
                }
                None => {
                    let message = "KernelInstaller file-in stream is missing an initial RecorzKernelClass chunk";
                    self.lowerer.error(Code::MisplacedControl, span, message)
                }
            },
        }
    }

    fn class(&mut self, header: &ClassHeader<'_>) -> Lowered<()> {
        let definition = &header.definition;
        self.lowerer.model.define(definition).or_else(|text| self.refused(header, text))?;
        self.define(definition, header.span);
        self.target = Some(Target { class: definition.name.to_string(), meta: false });
        self.protocol = None;
        Ok(())
    }

    fn refused(&self, header: &ClassHeader<'_>, text: String) -> Lowered<()> {
        self.lowerer.error(Code::CompileTime, header.span, text)
    }

    fn define(&mut self, definition: &Definition<'_>, span: Span) {
        let text = |text: Option<&str>| text.map_or(build::nil(span), |text| build::str(text, span));
        let list = |names: &Option<Vec<&str>>| text(names.as_ref().map(|names| names.join(" ")).as_deref());
        let args = vec![
            text(Some(definition.name)),
            text(definition.superclass),
            list(&definition.instance_variables),
            list(&definition.class_variables),
            text(definition.package),
            text(definition.comment),
            build::bool(definition.options, span),
        ];
        // There may be instances of what inherits from a class of the library.
        for word in ["signal:", definition.name, definition.superclass.unwrap_or("Object")] {
            self.lowerer.words.word(word);
        }
        let part = self.lowerer.native_call("define_class", args, span);
        self.push(part);
    }

    fn class_side(&mut self, header: &ClassHeader<'_>) -> Lowered<()> {
        let Definition { name, instance_variables, .. } = &header.definition;
        if !self.lowerer.model.is_known_class(name) {
            let text = alloc::format!("KernelInstaller class side chunk names an unknown class {}", name);
            return self.refused(header, text);
        }
        if let Some(variables) = instance_variables {
            let made = self.lowerer.model.define_class_side(name, variables);
            made.or_else(|text| self.refused(header, text))?;
            let args = vec![build::str(*name, header.span), build::str(variables.join(" "), header.span)];
            let part = self.lowerer.native_call("define_class_side", args, header.span);
            self.push(part);
        }
        self.target = Some(Target { class: (*name).to_string(), meta: true });
        self.protocol = None;
        Ok(())
    }

    fn method(&mut self, target: &Target, method: &Method<'_>, protocol: Option<&str>) -> Lowered<()> {
        let func = self.lowerer.method(target, method)?;
        self.lowerer.words.defines(&method.selector);
        let part = self.install(target, &method.selector, func, Some(method.source), protocol, method.span);
        self.push(part);
        Ok(())
    }

    fn install(
        &mut self,
        target: &Target,
        selector: &str,
        func: FuncIdx,
        source: Option<&str>,
        protocol: Option<&str>,
        span: Span,
    ) -> Ir {
        let text = |text: Option<&str>| text.map_or(build::nil(span), |text| build::str(text, span));
        let args = vec![
            text(Some(&target.class)),
            build::bool(target.meta, span),
            text(Some(selector)),
            build::expr(Kind::Func(func), Type::Func, span),
            text(source),
            text(protocol),
        ];
        let native = if self.is_dormant { "replaced" } else { "install" };
        self.lowerer.native_call(native, args, span)
    }

    fn do_it(&mut self, body: &Body<'_>, source: &str, skip: u32, span: Span) -> Lowered<()> {
        let func = self.dormant(body, source, skip, span)?;
        self.push(build::call(func, Vec::new(), Type::Any, span));
        self.learn(body);
        Ok(())
    }

    /// A do-it that is only told to the live system.
    fn dormant(&mut self, body: &Body<'_>, source: &str, skip: u32, span: Span) -> Lowered<FuncIdx> {
        let func = self.lowerer.do_it(body, skip, span)?;
        let function = build::expr(Kind::Func(func), Type::Func, span);
        let args = vec![function, build::str(source, span), maybe(self.package.as_deref(), span)];
        let part = self.lowerer.native_call("do_it", args, span);
        self.push(part);
        Ok(func)
    }

    /// Takes note of the classes that a do-it defines by messages, as far as its text says them.
    fn learn(&mut self, body: &Body<'_>) {
        for statement in &body.statements {
            let (receiver, messages) = match &statement.value.kind {
                ExprKind::Send(receiver, message) => (receiver, core::slice::from_ref(message)),
                ExprKind::Cascade(receiver, messages) => (receiver, messages.as_slice()),
                _ => continue,
            };
            for message in messages {
                self.learn_class(receiver, message);
            }
        }
    }

    fn learn_class(&mut self, receiver: &Expr<'_>, message: &Message<'_>) {
        if &*message.selector == "instanceVariableNames:" {
            if let ExprKind::Send(class, side) = &receiver.kind
                && let (ExprKind::Name(name), "class") = (&class.kind, &*side.selector)
                && let Some(variables) = text_of(message.args.first())
            {
                // What the class says when it is run counts.
                let _ = self.lowerer.model.define_class_side(name, &words(variables));
            }
            return;
        }
        let (ExprKind::Name(superclass), Some(rest)) = (&receiver.kind, message.selector.strip_prefix("subclass:"))
        else {
            return;
        };
        let Some(name) = text_of(message.args.first()) else { return };
        let keywords = rest.split_inclusive(':').zip(&message.args[1..]);
        let option =
            |keyword: &str| keywords.clone().find(|(k, _)| *k == keyword).and_then(|(_, arg)| text_of(Some(arg)));
        let definition = Definition {
            name,
            superclass: Some(superclass),
            instance_variables: Some(option("instanceVariableNames:").map(words).unwrap_or_default()),
            class_variables: option("classVariableNames:").map(words),
            package: None,
            comment: None,
            options: true,
        };
        let _ = self.lowerer.model.define(&definition);
    }

    fn live(&mut self, text: &str, unit: &Unit) -> Lowered<()> {
        let file = FileId(0);
        match unit {
            Unit::DoIt { package } => {
                self.package = package.clone();
                let body = parser::parse_do_it(text, 0, text.len(), file)?;
                self.do_it(&body, text, 0, Span::new(0, text.len()))
            }
            Unit::Methods(pieces) => {
                let mut methods = Vec::new();
                for piece in pieces {
                    let method = parser::parse_method(text, piece.start as usize, piece.end as usize, file)?;
                    self.lowerer.model.will_define(&piece.class, &method.selector);
                    methods.push((Target { class: piece.class.clone(), meta: piece.meta }, method, piece));
                }
                for (target, method, piece) in &methods {
                    self.is_dormant = piece.dormant;
                    self.method(target, method, piece.protocol.as_deref())?;
                }
                self.is_dormant = false;
                if let Some((_, method, _)) = methods.last() {
                    self.push(build::str(method.selector.as_str(), method.span));
                }
                Ok(())
            }
            Unit::Library => {
                let part = self.lowerer.native_call("resend", Vec::new(), Span::default());
                self.push(part);
                Ok(())
            }
            Unit::Dormant(places) => {
                for &(start, end) in places {
                    let body = parser::parse_do_it(text, start as usize, end as usize, file)?;
                    let span = Span::new(start as usize, end as usize);
                    self.dormant(&body, &text[start as usize..end as usize], 0, span)?;
                }
                Ok(())
            }
        }
    }

    /// Adds what the program uses of the library; what installs it.
    fn library(&mut self) -> Lowered<Vec<Ir>> {
        let mut parts = Vec::new();
        self.lowerer.in_library = true;
        self.lowerer.model.set_in_library(true);
        self.lowerer.file = FileId(0);
        let pieces: Vec<_> = self.lowerer.words.methods().collect();
        for piece in pieces {
            let target = Target { class: piece.class.row().name.to_string(), meta: piece.meta };
            let name = alloc::format!("{}>>{}", target.name(), piece.selector);
            if self.installed.contains(&name) {
                continue;
            }
            let method = parser::parse_method(piece.source, 0, piece.source.len(), FileId(0));
            let made = method.and_then(|method| Ok((self.lowerer.method(&target, &method)?, method)));
            let (func, method) = made.map_err(|error| in_library(error, &name))?;
            // Nothing of the library is shown at a place of the program.
            let part = self.install(&target, &method.selector, func, None, None, Span::default());
            parts.append(&mut self.lowerer.fetches);
            parts.push(part);
        }
        Ok(parts)
    }

    /// The module.
    fn finish(mut self, ending: Ending) -> Lowered<Module> {
        let span = Span::default();
        let mut locals = Vec::new();
        let result = match ending {
            Ending::Program => {
                let finished = self.lowerer.native_call("finish", Vec::new(), span);
                build::block(vec![finished, build::nil(span)], span)
            }
            Ending::Value => self.parts.pop().unwrap_or_else(|| build::nil(span)),
            Ending::Shown => {
                let value = self.parts.pop().unwrap_or_else(|| build::nil(span));
                self.shown(value, &mut locals)
            }
        };
        self.lowerer.fetches.clear();
        self.lowerer.abandon();
        let mut parts = self.library()?;
        let alive: Vec<&str> = self.lowerer.words.alive().map(|class| class.row().name).collect();
        if !alive.is_empty() {
            let part = self.lowerer.native_call("alive", vec![build::str(alive.join(" "), span)], span);
            parts.push(part);
        }
        let mut all = core::mem::take(&mut self.lowerer.early);
        all.append(&mut parts);
        all.append(&mut self.parts);
        all.push(result);
        let init = self.lowerer.tables.reserve_function();
        let mut function = self.lowerer.plain_function("<init>", build::block(all, span));
        function.locals = locals;
        self.lowerer.tables.set_function(init, function);
        self.lowerer.tables.finish(self.lowerer.language, init)
    }

    /// Prints a value: a string as it is, anything else as programmers see it.
    fn shown(&mut self, value: Ir, locals: &mut Vec<Local>) -> Ir {
        let span = value.span;
        for name in ["$value", "$other"] {
            locals.push(Local { name: name.to_string(), ty: Type::Any });
        }
        for word in ["isString", "displayNl", "printNl"] {
            self.lowerer.words.word(word);
        }
        let read = || build::local(LocalIdx(0), Type::Any, span);
        let send = |name: &str| build::send(read(), name, Vec::new(), span);
        let show =
            build::choose(send("isString"), send("displayNl"), send("printNl"), LocalIdx(1), build::nil(span), span);
        let saved = self.lowerer.native_call("evaluated", vec![read()], span);
        build::block(vec![build::set_local(LocalIdx(0), value, span), show, saved, build::nil(span)], span)
    }
}

fn maybe(text: Option<&str>, span: Span) -> Ir {
    text.map_or(build::nil(span), |text| build::str(text, span))
}

/// The text of a literal symbol or string.
fn text_of<'e>(expr: Option<&'e Expr<'_>>) -> Option<&'e str> {
    match &expr?.kind {
        ExprKind::Literal(Literal::Symbol(text) | Literal::Str(text)) => Some(text),
        _ => None,
    }
}

/// Methods that a do-it compiles from literal texts, as in `Integer compile: '+ x ^0'`.
fn will_compile(body: &Body<'_>, model: &mut Model) {
    for statement in &body.statements {
        if let ExprKind::Send(receiver, message) = &statement.value.kind
            && let (ExprKind::Name(class), "compile:") = (&receiver.kind, &*message.selector)
            && let Some(source) = text_of(message.args.first())
            && let Ok(method) = parser::parse_method(source, 0, source.len(), FileId(0))
        {
            model.will_define(class, &method.selector);
        }
    }
}

/// An error in the library is a defect of Motet.
fn in_library(error: Diagnostic, method: &str) -> Diagnostic {
    let message = alloc::format!("in the library, {method}: {}", error.message);
    Diagnostic::error(Code::InternalCheck, FileId(0), Span::default(), message)
}
