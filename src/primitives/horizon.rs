//! The dashboard's login page over plain HTTP. A CSRF cookie marked Secure is not sent back there, and the login fails
//! with 403: the header tells, not the file.

use std::cell::Cell;
use std::time::Duration;

use super::http;
use super::juju::exec;
use crate::handle;
use crate::host::{Call, Ensure, Stop, StopKind};
use crate::primitives::forms;
use crate::script::{Declared, Handle, Primitive, Told};
use crate::transport::{Input, Request};

/// Settings that Horizon reads after its own, sorted by name; ASCII, because it reads them in the locale's encoding.
const OVERRIDE: &str =
    "/usr/share/openstack-dashboard/openstack_dashboard/local/local_settings.d/_99_internal_http_cookies.py";
const OVERRIDE_TEXT: &str = "# The dashboard is reached over plain HTTP inside: a Secure cookie would not come back.\nCSRF_COOKIE_SECURE = False\nSESSION_COOKIE_SECURE = False\n";

/// How often and how long the page is looked for after a restart of the web server.
const LOOKS: u32 = 12;
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);

handle! {
    /// The login page as a browser gets it over plain HTTP.
    LoginPage("horizon page") by url {
        /// Its address.
        url: String,
        /// The status; 200 is the page.
        status in forms::STATUS: i64,
        /// Whether the CSRF cookie is marked Secure: then a login over plain HTTP cannot work.
        csrf_secure: Told<bool>,
        /// Whether it sets a session cookie that is marked Secure: that one would not come back over plain HTTP either.
        session_secure: bool,
    }
}

fn page(call: &Call<'_>, url: &str) -> Result<Handle<LoginPage>, Stop> {
    let reply = http::get(call, url)?;
    let now = reply.now()?;
    let csrf_secure = now
        .cookie("csrftoken")
        .map(|cookie| cookie.is_secure)
        .ok_or_else(|| Box::new(Stop::unanswered(format!("{url} answered {} without a csrftoken cookie", now.status))));
    let session_secure = now.cookie("sessionid").is_some_and(|cookie| cookie.is_secure);
    let seen = LoginPage { url: url.to_string(), status: now.status, csrf_secure, session_secure };
    Ok(Handle::seen(seen, reply.source()))
}

/// The page, waited for while the web server comes back.
fn page_after_restart(call: &Call<'_>, url: &str) -> Result<Handle<LoginPage>, Stop> {
    for _ in 1..LOOKS {
        match page(call, url) {
            Ok(page) if page.now()?.status < 500 => return Ok(page),
            Err(stop) if stop.kind == StopKind::Interrupted => return Err(stop),
            _ => call.pause(BETWEEN_LOOKS)?,
        }
    }
    page(call, url)
}

fn requests(call: &Call<'_>, unit: &str) -> Result<Vec<Request>, Stop> {
    let text = Input::Text(OVERRIDE_TEXT.to_string());
    Ok(vec![
        exec::ssh_request(call, unit, &["sudo", "install", "-m", "644", "/dev/stdin", OVERRIDE], Some(text))?,
        exec::request(call, &[unit.to_string()], &["systemctl", "restart", "apache2"])?,
    ])
}

fn ensure(call: &Call<'_>, url: &str, unit: &str) -> Result<Handle<LoginPage>, Stop> {
    let is_sent = Cell::new(false);
    let read = || if is_sent.get() { page_after_restart(call, url) } else { page(call, url) }.map(Some);
    let work = Ensure::new(url, "the login over plain HTTP needs cookies without Secure", read)
        .equal("csrf_secure", false)
        .equal("session_secure", false)
        .touches("http reply")
        .by(|_| {
            is_sent.set(true);
            requests(call, unit)
        });
    call.ensure(work)
}

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<LoginPage>().with(functions())
}

fn functions() -> Vec<Primitive> {
    crate::primitives! { "horizon";
        /// The login page at that address.
        read fn login_page(call, url in forms::URL: String) -> Handle<LoginPage> {
            call.find(&url, || page(call, &url).map(Some))?.ok_or_else(|| Stop::defect("a page without a reply"))
        }
        /// Lets the login work over plain HTTP: where a cookie of the page is Secure, puts one settings file on the
        /// unit and restarts its web server; confirmed by the header.
        #[seen_by("LoginPage.csrf_secure" = false, "LoginPage.session_secure" = false, "Cookie.is_secure")]
        change fn ensure_http_cookies(call, url in forms::URL: String, unit in forms::DASHBOARD_UNIT: String) -> Handle<LoginPage> { ensure(call, &url, &unit) }
    }
}
