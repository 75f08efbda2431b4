//! The name that was meant, by what was written. It must not suggest what is far: a wrong hint is worse than none.

use std::borrow::Cow;

/// The name nearest to what was written, if one is near enough to be meant. `is_external` is near to `externl`: what
/// follows an underscore counts as a name too.
#[must_use]
pub fn nearest<'n>(written: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let written = written.to_ascii_lowercase();
    let names: Vec<&str> = names.into_iter().collect();
    if let Some(exact) = names.iter().find(|name| **name == written) {
        return Some(exact);
    }
    let same =
        |name: &&&str| same_in_other_words(&written).any(|other| other == **name) || is_reordered(&written, name);
    if let Some(name) = names.iter().find(same).or_else(|| names.iter().find(|name| is_turned_word(&written, name))) {
        return Some(name);
    }
    let mut of_same_words = names.iter().filter(|name| is_of_same_words(&written, name));
    if let (Some(name), None) = (of_same_words.next(), of_same_words.next()) {
        return Some(name);
    }
    let allowed = (written.chars().count() / 3).clamp(1, 3);
    // `image` is not nearest to `image_propertys` where `image_properties` is there.
    let longer = names.iter().filter(|name| begins_alike(&written, name)).map(|name| shared(&written, name)).max();
    let is_outdone = |name: &str| longer.is_some_and(|longer| longer > name.len());
    let within = |name: &&&str| name.len() >= TELLING && shared(&written, name) == name.len() && !is_outdone(name);
    let longest = names.iter().filter(within).max_by_key(|name| name.len()).copied();
    let ranked = names.into_iter().filter_map(|name| {
        let is_shorter = longest.is_some_and(|longest| longest.len() > name.len()) || is_outdone(name);
        let begun = match longest == Some(name) {
            true => Some(BEGUN),
            false if is_of_one_stem(&written, name) => Some(BEGUN),
            false => begins_alike(&written, name).then_some(BEGUN_ALIKE),
        };
        let small = in_small_letters(name);
        let by_edits = edits(&written, &small, allowed);
        let by_part = part(&written, &small, allowed, is_shorter);
        let nearest = by_edits.into_iter().chain(by_part).chain(begun).min()?;
        // As near by few edits is nearer than by a part; and two letters are turned round, or left out, more often than exchanged.
        let by_slip = is_left_of(&written, &small) || is_turned(&written, &small);
        Some((nearest, by_edits != Some(nearest), !by_slip, name))
    });
    ranked.min().map(|(.., name)| name)
}

/// Whether it is what remains of a name when letters are left out.
fn is_left_of(written: &str, name: &str) -> bool {
    let mut letters = name.chars();
    written.chars().all(|letter| letters.any(|other| other == letter))
}

/// `R51` for `R15`: the same letters in another order.
fn is_turned(written: &str, name: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    written.len() == name.len() && sorted(written) == sorted(name)
}

/// The name nearest to what was written among those that only read; else among all. Who misspells a reading must not be
/// led to a change, unless what was written begins as a change does; and nobody to one that takes away.
#[must_use]
pub fn nearest_reading<'n>(written: &str, all: &[&'n str], reads: impl Fn(&str) -> bool) -> Option<&'n str> {
    let small = written.to_ascii_lowercase();
    let all: Vec<&str> = all.iter().copied().filter(|name| !takes_away(&small, name)).collect();
    let any = nearest(written, all.iter().copied());
    let says = |name: &str| same_in_other_words(&small).any(|other| other == name) || is_reordered(&small, name);
    let is_plain = any.is_none_or(|name| reads(name) || shared(&small, name) >= TELLING || says(name));
    let reading = || nearest(written, all.iter().copied().filter(|name| reads(name)));
    if is_plain { any } else { reading().or(any) }
}

/// `remove_range` for `reserve_range`: a change that takes away, and another verb was written.
fn takes_away(written: &str, name: &str) -> bool {
    let verb = |text: &str| text.split('_').next().map(str::to_owned).unwrap_or_default();
    let takes = ["destroy_", "release", "remove_"].iter().any(|begin| name.starts_with(begin));
    let is_meant =
        || few(&verb(written), &verb(name), 2).is_some() || same_in_other_words(written).any(|ours| ours == name);
    takes && !is_meant()
}

/// `listens` for `is_listening`, `listened`: what is left when words and endings that say when and whether are taken away.
fn stem(name: &str) -> &str {
    let name = ["is_", "has_", "get_"].iter().find_map(|begin| name.strip_prefix(begin)).unwrap_or(name);
    ["ing", "ed", "s"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name)
}

/// Whether both say the same of other times, or one is what the other begins with.
fn is_of_one_stem(written: &str, name: &str) -> bool {
    let [a, b] = [written, name].map(stem);
    a.len() >= TELLING && a == b || written.len() >= TELLING && name.strip_prefix(written).is_some_and(is_ending)
}

/// `med` behind `trim`.
fn is_ending(rest: &str) -> bool {
    rest.len() < TELLING && rest.ends_with("ed")
}

/// The shortest name that tells what was meant where more is written behind it.
const TELLING: usize = 4;

/// A name that the written one begins with is nearer than three edits, and not as near as two.
const BEGUN: usize = 5;

/// A name that only begins as the written one is further than any of few edits.
const BEGUN_ALIKE: usize = 8;

/// `ensure_tag` for `tag_ensure`.
fn is_reordered(written: &str, name: &str) -> bool {
    let sorted = |text: &str| {
        let mut words: Vec<String> = text.split('_').map(str::to_ascii_lowercase).collect();
        words.sort_unstable();
        words
    };
    written.contains('_') && written.len() == name.len() && sorted(written) == sorted(name)
}

/// `unit_names` for `units_named`: the same words in another order, number or time.
fn is_of_same_words(written: &str, name: &str) -> bool {
    if !written.contains('_') || written.len().abs_diff(name.len()) > 2 * TELLING {
        return false;
    }
    let stems = |text: &str| {
        let mut words: Vec<String> = text.to_ascii_lowercase().split('_').map(|word| root(word).to_owned()).collect();
        words.sort_unstable();
        words
    };
    stems(written) == stems(name)
}

/// What is left of a word without the ends that say how many and when.
fn root(word: &str) -> &str {
    let word = ["ing", "ed", "s"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
    word.strip_suffix('e').unwrap_or(word)
}

/// How many letters both begin with.
fn shared(written: &str, name: &str) -> usize {
    written.bytes().zip(name.bytes()).take_while(|(a, b)| *a == b.to_ascii_lowercase()).count()
}

/// `VIP_APPLICATIONS` for `VIP_APPS`: most of what is written, and three letters of its last word.
fn begins_alike(written: &str, name: &str) -> bool {
    let shared = shared(written, name);
    let last = written.rfind('_').map_or(0, |at| at + 1);
    shared > TELLING && shared * 4 >= written.len() * 3 && shared >= last + 3
}

/// Words that say what another one says here.
const WORDS: [(&str, &str); 33] = [
    ("add_", "ensure_"),
    ("as_text", "text"),
    ("count", "len"),
    ("create_", "ensure_"),
    ("delete_", "remove_"),
    ("dns_servers", "dns"),
    ("every", "all"),
    ("exists_", "has_"),
    ("expires", "not_after"),
    ("includes", "contains"),
    ("is_there_", "has_"),
    ("kind", "type"),
    ("length", "len"),
    ("make_", "ensure_"),
    ("nameservers", "dns"),
    ("new_", "ensure_"),
    ("reserve_", "ensure_"),
    ("select", "filter"),
    ("set_", "ensure_"),
    ("size", "len"),
    ("some", "any"),
    ("strip", "trimmed"),
    ("to_lower", "lower"),
    ("to_string", "text"),
    ("to_text", "text"),
    ("valid_from", "not_before"),
    ("valid_to", "not_after"),
    ("wait_for", "wait_until"),
    ("gate_equals", "gate_eq"),
    ("hostname", "name"),
    ("state", "status"),
    ("status", "state"),
    ("vlan", "vid"),
];

/// `len` for `lenght`: a whole word that says the same, with two letters turned round.
fn is_turned_word(written: &str, name: &str) -> bool {
    let is_it =
        |(word, ours): &(&str, &str)| *ours == name && is_turned(written, word) && few(written, word, 1).is_some();
    WORDS.iter().any(is_it)
}

/// `ensure_network` for `make_network`, `has_image` for `image_exists`.
fn same_in_other_words(written: &str) -> impl Iterator<Item = String> + '_ {
    let behind = written.strip_suffix("_exists").map(|name| format!("has_{name}"));
    let before = WORDS.iter().filter_map(move |(word, ours)| Some(format!("{ours}{}", written.strip_prefix(word)?)));
    behind.into_iter().chain(before)
}

/// Twice the count of edits from one name to the other, both in small letters, where they are few.
fn edits(written: &str, name: &str, allowed: usize) -> Option<usize> {
    let count = few(written, name, allowed)?;
    (count < name.chars().count()).then_some(2 * count)
}

/// The count of edits from one text to the other, where it is not more than that.
fn few(written: &str, other: &str, allowed: usize) -> Option<usize> {
    // An edit gives and takes one letter at most: most names are far by their lengths or their letters alone.
    let is_plain = written.is_ascii() && other.is_ascii();
    if is_plain && written.len().abs_diff(other.len()) > allowed {
        return None;
    }
    let mut letters = [0_i32; 128];
    written.bytes().for_each(|byte| letters[usize::from(byte & 127)] += 1);
    other.bytes().for_each(|byte| letters[usize::from(byte & 127)] -= 1);
    let (more, less) = letters.iter().fold((0, 0), |(more, less), count| (more + count.max(&0), less - count.min(&0)));
    let least = usize::try_from(more.max(less)).unwrap_or_default();
    if is_plain && least > allowed {
        return None;
    }
    Some(strsim::damerau_levenshtein(written, other)).filter(|count| *count <= allowed)
}

fn in_small_letters(name: &str) -> Cow<'_, str> {
    match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    }
}

/// One more than twice the count of edits when only a part of the name is near; two when one begins with the other, as
/// `ensure_vlan` and `ensure_vlan_interface` do, unless the written one begins with a longer name.
fn part(written: &str, name: &str, allowed: usize, is_shorter: bool) -> Option<usize> {
    let tails = name.match_indices('_').map(|(at, _)| &name[at + 1..]).filter(|tail| tail.len() >= 4);
    let tail = tails.filter_map(|tail| few(written, tail, allowed)).min().map(|edits| 2 * edits + 1);
    let begins = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('_'));
    let head = (begins(name, written) || begins(written, name) && !is_shorter).then_some(2);
    tail.into_iter().chain(head).min()
}

#[cfg(test)]
mod tests {
    use super::{nearest, nearest_reading};

    #[test]
    fn the_nearest_name_is_near() {
        let names = [
            "is_external",
            "physnet",
            "for_all_projects",
            "id",
            "ensure_network",
            "network",
            "networks",
            "gateway",
            "dns",
            "name",
        ];
        for (written, expected) in [
            ("externl", Some("is_external")),
            ("physnt", Some("physnet")),
            ("Network", Some("network")),
            ("netwrk", Some("network")),
            ("ensure_netwrok", Some("ensure_network")),
            ("projects", Some("for_all_projects")),
            ("gatway", Some("gateway")),
            ("nameservers", Some("dns")),
            ("di", Some("id")),
            ("ix", Some("id")),
            ("volume", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(nearest(written, names), expected, "{written}");
        }
    }

    #[test]
    fn a_name_is_near_by_its_words_and_by_how_it_begins() {
        for (written, names, expected) in [
            ("gate_equal", &["gate", "gate_eq", "gate_set"][..], Some("gate_eq")),
            ("ensure_subnetwork", &["ensure_network", "ensure_subnet", "network"], Some("ensure_subnet")),
            ("tag_ensure", &["ensure_tag", "tag"], Some("ensure_tag")),
            ("R51", &["R10", "R11", "R15", "R50x"], Some("R15")),
            ("VIP_APPS", &["BUNDLE", "VIP_APPLICATIONS"], Some("VIP_APPLICATIONS")),
            ("ensure_x", &["ensure_link", "ensure_tag"], None),
            ("image_properites", &["image", "image_properties"], Some("image_properties")),
            ("images_properties", &["image", "image_properties", "images"], Some("image_properties")),
            ("units_named", &["units", "unit_names", "units_of"], Some("unit_names")),
            ("to_text", &["contains", "host", "text"], Some("text")),
            ("count", &["contains", "filter", "len"], Some("len")),
            ("hostnmaes", &["host", "hostname"], Some("hostname")),
            ("image_propertys", &["image", "image_properties", "images"], Some("image_properties")),
            ("lenght", &["is_empty", "len", "map"], Some("len")),
            ("kind", &["comment", "range", "type"], Some("type")),
        ] {
            assert_eq!(nearest(written, names.iter().copied()), expected, "{written}");
        }
    }

    #[test]
    fn a_reading_is_never_mended_to_a_change() {
        let all = ["ensure_range", "ranges", "ensure_network", "network"];
        let reads = |name: &str| !name.starts_with("ensure_");
        assert_eq!(nearest_reading("range", &all, reads), Some("ranges"));
        assert_eq!(nearest_reading("ensure_netwrok", &all, reads), Some("ensure_network"));
        assert_eq!(nearest_reading("create_network", &all, reads), Some("ensure_network"));
        assert_eq!(nearest_reading("networks", &all, reads), Some("network"));
    }

    #[test]
    fn nobody_is_led_to_a_change_that_takes_away() {
        let all = ["ensure_range", "release", "remove_range", "ranges"];
        let reads = |name: &str| name == "ranges";
        assert_eq!(nearest_reading("reserve_range", &all, reads), Some("ensure_range"));
        assert_eq!(nearest_reading("remve_range", &all, reads), Some("remove_range"));
        assert_eq!(nearest_reading("delete_range", &all, reads), Some("remove_range"));
    }

    #[test]
    fn a_word_of_another_time_is_near() {
        assert_eq!(nearest("trim", ["lower", "trimmed"]), Some("trimmed"));
        assert_eq!(nearest("is_listening", ["is_active", "listens"]), Some("listens"));
    }

    #[test]
    fn a_name_that_begins_as_the_written_one_is_nearer_than_one_of_other_letters() {
        let known = ["ensure_plane", "ensure_vlan_interface"];
        assert_eq!(nearest("ensure_vlan", known), Some("ensure_vlan_interface"));
        assert_eq!(nearest("power_state", ["power_type", "power"]), Some("power"));
    }
}
