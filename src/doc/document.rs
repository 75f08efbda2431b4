//! A runbook as a document: what it says of itself, and each step with what it does, in order.

use super::said::Said;
use crate::host::Header;

/// A runbook.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its path in the repository.
    pub path: String,
    /// The first digits of the sum of its bytes.
    pub sum: String,
    /// What it says of itself.
    pub header: Header,
    /// The lines at its top.
    pub about: String,
    /// Its steps, in order.
    pub steps: Vec<Step>,
}

/// A step, or an exit gate.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether the next phase stands on it.
    pub is_exit: bool,
    /// The comment above it.
    pub about: String,
    /// What it does, in order.
    pub items: Vec<Item>,
}

/// One thing that a step does.
#[derive(Clone, Debug)]
pub enum Item {
    /// A comment of the runbook.
    Text(String),
    /// It asks a service. `leaves_record`: the service keeps a record of that.
    Read {
        /// What is asked.
        what: Said,
        /// What the answer is called.
        name: Option<String>,
        /// What that is.
        about: String,
        /// Whether the asking leaves a record there.
        leaves_record: bool,
    },
    /// It would change something.
    Change {
        /// What is called.
        what: Said,
        /// What that does.
        about: String,
        /// What is written beside it: the options, each with its value.
        options: Vec<(String, Said)>,
        /// The name that is typed for it, when it cannot be undone.
        irreversible: Option<Said>,
        /// What its result is called.
        name: Option<String>,
    },
    /// It gives a value a name.
    Name {
        /// The name.
        name: String,
        /// The value.
        value: Said,
    },
    /// It judges.
    Gate {
        /// The gate's name.
        name: Said,
        /// What must hold.
        expected: Said,
        /// What that means, in the words of the reference.
        about: Option<String>,
        /// What it is about, where several share a name.
        subject: Option<Said>,
        /// The known issue that a failure means.
        issue: Option<String>,
        /// What a failure means.
        means: Option<Said>,
        /// What is safe to do then.
        next: Option<Said>,
        /// Whether a failure only warns.
        warns: bool,
    },
    /// It asks a person what only a person can know.
    Attest {
        /// The id that answers it off a terminal.
        id: Said,
        /// The question.
        question: Said,
    },
    /// It asks for a secret.
    Secret {
        /// The secret's name.
        name: Said,
        /// What it is.
        prompt: Said,
    },
    /// It waits.
    Wait {
        /// For what.
        what: Said,
        /// Until this holds.
        until: Said,
        /// Seconds between looks, and seconds after which it is given up.
        pace: String,
    },
    /// It says something: a note, a warning, or the end as failed.
    Say {
        /// `note`, `warn` or `fail`.
        kind: String,
        /// The words.
        text: Said,
    },
    /// It does something for each of several.
    Each {
        /// As a sentence: `for each host in ...`.
        over: Said,
        /// What it does.
        items: Vec<Item>,
    },
    /// It does something on a condition.
    When {
        /// As a sentence: `if ...`.
        condition: Said,
        /// What it does.
        items: Vec<Item>,
    },
    /// It follows a procedure of lib/.
    Procedure {
        /// The call.
        call: Said,
        /// The file and the line.
        place: String,
        /// What the procedure says of itself.
        about: String,
        /// What it does.
        items: Vec<Item>,
    },
}

/// What a list of items reaches, at any depth.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// How many gates.
    pub gates: usize,
    /// How many reads.
    pub reads: usize,
    /// How many changes.
    pub changes: usize,
}

impl Item {
    /// What it holds inside.
    #[must_use]
    pub fn inner(&self) -> &[Item] {
        match self {
            Item::Each { items, .. } | Item::When { items, .. } | Item::Procedure { items, .. } => items,
            _ => &[],
        }
    }

    /// It and all that it holds, at any depth.
    pub fn walk<'i>(items: &'i [Item], visit: &mut dyn FnMut(&'i Item)) {
        for item in items {
            visit(item);
            Self::walk(item.inner(), visit);
        }
    }
}

impl Reached {
    /// Counts.
    #[must_use]
    pub fn by(items: &[Item]) -> Self {
        let mut reached = Reached::default();
        Item::walk(items, &mut |item| match item {
            Item::Gate { .. } => reached.gates += 1,
            Item::Read { .. } => reached.reads += 1,
            Item::Change { .. } => reached.changes += 1,
            _ => {}
        });
        reached
    }

    /// In words: `2 gates, 1 change`.
    #[must_use]
    pub fn words(&self) -> String {
        let counts = [(self.reads, "read"), (self.gates, "gate"), (self.changes, "change")];
        let words = counts.iter().filter(|(count, _)| *count > 0);
        let words: Vec<String> =
            words.map(|(count, noun)| format!("{count} {noun}{}", if *count == 1 { "" } else { "s" })).collect();
        if words.is_empty() { "nothing of a cloud".to_owned() } else { words.join(", ") }
    }
}

impl Document {
    /// The items of that kind, with the id of their step, in order.
    #[must_use]
    pub fn all<'d>(&'d self, is_it: &dyn Fn(&Item) -> bool) -> Vec<(&'d str, &'d Item)> {
        let mut found = Vec::new();
        for step in &self.steps {
            Item::walk(&step.items, &mut |item| {
                if is_it(item) {
                    found.push((step.id.as_str(), item));
                }
            });
        }
        found
    }

    /// What cannot be undone: the step, what is called, what that does, the name that is typed.
    #[must_use]
    pub fn irreversible(&self) -> Vec<(&str, &Said, &str, &Said)> {
        let all = self.all(&|item| matches!(item, Item::Change { irreversible: Some(_), .. }));
        let told = all.into_iter().filter_map(|(step, item)| match item {
            Item::Change { what, about, irreversible: Some(name), .. } => Some((step, what, about.as_str(), name)),
            _ => None,
        });
        told.collect()
    }

    /// The commands that check, rehearse, plan and apply it, each with what it does.
    #[must_use]
    pub fn commands(&self) -> Vec<(String, &'static str)> {
        let path = &self.path;
        let mut commands = vec![
            (format!("omega check {path} --sha"), "the text is sound, and as it was reviewed"),
            (format!("omega run {path} --lab"), "a plan on the built-in simulated cloud: nothing real is touched"),
            (format!("omega run {path}"), "the plan: it reads, judges, and shows every change; it changes nothing"),
        ];
        let applies = !self.all(&|item| matches!(item, Item::Change { .. })).is_empty();
        if applies {
            commands.push((
                format!("omega run {path} --apply"),
                "shows the plan again, asks, and makes only these changes",
            ));
        }
        commands.push(("omega status".to_owned(), "what has passed, and what is next"));
        commands
    }
}
