//! What stands before the dot and what stands behind it: a thing that is asked about itself, and two texts of which the
//! known one is asked about the other.

use super::super::message::Diagnostic;
use super::super::tree::{Call, Kind, Node};
use super::Type;
use super::infer::Infer;

/// Questions that a thing always answers alike about itself.
const ABOUT_ITSELF: [&str; 6] = ["contains", "contains_net", "covers", "overlaps", "starts_with", "ends_with"];

/// Questions about a part of a text.
const OF_A_TEXT: [&str; 4] = ["contains", "ends_with", "split", "starts_with"];

/// Questions whether one network, range or address lies in another.
const OF_PLACES: [&str; 4] = ["contains", "contains_net", "contains_range", "covers"];

impl<'t> Infer<'t> {
    /// `network.contains_net(network)` says nothing of the network, and `"vault:ha".contains(relation)` looks for the
    /// longer one in the shorter.
    pub(super) fn asked_the_wrong_way(&mut self, of: &'t Node, ty: &Type, call: &'t Call) {
        let ([arg], name) = (&call.args[..], call.name.text.as_str()) else { return };
        if !ABOUT_ITSELF.contains(&name) && name != "split" || of.is_literal() && arg.is_literal() {
            return;
        }
        if self.tree().text(of.span) == self.tree().text(arg.span) {
            let why = format!("`{}` is asked about itself", self.text(of));
            self.known_answer(true, of.span.to(arg.span), &why);
            return;
        }
        if !ty.is_text() || !OF_A_TEXT.contains(&name) || !self.is_plainly_known(of) || self.is_plainly_known(arg) {
            return;
        }
        let [short, long] = [of, arg].map(|node| self.copied(node));
        let message = format!("`{}` and `{}` are in each other's place", self.text(of), self.text(arg));
        let told = Diagnostic::warning("W0326", message, &self.tree().file, of.span.to(arg.span));
        let told = told.note("the text before the dot is searched, and what is looked for stands behind it");
        self.tell(told.help(format!("write {long}.{name}({short})")));
    }

    /// A text that is written out, or a constant.
    fn is_plainly_known(&self, node: &'t Node) -> bool {
        match &self.made_of(node).kind {
            Kind::Text(_) => true,
            Kind::Template(parts) => parts.iter().all(|part| self.is_plainly_known(part)),
            Kind::Block(block) => matches!(&block.statements[..], [only] if self.is_plainly_known(only)),
            _ => self.is_constant(node),
        }
    }

    /// `inner.covers(outer)` of constants: what it asks is false of each, before anything runs.
    pub(super) fn never_holds(&mut self, asked: &'t Node) {
        let Kind::Method { of, call, .. } = &asked.kind else { return };
        let ([arg], name) = (&call.args[..], call.name.text.as_str()) else { return };
        if !OF_PLACES.contains(&name) {
            return;
        }
        let (Some(outer), Some(inner)) = (self.known_places(of), self.known_places(arg)) else { return };
        if outer.iter().any(|outer| inner.iter().any(|inner| outer.holds(inner))) {
            return;
        }
        let [holder, held] = [of, arg].map(|node| self.text(node));
        let message = format!("the gate never passes: no `{holder}` holds `{held}`");
        let told = self.error("E0320", message, asked.span);
        let told = match inner.iter().any(|inner| outer.iter().any(|outer| inner.holds(outer))) {
            true => told.help(format!("the other way round: {}.{name}({})", self.copied(arg), self.copied(of))),
            false => told.help("ask of another network, or of another range"),
        };
        self.tell(told);
    }
}
