//! What a gate is called, against what it asks: a name that says the contrary, or the name of another field or method of
//! the same thing. Names are prose, so that only what is plainly said otherwise is told.

use super::super::message::Diagnostic;
use super::super::tree::{Kind, Node};
use super::Type;
use super::infer::Infer;
use crate::script::Primitive;

/// Words that say that something is not so.
const NOT: [&str; 9] = ["neither", "never", "no", "nobody", "none", "nor", "not", "nothing", "without"];

/// Words of a reading's name that say only that it is asked.
const ASKING: [&str; 5] = ["are", "can", "has", "have", "is"];

/// Words beside which a name still says no more than what is asked.
const BESIDE: [&str; 14] = ["a", "an", "at", "by", "for", "from", "has", "have", "in", "is", "its", "of", "on", "the"];

/// Questions that look for something, and find it or not.
const SEEKING: [&str; 2] = ["any", "contains"];

/// Words by which a name says of what is not among others that it is not there: `no foreign host` over `host in HOSTS`.
const OTHERS: [&str; 14] = [
    "beside", "beyond", "but", "else", "except", "foreign", "lost", "missing", "odd", "only", "other", "others",
    "outside", "strange",
];

/// What a gate asks: the reading, and whether the gate wants that it does not hold.
struct Question<'t> {
    node: &'t Node,
    reading: &'t str,
    denied: bool,
}

impl<'t> Question<'t> {
    fn of(node: &'t Node, denied: bool) -> Option<Self> {
        let reading = match &node.kind {
            Kind::Operator { symbol, operands, .. } if symbol == "!" => return Self::of(operands.first()?, !denied),
            Kind::Operator { symbol, .. } if symbol == "in" => "contains",
            Kind::Operator { symbol, .. } if symbol == "!in" => {
                return Some(Self { node, reading: "contains", denied: !denied });
            }
            Kind::Method { of, call, .. } if matches!(call.name.text.as_str(), "len" | "names") => {
                return Self::of(of, denied);
            }
            Kind::Property { name, .. } => &name.text,
            Kind::Method { call, .. } | Kind::Call(call) => &call.name.text,
            _ => return None,
        };
        Some(Self { node, reading, denied })
    }
}

impl<'t> Infer<'t> {
    /// Looks at the name of a gate, and at what is seen; `wanted` is what a `gate_eq` compares it with.
    pub(super) fn called_otherwise(&mut self, name: &'t Node, seen: &'t Node, wanted: Option<&'t Node>) {
        let Some(said) = said(name) else { return };
        let words: Vec<&str> = said.split(|letter: char| !letter.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let answer = match wanted.map(|wanted| &wanted.kind) {
            None => Some(true),
            Some(Kind::Bool(holds)) => Some(*holds),
            Some(_) => None,
        };
        let Some(question) = Question::of(seen, answer == Some(false)) else { return };
        let lower: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
        let told = self.says_the_contrary(name, (&words, &lower), &question).filter(|_| answer.is_some());
        let told = told.map(|told| match wanted {
            Some(_) => told.help(format!("want {}, or call the gate what it wants", answer == Some(false))),
            None => {
                let asked = self.copied(question.node);
                let other = if question.denied { asked } else { format!("!{asked}") };
                told.help(format!("ask {other}, or call the gate what it wants"))
            }
        });
        let told = told.or_else(|| self.says_another(name, &lower, &question));
        told.into_iter().for_each(|told| self.tell(told));
    }

    /// `gate("no gateway", subnet.has_gateway())`, `gate("DHCP", !subnet.dhcp)`.
    fn says_the_contrary(
        &self,
        name: &Node,
        (words, lower): (&[&str], &[String]),
        question: &Question<'t>,
    ) -> Option<Diagnostic> {
        let denial = lower.iter().position(|word| NOT.contains(&word.as_str()));
        let seeks =
            denial == Some(0) && SEEKING.contains(&question.reading) && !lower.iter().any(|word| is_denial(word));
        let found: Vec<Option<usize>> = content(question.reading).map(|word| place(lower, word)).collect();
        let first = found.iter().flatten().min().copied();
        let is_said = !found.is_empty() && found.iter().all(Option::is_some);
        if !is_said && !seeks || content(question.reading).any(|word| NOT.contains(&word)) {
            return None;
        }
        let is_contrary = match denial {
            Some(denial) => !question.denied && (seeks || first.is_some_and(|first| denial < first)),
            None => {
                let is_plain = |at: usize| BESIDE.contains(&lower[at].as_str()) || is_proper(words[at]);
                question.denied && (0..words.len()).all(|at| found.contains(&Some(at)) || is_plain(at))
            }
        };
        if !is_contrary {
            return None;
        }
        let asked = self.text(question.node);
        let holds = if question.denied { "does not hold" } else { "holds" };
        let message = format!("the gate is called {}, and passes when `{asked}` {holds}", self.text(name));
        Some(Diagnostic::warning("W0357", message, &self.tree().file, name.span))
    }

    /// `gate("machines started", status.containers_started(n))`: the name is that of another method of the same thing.
    fn says_another(&self, name: &Node, lower: &[String], question: &Question<'t>) -> Option<Diagnostic> {
        let of = match &question.node.kind {
            Kind::Property { of, .. } | Kind::Method { of, .. } => of,
            _ => return None,
        };
        if content(question.reading).all(|word| place(lower, word).is_some()) {
            return None;
        }
        let owner = self.plainly(of)?;
        let member = |name: &str| self.table.field(&owner, name).or_else(|| self.table.method(&owner, name));
        let own = member(question.reading)?;
        let other = windows(lower).find_map(|name| member(&name))?;
        let takes = |primitive: &Primitive| primitive.params.iter().map(|param| param.ty.clone()).collect::<Vec<_>>();
        let is_like = own.result == other.result && takes(own) == takes(other);
        if std::ptr::eq(own, other) || !is_like || own.is_field != other.is_field {
            return None;
        }
        let asked = self.text(question.node);
        let message = format!("the gate is called {}, and asks `{asked}`", self.text(name));
        let told = Diagnostic::warning("W0357", message, &self.tree().file, name.span);
        let help = format!("ask `{}`, or call the gate what it asks", other.name);
        Some(told.note(format!("there is {}", other.signature())).help(help))
    }

    /// The type of what is asked, where a name in sight or the reading itself tells it.
    pub(super) fn plainly(&self, of: &Node) -> Option<Type> {
        let given = |primitive: &'static Primitive| self.table.given(&primitive.result).present().clone();
        match &of.kind {
            Kind::Variable { path, name } if path.is_empty() => {
                self.lookup(&name.text).map(|at| self.variables[at].ty.clone())
            }
            Kind::Call(call) => {
                let [root] = &call.path[..] else { return None };
                self.table.function(&root.text, &call.name.text).map(given)
            }
            Kind::Method { of, call, .. } => self.table.method(&self.plainly(of)?, &call.name.text).map(given),
            Kind::Property { of, name, .. } => self.table.field(&self.plainly(of)?, &name.text).map(given),
            _ => None,
        }
    }
}

/// What a gate is called, without what is put into it.
fn said(name: &Node) -> Option<String> {
    match &name.kind {
        Kind::Text(text) => Some(text.to_string()),
        Kind::Template(parts) => Some(parts.iter().map(|part| part.as_text().unwrap_or("\n")).collect()),
        _ => None,
    }
}

/// The words of a reading's name that say what is asked.
fn content(reading: &str) -> impl Iterator<Item = &str> {
    reading.split('_').filter(|word| !ASKING.contains(word) && !BESIDE.contains(word))
}

/// Where a word stands in a name: by itself, or at the beginning of one, as `csrf` of `csrftoken`.
fn place(words: &[String], word: &str) -> Option<usize> {
    words.iter().position(|said| said == word || word.len() >= 4 && said.starts_with(word))
}

/// `unknown`, `missing`: what is not as it should be.
fn is_denial(word: &str) -> bool {
    OTHERS.contains(&word)
        || ["dis", "in", "mis", "non", "un"].iter().any(|begin| word.len() > 4 && word.starts_with(begin))
}

/// `Neutron`, `MAAS`: whose it is.
fn is_proper(word: &str) -> bool {
    word.starts_with(|letter: char| letter.is_ascii_uppercase())
}

/// What readings may be called so: the whole name, and each run of two or three words of it.
fn windows(words: &[String]) -> impl Iterator<Item = String> + '_ {
    let parts = (2..=3).rev().flat_map(|count| words.windows(count));
    let whole = words.join("_");
    let asked = ["is", "has"].into_iter().map({
        let whole = whole.clone();
        move |word| format!("{word}_{whole}")
    });
    [whole].into_iter().chain(asked).chain(parts.map(|part| part.join("_")))
}
