//! What a declaration holds: the data from which registration, reference, check and journal names are made.

use std::any::TypeId;
use std::fmt;

use rhai::Dynamic;

use super::{Bound, Object, Script, Ty, bounded};
use crate::host::{Call, Stop};

/// What calling a primitive may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Computes from its arguments alone; may run at import.
    Pure,
    /// Steers the run (steps, gates, waits): no capability needed.
    Flow,
    /// Asks a service.
    Read,
    /// Asks a service in a way that leaves a record there.
    Acts,
    /// Changes a service, through the guard.
    Change,
}

impl Effect {
    /// The word in the reference.
    pub fn word(self) -> &'static str {
        match self {
            Effect::Pure => "pure",
            Effect::Flow => "flow",
            Effect::Read => "read",
            Effect::Acts => "read that leaves a record",
            Effect::Change => "change",
        }
    }
}

/// A reading that tells of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Its full name: `Machine.tags`, `maas::tag`.
    pub reading: &'static str,
    /// What it says when the change is made, where that is known before.
    pub says: Option<Says>,
    /// Whether nothing is left to do where it says so.
    pub is_all: bool,
}

/// What a reading says behind a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Whether it holds.
    Holds(bool),
    /// This word.
    Word(&'static str),
    /// What the parameter or the option of that name was given.
    Given(&'static str),
    /// A list of that alone.
    Only(&'static str),
    /// A list that holds it, or all of it.
    Among(&'static str),
    /// A list that does not hold it.
    Without(&'static str),
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Ty,
    /// Whether it may be left out (trailing parameters only).
    pub optional: bool,
}

/// A field of an option map.
#[derive(Clone, Debug, PartialEq)]
pub struct OptionField {
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Its type.
    pub ty: Ty,
    /// Whether it must be given.
    pub required: bool,
}

/// An option map. Made by `options!`.
pub trait Options: Sized {
    /// Its fields.
    fn fields() -> Vec<OptionField>;
    /// Takes it from a map; names unknown fields before missing ones.
    fn from_map(map: rhai::Map) -> Result<Self, Stop>;
}

impl<T: Options> Script for T {
    fn ty() -> Ty {
        Ty::Options(T::fields())
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        match value.read_lock::<rhai::Map>() {
            Some(map) => T::from_map(map.clone()),
            None => {
                Err(Stop::script(format!("expected an option map #{{...}}, found {}", super::value::describe(&value))))
            }
        }
    }
    fn give(self) -> Dynamic {
        Dynamic::UNIT
    }
}

/// A field of a handle.
pub struct FieldDecl<T> {
    /// Its name.
    pub name: &'static str,
    /// Whether the object is known by it.
    pub is_identity: bool,
    /// What it means, with units and source.
    pub doc: &'static str,
    /// Its type.
    pub ty: Ty,
    /// Reads it.
    pub get: fn(&T) -> Dynamic,
}

/// The type that a method or field belongs to.
#[derive(Clone)]
pub struct Receiver {
    /// The script's name of the type.
    pub name: &'static str,
    /// What the type is.
    pub doc: &'static str,
    /// Rhai's key of it.
    pub id: TypeId,
    /// Rust's name of it, which Rhai would print.
    pub rust_name: &'static str,
}

impl Receiver {
    /// The receiver for handles of `T`.
    pub fn of<T: Object>() -> Self {
        Receiver {
            name: T::NAME,
            doc: T::DOC,
            id: TypeId::of::<super::Handle<T>>(),
            rust_name: std::any::type_name::<super::Handle<T>>(),
        }
    }
}

/// What runs when a script calls a primitive: the receiver, if any, is the first argument.
pub type Body = fn(&Call<'_>, Vec<Dynamic>) -> Result<Dynamic, Stop>;

/// One function, method or field that a script can use.
#[derive(Clone)]
pub struct Primitive {
    /// `maas`, or "" for a global function, a method or a field.
    pub namespace: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its documentation: the first line says what it does.
    pub doc: &'static str,
    /// What calling it may do.
    pub effect: Effect,
    /// The readings that tell of a change; those of another kind say nothing of it.
    pub seen_by: &'static [Sight],
    /// The type it belongs to, for methods and fields.
    pub receiver: Option<Receiver>,
    /// What a method takes what stands before its dot as: narrower than the receiver for a list of texts.
    pub this: Ty,
    /// Whether it is read as `x.name`, without parentheses.
    pub is_field: bool,
    /// Whether its objects are known by this field: the names of a list are its values.
    pub is_identity: bool,
    /// Its parameters, without the receiver.
    pub params: Vec<Param>,
    /// What it gives back.
    pub result: Ty,
    /// What runs.
    pub body: Run,
}

/// What follows those two in a text.
fn behind<'n>(text: &'n str, first: &str, then: &str) -> Option<&'n str> {
    text.strip_prefix(first)?.strip_prefix(then)
}

/// Reads a field from its handle.
pub type ReadField = dyn Fn(&Call<'_>, &Dynamic) -> Result<Dynamic, Stop> + Send + Sync;

/// How a primitive runs: a declared function, or a field of a handle.
#[derive(Clone)]
pub enum Run {
    /// A function or method.
    Body(Body),
    /// A field, read from the handle by its declared getter.
    Field(std::sync::Arc<ReadField>),
}

impl OptionField {
    /// What it means, and the words that it may be.
    pub fn about(&self) -> String {
        about(self.doc, &self.ty).replace('\n', " ")
    }
}

/// Documentation without the blank that each line of a doc comment begins with, and what its values are held to.
fn about(doc: &str, ty: &Ty) -> String {
    let lines = doc.lines().map(|line| line.trim().to_string());
    lines.chain(bounds(ty)).collect::<Vec<_>>().join("\n")
}

/// What values of a type are held to, as a sentence.
fn bounds(ty: &Ty) -> Option<String> {
    let limits = || ty.limits().map(|limits| format!("{}.", limits.range()));
    ty.vocabulary().map(super::Vocabulary::sentence).or_else(limits)
}

impl Primitive {
    /// What it does or holds, the words of its result and of its parameters, and what tells of a change.
    pub fn about(&self) -> String {
        let mut text = about(self.doc, &self.result);
        for param in &self.params {
            if let Some(bounds) = bounds(&param.ty) {
                text.push_str(&format!("\n`{}`: {bounds}", param.name));
            }
        }
        if !self.seen_by.is_empty() {
            text.push_str(&format!("\nTold of by {}.", self.sights()));
        }
        text
    }

    /// The names of the readings that tell of it.
    pub fn sights(&self) -> String {
        self.seen_by.iter().map(|sight| sight.reading).collect::<Vec<_>>().join(", ")
    }

    /// Its full name: `maas::subnet`, `gate`, `Network.subnet`.
    pub fn full_name(&self) -> String {
        self.to_string()
    }

    /// Whether this is its full name.
    pub fn is(&self, full_name: &str) -> bool {
        match (&self.receiver, self.namespace) {
            (Some(receiver), _) => behind(full_name, receiver.name, ".") == Some(self.name),
            (None, "") => full_name == self.name,
            (None, namespace) => behind(full_name, namespace, "::") == Some(self.name),
        }
    }

    /// Its signature, e.g. `maas::subnet(cidr: Cidr) -> Subnet`.
    pub fn signature(&self) -> String {
        if self.is_field {
            return format!("{}: {}", self.full_name(), self.result);
        }
        let params: Vec<String> = self
            .params
            .iter()
            .map(|param| format!("{}{}: {}", param.name, if param.optional { "?" } else { "" }, param.ty))
            .collect();
        let result = match self.result {
            Ty::Unit => String::new(),
            ref ty => format!(" -> {ty}"),
        };
        format!("{}({}){result}", self.full_name(), params.join(", "))
    }
}

/// By its full name.
impl fmt::Display for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.receiver, self.namespace) {
            (Some(receiver), _) => write!(f, "{}.{}", receiver.name, self.name),
            (None, "") => f.write_str(self.name),
            (None, namespace) => write!(f, "{namespace}::{}", self.name),
        }
    }
}

/// What is declared so far, namespace after namespace.
pub struct Declared {
    primitives: Vec<Primitive>,
}

impl Declared {
    /// Nothing yet, with room for so many: a list that grows is copied as often as it doubles.
    pub fn with_room(count: usize) -> Self {
        Declared { primitives: Vec::with_capacity(count) }
    }

    /// All of it, in the order in which it was declared.
    pub fn all(self) -> Vec<Primitive> {
        self.primitives
    }

    /// Adds the fields of a handle type.
    pub fn object<T: Object>(mut self) -> Self {
        for field in T::fields() {
            let FieldDecl { name, is_identity, doc, ty, get } = field;
            self.primitives.push(Primitive {
                namespace: "",
                name,
                doc,
                effect: Effect::Read,
                seen_by: &[],
                receiver: Some(Receiver::of::<T>()),
                this: Ty::Named(T::NAME),
                is_field: true,
                is_identity,
                params: Vec::new(),
                result: ty,
                body: Run::Field(std::sync::Arc::new(move |call, value| call.field::<T>(value, name, get))),
            });
        }
        self
    }

    /// Adds functions and methods.
    pub fn with(mut self, primitives: Vec<Primitive>) -> Self {
        self.primitives.extend(primitives);
        self
    }
}

/// A type that may bear methods: every handle type, and a few plain types of the host.
pub trait Methods {
    /// Its receiver.
    fn receiver() -> Receiver;
}

impl<T: Object> Methods for T {
    fn receiver() -> Receiver {
        Receiver::of::<T>()
    }
}

/// The declaration of one parameter that is held to words or limits.
pub fn param_of<T: Script>(name: &'static str, bound: &'static impl Bound) -> Param {
    let param = param::<T>(name);
    Param { ty: bounded(param.ty, bound), ..param }
}

/// The declaration of one parameter; `Option<T>` makes it one that may be left out.
pub fn param<T: Script>(name: &'static str) -> Param {
    let ty = T::ty();
    Param { name, optional: matches!(ty, Ty::Maybe(_)), ty: unwrapped(ty) }
}

/// The type inside `Maybe`.
pub fn unwrapped(ty: Ty) -> Ty {
    match ty {
        Ty::Maybe(of) => *of,
        other => other,
    }
}

/// Takes one argument; the error names the parameter.
pub fn take_param<T: Script>(value: Option<Dynamic>, name: &str) -> Result<T, Stop> {
    T::take(value.unwrap_or(Dynamic::UNIT)).map_err(|stop| stop.context(&format!("argument `{name}`")))
}

/// Takes one option field; the error names it.
pub fn take_field<T: Script>(value: Dynamic, name: &str) -> Result<T, Stop> {
    T::take(value).map_err(|stop| stop.context(&format!("option `{name}`")).about_field(name))
}

/// Refuses unknown fields, then missing ones.
pub fn check_fields(map: &rhai::Map, fields: &[OptionField]) -> Result<(), Stop> {
    let names = || fields.iter().map(|field| field.name);
    if let Some(unknown) = map.keys().find(|key| names().all(|name| name != key.as_str())) {
        let known: Vec<&str> = names().collect();
        return Err(Stop::script(format!(
            "no option `{unknown}`{}; options: {}",
            did_you_mean(unknown, &known),
            known.join(", ")
        ))
        .about_field(unknown));
    }
    match fields.iter().find(|field| field.required && !map.contains_key(field.name)) {
        Some(missing) => Err(Stop::script(format!("the option `{}: {}` is missing", missing.name, missing.ty))),
        None => Ok(()),
    }
}

/// `, did you mean ...?` for the nearest of the known names, or nothing.
pub fn did_you_mean(wrong: &str, known: &[&str]) -> String {
    known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 3)
        .min()
        .map_or(String::new(), |(_, name)| format!(", did you mean `{name}`?"))
}
