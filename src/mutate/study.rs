//! One healthy case and all its mutants: who noticed each, and which survived.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use parking_lot::Mutex;

use super::course::{Notes, Way};
use super::mutant::{Mutant, Origin, Parsed, Place, Side, Whole};
use super::runs::{Meets, Ran};
use super::survey::{Classed, Kind, Survey, Types, of_text, representatives, states, survey};
use super::watch::{Came, Noticed, came};
use super::world::{Document, Keeper, World};
use crate::cases::{Case, Cases, Stand, verdict};
use crate::host::{Made, Noted, Reads};
use crate::journal::{Event, Line};
use crate::transport::Transport;
use crate::verdict::Verdict;

/// A healthy case, ready to be mutated.
pub struct Study<'r> {
    pub(super) cases: &'r Cases<'r>,
    pub(super) case: &'r Case,
    pub(super) files: BTreeMap<String, Arc<[u8]>>,
    pub(super) inputs: BTreeMap<String, Arc<[u8]>>,
    pub(super) world: Arc<World>,
    pub(super) way: Arc<Way>,
    pub(super) lines: Vec<Line>,
    pub(super) came: Came,
    pub(super) signs: Arc<BTreeSet<String>>,
    pub(super) told: u64,
    noted: Noted,
    /// What was made of the payloads that all runs meet.
    pub(super) made: Arc<Made>,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Documents that were read, and those that only made a wait go on and were left as they are.
    pub documents: (usize, usize),
    /// Leaves of the documents.
    pub leaves: usize,
    /// Those that no type asked for.
    pub unread: usize,
    /// Classes of leaves that were asked for, and how many leaves these are.
    pub asked: (usize, usize),
    /// Representatives of these that were mutated, and those of them that are told to no gate and no change.
    pub untold: (usize, usize),
    /// Classes of leaves of which no representative is told to a gate or a change, as `request: class`.
    pub untold_classes: BTreeSet<String>,
    /// Mutants of what is read.
    pub mutants: usize,
    /// Those that were noticed.
    pub noticed: usize,
    /// Mutants of what steps with irreversible changes read, and those noticed.
    pub irreversible: (usize, usize),
    /// Those that nobody noticed, sorted.
    pub survivors: Vec<Survivor>,
    /// Runs, those of what nobody reads included, and how long they took.
    pub runs: (usize, Duration),
}

/// A mutant that nobody noticed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Survivor {
    /// The request or the file.
    pub asked: String,
    /// The class of the part; empty for the whole document.
    pub class: String,
    /// The part itself.
    pub part: String,
    /// What was done, in one word.
    pub word: &'static str,
    /// The same in full.
    pub shown: String,
    /// The change after which the document came first.
    pub since: Option<String>,
    /// The steps that read the document.
    pub steps: Vec<String>,
    /// The gate that is nearest to it.
    pub gate: String,
    /// Whether a step with an irreversible change reads it.
    pub irreversible: bool,
}

impl Report {
    fn surveyed(&mut self, looked: &[Looked]) {
        let mut classes = BTreeSet::new();
        for one in looked {
            self.leaves += one.survey.asked.len() + one.survey.unread;
            self.unread += one.survey.unread;
            self.asked.1 += one.survey.asked.len();
            classes.extend(one.survey.asked.iter().map(|leaf| (one.form, leaf.classed().0)));
        }
        self.asked.0 = classes.len();
    }
}

impl<'r> Study<'r> {
    /// Makes the healthy run, and makes sure that it comes to the same when it is served again.
    pub fn of(cases: &'r Cases<'r>, case: &'r Case) -> anyhow::Result<Self> {
        let keeper = Arc::new(Keeper::new(cases.lab(case)?)?);
        let reads = Arc::new(Reads::with_parts());
        let (files, inputs) = (cases.files(case)?, cases.lab(case)?.inputs().unwrap_or_default());
        let stand = Stand {
            inputs: inputs.clone(),
            files: files.clone(),
            apply: case.apply,
            reads: Some(reads.clone()),
            ..Stand::over(Box::new(keeper.clone()))
        };
        let lines = cases.conduct_on(case, stand);
        let ended = verdict(&lines);
        let is_healthy = matches!(ended, Some(Verdict::Pass | Verdict::Warn | Verdict::Planned));
        ensure!(is_healthy, "the case is not healthy: it ends {}", ended.map_or("nowhere", Verdict::word));
        let came = came(&lines);
        let signs = Arc::new(came.iter().cloned().collect());
        let told = reads.told();
        let (world, noted) = (Arc::new(keeper.take()), reads.take());
        let made = Arc::default();
        let way = Arc::default();
        let study = Study { cases, case, files, inputs, world, way, lines, came, signs, told, noted, made };
        let (way, made) = study.control()?;
        Ok(Study { way: Arc::new(way), made: Arc::new(made), ..study })
    }

    /// The healthy run is served again, and its way is noted.
    fn control(&self) -> anyhow::Result<(Way, Made)> {
        let serving = self.serving();
        let notes = Arc::new(Notes::new(serving.cursor.clone(), serving.reads.clone()));
        let journal = self.serve(&serving, None, (self.files.clone(), self.inputs.clone()), Some(notes.clone()));
        let lines = journal.lines();
        let noticed = serving.noticed.lock().take().or_else(|| self.differs(&came(&lines)));
        let strayed = noticed.map_or_else(
            || "scripts are told something else".to_string(),
            |noticed| format!("it comes to something else: {}", noticed.by),
        );
        ensure!(serving.reads.told() == self.told && strayed.starts_with("scripts"), "served again, {strayed}");
        Ok((notes.way(&lines), serving.reads.take_made()))
    }

    /// Makes and judges the mutants, with at most `few` representatives of each class.
    #[expect(clippy::disallowed_methods, reason = "how long mutants take is real time, not the run's")]
    pub fn report(&mut self, few: usize) -> anyhow::Result<Report> {
        let (documents, passing) = self.world.documents();
        let origins = self.origins(documents);
        let meets: Vec<Meets> = origins.iter().map(|origin| Arc::new(self.meets(origin))).collect();
        let types = Types::new(std::mem::take(&mut self.noted.parsed));
        let looked = look(&origins, &types);
        let mut report = Report { documents: (origins.len(), passing), ..Report::default() };
        report.surveyed(&looked);
        let begun = Instant::now();
        let (mut mutants, forms) = mutants(&origins, &looked, few);
        let mut ran = self.all(&origins, &meets, &mutants)?;
        let told = self.told_parts(mutants.iter().zip(&ran).filter_map(|(mutant, ran)| Some((mutant, ran.as_ref()?))));
        let forms: Vec<Mutant> = forms.iter().filter(|mutant| told.contains(&spot(mutant))).cloned().collect();
        drop(told);
        ran.extend(self.all(&origins, &meets, &forms)?);
        mutants.extend(forms);
        report.runs = (mutants.len(), begun.elapsed());
        self.judge(&origins, &mutants, &ran, &mut report);
        Ok(report)
    }

    /// Replies, and the files that are held by no pin. A runbook that asks nothing reviews files: there the pinned are
    /// mutated too.
    fn origins(&self, documents: Vec<Document>) -> Vec<Origin> {
        let reviews = documents.is_empty();
        let read = self.noted.files.keys();
        let files = read.filter_map(|path| {
            let pinned = self.files.get(path).filter(|_| reviews);
            let bytes = pinned.or_else(|| self.inputs.get(path))?;
            Some(Origin::File(path.clone(), bytes.clone()))
        });
        files.chain(documents.into_iter().map(Origin::Reply)).collect()
    }

    /// What a run came to that the healthy one did not, or the other way round.
    pub(super) fn differs(&self, other: &Came) -> Option<Noticed> {
        if *other == self.came {
            return None;
        }
        let other: BTreeSet<&String> = other.iter().collect();
        let own: BTreeSet<&String> = self.came.iter().collect();
        let by = other.symmetric_difference(&own).next().map_or("another order", |sign| sign.as_str());
        Some(Noticed { by: by.to_string(), unread: false })
    }

    /// All mutants, side by side; the answers are in their order.
    fn all(&self, origins: &[Origin], meets: &[Meets], mutants: &[Mutant]) -> anyhow::Result<Vec<Option<Ran>>> {
        const SHARE: usize = 32;
        let ran: Mutex<BTreeMap<usize, Vec<Option<Ran>>>> = Mutex::default();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut parsed = Parsed::default();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(share) = mutants.chunks(SHARE).nth(at) else { return };
                let share = share
                    .iter()
                    .map(|mutant| self.one(&origins[mutant.origin], &meets[mutant.origin], mutant, &mut parsed))
                    .collect();
                ran.lock().insert(at, share);
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        std::thread::scope(|scope| -> anyhow::Result<()> {
            let workers: Vec<_> = (0..threads)
                .map(|_| std::thread::Builder::new().stack_size(crate::engine::STACK).spawn_scoped(scope, work))
                .collect::<Result<_, _>>()?;
            let broken = workers.into_iter().map(|worker| worker.join()).filter(Result::is_err).count();
            ensure!(broken == 0, "a worker broke while a mutant ran");
            Ok(())
        })
        .context("mutants could not be run")?;
        Ok(ran.into_inner().into_values().flatten().collect())
    }

    fn one(&self, origin: &Origin, meets: &Meets, mutant: &Mutant, parsed: &mut Parsed) -> Option<Ran> {
        if let Place::Text(side, _) = mutant.place {
            parsed.ready(mutant.origin, side, origin);
        }
        let changed = mutant.made(origin, parsed)?;
        Some(self.run(meets, changed))
    }

    /// What was asked, by document.
    #[cfg(test)]
    pub(super) fn asked(&self) -> Vec<String> {
        self.world
            .documents()
            .0
            .into_iter()
            .map(|document| format!("{} {:?}", document.asked, document.brought))
            .collect()
    }

    /// How many mutants were run, and those that in parts come to something else than in a whole run.
    #[cfg(test)]
    pub(super) fn in_parts_and_whole(&mut self, few: usize) -> anyhow::Result<(usize, Vec<String>)> {
        let origins = self.origins(self.world.documents().0);
        let types = Types::new(std::mem::take(&mut self.noted.parsed));
        let (mutants, forms) = mutants(&origins, &look(&origins, &types), few);
        // Whole runs are slow: one of some.
        let all: Vec<Mutant> = mutants.into_iter().chain(forms).step_by(5).collect();
        let meets: Vec<Meets> = origins.iter().map(|origin| Arc::new(self.meets(origin))).collect();
        let parts = self.all(&origins, &meets, &all)?;
        self.way = Arc::default();
        let whole = self.all(&origins, &meets.iter().map(|_| Arc::default()).collect::<Vec<_>>(), &all)?;
        let came = |ran: &Option<Ran>| {
            ran.as_ref().map(|ran| (ran.noticed.as_ref().map(|noticed| noticed.unread), ran.told_else))
        };
        let others = all.iter().zip(parts.iter().zip(&whole)).filter_map(|(mutant, (part, whole))| {
            let origin = &origins[mutant.origin];
            let is_same = came(part) == came(whole);
            (!is_same)
                .then(|| format!("{}: {}: {:?} {:?}", origin.asked(), mutant.shown(origin), came(part), came(whole)))
        });
        Ok((all.len(), others.collect()))
    }

    fn judge(&self, origins: &[Origin], mutants: &[Mutant], ran: &[Option<Ran>], report: &mut Report) {
        let both = || mutants.iter().zip(ran).filter_map(|(mutant, ran)| Some((mutant, ran.as_ref()?)));
        let told = self.told_parts(both());
        let lost = self.lost_members(both());
        let parts = both().filter(|(mutant, ran)| mutant.kind() != Kind::Whole && Self::matters(ran));
        let read: BTreeSet<usize> = parts.map(|(mutant, _)| mutant.origin).collect();
        let mut leaves: BTreeMap<Spot<'_>, bool> = BTreeMap::new();
        let mut classes: BTreeMap<String, bool> = BTreeMap::new();
        for (mutant, ran) in both() {
            let origin = &origins[mutant.origin];
            let spot = spot(mutant);
            let counts = match mutant.kind() {
                Kind::Value | Kind::Form => {
                    let is_told = told.contains(&spot);
                    leaves.insert(spot.clone(), is_told);
                    *classes.entry(format!("{}: {}", origin.asked(), mutant.class(origin))).or_default() |= is_told;
                    is_told
                }
                Kind::Object if mutant.word() == "doubled" => Self::matters(ran) || lost.contains(&spot),
                Kind::Object | Kind::Member => Self::matters(ran),
                Kind::Whole => Self::matters(ran) || read.contains(&spot.0),
            };
            if counts {
                self.count(origin, mutant, ran, report);
            }
        }
        report.untold = (leaves.len(), leaves.values().filter(|is_told| !**is_told).count());
        report.untold_classes = classes.into_iter().filter(|(_, is_told)| !is_told).map(|(class, _)| class).collect();
        report.survivors.sort();
    }

    /// Parts of which another value makes a difference to what scripts are told or ask, or to what the run comes to.
    fn told_parts<'m>(&self, ran: impl Iterator<Item = (&'m Mutant, &'m Ran)>) -> BTreeSet<Spot<'m>> {
        let told = ran.filter(|(mutant, ran)| mutant.kind() == Kind::Value && Self::has_told(ran));
        told.map(|(mutant, _)| spot(mutant)).collect()
    }

    /// Members whose loss makes a difference: twice there, they must be noticed too.
    fn lost_members<'m>(&self, ran: impl Iterator<Item = (&'m Mutant, &'m Ran)>) -> BTreeSet<Spot<'m>> {
        let lost =
            ran.filter(|(mutant, ran)| mutant.kind() == Kind::Object && mutant.word() == "lost" && Self::matters(ran));
        lost.map(|(mutant, _)| spot(mutant)).collect()
    }

    /// Whether a mutant made any difference: somebody reads what it alters.
    fn matters(ran: &Ran) -> bool {
        ran.noticed.is_some() || ran.told_else
    }

    fn has_told(ran: &Ran) -> bool {
        match &ran.noticed {
            Some(noticed) => !noticed.unread,
            None => ran.told_else,
        }
    }

    fn count(&self, origin: &Origin, mutant: &Mutant, ran: &Ran, report: &mut Report) {
        let steps = self.steps(origin);
        let irreversible = steps.iter().any(|step| self.is_irreversible(step));
        report.mutants += 1;
        report.irreversible.0 += usize::from(irreversible);
        if ran.noticed.is_some() {
            report.noticed += 1;
            report.irreversible.1 += usize::from(irreversible);
            return;
        }
        report.survivors.push(Survivor {
            asked: origin.asked().to_string(),
            class: mutant.class(origin),
            part: mutant.part(origin),
            word: mutant.word(),
            shown: mutant.shown(origin),
            since: origin.since().map(str::to_string),
            gate: self.nearest_gate(origin, &steps),
            steps,
            irreversible,
        });
    }

    /// The steps that read a document.
    fn steps(&self, origin: &Origin) -> Vec<String> {
        let none = BTreeSet::new();
        let noted = match origin {
            Origin::File(path, _) => self.noted.files.get(path).unwrap_or(&none),
            Origin::Reply(document) if !document.of_change => self.noted.asked.get(&document.asked).unwrap_or(&none),
            Origin::Reply(document) => return self.steps_that_sent(&document.asked),
        };
        noted.iter().cloned().collect()
    }

    fn steps_that_sent(&self, asked: &str) -> Vec<String> {
        let steps: BTreeSet<String> = self
            .lines
            .iter()
            .filter_map(|line| match &line.event {
                Event::Call { step, request, .. } if request == asked => Some(step.clone()),
                _ => None,
            })
            .collect();
        steps.into_iter().collect()
    }

    fn is_irreversible(&self, step: &str) -> bool {
        self.lines.iter().any(|line| match &line.event {
            Event::Planned { change } => change.step == *step && change.irreversible.is_some(),
            _ => false,
        })
    }

    /// A gate that names the document as its source; else the first that is asked in a step that read it, or later.
    fn nearest_gate(&self, origin: &Origin, steps: &[String]) -> String {
        let mut gates = self.lines.iter().filter_map(|line| match &line.event {
            Event::Gate { step, name, subject, from, .. } => Some((step, name, subject, from)),
            _ => None,
        });
        let named = gates.clone().find(|(_, _, _, from)| from.contains(origin.asked()));
        let order: Vec<&String> = gates.clone().map(|(step, ..)| step).collect();
        let later = steps.iter().filter_map(|wanted| order.iter().position(|step| step >= &wanted)).min();
        let found = named.or_else(|| gates.nth(later?));
        found.map_or("none".to_string(), |(step, name, subject, _)| match subject.as_str() {
            "" => format!("{step} {name}"),
            subject => format!("{step} {name} ({subject})"),
        })
    }
}

/// A part of a document, by the document's number.
type Spot<'m> = (usize, String, &'m [super::part::Part]);

fn spot(mutant: &Mutant) -> Spot<'_> {
    let side = if let Place::Text(side, _) = &mutant.place { format!("{side:?}") } else { String::new() };
    (mutant.origin, side, mutant.path())
}

/// A side of a document, looked through.
struct Looked {
    origin: usize,
    side: Side,
    form: u64,
    survey: Survey,
}

/// All sides of all documents.
fn look(origins: &[Origin], types: &Types) -> Vec<Looked> {
    let sides = origins.iter().enumerate().flat_map(|(origin, from)| {
        let program = from.asked().split(' ').next().unwrap_or_default().to_string();
        from.texts().into_iter().map(move |(side, text)| {
            let survey = survey(&text, types);
            let mut hasher = DefaultHasher::new();
            (&program, survey.form(), format!("{side:?}")).hash(&mut hasher);
            Looked { origin, side, form: hasher.finish(), survey }
        })
    });
    sides.collect()
}

/// The mutants of few representatives of each class, those that tell what is read first, and apart those that are of
/// interest only where a part is.
fn mutants(origins: &[Origin], looked: &[Looked], few: usize) -> (Vec<Mutant>, Vec<Mutant>) {
    let mut all = Vec::new();
    let leaves =
        looked.iter().enumerate().flat_map(|(at, one)| one.survey.asked.iter().map(move |leaf| (one.form, at, leaf)));
    let states: Vec<_> = looked.iter().map(|one| states(&one.survey.asked)).collect();
    let sketched =
        |at: usize, sketch| Mutant { origin: looked[at].origin, place: Place::Text(looked[at].side, sketch) };
    for (at, leaf) in representatives(leaves, few) {
        all.extend(leaf.sketches(&states[at]).into_iter().map(|sketch| sketched(at, sketch)));
    }
    let members = looked
        .iter()
        .enumerate()
        .flat_map(|(at, one)| one.survey.members.iter().map(move |member| (one.form, at, member)));
    for (at, member) in representatives(members, few) {
        all.extend(member.sketches().into_iter().map(|sketch| sketched(at, sketch)));
    }
    for at in 0..looked.len() {
        all.extend(of_text().map(|sketch| sketched(at, sketch)));
    }
    for (number, origin) in origins.iter().enumerate() {
        let whole = [Whole::Silent, Whole::Refused].into_iter().filter(|whole| origin.instead(*whole).is_some());
        all.extend(whole.map(|whole| Mutant { origin: number, place: Place::Whole(whole) }));
    }
    all.sort_by_key(|mutant| mutant.origin);
    all.into_iter().partition(|mutant| mutant.kind() != Kind::Form)
}
