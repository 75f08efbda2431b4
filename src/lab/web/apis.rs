//! The roots of the OpenStack services: which versions they speak, and that the rest needs a token.

use serde_json::{Value, json};

use super::{Api, Url, reads};
use crate::lab::answer::{Answer, Effect};
use crate::transport::Method;

/// A service's answer at its root, or its refusal of what needs a token. Other methods are not answered.
pub(super) fn answer(method: Method, url: &Url, api: &Api) -> Option<Answer> {
    if !reads(method) {
        return None;
    }
    let base = format!("{}://{}", url.scheme, url.authority);
    let path = url.path.trim_end_matches('/');
    let (status, body) = match (api.service.as_str(), path) {
        ("identity", "") => (300, json!({"versions": {"values": [identity(&base)]}})),
        ("identity", "/v3") => (200, json!({"version": identity(&base)})),
        ("object-store", "") => return Some(buckets()),
        ("placement", "") => (200, json!({"versions": [placement()]})),
        ("image", "" | "/versions") => {
            (300, json!({"versions": [version("v2.17", "CURRENT", &format!("{base}/v2/"))]}))
        }
        ("volumev3", "") => (300, json!({"versions": [cinder(&base)]})),
        ("compute", "") => (200, json!({"versions": [compute(&base)]})),
        ("compute", "/v2.1") => (200, json!({"version": compute(&base)})),
        ("network", "") => (200, json!({"versions": [version("v2.0", "CURRENT", &format!("{base}/v2.0/"))]})),
        ("key-manager", "") => (300, json!({"versions": [version("v1", "CURRENT", &format!("{base}/v1/"))]})),
        ("load-balancer", "") => (200, json!({"versions": [version("v2.27", "CURRENT", &format!("{base}/v2"))]})),
        ("container-infra", "" | "/v1") => (200, json!({"versions": [magnum(&base)]})),
        _ => (401, unauthorized()),
    };
    Some(Answer::served(Effect::Read, status, "application/json", format!("{body}")))
}

fn unauthorized() -> Value {
    let words = "The request you have made requires authentication.";
    json!({"error": {"code": 401, "message": words, "title": "Unauthorized"}})
}

fn version(id: &str, status: &str, link: &str) -> Value {
    json!({"id": id, "status": status, "links": [{"rel": "self", "href": link}]})
}

fn identity(base: &str) -> Value {
    json!({
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": format!("{base}/v3/")}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    })
}

fn compute(base: &str) -> Value {
    json!({
        "id": "v2.1",
        "status": "CURRENT",
        "version": "2.96",
        "min_version": "2.1",
        "updated": "2013-07-23T11:33:21Z",
        "links": [{"rel": "self", "href": format!("{base}/v2.1/")}],
    })
}

fn cinder(base: &str) -> Value {
    json!({
        "id": "v3.0",
        "status": "CURRENT",
        "version": "3.71",
        "min_version": "3.0",
        "updated": "2023-08-31T00:00:00Z",
        "links": [{"rel": "self", "href": format!("{base}/v3/")}],
    })
}

fn placement() -> Value {
    json!({
        "id": "v1.0",
        "max_version": "1.39",
        "min_version": "1.0",
        "status": "CURRENT",
        "links": [{"rel": "self", "href": ""}],
    })
}

fn magnum(base: &str) -> Value {
    json!({
        "id": "v1",
        "status": "CURRENT",
        "max_version": "1.11",
        "min_version": "1.1",
        "links": [{"rel": "self", "href": format!("{base}/v1/")}],
    })
}

fn buckets() -> Answer {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListAllMyBucketsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>anonymous</ID></Owner><Buckets></Buckets></ListAllMyBucketsResult>";
    Answer::served(Effect::Read, 200, "application/xml", body)
}
