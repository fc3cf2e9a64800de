//! `counts`, to be run by callgrind; see `run`. Every subject is run once uncounted, so that symbols
//! are bound, features detected and buffers grown, and then counted.

mod naive;
mod subject;
#[path = "../../ct/src/valgrind.rs"]
#[allow(dead_code, reason = "ct uses the rest")]
mod valgrind;

use std::ffi::CString;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::hint::black_box;

use subject::{Checked, Door, Outcome};
use valgrind::{dump_counts, toggle_counting, zero_counts};
use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};
use wukongim_auth::{MemoryStore, Token};

fn main() {
    assert!(valgrind::is_running(), "to be run by valgrind");
    count("nothing", "", || {});
    decode();
    comparisons();
    let seeded = subject::users(foldhash::fast::FixedState::with_seed(1));
    doors("seeded foldhash", &seeded);
    // The default hasher's algorithm with a fixed key: which places are looked at, and so the count,
    // depends on the key.
    type SipHash = BuildHasherDefault<DefaultHasher>;
    doors("SipHash", &subject::users(SipHash::default()));
    json(&seeded);
    let (store, frame) = (naive::store(), subject::connect(subject::TOKEN));
    count("control: naive", "", || {
        assert!(naive::greet(black_box(&store), black_box(&frame)));
    });
}

fn decode() {
    let frame = subject::connect(subject::TOKEN);
    count("decode CONNECT", "", || subject::decode(black_box(&frame)));
}

/// Whatever is stored: `run` sees that the counts are the same.
fn comparisons() {
    let presented = subject::TOKEN;
    let stored: [(&str, Option<&str>); 7] = [
        ("equal", Some(presented)),
        (
            "first byte differs",
            Some("_f86d081884c7d659a2feaa0c55ad015"),
        ),
        (
            "last byte differs",
            Some("9f86d081884c7d659a2feaa0c55ad01_"),
        ),
        ("one byte", Some("9")),
        (
            "64 bytes",
            Some("9f86d081884c7d659a2feaa0c55ad0159f86d081884c7d659a2feaa0c55ad015"),
        ),
        (
            "65 bytes",
            Some("9f86d081884c7d659a2feaa0c55ad0159f86d081884c7d659a2feaa0c55ad015_"),
        ),
        ("absent", None),
    ];
    for (name, text) in stored {
        let secret = text.map(|text| Secret::from(Token::new(text)));
        let secret = black_box(secret.as_ref());
        let mut equal = false;
        count("compare", name, || {
            let presented = PresentedToken::new(black_box(presented));
            equal = black_box(compare(presented, secret, SecretForm::Plain));
        });
        assert_eq!(equal, name == "equal");
    }
}

fn doors<S: std::hash::BuildHasher>(hasher: &str, store: &MemoryStore<S>) {
    let cases = [
        ("accept", Checked::Verdict, subject::TOKEN, Outcome::Accepted),
        ("refuse", Checked::Verdict, subject::WRONG, Outcome::Rejected),
        ("explain", Checked::Whole, subject::WRONG, Outcome::Rejected),
    ];
    for (what, checked, token, expected) in cases {
        let (mut door, frame) = (Door::new(checked), subject::connect(token));
        count(&format!("{what}, {hasher}"), "", || {
            assert_eq!(door.greet(black_box(store), black_box(&frame)), expected);
        });
    }
}

fn json<S: std::hash::BuildHasher>(store: &MemoryStore<S>) {
    let (mut door, request) = (Door::new(Checked::Verdict), subject::json(subject::TOKEN));
    count("accept, JSON-RPC", "", || {
        assert_eq!(
            door.greet(black_box(store), black_box(&request)),
            Outcome::Accepted
        );
    });
}

#[inline(never)]
fn count(group: &str, case: &str, mut run: impl FnMut()) {
    run();
    let name = CString::new(format!("{group}|{case}")).unwrap();
    zero_counts();
    toggle_counting();
    run();
    toggle_counting();
    dump_counts(&name);
}
