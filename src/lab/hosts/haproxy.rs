//! haproxy inside a unit: its statistics as CSV, its configuration check, a reload.

use std::collections::BTreeMap;

use super::documents::Frontend;
use super::{Haproxy, Host, Outcome, Server, Systemd, files};

/// Where the charms' template puts the admin socket.
const SOCKET: &str = "/var/run/haproxy/admin.sock";

/// The columns of haproxy 2.4, in its order.
const COLUMNS: &str = "pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,\
    status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,\
    rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,\
    hanafail,req_rate,req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,\
    last_agt,qtime,ctime,rtime,ttime,agent_status,agent_code,agent_duration,check_desc,agent_desc,check_rise,\
    check_fall,check_health,agent_rise,agent_fall,agent_health,addr,cookie,mode,algo,conn_rate,conn_rate_max,conn_tot,\
    intercepted,dcon,dses,wrew,connect,reuse,cache_lookups,cache_hits,srv_icur,src_ilim,qtime_max,ctime_max,\
    rtime_max,ttime_max,eint,idle_conn_cur,safe_conn_cur,used_conn_cur,need_conn_est,uweight,";

/// Whether a server that shows this status takes connections.
pub(in crate::lab) fn first_word_is_up(status: &str) -> bool {
    matches!(status.split(' ').next(), Some("UP")) || status == "no check"
}

/// `nc -U [-w N] SOCKET` with `show stat` on standard input.
pub(super) fn socket(host: &Host, args: &[String], stdin: Option<&str>, root: bool) -> Option<Outcome> {
    let path = args.last()?;
    if !args.iter().any(|arg| arg == "-U") {
        return None;
    }
    let refused = |why: &str| Some(Outcome::failed(1, format!("nc: unix connect failed: {why}\n")));
    let Some(haproxy) = host.haproxy.as_ref().filter(|haproxy| haproxy.admin_socket && path == SOCKET) else {
        return refused("No such file or directory");
    };
    if !root {
        return refused("Permission denied");
    }
    if !runs(host) {
        return refused("Connection refused");
    }
    match stdin.map(str::trim) {
        Some("show stat") => Some(Outcome::printed(csv(haproxy))),
        Some(_) => Some(Outcome::printed("Unknown command.\n\n")),
        None => Some(Outcome::printed("")),
    }
}

fn runs(host: &Host) -> bool {
    host.services.get("haproxy").is_some_and(|service| service.active == Systemd::Active)
}

/// `haproxy -c -f PATH`.
pub(super) fn program(host: &Host, args: &[String]) -> Option<Outcome> {
    let haproxy = host.haproxy.as_ref();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match (words.as_slice(), haproxy) {
        (_, None) => Some(Outcome::failed(127, "sh: 1: haproxy: not found\n")),
        (["-c", "-f", path] | ["-f", path, "-c"], Some(haproxy)) => Some(match &haproxy.complaint {
            None => Outcome::printed("Configuration file is valid\n"),
            Some(complaint) => Outcome::failed(
                1,
                format!(
                    "[ALERT]    (1) : config : {complaint}\n[ALERT]    (1) : config : Error(s) found in configuration file : {path}\n"
                ),
            ),
        }),
        _ => None,
    }
}

/// A reload starts the checks anew: a server that was down for no lasting reason comes back.
pub(super) fn reload(haproxy: &mut Haproxy) {
    let servers = haproxy.services.values_mut().flat_map(|service| service.backends.values_mut()).flatten();
    for (_, server) in servers.filter(|(_, server)| server.reload_heals && server.status.starts_with("DOWN")) {
        server.status = "UP".to_string();
        server.check = "L4OK".to_string();
    }
}

/// `curl -s -u USER:PASSWORD http://127.0.0.1:8888/;csv` on the dashboard's unit.
pub(super) fn curl(host: &Host, args: &[String]) -> Option<Outcome> {
    let url = args.last()?;
    if !url.starts_with("http://127.0.0.1:8888/") || !url.ends_with(";csv") {
        return None;
    }
    let given = args.iter().position(|arg| arg == "-u").and_then(|at| args.get(at + 1));
    Some(statistics_page(host, given.map(String::as_str).unwrap_or_default()))
}

/// The statistics of the dashboard's haproxy, asked with the password from its own configuration.
pub(super) fn dashboard_statistics(host: &Host, root: bool) -> Outcome {
    match files::readable(host, "/etc/haproxy/haproxy.cfg", root) {
        Err(why) => Outcome::failed(2, format!("sed: can't read /etc/haproxy/haproxy.cfg: {why}\n")),
        Ok(file) => as_curl_shows(statistics_page(host, stats_login(&file.text).unwrap_or_default())),
    }
}

/// With `-sSf`, curl says why it got nothing, and takes a 401 for a failure (22).
fn as_curl_shows(page: Outcome) -> Outcome {
    if page.status == 7 {
        let words = "curl: (7) Failed to connect to 127.0.0.1 port 8888 after 0 ms: Connection refused\n";
        return Outcome::failed(7, words);
    }
    if page.stdout.contains("401 Unauthorized") {
        return Outcome::failed(22, "curl: (22) The requested URL returned error: 401\n");
    }
    page
}

fn stats_login(configuration: &str) -> Option<&str> {
    configuration.lines().find_map(|line| line.trim().strip_prefix("stats auth "))
}

/// What the page on port 8888 answers; with `-s`, curl says nothing of a refused connection but ends with 7.
fn statistics_page(host: &Host, login: &str) -> Outcome {
    let configured = host.files.get("/etc/haproxy/haproxy.cfg").and_then(|file| stats_login(&file.text));
    match (&host.haproxy, runs(host)) {
        (Some(haproxy), true) if configured == Some(login) => Outcome::printed(csv(haproxy)),
        (Some(_), true) => Outcome::printed(
            "<html><body><h1>401 Unauthorized</h1>\nYou need a valid user and password to access this content.\n</body></html>\n",
        ),
        _ => Outcome::failed(7, ""),
    }
}

/// `show stat`: a header, a line each for frontends, servers and backends, an empty line.
fn csv(haproxy: &Haproxy) -> String {
    let mut text = format!("# {}\n", COLUMNS.replace(' ', ""));
    let mut proxy = 1;
    let mut row = |cells: &[(&str, &str)]| text += &line(cells);
    row(&[
        ("pxname", "stats"),
        ("svname", "FRONTEND"),
        ("status", "OPEN"),
        ("type", "0"),
        ("iid", "2"),
        ("mode", "http"),
    ]);
    row(&[
        ("pxname", "stats"),
        ("svname", "BACKEND"),
        ("status", "UP"),
        ("act", "0"),
        ("bck", "0"),
        ("type", "1"),
        ("iid", "2"),
        ("mode", "http"),
    ]);
    for (name, service) in &haproxy.services {
        proxy += 1;
        let iid = proxy.to_string();
        let frontend = if is_listen(service) { name.clone() } else { format!("tcp-in_{name}") };
        row(&[
            ("pxname", &frontend),
            ("svname", "FRONTEND"),
            ("status", "OPEN"),
            ("type", "0"),
            ("iid", &iid),
            ("mode", "tcp"),
        ]);
        for (address, servers) in &service.backends {
            let backend = if address.is_empty() { name.clone() } else { format!("{name}_{address}") };
            for (name, server) in servers {
                row(&server_cells(&backend, name, server));
            }
            let up = servers.values().filter(|server| first_word_is_up(&server.status)).count();
            let status = if up > 0 { "UP" } else { "DOWN" };
            let active = up.to_string();
            row(&[
                ("pxname", &backend),
                ("svname", "BACKEND"),
                ("status", status),
                ("act", &active),
                ("bck", "0"),
                ("type", "1"),
                ("mode", "tcp"),
                ("algo", "leastconn"),
            ]);
        }
    }
    text + "\n"
}

fn is_listen(service: &Frontend) -> bool {
    service.backends.keys().all(String::is_empty)
}

fn server_cells<'a>(backend: &'a str, name: &'a str, server: &'a Server) -> Vec<(&'a str, &'a str)> {
    let description = match server.check.as_str() {
        "L4OK" => "Layer4 check passed",
        "L4CON" => "Layer4 connection problem",
        "L4TOUT" => "Layer4 timeout",
        "L7STS" => "Layer7 wrong status",
        "INI" => "Initializing",
        _ => "",
    };
    vec![
        ("pxname", backend),
        ("svname", name),
        ("status", &server.status),
        ("weight", "1"),
        ("act", "1"),
        ("bck", "0"),
        ("type", "2"),
        ("check_status", &server.check),
        ("check_desc", description),
        ("addr", &server.address),
        ("mode", "tcp"),
    ]
}

fn line(cells: &[(&str, &str)]) -> String {
    let cells: BTreeMap<&str, &str> = cells.iter().copied().collect();
    let columns = COLUMNS.trim_end_matches(',').split(',');
    let text: Vec<&str> = columns.map(|column| cells.get(column.trim()).copied().unwrap_or_default()).collect();
    text.join(",") + ",\n"
}
