use super::certificate::{only, signed_by, valid_now};
use super::key::belongs;
use super::overlay::{self, OctaviaPki};
use crate::transport::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// 2026-12-01, within the life of the fixture's certificates.
const NOW: i64 = 1_796_083_200;

fn text() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/lab/overlays/octavia-pki.yaml");
    std::fs::read_to_string(path).expect("the fixture")
}

fn overlay() -> OctaviaPki {
    overlay::parse("overlays/octavia-pki.yaml", text().as_bytes()).expect("sound")
}

fn pem(name: &str) -> Vec<u8> {
    let text = text();
    let line = text.lines().find(|line| line.trim_start().starts_with(&format!("{name}:"))).expect("the option");
    STANDARD.decode(line.split_once(": ").expect("a value").1).expect("base64")
}

#[test]
fn the_overlay_is_sound() {
    let overlay = overlay();
    assert_eq!((overlay.keys.len(), overlay.encoded.len(), overlay.is_ascii), (5, 4, true));
    for answer in [overlay.issuing_key(NOW), overlay.controller_key(NOW), overlay.passphrase()] {
        let answer = answer.expect("answered");
        assert!(answer.holds, "{answer:?}");
    }
}

#[test]
fn certificates_say_what_they_are() {
    let overlay = overlay();
    let issuing = overlay.certificate("lb-mgmt-issuing-cacert", NOW).expect("a certificate");
    assert_eq!(
        (issuing.key_type.as_str(), issuing.signature.as_str(), issuing.is_ca),
        ("EC P-384", "ECDSA SHA-384", true)
    );
    let controller = overlay.certificate("lb-mgmt-controller-cert", NOW).expect("a certificate");
    assert_eq!((controller.key_type.as_str(), controller.is_ca), ("EC P-256", false));
    assert_eq!(controller.usages, ["clientAuth", "serverAuth"]);
    assert_eq!(controller.ips.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.12.4.57"]);
    assert_eq!(controller.dns.len(), 2);
    assert_eq!((controller.not_after.as_str(), controller.days_left), ("2028-10-31T00:00:00Z", 700));
}

#[test]
fn chains_verify_under_their_own_authority_alone() {
    let overlay = overlay();
    let get = |name| overlay.certificate(name, NOW).expect("a certificate");
    let (issuing, authority, controller) =
        (get("lb-mgmt-issuing-cacert"), get("lb-mgmt-controller-cacert"), get("lb-mgmt-controller-cert"));
    let holds = |a, b| signed_by(a, b).expect("answered").holds;
    assert!(holds(&controller, &authority) && holds(&authority, &authority) && holds(&issuing, &issuing));
    assert!(!holds(&controller, &issuing) && !holds(&controller, &controller));
    let renamed = super::certificate::Certificate { subject: issuing.subject.clone(), ..authority.clone() };
    assert!(holds(&controller, &renamed), "the name is read from the certificate, not from the field");
}

#[test]
fn a_certificate_has_a_beginning_and_an_end() {
    let at = |now| overlay().certificate("lb-mgmt-controller-cert", now).expect("a certificate");
    assert!(valid_now(&at(NOW)).expect("answered").holds);
    assert!(!valid_now(&at(1_793_000_000)).expect("answered").holds, "not begun");
    let ended = at(1_900_000_000);
    assert!(!valid_now(&ended).expect("answered").holds && ended.days_left < 0);
}

#[test]
fn keys_belong_to_their_certificate_alone() {
    let overlay = overlay();
    let issuing = overlay.certificate("lb-mgmt-issuing-cacert", NOW).expect("a certificate");
    let authority = overlay.certificate("lb-mgmt-controller-cacert", NOW).expect("a certificate");
    let key = pem("lb-mgmt-issuing-ca-private-key");
    let passphrase = text()
        .lines()
        .find_map(|line| line.trim().strip_prefix("lb-mgmt-issuing-ca-key-passphrase: ").map(Secret::new))
        .expect("there");
    let seen =
        |certificate, passphrase: Option<&Secret>| belongs(certificate, "the key", &key, passphrase).expect("answered");
    assert!(seen(&issuing, Some(&passphrase)).holds);
    assert!(seen(&authority, Some(&passphrase)).seen.contains("another certificate"));
    assert!(seen(&issuing, Some(&Secret::new("wrong"))).seen.contains("does not open"));
    assert!(seen(&issuing, None).seen.contains("no passphrase"));
}

#[test]
fn a_sec1_key_is_read_too() {
    let controller = overlay().certificate("lb-mgmt-controller-cert", NOW).expect("a certificate");
    let both = String::from_utf8(pem("lb-mgmt-controller-cert")).expect("text");
    let pkcs8 = super::certificate::blocks("the key", both.as_bytes()).expect("blocks").remove(1);
    let info: pkcs8::PrivateKeyInfoRef<'_> = pkcs8.contents.as_slice().try_into().expect("PKCS#8");
    let body = STANDARD.encode(info.private_key.as_bytes());
    let lines: Vec<String> =
        body.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    let sec1 = format!("-----BEGIN EC PRIVATE KEY-----\n{}\n-----END EC PRIVATE KEY-----\n", lines.join("\n"));
    assert!(belongs(&controller, "the key", sec1.as_bytes(), None).expect("answered").holds);
}

#[test]
fn comments_and_empty_values_do_not_count() {
    let text = text();
    let commented = text.replace("      lb-mgmt-controller-cacert:", "      # lb-mgmt-controller-cacert:");
    let parsed = overlay::parse("o", commented.as_bytes()).expect("sound");
    assert!(parsed.keys.len() == 4 && parsed.certificate("lb-mgmt-controller-cacert", NOW).is_err());
    let emptied: String = text
        .lines()
        .map(|line| {
            if line.contains("passphrase") {
                "      lb-mgmt-issuing-ca-key-passphrase: \"\"\n".to_string()
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    assert_eq!(overlay::parse("o", emptied.as_bytes()).expect("sound").keys.len(), 4);
}

#[test]
fn a_fault_in_the_overlay_shows_nothing_of_it() {
    let torn = text().replace("  octavia:\n", "  octavia: [\n");
    let words = overlay::parse("o", torn.as_bytes()).expect_err("a fault").to_string();
    assert!(words.contains("o:") && !words.contains("LS0t"), "{words}");
    let shown = format!("{:?}", overlay());
    assert!(!shown.contains("LS0t"), "{shown}");
}

#[test]
fn a_short_passphrase_is_told_by_its_length() {
    let text: String = text()
        .lines()
        .map(|line| {
            if line.contains("passphrase") {
                "      lb-mgmt-issuing-ca-key-passphrase: c2hvcnQ=\n".to_string()
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    let overlay = overlay::parse("o", text.as_bytes()).expect("sound");
    let answer = overlay.passphrase().expect("answered");
    assert!(!answer.holds && answer.seen.contains("8 characters"), "{answer:?}");
    assert!(!overlay.issuing_key(NOW).expect("answered").holds);
}

#[test]
fn one_certificate_is_expected() {
    let ca = pem("lb-mgmt-issuing-cacert");
    let two = [ca.clone(), ca].concat();
    assert!(only("the text", &two, NOW).expect_err("two").to_string().contains("2 certificates"));
    assert!(only("the text", b"nothing", NOW).is_err());
}

#[test]
fn whatever_else_an_overlay_says_is_told_by_its_place() {
    assert!(overlay().others.is_empty());
    let more = text().replace("    options:", "    channel: 2023.1/stable\n    options:\n      vip: 10.12.4.99");
    let more = format!("{more}  keystone:\n    num_units: 3\nmachines: {{}}\n");
    let seen = overlay::parse("o", more.as_bytes()).expect("read").others;
    let places =
        ["applications.keystone", "applications.octavia.channel", "applications.octavia.options.vip", "machines"];
    assert_eq!(seen, places);
}
