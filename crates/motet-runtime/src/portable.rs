//! Copies of guest values that belong to no isolate: graphs of strings, lists, maps, records, functions and what else
//! values refer to, to be made again in other isolates, also in other threads.
//!
//! Invariants: a graph holds no [`Value`]; a part that is reachable on two ways is one node, so sharing and cycles are
//! kept; functions are named by their module's place in the isolate and their own in the module, so a graph can be
//! made again wherever the same modules were loaded in the same order.

use alloc::{
    boxed::Box,
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};

use crate::{
    ClassId, ClassKind, Control, Foreign, FuncId, List, Map, MaybeSend, MaybeSync, Runtime, Shared, Symbol, Tag, Value,
    out_of_memory,
};

/// Where a function comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Number of its module in the isolate, in the order of loading.
    pub module: u32,
    /// Its place in the module.
    pub index: u32,
}

/// What a [`Foreign`] object leaves behind for other isolates: it holds no guest values.
pub trait PortableObject: MaybeSend + MaybeSync {
    /// The object again.
    fn restore(&self) -> Box<dyn Foreign>;
}

/// Guest values with everything that they refer to, for other isolates. See [`Runtime::export`].
#[derive(Default)]
pub struct Portable {
    nodes: Vec<Node>,
    roots: Vec<Part>,
    bytes: usize,
}

/// A value inside a graph.
#[derive(Clone)]
enum Part {
    Nil,
    Unset,
    Bool(bool),
    Int(i64),
    Float(f64),
    Func(Origin),
    Native(Shared<str>),
    Node(u32),
}

enum Node {
    Str(Box<str>),
    List {
        items: Vec<Part>,
        fixed: bool,
        shared: bool,
    },
    Map {
        entries: Vec<(Part, Part)>,
        shared: bool,
    },
    Record {
        class: u32,
        names: Vec<Box<str>>,
        fields: Vec<Part>,
        grown: bool,
        shared: bool,
    },
    Closure(Origin, Vec<Part>),
    Cell(Part),
    Foreign(Box<dyn PortableObject>),
    /// Named by records; no value.
    Class(Box<Class>),
}

struct Class {
    key: Shared<str>,
    name: Shared<str>,
    language: &'static str,
    kind: ClassKind,
    fields: Vec<Box<str>>,
}

impl Portable {
    /// How many values were exported.
    #[must_use]
    pub fn len(&self) -> usize {
        self.roots.len()
    }

    /// Whether no values were exported.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// About how many bytes an isolate needs for it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// The state of an export.
struct Export<'a> {
    rt: &'a mut Runtime,
    /// Objects in the order of their numbers; `None` for classes.
    found: Vec<Option<Value>>,
    numbers: BTreeMap<u64, u32>,
    classes: BTreeMap<ClassId, u32>,
    nodes: Vec<Option<Node>>,
    bytes: usize,
}

impl Runtime {
    /// A copy of values for other isolates. Costs one unit of work per part.
    ///
    /// # Errors
    /// For objects that belong to this isolate, such as generators; out of memory, out of fuel.
    pub fn export(&mut self, values: &[Value]) -> Result<Portable, Control> {
        let mut export = Export {
            rt: self,
            found: Vec::new(),
            numbers: BTreeMap::new(),
            classes: BTreeMap::new(),
            nodes: Vec::new(),
            bytes: 0,
        };
        let roots = values.iter().map(|v| export.part(*v)).collect::<Result<Vec<_>, _>>()?;
        let mut next = 0;
        while let Some(found) = export.found.get(next).copied() {
            if let Some(v) = found {
                let node = export.node(v)?;
                export.nodes[next] = Some(node);
            }
            next += 1;
        }
        let bytes = export.bytes;
        Ok(Portable { nodes: export.nodes.into_iter().flatten().collect(), roots, bytes })
    }

    /// Makes the values of a graph in this isolate. They must be put where the collector finds them before anything runs.
    ///
    /// # Errors
    /// When this isolate lacks a function or class; out of memory, out of fuel.
    pub fn import(&mut self, graph: &Portable) -> Result<Vec<Value>, Control> {
        self.reserve(graph.bytes)?;
        self.charge(graph.nodes.len())?;
        let mut import = Import { funcs: self.origins(), rt: self, made: Vec::with_capacity(graph.nodes.len()) };
        for node in &graph.nodes {
            let v = import.make(graph, node)?;
            import.made.push(v);
        }
        for (i, node) in graph.nodes.iter().enumerate() {
            import.fill(import.made[i], node)?;
        }
        graph.roots.iter().map(|p| import.value(p)).collect()
    }

    /// Functions by origin; the latest versions of those that were replaced.
    fn origins(&self) -> BTreeMap<Origin, FuncId> {
        self.funcs.iter().enumerate().filter_map(|(i, f)| Some((f.origin?, FuncId(i as u32)))).collect()
    }
}

impl Export<'_> {
    /// A value as a part of the graph; objects get a number.
    fn part(&mut self, v: Value) -> Result<Part, Control> {
        Ok(match v.tag() {
            Tag::Nil => Part::Nil,
            Tag::Unset => Part::Unset,
            Tag::Bool => Part::Bool(v.bits() != 0),
            Tag::Int => Part::Int(v.bits() as i64),
            Tag::Float => Part::Float(f64::from_bits(v.bits())),
            Tag::Func => Part::Func(self.origin(FuncId(v.bits() as u32))?),
            Tag::Native => Part::Native(Shared::from(&*self.rt.natives[v.bits() as usize].name)),
            Tag::Str | Tag::List | Tag::Map | Tag::Record | Tag::Closure | Tag::Cell | Tag::Foreign => {
                if let Some(&number) = self.numbers.get(&v.bits()) {
                    return Ok(Part::Node(number));
                }
                let number = self.add(Some(v), None)?;
                self.numbers.insert(v.bits(), number);
                Part::Node(number)
            }
        })
    }

    fn add(&mut self, found: Option<Value>, node: Option<Node>) -> Result<u32, Control> {
        let number = u32::try_from(self.nodes.len()).map_err(|_| out_of_memory())?;
        self.found.push(found);
        self.nodes.push(node);
        Ok(number)
    }

    /// Accounts for what a node needs, here and in the isolates to come.
    fn account(&mut self, bytes: usize) -> Result<(), Control> {
        self.bytes = self.bytes.saturating_add(bytes + 48);
        if self.bytes > self.rt.heap.limit() {
            return Err(out_of_memory());
        }
        self.rt.charge(1 + bytes / 64)
    }

    fn origin(&self, func: FuncId) -> Result<Origin, Control> {
        let info = &self.rt.funcs[func.0 as usize];
        info.origin.ok_or_else(|| Control::error(format!("function {} belongs to no module", info.name)))
    }

    fn parts(&mut self, values: &[Value]) -> Result<Vec<Part>, Control> {
        self.account(size_of_val(values))?;
        values.iter().map(|v| self.part(*v)).collect()
    }

    fn node(&mut self, v: Value) -> Result<Node, Control> {
        let heap = &self.rt.heap;
        Ok(match v.tag() {
            Tag::List => {
                let (fixed, shared) = (heap.is_fixed(v), heap.is_shared(v));
                let items: Vec<Value> = heap.items(v).into_iter().flatten().copied().collect();
                Node::List { items: self.parts(&items)?, fixed, shared }
            }
            Tag::Map => {
                let shared = heap.is_shared(v);
                let pairs: Vec<(Value, Value)> = heap.entries(v).into_iter().flat_map(Map::iter).collect();
                self.account(pairs.len() * 3 * size_of::<Value>())?;
                let mut entries = Vec::with_capacity(pairs.len());
                for (key, value) in pairs {
                    entries.push((self.part(key)?, self.part(value)?));
                }
                Node::Map { entries, shared }
            }
            Tag::Record => self.record(v)?,
            Tag::Closure => {
                let func = heap.closure_func(v).unwrap_or_default();
                let cells = heap.captures(v).unwrap_or_default().to_vec();
                Node::Closure(self.origin(func)?, self.parts(&cells)?)
            }
            Tag::Cell => {
                let content = heap.cell_get(v).unwrap_or(Value::NIL);
                self.account(0)?;
                Node::Cell(self.part(content)?)
            }
            Tag::Foreign => {
                let object = heap.foreign_ref(v);
                let extra = object.map_or(0, Foreign::extra_bytes);
                let kept = object.and_then(Foreign::portable);
                let kept = kept.ok_or_else(|| Control::error("the value cannot be given to another isolate"))?;
                self.account(extra)?;
                Node::Foreign(kept)
            }
            // Of the objects only strings are left.
            _ => {
                let text: Box<str> = heap.text(v).unwrap_or_default().into();
                self.account(text.len())?;
                Node::Str(text)
            }
        })
    }

    fn record(&mut self, v: Value) -> Result<Node, Control> {
        let Some(shape) = self.rt.heap.shape_of(v) else { return Err(Control::Trap(crate::Trap::Corrupt)) };
        let (class, grown) = (self.rt.classes.shape(shape).class, self.rt.classes.shape(shape).grown);
        let shared = self.rt.heap.is_shared(v);
        let fields = self.rt.record_fields(v);
        let names = fields.iter().map(|(name, _)| self.rt.symbols.name(*name).into()).collect();
        let values: Vec<Value> = fields.iter().map(|(_, value)| *value).collect();
        let fields = self.parts(&values)?;
        let class = match self.classes.get(&class) {
            Some(&number) => number,
            None => {
                let node = Node::Class(Box::new(self.class(class)));
                let number = self.add(None, Some(node))?;
                self.classes.insert(class, number);
                number
            }
        };
        Ok(Node::Record { class, names, fields, grown, shared })
    }

    fn class(&self, id: ClassId) -> Class {
        let info = self.rt.classes.class(id);
        let fields = &self.rt.classes.shape(info.shape).fields;
        Class {
            key: info.key.clone(),
            name: info.name.clone(),
            language: self.rt.languages.get(info.language as usize).map_or("", |l| l.name()),
            kind: info.kind,
            fields: fields.iter().map(|f| self.rt.symbols.name(*f).into()).collect(),
        }
    }
}

/// The state of an import.
struct Import<'a> {
    rt: &'a mut Runtime,
    funcs: BTreeMap<Origin, FuncId>,
    /// The objects by number.
    made: Vec<Value>,
}

impl Import<'_> {
    /// An object without what it refers to.
    fn make(&mut self, graph: &Portable, node: &Node) -> Result<Value, Control> {
        Ok(match node {
            Node::Str(text) => self.rt.heap.str(text),
            Node::List { .. } => self.rt.heap.list(List::new()),
            Node::Map { .. } => self.rt.heap.map(Map::default()),
            Node::Closure(origin, cells) => {
                let func = self.func(*origin)?;
                let cells: Vec<Value> = cells.iter().map(|_| Value::NIL).collect();
                self.rt.heap.closure(func, &cells)
            }
            Node::Cell(_) => self.rt.heap.new_cell(Value::NIL),
            Node::Foreign(object) => self.rt.heap.foreign(object.restore()),
            Node::Record { class, names, grown, .. } => {
                let Some(Node::Class(class)) = graph.nodes.get(*class as usize) else { return Ok(Value::NIL) };
                let class = self.class(class)?;
                let shape = if *grown {
                    self.rt.classes.class(class).shape
                } else {
                    let names = self.symbols(names);
                    self.rt.classes.shape_for(class, &names)
                };
                let fields: Vec<Value> = self.rt.classes.shape(shape).fields.iter().map(|_| Value::NIL).collect();
                self.rt.heap.record(shape, &fields)
            }
            Node::Class(_) => Value::NIL,
        })
    }

    /// Gives an object what it refers to.
    fn fill(&mut self, v: Value, node: &Node) -> Result<(), Control> {
        match node {
            Node::List { items, fixed, shared } => {
                let items = self.values(items)?;
                self.rt.heap.update_list(v, |list| *list = items.into_iter().collect());
                if *fixed {
                    self.rt.heap.fix_length(v);
                }
                self.mark(v, *shared);
            }
            Node::Map { entries, shared } => {
                let mut map = Map::default();
                for (key, value) in entries {
                    let (key, value) = (self.value(key)?, self.value(value)?);
                    map.insert(self.rt.heap.key(key), value);
                }
                self.rt.heap.update_map(v, |m| *m = map);
                self.mark(v, *shared);
            }
            Node::Record { names, fields, grown, shared, .. } => {
                let values = self.values(fields)?;
                if *grown {
                    for (name, value) in self.symbols(names).into_iter().zip(values) {
                        self.rt.set_field(v, name, value);
                    }
                } else if let Some(fields) = self.rt.heap.fields_mut(v) {
                    fields.copy_from_slice(&values);
                }
                self.mark(v, *shared);
            }
            Node::Closure(_, cells) => {
                let values = self.values(cells)?;
                if let Some(cells) = self.rt.heap.captures_mut(v) {
                    cells.copy_from_slice(&values);
                }
            }
            Node::Cell(content) => {
                let content = self.value(content)?;
                self.rt.heap.cell_set(v, content);
            }
            Node::Str(_) | Node::Foreign(_) | Node::Class(_) => {}
        }
        Ok(())
    }

    fn mark(&mut self, v: Value, shared: bool) {
        if shared {
            self.rt.heap.share(v);
        }
    }

    fn symbols(&mut self, names: &[Box<str>]) -> Vec<Symbol> {
        names.iter().map(|n| self.rt.symbols.intern(n)).collect()
    }

    /// A class of this isolate. Variants are defined by whoever mentions them first.
    fn class(&mut self, class: &Class) -> Result<ClassId, Control> {
        if let Some(id) = self.rt.classes.find(&class.key) {
            return Ok(id);
        }
        let language = self.rt.find_language(class.language);
        match (class.kind, language) {
            (ClassKind::Variant, Some(language)) => {
                let fields = self.symbols(&class.fields);
                Ok(self.rt.classes.define(&class.key, &class.name, language, ClassKind::Variant, &fields))
            }
            _ => Err(Control::error(format!("there is no class {} in this isolate", class.name))),
        }
    }

    fn func(&self, origin: Origin) -> Result<FuncId, Control> {
        let Origin { module, index } = origin;
        let missing = || Control::error(format!("there is no function {index} of module {module} in this isolate"));
        self.funcs.get(&origin).copied().ok_or_else(missing)
    }

    fn values(&self, parts: &[Part]) -> Result<Vec<Value>, Control> {
        parts.iter().map(|p| self.value(p)).collect()
    }

    fn value(&self, part: &Part) -> Result<Value, Control> {
        Ok(match part {
            Part::Nil => Value::NIL,
            Part::Unset => Value::UNSET,
            Part::Bool(b) => Value::bool(*b),
            Part::Int(n) => Value::int(*n),
            Part::Float(x) => Value::float(*x),
            Part::Func(origin) => Value::func(self.func(*origin)?),
            Part::Native(name) => {
                let missing = || Control::error(String::from("there is no native function ") + name);
                Value::native(self.rt.find_native(name).ok_or_else(missing)?)
            }
            Part::Node(number) => self.made[*number as usize],
        })
    }
}

impl core::fmt::Debug for Portable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Portable").field("values", &self.roots.len()).field("objects", &self.nodes.len()).finish()
    }
}

/// Renders a failure to export or import for hosts, which see no guest.
#[must_use]
pub fn transfer_error(control: &Control) -> String {
    match control {
        Control::Error(e) => e.message.clone(),
        Control::Trap(trap) => trap.to_string(),
        _ => "the values cannot be given to another isolate".to_string(),
    }
}

#[cfg(test)]
mod tests;
