//! A repository with the open texts laid over its files: what is wrong with them, and what their types are.

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use crate::check::Diagnostic;
use crate::check::types::Seeds;
use crate::runbook::{Loaded, Read, Repo, Site, together};

/// One repository.
pub struct Workspace {
    repo: Repo,
    site: Site,
    /// What was found for each open file.
    found: BTreeMap<String, Vec<Diagnostic>>,
    /// The runbooks as they were checked last: what one of them says of itself is held against the others.
    loaded: BTreeMap<String, Loaded>,
    /// The types of a text of a file, kept while the texts stay.
    reads: BTreeMap<String, (String, Option<Rc<Read>>)>,
    /// How the functions of libraries are called by the runbooks.
    seeds: Option<Rc<Seeds>>,
}

impl Workspace {
    /// Reads the repository.
    pub fn open(root: &Path, site: &Site) -> Self {
        Workspace {
            repo: Repo::open(root),
            site: site.clone(),
            found: BTreeMap::new(),
            loaded: BTreeMap::new(),
            reads: BTreeMap::new(),
            seeds: None,
        }
    }

    /// Reads the repository again, after something was saved.
    pub fn reload(&mut self) {
        *self = Workspace { found: std::mem::take(&mut self.found), ..Self::open(&self.repo.root, &self.site) };
    }

    /// Its files and their checks.
    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// The site whose libraries are imported.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Lays an open text over its file.
    pub fn lay(&mut self, path: &str, text: &str) {
        self.repo.lay(path, text);
        if path.starts_with("lib/") {
            self.reads.clear();
            self.seeds = None;
        }
    }

    /// Checks a file as `omega check` does, and remembers what was found.
    pub fn check(&mut self, path: &str) {
        let found = match path.starts_with("lib/") {
            true => self.repo.check_library(path, &self.site),
            false => self.check_runbook(path),
        };
        self.found.insert(path.to_owned(), found);
    }

    fn check_runbook(&mut self, path: &str) -> Vec<Diagnostic> {
        let checked = match self.repo.load(path, &self.site) {
            Ok(loaded) => loaded,
            Err(errors) => return errors,
        };
        let mut found = checked.warnings.clone();
        if self.loaded.is_empty() {
            let others = self.repo.runbooks().into_iter().filter(|other| other != path);
            let others = others.filter_map(|other| Some((other.clone(), self.repo.load(&other, &self.site).ok()?)));
            self.loaded = others.collect();
        }
        self.loaded.insert(path.to_owned(), checked);
        let of_all = together(&self.repo, &self.loaded.values().collect::<Vec<_>>(), false);
        found.extend(of_all.into_iter().filter(|one| one.file == path));
        found
    }

    /// Whether the text of a file that was checked compiles.
    pub fn compiles(&self, path: &str) -> bool {
        self.repo.compiles(path)
    }

    /// A file was closed: nothing is said for it any more.
    pub fn forget(&mut self, path: &str) {
        self.found.remove(path);
        self.reads.remove(path);
    }

    /// What was found, with the open file for which it was.
    pub fn found(&self) -> impl Iterator<Item = (&str, &Diagnostic)> {
        self.found.iter().flat_map(|(path, found)| found.iter().map(move |one| (path.as_str(), one)))
    }

    /// The types of a text of that file; nothing when it does not compile.
    pub fn read(&mut self, path: &str, text: &str) -> Option<Rc<Read>> {
        if let Some((_, read)) = self.reads.get(path).filter(|(known, _)| known == text) {
            return read.clone();
        }
        let read = self.read_once(path, text).map(Rc::new);
        self.reads.insert(path.to_owned(), (text.to_owned(), read.clone()));
        read
    }

    /// The types of a text that is made for one question alone.
    pub fn read_once(&mut self, path: &str, text: &str) -> Option<Read> {
        let seeds = self.seeds(path);
        self.repo.read(path, text, &self.site, &seeds)
    }

    /// How functions are called: those of a library by all runbooks, those of a runbook by its own text.
    fn seeds(&mut self, path: &str) -> Rc<Seeds> {
        if !path.starts_with("lib/") {
            let known = self.reads.get(path).and_then(|(_, read)| read.as_ref());
            return Rc::new(known.map(|read| read.reading.seeds().clone()).unwrap_or_default());
        }
        let repo = &self.repo;
        let site = &self.site;
        self.seeds.get_or_insert_with(|| Rc::new(calls(repo, site))).clone()
    }
}

/// The types that the runbooks call the libraries' functions with.
fn calls(repo: &Repo, site: &Site) -> Seeds {
    let mut all = Seeds::new();
    for path in repo.runbooks() {
        let text = repo.files.get(&path).and_then(|bytes| std::str::from_utf8(bytes).ok());
        let read = text.and_then(|text| repo.read(&path, text, site, &Seeds::new()));
        for (function, args) in read.iter().flat_map(|read| read.reading.seeds()) {
            let tells = |args: &[crate::check::types::Type]| args.iter().filter(|ty| !ty.is_open()).count();
            let known = all.entry(function.clone()).or_insert_with(|| args.clone());
            if tells(args) > tells(known) {
                known.clone_from(args);
            }
        }
    }
    all
}
