//! Where new ids come from: a counter through sha256, in the formats of the real services.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A text and how many ids were drawn from it. Equal seeds draw equal ids.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// Any text.
    pub text: String,
    /// How many ids were drawn.
    pub drawn: u64,
}

impl Seed {
    /// 32 bytes that no other draw yields.
    pub(super) fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        digest(&[&self.text, &self.drawn.to_string()])
    }

    /// A UUID with dashes (Neutron, Glance, Juju).
    pub(super) fn uuid(&mut self) -> String {
        let hex = self.hex32();
        let variant = ["8", "9", "a", "b"][usize::from(hex.as_bytes()[16] % 4)];
        format!("{}-{}-4{}-{variant}{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
    }

    /// 32 hexadecimal digits (Keystone).
    pub(super) fn hex32(&mut self) -> String {
        hex(&self.draw()[..16])
    }

    /// A MAC address with the prefix that KVM gives.
    pub(super) fn mac(&mut self) -> String {
        let bytes = self.draw();
        format!("52:54:00:{:02x}:{:02x}:{:02x}", bytes[0], bytes[1], bytes[2])
    }

    /// A number that orders `key` among others as if by chance, the same each time for the same seed.
    pub(super) fn rank(&self, key: &str) -> [u8; 32] {
        digest(&[&self.text, "order", key])
    }
}

/// The bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_formats_of_the_services_and_never_repeat() {
        let mut seed = Seed::default();
        let (first, second) = (seed.uuid(), seed.uuid());
        assert_ne!(first, second);
        assert_eq!(first.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(seed.hex32().len(), 32);
        assert_eq!(seed.mac().len(), 17);
        assert_eq!(Seed::default().uuid(), first, "equal seeds draw equal ids");
    }
}
