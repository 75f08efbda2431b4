//! The one member of a constant list that is not as it must be: it is told where it is written, whoever reads the list. And
//! what a library makes of a constant that does not fit itself.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Field, Kind, Node};
use super::super::Type;
use super::super::infer::Infer;
use super::Value;
use super::fixed::Fixed;
use crate::script::{OptionField, Ty};

impl<'t> Infer<'t> {
    /// A member that does not fit, among others that do.
    pub(in super::super) fn odd_member(&self, id: &str, wanted: &Ty, node: &'t Node, what: &str) -> Option<Diagnostic> {
        let Ty::List(of) = wanted else { return None };
        let known = self.members(node)?.known;
        let is_odd = |value: &&Value<'t>| match value {
            Value::Fixed(_, _, fixed) => !self.fits(of, &self.type_of(fixed)),
            Value::Written(..) => false,
        };
        let odd = known.iter().filter(is_odd).count();
        let Some(Value::Fixed(home, constant, fixed)) = known.iter().find(is_odd).filter(|_| odd < known.len()) else {
            return None;
        };
        let member = self.written_as(*home, constant, fixed)?;
        let (message, span, label) = match (&**of, &member.kind, fixed) {
            (Ty::Options(wanted), Kind::Map(fields), Fixed::Map(given)) => {
                let ty = |name: &str| given.get(name).map(|fixed| self.type_of(fixed));
                self.odd_field(member, wanted, fields, &ty)?
            }
            _ => {
                let message = format!("the members are of type {of}; this one is {}", self.type_of(fixed).described());
                (message, member.span, None)
            }
        };
        let mut told = Diagnostic::error(id, message, &self.sources[*home].tree.file, span);
        told.label = label;
        Some(told.note(format!("{what} is given the list at {}:{}", self.tree().file, node.span.line)))
    }

    /// What is wrong with a map: a field of another name, one too few or too many, or one of another type.
    fn odd_field(
        &self,
        map: &Node,
        wanted: &[OptionField],
        given: &[Field],
        ty: &dyn Fn(&str) -> Option<Type>,
    ) -> Option<(String, super::super::super::tree::Span, Option<String>)> {
        let is_known = |field: &&Field| wanted.iter().any(|known| known.name == field.name.text);
        let lacking = wanted.iter().find(|known| known.required && !given.iter().any(|f| f.name.text == known.name));
        let surplus = given.iter().find(|field| !is_known(field));
        Some(match (lacking, surplus) {
            (Some(lacking), Some(surplus)) => {
                let name = lacking.name;
                let message = format!("this member has `{}`, and no field `{name}`", surplus.name.text);
                (message, surplus.name.span, Some(format!("did you mean `{name}`?")))
            }
            (Some(lacking), None) => (format!("this member has no field `{}`", lacking.name), map.span, None),
            (None, Some(surplus)) => {
                (format!("nobody knows a field `{}` of this member", surplus.name.text), surplus.name.span, None)
            }
            (None, None) => {
                let unfit = |known: &&OptionField| ty(known.name).is_some_and(|ty| !self.fits(&known.ty, &ty));
                let known = wanted.iter().find(unfit)?;
                let field = given.iter().find(|field| field.name.text == known.name)?;
                let is = ty(known.name)?;
                let message = format!("`{}` is of type {}; this is {}", known.name, known.ty, is.described());
                let label = match (&known.ty, &field.value.kind) {
                    (Ty::Text, Kind::Int(number)) => Some(format!("in quotes: \"{number}\"")),
                    _ => None,
                };
                (message, field.value.span, label)
            }
        })
    }

    /// Where a part of a constant is written out.
    fn written_as(&self, home: usize, constant: &str, fixed: &Fixed) -> Option<&'t Node> {
        let mut statements = self.sources[home].tree.statements.iter();
        let declared = statements.find(|node| matches!(&node.kind, Kind::Let { name, .. } if name.text == constant))?;
        let mut found = None;
        declared.walk(&mut |node| {
            if found.is_none() && is_written(node, fixed) {
                found = Some(node);
            }
        });
        found
    }

    /// A function of the same library without parameters that makes what is wanted out of this constant.
    pub(in super::super) fn made_from(&mut self, node: &'t Node, wanted: &Ty) -> Option<String> {
        let Kind::Variable { path, name } = &node.kind else { return None };
        let [root] = &path[..] else { return None };
        let home = self.library(&root.text)?;
        let reads = |node: &Node| matches!(&node.kind, Kind::Variable { name: of, .. } if of.text == name.text);
        let functions = self.sources[home].tree.declared().filter(|function| {
            let mut is_read = false;
            function.body.statements.iter().for_each(|node| node.walk(&mut |node| is_read |= reads(node)));
            is_read && function.params.is_empty() && !function.is_private
        });
        functions.collect::<Vec<_>>().into_iter().find_map(|function| {
            let mut ty = Type::Open;
            let is_right = self.tried(|infer| ty = infer.instance_at(home, function, Vec::new(), node.span).0);
            let is_it = is_right && !ty.is_open() && self.fits(wanted, &ty);
            is_it.then(|| format!("{}::{}(), made of it", root.text, function.name))
        })
    }
}

/// Whether a literal is this very value.
fn is_written(node: &Node, fixed: &Fixed) -> bool {
    match (&node.kind, fixed) {
        (Kind::Text(text), Fixed::Text(other)) => text.as_str() == other.as_str(),
        (Kind::Int(number), Fixed::Int(other)) => number == other,
        (Kind::Bool(holds), Fixed::Bool(other)) => holds == other,
        (Kind::Array(items), Fixed::List(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(item, other)| is_written(item, other))
        }
        (Kind::Map(fields), Fixed::Map(others)) => {
            let is_it = |field: &Field| {
                others.get(field.name.text.as_str()).is_some_and(|other| is_written(&field.value, other))
            };
            fields.len() == others.len() && fields.iter().all(is_it)
        }
        _ => false,
    }
}
