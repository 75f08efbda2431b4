//! Whether a value that may be absent is there: `x != ()` asks it, and where the answer is known `x` is a plain value.

use super::super::tree::{Kind, Node, Span};
use super::Type;
use super::infer::Infer;

/// What the types of variables were before they were narrowed.
pub(super) type Before = Vec<(usize, Type)>;

impl<'t> Infer<'t> {
    /// `x == ()` and `x != ()`: a question to what may be absent, and to nothing else.
    pub(super) fn presence(&mut self, symbol: &str, at: Span, operands: &'t [Node]) -> Option<Type> {
        let [left, right] = operands else { return None };
        let is_unit = |node: &Node| matches!(node.kind, Kind::Unit);
        if !matches!(symbol, "==" | "!=") || is_unit(left) || !is_unit(right) {
            return None;
        }
        let asked = left;
        let ty = self.value(asked);
        let may_lack = ty.is_open() || ty.clone().members().iter().any(|member| matches!(member, Type::Maybe(_)));
        if !may_lack {
            let message = format!("`{symbol} ()` asks whether a value is there, and `{}` always is", self.text(asked));
            self.tell(self.error("E0216", message, at).help("take the question out"));
        }
        Some(Type::Bool)
    }

    /// Takes what a condition says of variables for granted; answers what is to be put back.
    pub(super) fn granted(&mut self, condition: &'t Node, holds: bool) -> Before {
        let mut there = Vec::new();
        self.there(condition, holds, &mut there);
        let mut before = Vec::new();
        for variable in there {
            let held = self.variables[variable].ty.clone();
            if let Type::Maybe(of) = &held {
                self.variables[variable].ty = (**of).clone();
                before.push((variable, held));
            }
        }
        before
    }

    /// What was taken for granted is not any more; what was set meanwhile stays.
    pub(super) fn put_back(&mut self, before: Before) {
        for (variable, held) in before {
            let now = std::mem::replace(&mut self.variables[variable].ty, Type::Never);
            self.variables[variable].ty = held.join(now);
        }
    }

    /// The variables that are there when the condition holds, or does not.
    fn there(&self, condition: &'t Node, holds: bool, found: &mut Vec<usize>) {
        match &condition.kind {
            Kind::Operator { symbol, operands, .. } => match (&operands[..], symbol.as_str()) {
                ([only], "!") => self.there(only, !holds, found),
                ([asked, Node { kind: Kind::Unit, .. }], "==" | "!=") => {
                    let Kind::Variable { path, name } = &asked.kind else { return };
                    if path.is_empty() && (symbol == "!=") == holds {
                        found.extend(self.lookup(&name.text));
                    }
                }
                _ => {}
            },
            Kind::Lazy { symbol, operands, .. } if (*symbol == "&&") == holds && *symbol != "??" => {
                operands.iter().for_each(|operand| self.there(operand, holds, found));
            }
            _ => {}
        }
    }

    /// A gate asks by itself whether a value is there.
    pub(super) fn asks_presence(&mut self, holds: &'t Node) {
        let Kind::Operator { symbol, operands, .. } = &holds.kind else { return };
        let (true, Some(asked)) = (symbol == "!=", operands.iter().find(|node| !matches!(node.kind, Kind::Unit)))
        else {
            return;
        };
        // Of a file, of what a function looks for, that it is there is the question; a field says more than that.
        let is_field = matches!(self.made_of(asked).kind, Kind::Property { .. });
        if is_field && operands.iter().any(|node| matches!(node.kind, Kind::Unit)) {
            let text = self.copied(asked);
            let message = format!("the gate asks only whether `{}` is there, not what it is", self.text(asked));
            let diagnostic = self.error("E0212", message, holds.span);
            self.tell(diagnostic.help(format!("a gate fails an absent value: gate_eq(\"name\", {text}, wanted);")));
        }
    }
}
