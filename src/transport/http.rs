//! HTTP calls: no redirect followed, no status taken for an error, no proxy, every body bounded.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use parking_lot::Mutex;
use ureq::http::Uri;
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Body, Error};

use super::environment::exposed;
use super::{Failure, FailureKind, Http, Input, Interrupt, Method, Reply};

const BODY_LIMIT: u64 = 16 * 1024 * 1024;
/// How often a raised interrupt is looked for.
const LOOK: Duration = Duration::from_millis(50);

/// The agents of one run: one for each authority and address, so that connections are used again.
#[derive(Debug, Default)]
pub(super) struct Agents(Mutex<BTreeMap<Route, Agent>>);

type Route = (Option<String>, Option<SocketAddr>);

impl Agents {
    /// Makes the call; gives it up at once when the operator interrupts.
    pub(super) fn call(&self, http: &Http, interrupt: &Interrupt) -> Result<Reply, Failure> {
        let agent = self.agent(http)?;
        let (sender, answer) = sync_channel(1);
        let (request, limit) = (http.clone(), http.time_limit);
        let spawned = std::thread::Builder::new().name("http".into()).spawn(move || {
            let _ = sender.send(send(&agent, &request));
        });
        spawned.map_err(|error| Failure::new(FailureKind::Start, format!("no thread for the call: {error}")))?;
        // The agent keeps the limit itself; the margin is for a name service that does not.
        let mut left = limit + Duration::from_secs(2);
        loop {
            match answer.recv_timeout(LOOK) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(failure(http, FailureKind::Start, "the call broke off"));
                }
                Err(RecvTimeoutError::Timeout) if interrupt.is_raised() => {
                    return Err(failure(
                        http,
                        FailureKind::Interrupted,
                        "interrupted by the operator; it may have arrived",
                    ));
                }
                Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                    return Err(failure(http, FailureKind::TimedOut, &format!("no answer after {limit:?}")));
                }
                Err(RecvTimeoutError::Timeout) => left = left.saturating_sub(LOOK),
            }
        }
    }

    fn agent(&self, http: &Http) -> Result<Agent, Failure> {
        let route = (http.ca_pem.clone(), http.connect_to);
        let mut agents = self.0.lock();
        if let Some(agent) = agents.get(&route) {
            return Ok(agent.clone());
        }
        let agent = new_agent(http)?;
        agents.insert(route, agent.clone());
        Ok(agent)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one door to HTTP")]
fn new_agent(http: &Http) -> Result<Agent, Failure> {
    let tls = TlsConfig::builder().root_certs(roots(http)?).build();
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None) // what is asked is the cloud itself, as this host reaches it
        .user_agent(concat!("omega/", env!("CARGO_PKG_VERSION")))
        .max_idle_age(Duration::from_secs(5)) // below what servers keep: a change must not meet a closed connection
        .tls_config(tls)
        .build();
    Ok(match http.connect_to {
        Some(address) => Agent::with_parts(config, DefaultConnector::default(), Pinned(address)),
        None => Agent::with_parts(config, DefaultConnector::default(), DefaultResolver::default()),
    })
}

fn roots(http: &Http) -> Result<RootCerts, Failure> {
    let Some(pem) = &http.ca_pem else { return Ok(RootCerts::WebPki) };
    let mut certificates = Vec::new();
    for item in parse_pem(pem.as_bytes()) {
        match item {
            Ok(PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(failure(http, FailureKind::Tls, &format!("the given authority: {error}"))),
        }
    }
    if certificates.is_empty() {
        return Err(failure(http, FailureKind::Tls, "the given authority holds no PEM certificate"));
    }
    Ok(RootCerts::from(certificates))
}

/// Answers every name with the one address to connect to.
#[derive(Debug)]
struct Pinned(SocketAddr);

impl Resolver for Pinned {
    fn resolve(&self, _: &Uri, _: &ureq::config::Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let mut addresses = self.empty();
        addresses.push(self.0);
        Ok(addresses)
    }
}

fn send(agent: &Agent, http: &Http) -> Result<Reply, Failure> {
    let answer = start(agent, http).map_err(|error| worded(http, error))?;
    let (head, mut body) = answer.into_parts();
    let headers = head.headers.iter();
    let headers = headers
        .map(|(name, value)| (name.as_str().to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let body = body.with_config().limit(BODY_LIMIT).read_to_vec().map_err(|error| worded(http, error))?;
    Ok(Reply::Http { status: head.status.as_u16(), headers, body })
}

fn start(agent: &Agent, http: &Http) -> Result<ureq::http::Response<Body>, Error> {
    let url = http.url.as_str();
    let limit = Some(http.time_limit);
    let bodyless = match http.method {
        Method::Get => agent.get(url),
        Method::Head => agent.head(url),
        Method::Delete => agent.delete(url),
        Method::Post => return send_body(agent.post(url), http),
        Method::Put => return send_body(agent.put(url), http),
        Method::Patch => return send_body(agent.patch(url), http),
    };
    if http.body.is_some() {
        return send_body(bodyless.force_send_body(), http);
    }
    let request = http.headers.iter().fold(bodyless, |request, (name, value)| request.header(name, exposed(value)));
    request.config().timeout_global(limit).build().call()
}

fn send_body(
    request: ureq::RequestBuilder<ureq::typestate::WithBody>,
    http: &Http,
) -> Result<ureq::http::Response<Body>, Error> {
    let request = http.headers.iter().fold(request, |request, (name, value)| request.header(name, exposed(value)));
    let request = request.config().timeout_global(Some(http.time_limit)).build();
    match &http.body {
        Some(body) => request.send(exposed(body)),
        None => request.send_empty(),
    }
}

fn worded(http: &Http, error: Error) -> Failure {
    let words = match &error {
        Error::Io(source) => source.to_string(),
        Error::Timeout(phase) => format!("no answer after {:?} ({phase})", http.time_limit),
        Error::HostNotFound => "the host name does not resolve".to_string(),
        other => other.to_string(),
    };
    failure(http, kind_of(&error), &words)
}

fn kind_of(error: &Error) -> FailureKind {
    match error {
        Error::Timeout(_) => FailureKind::TimedOut,
        Error::Io(source) if source.kind() == ErrorKind::TimedOut => FailureKind::TimedOut,
        // rustls says everything it refuses as invalid data
        Error::Io(source) if source.kind() == ErrorKind::InvalidData => FailureKind::Tls,
        Error::Tls(_) | Error::Pem(_) | Error::Rustls(_) | Error::TlsRequired => FailureKind::Tls,
        Error::BodyExceedsLimit(_) | Error::LargeResponseHeader(..) => FailureKind::TooMuchOutput,
        Error::BadUri(_) | Error::Http(_) => FailureKind::Start,
        _ => FailureKind::Unreachable,
    }
}

/// Names the host and never the whole URL, which may carry a query.
fn failure(http: &Http, kind: FailureKind, words: &str) -> Failure {
    let place = http.url.split(['?', '#']).next().unwrap_or_default();
    let through = http.connect_to.map(|address| format!(" (connecting to {address})")).unwrap_or_default();
    Failure::new(kind, format!("{} {place}{through}: {words}", http.method.as_str()))
}

/// A value that has line breaks or other control characters cannot be a header.
pub(super) fn check_headers(http: &Http) -> Result<(), Failure> {
    let broken = |value: &Input| exposed(value).chars().any(char::is_control);
    match http.headers.iter().find(|(_, value)| broken(value)) {
        None => Ok(()),
        Some((name, _)) => {
            let words = format!("the value of header {name} holds a line break or another control character");
            Err(failure(http, FailureKind::Start, &words))
        }
    }
}
