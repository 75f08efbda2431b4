//! What the bundle files of the repository tell of the words in scripts: a name one letter away from one of theirs, a
//! relation that they do not have, a file that is not there. It reads text alone, and is silent where there is no bundle.

use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::Facts;
use super::mentions::Runbooks;
use super::spelling::{SHORTEST, has_letters, is_plain, is_slip, parts, spelt, uncommented};
use crate::check::Diagnostic;
use crate::check::tree::{Call, Field, Kind, Node, Span, Tree};
use crate::check::types::Constants;

/// So long a list of relations is meant to be whole, when it lacks but few.
const MANY: usize = 20;
const FEW: usize = 5;

/// Methods of a status of Juju that are asked for applications.
pub(super) const BY_APPLICATION: [&str; 5] = ["all_active", "application", "hosts_of", "unit_names", "units_of"];

/// Methods of a bundle, and of its applications, that are asked for an option.
const BY_OPTION: [&str; 3] = ["option", "option_text", "with_option"];

/// Words of which a bundle itself is made.
const FRAME: [&str; 12] = [
    "annotations",
    "applications",
    "bindings",
    "channel",
    "constraints",
    "default-base",
    "expose",
    "machines",
    "num_units",
    "options",
    "relations",
    "variables",
];

/// The words of the bundle files.
#[derive(Debug, Default)]
pub(super) struct Words {
    all: FxHashSet<String>,
    /// Those that a slip can be near to, by their length and their first letter.
    near: FxHashMap<(usize, u8), Vec<String>>,
    /// Relations as a plan spells them, the lesser end first; none where they are not written one a line.
    relations: FxHashSet<String>,
    /// The endpoints of relations.
    endpoints: FxHashSet<String>,
    /// What it gives its applications.
    pub(super) facts: Facts,
    /// The runbooks beside it.
    runbooks: Runbooks,
}

impl Words {
    /// The words of these texts.
    pub(super) fn of<'t>(texts: impl Iterator<Item = &'t str>) -> Self {
        let mut words = Words::default();
        for text in texts {
            let mut is_related = false;
            for line in text.lines().map(uncommented) {
                if !line.starts_with([' ', '-']) && !line.is_empty() {
                    is_related = line == "relations:";
                    words.facts.section(line);
                } else if is_related {
                    words.relation_of(line);
                } else {
                    words.facts.line(line);
                }
                words.line(line);
            }
            words.facts.section("");
        }
        words
    }

    /// With the runbooks of the repository, which texts name too.
    pub(super) fn beside(self, runbooks: Runbooks) -> Self {
        Words { runbooks, ..self }
    }

    fn line(&mut self, line: &str) {
        for word in parts(line).filter(|word| word.len() + 1 >= SHORTEST) {
            if self.all.contains(word) {
                continue;
            }
            self.all.insert(word.to_owned());
            if word.len() >= SHORTEST && has_letters(word) && !FRAME.contains(&word) {
                self.near.entry((word.len(), word.as_bytes()[0])).or_default().push(word.to_owned());
            }
        }
    }

    fn relation_of(&mut self, line: &str) {
        let ends = line.split(['[', ']', '"', ',', ' ']);
        let ends: Vec<&str> = ends.filter(|end| end.contains(':')).collect();
        if let [a, b] = ends[..] {
            let endpoints = ends.iter().filter_map(|end| end.split_once(':'));
            for (_, endpoint) in
                endpoints.filter(|(_, endpoint)| !self.endpoints.contains(*endpoint)).collect::<Vec<_>>()
            {
                self.endpoints.insert(endpoint.to_owned());
            }
            self.relations.insert(spelt(a, b));
        }
    }

    /// What is wrong in a script's texts.
    pub(super) fn check(&self, tree: &Tree) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        tree.roots().for_each(|statement| self.look(tree, statement, &mut found));
        found
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(String::as_str)
    }

    /// What the constants of a library say otherwise than the bundle.
    pub(super) fn of_constants(&self, tree: &Tree, values: &Constants) -> Vec<Diagnostic> {
        self.facts.check(tree, values)
    }

    fn look(&self, tree: &Tree, node: &Node, found: &mut Vec<Diagnostic>) {
        match &node.kind {
            Kind::Text(text) if is_plain(text) => found.extend(self.text(tree, node, text)),
            Kind::Map(fields) => {
                found.extend(self.counted(tree, fields));
                let is_pair = fields.iter().any(|field| field.name.text == "application");
                for field in fields {
                    if matches!(field.name.text.as_str(), "means" | "next") {
                        self.runbooks.look(tree, &field.value, found);
                    }
                    let told = match field.name.text.as_str() {
                        "option" if is_pair => self.option(tree, &field.value),
                        "application" => self.unknown_application(tree, &field.value).map(|(told, _)| told),
                        _ => None,
                    };
                    match told {
                        Some(told) => found.push(told),
                        None => self.look(tree, &field.value, found),
                    }
                }
            }
            Kind::Array(items) => {
                found.extend(self.lacking(tree, node.span, items));
                if let Some(told) = self.odd_one_out(tree, items) {
                    return found.push(told);
                }
                items.iter().for_each(|item| self.look(tree, item, found));
            }
            // What a gate, a step or a question is called is prose.
            Kind::Call(call)
                if call.path.first().is_some_and(|root| root.text == "juju") && call.name.text == "config" =>
            {
                found.extend(self.no_application(tree, call));
                for arg in call.args.iter().skip(1) {
                    match self.option(tree, arg) {
                        Some(told) => found.push(told),
                        None => self.look(tree, arg, found),
                    }
                }
            }
            Kind::Method { of, call, .. } if self.exchanged(tree, of, call).is_some() => {
                found.extend(self.exchanged(tree, of, call));
                if let Kind::Method { of, .. } = &of.kind {
                    self.look(tree, of, found);
                }
            }
            Kind::Method { of, call, .. } if BY_APPLICATION.contains(&call.name.text.as_str()) => {
                self.look(tree, of, found);
                let told = call.args.iter().flat_map(|arg| self.asked_for(tree, arg));
                let told: Vec<Diagnostic> = told.collect();
                let is_told = |span: Span| told.iter().any(|told| told.span == span);
                let mut others = Vec::new();
                call.args.iter().for_each(|arg| self.look(tree, arg, &mut others));
                found.extend(others.into_iter().filter(|other| !is_told(other.span)));
                found.extend(told);
            }
            Kind::Method { of, call, .. } if BY_OPTION.contains(&call.name.text.as_str()) => {
                self.look(tree, of, found);
                match call.args.first().and_then(|arg| self.option(tree, arg)) {
                    Some(told) => found.push(told),
                    None => call.args.iter().for_each(|arg| self.look(tree, arg, found)),
                }
            }
            Kind::Method { of, call, .. } if call.name.text == "related" => {
                self.look(tree, of, found);
                found.extend(call.args.first().and_then(|arg| self.endpoint(tree, arg)));
            }
            Kind::Call(call) if call.path.is_empty() => {
                found.extend(self.configured(tree, call));
                found.extend(self.exchanged_through(tree, call));
                if matches!(call.name.text.as_str(), "attest" | "fail" | "note" | "warn") {
                    call.args.iter().for_each(|arg| self.runbooks.look(tree, arg, found));
                }
                call.args.iter().skip(1).for_each(|arg| self.look(tree, arg, found));
            }
            _ => node.each_child(&mut |child| self.look(tree, child, found)),
        }
    }

    /// Applications, by themselves or in a list, that a status of Juju is asked for and the bundle does not have.
    fn asked_for(&self, tree: &Tree, arg: &Node) -> Vec<Diagnostic> {
        let names = match &arg.kind {
            Kind::Array(items) => &items[..],
            _ => std::slice::from_ref(arg),
        };
        names.iter().filter_map(|name| self.unknown_application(tree, name)).map(|(told, _)| told).collect()
    }

    /// The one member of a list of applications that the bundle does not have, and that is near to one of its own.
    fn odd_one_out(&self, tree: &Tree, items: &[Node]) -> Option<Diagnostic> {
        let names: Vec<(&str, Span)> =
            items.iter().map(|item| Some((item.as_text()?, item.span))).collect::<Option<_>>()?;
        let mut lost = names.iter().filter(|(name, _)| !self.facts.has(name));
        let ((name, span), None) = (lost.next()?, lost.next()) else { return None };
        if names.len() < 2 || self.all.contains(*name) || name.len() + 1 < SHORTEST {
            return None;
        }
        let near = crate::check::nearest(name, self.facts.names())?;
        let message = format!("the bundle has no application {name:?}, and has every other one of this list");
        let told = Diagnostic::warning("W0332", message, &tree.file, *span);
        Some(told.label(format!("did you mean `{near}`?")))
    }

    /// `vualt/0`: a unit of an application that the bundle has by nearly that name; `vault:haa`, an endpoint of one over
    /// which nothing is related.
    fn part_of_an_application(&self, tree: &Tree, node: &Node, text: &str) -> Option<Diagnostic> {
        let told = |message: String, near: &str| {
            let told = Diagnostic::warning("W0332", message, &tree.file, node.span);
            Some(told.label(format!("did you mean `{near}`?")))
        };
        if let Some((name, number)) = text.split_once('/') {
            let is_unit = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            let is_lost = is_unit && name.len() + 1 >= SHORTEST && !self.facts.is_empty() && !self.facts.has(name);
            let near = self.facts.names().find(|known| is_slip(name, known)).filter(|_| is_lost)?;
            return told(format!("the bundle has no application {name:?}"), &format!("{near}/{number}"));
        }
        let (name, endpoint) = text.split_once(':').filter(|(name, _)| self.facts.has(name))?;
        let is_word = endpoint.starts_with(|c: char| c.is_ascii_lowercase()) && !endpoint.contains([' ', ':']);
        if !is_word || self.endpoints.is_empty() || self.endpoints.contains(endpoint) {
            return None;
        }
        let mut near: Vec<&str> =
            self.endpoints.iter().map(String::as_str).filter(|known| is_slip(endpoint, known)).collect();
        near.sort_unstable();
        told(format!("the bundle relates nothing over the endpoint {endpoint:?}"), &format!("{name}:{}", near.first()?))
    }

    /// Numbers of units and of relations that the bundle counts otherwise.
    fn counted(&self, tree: &Tree, fields: &[Field]) -> Option<Diagnostic> {
        let field = |name: &str| fields.iter().find(|field| field.name.text == name).map(|field| &field.value);
        let int = |node: &Node| match node.kind {
            Kind::Int(number) => Some((number, node.span)),
            _ => None,
        };
        let told = |what: String, count: i64, span: Span| {
            let told = Diagnostic::warning("W0332", format!("the bundle has {count} {what}"), &tree.file, span);
            told.help("write what the bundle says; or correct the bundle, and review it")
        };
        let relations = field("relations").and_then(int);
        let count = i64::try_from(self.relations.len()).unwrap_or_default();
        if let Some((_, span)) = relations.filter(|(number, _)| count > 0 && *number != count) {
            return Some(told("relations".to_owned(), count, span));
        }
        if let Some((what, count, span)) = self.facts.counted(fields) {
            return Some(told(what, count, span));
        }
        let name = field("name").and_then(Node::as_text)?;
        let (number, span) = field("units").and_then(int)?;
        let units = self.facts.units(name)?;
        (units != number).then(|| told(format!("units of {name}"), units, span))
    }

    /// A list of nearly all relations of the bundle, which lacks some of them.
    fn lacking(&self, tree: &Tree, span: Span, items: &[Node]) -> Option<Diagnostic> {
        if items.len() < MANY || self.relations.is_empty() {
            return None;
        }
        let named: FxHashSet<&str> = items.iter().filter_map(Node::as_text).collect();
        let mut lost: Vec<&String> =
            self.relations.iter().filter(|relation| !named.contains(relation.as_str())).collect();
        if lost.is_empty() || lost.len() > FEW || named.len() + FEW < self.relations.len() {
            return None;
        }
        lost.sort_unstable();
        let (first, place) = (lost[0], items.first().map_or(span, |item| item.span));
        let message =
            format!("{} of the bundle's {} relations are not in this list: {first}", lost.len(), self.relations.len());
        let told = Diagnostic::warning("W0332", message, &tree.file, place);
        Some(told.help("name all of them, or only those that are meant"))
    }

    /// `juju::config(application, key)`: an option in the application's place.
    fn no_application(&self, tree: &Tree, call: &Call) -> Option<Diagnostic> {
        let (told, is_near) = self.unknown_application(tree, call.args.first()?)?;
        if is_near {
            return Some(told);
        }
        let told = told.note("the application comes first, its option second");
        let exchanged = match &call.args[..] {
            [key, application] if application.as_text().is_some_and(|name| self.facts.has(name)) => {
                let [application, key] = [application, key].map(|arg| tree.text(arg.span));
                Some(format!("write {}({application}, {key})", call.full_name()))
            }
            _ => None,
        };
        Some(exchanged.into_iter().fold(told, Diagnostic::help))
    }

    /// Also answers whether one was named that is near.
    pub(super) fn unknown_application(&self, tree: &Tree, node: &Node) -> Option<(Diagnostic, bool)> {
        let is_unknown = |name: &&str| !self.facts.is_empty() && !self.facts.has(name);
        let name = node.as_text().filter(is_unknown)?;
        let message = format!("the bundle has no application {name:?}");
        let told = Diagnostic::warning("W0332", message, &tree.file, node.span);
        let near = crate::check::nearest(name, self.facts.names());
        Some(match near {
            Some(near) => (told.label(format!("did you mean `{near}`?")), true),
            None => (told, false),
        })
    }

    /// `gate_eq("...", juju::config("app", "option"), "value")` of another value than the bundle gives.
    fn configured(&self, tree: &Tree, call: &Call) -> Option<Diagnostic> {
        let ("gate_eq", [_, Node { kind: Kind::Call(asked), .. }, wanted, ..]) = (&*call.name.text, &call.args[..])
        else {
            return None;
        };
        let is_config = asked.name.text == "config" && asked.path.first().is_some_and(|root| root.text == "juju");
        let [application, option] = &asked.args[..] else { return None };
        let (application, option) = (application.as_text()?, option.as_text().filter(|_| is_config)?);
        let wanted_text = wanted.as_text()?;
        let given = self.facts.option(application, option).filter(|given| *given != wanted_text)?;
        let message = format!("the bundle gives {option} of {application} the value {given:?}, not {wanted_text:?}");
        let told = Diagnostic::warning("W0332", message, &tree.file, wanted.span);
        Some(told.help("want what the bundle gives; or correct the bundle, and review it"))
    }

    /// An endpoint over which nothing is related.
    fn endpoint(&self, tree: &Tree, node: &Node) -> Option<Diagnostic> {
        let is_unknown = |name: &&str| !self.endpoints.is_empty() && !self.endpoints.contains(*name);
        let name = node.as_text().filter(is_unknown)?;
        let message = format!("the bundle relates nothing over the endpoint {name:?}");
        let told = Diagnostic::warning("W0332", message, &tree.file, node.span);
        let mut known: Vec<&str> = self.endpoints.iter().map(String::as_str).collect();
        known.sort_unstable();
        Some(told.suggest(name, known))
    }

    /// The name of an option that the bundle has with another dash, or in the plural.
    fn option(&self, tree: &Tree, node: &Node) -> Option<Diagnostic> {
        let is_known = |name: &str| name.len() >= SHORTEST && self.all.contains(name) || self.facts.has_option(name);
        let name = node.as_text().filter(|name| !is_known(name))?;
        let [dashed, low] = [name.replace('_', "-"), name.replace('-', "_")];
        let forms = [format!("{name}s"), name.strip_suffix('s').unwrap_or(name).to_owned(), dashed, low];
        let near = forms.iter().find(|form| **form != name && is_known(form)).map(String::as_str);
        let near = near.or_else(|| self.facts.cut_off(name))?;
        let message = format!("the bundle has no option {name:?}");
        let told = Diagnostic::warning("W0332", message, &tree.file, node.span);
        Some(told.label(format!("did you mean `{near}`?")))
    }

    fn text(&self, tree: &Tree, node: &Node, text: &str) -> Option<Diagnostic> {
        // Mostly it is a word of the bundle, or one of its relations.
        if self.all.contains(text) || self.relations.contains(text) {
            return None;
        }
        let slip = parts(text).find_map(|word| Some((word, self.near(word)?)));
        if let Some((word, near)) = slip {
            let message = format!("{word:?} is one letter away from {near:?}");
            let told = Diagnostic::warning("W0332", message, &tree.file, node.span);
            return Some(
                told.label(format!("did you mean `{near}`?")).note("the bundle has the one and never says the other"),
            );
        }
        let part = self.part_of_an_application(tree, node, text);
        part.or_else(|| if text.contains(':') { self.relation(tree, node.span, text) } else { None })
    }

    fn near(&self, word: &str) -> Option<&str> {
        if word.len() + 1 < SHORTEST || self.all.contains(word) || !has_letters(word) {
            return None;
        }
        // Who slips writes the first letter right, or has another before it.
        let bytes = word.as_bytes();
        let lengths = word.len() - 1..=word.len() + 1;
        let keys = lengths.flat_map(|length| [bytes[0], bytes[1]].map(|first| (length, first)));
        let known = keys.filter_map(|key| self.near.get(&key)).flatten();
        known.map(String::as_str).find(|known| is_slip(word, known))
    }

    /// `a:b - c:d` of applications that the bundle has, and which it does not relate.
    fn relation(&self, tree: &Tree, span: Span, text: &str) -> Option<Diagnostic> {
        let ends: Vec<&str> = text.split_whitespace().filter(|word| *word != "-").collect();
        let [a, b] = ends[..] else { return None };
        let is_end = |end: &str| end.split_once(':').is_some_and(|(app, _)| self.facts.has(app));
        if self.relations.is_empty() || !is_end(a) || !is_end(b) {
            return None;
        }
        let is_known = self.relations.contains(&spelt(a, b));
        let told = |message: String| Diagnostic::warning("W0332", message, &tree.file, span);
        let form = "relations are spelt \"a:endpoint - b:endpoint\", the lesser end first";
        match (is_known, text == format!("{a} - {b}"), a < b) {
            (false, ..) => {
                Some(told(format!("the bundle does not relate {a} and {b}")).help("look at the bundle's relations"))
            }
            (true, true, true) => None,
            (true, ..) => Some(told(format!("no plan spells a relation {text:?}")).note(form)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_options_are_cut_off_within_a_word() {
        let text = "applications:\n  nova-compute:\n    options:\n      reserved-host-memory: 512\n";
        let words = Words::of([text].into_iter());
        assert_eq!(words.facts.cut_off("reserved-host-mem"), Some("reserved-host-memory"));
        for other in ["reserved-host", "reserved-host-memory", "reserve", "reserved-host-memory-gib"] {
            assert_eq!(words.facts.cut_off(other), None, "{other}");
        }
    }

    #[test]
    fn relations_are_read_one_a_line() {
        let text = "applications:\n  vault:\n    num_units: 3\n  router:\nrelations: # all\n  - [\"vault:a\", \"keystone:b\"]\n  - - x:a\n    - y:b\nother: [a:b, c:d]\n";
        let words = Words::of([text].into_iter());
        assert_eq!(words.relations.len(), 1);
        assert_eq!((words.facts.has("vault"), words.facts.units("vault")), (true, Some(3)));
        assert_eq!((words.facts.has("router"), words.facts.units("router")), (true, None));
        assert!(words.relations.contains("keystone:b - vault:a"));
    }
}
