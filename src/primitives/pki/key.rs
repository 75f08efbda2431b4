//! Private EC keys: PKCS#8, encrypted PKCS#8 (PBES2) and SEC1. Answers whether one belongs to a certificate; nothing
//! of a key reaches an error.

use std::fmt;

use pkcs8::der::Decode;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, SecretDocument};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
};
use x509_parser::prelude::X509Certificate;

use super::certificate::{Certificate, blocks, with_x509};
use crate::host::Stop;
use crate::script::Answer;
use crate::transport::Secret;

/// The curves that the cloud's certificates use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
}

impl fmt::Display for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Curve {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Curve::P256 => "EC P-256",
            Curve::P384 => "EC P-384",
        }
    }

    fn signing(self) -> &'static EcdsaSigningAlgorithm {
        match self {
            Curve::P256 => &ECDSA_P256_SHA256_ASN1_SIGNING,
            Curve::P384 => &ECDSA_P384_SHA384_ASN1_SIGNING,
        }
    }
}

/// The curve of a certificate's key; none when it is no EC key or of another curve.
pub(super) fn curve_of(x509: &X509Certificate<'_>) -> Option<Curve> {
    let curve = x509.public_key().algorithm.parameters.as_ref()?.as_oid().ok()?;
    match curve.to_id_string().as_str() {
        "1.2.840.10045.3.1.7" => Some(Curve::P256),
        "1.3.132.0.34" => Some(Curve::P384),
        _ => None,
    }
}

/// Whether the private key in the PEM text belongs to the certificate.
pub(super) fn belongs(
    certificate: &Certificate,
    what: &str,
    pem: &[u8],
    passphrase: Option<&Secret>,
) -> Result<Answer, Stop> {
    let mut keys = blocks(what, pem)?.into_iter().filter(|block| block.label.ends_with("PRIVATE KEY"));
    let (Some(block), None) = (keys.next(), keys.next()) else {
        return Err(Stop::failed(format!("{what} does not hold one private key")));
    };
    let seen = match opened(&block.label, &block.contents, passphrase) {
        Err(words) => Err(words),
        Ok(scalar) => with_x509(certificate, |x509| matches(x509, scalar.as_bytes()))?,
    };
    Ok(Answer {
        holds: seen.is_ok(),
        wanted: format!("the private key of {}", certificate.subject),
        seen: seen.map_or_else(|words| words, |()| format!("{what} is its key ({})", certificate.key_type)),
        source: String::new(),
    })
}

/// The SEC1 form of the key; the error is in words that show nothing of it.
fn opened(label: &str, der: &[u8], passphrase: Option<&Secret>) -> Result<SecretDocument, String> {
    let unreadable = |error: pkcs8::der::Error| format!("the key cannot be read: {error}");
    match (label, passphrase) {
        ("EC PRIVATE KEY", _) => SecretDocument::try_from(der).map_err(|_| {
            "the key is encrypted in the old form of openssl; convert it: openssl pkcs8 -topk8".to_string()
        }),
        ("PRIVATE KEY", _) => inner(der).map_err(unreadable),
        ("ENCRYPTED PRIVATE KEY", None) => Err("the key is encrypted and there is no passphrase".to_string()),
        ("ENCRYPTED PRIVATE KEY", Some(passphrase)) => {
            let sealed = EncryptedPrivateKeyInfoRef::from_der(der).map_err(unreadable)?;
            let open =
                sealed.decrypt(passphrase.expose()).map_err(|_| "the passphrase does not open the key".to_string())?;
            inner(open.as_bytes()).map_err(|_| "the passphrase does not open the key".to_string())
        }
        (other, _) => Err(format!("a {other} block is no EC key in PKCS#8 or SEC1")),
    }
}

/// The SEC1 key inside PKCS#8.
fn inner(der: &[u8]) -> Result<SecretDocument, pkcs8::der::Error> {
    let info = PrivateKeyInfoRef::from_der(der)?;
    SecretDocument::try_from(info.private_key.as_bytes())
}

/// Whether the key's number makes the certificate's public point.
fn matches(x509: &X509Certificate<'_>, sec1: &[u8]) -> Result<(), String> {
    let curve = curve_of(x509).ok_or("the certificate's key is neither EC P-256 nor P-384")?;
    let key = sec1::EcPrivateKey::from_der(sec1).map_err(|error| format!("the key cannot be read: {error}"))?;
    let public = &x509.public_key().subject_public_key.data;
    let random = ring::rand::SystemRandom::new();
    let pair = EcdsaKeyPair::from_private_key_and_public_key(curve.signing(), key.private_key, public, &random);
    pair.map(drop).map_err(|_| "the key belongs to another certificate".to_string())
}
