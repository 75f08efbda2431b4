//! What a gate is called, against what it asks: a name that says the contrary, or the name of another field or method of
//! the same thing. Names are prose, so that only what is plainly said otherwise is told.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Node};
use super::super::Type;
use super::super::infer::Infer;
use super::super::values::words::vocabulary;
use crate::script::{Param, Primitive, Vocabulary};

/// Words that say that something is not so.
pub(in super::super) const NOT: [&str; 9] =
    ["neither", "never", "no", "nobody", "none", "nor", "not", "nothing", "without"];

/// Words of a reading's name that say only that it is asked.
pub(super) const ASKING: [&str; 5] = ["are", "can", "has", "have", "is"];

/// Words beside which a name still says no more than what is asked.
pub(super) const BESIDE: [&str; 15] =
    ["a", "an", "at", "by", "for", "from", "has", "have", "in", "is", "its", "of", "on", "the", "to"];

/// Words that say of what is asked that it is so.
pub(super) const AFFIRMING: [&str; 9] = ["enabled", "exists", "given", "on", "open", "present", "set", "there", "with"];

/// Questions that look for something, and find it or not.
const SEEKING: [&str; 2] = ["any", "contains"];

/// Words by which a name says of what is not among others that it is not there: `no foreign host` over `host in HOSTS`.
const OTHERS: [&str; 14] = [
    "beside", "beyond", "but", "else", "except", "foreign", "lost", "missing", "odd", "only", "other", "others",
    "outside", "strange",
];

/// Words behind which a name says what is wanted: `the status is Ready`.
pub(super) const BEING: [&str; 4] = ["are", "be", "is", "stays"];

/// Words that may belong to a verb: `what powers it on`.
const PARTICLES: [&str; 6] = ["down", "in", "off", "on", "out", "up"];

/// Words of another time than that of the gate.
const TIMES: [&str; 9] = ["after", "again", "before", "from", "once", "still", "until", "was", "were"];

/// What a gate or a wait is called, word by word, and what it looks at.
#[derive(Clone, Copy)]
pub(in super::super) struct Named<'w, 't> {
    /// Its name, as it is written.
    pub(in super::super) name: &'t Node,
    /// The words of it.
    pub(in super::super) words: &'w [&'w str],
    /// What is seen.
    pub(in super::super) seen: &'t Node,
    /// What a `gate_eq` compares it with.
    pub(in super::super) wanted: Option<&'t Node>,
}

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
        let words = words_of(&said);
        let named = Named { name, words: &words, seen, wanted };
        let told = self.says_otherwise(named).or_else(|| self.says_another_owner(named));
        if let Some(told) = told.or_else(|| self.says_another_of_each(named)) {
            return self.tell(told);
        }
        let answer = match wanted.map(|wanted| &wanted.kind) {
            None => Some(true),
            Some(Kind::Bool(holds)) => Some(*holds),
            Some(_) => None,
        };
        let lower = || words.iter().map(|word| word.to_ascii_lowercase()).collect::<Vec<String>>();
        if let Kind::Array(members) = &seen.kind {
            return self.says_another_member(name, &lower(), members).into_iter().for_each(|told| self.tell(told));
        }
        let Some(question) = Question::of(seen, answer == Some(false)) else { return };
        let lower = lower();
        if let Some(told) = self.says_a_field_beside(name, &lower, [Some(seen), wanted]) {
            return self.tell(told);
        }
        let told = self.says_the_contrary((name, wanted.is_some()), (&words, &lower), &question);
        let told = told.filter(|_| answer.is_some());
        let told = told.map(|told| match wanted {
            Some(_) => told.help(format!("want {}, or call the gate what it wants", answer == Some(false))),
            None => {
                let asked = self.copied(question.node);
                let other = if question.denied { asked } else { format!("!{asked}") };
                told.help(format!("ask {other}, or call the gate what it wants"))
            }
        });
        let told = told.or_else(|| self.says_another("gate", (name, &lower), question.node));
        told.into_iter().for_each(|told| self.tell(told));
    }

    /// The same of a wait, whose closure asks one thing.
    pub(super) fn waited_otherwise(&mut self, call: &'t Call) {
        let [name, .., closure] = &call.args[..] else { return };
        let Some((said, asked)) = said(name).zip(self.only_statement(closure)) else { return };
        let words = words_of(&said);
        let named = Named { name, words: &words, seen: asked, wanted: None };
        let another = || {
            let lower: Vec<String> = named.words.iter().map(|word| word.to_ascii_lowercase()).collect();
            self.says_another("wait", (name, &lower), Question::of(asked, false)?.node)
        };
        let told = self.says_otherwise(named).or_else(another);
        told.into_iter().for_each(|told| self.tell(told));
    }

    /// `gate("no gateway", subnet.has_gateway())`, `gate("DHCP", !subnet.dhcp)`.
    fn says_the_contrary(
        &self,
        (name, is_compared): (&Node, bool),
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
            // What is compared is called by what is looked at: `gate_eq("DHCP", subnet.dhcp, false)`.
            None if is_compared => false,
            None => {
                let is_beside = |word: &str| BESIDE.contains(&word) || AFFIRMING.contains(&word);
                let is_plain = |at: usize| is_beside(&lower[at]) || is_proper(words[at]);
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

    /// Another word than is wanted, or another number.
    fn says_otherwise(&self, named: Named<'_, 't>) -> Option<Diagnostic> {
        self.says_another_word(named).or_else(|| self.says_another_count(named))
    }

    /// `gate_eq("power is on", machine.power, "off")`: the name says one word of what can be said there, and another is
    /// wanted.
    fn says_another_word(&self, Named { name, words, seen, wanted }: Named<'_, 't>) -> Option<Diagnostic> {
        let (vocabulary, wanted) = self.wanted_word(seen, wanted)?;
        let text = wanted.as_text().filter(|text| vocabulary.words.contains(text))?;
        let has = |all: &[&str], word: &str| all.iter().any(|other| other.eq_ignore_ascii_case(word));
        let last = words.last().filter(|last| !has(&PARTICLES, last) || self.says_no_more(words, seen));
        let participle = self.participle(words, seen, vocabulary);
        let claimed =
            participle.iter().chain(last).chain(words.windows(2).filter(|two| has(&BEING, two[0])).map(|two| &two[1]));
        let said = claimed.copied().find(|said| has(vocabulary.words, said) && !said.eq_ignore_ascii_case(text))?;
        let is_told = text.split(' ').all(|word| has(words, word));
        let is_turned = |word: &&str| {
            let lower = word.to_ascii_lowercase();
            has(&NOT, word) || has(&TIMES, word) || is_denial(&lower) && !has(vocabulary.words, word)
        };
        if is_told || words.iter().any(is_turned) {
            return None;
        }
        let message = format!("{} says {said}, and {text:?} is wanted", self.text(name));
        let told = Diagnostic::warning("W0357", message, &self.tree().file, name.span);
        let told = told.note("who reads the report believes the name");
        let right = vocabulary.words.iter().find(|word| word.eq_ignore_ascii_case(said))?;
        Some(told.help(format!("want {right:?}, or call it what it wants")))
    }

    /// `powered on`, `host on`: before its last word a name says only what is asked, and of what.
    fn says_no_more(&self, words: &[&str], seen: &'t Node) -> bool {
        let Some((_, before)) = words.split_last() else { return false };
        before.iter().all(|word| self.says_what_is_asked(word, seen))
    }

    /// `powered` alone says that the power is on.
    fn participle(&self, words: &[&str], seen: &'t Node, vocabulary: &Vocabulary) -> Option<&'static str> {
        let (last, _) = words.split_last()?;
        let has = |word: &str| vocabulary.words.contains(&word);
        let asked = reading_of(seen).filter(|_| has("on") && has("off"))?;
        (is_participle(last, asked) && self.says_no_more(words, seen)).then_some("on")
    }

    /// Whether a word of a name is that of what is asked, of the thing that it is asked of, or says nothing.
    fn says_what_is_asked(&self, word: &str, seen: &'t Node) -> bool {
        let lower = word.to_ascii_lowercase();
        let asked = reading_of(seen).unwrap_or_default();
        let is_thing = || matches!(self.plainly_of(seen), Some(Type::Named(kind)) if kind.eq_ignore_ascii_case(word));
        BESIDE.contains(&lower.as_str())
            || BEING.contains(&lower.as_str())
            || lower == asked
            || is_participle(&lower, asked)
            || self.lookup(&lower).is_some()
            || is_thing()
    }

    /// The type of what a field is asked of.
    fn plainly_of(&self, seen: &Node) -> Option<Type> {
        match &seen.kind {
            Kind::Operator { operands, .. } => self.plainly_of(operands.first()?),
            Kind::Property { of, .. } => self.plainly(of),
            _ => None,
        }
    }

    /// The one word that is wanted of what can be several: of a `gate_eq`, of a comparison, of a question.
    fn wanted_word(&self, seen: &'t Node, wanted: Option<&'t Node>) -> Option<(&'static Vocabulary, &'t Node)> {
        let (words, wanted) = match (wanted, &seen.kind) {
            (Some(wanted), _) => (vocabulary(&self.plainly(seen)?)?, wanted),
            (None, Kind::Operator { symbol, operands, .. }) if symbol == "==" => {
                let [seen, wanted] = &operands[..] else { return None };
                (vocabulary(&self.plainly(seen)?)?, wanted)
            }
            (None, Kind::Call(Call { path, name, args, .. })) => {
                let [root] = &path[..] else { return None };
                let params = &self.table.function(&root.text, &name.text)?.params;
                let of = |(param, arg)| Some((param_words(param)?, arg));
                params.iter().zip(args).find_map(of)?
            }
            _ => return None,
        };
        words.form.is_none().then_some((words, wanted))
    }

    /// `gate_eq("shares and threshold", [seal.shares, seal.progress], ..)`: the name says a member that is not looked at.
    fn says_another_member(&self, name: &Node, lower: &[String], members: &'t [Node]) -> Option<Diagnostic> {
        let of = |node: &'t Node| match &node.kind {
            Kind::Property { of, name, .. } => Some((&**of, name.text.as_str())),
            _ => None,
        };
        let (root, _) = of(members.first()?)?;
        let asked: Vec<&str> = members.iter().filter_map(|node| Some(of(node)?.1)).collect();
        let is_one = members.iter().all(|node| of(node).is_some_and(|(other, _)| self.text(other) == self.text(root)));
        let owner = self.plainly(root).filter(|_| is_one && asked.len() == members.len())?;
        let place = |field: &str| lower.iter().any(|word| word == field);
        if let Some(told) = self.says_them_crossed(name, lower, (root, &asked), members) {
            return Some(told);
        }
        let at = asked.iter().position(|field| !place(field)).filter(|_| asked.iter().any(|field| place(field)))?;
        let own = self.table.field(&owner, asked[at])?;
        let said = lower.iter().filter(|word| !asked.contains(&word.as_str()));
        let other = said.filter_map(|word| self.table.field(&owner, word)).find(|other| other.result == own.result)?;
        let message = format!("the gate is called {}, and asks `{}`", self.text(name), self.text(&members[at]));
        let told = Diagnostic::warning("W0357", message, &self.tree().file, members[at].span);
        let told = told.note(format!("there is {}", other.signature()));
        Some(told.help(format!("ask `{}.{}`, or call the gate what it asks", self.text(root), other.name)))
    }

    /// `gate_eq("threshold and shares", [seal.shares, seal.threshold], ..)`: who reads the report takes one for the other.
    fn says_them_crossed(
        &self,
        name: &Node,
        lower: &[String],
        (root, asked): (&Node, &[&str]),
        members: &[Node],
    ) -> Option<Diagnostic> {
        let places: Vec<usize> =
            asked.iter().map(|field| lower.iter().position(|word| word == field)).collect::<Option<_>>()?;
        let mut said: Vec<(usize, &str)> = places.iter().copied().zip(asked.iter().copied()).collect();
        said.sort_unstable();
        if places.is_sorted() {
            return None;
        }
        let message = format!("{} names them in another order than they are asked", self.text(name));
        let (first, last) = (members.first()?, members.last()?);
        let told = Diagnostic::warning("W0357", message, &self.tree().file, first.span.to(last.span));
        let told = told.note("the report shows the values in the order in which they are asked, under that name");
        let root = self.text(root);
        let right = said.iter().map(|(_, field)| format!("{root}.{field}")).collect::<Vec<_>>().join(", ");
        Some(told.help(format!("ask [{right}], and want them in that order; or turn the name round")))
    }

    /// The type of what is asked, where a name in sight or the reading itself tells it.
    pub(in super::super) fn plainly(&self, of: &Node) -> Option<Type> {
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

/// The field that is asked.
fn reading_of(seen: &Node) -> Option<&str> {
    match &seen.kind {
        Kind::Property { name, .. } => Some(&name.text),
        Kind::Operator { operands, .. } => reading_of(operands.first()?),
        _ => None,
    }
}

/// `powered` of `power`.
fn is_participle(word: &str, of: &str) -> bool {
    let rest = word.get(..of.len()).filter(|begin| !of.is_empty() && begin.eq_ignore_ascii_case(of));
    rest.is_some_and(|_| matches!(&word[of.len()..], "d" | "ed"))
}

/// What a parameter may say.
fn param_words(param: &Param) -> Option<&'static Vocabulary> {
    param.ty.vocabulary().filter(|words| words.form.is_none())
}

/// What a gate is called, without what is put into it.
fn said(name: &Node) -> Option<String> {
    match &name.kind {
        Kind::Text(text) => Some(text.to_string()),
        Kind::Template(parts) => Some(parts.iter().map(|part| part.as_text().unwrap_or("\n")).collect()),
        _ => None,
    }
}

fn words_of(said: &str) -> Vec<&str> {
    said.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// The words of a reading's name that say what is asked.
pub(super) fn content(reading: &str) -> impl Iterator<Item = &str> {
    reading.split('_').filter(|word| !ASKING.contains(word) && !BESIDE.contains(word))
}

/// Where a word stands in a name: by itself, or at the beginning of one, as `csrf` of `csrftoken`.
pub(super) fn place(words: &[String], word: &str) -> Option<usize> {
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
