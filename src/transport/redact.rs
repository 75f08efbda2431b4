//! Takes secrets out of texts that are kept: known values in every form they travel in, and known places.
//!
//! It errs towards hiding too much. It cannot know a secret that is neither in a request nor in a known place.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use super::places;
use super::{Input, Request, Secret};

/// What stands where a secret stood.
pub const MASK: &str = "(secret)";

/// Below this length a value is too common to be searched for; it is still hidden in known places.
const SHORTEST: usize = 4;

/// So many bytes of a form tell it from nearly every other text.
const TELLING: usize = 8;

/// The secrets known so far, in the forms they travel in.
#[derive(Clone, Default)]
pub struct Redaction {
    known: BTreeSet<String>,
    forms: BTreeSet<(Reverse<usize>, String)>,
    /// Finds where any of the forms may begin; built when it is first asked for.
    search: OnceLock<Option<AhoCorasick>>,
}

/// Two are the same that know the same secrets.
impl PartialEq for Redaction {
    fn eq(&self, other: &Self) -> bool {
        self.known == other.known && self.forms == other.forms
    }
}

impl std::fmt::Debug for Redaction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redaction({} secrets)", self.known.len())
    }
}

impl Redaction {
    /// Nothing known yet; known places are hidden all the same.
    pub fn new() -> Self {
        Self::default()
    }

    /// Learns a secret; false when it was known.
    pub fn learn(&mut self, secret: &Secret) -> bool {
        let text = secret.expose();
        if text.trim().len() < SHORTEST || !self.known.insert(text.to_string()) {
            return false;
        }
        let long_enough = forms(text).into_iter().filter(|form| form.len() >= SHORTEST);
        self.forms.extend(long_enough.map(|form| (Reverse(form.len()), form)));
        self.search = OnceLock::new();
        true
    }

    /// Learns every secret of a request; true when one of them is new.
    pub fn learn_from(&mut self, request: &Request) -> bool {
        let mut new = false;
        for input in inputs(request) {
            if let Input::Secret(secret) = input {
                new |= self.learn(secret);
            }
        }
        new
    }

    /// Whether no secret is known.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// The text without known secrets; places that only look like one's are left alone.
    pub fn known(&self, text: &str) -> String {
        self.known_values(text)
    }

    /// The text without secrets.
    pub fn text(&self, text: &str) -> String {
        places::mask(&self.known_values(text), &|inner| self.known_values(inner))
    }

    /// The bytes without secrets; bytes that are not UTF-8 are searched as well.
    pub fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.text(text).into_bytes(),
            Err(_) => {
                let known = |text: &str| self.masked(text, |form| to_latin1(form.as_bytes()));
                from_latin1(&places::mask(&known(&to_latin1(bytes)), &known))
            }
        }
    }

    /// The text without known values; known places are left alone.
    pub(super) fn known_values(&self, text: &str) -> String {
        if self.may_be_in(text) { self.masked(text, str::to_string) } else { text.to_string() }
    }

    /// Whether the begin of some form stands in the text: nearly all texts hold none, and a journal has many.
    fn may_be_in(&self, text: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let build = || {
            let begins: BTreeSet<&[u8]> =
                self.forms.iter().map(|(_, form)| &form.as_bytes()[..form.len().min(TELLING)]).collect();
            AhoCorasick::builder().kind(Some(AhoCorasickKind::NoncontiguousNFA)).build(begins).ok()
        };
        // Without a search each form is looked for by itself.
        self.search.get_or_init(build).as_ref().is_none_or(|search| search.is_match(text))
    }

    fn masked(&self, text: &str, as_written: impl Fn(&str) -> String) -> String {
        // longest first, so that no form leaves the rest of a longer one behind
        self.forms.iter().fold(text.to_string(), |text, (_, form)| {
            let form = as_written(form);
            if text.contains(&form) { text.replace(&form, MASK) } else { text }
        })
    }
}

fn inputs(request: &Request) -> Vec<&Input> {
    match request {
        Request::Command(command) => command.stdin.iter().chain(command.env.values()).collect(),
        Request::Http(http) => http.headers.iter().map(|(_, value)| value).chain(&http.body).collect(),
    }
}

/// One character a byte, so that text functions can search what is not text.
fn to_latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

fn from_latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
}

/// The forms in which a value may show up in an answer.
fn forms(text: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    let lines = text.lines().map(str::trim).filter(|line| line.len() >= 8 && *line != text);
    for value in [text, text.trim()].into_iter().chain(lines) {
        forms.insert(value.to_string());
        forms.extend(escaped_forms(value));
        forms.extend(percent_forms(value));
        forms.extend(base64_forms(value));
        forms.insert(hex(value.as_bytes(), |byte| format!("{byte:02x}")));
        forms.insert(hex(value.as_bytes(), |byte| format!("{byte:02X}")));
    }
    // `Token X`, `Bearer X`, `Basic X`: what follows the word is the secret
    if let Some((_, value)) =
        text.trim().split_once(' ').filter(|(word, _)| ["Token", "Bearer", "Basic"].contains(word))
    {
        forms.extend(self::forms(value));
    }
    forms
}

fn escaped_forms(value: &str) -> Vec<String> {
    let json = json_escaped(value);
    let ascii: String = json.chars().map(ascii_escaped).collect();
    let quoted = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    vec![
        json_escaped(&json),
        json.replace('/', "\\/"),
        json_escaped(&ascii),
        ascii,
        json,
        quoted.replace('\'', "&#39;"),
        quoted.replace('\'', "&#x27;"),
        quoted,
        value.replace('\'', r"'\''"),
        value.replace('\'', r#"'"'"'"#),
        value.replace('\'', "''"),
        value.replace('\'', r"\'"),
        shell_escaped(value),
    ]
}

fn json_escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_string()
}

fn ascii_escaped(c: char) -> String {
    if c.is_ascii() {
        return c.to_string();
    }
    c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}

fn shell_escaped(value: &str) -> String {
    let escape =
        |c: char| if c.is_alphanumeric() || "-_./:=@%+,".contains(c) { c.to_string() } else { format!("\\{c}") };
    value.chars().map(escape).collect()
}

fn percent_forms(value: &str) -> Vec<String> {
    let encode = |kept: &str, upper: bool| -> String {
        let one = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() || kept.contains(char::from(byte)) => char::from(byte).to_string(),
            byte if upper => format!("%{byte:02X}"),
            byte => format!("%{byte:02x}"),
        };
        value.bytes().map(one).collect()
    };
    let mut forms = Vec::new();
    for kept in ["-_.~", "-_.~/", "-_.!~*'()", "-_.", "-_.*"] {
        for upper in [true, false] {
            let form = encode(kept, upper);
            forms.push(form.replace("%20", "+"));
            forms.push(form);
        }
    }
    forms.push(hex(value.as_bytes(), |byte| format!("%{byte:02X}")));
    forms
}

fn hex(bytes: &[u8], digit: impl Fn(&u8) -> String) -> String {
    bytes.iter().map(digit).collect()
}

/// Base64 of the value alone, wrapped, and within a longer text at each of the three offsets.
fn base64_forms(value: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for engine in [STANDARD, URL_SAFE] {
        let whole = engine.encode(value);
        for width in [64, 76] {
            let chunks = whole.as_bytes().chunks(width).filter(|chunk| chunk.len() >= 16);
            forms.extend(chunks.map(|chunk| String::from_utf8_lossy(chunk).into_owned()));
        }
        forms.push(whole.trim_end_matches('=').to_string());
        forms.push(whole);
        forms.extend((0..3).filter_map(|offset| within_base64(&engine, value, offset)));
    }
    forms
}

fn within_base64(engine: &impl Engine, value: &str, offset: usize) -> Option<String> {
    let padded = [vec![0; offset], value.as_bytes().to_vec()].concat();
    let (first, end) = ((offset * 8).div_ceil(6), padded.len() * 8 / 6);
    let inner = engine.encode(&padded).get(first..end)?.to_string();
    (inner.len() >= 6).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

    fn knowing(secret: &str) -> Redaction {
        let mut redaction = Redaction::new();
        assert!(redaction.learn(&Secret::new(secret)));
        assert!(!redaction.learn(&Secret::new(secret)), "known by now");
        redaction
    }

    #[test]
    fn a_known_secret_is_hidden_in_every_form() {
        let secret = "c&n\"ry/ p'ass<\u{e9}\\>+1";
        let redaction = knowing(secret);
        let json = serde_json::to_string(secret).expect("json");
        let twice = serde_json::to_string(&json).expect("json");
        let written = [
            secret.to_string(),
            json.clone(),
            twice,
            json.replace('\u{e9}', "\\u00e9"),
            json.replace('/', "\\/"),
            STANDARD.encode(secret),
            STANDARD_NO_PAD.encode(secret),
            URL_SAFE.encode(secret),
            URL_SAFE_NO_PAD.encode(secret),
            STANDARD.encode(format!("admin:{secret}")),
            STANDARD.encode(format!("u:{secret}:and more")),
            STANDARD.encode(format!("ab:{secret}!")),
            "c%26n%22ry%2F%20p%27ass%3C%C3%A9%5C%3E%2B1".to_string(),
            "c%26n%22ry%2f%20p%27ass%3c%c3%a9%5c%3e%2b1".to_string(),
            "c%26n%22ry%2F+p%27ass%3C%C3%A9%5C%3E%2B1".to_string(),
            "c%26n%22ry/%20p%27ass%3C%C3%A9%5C%3E%2B1".to_string(),
            "c&amp;n&quot;ry/ p&#39;ass&lt;\u{e9}\\&gt;+1".to_string(),
            secret.replace('\'', r"'\''"),
            secret.replace('\'', "''"),
            secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
            secret.bytes().map(|byte| format!("{byte:02X}")).collect(),
        ];
        for (at, form) in written.iter().enumerate() {
            let masked = redaction.text(&format!("before {form} after"));
            assert!(masked.contains(MASK), "form {at} {form}: {masked}");
            let left = masked.replace(MASK, "").replace("before ", "").replace(" after", "");
            assert!(left.len() <= form.len() - secret.len() + 4, "form {at}: {left} is left of {form}");
        }
    }

    #[test]
    fn a_word_before_a_token_does_not_hide_it() {
        let redaction = knowing("Token 0123456789abcdef");
        assert_eq!(redaction.text("key 0123456789abcdef"), "key (secret)");
        assert_eq!(redaction.text("Token 0123456789abcdef"), MASK);
    }

    #[test]
    fn each_line_of_a_secret_is_hidden_when_it_is_indented_anew() {
        let redaction = knowing("first line of it\nsecond line of it\n");
        assert_eq!(redaction.text("  first line of it\n    second line of it\n"), "  (secret)\n    (secret)\n");
    }

    #[test]
    fn bytes_that_are_not_text_are_searched_too() {
        let redaction = knowing("can\u{e9}ry-1");
        let bytes = [b"\xff\xfe".as_slice(), "can\u{e9}ry-1".as_bytes(), b"\x80"].concat();
        assert_eq!(redaction.bytes(&bytes), [b"\xff\xfe".as_slice(), MASK.as_bytes(), b"\x80"].concat());
        assert_eq!(Redaction::new().bytes(&bytes), bytes, "and come back unchanged otherwise");
    }

    #[test]
    fn a_value_too_short_to_search_for_changes_nothing() {
        let mut redaction = Redaction::new();
        assert!(!redaction.learn(&Secret::new("ab")));
        assert_eq!(redaction.text("cab"), "cab");
    }

    #[test]
    fn debug_shows_no_secret() {
        assert!(!format!("{:?}", knowing("canary")).contains("canary"));
    }

    /// Real answers keep their shape: only texts are replaced, and only whole ones.
    #[test]
    fn real_answers_keep_their_shape() {
        let Some(captures) = std::env::var_os("OMEGA_CAPTURES") else {
            eprintln!("OMEGA_CAPTURES is not set: masking was NOT tried on real answers");
            return;
        };
        let (redaction, mut tried) = (Redaction::new(), 0);
        each_file(captures.as_ref(), &mut |path| {
            let Ok(text) = std::fs::read_to_string(path) else { return };
            let masked = redaction.text(&text);
            assert_eq!(masked.lines().count(), text.lines().count(), "{}", path.display());
            if let Ok(value) = serde_json::from_str(&text) {
                let masked = serde_json::from_str(&masked);
                same_shape(&value, &masked.unwrap_or_else(|error| panic!("{}: {error}", path.display())), path);
                tried += 1;
            }
        });
        assert!(tried > 100, "only {tried} JSON files in {}", captures.display());
    }

    fn each_file(directory: &std::path::Path, visit: &mut dyn FnMut(&std::path::Path)) {
        for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
            match entry.path() {
                path if path.is_dir() => each_file(&path, visit),
                path => visit(&path),
            }
        }
    }

    fn same_shape(one: &serde_json::Value, other: &serde_json::Value, path: &std::path::Path) {
        use serde_json::Value::{Array, Object, String};
        match (one, other) {
            (Object(one), Object(other)) => {
                assert!(one.keys().eq(other.keys()), "{}", path.display());
                one.iter().for_each(|(key, value)| same_shape(value, &other[key], path));
            }
            (Array(one), Array(other)) => {
                assert_eq!(one.len(), other.len(), "{}", path.display());
                one.iter().zip(other).for_each(|(one, other)| same_shape(one, other, path));
            }
            (String(_), String(masked)) if masked.contains(MASK) => {}
            (one, other) => assert_eq!(one, other, "{}", path.display()),
        }
    }
}
