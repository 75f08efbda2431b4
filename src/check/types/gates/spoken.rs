//! What a gate says that it speaks of: one thing by its name or its subject, while it looks at another one of the same kind
//! that is in sight beside it. Where the two have anything to do with each other, or the words name the other too, nothing
//! is told.

use std::collections::{BTreeMap, BTreeSet};

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Node};
use super::super::Type;
use super::super::infer::Infer;

/// More names that stand for each other than anybody writes.
const DEEP: usize = 8;

/// What an expression is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Root<'t> {
    /// A variable, by its number.
    Variable(usize),
    /// A constant of a library: its file, and its name there.
    Constant(usize, &'t str),
}

/// All that an expression is made of, near and far.
#[derive(Default)]
struct Roots<'t> {
    all: BTreeSet<Root<'t>>,
    /// Whether something is in it of which nobody knows what it is made of.
    is_unsure: bool,
}

impl<'t> Infer<'t> {
    /// `gate_eq("power", other.power, "on", #{ subject: host.name })`, where both are machines.
    pub(super) fn speaks_of_another(&mut self, call: &'t Call) {
        let is_compared = call.name.text != "gate";
        let [name, seen, rest @ ..] = &call.args[..] else { return };
        let Some((said, spoken)) = spoken_of(name, rest.get(usize::from(is_compared))) else { return };
        let Some(root) = self.root_of(said) else { return };
        let wanted = rest.first().filter(|_| is_compared);
        let mut asked = Roots::default();
        [Some(seen), wanted].into_iter().flatten().for_each(|node| self.roots(node, &mut asked, 0));
        let mut own = Roots::default();
        self.roots(said, &mut own, 0);
        // Two things of one list of lib/ are two.
        let is_shared = |one: &Root<'t>| asked.all.contains(one) && (*one == root || matches!(one, Root::Variable(_)));
        if asked.is_unsure || own.is_unsure || own.all.iter().any(is_shared) {
            return;
        }
        let by_name = || self.another_by_name(root, [Some(seen), wanted]).map(|other| (other, root));
        let Some((other, like)) = self.other_of_its_kind(root, &asked, said).or_else(by_name) else { return };
        if self.is_named(other, said, [name, spoken]) || self.are_one(other, like) {
            return;
        }
        let other = self.name_of(other);
        let message = format!("the gate speaks of `{}`, and looks at `{other}`", self.text(said));
        let told = Diagnostic::warning("W0356", message, &self.tree().file, said.span);
        let like = self.name_of(like);
        let told = told.note("the report would give the one the answer of the other");
        self.tell(told.help(format!("look at `{like}`, or name `{other}`")));
    }

    fn root_of(&self, node: &Node) -> Option<Root<'t>> {
        let Kind::Variable { path, name } = &node.root().kind else { return None };
        match &path[..] {
            [] => self.only(&name.text).map(Root::Variable),
            [root] => {
                let home = self.library(&root.text)?;
                let (name, _) = self.sources[home].exports.get_key_value(name.text.as_str())?;
                Some(Root::Constant(home, name))
            }
            _ => None,
        }
    }

    /// What an expression is made of, through the names that are given once.
    fn roots(&self, node: &'t Node, found: &mut Roots<'t>, deep: usize) {
        found.is_unsure |= deep > DEEP;
        node.walk(&mut |node| match &node.kind {
            Kind::Variable { path, .. } if path.is_empty() || self.library(&path[0].text).is_some() => {
                match self.root_of(node) {
                    Some(root) => self.roots_behind(root, found, deep),
                    None => found.is_unsure = true,
                }
            }
            // What a function of a script makes may be of anything.
            Kind::Call(call) => found.is_unsure |= self.is_of_a_script(call),
            Kind::Closure { .. } => found.is_unsure = true,
            _ => {}
        });
    }

    fn roots_behind(&self, root: Root<'t>, found: &mut Roots<'t>, deep: usize) {
        let Root::Variable(at) = root else {
            found.all.insert(root);
            return;
        };
        let variable = &self.variables[at];
        found.is_unsure |= variable.set || variable.home != self.home || self.is_given_another(variable.name);
        if found.all.insert(root) && !found.is_unsure {
            variable.value.into_iter().for_each(|value| self.roots(value, found, deep + 1));
        }
    }

    pub(super) fn is_of_a_script(&self, call: &Call) -> bool {
        match &call.path[..] {
            [] => self.tree().named(&call.name.text).next().is_some(),
            [root] => self.library(&root.text).is_some(),
            _ => true,
        }
    }

    /// What is looked at, of the kind of what is named; and what of that kind belongs to what is named.
    fn other_of_its_kind(&self, root: Root<'t>, asked: &Roots<'t>, said: &'t Node) -> Option<(Root<'t>, Root<'t>)> {
        let kind = self.kind_of(root)?;
        let is_part = !matches!(said.kind, Kind::Variable { .. });
        if let (true, Some(other)) = (is_part && is_thing(&kind), self.asked_like(&kind, root, asked)) {
            return Some((other, root));
        }
        // `host` is a name, and `machine` beside it the machine of that name.
        let Root::Variable(own) = root else { return None };
        let of_it = self.scope.iter().copied().filter(|at| *at != own).filter(|at| {
            let mut roots = Roots::default();
            self.roots_behind(Root::Variable(*at), &mut roots, 0);
            !roots.is_unsure && roots.all.contains(&root) && matches!(self.variables[*at].ty, Type::Named(_))
        });
        of_it.map(Root::Variable).find_map(|like| {
            let other = self.asked_like(&self.kind_of(like)?, like, asked)?;
            Some((other, like))
        })
    }

    /// `maas::machine(other).power`, where the function finds machines by `host` too.
    fn another_by_name(&self, root: Root<'t>, asked: [Option<&'t Node>; 2]) -> Option<Root<'t>> {
        let Root::Variable(own) = root else { return None };
        let body = &self.function.filter(|_| self.variables[own].ty.is_text())?.body;
        let name = self.variables[own].name;
        let mut others = Vec::new();
        let note = |node: &'t Node, others: &mut Vec<(&'t Call, usize, &'t str)>| {
            let Kind::Call(call) = &node.kind else { return };
            let args = call.args.iter().enumerate().filter(|_| !call.path.is_empty());
            others.extend(args.filter_map(|(at, arg)| Some((call, at, arg.as_variable()?.text.as_str()))));
        };
        asked.into_iter().flatten().for_each(|node| node.walk(&mut |node| note(node, &mut others)));
        others.retain(|(.., other)| *other != name);
        if others.is_empty() {
            return None;
        }
        let mut found = Vec::new();
        body.statements.iter().for_each(|node| node.walk(&mut |node| note(node, &mut found)));
        let is_found = |(call, at, _): &&(&Call, usize, &str)| {
            let is_it = |(one, place, other): &(&Call, usize, &str)| {
                *other == name && place == at && one.full_name() == call.full_name()
            };
            found.iter().any(is_it)
        };
        let (.., other) = others.iter().find(is_found)?;
        self.only(other).filter(|at| self.variables[*at].ty.is_text()).map(Root::Variable)
    }

    /// What is looked at that is of a kind; constants are taken for known only where nothing else is looked at.
    fn asked_like(&self, kind: &Type, root: Root<'t>, asked: &Roots<'t>) -> Option<Root<'t>> {
        let is_constant = |root: &Root<'t>| matches!(root, Root::Constant(..));
        let is_kept = |one: &Root<'t>| match one {
            Root::Variable(at) => self.variables[*at].declared,
            Root::Constant(..) => true,
        };
        if is_constant(&root) && !asked.all.iter().all(is_kept) {
            return None;
        }
        let is_like = |one: &&Root<'t>| {
            is_constant(one) == is_constant(&root) && self.kind_of(**one).is_some_and(|other| are_alike(kind, &other))
        };
        asked.all.iter().find(is_like).copied()
    }

    /// Whether both are read by the same, as before a change and behind it.
    fn are_one(&self, a: Root<'t>, b: Root<'t>) -> bool {
        let (Root::Variable(a), Root::Variable(b)) = (a, b) else { return false };
        let (Some(a), Some(b)) = (self.variables[a].value, self.variables[b].value) else { return false };
        let alike = |a: &'t Node, b: &'t Node| {
            let shown = |node| self.values(node).and_then(|values| values.all_shown());
            let are_met = || shown(a).zip(shown(b)).is_some_and(|(a, b)| a.iter().any(|one| b.contains(one)));
            self.tree().text(a.span) == self.tree().text(b.span) || are_met()
        };
        match (&a.kind, &b.kind) {
            (Kind::Call(one), Kind::Call(other)) if one.full_name() == other.full_name() => {
                one.args.len() == other.args.len() && one.args.iter().zip(&other.args).all(|(a, b)| alike(a, b))
            }
            (Kind::Method { of, call: one, .. }, Kind::Method { of: others, call: other, .. })
                if one.name.text == other.name.text =>
            {
                alike(of, others) && one.args.iter().zip(&other.args).all(|(a, b)| alike(a, b))
            }
            _ => alike(a, b),
        }
    }

    fn kind_of(&self, root: Root<'t>) -> Option<Type> {
        match root {
            Root::Variable(at) => Some(self.variables[at].ty.present().clone()),
            Root::Constant(home, name) => {
                let source = &self.sources[home];
                source.constant(source.exports.get(name)?).cloned()
            }
        }
    }

    fn name_of(&self, root: Root<'t>) -> String {
        match root {
            Root::Variable(at) => self.variables[at].name.to_owned(),
            Root::Constant(home, name) => {
                let modules = self.sources[self.home].modules.keys();
                let alias = modules.into_iter().find(|alias| self.library(alias) == Some(home));
                alias.map_or_else(|| name.to_owned(), |alias| format!("{alias}::{name}"))
            }
        }
    }

    /// Whether the words of a gate name the other one too.
    fn is_named(&self, other: Root<'t>, said: &Node, words: [&Node; 2]) -> bool {
        let noun = match other {
            Root::Variable(at) => self.variables[at].name.to_ascii_lowercase(),
            Root::Constant(_, name) => name.to_ascii_lowercase(),
        };
        let own = self.tree().text(said.span);
        let texts = words.map(|node| self.tree().text(node.span).replace(own, "").to_ascii_lowercase());
        noun.split('_').filter(|word| word.len() > 1).any(|word| texts.iter().any(|text| text.contains(word)))
    }
}

/// What a gate names first: its subject, or what its name begins with; and the whole text.
fn spoken_of<'t>(name: &'t Node, options: Option<&'t Node>) -> Option<(&'t Node, &'t Node)> {
    let subject = options.and_then(|options| match &options.kind {
        Kind::Map(fields) => fields.iter().find(|field| field.name.text == "subject").map(|field| &field.value),
        _ => None,
    });
    let spoken = subject.unwrap_or(name);
    let said = match &spoken.kind {
        Kind::Template(parts) => parts.iter().find(|part| part.as_text() != Some(""))?,
        _ => spoken,
    };
    let said = match &said.kind {
        Kind::Block(block) => block.statements.first().filter(|_| block.statements.len() == 1)?,
        _ => said,
    };
    said.is_path().then_some((said, spoken))
}

/// Whether it has parts that tell it from others.
const fn is_thing(kind: &Type) -> bool {
    matches!(kind, Type::Named(_) | Type::Map(_))
}

/// Whether both are of one kind: maps that have most of their fields in common.
fn are_alike(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Named(a), Type::Named(b)) => a == b,
        (Type::Map(a), Type::Map(b)) => {
            let common = |all: &BTreeMap<String, Type>, other: &BTreeMap<String, Type>| {
                all.iter().filter(|(name, ty)| other.get(*name) == Some(ty)).count()
            };
            let shared = common(a, b);
            shared > 1 && shared * 2 > a.len().max(b.len())
        }
        _ => false,
    }
}
