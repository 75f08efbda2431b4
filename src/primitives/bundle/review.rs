//! The review of a bundle: form rules that hold for any bundle, and rules of one site. A deploy finds few of these
//! faults before it has begun, and has no way back then.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::Spanned;

use super::site::{SiteSpec, site};
use super::{pinned, yaml};
use crate::handle;
use crate::host::{Call, Stop};
use crate::script::{Handle, List, Primitive, Source};

handle! {
    /// A fault of a bundle.
    Finding("bundle finding") by name {
        /// Place and rule: `bundle.yaml:214:5 relation-colon`.
        name: String,
        /// Where it stands: file, line, column.
        at: String,
        /// The rule that it breaks.
        rule in super::RULE: String,
        /// What is wrong, in words.
        what: String,
    }
}

/// Findings by place, in the order of the file.
pub(super) struct Findings<'p> {
    path: &'p str,
    found: Vec<(u64, u64, &'static str, String)>,
}

impl Findings<'_> {
    pub(super) fn add(&mut self, (line, column): (u64, u64), rule: &'static str, what: String) {
        debug_assert!(super::RULE.has(rule), "{rule}");
        self.found.push((line, column, rule, what));
    }

    fn finish(mut self, source: &Source) -> Vec<Handle<Finding>> {
        self.found.sort();
        self.found.dedup();
        let mut seen = BTreeMap::<String, usize>::new();
        let handles = self.found.into_iter().map(|(line, column, rule, what)| {
            let at = format!("{}:{line}:{column}", self.path);
            let key = format!("{at} {rule}");
            let times = seen.entry(key.clone()).or_default();
            *times += 1;
            let name = if *times > 1 { format!("{key} ({times})") } else { key };
            Handle::seen(Finding { name, at, rule: rule.to_string(), what }, source.clone())
        });
        handles.collect()
    }
}

pub(super) fn place<T>(value: &Spanned<T>) -> (u64, u64) {
    (value.referenced.line(), value.referenced.column())
}

/// Where a piece of text stands.
fn place_of(text: &str, offset: usize) -> (u64, u64) {
    let before = &text[..offset];
    let line = before.matches('\n').count() as u64 + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u64 + 1;
    (line, column)
}

/// The text by its bytes: what makes daemons fail silently.
fn plain(findings: &mut Findings<'_>, text: &str) {
    if let Some((at, c)) = text.char_indices().find(|(_, c)| !c.is_ascii()) {
        findings.add(
            place_of(text, at),
            "ascii",
            format!("the character {c:?} is not ASCII: some daemons fail on it without a word"),
        );
    }
    if let Some(at) = text.find('\r') {
        findings.add(
            place_of(text, at),
            "line-end",
            "a carriage return: the file has line ends of another system".to_string(),
        );
    }
}

type Applications = BTreeMap<String, Spanned<yaml::Application>>;

/// What holds for any bundle.
fn form(findings: &mut Findings<'_>, document: &yaml::Document) {
    let applications = &document.applications;
    let mut known = BTreeSet::new();
    for relation in &document.relations {
        ends(findings, applications, &document.elsewhere, relation);
        let yaml::Relation(one, others) = &relation.value;
        for pair in one.0.iter().flat_map(|a| others.0.iter().map(move |b| (a.min(b), a.max(b)))) {
            if !known.insert(pair) {
                findings.add(place(relation), "relation-twice", format!("{} - {} is written twice", pair.0, pair.1));
            }
        }
    }
    let machines: BTreeSet<&str> = document.machines.iter().map(|(key, _)| key.as_str()).collect();
    for (name, application) in applications {
        for to in &application.value.to.0 {
            placed(findings, applications, &machines, name, application, to);
        }
        chassis(findings, name, &application.value);
    }
    disks(findings, applications);
    annotations(findings, applications);
}

fn ends(
    findings: &mut Findings<'_>,
    applications: &Applications,
    elsewhere: &BTreeSet<String>,
    relation: &Spanned<yaml::Relation>,
) {
    let yaml::Relation(one, others) = &relation.value;
    for end in one.0.iter().chain(&others.0) {
        let (application, endpoint) = end.split_once(':').map_or((end.as_str(), None), |(a, e)| (a, Some(e)));
        let is_known = applications.contains_key(application) || elsewhere.contains(application);
        match endpoint {
            _ if is_known && endpoint != Some("") => {}
            None => {
                let near = applications
                    .keys()
                    .filter(|name| end.starts_with(&format!("{name}-")))
                    .max_by_key(|name| name.len());
                let meant =
                    near.map_or_else(String::new, |name| format!("; `{name}:{}` is meant", &end[name.len() + 1..]));
                findings.add(
                    place(relation),
                    "relation-colon",
                    format!("{end:?} is no application, and has no colon before its endpoint{meant}"),
                );
            }
            Some("") => {
                findings.add(place(relation), "relation-colon", format!("{end:?} names no endpoint after its colon"))
            }
            Some(_) => findings.add(
                place(relation),
                "relation-application",
                format!("{end:?} is of an application that the bundle does not have"),
            ),
        }
    }
}

fn placed(
    findings: &mut Findings<'_>,
    applications: &Applications,
    machines: &BTreeSet<&str>,
    name: &str,
    application: &Spanned<yaml::Application>,
    to: &str,
) {
    let key = to.split_once(':').map_or(to, |(_, key)| key);
    let bare = key.split('/').next().unwrap_or(key);
    let is_known = machines.contains(key) || applications.contains_key(bare) || ["new", "lxd", "kvm"].contains(&key);
    // Without a list of machines the keys are machines of the model, which no file tells.
    if !is_known && !machines.is_empty() {
        findings.add(
            place(application),
            "placement",
            format!("{name} goes to {to:?}, and the bundle has no such machine or application"),
        );
    }
}

fn chassis(findings: &mut Findings<'_>, name: &str, application: &yaml::Application) {
    let is_chassis = application.charm.trim_start_matches("ch:").starts_with("ovn-chassis");
    let bound = application.bindings.iter().flatten();
    for (endpoint, space) in bound.filter(|(endpoint, _)| is_chassis && endpoint.starts_with("overlay")) {
        findings.add(
            place(space),
            "chassis-binding",
            format!("{name} has no endpoint {endpoint:?}: the tunnels' endpoint is `data`"),
        );
    }
}

/// One anchor without a value, used by several applications, leaves them all without disks.
fn disks(findings: &mut Findings<'_>, applications: &Applications) {
    let stores: Vec<_> =
        applications.iter().filter(|(_, app)| app.value.charm.trim_start_matches("ch:") == "ceph-osd").collect();
    for (name, application) in &stores {
        let option = application.value.options.iter().flatten().find(|(option, _)| *option == "osd-devices");
        if let Some((_, value)) = option
            && value.value.text().is_none_or(|text| text.trim().is_empty())
            && stores.len() > 1
        {
            findings.add(
                place(value),
                "osd-devices",
                format!("{name} gets no disk: osd-devices is empty, and several applications use it"),
            );
        }
    }
}

fn annotations(findings: &mut Findings<'_>, applications: &Applications) {
    let mut taken: BTreeMap<(String, String), &str> = BTreeMap::new();
    for (name, application) in applications {
        let of = |key: &str| {
            let found = application.value.annotations.iter().flatten().find(|(known, _)| known.as_str() == key);
            found.and_then(|(_, value)| value.text())
        };
        let (Some(x), Some(y)) = (of("gui-x"), of("gui-y")) else { continue };
        if let Some(other) = taken.insert((x, y), name) {
            findings.add(
                place(application),
                "annotation",
                format!("{name} lies on {other} in the drawing: gui-x and gui-y are the same"),
            );
        }
    }
}

/// All findings in a bundle of these bytes.
fn review(path: &str, text: &str, spec: Option<&SiteSpec>, source: &Source) -> Result<Vec<Handle<Finding>>, Stop> {
    let document = yaml::parse(path, text)?;
    let mut findings = Findings { path, found: Vec::new() };
    plain(&mut findings, text);
    form(&mut findings, &document);
    if let Some(spec) = spec {
        site(&mut findings, &document, spec);
    }
    Ok(findings.finish(source))
}

fn of_file(call: &Call<'_>, path: &str, spec: Option<&SiteSpec>) -> Result<List<Finding>, Stop> {
    let bytes = pinned(call, path)?;
    let text = String::from_utf8_lossy(bytes).into_owned();
    call.list(path, || review(path, &text, spec, &Source::from(path)))
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "bundle";
        /// What is wrong with the form of a bundle, whatever the site: each finding with line and column. None is sound.
        read fn form_findings(call, path: String) -> List<Finding> { of_file(call, &path, None) }
        /// What is wrong with a bundle by its form, and by what one site asks of it.
        read fn findings(call, path: String, site: SiteSpec) -> List<Finding> { of_file(call, &path, Some(&site)) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::site::{BindingSpec, VipSpec};
    use super::*;

    const SOUND: &str = "\
machines: {\"8\": , \"9\": }
applications:
  keystone:
    charm: ch:keystone
    channel: 2024.1/stable
    num_units: 1
    to: [\"lxd:8\"]
    options: {vip: 10.12.4.50 10.12.8.50}
    bindings: {\"\": metal-internal}
    annotations: {gui-x: 1, gui-y: 2}
  ovn-chassis:
    charm: ch:ovn-chassis
    channel: 24.03/stable
    options: {bridge-interface-mappings: \"br-ex:52:54:00:4c:00:01\"}
    bindings: {data: data-tenant}
relations:
  - [\"keystone:shared-db\", \"ovn-chassis:db\"]
";

    fn rules(text: &str) -> Vec<String> {
        let site = SiteSpec {
            channels: vec!["keystone 2024.1/stable".into(), "ovn-chassis 24.03/stable".into()],
            vips: vec![VipSpec {
                name: "keystone".into(),
                columns: vec!["10.12.4.50".parse().unwrap(), "10.12.8.50".parse().unwrap()],
            }],
            options: Vec::new(),
            bindings: vec![BindingSpec {
                application: "ovn-chassis".into(),
                endpoint: "data".into(),
                space: "data-tenant".into(),
            }],
            spaces: vec!["metal-internal".into(), "data-tenant".into()],
        };
        let found = review("bundle.yaml", text, Some(&site), &Source::from("bundle.yaml")).expect("a review");
        found.iter().map(|finding| finding.identity().to_string()).collect()
    }

    #[test]
    fn a_sound_bundle_has_no_finding() {
        assert_eq!(rules(SOUND), [] as [&str; 0]);
    }

    #[test]
    fn each_fault_is_found_where_it_stands() {
        let cases = [
            ("\"keystone:shared-db\"", "\"keystone-shared-db\"", "bundle.yaml:17:5 relation-colon"),
            ("\"ovn-chassis:db\"", "\"ovn-chasis:db\"", "bundle.yaml:17:5 relation-application"),
            ("lxd:8", "lxd:7", "bundle.yaml:4:5 placement"),
            ("2024.1/stable\n    num", "2023.2/stable\n    num", "bundle.yaml:4:5 channel"),
            ("br-ex:52:54:00:4c:00:01", "br-ex:enp1s0", "bundle.yaml:14:42 bridge-mac"),
            ("10.12.4.50 10.12.8.50", "10.12.4.50", "bundle.yaml:8:20 vip"),
            ("10.12.4.50 10.12.8.50", "10.12.4.50 10.12.8.51", "bundle.yaml:8:20 vip"),
            ("metal-internal", "metal", "bundle.yaml:9:20 space"),
            ("charm: ch:keystone", "charm: ch:keystone # \u{e9}", "bundle.yaml:4:26 ascii"),
        ];
        for (from, to, wanted) in cases {
            let broken = SOUND.replacen(from, to, 1);
            assert_ne!(broken, SOUND, "{from}");
            assert_eq!(rules(&broken), [wanted], "{to}");
        }
    }

    #[test]
    fn a_chassis_is_bound_by_its_own_endpoint() {
        let broken = SOUND.replace("{data: data-tenant}", "{overlay-suffix: data-tenant}");
        let found = rules(&broken);
        assert!(found.contains(&"bundle.yaml:15:32 chassis-binding".to_string()), "{found:?}");
    }

    #[test]
    fn an_empty_anchor_of_disks_and_a_drawing_on_a_drawing_are_found() {
        let text = "\
variables:
  disks: &disks
applications:
  a: {charm: ceph-osd, num_units: 1, options: {osd-devices: *disks}, annotations: {gui-x: 1, gui-y: 1}}
  b: {charm: ceph-osd, num_units: 1, options: {osd-devices: *disks}, annotations: {gui-x: 1, gui-y: 1}}
";
        let found = review("b.yaml", text, None, &Source::from("b.yaml")).expect("a review");
        let rules: Vec<String> = found.iter().map(|finding| finding.now().unwrap().rule.clone()).collect();
        assert!(rules.contains(&"osd-devices".to_string()) && rules.contains(&"annotation".to_string()), "{rules:?}");
    }

    #[test]
    fn the_projects_own_bundle_and_every_captured_one_are_sound_in_form() {
        let own = include_str!("../../../bundle.yaml");
        assert!(review("bundle.yaml", own, None, &Source::from("x")).expect("a review").is_empty());
        let Some(captures) = std::env::var_os("OMEGA_CAPTURES") else {
            eprintln!("OMEGA_CAPTURES is not set: captured bundles were not reviewed");
            return;
        };
        for file in std::fs::read_dir(std::path::Path::new(&captures).join("bundles")).expect("a folder").flatten() {
            let path = file.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_string();
            let text = std::fs::read_to_string(&path).expect("a bundle");
            let found = review(&name, &text, None, &Source::from("x")).unwrap_or_else(|stop| panic!("{name}: {stop}"));
            let words: Vec<String> = found
                .iter()
                .map(|f| {
                    let f = f.now().unwrap();
                    format!("{} {}: {}", f.at, f.rule, f.what)
                })
                .collect();
            assert!(words.is_empty(), "{name}: {words:#?}");
        }
    }
}
