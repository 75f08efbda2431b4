//! What was typed; does nothing.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::verdict::Verdict;

/// Runs versioned, pinned runbooks against MAAS, Juju, OpenStack and NetBox.
#[derive(Debug, Parser)]
#[command(name = "omega", version, about, max_term_width = 100, after_help = EXITS)]
pub struct Cli {
    /// The repository of runbooks; by default where omega runs, or the folder that holds the runbook's `runbooks/`.
    #[arg(long, global = true, value_name = "DIR")]
    pub root: Option<PathBuf>,
    /// Where journals, plans and deployments are kept (default: $XDG_STATE_HOME/omega).
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// The verb.
    #[command(subcommand)]
    pub command: Verb,
}

const EXITS: &str = "Exit status: 0 passed, or planned with nothing failed; 1 a gate failed or a guard refused; 2 passed with warnings; \
3 something must be put right first; 4 pin or check refused the runbook; 5 interrupted, or outcome unknown; 64 usage; 70 a defect of omega.";

/// The verbs.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "the help text is beside each")]
pub enum Verb {
    /// Plan a runbook (default), or carry it out with --apply.
    Run(RunArgs),
    /// Check runbooks and libraries: compile, shape, ASCII; with --sha the pins too.
    Check(CheckArgs),
    /// Pin what was reviewed: rewrite SHA256SUMS and show what changed.
    Pin,
    /// Run the cases of fixtures/cases.
    Test(TestArgs),
    /// List the runbooks in order.
    List,
    /// Show the board: what passed, what is next and why not.
    Status,
    /// Replay the journal of a run on the terminal (default: the last one).
    Log { run: Option<String> },
    /// Look at a read-only runbook or expression again and again, and tell what changed.
    Watch(WatchArgs),
    /// Evaluate one read-only expression against the cloud or the lab.
    Eval(EvalArgs),
    /// Print the reference of what runbooks may say, or a runbook as a document.
    Doc(DocArgs),
    /// Say what a rule, a known issue or an error means and what to do.
    Explain { id: String },
    /// Look whether this jumphost is fit: programs, logins, disk, clock.
    Doctor(WhereArgs),
    /// Make and inspect a lab.
    #[command(subcommand)]
    Lab(LabVerb),
    /// Serve an editor: the language server on standard input and output.
    Lsp {
        /// The site whose lib/NAME is imported from.
        #[arg(long, value_name = "NAME")]
        site: Option<String>,
    },
    /// Print a completion script.
    Completions { shell: clap_complete::Shell },
    /// Print the manual page, or write all pages into a folder.
    Man { directory: Option<PathBuf> },
}

/// Where requests go, and with which settings.
#[derive(Clone, Debug, Default, Args)]
pub struct WhereArgs {
    /// Use the built-in simulated cloud: fresh in memory, or the one kept in DIR.
    #[arg(long, value_name = "DIR", num_args = 0..=1)]
    pub lab: Option<Option<PathBuf>>,
    /// The lab's stage (default: the runbook's own).
    #[arg(long, value_name = "NAME", requires = "lab")]
    pub stage: Option<String>,
    /// Answer from a recorded run.
    #[arg(long, value_name = "CASSETTE", conflicts_with = "lab")]
    pub replay: Option<PathBuf>,
    /// Record the run.
    #[arg(long, value_name = "CASSETTE", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// Credentials for the openstack client.
    #[arg(long, value_name = "FILE")]
    pub openrc: Option<PathBuf>,
    /// A setting such as maas-profile=admin or juju-model=openstack.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,
    /// The site whose lib/NAME is imported from.
    #[arg(long, value_name = "NAME")]
    pub site: Option<String>,
    /// A secret in a file of mode 0600.
    #[arg(long = "secret-file", value_name = "NAME=PATH")]
    pub secret_files: Vec<String>,
}

/// Arguments of `run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// The runbook.
    pub runbook: PathBuf,
    /// Where it goes.
    #[command(flatten)]
    pub place: WhereArgs,
    /// Carry out the plan; with a digest, only that one.
    #[arg(long, value_name = "DIGEST", num_args = 0..=1, require_equals = true)]
    pub apply: Option<Option<String>>,
    /// Accept each plan that is shown.
    #[arg(long, requires = "apply")]
    pub yes: bool,
    /// Run this step alone; the next phase stays shut.
    #[arg(long, value_name = "ID")]
    pub step: Option<String>,
    /// Run what is not pinned; marked in every record.
    #[arg(long)]
    pub unpinned: bool,
    /// Run a draft in a lab: what the check finds of types and lessons only warns.
    #[arg(long, requires_all = ["lab", "unpinned"])]
    pub draft: bool,
    /// Answer this attestation.
    #[arg(long = "attest", value_name = "ID")]
    pub attest: Vec<String>,
    /// Confirm the change that cannot be undone and has this name.
    #[arg(long = "irreversible", value_name = "NAME", requires = "apply")]
    pub irreversible: Vec<String>,
    /// Apply outside the order of phases; recorded, and opens nothing.
    #[arg(long, value_name = "REASON")]
    pub adopt: Option<String>,
    /// Plan the earlier phases first and demand that they pass.
    #[arg(long)]
    pub verify_previous: bool,
    /// Exit with 6 when changes or undecided gates remain.
    #[arg(long)]
    pub detailed_exit: bool,
    /// What passing with warnings exits with: 2, 0 or 1.
    #[arg(long, value_enum)]
    pub warn_as: Option<WarnAs>,
    /// What goes to standard output; the text goes to standard error.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// How a verdict with warnings exits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words say it")]
pub enum WarnAs {
    Pass,
    Fail,
}

impl WarnAs {
    /// The exit status of what passed with warnings.
    pub const fn exit(chosen: Option<Self>) -> u8 {
        match chosen {
            None => Verdict::Warn.exit(),
            Some(WarnAs::Pass) => 0,
            Some(WarnAs::Fail) => 1,
        }
    }
}

/// What is printed on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Nothing; the text goes to standard error.
    Text,
    /// The journal's lines as they happen.
    Json,
    /// A JUnit document at the end.
    Junit,
    /// SARIF (check alone).
    Sarif,
}

/// Arguments of `check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Files to check; without any, all runbooks and libraries.
    pub paths: Vec<PathBuf>,
    /// Verify SHA256SUMS.
    #[arg(long)]
    pub sha: bool,
    /// How findings are printed.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// What passing with warnings exits with: 2, 0 or 1.
    #[arg(long, value_enum)]
    pub warn_as: Option<WarnAs>,
    /// The site whose lib/NAME is imported from.
    #[arg(long, value_name = "NAME")]
    pub site: Option<String>,
}

/// Arguments of `doc`.
#[derive(Clone, Debug, Args)]
pub struct DocArgs {
    /// A primitive (maas::subnet), a runbook (runbooks/phase-04.rhai) or its id (phase-04); without one, the whole reference.
    pub name: Option<String>,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = DocFormat::Markdown)]
    pub format: DocFormat,
    /// Definition files for editors that know Rhai (.d.rhai), instead.
    #[arg(long, conflicts_with_all = ["name", "format"])]
    pub definitions: bool,
    /// Write the definitions into this folder, a file a namespace.
    #[arg(long, value_name = "DIR", requires = "definitions")]
    pub out: Option<PathBuf>,
    /// The site whose lib/NAME is imported from.
    #[arg(long, value_name = "NAME")]
    pub site: Option<String>,
}

/// How a document is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the words say it")]
pub enum DocFormat {
    Markdown,
    Html,
}

/// Arguments of `test`.
#[derive(Clone, Debug, Args)]
pub struct TestArgs {
    /// Cases whose path holds this text.
    pub filter: Option<String>,
    /// Record each case's apply run and replay it too.
    #[arg(long)]
    pub round_trip: bool,
    /// Break every change of the cases that pass, in each way that a change can go wrong, and demand that no run lies
    /// about it and that the next one reaches the same cloud.
    #[arg(long, conflicts_with = "round_trip")]
    pub faults: bool,
    /// Break what healthy runs read, one thing at a time, and demand that some gate notices.
    #[arg(long, conflicts_with_all = ["round_trip", "faults"])]
    pub mutate: bool,
    /// Representatives of each class of fields and members that are mutated.
    #[arg(long, value_name = "N", default_value_t = 2, requires = "mutate")]
    pub few: usize,
}

/// Arguments of `eval`.
#[derive(Clone, Debug, Args)]
pub struct EvalArgs {
    /// The expression, e.g. 'maas::subnets().names()'.
    pub expression: String,
    /// Where it goes.
    #[command(flatten)]
    pub place: WhereArgs,
}

/// Arguments of `watch`.
#[derive(Clone, Debug, Args)]
pub struct WatchArgs {
    /// A read-only runbook, or an expression such as 'juju::status().application("vault").status'.
    pub target: String,
    /// Where it goes.
    #[command(flatten)]
    pub place: WhereArgs,
    /// Seconds between two looks.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub every: u64,
    /// End after so many looks, with the status of the last.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub times: Option<u64>,
    /// End once the runbook passes, or the expression is true.
    #[arg(long)]
    pub until: bool,
}

/// Verbs of `lab`.
#[derive(Debug, Subcommand)]
#[expect(missing_docs, reason = "the help text is beside each")]
pub enum LabVerb {
    /// List the stages.
    Stages,
    /// Make a lab in a folder.
    New {
        directory: PathBuf,
        #[arg(long, default_value = "settled")]
        stage: String,
    },
    /// Put a lab back to a stage.
    Reset {
        directory: PathBuf,
        #[arg(long, default_value = "settled")]
        stage: String,
    },
    /// Print a lab's state as JSON, whole or at a JSON pointer.
    Show { directory: PathBuf, pointer: Option<String> },
    /// Change a lab's state with an RFC 6902 patch in a file.
    Patch { directory: PathBuf, patch: PathBuf },
    /// Make a lab with executables (maas, juju, openstack, ssh, curl) that any other program can run.
    Shims {
        directory: PathBuf,
        #[arg(long, default_value = "settled")]
        stage: String,
    },
    /// What a shim runs.
    #[command(hide = true)]
    Answer {
        directory: PathBuf,
        program: String,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}
