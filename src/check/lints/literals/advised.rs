//! Commands that a gate tells people to type: what they name is what lib/ holds, or somebody types another cloud's.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Kind, Node};
use super::Look;
use crate::check::Role;

/// Programs that people are told to type.
const PROGRAMS: [&str; 4] = ["juju ", "maas ", "openstack ", "omega "];

impl<'t> Look<'t, '_> {
    /// `next: "juju switch juju-controller"`, where a constant holds the name of the controller.
    pub(super) fn advised(&mut self, node: &'t Node) {
        let parts = match &node.kind {
            Kind::Template(parts) => &parts[..],
            _ => std::slice::from_ref(node),
        };
        let begin = parts.first().and_then(Node::as_text).unwrap_or_default();
        if !begin.starts_with("--") && !PROGRAMS.iter().any(|program| begin.starts_with(program)) {
            return;
        }
        for part in parts {
            let words = part.as_text().unwrap_or_default().split([' ', ',', '`', '(', ')']);
            for word in words.filter(|word| !word.is_empty()) {
                self.typed(word, part);
            }
        }
    }

    /// A word of a command: `juju-controller`, `default-space=metal-admin`, `--set juju-model=openstack`.
    fn typed(&mut self, word: &str, part: &'t Node) {
        let (asked, value) = match word.split_once('=') {
            Some((key, value)) => (key.rsplit(['-', '_']).next().unwrap_or_default(), value),
            None => ("", word),
        };
        let asked: &[&str] = if asked.is_empty() { &[] } else { &[asked] };
        let Some((_, constant)) = self.known_at(part.span).name_of(value, asked, self.role == Role::Library) else {
            return;
        };
        let message = format!("{value:?} is {constant}, written out in a command for people");
        let told = Diagnostic::warning("W0347", message, &self.tree.file, part.span);
        let told = told.note("who changes it there does not find it here, and somebody types the old one");
        self.found.push(told.help(format!("write ${{{constant}}} in its place, the text in back-ticks")));
    }
}
