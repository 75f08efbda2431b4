//! How a [`Request`] becomes a [`Reply`]. Live, lab, record and replay differ here and nowhere else.
//!
//! This module never decides whether a change may happen: the changing door takes a [`Permit`], and only the guard
//! mints one.

mod cassette;
mod environment;
mod http;
mod interrupt;
mod live;
mod openrc;
mod places;
mod process;
mod programs;
mod record;
mod redact;
mod replay;
mod request;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::host::Permit;
pub use cassette::{CassetteError, Door, Header, Place, VERSION as CASSETTE_VERSION};
pub use interrupt::Interrupt;
pub use live::Live;
pub use openrc::{OpenRc, OpenRcError, OpenRcWarning};
pub use programs::{PROGRAMS, Program};
pub use record::{Record, RecordError};
pub use redact::{MASK, Redaction};
pub use replay::{Replay, Unused};

#[cfg(test)]
mod cassette_test;
#[cfg(test)]
mod http_test;
#[cfg(test)]
mod process_test;
pub use request::{Arg, Command, Failure, FailureKind, Http, Input, Method, Reply, Request, Secret};

/// Two doors to the outside world: one for reads, one for changes.
pub trait Transport: Send + Sync {
    /// Sends a request that changes nothing (or a read that is declared to leave a trace).
    fn read(&self, request: &Request) -> Result<Reply, Failure>;

    /// Sends a request that may change something. The permit is used up.
    fn change(&self, request: &Request, permit: Permit) -> Result<Reply, Failure>;

    /// What a person is told about where the run goes, e.g. `live` or `lab, stage settled`.
    fn describe(&self) -> String;

    /// The OpenStack cloud that credentials name: an identity service, or a name of clouds.yaml.
    fn cloud(&self) -> Option<String> {
        None
    }

    /// True when nothing real can be touched (lab, replay).
    fn is_simulated(&self) -> bool;

    /// Moves simulated time; a live transport does nothing here because its clock is the real one.
    fn advance(&self, _by: std::time::Duration) {}

    /// The time of a simulated world, in seconds since 1970; a live transport has none, because the real clock counts.
    fn now(&self) -> Option<i64> {
        None
    }

    /// Files under overlays/ of a simulated world, by path; a live transport has none, because the repository's count.
    fn inputs(&self) -> Option<BTreeMap<String, Arc<[u8]>>> {
        None
    }

    /// Makes a secret known that no request has carried yet, so that a record hides it from now on.
    fn conceal(&self, _secret: &Secret) {}

    /// Secrets that this transport adds to requests by itself (an openrc), so that a record can mask them too.
    fn secrets(&self) -> Vec<Secret> {
        Vec::new()
    }
}

/// A transport that several runs share.
impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn read(&self, request: &Request) -> Result<Reply, Failure> {
        (**self).read(request)
    }
    fn change(&self, request: &Request, permit: Permit) -> Result<Reply, Failure> {
        (**self).change(request, permit)
    }
    fn describe(&self) -> String {
        (**self).describe()
    }
    fn cloud(&self) -> Option<String> {
        (**self).cloud()
    }
    fn is_simulated(&self) -> bool {
        (**self).is_simulated()
    }
    fn advance(&self, by: std::time::Duration) {
        (**self).advance(by);
    }
    fn now(&self) -> Option<i64> {
        (**self).now()
    }
    fn inputs(&self) -> Option<BTreeMap<String, Arc<[u8]>>> {
        (**self).inputs()
    }
    fn conceal(&self, secret: &Secret) {
        (**self).conceal(secret);
    }
    fn secrets(&self) -> Vec<Secret> {
        (**self).secrets()
    }
}
