//! `omega check`: compile, shape, text; with `--sha` the pins too.

use serde_json::json;

use super::{place, say, tell};
use crate::check::message::{json as findings_json, once, sarif, summary};
use crate::check::{Diagnostic, Severity};
use crate::cli::{CheckArgs, Cli, Format, WarnAs};
use crate::report::Paint;
use crate::runbook::{Loaded, Repo, Site, together};

pub(super) fn run(cli: &Cli, args: &CheckArgs) -> anyhow::Result<u8> {
    let repo = place::repo(cli, args.paths.first().map(std::path::PathBuf::as_path));
    let site = Site(args.site.clone());
    let pinned = !args.sha || pins(&repo, args.format);
    let files: Vec<String> = match args.paths.as_slice() {
        [] => repo.files.iter().map(|(path, _)| path.to_string()).filter(|path| path.ends_with(".rhai")).collect(),
        paths => paths.iter().map(|path| repo.path_of(path)).collect::<anyhow::Result<_>>()?,
    };
    anyhow::ensure!(!files.is_empty(), "there are no runbooks in {}", repo.root.display());
    let mut found: Vec<Diagnostic> = Vec::new();
    let mut loaded = Vec::new();
    for path in &files {
        if path.starts_with("lib/") {
            found.extend(repo.check_library(path, &site));
        } else {
            match repo.load(path, &site) {
                Ok(runbook) => loaded.push(runbook.without_script()),
                Err(errors) => found.extend(errors),
            }
        }
        repo.forget(path);
    }
    let all: Vec<&Loaded> = loaded.iter().collect();
    let all_were_read = args.paths.is_empty() && found.iter().all(|finding| finding.severity != Severity::Error);
    found.extend(loaded.iter().flat_map(|runbook| runbook.warnings.iter().cloned()));
    found.extend(together(&repo, &all, all_were_read));
    once(&mut found);
    match args.format {
        Format::Json => say(findings_json(&found)),
        Format::Sarif => say(sarif(&found)),
        Format::Text | Format::Junit => print(&found, &repo, files.len()),
    }
    // The process ends here and gives back all memory at once: taking every tree apart first would cost a tenth of the check.
    std::mem::forget((loaded, repo));
    let has = |severity| found.iter().any(|finding| finding.severity == severity);
    Ok(match () {
        () if has(Severity::Error) || !pinned => 4,
        () if has(Severity::Warning) => WarnAs::exit(args.warn_as),
        () => 0,
    })
}

/// Prints findings for a person.
pub(super) fn print(found: &[Diagnostic], repo: &Repo, files: usize) {
    let colour = Paint::for_stderr() == Paint::Colour;
    let shown: Vec<&Diagnostic> = found.iter().filter(|finding| finding.severity != Severity::Allowed).collect();
    let texts = shown.first().map(|_| repo.texts()).unwrap_or_default();
    shown.into_iter().for_each(|finding| tell(finding.render(&texts, colour)));
    tell(summary(found, files).trim_end());
}

/// Verifies the pins, and says what is wrong.
fn pins(repo: &Repo, format: Format) -> bool {
    let mut words: Vec<String> = repo.no_pins.iter().cloned().collect();
    words.extend(repo.problems.iter().map(|problem| format!("{problem}; {}", problem.next())));
    if format == Format::Json {
        say(json!({ "schema": "omega.pins/1", "pins": repo.files.id(), "problems": words }));
    }
    words.iter().for_each(|word| tell(format!("    FAIL  {word}")));
    if words.is_empty() {
        tell(format!("      ok  {} files are as pinned  ({})", repo.files.iter().count(), repo.files.id()));
    }
    words.is_empty()
}
