//! nginx configuration, parsed: which server listens where, and to what it hands requests.

use super::ssh::{self, SshHost};
use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::script::{Declared, Handle, Primitive};

handle! {
    /// A server of nginx, by the port it listens on.
    NginxServer("nginx server") by port {
        /// The port.
        port in forms::PORT: i64,
        /// Where its locations hand requests (`proxy_pass`), as `http://HOST:PORT`; sorted, each once.
        proxies_to: Vec<String>,
        /// The Host header that upstreams get, of every location that proxies, each once; nginx's own default is
        /// `$proxy_host`.
        sends_host: Vec<String>,
    }
}

/// A directive: its words, and what is inside its braces.
#[derive(Debug)]
struct Directive {
    words: Vec<String>,
    inside: Vec<Directive>,
}

impl Directive {
    fn is(&self, name: &str) -> bool {
        self.words.first().is_some_and(|word| word == name)
    }

    fn all<'d>(&'d self, name: &'d str) -> impl Iterator<Item = &'d Directive> {
        self.inside.iter().filter(move |directive| directive.is(name))
    }
}

/// Words, `{`, `}` and `;` of a configuration; comments go, quotes are taken off.
fn tokens(text: &str) -> Vec<String> {
    let (mut tokens, mut word) = (Vec::new(), String::new());
    let mut chars = text.chars();
    let mut is_open = false;
    while let Some(c) = chars.next() {
        match c {
            '#' if word.is_empty() && !is_open => drop(chars.by_ref().find(|c| *c == '\n')),
            '"' | '\'' => {
                is_open = true;
                word.extend(chars.by_ref().take_while(|next| *next != c));
            }
            '\\' => word.extend(chars.next()),
            // `${name}` is a variable and no block.
            '{' if word.ends_with('$') => {
                word.push('{');
                word.extend(chars.by_ref().take_while(|next| *next != '}'));
                word.push('}');
            }
            c if c.is_whitespace() || "{};".contains(c) => {
                if is_open || !word.is_empty() {
                    tokens.push(std::mem::take(&mut word));
                    is_open = false;
                }
                if !c.is_whitespace() {
                    tokens.push(c.to_string());
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    tokens
}

/// The directives up to the closing brace, or the end.
fn directives(tokens: &mut std::vec::IntoIter<String>, depth: usize) -> Result<Vec<Directive>, String> {
    if depth > 32 {
        return Err("blocks are nested too deep".to_string());
    }
    let (mut found, mut words) = (Vec::new(), Vec::new());
    loop {
        let Some(token) = tokens.next() else {
            return if depth == 0 && words.is_empty() {
                Ok(found)
            } else {
                Err("it ends inside a directive".to_string())
            };
        };
        match token.as_str() {
            ";" => found.push(Directive { words: std::mem::take(&mut words), inside: Vec::new() }),
            "{" => {
                let inside = directives(tokens, depth + 1)?;
                found.push(Directive { words: std::mem::take(&mut words), inside });
            }
            "}" if depth > 0 && words.is_empty() => return Ok(found),
            "}" => return Err("a closing brace stands where none belongs".to_string()),
            _ => words.push(token),
        }
    }
}

/// All servers, also those inside an `http` block.
fn servers(text: &str) -> Result<Vec<NginxServer>, String> {
    let all = directives(&mut tokens(text).into_iter(), 0)?;
    let inside_http = all.iter().filter(|directive| directive.is("http")).flat_map(|http| http.all("server"));
    let own = all.iter().filter(|directive| directive.is("server"));
    Ok(own.chain(inside_http).flat_map(server).collect())
}

/// A server as many times as it has ports.
fn server(block: &Directive) -> Vec<NginxServer> {
    let locations: Vec<&Directive> =
        block.all("location").filter(|location| location.all("proxy_pass").next().is_some()).collect();
    let passes = locations.iter().flat_map(|location| location.all("proxy_pass")).filter_map(|pass| pass.words.get(1));
    let proxies_to = once_each(passes.map(|pass| upstream(pass)));
    let sends_host = once_each(locations.iter().map(|location| host_header(location, block)));
    let port = |listen: &Directive| {
        let address = listen.words.get(1)?;
        address.rsplit_once(':').map_or(address.as_str(), |(_, port)| port).parse().ok()
    };
    let ports: Vec<i64> = once_each(block.all("listen").filter_map(port));
    // Without a listen directive nginx takes port 80.
    let ports = if block.all("listen").next().is_none() { vec![80] } else { ports };
    ports
        .into_iter()
        .map(|port| NginxServer { port, proxies_to: proxies_to.clone(), sends_host: sends_host.clone() })
        .collect()
}

/// Scheme, host and port of an upstream: a port left out is the scheme's, and a path says nothing about where.
fn upstream(pass: &str) -> String {
    let Some((scheme, rest)) = pass.split_once("://") else { return pass.to_string() };
    let authority = rest.split('/').next().unwrap_or_default();
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    match (has_port, scheme) {
        (false, "http") => format!("http://{authority}:80"),
        (false, "https") => format!("https://{authority}:443"),
        _ => format!("{scheme}://{authority}"),
    }
}

/// A location that sets any header of its own inherits none.
fn host_header(location: &Directive, server: &Directive) -> String {
    let from = if location.all("proxy_set_header").next().is_some() { location } else { server };
    let host = from
        .all("proxy_set_header")
        .find(|header| header.words.get(1).is_some_and(|name| name.eq_ignore_ascii_case("host")));
    host.and_then(|header| header.words.get(2)).cloned().unwrap_or_else(|| "$proxy_host".to_string())
}

fn once_each<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    let set: std::collections::BTreeSet<T> = values.collect();
    set.into_iter().collect()
}

fn find(call: &Call<'_>, host: &Handle<SshHost>, path: &str, port: i64) -> Result<Handle<NginxServer>, Stop> {
    let (text, source) = ssh::file(call, host, path)?;
    let failed = |what: String| Stop::failed(what).with("from", source.to_string());
    let text = text.ok_or_else(|| failed(format!("{} has no file {path}", host.identity())))?;
    let all = servers(&text).map_err(|why| {
        Stop::unanswered(format!("{path} is no nginx configuration: {why}")).with("from", source.to_string())
    })?;
    let mut on_port: Vec<NginxServer> = all.into_iter().filter(|server| server.port == port).collect();
    match (on_port.pop(), on_port.is_empty()) {
        (Some(server), true) => Ok(Handle::seen(server, source.clone())),
        (Some(_), false) => Err(failed(format!("{path} has several servers on port {port}"))),
        (None, _) => Err(failed(format!("no server of {path} listens on port {port}"))),
    }
}

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<NginxServer>().with(functions())
}

fn functions() -> Vec<Primitive> {
    crate::primitives! { "ssh";
        /// The server of an nginx configuration file that listens on the port; an error when there is none, or several.
        read fn nginx_server on SshHost(call, host: Handle<SshHost>, path: String, port in forms::PORT: i64) -> Handle<NginxServer> { find(call, &host, &path, port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEG: &str = "# the leg\nserver {\n  listen 10.12.4.7:81;\n  location / {\n    proxy_pass http://10.12.4.58:80;  # plain\n    proxy_set_header Host $http_host;\n  }\n}\n";

    #[test]
    fn a_server_is_found_by_its_port_with_upstream_and_header() {
        let servers = servers(LEG).unwrap();
        assert_eq!(servers.len(), 1);
        assert_eq!(servers[0].port, 81);
        assert_eq!(servers[0].proxies_to, ["http://10.12.4.58:80"]);
        assert_eq!(servers[0].sends_host, ["$http_host"]);
    }

    #[test]
    fn a_commented_line_is_not_a_directive_and_a_missing_header_is_nginxs_default() {
        let text = LEG.replace("    proxy_set_header Host", "    # proxy_set_header Host");
        assert_eq!(servers(&text).unwrap()[0].sends_host, ["$proxy_host"]);
    }

    #[test]
    fn a_location_with_headers_of_its_own_inherits_none() {
        let text = "server { listen 81; proxy_set_header Host $http_host; location / { proxy_pass http://a; proxy_set_header X y; } }";
        assert_eq!(servers(text).unwrap()[0].sends_host, ["$proxy_host"]);
        let inherits = text.replace("proxy_set_header X y;", "");
        assert_eq!(servers(&inherits).unwrap()[0].sends_host, ["$http_host"]);
    }

    #[test]
    fn quotes_variables_and_blocks_are_told_apart() {
        let text = "http { server { listen [::]:81 ssl; location ~ \"^/a{2}\" { proxy_pass https://${name}/; } } }";
        let servers = servers(text).unwrap();
        assert_eq!((servers[0].port, servers[0].proxies_to[0].as_str()), (81, "https://${name}:443"));
    }

    #[test]
    fn half_a_file_is_an_error() {
        assert!(servers("server { listen 81;").is_err());
        assert!(servers("server { listen 81; } }").is_err());
        assert!(servers("listen 81").is_err());
    }
}
