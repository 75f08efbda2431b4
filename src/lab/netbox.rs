//! The lab's NetBox: the REST API of 4.6, for sites, roles, VLANs, prefixes, ranges and addresses.
//!
//! Like the real one it ignores fields and filters that it does not know, refuses a known one with a bad value, pages
//! its lists, and says 403 to a token it does not accept.

mod documents;
mod filters;
mod render;
mod writes;

use serde_json::{Value, json};

use super::State;
use super::answer::{Answer, Effect};
use super::web::{Url, header};
use crate::transport::{Http, Input, Method, Reply};
pub use documents::{Kind, NetboxState, Record, Token};

/// Whether this URL is NetBox's.
pub(super) fn serves(netbox: &NetboxState, url: &Url) -> bool {
    super::web::parse(&netbox.url)
        .is_some_and(|own| (own.scheme, own.host, own.port) == (url.scheme.clone(), url.host.clone(), url.port))
}

/// Answers one call.
pub(super) fn http(state: &mut State, http: &Http, url: &Url) -> Answer {
    let effect = if super::web::reads(http.method) { Effect::Read } else { Effect::Change };
    let (status, body) = match route(state, http, url) {
        Ok(Page::Json(status, body)) => (status, body),
        Ok(Page::Empty(status)) => return bare(effect, status, None),
        Ok(Page::Moved(to)) => return bare(effect, 301, Some(to)),
        Ok(Page::NotFound) => return Answer::served(effect, 404, "text/html; charset=utf-8", NOT_FOUND),
        Err((status, body)) => (status, body),
    };
    Answer::served(effect, status, "application/json", body.to_string())
}

const NOT_FOUND: &str = "<!DOCTYPE html>\n<html>\n<head><title>Page Not Found | NetBox</title></head>\n</html>\n";

enum Page {
    Json(u16, Value),
    Empty(u16),
    Moved(String),
    NotFound,
}

/// A refusal: status and body.
type Refused = (u16, Value);

fn bare(effect: Effect, status: u16, location: Option<String>) -> Answer {
    let headers = location.map(|to| ("location".to_string(), to)).into_iter().collect();
    Answer { effect, reply: Ok(Reply::Http { status, headers, body: Vec::new() }) }
}

fn route(state: &mut State, http: &Http, url: &Url) -> Result<Page, Refused> {
    let Some(path) = url.path.strip_prefix("/api") else { return Ok(Page::NotFound) };
    let Some(path) = path.strip_suffix('/') else { return Ok(without_slash(http, url)) };
    allowed(&state.netbox, http)?;
    let base = format!("{}://{}", url.scheme, url.authority);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match (parts.as_slice(), http.method) {
        ([], Method::Get) => Ok(Page::Json(200, render::root(&base))),
        (["status"], Method::Get) => Ok(Page::Json(200, render::status(&state.netbox))),
        ([] | ["status"], method) => Err(not_allowed(method)),
        ([application, kind], method) => match Kind::at(application, kind) {
            Some(kind) => collection(state, http, url, &base, kind, method),
            None => Ok(Page::NotFound),
        },
        ([application, kind, id], method) => match (Kind::at(application, kind), id.parse().ok()) {
            (Some(kind), Some(id)) => item(state, http, &base, kind, id, method),
            _ => Ok(Page::NotFound),
        },
        _ => Ok(Page::NotFound),
    }
}

/// Without the trailing slash a GET is sent on, and anything else meets a page that is not there.
fn without_slash(http: &Http, url: &Url) -> Page {
    if http.method != Method::Get {
        return Page::NotFound;
    }
    let query = if url.query.is_empty() { String::new() } else { format!("?{}", url.query) };
    Page::Moved(format!("{}/{query}", url.path))
}

fn not_allowed(method: Method) -> Refused {
    (405, json!({"detail": format!("Method \"{}\" not allowed.", method.as_str())}))
}

/// Both styles of token, each accepted under either scheme.
fn allowed(netbox: &NetboxState, http: &Http) -> Result<(), Refused> {
    let refuse = |words: &str| Err((403, json!({"detail": words})));
    let Some(given) = header(http, "authorization") else {
        return refuse("Authentication credentials were not provided.");
    };
    let text = given.split_once(' ').map_or("", |(_, text)| text.trim());
    match netbox.tokens.values().find(|token| token.text() == text) {
        None if text.starts_with("nbt_") => refuse("Invalid v2 token"),
        None => refuse("Invalid v1 token"),
        Some(token) if !token.write && !super::web::reads(http.method) => {
            refuse("You do not have permission to perform this action.")
        }
        Some(_) => Ok(()),
    }
}

fn collection(
    state: &mut State,
    http: &Http,
    url: &Url,
    base: &str,
    kind: Kind,
    method: Method,
) -> Result<Page, Refused> {
    match method {
        Method::Get => filters::list(&state.netbox, url, base, kind).map(|body| Page::Json(200, body)),
        Method::Post => {
            let body = body(http)?;
            let now = state.clock.now();
            writes::create(&mut state.netbox, kind, &body, now, base).map(|body| Page::Json(201, body))
        }
        method => Err(not_allowed(method)),
    }
}

fn item(state: &mut State, http: &Http, base: &str, kind: Kind, id: u64, method: Method) -> Result<Page, Refused> {
    let missing = || (404, json!({"detail": format!("No {} matches the given query.", kind.name())}));
    let key = state.netbox.key_of(kind, id).ok_or_else(missing)?;
    let now = state.clock.now();
    match method {
        Method::Get => Ok(Page::Json(200, render::record(&state.netbox, kind, &key, base))),
        Method::Patch | Method::Put => {
            let body = body(http)?;
            let whole = method == Method::Put;
            writes::update(&mut state.netbox, kind, &key, &body, whole, now, base).map(|body| Page::Json(200, body))
        }
        Method::Delete => writes::delete(&mut state.netbox, kind, &key).map(|()| Page::Empty(204)),
        method => Err(not_allowed(method)),
    }
}

fn body(http: &Http) -> Result<Value, Refused> {
    let kind = header(http, "content-type").unwrap_or_else(|| "application/json".to_string());
    if !kind.starts_with("application/json") {
        return Err((415, json!({"detail": format!("Unsupported media type \"{kind}\" in request.")})));
    }
    let text = match &http.body {
        None => "",
        Some(Input::Text(text)) => text,
        Some(Input::Secret(secret)) => secret.expose(),
    };
    serde_json::from_str(text).map_err(|error| (400, json!({"detail": format!("JSON parse error - {error}")})))
}

#[cfg(test)]
mod tests;
