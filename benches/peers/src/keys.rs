//! Where the time for session keys goes, with ring's X25519 and with that of aws-lc-rs.

use std::hint::black_box;

use base64ct::{Base64, Encoding};
use ring::rand::{SecureRandom, SystemRandom};
use wukongim_auth::session::SessionKeys;

use crate::clock::timed;
use crate::rounds::Bench;
use crate::typical::CLIENT_KEY;

pub const GROUP: &str = "session keys";
pub const RING: &str = "ring: key pair, public key, agreement";
pub const AWS_LC: &str = "aws-lc-rs: key pair, public key, agreement";

const SALT: [u8; 16] = *b"mTmhzOGMt9bgnnlQ";

/// The two back ends have the same interface, but no common trait.
macro_rules! x25519 {
    ($bench:expr, $backend:ident, $all:expr) => {{
        use $backend::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519};
        use $backend::rand::SystemRandom;

        let peer = Base64::decode_vec(CLIENT_KEY).expect("a key");
        let peer = UnparsedPublicKey::new(&X25519, peer);
        let random = SystemRandom::new();
        let generate = move || EphemeralPrivateKey::generate(&X25519, &random).expect("a key");
        let theirs = peer.clone();
        $bench.add($all, move || {
            let private = generate();
            let public = private.compute_public_key().expect("a key");
            black_box(public.as_ref());
            black_box(agree!($backend, private, &theirs));
        });
        let name = stringify!($backend).replace('_', "-");
        let random = SystemRandom::new();
        let generate = move || EphemeralPrivateKey::generate(&X25519, &random).expect("a key");
        $bench.add(format!("{name}: key pair"), generate);
        let random = SystemRandom::new();
        let private = EphemeralPrivateKey::generate(&X25519, &random).expect("a key");
        $bench.add(format!("{name}: public key"), move || {
            black_box(
                black_box(&private)
                    .compute_public_key()
                    .expect("a key")
                    .as_ref(),
            );
        });
        $bench.add_batch(format!("{name}: agreement"), move |times| {
            let generate = |_| EphemeralPrivateKey::generate(&X25519, &random).expect("a key");
            let privates: Vec<_> = (0..times).map(generate).collect();
            timed(|| {
                for private in privates {
                    black_box(agree!($backend, private, &peer));
                }
            })
        });
    }};
}

/// They differ in how an error is created.
macro_rules! agree {
    (ring, $private:expr, $peer:expr) => {
        ring::agreement::agree_ephemeral($private, $peer, |secret| secret[0]).expect("agreed")
    };
    (aws_lc_rs, $private:expr, $peer:expr) => {
        aws_lc_rs::agreement::agree_ephemeral($private, $peer, (), |secret| Ok(secret[0]))
            .expect("agreed")
    };
}

pub fn add(bench: &mut Bench<'_>) {
    bench.group(GROUP);
    x25519!(bench, ring, RING);
    x25519!(bench, aws_lc_rs, AWS_LC);
    bench.add("the client's key out of base64", || {
        let mut key = [0; 32];
        let read = Base64::decode(black_box(CLIENT_KEY), &mut key).expect("a key");
        assert_eq!(read.len(), 32);
        black_box(&key);
    });
    bench.add("AES key and IV: base64, MD5, hexadecimal", || {
        black_box(SessionKeys::derive(black_box(&[7; 32]), SALT));
    });
    let random = SystemRandom::new();
    bench.add("salt: 12 random bytes from the system", move || {
        let mut salt = [0; 12];
        random.fill(&mut salt).expect("random numbers");
        black_box(&salt);
    });
}
