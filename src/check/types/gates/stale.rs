//! Gates that look at what was read before a change of the very thing: what a service said is held as it was said.

use std::collections::BTreeMap;

use super::super::super::message::Diagnostic;
use super::super::Reach;
use super::super::about::{Claim, Note};
use super::super::infer::Infer;
use super::afterwards::Made;
use super::sights::{Relation, about, is_change};

impl<'t> Infer<'t> {
    /// Tells of every gate whose reading stands before the change that it is there for.
    pub(in super::super) fn stale(&mut self, steps: &[Reach]) {
        let told: Vec<Diagnostic> = steps.iter().flat_map(|step| self.stale_in(step)).collect();
        told.into_iter().for_each(|told| self.tell(told));
    }

    fn stale_in(&self, step: &Reach) -> Vec<Diagnostic> {
        let mut told = Vec::new();
        // Where each reading stood last.
        let mut read = BTreeMap::new();
        let mut changes = Vec::new();
        for (at, call) in step.uses.iter().enumerate() {
            match call.note {
                Note::Claims(from, to) => {
                    let of_before = |claim: &&Claim<'t>| claim.about.is_some_and(|of| read.contains_key(&of));
                    told.extend(self.claims[from..to].iter().filter(of_before).find_map(|claim| {
                        let stood = claim.about.and_then(|of| read.get(&of).copied())?;
                        let mut behind = changes.iter().filter(|place| **place > stood);
                        behind.find_map(|place| self.before_the_change(step, claim, *place))
                    }));
                }
                _ if is_change(call) => changes.push(at),
                _ if !call.primitive.is_field => read.extend(about(call).map(|of| (of, at))),
                _ => {}
            }
        }
        told
    }

    fn before_the_change(&self, step: &Reach, claim: &Claim<'t>, place: usize) -> Option<Diagnostic> {
        let change = &step.uses[place];
        let sight = change.primitive.seen_by.iter().find(|sight| claim.reading.is(sight.reading))?;
        let relation = self.relation(change, claim.reading, claim.about);
        let made = Made { change, says: sight.says?, relation };
        // Who wants what the change does away with asks for the state before it, and says so.
        if relation != Relation::Same || self.is_against(&made, &claim.says) != Some(false) {
            return None;
        }
        let read = &self.abouts[claim.about?];
        let file = &self.sources[claim.home].tree.file;
        let message = format!("this was read before {} changed it", change.primitive.full_name());
        let told = Diagnostic::warning("W0361", message, file, claim.seen.span);
        Some(
            told.note(format!(
                "what was read on line {} stays as it was then, whatever the change did",
                read.span.line
            ))
            .help(format!("read it again behind the change, and ask that: {}(...)", read.primitive.full_name())),
        )
    }
}
