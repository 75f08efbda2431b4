//! The only builder of a Rhai engine: a raw engine, an allow-list, limits, and imports from hashed bytes alone.
//!
//! The sandbox is what is registered here. The optimiser stays off: it drops code and calls functions while compiling.

mod compare;
mod library;
mod pass;
mod register;

pub use library::{Library, Sources};
pub use pass::{Frame, Read, Remains, cause, frames, run_pass, top_level, trouble};
pub use register::{reserved_alias, visible};

use rhai::{Dynamic, Engine, OptimizationLevel};

use crate::host::Host;

/// The stack of the thread that runs scripts: deep nesting overflows smaller ones and aborts the process.
pub const STACK: usize = 256 << 20;

/// Builds the engine for one run. `host` is what its primitives stand on; without one, only pure functions answer.
pub fn build(sources: &Sources, host: Option<&Host>) -> Engine {
    build_over(Library::new(sources.clone()), host)
}

/// The same over a resolver that may have made its libraries already.
pub fn build_over(library: Library, host: Option<&Host>) -> Engine {
    let mut engine = bare();
    register::all(&mut engine);
    standing(engine, library, host)
}

/// An engine that evaluates constants, and the top level of a runbook that calls nothing else: it knows no service.
pub fn build_plain(library: Library, host: Option<&Host>) -> Engine {
    let mut engine = bare();
    register::plain(&mut engine);
    standing(engine, library, host)
}

fn standing(mut engine: Engine, library: Library, host: Option<&Host>) -> Engine {
    engine.set_module_resolver(library);
    if let Some(host) = host {
        engine.set_default_tag(Dynamic::from(host.clone()));
        let session = host.session.clone();
        engine.on_progress(move |_| session.must_halt().then(|| Dynamic::from("halted")));
    }
    engine
}

fn bare() -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_allow_shadowing(false)
        .set_fast_operators(false)
        .set_max_operations(1_000_000)
        .set_max_call_levels(64)
        .set_max_expr_depths(128, 128)
        .set_max_string_size(1 << 20)
        .set_max_array_size(20_000)
        .set_max_map_size(20_000)
        .set_max_functions(500)
        .set_max_modules(32)
        .set_max_variables(1_000);
    for symbol in
        ["eval", "try", "catch", "throw", "Fn", "print", "debug", "type_of", "is_def_var", "is_def_fn", "is_shared"]
    {
        engine.disable_symbol(symbol);
    }
    engine.on_map_missing_property(|map, property, _| {
        let keys: Vec<&str> = map.keys().map(rhai::Identifier::as_str).collect();
        let text = format!(
            "no property `{property}`{}; it has: {}",
            crate::script::did_you_mean(property, &keys),
            keys.join(", ")
        );
        Err(rhai::EvalAltResult::ErrorPropertyNotFound(text, rhai::Position::NONE).into())
    });
    engine
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn a_value_makes_no_new_field_in_a_map() {
        for script in [r#"let a = #{ b: 1 }; a.c = 2;"#, r#"let a = #{ b: 1 }; a["c"] = 2;"#, "let a = #{}; a.c = 2;"] {
            let told = bare().run(script).expect_err(script).to_string();
            assert!(told.contains("no property `c`"), "{script}: {told}");
        }
        bare().run("let a = #{ b: 1 }; a.b = 2;").expect("a field that is there takes a value");
    }
}
