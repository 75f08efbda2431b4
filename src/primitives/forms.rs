//! How names are written that several namespaces take, and the bounds of numbers that they share.

use crate::script::{Form, Limits, Measure, Vocabulary};

/// An address as text.
pub static ADDRESS: Vocabulary = Vocabulary::written("address", Form::Address);

/// A network as text.
pub static NETWORK: Vocabulary = Vocabulary::written("network in CIDR notation", Form::Network);

/// A space of Juju.
pub static SPACE: Vocabulary = Vocabulary::written("name of a space", Form::Slug);

/// An application of Juju.
pub static APPLICATION: Vocabulary = Vocabulary::written("name of an application", Form::Application);

/// An application with its channel.
pub static CHANNEL: Vocabulary = Vocabulary::written("line of an application and its channel", Form::Channel);

/// An application with the number of its units.
pub static UNITS: Vocabulary = Vocabulary::written("line of an application and its units", Form::Count);

/// An interface with what it is linked to.
pub static LINK: Vocabulary = Vocabulary::written("line of an interface and its link", Form::Link);

/// A relation of two applications.
pub static RELATION: Vocabulary = Vocabulary::written("relation of two applications", Form::Relation);

/// A unit with its place.
pub static PLACED: Vocabulary = Vocabulary::written("line of a unit and its place", Form::Placed);

/// Where ssh connects.
pub static DESTINATION: Vocabulary = Vocabulary::written("destination of ssh", Form::Destination);

/// A file under a home directory.
pub static HOME: Vocabulary = Vocabulary::written("path under a home directory", Form::Home);

/// A host's name.
pub static HOST: Vocabulary = Vocabulary::written("name of a host", Form::Host);

/// A MAC address that a service shows.
pub static MAC: Vocabulary = Vocabulary::written("MAC address", Form::Mac);

/// A MAC address that a person gives.
pub static ANY_MAC: Vocabulary = Vocabulary::written("MAC address", Form::AnyMac);

/// A path on the jumphost.
pub static PATH: Vocabulary = Vocabulary::written("path from the root", Form::Path);

/// Permissions.
pub static MODE: Vocabulary = Vocabulary::written("mode of a file", Form::Mode);

/// A unit of Juju.
pub static UNIT: Vocabulary = Vocabulary::written("name of a unit", Form::Unit);

/// A unit of Vault.
pub static VAULT_UNIT: Vocabulary = Vocabulary::written("name of a unit", Form::Unit).of_charm("vault");

/// A unit of Octavia.
pub static OCTAVIA_UNIT: Vocabulary = Vocabulary::written("name of a unit", Form::Unit).of_charm("octavia");

/// A unit that makes images for Octavia.
pub static RETROFIT_UNIT: Vocabulary =
    Vocabulary::written("name of a unit", Form::Unit).of_charm("octavia-diskimage-retrofit");

/// A unit whose haproxy has statistics on a page.
pub static DASHBOARD_UNIT: Vocabulary =
    Vocabulary::written("name of a unit", Form::Unit).of_charm("openstack-dashboard");

/// A unit whose haproxy has an admin socket.
pub static SOCKET_UNIT: Vocabulary =
    Vocabulary::written("name of a unit", Form::Unit).not_of_charm("openstack-dashboard");

/// A unit of Juju, or the leader of an application.
pub static LEADER: Vocabulary = Vocabulary::written("name of a unit", Form::Leader);

/// A machine of Juju.
pub static MACHINE: Vocabulary = Vocabulary::written("machine of Juju", Form::Machine);

/// An interface of a host.
pub static CARD: Vocabulary = Vocabulary::written("name of an interface", Form::Word);

/// A property of an image.
pub static PROPERTY: Vocabulary = Vocabulary::written("property of an image", Form::Property);

/// The address of a page.
pub static URL: Vocabulary = Vocabulary::written("URL", Form::Url);

/// An attestation, as `--attest` takes it.
pub static ATTESTATION: Vocabulary = Vocabulary::written("id of an attestation", Form::Word);

/// A secret, as `--secret-file NAME=PATH` takes it.
pub static SECRET: Vocabulary = Vocabulary::written("name of a secret", Form::Word);

/// A slug of NetBox.
pub static SLUG: Vocabulary = Vocabulary::written("slug in NetBox", Form::Slug);

/// Ports of TCP.
pub static PORT: Limits = Limits::between("ports", 1, 65_535).naming();

/// Things that are counted.
pub static COUNT: Limits = Limits::from("counts", 0);

/// Sizes in bytes.
pub static BYTES: Limits = Limits::from("bytes", 0).counted_in(Measure::BYTES).not_below(1024);

/// What is in use, in bytes.
pub static USED: Limits = Limits::from("bytes", 0).counted_in(Measure::BYTES).not_below(1024).measured();

/// What a link carries at once; 0 where a service leaves it open.
pub static MTU: Limits = Limits::between("bytes of an MTU", 0, 65_535).not_below(68);

/// 802.1Q tags as services show them: 0 is untagged.
pub static TAG: Limits = Limits::between("VLAN tags", 0, 4094).naming();

/// What an HTTP server answers with.
pub static STATUS: Limits = Limits::between("statuses of HTTP", 100, 599).naming();

/// Days from or to today: a century at most, so that hours or seconds are not taken for them.
pub static DAYS: Limits = Limits::between("days from or to today", -36_525, 36_525).counted_in(Measure::DAYS);

/// Whole years of what lasts.
pub static YEARS: Limits = Limits::between("years", 0, 100).counted_in(Measure::YEARS);
