//! From a ready cloud to a settled one: the deploy, what comes of it over the clock, Vault, Octavia.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};

use crate::host::Permit;
use crate::lab::Lab;
use crate::transport::{Command, Input, Reply, Transport};

const DEPLOY: &str = "deploy ./bundle.yaml --overlay ./overlays/octavia-pki.yaml -m openstack";

fn run(lab: &Lab, program: &str, line: &str, stdin: Option<&str>) -> (i32, String, String) {
    let mut command = Command::new(program, shlex::split(line).expect("words"));
    command.stdin = stdin.map(|text| Input::Text(text.to_string()));
    match lab.change(&command.into(), Permit::for_test()) {
        Ok(Reply::Command { status, stdout, stderr }) => {
            (status, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
        }
        other => panic!("{program} {line}: {other:?}"),
    }
}

fn juju(lab: &Lab, line: &str) -> (i32, String, String) {
    run(lab, "juju", line, None)
}

fn ok(lab: &Lab, line: &str) -> String {
    let (status, stdout, stderr) = juju(lab, line);
    assert_eq!(status, 0, "{line}: {stdout}{stderr}");
    stdout
}

fn lab_at(stage: &str) -> Lab {
    Lab::embedded(stage).unwrap_or_else(|error| panic!("{stage}: {error:#}"))
}

fn patched(stage: &str, patch: Value) -> Lab {
    let mut lab = lab_at(stage);
    lab.patch(&serde_json::from_value(patch).unwrap()).expect("the patch applies");
    lab
}

/// State, agent and text of every unit.
fn units(lab: &Lab) -> BTreeMap<String, (String, String, String)> {
    ok(lab, "version"); // what came due happens at the next request
    let state = lab.state().unwrap();
    let Some(model) = state.juju.models.get("openstack") else { return BTreeMap::new() };
    let word = |text: &Option<String>| text.clone().unwrap_or_default();
    model
        .applications
        .values()
        .flat_map(|app| &app.units)
        .map(|(name, unit)| {
            (name.clone(), (word(&unit.workload.current), word(&unit.agent.current), word(&unit.workload.message)))
        })
        .collect()
}

fn count(text: &str, prefix: &str) -> usize {
    text.lines().filter(|line| line.starts_with(prefix)).count()
}

#[test]
fn a_dry_run_prints_the_plan_and_changes_nothing() {
    let lab = lab_at("ready");
    assert!(juju(&lab, &format!("{DEPLOY} --dry-run")).2.contains("not found"), "it needs the model");
    assert_eq!(
        juju(&lab, "add-model openstack"),
        (
            0,
            String::new(),
            "Added 'openstack' model on omega-maas/default with credential 'omega-maas' for user 'admin'\n".into()
        )
    );
    let before = lab.state().unwrap();
    let command = Command::new("juju", shlex::split(&format!("{DEPLOY} --dry-run")).unwrap());
    let Ok(Reply::Command { status: 0, stdout, stderr }) = lab.read(&command.into()) else { panic!("no plan") };
    assert!(lab.state().unwrap() == before);
    let plan = String::from_utf8(stdout).unwrap();
    assert!(plan.starts_with("Changes to deploy bundle:\n- upload charm barbican from charm-hub for base ubuntu@22.04/stable with revision 222 with architecture=amd64\n"), "{plan}");
    let counts =
        ["- deploy application ", "- add relation ", "- add new machine ", "- add lxd container ", "- add unit "]
            .map(|prefix| count(&plan, prefix));
    assert_eq!(counts, [50, 97, 4, 24, 31]);
    assert_eq!(plan.lines().filter(|line| line.starts_with("- upload charm hacluster ")).count(), 1);
    assert!(plan.contains("- deploy application keystone-hacluster from charm-hub on ubuntu@22.04/stable with 2.4/stable using hacluster\n"));
    assert!(
        plan.contains("- add new machine 0 (bundle machine 8)\n")
            && plan.contains("- add lxd container 3/lxd/4 on new machine 3\n")
    );
    let begins = "WARNING These fields\n unmarshal document 0: yaml: unmarshal errors:\n  line 6: field name not found in \
        bundle\n  line 9: field variables not found in bundle\nwill be ignored during deployment\n\nLocated charm \
        \"barbican\" in charm-hub, channel 2024.1/stable\n";
    let stderr = String::from_utf8(stderr).unwrap();
    assert!(stderr.starts_with(begins), "{stderr}");
}

#[test]
fn a_dry_run_of_what_is_deployed_is_no_plan() {
    let lab = lab_at("settled");
    let (status, stdout, stderr) = juju(&lab, &format!("{DEPLOY} --dry-run"));
    assert_eq!((status, stdout.as_str()), (0, ""));
    assert!(stderr.ends_with("No changes to apply.\n"), "{stderr}");
}

#[test]
fn a_space_that_is_missing_is_found_by_the_real_deploy_alone_which_stops_half_way() {
    let lab = patched("ready", json!([{"op": "move", "from": "/maas/spaces/storage", "path": "/maas/spaces/stores"}]));
    ok(&lab, "add-model openstack");
    assert_eq!(juju(&lab, &format!("{DEPLOY} --dry-run")).0, 0);
    let (status, stdout, stderr) = juju(&lab, DEPLOY);
    assert_eq!(status, 1);
    assert!(
        stdout.starts_with("Executing changes:\n")
            && stdout
                .ends_with("- deploy application ceph-mon from charm-hub on ubuntu@22.04/stable with squid/stable\n"),
        "{stdout}"
    );
    assert!(stderr.ends_with("ERROR cannot deploy bundle: space \"storage\" not found\n"), "{stderr}");
    let state = lab.state().unwrap();
    assert_eq!(
        state.juju.models["openstack"].applications.keys().collect::<Vec<_>>(),
        ["barbican", "barbican-hacluster", "barbican-mysql-router", "barbican-vault"]
    );
}

#[test]
fn an_endpoint_that_is_missing_is_found_by_the_real_deploy_alone() {
    let text = include_str!("../../../bundle.yaml").replace("\"barbican:shared-db\"", "\"barbican:sharde-db\"");
    let lab = patched(
        "ready",
        json!([{"op": "add", "path": "/hosts/jumphost/files", "value": {"bundle.yaml": {"mode": "0644", "text": text}}}]),
    );
    ok(&lab, "add-model openstack");
    assert_eq!(juju(&lab, &format!("{DEPLOY} --dry-run")).0, 0);
    let (status, _, stderr) = juju(&lab, DEPLOY);
    assert_eq!(status, 1);
    assert!(stderr.contains("ERROR cannot deploy bundle: cannot add relation between \"barbican:sharde-db\" and \"barbican-mysql-router:shared-db\": application \"barbican\" has no \"sharde-db\" relation"), "{stderr}");
    let state = lab.state().unwrap();
    assert_eq!(state.juju.models["openstack"].applications.len(), 50);
    assert!(state.juju.models["openstack"].applications.values().all(|app| app.units.is_empty()));
}

#[test]
fn a_deploy_goes_through_its_states_and_idle_alone_is_not_settled() {
    let lab = lab_at("ready");
    ok(&lab, "add-model openstack");
    ok(&lab, DEPLOY);
    let begin = units(&lab);
    assert_eq!(begin.len(), 31, "no subordinate before its principal is installed");
    assert!(
        begin.values().all(|unit| unit.0 == "waiting" && unit.1 == "allocating" && unit.2 == "waiting for machine")
    );
    let (mut words, mut texts, mut idle_before_the_end) = (BTreeSet::new(), BTreeSet::new(), false);
    for _ in 0..100 {
        lab.advance(Duration::from_secs(30));
        let now = units(&lab);
        words.extend(now.values().map(|unit| format!("{}/{}", unit.0, unit.1)));
        texts.extend(now.values().map(|unit| unit.2.clone()));
        idle_before_the_end |=
            now.values().all(|unit| unit.1 == "idle") && now.values().any(|unit| unit.2 == "Incomplete relations");
    }
    assert!(idle_before_the_end, "at some look all agents are idle, long before the end");
    for word in [
        "waiting/allocating",
        "maintenance/executing",
        "waiting/idle",
        "waiting/executing",
        "active/executing",
        "active/idle",
        "blocked/idle",
    ] {
        assert!(words.contains(word), "{word}: {words:?}");
    }
    assert!(texts.contains("installing charm software") && texts.contains("agent initialising"));
    let end = units(&lab);
    assert_eq!(end.len(), 63);
    let waits: BTreeMap<&str, usize> =
        end.iter().filter(|(_, unit)| unit.0 != "active").fold(BTreeMap::new(), |mut all, (name, _)| {
            *all.entry(name.split('/').next().unwrap()).or_default() += 1;
            all
        });
    let wanted = [
        ("barbican-vault", 1),
        ("glance-simplestreams-sync", 1),
        ("neutron-api-plugin-ovn", 1),
        ("octavia", 1),
        ("ovn-central", 3),
        ("ovn-chassis", 3),
        ("ovn-chassis-octavia", 1),
        ("vault", 1),
    ];
    assert_eq!(waits, BTreeMap::from(wanted));
    assert_eq!(end["vault/0"], ("blocked".into(), "idle".into(), "Vault needs to be initialized".into()));
    assert!(end["octavia/0"].2.contains("`configure-resources`"));
    let state = lab.state().unwrap();
    assert!(state.juju.models["openstack"].rollout.is_none());
    assert_eq!(
        state.juju.models["openstack"].machines.values().map(|machine| machine.hostname.as_str()).collect::<Vec<_>>(),
        ["openstack0", "openstack1", "openstack3", "openstack2"]
    );
}

#[test]
fn pre_vault_is_what_one_long_wait_or_many_short_ones_lead_to() {
    let lab = lab_at("ready");
    ok(&lab, "add-model openstack");
    ok(&lab, DEPLOY);
    (0..60).for_each(|_| lab.advance(Duration::from_secs(60)));
    let (walked, jumped) = (units(&lab), units(&lab_at("pre-vault")));
    assert_eq!(walked, jumped);
}

#[test]
fn an_old_osd_blocks_the_unit_that_finds_it() {
    let used = "/hosts/remote/10.12.64.1/hypervisor/images/~1var~1lib~1libvirt~1images~1openstack1-1.qcow2/used";
    let lab = patched("ready", json!([{"op": "replace", "path": used, "value": 1181116006}]));
    ok(&lab, "add-model openstack");
    ok(&lab, DEPLOY);
    lab.advance(Duration::from_secs(3600));
    assert!(units(&lab)["ceph-osd/1"].2.starts_with("Non-pristine devices detected"));
    assert_eq!(units(&lab)["ceph-osd/0"].2, "Unit is ready (1 OSD)");
}

#[test]
fn a_stuck_unit_stays_stuck() {
    let lab = patched(
        "ready",
        json!([{"op": "add", "path": "/juju/stuck_units", "value": {"glance/0": {"current": "error", "message": "hook failed: \"install\""}}}]),
    );
    ok(&lab, "add-model openstack");
    ok(&lab, DEPLOY);
    lab.advance(Duration::from_secs(3600));
    assert_eq!(units(&lab)["glance/0"].0, "error");
}

/// A command inside Vault's unit.
fn vault(lab: &Lab, words: &str, stdin: Option<&str>) -> (i32, String, String) {
    run(lab, "juju", &format!("ssh -m openstack vault/0 vault {words}"), stdin)
}

const ADDRESS: &str = "-address=http://127.0.0.1:8200 -format=json";

#[test]
fn vault_is_brought_up_and_the_certificates_settle_the_cloud() {
    let lab = lab_at("pre-vault");
    let (status, stdout, _) = vault(&lab, &format!("status {ADDRESS}"), None);
    let seal: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((status, seal["initialized"].as_bool(), seal["t"].as_i64()), (2, Some(false), Some(0)));
    assert_eq!(vault(&lab, "status -format=json", None).0, 1, "without the address it speaks TLS to a plain listener");
    let (_, stdout, _) = vault(&lab, &format!("operator init -key-shares=5 -key-threshold=3 {ADDRESS}"), None);
    let keys: Value = serde_json::from_str(&stdout).unwrap();
    let again = vault(&lab, &format!("operator init {ADDRESS}"), None);
    assert!(again.0 == 2 && again.2.contains("* Vault is already initialized"));
    for (at, sealed) in [(0, true), (3, true), (4, false)] {
        let share = keys["unseal_keys_b64"][at].as_str().unwrap();
        let (status, stdout, stderr) = vault(&lab, &format!("write {ADDRESS} sys/unseal key=-"), Some(share));
        assert_eq!(status, 0, "{stderr}");
        assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap()["sealed"], sealed);
    }
    assert_eq!(units(&lab)["vault/0"].2, "Vault needs to be initialized", "the text lags");
    let header = format!("X-Vault-Token: {}\n", keys["root_token"].as_str().unwrap());
    let line = r#"ssh -m openstack vault/0 curl -sS -X POST -H @- -d "'{\"ttl\": \"600s\"}'" http://127.0.0.1:8200/v1/auth/token/create"#;
    let (_, stdout, stderr) = run(&lab, "juju", line, Some(&header));
    let token: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
    assert_eq!(token["auth"]["lease_duration"], 600);
    let text = format!("token: {}\n", token["auth"]["client_token"].as_str().unwrap());
    run(&lab, "install", "-m 600 /dev/stdin /home/operator/params.yaml", Some(&text));
    ok(&lab, "run -m openstack vault/0 authorize-charm --params /home/operator/params.yaml --format json");
    assert_eq!(units(&lab)["vault/0"].2, "Missing CA cert");
    assert!(units(&lab)["barbican-vault/0"].0 == "waiting");
    ok(&lab, "run -m openstack vault/0 generate-root-ca --format json");
    assert_eq!(units(&lab)["vault/0"].0, "active");
    lab.advance(Duration::from_secs(60));
    assert!(units(&lab).values().any(|unit| unit.1 == "executing"), "hooks run everywhere");
    lab.advance(Duration::from_secs(1800));
    assert_eq!(units(&lab), units(&lab_at("settled")));
    let (walked, settled) = (lab.state().unwrap(), lab_at("settled").state().unwrap());
    assert!(walked.openstack == settled.openstack && walked.web == settled.web);
    assert_eq!(walked.hosts.units.keys().collect::<Vec<_>>(), settled.hosts.units.keys().collect::<Vec<_>>());
}

#[test]
fn a_wrong_share_is_noticed_at_the_last_and_a_reboot_seals() {
    let lab = lab_at("settled");
    let share = |at: usize| {
        lab.state().unwrap().juju.models["openstack"].vault.as_ref().unwrap().keys.as_ref().unwrap().shares[at].clone()
    };
    run(&lab, "juju", "ssh -m openstack vault/0 sudo reboot", None);
    assert_eq!(vault(&lab, &format!("status {ADDRESS}"), None).0, 2);
    for at in [0, 1] {
        vault(&lab, &format!("write {ADDRESS} sys/unseal key=-"), Some(&share(at)));
    }
    let (status, _, stderr) = vault(&lab, &format!("write {ADDRESS} sys/unseal key=-"), Some("bm90IGEgc2hhcmU="));
    assert!(status == 2 && stderr.contains("message authentication failed"), "{stderr}");
    let (_, stdout, _) = vault(&lab, &format!("status {ADDRESS}"), None);
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap()["progress"], 0);
}

#[test]
fn octavia_makes_its_network_once_and_the_retrofit_finds_its_image() {
    let lab = lab_at("octavia");
    let state = lab.state().unwrap();
    assert_eq!(
        state.openstack.neutron.security_groups.values().map(|group| group.name.as_str()).collect::<BTreeSet<_>>(),
        BTreeSet::from(["lb-mgmt-sec-grp", "lb-health-mgr-sec-grp"])
    );
    let address = &state.hosts.units["octavia/0"].links["o-hm0"].addresses[0];
    assert!(address.starts_with("fc00:"), "{address}");
    assert_eq!(units(&lab)["octavia/0"].0, "active");
    ok(&lab, "run octavia/0 configure-resources -m openstack --format json");
    assert!(lab.state().unwrap().openstack == state.openstack, "what is there is used again");
    let tagged = state
        .openstack
        .images
        .values()
        .filter(|image| image.tags.contains("octavia-amphora") && image.status == "active");
    assert_eq!(tagged.count(), 1);
    let again = ok(&lab, "run octavia-diskimage-retrofit/0 retrofit-image -m openstack --format json");
    assert!(again.contains("already exists") && again.contains("\"status\":\"failed\""), "{again}");
}

#[test]
fn a_destroyed_model_is_gone_and_its_disks_keep_what_they_hold() {
    let lab = lab_at("settled");
    assert!(juju(&lab, "destroy-model openstack").2.ends_with("ERROR model destruction: aborted\n"));
    assert_eq!(juju(&lab, "destroy-model openstack --no-prompt --no-wait").0, 2);
    let (status, _, stderr) = juju(&lab, "destroy-model openstack --no-prompt --force --no-wait");
    assert!(
        status == 0
            && stderr
                .starts_with("Destroying model\nWaiting for model to be removed, 4 machine(s), 50 application(s)...\n"),
        "{stderr}"
    );
    let state = lab.state().unwrap();
    assert!(!state.juju.models.contains_key("openstack") && state.hosts.units.is_empty());
    assert!(!state.openstack.keystone.listening);
    let hypervisor = state.hosts.remote["10.12.64.1"].hypervisor.as_ref().unwrap();
    assert!(hypervisor.images["/var/lib/libvirt/images/openstack0-1.qcow2"].used > 1 << 30);
}
