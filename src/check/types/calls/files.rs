//! Files of the repository that a call names, and those beside them.

use super::super::super::tree::{Call, Kind, Node};
use super::super::infer::Infer;
use super::super::values::Value;
use super::super::{Beside, Named};
use crate::script::{Param, Primitive, Ty};

impl<'t> Infer<'t> {
    /// A file of the repository, known by its name before anything runs.
    pub(super) fn named_file(&mut self, call: &'t Call, primitive: &'static Primitive, param: &Param, arg: &'t Node) {
        let is_file = param.name == "bundle" || primitive.namespace == "bundle" && param.name == "path";
        if !is_file || primitive.receiver.is_some() {
            return;
        }
        let known = self.values(arg).map(|values| values.known).unwrap_or_default();
        for value in known {
            let Some(path) = value.as_text() else { continue };
            let (path, file, place) = (path.to_owned(), self.tree().file.clone(), self.place_of(&value));
            let beside = self.files_beside(call, primitive, param.name, arg);
            let within = call.args.iter().fold(arg.span, |within, arg| within.to(arg.span));
            self.files.push(Named { path, file, span: arg.span, place, beside, within });
        }
    }

    /// Texts in the other arguments of a call, in a list too.
    fn files_beside(
        &self,
        call: &'t Call,
        primitive: &'static Primitive,
        name: &'static str,
        arg: &Node,
    ) -> Vec<Beside> {
        let others = primitive.params.iter().zip(&call.args).filter(|(_, other)| !std::ptr::eq(*other, arg));
        let all = others.filter_map(|(param, other)| {
            let known = match param.ty {
                Ty::List(_) => self.members(other)?.known,
                _ => self.values(other)?.known,
            };
            let right = self.in_each_others_brackets(call, arg, other);
            let beside = move |value: Value<'t>| {
                let path = value.as_text()?.to_owned();
                Some(Beside { path, params: [name, param.name], right: right.clone() })
            };
            Some(known.into_iter().filter_map(beside))
        });
        all.flatten().collect()
    }

    /// `deploy(bundle, [overlay])` for `deploy(overlay, [bundle])`.
    fn in_each_others_brackets(&self, call: &Call, one: &Node, other: &Node) -> Option<String> {
        let inner = match &other.kind {
            Kind::Array(items) => items.first().filter(|_| items.len() == 1)?,
            _ => other,
        };
        let (plain, inner_text) = (self.copied_whole(one)?, self.copied_whole(inner)?);
        let in_brackets = if std::ptr::eq(inner, other) { plain } else { format!("[{plain}]") };
        let placed = |arg: &Node| match arg {
            arg if std::ptr::eq(arg, one) => inner_text.clone(),
            arg if std::ptr::eq(arg, other) => in_brackets.clone(),
            arg => self.copied(arg),
        };
        let args: Vec<String> = call.args.iter().map(placed).collect();
        Some(format!("{}({})", call.full_name(), args.join(", ")))
    }
}
