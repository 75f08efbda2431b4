//! `omega doc`: the reference and its definition files, from the declarations; a runbook as a document.

use std::path::Path;

use anyhow::{Context, bail};

use super::{check, place, say, tell};
use crate::cli::{Cli, DocArgs, DocFormat};
use crate::runbook::{Repo, Site};
use crate::{doc, primitives, reference};

pub(super) fn run(cli: &Cli, args: &DocArgs) -> anyhow::Result<u8> {
    if args.definitions {
        return definitions(args.out.as_deref());
    }
    let Some(name) = &args.name else {
        say(match args.format {
            DocFormat::Markdown => reference::markdown(),
            DocFormat::Html => doc::reference_html(),
        });
        return Ok(0);
    };
    if let Some(text) = reference::entry(name) {
        if args.format == DocFormat::Html {
            bail!("one entry is printed as Markdown; omega doc --format html makes the whole reference");
        }
        say(text);
        return Ok(0);
    }
    let repo = place::repo(cli, Some(Path::new(name)).filter(|path| path.exists()));
    match runbook(&repo, name) {
        Some(path) => document(&repo, &path, args),
        None => bail!("no primitive and no runbook is called {name}{}", nearest(&repo, name)),
    }
}

/// The runbook of that path or id.
fn runbook(repo: &Repo, name: &str) -> Option<String> {
    let path = repo.path_of(Path::new(name)).ok();
    let known = repo.runbooks();
    path.filter(|path| known.contains(path)).or_else(|| known.into_iter().find(|path| id(path) == name))
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".rhai")
}

fn nearest(repo: &Repo, name: &str) -> String {
    let runbooks = repo.runbooks();
    let primitives: Vec<String> = primitives::table().iter().map(crate::script::Primitive::full_name).collect();
    let short = id(name);
    let runbook = crate::script::did_you_mean(short, &runbooks.iter().map(|path| id(path)).collect::<Vec<_>>());
    if !runbook.is_empty() {
        return runbook;
    }
    crate::script::did_you_mean(name, &primitives.iter().map(String::as_str).collect::<Vec<_>>())
}

fn document(repo: &Repo, path: &str, args: &DocArgs) -> anyhow::Result<u8> {
    match doc::runbook(repo, path, &Site(args.site.clone())) {
        Ok(document) => {
            say(match args.format {
                DocFormat::Markdown => doc::markdown(&document),
                DocFormat::Html => doc::html(&document),
            });
            Ok(0)
        }
        Err(found) => {
            check::print(&found, repo, 1);
            Ok(4)
        }
    }
}

/// Prints the definitions as one file, or writes one a namespace into a folder.
fn definitions(out: Option<&Path>) -> anyhow::Result<u8> {
    let Some(folder) = out else {
        say(doc::one_file());
        return Ok(0);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let files = doc::definitions();
    for (name, text) in &files {
        let path = folder.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    tell(format!("{} definition files in {}", files.len(), folder.display()));
    Ok(0)
}
