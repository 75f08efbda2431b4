//! Places: the protocol counts lines from 0 and units of an encoding, the check counts lines and letters from 1, texts
//! are bytes.

use lsp_types::{Position, PositionEncodingKind, Range};

use crate::check::tree::Span;
use crate::script::narrow;

/// What a column counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16, which every client knows.
    Utf16,
}

impl Encoding {
    /// The best of those that a client offers.
    pub fn among(offered: Option<&Vec<PositionEncodingKind>>) -> Self {
        let has_bytes = offered.is_some_and(|kinds| kinds.contains(&PositionEncodingKind::UTF8));
        if has_bytes { Encoding::Utf8 } else { Encoding::Utf16 }
    }

    /// Its name in the protocol.
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    fn width(self, letter: char) -> usize {
        match self {
            Encoding::Utf8 => letter.len_utf8(),
            Encoding::Utf16 => letter.len_utf16(),
        }
    }
}

/// The offset of a position; behind the end of a line it is the line's end, behind the last line the text's.
pub fn offset(text: &str, at: Position, encoding: Encoding) -> usize {
    let Some(start) = starts(text).nth(at.line as usize) else { return text.len() };
    let mut units = 0;
    for (place, letter) in text[start..].char_indices() {
        if units >= at.character as usize || matches!(letter, '\n' | '\r') {
            return start + place;
        }
        units += encoding.width(letter);
    }
    text.len()
}

/// The position of an offset.
pub fn position(text: &str, offset: usize, encoding: Encoding) -> Position {
    let offset = offset.min(text.len());
    let (line, start) = starts(text).take_while(|start| *start <= offset).enumerate().last().unwrap_or_default();
    let before = text.get(start..offset).unwrap_or_default();
    let units: usize = before.chars().map(|letter| encoding.width(letter)).sum();
    Position { line: count(line), character: count(units) }
}

/// The range of a span of the check; what has no place is the first line's.
pub fn range(text: &str, span: Span, encoding: Encoding) -> Range {
    if !span.is_known() {
        return Range { start: Position::default(), end: Position { line: 0, character: 0 } };
    }
    let start = letter(text, span.line, span.column);
    let end = letter(text, span.end_line, span.end_column).max(start);
    Range { start: position(text, start, encoding), end: position(text, end, encoding) }
}

/// The line and the column of an offset, as the check counts them.
pub fn place(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    (narrow(line), narrow(before.rsplit('\n').next().unwrap_or_default().chars().count() + 1))
}

/// The offset of a line and a column of the check.
pub fn letter(text: &str, line: u32, column: u32) -> usize {
    let mut start = 0;
    for _ in 1..line {
        start = text[start..].find('\n').map_or(text.len(), |at| start + at + 1);
    }
    let rest = &text[start..];
    let letters = rest.char_indices().take_while(|(_, letter)| *letter != '\n').map(|(at, _)| at);
    let end = rest.find('\n').unwrap_or(rest.len());
    letters.chain([end]).nth(column.saturating_sub(1) as usize).map_or(start + end, |at| start + at)
}

/// Where lines start, as the protocol divides a text: after LF, CR LF and CR.
fn starts(text: &str) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let ends = (0..bytes.len()).filter(move |at| match bytes[*at] {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    std::iter::once(0).chain(ends.map(|at| at + 1))
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One letter of one byte, of two, and of four (two units of UTF-16).
    const TEXT: &str = "ab\r\n\u{e9}\u{1f600}x\ny";

    #[test]
    fn columns_count_what_was_agreed() {
        let at = |line, character| Position { line, character };
        for (encoding, column) in [(Encoding::Utf16, 3), (Encoding::Utf8, 6)] {
            let x = TEXT.find('x').expect("there");
            assert_eq!(offset(TEXT, at(1, column), encoding), x);
            assert_eq!(position(TEXT, x, encoding), at(1, column));
        }
        assert_eq!(offset(TEXT, at(0, 99), Encoding::Utf16), 2, "a line ends before its line end");
        assert_eq!(offset(TEXT, at(99, 0), Encoding::Utf16), TEXT.len());
        assert_eq!(position(TEXT, TEXT.len(), Encoding::Utf16), at(2, 1));
    }

    #[test]
    fn spans_of_the_check_count_letters() {
        let span = Span { line: 2, column: 3, end_line: 2, end_column: 4 };
        let found = range(TEXT, span, Encoding::Utf16);
        assert_eq!((found.start.line, found.start.character, found.end.character), (1, 3, 4));
        assert_eq!(place(TEXT, TEXT.find('x').expect("there")), (2, 3));
        assert_eq!(letter(TEXT, 2, 3), TEXT.find('x').expect("there"));
        assert_eq!(letter(TEXT, 9, 9), TEXT.len());
        assert_eq!(letter("a\nb", 1, 9), 1, "a column behind the line is the line's end");
    }

    #[test]
    fn the_best_encoding_of_a_client_is_taken() {
        assert_eq!(Encoding::among(None), Encoding::Utf16);
        let offered = vec![PositionEncodingKind::UTF16, PositionEncodingKind::UTF8];
        assert_eq!(Encoding::among(Some(&offered)), Encoding::Utf8);
    }
}
