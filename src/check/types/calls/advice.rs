//! What to write instead: how a value becomes one of the type that is wanted, and where the odd one was written.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Node};
use super::super::Type;
use super::super::infer::Infer;
use super::super::operators::{Likeness, likeness};
use super::fit::READ_FROM_TEXT;
use crate::script::Ty;

impl<'t> Infer<'t> {
    /// How a value of the type that is asked for is made from what was given.
    pub(super) fn conversion(&self, diagnostic: Diagnostic, wanted: &Ty, given: &Type, node: &Node) -> Diagnostic {
        let text = self.copied(node);
        let help = match (wanted, given) {
            (Ty::Bool, given) if given.is_text() => match node.as_text().map(str::trim) {
                Some(text @ ("true" | "false")) => format!("without quotes: {text}"),
                _ => return diagnostic,
            },
            (Ty::Bool, Type::Named("Answer")) => format!("ask it: {text}.holds()"),
            (Ty::Text | Ty::Word(_), Type::Int | Type::Within(_)) => match &node.kind {
                Kind::Int(_) => format!("in quotes: \"{text}\""),
                _ => format!("as text: `${{{text}}}`"),
            },
            (Ty::Int | Ty::Within(_), given) if given.is_text() => {
                match node.as_text().map(|text| text.trim().parse::<i64>()) {
                    Some(Ok(number)) => format!("without quotes: {number}"),
                    _ => return diagnostic,
                }
            }
            (Ty::Text | Ty::Word(_), Type::Named(name)) if READ_FROM_TEXT.contains(name) => {
                format!("as text: {text}.text()")
            }
            (Ty::Text | Ty::Word(_), Type::Named(name)) => match self.telling_field(&Type::Named(name)) {
                Some(field) => format!("use one of its fields: {text}.{field}"),
                None => return diagnostic,
            },
            (Ty::List(of), given) if matches!((&**of, given), (Ty::Text | Ty::Word(_), Type::Listing(_))) => {
                format!("their names: {text}.names()")
            }
            (Ty::Options(fields), given) => {
                let fits = fields.iter().filter(|field| self.fits(&field.ty, given));
                let all: Vec<String> = fits.map(|field| format!("#{{ {}: {text} }}", field.name)).collect();
                if all.is_empty() {
                    return diagnostic;
                }
                format!("an option has its name: {}", all.join(" or "))
            }
            (Ty::List(of), given) if self.fits(of, given) => format!("in brackets: [{text}]"),
            _ => return diagnostic,
        };
        diagnostic.help(help)
    }

    /// The one other field of what is compared that is of the type beside it, where none is made of a text or counted.
    pub(in super::super) fn field_like(&self, (node, ty): &(&'t Node, Type), wanted: &Type) -> Option<String> {
        let Kind::Property { of, name, .. } = &node.kind else { return None };
        let is_list = |ty: &Type| matches!(ty, Type::List(_) | Type::Listing(_));
        if !is_list(ty.present()) || !is_list(wanted) {
            return None;
        }
        let owner = self.plainly(of)?;
        let fits = |field: &&&str| {
            let other = self.table.field(&owner, field).map(|field| self.table.given(&field.result));
            **field != name.text && other.is_some_and(|other| likeness(other.present(), wanted) == Likeness::Like)
        };
        let fields = self.table.fields_of(&owner);
        let mut others = fields.iter().filter(fits);
        others.next().filter(|_| others.next().is_none()).map(|field| format!("{}.{field}", self.copied(of)))
    }

    /// The field that tells objects of a type apart.
    pub(in super::super) fn telling_field(&self, ty: &Type) -> Option<&'static str> {
        let fields = self.table.fields_of(ty);
        fields.iter().find(|field| ["name", "hostname", "cidr", "unit"].contains(field)).or(fields.first()).copied()
    }
}

/// A list beside a number.
pub(in super::super) fn counted_members(diagnostic: Diagnostic, list: &str) -> Diagnostic {
    diagnostic.help(format!("to count its members: {list}.len()"))
}

/// A text beside a number or an answer of yes and no: one of the two has quotes too many, or lacks them.
pub(in super::super) fn unquoted(diagnostic: Diagnostic, other: &Type, text: &Node, beside: &Node) -> Diagnostic {
    let written = match (other, &beside.kind, text.as_text().map(str::trim)) {
        (ty, _, Some(text)) if ty.is_int() && text.parse::<i64>().is_ok() => text,
        (Type::Bool, _, Some(text)) if matches!(text, "true" | "false") => text,
        (_, Kind::Int(number), None) => return diagnostic.help(format!("in quotes: \"{number}\"")),
        (_, Kind::Bool(holds), None) => return diagnostic.help(format!("in quotes: \"{holds}\"")),
        _ => return diagnostic,
    };
    diagnostic.help(format!("without quotes: {written}"))
}

/// How a text becomes an address, a network or a range.
pub(in super::super) fn reader(diagnostic: Diagnostic, name: &str, text: &str) -> Diagnostic {
    let function = match name {
        "Ip" => "ip",
        "Cidr" => "cidr",
        "IpRange" => "ip_range",
        _ => return diagnostic,
    };
    diagnostic.help(format!("read the text: {function}({text})"))
}
