//! What a gate would ask of a change, as it is written where the change is made: `subnet.reserves(range)`.

use super::super::Use;
use super::super::infer::Infer;
use crate::script::{Effect, Param, Primitive, Says, Ty};

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
            let asked = |of: &str| match reading.is_field {
                true => format!("{of}.{}", reading.name),
                false => format!("{of}.{}({args})", reading.name),
            };
            if let Some(of) = given(&|own| matches!(own.ty, Ty::Named(name) if name == of.name)) {
                return Some(asked(of));
            }
            // What the change names is read in the same words: `disks(paths).all(|one| one.is_blank())`.
            let (finder, is_list) = self.finder_of(change.primitive, of.name)?;
            let names = finder.params.iter().filter(|param| !param.optional);
            let names: Option<Vec<&str>> = names.map(|param| given(&|own| is_like(own, param))).collect();
            let found = format!("{}({})", finder.full_name(), names?.join(", "));
            Some(if is_list { format!("{found}.all(|one| {})", asked("one")) } else { asked(&found) })
        };
        // `!maas::ranges().contains(range.text())`
        let among = |(says, reading): (Option<Says>, &'static Primitive)| {
            let (part, sign) = match says? {
                Says::Without(part) => (part, "!"),
                Says::Given(part) | Says::Among(part) => (part, ""),
                _ => return None,
            };
            let is_plain = reading.receiver.is_none() && reading.params.is_empty();
            let param = change.primitive.params.iter().find(|param| param.name == part && is_plain)?;
            let Ty::List(_) = reading.result else { return None };
            let item = given(&|own| own.name == part)?;
            let text = match param.ty {
                Ty::Named("Cidr" | "Ip" | "IpRange") => ".text()",
                Ty::Text => "",
                _ => return None,
            };
            Some(format!("{sign}{}().contains({item}{text})", reading.full_name()))
        };
        let readings = || {
            let all = change.primitive.seen_by.iter();
            all.filter_map(|sight| Some((sight.says, self.table.named(sight.reading)?)))
        };
        let answer = |(says, reading): (Option<Says>, &'static Primitive)| {
            let asked = matches!(reading.result, Ty::Bool | Ty::Named("Answer")).then(|| written(reading))??;
            Some(if says == Some(Says::Holds(false)) { format!("!{asked}") } else { asked })
        };
        readings()
            .find_map(answer)
            .or_else(|| readings().find_map(among))
            .or_else(|| readings().find_map(|(_, reading)| written(reading)))
    }
    /// A reading of the namespace of a change that gives things of a kind, of what the change is given; and whether it
    /// gives a list of them.
    fn finder_of(&self, change: &Primitive, kind: &str) -> Option<(&'static Primitive, bool)> {
        let is_kind = |ty: &Ty| matches!(ty, Ty::Named(name) if *name == kind);
        self.table.functions_of(change.namespace).into_iter().find_map(|name| {
            let finder = self.table.function(change.namespace, name)?;
            let is_list = matches!(&finder.result, Ty::List(of) if is_kind(of));
            let mut names = finder.params.iter().filter(|param| !param.optional).peekable();
            let is_told =
                names.peek().is_some() && names.all(|param| change.params.iter().any(|own| is_like(own, param)));
            let is_it = finder.effect == Effect::Read && (is_list || is_kind(&finder.result));
            (is_it && is_told).then_some((finder, is_list))
        })
    }
}

/// Whether two parameters are of one name and type.
fn is_like(own: &Param, other: &Param) -> bool {
    own.name == other.name && own.ty == other.ty
}
