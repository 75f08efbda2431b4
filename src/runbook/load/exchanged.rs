//! An application of the bundle and what it is asked for, in each other's place: the bundle has no application of the one
//! name, and has one of the other.

use super::bundle::{BY_APPLICATION, Words};
use crate::check::Diagnostic;
use crate::check::tree::{Call, Kind, Node, Tree};

impl Words {
    /// `bundle.application("cluster").binding(app)`: what the application is asked for stands in its place.
    pub(super) fn exchanged(&self, tree: &Tree, of: &Node, call: &Call) -> Option<Diagnostic> {
        let Kind::Method { of: bundle, call: giver, .. } = &of.kind else { return None };
        let ("application", [name], [other]) = (giver.name.text.as_str(), &giver.args[..], &call.args[..]) else {
            return None;
        };
        let (told, false) = self.unknown_application(tree, name)? else { return None };
        let is_one = match &other.kind {
            Kind::Text(text) => self.facts.has(text),
            Kind::Variable { path, name } => path.is_empty() && matches!(name.text.as_str(), "app" | "application"),
            _ => false,
        };
        let text = |node: &Node| tree.text(node.span);
        let right = || format!("{}.application({}).{}({})", text(bundle), text(other), call.name.text, text(name));
        let note = || format!("{} and {} are in each other's place", text(name), text(other));
        is_one.then(|| told.note(note()).help(format!("write {}", right())))
    }

    /// The same through the parameters of a function of this file.
    pub(super) fn exchanged_through(&self, tree: &Tree, call: &Call) -> Option<Diagnostic> {
        let is_application = |node: &Node| node.as_text().is_some_and(|text| self.facts.has(text));
        let other = call.args.iter().position(is_application)?;
        let function = tree.function(&call.name.text, call.args.len())?;
        let asks = |at: usize| {
            let is_it = |arg: &Node| arg.as_variable().is_some_and(|name| name.text == function.params[at].text);
            let mut asks = false;
            function.body.statements.iter().for_each(|node| {
                node.walk(&mut |node| {
                    let Kind::Method { call, .. } = &node.kind else { return };
                    asks |= BY_APPLICATION.contains(&call.name.text.as_str()) && call.args.first().is_some_and(is_it);
                });
            });
            asks
        };
        let (at, told) = call.args.iter().enumerate().find_map(|(at, arg)| {
            let (told, is_near) = self.unknown_application(tree, arg)?;
            (!is_near && asks(at) && !asks(other)).then_some((at, told))
        })?;
        let text = |at: usize| tree.text(call.args[at].span);
        let place = |own: usize| match own {
            _ if own == at => text(other),
            _ if own == other => text(at),
            _ => text(own),
        };
        let args: Vec<&str> = (0..call.args.len()).map(place).collect();
        let note = format!("{} and {} are in each other's place", text(at), text(other));
        let asked = format!("`{}` is asked for as an application in fn {}", function.params[at].text, function.name);
        Some(told.note(note).note(asked).help(format!("write {}({})", call.name.text, args.join(", "))))
    }
}
