//! What the host offers, by name: for the check of shapes, and for what a call is to the run.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::check::shape::Described;
use crate::check::{HostNames, sites, tree::Call};
use crate::primitives;
use crate::script::{Effect, OptionField, Ty};

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
        primitive.params.iter().for_each(|param| units(&mut names, &param.ty));
        if primitive.is("runbook") {
            names.header = primitive.signature();
        }
        if primitive.effect == Effect::Pure {
            names.pure.insert(primitive.full_name());
        }
    }
    names.units.retain(|_, unit| !unit.is_empty());
    names.fields = LazyLock::new(described);
    names
}

/// What is said of options and fields.
fn described() -> Vec<Described> {
    let mut all = Vec::new();
    for primitive in primitives::table().iter().filter(|primitive| !primitive.is_field) {
        for field in primitive.params.iter().flat_map(|param| given(&param.ty)) {
            let name = format!("`{}` of {}", field.name, primitive.full_name());
            all.push(Described { name, is_option: true, doc: field.doc });
        }
    }
    let fields = primitives::table().iter().filter(|primitive| primitive.is_field);
    all.extend(fields.map(|field| Described { name: field.full_name(), is_option: false, doc: field.doc }));
    all
}

/// The fields of an option map.
fn given(ty: &Ty) -> &[OptionField] {
    match ty {
        Ty::Options(fields) => fields,
        _ => &[],
    }
}

/// In which unit the numbers of options are; of two units none is told.
fn units(names: &mut HostNames, ty: &Ty) {
    for field in given(ty) {
        let unit = field.ty.limits().and_then(|limits| limits.unit?.name()).unwrap_or_default();
        let known = names.units.entry(field.name.to_string()).or_insert_with(|| unit.to_string());
        if known != unit {
            known.clear();
        }
    }
}

/// What a call is to the run, by its written name.
pub(super) fn role(call: &Call) -> sites::Role {
    let name = call.name.text.as_str();
    let namespace = match call.path.as_slice() {
        [] => "",
        [only] => only.text.as_str(),
        _ => return sites::Role::Other,
    };
    let plain = namespace.is_empty() && !call.is_method;
    if plain && matches!(name, "gate" | "gate_eq" | "gate_set" | "attest") {
        return sites::Role::Gate;
    }
    static EFFECTS: LazyLock<BTreeMap<(bool, &str, &str), Effect>> = LazyLock::new(effects);
    match EFFECTS.get(&(call.is_method, namespace, name)) {
        Some(Effect::Change) => sites::Role::Change,
        Some(Effect::Acts) => sites::Role::Acts,
        Some(Effect::Read) => sites::Role::Read,
        _ => sites::Role::Other,
    }
}

/// The effect of each function by its full name, and of each method by its name; of several, the gravest.
fn effects() -> BTreeMap<(bool, &'static str, &'static str), Effect> {
    let mut effects = BTreeMap::new();
    for primitive in primitives::table().iter().filter(|primitive| !primitive.is_field) {
        let is_method = primitive.receiver.is_some();
        let namespace = if is_method { "" } else { primitive.namespace };
        let effect = effects.entry((is_method, namespace, primitive.name)).or_insert(primitive.effect);
        *effect = (*effect).max(primitive.effect);
    }
    effects
}
