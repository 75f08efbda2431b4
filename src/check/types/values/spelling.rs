//! Texts that must spell an address, a network or a range: what is written out is read where it stands, what is known of
//! constants where it is used. A text that nobody knows before the run is left alone.

use super::super::super::message::{Diagnostic, written_at};
use super::super::super::tree::{Kind, Node, Pattern, Span};
use super::super::calls::fit::READ_FROM_TEXT;
use super::super::infer::Infer;
use super::Value;
use super::held::Bound;
use crate::primitives::net::{Cidr, Ip, IpRange};
use crate::script::Ty;

/// What a text is read as.
#[derive(Clone, Copy)]
pub(in super::super) enum Spelling {
    /// An address.
    Ip,
    /// A network.
    Cidr,
    /// From one address to another.
    Range,
}

impl Spelling {
    /// What a text becomes where this type is asked for; a list is asked for its members.
    pub(in super::super) fn of(ty: &Ty) -> Option<Self> {
        match ty {
            Ty::Maybe(of) | Ty::OrAbsent(of) | Ty::List(of) => Self::of(of),
            Ty::Named(name) if READ_FROM_TEXT.contains(name) => Self::of_name(name),
            _ => None,
        }
    }

    pub(in super::super) fn of_name(name: &str) -> Option<Self> {
        match name {
            "Ip" => Some(Spelling::Ip),
            "Cidr" => Some(Spelling::Cidr),
            "IpRange" => Some(Spelling::Range),
            _ => None,
        }
    }

    /// Why a text does not spell it.
    fn refuses(self, text: &str) -> Option<String> {
        match self {
            Spelling::Ip => text.parse::<Ip>().err(),
            Spelling::Cidr => text.parse::<Cidr>().err(),
            Spelling::Range => text.parse::<IpRange>().err(),
        }
    }
}

impl<'t> Infer<'t> {
    /// A text, or the texts of a list, given where an address is wanted.
    pub(in super::super) fn spelt(&mut self, spelling: Spelling, arg: &'t Node) {
        match &arg.kind {
            Kind::Text(text) => {
                let told = spelling.refuses(text).map(|why| self.error("E0225", why, arg.span));
                told.into_iter().for_each(|told| self.tell(told));
            }
            Kind::Array(items) => items.iter().for_each(|item| self.spelt(spelling, item)),
            _ => self.hold(arg, Bound::Spells(spelling)),
        }
    }

    /// Known values of one place. Where others of them can be read, a word may be one that is sorted out before.
    pub(super) fn judge_spelling(&mut self, spelling: Spelling, values: &[Value<'t>], home: usize, used: Span) {
        let refused = |value: &Value<'t>| {
            let text = value.as_text()?;
            spelling.refuses(text).map(|why| (*value, text, why))
        };
        let wrong: Vec<_> = values.iter().filter_map(refused).collect();
        let are_all = wrong.len() == values.len();
        for (value, text, why) in wrong {
            let is_meant_so = are_all && !text.is_empty() || looks_like_an_address(text);
            if is_meant_so && !self.sorts_out(text) {
                let told = Diagnostic::error("E0225", why, &self.sources[home].tree.file, used);
                let place = self.place_of(&value);
                self.tell(told.note(written_at(&place)));
            }
        }
    }

    /// Whether some file asks for this very text: then it may stand for none, and never come here.
    fn sorts_out(&self, text: &str) -> bool {
        let mut asked = false;
        let is_it = |node: &Node| node.as_text() == Some(text);
        for source in &self.sources {
            source.tree.walk(&mut |node| match &node.kind {
                Kind::Operator { symbol, operands, .. } if matches!(symbol.as_str(), "==" | "!=" | "in" | "!in") => {
                    operands.iter().for_each(|operand| match &operand.kind {
                        Kind::Array(items) => asked |= items.iter().any(is_it),
                        _ => asked |= is_it(operand),
                    });
                }
                Kind::Switch { arms, .. } => {
                    let mut patterns = arms.iter().flat_map(|arm| &arm.patterns);
                    asked |= patterns.any(|pattern| matches!(pattern, Pattern::Value(case) if is_it(case)));
                }
                _ => {}
            });
        }
        asked
    }
}

/// Digits between points or colons, as in no word.
fn looks_like_an_address(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['.', ':']).collect();
    let digits = |part: &&str| part.chars().any(|c| c.is_ascii_digit());
    parts.len() > 2 && parts.iter().filter(|part| digits(part)).count() > 1
}
