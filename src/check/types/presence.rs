//! Whether a value that may be absent is there: `x != ()` asks it, and where the answer is known `x` is a plain value.

use std::collections::BTreeSet;

use super::super::tree::{Kind, Node, Span, Tree};
use super::Type;
use super::infer::Infer;

/// What was not taken for granted before.
pub(super) enum Before {
    /// The type that a variable had.
    Variable(usize, Type),
    /// Whether a field is there.
    Field,
}

/// A field of what a variable holds: what was read from a service does not change.
#[derive(PartialEq, Eq)]
pub(super) struct Path<'t> {
    variable: usize,
    names: Vec<&'t str>,
}

/// What a condition asks for.
enum Asked<'t> {
    Variable(usize),
    Field(Path<'t>),
}

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
        let may_lack = ty.is_open() || ty.each().any(|member| matches!(member, Type::Maybe(_)));
        // Asked again of what a filter or a condition has kept, it is one question too many, and no mistake.
        if !may_lack && !self.is_there(self.made_of(asked)) {
            let message = format!("`{symbol} ()` asks whether a value is there, and `{}` always is", self.text(asked));
            self.tell(self.error("E0216", message, at).help("take the question out"));
        }
        Some(Type::Bool)
    }

    /// Takes what a condition says of variables and their fields for granted; answers what is to be put back.
    pub(super) fn granted(&mut self, condition: &'t Node, holds: bool) -> Vec<Before> {
        let mut there = Vec::new();
        self.there(condition, holds, &mut there);
        let mut before = Vec::new();
        for asked in there {
            match asked {
                Asked::Variable(variable) => {
                    let held = self.variables[variable].ty.clone();
                    if let Type::Maybe(of) = &held {
                        self.variables[variable].ty = (**of).clone();
                        before.push(Before::Variable(variable, held));
                    }
                }
                Asked::Field(path) => {
                    self.fields_there.push(path);
                    before.push(Before::Field);
                }
            }
        }
        before
    }

    /// What was taken for granted is not any more; what was set meanwhile stays.
    pub(super) fn put_back(&mut self, before: Vec<Before>) {
        for one in before.into_iter().rev() {
            match one {
                Before::Field => _ = self.fields_there.pop(),
                Before::Variable(variable, held) => {
                    let now = std::mem::replace(&mut self.variables[variable].ty, Type::Never);
                    self.variables[variable].ty = held.join(now);
                }
            }
        }
    }

    /// Whether a condition around it, or the filter of its list, has said that this field is there.
    pub(super) fn is_there(&self, node: &'t Node) -> bool {
        let is_said =
            |path: Path<'t>| self.fields_there.contains(&path) || self.is_left_with(path.variable, &path.names);
        self.path_of(node).is_some_and(is_said)
    }

    fn path_of(&self, node: &'t Node) -> Option<Path<'t>> {
        match &node.kind {
            Kind::Property { of, name, safe: false } => {
                let mut path = self.path_of(of)?;
                path.names.push(&name.text);
                Some(path)
            }
            Kind::Variable { path, name } if path.is_empty() => {
                let variable = self.lookup(&name.text).filter(|_| !self.is_given_another(&name.text))?;
                Some(Path { variable, names: Vec::new() })
            }
            _ => None,
        }
    }

    /// Whether something of that name is given another value anywhere in the file: further down in a loop is before, too.
    pub(super) fn is_given_another(&self, name: &str) -> bool {
        let mut known = self.given_another.borrow_mut();
        known.entry(self.home).or_insert_with(|| given_another(self.tree())).contains(name)
    }

    /// What is there when the condition holds, or does not.
    fn there(&self, condition: &'t Node, holds: bool, found: &mut Vec<Asked<'t>>) {
        match &condition.kind {
            Kind::Operator { symbol, operands, .. } => match (&operands[..], symbol.as_str()) {
                ([only], "!") => self.there(only, !holds, found),
                ([asked, Node { kind: Kind::Unit, .. }], "==" | "!=") => {
                    if (symbol == "!=") != holds {
                        return;
                    }
                    found.extend(match &asked.kind {
                        Kind::Variable { path, name } if path.is_empty() => {
                            self.lookup(&name.text).map(Asked::Variable)
                        }
                        _ => self.path_of(asked).filter(|path| !path.names.is_empty()).map(Asked::Field),
                    });
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

/// The names that are given another value anywhere in a file.
fn given_another(tree: &Tree) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    tree.walk(&mut |node| {
        let Kind::Assign { target, .. } = &node.kind else { return };
        let mut root = &**target;
        while let Kind::Property { of, .. } | Kind::Index { of, .. } = &root.kind {
            root = of;
        }
        if let Kind::Variable { name, .. } = &root.kind {
            names.insert(name.text.as_str());
        }
    });
    names
}
