//! The live transport against a small server on the loopback interface.
#![expect(clippy::disallowed_methods, reason = "how long a call really takes is what is tested")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::*;

/// Answers each connection's requests with the given bytes and hands on what it was asked.
fn server(answer: impl Fn(&str) -> Option<String> + Send + 'static) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let (sender, asked) = channel();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            while let Some(request) = request(&mut reader) {
                let answer = answer(&request);
                let _ = sender.send(request);
                match answer {
                    Some(answer) => drop(reader.get_mut().write_all(answer.as_bytes())),
                    None => break,
                }
            }
            held.push(reader); // an unanswered connection stays open
        }
    });
    (address, asked)
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.to_lowercase().split_once("content-length: ").map(|(_, rest)| rest.to_string());
    let length = length.and_then(|rest| rest.lines().next()?.trim().parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    head.push_str(&String::from_utf8_lossy(&body));
    Some(head)
}

fn answering(status: &str, headers: &str, body: &str) -> (SocketAddr, Receiver<String>) {
    let answer = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len());
    server(move |_| Some(answer.clone()))
}

fn live() -> Live {
    Live::with_environment(Default::default(), Interrupt::new())
}

fn ask(http: Http) -> Result<Reply, Failure> {
    live().read(&http.into())
}

fn quick(url: String) -> Http {
    Http { time_limit: Duration::from_secs(5), ..Http::get(url) }
}

fn answered(reply: Result<Reply, Failure>) -> (u16, Vec<(String, String)>, String) {
    match reply.expect("a reply") {
        Reply::Http { status, headers, body } => (status, headers, String::from_utf8(body).expect("text")),
        other => panic!("not a server's reply: {other:?}"),
    }
}

fn failed(reply: Result<Reply, Failure>) -> Failure {
    reply.expect_err("a failure")
}

#[test]
fn a_redirect_is_an_answer() {
    let (address, asked) = answering("302 Found", "Location: /elsewhere\r\n", "moved");
    let (status, headers, body) = answered(ask(quick(format!("http://{address}/here"))));
    assert_eq!((status, body.as_str()), (302, "moved"));
    assert!(headers.contains(&("location".into(), "/elsewhere".into())), "{headers:?}");
    assert!(asked.recv().expect("asked").starts_with("GET /here HTTP/1.1\r\n"));
    assert!(asked.recv_timeout(Duration::from_millis(200)).is_err(), "asked once only");
}

#[test]
fn an_error_status_is_an_answer_with_its_body() {
    for status in ["500 Internal Server Error", "404 Not Found", "403 Forbidden"] {
        let (address, _asked) = answering(status, "", "{\"detail\": \"words\"}");
        let (seen, _, body) = answered(ask(quick(format!("http://{address}/"))));
        assert_eq!(seen.to_string(), status[..3]);
        assert_eq!(body, "{\"detail\": \"words\"}");
    }
}

#[test]
fn method_headers_and_body_arrive_and_secrets_with_them() {
    let (address, asked) = answering("200 OK", "", "{}");
    let secret = |text: &str| Input::Secret(Secret::new(text));
    for method in [Method::Post, Method::Put, Method::Patch, Method::Delete] {
        let http = Http {
            method,
            headers: vec![("Authorization".into(), secret("Token t0ken")), ("X-A".into(), Input::Text("b".into()))],
            body: Some(secret("[{\"id\": 1}]")),
            ..quick(format!("http://{address}/api/?q=1"))
        };
        answered(live().change(&http.into(), Permit::for_test()));
        let seen = asked.recv().expect("asked");
        assert!(seen.starts_with(&format!("{} /api/?q=1 ", method.as_str())), "{seen}");
        assert!(seen.to_lowercase().contains("authorization: token t0ken\r\n"), "{seen}");
        assert!(seen.ends_with("\r\n\r\n[{\"id\": 1}]"), "{seen}");
    }
}

#[test]
fn bodyless_methods_send_none() {
    let (address, asked) = answering("200 OK", "", "");
    for method in [Method::Get, Method::Head, Method::Post, Method::Delete] {
        let http = Http { method, ..quick(format!("http://{address}/")) };
        assert_eq!(answered(ask(http)).0, 200);
        assert!(asked.recv().expect("asked").ends_with("\r\n\r\n"));
    }
}

#[test]
fn a_slow_server_times_out_at_the_limit() {
    let (address, _asked) = server(|_| None);
    let http = Http { time_limit: Duration::from_millis(300), ..Http::get(format!("http://{address}/")) };
    let started = Instant::now();
    let failure = failed(ask(http));
    assert_eq!(failure.kind, FailureKind::TimedOut, "{failure:?}");
    assert!(failure.detail.contains("300ms"), "{}", failure.detail);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_body_that_trickles_times_out_too() {
    let (address, _asked) = server(|_| Some("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".into()));
    let http = Http { time_limit: Duration::from_millis(300), ..Http::get(format!("http://{address}/")) };
    assert_eq!(failed(ask(http)).kind, FailureKind::TimedOut);
}

#[test]
fn an_interrupt_ends_the_call() {
    let (address, asked) = server(|_| None);
    let interrupt = Interrupt::new();
    let live = Live::with_environment(Default::default(), interrupt.clone());
    let raising = std::thread::spawn(move || {
        asked.recv().expect("asked");
        interrupt.raise();
    });
    let started = Instant::now();
    let failure = failed(live.read(&quick(format!("http://{address}/")).into()));
    raising.join().expect("raised");
    assert_eq!(failure.kind, FailureKind::Interrupted);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_refused_connection_and_an_unknown_host_are_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let failure = failed(ask(quick(format!("http://{address}/api?token=canary"))));
    assert_eq!(failure.kind, FailureKind::Unreachable, "{failure:?}");
    assert!(failure.detail.contains("refused") && !failure.detail.contains("canary"), "{}", failure.detail);
    let failure = failed(ask(quick("http://no-such-host.invalid/".into())));
    assert_eq!(failure.kind, FailureKind::Unreachable, "{failure:?}");
}

#[test]
fn tls_to_a_plain_port_is_a_tls_failure() {
    let (address, _asked) = answering("400 Bad Request", "", "");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let plain = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let failure = failed(ask(quick(format!("https://{plain}/"))));
    assert_eq!(failure.kind, FailureKind::Tls, "{failure:?}");
    let pinned = Http { connect_to: Some(address), ..quick("http://keystone.example:5000/v3".into()) };
    assert_eq!(answered(ask(pinned)).0, 400, "the same address answers without TLS");
}

#[test]
fn an_address_to_connect_to_replaces_the_name_and_keeps_the_host_header() {
    let (address, asked) = answering("200 OK", "", "here");
    let http = Http { connect_to: Some(address), ..quick("http://dashboard.example:8080/horizon".into()) };
    assert_eq!(answered(ask(http)).2, "here");
    assert!(asked.recv().expect("asked").to_lowercase().contains("host: dashboard.example:8080\r\n"));
}

#[test]
fn a_body_above_the_bound_is_too_much() {
    let big = 17 * 1024 * 1024;
    let (address, _asked) =
        server(move |_| Some(format!("HTTP/1.1 200 OK\r\ncontent-length: {big}\r\n\r\n{}", "x".repeat(big))));
    assert_eq!(failed(ask(Http::get(format!("http://{address}/")))).kind, FailureKind::TooMuchOutput);
}

#[test]
fn what_is_no_url_no_header_or_no_authority_is_refused_before_it_is_sent() {
    let (address, asked) = answering("200 OK", "", "");
    assert_eq!(failed(ask(quick("not a url".into()))).kind, FailureKind::Start);
    let split = vec![("X-A".into(), Input::Secret(Secret::new("canary\r\nX-B: 1")))];
    let failure = failed(ask(Http { headers: split, ..quick(format!("http://{address}/")) }));
    assert_eq!(failure.kind, FailureKind::Start);
    assert!(!failure.detail.contains("canary"));
    let authority = Http { ca_pem: Some("no pem".into()), ..quick(format!("https://{address}/")) };
    assert_eq!(failed(ask(authority)).kind, FailureKind::Tls);
    assert!(asked.try_recv().is_err());
}

#[test]
fn one_agent_serves_a_route_and_keeps_its_connection() {
    let (address, asked) = answering("200 OK", "", "x");
    let live = live();
    for _ in 0..3 {
        answered(live.read(&quick(format!("http://{address}/")).into()));
        asked.recv_timeout(Duration::from_secs(1)).expect("asked on the one connection that the server reads");
    }
}

/// A TLS server by openssl, with a certificate of its own for `dashboard.example`.
struct TlsServer {
    process: std::process::Child,
    address: SocketAddr,
    certificate: String,
}

impl TlsServer {
    /// None where there is no openssl.
    fn start(directory: &std::path::Path) -> Option<TlsServer> {
        let openssl = |words: &str| {
            let mut command = std::process::Command::new("openssl");
            command.args(words.split(' ')).current_dir(directory);
            command.stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
            command.stderr(std::process::Stdio::null());
            command
        };
        let make = "req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2 -subj /CN=lab \
                    -addext subjectAltName=DNS:dashboard.example -addext basicConstraints=critical,CA:FALSE";
        if openssl(make).status().is_err() {
            return None;
        }
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
        let serve = format!("s_server -www -quiet -key key -cert cert -accept {free}");
        let process = openssl(&serve).spawn().expect("started");
        let certificate = std::fs::read_to_string(directory.join("cert")).expect("made");
        let until = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(free).is_err() && Instant::now() < until {
            std::thread::yield_now();
        }
        Some(TlsServer { process, address: free, certificate })
    }

    fn ask(&self, name: &str, ca_pem: Option<&str>) -> Result<Reply, Failure> {
        let url = format!("https://{name}:{}/", self.address.port());
        ask(Http { ca_pem: ca_pem.map(str::to_string), connect_to: Some(self.address), ..quick(url) })
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_certificate_is_judged_by_the_given_authority_and_the_name() {
    let directory = tempfile::tempdir().expect("directory");
    let other = tempfile::tempdir().expect("directory");
    let (Some(server), Some(stranger)) = (TlsServer::start(directory.path()), TlsServer::start(other.path())) else {
        eprintln!("there is no openssl: TLS was NOT tried");
        return;
    };
    let own = server.certificate.as_str();
    assert_eq!(answered(server.ask("dashboard.example", Some(own))).0, 200);
    for (name, ca_pem) in [
        ("dashboard.example", None),
        ("dashboard.example", Some(stranger.certificate.as_str())),
        ("other.example", Some(own)),
    ] {
        let failure = failed(server.ask(name, ca_pem));
        assert_eq!(failure.kind, FailureKind::Tls, "{name}: {failure:?}");
        assert!(failure.detail.contains("certificate") && failure.detail.contains(name), "{}", failure.detail);
    }
}
