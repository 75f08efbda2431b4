//! What stands behind a dot or in brackets.

use super::super::tree::{Kind, Name, Node};
use super::infer::Infer;
use super::values::blame::Odd;
use super::{Type, Use};
use crate::script::{Effect, Primitive};

fn members(count: i64) -> String {
    if count == 1 { "1 member".to_owned() } else { format!("{count} members") }
}

impl<'t> Infer<'t> {
    pub(super) fn property(&mut self, node: &'t Node, of: &'t Node, name: &'t Name, safe: bool) -> Type {
        let ty = self.receiver(of, safe);
        let fields = ty.members().into_iter().map(|member| self.field(node, of, &member, name));
        fields.collect::<Vec<_>>().into_iter().fold(Type::Never, Type::join)
    }

    /// What stands before a dot must be there.
    pub(super) fn receiver(&mut self, of: &'t Node, safe: bool) -> Type {
        let ty = self.present(of);
        if safe {
            let message = format!("`?.` and `?[` ask for (), which `{}` never is", self.text(of));
            self.tell(self.error("E0216", message, of.span).help("write a plain dot or bracket"));
        }
        if ty == Type::Any { self.untold(of) } else { ty }
    }

    fn field(&mut self, node: &'t Node, of: &'t Node, ty: &Type, name: &'t Name) -> Type {
        match ty {
            Type::Open | Type::Never => return ty.clone(),
            Type::Map(fields) => {
                if let Some(field) = fields.get(name.text.as_str()) {
                    return field.clone();
                }
            }
            _ => {
                if let Some(field) = self.table.field(ty, &name.text) {
                    let given = self.table.given(&field.result);
                    self.note_origin(node, &given, field);
                    self.note_field(field, of, name);
                    return match given {
                        Type::Maybe(given) if self.is_there(node) => *given,
                        given => given,
                    };
                }
            }
        }
        if self.wants_field(of, ty, &name.text) {
            return Type::Open;
        }
        let diagnostic = self.no_field(of, ty, name);
        let diagnostic = self.blamed(diagnostic, of, &Odd::Of(ty.clone()));
        self.tell(diagnostic);
        Type::Open
    }

    /// A field that tells of a change tells what a gate behind it looks at; one field tells it once.
    fn note_field(&mut self, field: &'static Primitive, of: &'t Node, name: &'t Name) {
        if !self.table.is_sight(field) {
            return;
        }
        let note = self.note_part(field, of, name);
        let is_same = |last: &Use| std::ptr::eq(last.primitive, field) && last.note == note;
        // What was read before the last gate or change tells nothing of what is asked now.
        let is_read = |call: &&Use| !matches!(call.primitive.effect, Effect::Flow | Effect::Change);
        if !self.uses.iter().rev().take_while(is_read).any(is_same) {
            let file = self.sources[self.home].file.clone();
            self.uses.push(Use { primitive: field, file, span: name.span, note });
        }
    }

    /// Remembers whose declaration says that a value may be absent.
    pub(super) fn note_origin(&mut self, node: &'t Node, ty: &Type, of: &crate::script::Primitive) {
        if matches!(ty, Type::Maybe(_)) {
            self.origins.insert((self.home, node.span), of.signature());
        }
    }

    pub(super) fn index(&mut self, node: &'t Node, of: &'t Node, index: &'t Node, safe: bool) -> Type {
        let ty = self.receiver(of, safe);
        let at = self.present(index);
        let items = ty.members().into_iter().map(|member| self.item(node, of, &member, index, &at));
        items.collect::<Vec<_>>().into_iter().fold(Type::Never, Type::join)
    }

    fn item(&mut self, node: &'t Node, of: &'t Node, ty: &Type, index: &'t Node, at: &Type) -> Type {
        match (ty, at) {
            (Type::Never, _) | (_, Type::Never) => Type::Never,
            (Type::Open, _) | (_, Type::Open) => Type::Open,
            (Type::List(of), Type::Int | Type::Within(_)) if **of == Type::Never => {
                self.tell(self.error("E0217", "this list is empty", node.span));
                Type::Open
            }
            (Type::List(element), Type::Int | Type::Within(_)) => {
                self.beyond(of, index);
                (**element).clone()
            }
            (text, Type::Int | Type::Within(_)) if text.is_text() => Type::Char,
            (Type::Map(fields), name) if name.is_text() => self.key(of, fields, index),
            _ => {
                let diagnostic = self.no_index(node, of, ty, at);
                let diagnostic = self.blamed(diagnostic, of, &Odd::Of(ty.clone()));
                self.tell(diagnostic);
                Type::Open
            }
        }
    }

    /// A place that a list does not have: where the list is written out, its length is known.
    fn beyond(&mut self, of: &'t Node, index: &'t Node) {
        let mut written = Vec::new();
        super::values::numbers::numbers(index, &mut written);
        let [at] = &written[..] else { return };
        let Some(count) = self.length(of) else { return };
        if *at >= count || *at < -count {
            let message = format!("`{}` has {}; there is none at {at}", self.text(of), members(count));
            self.tell(self.error("E0228", message, index.span).help("the first is at 0, the last at -1"));
        }
    }

    /// The number of members of a list that is written out, or that a constant came to.
    fn length(&self, of: &'t Node) -> Option<i64> {
        let made = self.values(of).filter(|values| values.whole && values.asked.is_empty());
        let count = match (made.as_ref().map(|values| &values.known[..]), self.definition_of(of)) {
            (Some([value]), _) => value.len()?,
            (_, Some((_, Node { kind: Kind::Array(items), .. }))) => items.len(),
            _ => return None,
        };
        i64::try_from(count).ok()
    }

    /// A field by its name as a text; by a name that is computed, when all fields are of one type.
    fn key(&mut self, of: &'t Node, fields: &std::collections::BTreeMap<String, Type>, index: &'t Node) -> Type {
        if let Kind::Text(name) = &index.kind {
            if let Some(field) = fields.get(name.as_str()) {
                return field.clone();
            }
            let name = Name { text: name.clone(), span: index.span };
            let diagnostic = self.no_field(of, &Type::map(fields.clone()), &name);
            self.tell(diagnostic);
            return Type::Open;
        }
        fields.values().cloned().fold(Type::Never, Type::join)
    }
}
