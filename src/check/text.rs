//! Rules of the bare text: what a reviewer's eye, a diff or a terminal may not be deceived by.
//!
//! They need no parse, so they hold for a text that does not compile, and they name what Rhai would report less plainly.

use std::collections::BTreeMap;

use super::{
    message::Diagnostic,
    span::narrow,
    tokens::{Sort, Token, Tokens},
    tree::Span,
};

/// Numbers that the language would take for others.
pub(super) fn numbers(
    file: &str,
    source: &str,
    tokens: &Tokens<'_>,
    units: &BTreeMap<String, String>,
) -> Vec<Diagnostic> {
    let wrong = tokens.iter().enumerate().filter_map(|(at, token)| Some((at, number(file, source, token)?)));
    wrong.map(|(at, told)| with_a_unit(told, tokens, at, units)).collect()
}

/// How long is what people write behind a number.
const SECONDS: [(&str, i64); 6] = [("s", 1), ("sec", 1), ("m", 60), ("min", 60), ("h", 3_600), ("d", 86_400)];

/// `15s`: a number with what it is counted in behind it.
fn with_a_unit(mut told: Diagnostic, tokens: &Tokens<'_>, at: usize, units: &BTreeMap<String, String>) -> Diagnostic {
    let written = tokens.text(at);
    let letters = written.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &written[..written.len() - letters.len()];
    let is_unit = !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !is_unit || digits.is_empty() || digits == "0" {
        return told;
    }
    let option = at.checked_sub(2).filter(|_| tokens.text(at.wrapping_sub(1)) == ":").map(|key| tokens.text(key));
    let unit = option.and_then(|option| Some((option, units.get(option)?)));
    let in_seconds = || {
        let (_, seconds) = SECONDS.iter().find(|(name, _)| *name == letters)?;
        digits.parse::<i64>().ok()?.checked_mul(*seconds)
    };
    let alone = match unit {
        Some((option, unit)) if unit == "seconds" && in_seconds().is_some() => {
            format!("write {}: `{option}` is in {unit}", in_seconds().unwrap_or_default())
        }
        Some((option, unit)) if unit.starts_with(letters) => format!("write {digits}: `{option}` is in {unit}"),
        Some((option, unit)) => format!("a number stands alone, as in {digits}: `{option}` is in {unit}"),
        None => format!("a number stands alone, without its unit: write {digits}"),
    };
    told.help = vec![alone];
    told
}

/// Letters that deceive. Only the first of a kind: a file saved with CRLF has one mistake, not one a line. `bytes` may
/// be anything.
pub(super) fn letters(file: &str, bytes: &[u8]) -> Vec<Diagnostic> {
    // Many at a time: nearly every file holds none.
    let is_plain = |some: &[u8]| some.iter().fold(true, |plain, byte| plain & matches!(byte, b'\n' | b' '..=b'~'));
    if bytes.chunks(256).all(is_plain) {
        return Vec::new();
    }
    let rules: [(&str, &dyn Fn(u8) -> bool); 4] = [
        ("E0101", &|byte| !byte.is_ascii()),
        ("E0102", &|byte| byte == b'\r'),
        ("E0103", &|byte| byte == b'\t'),
        ("E0104", &|byte| byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t')),
    ];
    let found = rules.iter().filter_map(|(id, breaks)| {
        let at = bytes.iter().position(|byte| breaks(*byte))?;
        // A character of several bytes counts once.
        let count = bytes.iter().filter(|byte| breaks(**byte) && (**byte & 0xc0) != 0x80).count();
        Some(letter(id, file, bytes, at, count))
    });
    found.collect()
}

fn letter(id: &str, file: &str, bytes: &[u8], at: usize, count: usize) -> Diagnostic {
    let before = &bytes[..at];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let column = String::from_utf8_lossy(&before[start..]).chars().count() + 1;
    let (line, column) = (narrow(line), narrow(column));
    let span = Span { line, column, end_line: line, end_column: column + 1 };
    let byte = bytes[at];
    let (message, help): (String, &str) = match id {
        "E0101" => not_ascii(bytes, at),
        "E0102" => ("a carriage return".to_owned(), "save the file with LF line ends"),
        "E0103" => ("a tab".to_owned(), "indent with spaces"),
        _ => (format!("control character 0x{byte:02x}"), "remove it, or write it as an escape (\\x..) in a string"),
    };
    let diagnostic = Diagnostic::error(id, message, file, span).help(help);
    if count > 1 { diagnostic.note(format!("the first of {count} in this file")) } else { diagnostic }
}

/// The character there, by a name that tells where it comes from.
fn not_ascii(bytes: &[u8], at: usize) -> (String, &'static str) {
    let whole = (at + 1..=bytes.len().min(at + 4)).find_map(|end| std::str::from_utf8(&bytes[at..end]).ok());
    let Some(c) = whole.and_then(|text| text.chars().next()) else {
        return (format!("byte 0x{:02x} is not ASCII, nor UTF-8", bytes[at]), "save the file as plain ASCII");
    };
    let (name, help) = match c {
        '\u{feff}' => ("a byte order mark", "save the file as UTF-8 without a BOM"),
        '\u{a0}' | '\u{202f}' | '\u{2007}' => ("a blank that does not break, which looks like one", "type a blank"),
        '\u{200b}'..='\u{200f}' | '\u{2060}' => ("a character that nobody sees", "take it out"),
        '\u{201c}'..='\u{201f}' | '\u{ab}' | '\u{bb}' => ("a typographic quote", "type the plain quote \""),
        '\u{2018}'..='\u{201b}' => ("a typographic quote", "type a plain quote: \" around texts"),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => ("a typographic dash", "type the plain dash -"),
        '\u{2026}' => ("three dots in one character", "type three dots"),
        _ => ("not ASCII", "write it in ASCII; names and texts alike"),
    };
    let shown = if c.is_alphanumeric() { format!("`{c}`, ") } else { String::new() };
    let joint = if name == "not ASCII" { " is " } else { ": " };
    (format!("{shown}U+{:04X}{joint}{name}", u32::from(c)), help)
}

/// Numbers are whole and fit 64 bits. `0xffffffffffffffff` would quietly become -1.
fn number(file: &str, source: &str, token: &Token) -> Option<Diagnostic> {
    if token.sort != Sort::Number {
        return None;
    }
    let written = &source[token.bytes()];
    let digits = written.replace('_', "");
    let radix = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => 16,
        Some("0o") => 8,
        Some("0b") => 2,
        _ => 10,
    };
    let bare = if radix == 10 { &digits[..] } else { &digits[2..] };
    if i64::from_str_radix(bare, radix).is_ok() {
        return None;
    }
    let whole = !bare.is_empty() && bare.chars().all(|digit| digit.is_digit(radix));
    let message =
        if whole { format!("{written} does not fit 64 bits") } else { format!("{written} is not a whole number") };
    let diagnostic = Diagnostic::error("E0105", message, file, token.span);
    Some(if whole {
        diagnostic.note(format!("the largest number is {}", i64::MAX))
    } else {
        diagnostic.help("numbers are whole; write a smaller unit, or the text in quotes")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<(String, u32, u32)> {
        let mut found = letters("a.rhai", source.as_bytes());
        found.extend(numbers("a.rhai", source, &Tokens::of(source), &BTreeMap::new()));
        super::super::message::sort(&mut found);
        found.into_iter().map(|d| (d.id, d.span.line, d.span.column)).collect()
    }

    #[test]
    fn the_first_strange_byte_of_each_kind_is_named_with_its_place() {
        assert_eq!(found("let a = 1;\nlet b"), []);
        assert_eq!(
            found("let a = \"caf\u{e9}\";\r\n\tx \u{e9}\u{7}"),
            [
                ("E0101".to_owned(), 1, 13),
                ("E0102".to_owned(), 1, 16),
                ("E0103".to_owned(), 2, 1),
                ("E0104".to_owned(), 2, 5),
            ]
        );
        let bytes = letters("a.rhai", b"ab\n\xff\xfe");
        assert_eq!((bytes[0].span.line, bytes[0].span.column, bytes.len()), (2, 1, 1));
    }

    #[test]
    fn numbers_are_whole_and_fit() {
        assert_eq!(found("1 + 0x7f + 1_000 + a.0 + 9223372036854775807 + 0..5 + \"1.5\" /* 1.5 */"), []);
        for wrong in ["1.5", "1e9", "2.5e-3", "9223372036854775808", "0xffffffffffffffff", "0x", "0b12", "12ab"] {
            assert_eq!(found(wrong), [("E0105".to_owned(), 1, 1)], "{wrong}");
        }
    }
}
