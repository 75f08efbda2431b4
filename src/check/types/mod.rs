//! The types of a script: a wrong name, field, option or argument never reaches the cloud.
//!
//! Signatures come from the primitives' one declaration. Types flow through `let`, loops, chains, closures and functions,
//! whose parameters are known from their calls; constants of libraries are typed by their values. Nothing runs here and
//! nothing is guessed: what cannot be told of a cloud's object is an error. What omega does when it runs a script is the
//! measure: a script that passes does not end with an error of a name, an arity, a field or a type.
//!
//! Here are the names in sight, statements and expressions; in `calls/` who is called and what it is given, in `values/` what
//! is known before the run and what it is held to, in `gates/` what is asked of a cloud.

mod about;
mod access;
mod across;
mod calls;
mod expressions;
mod flow;
mod gates;
mod infer;
mod operators;
mod presence;
mod reading;
mod report;
mod table;
mod ty;
mod unused;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use across::Across;
pub use calls::order::Exchange;
pub use reading::{Known, Reading, Seeds, read};
pub use table::Table;
pub use ty::Type;
pub use values::fixed::{Constants, Fixed, FixedMap};
pub use values::numbers::FEW_LOOKS;
pub use values::words::vocabulary;

use super::message::Diagnostic;
use super::places::Places;
use super::tree::{Kind, Span, Tree};
use crate::script::Primitive;
use infer::Infer;

/// A library as an importer sees it.
#[derive(Clone)]
pub struct Library {
    /// Its tree.
    pub tree: Arc<Tree>,
    /// The types of its constants, by their values; those that could not be evaluated are missing.
    pub constants: Arc<BTreeMap<String, Type>>,
    /// Their values, as far as they could be evaluated.
    pub values: Arc<Constants>,
    /// Where those stand that are this site's.
    pub places: Arc<Places>,
    /// Whether its top level has nothing but constants, whose types are all known by their values.
    is_evaluated: bool,
}

impl Library {
    /// A library whose constants were evaluated, as far as they could be.
    #[must_use]
    pub fn of(tree: Arc<Tree>, constants: BTreeMap<String, Type>, values: Constants) -> Self {
        let is_evaluated = tree.statements.iter().all(|node| match &node.kind {
            Kind::Let { name, .. } => constants.contains_key(name.text.as_str()),
            Kind::Import { .. } | Kind::Export { .. } => true,
            _ => false,
        });
        let places = Arc::new(Places::of(&tree, &values));
        Library { tree, constants: Arc::new(constants), values: Arc::new(values), places, is_evaluated }
    }
}

/// A call of a primitive, or a reading of a field, that a step reaches.
#[derive(Clone)]
pub struct Use {
    /// What is called.
    pub primitive: &'static Primitive,
    /// The file of the call.
    pub file: Arc<str>,
    /// The place of its name.
    pub span: Span,
    /// What it is about.
    note: about::Note,
}

/// A step, and the primitives that it reaches, in the order in which the text comes to them.
pub struct Reach {
    /// Its literal id.
    pub id: String,
    /// Where `step` or `exit_gate` stands.
    pub span: Span,
    /// Whether it is an exit gate.
    pub is_exit: bool,
    /// Its calls of primitives.
    pub uses: Vec<Use>,
    /// Its changes that no gate behind them looks at.
    pub unseen: Vec<Unseen>,
}

/// A change that no gate looks at.
pub struct Unseen {
    /// Its place among the step's calls.
    pub place: usize,
    /// The first reading behind it that would tell of it, and is about another one.
    pub of_another: Option<Use>,
    /// Members of what it is given that no gate looks at, where one looks at others.
    pub left_out: Vec<String>,
    /// What a gate would ask, as it is written where the change is.
    pub asked_by: Option<String>,
}

/// What the types tell of a script.
pub struct Outcome {
    /// What is wrong.
    pub found: Vec<Diagnostic>,
    /// What each step of a runbook reaches.
    pub steps: Vec<Reach>,
    /// The files of the repository that are read by name.
    pub files: Vec<Named>,
    /// Units that may be of another charm than a call takes.
    pub units: Vec<Charmed>,
    /// What only all runbooks together can judge.
    pub across: Across,
    /// Arguments of which a library that is not imported may tell that they are in each other's place.
    pub exchanges: Vec<Exchange>,
}

/// A file that is named in a call beside another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Its path from the root.
    pub path: String,
    /// What the parameters of both are called, the other's first.
    pub params: [&'static str; 2],
    /// The call with each in the other's place.
    pub right: Option<String>,
}

/// A file that a script names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its path from the root.
    pub path: String,
    /// The script that reads it.
    pub file: String,
    /// Where it does.
    pub span: Span,
    /// Where the name is written.
    pub place: String,
    /// Files that are named in the call beside it.
    pub beside: Vec<Beside>,
    /// From the first argument to the last.
    pub within: Span,
}

/// Units that a call takes of one charm alone, or of every other one, and that may be of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charmed {
    /// Their names, or those of their applications.
    pub units: Vec<String>,
    /// Whether all of them are taken; else it is one of them.
    pub is_list: bool,
    /// What takes units of others than this call.
    pub otherwise: Option<String>,
    /// The charm of which they must be, or must not be.
    pub charm: crate::script::Charm,
    /// What is called.
    pub who: String,
    /// The script that calls it.
    pub file: String,
    /// Where it does.
    pub span: Span,
    /// Where the unit is written.
    pub place: String,
}

/// The types of a runbook, and of its libraries as it calls them; what it does not call of them is theirs to tell. `libs`
/// are by the name they are imported under.
#[must_use]
pub fn runbook(table: &Table, main: &Tree, libs: &BTreeMap<String, Library>) -> Outcome {
    let mut infer = Infer::of(table, main, None, libs);
    let mut steps = infer.top();
    infer.uncalled(0..1);
    infer.spelling();
    infer.holdings();
    infer.rows();
    infer.confirmations();
    infer.blame_those_who_call();
    infer.unchanged();
    infer.sights(&mut steps);
    infer.afterwards(&steps);
    infer.stale(&steps);
    infer.passed(&steps);
    let across = infer.across(&steps);
    unused::check(&mut infer, false);
    let (files, units) = (std::mem::take(&mut infer.files), std::mem::take(&mut infer.units));
    let exchanges = std::mem::take(&mut infer.exchanges);
    Outcome { found: infer.finish(), steps, files, units, across, exchanges }
}

/// The types of a library by itself: functions that nobody here calls are read with parameters of any type.
#[must_use]
pub fn library(table: &Table, library: &Library, libs: &BTreeMap<String, Library>) -> Outcome {
    let mut infer = Infer::of(table, &library.tree, Some(library), libs);
    infer.top();
    infer.uncalled(0..1);
    infer.spelling();
    infer.holdings();
    infer.rows();
    infer.confirmations();
    infer.blame_those_who_call();
    infer.unchanged();
    unused::check(&mut infer, true);
    let (files, units) = (std::mem::take(&mut infer.files), std::mem::take(&mut infer.units));
    let (steps, across, exchanges) = (Vec::new(), Across::default(), Vec::new());
    Outcome { found: infer.finish(), steps, files, units, across, exchanges }
}
