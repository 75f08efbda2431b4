//! The signatures of all primitives, found by name, and the script's types of the host's.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};

use rhai::Dynamic;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Type;
use crate::script::{Primitive, Ty, Vocabulary};

/// Primitives by where they are found, a namespace or a type, and their name.
type ByName = FxHashMap<(&'static str, &'static str), &'static Primitive>;

/// Every signature, by the names that scripts use.
pub struct Table {
    functions: ByName,
    methods: ByName,
    /// The methods of one name, by the types that have them.
    homonyms: FxHashMap<&'static str, Vec<&'static Primitive>>,
    fields: ByName,
    handles: FxHashSet<&'static str>,
    /// The field that each type is known by.
    identities: FxHashMap<&'static str, &'static Primitive>,
    types: FxHashMap<TypeId, &'static str>,
    /// The places of the primitives that tell of a change, or give what does, in order.
    sights: Vec<usize>,
    /// Those of the readings of which it is known what they say behind a change.
    said: Vec<usize>,
    namespaces: BTreeSet<&'static str>,
}

impl Table {
    /// The table of these primitives.
    #[must_use]
    pub fn of(primitives: &'static [Primitive]) -> Self {
        let mut table = Table {
            functions: ByName::default(),
            methods: ByName::default(),
            homonyms: FxHashMap::default(),
            fields: ByName::default(),
            handles: FxHashSet::default(),
            identities: FxHashMap::default(),
            types: FxHashMap::default(),
            sights: Vec::new(),
            said: Vec::new(),
            namespaces: BTreeSet::new(),
        };
        for primitive in primitives {
            table.add(primitive);
        }
        table.settle(primitives);
        table
    }

    fn add(&mut self, primitive: &'static Primitive) {
        let Some(receiver) = &primitive.receiver else {
            self.functions.insert((primitive.namespace, primitive.name), primitive);
            self.namespaces.extend(Some(primitive.namespace).filter(|name| !name.is_empty()));
            return;
        };
        self.types.insert(receiver.id, receiver.name);
        if primitive.is_field {
            self.handles.insert(receiver.name);
            if primitive.is_identity {
                self.identities.insert(receiver.name, primitive);
            }
            self.fields.insert((receiver.name, primitive.name), primitive);
        } else {
            self.methods.insert((receiver.name, primitive.name), primitive);
            self.homonyms.entry(primitive.name).or_default().push(primitive);
        }
    }

    /// Which readings tell of changes, and which give the things whose parts tell of them.
    fn settle(&mut self, primitives: &'static [Primitive]) {
        let of = |method: &&'static Primitive| method.receiver.as_ref().map(|of| of.name);
        self.homonyms.values_mut().for_each(|methods| methods.sort_by_key(of));
        let mut things: BTreeSet<&str> = BTreeSet::new();
        for sight in primitives.iter().flat_map(|primitive| primitive.seen_by) {
            let Some(reading) = self.named(sight.reading) else { continue };
            things.extend(reading.receiver.as_ref().map(|of| of.name));
            self.sights.push(address(reading));
            self.said.extend(sight.says.map(|_| address(reading)));
        }
        let gives = |primitive: &&Primitive| element(&primitive.result).is_some_and(|name| things.contains(name));
        self.sights.extend(primitives.iter().filter(gives).map(address));
        for addresses in [&mut self.sights, &mut self.said] {
            addresses.sort_unstable();
            addresses.dedup();
        }
    }

    /// The primitive of a full name: `maas::subnet`, `Network.subnet`.
    #[must_use]
    pub fn named(&self, full_name: &'static str) -> Option<&'static Primitive> {
        if let Some(key) = full_name.split_once("::") {
            return self.functions.get(&key).copied();
        }
        let key = full_name.split_once('.')?;
        self.fields.get(&key).or_else(|| self.methods.get(&key)).copied()
    }

    /// Whether it tells of a change, or gives what does.
    #[must_use]
    pub fn is_sight(&self, primitive: &'static Primitive) -> bool {
        self.sights.binary_search(&address(primitive)).is_ok()
    }

    /// Whether it is known of some change what this says behind it.
    #[must_use]
    pub fn is_said(&self, primitive: &'static Primitive) -> bool {
        self.said.binary_search(&address(primitive)).is_ok()
    }

    /// A function of a namespace; "" for the global ones.
    #[must_use]
    pub fn function(&self, namespace: &str, name: &str) -> Option<&'static Primitive> {
        self.functions.get(&(namespace, name)).copied()
    }

    /// The names of a namespace's functions, sorted.
    #[must_use]
    pub fn functions_of(&self, namespace: &str) -> Vec<&'static str> {
        sorted(self.functions.keys().filter(|(of, _)| *of == namespace).map(|(_, name)| *name))
    }

    /// Every namespace.
    #[must_use]
    pub fn namespaces(&self) -> &BTreeSet<&'static str> {
        &self.namespaces
    }

    /// The namespaces that have a function of that name.
    #[must_use]
    pub fn homes(&self, name: &str) -> Vec<&'static str> {
        sorted(self.functions.keys().filter(|(_, of)| *of == name).map(|(namespace, _)| *namespace))
    }

    /// A method of a type.
    #[must_use]
    pub fn method(&self, of: &Type, name: &str) -> Option<&'static Primitive> {
        self.methods.get(&(receiver(of)?, name)).copied()
    }

    /// The methods that a type has.
    #[must_use]
    pub fn methods_of(&self, of: &Type) -> Vec<&'static str> {
        let mut names = members(&self.methods, of);
        if matches!(of, Type::List(_) | Type::Listing(_)) {
            // Lists are asked by the engine itself, which compares strictly.
            names.push("contains");
            names.sort_unstable();
        }
        names
    }

    /// The methods of that name, of whatever type.
    pub fn methods_named(&self, name: &str) -> impl Iterator<Item = &'static Primitive> {
        self.homonyms.get(name).into_iter().flatten().copied()
    }

    /// The reading that gives a thing by its one name.
    #[must_use]
    pub fn reader_of(&self, ty: &Ty) -> Option<&'static Primitive> {
        let ty = if let Ty::Maybe(of) = ty { of } else { ty };
        let Ty::Named(name) = ty else { return None };
        let takes = |primitive: &&'static Primitive| matches!(&primitive.params[..], [only] if matches!(only.ty, Ty::Text | Ty::Word(_)));
        let gives = |primitive: &&'static Primitive| primitive.result == Ty::Named(name);
        self.functions
            .values()
            .copied()
            .filter(takes)
            .filter(gives)
            .find(|primitive| primitive.effect == crate::script::Effect::Read)
    }

    /// Whether some type has a method of that name.
    #[must_use]
    pub fn is_method(&self, name: &str) -> bool {
        self.homonyms.contains_key(name)
    }

    /// A field of a handle.
    #[must_use]
    pub fn field(&self, of: &Type, name: &str) -> Option<&'static Primitive> {
        self.fields.get(&(receiver(of)?, name)).copied()
    }

    /// What the names of a list of that type are: the texts of the field that it is known by.
    #[must_use]
    pub fn identity(&self, of: &str) -> Type {
        let words = self.identities.get(of).and_then(|field| field.result.vocabulary());
        words.map_or(Type::Text, Type::Word)
    }

    /// The field that things of that type are known by.
    #[must_use]
    pub fn known_by(&self, of: &Type) -> Option<&'static str> {
        self.identities.get(receiver(of)?).map(|field| field.name)
    }

    /// Whether things of that type are known by that field.
    #[must_use]
    pub fn is_identity(&self, of: &str, field: &str) -> bool {
        self.identities.get(of).is_some_and(|known| known.name == field)
    }

    /// The fields beside those that hold these words, on the types that have them, with the words of their own; sorted.
    #[must_use]
    pub fn neighbours(&self, words: &'static Vocabulary) -> Vec<(&'static str, &'static Vocabulary)> {
        let own = |primitive: &Primitive| primitive.result.vocabulary() == Some(words);
        let owners: BTreeSet<&str> =
            self.fields.iter().filter(|(_, field)| own(field)).map(|((owner, _), _)| *owner).collect();
        let beside: BTreeMap<_, _> = self.fields.iter().filter(|((owner, _), _)| owners.contains(owner)).collect();
        let others = beside.into_iter().filter_map(|((_, name), field)| {
            field.result.vocabulary().filter(|other| *other != words).map(|other| (*name, other))
        });
        others.collect()
    }

    /// The fields that a type has.
    #[must_use]
    pub fn fields_of(&self, of: &Type) -> Vec<&'static str> {
        members(&self.fields, of)
    }

    /// Whether values of that name are handles: objects of a cloud.
    #[must_use]
    pub fn is_handle(&self, name: &str) -> bool {
        self.handles.contains(name)
    }

    /// What a host's type is to a script that receives it.
    #[must_use]
    pub fn given(&self, ty: &Ty) -> Type {
        match ty {
            Ty::Unit => Type::Unit,
            Ty::Bool => Type::Bool,
            Ty::Int => Type::Int,
            Ty::Within(limits) => Type::Within(limits),
            Ty::Text => Type::Text,
            Ty::Word(words) => Type::Word(words),
            Ty::Any | Ty::Function => Type::Any,
            Ty::List(of) => match **of {
                Ty::Named(name) if self.is_handle(name) => Type::Listing(name),
                ref of => Type::list(self.given(of)),
            },
            Ty::Maybe(of) | Ty::OrAbsent(of) => Type::Maybe(Box::new(self.given(of))),
            Ty::Options(fields) => Type::map(fields.iter().map(|field| (field.name.to_owned(), self.given(&field.ty)))),
            Ty::Named(name) => Type::Named(name),
        }
    }

    /// The type of a value: how constants of libraries are typed.
    #[must_use]
    pub fn of_value(&self, value: &Dynamic) -> Type {
        if let Some(array) = value.read_lock::<rhai::Array>() {
            return Type::list(array.iter().map(|item| self.of_value(item)).fold(Type::Never, Type::join));
        }
        if let Some(map) = value.read_lock::<rhai::Map>() {
            return Type::map(map.iter().map(|(name, value)| (name.to_string(), self.of_value(value))));
        }
        match value.type_name() {
            "()" => Type::Unit,
            "bool" => Type::Bool,
            "i64" => Type::Int,
            "char" => Type::Char,
            "string" => Type::Text,
            _ => self.types.get(&value.type_id()).map_or(Type::Open, |name| Type::Named(name)),
        }
    }
}

/// Where a declaration lies: there is one of each.
fn address(primitive: &Primitive) -> usize {
    std::ptr::from_ref(primitive).addr()
}

/// The type of the host in a type.
pub(in super::super) fn element(ty: &Ty) -> Option<&'static str> {
    match ty {
        Ty::Named(name) => Some(name),
        Ty::List(of) | Ty::Maybe(of) | Ty::OrAbsent(of) => element(of),
        _ => None,
    }
}

/// The name under which methods and fields of a type are declared.
fn receiver(of: &Type) -> Option<&'static str> {
    match of {
        Type::Bool => Some("bool"),
        Type::Int | Type::Within(_) => Some("int"),
        Type::Text | Type::Word(_) => Some("string"),
        Type::List(_) => Some("[value]"),
        Type::Listing(_) => Some("List"),
        Type::Named(name) => Some(name),
        _ => None,
    }
}

fn members(table: &ByName, of: &Type) -> Vec<&'static str> {
    let Some(receiver) = receiver(of) else { return Vec::new() };
    let names = table.keys().filter(|(of, _)| *of == receiver).map(|(_, name)| *name);
    sorted(names.filter(|name| name.starts_with(|c: char| c.is_alphabetic()) && *name != "to_string"))
}

fn sorted(names: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}
