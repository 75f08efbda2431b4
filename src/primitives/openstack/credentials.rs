//! Credentials: a login that is proven by a token, and the openrc file that clients read. The password goes into one
//! child's environment, or through standard input into a 0600 file, and nowhere else.

use std::collections::BTreeMap;

use super::catalog::{self, Endpoint, Service};
use super::{json_command, judge};
use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::primitives::jumphost::{self, File};
use crate::primitives::reply::{Refused, acted};
use crate::script::{Handle, List, Primitive, Source};
use crate::transport::{Input, Request, Secret};
use crate::{handle, options};

handle! {
    /// A login that Keystone accepted.
    CloudLogin("openstack login") by scope {
        /// Project and domain that the token is scoped to, e.g. `admin@admin_domain`.
        scope: String,
        /// The project.
        project: String,
        /// The project's domain: found by trying.
        project_domain: String,
    } hidden {
        /// What a client's environment holds.
        environment: BTreeMap<String, Input>,
    }
}

options! {
    /// Who logs in, and where.
    LoginSpec {
        /// Keystone's address, e.g. `https://10.12.4.50:5000/v3`.
        auth_url in forms::URL: String,
        /// The user.
        user: String,
        /// The user's domain.
        user_domain: String,
        /// The project to be scoped to.
        project: String,
        /// Domains that may hold the project, in the order of trying.
        project_domains: Vec<String>,
        /// The region.
        region: String,
        /// The file with the authority of Keystone's certificate.
        ca: Option<Handle<File>> = None,
    }
}

/// A token's scope, without the token: only these columns are asked for.
#[derive(serde::Deserialize)]
struct Token {
    #[serde(rename = "project_id")]
    _project_id: String,
}

/// What a client's environment must hold, but the scope.
fn environment(spec: &LoginSpec, password: &Secret, domain: &str) -> BTreeMap<String, Input> {
    let text = |value: &str| Input::Text(value.to_string());
    let mut all = BTreeMap::from([
        ("OS_AUTH_URL".to_string(), text(&spec.auth_url)),
        ("OS_USERNAME".to_string(), text(&spec.user)),
        ("OS_PASSWORD".to_string(), Input::Secret(password.clone())),
        ("OS_USER_DOMAIN_NAME".to_string(), text(&spec.user_domain)),
        ("OS_PROJECT_NAME".to_string(), text(&spec.project)),
        ("OS_PROJECT_DOMAIN_NAME".to_string(), text(domain)),
        ("OS_REGION_NAME".to_string(), text(&spec.region)),
        ("OS_IDENTITY_API_VERSION".to_string(), text("3")),
        ("OS_AUTH_TYPE".to_string(), text("password")),
    ]);
    if let Some(ca) = &spec.ca {
        all.insert("OS_CACERT".to_string(), text(ca.identity()));
    }
    all
}

fn with_environment(request: Request, environment: &BTreeMap<String, Input>) -> Request {
    match request {
        Request::Command(mut command) => {
            command.env = environment.clone();
            Request::Command(command)
        }
        http => http,
    }
}

/// Tries the domains until Keystone gives a token that is scoped to the project.
fn login(call: &Call<'_>, spec: &LoginSpec, password: &Secret) -> Result<Handle<CloudLogin>, Stop> {
    if let Some(step) = spec.ca.as_ref().and_then(Handle::planned_in) {
        return Err(Stop::deferred(format!("a login at {}", spec.auth_url), step));
    }
    if spec.project_domains.is_empty() {
        return Err(Stop::script("a login needs at least one domain to look for its project in"));
    }
    let mut refusals = Vec::new();
    for domain in &spec.project_domains {
        let environment = environment(spec, password, domain);
        let request = json_command(["token", "issue", "-c", "project_id", "-c", "expires"]);
        let request = with_environment(request, &environment);
        match token(call, &request)? {
            Ok(_) => return Ok(accepted(spec, domain, environment, &request)),
            Err(refused) => refusals.push(format!("{}@{domain}: {}", spec.project, refused.stderr)),
        }
    }
    Err(Stop::failed(format!("{} gets no token for project {} in any of these domains", spec.user, spec.project))
        .with("seen", refusals.join("\n         "))
        .with("means", "the password is another one, or the user has no role there; Keystone does not tell which"))
}

/// A scoped token, or Keystone's refusal. Anything else is no answer.
fn token(call: &Call<'_>, request: &Request) -> Result<Result<Token, Refused>, Stop> {
    match acted(call, request)? {
        Ok(stdout) => Ok(Ok(call.parse(request, &stdout)?)),
        Err(refused) if refused.stderr.contains("(HTTP 401)") => Ok(Err(refused)),
        Err(refused) => Err(judge(refused, request)),
    }
}

fn accepted(
    spec: &LoginSpec,
    domain: &str,
    environment: BTreeMap<String, Input>,
    request: &Request,
) -> Handle<CloudLogin> {
    let login = CloudLogin {
        scope: format!("{}@{domain}", spec.project),
        project: spec.project.clone(),
        project_domain: domain.to_string(),
        environment,
    };
    Handle::seen(login, Source::from(request.to_string()))
}

/// The file's text: one `export NAME='VALUE'` a line, in the order of the names.
fn openrc_text(environment: &BTreeMap<String, Input>) -> Result<Secret, Stop> {
    let mut text = String::from("# Written by omega; it holds a password.\n");
    for (name, value) in environment {
        let value = match value {
            Input::Text(text) => text.as_str(),
            Input::Secret(secret) => secret.expose(),
        };
        if value.contains(['\n', '\0']) {
            return Err(Stop::failed(format!("the value of {name} has a line break; an openrc cannot hold it")));
        }
        text += &format!("export {name}='{}'\n", value.replace('\'', r"'\''"));
    }
    Ok(Secret::new(text))
}

fn ensure_openrc(call: &Call<'_>, path: &str, login: &Handle<CloudLogin>) -> Result<Handle<File>, Stop> {
    let text = openrc_text(&login.now()?.environment)?;
    let reason = format!("clients log in with it as {}", login.identity());
    jumphost::ensure(call, path, "600", &Input::Secret(text), &reason)
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "openstack";
        /// Logs in with a password: tries the domains for the one that holds the project, and is proven by a scoped
        /// token. Keystone issues a token for each try.
        acts fn login(call, spec: LoginSpec, password: Secret) -> Handle<CloudLogin> { login(call, &spec, &password) }
        /// The catalog that this login gets: services by type.
        read fn catalog on CloudLogin(call, login: Handle<CloudLogin>) -> List<Service> {
            let request = with_environment(catalog::catalog_request(), &login.now()?.environment);
            call.list(login.identity(), || catalog::catalog(call, &request))
        }
        /// Every endpoint in the catalog that this login gets, by service type and interface.
        read fn endpoints on CloudLogin(call, login: Handle<CloudLogin>) -> List<Endpoint> {
            let request = with_environment(catalog::catalog_request(), &login.now()?.environment);
            call.list(login.identity(), || catalog::flat(&catalog::catalog(call, &request)?))
        }
        /// Writes the login into an openrc file of mode 600, or corrects it; confirmed by comparing again. The password
        /// is never shown.
        #[seen_by("jumphost::file", "jumphost::has_file" = true, "File.mode" = "600", "File.content")]
        change fn ensure_openrc(call, path: String, login: Handle<CloudLogin>) -> Handle<File> { ensure_openrc(call, &path, &login) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> LoginSpec {
        LoginSpec {
            auth_url: "https://10.12.4.50:5000/v3".into(),
            user: "admin".into(),
            user_domain: "admin_domain".into(),
            project: "admin".into(),
            project_domains: vec!["admin_domain".into()],
            region: "RegionOne".into(),
            ca: None,
        }
    }

    #[test]
    fn the_file_quotes_what_a_shell_would_read() {
        let environment = environment(&spec(), &Secret::new("it's $HOME"), "admin_domain");
        let text = openrc_text(&environment).unwrap();
        assert!(text.expose().contains("export OS_PASSWORD='it'\\''s $HOME'\n"), "{}", text.expose());
        assert!(text.expose().contains("export OS_PROJECT_DOMAIN_NAME='admin_domain'\n"));
    }

    #[test]
    fn the_password_is_in_no_printed_request_and_in_no_debug_text() {
        let environment = environment(&spec(), &Secret::new("hunter2"), "admin_domain");
        let request = with_environment(json_command(["token", "issue"]), &environment);
        assert!(!format!("{request} {request:?}").contains("hunter2"));
    }

    #[test]
    fn a_line_break_in_a_password_is_refused() {
        assert!(openrc_text(&environment(&spec(), &Secret::new("a\nb"), "x")).is_err());
    }

    #[test]
    fn a_token_without_a_project_is_not_scoped() {
        assert!(serde_json::from_str::<Token>(r#"{"expires": "2026-11-21T02:12:52+0000"}"#).is_err());
    }
}
