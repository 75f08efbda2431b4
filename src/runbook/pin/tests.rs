//! Pins on real directories.

#![expect(clippy::disallowed_methods, reason = "the judges of these tests are the real sha256sum and git")]

use std::{cell::RefCell, fs, os::unix::fs::symlink, process::Command};

use super::*;

/// A repository with five files to be pinned.
fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a temporary directory");
    for (path, text) in [
        ("runbooks/phase-04.rhai", "runbook();\n"),
        ("runbooks/local/notes.md", "# x\n"),
        ("lib/net.rhai", "const A = 1;\n"),
        ("lib/empty", ""),
        ("bundle.yaml", "a: 1\n"),
        ("README.md", "not pinned\n"),
    ] {
        put(root.path(), path, text.as_bytes());
    }
    root
}

fn put(root: &Path, path: &str, bytes: &[u8]) {
    let file = root.join(path);
    fs::create_dir_all(file.parent().expect("a parent")).expect("a directory");
    fs::write(file, bytes).expect("a file");
}

fn no_git(_: &[&str]) -> anyhow::Result<(i32, Vec<u8>)> {
    anyhow::bail!("no git here")
}

fn pinned() -> tempfile::TempDir {
    let root = tree();
    write(root.path(), &Scope::default(), &no_git).expect("pins are written");
    root
}

fn found(root: &Path) -> Vec<String> {
    let verified = verify(root, &Scope::default()).expect("pins are there");
    verified.problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_fresh_set_of_pins_holds_and_covers_every_file() {
    let root = pinned();
    let verified = verify(root.path(), &Scope::default()).expect("pins are there");
    assert_eq!(verified.problems, []);
    let paths: Vec<_> = verified.files.iter().map(|(path, _)| path).collect();
    assert_eq!(
        paths,
        ["bundle.yaml", "lib/empty", "lib/net.rhai", "runbooks/local/notes.md", "runbooks/phase-04.rhai"]
    );
    assert_eq!(verified.files.get("lib/net.rhai").map(|bytes| &bytes[..]), Some(&b"const A = 1;\n"[..]));
    assert_eq!((verified.pins.id(), verified.pins.id().len()), (verified.files.id(), 8));
    assert_eq!(fs::read_to_string(root.path().join(SUMS)).expect("sums"), verified.pins.text());
}

/// Lesson: bytes-lost-after-the-test.
#[test]
fn any_flipped_bit_is_found_in_exactly_that_file() {
    let root = pinned();
    let verified = verify(root.path(), &Scope::default()).expect("pins are there");
    let mut flips = 0;
    for (path, bytes) in verified.files.iter() {
        for at in 0..bytes.len() {
            let mut changed = bytes.to_vec();
            changed[at] ^= 1 << (at % 8);
            put(root.path(), path, &changed);
            let problems = verify(root.path(), &Scope::default()).expect("pins are there").problems;
            let expected = Problem::Differs { path: path.to_owned(), wanted: Sum::of(bytes), seen: Sum::of(&changed) };
            assert_eq!(problems, [expected], "byte {at} of {path}");
            flips += 1;
        }
        put(root.path(), path, bytes);
    }
    assert!(flips > 30, "only {flips} bytes were tried");
    assert_eq!(found(root.path()), Vec::<String>::new());
}

#[test]
fn any_flipped_bit_of_the_sums_is_found_or_changes_nothing_but_the_case_of_a_digit() {
    let root = pinned();
    let before = verify(root.path(), &Scope::default()).expect("pins are there");
    let sums = before.pins.text().into_bytes();
    for at in 0..sums.len() {
        for bit in 0..8 {
            let mut changed = sums.clone();
            changed[at] ^= 1 << bit;
            let pins = Pins::parse(&changed);
            let files = PinnedFiles::read(root.path(), &Scope::default(), pins.sums().keys().map(String::as_str));
            let same =
                changed.eq_ignore_ascii_case(&sums) && sums[at].is_ascii_hexdigit() && pins.text().as_bytes() == sums;
            assert_eq!(pins.verify(&files).is_empty(), same, "bit {bit} of byte {at}: {:?}", char::from(changed[at]));
        }
    }
}

#[test]
fn a_lost_a_new_and_a_grown_file_are_told_apart() {
    let root = pinned();
    fs::remove_file(root.path().join("lib/net.rhai")).expect("removed");
    put(root.path(), "runbooks/.hidden", b"");
    put(root.path(), "lib/empty", b"x");
    let problems = found(root.path());
    assert_eq!(problems.len(), 3);
    assert!(problems[0].starts_with("lib/empty differs: pinned e3b0c442, seen "), "{}", problems[0]);
    assert_eq!(problems[1..], ["lib/net.rhai is pinned and not there", "runbooks/.hidden is not pinned"]);
}

#[test]
fn a_pinned_file_beside_the_scope_is_held_to_its_pin_too() {
    let root = pinned();
    let mut sums = fs::read_to_string(root.path().join(SUMS)).expect("sums");
    sums.push_str(&format!("{} *README.md\n", Sum::of(b"not pinned\n").to_string().to_uppercase()));
    put(root.path(), SUMS, sums.as_bytes());
    assert_eq!(found(root.path()), Vec::<String>::new());
    put(root.path(), "README.md", b"changed\n");
    assert!(found(root.path())[0].starts_with("README.md differs"));
}

#[test]
fn each_unreadable_line_is_named_with_its_reason() {
    let hash = Sum::of(b"");
    let line = |text: &str| Pins::parse(text.as_bytes()).problems().first().map(ToString::to_string);
    assert_eq!(line(&format!("{hash}  a/b\n")), None);
    assert_eq!(line(&format!("# a comment\n{hash} *a")), None);
    for (text, why) in [
        (format!("{hash} a\n"), "is not of the form"),
        (format!("{hash}\n"), "is not of the form"),
        (format!("\n{hash}  a\n"), "is not of the form"),
        (format!("{}  a\n", &hash.to_string()[1..]), "64 hexadecimal digits"),
        (format!("g{}  a\n", &hash.to_string()[1..]), "64 hexadecimal digits"),
        (format!("SHA256 (a) = {hash}\n"), "is not of the form"),
        (format!("\\{hash}  a\\nb\n"), "escaped form"),
        (format!("{hash}  a\r\n"), "carriage return"),
        (format!("{hash}  /etc/passwd\n"), "absolute path"),
        (format!("{hash}  lib/../../x\n"), "leads out of the root"),
        (format!("{hash}  ./lib/x\n"), "plain form"),
        (format!("{hash}  lib//x\n"), "plain form"),
        (format!("{hash}  \n"), "plain form"),
        (format!("{hash}  a\tb\n"), "control character"),
    ] {
        let said = line(&text).unwrap_or_else(|| panic!("{text:?} was taken"));
        assert!(said.contains(why) && said.starts_with("SHA256SUMS:1:"), "{text:?}: {said}");
    }
    let bytes = [hash.to_string().as_bytes(), b"  \xff\n"].concat();
    assert!(Pins::parse(&bytes).problems()[0].to_string().contains("not UTF-8"));
    let twice = Pins::parse(format!("{hash}  a\n{hash}  a\n").as_bytes());
    assert_eq!(twice.problems(), [Problem::Twice { line: 2, path: "a".to_owned() }]);
}

#[test]
fn links_pipes_and_strange_names_are_refused_wherever_they_stand() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let root = pinned();
    symlink("net.rhai", root.path().join("lib/link.rhai")).expect("a link");
    symlink("/etc", root.path().join("runbooks/etc")).expect("a link");
    put(root.path(), "lib/a\\b", b"");
    fs::write(root.path().join("lib").join(OsStr::from_bytes(b"\xff.rhai")), "").expect("a file");
    rustix::fs::mkfifoat(rustix::fs::CWD, root.path().join("lib/pipe"), rustix::fs::Mode::RUSR).expect("a pipe");
    assert_eq!(
        found(root.path()),
        [
            "lib/link.rhai is a symbolic link",
            "runbooks/etc is a symbolic link",
            "lib/pipe is not a plain file",
            "\"lib/a\\\\b\" has a name that cannot be pinned",
            "\"lib/\u{fffd}.rhai\" has a name that cannot be pinned",
        ]
    );
    assert!(matches!(write(root.path(), &Scope::default(), &no_git), Err(PinError::Refused(list)) if list.len() == 5));
}

#[test]
fn a_pinned_file_that_became_a_link_or_a_directory_is_no_absence() {
    let root = pinned();
    fs::rename(root.path().join("bundle.yaml"), root.path().join("other.yaml")).expect("moved");
    symlink("other.yaml", root.path().join("bundle.yaml")).expect("a link");
    assert_eq!(found(root.path()), ["bundle.yaml is a symbolic link"]);
    fs::remove_file(root.path().join("bundle.yaml")).expect("removed");
    fs::create_dir(root.path().join("bundle.yaml")).expect("a directory");
    assert_eq!(found(root.path()), ["bundle.yaml is not a plain file"]);
    fs::rename(root.path().join("lib"), root.path().join("lib2")).expect("moved");
    symlink("lib2", root.path().join("lib")).expect("a link");
    assert!(found(root.path()).contains(&"lib is a symbolic link".to_owned()));
}

#[test]
fn without_a_file_of_sums_nothing_is_pinned_and_that_is_said() {
    let root = tree();
    let error = verify(root.path(), &Scope::default()).expect_err("no sums");
    assert!(error.to_string().contains("SHA256SUMS is not there"), "{error}");
}

#[test]
fn writing_says_what_changed() {
    let root = pinned();
    fs::remove_file(root.path().join("lib/empty")).expect("removed");
    put(root.path(), "lib/new.rhai", b"");
    put(root.path(), "bundle.yaml", b"a: 2\n");
    let written = write(root.path(), &Scope::default(), &no_git).expect("written");
    let names = |list: &[String]| list.join(" ");
    let lists = (names(&written.added), names(&written.removed), names(&written.changed));
    assert_eq!(lists, ("lib/new.rhai".to_owned(), "lib/empty".to_owned(), "bundle.yaml".to_owned()));
    assert_eq!((written.files, written.git), (5, GitAnswer::NoGit("no git here".to_owned())));
    assert_eq!(found(root.path()), Vec::<String>::new());
    let left: Vec<_> = fs::read_dir(root.path()).expect("listed").flatten().map(|e| e.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".SHA")), "{left:?}");
}

#[test]
fn coreutils_read_what_is_written() {
    let root = pinned();
    let check =
        || Command::new("sha256sum").args(["-c", "--strict", "--quiet", SUMS]).current_dir(root.path()).output();
    let Ok(out) = check() else {
        eprintln!("sha256sum is not installed: not compared with it");
        return;
    };
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    put(root.path(), "lib/empty", b"x");
    assert!(!check().expect("it ran before").status.success());
}

/// Lesson: ignored-by-git.
#[test]
fn files_that_git_does_not_track_are_refused() {
    let root = tree();
    let git = |args: &[&str]| {
        let out = Command::new("git").args(args).current_dir(root.path()).output()?;
        anyhow::Ok((out.status.code().unwrap_or(-1), out.stdout))
    };
    if git(&["--version"]).is_err() {
        eprintln!("git is not installed: not asked");
        return;
    }
    assert_eq!(write(root.path(), &Scope::default(), &git).expect("written").git, GitAnswer::NoWorkTree);
    put(root.path(), ".gitignore", b"*.md\n");
    for args in [&["init", "-q"][..], &["add", "lib", "runbooks"]] {
        assert_eq!(git(args).expect("git runs").0, 0, "{args:?}");
    }
    let Err(PinError::Refused(problems)) = write(root.path(), &Scope::default(), &git) else { panic!("not refused") };
    assert_eq!(
        problems,
        [
            Problem::Untracked { path: "bundle.yaml".to_owned() },
            Problem::Ignored { path: "runbooks/local/notes.md".to_owned() },
        ]
    );
    assert_eq!(git(&["add", "-f", "bundle.yaml", "runbooks"]).expect("git runs").0, 0);
    assert_eq!(write(root.path(), &Scope::default(), &git).expect("written").git, GitAnswer::Tracked);
}

#[test]
fn a_git_that_denies_a_repository_that_is_there_pins_nothing() {
    let root = tree();
    fs::create_dir(root.path().join(".git")).expect("a directory");
    let error = write(root.path(), &Scope::default(), &|_| Ok((128, Vec::new()))).expect_err("it was taken");
    assert!(error.to_string().contains("there is a .git"), "{error}");
}

#[test]
fn a_git_that_breaks_down_half_way_pins_nothing() {
    let root = tree();
    let asked = RefCell::new(0);
    let git = |_: &[&str]| {
        *asked.borrow_mut() += 1;
        if *asked.borrow() == 1 { anyhow::Ok((0, b"true\n".to_vec())) } else { anyhow::Ok((128, Vec::new())) }
    };
    assert!(matches!(write(root.path(), &Scope::default(), &git), Err(PinError::Git { .. })));
    assert!(!root.path().join(SUMS).exists());
}
