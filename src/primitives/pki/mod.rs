//! Certificates and keys: what a certificate says, who signed it, and whether a key belongs to it.
//!
//! It reads texts that others brought, and makes Octavia's where there are none. A key or passphrase stays in its own type and leaves as an answer alone.

mod certificate;
mod generate;
mod key;
mod overlay;

use certificate::Certificate;
use overlay::OctaviaPki;

use crate::script::Declared;

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.object::<Certificate>()
        .object::<OctaviaPki>()
        .with(certificate::functions())
        .with(overlay::functions())
        .with(generate::functions())
}

#[cfg(test)]
mod tests;
