//! Statements: what they declare, and how their ways come together.

use super::super::message::Diagnostic;
use super::super::tree::{Arm, Block, Call, Kind, Name, Node, Pattern, Span};
use super::Type;
use super::calls::arguments::is_gate;
use super::gates::certain::Run;
use super::gates::each::Going;
use super::gates::turned::Entered;
use super::infer::Infer;
use super::values::Values;
use super::values::blame::Odd;
use super::values::held::{Bound, emptiness};
use super::values::words;
use crate::script::{Effect, Primitive};

impl<'t> Infer<'t> {
    /// A block's value is that of its last statement.
    pub(super) fn block(&mut self, block: &'t Block, used: bool) -> Type {
        self.scoped(|infer| infer.statements(&block.statements, used))
    }

    pub(super) fn statements(&mut self, statements: &'t [Node], used: bool) -> Type {
        let mut ends = false;
        let mut last = Type::Unit;
        let mut before = Vec::new();
        let mut passed = Vec::new();
        let mut asked = Run::default();
        let mut cut = None;
        for (at, node) in statements.iter().enumerate() {
            let is_last = at + 1 == statements.len();
            if at > 0 && last == Type::Never && statements[at - 1].leaves() {
                cut = Some((at, self.uses.len()));
            }
            last = self.node(node, used && is_last);
            if !(used && is_last) {
                self.idle(node, &last);
            }
            self.asked_before(node, &mut asked);
            ends |= last == Type::Never;
            // Behind `if x == () { return; }` x is there.
            if let Kind::If { condition, then, otherwise: None } = &node.kind
                && then.statements.last().is_some_and(Node::leaves)
            {
                before.extend(self.granted(condition, false));
                passed.push((condition, at + 1, self.uses.len()));
            }
        }
        if let Some((at, begun)) = cut {
            self.unreached(&statements[at], &statements[at - 1], begun);
        }
        for (condition, at, begun) in passed {
            self.turned_round(condition, false, &statements[at..], Entered { asked: begun, begun });
        }
        self.put_back(before);
        if ends { Type::Never } else { last }
    }

    /// What stands behind a `return` is never done. Where gates do, they are meant, and what leaves before them is not.
    fn unreached(&mut self, node: &'t Node, before: &'t Node, begun: usize) {
        let line = before.span.line;
        let told = self.error("E0227", "this is never reached", node.span);
        let told = told.note(format!("line {line} leaves here always"));
        if !self.uses[begun..].iter().any(|one| is_gate(one.primitive)) {
            return self.tell(told.help("take it out, or move it before that line"));
        }
        let leaves = match &before.kind {
            Kind::Return { throws: false, .. } => "the `return`",
            Kind::Break { .. } => "the `break`",
            Kind::Continue => "the `continue`",
            Kind::Call(_) => "the `fail`",
            _ => "what leaves",
        };
        let told = told.note("gates stand here that nobody asks: what they should prove is taken for proved");
        self.tell(told.help(format!("take out {leaves} on line {line}; or move it behind the gates")));
    }

    /// A value that is computed and thrown away: mostly a gate that was forgotten.
    fn idle(&mut self, node: &'t Node, ty: &Type) {
        let computes = match &node.kind {
            Kind::Operator { .. } | Kind::Lazy { .. } | Kind::Template(_) | Kind::Variable { .. } => true,
            Kind::Property { .. } | Kind::Index { .. } | Kind::Array(_) | Kind::Map(_) | Kind::Closure { .. } => true,
            Kind::Bool(_) | Kind::Int(_) | Kind::Text(_) | Kind::Char(_) => true,
            Kind::Method { call, .. } => {
                matches!(ty, Type::Bool | Type::Named("Answer") | Type::Maybe(_)) || self.is_look(call, ty)
            }
            Kind::Call(call) => matches!(ty, Type::Bool | Type::Named("Answer")) || self.is_look(call, ty),
            _ => false,
        };
        if computes && *ty != Type::Never {
            let text = self.text(node);
            let mut diagnostic = self.error("E0226", "this value is used by nobody", node.span);
            if ty.may_be(&Type::Bool) || *ty == Type::Named("Answer") {
                diagnostic = diagnostic.help(format!("to judge it, write gate(\"name\", {text});"));
            } else if matches!(node.kind, Kind::Call(_) | Kind::Method { .. }) {
                diagnostic = diagnostic.help("ask a gate about what it gives; or write the change that was meant");
            }
            self.tell(diagnostic);
        }
    }

    /// Whether a call only looks, and gives what it saw.
    fn is_look(&self, call: &Call, ty: &Type) -> bool {
        let looks = |primitive: &'static Primitive| matches!(primitive.effect, Effect::Read | Effect::Pure);
        // A closure may do something on its way.
        let hands_over = call.args.iter().any(|arg| matches!(arg.kind, Kind::Closure { .. }));
        if ty.may_be(&Type::Unit) || ty.is_open() || hands_over {
            return false;
        }
        match &call.path[..] {
            [root] => self.table.function(&root.text, &call.name.text).is_some_and(looks),
            [] if call.is_method => {
                let mut methods = self.table.methods_named(&call.name.text).peekable();
                methods.peek().is_some() && methods.all(looks) && self.tree().closure(&call.name.text).is_none()
            }
            _ => false,
        }
    }

    pub(super) fn statement(&mut self, node: &'t Node, used: bool) -> Type {
        match &node.kind {
            Kind::If { condition, then, otherwise } => self.branch(condition, then, otherwise.as_ref(), used),
            Kind::Switch { value, arms } => self.switch(value, arms, used),
            Kind::While { condition, body } => {
                self.endless(node.span, Some(condition), body);
                self.repeat(|infer| {
                    infer.condition(condition);
                    infer.block(body, false);
                })
            }
            Kind::Do { body, condition, .. } => self.repeat(|infer| {
                infer.block(body, false);
                infer.condition(condition);
            }),
            Kind::Loop { body } => {
                self.endless(node.span, None, body);
                self.repeat(|infer| {
                    infer.block(body, false);
                })
            }
            Kind::For { name, counter, over, body } => self.go_through(name, counter.as_deref(), over, body),
            Kind::Let { name, value, exported, .. } => self.definition(name, value.as_deref(), *exported),
            Kind::Assign { target, symbol, at, value } => self.assign(target, symbol, *at, value),
            Kind::Return { value, throws } => self.leave(value.as_deref(), *throws),
            Kind::Break { value } => {
                let ty = value.as_ref().map_or(Type::Unit, |value| self.value(value));
                self.broken = std::mem::replace(&mut self.broken, Type::Never).join(ty);
                Type::Never
            }
            Kind::Continue => Type::Never,
            Kind::Block(block) => self.block(block, used),
            Kind::Try { body, handler, .. } => {
                let body = self.block(body, used);
                body.join(self.block(handler, used))
            }
            Kind::Export { name, .. } => {
                self.read_variable(&name.text);
                Type::Unit
            }
            _ => Type::Unit,
        }
    }

    fn branch(&mut self, condition: &'t Node, then: &'t Block, otherwise: Option<&'t Block>, used: bool) -> Type {
        self.condition(condition);
        self.decided_condition(condition);
        let before = self.granted(condition, true);
        let first = self.uses.len();
        let within = then.span;
        let then = self.way(condition, true, then, used, first);
        let second = self.uses.len();
        self.put_back(before);
        let before = self.granted(condition, false);
        let third = self.uses.len();
        let otherwise = otherwise.map_or(Type::Unit, |block| self.way(condition, false, block, used, first));
        self.never_taken(condition, ((first, second), third));
        self.put_back(before);
        if self.in_exit && self.is_outermost() && otherwise != Type::Never {
            self.passed_by(condition, within, (first, second));
        }
        then.join(otherwise)
    }

    /// A block that is entered where the condition holds, or does not.
    fn way(&mut self, condition: &'t Node, holds: bool, block: &'t Block, used: bool, asked: usize) -> Type {
        let begun = self.uses.len();
        self.scoped(|infer| {
            let ty = infer.statements(&block.statements, used);
            infer.turned_round(condition, holds, &block.statements, Entered { asked, begun });
            ty
        })
    }

    fn switch(&mut self, value: &'t Node, arms: &'t [Arm], used: bool) -> Type {
        let over = self.present(value);
        for pattern in arms.iter().flat_map(|arm| &arm.patterns) {
            self.case(value, &over, pattern);
        }
        let has_default = arms.iter().any(|arm| arm.patterns.is_empty() && arm.guard.is_none());
        let mut joined = if has_default { Type::Never } else { Type::Unit };
        for arm in arms {
            if let Some(guard) = &arm.guard {
                self.condition(guard);
            }
            let ty = self.scoped(|infer| infer.node(&arm.body, used));
            joined = joined.join(ty);
        }
        joined
    }

    fn case(&mut self, value: &'t Node, over: &Type, pattern: &'t Pattern) {
        let Pattern::Value(case) = pattern else { return };
        let ty = match &case.kind {
            Kind::Operator { symbol, .. } if symbol.starts_with("..") => Type::Int,
            _ => self.node(case, true),
        };
        if let Some(words) = words::vocabulary(over) {
            self.spell(words, case);
        }
        let is_any = |is: fn(&Type) -> bool| over.each().any(is);
        let textual = ty == Type::Text && is_any(Type::is_text) || ty == Type::Int && is_any(Type::is_int);
        let fits = textual || matches!(ty, Type::Bool | Type::Char) && over.may_be(&ty);
        if fits || over.is_open() || ty.is_open() {
            return;
        }
        let what = self.text(value);
        let message = format!("`{what}` is {}; it never equals {}", over.described(), ty.described());
        self.tell(self.error("E0224", message, case.span));
    }

    /// A loop is read again while its own turns widen the types of variables.
    fn repeat(&mut self, turn: impl Fn(&mut Self)) -> Type {
        let outer = std::mem::replace(&mut self.broken, Type::Never);
        for _ in 0..4 {
            let before: Vec<Type> = self.types_in_sight();
            self.scoped(&turn);
            if self.types_in_sight() == before {
                break;
            }
        }
        let broken = std::mem::replace(&mut self.broken, outer);
        if broken == Type::Never { Type::Unit } else { broken }
    }

    fn types_in_sight(&self) -> Vec<Type> {
        self.scope.iter().map(|at| self.variables[*at].ty.clone()).collect()
    }

    fn go_through(&mut self, name: &'t Name, counter: Option<&'t Name>, over: &'t Node, body: &'t Block) -> Type {
        let list = self.present(over);
        let member = self.member(over, &list);
        let members = self.members(over);
        self.hold(over, Bound::Filled(None));
        self.never_filled(over, &emptiness(None));
        self.never_turns(over);
        self.twice_in_order(over);
        let turned = self.repeat(|infer| {
            if let Some(counter) = counter {
                infer.declare(&counter.text, counter.span, Type::Int, true);
            }
            // A member that nobody reads is a count of turns.
            infer.declare(&name.text, name.span, member.clone(), false);
            infer.holds(infer.variables.len() - 1, over);
            infer.draw(Some(over));
            infer.keep(infer.variables.len() - 1, members.clone());
            infer.going.push(Going::new(name, counter, body));
            infer.block(body, false);
            infer.going.pop();
        });
        self.made_anew(name, body);
        turned
    }

    /// What a list is made of.
    fn member(&mut self, over: &'t Node, list: &Type) -> Type {
        let members = list.clone().members().into_iter().map(|ty| match ty {
            Type::Open | Type::Never => Ok(Type::Open),
            Type::List(of) => Ok(*of),
            Type::Listing(name) => Ok(Type::Named(name)),
            Type::Range => Ok(Type::Int),
            other => Err(other),
        });
        match members.collect::<Result<Vec<Type>, Type>>() {
            Ok(types) => types.into_iter().fold(Type::Never, Type::join),
            Err(Type::Any) => self.untold(over),
            Err(other) => {
                let message =
                    format!("`for` goes through a list or a range; `{}` is {}", self.text(over), other.described());
                let told = self.error("E0217", message, over.span);
                let is_list = |ty: &Type| matches!(ty, Type::List(_));
                let told = match (self.sibling(over, is_list), &other) {
                    (Some(list), _) => told.help(format!("the list is {list}")),
                    (None, Type::Text | Type::Word(_)) => told.help(format!(
                        "a list of one: [{0}]; the parts of a text: {0}.split(\",\")",
                        self.copied(over)
                    )),
                    (None, Type::Int | Type::Within(_)) => {
                        told.help(format!("as many turns: 0..{}", self.copied(over)))
                    }
                    _ => told,
                };
                let told = self.blamed(told, over, &Odd::Of(other));
                self.tell(told);
                Type::Open
            }
        }
    }

    fn definition(&mut self, name: &'t Name, value: Option<&'t Node>, exported: bool) -> Type {
        let Some(value) = value else {
            let diagnostic = self.error("E0213", format!("`{}` begins without a value", name.text), name.span);
            let help = format!("give it one: let {0} = if ... {{ ... }} else {{ ... }};", name.text);
            self.tell(diagnostic.help(help));
            self.declare(&name.text, name.span, Type::Open, true);
            return Type::Unit;
        };
        let ty = self.value(value);
        self.unit_in_name(name, value, &ty);
        let is_waived = name.text.starts_with('_') || exported;
        // A list may be filled later, and a name be set in a turn of a loop: that is never all.
        let values = self.values(value).map(|values| Values { whole: false, ..values });
        self.declare(&name.text, name.span, ty, !is_waived);
        self.holds(self.variables.len() - 1, value);
        self.keep(self.variables.len() - 1, values);
        Type::Unit
    }

    fn leave(&mut self, value: Option<&'t Node>, throws: bool) -> Type {
        let ty = value.map_or(Type::Unit, |value| self.node(value, true));
        if !throws {
            self.returned = std::mem::replace(&mut self.returned, Type::Never).join(ty);
        }
        Type::Never
    }

    fn assign(&mut self, target: &'t Node, symbol: &str, at: Span, value: &'t Node) -> Type {
        let given = self.value(value);
        match &target.kind {
            Kind::Variable { path, name } if path.is_empty() => {
                self.assign_variable(name, symbol, at, target, given, value)
            }
            Kind::Property { of, .. } | Kind::Index { of, .. } => {
                self.assign_part(target, of, symbol, at, given, value)
            }
            _ => {
                let message = format!("`{}` cannot be changed", self.text(target));
                self.tell(self.error("E0214", message, target.span));
            }
        }
        Type::Unit
    }

    fn assign_variable(
        &mut self,
        name: &'t Name,
        symbol: &str,
        at: Span,
        target: &'t Node,
        given: Type,
        value: &'t Node,
    ) {
        let Some(variable) = self.lookup(&name.text) else { return };
        self.variables[variable].set = true;
        let held = self.variables[variable].ty.clone();
        let given = match symbol.strip_suffix('=') {
            Some(operator) if !operator.is_empty() => self.binary(operator, at, (target, held.clone()), (value, given)),
            _ => given,
        };
        self.widen(variable, name, held, given, value);
    }

    fn widen(&mut self, variable: usize, name: &'t Name, held: Type, given: Type, value: &'t Node) {
        let joined = held.clone().join(given.clone());
        if matches!(joined, Type::Either(_)) && !matches!(held, Type::Either(_)) {
            let message = format!("`{}` holds {}; this is {}", name.text, held.described(), given.described());
            self.tell(self.error("E0215", message, value.span).help("give the other value a name of its own"));
            return;
        }
        self.variables[variable].ty = joined;
    }

    /// A part of a list or a map that a variable holds; what the host gave cannot be changed.
    fn assign_part(&mut self, target: &'t Node, of: &'t Node, symbol: &str, at: Span, given: Type, value: &'t Node) {
        if let Some(diagnostic) = self.immutable(target, of) {
            self.tell(diagnostic);
            return;
        }
        if let Kind::Variable { name, .. } = &of.root().kind
            && let Some(variable) = self.lookup(&name.text)
        {
            self.variables[variable].set = true;
        }
        if let Some(diagnostic) = self.not_in_the_map(target) {
            self.tell(diagnostic);
            return;
        }
        let held = self.node(target, true);
        let given = match symbol.strip_suffix('=') {
            Some(operator) if !operator.is_empty() => self.binary(operator, at, (target, held.clone()), (value, given)),
            _ => given,
        };
        let (held, given) = (held.wordless(), given.wordless());
        let alike = held.clone().join(given.clone()) == held || held.is_open() || given.is_open();
        if !alike {
            let message = format!("`{}` holds {}; this is {}", self.text(target), held.described(), given.described());
            self.tell(self.error("E0215", message, value.span));
        }
    }

    fn immutable(&mut self, target: &'t Node, of: &'t Node) -> Option<Diagnostic> {
        let root = of.root();
        let message = format!("`{}` cannot be set", self.text(target));
        if let Kind::Variable { path, .. } = &root.kind
            && path.is_empty()
        {
            let mut inner = of;
            loop {
                let ty = self.node(inner, true);
                if let Type::Named(name) = ty {
                    let change =
                        "to compare it, write ==; to change it in the cloud, call a function that does (ensure_...)";
                    let diagnostic = self.error("E0214", message, target.span);
                    return Some(
                        diagnostic.note(format!("a {name} shows what a service said and is immutable")).help(change),
                    );
                }
                match &inner.kind {
                    Kind::Property { of, .. } | Kind::Index { of, .. } => inner = of,
                    _ => return None,
                }
            }
        }
        let diagnostic = self.error("E0214", message, target.span);
        Some(diagnostic.note("only what a variable of this function holds can be set; here a copy would be changed"))
    }
}
