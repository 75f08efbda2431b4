//! Gates of an exit gate that stand behind an `if`, whose condition is what a change of this runbook makes so: where the
//! change did not do its work, nobody asks them. A condition that a gate asks too keeps nothing back.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Node, Span};
use super::super::about::{Claim, Note};
use super::super::infer::Infer;
use super::super::{Reach, Use};
use super::afterwards::Made;
use super::sights::{Relation, is_change, is_gate};

/// A condition of an exit gate, with gates behind it.
pub(in super::super) struct Pass<'t> {
    /// What must hold for them to be asked; of several things each.
    claims: Vec<Claim<'t>>,
    condition: Span,
    /// The block that holds the gates.
    within: Span,
}

impl<'t> Infer<'t> {
    /// An `if` of an exit gate: what was used in its block, and behind that in its `else`.
    pub(in super::super) fn passed_by(&mut self, condition: &'t Node, within: Span, (first, second): (usize, usize)) {
        let asks = |uses: &[Use]| uses.iter().any(is_gate);
        if !asks(&self.uses[first..second]) || asks(&self.uses[second..]) {
            return;
        }
        let before = self.claims.len();
        self.claim(condition, true);
        let claims: Vec<Claim<'t>> = self.claims.drain(before..).collect();
        self.passes.push(Pass { claims, condition: condition.span, within });
    }

    /// Conditions that a change before them was to make so, and that no gate asks.
    pub(in super::super) fn passed(&mut self, steps: &[Reach]) {
        let changes: Vec<&Use> = steps.iter().flat_map(|step| &step.uses).filter(|call| is_change(call)).collect();
        let asked: Vec<&Use> = steps.iter().filter(|step| step.is_exit).flat_map(|step| &step.uses).collect();
        let passes = std::mem::take(&mut self.passes);
        let told = passes.iter().filter_map(|pass| {
            let made = |claim: &Claim<'t>| changes.iter().rev().find(|change| self.makes(change, claim)).copied();
            let change = pass.claims.iter().filter(|claim| !self.is_asked(claim, pass, &asked)).find_map(made)?;
            Some(self.a_way_past(pass, change))
        });
        let told: Vec<Diagnostic> = told.collect();
        told.into_iter().for_each(|told| self.tell(told));
    }

    /// Whether a change says that it holds behind it.
    fn makes(&self, change: &Use, claim: &Claim<'t>) -> bool {
        let sights = change.primitive.seen_by.iter().filter(|sight| claim.reading.is(sight.reading));
        let relation = self.relation(change, claim.reading, claim.about);
        relation != Relation::Other
            && sights.filter_map(|sight| sight.says).any(|says| {
                let made = Made { change, says, relation };
                self.is_against(&made, &claim.says) == Some(false)
            })
    }

    /// Whether a gate elsewhere in the exit gate asks for the same reading.
    fn is_asked(&self, claim: &Claim<'t>, pass: &Pass<'t>, asked: &[&Use]) -> bool {
        let claims = asked.iter().filter_map(|call| match call.note {
            Note::Claims(from, to) => Some(&self.claims[from..to]),
            Note::None | Note::About(_) => None,
        });
        let is_behind = |other: &Claim<'t>| other.home == 0 && pass.within.holds(other.within);
        claims.flatten().any(|other| std::ptr::eq(other.reading, claim.reading) && !is_behind(other))
    }

    fn a_way_past(&self, pass: &Pass<'t>, change: &Use) -> Diagnostic {
        let tree = self.sources[0].tree;
        let message = format!("where `{}` does not hold, the gates behind it are not asked", tree.text(pass.condition));
        let told = Diagnostic::warning("W0352", message, &tree.file, pass.condition);
        let name = change.primitive.full_name();
        let told = told.note(format!(
            "{name} makes it so at {}:{}: whether it did is the question",
            change.file, change.span.line
        ));
        told.help("ask it in a gate of its own, and the others without an if: a gate on what is missing fails")
    }
}
