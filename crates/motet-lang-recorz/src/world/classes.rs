//! Classes: the built-in ones, definition, redefinition, and variables.

use alloc::{
    boxed::Box,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use motet_runtime::{ClassKind, Runtime, ShapeId, Symbol, Value};

use super::{
    Class, ClassNo, World,
    rules::{ClassTree, check_definition, check_variables},
};

/// What a class header or a message `subclass:…` says of a class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its superclass.
    pub superclass: Option<&'a str>,
    /// Instance variables that it adds.
    pub instance_variables: Option<Vec<&'a str>>,
    /// Class variables that it adds.
    pub class_variables: Option<Vec<&'a str>>,
    /// Its package.
    pub package: Option<&'a str>,
    /// Its comment.
    pub comment: Option<&'a str>,
    /// Whether anything but the name was said; otherwise an existing class is only looked up.
    pub options: bool,
}

/// Words of a text, such as a list of variables.
pub fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

impl World {
    /// The classes of the dialect's table, with their metaclasses, objects and bindings.
    pub(super) fn add_builtin_classes(&mut self, rt: &mut Runtime) {
        let rows = (self.dialect.classes)();
        for row in &rows {
            let superclass = self.find_class(row.superclass);
            self.push_class(rt, row.name, superclass, row.instance_variables);
        }
        // Metaclasses of roots inherit from Class, and all class objects have its variables.
        for row in &rows {
            let Some(number) = self.find_class(row.name) else { continue };
            self.adopt_metaclass(rt, number);
        }
        for row in &rows {
            let Some(number) = self.find_class(row.name) else { continue };
            self.make_class_object(rt, number);
            let object = self.class(number).object;
            if row.instance != row.name {
                self.set_binding(rt, row.name, object);
            }
            if !row.instance.is_empty() {
                let instance = self.instance(rt, number);
                self.set_binding(rt, row.instance, instance);
            }
        }
    }

    /// Two entries, class and metaclass, without objects; the metaclass's superclass is missing.
    fn push_class(&mut self, rt: &mut Runtime, name: &str, superclass: Option<ClassNo>, variables: &[&str]) -> ClassNo {
        let number = ClassNo(self.classes.len() as u32);
        let inherited = superclass.map_or(0, |s| self.instance_size(s) as u32);
        for variables in [variables, &[]] {
            self.classes.push(Class {
                name: Box::from(name),
                superclass: None,
                instance_variables: variables.iter().map(|&v| Box::from(v)).collect(),
                inherited: 0,
                class_variables: Vec::new(),
                package: None,
                comment: None,
                is_user: false,
                shape: ShapeId(0),
                object: Value::NIL,
                methods: super::hash::Table::default(),
                core: motet_runtime::ClassId(0),
            });
        }
        self.names.insert(Box::from(name), number);
        let class = self.class_mut(number);
        (class.superclass, class.inherited) = (superclass, inherited);
        self.define_layout(rt, number);
        number
    }

    /// Superclass and layout of a class's metaclass.
    fn adopt_metaclass(&mut self, rt: &mut Runtime, number: ClassNo) {
        let superclass = match self.class(number).superclass {
            Some(superclass) => Some(superclass.meta()),
            None => self.find_class("Class"),
        };
        let inherited = superclass.map_or(0, |s| match s.is_meta() {
            // Those of Class and above, then those of the metaclasses between.
            true => self.all_instance_variables(s).len(),
            false => self.instance_size(s),
        });
        let meta = self.class_mut(number.meta());
        (meta.superclass, meta.inherited) = (superclass, inherited as u32);
        self.define_layout(rt, number.meta());
    }

    /// The core's class of a class, with the layout of its instances.
    fn define_layout(&mut self, rt: &mut Runtime, number: ClassNo) {
        let fields: Vec<String> = self.all_instance_variables(number).iter().map(|&v| v.to_string()).collect();
        let fields: Vec<Symbol> = fields.iter().map(|v| rt.symbols.intern(v)).collect();
        let name = self.class_name(number);
        let language = rt.find_language(self.dialect.name).unwrap_or(0);
        let key = format!("{} {name}", self.dialect.name);
        let id = rt.classes.define(&key, &name, language, ClassKind::Struct, &fields);
        let info = rt.classes.class_mut(id);
        // Any class may have a method of an operator's name.
        info.operators = true;
        let shape = info.shape;
        let at = id.0 as usize;
        if self.by_core.len() <= at {
            self.by_core.resize(at + 1, None);
        }
        self.by_core[at] = Some(number);
        let class = self.class_mut(number);
        (class.core, class.shape) = (id, shape);
    }

    /// The records that are a class and its metaclass.
    fn make_class_object(&mut self, rt: &mut Runtime, number: ClassNo) {
        let metaclass = self.find_class("Metaclass");
        for number in [number, number.meta()] {
            let class = if number.is_meta() { metaclass.unwrap_or(number) } else { number.meta() };
            let object = self.instance(rt, class);
            if let Some(first) = rt.heap.fields_mut(object).and_then(|fields| fields.first_mut()) {
                *first = Value::int(i64::from(number.0));
            }
            self.keep(&mut rt.heap, object);
            self.class_mut(number).object = object;
        }
    }

    /// A new instance with all instance variables nil.
    #[must_use]
    pub fn instance(&self, rt: &mut Runtime, number: ClassNo) -> Value {
        let size = rt.classes.shape(self.class(number).shape).fields.len();
        const NILS: [Value; 16] = [Value::NIL; 16];
        match NILS.get(..size) {
            Some(nils) => rt.heap.record(self.class(number).shape, nils),
            None => rt.heap.record(self.class(number).shape, &vec![Value::NIL; size]),
        }
    }

    /// Defines, redefines or only finds a class. The class and whether it is new.
    ///
    /// # Errors
    /// The text of the error.
    pub fn define_class(&mut self, rt: &mut Runtime, definition: &Definition<'_>) -> Result<(ClassNo, bool), String> {
        if definition.options {
            check_definition(self, definition)?;
        }
        if let Some(number) = self.find_class(definition.name) {
            if definition.options {
                self.redefine_class(rt, number, definition)?;
            }
            return Ok((number, false));
        }
        let superclass = self.superclass_named(rt, definition.superclass.unwrap_or("Object"))?;
        let variables = definition.instance_variables.clone().unwrap_or_default();
        let number = self.push_class(rt, definition.name, Some(superclass), &variables);
        self.adopt_metaclass(rt, number);
        self.make_class_object(rt, number);
        for number in [number, number.meta()] {
            self.class_mut(number).is_user = true;
        }
        self.describe(rt, number, definition);
        let object = self.class(number).object;
        self.set_binding(rt, definition.name, object);
        Ok((number, true))
    }

    /// A superclass, made as an empty subclass of Object if there is none of this name.
    fn superclass_named(&mut self, rt: &mut Runtime, name: &str) -> Result<ClassNo, String> {
        match self.find_class(name) {
            Some(number) => Ok(number),
            None => Ok(self.define_class(rt, &Definition { name, ..Definition::default() })?.0),
        }
    }

    fn redefine_class(&mut self, rt: &mut Runtime, number: ClassNo, definition: &Definition<'_>) -> Result<(), String> {
        if let Some(name) = definition.superclass {
            let superclass = self.superclass_named(rt, name)?;
            if self.class(number).superclass != Some(superclass) {
                self.class_mut(number).superclass = Some(superclass);
                self.class_mut(number.meta()).superclass = Some(superclass.meta());
                self.inherit_variables(rt, number, superclass);
                self.changed(rt);
            }
        }
        self.describe(rt, number, definition);
        Ok(())
    }

    /// Gives a class and those below it, which have no variables of their own unless these stay where they are, the layout
    /// that a superclass makes of them. Instances that there are keep theirs.
    fn inherit_variables(&mut self, rt: &mut Runtime, number: ClassNo, superclass: ClassNo) {
        let inherited = self.instance_size(superclass) as u32;
        if self.class(number).inherited == inherited {
            return;
        }
        let below: Vec<ClassNo> = (0..self.class_count())
            .map(ClassNo)
            .filter(|&n| !n.is_meta() && (n == number || self.inherits(n, number)))
            .collect();
        for class in below {
            self.class_mut(class).inherited = inherited;
            self.define_layout(rt, class);
        }
    }

    /// Class variables, package and comment. Variables are only added.
    fn describe(&mut self, rt: &mut Runtime, number: ClassNo, definition: &Definition<'_>) {
        for name in definition.class_variables.iter().flatten() {
            self.add_class_variable(rt, number, name);
        }
        let class = self.class_mut(number);
        if let Some(package) = definition.package {
            class.package = Some(Box::from(package));
        }
        if let Some(comment) = definition.comment {
            class.comment = Some(Box::from(comment));
        }
    }

    /// Instance variables of the class side: one set for each class object.
    ///
    /// # Errors
    /// The text of the error.
    pub fn define_class_side(&mut self, rt: &mut Runtime, number: ClassNo, variables: &[&str]) -> Result<(), String> {
        let meta = number.meta();
        let name = self.class(number).name.to_string();
        check_variables(self, (&name, true), variables)?;
        if variables.is_empty() {
            return Ok(());
        }
        if self.class(meta).instance_variables.iter().map(|v| &**v).eq(variables.iter().copied()) {
            return Ok(());
        }
        let below: Vec<ClassNo> = (0..self.class_count())
            .map(ClassNo)
            .filter(|&n| n.is_meta() && n != meta && self.inherits(n, meta))
            .collect();
        self.class_mut(meta).instance_variables = variables.iter().map(|&v| Box::from(v)).collect();
        for &meta in core::iter::once(&meta).chain(&below) {
            if meta != number.meta() {
                self.class_mut(meta).inherited += variables.len() as u32;
            }
            self.widen_class_object(rt, meta);
        }
        Ok(())
    }

    /// Moves a class object to the layout that its metaclass has now.
    fn widen_class_object(&mut self, rt: &mut Runtime, meta: ClassNo) {
        let object = self.class(meta.instance_side()).object;
        let names: Vec<String> = self.all_instance_variables(meta).iter().map(|&v| v.to_string()).collect();
        let names: Vec<Symbol> = names.iter().map(|v| rt.symbols.intern(v)).collect();
        let mut fields = rt.heap.fields(object).map(<[Value]>::to_vec).unwrap_or_default();
        fields.resize(names.len(), Value::NIL);
        let apart = !rt.heap.fits(object, names.len());
        let shape = rt.classes.shape_apart(self.class(meta).core, &names, apart);
        rt.heap.reshape(object, shape, fields);
        self.class_mut(meta).shape = shape;
    }

    /// The cell of a class variable of a class, made with nil if the class has none of this name.
    pub fn add_class_variable(&mut self, rt: &mut Runtime, number: ClassNo, name: &str) -> Value {
        let number = number.instance_side();
        if let Some((_, cell)) = self.class(number).class_variables.iter().find(|(n, _)| &**n == name) {
            return *cell;
        }
        let cell = rt.heap.new_cell(Value::NIL);
        self.keep(&mut rt.heap, cell);
        self.class_mut(number).class_variables.push((Box::from(name), cell));
        cell
    }

    /// The cell of a class variable that a class has or inherits.
    #[must_use]
    pub fn class_variable(&self, number: ClassNo, name: &str) -> Option<Value> {
        self.lineage(number.instance_side())
            .find_map(|n| self.class(n).class_variables.iter().find(|(v, _)| &**v == name).map(|(_, cell)| *cell))
    }
}

impl ClassTree for World {
    fn is_class(&self, name: &str) -> Option<bool> {
        self.find_class(name).map(|number| self.class(number).is_user)
    }

    fn superclass_of(&self, name: &str) -> Option<&str> {
        let superclass = self.class(self.find_class(name)?).superclass?;
        Some(&self.class(superclass).name)
    }

    fn own_variables(&self, name: &str, meta: bool) -> Vec<&str> {
        let Some(number) = self.find_class(name) else { return Vec::new() };
        let number = if meta { number.meta() } else { number };
        self.class(number).instance_variables.iter().map(|v| &**v).collect()
    }

    fn class_names(&self) -> Vec<&str> {
        self.names.keys().map(|name| &**name).collect()
    }
}
