//! Numbers that an argument is held to, and where they are written.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Field, Kind, Node, Span};
use super::super::gates::answers::number;
use super::super::infer::Infer;
use super::Value;
use super::held::{Bound, beyond};
use crate::script::{Limits, Param};

impl<'t> Infer<'t> {
    /// A number that is written out, here or in a constant, lies within its limits.
    pub(in super::super) fn within(&mut self, limits: &'static Limits, node: &'t Node) {
        self.within_value(limits, node, node.span);
        self.hold(node, Bound::Limits(limits));
        let calculated = self.made_of(node);
        if matches!(calculated.kind, Kind::Operator { .. })
            && (number(calculated).is_none() || !std::ptr::eq(calculated, node))
            && let Some(number) = self.comes_to(calculated)
            && let Some(told) = beyond(limits, number, &self.tree().file, node.span)
        {
            self.tell(told.note(format!("`{}` comes to that", self.text(calculated))));
        }
    }

    /// What is written in one place and used in another.
    pub(in super::super) fn within_value(&mut self, limits: &'static Limits, value: &'t Node, used: Span) {
        let mut written = Vec::new();
        numbers(value, &mut written);
        for number in written {
            let told = beyond(limits, number, &self.tree().file, used);
            told.into_iter().for_each(|told| self.tell(told));
        }
    }

    /// What a name was given, and the file where that stands: a constant of a library, a variable that keeps its value,
    /// a field of a map that is written out.
    pub(in super::super) fn definition_of(&self, node: &Node) -> Option<(usize, &'t Node)> {
        match &node.kind {
            Kind::Property { of, name, .. } => {
                let (home, map) = self.definition_of(of)?;
                let Kind::Map(fields) = &map.kind else { return None };
                fields.iter().find(|field| field.name.text == name.text).map(|field| (home, &field.value))
            }
            Kind::Variable { path, name } => {
                let home = match &path[..] {
                    [] => {
                        let variable = self.lookup(&name.text).map(|at| &self.variables[at])?;
                        return variable.value.filter(|_| !variable.set).map(|value| (variable.home, value));
                    }
                    [root] if root.text == "global" => self.home,
                    [root] => self.library(&root.text)?,
                    _ => return None,
                };
                // A constant that is exported under another name is not looked for.
                let value = self.sources[home].tree.statements.iter().find_map(|node| match &node.kind {
                    Kind::Let { name: of, value, .. } if of.text == name.text => value.as_deref(),
                    _ => None,
                });
                value.map(|value| (home, value))
            }
            _ => None,
        }
    }

    /// A key is not opened by more shares than it has.
    pub(in super::super) fn shares(&mut self, options: &'t Node) {
        let Kind::Map(fields) = &options.kind else { return };
        let number = |name: &str| fields.iter().find(|field| field.name.text == name).and_then(whole);
        let (Some((shares, _)), Some((threshold, span))) = (number("shares"), number("threshold")) else { return };
        self.threshold = Some(threshold);
        if threshold > shares {
            let message = format!("{threshold} shares open a key that has {shares}");
            self.tell(self.error("E0321", message, span).help("the threshold is at most the number of shares"));
        }
    }
}

/// So few looks are no wait.
pub const FEW_LOOKS: i64 = 6;

impl<'t> Infer<'t> {
    /// A wait whose seconds are constants, or products, and cannot be meant so. What is written out in both places is told
    /// of each text.
    pub(in super::super) fn few_looks(&mut self, options: &'t Node, call: &'t Call) {
        let Kind::Map(fields) = &options.kind else { return };
        let seconds = |name: &str| fields.iter().find(|field| field.name.text == name).map(|field| &field.value);
        let Some((every, at_most)) = seconds("every").zip(seconds("at_most")) else { return };
        self.more_looks_than(call, self.comes_to(every).zip(self.comes_to(at_most)));
        if matches!((&every.kind, &at_most.kind), (Kind::Int(_), Kind::Int(_))) {
            return;
        }
        let Some((each, most)) = self.comes_to(every).zip(self.comes_to(at_most)).filter(|(each, _)| *each > 0) else {
            return;
        };
        let odd = if matches!(at_most.kind, Kind::Int(_)) { every } else { at_most };
        let told = if each >= most {
            let message = format!("it looks every {each} s and gives up after {most} s: it looks once");
            self.error("E0317", message, odd.span)
        } else if most / each <= FEW_LOOKS {
            let message = format!("it looks every {each} s and gives up after {most} s: {} looks", most / each + 1);
            Diagnostic::warning("W0334", message, &self.tree().file, odd.span)
        } else {
            return;
        };
        let told = told.note("both numbers are seconds; minutes were perhaps meant");
        // A number of another unit is told as that.
        self.tell_late(told.help("wait longer, or look more often"), odd.span);
    }

    /// `looks: 300` in a wait that ends before it can look so often.
    fn more_looks_than(&mut self, call: &'t Call, times: Option<(i64, i64)>) {
        let Some((every, at_most)) = times.filter(|(every, _)| *every > 0) else { return };
        let mut wanted = None;
        for closure in call.args.iter().filter_map(|arg| self.only_statement(arg)) {
            closure.walk(&mut |node| {
                let Kind::Map(fields) = &node.kind else { return };
                let looks = fields.iter().find(|field| field.name.text == "looks").map(|field| &field.value);
                wanted = wanted.or(looks.and_then(|looks| Some((self.comes_to(looks)?, looks.span))));
            });
        }
        let most = at_most / every + 1;
        let Some((looks, span)) = wanted.filter(|(looks, _)| *looks > most) else { return };
        let message = format!("{looks} looks do not fit into this wait: it looks every {every} s, for {at_most} s");
        let told = self.error("E0317", message, span);
        self.tell(told.help(format!("those are {most} looks: ask for fewer, or wait longer")));
    }

    /// Fewer shares than a key of this runbook needs.
    pub(in super::super) fn enough_shares(&mut self, param: &Param, arg: &'t Node) {
        let (Kind::Array(items), "shares", Some(threshold)) = (&arg.kind, param.name, self.threshold) else { return };
        if i64::try_from(items.len()).is_ok_and(|count| count < threshold) {
            let message = format!("{} of the {threshold} shares that open the key are given", items.len());
            self.tell(self.error("E0321", message, arg.span).help("give as many as the threshold says"));
        }
    }

    /// A file that everybody may write.
    pub(in super::super) fn open_to_all(&mut self, param: &Param, arg: &'t Node) {
        if param.name != "mode" {
            return;
        }
        let modes = self.values(arg).map(|values| values.known).unwrap_or_default();
        let open = |mode: &str| mode.ends_with(['2', '3', '6', '7']) && mode.bytes().all(|byte| byte.is_ascii_digit());
        for mode in modes.iter().filter_map(Value::as_text).filter(|mode| mode.len() > 2 && open(mode)) {
            let message = format!("with mode {mode} everybody may write the file");
            let told = Diagnostic::warning("W0341", message, &self.tree().file, arg.span);
            self.tell(told.help("\"644\" lets everybody read it, \"600\" nobody but its owner"));
        }
    }
}

fn whole(field: &Field) -> Option<(i64, Span)> {
    match field.value.kind {
        Kind::Int(number) => Some((number, field.value.span)),
        _ => None,
    }
}

pub(in super::super) fn numbers(node: &Node, found: &mut Vec<i64>) {
    match &node.kind {
        Kind::Int(number) => found.push(*number),
        Kind::Array(items) => items.iter().for_each(|item| numbers(item, found)),
        Kind::Operator { symbol, operands, .. } if symbol == "-" => {
            if let [Node { kind: Kind::Int(number), .. }] = &operands[..] {
                found.push(-number);
            }
        }
        _ => {}
    }
}
