<<<<<<< HEAD
//! `curl` in the lab: its command line becomes an HTTP call, and the answer is printed as curl prints it.

use std::net::SocketAddr;
use std::time::Duration;

use super::answer::{Answer, Effect};
use super::{State, web};
use crate::transport::{Command, FailureKind, Http, Input, Method, Reply, Request};

/// What the command line asks for, apart from the call itself.
#[derive(Default)]
struct Wishes {
    fails_on_error: bool,
    shows_headers: bool,
    drops_body: bool,
    is_silent: bool,
    shows_errors: bool,
    trusts_all: bool,
    write_out: Option<String>,
}

/// Answers one command.
pub(super) fn command(state: &mut State, command: &Command) -> Answer {
    let args = command.argv();
    let Some((http, wishes)) = parse(&args) else { return Answer::unknown(Request::from(command.clone())) };
    if http.url.is_empty() {
        let words = "curl: (2) no URL specified\ncurl: try 'curl --help' or 'curl --manual' for more information\n";
        return Answer::ended(Effect::Read, 2, "", words);
    }
    let Answer { effect, reply } = web::http(state, &http);
    match reply {
        Ok(Reply::Http { status, headers, body }) => printed(effect, &http, &wishes, status, &headers, &body),
        Ok(other) => Answer { effect, reply: Ok(other) },
        Err(failure) => match exit_status(failure.kind) {
            Some(status) => failed(effect, &wishes, status, &failure.detail),
            None => Answer { effect, reply: Err(failure) },
        },
    }
}

/// `None` for an option that the lab does not know.
fn parse(args: &[String]) -> Option<(Http, Wishes)> {
    let mut http = Http::get("");
    let mut wishes = Wishes::default();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-X" | "--request" => http.method = method(words.next()?)?,
            "-H" | "--header" => {
                let (name, value) = words.next()?.split_once(':')?;
                http.headers.push((name.trim().to_string(), Input::Text(value.trim().to_string())));
            }
            "-d" | "--data" | "--data-raw" => {
                http.body = Some(Input::Text(words.next()?.clone()));
                if http.method == Method::Get {
                    http.method = Method::Post;
                }
            }
            "-m" | "--max-time" | "--connect-timeout" => {
                http.time_limit = Duration::from_secs(words.next()?.parse().ok()?);
            }
            "-o" | "--output" if words.next()? == "/dev/null" => wishes.drops_body = true,
            "-w" | "--write-out" => wishes.write_out = Some(words.next()?.clone()),
            "--cacert" => http.ca_pem = Some(std::fs::read_to_string(words.next()?).ok()?),
            "--resolve" => http.connect_to = Some(resolved(words.next()?)?),
            "--silent" => wishes.is_silent = true,
            "--show-error" => wishes.shows_errors = true,
            "--fail" => wishes.fails_on_error = true,
            "--include" => wishes.shows_headers = true,
            "--insecure" => wishes.trusts_all = true,
            "--head" => head(&mut http, &mut wishes),
            url if !url.starts_with('-') => http.url = url.to_string(),
            flags if flags.starts_with("--") => return None,
            flags => flags.chars().skip(1).try_for_each(|flag| short(flag, &mut http, &mut wishes))?,
        }
    }
    Some((http, wishes))
}

fn short(flag: char, http: &mut Http, wishes: &mut Wishes) -> Option<()> {
    match flag {
        's' => wishes.is_silent = true,
        'S' => wishes.shows_errors = true,
        'f' => wishes.fails_on_error = true,
        'i' => wishes.shows_headers = true,
        'k' => wishes.trusts_all = true,
        'I' => head(http, wishes),
        _ => return None,
    }
    Some(())
}

fn head(http: &mut Http, wishes: &mut Wishes) {
    http.method = Method::Head;
    wishes.shows_headers = true;
}

fn method(word: &str) -> Option<Method> {
    let all = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete];
    all.into_iter().find(|method| method.as_str() == word)
}

/// `HOST:PORT:ADDRESS`
fn resolved(text: &str) -> Option<SocketAddr> {
    let mut parts = text.splitn(3, ':').skip(1);
    let (port, address) = (parts.next()?, parts.next()?);
    Some(SocketAddr::new(address.parse().ok()?, port.parse().ok()?))
}

fn printed(
    effect: Effect,
    http: &Http,
    wishes: &Wishes,
    status: u16,
    headers: &[(String, String)],
    body: &[u8],
) -> Answer {
    let mut out = Vec::new();
    let is_failure = wishes.fails_on_error && status >= 400;
    if wishes.shows_headers {
        out.extend(format!("HTTP/1.1 {status} \r\n").bytes());
        headers.iter().for_each(|(name, value)| out.extend(format!("{name}: {value}\r\n").bytes()));
        out.extend(b"\r\n");
    }
    if !wishes.drops_body && !is_failure && http.method != Method::Head {
        out.extend(body);
    }
    if wishes.drops_body {
        out.clear();
    }
    if let Some(format) = &wishes.write_out {
        out.extend(written_out(format, status, http, headers).bytes());
    }
    if !is_failure {
        return Answer::ended(effect, 0, out, "");
    }
    let words = format!("The requested URL returned error: {status}");
    Answer::ended(effect, 22, out, complaint(wishes, 22, &words))
}

fn written_out(format: &str, status: u16, http: &Http, headers: &[(String, String)]) -> String {
    let location = headers.iter().find(|(name, _)| name == "location").map_or("", |(_, value)| value.as_str());
    format
        .replace("%{http_code}", &format!("{status:03}"))
        .replace("%{response_code}", &format!("{status:03}"))
        .replace("%{redirect_url}", location)
        .replace("%{url_effective}", &http.url)
        .replace("\\n", "\n")
}

fn exit_status(kind: FailureKind) -> Option<i32> {
    match kind {
        FailureKind::Unreachable => Some(7),
        FailureKind::TimedOut => Some(28),
        FailureKind::Tls => Some(60),
        _ => None,
    }
}

fn failed(effect: Effect, wishes: &Wishes, status: i32, words: &str) -> Answer {
    let out = wishes.write_out.as_ref().map(|format| written_out(format, 0, &Http::get(""), &[])).unwrap_or_default();
    Answer::ended(effect, status, out, complaint(wishes, status, words))
}

fn complaint(wishes: &Wishes, status: i32, words: &str) -> String {
    if wishes.is_silent && !wishes.shows_errors { String::new() } else { format!("curl: ({status}) {words}\n") }
=======
//! The lab's curl: the part of its command line that scripts use to look at a web server.
//!
//! An option that it does not know is refused, as curl does it, and never skipped.

use std::io::Write;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::shims::End;
use crate::transport::{Failure, FailureKind, Http, Input, Method, Reply, Request, Secret};

/// Plays one call.
pub(super) fn play(
    args: &[String],
    stdin: Option<Input>,
    ask: impl FnOnce(&Request) -> Result<Reply, Failure>,
    stdout: &mut impl Write,
    stderr: &mut impl Write,
) -> anyhow::Result<End> {
    let options = match Options::parse(args) {
        Ok(options) => options,
        Err(words) => {
            let _ = writeln!(stderr, "curl: {words}\ncurl: try 'curl --help' for more information");
            return Ok(End::Status(2));
        }
    };
    let request = options.request(stdin)?;
    match ask(&request) {
        Ok(Reply::Http { status, headers, body }) => options.print(&Page { status, headers, body }, stdout, stderr),
        Ok(Reply::Command { .. }) => anyhow::bail!("the lab answered a call with a program's output"),
        Err(failure) => Ok(options.failed(&failure, stdout, stderr)),
    }
}

struct Page {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

#[derive(Debug, Default)]
struct Options {
    url: String,
    method: Option<Method>,
    headers: Vec<(String, String)>,
    data: Vec<String>,
    output: Option<String>,
    write_out: Option<String>,
    ca_file: Option<String>,
    resolve: Vec<String>,
    user: Option<String>,
    max_time: Option<f64>,
    silent: bool,
    show_error: bool,
    include: bool,
    fail: bool,
}

/// Options without a value that change nothing here.
const PLAIN: [&str; 9] =
    ["-k", "--insecure", "-4", "-6", "-q", "--disable", "--ipv4", "--compressed", "--no-progress-meter"];

/// Options with a value, short and long.
const VALUED: [(&str, &str); 14] = [
    ("-H", "--header"),
    ("-X", "--request"),
    ("-d", "--data"),
    ("-d", "--data-raw"),
    ("-d", "--data-binary"),
    ("-o", "--output"),
    ("-w", "--write-out"),
    ("-m", "--max-time"),
    ("-u", "--user"),
    ("-A", "--user-agent"),
    ("", "--cacert"),
    ("", "--connect-timeout"),
    ("", "--resolve"),
    ("", "--url"),
];

impl Options {
    fn parse(args: &[String]) -> Result<Self, String> {
        let (mut options, mut args) = (Options::default(), args.iter().cloned());
        while let Some(arg) = args.next() {
            if arg.starts_with("--") {
                options.take(&arg, || args.next())?;
            } else if arg.len() > 1 && arg.starts_with('-') {
                options.take_short(&arg[1..], &mut args)?;
            } else {
                options.url = arg;
            }
        }
        if options.url.is_empty() {
            return Err("(2) no URL specified".to_string());
        }
        Ok(options)
    }

    /// `-sSo FILE`: flags together, and a value in the same word or the next.
    fn take_short(&mut self, letters: &str, args: &mut impl Iterator<Item = String>) -> Result<(), String> {
        for (at, letter) in letters.char_indices() {
            let flag = format!("-{letter}");
            if !VALUED.iter().any(|(short, _)| *short == flag) {
                self.take(&flag, || None)?;
                continue;
            }
            let rest = &letters[at + letter.len_utf8()..];
            return self.take(&flag, || if rest.is_empty() { args.next() } else { Some(rest.to_string()) });
        }
        Ok(())
    }

    fn take(&mut self, flag: &str, value: impl FnOnce() -> Option<String>) -> Result<(), String> {
        match flag {
            "-s" | "--silent" => self.silent = true,
            "-S" | "--show-error" => self.show_error = true,
            "-i" | "--include" | "--show-headers" => self.include = true,
            "-f" | "--fail" => self.fail = true,
            "-I" | "--head" => (self.method, self.include) = (Some(Method::Head), true),
            flag if PLAIN.contains(&flag) => {}
            flag if VALUED.iter().any(|(short, long)| *short == flag || *long == flag) => {
                let value = value().ok_or_else(|| format!("option {flag}: requires parameter"))?;
                self.take_value(flag, value)?;
            }
            flag => return Err(format!("option {flag}: is unknown")),
        }
        Ok(())
    }

    fn take_value(&mut self, flag: &str, value: String) -> Result<(), String> {
        match flag {
            "-H" | "--header" => self.headers.extend(header(&value)),
            "-X" | "--request" => self.method = Some(method(&value)?),
            "-d" | "--data" | "--data-raw" | "--data-binary" => self.data.push(value),
            "-o" | "--output" => self.output = Some(value),
            "-w" | "--write-out" => self.write_out = Some(value),
            "-u" | "--user" => self.user = Some(value),
            "-A" | "--user-agent" => self.headers.push(("User-Agent".into(), value)),
            "--cacert" => self.ca_file = Some(value),
            "--resolve" => self.resolve.push(value),
            "--url" => self.url = value,
            "-m" | "--max-time" => {
                let seconds =
                    value.parse().map_err(|_| format!("option {flag}: expected a proper numerical parameter"))?;
                self.max_time = Some(seconds);
            }
            _ => {} // how long connecting may take is not told apart from how long all may take
        }
        Ok(())
    }

    fn request(&self, stdin: Option<Input>) -> anyhow::Result<Request> {
        let body = self.body(stdin)?;
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), Input::Secret(Secret::new(value.as_str()))))
            .collect();
        if let Some(user) = &self.user {
            headers
                .push(("Authorization".into(), Input::Secret(Secret::new(format!("Basic {}", STANDARD.encode(user))))));
        }
        let typed = self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if body.is_some() && !typed {
            headers.push(("Content-Type".into(), Input::Text("application/x-www-form-urlencoded".into())));
        }
        let url = if self.url.contains("://") { self.url.clone() } else { format!("http://{}", self.url) };
        let ca_pem = match &self.ca_file {
            Some(file) => Some(std::fs::read_to_string(file).with_context(|| format!("curl: (77) {file}"))?),
            None => None,
        };
        let method = self.method.unwrap_or(if body.is_some() { Method::Post } else { Method::Get });
        Ok(Http { method, headers, body, ca_pem, connect_to: self.pinned(&url), ..Http::get(url) }.into())
    }

    fn body(&self, stdin: Option<Input>) -> anyhow::Result<Option<Input>> {
        let [only] = self.data.as_slice() else {
            let joined = self.data.join("&");
            return Ok((!joined.is_empty()).then(|| Input::Secret(Secret::new(joined))));
        };
        Ok(Some(match only.strip_prefix('@') {
            Some("-") => stdin.unwrap_or(Input::Text(String::new())),
            Some(file) => {
                let text =
                    std::fs::read_to_string(file).with_context(|| format!("curl: (26) Failed to open {file}"))?;
                Input::Secret(Secret::new(text))
            }
            None => Input::Secret(Secret::new(only.as_str())),
        }))
    }

    /// The address of a `--resolve HOST:PORT:ADDRESS` that fits the URL.
    fn pinned(&self, url: &str) -> Option<std::net::SocketAddr> {
        let (host, port) = host_and_port(url)?;
        self.resolve.iter().find_map(|entry| {
            let (name, rest) = entry.split_once(':')?;
            let (of_port, address) = rest.split_once(':')?;
            let address: std::net::IpAddr = address.trim_matches(['[', ']']).parse().ok()?;
            (name == host && of_port.parse() == Ok(port)).then_some((address, port).into())
        })
    }

    fn print(&self, page: &Page, stdout: &mut impl Write, stderr: &mut impl Write) -> anyhow::Result<End> {
        let refused = self.fail && page.status >= 400;
        if !refused {
            self.put(page, stdout)?;
        }
        let _ = stdout.write_all(self.written_out(page.status, &page.headers).as_bytes());
        if refused {
            self.complain(22, &format!("The requested URL returned error: {}", page.status), stderr);
        }
        Ok(End::Status(if refused { 22 } else { 0 }))
    }

    fn put(&self, page: &Page, stdout: &mut impl Write) -> anyhow::Result<()> {
        let mut bytes = if self.include { head(page).into_bytes() } else { Vec::new() };
        if self.method != Some(Method::Head) {
            bytes.extend(&page.body);
        }
        match self.output.as_deref() {
            None | Some("-") => drop(stdout.write_all(&bytes)),
            Some(file) => std::fs::write(file, bytes).with_context(|| format!("curl: (23) {file}"))?,
        }
        Ok(())
    }

    fn failed(&self, failure: &Failure, stdout: &mut impl Write, stderr: &mut impl Write) -> End {
        let (host, port) = host_and_port(&self.url).unwrap_or((self.url.clone(), 80));
        let (status, words) = match failure.kind {
            FailureKind::TimedOut if self.max_time.is_none() => return End::Hangs,
            FailureKind::TimedOut => (28, "Operation timed out".to_string()),
            FailureKind::Unreachable => (7, format!("Failed to connect to {host} port {port}: {}", failure.detail)),
            FailureKind::Tls => (60, failure.detail.clone()),
            FailureKind::Missing => (127, failure.detail.clone()),
            _ => (2, failure.detail.clone()),
        };
        if let (28, Some(seconds)) = (status, self.max_time) {
            super::shims::pause(std::time::Duration::from_secs_f64(seconds.clamp(0.0, 86_400.0)));
        }
        let _ = stdout.write_all(self.written_out(0, &[]).as_bytes());
        self.complain(status, &words, stderr);
        End::Status(status)
    }

    fn complain(&self, status: u8, words: &str, stderr: &mut impl Write) {
        if !self.silent || self.show_error {
            let _ = writeln!(stderr, "curl: ({status}) {words}");
        }
    }

    fn written_out(&self, status: u16, headers: &[(String, String)]) -> String {
        let Some(format) = &self.write_out else { return String::new() };
        let header =
            |wanted: &str| headers.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str());
        format
            .replace("%{http_code}", &format!("{status:03}"))
            .replace("%{response_code}", &format!("{status:03}"))
            .replace("%{content_type}", header("content-type"))
            .replace("%{redirect_url}", header("location"))
            .replace("%{url_effective}", &self.url)
            .replace("%{num_redirects}", "0")
            .replace("\\n", "\n")
            .replace("\\t", "\t")
    }
}

fn head(page: &Page) -> String {
    let lines: String = page.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("HTTP/1.1 {}\r\n{lines}\r\n", page.status)
}

fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim().to_string(), value.trim().to_string()))
}

fn method(word: &str) -> Result<Method, String> {
    let all = [Method::Get, Method::Head, Method::Post, Method::Put, Method::Patch, Method::Delete];
    all.into_iter().find(|method| method.as_str() == word).ok_or_else(|| format!("the lab's curl has no method {word}"))
}

fn host_and_port(url: &str) -> Option<(String, u16)> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let authority = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    let default = if scheme == "https" { 443 } else { 80 };
    match authority.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit())) {
        Some((host, port)) => Some((host.to_string(), port.parse().ok()?)),
        None => Some((authority.to_string(), default)),
    }
>>>>>>> main
}

#[cfg(test)]
mod tests {
    use super::*;

<<<<<<< HEAD
    fn parsed(line: &str) -> Option<(Http, Wishes)> {
        parse(&line.split(' ').map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn flags_may_stand_together() {
        let (http, wishes) = parsed("-sSI -m 5 http://10.12.4.58/horizon/").expect("a call");
        assert_eq!((http.method, http.time_limit.as_secs()), (Method::Head, 5));
        assert!(wishes.is_silent && wishes.shows_errors && wishes.shows_headers);
    }

    #[test]
    fn an_unknown_option_is_not_guessed() {
        assert!(parsed("--proxy http://x http://y").is_none());
    }

    #[test]
    fn the_status_is_written_out_and_the_body_dropped() {
        let (http, wishes) = parsed("-s -o /dev/null -w %{http_code} http://10.12.4.58/").expect("a call");
        let answer = printed(Effect::Read, &http, &wishes, 302, &[], b"moved");
        let Ok(Reply::Command { status, stdout, .. }) = answer.reply else { panic!("no reply") };
        assert_eq!((status, stdout.as_slice()), (0, b"302".as_slice()));
    }

    #[test]
    fn failing_quietly_still_says_the_status() {
        let (http, wishes) = parsed("-sSf http://10.12.4.58/").expect("a call");
        let answer = printed(Effect::Read, &http, &wishes, 500, &[], b"oops");
        let Ok(Reply::Command { status, stdout, stderr }) = answer.reply else { panic!("no reply") };
        assert_eq!((status, stdout.is_empty()), (22, true));
        assert_eq!(stderr, b"curl: (22) The requested URL returned error: 500\n");
=======
    fn words(args: &[&str]) -> Vec<String> {
        args.iter().map(ToString::to_string).collect()
    }

    fn page(status: u16, headers: &[(&str, &str)], body: &str) -> Result<Reply, Failure> {
        let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Ok(Reply::Http { status, headers, body: body.into() })
    }

    /// Plays a call and gives what was asked, the end, and both streams.
    fn played(args: &[&str], reply: Result<Reply, Failure>) -> (Option<Http>, End, String, String) {
        let (mut asked, mut out, mut err) = (None, Vec::new(), Vec::new());
        let ask = |request: &Request| {
            let Request::Http(http) = request else { panic!("a command") };
            asked = Some(http.clone());
            reply
        };
        let end = play(&words(args), None, ask, &mut out, &mut err).expect("played");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (asked, end, text(out), text(err))
    }

    #[test]
    fn the_usual_look_at_a_server() {
        let args = ["-sSk", "-o", "/dev/null", "-w", "%{http_code}\\n", "-m5", "https://10.12.4.53/horizon"];
        let (asked, end, out, err) = played(&args, page(302, &[("location", "/auth")], "moved"));
        let asked = asked.expect("asked");
        assert_eq!((asked.method, asked.url.as_str()), (Method::Get, "https://10.12.4.53/horizon"));
        assert_eq!((end, out.as_str(), err.as_str()), (End::Status(0), "302\n", ""));
    }

    #[test]
    fn headers_body_and_method() {
        let args = ["-s", "-XPATCH", "-H", "Accept: a/b", "--data", "{\"a\":1}", "-u", "op:pw", "netbox.example/api/"];
        let (asked, _, out, _) = played(&args, page(200, &[], "done"));
        let asked = asked.expect("asked");
        assert_eq!((asked.method, asked.url.as_str()), (Method::Patch, "http://netbox.example/api/"));
        let secret = |input: &Input| match input {
            Input::Secret(secret) => secret.expose().to_string(),
            Input::Text(text) => text.clone(),
        };
        let headers: Vec<_> = asked.headers.iter().map(|(name, value)| (name.as_str(), secret(value))).collect();
        assert_eq!(headers[0], ("Accept", "a/b".to_string()));
        assert_eq!(headers[1], ("Authorization", "Basic b3A6cHc=".to_string()));
        assert_eq!(headers[2], ("Content-Type", "application/x-www-form-urlencoded".to_string()));
        assert_eq!(secret(asked.body.as_ref().expect("a body")), "{\"a\":1}");
        assert_eq!(out, "done");
    }

    #[test]
    fn the_head_is_printed_when_asked_for() {
        let (_, _, out, _) = played(&["-is", "http://h/"], page(200, &[("set-cookie", "a=b; Secure")], "body"));
        assert_eq!(out, "HTTP/1.1 200\r\nset-cookie: a=b; Secure\r\n\r\nbody");
        let (asked, _, out, _) = played(&["-sI", "http://h/"], page(200, &[], ""));
        assert_eq!((asked.expect("asked").method, out.as_str()), (Method::Head, "HTTP/1.1 200\r\n\r\n"));
    }

    #[test]
    fn a_name_is_pinned_to_an_address() {
        let args = ["--resolve", "other:443:10.0.0.9", "--resolve", "dash:443:10.0.0.1", "https://dash/x"];
        let (asked, ..) = played(&args, page(200, &[], ""));
        assert_eq!(asked.expect("asked").connect_to, Some("10.0.0.1:443".parse().expect("address")));
    }

    #[test]
    fn failures_end_as_curls_do() {
        let failing = |kind, args: &[&str]| {
            let (_, end, out, err) = played(args, Err(Failure::new(kind, "words")));
            (end, out, err)
        };
        let refused = failing(FailureKind::Unreachable, &["-sS", "-w", "%{http_code}", "https://h:8443/"]);
        let words = "curl: (7) Failed to connect to h port 8443: words\n";
        assert_eq!(refused, (End::Status(7), "000".into(), words.into()));
        assert_eq!(failing(FailureKind::Tls, &["-s", "https://h/"]), (End::Status(60), "".into(), "".into()));
        assert_eq!(failing(FailureKind::TimedOut, &["http://h/"]).0, End::Hangs);
        assert_eq!(failing(FailureKind::TimedOut, &["-m", "0.01", "http://h/"]).0, End::Status(28));
        let (_, end, out, err) = played(&["-fsS", "http://h/"], page(503, &[], "down"));
        assert_eq!((end, out.as_str()), (End::Status(22), ""));
        assert_eq!(err, "curl: (22) The requested URL returned error: 503\n");
    }

    #[test]
    fn what_it_does_not_know_is_refused_and_not_asked() {
        for args in
            [&["-L", "http://h/"][..], &["--location", "http://h/"], &["-s"], &["-o"], &["-m", "x", "http://h/"]]
        {
            let (asked, end, _, err) = played(args, page(200, &[], ""));
            assert!(asked.is_none() && end == End::Status(2) && err.starts_with("curl: "), "{args:?}: {err}");
        }
>>>>>>> main
    }
}
