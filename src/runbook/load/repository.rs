//! What only the repository as a whole can tell of a runbook: whether what it names is there.

use super::{Repo, Site, runbook_call};
use crate::check::Diagnostic;
use crate::check::tree::{Kind, Span, Tree};
use crate::host::Header;
use crate::lab::Lab;
use crate::script::did_you_mean;

/// As many names as a reader takes in.
const LISTED: usize = 24;

impl Repo {
    /// Phases that a header waits for, its stage, and the known issues that its gates name.
    pub(super) fn names(&self, tree: &Tree, header: &Header, site: &Site) -> Vec<Diagnostic> {
        let mut found = self.phases(tree, header);
        let stages = Lab::stages();
        if !stages.contains(&header.stage.as_str()) {
            let hint = did_you_mean(&header.stage, stages);
            let message = format!("the lab has no stage {:?}{hint}", header.stage);
            found.push(told(tree, message, &header.stage).note(format!("stages: {}", stages.join(", "))));
        }
        found.extend(self.issues(tree, site));
        found
    }

    fn phases(&self, tree: &Tree, header: &Header) -> Vec<Diagnostic> {
        let paths = self.runbooks();
        let known: Vec<&str> =
            paths.iter().filter_map(|path| path.strip_prefix("runbooks/")?.strip_suffix(".rhai")).collect();
        let wrong = header.after.iter().filter(|id| **id == header.id || !known.contains(&id.as_str()));
        wrong
            .map(|id| {
                if *id == header.id {
                    return told(tree, format!("{id} waits for itself"), id);
                }
                let found = told(tree, format!("no runbook here is called {id:?}{}", did_you_mean(id, &known)), id);
                if known.len() > LISTED { found } else { found.note(format!("runbooks: {}", known.join(", "))) }
            })
            .collect()
    }

    /// Issues are looked for only where the site keeps a list of them.
    pub(super) fn issues(&self, tree: &Tree, site: &Site) -> Vec<Diagnostic> {
        let path = format!("{}issues.md", site.folder());
        let Some(list) = self.files.get(&path).and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let bodies = tree.functions.iter().flat_map(|function| &function.body.statements);
        for statement in tree.statements.iter().chain(bodies) {
            statement.walk(&mut |node| {
                let Kind::Map(fields) = &node.kind else { return };
                for field in fields.iter().filter(|field| field.name.text == "issue") {
                    let Some(id) = field.value.as_text().filter(|id| crate::runbook::issue(list, id).is_none()) else {
                        continue;
                    };
                    let message = format!("{path} does not explain {id}");
                    let told = Diagnostic::warning("W0314", message, &tree.file, field.value.span);
                    found.push(told.help("add a section to it: its heading begins with the id"));
                }
            });
        }
        found
    }
}

/// At the text itself, where it stands in the header.
fn told(tree: &Tree, message: String, text: &str) -> Diagnostic {
    let mut span = Span::default();
    if let Some(call) = runbook_call(tree) {
        span = call.name.span;
        for arg in &call.args {
            arg.walk(&mut |node| {
                if node.as_text() == Some(text) {
                    span = node.span;
                }
            });
        }
    }
    Diagnostic::error("E0318", message, &tree.file, span)
}
