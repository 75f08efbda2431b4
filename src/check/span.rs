//! Places in a source text, and names with their places.

use compact_str::CompactString;

pub(super) use crate::script::narrow;
pub(super) use crate::script::place_of;

/// A stretch of source text: lines and columns count from 1, the end is the first place after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The line of its first character; 0 when the place is not known.
    pub line: u32,
    /// The column of its first character.
    pub column: u32,
    /// The line in which it ends.
    pub end_line: u32,
    /// The column after its last character.
    pub end_column: u32,
}

impl Span {
    /// A single place, whose extent is not known.
    #[must_use]
    pub const fn at(line: u32, column: u32) -> Self {
        Self { line, column, end_line: line, end_column: column }
    }

    /// Whether it names a place at all.
    #[must_use]
    pub const fn is_known(self) -> bool {
        self.line > 0
    }

    /// From the earlier start to the later end.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if !self.is_known() || !other.is_known() {
            return if self.is_known() { self } else { other };
        }
        let (line, column) = (self.line, self.column).min((other.line, other.column));
        let (end_line, end_column) = (self.end_line, self.end_column).max((other.end_line, other.end_column));
        Self { line, column, end_line, end_column }
    }

    /// The word that it begins with.
    #[must_use]
    pub fn word(self, word: &str) -> Self {
        Self { end_line: self.line, end_column: self.column + narrow(word.len()), ..self }
    }

    /// Whether that other stretch lies inside this one.
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        (self.line, self.column) <= (other.line, other.column)
            && (other.end_line, other.end_column) <= (self.end_line, self.end_column)
    }
}

/// A name and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: CompactString,
    /// Where it stands.
    pub span: Span,
}
