//! Whose reading a gate asks: its name says one thing in sight, and it asks another of the same type.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Node};
use super::super::Type;
use super::super::infer::Infer;
use super::called::{BEING, NOT, Named};

/// Words behind which a name speaks of another thing too: `the controller is signed by its authority`.
const LINKS: [&str; 16] =
    ["and", "as", "at", "beside", "by", "for", "from", "has", "in", "like", "of", "on", "or", "to", "under", "with"];

/// So far it is looked for what a variable was made of.
const DEEP: usize = 4;

impl<'t> Infer<'t> {
    /// `gate("controller not near its end", authority.days_left > 60)`, where `controller` is in sight and not asked.
    pub(super) fn says_another_owner(&self, Named { name, words, seen, wanted }: Named<'_, 't>) -> Option<Diagnostic> {
        let [first, second, rest @ ..] = words else { return None };
        let said = self.let_of_a_handle(first)?;
        let is_one_of = |all: &[&str], word: &str| all.iter().any(|known| known.eq_ignore_ascii_case(word));
        if !is_one_of(&BEING, second) && !is_one_of(&NOT, second) || rest.iter().any(|word| is_one_of(&LINKS, word)) {
            return None;
        }
        let (reading, of) = reading_in(seen)?;
        let asked = &of.as_variable()?.text;
        let own = self.let_of_a_handle(asked).filter(|own| *own != said)?;
        let (one, other) = (&self.variables[own], &self.variables[said]);
        let is_alike = one.ty == other.ty && self.are_two(one.value?, other.value?);
        let is_said = asked.split('_').any(|part| words.iter().any(|word| says(word, part)));
        let mentions = |node| self.is_made_with(node, first, DEEP);
        if !is_alike || is_said || [Some(seen), wanted].into_iter().flatten().any(mentions) {
            return None;
        }
        let message = format!("the gate is called {}, and asks `{}`", self.text(name), self.text(reading));
        let told = Diagnostic::warning("W0357", message, &self.tree().file, reading.span);
        let told = told.note(format!("`{first}` is there too, and is not asked"));
        let copied = self.copied(reading);
        Some(told.help(format!("ask {first}{}", copied.strip_prefix(asked.as_str())?)))
    }

    /// The one variable of that name, where a `let` gave it what a service has, and nothing gives it another.
    fn let_of_a_handle(&self, name: &str) -> Option<usize> {
        let at = self.only(name)?;
        let variable = &self.variables[at];
        let is_it = variable.home == self.home && variable.value.is_some() && variable.from.is_none();
        let is_it = is_it && matches!(variable.ty, Type::Named(_));
        (is_it && !variable.set && !self.is_given_another(name)).then_some(at)
    }

    /// Two parts of one thing: what is read by itself may be the same one again.
    fn are_two(&self, one: &Node, other: &Node) -> bool {
        let (Some((of, name)), Some((other_of, other_name))) = (part_of(one), part_of(other)) else { return false };
        name != other_name && self.text(of) == self.text(other_of)
    }

    /// Whether an expression has that variable in it, or is made of what has.
    fn is_made_with(&self, node: &'t Node, name: &str, deep: usize) -> bool {
        let mut is_it = false;
        node.walk(&mut |node| {
            let Some(variable) = node.as_variable() else { return };
            let value = || self.only(&variable.text).and_then(|at| self.variables[at].value);
            is_it |= variable.text == name
                || deep == 0
                || value().is_some_and(|value| self.is_made_with(value, name, deep - 1));
        });
        is_it
    }
}

/// The thing of which something is a part, and what part it is.
fn part_of(node: &Node) -> Option<(&Node, &str)> {
    match &node.kind {
        Kind::Property { of, name, safe: false } => Some((of, &name.text)),
        Kind::Method { of, call, .. } if call.args.is_empty() => Some((of, &call.name.text)),
        _ => None,
    }
}

/// What is asked, and of what.
fn reading_in(seen: &Node) -> Option<(&Node, &Node)> {
    match &seen.kind {
        Kind::Operator { operands, .. } => reading_in(operands.first()?),
        Kind::Property { of, .. } | Kind::Method { of, .. } => Some((seen, of)),
        _ => None,
    }
}

/// Whether a word of a name says a part of a variable's, or begins as that does.
fn says(word: &str, part: &str) -> bool {
    let begins =
        |long: &str, short: &str| long.get(..short.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(short));
    let short = word.len().min(part.len());
    short > 1 && (begins(word, part) || begins(part, word))
}
