//! Words of the scripts that are another word of the repository with two letters turned round, or one of two left out:
//! `vautl:ha`, `admin-pasword`. What is looked for by such a word is never found, and a gate that wants none of it passes.
//! Of what people read, the names of gates and waits alone: those that are another one but for a letter.

use rustc_hash::FxHashMap;

use crate::check::Diagnostic;
use crate::check::lints::{ADVICE, PROSE};
use crate::check::shape::GATES;
use crate::check::tree::{Call, Kind, Node, Span, Tree};

/// Shorter words are too often another one turned round.
const SHORTEST: usize = 5;

/// Words that are right beside their like: `field` and `filed`.
const RIGHT: [&str; 28] = [
    "angel", "angle", "casual", "causal", "dairy", "diary", "field", "filed", "files", "flies", "quiet", "quite",
    "sacred", "scared", "silver", "sliver", "there", "three", "trail", "trial", "united", "untied", "coming", "desert",
    "filing", "hoping", "planing", "staring",
];

/// Calls that bear a name or a title, beside the gates.
const TITLED: [&str; 4] = ["exit_gate", "runbook", "step", "wait_until"];

/// A word, in the letters that it was first written in.
struct Word<'a> {
    letters: &'a [u8],
    count: usize,
    /// Where it was first written, in a script.
    place: Option<(&'a Tree, Span)>,
    /// The one before it that is made of the same letters.
    alike: Option<usize>,
}

/// The words of a repository, by the letters that they are made of.
#[derive(Default)]
pub(super) struct Words<'a> {
    all: Vec<Word<'a>>,
    /// The last one that is made of these letters.
    by_letters: FxHashMap<u64, usize>,
    /// What people read, of the call or the map that is gone through.
    prose: Vec<Span>,
    /// The names of gates and waits of several words.
    names: Vec<(&'a str, &'a Tree, Span)>,
}

impl<'a> Words<'a> {
    /// A word of the bundle.
    pub(super) fn right(&mut self, word: &'a str) {
        self.text(word, None);
    }

    /// Those of a script, outer nodes before inner ones.
    pub(super) fn node(&mut self, tree: &'a Tree, node: &'a Node) {
        match &node.kind {
            Kind::Text(text) if !self.prose.iter().any(|outer| outer.holds(node.span)) => {
                self.text(text, Some((tree, node.span)));
            }
            Kind::Call(Call { path, name, args, .. }) if path.is_empty() && is_for_people(&name.text) => {
                let texts = args.iter().filter(|arg| matches!(arg.kind, Kind::Text(_) | Kind::Template(_)));
                self.prose = texts.map(|arg| arg.span).collect();
                let first = args.first().filter(|_| !PROSE.contains(&name.text.as_str()));
                let named = first.and_then(|first| Some((first.as_text()?, tree, first.span)));
                self.names.extend(named.filter(|(name, ..)| name.contains(' ')));
            }
            Kind::Map(fields) => {
                let is_advice = |name: &str| ADVICE.contains(&name) || name == "subject";
                let advice = fields.iter().filter(|field| is_advice(&field.name.text));
                self.prose.extend(advice.map(|field| field.value.span));
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &'a str, place: Option<(&'a Tree, Span)>) {
        let words = text.as_bytes().split(|byte| !byte.is_ascii_alphabetic());
        for letters in words.filter(|letters| letters.len() >= SHORTEST) {
            let sum = sum(letters);
            let known = self.alike(sum).find(|at| self.all[*at].letters.eq_ignore_ascii_case(letters));
            match known {
                Some(at) => self.all[at].count += 1,
                None => {
                    let alike = self.by_letters.insert(sum, self.all.len());
                    self.all.push(Word { letters, count: 1, place, alike });
                }
            }
        }
    }

    /// The words that are made of these letters.
    fn alike(&self, sum: u64) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.by_letters.get(&sum).copied(), |at| self.all[*at].alike)
    }

    /// Words that stand in one place alone, beside one that stands in several, or in the bundle; of two that stand in one
    /// place each, one is misspelt too.
    pub(super) fn told(&self, sources: &[&str]) -> Vec<Diagnostic> {
        let is_once = |word: &Word<'_>| {
            let letters = String::from_utf8_lossy(word.letters);
            word.place.is_some() && sources.iter().map(|text| text.matches(&*letters).count()).sum::<usize>() == 1
        };
        let mut found = Vec::new();
        for slip in self.all.iter().filter(|word| word.count == 1) {
            let Some((tree, span)) = slip.place else { continue };
            let Some((meant, how)) = self.meant(slip).filter(|_| !is_right(slip.letters)) else { continue };
            let is_second =
                || slip.letters.len() == SHORTEST || meant.place.is_some_and(|place| at(place) < at((tree, span)));
            if is_once(slip) && (!is_once(meant) || how == TURNED && !is_second()) {
                found.push(slip_of(tree, span, (slip, meant), how));
            }
        }
        found
    }

    /// Names that are another one but for a letter of one word, which stands nowhere else.
    pub(super) fn names_told(&mut self, sources: &[&str]) -> Vec<Diagnostic> {
        let all = || sources.iter().flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()));
        let places = |word: &str| all().filter(|other| *other == word).count();
        let mut found = Vec::new();
        self.names.sort_unstable_by_key(|(name, tree, span)| (*name, at((*tree, *span))));
        for two in self.names.windows(2) {
            let Some((first, second)) = other_word(two[0].0, two[1].0) else { continue };
            let (slip, slip_at, right, right_at) = match (places(first), places(second)) {
                (1, 2..) => (first, two[0], second, two[1]),
                (2.., 1) => (second, two[1], first, two[0]),
                _ => continue,
            };
            let message = format!("{slip:?} is {right:?} but for a letter");
            let told = Diagnostic::warning("W0363", message, &slip_at.1.file, slip_at.2);
            let told = told.note(format!("{:?} stands at {}:{}", right_at.0, right_at.1.file, right_at.2.line));
            found.push(told.help(format!("write {right}; or call it otherwise, if {slip} is right")));
        }
        found
    }

    /// The word that this one is with two letters turned round, or with one of two left out.
    fn meant(&self, slip: &Word<'_>) -> Option<(&Word<'a>, &'static str)> {
        let sum = sum(slip.letters);
        let alike = |sum: u64| self.alike(sum).map(|at| &self.all[at]);
        if let Some(word) = alike(sum).find(|word| is_turned(slip.letters, word.letters)) {
            return Some((word, TURNED));
        }
        let mut twice = slip.letters.iter().flat_map(|letter| alike(sum + weight(*letter)));
        let is_long = slip.letters.len() > SHORTEST;
        twice.find(|word| is_long && is_doubled(slip.letters, word.letters)).map(|word| (word, LEFT_OUT))
    }
}

/// The one word by which two names differ, where it differs by a letter alone: neither is a form of the other.
fn other_word<'n>(one: &'n str, other: &'n str) -> Option<(&'n str, &'n str)> {
    if one.len().abs_diff(other.len()) > 1 {
        return None;
    }
    let mut differing = one.split(' ').zip(other.split(' ')).filter(|(a, b)| a != b);
    let (a, b) = differing.next().filter(|_| differing.next().is_none())?;
    let is_same_length = one.split(' ').count() == other.split(' ').count();
    let is_word = |word: &str| word.len() >= SHORTEST && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    let is_form = || long.strip_prefix(short).is_some_and(|end| FORMS.contains(&end));
    let is_slip = if a.len() == b.len() { is_turned(a.as_bytes(), b.as_bytes()) } else { !is_form() };
    let is_right = [a, b].iter().any(|word| is_right(word.as_bytes()));
    (is_same_length && is_word(a) && is_word(b) && !is_right && is_slip && strsim::osa_distance(a, b) == 1)
        .then_some((a, b))
}

/// What is put behind a word to make another form of it.
const FORMS: [&str; 7] = ["d", "e", "n", "r", "s", "t", "y"];

/// What may be wrong with a word.
const TURNED: &str = "with two letters turned round";
const LEFT_OUT: &str = "with one of two letters left out";

/// Where a word stands, to be ordered by.
fn at((tree, span): (&Tree, Span)) -> (&str, u32, u32) {
    (&tree.file, span.line, span.column)
}

fn slip_of(tree: &Tree, span: Span, (slip, meant): (&Word<'_>, &Word<'_>), how: &str) -> Diagnostic {
    let [written, right] = [slip, meant].map(|word| String::from_utf8_lossy(word.letters));
    let message = format!("{written:?} is {right:?} {how}");
    let told = Diagnostic::warning("W0363", message, &tree.file, span);
    let told = told.note(match meant.place {
        Some((tree, span)) => format!("{right:?} stands at {}:{}", tree.file, span.line),
        None => format!("{right:?} stands in the bundle"),
    });
    let told = told.note("what is looked for by a word that is misspelt is never found");
    told.help(format!("write {right}; or correct it there, if {written} is right"))
}

/// The same for the same letters, in whatever order and size.
fn sum(letters: &[u8]) -> u64 {
    letters.iter().map(|letter| weight(*letter)).sum()
}

fn weight(letter: u8) -> u64 {
    u64::from(letter | 0x20).pow(3)
}

fn is_right(letters: &[u8]) -> bool {
    RIGHT.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(letters))
}

/// A call whose texts people read.
fn is_for_people(name: &str) -> bool {
    PROSE.contains(&name) || GATES.contains(&name) || TITLED.contains(&name)
}

/// Whether one is the other with two neighbours turned round: the same letters, and one step from each other.
fn is_turned(one: &[u8], other: &[u8]) -> bool {
    let small = |letters: &[u8]| String::from_utf8_lossy(letters).to_ascii_lowercase();
    let is_same = || one.eq_ignore_ascii_case(other);
    sum(one) == sum(other) && !is_same() && strsim::osa_distance(&small(one), &small(other)) == 1
}

/// Whether the other has a letter twice that stands once in this one: `pasword` of `password`.
fn is_doubled(one: &[u8], other: &[u8]) -> bool {
    let at = one.iter().zip(other).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count();
    other.len() == one.len() + 1
        && at > 0
        && other[at].eq_ignore_ascii_case(&other[at - 1])
        && one[at..].eq_ignore_ascii_case(&other[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_another_one_turned_round_by_two_neighbours_alone() {
        for (one, other, wanted) in [
            ("vautl", "vault", true),
            ("ONLNIE", "online", true),
            ("tluav", "vault", false),
            ("vaulx", "vault", false),
            ("valut", "vault", true),
            ("vutal", "vault", false),
            ("vault", "vault", false),
            ("vaultl", "vault", false),
        ] {
            assert_eq!(is_turned(one.as_bytes(), other.as_bytes()), wanted, "{one} {other}");
        }
        for (one, other, wanted) in
            [("pasword", "password", true), ("isuing", "issuing", true), ("unit", "units", false)]
        {
            assert_eq!(is_doubled(one.as_bytes(), other.as_bytes()), wanted, "{one} {other}");
        }
        for (one, other, wanted) in [
            ("groups of the healt manager", "groups of the health manager", true),
            ("groups of the helath manager", "groups of the health manager", true),
            ("hosts are released", "hosts are release", false),
            ("name of the server", "name of the servers", false),
            ("files of phase three", "files of phase there", false),
            ("address of node", "address of nodes now", false),
        ] {
            assert_eq!(other_word(one, other).is_some(), wanted, "{one} {other}");
        }
        assert_eq!(sum(b"vautl"), sum(b"VAULT"));
        assert!(is_right(b"There") && !is_right(b"vault"));
    }
}
