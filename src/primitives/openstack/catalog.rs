//! The catalog: which service answers where, by service type and interface.

use serde::{Deserialize, Deserializer};

use super::{json_command, read};
use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::script::{Form, Handle, List, Primitive, Source, Vocabulary};
use crate::transport::Request;

handle! {
    /// A service of the catalog, by type.
    Service("openstack service") by kind {
        /// Its type: `identity`, `network`, `load-balancer` ...
        kind as "type" in TYPE: String,
        /// Its name: `keystone`, `neutron`, `octavia` ...
        name in NAME: String,
        /// The interfaces it has endpoints on, sorted: `admin`, `internal`, `public`.
        interfaces: Vec<String>,
    } hidden {
        /// Its endpoints.
        endpoints: Vec<Endpoint>,
    }
}

handle! {
    /// An endpoint, by service type and interface.
    Endpoint("openstack endpoint") by key {
        /// Service type and interface, e.g. `network public`.
        key as "name" in KEY: String,
        /// The service's type.
        service in TYPE: String,
        /// Whom it is for.
        interface in INTERFACE: String,
        /// The region.
        region: String,
        /// Its URL.
        url in forms::URL: String,
        /// What stands before `://` in the URL.
        scheme in SCHEME: String,
        /// The host in the URL: a name or an address.
        host: String,
        /// The port; where the URL names none, the scheme's.
        port in forms::PORT: i64,
        /// Whether it is enabled; a catalog holds no others.
        is_enabled: bool,
    }
}

/// Types of services, as the catalog spells them.
pub static TYPE: Vocabulary = Vocabulary::open(
    "type of a service",
    &[
        "identity",
        "image",
        "compute",
        "network",
        "volumev3",
        "block-storage",
        "placement",
        "load-balancer",
        "key-manager",
        "container-infra",
        "object-store",
        "s3",
        "product-streams",
        "orchestration",
        "dns",
    ],
);

/// Names of services: those of the projects, mostly.
pub static NAME: Vocabulary = Vocabulary::open(
    "name of a service",
    &[
        "keystone",
        "glance",
        "nova",
        "neutron",
        "cinderv3",
        "cinder",
        "placement",
        "octavia",
        "barbican",
        "magnum",
        "swift",
        "s3",
        "image-stream",
        "heat",
        "designate",
    ],
);

/// Names of endpoints.
pub static KEY: Vocabulary = Vocabulary::written("name of an endpoint", Form::Endpoint);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ServiceRow {
    #[serde(deserialize_with = "text")]
    name: String,
    #[serde(rename = "Type")]
    kind: String,
    endpoints: Vec<CatalogRow>,
}

#[derive(Deserialize)]
struct CatalogRow {
    interface: Interface,
    region: String,
    url: String,
}

#[derive(Deserialize)]
struct EndpointRow {
    #[serde(rename = "Service Type")]
    service: String,
    #[serde(rename = "Interface")]
    interface: Interface,
    #[serde(rename = "Region", deserialize_with = "text")]
    region: String,
    #[serde(rename = "URL")]
    url: String,
    #[serde(rename = "Enabled")]
    enabled: bool,
}

/// The interfaces that Keystone has.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Interface {
    Public,
    Internal,
    Admin,
}

impl Interface {
    const fn word(self) -> &'static str {
        match self {
            Interface::Public => "public",
            Interface::Internal => "internal",
            Interface::Admin => "admin",
        }
    }
}

/// The words of [`Interface`].
pub static INTERFACE: Vocabulary = Vocabulary::closed(
    "interface of an endpoint in Keystone",
    &[Interface::Public.word(), Interface::Internal.word(), Interface::Admin.word()],
);

/// The schemes of a URL of an endpoint, as [`parts`] takes them.
pub static SCHEME: Vocabulary = Vocabulary::closed("scheme of an endpoint's URL", &["http", "https"]);

/// A text that the service may not have.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

/// Scheme, host and port of a URL; the rest may hold `$(tenant_id)s`, which is no URL to a strict reader.
fn parts(url: &str) -> Result<(String, String, i64), String> {
    let wrong = || format!("{url:?} is no URL of an endpoint");
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let authority = rest.split(['/', '?']).next().filter(|authority| !authority.is_empty()).ok_or_else(wrong)?;
    let default = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return Err(wrong()),
    };
    match authority.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']')) {
        Some((host, port)) => Ok((scheme.to_string(), host.to_string(), port.parse().map_err(|_| wrong())?)),
        None => Ok((scheme.to_string(), authority.to_string(), default)),
    }
}

fn endpoint(
    service: &str,
    interface: Interface,
    region: String,
    url: String,
    is_enabled: bool,
) -> Result<Endpoint, Stop> {
    let interface = interface.word();
    let (scheme, host, port) = parts(&url).map_err(Stop::unanswered)?;
    Ok(Endpoint {
        key: format!("{service} {interface}"),
        service: service.to_string(),
        interface: interface.to_string(),
        region,
        url,
        scheme,
        host,
        port,
        is_enabled,
    })
}

fn service(row: ServiceRow) -> Result<Service, Stop> {
    let kind = row.kind;
    let endpoints: Result<Vec<Endpoint>, Stop> =
        row.endpoints.into_iter().map(|row| endpoint(&kind, row.interface, row.region, row.url, true)).collect();
    let endpoints = endpoints?;
    let mut interfaces: Vec<String> = endpoints.iter().map(|endpoint| endpoint.interface.clone()).collect();
    interfaces.sort();
    interfaces.dedup();
    Ok(Service { kind, name: row.name, interfaces, endpoints })
}

/// The catalog of whoever the request's environment names.
pub(super) fn catalog(call: &Call<'_>, request: &Request) -> Result<Vec<Handle<Service>>, Stop> {
    let (rows, source) = read::<Vec<ServiceRow>>(call, request)?;
    rows.into_iter().map(|row| Ok(Handle::seen(service(row)?, source.clone()))).collect()
}

/// The command that lists it.
pub(super) fn catalog_request() -> Request {
    json_command(["catalog", "list"])
}

/// The endpoints of all services.
pub(super) fn flat(services: &[Handle<Service>]) -> Result<Vec<Handle<Endpoint>>, Stop> {
    let mut all = Vec::new();
    for service in services {
        let source = service.source();
        all.extend(service.now()?.endpoints.iter().map(|endpoint| Handle::seen(endpoint.clone(), source.clone())));
    }
    Ok(all)
}

fn endpoints(call: &Call<'_>) -> Result<Vec<Handle<Endpoint>>, Stop> {
    let (rows, source) = read::<Vec<EndpointRow>>(call, &json_command(["endpoint", "list"]))?;
    let seen = |row: EndpointRow| endpoint(&row.service, row.interface, row.region, row.url, row.enabled);
    rows.into_iter().map(|row| Ok(Handle::seen(seen(row)?, source.clone()))).collect()
}

/// The one endpoint of the service on that interface.
fn one(service: &Handle<Service>, interface: &str) -> Result<Handle<Endpoint>, Stop> {
    let source: Source = service.source();
    let now = service.now()?;
    let mut found = now.endpoints.iter().filter(|endpoint| endpoint.interface == interface);
    let failed = |words: &str| {
        Err(Stop::failed(format!("service {} has {words} {interface} endpoint", now.kind))
            .with("from", source.to_string()))
    };
    match (found.next(), found.next()) {
        (Some(endpoint), None) => Ok(Handle::seen(endpoint.clone(), source)),
        (None, _) => failed("no"),
        (Some(_), Some(_)) => failed("more than one"),
    }
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "openstack";
        /// The catalog that the run's credentials get: services by type.
        read fn catalog(call) -> List<Service> { call.list("all", || catalog(call, &catalog_request())) }
        /// All endpoints that Keystone knows, enabled or not; an administrator's view.
        read fn endpoints(call) -> List<Endpoint> { call.list("all", || endpoints(call)) }
        /// The service's endpoint on that interface; an error when there is none, or more than one.
        read fn endpoint on Service(call, service: Handle<Service>, interface in INTERFACE: String) -> Handle<Endpoint> { one(&service, &interface) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primitives::juju::captures_test::captures;

    #[test]
    fn a_url_has_a_port_of_its_own_or_its_schemes() {
        let of = |url: &str| parts(url).map(|(_, host, port)| format!("{host} {port}"));
        assert_eq!(of("https://10.12.4.55:8776/v3/$(tenant_id)s").unwrap(), "10.12.4.55 8776");
        assert_eq!(of("https://rgw/swift/v1").unwrap(), "rgw 443");
        assert_eq!(of("http://[fc00::1]/x").unwrap(), "[fc00::1] 80");
        assert!(of("10.12.4.55:8776").is_err());
        assert!(of("https://host:port/").is_err());
    }

    #[test]
    fn captured_catalogs_and_endpoints_are_read() {
        for (path, bytes) in captures("openstack-live", "catalog-list.json") {
            let rows: Vec<ServiceRow> = serde_json::from_slice(&bytes).unwrap();
            let services: Vec<Service> = rows.into_iter().map(|row| service(row).unwrap()).collect();
            let identity = services.iter().find(|service| service.kind == "identity");
            assert_eq!(identity.unwrap().interfaces, ["admin", "internal", "public"], "{}", path.display());
        }
        for (path, bytes) in captures("openstack-live", "endpoint-list.json") {
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            let rows: Vec<EndpointRow> =
                serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert!(rows.iter().all(|row| parts(&row.url).is_ok()));
        }
    }
}
