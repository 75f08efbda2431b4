//! What the haproxies in units say of their servers. A unit that runs none, a haproxy that does not answer and a unit
//! that could not be asked are three answers.

use std::collections::BTreeSet;

use super::juju::exec::{self, Execution, failed_on};
use crate::handle;
use crate::host::{Call, Ensure, Stop};
use crate::primitives::forms;
use crate::script::{Answer, Declared, Handle, List, Primitive, Source, Told, Vocabulary};
use crate::transport::Request;

/// Whether a unit's haproxy answers.
pub static STATE: Vocabulary = Vocabulary::closed("state of an haproxy", &["answers", "none", "stopped"]);

/// Asks the admin socket, which only root may.
const SOCKET: [&str; 4] = ["sudo", "sh", "-c", "echo \"show stat\" | nc -U -w 5 /var/run/haproxy/admin.sock"];

/// Asks the statistics page of the dashboard's haproxy, which has no socket. The password goes from the unit's own
/// configuration into curl's standard input: it is on no command line and never leaves the unit.
const PAGE: [&str; 4] = [
    "sudo",
    "sh",
    "-c",
    "sed -n 's/^ *stats auth  *\\(.*\\)$/user = \"\\1\"/p' /etc/haproxy/haproxy.cfg | curl -sSf -K - 'http://127.0.0.1:8888/;csv'",
];

handle! {
    /// The haproxy of one unit.
    HaproxyUnit("haproxy unit") by unit {
        /// The unit.
        unit in forms::UNIT: String,
        /// Whether it answers: `none` runs no haproxy, `stopped` has a socket or page that nobody serves.
        state in STATE: Told<String>,
        /// Servers and backends whose status begins with DOWN, as `backend/server`; sorted.
        down: Told<Vec<String>>,
        /// Servers that an operator took out (MAINT, DRAIN, NOLB), as `backend/server status`; sorted.
        out: Told<Vec<String>>,
        /// Servers in all backends.
        servers in forms::COUNT: Told<i64>,
    }
}

/// A row of the statistics: the columns that matter, found by name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    proxy: String,
    server: String,
    status: String,
    /// 0 a frontend, 1 a backend, 2 a server; other numbers are of no interest.
    kind: String,
    /// Servers that take connections, of a backend as it counts them itself.
    usable: Option<usize>,
}

impl Row {
    fn is_frontend(&self) -> bool {
        self.server == "FRONTEND"
    }

    fn is_backend(&self) -> bool {
        self.server == "BACKEND"
    }

    fn is_server(&self) -> bool {
        !self.is_frontend() && !self.is_backend()
    }

    /// Whether haproxy counts this server among those that its backend may use.
    fn is_usable(&self) -> bool {
        ["UP", "no"].contains(&self.first_word())
    }

    /// A backend as a whole is `stats`, or its name alone.
    fn name(&self) -> String {
        if self.is_backend() { self.proxy.clone() } else { format!("{}/{}", self.proxy, self.server) }
    }

    /// `UP 1/3` is UP, and `DOWN 1/2` is DOWN.
    fn first_word(&self) -> &str {
        self.status.split(' ').next().unwrap_or_default()
    }
}

/// Reads the statistics; columns differ by version and are found by name.
fn rows(csv: &str) -> Result<Vec<Row>, String> {
    let mut lines = csv.lines().filter(|line| !line.trim().is_empty());
    let head = lines.next().and_then(|line| line.strip_prefix("# ")).ok_or("no header that begins with #")?;
    let head = cells(head);
    let at = |name: &str| head.iter().position(|column| column == name).ok_or(format!("no column {name}"));
    let (proxy, server, status, kind) = (at("pxname")?, at("svname")?, at("status")?, at("type")?);
    let (active, backup) = (at("act")?, at("bck")?);
    lines
        .map(|line| {
            let cells = cells(line);
            let cell = |at: usize| cells.get(at).cloned().ok_or_else(|| format!("a line is cut short: {line}"));
            let count = |at: usize| cell(at).ok().and_then(|cell| cell.parse::<usize>().ok());
            let usable = count(active).zip(count(backup)).map(|(active, backup)| active + backup);
            let (proxy, server, status, kind) = (cell(proxy)?, cell(server)?, cell(status)?, cell(kind)?);
            let row = Row { proxy, server, status, kind, usable };
            let whole = !row.status.is_empty() && !row.proxy.is_empty();
            if whole { Ok(row) } else { Err(format!("a line has no status: {line}")) }
        })
        .collect()
}

/// Whether these are all the rows, each once: a backend counts its servers itself, and a server that is listed in no
/// backend, twice, or not at all is a table that was cut or mixed up. A server that is about to stop (NOLB) may count
/// or not.
fn must_be_whole(rows: &[Row]) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for row in rows {
        let (proxy, server) = (&row.proxy, &row.server);
        if !names.insert((proxy, server)) {
            return Err(format!("{proxy}/{server} is listed twice"));
        }
        let kind = if row.is_frontend() {
            "0"
        } else if row.is_backend() {
            "1"
        } else {
            "2"
        };
        if row.kind != kind {
            return Err(format!("{proxy}/{server} is a row of type {:?}, and by its name of {kind}", row.kind));
        }
        if row.is_server() && !rows.iter().any(|other| other.is_backend() && other.proxy == *proxy) {
            return Err(format!("{proxy}/{server} is a server of a backend that is not listed"));
        }
    }
    rows.iter().filter(|row| row.is_backend()).try_for_each(|backend| must_count(backend, rows))
}

fn must_count(backend: &Row, rows: &[Row]) -> Result<(), String> {
    let own = || rows.iter().filter(|row| row.is_server() && row.proxy == backend.proxy);
    let counted = backend.usable.ok_or_else(|| format!("backend {} does not count its servers", backend.proxy))?;
    let listed = own().filter(|row| row.is_usable()).count();
    if counted != listed && !own().any(|row| row.first_word() == "NOLB") {
        return Err(format!("backend {} counts {counted} usable servers, and {listed} are listed", backend.proxy));
    }
    Ok(())
}

/// The cells of a line; one with a comma is in quotes, and a quote inside is doubled.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

/// What one unit's command tells.
fn unit_of(execution: &Execution, source: &str) -> HaproxyUnit {
    let unit = execution.unit.clone();
    let all = |state: &str| HaproxyUnit {
        unit: unit.clone(),
        state: Ok(state.to_string()),
        down: Ok(Vec::new()),
        out: Ok(Vec::new()),
        servers: Ok(0),
    };
    let untold = |stop: Stop| {
        let stop = Box::new(stop);
        let (state, down, out) = (Err(stop.clone()), Err(stop.clone()), Err(stop.clone()));
        HaproxyUnit { unit: unit.clone(), state, down, out, servers: Err(stop) }
    };
    let said = |words: &str| execution.stderr.contains(words);
    if execution.return_code != 0 || execution.stdout.trim().is_empty() {
        return match () {
            () if said("nc:") && said("No such file or directory") => all("none"),
            () if said("Connection refused") || said("Failed to connect") => all("stopped"),
            () => untold(failed_on(execution, source)),
        };
    }
    match rows(&execution.stdout).and_then(|rows| must_be_whole(&rows).map(|()| rows)) {
        Ok(rows) => of_rows(all("answers"), &rows),
        Err(why) => untold(failed_on(execution, source).context(&format!("no statistics of haproxy: {why}"))),
    }
}

fn of_rows(unit: HaproxyUnit, rows: &[Row]) -> HaproxyUnit {
    let named = |keep: &dyn Fn(&Row) -> bool, name: &dyn Fn(&Row) -> String| {
        let mut names: Vec<String> = rows.iter().filter(|row| !row.is_frontend() && keep(row)).map(name).collect();
        names.sort();
        names
    };
    let down = named(&|row| row.first_word() == "DOWN", &Row::name);
    let out = named(&|row| ["MAINT", "DRAIN", "NOLB"].contains(&row.first_word()), &|row| {
        format!("{} {}", row.name(), row.status)
    });
    let servers = rows.iter().filter(|row| row.is_server()).count();
    HaproxyUnit { down: Ok(down), out: Ok(out), servers: Ok(servers as i64), ..unit }
}

fn ask(call: &Call<'_>, units: &[String], words: &[&str]) -> Result<Vec<Handle<HaproxyUnit>>, Stop> {
    let (ended, source) = exec::on_units(call, units, words)?;
    Ok(ended.iter().map(|execution| Handle::seen(unit_of(execution, &source), Source::clone(&source))).collect())
}

/// Whether every server is up, some backends aside; a haproxy without a server does not hold.
fn all_up(call: &Call<'_>, unit: &Handle<HaproxyUnit>, but: &[String]) -> Result<Answer, Stop> {
    let now = unit.now()?;
    let told = |stop: &Stop| stop.clone().with("from", unit.source().to_string());
    let state = now.state.as_ref().map_err(|stop| told(stop))?;
    let servers = *now.servers.as_ref().map_err(|stop| told(stop))?;
    let expected = |name: &String| but.iter().any(|proxy| name == proxy || name.starts_with(&format!("{proxy}/")));
    let down: Vec<&str> = now
        .down
        .as_ref()
        .map_err(|stop| told(stop))?
        .iter()
        .filter(|name| !expected(name))
        .map(String::as_str)
        .collect();
    let except = if but.is_empty() { String::new() } else { format!(" but {}", but.join(", ")) };
    let (holds, seen) = match (state.as_str(), servers, down.is_empty()) {
        ("none", ..) => (false, "it runs no haproxy".to_string()),
        ("stopped", ..) => (false, "its haproxy does not answer".to_string()),
        (_, 0, _) => (false, "haproxy has no server at all".to_string()),
        (_, count, true) => (true, format!("{count} servers, none DOWN{except}")),
        (_, _, false) => (false, format!("DOWN: {}", down.join(", "))),
    };
    let source = unit.source().to_string();
    call.tell(&format!("haproxy unit|{}|all up", now.unit), &now.unit, &rhai::Dynamic::from(seen.clone()), &source);
    Ok(Answer { holds, wanted: format!("no server DOWN{except}"), seen, source })
}

fn reload(call: &Call<'_>, unit: &str) -> Result<Vec<Request>, Stop> {
    let unit = [unit.to_string()];
    Ok(vec![
        exec::request(call, &unit, &["haproxy", "-c", "-f", "/etc/haproxy/haproxy.cfg"])?,
        exec::request(call, &unit, &["systemctl", "reload", "haproxy"])?,
    ])
}

/// Only a haproxy that answers and has a server DOWN is reloaded; its configuration is checked first.
fn ensure_up(call: &Call<'_>, unit: &str) -> Result<Handle<HaproxyUnit>, Stop> {
    let read = || Ok(ask(call, &[unit.to_string()], &SOCKET)?.pop());
    let work = Ensure::new(unit, "a server is DOWN; the configuration is checked, then haproxy reloads", read)
        .equal("state", "answers".to_string())
        .equal("down", Vec::<String>::new())
        .by(|draft| match draft.differs("state") {
            true => Err(Stop::refused(format!("the haproxy of {unit} does not answer: a reload would not help"))
                .with("next", format!("juju ssh {unit} systemctl status haproxy"))),
            false => reload(call, unit),
        });
    call.ensure(work)
}

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<HaproxyUnit>().with(functions())
}

fn functions() -> Vec<Primitive> {
    crate::primitives! { "haproxy";
        /// What the haproxies of these units say, over their admin sockets, in one call; Juju records an operation.
        acts fn units(call, units in forms::SOCKET_UNIT: Vec<String>) -> List<HaproxyUnit> { call.list(&units.join(","), || ask(call, &units, &SOCKET)) }
        /// The same over the statistics page: the dashboard's haproxy has no socket.
        acts fn dashboards(call, units in forms::DASHBOARD_UNIT: Vec<String>) -> List<HaproxyUnit> { call.list(&units.join(","), || ask(call, &units, &PAGE)) }
        /// Whether no server and no backend is DOWN, those of the named backends aside; without a server it does not
        /// hold.
        read fn all_up on HaproxyUnit(call, unit: Handle<HaproxyUnit>, but: Option<Vec<String>>) -> Answer { all_up(call, &unit, &but.unwrap_or_default()) }
        /// Reloads the haproxy of the unit where a server is DOWN, after a check of its configuration; confirmed by the
        /// statistics. One whose haproxy does not answer is refused.
        #[seen_by("HaproxyUnit.all_up" = (true), "HaproxyUnit.down", "juju::exec", "juju::ssh")]
        change fn ensure_up(call, unit in forms::UNIT: String) -> Handle<HaproxyUnit> { ensure_up(call, &unit) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn execution(return_code: i64, stdout: &str, stderr: &str) -> Execution {
        Execution { unit: "keystone/0".into(), return_code, stdout: stdout.into(), stderr: stderr.into() }
    }

    const HEAD: &str = "# pxname,svname,scur,status,act,bck,type,last_chk,\n";

    #[test]
    fn the_first_word_of_a_status_counts_and_columns_go_by_name() {
        let csv = format!(
            "{HEAD}tcp-in_a,FRONTEND,0,OPEN,,,0,,\na_10.0.0.1,k-0,0,UP 1/3,1,0,2,,\na_10.0.0.1,k-1,0,DOWN 1/2,1,0,2,\"refused, then\",\na_10.0.0.1,k-2,0,MAINT,1,0,2,,\na_10.0.0.1,BACKEND,0,UP,1,0,1,,\n\n"
        );
        let unit = unit_of(&execution(0, &csv, ""), "x");
        assert_eq!(unit.down.unwrap(), ["a_10.0.0.1/k-1"]);
        assert_eq!(unit.out.unwrap(), ["a_10.0.0.1/k-2 MAINT"]);
        assert_eq!(unit.servers.unwrap(), 3);
    }

    #[test]
    fn a_table_with_a_server_lost_doubled_or_foreign_is_no_statistic() {
        let server = "a,k-0,0,UP,1,0,2,,\n";
        let other = "a,k-1,0,UP,1,0,2,,\n";
        let backend = "a,BACKEND,0,UP,2,0,1,,\n";
        let down = |rows: &[&str]| unit_of(&execution(0, &format!("{HEAD}{}", rows.concat()), ""), "x").down;
        assert!(down(&[server, other, backend]).is_ok());
        for (rows, words) in [
            (vec![server, backend], "counts 2 usable servers, and 1 are listed"),
            (vec![server, server, other, backend], "a/k-0 is listed twice"),
            (vec![server, other, "a,k-2,0,UP,1,0,2,,\n", backend], "counts 2 usable servers, and 3 are listed"),
            (vec![server, other], "a/k-0 is a server of a backend that is not listed"),
            (vec![server, other, backend, "a,OTHER,0,UP,,,1,,\n"], "is a row of type \"1\", and by its name of 2"),
        ] {
            assert!(down(&rows).unwrap_err().to_string().contains(words), "{words}");
        }
    }

    #[test]
    fn no_haproxy_and_one_that_is_not_there_to_answer_and_one_not_asked_are_three_answers() {
        let none = unit_of(&execution(1, "", "nc: unix connect failed: No such file or directory\n"), "x");
        assert_eq!(none.state.unwrap(), "none");
        let stopped = unit_of(&execution(1, "", "nc: unix connect failed: Connection refused\n"), "x");
        assert_eq!(stopped.state.unwrap(), "stopped");
        let unknown = unit_of(&execution(127, "", "sh: 1: nc: not found\n"), "x");
        assert!(unknown.state.unwrap_err().to_string().contains("nc: not found"));
    }

    #[test]
    fn a_pipeline_that_ends_well_without_a_line_is_not_a_haproxy_without_servers() {
        assert!(unit_of(&execution(0, "", "sh: 1: nc: not found\n"), "x").down.is_err());
        assert!(unit_of(&execution(0, "<html>401</html>\n", ""), "x").down.is_err());
        assert!(unit_of(&execution(0, &format!("{HEAD}a,b\n"), ""), "x").down.is_err());
    }

    #[test]
    fn every_captured_statistic_is_read() {
        for (path, bytes) in crate::primitives::juju::captures_test::captures("domain/haproxy", ".csv") {
            let text = String::from_utf8(bytes).unwrap();
            let rows = rows(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            let known = ["UP", "DOWN", "OPEN", "MAINT", "DRAIN", "no"];
            assert!(rows.iter().all(|row| known.contains(&row.first_word())), "{}: {rows:?}", path.display());
            // One capture was asked for servers alone; every whole table counts its servers right.
            let is_whole = rows.iter().any(Row::is_backend);
            assert_eq!(must_be_whole(&rows).is_ok(), is_whole, "{}: {rows:?}", path.display());
        }
    }
}
