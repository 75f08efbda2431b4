//! Names that a script may not take, and ways of calling that the language does not have here.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    message::{Diagnostic, nearest},
    shape::{GATES, HostNames, STRUCTURE},
    syntax::no_module,
    tree::{Call, Function, Kind, Name, Node, Pattern, Span, Tree},
};

/// Adds what is wrong with imports, functions and calls anywhere in the file.
pub(super) fn check(tree: &Tree, host: &HostNames, found: &mut Vec<Diagnostic>) {
    let known = known_modules(tree, host);
    let mut names = Names { tree, host, known, renamed: renamed(tree), found };
    names.imports();
    for function in tree.declared() {
        names.function(function);
    }
    for statement in &tree.statements {
        names.statement(statement);
    }
    for node in tree.functions.iter().flat_map(|function| &function.body.statements) {
        node.walk(&mut |node| names.inner(node));
    }
}

/// The imports of which no library is there: their functions cannot be followed, and the run would end at the import.
pub(super) fn unknown_imports<L>(tree: &Tree, libraries: &BTreeMap<String, L>) -> Vec<Diagnostic> {
    let paths = tree.imports().filter_map(|(path, _)| Some((path.as_text()?, path.span)));
    let unknown = paths.filter(|(name, _)| !name.is_empty() && !libraries.contains_key(*name));
    let report = |(name, span): (&str, Span)| {
        let there: Vec<&str> = libraries.keys().map(String::as_str).collect();
        let all = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        Diagnostic::error("E0124", format!("no library is called {name}"), &tree.file, span)
            .suggest(name, there)
            .note(format!("libraries here: {all}"))
    };
    unknown.map(report).collect()
}

/// What may stand before `::`. `global` reaches the file's own constants from a function.
fn known_modules<'t>(tree: &'t Tree, host: &'t HostNames) -> BTreeSet<&'t str> {
    let aliases = tree.imports().filter_map(|(_, alias)| Some(alias?.text.as_str()));
    host.namespaces.iter().map(String::as_str).chain(aliases).chain(["global"]).collect()
}

/// Libraries that are imported under another name.
fn renamed(tree: &Tree) -> BTreeMap<&str, &Name> {
    let all = tree.imports().filter_map(|(path, alias)| Some((path.as_text()?, alias?)));
    all.filter(|(path, alias)| alias.text != *path).collect()
}

struct Names<'t, 'f> {
    tree: &'t Tree,
    host: &'t HostNames,
    known: BTreeSet<&'t str>,
    /// Names of files that were given another one.
    renamed: BTreeMap<&'t str, &'t Name>,
    found: &'f mut Vec<Diagnostic>,
}

impl Names<'_, '_> {
    fn report(&mut self, id: &str, message: impl Into<String>, span: Span, help: &str) {
        self.found.push(Diagnostic::error(id, message, &self.tree.file, span).help(help));
    }

    fn imports(&mut self) {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let form = "write import \"name\" as name; the name of a file in lib/ without its ending";
        for (path, alias) in self.tree.imports() {
            if path.as_text().is_none_or(str::is_empty) {
                self.report("E0112", "the path of an import is not a plain text", path.span, form);
            }
            let Some(alias) = alias else {
                self.report("E0112", "an import without a name", path.span, form);
                continue;
            };
            self.alias(alias, &mut seen);
        }
        self.exchanged();
    }

    /// Two imports of which each bears the name of the other's file.
    fn exchanged(&mut self) {
        let bears = |path: &str, name: &str| self.renamed.get(path).is_some_and(|alias| alias.text == name);
        let first = self.renamed.iter().find(|(path, alias)| bears(&alias.text, path));
        let Some((path, alias)) = first.map(|(path, alias)| ((*path).to_owned(), *alias)) else { return };
        let message = format!("the imports {path} and {0} bear each other's name", alias.text);
        let help = format!("write import \"{path}\" as {path}; and import \"{0}\" as {0};", alias.text);
        self.report("E0114", message, alias.span, &help);
    }

    fn alias<'a>(&mut self, alias: &'a Name, seen: &mut BTreeMap<&'a str, Span>) {
        let name = alias.text.as_str();
        if self.host.namespaces.contains(name) || name == "global" {
            let help = "choose another name after `as`";
            self.report("E0114", format!("import as {name} hides the namespace {name}"), alias.span, help);
        }
        if let Some(first) = seen.insert(name, alias.span) {
            let message = format!("two imports are called {name}");
            let help = format!("the first is on line {}; choose another name after `as`", first.line);
            self.report("E0114", message, alias.span, &help);
        }
    }

    fn function(&mut self, function: &Function) {
        let name = function.name.as_str();
        let of_flow = STRUCTURE.contains(&name) || GATES.contains(&name);
        if of_flow || self.host.functions.contains(name) {
            let message = format!("fn {name} bears the name of a function of omega");
            self.report(
                "E0115",
                message,
                function.name_span,
                "the script's would win without a word; choose another name",
            );
        }
    }

    /// A statement of the top level: its own call of `step` or its `import` is in place, what lies within is not.
    fn statement(&mut self, statement: &Node) {
        match &statement.kind {
            Kind::Import { .. } => {}
            Kind::Call(call) if call.plain_name().is_some_and(|name| STRUCTURE.contains(&name)) => {
                self.call(call, true);
                for arg in &call.args {
                    arg.walk(&mut |node| self.inner(node));
                }
            }
            _ => statement.walk(&mut |node| self.inner(node)),
        }
    }

    fn inner(&mut self, node: &Node) {
        match &node.kind {
            Kind::Import { .. } => {
                let help = "import at the top of the file; every function and step sees it";
                self.report("E0113", "an import inside a function, a step or a block", node.span, help);
            }
            Kind::Call(call) | Kind::Method { call, .. } => self.call(call, false),
            Kind::Variable { path, .. } => self.module(path, None),
            Kind::Try { .. } | Kind::Return { throws: true, .. } => self.exceptions(node),
            Kind::Switch { arms, .. } => {
                for pattern in arms.iter().flat_map(|arm| &arm.patterns) {
                    self.pattern(pattern);
                }
            }
            Kind::Unread(_) | Kind::Folded(_) => {
                let help = "write it another way; what cannot be checked does not run";
                self.report("E0123", "this construct cannot be checked", node.span, help);
            }
            _ => {}
        }
    }

    fn call(&mut self, call: &Call, in_place: bool) {
        self.module(&call.path, Some(&call.name.text));
        let name = call.name.text.as_str();
        if call.plain_name().is_some_and(|name| STRUCTURE.contains(&name)) && !in_place {
            let help =
                "steps do not nest and are not called: write it at the top level of the runbook, with ; behind it";
            self.report("E0110", format!("{name} outside the top level"), call.name.span, help);
        }
        if call.is_method && GATES.contains(&name) {
            let help = "write gate(name, ...): a gate that is asked as a method of its name is not seen as a gate";
            self.report("E0121", format!("{name} called as a method"), call.name.span, help);
        }
        let by_name = call.path.is_empty() && matches!(name, "Fn" | "eval" | "curry");
        let called = call.is_method && name == "call";
        if by_name || called {
            let help = "call a function by its name, or hand over a closure: |x| name(x)";
            self.report("E0121", format!("{name}(...) is not in the language here"), call.name.span, help);
            let told = self.found.last_mut().filter(|_| called);
            if let (Some(told), Some(help)) = (told, handed_on(self.tree, call)) {
                told.help.insert(0, help);
            }
        }
        if call.in_scope {
            let help = "hand over what the function needs as arguments";
            self.report("E0121", format!("{name}!(...) is not in the language here"), call.name.span, help);
        }
    }

    fn module(&mut self, path: &[Name], called: Option<&str>) {
        let Some(root) = path.first().filter(|root| !self.known.contains(root.text.as_str())) else { return };
        if self.is_renamed(root) {
            return;
        }
        let known = self.known.iter().copied().filter(|name| *name != "global").collect::<Vec<_>>();
        let message = format!("no module or namespace is called {}", root.text);
        let diagnostic = Diagnostic::error("E0120", message, &self.tree.file, root.span)
            .suggest(&root.text, known.iter().copied())
            .note(format!("known here: {}", if known.is_empty() { "none".to_owned() } else { known.join(", ") }));
        if self.is_variable(&root.text) {
            let plain = Diagnostic::error("E0120", diagnostic.message, &self.tree.file, root.span);
            let imported = known.iter().copied().filter(|name| !self.host.namespaces.contains(*name));
            self.found.push(plain.suggest(&root.text, imported).help(no_module(&root.text)));
            return;
        }
        let homes = called.and_then(|name| Some((name, self.host.homes.get(name)?)));
        // A name that is near and has the function is the one.
        let is_near = |home: &String| nearest(&root.text, [home.as_str()]).is_some();
        if let Some((name, homes)) = homes.filter(|(_, homes)| !homes.iter().any(is_near)) {
            let all: Vec<String> = homes.iter().map(|home| format!("{home}::{name}")).collect();
            let plain = Diagnostic { label: None, ..diagnostic };
            self.found.push(plain.help(format!("write {}", all.join(" or "))));
            return;
        }
        let import = format!("for a file of lib/, write import \"{0}\" as {0}; at the top", root.text);
        let suggested = diagnostic.label.is_some();
        self.found.push(if suggested { diagnostic } else { diagnostic.help(import) });
    }

    /// Whether a value bears the name somewhere in the file.
    fn is_variable(&self, text: &str) -> bool {
        let is_param = |function: &Function| function.params.iter().any(|param| param.text == text);
        let mut found = self.tree.functions.iter().any(is_param);
        self.tree.walk(&mut |node| {
            if let Kind::Let { name, .. } | Kind::For { name, .. } = &node.kind {
                found |= name.text == text;
            }
        });
        found
    }

    /// The name of a file stands where its import gave it another: one slip, told once, at the import.
    fn is_renamed(&mut self, root: &Name) -> bool {
        let Some(alias) = self.renamed.get(root.text.as_str()).copied() else { return false };
        let message = format!("{0} is imported as {1}, and used as {0}::", root.text, alias.text);
        let told = Diagnostic::error("E0120", message, &self.tree.file, alias.span)
            .note(format!("{}:: stands on line {} first", root.text, root.span.line))
            .help(format!("write `as {0};` here, or {1}:: wherever {0}:: stands", root.text, alias.text));
        let is_told = self.found.iter().any(|other| other.id == told.id && other.span == told.span);
        self.found.extend((!is_told).then_some(told));
        true
    }

    fn exceptions(&mut self, node: &Node) {
        let word = if matches!(node.kind, Kind::Try { .. }) { "try" } else { "throw" };
        let span = node.span.word(word);
        let help = "an error ends the run and cannot be caught; to end it yourself, write fail(\"why\")";
        self.report("E0122", format!("`{word}` is not in the language here"), span, help);
    }

    fn pattern(&mut self, pattern: &Pattern) {
        if let Pattern::Unread(text, span) = pattern {
            let message = format!("the case `{text}` cannot be read");
            self.report("E0123", message, *span, "write a literal or a range of numbers");
        }
    }
}

/// `list.filter(|x| holds.call(x))`: the closure only calls what the function was given, which may stand there itself.
fn handed_on(tree: &Tree, call: &Call) -> Option<String> {
    fn calls<'t>(function: &'t Function, call: &Call) -> Option<&'t Name> {
        let [Node { kind: Kind::Method { of, call: only, .. }, .. }] = &function.body.statements[..] else {
            return None;
        };
        let is_it = only.name.span == call.name.span && only.args.len() == function.params.len();
        let mut pairs = only.args.iter().zip(&function.params);
        let holder = of.as_variable().filter(|_| is_it)?;
        pairs.all(|(arg, param)| arg.as_variable().is_some_and(|arg| arg.text == param.text)).then_some(holder)
    }
    let (function, holder) = tree.functions.iter().find_map(|function| Some((function, calls(function, call)?)))?;
    let is_given = |outer: &Function| outer.params.iter().any(|param| param.text == holder.text);
    tree.declared().any(is_given).then_some(())?;
    let mut help = None;
    tree.walk(&mut |node| {
        let Kind::Method { of, call, .. } = &node.kind else { return };
        if let [Node { kind: Kind::Closure { function: own, .. }, .. }] = &call.args[..]
            && *own == function.name
        {
            let list = tree.text(of.span);
            help = Some(format!("hand the parameter itself over: {list}.{}({})", call.name.text, holder.text));
        }
    });
    help
}
