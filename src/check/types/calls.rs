//! Who is called: a function of this file, of a library, of the host; a method.

use super::super::message::Diagnostic;
use super::super::tree::{Call, Kind, Node};
use super::Type;
use super::infer::Infer;

/// What an argument is called: a name, or a field's.
fn called(arg: &Node) -> Option<&str> {
    match &arg.kind {
        Kind::Variable { name, .. } | Kind::Property { name, .. } => Some(&name.text),
        _ => None,
    }
}

/// Whether a name says the parameter: `host`, or `VAULT_HOST`.
fn is_named(name: &str, param: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    lower == param || lower.strip_suffix(param).is_some_and(|rest| rest.ends_with('_'))
}

impl<'t> Infer<'t> {
    pub(super) fn call(&mut self, node: &'t Node, call: &'t Call) -> Type {
        match &call.path[..] {
            [] => self.plain_call(call),
            [root] => match self.library(&root.text) {
                Some(home) => self.library_call(home, call),
                None => match self.table.function(&root.text, &call.name.text) {
                    Some(primitive) => {
                        let given = self.primitive(call, primitive, None);
                        self.note_origin(node, &given, primitive);
                        given
                    }
                    None => {
                        self.arguments_of(call);
                        self.not_in_namespace(root, &call.name)
                    }
                },
            },
            [_, inner, ..] => {
                self.arguments_of(call);
                let diagnostic = self.error("E0202", "only one name may stand before the last ::", inner.span);
                self.tell(diagnostic.help("import the library here, under a name of its own"));
                Type::Open
            }
        }
    }

    fn plain_call(&mut self, call: &'t Call) -> Type {
        let name = call.name.text.as_str();
        if self.tree().declared().any(|function| function.name == name) {
            return self.script_call(self.home, call);
        }
        if let Some(primitive) = self.table.function("", name) {
            return self.primitive(call, primitive, None);
        }
        self.arguments_of(call);
        if let Some(at) = self.lookup(name) {
            self.variables[at].read = true;
            let message = format!("`{name}` is {}; it cannot be called", self.variables[at].ty.described());
            self.tell(self.error("E0203", message, call.name.span).help("give the code a name with fn, and call that"));
        } else if self.table.is_method(name) {
            let of = call.args.first().map_or("x".to_owned(), |of| self.copied(of));
            let rest = self.rest(call.args.get(1..).unwrap_or_default());
            let diagnostic = self.error("E0203", format!("`{name}` is a method"), call.name.span);
            self.tell(diagnostic.help(format!("write {of}.{name}({rest})")));
        } else {
            self.no_function(call);
        }
        Type::Open
    }

    fn library_call(&mut self, home: usize, call: &'t Call) -> Type {
        let name = call.name.text.as_str();
        let tree = self.sources[home].tree;
        if tree.declared().any(|function| function.name == name && !function.is_private) {
            return self.script_call(home, call);
        }
        self.arguments_of(call);
        self.no_library_function(home, call);
        Type::Open
    }

    /// A function of a script, with the types of this call.
    fn script_call(&mut self, home: usize, call: &'t Call) -> Type {
        let args: Vec<Type> = call.args.iter().map(|arg| self.value(arg)).collect();
        let tree = self.sources[home].tree;
        match tree.function(&call.name.text, args.len()) {
            Some(function) => {
                self.crossed(call, |at| function.params.get(at).map(|param| param.text.as_str()));
                let (given, first) = self.instance_at(home, function, args, call.name.span);
                first.into_iter().for_each(|first| self.handed(first, call));
                given
            }
            None => {
                self.wrong_count(home, call);
                Type::Open
            }
        }
    }

    /// Two arguments that bear each other's names.
    pub(super) fn crossed<'n>(&mut self, call: &'t Call, param: impl Fn(usize) -> Option<&'n str>) {
        let bears = |arg: usize, of: usize| {
            let name = call.args.get(arg).and_then(called).filter(|name| name.len() > 1);
            name.zip(param(of)).is_some_and(|(name, param)| is_named(name, param))
        };
        let crossed = (0..call.args.len()).find_map(|a| {
            let other = |b: &usize| bears(a, *b) && bears(*b, a) && !bears(a, a) && !bears(*b, *b);
            (a + 1..call.args.len()).find(other).map(|b| (a, b))
        });
        let Some((a, b)) = crossed else { return };
        let names = [a, b].map(|at| param(at).unwrap_or_default());
        let message = format!("`{}` and `{}` are in each other's place", names[1], names[0]);
        let place = call.args[a].span.to(call.args[b].span);
        let diagnostic = Diagnostic::warning("W0326", message, &self.tree().file, place);
        let params: Vec<&str> = (0..call.args.len()).filter_map(param).collect();
        self.tell(diagnostic.note(format!("{}({})", call.full_name(), params.join(", "))));
    }

    /// Reads the arguments of a call that itself is wrong.
    fn arguments_of(&mut self, call: &'t Call) {
        for arg in &call.args {
            self.value(arg);
        }
    }

    pub(super) fn method(&mut self, node: &'t Node, of: &'t Node, call: &'t Call, safe: bool) -> Type {
        let ty = self.receiver(of, safe);
        if ty.is_open() {
            self.arguments_of(call);
            return ty;
        }
        let types = ty.members().into_iter().map(|member| self.method_of(node, of, &member, call));
        types.collect::<Vec<_>>().into_iter().fold(Type::Never, Type::join)
    }

    fn method_of(&mut self, node: &'t Node, of: &'t Node, ty: &Type, call: &'t Call) -> Type {
        if let Some(method) = self.table.method(ty, &call.name.text) {
            let given = self.primitive(call, method, Some((of, ty)));
            self.note_origin(node, &given, method);
            return given;
        }
        if let (Type::List(_) | Type::Listing(_), "contains", [item]) = (ty, call.name.text.as_str(), &call.args[..]) {
            let held = self.present(item);
            return self.membership(call.name.span, (item, held), (of, ty.clone()));
        }
        self.arguments_of(call);
        let diagnostic = self.no_method(of, ty, call);
        self.tell(diagnostic);
        Type::Open
    }
}
