use super::*;
use crate::script::Absent;

const SMALL: &str = "\
variables:
  channel: &channel 2024.1/stable
machines:
  \"10\": {constraints: tags=openstack}
  \"8\":
applications:
  keystone:
    charm: ch:keystone
    channel: *channel
    num_units: 1
    to: [\"lxd:8\"]
    options: {vip: 10.12.4.50 10.12.8.50 10.12.12.50, policy: true, mem: 8192, empty: }
    bindings: {\"\": metal-internal, public: provider-public}
  ceph-osd:
    charm: ceph-osd
    num_units: 2
    to: [\"8\", 10]
  keystone-mysql-router:
    charm: ch:mysql-router
    channel: 8.0/stable
relations:
  - [keystone:shared-db, keystone-mysql-router:shared-db]
  - [\"z:a\", [\"y:b\", \"x:c\"]]
";

fn small() -> Bundle {
    parse("bundle.yaml", SMALL.as_bytes()).expect("sound")
}

fn application(name: &str) -> BundleApplication {
    small().applications.into_iter().find(|application| application.name == name).expect("there")
}

fn fault(text: &str) -> String {
    parse("bundle.yaml", text.as_bytes()).expect_err("a fault").to_string()
}

#[test]
fn applications_units_and_containers_are_counted_by_what_they_are() {
    let bundle = small();
    assert_eq!(bundle.machines, ["8", "10"]);
    assert_eq!(bundle.machine_constraints, ["8 none", "10 tags=openstack"]);
    assert_eq!((bundle.principal_units, bundle.containers), (3, 1));
    let subordinates = bundle.applications.iter().filter(|application| application.is_subordinate);
    assert_eq!(
        subordinates.map(|application| application.name.as_str()).collect::<Vec<_>>(),
        ["keystone-mysql-router"]
    );
}

#[test]
fn relations_have_one_spelling_and_several_ends_are_several_relations() {
    assert_eq!(small().relations, ["keystone-mysql-router:shared-db - keystone:shared-db", "x:c - z:a", "y:b - z:a",]);
}

#[test]
fn options_keep_their_type_and_an_empty_one_is_absent() {
    let keystone = application("keystone");
    assert!(keystone.value_of("policy").as_bool().expect("a bool"));
    assert_eq!(keystone.value_of("mem").as_int().expect("a number"), 8192);
    assert_eq!(keystone.text_of("mem").as_deref(), Some("8192"));
    for name in ["empty", "nothing"] {
        assert!(keystone.value_of(name).read_lock::<Absent>().is_some(), "{name}");
    }
}

#[test]
fn vips_keep_the_order_of_their_columns() {
    let vips: Vec<String> = application("keystone").vips().expect("sound").iter().map(ToString::to_string).collect();
    assert_eq!(vips, ["10.12.4.50", "10.12.8.50", "10.12.12.50"]);
    assert!(application("ceph-osd").vips().expect("none").is_empty());
}

#[test]
fn a_binding_is_found_by_its_whole_name() {
    let keystone = application("keystone");
    assert_eq!(
        (keystone.binding(""), keystone.binding("public"), keystone.binding("pub")),
        (Some("metal-internal"), Some("provider-public"), None)
    );
}

#[test]
fn an_address_that_is_none_names_its_line() {
    let text = SMALL.replace("10.12.8.50", "10.12.8.999");
    let bundle = parse("bundle.yaml", text.as_bytes()).expect("the form is sound");
    let keystone = bundle.applications.iter().find(|application| application.name == "keystone").expect("there");
    let words = keystone.vips().expect_err("no address").to_string();
    assert!(words.contains("10.12.8.999") && words.contains("bundle.yaml:12"), "{words}");
}

#[test]
fn faults_name_line_and_column() {
    let twice = SMALL.replace("  ceph-osd:\n", "  keystone:\n");
    assert!(fault(&twice).contains("bundle.yaml:14:3"), "{}", fault(&twice));
    let torn = SMALL.replace("to: [\"8\", 10]", "to: [\"8\", 10");
    assert!(fault(&torn).contains("bundle.yaml:"), "{}", fault(&torn));
    let untyped = SMALL.replace("num_units: 2", "num_units: two");
    assert!(fault(&untyped).contains("bundle.yaml:16:"), "{}", fault(&untyped));
    let related =
        SMALL.replace("  - [\"z:a\"", "  - [keystone-mysql-router:shared-db, keystone:shared-db]\n  - [\"z:a\"");
    assert!(fault(&related).contains("written twice"), "{}", fault(&related));
}

#[test]
fn a_bundle_without_applications_is_a_fault() {
    assert!(fault("machines: {}\n").contains("applications"));
}

#[test]
fn the_bundle_of_the_site_counts_as_its_page_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/bundle.yaml");
    let bundle = parse("bundle.yaml", &std::fs::read(path).expect("there")).expect("sound");
    assert_eq!((bundle.applications.len(), bundle.relations.len(), bundle.machines.len()), (50, 97, 4));
    assert_eq!((bundle.principal_units, bundle.containers, bundle.is_ascii), (31, 24, true));
    assert_eq!(bundle.applications.iter().filter(|application| application.is_subordinate).count(), 30);
}

#[test]
fn captured_bundles_parse() {
    let Some(captures) = std::env::var_os("OMEGA_CAPTURES") else {
        eprintln!("OMEGA_CAPTURES is not set: the captured bundles were not read");
        return;
    };
    let files = std::fs::read_dir(std::path::Path::new(&captures).join("bundles")).expect("captures");
    let mut count = 0;
    for file in files.map(|file| file.expect("an entry").path()) {
        let name = file.display().to_string();
        let bundle = parse(&name, &std::fs::read(&file).expect("readable")).unwrap_or_else(|stop| panic!("{stop}"));
        assert!(!bundle.applications.is_empty() && !bundle.relations.is_empty(), "{name}");
        count += 1;
    }
    assert!(count > 10, "{count} bundles");
}
