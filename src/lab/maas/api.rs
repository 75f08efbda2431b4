//! The region's API over HTTP, for what cannot be asked through the client: a secret must not stand on a command line.
//!
//! Answered is what the client's actions answer, with the statuses that the client hides.

use super::{Call, Done, Effect, Profile, Refused, enlist};
use crate::lab::State;
use crate::lab::answer::Answer;
use crate::lab::web::{Url, header};
use crate::transport::{Http, Input, Method, Request};

/// Whether the URL belongs to the region.
pub(in crate::lab) fn serves(state: &State, url: &Url) -> bool {
    let maas = &state.maas;
    maas.listening && maas.profiles.values().any(|profile| address(profile).is_some_and(|at| at == url.authority))
}

fn address(profile: &Profile) -> Option<&str> {
    profile.url.split("://").nth(1)?.split('/').next()
}

/// Answers one call: `POST /MAAS/api/2.0/machines/` alone.
pub(in crate::lab) fn http(state: &mut State, http: &Http, url: &Url) -> Answer {
    if (http.method, url.path.as_str(), url.query.as_str()) != (Method::Post, "/MAAS/api/2.0/machines/", "") {
        return Answer::unknown(Request::from(http.clone()));
    }
    let text = |status, words: &str| Answer::served(Effect::Change, status, "text/plain; charset=utf-8", words);
    let Some(user) = user(state, http) else {
        return text(401, "Authorization Error: Invalid API key.");
    };
    let mut call = Call { state, user, at: Vec::new(), data: form(http) };
    match enlist::create(&mut call) {
        Ok(Done::Json(value)) => {
            let body = crate::lab::print::pretty(&value, 4, Some(&call.state.seed));
            Answer::served(Effect::Change, 200, "application/json; charset=utf-8", body)
        }
        Ok(Done::Text(words)) => text(200, &words),
        Ok(Done::Nothing) => text(204, ""),
        Err(refused) => text(if matches!(refused, Refused::Silent) { 403 } else { 400 }, &refused.words()),
    }
}

/// The user whose key signs the call: PLAINTEXT OAuth, whose signature is `&` and the key's last part.
fn user(state: &State, http: &Http) -> Option<String> {
    let given = header(http, "authorization")?;
    let part = |name: &str| {
        let found = given.split(['"', ',', ' ']).skip_while(|word| word.trim_end_matches('=') != name).nth(1);
        found.map(|text| text.replace("%26", ""))
    };
    let key = [part("oauth_consumer_key")?, part("oauth_token")?, part("oauth_signature")?].join(":");
    let mut profiles = state.maas.profiles.values();
    profiles.find(|profile| profile.key_is_valid && profile.key == key).map(|profile| profile.user.clone())
}

fn form(http: &Http) -> Vec<(String, String)> {
    let text = match &http.body {
        None => "",
        Some(Input::Text(text)) => text,
        Some(Input::Secret(secret)) => secret.expose(),
    };
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}
