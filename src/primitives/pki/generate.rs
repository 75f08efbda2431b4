//! Octavia's certificates made anew: two authorities whose keys are encrypted, each with a passphrase of its own, and a
//! controller certificate. What is made goes straight into files of mode 600; nothing of it is told.

use std::cell::RefCell;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pkcs8::der::Decode;
use pkcs8::der::pem::LineEnding;
use pkcs8::{PrivateKeyInfoRef, SecretDocument};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, SanType,
};
use ring::rand::SecureRandom;

use super::overlay::{self, OctaviaPki};
use crate::host::{Call, Ensure, Stop};
use crate::options;
use crate::primitives::forms;
use crate::primitives::jumphost;
use crate::primitives::net::Ip;
use crate::script::{Handle, Limits, Measure, Primitive, Source};
use crate::transport::{Command, Input, Request, Secret};

/// Rounds of PBKDF2. The passphrase has 256 bits of its own, so they add little.
const ROUNDS: u32 = 10_000;

/// Years that a certificate lasts.
static YEARS: Limits = Limits::between("years of a certificate", 1, 100).counted_in(Measure::YEARS);

options! {
    /// What is made.
    OverlaySpec {
        /// The folder under the home directory for keys, certificates and passphrases; mode 700.
        folder in forms::HOME: String,
        /// The organisation in the subjects.
        organisation: String,
        /// The names in the controller certificate, the first as its subject.
        names: Vec<String>,
        /// The addresses in it.
        addresses: Vec<Ip>,
        /// Years that the authorities last.
        authority_years in YEARS: i64 = 10,
        /// Years that the controller certificate lasts.
        controller_years in YEARS: i64 = 2,
    }
}

/// An authority with its key, encrypted, and the passphrase that opens it.
struct Authority {
    certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
    key: Secret,
    passphrase: Secret,
}

/// Everything that was made, as files.
struct Made {
    overlay: Secret,
    /// Name in the folder, and content.
    files: Vec<(&'static str, Secret)>,
}

fn broken(error: impl std::fmt::Display) -> Stop {
    // The words of these libraries name kinds and sizes, never a key.
    Stop::failed(format!("certificates could not be made: {error}"))
}

/// The key, encrypted with AES-256 under what PBKDF2 makes of the passphrase.
fn encrypted(der: &[u8], passphrase: &Secret) -> Result<SecretDocument, Stop> {
    let (mut salt, mut iv) = ([0_u8; 16], [0_u8; 16]);
    let random = ring::rand::SystemRandom::new();
    random.fill(&mut salt).and_then(|()| random.fill(&mut iv)).map_err(broken)?;
    let how = pkcs8::pkcs5::pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &salt, iv).map_err(broken)?;
    let key = PrivateKeyInfoRef::from_der(der).map_err(broken)?;
    key.encrypt_with_params(how, passphrase.expose()).map_err(broken)
}

/// 32 bytes that nobody can guess, in base64: 44 characters.
fn passphrase() -> Result<Secret, Stop> {
    let mut bytes = [0_u8; 32];
    ring::rand::SystemRandom::new().fill(&mut bytes).map_err(broken)?;
    Ok(Secret::new(STANDARD.encode(bytes)))
}

fn params(spec: &OverlaySpec, name: &str, now: i64, years: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    let begin = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(now.unsigned_abs().saturating_sub(300));
    params.not_before = begin;
    params.not_after = begin + Duration::from_secs(years.unsigned_abs() * 365 * 86400);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, spec.organisation.clone());
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority(spec: &OverlaySpec, name: &str, now: i64) -> Result<Authority, Stop> {
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).map_err(broken)?;
    let mut params = params(spec, name, now, spec.authority_years);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign, KeyUsagePurpose::DigitalSignature];
    let certificate = params.self_signed(&pair).map_err(broken)?;
    let passphrase = passphrase()?;
    let key = encrypted(pair.serialized_der(), &passphrase)?;
    let key = key.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF).map_err(broken)?;
    Ok(Authority { certificate, issuer: Issuer::new(params, pair), key: Secret::new(key.to_string()), passphrase })
}

fn make(spec: &OverlaySpec, now: i64) -> Result<Made, Stop> {
    let issuing = authority(spec, "Octavia issuing CA", now)?;
    let controlling = authority(spec, "Octavia controller CA", now)?;
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(broken)?;
    let first = spec.names.first().ok_or_else(|| Stop::script("a controller certificate needs a name"))?;
    let mut params = params(spec, first, now, spec.controller_years);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
    for name in &spec.names {
        params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into().map_err(broken)?));
    }
    params.subject_alt_names.extend(spec.addresses.iter().map(|address| SanType::IpAddress(address.0.into())));
    let controller = params.signed_by(&pair, &controlling.issuer).map_err(broken)?;
    let bundle = Secret::new(format!("{}{}", controller.pem(), pair.serialize_pem()));
    Ok(Made { overlay: text(&issuing, &controlling, &bundle), files: files(issuing, controlling, bundle) })
}

/// The overlay: four options in base64 of PEM, and the passphrase as it is.
fn text(issuing: &Authority, controlling: &Authority, bundle: &Secret) -> Secret {
    let packed = |text: &str| STANDARD.encode(text);
    Secret::new(format!(
        "applications:\n  octavia:\n    options:\n      lb-mgmt-issuing-cacert: {}\n      lb-mgmt-issuing-ca-private-key: {}\n      \
         lb-mgmt-issuing-ca-key-passphrase: {}\n      lb-mgmt-controller-cacert: {}\n      lb-mgmt-controller-cert: {}\n",
        packed(&issuing.certificate.pem()),
        packed(issuing.key.expose()),
        issuing.passphrase.expose(),
        packed(&controlling.certificate.pem()),
        packed(bundle.expose()),
    ))
}

fn files(issuing: Authority, controlling: Authority, bundle: Secret) -> Vec<(&'static str, Secret)> {
    vec![
        ("issuing-ca.pem", Secret::new(issuing.certificate.pem())),
        ("issuing-ca.key", issuing.key),
        ("issuing-ca.passphrase", issuing.passphrase),
        ("controller-ca.pem", Secret::new(controlling.certificate.pem())),
        ("controller-ca.key", controlling.key),
        ("controller-ca.passphrase", controlling.passphrase),
        ("controller.pem", bundle),
    ]
}

fn install(path: &str, text: &Input) -> Request {
    Command::new("install", ["-m", "600", "/dev/stdin", path]).stdin(text.clone()).into()
}

fn compare(path: &str, text: &Input) -> Request {
    Command::new("cmp", ["-s", "-", path]).stdin(text.clone()).into()
}

/// The overlay, beside the keys that it was made with.
const COPY: &str = "octavia-pki.yaml";

/// Says that the files beside it are of a run that has not come to its end, while there is no copy of the overlay.
const UNFINISHED: &str = "unfinished";

/// Every file, held to what was made, the overlay last: while it is not there, nothing uses what is half made.
fn requests(path: &str, spec: &OverlaySpec, made: &Made) -> Vec<Request> {
    let folder = Command::new("install", ["-d", "-m", "700", &spec.folder]);
    let inside = |name: &str| format!("{}/{name}", spec.folder);
    let begun = Input::Text(format!("Files beside this one were never used, unless {COPY} is there too.\n"));
    let first = [install(&inside(UNFINISHED), &begun), compare(&inside(UNFINISHED), &begun)];
    let files: Vec<(String, Input)> =
        made.files.iter().map(|(name, text)| (inside(name), Input::Secret(text.clone()))).collect();
    let written = files.iter().map(|(path, text)| install(path, text));
    let held = files.iter().map(|(path, text)| compare(path, text));
    let overlay = Input::Secret(made.overlay.clone());
    let last = [inside(COPY), path.to_string()];
    let last = last.iter().flat_map(|path| [install(path, &overlay), compare(path, &overlay)]);
    std::iter::once(folder.into()).chain(first).chain(written).chain(held).chain(last).collect()
}

/// Keys are never made over others: a cloud that runs may need those. What a broken run of ours left is no such key.
fn must_be_ours_to_make(call: &Call<'_>, path: &str, spec: &OverlaySpec, made: &Made) -> Result<(), Stop> {
    let copy = format!("{}/{COPY}", spec.folder);
    if !jumphost::is_free(call, &copy)? {
        return Err(Stop::refused(format!("these certificates were made already; {path} is not here, and {copy} is"))
            .with("means", "a cloud that runs may have them: new ones would not fit it")
            .with("next", format!("bring it back: install -m 600 {copy} {path}")));
    }
    if !jumphost::is_free(call, &format!("{}/{UNFINISHED}", spec.folder))? {
        return Ok(());
    }
    made.files.iter().try_for_each(|(name, _)| {
        let file = format!("{}/{name}", spec.folder);
        let may_hold = "it may belong to a cloud that runs: the overlay that was made with it is not here";
        jumphost::must_be_free(call, &file, may_hold)
    })
}

/// Refuses what would be of no use, before anything is made.
fn can_be_made(path: &str, spec: &OverlaySpec) -> Result<(), Stop> {
    let years = spec.authority_years.min(spec.controller_years);
    if !path.starts_with("overlays/") || !spec.folder.starts_with("/home/") || spec.names.is_empty() || years < 1 {
        return Err(Stop::script(
            "the overlay lies under overlays/, the keys under /home, and the controller certificate has a name and a year or more",
        ));
    }
    if spec.controller_years > spec.authority_years {
        return Err(Stop::script("the controller certificate would outlive the authority that signs it")
            .with("controller_years", spec.controller_years.to_string())
            .with("authority_years", spec.authority_years.to_string()));
    }
    Ok(())
}

fn ensure(call: &Call<'_>, path: &str, spec: &OverlaySpec) -> Result<Handle<OctaviaPki>, Stop> {
    can_be_made(path, spec)?;
    let session = &call.host.session;
    let made = RefCell::new(None);
    let read = || match call.input(path) {
        Some(bytes) => Ok(Some(Handle::seen(overlay::parse(path, &bytes)?, Source::from(path)))),
        None => Ok(None),
    };
    let work = Ensure::new(path, "Octavia needs certificates of its own", read)
        .equal("path", path.to_string())
        .by(|_| {
            let fresh = make(spec, session.now())?;
            must_be_ours_to_make(call, path, spec, &fresh)?;
            let requests = requests(path, spec, &fresh);
            made.replace(Some(fresh.overlay));
            Ok(requests)
        })
        .then(&[], |_| {
            if let Some(text) = made.borrow().as_ref() {
                session.add_input(path, text.expose().as_bytes());
            }
            Ok(Vec::new())
        });
    call.ensure(work)
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "pki";
        /// Makes the octavia-pki overlay where there is none: two EC P-384 authorities with encrypted keys, a P-256
        /// controller certificate, and the overlay with the five options. Files of mode 600 in a folder of mode 700;
        /// one that is there is never replaced, the keys without their overlay neither, and nothing is shown.
        #[seen_by("pki::octavia_overlay", "OctaviaPki.keys", "OctaviaPki.controller")]
        change fn ensure_octavia_overlay(call, path: String, spec: OverlaySpec) -> Handle<OctaviaPki> { ensure(call, &path, &spec) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_212_000;

    fn spec() -> OverlaySpec {
        OverlaySpec {
            folder: "/home/operator/octavia-pki".into(),
            organisation: "Omega".into(),
            names: vec!["octavia-controller.example".into(), "octavia.example".into()],
            addresses: vec!["10.12.4.57".parse().expect("an address")],
            authority_years: 10,
            controller_years: 2,
        }
    }

    #[test]
    fn what_is_made_passes_every_check_of_an_overlay() {
        let made = make(&spec(), NOW).expect("certificates");
        let overlay = overlay::parse("overlays/octavia-pki.yaml", made.overlay.expose().as_bytes()).expect("sound");
        assert_eq!((overlay.keys.len(), overlay.encoded.len(), overlay.is_ascii), (5, 4, true));
        assert!(overlay.passphrase().unwrap().holds);
        assert!(overlay.issuing_key(NOW).unwrap().holds && overlay.controller_key(NOW).unwrap().holds);
        let controller = overlay.certificate("lb-mgmt-controller-cert", NOW).unwrap();
        assert_eq!(controller.dns, ["octavia-controller.example", "octavia.example"]);
        assert!((728..=730).contains(&controller.days_left), "{}", controller.days_left);
    }

    #[test]
    fn a_certificate_does_not_outlive_its_authority() {
        let path = "overlays/octavia-pki.yaml";
        assert!(can_be_made(path, &spec()).is_ok());
        assert!(can_be_made(path, &OverlaySpec { controller_years: 10, ..spec() }).is_ok());
        let stop = can_be_made(path, &OverlaySpec { controller_years: 24, ..spec() }).expect_err("24 of 10 years");
        assert_eq!(stop.what, "the controller certificate would outlive the authority that signs it");
        assert!(can_be_made("elsewhere.yaml", &spec()).is_err());
    }

    #[test]
    fn every_passphrase_is_another_and_nothing_is_printed() {
        let made = make(&spec(), NOW).expect("certificates");
        let text = |name: &str| made.files.iter().find(|(known, _)| *known == name).unwrap().1.expose().to_string();
        assert_ne!(text("issuing-ca.passphrase"), text("controller-ca.passphrase"));
        assert_eq!(text("controller-ca.passphrase").len(), 44);
        assert!(text("controller-ca.key").starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
        let shown: String = requests("overlays/x.yaml", &spec(), &made)
            .iter()
            .map(|request| format!("{request} {request:?}"))
            .collect();
        assert!(!shown.contains("BEGIN") && !shown.contains(&text("issuing-ca.passphrase")), "{shown}");
    }
}
