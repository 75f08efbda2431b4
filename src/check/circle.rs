//! Libraries that import each other in a circle: none of them could be the first to be read.

use std::collections::BTreeMap;

use super::message::Diagnostic;
use super::tree::Tree;

/// The first circle among these libraries, told at the import that closes it. They are by the name they are imported
/// under.
#[must_use]
pub fn check(libraries: &BTreeMap<&str, &Tree>) -> Option<Diagnostic> {
    let mut sound = Vec::new();
    libraries.keys().find_map(|name| follow(libraries, name, &mut Vec::new(), &mut sound))
}

fn follow<'l>(
    libraries: &BTreeMap<&'l str, &'l Tree>,
    name: &'l str,
    path: &mut Vec<&'l str>,
    sound: &mut Vec<&'l str>,
) -> Option<Diagnostic> {
    let tree = libraries.get(name).filter(|_| !sound.contains(&name))?;
    path.push(name);
    for (import, _) in tree.imports() {
        let Some(next) = import.as_text() else { continue };
        if let Some(from) = path.iter().position(|before| *before == next) {
            let message = format!("{next} imports itself: {} -> {next}", path[from..].join(" -> "));
            let diagnostic = Diagnostic::error("E0125", message, &tree.file, import.span);
            return Some(diagnostic.help("put what both need into a library of its own"));
        }
        if let Some(found) = follow(libraries, next, path, sound) {
            return Some(found);
        }
    }
    path.pop();
    sound.push(name);
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(texts: &[(&'static str, &str)]) -> Option<String> {
        let trees: Vec<(&str, Tree)> =
            texts.iter().map(|(name, text)| (*name, super::super::testing::tree(name, text))).collect();
        check(&trees.iter().map(|(name, tree)| (*name, tree)).collect()).map(|finding| finding.message)
    }

    #[test]
    fn a_circle_is_told_with_its_way() {
        assert_eq!(found(&[("a", "import \"b\" as b;"), ("b", "import \"c\" as c;"), ("c", "")]), None);
        let circle = [("a", "import \"b\" as b;"), ("b", "import \"c\" as c;"), ("c", "import \"b\" as b;")];
        assert_eq!(found(&circle).as_deref(), Some("b imports itself: b -> c -> b"));
        assert_eq!(found(&[("a", "import \"a\" as a;")]).as_deref(), Some("a imports itself: a -> a"));
    }
}
