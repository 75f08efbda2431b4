//! How a text is written that names something: a unit, a host, a card. It must not ask whether the thing is there.

use std::net::IpAddr;

/// A way of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// An address, of either version.
    Address,
    /// An application of Juju.
    Application,
    /// An application and its channel, as `APPLICATION CHANNEL`.
    Channel,
    /// An application and how many of something it has, as `APPLICATION COUNT`.
    Count,
    /// Where ssh connects.
    Destination,
    /// A path from the root.
    Path,
    /// A path under a home directory: clients in snaps read nothing else.
    Home,
    /// The name of a host, with or without its domain.
    Host,
    /// A unit of Juju, or whichever leads its application.
    Leader,
    /// A service's type and an interface of it.
    Endpoint,
    /// What an interface is linked to, as `INTERFACE ADDRESS CIDR`; the mode where it has no address of its own.
    Link,
    /// A machine of Juju, or a container on one.
    Machine,
    /// A MAC address as services show it.
    Mac,
    /// A MAC address as a person writes it.
    AnyMac,
    /// Permissions in octal, as `stat` prints them.
    Mode,
    /// A network in CIDR notation, of either version.
    Network,
    /// Where a unit stands, as `UNIT on MACHINE`.
    Placed,
    /// A property, as `KEY=VALUE`.
    Property,
    /// Two ends of a relation, as `a:endpoint - b:endpoint`.
    Relation,
    /// A unit of Juju.
    Unit,
    /// A slug of NetBox.
    Slug,
    /// The address of a page.
    Url,
    /// A word that is typed on a command line, or heads a section.
    Word,
}

impl Form {
    /// One that is well written.
    pub const fn example(self) -> &'static str {
        match self {
            Form::Address => "10.12.4.7",
            Form::Application => "nova-cloud-controller",
            Form::Channel => "ceph-osd squid/stable",
            Form::Count => "ceph-osd 4",
            Form::Destination => "ubuntu@10.12.4.7",
            Form::Path => "/etc/hosts",
            Form::Home => "/home/operator/keys.json",
            Form::Host => "node-a",
            Form::Endpoint => "network public",
            Form::Link => "enp1s0 10.12.4.40 10.12.4.0/22",
            Form::Machine => "0/lxd/3",
            Form::Mac | Form::AnyMac => "52:54:00:12:ab:cd",
            Form::Mode => "600",
            Form::Network => "10.12.4.0/22",
            Form::Placed => "ceph-osd/0 on 3/lxd/4",
            Form::Property => "os_distro=ubuntu",
            Form::Relation => "glance:ceph - ceph-mon:client",
            Form::Unit | Form::Leader => "octavia/0",
            Form::Slug => "vr0-dc0",
            Form::Url => "https://10.12.4.50:5000/v3",
            Form::Word => "vault-share-1",
        }
    }

    /// How many words it has, with a blank between each two.
    pub const fn words(self) -> usize {
        match self {
            Form::Channel | Form::Count | Form::Endpoint => 2,
            Form::Link | Form::Placed | Form::Relation => 3,
            _ => 1,
        }
    }

    /// Whether no text of it has a blank.
    pub const fn is_one_word(self) -> bool {
        matches!(
            self,
            Form::Address
                | Form::Application
                | Form::Host
                | Form::Leader
                | Form::Machine
                | Form::Network
                | Form::Slug
                | Form::Unit
                | Form::Word
        )
    }

    /// How it is written, as a finding tells it.
    pub fn told(self) -> String {
        match self {
            Form::Word => format!("it is one word of letters, digits, `.`, `-` and `_`, as {}", self.example()),
            Form::Slug => format!("it is one word of letters, digits, `-` and `_`, as {}", self.example()),
            Form::Endpoint => format!("it is the type of a service and an interface, as {:?}", self.example()),
            Form::Channel => format!("it is an application, a blank and its channel, as {:?}", self.example()),
            Form::Count => format!("it is an application, a blank and a number, as {:?}", self.example()),
            Form::Link => format!("it is an interface, an address or a mode, and a network, as {:?}", self.example()),
            Form::Machine => format!(
                "it is a number, or {} for a container, and floats; hosts are told by status.hostnames(), or by status.machine_of(unit.name).hostname",
                self.example()
            ),
            _ => format!("it is written as in {}", self.example()),
        }
    }

    /// The unit that is meant: `keystone/leader` for `keystone/laeder`, where the leader of an application may stand;
    /// `octavia/0` for `octavia-0`.
    pub fn led(self, text: &str) -> Option<String> {
        if !matches!(self, Form::Leader | Form::Unit) {
            return None;
        }
        let unit =
            |application: &str, number: &str| is_application(application).then(|| format!("{application}/{number}"));
        let Some((application, word)) = text.split_once('/') else {
            let is_number = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            let (application, number) = text.rsplit_once(['-', ':', '_']).filter(|(_, number)| is_number(number))?;
            return unit(application, number);
        };
        let is_near = strsim::damerau_levenshtein(&word.to_ascii_lowercase(), "leader") <= 2;
        unit(application, "leader").filter(|_| is_near && self == Form::Leader)
    }

    /// How it is written, as the reference tells it.
    pub(super) fn sentence(self) -> String {
        match self {
            Form::Word => "One word of letters, digits, `.`, `-` and `_`.".to_owned(),
            Form::Slug => "One word of letters, digits, `-` and `_`.".to_owned(),
            _ => format!("Written as in `{}`.", self.example()),
        }
    }

    /// Whether no text is written both ways, by what one has and the other never has.
    pub fn is_apart(self, other: Form) -> bool {
        let kind = |form: Form| match form {
            Form::Unit | Form::Leader => Some("a name before a slash"),
            Form::Path | Form::Home => Some("a slash at its begin"),
            Form::Address | Form::Application | Form::Host | Form::Word | Form::Slug => Some("no slash"),
            Form::Network => Some("an address before a slash"),
            Form::Mac | Form::AnyMac => Some("colons between bytes"),
            Form::Destination => Some("an at sign"),
            Form::Url => Some("a scheme"),
            Form::Channel | Form::Count | Form::Endpoint | Form::Link | Form::Placed | Form::Relation => {
                Some("a blank")
            }
            // Some of them are plain numbers, or anything behind a sign.
            Form::Machine | Form::Mode | Form::Property => None,
        };
        kind(self).zip(kind(other)).is_some_and(|(own, theirs)| own != theirs)
    }

    /// Whether a text is written so.
    pub fn fits(self, text: &str) -> bool {
        match self {
            Form::Address => text.parse::<IpAddr>().is_ok(),
            Form::Network => text.parse::<ipnet::IpNet>().is_ok(),
            Form::Application => is_application(text),
            Form::Destination => is_destination(text),
            Form::Path => text.len() > 1 && text.starts_with('/') && !has_blank(text),
            Form::Home => text.strip_prefix("/home/").is_some_and(|rest| !rest.is_empty() && !has_blank(rest)),
            Form::Host => text.len() < 254 && is_host(text),
            Form::Endpoint => {
                text.split_once(' ').is_some_and(|(service, of)| Form::Slug.fits(service) && Form::Slug.fits(of))
            }
            Form::Channel => {
                let is_part = |c: char| is_of_word(c) || c == '/';
                text.split_once(' ').is_some_and(|(name, channel)| {
                    is_application(name) && !channel.is_empty() && channel.chars().all(is_part)
                })
            }
            Form::Count => text.split_once(' ').is_some_and(|(name, count)| is_application(name) && is_number(count)),
            Form::Link => is_link(text),
            Form::Machine => is_machine(text),
            Form::Leader => Form::Unit.fits(text) || text.strip_suffix("/leader").is_some_and(is_application),
            Form::Mac => is_mac(text) && !text.contains(|c: char| c.is_ascii_uppercase()),
            Form::AnyMac => is_mac(text),
            Form::Mode => is_mode(text),
            Form::Placed => text.split_once(" on ").is_some_and(|(unit, on)| Form::Unit.fits(unit) && is_machine(on)),
            Form::Relation => text.split_once(" - ").is_some_and(|(a, b)| is_end(a) && is_end(b)),
            Form::Property => {
                text.split_once('=').is_some_and(|(key, value)| !key.is_empty() && !has_blank(key) && !value.is_empty())
            }
            Form::Unit => text.split_once('/').is_some_and(|(name, number)| is_application(name) && is_number(number)),
            Form::Slug => !text.is_empty() && text.chars().all(|c| is_of_word(c) && c != '.'),
            Form::Url => is_url(text),
            Form::Word => !text.is_empty() && text.chars().all(is_of_word) && !text.starts_with('-'),
        }
    }
}

/// Letters, digits and what joins them: nothing that a shell or a command line reads.
fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

fn has_blank(text: &str) -> bool {
    text.contains(char::is_whitespace)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) && (text == "0" || !text.starts_with('0'))
}

/// Juju's rule: small letters, digits and single dashes, a letter first.
fn is_application(text: &str) -> bool {
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let parts = || text.as_bytes().split(|byte| *byte == b'-');
    text.starts_with(|c: char| c.is_ascii_lowercase()) && parts().all(|part| !part.is_empty() && part.iter().all(plain))
}

/// `0`, and `0/lxd/3` of what is within it.
fn is_machine(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let numbers = parts.iter().step_by(2).all(|part| is_number(part));
    parts.len() % 2 == 1 && numbers && parts.iter().skip(1).step_by(2).all(|kind| is_application(kind))
}

/// `vault:shared-db`; an application alone, where its endpoint is not written.
fn is_end(text: &str) -> bool {
    let (name, endpoint) = text.split_once(':').map_or((text, None), |(name, endpoint)| (name, Some(endpoint)));
    is_application(name) && endpoint.is_none_or(|endpoint| Form::Slug.fits(endpoint))
}

/// `enp1s0 10.12.4.40 10.12.4.0/22`, `enp7s0 dhcp 10.12.8.0/22`.
fn is_link(text: &str) -> bool {
    let [card, address, network] = text.split(' ').collect::<Vec<_>>()[..] else { return false };
    let is_mode = !address.is_empty() && address.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let is_address = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    let is_network = network.split_once('/').is_some_and(|(address, length)| is_address(address) && is_number(length));
    Form::Word.fits(card) && (is_mode || is_address(address)) && is_network
}

fn is_label(label: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..64).contains(&label.len()) && label.chars().all(plain) && !label.starts_with('-') && !label.ends_with('-')
}

/// Labels with dots between them; four numbers are an address, or nothing.
fn is_host(text: &str) -> bool {
    // Most texts hold what no name of a host does.
    if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) {
        return false;
    }
    let is_numbers = text.split('.').count() == 4 && text.chars().all(|c| c.is_ascii_digit() || c == '.');
    text.split('.').all(is_label) && (!is_numbers || text.parse::<std::net::Ipv4Addr>().is_ok())
}

fn is_destination(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let named = !user.is_empty() && user.chars().all(plain) && !user.starts_with('-');
    named && (is_host(host) || host.contains(':') && host.parse::<std::net::Ipv6Addr>().is_ok())
}

fn is_mac(text: &str) -> bool {
    let pair = |pair: &str| pair.len() == 2 && pair.chars().all(|c| c.is_ascii_hexdigit());
    text.len() == 17 && text.split(':').count() == 6 && text.split(':').all(pair)
}

fn is_mode(text: &str) -> bool {
    let octal = text.chars().all(|digit| digit.is_digit(8));
    octal && (text.len() == 3 || text.len() == 4 && !text.starts_with('0'))
}

fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', ':', '?']).next().unwrap_or_default());
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', ':']) && !has_blank(rest))
        && host.is_some_and(|host| !host.bytes().all(|b| b.is_ascii_digit() || b == b'.') || is_host(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_are_apart_share_no_text() {
        let all = [
            Form::Address,
            Form::Application,
            Form::Destination,
            Form::Path,
            Form::Home,
            Form::Host,
            Form::Leader,
            Form::Channel,
            Form::Count,
            Form::Endpoint,
            Form::Link,
            Form::Machine,
            Form::Mac,
            Form::AnyMac,
            Form::Mode,
            Form::Network,
            Form::Placed,
            Form::Relation,
            Form::Unit,
            Form::Slug,
            Form::Url,
            Form::Word,
        ];
        let texts = [
            "vault",
            "vault/0",
            "vault/leader",
            "/home/a",
            "/etc",
            "a@b.c",
            "52:54:00:12:ab:cd",
            "600",
            "0/lxd/3",
            "0",
        ];
        let texts = texts.into_iter().chain(all.iter().map(|form| form.example()));
        for text in texts {
            for (a, b) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
                assert!(!(a.is_apart(*b) && a.fits(text) && b.fits(text)), "{text} is {a:?} and {b:?}");
            }
        }
        assert!(Form::Unit.is_apart(Form::Application) && !Form::Host.is_apart(Form::Application));
    }

    #[test]
    fn what_is_well_written_fits_and_what_is_not_does_not() {
        let all = [
            (
                Form::Application,
                &["vault", "ceph-osd", "octavia-ovn-chassis"][..],
                &["Vault", "a--b", "vault/0", "", "0a"][..],
            ),
            (
                Form::Destination,
                &["ubuntu@10.12.4.7", "a@host.maas"],
                &["a@10.12.64.300", "a b@c", "-oX=1", "@host", "a@", "a@b:22", "node-a", "10.12.4.7"],
            ),
            (Form::Address, &["10.12.4.7", "fd00::1"], &["10.12.4.300", "10.12.4.0/22", "node-a", ""]),
            (Form::Network, &["10.12.4.0/22", "fd00::/64"], &["10.12.4.0", "10.12.4.0/33", "vault/0", ""]),
            (Form::Path, &["/etc/hosts"], &["etc/hosts", "/", "~/x", "/a b"]),
            (Form::Home, &["/home/operator/x"], &["/tmp/x", "~/x", "/home/", "home/x"]),
            (Form::Host, &["openstack0", "node-a.maas"], &["node a", "-a", "a_b", "", "a..b"]),
            (Form::Endpoint, &["network public", "load-balancer admin"], &["network", "network public 1", ""]),
            (Form::Machine, &["0", "12", "0/lxd/3"], &["openstack0", "0/lxd", "vault/0", "", "0/3", "lxd/0"]),
            (
                Form::Channel,
                &["vault 1.8/stable", "vault none"],
                &["vault", "vault: 1.8", "1.8/stable vault", "vault 1.8 /stable"],
            ),
            (Form::Count, &["vault 1", "ceph-osd 12"], &["vault", "4 vault", "vault: 4", "vault/0", "vault  4"]),
            (
                Form::Link,
                &["enp1s0 10.12.4.40 10.12.4.0/22", "enp7s0.103 link_up 10.12.8.0/22"],
                &["enp1s0 10.12.4.40", "enp1s0 10.12.4.0/22 10.12.4.40", "enp1s0 10.12.4.40/22", ""],
            ),
            (Form::Leader, &["vault/leader", "vault/0"], &["vault", "leader", "/leader"]),
            (Form::Mac, &["52:54:00:12:ab:cd"], &["52:54:00:12:AB:CD", "52-54-00-12-ab-cd", "52:54:00:12:ab"]),
            (Form::AnyMac, &["52:54:00:12:AB:CD"], &["52:54:00:12:ab:gg", "525400.12abcd"]),
            (
                Form::Placed,
                &["vault/0 on 3/lxd/4", "ceph-osd/1 on 1"],
                &["vault/0 to 3", "vault on 3", "vault/0 on node-a", "vault/0"],
            ),
            (
                Form::Relation,
                &["a:x - b:y", "a - b"],
                &["a:x b:y", "a:x -b:y", "a:x, b:y", "a:x - b:y - c:z", "A:x - b:y"],
            ),
            (Form::Mode, &["600", "1777", "644"], &["0600", "0o600", "rw-------", "68", "888"]),
            (Form::Property, &["os_version=22.04", "a=b=c"], &["os_version:22.04", "=x", "a=", "a b=c"]),
            (Form::Unit, &["vault/0", "ceph-osd/12"], &["vault", "vault/", "vault-0", "vault/leader", "vault/01"]),
            (Form::Slug, &["vr0-dc0", "a_B"], &["VR0 DC0", "", "a.b"]),
            (Form::Word, &["KI-P3-001", "R15", "a.b"], &["Root Token", "a=b", "", "-x"]),
            (
                Form::Url,
                &["http://10.0.0.2:5240/MAAS"],
                &["http://10.12.4.777:81/", "10.0.0.2:5240", "http:/x", "ftp://x", "http://", "http://a b"],
            ),
        ];
        for (form, right, wrong) in all {
            assert!(form.fits(form.example()), "{form:?}");
            assert!(right.iter().all(|text| form.fits(text)), "{form:?} {right:?}");
            assert!(!wrong.iter().any(|text| form.fits(text)), "{form:?} {wrong:?}");
        }
    }
}
