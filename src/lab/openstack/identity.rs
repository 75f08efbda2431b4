//! Keystone: the catalog, services, endpoints, domains, projects, users, roles and tokens.

use serde_json::{Value, json};

use super::cli::Spec;
use super::login::request_id;
use super::{Answered, Ask, Effect, Endpoint, Needs, Plane, Service, Shown, Trouble, one};

/// What Keystone answers.
pub(super) const COMMANDS: &[Spec] = &[
    Spec { needs: Needs::Token, ..read("catalog list", catalog_list) },
    Spec { needs: Needs::Token, positionals: &["<service>"], ..read("catalog show", catalog_show) },
    read("domain list", domain_list),
    Spec { positionals: &["<domain>"], ..read("domain show", domain_show) },
    Spec {
        takes: &["--service", "--interface", "--region"],
        unanswered: &["--endpoint", "--project", "--project-domain"],
        ..read("endpoint list", endpoint_list)
    },
    Spec {
        takes: &["--domain"],
        flags: &["--long"],
        unanswered: &["--user", "--my-projects", "--parent", "--sort", "--tags", "--enabled", "--disabled"],
        ..read("project list", project_list)
    },
    Spec {
        positionals: &["<project>"],
        takes: &["--domain"],
        unanswered: &["--parents", "--children"],
        ..read("project show", project_show)
    },
    read("region list", region_list),
    Spec {
        takes: &["--project", "--project-domain", "--user", "--user-domain", "--role"],
        flags: &["--names"],
        unanswered: &[
            "--effective",
            "--role-domain",
            "--group",
            "--group-domain",
            "--domain",
            "--system",
            "--auth-user",
        ],
        ..read("role assignment list", assignment_list)
    },
    Spec { unanswered: &["--domain"], ..read("role list", role_list) },
    Spec { flags: &["--long"], ..read("service list", service_list) },
    Spec::new("token issue", Effect::Acts, Needs::Token, token_issue),
    Spec {
        takes: &["--domain"],
        flags: &["--long"],
        unanswered: &["--group", "--project", "--sort", "--enabled", "--disabled"],
        ..read("user list", user_list)
    },
    Spec { positionals: &["<user>"], takes: &["--domain"], ..read("user show", user_show) },
];

const fn read(words: &'static str, run: fn(&mut Ask<'_>) -> Answered) -> Spec {
    Spec::new(words, Effect::Read, Needs::Keystone, run)
}

/// Keystone's policy: most lists are the administrator's.
fn allowed(ask: &Ask<'_>, what: &str) -> Result<(), Trouble> {
    if ask.caller.is_admin {
        return Ok(());
    }
    let id = request_id(ask.state, what);
    Err(Trouble(format!("You are not authorized to perform the requested action: identity:{what}. (HTTP 403) ({id})")))
}

fn catalog_list(ask: &mut Ask<'_>) -> Answered {
    let services = scoped_services(ask);
    let rows = services
        .map(|(name, service)| vec![json!(name), json!(service.kind), Value::Array(catalog_endpoints(ask, service))]);
    Ok(Shown::Rows(vec!["Name", "Type", "Endpoints"], rows.collect()))
}

/// The catalog of a token: none without a project.
fn scoped_services<'a>(ask: &'a Ask<'_>) -> impl Iterator<Item = (&'a String, &'a Service)> {
    let is_scoped = ask.caller.project_id.is_some();
    ask.state.openstack.keystone.services.iter().filter(move |_| is_scoped)
}

fn catalog_endpoints(ask: &Ask<'_>, service: &Service) -> Vec<Value> {
    let region = &ask.state.openstack.keystone.region;
    let enabled = service.endpoints.iter().filter(|(_, endpoint)| endpoint.enabled);
    let mut rows: Vec<(&Plane, &Endpoint)> = enabled.collect();
    rows.sort_by_key(|(_, endpoint)| &endpoint.id);
    let row = |(plane, endpoint): (&Plane, &Endpoint)| {
        let project = ask.caller.project_id.as_deref().unwrap_or_default();
        let url = endpoint.url.replace("$(tenant_id)s", project).replace("$(project_id)s", project);
        json!({"region": region, "id": endpoint.id, "interface": plane.word(), "region_id": region, "url": url})
    };
    rows.into_iter().map(row).collect()
}

/// A service that is not there is no failure: an empty object, and the complaint on standard error.
fn catalog_show(ask: &mut Ask<'_>) -> Answered {
    let wanted = ask.asked.positionals[0].clone();
    let found = scoped_services(ask).find(|(name, service)| **name == wanted || service.kind == wanted);
    let Some((name, service)) = found else {
        ask.asked.warning = format!("service {wanted} not found\n");
        return Ok(Shown::One(Vec::new()));
    };
    let endpoints = Value::Array(catalog_endpoints(ask, service));
    Ok(one(json!({"endpoints": endpoints, "id": service.id, "name": name, "type": service.kind})))
}

fn endpoint_list(ask: &mut Ask<'_>) -> Answered {
    allowed(ask, "list_endpoints")?;
    let keystone = &ask.state.openstack.keystone;
    let plane = ask.asked.one("--interface");
    let service = ask.asked.one("--service").map(|wanted| service_named(ask, wanted)).transpose()?;
    let region_fits = ask.asked.one("--region").is_none_or(|region| region == keystone.region);
    let all =
        keystone.services.iter().flat_map(|(name, found)| found.endpoints.iter().map(move |at| (name, found, at)));
    let mut rows: Vec<Vec<Value>> = all
        .filter(|(name, _, (at, _))| {
            region_fits && plane.is_none_or(|plane| plane == at.word()) && service.is_none_or(|wanted| wanted == *name)
        })
        .map(|(name, found, (plane, endpoint))| {
            vec![
                json!(endpoint.id),
                json!(keystone.region),
                json!(name),
                json!(found.kind),
                json!(endpoint.enabled),
                json!(plane.word()),
                json!(endpoint.url),
            ]
        })
        .collect();
    rows.sort_by_key(|row| row[0].to_string());
    Ok(Shown::Rows(vec!["ID", "Region", "Service Name", "Service Type", "Enabled", "Interface", "URL"], rows))
}

fn service_named<'a>(ask: &'a Ask<'_>, wanted: &str) -> Result<&'a String, Trouble> {
    let mut all = ask.state.openstack.keystone.services.iter();
    let found = all.find(|(name, service)| *name == wanted || service.kind == wanted || service.id == wanted);
    let none = || Trouble(format!("No service with a type, name or ID of '{wanted}' exists."));
    found.map(|(name, _)| name).ok_or_else(none)
}

fn service_list(ask: &mut Ask<'_>) -> Answered {
    allowed(ask, "list_services")?;
    let is_long = ask.asked.has("--long");
    let mut services: Vec<_> = ask.state.openstack.keystone.services.iter().collect();
    services.sort_by_key(|(_, service)| &service.id);
    let rows = services.into_iter().map(|(name, service)| {
        let mut row = vec![json!(service.id), json!(name), json!(service.kind)];
        if is_long {
            row.extend([json!(""), json!(true)]);
        }
        row
    });
    let mut columns = vec!["ID", "Name", "Type"];
    if is_long {
        columns.extend(["Description", "Enabled"]);
    }
    Ok(Shown::Rows(columns, rows.collect()))
}

fn domain_list(ask: &mut Ask<'_>) -> Answered {
    allowed(ask, "list_domains")?;
    let mut domains: Vec<_> = ask.state.openstack.keystone.domains.iter().collect();
    domains.sort_by_key(|(_, domain)| &domain.id);
    let rows = domains
        .into_iter()
        .map(|(name, domain)| vec![json!(domain.id), json!(name), json!(domain.enabled), json!(domain.description)]);
    Ok(Shown::Rows(vec!["ID", "Name", "Enabled", "Description"], rows.collect()))
}

fn domain_show(ask: &mut Ask<'_>) -> Answered {
    allowed(ask, "get_domain")?;
    let name = domain_named(ask, &ask.asked.positionals[0])?;
    let domain = &ask.state.openstack.keystone.domains[&name];
    Ok(one(json!({
        "description": domain.description, "enabled": domain.enabled, "id": domain.id, "name": name, "options": {},
        "tags": [],
    })))
}

fn domain_named(ask: &Ask<'_>, wanted: &str) -> Result<String, Trouble> {
    let mut all = ask.state.openstack.keystone.domains.iter();
    let found = all.find(|(name, domain)| *name == wanted || domain.id == wanted).map(|(name, _)| name.clone());
    found.ok_or_else(|| Trouble(format!("No domain with a name or ID of '{wanted}' exists.")))
}

/// The domains that `--domain` leaves, or all.
fn asked_domains(ask: &Ask<'_>) -> Result<Vec<String>, Trouble> {
    match ask.asked.one("--domain") {
        Some(wanted) => Ok(vec![domain_named(ask, wanted)?]),
        None => Ok(ask.state.openstack.keystone.domains.keys().cloned().collect()),
    }
}

fn project_list(ask: &mut Ask<'_>) -> Answered {
    let is_long = ask.asked.has("--long");
    let mut rows = Vec::new();
    for domain in asked_domains(ask)? {
        let domain = &ask.state.openstack.keystone.domains[&domain];
        let seen = domain.projects.iter().filter(|(_, found)| {
            // Anyone may list; who is no administrator sees what is theirs.
            ask.caller.is_admin || ask.caller.project_id.as_ref() == Some(&found.id)
        });
        rows.extend(seen.map(|(name, project)| {
            let mut row = vec![json!(project.id), json!(name)];
            if is_long {
                row.extend([json!(domain.id), json!(project.description), json!(project.enabled)]);
            }
            row
        }));
    }
    rows.sort_by_key(|row| row[0].to_string());
    let mut columns = vec!["ID", "Name"];
    if is_long {
        columns.extend(["Domain ID", "Description", "Enabled"]);
    }
    Ok(Shown::Rows(columns, rows))
}

fn project_show(ask: &mut Ask<'_>) -> Answered {
    allowed(ask, "get_project")?;
    let wanted = ask.asked.positionals[0].clone();
    let domains = asked_domains(ask)?;
    let keystone = &ask.state.openstack.keystone;
    let all = domains.iter().flat_map(|domain| {
        let domain = &keystone.domains[domain];
        domain.projects.iter().map(move |(name, project)| (domain, name, project))
    });
    let found: Vec<_> = all.filter(|(_, name, project)| **name == wanted || project.id == wanted).collect();
    let mut own = found.iter().filter(|(_, _, project)| ask.caller.project_id.as_ref() == Some(&project.id));
    let (domain, name, project) = match found.as_slice() {
        [] => return Err(Trouble(format!("No project with a name or ID of '{wanted}' exists."))),
        [one] => *one,
        // Of several, the client takes the one that it is logged in to.
        _ if let Some(own) = own.next() => *own,
        _ => return Err(Trouble(format!("More than one project exists with the name '{wanted}'."))),
    };
    Ok(one(json!({
        "description": project.description, "domain_id": domain.id, "enabled": project.enabled, "id": project.id,
        "is_domain": false, "name": name, "options": {}, "parent_id": domain.id, "tags": ask.tags(&project.tags),
    })))
}

fn user_list(ask: &mut Ask<'_>) -> Answered {
    allowed(ask, "list_users")?;
    let is_long = ask.asked.has("--long");
    let keystone = &ask.state.openstack.keystone;
    let mut rows = Vec::new();
    for domain in asked_domains(ask)? {
        let domain = &keystone.domains[&domain];
        rows.extend(domain.users.iter().map(|(name, user)| {
            let mut row = vec![json!(user.id), json!(name)];
            if is_long {
                row.extend([json!(""), json!(domain.id), json!(""), json!(""), json!(user.enabled)]);
            }
            row
        }));
    }
    let mut columns = vec!["ID", "Name"];
    if is_long {
        columns.extend(["Project", "Domain", "Description", "Email", "Enabled"]);
    }
    Ok(Shown::Rows(columns, rows))
}

fn user_show(ask: &mut Ask<'_>) -> Answered {
    allowed(ask, "get_user")?;
    let wanted = ask.asked.positionals[0].clone();
    let domains = asked_domains(ask)?;
    let keystone = &ask.state.openstack.keystone;
    let all = domains.iter().flat_map(|domain| {
        let domain = &keystone.domains[domain];
        domain.users.iter().map(move |(name, user)| (domain, name, user))
    });
    let found: Vec<_> = all.filter(|(_, name, user)| **name == wanted || user.id == wanted).collect();
    let mut own = found.iter().filter(|(_, _, user)| ask.caller.user_id == user.id);
    let (domain, name, user) = match found.as_slice() {
        [] => return Err(Trouble(format!("No user with a name or ID of '{wanted}' exists."))),
        [one] => *one,
        _ if let Some(own) = own.next() => *own,
        _ => return Err(Trouble(format!("More than one user exists with the name '{wanted}'."))),
    };
    Ok(one(json!({
        "domain_id": domain.id, "enabled": user.enabled, "id": user.id, "name": name, "options": {},
        "password_expires_at": null,
    })))
}

fn role_list(ask: &mut Ask<'_>) -> Answered {
    allowed(ask, "list_roles")?;
    let rows = ask.state.openstack.keystone.roles.iter().map(|(name, id)| vec![json!(id), json!(name)]);
    let mut rows: Vec<Vec<Value>> = rows.collect();
    rows.sort_by_key(|row| row[0].to_string());
    Ok(Shown::Rows(vec!["ID", "Name"], rows))
}

fn assignment_list(ask: &mut Ask<'_>) -> Answered {
    allowed(ask, "list_role_assignments")?;
    let is_named = ask.asked.has("--names");
    let at = |name: &str, domain: &str| {
        let name = ask.asked.one(name)?.to_string();
        Some((name, ask.asked.one(domain).map(ToString::to_string)))
    };
    let (user, project) = (at("--user", "--user-domain"), at("--project", "--project-domain"));
    let fits = |wanted: &Option<(String, Option<String>)>, seen: Option<&String>| match (wanted, seen) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some((name, domain)), Some(seen)) => {
            seen.split_once('@').is_some_and(|(n, d)| n == name && domain.as_deref().is_none_or(|domain| domain == d))
        }
    };
    let keystone = &ask.state.openstack.keystone;
    let rows = keystone.assignments.iter().filter(|row| {
        fits(&user, Some(&row.user))
            && fits(&project, row.project.as_ref())
            && ask.asked.one("--role").is_none_or(|role| role == row.role)
    });
    let shown = |text: Option<&String>, kind| match text {
        Some(text) if is_named => text.clone(),
        Some(text) => id_of(ask, kind, text),
        None => String::new(),
    };
    let rows = rows.map(|row| {
        let role = if is_named { Some(&row.role) } else { keystone.roles.get(&row.role) };
        vec![
            json!(role),
            json!(shown(Some(&row.user), "user")),
            json!(""),
            json!(shown(row.project.as_ref(), "project")),
            json!(shown(row.domain.as_ref(), "domain")),
            json!(""),
            json!(false),
        ]
    });
    Ok(Shown::Rows(vec!["Role", "User", "Group", "Project", "Domain", "System", "Inherited"], rows.collect()))
}

/// The id behind `NAME@DOMAIN`, as the list shows it without `--names`.
fn id_of(ask: &Ask<'_>, kind: &str, text: &str) -> String {
    let keystone = &ask.state.openstack.keystone;
    let (name, domain) = text.split_once('@').unwrap_or(("", text));
    let found = keystone.domains.get(domain);
    let id = match kind {
        "user" => found.and_then(|domain| domain.users.get(name)).map(|user| &user.id),
        "project" => found.and_then(|domain| domain.projects.get(name)).map(|project| &project.id),
        _ => found.map(|domain| &domain.id),
    };
    id.cloned().unwrap_or_default()
}

fn region_list(ask: &mut Ask<'_>) -> Answered {
    let region = &ask.state.openstack.keystone.region;
    Ok(Shown::Rows(vec!["Region", "Parent Region", "Description"], vec![vec![json!(region), Value::Null, json!("")]]))
}

/// Leaves a record behind: Keystone has issued one token more.
fn token_issue(ask: &mut Ask<'_>) -> Answered {
    let draw = ask.state.seed.draw();
    let expires = ask.state.clock.now() + jiff::SignedDuration::from_hours(1);
    let expires = expires.strftime("%Y-%m-%dT%H:%M:%S+0000").to_string();
    ask.state.openstack.keystone.tokens_issued += 1;
    let mut token = json!({
        "expires": expires,
        "id": format!("gAAAAAB{}", crate::lab::seed::hex(&draw)),
        "user_id": ask.caller.user_id,
    });
    if let Some(project) = &ask.caller.project_id {
        token["project_id"] = json!(project);
    }
    Ok(one(token))
}
