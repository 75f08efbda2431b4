//! Tests of the lab's hosts: inside units, over ssh, on the jumphost.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::host::Permit;
use crate::lab::Lab;
use crate::transport::{Command, Failure, Input, Reply, Secret, Transport};

const SHOW_STAT: &str = "echo \"show stat\" | nc -U -w 5 /var/run/haproxy/admin.sock";

fn lab(stage: &str, patch: Value) -> Lab {
    let mut lab = Lab::embedded(stage).expect("the stage loads");
    lab.patch(&serde_json::from_value(patch).unwrap()).expect("the patch applies");
    lab
}

fn settled() -> Lab {
    lab("settled", json!([]))
}

fn ended(reply: Result<Reply, Failure>) -> (i32, String, String) {
    match reply {
        Ok(Reply::Command { status, stdout, stderr }) => {
            (status, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
        }
        other => panic!("no end of a program: {other:?}"),
    }
}

/// What a command on a unit ended with: return code and both streams.
fn on_unit(lab: &Lab, unit: &str, words: &[&str]) -> (i64, String, String) {
    let args = ["exec", "--unit", unit, "--format", "json", "--"].into_iter().chain(words.iter().copied());
    let command = Command::new("juju", args);
    let (_, stdout, stderr) = ended(lab.change(&command.into(), Permit::for_test()));
    let shown: Value = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stderr}"));
    let results = &shown[unit]["results"];
    let text = |stream: &str| results.get(stream).and_then(Value::as_str).unwrap_or_default().to_string();
    (results["return-code"].as_i64().unwrap(), text("stdout"), text("stderr"))
}

fn ssh(lab: &Lab, host: &str, words: &[&str]) -> (i32, String, String) {
    let options = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", host, "--"];
    let quoted = words.iter().map(|word| shlex::try_quote(word).unwrap().into_owned());
    let command = Command::new("ssh", options.into_iter().map(str::to_string).chain(quoted));
    ended(lab.read(&command.into()))
}

/// Status by proxy and server.
fn statuses(csv: &str) -> BTreeMap<String, String> {
    let mut lines = csv.lines();
    let header: Vec<&str> = lines.next().unwrap().trim_start_matches("# ").split(',').collect();
    let at = |name: &str| header.iter().position(|column| *column == name).unwrap();
    lines
        .filter(|line| !line.is_empty())
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|row| (format!("{} {}", row[at("pxname")], row[at("svname")]), row[at("status")].to_string()))
        .collect()
}

#[test]
fn haproxy_statistics_name_frontends_servers_and_backends_as_the_charms_do() {
    let (code, csv, _) = on_unit(&settled(), "keystone/0", &["sudo", "sh", "-c", SHOW_STAT]);
    assert_eq!(code, 0);
    assert!(csv.starts_with("# pxname,svname,") && csv.ends_with(",\n\n"), "{csv}");
    let found = statuses(&csv);
    assert_eq!(found["tcp-in_public-port FRONTEND"], "OPEN");
    let servers: Vec<&String> = found.keys().filter(|key| key.ends_with(" keystone-0")).collect();
    assert_eq!(servers.len(), 6, "two services on three networks: {servers:?}");
    assert!(servers.iter().all(|server| found[*server] == "UP"));
    assert!(found.keys().any(|key| key.starts_with("admin-port_10.12.8.") && key.ends_with(" BACKEND")));
}

#[test]
fn a_unit_without_haproxy_answers_in_ncs_words() {
    let (code, csv, words) = on_unit(&settled(), "vault/0", &["sudo", "sh", "-c", SHOW_STAT]);
    assert_eq!((code, csv.as_str(), words.as_str()), (1, "", "nc: unix connect failed: No such file or directory\n"));
}

#[test]
fn a_unit_without_nc_cannot_be_asked() {
    let lab =
        lab("settled", json!([{"op": "add", "path": "/hosts/units/keystone~10/missing_programs", "value": ["nc"]}]));
    let (code, _, words) = on_unit(&lab, "keystone/0", &["sudo", "sh", "-c", SHOW_STAT]);
    assert_eq!((code, words.as_str()), (127, "sh: 1: nc: not found\n"));
}

#[test]
fn a_reload_brings_back_what_only_needed_one_and_only_with_a_sound_configuration() {
    let state = lab("settled", json!([])).state().unwrap();
    let backends = &state.hosts.units["keystone/0"].haproxy.as_ref().unwrap().services["public-port"].backends;
    let address = backends.keys().next().unwrap();
    let path = format!("/hosts/units/keystone~10/haproxy/services/public-port/backends/{address}/keystone-0/status");
    let down = lab("settled", json!([{"op": "replace", "path": path, "value": "DOWN"}]));
    let read = |lab: &Lab| statuses(&on_unit(lab, "keystone/0", &["sudo", "sh", "-c", SHOW_STAT]).1);
    assert_eq!(read(&down)[&format!("public-port_{address} BACKEND")], "DOWN");
    assert_eq!(on_unit(&down, "keystone/0", &["sudo", "haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg"]).0, 0);
    assert_eq!(on_unit(&down, "keystone/0", &["sudo", "systemctl", "reload", "haproxy"]).0, 0);
    assert_eq!(read(&down)[&format!("public-port_{address} BACKEND")], "UP");
    let broken = lab(
        "settled",
        json!([
            {"op": "replace", "path": path, "value": "DOWN"},
            {"op": "add", "path": "/hosts/units/keystone~10/haproxy/complaint", "value": "parsing [/etc/haproxy/haproxy.cfg:31] : unknown keyword 'blance'"},
        ]),
    );
    assert_eq!(on_unit(&broken, "keystone/0", &["sudo", "systemctl", "reload", "haproxy"]).0, 1);
    assert_eq!(read(&broken)[&format!("public-port_{address} keystone-0")], "DOWN");
}

#[test]
fn the_dashboards_statistics_come_from_its_page_and_its_tls_backend_is_down() {
    let lab = settled();
    assert_eq!(on_unit(&lab, "openstack-dashboard/0", &["sudo", "sh", "-c", SHOW_STAT]).0, 1);
    let script =
        "u=$(sed -n 's/^ *stats auth //p' /etc/haproxy/haproxy.cfg); curl -s -u \"$u\" 'http://127.0.0.1:8888/;csv'";
    let (code, csv, _) = on_unit(&lab, "openstack-dashboard/0", &["sudo", "sh", "-c", script]);
    let found = statuses(&csv);
    assert_eq!(code, 0);
    assert_eq!(found["dash_insecure BACKEND"], "UP");
    assert_eq!(
        (found["dash_secure openstack-dashboard-0"].as_str(), found["dash_secure BACKEND"].as_str()),
        ("DOWN", "DOWN")
    );
    let (_, page, _) =
        on_unit(&lab, "openstack-dashboard/0", &["curl", "-s", "-u", "admin:wrong", "http://127.0.0.1:8888/;csv"]);
    assert!(page.contains("401 Unauthorized"), "{page}");
}

#[test]
fn the_header_of_the_statistics_is_the_beginning_of_a_real_one() {
    let Some(directory) = std::env::var_os("OMEGA_CAPTURES").map(std::path::PathBuf::from) else {
        eprintln!("OMEGA_CAPTURES is not set: the lab's haproxy and qemu-img were not compared with captures");
        return;
    };
    let real = std::fs::read_to_string(directory.join("domain/haproxy/show-stat.csv")).unwrap();
    let (_, ours, _) = on_unit(&settled(), "keystone/0", &["sudo", "sh", "-c", SHOW_STAT]);
    let columns = ours.lines().next().unwrap();
    assert!(real.lines().next().unwrap().starts_with(columns), "{columns}");

    for (stage, file) in [("ready", "blank-512g.info.json"), ("settled", "used.info.json")] {
        let real: Value =
            serde_json::from_str(&std::fs::read_to_string(directory.join("domain/qemu").join(file)).unwrap()).unwrap();
        let ours: Value = serde_json::from_str(&disk(&Lab::embedded(stage).unwrap(), &["-U"]).1).unwrap();
        assert_eq!(keys(&ours), keys(&real), "{file}");
    }
}

/// Paths with types.
fn keys(value: &Value) -> Vec<String> {
    match value {
        Value::Object(map) => map
            .iter()
            .flat_map(|(key, value)| {
                keys(value).into_iter().map(move |rest| format!("{key}/{rest}")).chain([key.clone()])
            })
            .collect(),
        Value::Array(list) => list.iter().flat_map(keys).collect(),
        Value::Bool(_) => vec!["bool".into()],
        Value::Number(_) => vec!["number".into()],
        Value::String(_) => vec!["string".into()],
        Value::Null => vec!["null".into()],
    }
}

fn disk(lab: &Lab, flags: &[&str]) -> (i32, String, String) {
    let path = "/var/lib/libvirt/images/openstack0-1.qcow2";
    let words: Vec<&str> =
        ["sudo", "qemu-img", "info"].into_iter().chain(flags.iter().copied()).chain(["--output=json", path]).collect();
    ssh(lab, "operator@10.12.64.1", &words)
}

#[test]
fn a_blank_disk_reads_as_blank_and_one_in_use_is_locked() {
    let (status, stdout, _) = disk(&Lab::embedded("ready").unwrap(), &[]);
    let shown: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (status, &shown["virtual-size"], &shown["actual-size"]),
        (0, &json!(549_755_813_888_u64), &json!(204_800))
    );
    assert!(stdout.starts_with("{\n    \""), "indented by four");

    let (status, stdout, stderr) = disk(&settled(), &[]);
    assert_eq!((status, stdout.as_str()), (1, ""));
    assert!(stderr.contains("Failed to get shared \"write\" lock\nIs another process using the image ["), "{stderr}");

    let (status, _, stderr) =
        ssh(&settled(), "operator@10.12.64.1", &["sudo", "qemu-img", "info", "--output=json", "/nope"]);
    assert_eq!(
        (status, stderr.as_str()),
        (1, "qemu-img: Could not open '/nope': Could not open '/nope': No such file or directory\n")
    );
}

#[test]
fn virsh_ends_its_answers_with_an_empty_line() {
    let lab = Lab::embedded("ready").unwrap();
    let virsh = |words: &[&str]| ssh(&lab, "operator@10.12.64.1", &[&["sudo", "virsh"], words].concat());
    assert_eq!(virsh(&["domstate", "openstack2"]).1, "shut off\n\n");
    assert_eq!(virsh(&["list", "--all", "--name"]).1, "openstack0\nopenstack1\nopenstack2\nopenstack3\n\n");
    assert_eq!(virsh(&["list", "--name"]).1, "\n");
    let (status, _, stderr) = virsh(&["domstate", "nope"]);
    assert_eq!((status, stderr.as_str()), (1, "error: failed to get domain 'nope'\n"));
    assert!(
        virsh(&["domblklist", "openstack0", "--details"])
            .1
            .contains(" file   disk     vdb      /var/lib/libvirt/images/openstack0-1.qcow2\n")
    );
}

#[test]
fn a_host_that_is_not_there_or_does_not_know_the_key_is_status_255() {
    let lab = settled();
    let (status, _, stderr) = ssh(&lab, "operator@10.12.8.99", &["true"]);
    assert_eq!((status, stderr.as_str()), (255, "ssh: connect to host 10.12.8.99 port 22: No route to host\r\n"));
    let (status, _, stderr) = ssh(&lab, "operator@no-such-host", &["true"]);
    assert_eq!(status, 255);
    assert!(stderr.contains("Could not resolve hostname no-such-host"));
    let (status, _, stderr) = ssh(&lab, "root@10.12.4.7", &["true"]);
    assert_eq!((status, stderr.as_str()), (255, "root@10.12.4.7: Permission denied (publickey).\r\n"));
}

#[test]
fn the_nginx_host_shows_its_server_block_and_what_listens() {
    let lab = settled();
    let (_, block, _) = ssh(&lab, "operator@10.12.4.7", &["cat", "/etc/nginx/sites-enabled/openstack"]);
    assert!(block.contains("proxy_pass http://10.12.4.58:80;") && block.contains("proxy_set_header Host $http_host;"));
    assert!(ssh(&lab, "operator@10.12.4.7", &["ss", "-H", "-ltn"]).1.lines().any(|line| line.contains(" *:81 ")));
    assert_eq!(ssh(&lab, "operator@10.12.4.7", &["systemctl", "is-active", "nginx"]).1, "active\n");
    let shown = ssh(&lab, "operator@10.12.4.7", &["systemctl", "show", "nginx", "-p", "ActiveState,SubState"]).1;
    assert_eq!(shown, "ActiveState=active\nSubState=running\n");
    let links: Value =
        serde_json::from_str(&ssh(&lab, "operator@10.12.4.7", &["ip", "-j", "addr", "show", "enp1s0"]).1).unwrap();
    assert_eq!(links[0]["addr_info"][0]["local"], "10.12.4.7");
    let (status, _, stderr) = ssh(&lab, "operator@10.12.4.7", &["ip", "-j", "addr", "show", "o-hm0"]);
    assert_eq!((status, stderr.as_str()), (1, "Device \"o-hm0\" does not exist.\n"));
}

#[test]
fn a_secret_reaches_a_0600_file_on_the_jumphost_by_standard_input() {
    let lab = settled();
    let path = "/home/operator/admin-openrc-of-a-test";
    let install =
        Command::new("install", ["-m", "600", "/dev/stdin", path]).stdin(Input::Secret(Secret::new("s3cret")));
    assert!(lab.read(&install.clone().into()).is_err(), "it is a change");
    assert_eq!(ended(lab.change(&install.into(), Permit::for_test())).0, 0);
    let stat = Command::new("stat", ["-c", "%a", path]);
    assert_eq!(ended(lab.read(&stat.into())).1, "600\n");
    assert_eq!(lab.state().unwrap().hosts.jumphost.files[path].text, "s3cret");
    let elsewhere = Command::new("install", ["-m", "600", "/dev/stdin", "/etc/openrc"]);
    let (status, _, stderr) = ended(lab.change(&elsewhere.into(), Permit::for_test()));
    assert_eq!(
        (status, stderr.as_str()),
        (1, "install: cannot create regular file '/etc/openrc': Permission denied\n")
    );
}

#[test]
fn names_resolve_or_end_with_status_2() {
    let lab = settled();
    let getent = |name: &str| ended(lab.read(&Command::new("getent", ["ahostsv4", name]).into()));
    let (status, stdout, _) = getent("keystone.omega.dc0.vr0.cloud.neumatrix.local");
    assert_eq!(status, 0);
    assert!(stdout.starts_with("10.12.4.50      STREAM keystone."), "{stdout}");
    assert_eq!(getent("nowhere.invalid"), (2, String::new(), String::new()));
}

#[test]
fn a_program_that_the_lab_does_not_know_is_not_guessed() {
    let command =
        Command::new("juju", ["exec", "--unit", "vault/0", "--format", "json", "--", "python3", "-c", "print(1)"]);
    let failure = settled().read(&command.into()).unwrap_err();
    assert_eq!(failure.kind, crate::transport::FailureKind::NotAnswered);
}

#[test]
fn a_disk_is_made_anew_unless_a_running_machine_holds_it() {
    let path = "/var/lib/libvirt/images/openstack1-1.qcow2";
    let line = format!("ssh operator@10.12.64.1 -- sudo -n qemu-img create -f qcow2 {path} 512G");
    let words: Vec<&str> = line.split(' ').collect();
    let request = crate::transport::Request::from(crate::transport::Command::new(words[0], words[1..].to_vec()));
    let send = |lab: &crate::lab::Lab| {
        use crate::transport::Transport;
        let reply = lab.change(&request, crate::host::Permit::for_test()).expect("an answer");
        let crate::transport::Reply::Command { status, stdout, stderr } = reply else { panic!("not a command") };
        (status, String::from_utf8_lossy(&stdout).into_owned(), String::from_utf8_lossy(&stderr).into_owned())
    };
    let lab = crate::lab::Lab::embedded("released").expect("the stage loads");
    let (status, stdout, stderr) = send(&lab);
    assert_eq!((status, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with(&format!("Formatting '{path}', fmt=qcow2")), "{stdout}");
    let images = |lab: &crate::lab::Lab| {
        let state = lab.state().expect("a state");
        let hypervisor = state.hosts.remote["10.12.64.1"].hypervisor.clone().expect("a hypervisor");
        (hypervisor.images[path].virtual_size, hypervisor.images[path].used)
    };
    assert_eq!(images(&lab), (512 << 30, 204_800));
    let lab = crate::lab::Lab::embedded("settled").expect("the stage loads");
    let before = images(&lab);
    let (status, _, stderr) = send(&lab);
    assert!(status == 1 && stderr.contains("Failed to get \"write\" lock"), "{stderr}");
    assert_eq!(images(&lab), before);
}
