//! Neutron's security groups, as far as they are found by tag.

use serde_json::{Value, json};

use super::cli::Spec;
use super::{Answered, Ask, Effect, Needs, SecurityGroup, Shown, by_id_or_name, one, tags_fit};

const NEUTRON: Needs = Needs::Service("network");

/// What Neutron answers about security groups.
pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        takes: &["--project", "--tags", "--any-tags", "--not-tags", "--not-any-tags"],
        unanswered: &["--project-domain", "--share", "--no-share"],
        ..Spec::new("security group list", Effect::Read, NEUTRON, list)
    },
    Spec { positionals: &["<group>"], ..Spec::new("security group show", Effect::Read, NEUTRON, show) },
];

fn list(ask: &mut Ask<'_>) -> Answered {
    let groups = ask.state.openstack.neutron.security_groups.iter();
    let wanted = |group: &SecurityGroup| {
        tags_fit(&group.tags, &ask.asked)
            && ask.asked.one("--project").is_none_or(|project| project == group.project_id)
    };
    let rows = groups.filter(|(_, group)| wanted(group)).map(|(id, group)| {
        vec![
            json!(id),
            json!(group.name),
            json!(group.description),
            json!(group.project_id),
            ask.tags(&group.tags),
            json!(false),
        ]
    });
    Ok(Shown::Rows(vec!["ID", "Name", "Description", "Project", "Tags", "Shared"], rows.collect()))
}

fn show(ask: &mut Ask<'_>) -> Answered {
    let wanted = &ask.asked.positionals[0];
    let found =
        by_id_or_name("SecurityGroup", wanted, &ask.state.openstack.neutron.security_groups, |group| &group.name)?;
    let (id, group) = found;
    let shown: Value = json!({
        "created_at": "2026-11-20T22:00:00Z",
        "description": group.description,
        "id": id,
        "is_shared": false,
        "name": group.name,
        "project_id": group.project_id,
        "revision_number": 1,
        "rules": [],
        "stateful": true,
        "tags": ask.tags(&group.tags),
        "updated_at": "2026-11-20T22:00:00Z",
    });
    Ok(one(shown))
}
