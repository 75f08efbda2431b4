//! Units that a call takes of one charm alone, or of every other one.

use super::super::super::tree::{Kind, Node};
use super::super::Charmed;
use super::super::infer::Infer;
use crate::script::{Charm, Param, Primitive, Ty};

impl<'t> Infer<'t> {
    /// Units whose application may be of another charm than they must be of: the bundle tells what it is.
    pub(super) fn unit_of_charm(&mut self, primitive: &'static Primitive, param: &Param, arg: &'t Node) {
        let Some(charm) = param.ty.vocabulary().and_then(|words| words.charm) else { return };
        let is_list = matches!(param.ty, Ty::List(_));
        let values = match self.applications_named(arg) {
            Some(applications) => self.members(applications),
            None if is_list => self.members(arg),
            None => self.values(arg),
        };
        let Some(values) = values.filter(|values| values.whole && values.asked.is_empty()) else { return };
        let units: Option<Vec<String>> = values.known.iter().map(|value| value.as_text().map(str::to_owned)).collect();
        let (Some(first), Some(units)) = (values.known.first(), units) else { return };
        let is_told = match charm {
            Charm::Only(charm) => units.iter().any(|unit| !is_called(unit, charm)),
            Charm::Not(_) => true,
        };
        if !is_told {
            return;
        }
        let (who, otherwise) = (primitive.full_name(), self.taking_others(primitive, charm));
        let (file, place) = (self.tree().file.clone(), self.place_of(first));
        self.units.push(Charmed { units, is_list, otherwise, charm, who, file, span: arg.span, place });
    }

    /// What asks the same of units of other charms.
    fn taking_others(&self, primitive: &Primitive, charm: Charm) -> Option<String> {
        let of_namespace = self.table.functions_of(primitive.namespace).into_iter();
        let mut others = of_namespace.filter_map(|name| self.table.function(primitive.namespace, name));
        let is_other = |other: &&Primitive| {
            let taken = other.params.first().and_then(|param| param.ty.vocabulary()?.charm);
            other.result == primitive.result && taken.is_some_and(|taken| taken != charm)
        };
        others.find(is_other).map(Primitive::full_name)
    }

    /// The applications whose units these are.
    fn applications_named(&self, arg: &'t Node) -> Option<&'t Node> {
        match &self.made_of(arg).kind {
            Kind::Method { call, .. } if call.name.text == "unit_names" => call.args.first(),
            _ => None,
        }
    }
}

/// Whether the application of a unit bears that name.
fn is_called(unit: &str, charm: &str) -> bool {
    unit.split('/').next() == Some(charm)
}
