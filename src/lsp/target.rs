//! Which name of a tree stands at a place, and what it is a name of.

use crate::check::tree::{Block, Call, Field, Function, Kind, Name, Node, Span, Tree};

/// A name in a text.
#[derive(Clone, Copy, Debug)]
pub enum Target<'t> {
    /// A field: what stands before its dot, and the name.
    Field(&'t Node, &'t Name),
    /// The name of a call.
    Call(&'t Call),
    /// The name of a method, and what stands before its dot.
    Method(&'t Node, &'t Call),
    /// A name before `::`.
    Module(&'t Name),
    /// A constant of a library: the names before `::`, and the name.
    Constant(&'t Name, &'t Name),
    /// A variable that is used.
    Variable(&'t Node, &'t Name),
    /// A variable or a parameter that is declared.
    Declared(&'t Name),
    /// The name of a function that is declared.
    Function(&'t Function),
    /// A field of a map, with the call whose argument the map is.
    Option(Option<(Option<&'t Node>, &'t Call)>, &'t Field),
    /// The text of an import.
    Import(&'t str, Span),
    /// A plain text.
    Text(&'t str, Span),
}

impl Target<'_> {
    /// Where the name stands.
    pub fn span(&self) -> Span {
        match self {
            Target::Field(_, name) | Target::Module(name) | Target::Constant(_, name) | Target::Declared(name) => {
                name.span
            }
            Target::Call(call) | Target::Method(_, call) => call.name.span,
            Target::Variable(node, _) => node.span,
            Target::Function(function) => function.name_span,
            Target::Option(_, field) => field.name.span,
            Target::Import(_, span) | Target::Text(_, span) => *span,
        }
    }
}

/// The name at a line and a column.
pub fn at(tree: &Tree, line: u32, column: u32) -> Option<Target<'_>> {
    let mut search = Search { line, column, found: None };
    tree.statements.iter().for_each(|node| search.node(node));
    for function in &tree.functions {
        search.function(function);
    }
    search.found
}

struct Search<'t> {
    line: u32,
    column: u32,
    found: Option<Target<'t>>,
}

impl<'t> Search<'t> {
    /// Whether the place lies in that stretch or right behind it, as a cursor does.
    fn in_span(&self, span: Span) -> bool {
        let at = (self.line, self.column);
        span.is_known() && (span.line, span.column) <= at && at <= (span.end_line, span.end_column)
    }

    fn function(&mut self, function: &'t Function) {
        if !function.is_closure && self.in_span(function.name_span) {
            self.found = Some(Target::Function(function));
        }
        self.names(&function.params);
        self.block(&function.body);
    }

    fn names(&mut self, names: &'t [Name]) {
        if let Some(name) = names.iter().find(|name| self.in_span(name.span)) {
            self.found = Some(Target::Declared(name));
        }
    }

    fn block(&mut self, block: &'t Block) {
        block.statements.iter().for_each(|node| self.node(node));
    }

    fn node(&mut self, node: &'t Node) {
        // What a node declares may stand outside the extent of its parts; the walk is cheap, so nothing is left out.
        self.here(node);
        for child in node.children() {
            self.node(child);
        }
        if let Kind::Call(call) = &node.kind {
            self.options(None, call);
        }
        if let Kind::Method { of, call, .. } = &node.kind {
            self.options(Some(of), call);
        }
    }

    fn here(&mut self, node: &'t Node) {
        match &node.kind {
            Kind::Property { of, name, .. } if self.in_span(name.span) => self.found = Some(Target::Field(of, name)),
            Kind::Call(call) => self.call(None, call),
            Kind::Method { of, call, .. } => self.call(Some(of), call),
            Kind::Variable { path, name } => self.variable(node, path, name),
            Kind::Map(fields) => self.map(None, fields),
            Kind::Import { path, alias } => self.import(path, alias.as_ref()),
            Kind::Let { name, .. } | Kind::Export { name, .. } => self.names(std::slice::from_ref(name)),
            Kind::For { name, counter, .. } => {
                self.names(std::slice::from_ref(name));
                counter.iter().for_each(|name| self.names(std::slice::from_ref(&**name)));
            }
            Kind::Text(text) if self.in_span(node.span) && !matches!(self.found, Some(Target::Import(..))) => {
                self.found = Some(Target::Text(text, node.span));
            }
            _ => {}
        }
    }

    fn call(&mut self, of: Option<&'t Node>, call: &'t Call) {
        if self.in_span(call.name.span) {
            self.found = Some(of.map_or(Target::Call(call), |of| Target::Method(of, call)));
        } else if let Some(module) = call.path.iter().find(|name| self.in_span(name.span)) {
            self.found = Some(Target::Module(module));
        }
    }

    fn variable(&mut self, node: &'t Node, path: &'t [Name], name: &'t Name) {
        match path.iter().find(|module| self.in_span(module.span)) {
            Some(module) => self.found = Some(Target::Module(module)),
            None if !self.in_span(name.span) => {}
            None => {
                let variable = Target::Variable(node, name);
                self.found = Some(path.first().map_or(variable, |module| Target::Constant(module, name)));
            }
        }
    }

    fn import(&mut self, path: &'t Node, alias: Option<&'t Name>) {
        if let Some(text) = path.as_text().filter(|_| self.in_span(path.span)) {
            self.found = Some(Target::Import(text, path.span));
        } else if let Some(alias) = alias.filter(|alias| self.in_span(alias.span)) {
            self.found = Some(Target::Module(alias));
        }
    }

    fn map(&mut self, call: Option<(Option<&'t Node>, &'t Call)>, fields: &'t [Field]) {
        if let Some(field) = fields.iter().find(|field| self.in_span(field.name.span)) {
            self.found = Some(Target::Option(call, field));
        }
    }

    /// Maps among the arguments of a call are its options.
    fn options(&mut self, of: Option<&'t Node>, call: &'t Call) {
        for arg in &call.args {
            if let Kind::Map(fields) = &arg.kind {
                self.map(Some((of, call)), fields);
            }
        }
    }
}
