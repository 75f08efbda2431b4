//! Certificates that the clients and runbooks of this jumphost rest on, and when they end.

use std::path::{Path, PathBuf};

use base64::Engine;
use x509_parser::prelude::{FromDer, Pem, X509Certificate};

use super::Found;
use crate::cli::WhereArgs;
use crate::host::Clock;
use crate::transport::OpenRc;

/// Days before its end from which a certificate is told.
const NEAR: i64 = 30;

/// The CA file of the OpenStack credentials, and the certificates that generated overlays carry.
pub(super) fn look(place: &WhereArgs, root: &Path) -> Vec<Found> {
    let ca = ca_file(place).map(|path| file(&path));
    let overlays = std::fs::read_dir(root.join("overlays")).into_iter().flatten().flatten();
    let mut overlays: Vec<PathBuf> = overlays.map(|entry| entry.path()).collect();
    overlays.sort();
    ca.into_iter().chain(overlays.iter().filter_map(|path| overlay(path))).collect()
}

fn ca_file(place: &WhereArgs) -> Option<PathBuf> {
    let named = match &place.openrc {
        Some(path) => OpenRc::load(path).ok()?.text("OS_CACERT").map(PathBuf::from),
        None => std::env::var_os("OS_CACERT").map(PathBuf::from),
    };
    named.filter(|path| !path.as_os_str().is_empty())
}

fn file(path: &Path) -> Found {
    match std::fs::read(path) {
        Ok(text) => ends(&path.display().to_string(), &text),
        Err(error) => Found::Lack(
            format!("the CA file {} cannot be read: {error}", path.display()),
            "fetch it again, and name it in the openrc as OS_CACERT",
        ),
    }
}

/// Charm options carry PEM texts in base64. What is secret in them is not looked at and not shown.
fn overlay(path: &Path) -> Option<Found> {
    let text = std::fs::read_to_string(path).ok()?;
    let words = text
        .split(|letter: char| letter.is_whitespace() || matches!(letter, '"' | '\''))
        .filter(|word| word.len() > 200);
    let decoded = words.filter_map(|word| base64::engine::general_purpose::STANDARD.decode(word).ok());
    let certificates: Vec<u8> = decoded.filter(|pem| pem.starts_with(b"-----BEGIN CERTIFICATE")).flatten().collect();
    (!certificates.is_empty()).then(|| ends(&path.display().to_string(), &certificates))
}

/// The earliest end among the certificates of a PEM text.
fn ends(what: &str, text: &[u8]) -> Found {
    let ends: Option<Vec<i64>> = Pem::iter_from_buffer(text)
        .map(|block| {
            let block = block.ok()?;
            X509Certificate::from_der(&block.contents).ok().map(|(_, found)| found.validity().not_after.timestamp())
        })
        .collect();
    let Some(first) = ends.as_ref().and_then(|ends| ends.iter().min()) else {
        return Found::Unknown(format!("{what} holds no certificates that could be read"));
    };
    let days = (first - Clock::seconds()).div_euclid(86_400);
    let words = format!("{what}: its first certificate ends in {days} days");
    match days {
        days if days < 0 => Found::Lack(format!("{what}: a certificate ended {} days ago", -days), "renew it first"),
        days if days < NEAR => Found::Warn(words, "renew it before it ends in the midst of a phase"),
        _ => Found::Fit(words),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn pem(days: i64) -> Vec<u8> {
        let mut wanted = rcgen::CertificateParams::new(["a.example".to_string()]).expect("a name");
        let now = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(Clock::seconds().unsigned_abs());
        wanted.not_before = (now - day(400)).into();
        wanted.not_after = if days < 0 { now - day(days) } else { now + day(days) + Duration::from_secs(3_600) }.into();
        let key = rcgen::KeyPair::generate().expect("a key");
        wanted.self_signed(&key).expect("signed").pem().into_bytes()
    }

    fn day(days: i64) -> Duration {
        Duration::from_secs(86_400 * days.unsigned_abs())
    }

    #[test]
    fn the_first_end_of_a_bundle_counts() {
        assert!(matches!(ends("a", &pem(400)), Found::Fit(words) if words.contains("400 days")));
        assert!(matches!(ends("a", &[pem(400), pem(10)].concat()), Found::Warn(words, _) if words.contains("10 days")));
        assert!(matches!(ends("a", &[pem(400), pem(-3)].concat()), Found::Lack(..)));
        assert!(matches!(ends("a", b"no PEM"), Found::Unknown(_)));
    }

    #[test]
    fn certificates_of_an_overlay_are_found_in_their_base64() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("octavia-pki.yaml");
        let encoded = base64::engine::general_purpose::STANDARD.encode(pem(10));
        std::fs::write(
            &path,
            format!("applications:\n  octavia:\n    options:\n      lb-mgmt-issuing-cacert: {encoded}\n"),
        )
        .expect("written");
        assert!(matches!(overlay(&path), Some(Found::Warn(..))));
        std::fs::write(&path, "applications: {}\n").expect("written");
        assert!(overlay(&path).is_none());
    }
}
