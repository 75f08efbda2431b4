//! How the words of a bundle are written, and when one is a slip of another. It must not know what the bundle says.

/// Shorter words are near to too many others.
pub(super) const SHORTEST: usize = 6;

/// Longer texts are prose.
const WORDS: usize = 5;

/// A line without its comment.
pub(super) fn uncommented(line: &str) -> &str {
    let bytes = line.as_bytes();
    let begins = |at: &usize| bytes[*at] == b'#' && (*at == 0 || bytes[*at - 1] == b' ');
    let code = if bytes.contains(&b'#') { (0..bytes.len()).find(begins).map_or(line, |at| &line[..at]) } else { line };
    code.trim_end()
}

/// A relation, the lesser end first.
pub(super) fn spelt(a: &str, b: &str) -> String {
    format!("{} - {}", a.min(b), a.max(b))
}

const fn is_part(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// The words of a line; one with capital letters is none of theirs, and nothing is cut out of it.
pub(super) fn parts(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    let words = words.filter(|word| word.len() + 1 >= SHORTEST && !word.bytes().any(|byte| byte.is_ascii_uppercase()));
    words.map(|word| word.trim_matches('-'))
}

/// Whether it is no number.
pub(super) fn has_letters(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// A name, a unit, a relation: not prose.
pub(super) fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| is_part(byte) || matches!(byte, b' ' | b':' | b'/' | b'.' | b'_' | b'@');
    text.len() + 1 >= SHORTEST && text.bytes().all(plain) && text.bytes().filter(|byte| *byte == b' ').count() < WORDS
}

/// One letter more, less or another, or two in each other's place; numbers tell things apart on purpose, and an `s` more
/// is a plural.
pub(super) fn is_slip(written: &str, known: &str) -> bool {
    let (a, b) = (written.as_bytes(), known.as_bytes());
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let plain = |letters: &[u8]| letters.iter().all(u8::is_ascii_lowercase);
    let is_plural = tail == 0 && (a == b"s" && b.is_empty() || b == b"s" && a.is_empty());
    match (a.len(), b.len()) {
        (0, 1) | (1, 0) | (1, 1) => plain(a) && plain(b) && !is_plural || (a == b"-" || b == b"-"),
        (2, 2) => a[0] == b[1] && a[1] == b[0] && plain(a),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_names() {
        for (written, known) in
            [("ceph-ods", "ceph-osd"), ("octvia", "octavia"), ("storag", "storage"), ("keystome", "keystone")]
        {
            assert!(is_slip(written, known), "{written} {known}");
        }
        for (written, known) in
            [("openstack1", "openstack2"), ("relations", "relation"), ("cinder-ceph", "cinder-vault")]
        {
            assert!(!is_slip(written, known), "{written} {known}");
        }
    }
}
