//! Imports: names of lib/ served from bytes that were read and hashed once. No file is opened here.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use rhai::{AST, Engine, EvalAltResult, GlobalRuntimeState, Module, ModuleResolver, Position, Scope};

type SharedModule = rhai::Shared<Module>;

use crate::host::{Host, Place, Stop};

/// A library's path from the root and its text, by its import name.
pub type Sources = Arc<BTreeMap<String, (String, Arc<str>)>>;

/// The resolver over hashed bytes, with a cache and a stack that finds cycles.
pub struct Library {
    sources: Sources,
    made: Arc<Mutex<HashMap<String, SharedModule>>>,
    /// Texts that were compiled already, by path.
    compiled: Arc<Mutex<HashMap<String, Arc<AST>>>>,
    making: Mutex<Vec<String>>,
}

impl Library {
    /// A resolver over these sources.
    pub fn new(sources: Sources) -> Self {
        Library { sources, made: Arc::default(), compiled: Arc::default(), making: Mutex::default() }
    }

    /// Another resolver over the same sources, with the libraries that this one has made: they are constants and
    /// functions, and belong to no engine.
    pub fn sharing(&self) -> Self {
        let (sources, made, compiled) = (self.sources.clone(), self.made.clone(), self.compiled.clone());
        Library { sources, made, compiled, making: Mutex::default() }
    }

    /// Keeps a library's compiled text, which its source names, so that it is not compiled again.
    pub fn hold(&self, ast: Arc<AST>) {
        if let Some(path) = ast.source() {
            self.compiled.lock().insert(path.to_string(), ast.clone());
        }
    }

    /// Gives back a compiled text: what was made of it is kept.
    pub fn forget(&self, path: &str) {
        self.compiled.lock().remove(path);
    }

    /// The library of that name, made as an import makes it; none when it cannot be made.
    pub fn module(&self, engine: &Engine, name: &str) -> Option<SharedModule> {
        let mut global = engine.new_global_runtime_state();
        self.resolve_raw(engine, &mut global, &mut Scope::new(), name, Position::NONE).ok()
    }

    fn make(
        &self,
        engine: &Engine,
        global: &mut GlobalRuntimeState,
        name: &str,
        at: Position,
    ) -> Result<SharedModule, Box<EvalAltResult>> {
        let Some((path, text)) = self.sources.get(name) else {
            let known: Vec<&str> = self.sources.keys().map(String::as_str).collect();
            let hint = crate::script::did_you_mean(name, &known);
            return Err(refused(format!("no library is called {name}{hint}; lib/ has: {}", known.join(", ")), at));
        };
        if self.making.lock().iter().any(|making| making == name) {
            let through = self.making.lock().join(" -> ");
            return Err(refused(format!("the library {name} imports itself, through {through}"), at));
        }
        self.making.lock().push(name.to_string());
        let held = self.compiled.lock().get(path).cloned();
        let made = held.map_or_else(|| compile(engine, path, text, at), Ok);
        let made = made.and_then(|ast| run(engine, global, path, &ast, at));
        self.making.lock().pop();
        made
    }
}

/// The language's own "module not found" would pass through other resolvers and lose its words.
fn refused(words: String, at: Position) -> Box<EvalAltResult> {
    EvalAltResult::ErrorRuntime(rhai::Dynamic::from(Stop::script(words)), at).into()
}

fn compile(engine: &Engine, path: &str, text: &str, at: Position) -> Result<Arc<AST>, Box<EvalAltResult>> {
    let mut ast = engine.compile(text).map_err(|error| -> Box<EvalAltResult> {
        let inner = EvalAltResult::ErrorParsing(*error.0, error.1);
        EvalAltResult::ErrorInModule(path.to_string(), inner.into(), at).into()
    })?;
    ast.set_source(path);
    Ok(Arc::new(ast))
}

fn run(
    engine: &Engine,
    global: &mut GlobalRuntimeState,
    path: &str,
    ast: &AST,
    at: Position,
) -> Result<SharedModule, Box<EvalAltResult>> {
    let host = global.tag.read_lock::<Host>().map(|host| host.clone());
    let before = host.as_ref().map(|host| host.set_place(Place::Import));
    let module = Module::eval_ast_as_new_raw(engine, &mut Scope::new(), global, ast);
    if let (Some(host), Some(before)) = (host, before) {
        host.set_place(before);
    }
    let mut module = module.map_err(|error| Box::new(EvalAltResult::ErrorInModule(path.to_string(), error, at)))?;
    forget_imports(&mut module);
    module.build_index();
    Ok(module.into())
}

/// What a library imports is seen in it alone: its functions keep their own way to it. Left in the module, the constants of
/// every import would be copied for each who imports this one.
fn forget_imports(module: &mut Module) {
    let imports: Vec<String> = module.iter_sub_modules().map(|(name, _)| name.to_owned()).collect();
    for name in imports {
        module.set_sub_module(name, Module::new());
    }
}

impl ModuleResolver for Library {
    /// Not the way scripts import: without the caller's state a library's place could not be told.
    fn resolve(
        &self,
        _: &Engine,
        _: Option<&str>,
        path: &str,
        at: Position,
    ) -> Result<SharedModule, Box<EvalAltResult>> {
        Err(EvalAltResult::ErrorModuleNotFound(path.to_string(), at).into())
    }

    fn resolve_raw(
        &self,
        engine: &Engine,
        global: &mut GlobalRuntimeState,
        _: &mut Scope<'_>,
        path: &str,
        at: Position,
    ) -> Result<SharedModule, Box<EvalAltResult>> {
        if let Some(module) = self.made.lock().get(path) {
            return Ok(module.clone());
        }
        let module = self.make(engine, global, path, at)?;
        self.made.lock().insert(path.to_string(), module.clone());
        Ok(module)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> Library {
        let inner = r#"export const NAMES = ["a", "b"]; fn first() { global::NAMES[0] }"#;
        let outer = r#"import "inner" as inner; export const ALL = inner::NAMES; fn first() { inner::first() + inner::NAMES[1] }"#;
        let files = [("inner", inner), ("outer", outer)];
        let sources = files.map(|(name, text)| (name.to_owned(), (format!("lib/{name}.rhai"), Arc::from(text))));
        Library::new(Arc::new(BTreeMap::from(sources)))
    }

    #[test]
    fn a_library_reaches_what_it_imports_and_nobody_else_does_through_it() {
        let engine = crate::engine::build_plain(library(), None);
        let run = |text: &str| engine.eval::<String>(&format!("import \"outer\" as outer; {text}"));
        assert_eq!(run("outer::first() + outer::ALL[1]").map_err(|error| error.to_string()), Ok("abb".to_owned()));
        assert!(run("outer::inner::NAMES[0]").is_err());
        let module = library().module(&engine, "outer").expect("it has no mistake");
        assert_eq!(module.iter_var().map(|(name, _)| name).collect::<Vec<_>>(), ["ALL"]);
        assert!(module.iter_sub_modules().all(|(_, inner)| inner.iter_var().next().is_none()));
    }
}
