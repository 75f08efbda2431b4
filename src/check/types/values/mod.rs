//! Values that are known before anything runs: what is written out, and what the constants of libraries came to. It must
//! not guess: what a name holds is known only when every way to it is. Beside this stands what they are held to: words,
//! limits and units, addresses in their networks, names that say what a value is.

mod anew;
mod bearing;
pub(super) mod blame;
mod ends;
pub(super) mod fixed;
pub(super) mod held;
mod hundreds;
mod kin;
mod leading;
mod measures;
pub(super) mod networks;
pub(super) mod numbers;
mod odd;
mod pattern;
pub(super) mod rounds;
pub(super) mod rows;
pub(super) mod spelling;
mod spelt;
mod tagged;
mod twice;
mod units;
pub(super) mod words;

use std::rc::Rc;

use super::super::tree::{Kind, Name, Node, Span};
use super::infer::Infer;
use fixed::Fixed;

/// More values than a check looks at one by one.
const MOST: usize = 256;

/// Deeper than parameters are followed from call to call.
const DEEP: usize = 8;

/// The step from a list to each of its members.
pub(super) const EACH: &str = "[]";

/// A value, and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'t> {
    /// As it is written, in a file.
    Written(usize, &'t Node),
    /// A constant of a file, or a part of one.
    Fixed(usize, &'t str, &'t Fixed),
}

/// What an expression may hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Values<'t> {
    /// Each of them.
    pub(super) known: Vec<Value<'t>>,
    /// Parameters, or parts of them: what they hold is known when every call was read.
    pub(super) asked: Vec<(usize, Vec<&'t str>)>,
    /// Whether there are no others.
    pub(super) whole: bool,
}

impl<'t> Value<'t> {
    pub(super) fn as_text(&self) -> Option<&'t str> {
        match self {
            Value::Written(_, node) => node.as_text(),
            Value::Fixed(_, _, fixed) => fixed.as_text(),
        }
    }

    pub(super) fn as_int(&self) -> Option<i64> {
        match self {
            Value::Written(_, Node { kind: Kind::Int(number), .. }) | Value::Fixed(_, _, Fixed::Int(number)) => {
                Some(*number)
            }
            _ => None,
        }
    }

    pub(super) fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Written(_, Node { kind: Kind::Bool(holds), .. }) | Value::Fixed(_, _, Fixed::Bool(holds)) => {
                Some(*holds)
            }
            _ => None,
        }
    }

    /// The number of members, of a list.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Value::Written(_, Node { kind: Kind::Array(items), .. }) => Some(items.len()),
            Value::Fixed(_, _, Fixed::List(items)) => Some(items.len()),
            _ => None,
        }
    }

    /// What it is compared by, where it is plain.
    pub(super) fn shown(&self) -> Option<String> {
        match self {
            Value::Fixed(_, _, fixed) => fixed.shown(),
            Value::Written(_, node) => match &node.kind {
                Kind::Bool(holds) => Some(holds.to_string()),
                Kind::Int(number) => Some(number.to_string()),
                Kind::Text(text) => Some(format!("{text:?}")),
                _ => None,
            },
        }
    }

    pub(super) fn field(self, name: &str) -> Option<Self> {
        match self {
            Value::Written(home, Node { kind: Kind::Map(fields), .. }) => {
                let field = fields.iter().find(|field| field.name.text == name)?;
                Some(Value::Written(home, &field.value))
            }
            Value::Fixed(home, constant, Fixed::Map(fields)) => Some(Value::Fixed(home, constant, fields.get(name)?)),
            _ => None,
        }
    }

    /// Its members; nothing when it is no list.
    fn members(self) -> Option<Vec<Self>> {
        match self {
            Value::Written(home, Node { kind: Kind::Array(items), .. }) => {
                Some(items.iter().map(|item| Value::Written(home, item)).collect())
            }
            Value::Fixed(home, constant, Fixed::List(items)) => {
                Some(items.iter().map(|item| Value::Fixed(home, constant, item)).collect())
            }
            _ => None,
        }
    }

    /// What stands under it behind a path.
    pub(super) fn behind(self, path: &[&str]) -> Vec<Self> {
        let Some((first, rest)) = path.split_first() else { return vec![self] };
        let next = if *first == EACH { self.members() } else { self.field(first).map(|value| vec![value]) };
        next.into_iter().flatten().take(MOST).flat_map(|value| value.behind(rest)).collect()
    }
}

impl<'t> Values<'t> {
    fn one(value: Value<'t>, whole: bool) -> Self {
        Values { known: vec![value], asked: Vec::new(), whole }
    }

    /// The same for a part of each.
    fn at(self, step: &'t str) -> Self {
        let count = self.known.len();
        let known: Vec<Value<'t>> = match step {
            EACH => self.known.into_iter().filter_map(Value::members).flatten().take(MOST).collect(),
            _ => self.known.into_iter().filter_map(|value| value.field(step)).collect(),
        };
        let is_whole = step == EACH || known.len() == count;
        let asked = self.asked.into_iter().map(|(variable, mut path)| {
            path.push(step);
            (variable, path)
        });
        Values { whole: self.whole && is_whole && known.len() < MOST, known, asked: asked.collect() }
    }

    /// All of them, when they are plain texts or numbers and no others are possible.
    pub(super) fn all_shown(&self) -> Option<Vec<String>> {
        let whole = self.whole && self.asked.is_empty() && !self.known.is_empty();
        whole.then(|| self.known.iter().map(Value::shown).collect())?
    }

    /// Whether it is a list that has no member.
    pub(super) fn is_empty_list(&self) -> bool {
        self.whole && self.asked.is_empty() && !self.known.is_empty() && self.known.iter().all(|v| v.len() == Some(0))
    }
}

impl<'t> Infer<'t> {
    /// What an expression holds, as far as that is known; nothing of what a service says.
    pub(super) fn values(&self, node: &'t Node) -> Option<Values<'t>> {
        match &node.kind {
            Kind::Bool(_) | Kind::Int(_) | Kind::Text(_) | Kind::Array(_) | Kind::Map(_) => {
                Some(Values::one(Value::Written(self.home, node), true))
            }
            Kind::Variable { path, name } => self.values_of_name(path, name),
            Kind::Property { of, name, .. } => self.part(of, &name.text),
            Kind::Index { of, index, .. } => self.at_place(of, index),
            Kind::Method { of, call, .. } if matches!(call.name.text.as_str(), "filter" | "map") => {
                let values = self.values(of)?;
                // Of no members nothing is made. A part of a list has its members, but perhaps none is left.
                match call.name.text.as_str() {
                    _ if values.is_empty_list() => Some(values),
                    "filter" => Some(Values { whole: false, ..values }),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// What the members of a list hold.
    pub(super) fn members(&self, list: &'t Node) -> Option<Values<'t>> {
        if let Kind::Array(items) = &list.kind {
            let mut all = Values { whole: true, ..Values::default() };
            for item in items {
                match self.values(item) {
                    Some(values) => add(&mut all, values),
                    None => all.whole = false,
                }
            }
            return Some(all);
        }
        if let Kind::Operator { symbol, operands, .. } = &list.kind
            && symbol == "+"
        {
            let mut all = Values { whole: true, ..Values::default() };
            operands.iter().for_each(|operand| match self.members(operand) {
                Some(values) => add(&mut all, values),
                None => all.whole = false,
            });
            return Some(all);
        }
        self.values(list).map(|values| values.at(EACH))
    }

    /// What the members of `list.map(|one| one.field)` are.
    pub(super) fn mapped(&self, list: &'t Node) -> Option<Values<'t>> {
        let Kind::Method { of, call, .. } = &self.made_of(list).kind else { return None };
        let [closure] = &call.args[..] else { return None };
        let only = self.only_statement(closure).filter(|_| call.name.text == "map")?;
        let (Kind::Property { of: one, name, .. }, Kind::Closure { function, .. }) = (&only.kind, &closure.kind) else {
            return None;
        };
        let is_member = |param: &Name| one.as_variable().is_some_and(|variable| variable.text == param.text);
        let [param] = &self.tree().closure(function)?.params[..] else { return None };
        is_member(param).then(|| self.members(of)).flatten().map(|members| members.at(&name.text))
    }

    fn part(&self, of: &'t Node, name: &'t str) -> Option<Values<'t>> {
        // A map that is written out here may hold names of this place: they are read here.
        if let Kind::Map(fields) = &of.kind {
            return self.values(&fields.iter().find(|field| field.name.text == name)?.value);
        }
        self.values(of).map(|values| values.at(name))
    }

    fn at_place(&self, of: &'t Node, index: &'t Node) -> Option<Values<'t>> {
        let Kind::Int(at) = index.kind else { return None };
        let values = self.values(of)?;
        let nth = |value: Value<'t>| {
            let members = value.members()?;
            let from_end = usize::try_from(at.unsigned_abs()).ok();
            let at = if at < 0 { members.len().checked_sub(from_end?)? } else { from_end? };
            members.get(at).copied()
        };
        let known = values.known.iter().filter_map(|value| nth(*value)).collect();
        Some(Values { known, asked: Vec::new(), whole: values.whole && values.asked.is_empty() })
    }

    fn values_of_name(&self, path: &'t [Name], name: &'t Name) -> Option<Values<'t>> {
        let home = match path {
            [] => {
                let at = self.lookup(&name.text)?;
                let variable = &self.variables[at];
                let own = self.sources[variable.home].values.and_then(|values| values.get_key_value(variable.name));
                if let Some((name, fixed)) = own.filter(|_| self.is_top(variable.home, variable.span)) {
                    return Some(Values::one(Value::Fixed(variable.home, name, fixed), true));
                }
                return variable.holds.as_deref().filter(|_| !variable.set).cloned();
            }
            [root] if root.text == "global" => self.home,
            [root] => self.library(&root.text)?,
            _ => return None,
        };
        let source = &self.sources[home];
        let inner = if home == self.home {
            Some(name.text.as_str())
        } else {
            source.exports.get(name.text.as_str()).map(|name| name.as_str())
        };
        let inner = inner?;
        if let Some((inner, fixed)) = source.values.and_then(|values| values.get_key_value(inner)) {
            return Some(Values::one(Value::Fixed(home, inner, fixed), true));
        }
        let written = source.tree.statements.iter().find_map(|node| match &node.kind {
            Kind::Let { name: of, value, .. } if of.text == inner => value.as_deref(),
            _ => None,
        });
        written.filter(|node| node.is_literal()).map(|node| Values::one(Value::Written(home, node), true))
    }

    /// Whether a constant of a file is declared there.
    fn is_top(&self, home: usize, span: Span) -> bool {
        let mut top = self.sources[home].tree.statements.iter();
        top.any(|node| matches!(&node.kind, Kind::Let { name, .. } if name.span == span))
    }

    /// A variable keeps what its `let` gave it; lists may be filled later, so that they are not known whole.
    pub(super) fn keep(&mut self, variable: usize, values: Option<Values<'t>>) {
        self.variables[variable].holds = values.map(Rc::new);
    }

    /// A parameter holds what the calls hand over.
    pub(super) fn keep_parameter(&mut self, variable: usize) {
        let values = Values { known: Vec::new(), asked: vec![(variable, Vec::new())], whole: true };
        self.variables[variable].holds = Some(Rc::new(values));
    }

    /// What came to a parameter, or to a part of it, by all calls that were read.
    pub(super) fn came_to(&self, variable: usize, path: &[&'t str], deep: usize) -> Vec<Value<'t>> {
        let handed = self.handed.get(&variable).into_iter().flatten().filter(|_| deep < DEEP);
        let mut all = Vec::new();
        for values in handed {
            all.extend(values.known.iter().flat_map(|value| value.behind(path)));
            for (from, part) in &values.asked {
                all.extend(self.came_to(*from, &[&part[..], path].concat(), deep + 1));
            }
        }
        all.truncate(MOST);
        all
    }

    /// Where a value stands, as a reader finds it.
    pub(super) fn place_of(&self, value: &Value<'t>) -> String {
        let (home, line) = match value {
            Value::Written(home, node) => (*home, node.span.line),
            Value::Fixed(home, constant, fixed) => (*home, self.line_of(*home, constant, fixed)),
        };
        format!("{}:{line}", self.sources[home].tree.file)
    }

    /// The line on which a constant, or the text in it, is written.
    fn line_of(&self, home: usize, constant: &str, fixed: &Fixed) -> u32 {
        let declared = self.sources[home]
            .tree
            .statements
            .iter()
            .find(|node| matches!(&node.kind, Kind::Let { name, .. } if name.text == constant));
        let Some(declared) = declared else { return 1 };
        let read = || self.read_in(home, declared).into_iter().find_map(|other| line_in(other, fixed));
        line_in(declared, fixed).or_else(read).unwrap_or(declared.span.line)
    }

    /// The constants of a file that one of them is made of.
    fn read_in(&self, home: usize, constant: &'t Node) -> Vec<&'t Node> {
        let mut names = Vec::new();
        constant.walk(&mut |node| {
            if let Kind::Variable { path, name } = &node.kind
                && path.is_empty()
            {
                names.push(name.text.as_str());
            }
        });
        let top = self.sources[home].tree.statements.iter();
        top.filter(|node| matches!(&node.kind, Kind::Let { name, .. } if names.contains(&name.text.as_str()))).collect()
    }
}

/// The line of a constant on which a plain value of it is written out.
fn line_in(constant: &Node, fixed: &Fixed) -> Option<u32> {
    let shown = match fixed {
        Fixed::Other(_) => fixed.shown(),
        _ => None,
    };
    let mut line = None;
    constant.walk(&mut |node| {
        let same = match (&node.kind, fixed) {
            (Kind::Text(text), Fixed::Text(wanted)) => text.as_str() == wanted.as_str(),
            (Kind::Text(text), Fixed::Other(_)) => Some(text.as_str()) == shown.as_deref(),
            (Kind::Int(number), Fixed::Int(wanted)) => number == wanted,
            _ => false,
        };
        if same && line.is_none() {
            line = Some(node.span.line);
        }
    });
    line
}

fn add<'t>(all: &mut Values<'t>, more: Values<'t>) {
    all.known.extend(more.known);
    all.asked.extend(more.asked);
    all.whole &= more.whole && all.known.len() < MOST;
}
