//! `omega run`: verify, load, plan, and with `--apply` carry out.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use super::answers::{Operator, agrees, on_terminal, who};
use super::target::Belongs;
use super::{place, tell};
use crate::cli::{Cli, Format, RunArgs, WarnAs};
use crate::conduct::{Agreement, Conduct, Plan};
use crate::deployment::State;
use crate::host::{Clock, Header, Stop};
use crate::journal::{Begin, Journal, Listener};
use crate::report::{JsonLines, Paint, Text, junit};
use crate::runbook::{Loaded, Repo, Site};
use crate::verdict::Verdict;

/// The exit status of what pins or check refuse.
const REFUSED: u8 = 4;

pub(super) fn run(cli: &Cli, args: &RunArgs) -> anyhow::Result<u8> {
    usage(args)?;
    let repo = place::repo(cli, Some(&args.runbook));
    let path = repo.path_of(&args.runbook)?;
    if !args.unpinned && !is_pinned(&repo) {
        return Ok(REFUSED);
    }
    let site = Site(args.place.site.clone());
    let files = 1 + repo.sources(&site).len();
    let loaded = match if args.draft { repo.load_draft(&path, &site) } else { repo.load(&path, &site) } {
        Ok(loaded) => loaded,
        Err(found) => {
            super::check::print(&found, &repo, files);
            return Ok(REFUSED);
        }
    };
    if !loaded.warnings.is_empty() {
        super::check::print(&loaded.warnings, &repo, files);
    }
    let run = Run { cli, args, repo: &repo, loaded: &loaded };
    let before = if args.verify_previous { run.verify_previous(&[])? } else { Verdict::Pass };
    if !before.opens() {
        return Ok(exit(args, before));
    }
    Ok(exit(args, run.go()?))
}

/// What cannot be meant.
fn usage(args: &RunArgs) -> anyhow::Result<()> {
    anyhow::ensure!(args.format != Format::Sarif, "a run has no findings for --format sarif; omega check has");
    anyhow::ensure!(
        args.apply != Some(None) || args.yes || on_terminal(),
        "nobody can be asked here: plan first, then give --apply=DIGEST; or --apply --yes accepts each plan that is shown"
    );
    Ok(())
}

fn exit(args: &RunArgs, verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Warn => WarnAs::exit(args.warn_as),
        Verdict::Planned if args.detailed_exit => 6,
        _ => verdict.exit(),
    }
}

/// Says what is not as pinned; nothing is compiled then.
fn is_pinned(repo: &Repo) -> bool {
    if let Some(why) = &repo.no_pins {
        tell(format!("REFUSED  {why}"));
    }
    for problem in &repo.problems {
        tell(format!("REFUSED  {problem}\n            next     {}", problem.next()));
    }
    let pinned = repo.problems.is_empty() && repo.no_pins.is_none();
    if !pinned {
        tell(
            " REFUSED  what is in runbooks/ and lib/ is not what was reviewed; nothing was called        --unpinned runs it while you edit",
        );
    }
    pinned
}

struct Run<'r> {
    cli: &'r Cli,
    args: &'r RunArgs,
    repo: &'r Repo,
    loaded: &'r Loaded,
}

impl Run<'_> {
    /// Plans the phases before this one, first to last; what is left to do or fails in one ends it.
    fn verify_previous(&self, trail: &[&str]) -> anyhow::Result<Verdict> {
        let own = self.loaded.header.id.as_str();
        if trail.contains(&own) {
            let round = [trail, &[own]].concat().join(" after ");
            return Err(Stop::precondition(format!("phases wait for one another: {round}")).into());
        }
        let trail = [trail, &[own]].concat();
        for id in &self.loaded.header.after {
            let runbook = self.repo.root.join(format!("runbooks/{id}.rhai"));
            let args = RunArgs {
                runbook: runbook.clone(),
                apply: None,
                step: None,
                verify_previous: true,
                ..self.args.clone()
            };
            let site = Site(self.args.place.site.clone());
            let Ok(loaded) = self.repo.load(&self.repo.path_of(&runbook)?, &site) else {
                return Err(
                    Stop::precondition(format!("{id} does not pass the check, so it cannot be verified")).into()
                );
            };
            let run = Run { args: &args, loaded: &loaded, ..*self };
            let before = run.verify_previous(&trail)?;
            let verdict = if before.opens() { run.go()? } else { before };
            if !verdict.opens() {
                tell(format!("\n NOT READY  {id} does not pass again, so {} is not started", self.loaded.path));
                return Ok(verdict);
            }
        }
        Ok(Verdict::Pass)
    }

    fn go(&self) -> anyhow::Result<Verdict> {
        let header = &self.loaded.header;
        let interrupt = place::interrupt()?;
        let transport = place::transport_in(&self.args.place, &self.repo.root, &header.stage, &interrupt)?;
        let simulated = transport.is_simulated();
        let state = self.state(simulated);
        let run = format!("{}-{}", Clock::now().replace([':', '-', '.'], ""), header.id);
        let lock = self.lock(state.as_ref())?;
        let journal = Arc::new(match &state {
            Some(state) => Journal::create(&state.journal(&run), self.listeners())?,
            None => Journal::in_memory(self.listeners()),
        });
        transport.secrets().iter().for_each(|secret| journal.conceal(secret));
        let operator = Operator::new(
            &self.args.attest,
            &self.args.place.secret_files,
            !header.changes() || self.args.apply.is_some(),
        )?
        .confirming(&self.args.irreversible);
        let belongs = Belongs::of(state.as_ref(), header, self.args.apply.is_some())?;
        let begin = self.begin(run, &*transport, &belongs);
        let mut session = place::session(transport, journal.clone(), operator, interrupt, &self.args.place, self.repo)?;
        session.quote = Some(self.loaded.quote());
        let session = Arc::new(session);
        let conduct = Conduct {
            loaded: self.loaded,
            session: session.clone(),
            begin,
            only: self.args.step.clone(),
            ahead: !simulated,
            agree: &|plan| self.agree(plan, state.as_ref()),
            admit: &|header| {
                self.admit(header, state.as_ref(), simulated)?;
                if self.args.apply.is_some() { belongs.admit(header, &session) } else { Ok(()) }
            },
            commit: &|| belongs.open(),
        };
        let verdict = conduct.run();
        if self.args.apply.is_some() && verdict.opens() {
            belongs.open()?;
        }
        drop(lock);
        self.after(&journal, verdict)?;
        Ok(verdict)
    }

    /// A fresh lab in memory and a replay keep nothing.
    fn state(&self, simulated: bool) -> Option<State> {
        let keeps_nothing = simulated && !matches!(self.args.place.lab, Some(Some(_))) && self.cli.state.is_none();
        (!keeps_nothing).then(|| State::at(place::state_dir(self.cli, Some(&self.args.place))))
    }

    fn lock(&self, state: Option<&State>) -> anyhow::Result<Option<crate::deployment::Lock>> {
        match state {
            Some(state) if self.args.apply.is_some() => state.lock(&who()).map(Some),
            _ => Ok(None),
        }
    }

    fn listeners(&self) -> Vec<Box<dyn Listener>> {
        let mut listeners: Vec<Box<dyn Listener>> = vec![Box::new(Text::new(Paint::for_stderr()))];
        if self.args.format == Format::Json {
            super::say(crate::report::schema("journal"));
            listeners.push(Box::new(JsonLines));
        }
        listeners
    }

    fn begin(&self, run: String, transport: &dyn crate::transport::Transport, belongs: &Belongs<'_>) -> Begin {
        let simulated = transport.is_simulated();
        Begin {
            run,
            runbook: self.loaded.path.clone(),
            omega: env!("CARGO_PKG_VERSION").to_string(),
            who: who(),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            deployment: belongs.name(),
            transport: transport.describe(),
            simulated,
            pins: self.repo.files.id(),
            pinned_files: self.repo.files.iter().count(),
            inputs: if simulated { Vec::new() } else { place::inputs_on_record(&self.repo.root) },
            unpinned: self.args.unpinned,
            apply: self.args.apply.is_some(),
            step_only: self.args.step.clone(),
            adopted: self.args.adopt.clone(),
            again: self.again(),
            ..Begin::default()
        }
    }

    /// The command line that a person types next, without `--apply`.
    fn again(&self) -> String {
        let mut words: Vec<String> = std::env::args().collect();
        words[0] = "omega".to_string();
        words.retain(|word| word != "--yes" && word != "--apply" && !word.starts_with("--apply="));
        words.join(" ")
    }

    /// Whether the phases before have passed; a plan only says so.
    fn admit(&self, header: &Header, state: Option<&State>, simulated: bool) -> Result<(), Stop> {
        older_than(header)?;
        if let Some(only) = &self.args.step
            && !self.loaded.sites().iter().any(|step| step.id == *only)
        {
            let known: Vec<&str> = self.loaded.sites().iter().map(|step| step.id.as_str()).collect();
            return Err(Stop::precondition(format!("there is no step {only}")).with("seen", known.join(", ")));
        }
        if header.after.is_empty() || simulated || self.args.adopt.is_some() || self.args.verify_previous {
            return Ok(());
        }
        let missing = match state {
            Some(state) => state
                .missing(&header.after, &self.repo.files.id(), simulated)
                .map_err(|error| Stop::precondition(format!("{error:#}")))?,
            None => header.after.clone(),
        };
        if missing.is_empty() {
            return Ok(());
        }
        let words = format!("{} has not passed in this deployment under the pins in force", missing.join(", "));
        if self.args.apply.is_none() {
            tell(format!("      note  {words}; an apply will want it"));
            return Ok(());
        }
        Err(Stop::precondition(words).with(
            "next",
            format!("run {} first; or --adopt REASON, which is recorded and opens nothing", missing.join(", ")),
        ))
    }

    fn agree(&self, plan: &Plan, state: Option<&State>) -> Agreement {
        let kept = state.map(|state| state.keep_plan(&plan.digest, &plan.document));
        if let Some(Err(error)) = kept {
            tell(format!("      warn  the plan could not be kept: {error:#}"));
        }
        match (&self.args.apply, self.args.yes) {
            (None, _) => Agreement::PlanOnly,
            (Some(Some(digest)), _) if *digest == plan.digest => Agreement::Yes(format!("digest {digest}")),
            (Some(Some(digest)), _) => Agreement::No(self.other_digest(digest, plan, state)),
            (Some(None), true) => Agreement::Yes("--yes".to_string()),
            (Some(None), false) if !on_terminal() => Agreement::No(
                Stop::precondition("nobody can be asked here")
                    .with("next", format!("give --yes, or --apply={}", plan.digest)),
            ),
            (Some(None), false) => self.ask(plan),
        }
    }

    fn ask(&self, plan: &Plan) -> Agreement {
        let question = format!("\n   plan {}  {} to make. Carry it out?", plan.digest, plan.changes.len());
        match agrees(&question) {
            Some(true) => Agreement::Yes(format!("yes, by {} on the terminal", who())),
            _ => Agreement::No(Stop::refused("the operator did not agree; nothing was changed")),
        }
    }

    fn other_digest(&self, asked: &str, plan: &Plan, state: Option<&State>) -> Stop {
        let stop = Stop::refused(format!("the plan is {} now, not {asked}; nothing was changed", plan.digest));
        let differences = state.and_then(|state| state.differences(asked, &plan.document));
        match differences {
            Some(differences) => stop.with("seen", differences.join("\n")),
            None => stop.with("seen", format!("no plan {asked} is kept here, so what differs cannot be shown")),
        }
        .with("next", "read the plan above; then apply that one")
    }

    fn after(&self, journal: &Journal, _verdict: Verdict) -> anyhow::Result<()> {
        if let Some(path) = journal.path() {
            tell(format!("          journal {}  head {}", shorten(&path), &journal.head()[..12]));
        }
        if self.args.format == Format::Junit {
            super::say(junit(&journal.lines())?);
        }
        Ok(())
    }
}

/// The journal's path, under the home folder as `~`.
fn shorten(path: &std::path::Path) -> String {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    match home.and_then(|home| path.strip_prefix(home).ok().map(|rest| rest.display().to_string())) {
        Some(rest) if std::io::stderr().is_terminal() => format!("~/{rest}"),
        _ => path.display().to_string(),
    }
}

/// A runbook that wants a newer omega.
fn older_than(header: &Header) -> Result<(), Stop> {
    let parts = |text: &str| text.split('.').map(|part| part.parse::<u64>().unwrap_or(0)).collect::<Vec<_>>();
    if parts(&header.omega) > parts(env!("CARGO_PKG_VERSION")) {
        return Err(Stop::precondition(format!(
            "{} wants omega {} or newer; this is {}",
            header.id,
            header.omega,
            env!("CARGO_PKG_VERSION")
        )));
    }
    Ok(())
}
