//! What the compiler knows of classes and globals: those of the library, those of a running image, and those that the
//! program has defined so far.

use alloc::{
    borrow::ToOwned,
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec::Vec,
};

use super::{Target, inline::Inlining};
use crate::{
    classes::CLASSES,
    live::Context,
    world::{ClassTree, Definition, check_definition, check_variables},
};

/// A class.
#[derive(Clone, Debug, Default)]
struct Class {
    superclass: Option<String>,
    is_user: bool,
    /// What it adds: to instances, to its class side, and to both.
    variables: Vec<String>,
    class_side: Vec<String>,
    shared: Vec<String>,
}

/// See the module's comment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    classes: BTreeMap<String, Class>,
    /// Names that do-its share.
    workspace: BTreeSet<String>,
    inlining: Inlining,
    library_inlining: Inlining,
    in_library: bool,
}

fn owned<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    names.into_iter().map(ToOwned::to_owned).collect()
}

impl Model {
    /// The library's classes.
    pub(crate) fn recorz() -> Self {
        let mut model = Self::default();
        for row in CLASSES {
            let class = Class {
                superclass: row.superclass.map(|s| s.row().name.to_string()),
                variables: owned(row.variables.iter().copied()),
                ..Class::default()
            };
            model.classes.insert(row.name.to_string(), class);
        }
        model
    }

    /// A running image.
    pub(crate) fn of(context: &Context) -> Self {
        let mut model = Self::default();
        for known in &context.classes {
            let class = Class {
                superclass: known.superclass.clone(),
                is_user: known.is_user,
                variables: known.instance_variables.clone(),
                class_side: known.class_side_variables.clone(),
                shared: known.class_variables.clone(),
            };
            model.classes.insert(known.name.clone(), class);
        }
        model.workspace = context.globals.iter().filter(|name| !model.classes.contains_key(*name)).cloned().collect();
        model.inlining.overridden = context.overridden.iter().cloned().collect();
        model
    }

    /// The inlining that holds now.
    pub(super) fn inlining(&self) -> &Inlining {
        if self.in_library { &self.library_inlining } else { &self.inlining }
    }

    /// Whether the library is lowered from now on.
    pub(super) fn set_in_library(&mut self, on: bool) {
        self.in_library = on;
        self.library_inlining = Inlining { library: true, ..self.inlining.clone() };
    }

    /// A program defines a method of this selector.
    pub(super) fn will_define(&mut self, class: &str, selector: &str) {
        let built_in = self.classes.get(class).is_some_and(|c| !c.is_user);
        let set = if built_in { &mut self.inlining.overridden } else { &mut self.inlining.defined };
        set.insert(selector.to_string());
    }

    /// Whether a class of this name exists by now.
    pub(super) fn is_known_class(&self, name: &str) -> bool {
        self.classes.contains_key(name)
    }

    /// Whether the library has a class of this name.
    pub(super) fn is_built_in(&self, name: &str) -> bool {
        self.classes.get(name).is_some_and(|class| !class.is_user)
    }

    pub(super) fn is_workspace_variable(&self, name: &str) -> bool {
        self.workspace.contains(name)
    }

    pub(super) fn add_workspace_variables(&mut self, names: &[String]) {
        self.workspace.extend(names.iter().cloned());
    }

    /// The class and its superclasses, nearest first.
    fn lineage<'m>(&'m self, name: &'m str) -> impl Iterator<Item = (&'m str, &'m Class)> {
        let first = self.classes.get_key_value(name);
        // A chain cannot be longer than there are classes.
        core::iter::successors(first, |(_, class)| self.classes.get_key_value(class.superclass.as_ref()?))
            .take(self.classes.len())
            .map(|(name, class)| (name.as_str(), class))
    }

    /// Position of an instance variable that methods of a class and side see.
    pub(super) fn instance_variable(&self, target: &Target, name: &str) -> Option<u32> {
        let mut names: Vec<&str> = Vec::new();
        let mut lineage: Vec<&Class> = self.lineage(&target.class).map(|(_, class)| class).collect();
        lineage.reverse();
        if target.meta {
            let above: Vec<&Class> = self.lineage("Class").map(|(_, class)| class).collect();
            names.extend(above.iter().rev().flat_map(|class| class.variables.iter().map(String::as_str)));
            names.extend(lineage.iter().flat_map(|class| class.class_side.iter().map(String::as_str)));
        } else {
            names.extend(lineage.iter().flat_map(|class| class.variables.iter().map(String::as_str)));
        }
        names.iter().rposition(|n| *n == name).map(|at| at as u32)
    }

    /// The class that declares a class variable which methods of a class see.
    pub(super) fn class_variable(&self, target: &Target, name: &str) -> Option<String> {
        let mut lineage = self.lineage(&target.class);
        lineage.find(|(_, class)| class.shared.iter().any(|n| n == name)).map(|(owner, _)| owner.to_string())
    }

    /// A class header; the text of an error.
    pub(super) fn define(&mut self, definition: &Definition<'_>) -> Result<(), String> {
        if !definition.options && self.is_known_class(definition.name) {
            return Ok(());
        }
        check_definition(self, definition)?;
        if let Some(superclass) = definition.superclass
            && !self.is_known_class(superclass)
        {
            let made = Class { superclass: Some("Object".into()), is_user: true, ..Class::default() };
            self.classes.insert(superclass.to_string(), made);
        }
        let is_new = !self.is_known_class(definition.name);
        let class = self.classes.entry(definition.name.to_string()).or_default();
        if is_new {
            class.is_user = true;
            class.superclass = Some("Object".into());
            class.variables = owned(definition.instance_variables.iter().flatten().copied());
        }
        if let Some(superclass) = definition.superclass {
            class.superclass = Some(superclass.to_string());
        }
        for &name in definition.class_variables.iter().flatten() {
            if !class.shared.iter().any(|n| n == name) {
                class.shared.push(name.to_string());
            }
        }
        self.workspace.remove(definition.name);
        Ok(())
    }

    /// Instance variables of a class side; the text of an error.
    pub(super) fn define_class_side(&mut self, name: &str, variables: &[&str]) -> Result<(), String> {
        check_variables(self, (name, true), variables)?;
        if let Some(class) = self.classes.get_mut(name) {
            class.class_side = owned(variables.iter().copied());
        }
        Ok(())
    }
}

impl ClassTree for Model {
    fn is_class(&self, name: &str) -> Option<bool> {
        self.classes.get(name).map(|class| class.is_user)
    }

    fn superclass_of(&self, name: &str) -> Option<&str> {
        self.classes.get(name)?.superclass.as_deref()
    }

    fn own_variables(&self, name: &str, meta: bool) -> Vec<&str> {
        let Some(class) = self.classes.get(name) else { return Vec::new() };
        let variables = if meta { &class.class_side } else { &class.variables };
        variables.iter().map(String::as_str).collect()
    }

    fn class_names(&self) -> Vec<&str> {
        self.classes.keys().map(String::as_str).collect()
    }
}
