//! What names and subjects come to, as far as that is known from the text.

use super::super::super::gates::is_subject;
use super::super::super::tree::{Call, Field, Kind, Node};
use super::{Known, There, Walk};

impl<'t> Walk<'t, '_> {
    /// The subject, "" without one, and whether one is written; nothing when it is not known.
    pub(super) fn subject(&self, there: &There<'t>, call: &'t Call) -> Option<(String, bool)> {
        let without_options = if call.name.text == "gate" { 2 } else { 3 };
        let Some(options) = call.args.get(without_options) else { return Some((String::new(), false)) };
        let subject = match &options.kind {
            Kind::Map(fields) => self.subject_among(there, fields)?,
            _ => match self.known(there, options)? {
                Known::Options(subject) => subject,
                Known::Node(home, Node { kind: Kind::Map(fields), .. }) => {
                    self.subject_among(&There { home, ..There::default() }, fields)?
                }
                _ => return None,
            },
        };
        // Of options that come out of a variable the shape tells nothing.
        let is_written = subject.is_some() || !matches!(options.kind, Kind::Map(_));
        Some((subject.unwrap_or_default(), is_written))
    }

    /// The subject of options, where one is written; nothing when it is not known.
    fn subject_among(&self, there: &There<'t>, fields: &'t [Field]) -> Option<Option<String>> {
        match fields.iter().find(|field| is_subject(field)) {
            None => Some(None),
            Some(field) => self.text(there, &field.value).map(Some),
        }
    }

    pub(super) fn text(&self, there: &There<'t>, node: &'t Node) -> Option<String> {
        match self.known(there, node)? {
            Known::Text(text) => Some(text),
            Known::Turn(turn) => Some(format!("${{{turn}}}")),
            Known::Node(..) | Known::Options(_) | Known::Asked(_) => None,
        }
    }

    pub(super) fn known(&self, there: &There<'t>, node: &'t Node) -> Option<Known<'t>> {
        match &node.kind {
            Kind::Text(text) => Some(Known::Text(text.to_string())),
            Kind::Int(number) => Some(Known::Text(number.to_string())),
            Kind::Map(_) | Kind::Array(_) if node.is_literal() => Some(Known::Node(there.home, node)),
            Kind::Map(_) if there.deep == 0 && there.names.is_empty() => Some(Known::Node(there.home, node)),
            Kind::Map(fields) => self.subject_among(there, fields).map(Known::Options),
            Kind::Template(parts) => {
                parts.iter().map(|part| self.text(there, part)).collect::<Option<String>>().map(Known::Text)
            }
            Kind::Operator { symbol, operands, .. } if symbol == "+" => {
                operands.iter().map(|part| self.text(there, part)).collect::<Option<String>>().map(Known::Text)
            }
            Kind::Property { of, name, .. } => {
                let (home, map) = match self.known(there, of)? {
                    Known::Node(home, map) => (home, map),
                    Known::Turn(turn) => return Some(Known::Turn(format!("{turn}.{}", name.text))),
                    Known::Text(_) | Known::Options(_) | Known::Asked(_) => return None,
                };
                let Kind::Map(fields) = &map.kind else { return None };
                let field = fields.iter().find(|field| field.name.text == name.text)?;
                self.known(&There { home, ..There::default() }, &field.value)
            }
            Kind::Variable { path, name } => {
                if let (true, Some(known)) = (path.is_empty(), there.names.get(name.text.as_str())) {
                    return known.clone();
                }
                let home = self.files.home(there.home, path)?;
                let value = self.files.constant(home, &name.text)?;
                if matches!(value.kind, Kind::Map(_)) {
                    return Some(Known::Node(home, value));
                }
                self.known(&There { home, ..There::default() }, value)
            }
            Kind::Call(_) | Kind::Method { .. } => self.asked(there, node).map(Known::Asked),
            _ => None,
        }
    }
}
