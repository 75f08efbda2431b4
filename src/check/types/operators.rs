//! Operators, held to what the engine raises: unlike types are never compared in silence.

use super::super::tree::{Kind, Node, Span};
use super::Type;
use super::infer::Infer;
use super::values::blame::Odd;
use super::values::words;
use crate::script::Ty;

/// Types of the host whose values can be compared.
const COMPARABLE: [&str; 4] = ["Answer", "Cidr", "Ip", "IpRange"];

/// How two types stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    /// They compare.
    Like,
    /// They are of different types.
    Unlike,
    /// Neither can be compared with anything.
    Never,
}

/// Whether values of these types can be compared. What may be absent compares like what it is when it is there: who
/// may not take it has asked before.
pub(super) fn likeness(a: &Type, b: &Type) -> Likeness {
    match (a, b) {
        (Type::Open | Type::Never, _) | (_, Type::Open | Type::Never) => Likeness::Like,
        (Type::Maybe(a), b) => likeness(a, b),
        (a, Type::Maybe(b)) => likeness(a, b),
        (Type::Either(types), other) | (other, Type::Either(types)) => {
            worst(types.iter().map(|ty| likeness(ty, other)))
        }
        (Type::List(a), Type::List(b)) => likeness(a, b),
        (Type::Listing(a), Type::Listing(b)) if a == b => Likeness::Like,
        (Type::Map(a), Type::Map(b)) if a.keys().eq(b.keys()) => {
            worst(a.values().zip(b.values()).map(|(a, b)| likeness(a, b)))
        }
        (Type::Bool, Type::Bool) => Likeness::Like,
        (a, b) if a.is_int() && b.is_int() => Likeness::Like,
        (a, b) if a.is_text() && b.is_text() => Likeness::Like,
        (Type::Named(a), Type::Named(b)) if a == b && COMPARABLE.contains(a) => Likeness::Like,
        (a, b) if a == b => Likeness::Never,
        _ => Likeness::Unlike,
    }
}

fn worst(all: impl Iterator<Item = Likeness>) -> Likeness {
    all.fold(Likeness::Like, |worst, one| if worst == Likeness::Like { one } else { worst })
}

impl<'t> Infer<'t> {
    pub(super) fn operator(&mut self, symbol: &str, at: Span, operands: &'t [Node]) -> Type {
        if let Some(answer) = self.presence(symbol, at, operands) {
            return answer;
        }
        match operands {
            [only] => {
                let ty = self.present(only);
                self.unary(symbol, at, only, ty)
            }
            [left, right] => {
                let is_comparison = matches!(symbol, "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "!in");
                let outer = self.comparing;
                if is_comparison {
                    self.comparing = outer.or(Some((left.span.to(right.span), symbol == "!=")));
                }
                let a = self.value(left);
                let b = self.value(right);
                let ty = self.binary(symbol, at, (left, a), (right, b));
                self.comparing = outer;
                ty
            }
            _ => Type::Open,
        }
    }

    fn unary(&mut self, symbol: &str, at: Span, operand: &'t Node, ty: Type) -> Type {
        match (symbol, &ty) {
            (_, Type::Open | Type::Never) => ty,
            ("!", Type::Bool) => Type::Bool,
            ("!", Type::Named("Answer")) => ty,
            ("-", Type::Int | Type::Within(_)) => Type::Int,
            (_, Type::Any) => self.untold(operand),
            _ => {
                let (wanted, help) = match symbol {
                    "!" => ("true, false or an answer", self.negated(operand, &ty)),
                    "-" => ("a number", "write what it is to be taken from: a - b".to_owned()),
                    _ => ("two values", "write what stands before it, or leave the `+` away".to_owned()),
                };
                let message = format!("`{symbol}` takes {wanted}; `{}` is {}", self.text(operand), ty.described());
                self.tell(self.error("E0216", message, at).help(help));
                Type::Open
            }
        }
    }

    /// What may be meant by `!` before what is neither true nor false.
    fn negated(&self, operand: &'t Node, ty: &Type) -> String {
        let is_asked = |field: &&str| self.table.field(ty, field).is_some_and(|field| field.result == Ty::Bool);
        let asked: Vec<&str> = self.table.fields_of(ty).into_iter().filter(is_asked).collect();
        match self.asking(operand) {
            Some(signature) => format!("whether there is one: {signature}"),
            None if asked.is_empty() => "`!` belongs to what stands next to it: write a != b, or !(a == b)".to_owned(),
            None => format!("ask what it says by true or false: {}", asked.join(", ")),
        }
    }

    pub(super) fn binary(&mut self, symbol: &str, at: Span, left: (&'t Node, Type), right: (&'t Node, Type)) -> Type {
        let a = self.demand_present(left.0, left.1);
        if let (true, Type::Maybe(list)) = (symbol == "in", &right.1) {
            // What an absent list holds is absent too, and for a gate.
            let list = (**list).clone();
            return Type::Maybe(Box::new(self.membership(at, (left.0, a), (right.0, list))));
        }
        let b = self.demand_present(right.0, right.1);
        for (node, ty) in [(left.0, &a), (right.0, &b)] {
            if *ty == Type::Any {
                return self.untold(node);
            }
        }
        match symbol {
            "==" | "!=" => self.equality(symbol, at, (left.0, a), (right.0, b)),
            "<" | "<=" | ">" | ">=" => self.order(symbol, at, (left.0, a), (right.0, b)),
            "in" | "!in" => self.membership(at, (left.0, a), (right.0, b)),
            "+" => self.sum(at, (left.0, a), (right.0, b)),
            ".." | "..=" => self.of_numbers(symbol, at, (left.0, a), (right.0, b), Type::Range),
            _ => self.of_numbers(symbol, at, (left.0, a), (right.0, b), Type::Int),
        }
    }

    fn equality(&mut self, symbol: &str, at: Span, left: (&'t Node, Type), right: (&'t Node, Type)) -> Type {
        self.compared(at, (left.0, &left.1), (right.0, &right.1));
        self.never_meets(at, left.0, right.0);
        if let (Kind::Array(a), Kind::Array(b)) = (&left.0.kind, &right.0.kind) {
            self.compared_members(at, a, b);
        }
        let like = likeness(&left.1, &right.1);
        if like != Likeness::Like {
            let diagnostic = self.unlike(&format!("`{symbol}`"), at, &left, &right, like);
            self.tell(diagnostic);
        }
        self.out_of_limits(symbol, at, (left.0, &left.1), (right.0, &right.1));
        Type::Bool
    }

    fn order(&mut self, symbol: &str, at: Span, left: (&'t Node, Type), right: (&'t Node, Type)) -> Type {
        let alike = left.1.is_text() && right.1.is_text() || left.1.is_int() && right.1.is_int();
        let addresses = left.1 == right.1 && left.1 == Type::Named("Ip");
        let fits = left.1.is_open() || right.1.is_open() || alike || addresses;
        if !fits {
            let like = if left.1 == right.1 { Likeness::Never } else { Likeness::Unlike };
            let diagnostic = self.unlike(&format!("`{symbol}`"), at, &left, &right, like);
            self.tell(diagnostic.note("numbers, texts and addresses have an order"));
        }
        self.out_of_limits(symbol, at, (left.0, &left.1), (right.0, &right.1));
        Type::Bool
    }

    pub(super) fn membership(&mut self, at: Span, left: (&'t Node, Type), right: (&'t Node, Type)) -> Type {
        let (item, list) = (&left.1, &right.1);
        if item.is_open() || list.is_open() {
            return Type::Bool;
        }
        self.sure_member(left.0, right.0);
        self.twice(right.0);
        self.part_of_a_name(at, left.0, right.0, item.is_text() && list.is_text());
        let like = match list {
            Type::List(of) => likeness(of, item),
            Type::Listing(_) if item.is_text() => Likeness::Like,
            Type::Listing(_) => Likeness::Unlike,
            _ => match self.table.method(list, "contains") {
                Some(contains) => match contains.params.first() {
                    Some(param) if self.fits(&param.ty, item) => Likeness::Like,
                    _ => Likeness::Unlike,
                },
                None => Likeness::Never,
            },
        };
        // A list of things is asked for the names that they are known by.
        let names = if let Type::Listing(of) = list { self.table.identity(of) } else { list.clone() };
        match (list, words::vocabulary(&names)) {
            (Type::Word(words), _) => self.fragment(words, "contain", left.0),
            (_, Some(words)) => self.spell(words, left.0),
            // In a text a part is looked for.
            (Type::Text, None) => {}
            (_, None) => {
                words::vocabulary(item).into_iter().for_each(|words| self.spell_beside(words, left.0, right.0));
            }
        }
        if like != Likeness::Like {
            let diagnostic = self.not_member(at, &left, &right, like);
            self.tell(diagnostic);
        }
        Type::Bool
    }

    fn sum(&mut self, at: Span, left: (&'t Node, Type), right: (&'t Node, Type)) -> Type {
        match (&left.1, &right.1) {
            (Type::Never, _) | (_, Type::Never) => Type::Never,
            (Type::Open, _) | (_, Type::Open) => Type::Open,
            (a, b) if a.is_int() && b.is_int() => {
                self.one_unit("added to", at, (left.0, a), (right.0, b));
                Type::Int
            }
            (a, b) if a.is_text() && b.is_text() => Type::Text,
            (Type::List(a), Type::List(b)) => Type::list((**a).clone().join((**b).clone())),
            _ => {
                let diagnostic = self.no_sum(at, &left, &right);
                let diagnostic = self.blamed(diagnostic, left.0, &Odd::Unlike(right.1.clone()));
                let diagnostic = self.blamed(diagnostic, right.0, &Odd::Unlike(left.1.clone()));
                self.tell(diagnostic);
                Type::Open
            }
        }
    }

    fn of_numbers(
        &mut self,
        symbol: &str,
        at: Span,
        left: (&'t Node, Type),
        right: (&'t Node, Type),
        gives: Type,
    ) -> Type {
        for (node, ty) in [&left, &right] {
            if !ty.is_open() && !ty.is_int() {
                let message = format!("`{symbol}` takes two numbers; `{}` is {}", self.text(node), ty.described());
                let told = self.error("E0216", message, at);
                let told = self.blamed(told, node, &Odd::Of(ty.clone()));
                self.tell(if matches!(symbol, "&" | "|") && *ty == Type::Bool {
                    told.help(format!("write {symbol}{symbol}"))
                } else {
                    told
                });
                return Type::Open;
            }
        }
        if symbol == "-" {
            self.one_unit("taken from", at, (right.0, &right.1), (left.0, &left.1));
        }
        if symbol == "*" {
            let whole = left.0.span.to(right.0.span);
            self.by_thousands(whole, (left.0, &left.1), (right.0, &right.1));
        }
        self.note_unit(symbol, (left.0, &left.1), (right.0, &right.1));
        self.too_large(symbol, at, left.0, right.0);
        gives
    }

    /// A sum or a product of known numbers that 64 bits do not hold: the run would end there.
    fn too_large(&mut self, symbol: &str, at: Span, left: &'t Node, right: &'t Node) {
        let made = match symbol {
            "*" => i64::checked_mul,
            "-" => i64::checked_sub,
            _ => return,
        };
        let number = |node| {
            let values = self.values(node).filter(|values| values.asked.is_empty() && values.known.len() == 1)?;
            values.known[0].as_int()
        };
        let (Some(a), Some(b)) = (number(left), number(right)) else { return };
        if made(a, b).is_none() {
            let message = format!("{a} {symbol} {b} is too large for a number");
            self.tell(self.error("E0321", message, at).help("numbers are whole and have 64 bits; use a larger unit"));
        }
    }

    pub(super) fn lazy(&mut self, node: &'t Node, symbol: &str, operands: &'t [Node]) -> Type {
        if symbol == "??" {
            return self.otherwise(node, operands);
        }
        let mut before = Vec::new();
        for operand in operands {
            let ty = self.present(operand);
            self.demand_bool(operand, &ty, &format!("what stands beside `{symbol}`"));
            // The next one is asked only after this answer.
            before.extend(self.granted(operand, symbol == "&&"));
        }
        self.put_back(before);
        self.crossed_out(node, symbol, operands);
        Type::Bool
    }

    /// `??` asks for (), which no value here is; what may be absent is not ().
    fn otherwise(&mut self, node: &'t Node, operands: &'t [Node]) -> Type {
        let types: Vec<Type> = operands.iter().map(|operand| self.node(operand, true)).collect();
        let Some((first, ty)) = operands.first().zip(types.first()) else { return Type::Open };
        if !ty.is_open() {
            let message = format!("`??` asks for (), which `{}` never is", self.text(first));
            let diagnostic = self.error("E0216", message, node.span);
            let absent = matches!(ty, Type::Maybe(_));
            let help = match absent {
                true => {
                    let text = self.copied(first);
                    let other = operands.get(1).map_or("...".to_owned(), |other| self.copied(other));
                    format!("write let value = {text}; and then if value == () {{ {other} }} else {{ value }}")
                }
                false => "leave it out".to_owned(),
            };
            self.tell(diagnostic.help(help));
            return Type::Open;
        }
        types.into_iter().fold(Type::Never, Type::join)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_would_raise_is_unlike() {
        let text = || Type::list(Type::Text);
        for (a, b, wanted) in [
            (Type::Int, Type::Int, Likeness::Like),
            (Type::Int, Type::Text, Likeness::Unlike),
            (Type::Named("Ip"), Type::Text, Likeness::Unlike),
            (Type::Named("Network"), Type::Named("Network"), Likeness::Never),
            (text(), Type::list(Type::Never), Likeness::Like),
            (text(), Type::list(Type::Int), Likeness::Unlike),
            (Type::Listing("Network"), text(), Likeness::Unlike),
            (Type::Maybe(Box::new(Type::Text)), Type::Text, Likeness::Like),
            (Type::Char, Type::Char, Likeness::Never),
        ] {
            assert_eq!(likeness(&a, &b), wanted, "{a} {b}");
        }
    }
}
