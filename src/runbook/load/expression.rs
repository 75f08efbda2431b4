//! One expression that a person typed, checked before it asks anything.

use super::{Repo, Site, TABLE, host_names, is_sound, modules};
use crate::check::{self, Diagnostic, Severity, Sources, shape, types};

/// What messages call it.
const NAME: &str = "expression";

impl Repo {
    /// What is wrong with an expression, as a person reads it; nothing when it may be asked.
    #[must_use]
    pub fn expression(&self, text: &str, site: &Site, colour: bool) -> Option<String> {
        let found = self.wrong_in(text, site);
        let errors: Vec<&Diagnostic> = found.iter().filter(|found| found.severity == Severity::Error).collect();
        let mut texts: Sources = self.texts();
        texts.insert(NAME, text);
        let rendered: Vec<String> = errors.iter().map(|found| found.render(&texts, colour)).collect();
        (!rendered.is_empty()).then(|| rendered.join("\n"))
    }

    fn wrong_in(&self, text: &str, site: &Site) -> Vec<Diagnostic> {
        let pure = self.pure(site);
        let tree = match check::expression(NAME, text, host_names(), &|source| pure.1.compile(source)) {
            Ok(tree) => tree,
            Err(refused) => return vec![*refused],
        };
        let mut found = shape::imports(&tree, &pure.0);
        let libraries = self.libraries(&pure, modules(&tree), &mut found);
        if is_sound(&found) {
            // Who asks by hand names hosts by hand.
            let told = types::runbook(&TABLE, &tree, &libraries).found.into_iter();
            found.extend(told.filter(|found| found.id != "E0302"));
        }
        found
    }
}
