//! Puts the declared primitives into an engine. What is not declared does not exist for a script.

use std::any::TypeId;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use rhai::{Array, Dynamic, Engine, EvalAltResult, FnNamespace, FuncRegistration, Module, NativeCallContext, RhaiFunc};

use crate::host::{At, Call, Host, Stop};
use crate::primitives;
use crate::script::{Effect, Listing, Primitive, Run, Ty, canonical, describe};

/// Everything that is registered, shared by all engines of the process.
struct Registered {
    global: Arc<Module>,
    namespaces: BTreeMap<&'static str, Arc<Module>>,
}

static WHOLE: LazyLock<Registered> = LazyLock::new(|| registered(primitives::table().iter()));

/// What asks nothing of the world, and what a value has that comes of it: all that a constant of lib/ and the top level
/// of a runbook can call. The check makes no more than that.
static PLAIN: LazyLock<Registered> = LazyLock::new(|| {
    let plain = || primitives::table().iter().filter(|one| matches!(one.effect, Effect::Pure | Effect::Flow));
    // Lists and texts are the language's own; everything else is given by something.
    let made: BTreeSet<&str> = primitives::table().iter().filter_map(|one| named(&one.result)).collect();
    let mut types: BTreeSet<&str> = BTreeSet::new();
    loop {
        let is_known = |name: &str| types.contains(name) || !made.contains(name);
        let has = |one: &&Primitive| one.receiver.as_ref().is_none_or(|receiver| is_known(receiver.name));
        let given: BTreeSet<&str> = plain().filter(has).filter_map(|one| named(&one.result)).collect();
        if given.is_subset(&types) {
            return registered(plain().filter(has));
        }
        types.extend(given);
    }
});

/// The type of the host that a value of that type is, or that its members are.
fn named(ty: &Ty) -> Option<&'static str> {
    match ty {
        Ty::Named(name) => Some(name),
        Ty::List(of) | Ty::Maybe(of) => named(of),
        _ => None,
    }
}

fn registered(offered: impl Iterator<Item = &'static Primitive>) -> Registered {
    let mut global = Module::new();
    let mut namespaces: BTreeMap<&'static str, Module> =
        primitives::namespaces().iter().map(|name| (*name, Module::new())).collect();
    for primitive in offered {
        match (&primitive.receiver, primitive.namespace) {
            (Some(receiver), _) => {
                global.set_custom_type_raw(receiver.rust_name, receiver.name);
                set(&mut global, primitive);
            }
            (None, "") => set(&mut global, primitive),
            (None, namespace) => set(namespaces.entry(namespace).or_default(), primitive),
        }
    }
    super::compare::register(&mut global);
    unprintable(&mut global);
    let _ = global.set_iterable::<Array>();
    let _ = global.set_iter(TypeId::of::<Listing>(), |list| {
        let items = list.cast::<Listing>().items;
        Box::new((0..items.len()).map(move |index| items[index].clone()))
    });
    let _ = global.set_iterator::<std::ops::Range<rhai::INT>>();
    let _ = global.set_iterator::<std::ops::RangeInclusive<rhai::INT>>();
    global.build_index();
    // A module without an id would be copied by every engine that it is registered in.
    let shared = |(name, mut module): (&'static str, Module)| {
        module.set_id(name).build_index();
        (name, Arc::new(module))
    };
    Registered { global: Arc::new(global), namespaces: namespaces.into_iter().map(shared).collect() }
}

/// Registers everything into an engine.
pub(super) fn all(engine: &mut Engine) {
    WHOLE.offer(engine);
}

/// Registers what needs no host, or no more of it than its header and its steps.
pub(super) fn plain(engine: &mut Engine) {
    PLAIN.offer(engine);
}

impl Registered {
    fn offer(&self, engine: &mut Engine) {
        engine.register_global_module(self.global.clone());
        for (name, module) in &self.namespaces {
            engine.register_static_module(*name, module.clone());
        }
    }
}

/// Interpolating what has no text would print a type's name: it is refused, and latched because interpolation ignores
/// errors. Types with a text have a `to_string` of their own, which goes before this one.
fn unprintable(module: &mut Module) {
    let refuse: Arc<Native> = Arc::new(|context, args| {
        let context = context.ok_or("no context")?;
        let value = args.first().map_or(Dynamic::UNIT, |value| (**value).clone());
        let words = format!("{} cannot be put into text; name one of its fields", describe(&value));
        Err(raise(&context, Stop::script(words)))
    });
    let func = RhaiFunc::Pure { func: refuse, has_context: true, is_pure: true, is_volatile: false };
    FuncRegistration::new("to_string").with_namespace(FnNamespace::Global).set_into_module_raw(
        module,
        [TypeId::of::<Dynamic>()],
        func,
    );
}

/// Handles are immutable. Without a setter a change of a part (`subnet.dns[0] = ...`) would be lost without a word; with
/// one, giving back what was read is the language's own doing and harmless, and anything else is refused.
fn read_only(module: &mut Module, primitive: &'static Primitive, receiver: TypeId) {
    let func: Arc<Native> = Arc::new(move |context, args| {
        let context = context.ok_or("no context")?;
        let [object, value] = args else { return Err("a field is set to one value".into()) };
        if is_as_read(primitive, &context, object, value) {
            return Ok(Dynamic::UNIT);
        }
        let words = format!("{} cannot be set: what was read from a service does not change", primitive.full_name());
        Err(raise(&context, Stop::script(words).with("next", "copy it into a variable of its own first")))
    });
    let func = RhaiFunc::Method { func, has_context: true, is_pure: true, is_volatile: true };
    // The language's own name of a setter: its ready-made registration fixes a purity that a raw function must not have.
    FuncRegistration::new(format!("set${}", primitive.name)).with_namespace(FnNamespace::Global).set_into_module_raw(
        module,
        [receiver, TypeId::of::<Dynamic>()],
        func,
    );
}

/// Whether the value is what the field already holds; asked of a host of its own, so that nothing is told twice.
fn is_as_read(primitive: &Primitive, context: &NativeCallContext<'_>, object: &Dynamic, value: &Dynamic) -> bool {
    let call = Call { host: Host::nowhere(), at: At::of(context), primitive, context };
    match run(primitive, &call, vec![object.clone()]) {
        Ok(held) => held.type_id() == value.type_id() && canonical(&held) == canonical(value),
        Err(_) => false,
    }
}

/// One registration per number of arguments: trailing parameters may be left out.
fn set(module: &mut Module, primitive: &'static Primitive) {
    let least = primitive.params.iter().filter(|param| !param.optional).count();
    for count in least..=primitive.params.len() {
        let mut types: Vec<TypeId> = primitive.receiver.iter().map(|receiver| receiver.id).collect();
        types.extend((0..count).map(|_| TypeId::of::<Dynamic>()));
        let registration = match primitive.is_field {
            true => FuncRegistration::new_getter(primitive.name),
            false => FuncRegistration::new(primitive.name),
        };
        let registration = match primitive.receiver {
            Some(_) => registration.with_namespace(FnNamespace::Global),
            None => registration,
        };
        registration.set_into_module_raw(module, types, native(primitive));
    }
    if let Some(receiver) = primitive.receiver.as_ref().filter(|_| primitive.is_field) {
        read_only(module, primitive, receiver.id);
    }
}

/// Rhai's form of a native function.
type Native =
    dyn Fn(Option<NativeCallContext<'_>>, &mut [&mut Dynamic]) -> Result<Dynamic, Box<EvalAltResult>> + Send + Sync;

fn native(primitive: &'static Primitive) -> RhaiFunc {
    let func: Arc<Native> = Arc::new(move |context, args| {
        let context = context.ok_or("a primitive was called without a context")?;
        invoke(primitive, &context, args)
    });
    match primitive.receiver {
        Some(_) => RhaiFunc::Method { func, has_context: true, is_pure: true, is_volatile: true },
        None => RhaiFunc::Pure { func, has_context: true, is_pure: true, is_volatile: true },
    }
}

fn invoke(
    primitive: &Primitive,
    context: &NativeCallContext<'_>,
    args: &mut [&mut Dynamic],
) -> Result<Dynamic, Box<EvalAltResult>> {
    // The first may be the script's own variable: it is copied, never taken.
    let args: Vec<Dynamic> = args
        .iter_mut()
        .enumerate()
        .map(|(index, arg)| if index == 0 { arg.clone() } else { std::mem::take(*arg) })
        .collect();
    let host = match (Host::of(context), primitive.effect) {
        (Ok(host), _) => host,
        (Err(_), Effect::Pure) => return pure(primitive, context, args),
        (Err(stop), _) => return Err(raise(context, stop)),
    };
    let call = Call::begin(host, primitive, context).map_err(|stop| raise(context, stop))?;
    run(primitive, &call, args).map_err(|stop| raise(context, stop))
}

fn run(primitive: &Primitive, call: &Call<'_>, args: Vec<Dynamic>) -> Result<Dynamic, Stop> {
    match &primitive.body {
        Run::Body(body) => body(call, args),
        Run::Field(read) => read(call, args.first().unwrap_or(&Dynamic::UNIT)),
    }
}

/// A pure function on an engine without a host: library constants while checking.
fn pure(
    primitive: &Primitive,
    context: &NativeCallContext<'_>,
    args: Vec<Dynamic>,
) -> Result<Dynamic, Box<EvalAltResult>> {
    let call = Call { host: Host::nowhere(), at: At::of(context), primitive, context };
    run(primitive, &call, args).map_err(|stop| raise(context, stop))
}

/// Ends a native call with a reason: latched first, so that nothing in a script can swallow it.
pub(super) fn raise(context: &NativeCallContext<'_>, stop: Stop) -> Box<EvalAltResult> {
    if let Ok(host) = Host::of(context) {
        host.latch(&stop);
    }
    EvalAltResult::ErrorRuntime(Dynamic::from(stop), context.call_position()).into()
}

/// Every function that a script can see, one signature a line, sorted: the golden file of the sandbox.
pub fn visible() -> Vec<String> {
    let operators = [
        "== != < <= > >= (value, value): of one type",
        "+ (int, int) (string, string) ([value], [value])",
        "value in [value]",
    ];
    let declared = primitives::table()
        .iter()
        .map(|primitive| format!("{:<26} {}", primitive.effect.word(), primitive.signature()));
    let mut lines: BTreeSet<String> = declared.collect();
    lines.extend(operators.map(|operator| format!("{:<26} {operator}", "operator")));
    lines.into_iter().collect()
}

/// Whether an import may not bear this alias, because it would hide a namespace.
pub fn reserved_alias(alias: &str) -> bool {
    primitives::namespaces().contains(alias)
}
