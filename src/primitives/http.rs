//! HTTP as a browser or a probe meets it: status, redirect, cookies, whether a port speaks TLS. Redirects are never
//! followed, and the value of a cookie is never kept.

use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::script::{Answer, Declared, Handle, List, Primitive, Source, Vocabulary};
use crate::transport::{FailureKind, Http, Reply, Request};

/// The values of SameSite; a server may write them in another case.
pub static SAME_SITE: Vocabulary = Vocabulary::open("SameSite of a cookie", &["Lax", "Strict", "None"]);

handle! {
    /// What a server answered to a GET.
    HttpReply("http reply") by url {
        /// What was asked.
        url: String,
        /// The status, e.g. 200 or 302.
        status in forms::STATUS: i64,
        /// Where a redirect points.
        location: Option<String>,
        /// The same as a browser goes there: with scheme and host, without the query.
        leads_to: Option<String>,
    } hidden {
        /// The cookies it set.
        cookies: Vec<Cookie>,
    }
}

handle! {
    /// A cookie that a server set, by name; its value is not kept.
    Cookie("http cookie") by name {
        /// Its name.
        name: String,
        /// Whether a browser sends it over TLS alone.
        is_secure: bool,
        /// Whether scripts in the page cannot read it.
        is_http_only: bool,
        /// To which sites' requests a browser adds it, if the server says.
        same_site in SAME_SITE: Option<String>,
        /// The path it is sent for, if the server says.
        path: Option<String>,
    }
}

impl HttpReply {
    /// The cookie of that name.
    pub(crate) fn cookie(&self, name: &str) -> Option<&Cookie> {
        self.cookies.iter().find(|cookie| cookie.name == name)
    }
}

/// Reads one `Set-Cookie` value; none when it has no name.
fn cookie(header: &str) -> Option<Cookie> {
    let mut parts = header.split(';').map(str::trim);
    let (name, _) = parts.next()?.split_once('=')?;
    let attributes: Vec<(String, &str)> = parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(key, value)| (key.trim().to_ascii_lowercase(), value.trim()))
        .collect();
    let value = |key: &str| {
        let found = attributes.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| (*value).to_string()).filter(|value| !value.is_empty())
    };
    let has = |key: &str| attributes.iter().any(|(name, _)| name == key);
    Some(Cookie {
        name: name.trim().to_string(),
        is_secure: has("secure"),
        is_http_only: has("httponly"),
        same_site: value("samesite"),
        path: value("path"),
    })
}

/// Asks and reads status, redirect and cookies.
pub(crate) fn get(call: &Call<'_>, url: &str) -> Result<Handle<HttpReply>, Stop> {
    let request = Request::from(Http::get(url));
    let reply = call.ask(request.clone())?;
    let Reply::Http { status, headers, .. } = &*reply else {
        return Err(Stop::defect(format!("{request} is no HTTP call")));
    };
    let values = |name: &'static str| {
        headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    };
    let location = values("location").next();
    let seen = HttpReply {
        url: url.to_string(),
        status: i64::from(*status),
        location: location.map(str::to_string),
        leads_to: location.and_then(|location| leads_to(url, location)),
        cookies: values("set-cookie").filter_map(cookie).collect(),
    };
    Ok(Handle::seen(seen, Source::from(request.to_string())))
}

/// Where a redirect of this address leads, without the query; none when it is no address, or one that begins at the
/// page itself: no program that is asked here answers so.
fn leads_to(url: &str, location: &str) -> Option<String> {
    if location.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let path = location.split(['?', '#']).next()?;
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split('/').next()?;
    if path.contains("://") {
        Some(path.to_string())
    } else if path.starts_with("//") {
        Some(format!("{scheme}:{path}"))
    } else if path.starts_with('/') {
        Some(format!("{scheme}://{host}{path}"))
    } else {
        None
    }
}

/// Whether a server answers at all: any status is an answer, refused and silent are not.
fn reaches(call: &Call<'_>, url: &str) -> Result<Answer, Stop> {
    let request = Request::from(Http::get(url));
    let (holds, seen) = match call.reach(&request)? {
        Ok(reply) => (true, format!("answers{}", status_words(&reply))),
        Err(failure) if failure.kind == FailureKind::Tls => (true, format!("answers; {}", failure.detail)),
        Err(failure) => (false, failure.detail),
    };
    call.tell(&format!("http reply|{url}|reaches"), url, &rhai::Dynamic::from(seen.clone()), &request.to_string());
    Ok(Answer { holds, wanted: format!("{url} answers"), seen, source: request.to_string() })
}

fn status_words(reply: &Reply) -> String {
    match reply {
        Reply::Http { status, .. } => format!(" {status}"),
        Reply::Command { .. } => String::new(),
    }
}

/// How a port meets a TLS handshake, in one word.
fn tls(call: &Call<'_>, host: &str, port: i64, ca: Option<String>) -> Result<String, Stop> {
    let url = format!("https://{host}:{port}/");
    let request = Request::from(Http { ca_pem: ca, ..Http::get(&url) });
    let word = match call.reach(&request)? {
        Ok(_) => "trusted",
        Err(failure) => match failure.kind {
            FailureKind::Tls => "untrusted",
            FailureKind::TimedOut => "silent",
            _ => "closed",
        },
    };
    call.tell(
        &format!("http tls|{host}:{port}|state"),
        &url,
        &rhai::Dynamic::from(word.to_string()),
        &request.to_string(),
    );
    Ok(word.to_string())
}

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<HttpReply>().object::<Cookie>().with(functions())
}

fn functions() -> Vec<Primitive> {
    crate::primitives! { "http";
        /// What a server answers to a GET; redirects are not followed. No answer is an error of its own.
        read fn get(call, url in forms::URL: String) -> Handle<HttpReply> { call.find(&url, || get(call, &url).map(Some))?.ok_or_else(|| Stop::defect("a GET without a reply")) }
        /// Whether a server answers at all, whatever the status; refused, unreachable and silent are no.
        read fn reaches(call, url in forms::URL: String) -> Answer { reaches(call, &url) }
        /// How the port meets a TLS handshake: `trusted` (by that authority's PEM, or a public one), `untrusted`,
        /// `closed` (refused, or no TLS) or `silent`.
        read fn tls(call, host in forms::HOST: String, port in forms::PORT: i64, ca: Option<String>) -> String { tls(call, &host, port, ca) }
        /// The cookies that the reply set.
        read fn cookies on HttpReply(call, reply: Handle<HttpReply>) -> List<Cookie> {
            let source = reply.source();
            Ok(reply.now()?.cookies.iter().map(|cookie| Handle::seen(cookie.clone(), source.clone())).collect())
        }
        /// The cookie of that name; an error when the reply did not set it.
        read fn cookie on HttpReply(call, reply: Handle<HttpReply>, name: String) -> Handle<Cookie> {
            let found = reply.now()?.cookie(&name).cloned();
            found.map(|cookie| Handle::seen(cookie, reply.source())).ok_or_else(|| Stop::failed(format!("{} set no cookie {name}", reply.identity())).with("from", reply.source().to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secure_is_an_attribute_and_not_a_part_of_a_value() {
        let plain = cookie("csrftoken=Secure; Path=/; SameSite=Lax").unwrap();
        assert!(!plain.is_secure);
        assert_eq!((plain.path.as_deref(), plain.same_site.as_deref()), (Some("/"), Some("Lax")));
        let secure = cookie("csrftoken=x; path=/; samesite=Lax; secure").unwrap();
        assert!(secure.is_secure && !secure.is_http_only);
        assert!(cookie("sessionid=E; HttpOnly; Path=/").unwrap().is_http_only);
        assert!(cookie("nonsense").is_none());
    }

    #[test]
    fn a_redirect_leads_to_an_address_with_its_host_whatever_form_it_has() {
        let to = |location: &str| leads_to("http://10.0.0.1:81/a/b", location);
        assert_eq!(to("/login/?next=/x").as_deref(), Some("http://10.0.0.1:81/login/"));
        assert_eq!(to("http://10.0.0.2/login/#top").as_deref(), Some("http://10.0.0.2/login/"));
        assert_eq!(to("//10.0.0.2/login/").as_deref(), Some("http://10.0.0.2/login/"));
        assert_eq!(to("odd-http://10.0.0.1:81/login/").as_deref(), Some("odd-http://10.0.0.1:81/login/"));
        assert_eq!((to(""), to("/login/\n/login/")), (None, None));
        assert_eq!((to("login/"), to("../login/"), to("?next=/x")), (None, None, None), "from the page itself");
    }

    #[test]
    fn djangos_own_lines_are_read() {
        for (_, bytes) in crate::primitives::juju::captures_test::captures("domain/misc", "set-cookie.txt") {
            let text = String::from_utf8(bytes).unwrap();
            let read: Vec<(String, bool)> = text
                .lines()
                .filter(|line| !line.starts_with('#'))
                .filter_map(cookie)
                .map(|c| (c.name, c.is_secure))
                .collect();
            let want = [("csrftoken", false), ("sessionid", false), ("csrftoken", true), ("sessionid", true)];
            assert_eq!(read, want.map(|(name, secure)| (name.to_string(), secure)));
        }
    }
}
