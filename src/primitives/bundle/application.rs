//! One application of a bundle: charm and channel, units and places, options and bindings.

use std::collections::BTreeMap;

use rhai::Dynamic;
use serde_saphyr::Spanned;

use super::yaml::{self, Scalar};
use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::net::Ip;
use crate::script::{Absent, Handle, Primitive, Value};

handle! {
    /// An application of a bundle, by name.
    BundleApplication("bundle application") by name {
        /// Its name.
        name: String,
        /// Its charm's name, without `ch:` before it; a path stays as it is.
        charm: String,
        /// Its channel, e.g. `2024.1/stable`; none when the bundle does not say.
        channel: Option<String>,
        /// Its units; a subordinate has none of its own.
        units: Option<i64>,
        /// Whether it has no `num_units`: its units come with its principals.
        is_subordinate: bool,
        /// Where its units go, in the order of the bundle.
        to: Vec<String>,
        /// Bindings as `endpoint=space`, the default as `=space`, sorted.
        bindings: Vec<String>,
        /// Where it stands, as file:line.
        at: String,
    } hidden {
        /// Options by name, with the line they stand on.
        options: BTreeMap<String, (Scalar, u64)>,
    }
}

impl BundleApplication {
    pub(super) fn new(path: &str, name: String, written: Spanned<yaml::Application>) -> Self {
        let line = written.referenced.line();
        let yaml::Application { charm, channel, num_units, to, options, bindings, .. } = written.value;
        let options = options.unwrap_or_default().into_iter();
        let bindings = bindings.unwrap_or_default().into_iter();
        BundleApplication {
            name,
            charm: charm.strip_prefix("ch:").map_or(charm.clone(), str::to_string),
            channel,
            units: num_units,
            is_subordinate: num_units.is_none(),
            to: to.0,
            bindings: bindings.map(|(endpoint, space)| format!("{endpoint}={}", space.value)).collect(),
            at: format!("{path}:{line}"),
            options: options.map(|(name, value)| (name, (value.value, value.referenced.line()))).collect(),
        }
    }

    /// Containers that its units are put into: a unit without a place of its own takes the last one.
    pub(super) fn containers(&self) -> i64 {
        let units = usize::try_from(self.units.unwrap_or(0)).unwrap_or(0);
        let places = (0..units).filter_map(|unit| self.to.get(unit).or(self.to.last()));
        places.filter(|place| *place == "lxd" || place.starts_with("lxd:")).count() as i64
    }

    pub(super) fn text_of(&self, option: &str) -> Option<String> {
        self.options.get(option).and_then(|(value, _)| value.text())
    }

    /// The addresses of the option `vip`, in their order; one that is none is a fault with its place.
    pub(super) fn vips(&self) -> Result<Vec<Ip>, Stop> {
        let Some(text) = self.text_of("vip") else { return Ok(Vec::new()) };
        text.split_whitespace()
            .map(|part| {
                part.parse().map_err(|words: String| {
                    Stop::failed(format!("vip of {}: {words}", self.name)).with("at", self.place("vip"))
                })
            })
            .collect()
    }

    pub(super) fn place(&self, option: &str) -> String {
        let file = self.at.rsplit_once(':').map_or(self.at.as_str(), |(file, _)| file);
        self.options.get(option).map_or_else(|| self.at.clone(), |(_, line)| format!("{file}:{line}"))
    }

    pub(super) fn value_of(&self, option: &str) -> Dynamic {
        let value = self.options.get(option).and_then(|(value, _)| value.value());
        value.unwrap_or_else(|| absent(format!("option {option} of {}", self.name)))
    }

    pub(super) fn binding(&self, endpoint: &str) -> Option<&str> {
        self.bindings.iter().find_map(|binding| binding.strip_prefix(endpoint)?.strip_prefix('='))
    }
}

fn absent(what: String) -> Dynamic {
    Dynamic::from(Absent { what })
}

/// Records what was told, with its place in the file.
fn told(call: &Call<'_>, application: &BundleApplication, part: &str, at: &str, value: &Dynamic) {
    let key = format!("bundle application|{}|{part}", application.name);
    call.tell(&key, &format!("{part} of {}", application.name), value, at);
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "bundle";
        /// The value of an option, of the type that the bundle gives it; absent when the bundle does not set it.
        read fn option on BundleApplication(call, application: Handle<BundleApplication>, name: String) -> Value {
            let now = application.now()?;
            let value = now.value_of(&name);
            told(call, now, &format!("option {name}"), &now.place(&name), &value);
            Ok(Value(value))
        }
        /// The value of an option as text, whatever its type; absent when the bundle does not set it.
        read fn option_text on BundleApplication(call, application: Handle<BundleApplication>, name: String) -> Value {
            let now = application.now()?;
            let value = now.text_of(&name).map_or_else(|| absent(format!("option {name} of {}", now.name)), Into::into);
            told(call, now, &format!("option {name}"), &now.place(&name), &value);
            Ok(Value(value))
        }
        /// Whether the bundle gives the option a value.
        read fn has_option on BundleApplication(call, application: Handle<BundleApplication>, name: String) -> bool {
            let now = application.now()?;
            let there = now.text_of(&name).is_some();
            told(call, now, &format!("has option {name}"), &now.place(&name), &there.into());
            Ok(there)
        }
        /// The addresses of the option `vip` in their order: provider, admin, internal. None when it has no VIP.
        read fn vips on BundleApplication(call, application: Handle<BundleApplication>) -> Vec<Ip> {
            let now = application.now()?;
            let vips = now.vips()?;
            told(call, now, "vip", &now.place("vip"), &crate::script::Script::give(vips.clone()));
            Ok(vips)
        }
        /// The space that an endpoint is bound to; "" asks for the default. Absent when the bundle does not say.
        read fn binding on BundleApplication(call, application: Handle<BundleApplication>, endpoint: String) -> Value {
            let now = application.now()?;
            let value = now.binding(&endpoint).map_or_else(|| absent(format!("binding of {} {endpoint}", now.name)), |space| space.to_string().into());
            told(call, now, &format!("binding {endpoint}"), &now.at, &value);
            Ok(Value(value))
        }
    }
}
