//! What an editor asks of a repository: texts that are not saved yet, and the types of a text by place.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::constants::evaluate;
use super::{Repo, Site, TABLE, host_names, modules};
use crate::check::tree::{Call, Function, Node, Tree};
use crate::check::types::{self, Library, Reading, Seeds, Table};
use crate::check::{self, Role};
use crate::script::Primitive;

/// A text with its tree, its libraries and its types.
pub struct Read {
    /// The text's tree.
    pub tree: Arc<Tree>,
    /// The libraries that it imports, and those that they import, by import name.
    pub libraries: BTreeMap<String, Library>,
    /// The types by place.
    pub reading: Reading,
}

impl Read {
    /// The tree of a file.
    #[must_use]
    pub fn tree_of(&self, file: &str) -> Option<&Tree> {
        let libraries = self.libraries.values().map(|library| &*library.tree);
        std::iter::once(&*self.tree).chain(libraries).find(|tree| tree.file == file)
    }

    /// The library behind an alias of a file.
    #[must_use]
    pub fn library(&self, tree: &Tree, alias: &str) -> Option<&Library> {
        self.libraries.get(tree.modules().get(alias)?.as_str())
    }

    /// The primitive that a call in a file means; `of` is what stands before its dot.
    #[must_use]
    pub fn primitive(&self, tree: &Tree, of: Option<&Node>, call: &Call) -> Option<&'static Primitive> {
        let name = call.name.text.as_str();
        if let Some(of) = of {
            let ty = self.reading.at(&tree.file, of.span)?;
            return ty.present().clone().members().iter().find_map(|ty| TABLE.method(ty, name));
        }
        match &call.path[..] {
            [] if tree.function(name, call.args.len()).is_none() => TABLE.function("", name),
            [module] if self.library(tree, &module.text).is_none() => TABLE.function(&module.text, name),
            _ => None,
        }
    }

    /// The function of a script that a call in a file means, with its own file.
    #[must_use]
    pub fn function<'r>(&'r self, tree: &'r Tree, call: &Call) -> Option<(&'r Tree, &'r Function)> {
        let home = match &call.path[..] {
            [] if !call.is_method => tree,
            [module] => &self.library(tree, &module.text)?.tree,
            _ => return None,
        };
        let exact = home.function(&call.name.text, call.args.len());
        exact.or_else(|| home.named(&call.name.text).next()).map(|function| (home, function))
    }
}

impl Repo {
    /// Lays a text over a file, as if it were saved.
    pub fn lay(&mut self, path: &str, text: &str) {
        if self.files.get(path).is_some_and(|bytes| **bytes == *text.as_bytes()) {
            return;
        }
        self.files.lay(path, text);
        self.lowered.lock().remove(path);
        if path.ends_with(".yaml") {
            self.words.take();
            self.linted.lock().clear();
            self.alone.lock().clear();
        }
        if path.starts_with("lib/") {
            // A library is held to what the others hold.
            self.linted.lock().clear();
            self.alone.lock().clear();
            self.unexplained.lock().clear();
            self.evaluated.lock().clear();
            self.pure.lock().clear();
        }
    }

    /// Whether the text of a file that was checked compiles.
    #[must_use]
    pub fn compiles(&self, path: &str) -> bool {
        self.lowered.lock().get(path).is_some_and(|checked| checked.script.is_some())
    }

    /// The types of a text in the place of that file; nothing when it does not compile. Nothing of it is kept.
    #[must_use]
    pub fn read(&self, path: &str, text: &str, site: &Site, seeds: &Seeds) -> Option<Read> {
        let pure = self.pure(site);
        let engine = &pure.1;
        let is_library = path.starts_with("lib/");
        let role = if is_library { Role::Library } else { Role::Runbook };
        let checked = check::file(path, text.as_bytes(), role, host_names(), &|source| engine.compile(source));
        let (ast, tree) = checked.script?;
        let mut unheard = Vec::new();
        let mut libraries = self.libraries(&pure, modules(&tree), &mut unheard);
        libraries.retain(|_, library| library.tree.file != path);
        let library = is_library.then(|| {
            let (constants, values) = evaluate(engine, &ast, &tree, &|_| None, &mut unheard);
            Library::of(tree.clone(), constants, values)
        });
        let reading = types::read(&TABLE, &tree, library.as_ref(), &libraries, seeds);
        Some(Read { tree, libraries, reading })
    }
}

/// Every signature.
#[must_use]
pub fn table() -> &'static Table {
    &TABLE
}
