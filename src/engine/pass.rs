//! One pass over a runbook: the top level declares, then the steps run in order, each with an end of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rhai::{AST, Dynamic, Engine, EvalAltResult, FuncArgs, Position, Scope};

use crate::host::{At, Host, Mode, Place, Section, Session, Stop, StopKind};
use crate::journal::{Event, TroubleKind};
use crate::script::place_of;

/// A place in the call stack of an error, innermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// `step 4.1`, `fn settle` or the top level.
    pub name: String,
    /// Where.
    pub at: At,
}

/// What a pass is told of its runbook's text.
pub struct Remains<'r> {
    /// Gates and changes of a step, from the text: listed when the step cannot be decided.
    pub of_step: &'r dyn Fn(&str) -> Vec<String>,
    /// Steps that an apply must not enter: the plan could not decide them and they change something.
    pub not_yet: BTreeSet<String>,
    /// The only step to run.
    pub only: Option<String>,
    /// Start reads ahead of the pass: these, then those of all steps.
    pub ahead: Option<Vec<Read>>,
}

/// A read that can be started ahead, since its arguments stand in the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    /// The import lines of its file.
    pub imports: String,
    /// The call.
    pub call: String,
    /// The loop around it: its variable, and the constant that it goes through.
    pub turns: Option<(String, String)>,
}

/// Evaluates the top level: afterwards the host has the header and the steps.
pub fn top_level(engine: &Engine, ast: &AST, host: &Host) -> Result<(), (Stop, Vec<Frame>)> {
    host.set_place(Place::Top);
    let result = engine.run_ast_with_scope(&mut Scope::new(), ast);
    let file = ast.source().unwrap_or_default().to_string();
    result.map_err(|error| explain(host, &error, "top level", &file))?;
    match host.header() {
        Some(_) => Ok(()),
        None => Err((Stop::script("the runbook has no header: call runbook(id, title, options) first"), Vec::new())),
    }
}

/// Runs the declared steps. Answers whether the pass came to its end.
pub fn run_pass(engine: &Engine, host: &Host, remains: &Remains<'_>) -> bool {
    let sections = host.sections();
    let Some(reads) = &remains.ahead else { return run_sections(engine, host, &sections, remains) };
    let ahead = Ahead::new(engine, host, reads, &sections);
    std::thread::scope(|scope| {
        for _ in 0..ahead.tasks.len().min(READERS) {
            let thread = std::thread::Builder::new().stack_size(super::STACK);
            if thread.spawn_scoped(scope, || ahead.work()).is_err() {
                break;
            }
        }
        let ended = run_sections(engine, host, &sections, remains);
        ahead.next.store(ahead.tasks.len(), Ordering::Relaxed);
        ended
    })
}

/// The most reads under way at once.
const READERS: usize = 12;

/// The most turns of one loop that are read ahead.
const TURNS: usize = 12;

/// Reading ahead: first the reads whose arguments stand in the text, then whole steps, whose reads fill the cache while
/// everything else they find out is thrown away.
struct Ahead<'p> {
    engine: &'p Engine,
    host: &'p Host,
    tasks: Vec<Task<'p>>,
    next: AtomicUsize,
}

/// What one reader does at a time.
enum Task<'p> {
    Read(&'p Read),
    Turn(Arc<AST>, i64),
    Step(&'p Section),
}

impl<'p> Ahead<'p> {
    fn new(engine: &'p Engine, host: &'p Host, reads: &'p [Read], sections: &'p [Section]) -> Self {
        let mut ahead = Ahead { engine, host, tasks: Vec::new(), next: AtomicUsize::new(0) };
        // One read of each function first: what all of them wait for is under way then, and nothing stands behind it.
        let mut of_function: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ranked: Vec<(usize, Task<'p>)> = Vec::new();
        for read in reads {
            let rank = of_function.entry(read.call.split('(').next().unwrap_or_default()).or_default();
            for task in ahead.tasks_of(read) {
                ranked.push((*rank, task));
                *rank += 1;
            }
        }
        ranked.extend(sections.iter().map(|section| (1, Task::Step(section))));
        ranked.sort_by_key(|(rank, _)| *rank);
        ahead.tasks = ranked.into_iter().map(|(_, task)| task).collect();
        ahead
    }

    /// A loop over a constant is a read for each of its turns; one that is too long is left to its step.
    fn tasks_of(&self, read: &'p Read) -> Vec<Task<'p>> {
        let Some((name, over)) = &read.turns else { return vec![Task::Read(read)] };
        let Read { imports, call, .. } = read;
        let source =
            format!("{imports}fn turns() {{ {over}.len() }} fn {AHEAD}(turn) {{ let {name} = {over}[turn]; {call} }}");
        let Ok(ast) = self.engine.compile(source).map(Arc::new) else { return Vec::new() };
        let turns = self.call(&ast, "turns", ()).and_then(|turns| turns.as_int().ok()).unwrap_or_default();
        (0..turns).take(TURNS).map(|turn| Task::Turn(ast.clone(), turn)).collect()
    }

    fn work(&self) {
        while let Some(task) = self.tasks.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            match task {
                Task::Read(read) => {
                    let source = format!("{}fn {AHEAD}() {{ {} }}", read.imports, read.call);
                    // A read with a local variable among its arguments does not compile by itself, and is left to its step.
                    let Ok(ast) = self.engine.compile(source) else { continue };
                    self.call(&ast, AHEAD, ());
                }
                Task::Turn(ast, turn) => drop(self.call(ast, AHEAD, (*turn,))),
                Task::Step(section) => {
                    let host = self.host.ahead();
                    host.open_step(section);
                    let _ = call(self.engine, &host, section);
                }
            }
        }
    }

    fn call(&self, ast: &AST, function: &str, args: impl FuncArgs) -> Option<Dynamic> {
        let host = self.host.ahead();
        host.set_place(Place::Expression);
        let options = rhai::CallFnOptions::new().with_tag(Dynamic::from(host));
        self.engine.call_fn_with_options(options, &mut Scope::new(), ast, function, args).ok()
    }
}

/// The name of the function in which a read that is started ahead stands.
const AHEAD: &str = "ahead";

#[expect(deprecated, reason = "rhai's word for volatile; the version is pinned")]
fn call(engine: &Engine, host: &Host, section: &Section) -> Result<(), Box<EvalAltResult>> {
    let mut stored = section.context.clone();
    stored.global.tag = Dynamic::from(host.clone());
    let context = stored.create_context(engine);
    section.body.call_within_context::<Dynamic>(&context, ()).map(drop)
}

fn run_sections(engine: &Engine, host: &Host, sections: &[Section], remains: &Remains<'_>) -> bool {
    let chosen = |section: &Section| remains.only.as_ref().is_none_or(|only| *only == section.id);
    let first = host.station().step;
    let mut left = sections.iter().enumerate().skip(first).filter(|(_, section)| chosen(section));
    while let Some((at, section)) = left.next() {
        if host.mode == Mode::Apply && remains.not_yet.contains(&section.id) {
            return false;
        }
        host.arrive(at);
        host.open_step(section);
        if let Some(step) = host.awaited() {
            let cause = format!("the wait of step {step} is not over: what comes after it cannot be told yet");
            host.set_undecided(&section.id, &cause);
            put_off(host, section, cause, remains);
            continue;
        }
        let result = call(engine, host, section);
        if !close(host, section, result, remains) {
            let steps: Vec<String> = left.map(|(_, section)| format!("{}  {}", section.id, section.title)).collect();
            if !steps.is_empty() {
                host.record(Event::NotRun { steps });
            }
            return true;
        }
    }
    true
}

/// Ends a step; answers whether the run goes on.
fn close(host: &Host, section: &Section, result: Result<(), Box<EvalAltResult>>, remains: &Remains<'_>) -> bool {
    let step = section.id.clone();
    let gates = host.gates_asked();
    if host.latched().is_none()
        && let Some(deferral) = host.deferral()
    {
        let StopKind::Deferred { step: after } = &deferral.kind else { return true };
        let seen: String = deferral.facts.iter().map(|(label, text)| format!(" ({label}: {text})")).collect();
        host.set_undecided(&step, &deferral.what);
        let cause = match host.awaited() {
            Some(_) => format!("not there yet: {}{seen}", deferral.what),
            None if *after == step => {
                format!("{} is known only after the change that this step makes itself{seen}", deferral.what)
            }
            None => format!("{} is known only after step {after}{seen}", deferral.what),
        };
        put_off(host, section, cause, remains);
        return !(host.gate_failed() && may_change(host));
    }
    let trouble = match (&result, host.latched()) {
        (Err(error), _) => Some(explain(host, error, &format!("step {step}"), &section.at.file)),
        (Ok(()), Some(stop)) => Some((stop, Vec::new())),
        (Ok(()), None) => None,
    };
    let Some((stop, frames)) = trouble else {
        host.record(Event::StepClose { step, gates, outcome: "done".to_string() });
        return !(host.gate_failed() && may_change(host));
    };
    record_trouble(host, &step, &stop, &frames);
    host.record(Event::StepClose { step, gates, outcome: "stopped".to_string() });
    let ends = may_change(host) || matches!(stop.kind, StopKind::Interrupted | StopKind::Defect);
    if !ends {
        host.release();
    }
    !ends
}

/// Ends a step that cannot be decided in this plan.
fn put_off(host: &Host, section: &Section, cause: String, remains: &Remains<'_>) {
    let (step, gates) = (section.id.clone(), host.gates_asked());
    host.record(Event::Undecided { step: step.clone(), cause, remaining: (remains.of_step)(&step) });
    host.record(Event::StepClose { step, gates, outcome: "undecided".to_string() });
}

fn may_change(host: &Host) -> bool {
    host.header().is_some_and(|header| header.changes())
}

/// Records why a step, or the run, stopped.
fn record_trouble(host: &Host, step: &str, stop: &Stop, frames: &[Frame]) {
    host.record(trouble(&host.session, step, stop, frames));
}

/// The event for a stop: its words, then the call stack, innermost first and with the line of text itself.
pub fn trouble(session: &Session, step: &str, stop: &Stop, frames: &[Frame]) -> Event {
    let shown = frames.iter().enumerate().map(|(index, frame)| {
        let quoted = session.quote.as_ref().filter(|_| index == 0);
        match quoted.and_then(|quote| quote(&frame.at, stop.field.as_deref())) {
            Some((at, text)) => format!("{at}  {}\n{text}", frame.name),
            None => format!("{}  {}", frame.at, frame.name),
        }
    });
    Event::Trouble { step: step.to_string(), kind: kind(&stop.kind), lines: stop.lines(), frames: shown.collect() }
}

fn kind(kind: &StopKind) -> TroubleKind {
    match kind {
        StopKind::Script => TroubleKind::Script,
        StopKind::Failed => TroubleKind::Failed,
        StopKind::Unanswered | StopKind::Deferred { .. } => TroubleKind::Unanswered,
        StopKind::Precondition => TroubleKind::Precondition,
        StopKind::Refused => TroubleKind::Refused,
        StopKind::Unconfirmed => TroubleKind::Unconfirmed,
        StopKind::Interrupted => TroubleKind::Interrupted,
        StopKind::Defect => TroubleKind::Defect,
    }
}

fn explain(host: &Host, error: &EvalAltResult, outermost: &str, file: &str) -> (Stop, Vec<Frame>) {
    let frames = frames(error, outermost, file);
    if let Some(stop) = host.latched() {
        return (stop, frames);
    }
    (stop_of(error, host), frames)
}

fn stop_of(error: &EvalAltResult, host: &Host) -> Stop {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) | EvalAltResult::ErrorInModule(_, inner, _) => {
            stop_of(inner, host)
        }
        EvalAltResult::ErrorRuntime(value, _) => match value.read_lock::<Stop>() {
            Some(stop) => stop.clone(),
            None => Stop::script(value.to_string()),
        },
        EvalAltResult::ErrorTerminated(..) => host.session.halt_reason(),
        other => Stop::script(words(other)),
    }
}

/// Rhai's own errors, without the position that the frames carry.
fn words(error: &EvalAltResult) -> String {
    let mut bare = error.to_string();
    if let Some(start) = bare.rfind(" (line ") {
        bare.truncate(start);
    }
    bare
}

/// The call stack of an error, innermost first. A closure's frame bears the name of what it belongs to.
pub fn frames(error: &EvalAltResult, outermost: &str, file: &str) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut here = (outermost.to_string(), file.to_string());
    let mut current = error;
    loop {
        match current {
            EvalAltResult::ErrorInFunctionCall(name, source, inner, position) => {
                push(&mut frames, &here, *position);
                let name = if name.starts_with("anon$") { here.0.clone() } else { format!("fn {name}") };
                here = (name, if source.is_empty() { here.1.clone() } else { source.clone() });
                current = inner;
            }
            EvalAltResult::ErrorInModule(path, inner, position) => {
                push(&mut frames, &here, *position);
                here = (format!("library {path}"), path.clone());
                current = inner;
            }
            other => {
                push(&mut frames, &here, other.position());
                break;
            }
        }
    }
    frames.reverse();
    frames
}

fn push(frames: &mut Vec<Frame>, here: &(String, String), position: Position) {
    if !position.is_none() {
        let (line, column) = place_of(position);
        let at = At { file: here.1.clone(), line, column };
        frames.push(Frame { name: here.0.clone(), at });
    }
}

/// What went wrong innermost, in words and without its place.
pub fn cause(error: &EvalAltResult) -> String {
    match error {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) | EvalAltResult::ErrorInModule(_, inner, _) => cause(inner),
        EvalAltResult::ErrorRuntime(value, _) => {
            value.read_lock::<Stop>().map_or_else(|| value.to_string(), |stop| stop.what.clone())
        }
        other => words(other),
    }
}
