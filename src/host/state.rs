//! What one pass over a runbook knows so far.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use rhai::FnPtr;

use super::{At, Change, Stop};

/// What a runbook says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Header {
    /// Its id, e.g. `phase-04`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: i64,
    /// The least version of omega that runs it.
    pub omega: String,
    /// The lab stage it starts from.
    pub stage: String,
    /// The runbooks that must have passed.
    pub after: Vec<String>,
    /// Capabilities, e.g. `maas: read`.
    pub needs: Vec<String>,
    /// The guard by which it refuses when applied again, if it does.
    pub refuses_again: Option<String>,
    /// Whether it is no phase: run when it is called for.
    pub on_demand: bool,
    /// What the deployment is called that an apply of it opens, if it opens one.
    pub opens: Option<String>,
}

impl Header {
    /// Whether it may change anything.
    pub fn changes(&self) -> bool {
        self.needs.iter().any(|need| need.ends_with(": change"))
    }

    /// Whether `namespace` was declared for reading, or for changing.
    pub fn allows(&self, namespace: &str, change: bool) -> bool {
        self.needs.iter().any(|need| match need.split_once(": ") {
            Some((name, "change")) => name == namespace,
            Some((name, "read")) => name == namespace && !change,
            _ => false,
        })
    }
}

/// A step as the top level of a runbook declares it.
#[derive(Clone)]
pub struct Section {
    /// Its id, e.g. `4.1`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether it is an exit gate.
    pub exit: bool,
    /// Where it is declared.
    pub at: At,
    /// What runs.
    pub body: FnPtr,
    /// The surroundings of the declaration: imports and constants.
    #[expect(deprecated, reason = "rhai's word for volatile; the version is pinned")]
    pub context: rhai::NativeCallContextStore,
}

/// Where in the runbook execution is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The top level of a library.
    Import,
    /// The top level of the runbook.
    Top,
    /// Inside a step.
    Step {
        /// The step's id.
        id: String,
    },
    /// An expression given to `omega eval`.
    Expression,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// To its end.
    Done,
    /// Deferred: what is not known before an earlier change.
    Undecided,
    /// Stopped.
    Stopped,
}

/// A planned object that answers for its kind and name from now on.
pub(super) type Planned = Arc<dyn Any + Send + Sync>;

/// The state of one pass.
#[derive(Clone)]
pub(super) struct State {
    pub(super) spot: super::Station,
    /// Steps that an apply must not enter.
    pub(super) not_yet: BTreeSet<String>,
    pub(super) place: Place,
    pub(super) header: Option<Header>,
    pub(super) sections: Vec<Section>,
    /// The first reason to stop; it stays.
    pub(super) latch: Option<Stop>,
    /// The reason why the current step is put off.
    pub(super) deferral: Option<Stop>,
    /// A promised field was read in the current step.
    pub(super) predicted: bool,
    /// The step whose wait is not over in this plan: the world moves meanwhile, and nothing after it can be told.
    pub(super) awaited: Option<String>,
    /// A gate failed: changes are refused from here on.
    pub(super) gate_failed: bool,
    /// Gates asked in the current step.
    pub(super) gates_asked: usize,
    /// How many closures that only ask are running, one in another.
    pub(super) looks: usize,
    /// step, name, subject of every gate asked.
    pub(super) gate_keys: BTreeSet<(String, String, String)>,
    /// file:line:column of every gate site asked.
    pub(super) sites_asked: BTreeSet<String>,
    /// What scripts were told since the last gate: the evidence that a plain bool came from.
    pub(super) told: Vec<(String, String)>,
    /// What scripts were told, for the digest.
    pub(super) facts: BTreeMap<String, serde_json::Value>,
    /// Changes of this pass, in order.
    pub(super) changes: Vec<Change>,
    /// Planned changes that an apply may still make.
    pub(super) permitted: VecDeque<Change>,
    /// Steps that the plan could not decide, with the cause.
    pub(super) undecided: BTreeMap<String, String>,
    /// kind and name -> planned handle.
    pub(super) overlay: BTreeMap<(String, String), Planned>,
    /// Kinds that planned changes touch, and the step.
    pub(super) touched: Vec<(String, String)>,
}

impl State {
    pub(super) fn new(permitted: Vec<Change>) -> Self {
        State {
            spot: super::Station::default(),
            not_yet: BTreeSet::new(),
            place: Place::Top,
            header: None,
            sections: Vec::new(),
            latch: None,
            deferral: None,
            predicted: false,
            awaited: None,
            gate_failed: false,
            gates_asked: 0,
            looks: 0,
            gate_keys: BTreeSet::new(),
            sites_asked: BTreeSet::new(),
            told: Vec::new(),
            facts: BTreeMap::new(),
            changes: Vec::new(),
            permitted: permitted.into(),
            undecided: BTreeMap::new(),
            overlay: BTreeMap::new(),
            touched: Vec::new(),
        }
    }

    /// Whether a run in this state goes on as one in the other does, when both begin the same step. What scripts were
    /// told is not compared: nothing but the plan's digest is made of it.
    pub(super) fn goes_on_as(&self, other: &State) -> bool {
        let State { latch, awaited, gate_failed, looks, gate_keys, sites_asked, .. } = self;
        let State { changes, permitted, undecided, overlay, touched, spot, not_yet, .. } = self;
        let is_same = |(one, other): ((_, &Planned), (_, &Planned))| one.0 == other.0 && Arc::ptr_eq(one.1, other.1);
        let laid_over = overlay.len() == other.overlay.len() && overlay.iter().zip(&other.overlay).all(is_same);
        let halted = latch.is_some() || other.latch.is_some();
        !halted
            && laid_over
            && (spot, not_yet, awaited, gate_failed)
                == (&other.spot, &other.not_yet, &other.awaited, &other.gate_failed)
            && (looks, gate_keys, sites_asked) == (&other.looks, &other.gate_keys, &other.sites_asked)
            && (changes, permitted, undecided) == (&other.changes, &other.permitted, &other.undecided)
            && *touched == other.touched
    }

    pub(super) fn step(&self) -> String {
        match &self.place {
            Place::Step { id } => id.clone(),
            _ => String::new(),
        }
    }

    /// The step of the first planned change that touches the whole namespace of `kind`: nothing read before it holds after.
    pub(super) fn swept_by(&self, kind: &str) -> Option<&str> {
        let whole = format!("{} *", kind.split(' ').next().unwrap_or(kind));
        self.touched.iter().find(|(touched, _)| *touched == whole).map(|(_, step)| step.as_str())
    }

    /// The step of the first planned change that touches `kind`.
    pub(super) fn touched_by(&self, kind: &str) -> Option<&str> {
        let namespace = kind.split(' ').next().unwrap_or(kind);
        self.touched
            .iter()
            .find(|(touched, _)| touched == kind || *touched == format!("{namespace} *"))
            .map(|(_, step)| step.as_str())
    }
}
