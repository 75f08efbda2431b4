//! Who asks, and whether the services answer.
//!
//! Without `OS_AUTH_URL` in the command's environment the caller is the cloud's administrator: the lab within the
//! process needs no openrc. With it (an empty one too) everything is checked as Keystone checks it.

use std::collections::BTreeMap;

use super::{Domain, Needs, Plane, Trouble};
use crate::lab::State;
use crate::transport::Input;

/// The one who asks.
pub(super) struct Caller {
    pub user_id: String,
    /// Without a project the token is unscoped, and its catalog empty.
    pub project_id: Option<String>,
    /// The region whose endpoints are asked; none stands for the only one.
    pub region: Option<String>,
    pub is_admin: bool,
}

/// Identifies the caller, or says what the client says.
pub(super) fn caller(state: &State, env: &BTreeMap<String, Input>) -> Result<Caller, Trouble> {
    let Some(url) = text(env, "OS_AUTH_URL") else { return administrator(state) };
    if url.is_empty() {
        return Err(Trouble("Missing value auth-url required for auth plugin password".into()));
    }
    reached(state, url)?;
    let get = |name| text(env, name).unwrap_or_default();
    let (user, user_domain) = (get("OS_USERNAME"), get("OS_USER_DOMAIN_NAME"));
    let found = domain_named(state, user_domain).and_then(|(_, domain)| domain.users.get(user));
    let found = found.filter(|user| user.enabled && user.password == get("OS_PASSWORD"));
    let found = found.ok_or_else(|| unauthorized(state))?;
    let project = get("OS_PROJECT_NAME");
    let region = text(env, "OS_REGION_NAME").filter(|name| !name.is_empty()).map(ToString::to_string);
    if project.is_empty() {
        return Ok(Caller { user_id: found.id.clone(), project_id: None, region, is_admin: false });
    }
    let domain = get("OS_PROJECT_DOMAIN_NAME");
    let user_domain = domain_named(state, user_domain).map_or(user_domain, |(name, _)| name);
    let caller = scoped(state, &format!("{user}@{user_domain}"), &found.id, project, domain);
    Ok(Caller { region, ..caller.ok_or_else(|| unauthorized(state))? })
}

fn text<'e>(env: &'e BTreeMap<String, Input>, name: &str) -> Option<&'e str> {
    match env.get(name)? {
        Input::Text(text) => Some(text),
        Input::Secret(secret) => Some(secret.expose()),
    }
}

/// A user without a role on the project is told no more than one with a wrong password.
fn scoped(state: &State, user: &str, user_id: &str, project: &str, domain: &str) -> Option<Caller> {
    let keystone = &state.openstack.keystone;
    let (domain, found) = domain_named(state, domain)?;
    let found = found.projects.get(project).filter(|project| project.enabled)?;
    let at = format!("{project}@{domain}");
    let mine = keystone.assignments.iter().filter(|row| row.user == user && row.project.as_ref() == Some(&at));
    let roles: Vec<&str> = mine.map(|row| row.role.as_str()).collect();
    (!roles.is_empty()).then(|| Caller {
        user_id: user_id.to_string(),
        project_id: Some(found.id.clone()),
        region: None,
        is_admin: roles.contains(&"admin"),
    })
}

/// Keystone's database compares names without regard to case.
fn domain_named<'a>(state: &'a State, wanted: &str) -> Option<(&'a str, &'a Domain)> {
    let mut all = state.openstack.keystone.domains.iter();
    all.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(name, domain)| (name.as_str(), domain))
}

/// The user with the role `admin` on a project, as the lab's own caller.
fn administrator(state: &State) -> Result<Caller, Trouble> {
    let keystone = &state.openstack.keystone;
    reached(state, &keystone.auth_url)?;
    let rows = keystone.assignments.iter().filter(|row| row.role == "admin");
    let mut callers = rows.filter_map(|row| {
        let (user, user_domain) = row.user.split_once('@')?;
        let (project, domain) = row.project.as_ref()?.split_once('@')?;
        let user_id = &keystone.domains.get(user_domain)?.users.get(user)?.id;
        scoped(state, &row.user, user_id, project, domain)
    });
    callers.next().ok_or_else(|| unauthorized(state))
}

fn unauthorized(state: &State) -> Trouble {
    Trouble(format!("The request you have made requires authentication. (HTTP 401) ({})", request_id(state, "401")))
}

/// The tag by which a real service finds a request in its log. It is not drawn from the seed: a read draws nothing.
pub(super) fn request_id(state: &State, what: &str) -> String {
    let hex = crate::lab::seed::hex(&state.seed.rank(&format!("{what} {} {}", state.clock.seconds, state.seed.drawn)));
    format!("Request-ID: req-{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

/// Whether Keystone answers at this address, on any plane.
fn reached(state: &State, url: &str) -> Result<(), Trouble> {
    let keystone = &state.openstack.keystone;
    let endpoints = keystone.services.get("keystone").map(|service| &service.endpoints);
    let own = endpoints.into_iter().flat_map(|all| all.values()).map(|endpoint| endpoint.url.as_str());
    let mut all = own.chain([keystone.auth_url.as_str()]);
    let host_of = |url: &str| url.split("://").nth(1).and_then(|rest| rest.split('/').next()).map(ToString::to_string);
    let is_there = keystone.listening && all.clone().any(|own| host_of(own) == host_of(url));
    if is_there && all.any(|own| own.trim_end_matches('/') == url.trim_end_matches('/')) {
        return Ok(());
    }
    let tried = format!(
        "Failed to discover available identity versions when contacting {url}. Attempting to parse version from URL.\n"
    );
    if is_there {
        return Err(Trouble(format!(
            "{tried}Could not find versioned identity endpoints when attempting to authenticate. Please check that your \
             auth_url is correct. Not Found (HTTP 404) ({})",
            request_id(state, "404")
        )));
    }
    Err(Trouble(format!("{tried}{}", unreachable(state, url, "/auth/tokens"))))
}

/// What the client's HTTP library says when nothing answers.
fn unreachable(state: &State, url: &str, path: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (authority, prefix) = rest.split_once('/').map_or((rest, String::new()), |(a, b)| (a, format!("/{b}")));
    let default_port = if scheme == "https" { "443" } else { "80" };
    let (host, port) = authority.split_once(':').unwrap_or((authority, default_port));
    let pool = if scheme == "https" { "HTTPS" } else { "HTTP" };
    let object = &crate::lab::seed::hex(&state.seed.rank(url))[..10];
    format!(
        "Unable to establish connection to {url}{path}: {pool}ConnectionPool(host='{host}', port={port}): Max retries \
         exceeded with url: {prefix}{path} (Caused by NewConnectionError('<urllib3.connection.{pool}Connection object \
         at 0x7f{object}>: Failed to establish a new connection: [Errno 113] No route to host'))"
    )
}

/// Whether the service that a command needs is in the catalog and answers.
pub(super) fn reaches(state: &State, needs: Needs, caller: &Caller) -> Result<(), Trouble> {
    let keystone = &state.openstack.keystone;
    let region = caller.region.as_ref().unwrap_or(&keystone.region);
    let absent = |kind: &str| Err(Trouble(format!("public endpoint for {kind} service in {region} region not found")));
    let kind = match needs {
        Needs::Token => return Ok(()),
        Needs::Keystone if *region != keystone.region => return absent("identity"),
        Needs::Keystone => return Ok(()),
        Needs::Service(kind) => kind,
    };
    if caller.project_id.is_none() {
        return Err(Trouble("The service catalog is empty.".into()));
    }
    if *region != keystone.region {
        return absent(kind);
    }
    let found = keystone.services.values().find(|service| service.kind == kind);
    let endpoint = found.and_then(|service| service.endpoints.get(&Plane::Public)).filter(|found| found.enabled);
    match (found, endpoint) {
        (Some(service), Some(_)) if service.listening => Ok(()),
        (Some(_), Some(endpoint)) => Err(Trouble(unreachable(state, &endpoint.url, ""))),
        _ => absent(kind),
    }
}
