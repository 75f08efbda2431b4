//! Expressions: literals, names, texts, and what is asked of a value before it is used.

use super::super::message::Diagnostic;
use super::super::tree::{Field, Kind, Name, Node};
use super::Type;
use super::infer::Infer;
use super::values::blame::Odd;

impl<'t> Infer<'t> {
    /// The type of a node. `used` says whether somebody takes its value.
    pub(super) fn node(&mut self, node: &'t Node, used: bool) -> Type {
        let ty = self.kind(node, used);
        if let Some(heard) = &mut self.heard {
            heard.ty(self.home, node.span, &ty);
        }
        ty
    }

    fn kind(&mut self, node: &'t Node, used: bool) -> Type {
        match &node.kind {
            Kind::Unit => Type::Unit,
            Kind::Bool(_) => Type::Bool,
            Kind::Int(_) => Type::Int,
            Kind::Char(_) => Type::Char,
            Kind::Text(text) => {
                // Most texts hold neither.
                let holds = |letter: u8| text.as_bytes().contains(&letter);
                if holds(b'{') {
                    self.bare_braces(node, text);
                }
                if holds(b':') {
                    self.quoted_name(node, text);
                }
                Type::Text
            }
            Kind::Template(parts) => self.template(parts),
            Kind::Array(items) => {
                let types: Vec<Type> = items.iter().map(|item| self.value(item)).collect();
                Type::list(types.into_iter().fold(Type::Never, Type::join))
            }
            Kind::Map(fields) => self.map(fields),
            Kind::Folded(_) | Kind::Unread(_) => Type::Open,
            Kind::Variable { path, name } => self.variable(node, path, name),
            Kind::This => self.this(node),
            Kind::Property { of, name, safe } => self.property(node, of, name, *safe),
            Kind::Index { of, index, safe } => self.index(node, of, index, *safe),
            Kind::Call(call) => self.call(node, call),
            Kind::Method { of, call, safe } => self.method(node, of, call, *safe),
            Kind::Closure { function, .. } => self.closure(function),
            Kind::Operator { symbol, at, operands } => self.operator(symbol, *at, operands),
            Kind::Lazy { symbol, operands, .. } => self.lazy(node, symbol, operands),
            _ => self.statement(node, used),
        }
    }

    /// A value that somebody takes: `()` is none.
    pub(super) fn value(&mut self, node: &'t Node) -> Type {
        let ty = self.node(node, true);
        if !ty.may_be(&Type::Unit) {
            return ty;
        }
        let diagnostic = self.nothing(node, &ty);
        self.tell(diagnostic);
        Type::Open
    }

    /// A value that is there.
    pub(super) fn present(&mut self, node: &'t Node) -> Type {
        let ty = self.value(node);
        self.demand_present(node, ty)
    }

    pub(super) fn demand_present(&mut self, node: &'t Node, ty: Type) -> Type {
        let absent = ty.each().any(|member| matches!(member, Type::Maybe(_)));
        if absent {
            let diagnostic = self.absent(node, &ty);
            self.tell(diagnostic);
            return Type::Open;
        }
        ty
    }

    /// What `if` and `while` ask.
    pub(super) fn condition(&mut self, node: &'t Node) {
        let ty = self.present(node);
        self.demand_bool(node, &ty, "a condition");
    }

    pub(super) fn demand_bool(&mut self, node: &'t Node, ty: &Type, what: &str) {
        if ty.is_open() || *ty == Type::Bool {
            return;
        }
        if *ty == Type::Any {
            self.untold(node);
            return;
        }
        let text = self.text(node);
        let diagnostic =
            self.error("E0216", format!("{what} is true or false; `{text}` is {}", ty.described()), node.span);
        let answer = ty.may_be(&Type::Named("Answer"));
        self.tell(match self.asking(node) {
            _ if answer => diagnostic.help(format!("ask it: {}.holds()", self.copied(node))),
            Some(signature) => diagnostic.help(format!("whether there is one: {signature}")),
            None => diagnostic,
        });
    }

    /// The function that tells whether there is what this call gives.
    pub(super) fn asking(&self, node: &Node) -> Option<String> {
        let Kind::Call(call) = &node.kind else { return None };
        let [home] = &call.path[..] else { return None };
        self.table.function(&home.text, &format!("has_{}", call.name.text)).map(|found| found.signature())
    }

    fn template(&mut self, parts: &'t [Node]) -> Type {
        for (at, part) in parts.iter().enumerate() {
            if let Kind::Text(text) = &part.kind {
                self.bare_braces(part, text);
                self.bare_dollar(part, text);
                continue;
            }
            let ty = self.present(part);
            self.demand_printable(part, &ty);
            if let Some(before) = at.checked_sub(1).and_then(|at| parts.get(at)) {
                self.end_before(before, part);
            }
            if let Some(behind) = parts.get(at + 1) {
                self.unit_behind(part, &ty, behind);
            }
        }
        Type::Text
    }

    /// `{name}` without its dollar, where something of that name is in sight.
    fn bare_braces(&mut self, node: &'t Node, text: &str) {
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let is_place = rest[..open].ends_with('$');
            rest = &rest[open + 1..];
            let Some(inner) = rest.find('}').map(|close| &rest[..close]) else { return };
            let name = inner.split(['.', '(']).next().unwrap_or_default();
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if !is_place && is_name && self.lookup(name).is_some() {
                let message = format!("`{{{inner}}}` stays as it is: the dollar before it is missing");
                let told = Diagnostic::warning("W0335", message, &self.tree().file, node.span);
                self.tell(told.help(format!("write the text in back-ticks, with ${{{inner}}}")));
                return;
            }
        }
    }

    /// `$name` without its braces, in a text that takes values, where something of that name is in sight.
    fn bare_dollar(&mut self, node: &'t Node, text: &str) {
        let end = |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let mut names = text.split('$').skip(1).map(|rest| (&rest[..end(rest)], &rest[end(rest)..]));
        let Some((name, rest)) = names.find(|(name, _)| !name.is_empty() && self.lookup(name).is_some()) else {
            return;
        };
        let field = rest.strip_prefix('.').map_or("", |field| &rest[..=end(field)]);
        let whole = if field.len() > 1 { format!("{name}{field}") } else { name.to_owned() };
        let message = format!("`${whole}` stays as it is: a value stands in braces");
        let told = Diagnostic::warning("W0335", message, &self.tree().file, node.span);
        self.tell(told.help(format!("write ${{{whole}}}")));
    }

    /// `"net::POOL"`: the name of a constant as a text.
    fn quoted_name(&mut self, node: &'t Node, text: &str) {
        let Some((alias, rest)) = text.split_once(':') else { return };
        let Some(name) = rest.strip_prefix(':') else { return };
        let name = name.split('.').next().unwrap_or_default();
        let Some(home) = self.library(alias) else { return };
        let Some(inner) = self.sources[home].exports.get(name) else { return };
        let is_address = matches!(self.sources[home].constant(inner), Some(Type::Named(_)));
        let message = format!("{text:?} in quotes is these letters, not what {text} holds");
        let told = self.error("E0345", message, node.span);
        self.tell(told.help(match is_address {
            true => format!("write {text} without quotes; where a text is needed, {text}.text()"),
            false => format!("write {text} without quotes"),
        }));
    }

    /// Only what has a text of its own can be put into one; Rhai would print the name of a type.
    pub(super) fn demand_printable(&mut self, part: &'t Node, ty: &Type) {
        let is_printable =
            |member: &Type| member.is_open() || member.is_text() || self.table.method(member, "to_string").is_some();
        let Some(member) = ty.each().find(|member| !is_printable(member)) else { return };
        if *member == Type::Any {
            self.untold(part);
            return;
        }
        let diagnostic = self.unprintable(part, member);
        let diagnostic = self.blamed(diagnostic, part, &Odd::Of(member.clone()));
        self.tell(diagnostic);
    }

    fn map(&mut self, fields: &'t [Field]) -> Type {
        let types = fields.iter().map(|field| (field.name.text.to_string(), self.value(&field.value)));
        Type::map(types)
    }

    fn variable(&mut self, node: &'t Node, path: &'t [Name], name: &'t Name) -> Type {
        match path {
            [] => self.local(node, name),
            [root] if root.text == "global" => self.constant_of(self.home, name, false),
            [root] => match self.library(&root.text) {
                Some(home) => self.constant_of(home, name, true),
                None => self.not_in_namespace(root, name),
            },
            [_, inner, ..] => {
                let diagnostic = self.error("E0202", "only one name may stand before the last ::", inner.span);
                self.tell(diagnostic.help("import the library here, under a name of its own"));
                Type::Open
            }
        }
    }

    /// The file behind an alias.
    pub(super) fn library(&self, alias: &str) -> Option<usize> {
        self.names.get(self.sources[self.home].modules.get(alias)?.as_str()).copied()
    }

    fn local(&mut self, node: &'t Node, name: &'t Name) -> Type {
        if let Some(at) = self.lookup(&name.text) {
            self.variables[at].read = true;
            if let Some(heard) = &mut self.heard {
                heard.name(self.home, node.span, at);
            }
            return self.variables[at].ty.clone();
        }
        if self.tree().named(&name.text).next().is_some() {
            return Type::Function(self.home, name.text.clone());
        }
        let known: Vec<String> = self.scope.iter().map(|at| self.variables[*at].name.to_owned()).collect();
        let diagnostic = self.error("E0202", format!("nothing here is called `{}`", name.text), node.span);
        let diagnostic = diagnostic.suggest(&name.text, known.iter().map(String::as_str));
        let is_unlike = diagnostic.label.is_none() && !known.is_empty();
        let there = is_unlike.then(|| format!("in sight: {}", known.join(", ")));
        self.tell(there.into_iter().fold(diagnostic, Diagnostic::note));
        Type::Open
    }

    pub(super) fn read_variable(&mut self, name: &str) {
        if let Some(at) = self.lookup(name) {
            self.variables[at].read = true;
        }
    }

    /// A constant of a file; from outside only an exported one.
    fn constant_of(&mut self, home: usize, name: &'t Name, outside: bool) -> Type {
        let source = &self.sources[home];
        let inner = if outside {
            source.exports.get(name.text.as_str()).map(|name| name.as_str())
        } else {
            Some(name.text.as_str())
        };
        if let Some(known) = inner.and_then(|inner| source.constant(inner)) {
            let known = known.clone();
            // Of a library whose values are known nothing was declared here.
            if home == 0 || !source.is_evaluated {
                self.variables.iter_mut().filter(|v| v.home == home && v.name == name.text).for_each(|v| v.read = true);
            }
            return known;
        }
        let declared = |of: &&Node| matches!(&of.kind, Kind::Let { name: of, .. } if Some(of.text.as_str()) == inner);
        if source.tree.statements.iter().any(|node| declared(&node)) {
            return Type::Open;
        }
        self.no_constant(home, name, outside)
    }

    fn this(&mut self, node: &'t Node) -> Type {
        let diagnostic = self.error("E0203", "`this` is not in the language here", node.span);
        self.tell(diagnostic.help("hand over what the function needs as an argument"));
        Type::Open
    }
}
