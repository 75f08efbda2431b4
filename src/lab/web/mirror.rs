//! A mirror of cloud images: files, their published sums, and parts of a file on request.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use super::{Http, Method, Url, header};
use crate::lab::answer::{Answer, Effect};
use crate::lab::seed::hex;
use crate::transport::Reply;

/// The base image that the lab's mirror has.
pub(in crate::lab) const IMAGE_URL: &str =
    "https://cloud-images.ubuntu.com/releases/jammy/release-20260115/ubuntu-22.04-server-cloudimg-amd64.img";

/// Files by path. A folder's `SHA256SUMS` is made from them, unless it is one of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mirror {
    /// Text by path.
    pub files: BTreeMap<String, String>,
}

/// Answers a GET or HEAD.
pub(super) fn answer(http: &Http, url: &Url, mirror: &Mirror) -> Answer {
    let found = mirror.files.get(&url.path).cloned().or_else(|| sums(mirror, &url.path));
    let Some(text) = found else { return Answer::served(Effect::Read, 404, "text/html", "<h1>Not Found</h1>\n") };
    let from = header(http, "range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let (status, body) = match from {
        Some(from) if from >= text.len() => (416, String::new()),
        Some(from) => (206, text.get(from..).unwrap_or_default().to_string()),
        None => (200, text),
    };
    let body = if http.method == Method::Head { String::new() } else { body };
    let headers = vec![("content-type".to_string(), "application/octet-stream".to_string())];
    Answer { effect: Effect::Read, reply: Ok(Reply::Http { status, headers, body: body.into_bytes() }) }
}

fn sums(mirror: &Mirror, path: &str) -> Option<String> {
    let folder = path.strip_suffix("SHA256SUMS")?;
    let lines = mirror.files.iter().filter_map(|(path, text)| {
        let name = path.strip_prefix(folder).filter(|name| !name.contains('/'))?;
        Some(format!("{} *{name}\n", sum(text)))
    });
    Some(lines.collect::<String>()).filter(|text| !text.is_empty())
}

/// The sum of a text, in hexadecimal digits.
pub(in crate::lab) fn sum(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}
