//! Rhai's syntax tree, lowered to our own: the one file that touches `Stmt` and `Expr`.
//!
//! Rhai's internals carry no promise of stability, so whatever an upgrade breaks, it breaks here. Three things are put
//! right on the way: chains, which Rhai nests to the right; operators, which it makes into calls; and function bodies,
//! whose type it does not show. The AST must come from an engine whose optimiser is off. Nothing is judged here.

use std::{collections::BTreeMap, sync::Arc};

use compact_str::CompactString;
use rhai::{
    AST, ASTFlags, ASTNode, Engine, Expr, FnCallExpr, FnPtr, Ident, Namespace, OptimizationLevel, Position, Stmt,
};
use rhai::{FlowControl, Module, ScriptFuncDef, StmtBlock, SwitchCasesCollection};
use rustc_hash::FxHashMap;

use super::{
    extent::{Declared, Extents},
    span::place_of,
    tokens::Tokens,
    tree::{Arm, Block, Call, Field, Function, Kind, Name, Names, Node, Pattern, Span, Tree},
};

/// The tree of a compiled script. `source` must be the text that was compiled.
#[must_use]
pub(super) fn lower(file: &str, source: &str, tokens: Tokens<'_>, ast: &AST) -> Tree {
    let lines = tokens.line_starts().to_vec();
    let extents = Extents::of(source, tokens);
    let mut lowering = Lowering { extents: &extents, origin: (1, 1), closures: BTreeMap::new() };
    let statements = lowering.statements(ast.statements());
    let mut functions = lowering.functions(ast);
    for function in functions.iter_mut().filter(|function| function.is_closure) {
        lowering.place_closure(function);
    }
    functions.sort_by(|a, b| (a.span, &a.name).cmp(&(b.span, &b.name)));
    let mut index: FxHashMap<CompactString, Vec<usize>> = FxHashMap::default();
    for (at, function) in functions.iter().enumerate() {
        index.entry(function.name.clone()).or_default().push(at);
    }
    Tree {
        file: file.to_owned(),
        source: Arc::from(source),
        lines,
        docs: ast.doc().to_owned(),
        names: Names::of(&statements),
        statements,
        functions,
        index,
    }
}

/// The name that Rhai gives to the body of a closure starts with this.
const ANONYMOUS: &str = "anon$";

struct Lowering<'e, 's> {
    extents: &'e Extents<'s>,
    /// Where the text that is being lowered starts: a `switch` case is a text of its own.
    origin: (u32, u32),
    /// Where each closure is used, and what it captures.
    closures: BTreeMap<CompactString, (Span, Vec<Name>)>,
}

impl Lowering<'_, '_> {
    fn functions(&mut self, ast: &AST) -> Vec<Function> {
        let declared = self.extents.declared();
        let mut functions = Vec::new();
        for definition in ast.iter_fn_def() {
            let params: Vec<CompactString> = definition.params.iter().map(|name| name.as_str().into()).collect();
            let this_type = definition.this_type.as_ref().map(ToString::to_string);
            let place = declared.iter().find(|d| d.is(&definition.name, params.len(), this_type.as_deref()));
            let statements = self.body(definition);
            functions.push(Function {
                name: definition.name.as_str().into(),
                name_span: place.map_or(Span::default(), |place| place.name_span),
                params: named(params, place),
                captures: Vec::new(),
                docs: definition.comments.iter().flat_map(|text| text.lines()).map(str::to_owned).collect(),
                is_closure: definition.name.starts_with(ANONYMOUS),
                is_private: definition.access.is_private(),
                this_type,
                span: place.map_or(Span::default(), |place| place.span),
                body: Block { span: place.map_or(Span::default(), |place| place.body), statements },
            });
        }
        functions
    }

    /// The statements of one function. The type of a body is not exported, but an AST with that function alone shows
    /// them on the outermost level of a walk. (`clone_functions_only_filtered` would not do: in 1.27 it keeps them all.)
    fn body(&mut self, definition: &Arc<ScriptFuncDef>) -> Vec<Node> {
        let alone = AST::new([], Module::from([Arc::clone(definition)]));
        let mut statements = Vec::new();
        alone.walk(&mut |path| {
            if let [ASTNode::Stmt(statement)] = path {
                statements.extend(self.statement(statement));
            }
            true
        });
        statements
    }

    /// Gives a closure the place of its use, and splits what it captured from what it takes.
    fn place_closure(&self, function: &mut Function) {
        let Some((start, captures)) = self.closures.get(&function.name) else { return };
        let extent = self.extents.closure(*start);
        let taken = function.params.split_off(captures.len().min(function.params.len()));
        function.captures.clone_from(captures);
        function.params = taken;
        for (param, span) in function.params.iter_mut().zip(&extent.params) {
            param.span = *span;
        }
        function.span = extent.span;
        function.body.span = extent.body;
    }

    fn statements(&mut self, statements: &[Stmt]) -> Vec<Node> {
        statements.iter().filter_map(|statement| self.statement(statement)).collect()
    }

    fn block(&mut self, block: &StmtBlock) -> Block {
        let statements = self.statements(block.statements());
        let known = self.at(block.position()).to(self.at(block.end_position()));
        let span = statements.iter().fold(known, |span, node| span.to(node.span));
        Block { span, statements }
    }

    /// None for what is no construct of the language: an empty statement, the sharing of captured variables.
    fn statement(&mut self, statement: &Stmt) -> Option<Node> {
        let start = self.at(statement.position());
        let kind = match statement {
            Stmt::Noop(_) | Stmt::Share(_) => return None,
            Stmt::Expr(expr) => return Some(self.expr(expr)),
            Stmt::FnCall(call, pos) => return Some(self.call(call, *pos)),
            Stmt::Block(block) => return Some(self.braces(block)),
            Stmt::If(flow, _) => self.branch(flow),
            Stmt::Switch(parts, pos) => self.switch(&parts.0, &parts.1, *pos),
            Stmt::While(flow, _) => self.repeat(flow),
            Stmt::Do(flow, flags, _) => self.repeat_after(flow, flags.contains(ASTFlags::NEGATED)),
            Stmt::For(parts, _) => self.go_through(&parts.0, parts.1.as_ref(), &parts.2),
            Stmt::Var(parts, flags, _) => self.definition(&parts.0, &parts.1, *flags),
            Stmt::Assignment(parts) => Kind::Assign {
                target: Box::new(self.expr(&parts.1.lhs)),
                symbol: self.extents.text_at(start).into(),
                at: start,
                value: Box::new(self.expr(&parts.1.rhs)),
            },
            Stmt::Return(value, flags, _) => {
                let throws = flags.contains(ASTFlags::BREAK);
                Kind::Return { value: self.maybe(value.as_deref()), throws }
            }
            Stmt::BreakLoop(value, flags, _) if flags.contains(ASTFlags::BREAK) => {
                Kind::Break { value: self.maybe(value.as_deref()) }
            }
            Stmt::BreakLoop(..) => Kind::Continue,
            Stmt::Import(parts, _) => {
                Kind::Import { path: Box::new(self.expr(&parts.0)), alias: self.optional_name(&parts.1) }
            }
            Stmt::Export(parts, _) => Kind::Export { name: self.name(&parts.0), alias: self.optional_name(&parts.1) },
            Stmt::TryCatch(flow, _) => self.attempt(flow),
            other => Kind::Unread(format!("{other:?}")),
        };
        Some(self.whole(start, kind))
    }

    /// A node whose extent is its first word, all that lies under it, and its last bracket.
    fn whole(&self, start: Span, kind: Kind) -> Node {
        let mut node = Node { span: start, kind };
        let under = node.children().iter().fold(start, |span, child| span.to(child.span));
        node.span = match &node.kind {
            Kind::If { then, otherwise, .. } => otherwise.iter().fold(under.to(then.span), |s, b| s.to(b.span)),
            Kind::While { body, .. } | Kind::Loop { body } | Kind::For { body, .. } => under.to(body.span),
            Kind::Do { body, .. } => under.to(body.span),
            Kind::Try { body, handler, .. } => under.to(body.span).to(handler.span),
            Kind::Switch { arms, .. } => {
                under.to(self.extents.switch(start, arms.len()).map_or(start, |block| block.span))
            }
            Kind::Let { name, .. } => under.to(name.span),
            Kind::Import { alias, .. } => alias.iter().fold(under, |span, name| span.to(name.span)),
            Kind::Export { name, alias } => alias.iter().fold(under.to(name.span), |span, name| span.to(name.span)),
            _ => under,
        };
        node
    }

    fn braces(&mut self, block: &StmtBlock) -> Node {
        let block = self.block(block);
        Node { span: block.span, kind: Kind::Block(block) }
    }

    fn branch(&mut self, flow: &FlowControl) -> Kind {
        let condition = Box::new(self.expr(&flow.expr));
        let then = self.block(&flow.body);
        let absent = flow.branch.is_empty() && flow.branch.position().is_none();
        let otherwise = (!absent).then(|| self.block(&flow.branch));
        Kind::If { condition, then, otherwise }
    }

    fn repeat(&mut self, flow: &FlowControl) -> Kind {
        let forever = matches!(flow.expr, Expr::Unit(pos) if pos.is_none());
        if forever {
            return Kind::Loop { body: self.block(&flow.body) };
        }
        Kind::While { condition: Box::new(self.expr(&flow.expr)), body: self.block(&flow.body) }
    }

    fn repeat_after(&mut self, flow: &FlowControl, until: bool) -> Kind {
        Kind::Do { body: self.block(&flow.body), condition: Box::new(self.expr(&flow.expr)), until }
    }

    fn go_through(&mut self, name: &Ident, counter: Option<&Ident>, flow: &FlowControl) -> Kind {
        Kind::For {
            name: self.name(name),
            counter: counter.map(|counter| Box::new(self.name(counter))),
            over: Box::new(self.expr(&flow.expr)),
            body: self.block(&flow.body),
        }
    }

    fn definition(&mut self, name: &Ident, value: &Expr, flags: ASTFlags) -> Kind {
        let absent = matches!(value, Expr::Unit(pos) if pos.is_none());
        Kind::Let {
            name: self.name(name),
            value: if absent { None } else { self.maybe(Some(value)) },
            constant: flags.contains(ASTFlags::CONSTANT),
            exported: flags.contains(ASTFlags::EXPORTED),
        }
    }

    fn attempt(&mut self, flow: &FlowControl) -> Kind {
        let name = match &flow.expr {
            Expr::Variable(parts, _, pos) => {
                Some(Box::new(Name { text: parts.1.as_str().into(), span: self.at(*pos) }))
            }
            _ => None,
        };
        Kind::Try { body: self.block(&flow.body), name, handler: self.block(&flow.branch) }
    }

    fn switch(&mut self, value: &Expr, cases: &SwitchCasesCollection, pos: Position) -> Kind {
        let written = self.extents.switch(self.at(pos), cases.expressions.len());
        let value = Box::new(self.expr(value));
        let mut arms = Vec::new();
        for (at, case) in cases.expressions.iter().enumerate() {
            let is_default = cases.def_case == Some(at);
            let spans = written.as_ref().and_then(|block| block.cases.get(at)).map_or(&[][..], Vec::as_slice);
            let unguarded = matches!(case.lhs, Expr::BoolConstant(true, pos) if pos.is_none());
            arms.push(Arm {
                patterns: if is_default { Vec::new() } else { self.patterns(spans) },
                guard: (!unguarded).then(|| self.expr(&case.lhs)),
                body: self.expr(&case.rhs),
            });
        }
        Kind::Switch { value, arms }
    }

    /// Rhai keeps only hashes of the cases, so they are read back from the text.
    fn patterns(&mut self, spans: &[Span]) -> Vec<Pattern> {
        let read = |span: &Span| {
            let text = self.extents.slice(*span);
            let mut engine = Engine::new_raw();
            engine.set_optimization_level(OptimizationLevel::None);
            engine.compile_expression(text).map_err(|_| text.to_owned())
        };
        let compiled: Vec<_> = spans.iter().map(|span| (*span, read(span))).collect();
        let patterns = compiled.into_iter().map(|(span, result)| match result.as_ref().map(AST::statements) {
            Ok([Stmt::Expr(expr)]) => {
                self.origin = (span.line, span.column);
                Pattern::Value(self.expr(expr))
            }
            Ok(_) => Pattern::Unread(String::new(), span),
            Err(text) => Pattern::Unread(text.clone(), span),
        });
        let patterns = patterns.collect();
        self.origin = (1, 1);
        patterns
    }

    fn maybe(&mut self, expr: Option<&Expr>) -> Option<Box<Node>> {
        expr.map(|expr| Box::new(self.expr(expr)))
    }

    fn exprs(&mut self, exprs: &[Expr]) -> Vec<Node> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr(&mut self, expr: &Expr) -> Node {
        let here = self.at(expr.position());
        match expr {
            Expr::FnCall(call, pos) => self.call(call, *pos),
            Expr::Dot(parts, flags, _) => {
                let receiver = self.expr(&parts.lhs);
                self.dot(receiver, &parts.rhs, flags.contains(ASTFlags::NEGATED))
            }
            Expr::Index(parts, flags, _) => {
                let receiver = self.expr(&parts.lhs);
                self.index(receiver, &parts.rhs, *flags)
            }
            Expr::Variable(parts, _, pos) => self.variable(&parts.1, &parts.2, *pos),
            Expr::Stmt(block) => self.statement_expr(block),
            Expr::And(operands, pos) => self.lazy("&&", operands, *pos),
            Expr::Or(operands, pos) => self.lazy("||", operands, *pos),
            Expr::Coalesce(operands, pos) => self.lazy("??", operands, *pos),
            Expr::Array(items, _) => Node { span: self.extents.bracket(here), kind: Kind::Array(self.exprs(items)) },
            Expr::Map(parts, _) => Node { span: self.extents.bracket(here), kind: self.map(&parts.0) },
            Expr::InterpolatedString(pieces, _) => {
                Node { span: self.extents.bracket(here), kind: Kind::Template(self.exprs(pieces)) }
            }
            _ => self.literal(expr, here),
        }
    }

    fn literal(&mut self, expr: &Expr, here: Span) -> Node {
        let kind = match expr {
            Expr::Unit(_) => Kind::Unit,
            Expr::BoolConstant(value, _) => Kind::Bool(*value),
            Expr::IntegerConstant(value, _) => Kind::Int(*value),
            Expr::CharConstant(value, _) => Kind::Char(*value),
            Expr::StringConstant(value, _) => Kind::Text(value.as_str().into()),
            Expr::ThisPtr(_) => Kind::This,
            Expr::DynamicConstant(value, _) => match value.read_lock::<FnPtr>() {
                Some(pointer) => return self.closure(pointer.fn_name().into(), here, Vec::new()),
                None => Kind::Folded(value.to_string()),
            },
            // A property or a method outside a chain, or a construct of a later version.
            other => Kind::Unread(format!("{other:?}")),
        };
        Node { span: self.extents.literal(here), kind }
    }

    fn map(&mut self, fields: &[(Ident, Expr)]) -> Kind {
        Kind::Map(fields.iter().map(|(name, value)| Field { name: self.name(name), value: self.expr(value) }).collect())
    }

    /// A block used as an expression: braces, a statement such as `if` used as a value, or a capturing closure.
    fn statement_expr(&mut self, block: &StmtBlock) -> Node {
        let captured = matches!(block.statements().first(), Some(Stmt::Share(_)));
        let lowered = self.block(block);
        let alone = block.end_position().is_none() || self.extents.is_interpolation(lowered.span);
        match lowered.statements {
            mut nodes if nodes.len() == 1 && (alone || captured) => nodes.remove(0),
            statements => {
                let block = Block { span: lowered.span, statements };
                Node { span: block.span, kind: Kind::Block(block) }
            }
        }
    }

    fn closure(&mut self, name: CompactString, start: Span, captures: Vec<Name>) -> Node {
        let span = self.extents.closure(start).span;
        self.closures.insert(name.clone(), (start, captures.clone()));
        Node { span, kind: Kind::Closure { function: name, captures } }
    }

    fn variable(&mut self, name: &str, namespace: &Namespace, pos: Position) -> Node {
        let name = Name { text: name.into(), span: self.at(pos) };
        let path = self.path(namespace);
        let span = path.first().map_or(name.span, |first| first.span.to(name.span));
        Node { span, kind: Kind::Variable { path, name } }
    }

    fn lazy(&mut self, symbol: &'static str, operands: &[Expr], pos: Position) -> Node {
        let operands = self.exprs(operands);
        let at = self.at(pos);
        self.whole(at, Kind::Lazy { symbol, at, operands })
    }

    fn call(&mut self, call: &FnCallExpr, pos: Position) -> Node {
        let at = self.at(pos);
        if let Some(closure) = self.curried(call, at) {
            return closure;
        }
        if let Some(operator) = self.operator(call, at) {
            return operator;
        }
        let call = self.plain_call(call, at, false);
        let span = call.head().to(self.extents.call(at));
        Node { span, kind: Kind::Call(call) }
    }

    fn plain_call(&mut self, call: &FnCallExpr, at: Span, is_method: bool) -> Call {
        let name = Name { text: call.name.as_str().into(), span: at };
        let in_scope = call.capture_parent_scope;
        Call { path: self.path(&call.namespace), name, args: self.exprs(&call.args), is_method, in_scope }
    }

    /// A closure with what it captures is a call of `curry` on a function pointer.
    fn curried(&mut self, call: &FnCallExpr, at: Span) -> Option<Node> {
        let [Expr::DynamicConstant(value, _), captured @ ..] = &*call.args else { return None };
        let pointer = value.read_lock::<FnPtr>().filter(|_| call.name == "curry")?;
        let captures = captured.iter().map(|expr| match expr {
            Expr::Variable(parts, _, pos) => Some(Name { text: parts.1.as_str().into(), span: self.at(*pos) }),
            _ => None,
        });
        let captures = captures.collect::<Option<Vec<_>>>()?;
        Some(self.closure(pointer.fn_name().into(), at, captures))
    }

    /// `in` is a call of `contains` with its operands swapped, `!in` a `!` before it; the text tells them from calls.
    fn operator(&mut self, call: &FnCallExpr, at: Span) -> Option<Node> {
        let written = self.extents.text_at(at);
        let inner = match &*call.args {
            [Expr::FnCall(inner, _)] if written == "!in" => inner,
            _ => call,
        };
        let membership = matches!(written, "in" | "!in") && inner.name == "contains";
        if !membership && !call.is_operator_call() {
            return None;
        }
        let mut operands = self.exprs(if membership { &inner.args } else { &call.args });
        let symbol = if membership { written.into() } else { call.name.as_str().into() };
        if membership {
            operands.reverse();
        }
        Some(self.whole(at, Kind::Operator { symbol, at, operands }))
    }

    /// What follows a dot; Rhai hangs the rest of the chain under it.
    fn dot(&mut self, of: Node, rest: &Expr, safe: bool) -> Node {
        match rest {
            Expr::Property(parts, pos) => {
                let name = Name { text: parts.2.as_str().into(), span: self.at(*pos) };
                Node { span: of.span.to(name.span), kind: Kind::Property { of: Box::new(of), name, safe } }
            }
            Expr::MethodCall(call, pos) => {
                let at = self.at(*pos);
                let span = of.span.to(self.extents.call(at));
                let call = self.plain_call(call, at, true);
                Node { span, kind: Kind::Method { of: Box::new(of), safe, call } }
            }
            Expr::Dot(parts, flags, _) => {
                let of = self.dot(of, &parts.lhs, safe);
                self.dot(of, &parts.rhs, flags.contains(ASTFlags::NEGATED))
            }
            Expr::Index(parts, flags, _) => {
                let of = self.dot(of, &parts.lhs, safe);
                self.index(of, &parts.rhs, *flags)
            }
            other => self.literal(other, of.span),
        }
    }

    /// What stands in an index; unless the chain ends here, its rest hangs under it.
    fn index(&mut self, of: Node, rest: &Expr, flags: ASTFlags) -> Node {
        let safe = flags.contains(ASTFlags::NEGATED);
        match rest {
            Expr::Dot(parts, next, _) if !flags.contains(ASTFlags::BREAK) => {
                let of = self.indexed(of, &parts.lhs, safe);
                self.dot(of, &parts.rhs, next.contains(ASTFlags::NEGATED))
            }
            Expr::Index(parts, next, _) if !flags.contains(ASTFlags::BREAK) => {
                let of = self.indexed(of, &parts.lhs, safe);
                self.index(of, &parts.rhs, *next)
            }
            last => self.indexed(of, last, safe),
        }
    }

    fn indexed(&mut self, of: Node, index: &Expr, safe: bool) -> Node {
        let index = self.expr(index);
        let span = of.span.to(self.extents.closed_after(index.span));
        Node { span, kind: Kind::Index { of: Box::new(of), index: Box::new(index), safe } }
    }

    fn path(&self, namespace: &Namespace) -> Vec<Name> {
        namespace.path.iter().map(|name| self.name(name)).collect()
    }

    fn name(&self, ident: &Ident) -> Name {
        Name { text: ident.name.as_str().into(), span: self.at(ident.pos) }
    }

    fn optional_name(&self, ident: &Ident) -> Option<Name> {
        (!ident.name.is_empty()).then(|| self.name(ident))
    }

    /// The token at that place; a bare place where the text has none.
    fn at(&self, pos: Position) -> Span {
        let (line, column) = place_of(pos);
        if line == 0 {
            return Span::default();
        }
        let ahead = if line == 1 { self.origin.1 - 1 } else { 0 };
        self.extents.token(self.origin.0 + line - 1, column.max(1) + ahead)
    }
}

fn named(params: Vec<CompactString>, place: Option<&Declared>) -> Vec<Name> {
    let spans = place.map_or(&[][..], |place| &place.params).iter().copied().chain(std::iter::repeat(Span::default()));
    params.into_iter().zip(spans).map(|(text, span)| Name { text, span }).collect()
}

#[cfg(test)]
#[path = "lower_tests.rs"]
mod tests;
