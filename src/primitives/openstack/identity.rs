//! Projects of Keystone, found by name within their domain.

use serde::Deserialize;

use super::{json_command, judge};
use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::reply::outcome;
use crate::script::{Handle, Primitive, Source};

handle! {
    /// A project, found by name within a domain.
    #[derive(Deserialize)]
    Project("openstack project") by name {
        /// Its name.
        name: String,
        /// What it is for; "" when nobody said.
        description: String,
        /// Whether it is enabled.
        #[serde(rename = "enabled")]
        is_enabled: bool,
        /// Its tags.
        #[serde(deserialize_with = "crate::primitives::reply::sorted")]
        tags: Vec<String>,
    }
}

/// The project of that name in that domain.
fn read_one(call: &Call<'_>, name: &str, domain: &str) -> Result<Option<Handle<Project>>, Stop> {
    let request = json_command(["project", "show", name, "--domain", domain]);
    match outcome(call, &request)? {
        Ok(stdout) => {
            let project: Project = call.parse(&request, &stdout)?;
            super::is_the_one(&request, name, &project.name)?;
            Ok(Some(Handle::seen(project, Source::from(request.to_string()))))
        }
        Err(refused) if refused.stderr.contains(&format!("No project with a name or ID of '{name}' exists")) => {
            Ok(None)
        }
        Err(refused) => Err(judge(refused, &request)),
    }
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "openstack";
        /// The project of that name in that domain; an error when there is none.
        read fn project(call, name: String, domain: String) -> Handle<Project> {
            let found = call.find(&name, || read_one(call, &name, &domain))?;
            found.ok_or_else(|| Stop::failed(format!("domain {domain} has no project {name}")).with("from", format!("openstack project show {name} --domain {domain}")))
        }
        /// Whether that domain has a project of that name.
        read fn has_project(call, name: String, domain: String) -> bool { Ok(call.find(&name, || read_one(call, &name, &domain))?.is_some()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_captured_project_is_read() {
        for (_, bytes) in crate::primitives::juju::captures_test::captures("openstack-live", "project-show.json") {
            let project: Project = serde_json::from_slice(&bytes).unwrap();
            assert_eq!((project.name.as_str(), project.is_enabled), ("admin", true));
        }
    }
}
