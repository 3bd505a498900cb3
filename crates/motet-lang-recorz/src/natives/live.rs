//! The live system: compiling, chunk streams, file-out, snapshots.

use alloc::{
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use motet_runtime::{Control, LoadRequest, NativeDef, NativeResult, Runtime, Value};
use motet_source::{FileId, LineIndex};

use super::{arg, array, class_of, owned_text, signal, string};
use crate::{
    chunk::{self, Chunk},
    classes::Builtin,
    library,
    live::{Context, Piece, Unit, files, memory, state, state::LiveState},
    snapshot::{restore, save},
    world::{ClassNo, Definition, RECORZ, World, words},
};

natives! {
    "Workspace" {
        "_run:in:at:" => run_do_it;
        "_bare:" => bare;
        "_program" => program_text;
    }
    "KernelInstaller" {
        "_chunks:" => chunks;
        "_define:" => define;
        "_defineSide:" => define_side;
        "_compile:onto:protocol:at:" => compile;
        "_package:comment:" => declare_package;
        "_classNamed:" => class_named;
        "_classesOf:" => classes_of;
        "_fileOutClass:" => file_out_class;
        "_fileOutPackage:" => file_out_package;
        "_memory:" => memory_report;
        "saveSnapshot" => save_snapshot;
        "_openImage" => open_image;
        "_compileImageMethods" => compile_image_methods;
        "_compileImageDoIts" => compile_image_do_its;
        "_finishImage" => finish_image;
        "_begin:" => begin_file;
        "_isStream:" => is_stream;
        "_refuse:at:" => refuse;
        "_end" => end_file;
    }
    "TestRunner" {
        "_testsOf:" => tests_of;
    }
    "Class" {
        "_subclass:with:shared:package:" => subclass;
        "instanceVariableNames:" => instance_variable_names;
    }
    "Metaclass" {
        "instanceVariableNames:" => class_side_variable_names;
    }
    "Behavior" {
        "removeSelector:" => remove_selector;
    }
}

/// What lowered code and hosts call.
pub(crate) const HELPERS: &[NativeDef] = &[
    NativeDef { name: "recorz.do_it", run: do_it, inline: None },
    NativeDef { name: "recorz.replaced", run: replaced, inline: None },
    NativeDef { name: "recorz.package", run: package_of_program, inline: None },
    NativeDef { name: "recorz.program", run: program, inline: None },
    NativeDef { name: "recorz.evaluated", run: evaluated, inline: None },
    NativeDef { name: "recorz.evaluate", run: evaluate, inline: None },
    NativeDef { name: "recorz.alive", run: alive, inline: None },
    NativeDef { name: "recorz.resend", run: resend, inline: None },
    NativeDef { name: COMPILE_FAILED, run: compile_failed, inline: None },
    NativeDef { name: PROGRAM_FAILED, run: program_failed, inline: None },
];

const COMPILE_FAILED: &str = "recorz.compile_failed";
const PROGRAM_FAILED: &str = "recorz.program_failed";

fn error(rt: &mut Runtime, text: &str) -> Control {
    signal(rt, Builtin::Error, text)
}

/// A text argument.
fn text_arg(rt: &mut Runtime, args: &[Value], i: usize) -> Result<String, Control> {
    match owned_text(rt, arg(args, i)) {
        Some(text) => Ok(text),
        None => Err(signal(rt, Builtin::InvalidArgument, "expected a String")),
    }
}

fn class_arg(rt: &mut Runtime, args: &[Value], i: usize) -> Result<ClassNo, Control> {
    match World::get(rt, &RECORZ).and_then(|world| world.class_from(rt, arg(args, i))) {
        Some(class) => Ok(class),
        None => Err(signal(rt, Builtin::InvalidArgument, "expected a class")),
    }
}

fn name_of(rt: &mut Runtime, class: ClassNo) -> String {
    String::from(&*World::of(rt, &RECORZ).class(class).name)
}

// ---- compiling

/// Asks for text to be compiled and run. `line` is set for the text of the program itself: the line before it.
fn load(rt: &mut Runtime, source: String, context: &Context, line: Value) -> Control {
    let state = LiveState::of(rt);
    let of_program = line.as_int().is_some() && state.file.is_some();
    let name = state.file.clone().filter(|_| of_program).unwrap_or_else(|| "Workspace".into());
    state.line = line.as_int().and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    let failed = rt.find_native(if of_program { PROGRAM_FAILED } else { COMPILE_FAILED });
    let failed = failed.map_or(Value::NIL, Value::native);
    Control::load(LoadRequest { language: RECORZ.name, name, source, context: context.encode(), failed })
}

/// Asks for a method of the library that nothing mentioned so far, and for the message to be sent again; `None` when the
/// library has none.
#[cold]
pub(crate) fn missing(rt: &mut Runtime, receiver: Value, selector: &str, args: &[Value]) -> Option<Control> {
    rt.compiler.as_ref()?;
    let class = class_of(rt, receiver);
    let symbol = rt.symbols.intern(selector);
    let world = World::get(rt, &RECORZ)?;
    let is_missing = |n: &ClassNo| library::defines(world, *n, selector) && world.own_method(*n, symbol).is_none();
    let owner = world.lineage(class).find(is_missing)?;
    let needs = [world.class(owner).name.to_string(), selector.to_string()];
    let mut message = vec![receiver, rt.heap.str(selector)];
    message.extend_from_slice(args);
    let message = rt.heap.list(message);
    rt.roots.push(message);
    LiveState::of(rt).resend.push(message);
    let mut context = Context::of(rt, &RECORZ, Unit::Library);
    context.needs.extend(needs);
    Some(load(rt, String::new(), &context, Value::NIL))
}

/// Sends the message that waited for a method.
fn resend(rt: &mut Runtime, _: &[Value]) -> NativeResult {
    let Some(message) = LiveState::of(rt).resend.pop() else { return Ok(Value::NIL) };
    if let Some(at) = rt.roots.iter().rposition(|root| root.is_identical(message)) {
        rt.roots.remove(at);
    }
    let parts = rt.heap.items(message).cloned().unwrap_or_default();
    let [receiver, selector, args @ ..] = parts.as_slice() else { return Ok(Value::NIL) };
    let selector = text_arg(rt, &[*selector], 0)?;
    let (class, symbol) = (class_of(rt, *receiver), rt.symbols.intern(&selector));
    match World::of(rt, &RECORZ).lookup(class, symbol) {
        Some(method) => Err(Control::call(method, core::iter::once(*receiver).chain(args.iter().copied()).collect())),
        None => Err(super::not_understood(rt, *receiver, &selector, args)),
    }
}

/// There may be instances of these classes from now on: names.
fn alive(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let names = text_arg(rt, args, 0)?;
    let alive = &mut LiveState::of(rt).alive;
    for name in words(&names) {
        if !alive.contains(name) {
            alive.insert(name.into());
        }
    }
    Ok(Value::NIL)
}

/// Text that a program compiled has an error.
fn compile_failed(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let message = text_arg(rt, args, 0)?;
    Err(error(rt, &message))
}

/// The program itself has an error: the end.
fn program_failed(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let message = text_arg(rt, args, 0)?;
    let state = LiveState::of(rt);
    let line = i64::from(state.line) + arg(args, 1).as_int().unwrap_or(0);
    let text = format!("error: {}:{line}: {message}\n", state.file.as_deref().unwrap_or("?"));
    rt.host.flush();
    rt.host.write_err(text.as_bytes());
    Err(Control::Exit(1))
}

/// The program breaks a rule: message, line before it.
fn refuse(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    LiveState::of(rt).line = 0;
    let line = arg(args, 2).as_int().unwrap_or(0) + 1;
    program_failed(rt, &[arg(args, 1), Value::int(line)])
}

/// The statements of a do-it, without the header that it may have.
fn bare(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let source = text_arg(rt, args, 1)?;
    match chunk::read(&source, 0..source.len(), FileId(0)) {
        Ok(Chunk::DoIt(range)) => string(rt, source[range].trim_start()),
        _ => string(rt, source),
    }
}

/// Whether a text is a chunk stream.
fn is_stream(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let source = text_arg(rt, args, 1)?;
    Ok(Value::bool(chunk::is_chunk_file(&source)))
}

/// Compiles and runs a do-it: source, package or nil, line of the program or nil.
fn run_do_it(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let source = text_arg(rt, args, 1)?;
    if let Some(package) = owned_text(rt, arg(args, 2)) {
        LiveState::of(rt).package(&package).do_its.push(source.clone());
    }
    let context = Context::of(rt, &RECORZ, Unit::DoIt { package: None });
    Err(load(rt, source, &context, arg(args, 3)))
}

/// Compiles and runs a do-it or a stream of chunks for the host: source. Its value.
fn evaluate(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let mut source = arg(args, 0);
    let text = text_arg(rt, args, 0)?;
    if chunk::is_chunk_file(&text) {
        source = rt.heap.str(&format!("Workspace fileIn: '{}'", text.replace('\'', "''")));
    }
    run_do_it(rt, &[Value::NIL, source, Value::NIL, Value::NIL])
}

/// Compiles and installs a method: source, class or metaclass, protocol or nil, line of the program or nil. The selector.
fn compile(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let source = text_arg(rt, args, 1)?;
    let class = class_arg(rt, args, 2)?;
    let piece = Piece {
        class: name_of(rt, class),
        meta: class.is_meta(),
        protocol: owned_text(rt, arg(args, 3)),
        start: 0,
        end: source.len() as u32,
        dormant: false,
    };
    let context = Context::of(rt, &RECORZ, Unit::Methods(vec![piece]));
    Err(load(rt, source, &context, arg(args, 4)))
}

/// A do-it's function is there: function, source, package or nil.
fn do_it(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let source = text_arg(rt, args, 1)?;
    if let Some(package) = owned_text(rt, arg(args, 2)) {
        LiveState::of(rt).package(&package).do_its.push(source.clone());
    }
    let origin = state::origin_of(rt, arg(args, 0));
    if let (Some(pending), Some(origin)) = (&mut LiveState::of(rt).pending, origin) {
        pending.do_its.push(origin);
    }
    state::note_do_it(rt, arg(args, 0), &source);
    Ok(Value::NIL)
}

/// A method that an image has blocks of, and that is not installed: class, whether its class side, selector, function,
/// source, protocol or nil.
fn replaced(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let (class, selector, source) = (text_arg(rt, args, 0)?, text_arg(rt, args, 2)?, text_arg(rt, args, 4)?);
    let Some(class) = World::of(rt, &RECORZ).find_class(&class) else { return Ok(Value::NIL) };
    let class = if arg(args, 1).as_bool() == Some(true) { class.meta() } else { class };
    let origin = state::origin_of(rt, arg(args, 3));
    if let (Some(pending), Some(origin)) = (&mut LiveState::of(rt).pending, origin) {
        pending.old.push(origin);
    }
    let selector = rt.symbols.intern(&selector);
    state::note_replaced(rt, class, selector, arg(args, 3), &source);
    Ok(Value::NIL)
}

// ---- programs

/// The running program's source.
fn program(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    LiveState::of(rt).program = Some(text_arg(rt, args, 0)?);
    Ok(Value::NIL)
}

fn program_text(rt: &mut Runtime, _: &[Value]) -> NativeResult {
    let text = LiveState::of(rt).program.clone().unwrap_or_default();
    string(rt, text)
}

/// The text of a file of the program is executed from now on: its name.
fn begin_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    LiveState::of(rt).file = Some(text_arg(rt, args, 1)?);
    Ok(arg(args, 0))
}

/// No longer.
fn end_file(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    LiveState::of(rt).file = None;
    Ok(arg(args, 0))
}

/// The host's expression was evaluated: its value, which is the result. The image is written if the host wants it.
fn evaluated(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    if rt.save_image.is_some() {
        write_image(rt)?;
    }
    Ok(arg(args, 0))
}

// ---- chunk streams

/// The chunks of a text, each an Array: kind, line before it, parts.
fn chunks(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let text = text_arg(rt, args, 1)?;
    rt.charge(text.len() / 8)?;
    let lines = LineIndex::new(&text);
    let before = |at: usize| Value::int(i64::from(lines.line_col(at as u32).line) - 1);
    let mut all = Vec::new();
    for range in chunk::split(&text) {
        let line = before(range.start);
        let row = match chunk::read(&text, range, FileId(0)) {
            Ok(Chunk::Class(header)) => header_row(rt, "class", line, &header.definition)?,
            Ok(Chunk::ClassSide(header)) => header_row(rt, "side", line, &header.definition)?,
            Ok(Chunk::Protocol(name)) => vec![rt.heap.str("protocol"), line, string(rt, name)?],
            Ok(Chunk::Package { name, comment }) => {
                vec![rt.heap.str("package"), line, string(rt, name)?, maybe(rt, comment)?]
            }
            Ok(Chunk::DoIt(range)) => {
                let source = &text[range.clone()];
                let start = range.end - source.trim_start().len();
                vec![rt.heap.str("doIt"), before(start), string(rt, &text[start..range.end])?]
            }
            Ok(Chunk::Method(range)) => vec![rt.heap.str("method"), before(range.start), string(rt, &text[range])?],
            Ok(Chunk::Ignored) => continue,
            Err(problem) => {
                vec![rt.heap.str("error"), before(problem.span.start as usize), string(rt, problem.message)?]
            }
        };
        let row = array(rt, row)?;
        all.push(row);
    }
    array(rt, all)
}

fn maybe(rt: &mut Runtime, text: Option<&str>) -> NativeResult {
    text.map_or(Ok(Value::NIL), |text| string(rt, text))
}

fn header_row(rt: &mut Runtime, kind: &str, line: Value, header: &Definition<'_>) -> Result<Vec<Value>, Control> {
    let joined = |names: &Option<Vec<&str>>| names.as_ref().map(|names| names.join(" "));
    Ok(vec![
        rt.heap.str(kind),
        line,
        string(rt, header.name)?,
        maybe(rt, header.superclass)?,
        maybe(rt, joined(&header.instance_variables).as_deref())?,
        maybe(rt, joined(&header.class_variables).as_deref())?,
        maybe(rt, header.package)?,
        maybe(rt, header.comment)?,
        Value::bool(header.options),
    ])
}

/// Defines, redefines or finds the class of a header's row. The class.
fn define(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let row = rt.heap.items(arg(args, 1)).cloned().unwrap_or_default();
    let texts: Vec<Option<String>> = (2..8).map(|i| owned_text(rt, arg(&row, i))).collect();
    let given = |i: usize| texts.get(i).and_then(Option::as_deref);
    let definition = Definition {
        name: given(0).unwrap_or_default(),
        superclass: given(1),
        instance_variables: given(2).map(words),
        class_variables: given(3).map(words),
        package: given(4),
        comment: given(5),
        options: arg(&row, 8).as_bool() == Some(true),
    };
    define_class(rt, &definition)
}

fn define_class(rt: &mut Runtime, definition: &Definition<'_>) -> NativeResult {
    let defined = World::with(rt, &RECORZ, |world, rt| {
        world.define_class(rt, definition).map(|(number, _)| world.class(number).object)
    });
    defined.map_err(|message| error(rt, &message))
}

/// Finds the metaclass of a header's row, and declares its variables.
fn define_side(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let row = rt.heap.items(arg(args, 1)).cloned().unwrap_or_default();
    let name = owned_text(rt, arg(&row, 2)).unwrap_or_default();
    let Some(class) = World::of(rt, &RECORZ).find_class(&name) else {
        return Err(error(rt, "KernelInstaller classNamed: could not resolve class"));
    };
    if let Some(variables) = owned_text(rt, arg(&row, 4)) {
        declare_side(rt, class, &variables)?;
    }
    Ok(World::of(rt, &RECORZ).class(class.meta()).object)
}

fn declare_side(rt: &mut Runtime, class: ClassNo, variables: &str) -> Result<(), Control> {
    let declared = World::with(rt, &RECORZ, |world, rt| world.define_class_side(rt, class, &words(variables)));
    declared.map_err(|message| error(rt, &message))
}

/// Declares a package: name, comment or nil.
fn declare_package(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    package_of_program(rt, args.get(1..).unwrap_or_default())
}

fn package_of_program(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let name = text_arg(rt, args, 0)?;
    let comment = owned_text(rt, arg(args, 1));
    let package = LiveState::of(rt).package(&name);
    package.comment = comment.or(package.comment.take());
    Ok(Value::NIL)
}

// ---- classes by message

/// A new subclass: name, instance variables, class variables, package or nil.
fn subclass(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let superclass = class_arg(rt, args, 0)?;
    let superclass = name_of(rt, superclass);
    let texts = [text_arg(rt, args, 1)?, text_arg(rt, args, 2)?, text_arg(rt, args, 3)?];
    let package = owned_text(rt, arg(args, 4));
    let definition = Definition {
        name: &texts[0],
        superclass: Some(&superclass),
        instance_variables: Some(words(&texts[1])),
        class_variables: Some(words(&texts[2])),
        package: package.as_deref(),
        comment: None,
        options: true,
    };
    define_class(rt, &definition)
}

fn instance_variable_names(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let class = class_arg(rt, args, 0)?;
    let name = name_of(rt, class);
    let variables = text_arg(rt, args, 1)?;
    let definition =
        Definition { name: &name, instance_variables: Some(words(&variables)), options: true, ..Definition::default() };
    define_class(rt, &definition)
}

fn class_side_variable_names(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let class = class_arg(rt, args, 0)?;
    let variables = text_arg(rt, args, 1)?;
    declare_side(rt, class.instance_side(), &variables)?;
    Ok(arg(args, 0))
}

fn remove_selector(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let class = class_arg(rt, args, 0)?;
    let selector = text_arg(rt, args, 1)?;
    let selector = rt.symbols.intern(&selector);
    if World::with(rt, &RECORZ, |world, rt| world.remove(rt, class, selector)) {
        return Ok(arg(args, 0));
    }
    Err(signal(rt, Builtin::NotFound, "key not found"))
}

// ---- asking

fn class_named(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let name = text_arg(rt, args, 1)?;
    let world = World::of(rt, &RECORZ);
    let (name, meta) = match name.strip_suffix(" class") {
        Some(name) => (name, true),
        None => (name.as_str(), false),
    };
    let found = world.find_class(name).map(|class| if meta { class.meta() } else { class });
    Ok(found.map_or(Value::NIL, |class| world.class(class).object))
}

/// The classes of a package by name; nil when there is no such package.
fn classes_of(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let name = text_arg(rt, args, 1)?;
    let is_known = LiveState::of(rt).packages.iter().any(|p| p.name == name);
    let world = World::of(rt, &RECORZ);
    let classes = files::classes_of(world, &name);
    if classes.is_empty() && !is_known {
        return Ok(Value::NIL);
    }
    let objects = classes.into_iter().map(|class| world.class(class).object).collect();
    array(rt, objects)
}

fn file_out_class(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let class = class_arg(rt, args, 1)?;
    let text = files::file_out_class(rt, class.instance_side());
    string(rt, text)
}

fn file_out_package(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let name = text_arg(rt, args, 1)?;
    match files::file_out_package(rt, &name) {
        Some(text) => string(rt, text),
        None => Ok(Value::NIL),
    }
}

fn memory_report(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let text = memory::report(rt, arg(args, 1));
    string(rt, text)
}

/// Selectors of a class's own tests, in the order of their installation.
fn tests_of(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let class = class_arg(rt, args, 1)?;
    let selectors = World::of(rt, &RECORZ).selectors(class);
    let names: Vec<String> = selectors.into_iter().map(|s| String::from(rt.symbols.name(s))).collect();
    let is_test = |name: &&String| name.starts_with("test") && !name.contains(':');
    let symbols = names.iter().filter(is_test).map(|name| rt.heap.str(name)).collect();
    array(rt, symbols)
}

// ---- snapshots

fn write_image(rt: &mut Runtime) -> Result<(), Control> {
    rt.charge(rt.heap.bytes() / 64)?;
    let image = save::image(rt);
    match rt.write_image("recorz.image", &image) {
        Ok(_) => Ok(()),
        Err(Control::Error(e)) => Err(error(rt, &e.message)),
        Err(other) => Err(other),
    }
}

/// Writes the image, and ends the program.
fn save_snapshot(rt: &mut Runtime, _: &[Value]) -> NativeResult {
    write_image(rt)?;
    rt.host.flush();
    Err(Control::Exit(0))
}

/// Checks the image with which the program begins; defines its classes and globals.
fn open_image(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let bytes = rt.image.take().unwrap_or_default();
    rt.charge(bytes.len() / 8)?;
    match restore::open(rt, bytes) {
        Ok(()) => Ok(arg(args, 0)),
        Err(message) => Err(error(rt, &message)),
    }
}

fn compile_image_methods(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match restore::methods(rt) {
        Some((source, context)) => Err(load(rt, source, &context, Value::NIL)),
        None => Ok(arg(args, 0)),
    }
}

fn compile_image_do_its(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    match restore::do_its(rt) {
        Some((source, context)) => Err(load(rt, source, &context, Value::NIL)),
        None => Ok(arg(args, 0)),
    }
}

/// Makes the image's objects.
fn finish_image(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    restore::finish(rt)?;
    Ok(arg(args, 0))
}
