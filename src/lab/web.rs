//! The lab's web.

use serde::{Deserialize, Serialize};

/// Servers that answer over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebState {}

/// Answers one HTTP call.
pub(super) fn http(_state: &mut super::State, http: &crate::transport::Http) -> super::Answer {
    super::Answer::unknown(crate::transport::Request::from(http.clone()))
}
