//! An openrc file, read and never run.
//!
//! A shell would run whatever stands in the file. Here only assignments are understood, and any other line is refused
//! with its place; the text of a line is never shown, because it may hold a password.

use std::collections::BTreeMap;
use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::environment::is_openstack_secret;
use super::{Input, Secret};

/// The `OS_*` variables of one cloud.
#[derive(Clone, Debug)]
pub struct OpenRc {
    values: BTreeMap<String, Input>,
    warnings: Vec<OpenRcWarning>,
}

/// Why an openrc was not taken.
#[derive(Debug)]
pub enum OpenRcError {
    /// The file could not be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        source: std::io::Error,
    },
    /// Another user could have written the file.
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What is wrong with its owner or mode.
        what: String,
    },
    /// A line that is not a plain assignment.
    NotAnAssignment {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the line holds instead, without its text.
        what: &'static str,
    },
    /// The file names no cloud.
    NoCloud {
        /// The file.
        path: PathBuf,
    },
}

/// What is odd about an openrc that was taken nevertheless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenRcWarning {
    /// The file holds a secret, and others than its owner may read it.
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A variable that is not an `OS_*`; no client is given it.
    NotGiven {
        /// Its name.
        name: String,
    },
}

impl OpenRc {
    /// Reads `export NAME=VALUE`, `NAME=VALUE`, `unset NAME` and comments.
    pub fn load(path: &Path) -> Result<Self, OpenRcError> {
        let unreadable = |source| OpenRcError::Unreadable { path: path.to_path_buf(), source };
        let mode = trusted_mode(path, &std::fs::metadata(path).map_err(unreadable)?)?;
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let mut openrc = OpenRc { values: BTreeMap::new(), warnings: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            let refused = |what| OpenRcError::NotAnAssignment { path: path.to_path_buf(), line: index + 1, what };
            openrc.take(parse_line(line).map_err(refused)?);
        }
        if !openrc.values.contains_key("OS_AUTH_URL") && !openrc.values.contains_key("OS_CLOUD") {
            return Err(OpenRcError::NoCloud { path: path.to_path_buf() });
        }
        if mode & 0o077 != 0 && !openrc.secrets().is_empty() {
            openrc.warnings.push(OpenRcWarning::ReadableByOthers { path: path.to_path_buf(), mode });
        }
        Ok(openrc)
    }

    /// The variables by name; passwords, tokens and secrets cannot be printed.
    pub fn values(&self) -> &BTreeMap<String, Input> {
        &self.values
    }

    /// A variable that may be seen, e.g. `OS_AUTH_URL`.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name)? {
            Input::Text(text) => Some(text),
            Input::Secret(_) => None,
        }
    }

    /// The values that must not be seen.
    pub fn secrets(&self) -> Vec<Secret> {
        let secret = |value: &Input| match value {
            Input::Secret(secret) => Some(secret.clone()),
            Input::Text(_) => None,
        };
        self.values.values().filter_map(secret).collect()
    }

    /// What is odd about the file.
    pub fn warnings(&self) -> &[OpenRcWarning] {
        &self.warnings
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Nothing => {}
            Line::Unset(name) => drop(self.values.remove(&name)),
            Line::Set(name, _) if !name.starts_with("OS_") => self.warnings.push(OpenRcWarning::NotGiven { name }),
            Line::Set(name, value) if is_openstack_secret(&name) && !value.is_empty() => {
                self.values.insert(name, Input::Secret(Secret::new(value)));
            }
            Line::Set(name, value) => drop(self.values.insert(name, Input::Text(value))),
        }
    }
}

enum Line {
    Nothing,
    Set(String, String),
    Unset(String),
}

fn trusted_mode(path: &Path, found: &std::fs::Metadata) -> Result<u32, OpenRcError> {
    let refused = |what: String| OpenRcError::NotOurs { path: path.to_path_buf(), what };
    let us = rustix::process::geteuid().as_raw();
    let mode = found.mode() & 0o7777;
    match found.uid() {
        owner if owner != us && owner != 0 => Err(refused(format!("it belongs to user id {owner}, not to you ({us})"))),
        _ if mode & 0o022 != 0 => Err(refused(format!("others may write it (mode {mode:03o}); chmod 600 it"))),
        _ => Ok(mode),
    }
}

fn parse_line(line: &str) -> Result<Line, &'static str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return Ok(Line::Nothing);
    }
    if let Some(name) = line.strip_prefix("unset ") {
        return Ok(Line::Unset(variable_name(name.trim())?));
    }
    let assignment = line.strip_prefix("export ").unwrap_or(line).trim_start();
    let (name, rest) = assignment.split_once('=').ok_or("a command, or an export without a value")?;
    Ok(Line::Set(variable_name(name)?, parse_value(rest)?))
}

fn variable_name(name: &str) -> Result<String, &'static str> {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !plain || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("not `NAME=VALUE` with a plain name");
    }
    Ok(name.to_string())
}

/// The value as a shell would read it, refusing whatever a shell would run or replace.
fn parse_value(rest: &str) -> Result<String, &'static str> {
    let mut value = String::new();
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' => value.push_str(&single_quoted(&mut chars)?),
            '"' => value.push_str(&double_quoted(&mut chars)?),
            '\\' => value.push(chars.next().ok_or("a value that goes on on the next line")?),
            ' ' | '\t' => return after_value(&chars.collect::<String>()).map(|()| value),
            '$' | '`' => return Err("a substitution ($ or `), which is never run; write the value itself"),
            ';' | '&' | '|' | '<' | '>' | '(' | ')' => return Err("shell syntax after the value; quote the value"),
            c => value.push(c),
        }
    }
    Ok(value)
}

fn single_quoted(chars: &mut impl Iterator<Item = char>) -> Result<String, &'static str> {
    let mut text = String::new();
    for c in chars {
        match c {
            '\'' => return Ok(text),
            c => text.push(c),
        }
    }
    Err("a quote that is not closed on its line")
}

fn double_quoted(chars: &mut impl Iterator<Item = char>) -> Result<String, &'static str> {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Ok(text),
            '\\' => match chars.next().ok_or("a quote that is not closed on its line")? {
                escaped @ ('"' | '\\' | '$' | '`') => text.push(escaped),
                other => text.extend(['\\', other]),
            },
            '$' | '`' => return Err("a substitution ($ or `) in double quotes, which is never run; use single quotes"),
            c => text.push(c),
        }
    }
    Err("a quote that is not closed on its line")
}

fn after_value(rest: &str) -> Result<(), &'static str> {
    match rest.trim_start() {
        "" => Ok(()),
        rest if rest.starts_with('#') => Ok(()),
        _ => Err("more than one word after the equals sign; quote the value"),
    }
}

impl fmt::Display for OpenRcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenRcError::Unreadable { path, source } => write!(f, "{}: {source}", path.display()),
            OpenRcError::NotOurs { path, what } => write!(f, "{}: not taken: {what}", path.display()),
            OpenRcError::NotAnAssignment { path, line, what } => write!(
                f,
                "{}:{line}: {what}. An openrc is read, not run: only `export NAME=VALUE` lines and comments",
                path.display()
            ),
            OpenRcError::NoCloud { path } => {
                write!(f, "{}: neither OS_AUTH_URL nor OS_CLOUD is set, so it names no cloud", path.display())
            }
        }
    }
}

impl std::error::Error for OpenRcError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OpenRcError::Unreadable { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl fmt::Display for OpenRcWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenRcWarning::ReadableByOthers { path, mode } => {
                write!(f, "{} holds a secret and has mode {mode:03o}; chmod 600 it", path.display())
            }
            OpenRcWarning::NotGiven { name } => write!(f, "{name} is not an OS_ variable; no client is given it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn load(text: &str, mode: u32) -> Result<OpenRc, OpenRcError> {
        let file = tempfile::NamedTempFile::new().expect("file");
        std::fs::write(file.path(), text).expect("written");
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).expect("mode set");
        OpenRc::load(file.path())
    }

    #[test]
    fn assignments_are_read_as_a_shell_reads_them() {
        let text = "# the cloud\n\nexport OS_AUTH_URL=https://10.0.0.1:5000/v3 # keystone\nOS_USERNAME='ad min'\n\
                    export OS_PASSWORD=\"a\\\"b\\$c\"'$d'\nexport OS_REGION_NAME=\nOS_TOKEN=x\nunset OS_TOKEN\n";
        let openrc = load(text, 0o600).expect("read");
        assert_eq!(openrc.text("OS_AUTH_URL"), Some("https://10.0.0.1:5000/v3"));
        assert_eq!(openrc.text("OS_USERNAME"), Some("ad min"));
        assert_eq!(openrc.text("OS_REGION_NAME"), Some(""));
        assert!(!openrc.values().contains_key("OS_TOKEN"));
        assert_eq!(openrc.secrets().iter().map(Secret::expose).collect::<Vec<_>>(), ["a\"b$c$d"]);
        assert!(openrc.warnings().is_empty());
    }

    #[test]
    fn a_secret_is_not_readable_as_text_and_not_debugged() {
        let openrc = load("OS_AUTH_URL=u\nOS_PASSWORD=canary\nOS_APPLICATION_CREDENTIAL_SECRET=canary2\n", 0o600);
        let openrc = openrc.expect("read");
        assert_eq!(openrc.text("OS_PASSWORD"), None);
        assert_eq!(openrc.secrets().len(), 2);
        assert!(!format!("{openrc:?}").contains("canary"));
    }

    #[test]
    fn whatever_a_shell_would_run_is_refused_with_its_line_and_without_its_text() {
        for line in [
            "export OS_PASSWORD=$(cat canary)",
            "OS_PASSWORD=`canary`",
            "OS_PASSWORD=\"${canary}\"",
            "OS_PASSWORD=x; canary",
            "read -sr canary",
            "source canary",
            "OS_PASSWORD='canary",
            "OS_PASSWORD=canary two",
            "1OS=canary",
            "for k in $( set | awk '{FS=\"=\"} /^OS_/ {print $1}' ); do unset $k ; done # canary",
        ] {
            let error = load(&format!("OS_AUTH_URL=u\n# two\n{line}\n"), 0o600).expect_err(line);
            assert!(matches!(error, OpenRcError::NotAnAssignment { line: 3, .. }), "{line}: {error:?}");
            assert!(error.to_string().contains(":3:") && !error.to_string().contains("canary"), "{error}");
        }
    }

    #[test]
    fn modes_are_judged() {
        let text = "OS_AUTH_URL=u\nOS_PASSWORD=p\nLD_PRELOAD=/x\n";
        assert!(matches!(load(text, 0o620), Err(OpenRcError::NotOurs { .. })));
        assert!(matches!(load(text, 0o602), Err(OpenRcError::NotOurs { .. })));
        let openrc = load(text, 0o644).expect("taken with a warning");
        assert!(matches!(openrc.warnings()[1], OpenRcWarning::ReadableByOthers { mode: 0o644, .. }));
        assert_eq!(openrc.warnings()[0], OpenRcWarning::NotGiven { name: "LD_PRELOAD".into() });
        assert!(load("OS_CLOUD=x\n", 0o644).expect("no secret inside").warnings().is_empty());
    }

    #[test]
    fn a_file_that_names_no_cloud_is_no_openrc() {
        assert!(matches!(load("OS_USERNAME=x\n", 0o600), Err(OpenRcError::NoCloud { .. })));
    }
}
