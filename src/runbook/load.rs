//! Reads the repository once and compiles from those bytes. What does not pass the check is not handed out.

mod bundle;
mod charms;
mod constants;
mod editor;
mod exchanged;
mod expression;
mod facts;
mod libraries;
mod mentions;
mod names;
mod repository;
mod spelling;
mod turned;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

pub use names::host_names;
pub use repository::together;

use names::role;

use anyhow::Context;
use rhai::{AST, Engine};

use super::pin::{PinnedFiles, Pins, Problem, Scope};
use crate::check::sites::{self, StepSites, sites};
use crate::check::tree::{Call, Span, Tree};
use crate::check::types::{self, Library, Table};
use crate::check::{self, Diagnostic, Role, Severity, Sources as Texts, lints, shape};
use crate::engine::{self, Sources};
use crate::host::{At, Header, Host, Quote};
use crate::primitives;

pub use editor::{Read, table};

/// A site's sources, an engine of pure functions over them, and the libraries that were made.
type Pure = (Sources, Engine, engine::Library);

/// A repository of runbooks, read once.
pub struct Repo {
    /// Its root.
    pub root: PathBuf,
    /// The bytes that were hashed.
    pub files: PinnedFiles,
    /// What is not as pinned.
    pub problems: Vec<Problem>,
    /// Why there are no pins at all, if so.
    pub no_pins: Option<String>,
    lowered: parking_lot::Mutex<BTreeMap<String, check::Checked>>,
    /// What is wrong in the types of a library, whoever calls it.
    alone: parking_lot::Mutex<BTreeMap<String, Vec<Diagnostic>>>,
    /// What a library's text breaks, and whether it may hold waivers.
    linted: parking_lot::Mutex<BTreeMap<String, (Vec<Diagnostic>, bool)>>,
    /// Issues that a library names and the list of that folder does not explain.
    unexplained: parking_lot::Mutex<BTreeMap<(String, String), Vec<Diagnostic>>>,
    /// The words of the bundle files.
    words: std::sync::OnceLock<bundle::Words>,
    evaluated: parking_lot::Mutex<BTreeMap<String, Library>>,
    pure: parking_lot::Mutex<BTreeMap<String, Arc<Pure>>>,
}

/// Which lib/ a runbook imports from: `lib/`, or `lib/NAME` for another site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site(pub Option<String>);

impl Site {
    fn folder(&self) -> String {
        self.0.as_ref().map_or_else(|| "lib/".to_string(), |name| format!("lib/{name}/"))
    }
}

/// A runbook whose text and libraries passed the check.
pub struct Loaded {
    /// Its path from the root.
    pub path: String,
    /// Its compiled text.
    pub ast: Arc<AST>,
    /// The libraries by import name.
    pub sources: Sources,
    /// The libraries, made while they were checked: they belong to no engine.
    pub libraries: engine::Library,
    /// What it says of itself.
    pub header: Header,
    /// The import lines of each file, as script text.
    pub imports: BTreeMap<String, String>,
    /// What only warns, and what a comment allows.
    pub warnings: Vec<Diagnostic>,
    /// What other runbooks may hold against it.
    across: types::Across,
    tree: Arc<Tree>,
    trees: BTreeMap<String, Arc<Tree>>,
    sites: std::sync::OnceLock<Vec<StepSites>>,
}

impl Loaded {
    /// Every gate, read and change that each step can reach, from the text.
    pub fn sites(&self) -> &[StepSites] {
        self.sites.get_or_init(|| sites(&self.tree, &self.trees, &role))
    }

    /// The last step, where it asks gates and changes nothing.
    fn last_that_asks(&self) -> Option<(&str, Span)> {
        let last = self.sites().last()?;
        let has = |role| last.of(role).next().is_some();
        (has(sites::Role::Gate) && !has(sites::Role::Change)).then_some((last.id.as_str(), last.span))
    }

    /// The same with nothing to run: for what is only looked at beside others.
    #[must_use]
    pub fn without_script(self) -> Loaded {
        Loaded { ast: Arc::default(), ..self }
    }

    /// Shows what an error of a run is about, as the check would.
    pub fn quote(&self) -> Arc<Quote> {
        let trees: Vec<Arc<Tree>> = std::iter::once(&self.tree).chain(self.trees.values()).cloned().collect();
        Arc::new(move |at, field| {
            let tree = trees.iter().find(|tree| tree.file == at.file)?;
            let call = tree.call_at(at.line, at.column);
            let place = Span::at(at.line, at.column);
            let span =
                call.map_or(place, |call| field.and_then(|field| call.field(field)).unwrap_or_else(|| call.head()));
            let at = At { file: at.file.clone(), line: span.line, column: span.column };
            Some((at, check::message::quote(&tree.source, span)?))
        })
    }
}

impl Repo {
    /// Reads everything that is pinned or must be.
    pub fn open(root: &Path) -> Self {
        let scope = Scope::default();
        let pins = Pins::load(root);
        let none = Pins::default();
        let known = pins.as_ref().unwrap_or(&none);
        let files = PinnedFiles::read(root, &scope, known.sums().keys().map(String::as_str));
        let problems = known.verify(&files);
        Repo {
            root: root.to_path_buf(),
            problems,
            no_pins: pins.err().map(|error| error.to_string()),
            files,
            lowered: parking_lot::Mutex::default(),
            alone: parking_lot::Mutex::default(),
            linted: parking_lot::Mutex::default(),
            unexplained: parking_lot::Mutex::default(),
            words: std::sync::OnceLock::new(),
            evaluated: parking_lot::Mutex::default(),
            pure: parking_lot::Mutex::default(),
        }
    }

    /// The root that a runbook's path belongs to: the folder that holds its `runbooks/`, else where omega runs.
    pub fn root_of(runbook: &Path) -> PathBuf {
        let holder = runbook.ancestors().find(|path| path.file_name().is_some_and(|name| name == "runbooks"));
        match holder.and_then(Path::parent) {
            Some(root) if !root.as_os_str().is_empty() => root.to_path_buf(),
            _ => PathBuf::from("."),
        }
    }

    /// The paths of the runbooks, sorted.
    pub fn runbooks(&self) -> Vec<String> {
        self.files
            .iter()
            .map(|(path, _)| path)
            .filter(|path| path.starts_with("runbooks/") && path.ends_with(".rhai"))
            .map(str::to_string)
            .collect()
    }

    /// The libraries of a site by import name.
    pub fn sources(&self, site: &Site) -> Sources {
        let folder = site.folder();
        let named = self.files.iter().filter_map(|(path, bytes)| {
            let name = path.strip_prefix(&folder)?.strip_suffix(".rhai")?;
            let text = std::str::from_utf8(bytes).ok()?;
            Some((name.to_string(), (path.to_string(), Arc::from(text))))
        });
        Arc::new(named.collect::<BTreeMap<_, _>>())
    }

    /// The texts that messages quote.
    pub fn texts(&self) -> Texts {
        let mut texts = Texts::default();
        for (path, bytes) in self.files.iter() {
            if let Ok(text) = std::str::from_utf8(bytes) {
                texts.insert(path, text);
            }
        }
        texts
    }

    /// The path of a runbook as the repository names it.
    pub fn path_of(&self, runbook: &Path) -> anyhow::Result<String> {
        let inner = runbook.strip_prefix(&self.root).unwrap_or(runbook);
        let path = inner.to_str().context("the runbook's path is not UTF-8")?.trim_start_matches("./").to_string();
        anyhow::ensure!(
            self.files.get(&path).is_some(),
            "{} is not a file of runbooks/ in {}",
            runbook.display(),
            self.root.display()
        );
        Ok(path)
    }

    /// Gives back what a file took that is read no more: another takes its room. Of a library that is its script, once its
    /// constants are known.
    pub fn forget(&self, path: &str) {
        let mut lowered = self.lowered.lock();
        if !path.starts_with("lib/") {
            lowered.remove(path);
        } else if self.evaluated.lock().contains_key(path) {
            self.pure.lock().values().for_each(|pure| pure.2.forget(path));
            let script = lowered.get_mut(path).and_then(|checked| checked.script.as_mut());
            script.into_iter().for_each(|(ast, _)| *ast = Arc::default());
        }
    }

    /// Checks and compiles one runbook. Every mistake of it and of the libraries it imports is told at once.
    pub fn load(&self, path: &str, site: &Site) -> Result<Loaded, Vec<Diagnostic>> {
        self.load_as(path, site, false)
    }

    /// The same for a draft that runs in a lab alone: findings of types and lessons only warn there.
    pub fn load_draft(&self, path: &str, site: &Site) -> Result<Loaded, Vec<Diagnostic>> {
        self.load_as(path, site, true)
    }

    fn load_as(&self, path: &str, site: &Site, draft: bool) -> Result<Loaded, Vec<Diagnostic>> {
        let pure = self.pure(site);
        let mut found = Vec::new();
        let main = self.checked(&pure, path, Role::Runbook, &mut found);
        let wanted = main.iter().flat_map(|(_, tree)| modules(tree)).collect();
        let libraries = self.libraries(&pure, wanted, &mut found);
        let mut across = types::Across::default();
        if let Some((_, tree)) = main.as_ref().filter(|_| is_sound(&found) && !guard_alone()) {
            let outcome = types::runbook(&TABLE, tree, &libraries);
            // A word or a warning hides no call: only names and types that are wrong do.
            let hides = |found: &Diagnostic| found.severity == Severity::Error && !found.id.starts_with("E03");
            let complete = !outcome.found.iter().any(hides);
            found.extend(outcome.found);
            found.extend(self.exchanged(site, outcome.exchanges));
            across = outcome.across;
            found.extend(self.missing_files(&tree.file, &outcome.files));
            found.extend(self.words().of_units(&outcome.units));
            found.extend(self.words().check(tree));
            found.extend(lints::runbook(tree, &libraries, &TABLE, &outcome.steps, complete));
            lints::apply(tree, &mut found);
            lints::leave_out_what_follows(tree, &mut found);
            for library in libraries.values() {
                found.extend(self.alone(library, &libraries));
                self.lint(&pure, library, &libraries, &mut found);
            }
        }
        if draft {
            found.iter_mut().for_each(soften);
        }
        check::message::once(&mut found);
        match main {
            Some((ast, tree)) if is_sound(&found) => {
                let warnings = found;
                let trees: BTreeMap<_, _> = libraries.into_iter().map(|(name, library)| (name, library.tree)).collect();
                let header = header(&ast, pure.2.sharing(), path)?;
                let mut named = self.names(&tree, &header, site);
                for library in trees.values() {
                    named.extend(self.issues_once(library, site));
                }
                if draft {
                    named.iter_mut().for_each(soften);
                }
                if !is_sound(&named) {
                    return Err(named);
                }
                let warnings: Vec<Diagnostic> = warnings.into_iter().chain(named).collect();
                let imports = std::iter::once(&tree)
                    .chain(trees.values())
                    .map(|tree| (tree.file.clone(), import_lines(tree)))
                    .collect();
                let loaded = Loaded {
                    path: path.to_string(),
                    ast,
                    sources: pure.0.clone(),
                    libraries: pure.2.sharing(),
                    header,
                    imports,
                    warnings,
                    across,
                    tree,
                    trees,
                    sites: std::sync::OnceLock::new(),
                };
                match repository::no_guard(&loaded) {
                    Some(wrong) => Err(vec![wrong]),
                    None => Ok(loaded),
                }
            }
            _ => Err(found),
        }
    }

    /// The name under which a library is imported.
    fn name_of(&self, path: &str, site: &Site) -> Option<String> {
        path.strip_prefix(&site.folder())?.strip_suffix(".rhai").map(str::to_string)
    }

    /// The sources of a site and an engine of pure functions over them: made once, so that a library is evaluated once.
    fn pure(&self, site: &Site) -> Arc<Pure> {
        let made = || {
            let sources = self.sources(site);
            let library = engine::Library::new(sources.clone());
            let engine = engine::build_plain(library.sharing(), None);
            Arc::new((sources, engine, library))
        };
        self.pure.lock().entry(site.folder()).or_insert_with(made).clone()
    }

    /// A file that was compiled and lowered already.
    fn tree(&self, path: &str) -> Option<Arc<Tree>> {
        let lowered = self.lowered.lock();
        Some(lowered.get(path)?.script.as_ref()?.1.clone())
    }

    /// One file, compiled and lowered once however many runbooks import it.
    fn lowered(&self, pure: &Pure, path: &str, bytes: &[u8], role: Role) -> check::Checked {
        if let Some(known) = self.lowered.lock().get(path) {
            return known.clone();
        }
        let checked = check::file(path, bytes, role, host_names(), &|source| pure.1.compile(source));
        if let Some((ast, _)) = checked.script.as_ref().filter(|_| role == Role::Library) {
            pure.2.hold(ast.clone());
        }
        self.lowered.lock().insert(path.to_string(), checked.clone());
        checked
    }

    /// Text, syntax and shape of one file, from the bytes that were hashed.
    fn checked(
        &self,
        pure: &Pure,
        path: &str,
        role: Role,
        found: &mut Vec<Diagnostic>,
    ) -> Option<(Arc<AST>, Arc<Tree>)> {
        let bytes = self.files.get(path)?;
        let checked = self.lowered(pure, path, bytes, role);
        found.extend(checked.found);
        let (ast, tree) = checked.script?;
        found.extend(shape::imports(&tree, &pure.0));
        Some((ast, tree))
    }
}

/// The header as it is written.
fn runbook_call(tree: &Tree) -> Option<&Call> {
    shape::structure(tree).find(|call| call.name.text == "runbook")
}

fn import_lines(tree: &Tree) -> String {
    tree.modules().iter().map(|(alias, name)| format!("import {name:?} as {alias};\n")).collect()
}

fn modules(tree: &Tree) -> Vec<String> {
    tree.modules().values().map(|name| (*name).to_string()).collect()
}

/// Every signature.
static TABLE: LazyLock<Table> = LazyLock::new(|| Table::of(primitives::table()));

fn is_sound(found: &[Diagnostic]) -> bool {
    found.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
}

/// In a draft, a finding of types or lessons only warns; the shape is held all the same.
fn soften(finding: &mut Diagnostic) {
    let of_types = matches!(finding.id.get(..3), Some("E02" | "E03"));
    if of_types && finding.severity == Severity::Error {
        finding.severity = Severity::Warning;
    }
}

/// What a runbook says of itself: its top level runs with nothing to stand on, and what stops it there would stop any run.
fn header(ast: &AST, library: engine::Library, path: &str) -> Result<Header, Vec<Diagnostic>> {
    let host = Host::nowhere();
    let engine = engine::build_plain(library.sharing(), Some(&host));
    if engine::top_level(&engine, ast, &host).is_ok() {
        return Ok(host.header().unwrap_or_default());
    }
    // What stops it is told as a run would tell it, with all that a run has.
    let host = Host::nowhere();
    let engine = engine::build_over(library, Some(&host));
    engine::top_level(&engine, ast, &host).map_err(|(stop, frames)| {
        let at = frames.into_iter().next().map_or_else(crate::host::At::default, |frame| frame.at);
        let file = if at.file.is_empty() { path.to_string() } else { at.file };
        let place = if at.line == 0 { Span::default() } else { Span::at(at.line, at.column.max(1)) };
        let facts = stop.facts.iter().map(|(label, text)| format!("{label}: {text}"));
        let found = Diagnostic::error("E0190", stop.what.clone(), &file, place);
        vec![facts.fold(found, Diagnostic::note).note("the top level runs before anything else")]
    })?;
    Ok(host.header().unwrap_or_default())
}

/// Builds with debug assertions, which nobody installs, can leave out the checks of types and lessons: so that tests meet
/// what stands behind them, the engine and the guard, with scripts that the check would never let through.
fn guard_alone() -> bool {
    cfg!(debug_assertions) && std::env::var_os("OMEGA_TEST_GUARD_ALONE").is_some()
}
