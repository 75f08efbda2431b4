//! Files on a host: `cat`, `install`, `stat`, `test`.

use super::{File, Host, Outcome, Place};
use crate::lab::State;
use crate::lab::answer::Effect;

/// `cat PATH ...`.
pub(super) fn cat(host: &Host, paths: &[String], root: bool, stdin: Option<&str>) -> Outcome {
    if paths.is_empty() {
        return Outcome::printed(stdin.unwrap_or_default());
    }
    let mut outcome = Outcome::printed("");
    for path in paths {
        match readable(host, path, root) {
            Ok(file) => outcome.stdout += &file.text,
            Err(why) => {
                outcome.status = 1;
                outcome.stderr += &format!("cat: {path}: {why}\n");
            }
        }
    }
    outcome
}

/// `cmp -s - PATH`: 0 when the file holds what comes on standard input, 1 when it does not, 2 when it cannot be read.
pub(super) fn cmp(host: &Host, args: &[String], root: bool, stdin: Option<&str>) -> Option<Outcome> {
    let [quiet, input, path] = args else { return None };
    if quiet != "-s" || input != "-" {
        return None;
    }
    let status = match readable(host, path, root) {
        Ok(file) => i32::from(file.text != stdin.unwrap_or_default()),
        Err(_) => 2,
    };
    Some(Outcome::failed(status, ""))
}

/// The file, if this user may read it.
pub(super) fn readable<'a>(host: &'a Host, path: &str, root: bool) -> Result<&'a File, &'static str> {
    let file = host.files.get(path).ok_or(if host.directories.contains_key(path) {
        "Is a directory"
    } else {
        "No such file or directory"
    })?;
    let open_to_all = file.mode.chars().last().and_then(|digit| digit.to_digit(8)).is_some_and(|bits| bits & 4 != 0);
    let own = !host.home.is_empty() && path.starts_with(&host.home) || path.starts_with("overlays/");
    if root || own || open_to_all { Ok(file) } else { Err("Permission denied") }
}

/// `sha256sum PATH ...`.
pub(super) fn sha256sum(host: &Host, paths: &[String], root: bool) -> Outcome {
    let mut outcome = Outcome::printed("");
    for path in paths {
        match readable(host, path, root) {
            Ok(file) => outcome.stdout += &format!("{}  {path}\n", crate::lab::web::mirror::sum(&file.text)),
            Err(why) => {
                outcome.status = 1;
                outcome.stderr += &format!("sha256sum: {path}: {why}\n");
            }
        }
    }
    outcome
}

/// `stat -c FORMAT PATH`, with `%a` for the mode without leading zeros, `%s` for the size and `%Y` for when it was written,
/// in seconds since 1970.
pub(super) fn stat(host: &Host, args: &[String], epoch: jiff::Timestamp) -> Option<Outcome> {
    let [flag, format, path] = args else { return None };
    if !matches!(flag.as_str(), "-c" | "--format") {
        return None;
    }
    let file = host.files.get(path);
    let Some(mode) = file.map(|file| &file.mode).or_else(|| host.directories.get(path)) else {
        return Some(Outcome::failed(1, format!("stat: cannot statx '{path}': No such file or directory\n")));
    };
    let written = file.and_then(|file| file.written).unwrap_or(epoch);
    let text = format
        .replace("%a", mode.trim_start_matches('0'))
        .replace("%s", &file.map_or(4096, |file| file.text.len()).to_string())
        .replace("%Y", &written.as_second().to_string());
    (!text.contains('%')).then(|| Outcome::printed(format!("{text}\n")))
}

/// `test -e PATH`, `-f`, `-d`.
pub(super) fn test(host: &Host, args: &[String]) -> Option<Outcome> {
    let [flag, path] = args else { return None };
    let (file, directory) = (host.files.contains_key(path), host.directories.contains_key(path));
    let holds = match flag.as_str() {
        "-e" => file || directory,
        "-f" => file,
        "-d" => directory,
        _ => return None,
    };
    Some(Outcome::failed(i32::from(!holds), ""))
}

/// `install -m MODE SOURCE PATH`, where SOURCE may be `/dev/stdin`; `install -d -m MODE PATH`.
pub(super) fn install(
    state: &mut State,
    place: &Place,
    args: &[String],
    root: bool,
    stdin: Option<&str>,
) -> Option<Outcome> {
    let (mut mode, mut directory, mut words) = ("0755".to_string(), false, Vec::new());
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match arg.as_str() {
            "-m" => mode = rest.next()?.clone(),
            "-o" | "-g" => drop(rest.next()?),
            "-d" => directory = true,
            "-D" | "--" => {}
            other => match other.strip_prefix("--mode=").or_else(|| other.strip_prefix("-m")) {
                Some(given) => mode = given.to_string(),
                None => words.push(other.to_string()),
            },
        }
    }
    let mode = format!("{mode:0>4}");
    let host = super::host(state, place)?;
    let path = words.last()?.clone();
    if !root && !may_write(host, &path) {
        let kind = if directory { "cannot create directory" } else { "cannot create regular file" };
        return Some(Outcome::failed(1, format!("install: {kind} '{path}': Permission denied\n")).with(Effect::Change));
    }
    if directory {
        super::host_mut(state, place)?.directories.insert(path, mode);
        return Some(Outcome::changed());
    }
    let [source, _] = words.as_slice() else { return None };
    if !has_folder(host, &path) {
        let words = format!("install: cannot create regular file '{path}': No such file or directory\n");
        return Some(Outcome::failed(1, words).with(Effect::Change));
    }
    let text = if source == "/dev/stdin" {
        stdin.unwrap_or_default().to_string()
    } else {
        match readable(host, source, root) {
            Ok(file) => file.text.clone(),
            Err(why) => {
                return Some(
                    Outcome::failed(1, format!("install: cannot stat '{source}': {why}\n")).with(Effect::Change),
                );
            }
        }
    };
    if path.starts_with("overlays/") && matches!(place, Place::Jumphost) {
        super::overlays::take(&mut state.hosts, &path, &text);
    }
    super::host_mut(state, place)?.files.insert(path, File { mode, text, written: None });
    Some(Outcome::changed())
}

/// Whether the folder of a path under somebody's home is there.
pub(in crate::lab) fn has_folder(host: &Host, path: &str) -> bool {
    let Some((folder, _)) = path.rsplit_once('/') else { return true };
    let below_home = folder.strip_prefix("/home/").is_some_and(|rest| rest.contains('/'));
    let within = format!("{folder}/");
    !below_home || host.directories.contains_key(folder) || host.files.keys().any(|file| file.starts_with(&within))
}

fn may_write(host: &Host, path: &str) -> bool {
    let own = !host.home.is_empty() && path.starts_with(&format!("{}/", host.home));
    own || path.starts_with("overlays/")
        || path.starts_with("/tmp/")
        || host.home.is_empty() && path.starts_with("/home/")
}
