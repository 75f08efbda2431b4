//! The bundle file: applications, relations, machines, options and VIP columns, from the bytes that were pinned.
//!
//! It reads text alone and asks no service; what a deployed model holds is the juju namespace's to say.

mod application;
mod review;
mod site;
mod yaml;

use std::collections::BTreeSet;

use application::BundleApplication;

use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::script::{Declared, Handle, List, Primitive, Source, Vocabulary};

/// The rules of the review.
static RULE: Vocabulary = Vocabulary::closed(
    "rule of the review of a bundle",
    &[
        "annotation",
        "application",
        "ascii",
        "binding",
        "bridge-mac",
        "channel",
        "chassis-binding",
        "line-end",
        "option",
        "osd-devices",
        "placement",
        "relation-application",
        "relation-colon",
        "relation-twice",
        "space",
        "vip",
    ],
);

handle! {
    /// A bundle file of the repository.
    Bundle("bundle file") by path {
        /// Its path from the root.
        path: String,
        /// The keys of its machines, in natural order. They are symbolic: Juju numbers anew.
        machines: Vec<String>,
        /// Each machine with its constraints, as `KEY CONSTRAINTS`; `none` where the bundle gives none.
        machine_constraints: Vec<String>,
        /// Relations as `a:endpoint - b:endpoint`, the lesser end first, sorted.
        relations in forms::RELATION: Vec<String>,
        /// Units of principal applications; those of subordinates come with their principals.
        principal_units: i64,
        /// LXD containers that the placement makes: one for each unit placed `lxd:...`.
        containers in forms::COUNT: i64,
        /// Whether the file is plain ASCII.
        is_ascii: bool,
    } hidden {
        /// The applications by name.
        applications: Vec<BundleApplication>,
    }
}

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<Bundle>()
        .object::<BundleApplication>()
        .with(functions())
        .object::<review::Finding>()
        .with(application::functions())
        .with(review::functions())
}

/// The bytes of a file that was pinned.
fn pinned<'c>(call: &'c Call<'_>, path: &str) -> Result<&'c [u8], Stop> {
    let session = &call.host.session;
    call.pinned(path).ok_or_else(|| {
        let known: Vec<&str> = session.files.keys().map(String::as_str).collect();
        let seen =
            if known.is_empty() { "no file besides runbooks and libraries".to_string() } else { known.join(", ") };
        Stop::precondition(format!("{path} is not among the pinned files of the repository"))
            .with("seen", seen)
            .with("next", format!("check that {path} is there and tracked by git, then: omega pin"))
    })
}

fn read(call: &Call<'_>, path: &str) -> Result<Handle<Bundle>, Stop> {
    let bundle = parse(path, pinned(call, path)?)?;
    Ok(Handle::seen(bundle, Source::from(path)))
}

/// The bundle in these bytes.
fn parse(path: &str, bytes: &[u8]) -> Result<Bundle, Stop> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Stop::failed(format!("{path} is not UTF-8 text")).with("at", format!("byte {}", error.valid_up_to()))
    })?;
    let document = yaml::parse(path, text)?;
    let applications: Vec<BundleApplication> =
        document.applications.into_iter().map(|(name, written)| BundleApplication::new(path, name, written)).collect();
    Ok(Bundle {
        path: path.to_string(),
        machine_constraints: document.machines.iter().map(constrained).collect(),
        machines: document.machines.into_iter().map(|(key, _)| key).collect(),
        relations: relations(path, document.relations)?,
        principal_units: applications.iter().filter_map(|application| application.units).sum(),
        containers: applications.iter().map(BundleApplication::containers).sum(),
        is_ascii: text.is_ascii(),
        applications,
    })
}

/// Constraints with one space between them, sorted: their order says nothing.
fn constrained((key, constraints): &(String, Option<String>)) -> String {
    let mut words: Vec<&str> = constraints.iter().flat_map(|text| text.split_whitespace()).collect();
    words.sort_unstable();
    if words.is_empty() { format!("{key} none") } else { format!("{key} {}", words.join(" ")) }
}

/// Each relation once, as text; one that is written twice is a fault.
fn relations(path: &str, written: Vec<serde_saphyr::Spanned<yaml::Relation>>) -> Result<Vec<String>, Stop> {
    let mut known = BTreeSet::new();
    for relation in written {
        let at = format!("{path}:{}:{}", relation.referenced.line(), relation.referenced.column());
        let yaml::Relation(one, others) = relation.value;
        for (a, b) in one.0.iter().flat_map(|a| others.0.iter().map(move |b| (a.min(b), a.max(b)))) {
            if !known.insert(format!("{a} - {b}")) {
                return Err(Stop::failed(format!("the relation {a} - {b} is written twice")).with("at", at));
            }
        }
    }
    Ok(known.into_iter().collect())
}

fn one(bundle: &Handle<Bundle>, name: &str) -> Result<Handle<BundleApplication>, Stop> {
    let found = bundle.now()?.applications.iter().find(|application| application.name == name);
    let found = found.ok_or_else(|| {
        Stop::failed(format!("the bundle has no application {name}")).with("from", bundle.identity().to_string())
    })?;
    Ok(Handle::seen(found.clone(), bundle.source()))
}

fn some(
    call: &Call<'_>,
    bundle: &Handle<Bundle>,
    key: &str,
    keep: impl Fn(&BundleApplication) -> bool,
) -> Result<List<BundleApplication>, Stop> {
    let kept = bundle.now()?.applications.iter().filter(|application| keep(application));
    let handles = kept.map(|application| Handle::seen(application.clone(), bundle.source())).collect();
    call.list(&format!("{} {key}", bundle.identity()), || Ok(handles))
}

fn functions() -> Vec<Primitive> {
    crate::primitives! { "bundle";
        /// The bundle in a file of the repository, as it was pinned; a fault names line and column.
        read fn read_file as "read" (call, path: String) -> Handle<Bundle> { read(call, &path) }
        /// The application of that name; an error when there is none.
        read fn application on Bundle(call, bundle: Handle<Bundle>, name: String) -> Handle<BundleApplication> {
            one(&bundle, &name)
        }
        /// All applications.
        read fn applications on Bundle(call, bundle: Handle<Bundle>) -> List<BundleApplication> {
            some(call, &bundle, "all", |_| true)
        }
        /// Each application with its channel, as `APPLICATION CHANNEL`, sorted; `none` where the bundle does not say.
        read fn channels on Bundle(call, bundle: Handle<Bundle>) -> Vec<String> where forms::CHANNEL {
            let now = bundle.now()?;
            let channel = |application: &BundleApplication| application.channel.clone().unwrap_or_else(|| "none".to_string());
            let lines: Vec<String> = now.applications.iter().map(|application| format!("{} {}", application.name, channel(application))).collect();
            call.tell(&format!("bundle file|{}|channels", now.path), "channels", &crate::script::Script::give(lines.clone()), &now.path);
            Ok(lines)
        }
        /// The applications with units of their own.
        read fn principals on Bundle(call, bundle: Handle<Bundle>) -> List<BundleApplication> {
            some(call, &bundle, "principals", |application| !application.is_subordinate)
        }
        /// The applications with units of their own, as `APPLICATION COUNT`, sorted.
        read fn unit_counts on Bundle(call, bundle: Handle<Bundle>) -> Vec<String> where forms::UNITS {
            let now = bundle.now()?;
            let lines: Vec<String> = now.applications.iter().filter_map(|app| Some(format!("{} {}", app.name, app.units?))).collect();
            call.tell(&format!("bundle file|{}|unit counts", now.path), "units of principals", &crate::script::Script::give(lines.clone()), &now.path);
            Ok(lines)
        }
        /// The applications without `num_units`: their units come with their principals.
        read fn subordinates on Bundle(call, bundle: Handle<Bundle>) -> List<BundleApplication> {
            some(call, &bundle, "subordinates", |application| application.is_subordinate)
        }
        /// The applications whose option of that name has a value.
        read fn with_option on Bundle(call, bundle: Handle<Bundle>, option: String) -> List<BundleApplication> {
            some(call, &bundle, &format!("with {option}"), |application| application.text_of(&option).is_some())
        }
    }
}

#[cfg(test)]
mod tests;
