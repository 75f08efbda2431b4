//! What each step can reach: every gate it may ask and every primitive it may call, from the text alone.
//!
//! A run has passed only if each gate site that its steps reach was asked, so this must never leave one out: what it
//! cannot follow it treats as reached. It follows local functions, functions of imported libraries, closures where they
//! are written, and functions handed over by name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use super::{
    shape::structure,
    tree::{Arm, Block, Call, Function, Kind, Name, Node, Span, Tree},
};

/// What a call is to the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It asks a gate.
    Gate,
    /// It reads from the world.
    Read,
    /// It reads in a way that leaves a record there.
    Acts,
    /// It would change the world.
    Change,
    /// None of these.
    Other,
}

/// A step and what it can reach.
#[derive(Clone, Debug)]
pub struct StepSites {
    /// Its literal id.
    pub id: String,
    /// Its literal title.
    pub title: String,
    /// Whether it is an exit gate.
    pub is_exit: bool,
    /// Where `step` or `exit_gate` stands.
    pub span: Span,
    /// The gates, reads and changes, in the order in which the text comes to them.
    pub sites: Vec<Site>,
}

impl StepSites {
    /// The sites of one role.
    pub fn of(&self, role: Role) -> impl Iterator<Item = &Site> {
        self.sites.iter().filter(move |site| site.role == role)
    }
}

/// One call site.
#[derive(Clone, Debug)]
pub struct Site {
    /// What it is.
    pub role: Role,
    /// The file it stands in.
    pub file: String,
    /// Its place as run-time errors and the journal give it: the name's, without the modules before it.
    pub span: Span,
    /// The function as written: `gate_eq`, `openstack::ensure_network`.
    pub function: String,
    /// The first argument, when it is a plain text: a gate's name, an object's name.
    pub name: Option<String>,
    /// The arguments as they stand in the text.
    pub args: Vec<String>,
    /// The call itself.
    pub call: Call,
    /// Whether it may rightly stay out: under `if` or `switch`, behind `&&`, `||` or `??`, in a `while`.
    pub conditional: bool,
    /// Whether it stands in a loop.
    pub in_loop: bool,
    /// The variable of the loop around it that its arguments name, and the constant that the loop goes through.
    pub turns: Option<(String, String)>,
}

impl fmt::Display for Site {
    /// As a report lists what a step still had before it: `gate_eq "gateway"  lib/net.rhai:12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.args.first().map_or(String::new(), |first| format!(" {first}"));
        let maybe = if self.conditional { " (perhaps)" } else { "" };
        write!(f, "{}{what}{maybe}  {}:{}", self.function, self.file, self.span.line)
    }
}

/// The sites of every step of a runbook, in order. `libs` are the libraries by the name they are imported under;
/// `role` says what a call is, by its written name and whether it is a method ([`Call::is_method`]).
#[must_use]
pub fn sites(main: &Tree, libs: &BTreeMap<String, Arc<Tree>>, role: &dyn Fn(&Call) -> Role) -> Vec<StepSites> {
    let steps = structure(main).filter(|call| call.name.text != "runbook");
    steps.map(|call| step(main, libs, role, call)).collect()
}

/// The sites of one step, by the call that makes it.
pub fn step(main: &Tree, libs: &BTreeMap<String, Arc<Tree>>, role: &dyn Fn(&Call) -> Role, call: &Call) -> StepSites {
    let mut walk = Walk { libs, role, visited: BTreeSet::new(), found: Vec::new(), places: BTreeMap::new() };
    let there = There { tree: main, conditional: false, in_loop: false, turns: None };
    // The id and the title are texts; options and the body are walked alike.
    for arg in &call.args {
        walk.node(there, arg);
    }
    let text = |at: usize| call.args.get(at).and_then(Node::as_text).unwrap_or_default().to_owned();
    StepSites {
        id: text(0),
        title: text(1),
        is_exit: call.name.text == "exit_gate",
        span: call.name.span,
        sites: walk.found,
    }
}

/// Where the walk is.
#[derive(Clone, Copy)]
struct There<'t> {
    tree: &'t Tree,
    conditional: bool,
    in_loop: bool,
    /// The innermost loop over a constant.
    turns: Option<(&'t Name, &'t Node)>,
}

impl There<'_> {
    const fn maybe(self) -> Self {
        Self { conditional: true, ..self }
    }

    const fn turning(self) -> Self {
        Self { in_loop: true, ..self }
    }

    /// The loop over a constant that goes on around a call, where the call names its variable.
    fn turns(self, call: &Call) -> Option<(String, String)> {
        let (name, over) = self.turns?;
        let is_it = |node: &Node| matches!(&node.kind, Kind::Variable { path, name: named } if path.is_empty() && named.text == name.text);
        let mut names_it = false;
        call.args.iter().for_each(|arg| arg.walk(&mut |node| names_it |= is_it(node)));
        names_it.then(|| (name.text.to_string(), self.tree.text(over.span).to_string()))
    }
}

struct Walk<'t, 'r> {
    libs: &'t BTreeMap<String, Arc<Tree>>,
    role: &'r dyn Fn(&Call) -> Role,
    /// A function need not be walked twice under the same conditions.
    visited: BTreeSet<(&'t str, &'t str, usize, Span, bool, bool)>,
    found: Vec<Site>,
    /// Which site was found at a place.
    places: BTreeMap<(&'t str, Span), usize>,
}

impl<'t> Walk<'t, '_> {
    fn node(&mut self, there: There<'t>, node: &'t Node) {
        match &node.kind {
            Kind::Call(call) => {
                self.all(there, &call.args);
                self.call(there, call);
            }
            Kind::Method { of, safe, call } => {
                self.node(there, of);
                let there = if *safe { there.maybe() } else { there };
                self.all(there, &call.args);
                self.call(there, call);
            }
            Kind::Closure { function, .. } => {
                there.tree.closure(function).into_iter().for_each(|function| self.function(there, function));
            }
            Kind::Variable { path, name } => self.by_name(there, path.first().map(|p| p.text.as_str()), &name.text),
            Kind::Lazy { operands, .. } => self.lazy(there, operands),
            _ => self.flow(there, node),
        }
    }

    fn flow(&mut self, there: There<'t>, node: &'t Node) {
        match &node.kind {
            Kind::If { condition, then, otherwise } => {
                self.node(there, condition);
                self.block(there.maybe(), then);
                otherwise.iter().for_each(|block| self.block(there.maybe(), block));
            }
            Kind::Switch { value, arms } => {
                self.node(there, value);
                arms.iter().for_each(|arm| self.arm(there.maybe(), arm));
            }
            Kind::While { condition, body } => {
                self.node(there.turning(), condition);
                self.block(there.maybe().turning(), body);
            }
            Kind::For { name, over, body, .. } => {
                self.node(there, over);
                let is_constant = matches!(&over.kind, Kind::Variable { path, .. } if !path.is_empty());
                let turns = is_constant.then_some((name, &**over));
                self.block(There { turns, ..there.turning() }, body);
            }
            Kind::Loop { .. } | Kind::Do { .. } => self.children(there.turning(), node),
            Kind::Try { body, handler, .. } => {
                self.block(there, body);
                self.block(there.maybe(), handler);
            }
            _ => self.children(there, node),
        }
    }

    fn children(&mut self, there: There<'t>, node: &'t Node) {
        for child in node.children() {
            self.node(there, child);
        }
    }

    fn all(&mut self, there: There<'t>, nodes: &'t [Node]) {
        for node in nodes {
            self.node(there, node);
        }
    }

    fn block(&mut self, there: There<'t>, block: &'t Block) {
        self.all(there, &block.statements);
    }

    fn arm(&mut self, there: There<'t>, arm: &'t Arm) {
        arm.guard.iter().for_each(|guard| self.node(there, guard));
        self.node(there, &arm.body);
    }

    fn lazy(&mut self, there: There<'t>, operands: &'t [Node]) {
        let Some((first, rest)) = operands.split_first() else { return };
        self.node(there, first);
        self.all(there.maybe(), rest);
    }

    fn call(&mut self, there: There<'t>, call: &'t Call) {
        let role = (self.role)(call);
        if role != Role::Other {
            self.record(there, call, role);
        }
        let Some(home) = self.home(there.tree, call.path.first().map(|name| name.text.as_str())) else { return };
        for function in home.named(&call.name.text).filter(|function| function.params.len() == call.args.len()) {
            self.function(There { tree: home, turns: None, ..there }, function);
        }
    }

    /// A function handed over by its name will be called with what its receiver likes.
    fn by_name(&mut self, there: There<'t>, module: Option<&str>, name: &str) {
        let Some(home) = self.home(there.tree, module) else { return };
        for function in home.named(name) {
            self.function(There { tree: home, turns: None, ..there }, function);
        }
    }

    /// The file in which a name is to be looked up.
    fn home(&self, tree: &'t Tree, module: Option<&str>) -> Option<&'t Tree> {
        match module {
            None | Some("global") => Some(tree),
            Some(alias) => self.libs.get(tree.modules().get(alias)?.as_str()).map(|tree| &**tree),
        }
    }

    fn function(&mut self, there: There<'t>, function: &'t Function) {
        let at = (function.params.len(), function.span);
        let key = (there.tree.file.as_str(), function.name.as_str(), at.0, at.1, there.conditional, there.in_loop);
        if self.visited.insert(key) {
            self.block(there, &function.body);
        }
    }

    /// A site met twice counts with its stronger claim.
    fn record(&mut self, there: There<'t>, call: &'t Call, role: Role) {
        let place = (there.tree.file.as_str(), call.name.span);
        if let Some(site) = self.places.get(&place).map(|at| &mut self.found[*at]) {
            let stronger = (site.conditional, site.in_loop).min((there.conditional, there.in_loop));
            (site.conditional, site.in_loop) = stronger;
            return;
        }
        self.places.insert(place, self.found.len());
        self.found.push(Site {
            role,
            file: there.tree.file.clone(),
            span: call.name.span,
            function: call.full_name(),
            name: call.args.first().and_then(Node::as_text).map(str::to_owned),
            args: call.args.iter().map(|arg| there.tree.text(arg.span).to_owned()).collect(),
            call: call.clone(),
            conditional: there.conditional,
            in_loop: there.in_loop,
            turns: there.turns(call),
        });
    }
}

#[cfg(test)]
#[path = "sites_tests.rs"]
mod tests;
