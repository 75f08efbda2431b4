//! Where the constant is written that a finding is about: who reads it is not to blame. What came through a parameter is
//! named when every call was read. It must not decide whether something is wrong.

use super::super::super::message::{Diagnostic, nearest, written_at};
use super::super::super::tree::{Kind, Node, Span};
use super::super::infer::Infer;
use super::super::operators::{Likeness, likeness};
use super::super::{Fixed, Type};
use super::Value;
use crate::script::Ty;

/// Which of the values that a name may stand for is the odd one.
#[derive(Clone, Debug)]
pub(in super::super) enum Odd {
    /// Those of this type.
    Of(Type),
    /// Those that do not compare with this type.
    Unlike(Type),
    /// Those that may not be given here.
    Unfit(Ty),
    /// Whatever it is.
    Any,
}

/// A finding about a parameter.
pub(in super::super) struct Blame<'t> {
    id: String,
    file: String,
    span: Span,
    asked: Vec<(usize, Vec<&'t str>)>,
    odd: Odd,
}

impl<'t> Infer<'t> {
    /// Names the place of a constant that holds what does not fit.
    pub(in super::super) fn blamed(&self, diagnostic: Diagnostic, node: &'t Node, odd: &Odd) -> Diagnostic {
        if diagnostic.file != self.tree().file {
            return diagnostic;
        }
        let Some(values) = self.values(node) else { return diagnostic };
        if let Some(place) = self.odd_one(&values.known, odd) {
            return with_place(diagnostic, &place);
        }
        if !values.asked.is_empty() {
            let (id, file, span) = (diagnostic.id.clone(), diagnostic.file.clone(), diagnostic.span);
            self.blames.borrow_mut().push(Blame { id, file, span, asked: values.asked, odd: odd.clone() });
        }
        diagnostic
    }

    /// What came to parameters, now that every call was read.
    pub(in super::super) fn blame_those_who_call(&mut self) {
        for Blame { id, file, span, asked, odd } in self.blames.take() {
            let came = |(variable, path): &(usize, Vec<&'t str>)| self.odd_one(&self.came_to(*variable, path, 0), &odd);
            let Some(place) = asked.iter().find_map(came) else { continue };
            let is_it = |told: &&mut Diagnostic| told.id == id && told.file == file && told.span == span;
            if let Some(told) = self.found_so_far().iter_mut().find(is_it) {
                *told = with_place(told.clone(), &place);
            }
        }
    }

    fn odd_one(&self, values: &[Value<'t>], odd: &Odd) -> Option<String> {
        let is_odd = |fixed: &Fixed| {
            let ty = self.type_of(fixed);
            match odd {
                Odd::Of(other) => ty == other.clone().wordless() || is_list(&ty) && is_list(other),
                Odd::Unlike(other) => likeness(&ty, other) != Likeness::Like,
                Odd::Unfit(wanted) => !self.fits(wanted, &ty),
                Odd::Any => true,
            }
        };
        let found = values.iter().find(|value| matches!(value, Value::Fixed(_, _, fixed) if is_odd(fixed)))?;
        Some(self.place_of(found))
    }

    pub(super) fn type_of(&self, fixed: &Fixed) -> Type {
        match fixed {
            Fixed::Bool(_) => Type::Bool,
            Fixed::Int(_) => Type::Int,
            Fixed::Text(_) => Type::Text,
            Fixed::List(items) => Type::list(items.iter().map(|item| self.type_of(item)).fold(Type::Never, Type::join)),
            Fixed::Map(fields) => Type::map(fields.iter().map(|(name, value)| (name.to_string(), self.type_of(value)))),
            Fixed::Other(value) => self.table.of_value(value),
        }
    }

    /// Another constant of the same library that bears the name of what it is given for.
    pub(in super::super) fn named_as(
        &self,
        node: &Node,
        name: &str,
        is_wanted: impl Fn(&Type) -> bool,
    ) -> Option<String> {
        let Kind::Variable { path, .. } = &node.kind else { return None };
        let [root] = &path[..] else { return None };
        let source = &self.sources[self.library(&root.text)?];
        let mut named = source.exports.iter().filter(|(outer, _)| outer.eq_ignore_ascii_case(name));
        let (outer, _) = named.find(|(_, inner)| source.constant(inner).is_some_and(&is_wanted))?;
        Some(format!("{}::{outer}", root.text))
    }

    /// Another constant of the same library, of a name near to this one, that is what is wanted.
    pub(in super::super) fn sibling(&self, node: &Node, is_wanted: impl Fn(&Type) -> bool) -> Option<String> {
        let Kind::Variable { path, name } = &node.kind else { return None };
        let [root] = &path[..] else { return None };
        let home = self.library(&root.text)?;
        let source = &self.sources[home];
        let others = source
            .exports
            .iter()
            .filter(|(outer, inner)| **outer != name.text && source.constant(inner).is_some_and(&is_wanted));
        let near = nearest(&name.text, others.map(|(outer, _)| outer.as_str()))?;
        Some(format!("{}::{near}", root.text))
    }
}

const fn is_list(ty: &Type) -> bool {
    matches!(ty, Type::List(_))
}

fn with_place(diagnostic: Diagnostic, place: &str) -> Diagnostic {
    let note = written_at(place);
    let is_here = *place == format!("{}:{}", diagnostic.file, diagnostic.span.line);
    if is_here || diagnostic.notes.contains(&note) { diagnostic } else { diagnostic.note(note) }
}
