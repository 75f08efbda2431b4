//! Servers that the jumphost reaches over HTTP: the dashboard, the proxy before it, the cloud's API roots, NetBox.
//!
//! A port that is not in the documents refuses the connection. Redirects are answers: nothing here follows one.

mod apis;
mod horizon;
pub(in crate::lab) mod mirror;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::State;
use super::answer::{Answer, Effect};
use crate::transport::{FailureKind, Http, Method, Request};

/// Servers by address and port, e.g. `10.12.4.58:80`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebState {
    /// What listens.
    pub sites: BTreeMap<String, Site>,
}

/// A listening server; one of the parts after `tls` says what it serves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Its certificate; without one it speaks plain HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// The dashboard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub horizon: Option<Dashboard>,
    /// nginx before another server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proxy: Option<Proxy>,
    /// The root of an OpenStack service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    /// Files for download.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<mirror::Mirror>,
    /// Always the same answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plain: Option<Plain>,
}

/// A server's certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// `vault` for the cloud's own root, `public` for one that every system trusts; anything else is an authority that nobody trusts.
    pub issuer: String,
    /// Whether it has run out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expired: bool,
    /// Host names and addresses that it is for; none means every one it is asked by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
}

/// The dashboard, served by a unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dashboard {
    /// The unit, whose haproxy, apache2 and settings decide what is answered.
    pub unit: String,
}

/// nginx with a server block in a file of a host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// The address of the host.
    pub host: String,
    /// The file with `listen`, `proxy_pass` and `proxy_set_header`.
    pub file: String,
}

/// An OpenStack service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Api {
    /// Its type in the catalogue, e.g. `identity`.
    pub service: String,
}

/// A fixed answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plain {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: String,
    /// The body.
    pub body: String,
}

/// A URL in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// `http` or `https`.
    pub scheme: String,
    /// Host name or address, without brackets.
    pub host: String,
    /// Port, given or by scheme.
    pub port: u16,
    /// What a browser sends as `Host`.
    pub authority: String,
    /// Path, at least `/`.
    pub path: String,
    /// Query without the question mark.
    pub query: String,
}

/// Answers one HTTP call.
pub(super) fn http(state: &mut State, http: &Http) -> Answer {
    let Some(url) = parse(&http.url) else {
        return Answer::failed(Effect::Read, FailureKind::Unreachable, format!("{} is not a URL", http.url));
    };
    if super::netbox::serves(&state.netbox, &url) {
        return super::netbox::http(state, http, &url);
    }
    if super::maas::api::serves(state, &url) {
        return super::maas::api::http(state, http, &url);
    }
    let address = match address(state, http, &url) {
        Ok(address) => address,
        Err(answer) => return answer,
    };
    let Some(site) = state.web.sites.get(&address).cloned() else {
        let words = format!("connect to {address}: Connection refused (os error 111)");
        return Answer::failed(Effect::Read, FailureKind::Unreachable, words);
    };
    if let Some(refusal) = tls_refusal(state, http, &url, site.tls.as_ref()) {
        return refusal;
    }
    serve(state, http, &url, &site)
}

/// Splits `http(s)://HOST[:PORT][/PATH][?QUERY]`.
pub(super) fn parse(text: &str) -> Option<Url> {
    let (scheme, rest) = text.split_once("://")?;
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(at);
    let tail = tail.split('#').next().unwrap_or_default();
    let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
    let default = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (authority, default),
    };
    Some(Url {
        scheme: scheme.to_string(),
        host: host.trim_matches(['[', ']']).to_string(),
        port,
        authority: authority.to_string(),
        path: if path.is_empty() { "/".to_string() } else { path.to_string() },
        query: query.to_string(),
    })
}

/// Address and port to connect to, after the jumphost's resolver had its say.
fn address(state: &State, http: &Http, url: &Url) -> Result<String, Answer> {
    if let Some(address) = http.connect_to {
        return Ok(address.to_string());
    }
    if url.host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(format!("{}:{}", url.host, url.port));
    }
    let known = state.hosts.jumphost.names.get(&url.host).and_then(|addresses| addresses.first());
    known.map(|address| format!("{address}:{}", url.port)).ok_or_else(|| {
        let words = format!("failed to look up {}: Name or service not known", url.host);
        Answer::failed(Effect::Read, FailureKind::Unreachable, words)
    })
}

fn tls_refusal(state: &State, http: &Http, url: &Url, tls: Option<&Tls>) -> Option<Answer> {
    let refuse = |words: &str| Some(Answer::failed(Effect::Read, FailureKind::Tls, words));
    match (url.scheme.as_str(), tls) {
        ("http", None) => None,
        ("http", Some(_)) => {
            let words = "Bad Request\nYou're speaking plain HTTP to an SSL-enabled server port.\n";
            Some(Answer::served(Effect::Read, 400, "text/html; charset=iso-8859-1", words))
        }
        (_, None) => refuse("received corrupt message of type InvalidContentType"),
        (_, Some(tls)) if tls.expired => refuse("invalid peer certificate: Expired"),
        (_, Some(tls)) if !trusts(state, http, tls) => refuse("invalid peer certificate: UnknownIssuer"),
        (_, Some(tls)) if !tls.names.is_empty() && !tls.names.contains(&url.host) => {
            refuse("invalid peer certificate: NotValidForName")
        }
        _ => None,
    }
}

/// Whether the authority that the caller trusts is the one that signed.
fn trusts(state: &State, http: &Http, tls: &Tls) -> bool {
    let bare = |pem: &str| pem.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    match (&http.ca_pem, state.juju.root_ca()) {
        (None, _) => tls.issuer == "public",
        (Some(given), Some(root)) => tls.issuer == "vault" && bare(given).contains(&bare(root)),
        _ => false,
    }
}

fn serve(state: &mut State, http: &Http, url: &Url, site: &Site) -> Answer {
    let host = header(http, "host").unwrap_or_else(|| url.authority.clone());
    if let Some(dashboard) = &site.horizon {
        horizon::answer(state, http.method, url, &host, dashboard)
    } else if let Some(proxy) = &site.proxy {
        horizon::through_nginx(state, http.method, url, &host, proxy)
    } else if let Some(api) = &site.api {
        apis::answer(http.method, url, api).unwrap_or_else(|| not_answered(http))
    } else if let Some(mirror) = site.mirror.as_ref().filter(|_| reads(http.method)) {
        mirror::answer(http, url, mirror)
    } else if let Some(plain) = &site.plain {
        Answer::served(Effect::Read, plain.status, &plain.content_type, plain.body.clone())
    } else {
        not_answered(http)
    }
}

fn not_answered(http: &Http) -> Answer {
    Answer::unknown(Request::from(http.clone()))
}

/// A header's text, if it was sent.
pub(super) fn header(http: &Http, name: &str) -> Option<String> {
    use crate::transport::Input;
    let found = http.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| match value {
        Input::Text(text) => text.clone(),
        Input::Secret(secret) => secret.expose().to_string(),
    })
}

/// Whether the method only reads.
pub(super) fn reads(method: Method) -> bool {
    matches!(method, Method::Get | Method::Head)
}

#[cfg(test)]
mod tests;
