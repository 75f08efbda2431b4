//! Numbers in texts: the unit behind one (`${age} days`), and what the name of a gate says of one (`at most 2 GiB`,
//! `three machines`).

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Node};
use super::super::Type;
use super::super::gates::called::Named;
use super::super::infer::Infer;
use crate::script::Measure;

/// Numbers that names say in letters; the place is the number.
const COUNTS: [&str; 13] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

impl<'t> Infer<'t> {
    /// `${jumphost::days_since_written(path)} hours`: the text says another unit than the number is counted in.
    pub(in super::super) fn unit_behind(&mut self, number: &'t Node, ty: &Type, behind: &'t Node) {
        let Some(word) = behind.as_text().and_then(first_word) else { return };
        let Some(said) = Measure::of_word(word) else { return };
        let Some(own) = self.unit(number, ty).filter(|own| *own != said) else { return };
        let Some(unit) = own.name() else { return };
        let message = format!("`{}` is in {unit}, and the text behind it says {word}", self.text(number));
        let told = self.error("E0343", message, number.span).help(format!("say {unit}"));
        let times = own.holds(said).map(|factor| format!("* {factor}"));
        let count = times.or_else(|| said.holds(own).map(|divisor| format!("/ {divisor}")));
        let count = count.map(|count| format!("or count it in {word}: {} {count}", self.copied(number)));
        self.tell(count.into_iter().fold(told, Diagnostic::help));
    }

    /// `gate("at most 2 GiB", image.size <= 2 * 1024)`: the name says one limit, and the comparison has another.
    pub(in super::super) fn limit_in_name(&mut self, name: &'t Node, holds: &'t Node) {
        let Kind::Operator { symbol, operands, .. } = &holds.kind else { return };
        let ([seen, wanted], "<" | "<=" | ">" | ">=" | "==") = (&operands[..], symbol.as_str()) else { return };
        let Some((said, unit, words)) = name.as_text().and_then(said_limit) else { return };
        let Some(own) = self.plainly(seen).and_then(|ty| self.unit(seen, &ty)) else { return };
        let Some(wanted_number) = self.comes_to(wanted) else { return };
        let Some(right) = unit.holds(own).and_then(|factor| factor.checked_mul(said)) else { return };
        // More than 2 GiB is at least a byte more, and a round number may stand for one beside it.
        if right.abs_diff(wanted_number) <= 1 {
            return;
        }
        let Some(own) = own.name() else { return };
        let message = format!("the gate says {words}, and compares with {wanted_number} {own}");
        let told = self.error("E0343", message, wanted.span);
        let told = told.note(format!("`{}` is in {own}", self.text(seen)));
        self.tell(told.help(format!("{words}: {right}")));
    }

    /// `wait_until("three machines started", || status.machines_started(4))`: the name counts what is asked, otherwise.
    pub(in super::super) fn says_another_count(
        &self,
        Named { name, words, seen, wanted }: Named<'_, 't>,
    ) -> Option<Diagnostic> {
        let (said, counted) = words.windows(2).find_map(|two| Some((count(two[0])?, two[1])))?;
        let (reading, number) = match (&seen.kind, wanted) {
            (Kind::Property { name, .. }, Some(wanted)) => (&name.text, wanted),
            (Kind::Method { call, .. }, None) => match &call.args[..] {
                [only] => (&call.name.text, only),
                _ => return None,
            },
            _ => return None,
        };
        let is_counted = reading.split('_').any(|word| word.eq_ignore_ascii_case(counted));
        let number = self.comes_to(number).filter(|number| is_counted && *number != said)?;
        let message = format!("{} says {said} {counted}, and {number} are asked for", self.text(name));
        let told = Diagnostic::warning("W0357", message, &self.tree().file, name.span);
        Some(told.help(format!("ask for {said}, or call it what it asks")))
    }
}

/// The number that a word is, in figures or in letters.
fn count(word: &str) -> Option<i64> {
    let place = || COUNTS.iter().position(|count| count.eq_ignore_ascii_case(word));
    word.parse().ok().or_else(|| i64::try_from(place()?).ok())
}

/// `days` of ` days old`.
fn first_word(text: &str) -> Option<&str> {
    let text = text.strip_prefix([' ', '-']).unwrap_or(text);
    let end = text.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(text.len());
    text.get(..end).filter(|word| !word.is_empty())
}

/// The one number with its unit that a name says: `2 GiB`.
fn said_limit(name: &str) -> Option<(i64, Measure, &str)> {
    let digits = |text: &str| text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let mut found = None;
    let mut at = 0;
    while let Some(begin) = name[at..].find(|letter: char| letter.is_ascii_digit()).map(|begin| at + begin) {
        let end = begin + digits(&name[begin..]);
        at = end;
        let Some(word) = first_word(&name[end..]) else { continue };
        let Some(unit) = Measure::of_word(word) else { continue };
        let number = name[begin..end].parse().ok().filter(|_| found.is_none())?;
        // A part behind a point, an address.
        if name[..begin].ends_with(['.', '-', '/']) {
            return None;
        }
        let until = end + name[end..].find(word)? + word.len();
        found = Some((number, unit, name.get(begin..until)?));
    }
    found
}
