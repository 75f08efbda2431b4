//! Glance's images.

use serde_json::{Map, Value, json};

use super::cli::Spec;
use super::{Answered, Ask, Effect, Image, Needs, Shown, Trouble, by_id_or_name, delete_each, one};

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
    Spec {
        positionals: &["<image-name>"],
        takes: &["--file", "--disk-format", "--container-format", "--property", "--tag", "--min-disk", "--min-ram"],
        flags: &["--public", "--private", "--shared", "--community", "--import", "--protected", "--unprotected"],
        exclusive: &[("--public", "--private")],
        unanswered: &["--id", "--volume", "--force", "--progress", "--sign-key-path", "--project", "--project-domain"],
        ..Spec::new("image create", Effect::Change, GLANCE, create)
    },
    Spec {
        positionals: &["<image>"],
        takes: &["--name", "--property", "--tag"],
        flags: &["--public", "--private", "--shared", "--community", "--activate", "--deactivate"],
        unanswered: &["--disk-format", "--container-format", "--min-disk", "--min-ram", "--project", "--accept"],
        ..Spec::new("image set", Effect::Change, GLANCE, set)
    },
    Spec { positionals: &["<image>..."], ..Spec::new("image delete", Effect::Change, GLANCE, delete) },
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
    Ok(one(whole(ask, id, image)))
}

fn whole(ask: &Ask<'_>, id: &str, image: &Image) -> Value {
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
    object
}

/// The bytes of a file on the jumphost. With `--import`, and the charm's image-conversion, Glance stores raw.
fn create(ask: &mut Ask<'_>) -> Answered {
    let asked = &ask.asked;
    let size = match asked.one("--file") {
        None => None,
        Some(path) => match ask.state.hosts.jumphost.files.get(path) {
            Some(file) => Some(file.text.len() as u64),
            None => return Err(Trouble(format!("[Errno 2] No such file or directory: '{path}'"))),
        },
    };
    let converts = asked.has("--import") && converts(ask);
    let format = asked.one("--disk-format").unwrap_or("raw").to_string();
    let visibility =
        ["public", "private", "shared", "community"].into_iter().find(|word| asked.has(&format!("--{word}")));
    let properties = asked.all("--property").filter_map(|pair| pair.split_once('='));
    let now = ask.state.clock.now();
    let image = Image {
        name: asked.positionals[0].clone(),
        status: if size.is_some() { "active" } else { "queued" }.to_string(),
        disk_format: if converts { "raw".to_string() } else { format },
        container_format: asked.one("--container-format").unwrap_or("bare").to_string(),
        size,
        checksum: size.map(|_| ask.state.seed.hex32()),
        visibility: visibility.unwrap_or("shared").to_string(),
        protected: ask.asked.has("--protected"),
        owner: ask.caller.project_id.clone().unwrap_or_default(),
        tags: ask.asked.all("--tag").map(str::to_string).collect(),
        properties: properties.map(|(key, value)| (key.to_string(), value.to_string())).collect(),
        created_at: now,
        updated_at: now,
    };
    let id = ask.state.seed.uuid();
    let printed = whole(ask, &id, &image);
    ask.state.openstack.images.insert(id, image);
    Ok(one(printed))
}

fn converts(ask: &Ask<'_>) -> bool {
    let models = ask.state.juju.models.values();
    let options = models.filter_map(|model| model.applications.get("glance")?.config.get("image-conversion"));
    options.into_iter().any(|value| *value == true)
}

fn set(ask: &mut Ask<'_>) -> Answered {
    let wanted = ask.asked.positionals[0].clone();
    let id = by_id_or_name("Image", &wanted, &ask.state.openstack.images, |image| &image.name)?.0.clone();
    let now = ask.state.clock.now();
    let asked = &ask.asked;
    let Some(image) = ask.state.openstack.images.get_mut(&id) else { return Ok(Shown::Nothing) };
    image.tags.extend(asked.all("--tag").map(str::to_string));
    image.properties.extend(
        asked
            .all("--property")
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_string(), value.to_string())),
    );
    asked.one("--name").into_iter().for_each(|name| image.name = name.to_string());
    let visibility =
        ["public", "private", "shared", "community"].into_iter().find(|word| asked.has(&format!("--{word}")));
    visibility.into_iter().for_each(|word| image.visibility = word.to_string());
    match asked.switch("--activate", "--deactivate") {
        Some(true) => image.status = "active".to_string(),
        Some(false) => image.status = "deactivated".to_string(),
        None => {}
    }
    image.updated_at = now;
    Ok(Shown::Nothing)
}

fn delete(ask: &mut Ask<'_>) -> Answered {
    delete_each(ask, "image", |ask, wanted| {
        let id = by_id_or_name("Image", wanted, &ask.state.openstack.images, |image| &image.name)?.0.clone();
        ask.state.openstack.images.remove(&id);
        Ok(())
    })
}

fn properties(image: &Image) -> Value {
    let mut all: Map<String, Value> = image.properties.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    all.insert("os_hidden".into(), json!(false));
    Value::Object(all)
}
