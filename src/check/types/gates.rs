//! What gates are given: they raise when they compare unlike types, and one that asks nothing proves nothing.

use super::super::message::Diagnostic;
use super::super::tree::{Call, Kind, Node};
use super::Type;
use super::arguments::{is_gate, judgeable};
use super::fit::READ_FROM_TEXT;
use super::infer::Infer;
use super::operators::{Likeness, likeness};
use super::report::UNLIKE;
use crate::script::Primitive;

impl<'t> Infer<'t> {
    /// What a gate is given: it raises when it compares unlike types, and takes what may be absent as seen.
    pub(super) fn gate(&mut self, call: &'t Call, primitive: &'static Primitive, types: &[Type]) {
        if !is_gate(primitive) {
            return;
        }
        match (primitive.name, &call.args[..]) {
            ("gate", [_, holds, ..]) => self.decided("the gate", holds),
            (_, [_, seen, wanted, ..]) => self.decided_pair("the gate", wanted, seen, wanted),
            _ => {}
        }
        match (primitive.name, &call.args[..], types) {
            ("gate", [_, holds, ..], [_, ty, ..]) if !judgeable(ty, true) => {
                let text = self.copied(holds);
                let shown = self.text(holds);
                let message = format!("a gate takes true, false or an answer; `{shown}` is {}", ty.described());
                let diagnostic = self.error("E0207", message, holds.span).note(primitive.signature());
                self.tell(diagnostic.help(format!("to compare it, write gate_eq(\"name\", {text}, wanted);")));
            }
            ("gate_eq", [_, seen, wanted, ..], [_, a, b, ..]) => self.gate_eq((seen, a), (wanted, b)),
            ("gate_set", [_, seen, wanted, ..], [_, a, b, ..]) => self.gate_set((seen, a), (wanted, b), call),
            _ => {}
        }
    }

    fn gate_eq(&mut self, seen: (&'t Node, &Type), wanted: (&'t Node, &Type)) {
        if let (Kind::Array(a), Kind::Array(b)) = (&seen.0.kind, &wanted.0.kind) {
            if a.len() != b.len() {
                let message = format!("{} values are compared with {}: they are never equal", a.len(), b.len());
                self.tell(self.error("E0211", message, wanted.0.span).help("name as many values as are compared"));
            }
            for (a, b) in a.iter().zip(b) {
                let types = (self.node(a, true), self.node(b, true));
                self.gate_eq((a, &types.0), (b, &types.1));
            }
            return;
        }
        let wanted_type = self.demand_present(wanted.0, wanted.1.clone());
        if *seen.1 == Type::Any || wanted_type == Type::Any {
            return;
        }
        self.compared(wanted.0.span, (seen.0, seen.1), (wanted.0, &wanted_type));
        let like = likeness(seen.1, &wanted_type);
        if like != Likeness::Like {
            let right = (wanted.0, wanted_type);
            let diagnostic = self.unlike("the gate", wanted.0.span, &(seen.0, seen.1.clone()), &right, like);
            let diagnostic = self.set_instead(diagnostic, seen.1, wanted.1);
            self.tell(diagnostic);
        }
    }

    fn set_instead(&self, diagnostic: Diagnostic, seen: &Type, wanted: &Type) -> Diagnostic {
        match (seen, wanted) {
            (Type::Listing(_), Type::List(_)) => {
                diagnostic.help("gate_set compares the names of a list with texts; or compare list.names()")
            }
            _ => diagnostic,
        }
    }

    fn gate_set(&mut self, seen: (&'t Node, &Type), wanted: (&'t Node, &Type), call: &'t Call) {
        let mut members = Vec::new();
        for (node, ty) in [seen, wanted] {
            let ty = self.demand_present(node, ty.clone());
            match ty {
                Type::Open | Type::Never => return,
                Type::List(of) => members.push(self.demand_present(node, *of)),
                Type::Listing(_) => members.push(Type::Text),
                other => {
                    let message =
                        format!("gate_set compares two lists; `{}` is {}", self.text(node), other.described());
                    self.tell(self.error("E0207", message, node.span));
                    return;
                }
            }
        }
        let [a, b] = &members[..] else { return };
        self.compared(call.name.span, (seen.0, a), (wanted.0, b));
        let textual = |ty: &Type| {
            ty.clone()
                .members()
                .iter()
                .all(|ty| ty.is_text() || matches!(ty, Type::Named(name) if READ_FROM_TEXT.contains(name)))
        };
        if likeness(a, b) != Likeness::Like && !(textual(a) && textual(b)) {
            let message = format!("the gate compares {} with {}", seen.1.described(), wanted.1.described());
            let diagnostic = self.error("E0211", message, call.name.span).note(UNLIKE);
            self.tell(diagnostic.note("at run time it would stop with an error, or find every member missing"));
        }
    }

    /// An answer that is known before anything is asked: a literal, two literals, something and itself.
    pub(super) fn decided(&mut self, who: &str, node: &'t Node) {
        match &node.kind {
            Kind::Bool(answer) => self.asks_nothing(who, node, &format!("it is always {answer}")),
            Kind::Operator { symbol, operands, .. } => match &operands[..] {
                [only] if symbol == "!" => self.decided(who, only),
                [left, right] if COMPARING.contains(&symbol.as_str()) => self.decided_pair(who, node, left, right),
                _ => {}
            },
            Kind::Lazy { operands, .. } => operands.iter().for_each(|operand| self.decided(who, operand)),
            _ => {}
        }
    }

    fn decided_pair(&mut self, who: &str, node: &'t Node, left: &'t Node, right: &'t Node) {
        if left.is_literal() && right.is_literal() {
            self.asks_nothing(who, node, "both sides are written out");
        } else if std::mem::discriminant(&left.kind) == std::mem::discriminant(&right.kind)
            && self.tree().text(left.span) == self.tree().text(right.span)
        {
            self.asks_nothing(who, node, "both sides are the same");
        }
    }

    fn asks_nothing(&mut self, who: &str, node: &Node, why: &str) {
        let message = format!("{who} asks nothing: {why}");
        let diagnostic = self.error("E0320", message, node.span);
        self.tell(diagnostic.help("compare what a service says with what is wanted: a constant of lib/, or a literal"));
    }
}

/// Operators that compare.
const COMPARING: [&str; 7] = ["==", "!=", "<", "<=", ">", ">=", "in"];
