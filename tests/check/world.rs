//! What accepted scripts run in: the built-in lab, with nobody to answer, and a plan alone.

use std::sync::Arc;
use std::time::Duration;

use omega::check::Diagnostic;
use omega::conduct::{Agreement, Conduct};
use omega::host::{Answers, Asked, Session};
use omega::journal::{Begin, Event, Journal, TroubleKind};
use omega::lab::Lab;
use omega::runbook::{Loaded, Repo, Site};
use omega::transport::{Interrupt, Secret, Transport};

/// Where the script under test lies.
pub const PATH: &str = "runbooks/generated.rhai";

/// A repository with one script that changes, and a lab that no plan changes.
pub struct World {
    repo: Repo,
    lab: Arc<Lab>,
    /// How many scripts were checked.
    pub checked: usize,
    /// How many of them the check accepted.
    pub accepted: usize,
    /// How many of those ran to their end.
    pub ended: usize,
}

struct Nobody;

impl Answers for Nobody {
    fn attest(&self, _: &str, _: &str) -> Asked {
        Asked::Nobody
    }
    fn secret(&self, _: &str, _: &str) -> anyhow::Result<Option<Secret>> {
        Ok(None)
    }
}

impl World {
    pub fn of(repo: Repo) -> Self {
        let lab = Arc::new(Lab::embedded("settled").expect("the lab"));
        World { repo, lab, checked: 0, accepted: 0, ended: 0 }
    }

    /// What the check says, and the script when it may run.
    pub fn check(&mut self, text: &str) -> Result<Loaded, Vec<Diagnostic>> {
        self.repo.lay(PATH, text);
        self.checked += 1;
        self.repo.load(PATH, &Site::default())
    }

    /// The law: a script that the check accepts does not end with an error of a name, an arity, a field or a type.
    pub fn hold(&mut self, text: &str) -> Result<(), String> {
        let Ok(loaded) = self.check(text) else { return Ok(()) };
        self.accepted += 1;
        let events = self.run(&loaded);
        self.ended += usize::from(!events.iter().any(|event| matches!(event, Event::Trouble { .. })));
        let wrong = events.iter().find_map(|event| match event {
            Event::Trouble { kind, lines, frames, .. } => {
                let words = format!("{}\n{}", lines.join("\n"), frames.join("\n"));
                let wrong = match kind {
                    TroubleKind::Defect => true,
                    TroubleKind::Script => is_of_a_name_or_type(&words, text),
                    _ => false,
                };
                wrong.then_some(words)
            }
            _ => None,
        });
        wrong.map_or(Ok(()), |words| Err(format!("accepted, and then:\n{words}\n\n{text}")))
    }

    fn run(&self, loaded: &Loaded) -> Vec<Event> {
        let journal = Arc::new(Journal::in_memory(Vec::new()));
        let transport: Arc<dyn Transport> = self.lab.clone();
        let session = Session::new(Box::new(transport), journal.clone(), Box::new(Nobody), Interrupt::new());
        let conduct = Conduct {
            loaded,
            session: Arc::new(session),
            begin: Begin::default(),
            only: None,
            ahead: false,
            agree: &|_| Agreement::PlanOnly,
            admit: &|_| Ok(()),
            commit: &|| Ok(()),
        };
        conduct.run();
        journal.lines().into_iter().map(|line| line.event).collect()
    }
}

/// Whether an error is of a name, an arity, a field or a type. Every other is of a value, which no check could know:
/// what a computation came to, a text that is no address.
fn is_of_a_name_or_type(words: &str, text: &str) -> bool {
    // A key that was computed is a value; what stands in the text at that place is a name.
    if let Some((_, key)) = words.split_once("no property `") {
        let key = key.split('`').next().unwrap_or_default();
        return written_at(words, text).is_none_or(|written| written.starts_with(key));
    }
    const SIGNS: [&str; 21] = [
        "not found",
        "Unknown",
        "not defined",
        "undefined",
        "no property",
        "no option",
        "is missing",
        "unlike types",
        "cannot compare",
        "cannot be put into text",
        "cannot be set",
        "compares two lists",
        "must answer",
        "mismatch",
        "type",
        "not callable",
        "iterat",
        "indexing",
        "it has:",
        "syntax",
        "Variable",
    ];
    let first = words.lines().next().unwrap_or_default();
    // A word that is never said in an option is a value: "`type`: "x" is no type of a network; they are ...".
    if first.contains(" is no ") && first.contains("; they are ") {
        return false;
    }
    (first.contains("expected ") && first.contains(", found ")) || SIGNS.iter().any(|sign| first.contains(sign))
}

/// The script from the place on at which it ended, by the first frame of the error; nothing when that is in a library.
fn written_at<'t>(words: &str, text: &'t str) -> Option<&'t str> {
    let first = words.lines().find(|line| line.starts_with("runbooks/") || line.starts_with("lib/"))?;
    let frame = first.strip_prefix(PATH)?.strip_prefix(':')?;
    let (line, rest) = frame.split_once(':')?;
    let column: usize = rest.split_whitespace().next()?.parse().ok()?;
    let line = text.lines().nth(line.parse::<usize>().ok()?.checked_sub(1)?)?;
    let (at, _) = line.char_indices().nth(column.checked_sub(1)?)?;
    line.get(at..)
}

/// A generator of numbers that gives the same ones for the same seed (splitmix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below that number; 0 for 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.roll() % end as u64) as usize }
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// How long each property may take: OMEGA_FUZZ_SECONDS, else a glance.
pub fn seconds() -> Duration {
    let asked = std::env::var("OMEGA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(asked.unwrap_or(3))
}

/// Where the dice begin: OMEGA_FUZZ_SEED, else the same in every run.
pub fn seed() -> u64 {
    std::env::var("OMEGA_FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_121)
}
