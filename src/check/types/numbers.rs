//! Numbers that an argument is held to, and words of a command that only a shell would read.

use super::super::tree::{Field, Kind, Node, Span};
use super::infer::Infer;
use crate::script::{Limits, Param, Ty};

/// What a shell does something with, and a program does not.
const SHELLS: [&str; 10] = ["|", "||", "&&", ";", "&", ">", ">>", "<", "2>", "2>&1"];

impl<'t> Infer<'t> {
    /// A number that is written out, here or in a constant, lies within its limits.
    pub(super) fn within(&mut self, limits: &'static Limits, node: &'t Node) {
        let value = self.definition_of(node).map_or(node, |(_, value)| value);
        self.within_value(limits, value, node.span);
    }

    /// What is written in one place and used in another.
    pub(super) fn within_value(&mut self, limits: &'static Limits, value: &'t Node, used: Span) {
        let mut written = Vec::new();
        numbers(value, &mut written);
        for number in written.into_iter().filter(|number| !limits.has(*number)) {
            let message = format!("the {} are {} to {}; this is {number}", limits.of, limits.least, limits.most);
            self.tell(self.error("E0321", message, used));
        }
    }

    /// What a name was given, and the file where that stands: a constant of a library, a variable that keeps its value,
    /// a field of a map that is written out.
    pub(super) fn definition_of(&self, node: &Node) -> Option<(usize, &'t Node)> {
        match &node.kind {
            Kind::Property { of, name, .. } => {
                let (home, map) = self.definition_of(of)?;
                let Kind::Map(fields) = &map.kind else { return None };
                fields.iter().find(|field| field.name.text == name.text).map(|field| (home, &field.value))
            }
            Kind::Variable { path, name } => {
                let home = match &path[..] {
                    [] => {
                        let variable = self.lookup(&name.text).map(|at| &self.variables[at])?;
                        return variable.value.filter(|_| !variable.set).map(|value| (variable.home, value));
                    }
                    [root] if root.text == "global" => self.home,
                    [root] => self.library(&root.text)?,
                    _ => return None,
                };
                // A constant that is exported under another name is not looked for.
                let value = self.sources[home].tree.statements.iter().find_map(|node| match &node.kind {
                    Kind::Let { name: of, value, .. } if of.text == name.text => value.as_deref(),
                    _ => None,
                });
                value.map(|value| (home, value))
            }
            _ => None,
        }
    }

    /// A key is not opened by more shares than it has.
    pub(super) fn shares(&mut self, options: &'t Node) {
        let Kind::Map(fields) = &options.kind else { return };
        let number = |name: &str| fields.iter().find(|field| field.name.text == name).and_then(whole);
        let (Some((shares, _)), Some((threshold, span))) = (number("shares"), number("threshold")) else { return };
        if threshold > shares {
            let message = format!("{threshold} shares open a key that has {shares}");
            self.tell(self.error("E0321", message, span).help("the threshold is at most the number of shares"));
        }
    }

    /// The words of a command go to the program as they are.
    pub(super) fn words_of_a_command(&mut self, param: &Param, arg: &'t Node) {
        let (Kind::Array(words), "words", Ty::List(_)) = (&arg.kind, param.name, &param.ty) else { return };
        let is_shell = |word: &Node| word.as_text().is_some_and(|text| SHELLS.contains(&text));
        let first =
            words.first().filter(|word| word.as_text().is_some_and(|text| text.trim().contains([' ', '|', '>'])));
        if let Some(word) = first {
            let message = format!("no program is called {}", self.text(word));
            let split: Vec<String> =
                word.as_text().unwrap_or_default().split_whitespace().map(|word| format!("{word:?}")).collect();
            let help = match split.len() {
                1 => "run one program, and look at what it prints in the runbook".to_owned(),
                _ => format!("give each word by itself: [{}]", split.join(", ")),
            };
            self.tell(self.error("E0322", message, word.span).help(help));
        } else if let Some(word) = words.iter().find(|word| is_shell(word)) {
            let message = format!("{} is handed to the program as it is: no shell reads it", self.text(word));
            let diagnostic = self.error("E0322", message, word.span);
            self.tell(diagnostic.help("run one program, and look at what it prints in the runbook"));
        }
    }
}

fn whole(field: &Field) -> Option<(i64, Span)> {
    match field.value.kind {
        Kind::Int(number) => Some((number, field.value.span)),
        _ => None,
    }
}

pub(super) fn numbers(node: &Node, found: &mut Vec<i64>) {
    match &node.kind {
        Kind::Int(number) => found.push(*number),
        Kind::Array(items) => items.iter().for_each(|item| numbers(item, found)),
        Kind::Operator { symbol, operands, .. } if symbol == "-" => {
            if let [Node { kind: Kind::Int(number), .. }] = &operands[..] {
                found.push(-number);
            }
        }
        _ => {}
    }
}
