//! Lists that two loops may go through alike: constants, and what a service is asked with constants alone.

use super::super::super::tree::{Block, Kind, Name, Node};
use super::{Known, There, Walk};

impl<'t> Walk<'t, '_> {
    /// A constant list, or one that is read with constants alone, of which every member has its turn: two such loops ask
    /// of the same.
    pub(super) fn whole(&self, there: &There<'t>, over: &'t Node, body: &'t Block) -> Option<String> {
        let list = match &over.kind {
            Kind::Variable { path, name } if self.constant_at(there, path, name).is_some() => {
                let home = self.constant_at(there, path, name)?;
                format!("{home} {}", name.text)
            }
            _ => self.asked(there, over)?,
        };
        let mut is_left = false;
        let leave = |node: &Node| matches!(node.kind, Kind::Continue | Kind::Break { .. } | Kind::Return { .. });
        body.statements.iter().for_each(|node| node.walk(&mut |node| is_left |= leave(node)));
        (!is_left).then_some(list)
    }

    /// The file of a constant.
    pub(super) fn constant_at(&self, there: &There<'t>, path: &[Name], name: &Name) -> Option<usize> {
        let home = self.files.home(there.home, path).filter(|_| !there.names.contains_key(name.text.as_str()))?;
        self.files.constant(home, &name.text).map(|_| home)
    }

    /// A question that is the same wherever it stands: primitives alone, asked with constants and literals.
    pub(super) fn asked(&self, there: &There<'t>, node: &'t Node) -> Option<String> {
        let all = |args: &'t [Node]| {
            let args = args.iter().map(|arg| self.asked(there, arg)).collect::<Option<Vec<String>>>();
            args.map(|args| args.join(", "))
        };
        match &node.kind {
            Kind::Text(text) => Some(format!("{text:?}")),
            Kind::Int(number) => Some(number.to_string()),
            Kind::Array(items) => Some(format!("[{}]", all(items)?)),
            Kind::Property { of, name, .. } => Some(format!("{}.{}", self.asked(there, of)?, name.text)),
            Kind::Method { of, call, .. } => {
                Some(format!("{}.{}({})", self.asked(there, of)?, call.name.text, all(&call.args)?))
            }
            Kind::Call(call) if self.files.called(there.home, call).is_none() => {
                Some(format!("{}({})", call.full_name(), all(&call.args)?))
            }
            Kind::Variable { path, name } => match there.names.get(name.text.as_str()).filter(|_| path.is_empty()) {
                Some(Some(Known::Asked(asked))) => Some(asked.clone()),
                Some(Some(Known::Text(text))) => Some(format!("{text:?}")),
                Some(_) => None,
                None => Some(format!("{} {}", self.constant_at(there, path, name)?, name.text)),
            },
            _ => None,
        }
    }
}
