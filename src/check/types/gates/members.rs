//! A change of several things whose gates look at some of them alone: what is left out is seen by nobody. Where it is not
//! known what one of the two is about, it is taken for a look at all.

use super::super::Use;
use super::super::infer::Infer;
use super::super::values::Value;
use super::super::values::held::plain;
use super::sights::{Relation, about, is_attested, is_gate, is_named_alike, same};
use crate::script::Param;

impl<'t> Infer<'t> {
    /// The members of what a change is given that no gate behind it looks at; none where it cannot be told.
    pub(super) fn looked_past<'u>(
        &self,
        change: &Use,
        behind: impl Iterator<Item = (bool, &'u [Use])> + Clone,
        is_read: &dyn Fn(&Use) -> bool,
    ) -> Vec<String> {
        let Some(made) = about(change) else { return Vec::new() };
        let params = change.primitive.params.iter().zip(&self.abouts[made].args);
        let given = params.filter_map(|(param, values)| {
            let all = plain(&self.settled(values.as_ref()?)?);
            (all.len() > 1 && all.iter().all(|one| one.as_text().is_some())).then_some((param, all))
        });
        for (param, all) in given {
            let Some(seen) = self.members_seen(change, param, behind.clone(), is_read) else { continue };
            let is_seen = |one: &Value<'t>| seen.iter().any(|other| same(one, other) != Some(false));
            // Who looks at one alone takes it as a sample.
            if seen.iter().all(|one| same(one, &seen[0]) != Some(false)) {
                continue;
            }
            let left: Vec<String> = all.iter().filter(|one| !is_seen(one)).filter_map(Value::shown).collect();
            if !left.is_empty() && left.len() < all.len() {
                return left;
            }
        }
        Vec::new()
    }

    /// What of it is looked at by gates; nothing where one of them may look at all.
    fn members_seen<'u>(
        &self,
        change: &Use,
        param: &Param,
        behind: impl Iterator<Item = (bool, &'u [Use])>,
        is_read: &dyn Fn(&Use) -> bool,
    ) -> Option<Vec<Value<'t>>> {
        let mut seen = Vec::new();
        for (is_own, calls) in behind {
            if is_attested(calls, is_own) {
                return None;
            }
            let last = calls.iter().rposition(is_gate).unwrap_or(0);
            let tells = |call: &&Use| change.primitive.seen_by.iter().any(|sight| call.primitive.is(sight.reading));
            for call in calls[..last].iter().filter(tells).filter(|call| is_read(call)) {
                if self.relation(change, call.primitive, about(call)) != Relation::Other {
                    seen.extend(self.members_asked(param, call)?);
                }
            }
        }
        Some(seen)
    }

    /// What a reading is about, as far as a parameter of a change names it too.
    fn members_asked(&self, param: &Param, call: &Use) -> Option<Vec<Value<'t>>> {
        let of = &self.abouts[about(call)?];
        let mut alike = of.primitive.params.iter().zip(&of.args).filter(|(own, _)| is_named_alike(param, own, false));
        let (_, values) = alike.next()?;
        let all = plain(&self.settled(values.as_ref()?)?);
        (alike.next().is_none() && all.iter().all(|one| one.as_text().is_some())).then_some(all)
    }
}
