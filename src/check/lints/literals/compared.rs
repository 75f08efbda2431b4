//! Literals beside what a service says: a host, a machine, a name or a tag that a library holds.

use super::super::super::message::Diagnostic;
use super::super::super::places::{is_loopback, place};
use super::super::super::tree::{Kind, Node, Span, Tree};
use super::kept::is_numbered_fabric;
use super::{Look, id};
use crate::check::Role;

impl<'t> Look<'t, '_> {
    /// A host, a machine or a name, beside what a service says of it.
    pub(super) fn compared(&mut self, symbol: &str, left: &'t Node, right: &'t Node) {
        for (asked, literal) in [(left, right), (right, left)] {
            if let (Kind::Property { name, .. }, Kind::Call(call)) = (&asked.kind, &literal.kind) {
                self.read.extend(call.args.iter().map(|arg| (arg.span, name.text.as_str())));
            }
            if let (Kind::Property { name, .. }, Kind::Int(number)) = (&asked.kind, &literal.kind)
                && matches!(symbol, "==" | "!=")
            {
                self.number(*number, &name.text, literal.span);
            }
            let Some(text) = literal.as_text().filter(|text| !text.trim().is_empty()) else { continue };
            let (of, is_list) = match &asked.kind {
                Kind::Property { name, .. } => (name.text.as_str(), false),
                Kind::Method { call, .. } => (call.name.text.as_str(), true),
                _ => continue,
            };
            let is_list_asked = symbol.ends_with("in") && is_list && std::ptr::eq(asked, right);
            match of {
                "fabric" if symbol == "==" && is_numbered_fabric(text) => {
                    self.found.push(id(self.tree, text, literal.span))
                }
                "instance_id" | "system_id" if !is_list => self.found.push(id(self.tree, text, literal.span)),
                "hostname" if !is_list => self.host(text, literal.span),
                "hostnames" | "hosts_of" if is_list_asked => self.host(text, literal.span),
                // A field of a constant is called as fields of many services are.
                _ if !is_list && !self.known.is_field_alone(text, of) => {
                    // One of its tags is called as a constant for a tag.
                    let one = of.strip_suffix('s').filter(|_| symbol.ends_with("in")).unwrap_or(of);
                    self.named(text, &[of, one], literal.span);
                }
                _ => {}
            }
        }
    }

    fn host(&mut self, text: &str, span: Span) {
        let is_told = self.told.iter().any(|outer| outer.holds(span));
        if self.role == Role::Runbook && !is_told && place(text).is_none() && !is_loopback(text) {
            self.tell("a host", text, span);
        }
    }
}

/// Two values that are compared: by an operator, or by a gate.
pub(super) fn compared(node: &Node) -> Option<(&str, &Node, &Node)> {
    match &node.kind {
        Kind::Operator { symbol, operands, .. } => match &operands[..] {
            [left, right] => Some((symbol, left, right)),
            _ => None,
        },
        Kind::Call(call) if call.plain_name() == Some("gate_eq") => match &call.args[..] {
            [_, seen, wanted, ..] => Some(("==", seen, wanted)),
            _ => None,
        },
        Kind::Method { of, call, .. } if call.name.text == "contains" => match &call.args[..] {
            [member] => Some(("in", member, of)),
            _ => None,
        },
        _ => None,
    }
}

/// Machines of Juju are numbered as they come: `machine.id == "0"`, `"0" in status.machines()`.
pub(super) fn number_compared(tree: &Tree, symbol: &str, left: &Node, right: &Node) -> Option<Diagnostic> {
    let number =
        |node: &Node| node.as_text().is_some_and(|text| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()));
    let is_id = |node: &Node| matches!(&node.kind, Kind::Property { name, .. } if matches!(name.text.as_str(), "id" | "machine"));
    let machines = |node: &Node| matches!(&node.kind, Kind::Method { call, .. } if call.name.text == "machines");
    let literal = match symbol {
        "==" | "!=" if number(right) && is_id(left) => right,
        "==" | "!=" if number(left) && is_id(right) => left,
        "in" | "!in" if number(left) && machines(right) => left,
        _ => return None,
    };
    Some(id(tree, literal.as_text()?, literal.span))
}
