//! What one site asks of its bundle: channels, addresses, options, bindings, spaces.

use std::collections::BTreeMap;

use super::review::{Findings, place};
use super::yaml;
use crate::options;
use crate::primitives::forms;
use crate::primitives::net::Ip;

options! {
    /// An application's addresses, one a plane.
    VipSpec {
        /// The application.
        name: String,
        /// The addresses, in the order of the columns.
        columns: Vec<Ip>,
    }
}

options! {
    /// An option that must have a value.
    OptionSpec {
        /// The application.
        application: String,
        /// The option.
        option: String,
        /// Its value, as text.
        value: String,
    }
}

options! {
    /// An endpoint that must be bound to a space.
    BindingSpec {
        /// The application.
        application: String,
        /// The endpoint; "" is the default.
        endpoint: String,
        /// The space.
        space: String,
    }
}

options! {
    /// What a site asks of its bundle.
    SiteSpec {
        /// The channel of every application, as `APPLICATION CHANNEL`; others are findings.
        channels in forms::CHANNEL: Vec<String>,
        /// The addresses of every application that has some; others are findings.
        vips: Vec<VipSpec>,
        /// Options that must have a value.
        options: Vec<OptionSpec> = Vec::new(),
        /// Endpoints that must be bound.
        bindings: Vec<BindingSpec> = Vec::new(),
        /// The spaces that there are.
        spaces: Vec<String> = Vec::new(),
    }
}

/// What one site asks.
pub(super) fn site(findings: &mut Findings<'_>, document: &yaml::Document, spec: &SiteSpec) {
    let top = (1, 1);
    let channels: BTreeMap<&str, &str> = spec.channels.iter().filter_map(|line| line.rsplit_once(' ')).collect();
    for (name, application) in &document.applications {
        let seen = application.value.channel.as_deref().unwrap_or("none");
        match channels.get(name.as_str()) {
            Some(wanted) if *wanted == seen => {}
            Some(wanted) => {
                findings.add(place(application), "channel", format!("{name} follows {seen}, the site {wanted}"))
            }
            None => findings.add(place(application), "application", format!("{name} is no application of this site")),
        }
        bridges(findings, name, &application.value);
        spaces(findings, name, &application.value, &spec.spaces);
    }
    for missing in channels.keys().filter(|name| !document.applications.contains_key(**name)) {
        findings.add(top, "application", format!("{missing} is missing"));
    }
    vips(findings, document, &spec.vips);
    for wanted in &spec.options {
        let application = document.applications.get(&wanted.application);
        let value = application.and_then(|app| app.value.options.as_ref()?.get(&wanted.option));
        let seen = value.and_then(|value| value.value.text());
        if seen.as_deref() != Some(wanted.value.as_str()) {
            let at = value.map(place).or(application.map(place)).unwrap_or(top);
            let seen = seen.unwrap_or_else(|| "nothing".to_string());
            findings.add(
                at,
                "option",
                format!("{} of {} is {seen}, the site wants {}", wanted.option, wanted.application, wanted.value),
            );
        }
    }
    for wanted in &spec.bindings {
        let application = document.applications.get(&wanted.application);
        let space = application.and_then(|app| app.value.bindings.as_ref()?.get(&wanted.endpoint));
        if space.map(|space| space.value.as_str()) != Some(wanted.space.as_str()) {
            let at = space.map(place).or(application.map(place)).unwrap_or(top);
            let seen = space.map_or("nothing", |space| space.value.as_str());
            findings.add(
                at,
                "binding",
                format!(
                    "{}:{} is bound to {seen}, the site wants {}",
                    wanted.application, wanted.endpoint, wanted.space
                ),
            );
        }
    }
}

/// A name of a NIC floats from host to host; its MAC does not.
fn bridges(findings: &mut Findings<'_>, name: &str, application: &yaml::Application) {
    let Some(value) = application.options.as_ref().and_then(|options| options.get("bridge-interface-mappings")) else {
        return;
    };
    for pair in value.value.text().unwrap_or_default().split_whitespace() {
        let is_mac = pair.split_once(':').is_some_and(|(_, mac)| {
            mac.split(':').count() == 6
                && mac.split(':').all(|part| part.len() == 2 && u8::from_str_radix(part, 16).is_ok())
        });
        if !is_mac {
            findings.add(
                place(value),
                "bridge-mac",
                format!("{pair:?} of {name} names no MAC: a NIC's name is not the same on every host"),
            );
        }
    }
}

/// A space that does not exist stops the deploy half way.
fn spaces(findings: &mut Findings<'_>, name: &str, application: &yaml::Application, known: &[String]) {
    for (endpoint, space) in application.bindings.iter().flatten() {
        if !known.is_empty() && !known.contains(&space.value) {
            findings.add(
                place(space),
                "space",
                format!("{name}:{endpoint} is bound to {:?}, which is no space of this site", space.value),
            );
        }
    }
}

fn vips(findings: &mut Findings<'_>, document: &yaml::Document, wanted: &[VipSpec]) {
    for (name, application) in &document.applications {
        let value = application.value.options.as_ref().and_then(|options| options.get("vip"));
        let spec = wanted.iter().find(|spec| spec.name == *name);
        let text = value.and_then(|value| value.value.text()).unwrap_or_default();
        let columns: Vec<&str> = text.split_whitespace().collect();
        let should: Vec<String> = spec.iter().flat_map(|spec| &spec.columns).map(ToString::to_string).collect();
        let at = value.map_or_else(|| place(application), place);
        if columns.len() != should.len() {
            findings.add(
                at,
                "vip",
                format!("{name} has {} VIP columns, the site wants {}", columns.len(), should.len()),
            );
            continue;
        }
        for (column, should) in columns.iter().zip(&should).filter(|(column, should)| *column != should) {
            findings.add(at, "vip", format!("{column} of {name} is not {should}: out of its band or out of line"));
        }
    }
}
