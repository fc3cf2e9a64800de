//! Tokens and their digests: a token's text is preserved, and generated tokens are unique.

use std::collections::BTreeSet;

use proptest::prelude::*;
use wukongim_auth::Token;
use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, TokenDigest, compare};

#[test]
fn generated_tokens_are_64_hexadecimal_digits_and_never_the_same() {
    let tokens: BTreeSet<String> = (0..200)
        .map(|_| Token::generate().unwrap().expose_secret().to_owned())
        .collect();
    assert_eq!(tokens.len(), 200);
    let mut digits = BTreeSet::new();
    for token in &tokens {
        assert_eq!(token.len(), 64);
        assert!(
            token
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')),
            "{token}"
        );
        digits.extend(token.bytes().enumerate());
    }
    // 200 tokens show nearly all of 16 digits at each of 64 places.
    assert!(
        digits.len() > 64 * 14,
        "{} of {} seen",
        digits.len(),
        64 * 16
    );
}

#[test]
fn a_generated_token_verifies() {
    let token = Token::generate().unwrap();
    let text = token.expose_secret().to_owned();
    let secret = Secret::from(token);
    assert!(compare(
        PresentedToken::new(&text),
        Some(&secret),
        SecretForm::Plain
    ));
}

/// FIPS 180-2's own examples.
#[test]
fn digests_are_sha_256() {
    let cases = [
        (
            "",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        ),
        (
            "abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(hex::encode(TokenDigest::of(text).expose_secret()), expected);
        assert_eq!(
            hex::encode(Token::new(text).digest().expose_secret()),
            expected
        );
        let fingerprint = format!("len={} sha256={}", text.len(), &expected[..8]);
        assert_eq!(Token::new(text).to_string(), fingerprint);
        assert_eq!(PresentedToken::new(text).to_string(), fingerprint);
        assert_eq!(
            TokenDigest::of(text).to_string(),
            format!("sha256={}", &expected[..8])
        );
    }
}

#[test]
fn a_secret_knows_its_form() {
    let secret = Secret::from(Token::new("s3cret"));
    assert_eq!(secret.form(), SecretForm::Plain);
    let digest = secret.into_digest();
    assert_eq!(digest.form(), SecretForm::Digest);
    assert_eq!(digest.to_string(), "sha256=1ec1c26b");
    assert_eq!(digest.into_digest().to_string(), "sha256=1ec1c26b");
    assert_eq!(SecretForm::default(), SecretForm::Plain);
}

proptest! {
    #[test]
    fn the_text_comes_out_as_it_went_in(text in ".{0,100}") {
        let by_str = Token::from(text.as_str());
        prop_assert_eq!(by_str.expose_secret(), &text);
        let by_string = Token::from(text.clone()).clone();
        prop_assert_eq!(by_string.expose_secret(), &text);
        prop_assert_eq!(PresentedToken::from(text.as_str()).expose_secret(), &text);
        let digest = TokenDigest::of(&text);
        let same = TokenDigest::from_bytes(*digest.expose_secret());
        let digest = by_str.digest();
        prop_assert_eq!(same.expose_secret(), digest.expose_secret());
    }
}
