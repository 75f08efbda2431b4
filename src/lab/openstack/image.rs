//! Glance's images.

use serde_json::{Map, Value, json};

use super::cli::Spec;
use super::{Answered, Ask, Effect, Image, Needs, Shown, by_id_or_name, one};

const GLANCE: Needs = Needs::Service("image");

/// What Glance answers.
pub(super) const COMMANDS: &[Spec] = &[
    Spec {
        takes: &["--name", "--status", "--tag", "--property"],
        flags: &["--long", "--public", "--private", "--shared", "--community", "--all"],
        unanswered: &["--member-status", "--project", "--sort", "--limit", "--marker", "--page-size", "--hidden"],
        ..Spec::new("image list", Effect::Read, GLANCE, list)
    },
    Spec {
        positionals: &["<image>"],
        unanswered: &["--human-readable"],
        ..Spec::new("image show", Effect::Read, GLANCE, show)
    },
];

fn list(ask: &mut Ask<'_>) -> Answered {
    let is_long = ask.asked.has("--long");
    let images = ask.state.openstack.images.iter().filter(|(_, image)| fits(ask, image));
    let rows = images.map(|(id, image)| {
        if !is_long {
            return vec![json!(id), json!(image.name), json!(image.status)];
        }
        vec![
            json!(id),
            json!(image.name),
            json!(image.disk_format),
            json!(image.container_format),
            json!(image.size),
            json!(image.checksum),
            json!(image.status),
            json!(image.visibility),
            json!(image.protected),
            json!(image.owner),
            ask.tags(&image.tags),
        ]
    });
    let columns = if is_long {
        vec![
            "ID",
            "Name",
            "Disk Format",
            "Container Format",
            "Size",
            "Checksum",
            "Status",
            "Visibility",
            "Protected",
            "Project",
            "Tags",
        ]
    } else {
        vec!["ID", "Name", "Status"]
    };
    Ok(Shown::Rows(columns, rows.collect()))
}

fn fits(ask: &Ask<'_>, image: &Image) -> bool {
    let asked = &ask.asked;
    let seen = ["public", "private", "shared", "community"].into_iter().find(|word| asked.has(&format!("--{word}")));
    let property = |text: &str| {
        text.split_once('=').is_some_and(|(key, value)| image.properties.get(key).is_some_and(|seen| seen == value))
    };
    asked.one("--name").is_none_or(|name| name == image.name)
        && asked.one("--status").is_none_or(|status| status == image.status)
        && seen.is_none_or(|seen| seen == image.visibility)
        && asked.all("--tag").all(|tag| image.tags.contains(tag))
        && asked.all("--property").all(property)
}

fn show(ask: &mut Ask<'_>) -> Answered {
    let wanted = &ask.asked.positionals[0];
    let (id, image) = by_id_or_name("Image", wanted, &ask.state.openstack.images, |image| &image.name)?;
    let mut object = json!({
        "container_format": image.container_format,
        "created_at": image.created_at.to_string(),
        "disk_format": image.disk_format,
        "file": format!("/v2/images/{id}/file"),
        "id": id,
        "min_disk": 0,
        "min_ram": 0,
        "name": image.name,
        "owner": image.owner,
        "properties": properties(image),
        "protected": image.protected,
        "schema": "/v2/schemas/image",
        "status": image.status,
        "tags": ask.tags(&image.tags),
        "updated_at": image.updated_at.to_string(),
        "visibility": image.visibility,
    });
    // What Glance does not know before the upload is not printed.
    if let Some(size) = image.size {
        object["size"] = json!(size);
        object["virtual_size"] = json!(size);
        object["checksum"] = json!(image.checksum);
    }
    Ok(one(object))
}

fn properties(image: &Image) -> Value {
    let mut all: Map<String, Value> = image.properties.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    all.insert("os_hidden".into(), json!(false));
    Value::Object(all)
}
