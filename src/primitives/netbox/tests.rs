use super::prefix::NetboxPrefix;
use super::range::NetboxRange;
use super::*;

fn prefix(json: &str) -> Result<NetboxPrefix, Stop> {
    serde_json::from_str::<prefix::Row>(json).map_err(|error| Stop::unanswered(error.to_string()))?.try_into()
}

const COMMON: &str = r#""id": 7, "prefix": "10.12.8.0/22", "role": {"id": 1, "name": "OAM", "slug": "oam"},
    "vlan": null, "vrf": null, "is_pool": false, "description": "", "tags": [{"name": "A", "slug": "a"}]"#;

#[test]
fn a_site_is_read_as_scope_and_as_site() {
    let scoped = format!(
        r#"{{{COMMON}, "status": {{"value": "active", "label": "Active"}}, "scope_type": "dcim.site", "scope_id": 1,
            "scope": {{"name": "VR0 DC0", "slug": "vr0-dc0"}}}}"#
    );
    let sited = format!(
        r#"{{{COMMON}, "status": {{"value": 1, "label": "Active"}}, "site": {{"name": "VR0 DC0", "slug": "vr0-dc0"}}}}"#
    );
    for json in [scoped, sited] {
        let prefix = prefix(&json).expect("a prefix");
        assert_eq!(
            (prefix.site.as_deref(), prefix.status.as_str(), prefix.role.as_deref()),
            (Some("vr0-dc0"), "active", Some("oam"))
        );
    }
}

#[test]
fn a_prefix_of_a_region_has_no_site_and_one_without_either_key_is_an_error() {
    let region = format!(
        r#"{{{COMMON}, "status": "active", "scope_type": "dcim.region", "scope_id": 1, "scope": {{"name": "R", "slug": "r"}}}}"#
    );
    assert_eq!(prefix(&region).expect("a prefix").site, None);
    let neither = format!(r#"{{{COMMON}, "status": "active"}}"#);
    assert!(prefix(&neither).expect_err("no place").to_string().contains("neither `site` nor `scope_type`"));
}

#[test]
fn a_missing_status_is_named() {
    let json = format!(r#"{{{COMMON}, "site": null}}"#);
    assert!(prefix(&json).expect_err("no status").to_string().contains("status"));
}

#[test]
fn what_was_not_asked_for_is_no_answer() {
    let json = format!(r#"{{{COMMON}, "status": "active", "site": null}}"#);
    let prefix = prefix(&json).expect("a prefix");
    let check = |filter, value: &str| {
        let asked = Asked::default().by(filter, Some(value));
        asked.check("prefix", &prefix.prefix, |filter, value| prefix.fits(filter, value), &Source::from("GET x"))
    };
    assert!(
        check("role", "oam").is_ok() && check("within_include", "10.12.0.0/16").is_ok() && check("tag", "a").is_ok()
    );
    for (filter, value) in
        [("role", "storage"), ("prefix", "10.12.4.0/22"), ("within_include", "10.20.0.0/16"), ("rolle", "oam")]
    {
        assert!(check(filter, value).expect_err("another").to_string().contains("passed over"), "{filter}={value}");
    }
}

#[test]
fn ranges_lose_their_masks_and_keep_ipv6_as_text() {
    let range = |start: &str, end: &str| {
        let json = format!(
            r#"{{"id": 1, "start_address": "{start}", "end_address": "{end}", "status": {{"value": "reserved", "label": "R"}}, "role": null, "description": ""}}"#
        );
        NetboxRange::from(serde_json::from_str::<range::Row>(&json).expect("a range"))
    };
    let four = range("10.12.5.0/22", "10.12.7.254/22");
    assert_eq!((four.name.as_str(), four.range.is_some()), ("10.12.5.0-10.12.7.254", true));
    assert!(four.fits("parent", "10.12.4.0/22") && !four.fits("parent", "10.12.8.0/22"));
    let six = range("2602:f3e2:ff::1/64", "2602:f3e2:ff::9/64");
    assert_eq!((six.name.as_str(), six.range), ("2602:f3e2:ff::1-2602:f3e2:ff::9", None));
}

#[test]
fn the_next_page_is_asked_from_the_same_host_alone() {
    let base = "https://netbox.example/nb";
    let next = |next: &str| rebased(base, next);
    assert_eq!(
        next("http://netbox.example/nb/api/x/?offset=50").expect("the same host"),
        "https://netbox.example/nb/api/x/?offset=50"
    );
    for elsewhere in [
        "https://evil.example/nb/api/x/",
        "https://netbox.example:8443/nb/api/x/",
        "https://netbox.example.evil/nb/x",
        "https://netbox.example/other/",
    ] {
        assert!(next(elsewhere).is_err(), "{elsewhere}");
    }
}

#[test]
fn query_values_are_encoded() {
    assert_eq!(Asked::default().by("site", Some("a b&c=d")).query(), "&site=a%20b%26c%3Dd");
    assert_eq!(Asked::default().by("prefix", Some("10.12.4.0/22")).query(), "&prefix=10.12.4.0/22");
}

fn pages<T: DeserializeOwned>(path: &std::path::Path) -> Option<Vec<T>> {
    let bytes = std::fs::read(path).ok()?;
    let page: Page<T> = serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(page.next.is_some() || page.results.len() <= page.count, "{}", path.display());
    Some(page.results)
}

#[test]
fn captured_replies_parse() {
    let Some(captures) = std::env::var_os("OMEGA_CAPTURES") else {
        eprintln!("OMEGA_CAPTURES is not set: NetBox's captured replies were not read");
        return;
    };
    let root = std::path::Path::new(&captures);
    for live in [root.join("netbox-live"), root.join("netbox-live/v3.7")] {
        let file = |name: &str| live.join(format!("{name}.json"));
        for name in [
            "prefix-list",
            "prefix-filter-site",
            "prefix-list-limit-2",
            "prefix-filter-within-include",
            "prefix-filter-tag",
        ] {
            for row in pages::<prefix::Row>(&file(name)).into_iter().flatten() {
                NetboxPrefix::try_from(row).unwrap_or_else(|stop| panic!("{name}: {stop}"));
            }
        }
        let ranges = pages::<range::Row>(&file("iprange-list")).expect("ranges").into_iter().map(NetboxRange::from);
        assert!(ranges.map(|range| range.range).all(|range| range.is_some()));
        assert!(!pages::<place::VlanRow>(&file("vlan-list")).expect("VLANs").is_empty());
        assert!(!pages::<place::NetboxSite>(&file("site-list")).expect("sites").is_empty());
        assert!(!pages::<place::NetboxRole>(&file("role-list")).expect("roles").is_empty());
    }
    let sites: Vec<Option<String>> = ["netbox-live", "netbox-live/v3.7"]
        .iter()
        .flat_map(|live| pages::<prefix::Row>(&root.join(live).join("prefix-filter-site.json")).expect("prefixes"))
        .map(|row| NetboxPrefix::try_from(row).expect("a prefix").site)
        .collect();
    assert!(!sites.is_empty() && sites.iter().all(|site| site.as_deref() == Some("vr0-dc0")), "{sites:?}");
    let old = root.join("netbox/pynetbox");
    let prefixes = pages::<prefix::Row>(&old.join("ipam-prefixes.json")).expect("prefixes of NetBox 2");
    assert!(
        prefixes
            .into_iter()
            .map(|row| NetboxPrefix::try_from(row).expect("a prefix"))
            .all(|prefix| prefix.status == "active")
    );
    assert!(pages::<place::VlanRow>(&old.join("ipam-vlans.json")).is_some());
}
