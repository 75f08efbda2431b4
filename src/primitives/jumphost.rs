//! Files on the jumphost that a runbook makes: certificates and credentials for the clients. What is in them is only
//! ever compared, never read: a file may hold a secret.

use crate::handle;
use crate::host::{Call, Ensure, Stop};
use crate::primitives::forms;
use crate::primitives::reply::{Refused, outcome};
use crate::script::{Declared, Handle, Primitive, Source, Told};
use crate::transport::{Command, Input, Request};

handle! {
    /// A file on the jumphost, by path.
    File("jumphost file") by path {
        /// Its path.
        path in forms::PATH: String,
        /// Its permissions in octal, e.g. `600`.
        mode in forms::MODE: String,
        /// `as wanted` or `other`, where a changer compared it.
        content: Told<String>,
    }
}

/// What is asked of a file: its permissions, and when it was last written. One request for both, so that nothing is asked
/// twice.
struct Stat {
    mode: String,
    /// In seconds since 1970.
    written: i64,
}

impl Stat {
    fn request(path: &str) -> Request {
        Command::new("stat", ["-c", "%a %Y", path]).into()
    }

    /// None when there is nothing at that path.
    fn of(call: &Call<'_>, path: &str) -> Result<Option<Self>, Stop> {
        let request = Self::request(path);
        let text = match outcome(call, &request)? {
            Ok(stdout) => String::from_utf8_lossy(&stdout).into_owned(),
            Err(Refused { status: 1, stderr, .. }) if stderr.contains("No such file or directory") => return Ok(None),
            Err(refused) => return Err(refused.unanswered(&request)),
        };
        let parsed = Self::parse(&text);
        let found = parsed.ok_or_else(|| Stop::unanswered("stat printed no permissions and seconds since 1970"));
        found.map(Some).map_err(|stop| stop.with("asked", request.to_string()).with("seen", text.trim_end()))
    }

    /// A whole line alone: of one that breaks off the seconds would be others.
    fn parse(text: &str) -> Option<Self> {
        let (mode, written) = text.strip_suffix('\n')?.split_once(' ')?;
        let is_octal = !mode.is_empty() && mode.chars().all(|digit| digit.is_digit(8));
        is_octal.then_some(Stat { mode: mode.to_string(), written: written.parse().ok()? })
    }
}

/// The error about a file that must be there.
fn missing(path: &str) -> Stop {
    Stop::failed(format!("the jumphost has no file {path}")).with("from", Stat::request(path).to_string())
}

/// Permissions and, against a text, content; none when there is no such file.
fn read(call: &Call<'_>, path: &str, wanted: Option<&Input>) -> Result<Option<Handle<File>>, Stop> {
    let Some(Stat { mode, .. }) = Stat::of(call, path)? else { return Ok(None) };
    let content = match wanted {
        Some(wanted) => Ok(compare(call, path, wanted)?),
        None => Err(Box::new(Stop::script(format!("what {path} holds was not compared")))),
    };
    let file = File { path: path.to_string(), mode, content };
    Ok(Some(Handle::seen(file, Source::from(Stat::request(path).to_string()))))
}

/// The permissions of a file that must be there.
pub(crate) fn mode(call: &Call<'_>, path: &str) -> Result<String, Stop> {
    read(call, path, None)?.ok_or_else(|| missing(path))?.now().map(|file| file.mode.clone())
}

/// Whole days since the file was last written.
fn days_since_written(call: &Call<'_>, path: &str) -> Result<i64, Stop> {
    let found = Stat::of(call, path)?.ok_or_else(|| missing(path))?;
    let days = (call.host.session.now() - found.written).div_euclid(86_400);
    let source = Stat::request(path).to_string();
    call.tell(&format!("jumphost file|{path}|days"), "days since it was written", &days.into(), &source);
    Ok(days)
}

/// Whether there is no such file, or nothing in it.
pub(crate) fn is_free(call: &Call<'_>, path: &str) -> Result<bool, Stop> {
    let request = Request::from(Command::new("stat", ["-c", "%s", path]));
    match outcome(call, &request)? {
        Ok(stdout) => Ok(stdout.trim_ascii() == b"0"),
        Err(Refused { status: 1, stderr, .. }) if stderr.contains("No such file or directory") => Ok(true),
        Err(refused) => Err(refused.unanswered(&request)),
    }
}

/// Refuses where there is something in that file already: it may be all there is of what it holds.
pub(crate) fn must_be_free(call: &Call<'_>, path: &str, may_hold: &str) -> Result<(), Stop> {
    if is_free(call, path)? {
        return Ok(());
    }
    Err(Stop::refused(format!("{path} is there already and is not overwritten"))
        .with("means", may_hold)
        .with("next", "find out what it is; move it away by hand if it is of no use"))
}

/// Whether the file holds exactly this text; neither leaves its side.
fn compare(call: &Call<'_>, path: &str, wanted: &Input) -> Result<String, Stop> {
    let request = Request::from(Command::new("cmp", ["-s", "-", path]).stdin(wanted.clone()));
    match outcome(call, &request)? {
        Ok(_) => Ok("as wanted".to_string()),
        Err(Refused { status: 1, .. }) => Ok("other".to_string()),
        Err(refused) => Err(refused.unanswered(&request)),
    }
}

/// Makes the file, or corrects it: content through standard input, permissions with it.
pub(crate) fn ensure(
    call: &Call<'_>,
    path: &str,
    mode: &str,
    text: &Input,
    reason: &str,
) -> Result<Handle<File>, Stop> {
    if !path.starts_with('/') || path.starts_with("/tmp/") {
        return Err(Stop::script(format!(
            "{path:?} is no good place: clients in snaps read under the home directory alone"
        )));
    }
    let work = Ensure::new(path, reason, || read(call, path, Some(text)))
        .equal("mode", mode.to_string())
        .equal("content", "as wanted".to_string())
        .by(|_| Ok(vec![Command::new("install", ["-m", mode, "/dev/stdin", path]).stdin(text.clone()).into()]));
    call.ensure(work)
}

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    super::download::declare(all.object::<File>().with(functions()))
}

fn functions() -> Vec<Primitive> {
    crate::primitives! { "jumphost";
        /// The file at that path, its content not looked at; an error when there is none.
        read fn file(call, path in forms::PATH: String) -> Handle<File> {
            call.find(&path, || read(call, &path, None))?.ok_or_else(|| missing(&path))
        }
        /// Whether there is a file at that path.
        read fn has_file(call, path in forms::PATH: String) -> bool {
            Ok(call.find(&path, || read(call, &path, None))?.is_some())
        }
        /// Whole days since the file at that path was last written, as for the age of a login.
        read fn days_since_written(call, path in forms::PATH: String) -> i64 where forms::DAYS { days_since_written(call, &path) }
        /// Makes the file with that text and those permissions (`644`), or corrects it; confirmed by comparing again.
        #[seen_by("jumphost::file", "jumphost::has_file" = true, "File.mode" = mode, "File.content")]
        change fn ensure_file(call, path in forms::PATH: String, mode in forms::MODE: String, text: String) -> Handle<File> {
            ensure(call, &path, &mode, &Input::Text(text), "the runbook asks for it")
        }
    }
}
