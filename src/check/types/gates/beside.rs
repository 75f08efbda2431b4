//! What stands beside what is asked: the name of a gate is that of one field of a map, and the gate asks another one.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Name, Node};
use super::super::Type;
use super::super::calls::arguments::element;
use super::super::infer::Infer;
use super::called::Named;

impl<'t> Infer<'t> {
    /// `gate("VIPs inside the reserve", subnet.reserves(column.band))`, where the column has `vips` too. Only addresses,
    /// ranges and networks are told: of a text or a number the name may say what it is looked for by.
    pub(super) fn says_a_field_beside(
        &self,
        name: &'t Node,
        lower: &[String],
        asked: [Option<&'t Node>; 2],
    ) -> Option<Diagnostic> {
        let mut fields = Vec::new();
        asked.into_iter().flatten().for_each(|node| {
            node.walk(&mut |node| match &node.kind {
                Kind::Property { of, name, safe: false } if of.is_path() => fields.push((node, &**of, name)),
                _ => {}
            });
        });
        let (node, of, said) = fields.into_iter().find_map(|(node, of, field)| {
            let said = self.field_said(lower, of, field)?;
            Some((node, of, said))
        })?;
        if asked.into_iter().flatten().any(|node| self.mentions(node, said)) {
            return None;
        }
        let message = format!("the gate is called {}, and asks `{}`", self.text(name), self.text(node));
        let told = Diagnostic::warning("W0357", message, &self.tree().file, node.span);
        let other = format!("{}.{said}", self.text(of));
        let told = told.note(format!("`{other}` stands beside it, and is not asked"));
        Some(told.help(format!("ask `{other}`, or call the gate what it asks")))
    }

    /// `gate_eq("workloads in error", failed.names(), [])`, where the ones that failed were chosen by `unit.agent`. A name with
    /// a word that this one alone can say is right, whatever it calls the things.
    pub(super) fn says_another_of_each(&self, Named { name, words, seen, .. }: Named<'_, 't>) -> Option<Diagnostic> {
        let (of, closure) = self.chosen(seen)?;
        let (param, body) = self.each(closure)?;
        let each = element(&self.plainly(of)?);
        let mut asked: Vec<(&Node, &Name)> = Vec::new();
        body.walk(&mut |node| match &node.kind {
            Kind::Property { of, name, .. } if of.as_variable().is_some_and(|of| of.text == param) => {
                asked.push((node, name));
            }
            _ => {}
        });
        let (node, field) =
            *asked.first().filter(|(_, first)| asked.iter().all(|(_, other)| other.text == first.text))?;
        let told_by = |field: &str| {
            let field = self.table.field(&each, field)?;
            let words = field.result.vocabulary().filter(|words| words.form.is_none())?;
            Some((field, words))
        };
        let (own, own_words) = told_by(&field.text)?;
        let said: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
        let singular = |word: &str| word.strip_suffix('s').unwrap_or(word).to_owned();
        if said.iter().any(|word| *word == own.name || singular(word) == own.name) {
            return None;
        }
        let (other, words) = said.iter().find_map(|word| told_by(word).or_else(|| told_by(&singular(word))))?;
        if said.iter().any(|word| own_words.words.contains(&word.as_str()) && !words.words.contains(&word.as_str())) {
            return None;
        }
        let message = format!("the gate is called {}, and asks `{}`", self.text(name), self.text(node));
        let told = Diagnostic::warning("W0357", message, &self.tree().file, node.span);
        let told = told.note(format!("there is {}", other.signature()));
        Some(told.help(format!("ask `{param}.{}`, or call the gate what it asks", other.name)))
    }

    /// What is gone through by a closure to come to this, and the closure.
    fn chosen(&self, seen: &'t Node) -> Option<(&'t Node, &'t Node)> {
        let Kind::Method { of, call, safe: false } = &self.made_of(seen).kind else { return None };
        match (call.name.text.as_str(), &call.args[..]) {
            ("all" | "any" | "filter", [closure]) => Some((of, closure)),
            ("is_empty" | "len" | "names", []) => self.chosen(of),
            _ => None,
        }
    }

    /// The field that the words of a gate say, of the map of which another one is asked.
    fn field_said<'w>(&self, lower: &'w [String], of: &'t Node, field: &Name) -> Option<&'w str> {
        let Type::Map(fields) = self.map_of(of)? else { return None };
        let own = fields.get(field.text.as_str()).filter(|ty| is_place(ty))?;
        let is_in_name =
            |word: &str| lower.iter().any(|said| said.starts_with(word) || word.starts_with(said.as_str()));
        if field.text.split('_').any(is_in_name) {
            return None;
        }
        let is_it = |word: &&String| word.len() > 2 && fields.get(word.as_str()) == Some(own);
        lower.iter().find(is_it).map(String::as_str)
    }

    /// The map that a path of this place, or a constant, is.
    fn map_of(&self, node: &'t Node) -> Option<&Type> {
        match &node.kind {
            Kind::Variable { path, name } => match &path[..] {
                [] => self.only(&name.text).map(|at| &self.variables[at].ty),
                [root] => {
                    let source = &self.sources[self.library(&root.text)?];
                    source.constant(source.exports.get(name.text.as_str())?)
                }
                _ => None,
            },
            Kind::Property { of, name, .. } => match self.map_of(of)? {
                Type::Map(fields) => fields.get(name.text.as_str()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether an expression, or what a name in it stands for, says the word.
    fn mentions(&self, node: &'t Node, word: &str) -> bool {
        let says = |node: &Node| self.tree().text(node.span).to_ascii_lowercase().contains(word);
        let mut is_said = says(node);
        node.walk(&mut |node| {
            let made = self.made_of(node);
            is_said |= !std::ptr::eq(made, node) && says(made);
            // What a function of a script makes may be of anything.
            is_said |= matches!(&made.kind, Kind::Call(call) if self.is_of_a_script(call));
        });
        is_said
    }
}

/// Whether it is an address, a network or a range.
fn is_place(ty: &Type) -> bool {
    matches!(ty, Type::Named("Cidr" | "Ip" | "IpRange"))
}
