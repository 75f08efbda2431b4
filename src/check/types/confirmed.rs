//! What cannot be undone is confirmed by the name of what is lost: the two are one text. Where one of them is not known
//! before the run, the primitive judges.

use super::super::message::{Diagnostic, written_at};
use super::super::tree::{Call, Node};
use super::infer::Infer;
use crate::script::Primitive;

impl<'t> Infer<'t> {
    /// `destroy_model(site::MODEL, site::VAULT_CONFIRM)`: another name than that of the model.
    pub(super) fn confirmed(&mut self, call: &'t Call, primitive: &'static Primitive) {
        let given = |name: &str| {
            let at = primitive.params.iter().position(|param| param.name == name)?;
            let arg = call.args.get(at)?;
            Some((arg, self.known_text(arg)?))
        };
        let (Some((thing, name)), Some((arg, typed))) = (given("name"), given("confirm")) else { return };
        if name == typed || typed.trim().is_empty() {
            return;
        }
        let message = format!("{} of {name:?} is confirmed by {typed:?}", primitive.full_name());
        let told = Diagnostic::error("E0361", message, &self.tree().file, arg.span).note(primitive.signature());
        let told = self.places_of(arg).into_iter().map(|place| written_at(&place)).fold(told, Diagnostic::note);
        self.tell(told.help(format!("confirm it by the name of what goes: {}", self.copied(thing))));
    }

    /// Where a constant is written that is given here.
    fn places_of(&self, arg: &'t Node) -> Vec<String> {
        let known = self.values(arg).filter(|_| arg.as_text().is_none()).map(|values| values.known);
        known.into_iter().flatten().take(1).map(|value| self.place_of(&value)).collect()
    }
}
