//! What a question over constants answers, at one turn of a loop or for one member of a list: a gate that cannot pass at a
//! turn, a filter that leaves nothing. What is not known before the run has no answer here.

use super::super::super::tree::{Call, Field, Kind, Node};
use super::super::infer::Infer;
use super::super::values::networks::Known;
use super::super::values::rounds::Turn;
use super::super::values::{EACH, Value};

/// What an expression is at a turn, or for a member.
pub(super) type At<'a, 't> = &'a dyn Fn(&'t Node) -> Option<Value<'t>>;

/// Methods of texts, lists and networks that answer from what they are given.
const TELLING: [&str; 8] =
    ["contains", "contains_net", "contains_range", "covers", "ends_with", "is_empty", "overlaps", "starts_with"];

impl<'t> Infer<'t> {
    /// A gate in a loop over constants that is false for one of them: no run passes it. Who only warns is left alone.
    pub(super) fn false_at_a_turn(&mut self, call: &'t Call, holds: &'t Node) {
        if self.going.is_empty() || !self.may_be_told(holds) || only_warns(call) {
            return;
        }
        let turns = self.turns_at(call.name.span, &[holds]);
        let is_false = |turn: &&Turn<'t>| self.answer(holds, &|node| self.at_turn(node, turn)) == Some(false);
        let Some(turn) = turns.iter().filter(|turn| !turn.is_empty()).find(is_false) else { return };
        let is_always = turns.len() > 1 && turns.iter().all(|turn| is_false(&turn));
        let place = match turn.last().and_then(|(at, member)| Some((self.variables[*at].name, shown(member)?))) {
            Some((name, member)) if !is_always => format!("where `{name}` is {member}"),
            _ => "at each turn".to_owned(),
        };
        let message = format!("the gate never passes: `{}` is false {place}", self.text(holds));
        let told = self.error("E0320", message, holds.span);
        let told = told.help("look at what belongs to the turn, or correct the constant that is wrong");
        self.tell_late(told, holds.span);
    }

    /// Whether it is made of what the turns are given and of constants.
    fn may_be_told(&self, node: &Node) -> bool {
        match &node.kind {
            Kind::Variable { path, name } if path.is_empty() => {
                self.going.iter().any(|going| going.name() == name.text.as_str())
            }
            Kind::Operator { operands, .. } | Kind::Lazy { operands, .. } => {
                operands.iter().all(|operand| self.may_be_told(operand))
            }
            Kind::Method { of, call, safe: false } => {
                is_telling(call) && self.may_be_told(of) && call.args.iter().all(|arg| self.may_be_told(arg))
            }
            Kind::Property { of, safe: false, .. } => self.may_be_told(of),
            _ => self.is_constant(node),
        }
    }

    /// True, false, or nobody knows.
    pub(super) fn answer(&self, node: &'t Node, at: At<'_, 't>) -> Option<bool> {
        match &node.kind {
            Kind::Bool(holds) => Some(*holds),
            Kind::Operator { symbol, operands, .. } => match (symbol.as_str(), &operands[..]) {
                ("!", [only]) => self.answer(only, at).map(|holds| !holds),
                ("in", [item, list]) => has(&at(list)?, &at(item)?),
                ("!in", [item, list]) => has(&at(list)?, &at(item)?).map(|has| !has),
                ("==", [left, right]) => alike(&at(left)?, &at(right)?),
                ("!=", [left, right]) => alike(&at(left)?, &at(right)?).map(|alike| !alike),
                (symbol @ ("<" | "<=" | ">" | ">="), [left, right]) => {
                    let number = |node| at(node).map_or_else(|| self.comes_to(node), |value| value.as_int());
                    Some(compares(symbol, number(left)?, number(right)?))
                }
                _ => None,
            },
            Kind::Lazy { symbol: symbol @ ("&&" | "||"), operands, .. } => {
                let decides = *symbol == "||";
                let answers: Vec<Option<bool>> = operands.iter().map(|operand| self.answer(operand, at)).collect();
                if answers.contains(&Some(decides)) {
                    return Some(decides);
                }
                answers.iter().all(Option::is_some).then_some(!decides)
            }
            Kind::Method { of, call, safe: false } if is_telling(call) => method(&at(of)?, call, at),
            Kind::Variable { .. } | Kind::Property { .. } => at(node)?.as_bool(),
            _ => None,
        }
    }
}

fn is_telling(call: &Call) -> bool {
    TELLING.contains(&call.name.text.as_str())
}

/// What a method of a text, a list or a network answers.
fn method<'t>(of: &Value<'t>, call: &'t Call, at: At<'_, 't>) -> Option<bool> {
    let [arg] = &call.args[..] else {
        let is_empty = || of.as_text().map(str::is_empty).or_else(|| of.len().map(|count| count == 0));
        return (call.name.text == "is_empty" && call.args.is_empty()).then(is_empty)?;
    };
    let arg = at(arg)?;
    if let (Some(text), Some(part)) = (of.as_text(), arg.as_text()) {
        return match call.name.text.as_str() {
            "contains" => Some(text.contains(part)),
            "ends_with" => Some(text.ends_with(part)),
            "starts_with" => Some(text.starts_with(part)),
            _ => None,
        };
    }
    if let (Some(of), Some(arg)) = (Known::of(of), Known::of(&arg)) {
        return match (call.name.text.as_str(), &of, &arg) {
            ("contains" | "contains_net" | "contains_range" | "covers", ..) => Some(of.holds(&arg)),
            ("overlaps", Known::Range(one), Known::Range(other)) => Some(one.overlaps(other)),
            _ => None,
        };
    }
    (call.name.text == "contains").then(|| has(of, &arg))?
}

/// Whether a list has a member, a text a part.
fn has(list: &Value<'_>, item: &Value<'_>) -> Option<bool> {
    if let (Some(text), Some(part)) = (list.as_text(), item.as_text()) {
        return Some(text.contains(part));
    }
    list.len()?;
    let members = list.behind(&[EACH]).iter().map(|member| alike(member, item)).collect::<Option<Vec<bool>>>();
    members.map(|members| members.contains(&true))
}

/// Whether two plain values of one kind are one.
fn alike(one: &Value<'_>, other: &Value<'_>) -> Option<bool> {
    let is_of_one_kind = one.as_text().is_some() == other.as_text().is_some()
        && one.as_int().is_some() == other.as_int().is_some()
        && one.as_bool().is_some() == other.as_bool().is_some();
    is_of_one_kind.then(|| Some(one.shown()? == other.shown()?))?
}

pub(super) fn compares(symbol: &str, number: i64, other: i64) -> bool {
    match symbol {
        "<" => number < other,
        "<=" => number <= other,
        ">" => number > other,
        _ => number >= other,
    }
}

/// What a reader knows a member by.
fn shown(member: &Value<'_>) -> Option<String> {
    let field = |name: &str| member.field(name)?.shown();
    member.shown().or_else(|| field("name")).or_else(|| field("card"))
}

/// `#{ warn: true }`: its failure does not count. Of options that come out of a variable nobody knows.
fn only_warns(call: &Call) -> bool {
    let options = call.args.get(if call.name.text == "gate" { 2 } else { 3 });
    options.is_some_and(|options| match &options.kind {
        Kind::Map(fields) => fields.iter().any(|Field { name, .. }| name.text == "warn"),
        _ => true,
    })
}
