//! Applications of a Juju model.

use super::document::{ApplicationRow, Text, owned};
use super::machine::base_words;
use super::status::Teller;
use super::unit::WORKLOAD;
use crate::handle;
use crate::primitives::forms;
use crate::script::Told;

handle! {
    /// An application of the model, by name.
    Application("juju application") by name {
        /// Its name.
        name in forms::APPLICATION: String,
        /// Its charm's name.
        charm: Told<String>,
        /// The charm's channel; before 2.9 Juju does not tell.
        channel: Told<Option<String>>,
        /// The charm's revision.
        revision in forms::COUNT: Told<i64>,
        /// The operating system, e.g. `ubuntu@22.04`; the series on 2.x.
        base: Told<Option<String>>,
        /// The application's own state, which repeats some unit's: gates look at units.
        workload in WORKLOAD: Told<Option<String>>,
        /// Whether its units live inside those of other applications.
        is_subordinate: Told<bool>,
    } hidden {
        /// Endpoint and the applications related there.
        related: Told<Vec<(String, String)>>,
        /// Endpoint and the space it is bound to; "" is the default.
        bindings: Told<Vec<(String, String)>>,
    }
}

impl Application {
    /// An application out of its row, without its units.
    pub(super) fn of(teller: &Teller<'_>, name: String, row: ApplicationRow<'_>) -> Self {
        let untold = row.status_error.map(|error| teller.untold(&format!("application {name}"), &error.0));
        let missing = |field: &str| teller.missing(&name, field);
        let status = row.application_status.unwrap_or_default();
        let status_error = status.error.map(|error| teller.untold(&format!("application-status of {name}"), &error.0));
        let related = row.relations.0.into_iter().flat_map(|(endpoint, others)| {
            let endpoint = endpoint.owned();
            others.into_iter().map(move |other| (endpoint.clone(), other.application()))
        });
        Application {
            charm: told(&untold, owned(row.charm_name)).and_then(|charm| charm.ok_or_else(|| missing("charm-name"))),
            channel: told(&untold, owned(row.charm_channel)),
            revision: told(&untold, row.charm_rev).and_then(|revision| revision.ok_or_else(|| missing("charm-rev"))),
            base: told(&untold, base_words(row.base, row.series)),
            workload: told(&untold.clone().or(status_error), owned(status.current)),
            is_subordinate: told(&untold, !row.subordinate_to.is_empty()),
            related: told(&untold, related.collect()),
            bindings: told(
                &untold,
                row.endpoint_bindings.0.into_iter().map(|(name, space)| (name.owned(), Text::owned(space))).collect(),
            ),
            name,
        }
    }
}

fn told<T>(untold: &Option<Box<crate::host::Stop>>, value: T) -> Told<T> {
    untold.clone().map_or(Ok(value), Err)
}
