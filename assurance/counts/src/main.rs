//! `counts`, to be run by callgrind; see `run`. Every subject is run once uncounted, so that symbols
//! are bound, features detected and buffers grown, and then counted.

mod naive;
mod subject;
#[path = "../../ct/src/valgrind.rs"]
#[allow(dead_code, reason = "ct uses the rest")]
mod valgrind;

use std::ffi::CString;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::hint::black_box;

use subject::{Door, Outcome};
use valgrind::{dump_counts, toggle_counting, zero_counts};
use wukongim_auth::compare::{PresentedToken, Secret, SecretForm, compare};
use wukongim_auth::{MemoryStore, Token};

fn main() {
    assert!(valgrind::is_running(), "to be run by valgrind");
    count("nothing", "", || {});
    let seeded = subject::users(foldhash::fast::FixedState::with_seed(1));
    doors("seeded foldhash", &seeded);
    // The default hasher's algorithm with a fixed key: which places are looked at, and so the count,
    // depends on the key.
    type SipHash = BuildHasherDefault<DefaultHasher>;
    doors("SipHash", &subject::users(SipHash::default()));
    if cfg!(any(feature = "verdict", feature = "message")) {
        return;
    }
    let request = subject::json(subject::TOKEN);
    door("accept, JSON-RPC", &seeded, &request, Outcome::Accepted);
    decode();
    comparisons();
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
        let (mut called, mut inlined) = (false, false);
        count("compare", name, || {
            called = black_box(compared(black_box(presented), secret));
        });
        count("compare, inlined", name, || {
            let presented = PresentedToken::new(black_box(presented));
            inlined = black_box(match secret {
                Some(_) => compare(presented, secret, SecretForm::Plain),
                None => compare(presented, None, SecretForm::Plain),
            });
        });
        assert_eq!([called, inlined], [name == "equal"; 2]);
    }
}

/// Out of line, so that the count does not depend on what the compiler makes of the caller. The
/// inlined count is for a caller that knows whether a token is stored: there must be no shorter way.
#[inline(never)]
fn compared(presented: &str, stored: Option<&Secret>) -> bool {
    compare(PresentedToken::new(presented), stored, SecretForm::Plain)
}

fn doors<S: BuildHasher>(hasher: &str, store: &MemoryStore<S>) {
    let [genuine, wrong] = [subject::TOKEN, subject::WRONG].map(subject::connect);
    if cfg!(feature = "verdict") {
        return door(
            &format!("refuse, {hasher}"),
            store,
            &wrong,
            Outcome::Rejected,
        );
    }
    if cfg!(feature = "message") {
        return door(
            &format!("accept a message, {hasher}"),
            store,
            &genuine,
            Outcome::Accepted,
        );
    }
    door(
        &format!("accept, {hasher}"),
        store,
        &genuine,
        Outcome::Accepted,
    );
    door(
        &format!("explain, {hasher}"),
        store,
        &wrong,
        Outcome::Rejected,
    );
}

fn door<S: BuildHasher>(what: &str, store: &MemoryStore<S>, bytes: &[u8], expected: Outcome) {
    let mut door = Door::new();
    count(what, "", || {
        assert_eq!(door.greet(black_box(store), black_box(bytes)), expected);
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
