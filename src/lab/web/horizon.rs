//! The dashboard behind its haproxy, and nginx before it.

use super::{Dashboard, Proxy, Url, reads};
use crate::lab::State;
use crate::lab::answer::{Answer, Effect};
use crate::lab::hosts::{Systemd, first_word_is_up};
use crate::lab::seed;
use crate::transport::{FailureKind, Method, Reply};

/// Where the login page is.
const LOGIN: &str = "/horizon/auth/login/";

/// The dashboard's answer to a request with this `Host`.
pub(super) fn answer(state: &State, method: Method, url: &Url, host: &str, dashboard: &Dashboard) -> Answer {
    let Some(unit) = state.hosts.units.get(&dashboard.unit) else { return closed() };
    let server = unit.haproxy.as_ref().and_then(|haproxy| haproxy.services.get("dash_insecure"));
    let up = server
        .is_some_and(|service| service.backends.values().flatten().any(|(_, server)| first_word_is_up(&server.status)));
    let active = |name: &str| unit.services.get(name).is_some_and(|service| service.active == Systemd::Active);
    if !active("haproxy") {
        return Answer::failed(
            Effect::Read,
            FailureKind::Unreachable,
            format!("connect to {host}: Connection refused (os error 111)"),
        );
    }
    if !up || !active("apache2") {
        return closed();
    }
    if !reads(method) {
        return Answer::served(
            Effect::Acts,
            403,
            "text/html",
            "<h1>Forbidden <span>(403)</span></h1>\n<p>CSRF verification failed. Request aborted.</p>\n",
        );
    }
    match url.path.as_str() {
        "/" => redirect(&format!("http://{host}{LOGIN}?next=/horizon/")),
        LOGIN => login_page(state, unit.horizon.clone().unwrap_or_default()),
        path if path.starts_with("/horizon") => redirect(&format!("{LOGIN}?next={path}")),
        _ => Answer::served(Effect::Read, 404, "text/html; charset=iso-8859-1", "<title>404 Not Found</title>\n"),
    }
}

/// haproxy in TCP mode with no server left closes the connection.
fn closed() -> Answer {
    Answer::failed(Effect::Read, FailureKind::Unreachable, "the connection was closed before the answer was complete")
}

fn redirect(location: &str) -> Answer {
    respond(302, vec![("location", location.to_string())], "")
}

fn login_page(state: &State, settings: crate::lab::hosts::Horizon) -> Answer {
    let mark = |secure: bool| if secure { "; Secure" } else { "" };
    let token = seed::hex(&state.seed.rank("csrftoken")[..16]);
    let session = seed::hex(&state.seed.rank("sessionid")[..16]);
    let cookies = vec![
        ("set-cookie", format!("csrftoken={token}; Path=/; SameSite=Lax{}", mark(settings.csrf_cookie_secure))),
        (
            "set-cookie",
            format!("sessionid={session}; HttpOnly; Path=/; SameSite=Lax{}", mark(settings.session_cookie_secure)),
        ),
    ];
    let page = format!(
        "<!DOCTYPE html>\n<html>\n<head><title>Login - OpenStack Dashboard</title></head>\n<body>\n\
         <form method=\"POST\" action=\"{LOGIN}\"><input type=\"hidden\" name=\"csrfmiddlewaretoken\" value=\"{token}\">\
         </form>\n</body>\n</html>\n"
    );
    respond(200, cookies, &page)
}

fn respond(status: u16, headers: Vec<(&str, String)>, body: &str) -> Answer {
    let kind = ("content-type".to_string(), "text/html; charset=utf-8".to_string());
    let rest = headers.into_iter().map(|(name, value)| (name.to_string(), value));
    let headers = std::iter::once(kind).chain(rest).collect();
    Answer { effect: Effect::Read, reply: Ok(Reply::Http { status, headers, body: body.as_bytes().to_vec() }) }
}

/// nginx: reads its own server block, and passes the request on as that says.
pub(super) fn through_nginx(state: &State, method: Method, url: &Url, host: &str, proxy: &Proxy) -> Answer {
    let place = state.hosts.remote.get(&proxy.host).map(|remote| &remote.host);
    let active = |found: &&crate::lab::hosts::Host| {
        found.services.get("nginx").is_some_and(|service| service.active == Systemd::Active)
    };
    let block = place.filter(active).and_then(|found| found.files.get(&proxy.file)).map(|file| file.text.as_str());
    let listens = |block: &&str| directive(block, "listen").is_some_and(|port| port == url.port.to_string());
    let Some(block) = block.filter(listens) else {
        let words = format!("connect to {}:{}: Connection refused (os error 111)", proxy.host, url.port);
        return Answer::failed(Effect::Read, FailureKind::Unreachable, words);
    };
    let upstream = directive(block, "proxy_pass").and_then(|target| super::parse(&target));
    let Some(upstream) = upstream.filter(|upstream| upstream.scheme == "http") else { return bad_gateway() };
    let site = state.web.sites.get(&format!("{}:{}", upstream.host, upstream.port));
    let Some(dashboard) = site.and_then(|site| site.horizon.clone()) else { return bad_gateway() };
    let passed = match directive(block, "proxy_set_header Host").as_deref() {
        Some("$http_host") => host.to_string(),
        Some("$host") => url.host.clone(),
        _ => upstream.authority.clone(),
    };
    let answer = answer(state, method, &Url { port: upstream.port, ..url.clone() }, &passed, &dashboard);
    if answer.reply.is_err() { bad_gateway() } else { answer }
}

/// The value of a directive such as `listen 81;`.
fn directive(block: &str, name: &str) -> Option<String> {
    let line = block.lines().map(str::trim).find_map(|line| line.strip_prefix(name))?;
    line.starts_with(' ').then(|| line.trim().trim_end_matches(';').to_string())
}

fn bad_gateway() -> Answer {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.18.0 (Ubuntu)</center>\r\n</body>\r\n</html>\r\n";
    Answer::served(Effect::Read, 502, "text/html", page)
}
