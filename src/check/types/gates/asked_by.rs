//! What a gate would ask of a change, as it is written where the change is made: `subnet.reserves(range)`.

use super::super::Use;
use super::super::infer::Infer;
use crate::script::{Param, Primitive, Says, Ty};

impl<'t> Infer<'t> {
    /// A reading that tells of the change, of what the change is given; one that answers yes or no before others.
    pub(super) fn asked_by(&self, change: &Use) -> Option<String> {
        let tree = self.sources.iter().find(|source| *source.file == *change.file)?.tree;
        let call = tree.call_at(change.span.line, change.span.column)?;
        let given = |is_it: &dyn Fn(&Param) -> bool| {
            let (_, arg) = change.primitive.params.iter().zip(&call.args).find(|(param, _)| is_it(param))?;
            let text = tree.text(arg.span);
            (!text.contains('\n')).then_some(text)
        };
        let written = |reading: &'static Primitive| {
            let args = reading.params.iter().filter(|param| !param.optional);
            let args: Option<Vec<&str>> = args.map(|param| given(&|own| own.name == param.name)).collect();
            let args = args?.join(", ");
            let Some(of) = &reading.receiver else {
                return (!args.is_empty()).then(|| format!("{}({args})", reading.full_name()));
            };
            let of = given(&|own| matches!(own.ty, Ty::Named(name) if name == of.name))?;
            Some(if reading.is_field {
                format!("{of}.{}", reading.name)
            } else {
                format!("{of}.{}({args})", reading.name)
            })
        };
        let readings = || {
            let all = change.primitive.seen_by.iter();
            all.filter_map(|sight| Some((sight.says, self.table.named(sight.reading)?)))
        };
        let answer = |(says, reading): (Option<Says>, &'static Primitive)| {
            let asked = matches!(reading.result, Ty::Bool | Ty::Named("Answer")).then(|| written(reading))??;
            Some(if says == Some(Says::Holds(false)) { format!("!{asked}") } else { asked })
        };
        readings().find_map(answer).or_else(|| readings().find_map(|(_, reading)| written(reading)))
    }
}
