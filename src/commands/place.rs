//! Where requests go: builds the transport and the session from what was typed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};

use super::answers::Operator;
use crate::cli::{Cli, WhereArgs};
use crate::host::{Clock, Session, Setting, Settings};
use crate::journal::Journal;
use crate::lab::Lab;
use crate::runbook::Repo;
use crate::transport::{self, Interrupt, Live, OpenRc, Record, Replay, Transport};

/// The settings of a run. A name that nothing reads is refused, for what was meant would not be so.
pub(super) fn settings(place: &WhereArgs) -> anyhow::Result<Settings> {
    let mut settings = Settings::default();
    for given in &place.settings {
        let (name, value) = given.split_once('=').with_context(|| format!("--set takes NAME=VALUE, not {given:?}"))?;
        let setting = name.parse::<Setting>().with_context(|| format!("--set {name}"))?;
        settings.give(setting, value.to_string());
    }
    Ok(settings)
}

/// Raised by SIGINT, SIGTERM and SIGHUP; a second signal ends the process at once.
pub(super) fn interrupt() -> anyhow::Result<Interrupt> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let interrupt = Interrupt::new();
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register_conditional_shutdown(signal, 5, interrupt.flag())?;
        signal_hook::flag::register(signal, interrupt.flag())?;
    }
    Ok(interrupt)
}

/// The transport that was asked for, for what is no runbook.
pub(super) fn transport(place: &WhereArgs, stage: &str, interrupt: &Interrupt) -> anyhow::Result<Box<dyn Transport>> {
    transport_in(place, Path::new("."), stage, interrupt)
}

/// The transport that was asked for. `stage` is the runbook's own; clients run in the repository, where the bundle and
/// its overlays lie.
pub(super) fn transport_in(
    place: &WhereArgs,
    root: &Path,
    stage: &str,
    interrupt: &Interrupt,
) -> anyhow::Result<Box<dyn Transport>> {
    let inner: Box<dyn Transport> = match (&place.lab, &place.replay) {
        (Some(None), _) => Box::new(Lab::embedded(place.stage.as_deref().unwrap_or(stage))?),
        (Some(Some(directory)), _) => Box::new(lab_in(directory, place.stage.as_deref(), stage)?),
        (None, Some(cassette)) => Box::new(Replay::load(cassette)?),
        (None, None) => Box::new(live(place, interrupt)?.in_directory(std::path::absolute(root)?)),
    };
    let Some(path) = &place.record else { return Ok(inner) };
    let now = inner.now().map(jiff::Timestamp::from_second).transpose()?;
    let recorded = now.map_or_else(Clock::now, |now| now.to_string());
    Ok(Box::new(Record::create(path, inner, transport::Header::new(recorded, BTreeMap::new()))?))
}

/// The lab kept in a folder; an empty or absent folder becomes one.
fn lab_in(directory: &Path, asked: Option<&str>, stage: &str) -> anyhow::Result<Lab> {
    let is_empty = !directory.exists() || directory.read_dir().is_ok_and(|mut entries| entries.next().is_none());
    if is_empty {
        return Lab::create(directory, asked.unwrap_or(stage));
    }
    if let Some(asked) = asked {
        bail!(
            "{} holds a lab already; to put it back to stage {asked}: omega lab reset {} --stage {asked}",
            directory.display(),
            directory.display()
        );
    }
    Lab::on_disk(directory)
}

fn live(place: &WhereArgs, interrupt: &Interrupt) -> anyhow::Result<Live> {
    let live = Live::new(interrupt.clone());
    let Some(path) = &place.openrc else { return Ok(live) };
    let openrc = OpenRc::load(path)?;
    openrc.warnings().iter().for_each(|warning| super::tell(format!("      warn  {warning}")));
    Ok(live.with_openrc(openrc))
}

/// The session of a run.
pub(super) fn session(
    transport: Box<dyn Transport>,
    journal: Arc<Journal>,
    operator: Operator,
    interrupt: Interrupt,
    place: &WhereArgs,
    repo: &Repo,
) -> anyhow::Result<Session> {
    let mut session = Session::new(transport, journal, Box::new(operator), interrupt);
    session.settings = settings(place)?;
    session.inputs = inputs(&*session.transport, &repo.root)?;
    session.files = repo.files.iter().map(|(path, bytes)| (path.to_string(), bytes.clone())).collect();
    Ok(session)
}

/// The files under overlays/: generated, never pinned, with secrets in them. A replay has those of the lab or of the
/// repository, by what was recorded.
fn inputs(transport: &dyn Transport, root: &Path) -> anyhow::Result<BTreeMap<String, Arc<[u8]>>> {
    if let Some(inputs) = transport.inputs() {
        return Ok(inputs);
    }
    let mut inputs = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(root.join("overlays")) else { return Ok(inputs) };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !entry.file_type()?.is_file() || !name.ends_with(".yaml") {
            continue;
        }
        let shown = format!("overlays/{name}");
        let bytes = std::fs::read(entry.path()).with_context(|| format!("cannot read {shown}"))?;
        inputs.insert(shown, Arc::from(bytes));
    }
    Ok(inputs)
}

/// Each file under overlays/ with its permissions, for the journal: their content may not be shown.
pub(super) fn inputs_on_record(root: &Path) -> Vec<String> {
    use std::os::unix::fs::PermissionsExt;
    let entries = std::fs::read_dir(root.join("overlays")).into_iter().flatten().flatten();
    let files = entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".yaml"));
    let mut lines: Vec<String> = files
        .filter_map(|entry| {
            let mode = entry.metadata().ok()?.permissions().mode() & 0o7777;
            Some(format!("overlays/{} mode {mode:04o}", entry.file_name().to_string_lossy()))
        })
        .collect();
    lines.sort();
    lines
}

/// Whether messages are coloured.
pub(super) fn colour() -> bool {
    crate::report::Paint::for_stderr() == crate::report::Paint::Colour
}

/// Where journals, plans and deployments are kept.
pub(super) fn state_dir(cli: &Cli, place: Option<&WhereArgs>) -> PathBuf {
    if let Some(state) = &cli.state {
        return state.clone();
    }
    if let Some(Some(Some(lab))) = place.map(|place| &place.lab) {
        return lab.join("omega");
    }
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| "/".into())).join(".local/state");
    std::env::var_os("XDG_STATE_HOME")
        .filter(|path| Path::new(path).is_absolute())
        .map_or_else(home, PathBuf::from)
        .join("omega")
}

/// The repository that was asked for.
pub(super) fn repo(cli: &Cli, runbook: Option<&Path>) -> Repo {
    let root = cli.root.clone().or_else(|| runbook.map(Repo::root_of)).unwrap_or_else(|| PathBuf::from("."));
    Repo::open(&root)
}
