//! Tests of the lab's NetBox, against its documents and captures of the real one.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::host::Permit;
use crate::lab::Lab;
use crate::lab::conformance::shape::{each_key, look};
use crate::transport::{Http, Input, Method, Reply, Secret, Transport};

struct Asked {
    lab: Lab,
    token: String,
    base: String,
}

impl Asked {
    fn new() -> Asked {
        Asked::at(Lab::embedded("ready").expect("the stage loads"), "v1")
    }

    fn at(lab: Lab, token: &str) -> Asked {
        let state = lab.state().unwrap();
        let token = state.netbox.tokens[token].text();
        let scheme = if token.starts_with("nbt_") { "Bearer" } else { "Token" };
        Asked { token: format!("{scheme} {token}"), base: state.netbox.url.clone(), lab }
    }

    fn send(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let mut http = Http::get(format!("{}/api/{path}", self.base));
        http.method = method;
        http.headers = vec![("Authorization".into(), Input::Secret(Secret::new(self.token.clone())))];
        http.body = body.map(|body| Input::Text(body.to_string()));
        match self.lab.change(&http.into(), Permit::for_test()) {
            Ok(Reply::Http { status, body, .. }) => (status, serde_json::from_slice(&body).unwrap_or(Value::Null)),
            other => panic!("{other:?}"),
        }
    }

    fn get(&self, path: &str) -> (u16, Value) {
        self.send(Method::Get, path, None)
    }

    fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.send(Method::Post, path, Some(body))
    }

    fn prefixes(&self, query: &str) -> Vec<String> {
        let (status, body) = self.get(&format!("ipam/prefixes/?{query}"));
        assert_eq!(status, 200, "{query}: {body}");
        body["results"].as_array().unwrap().iter().map(|found| found["prefix"].as_str().unwrap().to_string()).collect()
    }
}

#[test]
fn the_site_its_prefixes_and_ranges_are_there() {
    let asked = Asked::new();
    assert_eq!(asked.get("status/").1["netbox-version"], "4.6.8");
    assert_eq!(asked.get("dcim/sites/?slug=vr0-dc0").1["results"][0]["name"], "VR0 DC0");
    assert_eq!(asked.prefixes("site=vr0-dc0").len(), 7);
    assert_eq!(asked.prefixes("site=vr0-dc0&status=container"), ["10.20.0.0/16"]);
    assert_eq!(asked.prefixes("vlan_vid=103"), ["10.12.12.0/22"]);
    let ranges = asked.get("ipam/ip-ranges/?parent=10.12.4.0/22").1;
    let shown: Vec<&str> =
        ranges["results"].as_array().unwrap().iter().map(|found| found["display"].as_str().unwrap()).collect();
    assert_eq!(shown, ["10.12.4.2-100/22", "10.12.4.101-110/22", "10.12.5.0-7.254/22"]);
}

#[test]
fn filters_mean_what_the_captures_show() {
    let asked = Asked::new();
    assert_eq!(asked.prefixes("within=10.12.4.0/22"), Vec::<String>::new());
    assert_eq!(asked.prefixes("within_include=10.12.4.0/22"), ["10.12.4.0/22"]);
    assert_eq!(asked.prefixes("contains=10.12.5.9"), ["10.12.4.0/22"]);
    assert_eq!(asked.prefixes("prefix=notaprefix"), Vec::<String>::new());
    assert_eq!(asked.prefixes("nonsense=1").len(), 7, "an unknown filter lists everything");
    assert_eq!(asked.prefixes("role=storage&role=replication"), ["10.12.32.0/22", "10.12.36.0/22"]);
    let (status, words) = asked.get("ipam/prefixes/?site=nosuch");
    assert_eq!(
        (status, words),
        (400, json!({"site": ["Select a valid choice. nosuch is not one of the available choices."]}))
    );
    let count = |query: &str| asked.get(&format!("ipam/ip-ranges/?{query}")).1["count"].clone();
    assert_eq!((count("contains=10.12.6.1"), count("contains=10.12.6.1/22")), (json!(0), json!(1)));
}

#[test]
fn pages_are_followed_by_next() {
    let asked = Asked::new();
    let (_, page) = asked.get("ipam/prefixes/?limit=2&offset=2");
    let base = &asked.base;
    assert_eq!(page["next"], format!("{base}/api/ipam/prefixes/?limit=2&offset=4"));
    assert_eq!(page["previous"], format!("{base}/api/ipam/prefixes/?limit=2"));
    assert_eq!(page["results"].as_array().unwrap().len(), 2);
    assert_eq!(asked.get("ipam/prefixes/?limit=abc").1["results"].as_array().unwrap().len(), 7);
    let mut seen = 0;
    let mut next = "ipam/ip-addresses/?limit=10".to_string();
    loop {
        let (_, page) = asked.get(&next);
        seen += page["results"].as_array().unwrap().len();
        let Some(link) = page["next"].as_str() else { break };
        next = link.strip_prefix(&format!("{base}/api/")).unwrap().to_string();
    }
    assert_eq!(json!(seen), asked.get("ipam/ip-addresses/?limit=0").1["count"]);
}

#[test]
fn tokens_of_both_styles_are_known_and_others_are_403() {
    assert_eq!(Asked::at(Lab::embedded("ready").unwrap(), "v2").get("ipam/roles/").0, 200);
    let mut asked = Asked::new();
    asked.token = asked.token.replace("Token", "Bearer");
    assert_eq!(asked.get("ipam/roles/").0, 200, "either scheme carries either style");
    asked.token = "Token wrong".into();
    assert_eq!(asked.get("ipam/roles/"), (403, json!({"detail": "Invalid v1 token"})));
    asked.token = "Bearer nbt_abc.wrong".into();
    assert_eq!(asked.get("ipam/roles/"), (403, json!({"detail": "Invalid v2 token"})));
    let reader = Asked::at(Lab::embedded("ready").unwrap(), "read-only");
    assert_eq!(reader.get("ipam/roles/").0, 200);
    assert_eq!(reader.post("ipam/roles/", json!({"name": "x", "slug": "x"})).0, 403);
    let bare = Http::get(format!("{}/api/ipam/roles/", asked.base));
    let Ok(Reply::Http { status, .. }) = asked.lab.read(&bare.into()) else { panic!() };
    assert_eq!(status, 403);
}

#[test]
fn a_prefix_is_made_changed_and_removed() {
    let asked = Asked::new();
    let body = json!({"prefix": "10.12.40.0/22", "scope_type": "dcim.site", "scope_id": 1, "role": {"slug": "storage"}, "nonsense": 1});
    let (status, made) = asked.post("ipam/prefixes/", body);
    assert_eq!((status, &made["scope"]["slug"], &made["status"]["value"]), (201, &json!("vr0-dc0"), &json!("active")));
    let path = format!("ipam/prefixes/{}/", made["id"]);
    let (status, changed) = asked.send(Method::Patch, &path, Some(json!({"status": "reserved"})));
    assert_eq!(
        (status, &changed["status"]["label"], &changed["role"]["slug"]),
        (200, &json!("Reserved"), &json!("storage"))
    );
    assert_eq!(asked.send(Method::Delete, &path, None).0, 204);
    assert_eq!(asked.get(&path), (404, json!({"detail": "No Prefix matches the given query."})));
    let (_, dropped) = asked.post("ipam/prefixes/", json!({"prefix": "10.13.0.0/22", "site": 1}));
    assert_eq!(dropped["scope_type"], Value::Null, "4.x drops `site` on a prefix without a word");
}

#[test]
fn a_list_is_made_whole_or_not_at_all() {
    let asked = Asked::new();
    let (status, words) = asked.post("ipam/prefixes/", json!([{"prefix": "10.22.0.0/24"}, {"prefix": "x"}]));
    assert_eq!((status, words), (400, json!([{}, {"prefix": ["Invalid IP prefix format: x"]}])));
    assert_eq!(asked.prefixes("prefix=10.22.0.0/24"), Vec::<String>::new());
}

#[test]
fn without_the_trailing_slash_a_get_is_sent_on_and_a_post_is_lost() {
    let asked = Asked::new();
    assert_eq!(asked.get("ipam/roles").0, 301);
    assert_eq!(asked.post("ipam/roles", json!({"name": "z", "slug": "z"})).0, 404);
    assert_eq!(asked.send(Method::Delete, "status/", None).0, 405);
}

/// The body and the status of a capture.
fn captured(directory: &std::path::Path, name: &str) -> (u16, Value) {
    let read = |kind: &str| std::fs::read_to_string(directory.join(format!("{name}.{kind}"))).unwrap();
    (read("status").trim().parse().unwrap(), serde_json::from_str(&read("json")).unwrap())
}

fn captures() -> Option<std::path::PathBuf> {
    let found = std::env::var_os("OMEGA_CAPTURES").map(|path| std::path::PathBuf::from(path).join("netbox-live"));
    if found.is_none() {
        eprintln!("OMEGA_CAPTURES is not set: the lab's NetBox was not compared with captures");
    }
    found
}

#[test]
fn refusals_are_those_of_the_captures_word_for_word() {
    let Some(directory) = captures() else { return };
    let cases = [
        ("site-create-duplicate", "dcim/sites/", json!({"name": "VR0 DC0", "slug": "vr0-dc0"})),
        ("site-create-no-slug", "dcim/sites/", json!({"name": "Other"})),
        ("vlan-create-bad-vid", "ipam/vlans/", json!({"vid": 5000, "name": "bad"})),
        ("prefix-create-duplicate", "ipam/prefixes/", json!({"prefix": "10.12.4.0/22"})),
        ("prefix-create-host-bits", "ipam/prefixes/", json!({"prefix": "10.12.4.7/22"})),
        ("prefix-create-bad", "ipam/prefixes/", json!({"prefix": "10.12.4.999/22"})),
        ("prefix-create-empty", "ipam/prefixes/", json!({})),
        ("prefix-create-bad-status", "ipam/prefixes/", json!({"prefix": "10.14.0.0/22", "status": "nonsense"})),
        ("prefix-create-unknown-role", "ipam/prefixes/", json!({"prefix": "10.14.0.0/22", "role": 9999})),
        (
            "iprange-create-overlap",
            "ipam/ip-ranges/",
            json!({"start_address": "10.12.4.50/22", "end_address": "10.12.4.90/22"}),
        ),
        (
            "iprange-create-inverted",
            "ipam/ip-ranges/",
            json!({"start_address": "10.12.4.130/22", "end_address": "10.12.4.120/22"}),
        ),
        (
            "iprange-create-mask-mismatch",
            "ipam/ip-ranges/",
            json!({"start_address": "10.12.4.150/22", "end_address": "10.12.4.160/24"}),
        ),
        ("ipaddress-create-bad", "ipam/ip-addresses/", json!({"address": "10.12.4.999/22"})),
    ];
    for (name, path, body) in cases {
        assert_eq!(Asked::new().post(path, body), captured(&directory, name), "{name}");
    }
    let patched = Asked::new().send(Method::Put, "ipam/prefixes/1/", Some(json!({"description": "x"})));
    assert_eq!(patched, captured(&directory, "prefix-put-partial"));
}

#[test]
fn documents_have_the_keys_and_types_of_the_captures() {
    let Some(directory) = captures() else { return };
    let asked = Asked::new();
    let cases = [
        ("dcim/sites/", &["site-list"][..]),
        ("ipam/roles/", &["role-list"]),
        ("ipam/vlans/", &["vlan-list"]),
        ("ipam/prefixes/", &["prefix-list", "prefix-list-limit-2"]),
        ("ipam/prefixes/?brief=true", &["prefix-list-brief"]),
        ("ipam/prefixes/?limit=2&offset=2", &["prefix-list-limit-2-offset-2", "prefix-list"]),
        ("ipam/ip-ranges/", &["iprange-list"]),
        ("ipam/ip-addresses/", &["ipaddress-list"]),
        ("", &["root"]),
    ];
    for (path, files) in cases {
        let (mut ours, mut real) = (BTreeMap::new(), BTreeMap::new());
        look(&asked.get(path).1, "", &each_key, &mut ours);
        files.iter().for_each(|file| look(&captured(&directory, file).1, "", &each_key, &mut real));
        let missing: Vec<&String> =
            real.keys().filter(|key| !ours.contains_key(*key)).filter(|key| !optional(key)).collect();
        assert!(missing.is_empty(), "{path} lacks {missing:?}");
        for (key, kinds) in &ours {
            let known = real.get(key).cloned().unwrap_or_default();
            assert!(kinds.is_subset(&known), "{path}: {key} is {kinds:?} here and {known:?} in the captures");
        }
    }
}

/// Below what may be null the lab has nothing where the capture has.
fn optional(key: &str) -> bool {
    key.contains("/tags[]") || key.contains("/custom_fields/")
}

#[test]
fn netbox_and_maas_hold_the_same_planes_and_reserved_ranges() {
    let state = Lab::embedded("ready").unwrap().state().unwrap();
    let planes: BTreeSet<String> = state.maas.subnets.keys().map(ToString::to_string).collect();
    let prefixes = state.netbox.prefixes.keys().filter(|cidr| *cidr != "10.20.0.0/16");
    let prefixes: BTreeSet<String> = prefixes.cloned().collect();
    assert_eq!(planes, prefixes);
    for (start, range) in &state.netbox.ip_ranges {
        let end = range.end_address.as_deref().and_then(|end| end.split('/').next());
        let reserved = &state.maas.ranges[&start.parse().unwrap()];
        assert_eq!(end, Some(reserved.end.to_string().as_str()), "{start}");
    }
}
