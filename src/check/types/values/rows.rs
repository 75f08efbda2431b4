//! Arguments that one row of a list has alone: the number of one of them written out where each has its own, and the end of
//! a range where its beginning is asked for.

use std::fmt::Display;

use super::super::super::message::{Diagnostic, written_at};
use super::super::super::places::is_numbering;
use super::super::super::tree::{Call, Kind, Node};
use super::super::Type;
use super::super::infer::Infer;
use super::Values;
use crate::script::{Param, Primitive, Ty};

/// A number that is written out, and what may hold it beside others.
pub(in super::super) struct OfRow<'t> {
    number: i64,
    values: Values<'t>,
    told: Diagnostic,
}

impl<'t> Infer<'t> {
    /// `nic.cidr.host(40)`, where `host.octet` is in sight, and 40 in one row of what `host` is gone through of.
    pub(in super::super) fn of_one_row(&mut self, who: &dyn Display, param: &'t str, arg: &'t Node) {
        let Kind::Int(number) = arg.kind else { return };
        if !is_numbering(number, param) {
            return;
        }
        let has_field = |ty: &Type| matches!(ty, Type::Map(fields) if fields.get(param).is_some_and(Type::is_int));
        let rows = self.scope.iter().rev().map(|at| &self.variables[*at]).find(|variable| has_field(&variable.ty));
        let Some((rows, values)) = rows.and_then(|rows| Some((rows.name, rows.holds.as_deref()?.clone()))) else {
            return;
        };
        let message = format!("{number} is the `{param}` of one `{rows}` alone, and each is given it");
        let mut told = Diagnostic::warning("W0347", message, &self.tree().file, arg.span);
        told.frames.extend(self.frames.iter().rev().cloned());
        let told = told.note(format!("{who} makes the same of it for all"));
        let told = told.help(format!("write {rows}.{param}"));
        self.of_rows.push(OfRow { number, values: values.at(param), told });
    }

    /// Tells them, now that every call was read.
    pub(in super::super) fn rows(&mut self) {
        for OfRow { number, values, told } in std::mem::take(&mut self.of_rows) {
            let mut all = values.known.clone();
            values.asked.iter().for_each(|(variable, path)| all.extend(self.came_to(*variable, path, 0)));
            let is_it = |value: &&super::Value<'t>| value.as_int() == Some(number);
            let others = all.iter().any(|value| value.as_int().is_some_and(|other| other != number));
            if let Some(one) = all.iter().find(is_it).filter(|_| others) {
                let place = self.place_of(one);
                self.tell(told.note(written_at(&place)));
            }
        }
    }

    /// `subnet.reserves_from(band.last())`, whose parameter is where a range begins.
    pub(in super::super) fn other_end(&mut self, call: &'t Call, primitive: &Primitive, param: &Param, arg: &'t Node) {
        let Kind::Method { of, call: end, .. } = &arg.kind else { return };
        let (asked, given) = match (param.name, end.name.text.as_str()) {
            ("start" | "first" | "begin", "last") => ("first", "last"),
            ("end" | "last", "first") => ("last", "first"),
            _ => return,
        };
        let mut owners = self.table.methods_named(&end.name.text).filter_map(|method| method.receiver.as_ref());
        if param.ty != Ty::Named("Ip") || !owners.all(|owner| owner.name == "IpRange") {
            return;
        }
        let message = format!("`{}` of {} is given the {given} address of a range", param.name, primitive.full_name());
        let told = Diagnostic::warning("W0350", message, &self.tree().file, arg.span).note(primitive.signature());
        self.tell(told.help(format!("write {}({}.{asked}())", call.name.text, self.copied(of))));
    }
}
