//! The libraries of a site: read with what they import, evaluated, and held to what holds for each by itself, once however
//! many runbooks import them.

use std::collections::BTreeMap;
use std::sync::Arc;

use rhai::AST;

use super::constants::{evaluate, exported, unnamed};
use super::{Pure, Repo, Site, TABLE, is_sound, modules};
use crate::check::tree::Tree;
use crate::check::types::{self, Library};
use crate::check::{self, Diagnostic, Role, lints};

impl Repo {
    /// Checks a library by itself.
    pub fn check_library(&self, path: &str, site: &Site) -> Vec<Diagnostic> {
        let pure = self.pure(site);
        let mut found = Vec::new();
        let name = self.name_of(path, site).filter(|name| pure.0.contains_key(name));
        let Some(name) = name else {
            self.checked(&pure, path, Role::Library, &mut found);
            return found;
        };
        let libraries = self.libraries(&pure, vec![name.clone()], &mut found);
        if let Some(library) = libraries.get(&name).filter(|_| is_sound(&found)) {
            found.extend(self.alone(library, &libraries));
            self.lint(&pure, library, &libraries, &mut found);
        }
        check::message::once(&mut found);
        found
    }

    /// What is wrong in the types of a library by itself, looked for once however many runbooks import it.
    pub(super) fn alone(&self, library: &Library, libraries: &BTreeMap<String, Library>) -> Vec<Diagnostic> {
        let file = &library.tree.file;
        if let Some(known) = self.alone.lock().get(file) {
            return known.clone();
        }
        let types::Outcome { mut found, files, units, .. } = types::library(&TABLE, library, libraries);
        found.extend(self.missing_files(file, &files));
        found.extend(self.words().of_units(&units));
        self.alone.lock().insert(file.clone(), found.clone());
        found
    }

    /// The libraries that are imported, and those that they import, with the types of their constants.
    pub(super) fn libraries(
        &self,
        pure: &Pure,
        mut wanted: Vec<String>,
        found: &mut Vec<Diagnostic>,
    ) -> BTreeMap<String, Library> {
        let mut checked = BTreeMap::new();
        while let Some(name) = wanted.pop() {
            let Some((path, _)) = pure.0.get(&name).filter(|_| !checked.contains_key(&name)) else { continue };
            let Some((ast, tree)) = self.checked(pure, path, Role::Library, found) else { continue };
            wanted.extend(modules(&tree));
            checked.insert(name, (ast, tree));
        }
        found.extend(check::circle::check(&checked.iter().map(|(name, (_, tree))| (name.as_str(), &**tree)).collect()));
        let whole = is_sound(found);
        let libraries = checked.into_iter().map(|(name, (ast, tree))| {
            let library = if whole {
                self.evaluated(pure, &name, &ast, tree, found)
            } else {
                Library::of(tree, BTreeMap::new(), types::Constants::new())
            };
            (name, library)
        });
        let libraries = libraries.collect();
        unnamed(&libraries, found);
        libraries
    }

    /// The lessons that a library's text alone can break, looked for once however many runbooks import it.
    pub(super) fn lint(
        &self,
        pure: &Pure,
        Library { tree: library, values, .. }: &Library,
        libraries: &BTreeMap<String, Library>,
        found: &mut Vec<Diagnostic>,
    ) {
        let mut linted = self.linted.lock();
        let read = || {
            let slips = self.words().check(library);
            let lints =
                lints::library(library, values, libraries, &TABLE, &|text| self.not_imported(pure, library, text));
            let otherwise = self.words().of_constants(library, values);
            (lints.into_iter().chain(slips).chain(otherwise).collect(), lints::may_waive(library))
        };
        let (of_text, may_waive) = linted.entry(library.file.clone()).or_insert_with(read);
        found.extend(of_text.iter().cloned());
        if *may_waive {
            lints::apply(library, found);
        }
    }

    /// The libraries of the site that a library may import and does not, and whose text has this in it. Only such a one is
    /// evaluated.
    fn not_imported(&self, pure: &Pure, library: &Tree, text: &str) -> Vec<(String, Library)> {
        let imported = library.modules();
        let is_apart = |name: &String, path: &str| path != library.file && !imported.values().any(|own| own == name);
        let others = pure.0.iter().filter(|(name, (path, source))| source.contains(text) && is_apart(name, path));
        let evaluated = others.filter_map(|(name, _)| {
            let mut found = Vec::new();
            let mut all = self.libraries(pure, vec![name.clone()], &mut found);
            // Who imports this one cannot be imported by it.
            let is_above = all.values().any(|other| other.tree.file == library.file);
            all.remove(name).filter(|_| !is_above && is_sound(&found)).map(|other| (name.clone(), other))
        });
        evaluated.collect()
    }

    /// A library with its constants; kept when nothing is wrong with them.
    fn evaluated(
        &self,
        (_, engine, library): &Pure,
        name: &str,
        ast: &AST,
        tree: Arc<Tree>,
        found: &mut Vec<Diagnostic>,
    ) -> Library {
        if let Some(known) = self.evaluated.lock().get(&tree.file) {
            return known.clone();
        }
        let before = found.len();
        let made = library.module(engine, name);
        let (constants, values) = made
            .and_then(|module| exported(&module, &tree))
            .unwrap_or_else(|| evaluate(engine, ast, &tree, &|path| self.tree(path), found));
        let made = Library::of(tree, constants, values);
        if found.len() == before {
            self.evaluated.lock().insert(made.tree.file.clone(), made.clone());
        }
        made
    }
}
