//! What a child sees of the environment: an allow-list, never omega's own.

use std::collections::BTreeMap;

use super::openrc::OpenRc;
use super::programs::{Program, SearchPath};
use super::{Failure, FailureKind, Input, Secret};

/// Variables that every child may inherit: who the user is, and where clients keep their state.
const INHERITED: [&str; 9] = [
    "HOME",
    "LOGNAME",
    "USER",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
    "TMPDIR",
];

/// Variables that are set whatever omega's own say: replies are parsed, so they come in one language, one encoding and
/// one time zone.
const FORCED: [(&str, &str); 3] = [("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8"), ("TZ", "UTC")];

/// Builds each child's environment.
#[derive(Debug)]
pub(super) struct Environment {
    parent: BTreeMap<String, String>,
    openrc: Option<OpenRc>,
}

impl Environment {
    pub(super) fn new(parent: BTreeMap<String, String>) -> Self {
        Environment { parent, openrc: None }
    }

    /// Takes the `OS_*` of an openrc in place of the inherited ones, all of them: half of one cloud and half of another
    /// is a third that nobody meant.
    pub(super) fn use_openrc(&mut self, openrc: OpenRc) {
        self.openrc = Some(openrc);
    }

    /// A variable of omega's own environment.
    pub(super) fn parent(&self, name: &str) -> Option<&str> {
        self.parent.get(name).map(String::as_str)
    }

    /// The environment of one child; what the request adds comes last and wins.
    pub(super) fn of_child(
        &self,
        program: &Program,
        path: &SearchPath,
        added: &BTreeMap<String, Input>,
    ) -> Result<BTreeMap<String, String>, Failure> {
        let mut environment = self.inherited(program);
        environment.insert("PATH".into(), path.as_variable());
        environment.extend(FORCED.map(|(name, value)| (name.to_string(), value.to_string())));
        for (name, value) in added {
            refuse_loader(program, name)?;
            environment.insert(name.clone(), exposed(value).to_string());
        }
        Ok(environment)
    }

    /// The cloud that the credentials name.
    pub(super) fn cloud(&self) -> Option<&str> {
        let named = |name| match &self.openrc {
            Some(openrc) => openrc.text(name),
            None => self.parent(name),
        };
        named("OS_AUTH_URL").or_else(|| named("OS_CLOUD"))
    }

    /// The secrets that children get from here.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        if let Some(openrc) = &self.openrc {
            return openrc.secrets();
        }
        let named = self.parent.iter().filter(|(name, value)| is_openstack_secret(name) && !value.is_empty());
        named.map(|(_, value)| Secret::new(value.as_str())).collect()
    }

    fn inherited(&self, program: &Program) -> BTreeMap<String, String> {
        let by_openrc = |name: &str| self.openrc.is_some() && name.starts_with("OS_");
        let mut environment: BTreeMap<_, _> = self
            .parent
            .iter()
            .filter(|(name, _)| (INHERITED.contains(&name.as_str()) || inherits(program, name)) && !by_openrc(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if let Some(openrc) = self.openrc.as_ref().filter(|_| inherits(program, "OS_")) {
            environment.extend(openrc.values().iter().map(|(name, value)| (name.clone(), exposed(value).to_string())));
        }
        environment
    }
}

/// True of an `OS_*` variable whose value must not be seen.
pub(super) fn is_openstack_secret(name: &str) -> bool {
    name.starts_with("OS_") && ["PASSWORD", "SECRET", "TOKEN", "PASSCODE"].iter().any(|word| name.contains(word))
}

pub(super) fn exposed(input: &Input) -> &str {
    match input {
        Input::Text(text) => text,
        Input::Secret(secret) => secret.expose(),
    }
}

fn inherits(program: &Program, name: &str) -> bool {
    program.inherits.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => *pattern == name,
    })
}

/// No request sets what changes which code a child runs.
fn refuse_loader(program: &Program, name: &str) -> Result<(), Failure> {
    let loads = ["LD_", "DYLD_", "PYTHON", "PERL", "RUBY", "NODE_"].iter().any(|prefix| name.starts_with(prefix));
    if !loads && !["BASH_ENV", "ENV", "IFS", "GIT_SSH_COMMAND", "PATH"].contains(&name) {
        return Ok(());
    }
    let words = format!("{name} is never given to a program (here {}): it changes which code runs", program.name);
    Err(Failure::new(FailureKind::Start, words))
}
