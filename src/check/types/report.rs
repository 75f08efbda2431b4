//! How findings of types are worded: what was expected, what was found, the signature, the nearest right name.

use super::super::message::{Diagnostic, nearest};
use super::super::near::nearest_reading;
use super::super::tree::{Call, Function, Kind, Name, Node, Span};
use super::Type;
use super::calls::advice::{counted_members, reader, unquoted};
use super::calls::fit::READ_FROM_TEXT;
use super::calls::missing::counted;
use super::infer::Infer;
use super::operators::Likeness;
use super::values::blame::Odd;
use crate::script::{Effect, Ty};

/// The longest piece of a script that a message repeats.
const LONGEST: usize = 48;

/// The longest piece that a piece of advice repeats, for it must be whole.
const LONGEST_ADVICE: usize = 90;

impl<'t> Infer<'t> {
    /// A node as it was written, on one line.
    pub(super) fn text(&self, node: &Node) -> String {
        let text = self.tree().text(node.span).split_whitespace().collect::<Vec<_>>().join(" ");
        if text.chars().count() <= LONGEST {
            return text;
        }
        format!("{}...", text.chars().take(LONGEST - 3).collect::<String>())
    }

    /// A node as it was written, for a line that can be copied: whole, or a word in its place.
    pub(super) fn copied(&self, node: &Node) -> String {
        let text = self.tree().text(node.span).split_whitespace().collect::<Vec<_>>().join(" ");
        if text.chars().count() <= LONGEST_ADVICE { text } else { "value".to_owned() }
    }

    /// The same, where it is not too long.
    pub(super) fn copied_whole(&self, node: &Node) -> Option<String> {
        let text = self.tree().text(node.span).split_whitespace().collect::<Vec<_>>().join(" ");
        (text.chars().count() <= LONGEST_ADVICE).then_some(text)
    }

    /// The arguments behind the first, or all of them.
    pub(super) fn rest(&self, args: &[Node]) -> String {
        args.iter().map(|arg| self.copied(arg)).collect::<Vec<_>>().join(", ")
    }

    /// A finding in this file, with the note on why it matters.
    #[cold]
    pub(super) fn error(&self, id: &str, message: impl Into<String>, span: Span) -> Diagnostic {
        let diagnostic = Diagnostic::error(id, message, &self.tree().file, span);
        match why(id) {
            Some(note) => diagnostic.note(note),
            None => diagnostic,
        }
    }

    /// `()` where a value is needed.
    pub(super) fn nothing(&self, node: &Node, ty: &Type) -> Diagnostic {
        let text = self.text(node);
        let (message, help) = match &node.kind {
            Kind::If { otherwise: None, .. } => {
                ("this `if` gives nothing when its condition does not hold".to_owned(), "add an else")
            }
            Kind::Switch { .. } => ("this `switch` gives nothing in some case".to_owned(), "add a default: _ => ..."),
            Kind::Unit => ("`()` is no value".to_owned(), "leave it out, or give a value"),
            Kind::Call(call) | Kind::Method { call, .. } => {
                let sometimes = if *ty == Type::Unit { "gives" } else { "may give" };
                let message = format!("{} {sometimes} nothing back", call.full_name());
                if let Some(other) = self.giving(call) {
                    return self
                        .error("E0213", message, node.span)
                        .help(format!("{other} gives a value, and changes nothing"));
                }
                (message, "call it as a statement of its own")
            }
            _ if *ty == Type::Unit => (format!("`{text}` gives nothing"), "give a value"),
            _ => (format!("`{text}` may give nothing"), "give a value on every way"),
        };
        self.error("E0213", message, node.span).help(help)
    }

    /// What only reads, and is called nearly as the change that stands there.
    fn giving(&self, call: &Call) -> Option<String> {
        let root = call.path.first().map_or("", |root| root.text.as_str());
        self.table.function(root, &call.name.text).filter(|called| called.effect == Effect::Change)?;
        let gives = |name: &&str| {
            let other = self.table.function(root, name);
            other.is_some_and(|other| other.effect == Effect::Read && other.result != Ty::Unit)
        };
        let near = nearest(&call.name.text, self.table.functions_of(root).into_iter().filter(gives))?;
        Some(format!("{root}::{near}"))
    }

    /// What may be absent where a value must be there.
    pub(super) fn absent(&self, node: &Node, ty: &Type) -> Diagnostic {
        let text = self.text(node);
        let diagnostic = self.error("E0212", format!("`{text}` may be absent"), node.span);
        let origin = self.origins.get(&(self.home, node.span));
        let diagnostic = match origin {
            Some(signature) => diagnostic.note(signature.clone()),
            None => diagnostic.note(format!("its type is {ty}")),
        };
        let plain = matches!(&node.kind, Kind::Variable { path, .. } if path.is_empty());
        let (first, name) = if plain { (String::new(), &*text) } else { (format!("let value = {text}; "), "value") };
        if self.in_closure {
            // No gate stands in a closure.
            return diagnostic.help(match self.comparing.filter(|_| is_path(node)) {
                Some((whole, is_unlike)) => {
                    let whole = self.tree().text(whole).split_whitespace().collect::<Vec<_>>().join(" ");
                    // What is not there is not that either.
                    let there = if is_unlike { "== () ||" } else { "!= () &&" };
                    format!("ask before whether it is there: {text} {there} {whole}")
                }
                None => format!("ask before: {first}if {name} != () {{ ... }} else {{ ... }}"),
            });
        }
        diagnostic
            .help(format!("compare it in a gate, which an absent value fails: gate_eq(\"name\", {text}, wanted);"))
            .help(format!("or ask before: {first}if {name} != () {{ ... }}"))
    }

    /// A value of which the host does not tell the type.
    pub(super) fn untold(&mut self, node: &Node) -> Type {
        let diagnostic = self.untold_diagnostic(node);
        self.tell(diagnostic);
        Type::Open
    }

    pub(super) fn untold_diagnostic(&self, node: &Node) -> Diagnostic {
        let text = self.text(node);
        self.error("E0220", format!("cannot tell the type of `{text}`"), node.span).help(format!(
            "compare it in a gate: gate_eq(\"name\", {text}, wanted); or read the typed field it comes from"
        ))
    }

    /// A name that a namespace of the host does not have.
    pub(super) fn not_in_namespace(&mut self, root: &Name, name: &Name) -> Type {
        if root.text == "global" {
            let diagnostic =
                self.error("E0202", "global:: reaches constants of this file alone, no functions", root.span);
            self.tell(diagnostic.help(format!("write {}(...) without it", name.text)));
            return Type::Open;
        }
        if !self.table.namespaces().contains(root.text.as_str()) {
            // The names before :: are another rule's.
            return Type::Open;
        }
        let known = self.table.functions_of(&root.text);
        if known.contains(&name.text.as_str()) {
            let message = format!("{0}::{1} is a function, and not called", root.text, name.text);
            let told = self.error("E0202", message, name.span);
            self.tell(told.help(format!("write {}::{}()", root.text, name.text)));
            return Type::Open;
        }
        let diagnostic = self.error("E0202", format!("{} has nothing called `{}`", root.text, name.text), name.span);
        let reads = |other: &str| self.table.function(&root.text, other).is_some_and(|f| f.effect != Effect::Change);
        let near = nearest_reading(&name.text, &known, reads);
        let diagnostic = near.into_iter().fold(diagnostic, |told, near| told.label(format!("did you mean `{near}`?")));
        let others = self.table.homes(&name.text);
        let diagnostic = if let (None, Some(owner)) = (&diagnostic.label, self.giver_of(&root.text, &name.text)) {
            diagnostic.help(format!("it is a method: {owner}.{}(...)", name.text))
        } else if others.is_empty() || diagnostic.label.is_some() {
            diagnostic
        } else {
            let homes: Vec<String> = others.iter().map(|home| qualified(home, &name.text)).collect();
            diagnostic.help(format!("there is {}", homes.join(", ")))
        };
        self.tell(diagnostic.note(format!("{}:: has {}", root.text, known.join(", "))));
        Type::Open
    }

    /// A reading of the namespace whose result has a method of that name.
    fn giver_of(&self, namespace: &str, method: &str) -> Option<String> {
        let owners: Vec<&str> =
            self.table.methods_named(method).filter_map(|method| Some(method.receiver.as_ref()?.name)).collect();
        let gives = |name: &&str| {
            let function = self.table.function(namespace, name).filter(|function| function.effect != Effect::Change);
            function.is_some_and(|function| matches!(function.result, Ty::Named(of) if owners.contains(&of)))
        };
        let name = self.table.functions_of(namespace).into_iter().find(gives)?;
        let function = self.table.function(namespace, name)?;
        let args = if function.params.is_empty() { "" } else { "..." };
        Some(format!("{namespace}::{name}({args})"))
    }

    pub(super) fn no_constant(&mut self, home: usize, name: &Name, outside: bool) -> Type {
        let source = &self.sources[home];
        let known: Vec<&str> = match outside {
            true => source.exports.keys().map(|name| name.as_str()).collect(),
            false => source.constants(),
        };
        let hidden = outside && source.constant(&name.text).is_some();
        let file = &source.tree.file;
        if source.tree.named(&name.text).next().is_some() && !hidden {
            let message = format!("`{}` is a function, and not called", name.text);
            let whole = name.span;
            self.tell(self.error("E0202", message, whole).help(format!("write {}(), with its arguments", name.text)));
            return Type::Never;
        }
        let diagnostic = self.error("E0202", format!("{file} has no constant `{}`", name.text), name.span);
        let begun: Vec<&str> = known.iter().copied().filter(|known| goes_on(known, &name.text)).collect();
        let diagnostic = if hidden {
            diagnostic.help(format!("it is not exported there: write export const {} = ...", name.text))
        } else if begun.len() > 1 {
            diagnostic.label(format!("did you mean one of {}?", begun.join(", ")))
        } else {
            diagnostic.suggest(&name.text, known.iter().copied())
        };
        let there = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        self.tell(diagnostic.note(format!("constants there: {there}")));
        Type::Open
    }

    pub(super) fn no_function(&mut self, call: &Call) {
        let name = &call.name.text;
        let own: Vec<&str> = self.tree().declared().map(|function| function.name.as_str()).collect();
        let global: Vec<&str> =
            self.table.functions_of("").into_iter().filter(|name| name.starts_with(char::is_alphabetic)).collect();
        let diagnostic = self.error("E0201", format!("no function is called `{name}`"), call.name.span);
        let homes: Vec<String> = self.table.homes(name).iter().map(|home| qualified(home, name)).collect();
        if !homes.is_empty() {
            self.tell(diagnostic.help(format!("write {}", homes.join(" or "))));
            return;
        }
        let modules = self.sources[self.home].modules.clone();
        let in_library = modules.keys().find(|alias| {
            self.library(alias).is_some_and(|home| self.sources[home].tree.declared().any(|f| f.name == *name))
        });
        if let Some(alias) = in_library {
            self.tell(diagnostic.help(format!("write {alias}::{name}(...)")));
            return;
        }
        self.tell(diagnostic.suggest(name, own.into_iter().chain(global)));
    }

    pub(super) fn no_library_function(&mut self, home: usize, call: &Call) {
        let tree = self.sources[home].tree;
        let name = &call.name.text;
        let known: Vec<&str> =
            tree.declared().filter(|function| !function.is_private).map(|function| function.name.as_str()).collect();
        let diagnostic = self.error("E0202", format!("{} has no function `{name}`", tree.file), call.name.span);
        let diagnostic = match tree.named(name).next() {
            Some(_) => diagnostic.help("it is private there"),
            None => diagnostic.suggest(name, known.iter().copied()),
        };
        let there = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        self.tell(diagnostic.note(format!("functions there: {there}")));
    }

    pub(super) fn wrong_count(&mut self, home: usize, call: &Call) {
        let tree = self.sources[home].tree;
        let forms: Vec<String> = tree
            .named(&call.name.text)
            .map(|function| {
                let params: Vec<&str> = function.params.iter().map(|param| param.text.as_str()).collect();
                format!("fn {}({})   {}:{}", function.name, params.join(", "), tree.file, function.name_span.line)
            })
            .collect();
        let counts: Vec<String> = tree.named(&call.name.text).map(|f| counted(f.params.len())).collect();
        let message = format!("{} takes {}, not {}", call.full_name(), counts.join(" or "), call.args.len());
        let diagnostic = self.error("E0206", message, call.name.span);
        let diagnostic = forms.into_iter().fold(diagnostic, Diagnostic::note);
        let all: Vec<&Function> = tree.named(&call.name.text).collect();
        self.tell(match &all[..] {
            [only] => missing_or_surplus(diagnostic, only, call),
            _ => diagnostic,
        });
    }

    /// Two types that do not compare.
    pub(super) fn unlike(
        &self,
        who: &str,
        at: Span,
        left: &(&'t Node, Type),
        right: &(&'t Node, Type),
        like: Likeness,
    ) -> Diagnostic {
        let (a, b) = (left.1.present(), right.1.present());
        if like == Likeness::Never {
            let diagnostic = self.error("E0211", format!("{who} cannot compare {}", a.described()), at);
            return match self.telling_field(a) {
                Some(field) => diagnostic.help(format!("compare one of its fields: {}.{field}", self.copied(left.0))),
                None => diagnostic,
            };
        }
        let message = format!("{who} compares {} with {}", a.described(), b.described());
        let diagnostic = self.error("E0211", message, at).note(UNLIKE);
        let diagnostic = diagnostic.note(format!("`{}` is {}", self.text(left.0), left.1.described()));
        let diagnostic = diagnostic.note(format!("`{}` is {}", self.text(right.0), right.1.described()));
        let diagnostic = self.blamed(diagnostic, left.0, &Odd::Unlike(b.clone()));
        let diagnostic = self.blamed(diagnostic, right.0, &Odd::Unlike(a.clone()));
        if let Some(field) = self.field_like(left, b).or_else(|| self.field_like(right, a)) {
            return diagnostic.help(format!("there is {field}, which fits"));
        }
        match (a, b) {
            (a, Type::Named(name)) if a.is_text() => reader(diagnostic, name, &self.text(left.0)),
            (Type::Named(name), b) if b.is_text() => reader(diagnostic, name, &self.text(right.0)),
            (Type::List(_) | Type::Listing(_), ty) if ty.is_int() => counted_members(diagnostic, &self.copied(left.0)),
            (ty, Type::List(_) | Type::Listing(_)) if ty.is_int() => counted_members(diagnostic, &self.copied(right.0)),
            (Type::Text, other) => unquoted(diagnostic, other, left.0, right.0),
            (other, Type::Text) => unquoted(diagnostic, other, right.0, left.0),
            _ => diagnostic,
        }
    }

    pub(super) fn not_member(
        &self,
        at: Span,
        left: &(&'t Node, Type),
        right: &(&'t Node, Type),
        like: Likeness,
    ) -> Diagnostic {
        let (item, list) = (self.text(left.0), self.text(right.0));
        if like == Likeness::Never {
            let message =
                format!("`in` looks into a list, a text, a network or a range; `{list}` is {}", right.1.described());
            return self.error("E0211", message, at);
        }
        let message = format!("`in` looks for {} in {}", left.1.described(), right.1.described());
        let diagnostic = self.error("E0211", message, at).note(UNLIKE);
        let diagnostic = match &right.1 {
            Type::List(of) => self.blamed(diagnostic, left.0, &Odd::Unlike((**of).clone())),
            _ => diagnostic,
        };
        match &right.1 {
            Type::Listing(_) => {
                diagnostic.help(format!("a list of handles is asked for a name, as a text: \"name\" in {list}"))
            }
            Type::List(of) => match (&left.1, &**of) {
                (found, Type::Named(name)) if found.is_text() => reader(diagnostic, name, &item),
                (Type::Named(name), of) if of.is_text() && READ_FROM_TEXT.contains(name) => {
                    diagnostic.help(format!("as text: {item}.text()"))
                }
                _ => diagnostic,
            },
            _ if matches!(left.1, Type::List(_) | Type::Listing(_)) => {
                diagnostic.help(format!("the list stands behind `in`: {list} in {item}"))
            }
            _ => diagnostic,
        }
    }

    pub(super) fn no_sum(&self, at: Span, left: &(&'t Node, Type), right: &(&'t Node, Type)) -> Diagnostic {
        let message = format!("`+` cannot add {} and {}", left.1.described(), right.1.described());
        let diagnostic = self.error("E0216", message, at);
        let secret = [left, right].iter().any(|side| side.1 == Type::Named("Secret"));
        match (&left.1, &right.1) {
            _ if secret => self.secret(at),
            (text, other) | (other, text) if text.is_text() && !matches!(other, Type::List(_) | Type::Listing(_)) => {
                diagnostic.help("to put it into a text, write `... ${value} ...` in back-ticks")
            }
            (Type::List(_), _) if self.tree().text(at) == "+=" => {
                let member = self.text(right.0);
                diagnostic.help(format!("to add one member: {} += [{member}];", self.text(left.0)))
            }
            (Type::List(_), _) => {
                diagnostic.help(format!("to add one member: {} + [{}]", self.text(left.0), self.text(right.0)))
            }
            _ => diagnostic,
        }
    }

    pub(super) fn unprintable(&self, part: &'t Node, ty: &Type) -> Diagnostic {
        if *ty == Type::Named("Secret") {
            return self.secret(part.span);
        }
        let message = format!("`{}` is {}; it has no text", self.text(part), ty.described());
        let diagnostic = self.error("E0218", message, part.span);
        let text = self.copied(part);
        match ty {
            Type::Listing(_) => diagnostic.help(format!("write ${{{text}.names().join(\", \")}}")),
            Type::List(_) => diagnostic.help(format!("write ${{{text}.join(\", \")}}, for a list of texts")),
            Type::Named(_) => {
                let fields = self.table.fields_of(ty);
                let printed =
                    fields.iter().find(|field| ["name", "hostname", "cidr"].contains(field)).or(fields.first());
                match printed {
                    Some(field) => diagnostic.help(format!("use one of its fields: ${{{text}.{field}}}")),
                    None => diagnostic,
                }
            }
            _ => diagnostic,
        }
    }

    fn secret(&self, at: Span) -> Diagnostic {
        let message = "a secret cannot be put into a text";
        Diagnostic::error("E0311", message, &self.tree().file, at)
            .note("texts go to journals, reports and terminals; a secret goes only to the primitive that needs it")
            .help("hand the secret over as it is")
    }
}

/// What a function of one form lacks, or the first argument that it does not take.
fn missing_or_surplus(mut diagnostic: Diagnostic, function: &Function, call: &Call) -> Diagnostic {
    if call.args.len() < function.params.len() {
        let params: Vec<&str> = function.params.iter().map(|param| param.text.as_str()).collect();
        let missing = super::calls::missing::missing(call, &params);
        return diagnostic.label(format!("missing: {}", missing.join(", ")));
    }
    if let Some(surplus) = call.args.get(function.params.len()) {
        diagnostic.span = surplus.span;
    }
    diagnostic
}

/// Whether a name is another one with more words behind it.
fn goes_on(name: &str, begun: &str) -> bool {
    name.strip_prefix(begun).is_some_and(|rest| rest.starts_with('_'))
}

/// A variable, or fields of one: what a question before it tells of.
fn is_path(node: &Node) -> bool {
    match &node.kind {
        Kind::Variable { path, .. } => path.is_empty(),
        Kind::Property { of, .. } => is_path(of),
        _ => false,
    }
}

/// Why a comparison of unlike types is wrong.
pub(super) const UNLIKE: &str = "values of unlike types are never equal, so the answer would mean nothing";

fn qualified(home: &str, name: &str) -> String {
    if home.is_empty() { format!("{name}(...)") } else { format!("{home}::{name}(...)") }
}

/// One sentence on why a rule matters, for the ids where the message alone does not say it.
fn why(id: &str) -> Option<&'static str> {
    Some(match id {
        "E0201" | "E0202" | "E0204" | "E0205" | "E0206" => "the run would stop at this line, perhaps after changes",
        "E0208" | "E0209" | "E0210" => "without the check it would be refused only when the line runs",
        "E0224" => "the case would be passed over without a word",
        "E0212" => "an absent value is an answer of its own, never \"\", 0 or false",
        "E0213" => "where a value is needed, nothing is not an answer",
        "E0218" => "in a text stands what a person reads; the engine would print the name of a type",
        "E0220" => "what cannot be told is not let through: a wrong field would be found only in the run",
        "E0320" => "it says the same whatever the cloud is like",
        "E0226" => "what nobody looks at proves nothing",
        _ => return None,
    })
}
