//! Scripts made from the declarations, type by type, some with a mistake in them: what the check accepts must run.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use omega::host::Clock;
use omega::primitives;
use omega::runbook::Repo;
use omega::script::{Effect, Form, Param, Primitive, Ty};

use super::world::{Dice, World, seconds, seed};
use super::{folder, on_a_large_stack};

const HEADER: &str = r#"import "values" as values;
runbook("generated", "Generated", #{ version: 1, omega: "0.1", stage: "settled",
    needs: ["maas: read", "juju: read", "openstack: read", "netbox: read", "libvirt: read", "ssh: read", "bundle: read", "http: read"],
});
"#;

/// How deep expressions nest.
const DEPTH: usize = 4;

/// Makes expressions of a wanted type.
struct Maker<'d> {
    dice: &'d mut Dice,
    /// Once in so many expressions something is wrong on purpose; never when 0.
    mistakes: usize,
    scope: Vec<(String, Ty)>,
    names: usize,
}

impl Maker<'_> {
    fn script(&mut self) -> String {
        let steps: Vec<String> = (1..=1 + self.dice.below(2)).map(|number| self.step("step", number)).collect();
        let exit = self.step("exit_gate", 9);
        format!("{HEADER}{}{exit}", steps.concat())
    }

    fn step(&mut self, kind: &str, number: usize) -> String {
        self.scope.clear();
        let mut body = String::new();
        for _ in 0..=self.dice.below(5) {
            body += &self.statement(2);
        }
        body += &self.gate();
        format!("{kind}(\"{number}\", \"Step {number}\", || {{\n{body}}});\n")
    }

    fn statement(&mut self, depth: usize) -> String {
        match self.dice.below(if depth == 0 { 3 } else { 7 }) {
            0 | 1 => self.binding(),
            2 => self.gate(),
            3 => format!("if {} {{\n{}}}\n", self.condition(), self.scoped(depth)),
            4 => {
                let of = self.any_type();
                let list = self.expression(&Ty::List(Box::new(of.clone())), 2);
                let name = self.fresh();
                self.scope.push((name.clone(), of));
                let before = self.scope.len();
                let body = self.binding();
                self.scope.truncate(before);
                self.scope.retain(|(known, _)| *known != name);
                format!("for {name} in {list} {{\n{body}note(\"seen\");\n}}\n")
            }
            5 => format!("note(`seen ${{{}}}`);\n", self.expression(&Ty::Text, 2)),
            _ => {
                let (first, second) = (self.expression(&Ty::Int, 1), self.expression(&Ty::Int, 1));
                let name = self.fresh();
                let line = format!("let {name} = {first};\n{name} += {second};\n");
                self.scope.push((name, Ty::Int));
                line
            }
        }
    }

    fn scoped(&mut self, depth: usize) -> String {
        let before = self.scope.len();
        let body = format!("{}{}", self.statement(depth - 1), self.gate());
        self.scope.truncate(before);
        body
    }

    fn binding(&mut self) -> String {
        let ty = self.any_type();
        let value = self.expression(&ty, DEPTH);
        let name = self.fresh();
        self.scope.push((name.clone(), ty));
        format!("let {name} = {value};\n")
    }

    fn gate(&mut self) -> String {
        let name = self.fresh();
        if self.dice.one_in(2) {
            return format!("let {name} = {};\ngate(\"g-{name}\", {name});\n", self.asking(&Ty::Bool, 3));
        }
        let named = Ty::Named(self.dice.pick::<&str>(&["Ip", "Cidr", "IpRange"]));
        let ty = self.dice.pick(&[Ty::Int, Ty::Text, Ty::Text, Ty::Bool, named]).clone();
        let (seen, wanted) = (self.asking(&ty, 3), self.expression(&ty, 2));
        format!("let {name} = {seen};\ngate_eq(\"g-{name}\", {name}, {wanted});\n")
    }

    /// An expression that asks a service: a gate over what is written out alone asks nothing, and is refused.
    fn asking(&mut self, ty: &Ty, depth: usize) -> String {
        let asks = |text: &String| text.replace("values::", "").contains("::");
        let tries: Vec<String> = (0..4).map(|_| self.expression(ty, depth)).collect();
        tries.iter().find(|text| asks(text)).unwrap_or(&tries[0]).clone()
    }

    /// A truth that is not known before the run.
    fn condition(&mut self) -> String {
        let texts = ["juju::run_model()", "maas::version()"];
        format!("{} {} values::T{}", self.dice.pick(&texts), self.dice.pick(&["==", "!="]), self.dice.below(4))
    }

    fn fresh(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    fn any_type(&mut self) -> Ty {
        match self.dice.below(8) {
            0 => Ty::Int,
            1 | 2 => Ty::Text,
            3 => Ty::Bool,
            4 => Ty::Named(self.dice.pick::<&str>(&["Ip", "Cidr", "IpRange"])),
            5 => Ty::List(Box::new(self.dice.pick(&[Ty::Int, Ty::Text, Ty::Bool]).clone())),
            _ => {
                let results: Vec<&Ty> =
                    callable().map(|primitive| &primitive.result).filter(|ty| is_object(ty)).collect();
                (*self.dice.pick(&results)).clone()
            }
        }
    }

    fn expression(&mut self, ty: &Ty, depth: usize) -> String {
        if let Ty::OrAbsent(of) = ty {
            let wanted = if self.dice.one_in(2) { (**of).clone() } else { Ty::Maybe(of.clone()) };
            return self.expression(&wanted, depth);
        }
        if self.mistakes > 0 && self.dice.one_in(self.mistakes) {
            return self.mistaken(ty, depth);
        }
        let known: Vec<String> = self.scope.iter().filter(|(_, of)| of == ty).map(|(name, _)| name.clone()).collect();
        if !known.is_empty() && self.dice.one_in(3) {
            return self.dice.pick(&known).clone();
        }
        if depth > 0
            && !self.dice.one_in(5)
            && let Some(made) = self.made(ty, depth)
        {
            return made;
        }
        self.literal(ty, depth)
    }

    /// A call, a field, an operator or a choice that gives that type.
    fn made(&mut self, ty: &Ty, depth: usize) -> Option<String> {
        match (self.dice.below(6), ty) {
            (0, Ty::Bool) => {
                let worded: Vec<&Ty> =
                    callable().map(|primitive| &primitive.result).filter(|ty| matches!(ty, Ty::Word(_))).collect();
                let word = (*self.dice.pick(&worded)).clone();
                let of = self.dice.pick(&[Ty::Int, Ty::Text, word]).clone();
                let symbol = *self.dice.pick(&["==", "!=", "<", ">="]);
                Some(format!("({} {symbol} {})", self.expression(&of, depth - 1), self.expression(&of, depth - 1)))
            }
            (1, Ty::Bool) => {
                let symbol = *self.dice.pick(&["&&", "||"]);
                Some(format!("({} {symbol} {})", self.expression(ty, depth - 1), self.expression(ty, depth - 1)))
            }
            (0 | 1, Ty::Int) => {
                let symbol = *self.dice.pick(&["+", "-"]);
                Some(format!("({} {symbol} {})", self.expression(ty, depth - 1), self.expression(ty, depth - 1)))
            }
            (0 | 1, Ty::Text) => {
                Some(format!("({} + {})", self.expression(ty, depth - 1), self.expression(ty, depth - 1)))
            }
            (2, _) if self.dice.one_in(3) => Some(format!(
                "(if {} {{ {} }} else {{ {} }})",
                self.condition(),
                self.expression(ty, depth - 1),
                self.expression(ty, depth - 1)
            )),
            _ => {
                let fitting: Vec<&Primitive> = callable().filter(|primitive| primitive.result == *ty).collect();
                let primitive = *fitting.get(self.dice.below(fitting.len()))?;
                Some(self.call(primitive, depth - 1))
            }
        }
    }

    fn call(&mut self, primitive: &Primitive, depth: usize) -> String {
        let required = primitive.params.iter().filter(|param| !param.optional).count();
        let count = required + self.dice.below(primitive.params.len() - required + 1);
        let args: Vec<String> =
            primitive.params[..count].iter().map(|param| self.argument(primitive, param, depth)).collect();
        let args = args.join(", ");
        let name = primitive.name;
        match (&primitive.receiver, primitive.namespace) {
            (Some(_), _) if primitive.name == "!" => format!("!{}", self.expression(&primitive.this, depth)),
            (Some(_), _) if primitive.name == "-" => format!("-({})", self.expression(&primitive.this, depth)),
            (Some(_), _) => {
                let this = self.expression(&primitive.this, depth);
                let this = if this.starts_with(['-', '!']) { format!("({this})") } else { this };
                if primitive.is_field { format!("{this}.{name}") } else { format!("{this}.{name}({args})") }
            }
            (None, "") if primitive.name == "!" => format!("!{args}"),
            (None, "") => format!("{name}({args})"),
            (None, namespace) => format!("{namespace}::{name}({args})"),
        }
    }

    fn argument(&mut self, primitive: &Primitive, param: &Param, depth: usize) -> String {
        let is_named = |words: &omega::script::Vocabulary| words.form.is_some();
        let is_text = matches!(param.ty, Ty::Text) || param.ty.vocabulary().is_some_and(is_named);
        // A text that spells no address is a mistake, however it came there.
        let spells = self.mistakes == 0 && matches!(primitive.name, "ip" | "cidr" | "ip_range");
        if is_text && matches!(param.ty, Ty::Text | Ty::Word(_)) && (spells || !self.dice.one_in(6)) {
            let form = param.ty.vocabulary().and_then(|words| words.form);
            let fitting = |text: &&&str| form.is_none_or(|form| form.fits(text));
            let texts: Vec<&str> = meant(primitive, param.name).iter().filter(fitting).copied().collect();
            if let Some(text) = texts.get(self.dice.below(texts.len())) {
                return constant(text);
            }
        }
        if matches!(param.ty, Ty::Named("Ip" | "Cidr" | "IpRange")) && self.dice.one_in(2) {
            return self.literal(&param.ty, depth);
        }
        self.expression(&param.ty, depth)
    }

    fn literal(&mut self, ty: &Ty, depth: usize) -> String {
        match ty {
            Ty::Unit => "()".to_string(),
            Ty::Bool => (*self.dice.pick(&["true", "false"])).to_string(),
            Ty::Int => self.dice.below(9).to_string(),
            Ty::Word(words) => match words.form {
                Some(form) => constant(of_form(form)),
                None => format!("{:?}", self.dice.pick(words.words)),
            },
            Ty::Within(limits) => (limits.least + self.dice.below(9) as i64).to_string(),
            Ty::Text | Ty::Any => (*self.dice.pick(&["\"a\"", "\"Ready\"", "`b${1}`"])).to_string(),
            Ty::List(of) => {
                let items: Vec<String> = (0..=self.dice.below(2)).map(|_| self.expression(of, depth.min(1))).collect();
                format!("[{}]", items.join(", "))
            }
            Ty::Maybe(of) | Ty::OrAbsent(of) => self.literal(of, depth),
            Ty::Function => self.closure(),
            Ty::Options(fields) => {
                let fields: Vec<_> = fields.iter().filter(|field| field.required || self.dice.one_in(3)).collect();
                let fields: Vec<String> = fields
                    .iter()
                    .map(|field| format!("{}: {}", field.name, self.expression(&field.ty, depth.min(1))))
                    .collect();
                format!("#{{ {} }}", fields.join(", "))
            }
            Ty::Named("Ip") => "values::GATEWAY".to_string(),
            Ty::Named("Cidr") => (*self.dice.pick(&["values::PROVIDER", "values::METAL"])).to_string(),
            Ty::Named("IpRange") => "values::POOL".to_string(),
            Ty::Named(name) => {
                // The shortest way there, so that it ends.
                let rank = RANKS.get(name).copied().unwrap_or_default();
                let shorter = |primitive: &&Primitive| primitive.result == *ty && needs(primitive) < rank;
                let ways: Vec<&Primitive> = callable().filter(shorter).collect();
                ways.get(self.dice.below(ways.len())).map_or("()".to_string(), |way| self.call(way, 0))
            }
        }
    }

    fn closure(&mut self) -> String {
        let name = self.fresh();
        // What it is given is not known here: only what suits everything is done with it.
        match self.dice.below(3) {
            0 => format!("|{name}| {name} == {name}"),
            1 => format!("|{name}| true"),
            _ => format!("|{name}| {}", self.expression(&Ty::Bool, 1)),
        }
    }

    fn mistaken(&mut self, ty: &Ty, depth: usize) -> String {
        let other = self.any_type();
        match self.dice.below(5) {
            0 => self.literal(&other, depth),
            1 => {
                let name = self.dice.pick(&callable().collect::<Vec<_>>()).name;
                format!("{}.{name}", self.literal(&other, 0))
            }
            2 => format!("no_such_{}(1)", self.names),
            3 => {
                let primitive = *self.dice.pick(&callable().collect::<Vec<_>>());
                let call = self.call(primitive, 0);
                call.strip_suffix(')').map_or(call.clone(), |open| format!("{open}, 1)"))
            }
            _ => format!("({} + {})", self.literal(ty, 0), self.literal(&other, 0)),
        }
    }
}

/// What the law speaks of: reads and pure functions that can be reached; what acts or changes has tests of its own.
fn callable() -> impl Iterator<Item = &'static Primitive> {
    readable().filter(|primitive| needs(primitive) < usize::MAX)
}

/// How many calls it takes to come to a type of the host.
static RANKS: LazyLock<BTreeMap<&'static str, usize>> = LazyLock::new(|| {
    let mut ranks: BTreeMap<&'static str, usize> = [("Ip", 0), ("Cidr", 0), ("IpRange", 0)].into();
    for rank in 1..10 {
        let known = ranks.clone();
        for primitive in readable() {
            let reached = wanted(primitive).iter().all(|name| known.contains_key(name));
            if let Some(name) = named(&primitive.result).filter(|_| reached && !matches!(primitive.result, Ty::List(_)))
            {
                ranks.entry(name).or_insert(rank);
            }
        }
    }
    ranks
});

/// The most calls that what a primitive wants takes.
fn needs(primitive: &Primitive) -> usize {
    wanted(primitive).iter().map(|name| RANKS.get(name).copied().unwrap_or(usize::MAX)).max().unwrap_or_default()
}

/// The types of the host that a call cannot do without.
fn wanted(primitive: &Primitive) -> Vec<&'static str> {
    let params = primitive.params.iter().map(|param| &param.ty);
    let fields = primitive.params.iter().flat_map(|param| match &param.ty {
        Ty::Options(fields) => fields.iter().map(|field| &field.ty).collect(),
        _ => Vec::new(),
    });
    std::iter::once(&primitive.this).chain(params).chain(fields).filter_map(named).collect()
}

fn named(ty: &Ty) -> Option<&'static str> {
    match ty {
        Ty::Named(name) => Some(name),
        Ty::List(of) | Ty::Maybe(of) | Ty::OrAbsent(of) => named(of),
        _ => None,
    }
}

/// Reads and pure functions of what the header declares.
fn readable() -> impl Iterator<Item = &'static Primitive> {
    const NEEDED: [&str; 9] = ["", "maas", "juju", "openstack", "netbox", "libvirt", "ssh", "bundle", "http"];
    let reads = |primitive: &&Primitive| matches!(primitive.effect, Effect::Pure | Effect::Read);
    primitives::table().iter().filter(reads).filter(|primitive| NEEDED.contains(&primitive.namespace))
}

fn is_object(ty: &Ty) -> bool {
    match ty {
        Ty::Named(_) => true,
        Ty::List(of) => is_object(of),
        _ => false,
    }
}

/// Texts that mean something to the lab, so that reads find what they ask for.
fn meant(primitive: &Primitive, param: &str) -> &'static [&'static str] {
    match (primitive.namespace, param) {
        ("", "text") if primitive.name == "ip" => &["10.12.4.1"],
        ("", "text") if primitive.name == "cidr" => &["10.12.4.0/22"],
        ("", "text") => &["10.12.5.0-10.12.7.254"],
        ("maas", "hostname" | "name") => &["openstack0", "openstack1", "openstack"],
        ("juju", "name" | "model") => &["openstack", "vault/0"],
        (_, "unit") => &["vault/0", "keystone/0"],
        (_, "application") => &["vault", "keystone"],
        ("openstack", "name") => &["provider-ext", "admin", "nova"],
        ("openstack", "domain") => &["admin_domain", "default"],
        ("ssh", _) => &["operator@10.12.64.1"],
        ("bundle", _) => &["bundle.yaml"],
        _ => &["openstack0", "vault/0", "vault", "public"],
    }
}

/// A name that is written so, of something that is there.
fn of_form(form: Form) -> &'static str {
    match form {
        Form::Application => "keystone",
        Form::Destination => "operator@10.12.64.1",
        Form::Host => "openstack0",
        Form::Leader | Form::Unit => "vault/0",
        Form::Url => "http://10.12.64.1/",
        other => other.example(),
    }
}

/// Every text that is meant, once: they are constants of a library, as a site's values are.
const TEXTS: [&str; 18] = [
    "10.12.4.1",
    "10.12.4.0/22",
    "10.12.5.0-10.12.7.254",
    "openstack0",
    "openstack1",
    "openstack",
    "vault/0",
    "keystone/0",
    "vault",
    "keystone",
    "provider-ext",
    "admin",
    "nova",
    "admin_domain",
    "default",
    "operator@10.12.64.1",
    "bundle.yaml",
    "http://10.12.64.1/",
];

fn constant(text: &str) -> String {
    TEXTS.iter().position(|known| *known == text).map_or_else(|| format!("\"{text}\""), |at| format!("values::T{at}"))
}

fn values() -> String {
    let nets = "export const GATEWAY = ip(\"10.12.4.1\");\nexport const PROVIDER = cidr(\"10.12.4.0/22\");\n\
        export const METAL = cidr(\"10.12.8.0/22\");\nexport const POOL = ip_range(\"10.12.5.0-10.12.7.254\");\n";
    let texts = TEXTS.iter().enumerate().map(|(at, text)| format!("export const T{at} = \"{text}\";\n"));
    std::iter::once(nets.to_string()).chain(texts).collect()
}

#[test]
fn what_the_check_accepts_of_generated_scripts_runs() {
    on_a_large_stack(|| {
        let mut repo = Repo::open(&folder("good"));
        repo.lay("lib/values.rhai", &values());
        let mut world = World::of(repo);
        let mut dice = Dice(seed());
        let clock = Clock::start(false);
        let (mut right, mut right_accepted, mut refused) = (0_usize, 0_usize, BTreeMap::<String, usize>::new());
        while clock.elapsed() < seconds() || world.checked < 200 {
            let mistakes = if dice.one_in(2) { 0 } else { 12 };
            let text = Maker { dice: &mut dice, mistakes, scope: Vec::new(), names: 0 }.script();
            let before = world.accepted;
            world.hold(&text).unwrap_or_else(|wrong| panic!("{wrong}"));
            if mistakes == 0 {
                right += 1;
                right_accepted += world.accepted - before;
                if world.accepted == before {
                    for finding in world.check(&text).err().unwrap_or_default() {
                        if std::env::var_os("OMEGA_FUZZ_TALK").is_some() {
                            eprintln!("{}: {}\n{text}", finding.id, finding.message);
                        }
                        *refused.entry(finding.id).or_default() += 1;
                    }
                }
            }
        }
        eprintln!(
            "{} checked, {} accepted, {} of them ran to their end; of {right} without a mistake {right_accepted} accepted; refused for {refused:?}",
            world.checked, world.accepted, world.ended
        );
        assert!(world.accepted * 20 > world.checked, "too few of them were accepted for the law to be tried");
        assert!(world.accepted < world.checked, "not one mistake was found");
    });
}
