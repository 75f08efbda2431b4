//! `omega lab`: make, reset, look at and change a lab.

use std::path::Path;

use anyhow::Context;

use super::{say, tell};
use crate::cli::LabVerb;
use crate::lab::{Lab, shims};

pub(super) fn run(verb: &LabVerb) -> anyhow::Result<u8> {
    match verb {
        LabVerb::Stages => Lab::stages().iter().for_each(say),
        LabVerb::New { directory, stage } => {
            Lab::create(directory, stage)?;
            tell(format!("    made  a lab at stage {stage} in {}", directory.display()));
        }
        LabVerb::Reset { directory, stage } => reset(directory, stage)?,
        LabVerb::Show { directory, pointer } => show(directory, pointer.as_deref().unwrap_or(""))?,
        LabVerb::Patch { directory, patch } => {
            let text = std::fs::read(patch).with_context(|| format!("cannot read {}", patch.display()))?;
            let patch = serde_json::from_slice(&text).context("the patch is no RFC 6902 document")?;
            Lab::on_disk(directory)?.patch(&patch)?;
        }
        LabVerb::Shims { directory, stage } => make_shims(directory, stage)?,
        LabVerb::Answer { directory, program, args } => return Ok(shims::answer(directory, program, args.clone())),
    }
    Ok(0)
}

/// A lab that is there already is kept as it is.
fn make_shims(directory: &Path, stage: &str) -> anyhow::Result<()> {
    if Lab::on_disk(directory).is_err() {
        Lab::create(directory, stage)?;
    }
    let written = shims::write(directory, &std::env::current_exe()?)?;
    tell(format!("    made  executables in {}", written.bin.display()));
    say(format!("export PATH={}:$PATH", written.bin.display()));
    if let Some(openrc) = written.openrc {
        say(format!(". {}", openrc.display()));
    }
    Ok(())
}

fn reset(directory: &Path, stage: &str) -> anyhow::Result<()> {
    Lab::on_disk(directory)?.reset(stage)?;
    tell(format!("   reset  {} to stage {stage}", directory.display()));
    Ok(())
}

fn show(directory: &Path, pointer: &str) -> anyhow::Result<()> {
    let state = serde_json::to_value(Lab::on_disk(directory)?.state()?)?;
    let part = state.pointer(pointer).with_context(|| format!("the lab has nothing at {pointer:?}"))?;
    say(serde_json::to_string_pretty(part)?);
    Ok(())
}
