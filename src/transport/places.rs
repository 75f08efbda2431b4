//! The places where programs print secrets: keys of JSON, YAML and ini texts, headers, URLs, PEM private keys, and
//! tokens that can be told by their shape.
//!
//! A text is copied byte by byte except for what is hidden, so that a reply keeps its format; half a JSON stays half.

use super::redact::MASK;

/// The text with every known place hidden. A text within a JSON string is unescaped and goes through `known` first,
/// which hides known values, at whatever depth.
pub(super) fn mask(text: &str, known: &dyn Fn(&str) -> String) -> String {
    let text = private_keys(text);
    let text = if text.contains(['{', '[', '"']) { Json::mask(&text, known) } else { text };
    tokens(&user_info(&assignments(&lines(&text))))
}

/// True of a key whose value is a secret, however it is spelt: `admin-password`, `OS_PASSWORD`, `rootToken`.
pub(super) fn conceals(key: &str) -> bool {
    const ENDINGS: [&str; 17] = [
        "password",
        "passwd",
        "passphrase",
        "passcode",
        "token",
        "apikey",
        "privatekey",
        "secretkey",
        "accesskey",
        "consumerkey",
        "clientsecret",
        "credentialsecret",
        "sharedsecret",
        "secretid",
        "powerpass",
        "oauthsignature",
        "transporturl",
    ];
    const WHOLE: [&str; 7] =
        ["secret", "pass", "authorization", "proxyauthorization", "cookie", "keysbase64", "macaroons"];
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    WHOLE.contains(&plain.as_str())
        || ENDINGS.iter().any(|ending| plain.ends_with(ending))
        || plain.starts_with("unsealkey")
}

fn private_keys(text: &str) -> String {
    let (mut masked, mut rest) = (String::new(), text);
    while let Some(begin) = rest.find("-----BEGIN ") {
        let label = begin + "-----BEGIN ".len();
        let Some(dashes) = rest[label..].find("-----") else { break };
        let body = label + dashes + 5;
        let is_private = rest[label..body].contains("PRIVATE KEY");
        masked.push_str(&rest[..body]);
        let end = rest[body..].find("-----END ").map_or(rest.len(), |end| body + end);
        masked.push_str(if is_private { MASK } else { &rest[body..end] });
        rest = &rest[end..];
        let past = rest.len().min("-----END ".len());
        masked.push_str(&rest[..past]);
        rest = &rest[past..];
    }
    masked + rest
}

/// A JSON text, walked token by token; what is not JSON is copied.
struct Json<'a> {
    text: &'a str,
    known: &'a dyn Fn(&str) -> String,
    masked: String,
    nesting: Vec<Level>,
}

struct Level {
    is_object: bool,
    /// The whole value hangs below a key that conceals.
    concealed: bool,
    key: Option<String>,
}

impl<'a> Json<'a> {
    fn mask(text: &'a str, known: &'a dyn Fn(&str) -> String) -> String {
        let mut json = Json { text, known, masked: String::with_capacity(text.len()), nesting: Vec::new() };
        let mut at = 0;
        while at < text.len() {
            at = json.step(at);
        }
        json.masked
    }

    /// Copies or hides one token and answers where the next begins.
    fn step(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let Some(c) = rest.chars().next() else { return self.text.len() };
        match c {
            '{' | '[' => {
                let concealed = self.is_concealed();
                self.nesting.push(Level { is_object: c == '{', concealed, key: None });
            }
            '}' | ']' => drop(self.nesting.pop()),
            ',' => self.nesting.last_mut().into_iter().for_each(|level| level.key = None),
            '"' => return self.string(at),
            '0'..='9' | '-' if self.is_concealed() => return self.number(at),
            _ => {}
        }
        self.masked.push(c);
        at + c.len_utf8()
    }

    fn string(&mut self, at: usize) -> usize {
        let end = end_of_string(self.text, at);
        let token = &self.text[at..end];
        let follows_colon = self.text[end..].trim_start().starts_with(':');
        let is_key = self.nesting.last().is_some_and(|level| level.is_object && level.key.is_none()) && follows_colon;
        if is_key {
            let key = Some(token.trim_matches('"').to_string());
            self.nesting.last_mut().into_iter().for_each(|level| level.key = key.clone());
            self.masked.push_str(token);
        } else if token.len() > 2 && self.is_concealed() {
            self.push_masked(token);
        } else {
            self.masked.push_str(&within_string(token, self.known));
        }
        end
    }

    fn number(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).unwrap_or(rest.len());
        self.masked.push('"');
        self.masked.push_str(MASK);
        self.masked.push('"');
        at + length
    }

    /// A token that broke off stays broken off.
    fn push_masked(&mut self, token: &str) {
        self.masked.push('"');
        self.masked.push_str(MASK);
        if token.ends_with('"') {
            self.masked.push('"');
        }
    }

    /// Below a key that conceals, everything is hidden in a list, and the value itself in an object: a Juju option
    /// keeps its type and its description.
    fn is_concealed(&self) -> bool {
        let Some(level) = self.nesting.last() else { return false };
        match &level.key {
            Some(key) if level.concealed => {
                ["value", "default", "content", "data"].contains(&key.to_lowercase().as_str())
            }
            Some(key) => conceals(key),
            None => level.concealed && !level.is_object,
        }
    }
}

fn end_of_string(text: &str, begin: usize) -> usize {
    let mut escaped = false;
    for (at, c) in text[begin + 1..].char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return begin + 1 + at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A string may hold a text of its own: what an action printed, a file's content, JSON within JSON.
fn within_string(token: &str, known: &dyn Fn(&str) -> String) -> String {
    if !token.contains([':', '=', '\\']) {
        return token.to_string();
    }
    let Ok(inner) = serde_json::from_str::<String>(token) else { return token.to_string() };
    let masked = mask(&known(&inner), known);
    if masked == inner { token.to_string() } else { serde_json::Value::from(masked).to_string() }
}

/// `key: value`, `key = value` and headers, a line each; a YAML block below a key is hidden line by line.
fn lines(text: &str) -> String {
    let mut block: Option<usize> = None;
    text.split_inclusive('\n').map(|line| mask_line(line, &mut block)).collect()
}

fn mask_line(line: &str, block: &mut Option<usize>) -> String {
    let body = line.trim_end_matches(['\n', '\r']);
    let indent = body.len() - body.trim_start().len();
    if let Some(outer) = *block {
        if body.trim().is_empty() || indent > outer {
            return if body.trim().is_empty() { line.into() } else { line.replacen(body.trim(), MASK, 1) };
        }
        *block = None;
    }
    let Some((key, value)) = key_and_value(body) else { return line.to_string() };
    if key.eq_ignore_ascii_case("set-cookie") {
        return line.replacen(value, &cookie(value), 1);
    }
    if !conceals(key) {
        return line.to_string();
    }
    match value {
        "" | "|" | "|-" | "|+" | ">" | ">-" => *block = Some(indent),
        "''" | "\"\"" | "null" | "~" | "true" | "false" | MASK => {}
        value => return format!("{}{MASK}{}", &line[..offset(line, value)], &line[body.len()..]),
    }
    line.to_string()
}

fn key_and_value(body: &str) -> Option<(&str, &str)> {
    let text = body.trim_start().trim_start_matches("- ");
    let text = text.strip_prefix("export ").unwrap_or(text);
    let (key, value) = text.split_at(text.find([':', '='])?);
    let key = key.trim().trim_matches('\'');
    let spaced = if value.starts_with(':') { "_-. " } else { "_-." };
    let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || spaced.contains(c));
    (plain && !key.is_empty() && !value.starts_with("://")).then(|| (key, value[1..].trim()))
}

/// Where a part that was cut from the line begins in it.
fn offset(line: &str, part: &str) -> usize {
    part.as_ptr() as usize - line.as_ptr() as usize
}

/// The cookie's name and attributes stay: they are what is judged.
pub(super) fn cookie(value: &str) -> String {
    let (pair, attributes) = value.split_at(value.find(';').unwrap_or(value.len()));
    match pair.split_once('=') {
        Some((name, content)) if !content.is_empty() => format!("{name}={MASK}{attributes}"),
        _ => value.to_string(),
    }
}

/// `--password=x`, `?token=x&`, `power_pass=x` anywhere in a line.
fn assignments(text: &str) -> String {
    let (mut masked, mut done) = (String::new(), 0);
    for (at, _) in text.match_indices('=') {
        if at < done {
            continue;
        }
        let key_begin = text[..at].rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
        let key =
            &text[key_begin.map_or(0, |before| before + text[before..].chars().next().map_or(1, char::len_utf8))..at];
        let value = &text[at + 1..];
        let value =
            &value[..value.find(|c: char| c.is_whitespace() || "&;,\"'<>\\()".contains(c)).unwrap_or(value.len())];
        if value.is_empty() || !conceals(key) {
            continue;
        }
        masked.push_str(&text[done..=at]);
        masked.push_str(MASK);
        done = at + 1 + value.len();
    }
    masked + &text[done..]
}

/// `scheme://user:password@host`.
fn user_info(text: &str) -> String {
    let (mut masked, mut done) = (String::new(), 0);
    for (at, _) in text.match_indices("://") {
        let begin = at + 3;
        let authority = &text[begin..];
        let authority = &authority
            [..authority.find(|c: char| c.is_whitespace() || "/\"'<>".contains(c)).unwrap_or(authority.len())];
        let Some((user, _)) = authority.rsplit_once('@').and_then(|(info, _)| info.split_once(':')) else { continue };
        let host = authority.rfind('@').unwrap_or(0);
        masked.push_str(&text[done..begin + user.len() + 1]);
        masked.push_str(MASK);
        done = begin + host;
    }
    masked + &text[done..]
}

/// Words that are tokens by their shape.
fn tokens(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_-.:".contains(c);
    let (mut masked, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(begin) = rest.find(is_part) {
        let length = rest[begin..].find(|c| !is_part(c)).unwrap_or(rest.len() - begin);
        let word = &rest[begin..begin + length];
        let bare = word.trim_end_matches(['.', ':']);
        masked.push_str(&rest[..begin]);
        masked.push_str(if is_token(bare) { MASK } else { bare });
        masked.push_str(&word[bare.len()..]);
        rest = &rest[begin + length..];
    }
    masked + rest
}

fn is_token(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    let alphanumeric = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_maas_key = parts.len() == 3
        && [18, 18, 32].iter().zip(&parts).all(|(length, part)| part.len() == *length && alphanumeric(part));
    let after = |prefix: &str, shortest: usize| word.strip_prefix(prefix).is_some_and(|rest| rest.len() >= shortest);
    let is_old_vault = word.strip_prefix("s.").is_some_and(|rest| rest.len() == 24 && alphanumeric(rest));
    let is_web_token = word.starts_with("eyJ") && word.len() >= 40 && word.matches('.').count() == 2;
    is_maas_key
        || is_old_vault
        || is_web_token
        || after("hvs.", 20)
        || after("hvb.", 20)
        || after("nbt_", 12)
        || after("gAAAAA", 50)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(text: &str, wanted: &str) {
        assert_eq!(mask(text, &str::to_string), wanted);
        assert_eq!(mask(wanted, &str::to_string), wanted, "masking twice changes nothing");
    }

    #[track_caller]
    fn stays(text: &str) {
        becomes(text, text);
    }

    #[test]
    fn json_values_below_telling_keys() {
        becomes(r#"{"password": "x", "n": 1}"#, r#"{"password": "(secret)", "n": 1}"#);
        becomes(
            r#"{"a":{"admin-password":{"type":"string","value":"x"}}}"#,
            r#"{"a":{"admin-password":{"type":"string","value":"(secret)"}}}"#,
        );
        becomes(
            r#"{"unseal_keys_b64":["a","b"],"x":["c"]}"#,
            r#"{"unseal_keys_b64":["(secret)","(secret)"],"x":["c"]}"#,
        );
        becomes(r#"{"pin-passcode": 1234}"#, r#"{"pin-passcode": "(secret)"}"#);
        becomes(
            "{\n  \"root_token\": \"x\",\n  \"b\": [1, 2]\n}\n",
            "{\n  \"root_token\": \"(secret)\",\n  \"b\": [1, 2]\n}\n",
        );
        becomes(
            r#"{"results":{"stdout":"a: b\npassword: x\n"}}"#,
            r#"{"results":{"stdout":"a: b\npassword: (secret)\n"}}"#,
        );
    }

    #[test]
    fn half_a_json_stays_half() {
        becomes(r#"{"a": [1, {"token": "abc"#, r#"{"a": [1, {"token": "(secret)"#);
        stays(r#"{"a": [1, {"b": "abc"#);
    }

    #[test]
    fn what_is_no_secret_stays() {
        stays(r#"{"endpoint-bindings":{"secrets-storage":"metal-internal","":"metal-admin"}}"#);
        stays(r#"{"password": "", "token": null, "secret": true, "token_ttl": 300, "public_key": "ssh-rsa AAAA"}"#);
        stays("'secrets-storage' incomplete");
        stays("deb http://archive.ubuntu.com:80/ubuntu 10.12.4.0/22 2001:db8::1 52:54:00:00:00:01");
        stays("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
        stays("Set-Cookie: a\nx: \"unclosed {\n");
        stays("the password is asked for\n");
    }

    #[test]
    fn lines_of_yaml_ini_and_headers() {
        becomes("admin-password: x y # z\nother: 1\n", "admin-password: (secret)\nother: 1\n");
        becomes("  export OS_PASSWORD='x'\n", "  export OS_PASSWORD=(secret)\n");
        becomes("rabbit_password = x\r\nb = c", "rabbit_password = (secret)\r\nb = c");
        becomes("Authorization: Token abc\nAccept: x\n", "Authorization: (secret)\nAccept: x\n");
        becomes("X-Subject-Token: abc", "X-Subject-Token: (secret)");
        becomes("Unseal Key 1: abc\nInitial Root Token: x", "Unseal Key 1: (secret)\nInitial Root Token: (secret)");
        becomes("ssl-private-key: |\n  abc\n  def\nnext: 1\n", "ssl-private-key: |\n  (secret)\n  (secret)\nnext: 1\n");
        becomes("Set-Cookie: sid=abc; Path=/; HttpOnly", "Set-Cookie: sid=(secret); Path=/; HttpOnly");
    }

    #[test]
    fn arguments_and_addresses() {
        becomes("x --password=abc --name=d", "x --password=(secret) --name=d");
        becomes("GET http://h/x?token=abc&limit=5", "GET http://h/x?token=(secret)&limit=5");
        becomes("rabbit://user:pa@ss@10.0.0.1:5672/", "rabbit://user:(secret)@10.0.0.1:5672/");
        stays("http://10.0.0.1:5240/MAAS/api/2.0/ user@host ssh://user@host/");
    }

    #[test]
    fn tokens_by_their_shape() {
        let maas = format!("{}:{}:{}", "a".repeat(18), "B".repeat(18), "1".repeat(32));
        becomes(&format!("key {maas}."), "key (secret).");
        becomes(&format!("s.{}", "a1".repeat(12)), MASK);
        becomes(&format!("\"hvs.{}\"", "a-".repeat(12)), "\"(secret)\"");
        becomes(&format!("gAAAAA{}", "x_".repeat(40)), MASK);
        stays("52:54:00:aa:bb:cc e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn private_keys_go_whole_or_torn() {
        let key = |body: &str| format!("a\n-----BEGIN RSA PRIVATE KEY-----{body}-----END RSA PRIVATE KEY-----\nb");
        becomes(&key("\nabc\ndef\n"), &key(MASK));
        becomes("-----BEGIN PRIVATE KEY-----\nabc", "-----BEGIN PRIVATE KEY-----(secret)");
    }
}
