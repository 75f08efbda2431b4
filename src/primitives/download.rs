//! Downloads on the jumphost: resumed where they stopped, and held to the sum that the publisher gives.
//!
//! The client `curl` writes the file, because an image is larger than any reply that omega keeps in memory.

use std::time::Duration;

use crate::host::{Call, Ensure, Stop, success};
use crate::primitives::forms;
use crate::primitives::reply::outcome;
use crate::script::{Handle, Primitive, Source};
use crate::transport::{Command, Http, Request};
use crate::{handle, options};

/// How long a download may take.
const LIMIT: Duration = Duration::from_secs(2 * 3600);

handle! {
    /// A file that was downloaded to the jumphost, by path.
    Download("jumphost download") by path {
        /// Its path.
        path in forms::PATH: String,
        /// The SHA-256 sum of what is there, in hexadecimal digits.
        sha256: String,
    }
}

options! {
    /// What is downloaded.
    DownloadSpec {
        /// Where from.
        url in forms::URL: String,
        /// The list of sums that the publisher puts beside it.
        sums: String,
    }
}

fn read(call: &Call<'_>, path: &str) -> Result<Option<Handle<Download>>, Stop> {
    let request = Request::from(Command::new("sha256sum", [path]).time_limit(Duration::from_secs(600)));
    let text = match outcome(call, &request)? {
        Ok(stdout) => String::from_utf8_lossy(&stdout).into_owned(),
        Err(refused) if refused.stderr.contains("No such file or directory") => return Ok(None),
        Err(refused) => return Err(refused.unanswered(&request)),
    };
    let sum = text.split_whitespace().next().filter(|sum| is_sum(sum));
    let sum = sum.ok_or_else(|| {
        Stop::unanswered("sha256sum printed no sum").with("asked", request.to_string()).with("seen", text.clone())
    })?;
    let found = Download { path: path.to_string(), sha256: sum.to_string() };
    Ok(Some(Handle::seen(found, Source::from(request.to_string()))))
}

fn is_sum(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The sum that the publisher gives for a file: `HEX *NAME` or `HEX  NAME`, one a line.
fn published(call: &Call<'_>, sums: &str, name: &str) -> Result<String, Stop> {
    let request = Request::from(Http::get(sums));
    let reply = call.ask(request.clone())?;
    let text = String::from_utf8_lossy(success(&request, &reply)?).into_owned();
    let mut found: Vec<&str> = text.lines().filter_map(|line| sum_of(line, name)).collect();
    found.dedup();
    match found.as_slice() {
        [one] => Ok(one.to_lowercase()),
        [] => Err(Stop::failed(format!("{sums} gives no sum for {name}")).with("asked", request.to_string())),
        _ => Err(Stop::failed(format!("{sums} gives several sums for {name}")).with("asked", request.to_string())),
    }
}

fn sum_of<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let (sum, rest) = line.split_at_checked(64)?;
    let rest = rest.strip_prefix(" *").or_else(|| rest.strip_prefix("  "))?;
    (is_sum(sum) && rest.trim_end() == name).then_some(sum)
}

fn ensure(call: &Call<'_>, path: &str, spec: &DownloadSpec) -> Result<Handle<Download>, Stop> {
    let (Some(name), Some((folder, _))) = (spec.url.rsplit('/').next(), path.rsplit_once('/')) else {
        return Err(Stop::script(format!("{path:?} is no path for a download")));
    };
    if !path.starts_with("/home/") {
        return Err(Stop::script(format!(
            "{path:?} is no good place: clients in snaps read under the home directory alone"
        )));
    }
    let wanted = published(call, &spec.sums, name)?;
    let make = Request::from(Command::new("install", ["-d", "-m", "700", folder]));
    let words = ["--silent", "--show-error", "--fail", "--location", "--continue-at", "-", "--output", path, &spec.url];
    let fetch = Request::from(Command::new("curl", words).time_limit(LIMIT));
    let work =
        Ensure::new(path, "held to the publisher's sum", || read(call, path)).equal("sha256", wanted).by(|draft| {
            match draft.now {
                None => Ok(vec![make.clone(), fetch.clone()]),
                Some(_) => Ok(vec![fetch.clone()]),
            }
        });
    call.ensure(work)
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "jumphost";
        /// Downloads a file to a path under the home directory, goes on where an earlier try stopped, and holds it to
        /// the sum in the publisher's list.
        #[seen_by("Download.sha256", "jumphost::file", "jumphost::has_file" = true)]
        change fn ensure_download(call, path in crate::primitives::forms::PATH: String, spec: DownloadSpec) -> Handle<Download> { ensure(call, &path, &spec) }
    }
}

/// The namespace's handles.
pub(super) fn declare(namespace: crate::script::Declared) -> crate::script::Declared {
    namespace.object::<Download>().with(functions())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_read_in_both_forms_and_by_the_whole_name() {
        let sum = "a".repeat(64);
        assert_eq!(sum_of(&format!("{sum} *x.img"), "x.img"), Some(sum.as_str()));
        assert_eq!(sum_of(&format!("{sum}  x.img"), "x.img"), Some(sum.as_str()));
        assert_eq!(sum_of(&format!("{sum} *x.img.zsync"), "x.img"), None);
        assert_eq!(sum_of(&format!("{sum} *ax.img"), "x.img"), None);
        assert_eq!(sum_of("short *x.img", "x.img"), None);
    }

    #[test]
    fn captured_sums_are_read() {
        let Some(captures) = std::env::var_os("OMEGA_CAPTURES") else {
            eprintln!("OMEGA_CAPTURES is not set: captured sums were not read");
            return;
        };
        let path = std::path::Path::new(&captures).join("domain/misc/SHA256SUMS.sample");
        let text = std::fs::read_to_string(path).expect("a capture");
        assert_eq!(text.lines().filter(|line| sum_of(line, "noble-server-cloudimg-amd64.img").is_some()).count(), 1);
    }
}
