//! What may be written at a place. The text there is mostly broken, so it is cut off and closed; where that does not
//! compile either, the last sound text tells the types.

use std::collections::{BTreeMap, BTreeSet};

use lsp_types::{CompletionItem, CompletionItemKind, Documentation, MarkupContent, MarkupKind};

use super::workspace::Workspace;
use super::{describe, hover, positions};
use crate::check::cursor::{Callee, Cursor, Link, Place};
use crate::check::tree::{Kind, Node, Tree};
use crate::check::types::{Type, vocabulary};
use crate::primitives;
use crate::runbook::{Read, table};
use crate::script::{OptionField, Primitive, Ty, Vocabulary};

/// Words of the language that begin something.
const KEYWORDS: [&str; 13] =
    ["let", "const", "if", "else", "for", "in", "switch", "while", "return", "fn", "true", "false", "import"];

/// A text and the last one of the same file that compiled.
pub struct Texts<'a> {
    /// The file.
    pub path: &'a str,
    /// The text as it is.
    pub now: &'a str,
    /// The last that compiled.
    pub sound: Option<&'a str>,
}

/// What may be written at an offset, and where the word that is being typed begins.
pub fn items(workspace: &mut Workspace, texts: &Texts<'_>, offset: usize) -> (usize, Vec<CompletionItem>) {
    let cursor = Cursor::of(texts.now, offset);
    let items = match cursor.place() {
        Place::Nothing => Vec::new(),
        Place::Import => workspace.repo().sources(workspace.site()).keys().map(|name| library(name)).collect(),
        Place::Path(alias) => path(workspace, texts, alias),
        Place::Member(end) => members(&type_before(workspace, texts, end)),
        Place::Option(callee) => options(workspace, texts, &callee),
        Place::Argument(callee, before) => words(wanted(workspace, texts, &callee, before)),
        Place::Compared(end) => words(vocabulary(&type_before(workspace, texts, end))),
        Place::Name => names(workspace, texts, &cursor),
    };
    (cursor.typed_from(), items)
}

fn item(label: &str, kind: CompletionItemKind, detail: String, doc: String) -> CompletionItem {
    let doc = MarkupContent { kind: MarkupKind::Markdown, value: doc };
    CompletionItem {
        label: label.to_owned(),
        kind: Some(kind),
        detail: (!detail.is_empty()).then_some(detail),
        documentation: (!doc.value.is_empty()).then_some(Documentation::MarkupContent(doc)),
        ..CompletionItem::default()
    }
}

fn library(name: &str) -> CompletionItem {
    item(name, CompletionItemKind::MODULE, format!("lib/{name}.rhai"), String::new())
}

fn primitive(primitive: &Primitive) -> CompletionItem {
    let kind = match (&primitive.receiver, primitive.is_field) {
        (_, true) => CompletionItemKind::FIELD,
        (Some(_), _) => CompletionItemKind::METHOD,
        _ => CompletionItemKind::FUNCTION,
    };
    item(primitive.name, kind, describe::signature(primitive), describe::primitive(primitive))
}

/// What a namespace or a library has.
fn path(workspace: &mut Workspace, texts: &Texts<'_>, alias: &str) -> Vec<CompletionItem> {
    if alias == "global" {
        let read = texts.sound.and_then(|text| workspace.read(texts.path, text));
        return read.map_or_else(Vec::new, |read| constants(&read, false));
    }
    if let Some(read) = imported(workspace, texts, alias) {
        let functions = read.tree.declared().filter(|function| !function.is_private);
        let functions = functions.map(|found| {
            item(
                &found.name,
                CompletionItemKind::FUNCTION,
                header(&read.tree, found),
                describe::function(&read.tree, found),
            )
        });
        return constants(&read, true).into_iter().chain(functions).collect();
    }
    let own = primitives::table().iter().filter(|found| found.receiver.is_none() && found.namespace == alias);
    own.map(primitive).collect()
}

fn header(tree: &Tree, function: &crate::check::tree::Function) -> String {
    let params: Vec<&str> = function.params.iter().map(|param| param.text.as_str()).collect();
    format!("fn {}({})   {}", function.name, params.join(", "), tree.file)
}

/// The library behind an alias, by the text's own imports.
fn imported(workspace: &mut Workspace, texts: &Texts<'_>, alias: &str) -> Option<std::rc::Rc<Read>> {
    let name = Cursor::imports(texts.now).remove(alias)?.to_owned();
    let sources = workspace.repo().sources(workspace.site());
    let (path, text) = sources.get(&name)?;
    workspace.read(path, text)
}

/// The constants of a file; of a library those that others see.
fn constants(read: &Read, exported_only: bool) -> Vec<CompletionItem> {
    let tree = &read.tree;
    let names = tree.statements.iter().filter_map(|node| match &node.kind {
        Kind::Let { name, exported, .. } if *exported || !exported_only => Some(&name.text),
        _ => None,
    });
    let known = |name: &str| read.reading.named(&tree.file, name).map(|known| known.ty.clone());
    let made = names.map(|name| {
        let ty = known(name);
        let detail = ty.as_ref().map_or(String::new(), ToString::to_string);
        item(
            name,
            CompletionItemKind::CONSTANT,
            detail,
            describe::constant(tree, name, ty.as_ref()).unwrap_or_default(),
        )
    });
    made.collect()
}

/// The fields and methods of a type.
fn members(ty: &Type) -> Vec<CompletionItem> {
    let mut made: BTreeMap<String, CompletionItem> = BTreeMap::new();
    for member in hover::members(ty) {
        if let Type::Map(fields) = &member {
            let own =
                fields.iter().map(|(name, ty)| item(name, CompletionItemKind::FIELD, ty.to_string(), String::new()));
            made.extend(own.map(|item| (item.label.clone(), item)));
            continue;
        }
        let fields = table().fields_of(&member).into_iter().filter_map(|name| table().field(&member, name));
        let methods = table().methods_of(&member).into_iter().filter_map(|name| table().method(&member, name));
        for (rank, found) in fields.map(|field| (0, field)).chain(methods.map(|method| (1, method))) {
            let item = CompletionItem { sort_text: Some(format!("{rank}{}", found.name)), ..primitive(found) };
            made.insert(found.name.to_owned(), item);
        }
    }
    made.into_values().collect()
}

/// The type of the expression that ends there.
fn type_before(workspace: &mut Workspace, texts: &Texts<'_>, end: usize) -> Type {
    for text in Cursor::closed(texts.now, end, "") {
        let Some(read) = workspace.read_once(texts.path, &text) else { continue };
        let ty = ending(&read, positions::place(&text, end));
        return ty.filter(|ty| !ty.is_open()).unwrap_or_else(|| by_chain(workspace, texts, end));
    }
    by_chain(workspace, texts, end)
}

/// The type of the plain expression that ends at a place.
fn ending(read: &Read, end: (u32, u32)) -> Option<Type> {
    let tree = &read.tree;
    let mut found: Option<&Node> = None;
    tree.walk(&mut |node| {
        let ends = (node.span.end_line, node.span.end_column) == end && is_chain(&node.kind);
        if ends && found.is_none_or(|known| node.span.holds(known.span)) {
            found = Some(node);
        }
    });
    read.reading.at(&tree.file, found?.span).cloned()
}

/// What a dot binds to.
fn is_chain(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::Variable { .. }
            | Kind::Property { .. }
            | Kind::Index { .. }
            | Kind::Call(_)
            | Kind::Method { .. }
            | Kind::Text(_)
            | Kind::Template(_)
            | Kind::Array(_)
            | Kind::Map(_)
            | Kind::Int(_)
    )
}

/// The type of a chain of names, followed by hand through what the last sound text tells.
fn by_chain(workspace: &mut Workspace, texts: &Texts<'_>, end: usize) -> Type {
    let links = Cursor::chain(texts.now, end);
    let Some((first, rest)) = links.split_first() else { return Type::Open };
    let root = match first {
        Link::Name(name) => {
            let read = texts.sound.and_then(|text| workspace.read(texts.path, text));
            read.and_then(|read| read.reading.named(texts.path, name).map(|known| known.ty.clone()))
        }
        Link::Path(alias, name) => imported(workspace, texts, alias)
            .and_then(|read| read.reading.named(&read.tree.file, name).map(|known| known.ty.clone())),
        Link::Call(name) => table().function("", name).map(|found| table().given(&found.result)),
        Link::PathCall(path, name) => table().function(path, name).map(|found| table().given(&found.result)),
        _ => None,
    };
    rest.iter().fold(root.unwrap_or(Type::Open), follow)
}

fn follow(ty: Type, link: &Link<'_>) -> Type {
    let found = match (ty.present(), link) {
        (Type::Map(fields), Link::Field(name)) => return fields.get(*name).cloned().unwrap_or(Type::Open),
        (Type::List(of), Link::Index) => return (**of).clone(),
        (of, Link::Field(name)) => table().field(of, name),
        (of, Link::Method(name)) => table().method(of, name),
        _ => None,
    };
    found.map_or(Type::Open, |found| table().given(&found.result))
}

/// The options that are not written yet, those that must be first.
fn options(workspace: &mut Workspace, texts: &Texts<'_>, callee: &Callee<'_>) -> Vec<CompletionItem> {
    let Some(found) = called(workspace, texts, callee) else { return Vec::new() };
    let fields = asked(found, callee, &callee.within).and_then(describe::fields);
    let missing = fields.unwrap_or_default().iter().filter(|field| !callee.given.contains(field.name));
    missing.map(|field| option(field, found)).collect()
}

/// The primitive that is called.
fn called(workspace: &mut Workspace, texts: &Texts<'_>, callee: &Callee<'_>) -> Option<&'static Primitive> {
    match (callee.receiver, callee.path) {
        (Some(end), _) => {
            let ty = type_before(workspace, texts, end);
            hover::members(&ty).iter().find_map(|ty| table().method(ty, callee.name))
        }
        (None, path) => table().function(path.unwrap_or_default(), callee.name),
    }
}

/// The type of an argument, or of the option of it that these names lead to.
fn asked<'p>(primitive: &'p Primitive, callee: &Callee<'_>, names: &[&str]) -> Option<&'p Ty> {
    let param = &primitive.params.get(callee.argument)?.ty;
    names.iter().try_fold(param, |ty, name| {
        let field = describe::fields(ty)?.iter().find(|field| field.name == *name)?;
        Some(&field.ty)
    })
}

/// The words that an argument or an option may be; a gate's last argument is compared with the one before it.
fn wanted(
    workspace: &mut Workspace,
    texts: &Texts<'_>,
    callee: &Callee<'_>,
    before: Option<usize>,
) -> Option<&'static Vocabulary> {
    let is_gate = matches!((callee.path, callee.name), (None, "gate_eq" | "gate_set")) && callee.receiver.is_none();
    if let Some(end) = before.filter(|_| is_gate && callee.argument == 2) {
        return vocabulary(&type_before(workspace, texts, end));
    }
    asked(called(workspace, texts, callee)?, callee, &callee.within)?.vocabulary()
}

fn words(known: Option<&'static Vocabulary>) -> Vec<CompletionItem> {
    let Some(known) = known else { return Vec::new() };
    let listed = known.words.iter().filter(|word| !word.is_empty());
    let word = |word: &&'static str| item(word, CompletionItemKind::ENUM_MEMBER, known.of.to_owned(), String::new());
    listed.map(word).collect()
}

fn option(field: &OptionField, of: &Primitive) -> CompletionItem {
    let need = if field.required { "required" } else { "may be left out" };
    let item =
        item(field.name, CompletionItemKind::PROPERTY, format!("{} ({need})", field.ty), describe::option(field, of));
    CompletionItem {
        sort_text: Some(format!("{}{}", if field.required { '0' } else { '1' }, field.name)),
        insert_text: Some(format!("{}: ", field.name)),
        ..item
    }
}

/// Every name in sight: variables, functions, constants, namespaces, words of the language.
fn names(workspace: &mut Workspace, texts: &Texts<'_>, cursor: &Cursor<'_>) -> Vec<CompletionItem> {
    let read = texts.sound.and_then(|text| workspace.read(texts.path, text));
    let in_sight: BTreeSet<&str> = cursor.names().union(&cursor.parameters()).copied().collect();
    let variables = in_sight.into_iter().map(|name| {
        let ty = read.as_ref().and_then(|read| read.reading.named(texts.path, name)).map(|known| known.ty.clone());
        let said = ty.as_ref().map_or(String::new(), |ty| describe::variable(name, ty));
        ranked('0', item(name, CompletionItemKind::VARIABLE, ty.map_or(String::new(), |ty| ty.to_string()), said))
    });
    let own = read.iter().flat_map(|read| {
        let declared = read.tree.declared();
        declared.map(|found| {
            let said = describe::function(&read.tree, found);
            ranked('1', item(&found.name, CompletionItemKind::FUNCTION, header(&read.tree, found), said))
        })
    });
    let modules = Cursor::imports(texts.now);
    let modules = modules.into_iter().map(|(alias, name)| {
        ranked('1', item(alias, CompletionItemKind::MODULE, format!("lib/{name}.rhai"), String::new()))
    });
    let spaces = table().namespaces().iter().map(|name| {
        ranked('2', item(name, CompletionItemKind::MODULE, format!("{name}::"), describe::namespace(name)))
    });
    let global = primitives::table().iter().filter(|found| found.receiver.is_none() && found.namespace.is_empty());
    let global =
        global.filter(|found| found.name.starts_with(char::is_alphabetic)).map(|found| ranked('2', primitive(found)));
    let words =
        KEYWORDS.iter().map(|word| ranked('3', item(word, CompletionItemKind::KEYWORD, String::new(), String::new())));
    variables.chain(own).chain(modules).chain(spaces).chain(global).chain(words).collect()
}

fn ranked(rank: char, item: CompletionItem) -> CompletionItem {
    CompletionItem { sort_text: Some(format!("{rank}{}", item.label)), ..item }
}

#[cfg(test)]
#[path = "completion_tests.rs"]
mod tests;
