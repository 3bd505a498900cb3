//! The whole file: what can be reached from the init function, in the order in which C wants it.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::{format, string::String, vec, vec::Vec};
use core::fmt::Write as _;

use motet_ir::{ClassIdx, Expr, FuncIdx, Function, FunctionKind, GlobalIdx, Module, Type};
use motet_source::{Code, Diagnostic, FileId, LineCol, LineIndex, Span};

use crate::body::Body;
use crate::names::{mangled, string};
use crate::typing::{Ty, Typing};
use crate::{EmitCError, LanguageC, ResultForm};

/// The run-time part of every file.
const RUNTIME: &str = include_str!("runtime.c");

/// Most problems that are collected.
const MAX_PROBLEMS: usize = 100;

/// A place that run-time errors name.
struct Place {
    file: FileId,
    at: LineCol,
    carets: usize,
}

/// What the bodies of all functions share.
pub(crate) struct Shared<'a> {
    pub(crate) module: &'a Module,
    pub(crate) language: &'a LanguageC,
    pub(crate) typing: Typing<'a>,
    indexes: Vec<LineIndex>,
    file_literals: Vec<String>,
    places: Vec<Place>,
    place_numbers: BTreeMap<(u32, u32, u32), usize>,
    /// Functions in the order in which they were found.
    functions: Vec<FuncIdx>,
    found: BTreeSet<FuncIdx>,
    globals: BTreeSet<GlobalIdx>,
    classes: Vec<ClassIdx>,
    known_classes: BTreeSet<ClassIdx>,
    problems: Vec<Diagnostic>,
    said: BTreeSet<(FileId, String)>,
}

impl<'a> Shared<'a> {
    fn new(module: &'a Module, language: &'a LanguageC) -> Self {
        Self {
            module,
            language,
            typing: Typing::new(module, language),
            indexes: module.sources.iter().map(|(_, f)| LineIndex::new(&f.text)).collect(),
            file_literals: module.sources.iter().map(|(_, f)| string(&f.name)).collect(),
            places: Vec::new(),
            place_numbers: BTreeMap::new(),
            functions: Vec::new(),
            found: BTreeSet::new(),
            globals: BTreeSet::new(),
            classes: Vec::new(),
            known_classes: BTreeSet::new(),
            problems: Vec::new(),
            said: BTreeSet::new(),
        }
    }

    /// Position of the beginning of a span.
    pub(crate) fn line_col(&self, file: FileId, span: Span) -> LineCol {
        self.indexes.get(file.0 as usize).map_or(LineCol { line: 1, col: 1 }, |index| index.line_col(span.start))
    }

    /// Name of a file as a C string.
    pub(crate) fn file_literal(&self, file: FileId) -> &str {
        self.file_literals.get(file.0 as usize).map_or("\"\"", |s| s)
    }

    /// Number of a place.
    pub(crate) fn place(&mut self, file: FileId, span: Span) -> usize {
        let key = (file.0, span.start, span.end);
        if let Some(&number) = self.place_numbers.get(&key) {
            return number;
        }
        let len = self.module.sources.get(file).map_or(0, |f| f.text.len());
        let at = self.line_col(file, span);
        self.places.push(Place { file, at, carets: span.len().clamp(1, len.max(1)) });
        self.place_numbers.insert(key, self.places.len() - 1);
        self.places.len() - 1
    }

    /// Name of a function, which will be emitted.
    pub(crate) fn function(&mut self, index: FuncIdx) -> String {
        if self.found.insert(index) {
            self.functions.push(index);
        }
        let name = self.module.functions.get(index.index()).map_or("", |f| f.name.as_str());
        mangled('f', index.index(), name)
    }

    /// Name of a global, which will be emitted.
    pub(crate) fn global(&mut self, index: GlobalIdx) -> String {
        self.globals.insert(index);
        let name = self.module.globals.get(index.index()).map_or("", |g| g.name.as_str());
        mangled('g', index.index(), name)
    }

    /// C type of values; the class of records will be emitted.
    pub(crate) fn c_type(&mut self, ty: Ty) -> String {
        String::from(match ty {
            Ty::Never | Ty::Nil | Ty::Token(_) | Ty::Other => "uint8_t",
            Ty::Bool => "bool",
            Ty::Int => "int64_t",
            Ty::Float => "double",
            Ty::Str => "m_str",
            Ty::Record(class) => return format!("struct {} *", self.class_name(class)),
        })
    }

    /// An initial value, never read by the program.
    pub(crate) fn zero(&self, ty: Ty) -> &'static str {
        match ty {
            Ty::Bool => "false",
            Ty::Float => "0.0",
            Ty::Str => "M_S(\"\", 0)",
            Ty::Record(_) => "NULL",
            Ty::Never | Ty::Nil | Ty::Token(_) | Ty::Int | Ty::Other => "0",
        }
    }

    fn class_name(&mut self, class: ClassIdx) -> String {
        if self.known_classes.insert(class) {
            self.classes.push(class);
        }
        let name = self.module.classes.get(class.index()).map_or("", |c| c.name.as_str());
        mangled('r', class.index(), name)
    }

    /// Name of a field within its class.
    pub(crate) fn field_name(&self, class: ClassIdx, slot: usize) -> String {
        let field = self.module.classes.get(class.index()).and_then(|c| c.fields.get(slot));
        mangled('d', slot, field.map_or("", |f| f.name.as_str()))
    }

    /// Type of a field.
    pub(crate) fn field_type(&self, class: ClassIdx, slot: usize) -> Ty {
        let field = self.module.classes.get(class.index()).and_then(|c| c.fields.get(slot));
        field.map_or(Ty::Other, |f| Ty::from(f.ty))
    }

    /// Remembers a problem, once per file and message.
    pub(crate) fn report(&mut self, problem: Diagnostic) {
        if self.problems.len() < MAX_PROBLEMS && self.said.insert((problem.file, problem.message.clone())) {
            self.problems.push(problem);
        }
    }
}

/// The C text of a program.
pub(crate) fn emit(module: &Module, language: &LanguageC) -> Result<String, EmitCError> {
    let mut shared = Shared::new(module, language);
    let start = shared.function(module.init);
    let (mut prototypes, mut bodies) = (String::new(), String::new());
    let mut next = 0;
    while let Some(&index) = shared.functions.get(next) {
        next += 1;
        if let Some(function) = module.functions.get(index.index()) {
            emit_function(&mut shared, index, function, &mut prototypes, &mut bodies);
        }
    }
    let main = main_function(&mut shared, &start);
    if !shared.problems.is_empty() {
        return Err(EmitCError::Constructs { problems: shared.problems, sources: module.sources.clone() });
    }
    let mut out = settings(module, language);
    out.push_str(RUNTIME);
    out.push_str(language.helpers);
    classes(&mut shared, &mut out);
    globals(&mut shared, &mut out);
    places(&shared, &mut out);
    out.push('\n');
    out.push_str(&prototypes);
    out.push_str(&bodies);
    out.push_str(&main);
    Ok(out)
}

fn emit_function<'a>(
    shared: &mut Shared<'a>,
    index: FuncIdx,
    function: &'a Function,
    prototypes: &mut String,
    bodies: &mut String,
) {
    let main_language = shared.module.functions.get(shared.module.init.index()).map_or(0, |f| f.language);
    let result = shared.typing.result(index.index());
    let name = shared.function(index);
    let mut body = Body::new(shared, function, result);
    if function.language != main_language {
        body.unsupported("a function in another language than the main file's", function.span);
    }
    match function.kind {
        FunctionKind::Normal if result == Ty::Other => {
            body.unsupported("a result of any type", function.span);
        }
        FunctionKind::Normal => {}
        FunctionKind::Generator => {
            body.unsupported("a generator", function.span);
        }
        FunctionKind::Async => {
            body.unsupported("an async function", function.span);
        }
    }
    let mut params = Vec::new();
    for (i, local) in function.locals.iter().enumerate().take(function.params as usize) {
        let ty = Ty::from(local.ty);
        if ty == Ty::Other {
            body.unsupported("a parameter of any type", function.span);
        }
        params.push(format!("{} {}", body.shared.c_type(ty), mangled('l', i, &local.name)));
    }
    body.return_value(&function.body);
    let (text, calls) = (core::mem::take(&mut body.out), body.calls);
    let result = if result.is_empty() { String::from("void") } else { shared.c_type(result) };
    let params = if params.is_empty() { String::from("void") } else { params.join(", ") };
    let _ = writeln!(prototypes, "static {result} {name}({params});");
    let comment = comment(&function.name);
    let line = shared.line_col(function.source, function.span).line;
    let _ = writeln!(bodies, "\n/* {comment} */\n#line {line} {}", shared.file_literal(function.source));
    let _ = writeln!(bodies, "static {result} {name}({params}) {{");
    for (i, local) in function.locals.iter().enumerate() {
        let (ty, local_name) = (Ty::from(local.ty), mangled('l', i, &local.name));
        if i >= function.params as usize && ty != Ty::Other {
            let (c_type, zero) = (shared.c_type(ty), shared.zero(ty));
            let _ = writeln!(bodies, "    {c_type} {local_name} = {zero};");
        }
        if ty != Ty::Other {
            let _ = writeln!(bodies, "    (void){local_name};");
        }
    }
    if calls {
        let place = shared.place(function.source, function.span);
        let _ = writeln!(bodies, "    m_look_at_stack(&m_places[{place}]);");
    }
    bodies.push_str(&text);
    bodies.push_str("}\n");
}

/// Text that cannot end a comment.
fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_graphic() && c != '*' && c != '/' && c != '\\' && c != '?' { c } else { '_' })
        .collect()
}

/// `main`: runs the init function and does what the language wants with its result.
fn main_function(shared: &mut Shared<'_>, start: &str) -> String {
    let module = shared.module;
    let Some(init) = module.functions.get(module.init.index()) else { return String::new() };
    let result = shared.typing.result(module.init.index());
    let mut out = String::from("\n#line 1 \"<start>\"\nint main(void) {\n    m_start();\n");
    let run = if result.is_empty() {
        format!("    {start}();\n")
    } else {
        format!("    {} result = {start}();\n    (void)result;\n", shared.c_type(result))
    };
    out.push_str(&run);
    match shared.language.result {
        ResultForm::Status if result == Ty::Int => {
            out.push_str("    m_flush();\n    return (int)((uint64_t)result & 0xff);\n}\n");
            return out;
        }
        ResultForm::Shown(name) if !result.is_empty() && result != Ty::Other => {
            match shared.language.native(name, &[result.native()]) {
                Some(row) => {
                    let place = if row.fails { "NULL, " } else { "" };
                    let _ = writeln!(out, "    {}({place}result);", row.helper);
                }
                None => {
                    let message =
                        format!("the text of the program's result has no C form yet (function `{}`)", init.name);
                    shared.report(Diagnostic::error(Code::NoNativeForm, init.source, last(&init.body), message));
                }
            }
        }
        ResultForm::Ignored | ResultForm::Shown(_) | ResultForm::Status => {}
    }
    out.push_str("    m_flush();\n    return 0;\n}\n");
    out
}

/// Where the value of a body comes from.
fn last(body: &Expr) -> Span {
    match &body.kind {
        motet_ir::ExprKind::Block(parts) => parts.last().map_or(body.span, |e| e.span),
        _ => body.span,
    }
}

/// The head of the file: what it is, and the language's words.
fn settings(module: &Module, language: &LanguageC) -> String {
    let e = &language.errors;
    let mut out = format!(
        "/* Made from {} by `motet build --emit c`. Compile with: cc -std=c11 -O2 FILE -lm */\n",
        comment(&module.name)
    );
    let mut define = |name: &str, value: String| {
        let _ = writeln!(out, "#define {name} {value}");
    };
    define("M_ERROR_WORD", string(e.word));
    define("M_EXCERPT", String::from(if e.excerpt { "1" } else { "0" }));
    define("M_STATUS", format!("{}", e.status));
    let messages = [
        ("M_DIVISION_BY_ZERO", Some(e.division_by_zero)),
        ("M_REMAINDER_BY_ZERO", Some(e.remainder_by_zero)),
        ("M_DIVISION_OVERFLOW", e.division_overflow),
        ("M_REMAINDER_OVERFLOW", e.remainder_overflow),
        ("M_STACK_OVERFLOW", Some(e.stack_overflow)),
        ("M_OUT_OF_MEMORY", Some(e.out_of_memory)),
    ];
    for (name, message) in messages {
        if let Some(message) = message {
            define(name, crate::names::str_value(message));
        }
    }
    out
}

/// Definitions of the record types in use.
fn classes(shared: &mut Shared<'_>, out: &mut String) {
    let mut next = 0;
    while let Some(&index) = shared.classes.get(next) {
        next += 1;
        let Some(class) = shared.module.classes.get(index.index()) else { continue };
        let name = shared.class_name(index);
        let _ = write!(out, "\nstruct {name} {{\n    uint8_t m_some;\n");
        for (slot, field) in class.fields.iter().enumerate() {
            if Ty::from(field.ty) != Ty::Other {
                let (c_type, field) = (shared.c_type(Ty::from(field.ty)), shared.field_name(index, slot));
                let _ = writeln!(out, "    {c_type} {field};");
            }
        }
        out.push_str("};\n");
    }
}

/// Global variables in use, each with whether it has a value.
fn globals(shared: &mut Shared<'_>, out: &mut String) {
    for index in shared.globals.clone() {
        let Some(global) = shared.module.globals.get(index.index()) else { continue };
        let name = shared.global(index);
        if Type::Any != global.ty && Ty::from(global.ty) != Ty::Other {
            let ty = shared.c_type(Ty::from(global.ty));
            let _ = writeln!(out, "static {ty} {name} M_UNUSED;");
        }
        let _ = writeln!(out, "static bool {name}_set M_UNUSED;");
    }
}

/// The table of places, and the source lines that messages quote.
fn places(shared: &Shared<'_>, out: &mut String) {
    let mut lines: BTreeMap<(FileId, u32), usize> = BTreeMap::new();
    let mut rows = vec![];
    for place in &shared.places {
        let file = shared.module.sources.get(place.file);
        let range = shared.indexes.get(place.file.0 as usize).and_then(|index| index.line_range(place.at.line));
        let text = file.zip(range).and_then(|(f, range)| f.text.get(range)).unwrap_or("");
        let quoted = if shared.language.errors.excerpt {
            let count = lines.len();
            let number = *lines.entry((place.file, place.at.line)).or_insert_with(|| {
                let _ = writeln!(out, "static const char m_line_{count}[] = {};", string(text));
                count
            });
            format!("m_line_{number}")
        } else {
            String::from("NULL")
        };
        let pad = (place.at.col as usize).saturating_sub(1).min(text.len());
        rows.push(format!(
            "    {{{}, {}, {}, {quoted}, {pad}, {}}},",
            shared.file_literal(place.file),
            place.at.line,
            place.at.col,
            place.carets
        ));
    }
    rows.push(String::from("    {NULL, 0, 0, NULL, 0, 0}"));
    let _ = writeln!(out, "\nstatic const m_place m_places[] M_UNUSED = {{\n{}\n}};", rows.join("\n"));
}
