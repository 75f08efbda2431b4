//! Code that stands in a comment: mostly it was taken out for a look, and forgotten.

use super::span::narrow;
use super::tokens::Tokens;
use super::tree::Tree;

impl Tree {
    /// The first line of a comment that is written as code and says this.
    #[must_use]
    pub fn commented_out(&self, said: &str) -> Option<u32> {
        let tokens = Tokens::of(&self.source);
        let is_outside = |byte: usize| tokens.iter().all(|token| !token.bytes().contains(&byte));
        let says = |(number, line): (usize, &str)| {
            let at = line.find(said).filter(|_| is_code(line))?;
            let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
            let is_whole = !line[..at].ends_with(is_word);
            (is_whole && is_outside(self.lines.get(number)? + at)).then(|| narrow(number + 1))
        };
        self.source.lines().enumerate().find_map(says)
    }
}

/// Whether a line ends as a statement or a block does, and is no line for readers.
fn is_code(line: &str) -> bool {
    let line = line.trim();
    let is_for_readers = ["///", "//!"].iter().any(|mark| line.starts_with(mark));
    let end = line.strip_suffix("*/").unwrap_or(line).trim_end();
    !is_for_readers && end.ends_with([';', '{', '}'])
}

#[cfg(test)]
mod tests {
    use super::super::testing::tree;

    #[test]
    fn code_in_a_comment_is_told_from_prose_and_texts() {
        for (source, line) in [
            ("let a = 1;\n// near::asked();\n", Some(2)),
            ("/*\n  gate(\"x\", near::asked());\n*/\n", Some(2)),
            ("/* near::asked(|| {\n}); */\n", Some(1)),
            ("// near::asked is gone\n", None),
            ("/// near::asked();\nfn f() {}\n", None),
            ("// so_near::asked();\n", None),
            ("let a = \"near::asked();\";\n", None),
            ("let a = near::asked();\n", None),
        ] {
            assert_eq!(tree("a.rhai", source).commented_out("near::"), line, "{source}");
        }
    }
}
