//! How a field or a method that is not there is told: the nearest one, the field that has the method, the list that was
//! meant, and what there is.

use super::super::super::message::{Diagnostic, nearest};
use super::super::super::tree::{Call, Kind, Name, Node, Span};
use super::super::Type;
use super::super::infer::Infer;
use super::super::operators::{Likeness, likeness};
use super::super::values::Value;
use crate::script::{Effect, Primitive};

/// A range only counts.
const OF_A_RANGE: &str = "a range has no methods: write its members as a list, or go through it: for n in 0..4 { ... }";

impl<'t> Infer<'t> {
    pub(in super::super) fn no_field(&self, of: &'t Node, ty: &Type, name: &Name) -> Diagnostic {
        let text = &name.text;
        if matches!(text.as_str(), "length" | "size" | "count") && self.is_counted(ty, text) {
            let told = self.error("E0204", format!("{} has no field `{text}`", ty.described()), name.span);
            return told.help(format!("how many there are: {}.len()", self.copied(of)));
        }
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
        if let Some(other) = self.list_of_such(of, ty, text) {
            return diagnostic.help(format!("{} is a member of {other}", self.text(of)));
        }
        if let Some(help) = self.read_otherwise(of, ty, text) {
            return diagnostic.help(help).note(format!("fields: {}", fields.join(", ")));
        }
        let diagnostic = self.suggest(diagnostic, text, &fields, &methods);
        let known_by = self.table.known_by(ty).filter(|known_by| text == "name" && *known_by != "name");
        let diagnostic = match known_by.filter(|_| diagnostic.label.is_none()) {
            Some(known_by) => diagnostic.label(format!("did you mean `{known_by}`?")).note("it is known by that one"),
            None => diagnostic,
        };
        if fields.is_empty() { diagnostic } else { diagnostic.note(format!("fields: {}", fields.join(", "))) }
    }

    /// A value for a field that a map of the script does not have: the engine makes no field by giving it a value.
    pub(in super::super) fn not_in_the_map(&mut self, target: &'t Node) -> Option<Diagnostic> {
        let (of, name) = match &target.kind {
            Kind::Property { of, name, .. } => (&**of, name.clone()),
            Kind::Index { of, index, .. } => (&**of, Name { text: index.as_text()?.into(), span: index.span }),
            _ => return None,
        };
        let ty = self.node(of, true);
        let Type::Map(fields) = &ty else { return None };
        if fields.contains_key(name.text.as_str()) {
            return None;
        }
        let told = self.no_field(of, &ty, &name);
        if told.label.is_some() || !told.help.is_empty() {
            return Some(told);
        }
        let made = of.as_variable().and_then(|name| self.only(&name.text)).and_then(|at| self.variables[at].value);
        let line = match made {
            Some(Node { kind: Kind::Map(_), span }) => format!(", on line {}", span.line),
            _ => String::new(),
        };
        let told = told.note("a value makes no new field: a map has the fields that it is made with");
        Some(told.help(format!("write `{}` into the map where it is made{line}", name.text)))
    }

    /// The list that is gone through, of a library's texts, and another list of it whose members have the field.
    pub(super) fn list_of_such(&self, of: &'t Node, ty: &Type, field: &str) -> Option<String> {
        let is_such = |ty: &Type| matches!(ty, Type::List(member) if matches!(&**member, Type::Map(fields) if fields.contains_key(field)));
        let known = self.values(of).filter(|_| ty.is_text())?.known;
        let Value::Fixed(home, constant, _) = *known.first()? else { return None };
        let source = &self.sources[home];
        let alias = self.sources[self.home].modules.keys().find(|alias| self.library(alias) == Some(home))?;
        let (other, _) = source.exports.iter().find(|(_, inner)| source.constant(inner).is_some_and(&is_such))?;
        Some(format!("{alias}::{constant}; those of {alias}::{other} have `{field}`"))
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
                    && written_out.iter().all(|field| fields.contains_key(field.name.text.as_str()));
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

    pub(super) fn no_method(&self, of: &'t Node, ty: &Type, call: &Call, given: &[Type]) -> Diagnostic {
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
        if let ([arg], [given]) = (&call.args[..], given)
            && self.has_it_of(given, name, ty)
        {
            let [before, behind] = [arg, of].map(|node| self.copied(node));
            return diagnostic.help(format!("in each other's place: write {before}.{name}({behind})"));
        }
        if let Some(all) = self.all_of(of, ty, name) {
            return diagnostic.help(format!("{text} is one of them; a list of all is {all}"));
        }
        if let Some(added) = self.added(of, ty, call) {
            return diagnostic.help(added);
        }
        if let Some(help) = self.read_otherwise(of, ty, name).filter(|_| call.args.is_empty()) {
            return diagnostic.help(help);
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
            None => match diagnostic.suggest(name, fields.iter().copied()) {
                plain if plain.label.is_none() => self.who_has_it(plain, ty, name, given),
                near => near,
            },
        };
        let diagnostic = self.made_of_text(diagnostic, ty, |made| self.table.method(made, name).is_some());
        match (methods.is_empty(), fields.is_empty()) {
            (false, _) => diagnostic.note(format!("methods: {}", methods.join(", "))),
            (true, false) => diagnostic.note(format!("it has no methods; its fields: {}", fields.join(", "))),
            (true, true) if *ty == Type::Range => diagnostic.help(OF_A_RANGE),
            (true, true) => diagnostic,
        }
    }

    /// What adds a member to a list: there is no method that does.
    fn added(&self, of: &Node, ty: &Type, call: &Call) -> Option<String> {
        let (Type::List(_), "add" | "append" | "insert" | "push") = (ty, call.name.text.as_str()) else { return None };
        let member = call.args.last()?;
        let place = if self.in_closure { "in a `for` loop, in place of the closure, " } else { "" };
        Some(format!("{place}write {} += [{}];", self.copied(of), self.copied(member)))
    }

    /// What gives it in place of what was read: `image_properties(name)` for `image(name).properties`, and
    /// `vault::charm(unit).is_active` for `vault::status(unit).is_active`.
    fn read_otherwise(&self, of: &'t Node, ty: &Type, wanted: &str) -> Option<String> {
        let (Type::Named(_), Kind::Call(read)) = (ty, &self.made_of(of).kind) else { return None };
        let [root] = &read.path[..] else { return None };
        let own = self.table.function(&root.text, &read.name.text)?;
        let takes_the_same = |other: &&Primitive| {
            let types = |of: &Primitive| of.params.iter().map(|param| param.ty.clone()).collect::<Vec<_>>();
            matches!(other.effect, Effect::Read | Effect::Acts) && types(other) == types(own)
        };
        let args = self.rest(&read.args);
        let joined = format!("{}_{wanted}", read.name.text);
        if self.table.function(&root.text, &joined).filter(takes_the_same).is_some() {
            return Some(format!("write {}::{joined}({args})", root.text));
        }
        let functions = self.table.functions_of(&root.text).into_iter();
        let others = functions.filter_map(|other| self.table.function(&root.text, other)).filter(takes_the_same);
        let mut others = others.filter(|other| {
            let given = self.table.given(&other.result);
            self.table.field(given.present(), wanted).is_some()
        });
        let (Some(only), None) = (others.next(), others.next()) else { return None };
        Some(format!("{}({args}) has it: write {}({args}).{wanted}", only.full_name(), only.full_name()))
    }

    /// Methods that take what is given here; else the types that have the method.
    fn who_has_it(&self, diagnostic: Diagnostic, ty: &Type, name: &str, given: &[Type]) -> Diagnostic {
        let takes = |method: &&Primitive| {
            let params = method.params.iter().map(|param| &param.ty);
            method.params.len() == given.len() && params.zip(given).all(|(wanted, given)| self.fits(wanted, given))
        };
        let is_telling = given.iter().any(|given| matches!(given, Type::Named(_)));
        let methods = self.table.methods_of(ty).into_iter().filter_map(|method| self.table.method(ty, method));
        let own: Vec<String> = methods.filter(|_| is_telling).filter(takes).map(Primitive::signature).collect();
        if !own.is_empty() && own.len() < 3 {
            return diagnostic.help(format!("what takes it: {}", own.join(", ")));
        }
        let others = self.table.methods_named(name).filter(takes);
        let others: Vec<&str> = others.filter_map(|method| Some(method.receiver.as_ref()?.name)).collect();
        match &others[..] {
            [] => diagnostic,
            [only] => diagnostic.note(format!("`{name}` is a method of {only}")),
            _ => diagnostic,
        }
    }

    /// Whether it is asked how many there are, and what is asked has no field of that name.
    fn is_counted(&self, ty: &Type, name: &str) -> bool {
        let has_field =
            matches!(ty, Type::Map(fields) if fields.contains_key(name)) || self.table.field(ty, name).is_some();
        !has_field && self.table.method(ty, "len").is_some()
    }

    /// Whether a value of that type has the method, and takes one of the other type by it.
    fn has_it_of(&self, ty: &Type, name: &str, taken: &Type) -> bool {
        let method = self.table.method(ty.present(), name);
        method.and_then(|method| method.params.first()).is_some_and(|param| self.fits(&param.ty, taken))
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

    pub(in super::super) fn no_index(&self, node: &Node, of: &Node, ty: &Type, at: &Type) -> Diagnostic {
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
}
