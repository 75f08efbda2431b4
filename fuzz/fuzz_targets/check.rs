//! Any bytes as a runbook and as a library: the check says what is wrong, and never breaks.

#![no_main]

use std::path::Path;
use std::sync::{LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use omega::runbook::{Repo, Site};

/// The repository around the text, so that its libraries are there to be imported.
static REPOSITORY: LazyLock<Mutex<Repo>> =
    LazyLock::new(|| Mutex::new(Repo::open(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")))));

fuzz_target!(|text: &str| {
    let mut repository = REPOSITORY.lock().expect("no run broke before");
    repository.lay("runbooks/fuzzed.rhai", text);
    let texts = repository.texts();
    for found in repository.load("runbooks/fuzzed.rhai", &Site::default()).err().unwrap_or_default() {
        drop(found.render(&texts, true));
    }
    repository.lay("lib/fuzzed.rhai", text);
    repository.check_library("lib/fuzzed.rhai", &Site::default());
});
