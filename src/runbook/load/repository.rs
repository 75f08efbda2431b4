//! What only the repository as a whole can tell of a runbook: whether what it names is there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::bundle::Words;
use super::mentions::Runbooks;
use super::{Loaded, Repo, Site, role, runbook_call, turned};
use crate::check::shape::{call_or_leave_out, structure};
use crate::check::sites::{self, Role};
use crate::check::tree::{Call, Function, Kind, Node, Span, Tree};
use crate::check::types::{Beside, Exchange, Named};
use crate::check::{Diagnostic, Severity, lints};
use crate::host::Header;
use crate::lab::Lab;
use crate::script::did_you_mean;

/// As many names as a reader takes in.
const LISTED: usize = 24;

impl Repo {
    /// The words of the bundle files at the root, read once.
    pub(super) fn words(&self) -> &Words {
        let texts = || self.bundles().filter_map(|(_, bytes)| std::str::from_utf8(bytes).ok());
        let paths = || self.files.iter().map(|(path, _)| path);
        self.words.get_or_init(|| Words::of(texts()).beside(Runbooks::of(paths())))
    }

    /// Documents at the root.
    fn bundles(&self) -> impl Iterator<Item = (&str, &Arc<[u8]>)> {
        self.files.iter().filter(|(path, _)| path.ends_with(".yaml") && !path.contains('/'))
    }

    /// Files that a script reads and that are not there. Without a bundle file there is nothing to compare with.
    pub(super) fn missing_files(&self, file: &str, named: &[Named]) -> Vec<Diagnostic> {
        let there: Vec<&str> = self.bundles().map(|(path, _)| path).collect();
        let lost = named.iter().filter(|named| !there.is_empty() && self.files.get(&named.path).is_none());
        lost.map(|named| {
            let is_slip = !did_you_mean(&named.path, &there).is_empty();
            let beside = named.beside.iter().find(|beside| !is_slip && self.files.get(&beside.path).is_some());
            if let Some(Beside { params: [own, other], right, .. }) = beside {
                let message = format!("`{own}` and `{other}` are in each other's place");
                let told = Diagnostic::error("E0333", message, &named.file, named.span.to(named.within));
                let told = told.note(format!("`{own}` is a file of the repository, and {:?} is none", named.path));
                return right.iter().fold(told, |told, right| told.help(format!("write {right}")));
            }
            let message =
                format!("no pinned file here is called {:?}{}", named.path, did_you_mean(&named.path, &there));
            let told = Diagnostic::error("E0333", message, &named.file, named.span);
            let told = if named.place.starts_with(file) {
                told
            } else {
                told.note(format!("it is written at {}", named.place))
            };
            told.note(format!("files: {}", there.join(", ")))
        })
        .collect()
    }

    /// Phases that a header waits for, its stage, and the known issues that its gates name.
    pub(super) fn names(&self, tree: &Tree, header: &Header, site: &Site) -> Vec<Diagnostic> {
        let mut found = self.phases(tree, header);
        let stages = Lab::stages();
        if !stages.contains(&header.stage.as_str()) {
            let hint = did_you_mean(&header.stage, stages);
            let message = format!("the lab has no stage {:?}{hint}", header.stage);
            found.push(told(tree, message, &header.stage).note(format!("stages: {}", stages.join(", "))));
        }
        if !is_version(&header.omega) {
            let message = format!("{:?} is no version of omega", header.omega);
            found.push(told(tree, message, &header.omega).note("a version is written as in 0.1 or 0.1.2"));
        }
        if let Some(newer) = newer(&header.omega) {
            let message = format!("this is omega {}, and the runbook wants {newer}", env!("CARGO_PKG_VERSION"));
            found.push(told(tree, message, &header.omega).help("name the least version that it was tried with"));
        }
        if let Some(opens) = header.opens.as_ref().filter(|opens| !is_plain(opens)) {
            let message = format!("{opens:?} cannot be the name of a deployment");
            found.push(told(tree, message, opens).note("letters, digits, `-` and `_`"));
        }
        found.extend(self.issues(tree, site));
        found
    }

    fn phases(&self, tree: &Tree, header: &Header) -> Vec<Diagnostic> {
        let paths = self.runbooks();
        let known: Vec<&str> =
            paths.iter().filter_map(|path| path.strip_prefix("runbooks/")?.strip_suffix(".rhai")).collect();
        let wrong = header.after.iter().filter(|id| **id == header.id || !known.contains(&id.as_str()));
        wrong
            .map(|id| {
                if *id == header.id {
                    return waits_for_itself(tree, id);
                }
                let found = told(tree, format!("no runbook here is called {id:?}{}", did_you_mean(id, &known)), id);
                if known.len() > LISTED { found } else { found.note(format!("runbooks: {}", known.join(", "))) }
            })
            .collect()
    }

    /// Arguments in each other's place, as a library of the site tells that is not imported. The check of the whole
    /// repository has read them all; for one runbook alone the others are not evaluated.
    pub(super) fn exchanged(&self, site: &Site, exchanges: Vec<Exchange>) -> Vec<Diagnostic> {
        if exchanges.is_empty() {
            return Vec::new();
        }
        let evaluated = self.evaluated.lock();
        let of_site: Vec<_> = evaluated.iter().filter(|(path, _)| path.starts_with(&site.folder())).collect();
        let is_called =
            |text: &str, asked: &str| of_site.iter().any(|(_, library)| library.places.is_called(text, asked));
        exchanges.into_iter().filter_map(|exchange| exchange.judged(is_called)).collect()
    }

    /// Those of a library, however many runbooks import it.
    pub(super) fn issues_once(&self, library: &Tree, site: &Site) -> Vec<Diagnostic> {
        let key = (library.file.clone(), site.folder());
        self.unexplained.lock().entry(key).or_insert_with(|| self.issues(library, site)).clone()
    }

    /// Issues are looked for only where the site keeps a list of them.
    pub(super) fn issues(&self, tree: &Tree, site: &Site) -> Vec<Diagnostic> {
        let path = format!("{}issues.md", site.folder());
        let Some(list) = self.files.get(&path).and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        if !tree.source.contains("issue") {
            return found;
        }
        tree.walk(&mut |node| {
            let Kind::Map(fields) = &node.kind else { return };
            for field in fields.iter().filter(|field| field.name.text == "issue") {
                let Some(id) = field.value.as_text().filter(|id| crate::runbook::issue(list, id).is_none()) else {
                    continue;
                };
                let message = format!("{path} does not explain {id}");
                let told = Diagnostic::warning("W0314", message, &tree.file, field.value.span);
                let told = told.suggest(id, crate::runbook::ids(list));
                found.push(told.help("add a section to it: its heading begins with the id"));
            }
        });
        found
    }
}

/// What only all runbooks together tell: ids that are not the files' names, or not one runbook's, and circles of `after`;
/// where all were read and nothing is wrong, functions that nobody calls and words that are nearly another one too. What a
/// comment allows is marked.
#[must_use]
pub fn together(repo: &Repo, loaded: &[&Loaded], all_were_read: bool) -> Vec<Diagnostic> {
    let mut found = of_all(loaded);
    let all_were_read = all_were_read && found.iter().all(|told| told.severity != Severity::Error);
    if all_were_read {
        found.extend(of_the_whole(loaded, repo.words().all()));
    }
    let trees: BTreeMap<&str, &Tree> = loaded
        .iter()
        .flat_map(|one| one.trees.values().chain([&one.tree]))
        .map(|tree| (&*tree.file, &**tree))
        .collect();
    for tree in trees.into_values().filter(|tree| lints::may_waive(tree)) {
        lints::apply_together(tree, all_were_read, &mut found);
    }
    found
}

fn of_all(loaded: &[&Loaded]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
    for &Loaded { header, tree, path, .. } in loaded {
        if let Some(other) = ids.insert(&header.id, path) {
            let message = format!("{other} has the id {:?} too", header.id);
            found.push(told(tree, message, &header.id).help("let the id be the name of the file"));
        } else if path.strip_prefix("runbooks/").and_then(|name| name.strip_suffix(".rhai")) != Some(&header.id) {
            let message = format!("the id {:?} is not the name of the file", header.id);
            let place = told(tree, String::new(), &header.id).span;
            let warning = Diagnostic::warning("W0318", message, &tree.file, place);
            let file = path.rsplit('/').next().and_then(|name| name.strip_suffix(".rhai")).unwrap_or(path);
            let warning = warning.note("other runbooks wait for it by that name");
            found.push(warning.help(format!("write the id {file:?}, or give the file that name")));
        }
    }
    found.extend(titled_alike(loaded));
    found.extend(waited_for(loaded));
    let stuck = waiting(loaded);
    // Who waits for itself has no place among the stages.
    let placed = loaded.iter().enumerate().filter(|(at, _)| !stuck.contains(at));
    found.extend(placed.filter_map(|(_, one)| too_early(one, loaded)));
    found.extend(openers(loaded));
    found.extend(loaded.iter().flat_map(|one| otherwise(one, loaded)));
    found.extend(stuck.into_iter().filter_map(|at| circle(loaded, at)));
    found
}

/// Two runbooks of one title: mostly one was copied from the other.
fn titled_alike(loaded: &[&Loaded]) -> Vec<Diagnostic> {
    let mut titles: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    let alike = loaded.iter().filter_map(|Loaded { header, tree, path, .. }| {
        let (other, _) = titles.insert(&header.title, (path, &header.id)).filter(|(_, id)| *id != header.id)?;
        let message = format!("the title {:?} is that of {other} too", header.title);
        let place = told(tree, String::new(), &header.title).span;
        let told = Diagnostic::warning("W0355", message, &tree.file, place);
        Some(told.note("lists and journals show a runbook by its title").help("say what this runbook is for"))
    });
    alike.collect()
}

/// Public functions of libraries that no runbook and no library calls, and words that are another one turned round.
fn of_the_whole<'l>(loaded: &[&'l Loaded], right: impl Iterator<Item = &'l str>) -> Vec<Diagnostic> {
    let mut libraries: BTreeMap<&str, &Tree> = BTreeMap::new();
    for library in loaded.iter().flat_map(|one| one.trees.values()) {
        libraries.insert(&library.file, library);
    }
    let mut called: FxHashSet<&str> = FxHashSet::default();
    let mut words = turned::Words::default();
    right.for_each(|word| words.right(word));
    for tree in loaded.iter().map(|one| &*one.tree).chain(libraries.values().copied()) {
        tree.walk(&mut |node| {
            match &node.kind {
                Kind::Call(call) => _ = called.insert(&call.name.text),
                Kind::Variable { name, .. } => _ = called.insert(&name.text),
                _ => {}
            }
            words.node(tree, node);
        });
    }
    let trees = loaded.iter().map(|one| &*one.tree).chain(libraries.values().copied());
    let sources: Vec<&str> = trees.map(|tree| &*tree.source).collect();
    let mut found = words.told(&sources);
    found.extend(words.names_told(&sources));
    for tree in libraries.values() {
        let is_idle = |function: &&Function| !function.is_private && !called.contains(function.name.as_str());
        for function in tree.declared().filter(is_idle).filter(|function| !function.name.starts_with('_')) {
            let message = format!("fn {} is called by no runbook and no library", function.name);
            let told = Diagnostic::warning("W0223", message, &tree.file, function.name_span);
            found.push(told.help(call_or_leave_out(function)));
        }
    }
    found
}

/// What a phase waits for must end by itself: it is a phase, and has an exit gate.
fn waited_for(loaded: &[&Loaded]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut mute = BTreeSet::new();
    for Loaded { header, tree, .. } in loaded {
        for other in header.after.iter().filter_map(|id| loaded.iter().find(|other| other.header.id == *id)) {
            let id = &other.header.id;
            if other.header.on_demand {
                let message = format!("{} waits for {id}, which is run only when it is called for", header.id);
                found.push(told(tree, message, id).help("wait for a phase, or take on_demand out there"));
            }
            let has_exit = structure(&other.tree).any(|call| call.name.text == "exit_gate");
            if !has_exit && mute.insert(id) {
                let message = format!("{} waits for this runbook, which has no exit gate", header.id);
                let place = told(&other.tree, String::new(), id).span;
                let told = Diagnostic::error("E0304", message, &other.tree.file, place);
                found.push(
                    told.note("nothing says when its work is done, and the next phase stands on hope")
                        .help(lints::way_out(&other.tree, other.last_that_asks())),
                );
            }
        }
    }
    found
}

/// A phase is rehearsed where the cloud is when its turn comes: not before the stage of a phase that it waits for.
fn too_early(Loaded { header, tree, .. }: &Loaded, loaded: &[&Loaded]) -> Option<Diagnostic> {
    let place = |stage: &str| Lab::stages().iter().position(|known| *known == stage);
    let own = place(&header.stage).filter(|_| !header.on_demand)?;
    let waited = header.after.iter().filter_map(|id| loaded.iter().find(|other| other.header.id == *id));
    let waited = waited.filter_map(|other| Some((place(&other.header.stage)?, &other.header)));
    let (stage, other) = waited.max_by_key(|(stage, _)| *stage).filter(|(stage, _)| *stage > own)?;
    let message =
        format!("the lab's stage {:?} lies before that of {}, which this phase waits for", header.stage, other.id);
    let place = told(tree, String::new(), &header.stage).span;
    let told = Diagnostic::warning("W0351", message, &tree.file, place);
    let stages = Lab::stages()[stage..].join(", ");
    let told = told.note(format!("{} begins at {:?}: from there on the stages are {stages}", other.id, other.stage));
    Some(told.help("name the stage at which the cloud is when this phase begins, or wait for another phase"))
}

/// Gates that want otherwise than a runbook makes it that does not wait for theirs.
fn otherwise(one: &Loaded, loaded: &[&Loaded]) -> Vec<Diagnostic> {
    let is_other = |other: &&&Loaded| other.path != one.path && !waits_for(other, &one.header.id, loaded);
    let others: Vec<_> = loaded.iter().filter(is_other).map(|other| &other.across).collect();
    one.across.against(&others)
}

/// Whether a runbook comes behind another one, at once or by those between them.
fn waits_for(late: &Loaded, early: &str, loaded: &[&Loaded]) -> bool {
    let mut ways: Vec<&str> = late.header.after.iter().map(String::as_str).collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = ways.pop() {
        if id == early {
            return true;
        }
        let next = loaded.iter().find(|other| other.header.id == id).filter(|_| seen.insert(id));
        ways.extend(next.into_iter().flat_map(|other| other.header.after.iter().map(String::as_str)));
    }
    false
}

/// A rebuild begins in one place.
fn openers(loaded: &[&Loaded]) -> Option<Diagnostic> {
    let mut opening = loaded.iter().filter_map(|one| Some((one, one.header.opens.as_ref()?)));
    let (first, _) = opening.next()?;
    let (second, name) = opening.next()?;
    let message = format!("{} opens a deployment too", first.header.id);
    Some(
        told(&second.tree, message, name)
            .note("a rebuild begins with one runbook; the others belong to what it opened"),
    )
}

/// The guard by which a runbook refuses must be a gate that one of its steps asks: else its refusal is a failure.
pub(super) fn no_guard(loaded: &Loaded) -> Option<Diagnostic> {
    let guard = loaded.header.refuses_again.as_ref()?;
    let (id, name) = guard.split_once(' ').unwrap_or((guard, ""));
    let calls = || structure(&loaded.tree).filter(|call| call.name.text != "runbook");
    let id_of = |call: &Call| call.args.first().and_then(Node::as_text).map(str::to_owned);
    let Some(step) = calls().find(|call| id_of(call).as_deref() == Some(id)) else {
        let steps: Vec<String> = calls().filter_map(id_of).collect();
        let found = told(&loaded.tree, format!("refuses_again: no step has the id {id:?}"), guard);
        return Some(found.note(format!("steps: {}", steps.join(", "))).help("write \"STEP NAME OF ITS GATE\""));
    };
    // A name that is put together is known only in the run.
    let step = sites::step(&loaded.tree, &loaded.trees, &role, step);
    let gates: Vec<Option<&str>> = step.of(Role::Gate).map(|site| site.name.as_deref()).collect();
    if gates.contains(&Some(name)) || gates.contains(&None) {
        return None;
    }
    let known: Vec<&str> = gates.into_iter().flatten().collect();
    let message = format!("refuses_again: step {id} asks no gate {name:?}");
    let asks = |call: &&Call| {
        let step = sites::step(&loaded.tree, &loaded.trees, &role, call);
        step.of(Role::Gate).any(|site| site.name.as_deref() == Some(name))
    };
    if let Some(other) = calls().find(asks).and_then(id_of) {
        let found = told(&loaded.tree, message, guard);
        return Some(found.help(format!("step {other} asks it: write \"{other} {name}\"")));
    }
    let found = told(&loaded.tree, format!("{message}{}", did_you_mean(name, &known)), guard);
    let known = if known.is_empty() { "none".to_string() } else { known.join(", ") };
    Some(found.note(format!("gates of step {id}: {known}")))
}

/// A header that waits for its own id: mostly the id is another file's.
fn waits_for_itself(tree: &Tree, id: &str) -> Diagnostic {
    let found = told(tree, format!("{id} waits for itself"), id);
    let name = tree.file.strip_prefix("runbooks/").and_then(|path| path.strip_suffix(".rhai"));
    let Some(name) = name.filter(|name| *name != id) else { return found.help("take it out of `after`") };
    let own = runbook_call(tree).and_then(|call| call.args.first()).map_or(found.span, |first| first.span);
    Diagnostic { span: own, ..found }
        .note(format!("the id is {id:?}, and the file is {name}.rhai"))
        .help(format!("write the id {name:?}"))
}

/// Those that wait for each other and could never begin: what remains when all that can go have gone.
fn waiting(loaded: &[&Loaded]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..loaded.len()).collect();
    loop {
        let is_left = |id: &String, left: &[usize]| left.iter().any(|at| loaded[*at].header.id == *id);
        let stuck: Vec<usize> = left
            .iter()
            .copied()
            .filter(|at| loaded[*at].header.after.iter().any(|id| is_left(id, &left) && *id != loaded[*at].header.id))
            .collect();
        if stuck.len() == left.len() {
            return left;
        }
        left = stuck;
    }
}

/// The way from a runbook back to itself.
fn circle(loaded: &[&Loaded], from: usize) -> Option<Diagnostic> {
    let header = &loaded[from].header;
    let mut ways: Vec<Vec<&str>> = header.after.iter().map(|id| vec![id.as_str()]).collect();
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        let last = *way.last()?;
        if last == header.id {
            let message = format!("{0} waits for itself: {0} waits for {1}", header.id, way.join(", that for "));
            let place = told(&loaded[from].tree, message, way[0]);
            return Some(place.note("none of them could ever begin"));
        }
        if let Some(next) = loaded.iter().find(|other| other.header.id == last).filter(|_| seen.insert(last)) {
            ways.extend(next.header.after.iter().map(|id| [&way[..], &[id.as_str()]].concat()));
        }
    }
    None
}

/// A version that this program has not come to yet.
fn newer(wanted: &str) -> Option<&str> {
    let parts = |text: &str| text.split('.').map(|part| part.parse::<u64>().ok()).collect::<Option<Vec<_>>>();
    let (wanted_parts, own) = (parts(wanted)?, parts(env!("CARGO_PKG_VERSION"))?);
    (wanted_parts > own).then_some(wanted)
}

/// What can be a file's name.
fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Numbers with dots between them.
fn is_version(text: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    text.split('.').count() <= 3 && text.split('.').all(number)
}

/// At the text itself, where it stands in the header.
fn told(tree: &Tree, message: String, text: &str) -> Diagnostic {
    let mut span = Span::default();
    if let Some(call) = runbook_call(tree) {
        span = call.name.span;
        for arg in &call.args {
            arg.walk(&mut |node| {
                if node.as_text() == Some(text) {
                    span = node.span;
                }
            });
        }
    }
    Diagnostic::error("E0318", message, &tree.file, span)
}
