//! Classes that are loaded while the program runs.
//!
//! The native function finds the class and all that it names, and hands the texts to the front end with what the running
//! world knows: [`Context`].

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};

use motet_ir::{LoadError, Loader, Options};
use motet_runtime::{Control, LoadRequest, NativeResult, Runtime, Value};

use super::take;
use crate::{
    som::{
        LANGUAGE, library,
        lower::{INLINED, Outside},
        program::{Files, Known},
        world::{self, SOM, fail, is_hidden, plain_name},
    },
    world::World,
};

natives! {
    "System>>load:" => load;
    "load_failed" => load_failed;
}

/// Largest source file.
const MAX_FILE: u64 = 1 << 28;

/// Folders of the class path.
#[derive(Default)]
struct Path(Vec<String>);

pub(super) fn set_path(rt: &mut Runtime, folders: Vec<String>) {
    rt.state_of::<Path>("som.path").0 = folders;
}

/// What the front end must know to compile classes for a running world.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Context {
    /// Folders of the class path.
    pub path: Vec<String>,
    /// Paths and texts of the files that the class needs.
    pub files: Vec<(String, String)>,
    /// Classes of the world.
    pub known: BTreeMap<String, Outside>,
    /// Selectors that the program sends although compilers know their meaning.
    pub overridden: Vec<String>,
}

fn put(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn put_all<'a>(out: &mut Vec<u8>, texts: impl ExactSizeIterator<Item = &'a str>) {
    out.extend_from_slice(&(texts.len() as u32).to_le_bytes());
    for text in texts {
        put(out, text);
    }
}

struct Reader<'b>(&'b [u8]);

impl Reader<'_> {
    fn count(&mut self) -> Option<usize> {
        let (bytes, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*bytes) as usize)
    }

    fn text(&mut self) -> Option<String> {
        let length = self.count()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        String::from_utf8(bytes.to_vec()).ok()
    }

    fn texts(&mut self) -> Option<Vec<String>> {
        (0..self.count()?).map(|_| self.text()).collect()
    }
}

impl Context {
    /// The bytes for [`LoadRequest::context`].
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        put_all(&mut out, self.path.iter().map(String::as_str));
        put_all(&mut out, self.files.iter().map(|(path, _)| path.as_str()));
        put_all(&mut out, self.files.iter().map(|(_, text)| text.as_str()));
        put_all(&mut out, self.overridden.iter().map(String::as_str));
        put_all(&mut out, self.known.keys().map(String::as_str));
        for class in self.known.values() {
            put_all(&mut out, class.instance.iter().map(String::as_str));
            put_all(&mut out, class.class.iter().map(String::as_str));
        }
        out
    }

    /// From such bytes; `None` if they are none.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let path = reader.texts()?;
        let (paths, texts) = (reader.texts()?, reader.texts()?);
        let overridden = reader.texts()?;
        let mut known = BTreeMap::new();
        for name in reader.texts()? {
            known.insert(name, Outside { instance: reader.texts()?, class: reader.texts()? });
        }
        Some(Self { path, files: paths.into_iter().zip(texts).collect(), known, overridden })
    }
}

impl Loader for Context {
    fn read(&mut self, path: &str) -> Result<String, LoadError> {
        let found = self.files.iter().find(|(other, _)| other == path);
        found.map(|(_, text)| text.clone()).ok_or(LoadError::NotFound)
    }
}

/// Reads through the host, and keeps what it reads.
struct HostLoader<'r> {
    rt: &'r mut Runtime,
    files: Vec<(String, String)>,
}

impl Loader for HostLoader<'_> {
    fn read(&mut self, path: &str) -> Result<String, LoadError> {
        let bytes = self.rt.host.read_file(path, MAX_FILE).map_err(|_| LoadError::NotFound)?;
        let text = String::from_utf8(bytes).map_err(|_| LoadError::NotText)?;
        self.files.push((path.to_string(), text.clone()));
        Ok(text)
    }
}

/// What the running world knows.
fn known(rt: &mut Runtime) -> (BTreeMap<String, Outside>, Vec<String>) {
    let world = World::of(rt, &SOM);
    let mut known = BTreeMap::new();
    for number in world.all_classes() {
        let names = |number| {
            let names = world.all_instance_variables(number);
            names.into_iter().filter(|name| !is_hidden(name)).map(|name| plain_name(name).to_string()).collect()
        };
        let outside = Outside { instance: names(number), class: names(number.meta()) };
        known.insert(world.class(number).name.to_string(), outside);
    }
    let mut overridden = Vec::new();
    for selector in INLINED {
        let symbol = rt.symbols.intern(selector);
        let world = World::of(rt, &SOM);
        let is_own = |name: &str| !library::CORE.contains(&name);
        let mut users = world.all_classes().filter(|&number| is_own(&world.class(number).name));
        if users.any(|number| [number, number.meta()].iter().any(|&n| world.own_method(n, symbol).is_some())) {
            overridden.push(selector.to_string());
        }
    }
    (known, overridden)
}

/// The class of a name, loaded if need be; nil if there is none.
fn load(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [_, name] = take(args)?;
    let Some(name) = world::text(rt, name).map(ToString::to_string) else { return fail("a name is required") };
    let world = World::of(rt, &SOM);
    if let Some(number) = world.find_class(&name) {
        return Ok(world.class(number).object);
    }
    if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
        return Ok(Value::NIL);
    }
    let path = rt.state_of::<Path>("som.path").0.clone();
    let (known, overridden) = known(rt);
    let mut loader = HostLoader { rt, files: Vec::new() };
    let Some((file, source)) = Files::locate(&name, &path, &mut loader) else { return Ok(Value::NIL) };
    let options = Options { path: path.clone(), ..Options::default() };
    let is_known = |name: &str| known.contains_key(name);
    Files::read(&file, &source, &mut loader, &options, Known { class: &is_known, core: false });
    let files = loader.files;
    let context = Context { path, files, known, overridden };
    let Some(failed) = rt.find_native("som.load_failed") else { return Ok(Value::NIL) };
    let request = LoadRequest {
        language: LANGUAGE,
        name: file,
        source: source.to_string(),
        context: context.encode(),
        failed: Value::native(failed),
    };
    Err(Control::load(request))
}

/// The text of a class has errors: message, line.
fn load_failed(rt: &mut Runtime, args: &[Value]) -> NativeResult {
    let [message, _line] = take(args)?;
    let text = world::text(rt, message).map(ToString::to_string);
    fail(text.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_are_read_as_they_were_written() {
        let text = |s: &str| s.to_string();
        let class = Outside { instance: Vec::from([text("a"), text("b")]), class: Vec::new() };
        let context = Context {
            path: Vec::from([text("x/y")]),
            files: Vec::from([(text("Foo.som"), text("Foo = ()"))]),
            known: BTreeMap::from([(text("Bar"), class), (text("Baz"), Outside::default())]),
            overridden: Vec::from([text("not")]),
        };
        let bytes = context.encode();
        assert_eq!(Context::decode(&bytes), Some(context));
        for cut in 0..bytes.len() {
            assert_eq!(Context::decode(&bytes[..cut]), None, "{cut}");
        }
    }
}
