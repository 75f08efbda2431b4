//! Expressions that say the same in every run: constants, what pure functions make of them, variables that keep such a
//! value. Whether a variable keeps it is known when all was read, so a finding that rests on one waits until then.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Node, Span};
use super::super::infer::Infer;
use crate::script::Effect;

/// A finding, and what it takes for granted until all was read: that nothing changes these variables, and that nothing
/// else is wrong there.
pub(in super::super) struct Waiting {
    variables: Vec<usize>,
    told: Diagnostic,
    within: Span,
}

/// What an expression stands on.
#[derive(Default)]
struct Ground<'t> {
    /// Parameters of closures in it.
    own: Vec<&'t str>,
    /// Variables that hold what is known as long as nothing changes them.
    kept: Vec<usize>,
    /// Whether the members of a list that is known are known too, at each turn.
    of_members: bool,
}

impl<'t> Infer<'t> {
    /// A gate or a wait whose whole answer is known before the run.
    pub(in super::super) fn of_constants(&mut self, who: &str, node: &'t Node) {
        let mut ground = Ground::default();
        if !self.is_known(node, &mut ground) {
            return;
        }
        let name = match &node.kind {
            Kind::Variable { path, name } if path.is_empty() => Some(name.text.as_str()),
            _ => None,
        };
        let held = name.and_then(|name| self.variables[self.lookup(name)?].value);
        let why = match (name, held.map(|value| &value.kind)) {
            (Some(name), Some(Kind::Bool(holds))) => format!("`{name}` is {holds}, and nothing changes it"),
            (Some(name), _) => format!("`{name}` is known before the run"),
            _ => "all of it is known before the run".to_owned(),
        };
        let told = self.nothing_asked(who, node, &why);
        self.wait(ground, told, node.span);
    }

    /// A gate that compares two values which are both known.
    pub(super) fn of_two_constants(&mut self, seen: &'t Node, wanted: &'t Node) -> bool {
        let mut ground = Ground::default();
        if !self.is_known(seen, &mut ground) || !self.is_known(wanted, &mut ground) {
            return false;
        }
        // A thing and itself are told as that.
        if self.tree().text(seen.span) == self.tree().text(wanted.span) {
            return true;
        }
        let told = self.nothing_asked("the gate", wanted, "both sides are known before the run");
        self.wait(ground, told, seen.span.to(wanted.span));
        true
    }

    /// A list that began empty, and that nothing fills before its members are asked.
    pub(in super::super) fn never_filled(&mut self, list: &'t Node, what: &str) {
        let Kind::Variable { path, name } = &list.kind else { return };
        let Some(at) = self.lookup(&name.text).filter(|_| path.is_empty()) else { return };
        let variable = &self.variables[at];
        let is_empty = matches!(variable.value.map(|value| &value.kind), Some(Kind::Array(items)) if items.is_empty());
        if !is_empty || variable.set || !variable.declared || variable.home != self.home {
            return;
        }
        let begun = format!("`{}` begins empty on line {}, and nothing fills it", name.text, variable.span.line);
        let told = self.emptied(what, list.span, None).note(begun);
        self.wait(Ground { kept: vec![at], ..Ground::default() }, told, list.span);
    }

    /// Tells it when all was read, where nothing changes the variable.
    pub(in super::super) fn tell_if_kept(&mut self, name: &str, told: Diagnostic) {
        let kept = self.lookup(name).into_iter().collect();
        let within = told.span;
        self.wait(Ground { kept, ..Ground::default() }, told, within);
    }

    /// Tells it when all was read, where nothing else was found within.
    pub(in super::super) fn tell_late(&mut self, told: Diagnostic, within: Span) {
        self.wait(Ground::default(), told, within);
    }

    fn wait(&mut self, ground: Ground<'t>, mut told: Diagnostic, within: Span) {
        told.frames.extend(self.frames.iter().rev().cloned());
        self.waiting.push(Waiting { variables: ground.kept, told, within });
    }

    /// Tells what rests on variables that nothing changed; who corrects another mistake there asks something else.
    pub(in super::super) fn unchanged(&mut self) {
        for Waiting { variables, told, within } in std::mem::take(&mut self.waiting) {
            if variables.iter().all(|at| !self.variables[*at].set) && !self.is_blamed(&told.file, within) {
                self.tell(told);
            }
        }
    }

    /// Whether it says the same in every run, as far as what was read until here tells; the members of what is known do, at
    /// each turn.
    pub(super) fn is_of_constants(&self, node: &'t Node) -> bool {
        self.is_known(node, &mut Ground { of_members: true, ..Ground::default() })
    }

    /// Tells it when all was read, where nothing changes what this stands on.
    pub(super) fn tell_on_ground_of(&mut self, node: &'t Node, told: Diagnostic) {
        let mut ground = Ground { of_members: true, ..Ground::default() };
        self.is_known(node, &mut ground);
        if ground.kept.is_empty() {
            return self.tell(told);
        }
        let within = told.span;
        self.wait(ground, told, within);
    }

    fn is_known(&self, node: &'t Node, ground: &mut Ground<'t>) -> bool {
        let mut all = |nodes: &'t [Node]| nodes.iter().all(|node| self.is_known(node, ground));
        match &node.kind {
            Kind::Bool(_) | Kind::Int(_) | Kind::Char(_) | Kind::Text(_) => true,
            Kind::Template(parts) | Kind::Array(parts) => all(parts),
            Kind::Operator { operands, .. } | Kind::Lazy { operands, .. } => all(operands),
            Kind::Map(fields) => fields.iter().all(|field| self.is_known(&field.value, ground)),
            Kind::Property { of, .. } => self.is_known(of, ground),
            Kind::Index { of, index, .. } => self.is_known(of, ground) && self.is_known(index, ground),
            // Methods of what is known are pure: handles, whose methods ask, are never known.
            Kind::Method { of, call, .. } => {
                let is_empty = matches!(&of.kind, Kind::Array(items) if items.is_empty());
                // That the list is empty is told by itself.
                !is_empty && self.is_known(of, ground) && self.are_known(call, ground)
            }
            Kind::Call(call) => self.is_pure(call) && self.are_known(call, ground),
            Kind::Variable { path, name } if path.is_empty() => self.keeps(&name.text, ground),
            Kind::Variable { .. } => self.is_constant(node),
            _ => false,
        }
    }

    fn are_known(&self, call: &'t Call, ground: &mut Ground<'t>) -> bool {
        call.args.iter().all(|arg| match &arg.kind {
            Kind::Closure { function, .. } => {
                let Some(function) = self.tree().closure(function) else { return false };
                let [only] = &function.body.statements[..] else { return false };
                let depth = ground.own.len();
                ground.own.extend(function.params.iter().map(|param| param.text.as_str()));
                let known = self.is_known(only, ground);
                ground.own.truncate(depth);
                known
            }
            _ => self.is_known(arg, ground),
        })
    }

    /// Whether a function of the host computes from its arguments alone; what a script's function does is not followed.
    fn is_pure(&self, call: &Call) -> bool {
        let name = call.name.text.as_str();
        call.path.is_empty()
            && self.tree().declared().all(|function| function.name != name)
            && self.table.function("", name).is_some_and(|primitive| primitive.effect == Effect::Pure)
    }

    /// A variable that was given what is known; of one name in sight, so that its value is read as it was meant.
    fn keeps(&self, name: &'t str, ground: &mut Ground<'t>) -> bool {
        if ground.own.contains(&name) {
            return true;
        }
        let mut bearers = self.scope.iter().copied().filter(|at| self.variables[*at].name == name);
        let (Some(at), None) = (bearers.next(), bearers.next()) else { return false };
        let variable = &self.variables[at];
        let is_member = ground.of_members && variable.from.is_some();
        let is_own = (variable.declared || is_member) && !variable.set && variable.home == self.home;
        let value = variable.value.filter(|_| is_own);
        let is_older = |kept: &[usize]| kept.iter().all(|other| *other <= at);
        let before = ground.kept.len();
        let known = value.is_some_and(|value| self.is_known(value, ground)) && is_older(&ground.kept[before..]);
        ground.kept.push(at);
        known
    }
}
