//! Images of Glance, read from the one listing that carries their tags.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{is_the_one, json_command, read, show};
use crate::host::{Call, Ensure, Stop};
use crate::primitives::forms;
use crate::primitives::reply::{nullable, sorted, text_or_none};
use crate::script::{Handle, List, Primitive, Script, Source, Vocabulary};
use crate::transport::Request;
use crate::{handle, options};

/// The states of an image.
pub static STATUS: Vocabulary = Vocabulary::closed(
    "status of an image in Glance",
    &["active", "queued", "saving", "uploading", "importing", "killed", "deactivated", "deleted", "pending_delete"],
);

/// The formats of a disk; which of them a Glance takes is its configuration's.
pub static FORMAT: Vocabulary = Vocabulary::open(
    "format of a disk in Glance",
    &["qcow2", "raw", "iso", "vmdk", "vdi", "vhd", "vhdx", "ploop", "ami", "ari", "aki"],
);

/// Who may see an image.
pub static VISIBILITY: Vocabulary =
    Vocabulary::closed("visibility of an image in Glance", &["public", "private", "shared", "community"]);

handle! {
    /// An image of Glance, by name.
    Image("openstack image") by name {
        /// Its name; its id where it has none.
        name: String,
        /// Its state in Glance's words.
        status in STATUS: String,
        /// The format of its disk; none before there are data.
        disk_format in FORMAT: Option<String>,
        /// Bytes; none before there are data.
        size in forms::BYTES: Option<i64>,
        /// Who sees it.
        visibility in VISIBILITY: String,
        /// Its tags, sorted.
        tags: Vec<String>,
    }
}

options! {
    /// What an image is made of.
    ImageSpec {
        /// The file on the jumphost.
        file in forms::PATH: String,
        /// The format of the file.
        format in FORMAT: String,
        /// Whether every project sees it (the service's word is public).
        public as "for_all": bool = false,
        /// Whether Glance imports it, and converts it where it is told to.
        by_import: bool = false,
        /// Properties as `KEY=VALUE`.
        properties in forms::PROPERTY: Vec<String> = Vec::new(),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(rename = "ID")]
    id: String,
    #[serde(deserialize_with = "text_or_none")]
    name: Option<String>,
    status: String,
    #[serde(rename = "Disk Format", deserialize_with = "text_or_none")]
    disk_format: Option<String>,
    #[serde(deserialize_with = "nullable")]
    size: Option<Size>,
    visibility: String,
    #[serde(deserialize_with = "sorted")]
    tags: Vec<String>,
}

/// A number; "" where Glance sent none.
#[derive(Deserialize)]
#[serde(untagged)]
enum Size {
    Bytes(i64),
    Text(String),
}

impl TryFrom<Row> for Image {
    type Error = Stop;
    fn try_from(row: Row) -> Result<Self, Stop> {
        let size = match row.size {
            Some(Size::Bytes(bytes)) => Some(bytes),
            Some(Size::Text(text)) if !text.is_empty() => {
                return Err(Stop::unanswered(format!("image {} has the size {text:?}, which is no number", row.id)));
            }
            Some(Size::Text(_)) | None => None,
        };
        Ok(Image {
            name: row.name.unwrap_or(row.id),
            status: row.status,
            disk_format: row.disk_format,
            size,
            visibility: row.visibility,
            tags: row.tags,
        })
    }
}

fn all(call: &Call<'_>) -> Result<Vec<Handle<Image>>, Stop> {
    let (rows, source) = read::<Vec<Row>>(call, &json_command(["image", "list", "--long"]))?;
    rows.into_iter().map(|row| Ok(Handle::seen(Image::try_from(row)?, source.clone()))).collect()
}

fn tagged(call: &Call<'_>, tag: &str) -> Result<Vec<Handle<Image>>, Stop> {
    let mut tagged = Vec::new();
    for image in all(call)? {
        if image.now()?.tags.iter().any(|known| known == tag) {
            tagged.push(image);
        }
    }
    Ok(tagged)
}

/// The names of the active images with the tag, sorted.
pub(crate) fn active(call: &Call<'_>, tag: &str) -> Result<(Vec<String>, Source), Stop> {
    let (rows, source) = read::<Vec<Row>>(call, &json_command(["image", "list", "--long"]))?;
    let images: Vec<Image> = rows.into_iter().map(Image::try_from).collect::<Result<_, _>>()?;
    let tagged =
        images.into_iter().filter(|image| image.status == "active" && image.tags.iter().any(|known| known == tag));
    let mut names: Vec<String> = tagged.map(|image| image.name).collect();
    names.sort();
    Ok((names, source))
}

/// Uploads the image where none of that name is active. Glance stores it as it is unless it is told to import it.
fn ensure(call: &Call<'_>, name: &str, spec: &ImageSpec) -> Result<Handle<Image>, Stop> {
    let mut words: Vec<String> =
        ["image", "create", "--disk-format", &spec.format, "--container-format", "bare"].map(str::to_string).into();
    words.push(if spec.public { "--public" } else { "--private" }.to_string());
    words.extend(["--file".to_string(), spec.file.clone()]);
    words.extend(spec.by_import.then(|| "--import".to_string()));
    words.extend(spec.properties.iter().flat_map(|property| ["--property".to_string(), property.clone()]));
    words.push(name.to_string());
    let upload = match json_command(words) {
        Request::Command(command) => Request::from(command.time_limit(Duration::from_secs(3600))),
        http => http,
    };
    let work = Ensure::new(name, "", || one(call, name))
        .equal("status", "active".to_string())
        .touches("octavia amphora")
        .by(|draft| match draft.now {
            None => Ok(vec![upload.clone()]),
            Some(now) => Err(Stop::refused(format!("image {name} is there and not active"))
                .with("seen", now.now()?.status.clone())
                .with("next", "find out what it is; delete it by hand if an upload broke off, then run this again")),
        });
    call.ensure(work)
}

/// The one image of that name; several are an error.
fn one(call: &Call<'_>, name: &str) -> Result<Option<Handle<Image>>, Stop> {
    call.find(name, || {
        let mut named: Vec<Handle<Image>> = all(call)?.into_iter().filter(|image| image.identity() == name).collect();
        match named.len() {
            0 | 1 => Ok(named.pop()),
            several => Err(Stop::failed(format!("{several} images are called {name}; the name must tell one"))
                .with("from", named[0].source().to_string())
                .with("next", "find out who made the other one; nothing was changed")),
        }
    })
}

#[derive(Deserialize)]
struct Shown {
    name: String,
    properties: BTreeMap<String, serde_json::Value>,
}

/// The properties of the image as `KEY=VALUE`, sorted: those that somebody gave it among those of Glance itself.
fn properties(call: &Call<'_>, name: &str) -> Result<Vec<String>, Stop> {
    call.unless_touched("openstack image", "the properties of the image")?;
    let request = json_command(["image", "show", name]);
    let found = show::<Shown>(call, "Image", name, &request)?;
    let (shown, source) =
        found.ok_or_else(|| Stop::failed(format!("there is no image {name}")).with("from", request.to_string()))?;
    is_the_one(&request, name, &shown.name)?;
    let lines: Vec<String> = shown.properties.iter().map(|(key, value)| format!("{key}={}", plain(value))).collect();
    call.tell(&format!("openstack image|{name}|properties"), "properties", &lines.clone().give(), &source);
    Ok(lines)
}

fn plain(value: &serde_json::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_string)
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "openstack";
        /// The images that bear the tag, whatever their status; none is an answer.
        read fn images(call, tag: String) -> List<Image> { call.list(&format!("tagged {tag}"), || tagged(call, &tag)) }
        /// The image of that name; an error when there is none, or more than one.
        read fn image(call, name: String) -> Handle<Image> {
            one(call, &name)?.ok_or_else(|| Stop::failed(format!("there is no image {name}")).with("from", "openstack image list --long"))
        }
        /// Uploads the image where there is none of that name; confirmed by reading the list again.
        #[seen_by(
            "openstack::has_image" = true, "openstack::image", "openstack::images",
            "openstack::image_properties" = [properties, ..], "Image.status",
        )]
        change fn ensure_image(call, name: String, spec: ImageSpec) -> Handle<Image> { ensure(call, &name, &spec) }
        /// The properties of the image of that name, as `KEY=VALUE`, sorted; an error when there is none.
        read fn image_properties(call, name: String) -> Vec<String> { properties(call, &name) }
        /// Whether there is an image of that name.
        read fn has_image(call, name: String) -> bool { Ok(one(call, &name)?.is_some()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(text: &str) -> Result<Image, String> {
        let row: Row = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Image::try_from(row).map_err(|stop| stop.to_string())
    }

    const ACTIVE: &str = r#"{"ID": "3e5f", "Name": "amphora", "Disk Format": "raw", "Container Format": "bare", "Size": 2147483648,
        "Checksum": "c", "Status": "active", "Visibility": "private", "Protected": false, "Project": "p", "Tags": ["b", "a"]}"#;

    #[test]
    fn an_image_says_what_it_is() {
        let image = image(ACTIVE).expect("an image");
        assert_eq!(
            (image.name.as_str(), image.size, image.disk_format.as_deref()),
            ("amphora", Some(2_147_483_648), Some("raw"))
        );
        assert_eq!(image.tags, ["a", "b"]);
    }

    #[test]
    fn an_image_without_data_has_no_size_and_one_without_a_name_has_its_id() {
        for size in ["null", r#""""#] {
            let queued = ACTIVE.replace("2147483648", size).replace(r#""raw""#, "null").replace(r#""amphora""#, "null");
            let image = image(&queued).expect("an image");
            assert_eq!((image.name.as_str(), image.size, image.disk_format), ("3e5f", None, None));
        }
    }

    #[test]
    fn a_missing_column_is_named() {
        assert!(image(&ACTIVE.replace(r#""Tags""#, r#""tags""#)).expect_err("no tags").contains("Tags"));
        assert!(image(&ACTIVE.replace("2147483648", r#""2 GB""#)).expect_err("no number").contains("2 GB"));
    }

    #[test]
    fn captured_listings_parse() {
        let Some(captures) = std::env::var_os("OMEGA_CAPTURES") else {
            eprintln!("OMEGA_CAPTURES is not set: captured image listings were not read");
            return;
        };
        let root = std::path::Path::new(&captures).join("openstack/client-on-api-samples");
        for client in ["osc5.5.0", "osc6.2.0", "osc10.5.0"] {
            let text = std::fs::read_to_string(root.join(client).join("image-list-long.json")).expect("a capture");
            let rows: Vec<Row> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{client}: {error}"));
            assert_eq!(
                rows.into_iter().map(|row| Image::try_from(row).expect("an image")).collect::<Vec<_>>().len(),
                2,
                "{client}"
            );
        }
    }
}
