//! The corpus of the check: small correct scripts that must give no finding, and small wrong ones, each with the message
//! that it gives. `UPDATE_GOLDEN=1` rewrites the messages.

#[path = "check/generated.rs"]
mod generated;
#[path = "check/mutated.rs"]
mod mutated;
#[path = "check/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use omega::check::message::Severity;
use omega::check::{Diagnostic, rules};
use omega::runbook::{Repo, Site};

/// Libraries that the wrong scripts import and that are right themselves.
const SOUND: [&str; 15] = [
    "lib/bearing.rhai",
    "lib/blanks.rhai",
    "lib/charms.rhai",
    "lib/guarded.rhai",
    "lib/hosts.rhai",
    "lib/named.rhai",
    "lib/odd.rhai",
    "lib/parts.rhai",
    "lib/shapes.rhai",
    "lib/site.rhai",
    "lib/sizes.rhai",
    "lib/tagged.rhai",
    "lib/turns.rhai",
    "lib/uses.rhai",
    "lib/wanted.rhai",
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check").join(name)
}

/// Runs on a stack as large as the program's own.
fn on_a_large_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(omega::engine::STACK).spawn(work).expect("a thread starts");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Every script of a folder with what is found in it.
fn checked(repo: &Repo) -> Vec<(String, Vec<Diagnostic>)> {
    let paths: Vec<String> = repo.files.iter().map(|(path, _)| path.to_string()).collect();
    let scripts = paths.into_iter().filter(|path| path.ends_with(".rhai"));
    scripts
        .map(|path| {
            let found = match path.starts_with("lib/") {
                true => repo.check_library(&path, &Site::default()),
                false => repo.load(&path, &Site::default()).map_or_else(|found| found, |loaded| loaded.warnings),
            };
            (path, found)
        })
        .collect()
}

fn rendered(repo: &Repo, found: &[Diagnostic]) -> String {
    let texts = repo.texts();
    found.iter().map(|finding| finding.render(&texts, false)).collect::<Vec<_>>().join("\n")
}

#[test]
fn correct_scripts_give_no_finding() {
    on_a_large_stack(|| {
        let repo = Repo::open(&folder("good"));
        let all = checked(&repo);
        assert!(all.len() >= 60, "only {} scripts", all.len());
        let alarms = all.iter().map(|(_, found)| {
            let real = found.iter().filter(|finding| finding.severity != Severity::Allowed).cloned();
            rendered(&repo, &real.collect::<Vec<_>>())
        });
        let alarms: String = alarms.collect();
        assert!(alarms.is_empty(), "{alarms}");
    });
}

#[test]
fn wrong_scripts_give_their_message() {
    on_a_large_stack(|| {
        let root = folder("bad");
        let repo = Repo::open(&root);
        let update = std::env::var_os("UPDATE_GOLDEN").is_some();
        let mut differ = Vec::new();
        let all = checked(&repo);
        assert!(all.len() >= 180, "only {} scripts", all.len());
        for (path, found) in all.iter().filter(|(path, _)| !SOUND.contains(&path.as_str())) {
            assert!(!found.is_empty(), "{path} passes");
            let name = Path::new(path).with_extension("txt");
            let golden = root.join("golden").join(name.to_string_lossy().replace('/', "-"));
            let seen = rendered(&repo, found);
            if update {
                std::fs::write(&golden, &seen).expect("the golden file is written");
            }
            let wanted = std::fs::read_to_string(&golden).unwrap_or_default();
            if wanted != seen {
                differ.push(format!("--- {path}, wanted\n{wanted}\n--- seen\n{seen}"));
            }
        }
        assert!(differ.is_empty(), "UPDATE_GOLDEN=1 rewrites\n{}", differ.join("\n"));
    });
}

#[test]
fn every_rule_of_types_and_lessons_has_a_wrong_script() {
    on_a_large_stack(|| {
        let repo = Repo::open(&folder("bad"));
        let ids: BTreeSet<String> = checked(&repo).into_iter().flat_map(|(_, found)| found).map(|f| f.id).collect();
        let wanted = rules::RULES.iter().filter(|rule| matches!(&rule.id[1..3], "02" | "03"));
        // What only all runbooks together tell has a test of its own, below.
        let wanted = wanted.filter(|rule| !matches!(rule.id, "W0318" | "W0351" | "W0354" | "W0363"));
        let missing: Vec<&str> = wanted.map(|rule| rule.id).filter(|id| !ids.contains(*id)).collect();
        assert!(missing.is_empty(), "no wrong script gives {missing:?}");
    });
}

#[test]
fn the_shipped_runbooks_and_libraries_are_clean() {
    on_a_large_stack(|| {
        let repo = Repo::open(Path::new(env!("CARGO_MANIFEST_DIR")));
        let found = checked(&repo).into_iter().flat_map(|(_, found)| found);
        // What a comment allows, with its reason, is no finding.
        let found: Vec<Diagnostic> = found.filter(|finding| finding.severity != Severity::Allowed).collect();
        assert!(found.is_empty(), "{}", rendered(&repo, &found));
    });
}

#[test]
fn a_function_of_a_library_that_nobody_calls_is_told_of_all_runbooks() {
    on_a_large_stack(|| {
        let mut repo = Repo::open(&folder("good"));
        let library =
            "//! Functions.\nfn called() { 1 }\nfn inner() { called() }\nfn idle() { 2 }\nprivate fn own() { 3 }\n";
        repo.lay("lib/idle.rhai", library);
        let runbook = "import \"idle\" as idle;\n\
                       runbook(\"caller\", \"A\", #{ version: 1, omega: \"0.1\", stage: \"ready\", needs: [] });\n\
                       step(\"1\", \"A step\", || { note(`${idle::inner()}`); });\n";
        repo.lay("runbooks/caller.rhai", runbook);
        let loaded = repo.load("runbooks/caller.rhai", &Site::default()).unwrap_or_else(|found| panic!("{found:?}"));
        let found = omega::runbook::together(&repo, &[&loaded], true);
        let told: Vec<String> =
            found.iter().map(|told| format!("{}:{} {}", told.file, told.span.line, told.message)).collect();
        assert_eq!(told, ["lib/idle.rhai:4 fn idle is called by no runbook and no library"]);
    });
}

#[test]
fn a_word_that_is_misspelt_by_a_letter_is_told_of_all_runbooks() {
    on_a_large_stack(|| {
        let mut repo = Repo::open(&folder("good"));
        let mut lay = |id: &str, lines: &str| {
            let path = format!("runbooks/{id}.rhai");
            let script = format!(
                "import \"site\" as site;\n\
                 runbook(\"{id}\", \"A {id}\", #{{ version: 1, omega: \"0.1\", stage: \"ready\", needs: [\"jumphost: read\"] }});\n\
                 step(\"1\", \"A step\", || {{\nlet text = jumphost::file(site::FILE).content;\n{lines}\n}});\n"
            );
            repo.lay(&path, &script);
        };
        lay(
            "right",
            "gate(\"a\", text.contains(\"configure-resources of designate\"));\ngate(\"b\", text.contains(\"resources\"));",
        );
        lay("turned", "gate(\"c\", text.contains(\"configure-resuorces\"));");
        lay("again", "gate(\"d\", text.contains(\"configure-resuorces\"));");
        lay(
            "allowed",
            "// omega: allow W0363: the charm spells it so\ngate(\"c\", text.contains(\"configure-resuorces\"));",
        );
        lay("for-people", "note(`desginate: ${text}`);");
        lay("named", "gate(\"rows of the health manager\", text.contains(\"x1\"));\nnote(\"health\");");
        lay("misnamed", "gate(\"rows of the healt manager\", text.contains(\"x2\"));");
        lay("of-several", "gate(\"rows of the health managers\", text.contains(\"x3\"));");
        let told = |names: &[&str]| {
            let load = |name: &&str| repo.load(&format!("runbooks/{name}.rhai"), &Site::default());
            let loaded: Vec<_> =
                names.iter().map(|name| load(name).unwrap_or_else(|found| panic!("{found:?}"))).collect();
            let found = omega::runbook::together(&repo, &loaded.iter().collect::<Vec<_>>(), true);
            let found = found.into_iter().filter(|told| told.severity != Severity::Allowed && told.id != "W0223");
            found
                .map(|told| format!("{} {}:{} {}", told.id, told.file, told.span.line, told.message))
                .collect::<Vec<_>>()
        };
        let slip = "W0363 runbooks/turned.rhai:5 \"resuorces\" is \"resources\" with two letters turned round";
        assert_eq!(told(&["right", "turned"]), [slip]);
        assert_eq!(told(&["right", "allowed"]), [""; 0]);
        assert_eq!(told(&["right", "again", "turned"]), [""; 0], "what stands in two places is no slip");
        assert_eq!(told(&["right", "for-people"]), [""; 0]);
        let slip = "W0363 runbooks/misnamed.rhai:5 \"healt\" is \"health\" but for a letter";
        assert_eq!(told(&["named", "misnamed"]), [slip]);
        assert_eq!(told(&["named", "of-several"]), [""; 0], "a plural is no slip");
    });
}

#[test]
fn what_only_all_runbooks_tell() {
    on_a_large_stack(|| {
        let mut repo = Repo::open(&folder("good"));
        let header = |id: &str, after: &str| {
            format!(
                "runbook(\"{id}\", \"A {id}\", #{{ version: 1, omega: \"0.1\", stage: \"ready\", after: [{after}], needs: [] }});\n\
                 fn ends(list) {{ gate(\"none\", list.is_empty()); }}\n\
                 exit_gate(\"1\", \"An end\", || ends([{after}]));\n"
            )
        };
        repo.lay("runbooks/one.rhai", &header("one", "\"two\""));
        repo.lay("runbooks/two.rhai", &header("two", "\"three\""));
        repo.lay("runbooks/three.rhai", &header("three", "\"one\""));
        repo.lay("runbooks/four.rhai", &header("four", "\"three\""));
        repo.lay("runbooks/five.rhai", &header("one", ""));
        repo.lay("runbooks/six.rhai", &header("seven", ""));
        let as_needed = header("seldom", "").replace("version: 1", "version: 1, on_demand: true, opens: \"b\"");
        repo.lay("runbooks/seldom.rhai", &as_needed);
        repo.lay("runbooks/mute.rhai", &header("mute", "").replace("exit_gate", "step"));
        let opening = header("early", "\"seldom\", \"mute\"").replace("version: 1", "version: 1, opens: \"a\"");
        repo.lay("runbooks/early.rhai", &opening);
        repo.lay("runbooks/copied.rhai", &header("copied", "").replace("\"A copied\"", "\"A four\""));
        let at = |id: &str, after: &str, stage: &str| header(id, after).replace("\"ready\"", &format!("{stage:?}"));
        repo.lay("runbooks/first.rhai", &at("first", "", "released"));
        repo.lay("runbooks/then.rhai", &at("then", "\"first\"", "ready"));
        repo.lay("runbooks/late.rhai", &at("late", "\"first\", \"then\"", "released"));
        let seldom = at("seldom-late", "\"then\"", "released").replace("version: 1", "version: 1, on_demand: true");
        repo.lay("runbooks/seldom-late.rhai", &seldom);
        let asks = |id: &str, after: &str, needs: &str, body: &str| {
            format!(
                "import \"site\" as site;\n\
                 runbook(\"{id}\", \"A {id}\", #{{ version: 1, omega: \"0.1\", stage: \"ready\", after: [{after}], needs: [\"vault: {needs}\"] }});\n\
                 step(\"1\", \"A step\", || {{ {body} }});\n\
                 exit_gate(\"9\", \"An end\", || {{ gate(\"open\", !vault::status(site::VAULT).is_sealed); }});\n"
            )
        };
        let init =
            "vault::init(site::VAULT, #{ shares: 5, threshold: 3, keys: \"/home/operator/k.json\", confirm: \"v\" });";
        let gate = "let seal = vault::status(site::VAULT); gate_eq(\"shares\", [seal.shares, seal.threshold], [3, 3]);";
        repo.lay("runbooks/makes.rhai", &asks("makes", "\"before\"", "change", init));
        repo.lay("runbooks/reads.rhai", &asks("reads", "", "read", gate));
        let allowed = gate.replace("gate_eq", "\n// omega: allow W0354: of an older Vault\ngate_eq");
        repo.lay("runbooks/allows.rhai", &asks("allows", "", "read", &allowed));
        repo.lay("runbooks/before.rhai", &asks("before", "", "read", gate));
        let load = |name: &str| {
            let path = format!("runbooks/{name}.rhai");
            repo.load(&path, &Site::default()).unwrap_or_else(|found| panic!("{path}: {found:?}"))
        };
        let told = |names: &[&str]| {
            let loaded: Vec<_> = names.iter().map(|name| load(name)).collect();
            let found = omega::runbook::together(&repo, &loaded.iter().collect::<Vec<_>>(), true);
            found
                .iter()
                .filter(|finding| finding.severity != Severity::Allowed && finding.id != "W0223")
                .map(|finding| format!("{} {}: {}", finding.id, finding.file, finding.message))
                .collect::<Vec<_>>()
        };
        assert_eq!(told(&["four", "three", "closures"]), [] as [&str; 0]);
        assert_eq!(
            told(&["four", "one", "three", "two"]),
            [
                "E0318 runbooks/one.rhai: one waits for itself: one waits for two, that for three, that for one",
                "E0318 runbooks/three.rhai: three waits for itself: three waits for one, that for two, that for three",
                "E0318 runbooks/two.rhai: two waits for itself: two waits for three, that for one, that for two",
            ]
        );
        assert_eq!(
            told(&["five", "four", "six"]),
            [
                "W0318 runbooks/five.rhai: the id \"one\" is not the name of the file",
                "W0318 runbooks/six.rhai: the id \"seven\" is not the name of the file",
            ]
        );
        assert_eq!(
            told(&["early", "mute", "seldom"]),
            [
                "E0318 runbooks/early.rhai: early waits for seldom, which is run only when it is called for",
                "E0304 runbooks/mute.rhai: early waits for this runbook, which has no exit gate",
                "E0318 runbooks/seldom.rhai: early opens a deployment too",
            ]
        );
        let (early, mute) = (load("early"), load("mute"));
        let found = omega::runbook::together(&repo, &[&early, &mute], false);
        let help: Vec<&str> = found.iter().flat_map(|told| &told.help).map(String::as_str).collect();
        assert_eq!(help, ["step 1 on line 3 only asks: if it judges the end, write exit_gate(\"1\", ...)"]);
        assert_eq!(
            told(&["first", "late", "seldom-late", "then"]),
            [
                "W0351 runbooks/late.rhai: the lab's stage \"released\" lies before that of then, which this phase waits for"
            ]
        );
        assert_eq!(
            told(&["makes", "reads"]),
            ["W0354 runbooks/reads.rhai: runbooks/makes.rhai makes `seal.shares` 5, and this gate wants 3"]
        );
        assert_eq!(told(&["before", "makes"]), [] as [&str; 0]);
        assert_eq!(told(&["allows", "makes"]), [] as [&str; 0]);
        let idle = "W0313 runbooks/allows.rhai: this allows W0354, which line 5 does not break";
        assert_eq!(told(&["allows", "before"]), [idle]);
        let alone = load("allows");
        let ids: Vec<&str> = alone.warnings.iter().map(|told| &*told.id).collect();
        assert_eq!(ids, [] as [&str; 0], "of one runbook alone nobody can say it");
        assert!(omega::runbook::together(&repo, &[&alone], false).is_empty());
        assert_eq!(
            told(&["copied", "four"]),
            ["W0355 runbooks/four.rhai: the title \"A four\" is that of runbooks/copied.rhai too"]
        );
        assert_eq!(
            told(&["five", "one"]),
            [
                "W0318 runbooks/five.rhai: the id \"one\" is not the name of the file",
                "E0318 runbooks/one.rhai: runbooks/five.rhai has the id \"one\" too",
            ]
        );
    });
}
