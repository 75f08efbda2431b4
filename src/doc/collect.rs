//! Reads a runbook's tree into a document.

use std::collections::BTreeSet;

use super::document::{Document, Item, Step};
use super::said::{Said, Speaker, first_sentence};
use crate::check::Diagnostic;
use crate::check::shape::structure;
use crate::check::tree::{Arm, Block, Call, Function, Kind, Node, Pattern, Tree, unmarked};
use crate::check::types::Seeds;
use crate::runbook::{Loaded, Read, Repo, Site, issue, table};
use crate::script::{Effect, Primitive, Ty};

/// The document of a runbook that passes the check.
pub fn runbook(repo: &Repo, path: &str, site: &Site) -> Result<Document, Vec<Diagnostic>> {
    let Loaded { header, .. } = repo.load(path, site)?;
    let text = repo.files.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    let issues = repo.files.get("lib/issues.md").map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let Some(read) = repo.read(path, &text, site, &Seeds::new()) else { return Err(Vec::new()) };
    let issues = issues.unwrap_or_default();
    let steps = structure(&read.tree).filter(|call| call.name.text != "runbook");
    let steps = steps.map(|call| step(&read, &issues, call)).collect();
    let about = read.tree.docs.lines().map(unmarked).collect::<Vec<_>>().join("\n");
    let sum = repo.files.sums().get(path).map_or(String::new(), crate::runbook::pin::Sum::short);
    Ok(Document { path: path.to_owned(), sum, header, about, steps })
}

fn step(read: &Read, issues: &str, call: &Call) -> Step {
    let text = |at: usize| call.args.get(at).and_then(Node::as_text).unwrap_or_default().to_owned();
    let mut teller = Teller { read, tree: &read.tree, issues, inside: BTreeSet::new() };
    let items = call.args.last().map(|body| teller.node(body)).unwrap_or_default();
    Step {
        id: text(0),
        title: text(1),
        is_exit: call.name.text == "exit_gate",
        about: read.tree.comment_above(call.name.span.line),
        items,
    }
}

/// Tells what a part of a file does.
struct Teller<'r> {
    read: &'r Read,
    tree: &'r Tree,
    issues: &'r str,
    /// The functions that are being told: one that calls itself is told once.
    inside: BTreeSet<(&'r str, &'r str)>,
}

impl<'r> Teller<'r> {
    fn speaker(&self) -> Speaker<'r> {
        Speaker { read: self.read, tree: self.tree }
    }

    fn block(&mut self, block: &'r Block) -> Vec<Item> {
        let mut items = Vec::new();
        for node in &block.statements {
            let comment = self.tree.comment_above(node.span.line);
            let is_own = node.span.line > block.span.line;
            items.extend((is_own && !comment.is_empty()).then_some(Item::Text(comment)));
            items.extend(self.node(node));
        }
        items
    }

    fn nodes(&mut self, nodes: impl IntoIterator<Item = &'r Node>) -> Vec<Item> {
        nodes.into_iter().flat_map(|node| self.node(node)).collect()
    }

    fn node(&mut self, node: &'r Node) -> Vec<Item> {
        match &node.kind {
            Kind::Let { name, value: Some(value), .. } => self.definition(&name.text, value),
            Kind::Call(call) => self.call(node, None, call),
            Kind::Method { of, call, .. } => self.call(node, Some(of), call),
            Kind::Closure { function, .. } => {
                self.tree.closure(function).map(|function| self.block(&function.body)).unwrap_or_default()
            }
            Kind::If { condition, then, otherwise } => self.branch(condition, then, otherwise.as_ref()),
            Kind::Switch { value, arms } => self.switch(value, arms),
            Kind::For { name, over, body, .. } => {
                let over_said = Said::text(format!("for each {} in ", name.text)).then(self.speaker().expression(over));
                let asked = self.node(over);
                self.held(asked, body, |items| Item::Each { over: over_said, items })
            }
            Kind::While { condition, body } => {
                let over = Said::text("as long as ").then(self.speaker().condition(condition));
                let asked = self.node(condition);
                self.held(asked, body, |items| Item::Each { over, items })
            }
            Kind::Loop { body } | Kind::Do { body, .. } => {
                self.held(Vec::new(), body, |items| Item::Each { over: Said::text("again and again"), items })
            }
            Kind::Block(block) => self.block(block),
            _ => self.nodes(node.children()),
        }
    }

    /// What is asked or made last is what the name stands for; what is only computed is told as it is written.
    fn definition(&mut self, called: &str, value: &'r Node) -> Vec<Item> {
        let mut items = self.node(value);
        match items.last_mut() {
            Some(Item::Read { name, .. } | Item::Change { name, .. }) => *name = Some(called.to_owned()),
            Some(Item::Secret { .. } | Item::Procedure { .. } | Item::When { .. }) => {}
            _ if matches!(value.kind, Kind::If { .. } | Kind::Switch { .. } | Kind::Closure { .. }) => {}
            _ => items.push(Item::Name { name: called.to_owned(), value: self.speaker().expression(value) }),
        }
        items
    }

    /// What is asked first, then what a block does, under one heading; nothing for a block that does nothing.
    fn held(&mut self, mut before: Vec<Item>, body: &'r Block, wrap: impl FnOnce(Vec<Item>) -> Item) -> Vec<Item> {
        let items = self.block(body);
        before.extend((!items.is_empty()).then(|| wrap(items)));
        before
    }

    fn branch(&mut self, condition: &'r Node, then: &'r Block, otherwise: Option<&'r Block>) -> Vec<Item> {
        let said = Said::text("if ").then(self.speaker().condition(condition));
        let asked = self.node(condition);
        let mut items = self.held(asked, then, |items| Item::When { condition: said, items });
        if let Some(otherwise) = otherwise {
            let said = Said::text("if not (").then(self.speaker().condition(condition)).and(")");
            items = self.held(items, otherwise, |items| Item::When { condition: said, items });
        }
        items
    }

    fn switch(&mut self, value: &'r Node, arms: &'r [Arm]) -> Vec<Item> {
        let mut items = self.node(value);
        for arm in arms {
            let cases: Vec<String> = arm.patterns.iter().map(|pattern| self.pattern(pattern)).collect();
            let is = if cases.is_empty() { "anything else".to_owned() } else { cases.join(" or ") };
            let condition = Said::text("if ").then(self.speaker().expression(value)).and(&format!(" is {is}"));
            let inner = self.node(&arm.body);
            items.extend((!inner.is_empty()).then_some(Item::When { condition, items: inner }));
        }
        items
    }

    fn pattern(&self, pattern: &'r Pattern) -> String {
        match pattern {
            Pattern::Value(node) => self.speaker().written(node),
            Pattern::Unread(text, _) => text.clone(),
        }
    }

    fn call(&mut self, node: &'r Node, of: Option<&'r Node>, call: &'r Call) -> Vec<Item> {
        if let Some(item) = self.flow(of, call) {
            let mut items = self.nodes(&call.args);
            items.retain(|item| !matches!(item, Item::Read { .. }));
            items.push(item);
            return items;
        }
        if let Some(primitive) = self.read.primitive(self.tree, of, call) {
            return self.primitive(node, of, call, primitive);
        }
        let mut items = self.nodes(of);
        items.extend(self.nodes(&call.args));
        if let Some((tree, function)) = self.read.function(self.tree, call).filter(|_| of.is_none()) {
            items.extend(self.procedure(node, tree, function));
        }
        items
    }

    fn primitive(
        &mut self,
        node: &'r Node,
        of: Option<&'r Node>,
        call: &'r Call,
        primitive: &'static Primitive,
    ) -> Vec<Item> {
        let mut items = self.nodes(of);
        // What is asked among the arguments stands there already; what leaves a record is told all the same.
        let inner = self.nodes(&call.args);
        items.splice(0..0, inner.into_iter().filter(|item| !matches!(item, Item::Read { leaves_record: false, .. })));
        match primitive.effect {
            Effect::Change => items.push(self.change(node, call, primitive)),
            Effect::Read | Effect::Acts => {
                // A question to an answer is one question.
                let chained = of.is_some() && matches!(items.last(), Some(Item::Read { .. }));
                let earlier = chained.then(|| items.pop()).flatten();
                items.push(self.asked(node, primitive, earlier));
            }
            Effect::Pure | Effect::Flow => {}
        }
        items
    }

    fn asked(&self, node: &'r Node, primitive: &Primitive, earlier: Option<Item>) -> Item {
        let before = matches!(earlier, Some(Item::Read { leaves_record: true, .. }));
        Item::Read {
            what: self.speaker().expression(node),
            name: None,
            about: first_sentence(primitive.doc),
            leaves_record: before || primitive.effect == Effect::Acts,
        }
    }

    fn change(&self, node: &'r Node, call: &'r Call, primitive: &Primitive) -> Item {
        let maps = call.args.iter().zip(&primitive.params).filter(|(_, param)| matches!(param.ty, Ty::Options(_)));
        let fields = maps.filter_map(|(arg, _)| match &arg.kind {
            Kind::Map(fields) => Some(fields),
            _ => None,
        });
        let fields: Vec<_> = fields.flatten().collect();
        let confirmed = call.args.iter().zip(&primitive.params).find(|(_, param)| param.name == "confirm");
        let confirm = confirmed.map(|(arg, _)| arg);
        let confirm = confirm.or_else(|| fields.iter().find(|field| field.name.text == "confirm").map(|f| &f.value));
        let shown = fields.iter().filter(|field| field.name.text != "confirm");
        Item::Change {
            what: self.named(node, call),
            about: first_sentence(primitive.doc),
            options: shown
                .map(|field| (field.name.text.to_string(), self.speaker().expression(&field.value)))
                .collect(),
            irreversible: confirm.map(|node| self.speaker().value(node)),
            name: None,
        }
    }

    /// A call without the option map, which is shown beside it.
    fn named(&self, node: &'r Node, call: &'r Call) -> Said {
        let plain: Vec<&Node> = call.args.iter().filter(|arg| !matches!(arg.kind, Kind::Map(_))).collect();
        if plain.len() == call.args.len() {
            return self.speaker().expression(node);
        }
        let args: Vec<String> = plain.iter().map(|arg| self.speaker().written(arg)).collect();
        Said::code(format!("{}({})", call.full_name(), args.join(", "))).and(&self.speaker().meant(plain))
    }

    /// A function of a script, opened.
    fn procedure(&mut self, node: &'r Node, tree: &'r Tree, function: &'r Function) -> Option<Item> {
        let key = (tree.file.as_str(), function.name.as_str());
        if !self.inside.insert(key) {
            return None;
        }
        let call = Said::code(self.speaker().written(node));
        let outer = std::mem::replace(&mut self.tree, tree);
        let items = self.block(&function.body);
        self.tree = outer;
        self.inside.remove(&key);
        let docs: Vec<&str> = function.docs.iter().flat_map(|docs| docs.lines()).map(unmarked).collect();
        let place = format!("{}:{}", tree.file, function.span.line);
        (!items.is_empty()).then(|| Item::Procedure { call, place, about: docs.join("\n"), items })
    }

    /// What steers the run.
    fn flow(&self, of: Option<&Node>, call: &'r Call) -> Option<Item> {
        let name = call.plain_name().filter(|_| of.is_none())?;
        let value = |at: usize| call.args.get(at).map(|arg| self.speaker().value(arg)).unwrap_or_default();
        match name {
            "gate" | "gate_eq" | "gate_set" => Some(self.gate(name, call)),
            "attest" => Some(Item::Attest { id: value(0), question: value(1) }),
            "secret" => Some(Item::Secret { name: value(0), prompt: value(1) }),
            "wait_until" => Some(self.wait(call)),
            "note" | "warn" | "fail" => Some(Item::Say { kind: name.to_owned(), text: value(0) }),
            _ => None,
        }
    }

    fn gate(&self, kind: &str, call: &'r Call) -> Item {
        let speaker = self.speaker();
        let expected = match (kind, &call.args[..]) {
            ("gate", [_, holds, ..]) => speaker.condition(holds),
            ("gate_eq", [_, seen, wanted, ..]) => speaker.equal(seen, wanted),
            ("gate_set", [_, seen, wanted, ..]) => speaker.same_set(seen, wanted),
            _ => Said::default(),
        };
        let option = |name: &str| field(call, name);
        let said = |name: &str| option(name).map(|node| speaker.value(node));
        let issue = option("issue").and_then(Node::as_text).map(|id| self.known(id));
        Item::Gate {
            name: call.args.first().map(|arg| speaker.value(arg)).unwrap_or_default(),
            expected,
            about: call.args.get(1).filter(|_| kind == "gate").and_then(|holds| self.meaning(holds)),
            subject: said("subject"),
            issue,
            means: said("means"),
            next: said("next"),
            warns: matches!(option("warn").map(|node| &node.kind), Some(Kind::Bool(true))),
        }
    }

    /// What the reference says of the one field or method that a gate asks.
    fn meaning(&self, node: &Node) -> Option<String> {
        match &node.kind {
            Kind::Operator { symbol, operands, .. } if symbol == "!" => self.meaning(operands.first()?),
            Kind::Property { of, name, .. } => {
                let ty = self.read.reading.at(&self.tree.file, of.span)?;
                let field = ty.present().clone().members().iter().find_map(|ty| table().field(ty, &name.text))?;
                Some(first_sentence(field.doc))
            }
            Kind::Method { of, call, .. } => {
                self.read.primitive(self.tree, Some(of), call).map(|method| first_sentence(method.doc))
            }
            Kind::Call(call) => self.read.primitive(self.tree, None, call).map(|found| first_sentence(found.doc)),
            _ => None,
        }
    }

    /// A known issue by its id and heading.
    fn known(&self, id: &str) -> String {
        let section = issue(self.issues, id).unwrap_or_default();
        section.lines().next().map_or_else(|| id.to_owned(), str::to_owned)
    }

    fn wait(&self, call: &'r Call) -> Item {
        let speaker = self.speaker();
        let seconds = |name: &str| field(call, name).map(|node| speaker.expression(node).plain());
        let every = seconds("every").unwrap_or_else(|| "10".to_owned());
        let at_most = seconds("at_most").unwrap_or_default();
        let body = call.args.last().and_then(|arg| match &arg.kind {
            Kind::Closure { function, .. } => self.tree.closure(function)?.body.statements.last(),
            _ => None,
        });
        Item::Wait {
            what: call.args.first().map(|arg| speaker.value(arg)).unwrap_or_default(),
            until: body.map(|node| speaker.condition(node)).unwrap_or_default(),
            pace: format!("it looks every {every} s, and gives up after {at_most} s"),
        }
    }
}

/// The value of an option among a call's arguments.
fn field<'r>(call: &'r Call, name: &str) -> Option<&'r Node> {
    let fields = call.args.iter().filter_map(|arg| match &arg.kind {
        Kind::Map(fields) => Some(fields),
        _ => None,
    });
    fields.flatten().find(|field| field.name.text == name).map(|field| &field.value)
}
