//! The octavia-pki overlay: five options that give Octavia its two authorities and its controller certificate.
//!
//! The file holds secrets: it is an input, never pinned, and nothing of it but names, dates and answers is told.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::certificate::{self, Certificate, tell};
use super::key;
use crate::handle;
use crate::host::{Call, Stop};
use crate::script::{Answer, Handle, Primitive, Source};
use crate::transport::Secret;

const PREFIX: &str = "lb-mgmt-";
const ISSUING_CA: &str = "lb-mgmt-issuing-cacert";
const ISSUING_KEY: &str = "lb-mgmt-issuing-ca-private-key";
const PASSPHRASE: &str = "lb-mgmt-issuing-ca-key-passphrase";
const CONTROLLER_CA: &str = "lb-mgmt-controller-cacert";
const CONTROLLER: &str = "lb-mgmt-controller-cert";

handle! {
    /// The overlay with Octavia's certificates.
    OctaviaPki("pki overlay") by path {
        /// Its path from the root.
        path: String,
        /// The `lb-mgmt-` options that have a value, sorted; a comment or an empty value does not count.
        keys: Vec<String>,
        /// Those of them that are base64 of a PEM text, sorted.
        encoded: Vec<String>,
        /// What else it says, by its place, sorted: a deploy lays all of it over the bundle.
        others: Vec<String>,
        /// Whether the file is plain ASCII.
        is_ascii: bool,
    } hidden {
        /// The values of the options.
        options: BTreeMap<String, Secret>,
    }
}

#[derive(Deserialize)]
struct Document {
    applications: Applications,
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
struct Applications {
    octavia: Octavia,
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
struct Octavia {
    options: BTreeMap<String, Option<String>>,
    #[serde(flatten)]
    others: BTreeMap<String, IgnoredAny>,
}

impl Document {
    /// What is no option of Octavia's certificates, by its place.
    fn others(&self) -> Vec<String> {
        let under = |place: &str, others: &BTreeMap<String, IgnoredAny>| -> Vec<String> {
            others.keys().map(|name| format!("{place}{name}")).collect()
        };
        let octavia = &self.applications.octavia;
        let options = octavia.options.keys().filter(|name| !name.starts_with(PREFIX));
        let options = options.map(|name| format!("applications.octavia.options.{name}"));
        let places = [
            under("", &self.others),
            under("applications.", &self.applications.others),
            under("applications.octavia.", &octavia.others),
        ];
        let mut others: Vec<String> = places.into_iter().flatten().chain(options).collect();
        others.sort();
        others
    }
}

/// The overlay in these bytes.
pub(super) fn parse(path: &str, bytes: &[u8]) -> Result<OctaviaPki, Stop> {
    let unsound = |what: String| Stop::failed(format!("{path} is no sound overlay: {what}"));
    let text =
        std::str::from_utf8(bytes).map_err(|error| unsound(format!("byte {} is not UTF-8", error.valid_up_to())))?;
    let document: Document = serde_saphyr::from_str(text).map_err(|error| fault(path, &error))?;
    let others = document.others();
    let given = document.applications.octavia.options.into_iter();
    let options: BTreeMap<String, Secret> = given
        .filter(|(name, _)| name.starts_with(PREFIX))
        .filter_map(|(name, value)| Some((name, Secret::new(value.filter(|value| !value.trim().is_empty())?))))
        .collect();
    let encoded = options.iter().filter(|(_, value)| is_pem(value)).map(|(name, _)| name.clone());
    Ok(OctaviaPki {
        path: path.to_string(),
        keys: options.keys().cloned().collect(),
        encoded: encoded.collect(),
        others,
        is_ascii: bytes.is_ascii(),
        options,
    })
}

/// Where the fault is. The parser's own words may quote the text, which holds secrets: they are not passed on.
fn fault(path: &str, error: &serde_saphyr::Error) -> Stop {
    let at = error.location().map_or_else(|| path.to_string(), |at| format!("{path}:{}:{}", at.line(), at.column()));
    Stop::failed(format!("{path} is no sound overlay"))
        .with("at", at)
        .with("wanted", "applications, octavia, options, and under them the five lb-mgmt options, each once")
}

fn decoded(value: &Secret) -> Option<Vec<u8>> {
    let packed: String = value.expose().split_whitespace().collect();
    STANDARD.decode(packed).ok()
}

fn is_pem(value: &Secret) -> bool {
    decoded(value).is_some_and(|bytes| bytes.starts_with(b"-----BEGIN "))
}

impl OctaviaPki {
    fn value(&self, name: &str) -> Result<&Secret, Stop> {
        self.options
            .get(name)
            .ok_or_else(|| Stop::failed(format!("{} gives no {name}", self.path)).with("seen", self.keys.join(", ")))
    }

    fn pem(&self, name: &str) -> Result<Vec<u8>, Stop> {
        decoded(self.value(name)?).ok_or_else(|| Stop::failed(format!("{name} in {} is not base64", self.path)))
    }

    pub(super) fn certificate(&self, name: &str, now: i64) -> Result<Certificate, Stop> {
        certificate::only(name, &self.pem(name)?, now)
    }

    pub(super) fn issuing_key(&self, now: i64) -> Result<Answer, Stop> {
        let authority = self.certificate(ISSUING_CA, now)?;
        key::belongs(&authority, ISSUING_KEY, &self.pem(ISSUING_KEY)?, Some(self.value(PASSPHRASE)?))
    }

    pub(super) fn controller_key(&self, now: i64) -> Result<Answer, Stop> {
        key::belongs(&self.certificate(CONTROLLER, now)?, CONTROLLER, &self.pem(CONTROLLER)?, None)
    }

    /// The passphrase as it must be: 32 bytes in base64, which are 44 characters. Its length alone is told.
    pub(super) fn passphrase(&self) -> Result<Answer, Stop> {
        let text = self.value(PASSPHRASE)?.expose();
        let bytes = STANDARD.decode(text).map(|bytes| bytes.len());
        let characters = text.chars().count();
        Ok(Answer {
            holds: characters == 44 && bytes == Ok(32),
            wanted: "44 characters of base64 that stand for 32 bytes".to_string(),
            seen: match bytes {
                Ok(bytes) => format!("{characters} characters of base64 that stand for {bytes} bytes"),
                Err(_) => format!("{characters} characters that are not base64"),
            },
            source: String::new(),
        })
    }
}

fn read(call: &Call<'_>, path: &str) -> Result<Handle<OctaviaPki>, Stop> {
    let bytes = call.input(path).ok_or_else(|| {
        Stop::failed(format!("there is no {path}"))
            .with("means", "without it Octavia comes up with no certificates and stays blocked")
            .with("next", "put the overlay there (mode 0600; it is never committed), or make it anew with the octavia-pki runbook")
    })?;
    Ok(Handle::seen(parse(path, &bytes)?, Source::from(path)))
}

fn part(call: &Call<'_>, overlay: &Handle<OctaviaPki>, name: &str) -> Result<Handle<Certificate>, Stop> {
    let certificate = overlay.now()?.certificate(name, call.host.session.now())?;
    Ok(Handle::seen(certificate, Source::from(format!("{} in {}", name, overlay.identity()))))
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "pki";
        /// The octavia-pki overlay in a file under overlays/; an error when it is not there.
        read fn octavia_overlay(call, path: String) -> Handle<OctaviaPki> {
            call.find(&path, || read(call, &path).map(Some))?.ok_or_else(|| Stop::defect("an overlay that is neither there nor missing"))
        }
        /// The authority whose key signs the certificates of amphorae.
        read fn issuing_ca on OctaviaPki(call, overlay: Handle<OctaviaPki>) -> Handle<Certificate> { part(call, &overlay, ISSUING_CA) }
        /// The authority of the controller's certificate.
        read fn controller_ca on OctaviaPki(call, overlay: Handle<OctaviaPki>) -> Handle<Certificate> { part(call, &overlay, CONTROLLER_CA) }
        /// The controller's certificate.
        read fn controller on OctaviaPki(call, overlay: Handle<OctaviaPki>) -> Handle<Certificate> { part(call, &overlay, CONTROLLER) }
        /// Whether the passphrase opens the issuing authority's key, and the key is that authority's.
        read fn has_issuing_key on OctaviaPki(call, overlay: Handle<OctaviaPki>) -> Answer {
            let answer = overlay.now()?.issuing_key(call.host.session.now())?;
            Ok(tell(call, "issuing key", answer, overlay.identity()))
        }
        /// Whether the controller's key lies beside its certificate and belongs to it.
        read fn has_controller_key on OctaviaPki(call, overlay: Handle<OctaviaPki>) -> Answer {
            let answer = overlay.now()?.controller_key(call.host.session.now())?;
            Ok(tell(call, "controller key", answer, overlay.identity()))
        }
        /// Whether the passphrase is 44 characters of base64 that stand for 32 bytes. It is never shown.
        read fn has_sound_passphrase on OctaviaPki(call, overlay: Handle<OctaviaPki>) -> Answer {
            let answer = overlay.now()?.passphrase()?;
            Ok(tell(call, "passphrase", answer, overlay.identity()))
        }
    }
}
