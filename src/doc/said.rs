//! Expressions in words: as little script as can be, and constants with the values that they stand for.

use crate::check::tree::{Kind, Name, Node, Tree};
use crate::runbook::Read;

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Text(String),
    /// What is written in the runbook, or a value.
    Code(String),
}

/// A sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said(pub Vec<Piece>);

impl Said {
    /// Words alone.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Said(vec![Piece::Text(text.into())])
    }

    /// Script alone.
    #[must_use]
    pub fn code(text: impl Into<String>) -> Self {
        Said(vec![Piece::Code(text.into())])
    }

    /// With words behind it.
    #[must_use]
    pub fn and(mut self, text: &str) -> Self {
        if text.is_empty() {
            return self;
        }
        self.0.push(Piece::Text(text.to_owned()));
        self
    }

    /// With another sentence behind it.
    #[must_use]
    pub fn then(mut self, other: Said) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Without any mark.
    #[must_use]
    pub fn plain(&self) -> String {
        self.0.iter().map(|(Piece::Text(text) | Piece::Code(text))| text.as_str()).collect()
    }
}

/// A file of a runbook, with what its names mean.
#[derive(Clone, Copy)]
pub struct Speaker<'r> {
    /// The runbook and its libraries.
    pub read: &'r Read,
    /// The file.
    pub tree: &'r Tree,
}

impl<'r> Speaker<'r> {
    /// What is written there, on one line.
    pub fn written(&self, node: &Node) -> String {
        one_line(self.tree.text(node.span))
    }

    /// A value: a text without its quotes, a constant as what it stands for, anything else as it is written.
    pub fn value(&self, node: &'r Node) -> Said {
        match &node.kind {
            Kind::Text(text) => Said::text(text.as_str()),
            Kind::Template(parts) => parts.iter().fold(Said::default(), |all, part| all.then(self.value(part))),
            _ => {
                self.constant(node).map_or_else(|| Said::code(self.written(node)), |value| Said::text(one_line(&value)))
            }
        }
    }

    /// An expression as it is written, and what the constants in it stand for.
    pub fn expression(&self, node: &'r Node) -> Said {
        self.list(node).unwrap_or_else(|| Said::code(self.written(node)).and(&self.meant([node])))
    }

    /// What is made of a list, in words.
    fn list(&self, node: &'r Node) -> Option<Said> {
        let Kind::Method { of, call, .. } = &node.kind else { return None };
        let [Node { kind: Kind::Closure { function, .. }, .. }] = &call.args[..] else { return None };
        let [does] = &self.tree.closure(function)?.body.statements[..] else { return None };
        let of = self.expression(of);
        match call.name.text.as_str() {
            "filter" => Some(Said::text("those of ").then(of).and(" for which ").then(self.condition(does))),
            "map" => Some(self.expression(does).and(" for each of ").then(of)),
            "all" => Some(Said::text("for all of ").then(of).and(" ").then(self.condition(does))),
            "any" => Some(Said::text("for one or more of ").then(of).and(" ").then(self.condition(does))),
            _ => None,
        }
    }

    /// The contrary of a condition.
    fn contrary(&self, node: &'r Node) -> Said {
        match (&node.kind, self.list(node)) {
            (Kind::Method { call, .. }, Some(said)) if matches!(call.name.text.as_str(), "any" | "all") => {
                Said::text("it is not so that ").then(said)
            }
            _ => self.expression(node).and(" does not hold"),
        }
    }

    /// What the constants in expressions stand for, in brackets; nothing where there are none.
    pub fn meant(&self, nodes: impl IntoIterator<Item = &'r Node>) -> String {
        let mut constants = Vec::new();
        nodes.into_iter().for_each(|node| self.constants(node, &mut constants));
        constants.dedup();
        match &constants[..] {
            [] => String::new(),
            [(_, value)] => format!(" ({value})"),
            several => {
                let told: Vec<String> = several.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                format!(" ({})", told.join(", "))
            }
        }
    }

    /// The constants in an expression that have a short value.
    fn constants(&self, node: &'r Node, found: &mut Vec<(String, String)>) {
        let is_name = matches!(node.kind, Kind::Variable { .. } | Kind::Property { .. });
        if let Some(value) = self.constant(node).filter(|value| is_name && value.chars().count() <= 60) {
            found.push((self.written(node), one_line(&value)));
            return;
        }
        node.children().into_iter().for_each(|child| self.constants(child, found));
    }

    /// What must hold, in words.
    pub fn condition(&self, node: &'r Node) -> Said {
        match &node.kind {
            Kind::Lazy { symbol: "&&", operands, .. } => self.joined(operands, ", and "),
            Kind::Lazy { symbol: "||", operands, .. } => self.joined(operands, ", or "),
            Kind::Operator { symbol, operands, .. } => self.compared(node, symbol, operands),
            Kind::Bool(true) => Said::text("always"),
            _ => self.list(node).unwrap_or_else(|| self.expression(node).and(" holds")),
        }
    }

    fn joined(&self, operands: &'r [Node], with: &str) -> Said {
        let mut all = Said::default();
        for (at, operand) in operands.iter().enumerate() {
            all = if at == 0 { all } else { all.and(with) };
            all = all.then(self.condition(operand));
        }
        all
    }

    fn compared(&self, node: &'r Node, symbol: &str, operands: &'r [Node]) -> Said {
        let words = match symbol {
            "==" => " is ",
            "!=" => " is not ",
            "in" => " is among ",
            "!in" => " is not among ",
            "<" => " is less than ",
            "<=" => " is at most ",
            ">" => " is more than ",
            ">=" => " is at least ",
            _ => "",
        };
        match operands {
            [left, right] if !words.is_empty() => self.expression(left).and(words).then(self.expression(right)),
            [of] if symbol == "!" => self.contrary(of),
            _ => Said::code(self.written(node)).and(" holds"),
        }
    }

    /// What was seen equals what is wanted; lists of the same length member by member.
    pub fn equal(&self, seen: &'r Node, wanted: &'r Node) -> Said {
        let (Kind::Array(left), Kind::Array(right)) = (&seen.kind, &wanted.kind) else {
            return match &wanted.kind {
                Kind::Array(none) if none.is_empty() => match self.list(seen) {
                    Some(said) => said.and(": none"),
                    None => self.expression(seen).and(" is empty"),
                },
                _ => self.expression(seen).and(" is ").then(self.expression(wanted)),
            };
        };
        if left.len() != right.len() {
            return self.expression(seen).and(" is ").then(self.expression(wanted));
        }
        let mut all = Said::default();
        for (at, (seen, wanted)) in left.iter().zip(right).enumerate() {
            all = if at == 0 { all } else { all.and(", and ") };
            all = all.then(self.equal(seen, wanted));
        }
        all
    }

    /// The members are exactly those.
    pub fn same_set(&self, seen: &'r Node, wanted: &'r Node) -> Said {
        self.expression(seen).and(", exactly the members of ").then(self.expression(wanted))
    }

    /// What a constant stands for, as it is written in lib/.
    fn constant(&self, node: &'r Node) -> Option<String> {
        let (tree, value) = self.resolved(node)?;
        match &value.kind {
            Kind::Text(text) => Some(text.to_string()),
            Kind::Call(call) if matches!(call.plain_name(), Some("ip" | "cidr" | "ip_range")) => {
                call.args.first().and_then(Node::as_text).map(str::to_owned)
            }
            Kind::Int(_) | Kind::Bool(_) => Some(tree.text(value.span).to_owned()),
            Kind::Array(items) => {
                let there = Speaker { read: self.read, tree };
                let items: Option<Vec<String>> = items.iter().map(|item| there.literal(item)).collect();
                items.map(|items| items.join(", "))
            }
            _ => None,
        }
    }

    fn literal(&self, node: &'r Node) -> Option<String> {
        match &node.kind {
            Kind::Text(text) => Some(text.to_string()),
            Kind::Int(number) => Some(number.to_string()),
            Kind::Template(pieces) => pieces.iter().map(|piece| self.literal(piece)).collect(),
            Kind::Variable { path, name } if path.is_empty() => {
                let (tree, value) = self.among(self.tree, name)?;
                Speaker { read: self.read, tree }.literal(value)
            }
            _ => self.constant(node),
        }
    }

    /// The value behind a constant, or behind a field of one that is written out as a map.
    fn resolved(&self, node: &'r Node) -> Option<(&'r Tree, &'r Node)> {
        match &node.kind {
            Kind::Variable { path, name } => self.declared(path, name),
            Kind::Property { of, name, .. } => {
                let (tree, value) = self.resolved(of)?;
                let Kind::Map(fields) = &value.kind else { return None };
                fields.iter().find(|field| field.name.text == name.text).map(|field| (tree, &field.value))
            }
            Kind::Call(_) | Kind::Array(_) => Some((self.tree, node)),
            _ => None,
        }
    }

    fn declared(&self, path: &[Name], name: &Name) -> Option<(&'r Tree, &'r Node)> {
        let tree = match path {
            [module] if module.text == "global" => self.tree,
            [module] => &self.read.library(self.tree, &module.text)?.tree,
            _ => return None,
        };
        self.among(tree, name)
    }

    /// What a file's own constant is made of.
    fn among(&self, tree: &'r Tree, name: &Name) -> Option<(&'r Tree, &'r Node)> {
        tree.statements.iter().find_map(|node| match &node.kind {
            Kind::Let { name: found, value: Some(value), .. } if found.text == name.text => Some((tree, &**value)),
            _ => None,
        })
    }
}

/// A text without its line ends; one that is very long is cut.
pub fn one_line(text: &str) -> String {
    const MOST: usize = 180;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MOST {
        return line;
    }
    line.chars().take(MOST).collect::<String>() + " ..."
}

/// The first sentence of a documentation: it ends before a capital letter.
pub fn first_sentence(doc: &str) -> String {
    let text = doc.split_whitespace().collect::<Vec<_>>().join(" ");
    let begins = |at: usize| text[at + 2..].starts_with(|letter: char| letter.is_uppercase());
    let end = text.match_indices(". ").map(|(at, _)| at).find(|at| begins(*at));
    end.map_or(text.clone(), |at| text[..=at].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_where_the_next_begins() {
        assert_eq!(first_sentence("The unit,\n e.g. `a/0`. An error else."), "The unit, e.g. `a/0`.");
        assert_eq!(one_line(&"ab ".repeat(100)).chars().count(), 184);
    }
}
