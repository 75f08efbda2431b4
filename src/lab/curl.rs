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
    /// The file that the body goes to.
    output: Option<String>,
    /// A failure prints its body all the same.
    shows_body: bool,
    /// Goes on where the file ends.
    continues: bool,
}

/// Answers one command.
pub(super) fn command(state: &mut State, command: &Command) -> Answer {
    let args = command.argv();
    let Some((mut http, wishes)) = parse(&args, command.stdin.as_ref()) else {
        return Answer::unknown(Request::from(command.clone()));
    };
    if let Some(path) = &wishes.output {
        return download(state, &mut http, &wishes, path);
    }
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

/// The body goes into a file on the jumphost; what is there already is kept, and the rest asked for.
fn download(state: &mut State, http: &mut Http, wishes: &Wishes, path: &str) -> Answer {
    let effect = Effect::Change;
    let begun = state.hosts.jumphost.files.get(path).map(|file| file.text.clone()).filter(|_| wishes.continues);
    let begun = begun.unwrap_or_default();
    if !super::hosts::has_folder(&state.hosts.jumphost, path) {
        return failed(Effect::Read, wishes, 23, &format!("Failed to open the file {path}: No such file or directory"));
    }
    if !begun.is_empty() {
        http.headers.push(("Range".to_string(), Input::Text(format!("bytes={}-", begun.len()))));
    }
    let reply = match web::http(state, http).reply {
        Ok(Reply::Http { status: 200, body, .. }) => Ok(String::from_utf8_lossy(&body).into_owned()),
        Ok(Reply::Http { status: 206, body, .. }) => Ok(format!("{begun}{}", String::from_utf8_lossy(&body))),
        Ok(Reply::Http { status: 416, .. }) => Ok(begun),
        Ok(Reply::Http { status, .. }) => Err((22, format!("The requested URL returned error: {status}"))),
        Ok(other) => return Answer { effect, reply: Ok(other) },
        Err(failure) => match exit_status(failure.kind) {
            Some(status) => Err((status, failure.detail)),
            None => return Answer { effect, reply: Err(failure) },
        },
    };
    match reply {
        Ok(text) => {
            let file = super::hosts::File { mode: "0644".to_string(), text, written: None };
            state.hosts.jumphost.files.insert(path.to_string(), file);
            Answer::ended(effect, 0, "", "")
        }
        Err((status, words)) => Answer::ended(effect, status, "", complaint(wishes, status, &words)),
    }
}

/// `None` for an option that the lab does not know.
fn parse(args: &[String], stdin: Option<&Input>) -> Option<(Http, Wishes)> {
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
                http.body = Some(data(words.next()?, stdin)?);
                if http.method == Method::Get {
                    http.method = Method::Post;
                }
            }
            "-m" | "--max-time" | "--connect-timeout" => {
                http.time_limit = Duration::from_secs(words.next()?.parse().ok()?);
            }
            "-o" | "--output" => match words.next()?.as_str() {
                "/dev/null" => wishes.drops_body = true,
                path => wishes.output = Some(path.to_string()),
            },
            "-C" | "--continue-at" if words.next()? == "-" => wishes.continues = true,
            "--location" => {} // nothing here redirects what is downloaded
            "--create-dirs" => {}
            "--fail-with-body" => (wishes.fails_on_error, wishes.shows_body) = (true, true),
            "-K" | "--config" if words.next()? == "-" => configured(stdin?, &mut http)?,
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

/// A configuration on standard input: `NAME = "VALUE"` a line, with a backslash before quotes and backslashes.
fn configured(stdin: &Input, http: &mut Http) -> Option<()> {
    let text = match stdin {
        Input::Text(text) => text.as_str(),
        Input::Secret(secret) => secret.expose(),
    };
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (name, value) = line.split_once(" = ")?;
        let value = unquoted(value.strip_prefix('"')?.strip_suffix('"')?);
        match name {
            "request" => http.method = method(&value)?,
            "header" => {
                let (name, value) = value.split_once(':')?;
                http.headers.push((name.trim().to_lowercase(), Input::Text(value.trim().to_string())));
            }
            "data" => http.body = Some(Input::Text(value)),
            _ => return None,
        }
    }
    Some(())
}

fn unquoted(text: &str) -> String {
    let mut out = String::new();
    let mut escaped = false;
    for c in text.chars() {
        escaped = c == '\\' && !escaped;
        if !escaped {
            out.push(c);
        }
    }
    out
}

/// `@-` is standard input; a file is not read.
fn data(text: &str, stdin: Option<&Input>) -> Option<Input> {
    match text {
        "@-" => stdin.cloned(),
        text if text.starts_with('@') => None,
        text => Some(Input::Text(text.to_string())),
    }
}

fn short(flag: char, http: &mut Http, wishes: &mut Wishes) -> Option<()> {
    match flag {
        's' => wishes.is_silent = true,
        'S' => wishes.shows_errors = true,
        'f' => wishes.fails_on_error = true,
        'L' => {}
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
    if !wishes.drops_body && (!is_failure || wishes.shows_body) && http.method != Method::Head {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<(Http, Wishes)> {
        parse(&line.split(' ').map(ToString::to_string).collect::<Vec<_>>(), None)
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
    }
}
