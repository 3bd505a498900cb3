//! Gives the records of a class another shape, in place: whoever holds one holds it still.
//!
//! Order: [`Runtime::plan_migration`] finds the records and everything that could stand in the way; then the classes are
//! redefined; then [`Runtime::migrate`] cannot fail. [`Runtime::unmigrate`] takes it back.

use alloc::{collections::BTreeMap, format, string::String, vec::Vec};

use crate::{ClassId, Heap, Map, Runtime, ShapeId, Symbol, TypeTag, Value, ops};

/// A declared field of a class that gets other fields.
#[derive(Clone, Copy, Debug)]
pub struct NewField {
    /// Its name.
    pub name: Symbol,
    /// What typed code relies on.
    pub want: Option<TypeTag>,
    /// Whether the class declared a field of this name and type before.
    pub kept: bool,
}

/// A class that gets other fields.
#[derive(Clone, Debug)]
pub struct Reshaping {
    /// The class.
    pub class: ClassId,
    /// All of its new fields, in order.
    pub fields: Vec<NewField>,
}

/// Records that are about to move to another shape.
#[derive(Debug, Default)]
pub struct PlannedMigration {
    records: Vec<Value>,
    /// By class: whether there are records whose cells are too small, though typed code wants them in the class's own shape.
    apart: BTreeMap<ClassId, bool>,
}

impl PlannedMigration {
    /// Whether records of the class will not have the form of their shape; see [`crate::Classes::redefine`].
    #[must_use]
    pub fn is_apart(&self, class: ClassId) -> bool {
        self.apart.get(&class).copied().unwrap_or(false)
    }

    /// Whether the class has records.
    #[must_use]
    pub fn has_records(&self, class: ClassId) -> bool {
        self.apart.contains_key(&class)
    }
}

/// What records were before.
#[derive(Default)]
pub struct MigrationLog {
    before: Vec<(Value, ShapeId, Vec<Value>)>,
    held: Held,
}

/// Values that are kept alive for a while.
#[derive(Debug, Default)]
pub struct Held {
    /// Their place among [`Runtime::roots`].
    root: Option<usize>,
}

impl Runtime {
    /// Finds the records of classes that are about to be redefined.
    ///
    /// # Errors
    /// In words, when a new field has no value to begin with, or the heap has no room.
    pub fn plan_migration(&self, changes: &[Reshaping]) -> Result<PlannedMigration, String> {
        let mut plan = PlannedMigration::default();
        if changes.is_empty() {
            return Ok(plan);
        }
        let by_class: BTreeMap<ClassId, &Reshaping> = changes.iter().map(|c| (c.class, c)).collect();
        let mut bytes = 0;
        self.heap.for_each_object(|v| {
            let Some(shape) = self.heap.shape_of(v) else { return };
            let class = self.classes.shape(shape).class;
            let Some(change) = by_class.get(&class) else { return };
            plan.records.push(v);
            let typed = change.fields.iter().any(|f| f.want.is_some());
            let grows = !self.heap.fits(v, change.fields.len());
            *plan.apart.entry(class).or_insert(false) |= typed && grows;
            // Also the log of what was before.
            bytes += (change.fields.len() + 8) * size_of::<Value>();
        });
        for change in changes.iter().filter(|c| plan.has_records(c.class)) {
            for field in change.fields.iter().filter(|f| !f.kept) {
                if matches!(field.want, Some(TypeTag::Record(_) | TypeTag::Func)) {
                    let class = &self.classes.class(change.class).name;
                    let name = self.symbols.name(field.name);
                    return Err(format!(
                        "`{class}` has instances, and its new field `{name}` has no value to begin with"
                    ));
                }
            }
        }
        if self.heap.bytes().saturating_add(bytes) > self.heap.limit() {
            return Err(String::from("the heap has no room for the new fields of records"));
        }
        Ok(plan)
    }

    /// Moves the records to the shapes that their classes have now. Fields that typed code cannot take as they are begin
    /// anew.
    pub fn migrate(
        &mut self,
        plan: PlannedMigration,
        changes: &[Reshaping],
        old: &BTreeMap<ClassId, ShapeId>,
    ) -> MigrationLog {
        let by_class: BTreeMap<ClassId, &Reshaping> = changes.iter().map(|c| (c.class, c)).collect();
        let mut log = MigrationLog::default();
        for &v in &plan.records {
            let (Some(shape), Some(values)) = (self.heap.shape_of(v), self.heap.fields(v).map(<[Value]>::to_vec))
            else {
                continue;
            };
            let class = self.classes.shape(shape).class;
            let (Some(change), Some(declared)) = (by_class.get(&class), old.get(&class)) else { continue };
            let names = self.classes.shape(shape).fields.clone();
            let declared = self.classes.shape(*declared).fields.clone();
            let (fields, contents) = self.new_fields(change, &declared, &names, &values);
            let grows = !self.heap.fits(v, fields.len());
            let canonical = self.classes.class(class).shape;
            let own = self.classes.shape(canonical).fields == fields;
            let shape_now = match (own, self.classes.shape(canonical).grown) {
                (true, true) => canonical,
                (true, false) if !grows => canonical,
                _ => self.classes.shape_apart(class, &fields, grows),
            };
            log.before.push((v, shape, values));
            self.heap.reshape(v, shape_now, contents);
        }
        // Records within records have their shapes now.
        for &(v, ..) in &log.before {
            self.renew_fields(v, &by_class);
        }
        let everything = log.before.iter().flat_map(|(v, _, values)| core::iter::once(v).chain(values)).copied();
        log.held = self.hold(everything.collect());
        log
    }

    /// Keeps values alive until [`Runtime::let_go`]; who holds last lets go first.
    pub fn hold(&mut self, values: Vec<Value>) -> Held {
        if values.is_empty() {
            return Held::default();
        }
        let list = self.heap.list(values);
        self.roots.push(list);
        Held { root: Some(self.roots.len() - 1) }
    }

    /// See [`Runtime::hold`].
    pub fn let_go(&mut self, held: Held) {
        let Some(root) = held.root else { return };
        if root + 1 == self.roots.len() {
            self.roots.pop();
        } else if let Some(place) = self.roots.get_mut(root) {
            *place = Value::NIL;
        }
    }

    /// Names and values of a record in its new form.
    fn new_fields(
        &mut self,
        change: &Reshaping,
        declared: &[Symbol],
        names: &[Symbol],
        values: &[Value],
    ) -> (Vec<Symbol>, Vec<Value>) {
        let of = |name: Symbol| names.iter().position(|n| *n == name).and_then(|i| values.get(i)).copied();
        let (mut fields, mut contents) = (Vec::new(), Vec::new());
        for field in &change.fields {
            match of(field.name) {
                Some(value) => contents.push(value),
                // Languages may leave out declared fields.
                None if field.want.is_none() && declared.contains(&field.name) => continue,
                None => contents.push(zero(&mut self.heap, field.want)),
            }
            fields.push(field.name);
        }
        for (name, value) in names.iter().zip(values) {
            if !declared.contains(name) && !fields.contains(name) {
                fields.push(*name);
                contents.push(*value);
            }
        }
        (fields, contents)
    }

    /// Gives the fields whose types changed a value of the type, if theirs is none.
    fn renew_fields(&mut self, v: Value, changes: &BTreeMap<ClassId, &Reshaping>) {
        let Some(change) = self.class_of(v).and_then(|class| changes.get(&class)) else { return };
        for field in change.fields.iter().filter(|f| !f.kept) {
            let (Some(want), Some(value)) = (field.want, self.field(v, field.name)) else { continue };
            if !ops::passes_cast(self, value, want) {
                let zero = zero(&mut self.heap, Some(want));
                let slot = self.heap.shape_of(v).and_then(|s| self.classes.shape(s).slot(field.name));
                if let Some(place) = slot.and_then(|slot| self.heap.fields_mut(v)?.get_mut(slot)) {
                    *place = zero;
                }
            }
        }
    }

    /// Lets go of what records were before.
    pub fn finish_migration(&mut self, log: MigrationLog) {
        self.let_go(log.held);
    }

    /// Gives records back the form that they had.
    pub fn unmigrate(&mut self, mut log: MigrationLog) {
        for (v, shape, values) in core::mem::take(&mut log.before) {
            self.heap.reshape(v, shape, values);
        }
        self.finish_migration(log);
    }
}

/// A value of a kind, as fields begin with it.
fn zero(heap: &mut Heap, want: Option<TypeTag>) -> Value {
    match want {
        None | Some(TypeTag::Nil | TypeTag::Record(_) | TypeTag::Func) => Value::NIL,
        Some(TypeTag::Bool) => Value::FALSE,
        Some(TypeTag::Int) => Value::int(0),
        Some(TypeTag::Float) => Value::float(0.0),
        Some(TypeTag::Str) => heap.str(""),
        Some(TypeTag::List) => heap.list(Vec::new()),
        Some(TypeTag::Map) => heap.map(Map::default()),
    }
}
