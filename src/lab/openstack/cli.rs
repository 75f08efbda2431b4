//! Reads the client's command line and prints as its formatters do.

use serde_json::Value;

use super::{Answer, Answered, Ask, Effect, Needs, Shown, Trouble};
use crate::lab::print;

/// A command of the client.
pub(super) struct Spec {
    /// Its words, e.g. `network agent list`.
    pub words: &'static str,
    pub effect: Effect,
    pub needs: Needs,
    /// Positional arguments; `...` at the end of the last means one or more.
    pub positionals: &'static [&'static str],
    /// Options with a value.
    pub takes: &'static [&'static str],
    /// Options without.
    pub flags: &'static [&'static str],
    /// Pairs that exclude each other.
    pub exclusive: &'static [(&'static str, &'static str)],
    /// Options that must be there.
    pub required: &'static [&'static str],
    /// Options of the real client that the lab does not answer.
    pub unanswered: &'static [&'static str],
    pub run: fn(&mut Ask<'_>) -> Answered,
}

impl Spec {
    /// A command that takes nothing; the tables fill in what it does take.
    pub(super) const fn new(
        words: &'static str,
        effect: Effect,
        needs: Needs,
        run: fn(&mut Ask<'_>) -> Answered,
    ) -> Self {
        Spec {
            words,
            effect,
            needs,
            positionals: &[],
            takes: &[],
            flags: &[],
            exclusive: &[],
            required: &[],
            unanswered: &[],
            run,
        }
    }

    /// False for the commands that show nothing; they take no `-f` either.
    fn prints(&self) -> bool {
        !matches!(self.words.rsplit(' ').next(), Some("set" | "unset" | "delete"))
            && !self.words.starts_with("router add")
            && !self.words.starts_with("router remove")
    }

    pub(super) fn length(&self) -> usize {
        self.words.split(' ').count()
    }
}

/// What was asked of a command.
#[derive(Default)]
pub(super) struct Asked {
    pub positionals: Vec<String>,
    options: Vec<(&'static str, String)>,
    format: Option<String>,
    columns: Vec<String>,
    /// What goes to standard error though the command succeeds.
    pub warning: String,
}

impl Asked {
    /// True if the option was given.
    pub(super) fn has(&self, option: &str) -> bool {
        self.options.iter().any(|(name, _)| *name == option)
    }

    /// The last value given to the option.
    pub(super) fn one(&self, option: &str) -> Option<&str> {
        self.options.iter().rev().find(|(name, _)| *name == option).map(|(_, value)| value.as_str())
    }

    /// Every value given to the option.
    pub(super) fn all(&self, option: &str) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |(name, _)| *name == option).map(|(_, value)| value.as_str())
    }

    /// Which of two opposite flags was given.
    pub(super) fn switch(&self, on: &str, off: &str) -> Option<bool> {
        if self.has(on) {
            return Some(true);
        }
        self.has(off).then_some(false)
    }
}

/// A command line that does not become a command.
pub(super) enum Misuse {
    /// Wrong usage; the client's words, status 2.
    Usage(String),
    /// Right usage that the lab does not know.
    Unanswered,
}

const PRINTING: &[&str] = &["-f", "--format", "-c", "--column"];
const PRINTING_UNANSWERED: &[&str] = &[
    "--noindent",
    "--max-width",
    "--fit-width",
    "--print-empty",
    "--sort-column",
    "--quote",
    "--prefix",
    "-h",
    "--help",
];

/// Reads what follows a command's words.
pub(super) fn parse(spec: &Spec, words: &[&str]) -> Result<Asked, Misuse> {
    let mut asked = Asked::default();
    let mut strangers = Vec::new();
    let printing = if spec.prints() { PRINTING } else { &[] };
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let (name, attached) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (word, None),
        };
        let known = |list: &'static [&'static str]| list.iter().copied().find(|known| *known == name);
        if !word.starts_with('-') || word == "-" {
            asked.positionals.push(word.to_string());
        } else if let Some(option) = known(printing).or_else(|| known(spec.takes)) {
            let value = attached.or_else(|| words.next());
            let value = value.ok_or_else(|| usage(spec, &format!("argument {option}: expected one argument")))?;
            keep(&mut asked, option, value);
        } else if let Some(option) = known(spec.flags) {
            exclude(spec, &asked, option)?;
            asked.options.push((option, String::new()));
        } else if known(spec.unanswered).or_else(|| known(PRINTING_UNANSWERED)).is_some() {
            return Err(Misuse::Unanswered);
        } else {
            strangers.push(word);
        }
    }
    settle(spec, asked, &strangers)
}

fn keep(asked: &mut Asked, option: &'static str, value: &str) {
    match option {
        "-f" | "--format" => asked.format = Some(value.to_string()),
        "-c" | "--column" => asked.columns.push(value.to_string()),
        _ => asked.options.push((option, value.to_string())),
    }
}

fn exclude(spec: &Spec, asked: &Asked, option: &str) -> Result<(), Misuse> {
    let other = spec.exclusive.iter().find_map(|(a, b)| match option {
        option if option == *a => Some(*b),
        option if option == *b => Some(*a),
        _ => None,
    });
    match other.filter(|other| asked.has(other)) {
        Some(other) => Err(usage(spec, &format!("argument {option}: not allowed with argument {other}"))),
        None => Ok(()),
    }
}

fn settle(spec: &Spec, asked: Asked, strangers: &[&str]) -> Result<Asked, Misuse> {
    let (wanted, given) = (spec.positionals.len(), asked.positionals.len());
    let positionals = spec.positionals.iter().skip(given).map(|name| name.trim_end_matches("..."));
    let options = spec.required.iter().copied().filter(|option| !asked.has(option));
    let missing: Vec<&str> = options.chain(positionals).collect();
    if !missing.is_empty() {
        return Err(usage(spec, &format!("the following arguments are required: {}", missing.join(", "))));
    }
    let is_open = spec.positionals.last().is_some_and(|name| name.ends_with("..."));
    let surplus = if is_open { &[] } else { &asked.positionals[wanted..] };
    let strangers: Vec<&str> = strangers.iter().copied().chain(surplus.iter().map(String::as_str)).collect();
    if !strangers.is_empty() {
        return Err(usage(spec, &format!("unrecognized arguments: {}", strangers.join(" "))));
    }
    if !matches!(asked.format.as_deref(), None | Some("json" | "value" | "table" | "csv" | "yaml" | "shell")) {
        let format = asked.format.unwrap_or_default();
        return Err(usage(spec, &format!("argument -f/--format: invalid choice: '{format}'")));
    }
    Ok(asked)
}

fn usage(spec: &Spec, last: &str) -> Misuse {
    let options = spec.takes.iter().map(|option| format!(" [{option} VALUE]"));
    let flags = spec.flags.iter().map(|flag| format!(" [{flag}]"));
    let positionals = spec.positionals.iter().map(|name| format!(" {name}"));
    let all: String = options.chain(flags).chain(positionals).collect();
    Misuse::Usage(format!("usage: openstack {0} [-h]{all}\nopenstack {0}: error: {last}\n", spec.words))
}

/// What the client says to a command that it does not know: on standard output, with what comes near.
pub(super) fn no_command(words: &[&str], known: impl Iterator<Item = &'static Spec>) -> Answer {
    let line = words.join(" ");
    let first = words.first().copied().unwrap_or_default();
    let near: Vec<String> = known
        .filter(|spec| spec.words.split(' ').next().is_some_and(|word| strsim::levenshtein(word, first) <= 2))
        .map(|spec| format!("  {}\n", spec.words))
        .collect();
    let is_real = near.iter().any(|line| line.trim().split(' ').next() == Some(first)) || REAL.contains(&first);
    if is_real {
        return Answer::unknown(format!("openstack {line}"));
    }
    let text = format!(
        "openstack: '{line}' is not an openstack command. See 'openstack --help'.\nDid you mean one of these?\n{}",
        near.concat()
    );
    Answer::ended(Effect::Read, 2, text, "")
}

/// First words of real commands that the lab does not answer.
const REAL: &[&str] = &[
    "aggregate",
    "application",
    "availability",
    "coe",
    "compute",
    "console",
    "credential",
    "complete",
    "configuration",
    "flavor",
    "floating",
    "help",
    "host",
    "hypervisor",
    "keypair",
    "limits",
    "loadbalancer",
    "object",
    "quota",
    "secret",
    "server",
    "usage",
    "versions",
    "volume",
];

/// Prints what a command shows, in the asked format.
pub(super) fn print(shown: Shown, asked: &Asked) -> Result<String, Trouble> {
    match shown {
        Shown::Nothing => Ok(String::new()),
        Shown::One(fields) => {
            let names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
            check_columns(asked, &names)?;
            let kept = fields.into_iter().filter(|(name, _)| is_asked(asked, name)).collect();
            Ok(one(kept, asked))
        }
        Shown::Rows(columns, rows) => {
            let names: Vec<String> = columns.iter().map(ToString::to_string).collect();
            check_columns(asked, &names)?;
            let kept: Vec<usize> = (0..names.len()).filter(|at| is_asked(asked, &names[*at])).collect();
            let names: Vec<String> = kept.iter().map(|at| names[*at].clone()).collect();
            let rows: Vec<Vec<Value>> =
                rows.into_iter().map(|row| kept.iter().map(|at| row[*at].clone()).collect()).collect();
            Ok(list(&names, rows, asked))
        }
    }
}

fn is_asked(asked: &Asked, column: &str) -> bool {
    asked.columns.is_empty() || asked.columns.iter().any(|wanted| wanted.eq_ignore_ascii_case(column))
}

fn check_columns(asked: &Asked, names: &[String]) -> Result<(), Trouble> {
    if asked.columns.is_empty() || names.iter().any(|name| is_asked(asked, name)) {
        return Ok(());
    }
    let quoted = |names: &[String]| names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    Err(Trouble(format!(
        "No recognized column names in [{}]. Recognized columns are ({}).",
        quoted(&asked.columns),
        quoted(names)
    )))
}

fn one(fields: Vec<(String, Value)>, asked: &Asked) -> String {
    match asked.format.as_deref() {
        Some("json") => print::row(&fields, 2) + "\n",
        Some("value") => fields.iter().map(|(_, value)| plain(value) + "\n").collect(),
        _ => {
            let rows = fields.into_iter().map(|(name, value)| vec![Value::String(name), value]).collect();
            table(&["Field".into(), "Value".into()], rows)
        }
    }
}

fn list(names: &[String], rows: Vec<Vec<Value>>, asked: &Asked) -> String {
    match asked.format.as_deref() {
        Some("json") => {
            let rows: Vec<Vec<(String, Value)>> =
                rows.into_iter().map(|row| names.iter().cloned().zip(row).collect()).collect();
            print::rows(&rows, 2) + "\n"
        }
        Some("value") => {
            let line = |row: &Vec<Value>| row.iter().map(plain).collect::<Vec<_>>().join(" ") + "\n";
            rows.iter().map(line).collect()
        }
        // An empty table is an empty line.
        _ if rows.is_empty() => "\n".into(),
        _ => table(names, rows),
    }
}

/// A value as Python writes it in a cell.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "None".into(),
        Value::Bool(true) => "True".into(),
        Value::Bool(false) => "False".into(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let pairs: Vec<String> = map.iter().map(|(key, value)| format!("'{key}': {}", repr(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
        Value::Number(number) => number.to_string(),
    }
}

fn repr(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{text}'"),
        other => plain(other),
    }
}

fn table(names: &[String], rows: Vec<Vec<Value>>) -> String {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(plain).collect()).collect();
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).chain([names[at].chars().count()]).max();
    let widths: Vec<usize> = (0..names.len()).map(|at| width(at).unwrap_or(0)).collect();
    let rule: String = widths.iter().map(|width| format!("+{}", "-".repeat(width + 2))).collect::<String>() + "+\n";
    let line = |cells: &[String]| {
        let cells = cells.iter().zip(&widths).map(|(cell, width)| format!("| {cell:<width$} "));
        cells.collect::<String>() + "|\n"
    };
    let body: String = rows.iter().map(|row| line(row)).collect();
    format!("{rule}{}{rule}{body}{rule}", line(names))
}
