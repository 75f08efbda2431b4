//! Our own small tree of a script: what the checks read in place of the parser's internals.
//!
//! Chains read from left to right (`a.b.c()` is a call on a property of `a`), operators are operators again, and each
//! node knows its extent in the source. The tree judges nothing.

use std::{collections::BTreeMap, sync::Arc};

use compact_str::CompactString;
use rustc_hash::FxHashMap;

pub use super::span::{Name, Span};

/// One script, lowered.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The file as it is named in messages.
    pub file: String,
    /// Its text.
    pub source: Arc<str>,
    /// The `//!` lines at its top.
    pub docs: String,
    /// The statements of its top level, in order.
    pub statements: Vec<Node>,
    /// Its functions and the bodies of its closures, in the order of the text.
    pub functions: Vec<Function>,
    /// Where each line starts in the text.
    pub(super) lines: Vec<usize>,
    /// Name to places in `functions`.
    pub(super) index: FxHashMap<CompactString, Vec<usize>>,
    pub(super) names: Names,
}

/// The names that a file shares with others.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Alias to module name, for the imports whose path is literal.
    pub modules: BTreeMap<CompactString, CompactString>,
    /// The constants that importers see: name outside to name inside.
    pub exports: BTreeMap<CompactString, CompactString>,
}

impl Names {
    /// Those of a file's top level.
    pub(super) fn of(statements: &[Node]) -> Self {
        let mut names = Names::default();
        for node in statements {
            match &node.kind {
                Kind::Import { path, alias: Some(alias) } => {
                    names.modules.extend(path.as_text().map(|path| (alias.text.clone(), path.into())));
                }
                Kind::Let { name, exported: true, .. } => {
                    names.exports.insert(name.text.clone(), name.text.clone());
                }
                Kind::Export { name, alias } => {
                    names.exports.insert(alias.as_ref().unwrap_or(name).text.clone(), name.text.clone());
                }
                _ => {}
            }
        }
        names
    }
}

impl Tree {
    /// The function of that name and number of parameters.
    #[must_use]
    pub fn function(&self, name: &str, arity: usize) -> Option<&Function> {
        self.named(name).find(|function| function.params.len() == arity)
    }

    /// All functions of that name, whatever their parameters.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &Function> {
        self.index.get(name).into_iter().flatten().map(|at| &self.functions[*at])
    }

    /// The body behind a [`Kind::Closure`].
    #[must_use]
    pub fn closure(&self, name: &str) -> Option<&Function> {
        self.named(name).next()
    }

    /// The functions that were declared with `fn`.
    pub fn declared(&self) -> impl Iterator<Item = &Function> {
        self.functions.iter().filter(|function| !function.is_closure)
    }

    /// The imports of the top level.
    pub fn imports(&self) -> impl Iterator<Item = (&Node, Option<&Name>)> {
        self.statements.iter().filter_map(|node| match &node.kind {
            Kind::Import { path, alias } => Some((&**path, alias.as_ref())),
            _ => None,
        })
    }

    /// Alias to module name, for the imports whose path is literal.
    #[must_use]
    pub const fn modules(&self) -> &BTreeMap<CompactString, CompactString> {
        &self.names.modules
    }

    /// The constants that importers see: name outside to name inside.
    #[must_use]
    pub const fn exports(&self) -> &BTreeMap<CompactString, CompactString> {
        &self.names.exports
    }

    /// The call whose name stands at that place, as run-time errors and the journal give it.
    #[must_use]
    pub fn call_at(&self, line: u32, column: u32) -> Option<&Call> {
        let mut found = None;
        self.walk(&mut |node| match &node.kind {
            Kind::Call(call) | Kind::Method { call, .. }
                if (call.name.span.line, call.name.span.column) == (line, column) =>
            {
                found = Some(call);
            }
            _ => {}
        });
        found
    }

    /// The source text of a span.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        let from = self.offset(span.line, span.column);
        let to = self.offset(span.end_line, span.end_column);
        from.zip(to).and_then(|(from, to)| self.source.get(from..to)).unwrap_or_default()
    }

    /// The comment lines right above a line, without their markers.
    #[must_use]
    pub fn comment_above(&self, line: u32) -> String {
        let start = |line: u32| self.lines.get(line.wrapping_sub(1) as usize).copied();
        let text = |line: u32| self.source.get(start(line)?..start(line + 1)?).map(str::trim);
        let is_comment = |line: &u32| text(*line).is_some_and(|text| text.starts_with("//"));
        let first = (1..line).rev().take_while(is_comment).last().unwrap_or(line);
        let lines = (first..line).filter_map(text).filter(|text| !text.starts_with("//!"));
        lines.map(unmarked).collect::<Vec<_>>().join("\n")
    }

    fn offset(&self, line: u32, column: u32) -> Option<usize> {
        let start = *self.lines.get(line.checked_sub(1)? as usize)?;
        let rest = self.source.get(start..)?;
        let before = column.checked_sub(1)? as usize;
        // Columns count characters: in plain text that is bytes.
        if rest.as_bytes().get(..before).is_some_and(<[u8]>::is_ascii) {
            return Some(start + before);
        }
        rest.char_indices().map(|(at, _)| at).chain([rest.len()]).nth(before).map(|at| start + at)
    }
}

/// A comment line without its marker.
#[must_use]
pub fn unmarked(line: &str) -> &str {
    line.trim().trim_start_matches(['/', '!']).trim()
}

/// A function, or the body of a closure.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its name; a closure has one that no script can say (`anon$...`).
    pub name: CompactString,
    /// Where the name stands; not known for a closure.
    pub name_span: Span,
    /// What it takes, in order; without what a closure captured.
    pub params: Vec<Name>,
    /// The names a closure takes from around it.
    pub captures: Vec<Name>,
    /// Its `///` lines, markers included.
    pub docs: Vec<String>,
    /// Whether it is the body of a closure.
    pub is_closure: bool,
    /// Whether it was declared `private`.
    pub is_private: bool,
    /// The type of `this`, for `fn Type.name()`.
    pub this_type: Option<String>,
    /// From `fn` or `|` to its end.
    pub span: Span,
    /// What it does.
    pub body: Block,
}

/// Statements in braces.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// From brace to brace.
    pub span: Span,
    /// The statements, in order.
    pub statements: Vec<Node>,
}

/// A statement or an expression.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its whole extent.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// A field of an object literal.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Its value.
    pub value: Node,
}

/// A call of a function or of a method.
#[derive(Clone, Debug)]
pub struct Call {
    /// The modules before the name: `net` in `net::carve()`.
    pub path: Vec<Name>,
    /// The name; its place is the one that run-time errors and the journal give.
    pub name: Name,
    /// The arguments, in order; without the receiver.
    pub args: Vec<Node>,
    /// Whether it stands behind a dot.
    pub is_method: bool,
    /// Whether it was called as `f!()`, in the scope of the caller.
    pub in_scope: bool,
}

impl Call {
    /// The name with its modules, as written: `openstack::network`.
    #[must_use]
    pub fn full_name(&self) -> String {
        let path = self.path.iter().map(|name| name.text.as_str());
        path.chain([self.name.text.as_str()]).collect::<Vec<_>>().join("::")
    }

    /// The name, when no module stands before it and it is no method.
    #[must_use]
    pub fn plain_name(&self) -> Option<&str> {
        (self.path.is_empty() && !self.is_method).then_some(self.name.text.as_str())
    }

    /// Where a field of a map among the arguments was written, for an error about an option.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Span> {
        let maps = self.args.iter().filter_map(|arg| match &arg.kind {
            Kind::Map(fields) => Some(fields),
            _ => None,
        });
        maps.flatten().find(|field| field.name.text == name).map(|field| field.name.span)
    }

    /// The name and its modules.
    #[must_use]
    pub fn head(&self) -> Span {
        self.path.first().map_or(self.name.span, |first| first.span.to(self.name.span))
    }
}

/// What stands before `=>`.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// A literal value or a range (an [`Kind::Operator`] of `..` or `..=`).
    Value(Node),
    /// Written in a way that could not be read back; the text as it stands.
    Unread(String, Span),
}

/// An arm of a `switch`.
#[derive(Clone, Debug)]
pub struct Arm {
    /// The cases; none for the default arm `_`.
    pub patterns: Vec<Pattern>,
    /// The condition after `if`.
    pub guard: Option<Node>,
    /// What the arm yields.
    pub body: Node,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// `()`
    Unit,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A character.
    Char(char),
    /// A string without interpolation, unescaped.
    Text(CompactString),
    /// A back-tick string; its literal parts are [`Kind::Text`].
    Template(Vec<Node>),
    /// `[a, b]`
    Array(Vec<Node>),
    /// `#{a: 1}`
    Map(Vec<Field>),
    /// A constant that the parser folded into a value; the optimiser is off, so this is a surprise.
    Folded(String),
    /// A name, with the modules before it.
    Variable {
        /// `net` in `net::PROVIDER`.
        path: Vec<Name>,
        /// The name itself.
        name: Name,
    },
    /// `this`
    This,
    /// `of.name`
    Property {
        /// The object.
        of: Box<Node>,
        /// The field.
        name: Name,
        /// Whether it was written `?.`.
        safe: bool,
    },
    /// `of[index]`
    Index {
        /// The collection.
        of: Box<Node>,
        /// The place in it.
        index: Box<Node>,
        /// Whether it was written `?[`.
        safe: bool,
    },
    /// `name(args)`, `module::name(args)`
    Call(Call),
    /// `of.name(args)`
    Method {
        /// The receiver.
        of: Box<Node>,
        /// Whether it was written `?.`.
        safe: bool,
        /// The call.
        call: Call,
    },
    /// `|a, b| ...`; the body is [`Tree::closure`] of that name.
    Closure {
        /// The name of its function.
        function: CompactString,
        /// What it takes from around it.
        captures: Vec<Name>,
    },
    /// A unary or binary operator that always looks at all its operands.
    Operator {
        /// As written: `==`, `in`, `!in`, `-`, `..=`.
        symbol: CompactString,
        /// Where the symbol stands.
        at: Span,
        /// One or two, in the order of the text.
        operands: Vec<Node>,
    },
    /// `&&`, `||`, `??`: the operands after the first may never be looked at.
    Lazy {
        /// `&&`, `||` or `??`.
        symbol: &'static str,
        /// Where the first symbol stands.
        at: Span,
        /// Two or more.
        operands: Vec<Node>,
    },
    /// `if`; `else if` is an `otherwise` with one statement.
    If {
        /// What is asked.
        condition: Box<Node>,
        /// What happens when it holds.
        then: Block,
        /// What happens when it does not.
        otherwise: Option<Block>,
    },
    /// `switch`
    Switch {
        /// What is compared.
        value: Box<Node>,
        /// In the order of the text.
        arms: Vec<Arm>,
    },
    /// `while`
    While {
        /// What is asked before each turn.
        condition: Box<Node>,
        /// A turn.
        body: Block,
    },
    /// `loop`
    Loop {
        /// A turn.
        body: Block,
    },
    /// `do { } while` and `do { } until`
    Do {
        /// A turn.
        body: Block,
        /// What is asked after each turn.
        condition: Box<Node>,
        /// Whether it ends when the condition holds.
        until: bool,
    },
    /// `for name in over`
    For {
        /// The member.
        name: Name,
        /// Its number, for `for (name, counter) in`.
        counter: Option<Box<Name>>,
        /// What is gone through.
        over: Box<Node>,
        /// A turn.
        body: Block,
    },
    /// `let`, `const`, `export const`
    Let {
        /// The new name.
        name: Name,
        /// Its value.
        value: Option<Box<Node>>,
        /// Whether it is a `const`.
        constant: bool,
        /// Whether `export` stands before it.
        exported: bool,
    },
    /// `target = value`, `target += value`
    Assign {
        /// Where to.
        target: Box<Node>,
        /// As written.
        symbol: CompactString,
        /// Where the symbol stands.
        at: Span,
        /// What.
        value: Box<Node>,
    },
    /// `return`, `throw`
    Return {
        /// What is handed back.
        value: Option<Box<Node>>,
        /// Whether it is a `throw`.
        throws: bool,
    },
    /// `break`
    Break {
        /// The value of the loop.
        value: Option<Box<Node>>,
    },
    /// `continue`
    Continue,
    /// `import path as alias`
    Import {
        /// The module.
        path: Box<Node>,
        /// The name it goes by here.
        alias: Option<Name>,
    },
    /// `export name as alias`
    Export {
        /// The name here.
        name: Name,
        /// The name outside.
        alias: Option<Name>,
    },
    /// `{ ... }`
    Block(Block),
    /// `try { } catch (name) { }`
    Try {
        /// What is tried.
        body: Block,
        /// What the error is called.
        name: Option<Box<Name>>,
        /// What happens on an error.
        handler: Block,
    },
    /// A construct that this version does not know; its text as the parser shows it.
    Unread(String),
}

impl Node {
    /// The text of a plain string literal.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the value is written out: literals, and arrays and maps of them.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        match &self.kind {
            Kind::Unit | Kind::Bool(_) | Kind::Int(_) | Kind::Char(_) | Kind::Text(_) => true,
            Kind::Array(items) => items.iter().all(Self::is_literal),
            Kind::Map(fields) => fields.iter().all(|field| field.value.is_literal()),
            _ => false,
        }
    }
}
