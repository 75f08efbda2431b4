//! NetBox over REST: prefixes, ranges, VLANs, sites and roles. It reads; what it lists is checked against what was
//! asked, because NetBox passes over a filter that it does not know and lists everything.

mod form;
mod place;
mod prefix;
mod range;
mod words;

use std::fmt::Display;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::host::{Call, Mode, Setting, Stop, excerpt};
use crate::script::{Declared, Source};
use crate::transport::{Http, Input, Reply, Request};

/// Objects asked for at a time; NetBox caps it silently, so `next` is followed all the same.
const PAGE: usize = 500;

/// The most pages that one question follows.
const PAGES: usize = 200;

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<prefix::NetboxPrefix>()
        .object::<range::NetboxRange>()
        .object::<place::NetboxVlan>()
        .object::<place::NetboxSite>()
        .object::<place::NetboxRole>()
        .with(prefix::functions())
        .with(range::functions())
        .with(place::functions())
}

/// One page of a listing.
#[derive(Debug, Deserialize)]
struct Page<T> {
    count: usize,
    next: Option<String>,
    results: Vec<T>,
}

/// What was asked for: NetBox's filter and its value.
#[derive(Default)]
struct Asked(Vec<(&'static str, String)>);

impl Asked {
    fn by(mut self, filter: &'static str, value: Option<&(impl Display + ?Sized)>) -> Self {
        self.0.extend(value.map(|value| (filter, value.to_string())));
        self
    }

    fn query(&self) -> String {
        self.0.iter().map(|(filter, value)| format!("&{filter}={}", encoded(value))).collect()
    }

    /// Refuses an object that was not asked for: the filter was not known to this NetBox.
    fn check(&self, kind: &str, name: &str, fits: impl Fn(&str, &str) -> bool, source: &Source) -> Result<(), Stop> {
        match self.0.iter().find(|(filter, value)| !fits(filter, value)) {
            None => Ok(()),
            Some((filter, value)) => Err(Stop::unanswered(format!(
                "NetBox listed the {kind} {name}, which is not one of {filter}={value}: it passed over that filter"
            ))
            .with("asked", source.to_string())
            .with("next", "nothing was decided on this list; compare NetBox's version with those that omega knows")),
        }
    }
}

/// A text in a query, by RFC 3986.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// NetBox's address, without a slash at its end.
fn base(call: &Call<'_>) -> Result<String, Stop> {
    let url = call.setting(Setting::NetboxUrl)?;
    let url = url.trim_end_matches('/');
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Stop::precondition(format!(
            "the setting netbox-url is {url:?}; it begins with https:// or http://"
        )));
    }
    Ok(url.to_string())
}

/// The token, in the style that its form tells: `nbt_` came with NetBox 4.5.
fn authorization(call: &Call<'_>) -> Result<Input, Stop> {
    if call.host.mode == Mode::Ahead {
        return Err(Stop::deferred("NetBox, which needs a token", "this pass"));
    }
    let asked = call.host.session.answers.secret("netbox-token", "NetBox API token");
    let token = asked.map_err(|error| Stop::precondition(format!("{error:#}")))?.ok_or_else(|| {
        Stop::precondition("NetBox needs a token and nobody can type it here")
            .with("next", "give it with --secret-file netbox-token=PATH (mode 0600)")
    })?;
    let style = if token.expose().starts_with("nbt_") { "Bearer" } else { "Token" };
    Ok(Input::Secret(crate::transport::Secret::new(format!("{style} {}", token.expose().trim()))))
}

/// Everything that a path lists, page after page.
fn list<T: DeserializeOwned>(call: &Call<'_>, path: &str, asked: &Asked) -> Result<(Vec<T>, Source), Stop> {
    let base = base(call)?;
    let authorization = authorization(call)?;
    let mut url = format!("{base}/api/{path}/?limit={PAGE}{}", asked.query());
    let source = Source::from(format!("GET {url}"));
    let mut found: Vec<T> = Vec::new();
    for _ in 0..PAGES {
        let page: Page<T> = page(call, &url, &authorization)?;
        found.extend(page.results);
        match page.next {
            Some(next) => url = rebased(&base, &next)?,
            None if found.len() == page.count => return Ok((found, source)),
            None => {
                return Err(Stop::unanswered(format!("NetBox listed {} of {} objects", found.len(), page.count))
                    .with("asked", source.to_string())
                    .with("next", "something was added or removed meanwhile; ask again"));
            }
        }
    }
    Err(Stop::unanswered(format!("NetBox lists more than {PAGES} pages")).with("asked", source.to_string()))
}

fn page<T: DeserializeOwned>(call: &Call<'_>, url: &str, authorization: &Input) -> Result<Page<T>, Stop> {
    let mut http = Http::get(url);
    http.headers = vec![
        ("Authorization".to_string(), authorization.clone()),
        ("Accept".to_string(), Input::Text("application/json".to_string())),
    ];
    let request = Request::from(http);
    if let Reply::Http { status: status @ (401 | 403), body, .. } = &*call.ask(request.clone())? {
        return Err(Stop::precondition(format!("NetBox refuses the token ({status})"))
            .with("asked", request.to_string())
            .with("body", excerpt(body))
            .with("next", "give a token that may read IPAM and DCIM: --secret-file netbox-token=PATH"));
    }
    Ok(call.json(request)?.0)
}

/// The next page, asked from NetBox as it was configured: its own idea of scheme may be a proxy's, its host may not.
fn rebased(base: &str, next: &str) -> Result<String, Stop> {
    let (origin, path) = split(base);
    let (other, rest) = split(next);
    let host = |origin: &str| origin.split_once("://").map_or(String::new(), |(_, host)| host.to_lowercase());
    if host(origin) != host(other) || !rest.starts_with(path) {
        return Err(Stop::unanswered(format!("NetBox's next page lies elsewhere: {next}"))
            .with("wanted", base.to_string())
            .with("next", "the token is not sent there; give --set netbox-url= the address that NetBox itself uses"));
    }
    Ok(format!("{origin}{rest}"))
}

/// Scheme and host, and the path.
fn split(url: &str) -> (&str, &str) {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    url.split_at(end)
}

#[cfg(test)]
mod tests;
