//! What the host offers, by name: for the check of shapes, and for what a call is to the run.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::check::shape::Described;
use crate::check::{HostNames, sites, tree::Call};
use crate::primitives;
use crate::script::{Effect, Primitive, Ty};

/// What the host offers, by name.
pub fn host_names() -> &'static HostNames {
    static NAMES: LazyLock<HostNames> = LazyLock::new(names_of_table);
    &NAMES
}

fn names_of_table() -> HostNames {
    let mut names = HostNames::default();
    for primitive in primitives::table().iter().filter(|primitive| !primitive.is_field) {
        match (primitive.namespace, &primitive.receiver) {
            ("", _) | (_, Some(_)) => names.functions.insert(primitive.name.to_string()),
            (namespace, None) => {
                names.homes.entry(primitive.name.to_string()).or_default().push(namespace.to_string());
                names.namespaces.insert(namespace.to_string())
            }
        };
        primitive.params.iter().for_each(|param| options(&mut names, primitive, &param.ty));
        if primitive.is("runbook") {
            names.header = primitive.signature();
        }
        if primitive.effect == Effect::Pure {
            names.pure.insert(primitive.full_name());
        }
    }
    let described =
        |field: &Primitive| Described { name: field.full_name(), is_option: false, doc: field.doc.to_string() };
    names.fields.extend(primitives::table().iter().filter(|primitive| primitive.is_field).map(described));
    names.units.retain(|_, unit| !unit.is_empty());
    names
}

/// What is said of options, and in which unit their numbers are; of two units none is told.
fn options(names: &mut HostNames, primitive: &Primitive, ty: &Ty) {
    let Ty::Options(fields) = ty else { return };
    for field in fields {
        let name = format!("`{}` of {}", field.name, primitive.full_name());
        names.fields.push(Described { name, is_option: true, doc: field.doc.to_string() });
        let unit = field.ty.limits().and_then(|limits| limits.unit?.name()).unwrap_or_default();
        let known = names.units.entry(field.name.to_string()).or_insert_with(|| unit.to_string());
        if known != unit {
            known.clear();
        }
    }
}

/// What a call is to the run, by its written name.
pub(super) fn role(call: &Call) -> sites::Role {
    let written = call.full_name();
    if matches!(written.as_str(), "gate" | "gate_eq" | "gate_set" | "attest") && !call.is_method {
        return sites::Role::Gate;
    }
    static EFFECTS: LazyLock<BTreeMap<(bool, String), Effect>> = LazyLock::new(effects);
    match EFFECTS.get(&(call.is_method, written)) {
        Some(Effect::Change) => sites::Role::Change,
        Some(Effect::Acts) => sites::Role::Acts,
        Some(Effect::Read) => sites::Role::Read,
        _ => sites::Role::Other,
    }
}

/// The effect of each function by its full name, and of each method by its name; of several, the gravest.
fn effects() -> BTreeMap<(bool, String), Effect> {
    let mut effects = BTreeMap::new();
    for primitive in primitives::table().iter().filter(|primitive| !primitive.is_field) {
        let is_method = primitive.receiver.is_some();
        let name = if is_method { primitive.name.to_string() } else { primitive.full_name() };
        let effect = effects.entry((is_method, name)).or_insert(primitive.effect);
        *effect = (*effect).max(primitive.effect);
    }
    effects
}
