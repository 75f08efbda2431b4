//! What a library holds and a script writes again in another form: a number, the beginning of an address, a name with
//! another dash; and ids that are cut short, or given out by a service.

use super::super::super::Role;
use super::super::super::message::Diagnostic;
use super::super::super::places::{Known, is_numbering, is_place, kind, place, written_out};
use super::super::super::tree::{Kind, Node, Span, Tree};
use super::{Look, SHORTEST, is_unit};
use crate::script::{Param, Ty};

impl<'t> Look<'t, '_> {
    /// `dash-secure` for `dash_secure`: a name of a library with another dash.
    pub(super) fn nearly_named(&mut self, text: &str, span: Span) {
        let is_dash = |byte: &u8| matches!(byte, b'-' | b'_');
        if self.role != Role::Runbook || text.len() < SHORTEST || !text.as_bytes().iter().any(is_dash) {
            return;
        }
        if text.as_bytes().iter().any(|byte| matches!(byte, b' ' | b':' | b'/')) {
            return;
        }
        let near =
            [('-', "_"), ('_', "-")].into_iter().filter(|(dash, _)| text.contains(*dash)).find_map(|(dash, other)| {
                let form = text.replace(dash, other);
                let (help, constant) = self.known.has_name(&form).then(|| self.known.name_of(&form, &[], true))??;
                Some((form, help, constant))
            });
        let Some((form, help, constant)) = near else { return };
        if self.is_passed_over(span) {
            return;
        }
        self.told.push(span);
        let told = Diagnostic::warning("W0325", format!("{text:?} is nearly {form:?}"), &self.tree.file, span);
        let told = told.note(format!("that is {constant}"));
        self.found.push(match is_compared_with(self.tree, span, &constant) {
            false => told.help(help),
            true => told
                .note(format!("it is compared with {constant}, and is never that: the answer is known before the run"))
                .help(format!("compare what a service says with {constant}; or take the comparison out")),
        });
    }

    /// `${BRIDGE}.103`: the interface of a VLAN whose number a constant holds.
    pub(super) fn numbered(&mut self, parts: &[Node]) {
        for (before, part) in parts.iter().zip(parts.iter().skip(1)) {
            let Some(text) = part.as_text().filter(|_| before.as_text().is_none()) else { continue };
            let digits =
                text.strip_prefix('.').map(|rest| &rest[..rest.bytes().take_while(u8::is_ascii_digit).count()]);
            if let Some(number) = digits.and_then(|digits| digits.parse().ok()) {
                self.number(number, "vid", part.span);
            }
        }
    }

    /// `br-metal.103`: an interface and a VLAN that constants hold.
    pub(super) fn of_a_vlan(&mut self, text: &str, span: Span) -> bool {
        if !text.ends_with(|letter: char| letter.is_ascii_digit()) {
            return false;
        }
        let parts = text.rsplit_once('.').and_then(|(parent, number)| Some((parent, number.parse().ok()?)));
        let is_library = self.role == Role::Library;
        let held = parts.and_then(|(parent, number)| {
            let (_, parent) = self.known_at(span).name_of(parent, &[], is_library)?;
            Some((parent, self.number_held(number, "vid", span)?.1))
        });
        let Some((parent, number)) = held else { return false };
        let message = format!("{text:?} is {parent} and {number}, written out");
        let told = Diagnostic::warning("W0347", message, &self.tree.file, span);
        self.found.push(told.help(format!("write `${{{parent}}}.${{{number}}}`")));
        true
    }

    /// `10.12.8.${octet}` in a library, where another one holds the network.
    pub(super) fn begun(&mut self, parts: &[Node]) {
        if self.role == Role::Runbook {
            return;
        }
        for (part, next) in parts.iter().zip(parts.iter().skip(1)) {
            let Some(text) =
                part.as_text().and_then(|text| text.rsplit(' ').next()).filter(|_| next.as_text().is_none())
            else {
                continue;
            };
            let is_begun = || place(text) == Some("the beginning of an address");
            let Some(network) =
                (text.ends_with('.') && is_begun()).then(|| self.known_at(part.span).network_of(text)).flatten()
            else {
                continue;
            };
            let message = format!("{text:?} begins an address of {network}, written out");
            let told = Diagnostic::warning("W0347", message, &self.tree.file, part.span);
            self.found.push(told.help(format!("write ${{{network}.host(octet)}} in its place")));
        }
    }

    /// Numbers that constants hold: an argument, or an option of it.
    pub(super) fn numbers(&mut self, param: &Param, arg: &'t Node) {
        match &arg.kind {
            Kind::Int(number) => self.number(*number, param.name, arg.span),
            Kind::Map(given) if matches!(param.ty, Ty::Options(_)) => {
                for field in given {
                    if let Kind::Int(number) = field.value.kind {
                        self.number(number, &field.name.text, field.value.span);
                    }
                }
            }
            _ => {}
        }
    }

    pub(super) fn number(&mut self, number: i64, asked: &str, span: Span) {
        let Some((help, constant)) = self.number_held(number, asked, span) else { return };
        let message = format!("{number} is {constant}, written out");
        let told = Diagnostic::warning("W0347", message, &self.tree.file, span);
        self.found.push(told.help(help));
    }
}

impl<'t> Look<'t, '_> {
    /// What is known where that stands: the constants of a library itself in the bodies of its functions alone.
    pub(super) fn known_at(&self, span: Span) -> &Known<'t> {
        if self.is_in_a_function(span) { &self.inner } else { &self.known }
    }

    fn is_in_a_function(&self, span: Span) -> bool {
        self.role == Role::Library && self.tree.declared().any(|function| function.body.span.holds(span))
    }

    /// The constant that is this number. What a library does not import is looked through for it.
    fn number_held(&self, number: i64, asked: &str, span: Span) -> Option<(String, String)> {
        if self.role == Role::Runbook {
            return self.known.number_of(number, asked, false);
        }
        if !self.is_in_a_function(span) || !is_numbering(number, asked) {
            return None;
        }
        let elsewhere = || {
            let all = (self.elsewhere)(&number.to_string());
            all.iter().find_map(|(name, library)| Known::apart(name, library).number_of(number, asked, false))
        };
        self.inner.number_of(number, asked, true).or_else(elsewhere)
    }

    /// Whether it says a place by its form, and stands where a function says what a constant should.
    pub(super) fn is_elsewhere(&self, text: &str, span: Span) -> bool {
        is_place(text) && self.is_in_a_function(span)
    }

    /// `nameserver 10.12.8.10`: words in a function of a library, of which a constant holds one.
    pub(super) fn held_among_words(&mut self, text: &str, span: Span) {
        if !text.as_bytes().contains(&b' ') || !self.is_in_a_function(span) {
            return;
        }
        for word in text.split([' ', '\n', ',', ';', '"', '\'']).filter(|word| place(word).is_some()) {
            if self.inner.has(word) {
                self.told.push(span);
                self.found.push(written_out(&self.inner, &self.tree.file, kind(word), word, span));
            } else {
                self.held_elsewhere(word, span);
            }
        }
    }

    /// `10.12.5`: three numbers with which addresses begin that a constant holds.
    pub(super) fn begins_addresses(&mut self, text: &str, span: Span) -> bool {
        let is_number = text.starts_with(|letter: char| letter.is_ascii_digit());
        let is_begun =
            is_number && text.split('.').count() == 3 && text.split('.').all(|part| part.parse::<u8>().is_ok());
        let held = || self.known_at(span).any_of(&format!("{text}."));
        let Some(held) = is_begun.then(held).flatten() else { return false };
        let message = format!("{text:?} begins addresses of {held}, written out");
        let told = Diagnostic::warning("W0347", message, &self.tree.file, span);
        self.found.push(told.help(format!("ask {held} itself")));
        true
    }

    /// A place that a library of the site holds which this one does not import; and a unit that none holds.
    pub(super) fn held_elsewhere(&mut self, text: &str, span: Span) {
        if self.is_passed_over(span) {
            return;
        }
        let all = (self.elsewhere)(&format!("{text:?}"));
        let held = all.iter().find(|(_, library)| library.places.has(text));
        if let Some((name, library)) = held {
            self.told.push(span);
            self.found.push(written_out(&Known::apart(name, library), &self.tree.file, kind(text), text, span));
        } else if is_unit(text) {
            self.told.push(span);
            let told = written_out(&self.inner, &self.tree.file, kind(text), text, span);
            let help = "write it as a constant at the head of the library, and ask for that".to_owned();
            self.found.push(Diagnostic { help: vec![help], ..told });
        }
    }
}

/// Whether what stands there is compared with the very constant.
fn is_compared_with(tree: &Tree, span: Span, constant: &str) -> bool {
    let mut is_compared = false;
    tree.walk(&mut |node| {
        let Kind::Operator { symbol, operands, .. } = &node.kind else { return };
        if let ("==" | "!=", [left, right]) = (symbol.as_str(), &operands[..]) {
            let is_it = |one: &Node, other: &Node| one.span == span && tree.text(other.span) == constant;
            is_compared |= is_it(left, right) || is_it(right, left);
        }
    });
    is_compared
}

/// The first part of a UUID, as people copy it: digits among its letters, as in no name.
pub(super) fn is_cut_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mixed = bytes.windows(2).any(|pair| pair[0].is_ascii_digit() && matches!(pair[1], b'a'..=b'f'));
    let is_hex = bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    bytes.len() == 8 && is_hex && mixed && bytes.iter().filter(|byte| byte.is_ascii_digit()).count() > 2
}

/// MAAS numbers the fabrics that nobody named, as they come; the first is there from the beginning.
pub(super) fn is_numbered_fabric(text: &str) -> bool {
    text.strip_prefix("fabric-").is_some_and(|number| number != "0" && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_are_cut_short_are_told_from_names() {
        assert!(is_cut_id("3f0c0e2e") && is_cut_id("0b6a2c8e"));
        for text in ["deadbeef", "cafe2024", "20260115", "3f0c0e2", "provider", "3F0C0E2E"] {
            assert!(!is_cut_id(text), "{text}");
        }
        assert!(is_numbered_fabric("fabric-3") && !is_numbered_fabric("fabric-0") && !is_numbered_fabric("metal"));
    }
}
