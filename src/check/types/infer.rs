//! The state of an inference: files, names in sight, what was met so far.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use compact_str::CompactString;

use super::super::message::{Diagnostic, Frame, Severity, sort};
use super::super::places::Known;
use super::super::shape::STRUCTURE;
use super::super::tree::{Function, Kind, Node, Span, Tree};
use super::about::{About, Claim};
use super::calls::order::Exchange;
use super::calls::wants::Want;
use super::gates::confirmed::Confirmation;
use super::gates::each::Going;
use super::gates::known::Waiting;
use super::gates::passes::Pass;
use super::presence::Path;
use super::reading::{Heard, Seeds};
use super::values::Values;
use super::values::blame::Blame;
use super::values::held::Demand;
use super::values::rows::OfRow;
use super::values::words::Words;
use super::{Charmed, Constants, Library, Named, Reach, Table, Type, Use};
use crate::script::{Measure, Primitive};

/// One file.
pub(super) struct Source<'t> {
    pub(super) tree: &'t Tree,
    pub(super) file: Arc<str>,
    /// Types of constants by their values.
    known: Option<&'t BTreeMap<String, Type>>,
    /// The values of constants.
    pub(super) values: Option<&'t Constants>,
    /// Whether the types of all its constants are known by their values.
    pub(super) is_evaluated: bool,
    /// Types of constants whose values are not known, by their text.
    inferred: BTreeMap<&'t str, Type>,
    /// Alias to the name of a library.
    pub(super) modules: &'t BTreeMap<CompactString, CompactString>,
    /// Name outside to name inside.
    pub(super) exports: &'t BTreeMap<CompactString, CompactString>,
}

impl<'t> Source<'t> {
    fn of(tree: &'t Tree, library: Option<&'t Library>) -> Self {
        Source {
            tree,
            file: Arc::from(tree.file.as_str()),
            known: library.map(|library| &*library.constants),
            values: library.map(|library| &*library.values),
            is_evaluated: library.is_some_and(|library| library.is_evaluated),
            inferred: BTreeMap::new(),
            modules: tree.modules(),
            exports: tree.exports(),
        }
    }

    /// The type of a constant.
    pub(super) fn constant(&self, name: &str) -> Option<&Type> {
        self.known.and_then(|known| known.get(name)).or_else(|| self.inferred.get(name))
    }

    /// The names of its constants.
    pub(super) fn constants(&self) -> Vec<&str> {
        let known = self.known.into_iter().flat_map(|known| known.keys().map(String::as_str));
        known.chain(self.inferred.keys().copied()).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// A variable, a constant or a parameter.
pub(super) struct Variable<'t> {
    pub(super) name: &'t str,
    pub(super) span: Span,
    pub(super) home: usize,
    pub(super) ty: Type,
    pub(super) read: bool,
    /// Whether it is a finding when nobody reads it.
    pub(super) declared: bool,
    /// What it was declared with.
    pub(super) value: Option<&'t Node>,
    /// Whether it is given another value later.
    pub(super) set: bool,
    /// The list that it is gone through as a member of.
    pub(super) from: Option<&'t Node>,
    /// What it may hold, where that is known.
    pub(super) holds: Option<Rc<Values<'t>>>,
}

/// A function with the types it was called with.
pub(super) type Key = (usize, CompactString, Vec<Type>);

/// What calling a function with certain types gives.
pub(super) struct Instance {
    pub(super) result: Type,
    pub(super) uses: Vec<Use>,
    pub(super) done: bool,
    /// Whether it called itself while its result was not known.
    pub(super) recursed: bool,
    /// The variable of its first parameter.
    pub(super) first: usize,
    /// What it wants of its parameters, and did not get.
    pub(super) wants: Vec<Want>,
}

/// A closure, and the names that it sees.
#[derive(PartialEq)]
pub(super) struct Captured<'t> {
    pub(super) home: usize,
    pub(super) function: &'t str,
    pub(super) scope: Vec<usize>,
}

pub(super) struct Infer<'t> {
    pub(super) table: &'t Table,
    /// The first is the file that is checked, the others its libraries.
    pub(super) sources: Vec<Source<'t>>,
    pub(super) names: BTreeMap<&'t str, usize>,
    pub(super) home: usize,
    /// The variables in sight, outer before inner.
    pub(super) scope: Vec<usize>,
    pub(super) variables: Vec<Variable<'t>>,
    /// What the function that is being read returns so far.
    pub(super) returned: Type,
    /// What the loop that is being read breaks with.
    pub(super) broken: Type,
    pub(super) frames: Vec<Frame>,
    pub(super) instances: BTreeMap<Key, Instance>,
    pub(super) closures: Vec<Captured<'t>>,
    /// The closures whose body was read, by file and name.
    pub(super) entered: BTreeSet<(usize, &'t str)>,
    /// Fields that a condition around says are there.
    pub(super) fields_there: Vec<Path<'t>>,
    pub(super) uses: Vec<Use>,
    /// What calls are about that change something, or tell of a change.
    pub(super) abouts: Vec<About<'t>>,
    /// What gates say of readings that tell of a change.
    pub(super) claims: Vec<Claim<'t>>,
    /// Which reading stands where, by the place of its name, and what it is about.
    pub(super) readings: BTreeMap<usize, (&'static Primitive, Option<usize>)>,
    /// Which declaration gave a value that may be absent, by file and place.
    pub(super) origins: BTreeMap<(usize, Span), String>,
    /// What is written, and compared with known words.
    pub(super) words: Words<'t>,
    /// What calls handed over, by the variable of the parameter.
    pub(super) handed: BTreeMap<usize, Vec<Values<'t>>>,
    /// What parameters are held to.
    pub(super) demands: Vec<Demand<'t>>,
    /// What is confirmed by a name that is known when all was read.
    pub(super) confirmations: Vec<Confirmation<'t>>,
    /// Findings about parameters, of which the constant is named that came to them.
    pub(super) blames: RefCell<Vec<Blame<'t>>>,
    /// Whether a closure is read that a primitive calls: no gate stands in it.
    pub(super) in_closure: bool,
    /// The comparison that is being judged.
    pub(super) comparing: Option<(Span, bool)>,
    /// The function that is being read for a call.
    pub(super) function: Option<&'t Function>,
    /// What it wants of its parameters, and did not get.
    pub(super) wants: Vec<Want>,
    /// Whether any function that was read lacks something.
    pub(super) is_lacking: bool,
    /// Texts that may be in each other's place, as libraries tell that are not imported.
    pub(super) exchanges: Vec<Exchange>,
    /// Whether an exit gate is read.
    pub(super) in_exit: bool,
    /// What stands between a run and the gates of an exit gate.
    pub(super) passes: Vec<Pass<'t>>,
    /// The loops of this body that are being read, outer before inner.
    pub(super) going: Vec<Going<'t>>,
    /// What is told where no variable that it rests on is changed.
    pub(super) waiting: Vec<Waiting>,
    /// What an editor wants to know, when one asks.
    pub(super) heard: Option<Heard>,
    /// What functions that nobody here calls are called with elsewhere.
    pub(super) seeds: Seeds,
    /// By file, the names that are given another value anywhere in it.
    pub(super) given_another: RefCell<BTreeMap<usize, BTreeSet<&'t str>>>,
    /// How many function bodies may still be read.
    pub(super) fuel: usize,
    /// What the first parameter of the closure that is entered next holds.
    pub(super) element: Option<Values<'t>>,
    /// The list that it comes from.
    pub(super) drawn: Option<&'t Node>,
    /// How many shares open the key that this script makes.
    pub(super) threshold: Option<i64>,
    /// What products and quotients are counted in, by file and extent.
    pub(super) counted: BTreeMap<(usize, Span), Measure>,
    /// Quotients of two sizes.
    pub(super) parts: BTreeSet<(usize, Span)>,
    /// What lies outside its network at some turn, by file and call: a gate tells it.
    pub(super) outsides: BTreeMap<(usize, Span), Diagnostic>,
    /// Numbers that one row of a list has.
    pub(super) of_rows: Vec<OfRow<'t>>,
    /// Files that are read by name.
    pub(super) files: Vec<Named>,
    /// Units that a call takes of one charm alone.
    pub(super) units: Vec<Charmed>,
    /// What libraries hold of this site.
    pub(super) site: Known<'t>,
    found: Vec<Diagnostic>,
    told: BTreeSet<(String, String, Span, String)>,
}

/// More readings of function bodies than any sane runbook needs.
const FUEL: usize = 4_000;

impl<'t> Infer<'t> {
    pub(super) fn of(
        table: &'t Table,
        main: &'t Tree,
        library: Option<&'t Library>,
        libs: &'t BTreeMap<String, Library>,
    ) -> Self {
        let others = libs.values().map(|library| Source::of(&library.tree, Some(library)));
        Infer {
            table,
            sources: [Source::of(main, library)].into_iter().chain(others).collect(),
            names: libs.keys().enumerate().map(|(at, name)| (name.as_str(), at + 1)).collect(),
            home: 0,
            scope: Vec::new(),
            variables: Vec::new(),
            returned: Type::Never,
            broken: Type::Never,
            frames: Vec::new(),
            instances: BTreeMap::new(),
            closures: Vec::new(),
            entered: BTreeSet::new(),
            fields_there: Vec::new(),
            uses: Vec::new(),
            abouts: Vec::new(),
            claims: Vec::new(),
            readings: BTreeMap::new(),
            origins: BTreeMap::new(),
            words: Words::default(),
            handed: BTreeMap::new(),
            demands: Vec::new(),
            confirmations: Vec::new(),
            blames: RefCell::default(),
            in_closure: false,
            comparing: None,
            function: None,
            wants: Vec::new(),
            is_lacking: false,
            exchanges: Vec::new(),
            in_exit: false,
            passes: Vec::new(),
            going: Vec::new(),
            waiting: Vec::new(),
            element: None,
            drawn: None,
            threshold: None,
            counted: BTreeMap::new(),
            parts: BTreeSet::new(),
            outsides: BTreeMap::new(),
            of_rows: Vec::new(),
            files: Vec::new(),
            units: Vec::new(),
            site: Known::of(main, libs),
            heard: None,
            seeds: Seeds::new(),
            given_another: RefCell::default(),
            fuel: FUEL,
            found: Vec::new(),
            told: BTreeSet::new(),
        }
    }

    /// The file that is being read.
    pub(super) fn tree(&self) -> &'t Tree {
        self.sources[self.home].tree
    }

    /// The top levels: constants of all files, and the steps of a runbook.
    pub(super) fn top(&mut self) -> Vec<Reach> {
        for home in (1..self.sources.len()).rev() {
            // What the values of a library tell already need not be read again for each file that imports it.
            if self.sources[home].is_evaluated {
                continue;
            }
            self.at_home(home, |infer| {
                for node in &infer.tree().statements {
                    infer.top_statement(node);
                }
            });
        }
        self.tree().statements.iter().filter_map(|node| self.top_statement(node)).collect()
    }

    fn top_statement(&mut self, node: &'t Node) -> Option<Reach> {
        self.uses.clear();
        self.node(node, false);
        if let Kind::Let { name, .. } = &node.kind {
            self.constant(&name.text);
        }
        let Kind::Call(call) = &node.kind else { return None };
        let is_step = call.plain_name().is_some_and(|name| STRUCTURE.contains(&name) && name != "runbook");
        let id = call.args.first().and_then(Node::as_text).unwrap_or_default().to_owned();
        let is_exit = call.name.text == "exit_gate";
        let uses = std::mem::take(&mut self.uses);
        is_step.then_some(Reach { id, span: call.name.span, is_exit, uses, unseen: Vec::new() })
    }

    /// A constant has the type of its value, where it could be evaluated.
    fn constant(&mut self, name: &'t str) {
        let Some(at) = self.lookup(name) else { return };
        let source = &mut self.sources[self.home];
        if let Some(known) = source.constant(name) {
            self.variables[at].ty = known.clone();
        } else {
            source.inferred.insert(name, self.variables[at].ty.clone());
        }
    }

    /// Reads in another file, with nothing of this one in sight.
    pub(super) fn at_home<R>(&mut self, home: usize, read: impl FnOnce(&mut Self) -> R) -> R {
        let before = (self.home, std::mem::take(&mut self.scope));
        self.home = home;
        let result = read(self);
        (self.home, self.scope) = before;
        result
    }

    /// Reads a block: what it declares is out of sight afterwards.
    pub(super) fn scoped<R>(&mut self, read: impl FnOnce(&mut Self) -> R) -> R {
        let depth = self.scope.len();
        let result = read(self);
        self.scope.truncate(depth);
        result
    }

    /// Puts a name in sight.
    pub(super) fn declare(&mut self, name: &'t str, span: Span, ty: Type, declared: bool) {
        self.scope.push(self.variables.len());
        self.variables.push(Variable {
            name,
            span,
            home: self.home,
            ty,
            read: false,
            declared,
            value: None,
            set: false,
            from: None,
            holds: None,
        });
    }

    /// The nearest variable of that name.
    pub(super) fn lookup(&self, name: &str) -> Option<usize> {
        self.scope.iter().rev().copied().find(|at| self.variables[*at].name == name)
    }

    /// Adds a finding once, with the calls that led to it.
    #[cold]
    pub(super) fn tell(&mut self, mut diagnostic: Diagnostic) {
        let key = (diagnostic.id.clone(), diagnostic.file.clone(), diagnostic.span, diagnostic.message.clone());
        if self.told.insert(key) {
            diagnostic.frames.extend(self.frames.iter().rev().cloned());
            self.found.push(diagnostic);
        }
    }

    /// How many findings there are: where what follows from one begins.
    pub(super) fn told_so_far(&self) -> usize {
        self.found.len()
    }

    /// Whether errors were found since then.
    pub(super) fn has_errors(&self, since: usize) -> bool {
        self.found[since..].iter().any(|found| found.severity == Severity::Error)
    }

    /// Takes back what was told since then over arguments that are themselves misspelt: they say nothing of their place.
    pub(super) fn take_back_of_misspelt(&mut self, since: usize) {
        for at in (since..self.found.len()).rev() {
            if self.is_over_a_mistake(&self.found[at], since) {
                self.found.remove(at);
            }
        }
    }

    /// Whether an error that was told before lies in the place of this finding.
    pub(super) fn is_over_a_mistake(&self, told: &Diagnostic, before: usize) -> bool {
        let is_it = |other: &Diagnostic| {
            other.severity == Severity::Error && other.file == told.file && told.span.holds(other.span)
        };
        self.found.iter().take(before).any(is_it)
    }

    /// Whether what is read is a statement of the file itself, and of no function that was called.
    pub(super) fn is_outermost(&self) -> bool {
        self.frames.is_empty()
    }

    /// Reads something otherwise than it is written, and answers whether it would be right so. Nothing of it stays.
    pub(super) fn tried(&mut self, read: impl FnOnce(&mut Self)) -> bool {
        let (found, told, uses) = (self.found.len(), std::mem::take(&mut self.told), self.uses.len());
        let wants = self.wants.len();
        let (demands, waiting, blames) = (self.demands.len(), self.waiting.len(), self.blames.get_mut().len());
        let confirmations = self.confirmations.len();
        let instances: BTreeSet<Key> = self.instances.keys().cloned().collect();
        read(self);
        let lacks = |(key, instance): (&Key, &Instance)| !instances.contains(key) && !instance.wants.is_empty();
        let is_right = !self.has_errors(found) && !self.instances.iter().any(lacks);
        self.found.truncate(found);
        self.told = told;
        self.uses.truncate(uses);
        self.demands.truncate(demands);
        self.confirmations.truncate(confirmations);
        self.wants.truncate(wants);
        self.waiting.truncate(waiting);
        self.instances.retain(|key, _| instances.contains(key));
        self.blames.get_mut().truncate(blames);
        is_right
    }

    /// The findings, to complete them.
    pub(super) fn found_so_far(&mut self) -> &mut [Diagnostic] {
        &mut self.found
    }

    /// Tells this in place of the errors that were found since then, which follow from it; where there are none, as it is.
    pub(super) fn tell_instead(&mut self, mut told: Diagnostic, since: usize) {
        if self.has_errors(since) {
            self.found.truncate(since);
            told = Diagnostic { id: "E0207".into(), severity: Severity::Error, ..told };
        }
        self.tell(told);
    }

    /// Whether something else was found there, other than what a gate is called and that it asks nothing.
    pub(super) fn is_blamed(&self, file: &str, within: Span) -> bool {
        let is_cause = |id: &str| !matches!(id, "E0320" | "W0356" | "W0357");
        self.found.iter().any(|other| other.file == file && is_cause(&other.id) && within.holds(other.span))
    }

    /// Whether a rule was broken there.
    pub(super) fn is_told_of(&self, id: &str, file: &str, within: Span) -> bool {
        self.found.iter().any(|other| other.id == id && other.file == file && within.holds(other.span))
    }

    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        sort(&mut self.found);
        self.found
    }
}
