//! Functions and closures of scripts: read once for each combination of types they are called with.

use std::ops::Range;

use super::super::super::message::Frame;
use super::super::super::tree::{Function, Name, Span};
use super::super::Type;
use super::super::infer::{Captured, Infer, Instance, Key};
use super::super::values::Values;
use super::missing::counted;
use super::wants::Want;
use crate::script::Primitive;

impl<'t> Infer<'t> {
    /// A closure as a value; its body is read where it is handed over.
    pub(in super::super) fn closure(&mut self, function: &'t str) -> Type {
        let captured = Captured { home: self.home, function, scope: self.scope.clone() };
        let known = self.closures.iter().position(|other| *other == captured);
        Type::Closure(known.unwrap_or_else(|| {
            self.closures.push(captured);
            self.closures.len() - 1
        }))
    }

    /// Calls what was handed over. `by` is the primitive that will call it.
    pub(super) fn enter(
        &mut self,
        ty: &Type,
        args: Vec<Type>,
        used: bool,
        at: Span,
        by: Option<&'static Primitive>,
    ) -> Type {
        match ty {
            Type::Closure(closure) => self.enter_closure(*closure, args, used, at, by),
            Type::Function(home, name) => {
                let tree = self.sources[*home].tree;
                match tree.named(name).find(|function| function.params.len() == args.len()) {
                    Some(function) => self.by_name(*home, function, args, at),
                    None => {
                        let message = format!("`{name}` is called here with {}", counted(args.len()));
                        self.tell(self.error("E0219", message, at).help("hand over a function that takes so many"));
                        Type::Open
                    }
                }
            }
            _ => Type::Open,
        }
    }

    fn enter_closure(
        &mut self,
        closure: usize,
        args: Vec<Type>,
        used: bool,
        at: Span,
        by: Option<&'static Primitive>,
    ) -> Type {
        let Captured { home, function, ref scope } = self.closures[closure];
        let scope = scope.clone();
        let tree = self.sources[home].tree;
        let Some(function) = tree.closure(function) else { return Type::Open };
        self.entered.insert((home, function.name.as_str()));
        let args = self.closure_arguments(function, args, at, by);
        let is_section = by.is_none_or(|by| matches!(by.name, "step" | "exit_gate"));
        let outer = (self.home, std::mem::replace(&mut self.scope, scope));
        let around = (self.in_closure, self.comparing.take());
        self.in_closure |= !is_section;
        self.home = home;
        let ty = self.body(function, args, used);
        (self.home, self.scope) = outer;
        (self.in_closure, self.comparing) = around;
        ty
    }

    fn closure_arguments(
        &mut self,
        function: &'t Function,
        args: Vec<Type>,
        at: Span,
        by: Option<&'static Primitive>,
    ) -> Vec<Type> {
        if function.params.len() == args.len() {
            return args;
        }
        if let Some(by) = by.filter(|by| !matches!(by.name, "step" | "exit_gate")) {
            let takes = if args.is_empty() { "no argument: || ..." } else { "1 argument: |x| ..." };
            let message = format!("the closure for {} takes {takes}", by.full_name());
            self.tell(self.error("E0219", message, at).note(by.signature()));
        }
        vec![Type::Open; function.params.len()]
    }

    /// Reads a body with its parameters in sight.
    fn body(&mut self, function: &'t Function, args: Vec<Type>, used: bool) -> Type {
        let outer =
            (std::mem::replace(&mut self.returned, Type::Never), std::mem::replace(&mut self.broken, Type::Never));
        let mut element = self.element.take();
        let drawn = self.drawn.take();
        let going = std::mem::take(&mut self.going);
        let value = self.scoped(|infer| {
            for (Name { text, span }, ty) in function.params.iter().zip(args) {
                infer.declare(text, *span, ty, false);
                let variable = infer.variables.len() - 1;
                infer.draw(drawn);
                match element.take() {
                    Some(values) => infer.keep(variable, Some(values)),
                    None => infer.keep_parameter(variable),
                }
            }
            infer.statements(&function.body.statements, used)
        });
        let result = std::mem::replace(&mut self.returned, outer.0).join(value);
        self.broken = outer.1;
        self.going = going;
        result
    }

    /// A function that somebody else calls, with nobody knows what.
    fn by_name(&mut self, home: usize, function: &'t Function, args: Vec<Type>, at: Span) -> Type {
        let count = args.len();
        let types = args.clone();
        let (given, first) = self.instance_at(home, function, args, at);
        let wants = self.wants_of(home, function, &types);
        self.tell_wants_at(at, function, &wants, &types);
        for at in first.into_iter().flat_map(|first| first..first + count) {
            self.handed.entry(at).or_default().push(Values::default());
        }
        given
    }

    /// A function of a file with these arguments; what it does counts for who calls it. With the variable of its first
    /// parameter, where its body was read.
    pub(in super::super) fn instance_at(
        &mut self,
        home: usize,
        function: &'t Function,
        args: Vec<Type>,
        at: Span,
    ) -> (Type, Option<usize>) {
        let key: Key = (home, function.name.clone(), args);
        if let Some(known) = self.instances.get_mut(&key) {
            known.recursed |= !known.done;
            let (result, uses, first) = (known.result.clone(), known.uses.clone(), known.first);
            self.uses.extend(uses);
            return (result, Some(first));
        }
        let Some(fuel) = self.fuel.checked_sub(1).filter(|_| self.frames.len() < 48) else {
            let diagnostic =
                self.error("E0220", format!("calls of `{}` cannot be followed to an end", function.name), at);
            self.tell(diagnostic.help("write it without functions that call each other with ever new values"));
            return (Type::Open, None);
        };
        self.fuel = fuel;
        let what = format!("fn {}({})", key.1, key.2.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        self.frames.push(Frame { what, file: self.tree().file.clone(), span: at });
        let result = self.settle(home, function, &key);
        self.frames.pop();
        let first = self.instances.get(&key).map(|instance| instance.first);
        (result, first)
    }

    /// What a function lacks that was read with these types.
    pub(super) fn wants_of(&self, home: usize, function: &Function, types: &[Type]) -> Vec<Want> {
        if !self.is_lacking {
            return Vec::new();
        }
        let is_it = |key: &&Key| (key.0, &key.1, &key.2[..]) == (home, &function.name, types);
        let lacks = |(key, instance): (&Key, &Instance)| {
            (is_it(&key) && !instance.wants.is_empty()).then(|| instance.wants.clone())
        };
        self.instances.iter().find_map(lacks).unwrap_or_default()
    }

    /// A function that calls itself is read again with what was found, until that does not change.
    fn settle(&mut self, home: usize, function: &'t Function, key: &Key) -> Type {
        let around = (std::mem::take(&mut self.in_closure), self.comparing.take());
        let outer = std::mem::take(&mut self.uses);
        let (wants, of) = (std::mem::take(&mut self.wants), self.function.replace(function));
        let begun = Instance {
            result: Type::Never,
            uses: Vec::new(),
            done: false,
            recursed: false,
            first: 0,
            wants: Vec::new(),
        };
        self.instances.insert(key.clone(), begun);
        let mut result = Type::Never;
        for _ in 0..3 {
            self.uses.clear();
            if let Some(instance) = self.instances.get_mut(key) {
                instance.first = self.variables.len();
            }
            let args = key.2.clone();
            let given = self.at_home(home, |infer| infer.body(function, args, true));
            let Some(instance) = self.instances.get_mut(key) else { break };
            let settled = !instance.recursed || given == result;
            result = given;
            instance.result = result.clone();
            if settled {
                break;
            }
        }
        (self.in_closure, self.comparing) = around;
        self.function = of;
        let wants = std::mem::replace(&mut self.wants, wants);
        let uses = std::mem::replace(&mut self.uses, outer);
        self.uses.extend(uses.iter().cloned());
        if let Some(instance) = self.instances.get_mut(key) {
            instance.done = true;
            instance.uses = uses;
            self.is_lacking |= !wants.is_empty();
            instance.wants = wants;
        }
        result
    }

    /// What a function is called with elsewhere, where that is known.
    fn seeded(&self, home: usize, function: &Function) -> Vec<Type> {
        let open = || vec![Type::Open; function.params.len()];
        if self.seeds.is_empty() {
            return open();
        }
        let key = (self.sources[home].tree.file.clone(), function.name.to_string());
        self.seeds.get(&key).filter(|args| args.len() == function.params.len()).cloned().unwrap_or_else(open)
    }

    /// Functions of these files that nobody calls, and closures, are read with arguments of which nothing is known.
    pub(in super::super) fn uncalled(&mut self, homes: Range<usize>) {
        for home in homes {
            for function in self.sources[home].tree.declared() {
                let met = self.instances.keys().any(|(at, name, args)| {
                    *at == home && *name == function.name && args.len() == function.params.len()
                });
                if !met {
                    let args = self.seeded(home, function);
                    self.at_home(home, |infer| infer.body(function, args, true));
                }
            }
        }
        let mut at = 0;
        while at < self.closures.len() {
            let Captured { home, function, .. } = self.closures[at];
            let params = self.sources[home].tree.closure(function).map_or(0, |function| function.params.len());
            if !self.entered.contains(&(home, function)) {
                self.enter_closure(at, vec![Type::Open; params], true, Span::default(), None);
            }
            at += 1;
        }
    }
}
