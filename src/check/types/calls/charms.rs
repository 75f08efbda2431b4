//! Units that a call takes of one charm alone.

use super::super::super::tree::Node;
use super::super::Charmed;
use super::super::infer::Infer;
use super::super::values::Value;
use crate::script::{Param, Primitive};

impl<'t> Infer<'t> {
    /// Units whose application bears another name than the charm of which they must be: the bundle tells what they are.
    pub(super) fn unit_of_charm(&mut self, primitive: &'static Primitive, param: &Param, arg: &'t Node) {
        let Some(charm) = param.ty.vocabulary().and_then(|words| words.charm) else { return };
        let Some(values) = self.values(arg).filter(|values| values.whole && values.asked.is_empty()) else { return };
        let application = |value: &Value<'t>| Some(value.as_text()?.split_once('/')?.0.to_owned());
        let is_named_so = |value: &Value<'t>| {
            let unit = value.as_text().and_then(|text| text.strip_prefix(charm));
            unit.is_some_and(|rest| rest.starts_with('/'))
        };
        let Some(first) = values.known.first().filter(|_| !values.known.iter().any(is_named_so)) else { return };
        let applications: Option<Vec<String>> = values.known.iter().map(application).collect();
        let (Some(applications), Some(unit)) = (applications, first.as_text().map(str::to_owned)) else { return };
        let (file, place) = (self.tree().file.clone(), self.place_of(first));
        self.units.push(Charmed { unit, applications, charm, who: primitive.full_name(), file, span: arg.span, place });
    }
}
