//! The questions of a client, each answered from a workspace and a text.

use lsp_types::{
    CompletionItem, CompletionTextEdit, DocumentSymbol, Hover, HoverContents, Location, MarkupContent, MarkupKind,
    Position, Range, SymbolKind, TextEdit, Uri,
};

use super::completion::{self, Texts};
use super::positions::{Encoding, letter, offset, place, position, range};
use super::target::Target;
use super::workspace::Workspace;
use super::{definition, hover};
use crate::check::tree::{Kind, Name, Node, Span, Tree};
use crate::runbook::Read;

/// A text that a question is about.
pub struct Asked<'a> {
    /// The repository.
    pub workspace: &'a mut Workspace,
    /// The file, as the repository names it.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Its last text that compiled.
    pub sound: Option<&'a str>,
    /// What columns count.
    pub encoding: Encoding,
}

impl Asked<'_> {
    /// What is said of the name there.
    pub fn hover(&mut self, at: Position) -> Option<Hover> {
        let (read, (line, column)) = self.read_at(at)?;
        let target = super::target::at(&read.tree, line, column)?;
        let issues = self.workspace.repo().files.get("lib/issues.md");
        let issues = issues.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
        let value = hover::said(&read, &target, &issues)?;
        let range = self.shown(&read.tree, target.span());
        Some(Hover { contents: HoverContents::Markup(MarkupContent { kind: MarkupKind::Markdown, value }), range })
    }

    /// What may be written there. A letter that opened nothing of ours is answered with nothing.
    pub fn completion(&mut self, at: Position, trigger: Option<&str>) -> Vec<CompletionItem> {
        let place = offset(self.text, at, self.encoding);
        let texts = Texts { path: self.path, now: self.text, sound: self.sound };
        let cursor = crate::check::cursor::Cursor::of(self.text, place);
        if trigger.is_some() && matches!(cursor.place(), crate::check::cursor::Place::Name) {
            return Vec::new();
        }
        let (start, items) = completion::items(self.workspace, &texts, place);
        let range = Range { start: position(self.text, start, self.encoding), end: at };
        items.into_iter().map(|item| edited(item, range)).collect()
    }

    /// Where the name there is declared.
    pub fn definition(&mut self, at: Position, uri: &dyn Fn(&str) -> Option<Uri>) -> Option<Location> {
        let (read, (line, column)) = self.read_at(at)?;
        let target: Target<'_> = super::target::at(&read.tree, line, column)?;
        let (file, span) = definition::declared(&read, &target)?;
        let range = match file == self.path {
            true => self.shown(&read.tree, span)?,
            false => range(&read.tree_of(&file)?.source, span, self.encoding),
        };
        Some(Location { uri: uri(&file)?, range })
    }

    /// The header, the steps, the functions and the constants of the text.
    pub fn symbols(&mut self) -> Vec<DocumentSymbol> {
        let Some(sound) = self.sound else { return Vec::new() };
        let Some(read) = self.workspace.read(self.path, sound) else { return Vec::new() };
        let tree = &read.tree;
        let top = tree.statements.iter().filter_map(outlined);
        let functions = tree
            .declared()
            .map(|function| (SymbolKind::FUNCTION, function.name.to_string(), function.name_span, function.span));
        let mut all: Vec<_> = top.chain(functions).collect();
        all.sort_by_key(|(_, _, _, span)| *span);
        all.into_iter().filter_map(|symbol| self.symbol(tree, symbol)).collect()
    }

    #[expect(deprecated, reason = "the protocol's type has a field that only an old way of writing it fills")]
    fn symbol(&self, tree: &Tree, (kind, name, at, whole): Outline) -> Option<DocumentSymbol> {
        let (range, selection_range) = (self.shown(tree, whole.to(at))?, self.shown(tree, at)?);
        let (detail, tags, deprecated, children) = (None, None, None, None);
        Some(DocumentSymbol { name, detail, kind, tags, deprecated, range, selection_range, children })
    }

    /// The last sound text's types, and the place in it.
    fn read_at(&mut self, at: Position) -> Option<(std::rc::Rc<Read>, (u32, u32))> {
        let sound = self.sound?;
        let here = moved(self.text, sound, offset(self.text, at, self.encoding))?;
        let read = self.workspace.read(self.path, sound)?;
        Some((read, place(sound, here)))
    }

    /// A span of the last sound text in the text as it is.
    fn shown(&self, tree: &Tree, span: Span) -> Option<Range> {
        let ends = [(span.line, span.column), (span.end_line, span.end_column)];
        let [start, end] =
            ends.map(|(line, column)| moved(&tree.source, self.text, letter(&tree.source, line, column)));
        Some(Range { start: position(self.text, start?, self.encoding), end: position(self.text, end?, self.encoding) })
    }
}

type Outline = (SymbolKind, String, Span, Span);

/// A statement of the top level, as an outline shows it.
fn outlined(node: &Node) -> Option<Outline> {
    match &node.kind {
        Kind::Call(call) => {
            let text = |at: usize| call.args.get(at).and_then(Node::as_text).unwrap_or_default();
            let kind = if call.name.text == "exit_gate" { SymbolKind::EVENT } else { SymbolKind::NAMESPACE };
            Some((kind, format!("{} {}", text(0), text(1)), call.name.span, node.span))
        }
        Kind::Let { name: Name { text, span }, .. } => Some((SymbolKind::CONSTANT, text.to_string(), *span, node.span)),
        _ => None,
    }
}

/// Takes the word that is being typed with it.
fn edited(item: CompletionItem, range: Range) -> CompletionItem {
    let new_text = item.insert_text.clone().unwrap_or_else(|| item.label.clone());
    CompletionItem {
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range, new_text })),
        insert_text: None,
        ..item
    }
}

/// An offset of one text in another: where both begin alike, or end alike; nothing in between.
fn moved(from: &str, to: &str, at: usize) -> Option<usize> {
    let same_start = from.bytes().zip(to.bytes()).take_while(|(a, b)| a == b).count();
    if at <= same_start {
        return Some(at);
    }
    let room = from.len().min(to.len()) - same_start;
    let same_end = from.bytes().rev().zip(to.bytes().rev()).take(room).take_while(|(a, b)| a == b).count();
    (from.len() - at <= same_end).then(|| to.len() - (from.len() - at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_moves_with_the_text_around_a_change() {
        let (before, after) = ("let a = 1;\nlet b = a;", "let a = 1 + ;\nlet b = a;");
        let find = |text: &str, what: &str| text.find(what).expect("there");
        assert_eq!(moved(after, before, 4), Some(4));
        assert_eq!(moved(after, before, find(after, "let b")), Some(find(before, "let b")));
        assert_eq!(moved(after, before, find(after, "+ ;") + 1), None, "in the change there is nothing");
        assert_eq!(moved("aa", "aaa", 1), Some(1));
        assert_eq!(moved("", "", 0), Some(0));
    }
}
