//! Correct scripts with one or two words changed: whatever the check still accepts must run.

use omega::host::Clock;
use omega::runbook::Repo;

use super::world::{Dice, World, seconds, seed};
use super::{folder, on_a_large_stack};

/// A script in words: names, numbers, texts and single symbols, with the blanks between them.
fn words(source: &str) -> Vec<String> {
    let letters: Vec<char> = source.chars().collect();
    let (mut words, mut at) = (Vec::new(), 0);
    while at < letters.len() {
        let begun = at;
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        match letters[at] {
            '"' | '`' => {
                let mark = letters[at];
                at += 1;
                while at < letters.len() && letters[at] != mark {
                    at += if letters[at] == '\\' { 2 } else { 1 };
                }
                at = (at + 1).min(letters.len());
            }
            '/' if letters.get(at + 1) == Some(&'/') => {
                while at < letters.len() && letters[at] != '\n' {
                    at += 1;
                }
            }
            c if is_word(c) => {
                while at < letters.len() && is_word(letters[at]) {
                    at += 1;
                }
            }
            c if c.is_whitespace() => {
                while at < letters.len() && letters[at].is_whitespace() {
                    at += 1;
                }
            }
            _ => at += 1,
        }
        words.push(letters[begun..at].iter().collect());
    }
    words
}

fn is_name(word: &str) -> bool {
    word.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

const LITERALS: [&str; 14] = [
    "0",
    "7",
    "-1",
    "\"x\"",
    "\"10.12.4.0/22\"",
    "\"openstack0\"",
    "true",
    "false",
    "()",
    "[]",
    "[1]",
    "#{}",
    "|x| x",
    "[\"a\"]",
];

const SYMBOLS: [&str; 14] = ["==", "!=", "<", "+", "-", "&&", "||", "??", "in", ".", "?.", "::", ",", "!"];

/// One change of a script.
fn change(words: &mut Vec<String>, names: &[String], dice: &mut Dice) {
    let solid: Vec<usize> = (0..words.len()).filter(|at| !words[*at].trim().is_empty()).collect();
    let at = *dice.pick(&solid);
    match dice.below(7) {
        // Another name, most of the time of the same kind.
        0..=2 => {
            let named: Vec<usize> = solid.iter().copied().filter(|at| is_name(&words[*at])).collect();
            if let Some(at) = named.get(dice.below(named.len())) {
                words[*at] = dice.pick(names).clone();
            }
        }
        3 => words[at] = (*dice.pick(&LITERALS)).to_string(),
        4 => words[at] = (*dice.pick(&SYMBOLS)).to_string(),
        5 => drop(words.remove(at)),
        _ => {
            let other = *dice.pick(&solid);
            words.swap(at, other);
        }
    }
}

#[test]
fn what_is_still_accepted_after_a_change_runs() {
    on_a_large_stack(|| {
        let repo = Repo::open(&folder("good"));
        let scripts: Vec<String> = repo
            .files
            .iter()
            .filter(|(path, _)| path.starts_with("runbooks/"))
            .map(|(_, bytes)| String::from_utf8(bytes.to_vec()).expect("UTF-8"))
            .collect();
        let mut names: Vec<String> = scripts.iter().flat_map(|text| words(text)).filter(|word| is_name(word)).collect();
        names.extend(omega::primitives::table().iter().map(|primitive| primitive.name.to_string()));
        names.sort();
        names.dedup();
        let mut world = World::of(repo);
        for text in &scripts {
            world.hold(text).unwrap_or_else(|wrong| panic!("{wrong}"));
        }
        assert_eq!(world.accepted, scripts.len(), "the corpus is accepted as it stands");
        let mut dice = Dice(seed());
        let clock = Clock::start(false);
        while clock.elapsed() < seconds() {
            let mut script = words(dice.pick::<String>(&scripts));
            for _ in 0..=dice.below(2) {
                change(&mut script, &names, &mut dice);
            }
            world.hold(&script.concat()).unwrap_or_else(|wrong| panic!("{wrong}"));
        }
        for text in &scripts {
            assert!(world.check(text).is_ok(), "the scripts before have left something behind:\n{text}");
        }
        eprintln!("{} checked, {} accepted, {} of them ran to their end", world.checked, world.accepted, world.ended);
        assert!(world.accepted > scripts.len(), "no changed script was accepted: nothing was compared");
    });
}
