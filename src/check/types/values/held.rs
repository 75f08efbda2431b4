//! What known values are held to: words, limits, lists with a member, texts that say something. A value that comes
//! through a parameter is looked at when every call was read.

use super::super::super::message::{Diagnostic, written_at};
use super::super::super::shape::GATES;
use super::super::super::tree::{Kind, Node, Span};
use super::super::infer::Infer;
use super::Value;
use super::fixed::Fixed;
use super::spelling::Spelling;
use super::words::misspelt;
use crate::script::{Effect, Limits, Primitive, Vocabulary};

/// What a value must be.
#[derive(Clone, Copy)]
pub(in super::super) enum Bound {
    /// One of these words, or written so.
    Words(&'static Vocabulary),
    /// A number that lies there.
    Limits(&'static Limits),
    /// A text that says something: the parameter or option, and whose.
    Said(&'static str, &'static Primitive),
    /// A text that spells an address, a network or a range.
    Spells(Spelling),
    /// A list with a member, for a loop or a parameter.
    Filled(Option<(&'static str, &'static Primitive)>),
}

/// What is wrong with an empty list.
pub(in super::super) fn emptiness(whose: Option<(&'static str, &'static Primitive)>) -> String {
    match whose {
        None => "this loop goes through an empty list".to_owned(),
        Some((name, primitive)) if primitive.effect != Effect::Change => {
            format!("{} asks about an empty list of {name}", primitive.full_name())
        }
        Some((name, primitive)) => format!("{} is given an empty list of {name}", primitive.full_name()),
    }
}

/// A bound on what a parameter holds.
pub(in super::super) struct Demand<'t> {
    variable: usize,
    path: Vec<&'t str>,
    bound: Bound,
    home: usize,
    used: Span,
}

impl<'t> Infer<'t> {
    /// Holds what a name stands for to a bound; what is written out here is looked at where it stands.
    pub(in super::super) fn hold(&mut self, node: &'t Node, bound: Bound) {
        if !matches!(
            node.kind,
            Kind::Variable { .. } | Kind::Property { .. } | Kind::Index { .. } | Kind::Method { .. }
        ) {
            return;
        }
        let is_plain = matches!(&node.kind, Kind::Variable { path, .. } if path.is_empty());
        let mapped = || self.mapped(node).filter(|_| matches!(bound, Bound::Words(_)));
        let known = self.values(node).map(|values| (values, is_plain)).or_else(|| Some((mapped()?, false)));
        let Some((values, is_plain)) = known else { return };
        match &bound {
            Bound::Filled(whose) => {
                if values.is_empty_list() {
                    self.empty_list(&emptiness(*whose), node.span, values.known.first());
                }
            }
            Bound::Spells(spelling) => {
                let home = self.home;
                self.judge_spelling(*spelling, &plain(&values.known), home, node.span);
            }
            Bound::Words(words) if words.form.is_some() && !is_plain && self.fits_none(words, &values.known) => {
                // One of them tells it of all.
                let home = self.home;
                values.known.first().into_iter().for_each(|value| self.judge_first(&bound, value, home, node.span));
            }
            _ => {
                for value in values.known.iter().filter(|value| !is_plain || is_fixed(value)) {
                    let home = self.home;
                    self.judge(&bound, value, home, node.span);
                }
            }
        }
        let home = self.home;
        let demands = values.asked.into_iter();
        self.demands.extend(demands.map(|(variable, path)| Demand { variable, path, bound, home, used: node.span }));
    }

    /// Whether there are several values, and none is written so.
    fn fits_none(&self, words: &Vocabulary, values: &[Value<'t>]) -> bool {
        let all = plain(values);
        all.len() > 1 && all.iter().all(|value| value.as_text().is_some_and(|text| !words.has(text)))
    }

    fn judge_first(&mut self, bound: &Bound, value: &Value<'t>, home: usize, used: Span) {
        if let Some(first) = plain(std::slice::from_ref(value)).first() {
            self.judge(bound, first, home, used);
        }
    }

    /// A list that is empty, wherever it was made so.
    pub(in super::super) fn empty_list(&mut self, what: &str, span: Span, value: Option<&Value<'t>>) {
        let told = self.emptied(what, span, value);
        self.tell(told);
    }

    pub(in super::super) fn emptied(&self, what: &str, span: Span, value: Option<&Value<'t>>) -> Diagnostic {
        let file = &self.tree().file;
        let told = Diagnostic::error("E0312", what, file, span);
        let told = match what.contains("is given") {
            true => told.note("nothing would be changed, and the step would pass").help("name what is to be changed"),
            false => told
                .note("nothing is looked at, so nothing is proved")
                .help("name the members; that a list is empty is asked with gate(\"none left\", list.is_empty());"),
        };
        match value {
            Some(value @ Value::Fixed(..)) => told.note(format!("it comes to [] at {}", self.place_of(value))),
            _ => told,
        }
    }

    /// What parameters hold, now that every call was read.
    pub(in super::super) fn holdings(&mut self) {
        for Demand { variable, path, bound, home, used } in std::mem::take(&mut self.demands) {
            let came = self.came_to(variable, &path, 0);
            if let Bound::Spells(spelling) = bound {
                self.judge_spelling(spelling, &plain(&came), home, used);
                continue;
            }
            for value in came {
                // A text that is handed over as it is written is looked at there.
                let looked_at = path.is_empty() && !is_fixed(&value) && matches!(bound, Bound::Words(_));
                match &bound {
                    Bound::Filled(_) | Bound::Spells(_) => {}
                    _ if looked_at => {}
                    _ => self.judge(&bound, &value, home, used),
                }
            }
        }
    }

    fn judge(&mut self, bound: &Bound, value: &Value<'t>, home: usize, used: Span) {
        each_plain(*value, &mut |value| {
            let file = &self.sources[home].tree.file;
            let told = match bound {
                Bound::Words(words) => value.as_text().and_then(|text| misspelt(&[words], text, file, used)),
                Bound::Limits(limits) => value.as_int().and_then(|number| beyond(limits, number, file, used)),
                Bound::Said(name, whose) => value.as_text().and_then(|text| blank(name, whose, text, file, used)),
                Bound::Filled(_) | Bound::Spells(_) => None,
            };
            if let Some(told) = told {
                let place = self.place_of(&value);
                self.tell(told.note(written_at(&place)));
            }
        });
    }
}

const fn is_fixed(value: &Value<'_>) -> bool {
    matches!(value, Value::Fixed(..))
}

/// The plain values in them.
pub(in super::super) fn plain<'t>(values: &[Value<'t>]) -> Vec<Value<'t>> {
    let mut plain = Vec::new();
    values.iter().for_each(|value| each_plain(*value, &mut |value| plain.push(value)));
    plain
}

/// The plain values in a list; a value that is none by itself.
fn each_plain<'t>(value: Value<'t>, look: &mut impl FnMut(Value<'t>)) {
    match value {
        Value::Written(home, Node { kind: Kind::Array(items), .. }) => {
            items.iter().for_each(|item| each_plain(Value::Written(home, item), look));
        }
        Value::Fixed(home, constant, Fixed::List(items)) => {
            items.iter().for_each(|item| each_plain(Value::Fixed(home, constant, item), look));
        }
        other => look(other),
    }
}

/// A number that is out of its limits.
pub(super) fn beyond(limits: &Limits, number: i64, file: &str, span: Span) -> Option<Diagnostic> {
    if limits.has(number) {
        return None;
    }
    let told =
        Diagnostic::error("E0321", format!("the {} are {}; this is {number}", limits.of, limits.range()), file, span);
    let unit = limits.unit.and_then(|unit| Some((unit, unit.name()?)));
    let meant = unit.and_then(|(unit, name)| {
        let (other, count) = unit.meant(number).find(|(_, count)| limits.has(*count))?;
        Some(format!("it is counted in {name}; if {other} were meant: {number} {other} are {count} {name}"))
    });
    Some(meant.into_iter().fold(told, Diagnostic::help))
}

/// A text without a letter.
pub(in super::super) fn blank(name: &str, whose: &Primitive, text: &str, file: &str, span: Span) -> Option<Diagnostic> {
    let message = || format!("`{name}` of {} says nothing", whose.full_name());
    let told = || Diagnostic::error("E0323", message(), file, span).note(whose.signature());
    let is_of_a_gate = name == "name" && whose.namespace.is_empty() && GATES.contains(&whose.name);
    let told = || match is_of_a_gate {
        true => told().help("say in a few words what must hold: it is what a report shows"),
        false => told(),
    };
    text.trim().is_empty().then(told)
}
