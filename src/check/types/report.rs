//! How findings of types are worded: what was expected, what was found, the signature, the nearest right name.

use super::super::message::{Diagnostic, nearest};
use super::super::tree::{Call, Function, Kind, Name, Node, Span};
use super::Type;
use super::advice::{counted_members, reader, unquoted};
use super::blame::Odd;
use super::fit::READ_FROM_TEXT;
use super::infer::Infer;
use super::operators::{Likeness, likeness};
use super::order::counted;

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

    /// The arguments behind the first, or all of them.
    pub(super) fn rest(&self, args: &[Node]) -> String {
        args.iter().map(|arg| self.copied(arg)).collect::<Vec<_>>().join(", ")
    }

    /// A finding in this file, with the note on why it matters.
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
                (format!("{} {sometimes} nothing back", call.full_name()), "call it as a statement of its own")
            }
            _ if *ty == Type::Unit => (format!("`{text}` gives nothing"), "give a value"),
            _ => (format!("`{text}` may give nothing"), "give a value on every way"),
        };
        self.error("E0213", message, node.span).help(help)
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
            let is_property =
                matches!(&node.kind, Kind::Property { of, .. } if matches!(of.kind, Kind::Variable { .. }));
            return diagnostic.help(match self.comparing.filter(|_| plain || is_property) {
                Some(whole) => {
                    let whole = self.tree().text(whole).split_whitespace().collect::<Vec<_>>().join(" ");
                    format!("ask before whether it is there: {text} != () && {whole}")
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

    pub(super) fn no_field(&self, of: &Node, ty: &Type, name: &Name) -> Diagnostic {
        let text = &name.text;
        if let Type::Listing(element) = ty {
            return self
                .error("E0204", format!("a list has no field `{text}`; its elements are of type {element}"), name.span)
                .help(format!("of each: {}.map(|x| x.{text})", self.copied(of)));
        }
        let fields = match ty {
            Type::Map(fields) => fields.keys().map(String::as_str).collect(),
            _ => self.table.fields_of(ty),
        };
        let owner = if matches!(ty, Type::Map(_)) { format!("`{}`", self.text(of)) } else { ty.described() };
        let owner = if let Type::Named(name) = ty { (*name).to_owned() } else { owner };
        let diagnostic = self.error("E0204", format!("{owner} has no field `{text}`"), name.span);
        let methods = self.table.methods_of(ty);
        if methods.contains(&text.as_str()) {
            return diagnostic.help(format!("it is a method: write {}.{text}()", self.copied(of)));
        }
        if let Some(told) = self.misspelt(ty, name) {
            return told;
        }
        let diagnostic = self.suggest(diagnostic, text, &fields, &methods);
        if fields.is_empty() { diagnostic } else { diagnostic.note(format!("fields: {}", fields.join(", "))) }
    }

    /// Whether the map is the one that is misspelt: other maps have the field, and one alone has a name near to it. That
    /// one is told, whoever reads it.
    fn misspelt(&self, ty: &Type, name: &Name) -> Option<Diagnostic> {
        let Type::Map(fields) = ty else { return None };
        let wanted = &*name.text;
        let near = nearest(wanted, fields.keys().map(String::as_str))?;
        let mut written: Vec<(&str, Span)> = Vec::new();
        let mut is_known = false;
        for tree in self.sources.iter().map(|source| source.tree) {
            tree.walk(&mut |node| {
                let Kind::Map(written_out) = &node.kind else { return };
                is_known |= written_out.iter().any(|field| field.name.text == wanted);
                // Maps of other fields may have the name rightly.
                let is_such = written_out.len() == fields.len()
                    && written_out.iter().all(|field| fields.contains_key(&field.name.text));
                let of_near = written_out.iter().filter(|field| is_such && field.name.text == near);
                written.extend(of_near.map(|field| (tree.file.as_str(), field.name.span)));
            });
        }
        // A library that is read alone is there as itself and as a library.
        written.sort_unstable();
        written.dedup();
        let [(file, span)] = written[..] else { return None };
        let told = Diagnostic::error("E0204", format!("this map has `{near}`, and no field `{wanted}`"), file, span);
        let note = format!("it is read at {}:{}", self.tree().file, name.span.line);
        is_known.then(|| told.label(format!("did you mean `{wanted}`?")).note(note).note("maps like it have that one"))
    }

    /// The nearest field, or the nearest method.
    fn suggest(&self, diagnostic: Diagnostic, written: &str, fields: &[&str], methods: &[&str]) -> Diagnostic {
        if let Some(field) = nearest(written, fields.iter().copied()) {
            return diagnostic.label(format!("did you mean `{field}`?"));
        }
        let whole = |name: &&&str| name.split('_').any(|part| part == written);
        let near = nearest(written, methods.iter().copied());
        match near.or_else(|| fields.iter().chain(methods).find(whole).copied()) {
            Some(field) if fields.contains(&field) => diagnostic.label(format!("did you mean `{field}`?")),
            Some(method) => diagnostic.label(format!("did you mean `{method}()`?")),
            None => diagnostic,
        }
    }

    pub(super) fn no_method(&self, of: &Node, ty: &Type, call: &Call, given: &[Type]) -> Diagnostic {
        let name = &call.name.text;
        let owner = if let Type::Named(name) = ty { (*name).to_owned() } else { ty.described() };
        let diagnostic = self.error("E0205", format!("{owner} has no method `{name}`"), call.name.span);
        let text = self.copied(of);
        let fields = self.table.fields_of(ty);
        if fields.contains(&name.as_str()) {
            let takes =
                |method: &&str| self.table.method(ty, method).is_some_and(|m| m.params.len() == call.args.len());
            let methods = self.table.methods_of(ty);
            return match nearest(name, methods.into_iter().filter(|method| !call.args.is_empty() && takes(method))) {
                Some(method) => diagnostic.label(format!("did you mean `{method}`?")),
                None => diagnostic.help(format!("it is a field: write {text}.{name}")),
            };
        }
        let own = self.tree().declared().any(|function| function.name == *name);
        if own || self.table.function("", name).is_some() {
            let all: Vec<String> = [text].into_iter().chain(call.args.iter().map(|arg| self.copied(arg))).collect();
            return diagnostic.help(format!("it is a function: write {name}({})", all.join(", ")));
        }
        let element = match ty {
            Type::Listing(name) => Type::Named(name),
            Type::List(of) => (**of).clone(),
            _ => Type::Never,
        };
        if self.table.method(&element, name).is_some() {
            return diagnostic.help(format!("of each: {text}.map(|x| x.{name}({}))", self.rest(&call.args)));
        }
        if let Some(all) = self.all_of(of, ty, name) {
            return diagnostic.help(format!("{text} is one of them; a list of all is {all}"));
        }
        let methods = self.table.methods_of(ty);
        let of_fields: Vec<&str> =
            fields.iter().copied().filter(|field| self.has_method(ty, field, name, given)).collect();
        let diagnostic = match nearest(name, methods.iter().copied()) {
            _ if !of_fields.is_empty() => {
                let written = |field: &&str| format!("{text}.{field}.{name}({})", self.rest(&call.args));
                let all: Vec<String> = of_fields.iter().map(written).collect();
                let noun = if all.len() == 1 { "its field has it" } else { "its fields have it" };
                diagnostic.help(format!("{noun}: write {}", all.join(" or ")))
            }
            Some(method) => diagnostic.label(format!("did you mean `{method}`?")),
            None => diagnostic.suggest(name, fields.iter().copied()),
        };
        let diagnostic = self.made_of_text(diagnostic, ty, |made| self.table.method(made, name).is_some());
        match (methods.is_empty(), fields.is_empty()) {
            (false, _) => diagnostic.note(format!("methods: {}", methods.join(", "))),
            (true, false) => diagnostic.note(format!("it has no methods; its fields: {}", fields.join(", "))),
            (true, true) => diagnostic,
        }
    }

    /// Whether a field has a method that takes what is given.
    fn has_method(&self, ty: &Type, field: &str, name: &str, given: &[Type]) -> bool {
        let Some(field) = self.table.field(ty, field) else { return false };
        let of = self.table.given(&field.result);
        let Some(method) = self.table.method(of.present(), name) else {
            let is_like = |item: &Type| match of.present() {
                Type::List(of) => likeness(of, item) == Likeness::Like,
                Type::Listing(_) => item.is_text(),
                _ => false,
            };
            return name == "contains" && matches!(given, [item] if is_like(item));
        };
        let counts = method.params.iter().filter(|param| !param.optional).count()..=method.params.len();
        let fits = method.params.iter().zip(given).all(|(param, given)| self.fits(&param.ty, given));
        counts.contains(&given.len()) && fits
    }

    /// A text that was to be an address, a network or a range.
    fn made_of_text(&self, diagnostic: Diagnostic, ty: &Type, has: impl Fn(&Type) -> bool) -> Diagnostic {
        if !ty.is_text() || diagnostic.label.is_some() {
            return diagnostic;
        }
        let makers = [("Ip", "ip"), ("Cidr", "cidr"), ("IpRange", "ip_range")];
        let made: Vec<String> = makers
            .iter()
            .filter(|(name, _)| has(&Type::Named(name)))
            .map(|(name, maker)| format!("{maker}(\"...\") makes {}", Type::Named(name).described()))
            .collect();
        match made.is_empty() {
            true => diagnostic,
            false => {
                diagnostic.help(format!("what has it is made of a text, where that is written: {}", made.join(", ")))
            }
        }
    }

    /// The function that gives all of what this one gives one of, when the method is a list's.
    fn all_of(&self, of: &Node, ty: &Type, method: &str) -> Option<String> {
        let (Type::Named(element), Kind::Call(call)) = (ty, &of.kind) else { return None };
        self.table.method(&Type::Listing(element), method)?;
        let [home] = &call.path[..] else { return None };
        let all = format!("{}s", call.name.text);
        self.table.function(&home.text, &all).map(|found| found.signature())
    }

    pub(super) fn no_index(&self, node: &Node, of: &Node, ty: &Type, at: &Type) -> Diagnostic {
        let text = self.text(of);
        let message = format!("`{text}` is {}; it cannot be asked for {}", ty.described(), at.described());
        let diagnostic = self.error("E0217", message, node.span);
        match ty {
            Type::Listing(_) => {
                diagnostic.help(format!("go through it: for x in {text} {{ ... }}; or ask for one by its name"))
            }
            Type::Map(_) => diagnostic.help("a map's fields are found by their names"),
            _ => diagnostic,
        }
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
        let known: Vec<&str> = self.table.functions_of(&root.text).collect();
        if known.contains(&name.text.as_str()) {
            let message = format!("{0}::{1} is a function, and not called", root.text, name.text);
            let told = self.error("E0202", message, name.span);
            self.tell(told.help(format!("write {}::{}()", root.text, name.text)));
            return Type::Open;
        }
        let diagnostic = self.error("E0202", format!("{} has nothing called `{}`", root.text, name.text), name.span);
        let diagnostic = diagnostic.suggest(&name.text, known.iter().copied());
        let others = self.table.homes(&name.text);
        let diagnostic = if others.is_empty() || diagnostic.label.is_some() {
            diagnostic
        } else {
            let homes: Vec<String> = others.iter().map(|home| qualified(home, &name.text)).collect();
            diagnostic.help(format!("there is {}", homes.join(", ")))
        };
        self.tell(diagnostic.note(format!("{}:: has {}", root.text, known.join(", "))));
        Type::Open
    }

    pub(super) fn no_constant(&mut self, home: usize, name: &Name, outside: bool) -> Type {
        let source = &self.sources[home];
        let known: Vec<&str> = match outside {
            true => source.exports.keys().copied().collect(),
            false => source.constants(),
        };
        let hidden = outside && source.constant(&name.text).is_some();
        let file = &source.tree.file;
        let diagnostic = self.error("E0202", format!("{file} has no constant `{}`", name.text), name.span);
        let diagnostic = if hidden {
            diagnostic.help(format!("it is not exported there: write export const {} = ...", name.text))
        } else if source.tree.named(&name.text).next().is_some() {
            diagnostic.help(format!("it is a function: write {}(), with its arguments", name.text))
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
            self.table.functions_of("").filter(|name| name.starts_with(char::is_alphabetic)).collect();
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
            Type::Bool => {
                diagnostic.help(format!("say in words what it means: if {text} {{ \"on\" }} else {{ \"off\" }}"))
            }
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
        let missing = super::order::missing(call, &params);
        return diagnostic.label(format!("missing: {}", missing.join(", ")));
    }
    if let Some(surplus) = call.args.get(function.params.len()) {
        diagnostic.span = surplus.span;
    }
    diagnostic
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
        "E0226" => "a comparison that nobody looks at proves nothing",
        _ => return None,
    })
}
