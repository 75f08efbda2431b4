//! X.509 certificates: subject, ends, names, usages, and whether another certificate signed them.

use x509_parser::prelude::{ASN1Time, FromDer, GeneralName, ParsedExtension, Pem, X509Certificate};

use super::key::{self, Curve};
use crate::handle;
use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::primitives::net::Ip;
use crate::script::{Answer, Handle, Primitive, Source, Vocabulary};
use crate::transport::Secret;

/// The usages that have a word; others are shown by their identifiers.
pub static USAGE: Vocabulary = Vocabulary::open(
    "usage of a certificate",
    &[
        "clientAuth",
        "serverAuth",
        "codeSigning",
        "emailProtection",
        "timeStamping",
        "OCSPSigning",
        "anyExtendedKeyUsage",
    ],
);

/// The keys that have a word.
pub static KEY: Vocabulary = Vocabulary::open("type of a key", &[Curve::P256.word(), Curve::P384.word()]);

/// The algorithms that have a word.
pub static SIGNATURE: Vocabulary =
    Vocabulary::open("algorithm of a signature", &["ECDSA SHA-256", "ECDSA SHA-384", "ECDSA SHA-512", "RSA SHA-256"]);

/// Seconds in a day.
const DAY: i64 = 86_400;

handle! {
    /// An X.509 certificate.
    Certificate("pki certificate") by subject {
        /// Its subject, e.g. `CN=octavia controller`.
        subject: String,
        /// The subject of the authority that signed it.
        issuer: String,
        /// When it begins, in UTC.
        not_before: String,
        /// When it ends, in UTC.
        not_after: String,
        /// Whole days until it ends; negative when it has ended.
        days_left in forms::DAYS: i64,
        /// Whole years from its beginning to its end, each of 365 days.
        years in forms::YEARS: i64,
        /// Whether it may sign certificates: an authority with that key usage.
        is_ca: bool,
        /// DNS names in subjectAltName, sorted.
        dns: Vec<String>,
        /// IPv4 addresses in subjectAltName, sorted.
        ips: Vec<Ip>,
        /// Extended key usages in the words of RFC 5280, sorted.
        usages in USAGE: Vec<String>,
        /// The key's curve, or its algorithm's identifier.
        key_type in KEY: String,
        /// The signature's algorithm, or its identifier.
        signature in SIGNATURE: String,
    } hidden {
        /// The certificate itself.
        der: Vec<u8>,
        /// The time at which it was read, in seconds since 1970.
        now: i64,
    }
}

/// Every block of a PEM text: label and content.
pub(super) fn blocks(what: &str, text: &[u8]) -> Result<Vec<Pem>, Stop> {
    let blocks: Result<Vec<Pem>, _> = Pem::iter_from_buffer(text).collect();
    let blocks = blocks.map_err(|error| Stop::failed(format!("{what} is no sound PEM text: {error}")))?;
    if blocks.is_empty() {
        return Err(Stop::failed(format!("{what} holds no PEM block")));
    }
    Ok(blocks)
}

/// The one certificate in a PEM text.
pub(super) fn only(what: &str, text: &[u8], now: i64) -> Result<Certificate, Stop> {
    let mut found = blocks(what, text)?.into_iter().filter(|block| block.label == "CERTIFICATE");
    match (found.next(), found.count()) {
        (Some(block), 0) => certificate(what, block.contents, now),
        (Some(_), more) => Err(Stop::failed(format!("{what} holds {} certificates; one is expected", more + 1))),
        (None, _) => Err(Stop::failed(format!("{what} holds no certificate"))),
    }
}

fn parsed<'d>(what: &str, der: &'d [u8]) -> Result<X509Certificate<'d>, Stop> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        Ok((rest, _)) => Err(Stop::failed(format!("{what}: {} bytes follow the certificate", rest.len()))),
        Err(error) => Err(Stop::failed(format!("{what} is no X.509 certificate: {error}"))),
    }
}

fn certificate(what: &str, der: Vec<u8>, now: i64) -> Result<Certificate, Stop> {
    let x509 = parsed(what, &der)?;
    let (begin, end) = (x509.validity().not_before.timestamp(), x509.validity().not_after.timestamp());
    let (dns, ips) = names(&x509);
    let certificate = Certificate {
        subject: x509.subject().to_string(),
        issuer: x509.issuer().to_string(),
        not_before: day(what, x509.validity().not_before)?,
        not_after: day(what, x509.validity().not_after)?,
        days_left: (end - now).div_euclid(DAY),
        years: (end - begin).div_euclid(365 * DAY),
        is_ca: signs(&x509),
        dns,
        ips,
        usages: usages(&x509),
        key_type: key::curve_of(&x509)
            .map_or_else(|| oid(x509.public_key().algorithm.oid()), |curve| curve.to_string()),
        signature: signature(&x509),
        der: Vec::new(),
        now,
    };
    drop(x509);
    Ok(Certificate { der, ..certificate })
}

fn day(what: &str, time: ASN1Time) -> Result<String, Stop> {
    let time = jiff::Timestamp::from_second(time.timestamp());
    time.map(|time| time.to_string()).map_err(|error| Stop::failed(format!("{what} has a date out of range: {error}")))
}

fn oid(oid: &x509_parser::der_parser::asn1_rs::Oid<'_>) -> String {
    oid.to_id_string()
}

fn signature(x509: &X509Certificate<'_>) -> String {
    match oid(&x509.signature_algorithm.algorithm).as_str() {
        "1.2.840.10045.4.3.2" => "ECDSA SHA-256".to_string(),
        "1.2.840.10045.4.3.3" => "ECDSA SHA-384".to_string(),
        "1.2.840.10045.4.3.4" => "ECDSA SHA-512".to_string(),
        "1.2.840.113549.1.1.11" => "RSA SHA-256".to_string(),
        other => other.to_string(),
    }
}

/// An authority; where key usage is given, it must allow signing.
fn signs(x509: &X509Certificate<'_>) -> bool {
    let is_ca = matches!(x509.basic_constraints(), Ok(Some(constraints)) if constraints.value.ca);
    let may_sign = match x509.key_usage() {
        Ok(Some(usage)) => usage.value.key_cert_sign(),
        Ok(None) => true,
        Err(_) => false,
    };
    is_ca && may_sign
}

fn names(x509: &X509Certificate<'_>) -> (Vec<String>, Vec<Ip>) {
    let (mut dns, mut ips) = (Vec::new(), Vec::new());
    for extension in x509.extensions() {
        let ParsedExtension::SubjectAlternativeName(names) = extension.parsed_extension() else { continue };
        for name in &names.general_names {
            match name {
                GeneralName::DNSName(name) => dns.push((*name).to_string()),
                GeneralName::IPAddress(bytes) => {
                    ips.extend(<[u8; 4]>::try_from(*bytes).map(|octets| Ip(octets.into())));
                }
                _ => {}
            }
        }
    }
    dns.sort();
    ips.sort();
    (dns, ips)
}

fn usages(x509: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(usage)) = x509.extended_key_usage() else { return Vec::new() };
    let usage = usage.value;
    let words = [
        (usage.any, "anyExtendedKeyUsage"),
        (usage.client_auth, "clientAuth"),
        (usage.code_signing, "codeSigning"),
        (usage.email_protection, "emailProtection"),
        (usage.ocsp_signing, "OCSPSigning"),
        (usage.server_auth, "serverAuth"),
        (usage.time_stamping, "timeStamping"),
    ];
    words
        .into_iter()
        .filter(|(set, _)| *set)
        .map(|(_, word)| word.to_string())
        .chain(usage.other.iter().map(oid))
        .collect()
}

/// Whether `authority` signed `certificate`: names, signature, and that it may sign.
pub(super) fn signed_by(certificate: &Certificate, authority: &Certificate) -> Result<Answer, Stop> {
    let (leaf, root) = (parsed("the certificate", &certificate.der)?, parsed("the authority", &authority.der)?);
    let seen = if leaf.issuer().as_raw() != root.subject().as_raw() {
        Err(format!("it names {} as its issuer", certificate.issuer))
    } else if !authority.is_ca {
        Err(format!("{} is no authority that may sign", authority.subject))
    } else {
        let verified = leaf.verify_signature(Some(root.public_key()));
        verified.map_err(|error| format!("the signature does not verify: {error}"))
    };
    Ok(Answer {
        holds: seen.is_ok(),
        wanted: format!("{} signed by {}", certificate.subject, authority.subject),
        seen: seen.err().unwrap_or_else(|| format!("signed by {} ({})", authority.subject, certificate.signature)),
        source: String::new(),
    })
}

/// Whether the certificate counts at the run's time.
pub(super) fn valid_now(certificate: &Certificate) -> Result<Answer, Stop> {
    let x509 = parsed("the certificate", &certificate.der)?;
    let (begin, end) = (x509.validity().not_before.timestamp(), x509.validity().not_after.timestamp());
    Ok(Answer {
        holds: begin <= certificate.now && certificate.now <= end,
        wanted: "a certificate that has begun and has not ended".to_string(),
        seen: format!("{} to {}, {} days left", certificate.not_before, certificate.not_after, certificate.days_left),
        source: String::new(),
    })
}

/// Adds the source and records what was told.
pub(super) fn tell(call: &Call<'_>, key: &str, answer: Answer, source: &str) -> Answer {
    call.tell(key, key, &rhai::Dynamic::from(answer.holds), source);
    Answer { source: source.to_string(), ..answer }
}

pub(super) fn functions() -> Vec<Primitive> {
    crate::primitives! { "pki";
        /// The one certificate in a PEM text.
        read fn certificate as "certificate" (call, pem: String) -> Handle<Certificate> {
            let certificate = only("the text", pem.as_bytes(), call.host.session.now())?;
            Ok(Handle::seen(certificate, Source::from("a PEM text")))
        }
        /// Whether the authority signed the certificate: issuer, signature, and that the authority may sign.
        read fn signed_by on Certificate(call, certificate: Handle<Certificate>, authority: Handle<Certificate>) -> Answer {
            let (leaf, root) = (certificate.now()?, authority.now()?);
            let both = [&leaf.der[..], &root.der[..]].concat();
            let answer = call.made("signature of certificates", &both, || signed_by(leaf, root))?;
            Ok(tell(call, &format!("{} signed by {}", certificate.identity(), authority.identity()), answer, &certificate.source()))
        }
        /// Whether the certificate has begun and has not ended.
        read fn valid_now on Certificate(call, certificate: Handle<Certificate>) -> Answer {
            let answer = valid_now(certificate.now()?)?;
            Ok(tell(call, &format!("{} is valid", certificate.identity()), answer, &certificate.source()))
        }
        /// Whether the private key (PEM, PKCS#8 or SEC1, EC; encrypted PKCS#8 with its passphrase) belongs to the
        /// certificate. The key is never shown.
        read fn has_key on Certificate(call, certificate: Handle<Certificate>, private_key: Secret, passphrase: Option<Secret>) -> Answer {
            let answer = key::belongs(certificate.now()?, "the key", private_key.expose().as_bytes(), passphrase.as_ref())?;
            Ok(tell(call, &format!("key of {}", certificate.identity()), answer, &certificate.source()))
        }
    }
}

/// The certificate's own form, for keys.
pub(super) fn with_x509<R>(certificate: &Certificate, ask: impl FnOnce(&X509Certificate<'_>) -> R) -> Result<R, Stop> {
    parsed("the certificate", &certificate.der).map(|x509| ask(&x509))
}
