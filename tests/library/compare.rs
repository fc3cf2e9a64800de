//! `compare`: equal means equal in every bit and in length, and nothing never matches.

use proptest::prelude::*;
use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, TokenDigest, compare};
use wukongim_auth::{Token, TokenRecord};

const FORMS: [SecretForm; 2] = [SecretForm::Plain, SecretForm::Digest];

/// A text of `len` ASCII bytes that differ from their neighbours.
fn text(len: usize) -> String {
    (0..len)
        .map(|i| char::from(b'!' + u8::try_from(i % 90).unwrap()))
        .collect()
}

/// Both forms of one secret.
fn secrets(text: &str) -> [Secret; 2] {
    let plain = Secret::from(Token::new(text));
    [plain.clone(), plain.into_digest()]
}

/// The answer for a secret, which must not depend on the form that would stand in for none.
fn matches(presented: &str, stored: &Secret) -> bool {
    let [as_plain, as_digest] =
        FORMS.map(|absent| compare(PresentedToken::new(presented), Some(stored), absent));
    assert_eq!(as_plain, as_digest, "{presented:?} against {stored}");
    as_plain
}

#[test]
fn every_flipped_bit_is_seen_at_every_length() {
    let mut flips = 0;
    for len in 1..=128 {
        let stored = text(len);
        for secret in secrets(&stored) {
            assert!(matches(&stored, &secret), "{len} bytes unflipped");
            for byte in 0..len {
                // The topmost bit would leave ASCII, and a `&str` with it: see below for those.
                for bit in 0..7 {
                    let mut flipped = stored.clone().into_bytes();
                    flipped[byte] ^= 1 << bit;
                    let flipped = String::from_utf8(flipped).unwrap();
                    assert!(
                        !matches(&flipped, &secret),
                        "{len} bytes, byte {byte}, bit {bit}"
                    );
                    flips += 1;
                }
            }
        }
    }
    assert_eq!(flips, 2 * 7 * (1..=128).sum::<usize>());
}

/// A flipped bit of a token changes its whole digest: here the digest itself differs in one.
#[test]
fn every_flipped_bit_of_a_digest_is_seen() {
    for len in [1, 32, 64, 65, 128] {
        let presented = text(len);
        let digest = *TokenDigest::of(&presented).expose_secret();
        assert!(matches(&presented, &TokenDigest::from_bytes(digest).into()));
        for bit in 0..256 {
            let mut flipped = digest;
            flipped[bit / 8] ^= 1 << (bit % 8);
            let stored = TokenDigest::from_bytes(flipped).into();
            assert!(!matches(&presented, &stored), "{len} bytes, bit {bit}");
        }
    }
}

#[test]
fn the_topmost_bit_of_a_byte_is_seen_too() {
    // UTF-8 bytes, and the same with every topmost bit cleared.
    let pairs = [
        ("\u{e9}", "C)"),
        ("\u{c3}\u{bf}", "C\u{3}B?"),
        ("\u{20ac}", "b\u{2},"),
    ];
    for (wide, ascii) in pairs {
        assert_eq!(wide.len(), ascii.len());
        for (difference, ascii) in wide.bytes().zip(ascii.bytes()) {
            assert_eq!(difference ^ ascii, 0x80);
        }
        for secret in secrets(wide) {
            assert!(matches(wide, &secret));
            assert!(!matches(ascii, &secret));
        }
        for secret in secrets(ascii) {
            assert!(!matches(wide, &secret));
        }
    }
}

#[test]
fn padding_is_not_content() {
    for len in 1..=66 {
        let stored = text(len);
        for zeros in 1..=(67 - len) {
            let padded = stored.clone() + &"\0".repeat(zeros);
            for secret in secrets(&stored) {
                assert!(
                    !matches(&padded, &secret),
                    "{len} and {zeros} zeros presented"
                );
            }
            for secret in secrets(&padded) {
                assert!(!matches(&stored, &secret), "{len} and {zeros} zeros stored");
                assert!(matches(&padded, &secret));
            }
        }
    }
    for zeros in 1..=128 {
        for other in 1..=128 {
            for secret in secrets(&"\0".repeat(zeros)) {
                assert_eq!(matches(&"\0".repeat(other), &secret), zeros == other);
            }
        }
    }
}

#[test]
fn empty_and_absent_match_nothing() {
    let blanks = ["", " ", "\t", "\r\n", "\0", "\u{3000}"];
    for presented in blanks.into_iter().chain(["a", &text(64), &text(65)]) {
        for absent in FORMS {
            assert!(
                !compare(PresentedToken::new(presented), None, absent),
                "{presented:?}"
            );
        }
        for empty in [r#"{"v":1,"token":""}"#, EMPTY_DIGEST, ZERO_DIGEST] {
            let record = TokenRecord::try_from(
                serde_json::from_str::<wukongim_auth::provision::StoredRecord>(empty).unwrap(),
            );
            assert!(
                !matches(presented, record.unwrap().secret()),
                "{presented:?} against {empty}"
            );
        }
        for secret in secrets("") {
            assert!(
                !matches(presented, &secret),
                "{presented:?} against an empty token"
            );
        }
    }
    // A blank secret is still a secret: only verify's first rule keeps blanks out.
    for stored in blanks.into_iter().chain(["\u{1}"]) {
        for secret in secrets(stored) {
            assert!(!matches("", &secret), "nothing against {stored:?}");
            assert!(!matches("a", &secret), "\"a\" against {stored:?}");
            assert_eq!(
                matches(stored, &secret),
                !stored.is_empty(),
                "{stored:?} itself"
            );
        }
    }
}

const EMPTY_DIGEST: &str =
    r#"{"v":1,"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}"#;
const ZERO_DIGEST: &str =
    r#"{"v":1,"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}"#;

#[test]
fn a_revoked_record_with_an_empty_token_matches_nothing() {
    let revoked = r#"{"v":1,"token":"","revoked_at":5}"#;
    let stored: wukongim_auth::provision::StoredRecord = serde_json::from_str(revoked).unwrap();
    let record = TokenRecord::try_from(stored).unwrap();
    for presented in ["", " ", "a"] {
        assert!(!matches(presented, record.secret()));
        assert!(!matches(
            presented,
            record.clone().into_digest_only().secret()
        ));
    }
}

#[test]
fn tokens_of_60_to_70_bytes_match_at_equal_length_only() {
    for presented in 60..=70 {
        for stored in 60..=70 {
            for secret in secrets(&text(stored)) {
                assert_eq!(
                    matches(&text(presented), &secret),
                    presented == stored,
                    "{presented} presented, {stored} stored as {:?}",
                    secret.form()
                );
            }
        }
    }
}

/// Contents may differ by the same number as lengths do; neither hides the other.
#[test]
fn a_difference_in_length_does_not_cancel_one_in_content() {
    for len in 1..64 {
        let text = text(len);
        for more in '\u{1}'..='\u{7f}' {
            let longer = format!("{text}{more}");
            assert!(!matches(&text, &Secret::from(Token::new(longer.as_str()))));
            assert!(!matches(&longer, &Secret::from(Token::new(text.as_str()))));
        }
    }
}

#[test]
fn lengths_that_agree_in_their_low_byte_differ() {
    // The padded form keeps its length in a byte, with marks for "nothing" at 254 and 255.
    for (short, long) in [(1, 257), (64, 320), (0, 256), (32, 288), (64, 65_600)] {
        for secret in secrets(&text(short)) {
            assert!(!matches(&text(long), &secret));
        }
        for secret in secrets(&text(long)) {
            assert!(!matches(&text(short), &secret));
            assert!(matches(&text(long), &secret));
        }
    }
    for odd in [254, 255] {
        for secret in secrets(&text(odd)) {
            assert!(matches(&text(odd), &secret));
            assert!(!matches("", &secret));
        }
    }
}

#[test]
fn a_token_is_not_its_own_digest() {
    let stored = Secret::from(Token::new("s3cret")).into_digest();
    let Secret::Digest(digest) = &stored else {
        panic!("it is a digest");
    };
    assert!(!matches(&hex::encode(digest.expose_secret()), &stored));
    assert!(matches("s3cret", &stored));
}

proptest! {
    #[test]
    fn only_the_same_text_matches(stored in ".{0,40}", presented in ".{0,40}") {
        for secret in secrets(&stored) {
            let expected = stored == presented && !stored.is_empty();
            prop_assert_eq!(matches(&presented, &secret), expected);
            prop_assert_eq!(matches(&stored, &secret), !stored.is_empty());
        }
    }

    #[test]
    fn no_prefix_and_no_extension_matches(stored in "[ -~]{1,140}", more in "[ -~]{1,80}", cut in 0usize..140) {
        for secret in secrets(&stored) {
            let (longer, behind) = (stored.clone() + &more, more.clone() + &stored);
            prop_assert!(!matches(&longer, &secret));
            prop_assert!(!matches(&behind, &secret));
            if cut < stored.len() {
                prop_assert!(!matches(&stored[..cut], &secret));
            }
        }
    }
}
