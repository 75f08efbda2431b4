//! What an editor asks of the types: which type stands at a place, where a name was declared, how a function is called.
//!
//! It is heard along the way when somebody wants it, and it decides nothing.

use std::collections::BTreeMap;

use super::super::tree::{Span, Tree};
use super::infer::Infer;
use super::{Library, Table, Type, unused};

/// The types that the functions of files are called with, by file and name.
pub type Seeds = BTreeMap<(String, String), Vec<Type>>;

/// A variable, a constant or a parameter.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// The file in which it is declared.
    pub file: String,
    /// Where in it.
    pub span: Span,
    /// What it holds.
    pub ty: Type,
}

/// The types of a file and its libraries, by place.
#[derive(Debug, Default)]
pub struct Reading {
    types: BTreeMap<(String, Span), Type>,
    names: BTreeMap<(String, Span), usize>,
    variables: Vec<Known>,
    seeds: Seeds,
}

impl Reading {
    /// The type of the expression with that extent.
    #[must_use]
    pub fn at(&self, file: &str, span: Span) -> Option<&Type> {
        self.types.get(&(file.to_owned(), span))
    }

    /// What the name that is used at that place was declared as.
    #[must_use]
    pub fn name_at(&self, file: &str, span: Span) -> Option<&Known> {
        self.names.get(&(file.to_owned(), span)).and_then(|at| self.variables.get(*at))
    }

    /// The variable that is declared at that place.
    #[must_use]
    pub fn declared_at(&self, file: &str, span: Span) -> Option<&Known> {
        self.best(|known| known.file == file && known.span == span)
    }

    /// The variable of that name that a file declares last.
    #[must_use]
    pub fn named(&self, file: &str, name: &str) -> Option<&Known> {
        self.best(|known| known.file == file && known.name == name)
    }

    /// How functions are called.
    #[must_use]
    pub const fn seeds(&self) -> &Seeds {
        &self.seeds
    }

    /// A body is read for each way it is called; a reading that tells the type is worth more than one that does not.
    fn best(&self, is_it: impl Fn(&&Known) -> bool) -> Option<&Known> {
        let telling = self.variables.iter().rev().filter(&is_it).find(|known| !known.ty.is_open());
        telling.or_else(|| self.variables.iter().rev().find(&is_it))
    }
}

/// What was heard while types were inferred, by the place of the file and of the expression.
#[derive(Default)]
pub(super) struct Heard {
    types: BTreeMap<(usize, Span), Type>,
    names: BTreeMap<(usize, Span), usize>,
}

impl Heard {
    pub(super) fn ty(&mut self, home: usize, span: Span, ty: &Type) {
        let known = self.types.entry((home, span)).or_insert(Type::Never);
        *known = merged(known, ty);
    }

    pub(super) fn name(&mut self, home: usize, span: Span, variable: usize) {
        self.names.insert((home, span), variable);
    }
}

/// Of two readings the one that tells something; both, when both do.
fn merged(known: &Type, other: &Type) -> Type {
    match (known.is_open(), other.is_open()) {
        (true, _) => other.clone(),
        (_, true) => known.clone(),
        _ => known.clone().join(other.clone()),
    }
}

/// Reads a file for its types alone. A library's constants come with it; `seeds` say how functions are called that nobody
/// here calls.
#[must_use]
pub fn read(
    table: &Table,
    main: &Tree,
    library: Option<&Library>,
    libs: &BTreeMap<String, Library>,
    seeds: &Seeds,
) -> Reading {
    let mut infer = Infer::of(table, main, library, libs);
    infer.heard = Some(Heard::default());
    infer.seeds = seeds.clone();
    infer.top();
    infer.uncalled(0..infer.sources.len());
    unused::check(&mut infer, true);
    reading(infer)
}

fn reading(mut infer: Infer<'_>) -> Reading {
    let heard = infer.heard.take().unwrap_or_default();
    let files: Vec<String> = infer.sources.iter().map(|source| source.tree.file.clone()).collect();
    let file = |home: usize| files.get(home).cloned().unwrap_or_default();
    let variables = infer.variables.iter().map(|variable| Known {
        name: variable.name.to_owned(),
        file: file(variable.home),
        span: variable.span,
        ty: variable.ty.clone(),
    });
    let mut seeds = infer.seeds.clone();
    for (home, name, args) in infer.instances.keys() {
        let args: Vec<Type> = args.iter().map(portable).collect();
        let known = seeds.entry((file(*home), name.to_string())).or_insert_with(|| args.clone());
        *known = known.iter().zip(&args).map(|(known, other)| merged(known, other)).collect();
    }
    Reading {
        variables: variables.collect(),
        types: heard.types.into_iter().map(|((home, span), ty)| ((file(home), span), ty)).collect(),
        names: heard.names.into_iter().map(|((home, span), at)| ((file(home), span), at)).collect(),
        seeds,
    }
}

/// Closures and functions are known by places that only one inference has.
fn portable(ty: &Type) -> Type {
    match ty {
        Type::Closure(_) | Type::Function(..) => Type::Open,
        other => other.clone(),
    }
}
