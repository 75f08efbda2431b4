//! Keys of gates, followed through functions: the run fails when step, name and subject repeat, and a function that is
//! called twice with the same texts asks the same gates twice.
//!
//! Only keys that are written out, or come from texts that are, can be compared. What stands in one body without a
//! subject is the shape's to tell.

mod lists;
mod telling;
mod texts;
mod turns;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::super::message::Diagnostic;
use super::super::shape::{GATES, structure};
use super::super::tree::{Block, Call, Function, Kind, Name, Node, Span, Tree};
use super::super::types::{Constants, Fixed, Library};
use telling::{shown, without};

/// How deep calls are followed.
const DEEP: usize = 12;

/// Around what tells one turn from another, and behind what it is called: `|which|name|`.
const MARK: char = '\u{1}';

/// How many calls are followed in a step: more than any sane one makes.
const CALLS: usize = 2_000;

/// Adds every gate that a step would ask twice.
pub(super) fn check(tree: &Tree, libs: &BTreeMap<String, Library>, found: &mut Vec<Diagnostic>) {
    let trees: Vec<&Tree> = std::iter::once(tree).chain(libs.values().map(|library| &*library.tree)).collect();
    let names = libs.keys().enumerate().map(|(at, name)| (name.as_str(), at + 1)).collect();
    let values = libs.values().map(|library| &*library.values).collect();
    let files = Files { trees, names, values, facts: RefCell::default() };
    for step in structure(tree).filter(|call| call.name.text != "runbook") {
        let Some(Kind::Closure { function, .. }) = step.args.last().map(|body| &body.kind) else { continue };
        let Some(body) = tree.closure(function) else { continue };
        let changed = Rc::new(files.facts(0, body).changed.clone());
        let mut walk = Walk { files: &files, asked: BTreeMap::new(), calls: 0, found };
        walk.block(&There { changed, ..There::default() }, &body.body);
    }
}

/// What the text of a function tells, in its closures too.
struct Facts<'t> {
    asks: bool,
    /// Names that are given another value: what they hold is not known from their `let`.
    changed: BTreeSet<&'t str>,
}

/// What was read of a function; nothing while it is being read.
type Read<'t> = Option<Rc<Facts<'t>>>;

/// The runbook and its libraries.
struct Files<'t> {
    trees: Vec<&'t Tree>,
    names: BTreeMap<&'t str, usize>,
    /// The values of the libraries' constants; the runbook is no library.
    values: Vec<&'t Constants>,
    /// Functions that were read, by file and place.
    facts: RefCell<BTreeMap<(usize, Span), Read<'t>>>,
}

impl<'t> Files<'t> {
    /// The file of a name that stands in another file.
    fn home(&self, from: usize, path: &[Name]) -> Option<usize> {
        match path {
            [] => Some(from),
            [root] if root.text == "global" => Some(from),
            [root] => self.names.get(self.trees[from].modules().get(root.text.as_str())?.as_str()).copied(),
            _ => None,
        }
    }

    fn called(&self, from: usize, call: &Call) -> Option<(usize, &'t Function)> {
        let home = self.home(from, &call.path).filter(|_| !call.is_method)?;
        self.trees[home].function(&call.name.text, call.args.len()).map(|function| (home, function))
    }

    /// Whether a function asks a gate, or calls one that does, and which names change in it.
    fn facts(&self, home: usize, function: &'t Function) -> Rc<Facts<'t>> {
        let key = (home, function.span);
        if let Some(known) = self.facts.borrow().get(&key) {
            let unknown = || Rc::new(Facts { asks: false, changed: BTreeSet::new() });
            return known.clone().unwrap_or_else(unknown);
        }
        self.facts.borrow_mut().insert(key, None);
        let mut facts = Facts { asks: false, changed: BTreeSet::new() };
        self.read(home, function, &mut facts);
        let facts = Rc::new(facts);
        self.facts.borrow_mut().insert(key, Some(facts.clone()));
        facts
    }

    fn read(&self, home: usize, function: &'t Function, facts: &mut Facts<'t>) {
        for statement in &function.body.statements {
            statement.walk(&mut |node| match &node.kind {
                Kind::Call(call) if call.plain_name().is_some_and(|name| GATES.contains(&name)) => facts.asks = true,
                Kind::Call(call) if !facts.asks => {
                    facts.asks = self.called(home, call).is_some_and(|(home, called)| self.facts(home, called).asks);
                }
                Kind::Closure { function, .. } => {
                    if let Some(inner) = self.trees[home].closure(function) {
                        self.read(home, inner, facts);
                    }
                }
                Kind::Assign { target, .. } => {
                    facts.changed.extend(target.root().as_variable().map(|name| name.text.as_str()));
                }
                _ => {}
            });
        }
    }

    /// The subjects of all turns, where a turn's is a member of a constant list, or a field of one.
    fn subjects(&self, subject: &str) -> BTreeSet<&'t str> {
        let parts: Vec<&str> = subject.split(MARK).collect();
        let ["${", list, _, field] = parts[..] else { return BTreeSet::new() };
        let list = list.split_once(' ').and_then(|(home, name)| Some((home.parse::<usize>().ok()?, name)));
        let list = list.and_then(|(home, name)| self.values.get(home.checked_sub(1)?)?.get(name));
        let (Some(Fixed::List(items)), Some(field)) = (list, field.strip_suffix('}')) else { return BTreeSet::new() };
        let text = |item: &'t Fixed| match (item, field.strip_prefix('.')) {
            (Fixed::Map(fields), Some(field)) => fields.get(field)?.as_text(),
            (item, None) => item.as_text(),
            _ => None,
        };
        items.iter().filter_map(text).collect()
    }

    /// The value of a constant of a file.
    fn constant(&self, home: usize, name: &str) -> Option<&'t Node> {
        self.trees[home].statements.iter().find_map(|node| match &node.kind {
            Kind::Let { name: of, value, .. } if of.text == name => value.as_deref(),
            _ => None,
        })
    }
}

/// A value that is known from the text.
#[derive(Clone)]
enum Known<'t> {
    Text(String),
    /// What a turn of a loop is given: nobody knows what it is, but within the turn it is the same.
    Turn(String),
    /// A map or a list, and its file.
    Node(usize, &'t Node),
    /// Options of a gate, by their subject.
    Options(Option<String>),
    /// What a service is asked with constants alone, as it is written where it is asked.
    Asked(String),
}

/// Where the walk is.
#[derive(Clone, Default)]
struct There<'t> {
    home: usize,
    /// What parameters and variables hold, where that is known.
    names: Rc<BTreeMap<&'t str, Option<Known<'t>>>>,
    /// The call in the runbook through which it came, and the number of the last call.
    through: Option<(&'t Call, usize)>,
    deep: usize,
    changed: Rc<BTreeSet<&'t str>>,
    in_loop: bool,
    /// The choices above it in this body: which call, which choice, which way.
    ways: Vec<(usize, Span, usize)>,
    /// Whether a function that was called asks it only sometimes.
    perhaps: bool,
    /// Whether one of the ways ends by leaving: what stands behind it is not reached from there.
    leaves: bool,
    /// The innermost loop, by what each of its turns is given, and how many choices stand above it.
    turn: Option<(String, usize)>,
    /// The names that the turns of the innermost loop of this body tell apart, and how many choices stand above it.
    given: Option<(Rc<BTreeSet<&'t str>>, usize)>,
}

impl<'t> There<'t> {
    /// The number of the call whose body this is; 0 in the runbook itself.
    fn body(&self) -> usize {
        self.through.map_or(0, |(_, call)| call)
    }

    /// In a loop: what its turns are given, and the names that they tell apart, where each has its end.
    fn turned(&self, which: Option<String>, names: Option<BTreeSet<&'t str>>) -> Self {
        let above = self.ways.len();
        let turn = which.map(|which| (which, above));
        There { in_loop: true, turn, given: names.map(|names| (Rc::new(names), above)), ..self.clone() }
    }
}

struct Asked<'t> {
    place: (usize, Span),
    through: Option<&'t Call>,
    ways: Vec<(usize, Span, usize)>,
    leaves: bool,
    /// The call whose body it stands in, by its number.
    body: usize,
    /// Whether that body, or one that leads there, asks it only sometimes.
    perhaps: bool,
    /// What the subject is at the turns of its loop, where that is known.
    subjects: BTreeSet<&'t str>,
}

impl Asked<'_> {
    /// Whether one run asks both, this one first. Two conditions may exclude each other, so that only what stands under the
    /// other's is compared.
    fn meets(&self, later: &Self) -> bool {
        let is_under = later.ways.starts_with(&self.ways);
        let is_told = !(self.perhaps || later.perhaps) || self.is_beside(later);
        is_told && (is_under || !self.leaves && self.ways.starts_with(&later.ways))
    }

    /// Whether both stand in the body of one call of a function.
    const fn is_beside(&self, other: &Self) -> bool {
        self.body == other.body && self.body > 0
    }
}

struct Walk<'t, 'f> {
    files: &'f Files<'t>,
    asked: BTreeMap<(String, String), Vec<Asked<'t>>>,
    calls: usize,
    found: &'f mut Vec<Diagnostic>,
}

impl<'t> Walk<'t, '_> {
    fn block(&mut self, there: &There<'t>, block: &'t Block) {
        let mut there = there.clone();
        for node in &block.statements {
            if let Kind::Let { name, value: Some(value), .. } = &node.kind {
                let is_changed = there.changed.contains(name.text.as_str());
                let known = self.known(&there, value).filter(|_| !is_changed);
                Rc::make_mut(&mut there.names).insert(&name.text, known);
            }
            self.node(&there, node);
        }
    }

    fn node(&mut self, there: &There<'t>, node: &'t Node) {
        match &node.kind {
            Kind::If { condition, then, otherwise } => {
                self.node(there, condition);
                for (way, block) in std::iter::once(then).chain(otherwise).enumerate() {
                    let way = self.way(there, node.span, way);
                    self.block(&There { leaves: way.leaves || block.leaves(), ..way }, block);
                }
            }
            Kind::Switch { value, arms } => {
                self.node(there, value);
                for (at, arm) in arms.iter().enumerate() {
                    self.node(&self.way(there, node.span, at), &arm.body);
                }
            }
            Kind::For { name, counter, over, body } => {
                self.node(there, over);
                let mut turn = There { in_loop: true, ..there.clone() };
                let which = self.given(&mut turn, name, self.whole(there, over, body));
                turn.turn = Some((which, there.ways.len()));
                let given = turns::given(std::iter::once(name).chain(counter.as_deref()), body);
                turn.given = given.map(|given| (Rc::new(given), there.ways.len()));
                counter.iter().for_each(|counter| _ = Rc::make_mut(&mut turn.names).insert(&counter.text, None));
                self.block(&turn, body);
            }
            Kind::While { body, .. } | Kind::Loop { body } | Kind::Do { body, .. } => {
                let names = turns::given(std::iter::empty(), body);
                let which = names.is_some().then(|| self.which(there, body.span));
                self.block(&there.turned(which, names), body);
            }
            Kind::Block(block) => self.block(there, block),
            Kind::Closure { function, .. } => self.closure(there, function),
            Kind::Call(call) => self.call(there, call),
            Kind::Lazy { operands, .. } => {
                let way = self.way(there, node.span, 0);
                operands.iter().for_each(|operand| self.node(&way, operand));
            }
            _ => node.each_child(&mut |child| self.node(there, child)),
        }
    }

    /// What a turn is given, or a closure: of a whole list that is known by its name, or of no other turn.
    fn given(&self, turn: &mut There<'t>, name: &'t Name, list: Option<String>) -> String {
        let (span, call) = (name.span, turn.body());
        let which = list.unwrap_or_else(|| format!("{} {} {} {call}", turn.home, span.line, span.column));
        let which = format!("{MARK}{which}{MARK}");
        let is_changed = turn.changed.contains(name.text.as_str());
        let known = (!is_changed).then(|| Known::Turn(format!("{which}{}{MARK}", name.text)));
        Rc::make_mut(&mut turn.names).insert(&name.text, known);
        which
    }

    fn way(&self, there: &There<'t>, choice: Span, way: usize) -> There<'t> {
        let mut there = there.clone();
        there.ways.push((there.body(), choice, way));
        there.perhaps |= there.through.is_some();
        there
    }

    /// Who is handed a closure may call it often, and with anything.
    fn closure(&mut self, there: &There<'t>, name: &str) {
        let Some(function) = self.files.trees[there.home].closure(name) else { return };
        let names = turns::given(function.params.iter(), &function.body);
        let which = names.is_some().then(|| self.which(there, function.span));
        let mut inner = there.turned(which.filter(|_| function.params.is_empty()), names);
        for param in &function.params {
            let which = self.given(&mut inner, param, None);
            inner.turn = inner.given.is_some().then_some((which, there.ways.len()));
        }
        if function.params.len() > 1 {
            inner.turn = None;
        }
        self.block(&inner, &function.body);
    }

    /// What stands for the turns of a loop that are given nothing.
    fn which(&self, there: &There<'t>, span: Span) -> String {
        let call = there.body();
        format!("{MARK}{} {} {} {call}{MARK}", there.home, span.line, span.column)
    }

    fn call(&mut self, there: &There<'t>, call: &'t Call) {
        if call.plain_name().is_some_and(|name| GATES.contains(&name)) {
            self.gate(there, call);
        }
        call.args.iter().for_each(|arg| self.node(there, arg));
        let Some((home, function)) = self.files.called(there.home, call) else { return };
        let facts = self.files.facts(home, function);
        if there.deep >= DEEP || self.calls >= CALLS || !facts.asks {
            return;
        }
        self.calls += 1;
        let args = call.args.iter().map(|arg| self.known(there, arg));
        let names =
            function.params.iter().map(|param| param.text.as_str()).zip(args).collect::<BTreeMap<_, _>>().into();
        let through = there.through.map_or(call, |(first, _)| first);
        let changed = Rc::new(facts.changed.clone());
        let through = Some((through, self.calls));
        let inner = There { home, names, through, changed, deep: there.deep + 1, given: None, ..there.clone() };
        self.block(&inner, &function.body);
    }

    fn gate(&mut self, there: &There<'t>, call: &'t Call) {
        let name = call.args.first().and_then(|name| self.text(there, name));
        let (Some(name), Some((subject, written))) = (name, self.subject(there, call)) else {
            return self.unknown_key(there, call);
        };
        // Within one body, literal names without a subject are another rule's.
        let is_literal = !written && call.args[0].as_text().is_some();
        let is_shapes = |through: Option<&Call>| through.is_none() && is_literal;
        let asked = Asked {
            place: (there.home, call.args[0].span),
            through: there.through.map(|(call, _)| call),
            ways: there.ways.clone(),
            leaves: there.leaves,
            body: there.body(),
            perhaps: there.perhaps,
            subjects: if name.contains(MARK) { BTreeSet::new() } else { self.files.subjects(&subject) },
        };
        let in_turn = name.contains(MARK) || subject.contains(MARK);
        // What the turns of an outer loop tell apart is the same at each turn of the inner one.
        let is_each = |(which, above): &(String, usize)| {
            there.ways.len() == *above && !name.contains(which.as_str()) && !subject.contains(which.as_str())
        };
        if there.in_loop && (!in_turn || there.turn.as_ref().is_some_and(is_each)) {
            if !there.perhaps && (in_turn || !is_shapes(asked.through)) {
                let told = self.told(
                    "E0119",
                    &asked,
                    format!("gate {} stands in a loop and is the same at each turn", shown(&name, &subject)),
                );
                self.found.push(told.help(match in_turn {
                    true => "the inner loop's member tells the turns apart: put it beside, as #{ subject: `${host} ${card}` }",
                    false => "put into its name, or its subject, what differs: #{ subject: host }",
                }));
            }
            return;
        }
        let key = (without(2, &name), without(2, &subject));
        let first = self.asked.get(&key).into_iter().flatten().find(|other| other.meets(&asked));
        let first = first.or_else(|| self.of_such(&key.0, &asked));
        if let Some(first) = first.filter(|first| first.is_beside(&asked)) {
            let told = (!is_literal).then(|| self.in_one_body(&asked, first.place.1.line, written));
            self.found.extend(told);
            self.asked.entry(key).or_default().push(asked);
            return;
        }
        let first = first.map(|first| {
            let shared = first.subjects.intersection(&asked.subjects).next().copied();
            (first.through, first.place, shared)
        });
        if let Some((through, place, shared)) = first.filter(|(first, ..)| !is_shapes(asked.through.or(*first))) {
            let told = self.told("E0118", &asked, format!("gate {} is asked twice", shown(&name, &subject)));
            // One call that comes to several gates again is one mistake.
            let is_same =
                |other: &&mut Diagnostic| other.id == told.id && other.span == told.span && other.file == told.file;
            if let Some(other) = self.found.iter_mut().rev().find(is_same) {
                let note = format!("so is gate {}", shown(&name, &subject));
                if !other.notes.contains(&note) {
                    other.notes.push(note);
                }
                self.asked.entry(key).or_default().push(asked);
                return;
            }
            let line = through.map_or(place.1.line, |call| call.name.span.line);
            let told =
                told.note(format!("the first is asked on line {line}; one name and subject in one step is one gate"));
            let told = shared.into_iter().fold(told, |told, text| told.note(format!("both come to {text:?}")));
            self.found.push(told.help("hand over what differs, and put it into the name or the subject"));
        }
        self.asked.entry(key).or_default().push(asked);
    }

    /// A gate of the same name in a loop over another list that shares a member.
    fn of_such(&self, name: &str, asked: &Asked<'t>) -> Option<&Asked<'t>> {
        let named = self.asked.range((name.to_owned(), String::new())..).take_while(|((other, _), _)| other == name);
        let shares = |other: &&Asked<'t>| !other.subjects.is_disjoint(&asked.subjects) && other.meets(asked);
        if asked.subjects.is_empty() { None } else { named.flat_map(|(_, all)| all).find(shares) }
    }
}
