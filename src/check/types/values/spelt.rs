//! Texts of addresses and networks that are known before the run: a part that none of them has is never found. What a
//! service says of a thing is known where the thing was found by that very value.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Node};
use super::super::Type;
use super::super::infer::Infer;
use super::Values;

impl<'t> Infer<'t> {
    /// `subnet.cidr.text().ends_with("/24")`, where the subnet was found by one of /22.
    pub(in super::super) fn never_spelt(&mut self, of: &'t Node, call: &'t Call) {
        let Kind::Method { of: value, call: text, .. } = &of.kind else { return };
        let ("text", [part], []) = (text.name.text.as_str(), &call.args[..], &text.args[..]) else { return };
        let Some(part_text) = part.as_text() else { return };
        let has = |shown: &String| match call.name.text.as_str() {
            "starts_with" => shown.starts_with(part_text),
            "ends_with" => shown.ends_with(part_text),
            _ => shown.contains(part_text),
        };
        if !matches!(call.name.text.as_str(), "starts_with" | "ends_with" | "contains") {
            return;
        }
        let known = self.values(value).or_else(|| self.found_by(value));
        let Some(all) = known.and_then(|values| values.all_shown()).filter(|all| !all.iter().any(has)) else { return };
        let message = format!("this asks nothing: `{}` never has {part_text:?}", self.text(of));
        let mut shown = all;
        shown.sort_unstable();
        shown.dedup();
        shown.truncate(8);
        let told = Diagnostic::error("E0320", message, &self.tree().file, call.name.span.to(part.span));
        let told = told.note(format!("it is {}", shown.join(", ")));
        self.tell(told.help("ask for a part that it may have; or compare the whole"));
    }

    /// What a thing was found by, where that is the field that is asked.
    fn found_by(&mut self, node: &'t Node) -> Option<Values<'t>> {
        let Kind::Property { of, name, .. } = &node.kind else { return None };
        let Kind::Call(call) = &self.made_of(of).kind else { return None };
        let [root] = &call.path[..] else { return None };
        let primitive = self.table.function(&root.text, &call.name.text)?;
        let at = primitive.params.iter().position(|param| param.name == name.text.as_str())?;
        let is_known_by_it = self.table.given(&primitive.result);
        let Type::Named(thing) = is_known_by_it else { return None };
        let is_identity = self.table.is_identity(thing, &name.text);
        self.values(call.args.get(at).filter(|_| is_identity)?)
    }
}
