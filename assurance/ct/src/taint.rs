//! Under memcheck: stored secrets are undefined memory, and memcheck reports every branch and every
//! address that depends on undefined memory.
//!
//! Secret: all bytes of the stored `Token` or `TokenDigest`: text, padding, length, and whether
//! there is a long text on the heap. Public: the presented token; the form (the tag of `Secret`);
//! whether there is a record at all, which the caller knows as an `Option`; the answer.

use core::hint::black_box;

use wukongim_auth::compare::{Secret, SecretForm};

use crate::stored::{self, LENGTHS};
use crate::subject;
use crate::valgrind::{poison, unpoison};

/// Compares with poisoned secrets. Memcheck has nothing to report. Gives back how often.
pub fn library() -> usize {
    let mut comparisons = 0;
    for form in [SecretForm::Plain, SecretForm::Digest] {
        for len in LENGTHS {
            let presented = stored::presented(len);
            for mut case in stored::all(&presented, form) {
                case.secret.as_ref().map(conceal);
                let mut answer = subject::library(&presented, case.secret.as_ref(), form);
                // The answer is public, and so is the secret once it is to be freed.
                unpoison(&mut answer);
                case.secret.as_mut().map(unpoison);
                assert_eq!(answer, case.matches, "{len} bytes, {}", case.name);
                comparisons += 1;
            }
        }
    }
    comparisons
}

/// The same bytes through a broken twin. Memcheck must report it.
pub fn broken(comparison: subject::Comparison) {
    let presented = [b'@'; 64];
    let stored = black_box(presented);
    poison(&stored);
    let mut answer = comparison(&presented, &stored);
    unpoison(&mut answer);
    black_box(answer);
}

/// Reads a poisoned secret through its door, which asks for its length. Memcheck must report it:
/// otherwise the poison does not reach what `compare` reads.
pub fn exposed() {
    let mut secret = Secret::from(wukongim_auth::Token::new("s3cret"));
    conceal(&secret);
    if let Secret::Plain(token) = &secret {
        black_box(token.expose_secret().len());
    }
    unpoison(&mut secret);
}

fn conceal(secret: &Secret) {
    match secret {
        Secret::Plain(token) => poison(token),
        Secret::Digest(digest) => poison(digest),
        _ => unreachable!("a form that this check does not know"),
    }
}
