//! Tests of the lab's web servers.

use serde_json::json;

use crate::host::Permit;
use crate::lab::Lab;
use crate::transport::{Command, FailureKind, Http, Input, Reply, Transport};

fn lab(patch: serde_json::Value) -> Lab {
    let mut lab = Lab::embedded("settled").expect("the stage loads");
    lab.patch(&serde_json::from_value(patch).unwrap()).expect("the patch applies");
    lab
}

type Answered = (u16, Vec<(String, String)>, String);

fn get(lab: &Lab, url: &str) -> Result<Answered, FailureKind> {
    send(lab, Http::get(url))
}

fn send(lab: &Lab, http: Http) -> Result<Answered, FailureKind> {
    match lab.read(&http.into()) {
        Ok(Reply::Http { status, headers, body }) => Ok((status, headers, String::from_utf8(body).unwrap())),
        Ok(other) => panic!("{other:?}"),
        Err(failure) => Err(failure.kind),
    }
}

fn all<'a>(answered: &'a Answered, name: &str) -> Vec<&'a str> {
    answered.1.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
}

#[test]
fn the_dashboard_redirects_to_its_login_over_plain_http_and_refuses_tls() {
    let lab = lab(json!([]));
    let root = get(&lab, "http://10.12.4.58/").unwrap();
    assert_eq!((root.0, all(&root, "location")), (302, vec!["http://10.12.4.58/horizon/auth/login/?next=/horizon/"]));
    let login = get(&lab, "http://10.12.4.58/horizon/auth/login/?next=/horizon/").unwrap();
    assert_eq!(login.0, 200);
    let cookies = all(&login, "set-cookie");
    assert!(cookies[0].starts_with("csrftoken=") && cookies[0].ends_with("; Path=/; SameSite=Lax"), "{cookies:?}");
    assert!(cookies[1].starts_with("sessionid="), "{cookies:?}");
    assert_eq!(get(&lab, "https://10.12.4.58/").unwrap_err(), FailureKind::Unreachable);
}

#[test]
fn nginx_keeps_the_host_that_the_browser_sent() {
    let root = get(&lab(json!([])), "http://10.12.4.7:81/").unwrap();
    assert_eq!((root.0, all(&root, "location")), (302, vec!["http://10.12.4.7:81/horizon/auth/login/?next=/horizon/"]));
}

#[test]
fn nginx_that_speaks_tls_to_the_dashboard_is_a_bad_gateway() {
    let path = "/hosts/remote/10.12.4.7/host/files/~1etc~1nginx~1sites-enabled~1openstack/text";
    let block = "listen 81;\nproxy_pass https://10.12.4.58:443;\nproxy_set_header Host $http_host;\n";
    let lab = lab(json!([{"op": "replace", "path": path, "value": block}]));
    assert_eq!(get(&lab, "http://10.12.4.7:81/").unwrap().0, 502);
}

#[test]
fn an_override_and_a_restart_take_secure_off_the_cookies() {
    let unit = "/hosts/units/openstack-dashboard~10";
    let lab = lab(json!([
        {"op": "replace", "path": format!("{unit}/horizon/csrf_cookie_secure"), "value": true},
        {"op": "replace", "path": format!("{unit}/files/~1etc~1openstack-dashboard~1local_settings.py/text"), "value": "CSRF_COOKIE_SECURE = True\n"},
    ]));
    let secure = |lab: &Lab| {
        let login = get(lab, "http://10.12.4.58/horizon/auth/login/").unwrap();
        all(&login, "set-cookie")[0].ends_with("; Secure")
    };
    let change = |command: Command| lab.change(&command.into(), Permit::for_test()).unwrap();
    let path = "/usr/share/openstack-dashboard/openstack_dashboard/local/local_settings.d/_99_internal_http_cookies.py";
    assert!(secure(&lab));
    let install =
        Command::new("juju", ["ssh", "openstack-dashboard/0", "sudo", "install", "-m", "0644", "/dev/stdin", path]);
    change(install.stdin(Input::Text("CSRF_COOKIE_SECURE = False\nSESSION_COOKIE_SECURE = False\n".into())));
    assert!(secure(&lab), "the file alone changes nothing");
    change(Command::new("juju", ["ssh", "openstack-dashboard/0", "sudo", "systemctl", "restart", "apache2"]));
    assert!(!secure(&lab));
}

#[test]
fn an_override_that_is_not_ascii_is_not_read() {
    let unit = "/hosts/units/openstack-dashboard~10";
    let settings = format!("{unit}/files/~1etc~1openstack-dashboard~1local_settings.py/text");
    let lab = lab(json!([{"op": "replace", "path": settings, "value": "CSRF_COOKIE_SECURE = True\n"}]));
    let path = "/usr/share/openstack-dashboard/openstack_dashboard/local/local_settings.d/_99_internal_http_cookies.py";
    let script =
        format!("printf '%s\\n' '# caf\u{e9}' 'CSRF_COOKIE_SECURE = False' | install -m 0644 /dev/stdin {path}");
    let exec = ["exec", "--unit", "openstack-dashboard/0", "--format", "json", "--", "sudo"];
    let run = |words: &[&str]| {
        let command = Command::new("juju", exec.iter().chain(words).copied());
        lab.change(&command.into(), Permit::for_test()).unwrap()
    };
    run(&["sh", "-c", &script]);
    run(&["systemctl", "restart", "apache2"]);
    let login = get(&lab, "http://10.12.4.58/horizon/auth/login/").unwrap();
    assert!(all(&login, "set-cookie")[0].ends_with("; Secure"));
    let written = &lab.state().unwrap().hosts.units["openstack-dashboard/0"].files[path].text;
    assert_eq!(written, "# caf\u{e9}\nCSRF_COOKIE_SECURE = False\n");
}

#[test]
fn an_endpoint_is_trusted_by_the_clouds_root_alone() {
    let lab = lab(json!([]));
    let root = lab.state().unwrap().juju.root_ca().unwrap().to_string();
    let url = "https://10.12.4.50:5000/v3";
    assert_eq!(get(&lab, url).unwrap_err(), FailureKind::Tls);
    let (status, _, body) = send(&lab, Http { ca_pem: Some(root.clone()), ..Http::get(url) }).unwrap();
    let shown: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &shown["version"]["id"]), (200, &json!("v3.14")));
    let by_name = Http { ca_pem: Some(root), ..Http::get("https://glance.omega.dc0.vr0.cloud.neumatrix.local:9292/") };
    assert_eq!(send(&lab, by_name).unwrap().0, 300);
    assert_eq!(get(&lab, "http://10.12.4.50:5000/v3").unwrap().0, 400, "plain HTTP to a TLS port");
}

#[test]
fn what_does_not_listen_refuses_and_what_has_no_name_is_not_found() {
    let lab = lab(json!([]));
    assert_eq!(get(&lab, "http://10.12.4.99/").unwrap_err(), FailureKind::Unreachable);
    assert_eq!(get(&lab, "http://nowhere.invalid/").unwrap_err(), FailureKind::Unreachable);
    let ready = Lab::embedded("ready").unwrap();
    assert_eq!(get(&ready, "http://10.12.4.58/").unwrap_err(), FailureKind::Unreachable);
}

#[test]
fn a_dashboard_without_apache_closes_the_connection() {
    let path = "/hosts/units/openstack-dashboard~10/services/apache2/active";
    let lab = lab(json!([{"op": "add", "path": path, "value": "failed"}]));
    assert_eq!(get(&lab, "http://10.12.4.58/").unwrap_err(), FailureKind::Unreachable);
    assert_eq!(get(&lab, "http://10.12.4.7:81/").unwrap().0, 502);
}

#[test]
fn every_endpoint_of_the_catalogue_answers_on_its_plane() {
    let lab = lab(json!([]));
    let state = lab.state().unwrap();
    let root = state.juju.root_ca().unwrap().to_string();
    let endpoints: Vec<String> = state
        .openstack
        .keystone
        .services
        .values()
        .flat_map(|service| service.endpoints.values())
        .map(|endpoint| endpoint.url.clone())
        .collect();
    assert!(endpoints.len() >= 30, "{endpoints:?}");
    for url in endpoints {
        let answered = send(&lab, Http { ca_pem: Some(root.clone()), ..Http::get(&url) });
        assert!(answered.is_ok(), "{url}: {answered:?}");
    }
}
