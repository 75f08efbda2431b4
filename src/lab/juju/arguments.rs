//! The client's arguments: flags with and without a value, then words.

use std::collections::BTreeMap;

/// Flags by their long name, and the words between them.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    flags: BTreeMap<String, Vec<String>>,
    /// Everything that is not a flag.
    pub words: Vec<String>,
}

/// Flags that take a value, with their short form.
const VALUED: &[(&str, &str)] = &[
    ("model", "m"),
    ("controller", "c"),
    ("format", ""),
    ("output", "o"),
    ("unit", "u"),
    ("application", "a"),
    ("app", ""),
    ("machine", ""),
    ("wait", ""),
    ("timeout", ""),
    ("cloud", ""),
    ("region", ""),
    ("params", ""),
    ("file", ""),
    ("retry-count", ""),
    ("retry-delay", ""),
    ("proxy", ""),
    ("overlay", ""),
    ("credential", ""),
    ("config", ""),
];

/// Flags without a value.
const PLAIN: &[&str] = &[
    "utc",
    "background",
    "string-args",
    "no-color",
    "color",
    "relations",
    "integrations",
    "storage",
    "short",
    "all",
    "refresh",
    "no-host-key-checks",
    "pty",
    "parallel",
    "exact-time",
    "reset",
    "dry-run",
    "no-switch",
    "no-prompt",
    "force",
    "no-wait",
    "destroy-storage",
    "release-storage",
    "trust",
];

/// Reads the arguments of `juju VERB`. An unknown flag is an error in the client's words (status 2).
pub(super) fn parse(verb: &str, args: &[String]) -> Result<Arguments, String> {
    let stops_at_first_word = matches!(verb, "exec" | "ssh");
    let mut arguments = Arguments::default();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let over = stops_at_first_word && verb == "exec" && !arguments.words.is_empty();
        let after_target = verb == "ssh" && !arguments.words.is_empty();
        if arg == "--" && !over && !after_target {
            arguments.words.extend(rest.by_ref().cloned());
        } else if over || after_target || !arg.starts_with('-') || arg == "-" {
            arguments.words.push(arg.clone());
        } else {
            arguments.flag(arg, &mut rest)?;
        }
    }
    Ok(arguments)
}

impl Arguments {
    fn flag<'a>(&mut self, arg: &str, rest: &mut impl Iterator<Item = &'a String>) -> Result<(), String> {
        let bare = arg.trim_start_matches('-');
        let (name, given) = bare.split_once('=').map_or((bare, None), |(name, value)| (name, Some(value.to_string())));
        if let Some((long, _)) =
            VALUED.iter().find(|(long, short)| *long == name || (!short.is_empty() && *short == name))
        {
            let value = given.or_else(|| rest.next().cloned());
            let value = value.ok_or_else(|| format!("ERROR option needs an argument: {arg}\n"))?;
            self.flags.entry((*long).to_string()).or_default().push(value);
            return Ok(());
        }
        if !PLAIN.contains(&name) {
            return Err(format!("ERROR option provided but not defined: {arg}\n"));
        }
        self.flags.entry(name.to_string()).or_default();
        Ok(())
    }

    /// The last value of a flag.
    pub(super) fn value(&self, flag: &str) -> Option<&str> {
        self.flags.get(flag)?.last().map(String::as_str)
    }

    /// Every value of a flag; one may hold several, with commas.
    pub(super) fn values(&self, flag: &str) -> Vec<&str> {
        self.flags.get(flag).into_iter().flatten().flat_map(|value| value.split(',')).collect()
    }

    /// Every value of a flag, as given.
    pub(super) fn all(&self, flag: &str) -> Vec<&str> {
        self.flags.get(flag).into_iter().flatten().map(String::as_str).collect()
    }

    /// Whether a flag was given.
    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.contains_key(flag)
    }

    /// Whether JSON was asked for.
    pub(super) fn is_json(&self) -> bool {
        self.value("format") == Some("json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Vec<String> {
        line.split(' ').map(str::to_string).collect()
    }

    #[test]
    fn the_flags_of_a_command_on_a_unit_are_not_read_as_jujus() {
        let parsed = parse("exec", &args("-u vault/0 --format=json -- systemctl show nginx -p ActiveState")).unwrap();
        assert_eq!(parsed.values("unit"), ["vault/0"]);
        assert_eq!(parsed.words, ["systemctl", "show", "nginx", "-p", "ActiveState"]);
        assert!(parsed.is_json());
    }

    #[test]
    fn an_unknown_flag_is_refused_by_name() {
        let words = parse("run", &args("vault/0 get-root-ca --timeout-after 3")).unwrap_err();
        assert_eq!(words, "ERROR option provided but not defined: --timeout-after\n");
    }
}
