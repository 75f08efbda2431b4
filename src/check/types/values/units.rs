//! Numbers in texts: the unit behind one (`${age} days`), and what the name of a gate says of one (`at most 2 GiB`,
//! `three machines`).

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Name, Node};
use super::super::Type;
use super::super::gates::called::Named;
use super::super::infer::Infer;
use super::numbers::FEW_LOOKS;
use crate::script::Measure;

/// Numbers that names say in letters; the place is the number.
const COUNTS: [&str; 13] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

impl<'t> Infer<'t> {
    /// `${jumphost::days_since_written(path)} hours`: the text says another unit than the number is counted in.
    pub(in super::super) fn unit_behind(&mut self, number: &'t Node, ty: &Type, behind: &'t Node) {
        let Some(word) = behind.as_text().and_then(first_word) else { return };
        let Some(said) = Measure::of_word(word) else { return };
        if matches!(ty.present(), Type::Bool) {
            let message = format!("`{}` is true or false, and the text behind it says {word}", self.text(number));
            let told = self.error("E0343", message, number.span).note("who reads it learns no number");
            return self.tell(told.help(format!("put in what is counted in {word}")));
        }
        let Some(own) = self.unit(number, ty).filter(|own| *own != said) else { return };
        let Some(unit) = own.name() else { return };
        let message = format!("`{}` is in {unit}, and the text behind it says {word}", self.text(number));
        let told = self.error("E0343", message, number.span).help(format!("say {unit}"));
        let times = own.holds(said).map(|factor| format!("* {factor}"));
        let count = times.or_else(|| said.holds(own).map(|divisor| format!("/ {divisor}")));
        let count = count.map(|count| format!("or count it in {word}: {} {count}", self.copied(number)));
        self.tell(count.into_iter().fold(told, Diagnostic::help));
    }

    /// What is compared, and in what it is counted: the name of the gate around may say a limit.
    pub(super) fn note_measured(&mut self, (seen, ty): (&'t Node, &Type)) {
        if let Some(unit) = ty.present().limits().and_then(|limits| limits.unit) {
            self.counted.insert((self.home, seen.span), unit);
        }
    }

    /// `gate("at most 2 GiB", image.size <= 2 * 1024)`: the name says one limit, and the comparison has another.
    pub(in super::super) fn limit_in_name(&mut self, name: &'t Node, holds: &'t Node) {
        let Some((said, unit, words)) = name.as_text().and_then(said_limit) else { return };
        let mut compared = Vec::new();
        self.compared_in(holds, unit, &mut compared);
        let [(seen, own, wanted)] = compared[..] else { return };
        let Some(wanted_number) = self.comes_to(wanted) else { return };
        let Some(right) = unit.holds(own).and_then(|factor| factor.checked_mul(said)) else { return };
        // More than 2 GiB is at least a byte more, and a round number may stand for one beside it.
        if right.abs_diff(wanted_number) <= 1 {
            return;
        }
        let Some(own) = own.name() else { return };
        let help = format!("{words}: {right}");
        let file = self.tree().file.as_str();
        let is_told = |told: &&mut Diagnostic| told.id == "E0343" && told.span == wanted.span && told.file == file;
        // What is next to nothing was told already, with any unit.
        if let Some(told) = self.found_so_far().iter_mut().find(is_told) {
            told.help = vec![help];
            return;
        }
        let message = format!("the gate says {words}, and compares with {wanted_number} {own}");
        let told = self.error("E0343", message, wanted.span);
        let told = told.note(format!("`{}` is in {own}", self.text(seen)));
        self.tell(told.help(help));
    }

    /// The comparisons of something that can be counted in that: beside each other, and in what each member is asked.
    fn compared_in(&self, node: &'t Node, unit: Measure, found: &mut Vec<(&'t Node, Measure, &'t Node)>) {
        match &node.kind {
            Kind::Lazy { operands, .. } => operands.iter().for_each(|one| self.compared_in(one, unit, found)),
            Kind::Operator { symbol, operands, .. } => match (&operands[..], symbol.as_str()) {
                ([only], "!") => self.compared_in(only, unit, found),
                ([seen, wanted], "<" | "<=" | ">" | ">=" | "==") => {
                    let noted = || self.counted.get(&(self.home, seen.span)).copied();
                    let own = self.plainly(seen).and_then(|ty| self.unit(seen, &ty)).or_else(noted);
                    let own = own.filter(|own| unit.holds(*own).is_some());
                    found.extend(own.map(|own| (seen, own, wanted)));
                }
                _ => {}
            },
            Kind::Method { of, call, .. } => {
                self.compared_in(of, unit, found);
                let asked = call.args.iter().filter_map(|arg| self.only_statement(arg));
                asked.for_each(|one| self.compared_in(one, unit, found));
            }
            _ => {}
        }
    }

    /// `wait_until("Ready within 15 minutes", #{ every: 10, at_most: 90 }, ..)`: it gives up before the time that it says.
    pub(in super::super) fn time_in_name(&mut self, call: &'t Call) {
        let [name, options, closure] = &call.args[..] else { return };
        let Some(text) = name.as_text() else { return };
        let Some((said, unit, words)) = said_limit(text).filter(|(.., words)| is_time_limit(text, words)) else {
            return;
        };
        let map = self.definition_of(options).map_or(options, |(_, map)| map);
        let Kind::Map(fields) = &map.kind else { return };
        let option = |name: &str| fields.iter().find(|field| field.name.text == name).map(|field| &field.value);
        let Some((every, at_most)) = option("every").zip(option("at_most")) else { return };
        let Some((each, most)) = self.comes_to(every).zip(self.comes_to(at_most)) else { return };
        let Some(right) = unit.holds(Measure::SECONDS).and_then(|factor| factor.checked_mul(said)) else { return };
        // So few looks are told as that, and what measures a time may be asked for another one.
        let is_told = each <= 0 || most / each <= FEW_LOOKS;
        if most >= right || is_told || self.only_statement(closure).is_none_or(|asked| self.may_measure(asked)) {
            return;
        }
        let message = format!("the wait says {words}, and gives up after {most} s");
        // A map of another file is told where it is handed over.
        let span = if std::ptr::eq(map, options) { at_most.span } else { options.span };
        let told = self.error("E0343", message, span);
        self.tell(told.help(format!("{words}: at_most: {right}; or call the wait by the time that it has")));
    }

    /// Whether something may be asked about a time, or any other number.
    fn may_measure(&self, asked: &'t Node) -> bool {
        let mut may = false;
        asked.walk(&mut |node| match &node.kind {
            Kind::Operator { symbol, .. } => may |= matches!(symbol.as_str(), "<" | "<=" | ">" | ">=" | "-"),
            Kind::Int(_) | Kind::Closure { .. } => may = true,
            Kind::Call(call) => {
                let root = call.path.first().map_or("", |root| root.text.as_str());
                may |= self.table.function(root, &call.name.text).is_none();
            }
            _ => {}
        });
        may
    }

    /// `let used_mib = disk.used / 1073741824`: the name says another unit than the value is counted in.
    pub(in super::super) fn unit_in_name(&mut self, name: &Name, value: &'t Node, ty: &Type) {
        if !ty.present().is_int() {
            return;
        }
        let Some(said) = Measure::of_variable(&name.text) else { return };
        let Some((said_name, own)) = said.name().zip(self.unit(value, ty)) else {
            return self.product_in_name(name, said, value);
        };
        let Some(own_name) = own.name().filter(|_| own != said) else { return };
        // Sixty rounds of some minutes each are counted in minutes too.
        if self.factor_in(said, value).is_some() && !is_by_1024(value) {
            return;
        }
        let message = format!("`{}` is called so, and holds {own_name}", name.text);
        let told = self.error("E0343", message, value.span);
        let told = told.note(format!("`{}` is in {own_name}", self.text(value)));
        let counted = self.converted(value, own, said).map(|count| format!("in {said_name}: {count}"));
        let help = counted.unwrap_or_else(|| format!("name it by what it holds: {own_name}"));
        self.tell(told.help(help));
    }

    /// The same value in another unit, where a whole number leads from the one to the other.
    fn converted(&self, value: &Node, own: Measure, said: Measure) -> Option<String> {
        if let Kind::Operator { symbol, operands, .. } = &value.kind
            && let ("/", [whole, Node { kind: Kind::Int(divisor), .. }]) = (symbol.as_str(), &operands[..])
            && let Some(factor) = own.holds(said).filter(|factor| divisor % factor == 0)
        {
            return Some(format!("{} / {}", self.copied(whole), divisor / factor));
        }
        let is_plain = !matches!(value.kind, Kind::Operator { .. });
        let times = own.holds(said).map(|factor| format!("{} * {factor}", self.copied(value)));
        times.or_else(|| {
            let divisor = said.holds(own).filter(|_| is_plain)?;
            Some(format!("{} / {divisor}", self.copied(value)))
        })
    }

    /// `const KEPT_DAYS = 60 * 24`: so many of a smaller unit.
    fn product_in_name(&mut self, name: &Name, said: Measure, value: &'t Node) {
        let Kind::Operator { symbol, operands, .. } = &value.kind else { return };
        let ("*", [Node { kind: Kind::Int(a), .. }, Node { kind: Kind::Int(b), .. }]) =
            (symbol.as_str(), &operands[..])
        else {
            return;
        };
        let smaller = said.multiplied(*a, *b).map(|unit| (unit, a)).or_else(|| Some((said.multiplied(*b, *a)?, b)));
        let Some((smaller, count)) = smaller else { return };
        let Some((unit, smaller)) = said.name().zip(smaller.name()) else { return };
        let message =
            format!("`{}` are the {smaller} of {count} {unit}, and `{}` says {unit}", self.text(value), name.text);
        let told = self.error("E0343", message, value.span);
        self.tell(told.help(format!("write {count}; or name it by what it holds: {smaller}")));
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

/// Whether the one number of a product or a quotient is of sizes alone.
fn is_by_1024(value: &Node) -> bool {
    let Kind::Operator { operands, .. } = &value.kind else { return false };
    operands.iter().any(|operand| matches!(operand.kind, Kind::Int(number) if number > 0 && number % 1024 == 0))
}

/// Whether a time in the name of a wait is the longest that it lasts: `within 15 minutes`, `15 minutes at most`.
fn is_time_limit(name: &str, words: &str) -> bool {
    let Some((before, behind)) = name.split_once(words) else { return false };
    let (before, behind) = (before.trim_end().to_ascii_lowercase(), behind.trim_start());
    let is_before = ["within", "at most", "up to"].iter().any(|limit| before.ends_with(limit));
    let is_of_another = ["of", "from", "to"].contains(&first_word(behind).unwrap_or_default());
    (is_before || behind.starts_with("at most")) && !is_of_another
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
