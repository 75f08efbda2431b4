//! The operator: flags and the terminal answer what only a person can.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

use crate::host::{Answers, Asked};
use crate::transport::Secret;

/// Answers for the operator of this process.
#[derive(Debug, Default)]
pub(super) struct Operator {
    attested: Vec<String>,
    irreversible: Vec<String>,
    secrets: BTreeMap<String, PathBuf>,
    may_ask: bool,
}

impl Operator {
    /// From flags; `may_ask` when questions may go to a terminal.
    pub(super) fn new(attested: &[String], secret_files: &[String], may_ask: bool) -> anyhow::Result<Self> {
        let pair = |text: &String| {
            let (name, path) =
                text.split_once('=').with_context(|| format!("--secret-file takes NAME=PATH, not {text:?}"))?;
            Ok((name.to_string(), PathBuf::from(path)))
        };
        let secrets = secret_files.iter().map(pair).collect::<anyhow::Result<_>>()?;
        Ok(Operator {
            attested: attested.to_vec(),
            irreversible: Vec::new(),
            secrets,
            may_ask: may_ask && on_terminal(),
        })
    }

    /// Confirms what cannot be undone and has one of these names.
    pub(super) fn confirming(mut self, irreversible: &[String]) -> Self {
        self.irreversible = irreversible.to_vec();
        self
    }
}

/// Whether a person can be asked.
pub(super) fn on_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// The name under which answers are recorded.
pub(super) fn who() -> String {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    variable("USER")
        .or_else(|| variable("LOGNAME"))
        .unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

/// Asks until it is answered by a whole word; `None` at the end of the terminal.
pub(super) fn agrees(question: &str) -> Option<bool> {
    agreed(&format!("{question} [yes/no] "), ask)
}

fn agreed(question: &str, mut ask: impl FnMut(&str) -> Option<String>) -> Option<bool> {
    let mut answer = ask(question)?;
    loop {
        match answer.as_str() {
            "yes" => return Some(true),
            // After an interrupt the line is empty.
            "no" | "n" | "" => return Some(false),
            _ => answer = ask("    type the whole word, yes or no: ")?,
        }
    }
}

/// Asks one line on the terminal; `None` at its end.
fn ask(question: &str) -> Option<String> {
    let mut err = std::io::stderr().lock();
    write!(err, "{question}").and_then(|()| err.flush()).ok()?;
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim().to_string())
}

impl Answers for Operator {
    fn attest(&self, id: &str, question: &str) -> Asked {
        if self.attested.iter().any(|attested| attested == id) {
            return Asked::Answered(who());
        }
        if !self.may_ask {
            return Asked::Nobody;
        }
        match agrees(&format!("    attest  {question}")) {
            Some(true) => Asked::Answered(who()),
            Some(false) => Asked::Declined,
            None => Asked::Nobody,
        }
    }

    fn may_confirm(&self, name: &str) -> bool {
        self.may_ask || self.irreversible.iter().any(|given| given == name)
    }

    fn confirm(&self, name: &str, shown: &[String]) -> Asked {
        if self.irreversible.iter().any(|given| given == name) {
            return Asked::Answered(who());
        }
        if !self.may_ask {
            return Asked::Nobody;
        }
        let lines: Vec<String> = shown.iter().map(|line| format!("            {line}\n")).collect();
        let question = format!("\n  THIS CANNOT BE UNDONE\n{}    type {name} to do it: ", lines.concat());
        match ask(&question) {
            Some(typed) if typed == name => Asked::Answered(who()),
            Some(_) => Asked::Declined,
            None => Asked::Nobody,
        }
    }

    fn secret(&self, name: &str, prompt: &str) -> anyhow::Result<Option<Secret>> {
        if let Some(path) = self.secrets.get(name) {
            return read_secret(path).map(Some);
        }
        if !self.may_ask {
            return Ok(None);
        }
        let text = rpassword::prompt_password(format!("    secret  {prompt} (hidden): "))
            .context("cannot read the hidden prompt")?;
        ensure!(!text.is_empty(), "an empty secret was typed for `{name}`");
        Ok(Some(Secret::new(text)))
    }
}

/// A secret from a file that only its owner can read.
fn read_secret(path: &Path) -> anyhow::Result<Secret> {
    use std::os::unix::fs::PermissionsExt;
    let shown = path.display();
    let metadata = std::fs::metadata(path).with_context(|| format!("cannot read the secret file {shown}"))?;
    let mode = metadata.permissions().mode() & 0o777;
    ensure!(mode & 0o077 == 0, "the secret file {shown} has mode {mode:o}: others can read it; chmod 600 {shown}");
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the secret file {shown}"))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    ensure!(!text.is_empty(), "the secret file {shown} is empty");
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_word_answers() {
        let asked = |lines: &[&str]| {
            let mut lines = lines.iter().map(|line| line.to_string());
            let answer = agreed("Carry it out?", |_| lines.next());
            (answer, lines.count())
        };
        assert_eq!(asked(&["yes", "no"]), (Some(true), 1));
        assert_eq!(asked(&["no", "yes"]), (Some(false), 1));
        assert_eq!(asked(&["y", "ja", "yes"]), (Some(true), 0), "neither is an answer");
        assert_eq!(asked(&["y", "", "yes"]), (Some(false), 1), "nothing is no agreement");
        assert_eq!(asked(&["YES"]), (None, 0), "the end of the terminal is no answer");
    }
}
