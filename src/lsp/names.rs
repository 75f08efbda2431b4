//! Files: the client names them by address, the check by their path in a repository.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use lsp_types::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stays as it is in the path of an address.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The path behind a `file:` address.
pub fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.as_str().strip_prefix("file://")?;
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    let path = percent_decode_str(path).decode_utf8().ok()?;
    path.starts_with('/').then(|| PathBuf::from(path.as_ref()))
}

/// The address of a path.
pub fn uri(path: &Path) -> Option<Uri> {
    let path = std::path::absolute(path).ok()?;
    Uri::from_str(&format!("file://{}", utf8_percent_encode(path.to_str()?, KEPT))).ok()
}

/// The repository that a file belongs to, and its path there: the nearest folder above that is `runbooks` or `lib`.
pub fn home(path: &Path) -> Option<(PathBuf, String)> {
    let is_room = |path: &&Path| path.file_name().is_some_and(|name| name == "runbooks" || name == "lib");
    let root = path.parent()?.ancestors().find(is_room)?.parent()?;
    Some((root.to_path_buf(), path.strip_prefix(root).ok()?.to_str()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_a_path_are_two_names_of_one_file() {
        let path_of = |text: &str| path(&Uri::from_str(text).expect("an address"));
        assert_eq!(path_of("file:///a%20b/lib/n.rhai"), Some(PathBuf::from("/a b/lib/n.rhai")));
        assert_eq!(path_of("untitled:Untitled-1"), None);
        let file = Path::new("/a b/\u{e9}.rhai");
        assert_eq!(path(&uri(file).expect("an address")).as_deref(), Some(file));
    }

    #[test]
    fn a_file_knows_its_repository() {
        let home_of = |path: &str| home(Path::new(path)).map(|(root, path)| (root.display().to_string(), path));
        let told = |root: &str, path: &str| Some((root.to_string(), path.to_string()));
        assert_eq!(home_of("/r/runbooks/a.rhai"), told("/r", "runbooks/a.rhai"));
        assert_eq!(home_of("/lib/r/lib/site/a.rhai"), told("/lib/r", "lib/site/a.rhai"));
        assert_eq!(home_of("/tmp/a.rhai"), None);
    }
}
