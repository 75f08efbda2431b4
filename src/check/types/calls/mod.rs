//! Who is called: a function of this file, of a library, of the host; a method. Beside this stands what it is given:
//! arguments, options and receivers, in their places and of their types.

pub(super) mod advice;
pub(super) mod arguments;
mod charms;
mod exchanged;
mod files;
pub(super) mod fit;
mod functions;
mod members;
pub(super) mod missing;
mod options;
pub(super) mod order;
mod programs;
pub(super) mod receiver;
pub(super) mod wants;

use super::super::message::Diagnostic;
use super::super::tree::{Call, Function, Node};
use super::Type;
use super::infer::Infer;
use super::values::blame::Odd;

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
                let named = |at: usize| function.params.get(at).map(|param| param.text.as_str());
                let crossed = self.crossed(call, named).filter(|told| !self.is_over_a_mistake(told, usize::MAX));
                let before = self.told_so_far();
                let (given, first) = self.instance_at(home, function, args.clone(), call.name.span);
                let wants = self.wants_of(home, function, &args);
                self.tell_wants(call, function, &wants, &args);
                let crossed = crossed.or_else(|| self.exchanged((home, function), call, &args, before));
                crossed.into_iter().for_each(|told| self.tell_instead(told, before));
                first.into_iter().for_each(|first| self.handed(first, call));
                let params = function.params.iter().zip(&call.args);
                params.for_each(|(param, arg)| self.of_one_row(&call.name.text, &param.text, arg));
                given
            }
            None => {
                self.wrong_count(home, call);
                Type::Open
            }
        }
    }

    /// Two arguments with which the function is wrong, and with which it is right in each other's place.
    fn exchanged(
        &mut self,
        (home, function): (usize, &'t Function),
        call: &'t Call,
        args: &[Type],
        before: usize,
    ) -> Option<Diagnostic> {
        if !self.is_outermost() || !self.has_errors(before) {
            return None;
        }
        let pairs = (0..args.len()).flat_map(|a| (a + 1..args.len()).map(move |b| (a, b)));
        for (a, b) in pairs.filter(|(a, b)| args[*a] != args[*b]) {
            let mut others = args.to_vec();
            others.swap(a, b);
            if self.tried(|infer| _ = infer.instance_at(home, function, others, call.name.span)) {
                let params = &function.params;
                return self.in_each_others_place(call, &[a, b], |at| params.get(at).map(|param| param.text.as_str()));
            }
        }
        None
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
        let mut members = ty.members();
        // Maps of one list that lack it are told once, whatever fields each has.
        let lacks = |ty: &Type| matches!(ty, Type::Map(_)) && self.table.method(ty, &call.name.text).is_none();
        let mut is_first = true;
        members.retain(|ty| !lacks(ty) || std::mem::take(&mut is_first));
        let types = members.into_iter().map(|member| self.method_of(node, of, &member, call));
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
        let given: Vec<Type> = call.args.iter().map(|arg| self.value(arg)).collect();
        let diagnostic = self.no_method(of, ty, call, &given);
        let diagnostic = self.blamed(diagnostic, of, &Odd::Of(ty.clone()));
        self.tell(diagnostic);
        Type::Open
    }
}
