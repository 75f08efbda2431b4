//! Commands and actions on units: words that only a shell would read, programs and actions that change where somebody
//! only asks, passwords that would come back as texts.

use super::super::super::message::Diagnostic;
use super::super::super::tree::{Call, Kind, Node};
use super::super::infer::Infer;
use crate::script::{Effect, Param, Primitive, Ty};

/// What a shell does something with, and a program does not.
const SHELLS: [&str; 10] = ["|", "||", "&&", ";", "&", ">", ">>", "<", "2>", "2>&1"];

/// Programs that run another one.
const RUNNERS: [&str; 4] = ["env", "nice", "nohup", "sudo"];

/// Programs that change whatever they are told.
const CHANGERS: [&str; 34] = [
    "chmod",
    "chown",
    "cp",
    "dd",
    "halt",
    "init",
    "kill",
    "killall",
    "ln",
    "mkdir",
    "mkfs",
    "mkfs.ext4",
    "mkfs.xfs",
    "mv",
    "parted",
    "passwd",
    "pkill",
    "poweroff",
    "reboot",
    "rm",
    "rmdir",
    "sgdisk",
    "shred",
    "shutdown",
    "tee",
    "touch",
    "truncate",
    "umount",
    "useradd",
    "userdel",
    "usermod",
    "vgremove",
    "wipefs",
    "zpool",
];

/// Programs that change with some of their words alone.
const CHANGING: [(&str, &[&str]); 12] = [
    ("apt", &["autoremove", "dist-upgrade", "full-upgrade", "install", "purge", "remove", "update", "upgrade"]),
    ("apt-get", &["autoremove", "dist-upgrade", "install", "purge", "remove", "update", "upgrade"]),
    ("crm", &["cleanup", "delete", "restart", "start", "stop"]),
    ("dpkg", &["--configure", "--install", "--purge", "--remove", "-P", "-i", "-r"]),
    ("ip", &["add", "change", "del", "delete", "flush", "replace", "set"]),
    ("nginx", &["-s"]),
    ("ovs-vsctl", &["add-br", "add-port", "del-br", "del-port", "remove", "set"]),
    ("sed", &["--in-place", "-i"]),
    ("service", &["reload", "restart", "start", "stop"]),
    ("snap", &["disable", "enable", "install", "refresh", "remove", "restart", "revert", "set", "start", "stop"]),
    (
        "systemctl",
        &[
            "daemon-reload",
            "disable",
            "enable",
            "isolate",
            "kill",
            "mask",
            "poweroff",
            "reboot",
            "reload",
            "restart",
            "start",
            "stop",
            "try-restart",
            "unmask",
        ],
    ),
    ("vault", &["delete", "disable", "enable", "init", "put", "revoke", "seal", "unseal", "write"]),
];

/// What the names of actions begin with that change.
const VERBS: [&str; 26] = [
    "add",
    "authorize",
    "cleanup",
    "configure",
    "create",
    "delete",
    "disable",
    "enable",
    "force",
    "generate",
    "pause",
    "purge",
    "reboot",
    "refresh",
    "regenerate",
    "reissue",
    "reload",
    "remove",
    "restart",
    "resume",
    "retrofit",
    "rotate",
    "set",
    "update",
    "upgrade",
    "zap",
];

/// What the names of secrets hold.
const SECRETS: [&str; 6] = ["passphrase", "password", "passwd", "private-key", "secret", "token"];

impl<'t> Infer<'t> {
    /// The words of a command go to the program as they are, and a primitive that asks lets it change nothing.
    pub(super) fn command(&mut self, primitive: &'static Primitive, param: &Param, arg: &'t Node) {
        let (Kind::Array(words), "words", Ty::List(_)) = (&arg.kind, param.name, &param.ty) else { return };
        let is_shell = |word: &Node| word.as_text().is_some_and(|text| SHELLS.contains(&text));
        let first =
            words.first().filter(|word| word.as_text().is_some_and(|text| text.trim().contains([' ', '|', '>'])));
        if let Some(word) = first {
            self.no_program(word);
        } else if let Some(word) = words.iter().find(|word| is_shell(word)) {
            let message = format!("{} is handed to the program as it is: no shell reads it", self.text(word));
            let diagnostic = self.error("E0322", message, word.span);
            self.tell(diagnostic.help("run one program, and look at what it prints in the runbook"));
        } else if primitive.effect != Effect::Change {
            self.only_asks(primitive, words);
        }
    }

    fn no_program(&mut self, word: &'t Node) {
        let message = format!("no program is called {}", self.text(word));
        let split: Vec<String> =
            word.as_text().unwrap_or_default().split_whitespace().map(|word| format!("{word:?}")).collect();
        let help = match split.len() {
            1 => "run one program, and look at what it prints in the runbook".to_owned(),
            _ => format!("give each word by itself: [{}]", split.join(", ")),
        };
        self.tell(self.error("E0322", message, word.span).help(help));
    }

    fn only_asks(&mut self, primitive: &'static Primitive, words: &'t [Node]) {
        let texts: Vec<&str> = words
            .iter()
            .map(|word| {
                let only = self.values(word).filter(|values| values.known.len() == 1 && values.asked.is_empty());
                only.and_then(|values| values.known[0].as_text()).unwrap_or_default()
            })
            .collect();
        let Some(changes) = changing(&texts) else { return };
        let span = words.first().map_or_else(Default::default, |first| first.span.to(words[words.len() - 1].span));
        let message = format!("`{changes}` changes the unit, and {} only asks", primitive.full_name());
        let diagnostic = self.error("E0329", message, span);
        self.tell(diagnostic.help("use the primitive that makes this change (ensure_...), or ask for another one"));
    }

    /// An action whose name says that it changes, and one that gives a password back as a text.
    pub(super) fn action(&mut self, primitive: &'static Primitive, call: &'t Call) {
        let [_, action, key] = &call.args[..] else { return };
        if !matches!(primitive.name, "ask_action" | "ask_secret") || primitive.namespace != "juju" {
            return;
        }
        let text = |node: &'t Node| {
            let values = self.values(node).filter(|values| values.known.len() == 1)?;
            values.known[0].as_text()
        };
        let (name, result) = (text(action).unwrap_or_default(), text(key).unwrap_or_default());
        if VERBS.contains(&name.split('-').next().unwrap_or_default()) {
            let message = format!("the action `{name}` changes, and {} only asks", primitive.full_name());
            let diagnostic = self.error("E0329", message, action.span);
            self.tell(diagnostic.help("use the primitive that makes this change, where the plan shows it"));
        }
        let asks = |text: &str| ["get", "list", "show"].contains(&text.split('-').next().unwrap_or_default());
        if asks(result) && !asks(name) {
            let message = format!("`{result}` is the name of an action, and `{name}` of what it gives");
            let place = action.span.to(key.span);
            let diagnostic = Diagnostic::warning("W0326", message, &self.tree().file, place);
            let right = [&call.args[0], key, action].map(|arg| self.copied(arg)).join(", ");
            let help = format!("write {}({right})", call.full_name());
            self.tell(diagnostic.note(primitive.signature()).help(help));
        }
        let is_secret = |text: &str| SECRETS.iter().any(|word| text.contains(word));
        if primitive.name == "ask_action" && (is_secret(name) || is_secret(result)) {
            let message = format!("`{name}` gives a secret, and ask_action gives it back as a text");
            let diagnostic = self.error("E0330", message, call.name.span);
            self.tell(diagnostic.help(format!("write juju::ask_secret({})", self.rest(&call.args))));
        }
    }
}

/// What a command changes with: the program, and the word that makes it change.
fn changing(words: &[&str]) -> Option<String> {
    let at = words.iter().position(|word| !RUNNERS.contains(word) && !word.starts_with('-') && !word.contains('='))?;
    let (program, rest) = words[at..].split_first()?;
    let name = program.rsplit('/').next()?;
    if CHANGERS.contains(&name) {
        return Some((*program).to_owned());
    }
    let is_shell = matches!(name, "ash" | "bash" | "dash" | "sh" | "zsh");
    if is_shell && rest.first().is_some_and(|flag| flag.starts_with('-') && flag.ends_with('c')) {
        let script = rest.get(1)?;
        let commands = script.split([';', '|', '&', '\n']);
        return commands
            .map(|command| command.split_whitespace().collect::<Vec<_>>())
            .find_map(|words| changing(&words));
    }
    let (_, verbs) = CHANGING.iter().find(|(known, _)| *known == name)?;
    let verb = rest.iter().find(|word| verbs.contains(word) || name == "sed" && word.starts_with("-i"))?;
    Some(format!("{program} {verb}"))
}

#[cfg(test)]
mod tests {
    use super::changing;

    #[test]
    fn commands_that_change_are_told_from_those_that_ask() {
        for words in [
            &["rm", "-rf", "/run/x"][..],
            &["sudo", "-n", "reboot"],
            &["sudo", "/bin/systemctl", "restart", "nginx"],
            &["sed", "-i.bak", "s/a/b/", "/etc/hosts"],
            &["sh", "-c", "cat /etc/hosts | tee /tmp/x"],
            &["vault", "operator", "init"],
            &["env", "A=b", "apt-get", "install", "jq"],
        ] {
            assert!(changing(words).is_some(), "{words:?}");
        }
        for words in [
            &["cat", "/run/rm"][..],
            &["systemctl", "is-active", "nginx"],
            &["sed", "-n", "1p", "/etc/hosts"],
            &["ip", "-j", "addr", "show", "o-hm0"],
            &["vault", "status"],
            &["sh", "-c", "grep rm /etc/hosts"],
            &["ls", "init"],
            &[],
        ] {
            assert!(changing(words).is_none(), "{words:?}");
        }
    }
}
